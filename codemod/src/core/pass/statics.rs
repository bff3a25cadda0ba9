//! Statics that keep the coordinator, and are read where it is used: what it takes to read them through a function, which
//! the rest of the passing follows.
//!
//! Belongs here: finding such statics, and whether each place that sets or reads one can be written so. Does not: statics
//! that only such functions read (`sites`).

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasVisibility};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange};

use super::super::catalog;
use super::super::climb::Left;
use super::super::defs::{ModuleId, use_item};
use super::super::edit::Edit;
use super::super::finding::Finding;
use super::super::layout;
use super::super::once;
use super::super::purity;
use super::super::resolve::first_type_arg;
use super::super::search::Places;
use super::super::tree::FileTree;
use super::super::workspace::FileId;
use super::detours::{Detour, Found, Stays, has_comment, way_to};
use super::slots::{Form, Kind, Slot, Slots};
use super::{key_of, said_in_package};

/// Whether there may be one.
pub(super) fn any(slots: &Slots, stays: &Stays) -> bool {
    slots.all.iter().any(|s| is_one(s) && !stays.goes(s))
}

fn is_one(slot: &Slot) -> bool {
    slot.kind == Kind::Static && slot.is_cell()
}

/// Those of the workspace that stay as they are read.
pub(super) fn find(found: &Found<'_, '_>, stays: &Stays) -> Vec<Detour> {
    let stay = found.slots.all.iter().filter(|slot| {
        let nested = |left: &Left| left.id == catalog::NESTED_TYPE;
        is_one(slot) && !stays.goes(slot) && slot.keep.as_ref().is_some_and(nested)
    });
    stay.filter_map(|slot| detour(found, slot)).collect()
}

fn detour(found: &Found<'_, '_>, slot: &Slot) -> Option<Detour> {
    let index = found.infer.index;
    let (file, tree) = (slot.file, index.tree(slot.file)?);
    let it = ast::Static::cast(slot.node.clone())?;
    let parent = slot.node.parent()?;
    if !matches!(
        parent.kind(),
        SyntaxKind::SOURCE_FILE | SyntaxKind::ITEM_LIST
    ) {
        return None;
    }
    let ast::Type::PathType(of) = it.ty()? else {
        return None;
    };
    let held = first_type_arg(&of.path()?)?;
    let range = tree.range(&slot.node);
    let reader = format!("{}_of_static", slot.name.to_lowercase());
    let text = format!(
        "\n\nfn {reader}() -> &'static {} {{\n    {}.get().unwrap()\n}}",
        held.syntax().text(),
        slot.name
    );
    let mut out = Detour {
        key: key_of(index, file, &slot.node),
        range,
        rank: 1,
        said: said_in_package(index, file, &slot.name),
        edits: vec![(file, Edit::insert(range.end(), text))],
        brings: vec![reader.clone()],
        ..Detour::new(file, slot.name.clone())
    };
    let home = index.module_of(file, &slot.node)?;
    let reading = Reading {
        found,
        slot,
        home,
        reader: &reader,
    };
    reading.all(&mut out)?;
    Some(out)
}

struct Reading<'r, 'f, 'a> {
    found: &'r Found<'f, 'a>,
    slot: &'r Slot,
    /// The module of the static.
    home: ModuleId,
    reader: &'r str,
}

impl Reading<'_, '_, '_> {
    /// Every place that says it.
    fn all(&self, out: &mut Detour) -> Option<()> {
        let index = self.found.infer.index;
        let places = Places::of([&self.slot.name]);
        let said = out.said.clone();
        let mut files: Vec<FileId> = said.iter().map(|(file, _)| *file).collect();
        files.dedup();
        let mut read: Vec<(FileId, TextRange)> = Vec::new();
        let mut checked = Vec::new();
        for file in files {
            let source = index.workspace.file(file);
            let tree = index.tree(file).filter(|t| !t.has_errors)?;
            for node in tree.around(places.find(&source.text).as_deref()) {
                let Some(path) = ast::PathExpr::cast(node) else {
                    continue;
                };
                let at = index.static_at(file, &ast::Expr::PathExpr(path.clone()));
                if at.is_none_or(|(at, n)| key_of(index, at, &n) != out.key) {
                    continue;
                }
                let last = path.path()?.segment()?;
                read.push((file, tree.range(last.syntax())));
                let call = ast::MethodCallExpr::cast(path.syntax().parent()?)?;
                match call.name_ref()?.text() {
                    "set" => {
                        checked.push(is_checked(&call));
                        self.set(out, file, tree, &call)?;
                    }
                    "get" => self.get(out, file, tree, &call)?,
                    "get_or_init" | "get_or_try_init" => {}
                    _ => return None,
                }
            }
        }
        // that a second one fails can be seen where one is checked
        if checked.len() > 1 && checked.contains(&true) {
            return None;
        }
        // its own name, and imports
        let rest = said.iter().filter(|it| !read.contains(it));
        for (file, range) in rest {
            let tree = index.tree(*file)?;
            let token = tree.root.token_at_offset(range.start()).right_biased()?;
            let parent = token.parent()?;
            let own = || parent.parent().as_ref() == Some(&self.slot.node);
            let leaf = parent.ancestors().find_map(ast::UseTree::cast);
            let import = || {
                leaf.is_some_and(|l| {
                    let item = use_item(&l);
                    l.rename().is_none() && item.is_some_and(|u| u.visibility().is_none())
                })
            };
            // what another item of that name is
            let other = || ast::Name::can_cast(parent.kind()) && !own();
            if !own() && !import() && !other() {
                return None;
            }
        }
        let gone = |(file, range): &(FileId, TextRange)| {
            let tree = index.tree(*file);
            let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
            let parent = token.and_then(|t| t.parent());
            let name = parent.filter(|p| ast::Name::can_cast(p.kind()));
            name.is_none_or(|n| n.parent().as_ref() == Some(&self.slot.node))
        };
        out.said.retain(gone);
        (!out.edits.is_empty()).then_some(())
    }

    /// `BUS.get().expect("…")`, and what else takes it out, becomes a call of the function.
    fn get(
        &self,
        out: &mut Detour,
        file: FileId,
        tree: &FileTree,
        call: &ast::MethodCallExpr,
    ) -> Option<()> {
        let index = self.found.infer.index;
        let source = index.workspace.file(file);
        if self.is_given(call.syntax()) {
            return Some(());
        }
        let mut owned = false;
        let mut outer = ast::Expr::MethodCallExpr(call.clone());
        let taken = loop {
            let parent = outer.syntax().parent()?;
            if let Some(it) = ast::TryExpr::cast(parent.clone()) {
                break ast::Expr::TryExpr(it);
            }
            let around = ast::MethodCallExpr::cast(parent)?;
            let name = around.name_ref()?;
            let name = name.text();
            outer = ast::Expr::MethodCallExpr(around.clone());
            match name {
                "cloned" => owned = true,
                "expect" | "unwrap" => break outer.clone(),
                "ok_or" | "ok_or_else" | "context" | "with_context" | "map_err" => {}
                _ => return None,
            }
        };
        // a `?` on the `Option` itself may be of a function that gives one
        let is_try = matches!(taken, ast::Expr::TryExpr(_));
        if is_try && matches!(&outer, ast::Expr::MethodCallExpr(it) if *it == *call) {
            return None;
        }
        let range = tree.range(taken.syntax());
        if has_comment(&source.text[range]) || !source.writable {
            return None;
        }
        let way = way_to(index, file, call.syntax(), self.home)?;
        let clone = if owned { ".clone()" } else { "" };
        let written = format!("{way}{}(){clone}", self.reader);
        out.edits.push((file, Edit::replace(range, written)));
        let message = format!(
            "`{}` is not read any more: where nothing had set it, this failed",
            self.slot.name
        );
        let told = Finding::new(catalog::ERROR_PATH_GONE, file, range, message);
        out.findings.push(told);
        Some(())
    }

    /// Whether a place is the last of a function that gives a coordinator, which is followed as it is.
    fn is_given(&self, node: &SyntaxNode) -> bool {
        let functions = node.ancestors().filter(|n| ast::Fn::can_cast(n.kind()));
        let mut all = self.found.slots.functions.values();
        let Some(function) = functions.take(1).find_map(|n| all.find(|f| f.node == n)) else {
            return false;
        };
        let body = ast::Fn::cast(function.node.clone()).and_then(|f| f.body()?.stmt_list());
        let only = body.is_some_and(|b| b.statements().next().is_none());
        let form = function.ret.map(|r| self.found.slots.all[r].form);
        only && form.is_some_and(|f| !f.is_option() && f != Form::Nested)
    }

    /// `BUS.set(bus)`, whatever is done with what it says, becomes a statement of its own.
    fn set(
        &self,
        out: &mut Detour,
        file: FileId,
        tree: &FileTree,
        call: &ast::MethodCallExpr,
    ) -> Option<()> {
        const TELLS: &[&str] = &[
            "context",
            "is_err",
            "is_ok",
            "map_err",
            "ok",
            "or",
            "with_context",
        ];
        let index = self.found.infer.index;
        let source = index.workspace.file(file);
        let at = tree.range(call.syntax());
        let known = self.found.sites.sets.iter();
        let mut known = known.filter(|(_, f, _)| *f == file);
        if known.any(|(.., stmt)| tree.range(stmt).contains_range(at)) {
            let again = is_checked(call) && !once::runs_once(index, file, call.syntax());
            return (!again).then_some(());
        }
        let mut outer = call.syntax().clone();
        let mut last = String::new();
        while let Some(around) = outer.parent().and_then(ast::MethodCallExpr::cast) {
            let name = around.name_ref()?;
            let silent = around.arg_list()?.args().all(|a| is_quiet(&a));
            if !TELLS.contains(&name.text()) || !silent {
                return None;
            }
            last = name.text().to_string();
            outer = around.syntax().clone();
        }
        if !once::runs_once(index, file, call.syntax()) {
            return None;
        }
        let parent = outer.parent()?;
        let range = tree.range(&outer);
        let rest = |end: TextRange| TextRange::new(at.end(), end.end());
        let is_stmt = |n: &SyntaxNode| {
            let parent = n.parent();
            parent.is_some_and(|p| {
                ast::ExprStmt::can_cast(p.kind()) || ast::StmtList::can_cast(p.kind())
            })
        };
        let edits = if ast::TryExpr::can_cast(parent.kind()) && is_stmt(&parent) {
            vec![Edit::replace(rest(tree.range(&parent)), ".ok()")]
        } else if ast::IfExpr::can_cast(parent.kind()) && is_stmt(&parent) {
            let it = ast::IfExpr::cast(parent.clone())?;
            let plain = it.else_branch().is_none() && last == "is_err";
            let body = tree.range(it.then_branch()?.syntax());
            if !plain || has_comment(&source.text[body]) {
                return None;
            }
            let before = TextRange::new(tree.range(&parent).start(), at.start());
            vec![
                Edit::delete(before),
                Edit::replace(rest(tree.range(&parent)), ".ok();"),
            ]
        } else if ast::StmtList::can_cast(parent.kind()) && last == "map_err" {
            // what a function gives back
            let body = parent.parent()?;
            ast::Fn::cast(body.parent()?)?;
            let indent = layout::indent_at(&source.text, at.start());
            let line = layout::newline(&source.text);
            vec![Edit::replace(
                rest(range),
                format!(".ok();{line}{indent}Ok(())"),
            )]
        } else if tree.is_macro_list(&parent) && last == "is_ok" {
            let macro_call = tree.parent(&parent).and_then(ast::MacroCall::cast)?;
            let name = macro_call.path()?.segment()?.name_ref()?;
            let around = macro_call.syntax().parent()?;
            let whole = match ast::MacroExpr::can_cast(around.kind()) {
                true => around,
                false => macro_call.syntax().clone(),
            };
            if name.text() != "assert" || !is_stmt(&whole) {
                return None;
            }
            let all = tree.range(&whole);
            vec![
                Edit::delete(TextRange::new(all.start(), at.start())),
                Edit::replace(rest(all), ".ok()"),
            ]
        } else {
            return None;
        };
        let dropped = edits.iter().map(|e| &source.text[e.range]);
        if dropped.into_iter().any(has_comment) || !source.writable {
            return None;
        }
        out.edits.extend(edits.into_iter().map(|e| (file, e)));
        let message = format!(
            "`{}` is not set any more: what was done where it had been is gone",
            self.slot.name
        );
        let told = Finding::new(catalog::ERROR_PATH_GONE, file, range, message);
        out.findings.push(told);
        Some(())
    }
}

/// Whether something is done with what `set` says.
fn is_checked(call: &ast::MethodCallExpr) -> bool {
    let mut outer = call.syntax().clone();
    while let Some(around) = outer.parent().and_then(ast::MethodCallExpr::cast) {
        if around.name_ref().is_none_or(|n| n.text() != "ok") {
            return true;
        }
        outer = around.syntax().clone();
    }
    let Some(parent) = outer.parent() else {
        return true;
    };
    let bound = ast::LetStmt::cast(parent.clone()).and_then(|l| l.pat());
    !ast::ExprStmt::can_cast(parent.kind()) && !matches!(bound, Some(ast::Pat::WildcardPat(_)))
}

/// Whether an argument does nothing where it is not needed.
fn is_quiet(arg: &ast::Expr) -> bool {
    matches!(arg, ast::Expr::ClosureExpr(_)) || purity::is_pure(arg)
}
