//! Statics that keep the coordinator, and are read where it is used: what it takes to read them through a function, which
//! the rest of the passing follows.
//!
//! Belongs here: finding such statics, and whether each place that sets or reads one can be written so. Does not: statics
//! that only such functions read (`sites`).

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasName, HasVisibility};
use ra_ap_syntax::{Direction, SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::super::catalog;
use super::super::climb::Left;
use super::super::defs::{ModuleId, use_item};
use super::super::edit::Edit;
use super::super::finding::Finding;
use super::super::layout;
use super::super::once;
use super::super::order::{self, Order};
use super::super::purity;
use super::super::resolve::first_type_arg;
use super::super::search::{self, Places};
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
    slot.kind == Kind::Static && (slot.is_cell() || (!slot.public && locked(slot).is_some()))
}

/// What a static holds in an `Option` behind a lock.
fn locked(slot: &Slot) -> Option<ast::Type> {
    const LOCKS: &[&str] = &["Mutex", "RwLock"];
    const LAZY: &[&str] = &["Lazy", "LazyLock"];
    let within = |ty: ast::Type, names: &[&str]| {
        let ast::Type::PathType(it) = ty else {
            return None;
        };
        let path = it.path()?;
        let name = path.segment()?.name_ref()?;
        names
            .contains(&name.text())
            .then(|| first_type_arg(&path))?
    };
    let it = ast::Static::cast(slot.node.clone())?;
    let ty = it.ty()?;
    let lock = within(ty.clone(), LAZY).unwrap_or(ty);
    within(within(lock, LOCKS)?, &["Option"]).filter(|_| {
        let empty = it.body().map(|b| b.syntax().text().to_string());
        // nothing else is in it first
        empty.is_some_and(|b| search::words(&b).any(|w| w == "None"))
    })
}

/// Those of the workspace that stay as they are read.
pub(super) fn find(found: &Found<'_, '_>, stays: &Stays) -> Vec<Detour> {
    let stay = found.slots.all.iter().filter(|slot| {
        let nested = |left: &Left| left.id == catalog::NESTED_TYPE;
        is_one(slot) && !stays.goes(slot) && slot.keep.as_ref().is_none_or(nested)
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
    let of_lock = locked(slot);
    let held = of_lock.clone().or_else(|| first_type_arg(&of.path()?))?;
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
    if of_lock.is_some() {
        let cell = "std::sync::OnceLock";
        let ty = format!("{cell}<{}>", held.syntax().text());
        let made = tree.range(it.body()?.syntax());
        out.edits
            .push((file, Edit::replace(tree.range(of.syntax()), ty)));
        out.edits
            .push((file, Edit::replace(made, format!("{cell}::new()"))));
    }
    let home = index.module_of(file, &slot.node)?;
    let reading = Reading {
        found,
        slot,
        home,
        reader: &reader,
        held: &held,
        is_locked: of_lock.is_some(),
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
    /// The type of what it holds.
    held: &'r ast::Type,
    /// Whether it does so behind a lock.
    is_locked: bool,
}

/// What is done with what a lock holds.
enum Unlocked {
    Asked(Asked),
    /// It is set: what is written then.
    Set(Vec<Edit>),
}

/// What asks a static for its `Option`.
struct Asked {
    file: FileId,
    /// `BUS.get()`, or `BUS.read().clone()`.
    expr: ast::Expr,
    /// Whether it is of a value of its own, not of a reference.
    owned: bool,
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
        // what is set, what fails where it is not, and what is asked whether it is
        let (mut sets, mut failing, mut asked) = (Vec::new(), Vec::new(), Vec::new());
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
                let start = tree.range(last.syntax()).start();
                let name = call.name_ref()?;
                let it = match name.text() {
                    _ if self.is_locked => match self.unlocked(file, tree, &call)? {
                        Unlocked::Set(edits) => {
                            sets.push((file, start));
                            out.edits.extend(edits.into_iter().map(|e| (file, e)));
                            continue;
                        }
                        Unlocked::Asked(it) => it,
                    },
                    "set" => {
                        checked.push(is_checked(&call));
                        sets.push((file, start));
                        self.set(out, file, tree, &call)?;
                        continue;
                    }
                    "get" if self.is_given(call.syntax()) => continue,
                    "get" => Asked {
                        file,
                        expr: ast::Expr::MethodCallExpr(call),
                        owned: false,
                    },
                    "get_or_init" | "get_or_try_init" => {
                        sets.push((file, start));
                        continue;
                    }
                    _ => return None,
                };
                match self.get(out, tree, &it) {
                    Some(true) => failing.push((file, start)),
                    Some(false) => {}
                    None => asked.push(it),
                }
            }
        }
        // that a second one fails can be seen where one is checked
        if checked.len() > 1 && checked.contains(&true) {
            return None;
        }
        self.asked(out, &sets, failing, &asked)?;
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

    /// What is done with what a lock holds: `BUS.read()`, and what takes the guard. `None`: something else.
    fn unlocked(
        &self,
        file: FileId,
        tree: &FileTree,
        call: &ast::MethodCallExpr,
    ) -> Option<Unlocked> {
        if !matches!(call.name_ref()?.text(), "lock" | "read" | "write") {
            return None;
        }
        let mut guard = ast::Expr::MethodCallExpr(call.clone());
        let parent = loop {
            let parent = guard.syntax().parent()?;
            let it = ast::MethodCallExpr::cast(parent.clone());
            let unwraps = it.is_some_and(|it| {
                let name = it.name_ref();
                name.is_some_and(|n| matches!(n.text(), "expect" | "unwrap"))
            });
            if !unwraps && !ast::AwaitExpr::can_cast(parent.kind()) {
                break parent;
            }
            guard = ast::Expr::cast(parent)?;
        };
        if let Some(it) = ast::MethodCallExpr::cast(parent.clone()) {
            let (expr, owned) = match it.name_ref()?.text() {
                "clone" => (ast::Expr::MethodCallExpr(it), true),
                "as_ref" => (ast::Expr::MethodCallExpr(it), false),
                "is_none" | "is_some" => (guard, false),
                _ => return None,
            };
            return Some(Unlocked::Asked(Asked { file, expr, owned }));
        }
        let path = ast::MethodCallExpr::receiver(call)?;
        let path = tree.range(path.syntax());
        if let Some(bound) = ast::LetStmt::cast(parent.clone()) {
            let ast::Pat::IdentPat(pat) = bound.pat()? else {
                return None;
            };
            let name = pat.name()?.text().to_string();
            let mut behind = bound.syntax().siblings(Direction::Next).skip(1);
            let stmt = ast::ExprStmt::cast(behind.next()?)?;
            let mut said = behind.map(|n| n.text().to_string());
            let ast::Expr::BinExpr(whole) = stmt.expr()? else {
                return None;
            };
            let ast::Expr::PrefixExpr(deref) = whole.lhs()? else {
                return None;
            };
            let of_guard = deref
                .expr()
                .is_some_and(|e| e.syntax().text() == name.as_str());
            if !of_guard || said.any(|text| search::says(&text, &name)) {
                return None;
            }
            let start = tree.range(bound.syntax()).start();
            return self.set_in_lock(file, tree, start, path, &whole);
        }
        let deref = ast::PrefixExpr::cast(parent)?;
        if deref.op_kind() != Some(ast::UnaryOp::Deref) {
            return None;
        }
        let parent = deref.syntax().parent()?;
        if let Some(it) = ast::RefExpr::cast(parent.clone()) {
            let expr = ast::Expr::RefExpr(it);
            return Some(Unlocked::Asked(Asked {
                file,
                expr,
                owned: false,
            }));
        }
        let whole = ast::BinExpr::cast(parent)?;
        let start = tree.range(whole.syntax()).start();
        self.set_in_lock(file, tree, start, path, &whole)
    }

    /// `*BUS.write() = Some(bus);` becomes a statement that sets a cell. `start`: where it begins, with what binds the guard.
    fn set_in_lock(
        &self,
        file: FileId,
        tree: &FileTree,
        start: TextSize,
        path: TextRange,
        whole: &ast::BinExpr,
    ) -> Option<Unlocked> {
        let derefs = matches!(whole.lhs()?, ast::Expr::PrefixExpr(p) if p.op_kind() == Some(ast::UnaryOp::Deref));
        let sets = derefs
            && whole.op_kind() == Some(ast::BinaryOp::Assignment { op: None })
            && whole.syntax().parent().is_some_and(|p| {
                ast::ExprStmt::can_cast(p.kind()) || ast::StmtList::can_cast(p.kind())
            });
        let ast::Expr::CallExpr(some) = whole.rhs().filter(|_| sets)? else {
            return None;
        };
        let callee = some.expr()?;
        let mut args = some.arg_list()?.args();
        let (value, None) = (args.next()?, args.next()) else {
            return None;
        };
        let range = TextRange::new(start, tree.range(whole.syntax()).end());
        let text = &self.found.infer.index.workspace.file(file).text;
        if callee.syntax().text() != "Some" || has_comment(&text[range]) {
            return None;
        }
        let value = tree.range(value.syntax());
        let set = format!("let _ = {}.set(", &text[path]);
        Some(Unlocked::Set(vec![
            Edit::replace(TextRange::new(start, value.start()), set),
            Edit::replace(TextRange::new(value.end(), range.end()), ")".to_owned()),
        ]))
    }

    /// `BUS.get().expect("…")`, and what else takes it out, becomes a call of the function: whether it fails with an error where
    /// nothing is set. `None`: something else is done.
    fn get(&self, out: &mut Detour, tree: &FileTree, asked: &Asked) -> Option<bool> {
        let index = self.found.infer.index;
        let file = asked.file;
        let source = index.workspace.file(file);
        let mut owned = asked.owned;
        // whether it is a `Result` so far, and the one that a function gives
        let (mut fails, mut gives) = (false, false);
        let mut outer = asked.expr.clone();
        let taken = loop {
            let parent = outer.syntax().parent()?;
            if let Some(it) = ast::TryExpr::cast(parent.clone()) {
                break ast::Expr::TryExpr(it);
            }
            if fails && self.gives_result(&parent) {
                gives = true;
                break outer.clone();
            }
            let around = ast::MethodCallExpr::cast(parent)?;
            let name = around.name_ref()?;
            let name = name.text();
            outer = ast::Expr::MethodCallExpr(around.clone());
            match name {
                "cloned" => owned = true,
                "expect" | "unwrap" => break outer.clone(),
                "ok_or" | "ok_or_else" | "context" | "with_context" => fails = true,
                "map_err" => {}
                _ => return None,
            }
        };
        // a `?` on the `Option` itself may be of a function that gives one
        if matches!(taken, ast::Expr::TryExpr(_)) && !fails {
            return None;
        }
        let range = tree.range(taken.syntax());
        if has_comment(&source.text[range]) || !source.writable {
            return None;
        }
        let way = way_to(index, file, asked.expr.syntax(), self.home)?;
        let clone = if owned { ".clone()" } else { "" };
        let mut written = format!("{way}{}(){clone}", self.reader);
        if gives {
            written = format!("Ok({written})");
        }
        out.edits.push((file, Edit::replace(range, written)));
        let message = format!(
            "`{}` is not read any more: where nothing had set it, this failed",
            self.slot.name
        );
        let told = Finding::new(catalog::ERROR_PATH_GONE, file, range, message);
        out.findings.push(told);
        Some(fails)
    }

    /// What is asked as an `Option` asks one that is always set, if it is set before.
    fn asked(
        &self,
        out: &mut Detour,
        sets: &[order::Place],
        mut reads: Vec<order::Place>,
        asked: &[Asked],
    ) -> Option<()> {
        let index = self.found.infer.index;
        for it in asked {
            let range = index.tree(it.file)?.range(it.expr.syntax());
            reads.push((it.file, range.start()));
        }
        if reads.is_empty() {
            return Some(());
        }
        match order::order(index, sets, &reads) {
            Order::SetFirst => {}
            Order::Unknown if asked.is_empty() => {}
            _ => return None,
        }
        if asked.is_empty() {
            return Some(());
        }
        let asker = format!("{}_of_set_static", self.slot.name.to_lowercase());
        let text = format!(
            "\n\nfn {asker}() -> Option<&'static {}> {{\n    Some({}())\n}}",
            self.held.syntax().text(),
            self.reader
        );
        out.edits
            .push((self.slot.file, Edit::insert(out.range.end(), text)));
        for it in asked {
            let source = index.workspace.file(it.file);
            let range = index.tree(it.file)?.range(it.expr.syntax());
            if !source.writable || has_comment(&source.text[range]) {
                return None;
            }
            let way = way_to(index, it.file, it.expr.syntax(), self.home)?;
            let clone = if it.owned { ".cloned()" } else { "" };
            let written = format!("{way}{asker}(){clone}");
            out.edits.push((it.file, Edit::replace(range, written)));
        }
        out.brings.push(asker);
        Some(())
    }

    /// Whether a list of statements is the body of a function that gives a coordinator or fails.
    fn gives_result(&self, list: &SyntaxNode) -> bool {
        let function = list.parent().and_then(|body| body.parent());
        let mut all = self.found.slots.functions.values();
        let function = all.find(|f| Some(&f.node) == function.as_ref());
        let result = function.and_then(|f| f.ret);
        result.is_some_and(|r| self.found.slots.all[r].form.is_result())
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
        only && form.is_some_and(|f| !f.is_option() && !f.is_result() && f != Form::Nested)
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
            let again = is_checked(call) && !once::runs_once_in_each(index, file, call.syntax());
            return (!again).then_some(());
        }
        if !is_checked(call) {
            return Some(());
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
        if !once::runs_once_in_each(index, file, call.syntax()) {
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
