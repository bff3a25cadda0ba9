//! Blocks on one line that a variable is bound at the start of: each statement gets a line of its own.

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{TextRange, TextSize};

use super::super::super::edit::Edit;
use super::super::super::layout;
use super::super::super::workspace::FileId;
use super::Writer;

/// A block on one line.
#[derive(Debug)]
pub(super) struct Pressed {
    file: FileId,
    /// Where its first statement is written.
    at: TextSize,
    /// The blanks between its brackets and statements.
    gaps: Vec<TextRange>,
    /// What starts a line in it, and the line of what closes it.
    inner: String,
    outer: String,
}

impl Writer<'_, '_> {
    /// Remembers a block whose first statement is written at `at`, if it is on one line.
    pub(super) fn pressed(&mut self, file: FileId, list: &ast::StmtList, at: TextSize) {
        let (Some(tree), Some(open), Some(close)) =
            (self.tree(file), list.l_curly_token(), list.r_curly_token())
        else {
            return;
        };
        let source = self.source(file);
        let within = TextRange::new(
            tree.token_range(&open).end(),
            tree.token_range(&close).start(),
        );
        let text = &source[within];
        if within.start() != at || text.contains('\n') || super::super::detours::has_comment(text) {
            return;
        }
        let mut ends = vec![within.start()];
        for child in list.syntax().children() {
            let range = tree.range(&child);
            ends.extend([range.start(), range.end()]);
        }
        ends.push(within.end());
        let gaps = ends.chunks(2).map(|pair| TextRange::new(pair[0], pair[1]));
        let gaps: Vec<TextRange> = gaps.collect();
        let line = layout::newline(source);
        let outer = layout::indent_at(source, at);
        let step = layout::indent_step(source);
        self.pressed.push(Pressed {
            file,
            at,
            gaps,
            inner: format!("{line}{outer}{step}"),
            outer: format!("{line}{outer}"),
        });
    }
}

/// Breaks such blocks into lines, if nothing else is written between their statements.
pub(super) fn spread(
    edits: &mut BTreeMap<FileId, Vec<Edit>>,
    all: &[Pressed],
    blank: impl Fn(FileId, TextRange) -> bool,
) {
    for (i, it) in all.iter().enumerate() {
        // the innermost of several alone
        let within = TextRange::new(it.at, it.gaps.last().map_or(it.at, |g| g.end()));
        let holds = |other: &Pressed| {
            other.file == it.file && within.contains(other.at) && other.at != it.at
        };
        if all.iter().any(holds) || all[..i].iter().any(|o| o.file == it.file && o.at == it.at) {
            continue;
        }
        let Some(own) = edits.get_mut(&it.file) else {
            continue;
        };
        let is_first =
            |e: &Edit| e.range == TextRange::empty(it.at) && e.insert.starts_with(" let ");
        let touches = |e: &&Edit| {
            !is_first(e)
                && it.gaps.iter().any(|gap| {
                    gap.intersect(e.range).is_some_and(|r| {
                        !r.is_empty()
                            || e.range.is_empty()
                                && (gap.start() == e.range.start() || gap.contains(e.range.start()))
                    })
                })
        };
        let plain = it.gaps.iter().all(|gap| blank(it.file, *gap));
        if !plain || own.iter().any(|e| touches(&e)) {
            continue;
        }
        let first: String = (own.iter().filter(|e| is_first(e)))
            .map(|e| format!("{}{}", it.inner, e.insert.trim_start()))
            .collect();
        if first.is_empty() {
            continue;
        }
        own.retain(|e| !is_first(e));
        let last = it.gaps.len() - 1;
        for (i, gap) in it.gaps.iter().enumerate() {
            let text = match i {
                0 if last == 0 => format!("{first}{}", it.outer),
                0 => format!("{first}{}", it.inner),
                _ if i == last => it.outer.clone(),
                _ => it.inner.clone(),
            };
            own.push(Edit::replace(*gap, text));
        }
    }
}
