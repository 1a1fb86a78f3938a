//! WebVTT (<https://www.w3.org/TR/webvtt1/>).

use subtp::vtt::{VttBlock, WebVtt};

use crate::{Wrong, wrong};

pub(crate) fn check(bytes: &[u8]) -> Result<(), Wrong> {
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
    // The parser wants Unix line ends and an empty line after the last block; the format leaves both open.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let parsed = WebVtt::parse(&format!("{}\n\n", lines.trim_end()))
        .map_err(|error| wrong(format!("it is not WebVTT ({})", one_line(&error))))?;
    let cues = parsed.blocks.iter().filter_map(|block| match block {
        VttBlock::Que(cue) => Some(cue),
        _ => None,
    });
    for (index, cue) in cues.enumerate() {
        if cue.timings.start > cue.timings.end {
            return Err(wrong(format!("cue {} ends before it begins", index + 1)));
        }
    }
    Ok(())
}

fn one_line(error: &impl ToString) -> String {
    let text = error.to_string();
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_player_reads_is_taken_and_what_it_would_skip_is_not() {
        for text in [
            "WEBVTT",
            "\u{feff}WEBVTT\r\n\r\n00:00.000 --> 00:01.500\r\nWindows\r\n",
            "WEBVTT - made by a machine\n\n00:00.000 --> 00:01.500\n<v Ms Ito>Good morning.</v>\n",
            "WEBVTT\n\nNOTE a note\n\n1\n00:00:00.000 --> 00:00:01.500 line:0\nFirst\nSecond\n\n2\n00:00:01.500 --> 00:00:02.000\nThird\n",
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
        for text in [
            "",
            "<!doctype html>",
            "WEBVTT\n\n00:00:01.000 -> 00:00:02.000\nNo arrow\n",
            "WEBVTT\n\n00:00:02.000 --> 00:00:01.000\nBackwards\n",
            "1\n00:00:01,000 --> 00:00:02,000\nSubRip\n",
        ] {
            assert!(check(text.as_bytes()).is_err(), "{text}");
        }
        assert!(check(b"WEBVTT\n\n00:00.000 --> 00:01.000\n\xff\n").is_err());
    }
}
