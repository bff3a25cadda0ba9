//! Fields and parameters that lead to the coordinator of a struct and to nothing else: what it takes to hold it in their place,
//! which the rest of the passing follows.
//!
//! Belongs here: finding such places, and whether each use of one only leads there. Does not: what is given to them (`flow`),
//! deciding which slots go. What is written here is for what goes, and is never seen.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasGenericParams, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::super::catalog;
use super::super::edit::Edit;
use super::super::finding::Finding;
use super::super::locals;
use super::super::search;
use super::super::tree::FileTree;
use super::super::workspace::{FileId, Language};
use super::detours::{COUNTS, Detour, Found, Stays, has_comment, stripped};
use super::ends;
use super::infer::{Infer, Method, Type};
use super::sites::{Landing, List, Source, is_within_trait};
use super::slots::{Adt, Form, SlotId};
use super::{Key, is_quiet, key_of, said_in};

/// What the coordinator's type is called where it is held in the place of what leads to it.
pub(crate) const HELD: &str = "GlobalEventCoordinatorOfContext";

/// A struct of the text with detours, and its field that others only led to.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(super) file: FileId,
    /// The struct.
    pub(super) name: String,
    pub(super) field: String,
    /// Where the places that led there start in the files that were read first.
    pub(super) leading: BTreeSet<(FileId, TextSize)>,
}

impl Context {
    /// Whether a type is the struct, or leads to it.
    pub(super) fn is_of(&self, ty: &Type) -> bool {
        let Type::Item(file, node, _) = ty.peeled() else {
            return false;
        };
        let name = ast::Struct::cast(node.clone()).and_then(|s| s.name());
        *file == self.file && name.is_some_and(|n| n.text() == self.name)
    }
}

/// Those of the workspace.
pub(super) fn find(found: &Found<'_, '_>, stays: &Stays) -> Vec<Detour> {
    let adts = found.slots.adts.values();
    let fields = adts.flat_map(|adt| adt.fields.iter().flatten().map(move |field| (adt, *field)));
    let fields = fields.filter(|(_, field)| {
        let slot = &found.slots.all[*field];
        slot.form == Form::Arc && slot.keep.is_none()
    });
    let all = fields.filter_map(|(adt, field)| {
        let it = ast::Struct::cast(adt.node.clone())?;
        let getters = getters(found, adt, field);
        // what stays does so only because it is all that others are there for
        let goes = |slot: &SlotId| {
            let slot = &found.slots.all[*slot];
            stays.goes(slot) || stays.why(slot) == Some(catalog::LEAVES_UNUSED)
        };
        let reads = if getters.is_empty() {
            std::slice::from_ref(&field)
        } else {
            &getters
        };
        if !reads.iter().all(goes) {
            return None;
        }
        let finder = Finder {
            found,
            file: adt.file,
            key: key_of(found.infer.index, adt.file, &adt.node),
            name: it.name()?.text().to_string(),
            field,
            getters,
        };
        // one that holds nothing else is a wrapper
        let fits = it.generic_param_list().is_none() && adt.fields.len() > 1;
        fits.then(|| finder.detour())?
    });
    all.collect()
}

/// The results of the methods of a struct that only give a field's coordinator.
fn getters(found: &Found<'_, '_>, adt: &Adt, field: SlotId) -> Vec<SlotId> {
    let of_struct = |slot: &SlotId| {
        let slot = &found.slots.all[*slot];
        let block = slot.node.ancestors().find_map(ast::Impl::cast);
        let of = block.filter(|b| b.trait_().is_none());
        let of = of.and_then(|b| b.self_ty());
        let of = of.map(|t| found.infer.lowered(slot.file, &t));
        slot.keep.is_none()
            && matches!(of, Some(Type::Item(at, n, _)) if at == adt.file && n == adt.node)
    };
    // what it reads is the field
    let gives = |slot: &SlotId| {
        let mut reads = found.sites.by_slot.get(&field).into_iter().flatten();
        reads.any(|i| {
            let landing = &found.sites.roots[*i].landing;
            matches!(landing, Landing::Slot(to) if to == slot)
        })
    };
    let all = found.sites.givers.iter().copied();
    all.filter(|slot| of_struct(slot) && gives(slot)).collect()
}

/// A field, by its struct and its name, or a parameter, by its function and its position.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Field(Key, String),
    Param(Key, usize),
}

/// What is known of a place that may lead there alone.
struct Leading {
    file: FileId,
    node: SyntaxNode,
    /// What is written for the struct's type.
    of: Edit,
    name: String,
    /// Whether it is a reference.
    lent: bool,
    /// What is written where it is read.
    reads: Vec<(FileId, Edit)>,
    /// The places that it is handed on to.
    into: BTreeSet<Place>,
}

/// What is done with the value of a place.
enum Use {
    /// The coordinator is read: what is written then.
    Read(Vec<Edit>),
    Into(Place),
    /// It is given to a variable.
    Bound(ast::IdentPat),
}

struct Finder<'f, 'a> {
    found: &'f Found<'f, 'a>,
    /// The struct.
    file: FileId,
    key: Key,
    name: String,
    /// Its field.
    field: SlotId,
    /// What gives that.
    getters: Vec<SlotId>,
}

impl<'a> Finder<'_, 'a> {
    fn infer(&self) -> &Infer<'a> {
        self.found.infer
    }

    fn detour(&self) -> Option<Detour> {
        let index = self.infer().index;
        let slot = &self.found.slots.all[self.field];
        let of = Type::Item(self.file, self.struct_node()?, Vec::new());
        // what it holds may end earlier then
        if ends::is_seen(self.infer(), &of) {
            return None;
        }
        let said = said_in(index, &self.name, |_| true);
        let counts = search::Places::of(COUNTS);
        let mut saying = said.iter().map(|(file, _)| index.workspace.file(*file));
        if saying.any(|source| counts.any(&source.text)) {
            return None;
        }
        if self.is_made_in_place() {
            return None;
        }
        let mut all = self.candidates(&said);
        // all that leads to what stays stays
        loop {
            let before = all.len();
            let known: BTreeSet<Place> = all.keys().cloned().collect();
            all.retain(|_, it| it.into.iter().all(|place| known.contains(place)));
            if all.len() == before {
                break;
            }
        }
        let mut leading: BTreeSet<Place> = BTreeSet::new();
        loop {
            let more = all.iter().filter(|(place, it)| {
                let leads = !it.reads.is_empty() || !it.into.is_disjoint(&leading);
                leads && !leading.contains(place)
            });
            let more: Vec<Place> = more.map(|(place, _)| place.clone()).collect();
            if more.is_empty() {
                break;
            }
            leading.extend(more);
        }
        all.retain(|place, _| leading.contains(place));
        if !all.keys().any(|place| matches!(place, Place::Field(..))) {
            return None;
        }
        let mut out = Detour {
            key: self.key,
            rank: 3,
            context: Some(Context {
                file: self.file,
                name: self.name.clone(),
                field: slot.name.clone(),
                leading: BTreeSet::new(),
            }),
            ..Detour::new(self.file, format!("{}.{}", self.name, slot.name))
        };
        let own = slot.told(index.tree(slot.file));
        out.said.push((slot.file, own));
        let context = out.context.as_mut()?;
        for it in all.values() {
            let range = index.tree(it.file)?.range(&it.node);
            let start = index.origin(it.file, range).start();
            context.leading.insert((it.file, start));
            out.edits.push((it.file, it.of.clone()));
            out.edits.extend(it.reads.iter().cloned());
            let kind = match ast::Param::can_cast(it.node.kind()) {
                true => "parameter",
                false => "field",
            };
            let message = format!(
                "the {kind} `{}` is gone: it only led to {}",
                it.name,
                slot.words()
            );
            // without its documentation and comments
            let mut parts = it.node.children();
            let part =
                parts.find(|n| ast::Name::can_cast(n.kind()) || ast::Pat::can_cast(n.kind()));
            let start = part.map_or(range.start(), |n| n.text_range().start());
            let told = TextRange::new(start, range.end());
            out.said.push((it.file, told));
            let finding = Finding::new(catalog::CONTEXT_GONE, it.file, told, message);
            out.findings.push(finding);
        }
        Some(out)
    }

    fn struct_node(&self) -> Option<SyntaxNode> {
        let mut adts = self.found.slots.adts.iter();
        let found = adts.find(|(_, adt)| adt.fields.contains(&Some(self.field)));
        found.map(|(_, adt)| adt.node.clone())
    }

    /// Whether one is made where it is given to something: nothing might make one then.
    fn is_made_in_place(&self) -> bool {
        let of_field = |l: &&List| l.entries.iter().any(|(_, slot)| *slot == self.field);
        let mut lists = self.found.sites.lists.iter().filter(of_field);
        lists.any(|list| {
            let around = list.node.ancestors().skip(2);
            let mut around = around.take_while(|n| {
                !matches!(
                    n.kind(),
                    SyntaxKind::LET_STMT | SyntaxKind::STMT_LIST | SyntaxKind::EXPR_STMT
                )
            });
            around.any(|n| match n.kind() {
                SyntaxKind::RECORD_EXPR_FIELD | SyntaxKind::METHOD_CALL_EXPR => true,
                SyntaxKind::CALL_EXPR => {
                    const KEEPS: &[&str] = &["Arc::new", "Box::new", "Ok", "Rc::new", "Some"];
                    let callee = ast::CallExpr::cast(n).and_then(|c| c.expr());
                    callee.is_none_or(|c| !KEEPS.contains(&c.syntax().text().to_string().as_str()))
                }
                _ => false,
            })
        })
    }

    /// The fields and parameters that hold such a struct, and whose every use is known to lead to its field.
    fn candidates(&self, said: &[(FileId, TextRange)]) -> BTreeMap<Place, Leading> {
        let mut out = BTreeMap::new();
        for (file, range) in said {
            let Some((place, mut it)) = self.candidate(*file, *range) else {
                continue;
            };
            if self.uses(&place, &mut it).is_some() {
                out.insert(place, it);
            }
        }
        out
    }

    fn candidate(&self, file: FileId, range: TextRange) -> Option<(Place, Leading)> {
        let index = self.infer().index;
        let source = index.workspace.file(file);
        let tree = index.tree(file).filter(|t| !t.has_errors)?;
        if source.language != Language::Rust || !source.writable || source.example.is_some() {
            return None;
        }
        let token = tree.root.token_at_offset(range.start()).right_biased()?;
        let mut around = token.parent_ancestors();
        let node = around.find(|n| {
            matches!(
                n.kind(),
                SyntaxKind::RECORD_FIELD | SyntaxKind::PARAM | SyntaxKind::FN | SyntaxKind::STRUCT
            )
        })?;
        let (place, ty, name) = if let Some(field) = ast::RecordField::cast(node.clone()) {
            let owner = node.ancestors().find_map(ast::Struct::cast)?;
            // what is derived may look into it
            const OTHERS: &[&str] = &["allow", "cfg", "doc", "must_use"];
            let quiet = |a: ast::Attr| is_quiet(&a, &["Clone", "Default"], OTHERS);
            if !owner.attrs().all(quiet) {
                return None;
            }
            let name = field.name()?.text().to_string();
            let key = key_of(index, file, owner.syntax());
            // the struct itself may hold another one
            if key == self.key {
                return None;
            }
            (Place::Field(key, name.clone()), field.ty()?, name)
        } else {
            let param = ast::Param::cast(node.clone())?;
            let list = ast::ParamList::cast(node.parent()?)?;
            let function = ast::Fn::cast(list.syntax().parent()?)?;
            let of_trait = is_within_trait(function.syntax());
            let ast::Pat::IdentPat(pat) = param.pat()? else {
                return None;
            };
            let plain = pat.ref_token().is_none()
                && pat.mut_token().is_none()
                && pat.pat().is_none()
                && param.attrs().next().is_none();
            let position = list.params().position(|p| p == param)?;
            if of_trait || !plain || function.body().is_none() {
                return None;
            }
            let key = key_of(index, file, function.syntax());
            let name = pat.name()?.text().to_string();
            (Place::Param(key, position), param.ty()?, name)
        };
        let of = Edit::replace(self.carried(file, &ty)?, format!("std::sync::Arc<{HELD}>"));
        let it = Leading {
            file,
            node,
            of,
            name,
            lent: matches!(ty, ast::Type::RefType(_)),
            reads: Vec::new(),
            into: BTreeSet::new(),
        };
        Some((place, it))
    }

    /// The part of a type that is the struct, with the pointer around it.
    fn carried(&self, file: FileId, ty: &ast::Type) -> Option<TextRange> {
        let is_it = |t: &Type| matches!(t, Type::Item(at, n, _) if key_of(self.infer().index, *at, n) == self.key);
        match ty {
            ast::Type::RefType(it) if it.mut_token().is_none() => self.carried(file, &it.ty()?),
            ast::Type::PathType(_) => {
                let fits = match self.infer().lowered(file, ty) {
                    Type::Outside(name, args) => {
                        let pointer = matches!(name.as_str(), "Arc" | "Rc" | "Box");
                        pointer && matches!(args.as_slice(), [of] if is_it(of))
                    }
                    // a clone of it is one of all that it holds
                    of => is_it(&of) && self.is_plain(),
                };
                let range = self.infer().index.tree(file)?.range(ty.syntax());
                fits.then_some(range)
            }
            _ => None,
        }
    }

    /// Whether nothing that the struct holds can do something of its own as it is cloned.
    fn is_plain(&self) -> bool {
        let Some(node) = self.struct_node() else {
            return false;
        };
        let written = node.descendants().filter_map(ast::PathType::cast);
        let mut types = written.map(|t| self.infer().lowered(self.file, &ast::Type::PathType(t)));
        let cloned = self.infer().impls_of(&self.name, self.key);
        let by_hand = cloned.iter().any(|(_, block)| {
            let of = block.trait_().map(|t| t.syntax().text().to_string());
            of.is_some_and(|t| t.rsplit("::").next() == Some("Clone"))
        });
        !by_hand && types.all(|t| matches!(t, Type::Coordinator | Type::Outside(..)))
    }

    /// Every use of a place. `None`: one of them does something else, or is not understood.
    fn uses(&self, place: &Place, it: &mut Leading) -> Option<()> {
        let index = self.infer().index;
        match place {
            Place::Field(owner, name) => {
                let lent = it.lent;
                for (i, source) in index.workspace.files.iter().enumerate() {
                    if search::says(&source.text, name) {
                        self.uses_in(FileId(i), name, it, true, |file, node| {
                            self.field_use(file, node, *owner, lent)
                        })?;
                    }
                }
            }
            Place::Param(..) => {
                let function = it.node.ancestors().find_map(ast::Fn::cast)?;
                let param = ast::Param::cast(it.node.clone())?;
                let ast::Pat::IdentPat(pat) = param.pat()? else {
                    return None;
                };
                self.variable(it, it.file, &pat, function.body()?.syntax(), None)?;
            }
        }
        Some(())
    }

    /// Every use of a variable within a node. `called`: the name that it gets.
    fn variable(
        &self,
        it: &mut Leading,
        file: FileId,
        pat: &ast::IdentPat,
        within: &SyntaxNode,
        called: Option<&str>,
    ) -> Option<()> {
        let tree = self.infer().index.tree(file)?;
        let name = pat.name()?.text().to_string();
        let range = tree.range(within);
        let text = &self.infer().index.workspace.file(file).text[range];
        // a message may name it
        if text.contains(&format!("{{{name}")) {
            return None;
        }
        let lent = it.lent;
        let mut renamed = Vec::new();
        self.uses_in(file, &name, it, false, |file, node| {
            let expr = node.ancestors().take(4).find_map(ast::PathExpr::cast);
            let Some(expr) = expr.filter(|_| range.contains_range(tree.range(node))) else {
                return Some(None);
            };
            match locals::binding_of(tree, expr.syntax(), &name) {
                Some(bound) if bound == *pat => {
                    let short = expr.syntax().parent().and_then(ast::RecordExprField::cast);
                    let short = short.is_some_and(|f| f.name_ref().is_none());
                    renamed.extend(called.map(|called| match short {
                        true => Edit::insert(tree.range(node).end(), format!(": {called}")),
                        false => Edit::replace(tree.range(node), called.to_owned()),
                    }));
                    let used = self.used(file, tree, ast::Expr::PathExpr(expr), lent)?;
                    Some(Some(used))
                }
                _ => Some(None),
            }
        })?;
        if let Some(called) = called {
            renamed.push(Edit::replace(
                tree.range(pat.name()?.syntax()),
                called.to_owned(),
            ));
        }
        it.reads.extend(renamed.into_iter().map(|e| (file, e)));
        Some(())
    }

    /// The name of the struct's field, if a function says it of nothing else.
    fn free_name(&self, tree: &FileTree, node: &SyntaxNode) -> Option<&str> {
        let name = self.found.slots.all[self.field].name.as_str();
        let function = tree.ancestors(node).find(|n| ast::Fn::can_cast(n.kind()))?;
        let tokens = function.descendants_with_tokens();
        let mut said = tokens
            .filter_map(|t| t.into_token())
            .filter(|t| match t.kind() {
                SyntaxKind::STRING => locals::mentions_in_format(t.text(), name),
                _ => t.text() == name && t.prev_token().is_none_or(|p| p.text() != "."),
            });
        said.next().is_none().then_some(name)
    }

    /// Each place of a file that says a name. `of`: what it is to the place in hand, if anything; `None`: it is not understood.
    /// `patterns`: whether one may take it out of its struct.
    fn uses_in(
        &self,
        file: FileId,
        name: &str,
        it: &mut Leading,
        patterns: bool,
        mut of: impl FnMut(FileId, &SyntaxNode) -> Option<Option<Use>>,
    ) -> Option<()> {
        let index = self.infer().index;
        let source = index.workspace.file(file);
        if source.language != Language::Rust || source.example.is_some() {
            return Some(());
        }
        let tree = index.tree(file).filter(|t| !t.has_errors)?;
        let places = search::Places::of([name]).find(&source.text)?;
        let mut nodes = BTreeMap::new();
        for node in tree.around(Some(&places)) {
            if matches!(node.kind(), SyntaxKind::NAME_REF | SyntaxKind::NAME) {
                nodes.insert(tree.range(&node).start(), node);
            }
        }
        for at in places {
            let Some(node) = nodes.get(&at) else {
                // macro input that is not read as Rust
                let token = tree.root.token_at_offset(at).right_biased()?;
                let of_macro = token.kind() == SyntaxKind::IDENT
                    && token.text() == name
                    && token
                        .parent()
                        .is_some_and(|p| ast::TokenTree::can_cast(p.kind()));
                if of_macro {
                    return None;
                }
                continue;
            };
            if node.text() != name || node.kind() == SyntaxKind::NAME {
                let bound = match patterns && node.text() == name {
                    true => self.bound_by_pattern(file, tree, node, it)?,
                    false => None,
                };
                if let Some(pat) = bound {
                    self.bound(file, tree, &pat, it)?;
                }
                continue;
            }
            match of(file, node)? {
                Some(Use::Read(edits)) => {
                    let said = edits.iter().any(|e| has_comment(&source.text[e.range]));
                    if said || !source.writable {
                        return None;
                    }
                    it.reads.extend(edits.into_iter().map(|e| (file, e)));
                }
                Some(Use::Bound(pat)) => self.bound(file, tree, &pat, it)?,
                Some(Use::Into(place)) => {
                    it.into.insert(place);
                }
                None => {}
            }
        }
        Some(())
    }

    /// Every use of a variable that is given the value of the place in hand.
    fn bound(
        &self,
        file: FileId,
        tree: &FileTree,
        pat: &ast::IdentPat,
        it: &mut Leading,
    ) -> Option<()> {
        let mut around = tree.ancestors(pat.syntax());
        let list = around.find(|n| ast::StmtList::can_cast(n.kind()))?;
        let stmt = pat.syntax().ancestors().find_map(ast::LetStmt::cast)?;
        // a reference, or an `Arc` of its own
        let lent = matches!(stmt.initializer()?, ast::Expr::RefExpr(_));
        let lent = std::mem::replace(&mut it.lent, lent);
        // a field of a pattern keeps its name
        let alone = stmt.pat()?.syntax() == pat.syntax();
        let called = self.free_name(tree, pat.syntax()).filter(|_| alone);
        self.variable(it, file, pat, &list, called)?;
        it.lent = lent;
        Some(())
    }

    /// The variable that a pattern binds the field in hand to, by its name there. `Some(None)`: none; `None`: it is not understood.
    fn bound_by_pattern(
        &self,
        file: FileId,
        tree: &FileTree,
        node: &SyntaxNode,
        it: &Leading,
    ) -> Option<Option<ast::IdentPat>> {
        let mut around = node.ancestors().take(3);
        let Some(field) = around.find_map(ast::RecordPatField::cast) else {
            return Some(None);
        };
        let short = field.name_ref().is_none();
        if !short || !self.is_of_struct(file, field.syntax(), it) {
            return Some(None);
        }
        let ast::Pat::IdentPat(pat) = field.pat()? else {
            return None;
        };
        let plain = pat.ref_token().is_none() && pat.mut_token().is_none() && pat.pat().is_none();
        // `let Mailbox { context, .. } = self;`, of which nothing is known but that it takes it
        let stmt = tree.ancestors(field.syntax());
        let stmt = stmt.into_iter().find_map(ast::LetStmt::cast)?;
        let whole = stmt.let_else().is_none()
            && stmt
                .pat()
                .is_some_and(|p| ast::RecordPat::can_cast(p.syntax().kind()));
        (plain && whole).then_some(Some(pat))
    }

    /// Whether a pattern or literal around a field may be of the struct that has the field in hand.
    fn is_of_struct(&self, file: FileId, node: &SyntaxNode, it: &Leading) -> bool {
        let owner = it.node.ancestors().find_map(ast::Struct::cast);
        let pat = node.ancestors().find_map(ast::RecordPat::cast);
        let of = pat.and_then(|p| self.infer().adt_at(file, &p.path()?));
        match (of, owner) {
            (Some((at, of)), Some(owner)) => at == it.file && of == *owner.syntax(),
            _ => true,
        }
    }

    /// What a name is to a field of a struct. `Some(None)`: something else.
    fn field_use(
        &self,
        file: FileId,
        node: &SyntaxNode,
        owner: Key,
        lent: bool,
    ) -> Option<Option<Use>> {
        let index = self.infer().index;
        let tree = index.tree(file)?;
        let parent = node.parent()?;
        if let Some(field) = ast::FieldExpr::cast(parent.clone()) {
            let (at, of) = self.infer().owner_of(file, &field)?;
            if key_of(index, at, &of) != owner {
                return Some(None);
            }
            let used = self.used(file, tree, ast::Expr::FieldExpr(field), lent)?;
            return Some(Some(used));
        }
        if let Some(field) = ast::RecordPatField::cast(parent.clone()) {
            let pat = field.syntax().ancestors().find_map(ast::RecordPat::cast)?;
            let (at, of) = self.infer().adt_at(file, &pat.path()?)?;
            return (key_of(index, at, &of) != owner).then_some(None);
        }
        // literals give it what the rest of the passing follows; others are variables, functions and methods
        Some(None)
    }

    /// What is done with the value of an expression. `lent`: it is a reference.
    fn used(&self, file: FileId, tree: &FileTree, expr: ast::Expr, lent: bool) -> Option<Use> {
        let index = self.infer().index;
        let parent = expr.syntax().parent()?;
        let read = self.found.sites.at.get(&key_of(index, file, &parent));
        if let Some(Source::Slot(slot)) = read.map(|i| &self.found.sites.roots[*i].source) {
            let owned = match self.getters.contains(slot) {
                true => self.found.slots.all[*slot].form == Form::Arc,
                false if *slot == self.field => false,
                false => return None,
            };
            let edits = stripped(tree, &parent, &expr, owned, lent)?;
            return Some(Use::Read(edits));
        }
        if ast::FieldExpr::can_cast(parent.kind()) {
            return None;
        }
        let mut cur = expr.syntax().clone();
        loop {
            let parent = cur.parent()?;
            match parent.kind() {
                SyntaxKind::PAREN_EXPR => {}
                SyntaxKind::REF_EXPR => {
                    let it = ast::RefExpr::cast(parent.clone())?;
                    if it.mut_token().is_some() {
                        return None;
                    }
                }
                SyntaxKind::METHOD_CALL_EXPR => {
                    let it = ast::MethodCallExpr::cast(parent.clone())?;
                    if *it.receiver()?.syntax() != cur
                        || !matches!(it.name_ref()?.text(), "clone" | "to_owned")
                    {
                        return None;
                    }
                }
                SyntaxKind::ARG_LIST => {
                    let list = ast::ArgList::cast(parent.clone())?;
                    let at = list.args().position(|a| *a.syntax() == cur)?;
                    let call = parent.parent()?;
                    if let Some(call) = ast::MethodCallExpr::cast(call.clone()) {
                        let (method, _) = self.infer().called_method(file, &call)?;
                        return self.given_to(&method, at);
                    }
                    let whole = ast::CallExpr::cast(call.clone())?;
                    let ast::Expr::PathExpr(callee) = whole.expr()? else {
                        return None;
                    };
                    let path = callee.path()?;
                    let of_arc = path
                        .qualifier()
                        .is_some_and(|q| index.is_arc(file, &q) || q.syntax().text() == "Rc");
                    let clones = of_arc
                        && path
                            .segment()?
                            .name_ref()
                            .is_some_and(|n| n.text() == "clone");
                    if !clones {
                        let method = self.infer().called_function(file, &whole)?;
                        let has_self = method.function.param_list()?.self_param().is_some();
                        return self.given_to(&method, at.checked_sub(usize::from(has_self))?);
                    }
                    cur = call;
                    continue;
                }
                // `let context = self.context.clone();`
                SyntaxKind::LET_STMT => {
                    let it = ast::LetStmt::cast(parent.clone())?;
                    let is_clone = matches!(
                        cur.kind(),
                        SyntaxKind::METHOD_CALL_EXPR | SyntaxKind::CALL_EXPR | SyntaxKind::REF_EXPR
                    );
                    let plain = it.ty().is_none() && it.let_else().is_none() && is_clone;
                    let ast::Pat::IdentPat(pat) = it.pat().filter(|_| plain)? else {
                        return None;
                    };
                    let plain = pat.ref_token().is_none() && pat.mut_token().is_none();
                    return plain.then_some(Use::Bound(pat));
                }
                SyntaxKind::RECORD_EXPR_FIELD => {
                    let field = ast::RecordExprField::cast(parent.clone())?;
                    let literal = parent.ancestors().find_map(ast::RecordExpr::cast)?;
                    let (at, of) = self.infer().adt_at(file, &literal.path()?)?;
                    let name = field.field_name()?.text().to_string();
                    return Some(Use::Into(Place::Field(key_of(index, at, &of), name)));
                }
                _ => return None,
            }
            cur = parent;
        }
    }

    fn given_to(&self, method: &Method, at: usize) -> Option<Use> {
        let key = key_of(self.infer().index, method.file, method.function.syntax());
        Some(Use::Into(Place::Param(key, at)))
    }
}
