//! A load balancer: the one address under which the bucket, the review service and the teachers know the application.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A pause after a failure to accept, such as too many open files, that would otherwise repeat at once.
const BREATH: Duration = Duration::from_millis(50);

/// A balancer that runs until it is dropped.
#[derive(Debug)]
pub struct Balancer(JoinHandle<()>);

impl Balancer {
    /// Hands connections to the hosts in turn, and passes over those that are dead. Where all are, the caller's connection
    /// is closed.
    pub async fn start(listen: SocketAddr, hosts: Vec<SocketAddr>) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        Ok(Self(tokio::spawn(serve(listener, hosts))))
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve(listener: TcpListener, mut hosts: Vec<SocketAddr>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                hosts.rotate_left(1);
                connections.spawn(forward(client, hosts.clone()));
            }
            Err(_) => tokio::time::sleep(BREATH).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn forward(mut client: TcpStream, hosts: Vec<SocketAddr>) {
    for host in hosts {
        let Ok(mut server) = TcpStream::connect(host).await else {
            continue;
        };
        // Small pieces travel at once. A connection that breaks, breaks for both sides: that is what is wanted.
        let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
        let _ = copy_bidirectional(&mut client, &mut server).await;
        return;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn host(word: &'static [u8]) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(word).await.unwrap();
            }
        });
        (address, serving)
    }

    #[tokio::test]
    async fn dead_hosts_are_passed_over() {
        let ((first, living), (second, dying)) = (host(b"1").await, host(b"2").await);
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let _balancer = Balancer::start(free, vec![first, second]).await.unwrap();
        let ask = async || {
            let mut answer = String::new();
            let mut stream = TcpStream::connect(free).await.unwrap();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let mut answers = [ask().await, ask().await];
        answers.sort();
        assert_eq!(answers, ["1", "2"]);
        dying.abort();
        let _ = dying.await;
        assert_eq!([ask().await, ask().await], ["1", "1"]);
        living.abort();
        let _ = living.await;
        assert_eq!(ask().await, "");
    }
}
