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
}

impl Value {
    /// What a `Result` is when its error is handled.
    fn taken_out(self) -> Option<Value> {
        match self {
            Value::Res => Some(Value::Arc),
            Value::ResRef => Some(Value::Ref),
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
    /// `is_some()` of an `Option`, or `is_none()`: what is written anew, and as what. `None`: an assertion that goes.
    Told(SyntaxNode, Option<bool>),
    /// A link of a hand-written `Debug`: the call of `field`.
    Debug(ast::MethodCallExpr),
    /// Somewhere that takes it as it is.
    Other,
}

impl Landing {
    /// Whether a pattern takes the coordinator out of an `Option`.
    pub(super) fn takes_apart(&self) -> bool {
        matches!(
            self,
            Landing::IfSome(..) | Landing::LetSome(..) | Landing::Branch(..)
        )
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
    /// Expressions that are the shared instance where an `Option` is `None`, and the reads of these `Option`s.
    pub(super) ors: HashSet<Key>,
    /// Expressions that are what is in an `Option`, and leave what is around them where it is `None`; the `Option`.
    pub(super) leaving: HashMap<Key, SlotId>,
    pub(super) or_reads: HashSet<usize>,
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
        unread::keep(infer, slots, &mut sites);
        sites.index(infer);
        sites.cells(infer, slots);
        sites.leave_examples(infer);
        setters::find(infer, slots, &mut sites);
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

    /// Adds a call's arguments that belong to `function`. `first`: arguments before the first parameter.
    fn add_call(&mut self, function: &Function, list: &ast::ArgList, first: usize) {
        if let (Some(slot), Some(call)) = (function.element, list.syntax().parent()) {
            self.element_taken(&call, slot);
        }
        let args: Vec<ast::Expr> = list.args().collect();
        let slots = &function.params;
        if args.len() != slots.len() + first {
            return;
        }
        let mut entries = Vec::new();
        for (i, slot) in slots.iter().enumerate() {
            if let Some(slot) = slot {
                let arg = args[i + first].clone();
                entries.push((i + first, *slot));
                self.flow(arg, *slot);
            }
        }
        if !entries.is_empty() && !self.writable() {
            let left = Left::new(
                catalog::UNRESOLVED_CALL,
                format!(
                    "it is called at {}, which is not to be changed",
                    self.here(list.syntax())
                ),
            );
            for (_, slot) in &entries {
                self.keep(*slot, left.clone());
            }
        }
        self.list(list.syntax(), entries, None);
    }

    /// A call of a function that gives a tuple with a slot: the tuple has to be taken apart by patterns.
    fn element_taken(&mut self, call: &SyntaxNode, slot: SlotId) {
        let data = &self.slots.all[slot];
        let (width, position) = (
            data.node.parent().map_or(0, |t| t.children().count()),
            data.position,
        );
        let fits = |pat: &ast::TuplePat| {
            let mut pats = pat.fields();
            let rest = pats.any(|p| matches!(p, ast::Pat::RestPat(_)));
            pat.fields().count() == width && !rest && !has_comment(pat.syntax())
        };
        match taken_apart(call).filter(|all| all.iter().all(fits)) {
            Some(all) => {
                for pat in all {
                    self.pattern_rule(pat.fields().nth(position), slot);
                    self.list(pat.syntax(), vec![(position, slot)], None);
                }
            }
            None => {
                let message = format!(
                    "{} is not taken out of it at {} by a pattern for each element",
                    data.words(),
                    self.here(call)
                );
                self.keep(slot, Left::new(catalog::NESTED_TYPE, message));
            }
        }
    }

    /// The tuples that a function gives, each with its element for a slot. `false`: one is not written as a tuple.
    fn element_given(&mut self, expr: &ast::Expr, slot: SlotId) -> bool {
        let mut all = |e: Option<ast::Expr>| e.is_some_and(|e| self.element_given(&e, slot));
        match expr {
            ast::Expr::TupleExpr(it) => {
                let fields: Vec<ast::Expr> = it.fields().collect();
                let data = &self.slots.all[slot];
                let width = data.node.parent().map_or(0, |t| t.children().count());
                let position = data.position;
                if fields.len() != width || has_comment(it.syntax()) {
                    return false;
                }
                self.flow(fields[position].clone(), slot);
                self.list(it.syntax(), vec![(position, slot)], None);
                true
            }
            ast::Expr::ParenExpr(it) => all(it.expr()),
            ast::Expr::BlockExpr(it) if it.modifier().is_none() => {
                all(it.stmt_list().and_then(|l| l.tail_expr()))
            }
            ast::Expr::IfExpr(it) => {
                let other = match it.else_branch() {
                    Some(ast::ElseBranch::Block(b)) => Some(ast::Expr::BlockExpr(b)),
                    Some(ast::ElseBranch::IfExpr(i)) => Some(ast::Expr::IfExpr(i)),
                    None => None,
                };
                all(it.then_branch().map(ast::Expr::BlockExpr)) && all(other)
            }
            ast::Expr::MatchExpr(it) => {
                let arms = it.match_arm_list();
                arms.into_iter()
                    .flat_map(|l| l.arms())
                    .all(|a| all(a.expr()))
            }
            ast::Expr::CallExpr(it) => {
                let callee = match it.expr() {
                    Some(ast::Expr::PathExpr(p)) => p.path().and_then(|p| p.as_single_name_ref()),
                    _ => None,
                };
                match callee.as_ref().map(ast::NameRef::text) {
                    Some("Ok") => all(it.arg_list().and_then(|l| l.args().next())),
                    Some("Err") => true,
                    _ => false,
                }
            }
            ast::Expr::ReturnExpr(_) => true,
            ast::Expr::MacroExpr(it) => {
                let path = it.macro_call().and_then(|m| m.path());
                let name = path.and_then(|p| p.segment()).and_then(|s| s.name_ref());
                name.is_some_and(|n| {
                    matches!(
                        n.text(),
                        "bail" | "panic" | "todo" | "unreachable" | "unimplemented"
                    )
                })
            }
            _ => false,
        }
    }

    fn flow(&mut self, expr: ast::Expr, slot: SlotId) {
        self.sites.into.insert(self.key(expr.syntax()), slot);
        self.sites.flows.push((self.file, expr, slot));
    }

    fn call(&mut self, call: &ast::CallExpr) {
        if self.callback_call(call) {
            return;
        }
        let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
            return;
        };
        let (Some(path), Some(list)) = (callee.path(), call.arg_list()) else {
            return;
        };
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return;
        };
        let name = name.text().trim_start_matches("r#").to_owned();
        let mut candidates = self.candidates_at(&path, &name);
        let count = list.args().count();
        candidates.retain(|k| {
            let f = &self.slots.functions[k];
            f.params.len() + usize::from(f.has_self) == count
        });
        if !candidates.is_empty() {
            let taking = Taking::Path(count);
            if let Some(key) = self.resolve_function(&path, callee.syntax(), &candidates, taking) {
                if let Some(function) = self.slots.functions.get(&key).cloned() {
                    let first = usize::from(function.has_self);
                    self.add_call(&function, &list, first);
                }
                return;
            }
            self.unresolved_path(&path, &candidates);
        }
        // a tuple struct or variant
        if let Some(adt) = self.tuple_adt(&path, &name) {
            let args: Vec<ast::Expr> = list.args().collect();
            if args.len() != adt.fields.len() {
                return;
            }
            let mut entries = Vec::new();
            for (i, slot) in adt.fields.iter().enumerate() {
                if let Some(slot) = slot {
                    entries.push((i, *slot));
                    // a pattern of `matches!`
                    if !matches!(args[i], ast::Expr::UnderscoreExpr(_)) {
                        self.flow(args[i].clone(), *slot);
                    }
                }
            }
            self.list(list.syntax(), entries, Some(&adt));
        }
    }

    /// A call of what has a function type. `false`: it is another one.
    fn callback_call(&mut self, call: &ast::CallExpr) -> bool {
        let (Some(callee), Some(list)) = (call.expr(), call.arg_list()) else {
            return false;
        };
        if self.slots.callbacks.is_empty() {
            return false;
        }
        if let ast::Expr::PathExpr(it) = &callee {
            let name = it.path().and_then(|p| p.as_single_name_ref());
            let pat = name.and_then(|n| locals::binding_of(self.tree, it.syntax(), n.text()));
            let stmt = pat
                .as_ref()
                .map(|p| p.syntax().parent().and_then(ast::LetStmt::cast));
            match stmt {
                // a closure that a variable holds is called by its name
                Some(Some(stmt))
                    if matches!(stmt.initializer(), Some(ast::Expr::ClosureExpr(_))) =>
                {
                    return false;
                }
                Some(_) => {}
                None => return false,
            }
        }
        let args: Vec<ast::Expr> = list.args().collect();
        let (infer, file, tree) = (self.infer, self.file, self.tree);
        let own = Callbacks { infer, file, tree };
        let declared = own.declared(&callee);
        if let Some(Place::List(key)) = declared {
            let function = self.slots.functions.get(&key).cloned();
            if let Some(function) = function.filter(|f| f.params.len() == args.len()) {
                self.add_call(&function, &list, 0);
            }
            return true;
        }
        // the arguments tell: one of them alone is a coordinator
        let held = args
            .iter()
            .filter(|a| infer.expr(file, a).holds_coordinator());
        if held.count() > 1 {
            return false;
        }
        let mut found: Option<Function> = None;
        for key in self.slots.callbacks.clone() {
            let function = self.slots.functions[&key].clone();
            let own = function.params.iter().enumerate();
            let Some((at, slot)) = own.filter_map(|(i, s)| Some((i, (*s)?))).next() else {
                continue;
            };
            let Some(arg) = args.get(at).filter(|_| function.params.len() == args.len()) else {
                continue;
            };
            let ty = infer.expr(file, arg);
            let lent = matches!(ty, Type::Ref(_));
            if ty.is_known()
                && (!ty.holds_coordinator() || lent != (self.slots.all[slot].form != Form::Arc))
            {
                continue;
            }
            if !ty.is_known() {
                let place = self.here(call.syntax());
                let message =
                    format!("a call at {place} may be one of it, and could not be followed");
                let left = Left::new(catalog::UNRESOLVED_CALL, message)
                    .help("give what is called a type that can be seen, then run again");
                self.keep_function(key, &left);
                continue;
            }
            // it is one of these
            let first = found.get_or_insert_with(|| function.clone());
            let others = first.params.iter().flatten().copied().next();
            if let Some(other) = others {
                self.slots.unite(other, slot);
            }
        }
        if let Some(function) = &found {
            self.add_call(function, &list, 0);
        }
        found.is_some()
    }

    /// Whether a function goes where a function type is asked for that takes a coordinator in its place: they go together.
    fn is_callback(&mut self, expr: &ast::PathExpr, key: Key) -> bool {
        if self.slots.callbacks.is_empty() {
            return false;
        }
        let (infer, file, tree) = (self.infer, self.file, self.tree);
        let own = Callbacks { infer, file, tree };
        let asked = own.asked(&ast::Expr::PathExpr(expr.clone()));
        let function = &self.slots.functions[&key];
        let callback = match asked {
            Place::List(list) => self.slots.functions.get(&list),
            _ => None,
        };
        let pairs =
            callback.filter(|c| !function.has_self && c.params.len() == function.params.len());
        let pairs = pairs.map(|c| c.params.iter().zip(&function.params).collect::<Vec<_>>());
        let Some(pairs) = pairs.filter(|p| p.iter().all(|(a, b)| a.is_some() == b.is_some()))
        else {
            return false;
        };
        let pairs: Vec<(SlotId, SlotId)> = (pairs.iter())
            .filter_map(|(a, b)| Some(((**a)?, (**b)?)))
            .collect();
        let plain = function.ret.is_none() && function.element.is_none();
        for (a, b) in pairs {
            self.slots.unite(a, b);
        }
        plain
    }

    /// The slot-bearing function that a path names here.
    fn resolve_function(
        &self,
        path: &ast::Path,
        node: &SyntaxNode,
        candidates: &[Key],
        taking: Taking,
    ) -> Option<Key> {
        if let Some(name) = path.as_single_name_ref()
            && let Some(pat) = locals::binding_of(self.tree, node, name.text())
        {
            // a closure that a variable holds
            let init = pat
                .syntax()
                .parent()
                .and_then(ast::LetStmt::cast)
                .and_then(|l| l.initializer())?;
            let key = self.key(init.syntax());
            return candidates.contains(&key).then_some(key);
        }
        let index = self.infer.index;
        if let Some(method) = self.infer.function_at(self.file, path, taking) {
            return Some(key_of(index, method.file, method.function.syntax()));
        }
        // a trait's, on the coordinator's type
        let of = self
            .infer
            .type_path(self.file, &path.qualifier()?, &Vec::new());
        let name = path.segment()?.name_ref()?.text().to_string();
        if let Type::Item(at, node, _) = of.peeled() {
            return self.of_variant(*at, node, candidates);
        }
        (*of.peeled() == Type::Coordinator)
            .then(|| self.of_extension(&name, candidates))
            .flatten()
    }

    /// The candidate that is of the same type as another, in another variant of its module.
    fn of_variant(&self, file: FileId, of: &SyntaxNode, candidates: &[Key]) -> Option<Key> {
        let index = self.infer.index;
        let place = |file: FileId, node: &SyntaxNode| {
            let module = index.module_of(file, node)?;
            let parent = index.modules[module.0].parent?;
            let mut beside = index.modules[parent.0].children.values();
            let variants = beside.find(|all| all.contains(&module) && all.len() > 1)?;
            Some((variants.clone(), item_name(node)?))
        };
        let own = place(file, of)?;
        let is_beside = |key: &&Key| {
            let function = &self.slots.functions[key];
            let this = self.infer.self_type(function.file, &function.node);
            let Type::Item(at, node, _) = this.peeled() else {
                return false;
            };
            place(*at, node).as_ref() == Some(&own)
        };
        let mut found = candidates.iter().filter(is_beside);
        found.next().copied().filter(|_| found.next().is_none())
    }

    /// A path that may name a candidate, and could not be followed.
    fn unresolved_path(&mut self, path: &ast::Path, candidates: &[Key]) {
        let qualifier = path.qualifier();
        let owner = qualifier
            .as_ref()
            .and_then(|q| q.segment())
            .and_then(|s| s.name_ref())
            .map(|n| n.text().to_string());
        if let Some(name) = path.as_single_name_ref()
            && locals::binding_of(self.tree, path.syntax(), name.text()).is_some()
        {
            return;
        }
        let def = self
            .infer
            .index
            .resolve_path(self.file, path, Namespace::Value);
        if !matches!(def, Def::Unknown) {
            return;
        }
        for key in candidates {
            let function = self.slots.functions[key].clone();
            if !ast::Fn::can_cast(function.node.kind()) {
                continue;
            }
            let theirs = owner_name(self.infer, &function);
            let of_trait = function
                .node
                .ancestors()
                .any(|n| ast::Trait::can_cast(n.kind()));
            let may_be = match (&owner, &theirs) {
                (None, None) => true,
                // what a type that is not known implements
                (_, Some(_)) if of_trait => true,
                (Some(a), Some(b)) => a == b,
                // through a module that is not known
                (Some(_), None) => matches!(
                    self.infer.index.resolve_path(
                        self.file,
                        &qualifier.clone().unwrap_or_else(|| path.clone()),
                        Namespace::Type
                    ),
                    Def::Unknown | Def::Module(_)
                ),
                (None, Some(_)) => false,
            };
            if may_be {
                let left = Left::new(
                    catalog::UNRESOLVED_CALL,
                    format!(
                        "`{path}` at {} may be a call of it, and could not be followed",
                        self.here(path.syntax())
                    ),
                );
                self.keep_function(*key, &left);
            }
        }
    }

    /// A `pub use` of a function with a result.
    fn exported(&mut self, it: &ast::UseTree) {
        // what a group or a glob is of is a module
        if it.use_tree_list().is_some() || it.star_token().is_some() {
            return;
        }
        let Some(path) = it.path() else { return };
        let name = path.segment().and_then(|s| s.name_ref());
        let item = use_item(it);
        let module = self.infer.index.module_of(self.file, it.syntax());
        let workspace = self.infer.index.workspace;
        let package = workspace.file(self.file).package;
        let published = package.is_none_or(|p| workspace.package(p).published);
        let exports = item.as_ref().and_then(ast::HasVisibility::visibility);
        // one that nobody outside sees goes with it, unless the item changes for others that it has
        let public = exports.is_some()
            && ((is_plain_pub(exports)
                && published
                && module.is_none_or(|m| self.infer.index.may_be_of_library(m)))
                || item.is_some_and(|u| exports_bus(self.infer.index, self.file, &u)));
        let Some(name) = name.filter(|_| public) else {
            return;
        };
        let place = (self.file, self.tree.range(it.syntax()));
        let index = self.infer.index;
        let def = |ns| index.resolve_path(self.file, &path, ns);
        let found = def(Namespace::Value);
        if found == Def::Unknown && def(Namespace::Type) != Def::Unknown {
            return;
        }
        for key in self.candidates(name.text()) {
            let own = &self.slots.functions[&key];
            let is_method = own
                .node
                .parent()
                .is_some_and(|l| ast::AssocItemList::can_cast(l.kind()));
            let other = match &found {
                Def::Local(at, node) => *at != own.file || *node != own.node,
                Def::Unknown => is_method,
                _ => true,
            };
            if let Some(ret) = own.ret.filter(|_| !other) {
                self.sites.exported.entry(ret).or_default().push(place);
            }
        }
    }

    /// A function that is named without being called.
    fn path_value(&mut self, expr: &ast::PathExpr) {
        let is_callee = expr
            .syntax()
            .parent()
            .and_then(ast::CallExpr::cast)
            .is_some_and(|c| c.expr().is_some_and(|e| e.syntax() == expr.syntax()));
        if is_callee {
            return;
        }
        let Some(path) = expr.path() else { return };
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return;
        };
        let name = name.text().trim_start_matches("r#").to_owned();
        let candidates = self.candidates_at(&path, &name);
        if !candidates.is_empty()
            && let Some(key) = self.resolve_function(&path, expr.syntax(), &candidates, Taking::Any)
            && self.slots.functions.contains_key(&key)
        {
            if self.is_callback(expr, key) {
                return;
            }
            let left = self.as_value(expr.syntax());
            let around = expr.syntax().parent().and_then(|l| l.parent());
            let call = around.and_then(ast::MethodCallExpr::cast);
            if let Some(call) = call.filter(inits_a_cell)
                && let Some(cell) = self.cell_of(&call)
            {
                let function = &self.slots.functions[&key];
                let init = Init {
                    cell,
                    at: self.key(expr.syntax()),
                    ret: function.ret,
                    slots: function.slots().collect(),
                    left,
                };
                self.flow(ast::Expr::PathExpr(expr.clone()), cell);
                self.sites.inits.push(init);
                return;
            }
            self.keep_function(key, &left);
            return;
        }
        if let Some(adt) = self.tuple_adt(&path, &name) {
            let left = self.as_value(expr.syntax());
            for slot in adt.fields.iter().flatten() {
                self.keep(*slot, left.clone());
            }
        }
    }

    fn as_value(&self, node: &SyntaxNode) -> Left {
        Left::new(
            catalog::USED_AS_VALUE,
            format!(
                "it is used as a value at {}, and who calls it there is not known",
                self.here(node)
            ),
        )
        .help("write a closure that calls it, then run again")
    }

    /// The tuple struct or variant with slots that a path names.
    fn tuple_adt(&mut self, path: &ast::Path, name: &str) -> Option<Adt> {
        let is_self = name == "Self";
        let adts = self.slots.adts.values();
        let named: Vec<SlotId> = adts
            .filter(|a| a.tuple)
            .filter(|a| {
                let own = adt_name(&a.node).unwrap_or_default();
                is_self || self.tuples.may_be_called(&own, name)
            })
            .flat_map(|a| a.fields.iter().flatten().copied())
            .collect();
        if named.is_empty() {
            // an alias of a struct
            return None;
        }
        let found = self.adt_of(path);
        if found.is_none() && !is_self {
            self.unresolved_adt(path, &named);
        }
        found.filter(|a| a.tuple)
    }

    /// The struct or variant with slots that a path names.
    fn adt_of(&self, path: &ast::Path) -> Option<Adt> {
        if let Some((file, node)) = self.infer.adt_at(self.file, path) {
            let key = key_of(self.infer.index, file, &node);
            return self.slots.adts.get(&key).cloned();
        }
        // a variant that was imported
        let name = path.as_single_name_ref()?.text().to_string();
        let mut found = self.slots.adts.iter().filter(|(_, a)| {
            ast::Variant::can_cast(a.node.kind()) && adt_name(&a.node).as_ref() == Some(&name)
        });
        let (_, adt) = found.next()?;
        let def = self
            .infer
            .index
            .resolve_path(self.file, path, Namespace::Type);
        (found.next().is_none() && def == Def::Unknown).then(|| adt.clone())
    }

    /// What goes by the name of a struct in other builds, and has slots.
    fn twins<'s>(&'s self, file: FileId, node: &SyntaxNode) -> impl Iterator<Item = &'s Adt> {
        let name = adt_name(node).filter(|_| is_conditional(node));
        let (node, scope) = (node.clone(), node.parent());
        self.slots.adts.values().filter(move |a| {
            let beside = a.file == file && a.node != node && a.node.parent() == scope;
            beside && name.is_some() && adt_name(&a.node) == name && is_conditional(&a.node)
        })
    }

    /// The slot of the static that a method is called on.
    fn cell_of(&self, call: &ast::MethodCallExpr) -> Option<SlotId> {
        let key = self.infer.static_at(self.file, &call.receiver()?)?;
        let is_it = |s: &Slot| s.is_cell() && key_of(self.infer.index, s.file, &s.node) == key;
        self.slots.all.iter().position(is_it)
    }

    /// `CELL.set(…)` as a statement of its own.
    fn set_cell(&mut self, call: &ast::MethodCallExpr) {
        let Some(cell) = self.cell_of(call) else {
            return;
        };
        let mut outer = call.syntax().clone();
        while let Some(around) = outer.parent().and_then(ast::MethodCallExpr::cast) {
            let name = around.name_ref();
            let tells = ["ok", "unwrap", "expect"];
            if !name.is_some_and(|n| tells.contains(&n.text())) {
                return;
            }
            outer = around.syntax().clone();
        }
        let stmt = outer.parent().filter(|n| {
            let bound = ast::LetStmt::cast(n.clone()).and_then(|l| l.pat());
            let dropped = matches!(bound, Some(ast::Pat::WildcardPat(_)));
            dropped || n.kind() == SyntaxKind::EXPR_STMT
        });
        let value = call.arg_list().and_then(|l| l.args().next());
        if let (Some(stmt), Some(value)) = (stmt, value) {
            self.flow(value, cell);
            self.sites.sets.push((cell, self.file, stmt));
        }
    }

    /// `CELL.get_or_init(|| async { … })`.
    fn init_cell(&mut self, call: &ast::MethodCallExpr) {
        let made = call.arg_list().and_then(|l| l.args().next());
        let body = match made {
            Some(ast::Expr::ClosureExpr(it)) => it.body(),
            _ => None,
        };
        let value = match body {
            Some(ast::Expr::BlockExpr(it)) => it.stmt_list().and_then(|l| l.tail_expr()),
            other => other,
        };
        if let (Some(cell), Some(value)) = (self.cell_of(call), value) {
            self.flow(value, cell);
        }
    }

    /// The method of a trait that is called on a coordinator, if it is known which.
    fn of_extension(&self, name: &str, all: &[Key]) -> Option<Key> {
        // its own come before those of a trait
        if api::METHODS.contains(&name) {
            return None;
        }
        let mut own = all.iter().filter(|key| {
            let function = &self.slots.functions[key];
            let this = self.infer.self_type(function.file, &function.node);
            is_of_trait(&function.node) && *this.peeled() == Type::Coordinator
        });
        own.next().copied().filter(|_| own.next().is_none())
    }

    /// A call of a trait's method on a coordinator.
    fn extension_call(&mut self, call: &ast::MethodCallExpr, name: &str, all: &[Key]) {
        let list = call.arg_list();
        let Some(list) = list.filter(|_| !api::METHODS.contains(&name)) else {
            return;
        };
        if let Some(only) = self.of_extension(name, all) {
            let function = self.slots.functions[&only].clone();
            self.add_call(&function, &list, 0);
            return;
        }
        let left = Left::new(
            catalog::UNRESOLVED_CALL,
            format!(
                "the call at {} may be one of a trait's method on the coordinator",
                self.here(call.syntax())
            ),
        );
        for key in all {
            if is_of_trait(&self.slots.functions[key].node) {
                self.keep_function(*key, &left);
            }
        }
    }

    fn method_call(&mut self, call: &ast::MethodCallExpr) {
        let (Some(name), Some(list)) = (call.name_ref(), call.arg_list()) else {
            return;
        };
        let name = name.text().trim_start_matches("r#").to_owned();
        match name.as_str() {
            "set" => self.set_cell(call),
            _ if inits_a_cell(call) => self.init_cell(call),
            _ => {}
        }
        let mut candidates = self.candidates(&name);
        let count = list.args().count();
        candidates.retain(|k| {
            let f = &self.slots.functions[k];
            f.has_self && f.params.len() == count
        });
        if candidates.is_empty() {
            return;
        }
        let receiver = call
            .receiver()
            .map_or(Type::Unknown, |r| self.infer.expr(self.file, &r));
        if let Some((method, _)) = self
            .infer
            .method_of(&receiver, &name, Taking::Method(count))
        {
            let key = key_of(self.infer.index, method.file, method.function.syntax());
            if let Some(function) = self.slots.functions.get(&key).cloned() {
                self.add_call(&function, &list, 0);
            }
            return;
        }
        if matches!(receiver.peeled(), Type::Coordinator) {
            self.extension_call(call, &name, &candidates);
            return;
        }
        // the arguments tell
        let args: Vec<ast::Expr> = list.args().collect();
        let mut fitting = Vec::new();
        let mut groups = BTreeSet::new();
        let mut sure = true;
        for key in &candidates {
            let function = &self.slots.functions[key];
            let mut fits = true;
            for (i, slot) in function.params.iter().enumerate() {
                let Some(slot) = slot else { continue };
                let ty = self.infer.expr(self.file, &args[i]);
                if ty.is_known() && !ty.holds_coordinator() {
                    fits = false;
                }
                sure &= ty.holds_coordinator();
                groups.insert(self.slots.all[*slot].group);
            }
            // nothing but the result is a slot
            if function.params.iter().all(Option::is_none) {
                if receiver.is_known() {
                    continue;
                }
                sure = false;
            }
            if fits {
                fitting.push(*key);
            }
        }
        if fitting.is_empty() {
            return;
        }
        if sure && groups.len() == 1 && !matches!(receiver.peeled(), Type::Outside(..)) {
            let function = self.slots.functions[&fitting[0]].clone();
            self.add_call(&function, &list, 0);
            return;
        }
        let left = Left::new(
            catalog::UNRESOLVED_CALL,
            format!(
                "`.{name}(…)` at {} may be a call of it, and could not be followed",
                self.here(call.syntax())
            ),
        )
        .help("give the receiver a type that can be seen, then run again");
        for key in fitting {
            self.keep_function(key, &left);
        }
    }

    fn record(&mut self, it: &ast::RecordExpr) {
        let (Some(path), Some(list)) = (it.path(), it.record_expr_field_list()) else {
            return;
        };
        let names = list
            .fields()
            .filter_map(|f| Some(f.field_name()?.text().to_string()));
        let updates = list.spread().is_some();
        let Some(adt) = self.adt_with(&path, names.collect(), updates) else {
            return;
        };
        let mut entries = Vec::new();
        for (i, field) in list.fields().enumerate() {
            let name = field.field_name();
            let Some(slot) = name.and_then(|n| self.slot_of_field(&adt, n.text())) else {
                continue;
            };
            entries.push((i, slot));
            let expr = field.expr();
            if let Some(expr) = expr.filter(|e| !matches!(e, ast::Expr::UnderscoreExpr(_))) {
                self.flow(expr, slot);
            }
        }
        if entries.is_empty() && updates {
            self.sites.updates.push((self.file, list));
            return;
        }
        self.list(list.syntax(), entries, None);
    }

    /// The struct or variant that a literal or pattern with these field names is of, if one may be a slot. `updates`: it
    /// takes others from elsewhere.
    fn adt_with(&mut self, path: &ast::Path, names: Vec<String>, updates: bool) -> Option<Adt> {
        let positions = names
            .iter()
            .any(|n| n.starts_with(|c: char| c.is_ascii_digit()));
        let says = names
            .iter()
            .any(|n| self.slots.fields_by_name.contains_key(n));
        if !says && !positions && !updates {
            return None;
        }
        let has = |a: &Adt| names.iter().any(|n| self.slot_of_field(a, n).is_some());
        let found = self.adt_of(path);
        let twin = match &found {
            Some(adt) if has(adt) => None,
            // code of a build that does not say so
            _ => self.infer.adt_at(self.file, path).and_then(|(file, node)| {
                let mut twins = self.twins(file, &node);
                twins.find(|a| has(a)).cloned()
            }),
        };
        let Some(adt) = twin.or(found) else {
            let slots = names
                .iter()
                .filter_map(|n| self.slots.fields_by_name.get(n));
            let slots: Vec<SlotId> = slots.flatten().copied().collect();
            self.unresolved_adt(path, &slots);
            return None;
        };
        if adt.tuple {
            let left = Left::new(
                catalog::NESTED_TYPE,
                format!(
                    "its position is written out at {}",
                    self.here(path.syntax())
                ),
            )
            .help("write the fields in parentheses, then run again");
            for slot in adt.fields.iter().flatten() {
                self.keep(*slot, left.clone());
            }
        }
        Some(adt)
    }

    fn slot_of_field(&self, adt: &Adt, name: &str) -> Option<SlotId> {
        adt.fields
            .iter()
            .flatten()
            .copied()
            .find(|s| self.slots.all[*s].name == name)
    }

    /// A literal or pattern of what could not be followed, and that may be of what has these fields.
    fn unresolved_adt(&mut self, path: &ast::Path, fields: &[SlotId]) {
        let index = self.infer.index;
        let known = self.infer.adt_at(self.file, path).is_some();
        let may_be = match index.resolve_path(self.file, path, Namespace::Type) {
            Def::Local(_, node) => ast::TypeAlias::can_cast(node.kind()),
            def => def == Def::Unknown,
        };
        if known || !may_be {
            return;
        }
        let left = Left::new(
            catalog::UNRESOLVED_CALL,
            format!(
                "`{path}` at {} may be of its type, and could not be followed",
                self.here(path.syntax())
            ),
        );
        // one of that name, or what the name stands for
        let name = path.segment().and_then(|s| s.name_ref());
        let adts = self.slots.adts.values();
        let same = adts.filter(|a| adt_name(&a.node).as_deref() == name.as_ref().map(|n| n.text()));
        let same: Vec<SlotId> = same
            .flat_map(|a| a.fields.iter().flatten().copied())
            .filter(|s| fields.contains(s))
            .collect();
        for slot in if same.is_empty() { fields } else { &same } {
            self.keep(*slot, left.clone());
        }
    }

    fn record_pattern(&mut self, it: &ast::RecordPat) {
        let (Some(path), Some(list)) = (it.path(), it.record_pat_field_list()) else {
            return;
        };
        let names = list
            .fields()
            .filter_map(|f| Some(f.field_name()?.text().to_string()));
        let Some(adt) = self.adt_with(&path, names.collect(), false) else {
            return;
        };
        let mut entries = Vec::new();
        for (i, field) in list.fields().enumerate() {
            let name = field.field_name();
            let Some(slot) = name.and_then(|n| self.slot_of_field(&adt, n.text())) else {
                continue;
            };
            entries.push((i, slot));
            self.pattern_rule(field.pat(), slot);
        }
        self.list(list.syntax(), entries, None);
    }

    /// A field's pattern that does more than bind it keeps the field.
    fn pattern_rule(&mut self, pat: Option<ast::Pat>, slot: SlotId) {
        if let Some(ast::Pat::IdentPat(it)) = &pat
            && it.ref_token().is_some()
            && lives_by(it)
        {
            let message = format!(
                "what a pattern at {} lends it from lives to the end of the block for that alone",
                self.here(it.syntax())
            );
            let left = Left::new(catalog::NESTED_TYPE, message);
            self.keep(
                slot,
                left.help("bind what is made to a variable first, then run again"),
            );
            return;
        }
        let simple = match &pat {
            Some(ast::Pat::IdentPat(it)) => it.pat().is_none(),
            Some(ast::Pat::WildcardPat(_) | ast::Pat::RestPat(_)) | None => true,
            _ => false,
        };
        if !simple {
            let place = pat.map(|p| self.here(p.syntax())).unwrap_or_default();
            self.keep(
                slot,
                Left::new(
                    catalog::NESTED_TYPE,
                    format!("a pattern at {place} looks into it"),
                ),
            );
        }
    }

    fn tuple_pattern(&mut self, it: &ast::TupleStructPat) {
        let Some(path) = it.path() else { return };
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return;
        };
        let Some(adt) = self.tuple_adt(&path, name.text()) else {
            return;
        };
        let pats: Vec<ast::Pat> = it.fields().collect();
        let rest = pats.iter().position(|p| matches!(p, ast::Pat::RestPat(_)));
        let width = adt.fields.len();
        let mut entries = Vec::new();
        for (field, slot) in adt.fields.iter().enumerate() {
            let Some(slot) = slot else { continue };
            let at = match rest {
                Some(r) if field >= r => {
                    let from_end = width - field;
                    let at = pats.len().checked_sub(from_end);
                    at.filter(|a| *a > r)
                }
                _ => Some(field),
            };
            if let Some(at) = at
                && at < pats.len()
            {
                entries.push((at, *slot));
                self.pattern_rule(Some(pats[at].clone()), *slot);
            }
        }
        self.list(it.syntax(), entries, Some(&adt));
    }

    /// Input of macros that cannot be read, and bodies of macro definitions.
    fn opaque(&mut self, node: &SyntaxNode) {
        let pieces = match ast::MacroCall::cast(node.clone()) {
            Some(call) => self.tree.pieces(&call),
            None => Vec::new(),
        };
        let read: Vec<TextRange> = pieces.iter().map(|p| self.tree.range(p)).collect();
        // it may call, build or read by names that it is given
        let name = macro_name(node);
        let macros = &self.infer.index.macros;
        let joins = name.as_ref().is_some_and(|n| macros.naming.contains(n));
        let reads = name.is_some_and(|n| macros.reading.contains(&n));
        let defines = ast::MacroRules::can_cast(node.kind());
        let is_outermost = |t: &ast::TokenTree| {
            let around = t.syntax().parent();
            around.is_none_or(|n| !ast::TokenTree::can_cast(n.kind()))
        };
        let tokens: Vec<SyntaxToken> = node
            .descendants()
            .filter_map(ast::TokenTree::cast)
            .filter(is_outermost)
            .flat_map(|t| t.syntax().descendants_with_tokens())
            .filter_map(|e| e.into_token())
            .filter(|t| !matches!(t.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
            .collect();
        let text = |i: Option<usize>| i.and_then(|i| tokens.get(i)).map_or("", |t| t.text());
        for (i, token) in tokens.iter().enumerate() {
            let range = self.tree.token_range(token);
            let is_read = read.iter().any(|r| r.contains_range(range));
            if is_read && !joins && !reads {
                continue;
            }
            let before = text(i.checked_sub(1));
            let number = matches!(
                token.kind(),
                SyntaxKind::INT_NUMBER | SyntaxKind::FLOAT_NUMBER
            );
            if number && before == "." {
                let left = self.in_macro(node);
                self.keep_tuples(&left);
            }
            // an attribute may name a function in a string
            if token.kind() == SyntaxKind::STRING && ast::Attr::can_cast(node.kind()) {
                let path = token.text().trim_matches('"');
                for key in self.candidates(path.rsplit("::").next().unwrap_or(path)) {
                    let left = self.in_macro(node);
                    self.keep_function(key, &left);
                }
            }
            if token.kind() != SyntaxKind::IDENT {
                continue;
            }
            if joins && !defines && before != "." {
                for key in self.nameable(token.text(), defines) {
                    let left = self.in_macro(node);
                    self.keep_function(key, &left);
                }
            }
            if reads && !defines {
                let fields = self.slots.fields_by_name.get(token.text()).cloned();
                for slot in fields.into_iter().flatten() {
                    if self.may_name(self.slots.all[slot].file, defines) {
                        let left = self.in_macro(node);
                        self.keep(slot, left);
                    }
                }
            }
            if is_read {
                continue;
            }
            let qualified = before == ":" && text(i.checked_sub(2)) == ":";
            if self.slots.type_names.iter().any(|n| n == token.text())
                && text(Some(i + 1)) == ":"
                && matches!(text(Some(i + 3)), "new" | "monolithic")
            {
                self.sites.hidden_source = true;
            }
            let called = text(Some(i + 1)) == "(";
            let mut candidates = match before {
                // what the macro is given
                "$" => Vec::new(),
                _ => self.nameable(token.text(), defines),
            };
            if !candidates.is_empty() && !called && !qualified && self.is_variable(node, token) {
                candidates.clear();
            }
            for key in candidates {
                let function = self.slots.functions[&key].clone();
                let owner = owner_name(self.infer, &function);
                let named = match &owner {
                    Some(owner) if qualified => {
                        let before = text(i.checked_sub(3));
                        let generic = |t: &str| t == owner || t == "$";
                        before == owner
                            || before == "Self"
                            || (defines && text(i.checked_sub(4)) == "$")
                            || (before == ">" && generic_of(&tokens[..i]).any(generic))
                    }
                    // a method that the macro writes for a trait
                    Some(_) if before == "fn" => is_of_trait(&function.node),
                    Some(_) => before == "." && called,
                    None => before != "." && (called || qualified || !function.has_self),
                };
                let local = !ast::Fn::can_cast(function.node.kind());
                if named && (!local || called) {
                    let left = self.in_macro(node);
                    self.keep_function(key, &left);
                }
            }
            let fields = self.slots.fields_by_name.get(token.text()).cloned();
            for slot in fields.into_iter().flatten() {
                if !self.may_name(self.slots.all[slot].file, defines)
                    || !self.may_read(slot, node, defines)
                {
                    continue;
                }
                let owner = self.slots.all[slot].owner.clone();
                let owner = owner.rsplit("::").next().unwrap_or_default();
                let in_literal = before != "$"
                    && matches!(text(Some(i + 1)), ":" | "," | "}")
                    && ((joins && defines)
                        || tokens
                            .iter()
                            .any(|t| t.text() == owner || t.text() == "Self"));
                let base = text(i.checked_sub(2));
                let of_variable = !matches!(text(i.checked_sub(3)), "." | "$" | ":");
                // what the input binds itself stands somewhere without a field behind it
                let is_bound = base != "self"
                    && (0..tokens.len()).any(|j| text(Some(j)) == base && text(Some(j + 1)) != ".");
                let of_another =
                    of_variable && !is_bound && !defines && self.is_of_another(node, base, slot);
                if (before == "." && !of_another) || in_literal {
                    let left = self.in_macro(node);
                    self.keep(slot, left);
                }
            }
            // by position, or by names that it is given
            let named = defines && gives_names(&tokens[i + 1..]);
            // a variant may be called like a struct
            let variant = match (qualified && called, i.checked_sub(3)) {
                (true, of) => self.variant_at(node, text(of), token.text()),
                _ => None,
            };
            let built: Vec<SlotId> = self
                .slots
                .adts
                .values()
                .filter(|a| if a.tuple { called } else { named })
                .filter(|a| adt_name(&a.node).as_deref() == Some(token.text()))
                .filter(|a| variant.as_ref().is_none_or(|v| *v == a.node))
                .flat_map(|a| a.fields.iter().flatten().copied())
                .collect();
            for slot in built {
                let left = self.in_macro(node);
                self.keep(slot, left);
            }
        }
    }

    /// The variant that `Of::name` is at a macro call.
    fn variant_at(&self, node: &SyntaxNode, of: &str, name: &str) -> Option<SyntaxNode> {
        let path = [of.to_owned(), name.to_owned()];
        let index = self.infer.index;
        match index.resolve(self.file, node, &path, false, Namespace::Type) {
            Def::Variant(_, variant) => Some(variant),
            _ => None,
        }
    }

    /// An attribute may call the functions that are named like its function's parameters, as fixtures of tests are.
    fn named_by_params(&mut self, function: &ast::Fn) {
        let Some(attr) = unknown_attr(function.attrs(), FN_ATTRS) else {
            return;
        };
        let list = function.param_list();
        for param in list.iter().flat_map(|l| l.params()) {
            let Some(ast::Pat::IdentPat(pat)) = param.pat() else {
                continue;
            };
            let name = pat.name().map(|n| n.text().to_string());
            for key in self.nameable(name.as_deref().unwrap_or_default(), false) {
                let named = &self.slots.functions[&key];
                let is_free =
                    ast::Fn::can_cast(named.node.kind()) && owner_name(self.infer, named).is_none();
                if is_free {
                    let message = format!(
                        "the attribute `{attr}` at {} may call it, by the name of a parameter",
                        self.here(param.syntax())
                    );
                    self.keep_function(key, &Left::new(catalog::UNREADABLE_MACRO, message));
                }
            }
        }
    }

    /// The functions with slots that a name in a macro may be one of. `defines`: in what it writes.
    fn nameable(&self, name: &str, defines: bool) -> Vec<Key> {
        let mut out = self.candidates(name);
        out.retain(|key| self.may_name(self.slots.functions[key].file, defines));
        out
    }

    fn may_name(&self, file: FileId, defines: bool) -> bool {
        self.infer.index.may_name(self.file, file, defines)
    }

    /// Whether the input of a macro, or what one writes where it is called, may stand where a field can be named.
    fn may_read(&self, field: SlotId, node: &SyntaxNode, defines: bool) -> bool {
        let slot = &self.slots.all[field];
        let record = ast::RecordField::cast(slot.node.clone());
        let is_private = record.is_some_and(|f| {
            let of = f.syntax().parent().and_then(|l| l.parent());
            let of_struct = of.is_some_and(|n| ast::Struct::can_cast(n.kind()));
            of_struct && ast::HasVisibility::visibility(&f).is_none()
        });
        if !is_private {
            return true;
        }
        let index = self.infer.index;
        let below = index.files_below(slot.file);
        let Some(name) = macro_name(node).filter(|_| defines) else {
            return below.contains(&self.file);
        };
        let is_named = |text: &str| search::words(text).any(|w| w == name);
        let says = |file: &FileId| is_named(&index.workspace.file(*file).text);
        let renamed = format!("{name} as ");
        // what another macro writes may call it
        let in_another = || {
            let mut files = search::saying(index.workspace, "macro_rules").filter(says);
            files.any(|file| {
                let Some(tree) = index.tree(file) else {
                    return true;
                };
                let all = tree.root.descendants().filter_map(ast::MacroRules::cast);
                let mut others = all.filter(|m| m.syntax() != node);
                others.any(|m| is_named(&m.syntax().text().to_string()))
            })
        };
        let by_another_name = || search::saying(index.workspace, &renamed).next().is_some();
        below.iter().any(says) || in_another() || by_another_name()
    }

    /// Whether a name in a macro's input, or in an attribute, is that of a variable, or of a parameter of the attribute's
    /// function.
    fn is_variable(&self, node: &SyntaxNode, token: &SyntaxToken) -> bool {
        let of = node.parent().and_then(ast::Fn::cast);
        let params = of.and_then(|f| f.param_list()).into_iter();
        let mut pats = params.flat_map(|l| l.params()).filter_map(|p| p.pat());
        let binds = |p: ast::Pat| match p {
            ast::Pat::IdentPat(it) => it.name().is_some_and(|n| n.text() == token.text()),
            _ => false,
        };
        pats.any(binds) || locals::binding_of(self.tree, node, token.text()).is_some()
    }

    /// Whether a field is known to be one of another type than that of a variable which a node sees.
    fn is_of_another(&self, node: &SyntaxNode, variable: &str, slot: SlotId) -> bool {
        let ty = match locals::binding_of(self.tree, node, variable) {
            _ if variable == "self" => self.infer.self_type(self.file, node),
            Some(pat) => self.infer.binding(self.file, &pat),
            None => return false,
        };
        let Type::Item(at, item, _) = ty.peeled() else {
            return false;
        };
        let adt = (self.slots.adts).get(&key_of(self.infer.index, *at, item));
        // one that has no such field dereferences to one that has
        has_field(item, &self.slots.all[slot].name)
            && adt.is_none_or(|a| !a.fields.contains(&Some(slot)))
    }

    fn in_macro(&self, node: &SyntaxNode) -> Left {
        if ast::Attr::can_cast(node.kind()) {
            let message = format!("the attribute at {} names it", self.here(node));
            return Left::new(catalog::UNREADABLE_MACRO, message)
                .help("take it out of the attribute, then run again");
        }
        Left::new(
            catalog::UNREADABLE_MACRO,
            format!(
                "a macro at {} names it, and its input cannot be read as Rust",
                self.here(node)
            ),
        )
        .help("move the call out of the macro, then run again")
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
                let text = attr.syntax().text().to_string();
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

    /// `.field("name", …)` in a hand-written `Debug`.
    fn debug_impl(&mut self, it: &ast::Impl) {
        let is_debug = it
            .trait_()
            .is_some_and(|t| t.syntax().text().to_string().ends_with("Debug"));
        if !is_debug {
            return;
        }
        let of = it
            .self_ty()
            .map(|t| self.infer.lower(self.file, &t, &Vec::new()));
        let Some(Type::Item(at, node, _)) = of else {
            return;
        };
        let key = key_of(self.infer.index, at, &node);
        let Some(adt) = self.slots.adts.get(&key).cloned() else {
            return;
        };
        for call in it
            .syntax()
            .descendants()
            .filter_map(ast::MethodCallExpr::cast)
        {
            let Some(name) = debug_name(&call) else {
                continue;
            };
            if let Some(slot) = self.slot_of_field(&adt, &name) {
                self.sites.debug_links.push((self.file, slot, call));
            }
        }
    }

    // ---- reads -------------------------------------------------------------------------------------------------

    fn reads(&mut self, nodes: Vec<SyntaxNode>) {
        let mut bindings = self.params();
        for node in nodes {
            match node.kind() {
                SyntaxKind::FIELD_EXPR => {
                    if let Some(it) = ast::FieldExpr::cast(node) {
                        self.field(&it, &mut bindings);
                    }
                }
                SyntaxKind::CALL_EXPR => {
                    if let Some(it) = ast::CallExpr::cast(node) {
                        self.source_call(&it, &mut bindings);
                    }
                }
                SyntaxKind::METHOD_CALL_EXPR => {
                    if let Some(it) = ast::MethodCallExpr::cast(node) {
                        self.getter_call(&it, &mut bindings);
                    }
                }
                SyntaxKind::PATH_EXPR => {
                    if let Some(it) = ast::PathExpr::cast(node) {
                        self.source_value(&it);
                    }
                }
                _ => {}
            }
        }
        // what patterns bind of removed fields
        let lists: Vec<List> = self
            .sites
            .lists
            .iter()
            .filter(|l| {
                l.file == self.file
                    && matches!(
                        l.node.kind(),
                        SyntaxKind::RECORD_PAT_FIELD_LIST
                            | SyntaxKind::TUPLE_STRUCT_PAT
                            | SyntaxKind::TUPLE_PAT
                    )
            })
            .cloned()
            .collect();
        for list in lists {
            let pats = pattern_elements(&list.node);
            for (at, slot) in list.entries {
                if let Some(Some(ast::Pat::IdentPat(pat))) = pats.get(at) {
                    bindings.push((pat.clone(), Source::Slot(slot)));
                }
            }
        }
        let mut seen = BTreeSet::new();
        while let Some((pat, source)) = bindings.pop() {
            if !seen.insert(self.tree.range(pat.syntax()).start()) {
                continue;
            }
            for it in locals::uses_of(self.tree, &pat) {
                match it {
                    Use::Expr(path) => {
                        let expr = ast::Expr::PathExpr(path);
                        self.variable(&pat, expr, &source, &mut bindings);
                    }
                    Use::Opaque(token) => {
                        let node = token
                            .parent_ancestors()
                            .find(|n| ast::MacroCall::can_cast(n.kind()))
                            .unwrap_or_else(|| pat.syntax().clone());
                        self.sites.roots.push(Root {
                            file: self.file,
                            expr: None,
                            node,
                            source: source.clone(),
                            outer: None,
                            value: Value::Place,
                            landing: Landing::Other,
                            start: 0,
                            local: (self.file, 0, 0),
                        });
                    }
                }
            }
        }
    }

    /// A use of a variable. One that a pattern bound may be a reference to what the slot holds.
    fn variable(
        &mut self,
        pat: &ast::IdentPat,
        expr: ast::Expr,
        source: &Source,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        let field = match source {
            Source::Slot(s) => Some(*s).filter(|s| self.slots.all[*s].kind != Kind::Param),
            _ => None,
        };
        let Some(slot) = field else {
            self.root(expr, source.clone(), Value::Place, bindings);
            return;
        };
        let mode = self.infer.binds_reference(self.file, pat);
        // what is bound to a field that is a reference, by reference, is that behind another one
        let form = self.slots.all[slot].form;
        let around = expr.syntax().parent().and_then(ast::PrefixExpr::cast);
        let derefs = around.filter(|p| p.op_kind() == Some(ast::UnaryOp::Deref));
        if let (Some(true), Form::RefArc | Form::RefBare, Some(whole)) = (mode, form, derefs) {
            let whole = ast::Expr::PrefixExpr(whole);
            self.root(whole, source.clone(), value_of(form), bindings);
            return;
        }
        let (outer, value, landing) = self.land(expr.clone(), Value::Place, source);
        let bare = outer == expr && value == Value::Place;
        let lent = match landing {
            // what takes it tells
            Landing::Slot(s) if bare => {
                matches!(self.slots.all[s].form, Form::RefArc | Form::RefBare)
            }
            _ => mode == Some(true),
        };
        if mode.is_none() && bare && landing == Landing::Other {
            let left = Left::new(
                catalog::UNRESOLVED_CALL,
                format!(
                    "`{}` at {} may be a reference to it, or the coordinator itself",
                    expr.syntax().text(),
                    self.here(expr.syntax())
                ),
            )
            .help("give the variable a type, then run again");
            self.keep(slot, left);
        }
        let value = if lent { Value::Ref } else { Value::Place };
        self.root(expr, source.clone(), value, bindings);
    }

    fn root(
        &mut self,
        expr: ast::Expr,
        source: Source,
        value: Value,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        let value = match &source {
            Source::Slot(s) => {
                let slot = &self.slots.all[*s];
                let is_place = slot.kind == Kind::Field && value == Value::Place;
                match slot.form {
                    Form::Opt => Value::Opt,
                    Form::OptRef => Value::OptRef,
                    // a field that is a reference is copied
                    Form::RefArc | Form::RefBare if is_place => value_of(slot.form),
                    _ => value,
                }
            }
            _ => value,
        };
        if let Source::Slot(slot) = source
            && climb::wants_only_owner(expr.syntax())
        {
            let message = format!(
                "{} is taken apart at {}, which takes its only owner, and the shared instance has others",
                self.slots.all[slot].words(),
                self.here(expr.syntax())
            );
            self.keep(slot, Left::new(catalog::OWNED_VALUE, message));
        }
        let (outer, value, landing) = self.land(expr.clone(), value, &source);
        let mut bound = (self.file, 0, 0);
        let or = self.or_between(expr.syntax(), outer.syntax());
        if let Some(or) =
            or.filter(|_| matches!(source, Source::Slot(s) if self.slots.all[s].form.is_option()))
        {
            let key = self.key(&or);
            match source {
                Source::Slot(slot) if is_leaving(&or, expr.syntax()) => {
                    self.sites.leaving.insert(key, slot);
                }
                _ => {
                    self.sites.ors.insert(key);
                    self.sites.or_reads.insert(self.sites.roots.len());
                }
            }
        }
        if let Source::Slot(slot) = source
            && self.has_attribute(expr.syntax(), outer.syntax())
        {
            let place = self.here(outer.syntax());
            let message = format!("the attribute at {place} is on what reads it");
            self.keep(slot, Left::new(catalog::UNREADABLE_MACRO, message));
        }
        if let Landing::Local(stmt, pat) = &landing {
            let key = self.key(pat.syntax());
            bound = key;
            let of_tuple = tuple_element(pat).map(|(_, expr)| expr);
            let local = Local {
                file: self.file,
                pat: pat.clone(),
                stmt: stmt.clone(),
                init: of_tuple.or_else(|| stmt.initializer()),
            };
            if self.sites.locals.insert(key, local).is_none() {
                bindings.push((pat.clone(), Source::Local(key)));
            }
        }
        self.sites.roots.push(Root {
            file: self.file,
            node: expr.syntax().clone(),
            start: self.tree.range(expr.syntax()).start().into(),
            local: bound,
            expr: Some(expr),
            source,
            outer: Some(outer),
            value,
            landing,
        });
    }

    /// What takes the shared instance for an `Option` that is `None`, of what is around it up to `outer`.
    fn or_between(&self, expr: &SyntaxNode, outer: &SyntaxNode) -> Option<SyntaxNode> {
        let end = outer.parent();
        let around = self.tree.ancestors(expr);
        let mut around = around.take_while(|n| Some(n) != end.as_ref());
        around.find(|n| match n.kind() {
            SyntaxKind::MATCH_EXPR | SyntaxKind::IF_EXPR => true,
            SyntaxKind::METHOD_CALL_EXPR => {
                let name = ast::MethodCallExpr::cast(n.clone()).and_then(|m| m.name_ref());
                name.is_some_and(|n| n.text() == "unwrap_or")
            }
            _ => false,
        })
    }

    /// What asks whether an `Option` holds something, where the answer alone can stand.
    fn told(&self, call: &ast::MethodCallExpr, holds: bool) -> Option<Landing> {
        let call = call.syntax();
        let parent = self.tree.parent(call)?;
        let is_macro = self.tree.is_macro_list(&parent);
        let answer = match parent.kind() {
            SyntaxKind::STMT_LIST if is_macro => {
                let whole = self.tree.parent(&parent)?;
                let asserts = ast::MacroCall::cast(whole.clone()).filter(|c| {
                    let name = tree::macro_name(c);
                    name.is_some_and(|n| matches!(n.text(), "assert" | "debug_assert"))
                        && self.tree.pieces(c).len() == 1
                })?;
                let stmt = asserts.syntax().ancestors().nth(2)?;
                let alone = ast::ExprStmt::can_cast(stmt.kind()) && !has_comment(&stmt);
                return (holds && alone).then_some(Landing::Told(stmt, None));
            }
            SyntaxKind::IF_EXPR => {
                let it = ast::IfExpr::cast(parent)?;
                let around = it.syntax().parent()?;
                let stmt = match around.kind() {
                    SyntaxKind::EXPR_STMT => around,
                    SyntaxKind::STMT_LIST => it.syntax().clone(),
                    _ => return None,
                };
                let of_it = it.condition().is_some_and(|c| c.syntax() == call);
                let nothing = of_it && !holds && it.else_branch().is_none() && !has_comment(&stmt);
                let gone = [stmt.clone()];
                return (nothing && !self.is_needed(&gone)).then_some(Landing::Told(stmt, None));
            }
            SyntaxKind::STMT_LIST => {
                let body = parent.parent().and_then(|b| b.parent());
                body.is_some_and(|f| ast::Fn::can_cast(f.kind()))
            }
            kind => matches!(
                kind,
                SyntaxKind::ARG_LIST
                    | SyntaxKind::LET_STMT
                    | SyntaxKind::RECORD_EXPR_FIELD
                    | SyntaxKind::RETURN_EXPR
                    | SyntaxKind::TUPLE_EXPR
            ),
        };
        let plain = answer && !has_comment(call);
        plain.then(|| Landing::Told(call.clone(), Some(holds)))
    }

    /// Whether a part of a function may be what tells the type of what that gives, or of the variable that it is given to.
    fn tells_result(&self, part: &SyntaxNode) -> bool {
        for around in self.tree.ancestors(part).skip(1) {
            let written = match around.kind() {
                SyntaxKind::FN => true,
                SyntaxKind::CLOSURE_EXPR => {
                    ast::ClosureExpr::cast(around).is_some_and(|c| c.ret_type().is_some())
                }
                SyntaxKind::BLOCK_EXPR => {
                    let block = ast::BlockExpr::cast(around);
                    if block.is_none_or(|b| b.async_token().is_none()) {
                        continue;
                    }
                    false
                }
                SyntaxKind::LET_STMT => {
                    let typed = ast::LetStmt::cast(around).is_some_and(|l| l.ty().is_some());
                    if !typed && purity::gives_wrapped(part) {
                        return true;
                    }
                    continue;
                }
                _ => continue,
            };
            return !written && purity::may_tell_result(part);
        }
        true
    }

    /// Whether code that goes may be all that tells the type of a variable from before it, or of what a task, a closure or
    /// the code around it gives, or all that changes one.
    fn is_needed(&self, gone: &[SyntaxNode]) -> bool {
        let within = |n: &SyntaxNode| {
            let range = self.tree.range(n);
            gone.iter()
                .any(|g| self.tree.range(g).contains_range(range))
        };
        let paths = gone.iter().flat_map(|n| self.tree.descendants(n));
        if gone.iter().any(|n| self.tells_result(n)) {
            return true;
        }
        // what is only printed tells nothing
        let is_printed = |path: &ast::PathExpr| {
            let around = self.tree.ancestors(path.syntax());
            let mut macros = around.take_while(within).filter_map(ast::MacroCall::cast);
            macros.any(|m| tree::macro_name(&m).is_some_and(|n| tree::formats(n.text())))
        };
        let paths = paths.filter_map(ast::PathExpr::cast);
        paths.filter(|p| !is_printed(p)).any(|path| {
            let name = path.path().and_then(|p| p.as_single_name_ref());
            let pat = name.and_then(|n| locals::binding_of(self.tree, path.syntax(), n.text()));
            let Some(pat) = pat.filter(|p| !within(p.syntax())) else {
                return false;
            };
            let stmt = pat.syntax().parent().and_then(ast::LetStmt::cast);
            let untyped = stmt.is_some_and(|stmt| {
                let init = stmt.initializer();
                let is_number = matches!(
                    init,
                    Some(
                        ast::Expr::Literal(_)
                            | ast::Expr::ArrayExpr(_)
                            | ast::Expr::BinExpr(_)
                            | ast::Expr::ParenExpr(_)
                            | ast::Expr::PrefixExpr(_)
                            | ast::Expr::TupleExpr(_)
                    )
                );
                let open = init.is_none_or(|init| purity::leaves_type_open(&init));
                stmt.ty().is_none() && (open || (is_number && !beside_literal(&path)))
            });
            // its `mut` would have no use
            let changes = |u: &Use| match u {
                Use::Expr(path) => !within(path.syntax()) && purity::changes(path.syntax()),
                Use::Opaque(_) => false,
            };
            let is_mut = pat.mut_token().is_some();
            untyped || (is_mut && !locals::uses_of(self.tree, &pat).iter().any(changes))
        }) || self.only_used_in(gone)
    }

    /// Whether a variable of the function around has no use outside of what goes.
    fn only_used_in(&self, gone: &[SyntaxNode]) -> bool {
        let within = |range: TextRange| {
            gone.iter()
                .any(|g| self.tree.range(g).contains_range(range))
        };
        let around = gone.first().map(|g| self.tree.ancestors(g));
        let function = around.and_then(|mut a| a.find(|n| n.kind() == SyntaxKind::FN));
        let stmts = function
            .map(|f| self.tree.descendants(&f))
            .into_iter()
            .flatten();
        let stmts = stmts.filter_map(ast::LetStmt::cast);
        let pats = stmts.filter_map(|s| s.pat()).flat_map(|p| {
            let all = p.syntax().descendants();
            all.filter_map(ast::IdentPat::cast).collect::<Vec<_>>()
        });
        let outside = pats.filter(|p| !within(self.tree.range(p.syntax())));
        outside.into_iter().any(|pat| {
            let uses = locals::uses_of(self.tree, &pat);
            let gone = |u: &Use| match u {
                Use::Expr(path) => within(self.tree.range(path.syntax())),
                Use::Opaque(token) => within(self.tree.token_range(token)),
            };
            !uses.is_empty() && uses.iter().all(gone)
        })
    }

    /// What two branches give, one with what is in an `Option`, the other with the shared instance.
    fn or(
        &self,
        pat: Option<ast::Pat>,
        some: Option<ast::Expr>,
        none: Option<ast::Expr>,
    ) -> Option<Value> {
        let pat = climb::success_pattern(&pat?)?;
        let name = pat.name()?;
        let is_it =
            |e: &ast::Expr| matches!(e, ast::Expr::PathExpr(p) if locals::is_name(p, name.text()));
        let some = climb::sole_expression(&some?);
        let taken = match &some {
            ast::Expr::MethodCallExpr(it) if it.name_ref()?.text() == "clone" => it.receiver()?,
            ast::Expr::CallExpr(it) => {
                let ast::Expr::PathExpr(callee) = it.expr()? else {
                    return None;
                };
                let path = callee.path()?;
                let of = path.qualifier()?;
                let clones = path.segment()?.name_ref()?.text() == "clone";
                let arg = it.arg_list()?.args().next();
                arg.filter(|_| clones && self.infer.index.is_arc(self.file, &of))?
            }
            other => other.clone(),
        };
        let fits = is_it(&taken) && pat.mut_token().is_none() && pat.ref_token().is_none();
        self.accessed(&none?).filter(|_| fits)
    }

    /// The accessor's reference, or a clone of it.
    fn accessed(&self, expr: &ast::Expr) -> Option<Value> {
        let expr = climb::sole_expression(expr);
        let (awaited, value) = match &expr {
            ast::Expr::MethodCallExpr(it) if it.name_ref()?.text() == "clone" => {
                (it.receiver()?, Value::Arc)
            }
            other => (other.clone(), Value::Ref),
        };
        let ast::Expr::AwaitExpr(it) = awaited else {
            return None;
        };
        let ast::Expr::CallExpr(call) = it.expr()? else {
            return None;
        };
        let ast::Expr::PathExpr(callee) = call.expr()? else {
            return None;
        };
        let index = self.infer.index;
        let def = index.resolve_path(self.file, &callee.path()?, Namespace::Value);
        (index.item_of(&def) == Some(Item::Accessor)).then_some(value)
    }

    /// What an expression gives that takes an `Option` apart, where the shared instance stands in for `None`.
    fn or_value(&self, parent: &SyntaxNode, option: &ast::Expr) -> Option<(ast::Expr, Value)> {
        let (whole, value) = match parent.kind() {
            SyntaxKind::MATCH_EXPR => {
                let it = ast::MatchExpr::cast(parent.clone())?;
                it.expr().filter(|e| e == option)?;
                let (some, none) = arms_of_option(&it)?;
                let value = self.or(some.pat(), some.expr(), none.expr())?;
                (ast::Expr::MatchExpr(it), value)
            }
            SyntaxKind::LET_EXPR => {
                let condition = ast::LetExpr::cast(parent.clone())?;
                let it = ast::IfExpr::cast(parent.parent()?)?;
                let Some(ast::ElseBranch::Block(none)) = it.else_branch() else {
                    return None;
                };
                let (some, none) = (it.then_branch()?, none);
                let value = self.or(
                    condition.pat(),
                    Some(ast::Expr::BlockExpr(some)),
                    Some(ast::Expr::BlockExpr(none)),
                )?;
                (ast::Expr::IfExpr(it), value)
            }
            _ => return None,
        };
        Some((whole, value)).filter(|(e, _)| !has_comment(e.syntax()))
    }

    /// Whether an attribute stands on an expression, or on one of those around it up to `outer`.
    fn has_attribute(&self, expr: &SyntaxNode, outer: &SyntaxNode) -> bool {
        let end = outer.parent();
        let around = self.tree.ancestors(expr);
        let mut parts = around.take_while(|n| Some(n) != end.as_ref());
        parts.any(|n| tree::has_attribute(&n))
    }

    /// The parameters that are slots.
    fn params(&self) -> Vec<(ast::IdentPat, Source)> {
        let all = self.slots.all.iter().enumerate();
        let own = all.filter(|(_, s)| s.kind == Kind::Param && s.file == self.file);
        let bound = own.filter_map(|(slot, s)| match ast::Param::cast(s.node.clone())?.pat()? {
            ast::Pat::IdentPat(pat) => Some((pat, Source::Slot(slot))),
            _ => None,
        });
        bound.collect()
    }

    fn field(&mut self, it: &ast::FieldExpr, bindings: &mut Vec<(ast::IdentPat, Source)>) {
        let Some(name) = it.name_ref().map(|n| n.text().to_string()) else {
            return;
        };
        let numeric = name.starts_with(|c: char| c.is_ascii_digit());
        let tuples = numeric && self.slots.adts.values().any(|a| a.tuple);
        let named = self
            .slots
            .fields_by_name
            .get(&name)
            .cloned()
            .unwrap_or_default();
        if !tuples && named.is_empty() {
            return;
        }
        let base = it
            .expr()
            .map_or(Type::Unknown, |e| self.infer.expr(self.file, &e));
        match self.infer.with_field(&base, &name).peeled() {
            Type::Item(at, node, _) if has_field(node, &name) => {
                let key = key_of(self.infer.index, *at, node);
                let Some(adt) = self.slots.adts.get(&key).cloned() else {
                    return;
                };
                if let Some(slot) = self.slot_of_field(&adt, &name) {
                    let expr = ast::Expr::FieldExpr(it.clone());
                    self.root(expr, Source::Slot(slot), Value::Place, bindings);
                } else if adt.tuple
                    && let (Some(node), Ok(position)) = (it.name_ref(), name.parse())
                {
                    self.sites.positions.push(Position {
                        file: self.file,
                        node: node.syntax().clone(),
                        adt: key,
                        position,
                    });
                }
            }
            // a type that has no such field dereferences to one that has
            Type::Item(..) | Type::Unknown => {
                self.unknown_field(it, &name, &named, numeric, bindings);
            }
            _ if !numeric => self.unknown_field(it, &name, &named, numeric, bindings),
            _ => {}
        }
    }

    /// A field of something whose type is not known.
    fn unknown_field(
        &mut self,
        it: &ast::FieldExpr,
        name: &str,
        named: &[SlotId],
        numeric: bool,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        let left = |this: &Self| {
            Left::new(
                catalog::UNRESOLVED_CALL,
                format!(
                    "`.{name}` at {} may be a read of it, and could not be followed",
                    this.here(it.syntax())
                ),
            )
            .help("give the variable a type, then run again")
        };
        if numeric {
            let left = left(self);
            self.keep_tuples(&left);
            return;
        }
        // a method of the coordinator is called on it, and nothing else in reach has such a field
        let reads = it
            .syntax()
            .parent()
            .and_then(ast::MethodCallExpr::cast)
            .and_then(|m| m.name_ref())
            .is_some_and(|n| api::METHODS.contains(&n.text()));
        if let ([slot], true) = (named, reads)
            && self.is_only_field(*slot, name)
            && !self.comes_from_outside(it)
        {
            let expr = ast::Expr::FieldExpr(it.clone());
            self.root(expr, Source::Slot(*slot), Value::Place, bindings);
            return;
        }
        let left = left(self);
        for slot in named {
            let expr = ast::Expr::FieldExpr(it.clone());
            match self.land(expr, Value::Place, &Source::Slot(*slot)) {
                // what is given to a slot is gone with it, whatever it is
                (.., Landing::Slot(taker)) => {
                    self.sites.unfollowed.push((*slot, taker, left.clone()));
                }
                _ => self.keep(*slot, left.clone()),
            }
        }
    }

    /// Whether nothing else in the workspace has a field of the name that a slot has.
    fn is_only_field(&self, slot: SlotId, name: &str) -> bool {
        let index = self.infer.index;
        let own = &self.slots.all[slot];
        search::saying(index.workspace, name)
            .into_iter()
            .all(|file| {
                let places = Places::of([name]).find(&index.workspace.file(file).text);
                let nodes = index.tree(file).map(|t| t.around(places.as_deref()));
                let fields = nodes
                    .into_iter()
                    .flatten()
                    .filter_map(ast::RecordField::cast);
                let mut others = fields.filter(|f| file != own.file || *f.syntax() != own.node);
                !others.any(|f| {
                    f.name()
                        .is_some_and(|n| n.text().trim_start_matches("r#") == name)
                })
            })
    }

    /// Whether a path in what a field is read of leads to another crate that may have such a field.
    fn comes_from_outside(&self, it: &ast::FieldExpr) -> bool {
        let paths = it.syntax().descendants().filter_map(ast::Path::cast);
        let mut defs = paths.map(|p| {
            self.infer
                .index
                .resolve_path(self.file, &p, Namespace::Value)
        });
        defs.any(|def| matches!(def, Def::External(p) if !knows_no_bus(&p)))
    }

    /// Keeps the fields of tuple structs that this file may read by position.
    fn keep_tuples(&mut self, left: &Left) {
        let text = &self.infer.index.workspace.file(self.file).text;
        let touched: Vec<SlotId> = self
            .slots
            .adts
            .values()
            .filter(|a| a.tuple && ast::Struct::can_cast(a.node.kind()))
            .filter(|a| {
                let name = adt_name(&a.node).unwrap_or_default();
                self.tuples.naming(&name).any(|n| text.contains(n))
            })
            .flat_map(|a| a.fields.iter().flatten().copied())
            .collect();
        for slot in touched {
            self.keep(slot, left.clone());
        }
    }

    /// The accessor, an instance of its own, or a call of a function that gives a coordinator.
    fn source_call(&mut self, it: &ast::CallExpr, bindings: &mut Vec<(ast::IdentPat, Source)>) {
        let Some(ast::Expr::PathExpr(callee)) = it.expr() else {
            return;
        };
        let Some(path) = callee.path() else { return };
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return;
        };
        let name = name.text().to_owned();
        let expr = ast::Expr::CallExpr(it.clone());
        if matches!(name.as_str(), "new" | "monolithic")
            && let Some(of) = path.qualifier()
            && self.is_coordinator(&of)
        {
            let made = place(self.infer.index, self.file, it.syntax());
            self.root(expr, Source::Isolated(made), Value::Making, bindings);
            return;
        }
        let accessors = self.infer.index.names_of(Item::Accessor.name());
        if accessors.contains(&name) {
            let def = self
                .infer
                .index
                .resolve_path(self.file, &path, Namespace::Value);
            if self.infer.index.item_of(&def) == Some(Item::Accessor) {
                self.root(expr, Source::Accessor, Value::Future, bindings);
                return;
            }
        }
        let candidates = self.candidates_at(&path, &name);
        if candidates.is_empty() {
            return;
        }
        let taking = Taking::Path(it.arg_list().map_or(0, |l| l.args().count()));
        if let Some(key) = self.resolve_function(&path, callee.syntax(), &candidates, taking)
            && let Some(function) = self.slots.functions.get(&key).cloned()
            && let Some(slot) = function.ret
        {
            let value = returned_value(&function, self.slots.all[slot].form);
            self.root(expr, Source::Slot(slot), value, bindings);
        }
    }

    fn is_coordinator(&self, path: &ast::Path) -> bool {
        let index = self.infer.index;
        index.may_be(path, Item::Coordinator)
            && index.type_of_path(self.file, path) == Ty::Item(Item::Coordinator)
    }

    /// `GlobalEventCoordinator::new` that is not called.
    fn source_value(&mut self, it: &ast::PathExpr) {
        let Some(path) = it.path() else { return };
        let called = it
            .syntax()
            .parent()
            .is_some_and(|p| ast::CallExpr::can_cast(p.kind()));
        let name = path.segment().and_then(|s| s.name_ref());
        if !called
            && name.is_some_and(|n| matches!(n.text(), "new" | "monolithic"))
            && path.qualifier().is_some_and(|q| self.is_coordinator(&q))
        {
            self.sites.hidden_source = true;
        }
    }

    fn getter_call(
        &mut self,
        it: &ast::MethodCallExpr,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        let Some(name) = it.name_ref().map(|n| n.text().to_string()) else {
            return;
        };
        let count = it.arg_list().map_or(0, |l| l.args().count());
        let candidates: Vec<Key> = self
            .candidates(&name)
            .into_iter()
            .filter(|k| {
                let f = &self.slots.functions[k];
                f.has_self && f.ret.is_some() && f.params.len() == count
            })
            .collect();
        if candidates.is_empty() {
            return;
        }
        let receiver = it
            .receiver()
            .map_or(Type::Unknown, |r| self.infer.expr(self.file, &r));
        let method = self
            .infer
            .method_of(&receiver, &name, Taking::Method(count));
        let key = match method {
            Some((it, _)) => Some(key_of(self.infer.index, it.file, it.function.syntax())),
            None if *receiver.peeled() == Type::Coordinator => {
                self.of_extension(&name, &candidates)
            }
            None => None,
        };
        if let Some(function) = key.and_then(|k| self.slots.functions.get(&k).cloned())
            && let Some(slot) = function.ret
        {
            let value = returned_value(&function, self.slots.all[slot].form);
            let expr = ast::Expr::MethodCallExpr(it.clone());
            self.root(expr, Source::Slot(slot), value, bindings);
        }
    }

    /// Walks outwards to where a coordinator goes.
    fn land(&self, start: ast::Expr, value: Value, source: &Source) -> (ast::Expr, Value, Landing) {
        let mut cur = start;
        let mut value = value;
        loop {
            if let Some(slot) = self.sites.into.get(&self.key(cur.syntax()))
                && value != Value::Future
                && value != Value::Making
            {
                return (cur, value, Landing::Slot(*slot));
            }
            if self.tree.is_macro_piece(cur.syntax()) {
                return (cur, value, Landing::Other);
            }
            let Some(parent) = cur.syntax().parent() else {
                return (cur, value, Landing::Other);
            };
            let next = ast::Expr::cast(parent.clone());
            if matches!(value, Value::Opt | Value::OptRef)
                && let Some((whole, taken)) = self.or_value(&parent, &cur)
            {
                (cur, value) = (whole, taken);
                continue;
            }
            if matches!(value, Value::Opt | Value::OptRef | Value::OptBare)
                && let Some(branches) = Branches::of(&parent, &cur)
            {
                if value != Value::OptBare
                    && let Some(clones) = branches.leaving()
                {
                    value = match value {
                        Value::OptRef if !clones => Value::Ref,
                        _ => Value::Arc,
                    };
                    cur = branches.whole;
                    continue;
                }
                let edition = self.infer.index.edition(self.file);
                let plain = !branches.leaves() && !branches.ends_late(edition);
                if plain && !self.is_needed(&branches.without()) {
                    let landing = Landing::Branch(branches.whole, branches.some, branches.pat);
                    return (cur, value, landing);
                }
                return (cur, value, Landing::Other);
            }
            match parent.kind() {
                SyntaxKind::PAREN_EXPR => {}
                SyntaxKind::AWAIT_EXPR => match value {
                    Value::Future => value = self.awaited(source),
                    Value::Making => {}
                    _ => return (cur, value, Landing::Other),
                },
                SyntaxKind::TRY_EXPR if value == Value::Making => {}
                SyntaxKind::TRY_EXPR if value == Value::Opt => value = Value::Arc,
                SyntaxKind::TRY_EXPR if value == Value::OptRef => value = Value::Ref,
                SyntaxKind::TRY_EXPR if value == Value::OptBare => value = Value::RefBare,
                SyntaxKind::TRY_EXPR if value.taken_out().is_some() => {
                    value = value.taken_out().unwrap_or(value);
                }
                SyntaxKind::REF_EXPR => {
                    let mutable =
                        ast::RefExpr::cast(parent).is_some_and(|r| r.mut_token().is_some());
                    value = match value {
                        _ if mutable => return (cur, value, Landing::Target),
                        Value::Deref | Value::RefBare => Value::RefBare,
                        Value::Opt | Value::OptRef => Value::OptRef,
                        Value::Future
                        | Value::Making
                        | Value::Res
                        | Value::ResRef
                        | Value::OptBare => {
                            return (cur, value, Landing::Other);
                        }
                        _ => Value::Ref,
                    };
                }
                SyntaxKind::PREFIX_EXPR => {
                    let deref = ast::PrefixExpr::cast(parent)
                        .is_some_and(|p| p.op_kind() == Some(ast::UnaryOp::Deref));
                    value = match value {
                        Value::Ref if deref => Value::Place,
                        // `**bus` of a reference to an `Arc`
                        Value::Place | Value::Arc | Value::RefBare | Value::Deref if deref => {
                            Value::Deref
                        }
                        _ => return (cur, value, Landing::Other),
                    };
                }
                SyntaxKind::METHOD_CALL_EXPR => {
                    let Some(call) = ast::MethodCallExpr::cast(parent) else {
                        return (cur, value, Landing::Other);
                    };
                    if call.receiver().as_ref() != Some(&cur) {
                        return (cur, value, Landing::Other);
                    }
                    let name = call
                        .name_ref()
                        .map(|n| n.text().to_string())
                        .unwrap_or_default();
                    value = match (name.as_str(), value) {
                        (_, Value::Making) => match name.as_str() {
                            "unwrap" | "expect" | "map_err" | "context" | "with_context"
                            | "unwrap_or_else" | "map" => Value::Making,
                            _ => return (cur, value, Landing::Other),
                        },
                        (_, Value::Future) => return (cur, value, Landing::Other),
                        ("cloned", Value::ResRef) => Value::Res,
                        (name, Value::Res | Value::ResRef) => {
                            match (purity::unwrapping(name, &call), value.taken_out()) {
                                (Some(true), Some(taken)) => taken,
                                (Some(false), _) => value,
                                _ => return (cur, value, Landing::Other),
                            }
                        }
                        ("is_some" | "is_none", Value::Opt | Value::OptRef) => {
                            let told = self.told(&call, name == "is_some");
                            return (cur, value, told.unwrap_or(Landing::Other));
                        }
                        ("clone" | "cloned", Value::Opt | Value::OptRef) => Value::Opt,
                        ("as_ref", Value::Opt | Value::OptRef) => Value::OptRef,
                        ("as_deref", Value::Opt | Value::OptRef) => Value::OptBare,
                        ("unwrap" | "expect", Value::OptBare) => Value::RefBare,
                        ("unwrap_or_else", Value::Opt | Value::OptRef | Value::OptBare)
                            if !has_comment(call.syntax()) =>
                        {
                            match (purity::asking("unwrap_or_else", &call), value) {
                                (None, _) => return (cur, value, Landing::Other),
                                (_, Value::Opt) => Value::Arc,
                                (_, Value::OptRef) => Value::Ref,
                                _ => Value::RefBare,
                            }
                        }
                        ("unwrap" | "expect", Value::Opt) => Value::Arc,
                        ("unwrap" | "expect", Value::OptRef) => Value::Ref,
                        ("unwrap_or", Value::Opt | Value::OptRef) => {
                            let arg = call.arg_list().and_then(|l| l.args().next());
                            let arg = arg.filter(|_| !has_comment(call.syntax()));
                            match arg.and_then(|a| self.accessed(&a)) {
                                Some(taken) => taken,
                                None => return (cur, value, Landing::Other),
                            }
                        }
                        (name, Value::Opt | Value::OptRef)
                            if purity::asking(name, &call) == Some(false) =>
                        {
                            if value == Value::Opt {
                                Value::Res
                            } else {
                                Value::ResRef
                            }
                        }
                        (_, Value::Opt | Value::OptRef | Value::OptBare) => {
                            return (cur, value, Landing::Other);
                        }
                        ("clone" | "to_owned", Value::Place | Value::Arc | Value::Ref) => {
                            Value::Arc
                        }
                        ("into", Value::Place | Value::Arc) => Value::Arc,
                        ("as_ref" | "borrow" | "deref", Value::Place | Value::Arc | Value::Ref) => {
                            Value::RefBare
                        }
                        (name, _) if api::METHODS.contains(&name) || self.infer.borrows(name) => {
                            return (cur, value, Landing::Read);
                        }
                        _ => return (cur, value, Landing::Other),
                    };
                }
                SyntaxKind::ARG_LIST => {
                    let Some(call) = parent.parent() else {
                        return (cur, value, Landing::Other);
                    };
                    let Some(whole) = ast::CallExpr::cast(call.clone()) else {
                        if let Some(method) = ast::MethodCallExpr::cast(call) {
                            if debug_name(&method).is_some() {
                                return (cur, value, Landing::Debug(method));
                            }
                            let blocks = method.name_ref().is_some_and(|n| n.text() == "block_on");
                            if blocks && value == Value::Future {
                                cur = ast::Expr::MethodCallExpr(method);
                                value = self.awaited(source);
                                continue;
                            }
                        }
                        return (cur, value, Landing::Other);
                    };
                    // `Some(bus)`, as an argument or a field; `Ok(bus)`, as a result
                    if let Some(slot) = self.sites.into.get(&self.key(whole.syntax()))
                        && matches!(
                            (self.slots.all[*slot].form, value),
                            (Form::Opt | Form::Res, Value::Place | Value::Arc)
                                | (Form::ResRef, Value::Ref)
                                | (Form::OptRef, Value::Place | Value::Ref | Value::RefBare)
                        )
                    {
                        return (cur, value, Landing::Slot(*slot));
                    }
                    match self.known_call(&whole, value, source) {
                        Known::Value(next_value) => {
                            value = next_value;
                            cur = ast::Expr::CallExpr(whole);
                            continue;
                        }
                        Known::Drop => {
                            let stmt = whole.syntax().parent();
                            return match stmt.filter(|s| s.kind() == SyntaxKind::EXPR_STMT) {
                                Some(stmt) => (cur, value, Landing::Discard(stmt)),
                                None => (cur, value, Landing::Other),
                            };
                        }
                        Known::No => return (cur, value, Landing::Other),
                    }
                }
                SyntaxKind::LET_STMT | SyntaxKind::LET_EXPR
                    if matches!(value, Value::Opt | Value::OptRef | Value::OptBare) =>
                {
                    let landing = some_pattern(&parent).filter(|it| match it {
                        Landing::LetSome(it, _) => {
                            let without = it.let_else().map(|e| e.syntax().clone());
                            !self.is_needed(without.as_slice())
                        }
                        _ => true,
                    });
                    let landing = landing.unwrap_or(Landing::Other);
                    return (cur, value, landing);
                }
                SyntaxKind::LET_STMT => {
                    let stmt = ast::LetStmt::cast(parent.clone());
                    let Some(stmt) = stmt.filter(|s| s.let_else().is_none()) else {
                        return (cur, value, Landing::Other);
                    };
                    let landing = match stmt.pat() {
                        _ if matches!(
                            value,
                            Value::Future
                                | Value::Making
                                | Value::Deref
                                | Value::Res
                                | Value::ResRef
                        ) =>
                        {
                            Landing::Other
                        }
                        Some(ast::Pat::IdentPat(pat))
                            if pat.pat().is_none()
                                && pat.ref_token().is_none()
                                && !self.is_another(&stmt) =>
                        {
                            Landing::Local(stmt, pat)
                        }
                        Some(ast::Pat::WildcardPat(_)) => Landing::Discard(parent),
                        _ => Landing::Other,
                    };
                    return (cur, value, landing);
                }
                SyntaxKind::TUPLE_EXPR => {
                    let fits = matches!(
                        value,
                        Value::Place | Value::Arc | Value::Ref | Value::RefBare
                    );
                    let bound = bound_in_tuple(&parent, &cur).filter(|_| fits);
                    let landing = bound.map_or(Landing::Other, |(s, p)| Landing::Local(s, p));
                    return (cur, value, landing);
                }
                SyntaxKind::EXPR_STMT => return (cur, value, Landing::Discard(parent)),
                SyntaxKind::BIN_EXPR => {
                    let bin = ast::BinExpr::cast(parent.clone());
                    let assigns = bin.as_ref().is_some_and(|b| {
                        matches!(b.op_kind(), Some(ast::BinaryOp::Assignment { .. }))
                    });
                    let (Some(bin), true) = (bin, assigns) else {
                        return (cur, value, Landing::Other);
                    };
                    if bin.lhs().as_ref() == Some(&cur) {
                        return (cur, value, Landing::Target);
                    }
                    let stmt = parent.parent().and_then(ast::ExprStmt::cast);
                    return match (stmt, bin.lhs()) {
                        (Some(stmt), Some(ast::Expr::UnderscoreExpr(_))) => {
                            (cur, value, Landing::Discard(stmt.syntax().clone()))
                        }
                        _ => (cur, value, Landing::Other),
                    };
                }
                _ => return (cur, value, Landing::Other),
            }
            match next {
                Some(next) => cur = next,
                None => return (cur, value, Landing::Other),
            }
        }
    }

    /// Whether a variable is by its written type something else than a coordinator, such as a `&dyn Trait`.
    fn is_another(&self, stmt: &ast::LetStmt) -> bool {
        let Some(ty) = stmt.ty() else { return false };
        let lowered = self.infer.lower(self.file, &ty, &Vec::new());
        let inferred = || {
            ty.syntax()
                .descendants()
                .any(|n| ast::InferType::can_cast(n.kind()))
        };
        *lowered.peeled() != Type::Coordinator && !inferred()
    }

    /// The slot of a field that an expression names.
    fn field_slot(&self, expr: &ast::Expr) -> Option<SlotId> {
        let ast::Expr::FieldExpr(it) = expr else {
            return None;
        };
        let name = it.name_ref()?.text().to_string();
        let base = self.infer.expr(self.file, &it.expr()?);
        let Type::Item(at, node, _) = base.peeled() else {
            return None;
        };
        let adt = self.slots.adts.get(&key_of(self.infer.index, *at, node))?;
        self.slot_of_field(adt, &name)
    }

    /// What a future of a coordinator gives.
    fn awaited(&self, source: &Source) -> Value {
        match source {
            Source::Slot(slot) => value_of(self.slots.all[*slot].form),
            _ => Value::Ref,
        }
    }

    fn known_call(&self, call: &ast::CallExpr, value: Value, source: &Source) -> Known {
        let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
            return Known::No;
        };
        let Some(path) = callee.path() else {
            return Known::No;
        };
        let name = path
            .segment()
            .and_then(|s| s.name_ref())
            .map(|n| n.text().to_string())
            .unwrap_or_default();
        let of = path.qualifier();
        let is_arc = of.is_some_and(|q| self.infer.index.is_arc(self.file, &q));
        match (name.as_str(), value) {
            ("clone", Value::Ref | Value::Place) if is_arc => Known::Value(Value::Arc),
            ("as_ref", Value::Ref) if is_arc => Known::Value(Value::RefBare),
            ("new" | "from", Value::Making) if is_arc => Known::Value(Value::Arc),
            ("block_on", Value::Future) => Known::Value(self.awaited(source)),
            ("drop", Value::Place | Value::Arc | Value::Ref) => Known::Drop,
            _ => Known::No,
        }
    }
}

/// What is done with what is in an `Option`, and what without it.
struct Branches {
    /// The `if` or `match`.
    whole: ast::Expr,
    pat: ast::IdentPat,
    some: ast::Expr,
    /// `None`: what follows, which `some` leaves.
    none: Option<ast::Expr>,
}

impl Branches {
    /// `if let Some(x) = option { … } else { … }`, a `match` with two arms, or an `if` that leaves what follows, without
    /// comments in what is done without `x`, or behind what is done with it.
    fn of(parent: &SyntaxNode, option: &ast::Expr) -> Option<Self> {
        let bound = |pat: Option<ast::Pat>| {
            let pat = climb::success_pattern(&pat?)?;
            pat.mut_token().is_none().then_some(pat)
        };
        let out = match parent.kind() {
            SyntaxKind::LET_EXPR => {
                let condition = ast::LetExpr::cast(parent.clone())?;
                let it = ast::IfExpr::cast(parent.parent()?)?;
                let some = it.then_branch()?;
                let none = match it.else_branch() {
                    Some(ast::ElseBranch::Block(none)) => Some(ast::Expr::BlockExpr(none)),
                    Some(ast::ElseBranch::IfExpr(_)) => return None,
                    None => {
                        left_by(&it)?;
                        None
                    }
                };
                Self {
                    pat: bound(condition.pat())?,
                    some: ast::Expr::BlockExpr(some),
                    none,
                    whole: ast::Expr::IfExpr(it),
                }
            }
            SyntaxKind::MATCH_EXPR => {
                let it = ast::MatchExpr::cast(parent.clone())?;
                if it.expr().as_ref() != Some(option) {
                    return None;
                }
                let (some, none) = arms_of_option(&it)?;
                let has_attribute = |arm: &ast::MatchArm| arm.attrs().next().is_some();
                if has_attribute(&some) || has_attribute(&none) {
                    return None;
                }
                Self {
                    pat: bound(some.pat())?,
                    some: some.expr()?,
                    none: Some(none.expr()?),
                    whole: ast::Expr::MatchExpr(it),
                }
            }
            _ => return None,
        };
        let some = out.some.syntax().text_range();
        let none = out.none.as_ref().map(|n| n.syntax().text_range());
        let left = match (none, &out.whole) {
            (None, ast::Expr::IfExpr(it)) => {
                left_by(it).map(|(_, leave)| leave.syntax().text_range().start())
            }
            _ => None,
        };
        let around = match none {
            Some(_) => Some(out.whole.syntax().clone()),
            None => out
                .whole
                .syntax()
                .ancestors()
                .find_map(ast::StmtList::cast)
                .map(|l| l.syntax().clone()),
        };
        let tokens = around?.descendants_with_tokens();
        let tokens = tokens.filter_map(|e| e.into_token());
        let mut comments = tokens.filter(|t| t.kind() == SyntaxKind::COMMENT);
        let lost = comments.any(|t| {
            let range = t.text_range();
            let in_none = none.is_some_and(|n| n.contains_range(range));
            in_none || range.start() >= some.end() || left.is_some_and(|l| range.start() >= l)
        });
        (!lost).then_some(out)
    }

    /// Whether the whole is what is in the `Option`, or leaves what is around it; and whether it clones that.
    fn leaving(&self) -> Option<bool> {
        let name = self.pat.name().filter(|_| self.pat.ref_token().is_none())?;
        let some = climb::sole_expression(&self.some);
        let (taken, clones) = match &some {
            ast::Expr::MethodCallExpr(it) if it.name_ref()?.text() == "clone" => {
                (it.receiver()?, true)
            }
            ast::Expr::CallExpr(it) => {
                let callee = it.expr()?.syntax().text().to_string();
                let arg = it.arg_list()?.args().next()?;
                (callee.ends_with("Arc::clone")).then_some((arg, true))?
            }
            other => (other.clone(), false),
        };
        let is_it = matches!(&taken, ast::Expr::PathExpr(p) if locals::is_name(p, name.text()));
        let without = self.none.as_ref().is_some_and(purity::diverges);
        (is_it && without && !has_comment(self.whole.syntax())).then_some(clones)
    }

    /// The code that is run where there is nothing in the `Option`.
    fn without(&self) -> Vec<SyntaxNode> {
        match (&self.none, &self.whole) {
            (Some(none), _) => vec![none.syntax().clone()],
            (None, ast::Expr::IfExpr(it)) => left_by(it).map_or(Vec::new(), |(rest, _)| rest),
            _ => Vec::new(),
        }
    }

    /// Whether nothing behind it is reached where there is something in the `Option`.
    fn leaves(&self) -> bool {
        self.none.is_some() && purity::diverges(&self.some)
    }

    /// Whether what is left, now the last in its function, may end something behind the variables there that ended before
    /// them.
    fn ends_late(&self, edition: Edition) -> bool {
        let ast::Expr::IfExpr(it) = &self.whole else {
            return false;
        };
        let leave = left_by(it).filter(|_| edition < Edition::Edition2024);
        leave.is_some_and(|(_, leave)| purity::may_make_temporary(&leave))
    }
}

/// What follows an `if` that always leaves it for the end of its function or of a turn of its loop, and the expression that
/// does.
pub(super) fn left_by(it: &ast::IfExpr) -> Option<(Vec<SyntaxNode>, ast::Expr)> {
    let parent = it.syntax().parent()?;
    let stmt = match parent.kind() {
        SyntaxKind::EXPR_STMT => parent,
        _ => it.syntax().clone(),
    };
    let list = ast::StmtList::cast(stmt.parent()?)?;
    let block = ast::BlockExpr::cast(list.syntax().parent()?)?;
    let around = block.syntax().parent()?;
    let branch = it.then_branch()?;
    let own = branch.stmt_list()?;
    let leave = purity::last_of(&branch)?;
    let ends = match &leave {
        ast::Expr::ReturnExpr(_) => {
            let is_task = block.async_token().is_some();
            is_task
                || (block.modifier().is_none()
                    && matches!(around.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR))
        }
        ast::Expr::ContinueExpr(to) => {
            let is_turn = matches!(
                around.kind(),
                SyntaxKind::FOR_EXPR | SyntaxKind::WHILE_EXPR | SyntaxKind::LOOP_EXPR
            );
            is_turn && to.lifetime().is_none()
        }
        _ => false,
    };
    let rest: Vec<SyntaxNode> = stmt.siblings(Direction::Next).skip(1).collect();
    // what others may only be there for
    let is_plain = |n: SyntaxNode| match ast::MacroCall::cast(n.clone()) {
        Some(call) => tree::macro_name(&call).is_some_and(|n| tree::is_well_known(n.text())),
        None => !ast::Item::can_cast(n.kind()) && !ast::RecordExpr::can_cast(n.kind()),
    };
    let plain = rest.iter().flat_map(SyntaxNode::descendants).all(is_plain);
    let given = match &leave {
        ast::Expr::ReturnExpr(it) => it.expr(),
        _ => None,
    };
    let fits = given.is_none_or(|e| !purity::begins_with_block(&e));
    // those of the branch would be seen in all of the function
    let no_items = own.statements().all(|s| !matches!(s, ast::Stmt::Item(_)));
    (ends && !rest.is_empty() && plain && fits && no_items).then_some((rest, leave))
}

/// The arm for `Some` and the one for `None` of a `match` that has no other and no guard.
fn arms_of_option(it: &ast::MatchExpr) -> Option<(ast::MatchArm, ast::MatchArm)> {
    let arms: Vec<ast::MatchArm> = it.match_arm_list()?.arms().collect();
    let Ok([a, b]) = <[ast::MatchArm; 2]>::try_from(arms) else {
        return None;
    };
    let is_none = |arm: &ast::MatchArm| match arm.pat() {
        Some(ast::Pat::IdentPat(p)) => p.syntax().text() == "None",
        Some(ast::Pat::WildcardPat(_)) => true,
        _ => false,
    };
    let (some, none) = if is_none(&b) { (a, b) } else { (b, a) };
    let plain = [&some, &none].iter().all(|arm| arm.guard().is_none());
    (plain && is_none(&none)).then_some((some, none))
}

/// Whether a variable is but compared or reckoned with a literal.
fn beside_literal(variable: &ast::PathExpr) -> bool {
    let bin = variable.syntax().parent().and_then(ast::BinExpr::cast);
    bin.is_some_and(|b| matches!(b.rhs(), Some(ast::Expr::Literal(_))))
}

/// Whether the branches around the `Option` that is read leave, or are what is in it.
fn is_leaving(whole: &SyntaxNode, option: &SyntaxNode) -> bool {
    let mut around = option.ancestors();
    let read = around.find_map(|n| {
        let parent = n.parent()?;
        let of_if = parent.parent().as_ref() == Some(whole);
        let condition = ast::LetExpr::can_cast(parent.kind()) && of_if;
        (condition || parent == *whole).then_some((parent, ast::Expr::cast(n)?))
    });
    let branches = read.and_then(|(parent, option)| Branches::of(&parent, &option));
    branches.is_some_and(|b| b.leaving().is_some())
}

/// `if let Some(x) = …` alone and without an `else`; `let Some(x) = … else`.
fn some_pattern(parent: &SyntaxNode) -> Option<Landing> {
    let name = |pat: Option<ast::Pat>| {
        let ast::Pat::TupleStructPat(it) = pat? else {
            return None;
        };
        let is_some = it.path()?.as_single_name_ref()?.text() == "Some";
        match it.fields().next()? {
            ast::Pat::IdentPat(p) if is_some && p.pat().is_none() => {
                p.mut_token().is_none().then_some(p)
            }
            _ => None,
        }
    };
    if let Some(it) = ast::LetStmt::cast(parent.clone()) {
        it.let_else()?;
        return (!has_comment(it.syntax()))
            .then(|| name(it.pat()))?
            .map(|p| Landing::LetSome(it, p));
    }
    let it = ast::LetExpr::cast(parent.clone())?;
    let around = ast::IfExpr::cast(parent.parent()?)?;
    let plain = around.else_branch().is_none()
        && around
            .syntax()
            .parent()
            .is_some_and(|p| matches!(p.kind(), SyntaxKind::EXPR_STMT | SyntaxKind::STMT_LIST));
    plain
        .then(|| name(it.pat()))?
        .map(|p| Landing::IfSome(around, p))
}

/// The tokens of the generic type in front of `::name`: `Type::<A>`, `<Type as Trait>`.
fn generic_of(tokens: &[SyntaxToken]) -> impl Iterator<Item = &str> {
    let mut depth = 0usize;
    let mut start = tokens.len();
    for (i, token) in tokens.iter().enumerate().rev() {
        match token.text() {
            ">" => depth += 1,
            "<" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    start = i.saturating_sub(3);
                    break;
                }
            }
            _ => {}
        }
    }
    tokens[start..].iter().map(SyntaxToken::text)
}

enum Known {
    Value(Value),
    Drop,
    No,
}

fn returned_value(function: &Function, form: Form) -> Value {
    let is_async = ast::Fn::cast(function.node.clone()).is_some_and(|f| f.async_token().is_some());
    if is_async {
        Value::Future
    } else {
        value_of(form)
    }
}

fn value_of(form: Form) -> Value {
    match form {
        Form::RefArc => Value::Ref,
        Form::RefBare => Value::RefBare,
        Form::Opt => Value::Opt,
        Form::OptRef => Value::OptRef,
        Form::Res => Value::Res,
        Form::ResRef => Value::ResRef,
        _ => Value::Arc,
    }
}

/// Whether a literal that starts with these tokens of a macro's definition has fields that the macro is given.
fn gives_names(tokens: &[SyntaxToken]) -> bool {
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text());
    let end = tokens.iter().position(|t| t.text() == "}");
    text(0) == "{"
        && (1..end.unwrap_or_default()).any(|i| {
            text(i) == "$"
                && matches!(text(i - 1), "{" | "," | "(")
                && matches!(text(i + 2), ":" | "," | "}")
        })
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
fn taken_apart(call: &SyntaxNode) -> Option<Vec<ast::TuplePat>> {
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

/// Whether a variable is lent by a `let` of something that is made there.
fn lives_by(pat: &ast::IdentPat) -> bool {
    let stmt = pat.syntax().ancestors().find_map(ast::LetStmt::cast);
    let mut init = stmt.and_then(|s| s.initializer());
    loop {
        init = match init {
            Some(ast::Expr::FieldExpr(it)) => it.expr(),
            Some(ast::Expr::ParenExpr(it)) => it.expr(),
            Some(ast::Expr::PathExpr(_) | ast::Expr::IndexExpr(_) | ast::Expr::PrefixExpr(_))
            | None => {
                return false;
            }
            Some(_) => return true,
        };
    }
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

/// The literal of `.field("name", …)`.
fn debug_name(call: &ast::MethodCallExpr) -> Option<String> {
    if call.name_ref()?.text() != "field" {
        return None;
    }
    let args: Vec<ast::Expr> = call.arg_list()?.args().collect();
    let [ast::Expr::Literal(name), _] = args.as_slice() else {
        return None;
    };
    let text = name.syntax().text().to_string();
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())
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

/// Whether a method sets a static that nobody has set before.
fn inits_a_cell(call: &ast::MethodCallExpr) -> bool {
    let name = call.name_ref();
    name.is_some_and(|n| matches!(n.text(), "get_or_init" | "get_or_try_init"))
}

/// The name of the macro that is called or defined.
fn macro_name(node: &SyntaxNode) -> Option<String> {
    if let Some(it) = ast::MacroRules::cast(node.clone()) {
        return Some(it.name()?.text().to_string());
    }
    let call = ast::MacroCall::cast(node.clone())?;
    Some(tree::macro_name(&call)?.text().to_string())
}
