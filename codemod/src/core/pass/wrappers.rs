//! Structs that hold nothing but a coordinator: what it takes to hand around what is in them in their place, which the
//! rest of the passing follows.
//!
//! Belongs here: finding such structs, and whether each place that builds one, takes it apart or reads it can say what it
//! holds. Does not: deciding which slots go. What is written here is for structs that go, and is never seen.

use std::collections::BTreeSet;

use ra_ap_syntax::ast::{
    self, AstNode, HasArgList, HasAttrs, HasGenericParams, HasName, HasVisibility,
};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, T, TextRange};

use super::super::catalog;
use super::super::defs::{Entry, ModuleId};
use super::super::edit::Edit;
use super::super::finding::Finding;
use super::super::layout;
use super::super::locals;
use super::super::options::Options;
use super::super::resolve::{Def, Namespace, first_type_arg};
use super::super::search::{self, Places};
use super::super::workspace::FileId;
use super::detours::{COUNTS, Detour, Found, Stays, has_comment, stripped, way_to};
use super::infer::{Infer, Type};
use super::sites::{Landing, List, Sites};
use super::slots::{Adt, Form, SlotId, Slots, has_plain_comment, is_plain_pub};
use super::{Key, is_quiet, key_of, said_in};

/// Those of the workspace that could go.
pub(super) fn find(found: &Found<'_, '_>, options: Options, stays: &Stays) -> Vec<Detour> {
    let adts = found.slots.adts.iter();
    let adts = adts.filter(|(_, adt)| is_one(found.infer, found.slots, options, stays, adt));
    let finder = Finder {
        infer: found.infer,
        slots: found.slots,
        sites: found.sites,
    };
    adts.filter_map(|(key, adt)| finder.wrapper(*key, adt))
        .collect()
}

/// Whether there is one, as far as the slots tell.
pub(super) fn any(infer: &Infer<'_>, slots: &Slots, options: Options, stays: &Stays) -> bool {
    let mut adts = slots.adts.values();
    adts.any(|adt| is_one(infer, slots, options, stays, adt))
}

/// Whether a type is a struct with a coordinator for its only field.
fn is_one(infer: &Infer<'_>, slots: &Slots, options: Options, stays: &Stays, adt: &Adt) -> bool {
    let Some(it) = ast::Struct::cast(adt.node.clone()) else {
        return false;
    };
    let derives = it.attrs().all(|a| is_quiet(&a, &["Clone"], &[]));
    let plain = it.generic_param_list().is_none() && it.where_clause().is_none();
    let [Some(field)] = adt.fields.as_slice() else {
        return false;
    };
    let slot = &slots.all[*field];
    let index = infer.index;
    let module = index.module_of(adt.file, &adt.node);
    let package = index.workspace.file(adt.file).package;
    let published = package.is_none_or(|p| index.workspace.package(p).published);
    let public = (published || options.keep_public)
        && is_plain_pub(it.visibility())
        && module.is_none_or(|m| index.may_be_of_library(m));
    // what it holds may be an instance of its own, or is to stay
    let apart = stays.why(slot).is_some() && !stays.holds_shared(slot);
    derives && plain && !public && !apart && slot.form == Form::Arc && slot.keep.is_none()
}

/// What a method of such a struct does.
enum Does {
    /// It makes one of its argument.
    Wraps { lent: bool },
    /// It gives what it holds.
    Gives,
}

/// Functions that make one of nothing.
type Makers = Vec<(FileId, ast::Fn)>;

struct Finder<'f, 'a> {
    infer: &'f Infer<'a>,
    slots: &'f Slots,
    sites: &'f Sites,
}

impl Finder<'_, '_> {
    fn wrapper(&self, key: Key, adt: &Adt) -> Option<Detour> {
        let index = self.infer.index;
        let file = adt.file;
        let tree = index.tree(file)?;
        let it = ast::Struct::cast(adt.node.clone())?;
        let name = it.name()?;
        let field = (*adt.fields.first()?)?;
        if has_plain_comment(&adt.node) || !index.workspace.file(file).writable {
            return None;
        }
        let ty = match it.field_list()? {
            ast::FieldList::RecordFieldList(l) => l.fields().next()?.ty()?,
            ast::FieldList::TupleFieldList(l) => l.fields().next()?.ty()?,
        };
        let visibility = it.visibility().map(|v| format!("{} ", v.syntax().text()));
        let range = tree.range(&adt.node);
        let alias = format!(
            "{}type {} = {};",
            visibility.unwrap_or_default(),
            name.text(),
            ty.syntax().text()
        );
        let own = name.text().trim_start_matches("r#").to_owned();
        let message = format!("`{own}` is gone: it held nothing but the coordinator");
        let told = tree.range(name.syntax());
        let mut out = Detour {
            key,
            range,
            slots: 1,
            title: Some(format!("struct `{own}` goes, with what leads to it")),
            holds: Some(self.slots.all[field].name.clone()),
            findings: vec![Finding::new(catalog::WRAPPER_GONE, file, told, message)],
            edits: vec![(file, Edit::replace(range, alias))],
            ..Detour::new(file, own)
        };
        let (makers, behaves) = self.blocks(&mut out, adt, field)?;
        self.lists(&mut out, field)?;
        self.reads(&mut out, field)?;
        self.said(&mut out, &adt.node)?;
        self.makers(&mut out, &makers)?;
        self.conversions(&mut out)?;
        self.shared(&mut out)?;
        (!makers.is_empty() || behaves || self.is_handed(&out)).then_some(out)
    }

    /// Its impl blocks, which go with what they have. A function that makes one of nothing becomes one of the module.
    /// Whether a method that does more becomes one as well.
    fn blocks(&self, out: &mut Detour, adt: &Adt, field: SlotId) -> Option<(Makers, bool)> {
        let index = self.infer.index;
        let (mut makers, mut behaves) = (Vec::new(), false);
        let blocks = self.infer.impls_of(&out.name, out.key);
        let derefs = blocks.iter().any(|(_, block)| {
            let of = block.trait_().map(|t| t.syntax().text().to_string());
            of.is_some_and(|t| t.rsplit("::").next() == Some("Deref"))
        });
        for (file, block) in blocks {
            let (source, tree) = (index.workspace.file(file), index.tree(file)?);
            let plain = block.generic_param_list().is_none()
                && block.attrs().next().is_none()
                && source.writable;
            if !plain || has_plain_comment(block.syntax()) {
                return None;
            }
            let items = block.assoc_item_list()?;
            let mut left = tree.range(block.syntax());
            let mut own = Vec::new();
            if let Some(of) = block.trait_() {
                self.conversion(out, file, &of, &items, field)?;
                let lines = layout::whole_lines(&source.text, left);
                out.edits.push((file, Edit::delete(lines)));
                continue;
            }
            for item in items.assoc_items() {
                let ast::AssocItem::Fn(function) = item else {
                    return None;
                };
                let before = out.edits.len();
                if self.method(out, file, &function, field).is_none() {
                    out.edits.truncate(before);
                    let does_more = derefs && function.param_list()?.self_param().is_some();
                    match does_more {
                        true => self.behaviour(out, adt, file, &function, field)?,
                        false => self.maker(out, adt, file, &function)?,
                    }
                    behaves |= does_more;
                    let range = tree.range(function.syntax());
                    let gap = TextRange::new(left.start(), range.start());
                    left = TextRange::new(range.end(), left.end());
                    let line = layout::newline(&source.text);
                    own.push(match own.is_empty() {
                        true => Edit::delete(gap),
                        false => Edit::replace(gap, format!("{line}{line}")),
                    });
                    if !does_more {
                        makers.push((file, function));
                        continue;
                    }
                    // out of the block
                    let step = layout::indent_step(&source.text).len();
                    let moved = layout::dedent(tree, function.syntax(), step);
                    out.edits.extend(moved.into_iter().map(|e| (file, e)));
                }
            }
            if own.is_empty() {
                left = layout::whole_lines(&source.text, left);
            }
            let gone = own.into_iter().chain([Edit::delete(left)]);
            out.edits.extend(gone.map(|e| (file, e)));
        }
        Some((makers, behaves))
    }

    /// Whether an impl of a trait does nothing that an `Arc` would not: `Deref` and `AsRef` of the coordinator, `From` an
    /// `Arc` of it.
    fn conversion(
        &self,
        out: &Detour,
        file: FileId,
        of: &ast::Type,
        items: &ast::AssocItemList,
        field: SlotId,
    ) -> Option<()> {
        let ast::Type::PathType(path) = of else {
            return None;
        };
        let path = path.path()?;
        let name = path.segment()?.name_ref()?;
        let name = name.text();
        let held = first_type_arg(&path).map(|t| self.infer.lowered(file, &t));
        let fits = match name {
            "Clone" | "Deref" => held.is_none(),
            "AsRef" => held == Some(Type::Coordinator),
            "From" => matches!(held, Some(Type::Outside(arc, of))
                if arc == "Arc" && of == [Type::Coordinator]),
            _ => false,
        };
        let is_foreign = matches!(
            self.infer.index.resolve_path(file, &path, Namespace::Type),
            Def::External(_) | Def::Unknown
        );
        let mut items = items.assoc_items();
        let plain = items.all(|item| match item {
            ast::AssocItem::TypeAlias(_) => name == "Deref",
            ast::AssocItem::Fn(it) if name == "Clone" => self.clones(&out.name, &it, field),
            ast::AssocItem::Fn(it) => match self.does(&out.name, &it, field) {
                Some(Does::Gives) => name != "From",
                Some(Does::Wraps { lent }) => name == "From" && !lent,
                None => false,
            },
            _ => false,
        });
        (fits && is_foreign && plain).then_some(())
    }

    /// Whether a method gives another one of the same coordinator.
    fn clones(&self, name: &str, function: &ast::Fn, field: SlotId) -> bool {
        let field = &self.slots.all[field].name;
        let body = function.body().and_then(|b| b.stmt_list());
        let only = body.filter(|b| b.statements().next().is_none());
        let Some(tail) = only.and_then(|b| b.tail_expr()) else {
            return false;
        };
        let body = without_spaces(tail.syntax());
        let ways = [
            format!("self.{field}.clone()"),
            format!("Arc::clone(&self.{field})"),
        ];
        let mut all = ["Self", name].into_iter().flat_map(|of| {
            ways.iter()
                .flat_map(move |way| [format!("{of}{{{field}:{way}}}"), format!("{of}({way})")])
        });
        all.any(|way| way == body)
    }

    /// `Bus::from(bus)` becomes what it is given.
    fn conversions(&self, out: &mut Detour) -> Option<()> {
        for (file, range) in out.said.clone() {
            let tree = self.infer.index.tree(file)?;
            let token = tree.root.token_at_offset(range.start()).right_biased()?;
            let segment = ast::PathSegment::cast(token.parent()?.parent()?);
            let path = segment.and_then(|s| s.parent_path().parent_path());
            let name = path.as_ref().and_then(|p| p.segment()?.name_ref());
            let Some(path) = path.filter(|_| name.is_some_and(|n| n.text() == "from")) else {
                continue;
            };
            let callee = path.syntax().parent()?;
            let call = ast::CallExpr::cast(callee.parent()?)?;
            let arg = call.arg_list()?.args().next()?;
            self.unwrap(out, file, call.syntax(), arg.syntax(), false)?;
        }
        Some(())
    }

    /// Whether a function of the struct makes one of nothing, and could be called the same in its module.
    fn maker(&self, out: &Detour, adt: &Adt, file: FileId, function: &ast::Fn) -> Option<()> {
        let index = self.infer.index;
        let module = index.module_of(file, function.syntax())?;
        let name = function.name()?;
        let list = function.param_list()?;
        let plain = list.self_param().is_none() && function.generic_param_list().is_none();
        let is_beside = file == adt.file && index.module_of(file, &adt.node) == Some(module);
        let scope = index.module_scope(module)?;
        let is_new = !scope
            .entries
            .contains_key(name.text().trim_start_matches("r#"));
        let ret = without_spaces(function.ret_type()?.ty()?.syntax());
        let gives = search::words(&ret).any(|w| w == "Self" || w == out.name);
        (plain && is_beside && is_new && gives).then_some(())
    }

    /// A method that does more becomes a function that takes what the struct held, and so do its calls.
    fn behaviour(
        &self,
        out: &mut Detour,
        adt: &Adt,
        file: FileId,
        function: &ast::Fn,
        field: SlotId,
    ) -> Option<()> {
        const QUIET: &[&str] = &["allow", "doc", "inline", "must_use"];
        let index = self.infer.index;
        let tree = index.tree(file)?;
        let module = index.module_of(file, function.syntax())?;
        let called = function.name()?.text().to_string();
        let quiet = function.attrs().all(|a| {
            let path = a.path().map(|p| p.syntax().text().to_string());
            path.is_none_or(|p| QUIET.contains(&p.as_str()))
        });
        let plain = function.unsafe_token().is_none() && function.generic_param_list().is_none();
        let is_beside = file == adt.file && index.module_of(file, &adt.node) == Some(module);
        let is_new = !(index.module_scope(module)?.entries).contains_key(called.as_str());
        let this = function.param_list()?.self_param()?;
        let by_pointer = this.ty().is_some() || this.mut_token().is_some();
        if !quiet || !plain || !is_beside || !is_new || by_pointer {
            return None;
        }
        // what it is called there
        let own = &self.slots.all[field].name;
        let text = function.syntax().text().to_string();
        let names = [own.as_str(), "bus", "coordinator"];
        let is_free = |n: &&str| {
            let named = n.starts_with(|c: char| c.is_alphabetic());
            named
                && !text.contains(&format!("{{{n}"))
                && !function.syntax().descendants_with_tokens().any(|t| {
                    let before = t.prev_sibling_or_token();
                    let of_field = before.is_some_and(|p| p.kind() == T![.]);
                    t.into_token().is_some_and(|t| t.text() == *n && !of_field)
                })
        };
        let name = names.into_iter().find(is_free)?;
        let reference = if this.amp_token().is_some() { "&" } else { "" };
        let range = tree.range(this.syntax());
        let taken = format!("{name}: {reference}{}", out.name);
        out.edits.push((file, Edit::replace(range, taken)));
        let tokens = function.body()?.syntax().descendants_with_tokens();
        for token in tokens.filter_map(NodeOrToken::into_token) {
            let instead = match token.text() {
                "self" => name,
                "Self" => &out.name,
                _ => continue,
            };
            let edit = Edit::replace(token.text_range(), instead.to_owned());
            out.edits.push((file, edit));
        }
        if !self.is_free(file, &called)? {
            return None;
        }
        self.calls(out, file, function, module, &called)
    }

    /// Whether nothing else that could be called without a receiver has a name, and no glob may bring one to a file.
    fn is_free(&self, home: FileId, name: &str) -> Option<bool> {
        let index = self.infer.index;
        let tree = index.tree(home)?;
        let mut uses = tree.root.descendants().filter_map(ast::UseTree::cast);
        let globs = uses.any(|u| {
            let of = u.path().map(|p| p.syntax().text().to_string());
            u.star_token().is_some() && of.as_deref() != Some("super")
        });
        let other = |(file, range): &(FileId, TextRange)| {
            let token = index.tree(*file)?.root.token_at_offset(range.start());
            let parent = token.right_biased()?.parent()?;
            let imports = parent.ancestors().any(|n| ast::UseTree::can_cast(n.kind()));
            let of = parent
                .parent()
                .filter(|_| ast::Name::can_cast(parent.kind()));
            let declares = of.is_some_and(|n| match n.kind() {
                SyntaxKind::FN => !n
                    .parent()
                    .is_some_and(|l| ast::AssocItemList::can_cast(l.kind())),
                SyntaxKind::RECORD_FIELD | SyntaxKind::IDENT_PAT => false,
                _ => true,
            });
            Some(imports || declares)
        };
        let said = said_in(index, name, |_| true);
        Some(!globs && said.iter().all(|it| other(it) == Some(false)))
    }

    /// `bus.announce(x)` becomes `announce(&bus, x)`.
    fn calls(
        &self,
        out: &mut Detour,
        file: FileId,
        function: &ast::Fn,
        module: ModuleId,
        called: &str,
    ) -> Option<()> {
        let index = self.infer.index;
        let key = key_of(index, file, function.syntax());
        let places = Places::of([called]);
        for at in search::saying(index.workspace, called) {
            let source = index.workspace.file(at);
            let tree = index.tree(at).filter(|t| !t.has_errors)?;
            let found = places.find(&source.text)?;
            let mut said = BTreeSet::new();
            for node in tree.around(Some(&found)) {
                if ast::NameRef::can_cast(node.kind()) && node.text() == called {
                    said.insert(tree.range(&node).start());
                }
                let Some(call) = ast::MethodCallExpr::cast(node) else {
                    continue;
                };
                let name = call.name_ref()?;
                if name.text() != called {
                    continue;
                }
                let receiver = call.receiver()?;
                match self.infer.called_method(at, &call) {
                    Some((method, _)) => {
                        if key_of(index, method.file, method.function.syntax()) != key {
                            continue;
                        }
                    }
                    // one of a type that is known is another
                    None if self.infer.expr(at, &receiver).is_settled() => continue,
                    None => return None,
                }
                let list = call.arg_list()?;
                let range = tree.range(receiver.syntax());
                let open = tree.token_range(&list.l_paren_token()?).end();
                let between = TextRange::new(range.end(), open);
                let hidden = locals::binding_of(tree, call.syntax(), called).is_some();
                if hidden || has_comment(&source.text[between]) || !source.writable {
                    return None;
                }
                let way = way_to(index, at, call.syntax(), module)?;
                let next = if list.args().next().is_some() {
                    ", "
                } else {
                    ""
                };
                let start = Edit::insert(range.start(), format!("{way}{called}(&"));
                out.edits.push((at, start));
                out.edits
                    .push((at, Edit::replace(between, next.to_owned())));
            }
            // macro input that is not read as Rust
            let unread = found.iter().any(|place| {
                let token = tree.root.token_at_offset(*place).right_biased();
                token.is_some_and(|t| {
                    let of_macro = t
                        .parent()
                        .is_some_and(|p| ast::TokenTree::can_cast(p.kind()));
                    of_macro && t.text() == called && !said.contains(place)
                })
            });
            if unread {
                return None;
            }
        }
        Some(())
    }

    /// The calls of such functions, and what they say of the struct.
    fn makers(&self, out: &mut Detour, makers: &[(FileId, ast::Fn)]) -> Option<()> {
        let index = self.infer.index;
        let Some((home, first)) = makers.first() else {
            return Some(());
        };
        let module = index.module_of(*home, first.syntax())?;
        let names: Vec<String> = (makers.iter())
            .filter_map(|(_, f)| Some(f.name()?.text().to_string()))
            .collect();
        let mut edits = Vec::new();
        let mut call = |file: FileId, of: &ast::Path| {
            let Some(called) = of.parent_path() else {
                return Some(());
            };
            let name = called.segment()?.name_ref()?.text().to_string();
            if !names.contains(&name) {
                return Some(());
            }
            let tree = index.tree(file)?;
            let at = called.syntax().parent()?;
            let is_called = ast::PathExpr::can_cast(at.kind())
                && at
                    .parent()
                    .is_some_and(|p| ast::CallExpr::can_cast(p.kind()));
            let way = way_to(index, file, called.syntax(), module)?;
            let name = called.segment()?;
            let start = tree.range(called.syntax()).start();
            let range = TextRange::new(start, tree.range(name.syntax()).start());
            edits.push((file, Edit::replace(range, way)));
            is_called.then_some(())
        };
        for (file, range) in &out.said {
            let token = (index.tree(*file)?.root.token_at_offset(range.start())).right_biased();
            let segment = token.and_then(|t| ast::PathSegment::cast(t.parent()?.parent()?));
            if let Some(segment) = segment {
                call(*file, &segment.parent_path())?;
            }
        }
        for (file, function) in makers {
            let tree = index.tree(*file)?;
            for path in tree.descendants(function.syntax()) {
                let own = ast::Path::cast(path).filter(|p| p.syntax().text() == "Self");
                own.map_or(Some(()), |of| call(*file, &of))?;
            }
        }
        out.edits.extend(edits);
        for (file, function) in makers {
            let name = index.tree(*file)?.range(function.name()?.syntax());
            out.said.push((*file, name));
            let tokens = function.syntax().descendants_with_tokens();
            let tokens = tokens.filter_map(NodeOrToken::into_token);
            for token in tokens.filter(|t| t.kind() == T![Self]) {
                let range = token.text_range();
                if !out.covers(*file, range) {
                    out.edits
                        .push((*file, Edit::replace(range, out.name.clone())));
                }
            }
        }
        Some(())
    }

    fn method(
        &self,
        out: &mut Detour,
        file: FileId,
        function: &ast::Fn,
        field: SlotId,
    ) -> Option<()> {
        const ATTRS: &[&str] = &["inline", "must_use"];
        let named = |a: &ast::Attr| a.path().map(|p| p.syntax().text().to_string());
        let attrs = function.attrs().all(|a| {
            let name = named(&a);
            name.is_some_and(|n| ATTRS.contains(&n.as_str()))
        });
        let plain = function.async_token().is_none()
            && function.unsafe_token().is_none()
            && function.generic_param_list().is_none();
        if !attrs || !plain {
            return None;
        }
        let key = key_of(self.infer.index, file, function.syntax());
        let slots = self.slots.functions.get(&key)?;
        let does = self.does(&out.name, function, field)?;
        match does {
            Does::Wraps { lent } => {
                let [Some(param)] = slots.params.as_slice() else {
                    return None;
                };
                let stays = self.slots.all[*param].keep.is_some() || slots.ret.is_some();
                if stays {
                    return None;
                }
                let mut calls = self.sites.lists.iter();
                let mut calls = calls.by_ref().filter(|l| l.entries.contains(&(0, *param)));
                calls.try_for_each(|list| self.call(out, list, lent))?;
            }
            Does::Gives => {
                let ret = slots.ret.filter(|r| self.slots.all[*r].keep.is_none())?;
                let form = self.slots.all[ret].form;
                let of = self.sites.by_slot.get(&ret).into_iter().flatten();
                for root in of.map(|i| &self.sites.roots[*i]) {
                    let Some(ast::Expr::MethodCallExpr(call)) = &root.expr else {
                        return None;
                    };
                    let base = call.receiver()?;
                    self.read(out, root.file, call.syntax(), &base, form == Form::Arc)?;
                }
            }
        }
        out.slots += 1;
        Some(())
    }

    fn does(&self, name: &str, function: &ast::Fn, field: SlotId) -> Option<Does> {
        let field = &self.slots.all[field].name;
        let body = function.body()?.stmt_list()?;
        if body.statements().next().is_some() {
            return None;
        }
        let body = without_spaces(body.tail_expr()?.syntax());
        let list = function.param_list()?;
        let params: Vec<ast::Param> = list.params().collect();
        let result = without_spaces(function.ret_type()?.ty()?.syntax());
        match (list.self_param(), params.as_slice()) {
            (Some(_), []) => {
                let held = format!("self.{field}");
                let ways = [
                    held.clone(),
                    format!("&{held}"),
                    format!("{held}.clone()"),
                    format!("&*{held}"),
                    format!("{held}.as_ref()"),
                    format!("Arc::clone(&{held})"),
                ];
                ways.contains(&body).then_some(Does::Gives)
            }
            (None, [param]) => {
                let ast::Pat::IdentPat(pat) = param.pat()? else {
                    return None;
                };
                let own = pat.name()?.text().to_string();
                let of_arc = [format!("Arc<{name}>"), "Arc<Self>".to_owned()].contains(&result);
                let key_ok = of_arc || result == "Self" || result == name;
                let body = match body.strip_prefix("Arc::new(").filter(|_| of_arc) {
                    Some(rest) => rest.strip_suffix(')').unwrap_or_default().to_owned(),
                    None if of_arc => return None,
                    None => body,
                };
                let builds = |value: &str| {
                    ["Self", name].into_iter().any(|of| {
                        let short = value == field && body == format!("{of}{{{field}}}");
                        short
                            || body == format!("{of}{{{field}:{value}}}")
                            || (field == "0" && body == format!("{of}({value})"))
                    })
                };
                let lent = matches!(param.ty()?, ast::Type::RefType(_));
                let made = match lent {
                    false => builds(&own),
                    true => {
                        builds(&format!("{own}.clone()")) || builds(&format!("Arc::clone({own})"))
                    }
                };
                (key_ok && made).then_some(Does::Wraps { lent })
            }
            _ => None,
        }
    }

    /// A call of a function that makes one: its argument alone.
    fn call(&self, out: &mut Detour, list: &List, lent: bool) -> Option<()> {
        let args = ast::ArgList::cast(list.node.clone())?;
        let call = ast::CallExpr::cast(list.node.parent()?)?;
        let arg = args.args().next()?;
        self.unwrap(out, list.file, call.syntax(), arg.syntax(), lent)
    }

    /// The literals and patterns.
    fn lists(&self, out: &mut Detour, field: SlotId) -> Option<()> {
        let has = |l: &&List| l.entries.iter().any(|(_, slot)| *slot == field);
        for list in self.sites.lists.iter().filter(has) {
            // in its own methods, which go
            let range = self.infer.index.tree(list.file)?.range(&list.node);
            if out.covers(list.file, range) {
                continue;
            }
            let (whole, inner) = match list.node.kind() {
                SyntaxKind::RECORD_EXPR_FIELD_LIST => {
                    let all = ast::RecordExprFieldList::cast(list.node.clone())?;
                    let only = all.fields().next()?;
                    if all.spread().is_some() {
                        return None;
                    }
                    (list.node.parent()?, only.expr()?.syntax().clone())
                }
                SyntaxKind::ARG_LIST => {
                    let all = ast::ArgList::cast(list.node.clone())?;
                    (list.node.parent()?, all.args().next()?.syntax().clone())
                }
                SyntaxKind::RECORD_PAT_FIELD_LIST => {
                    let all = ast::RecordPatFieldList::cast(list.node.clone())?;
                    (
                        list.node.parent()?,
                        all.fields().next()?.pat()?.syntax().clone(),
                    )
                }
                SyntaxKind::TUPLE_STRUCT_PAT => {
                    let all = ast::TupleStructPat::cast(list.node.clone())?;
                    (list.node.clone(), all.fields().next()?.syntax().clone())
                }
                _ => return None,
            };
            // what is bound by reference is none
            let is_plain = match ast::Pat::cast(inner.clone()) {
                Some(ast::Pat::IdentPat(it)) => it.ref_token().is_none() && it.pat().is_none(),
                Some(_) => false,
                None => true,
            };
            if !is_plain {
                return None;
            }
            self.unwrap(out, list.file, &whole, &inner, false)?;
        }
        Some(())
    }

    /// What stands around `inner` goes. `lent`: `inner` is a reference, and the whole is not.
    fn unwrap(
        &self,
        out: &mut Detour,
        file: FileId,
        whole: &SyntaxNode,
        inner: &SyntaxNode,
        lent: bool,
    ) -> Option<()> {
        let index = self.infer.index;
        let tree = index.tree(file)?;
        let source = index.workspace.file(file);
        let of = ast::RefExpr::cast(inner.clone()).filter(|_| lent);
        let inner = match of.and_then(|r| r.expr()) {
            Some(of) => of.syntax().clone(),
            None => inner.clone(),
        };
        let (all, range) = (tree.range(whole), tree.range(&inner));
        // `let bus = Bus(bus);` is nothing then
        let stmt = whole.parent().and_then(ast::LetStmt::cast);
        let stmt = stmt.filter(|s| s.ty().is_none() && s.let_else().is_none() && !lent);
        if let Some(stmt) = stmt
            && let Some(ast::Pat::IdentPat(pat)) = stmt.pat()
            && pat.mut_token().is_none()
            && pat.syntax().text() == inner.text()
            && !has_comment(&source.text[tree.range(stmt.syntax())])
            && source.writable
        {
            let edition = index.edition(file);
            let edit = layout::delete_statement(&source.text, edition, tree.range(stmt.syntax()));
            out.edits.push((file, edit));
            return Some(());
        }
        let before = TextRange::new(all.start(), range.start());
        let after = TextRange::new(range.end(), all.end());
        // what binds less than what stands around it
        let is_simple = matches!(
            inner.kind(),
            SyntaxKind::PATH_EXPR
                | SyntaxKind::CALL_EXPR
                | SyntaxKind::METHOD_CALL_EXPR
                | SyntaxKind::FIELD_EXPR
                | SyntaxKind::PAREN_EXPR
                | SyntaxKind::TRY_EXPR
                | SyntaxKind::AWAIT_EXPR
                | SyntaxKind::RECORD_EXPR
                | SyntaxKind::IDENT_PAT
        );
        let is_operand = whole.parent().is_none_or(|p| {
            matches!(
                p.kind(),
                SyntaxKind::METHOD_CALL_EXPR
                    | SyntaxKind::FIELD_EXPR
                    | SyntaxKind::TRY_EXPR
                    | SyntaxKind::PREFIX_EXPR
                    | SyntaxKind::REF_EXPR
            )
        });
        let said = has_comment(&source.text[before]) || has_comment(&source.text[after]);
        if said || !source.writable || ((is_operand || lent) && !is_simple) {
            return None;
        }
        let close = if lent { ".clone()" } else { "" };
        out.edits.push((file, Edit::delete(before)));
        out.edits.push((file, Edit::replace(after, close)));
        Some(())
    }

    /// The reads of its field.
    fn reads(&self, out: &mut Detour, field: SlotId) -> Option<()> {
        let all = self.sites.by_slot.get(&field).into_iter().flatten();
        for root in all.map(|i| &self.sites.roots[*i]) {
            let range = self.infer.index.tree(root.file)?.range(&root.node);
            if out.covers(root.file, range) {
                continue;
            }
            if root.landing == Landing::Target {
                return None;
            }
            match root.expr.as_ref()? {
                ast::Expr::FieldExpr(it) => {
                    self.read(out, root.file, it.syntax(), &it.expr()?, false)?;
                }
                // what a pattern binds
                ast::Expr::PathExpr(_) => {}
                _ => return None,
            }
        }
        let links = self.sites.debug_links.iter();
        let shown = self.sites.shown.iter();
        let told = links.map(|l| l.1).chain(shown.map(|s| s.1));
        (!told.into_iter().any(|slot| slot == field)).then_some(())
    }

    /// `base.bus` or `base.bus()` becomes `base`, borrowed as it was. `owned`: it gives an `Arc` of one's own.
    fn read(
        &self,
        out: &mut Detour,
        file: FileId,
        node: &SyntaxNode,
        base: &ast::Expr,
        owned: bool,
    ) -> Option<()> {
        let index = self.infer.index;
        let tree = index.tree(file)?;
        let source = index.workspace.file(file);
        let of = self.infer.expr(file, base);
        let is_it = |t: &Type| match t {
            Type::Outside(name, args) if name == "Arc" => args.iter().all(|of| self.is(out, of)),
            of => self.is(out, of),
        };
        let lent = match &of {
            Type::Ref(inner) if is_it(inner) => true,
            it if is_it(it) => false,
            _ => return None,
        };
        let rest = TextRange::new(tree.range(base.syntax()).end(), tree.range(node).end());
        if has_comment(&source.text[rest]) || !source.writable {
            return None;
        }
        let edits = stripped(tree, node, base, owned, lent)?;
        out.edits.extend(edits.into_iter().map(|e| (file, e)));
        Some(())
    }

    /// Whether a type outside of its own items says it: a parameter's, a field's, a result's.
    fn is_handed(&self, out: &Detour) -> bool {
        let is_item = |kind| {
            matches!(
                kind,
                SyntaxKind::STMT_LIST | SyntaxKind::STRUCT | SyntaxKind::IMPL | SyntaxKind::USE
            )
        };
        let hands = |kind| {
            matches!(
                kind,
                SyntaxKind::PARAM
                    | SyntaxKind::PARENTHESIZED_ARG_LIST
                    | SyntaxKind::RECORD_FIELD
                    | SyntaxKind::RET_TYPE
                    | SyntaxKind::STATIC
                    | SyntaxKind::TUPLE_FIELD
                    | SyntaxKind::TYPE_ALIAS
            )
        };
        out.said.iter().any(|(file, range)| {
            let tree = self.infer.index.tree(*file);
            let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
            let around = token.into_iter().flat_map(|t| t.parent_ancestors());
            let mut kinds = around.map(|n| n.kind()).take_while(|kind| !is_item(*kind));
            !out.covers(*file, *range) && kinds.any(hands)
        })
    }

    fn is(&self, it: &Detour, of: &Type) -> bool {
        matches!(of, Type::Item(at, n, _) if key_of(self.infer.index, *at, n) == it.key)
    }

    /// `Arc<Wrapper>` becomes the wrapper, as that is an `Arc` then.
    fn shared(&self, out: &mut Detour) -> Option<()> {
        let index = self.infer.index;
        let mut edits = Vec::new();
        for (file, range) in &out.said {
            let Some(tree) = index.tree(*file) else {
                continue;
            };
            let token = tree.root.token_at_offset(range.start()).right_biased();
            let inner = token.and_then(|t| t.parent_ancestors().find_map(ast::PathType::cast));
            let around = (inner.iter()).flat_map(|t| t.syntax().ancestors().skip(1));
            let Some(outer) = around.take(5).find_map(ast::PathType::cast) else {
                continue;
            };
            let of = self
                .infer
                .lowered(*file, &ast::Type::PathType(outer.clone()));
            let is_arc = match &of {
                Type::Outside(name, args) => {
                    name == "Arc" && args.len() == 1 && self.is(out, &args[0])
                }
                _ => false,
            };
            let Some(inner) = inner.filter(|_| is_arc) else {
                continue;
            };
            let (all, own) = (tree.range(outer.syntax()), tree.range(inner.syntax()));
            edits.push((
                *file,
                Edit::delete(TextRange::new(all.start(), own.start())),
            ));
            edits.push((*file, Edit::delete(TextRange::new(own.end(), all.end()))));
        }
        // who counts the `Arc`s of it would count those of the coordinator
        let counts = Places::of(COUNTS);
        let mut saying = out.said.iter().map(|(file, _)| index.workspace.file(*file));
        if saying.any(|source| counts.any(&source.text)) {
            return None;
        }
        out.edits.extend(edits);
        let files: BTreeSet<FileId> = out.said.iter().map(|(file, _)| *file).collect();
        let places = Places::of(["Arc"]);
        for file in files {
            let Some(tree) = index.tree(file).filter(|t| !t.has_errors) else {
                continue;
            };
            let found = places.find(&index.workspace.file(file).text);
            for call in tree.around(found.as_deref()) {
                let Some(call) = ast::CallExpr::cast(call) else {
                    continue;
                };
                let args = call.arg_list().into_iter().flat_map(|l| l.args());
                let args: Vec<ast::Expr> = args.collect();
                let callee = call.expr().map(|e| e.syntax().text().to_string());
                let makes = callee.is_some_and(|c| c.ends_with("Arc::new"));
                if let [arg] = args.as_slice()
                    && makes
                    && self.is(out, &self.infer.expr(file, arg))
                {
                    self.unwrap(out, file, call.syntax(), arg.syntax(), false)?;
                }
            }
        }
        Some(())
    }

    /// Where the workspace says its name and may mean it.
    fn said(&self, out: &mut Detour, node: &SyntaxNode) -> Option<()> {
        let index = self.infer.index;
        let means = |(file, range): &(FileId, TextRange)| {
            let token = index
                .tree(*file)
                .and_then(|t| t.root.token_at_offset(range.start()).right_biased());
            let Some(parent) = token.and_then(|t| t.parent()) else {
                return true;
            };
            // something else that is called so
            if ast::Name::can_cast(parent.kind()) {
                return parent.parent().as_ref() == Some(node) && *file == out.file;
            }
            let path = parent
                .parent()
                .and_then(ast::PathSegment::cast)
                .map(|s| s.parent_path());
            let Some(path) = path else {
                return true;
            };
            match index.resolve_path(*file, &path, Namespace::Type) {
                Def::Local(at, n) => key_of(index, at, &n) == out.key,
                Def::Unknown => true,
                _ => false,
            }
        };
        let mut said = said_in(index, &out.name, |_| true);
        said.retain(means);
        out.said = said;
        // an alias cannot stand for what is called otherwise, nor be written to through a reference
        let otherwise = out.said.iter().any(|(file, range)| {
            let tree = index.tree(*file);
            let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
            let mut around = token.into_iter().flat_map(|t| t.parent_ancestors());
            around.any(|n| match n.kind() {
                SyntaxKind::USE_TREE => ast::UseTree::cast(n).is_some_and(|u| u.rename().is_some()),
                SyntaxKind::REF_TYPE => {
                    ast::RefType::cast(n).is_some_and(|r| r.mut_token().is_some())
                }
                _ => false,
            })
        });
        // what opens a module by a glob is left with nothing
        let alone = index.module_of(out.file, node).is_none_or(|module| {
            let scope = index.module_scope(module);
            let mut names = scope.iter().flat_map(|s| s.entries.iter());
            !names.any(|(name, all)| {
                *name != out.name && all.iter().any(|e| !matches!(e, Entry::Import(_)))
            })
        });
        let opened = || {
            let mut texts = index.workspace.files.iter().map(|f| &f.text);
            texts.any(|t| search::says(t, "pub use") && search::may_glob(t))
        };
        (!(otherwise || (alone && opened()))).then_some(())
    }
}

/// A node's text without white space.
fn without_spaces(node: &SyntaxNode) -> String {
    let text = node.text().to_string();
    let text: String = text.split_whitespace().collect();
    text.replace(",}", "}")
}
