//! Lines, indentation and comments of source text.
//!
//! Belongs here: where text may be put and taken so that the rest keeps its layout. Does not: meaning.

use ra_ap_parser::LexedStr;
use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{Edition, SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::edit::Edit;
use super::tree::FileTree;

/// The line end that the file uses.
pub(crate) fn newline(source: &str) -> &'static str {
    match source.find('\n') {
        Some(at) if source[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// Where the line of `offset` starts.
pub(crate) fn line_start(source: &str, offset: TextSize) -> TextSize {
    let at = usize::from(offset).min(source.len());
    let start = source[..at].rfind('\n').map_or_else(
        || {
            if source.starts_with('\u{feff}') {
                '\u{feff}'.len_utf8()
            } else {
                0
            }
        },
        |n| n + 1,
    );
    TextSize::try_from(start).unwrap_or_default()
}

/// The blanks at the start of the line of `offset`.
pub(crate) fn indent_at(source: &str, offset: TextSize) -> String {
    source[usize::from(line_start(source, offset))..]
        .chars()
        .take_while(|c| matches!(c, ' ' | '\t'))
        .collect()
}

/// One level of indentation, as the file writes it.
pub(crate) fn indent_step(source: &str) -> &'static str {
    if source.lines().any(|l| l.starts_with('\t')) {
        "\t"
    } else {
        "    "
    }
}

/// The lines of comments, not of documentation, right above the line that starts at a place. `None`: there are none, or
/// something is before it on its line.
pub(crate) fn comment_lines_before(source: &str, at: TextSize) -> Option<TextRange> {
    let mut line = line_start(source, at);
    if !source[TextRange::new(line, at)].trim().is_empty() {
        return None;
    }
    let mut out: Option<TextRange> = None;
    while line > TextSize::from(0) {
        let above = line_start(source, line - TextSize::from(1));
        let text = &source[TextRange::new(above, line)];
        let comment = text.trim();
        if !comment.starts_with("//") || comment.starts_with("///") || comment.starts_with("//!") {
            break;
        }
        let start = above + TextSize::of(&text[..text.len() - text.trim_start().len()]);
        let end = out.map_or(start + TextSize::of(comment), TextRange::end);
        out = Some(TextRange::new(start, end));
        line = above;
    }
    out
}

/// The comments in `range` that lie outside of `kept`.
pub(crate) fn comments_in(
    source: &str,
    edition: Edition,
    range: TextRange,
    kept: &[TextRange],
) -> Vec<String> {
    let Some(text) = source.get(usize::from(range.start())..usize::from(range.end())) else {
        return Vec::new();
    };
    if !text.contains("//") && !text.contains("/*") {
        return Vec::new();
    }
    let lexed = LexedStr::new(edition, text);
    (0..lexed.len())
        .filter(|&i| lexed.kind(i) == SyntaxKind::COMMENT)
        .filter(|&i| {
            let at = range.start() + TextSize::try_from(lexed.text_start(i)).unwrap_or_default();
            !kept.iter().any(|k| k.contains(at))
        })
        .map(|i| lexed.text(i).trim_end().to_owned())
        .collect()
}

/// Puts comments on lines of their own above the line of `offset`.
pub(crate) fn comments_above(
    source: &str,
    root: &SyntaxNode,
    offset: TextSize,
    comments: &[String],
) -> Edit {
    let (newline, indent) = (newline(source), indent_at(source, offset));
    let start = line_start(source, offset);
    // a line may start inside of a string or a comment
    let inside_token = root.token_at_offset(start).left_biased().is_some_and(|t| {
        t.text_range().start() < start
            && t.text_range().end() > start
            && t.kind() != SyntaxKind::WHITESPACE
    });
    if inside_token {
        let block: String = comments
            .iter()
            .map(|c| format!("{c}{newline}{indent}"))
            .collect();
        return Edit::insert(offset, block);
    }
    let block: String = comments
        .iter()
        .map(|c| format!("{indent}{c}{newline}"))
        .collect();
    Edit::insert(start, block)
}

/// The end of the line if nothing but a comment follows on it.
pub(crate) fn behind_comment(source: &str, offset: TextSize) -> TextSize {
    let rest = source[usize::from(offset)..]
        .lines()
        .next()
        .unwrap_or_default();
    let comment = rest.trim_start().starts_with("//");
    let length = if comment { rest.len() } else { 0 };
    offset + TextSize::try_from(length).unwrap_or_default()
}

/// The range, with the blanks before it and the line end after it if nothing else stands on its lines.
pub(crate) fn whole_lines(source: &str, range: TextRange) -> TextRange {
    let start = line_start(source, range.start());
    let before = &source[usize::from(start)..usize::from(range.start())];
    let after = &source[usize::from(range.end())..];
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    let rest = &after[blanks..];
    let line_end = if rest.starts_with("\r\n") {
        2
    } else {
        usize::from(rest.starts_with('\n'))
    };
    let blank_before = before.chars().all(|c| matches!(c, ' ' | '\t'));
    if !blank_before || (line_end == 0 && !rest.is_empty()) {
        // the blanks that set it off from what stays on the line go along
        let gap = if blank_before { blanks } else { 0 };
        return TextRange::new(
            range.start(),
            range.end() + TextSize::try_from(gap).unwrap_or_default(),
        );
    }
    let end = range.end() + TextSize::try_from(blanks + line_end).unwrap_or_default();
    TextRange::new(start, end)
}

/// The lines of an item, with the blank line after it; with the one before it if it is the last of its list.
pub(crate) fn with_blank_line(source: &str, range: TextRange) -> TextRange {
    let lines = whole_lines(source, range);
    let newline = newline(source);
    let (before, after) = (
        &source[..usize::from(lines.start())],
        &source[usize::from(lines.end())..],
    );
    // only where the lines are its own
    let own = before.is_empty() || before.ends_with('\n');
    // a line above that is no gap has this one below it then
    let gap = before.trim_end().is_empty()
        || before.trim_end().ends_with('{')
        || before.ends_with(&format!("{newline}{newline}"));
    if own && gap && after.starts_with(newline) {
        return TextRange::new(lines.start(), lines.end() + TextSize::of(newline));
    }
    let last = after.trim_start().starts_with('}') || after.trim_start().is_empty();
    if own && last && before.ends_with(&format!("{newline}{newline}")) {
        return TextRange::new(lines.start() - TextSize::of(newline), lines.end());
    }
    lines
}

/// Takes the blank line along that deleted lines leave at the head or the end of a block or file, or beside another one; and
/// the blank that a deletion within a line leaves beside another one, or at the line's end.
///
/// `edits` are in order and do not overlap.
pub(crate) fn close_gaps(source: &str, edits: &mut [Edit]) {
    let newline = newline(source);
    let size = TextSize::of(newline);
    let mut at = 0;
    while at < edits.len() {
        let mut end = at + 1;
        while end < edits.len() && edits[end].range.start() == edits[end - 1].range.end() {
            end += 1;
        }
        let (first, last) = (edits[at].range, edits[end - 1].range);
        let deletes = edits[at..end].iter().all(|e| e.insert.is_empty());
        let before = &source[..usize::from(first.start())];
        let after = &source[usize::from(last.end())..];
        let free = edits
            .get(end)
            .is_none_or(|e| e.range.start() >= last.end() + size);
        if deletes && !first.is_empty() && before.ends_with('\n') {
            let head = before
                .trim_end_matches([' ', '\t', '\r', '\n'])
                .ends_with(['{', '(', '[']);
            let blank = before.ends_with(&format!("{newline}{newline}"));
            if after.starts_with(newline) && free && (head || blank) {
                edits[end - 1].range = TextRange::new(last.start(), last.end() + size);
            } else if blank
                && (after.is_empty()
                    || after
                        .trim_start_matches([' ', '\t'])
                        .starts_with(['}', ')', ']']))
                && (at == 0 || edits[at - 1].range.end() <= first.start() - size)
            {
                let end = edits[at].range.end();
                edits[at].range = TextRange::new(first.start() - size, end);
            }
        }
        let room = edits.get(end).is_none_or(|e| e.range.start() > last.end());
        if deletes && !first.is_empty() && before.ends_with(' ') {
            let one = TextSize::of(' ');
            if after.starts_with(' ') && room {
                edits[end - 1].range =
                    TextRange::new(edits[end - 1].range.start(), last.end() + one);
            } else if after.starts_with(newline)
                && !before[usize::from(line_start(source, first.start()))..]
                    .trim()
                    .is_empty()
                && (at == 0 || edits[at - 1].range.end() < first.start())
            {
                edits[at].range = TextRange::new(first.start() - one, edits[at].range.end());
            }
        }
        at = end;
    }
}

/// Deletes a statement with its lines; comments inside of it stay, on lines of their own.
pub(crate) fn delete_statement(source: &str, edition: Edition, range: TextRange) -> Edit {
    let indent = indent_at(source, range.start());
    let kept: String = comments_in(source, edition, range, &[])
        .iter()
        .map(|c| format!("{indent}{c}{}", newline(source)))
        .collect();
    Edit::replace(whole_lines(source, range), kept)
}

/// What a block says before and behind its last expression, and by how many blanks that stands further in than the block.
/// `None`: there are comments, or it is more than a block (`async`, `unsafe`, one with a label).
pub(crate) fn around_tail(
    tree: &FileTree,
    source: &str,
    edition: Edition,
    block: &ast::BlockExpr,
    tail: &SyntaxNode,
) -> Option<(TextRange, TextRange, usize)> {
    let (whole, inner) = (tree.range(block.syntax()), tree.range(tail));
    let head = TextRange::new(whole.start(), inner.start());
    let rest = TextRange::new(inner.end(), whole.end());
    let plain = |range| comments_in(source, edition, range, &[]).is_empty();
    let outer = indent_at(source, whole.start()).len();
    let further = indent_at(source, inner.start()).len();
    (block.modifier().is_none() && plain(head) && plain(rest))
        .then(|| (head, rest, further.saturating_sub(outer)))
}

/// Takes `extra` blanks from the start of each line inside of `node`. Strings over several lines stay.
pub(crate) fn dedent(tree: &FileTree, node: &SyntaxNode, extra: usize) -> Vec<Edit> {
    node.descendants_with_tokens()
        .filter_map(|e| e.into_token())
        .filter(|t| t.kind() == SyntaxKind::WHITESPACE)
        .filter_map(|t| {
            let newline = t.text().rfind('\n')?;
            let blanks = t.text().len() - newline - 1;
            let range = tree.token_range(&t);
            let gone = extra.min(blanks);
            (gone > 0).then(|| {
                Edit::delete(TextRange::new(
                    range.end() - TextSize::try_from(gone).unwrap_or_default(),
                    range.end(),
                ))
            })
        })
        .collect()
}
