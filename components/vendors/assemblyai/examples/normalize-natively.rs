//! How long it takes to normalize a transcript of one hour without any component around it, to compare with
//! `crates/adapter-check/examples/measure.rs`:
//!
//! ```sh
//! cargo run --release -p assemblyai-adapter --example normalize-natively -- target/transcript.json
//! ```

#![allow(clippy::print_stdout, reason = "the figure is the purpose")]

use std::fmt::Write as _;
use std::time::Instant;

/// As many words as a lesson of an hour has.
const WORDS: u64 = 9_000;

/// As many of them as somebody says at once.
const WORDS_AT_ONCE: u64 = 15;

const TIMES: u32 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let transcript = transcript();
    if let Some(path) = std::env::args().nth(1) {
        std::fs::write(path, &transcript)?;
    }
    let begun = Instant::now();
    for _ in 0..TIMES {
        assemblyai_adapter::annotations(&transcript)?;
    }
    println!(
        "{} kB, natively: {:?} each",
        transcript.len() / 1000,
        begun.elapsed() / TIMES
    );
    Ok(())
}

fn transcript() -> Vec<u8> {
    let word = |index: u64| {
        let start = index * 400;
        format!(
            r#"{{"text":"word{index}","start":{start},"end":{},"confidence":0.9{index},"speaker":"A"}}"#,
            start + 350
        )
    };
    let list = |from, to| (from..to).map(word).collect::<Vec<_>>().join(",");
    let mut utterances = String::new();
    for from in (0..WORDS).step_by(usize::try_from(WORDS_AT_ONCE).unwrap_or(1)) {
        let to = from + WORDS_AT_ONCE;
        let text: Vec<_> = (from..to).map(|index| format!("word{index}")).collect();
        let comma = if from == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(
            utterances,
            r#"{comma}{{"confidence":0.9,"start":{},"end":{},"speaker":"A","text":"{}","words":[{}]}}"#,
            from * 400,
            (to - 1) * 400 + 350,
            text.join(" "),
            list(from, to)
        );
    }
    format!(
        r#"{{"id":"t","status":"completed","language_code":"en","audio_duration":3600,"words":[{}],"utterances":[{utterances}]}}"#,
        list(0, WORDS)
    )
    .into_bytes()
}
