//! `--interactive`: one question a change set.
//!
//! Belongs here: asking and understanding answers. Does not: what refusing one means (the core decides anew).

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};

use anstyle::{AnsiColor, Style};

use crate::apply::Rewritten;
use crate::core::catalog;
use crate::core::edit::ChangeSetId;
use crate::present::{Outcome, diff};

const HELP: &str = "\
y  take it
n  leave it
a  take it and all the rest
d  leave it and all the rest of its file
e  explain its findings
q  leave it and all the rest
?  this list
";

/// Asks about each change set and gives those that are refused. `outcome`: what comes of refusing some.
///
/// # Errors
/// What reading the answers, writing the questions or `outcome` fails with. The end of the input is `q`.
pub fn review<E: From<io::Error>>(
    mut outcome: impl FnMut(&BTreeSet<ChangeSetId>) -> Result<Outcome, E>,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<BTreeSet<ChangeSetId>, E> {
    let bold = Style::new().bold();
    let prompt = AnsiColor::Blue.on_default().bold();
    let mut refused = BTreeSet::new();
    let mut now = outcome(&refused)?;
    let all = now.change_sets.clone();
    let mut left_file = None;
    for (at, (set, path)) in all.iter().enumerate() {
        // an earlier answer may have decided about it
        if !now.change_sets.iter().any(|(s, _)| s.id == set.id) {
            continue;
        }
        let mut without = refused.clone();
        without.insert(set.id);
        if left_file.as_ref() == Some(path) {
            refused = without;
            now = outcome(&refused)?;
            continue;
        }
        let other = outcome(&without)?;
        let line = now.line_of(set, path);
        let place = match line {
            Some(line) => format!("{}:{line}", path.display()),
            None => path.display().to_string(),
        };
        writeln!(out, "{bold}{place}: {}{bold:#}", set.title)?;
        out.write_all(diff::render(&between(&other, &now), true).as_bytes())?;
        let mut findings: Vec<_> = (now.findings.iter())
            .filter(|f| f.change_set == Some(set.id.0))
            .collect();
        findings.dedup_by_key(|f| (f.id, f.range.clone()));
        for finding in &findings {
            writeln!(out, "{}: {}", finding.id.0, finding.message)?;
        }
        loop {
            write!(
                out,
                "{prompt}({}/{}) Take this change [y,n,a,d,e,q,?]?{prompt:#} ",
                at + 1,
                all.len()
            )?;
            out.flush()?;
            let mut answer = String::new();
            let ended = input.read_line(&mut answer)? == 0;
            match if ended { "q" } else { answer.trim() } {
                "y" => {}
                "n" => refused = without,
                "a" => return Ok(refused),
                "d" => {
                    refused = without;
                    left_file = Some(path.clone());
                }
                "q" => {
                    refused.extend(all[at..].iter().map(|(s, _)| s.id));
                    return Ok(refused);
                }
                "e" => {
                    if findings.is_empty() {
                        writeln!(out, "it comes with no finding")?;
                    }
                    for finding in &findings {
                        let entry = catalog::find(finding.id.0);
                        writeln!(out, "{}", entry.map_or("", |e| e.explanation).trim_end())?;
                    }
                    continue;
                }
                _ => {
                    out.write_all(HELP.as_bytes())?;
                    continue;
                }
            }
            break;
        }
        if refused.contains(&set.id) {
            now = other;
        }
    }
    Ok(refused)
}

/// What one outcome has that another has not, as files.
fn between(without: &Outcome, with: &Outcome) -> Vec<Rewritten> {
    let after = |outcome: &Outcome, file: &Rewritten| {
        let found = outcome.files.iter().find(|f| f.path == file.path);
        found.map_or_else(|| file.before.to_string(), |f| f.after.clone())
    };
    let mut files: Vec<&Rewritten> = with.files.iter().collect();
    let known = |f: &&Rewritten| !with.files.iter().any(|w| w.path == f.path);
    files.extend(without.files.iter().filter(known));
    files
        .into_iter()
        .map(|file| Rewritten {
            path: file.path.clone(),
            before: after(without, file).into(),
            after: after(with, file),
        })
        .filter(|f| *f.before != *f.after)
        .collect()
}
