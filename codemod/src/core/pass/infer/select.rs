//! Variables that the arms of `select!` bind: its input is read as expressions, so that their patterns are assignments.

use ra_ap_syntax::SyntaxNode;
use ra_ap_syntax::ast::{self, AstNode, HasArgList};

use super::super::super::tree;
use super::super::super::workspace::FileId;
use super::{Infer, Type, library, unwrapped};

/// An arm of a `select!`.
struct Arm {
    pattern: ast::Expr,
    future: ast::Expr,
    handler: SyntaxNode,
}

impl Infer<'_> {
    /// The type of a name that an arm of a `select!` around a place binds. `local`: the variable of that name that is seen
    /// otherwise.
    pub(super) fn selected(
        &self,
        file: FileId,
        node: &SyntaxNode,
        name: &str,
        local: Option<&ast::IdentPat>,
    ) -> Option<Type> {
        self.arms(file, node).into_iter().find_map(|arm| {
            let tree = self.index.tree(file)?;
            // one of the handler's own hides it
            let handler = tree.range(&arm.handler);
            if local.is_some_and(|pat| handler.contains_range(tree.range(pat.syntax()))) {
                return None;
            }
            let given = match self.expr(file, &arm.future) {
                Type::Future(of) => *of,
                other => library::awaited(other),
            };
            bound(&arm.pattern, given, name)
        })
    }

    /// Where an arm of a `select!` around a place binds a name, and the handler that may use it.
    pub(in super::super) fn bound_by_arm(
        &self,
        file: FileId,
        node: &SyntaxNode,
        name: &str,
    ) -> Option<(SyntaxNode, SyntaxNode)> {
        self.arms(file, node).into_iter().find_map(|arm| {
            let paths = arm.pattern.syntax().descendants();
            let mut paths = paths.filter_map(ast::PathExpr::cast);
            let found = paths.find(|p| p.syntax().text() == name)?;
            Some((found.syntax().clone(), arm.handler))
        })
    }

    /// The arms of `select!`s that have a place in their handlers, innermost first.
    fn arms(&self, file: FileId, node: &SyntaxNode) -> Vec<Arm> {
        let Some(tree) = self.index.tree(file) else {
            return Vec::new();
        };
        // nothing but macro input is in a tree of its own
        if node.ancestors().last().as_ref() == Some(&tree.root) {
            return Vec::new();
        }
        let own = tree.range(node);
        let calls = tree.ancestors(node).filter_map(ast::MacroCall::cast);
        let selects = calls.filter(|c| {
            let said = tree::macro_name(c);
            said.is_some_and(|n| matches!(n.text(), "select" | "select_biased"))
        });
        let arm = |call: ast::MacroCall| {
            let pieces = tree.pieces(&call);
            let is_around = |p: &SyntaxNode| tree.range(p).contains_range(own);
            let at = pieces.iter().position(is_around)?;
            // what is bound comes before its handler
            pieces[..at].iter().rev().find_map(|piece| {
                let tail = ast::StmtList::cast(piece.clone())?.tail_expr()?;
                let ast::Expr::BinExpr(set) = tail else {
                    return None;
                };
                let sets = matches!(set.op_kind(), Some(ast::BinaryOp::Assignment { op: None }));
                Some(Arm {
                    pattern: set.lhs()?,
                    future: set.rhs().filter(|_| sets)?,
                    handler: pieces[at].clone(),
                })
            })
        };
        selects.filter_map(arm).collect()
    }
}

/// What a name is in a pattern that was read as an expression.
fn bound(pattern: &ast::Expr, ty: Type, name: &str) -> Option<Type> {
    match pattern {
        ast::Expr::PathExpr(it) => (it.syntax().text() == name).then_some(ty),
        ast::Expr::ParenExpr(it) => bound(&it.expr()?, ty, name),
        ast::Expr::CallExpr(it) => {
            let wraps = it.expr().map(|e| e.syntax().text().to_string());
            let known = matches!(wraps.as_deref(), Some("Ok" | "Some"));
            let inner = it.arg_list()?.args().next().filter(|_| known)?;
            bound(&inner, unwrapped(ty), name)
        }
        ast::Expr::TupleExpr(it) => {
            let parts = match ty {
                Type::Tuple(parts) => parts,
                _ => return None,
            };
            it.fields()
                .zip(parts)
                .find_map(|(e, ty)| bound(&e, ty, name))
        }
        _ => None,
    }
}
