//! Where a read asks for the bus: where it stands, or before the loop, closure or macro that it is in.

use ra_ap_syntax::ast::{self, AstNode, HasLoopBody};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::super::layout;
use super::super::locals;
use super::super::tree::FileTree;
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
}

/// Where a read can ask: a loop would ask in each round, a closure that cannot await takes what is bound outside, and so does
/// a macro that formats.
pub(super) fn reach(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> Reach {
    let scopes = await_scopes(infer, file, node, None);
    let (Some(scope), Some(tree)) = (scopes.first(), infer.index.tree(file)) else {
        return Reach::No;
    };
    let chain: Vec<SyntaxNode> = tree.ancestors(node).take_while(|n| n != scope).collect();
    let last = chain
        .windows(2)
        .rposition(|pair| repeats(&pair[0], &pair[1]) || is_held(&chain, &pair[0], &pair[1]));
    let Some(last) = last else {
        return Reach::Here;
    };
    let closure = chain.iter().any(|n| n.kind() == SyntaxKind::CLOSURE_EXPR);
    match statement(tree, scope, &chain[last + 1..]) {
        Some((list, stmt)) => Reach::Before(Hoist {
            list,
            stmt,
            closure,
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
    })
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
/// in a future that is to be `Send`. An argument that awaits as it is has met none.
fn is_held(chain: &[SyntaxNode], child: &SyntaxNode, parent: &SyntaxNode) -> bool {
    const FORMATTING: &[&str] = &[
        "anyhow",
        "assert",
        "assert_eq",
        "assert_ne",
        "bail",
        "debug",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "debug_span",
        "ensure",
        "eprint",
        "eprintln",
        "error",
        "error_span",
        "event",
        "eyre",
        "format",
        "format_args",
        "info",
        "info_span",
        "json",
        "log",
        "panic",
        "print",
        "println",
        "span",
        "todo",
        "trace",
        "trace_span",
        "unimplemented",
        "unreachable",
        "warn",
        "warn_span",
        "write",
        "writeln",
    ];
    let call = ast::MacroCall::cast(parent.clone());
    let name = call.and_then(|c| c.path()?.segment()?.name_ref());
    name.is_some_and(|n| FORMATTING.contains(&n.text()))
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
                }
                SyntaxKind::STRING => locals::mentions_in_format(t.text(), name),
                _ => false,
            })
    };
    // the accessor's own name has to stay the accessor's
    names
        .iter()
        .find(|(n, local)| n != "global_coordinator" && !used(n, !local))
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
