//! What an expression may do besides giving a value, and when it runs.
//!
//! Belongs here: conservative answers from syntax alone; "no" where it cannot be seen. Does not: names, types.

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasGenericArgs};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::{api, tree};

/// Methods that only convert or borrow.
const PURE_METHODS: &[&str] = &[
    "as_ref",
    "as_str",
    "as_deref",
    "clone",
    "display",
    "into",
    "len",
    "name",
    "to_owned",
    "to_string",
    "to_str",
    "to_string_lossy",
];

/// Macros that only build a value.
const PURE_MACROS: &[&str] = &[
    "anyhow",
    "concat",
    "eyre",
    "file",
    "format",
    "format_args",
    "line",
    "module_path",
    "stringify",
];

/// Whether dropping an expression loses nothing but its value.
pub(crate) fn is_pure(expr: &ast::Expr) -> bool {
    match expr {
        // evaluated only when called
        ast::Expr::ClosureExpr(_) | ast::Expr::Literal(_) | ast::Expr::PathExpr(_) => true,
        ast::Expr::RefExpr(it) => it.expr().is_some_and(|e| is_pure(&e)),
        ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| is_pure(&e)),
        ast::Expr::FieldExpr(it) => it.expr().is_some_and(|e| is_pure(&e)),
        ast::Expr::TupleExpr(it) => it.fields().all(|e| is_pure(&e)),
        ast::Expr::RecordExpr(it) => it.record_expr_field_list().is_some_and(|l| {
            l.spread().is_none() && l.fields().filter_map(|f| f.expr()).all(|e| is_pure(&e))
        }),
        ast::Expr::MethodCallExpr(it) => {
            it.name_ref()
                .is_some_and(|n| PURE_METHODS.contains(&n.text()))
                && it.receiver().is_some_and(|r| is_pure(&r))
                && it.arg_list().is_none_or(|l| l.args().all(|a| is_pure(&a)))
        }
        // `Error::Init(…)`, `String::from(…)`
        ast::Expr::CallExpr(it) => {
            let constructs = match it.expr() {
                Some(ast::Expr::PathExpr(p)) => {
                    p.path()
                        .and_then(|p| p.segment())
                        .and_then(|s| s.name_ref())
                        .is_some_and(|n| {
                            n.text() == "from" || n.text().starts_with(char::is_uppercase)
                        })
                        || p.path().is_some_and(|p| makes_empty(&p))
                }
                _ => false,
            };
            constructs && it.arg_list().is_some_and(|l| l.args().all(|a| is_pure(&a)))
        }
        ast::Expr::MacroExpr(it) => it.macro_call().is_some_and(|c| is_pure_macro(&c)),
        _ => false,
    }
}

/// `Vec::new`, and what else of the standard library makes something empty.
fn makes_empty(path: &ast::Path) -> bool {
    const TYPES: &[&str] = &[
        "BTreeMap", "BTreeSet", "HashMap", "HashSet", "String", "Vec", "VecDeque",
    ];
    let name = |p: &ast::Path| Some(p.segment()?.name_ref()?.text().to_string());
    let made = name(path).is_some_and(|n| matches!(n.as_str(), "new" | "with_capacity"));
    let of = path.qualifier().and_then(|q| name(&q));
    made && of.is_some_and(|of| TYPES.contains(&of.as_str()))
}

/// What a method does to a `Result` that is always `Ok`: it takes the value out (`true`), or only touches the error
/// (`false`). `None`: something else, or its arguments do more.
pub(crate) fn unwrapping(name: &str, call: &ast::MethodCallExpr) -> Option<bool> {
    let takes_out = match name {
        "unwrap" | "expect" | "unwrap_or_else" => true,
        "context" | "map_err" | "with_context" | "wrap_err" | "wrap_err_with" => false,
        _ => return None,
    };
    let pure = call
        .arg_list()
        .is_none_or(|l| l.args().all(|a| is_pure(&a)));
    pure.then_some(takes_out)
}

/// What a method does to an `Option` that is always `Some`: it takes the value out (`true`), or makes a `Result` of it
/// (`false`). `None`: something else, or its arguments do more.
pub(crate) fn asking(name: &str, call: &ast::MethodCallExpr) -> Option<bool> {
    let takes_out = match name {
        "unwrap" | "expect" => true,
        "unwrap_or_else" if panics_instead(call) => true,
        "context" | "ok_or" | "ok_or_else" | "ok_or_eyre" | "with_context" => false,
        _ => return None,
    };
    let pure = call
        .arg_list()
        .is_none_or(|l| l.args().all(|a| is_pure(&a)));
    pure.then_some(takes_out)
}

/// Whether an expression is read otherwise as a statement: one that begins with a block and goes on behind it.
pub(crate) fn begins_with_block(expr: &ast::Expr) -> bool {
    let is_block = |n: &SyntaxNode| {
        matches!(
            n.kind(),
            SyntaxKind::BLOCK_EXPR
                | SyntaxKind::FOR_EXPR
                | SyntaxKind::IF_EXPR
                | SyntaxKind::LOOP_EXPR
                | SyntaxKind::MATCH_EXPR
                | SyntaxKind::WHILE_EXPR
        )
    };
    let start = expr.syntax().text_range().start();
    let below = expr.syntax().descendants().skip(1);
    let mut first = below.take_while(|n| n.text_range().start() == start);
    !is_block(expr.syntax()) && first.any(|n| is_block(&n))
}

/// Whether a variable is surely changed where it is used.
pub(crate) fn changes(variable: &SyntaxNode) -> bool {
    const METHODS: &[&str] = &[
        "append",
        "clear",
        "drain",
        "entry",
        "extend",
        "get_mut",
        "insert",
        "iter_mut",
        "next",
        "pop",
        "pop_front",
        "push",
        "push_back",
        "push_str",
        "recv",
        "remove",
        "retain",
        "send",
        "sort",
        "take",
        "truncate",
    ];
    let mut place = variable.clone();
    while let Some(parent) = place.parent() {
        if let Some(it) = ast::BinExpr::cast(parent.clone()) {
            let assigns = matches!(it.op_kind(), Some(ast::BinaryOp::Assignment { .. }));
            return assigns && it.lhs().is_some_and(|l| *l.syntax() == place);
        }
        if let Some(it) = ast::MethodCallExpr::cast(parent.clone()) {
            let of_it = it.receiver().is_some_and(|r| *r.syntax() == place);
            return of_it && it.name_ref().is_some_and(|n| METHODS.contains(&n.text()));
        }
        if let Some(it) = ast::RefExpr::cast(parent.clone()) {
            return it.mut_token().is_some();
        }
        let goes_on = matches!(
            parent.kind(),
            SyntaxKind::FIELD_EXPR | SyntaxKind::INDEX_EXPR | SyntaxKind::PAREN_EXPR
        );
        if !goes_on {
            return false;
        }
        place = parent;
    }
    false
}

/// Whether code may be what tells the type of a `Result` or `Option` that is given around it.
pub(crate) fn may_tell_result(code: &SyntaxNode) -> bool {
    code.descendants().any(|n| {
        if let Some(it) = ast::MacroCall::cast(n.clone()) {
            return tree::macro_name(&it).is_some_and(|n| matches!(n.text(), "bail" | "ensure"));
        }
        let path = ast::PathExpr::cast(n.clone()).and_then(|p| p.path());
        path.is_some_and(|p| wraps(&p)) || ast::TryExpr::can_cast(n.kind())
    })
}

/// Whether a path names what a `Result` or an `Option` is made of.
fn wraps(path: &ast::Path) -> bool {
    let name = path.as_single_name_ref();
    name.is_some_and(|n| matches!(n.text(), "Err" | "None" | "Ok" | "Some"))
}

/// Whether code gives a `Result` or an `Option`, as far as its last part tells.
pub(crate) fn gives_wrapped(code: &SyntaxNode) -> bool {
    let last = match ast::Expr::cast(code.clone()) {
        Some(ast::Expr::BlockExpr(it)) => last_of(&it),
        expr => expr,
    };
    let path = match &last {
        Some(ast::Expr::CallExpr(it)) => match it.expr() {
            Some(ast::Expr::PathExpr(callee)) => callee.path(),
            _ => None,
        },
        Some(ast::Expr::PathExpr(it)) => it.path(),
        _ => None,
    };
    path.is_some_and(|p| wraps(&p))
}

/// What an expression may give, where it is a block, an `if` or a `match`: without what leaves it.
pub(crate) fn values(expr: &ast::Expr) -> Vec<ast::Expr> {
    let of = |e: Option<ast::Expr>| e.map_or(Vec::new(), |e| values(&e));
    match expr {
        _ if diverges(expr) => Vec::new(),
        ast::Expr::BlockExpr(it) if it.modifier().is_none() => of(last_of(it)),
        ast::Expr::ParenExpr(it) => of(it.expr()),
        ast::Expr::IfExpr(it) => {
            let mut out = of(it.then_branch().map(ast::Expr::BlockExpr));
            out.extend(match it.else_branch() {
                Some(ast::ElseBranch::Block(b)) => values(&ast::Expr::BlockExpr(b)),
                Some(ast::ElseBranch::IfExpr(i)) => values(&ast::Expr::IfExpr(i)),
                None => Vec::new(),
            });
            out
        }
        ast::Expr::MatchExpr(it) => {
            let arms = it.match_arm_list().into_iter().flat_map(|l| l.arms());
            arms.filter_map(|a| a.expr())
                .flat_map(|e| values(&e))
                .collect()
        }
        other => vec![other.clone()],
    }
}

/// Whether an expression is a number whose type it does not tell.
pub(crate) fn is_open_number(expr: &ast::Expr) -> bool {
    let of = |e: Option<ast::Expr>| e.is_some_and(|e| is_open_number(&e));
    match expr {
        ast::Expr::Literal(it) => {
            let text = it.syntax().text().to_string();
            let numeric = text.starts_with(|c: char| c.is_ascii_digit());
            let told = ["i", "u", "f3", "f6"].iter().any(|s| text.contains(s));
            numeric && (!told || text.starts_with("0x"))
        }
        ast::Expr::ParenExpr(it) => of(it.expr()),
        ast::Expr::PrefixExpr(it) => of(it.expr()),
        ast::Expr::BinExpr(it) => of(it.lhs()) && of(it.rhs()),
        _ => false,
    }
}

/// Whether an expression may make something that lives to its end, and does something there: what is called on, lent or
/// looked into on the way.
pub(crate) fn may_make_temporary(expr: &ast::Expr) -> bool {
    // give what does nothing at its end
    const METHODS: &[&str] = &[
        "as_deref",
        "as_ref",
        "as_str",
        "bytes",
        "chars",
        "copied",
        "enumerate",
        "filter",
        "iter",
        "keys",
        "len",
        "lines",
        "map",
        "rev",
        "skip",
        "split",
        "to_string",
        "trim",
        "values",
        "zip",
    ];
    const MACROS: &[&str] = &["format", "matches", "vec"];
    let is_plain = |n: &SyntaxNode| match ast::Expr::cast(n.clone()) {
        Some(ast::Expr::MethodCallExpr(it)) => it
            .name_ref()
            .is_some_and(|n| METHODS.contains(&n.text()) || api::METHODS.contains(&n.text())),
        Some(ast::Expr::MacroExpr(it)) => {
            let name = it.macro_call().and_then(|c| tree::macro_name(&c));
            name.is_some_and(|n| MACROS.contains(&n.text()))
        }
        _ => false,
    };
    let makes = |n: &SyntaxNode| {
        matches!(
            n.kind(),
            SyntaxKind::CALL_EXPR | SyntaxKind::METHOD_CALL_EXPR | SyntaxKind::MACRO_EXPR
        )
    };
    expr.syntax().descendants().filter(makes).any(|made| {
        let passes = |n: &SyntaxNode| {
            matches!(
                n.kind(),
                SyntaxKind::PAREN_EXPR | SyntaxKind::AWAIT_EXPR | SyntaxKind::TRY_EXPR
            )
        };
        let mut around = made.ancestors().skip(1).skip_while(passes);
        let is_lent = around.next().is_some_and(|n| {
            let bin = ast::BinExpr::cast(n.clone()).and_then(|b| b.op_kind());
            let compares = matches!(bin, Some(ast::BinaryOp::CmpOp(_)));
            compares
                || matches!(
                    n.kind(),
                    SyntaxKind::METHOD_CALL_EXPR
                        | SyntaxKind::FIELD_EXPR
                        | SyntaxKind::INDEX_EXPR
                        | SyntaxKind::PREFIX_EXPR
                        | SyntaxKind::REF_EXPR
                        | SyntaxKind::MATCH_EXPR
                        | SyntaxKind::LET_EXPR
                )
        });
        is_lent && !is_plain(&made)
    })
}

/// Whether the type of what an expression gives may be told by its uses alone.
pub(crate) fn leaves_type_open(expr: &ast::Expr) -> bool {
    const TYPES: &[&str] = &[
        "Arc",
        "BTreeMap",
        "BTreeSet",
        "BinaryHeap",
        "Box",
        "Cell",
        "Default",
        "HashMap",
        "HashSet",
        "LinkedList",
        "Mutex",
        "OnceCell",
        "OnceLock",
        "Option",
        "Rc",
        "RefCell",
        "RwLock",
        "Vec",
        "VecDeque",
    ];
    const METHODS: &[&str] = &[
        "collect",
        "into",
        "parse",
        "product",
        "sum",
        "try_into",
        "unwrap_or_default",
    ];
    expr.syntax().descendants().any(|n| {
        if let Some(it) = ast::MethodCallExpr::cast(n.clone()) {
            let name = it.name_ref();
            let open = name.is_some_and(|n| METHODS.contains(&n.text()));
            return open && it.generic_arg_list().is_none();
        }
        if let Some(it) = ast::MacroCall::cast(n.clone()) {
            let is_vec = tree::macro_name(&it).is_some_and(|n| n.text() == "vec");
            let input = it.token_tree().map(|t| t.syntax().text().to_string());
            return is_vec && input.is_some_and(|i| i.len() == 2);
        }
        let path = ast::PathExpr::cast(n).and_then(|p| p.path());
        path.is_some_and(|path| {
            let of = path.qualifier().and_then(|q| q.segment());
            let typed = path
                .syntax()
                .descendants()
                .any(|n| ast::GenericArgList::can_cast(n.kind()));
            let of = of.and_then(|s| s.name_ref());
            let last = path.segment().and_then(|s| s.name_ref());
            let open = match of {
                Some(of) => TYPES.contains(&of.text()),
                None => last.is_some_and(|n| n.text() == "None"),
            };
            open && !typed
        })
    })
}

/// Whether what a call does where there is nothing in an `Option` is to panic.
fn panics_instead(call: &ast::MethodCallExpr) -> bool {
    let mut args = call.arg_list().into_iter().flat_map(|l| l.args());
    let Some(ast::Expr::ClosureExpr(it)) = args.next() else {
        return false;
    };
    let takes = it.param_list().is_some_and(|l| l.params().next().is_some());
    let is_macro = |e: &ast::Expr| matches!(e, ast::Expr::MacroExpr(_)) && diverges(e);
    let panics = it.body().is_some_and(|body| is_macro(&body));
    panics && !takes
}

/// Whether an expression never gives a value, as far as its last part tells.
pub(crate) fn diverges(expr: &ast::Expr) -> bool {
    const PANICS: &[&str] = &["bail", "panic", "todo", "unimplemented", "unreachable"];
    match expr {
        ast::Expr::ReturnExpr(_) | ast::Expr::BreakExpr(_) | ast::Expr::ContinueExpr(_) => true,
        ast::Expr::BlockExpr(it) => last_of(it).is_some_and(|e| diverges(&e)),
        ast::Expr::IfExpr(it) => {
            let other = match it.else_branch() {
                Some(ast::ElseBranch::Block(b)) => diverges(&ast::Expr::BlockExpr(b)),
                Some(ast::ElseBranch::IfExpr(i)) => diverges(&ast::Expr::IfExpr(i)),
                None => false,
            };
            let some = it.then_branch().map(ast::Expr::BlockExpr);
            other && some.is_some_and(|b| diverges(&b))
        }
        ast::Expr::MatchExpr(it) => {
            let mut arms = it.match_arm_list().into_iter().flat_map(|l| l.arms());
            arms.all(|a| a.expr().is_some_and(|e| diverges(&e)))
        }
        ast::Expr::MacroExpr(it) => {
            let name = it.macro_call().and_then(|c| tree::macro_name(&c));
            name.is_some_and(|n| PANICS.contains(&n.text()))
        }
        _ => false,
    }
}

fn is_pure_macro(call: &ast::MacroCall) -> bool {
    let name = tree::macro_name(call);
    if !name.is_some_and(|n| PURE_MACROS.contains(&n.text())) {
        return false;
    }
    let Some(input) = call.token_tree() else {
        return true;
    };
    // a call inside is pure only if it is one of the known methods
    input
        .syntax()
        .descendants_with_tokens()
        .filter_map(|e| e.into_token())
        .all(|t| match t.kind() {
            SyntaxKind::IDENT => {
                let called = t
                    .next_token()
                    .is_some_and(|n| matches!(n.text(), "(" | "!"));
                !called || PURE_METHODS.contains(&t.text())
            }
            SyntaxKind::AWAIT_KW | SyntaxKind::QUESTION => false,
            _ => true,
        })
}

/// Whether a block's other statements may leave it before its end.
pub(crate) fn leaves_early(list: &SyntaxNode, tail: &SyntaxNode) -> bool {
    list.children().filter(|c| c != tail).any(|c| {
        c.descendants().any(|n| {
            matches!(
                n.kind(),
                SyntaxKind::TRY_EXPR | SyntaxKind::RETURN_EXPR | SyntaxKind::MACRO_CALL
            )
        })
    })
}

/// Whether `node` runs later than `within`, more than once, or where nothing can be awaited.
pub(crate) fn is_deferred(node: &SyntaxNode, within: &SyntaxNode) -> bool {
    node.ancestors()
        .skip(1)
        .take_while(|n| n != within)
        .chain([within.clone()])
        .any(|n| {
            matches!(
                n.kind(),
                SyntaxKind::CLOSURE_EXPR
                    | SyntaxKind::FOR_EXPR
                    | SyntaxKind::WHILE_EXPR
                    | SyntaxKind::LOOP_EXPR
                    | SyntaxKind::FN
            ) || ast::BlockExpr::cast(n).is_some_and(|b| b.async_token().is_some())
        })
}

/// Whether a block ends by leaving what is around it.
pub(crate) fn leaves(block: &ast::BlockExpr) -> bool {
    matches!(
        last_of(block),
        Some(ast::Expr::ReturnExpr(_) | ast::Expr::BreakExpr(_) | ast::Expr::ContinueExpr(_))
    )
}

/// The last expression of a block, be it a statement or what the block gives.
pub(crate) fn last_of(block: &ast::BlockExpr) -> Option<ast::Expr> {
    let list = block.stmt_list()?;
    list.tail_expr()
        .or_else(|| match list.statements().last()? {
            ast::Stmt::ExprStmt(it) => it.expr(),
            _ => None,
        })
}
