//! The passing, with what leads past it written otherwise first, where that goes then.
//!
//! Belongs here: trying it, and telling of it as if it were one step. Does not: what is written (`pass::detours`).

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::TextRange;

use super::ChangeSet;
use super::catalog;
use super::defs::Index;
use super::edit::Edit;
use super::options::Options;
use super::orphans;
use super::pass::detours::{self, Detour, Stays};
use super::pass::{self, Asked, Passing};
use super::plan::{applied, composed, origin};
use super::workspace::FileId;

/// Decides about all slots and rewrites. `first`: the number of the first change set.
pub(crate) fn plan(
    index: &Index<'_>,
    options: Options,
    asked: &Asked<'_>,
    first: usize,
) -> Passing {
    let as_held = pass::plan(index, options, asked, first);
    let sets = as_held.change_sets.iter();
    let stays = Stays {
        goes: sets.map(|s| (s.file, s.range.start())).collect(),
        kept: (as_held.kept.values())
            .map(|k| ((k.file, k.start), k.id))
            .collect(),
        through: as_held.through,
    };
    let mut all = detours::find(index, options, &stays);
    all.retain(|it| asked.at(index, (it.file, it.range), 0).1.is_none() || it.title.is_none());
    loop {
        let edits = detours::edits(index, &mut all);
        if all.is_empty() {
            return as_held;
        }
        let mut passing = straightened(index, options, asked, first, &all, &edits);
        // one that stays may keep others: those that depend on most go first
        let left = all.iter().filter(|it| !it.is_gone(&passing.edits));
        if let Some(last) = left.map(|it| it.rank).max() {
            all.retain(|it| it.rank < last || it.is_gone(&passing.edits));
            continue;
        }
        let kept = |it: &Passing| it.slots - it.removed;
        if kept(&passing) > kept(&as_held) {
            return as_held;
        }
        // what goes on the way is not kept, be it called otherwise there
        let sets = passing.change_sets.iter();
        let goes: BTreeSet<_> = sets.map(|s| (s.file, s.range.start())).collect();
        // what failed there may have been all that others were for
        let told = all.iter().flat_map(|it| &it.findings);
        let failed = told.filter(|f| f.id == catalog::ERROR_PATH_GONE);
        let failed: Vec<_> = failed.map(|f| (f.file, f.range)).collect();
        let of = "the error path of a static";
        let (edits, findings) = (&mut passing.edits, &mut passing.findings);
        orphans::after(index, &failed, of, edits, findings);
        let mut kept = as_held.kept;
        kept.retain(|_, k| !goes.contains(&(k.file, k.start)));
        return Passing {
            kept,
            held: as_held.held,
            ..passing
        };
    }
}

/// The passing on the text that `edits` give, as one on the text before.
fn straightened(
    index: &Index<'_>,
    options: Options,
    asked: &Asked<'_>,
    first: usize,
    detours: &[Detour],
    edits: &BTreeMap<FileId, Vec<Edit>>,
) -> Passing {
    let workspace = index.workspace;
    let after = applied(workspace, edits);
    let mut next = Index::after(&after, index, edits);
    next.is_detour = true;
    let aliases = detours.iter().filter(|it| it.holds.is_some());
    next.passing_aliases = aliases.map(|it| it.name.clone()).collect();
    let wrapped = detours
        .iter()
        .filter_map(|it| Some((it.name.clone(), it.holds.clone()?)));
    next.wrapped = wrapped.collect();
    next.contexts = detours.iter().filter_map(|it| it.context.clone()).collect();
    let mut out = pass::plan(&next, options, asked, first);
    let at = |file, at| origin(workspace, edits, file, TextRange::empty(at)).start();
    for it in &mut out.findings {
        it.range = origin(workspace, edits, it.file, it.range);
    }
    for it in &mut out.change_sets {
        it.range = origin(workspace, edits, it.file, it.range);
    }
    let feeding = std::mem::take(&mut out.feeding).into_iter();
    out.feeding = feeding.map(|(f, p)| (f, at(f, p.into()).into())).collect();
    let suppressed = std::mem::take(&mut out.suppressed).into_iter();
    out.suppressed = suppressed.map(|(f, p)| (f, at(f, p))).collect();
    for (i, it) in detours.iter().enumerate() {
        let fresh = first + out.slots + i;
        let (id, _) = asked.at(index, (it.file, it.range), fresh);
        let told = it.findings.iter().cloned();
        out.findings.extend(told.map(|f| match it.title {
            Some(_) => f.of(id),
            None => f,
        }));
        let title = it.title.iter().cloned();
        out.change_sets.extend(title.map(|title| ChangeSet {
            id,
            title,
            file: it.file,
            range: it.range,
        }));
    }
    let more: usize = detours.iter().map(|it| it.slots).sum();
    out.slots += more;
    out.removed += more;
    for it in detours {
        fold(&mut out, it);
    }
    let mut whole = edits.clone();
    composed(workspace, &mut whole, std::mem::take(&mut out.edits));
    out.edits = whole;
    out
}

/// Takes what the functions of a detour give for a part of the item that they read.
fn fold(out: &mut Passing, detour: &Detour) {
    let words = |name: &String| format!("the result of `{name}`");
    for given in detour.brings.iter().map(words) {
        let sets = out.change_sets.iter();
        let own = sets.filter(|s| s.file == detour.file && s.range.start() == detour.range.start());
        let Some((id, whole)) = own.map(|s| (s.id, s.title.clone())).next() else {
            return;
        };
        let Some(at) = (out.change_sets.iter()).position(|s| s.title.starts_with(&given)) else {
            continue;
        };
        let folded = out.change_sets.remove(at).id;
        out.slots -= 1;
        out.removed -= 1;
        let item = whole.strip_suffix(" goes").unwrap_or(&whole);
        for finding in &mut out.findings {
            if finding.change_set == Some(folded) {
                finding.change_set = Some(id);
            }
            if finding.message.contains(&given) {
                finding.message = finding.message.replace(&given, item);
            }
        }
    }
}
