//! Where an expression's coordinator comes from, and whether the expression may be dropped.

use ra_ap_syntax::ast::{self, AstNode, HasArgList};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::super::api::Item;
use super::super::climb::{self, success_pattern};
use super::super::locals;
use super::super::purity;
use super::super::resolve::{Def, Namespace};
use super::super::workspace::FileId;
use super::infer::{Infer, Type, has_field};
use super::key_of;
use super::lookup::{self, Way};
use super::sites::{Sites, Source};
use super::slots::{Function, SlotId, is_async_scope};

pub(super) struct Flow<'f, 'a> {
    pub(super) infer: &'f Infer<'a>,
    pub(super) sites: &'f Sites,
}

const MAX_DEPTH: usize = 32;

impl Flow<'_, '_> {
    /// All that an expression's coordinator may be.
    pub(super) fn sources(&self, file: FileId, expr: &ast::Expr) -> Vec<Source> {
        let mut out = Vec::new();
        self.collect(file, expr, 0, &mut out);
        out
    }

    fn collect(&self, file: FileId, expr: &ast::Expr, depth: usize, out: &mut Vec<Source>) {
        if depth > MAX_DEPTH {
            out.push(Source::Pool);
            return;
        }
        let inner = |e: Option<ast::Expr>, out: &mut Vec<Source>| match e {
            Some(e) => self.collect(file, &e, depth + 1, out),
            None => out.push(Source::Pool),
        };
        let key = key_of(self.infer.index, file, expr.syntax());
        if let Some(root) = self.sites.at.get(&key).map(|i| &self.sites.roots[*i]) {
            out.push(root.source.clone());
            return;
        }
        if let Some(slot) = self.carried(file, expr) {
            out.push(Source::Slot(slot));
            return;
        }
        match expr {
            // no coordinator at all
            ast::Expr::PathExpr(it) if locals::is_name(it, "None") => {}
            ast::Expr::PathExpr(_) => {
                let cell = self
                    .infer
                    .static_at(file, expr)
                    .and_then(|key| self.sites.cells.get(&key));
                let made = self.sites.inits.iter().find(|i| i.at == key);
                let slot = cell.copied().or_else(|| made.and_then(|i| i.ret));
                match slot {
                    Some(slot) => out.push(Source::Slot(slot)),
                    None => inner(self.matched(file, expr), out),
                }
            }
            ast::Expr::ParenExpr(it) => inner(it.expr(), out),
            ast::Expr::RefExpr(it) => inner(it.expr(), out),
            ast::Expr::PrefixExpr(it) => inner(it.expr(), out),
            ast::Expr::AwaitExpr(it) => inner(it.expr(), out),
            ast::Expr::TryExpr(it) => inner(it.expr(), out),
            ast::Expr::BlockExpr(it) => inner(it.stmt_list().and_then(|l| l.tail_expr()), out),
            ast::Expr::MethodCallExpr(it)
                if it.name_ref().is_some_and(|n| n.text() == "block_on") =>
            {
                inner(it.arg_list().and_then(|l| l.args().last()), out);
            }
            ast::Expr::MethodCallExpr(it) => {
                inner(it.receiver(), out);
                if let Some(other) = stand_in(it) {
                    inner(Some(other), out);
                }
            }
            ast::Expr::IfExpr(it) => {
                inner(it.then_branch().map(ast::Expr::BlockExpr), out);
                match it.else_branch() {
                    Some(ast::ElseBranch::Block(b)) => inner(Some(ast::Expr::BlockExpr(b)), out),
                    Some(ast::ElseBranch::IfExpr(i)) => inner(Some(ast::Expr::IfExpr(i)), out),
                    None => {}
                }
            }
            ast::Expr::MatchExpr(it) => {
                for arm in it.match_arm_list().into_iter().flat_map(|l| l.arms()) {
                    let leaves = match arm.expr() {
                        Some(ast::Expr::BlockExpr(block)) => purity::leaves(&block),
                        Some(ast::Expr::ReturnExpr(_) | ast::Expr::BreakExpr(_)) => true,
                        _ => false,
                    };
                    if !leaves {
                        inner(arm.expr(), out);
                    }
                }
            }
            ast::Expr::CallExpr(it) => {
                let Some(ast::Expr::PathExpr(callee)) = it.expr() else {
                    out.push(Source::Pool);
                    return;
                };
                let Some(path) = callee.path() else {
                    out.push(Source::Pool);
                    return;
                };
                let of = path
                    .qualifier()
                    .map(|q| self.infer.index.resolve_path(file, &q, Namespace::Type));
                let name = path
                    .segment()
                    .and_then(|s| s.name_ref())
                    .map(|n| n.text().to_string())
                    .unwrap_or_default();
                let is_arc = |q: ast::Path| self.infer.index.is_arc(file, &q);
                let passes_on = path.qualifier().is_some_and(is_arc)
                    || matches!(name.as_str(), "block_on" | "Some" | "Ok");
                // no coordinator at all
                if name == "Err" {
                    return;
                }
                if passes_on {
                    inner(it.arg_list().and_then(|l| l.args().next()), out);
                    return;
                }
                match self.infer.index.resolve_path(file, &path, Namespace::Value) {
                    // gives one of those that it is given, if any
                    Def::External(p) if knows_no_bus(&p) => {
                        for arg in it.arg_list().into_iter().flat_map(|l| l.args()) {
                            inner(Some(arg), out);
                        }
                    }
                    Def::External(_) | Def::Bus(_) => {
                        out.push(Source::Outside(format!("`{path}`")));
                    }
                    Def::Unknown if matches!(of, Some(Def::External(ref p)) if p[0] != "std") => {
                        out.push(Source::Outside(format!("`{path}`")));
                    }
                    _ => out.push(Source::Pool),
                }
            }
            ast::Expr::FieldExpr(it) => {
                let base = it
                    .expr()
                    .map_or(Type::Unknown, |e| self.infer.expr(file, &e));
                match base.peeled() {
                    Type::Outside(name, _) if !name.is_empty() => {
                        out.push(Source::Outside(format!("`{}`", it.syntax().text())));
                    }
                    _ => out.push(Source::Pool),
                }
            }
            _ => out.push(Source::Pool),
        }
    }

    /// The field of a struct that is given where its coordinator is held in its place.
    fn carried(&self, file: FileId, expr: &ast::Expr) -> Option<SlotId> {
        let all = &self.infer.index.contexts;
        let of = (!all.is_empty()).then(|| self.infer.expr(file, expr))?;
        let context = all.iter().find(|c| c.is_of(&of))?;
        let mut found = self.sites.carried.iter();
        found.find_map(|(at, name, slot)| {
            (*at == context.file && *name == context.name).then_some(*slot)
        })
    }

    /// Whether an expression is a coordinator, or what leads to one and is held in its place, and nothing on the way is code of the
    /// program's own.
    pub(super) fn only_leads(&self, file: FileId, expr: &ast::Expr) -> bool {
        let inner = |e: Option<ast::Expr>| e.is_some_and(|e| self.only_leads(file, &e));
        let ty = self.infer.expr(file, expr);
        let all = &self.infer.index.contexts;
        let known = ty.holds_coordinator() || all.iter().any(|c| c.is_of(&ty));
        match expr {
            ast::Expr::PathExpr(_) => known,
            ast::Expr::FieldExpr(it) => {
                let base = it.expr();
                let of = base.as_ref().map(|e| self.infer.expr(file, e));
                let own = it.name_ref().is_some_and(|n| {
                    let node = match of.as_ref().map(Type::peeled) {
                        Some(Type::Item(_, node, _)) => node,
                        _ => return false,
                    };
                    has_field(node, n.text())
                });
                known && own && base.is_some_and(|e| purity::is_pure(&e))
            }
            ast::Expr::ParenExpr(it) => inner(it.expr()),
            ast::Expr::RefExpr(it) => inner(it.expr()),
            ast::Expr::MethodCallExpr(it) => {
                let clones = it.name_ref();
                let clones = clones.is_some_and(|n| matches!(n.text(), "clone" | "to_owned"));
                known && clones && inner(it.receiver())
            }
            ast::Expr::CallExpr(it) => {
                let callee = it.expr().map(|e| e.syntax().text().to_string());
                let clones = callee.is_some_and(|c| {
                    let mut names = c.rsplit("::");
                    names.next() == Some("clone") && matches!(names.next(), Some("Arc" | "Rc"))
                });
                known && clones && inner(it.arg_list().and_then(|l| l.args().next()))
            }
            _ => false,
        }
    }

    /// What a variable is bound to, or what is matched where it is the success.
    fn matched(&self, file: FileId, variable: &ast::Expr) -> Option<ast::Expr> {
        let ast::Expr::PathExpr(path) = variable else {
            return None;
        };
        let tree = self.infer.index.tree(file)?;
        let name = path.path()?.as_single_name_ref()?;
        let pat = locals::binding_of(tree, path.syntax(), name.text())?;
        let bound = pat
            .syntax()
            .parent()
            .filter(|_| pat.mut_token().is_none())?;
        if let Some(stmt) = ast::LetStmt::cast(bound.clone()) {
            return stmt.initializer().filter(|_| stmt.let_else().is_none());
        }
        let arm = bound.parent().and_then(ast::MatchArm::cast)?;
        let of = arm
            .syntax()
            .ancestors()
            .find_map(ast::MatchExpr::cast)?
            .expr()?;
        let is_success = success_pattern(&arm.pat()?) == Some(pat);
        is_success.then_some(of)
    }

    /// Whether dropping an expression loses nothing but a coordinator.
    pub(super) fn droppable(&self, file: FileId, expr: &ast::Expr) -> bool {
        let inner = |e: Option<ast::Expr>| e.is_some_and(|e| self.droppable(file, &e));
        let key = || key_of(self.infer.index, file, expr.syntax());
        match expr {
            ast::Expr::PathExpr(_) => true,
            ast::Expr::MatchExpr(_) | ast::Expr::IfExpr(_) => {
                self.sites.ors.contains(&key()) || self.sites.leaving.contains_key(&key())
            }
            ast::Expr::ParenExpr(it) => inner(it.expr()),
            ast::Expr::RefExpr(it) => inner(it.expr()),
            ast::Expr::PrefixExpr(it) => inner(it.expr()),
            ast::Expr::FieldExpr(it) => {
                inner(it.expr()) || lookup::way(self.infer, file, expr).is_some()
            }
            ast::Expr::AwaitExpr(it) => inner(it.expr()),
            ast::Expr::MethodCallExpr(it) if self.is_giver(file, expr) => {
                let args = it.arg_list();
                let leads = |e: &ast::Expr| lookup::way(self.infer, file, e) == Some(Way::Named);
                (inner(it.receiver()) || it.receiver().as_ref().is_some_and(leads))
                    && args.is_none_or(|l| l.args().all(|a| self.droppable(file, &a)))
            }
            ast::Expr::CallExpr(it) if self.is_giver(file, expr) => it
                .arg_list()
                .is_none_or(|l| l.args().all(|a| self.droppable(file, &a))),
            ast::Expr::TryExpr(it) => {
                self.needed(file, expr).is_some()
                    || it.expr().is_some_and(|e| self.never_fails(file, &e))
            }
            ast::Expr::MethodCallExpr(_)
                if self.taken(file, expr).is_some() || self.asked(file, expr).is_some() =>
            {
                true
            }
            ast::Expr::MethodCallExpr(it) if stand_in(it).is_some() => {
                inner(it.receiver()) && inner(stand_in(it))
            }
            ast::Expr::MethodCallExpr(it) => {
                let name = it
                    .name_ref()
                    .map(|n| n.text().to_string())
                    .unwrap_or_default();
                if purity::unwrapping(&name, it) == Some(true)
                    && it.receiver().is_some_and(|e| self.never_fails(file, &e))
                {
                    return true;
                }
                let plain = matches!(
                    name.as_str(),
                    "clone"
                        | "cloned"
                        | "as_deref"
                        | "as_ref"
                        | "into"
                        | "to_owned"
                        | "borrow"
                        | "deref"
                        | "block_on"
                );
                let args = || {
                    it.arg_list()
                        .is_none_or(|l| l.args().all(|a| self.droppable(file, &a)))
                };
                // of `runtime.handle()`
                let receiver = match it.receiver() {
                    Some(ast::Expr::MethodCallExpr(of))
                        if name == "block_on"
                            && of.name_ref().is_some_and(|n| n.text() == "handle") =>
                    {
                        of.receiver()
                    }
                    receiver => receiver,
                };
                plain && inner(receiver) && args()
            }
            ast::Expr::CallExpr(it) => {
                let Some(ast::Expr::PathExpr(callee)) = it.expr() else {
                    return false;
                };
                let Some(path) = callee.path() else {
                    return false;
                };
                let args = it
                    .arg_list()
                    .is_none_or(|l| l.args().all(|a| self.droppable(file, &a)));
                let def = self.infer.index.resolve_path(file, &path, Namespace::Value);
                let name = path.segment().and_then(|s| s.name_ref());
                let of_arc = || {
                    let of = path.qualifier();
                    of.is_some_and(|q| self.infer.index.is_arc(file, &q))
                };
                let wraps = path
                    .as_single_name_ref()
                    .is_some_and(|n| matches!(n.text(), "Some" | "Ok"));
                let known = wraps
                    || self.infer.index.item_of(&def) == Some(Item::Accessor)
                    || name.as_ref().is_some_and(|n| n.text() == "block_on")
                    || (name.is_some_and(|n| matches!(n.text(), "clone" | "as_ref")) && of_arc());
                known && args
            }
            ast::Expr::BlockExpr(it) => {
                let plain = it.unsafe_token().is_none() && it.label().is_none();
                let list = it.stmt_list().filter(|_| plain);
                list.is_some_and(|l| l.statements().next().is_none() && inner(l.tail_expr()))
            }
            other => purity::is_pure(other),
        }
    }
}

/// What stands in for a `None`: the argument of `unwrap_or`, what the closure of `unwrap_or_else` gives.
pub(super) fn stand_in(call: &ast::MethodCallExpr) -> Option<ast::Expr> {
    let mut args = call.arg_list()?.args();
    let arg = args.next().filter(|_| args.next().is_none())?;
    match (call.name_ref()?.text(), arg) {
        ("or" | "unwrap_or", arg) => Some(arg),
        ("or_else" | "unwrap_or_else", ast::Expr::ClosureExpr(it)) => {
            let takes = it.param_list()?.params().next().is_some();
            let body = climb::sole_expression(&it.body().filter(|_| !takes)?);
            // one that leaves or panics gives none
            (!matches!(body, ast::Expr::MacroExpr(_) | ast::Expr::BlockExpr(_))).then_some(body)
        }
        _ => None,
    }
}

impl Flow<'_, '_> {
    /// Whether an expression is the `Result` of a function that does nothing but give a coordinator.
    fn never_fails(&self, file: FileId, expr: &ast::Expr) -> bool {
        let inner = |e: Option<ast::Expr>| e.is_some_and(|e| self.never_fails(file, &e));
        match expr {
            ast::Expr::ParenExpr(it) => inner(it.expr()),
            ast::Expr::AwaitExpr(it) => inner(it.expr()),
            _ if self.is_giver(file, expr) => self.droppable(file, expr),
            ast::Expr::MethodCallExpr(it) => {
                let name = it.name_ref();
                name.is_some_and(|n| purity::unwrapping(n.text(), it) == Some(false))
                    && inner(it.receiver())
            }
            _ => false,
        }
    }

    /// The `Option` that an expression reads as it is.
    fn option(&self, file: FileId, expr: &ast::Expr) -> Option<SlotId> {
        let key = key_of(self.infer.index, file, expr.syntax());
        if let Some(root) = self.sites.at.get(&key).map(|i| &self.sites.roots[*i]) {
            return match &root.source {
                Source::Slot(slot) if self.sites.filled.contains(slot) => Some(*slot),
                _ => None,
            };
        }
        match expr {
            ast::Expr::ParenExpr(it) => self.option(file, &it.expr()?),
            ast::Expr::RefExpr(it) => self.option(file, &it.expr()?),
            ast::Expr::MethodCallExpr(it) => {
                let name = it.name_ref()?;
                let same = ["as_deref", "as_ref", "clone", "cloned", "take"].contains(&name.text());
                same.then(|| self.option(file, &it.receiver()?))?
            }
            _ => None,
        }
    }

    /// The `Option` that an expression makes a `Result` of.
    pub(super) fn asked(&self, file: FileId, expr: &ast::Expr) -> Option<SlotId> {
        let ast::Expr::MethodCallExpr(it) = expr else {
            return None;
        };
        let asks = purity::asking(it.name_ref()?.text(), it) == Some(false);
        asks.then(|| self.option(file, &it.receiver()?))?
    }

    /// The `Option` that an expression takes the coordinator out of, by a method.
    fn taken(&self, file: FileId, expr: &ast::Expr) -> Option<SlotId> {
        let ast::Expr::MethodCallExpr(it) = expr else {
            return None;
        };
        let name = it.name_ref()?;
        let receiver = it.receiver()?;
        if name.text() == "clone" {
            return self.taken(file, &receiver);
        }
        let takes = purity::asking(name.text(), it) == Some(true);
        let of = || {
            self.option(file, &receiver)
                .or_else(|| self.asked(file, &receiver))
        };
        takes.then(of)?
    }

    /// The `Option` that an expression fails without.
    pub(super) fn needed(&self, file: FileId, expr: &ast::Expr) -> Option<SlotId> {
        match expr {
            ast::Expr::TryExpr(it) => {
                let e = it.expr()?;
                self.option(file, &e).or_else(|| self.asked(file, &e))
            }
            ast::Expr::MatchExpr(_) | ast::Expr::IfExpr(_) => {
                let key = key_of(self.infer.index, file, expr.syntax());
                self.sites.leaving.get(&key).copied()
            }
            ast::Expr::ParenExpr(it) => self.needed(file, &it.expr()?),
            ast::Expr::RefExpr(it) => self.needed(file, &it.expr()?),
            ast::Expr::MethodCallExpr(it) => self
                .taken(file, expr)
                .or_else(|| self.needed(file, &it.receiver()?)),
            ast::Expr::CallExpr(it) => {
                let mut args = it.arg_list()?.args();
                args.find_map(|a| self.needed(file, &a))
            }
            _ => None,
        }
    }

    /// Whether an expression calls a function that does nothing but give a coordinator.
    fn is_giver(&self, file: FileId, expr: &ast::Expr) -> bool {
        let key = key_of(self.infer.index, file, expr.syntax());
        let root = self.sites.at.get(&key).map(|i| &self.sites.roots[*i]);
        root.is_some_and(|r| matches!(&r.source, Source::Slot(s) if self.sites.givers.contains(s)))
    }

    /// Whether an expression is `Some` of a coordinator, or an `Option` slot that always is.
    pub(super) fn is_some(
        &self,
        file: FileId,
        expr: &ast::Expr,
        is_always: impl Fn(SlotId) -> bool + Copy,
    ) -> bool {
        let key = key_of(self.infer.index, file, expr.syntax());
        if self.sites.contents.contains(&key) {
            return true;
        }
        if let Some(root) = self.sites.at.get(&key).map(|i| &self.sites.roots[*i]) {
            return matches!(&root.source, Source::Slot(s) if is_always(*s));
        }
        let within = |e: Option<ast::Expr>| e.is_some_and(|e| self.is_some(file, &e, is_always));
        match expr {
            ast::Expr::ParenExpr(it) => within(it.expr()),
            ast::Expr::RefExpr(it) => within(it.expr()),
            ast::Expr::CallExpr(it) => {
                let callee = match it.expr() {
                    Some(ast::Expr::PathExpr(p)) => p.path(),
                    _ => None,
                };
                callee
                    .and_then(|p| p.as_single_name_ref())
                    .is_some_and(|n| n.text() == "Some")
            }
            ast::Expr::MethodCallExpr(it) => {
                let plain = ["as_deref", "as_ref", "clone", "cloned"];
                let plain = it.name_ref().is_some_and(|n| plain.contains(&n.text()));
                plain
                    && it
                        .receiver()
                        .is_some_and(|r| self.is_some(file, &r, is_always))
            }
            _ => false,
        }
    }

    /// Whether a function binds and gives, and does nothing else.
    pub(super) fn only_gives(&self, function: &Function) -> bool {
        let body = ast::Fn::cast(function.node.clone()).and_then(|f| f.body());
        let list = body.and_then(|b| b.stmt_list());
        list.is_some_and(|l| self.gives(function.file, &l))
    }

    fn gives(&self, file: FileId, list: &ast::StmtList) -> bool {
        let droppable = |e: Option<ast::Expr>| {
            e.is_some_and(|e| self.droppable(file, &e) || self.is_kept_in_cell(file, &e))
        };
        list.statements().all(|s| match s {
            ast::Stmt::LetStmt(it) => {
                matches!(it.pat(), Some(ast::Pat::IdentPat(_)))
                    && it.let_else().is_none()
                    && droppable(it.initializer())
            }
            ast::Stmt::ExprStmt(it) => match it.expr() {
                Some(ast::Expr::ReturnExpr(r)) => droppable(r.expr()),
                _ => false,
            },
            // nothing of an item runs where it stands
            ast::Stmt::Item(_) => true,
        }) && match list.tail_expr() {
            Some(ast::Expr::ReturnExpr(r)) => droppable(r.expr()),
            Some(tail) => droppable(Some(tail)),
            None => true,
        }
    }

    /// Whether a closure, or a function that is named, does nothing but make what it gives.
    fn makes(&self, file: FileId, made: &ast::Expr) -> bool {
        match made {
            ast::Expr::ClosureExpr(it) => match it.body() {
                Some(ast::Expr::BlockExpr(body)) => {
                    body.stmt_list().is_some_and(|l| self.gives(file, &l))
                }
                Some(body) => self.droppable(file, &body),
                None => false,
            },
            ast::Expr::PathExpr(_) => {
                let key = key_of(self.infer.index, file, made.syntax());
                let mut inits = self.sites.inits.iter();
                inits.any(|i| i.at == key && i.ret.is_some_and(|r| self.sites.givers.contains(&r)))
            }
            _ => false,
        }
    }

    fn is_cell(&self, file: FileId, expr: Option<ast::Expr>) -> bool {
        let key = expr.and_then(|e| self.infer.static_at(file, &e));
        key.is_some_and(|key| self.sites.cells.contains_key(&key))
    }

    /// Whether an expression is `CELL.get_or_init(…)`, awaited and cloned, or `CELL.get().unwrap()`, of a static that goes
    /// with its functions.
    fn is_kept_in_cell(&self, file: FileId, expr: &ast::Expr) -> bool {
        let inner = |e: Option<ast::Expr>| e.is_some_and(|e| self.is_kept_in_cell(file, &e));
        let call = match expr {
            ast::Expr::AwaitExpr(it) => return inner(it.expr()),
            ast::Expr::RefExpr(it) => return inner(it.expr()),
            ast::Expr::TryExpr(it) => return inner(it.expr()),
            ast::Expr::CallExpr(it) => {
                let args: Vec<ast::Expr> =
                    it.arg_list().into_iter().flat_map(|l| l.args()).collect();
                let [only] = args.as_slice() else {
                    return false;
                };
                let path = match it.expr() {
                    Some(ast::Expr::PathExpr(p)) => p.path(),
                    _ => None,
                };
                let callee = path.as_ref().and_then(ast::Path::as_single_name_ref);
                if callee.is_some_and(|n| n.text() == "Ok") {
                    return self.is_kept_in_cell(file, only);
                }
                let clones = path.is_some_and(|p| {
                    let name = p.segment().and_then(|s| s.name_ref());
                    let of = p.qualifier();
                    name.is_some_and(|n| n.text() == "clone")
                        && of.is_some_and(|q| self.infer.index.is_arc(file, &q))
                });
                return clones && self.is_kept_in_cell(file, only);
            }
            ast::Expr::MethodCallExpr(it) => it,
            _ => return false,
        };
        let name = call.name_ref();
        let args: Vec<ast::Expr> = call.arg_list().into_iter().flat_map(|l| l.args()).collect();
        match (name.as_ref().map(ast::NameRef::text), args.as_slice()) {
            (Some("clone" | "cloned" | "unwrap"), []) | (Some("expect"), [_]) => {
                inner(call.receiver())
            }
            (Some("get"), []) => self.is_cell(file, call.receiver()),
            (Some("get_or_init" | "get_or_try_init"), [made]) => {
                self.is_cell(file, call.receiver()) && self.makes(file, made)
            }
            (Some(name), _) => purity::unwrapping(name, call).is_some() && inner(call.receiver()),
            _ => false,
        }
    }
}

/// Whether a path is of a crate that cannot make a coordinator: the standard library, and what many wrap values in.
pub(super) fn knows_no_bus(path: &[String]) -> bool {
    const CRATES: &[&str] = &[
        "std",
        "core",
        "alloc",
        "tokio",
        "futures",
        "parking_lot",
        "once_cell",
    ];
    path.first().is_some_and(|c| CRATES.contains(&c.as_str()))
}

/// The function, block or closure around a place that can await, innermost first, up to and without `limit`.
///
/// Sync closures are passed: what is bound outside of one is captured.
pub(super) fn await_scopes(
    infer: &Infer<'_>,
    file: FileId,
    node: &SyntaxNode,
    limit: Option<&SyntaxNode>,
) -> Vec<SyntaxNode> {
    let mut out = Vec::new();
    let Some(tree) = infer.index.tree(file) else {
        return out;
    };
    for around in tree.ancestors(node) {
        if Some(&around) == limit {
            if is_async_scope(&around) {
                out.push(around);
            }
            break;
        }
        if is_async_scope(&around) {
            out.push(around.clone());
        }
        // nothing outside of an item is captured
        if matches!(
            around.kind(),
            SyntaxKind::FN | SyntaxKind::CONST | SyntaxKind::STATIC
        ) && ast::Fn::cast(around.clone())
            .and_then(|f| ast::HasName::name(&f))
            .is_none_or(|n| n.text() != "__m")
        {
            break;
        }
    }
    out
}
