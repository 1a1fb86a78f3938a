//! What components print: line by line into the log, with the component's id, and into files where a folder is given.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use crate::Error;

/// A line longer than this is logged in pieces, so that a guest cannot fill the host's memory with one.
const LONGEST_LINE: usize = 16 * 1024;

/// Where one component's output goes.
#[derive(Clone, Debug)]
pub(crate) struct Stdio {
    component: Arc<str>,
    files: Option<(Arc<File>, Arc<File>)>,
}

impl Stdio {
    /// Output of `component`; also into `<component>_stdout.txt` and `<component>_stderr.txt` of the folder `logs`.
    pub(crate) fn new(component: &str, logs: Option<&Path>) -> Result<Self, Error> {
        let open = |folder: &Path, stream: &str| {
            let path = folder.join(format!("{component}_{stream}.txt"));
            let file = File::options().create(true).append(true).open(&path);
            file.map(Arc::new).map_err(|source| Error::Read { path, source })
        };
        let files = match logs {
            Some(folder) => Some((open(folder, "stdout")?, open(folder, "stderr")?)),
            None => None,
        };
        Ok(Self {
            component: component.into(),
            files,
        })
    }

    /// The standard output of a new instance.
    pub(crate) fn stdout(&self) -> Stream {
        let file = self.files.as_ref().map(|(stdout, _)| Arc::clone(stdout));
        self.stream("stdout", file)
    }

    /// The standard error of a new instance.
    pub(crate) fn stderr(&self) -> Stream {
        let file = self.files.as_ref().map(|(_, stderr)| Arc::clone(stderr));
        self.stream("stderr", file)
    }

    fn stream(&self, name: &'static str, file: Option<Arc<File>>) -> Stream {
        Stream(Arc::new(Mutex::new(Lines {
            component: Arc::clone(&self.component),
            stream: name,
            file,
            line: Vec::new(),
        })))
    }
}

/// An output stream of one instance; clones write to the same place.
#[derive(Clone)]
pub(crate) struct Stream(Arc<Mutex<Lines>>);

/// Collects what is printed until a line is complete.
struct Lines {
    component: Arc<str>,
    stream: &'static str,
    file: Option<Arc<File>>,
    line: Vec<u8>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        if let Some(mut file) = self.file.as_deref() {
            // A full disk must not stop the component; the log has the line anyway.
            let _ = file.write_all(bytes);
        }
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() >= LONGEST_LINE {
                self.log();
            }
        }
    }

    fn log(&mut self) {
        let line = String::from_utf8_lossy(&self.line);
        let (component, stream) = (&*self.component, self.stream);
        tracing::info!(target: "spinlet::component", component, stream, "{}", line.trim_end());
        self.line.clear();
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.log();
        }
    }
}

impl Stream {
    fn push(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    // The default would hand the bytes to a task, and what a guest says right before it traps would be lost.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 * 1024)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}
