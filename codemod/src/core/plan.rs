//! From decisions to edits and findings.
//!
//! Belongs here: putting the parts together, file by file; dropping what overlaps. Does not: any rule of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::behaviour;
use super::blocks;
use super::catalog;
use super::compose;
use super::construct::{self, Construction, Outcome};
use super::defs::Index;
use super::docs;
use super::edit::{self, ChangeSetId, Edit};
use super::emptied;
use super::ended;
use super::examples;
use super::finding::{Finding, FindingId};
use super::imports::{self, Need};
use super::layout;
use super::lex;
use super::links;
use super::old_api;
use super::options::{Options, Scope, TestMode};
use super::orphans;
use super::pass::detours::{self, Detour};
use super::pass::{self, Passing};
use super::search;
use super::suppress::{self, Suppression};
use super::workspace::{FileId, Language, Workspace};
use super::{ChangeSet, Plan, Refusal, Summary};
use ra_ap_syntax::{TextRange, TextSize};

/// Everything known about a workspace before any decision of a person.
pub(crate) struct Facts<'a> {
    pub(crate) index: Rc<Index<'a>>,
    pub(crate) constructions: Vec<Construction>,
    /// The constructions, should those in tests become the accessor. Empty where that is not asked.
    shared: Vec<Construction>,
    options: Options,
    pub(crate) unread: Vec<Finding>,
    /// Comments that keep what they cover, and whether a construction is covered.
    suppressions: Vec<(Suppression, bool)>,
}

/// Names that a file must hold to be looked at.
const NEEDLES: &[&str] = &[
    "monolithic",
    "GlobalEventCoordinator",
    "deployment_mode",
    "EventCoordinatorConfig",
];

pub(crate) fn facts(workspace: &Workspace, options: Options) -> Facts<'_> {
    facts_of(Index::new(workspace), options)
}

fn facts_of(mut index: Index<'_>, options: Options) -> Facts<'_> {
    index.is_first = options.scope == Scope::Pass;
    let index = Rc::new(index);
    let mut unread = Vec::new();
    let mut constructions = constructions(&index, options, &mut unread);
    let mut shared = if options.scope == Scope::Pass && options.tests == TestMode::Follow {
        let options = Options {
            tests: TestMode::Global,
            ..options
        };
        self::constructions(&index, options, &mut Vec::new())
    } else {
        Vec::new()
    };
    ended::keep(&index, &mut constructions);
    ended::keep(&index, &mut shared);
    let suppressions = suppress::find(&index)
        .into_iter()
        .map(|it| {
            keep(&it, &mut shared);
            let covers = keep(&it, &mut constructions);
            (it, covers)
        })
        .collect();
    Facts {
        index,
        constructions,
        shared,
        options,
        unread,
        suppressions,
    }
}

/// Leaves the constructions that a comment covers, and says whether there are any.
fn keep(suppression: &Suppression, constructions: &mut [Construction]) -> bool {
    let mut any = false;
    for it in constructions {
        if suppression.covers(it.file, it.range) {
            it.outcome = Outcome::Left(suppression.left());
            any = true;
        }
    }
    any
}

fn constructions(
    index: &Index<'_>,
    options: Options,
    unread: &mut Vec<Finding>,
) -> Vec<Construction> {
    let mut constructions = Vec::new();
    for (i, file) in index.workspace.files.iter().enumerate() {
        let id = FileId(i);
        if file.language != Language::Rust
            || !file.writable
            || !NEEDLES.iter().any(|n| search::says(&file.text, n))
        {
            continue;
        }
        let Some(tree) = index.tree(id) else {
            let depth = lex::too_deep(&file.text, index.edition(id)).unwrap_or_default();
            unread.push(whole_file(
                id,
                catalog::NESTED_TOO_DEEP,
                format!("nested {depth} levels deep, which cannot be parsed safely; the file is left alone"),
            ));
            continue;
        };
        if tree.has_errors && file.example.is_some() {
            continue;
        }
        if tree.has_errors {
            unread.push(whole_file(
                id,
                catalog::SYNTAX_ERROR,
                "does not parse as Rust; the file is left alone".into(),
            ));
            continue;
        }
        constructions.extend(construct::find(index, id, options));
    }
    drop_nested(&mut constructions);
    constructions
}

fn whole_file(file: FileId, id: FindingId, message: String) -> Finding {
    Finding::new(id, file, TextRange::empty(0.into()), message)
}

/// A construction inside of what another one drops (the fallback in its error path) goes with it.
fn drop_nested(constructions: &mut Vec<Construction>) {
    let dropped: Vec<(FileId, TextRange, Vec<TextRange>)> = constructions
        .iter()
        .filter_map(|c| match &c.outcome {
            Outcome::Accessor { rewrite, .. } => Some((c.file, c.range, rewrite.dropped.clone())),
            _ => None,
        })
        .collect();
    constructions.retain(|c| {
        !dropped.iter().any(|(file, range, gone)| {
            *file == c.file && *range != c.range && gone.iter().any(|g| g.contains_range(c.range))
        })
    });
}

pub(crate) fn plan(facts: &Facts<'_>, refused: &BTreeMap<ChangeSetId, Refusal>) -> Plan {
    let mut plan = match facts.options.scope {
        Scope::Construct => constructing(facts, refused),
        Scope::Pass => passed(facts, refused),
    };
    if facts.options.scope == Scope::Construct {
        plan.findings.extend(idle(facts, &BTreeSet::new()));
    }
    links::follow(&facts.index, &mut plan);
    emptied::modules(&facts.index, &mut plan.edits);
    let misfits = examples::fold(facts.index.workspace, &mut plan);
    for (file, edits) in &mut plan.edits {
        edits.sort_by_key(|e| (e.range.start(), e.range.end()));
        let text = &facts.index.workspace.file(*file).text;
        layout::close_gaps(text, edits);
        // nothing is left of a file but blank lines
        let brings = edits.iter().any(|e| !e.insert.trim().is_empty());
        if !brings && edit::apply(text, edits).is_ok_and(|after| after.trim().is_empty()) {
            *edits = vec![Edit::delete(TextRange::up_to(TextSize::of(text.as_ref())))];
        }
        plan.findings
            .extend(emptied::told(&facts.index, *file, edits));
    }
    plan.findings.extend(docs::findings(facts, &plan, &misfits));
    plan.findings
        .sort_by(|a, b| (a.file, a.range.start(), a.id.0).cmp(&(b.file, b.range.start(), b.id.0)));
    plan.findings.dedup();
    plan.summary.files_changed = plan.edits.len();
    plan
}

/// Comments that keep nothing. `of_slots`: those that keep a slot, by their place.
fn idle(facts: &Facts<'_>, of_slots: &BTreeSet<(FileId, TextSize)>) -> Vec<Finding> {
    let idle = facts
        .suppressions
        .iter()
        .filter(|(s, covers)| !covers && !of_slots.contains(&(s.file, s.comment.start())));
    idle.map(|(s, _)| {
        let message =
            "the comment keeps nothing: there is no construction and no slot that would change";
        Finding::new(catalog::IDLE_SUPPRESSION, s.file, s.comment, message)
            .with_help("remove the comment")
    })
    .collect()
}

/// The constructions, and what passes their coordinators. What leads past it is written otherwise
/// first, where it goes then.
fn passed(facts: &Facts<'_>, refused: &BTreeMap<ChangeSetId, Refusal>) -> Plan {
    let none = BTreeMap::new();
    let mut without = BTreeSet::new();
    loop {
        let Some(first) = Straightened::of(facts, &without) else {
            return passed_as_held(facts, refused);
        };
        let plan = first.plan(facts, &none);
        let before = without.len();
        without.extend(first.left(&plan).map(Detour::place));
        if without.len() > before {
            continue;
        }
        let as_held = passed_as_held(facts, &none);
        let kept = |plan: &Plan| plan.summary.slots - plan.summary.removed;
        if kept(&plan) > kept(&as_held) || plan.summary.left > as_held.summary.left {
            return passed_as_held(facts, refused);
        }
        if refused.is_empty() {
            return plan;
        }
        let with = first.plan(facts, refused);
        let left: Vec<&Detour> = (first.left(&with))
            .chain(first.refused(&plan, refused))
            .collect();
        return match left.is_empty() {
            true => with,
            false => held(facts, refused, &plan, &as_held, &left),
        };
    }
}

/// Detours that are written otherwise.
struct Straightened {
    detours: Vec<Detour>,
    edits: BTreeMap<FileId, Vec<Edit>>,
}

impl Straightened {
    /// `None`: there are none but those `without`.
    fn of(facts: &Facts<'_>, without: &BTreeSet<(FileId, TextSize)>) -> Option<Self> {
        let detours = detours::find(&facts.index, facts.options, without);
        let edits = detours::edits(&facts.index, &detours)?;
        (!detours.is_empty()).then_some(Self { detours, edits })
    }

    fn plan(&self, facts: &Facts<'_>, refused: &BTreeMap<ChangeSetId, Refusal>) -> Plan {
        let workspace = facts.index.workspace;
        let after = applied(workspace, &self.edits);
        let mut index = Index::after(&after, &facts.index, &self.edits);
        let aliases = self.detours.iter().filter(|it| it.is_alias);
        index.passing_aliases = aliases.map(|it| it.name.clone()).collect();
        let plan = passed_as_held(&facts_of(index, facts.options), refused);
        let mut plan = before_edits(workspace, &self.edits, plan);
        let first = facts.constructions.len() + plan.summary.slots;
        for (i, it) in self.detours.iter().enumerate() {
            let id = ChangeSetId(first + i);
            let told = it.findings.iter().cloned();
            plan.findings.extend(told.map(|f| f.of(id)));
            plan.change_sets
                .extend(it.title.as_ref().map(|title| ChangeSet {
                    id,
                    title: title.clone(),
                    file: it.file,
                    range: it.range,
                }));
            plan.summary.slots += it.slots;
            plan.summary.removed += it.slots;
        }
        plan
    }

    /// Those that a plan does not take out of all code.
    fn left<'s>(&'s self, plan: &Plan) -> impl Iterator<Item = &'s Detour> {
        self.detours.iter().filter(|w| !w.is_gone(&plan.edits))
    }

    /// Those that are refused, of the change sets of `plan`.
    fn refused<'s>(
        &'s self,
        plan: &Plan,
        refused: &BTreeMap<ChangeSetId, Refusal>,
    ) -> impl Iterator<Item = &'s Detour> {
        let sets = plan.change_sets.iter();
        let own: Vec<_> = sets.filter(|s| refused.contains_key(&s.id)).collect();
        self.detours
            .iter()
            .filter(move |w| own.iter().any(|s| (s.file, s.range) == (w.file, w.range)))
    }
}

/// The plan in which detours are kept, as some of `left` have to be, under the numbers of the change sets of `plan`, in which
/// they go. `as_held`: the one with nothing refused.
fn held(
    facts: &Facts<'_>,
    refused: &BTreeMap<ChangeSetId, Refusal>,
    plan: &Plan,
    as_held: &Plan,
    left: &[&Detour],
) -> Plan {
    let more = plan.change_sets.iter().map(|s| s.id.0 + 1).max();
    let more = more.unwrap_or_default();
    let theirs = |set: &ChangeSet| {
        let same = |s: &&ChangeSet| (s.file, s.range) == (set.file, set.range);
        let known = plan.change_sets.iter().find(same);
        known.map_or(ChangeSetId(more + set.id.0), |s| s.id)
    };
    let why = refused.values().next().cloned();
    let mut own = BTreeMap::new();
    for set in &as_held.change_sets {
        let of_left =
            (left.iter()).any(|w| w.file == set.file && w.range.contains_range(set.range));
        let refusal = refused.get(&theirs(set));
        let refusal = refusal.or(why.as_ref().filter(|_| of_left));
        own.extend(refusal.map(|r| (set.id, r.clone())));
    }
    let mut out = passed_as_held(facts, &own);
    let numbers: BTreeMap<ChangeSetId, ChangeSetId> = as_held
        .change_sets
        .iter()
        .map(|s| (s.id, theirs(s)))
        .collect();
    for set in &mut out.change_sets {
        set.id = numbers.get(&set.id).copied().unwrap_or(set.id);
    }
    for finding in &mut out.findings {
        if let Some(id) = finding.change_set {
            finding.change_set = numbers.get(&id).copied().or(Some(id));
        }
    }
    out
}

/// The same where detours are kept.
fn passed_as_held(facts: &Facts<'_>, refused: &BTreeMap<ChangeSetId, Refusal>) -> Plan {
    let (plan, holds) = passed_as_written(facts, refused);
    let shared = holds.value.then(|| shared(facts, refused, &plan)).flatten();
    let plan = shared.unwrap_or(plan);
    waited(facts, refused, &plan).unwrap_or(plan)
}

/// The same where what a runtime waits for is in a block of its own. `None`: no more slots go by that.
fn waited(
    facts: &Facts<'_>,
    refused: &BTreeMap<ChangeSetId, Refusal>,
    as_written: &Plan,
) -> Option<Plan> {
    let was = &as_written.summary;
    if was.removed == was.slots {
        return None;
    }
    let workspace = facts.index.workspace;
    let mut calls = blocks::find(&facts.index);
    while !calls.is_empty() {
        let first = blocks::edits(&calls);
        let after = applied(workspace, &first);
        let index = Index::after(&after, &facts.index, &first);
        let (plan, _) = passed_as_written(&facts_of(index, facts.options), refused);
        let is = plan.summary;
        let plan = before_edits(workspace, &first, plan);
        let count = calls.len();
        calls.retain(|c| c.is_rewritten(&plan.edits));
        if calls.len() == count {
            let same = (was.constructions, was.slots) == (is.constructions, is.slots);
            return (same && is.removed > was.removed).then_some(plan);
        }
    }
    None
}

/// The same where slots that hold a coordinator by value hold an `Arc` first. `None`: not all of these go then.
fn shared(
    facts: &Facts<'_>,
    refused: &BTreeMap<ChangeSetId, Refusal>,
    as_written: &Plan,
) -> Option<Plan> {
    let workspace = facts.index.workspace;
    let mut without = BTreeSet::new();
    loop {
        let share = pass::share(&facts.index, facts.options, &without)?;
        let after = applied(workspace, &share.edits);
        let index = Index::after(&after, &facts.index, &share.edits);
        let (plan, holds) = passed_as_written(&facts_of(index, facts.options), refused);
        let (was, is) = (&as_written.summary, &plan.summary);
        if (was.constructions, was.slots) != (is.constructions, is.slots) {
            return None;
        }
        let before = without.len();
        without.extend(share.slots.intersection(&holds.kept));
        if without.len() > before {
            continue;
        }
        let plan = before_edits(workspace, &share.edits, plan);
        let mut written = plan.edits.values().flatten();
        let all_go = !written.any(|e| e.insert.contains(pass::ARC));
        return all_go.then_some(plan);
    }
}

/// A plan for the text that `first` makes of a workspace, as one for the workspace.
fn before_edits(
    workspace: &Workspace,
    first: &BTreeMap<FileId, Vec<Edit>>,
    mut plan: Plan,
) -> Plan {
    for it in &mut plan.findings {
        it.range = origin(workspace, first, it.file, it.range);
    }
    for it in &mut plan.change_sets {
        it.range = origin(workspace, first, it.file, it.range);
    }
    let mut edits = first.clone();
    composed(workspace, &mut edits, plan.edits);
    Plan { edits, ..plan }
}

/// Where a range of the text that `edits` make of a workspace was before.
fn origin(
    workspace: &Workspace,
    edits: &BTreeMap<FileId, Vec<Edit>>,
    file: FileId,
    range: TextRange,
) -> TextRange {
    let own = edits.get(&file).map_or(&[][..], Vec::as_slice);
    let len = workspace.file(file).text.len();
    let at = |at| compose::origin(len, own, at);
    TextRange::new(at(range.start()), at(range.end()))
}

/// Adds edits of the text that `edits` make of a workspace.
fn composed(
    workspace: &Workspace,
    edits: &mut BTreeMap<FileId, Vec<Edit>>,
    later: BTreeMap<FileId, Vec<Edit>>,
) {
    for (file, later) in later {
        let text = &workspace.file(file).text;
        let own = edits.entry(file).or_default();
        *own = compose::compose(text.len(), own, &later);
        own.retain(|e| text[std::ops::Range::from(e.range)] != e.insert);
    }
    edits.retain(|_, own| !own.is_empty());
}

/// What stays of the slots.
struct Holds {
    kept: BTreeSet<usize>,
    /// Whether one of them holds a coordinator by value.
    value: bool,
}

fn passed_as_written(facts: &Facts<'_>, refused: &BTreeMap<ChangeSetId, Refusal>) -> (Plan, Holds) {
    let followed = follow(facts, refused);
    let (facts, why) = match &followed {
        Some((facts, why)) => (facts, why.as_slice()),
        None => (facts, &[][..]),
    };
    let mut plan = constructing(facts, refused);
    let passing = passing(facts, &plan, refused);
    let workspace = facts.index.workspace;
    let of_slots = passing
        .suppressed
        .iter()
        .map(|(file, at)| {
            let own = plan.edits.get(file).map_or(&[][..], Vec::as_slice);
            let len = workspace.file(*file).text.len();
            (*file, compose::origin(len, own, *at))
        })
        .collect();
    plan.findings.extend(idle(facts, &of_slots));
    for mut finding in passing.findings {
        finding.range = origin(workspace, &plan.edits, finding.file, finding.range);
        // a test has an instance of its own because the slot stays
        let is_it = |f: &&Finding| (f.file, f.range) == (finding.file, finding.range);
        let before = why.iter().find(is_it);
        let before = before.filter(|_| finding.id == catalog::ISOLATED_SOURCE);
        plan.findings.push(before.cloned().unwrap_or(finding));
    }
    for mut set in passing.change_sets {
        set.range = origin(workspace, &plan.edits, set.file, set.range);
        plan.change_sets.push(set);
    }
    composed(workspace, &mut plan.edits, passing.edits);
    plan.summary.slots = passing.slots;
    plan.summary.removed = passing.removed;
    let holds = Holds {
        kept: passing.kept,
        value: passing.holds_value,
    };
    (plan, holds)
}

/// A workspace with the texts that edits give.
pub(crate) fn applied(workspace: &Workspace, edits: &BTreeMap<FileId, Vec<Edit>>) -> Workspace {
    let mut after = workspace.clone();
    for (file, own) in edits {
        if let Ok(text) = edit::apply(&after.files[file.0].text, own) {
            after.files[file.0].text = text.into();
        }
    }
    after
}

/// The passing on the text that the constructions' rewrite gives.
fn passing(facts: &Facts<'_>, plan: &Plan, refused: &BTreeMap<ChangeSetId, Refusal>) -> Passing {
    let after = applied(facts.index.workspace, &plan.edits);
    let index = Index::after(&after, &facts.index, &plan.edits);
    pass::plan(&index, facts.options, refused, facts.constructions.len())
}

/// `--tests follow`: constructions in tests whose coordinator flows into a slot that goes become the accessor. With them, why
/// the other slots would stay if all did.
fn follow<'a>(
    facts: &Facts<'a>,
    refused: &BTreeMap<ChangeSetId, Refusal>,
) -> Option<(Facts<'a>, Vec<Finding>)> {
    let is_same = |a: &Construction, b: &Construction| a.file == b.file && a.range == b.range;
    let differs = |c: &Construction| c.in_test && matches!(c.outcome, Outcome::Accessor { .. });
    if !facts.shared.iter().any(differs) {
        return None;
    }
    let with = |constructions: Vec<Construction>| Facts {
        index: Rc::clone(&facts.index),
        constructions,
        shared: Vec::new(),
        options: facts.options,
        unread: facts.unread.clone(),
        suppressions: facts.suppressions.clone(),
    };
    let shared = with(facts.shared.clone());
    let plan = constructing(&shared, refused);
    let passing = passing(&shared, &plan, refused);
    let workspace = facts.index.workspace;
    let why = passing.findings.into_iter().map(|finding| Finding {
        range: origin(workspace, &plan.edits, finding.file, finding.range),
        ..finding
    });
    let feeding: Vec<(FileId, TextRange)> = passing
        .feeding
        .into_iter()
        .map(|(file, at)| {
            let own = plan.edits.get(&file).map_or(&[][..], Vec::as_slice);
            let len = facts.index.workspace.file(file).text.len();
            let at = compose::origin(len, own, at.into());
            (file, TextRange::empty(at))
        })
        .collect();
    let chosen = facts
        .constructions
        .iter()
        .map(|c| {
            let other = facts.shared.iter().find(|s| is_same(s, c) && differs(s));
            let feeds = other.is_some_and(|s| match &s.outcome {
                Outcome::Accessor { rewrite, .. } => feeding.iter().any(|(file, at)| {
                    *file == s.file && rewrite.edits.iter().any(|e| e.range.contains_range(*at))
                }),
                _ => false,
            });
            other.filter(|_| feeds).unwrap_or(c).clone()
        })
        .collect();
    Some((with(chosen), why.collect()))
}

/// The constructions and the older API.
fn constructing(facts: &Facts<'_>, refused: &BTreeMap<ChangeSetId, Refusal>) -> Plan {
    let mut plan = Plan {
        findings: facts.unread.clone(),
        ..Plan::default()
    };
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    let mut needs: BTreeMap<FileId, Vec<Need>> = BTreeMap::new();
    let mut taken = vec![false; facts.constructions.len()];
    let mut summary = Summary::default();
    for (i, it) in facts.constructions.iter().enumerate() {
        let id = ChangeSetId(i);
        let counted =
            !matches!(&it.outcome, Outcome::Left(left) if left.id == catalog::EXPLICIT_NEW);
        summary.constructions += usize::from(counted);
        let (own, need, title) = match &it.outcome {
            Outcome::Accessor { rewrite, need } => {
                (&rewrite.edits, need, "construction becomes the accessor")
            }
            Outcome::Isolated { edits, need } => (
                edits,
                need,
                "construction in test code becomes an explicit isolated instance",
            ),
            Outcome::Left(left) => {
                summary.left += usize::from(counted);
                plan.findings.push(Finding {
                    help: left.help.clone(),
                    ..Finding::new(left.id, it.file, it.range, left.message.clone())
                });
                continue;
            }
        };
        if let Some(why) = refused.get(&id) {
            summary.left += 1;
            plan.findings
                .push(Finding::new(why.id, it.file, it.range, why.message.clone()));
            continue;
        }
        let file_edits = edits.entry(it.file).or_default();
        let before = file_edits.len();
        file_edits.extend(own.iter().cloned());
        // two change sets never write the same bytes
        if edit::apply(&facts.index.workspace.file(it.file).text, file_edits).is_err() {
            file_edits.truncate(before);
            summary.left += 1;
            let message = "another construction's rewrite covers the same code; run again after this one is applied";
            plan.findings.push(Finding::new(
                catalog::RESULT_USED,
                it.file,
                it.range,
                message,
            ));
            continue;
        }
        needs
            .entry(it.file)
            .or_default()
            .extend(need.iter().cloned());
        taken[i] = true;
        match &it.outcome {
            Outcome::Isolated { .. } => summary.isolated += 1,
            _ => summary.rewritten += 1,
        }
        plan.change_sets.push(ChangeSet {
            id,
            title: title.to_owned(),
            file: it.file,
            range: it.range,
        });
    }
    old_api::rewrite(facts, &mut edits, &mut needs, &mut plan.findings);
    let all = || facts.constructions.iter().zip(&taken);
    let of = |wanted: bool| -> Vec<&Construction> {
        let some = all().filter(|(_, taken)| **taken == wanted);
        some.map(|(it, _)| it).collect()
    };
    let (gone, left) = (of(true), of(false));
    orphans::follow(&facts.index, &gone, &left, &mut edits, &mut plan.findings);
    imports::complete(&facts.index, &mut edits, &needs);
    plan.findings.extend(imports::told(&facts.index, &needs));
    // each example is a process of its own
    for (taken, it) in taken.iter_mut().zip(&facts.constructions) {
        *taken &= facts.index.workspace.file(it.file).example.is_none();
    }
    plan.findings.extend(behaviour::findings(facts, &taken));
    plan.summary = summary;
    plan.edits = edits;
    plan
}
