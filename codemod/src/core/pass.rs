//! Passing: which parameters, fields and results that hold a coordinator can go, and what that takes.
//!
//! Works on text in which constructions are the accessor already (`construct`), so that a coordinator comes from the
//! accessor, from a slot, or from somewhere that this program does not decide.
//!
//! - `infer`: whose field or method a name is.
//! - `lifetimes`: lifetime parameters that only slots say.
//! - `slots`: the slots, and the functions and types that have them.
//! - `files`: which files and names may lead to them.
//! - `sites`: every place that calls, builds, takes apart or reads one.
//! - `flow`: where an expression's coordinator comes from, and where it goes.
//! - `ends`: whether it can be seen when a value ends.
//! - `decide`: the fixed point.
//! - `rewrite`: the edits.
//! - `detours`: what leads past all that, and is written otherwise first: `wrappers`, `statics`,
//!   `results`, `contexts`, `fallbacks`, `patterns`.
//! - `left`: what still says the type when all is done.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxNode, TextRange, TextSize};

use super::climb::Left;
use super::defs::Index;
use super::edit::{ChangeSetId, Edit};
use super::finding::{Finding, FindingId};
use super::imports::{self, Need};
use super::options::Options;
use super::orphans;
use super::search;
use super::suppress;
use super::workspace::{FileId, PackageId};
use super::{ChangeSet, Refusal, catalog};

mod alternatives;
mod callbacks;
pub(crate) mod contexts;
mod decide;
pub(crate) mod detours;
mod documented;
mod ends;
mod fallbacks;
mod files;
mod flow;
mod generics;
mod hoist;
mod infer;
mod left;
mod lifetimes;
mod lists;
mod lookup;
mod owned;
mod patterns;
mod results;
mod rewrite;
mod rows;
mod setters;
mod sites;
mod slots;
mod statics;
mod tuples;
mod unread;
mod wrappers;

use decide::Decision;
use infer::Infer;
pub(crate) use owned::{ARC, Shared};
use sites::Sites;
use slots::{Kind, SlotId, Slots, returned};

/// A syntax node's place: its file and its range there.
type Key = (FileId, u32, u32);

fn key_of(index: &Index<'_>, file: FileId, node: &SyntaxNode) -> Key {
    let range = index
        .tree(file)
        .map_or(node.text_range(), |t| t.range(node));
    (file, range.start().into(), range.end().into())
}

/// `path:line` of a node.
fn place(index: &Index<'_>, file: FileId, node: &SyntaxNode) -> String {
    let (_, start, _) = key_of(index, file, node);
    index.place(file, start.into())
}

/// What the passing of coordinators comes to.
#[derive(Default)]
pub(crate) struct Passing {
    pub(crate) change_sets: Vec<ChangeSet>,
    /// Import edits included.
    pub(crate) edits: BTreeMap<FileId, Vec<Edit>>,
    pub(crate) findings: Vec<Finding>,
    /// Slots found, and how many of them go.
    pub(crate) slots: usize,
    pub(crate) removed: usize,
    /// Slots found as all is written.
    pub(crate) held: usize,
    /// Constructions and accessors, by place, whose coordinator flows into a slot that goes.
    pub(crate) feeding: BTreeSet<(FileId, u32)>,
    /// Where the comments start that keep a slot.
    pub(crate) suppressed: BTreeSet<(FileId, TextSize)>,
    /// The slots that stay.
    pub(crate) kept: BTreeMap<SlotId, Kept>,
    /// Whether another field leads to one that goes, or could.
    pub(crate) through: bool,
}

/// A slot that stays.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) file: FileId,
    pub(crate) start: TextSize,
    /// The kind of the reason.
    pub(crate) id: FindingId,
    /// Whether it holds a coordinator otherwise than in an `Arc`.
    pub(crate) by_value: bool,
}

/// An `Arc` wherever a slot holds a coordinator by value, but for the slots `without`. `None`: there is nothing to write.
pub(crate) fn share(
    index: &Index<'_>,
    options: Options,
    without: &BTreeSet<usize>,
) -> Option<Shared> {
    let infer = Infer::new(index);
    let mut slots = Slots::collect(&infer, options);
    owned::share(&infer, &mut slots, without)
}

/// What is refused of a plan.
pub(crate) struct Asked<'r> {
    pub(crate) refused: &'r BTreeMap<ChangeSetId, Refusal>,
    /// The change sets of the plan in which nothing is refused, by their places in the files that were read first. Empty
    /// for that plan.
    sets: BTreeMap<Key, ChangeSetId>,
}

impl<'r> Asked<'r> {
    /// `sets`: those of the plan in which nothing is refused.
    pub(crate) fn of(sets: &[ChangeSet], refused: &'r BTreeMap<ChangeSetId, Refusal>) -> Self {
        let sets = sets.iter().map(|s| {
            let (start, end) = (s.range.start().into(), s.range.end().into());
            ((s.file, start, end), s.id)
        });
        Self {
            refused,
            sets: sets.collect(),
        }
    }

    /// The number of the change set at a place, and why it is refused. `fresh`: its number where nothing is.
    ///
    /// What nobody was asked about is refused like the rest.
    pub(crate) fn at(
        &self,
        index: &Index<'_>,
        (file, range): (FileId, TextRange),
        fresh: usize,
    ) -> (ChangeSetId, Option<&Refusal>) {
        if self.refused.is_empty() {
            return (ChangeSetId(fresh), None);
        }
        let origin = index.origin(file, range);
        let key = (file, origin.start().into(), origin.end().into());
        match self.sets.get(&key) {
            Some(id) => (*id, self.refused.get(id)),
            None => (ChangeSetId(fresh), self.refused.values().next()),
        }
    }
}

/// Decides about all slots and rewrites. `first`: the number of the first change set.
pub(crate) fn plan(
    index: &Index<'_>,
    options: Options,
    asked: &Asked<'_>,
    first: usize,
) -> Passing {
    let infer = Infer::new(index);
    let mut slots = Slots::collect(&infer, options);
    if slots.all.is_empty() {
        return Passing {
            findings: left::findings(&infer, &slots, &BTreeMap::new()),
            ..Passing::default()
        };
    }
    for (i, slot) in slots.all.iter_mut().enumerate() {
        let (_, refusal) = asked.at(index, (slot.file, slot.range), first + i);
        if let Some(why) = refusal {
            slot.keep
                .get_or_insert_with(|| Left::new(why.id, why.message.clone()));
        }
    }
    let mut sites = Sites::collect(&infer, &mut slots);
    let suppressed = suppress(index, &mut slots, &sites);
    // results of functions whose exports go, with those exports
    let mut freed: BTreeMap<SlotId, Vec<(FileId, TextRange)>> = BTreeMap::new();
    let (decision, written, edits) = loop {
        let decision = Decision::reach(&infer, &slots, &sites, options);
        let mut written = rewrite::rewrite(&infer, &slots, &sites, &decision);
        let mut base = std::mem::take(&mut written.edits);
        let of = "the error path for a missing bus";
        orphans::after(
            index,
            &written.dropped,
            of,
            &mut base,
            &mut written.findings,
        );
        let edits = completed(&infer, &slots, base, &written.needs);
        let goes = |(file, range): &(FileId, TextRange)| {
            let leaf = &index.workspace.file(*file).text[std::ops::Range::from(*range)];
            let name = leaf.rsplit("::").next().unwrap_or(leaf);
            let name = name.split_whitespace().next().unwrap_or(name);
            let mut own = edits.get(file).into_iter().flatten();
            own.any(|e| e.range.contains_range(*range) && !search::says(&e.insert, name))
        };
        // an export of what goes would be left alone with it
        let left = freed.iter().find(|(_, leaves)| !leaves.iter().all(goes));
        if let Some((slot, _)) = left {
            let slot = *slot;
            let leaves = freed.remove(&slot).unwrap_or_default();
            slots.keep(slot, returned(&slots.all[slot].words()));
            sites.exported.insert(slot, leaves);
            continue;
        }
        let mut exported = sites.exported.iter();
        let next = exported.find(|(slot, leaves)| {
            slots.all[**slot].keep.is_none()
                && sites.givers.contains(slot)
                && leaves.iter().all(goes)
        });
        let Some(slot) = next.map(|(slot, _)| *slot) else {
            break (decision, written, edits);
        };
        freed.extend(sites.exported.remove_entry(&slot));
    };
    let mut findings = written.findings;
    findings.extend(imports::told(index, &written.needs));
    findings.extend(left::findings(&infer, &slots, &edits));
    findings.extend(left::shells(&infer, &slots, &sites, &decision, &edits));
    findings.extend(left::bare_traits(&infer, &slots, &decision, &edits));
    findings.extend(documented::stale(&infer, &slots, &decision, &edits));
    let mut out = Passing {
        edits,
        findings,
        slots: slots.all.len(),
        held: slots.all.len(),
        feeding: decision.feeding(&slots, &sites),
        through: decision.goes_through(&slots, &sites),
        suppressed,
        ..Passing::default()
    };
    for (file, range, name) in decision.unread(&infer, &sites) {
        let message =
            format!("nothing reads the field `{name}` now: it only led to the coordinator");
        out.findings.push(
            Finding::new(catalog::LEAVES_UNUSED, file, range, message)
                .with_help("remove the field by hand"),
        );
    }
    for (file, range) in decision.looked_up(&infer, &sites) {
        let way = &index.workspace.file(file).text[std::ops::Range::from(range)];
        let way = way.split_whitespace().collect::<Vec<_>>().join(" ");
        out.findings.push(Finding::new(
            catalog::DROPPED_LOOKUP,
            file,
            range,
            format!("`{way}` is not looked up any more: the coordinator comes from elsewhere"),
        ));
    }
    for (file, slot) in &sites.shown {
        if decision.kept[*slot].is_none() {
            let words = slots.all[*slot].words();
            let message = format!("an example of the documentation may show {words}, which goes");
            let range = TextRange::empty(0.into());
            out.findings.push(
                Finding::new(catalog::DOC_EXAMPLE, *file, range, message)
                    .with_help("change the example by hand"),
            );
        }
    }
    for (file, range, slot) in failing_examples(index, &slots, &decision) {
        let words = slots.all[slot].words();
        let message = format!("an example that must not compile may do so now, as {words} goes");
        out.findings.push(
            Finding::new(catalog::DOC_EXAMPLE, file, range, message)
                .with_help("change the example by hand"),
        );
    }
    let lifetimes = slots.lifetimes.all.iter().zip(&decision.freed);
    for (it, _) in lifetimes.filter(|(it, freed)| **freed && it.public) {
        let message = format!(
            "the {} is public and goes: code outside of the workspace that writes it has to follow",
            it.words()
        );
        let range = it.node.text_range();
        out.findings.push(
            Finding::new(catalog::PUBLIC_SIGNATURE, it.file, range, message)
                .with_help("release it as a breaking change, or keep it with `--keep-public`"),
        );
    }
    for (i, slot) in slots.all.iter().enumerate() {
        let (id, _) = asked.at(index, (slot.file, slot.range), first + i);
        let told = slot.told(index.tree(slot.file));
        match &decision.kept[i] {
            Some(left) => {
                let kept = Kept {
                    file: slot.file,
                    start: slot.range.start(),
                    id: left.id,
                    by_value: owned::holds(&infer, slot),
                };
                out.kept.insert(i, kept);
                out.findings.push(Finding {
                    help: left.help.clone(),
                    ..Finding::new(left.id, slot.file, told, left.message.clone())
                });
            }
            None => {
                out.removed += 1;
                let mut setters = sites.setters.iter();
                let sets = setters.any(|s| s.param == i && decision.sets(s));
                let goes = match sets {
                    true => "goes, with the method, which only set it",
                    false => "goes",
                };
                out.change_sets.push(ChangeSet {
                    id,
                    title: format!("{} {goes}", slot.words()),
                    file: slot.file,
                    range: slot.range,
                });
                if slot.public {
                    let consequence = match slot.kind {
                        Kind::Field => {
                            "code outside of the workspace that builds or reads it has to follow"
                        }
                        _ => "callers outside of the workspace have to follow",
                    };
                    out.findings.push(
                        Finding::new(
                            catalog::PUBLIC_SIGNATURE,
                            slot.file,
                            told,
                            format!("{} is public and {goes}: {consequence}", slot.words()),
                        )
                        .with_help(
                            "release it as a breaking change, or keep it with `--keep-public`",
                        )
                        .of(id),
                    );
                }
            }
        }
    }
    out
}

/// Keeps the slots that code under a comment defines, fills or reads. Gives the comments that keep one.
fn suppress(index: &Index<'_>, slots: &mut Slots, sites: &Sites) -> BTreeSet<(FileId, TextSize)> {
    let mut out = BTreeSet::new();
    for suppression in suppress::find(index) {
        let mut kept: Vec<slots::SlotId> = (slots.all.iter().enumerate())
            .filter(|(_, s)| suppression.covers(s.file, s.range))
            .map(|(i, _)| i)
            .collect();
        let covers = |file: FileId, node: &SyntaxNode| {
            let range = index.tree(file).map(|t| t.range(node));
            range.is_some_and(|r| suppression.covers(file, r))
        };
        let flows = sites.flows.iter();
        kept.extend(
            flows
                .filter(|(f, e, _)| covers(*f, e.syntax()))
                .map(|(_, _, s)| *s),
        );
        for root in sites.roots.iter().filter(|r| covers(r.file, &r.node)) {
            if let sites::Source::Slot(slot) = &root.source {
                kept.push(*slot);
            }
        }
        if !kept.is_empty() {
            out.insert((suppression.file, suppression.comment.start()));
        }
        for slot in kept {
            slots.keep(slot, suppression.left());
        }
    }
    out
}

/// The examples marked `compile_fail` that call a function which loses a parameter, and that parameter.
fn failing_examples(
    index: &Index<'_>,
    slots: &Slots,
    decision: &Decision,
) -> Vec<(FileId, TextRange, SlotId)> {
    const MARK: &str = "compile_fail";
    let removed = |i: &usize| slots.all[*i].kind == Kind::Param && decision.kept[*i].is_none();
    let removed: Vec<SlotId> = (0..slots.all.len()).filter(removed).collect();
    let mut out = Vec::new();
    for (i, source) in index.workspace.files.iter().enumerate() {
        let text = source.text.as_ref();
        if removed.is_empty() || source.example.is_some() || !search::says(text, MARK) {
            continue;
        }
        for (at, _) in text.match_indices(MARK) {
            let line = text[..at].rfind('\n').map_or(0, |n| n + 1);
            if !text[line..at].contains("```") {
                continue;
            }
            let body = text[at..].split("```").next().unwrap_or_default();
            let is_called = |slot: &&SlotId| {
                let mut names = slots.all[**slot].owner.split("::");
                names.all(|name| search::says(body, name))
            };
            let range = TextSize::try_from(at).map(|at| TextRange::at(at, TextSize::of(MARK)));
            if let (Some(slot), Ok(range)) = (removed.iter().find(is_called), range) {
                out.push((FileId(i), range, *slot));
            }
        }
    }
    out
}

/// The edits with those of the imports. An alias goes with its last import, and what it is made of with the alias.
fn completed(
    infer: &Infer<'_>,
    slots: &Slots,
    mut base: BTreeMap<FileId, Vec<Edit>>,
    needs: &BTreeMap<FileId, Vec<Need>>,
) -> BTreeMap<FileId, Vec<Edit>> {
    loop {
        let mut edits = base.clone();
        imports::complete(infer.index, &mut edits, needs);
        let aliases = rewrite::aliases(infer, slots, &edits);
        if aliases.is_empty() {
            return edits;
        }
        for (file, edit) in aliases {
            base.entry(file).or_default().push(edit);
        }
    }
}

/// Where the files of a package say a name.
fn said_in_package(index: &Index<'_>, file: FileId, name: &str) -> Vec<(FileId, TextRange)> {
    let package = index.workspace.file(file).package;
    said_in(index, name, |of| of == package)
}

/// Whether an attribute derives these traits alone, or is one of `others`.
fn is_quiet(attr: &ast::Attr, derives: &[&str], others: &[&str]) -> bool {
    match attr.path().map(|p| p.syntax().text().to_string()) {
        Some(path) if path == "derive" => {
            let input = attr.syntax().text().to_string();
            let mut said = search::words(&input);
            said.all(|w| w == "derive" || derives.contains(&w))
        }
        Some(path) => others.contains(&path.as_str()),
        None => true,
    }
}

/// The same in the packages that are wanted.
fn said_in(
    index: &Index<'_>,
    name: &str,
    wanted: impl Fn(Option<PackageId>) -> bool,
) -> Vec<(FileId, TextRange)> {
    let workspace = index.workspace;
    let mut out = Vec::new();
    for (i, source) in workspace.files.iter().enumerate() {
        let file = FileId(i);
        if !wanted(source.package) || !search::says(&source.text, name) {
            continue;
        }
        match index.tree(file) {
            Some(tree) => {
                let tokens = tree.root.descendants_with_tokens();
                let said = tokens
                    .filter_map(|e| e.into_token())
                    .filter(|t| t.text() == name);
                out.extend(said.map(|t| (file, t.text_range())));
            }
            None => out.push((file, TextRange::up_to(TextSize::of(source.text.as_ref())))),
        }
    }
    out
}
