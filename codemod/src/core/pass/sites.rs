//! Every place that names what has slots: calls, literals, patterns, reads.
//!
//! Belongs here: finding them all, and marking the slots of what was named in a way that cannot be followed. Does not:
//! deciding.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasAttrs, HasName, HasVisibility};
use ra_ap_syntax::{Direction, Edition, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use super::super::api::{self, Item};
use super::super::catalog;
use super::super::climb::{self, Left};
use super::super::defs::{Index, is_conditional, use_item, whole_path};
use super::super::locals::{self, Use};
use super::super::purity;
use super::super::resolve::{Def, Namespace, Ty, declares_type_param};
use super::super::search::{self, Places};
use super::super::tree::{self, FileTree};
use super::super::workspace::FileId;
use super::callbacks::{Callbacks, Place};
use super::fallbacks;
use super::files::{aliases, naming, owner_name, owners, relevant};
use super::flow::{Flow, knows_no_bus};
use super::infer::{Infer, Taking, Type, has_field, item_name};
use super::setters::{self, Setter};
use super::slots::{
    Adt, FN_ATTRS, Form, Function, Kind, Slot, SlotId, Slots, has_comment, is_plain_pub,
    unknown_attr,
};
use super::tuples::Tuples;
use super::unread;
use super::{Key, key_of, place, said_in_package};

mod branches;
mod calls;
mod land;
mod opaque;
mod reads;
mod records;

pub(super) use branches::arms_of_option;
use branches::{Branches, is_leaving, some_pattern};
pub(super) use branches::{Guards, ends_a_branch, left_by};
use calls::{returned_value, value_of};
use records::debug_name;

/// Where a coordinator comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// `global_coordinator()`.
    Accessor,
    Slot(SlotId),
    /// A variable, by its pattern.
    Local(Key),
    /// An instance of its own, with the place where it is made.
    Isolated(String),
    /// Something that gives one and is not followed: a collection, a closure's parameter.
    Pool,
    /// Code outside of the workspace, in words.
    Outside(String),
}

/// What an expression is at the end of the walk outwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// The variable or field itself.
    Place,
    /// An `Arc` of one's own.
    Arc,
    /// A reference to an `Arc`.
    Ref,
    /// `&GlobalEventCoordinator`.
    RefBare,
    /// `*place`.
    Deref,
    /// A future of a reference to an `Arc`, or of what `async_value` says.
    Future,
    /// On the way to an instance of its own.
    Making,
    /// An `Option` of an `Arc`.
    Opt,
    /// A reference to such an `Option`, or an `Option` of a reference.
    OptRef,
    /// An `Option` of a `&GlobalEventCoordinator`.
    OptBare,
    /// A `Result` of an `Arc`.
    Res,
    /// A `Result` of a reference to an `Arc`.
    ResRef,
    /// A `Result` of a `&GlobalEventCoordinator`.
    ResBare,
}

impl Value {
    /// Whether it is an `Option`, or a reference to one.
    fn is_option(self) -> bool {
        matches!(self, Value::Opt | Value::OptRef | Value::OptBare)
    }

    /// What a `Result` is when its error is handled.
    fn taken_out(self) -> Option<Value> {
        match self {
            Value::Res => Some(Value::Arc),
            Value::ResRef => Some(Value::Ref),
            Value::ResBare => Some(Value::RefBare),
            _ => None,
        }
    }
}

/// Where a coordinator goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Landing {
    /// Into a slot, as an argument, a field or a result.
    Slot(SlotId),
    /// Into a variable.
    Local(ast::LetStmt, ast::IdentPat),
    /// A method of it is called.
    Read,
    /// Nowhere: the statement.
    Discard(SyntaxNode),
    /// It is assigned to.
    Target,
    /// `if let Some(x) = …` without an `else`, and `let Some(x) = … else`: the pattern, and what is taken apart is an
    /// `Arc` of one's own.
    IfSome(ast::IfExpr, ast::IdentPat),
    LetSome(ast::LetStmt, ast::IdentPat),
    /// `if let Some(x) = … else`, or a `match` with an arm for each: the whole, what is done with `x`, and the pattern.
    Branch(ast::Expr, ast::Expr, ast::IdentPat),
    /// `if let Some(x) = …` beside other conditions: the `if`, the condition, and the pattern.
    Chained(ast::IfExpr, ast::LetExpr, ast::IdentPat),
    /// A `match` whose arms have guards.
    Guarded(ast::MatchExpr),
    /// `is_some()` of an `Option`, or `is_none()`: what is written anew, and as what. `None`: an assertion that goes.
    Told(SyntaxNode, Option<bool>),
    /// `is_some()` beside another condition that has to hold, or `is_none()` beside one that suffices.
    Operand(SyntaxNode),
    /// An `Option` into a variable of its own.
    Copied(ast::LetStmt, ast::IdentPat),
    /// A link of a hand-written `Debug`: the call of `field`.
    Debug(ast::MethodCallExpr),
    /// Somewhere that takes it as it is.
    Other,
}

impl Landing {
    /// Whether a pattern takes the coordinator out of an `Option`.
    pub(super) fn takes_apart(&self) -> bool {
        self.taken().is_some() || matches!(self, Landing::Guarded(_))
    }

    /// The variable that a pattern takes the coordinator out of an `Option` into.
    pub(super) fn taken(&self) -> Option<&ast::IdentPat> {
        match self {
            Landing::IfSome(_, pat)
            | Landing::LetSome(_, pat)
            | Landing::Branch(_, _, pat)
            | Landing::Chained(_, _, pat) => Some(pat),
            _ => None,
        }
    }
}

/// An expression that reads a coordinator.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) file: FileId,
    /// The expression. `None`: a token of macro input that cannot be read.
    pub(super) expr: Option<ast::Expr>,
    /// The expression's node, or the macro call.
    pub(super) node: SyntaxNode,
    pub(super) source: Source,
    /// The expression with the conversions around it.
    pub(super) outer: Option<ast::Expr>,
    pub(super) value: Value,
    pub(super) landing: Landing,
    /// Where the expression starts in the file.
    pub(super) start: u32,
    /// The place of the pattern that it is bound to.
    pub(super) local: Key,
}

/// A list of arguments or fields, some of which belong to slots.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) file: FileId,
    /// `ArgList`, `RecordExprFieldList`, `RecordPatFieldList`, `TupleStructPat`, `TupleExpr` or `TuplePat`.
    pub(super) node: SyntaxNode,
    /// Position in the list, and the slot.
    pub(super) entries: Vec<(usize, SlotId)>,
    /// The tuple struct or variant that the list builds or takes apart.
    pub(super) tuple: Option<Key>,
}

impl List {
    /// The slot that a pattern of the list binds.
    pub(super) fn slot_of(&self, pat: &ast::IdentPat) -> Option<SlotId> {
        let own = pattern_elements(&self.node);
        let is_own = |p: &Option<ast::Pat>| matches!(p, Some(ast::Pat::IdentPat(i)) if i == pat);
        let at = own.iter().position(is_own)?;
        let mut entries = self.entries.iter();
        entries.find(|(i, _)| *i == at).map(|(_, slot)| *slot)
    }
}

/// The structs whose coordinator is held in the place of what led to it.
fn carried(infer: &Infer<'_>, slots: &Slots) -> Vec<(FileId, String, SlotId)> {
    let all = infer.index.contexts.iter();
    let found = all.filter_map(|c| {
        let mut adts = slots.adts.values();
        let adt = adts.find(|a| a.file == c.file && adt_name(&a.node).as_ref() == Some(&c.name))?;
        let mut fields = adt.fields.iter().flatten();
        let field = fields.find(|f| slots.all[**f].name == c.field)?;
        Some((c.file, c.name.clone(), *field))
    });
    found.collect()
}

#[derive(Default)]
pub(super) struct Sites {
    pub(super) lists: Vec<List>,
    pub(super) roots: Vec<Root>,
    /// What goes into slots: the expression's file, itself, the slot.
    pub(super) flows: Vec<(FileId, ast::Expr, SlotId)>,
    /// Variables that hold coordinators, by their pattern.
    pub(super) locals: BTreeMap<Key, Local>,
    /// `.field("name", …)` of hand-written `Debug` impls that do not read the field.
    pub(super) debug_links: Vec<(FileId, SlotId, ast::MethodCallExpr)>,
    /// Roots by their source.
    pub(super) by_slot: HashMap<SlotId, Vec<usize>>,
    pub(super) by_local: HashMap<Key, Vec<usize>>,
    /// Whether a construction is hidden in macro input or used as a value.
    pub(super) hidden_source: bool,
    /// Slots by the place of the expression that goes into them.
    pub(super) into: HashMap<Key, SlotId>,
    /// Reads by the place of their expression.
    pub(super) at: HashMap<Key, usize>,
    /// Examples that may show a slot, and that nobody compiles.
    pub(super) shown: BTreeSet<(FileId, SlotId)>,
    /// Where the functions of results are exported again.
    pub(super) exported: BTreeMap<SlotId, Vec<(FileId, TextRange)>>,
    /// Results of functions that do nothing but give a coordinator.
    pub(super) givers: BTreeSet<SlotId>,
    /// Statics that only such functions use, to keep what they give.
    pub(super) cells: BTreeMap<Key, SlotId>,
    /// Statements that set a static, and do nothing else.
    pub(super) sets: Vec<(SlotId, FileId, SyntaxNode)>,
    /// Functions by whose name a static is set.
    pub(super) inits: Vec<Init>,
    /// Literals that take their slots from `..elsewhere`.
    pub(super) updates: Vec<(FileId, ast::RecordExprFieldList)>,
    /// Positions of other fields of tuple structs with slots, as they are read.
    pub(super) positions: Vec<Position>,
    /// Structs whose coordinator is held in the place of what led to it, by file and name, and its field.
    pub(super) carried: Vec<(FileId, String, SlotId)>,
    /// Expressions that are the shared instance where an `Option` is `None`, and the reads of these `Option`s.
    pub(super) ors: HashSet<Key>,
    /// Expressions that are what is in an `Option`, and leave what is around them where it is `None`; the `Option`.
    pub(super) leaving: HashMap<Key, SlotId>,
    pub(super) or_reads: HashSet<usize>,
    /// What `Option`s are filled with by a method, which is not one.
    pub(super) contents: HashSet<Key>,
    /// What variables hold that an `Option` was copied to, by their patterns.
    pub(super) copied: HashMap<Key, Value>,
    /// Fields that what is given to a slot may read, as long as that slot stays: the field, the slot, and why.
    pub(super) unfollowed: Vec<(SlotId, SlotId, Left)>,
    /// Methods that only set a slot, and that can go with all of their calls.
    pub(super) setters: Vec<Setter>,
    /// What goes with them, with their parameter.
    pub(super) set_calls: BTreeMap<Key, SlotId>,
    /// `Option`s of builders that are set wherever one is read, and such as are only made by literals that set them.
    pub(super) filled: BTreeSet<SlotId>,
}

/// `CELL.get_or_init(function)`.
#[derive(Debug, Clone)]
pub(super) struct Init {
    cell: SlotId,
    /// Where the function is named.
    pub(super) at: Key,
    pub(super) ret: Option<SlotId>,
    /// The function's slots, and why they stay if the static does.
    slots: Vec<SlotId>,
    left: Left,
}

/// `.1` of a tuple struct that has slots.
#[derive(Debug, Clone)]
pub(super) struct Position {
    pub(super) file: FileId,
    /// The name reference.
    pub(super) node: SyntaxNode,
    /// The struct.
    pub(super) adt: Key,
    pub(super) position: usize,
}

/// A variable that holds a coordinator.
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) file: FileId,
    pub(super) pat: ast::IdentPat,
    /// The statement that binds it, as a whole or as an element of a tuple.
    pub(super) stmt: ast::LetStmt,
    /// What it is bound to.
    pub(super) init: Option<ast::Expr>,
}

impl Sites {
    pub(super) fn collect(infer: &Infer<'_>, slots: &mut Slots) -> Self {
        let mut sites = Self::default();
        let tuples = Tuples::new(infer, slots);
        let files = relevant(infer, slots, &tuples);
        aliases(infer, slots);
        let owners = owners(infer, slots);
        // what goes into slots is known before what is read is followed
        let names = naming(infer, slots);
        let places: Vec<Option<Vec<TextSize>>> = (files.iter())
            .map(|f| names.as_ref()?.find(&infer.index.workspace.file(*f).text))
            .collect();
        for reads in [false, true] {
            for (file, places) in files.iter().zip(&places) {
                if let Some(tree) = infer.index.tree(*file).filter(|t| !t.has_errors) {
                    let mut finder = Finder {
                        infer,
                        file: *file,
                        tree,
                        slots,
                        sites: &mut sites,
                        tuples: &tuples,
                        owners: &owners,
                    };
                    let nodes = tree.around(places.as_deref());
                    if reads {
                        finder.reads(nodes);
                    } else {
                        finder.lists(nodes);
                        finder.rows();
                    }
                }
            }
        }
        sites.carried = carried(infer, slots);
        unread::keep(infer, slots, &mut sites);
        sites.index(infer);
        sites.cells(infer, slots);
        sites.leave_examples(infer);
        setters::find(infer, slots, &mut sites);
        // and those that fail where an `Option` is not set that always is
        sites.givers(infer, slots);
        sites
    }

    /// Calls in examples that nobody compiles stay as they are, and are named, where an argument may do more than give a
    /// coordinator.
    fn leave_examples(&mut self, infer: &Infer<'_>) {
        let workspace = infer.index.workspace;
        let flow = Flow { infer, sites: self };
        let odd = |(file, expr, _): &&(FileId, ast::Expr, SlotId)| {
            let example = &workspace.file(*file).example;
            example.as_ref().is_some_and(|e| !e.compiled) && !flow.droppable(*file, expr)
        };
        let odd: Vec<(FileId, ast::Expr, SlotId)> =
            self.flows.iter().filter(odd).cloned().collect();
        for (file, expr, slot) in &odd {
            let list = expr.syntax().parent();
            self.lists
                .retain(|l| l.file != *file || Some(&l.node) != list.as_ref());
            self.shown.insert((*file, *slot));
        }
        self.flows.retain(|it| !odd.contains(it));
    }

    /// Finds the functions that only give a coordinator, and the statics that they keep it in: these go together.
    fn cells(&mut self, infer: &Infer<'_>, slots: &mut Slots) {
        let mut cells: Vec<(SlotId, Key, Vec<SlotId>)> = Vec::new();
        for (id, slot) in slots.all.iter().enumerate() {
            if !slot.is_cell() || slot.keep.is_some() {
                continue;
            }
            cells.push((id, key_of(infer.index, slot.file, &slot.node), Vec::new()));
        }
        loop {
            self.cells = cells.iter().map(|(id, key, _)| (*key, *id)).collect();
            self.givers.clear();
            self.givers(infer, slots);
            let before = cells.len();
            cells.retain_mut(|(id, _, users)| match self.users(infer, slots, *id) {
                Some(found) => {
                    *users = found;
                    true
                }
                None => false,
            });
            if cells.len() == before {
                break;
            }
        }
        for id in 0..slots.all.len() {
            let stays = !cells.iter().any(|(cell, ..)| *cell == id);
            if slots.all[id].form == Form::Cell && stays {
                slots.keep(id, slots.all[id].nested());
            }
        }
        for init in &self.inits {
            if !cells.iter().any(|(cell, ..)| *cell == init.cell) {
                for slot in &init.slots {
                    slots.keep(*slot, init.left.clone());
                }
            }
        }
        for init in &self.inits {
            if cells.iter().any(|(cell, ..)| *cell == init.cell) {
                let to = slots.all[init.cell].group;
                let from: Vec<usize> = init.slots.iter().map(|s| slots.all[*s].group).collect();
                for slot in slots.all.iter_mut().filter(|s| from.contains(&s.group)) {
                    slot.group = to;
                }
            }
        }
        for (id, _, users) in cells {
            for user in users {
                let (from, to) = (slots.all[user].group, slots.all[id].group);
                for slot in slots.all.iter_mut().filter(|s| s.group == from) {
                    slot.group = to;
                }
            }
        }
    }

    /// The results of the functions that use a static, if each only gives a coordinator.
    fn users(&self, infer: &Infer<'_>, slots: &Slots, cell: SlotId) -> Option<Vec<SlotId>> {
        let slot = &slots.all[cell];
        let mut out = Vec::new();
        for (file, range) in said_in_package(infer.index, slot.file, &slot.name) {
            let tree = infer.index.tree(file)?;
            let token = tree.root.token_at_offset(range.start()).right_biased()?;
            let node = token.parent()?;
            let mut around = node.ancestors();
            let is_set = self.sets.iter().any(|(c, f, stmt)| {
                *c == cell && *f == file && tree.range(stmt).contains_range(range)
            });
            let leaf = node.ancestors().find_map(ast::UseTree::cast);
            let is_import = leaf.is_some_and(|l| {
                l.rename().is_none() && use_item(&l).is_some_and(|u| u.visibility().is_none())
            });
            if is_set || is_import || around.any(|n| n == slot.node) {
                continue;
            }
            let mut functions = node.ancestors().filter(|n| ast::Fn::can_cast(n.kind()));
            let function =
                functions.find_map(|n| slots.functions.get(&key_of(infer.index, file, &n)))?;
            let ret = function.ret.filter(|r| self.givers.contains(r))?;
            if !out.contains(&ret) {
                out.push(ret);
            }
        }
        let is_used = !out.is_empty() || self.sets.iter().any(|(c, ..)| *c == cell);
        is_used.then_some(out)
    }

    fn index(&mut self, infer: &Infer<'_>) {
        for (i, root) in self.roots.iter().enumerate() {
            if let Some(expr) = &root.expr {
                self.at
                    .insert(key_of(infer.index, root.file, expr.syntax()), i);
            }
            match &root.source {
                Source::Slot(slot) => self.by_slot.entry(*slot).or_default().push(i),
                Source::Local(key) => self.by_local.entry(*key).or_default().push(i),
                _ => {}
            }
        }
    }

    /// Finds the functions that do nothing but give a coordinator. One that calls another of them is one too.
    fn givers(&mut self, infer: &Infer<'_>, slots: &Slots) {
        let all: Vec<(&Function, SlotId)> = (slots.functions.values())
            .filter_map(|f| Some((f, f.ret?)))
            .collect();
        loop {
            let flow = Flow { infer, sites: self };
            // a trait's method without a body is what its impls are
            let by_impls = |f: &Function, ret: SlotId| {
                let group = slots.all[ret].group;
                let mut impls = all
                    .iter()
                    .filter(|(_, r)| *r != ret && slots.all[*r].group == group)
                    .peekable();
                f.is_declaration()
                    && impls.peek().is_some()
                    && impls.all(|(_, r)| self.givers.contains(r))
            };
            let more: Vec<SlotId> = all
                .iter()
                .filter(|(_, ret)| !self.givers.contains(ret))
                .filter(|(f, ret)| flow.only_gives(f) || by_impls(f, *ret))
                .map(|(_, ret)| *ret)
                .collect();
            let known = self.givers.len();
            self.givers.extend(more);
            // an impl may ask the trait again: `(**self).bus()`
            for (_, ret) in all.iter().filter(|(f, _)| f.is_declaration()) {
                let group = slots.all[*ret].group;
                let mut impls = all
                    .iter()
                    .filter(|(_, r)| r != ret && slots.all[*r].group == group);
                let begins = impls.clone().any(|(_, r)| self.givers.contains(r));
                if !begins || !self.givers.insert(*ret) {
                    continue;
                }
                let flow = Flow { infer, sites: self };
                if !impls.all(|(f, _)| flow.only_gives(f)) {
                    self.givers.remove(ret);
                }
            }
            if self.givers.len() == known {
                return;
            }
        }
    }
}

struct Finder<'s, 'a> {
    infer: &'s Infer<'a>,
    file: FileId,
    tree: &'a FileTree,
    slots: &'s mut Slots,
    sites: &'s mut Sites,
    tuples: &'s Tuples,
    owners: &'s HashMap<Key, Rc<Vec<String>>>,
}

impl Finder<'_, '_> {
    fn key(&self, node: &SyntaxNode) -> Key {
        key_of(self.infer.index, self.file, node)
    }

    /// Marks a slot to stay. An example that nobody compiles keeps none: it is named.
    fn keep(&mut self, slot: SlotId, left: Left) {
        let example = &self.infer.index.workspace.file(self.file).example;
        if example.as_ref().is_some_and(|e| !e.compiled) {
            self.sites.shown.insert((self.file, slot));
        } else {
            self.slots.keep(slot, left);
        }
    }

    fn writable(&self) -> bool {
        self.infer.index.workspace.file(self.file).writable
    }

    // ---- lists -------------------------------------------------------------------------------------------------

    fn lists(&mut self, nodes: Vec<SyntaxNode>) {
        let mut alternatives: Vec<ast::OrPat> = Vec::new();
        for node in nodes {
            match node.kind() {
                SyntaxKind::OR_PAT => alternatives.extend(ast::OrPat::cast(node)),
                SyntaxKind::CALL_EXPR => {
                    if let Some(call) = ast::CallExpr::cast(node) {
                        self.call(&call);
                    }
                }
                SyntaxKind::METHOD_CALL_EXPR => {
                    if let Some(call) = ast::MethodCallExpr::cast(node) {
                        self.method_call(&call);
                    }
                }
                SyntaxKind::PATH_EXPR => {
                    if let Some(path) = ast::PathExpr::cast(node) {
                        self.path_value(&path);
                    }
                }
                SyntaxKind::RECORD_EXPR => {
                    if let Some(it) = ast::RecordExpr::cast(node) {
                        self.record(&it);
                    }
                }
                SyntaxKind::RECORD_PAT => {
                    if let Some(it) = ast::RecordPat::cast(node) {
                        self.record_pattern(&it);
                    }
                }
                SyntaxKind::TUPLE_STRUCT_PAT => {
                    if let Some(it) = ast::TupleStructPat::cast(node) {
                        self.tuple_pattern(&it);
                    }
                }
                SyntaxKind::MACRO_CALL
                | SyntaxKind::MACRO_RULES
                | SyntaxKind::MACRO_DEF
                | SyntaxKind::ATTR => {
                    self.opaque(&node);
                }
                SyntaxKind::FN => {
                    if let Some(it) = ast::Fn::cast(node) {
                        self.returned(&it);
                        self.attributes(&it);
                        self.named_by_params(&it);
                    }
                }
                SyntaxKind::BIN_EXPR => {
                    if let Some(it) = ast::BinExpr::cast(node)
                        && matches!(it.op_kind(), Some(ast::BinaryOp::Assignment { .. }))
                        && let (Some(left), Some(right)) = (it.lhs(), it.rhs())
                        && let Some(slot) = self.field_slot(&left)
                    {
                        self.flow(right, slot);
                    }
                }
                SyntaxKind::IMPL => {
                    if let Some(it) = ast::Impl::cast(node) {
                        self.debug_impl(&it);
                    }
                }
                SyntaxKind::USE_TREE => {
                    if let Some(it) = ast::UseTree::cast(node) {
                        self.exported(&it);
                    }
                }
                _ => {}
            }
        }
        for it in alternatives {
            self.alternatives(&it);
        }
    }

    /// What alternatives of a pattern bind by one name goes from all of them or from none.
    fn alternatives(&mut self, it: &ast::OrPat) {
        let mut bound: Vec<(String, Option<SlotId>)> = Vec::new();
        for pat in it.pats() {
            for own in pat.syntax().descendants().filter_map(ast::IdentPat::cast) {
                if let Some(name) = own.name() {
                    bound.push((name.text().to_string(), self.slot_of_pattern(&own)));
                }
            }
        }
        for (i, (name, slot)) in bound.iter().enumerate() {
            let Some(slot) = *slot else { continue };
            for (_, other) in bound
                .iter()
                .enumerate()
                .filter(|(j, (n, _))| *j != i && n == name)
            {
                match other.1 {
                    Some(other) => self.slots.unite(slot, other),
                    None => {
                        let place = self.here(it.syntax());
                        let message =
                            format!("a pattern at {place} binds something else by the same name");
                        self.keep(slot, Left::new(catalog::NESTED_TYPE, message));
                    }
                }
            }
        }
    }

    /// The tuples and patterns of rows.
    fn rows(&mut self) {
        let places = self
            .slots
            .row_places
            .iter()
            .filter(|(f, ..)| *f == self.file);
        for (_, node, slot) in places.cloned().collect::<Vec<_>>() {
            let position = self.slots.all[slot].position;
            if let Some(it) = ast::TupleExpr::cast(node.clone()) {
                if let Some(given) = it.fields().nth(position) {
                    self.flow(given, slot);
                }
            } else if let Some(it) = ast::TuplePat::cast(node.clone()) {
                self.pattern_rule(it.fields().nth(position), slot);
            }
            self.list(&node, vec![(position, slot)], None);
        }
    }

    /// The slot that a pattern binds as an element of a list.
    fn slot_of_pattern(&self, pat: &ast::IdentPat) -> Option<SlotId> {
        let mut lists = self.sites.lists.iter().filter(|l| l.file == self.file);
        lists.find_map(|l| l.slot_of(pat))
    }

    fn candidates(&self, name: &str) -> Vec<Key> {
        self.slots
            .functions_by_name
            .get(name)
            .cloned()
            .unwrap_or_default()
    }

    /// The functions with slots that a path may name, by its last names alone.
    fn candidates_at(&self, path: &ast::Path, name: &str) -> Vec<Key> {
        let mut out = self.candidates(name);
        // `<T as Trait>::name`, or no qualifier at all
        let Some(owner) = path.qualifier().and_then(|q| q.segment()) else {
            return out;
        };
        let Some(owner) = owner.name_ref() else {
            return out;
        };
        let owner = owner.text().trim_start_matches("r#");
        let is_param = LazyCell::new(|| {
            let mut around = self.tree.ancestors(path.syntax());
            around.any(|n| declares_type_param(&n, owner))
        });
        out.retain(|key| match self.owners.get(key) {
            Some(names) => owner == "Self" || names.iter().any(|n| n == owner) || *is_param,
            None => true,
        });
        out
    }

    fn keep_function(&mut self, key: Key, left: &Left) {
        let function = self.slots.functions[&key].clone();
        for slot in function.slots() {
            self.keep(slot, left.clone());
        }
    }

    fn here(&self, node: &SyntaxNode) -> String {
        place(self.infer.index, self.file, node)
    }

    /// Notes a list that has elements of slots. One of a tuple struct or variant counts without elements too: its
    /// parentheses may have to go.
    fn list(&mut self, node: &SyntaxNode, entries: Vec<(usize, SlotId)>, tuple: Option<&Adt>) {
        if !entries.is_empty() || tuple.is_some() {
            self.sites.lists.push(List {
                file: self.file,
                node: node.clone(),
                entries,
                tuple: tuple.map(|a| key_of(self.infer.index, a.file, &a.node)),
            });
        }
    }

    fn flow(&mut self, expr: ast::Expr, slot: SlotId) {
        self.sites.into.insert(self.key(expr.syntax()), slot);
        self.sites.flows.push((self.file, expr, slot));
    }

    /// What a function gives back.
    fn returned(&mut self, it: &ast::Fn) {
        let key = self.key(it.syntax());
        let Some(function) = self.slots.functions.get(&key).cloned() else {
            return;
        };
        let (Some(slot), Some(body)) = (function.ret.or(function.element), it.body()) else {
            return;
        };
        let mut given: Vec<ast::Expr> = Vec::new();
        given.extend(body.stmt_list().and_then(|l| l.tail_expr()));
        for ret in self
            .tree
            .descendants(body.syntax())
            .into_iter()
            .filter_map(ast::ReturnExpr::cast)
        {
            let owner = self.tree.ancestors(ret.syntax()).find(|n| {
                matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR)
                    || ast::BlockExpr::cast(n.clone()).is_some_and(|b| b.async_token().is_some())
            });
            if owner.as_ref() == Some(it.syntax()) {
                given.extend(ret.expr());
            }
        }
        for expr in given {
            if function.ret.is_some() {
                self.flow(expr, slot);
            } else if !self.element_given(&expr, slot) {
                let message = format!(
                    "{} is not written as an element of a tuple at {}",
                    self.slots.all[slot].words(),
                    self.here(expr.syntax())
                );
                self.keep(slot, Left::new(catalog::NESTED_TYPE, message));
            }
        }
    }

    /// Attributes that name a parameter, other than in `skip`.
    fn attributes(&mut self, it: &ast::Fn) {
        let key = self.key(it.syntax());
        let Some(function) = self.slots.functions.get(&key).cloned() else {
            return;
        };
        for slot in function.params.iter().flatten() {
            let name = self.slots.all[*slot].name.clone();
            for attr in it.attrs() {
                // strings are only shown
                let tokens = attr.syntax().descendants_with_tokens();
                let tokens = tokens.filter_map(|e| e.into_token());
                let tokens = tokens.filter(|t| t.kind() != SyntaxKind::STRING);
                let text: String = tokens.map(|t| t.text().to_owned()).collect();
                if !text.contains("instrument") {
                    continue;
                }
                let skipped = skip_list(&text)
                    .map(|r| text[r].to_owned())
                    .unwrap_or_default();
                let rest = text.replacen(&skipped, "", 1);
                let named = words(&rest).any(|w| w == name);
                if named {
                    let place = self.here(attr.syntax());
                    self.keep(
                        *slot,
                        Left::new(
                            catalog::UNREADABLE_MACRO,
                            format!("the attribute at {place} reads it"),
                        ),
                    );
                }
            }
        }
    }
}

/// Whether a leaf of an import is the coordinator's type or another item of the bus crate, or an alias: others may come beside
/// it.
pub(super) fn exports_bus(index: &Index<'_>, file: FileId, item: &ast::Use) -> bool {
    let leaves = item.syntax().descendants().filter_map(ast::UseTree::cast);
    let mut leaves = leaves.filter(|l| l.use_tree_list().is_none());
    leaves.any(|leaf| {
        let (path, absolute) = whole_path(&leaf);
        match index.resolve(file, leaf.syntax(), &path, absolute, Namespace::Type) {
            Def::Local(_, of) => ast::TypeAlias::can_cast(of.kind()),
            Def::Bus(_) => true,
            def => index.item_of(&def).is_some(),
        }
    })
}

/// Whether a function is one of a trait, or of its impl.
pub(super) fn is_of_trait(function: &SyntaxNode) -> bool {
    let around = function.ancestors().nth(2);
    around.is_some_and(|n| {
        ast::Trait::can_cast(n.kind()) || ast::Impl::cast(n).is_some_and(|i| i.trait_().is_some())
    })
}

/// Whether a function is a trait's or of an impl of one, or stands in the body of such a function.
pub(super) fn is_within_trait(function: &SyntaxNode) -> bool {
    function.ancestors().any(|n| {
        ast::Trait::can_cast(n.kind()) || ast::Impl::cast(n).is_some_and(|i| i.trait_().is_some())
    })
}

/// The name of a struct or variant.
pub(super) fn adt_name(node: &SyntaxNode) -> Option<String> {
    item_name(node).or_else(|| {
        ast::Variant::cast(node.clone())?
            .name()
            .map(|n| n.text().to_string())
    })
}

/// The `let` that binds what a call gives, be it awaited and taken out of a `Result` before.
pub(super) fn bound_by(call: &SyntaxNode) -> Option<ast::LetStmt> {
    ast::LetStmt::cast(given_on(call).parent()?)
}

/// What a call gives, awaited and taken out of a `Result`.
fn given_on(call: &SyntaxNode) -> SyntaxNode {
    let mut outer = call.clone();
    while let Some(parent) = outer.parent() {
        let gives_on = match parent.kind() {
            SyntaxKind::AWAIT_EXPR | SyntaxKind::TRY_EXPR | SyntaxKind::PAREN_EXPR => true,
            _ => ast::MethodCallExpr::cast(parent.clone()).is_some_and(|m| {
                let name = m.name_ref();
                // a fallback would give another tuple
                let plain = |n: &str| n != "unwrap_or_else" && purity::unwrapping(n, &m).is_some();
                name.is_some_and(|n| plain(n.text()))
                    && m.receiver().is_some_and(|r| *r.syntax() == outer)
            }),
        };
        if !gives_on {
            break;
        }
        outer = parent;
    }
    outer
}

/// The patterns that take the tuple apart that a call gives, or a `Result` of it. `None`: something else takes it, too.
pub(super) fn taken_apart(call: &SyntaxNode) -> Option<Vec<ast::TuplePat>> {
    let outer = given_on(call);
    let parent = outer.parent()?;
    let of = |pat: ast::Pat| match pat {
        ast::Pat::TuplePat(it) => Some(it),
        ast::Pat::TupleStructPat(it) => {
            let is_ok = it.path()?.as_single_name_ref()?.text() == "Ok";
            match (it.fields().next()?, it.fields().count()) {
                (ast::Pat::TuplePat(of), 1) if is_ok => Some(of),
                _ => None,
            }
        }
        _ => None,
    };
    if let Some(it) = ast::LetStmt::cast(parent.clone()) {
        return it
            .ty()
            .is_none()
            .then(|| of(it.pat()?))
            .flatten()
            .map(|p| vec![p]);
    }
    if let Some(it) = ast::LetExpr::cast(parent.clone()) {
        // clippy would have `is_ok()` for `Ok(_)`
        let left = |p: &ast::TuplePat| {
            let wild = |p: &ast::Pat| matches!(p, ast::Pat::WildcardPat(_));
            p.fields().count() > 2 || !p.fields().any(|p| wild(&p))
        };
        return of(it.pat()?).filter(left).map(|p| vec![p]);
    }
    let it = ast::MatchExpr::cast(parent)?;
    it.expr().filter(|e| *e.syntax() == outer)?;
    let mut out = Vec::new();
    for arm in it.match_arm_list()?.arms() {
        match arm.pat()? {
            ast::Pat::WildcardPat(_) => {}
            ast::Pat::TupleStructPat(it) if it.path()?.as_single_name_ref()?.text() == "Err" => {}
            pat => out.push(of(pat)?),
        }
    }
    Some(out)
}

/// The elements of a pattern's list.
pub(super) fn pattern_elements(list: &SyntaxNode) -> Vec<Option<ast::Pat>> {
    if let Some(it) = ast::TupleStructPat::cast(list.clone()) {
        return it.fields().map(Some).collect();
    }
    if let Some(it) = ast::TuplePat::cast(list.clone()) {
        return it.fields().map(Some).collect();
    }
    ast::RecordPatFieldList::cast(list.clone())
        .map(|l| l.fields().map(|f| f.pat()).collect())
        .unwrap_or_default()
}

/// The variable that a `let (…) = (…);` binds to an element of its tuple.
pub(super) fn bound_in_tuple(
    tuple: &SyntaxNode,
    element: &ast::Expr,
) -> Option<(ast::LetStmt, ast::IdentPat)> {
    let stmt = ast::LetStmt::cast(tuple.parent()?)?;
    let plain = stmt.ty().is_none() && stmt.let_else().is_none() && stmt.attrs().next().is_none();
    let ast::Pat::TuplePat(pat) = stmt
        .pat()
        .filter(|_| plain && !has_comment(stmt.syntax()))?
    else {
        return None;
    };
    pat.fields().find_map(|p| match p {
        ast::Pat::IdentPat(it) if it.pat().is_none() && it.ref_token().is_none() => {
            let (_, expr) = tuple_element(&it)?;
            (expr == *element).then_some((stmt.clone(), it))
        }
        _ => None,
    })
}

/// The position of a variable in the pattern of a `let (…) = (…);`, and what it is bound to.
pub(super) fn tuple_element(pat: &ast::IdentPat) -> Option<(usize, ast::Expr)> {
    let list = ast::TuplePat::cast(pat.syntax().parent()?)?;
    let stmt = ast::LetStmt::cast(list.syntax().parent()?)?;
    let ast::Expr::TupleExpr(tuple) = stmt.initializer()? else {
        return None;
    };
    let pats: Vec<ast::Pat> = list.fields().collect();
    let exprs: Vec<ast::Expr> = tuple.fields().collect();
    let rest = pats.iter().any(|p| matches!(p, ast::Pat::RestPat(_)));
    let at = pats.iter().position(|p| p.syntax() == pat.syntax())?;
    let fits = !rest && pats.len() == exprs.len();
    fits.then(|| Some((at, exprs.get(at)?.clone())))?
}

/// Where the arguments of `skip(…)` stand in an attribute's text.
pub(super) fn skip_list(text: &str) -> Option<std::ops::Range<usize>> {
    let at = text.find("skip(")? + "skip(".len();
    let end = at + text[at..].find(')')?;
    Some(at..end)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|w| !w.is_empty())
}

/// What `option.replace(value);` and `option.insert(value);` set, and what to.
pub(super) fn filled_by(call: &ast::MethodCallExpr) -> Option<(ast::Expr, ast::Expr)> {
    let stmt = call.syntax().parent()?;
    let name = call.name_ref()?;
    let sets = matches!(name.text(), "replace" | "insert");
    let mut args = call.arg_list()?.args();
    let (value, None) = (args.next()?, args.next()) else {
        return None;
    };
    let fits = sets && ast::ExprStmt::can_cast(stmt.kind());
    Some((call.receiver().filter(|_| fits)?, value))
}
