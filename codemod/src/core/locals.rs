//! Local variables: which binding a name means, and where a binding is used.
//!
//! Belongs here: `let`, parameters, patterns, shadowing, captured variables, macro input. Does not: types, items.

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasLoopBody, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken};

use super::tree::FileTree;

/// A place that names a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Use {
    /// A path expression of one segment.
    Expr(ast::PathExpr),
    /// A token in macro input that cannot be read, or in a format string.
    Opaque(SyntaxToken),
}

/// Whether a name is defined where it stands, or is that of a variable or a field, and so not of an item.
pub(crate) fn is_defined_or_local(tree: &FileTree, token: &SyntaxToken) -> bool {
    let read = in_piece(tree, token);
    let token = read.as_ref().unwrap_or(token);
    let Some(own) = token.parent() else {
        return false;
    };
    let Some(around) = own.parent() else {
        return false;
    };
    match (own.kind(), around.kind()) {
        // a constant may be matched
        (SyntaxKind::NAME, SyntaxKind::IDENT_PAT) => token.text().starts_with(char::is_lowercase),
        (SyntaxKind::NAME, _)
        | (
            SyntaxKind::NAME_REF,
            SyntaxKind::FIELD_EXPR | SyntaxKind::RECORD_EXPR_FIELD | SyntaxKind::RECORD_PAT_FIELD,
        ) => true,
        (SyntaxKind::NAME_REF, SyntaxKind::PATH_SEGMENT) => {
            let path = around.parent().and_then(ast::Path::cast);
            let is_expr = path.is_some_and(|p| {
                let of = p.syntax().parent();
                p.qualifier().is_none() && of.is_some_and(|n| ast::PathExpr::can_cast(n.kind()))
            });
            is_expr && binding_of(tree, &own, token.text()).is_some()
        }
        _ => false,
    }
}

/// A token of a macro's input where that is read as Rust.
fn in_piece(tree: &FileTree, token: &SyntaxToken) -> Option<SyntaxToken> {
    let call = token.parent_ancestors().find_map(ast::MacroCall::cast)?;
    let at = token.text_range();
    let pieces = tree.pieces(&call).into_iter();
    let mut reading = pieces.filter(|p| tree.range(p).contains_range(at));
    let piece = reading.next()?;
    let offset = at.start() - tree.range(&piece).start() + piece.text_range().start();
    let found = piece.token_at_offset(offset).right_biased()?;
    // what is a macro's input in there too is read in its turn
    in_piece(tree, &found).or(Some(found))
}

/// The patterns that bind one variable: those of one name in all alternatives of the pattern that a binding is a part of.
pub(crate) fn alternatives_of(pat: &ast::IdentPat) -> Vec<ast::IdentPat> {
    let within = |n: &SyntaxNode| {
        ast::Pat::can_cast(n.kind())
            || matches!(
                n.kind(),
                SyntaxKind::RECORD_PAT_FIELD | SyntaxKind::RECORD_PAT_FIELD_LIST
            )
    };
    let around = pat.syntax().ancestors().take_while(within);
    let Some(whole) = around.filter_map(ast::OrPat::cast).last() else {
        return vec![pat.clone()];
    };
    let name = |p: &ast::IdentPat| p.name().map(|n| n.text().to_string());
    let all = whole.syntax().descendants().filter_map(ast::IdentPat::cast);
    all.filter(|p| name(p) == name(pat)).collect()
}

/// The pattern that binds `name` for code at `node`. `None`: no local variable of that name.
pub(crate) fn binding_of(tree: &FileTree, node: &SyntaxNode, name: &str) -> Option<ast::IdentPat> {
    let mut child = node.clone();
    while let Some(parent) = tree.parent(&child) {
        let found = match parent.kind() {
            SyntaxKind::STMT_LIST => binding_before(&parent, &child, name),
            // what an item holds does not see the variables around it
            SyntaxKind::FN => {
                let params = ast::Fn::cast(parent.clone()).and_then(|f| f.param_list());
                return params.and_then(|p| binding_in(p.syntax(), name));
            }
            SyntaxKind::CONST
            | SyntaxKind::STATIC
            | SyntaxKind::MODULE
            | SyntaxKind::IMPL
            | SyntaxKind::TRAIT => return None,
            SyntaxKind::CLOSURE_EXPR => ast::ClosureExpr::cast(parent.clone())
                .and_then(|c| c.param_list())
                .and_then(|p| binding_in(p.syntax(), name)),
            SyntaxKind::MATCH_ARM => {
                let pat = ast::MatchArm::cast(parent.clone()).and_then(|a| a.pat());
                pat.filter(|p| *p.syntax() != child)
                    .and_then(|p| binding_in(p.syntax(), name))
            }
            SyntaxKind::FOR_EXPR => {
                let looped = ast::ForExpr::cast(parent.clone());
                let in_body = looped
                    .as_ref()
                    .and_then(HasLoopBody::loop_body)
                    .is_some_and(|b| *b.syntax() == child);
                looped
                    .filter(|_| in_body)
                    .and_then(|f| f.pat())
                    .and_then(|p| binding_in(p.syntax(), name))
            }
            SyntaxKind::IF_EXPR => {
                let it = ast::IfExpr::cast(parent.clone());
                let in_then = it
                    .as_ref()
                    .and_then(ast::IfExpr::then_branch)
                    .is_some_and(|b| *b.syntax() == child);
                it.filter(|_| in_then)
                    .and_then(|i| i.condition())
                    .and_then(|c| binding_in_lets(c.syntax(), name))
            }
            SyntaxKind::WHILE_EXPR => {
                let it = ast::WhileExpr::cast(parent.clone());
                let in_body = it
                    .as_ref()
                    .and_then(HasLoopBody::loop_body)
                    .is_some_and(|b| *b.syntax() == child);
                it.filter(|_| in_body)
                    .and_then(|i| i.condition())
                    .and_then(|c| binding_in_lets(c.syntax(), name))
            }
            SyntaxKind::BIN_EXPR => {
                let left = ast::BinExpr::cast(parent.clone()).and_then(|b| b.lhs());
                left.filter(|l| *l.syntax() != child)
                    .and_then(|l| binding_in_lets(l.syntax(), name))
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        child = parent;
    }
    None
}

fn binding_before(list: &SyntaxNode, child: &SyntaxNode, name: &str) -> Option<ast::IdentPat> {
    list.children()
        .take_while(|c| c != child)
        .filter_map(ast::LetStmt::cast)
        .filter_map(|l| l.pat().and_then(|p| binding_in(p.syntax(), name)))
        .last()
}

fn binding_in(node: &SyntaxNode, name: &str) -> Option<ast::IdentPat> {
    node.descendants()
        .filter_map(ast::IdentPat::cast)
        .find(|p| p.name().is_some_and(|n| n.text() == name))
}

fn binding_in_lets(condition: &SyntaxNode, name: &str) -> Option<ast::IdentPat> {
    condition
        .descendants()
        .filter_map(ast::LetExpr::cast)
        .filter_map(|l| l.pat().and_then(|p| binding_in(p.syntax(), name)))
        .last()
}

/// The code in which a binding can be seen.
pub(crate) fn reach(tree: &FileTree, binding: &ast::IdentPat) -> Option<SyntaxNode> {
    tree.ancestors(binding.syntax()).skip(1).find(|n| {
        matches!(
            n.kind(),
            SyntaxKind::STMT_LIST
                | SyntaxKind::MATCH_ARM
                | SyntaxKind::CLOSURE_EXPR
                | SyntaxKind::FN
                | SyntaxKind::IF_EXPR
                | SyntaxKind::WHILE_EXPR
                | SyntaxKind::FOR_EXPR
        )
    })
}

/// Every use of a binding, in document order.
pub(crate) fn uses_of(tree: &FileTree, binding: &ast::IdentPat) -> Vec<Use> {
    let (Some(name), Some(scope)) = (binding.name(), reach(tree, binding)) else {
        return Vec::new();
    };
    let name = name.text().to_string();
    let mut uses = Vec::new();
    for node in tree.saying(&scope, &name) {
        if let Some(path) = ast::PathExpr::cast(node.clone()) {
            if is_name(&path, &name)
                && binding_of(tree, path.syntax(), &name).as_ref() == Some(binding)
            {
                uses.push(Use::Expr(path));
            }
        } else if let Some(call) = ast::MacroCall::cast(node)
            && binding_of(tree, call.syntax(), &name).as_ref() == Some(binding)
        {
            uses.extend(opaque_uses(tree, &call, &name));
        }
    }
    uses
}

/// Tokens of a macro's input that may name a variable and that no readable piece accounts for.
fn opaque_uses(tree: &FileTree, call: &ast::MacroCall, name: &str) -> Vec<Use> {
    let Some(input) = call.token_tree() else {
        return Vec::new();
    };
    let read: Vec<_> = tree.pieces(call).iter().map(|p| tree.range(p)).collect();
    input
        .syntax()
        .descendants_with_tokens()
        .filter_map(|e| e.into_token())
        .filter(|t| match t.kind() {
            SyntaxKind::IDENT => {
                t.text() == name
                    && !read.iter().any(|r| r.contains_range(tree.token_range(t)))
                    // a field or method of that name is not the variable
                    && t.prev_token().is_none_or(|p| p.text() != ".")
            }
            SyntaxKind::STRING => mentions_in_format(t.text(), name),
            _ => false,
        })
        .map(Use::Opaque)
        .collect()
}

/// Whether a format string captures `name` (`{name}`, `{name:?}`).
pub(crate) fn mentions_in_format(literal: &str, name: &str) -> bool {
    captured(literal).any(|n| n == name)
}

/// The names that a format string captures.
pub(crate) fn captured(literal: &str) -> impl Iterator<Item = &str> {
    let pieces = literal.split('{').skip(1);
    pieces.filter_map(|piece| {
        let end = piece.find(['}', ':'])?;
        let name = &piece[..end];
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        (is_name && !name.is_empty()).then_some(name)
    })
}

/// Whether a path expression is that one name.
pub(crate) fn is_name(path: &ast::PathExpr, name: &str) -> bool {
    path.path()
        .and_then(|p| p.as_single_name_ref())
        .is_some_and(|n| n.text() == name)
}

/// What `x` takes the place of where it becomes a reference: `&x`, or the whole of `x: &x`.
pub(crate) fn borrow_around(expr: &SyntaxNode) -> Option<SyntaxNode> {
    let borrow = ast::RefExpr::cast(expr.parent()?).filter(|r| r.mut_token().is_none())?;
    let field = borrow
        .syntax()
        .parent()
        .and_then(ast::RecordExprField::cast);
    let same_name =
        |f: &ast::RecordExprField| f.name_ref().is_some_and(|n| expr.text() == n.text());
    Some(match field.filter(same_name) {
        Some(field) => field.syntax().clone(),
        None => borrow.syntax().clone(),
    })
}

/// The statement `let x = &x;`, which says nothing where `x` is a reference already. `borrow`: the `&x` of `name`.
pub(crate) fn bound_again(borrow: &SyntaxNode, name: &SyntaxNode) -> Option<SyntaxNode> {
    let stmt = ast::LetStmt::cast(borrow.parent()?)?;
    let again = stmt.pat()?.syntax().text() == name.text().to_string().as_str();
    let plain = stmt.ty().is_none() && stmt.let_else().is_none();
    (again && plain).then(|| stmt.syntax().clone())
}

/// The position of an argument in its call, and the call.
pub(crate) fn argument_of(arg: &ast::Expr) -> Option<(ast::ArgList, usize)> {
    let list = ast::ArgList::cast(arg.syntax().parent()?)?;
    let at = list.args().position(|a| a.syntax() == arg.syntax())?;
    Some((list, at))
}

/// The arguments of a method call.
pub(crate) fn method_args(call: &ast::MethodCallExpr) -> Vec<ast::Expr> {
    call.arg_list()
        .map(|l| l.args().collect())
        .unwrap_or_default()
}
