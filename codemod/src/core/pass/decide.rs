//! Which slots go: a fixed point that starts with all of them going.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use super::super::catalog;
use super::super::climb::Left;
use super::super::construct;
use super::super::imports;
use super::super::locals;
use super::super::options::Options;
use super::super::purity;
use super::super::search::{self, Places};
use super::super::tree;
use super::super::workspace::FileId;
use super::flow::{Flow, await_scopes};
use super::hoist::{self, Reach};
use super::infer::{Infer, Taking, Type, has_field};
use super::lifetimes::Lent;
use super::lookup::{self, Way};
use super::setters::{self, Setter};
use super::sites::{Landing, Root, Sites, Source, Value, ends_a_branch, filled_by};
use super::slots::{Form, Kind, Slot, SlotId, Slots, late_bound, returned};
use super::{Key, key_of, place};

/// What becomes of a variable that holds a coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LocalState {
    /// Its statement goes.
    Vanish,
    /// It stays where it is.
    Stay,
    /// Its statement goes, and each async block that uses it has its own.
    Sink,
    /// It can neither stay nor go.
    Stuck,
}

pub(super) struct Decision {
    /// Why each slot stays. `None`: it goes.
    pub(super) kept: Vec<Option<Left>>,
    pub(super) locals: HashMap<Key, LocalState>,
    /// Which lifetime parameters go.
    pub(super) freed: Vec<bool>,
}

impl Decision {
    pub(super) fn reach(infer: &Infer<'_>, slots: &Slots, sites: &Sites, options: Options) -> Self {
        let flow = Flow { infer, sites };
        let mut kept: Vec<Option<Left>> = slots.all.iter().map(|s| s.keep.clone()).collect();
        let tainted = taint(&flow, slots, options);
        for (slot, why) in tainted.into_iter().enumerate() {
            if let Some(why) = why {
                kept[slot].get_or_insert(why);
            }
        }
        effects(&flow, slots, &mut kept);
        conversions(&flow, slots, &mut kept);
        late(&flow, slots, &mut kept);
        loop {
            spread(slots, &mut kept);
            let solver = Solver::new(infer, slots, sites, &kept);
            let mut more: Vec<(SlotId, Left)> = Vec::new();
            for slot in (0..slots.all.len()).filter(|s| kept[*s].is_none()) {
                if let Some(left) = solver.obstacle(slot) {
                    more.push((slot, left));
                }
            }
            more.extend(lent(infer, slots, &kept));
            more.extend(slots.lifetimes.obstacles(infer, slots, &kept));
            more.extend(solver.starved());
            more.extend(solver.unanswered());
            let unfollowed = sites.unfollowed.iter();
            let unfollowed = unfollowed
                .filter(|(field, taker, _)| kept[*field].is_none() && kept[*taker].is_some());
            more.extend(unfollowed.map(|(field, _, left)| (*field, left.clone())));
            if more.is_empty() {
                let freed = slots.lifetimes.freed(&kept);
                let locals = sites
                    .locals
                    .keys()
                    .map(|k| (*k, solver.local(*k)))
                    .collect();
                return Self {
                    kept,
                    locals,
                    freed,
                };
            }
            for (slot, left) in more {
                kept[slot].get_or_insert(left);
            }
        }
    }

    pub(super) fn removed(&self, slot: SlotId) -> bool {
        self.kept[slot].is_none()
    }

    /// Whether a setter goes with its calls.
    pub(super) fn sets(&self, setter: &Setter) -> bool {
        self.removed(setter.param) && self.removed(setter.field)
    }

    /// Whether a read goes together with what is around it.
    pub(super) fn vanishes(&self, root: &Root) -> bool {
        vanishes(root, &self.kept, |k| {
            self.locals.get(&k).copied().unwrap_or(LocalState::Stay)
        })
    }

    /// Fields that only led to a slot, and that nothing reads now: where the first such read was, and the field.
    pub(super) fn unread(
        &self,
        infer: &Infer<'_>,
        sites: &Sites,
    ) -> Vec<(FileId, TextRange, String)> {
        // what reads one that goes and does not go itself is only there where something else reads the field
        let (gone, left): (Vec<&Root>, Vec<&Root>) =
            sites.roots.iter().partition(|r| self.vanishes(r));
        let workspace = infer.index.workspace;
        let of_package = |r: &Root, name: String| (workspace.file(r.file).package, name);
        // those that something reads, and those that are told of
        let mut known: BTreeSet<_> = (left.into_iter())
            .flat_map(|r| ways(infer, r).into_iter().map(|(n, _)| of_package(r, n)))
            .collect();
        let mut out = Vec::new();
        for root in gone {
            for (name, owner) in ways(infer, root) {
                if !is_read_elsewhere(infer, sites, root.file, &name, owner)
                    && known.insert(of_package(root, name.clone()))
                {
                    let range = infer.index.tree(root.file).map(|t| t.range(&root.node));
                    out.extend(range.map(|range| (root.file, range, name)));
                }
            }
        }
        out
    }

    /// Whether another field leads to a slot that goes, or that stays for that alone.
    pub(super) fn goes_through(&self, slots: &Slots, sites: &Sites) -> bool {
        let may_go = |slot: SlotId| match &self.kept[slot] {
            Some(left) => left.id == catalog::LEAVES_UNUSED,
            None => true,
        };
        sites.roots.iter().any(|root| {
            let Source::Slot(slot) = root.source else {
                return false;
            };
            let of_struct = matches!(slots.all[slot].kind, Kind::Field | Kind::Return);
            let base = base_of(root).filter(|_| of_struct && may_go(slot));
            matches!(base, Some(ast::Expr::FieldExpr(_)))
        })
    }

    /// Reads that go, of what had to be looked up: the file, and what looked it up.
    pub(super) fn looked_up(&self, infer: &Infer<'_>, sites: &Sites) -> Vec<(FileId, TextRange)> {
        let mut out = BTreeMap::new();
        for root in &sites.roots {
            // with what it is of, or with what it is given to
            let goes = matches!(root.source, Source::Slot(s) if self.removed(s))
                || matches!(root.landing, Landing::Slot(s) if self.removed(s));
            if !goes {
                continue;
            }
            if let (Some(base), Some(tree)) = (base_of(root), infer.index.tree(root.file))
                && lookup::way(infer, root.file, &base) == Some(Way::LooksUp)
            {
                let range = tree.range(base.syntax());
                out.insert((root.file, range.start(), range.end()), range);
            }
        }
        out.into_iter().map(|((f, ..), range)| (f, range)).collect()
    }

    /// Accessors whose coordinator flows, through whatever stays, into a slot that goes.
    pub(super) fn feeding(&self, slots: &Slots, sites: &Sites) -> BTreeSet<(FileId, u32)> {
        let mut out = BTreeSet::new();
        for root in &sites.roots {
            let mut seen = HashSet::new();
            if root.source == Source::Accessor && self.feeds(slots, sites, root, &mut seen) {
                out.insert((root.file, root.start));
            }
        }
        out
    }

    fn feeds(&self, slots: &Slots, sites: &Sites, root: &Root, seen: &mut HashSet<usize>) -> bool {
        let next: Vec<usize> = match &root.landing {
            Landing::Slot(slot) => {
                // a function that gives one is on the way only
                let gives = matches!(slots.all[*slot].kind, Kind::Element | Kind::Return);
                if self.removed(*slot) && !gives {
                    return true;
                }
                if !seen.insert(*slot) {
                    return false;
                }
                sites.by_slot.get(slot).cloned().unwrap_or_default()
            }
            Landing::Local(..) => sites
                .by_local
                .get(&root.local_key())
                .cloned()
                .unwrap_or_default(),
            _ => return false,
        };
        next.iter()
            .any(|i| self.feeds(slots, sites, &sites.roots[*i], seen))
    }
}

fn vanishes(root: &Root, kept: &[Option<Left>], local: impl Fn(Key) -> LocalState) -> bool {
    match &root.landing {
        Landing::Slot(slot) => kept[*slot].is_none(),
        Landing::Discard(_) => true,
        Landing::Debug(_) | Landing::Told(..) | Landing::Operand(_) | Landing::Copied(..) => {
            matches!(root.source, Source::Slot(s) if kept[s].is_none())
        }
        Landing::Local(..) => {
            let key = root.local_key();
            matches!(local(key), LocalState::Vanish | LocalState::Sink)
        }
        Landing::Target => root.assigned_away(kept),
        Landing::Read
        | Landing::Other
        | Landing::IfSome(..)
        | Landing::LetSome(..)
        | Landing::Branch(..)
        | Landing::Chained(..)
        | Landing::Guarded(..) => false,
    }
}

/// Parameters whose lifetime is that of their function's result.
fn lent(infer: &Infer<'_>, slots: &Slots, kept: &[Option<Left>]) -> Vec<(SlotId, Left)> {
    let freed = slots.lifetimes.freed(kept);
    let params = slots.all.iter().enumerate();
    let params = params.filter(|(i, s)| s.kind == Kind::Param && kept[*i].is_none());
    let lent =
        params.filter(|(_, s)| matches!(slots.lifetimes.lent_by(infer, &freed, s), Lent::Fixed));
    lent.map(|(i, slot)| {
        let message = format!("{} gives the result its lifetime", slot.words());
        (i, Left::new(catalog::LIFETIME_SOURCE, message))
    })
    .collect()
}

/// Slots of one group stay together.
fn spread(slots: &Slots, kept: &mut [Option<Left>]) {
    let mut reasons: HashMap<usize, Left> = HashMap::new();
    for (i, slot) in slots.all.iter().enumerate() {
        if let Some(left) = &kept[i] {
            reasons.entry(slot.group).or_insert_with(|| left.clone());
        }
    }
    for (i, slot) in slots.all.iter().enumerate() {
        if kept[i].is_none()
            && let Some(left) = reasons.get(&slot.group)
        {
            kept[i] = Some(Left {
                message: format!("another of its kind stays: {}", left.message),
                ..left.clone()
            });
        }
    }
}

/// Slots that may hold something else than the shared instance.
fn taint(flow: &Flow<'_, '_>, slots: &Slots, options: Options) -> Vec<Option<Left>> {
    let sites = flow.sites;
    // an example that nobody compiles gives nothing to anybody
    let is_code = |file: FileId| {
        let example = &flow.infer.index.workspace.file(file).example;
        example.as_ref().is_none_or(|e| e.compiled)
    };
    let mut flows: Vec<(Vec<Source>, SlotId, (FileId, &SyntaxNode))> = sites
        .flows
        .iter()
        .filter(|(file, _, slot)| is_code(*file) || !is_code(slots.all[*slot].file))
        .map(|(file, expr, slot)| (flow.sources(*file, expr), *slot, (*file, expr.syntax())))
        .collect();
    // who calls what is used as a value, or through a trait, is not known
    for (i, slot) in slots.all.iter().enumerate() {
        let unknown = slot
            .keep
            .as_ref()
            .is_some_and(|left| matches!(left.id, catalog::FOREIGN_TRAIT | catalog::USED_AS_VALUE));
        if unknown && slot.kind == Kind::Param {
            flows.push((vec![Source::Pool], i, (slot.file, &slot.node)));
        }
    }
    // a test has an instance of its own where the slot stays: what else gives one is the reason
    flows.sort_by_key(|(.., (file, node))| {
        let index = flow.infer.index;
        let tree = index.tree(*file);
        tree.is_some_and(|tree| construct::in_test(index, *file, tree, node))
    });
    let mut local_sources: HashMap<Key, Vec<Source>> = HashMap::new();
    for (key, local) in &sites.locals {
        let mut sources = local
            .init
            .as_ref()
            .map(|e| flow.sources(local.file, e))
            .unwrap_or_default();
        let reassigned = sites.by_local.get(key).is_some_and(|uses| {
            uses.iter()
                .any(|i| sites.roots[*i].landing == Landing::Target)
        });
        if reassigned {
            sources.push(Source::Pool);
        }
        local_sources.insert(*key, sources);
    }
    let mut out: Vec<Option<Left>> = vec![None; slots.all.len()];
    if options.keep_public {
        for (i, slot) in slots.all.iter().enumerate() {
            if slot.public && matches!(slot.kind, Kind::Callback | Kind::Param) {
                out[i] = Some(Left::new(
                    catalog::PUBLIC_KEPT,
                    format!(
                        "{} is public, and public signatures are to stay",
                        slot.words()
                    ),
                ));
            }
        }
    }
    let is_cell = |slot: SlotId| sites.cells.values().any(|c| *c == slot);
    // what is not followed may be any instance that goes where it is not followed
    let unfollowed = |id, instance: &str| {
        Left::new(id, "a coordinator that is not followed").help(format!("it may be {instance}"))
    };
    let mut pool: Option<Left> = sites.hidden_source.then(|| {
        let instance = "an instance of its own, as one is made where it cannot be followed";
        unfollowed(catalog::ISOLATED_SOURCE, instance)
    });
    let mut made: Vec<Option<String>> = vec![None; slots.all.len()];
    loop {
        let mut changed = false;
        let state = Taint {
            slots: &out,
            made: &made,
            locals: &local_sources,
            pool: pool.as_ref(),
        };
        let mut found: Vec<(SlotId, Left, Option<String>)> = Vec::new();
        for (sources, slot, (file, node)) in &flows {
            if out[*slot].is_none()
                && let Some((why, made)) = sources.iter().find_map(|s| state.of(s))
            {
                let place = place(flow.infer.index, *file, node);
                let left = reason(slots, *slot, &why, &place, made.as_deref());
                found.push((*slot, left, made));
            }
        }
        let escapes = sites.roots.iter().find_map(|r| {
            let why = match &r.landing {
                Landing::Other | Landing::Target => state.of(&r.source).map(|(why, _)| why),
                // what reads a static that stays is not followed
                Landing::Slot(slot) if slots.all[*slot].kind == Kind::Static && !is_cell(*slot) => {
                    let own = state.of(&r.source).map(|(why, _)| why);
                    own.or_else(|| out[*slot].clone())
                }
                _ => None,
            }?;
            let place = place(flow.infer.index, r.file, &r.node);
            let instance = format!("the instance of its own that is at {place}");
            Some(unfollowed(why.id, &instance))
        });
        for (slot, left, origin) in found {
            if out[slot].is_none() {
                out[slot] = Some(left);
                made[slot] = origin;
                changed = true;
            }
        }
        if pool.is_none()
            && let Some(left) = escapes
        {
            pool = Some(left);
            changed = true;
        }
        if !changed {
            return out;
        }
    }
}

fn reason(slots: &Slots, slot: SlotId, why: &Left, place: &str, made: Option<&str>) -> Left {
    let words = slots.all[slot].words();
    let origin = made.filter(|m| *m != place);
    let origin = origin.map_or(String::new(), |m| format!(", made at {m}"));
    if why.help.is_some() {
        Left {
            message: format!("{words} is given {} at {place}", why.message),
            ..why.clone()
        }
    } else if why.id == catalog::ISOLATED_SOURCE {
        Left::new(
            catalog::ISOLATED_SOURCE,
            format!(
                "{words} is given an instance of its own, or one that may be, at {place}{origin}"
            ),
        )
        .help("use the accessor there, then run again")
    } else {
        Left::new(
            why.id,
            format!("{words} is given {} at {place}", why.message),
        )
    }
}

struct Taint<'t> {
    slots: &'t [Option<Left>],
    /// Where what the slots are given is made.
    made: &'t [Option<String>],
    locals: &'t HashMap<Key, Vec<Source>>,
    pool: Option<&'t Left>,
}

impl Taint<'_> {
    /// Why a source is not the shared instance, and where the instance is made that it may be.
    fn of(&self, source: &Source) -> Option<(Left, Option<String>)> {
        let mut next = vec![source];
        let mut seen = HashSet::new();
        while let Some(source) = next.pop() {
            match source {
                Source::Accessor => {}
                Source::Slot(slot) => {
                    if let Some(left) = &self.slots[*slot] {
                        let why = Left::new(left.id, "what another slot holds that stays");
                        return Some((why, self.made[*slot].clone()));
                    }
                }
                Source::Local(key) => {
                    if seen.insert(*key) {
                        next.extend(self.locals.get(key).into_iter().flatten().rev());
                    }
                }
                Source::Isolated(made) => {
                    let why = Left::new(catalog::ISOLATED_SOURCE, "an instance of its own");
                    return Some((why, Some(made.clone())));
                }
                Source::Pool => {
                    if let Some(left) = self.pool {
                        return Some((left.clone(), None));
                    }
                }
                Source::Outside(words) => {
                    let why = Left::new(catalog::UNKNOWN_SOURCE, format!("what {words} gives"));
                    return Some((why, None));
                }
            }
        }
        None
    }
}

/// Arguments that do more than give a coordinator.
fn effects(flow: &Flow<'_, '_>, slots: &Slots, kept: &mut [Option<Left>]) {
    for (file, expr, slot) in &flow.sites.flows {
        if kept[*slot].is_some() || slots.all[*slot].kind == Kind::Return {
            continue;
        }
        let leads = slots.all[*slot].of_context;
        if !flow.droppable(*file, expr) || (leads && !flow.only_leads(*file, expr)) {
            let place = place(flow.infer.index, *file, expr.syntax());
            kept[*slot] = Some(
                Left::new(
                    catalog::EFFECTFUL_ARGUMENT,
                    format!(
                        "{} is given an expression at {place} that may do more than give a coordinator",
                        slots.all[*slot].words()
                    ),
                )
                .help("bind the expression to a variable before the call, then run again"),
            );
        }
    }
}

/// Parameters that are given what is no coordinator: code of its own makes one of it.
fn conversions(flow: &Flow<'_, '_>, slots: &Slots, kept: &mut [Option<Left>]) {
    let converts = |slot: SlotId| slots.all[slot].form == Form::Into;
    let flows = flow.sites.flows.iter();
    let flows: Vec<_> = flows.filter(|(.., s)| converts(*s)).collect();
    let mut changed = true;
    while std::mem::take(&mut changed) {
        // a reference to what a bound lends is not what the accessor gives
        for (i, slot) in slots.all.iter().enumerate() {
            if !converts(i) || !slot.is_lent() || kept[i].is_some() {
                continue;
            }
            let roots = flow.sites.by_slot.get(&i).into_iter().flatten();
            let mut roots = roots.map(|r| &flow.sites.roots[*r]);
            let taker =
                roots.find(|r| matches!(r.landing, Landing::Slot(to) if kept[to].is_some()));
            if let Some(root) = taker {
                let place = place(flow.infer.index, root.file, &root.node);
                let message = format!("{} is passed on at {place} as it is lent", slot.words());
                kept[i] = Some(Left::new(catalog::NESTED_TYPE, message));
                changed = true;
            }
        }
        for (file, expr, slot) in &flows {
            if kept[*slot].is_some() {
                continue;
            }
            let mut sources = flow.sources(*file, expr);
            // what another of them was given, maybe by a variable
            while let [Source::Local(key)] = sources[..]
                && let Some(local) = flow.sites.locals.get(&key)
                && let Some(init) = &local.init
            {
                sources = flow.sources(local.file, init);
            }
            let handed = sources.iter().all(|s| match s {
                Source::Slot(of) => !converts(*of) || kept[*of].is_none(),
                Source::Accessor => true,
                _ => false,
            });
            let is_one = *flow.infer.expr(*file, expr).peeled() == Type::Coordinator;
            if !is_one && (sources.is_empty() || !handed) {
                let place = place(flow.infer.index, *file, expr.syntax());
                let message = format!(
                    "{} is given something at {place} that is made a coordinator by code of its own",
                    slots.all[*slot].words()
                );
                kept[*slot] = Some(
                    Left::new(catalog::EFFECTFUL_ARGUMENT, message)
                        .help("give it the coordinator there, then run again"),
                );
                changed = true;
            }
        }
    }
}

/// Keeps `Option`s that are not `Some` of a coordinator wherever they are made, and whose `None` is told apart. One that
/// stays may be given anything.
fn late(flow: &Flow<'_, '_>, slots: &Slots, kept: &mut [Option<Left>]) {
    let same = same_if_none(flow.sites, slots, kept);
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for (i, slot) in slots.all.iter().enumerate() {
            if !slot.form.is_option() || kept[i].is_some() || same.contains(&i) {
                continue;
            }
            let flows = &flow.sites.flows;
            let mut flows = flows.iter().filter(|(_, _, s)| *s == i).peekable();
            let filled = flow.sites.filled.contains(&i);
            let is_made = flows.peek().is_some() && (filled || !slot.defaulted);
            let odd = flows.find(|(file, expr, _)| {
                let same = |s: SlotId| {
                    slots.all[s].form.is_option() && kept[s].is_none() && !same.contains(&s)
                };
                let fits = (filled && setters::is_none(expr)) || flow.is_some(*file, expr, same);
                !fits
            });
            if let Some((file, expr, _)) = odd {
                let place = place(flow.infer.index, *file, expr.syntax());
                let left = late_bound(&slot.words());
                kept[i] = Some(Left {
                    message: format!("{}; at {place} it may be `None`", left.message),
                    ..left
                });
                changed = true;
            } else if !is_made {
                kept[i] = Some(late_bound(&slot.words()));
                changed = true;
            }
        }
    }
}

/// The `Option`s that nothing tells from the shared instance where they are `None`: all that reads them takes that then.
fn same_if_none(sites: &Sites, slots: &Slots, kept: &[Option<Left>]) -> BTreeSet<SlotId> {
    let all = slots.all.iter().enumerate();
    let mut same: BTreeSet<SlotId> = all
        .filter(|(i, s)| s.form.is_option() && kept[*i].is_none())
        .map(|(i, _)| i)
        .collect();
    loop {
        let reads = |slot: &SlotId| sites.by_slot.get(slot).into_iter().flatten();
        let tells = |i: &usize| match &sites.roots[*i].landing {
            _ if sites.or_reads.contains(i) => false,
            Landing::Slot(taker) => !same.contains(taker),
            Landing::Target | Landing::Discard(_) | Landing::Copied(..) => false,
            _ => true,
        };
        let is_read = |slot: &SlotId| reads(slot).any(|i| sites.or_reads.contains(i));
        let leads = |slot: &SlotId| {
            reads(slot).any(|i| matches!(sites.roots[*i].landing, Landing::Slot(_)))
        };
        let other = |slot: &&SlotId| reads(slot).any(tells) || !(is_read(slot) || leads(slot));
        let Some(slot) = same.iter().find(other).copied() else {
            return same;
        };
        same.remove(&slot);
    }
}

struct Solver<'s, 'a> {
    infer: &'s Infer<'a>,
    flow: Flow<'s, 'a>,
    slots: &'s Slots,
    sites: &'s Sites,
    kept: &'s [Option<Left>],
    /// Where a variable's coordinator comes from in the end.
    origins: HashMap<Key, Source>,
    states: RefCell<HashMap<Key, LocalState>>,
}

impl<'s, 'a> Solver<'s, 'a> {
    fn new(
        infer: &'s Infer<'a>,
        slots: &'s Slots,
        sites: &'s Sites,
        kept: &'s [Option<Left>],
    ) -> Self {
        let mut origins = HashMap::new();
        for root in &sites.roots {
            if let Landing::Local(..) = &root.landing {
                origins.insert(root.local_key(), root.source.clone());
            }
        }
        Self {
            infer,
            flow: Flow { infer, sites },
            slots,
            sites,
            kept,
            origins,
            states: RefCell::default(),
        }
    }

    fn origin(&self, key: Key) -> Option<&Source> {
        let mut at = self.origins.get(&key)?;
        for _ in 0..16 {
            match at {
                Source::Local(next) => at = self.origins.get(next)?,
                other => return Some(other),
            }
        }
        None
    }

    fn vanishes(&self, root: &Root) -> bool {
        vanishes(root, self.kept, |k| self.local(k))
    }

    fn local(&self, key: Key) -> LocalState {
        if let Some(known) = self.states.borrow().get(&key) {
            return *known;
        }
        self.states.borrow_mut().insert(key, LocalState::Stay);
        let state = self.local_state(key);
        self.states.borrow_mut().insert(key, state);
        state
    }

    fn local_state(&self, key: Key) -> LocalState {
        let local = &self.sites.locals[&key];
        let uses = self
            .sites
            .by_local
            .get(&key)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let remaining: Vec<&Root> = uses
            .iter()
            .map(|i| &self.sites.roots[*i])
            .filter(|r| !self.vanishes(r))
            .collect();
        // what the slot's going asks to be written anew
        let anew = matches!(self.origin(key), Some(Source::Slot(s)) if self.kept[*s].is_none());
        let init = local.init.as_ref();
        let needed = init.and_then(|e| self.flow.needed(local.file, e));
        let stays = needed.is_some_and(|option| self.kept[option].is_some());
        let droppable = init.is_some_and(|e| !stays && self.flow.droppable(local.file, e));
        if remaining.is_empty() && droppable {
            let drops_only = uses
                .iter()
                .all(|i| matches!(self.sites.roots[*i].landing, Landing::Discard(_)));
            return if anew || !drops_only {
                LocalState::Vanish
            } else {
                LocalState::Stay
            };
        }
        // what a closure takes is not captured
        let limit = match self.origin(key) {
            Some(Source::Slot(s)) => {
                let param = Some(&self.slots.all[*s]).filter(|s| s.kind == Kind::Param);
                param.and_then(|s| s.node.ancestors().nth(2))
            }
            _ => None,
        };
        let limit = limit.filter(|n| ast::ClosureExpr::can_cast(n.kind()));
        let scopes = |node| await_scopes(self.infer, local.file, node, limit.as_ref());
        if !anew || !scopes(local.stmt.syntax()).is_empty() {
            return LocalState::Stay;
        }
        let sinks = droppable
            && local.pat.mut_token().is_none()
            && (remaining.iter()).all(|r| r.expr.is_some() && !scopes(&r.node).is_empty());
        if sinks {
            LocalState::Sink
        } else {
            LocalState::Stuck
        }
    }

    /// Why a slot cannot go after all.
    fn obstacle(&self, slot: SlotId) -> Option<Left> {
        let data = &self.slots.all[slot];
        let reads = self
            .sites
            .by_slot
            .get(&slot)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if let Some(left) = self.out_of_reach(slot, reads) {
            return Some(left);
        }
        match data.kind {
            // it goes with its functions
            Kind::Static => return None,
            Kind::Return => {
                if let Some(left) = self.stays_function(slot) {
                    return Some(left);
                }
            }
            Kind::Param | Kind::Field | Kind::Element | Kind::Callback | Kind::Row => {}
        }
        for read in reads {
            let root = &self.sites.roots[*read];
            if root.landing == Landing::Target
                && let Some(owner) = mut_owner(self.infer, root)
                && need_of_mut(self.infer, self.sites, self.kept, root.file, &owner)
                    == MutNeed::Unknown
            {
                let place = place(self.infer.index, root.file, &root.node);
                let words = data.words();
                return Some(Left::new(
                    catalog::NESTED_TYPE,
                    format!("{words} is set at {place}, in a value that is `mut` for it"),
                ));
            }
            if self.vanishes(root) {
                // what is in front of it goes with its statement
                let whole = matches!(
                    root.landing,
                    Landing::Discard(_) | Landing::Local(..) | Landing::Copied(..)
                );
                if let Some(left) = self.way_obstacle(data, root).filter(|_| whole) {
                    return Some(left);
                }
                continue;
            }
            if let Some(left) = self.base_obstacle(data, root) {
                return Some(left);
            }
            if self.only_checks(root) {
                continue;
            }
            if data.form.is_result() && !Self::takes_ok(root) {
                let place = place(self.infer.index, root.file, &root.node);
                return Some(
                    returned(&data.words())
                        .help(format!("its `Result` is passed on or inspected at {place}")),
                );
            }
            if data.form.is_option() && !self.takes_some(root) {
                let place = place(self.infer.index, root.file, &root.node);
                let message = format!(
                    "{} is an `Option` that is set wherever it is made, and what it is asked at {place} is not written anew",
                    data.words()
                );
                let help = "read it there by `if let`, `let … else` or `?`, then run again";
                return Some(Left::new(catalog::LATE_BOUND_OPTION, message).help(help));
            }
            if data.kind == Kind::Return && root.value == Value::Future {
                let place = place(self.infer.index, root.file, &root.node);
                return Some(Left::new(
                    catalog::RETURNED,
                    format!("{} is used at {place} before it is awaited", data.words()),
                ));
            }
            let awaited = data.kind == Kind::Return
                && ast::Fn::cast(data.node.clone()).is_some_and(|f| f.async_token().is_some());
            if !data.is_bound() && !awaited && self.held_across(root) {
                let place = place(self.infer.index, root.file, &root.node);
                let words = data.words();
                return Some(
                    Left::new(
                        catalog::HELD_ACROSS_AWAIT,
                        format!("{words} is read at {place}, where a lock or the like may be held that must not be held across an `await`"),
                    )
                    .help("bind `global_coordinator().await` before it, then run again"),
                );
            }
            let limit = match data.kind {
                Kind::Param => data
                    .node
                    .ancestors()
                    .find(|n| matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR)),
                _ => None,
            };
            let mut asks = root.node.clone();
            let awaits = if data.is_bound() {
                !await_scopes(self.infer, root.file, &root.node, limit.as_ref()).is_empty()
            } else {
                match hoist::reach(self.infer, root.file, &root.node) {
                    Reach::Here => true,
                    Reach::Before(it) => {
                        asks = it.stmt;
                        // a pattern binds where it stands
                        let binds = root.landing.takes_apart();
                        !binds || !it.closure
                    }
                    Reach::No => false,
                }
            };
            let place = place(self.infer.index, root.file, &root.node);
            let words = data.words();
            if !awaits {
                return Some(match self.blocking_slot(root) {
                    Some(other) => Left::new(
                        catalog::PASSED_ON,
                        format!(
                            "{words} is passed on at {place}, in code that cannot await, to {}, which stays",
                            self.slots.all[other].words()
                        ),
                    ),
                    None => Left::new(
                        catalog::READ_IN_SYNC,
                        format!("{words} is read at {place}, in code that cannot await"),
                    )
                    .help("make the function `async`, or ask for the bus in its callers, then run again"),
                });
            }
            if root.landing == Landing::Target && !data.is_bound() {
                return Some(Left::new(
                    catalog::NESTED_TYPE,
                    format!("{words} is assigned to or borrowed mutably at {place}"),
                ));
            }
            // a variable of a pattern in a macro, or a getter in one
            if root.expr.is_none() && !data.is_bound() {
                return Some(Left::new(
                    catalog::UNREADABLE_MACRO,
                    format!("a macro at {place} reads it, and its input cannot be read as Rust"),
                ));
            }
            let Some(tree) = self.infer.index.tree(root.file) else {
                continue;
            };
            if let Err(left) = imports::accessor_at(self.infer.index, root.file, tree, &asks, false)
            {
                return Some(left);
            }
        }
        None
    }

    /// Whether a pattern takes the coordinator out of an `Option` for nothing but slots that go.
    fn only_checks(&self, root: &Root) -> bool {
        let Some(pat) = root.landing.taken().filter(|_| self.takes_some(root)) else {
            return false;
        };
        let Some(tree) = self.infer.index.tree(root.file) else {
            return false;
        };
        let goes = |node: &SyntaxNode| {
            let range = tree.range(node);
            let mut flows = self.sites.flows.iter();
            flows.any(|(file, expr, slot)| {
                *file == root.file
                    && self.kept[*slot].is_none()
                    && tree.range(expr.syntax()).contains_range(range)
            })
        };
        locals::uses_of(tree, pat).iter().all(|it| match it {
            locals::Use::Expr(path) => goes(path.syntax()),
            locals::Use::Opaque(_) => false,
        })
    }

    /// Whether a use of an `Option` that is always `Some` means the same with what is in it.
    fn takes_some(&self, root: &Root) -> bool {
        match (&root.landing, root.value) {
            // what comes after it would never be reached
            (Landing::IfSome(it, _), _)
                if (it.then_branch().map(ast::Expr::BlockExpr))
                    .is_some_and(|b| purity::diverges(&b)) =>
            {
                ends_a_branch(it)
            }
            (landing, _) if landing.takes_apart() => true,
            // what stays is given another one, of the type that it has
            (Landing::Slot(s), Value::Opt | Value::OptRef) => {
                self.kept[*s].is_none() || self.slots.all[*s].form.is_option()
            }
            // what a function that goes gives
            (Landing::Slot(s), Value::OptBare | Value::Res | Value::ResRef) => {
                self.kept[*s].is_none() && self.slots.all[*s].kind == Kind::Return
            }
            (_, Value::Opt | Value::OptRef | Value::OptBare) => false,
            (_, Value::Res | Value::ResRef | Value::ResBare) => false,
            _ => root.expr.is_some(),
        }
    }

    /// Whether a use of a `Result` that is always `Ok` means the same with what is in it.
    fn takes_ok(root: &Root) -> bool {
        match (&root.landing, root.value) {
            (Landing::Slot(_), Value::Res | Value::ResRef) => true,
            (_, Value::Res | Value::ResRef | Value::ResBare | Value::Future) => false,
            _ => root.expr.is_some(),
        }
    }

    /// Why a function whose result is a coordinator does not go as a whole.
    fn stays_function(&self, slot: SlotId) -> Option<Left> {
        let words = self.slots.all[slot].words();
        let function = self
            .slots
            .functions
            .values()
            .find(|f| f.ret == Some(slot))?;
        if !self.sites.givers.contains(&slot) {
            return Some(returned(&words).help(
                "the function does more than give it: let its callers ask for \
                 `global_coordinator().await`, then remove the result by hand",
            ));
        }
        if let Some(param) = function
            .params
            .iter()
            .flatten()
            .find(|p| self.kept[**p].is_some())
        {
            return Some(returned(&format!(
                "{words}, which takes {} that stays,",
                self.slots.all[*param].words()
            )));
        }
        // what goes with the function may be all that reads a field
        let within = function.node.text_range();
        let inside = self
            .sites
            .roots
            .iter()
            .filter(|r| r.file == function.file && within.contains_range(r.node.text_range()));
        for root in inside {
            let Source::Slot(read) = root.source else {
                continue;
            };
            let read = &self.slots.all[read];
            let uncalled = || self.leaves_uncalled(read, root, &base_of(root)?);
            if let Some(left) = self.leaves_unused(read, root).or_else(uncalled) {
                return Some(left);
            }
        }
        let exported = self.sites.exported.get(&slot);
        if let Some((file, range)) = exported.and_then(|leaves| leaves.first()) {
            let place = self.infer.index.place(*file, range.start());
            return Some(
                returned(&words).help(format!("the function is exported again at {place}")),
            );
        }
        let calls = self.sites.by_slot.get(&slot).into_iter().flatten();
        for root in calls.map(|i| &self.sites.roots[*i]) {
            let dropped = root
                .expr
                .as_ref()
                .is_some_and(|e| self.flow.droppable(root.file, e));
            if !dropped {
                let place = place(self.infer.index, root.file, &root.node);
                return Some(
                    Left::new(
                        catalog::EFFECTFUL_ARGUMENT,
                        format!("the call at {place}, which gives {words}, may do more"),
                    )
                    .help("bind the receiver and the arguments to variables first, then run again"),
                );
            }
            let base = base_of(root);
            let left = base.and_then(|b| self.leaves_uncalled(&self.slots.all[slot], root, &b));
            if left.is_some() {
                return left;
            }
        }
        None
    }

    /// Whether a place that has to follow is in a file that is not to be changed.
    fn out_of_reach(&self, slot: SlotId, reads: &[usize]) -> Option<Left> {
        let workspace = self.infer.index.workspace;
        let read = reads.iter().map(|r| {
            let root = &self.sites.roots[*r];
            (root.file, &root.node)
        });
        let adt = self.slots.all[slot].node.ancestors().nth(2);
        let adt = adt.map(|a| key_of(self.infer.index, self.slots.all[slot].file, &a));
        let listed = self
            .sites
            .lists
            .iter()
            .filter(|l| {
                l.entries.iter().any(|(_, s)| *s == slot) || (l.tuple.is_some() && l.tuple == adt)
            })
            .map(|l| (l.file, &l.node));
        let shifted = self
            .sites
            .positions
            .iter()
            .filter(|p| Some(p.adt) == adt)
            .map(|p| (p.file, &p.node));
        let (file, node) = read
            .chain(listed)
            .chain(shifted)
            .find(|(f, _)| !workspace.file(*f).writable)?;
        Some(Left::new(
            catalog::UNRESOLVED_CALL,
            format!(
                "{} is used at {}, which is not to be changed",
                self.slots.all[slot].words(),
                place(self.infer.index, file, node)
            ),
        ))
    }

    /// What is in front of a field goes with it: it must be no more than a way to it, and not the only use of another
    /// field.
    fn base_obstacle(&self, slot: &Slot, root: &Root) -> Option<Left> {
        let base = base_of(root)?;
        if let Some(left) = self.way_obstacle(slot, root) {
            return Some(left);
        }
        self.leaves_uncalled(slot, root, &base)
            .or_else(|| self.leaves_unused(slot, root))
    }

    /// An expression in front of a field that is more than a way to it.
    fn way_obstacle(&self, slot: &Slot, root: &Root) -> Option<Left> {
        let base = base_of(root)?;
        if lookup::way(self.infer, root.file, &base).is_some() {
            return None;
        }
        let place = place(self.infer.index, root.file, &root.node);
        let message = format!(
            "{} is read at {place} from an expression that may do more",
            slot.words()
        );
        Some(
            Left::new(catalog::EFFECTFUL_ARGUMENT, message)
                .help("bind the expression to a variable first, then run again"),
        )
    }

    /// A getter in front of a field that only reads of such fields call.
    fn leaves_uncalled(&self, slot: &Slot, root: &Root, base: &ast::Expr) -> Option<Left> {
        let infer = self.infer;
        let mut calls = base.syntax().descendants();
        let name = calls.find_map(|call| {
            let (getter, of) = if let Some(it) = ast::MethodCallExpr::cast(call.clone()) {
                (lookup::getter(infer, root.file, &it)?, ".")
            } else {
                let it = ast::CallExpr::cast(call)?;
                (lookup::reader(infer, root.file, &it)?, "")
            };
            let name = ast::HasName::name(&getter.function)?.text().to_string();
            let is_public = ast::HasVisibility::visibility(&getter.function);
            let is_public = is_public.is_some_and(|v| v.syntax().text() == "pub");
            let module = infer.index.module_of(getter.file, getter.function.syntax());
            let open = is_public && module.is_none_or(|m| infer.index.may_be_of_library(m));
            let asked = format!("{of}{name}()");
            let of_slot = format!(".{}", slot.name);
            let besides = |text: &str| {
                let mut found = text.match_indices(&asked);
                found.any(|(at, _)| {
                    let before = &text[..at];
                    if of.is_empty() && before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
                    {
                        return false;
                    }
                    // where it is defined
                    if before.ends_with("fn ") {
                        return false;
                    }
                    let behind = text[at + asked.len()..].trim_start();
                    let field = behind.strip_prefix(of_slot.as_str());
                    field.is_none_or(|f| f.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
                })
            };
            let mut files = infer.index.workspace.files.iter();
            let called = open || files.any(|f| besides(&f.text));
            (!called).then_some(name)
        })?;
        let message = format!(
            "without {}, read at {}, nothing would call `{name}`",
            slot.words(),
            place(infer.index, root.file, &root.node)
        );
        Some(Left::new(catalog::LEAVES_UNUSED, message).help("remove both by hand"))
    }

    /// Whether a read of a field is the only use of another one that it goes through.
    fn leaves_unused(&self, slot: &Slot, root: &Root) -> Option<Left> {
        let words = slot.words();
        let is_read =
            |name: &str, owner| is_read_elsewhere(self.infer, self.sites, root.file, name, owner);
        let mut ways = ways(self.infer, root).into_iter();
        let (way, _) = ways.find(|(name, owner)| !is_read(name, *owner))?;
        Some(
            Left::new(
                catalog::LEAVES_UNUSED,
                format!(
                    "without {words}, read at {}, nothing would read the field `{}`",
                    place(self.infer.index, root.file, &root.node),
                    way
                ),
            )
            .help("remove both fields by hand"),
        )
    }

    /// Slots that are given what fails without an `Option` which stays.
    fn unanswered(&self) -> Vec<(SlotId, Left)> {
        let mut out = Vec::new();
        let flows = self.sites.flows.iter();
        for (file, expr, slot) in flows.filter(|(.., slot)| self.kept[*slot].is_none()) {
            let needed = self.flow.needed(*file, expr);
            let needed = needed.or_else(|| self.flow.asked(*file, expr));
            let Some(option) = needed.filter(|o| self.kept[*o].is_some()) else {
                continue;
            };
            let message = format!(
                "{} is given what fails at {} without {}, which stays",
                self.slots.all[*slot].words(),
                place(self.infer.index, *file, expr.syntax()),
                self.slots.all[option].words()
            );
            out.push((*slot, Left::new(catalog::EFFECTFUL_ARGUMENT, message)));
        }
        out
    }

    /// For each field that stays and that nothing would read any more: a slot that would take the last reads with it.
    fn starved(&self) -> Vec<(SlotId, Left)> {
        let mut out = Vec::new();
        for (field, data) in self.slots.all.iter().enumerate() {
            if data.kind != Kind::Field || data.public || self.kept[field].is_none() {
                continue;
            }
            let reads = self.sites.by_slot.get(&field).into_iter().flatten();
            let mut takers: Vec<Option<SlotId>> =
                reads.map(|r| self.taker(&self.sites.roots[*r])).collect();
            let unfollowed = self.sites.unfollowed.iter();
            let unfollowed = unfollowed.filter(|(of, ..)| *of == field);
            takers.extend(unfollowed.map(|(_, t, _)| Some(*t).filter(|t| self.kept[*t].is_none())));
            let takers: Option<Vec<SlotId>> = takers.into_iter().collect();
            if let Some(&[first, ..]) = takers.as_deref() {
                let message = format!(
                    "without {}, nothing would read {}, which stays",
                    self.slots.all[first].words(),
                    data.words()
                );
                out.push((first, Left::new(catalog::LEAVES_UNUSED, message)));
            }
        }
        out.extend(self.unused_in_some_builds());
        out.extend(self.unread_generics());
        out
    }

    /// Slots that alone read a field of another type, which a generic parameter makes one that holds a coordinator.
    fn unread_generics(&self) -> Vec<(SlotId, Left)> {
        type Field = (Key, String);
        let field_of = |file: FileId, expr: &ast::Expr| -> Option<Field> {
            let field = match expr {
                ast::Expr::FieldExpr(it) => it.clone(),
                ast::Expr::MethodCallExpr(it) if it.name_ref()?.text() == "clone" => {
                    match it.receiver()? {
                        ast::Expr::FieldExpr(it) => it,
                        _ => return None,
                    }
                }
                _ => return None,
            };
            let name = field.name_ref()?.text().to_string();
            let base = self.infer.expr(file, &field.expr()?);
            let Type::Item(at, node, _) = base.peeled() else {
                return None;
            };
            let key = key_of(self.infer.index, *at, node);
            let of_slot =
                self.sites
                    .at
                    .contains_key(&key_of(self.infer.index, file, field.syntax()));
            (has_field(node, &name) && !of_slot).then_some((key, name))
        };
        let goes = |slot: &SlotId| self.kept[*slot].is_none();
        let flows = self.sites.flows.iter().filter(|(.., slot)| goes(slot));
        let mut out = Vec::new();
        for (file, expr, slot) in flows {
            // `self.bus.0` reads it on the way
            let way = || match expr {
                ast::Expr::FieldExpr(it) => field_of(*file, &it.expr()?),
                _ => None,
            };
            let Some(field) = field_of(*file, expr).or_else(way) else {
                continue;
            };
            let is_read = |at: FileId, node: &SyntaxNode| {
                let Some(it) = ast::FieldExpr::cast(node.clone()) else {
                    return false;
                };
                let own = field_of(at, &ast::Expr::FieldExpr(it));
                let given = |n: SyntaxNode| {
                    let key = key_of(self.infer.index, at, &n);
                    self.sites.into.get(&key).is_some_and(goes)
                };
                own.as_ref() == Some(&field) && !node.ancestors().take(3).any(given)
            };
            let (_, name) = &field;
            let workspace = self.infer.index.workspace;
            let package = workspace.file(*file).package;
            let mut files =
                search::saying(workspace, name).filter(|f| workspace.file(*f).package == package);
            let read = is_taken_apart(self.infer, *file, name, Some(field.0))
                || files.any(|at| {
                    let places = Places::of([name]).find(&workspace.file(at).text);
                    let nodes = self
                        .infer
                        .index
                        .tree(at)
                        .map(|t| t.around(places.as_deref()));
                    nodes.into_iter().flatten().any(|n| is_read(at, &n))
                });
            if !read {
                let words = self.slots.all[*slot].words();
                let message = format!("without {words}, nothing would read the field `{name}`");
                out.push((*slot, Left::new(catalog::LEAVES_UNUSED, message)));
            }
        }
        out
    }

    /// For each parameter or field that stays, and that only `cfg`-ed code would use any more: a slot that would take a use
    /// that all builds have.
    fn unused_in_some_builds(&self) -> Vec<(SlotId, Left)> {
        let mut out = Vec::new();
        for (user, data) in self.slots.all.iter().enumerate() {
            let warned = match data.kind {
                Kind::Param => true,
                Kind::Field => !data.public,
                _ => false,
            };
            if !warned || self.kept[user].is_none() {
                continue;
            }
            let reads = self.sites.by_slot.get(&user).into_iter().flatten();
            let reads = reads.map(|r| &self.sites.roots[*r]);
            let (gone, left): (Vec<&Root>, Vec<&Root>) =
                reads.partition(|r| self.taker(r).is_some());
            let is_always = |r: &&&Root| !self.is_conditional(r, data.kind);
            if left.is_empty() || left.iter().any(|r| is_always(&r)) {
                continue;
            }
            let taken = gone.iter().find(is_always);
            if let Some(first) = taken.and_then(|r| self.taker(r)) {
                let message = format!(
                    "without {}, some builds would not use {}, which stays",
                    self.slots.all[first].words(),
                    data.words()
                );
                out.push((first, Left::new(catalog::LEAVES_UNUSED, message)));
            }
        }
        out
    }

    /// Whether only some builds have a read, of those that have what declares the slot.
    fn is_conditional(&self, root: &Root, kind: Kind) -> bool {
        let Some(tree) = self.infer.index.tree(root.file) else {
            return false;
        };
        let own = |n: &SyntaxNode| kind == Kind::Param && ast::Fn::can_cast(n.kind());
        let around = tree.ancestors(&root.node);
        let mut around = around.take_while(|n| !own(n));
        around.any(|n| tree::cfgs(&n).next().is_some())
    }

    /// The slot whose going takes a read with it.
    fn taker(&self, root: &Root) -> Option<SlotId> {
        let around = self.infer.index.tree(root.file)?.ancestors(&root.node);
        let giver = around.filter_map(ast::Fn::cast).find_map(|f| {
            let key = key_of(self.infer.index, root.file, f.syntax());
            self.slots.functions.get(&key)?.ret
        });
        if let Some(ret) = giver.filter(|r| self.kept[*r].is_none()) {
            return Some(ret);
        }
        match &root.landing {
            Landing::Slot(slot) => self.kept[*slot].is_none().then_some(*slot),
            Landing::Local(..) if self.vanishes(root) => {
                let uses = self.sites.by_local.get(&root.local_key())?;
                uses.iter().find_map(|u| self.taker(&self.sites.roots[*u]))
            }
            _ => None,
        }
    }

    /// Whether something that must not be held across an `await` may be alive at a read that did not await, and nothing can
    /// be bound before it is made.
    fn held_across(&self, root: &Root) -> bool {
        let awaited = root
            .outer
            .as_ref()
            .filter(|_| root.landing == Landing::Read)
            .and_then(|o| o.syntax().parent()?.parent())
            .is_some_and(|n| n.kind() == SyntaxKind::AWAIT_EXPR);
        let binds = root.landing.takes_apart();
        let first = || match hoist::reach(self.infer, root.file, &root.node) {
            Reach::Before(it) => it.first && !binds,
            _ => false,
        };
        !awaited && hoist::is_lock_held(self.infer, root.file, &root.node) && !first()
    }

    /// The slot that stays and that a read flows into.
    fn blocking_slot(&self, root: &Root) -> Option<SlotId> {
        match &root.landing {
            Landing::Slot(slot) => Some(*slot),
            Landing::Local(..) => {
                let uses = self.sites.by_local.get(&root.local_key())?;
                uses.iter()
                    .map(|i| &self.sites.roots[*i])
                    .find(|r| !self.vanishes(r))
                    .and_then(|r| self.blocking_slot(r))
            }
            _ => None,
        }
    }
}

/// What is `mut` in a variable or `mut self` that an assignment sets a field of.
#[derive(Debug, Clone)]
pub(super) struct MutOwner {
    pub(super) token: SyntaxToken,
    /// The variable's uses, in whatever reads as Rust.
    uses: Vec<SyntaxNode>,
    /// Whether a macro may use it.
    opaque: bool,
}

/// The owner of the field that a read is an assignment to, if it is `mut` itself.
pub(super) fn mut_owner(infer: &Infer<'_>, root: &Root) -> Option<MutOwner> {
    mut_owner_of(infer, root.file, &root.node)
}

/// The same of the variable that an expression starts with.
pub(super) fn mut_owner_of(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> Option<MutOwner> {
    let tree = infer.index.tree(file)?;
    let base = node.descendants().find_map(ast::PathExpr::cast)?;
    let name = base.path()?.as_single_name_ref()?.text().to_string();
    if name == "self" {
        let function = tree.ancestors(node).find_map(ast::Fn::cast)?;
        let own = function.param_list()?.self_param()?;
        let token = own.mut_token().filter(|_| own.amp_token().is_none())?;
        let body = function.body()?;
        let is_self = |n: &SyntaxNode| {
            let path = ast::PathExpr::cast(n.clone()).and_then(|p| p.path());
            path.is_some_and(|p| p.syntax().text() == "self")
        };
        let nodes = tree.descendants(body.syntax());
        let opaque = nodes.iter().any(|n| {
            let call = ast::MacroCall::cast(n.clone());
            call.is_some_and(|c| {
                tree.pieces(&c).is_empty() && n.text().to_string().contains("self")
            })
        });
        let uses = nodes.into_iter().filter(is_self).collect();
        return Some(MutOwner {
            token,
            uses,
            opaque,
        });
    }
    let pat = locals::binding_of(tree, base.syntax(), &name)?;
    let token = pat.mut_token()?;
    let mut opaque = false;
    let mut uses = Vec::new();
    for it in locals::uses_of(tree, &pat) {
        match it {
            locals::Use::Expr(path) => uses.push(path.syntax().clone()),
            locals::Use::Opaque(_) => opaque = true,
        }
    }
    Some(MutOwner {
        token,
        uses,
        opaque,
    })
}

/// Whether a `mut` is needed for more than assignments that go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MutNeed {
    Needed,
    Needless,
    Unknown,
}

/// Methods of the standard library's containers that change what they are called on.
const CHANGES: &[&str] = &[
    "append",
    "clear",
    "dedup",
    "drain",
    "entry",
    "extend",
    "get_or_insert_with",
    "iter_mut",
    "pop",
    "pop_front",
    "push",
    "push_back",
    "push_front",
    "push_str",
    "retain",
    "sort",
    "truncate",
];

/// What the uses of a variable tell of its `mut`.
pub(super) fn need_of_mut(
    infer: &Infer<'_>,
    sites: &Sites,
    kept: &[Option<Left>],
    file: FileId,
    owner: &MutOwner,
) -> MutNeed {
    // a call of a setter that goes, or the target of an assignment of it
    let set_away = |key: &Key| sites.set_calls.get(key).is_some_and(|p| kept[*p].is_none());
    let assigned_away = |node: &SyntaxNode| {
        let root = sites.at.get(&key_of(infer.index, file, node));
        root.is_some_and(|r| sites.roots[*r].assigned_away(kept))
    };
    let goes =
        |node: &SyntaxNode| assigned_away(node) || set_away(&key_of(infer.index, file, node));
    let need = |found: bool| match found {
        true => MutNeed::Needed,
        false => MutNeed::Needless,
    };
    let of_use = |node: &SyntaxNode| {
        let mut place = node.clone();
        while let Some(parent) = place.parent() {
            match parent.kind() {
                SyntaxKind::FIELD_EXPR | SyntaxKind::PAREN_EXPR => place = parent,
                SyntaxKind::INDEX_EXPR => {
                    let it = ast::IndexExpr::cast(parent.clone());
                    if it
                        .and_then(|i| i.base())
                        .is_none_or(|b| *b.syntax() != place)
                    {
                        return MutNeed::Needless;
                    }
                    place = parent;
                }
                SyntaxKind::BIN_EXPR => {
                    let it = ast::BinExpr::cast(parent);
                    let op = it.as_ref().and_then(ast::BinExpr::op_kind);
                    let is_left = it
                        .and_then(|b| b.lhs())
                        .is_some_and(|l| *l.syntax() == place);
                    let assigns = matches!(op, Some(ast::BinaryOp::Assignment { .. }));
                    return need(is_left && assigns && !goes(&place));
                }
                SyntaxKind::REF_EXPR => {
                    let it = ast::RefExpr::cast(parent);
                    return need(it.is_some_and(|r| r.mut_token().is_some()));
                }
                SyntaxKind::METHOD_CALL_EXPR => {
                    let Some(call) = ast::MethodCallExpr::cast(parent) else {
                        return MutNeed::Unknown;
                    };
                    if call.receiver().is_none_or(|r| *r.syntax() != place) {
                        return MutNeed::Needless;
                    }
                    if set_away(&key_of(infer.index, file, call.syntax())) {
                        place = call.syntax().clone();
                        continue;
                    }
                    if assigned_away(&place) {
                        return MutNeed::Needless;
                    }
                    let receiver = call.receiver().map(|r| infer.expr(file, &r));
                    let name = call.name_ref().map(|n| n.text().to_string());
                    let (Some(receiver), Some(name)) = (receiver, name) else {
                        return MutNeed::Unknown;
                    };
                    let taking = Taking::of(ast::HasArgList::arg_list(&call));
                    // its own methods borrow it
                    if receiver.peeled() == &Type::Coordinator {
                        return MutNeed::Needless;
                    }
                    let method = infer.method(receiver.peeled(), &name, taking);
                    let own = method.and_then(|m| m.function.param_list()?.self_param());
                    return match own {
                        Some(own) => need(own.amp_token().is_some() && own.mut_token().is_some()),
                        None if CHANGES.contains(&name.as_str()) => MutNeed::Needed,
                        None => MutNeed::Unknown,
                    };
                }
                _ => return MutNeed::Needless,
            }
        }
        MutNeed::Unknown
    };
    let all: Vec<MutNeed> = owner.uses.iter().map(of_use).collect();
    if all.contains(&MutNeed::Needed) {
        MutNeed::Needed
    } else if owner.opaque || all.contains(&MutNeed::Unknown) {
        MutNeed::Unknown
    } else {
        MutNeed::Needless
    }
}

/// Whether anything but reads of slots goes through a field of that name.
/// `owner`: the struct that has the field, if it is known.
fn is_read_elsewhere(
    infer: &Infer<'_>,
    sites: &Sites,
    file: FileId,
    name: &str,
    owner: Option<Key>,
) -> bool {
    let workspace = infer.index.workspace;
    let package = workspace.file(file).package;
    let needle = format!(".{name}");
    if is_taken_apart(infer, file, name, owner) {
        return true;
    }
    workspace.files.iter().enumerate().any(|(i, source)| {
        let file = FileId(i);
        if source.package != package {
            return false;
        }
        source.text.match_indices(&needle).any(|(at, _)| {
            let after = source.text[at + needle.len()..].chars().next();
            // a method may have the name of a field
            if after.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '(') {
                return false;
            }
            if is_of_another(infer, file, at, owner) {
                return false;
            }
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            !sites.at.iter().any(|((f, start, end), root)| {
                *f == file
                    && *start <= at
                    && at < *end
                    && matches!(
                        sites.roots[*root].node.kind(),
                        SyntaxKind::FIELD_EXPR | SyntaxKind::METHOD_CALL_EXPR
                    )
                    && !sites.roots[*root]
                        .node
                        .text()
                        .to_string()
                        .ends_with(&needle)
            })
        })
    })
}

/// Whether the read of a field, by the place of its dot, is known to be one of another struct than `owner`.
fn is_of_another(infer: &Infer<'_>, file: FileId, dot: usize, owner: Option<Key>) -> bool {
    let of = || {
        let name = TextSize::try_from(dot + 1).ok()?;
        let tree = infer.index.tree(file)?;
        let around = tree.around(Some(&[name])).into_iter();
        let is_it = |f: &ast::FieldExpr| {
            f.name_ref()
                .is_some_and(|n| tree.range(n.syntax()).start() == name)
        };
        let field = around.filter_map(ast::FieldExpr::cast).find(is_it)?;
        let (at, node) = infer.owner_of(file, &field)?;
        Some(key_of(infer.index, at, &node))
    };
    owner.is_some() && of().is_some_and(|of| Some(of) != owner)
}

/// Whether a pattern binds a field of that name to a variable that something uses. One of another struct than `owner` does not
/// count.
fn is_taken_apart(infer: &Infer<'_>, file: FileId, name: &str, owner: Option<Key>) -> bool {
    let workspace = infer.index.workspace;
    let package = workspace.file(file).package;
    let own = search::saying(workspace, name).filter(|f| workspace.file(*f).package == package);
    own.into_iter().any(|file| {
        let Some(tree) = infer.index.tree(file) else {
            return false;
        };
        let places = Places::of([name]).find(&workspace.file(file).text);
        let around = tree.around(places.as_deref()).into_iter();
        around.filter_map(ast::RecordPatField::cast).any(|field| {
            let named = field.field_name().is_some_and(|n| n.text() == name);
            let bound = match field.pat() {
                Some(ast::Pat::IdentPat(it)) => !locals::uses_of(tree, &it).is_empty(),
                _ => false,
            };
            let of_another = || {
                let pat = field.syntax().ancestors().find_map(ast::RecordPat::cast);
                let of = pat.and_then(|p| infer.adt_at(file, &p.path()?));
                let of = of.map(|(at, node)| key_of(infer.index, at, &node));
                owner.is_some() && of.is_some() && of != owner
            };
            named && bound && !of_another()
        })
    })
}

/// The fields that a read goes through, and the structs that have them. The places of a tuple are none.
fn ways(infer: &Infer<'_>, root: &Root) -> Vec<(String, Option<Key>)> {
    let base = base_of(root).map(|b| b.syntax().clone());
    let fields = base.into_iter().flat_map(|b| b.descendants());
    let fields = fields.filter_map(ast::FieldExpr::cast).filter(|f| {
        let of = f.expr().map(|e| infer.expr(root.file, &e));
        !of.is_some_and(|t| matches!(t.peeled(), Type::Tuple(_)))
    });
    let named = fields.filter_map(|f| {
        let owner = infer.owner_of(root.file, &f);
        let owner = owner.map(|(at, node)| key_of(infer.index, at, &node));
        Some((f.name_ref()?.text().to_string(), owner))
    });
    named.collect()
}

/// What a field is read of, or a getter called on.
fn base_of(root: &Root) -> Option<ast::Expr> {
    match root.expr.as_ref()? {
        ast::Expr::FieldExpr(it) => it.expr(),
        ast::Expr::MethodCallExpr(it) => it.receiver(),
        _ => None,
    }
}

impl Root {
    /// The variable that this read is bound to.
    pub(super) fn local_key(&self) -> Key {
        self.local
    }

    /// Whether this is the target of an assignment that goes with its slot.
    pub(super) fn assigned_away(&self, kept: &[Option<Left>]) -> bool {
        let Source::Slot(slot) = self.source else {
            return false;
        };
        let sets = |parent: SyntaxNode| match ast::MethodCallExpr::cast(parent.clone()) {
            Some(call) => filled_by(&call).is_some_and(|(of, _)| *of.syntax() == self.node),
            None => ast::BinExpr::cast(parent).is_some_and(|b| {
                let alone = b.syntax().parent();
                alone.is_some_and(|p| match p.kind() {
                    SyntaxKind::EXPR_STMT => true,
                    // of two arms, clippy would have an `if let` of the first
                    SyntaxKind::MATCH_ARM => {
                        let arms = p.parent().map_or(0, |l| l.children().count());
                        arms > 2 || p.next_sibling().is_some()
                    }
                    _ => false,
                }) && b.lhs().is_some_and(|l| *l.syntax() == self.node)
                    && matches!(b.op_kind(), Some(ast::BinaryOp::Assignment { op: None }))
            }),
        };
        kept[slot].is_none()
            && self.node.kind() == SyntaxKind::FIELD_EXPR
            && self.node.parent().is_some_and(sets)
    }
}
