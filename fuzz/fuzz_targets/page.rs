//! Cursors and the parameters of lists.

#![no_main]

use api::page::{Cursor, PageRequest, query_parameter};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|query: &str| {
    if let Ok(page) = PageRequest::from_query(Some(query)) {
        assert!((1..=PageRequest::MAX_LIMIT).contains(&page.limit));
        if let Some(cursor) = page.after {
            assert_eq!(cursor.to_string().parse::<Cursor>().as_ref(), Ok(&cursor));
        }
    }
    let _ = query_parameter(Some(query), "queue");
});
