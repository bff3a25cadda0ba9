//! Constructions in documentation: doc comments, `#[doc = "…"]`, code blocks of Markdown files.
//!
//! They are found by their text and left: what a reader is shown is a person's to word.

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxKind, TextRange, TextSize};

use super::catalog;
use super::finding::Finding;
use super::plan::Facts;
use super::workspace::{FileId, Language};

const TEXT: &str = "GlobalEventCoordinator::monolithic(";

/// A finding for each construction in documentation.
pub(crate) fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for (i, source) in facts.index.workspace.files.iter().enumerate() {
        if !source.writable
            || memchr::memmem::find(source.text.as_bytes(), TEXT.as_bytes()).is_none()
        {
            continue;
        }
        let ranges = match source.language {
            Language::Markdown => in_code_blocks(&source.text),
            Language::Rust => in_doc_comments(facts, FileId(i)),
        };
        let message = "documentation shows the construction that the code around it no longer has";
        out.extend(ranges.into_iter().map(|range| {
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
