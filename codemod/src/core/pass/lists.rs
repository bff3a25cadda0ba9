//! Taking elements out of lists: with their commas, without their neighbours' comments.

use std::ops::Range;

use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, T, TextRange, TextSize};

use super::super::edit::Edit;
use super::super::layout;
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
        // comments in front of an element are its children, and stay
        let range = TextRange::new(own_start(tree, element), tree.range(element).end());
        let comma = comma_after(element).map(|t| tree.token_range(&t));
        let end = comma.map_or(range.end(), TextRange::end);
        let line = layout::line_start(source, range.start());
        let alone_before = slice(line, range.start()).trim().is_empty();
        let rest = &source[usize::from(end)..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let after = &rest[blanks..];
        // a closure may be the next one, and begin with what closes a list of parameters
        let closes = i + 1 == elements.len() && after.starts_with([')', '}', ']', '|', '>']);
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
            let indent = slice(line, range.start());
            let newline = &after[..line_end];
            let kept: String = inner_comments(element, tree, range)
                .iter()
                .map(|c| format!("{indent}{c}{newline}"))
                .collect();
            out.push(Edit::replace(TextRange::new(line, end + width), kept));
        } else if comma.is_some() && !closes {
            // up to what follows on the line
            let width = TextSize::try_from(blanks).unwrap_or_default();
            let gap = format!("\n{}", layout::indent_at(source, range.start()));
            let kept: String = inner_comments(element, tree, range)
                .iter()
                .map(|c| format!("{c}{gap}"))
                .collect();
            out.push(Edit::replace(
                TextRange::new(range.start(), end + width),
                kept,
            ));
        } else {
            // the last one on the line: the comma before it goes too, if nothing stands between
            let mut end = end;
            match (0..i).rev().find(|j| !is_gone(*j)) {
                Some(kept) => {
                    let start = tree.range(&elements[kept]).end();
                    let first = tree.range(&elements[kept + 1]).start();
                    let plain = |c: char| c == ',' || c == ' ';
                    if slice(start, first).chars().all(plain) {
                        out.push(Edit::delete(TextRange::new(start, first)));
                    }
                }
                // no blank is left behind the bracket, nor before it
                None if comma.is_some() || after.starts_with("/*") => {
                    end += TextSize::try_from(blanks).unwrap_or_default();
                }
                _ => {}
            }
            let kept = inner_comments(element, tree, range).join(" ");
            out.push(Edit::replace(TextRange::new(range.start(), end), kept));
        }
    }
    out
}

/// The comments at the elements that go: above them, before them, and behind them on their lines.
pub(super) fn comments_at(
    source: &str,
    tree: &FileTree,
    elements: &[SyntaxNode],
    gone: &[usize],
) -> Vec<TextRange> {
    let mut out = Vec::new();
    for element in gone.iter().filter_map(|i| elements.get(*i)) {
        let start = own_start(tree, element);
        let before = out.len();
        let tokens = element
            .descendants_with_tokens()
            .filter_map(NodeOrToken::into_token);
        let own = tokens
            .filter(is_plain_comment)
            .map(|t| tree.token_range(&t));
        out.extend(own.filter(|r| {
            let before =
                &source[usize::from(layout::line_start(source, r.start()))..usize::from(r.start())];
            // one behind the element before is not its own
            let is_line = source[usize::from(r.start())..].starts_with("//");
            r.start() >= start || !is_line || before.trim().is_empty()
        }));
        // one in front of it, on its line
        let siblings = std::iter::successors(element.prev_sibling_or_token(), |e| {
            e.prev_sibling_or_token()
        });
        let trivia = siblings.map_while(|e| e.into_token().filter(|t| t.kind().is_trivia()));
        let inline = trivia.filter(|t| t.text().starts_with("/*"));
        out.extend(inline.map(|t| tree.token_range(&t)));
        if out.len() == before {
            out.extend(layout::comment_lines_before(source, start));
        }
        let comma = comma_after(element).map(|t| tree.token_range(&t));
        let end = comma.map_or(tree.range(element).end(), TextRange::end);
        let rest = &source[usize::from(end)..];
        let line = rest.lines().next().unwrap_or_default();
        let comment = line.trim_start();
        if comment.starts_with("//") {
            let blanks = TextSize::of(&line[..line.len() - comment.len()]);
            out.push(TextRange::at(
                end + blanks,
                TextSize::of(comment.trim_end()),
            ));
        }
    }
    out
}

fn is_plain_comment(token: &SyntaxToken) -> bool {
    let text = token.text();
    let doc = text.starts_with("///") || text.starts_with("/**");
    token.kind() == SyntaxKind::COMMENT && !doc
}

/// Where an element starts, comments in front of it left out.
fn own_start(tree: &FileTree, element: &SyntaxNode) -> TextSize {
    let first = element
        .descendants_with_tokens()
        .filter_map(NodeOrToken::into_token)
        .find(|t| t.kind() != SyntaxKind::WHITESPACE && !is_plain_comment(t));
    first.map_or(tree.range(element).start(), |t| {
        tree.token_range(&t).start()
    })
}

/// The comments inside of an element that goes.
fn inner_comments(element: &SyntaxNode, tree: &FileTree, range: TextRange) -> Vec<String> {
    element
        .descendants_with_tokens()
        .filter_map(NodeOrToken::into_token)
        .filter(|t| is_plain_comment(t) && range.contains_range(tree.token_range(t)))
        .map(|t| t.text().trim_end().to_owned())
        .collect()
}

fn comma_after(element: &SyntaxNode) -> Option<SyntaxToken> {
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

/// What to delete of a comma-separated list of names: those that go, each with a comma. At least one stays.
pub(super) fn deletions(list: &str, goes: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut names: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for piece in list.split(',') {
        let lead = piece.len() - piece.trim_start().len();
        let start = at + lead;
        names.push(start..start + piece.trim().len());
        at += piece.len() + 1;
    }
    let gone = |r: &Range<usize>| goes(&list[r.clone()]);
    let last = names.iter().rposition(|n| !n.is_empty() && !gone(n));
    for (i, name) in names.iter().enumerate().filter(|(_, n)| gone(n)) {
        match last {
            // up to the next one
            Some(last) if i < last => out.push(name.start..names[i + 1].start),
            // with the comma before it
            Some(_) => out.push(names[i - 1].end..name.end),
            None => out.push(name.clone()),
        }
    }
    out
}
