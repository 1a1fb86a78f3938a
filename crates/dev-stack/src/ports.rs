//! Which ports the parts listen on.
//!
//! Ports are taken from below the range from which the kernel takes them for outgoing connections (32768 and up on
//! Linux, 49152 and up elsewhere). A part that is down for a moment could otherwise find its port taken by a
//! connection, or, worse, one that tries to reach it could connect to itself.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::net::TcpSocket;

use crate::{Error, folder, secrets};

const LOWEST: u16 = 15_000;
const HIGHEST: u16 = 32_000;

/// A port that is held until its user is about to listen on it.
#[derive(Debug)]
pub(crate) struct Reserved {
    address: SocketAddr,
    listener: TcpListener,
}

impl Reserved {
    /// This address, or any free port of its interface when its port is 0.
    pub(crate) fn new(address: SocketAddr) -> Result<Self, Error> {
        if address.port() == 0 {
            return Self::any(address.ip());
        }
        match TcpListener::bind(address) {
            Ok(listener) => Ok(Self { address, listener }),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(Error::AddressTaken { address }),
            Err(source) => Err(Error::Listen { address, source }),
        }
    }

    /// The preferred port when it is free, and any otherwise.
    fn preferring(ip: IpAddr, port: u16) -> Result<Self, Error> {
        match Self::new(SocketAddr::new(ip, port)) {
            Err(Error::AddressTaken { .. }) => Self::any(ip),
            other => other,
        }
    }

    fn any(ip: IpAddr) -> Result<Self, Error> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..100 {
            let port = LOWEST + u16::from_le_bytes(secrets::random()?) % (HIGHEST - LOWEST);
            let address = SocketAddr::new(ip, port);
            match TcpListener::bind(address) {
                Ok(listener) => {
                    return Ok(Self { address, listener });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
                Err(source) => return Err(Error::Listen { address, source }),
            }
        }
        Err(Error::Listen {
            address: SocketAddr::new(ip, 0),
            source: last,
        })
    }

    /// The address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets go of the address, for the one that listens on it next, and waits until it is free.
    ///
    /// A process that is being started at this very moment, by another stack of this program, still has everything that this
    /// one has open, until it becomes the program that it is to be.
    pub(crate) async fn release(self) -> SocketAddr {
        drop(self.listener);
        for _ in 0..200 {
            if is_free(self.address) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.address
    }
}

/// Whether somebody could listen there now. A socket that is bound and never listens is in nobody's way, not even where a
/// process that is being started has a copy of it.
fn is_free(address: SocketAddr) -> bool {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    socket.is_ok_and(|socket| socket.set_reuseaddr(true).and_then(|()| socket.bind(address)).is_ok())
}

/// How the addresses of the parts behind the application are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Any free ports: for tests, and for a stack that is gone soon.
    Free,
    /// The same ones each time, as far as they are free. What was stored may name them: a callback that is still to be
    /// made, a link to a file.
    Remembered,
}

/// The ports of the parts behind the application, as they are kept in the data folder.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Memory {
    bucket: u16,
    review_service: u16,
    redis: u16,
}

/// The addresses of all parts.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(crate) application: Reserved,
    pub(crate) bucket: Reserved,
    pub(crate) review_service: Reserved,
    pub(crate) redis: Reserved,
}

impl Ports {
    /// Reserves an address for each part. Clients reach the bucket as well as the application, so both are on the same
    /// interface; nobody but this machine has any business with the others.
    pub(crate) fn choose(listen: SocketAddr, choice: Choice, memory: &Path) -> Result<Self, Error> {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let application = Reserved::new(listen)?;
        if choice == Choice::Free {
            return Ok(Self {
                application,
                bucket: Reserved::any(listen.ip())?,
                review_service: Reserved::any(local)?,
                redis: Reserved::any(local)?,
            });
        }
        let next = |distance| application.address().port().saturating_add(distance);
        let preferred = std::fs::read(memory)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .unwrap_or(Memory {
                bucket: next(1),
                review_service: next(2),
                redis: next(3),
            });
        let ports = Self {
            bucket: Reserved::preferring(listen.ip(), preferred.bucket)?,
            review_service: Reserved::preferring(local, preferred.review_service)?,
            redis: Reserved::preferring(local, preferred.redis)?,
            application,
        };
        ports.remember(memory)?;
        Ok(ports)
    }

    fn remember(&self, memory: &Path) -> Result<(), Error> {
        let ports = Memory {
            bucket: self.bucket.address.port(),
            review_service: self.review_service.address.port(),
            redis: self.redis.address.port(),
        };
        let json = serde_json::to_vec_pretty(&ports).map_err(|error| Error::Damaged {
            path: memory.to_owned(),
            reason: error.to_string(),
        })?;
        folder::write_private(memory, &json)
    }
}

/// The address under which programs on this machine reach a listener.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

    use super::*;

    #[test]
    fn ports_are_remembered_unless_they_are_taken() {
        let place = tempfile::tempdir().unwrap();
        let memory = place.path().join("ports.json");
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));

        let first = Ports::choose(listen, Choice::Remembered, &memory).unwrap();
        let (bucket, redis) = (first.bucket.address(), first.redis.address());
        drop(first);

        let taken = TcpListener::bind(bucket).unwrap();
        let second = Ports::choose(listen, Choice::Remembered, &memory).unwrap();
        assert_eq!(second.redis.address(), redis);
        assert_ne!(second.bucket.address(), taken.local_addr().unwrap());
    }

    #[test]
    fn a_taken_address_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let message = Reserved::new(address).unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("{address} is taken by another program")),
            "{message}"
        );
    }
}
