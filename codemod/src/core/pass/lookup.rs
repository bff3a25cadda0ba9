//! Ways to a field: names, and what looks up in the standard library's containers, cells and locks.
//!
//! Belongs here: which ways may be dropped with what is read at their end. Does not: what their values are (`infer`).

use ra_ap_syntax::SyntaxNode;
use ra_ap_syntax::ast::{self, AstNode, HasArgList};

use super::super::purity;
use super::super::workspace::FileId;
use super::infer::{Infer, Method, Taking, Type};

/// How an expression gets to what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Variables, fields, dereferences: nothing happens on it.
    Named,
    /// It may wait for a lock, or panic where nothing is; it changes nothing.
    LooksUp,
}

/// Methods that look up, of a type from outside of the workspace.
const LOOKUPS: &[&str] = &[
    "as_deref",
    "as_ref",
    "back",
    "borrow",
    "expect",
    "first",
    "front",
    "get",
    "iter",
    "last",
    "load",
    "load_full",
    "lock",
    "read",
    "unwrap",
    "upgrade",
    "values",
    "write",
];

/// Methods of what a look-up gave.
const OF_FOUND: &[&str] = &[
    "as_deref", "as_ref", "clone", "expect", "next", "nth", "unwrap",
];

/// The way that an expression takes. `None`: it may do more.
pub(super) fn way(infer: &Infer<'_>, file: FileId, expr: &ast::Expr) -> Option<Way> {
    let inner = |e: Option<ast::Expr>| way(infer, file, &e?);
    match expr {
        ast::Expr::PathExpr(_) => Some(Way::Named),
        ast::Expr::FieldExpr(it) => inner(it.expr()),
        ast::Expr::ParenExpr(it) => inner(it.expr()),
        ast::Expr::PrefixExpr(it) => inner(it.expr()),
        ast::Expr::RefExpr(it) => inner(it.expr()),
        ast::Expr::IndexExpr(it) => {
            let base = it.base()?;
            way(infer, file, &base)?;
            (is_foreign(infer, file, &base) && is_index(&it.index()?)).then_some(Way::LooksUp)
        }
        ast::Expr::AwaitExpr(it) => {
            let ast::Expr::MethodCallExpr(call) = it.expr()? else {
                return None;
            };
            let name = call.name_ref()?;
            let locks = matches!(name.text(), "lock" | "read" | "write");
            inner(it.expr()).filter(|_| locks)
        }
        ast::Expr::CallExpr(it) => reader(infer, file, it).map(|_| Way::LooksUp),
        ast::Expr::MethodCallExpr(it) => {
            let receiver = it.receiver()?;
            let name = it.name_ref()?;
            let before = way(infer, file, &receiver)?;
            if getter(infer, file, it).is_some() {
                return Some(before);
            }
            let found = before == Way::LooksUp && !matches!(receiver, ast::Expr::FieldExpr(_));
            // of an entry that stands for its value
            let of_entry = name.text() == "value"
                && infer
                    .method(
                        infer.expr(file, &receiver).peeled(),
                        "value",
                        Taking::Method(0),
                    )
                    .is_none();
            let known = of_entry
                || (found && OF_FOUND.contains(&name.text()))
                || (LOOKUPS.contains(&name.text()) && is_foreign(infer, file, &receiver));
            let mut args = it.arg_list().into_iter().flat_map(|l| l.args());
            (known && args.all(|a| is_index(&a))).then_some(Way::LooksUp)
        }
        _ => None,
    }
}

/// The function of the workspace that a call is of, if it does nothing but look something up that lives as long as the program.
pub(super) fn reader(infer: &Infer<'_>, file: FileId, call: &ast::CallExpr) -> Option<Method> {
    let found = infer.called_function(file, call)?;
    let function = &found.function;
    let list = function.param_list()?;
    let body = function.body()?.stmt_list()?;
    let plain = function.async_token().is_none()
        && list.self_param().is_none()
        && list.params().next().is_none()
        && body.statements().next().is_none();
    let given = body.tail_expr().filter(|_| plain)?;
    // no further: it might call itself
    let calls = |n: SyntaxNode| ast::CallExpr::can_cast(n.kind());
    if given.syntax().descendants().any(calls) {
        return None;
    }
    way(infer, found.file, &given)?;
    Some(found)
}

/// The method of the workspace that a call is of, if it does nothing but lend or copy a field.
pub(super) fn getter(
    infer: &Infer<'_>,
    file: FileId,
    call: &ast::MethodCallExpr,
) -> Option<Method> {
    let receiver = call.receiver()?;
    let ty = infer.expr(file, &receiver);
    let found = infer.method(ty.peeled(), call.name_ref()?.text(), Taking::Method(0))?;
    let lends = match found.function.body() {
        Some(_) => lends_field(&found.function),
        // of a trait: what its impls are
        None => {
            let of = found
                .function
                .syntax()
                .ancestors()
                .find_map(ast::Trait::cast)?;
            let name = ast::HasName::name(&found.function)?;
            let impls = infer.impls_of_trait(found.file, of.syntax());
            let items = |block: &ast::Impl| {
                let items = block.assoc_item_list().into_iter();
                items.flat_map(|l| l.assoc_items())
            };
            let all: Vec<ast::Fn> = (impls.iter())
                .flat_map(|(_, block)| items(block))
                .filter_map(|item| match item {
                    ast::AssocItem::Fn(it) => Some(it),
                    _ => None,
                })
                .filter(|f| ast::HasName::name(f).is_some_and(|n| n.text() == name.text()))
                .collect();
            !all.is_empty() && all.iter().all(lends_field)
        }
    };
    lends.then_some(found)
}

/// Whether a method does nothing but lend or copy a field.
fn lends_field(function: &ast::Fn) -> bool {
    let given = || {
        let list = function.param_list()?;
        let lends = list.self_param()?.amp_token().is_some() && list.params().next().is_none();
        let body = function.body()?.stmt_list()?;
        let plain = function.async_token().is_none() && body.statements().next().is_none();
        let given = body.tail_expr()?;
        match given {
            ast::Expr::RefExpr(it) => it.expr(),
            other => Some(other),
        }
        .filter(|_| lends && plain)
    };
    let Some(ast::Expr::FieldExpr(field)) = given() else {
        return false;
    };
    let mut of = field.expr();
    while let Some(ast::Expr::FieldExpr(it)) = of {
        of = it.expr();
    }
    of.is_some_and(|e| e.syntax().text() == "self")
}

/// Whether an expression's type is known, and not one of the workspace's.
fn is_foreign(infer: &Infer<'_>, file: FileId, expr: &ast::Expr) -> bool {
    let ty = infer.expr(file, expr);
    let plain = match &ty {
        Type::Ref(of) => of,
        other => other,
    };
    matches!(plain, Type::Outside(..)) && !matches!(ty.peeled(), Type::Item(..))
}

/// Whether an expression is a key or a position that is only reckoned.
fn is_index(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| is_index(&e)),
        ast::Expr::BinExpr(it) => {
            let reckons = matches!(it.op_kind(), Some(ast::BinaryOp::ArithOp(_)));
            reckons && [it.lhs(), it.rhs()].iter().flatten().all(is_index)
        }
        other => purity::is_pure(other),
    }
}
