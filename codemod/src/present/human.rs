//! The report for people, in the manner of rustc.

use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Group, Level as Shade, Renderer, Snippet};

use super::{Outcome, Shown};
use crate::core::finding::Level;
use crate::core::workspace::Workspace;

/// How much is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Detail {
    /// Notes are shown one by one instead of counted.
    pub notes: bool,
    /// ANSI colours.
    pub color: bool,
}

/// The findings, then the summary.
#[must_use]
pub fn render(workspace: &Workspace, outcome: &Outcome, detail: Detail) -> String {
    let renderer = if detail.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    let mut hidden = 0usize;
    for finding in &outcome.findings {
        if finding.level == Level::Note && !detail.notes {
            hidden += 1;
            continue;
        }
        out.push_str(&one(workspace, finding, &renderer));
        out.push_str("\n\n");
    }
    if hidden > 0 {
        let notes = if hidden == 1 { "note" } else { "notes" };
        let _ = writeln!(
            out,
            "{hidden} {notes} not shown (`-v` shows them; `explain ID` says more of any finding)"
        );
    }
    out.push_str(&summary(outcome));
    out
}

fn one(workspace: &Workspace, finding: &Shown, renderer: &Renderer) -> String {
    let shade = match finding.level {
        Level::Warning => Shade::WARNING,
        Level::Note => Shade::NOTE,
    };
    let path = finding.path.to_string_lossy().into_owned();
    let source = finding
        .file
        .and_then(|f| workspace.files.get(f))
        .filter(|_| finding.place.is_some());
    let title = shade
        .primary_title(finding.message.as_str())
        .id(finding.id.0);
    let mut group = match source {
        Some(source) => {
            let text = &*source.text;
            // one line says where; a long construction is in the diff
            let end = text[finding.range.clone()]
                .find('\n')
                .map_or(finding.range.end, |n| finding.range.start + n);
            let end = if text[..end].ends_with('\r') {
                end - 1
            } else {
                end
            };
            let snippet = Snippet::source(text).path(path.as_str()).annotation(
                AnnotationKind::Primary.span(finding.range.start..end.max(finding.range.start)),
            );
            title.element(snippet)
        }
        None => title.element(annotate_snippets::Origin::path(path.as_str())),
    };
    if let Some(help) = &finding.help {
        group = group.element(Shade::HELP.message(help.as_str()));
    }
    let report: &[Group<'_>] = &[group];
    renderer.render(report)
}

/// One line: what was found, and what became of it.
#[must_use]
pub fn summary(outcome: &Outcome) -> String {
    let s = &outcome.summary;
    let files = |n: usize| {
        if n == 1 {
            "1 file".to_owned()
        } else {
            format!("{n} files")
        }
    };
    let many = if s.constructions == 1 {
        "construction"
    } else {
        "constructions"
    };
    let verb = if outcome.written {
        "changed"
    } else {
        "to change"
    };
    let warnings = outcome
        .findings
        .iter()
        .filter(|f| f.level == Level::Warning)
        .count();
    let warned = if warnings == 1 {
        "1 warning".to_owned()
    } else {
        format!("{warnings} warnings")
    };
    let slots = match s.slots {
        0 => String::new(),
        1 => format!(" 1 slot: {} removed, {} kept;", s.removed, 1 - s.removed),
        n => format!(" {n} slots: {} removed, {} kept;", s.removed, n - s.removed),
    };
    format!(
        "{} {many}: {} to the accessor, {} made explicit in tests, {} left;{slots} {} {verb}; {warned}\n",
        s.constructions,
        s.rewritten,
        s.isolated,
        s.left,
        files(s.files_changed),
    )
}
