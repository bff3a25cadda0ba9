//! The edits that a decision needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasAttrs};
use ra_ap_syntax::{Direction, Edition, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use super::super::api::Item;
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
    self, Landing, List, Root, Sites, Source, Value, exports_bus, pattern_elements, skip_list,
    tuple_element,
};
use super::slots::{
    Adt, FN_ATTRS, Form, Kind, Slot, SlotId, Slots, has_comment, is_open_in_binary, is_plain_pub,
    unknown_attr,
};
use super::{said_in, said_in_package};

mod as_is;
mod borrowed;
mod captured;
mod lints;
mod unused;

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
        elements: BTreeMap::new(),
        out: Written::default(),
    };
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
    let (mut out, whole) = (writer.out, writer.whole);
    for (file, edits) in &mut out.edits {
        let whole = whole.get(file).map_or(&[][..], Vec::as_slice);
        edits.retain(|e| !whole.iter().any(|w| is_inside(e.range, *w)));
        tidy(edits);
    }
    out
}

/// The aliases, of the coordinator's type and of what it was in, that the edits leave without a use, to be deleted: those
/// that nobody outside of the crate sees.
pub(super) fn aliases(
    infer: &Infer<'_>,
    slots: &Slots,
    edits: &BTreeMap<FileId, Vec<Edit>>,
) -> Vec<(FileId, Edit)> {
    let workspace = infer.index.workspace;
    let package = |file: FileId| workspace.file(file).package;
    let changing: BTreeSet<_> = edits.keys().map(|f| package(*f)).collect();
    let taken = (edits.iter())
        .flat_map(|(f, list)| list.iter().map(|e| &workspace.file(*f).text[e.range]))
        .collect::<Vec<_>>()
        .join("\n");
    let may_go =
        |name: &str| slots.type_names.iter().any(|n| n == name) || search::says(&taken, name);
    let defines = |file: &FileId| {
        let source = workspace.file(*file);
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let mut names = (source.text.split("type ").skip(1))
            .filter_map(|rest| rest.split(|c| !is_name(c)).next().filter(|n| !n.is_empty()));
        let may_go = |name: &str| {
            let passes = infer.index.passing_aliases.iter().any(|n| n == name);
            passes || (changing.contains(&source.package) && may_go(name))
        };
        source.language == Language::Rust && names.any(may_go)
    };
    let files: Vec<FileId> = (0..workspace.files.len())
        .map(FileId)
        .filter(defines)
        .collect();
    let mut more: Vec<(FileId, Edit)> = Vec::new();
    for file in files {
        let Some(tree) = infer.index.tree(file) else {
            continue;
        };
        let places = Places::of(["type"]).find(&workspace.file(file).text);
        for alias in tree
            .around(places.as_deref())
            .into_iter()
            .filter_map(ast::TypeAlias::cast)
        {
            // one of an impl block is asked for by its trait
            let of_impl = alias.syntax().parent();
            let of_impl = of_impl.is_some_and(|p| ast::AssocItemList::can_cast(p.kind()));
            let Some(name) = ast::HasName::name(&alias).filter(|_| !of_impl) else {
                continue;
            };
            let name = name.text().to_string();
            let of_bus = slots.type_names.contains(&name);
            let passes = infer.index.passing_aliases.contains(&name);
            if !passes && (!may_go(&name) || is_exported(infer, file, &alias)) {
                continue;
            }
            let own = tree.range(alias.syntax());
            let gone = |(f, r): &(FileId, TextRange)| {
                let edits = edits.get(f).into_iter().flatten();
                edits.into_iter().any(|e| {
                    e.range.contains_range(*r) && (of_bus || !search::says(&e.insert, &name))
                })
            };
            if gone(&(file, own)) {
                continue;
            }
            let mut uses = match passes {
                true => said_in(infer.index, &name, |_| true),
                false => said_in_package(infer.index, file, &name),
            };
            uses.retain(|(f, r)| !passes || !is_export(infer.index, *f, *r));
            uses.retain(|(f, r)| *f != file || !own.contains_range(*r));
            // another of that name is no use of this one
            uses.retain(|(f, r)| !is_of_another(infer, *f, *r, &alias));
            // the constructions' rewrite may have taken the last one
            let was_used = || {
                let before = infer.index.before();
                before.is_some_and(|b| said_in_package(b, file, &name).len() > 1)
            };
            if uses.iter().all(gone) && (!uses.is_empty() || was_used()) {
                let lines = layout::with_blank_line(&workspace.file(file).text, own);
                more.push((file, Edit::delete(lines)));
            }
        }
    }
    more
}

/// Whether a name at a place is that of another item than `alias`: in its definition, as a type, or as a variant.
fn is_of_another(
    infer: &Infer<'_>,
    file: FileId,
    range: TextRange,
    alias: &ast::TypeAlias,
) -> bool {
    let tree = infer.index.tree(file);
    let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
    let Some(name) = token.and_then(|t| t.parent()) else {
        return false;
    };
    let Some(around) = name.parent() else {
        return false;
    };
    // a definition of its own: of a variant, say
    if ast::Name::can_cast(name.kind()) {
        return true;
    }
    let path = ast::PathSegment::cast(around).map(|s| s.parent_path());
    let of = path.as_ref().and_then(ast::Path::qualifier);
    let of = of.map(|q| infer.index.resolve_path(file, &q, Namespace::Type));
    if matches!(of, Some(Def::Local(..))) {
        return true;
    }
    let typed = path.filter(|p| {
        let around = p.syntax().parent();
        around.is_some_and(|n| ast::PathType::can_cast(n.kind()))
    });
    let def = typed.map(|p| infer.index.resolve_path(file, &p, Namespace::Type));
    matches!(def, Some(Def::Local(_, node)) if node != *alias.syntax())
}

/// Whether a name is said by an export.
fn is_export(index: &Index<'_>, file: FileId, range: TextRange) -> bool {
    let tree = index.tree(file);
    let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
    let leaf = token.and_then(|t| t.parent_ancestors().find_map(ast::UseTree::cast));
    let item = leaf.and_then(|l| use_item(&l));
    item.is_some_and(|u| ast::HasVisibility::visibility(&u).is_some())
}

/// Whether code outside of the crate may name an alias.
fn is_exported(infer: &Infer<'_>, file: FileId, alias: &ast::TypeAlias) -> bool {
    let module = infer.index.module_of(file, alias.syntax());
    is_plain_pub(ast::HasVisibility::visibility(alias))
        && module.is_none_or(|m| infer.index.may_be_of_library(m))
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
    /// Statements that bind a tuple, and the positions that go.
    elements: BTreeMap<super::Key, (ast::LetStmt, Vec<usize>)>,
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

    // ---- definitions and lists ---------------------------------------------------------------------------------

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
            let adt = list
                .parent()
                .map(|p| super::key_of(self.infer.index, file, &p));
            if let (Some(tree), true) = (self.tree(file), adt.is_some_and(|a| self.is_unit(a))) {
                self.push(file, Edit::delete(tree.range(&list)));
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
            let message = "what this comment stood at is gone, and the comment stays";
            let finding = Finding::new(catalog::STALE_DOC, file, range, message);
            let finding = finding.with_help("move it, word it anew, or delete it");
            self.out.findings.push(finding);
        }
    }

    /// Whether a tuple struct or variant loses all of its fields, and its parentheses with them.
    fn is_unit(&self, adt: super::Key) -> bool {
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
            if self.named_alone(list, &elements, &gone) {
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

    // ---- parameters --------------------------------------------------------------------------------------------

    fn parameter(&mut self, id: SlotId) {
        let slot = self.slots.all[id].clone();
        let owner = slot
            .node
            .ancestors()
            .find(|n| matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR));
        let Some(owner) = owner else { return };
        if let Some(function) = ast::Fn::cast(owner.clone()) {
            self.attributes(slot.file, &function, &slot.name);
            self.default_impl(&slot, &function);
        }
        if !slot.is_bound() {
            self.field_reads(id);
            return;
        }
        self.discards(self.sites.by_slot.get(&id));
        let uses = self.remaining(self.sites.by_slot.get(&id));
        let by_value = match slot.form {
            Form::RefArc => Held::Reference,
            Form::RefBare => Held::Borrowed,
            _ => Held::Owned,
        };
        let is_mut = ast::Param::cast(slot.node.clone())
            .and_then(|p| p.pat())
            .is_some_and(|p| p.syntax().text().to_string().starts_with("mut "));
        self.bind(slot.file, &slot.name, uses, &owner, by_value, is_mut);
    }

    /// A public `new` that takes nothing any more comes with `Default`, as clippy asks.
    fn default_impl(&mut self, slot: &Slot, function: &ast::Fn) {
        let block = function.syntax().ancestors().find_map(ast::Impl::cast);
        let (Some(block), Some(tree)) = (block, self.tree(slot.file)) else {
            return;
        };
        let Some((generics, ty, bounds)) = self.header(slot.file, &block) else {
            return;
        };
        if !self.wants_default(slot, function, &block) {
            return;
        }
        // for the same builds
        let attrs = block.attrs().chain(function.attrs());
        let attrs = attrs.map(|a| a.syntax().text().to_string());
        let cfgs: Vec<String> = attrs.filter(|a| a.starts_with("#[cfg(")).collect();
        let source = self.source(slot.file);
        let at = tree.range(block.syntax()).start();
        let newline = layout::newline(source);
        let indent = layout::indent_at(source, at);
        let step = layout::indent_step(source);
        let mut lines: Vec<String> = cfgs;
        let broken = bounds.contains('\n');
        let default = match self.has_own_default(slot.file) {
            true => "::core::default::Default",
            false => "Default",
        };
        match bounds.as_str() {
            "" => lines.push(format!("impl{generics} {default} for {ty} {{")),
            _ if broken => {
                lines.push(format!("impl{generics} {default} for {ty}"));
                lines.push(bounds);
                lines.push("{".to_owned());
            }
            _ => lines.push(format!("impl{generics} {default} for {ty} {bounds} {{")),
        }
        if is_deprecated(function) {
            lines.push(format!("{step}#[allow(deprecated)]"));
        }
        lines.push(format!("{step}fn default() -> Self {{"));
        lines.push(format!("{step}{step}Self::new()"));
        lines.push(format!("{step}}}"));
        lines.push("}".to_owned());
        let gap = format!("{newline}{indent}");
        let text = format!("{}{newline}{gap}", lines.join(&gap));
        self.push(slot.file, Edit::insert(at, text));
    }

    /// Whether `Default` may mean something else in a package than the prelude's.
    fn has_own_default(&self, file: FileId) -> bool {
        let index = self.infer.index;
        let package = index.workspace.file(file).package;
        let defines = |n: SyntaxNode| {
            let item = matches!(
                n.kind(),
                SyntaxKind::ENUM
                    | SyntaxKind::STRUCT
                    | SyntaxKind::TRAIT
                    | SyntaxKind::TYPE_ALIAS
                    | SyntaxKind::VARIANT
            );
            item && n
                .children()
                .find_map(ast::Name::cast)
                .is_some_and(|n| n.text() == "Default")
        };
        search::saying(index.workspace, "no_implicit_prelude")
            .next()
            .is_some()
            || search::saying(index.workspace, "Default").any(|f| {
                let tree = index
                    .tree(f)
                    .filter(|_| index.workspace.file(f).package == package);
                tree.is_some_and(|t| t.root.descendants().any(defines))
            })
    }

    /// Whether clippy would ask for a `Default` of what a function makes, which loses a parameter.
    pub(super) fn wants_default(&self, slot: &Slot, function: &ast::Fn, block: &ast::Impl) -> bool {
        let list = function.param_list();
        let takes_nothing = list.as_ref().is_some_and(|l| {
            l.self_param().is_none()
                && l.params().all(|p| {
                    self.slots.all.iter().enumerate().any(|(i, s)| {
                        s.file == slot.file && s.node == *p.syntax() && self.decision.removed(i)
                    })
                })
        });
        let said = block.self_ty().map(|t| t.syntax().text().to_string());
        let said = said.unwrap_or_default();
        // what is made may not depend on a type of the function's own
        let own = ast::HasGenericParams::generic_param_list(function);
        let depends = own.is_some_and(|l| l.type_or_const_params().next().is_some());
        let safe = function.async_token().is_none() && function.unsafe_token().is_none();
        let plain = safe && !depends && block.trait_().is_none();
        let makes_self = function
            .ret_type()
            .and_then(|r| r.ty())
            .is_some_and(|t| t.syntax().text() == "Self" || t.syntax().text() == said.as_str());
        let open = slot.public || is_open_in_binary(self.infer, slot.file, function.syntax());
        if !(open && slot.owner.ends_with("::new") && takes_nothing && plain && makes_self) {
            return false;
        }
        let this = self.infer.self_type(slot.file, function.syntax());
        let derives = match &this {
            Type::Item(_, node, _) => ast::AnyHasAttrs::cast(node.clone()).is_some_and(|n| {
                n.attrs()
                    .any(|a| a.syntax().text().to_string().contains("Default"))
            }),
            _ => false,
        };
        // a macro may write one
        let workspace = self.infer.index.workspace;
        let package = workspace.file(slot.file).package;
        let mut files = workspace.files.iter().filter(|f| f.package == package);
        let written = files.any(|f| search::says(&f.text, "Default for $"));
        !derives && !written && self.infer.method(&this, "default", Taking::Any).is_none()
    }

    /// Puts `let NAME = …;` where the uses can see it.
    fn bind(
        &mut self,
        file: FileId,
        name: &str,
        uses: Vec<Root>,
        owner: &SyntaxNode,
        by_value: Held,
        is_mut: bool,
    ) {
        if uses.is_empty() {
            return;
        }
        let held = self.held(&uses, by_value, is_mut);
        let mut scopes: Vec<(SyntaxNode, Vec<Root>)> = Vec::new();
        let all: Vec<Vec<SyntaxNode>> = uses
            .iter()
            .map(|u| await_scopes(self.infer, file, &u.node, Some(owner)))
            .collect();
        let innermost = all.first().and_then(|s| s.first()).cloned();
        let shared = innermost.filter(|s| all.iter().all(|a| a.first() == Some(s)));
        for (it, around) in uses.into_iter().zip(&all) {
            let Some(scope) = shared.clone().or_else(|| around.last().cloned()) else {
                continue;
            };
            match scopes.iter_mut().find(|(s, _)| *s == scope) {
                Some((_, known)) => known.push(it),
                None => scopes.push((scope, vec![it])),
            }
        }
        for (scope, uses) in scopes {
            let list = hoist::body_list(&scope);
            if let Some(only) = self.only_read(file, list.as_ref(), &uses) {
                let accessor = self.accessor(file, &only.node, name == "global_coordinator");
                self.inline(only, &accessor);
                continue;
            }
            let within = list.as_ref().map_or(&scope, AstNode::syntax);
            // some builds have no use for it
            let cfg = self.cfg_of_all(file, within, &uses);
            let place = match uses.first() {
                Some(first) if cfg.is_some() => &first.node,
                _ => within,
            };
            let accessor = self.accessor(file, place, name == "global_coordinator");
            if held == Held::Reference {
                self.unborrow(file, &uses);
                self.bound_again(file, name, &uses);
            }
            let suffix = held.suffix();
            let keyword = if is_mut && held == Held::Owned {
                "mut "
            } else {
                ""
            };
            let line = format!("let {keyword}{name} = {accessor}{suffix};");
            let lines: Vec<String> = cfg.into_iter().chain([line]).collect();
            match list {
                Some(list) => self.insert_first(file, &list, &lines),
                None => self.make_block(file, &scope, &lines),
            }
        }
    }

    /// Makes a block of the body of an `async` closure that has none, with `lines` in front.
    fn make_block(&mut self, file: FileId, closure: &SyntaxNode, lines: &[String]) {
        let body = ast::ClosureExpr::cast(closure.clone()).and_then(|c| c.body());
        let (Some(tree), Some(body)) = (self.tree(file), body) else {
            return;
        };
        let range = tree.range(body.syntax());
        let source = self.source(file);
        let outer = format!(
            "{}{}",
            layout::newline(source),
            layout::indent_at(source, range.start())
        );
        let gap = format!("{outer}{}", layout::indent_step(source));
        let before = format!("{{{gap}{}{gap}", lines.join(&gap));
        self.push(file, Edit::insert(range.start(), before));
        self.push(file, Edit::insert(range.end(), format!("{outer}}}")));
    }

    /// The `#[cfg(…)]` that all uses within a node stand under.
    fn cfg_of_all(&self, file: FileId, within: &SyntaxNode, uses: &[Root]) -> Option<String> {
        let tree = self.tree(file)?;
        let own = |it: &Root| {
            let around = tree.ancestors(&it.node).take_while(|n| n != within);
            let mut cfgs = around.flat_map(|n| tree::cfgs(&n));
            // one in another asks for both
            cfgs.next().filter(|_| cfgs.next().is_none())
        };
        let first = own(uses.first()?)?;
        uses.iter()
            .all(|u| own(u).as_ref() == Some(&first))
            .then_some(first)
    }

    /// The only use in a block on one line, or in a closure without one, which have no room for a binding, if it can ask
    /// itself.
    fn only_read<'r>(
        &self,
        file: FileId,
        list: Option<&ast::StmtList>,
        uses: &'r [Root],
    ) -> Option<&'r Root> {
        let [only] = uses else { return None };
        let short = list.is_none_or(|list| {
            let block = list.syntax().parent().and_then(ast::BlockExpr::cast);
            let is_async = block.is_some_and(|b| b.async_token().is_some());
            is_async && !list.syntax().text().contains_char('\n')
        });
        let loops = [
            SyntaxKind::LOOP_EXPR,
            SyntaxKind::WHILE_EXPR,
            SyntaxKind::FOR_EXPR,
        ];
        let around = only.node.ancestors();
        let mut within = around.take_while(|n| n.kind() != SyntaxKind::CLOSURE_EXPR);
        let repeats = list.is_none() && within.any(|n| loops.contains(&n.kind()));
        let asks = only.landing == Landing::Read
            && only.expr.is_some()
            && matches!(hoist::reach(self.infer, file, &only.node), Reach::Here);
        (short && asks && !repeats).then_some(only)
    }

    /// A reference where every use takes one, else what the slot was.
    fn held(&self, uses: &[Root], by_value: Held, is_mut: bool) -> Held {
        let fits = uses.iter().all(fits_reference);
        match by_value {
            Held::Reference => Held::Reference,
            Held::Borrowed if uses.iter().all(|u| u.landing == Landing::Read) => Held::Reference,
            Held::Borrowed => Held::Borrowed,
            Held::Owned
                if fits && !(is_mut && uses.iter().any(|u| u.landing == Landing::Target)) =>
            {
                Held::Reference
            }
            Held::Owned => Held::Owned,
        }
    }

    /// `&x` is `x` where `x` is a reference already.
    fn unborrow(&mut self, file: FileId, uses: &[Root]) {
        let Some(tree) = self.tree(file) else { return };
        for it in uses {
            if let Some(around) = locals::borrow_around(&it.node) {
                if let Some(stmt) = locals::bound_again(&around, &it.node) {
                    // what it would have named is what its uses name now
                    let edition = self.infer.index.edition(file);
                    let range = tree.range(&stmt);
                    let edit = layout::delete_statement(self.source(file), edition, range);
                    self.push(file, edit);
                    self.again.entry(file).or_default().push(stmt);
                    continue;
                }
                let (start, end) = (tree.range(&around).start(), tree.range(&it.node).start());
                self.push(file, Edit::delete(TextRange::new(start, end)));
            }
        }
    }

    fn insert_first(&mut self, file: FileId, list: &ast::StmtList, lines: &[String]) {
        let (Some(tree), Some(brace)) = (self.tree(file), list.l_curly_token()) else {
            return;
        };
        let source = self.source(file);
        // items come first
        let mut at = tree.token_range(&brace).end();
        for child in list.syntax().children() {
            let is_item =
                ast::Item::can_cast(child.kind()) && child.kind() != SyntaxKind::MACRO_CALL;
            if is_item || child.kind() == SyntaxKind::ATTR {
                at = tree.range(&child).end();
            } else {
                break;
            }
        }
        let rest = &source[usize::from(at)..];
        let first_line = rest.lines().next().unwrap_or_default();
        let newline = layout::newline(source);
        if first_line.trim().is_empty() && rest.contains('\n')
            || first_line.trim_start().starts_with("//")
        {
            let indent = list
                .syntax()
                .children()
                .next()
                .map(|c| layout::indent_at(source, tree.range(&c).start()))
                .unwrap_or_else(|| {
                    let own = layout::indent_at(source, tree.token_range(&brace).start());
                    format!("{own}{}", layout::indent_step(source))
                });
            let end = at + TextSize::of(first_line.trim_end());
            let text: String = lines
                .iter()
                .map(|l| format!("{newline}{indent}{l}"))
                .collect();
            self.push(file, Edit::insert(end, text));
        } else {
            self.push(file, Edit::insert(at, format!(" {}", lines.join(" "))));
        }
    }

    /// `skip(name)` of `#[instrument]`, and the parameter's item in the documentation.
    fn attributes(&mut self, file: FileId, function: &ast::Fn, name: &str) {
        let Some(tree) = self.tree(file) else { return };
        // several parameters of one function may go
        let gone: Vec<String> = self
            .slots
            .all
            .iter()
            .enumerate()
            .filter(|(i, s)| {
                s.kind == Kind::Param
                    && self.decision.removed(*i)
                    && function
                        .syntax()
                        .text_range()
                        .contains_range(s.node.text_range())
                    && s.file == file
            })
            .map(|(_, s)| s.name.clone())
            .collect();
        self.fewer_arguments(file, function, gone.len());
        for attr in function.attrs() {
            let text = attr.syntax().text().to_string();
            let Some(range) = skip_list(&text).filter(|_| text.contains("instrument")) else {
                continue;
            };
            let names: Vec<&str> = text[range.clone()].split(',').map(str::trim).collect();
            if !names.contains(&name) {
                continue;
            }
            let goes = |n: &str| gone.iter().any(|g| g == n);
            let start = tree.range(attr.syntax()).start();
            if names.iter().all(|n| n.is_empty() || goes(n)) {
                let skip = format!("skip({})", &text[range]);
                let without = text
                    .replace(&format!("{skip}, "), "")
                    .replace(&format!(", {skip}"), "")
                    .replace(&skip, "");
                let after = without.replace("instrument()", "instrument");
                self.push(file, Edit::replace(tree.range(attr.syntax()), after));
                continue;
            }
            // another parameter's name may change there
            for gone in lists::deletions(&text[range.clone()], goes) {
                let gone = TextRange::new(
                    start + TextSize::of(&text[..range.start + gone.start]),
                    start + TextSize::of(&text[..range.start + gone.end]),
                );
                self.push(file, Edit::delete(gone));
            }
        }
        let docs: Vec<SyntaxToken> = function
            .syntax()
            .children_with_tokens()
            .filter_map(|e| e.into_token())
            .filter(|t| t.kind() == SyntaxKind::COMMENT && t.text().starts_with("///"))
            .collect();
        let lines: Vec<&str> = docs.iter().map(|t| &t.text()[3..]).collect();
        let source = self.source(file);
        for (i, drops) in documented::about(&lines, &gone).into_iter().enumerate() {
            if drops {
                let range = tree.token_range(&docs[i]);
                self.push(file, Edit::delete(layout::whole_lines(source, range)));
            }
        }
    }

    // ---- results -----------------------------------------------------------------------------------------------

    /// Functions that only gave a coordinator go, with the statics that kept it, and impl blocks and traits that have nothing
    /// else.
    fn functions(&mut self) {
        let mut removed: Vec<(FileId, SyntaxNode)> = (self.slots.all.iter().enumerate())
            .filter(|(i, s)| {
                matches!(s.kind, Kind::Return | Kind::Static) && self.decision.removed(*i)
            })
            .map(|(_, s)| (s.file, s.node.clone()))
            .collect();
        let setters = self.sites.setters.iter();
        let setters = setters.filter(|s| self.decision.sets(s));
        removed.extend(setters.map(|s| (s.file, s.node.clone())));
        // neighbours stand beside each other
        removed.sort_by_key(|(file, node)| (*file, node.text_range().start()));
        let emptied: Vec<(FileId, SyntaxNode)> = (removed.iter())
            .filter_map(|(file, node)| {
                let goes = |i: &ast::AssocItem| removed.contains(&(*file, i.syntax().clone()));
                let list = node.parent().and_then(ast::AssocItemList::cast);
                let list = list.filter(|l| l.assoc_items().all(|i| goes(&i)))?;
                Some((*file, list.syntax().parent()?))
            })
            .collect();
        let mut items: Vec<(FileId, SyntaxNode)> = Vec::new();
        for (file, node) in &removed {
            let around = node.parent().and_then(|l| l.parent());
            let around = around.filter(|n| emptied.contains(&(*file, n.clone())));
            let block = around.filter(|n| match ast::Impl::cast(n.clone()).map(|b| b.trait_()) {
                Some(None) => true,
                Some(Some(of)) => self.impl_goes(*file, &of, &emptied),
                None => self.trait_goes(*file, n, &emptied),
            });
            let item = (*file, block.unwrap_or_else(|| node.clone()));
            if !items.contains(&item) {
                items.push(item);
            }
        }
        for (i, (file, first)) in items.iter().enumerate() {
            let follows = |a: &SyntaxNode, b: &SyntaxNode| a.next_sibling().as_ref() == Some(b);
            if i > 0 && follows(&items[i - 1].1, first) {
                continue;
            }
            // neighbours go as one
            let mut last = first;
            for (_, next) in &items[i + 1..] {
                if follows(last, next) {
                    last = next;
                }
            }
            let Some(tree) = self.tree(*file) else {
                continue;
            };
            let range = tree.range(first).cover(tree.range(last));
            let source = self.source(*file);
            let indent = layout::indent_at(source, range.start());
            let newline = layout::newline(source);
            let edition = self.infer.index.edition(*file);
            let kept: String = layout::comments_in(source, edition, range, &[])
                .iter()
                .filter(|c| !docs::is_doc(c))
                .map(|c| format!("{indent}{c}{newline}"))
                .collect();
            let list = first.parent().and_then(ast::AssocItemList::cast);
            let holds_more = |l: &ast::AssocItemList| {
                let tokens = l.syntax().children_with_tokens();
                let mut tokens = tokens.filter_map(|c| c.into_token());
                tokens.any(|t| t.kind() == SyntaxKind::COMMENT)
                    || l.assoc_items().any(|i| {
                        let item = (*file, i.syntax().clone());
                        !items.contains(&item)
                    })
            };
            let empty = list.filter(|l| kept.is_empty() && !holds_more(l));
            let edit = match empty {
                Some(list) => Edit::replace(tree.range(list.syntax()), "{}"),
                None => Edit::replace(layout::with_blank_line(source, range), kept),
            };
            self.whole.entry(*file).or_default().push(edit.range);
            self.push(*file, edit);
        }
    }

    /// Whether the trait of an impl goes.
    fn impl_goes(&self, file: FileId, of: &ast::Type, emptied: &[(FileId, SyntaxNode)]) -> bool {
        let ast::Type::PathType(of) = of else {
            return false;
        };
        let of = (of.path()).map(|p| {
            let index = self.infer.index;
            index.resolve_path(file, &p, Namespace::Type)
        });
        match of {
            Some(Def::Local(at, node)) => self.trait_goes(at, &node, emptied),
            _ => false,
        }
    }

    /// Whether a trait that nothing is left of goes: nothing asks for it but impls of which nothing is left either.
    fn trait_goes(
        &self,
        file: FileId,
        node: &SyntaxNode,
        emptied: &[(FileId, SyntaxNode)],
    ) -> bool {
        let index = self.infer.index;
        let name = ast::Trait::cast(node.clone()).and_then(|t| ast::HasName::name(&t));
        let Some(name) = name.filter(|_| emptied.contains(&(file, node.clone()))) else {
            return false;
        };
        // an import that nobody outside sees follows
        let is_import = |file: FileId, range: TextRange| {
            let tree = index.tree(file);
            let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
            let item = token.and_then(|t| t.parent_ancestors().find_map(ast::Use::cast));
            item.is_some_and(|u| {
                let module = index.module_of(file, u.syntax());
                let exports = ast::HasVisibility::visibility(&u);
                let within = || {
                    !is_plain_pub(ast::HasVisibility::visibility(&u))
                        || module.is_some_and(|m| !index.may_be_of_library(m))
                };
                exports.is_none() || (within() && !exports_bus(index, file, &u))
            })
        };
        let goes = |(file, range): &(FileId, TextRange)| {
            let mut own = emptied.iter().filter(|(f, _)| f == file);
            own.any(|(_, n)| {
                let tree = index.tree(*file);
                tree.is_some_and(|t| t.range(n).contains_range(*range))
            })
        };
        let said = said_in(index, name.text(), |_| true);
        let mut others = said.iter().filter(|s| !goes(s));
        index.names_of(name.text()).len() == 1 && others.all(|(f, r)| is_import(*f, *r))
    }

    /// Calls of methods that only set what goes: what they were called on takes their place.
    fn setter_calls(&mut self) {
        let mut thinned: Vec<(FileId, SyntaxNode, bool)> = Vec::new();
        for setter in self.sites.setters.iter().filter(|s| self.decision.sets(s)) {
            for it in &setter.calls {
                let file = it.file;
                let (Some(tree), Some(receiver)) = (self.tree(file), it.call.receiver()) else {
                    continue;
                };
                if let Some(owner) = &it.owner {
                    let edit = self.without_mut(tree, file, owner);
                    self.push(file, edit);
                }
                let (source, edition) = (self.source(file), self.infer.index.edition(file));
                if let Some(stmt) = &it.stmt {
                    self.whole.entry(file).or_default().push(tree.range(stmt));
                    if ast::LetStmt::can_cast(stmt.kind()) {
                        // what used the new variable uses the one before of that name
                        let edit = layout::delete_statement(source, edition, tree.range(stmt));
                        self.push(file, edit);
                    } else {
                        self.delete_statement(file, stmt);
                        thinned.push((file, stmt.clone(), it.owner.is_some()));
                    }
                    continue;
                }
                let whole = tree.range(it.call.syntax());
                let mut range = TextRange::new(tree.range(receiver.syntax()).end(), whole.end());
                if let Some(dot) = it.call.dot_token()
                    && !layout::comments_in(source, edition, range, &[]).is_empty()
                {
                    // a comment in front of it stays
                    let call = TextRange::new(tree.token_range(&dot).start(), whole.end());
                    range = layout::whole_lines(source, call);
                }
                self.whole.entry(file).or_default().push(range);
                self.push(file, Edit::delete(range));
            }
        }
        self.made_and_given(thinned);
    }

    // ---- fields and results ------------------------------------------------------------------------------------

    fn field_reads(&mut self, id: SlotId) {
        let all = self.sites.by_slot.get(&id);
        for i in all.into_iter().flatten() {
            let root = &self.sites.roots[*i];
            // assignments go
            if root.landing == Landing::Target
                && let Some(stmt) = root
                    .node
                    .ancestors()
                    .find(|n| n.kind() == SyntaxKind::EXPR_STMT)
            {
                self.delete_statement(root.file, &stmt);
                self.needless_mut(root);
            }
        }
        self.told(all);
        self.discards(all);
        self.missing(id);
        let name = self.slots.all[id].name.clone();
        for root in self.remaining(all) {
            self.plumbing(&root);
            if root.landing.takes_apart() {
                self.some(&root);
                continue;
            }
            match hoist::reach(self.infer, root.file, &root.node) {
                Reach::Before(hoist) => self.hoisted.push((root, hoist, name.clone())),
                _ => self.inlined.push((root, name.clone())),
            }
        }
    }

    /// Whether an `Option` that is never `None` holds something is written down.
    fn told(&mut self, all: Option<&Vec<usize>>) {
        for i in all.into_iter().flatten() {
            let root = &self.sites.roots[*i];
            let Landing::Told(node, answer) = &root.landing else {
                continue;
            };
            let Some(tree) = self.tree(root.file) else {
                continue;
            };
            match answer {
                Some(answer) => {
                    let range = tree.range(node);
                    self.whole.entry(root.file).or_default().push(range);
                    self.push(root.file, Edit::replace(range, answer.to_string()));
                }
                None => self.delete_statement(root.file, node),
            }
        }
    }

    /// What was done where an `Option` that is never `None` would be is told.
    fn missing(&mut self, id: SlotId) {
        if !self.slots.all[id].form.is_option() {
            return;
        }
        let words = self.slots.all[id].words();
        for i in self.sites.by_slot.get(&id).into_iter().flatten() {
            let root = &self.sites.roots[*i];
            let (Some(tree), Some(outer)) = (self.tree(root.file), &root.outer) else {
                continue;
            };
            let around = root.node.ancestors();
            let within = outer.syntax().text_range();
            let around: Vec<SyntaxNode> = around
                .take_while(|n| within.contains_range(n.text_range()))
                .collect();
            let asks = |n: &SyntaxNode| {
                let call = ast::MethodCallExpr::cast(n.clone());
                let asks = call.is_some_and(|c| {
                    let name = c.name_ref();
                    name.is_some_and(|n| purity::asking(n.text(), &c) == Some(false))
                });
                let key = super::key_of(self.infer.index, root.file, n);
                asks || self.sites.leaving.contains_key(&key)
            };
            let range = match &root.landing {
                Landing::LetSome(stmt, _) => {
                    let block = stmt.let_else().and_then(|e| e.block_expr());
                    block.map(|b| tree.range(b.syntax()))
                }
                Landing::Branch(whole, some, _) => {
                    let all = without(whole, some).into_iter().map(|n| tree.range(&n));
                    all.reduce(TextRange::cover)
                }
                Landing::Told(stmt, None) => {
                    let is_if = stmt.descendants().any(|n| ast::IfExpr::can_cast(n.kind()));
                    is_if.then(|| tree.range(stmt))
                }
                _ => around.iter().any(asks).then(|| tree.range(outer.syntax())),
            };
            if let Some(range) = range {
                let message = format!("what is done without a bus is gone: {words} is always set");
                let finding = Finding::new(catalog::ERROR_PATH_GONE, root.file, range, message);
                self.out.findings.push(finding);
                self.out.dropped.push((root.file, range));
            }
        }
    }

    /// What touched the error of a function that cannot fail is told.
    fn plumbing(&mut self, root: &Root) {
        let (Some(tree), Some(expr), Some(outer)) = (self.tree(root.file), &root.expr, &root.outer)
        else {
            return;
        };
        let between = expr.syntax().ancestors().skip(1);
        let names: Vec<String> = between
            .take_while(|n| outer.syntax().text_range().contains_range(n.text_range()))
            .filter_map(ast::MethodCallExpr::cast)
            .filter(|c| {
                let name = c.name_ref();
                name.is_some_and(|n| purity::unwrapping(n.text(), c).is_some())
            })
            .filter_map(|c| Some(c.name_ref()?.text().to_string()))
            .collect();
        if let Some(message) = behaviour::error_path_gone(&names) {
            let range = tree.range(outer.syntax());
            let finding = Finding::new(catalog::ERROR_PATH_GONE, root.file, range, message);
            self.out.findings.push(finding);
        }
    }

    /// Reads that ask where they stand; several in one statement ask once, before it.
    fn inlined(&mut self) {
        type Around = Option<(Hoist, Option<SyntaxNode>)>;
        let all = std::mem::take(&mut self.inlined);
        let around: Vec<Around> = all
            .iter()
            .map(|(root, _)| {
                if let Landing::Local(..) = root.landing {
                    return None;
                }
                let hoist = hoist::around(self.infer, root.file, &root.node)?;
                let mut inside = self.tree(root.file)?.ancestors(&root.node);
                // one arm of a `match` asks for itself
                let arm = (inside.by_ref())
                    .take_while(|n| *n != hoist.stmt)
                    .find(|n| ast::MatchArm::can_cast(n.kind()));
                Some((hoist, arm))
            })
            .collect();
        let key = |(hoist, arm): &(Hoist, Option<SyntaxNode>)| (hoist.stmt.clone(), arm.clone());
        let mut counts: HashMap<(SyntaxNode, Option<SyntaxNode>), usize> = HashMap::new();
        for it in around.iter().flatten() {
            *counts.entry(key(it)).or_default() += 1;
        }
        for ((root, name), own) in all.into_iter().zip(around) {
            let hoist = match own {
                Some(it) if counts[&key(&it)] > 1 => Some(it.0),
                Some(_) => self.bound_around(&root),
                None => None,
            };
            match hoist {
                Some(hoist) => self.hoisted.push((root, hoist, name)),
                None => {
                    let accessor = self.accessor(root.file, &root.node, false);
                    self.inline(&root, &accessor);
                }
            }
        }
    }

    /// Where the bus is bound for another read, before this one and for the same future.
    fn bound_around(&self, root: &Root) -> Option<Hoist> {
        let tree = self.tree(root.file)?;
        let scope = |node: &SyntaxNode| {
            let scopes = await_scopes(self.infer, root.file, node, None);
            scopes.into_iter().next()
        };
        let own = scope(&root.node);
        let lists: Vec<SyntaxNode> = tree.ancestors(&root.node).collect();
        let serves = |(other, hoist, _): &&(Root, Hoist, String)| {
            other.file == root.file
                && lists.contains(&hoist.list)
                && tree.range(&hoist.stmt).start() <= tree.range(&root.node).start()
                && scope(&other.node) == own
        };
        self.hoisted
            .iter()
            .find(serves)
            .map(|(_, hoist, _)| hoist.clone())
    }

    /// Reads in loops and in closures that cannot await: one binding for all in a statement list.
    fn hoisted(&mut self) {
        let mut all = std::mem::take(&mut self.hoisted);
        all.sort_by_key(|(root, ..)| (root.file, root.start));
        while let Some((first, hoist, name)) = all.first().cloned() {
            let same = |h: &Hoist| h.list == hoist.list;
            let (own, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, h, _)| same(h));
            all = rest;
            // before the first of them
            let starts = own.iter().map(|(_, h, _)| h.clone());
            let hoist = starts
                .min_by_key(|h| h.stmt.text_range().start())
                .unwrap_or(hoist);
            let file = first.file;
            let Some(tree) = self.tree(file) else {
                continue;
            };
            let mut names: Vec<(String, bool)> = Vec::new();
            for (root, ..) in &own {
                if let Landing::Local(_, pat) = &root.landing
                    && let Some(name) = ast::HasName::name(pat)
                {
                    names.push((name.text().to_string(), true));
                }
            }
            let others = [name.as_str(), "coordinator", "bus", "shared_coordinator"];
            let is_name = |n: &&&str| !n.starts_with(|c: char| c.is_ascii_digit());
            names.extend(
                others
                    .iter()
                    .filter(is_name)
                    .map(|n| ((*n).to_owned(), false)),
            );
            if let Some(name) = self.bound_before(own.iter().map(|(root, ..)| root)) {
                for (root, ..) in &own {
                    self.inline(root, &name);
                }
                continue;
            }
            let name = (self.bound_name(file, &hoist.stmt, own.iter().map(|(root, ..)| root)))
                .or_else(|| self.sole_local(tree, &hoist, own.iter().map(|(root, ..)| root)))
                .or_else(|| hoist::free_name(tree, &hoist, &names));
            let Some(name) = name else {
                for (root, hoist, _) in &own {
                    let accessor = self.accessor(file, &hoist.stmt, false);
                    self.inline(root, &accessor);
                }
                continue;
            };
            let accessor = self.accessor(file, &hoist.stmt, false);
            let source = self.source(file);
            let at = hoist::place(source, tree, &hoist.stmt);
            let line = layout::line_start(source, at);
            let alone = source[TextRange::new(line, at)].trim().is_empty();
            let gap = match alone {
                true => format!(
                    "{}{}",
                    layout::newline(source),
                    layout::indent_at(source, at)
                ),
                false => " ".to_owned(),
            };
            // the statement that it would stand before may go
            match ast::StmtList::cast(hoist.list.clone()).filter(|_| hoist.first) {
                Some(list) => {
                    self.insert_first(file, &list, &[format!("let {name} = {accessor};")]);
                }
                None => self.push(
                    file,
                    Edit::insert(at, format!("let {name} = {accessor};{gap}")),
                ),
            }
            for (root, ..) in &own {
                self.inline(root, &name);
            }
        }
    }

    /// A variable that holds what the accessor gives where all of these reads stand.
    fn bound_before<'r>(&self, roots: impl Iterator<Item = &'r Root> + Clone) -> Option<String> {
        let file = roots.clone().next()?.file;
        let tree = self.tree(file)?;
        let accessor = format!("{}().await", Item::Accessor.name());
        let holds = |(key, local): &(&super::Key, &super::sites::Local)| {
            let init = local.init.as_ref().map(|e| e.syntax().text().to_string());
            local.file == file
                && local.pat.mut_token().is_none()
                && init.is_some_and(|i| i == accessor || i.ends_with(&format!("::{accessor}")))
                && self.decision.locals.get(key) == Some(&LocalState::Stay)
        };
        let mut all = self.sites.locals.iter().filter(holds);
        all.find_map(|(_, local)| {
            let name = ast::HasName::name(&local.pat)?.text().to_string();
            let is_seen = |node: &SyntaxNode| {
                locals::binding_of(tree, node, &name).as_ref() == Some(&local.pat)
            };
            roots.clone().all(|r| is_seen(&r.node)).then_some(name)
        })
    }

    /// The variable that all of these reads name, if a pattern that goes bound it.
    fn bound_name<'r>(
        &self,
        file: FileId,
        stmt: &SyntaxNode,
        roots: impl Iterator<Item = &'r Root>,
    ) -> Option<String> {
        let tree = self.tree(file)?;
        let mut bound: Option<(ast::IdentPat, String)> = None;
        for root in roots {
            let Some(ast::Expr::PathExpr(path)) = &root.expr else {
                return None;
            };
            let name = path.path()?.as_single_name_ref()?.text().to_string();
            let pat = locals::binding_of(tree, path.syntax(), &name)?;
            if bound.as_ref().is_some_and(|(known, _)| *known != pat) || !self.goes(file, &pat) {
                return None;
            }
            bound = Some((pat, name));
        }
        // the accessor's own name has to stay the accessor's
        bound
            .filter(|(pat, name)| {
                name != "global_coordinator" && !self.is_another_later(file, tree, stmt, pat, name)
            })
            .map(|(_, name)| name)
    }

    /// Whether a variable of that name, which is another one and stays, is used behind the start of a statement.
    fn is_another_later(
        &self,
        file: FileId,
        tree: &FileTree,
        stmt: &SyntaxNode,
        pat: &ast::IdentPat,
        name: &str,
    ) -> bool {
        let Some(function) = tree.ancestors(stmt).find(|n| ast::Fn::can_cast(n.kind())) else {
            return true;
        };
        let from = tree.range(stmt).start();
        let own = |at: &SyntaxNode| {
            let of = locals::binding_of(tree, at, name);
            of.is_none_or(|b| b == *pat || self.goes(file, &b))
        };
        tree.descendants(&function).iter().any(|node| {
            let said = match ast::PathExpr::cast(node.clone()) {
                Some(path) => locals::is_name(&path, name),
                None if ast::MacroCall::can_cast(node.kind()) => {
                    let tokens = node.descendants_with_tokens();
                    let mut tokens = tokens.filter_map(|e| e.into_token());
                    tokens.any(|t| {
                        t.kind() == SyntaxKind::STRING && locals::mentions_in_format(t.text(), name)
                    })
                }
                None => false,
            };
            said && tree.range(node).start() >= from && !own(node)
        })
    }

    /// A variable that one of these reads is bound to, if nothing else in the function has its name: what is bound before
    /// may be called so, and its own statement goes.
    fn sole_local<'r>(
        &self,
        tree: &FileTree,
        hoist: &Hoist,
        mut roots: impl Iterator<Item = &'r Root>,
    ) -> Option<String> {
        let function = tree
            .ancestors(&hoist.stmt)
            .find(|n| ast::Fn::can_cast(n.kind()))?;
        roots.find_map(|root| {
            let Landing::Local(stmt, pat) = &root.landing else {
                return None;
            };
            let name = ast::HasName::name(pat)?.text().to_string();
            let whole = root.outer.as_ref().map(AstNode::syntax);
            let uses = self.remaining(self.sites.by_local.get(&root.local_key()));
            let plain = name != Item::Accessor.name()
                && stmt.initializer().as_ref().map(AstNode::syntax) == whole
                && stmt.attrs().next().is_none()
                && !has_comment(stmt.syntax())
                && pat.mut_token().is_none()
                && self.decision.locals.get(&root.local_key()) == Some(&LocalState::Stay)
                && self.held(&uses, Held::Owned, false) == Held::Reference;
            if !plain {
                return None;
            }
            let mut own = vec![tree.range(ast::HasName::name(pat)?.syntax())];
            own.extend(locals::uses_of(tree, pat).iter().map(|u| match u {
                Use::Expr(path) => tree.range(path.syntax()),
                Use::Opaque(token) => tree.token_range(token),
            }));
            let tokens = function.descendants_with_tokens();
            let mut tokens = tokens.filter_map(|e| e.into_token());
            let is_other = |t: SyntaxToken| {
                let says = match t.kind() {
                    SyntaxKind::IDENT => {
                        t.text() == name && t.prev_token().is_none_or(|p| p.text() != ".")
                    }
                    SyntaxKind::STRING => locals::mentions_in_format(t.text(), &name),
                    _ => false,
                };
                says && !own.contains(&tree.token_range(&t))
            };
            (!tokens.any(is_other)).then_some(name)
        })
    }

    /// A pattern that takes the bus out of an `Option` becomes a binding.
    fn some(&mut self, root: &Root) {
        let file = root.file;
        let (pat, whole) = match &root.landing {
            Landing::IfSome(it, pat) => (pat, it.syntax().clone()),
            Landing::LetSome(it, pat) => (pat, it.syntax().clone()),
            Landing::Branch(it, _, pat) => (pat, it.syntax().clone()),
            _ => return,
        };
        let (Some(tree), Some(name)) = (self.tree(file), ast::HasName::name(pat)) else {
            return;
        };
        let dropped = |r: TextRange| {
            let of = |(f, e, s): &(FileId, ast::Expr, SlotId)| {
                *f == file && self.decision.removed(*s) && tree.range(e.syntax()).contains_range(r)
            };
            self.sites.flows.iter().any(of)
        };
        let unused = locals::uses_of(tree, pat).iter().all(|u| match u {
            Use::Expr(path) => dropped(tree.range(path.syntax())),
            Use::Opaque(_) => false,
        });
        let only_reads = locals::uses_of(tree, pat).iter().all(|u| match u {
            Use::Expr(path) => is_asked(path),
            Use::Opaque(_) => false,
        });
        let suffix = match root.value {
            Value::OptRef => "",
            _ if only_reads || pat.ref_token().is_some() => "",
            Value::OptBare => ".as_ref()",
            _ => ".clone()",
        };
        let binding = match unused {
            true => String::new(),
            false => {
                let own = name.text() == "global_coordinator";
                let accessor = self.accessor(file, &whole, own);
                format!("let {} = {accessor}{suffix};", name.text())
            }
        };
        let source = self.source(file);
        if let Landing::Branch(_, some, _) = &root.landing {
            self.branch(file, &whole, some, pat, &binding);
            return;
        }
        let Landing::IfSome(it, _) = &root.landing else {
            if unused {
                self.delete_statement(file, &whole);
                return;
            }
            let range = tree.range(&whole);
            self.whole.entry(file).or_default().push(range);
            self.push(file, Edit::replace(range, binding));
            return;
        };
        let Some(list) = it.then_branch().and_then(|b| b.stmt_list()) else {
            return;
        };
        let (Some(open), Some(close)) = (list.l_curly_token(), list.r_curly_token()) else {
            return;
        };
        let start = tree.range(&whole).start();
        let head = TextRange::new(start, tree.token_range(&open).end());
        self.whole.entry(file).or_default().push(head);
        let newline = layout::newline(source);
        let indent = layout::indent_at(source, start);
        let gap = close
            .prev_token()
            .filter(|t| t.kind() == SyntaxKind::WHITESPACE && t.text().contains('\n'));
        let (true, Some(gap)) = (can_flatten(tree, it.syntax(), &list, name.text()), gap) else {
            let inner = format!("{newline}{indent}{}", layout::indent_step(source));
            let text = match unused {
                true => "{".to_owned(),
                false if gap_after(source, head).contains('\n') => format!("{{{inner}{binding}"),
                false => format!("{{ {binding}"),
            };
            self.push(file, Edit::replace(head, text));
            return;
        };
        let blanks = gap_after(source, head);
        let head = match unused {
            true => TextRange::new(head.start(), head.end() + TextSize::of(blanks)),
            false => head,
        };
        self.push(file, Edit::replace(head, binding));
        let step = layout::indent_step(source).len();
        for edit in layout::dedent(tree, list.syntax(), step) {
            let last = tree.token_range(&gap);
            if !last.contains_range(edit.range) && !head.contains_range(edit.range) {
                self.push(file, edit);
            }
        }
        let tail = TextRange::new(
            tree.token_range(&gap).start(),
            tree.token_range(&close).end(),
        );
        self.push(file, Edit::delete(tail));
    }

    /// The only use of a variable, if a method is called on it there, once, where it can be asked for.
    fn sole_read(
        &self,
        tree: &FileTree,
        file: FileId,
        pat: &ast::IdentPat,
        within: &ast::Expr,
    ) -> Option<SyntaxNode> {
        let uses = locals::uses_of(tree, pat);
        let [Use::Expr(path)] = uses.as_slice() else {
            return None;
        };
        let around = tree.ancestors(path.syntax());
        let mut around = around.take_while(|n| n != within.syntax());
        let again = around.any(|n| {
            matches!(
                n.kind(),
                SyntaxKind::CLOSURE_EXPR
                    | SyntaxKind::LOOP_EXPR
                    | SyntaxKind::WHILE_EXPR
                    | SyntaxKind::FOR_EXPR
            )
        });
        let here = matches!(hoist::reach(self.infer, file, path.syntax()), Reach::Here);
        (is_asked(path) && here && !again).then(|| path.syntax().clone())
    }

    /// What is done with what is in an `Option` takes the place of an `if` or `match` that has more.
    fn branch(
        &mut self,
        file: FileId,
        whole: &SyntaxNode,
        some: &ast::Expr,
        pat: &ast::IdentPat,
        binding: &str,
    ) {
        let name = ast::HasName::name(pat).map(|n| n.text().to_string());
        let name = name.as_deref().unwrap_or_default();
        let (Some(tree), Some(parent)) = (self.tree(file), whole.parent()) else {
            return;
        };
        let source = self.source(file);
        let block = match some {
            ast::Expr::BlockExpr(it) if it.modifier().is_none() => it.stmt_list(),
            _ => None,
        };
        let brackets = block
            .as_ref()
            .and_then(|l| Some((l.l_curly_token()?, l.r_curly_token()?)));
        let range = tree.range(whole);
        // what stays
        let inner = match &brackets {
            Some((open, close)) => TextRange::new(
                tree.token_range(open).end(),
                tree.token_range(close).start(),
            ),
            None => tree.range(some.syntax()),
        };
        let text = &source[std::ops::Range::from(inner)];
        let newline = layout::newline(source);
        let indent = layout::indent_at(source, range.start());
        let start = inner.start() + TextSize::of(&text[..text.len() - text.trim_start().len()]);
        let end = inner.start() + TextSize::of(text.trim_end());
        let further = layout::indent_at(source, start).len();
        let further = further.saturating_sub(indent.len());
        let stmt = match parent.kind() {
            SyntaxKind::EXPR_STMT => Some(parent.clone()),
            SyntaxKind::STMT_LIST => Some(whole.clone()),
            _ => None,
        };
        let empty = text.trim().is_empty();
        let left = match ast::IfExpr::cast(whole.clone()) {
            Some(it) if it.else_branch().is_none() => sites::left_by(&it),
            _ => None,
        };
        let is_last = left.is_some() || stmt.as_ref().is_some_and(|s| s.next_sibling().is_none());
        let list = block.filter(|_| !empty);
        let flat = match (&stmt, &list) {
            (None, _) => false,
            (_, Some(list)) => left.is_some() || can_flatten(tree, whole, list, name),
            (Some(stmt), None) => is_last || is_free_beside(tree, whole, stmt.clone(), name),
        };
        let only = list
            .as_ref()
            .is_none_or(|l| l.statements().next().is_none());
        let binding = match self.sole_read(tree, file, pat, some) {
            Some(read) if !flat && only => {
                let own = name == Item::Accessor.name();
                let accessor = self.accessor(file, &read, own);
                self.push(file, Edit::replace(tree.range(&read), accessor));
                ""
            }
            _ => binding,
        };
        let edition = self.infer.index.edition(file);
        let before = TextRange::new(range.start(), start.min(range.end()));
        let comments = layout::comments_in(source, edition, before, &[]);
        let ended = ["}", ";"].iter().any(|e| text.trim_end().ends_with(e));
        let semicolon = ast::ExprStmt::cast(parent.clone()).map(|s| s.semicolon_token());
        let (head, tail, step);
        let lines = comments.into_iter().chain([binding.to_owned()]);
        let lines: Vec<String> = lines.filter(|l| !l.is_empty()).collect();
        if flat || (lines.is_empty() && only && !empty) {
            let lines = lines.iter().map(|l| format!("{l}{newline}{indent}"));
            head = lines.collect();
            let more = matches!(semicolon, Some(None)) && !ended;
            tail = if more { ";".to_owned() } else { String::new() };
            step = further;
        } else if !empty {
            let gap = format!("{newline}{indent}{}", layout::indent_step(source));
            let lines = lines.iter().map(|l| format!("{l}{gap}"));
            head = format!("{{{gap}{}", lines.collect::<String>());
            tail = format!("{newline}{indent}}}");
            step = further.saturating_sub(layout::indent_step(source).len());
        } else {
            (head, tail) = ("{".to_owned(), "}".to_owned());
            step = 0;
        }
        let mut behind = TextRange::new(end.max(before.end()), range.end());
        if let Some(Some(semicolon)) = semicolon.filter(|_| flat && ended) {
            behind = behind.cover(tree.token_range(&semicolon));
        }
        if let Some((rest, leave)) = &left {
            behind = rest.iter().fold(behind, |r, n| r.cover(tree.range(n)));
            behind = self.without_leave(file, leave, behind);
        }
        let taken = self.whole.entry(file).or_default();
        taken.extend([before, behind]);
        self.push(file, Edit::replace(before, head));
        self.push(file, Edit::replace(behind, tail));
        for edit in layout::dedent(tree, some.syntax(), step) {
            if !before.contains_range(edit.range) && !behind.contains_range(edit.range) {
                self.push(file, edit);
            }
        }
    }

    /// What a block gives instead of leaving by it at its end, and what is taken behind that.
    fn without_leave(&mut self, file: FileId, leave: &ast::Expr, behind: TextRange) -> TextRange {
        let Some(tree) = self.tree(file) else {
            return behind;
        };
        let whole = tree.range(leave.syntax());
        let given = match leave {
            ast::Expr::ReturnExpr(it) => it.expr(),
            _ => None,
        };
        let source = self.source(file);
        match given.map(|e| tree.range(e.syntax())) {
            Some(given) => {
                let keyword = TextRange::new(whole.start(), given.start());
                self.push(file, Edit::delete(keyword));
                TextRange::new(given.end(), behind.end())
            }
            None => {
                let before = source[..usize::from(whole.start())].trim_end();
                TextRange::new(TextSize::of(before), behind.end())
            }
        }
    }

    /// The accessor, or the variable that holds what it gave, in the place of a read.
    fn inline(&mut self, root: &Root, accessor: &str) {
        let (Some(tree), Some(outer)) = (self.tree(root.file), root.outer.clone()) else {
            return;
        };
        self.whole
            .entry(root.file)
            .or_default()
            .push(tree.range(outer.syntax()));
        if let Landing::Local(stmt, pat) = &root.landing {
            let uses = self.remaining(self.sites.by_local.get(&root.local_key()));
            let is_mut = pat.mut_token().is_some();
            let by_value = match root.value {
                Value::Ref => Held::Reference,
                Value::RefBare => Held::Borrowed,
                _ => Held::Owned,
            };
            let held = if is_mut {
                by_value
            } else {
                self.held(&uses, by_value, false)
            };
            let suffix = held.suffix();
            if held == Held::Reference && by_value != Held::Reference {
                self.unborrow(root.file, &uses);
                self.drop_type(root.file, stmt, pat);
            }
            let same = ast::HasName::name(pat).is_some_and(|n| n.text() == accessor);
            if same && held == Held::Reference {
                self.delete_binding(root.file, stmt, pat);
                return;
            }
            self.push(
                root.file,
                Edit::replace(tree.range(outer.syntax()), format!("{accessor}{suffix}")),
            );
            return;
        }
        let wrapped = match root.value {
            Value::Opt => Some(format!("Some({accessor}.clone())")),
            Value::OptRef => Some(format!("Some({accessor})")),
            Value::Res => Some(format!("Ok({accessor}.clone())")),
            Value::ResRef => Some(format!("Ok({accessor})")),
            _ => None,
        };
        if let Some(text) = wrapped {
            let range = tree.range(outer.syntax());
            self.push(root.file, Edit::replace(range, in_field(&outer, text)));
            return;
        }
        // a macro of one's own names a place that was not its to move from
        let named = tree.is_macro_piece(outer.syntax())
            && self.infer.index.macros.is_in_own(tree, outer.syntax());
        let suffix = match (&root.landing, root.value) {
            (Landing::Read, _) | (_, Value::Ref) => "",
            (Landing::Other, Value::Place) if named => "",
            (_, Value::RefBare | Value::Deref) => ".as_ref()",
            _ => ".clone()",
        };
        let range = tree.range(outer.syntax());
        let text = self.in_chain(root.file, range, accessor, suffix);
        self.push(root.file, Edit::replace(range, in_field(&outer, text)));
    }

    /// A method chain over several lines keeps one call a line.
    fn in_chain(&self, file: FileId, range: TextRange, accessor: &str, suffix: &str) -> String {
        let rest = &self.source(file)[usize::from(range.end())..];
        let gap = &rest[..rest.len() - rest.trim_start().len()];
        let chained = rest.trim_start().starts_with('.') && gap.contains('\n');
        match accessor.strip_suffix(".await") {
            Some(call) if chained && suffix.is_empty() => format!("{call}{gap}.await"),
            _ => format!("{accessor}{suffix}"),
        }
    }

    fn debug_links(&mut self) {
        let sites = self.sites;
        for (file, slot, call) in &sites.debug_links {
            let (Some(tree), Some(receiver), Some(dot)) =
                (self.tree(*file), call.receiver(), call.dot_token())
            else {
                continue;
            };
            if !self.decision.removed(*slot) {
                continue;
            }
            let range = TextRange::new(
                tree.range(receiver.syntax()).end(),
                tree.range(call.syntax()).end(),
            );
            self.push(*file, Edit::delete(range));
            // the blanks before it are on the line above
            let range = TextRange::new(tree.token_range(&dot).start(), range.end());
            let words = self.slots.all[*slot].words();
            self.out.findings.push(Finding::new(
                catalog::DEBUG_OUTPUT,
                *file,
                range,
                format!("`Debug` no longer shows {words}"),
            ));
        }
    }

    /// `shutdown()` on what came from a slot that goes: it is the shared instance now, to be seen by nobody else.
    fn shutdowns(&mut self) {
        let sites = self.sites;
        for root in sites.roots.iter().filter(|r| r.landing == Landing::Read) {
            let mut source = &root.source;
            for _ in 0..16 {
                let Source::Local(key) = source else { break };
                let bound =
                    |r: &&Root| matches!(r.landing, Landing::Local(..)) && r.local_key() == *key;
                let Some(init) = sites.roots.iter().find(bound) else {
                    break;
                };
                source = &init.source;
            }
            if !matches!(source, Source::Slot(s) if self.decision.removed(*s)) {
                continue;
            }
            let receiver = root.outer.as_ref();
            let call = receiver.and_then(|r| ast::MethodCallExpr::cast(r.syntax().parent()?));
            let (Some(receiver), Some(call), Some(tree)) = (receiver, call, self.tree(root.file))
            else {
                continue;
            };
            if call.name_ref().is_some_and(|n| n.text() == "shutdown") {
                let start = tree.range(receiver.syntax()).start();
                let range = TextRange::new(start, tree.range(call.syntax()).end());
                let finding = behaviour::shutdown(root.file, range);
                self.out.findings.push(finding);
            }
        }
    }

    // ---- variables ---------------------------------------------------------------------------------------------

    fn locals(&mut self) {
        let sites = self.sites;
        for (key, local) in &sites.locals {
            let uses = sites.by_local.get(key);
            match self.decision.locals.get(key) {
                Some(LocalState::Vanish) => {
                    self.discards(uses);
                    self.delete_binding(local.file, &local.stmt, &local.pat);
                }
                Some(LocalState::Sink) => {
                    self.discards(uses);
                    self.delete_binding(local.file, &local.stmt, &local.pat);
                    let Some(tree) = self.tree(local.file) else {
                        continue;
                    };
                    let owner = tree
                        .ancestors(local.stmt.syntax())
                        .find(|n| matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR));
                    let Some(owner) = owner else { continue };
                    let name = ast::HasName::name(&local.pat)
                        .map(|n| n.text().to_string())
                        .unwrap_or_default();
                    let remaining = self.remaining(uses);
                    self.bind(local.file, &name, remaining, &owner, Held::Owned, false);
                }
                _ => self.lighten(*key),
            }
        }
    }

    /// A variable that no longer needs an `Arc` of its own gives its `clone()` back.
    fn lighten(&mut self, key: super::Key) {
        let sites = self.sites;
        let local = &sites.locals[&key];
        let uses = sites.by_local.get(&key);
        let remaining = self.remaining(uses);
        let touched = remaining.len() < uses.map_or(0, Vec::len);
        let init = sites
            .roots
            .iter()
            .find(|r| matches!(r.landing, Landing::Local(..)) && r.local_key() == key);
        let Some(init) = init.filter(|r| r.source == Source::Accessor && r.value == Value::Arc)
        else {
            return;
        };
        if !touched || local.pat.mut_token().is_some() || !remaining.iter().all(fits_reference) {
            return;
        }
        let (Some(tree), Some(ast::Expr::MethodCallExpr(clone))) =
            (self.tree(local.file), init.outer.clone())
        else {
            return;
        };
        let Some(receiver) = clone.receiver() else {
            return;
        };
        let range = TextRange::new(
            tree.range(receiver.syntax()).end(),
            tree.range(clone.syntax()).end(),
        );
        self.push(local.file, Edit::delete(range));
        self.drop_type(local.file, &local.stmt, &local.pat);
        self.unborrow(local.file, &remaining);
        self.discards(uses);
    }

    /// A written type that the accessor's reference does not have.
    fn drop_type(&mut self, file: FileId, stmt: &ast::LetStmt, pat: &ast::IdentPat) {
        if let (Some(tree), Some(ty)) = (self.tree(file), stmt.ty()) {
            let (start, end) = (
                tree.range(pat.syntax()).end(),
                tree.range(ty.syntax()).end(),
            );
            self.push(file, Edit::delete(TextRange::new(start, end)));
        }
    }

    /// Statements that only gave a coordinator up.
    fn discards(&mut self, uses: Option<&Vec<usize>>) {
        for i in uses.into_iter().flatten() {
            let root = &self.sites.roots[*i];
            if let Landing::Discard(stmt) = &root.landing {
                self.delete_statement(root.file, stmt);
            }
        }
    }

    /// The braces of an argument or an initializer, between which nothing but the tail is left.
    fn braces(&mut self) {
        let mut more: Vec<(FileId, TextRange)> = Vec::new();
        let mut layout: Vec<(FileId, Edit)> = Vec::new();
        let mut all = self.gone.clone();
        for (file, again) in &self.again {
            all.entry(*file).or_default().extend(again.iter().cloned());
        }
        for (file, gone) in &all {
            let Some(tree) = self.tree(*file) else {
                continue;
            };
            let lists = gone.iter().filter_map(SyntaxNode::parent);
            for list in lists.filter_map(ast::StmtList::cast) {
                let block = list.syntax().parent().and_then(ast::BlockExpr::cast);
                let plain =
                    |b: &ast::BlockExpr| b.syntax().first_child().as_ref() == Some(list.syntax());
                let (Some(block), Some(tail)) = (block.filter(plain), list.tail_expr()) else {
                    continue;
                };
                let around = block.syntax().parent().map(|p| p.kind());
                let known = matches!(
                    around,
                    Some(
                        SyntaxKind::ARG_LIST | SyntaxKind::LET_STMT | SyntaxKind::RECORD_EXPR_FIELD
                    )
                );
                let plain = known && list.statements().all(|s| gone.contains(s.syntax()));
                let edition = self.infer.index.edition(*file);
                let (source, tail) = (self.source(*file), tail.syntax());
                let found = layout::around_tail(tree, source, edition, &block, tail);
                let Some((head, rest, step)) = found.filter(|_| plain) else {
                    continue;
                };
                let own = self.out.edits.get(file).into_iter().flatten();
                let writes = |e: &Edit| !e.insert.is_empty() && head.contains_range(e.range);
                if own.clone().any(writes) {
                    continue;
                }
                more.push((*file, head));
                more.push((*file, rest));
                // what follows on other lines stands one level further out now
                for edit in layout::dedent(tree, tail, step) {
                    if !own.clone().any(|e| e.range.contains_range(edit.range)) {
                        layout.push((*file, edit));
                    }
                }
            }
        }
        more.sort_by_key(|(file, range)| (*file, range.start()));
        more.dedup();
        for (file, range) in more {
            self.push(file, Edit::delete(range));
        }
        for (file, edit) in layout {
            self.push(file, edit);
        }
    }

    /// A variable goes: the statement that binds it, or its element of the tuple there.
    fn delete_binding(&mut self, file: FileId, stmt: &ast::LetStmt, pat: &ast::IdentPat) {
        match tuple_element(pat) {
            Some((at, value)) => {
                let gone = self.gone.entry(file).or_default();
                gone.push(value.syntax().clone());
                let key = super::key_of(self.infer.index, file, stmt.syntax());
                let gone = self
                    .elements
                    .entry(key)
                    .or_insert_with(|| (stmt.clone(), Vec::new()));
                gone.1.push(at);
            }
            None => self.delete_statement(file, stmt.syntax()),
        }
    }

    /// The elements of `let (…) = (…);` that go.
    fn tuples(&mut self) {
        for ((file, ..), (stmt, mut gone)) in std::mem::take(&mut self.elements) {
            gone.sort_unstable();
            gone.dedup();
            let (Some(ast::Pat::TuplePat(pat)), Some(ast::Expr::TupleExpr(tuple))) =
                (stmt.pat(), stmt.initializer())
            else {
                continue;
            };
            let pats: Vec<SyntaxNode> = pat.fields().map(|p| p.syntax().clone()).collect();
            let exprs: Vec<SyntaxNode> = tuple.fields().map(|e| e.syntax().clone()).collect();
            if gone.len() == pats.len() {
                self.delete_statement(file, stmt.syntax());
                continue;
            }
            self.delete(file, &pats, &gone);
            self.delete(file, &exprs, &gone);
        }
    }

    /// Deletes a statement; comments inside of it stay.
    fn delete_statement(&mut self, file: FileId, stmt: &SyntaxNode) {
        let Some(tree) = self.tree(file) else { return };
        self.gone.entry(file).or_default().push(stmt.clone());
        let edition = self.infer.index.edition(file);
        let edit = layout::delete_statement(self.source(file), edition, tree.range(stmt));
        self.push(file, edit);
    }
}

/// Whether the statements of a branch may stand beside those around it.
fn can_flatten(tree: &FileTree, whole: &SyntaxNode, list: &ast::StmtList, name: &str) -> bool {
    let stmt = match whole.parent() {
        Some(p) if p.kind() == SyntaxKind::EXPR_STMT => p,
        _ => whole.clone(),
    };
    let is_last = stmt.next_sibling().is_none();
    let binds = list
        .statements()
        .any(|s| !matches!(s, ast::Stmt::ExprStmt(_)));
    let free = is_free_beside(tree, list.syntax(), stmt, name);
    let unit = list.tail_expr().is_none() || is_last;
    unit && (is_last || (!binds && free))
}

/// Whether a method of the coordinator is called on a variable.
fn is_asked(path: &ast::PathExpr) -> bool {
    let call = path.syntax().parent().and_then(ast::MethodCallExpr::cast);
    call.is_some_and(|c| {
        let name = c.name_ref();
        let known = name.is_some_and(|n| super::super::api::METHODS.contains(&n.text()));
        known && c.receiver().is_some_and(|r| r.syntax() == path.syntax())
    })
}

/// Whether a variable of the name may be bound beside a statement.
fn is_free_beside(tree: &FileTree, list: &SyntaxNode, stmt: SyntaxNode, name: &str) -> bool {
    let around = Hoist {
        first: false,
        list: list.clone(),
        stmt,
        closure: false,
    };
    hoist::free_name(tree, &around, &[(name.to_owned(), true)]).is_some()
}

/// What a branch has besides what is done with what is in an `Option`.
fn without(whole: &ast::Expr, some: &ast::Expr) -> Vec<SyntaxNode> {
    let own = |n: &SyntaxNode| !n.text_range().contains_range(some.syntax().text_range());
    match whole {
        ast::Expr::IfExpr(it) => match it.else_branch() {
            Some(ast::ElseBranch::Block(b)) => vec![b.syntax().clone()],
            Some(ast::ElseBranch::IfExpr(_)) => Vec::new(),
            None => sites::left_by(it).map_or(Vec::new(), |(rest, _)| rest),
        },
        ast::Expr::MatchExpr(it) => {
            let arms = it.match_arm_list().into_iter().flat_map(|l| l.arms());
            arms.map(|a| a.syntax().clone()).filter(own).collect()
        }
        _ => Vec::new(),
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

/// What comes in the place of an expression, with the field's name where that stood for both.
fn in_field(expr: &ast::Expr, text: String) -> String {
    let field = expr.syntax().parent().and_then(ast::RecordExprField::cast);
    let name = expr.syntax().text().to_string();
    match field.is_some_and(|f| f.name_ref().is_none()) && name != text {
        true => format!("{name}: {text}"),
        false => text,
    }
}

fn is_deprecated(function: &ast::Fn) -> bool {
    let mut attrs = function.attrs();
    attrs.any(|a| a.syntax().text().to_string().contains("deprecated"))
}
