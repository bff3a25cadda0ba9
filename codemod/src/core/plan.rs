//! From decisions to edits and findings.
//!
//! Belongs here: putting the parts together, file by file; dropping what overlaps. Does not: any rule of its own.

use std::cell::OnceCell;
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
use super::pass::{self, Asked, Kept, Passing};
use super::search;
use super::straight;
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
    /// The change sets of the plan in which nothing is refused.
    sets: OnceCell<Vec<ChangeSet>>,
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
        sets: OnceCell::new(),
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
        Scope::Pass => {
            let none = BTreeMap::new();
            let all = || passed(facts, &Asked::of(&[], &none)).change_sets;
            let sets = match refused.is_empty() {
                true => &[][..],
                false => facts.sets.get_or_init(all).as_slice(),
            };
            passed(facts, &Asked::of(sets, refused))
        }
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

/// The constructions, and what passes their coordinators.
fn passed(facts: &Facts<'_>, asked: &Asked<'_>) -> Plan {
    let (plan, holds) = passed_as_written(facts, asked);
    let shared = holds.value().then(|| shared(facts, asked, &plan, &holds));
    let plan = shared.flatten().unwrap_or(plan);
    waited(facts, asked, &plan, &holds).unwrap_or(plan)
}

/// The same where what a runtime waits for is in a block of its own. `None`: no more slots go by that.
fn waited(facts: &Facts<'_>, asked: &Asked<'_>, as_written: &Plan, held: &Holds) -> Option<Plan> {
    let was = &as_written.summary;
    if was.removed == was.slots {
        return None;
    }
    let kept = |it: &Summary| it.slots - it.removed;
    let workspace = facts.index.workspace;
    let mut calls = blocks::find(&facts.index);
    while !calls.is_empty() {
        let first = blocks::edits(&calls);
        let after = applied(workspace, &first);
        let index = Index::after(&after, &facts.index, &first);
        let (plan, holds) = passed_as_written(&facts_of(index, facts.options), asked);
        let is = plan.summary;
        let plan = before_edits(workspace, &first, plan);
        let count = calls.len();
        calls.retain(|c| c.is_rewritten(&plan.edits));
        if calls.len() == count {
            let same = (was.constructions, held.slots) == (is.constructions, holds.slots);
            return (same && kept(&is) < kept(was)).then_some(plan);
        }
    }
    None
}

/// The same where slots that hold a coordinator by value hold an `Arc` first. `None`: not all of these go then.
fn shared(facts: &Facts<'_>, asked: &Asked<'_>, as_written: &Plan, held: &Holds) -> Option<Plan> {
    let workspace = facts.index.workspace;
    let mut without = BTreeSet::new();
    loop {
        let share = pass::share(&facts.index, facts.options, &without)?;
        let after = applied(workspace, &share.edits);
        let index = Index::after(&after, &facts.index, &share.edits);
        let (plan, holds) = passed_as_written(&facts_of(index, facts.options), asked);
        let (was, is) = (&as_written.summary, &plan.summary);
        if (was.constructions, held.slots) != (is.constructions, holds.slots) {
            return None;
        }
        let before = without.len();
        without.extend(share.slots.iter().filter(|s| holds.kept.contains_key(s)));
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
pub(super) fn origin(
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
pub(super) fn composed(
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
    kept: BTreeMap<usize, Kept>,
    /// How many there are, as all is written.
    slots: usize,
}

impl Holds {
    /// Whether one of them holds a coordinator by value.
    fn value(&self) -> bool {
        self.kept.values().any(|k| k.by_value)
    }
}

fn passed_as_written(facts: &Facts<'_>, asked: &Asked<'_>) -> (Plan, Holds) {
    let followed = follow(facts, asked);
    let (facts, why) = match &followed {
        Some((facts, why)) => (facts, why.as_slice()),
        None => (facts, &[][..]),
    };
    let mut plan = constructing(facts, asked.refused);
    let passing = passing(facts, &plan, asked);
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
        let is_it = |f: &&Finding| {
            (f.file, f.range) == (finding.file, finding.range) && f.id != catalog::PUBLIC_SIGNATURE
        };
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
        slots: passing.held,
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
fn passing(facts: &Facts<'_>, plan: &Plan, asked: &Asked<'_>) -> Passing {
    let after = applied(facts.index.workspace, &plan.edits);
    let index = Index::after(&after, &facts.index, &plan.edits);
    straight::plan(&index, facts.options, asked, facts.constructions.len())
}

/// `--tests follow`: constructions in tests whose coordinator flows into a slot that goes become the accessor. With them, why
/// the other slots would stay if all did.
fn follow<'a>(facts: &Facts<'a>, asked: &Asked<'_>) -> Option<(Facts<'a>, Vec<Finding>)> {
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
        sets: OnceCell::new(),
    };
    let shared = with(facts.shared.clone());
    let plan = constructing(&shared, asked.refused);
    let passing = passing(&shared, &plan, asked);
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
