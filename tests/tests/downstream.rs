//! The smallest published crates of the table, without a run of their own tests; `cargo run -p migration-tests --bin downstream`
//! does all, with it.
#![allow(clippy::unwrap_used)]

use migration_tests::downstream::{Tests, check, rows};

#[test]
fn small_published_crates_are_migrated_and_still_compile() {
    for row in rows().into_iter().filter(|r| r.small) {
        let outcome =
            check(&row, Tests::Compile).unwrap_or_else(|why| panic!("{}: {why}", row.title()));
        assert_eq!(Some(outcome.counts), row.expected, "{}", row.title());
    }
}
