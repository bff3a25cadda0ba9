//! Whether a pattern binds by reference: what it takes apart is one, though the pattern does not say so.
//!
//! After "default binding modes" of the Rust reference. "Unknown" where a type decides that is not known.

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasLoopBody};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::super::super::locals;
use super::super::super::workspace::FileId;
use super::{Infer, Taking, Type};

/// How many variables and calls are followed.
const MAX_DEPTH: usize = 12;

/// Methods of the standard library and its like that give references to what is in their receiver.
const LENDING: &[&str] = &[
    "as_deref",
    "as_mut",
    "as_ref",
    "as_slice",
    "back",
    "back_mut",
    "borrow",
    "borrow_mut",
    "chunks",
    "deref",
    "first",
    "first_key_value",
    "first_mut",
    "front",
    "front_mut",
    "get",
    "get_mut",
    "iter",
    "iter_mut",
    "keys",
    "last_key_value",
    "last_mut",
    "or_default",
    "or_insert",
    "or_insert_with",
    "peek",
    "range",
    "split_first",
    "split_last",
    "values",
    "values_mut",
    "windows",
];

/// Those that give what is their own.
const GIVING: &[&str] = &[
    "clone",
    "cloned",
    "drain",
    "into_inner",
    "into_iter",
    "into_values",
    "pop",
    "pop_back",
    "pop_first",
    "pop_front",
    "pop_last",
    "recv",
    "remove",
    "swap_remove",
    "take",
    "to_owned",
    "to_vec",
    "try_recv",
];

/// Those that give what their receiver gives.
const PASSING: &[&str] = &[
    "chain",
    "enumerate",
    "expect",
    "filter",
    "find",
    "flatten",
    "fuse",
    "inspect",
    "last",
    "map_err",
    "max_by",
    "max_by_key",
    "min_by",
    "min_by_key",
    "next",
    "nth",
    "ok",
    "ok_or",
    "ok_or_else",
    "peekable",
    "rev",
    "skip",
    "skip_while",
    "step_by",
    "take_while",
    "unwrap",
    "zip",
];

/// Methods that give their closures references to what goes on, whatever it is.
const TO_REFERENCES: &[&str] = &[
    "and_modify",
    "binary_search_by",
    "binary_search_by_key",
    "filter",
    "find",
    "inspect",
    "max_by",
    "max_by_key",
    "min_by",
    "min_by_key",
    "partition",
    "retain",
    "retain_mut",
    "skip_while",
    "sort_by",
    "sort_by_cached_key",
    "sort_by_key",
    "sort_unstable_by",
    "sort_unstable_by_key",
    "take_while",
];

impl Infer<'_> {
    /// Whether what a pattern binds is a reference, though its field is none.
    pub(in super::super) fn binds_reference(
        &self,
        file: FileId,
        pat: &ast::IdentPat,
    ) -> Option<bool> {
        if pat.ref_token().is_some() {
            return Some(true);
        }
        self.lends(file, pat.syntax(), 0)
    }

    /// Whether a pattern stands for a reference to what it takes apart.
    fn lends(&self, file: FileId, pattern: &SyntaxNode, depth: usize) -> Option<bool> {
        if depth > MAX_DEPTH {
            return None;
        }
        let around = pattern.parent()?;
        let of = |e: Option<ast::Expr>| self.is_lent(file, &e?, depth + 1);
        match around.kind() {
            SyntaxKind::REF_PAT => Some(false),
            SyntaxKind::TUPLE_PAT => {
                // the elements of a tuple that is written out are taken one by one
                let tuple = match scrutinee(&around) {
                    Some(ast::Expr::TupleExpr(it)) => it,
                    _ => return self.lends(file, &around, depth),
                };
                let at = around.children().position(|c| c == *pattern)?;
                of(tuple.fields().nth(at))
            }
            SyntaxKind::IDENT_PAT
            | SyntaxKind::OR_PAT
            | SyntaxKind::PAREN_PAT
            | SyntaxKind::RECORD_PAT
            | SyntaxKind::RECORD_PAT_FIELD
            | SyntaxKind::RECORD_PAT_FIELD_LIST
            | SyntaxKind::SLICE_PAT
            | SyntaxKind::TUPLE_STRUCT_PAT => self.lends(file, &around, depth),
            SyntaxKind::PARAM => {
                let param = ast::Param::cast(around.clone())?;
                match param.ty() {
                    Some(ty) => Some(matches!(ty, ast::Type::RefType(_))),
                    None => self.closure_lends(file, &around, depth),
                }
            }
            SyntaxKind::LET_STMT => {
                let stmt = ast::LetStmt::cast(around)?;
                match stmt.ty() {
                    Some(ty) => Some(matches!(ty, ast::Type::RefType(_))),
                    None => of(stmt.initializer()),
                }
            }
            SyntaxKind::FOR_EXPR => {
                let it = ast::ForExpr::cast(around)?;
                of(it.loop_body().and(it.iterable()))
            }
            _ => of(scrutinee(pattern)),
        }
    }

    /// The parameter of a closure is what the method gives it that it is an argument of.
    fn closure_lends(&self, file: FileId, param: &SyntaxNode, depth: usize) -> Option<bool> {
        let closure = param.ancestors().find_map(ast::ClosureExpr::cast)?;
        let call = ast::MethodCallExpr::cast(closure.syntax().parent()?.parent()?)?;
        let name = call.name_ref()?;
        if TO_REFERENCES.contains(&name.text()) {
            return Some(true);
        }
        self.is_lent(file, &call.receiver()?, depth + 1)
    }

    /// Whether an expression is a reference, or gives references.
    fn is_lent(&self, file: FileId, expr: &ast::Expr, depth: usize) -> Option<bool> {
        if depth > MAX_DEPTH {
            return None;
        }
        // `self` is taken for a reference, whatever it is
        let ty = || match expr.syntax().text() == "self" {
            true => self.self_type(file, expr.syntax()),
            false => self.expr(file, expr),
        };
        match self.is_lent_itself(file, expr, depth) {
            // a value that holds references may give these
            Some(false) if holds_reference(&ty()) => None,
            other => other,
        }
    }

    fn is_lent_itself(&self, file: FileId, expr: &ast::Expr, depth: usize) -> Option<bool> {
        let of = |e: Option<ast::Expr>| self.is_lent(file, &e?, depth + 1);
        match expr {
            ast::Expr::RefExpr(_) => Some(true),
            ast::Expr::ParenExpr(it) => of(it.expr()),
            ast::Expr::AwaitExpr(it) => of(it.expr()),
            ast::Expr::TryExpr(it) => of(it.expr()),
            // what is moved out of a place is owned
            ast::Expr::FieldExpr(_) | ast::Expr::IndexExpr(_) | ast::Expr::PrefixExpr(_) => {
                match self.expr(file, expr) {
                    Type::Unknown => None,
                    ty => Some(matches!(ty, Type::Ref(_))),
                }
            }
            ast::Expr::RecordExpr(_) | ast::Expr::ArrayExpr(_) | ast::Expr::MacroExpr(_) => {
                Some(false)
            }
            ast::Expr::PathExpr(it) => {
                let name = it.path()?.as_single_name_ref()?;
                let tree = self.index.tree(file)?;
                if name.text() == "self" {
                    let function = tree.ancestors(it.syntax()).find_map(ast::Fn::cast)?;
                    let own = function.param_list()?.self_param()?;
                    return Some(own.amp_token().is_some());
                }
                let pat = locals::binding_of(tree, it.syntax(), name.text())?;
                match self.lends(file, pat.syntax(), depth + 1) {
                    // an element of what is lent is lent, a value may hold a reference of its own
                    Some(false) => match self.binding(file, &pat) {
                        Type::Unknown => None,
                        ty => Some(matches!(ty, Type::Ref(_))),
                    },
                    other => other,
                }
            }
            ast::Expr::CallExpr(it) => {
                let Some(ast::Expr::PathExpr(callee)) = it.expr() else {
                    return None;
                };
                let path = callee.path()?;
                if path
                    .as_single_name_ref()
                    .is_some_and(|n| matches!(n.text(), "Ok" | "Some"))
                {
                    return of(it.arg_list()?.args().next());
                }
                let count = it.arg_list()?.args().count();
                let function = self.function_at(file, &path, Taking::Path(count))?.function;
                Some(gives_reference(&function))
            }
            ast::Expr::MethodCallExpr(it) => {
                let name = it.name_ref()?;
                let receiver = it.receiver()?;
                let ty = self.expr(file, &receiver);
                if let Type::Item(..) = ty.peeled()
                    && let Some(method) =
                        self.method(ty.peeled(), name.text(), Taking::of(it.arg_list()))
                {
                    return Some(gives_reference(&method.function));
                }
                match name.text() {
                    // of an iterator it goes on with what that gives
                    "take" if it.arg_list()?.args().next().is_some() => of(Some(receiver)),
                    "into_iter" => of(Some(receiver)),
                    name if LENDING.contains(&name) => Some(true),
                    name if GIVING.contains(&name) => Some(false),
                    name if PASSING.contains(&name) => of(Some(receiver)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn holds_reference(ty: &Type) -> bool {
    match ty {
        Type::Ref(_) => true,
        Type::Outside(_, args) | Type::Tuple(args) | Type::Item(_, _, args) => {
            args.iter().any(holds_reference)
        }
        Type::Future(of) => holds_reference(of),
        Type::Unknown | Type::Coordinator | Type::Closure(..) => false,
    }
}

/// What the pattern of a `let`, a `match` arm or the like is matched against.
fn scrutinee(pattern: &SyntaxNode) -> Option<ast::Expr> {
    let around = pattern.parent()?;
    match around.kind() {
        SyntaxKind::LET_STMT => ast::LetStmt::cast(around)?.initializer(),
        SyntaxKind::LET_EXPR => ast::LetExpr::cast(around)?.expr(),
        SyntaxKind::MATCH_ARM => around.ancestors().find_map(ast::MatchExpr::cast)?.expr(),
        _ => None,
    }
}

/// Whether the type of a function's result has a reference in it.
fn gives_reference(function: &ast::Fn) -> bool {
    let ret = function.ret_type().and_then(|r| r.ty());
    ret.is_some_and(|t| {
        let mut parts = t.syntax().descendants();
        parts.any(|n| ast::RefType::can_cast(n.kind()))
    })
}
