//! What a runtime waits for, as blocks that can ask for the bus: `rt.block_on(self.bus.publish(event))` as
//! `rt.block_on(async { self.bus.publish(event).await })`.
//!
//! Belongs here: finding such calls, and whether what a plan writes needs their blocks. Does not: what becomes of the
//! reads in them (`pass`).

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, AstNode, HasArgList};
use ra_ap_syntax::{NodeOrToken, T, TextRange};

use super::api;
use super::defs::Index;
use super::edit::Edit;
use super::search::{self, Places};
use super::workspace::FileId;

/// The call of a coordinator's method that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waited {
    file: FileId,
    whole: TextRange,
    receiver: TextRange,
}

impl Waited {
    /// Whether edits write something else for what the method is called on.
    pub(crate) fn is_rewritten(&self, edits: &BTreeMap<FileId, Vec<Edit>>) -> bool {
        let mut own = edits.get(&self.file).into_iter().flatten();
        own.any(|e| {
            let common = e.range.intersect(self.receiver);
            common.is_some_and(|r| !r.is_empty())
        })
    }
}

/// The edits that make blocks of the calls.
pub(crate) fn edits(calls: &[Waited]) -> BTreeMap<FileId, Vec<Edit>> {
    let mut out: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for it in calls {
        let own = out.entry(it.file).or_default();
        own.push(Edit::insert(it.whole.start(), "async { "));
        own.push(Edit::insert(it.whole.end(), ".await }"));
    }
    out
}

/// All such calls outside of macros.
pub(crate) fn find(index: &Index<'_>) -> Vec<Waited> {
    const NAME: &str = "block_on";
    let places = Places::of([NAME]);
    let mut out = Vec::new();
    for file in search::saying(index.workspace, NAME) {
        let source = index.workspace.file(file);
        let Some(tree) = index
            .tree(file)
            .filter(|t| !t.has_errors && source.writable)
        else {
            continue;
        };
        for node in tree.outside_macros(&places.find(&source.text).unwrap_or_default()) {
            let (name, list) = if let Some(call) = ast::MethodCallExpr::cast(node.clone()) {
                (call.name_ref(), call.arg_list())
            } else if let Some(call) = ast::CallExpr::cast(node) {
                let path = match call.expr() {
                    Some(ast::Expr::PathExpr(p)) => p.path(),
                    _ => None,
                };
                (path.and_then(|p| p.segment()?.name_ref()), call.arg_list())
            } else {
                continue;
            };
            let args: Vec<ast::Expr> = list.into_iter().flat_map(|l| l.args()).collect();
            if let [ast::Expr::MethodCallExpr(asked)] = args.as_slice()
                && name.is_some_and(|n| n.text() == NAME)
                && let Some(receiver) = asks(asked)
            {
                out.push(Waited {
                    file,
                    whole: tree.range(asked.syntax()),
                    receiver: tree.range(receiver.syntax()),
                });
            }
        }
    }
    out.sort_by_key(|it| (it.file, it.whole.start()));
    out
}

/// What a method that may be a coordinator's is called on, if the call means the same in a block of its own.
fn asks(call: &ast::MethodCallExpr) -> Option<ast::Expr> {
    let receiver = call.receiver()?;
    let mut base = receiver.clone();
    while let ast::Expr::FieldExpr(it) = &base {
        base = it.expr()?;
    }
    let tokens = call.syntax().descendants_with_tokens();
    let mut kinds = tokens.filter_map(NodeOrToken::into_token).map(|t| t.kind());
    let leaves = |kind| {
        matches!(
            kind,
            T![?] | T![await] | T![return] | T![break] | T![continue]
        )
    };
    let known = api::METHODS.contains(&call.name_ref()?.text());
    let is_path = matches!(base, ast::Expr::PathExpr(_));
    let stays = !kinds.any(leaves);
    (known && is_path && stays).then_some(receiver)
}
