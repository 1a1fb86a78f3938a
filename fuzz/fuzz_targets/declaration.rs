//! Declarations of submissions, and the titles that they are given later.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portfolio::{Declaration, Limits, declaration};

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Limits::from_json(text);
    }
    let limits = Limits::from_json("{}").expect("nothing is as it is by itself");
    let _ = Declaration::from_json(data, &limits);
    let _ = declaration::title_from_json(data);
});
