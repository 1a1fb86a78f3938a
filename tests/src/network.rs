//! A bad network between a client and the bucket.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy whose connections can all be cut at once. It takes connections before it knows where they lead.
pub struct Network {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: OnceLock<SocketAddr>,
    /// How many bytes clients have sent through it.
    sent: AtomicU64,
    /// How many bytes they may send before everything is cut.
    budget: AtomicU64,
    cuts: watch::Sender<u64>,
}

impl Network {
    /// A network that is good until it is told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it listens somewhere");
        let shared = Arc::new(Shared {
            upstream: OnceLock::new(),
            sent: AtomicU64::new(0),
            budget: AtomicU64::new(u64::MAX),
            cuts: watch::Sender::new(0),
        });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&accepting).carry(client));
            }
        });
        Self { address, shared }
    }

    /// The origin of what is behind it, as clients are to name it.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its connections lead from now on.
    pub fn lead_to(&self, upstream: SocketAddr) {
        self.shared.upstream.set(upstream).expect("it leads to one place");
    }

    /// How many bytes clients have sent through it, header fields included.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    /// Cuts all connections once clients have sent so many bytes more.
    pub fn cut_after(&self, bytes: u64) {
        self.shared.budget.store(bytes, Ordering::SeqCst);
    }

    /// How often it was cut.
    pub fn cuts(&self) -> u64 {
        *self.shared.cuts.borrow()
    }
}

impl Shared {
    async fn carry(self: Arc<Self>, client: TcpStream) {
        let Some(upstream) = self.upstream.get() else { return };
        let Ok(server) = TcpStream::connect(upstream).await else {
            return;
        };
        let mut cuts = self.cuts.subscribe();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let up = async {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(count) = from_client.read(&mut buffer).await {
                if count == 0 || !self.may_pass(count as u64) || to_server.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
            }
        };
        let down = tokio::io::copy(&mut from_server, &mut to_client);
        // Whatever ends first ends both; what was cut is reset, not closed in peace.
        tokio::select! {
            () = up => {}
            _ = down => {}
            _ = cuts.changed() => {}
        }
    }

    /// Counts what passes; when the budget is spent, everything is cut.
    fn may_pass(&self, bytes: u64) -> bool {
        self.sent.fetch_add(bytes, Ordering::SeqCst);
        let spend = |budget: u64| (budget != u64::MAX).then(|| budget.saturating_sub(bytes));
        match self.budget.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend) {
            Ok(before) if before <= bytes => {
                self.budget.store(u64::MAX, Ordering::SeqCst);
                self.cuts.send_modify(|cuts| *cuts += 1);
                false
            }
            _ => true,
        }
    }
}
