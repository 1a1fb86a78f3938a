//! Parts are what S3 takes, whatever the size.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use portfolio::Parts;
use portfolio::parts::{LARGEST_OBJECT, LARGEST_PART, MOST_PARTS, SMALLEST_PART};
use proptest::prelude::*;

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![
        1..=LARGEST_OBJECT,
        1..=3 * SMALLEST_PART,
        // Around multiples of the part's length, where mistakes of one byte live.
        (1..=1_000_u64, -1..=1_i64).prop_map(|(parts, one)| (parts * SMALLEST_PART).saturating_add_signed(one)),
    ]
}

proptest! {
    #[test]
    fn parts_cover_the_document_and_keep_to_the_limits_of_s3(size in size()) {
        let parts = Parts::of(size);
        prop_assert!((1..=MOST_PARTS).contains(&parts.count()));
        prop_assert!((SMALLEST_PART..=LARGEST_PART).contains(&parts.part_size()));
        let mut end = 0;
        for number in 1..=parts.count() {
            let length = parts.length(number).unwrap();
            prop_assert_eq!(parts.offset(number), Some(end));
            prop_assert!(length == parts.part_size() || number == parts.count() && (1..parts.part_size()).contains(&length));
            end += length;
        }
        prop_assert_eq!(end, size);
        prop_assert_eq!(parts.length(0), None);
        prop_assert_eq!(parts.length(parts.count() + 1), None);
    }
}

#[test]
fn the_parts_of_a_long_video_are_listed_in_one_answer() {
    assert_eq!(Parts::of(1 << 30).part_size(), SMALLEST_PART);
    assert_eq!(Parts::of(2 << 30).count(), 256);
    assert_eq!(Parts::of(50 << 30).count(), 256);
    assert_eq!(Parts::of(LARGEST_OBJECT).count(), 1_024);
}
