//! What the benchmarks share: the stack with the host in a process of its own, whose memory is watched, and a large file.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each benchmark is a crate of its own, and uses a part of it"
)]

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use dev_stack::host::{self, Host};
use dev_stack::{Options, Services};
use end_to_end::project;
use sha2::Digest as _;

/// The stack.
pub struct Scene {
    pub services: Services,
    pub host: Host,
    pub folder: tempfile::TempDir,
}

impl Scene {
    pub async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(project(), folder.path().join("data"));
        if let Some(target) = std::env::var_os("CARGO_TARGET_DIR") {
            options.cache = Path::new(&target).join("spinlet-cache");
        }
        let (manifest, cache) = (options.manifest.clone(), options.cache.clone());
        let services = options.start_services().await.expect("the services start");
        let mut host = host::Options::new(env!("CARGO_BIN_EXE_spinlet-host"), manifest, cache, &services, "host");
        host.listen = services.application_url().socket_addrs(|| None).unwrap()[0];
        let host = host.start().await.expect("the host starts");
        Self { services, host, folder }
    }

    /// Watches the host's memory.
    pub fn watch(&self) -> Memory {
        Memory::of(self.host.process().expect("the host runs"))
    }

    pub async fn end(self) {
        self.host.shutdown().await;
        self.services.shutdown().await;
        drop(self.folder);
    }
}

/// The memory of a process.
pub struct Memory {
    /// What it had at first, in bytes.
    pub before: u64,
    peak: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Memory {
    fn of(process: u32) -> Self {
        let before = resident(process);
        let (peak, over) = (Arc::new(AtomicU64::new(before)), Arc::new(AtomicBool::new(false)));
        let (noted, ended) = (Arc::clone(&peak), Arc::clone(&over));
        std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                noted.fetch_max(resident(process), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        Self { before, peak, over }
    }

    /// The most that it had, in bytes.
    pub fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// The resident memory of a process, in bytes (proc(5)).
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

/// The SHA-256 of a file.
pub fn sha256(path: &Path) -> [u8; 32] {
    let mut file = File::open(path).unwrap();
    let mut hasher = sha2::Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece).unwrap() {
            0 => return hasher.finalize().into(),
            count => hasher.update(&piece[..count]),
        }
    }
}

/// The sample video with a box behind it that every player skips (ISO/IEC 14496-12, section 8.1.2), of bytes that do not repeat.
pub fn write_video(path: &Path, size: u64) {
    let sample = std::fs::read(project().join("samples/classroom-excerpt.mp4")).unwrap();
    let room = u32::try_from(size - sample.len() as u64).expect("a box of this kind has less than 4 GiB");
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    file.write_all(&sample).unwrap();
    file.write_all(&room.to_be_bytes()).unwrap();
    file.write_all(b"free").unwrap();
    // Every mebibyte differs from every other, so that nothing is stored once for two.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut block: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(1 << 17)
    .flatten()
    .collect();
    let mut left = usize::try_from(room).unwrap() - 8;
    while left > 0 {
        let count = left.min(block.len());
        block[..8].copy_from_slice(&(left as u64).to_le_bytes());
        file.write_all(&block[..count]).unwrap();
        left -= count;
    }
    file.into_inner().unwrap().sync_all().unwrap();
}
