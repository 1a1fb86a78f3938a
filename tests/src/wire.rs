//! HTTP/1.1 byte by byte: for requests that no decent client would send.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long an answer may take. It is no measurement: shared machines are slow at times.
const PATIENCE: Duration = Duration::from_mins(3);

/// A request as it goes over the wire. Nothing is normalized, checked or added but the host and the body's length.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query, as they are.
    pub target: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Only half of the body is sent, and then nothing.
    pub stall: bool,
}

/// An answer as it came over the wire.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The header fields, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: Vec<u8>,
}

impl Response {
    /// The values of a header field.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Sends a request and waits for the answer.
pub async fn send(address: SocketAddr, request: &Request) -> io::Result<Response> {
    let mut tries = 0;
    loop {
        match tokio::time::timeout(PATIENCE, exchange(address, request)).await {
            // Who is not listened to any more may find the connection gone before the answer was read.
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset && tries < 5 => tries += 1,
            Ok(result) => return result,
            Err(elapsed) => return Err(elapsed.into()),
        }
    }
}

async fn exchange(address: SocketAddr, request: &Request) -> io::Result<Response> {
    let stream = TcpStream::connect(address).await?;
    let (mut from, mut to) = stream.into_split();
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    if !request
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        let _ = write!(head, "host: {address}\r\n");
    }
    head.push_str("connection: close\r\n");
    for (name, value) in &request.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if !request.body.is_empty() || !matches!(request.method.as_str(), "GET" | "HEAD" | "DELETE") {
        let _ = write!(head, "content-length: {}\r\n", request.body.len());
    }
    head.push_str("\r\n");
    let sent = if request.stall {
        request.body.len() / 2
    } else {
        request.body.len()
    };
    let body = request.body[..sent].to_vec();
    let stall = request.stall;
    let sending = tokio::spawn(async move {
        to.write_all(head.as_bytes()).await?;
        to.write_all(&body).await?;
        if stall {
            tokio::time::sleep(PATIENCE).await;
        }
        // Kept open until the answer is there.
        io::Result::Ok(to)
    });
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if bytes.is_empty() => return Err(error),
            Err(_) => break,
        }
        if is_whole(&bytes) {
            break;
        }
    }
    sending.abort();
    read(&bytes, request.method == "HEAD")
}

/// Whether a body with a declared length is there.
fn is_whole(bytes: &[u8]) -> bool {
    let Some((head, body)) = parted(bytes) else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| body.len() >= length)
}

fn parted(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 4..]))
}

fn read(bytes: &[u8], is_head: bool) -> io::Result<Response> {
    let broken = |what: &str| {
        io::Error::new(
            io::ErrorKind::ConnectionReset,
            format!("{what}: {}", String::from_utf8_lossy(bytes)),
        )
    };
    let (head, body) = parted(bytes).ok_or_else(|| broken("there is no whole answer"))?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .ok_or_else(|| broken("there is no status"))?;
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let is_chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value.contains("chunked"));
    let body = if is_chunked && !is_head {
        unchunked(body)
    } else {
        body.to_vec()
    };
    Ok(Response { status, headers, body })
}

/// The chunks (RFC 9112, section 7.1), as far as they are there.
fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        let size = line
            .split(';')
            .next()
            .and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        let Some(size) = size.filter(|size| *size > 0) else {
            break;
        };
        let chunk = &rest[end + 2..];
        body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        rest = chunk.get(size + 2..).unwrap_or_default();
    }
    body
}
