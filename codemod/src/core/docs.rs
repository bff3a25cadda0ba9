//! Constructions in documentation that nothing else accounts for: in prose, in `/** … */` and `#[doc = "…"]`, in blocks
//! that are not Rust.
//!
//! They are found by their text and left: what a reader is shown is a person's to word.

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxKind, TextRange, TextSize};

use super::Plan;
use super::catalog;
use super::finding::Finding;
use super::plan::Facts;
use super::search;
use super::workspace::{FileId, Language};

const TEXT: &str = "GlobalEventCoordinator::monolithic(";

/// A finding for each construction that documentation still shows. `misfits`: examples that could not be changed.
pub(crate) fn findings(facts: &Facts<'_>, plan: &Plan, misfits: &[FileId]) -> Vec<Finding> {
    let mut out = Vec::new();
    for file in misfits {
        if let Some(example) = &facts.index.workspace.file(*file).example {
            let range = example.range_to_host(TextRange::empty(0.into()));
            let message = "an example of the documentation could not be changed along";
            out.push(
                Finding::new(catalog::DOC_EXAMPLE, example.host, range, message)
                    .with_help("change it by hand"),
            );
        }
    }
    for (i, source) in facts.index.workspace.files.iter().enumerate() {
        if !source.writable || source.example.is_some() || !search::says(&source.text, TEXT) {
            continue;
        }
        let ranges = match source.language {
            Language::Markdown => in_code_blocks(&source.text),
            Language::Rust => in_doc_comments(facts, FileId(i)),
        };
        let message = "documentation shows the construction that the code around it no longer has";
        let own = plan.edits.get(&FileId(i)).map_or(&[][..], Vec::as_slice);
        let rewritten = |r: &TextRange| own.iter().any(|e| e.range.intersect(*r).is_some());
        let told = |r: &TextRange| {
            let about = |f: &Finding| f.file == FileId(i) && f.range.contains_range(*r);
            plan.findings.iter().any(about)
        };
        let silent = ranges.into_iter().filter(|r| !rewritten(r) && !told(r));
        out.extend(silent.map(|range| {
            Finding::new(catalog::DOC_EXAMPLE, FileId(i), range, message)
                .with_help("write `global_coordinator().await` in its place")
        }));
    }
    out
}

fn occurrences(text: &str, offset: usize) -> impl Iterator<Item = TextRange> {
    text.match_indices(TEXT).filter_map(move |(at, found)| {
        let start = TextSize::try_from(offset + at).ok()?;
        let name = found.trim_end_matches('(');
        Some(TextRange::at(start, TextSize::of(name)))
    })
}

fn in_code_blocks(text: &str) -> Vec<TextRange> {
    let mut out = Vec::new();
    let mut fenced = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            fenced = !fenced;
        } else if fenced {
            out.extend(occurrences(line, offset));
        }
        offset += line.len();
    }
    out
}

fn in_doc_comments(facts: &Facts<'_>, file: FileId) -> Vec<TextRange> {
    let Some(tree) = facts.index.tree(file) else {
        return Vec::new();
    };
    tree.root
        .descendants_with_tokens()
        .filter_map(|e| e.into_token())
        .filter(|t| match t.kind() {
            SyntaxKind::COMMENT => is_doc(t.text()),
            SyntaxKind::STRING => t.parent_ancestors().any(|n| ast::Attr::can_cast(n.kind())),
            _ => false,
        })
        .flat_map(|t| occurrences(t.text(), t.text_range().start().into()).collect::<Vec<_>>())
        .collect()
}

/// Whether a comment is documentation.
pub(crate) fn is_doc(comment: &str) -> bool {
    comment.starts_with("//!")
        || (comment.starts_with("///") && !comment.starts_with("////"))
        || comment.starts_with("/**")
        || comment.starts_with("/*!")
}
