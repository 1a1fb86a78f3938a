//! A message as it came in, and what is signed of it.

/// How far a message's timestamp may be from now, in seconds, in either direction.
pub const TOLERANCE: u64 = 5 * 60;

/// The most bytes of an id that is taken: whoever receives has to remember it.
pub const LONGEST_ID: usize = 256;

/// A message as it came in, from anybody.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The field [`ID`](crate::ID).
    pub id: &'a str,
    /// The field [`TIMESTAMP`](crate::TIMESTAMP).
    pub timestamp: &'a str,
    /// The field [`SIGNATURE`](crate::SIGNATURE).
    pub signature: &'a str,
    /// The bytes of the body, as they were received.
    pub body: &'a [u8],
}

/// Why a message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The id is empty, very long, or has characters that would let it run into the timestamp.
    #[error("the id is none")]
    Id,
    /// The timestamp is not a number of seconds.
    #[error("the timestamp is none")]
    Timestamp,
    /// The message was sent too long ago, or comes from the future.
    #[error("the timestamp is {0} s off")]
    Untimely(u64),
    /// There are more signatures than anybody needs to replace a key, and each costs time.
    #[error("there are too many signatures")]
    TooManySignatures,
    /// None of the signatures was made with one of the keys.
    #[error("no signature is right")]
    Signature,
}

impl Message<'_> {
    /// Checks what is cheap to check, before anything is computed.
    pub(crate) fn check(&self, now: i64) -> Result<(), Refused> {
        // The parts of what is signed are separated by full stops: one in the id would let the parts be cut elsewhere.
        let is_id = |byte: u8| byte.is_ascii_graphic() && byte != b'.';
        if self.id.is_empty() || self.id.len() > LONGEST_ID || !self.id.bytes().all(is_id) {
            return Err(Refused::Id);
        }
        // A sign or a space would be taken by other readers, and is not what senders write.
        let is_number = !self.timestamp.is_empty() && self.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let sent: i64 = Some(self.timestamp)
            .filter(|_| is_number)
            .and_then(|text| text.parse().ok())
            .ok_or(Refused::Timestamp)?;
        let off = now.abs_diff(sent);
        if off > TOLERANCE {
            return Err(Refused::Untimely(off));
        }
        Ok(())
    }
}

/// What is signed: `id.timestamp.body`.
pub(crate) fn signed(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}
