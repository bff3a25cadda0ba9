//! Blocks on one line that a variable is bound at the start of: each statement gets a line of its own.

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{TextRange, TextSize};

use super::super::super::edit::Edit;
use super::super::super::layout;
use super::super::super::workspace::FileId;
use super::super::detours::has_comment;
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
        if text.contains('\n') || has_comment(text) {
            return;
        }
        // one within another one of the line stays in it
        let line = layout::line_start(source, at);
        let mut around = tree
            .ancestors(list.syntax())
            .filter_map(ast::StmtList::cast);
        let nested = around.any(|l| {
            l != *list
                && l.l_curly_token()
                    .is_some_and(|t| tree.token_range(&t).start() >= line)
        });
        if nested {
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
        let blank = gaps.iter().all(|g| source[*g].trim().is_empty());
        if !blank || !gaps.iter().any(|g| g.start() == at || g.end() == at) {
            return;
        }
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
pub(super) fn spread(edits: &mut BTreeMap<FileId, Vec<Edit>>, all: &[Pressed]) {
    for (i, it) in all.iter().enumerate() {
        // one that is bound in at several places stays
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
        let is_first = |e: &Edit| {
            let text = e.insert.trim_start();
            e.range == TextRange::empty(it.at)
                && text.starts_with("let ")
                && text.trim_end().ends_with(';')
        };
        let touches = |e: &Edit, gap: &TextRange| match e.range.is_empty() {
            true => gap.start() == e.range.start() || gap.contains(e.range.start()),
            false => gap.intersect(e.range).is_some_and(|r| !r.is_empty()),
        };
        let mut others = own.iter().filter(|e| !is_first(e));
        if others.any(|e| it.gaps.iter().any(|gap| touches(e, gap))) {
            continue;
        }
        let first: String = (own.iter().filter(|e| is_first(e)))
            .map(|e| format!("{}{}", it.inner, e.insert.trim()))
            .collect();
        if first.is_empty() {
            continue;
        }
        own.retain(|e| !is_first(e));
        let last = it.gaps.len() - 1;
        for (i, gap) in it.gaps.iter().enumerate() {
            let bound = gap.start() == it.at || (gap.end() == it.at && i != last);
            let text = match bound {
                true => first.as_str(),
                false => "",
            };
            let end = match i == last {
                true => &it.outer,
                false => &it.inner,
            };
            own.push(Edit::replace(*gap, format!("{text}{end}")));
        }
    }
}
