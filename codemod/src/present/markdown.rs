//! The text of a pull request: what changed and why, what a person has to look at, which public signatures changed.

use std::fmt::Write;

use super::{Outcome, Shown, human};
use crate::core::catalog;
use crate::core::finding::Level;

/// The outcome as GitHub-flavoured Markdown.
#[must_use]
pub fn render(outcome: &Outcome) -> String {
    let mut out = String::from("## One `global_coordinator()`\n\n");
    let _ = writeln!(out, "{}", human::summary(outcome));
    if !outcome.change_sets.is_empty() {
        out.push_str("### What changed\n\n");
        for (set, path) in &outcome.change_sets {
            let line = outcome.line_of(set, path);
            let _ = writeln!(
                out,
                "- {}: {}",
                link(&path.to_string_lossy(), line),
                set.title
            );
        }
        out.push('\n');
    }
    let public: Vec<&Shown> = (outcome.findings.iter())
        .filter(|f| f.id == catalog::PUBLIC_SIGNATURE)
        .collect();
    if !public.is_empty() {
        out.push_str(
            "### Public signatures\n\nA breaking change for code outside of this repository:\n\n",
        );
        for finding in public {
            let _ = writeln!(out, "- [ ] {}: {}", at(finding), finding.message);
        }
        out.push('\n');
    }
    let open: Vec<&Shown> = (outcome.findings.iter())
        .filter(|f| f.level == Level::Warning && f.id != catalog::PUBLIC_SIGNATURE)
        .collect();
    if !open.is_empty() {
        out.push_str("### To look at\n\n");
        for finding in open {
            let help = finding
                .help
                .as_ref()
                .map(|h| format!(" ({h})"))
                .unwrap_or_default();
            let _ = writeln!(
                out,
                "- [ ] {}: {}{help} `{}`",
                at(finding),
                finding.message,
                finding.id.0
            );
        }
        out.push('\n');
    }
    let notes = outcome.findings.iter().filter(|f| f.level == Level::Note);
    let mut told = notes.peekable();
    if told.peek().is_some() {
        out.push_str("<details><summary>Notes</summary>\n\n");
        for finding in told {
            let _ = writeln!(
                out,
                "- {}: {} `{}`",
                at(finding),
                finding.message,
                finding.id.0
            );
        }
        out.push_str("\n</details>\n\n");
    }
    out.push_str("`coordinator-codemod explain ID` says more of each.\n");
    out
}

fn at(finding: &Shown) -> String {
    link(&finding.path.to_string_lossy(), finding.place.map(|p| p.0))
}

/// A link relative to the repository, with the line as GitHub and GitLab write it.
fn link(path: &str, line: Option<usize>) -> String {
    let target = path
        .replace('\\', "/")
        .replace(' ', "%20")
        .replace(')', "%29");
    match line {
        Some(line) => format!("[{path}:{line}]({target}#L{line})"),
        None => format!("[{path}]({target})"),
    }
}
