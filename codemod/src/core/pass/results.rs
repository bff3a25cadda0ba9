//! Functions that give a coordinator, and do more than that: what it takes to give it beside nothing, in a tuple, which the
//! rest of the passing takes apart.
//!
//! Belongs here: finding such functions, and whether each place that calls one can take a tuple. Does not: functions that
//! do nothing else (`sites`), deciding which results go.

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange};

use super::super::catalog;
use super::super::edit::Edit;
use super::super::layout;
use super::super::purity;
use super::super::resolve::first_type_arg;
use super::super::search;
use super::super::tree::FileTree;
use super::super::workspace::FileId;
use super::detours::{Detour, Found, Stays, has_comment};
use super::key_of;
use super::sites::is_within_trait;
use super::slots::{Form, Function, Kind, SlotId, Slots, is_async_scope};

/// Whether there may be one.
pub(super) fn any(slots: &Slots, stays: &Stays) -> bool {
    let mut all = slots.functions.values();
    all.any(|f| result(slots, f, stays).is_some())
}

/// The result of a function that may be given in a tuple, if it stays as the function does more than give it.
fn result(slots: &Slots, function: &Function, stays: &Stays) -> Option<SlotId> {
    let slot = function.ret?;
    let it = &slots.all[slot];
    let of_trait = is_within_trait(&function.node);
    let fits = ast::Fn::can_cast(function.node.kind())
        && !of_trait
        && matches!(it.form, Form::Arc | Form::Res)
        && it.kind == Kind::Return
        && it.keep.is_none()
        && stays.why(it) == Some(catalog::RETURNED);
    fits.then_some(slot)
}

/// Those of the workspace that stay as they are given.
pub(super) fn find(found: &Found<'_, '_>, stays: &Stays) -> Vec<Detour> {
    let all = found.slots.functions.values();
    let all = all.filter_map(|f| {
        let slot = result(found.slots, f, stays)?;
        // one of several stands or falls with these
        let group = found.slots.all[slot].group;
        let mut same = found.slots.all.iter().filter(|s| s.group == group);
        let alone = same.next().is_some() && same.next().is_none();
        let more = alone && !found.sites.givers.contains(&slot);
        more.then(|| detour(found, f, slot)).flatten()
    });
    all.collect()
}

fn detour(found: &Found<'_, '_>, function: &Function, slot: SlotId) -> Option<Detour> {
    let index = found.infer.index;
    let file = function.file;
    let tree = index.tree(file)?;
    let it = ast::Fn::cast(function.node.clone())?;
    let name = it.name()?.text().trim_start_matches("r#").to_owned();
    let ty = it.ret_type()?.ty()?;
    let of_result = found.slots.all[slot].form == Form::Res;
    let held = match &ty {
        ast::Type::PathType(t) if of_result => first_type_arg(&t.path()?)?,
        ty => ty.clone(),
    };
    let mut out = Detour {
        key: key_of(index, file, &function.node),
        range: tree.range(&function.node),
        brings: vec![format!("coordinator_of_{name}")],
        rank: 2,
        forbids: Some(", ())".to_owned()),
        ..Detour::new(file, name)
    };
    if !index.workspace.file(file).writable {
        return None;
    }
    pair(&mut out, file, tree.range(held.syntax()));
    let body = it.body()?.stmt_list()?;
    // what does nothing else would be left with nothing to do
    body.statements().next()?;
    let giving = Giving {
        tree,
        file,
        of_result,
        text: &index.workspace.file(file).text,
    };
    giving.given(&mut out, &body.tail_expr()?)?;
    for node in tree.descendants(body.syntax()) {
        let Some(ret) = ast::ReturnExpr::cast(node) else {
            continue;
        };
        let owner = tree.ancestors(ret.syntax()).find(|n| {
            let is_function = matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR);
            is_function || is_async_scope(n)
        });
        if owner.as_ref() == Some(it.syntax()) {
            giving.given(&mut out, &ret.expr()?)?;
        }
    }
    let shape = Shape {
        future: is_async_scope(&function.node),
        result: of_result,
    };
    for root in found.sites.by_slot.get(&slot).into_iter().flatten() {
        let root = &found.sites.roots[*root];
        let call = root.expr.as_ref()?;
        taken(found, &mut out, &shape, root.file, call)?;
    }
    Some(out)
}

/// `x` becomes `(x, ())`.
fn pair(out: &mut Detour, file: FileId, range: TextRange) {
    out.edits.push((file, Edit::insert(range.start(), "(")));
    out.edits.push((file, Edit::insert(range.end(), ", ())")));
}

struct Giving<'g> {
    tree: &'g FileTree,
    file: FileId,
    of_result: bool,
    text: &'g str,
}

impl Giving<'_> {
    /// What the function gives, wherever it is written.
    fn given(&self, out: &mut Detour, expr: &ast::Expr) -> Option<()> {
        match expr {
            ast::Expr::ParenExpr(it) => self.given(out, &it.expr()?),
            ast::Expr::BlockExpr(it) if it.modifier().is_none() => {
                self.given(out, &it.stmt_list()?.tail_expr()?)
            }
            // of these nothing would be left but their conditions
            ast::Expr::IfExpr(_) | ast::Expr::MatchExpr(_) => None,
            ast::Expr::ReturnExpr(_) => Some(()),
            ast::Expr::MacroExpr(_) => None,
            ast::Expr::CallExpr(it) if self.of_result => {
                let path = match it.expr()? {
                    ast::Expr::PathExpr(p) => p.path()?,
                    _ => return None,
                };
                let name = path.as_single_name_ref()?;
                let mut args = it.arg_list()?.args();
                match name.text() {
                    "Err" => Some(()),
                    "Ok" => self.one(out, &args.next()?),
                    _ => None,
                }
            }
            _ if self.of_result => None,
            it => self.one(out, it),
        }
    }

    fn one(&self, out: &mut Detour, expr: &ast::Expr) -> Option<()> {
        let range = self.tree.range(expr.syntax());
        if has_comment(&self.text[range]) {
            return None;
        }
        pair(out, self.file, range);
        Some(())
    }
}

/// What a call of the function gives.
struct Shape {
    future: bool,
    result: bool,
}

/// A call: what it is bound to becomes a tuple's pattern. One that stands in an expression is bound first.
fn taken(
    found: &Found<'_, '_>,
    out: &mut Detour,
    shape: &Shape,
    file: FileId,
    call: &ast::Expr,
) -> Option<()> {
    let index = found.infer.index;
    let tree = index.tree(file)?;
    let source = index.workspace.file(file);
    let mut outer = call.syntax().clone();
    // what is left of `start().await?` on the way
    let (mut future, mut result) = (shape.future, shape.result);
    let parent = loop {
        let parent = outer.parent()?;
        match parent.kind() {
            SyntaxKind::PAREN_EXPR => {}
            SyntaxKind::AWAIT_EXPR if future => future = false,
            SyntaxKind::TRY_EXPR if result && !future => result = false,
            SyntaxKind::METHOD_CALL_EXPR if result && !future => {
                let it = ast::MethodCallExpr::cast(parent.clone())?;
                let name = it.name_ref()?;
                let takes = Some(name.text()).filter(|n| *n != "unwrap_or_else");
                result = !takes.and_then(|n| purity::unwrapping(n, &it))?;
            }
            _ => break parent,
        }
        outer = parent;
    };
    if future || result {
        return None;
    }
    let range = tree.range(&outer);
    if !source.writable || has_comment(&source.text[range]) || source.example.is_some() {
        return None;
    }
    if let Some(stmt) = ast::LetStmt::cast(parent.clone()) {
        let plain = match stmt.pat()? {
            ast::Pat::IdentPat(it) => {
                it.ref_token().is_none() && it.mut_token().is_none() && it.pat().is_none()
            }
            pat => matches!(pat, ast::Pat::WildcardPat(_)),
        };
        if !plain || stmt.ty().is_some() || stmt.let_else().is_some() {
            return None;
        }
        pair(out, file, tree.range(stmt.pat()?.syntax()));
        return Some(());
    }
    if ast::ExprStmt::can_cast(parent.kind()) {
        out.edits
            .push((file, Edit::insert(range.start(), "let (_, ()) = ")));
        return Some(());
    }
    let stmt = first_of(&outer)?;
    let start = tree.range(&stmt).start();
    let variable = &out.brings[0];
    let indent = layout::indent_at(&source.text, start);
    let line = layout::newline(&source.text);
    let text = &source.text[range];
    let bound = format!("let ({variable}, ()) = {text};{line}{indent}");
    let edits = [
        Edit::insert(start, bound),
        Edit::replace(range, variable.clone()),
    ];
    out.edits.extend(edits.into_iter().map(|e| (file, e)));
    Some(())
}

/// The statement that an expression stands in, if nothing with an effect comes before it there.
fn first_of(expr: &SyntaxNode) -> Option<SyntaxNode> {
    let text = expr.text().to_string();
    // what the call may change is read after it then
    let keeps = |e: &ast::Expr| {
        let said = e.syntax().text().to_string();
        let mut names = search::words(&said).filter(|w| w.starts_with(|c: char| c.is_lowercase()));
        purity::is_pure(e) && !names.any(|name| search::words(&text).any(|w| w == name))
    };
    let mut at = expr.clone();
    loop {
        let parent = at.parent()?;
        let before = |all: Vec<ast::Expr>| {
            let mut first = all.into_iter().take_while(|e| *e.syntax() != at);
            first.all(|e| keeps(&e))
        };
        let fits = match parent.kind() {
            SyntaxKind::STMT_LIST => return Some(at),
            SyntaxKind::EXPR_STMT | SyntaxKind::LET_STMT => return Some(parent),
            SyntaxKind::AWAIT_EXPR
            | SyntaxKind::TRY_EXPR
            | SyntaxKind::PAREN_EXPR
            | SyntaxKind::REF_EXPR
            | SyntaxKind::FIELD_EXPR
            | SyntaxKind::RECORD_EXPR => true,
            SyntaxKind::CALL_EXPR => {
                let callee = ast::CallExpr::cast(parent.clone())?.expr()?;
                *callee.syntax() == at || matches!(callee, ast::Expr::PathExpr(_))
            }
            SyntaxKind::METHOD_CALL_EXPR => {
                let receiver = ast::MethodCallExpr::cast(parent.clone())?.receiver()?;
                *receiver.syntax() == at || keeps(&receiver)
            }
            SyntaxKind::ARG_LIST => before(ast::ArgList::cast(parent.clone())?.args().collect()),
            SyntaxKind::TUPLE_EXPR => {
                before(ast::TupleExpr::cast(parent.clone())?.fields().collect())
            }
            SyntaxKind::RECORD_EXPR_FIELD => true,
            SyntaxKind::RECORD_EXPR_FIELD_LIST => {
                let list = ast::RecordExprFieldList::cast(parent.clone())?;
                let mut first = list.fields().take_while(|f| *f.syntax() != at);
                first.all(|f| f.expr().is_some_and(|e| keeps(&e)))
            }
            _ => false,
        };
        if !fits {
            return None;
        }
        at = parent;
    }
}
