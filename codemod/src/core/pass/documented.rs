//! Which lines of a function's documentation are about a parameter that goes, and what else documentation says of what goes.

use std::collections::BTreeMap;

use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::super::catalog;
use super::super::docs;
use super::super::edit::Edit;
use super::super::finding::Finding;
use super::super::workspace::FileId;
use super::decide::Decision;
use super::infer::Infer;
use super::slots::Slots;

/// Documentation that stays and names, in backticks, a parameter or field that goes.
pub(super) fn stale(
    infer: &Infer<'_>,
    slots: &Slots,
    decision: &Decision,
    edits: &BTreeMap<FileId, Vec<Edit>>,
) -> Vec<Finding> {
    let functions = slots.functions.values();
    let functions = functions.map(|f| (f.file, &f.node, &f.params));
    let adts = slots.adts.values();
    let owners = functions.chain(adts.map(|a| (a.file, &a.node, &a.fields)));
    let mut out = Vec::new();
    for (file, node, own) in owners {
        let gone = own.iter().flatten().filter(|s| decision.removed(**s));
        let gone = gone.map(|s| &slots.all[*s]);
        let names: Vec<&str> = gone.map(|s| s.name.as_str()).collect();
        let edits = edits.get(&file).map_or(&[][..], Vec::as_slice);
        let stays = |r: &TextRange| !edits.iter().any(|e| e.range.contains_range(*r));
        for (name, range) in said(infer, file, node, &names).filter(|(_, r)| stays(r)) {
            let message = format!("documentation speaks of `{name}`, which is gone");
            let finding = Finding::new(catalog::STALE_DOC, file, range, message);
            out.push(finding.with_help("word it anew"));
        }
    }
    out
}

/// Where the documentation of an item has one of `names` in backticks.
fn said<'n>(
    infer: &Infer<'_>,
    file: FileId,
    item: &SyntaxNode,
    names: &'n [&'n str],
) -> impl Iterator<Item = (&'n str, TextRange)> {
    let tree = infer.index.tree(file).filter(|_| !names.is_empty());
    let tokens = tree.into_iter().flat_map(|tree| {
        let own = item.children_with_tokens().filter_map(|e| e.into_token());
        own.filter(|t| t.kind() == SyntaxKind::COMMENT && docs::is_doc(t.text()))
            .map(|t| (tree.token_range(&t).start(), t.text().to_owned()))
    });
    tokens.flat_map(move |(start, text)| {
        let of = names.iter().flat_map(|name| {
            let quoted = format!("`{name}`");
            let at = text
                .find(&quoted)
                .and_then(|at| TextSize::try_from(at).ok());
            at.map(|at| (*name, TextRange::at(start + at, TextSize::of(&quoted))))
        });
        of.collect::<Vec<_>>()
    })
}

/// For each line, whether it goes: list items about one of `names`, and the heading over a list that becomes empty.
pub(super) fn about(lines: &[&str], names: &[String]) -> Vec<bool> {
    let mut gone = vec![false; lines.len()];
    for i in 0..lines.len() {
        let is_more = i > 0 && gone[i - 1] && is_continued(lines[i]);
        gone[i] = is_more || item(lines[i]).is_some_and(|of| names.iter().any(|n| n == of));
    }
    let headings: Vec<usize> = (0..lines.len()).filter(|i| is_heading(lines[*i])).collect();
    for (at, &start) in headings.iter().enumerate() {
        let end = headings.get(at + 1).copied().unwrap_or(lines.len());
        let below = start + 1..end;
        let empty = below.clone().all(|i| gone[i] || is_blank(lines[i]));
        if !empty || !below.clone().any(|i| gone[i]) {
            continue;
        }
        gone[start..end].fill(true);
        // one blank line sets off what comes next from what was before
        let follows = end < lines.len();
        if start > 0 && is_blank(lines[start - 1]) && !follows {
            gone[start - 1] = true;
        }
    }
    gone
}

/// The parameter that a list item is about: `* `name` - …`.
fn item(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix(['*', '-'])?.trim_start();
    let text = text.trim_start_matches(['`', '*']);
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    Some(&text[..end]).filter(|n| !n.is_empty())
}

fn is_continued(line: &str) -> bool {
    let text = line.strip_prefix(' ').unwrap_or(line);
    text.starts_with("  ") && !is_blank(line) && item(line).is_none()
}

fn is_heading(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}
