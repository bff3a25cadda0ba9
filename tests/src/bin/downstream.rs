//! Prints the table of `tests/downstream.toml` with what was found. Arguments: names of crates, or `--all` (default: those
//! that are not large).

use std::process::ExitCode;

use migration_tests::downstream::{check, rows};

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut failed = 0;
    let mut done = 0;
    println!(
        "| crate | arguments | constructions | rewritten | explicit | left | findings | unit tests | changed | time |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for row in rows() {
        let asked = wanted.iter().any(|w| *w == row.name || w == "--all");
        if !asked && (row.large || !wanted.is_empty()) {
            continue;
        }
        let title = format!("{} {}", row.name, row.version);
        match check(&row) {
            Ok(outcome) => {
                let [constructions, rewritten, isolated, left] = outcome.counts;
                let findings: Vec<String> = outcome
                    .findings
                    .iter()
                    .map(|(id, n)| format!("{n} {id}"))
                    .collect();
                println!(
                    "| {title} | `{}` | {constructions} | {rewritten} | {isolated} | {left} | {} | {} pass | {} | {:.1} s |",
                    row.args.join(" "),
                    findings.join(", "),
                    outcome.passed,
                    if outcome.changed.is_empty() {
                        "none".into()
                    } else {
                        outcome.changed.join(", ")
                    },
                    outcome.time.as_secs_f64(),
                );
                if outcome.counts == row.expected {
                    done += 1;
                } else {
                    eprintln!(
                        "{title}: expected {:?}, found {:?}",
                        row.expected, outcome.counts
                    );
                    failed += 1;
                }
            }
            Err(why) => {
                eprintln!("{title}: {why}");
                failed += 1;
            }
        }
    }
    println!("\n{done} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}
