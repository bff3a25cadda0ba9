//! Prints the table of `tests/downstream.toml` with what was found. Arguments: names of crates, `--workspaces`, or `--all`
//! (default: those that are not large). `--into FILE` writes the table to a file too.

use std::collections::BTreeMap;
use std::process::ExitCode;

use migration_tests::downstream::{Outcome, Row, Tests, check, rows};

const HEAD: &str = "| crates | arguments | constructions | rewritten | explicit | left | slots | removed | kept, by reason | other findings | compiles | unit tests | changed | time |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

fn counted(counts: &BTreeMap<String, usize>) -> String {
    let list: Vec<String> = counts.iter().map(|(id, n)| format!("{n} {id}")).collect();
    list.join(", ")
}

fn line(row: &Row, outcome: &Outcome) -> String {
    let [constructions, rewritten, isolated, left] = outcome.counts;
    let [slots, removed] = outcome.slots;
    let changed = match outcome.changed.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    format!(
        "| {} | `{}` | {constructions} | {rewritten} | {isolated} | {left} | {slots} | {removed} | {} | {} | yes | {} pass | {changed} | {:.1} s |\n",
        row.title(),
        row.args.join(" "),
        counted(&outcome.kept),
        counted(&outcome.findings),
        outcome.passed,
        outcome.time.as_secs_f64(),
    )
}

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let into = wanted.iter().position(|w| w == "--into").map(|at| {
        let file = wanted.remove(at + 1);
        wanted.remove(at);
        file
    });
    let mut table = HEAD.to_owned();
    print!("{HEAD}");
    let (mut failed, mut done) = (0, 0);
    for row in rows() {
        let asked = wanted.iter().any(|w| {
            w == "--all" || row.names == [w.clone()] || (w == "--workspaces" && row.names.len() > 1)
        });
        if !asked && (row.large || !wanted.is_empty()) {
            continue;
        }
        match check(&row, Tests::Run) {
            Ok(outcome) => {
                let line = line(&row, &outcome);
                print!("{line}");
                table.push_str(&line);
                if row.expected.is_none_or(|e| e == outcome.counts) {
                    done += 1;
                } else {
                    eprintln!(
                        "{}: expected {:?}, found {:?}",
                        row.title(),
                        row.expected,
                        outcome.counts
                    );
                    failed += 1;
                }
            }
            Err(why) => {
                eprintln!("{}: {why}", row.title());
                failed += 1;
            }
        }
    }
    println!("\n{done} passed, {failed} failed");
    let command =
        "cargo run -p migration-tests --bin downstream -- --all --into docs/downstream.md";
    let text = format!(
        "# Published crates\n\nWritten by `{command}`.\n\nA crate alone is put on the shim; several are one workspace on upstream. Each compiles with all\ntargets before and after, and a second run changes nothing. `changed`: unit tests that passed before and do not now;\nfindings announce them. The time is that of the debug build.\n\n{table}"
    );
    if let Some(file) = into
        && let Err(error) = std::fs::write(&file, text)
    {
        eprintln!("{file}: {error}");
        failed += 1;
    }
    ExitCode::from(u8::from(failed > 0))
}
