//! Which expressions hold a coordinator that is, or may be, the shared instance.
//!
//! Belongs here: a small type environment of locals, parameters and fields. It answers "may be": a parameter could
//! hold an isolated instance in some call, and a reviewer can tell.

use std::collections::HashSet;

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange};

use super::super::api::{self, Item};
use super::super::construct::{self, Outcome};
use super::super::locals;
use super::super::plan::Facts;
use super::super::resolve::{Def, Namespace, Ty};
use super::super::search;
use super::super::tree::FileTree;
use super::super::workspace::FileId;

pub(super) struct Holders<'a> {
    facts: &'a Facts<'a>,
    /// Patterns that hold the shared instance, by place.
    bindings: HashSet<(FileId, TextRange)>,
    /// Constructions that are written as the accessor, by place.
    shared: HashSet<(FileId, TextRange)>,
    /// Names of fields that hold coordinators.
    fields: HashSet<String>,
    /// What a file says that has an expression which may hold the shared instance.
    said: Vec<String>,
}

const MAX_HOPS: usize = 16;

impl<'a> Holders<'a> {
    pub(super) fn new(facts: &'a Facts<'a>, taken: &[bool]) -> Self {
        let mut it = Self {
            facts,
            bindings: HashSet::new(),
            shared: HashSet::new(),
            fields: HashSet::new(),
            said: Vec::new(),
        };
        let coordinator = facts.index.names_of(Item::Coordinator.name());
        let of_coordinator = |text: &str| coordinator.iter().any(|n| search::says(text, n));
        let mut makers = Vec::new();
        for (i, construction) in facts.constructions.iter().enumerate() {
            let Outcome::Accessor { rewrite, .. } = &construction.outcome else {
                continue;
            };
            let Some(tree) = facts.index.tree(construction.file).filter(|_| taken[i]) else {
                continue;
            };
            it.shared.insert((construction.file, construction.range));
            let call = construction.call.as_ref();
            let maker = call.and_then(|c| construct::enclosing_fn(tree, c.syntax()));
            let gives = |f: &ast::Fn| Some(f.ret_type()?.syntax().text().to_string());
            let maker = maker.filter(|f| gives(f).is_some_and(|t| of_coordinator(&t)));
            makers.extend(maker.and_then(|f| Some(f.name()?.text().to_string())));
            for pat in &rewrite.bindings {
                it.bindings
                    .insert((construction.file, tree.range(pat.syntax())));
            }
        }
        for file in search::rust(facts.index.workspace, of_coordinator) {
            let Some(tree) = facts.index.tree(file) else {
                continue;
            };
            for field in tree.root.descendants().filter_map(ast::RecordField::cast) {
                if let (Some(name), Some(ty)) = (field.name(), field.ty())
                    && of_coordinator(&ty.syntax().text().to_string())
                    && holds_coordinator(&facts.index.type_of(file, &ty))
                {
                    it.fields.insert(name.text().to_string());
                }
            }
        }
        let called = makers.iter().map(String::as_str);
        let called = called.chain([Item::Accessor.name()]);
        let called: Vec<_> = called.map(|n| facts.index.names_of(n)).collect();
        let said = called.iter().flat_map(|n| n.iter());
        let said = said.chain(coordinator.iter()).chain(&it.fields);
        it.said = said.cloned().collect();
        it
    }

    /// Whether a file may have an expression that may be the shared coordinator.
    pub(super) fn may_be_in(&self, file: FileId) -> bool {
        let text = &self.facts.index.workspace.file(file).text;
        self.said.iter().any(|n| search::says(text, n))
            || self.shared.iter().any(|(f, _)| *f == file)
    }

    /// Whether an expression may be the shared coordinator.
    pub(super) fn may_be_shared(&self, file: FileId, tree: &FileTree, expr: &ast::Expr) -> bool {
        self.check(file, tree, expr, 0)
    }

    /// Whether an expression may be the shared coordinator, or a variable with what was made of it.
    pub(super) fn may_own_shared(&self, file: FileId, tree: &FileTree, expr: &ast::Expr) -> bool {
        if self.may_be_shared(file, tree, expr) {
            return true;
        }
        let mut init = initializer(tree, expr);
        loop {
            let given: Vec<ast::Expr> = match &init {
                Some(ast::Expr::AwaitExpr(it)) => {
                    init = it.expr();
                    continue;
                }
                Some(ast::Expr::TryExpr(it)) => {
                    init = it.expr();
                    continue;
                }
                Some(ast::Expr::MethodCallExpr(it)) => {
                    init = it.receiver();
                    continue;
                }
                Some(ast::Expr::CallExpr(it)) => {
                    it.arg_list().into_iter().flat_map(|l| l.args()).collect()
                }
                Some(ast::Expr::RecordExpr(it)) => {
                    let fields = it.record_expr_field_list().into_iter();
                    fields
                        .flat_map(|l| l.fields())
                        .filter_map(|f| f.expr())
                        .collect()
                }
                _ => return false,
            };
            return given.iter().any(|e| self.may_be_shared(file, tree, e));
        }
    }

    fn check(&self, file: FileId, tree: &FileTree, expr: &ast::Expr, hops: usize) -> bool {
        if hops > MAX_HOPS {
            return false;
        }
        let inner = |e: Option<ast::Expr>| e.is_some_and(|e| self.check(file, tree, &e, hops + 1));
        if self
            .shared
            .iter()
            .any(|(f, r)| *f == file && *r == tree.range(expr.syntax()))
        {
            return true;
        }
        match expr {
            ast::Expr::ParenExpr(it) => inner(it.expr()),
            ast::Expr::RefExpr(it) => inner(it.expr()),
            ast::Expr::PrefixExpr(it) => inner(it.expr()),
            ast::Expr::TryExpr(it) => inner(it.expr()),
            ast::Expr::AwaitExpr(it) => inner(it.expr()),
            // what `subscribe` gives is no coordinator
            ast::Expr::MethodCallExpr(it) => {
                let asks = |n: ast::NameRef| api::METHODS.contains(&n.text());
                !it.name_ref().is_some_and(asks) && inner(it.receiver())
            }
            ast::Expr::CallExpr(it) => {
                let Some(ast::Expr::PathExpr(callee)) = it.expr() else {
                    return false;
                };
                let Some(path) = callee.path() else {
                    return false;
                };
                let def = self.facts.index.resolve_path(file, &path, Namespace::Value);
                if self.facts.index.item_of(&def) == Some(Item::Accessor) {
                    return true;
                }
                // `Arc::clone(&x)`, `Arc::new(x)`
                let passes_on = path
                    .segment()
                    .and_then(|s| s.name_ref())
                    .is_some_and(|n| matches!(n.text(), "clone" | "new"));
                (passes_on && inner(it.arg_list().and_then(|l| l.args().next())))
                    || self.is_given(file, it, None)
            }
            ast::Expr::FieldExpr(it) => {
                let known = it
                    .name_ref()
                    .is_some_and(|n| self.fields.contains(n.text()));
                let in_test = || construct::in_test(&self.facts.index, file, tree, expr.syntax());
                known && (!in_test() || self.is_of_fixture(file, tree, &it.expr()))
            }
            ast::Expr::PathExpr(it) => self.variable(file, tree, it, hops),
            _ => false,
        }
    }

    fn variable(&self, file: FileId, tree: &FileTree, path: &ast::PathExpr, hops: usize) -> bool {
        let Some(name) = path.path().and_then(|p| p.as_single_name_ref()) else {
            return false;
        };
        let Some(binding) = locals::binding_of(tree, path.syntax(), name.text()) else {
            return false;
        };
        if self
            .bindings
            .contains(&(file, tree.range(binding.syntax())))
        {
            return true;
        }
        let Some(parent) = binding.syntax().parent() else {
            return false;
        };
        if let Some(param) = ast::Param::cast(parent.clone()) {
            let in_test = construct::in_test(&self.facts.index, file, tree, &parent);
            return !in_test
                && param
                    .ty()
                    .is_some_and(|t| holds_coordinator(&self.facts.index.type_of(file, &t)));
        }
        // `let Fixture { bus, .. } = fixture().await;`
        let field = ast::RecordPatField::cast(parent.clone()).and_then(|f| f.field_name());
        let pattern = parent.ancestors().find_map(ast::RecordPat::cast);
        if let (Some(field), Some(pattern)) = (field, pattern) {
            let stmt = pattern.syntax().parent().and_then(ast::LetStmt::cast);
            let call = stmt.and_then(|l| made_by(l.initializer()?));
            return self.fields.contains(field.text())
                && call.is_some_and(|c| self.maker(file, &c).is_some());
        }
        // `let (bus, board) = fixture().await;`
        if let Some(pattern) = ast::TuplePat::cast(parent.clone()) {
            let at = pattern
                .fields()
                .position(|p| p.syntax() == binding.syntax());
            let stmt = pattern.syntax().parent().and_then(ast::LetStmt::cast);
            let call = stmt.and_then(|l| made_by(l.initializer()?));
            return at.is_some() && call.is_some_and(|c| self.is_given(file, &c, at));
        }
        ast::LetStmt::cast(parent)
            .and_then(|l| l.initializer())
            .is_some_and(|e| self.check(file, tree, &e, hops + 1))
    }

    /// Whether a variable holds what a function made that makes the shared coordinator.
    fn is_of_fixture(&self, file: FileId, tree: &FileTree, of: &Option<ast::Expr>) -> bool {
        let made = of.as_ref().and_then(|e| initializer(tree, e));
        let call = made.and_then(made_by);
        call.is_some_and(|c| self.maker(file, &c).is_some())
    }

    /// The function that is called, with its file, if it makes the shared coordinator.
    fn maker(&self, file: FileId, call: &ast::CallExpr) -> Option<(FileId, ast::Fn)> {
        let ast::Expr::PathExpr(callee) = call.expr()? else {
            return None;
        };
        let index = &self.facts.index;
        let def = index.resolve_path(file, &callee.path()?, Namespace::Value);
        let Def::Local(at, node) = def else {
            return None;
        };
        let function = ast::Fn::cast(node)?;
        let range = index.tree(at)?.range(function.syntax());
        let mut shared = self.shared.iter();
        let makes = shared.any(|(f, r)| *f == at && range.contains_range(*r));
        makes.then_some((at, function))
    }

    /// Whether a function that is called makes the shared coordinator and gives it, or gives it as an element of a tuple.
    fn is_given(&self, file: FileId, call: &ast::CallExpr, element: Option<usize>) -> bool {
        let index = &self.facts.index;
        let given = || {
            let (at, function) = self.maker(file, call)?;
            let mut ty = function.ret_type()?.ty()?;
            if let ast::Type::PathType(of) = &ty
                && matches!(index.type_of(at, &ty), Ty::Result(_))
            {
                let list = ast::HasGenericArgs::generic_arg_list(&of.path()?.segment()?)?;
                ty = match list.generic_args().next()? {
                    ast::GenericArg::TypeArg(of) => of.ty()?,
                    _ => return None,
                };
            }
            if let Some(element) = element {
                let ast::Type::TupleType(of) = &ty else {
                    return None;
                };
                ty = of.fields().nth(element)?;
            }
            Some(holds_coordinator(&index.type_of(at, &ty)))
        };
        given().unwrap_or(false)
    }

    /// Whether an assertion reads the statistics of a coordinator that may be the shared one.
    pub(super) fn reads_stats(&self, file: FileId, tree: &FileTree, call: &ast::MacroCall) -> bool {
        let from_stats = |node: &SyntaxNode| -> bool {
            node.descendants()
                .filter_map(ast::MethodCallExpr::cast)
                .any(|m| {
                    m.name_ref().is_some_and(|n| n.text() == "stats")
                        && m.receiver()
                            .is_some_and(|r| self.may_be_shared(file, tree, &r))
                })
        };
        tree.pieces(call).iter().any(|piece| {
            from_stats(piece)
                || piece
                    .descendants()
                    .filter_map(ast::PathExpr::cast)
                    .any(|path| {
                        let Some(name) = path.path().and_then(|p| p.as_single_name_ref()) else {
                            return false;
                        };
                        locals::binding_of(tree, path.syntax(), name.text())
                            .and_then(|b| b.syntax().parent())
                            .filter(|p| p.kind() == SyntaxKind::LET_STMT)
                            .and_then(ast::LetStmt::cast)
                            .and_then(|l| l.initializer())
                            .is_some_and(|e| from_stats(e.syntax()))
                    })
        })
    }
}

/// What the variable that an expression names is bound to.
fn initializer(tree: &FileTree, expr: &ast::Expr) -> Option<ast::Expr> {
    let ast::Expr::PathExpr(path) = expr else {
        return None;
    };
    let name = path.path()?.as_single_name_ref()?;
    let pat = locals::binding_of(tree, expr.syntax(), name.text())?;
    ast::LetStmt::cast(pat.syntax().parent()?)?.initializer()
}

/// The call that gives a value, before it is awaited and taken out.
fn made_by(mut expr: ast::Expr) -> Option<ast::CallExpr> {
    loop {
        expr = match expr {
            ast::Expr::AwaitExpr(it) => it.expr()?,
            ast::Expr::TryExpr(it) => it.expr()?,
            ast::Expr::MethodCallExpr(it) => it.receiver()?,
            ast::Expr::CallExpr(it) => return Some(it),
            _ => return None,
        };
    }
}

fn holds_coordinator(ty: &Ty) -> bool {
    match ty {
        Ty::Item(item) => *item == Item::Coordinator,
        Ty::Arc(inner) | Ty::Ref(inner) | Ty::Option(inner) => holds_coordinator(inner),
        Ty::Result(_) | Ty::Other => false,
    }
}
