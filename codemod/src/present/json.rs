//! The report for programs. `schema/report-v1.json` describes it; a change that breaks a reader raises the version.

use serde::Serialize;

use super::{Outcome, diff};

/// The version of the format.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    tool: &'static str,
    tool_version: &'static str,
    written: bool,
    summary: Counts,
    files: Vec<File<'a>>,
    change_sets: Vec<Change<'a>>,
    findings: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Counts {
    constructions: usize,
    rewritten: usize,
    isolated: usize,
    left: usize,
    slots: usize,
    slots_removed: usize,
    files_changed: usize,
}

#[derive(Serialize)]
struct File<'a> {
    path: std::borrow::Cow<'a, str>,
    diff: String,
}

#[derive(Serialize)]
struct Change<'a> {
    id: usize,
    title: &'a str,
    path: std::borrow::Cow<'a, str>,
    line: Option<usize>,
    start: usize,
    end: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'static str,
    level: &'static str,
    path: std::borrow::Cow<'a, str>,
    line: Option<usize>,
    column: Option<usize>,
    start: usize,
    end: usize,
    message: &'a str,
    help: Option<&'a str>,
    change_set: Option<usize>,
}

/// The whole outcome as one JSON document, with a line end.
///
/// # Errors
/// Only if serialising fails, which plain data does not.
pub fn render(outcome: &Outcome) -> Result<String, serde_json::Error> {
    let s = &outcome.summary;
    let report = Report {
        schema_version: SCHEMA_VERSION,
        tool: env!("CARGO_PKG_NAME"),
        tool_version: env!("CARGO_PKG_VERSION"),
        written: outcome.written,
        summary: Counts {
            constructions: s.constructions,
            rewritten: s.rewritten,
            isolated: s.isolated,
            left: s.left,
            slots: s.slots,
            slots_removed: s.removed,
            files_changed: s.files_changed,
        },
        files: outcome
            .files
            .iter()
            .map(|f| File {
                path: f.path.to_string_lossy(),
                diff: diff::of_file(f),
            })
            .collect(),
        change_sets: outcome
            .change_sets
            .iter()
            .map(|(c, path)| Change {
                id: c.id.0,
                title: &c.title,
                path: path.to_string_lossy(),
                line: outcome.line_of(c, path),
                start: c.range.start().into(),
                end: c.range.end().into(),
            })
            .collect(),
        findings: outcome
            .findings
            .iter()
            .map(|f| Entry {
                id: f.id.0,
                level: f.level.name(),
                path: f.path.to_string_lossy(),
                line: f.place.map(|p| p.0),
                column: f.place.map(|p| p.1),
                start: f.range.start,
                end: f.range.end,
                message: &f.message,
                help: f.help.as_deref(),
                change_set: f.change_set,
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}
