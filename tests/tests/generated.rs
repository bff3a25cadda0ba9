//! Generated programs: `cargo run -p migration-tests --bin generated -- FROM TO` does more of them.
#![allow(clippy::unwrap_used)]

use migration_tests::generate::{check, kept_seeds};

#[test]
fn generated_programs_compile_and_print_the_same() {
    let mut seeds: Vec<u64> = (0..12).collect();
    seeds.extend(kept_seeds());
    seeds.sort_unstable();
    seeds.dedup();
    let wrong = check(&seeds, "generated");
    let text: Vec<String> = wrong
        .iter()
        .map(|(seed, said)| format!("## {seed}\n{said}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", text.join("\n"));
}
