//! UTF-8 (RFC 3629), without the NUL that no text has and many binary files do.

use serde::{Deserialize, Serialize};

use crate::{Wrong, wrong};

/// Text that passes by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utf8 {
    /// The beginning of a character whose end has not come yet; at most three bytes.
    begun: Vec<u8>,
    /// What is wrong, as soon as something is.
    fault: Option<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    NotUtf8,
    Binary,
}

impl Utf8 {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        if bytes.contains(&0) {
            self.fault = Some(Fault::Binary);
            return;
        }
        let mut rest = bytes;
        while let Some((first, others)) = rest.split_first()
            && !self.begun.is_empty()
        {
            self.begun.push(*first);
            rest = others;
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => self.fault = Some(Fault::NotUtf8),
            }
            if self.fault.is_some() {
                return;
            }
        }
        match std::str::from_utf8(rest) {
            Ok(_) => {}
            Err(error) if error.error_len().is_none() => {
                self.begun.extend_from_slice(&rest[error.valid_up_to()..]);
            }
            Err(_) => self.fault = Some(Fault::NotUtf8),
        }
    }

    pub(crate) fn finish(self) -> Result<(), Wrong> {
        match self.fault {
            Some(Fault::NotUtf8) => Err(wrong("it is not UTF-8")),
            Some(Fault::Binary) => Err(wrong("it is binary")),
            None if self.begun.is_empty() => Ok(()),
            None => Err(wrong("it ends in the middle of a character")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However it is cut into pieces, the answer is the one that the standard library has for the whole.
        #[test]
        fn pieces_are_judged_as_the_whole_is(
            bytes in prop_oneof![
                ".{0,40}".prop_map(String::into_bytes),
                proptest::collection::vec(prop_oneof![any::<u8>(), Just(0xe2_u8), Just(0x82_u8), Just(0xac_u8)], 0..40),
            ],
            size in 1_usize..7,
        ) {
            let mut text = Utf8::default();
            bytes.chunks(size).for_each(|piece| text.update(piece));
            let is_text = std::str::from_utf8(&bytes).is_ok() && !bytes.contains(&0);
            prop_assert_eq!(text.finish().is_ok(), is_text);
        }
    }
}
