//! Taking elements out of lists: with their commas, without their neighbours' comments.

use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, T, TextRange, TextSize};

use super::super::edit::Edit;
use super::super::tree::FileTree;

/// Deletes the elements at `gone` (positions among `elements`, in order) from a list.
pub(super) fn delete(
    source: &str,
    tree: &FileTree,
    elements: &[SyntaxNode],
    gone: &[usize],
) -> Vec<Edit> {
    let mut out = Vec::new();
    let is_gone = |i: usize| gone.contains(&i);
    let slice = |a: TextSize, b: TextSize| &source[usize::from(a)..usize::from(b)];
    for (i, element) in elements.iter().enumerate().filter(|(i, _)| is_gone(*i)) {
        let range = tree.range(element);
        let comma = comma_after(element).map(|t| tree.token_range(&t));
        let end = comma.map_or(range.end(), TextRange::end);
        let line = super::super::layout::line_start(source, range.start());
        let alone_before = slice(line, range.start()).trim().is_empty();
        let rest = &source[usize::from(end)..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let after = &rest[blanks..];
        let between_comments =
            comma.is_some_and(|c| !slice(range.end(), c.start()).trim().is_empty());
        let comma_only = |out: &mut Vec<Edit>| {
            out.push(Edit::delete(range));
            out.extend(comma.map(Edit::delete));
        };
        if between_comments {
            comma_only(&mut out);
        } else if alone_before && (after.starts_with('\n') || after.starts_with("\r\n")) {
            let line_end = if after.starts_with('\n') { 1 } else { 2 };
            let width = TextSize::try_from(blanks + line_end).unwrap_or_default();
            out.push(Edit::delete(TextRange::new(line, end + width)));
        } else if comma.is_some() && !after.starts_with([')', '}', ']', '|']) {
            // up to what follows on the line
            let width = TextSize::try_from(blanks).unwrap_or_default();
            out.push(Edit::delete(TextRange::new(range.start(), end + width)));
        } else {
            // the last one on the line: the comma before it goes too, if nothing stands between
            let mut end = end;
            match (0..i).rev().find(|j| !is_gone(*j)) {
                Some(kept) if comma.is_none() => {
                    let start = tree.range(&elements[kept]).end();
                    let first = tree.range(&elements[kept + 1]).start();
                    let plain = |c: char| c == ',' || c == ' ';
                    if slice(start, first).chars().all(plain) {
                        out.push(Edit::delete(TextRange::new(start, first)));
                    }
                }
                // no blank is left before the bracket
                None if comma.is_some() => end += TextSize::try_from(blanks).unwrap_or_default(),
                _ => {}
            }
            out.push(Edit::delete(TextRange::new(range.start(), end)));
        }
    }
    out
}

fn comma_after(element: &SyntaxNode) -> Option<ra_ap_syntax::SyntaxToken> {
    let mut next = element.next_sibling_or_token();
    while let Some(at) = next {
        match &at {
            NodeOrToken::Token(t) if t.kind() == T![,] => return Some(t.clone()),
            NodeOrToken::Token(t)
                if matches!(t.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT) => {}
            _ => return None,
        }
        next = at.next_sibling_or_token();
    }
    None
}
