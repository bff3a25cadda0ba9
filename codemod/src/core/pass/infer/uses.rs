//! What a variable holds that says nothing of it where it is made: what is pushed, inserted, sent or assigned later.

use ra_ap_syntax::SyntaxNode;
use ra_ap_syntax::ast::{self, AstNode, HasArgList};

use super::super::super::locals::{self, Use};
use super::super::super::workspace::FileId;
use super::{Infer, Type, library};

impl Infer<'_> {
    /// The type of a variable, with what its uses tell of it.
    pub(super) fn completed(&self, file: FileId, pat: &ast::IdentPat, ty: Type) -> Type {
        let Some(stmt) = pat.syntax().ancestors().find_map(ast::LetStmt::cast) else {
            return ty;
        };
        let whole = pat.syntax().parent().as_ref() == Some(stmt.syntax());
        let init = stmt.initializer().map(|e| e.syntax().text().to_string());
        let waits = whole && (init.is_none() || init.as_deref() == Some("None"));
        if !waits && !library::is_open(&ty) {
            return ty;
        }
        // the other half of a channel is what is sent to
        let half = match (&ty, pat.syntax().parent().and_then(ast::TuplePat::cast)) {
            (Type::Outside(kind, _), Some(pair)) if kind.ends_with("Receiver") => {
                pair.fields().find_map(|p| match p {
                    ast::Pat::IdentPat(it) if it != *pat => Some(it),
                    _ => None,
                })
            }
            _ => None,
        };
        let Some(tree) = self.index.tree(file) else {
            return ty;
        };
        let uses = locals::uses_of(tree, half.as_ref().unwrap_or(pat));
        let paths = uses.into_iter().filter_map(|u| match u {
            Use::Expr(path) => Some(path.syntax().clone()),
            Use::Opaque(_) => None,
        });
        let mut told = paths.filter_map(|path| match waits {
            true => self.assigned(file, &path),
            false => self.given_later(file, &path, &ty),
        });
        told.find(|t| t.is_known() && !library::is_open(t))
            .unwrap_or(ty)
    }

    /// `held = value`.
    fn assigned(&self, file: FileId, path: &SyntaxNode) -> Option<Type> {
        let set = ast::BinExpr::cast(path.parent()?)?;
        let plain = matches!(set.op_kind(), Some(ast::BinaryOp::Assignment { op: None }));
        let target = set.lhs()?;
        let value = set.rhs().filter(|_| plain && target.syntax() == path)?;
        Some(self.expr(file, &value))
    }

    /// `list.push(value)`, `map.insert(key, value)`, `sender.send(value)`.
    fn given_later(&self, file: FileId, path: &SyntaxNode, ty: &Type) -> Option<Type> {
        let call = ast::MethodCallExpr::cast(path.parent()?)?;
        if call.receiver()?.syntax() != path {
            return None;
        }
        let args: Vec<ast::Expr> = call.arg_list()?.args().collect();
        let arg = |i: usize| args.get(i).map_or(Type::Unknown, |e| self.expr(file, e));
        let Type::Outside(kind, _) = ty.peeled() else {
            return None;
        };
        let made = |of: Vec<Type>| Some(Type::Outside(kind.clone(), of));
        match (call.name_ref()?.text(), args.len()) {
            ("push" | "push_back" | "push_front" | "insert" | "set", 1)
                if !library::is_map(kind) =>
            {
                made(vec![arg(0)])
            }
            ("insert", 2) if library::is_map(kind) => made(vec![arg(0), arg(1)]),
            ("insert", 2) => made(vec![arg(1)]),
            ("extend", 1) => match (library::items(&arg(0)), library::is_map(kind)) {
                (Type::Tuple(pair), true) => made(pair),
                (item, false) => made(vec![item]),
                _ => None,
            },
            ("blocking_send" | "send" | "try_send", 1) => made(vec![arg(0)]),
            ("spawn", 1) => match arg(0) {
                Type::Future(of) => made(vec![*of]),
                _ => None,
            },
            _ => None,
        }
    }
}
