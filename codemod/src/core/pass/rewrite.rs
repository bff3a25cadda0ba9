//! The edits that a decision needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasAttrs};
use ra_ap_syntax::{Direction, Edition, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use self::lints::Thinned;
use super::super::api::{self, Item};
use super::super::behaviour;
use super::super::catalog;
use super::super::climb::Form as Held;
use super::super::defs::{Index, use_item};
use super::super::docs;
use super::super::edit::Edit;
use super::super::finding::Finding;
use super::super::imports::{self, Need};
use super::super::layout;
use super::super::lint;
use super::super::locals::{self, Use};
use super::super::purity;
use super::super::resolve::{Def, Namespace};
use super::super::search::{self, Places};
use super::super::tree::{self, FileTree};
use super::super::workspace::{FileId, Language};
use super::decide::{self, Decision, LocalState};
use super::documented;
use super::ends;
use super::flow::await_scopes;
use super::generics;
use super::hoist::{self, Hoist, Reach};
use super::infer::{Infer, Method, Taking, Type};
use super::lifetimes::{self, Lent};
use super::lists;
use super::sites::{
    self, Guards, Landing, List, Root, Sites, Source, Value, exports_bus, pattern_elements,
    skip_list, tuple_element,
};
use super::slots::{
    Adt, FN_ATTRS, Form, Kind, Slot, SlotId, Slots, has_comment, is_open_in_binary, is_plain_pub,
    unknown_attr,
};
use super::{Key, is_quiet, key_of, said_in, said_in_package};

mod aliases;
mod as_is;
mod borrowed;
mod captured;
mod lints;
mod options;
mod params;
mod reads;
mod results;
mod spread;
mod units;
mod unused;
mod variables;

pub(super) use aliases::aliases;
use options::without;
use spread::Pressed;
use units::Units;

/// Edits, imports and findings.
#[derive(Default)]
pub(super) struct Written {
    pub(super) edits: BTreeMap<FileId, Vec<Edit>>,
    pub(super) needs: BTreeMap<FileId, Vec<Need>>,
    pub(super) findings: Vec<Finding>,
    /// Code that goes because an `Option` is never `None`.
    pub(super) dropped: Vec<(FileId, TextRange)>,
}

pub(super) fn rewrite(
    infer: &Infer<'_>,
    slots: &Slots,
    sites: &Sites,
    decision: &Decision,
) -> Written {
    let mut writer = Writer {
        infer,
        slots,
        sites,
        decision,
        gone: BTreeMap::new(),
        again: BTreeMap::new(),
        whole: BTreeMap::new(),
        hoisted: Vec::new(),
        inlined: Vec::new(),
        bound: Vec::new(),
        elements: BTreeMap::new(),
        units: Units::default(),
        pressed: Vec::new(),
        out: Written::default(),
    };
    writer.units();
    for slot in (0..slots.all.len()).filter(|s| decision.removed(*s)) {
        match slots.all[slot].kind {
            Kind::Param => writer.parameter(slot),
            // nothing reads it
            Kind::Callback => {}
            Kind::Field | Kind::Return | Kind::Element | Kind::Row => writer.field_reads(slot),
            Kind::Static => {
                let sets = sites.sets.iter().filter(|(cell, ..)| *cell == slot);
                for (_, file, stmt) in sets {
                    writer.delete_statement(*file, stmt);
                    writer.unchecked(*file, stmt);
                }
            }
        }
    }
    writer.inlined();
    writer.hoisted();
    writer.definitions();
    writer.functions();
    writer.setter_calls();
    writer.lists();
    writer.bare_closures();
    writer.positions();
    writer.lifetimes();
    writer.locals();
    writer.tuples();
    writer.empty_patterns();
    writer.unused_variables();
    writer.debug_links();
    writer.shutdowns();
    writer.braces();
    writer.collapse();
    writer.asynchronous();
    let (mut out, whole, pressed) = (writer.out, writer.whole, writer.pressed);
    for (file, edits) in &mut out.edits {
        let whole = whole.get(file).map_or(&[][..], Vec::as_slice);
        edits.retain(|e| !whole.iter().any(|w| is_inside(e.range, *w)));
        tidy(edits);
    }
    spread::spread(&mut out.edits, &pressed);
    out
}

/// What goes with a tuple of which `()` is left, where that need not be said: `-> ()`, `let () =`, `return ()`, and the last
/// expression of a function.
fn empty_around(tree: &FileTree, tuple: &SyntaxNode, left: &SyntaxNode) -> Option<TextRange> {
    let parent = tuple.parent()?;
    let range = tree.range(tuple);
    if left.text() != "()" {
        return None;
    }
    match parent.kind() {
        SyntaxKind::RET_TYPE => {
            let range = tree.range(&parent);
            let before = parent.prev_sibling_or_token()?;
            let blank = before
                .as_token()
                .filter(|t| t.kind() == SyntaxKind::WHITESPACE);
            let start = blank.map_or(range.start(), |t| tree.token_range(t).start());
            Some(TextRange::new(start, range.end()))
        }
        SyntaxKind::LET_STMT => {
            let stmt = ast::LetStmt::cast(parent)?;
            let init = tree.range(stmt.initializer()?.syntax());
            let start = tree.token_range(&stmt.let_token()?).start();
            Some(TextRange::new(start, init.start()))
        }
        SyntaxKind::RETURN_EXPR => {
            let token = ast::ReturnExpr::cast(parent)?.return_token()?;
            Some(TextRange::new(tree.token_range(&token).end(), range.end()))
        }
        SyntaxKind::STMT_LIST => {
            let before = tuple.prev_sibling_or_token()?;
            let blank = before
                .as_token()
                .filter(|t| t.kind() == SyntaxKind::WHITESPACE);
            let start = blank.map_or(range.start(), |t| tree.token_range(t).start());
            Some(TextRange::new(start, range.end()))
        }
        _ => None,
    }
}

/// Whether `inner` is a part of `outer`. An insertion at its ends is not.
fn is_inside(inner: TextRange, outer: TextRange) -> bool {
    outer.contains_range(inner)
        && outer.len() > inner.len()
        && (!inner.is_empty() || (outer.start() < inner.start() && inner.start() < outer.end()))
}

/// The same edit twice is one; what lies in a deletion goes with it.
fn tidy(edits: &mut Vec<Edit>) {
    let mut seen: Vec<Edit> = Vec::new();
    for edit in edits.drain(..) {
        if !seen.contains(&edit) {
            seen.push(edit);
        }
    }
    let covered = |e: &Edit| {
        seen.iter()
            .any(|other| other != e && other.insert.is_empty() && is_inside(e.range, other.range))
    };
    *edits = seen.iter().filter(|e| !covered(e)).cloned().collect();
}

struct Writer<'w, 'a> {
    infer: &'w Infer<'a>,
    slots: &'w Slots,
    sites: &'w Sites,
    decision: &'w Decision,
    /// Statements that go.
    gone: BTreeMap<FileId, Vec<SyntaxNode>>,
    /// Statements that go, and that gave a variable its own name again.
    again: BTreeMap<FileId, Vec<SyntaxNode>>,
    /// Ranges that are written as a whole: edits inside of one go with it.
    whole: BTreeMap<FileId, Vec<TextRange>>,
    /// Reads that ask before a statement around them, with the name that they would like.
    hoisted: Vec<(Root, Hoist, String)>,
    /// Reads that ask where they stand.
    inlined: Vec<(Root, String)>,
    /// Variables that the accessor is bound to, by the list of their statement and where they are seen from.
    bound: Vec<(FileId, SyntaxNode, TextSize, String)>,
    /// Statements that bind a tuple, and the positions that go.
    elements: BTreeMap<Key, (ast::LetStmt, Vec<usize>)>,
    units: Units,
    pressed: Vec<Pressed>,
    out: Written,
}

impl<'a> Writer<'_, 'a> {
    fn tree(&self, file: FileId) -> Option<&'a FileTree> {
        self.infer.index.tree(file)
    }

    fn source(&self, file: FileId) -> &'a str {
        &self.infer.index.workspace.file(file).text
    }

    fn push(&mut self, file: FileId, edit: Edit) {
        self.out.edits.entry(file).or_default().push(edit);
    }

    /// `global_coordinator().await` as it is written at a place; `own`: for a variable of that name itself.
    fn accessor(&mut self, file: FileId, node: &SyntaxNode, own: bool) -> String {
        let Some(tree) = self.tree(file) else {
            return String::new();
        };
        // a variable of that name that goes hides nothing, unless it hid another
        let name = Item::Accessor.name();
        let local = locals::binding_of(tree, node, name);
        let own = own
            || local.is_some_and(|pat| {
                self.goes(file, &pat) && locals::binding_of(tree, pat.syntax(), name).is_none()
            });
        match imports::accessor_at(self.infer.index, file, tree, node, own) {
            Ok((name, need)) => {
                self.out.needs.entry(file).or_default().extend(need);
                format!("{name}().await")
            }
            Err(_) => String::new(),
        }
    }

    fn remaining(&self, uses: Option<&Vec<usize>>) -> Vec<Root> {
        uses.into_iter()
            .flatten()
            .map(|i| self.sites.roots[*i].clone())
            .filter(|r| !self.decision.vanishes(r))
            .collect()
    }

    fn definitions(&mut self) {
        let mut by_list: BTreeMap<(FileId, TextSize), (SyntaxNode, BTreeSet<usize>)> =
            BTreeMap::new();
        for (i, slot) in self.slots.all.iter().enumerate() {
            if !self.decision.removed(i) || slot.kind == Kind::Return {
                continue;
            }
            let (Some(list), Some(tree)) = (slot.node.parent(), self.tree(slot.file)) else {
                continue;
            };
            // rows without a type are lists alone
            if slot.kind == Kind::Row && !ast::TupleType::can_cast(list.kind()) {
                continue;
            }
            let param = ast::Param::cast(slot.node.clone()).and_then(|p| p.ty());
            let generic = param.and_then(|t| generics::of_type(self.infer, &t, |_| true));
            if let Some(generic) = generic.filter(|_| slot.form == Form::Into) {
                let edits = generic.removal(self.infer, slot.file);
                self.out.edits.entry(slot.file).or_default().extend(edits);
            }
            let key = (slot.file, tree.range(&list).start());
            by_list
                .entry(key)
                .or_insert_with(|| (list, BTreeSet::new()))
                .1
                .insert(slot.position);
        }
        for ((file, _), (list, gone)) in by_list {
            let adt = list.parent().map(|p| key_of(self.infer.index, file, &p));
            if let (Some(tree), true) = (self.tree(file), adt.is_some_and(|a| self.is_unit(a))) {
                self.push(file, Edit::delete(tree.range(&list)));
                continue;
            }
            if self.unit_definition(file, &list) {
                continue;
            }
            let in_tuple = ast::TupleType::can_cast(list.kind());
            // the receiver is an element too
            let mut elements: Vec<SyntaxNode> = Vec::new();
            let mut first = 0;
            for child in list.children() {
                match child.kind() {
                    SyntaxKind::SELF_PARAM => {
                        first = 1;
                        elements.push(child);
                    }
                    SyntaxKind::PARAM | SyntaxKind::RECORD_FIELD | SyntaxKind::TUPLE_FIELD => {
                        elements.push(child);
                    }
                    SyntaxKind::TYPE_ARG => elements.push(child),
                    _ if in_tuple => elements.push(child),
                    _ => {}
                }
            }
            let gone: Vec<usize> = gone.iter().map(|g| g + first).collect();
            self.delete(file, &elements, &gone);
        }
    }

    fn delete(&mut self, file: FileId, elements: &[SyntaxNode], gone: &[usize]) {
        let Some(tree) = self.tree(file) else { return };
        let list = elements.first().and_then(SyntaxNode::parent);
        let tuple = list.filter(|l| {
            matches!(
                l.kind(),
                SyntaxKind::TUPLE_TYPE | SyntaxKind::TUPLE_EXPR | SyntaxKind::TUPLE_PAT
            )
        });
        let mut left = (0..elements.len()).filter(|i| !gone.contains(i));
        if let (Some(tuple), Some(only), None) = (tuple, left.next(), left.next()) {
            // a tuple of one is that one
            let mut whole = tree.range(&tuple);
            let mut kept = elements[only].clone();
            if let Some(range) = empty_around(tree, &tuple, &kept) {
                self.push(file, Edit::delete(range));
                return;
            }
            if let Some((stmt, init)) = self.made_for(file, &tuple, &kept, false) {
                whole = whole.cover(tree.range(&stmt));
                kept = init;
            }
            let only = tree.range(&kept);
            let head = TextRange::new(whole.start(), only.start());
            self.push(file, Edit::delete(head));
            self.push(file, Edit::delete(TextRange::new(only.end(), whole.end())));
            return;
        }
        // nothing is left between the brackets
        if gone.len() == elements.len()
            && let Some(list) = elements.first().and_then(SyntaxNode::parent)
            && let (Some(open), Some(close)) = (list.first_token(), list.last_token())
        {
            let inside = TextRange::new(
                tree.token_range(&open).end(),
                tree.token_range(&close).start(),
            );
            // `..` stands for fields that are not named
            let rest = list
                .children_with_tokens()
                .any(|t| t.kind() == SyntaxKind::DOT2);
            let bracketed = open.text().len() == 1 && inside.start() <= inside.end() && !rest;
            let comments = layout::comments_in(
                self.source(file),
                self.infer.index.edition(file),
                inside,
                &[],
            );
            let only_docs = comments.iter().all(|c| c.starts_with("///"));
            if bracketed && only_docs && matches!(open.text(), "{" | "(") {
                self.push(file, Edit::delete(inside));
                return;
            }
        }
        for edit in lists::delete(self.source(file), tree, elements, gone) {
            self.push(file, edit);
        }
        for range in lists::comments_at(self.source(file), tree, elements, gone) {
            self.tell_of_comment(file, range);
        }
    }

    /// Tells of what fails no more where a static had been set already.
    fn unchecked(&mut self, file: FileId, stmt: &SyntaxNode) {
        let text = stmt.text().to_string();
        let mut said = search::words(&text);
        if let Some(tree) = self.tree(file)
            && said.any(|w| matches!(w, "expect" | "unwrap"))
        {
            let message = "what fails where the static had been set already is gone";
            let finding = Finding::new(catalog::ERROR_PATH_GONE, file, tree.range(stmt), message);
            self.out.findings.push(finding);
        }
    }

    /// Tells of a comment that stays where what it stood at goes.
    fn tell_of_comment(&mut self, file: FileId, range: TextRange) {
        let message = "what this comment stood at is gone, and the comment stays";
        let finding = Finding::new(catalog::STALE_DOC, file, range, message);
        let finding = finding.with_help("move it, word it anew, or delete it");
        self.out.findings.push(finding);
    }

    /// Whether a tuple struct or variant loses all of its fields, and its parentheses with them.
    fn is_unit(&self, adt: Key) -> bool {
        let Some(adt) = self.slots.adts.get(&adt).filter(|a| a.tuple) else {
            return false;
        };
        let comments = adt
            .node
            .children()
            .filter(|c| ast::TupleFieldList::can_cast(c.kind()))
            .flat_map(|l| l.descendants_with_tokens())
            .any(|t| t.kind() == SyntaxKind::COMMENT);
        !comments
            && adt
                .fields
                .iter()
                .all(|f| f.is_some_and(|s| self.decision.removed(s)))
    }

    fn lists(&mut self) {
        let sites = self.sites;
        for (file, fields) in &sites.updates {
            self.needless_update(*file, fields);
        }
        for list in &sites.lists {
            let gone: Vec<usize> = list
                .entries
                .iter()
                .filter(|(_, s)| self.decision.removed(*s))
                .map(|(i, _)| *i)
                .collect();
            let is_unit = list.tuple.is_some_and(|t| self.is_unit(t));
            if gone.is_empty() && !is_unit {
                continue;
            }
            let mut elements: Vec<SyntaxNode> = match list.node.kind() {
                SyntaxKind::ARG_LIST => ast::ArgList::cast(list.node.clone())
                    .map(|l| l.args().map(|a| a.syntax().clone()).collect())
                    .unwrap_or_default(),
                SyntaxKind::RECORD_EXPR_FIELD_LIST => {
                    ast::RecordExprFieldList::cast(list.node.clone())
                        .map(|l| l.fields().map(|f| f.syntax().clone()).collect())
                        .unwrap_or_default()
                }
                SyntaxKind::TUPLE_EXPR => ast::TupleExpr::cast(list.node.clone())
                    .map(|l| l.fields().map(|f| f.syntax().clone()).collect())
                    .unwrap_or_default(),
                SyntaxKind::TUPLE_PAT => ast::TuplePat::cast(list.node.clone())
                    .map(|l| l.fields().map(|f| f.syntax().clone()).collect())
                    .unwrap_or_default(),
                SyntaxKind::TUPLE_STRUCT_PAT => ast::TupleStructPat::cast(list.node.clone())
                    .map(|l| l.fields().map(|f| f.syntax().clone()).collect())
                    .unwrap_or_default(),
                _ => ast::RecordPatFieldList::cast(list.node.clone())
                    .map(|l| l.fields().map(|f| f.syntax().clone()).collect())
                    .unwrap_or_default(),
            };
            if let Some(rest) =
                ast::RecordPatFieldList::cast(list.node.clone()).and_then(|l| l.rest_pat())
            {
                elements.push(rest.syntax().clone());
            }
            if let Some(fields) = ast::RecordExprFieldList::cast(list.node.clone()) {
                self.needless_update(list.file, &fields);
            }
            self.eager(list, &elements, &gone);
            if is_unit {
                self.without_parentheses(list);
                continue;
            }
            if self.unit_use(list, gone.len()) || self.named_alone(list, &elements, &gone) {
                continue;
            }
            self.delete(list.file, &elements, &gone);
        }
    }

    /// `Bus(x)` is `Bus`; comments between the parentheses stay.
    fn without_parentheses(&mut self, list: &List) {
        let Some(tree) = self.tree(list.file) else {
            return;
        };
        let range = tree.range(&list.node);
        let start = match ast::TupleStructPat::cast(list.node.clone()).and_then(|p| p.path()) {
            Some(path) => tree.range(path.syntax()).end(),
            None => range.start(),
        };
        let range = TextRange::new(start, range.end());
        let source = self.source(list.file);
        let newline = layout::newline(source);
        let edition = self.infer.index.edition(list.file);
        let kept: String = layout::comments_in(source, edition, range, &[])
            .into_iter()
            .map(|c| match c.starts_with("//") {
                true => format!(" {c}{newline}"),
                false => format!(" {c}"),
            })
            .collect();
        self.push(list.file, Edit::replace(range, kept));
    }

    /// The other fields of a tuple struct move up.
    fn positions(&mut self) {
        let sites = self.sites;
        for it in &sites.positions {
            let before = self.slots.adts[&it.adt]
                .fields
                .iter()
                .take(it.position)
                .flatten()
                .filter(|s| self.decision.removed(**s))
                .count();
            if let (Some(tree), true) = (self.tree(it.file), before > 0) {
                let now = (it.position - before).to_string();
                self.push(it.file, Edit::replace(tree.range(&it.node), now));
            }
        }
    }
}

/// Whether a use of an `Arc` means the same if it is a reference to one.
fn fits_reference(root: &Root) -> bool {
    if root.expr.is_none() || root.landing == Landing::Target {
        return false;
    }
    if root.landing == Landing::Read && root.value == Value::Place {
        return true;
    }
    let Some(parent) = root.node.parent() else {
        return false;
    };
    if let Some(call) = ast::MethodCallExpr::cast(parent.clone()) {
        return call.name_ref().is_some_and(|n| n.text() == "clone")
            && call.arg_list().is_none_or(|l| l.args().next().is_none());
    }
    ast::RefExpr::cast(parent).is_some_and(|r| r.mut_token().is_none())
}

/// The blanks after a range.
fn gap_after(source: &str, range: TextRange) -> &str {
    let rest = &source[usize::from(range.end())..];
    &rest[..rest.len() - rest.trim_start().len()]
}
