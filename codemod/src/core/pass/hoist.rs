//! Where a read asks for the bus: where it stands, or before the loop, closure or macro that it is in.

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasLoopBody};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use super::super::layout;
use super::super::locals;
use super::super::purity;
use super::super::search;
use super::super::tree::{self, FileTree};
use super::super::workspace::FileId;
use super::flow::await_scopes;
use super::infer::Infer;

/// Where a read can ask.
pub(super) enum Reach {
    /// Where it stands.
    Here,
    /// Before a statement around it.
    Before(Hoist),
    /// Nowhere.
    No,
}

/// A statement that a binding is put before.
#[derive(Clone)]
pub(super) struct Hoist {
    pub(super) list: SyntaxNode,
    pub(super) stmt: SyntaxNode,
    /// Whether a closure stands between it and the read.
    pub(super) closure: bool,
    /// Whether it is the first of all that runs there.
    pub(super) first: bool,
}

/// Where a read can ask: a loop would ask in each round, a closure that cannot await takes what is bound outside, and so does
/// a macro that formats.
pub(super) fn reach(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> Reach {
    let scopes = await_scopes(infer, file, node, None);
    let (Some(scope), Some(tree)) = (scopes.first(), infer.index.tree(file)) else {
        return Reach::No;
    };
    let chain: Vec<SyntaxNode> = tree.ancestors(node).take_while(|n| n != scope).collect();
    let closure = chain.iter().any(|n| n.kind() == SyntaxKind::CLOSURE_EXPR);
    if may_hold(infer, file, node, &chain)
        && let Some((list, stmt)) = first_statement(scope)
    {
        return Reach::Before(Hoist {
            list,
            stmt,
            closure,
            first: true,
        });
    }
    let last = chain
        .windows(2)
        .rposition(|pair| repeats(&pair[0], &pair[1]) || is_held(&chain, &pair[0], &pair[1]));
    let Some(last) = last else {
        return Reach::Here;
    };
    match statement(tree, scope, &chain[last + 1..]) {
        Some((list, stmt)) => Reach::Before(Hoist {
            list,
            stmt,
            closure,
            first: false,
        }),
        None if closure => Reach::No,
        None => Reach::Here,
    }
}

/// The statement around a read that asks where it stands.
pub(super) fn around(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> Option<Hoist> {
    let scopes = await_scopes(infer, file, node, None);
    let (scope, tree) = (scopes.first()?, infer.index.tree(file)?);
    let chain: Vec<SyntaxNode> = tree.ancestors(node).take_while(|n| n != scope).collect();
    let (list, stmt) = statement(tree, scope, &chain)?;
    Some(Hoist {
        list,
        stmt,
        closure: false,
        first: false,
    })
}

/// The first statement of what can await, in the list of its body.
fn first_statement(scope: &SyntaxNode) -> Option<(SyntaxNode, SyntaxNode)> {
    let list = body_list(scope)?;
    let first = list.statements().next().map(|s| s.syntax().clone());
    let tail = || list.tail_expr().map(|t| t.syntax().clone());
    Some((list.syntax().clone(), first.or_else(tail)?))
}

/// The statements of a function, block or closure.
pub(super) fn body_list(scope: &SyntaxNode) -> Option<ast::StmtList> {
    if let Some(it) = ast::Fn::cast(scope.clone()) {
        return it.body()?.stmt_list();
    }
    if let Some(it) = ast::BlockExpr::cast(scope.clone()) {
        return it.stmt_list();
    }
    match ast::ClosureExpr::cast(scope.clone())?.body()? {
        ast::Expr::BlockExpr(it) => it.stmt_list(),
        _ => None,
    }
}

/// Whether something may be alive at a read that no `await` may meet in a future that is to be `Send`: a lock, a pointer, an
/// iterator. Types are not known well enough to tell, so whatever a call gave counts, unless it is awaited. A read that is
/// awaited itself meets nothing new.
fn may_hold(infer: &Infer<'_>, file: FileId, node: &SyntaxNode, chain: &[SyntaxNode]) -> bool {
    let Some(tree) = infer.index.tree(file) else {
        return false;
    };
    let locks = || is_lock_held(infer, file, node);
    let mut outer = node.clone();
    loop {
        let Some(parent) = outer.parent() else { break };
        match parent.kind() {
            SyntaxKind::AWAIT_EXPR => return false,
            SyntaxKind::METHOD_CALL_EXPR => {
                let call = ast::MethodCallExpr::cast(parent.clone());
                let receiver = call.and_then(|c| c.receiver());
                if receiver.is_none_or(|r| *r.syntax() != outer) {
                    break;
                }
            }
            SyntaxKind::PAREN_EXPR | SyntaxKind::REF_EXPR | SyntaxKind::PREFIX_EXPR => {}
            // a variable takes it, which is to stay where it is
            SyntaxKind::LET_STMT => return locks(),
            _ => break,
        }
        outer = parent;
    }
    locks()
        || chain.windows(2).any(|pair| {
            let (child, parent) = (&pair[0], &pair[1]);
            match parent.kind() {
                SyntaxKind::STMT_LIST if !tree.is_macro_list(parent) => parent
                    .children()
                    .take_while(|n| n != child)
                    .filter_map(ast::LetStmt::cast)
                    .any(|l| is_unsent(&l) || l.initializer().is_some_and(|e| gives_unknown(&e))),
                SyntaxKind::MATCH_EXPR => ast::MatchExpr::cast(parent.clone())
                    .and_then(|m| m.expr())
                    .is_some_and(|e| e.syntax() != child && gives_unknown(&e)),
                SyntaxKind::FOR_EXPR => ast::ForExpr::cast(parent.clone())
                    .and_then(|f| f.iterable())
                    .is_some_and(|e| e.syntax() != child && gives_unknown(&e)),
                SyntaxKind::IF_EXPR | SyntaxKind::WHILE_EXPR => parent
                    .children()
                    .take_while(|n| n != child)
                    .flat_map(|n| n.descendants())
                    .filter_map(ast::LetExpr::cast)
                    .filter_map(|l| l.expr())
                    .any(|e| gives_unknown(&e)),
                // what stands before it in the same expression
                SyntaxKind::ARG_LIST
                | SyntaxKind::ARRAY_EXPR
                | SyntaxKind::BIN_EXPR
                | SyntaxKind::METHOD_CALL_EXPR
                | SyntaxKind::RECORD_EXPR_FIELD_LIST
                | SyntaxKind::TUPLE_EXPR => parent
                    .children()
                    .take_while(|n| n != child)
                    .filter_map(|n| match ast::RecordExprField::cast(n.clone()) {
                        Some(field) => field.expr(),
                        None => ast::Expr::cast(n),
                    })
                    .any(|e| gives_unknown(&e)),
                _ => false,
            }
        })
}

/// Whether a variable has a type that may not be sent, or is a plain pointer.
fn is_unsent(stmt: &ast::LetStmt) -> bool {
    const SIGNS: &[&str] = &["Rc", "Cell", "RefCell", "dyn", "NonNull"];
    let ty = stmt.ty().map(|t| t.syntax().text().to_string());
    let pointer = stmt.initializer().is_some_and(|e| {
        let text = e.syntax().text().to_string();
        text.contains("&raw ")
    });
    pointer || ty.is_some_and(|t| search::words(&t).any(|w| SIGNS.contains(&w)) || t.contains("*"))
}

/// Whether a lock or the like is seen between the start of what can await and a read.
pub(super) fn is_lock_held(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> bool {
    const SIGNS: &[&str] = &[
        ".lock()",
        ".borrow()",
        ".borrow_mut()",
        ".read()",
        ".write()",
        ".enter()",
        ".entered()",
        "Rc::",
        "Cell::",
        "RefCell",
        "rng()",
        "UnsafeCell",
        "*mut",
        "*const",
    ];
    let scopes = await_scopes(infer, file, node, None);
    let (Some(scope), Some(tree)) = (scopes.first(), infer.index.tree(file)) else {
        return false;
    };
    let text = &infer.index.workspace.file(file).text;
    let (start, end) = (tree.range(scope).start(), tree.range(node).start());
    let before: String = text
        .get(usize::from(start)..usize::from(end))
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    // a lock that is awaited may be held
    let before = before
        .replace(".lock().await", "")
        .replace(".read().await", "")
        .replace(".write().await", "")
        .replace("OnceCell::", "");
    SIGNS.iter().any(|s| before.contains(s))
}

/// Whether the value of an expression may be of any type: a call that is not awaited, or what names a variable.
fn gives_unknown(expr: &ast::Expr) -> bool {
    const PLAIN: &[&str] = &["format", "json", "vec"];
    const PLAIN_METHODS: &[&str] = &[
        "count",
        "is_empty",
        "len",
        "to_owned",
        "to_string",
        "to_vec",
    ];
    const OF_RECEIVER: &[&str] = &["as_ref", "as_str", "clone", "into"];
    const PLAIN_FUNCTIONS: &[&str] = &[
        "Arc::clone",
        "Arc::new",
        "String::from",
        "String::new",
        "Vec::new",
    ];
    match expr {
        ast::Expr::Literal(_) | ast::Expr::AwaitExpr(_) => false,
        ast::Expr::TryExpr(it) => it.expr().is_some_and(|e| gives_unknown(&e)),
        ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| gives_unknown(&e)),
        ast::Expr::BinExpr(it) => [it.lhs(), it.rhs()]
            .into_iter()
            .flatten()
            .any(|e| gives_unknown(&e)),
        // it is alive before, or a part of something that is
        ast::Expr::PathExpr(_) | ast::Expr::FieldExpr(_) => false,
        ast::Expr::RefExpr(it) => it.expr().is_some_and(|e| gives_unknown(&e)),
        ast::Expr::MacroExpr(it) => {
            let name = it.macro_call().and_then(|c| tree::macro_name(&c));
            name.is_none_or(|n| !PLAIN.contains(&n.text()))
        }
        ast::Expr::MethodCallExpr(it) => {
            let name = it.name_ref();
            // what an error is turned into is no more than it was
            let passes = |n: &str| OF_RECEIVER.contains(&n) || purity::unwrapping(n, it).is_some();
            match name {
                Some(n) if PLAIN_METHODS.contains(&n.text()) => false,
                Some(n) if passes(n.text()) => it.receiver().is_some_and(|e| gives_unknown(&e)),
                _ => true,
            }
        }
        ast::Expr::CallExpr(it) => {
            let callee: String = match it.expr() {
                Some(e) => e.syntax().text().to_string(),
                None => return true,
            };
            let mut args = it.arg_list().into_iter().flat_map(|l| l.args());
            !PLAIN_FUNCTIONS.contains(&callee.as_str()) || args.any(|a| gives_unknown(&a))
        }
        _ => true,
    }
}

/// The innermost statement of a chain of nodes outwards, with its list, that something can be bound before.
fn statement(
    tree: &FileTree,
    scope: &SyntaxNode,
    chain: &[SyntaxNode],
) -> Option<(SyntaxNode, SyntaxNode)> {
    let found = chain.windows(2).find(|pair| {
        let is_list = pair[1].kind() == SyntaxKind::STMT_LIST && !tree.is_macro_list(&pair[1]);
        let tail = ast::StmtList::cast(pair[1].clone()).and_then(|l| l.tail_expr());
        // what a block gives may outlive what it binds
        let is_tail = tail.is_some_and(|t| *t.syntax() == pair[0]);
        let whole = pair[1]
            .parent()
            .is_some_and(|b| b == *scope || b.parent().as_ref() == Some(scope));
        is_list && (!is_tail || whole)
    })?;
    Some((found[1].clone(), found[0].clone()))
}

/// Whether a macro may hold what its other arguments are formatted by while `child` is evaluated, which no `await` may meet
/// in a future that is to be `Send`, or evaluate it where nothing can be awaited. An argument that awaits as it is has met
/// neither.
fn is_held(chain: &[SyntaxNode], child: &SyntaxNode, parent: &SyntaxNode) -> bool {
    let call = ast::MacroCall::cast(parent.clone());
    let name = call.and_then(|c| tree::macro_name(&c));
    name.is_some_and(|n| !tree::evaluates_in_place(n.text()))
        && !chain
            .iter()
            .take_while(|n| *n != child)
            .any(|n| n.kind() == SyntaxKind::AWAIT_EXPR)
}

/// Whether `parent` runs `child` more than once, or where nothing can be awaited.
fn repeats(child: &SyntaxNode, parent: &SyntaxNode) -> bool {
    match parent.kind() {
        SyntaxKind::LOOP_EXPR | SyntaxKind::WHILE_EXPR | SyntaxKind::CLOSURE_EXPR => true,
        SyntaxKind::FOR_EXPR => ast::ForExpr::cast(parent.clone())
            .and_then(|f| f.loop_body())
            .is_some_and(|b| b.syntax() == child),
        _ => false,
    }
}

/// The first of `names` that nothing in the function around `hoist` uses, but inside of the statement itself.
pub(super) fn free_name(
    tree: &FileTree,
    hoist: &Hoist,
    names: &[(String, bool)],
    goes: impl Fn(&SyntaxToken) -> bool,
) -> Option<String> {
    let function = tree
        .ancestors(&hoist.stmt)
        .find(|n| n.kind() == SyntaxKind::FN)?;
    let own = tree.range(&hoist.stmt);
    let used = |name: &str, inside_too: bool| {
        function
            .descendants_with_tokens()
            .filter_map(|e| e.into_token())
            .any(|t| match t.kind() {
                SyntaxKind::IDENT => {
                    t.text() == name
                        && (inside_too || !own.contains_range(tree.token_range(&t)))
                        && t.prev_token().is_none_or(|p| p.text() != ".")
                        && !goes(&t)
                }
                SyntaxKind::STRING => locals::mentions_in_format(t.text(), name),
                _ => false,
            })
    };
    // what is no variable would be a pattern
    let text = tree.root.text().to_string();
    let is_item = |name: &str| {
        ["const", "static", "struct"]
            .iter()
            .any(|k| search::says(&text, &format!("{k} {name}")))
    };
    // the accessor's own name has to stay the accessor's
    names
        .iter()
        .find(|(n, local)| n != "global_coordinator" && !used(n, !local) && !is_item(n))
        .map(|(n, _)| n.clone())
}

/// Where a binding before a statement is put: before the comments that are about it.
pub(super) fn place(source: &str, tree: &FileTree, stmt: &SyntaxNode) -> TextSize {
    let mut at = tree.range(stmt).start();
    let mut start = layout::line_start(source, at);
    if !source[TextRange::new(start, at)].trim().is_empty() {
        return at;
    }
    while start > TextSize::from(0) {
        let above = layout::line_start(source, start - TextSize::from(1));
        let line = &source[TextRange::new(above, start)];
        if !line.trim_start().starts_with("//") {
            break;
        }
        let blanks = line.len() - line.trim_start().len();
        at = above + TextSize::try_from(blanks).unwrap_or_default();
        start = above;
    }
    at
}
