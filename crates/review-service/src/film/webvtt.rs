//! WebVTT (W3C), as far as captions and chapters need it.

use std::fmt::Write;

use super::cues::Cue;

/// A WebVTT file of cues that are in order.
pub(super) fn write(cues: &[Cue]) -> String {
    let mut file = String::from("WEBVTT\n");
    for cue in cues {
        // Writing to a string cannot fail.
        let _ = write!(
            file,
            "\n{} --> {}\n{}\n",
            timestamp(cue.start),
            timestamp(cue.end),
            payload(&cue.text)
        );
    }
    file
}

/// `hh:mm:ss.ttt`, with more digits for the hours where they need them.
fn timestamp(milliseconds: u64) -> String {
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{:02}:{:02}:{seconds:02}.{milliseconds:03}", minutes / 60, minutes % 60)
}

/// Text as a cue may hold it: no markup, and no empty line, which would end the cue.
fn payload(text: &str) -> String {
    let lines: Vec<&str> = text
        .split(['\n', '\r'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines
        .join("\n")
        .replace('\0', "\u{fffd}")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_its_cue() {
        let cues = [
            Cue {
                start: 0,
                end: 3_723_004,
                text: "a < b & c\r\n\r\n00:00 --> 00:01\nd".into(),
            },
            Cue {
                start: 3_723_004,
                end: 360_000_000,
                text: "e".into(),
            },
        ];
        assert_eq!(
            write(&cues),
            "WEBVTT\n\n00:00:00.000 --> 01:02:03.004\na &lt; b &amp; c\n00:00 --&gt; 00:01\nd\n\n\
             01:02:03.004 --> 100:00:00.000\ne\n"
        );
    }
}
