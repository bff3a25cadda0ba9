//! Whether code runs once at most, by the calls that lead to it.
//!
//! Belongs here: following calls back to `main`. Errs on the side of "more often".

use ra_ap_syntax::ast::{self, AstNode, HasName, HasVisibility};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::defs::Index;
use super::order;
use super::resolve::{Def, Namespace};
use super::search;
use super::workspace::FileId;

/// Whether a place is reached once at most: in `main`, or in a function that is called in one such place, outside of loops
/// and closures.
pub(crate) fn runs_once(index: &Index<'_>, file: FileId, node: &SyntaxNode) -> bool {
    reached(index, file, node, false, 0)
}

/// Whether a place is reached once at most in each program and test.
pub(crate) fn runs_once_in_each(index: &Index<'_>, file: FileId, node: &SyntaxNode) -> bool {
    reached(index, file, node, true, 0)
}

/// `each`: whether programs and tests are told apart.
fn reached(index: &Index<'_>, file: FileId, node: &SyntaxNode, each: bool, depth: usize) -> bool {
    const MAX_DEPTH: usize = 6;
    let Some(tree) = index.tree(file).filter(|_| depth < MAX_DEPTH) else {
        return false;
    };
    let mut function = None;
    for around in tree.ancestors(node) {
        match around.kind() {
            SyntaxKind::LOOP_EXPR
            | SyntaxKind::WHILE_EXPR
            | SyntaxKind::FOR_EXPR
            | SyntaxKind::CLOSURE_EXPR => return false,
            SyntaxKind::FN => function = ast::Fn::cast(around),
            _ => {}
        }
        // of macro input there is one around each piece
        let name = function.as_ref().and_then(ast::Fn::name);
        if name.is_some_and(|n| n.text() != "__m") {
            break;
        }
    }
    let Some((function, name)) = function.and_then(|f| Some((f.clone(), f.name()?))) else {
        return false;
    };
    if name.text() == "main" {
        return true;
    }
    let is_pub = function
        .visibility()
        .is_some_and(|v| v.syntax().text() == "pub");
    let package = index.workspace.file(file).package;
    let published = package.is_none_or(|p| index.workspace.package(p).published);
    let module = index.module_of(file, function.syntax());
    if is_pub && published && module.is_none_or(|m| index.may_be_of_library(m)) {
        return false;
    }
    let calls = calls(index, file, &function, name.text().trim_start_matches("r#"));
    match calls.as_deref() {
        // tests run once each, and what is public may run more often
        Some([]) => !is_pub,
        Some([(file, call)]) => reached(index, *file, call, each, depth + 1),
        Some(all) if each => {
            let mut roots = Vec::new();
            all.iter().all(|(file, call)| {
                let tree = index.tree(*file);
                let mut around = tree.into_iter().flat_map(|t| t.ancestors(call));
                let function = around.find_map(|n| ast::Fn::cast(n).filter(order::is_root));
                let is_first = function.is_some_and(|f| {
                    let root = (*file, f.syntax().text_range());
                    let known = roots.contains(&root);
                    roots.push(root);
                    !known
                });
                is_first && reached(index, *file, call, each, depth + 1)
            })
        }
        _ => false,
    }
}

/// Where the workspace may call a function. `None`: it is not known.
fn calls(
    index: &Index<'_>,
    file: FileId,
    function: &ast::Fn,
    name: &str,
) -> Option<Vec<(FileId, SyntaxNode)>> {
    let block = function.syntax().ancestors().find_map(ast::Impl::cast);
    let own = block
        .and_then(|b| b.self_ty())
        .map(|t| t.syntax().text().to_string());
    let has_self = function
        .param_list()
        .is_some_and(|l| l.self_param().is_some());
    let mut out = Vec::new();
    for at in search::saying(index.workspace, name) {
        let tree = index.tree(at)?;
        let text = &index.workspace.file(at).text;
        let places = search::Places::of([name]).find(text);
        for node in tree.around(places.as_deref()) {
            let Some(said) = ast::NameRef::cast(node).filter(|n| n.text() == name) else {
                // macro input may be anything
                continue;
            };
            let parent = said.syntax().parent()?;
            if said
                .syntax()
                .ancestors()
                .any(|n| ast::UseTree::can_cast(n.kind()))
            {
                continue;
            }
            let may_be = if ast::MethodCallExpr::can_cast(parent.kind()) {
                has_self
            } else if let Some(segment) = ast::PathSegment::cast(parent) {
                let path = segment.parent_path();
                match (path.qualifier(), &own) {
                    (Some(of), Some(own)) => {
                        let of_self = of.syntax().text() == "Self";
                        match index.resolve_path(at, &of, Namespace::Type) {
                            _ if of_self => file == at,
                            Def::Local(_, item) => {
                                let name = item.children().find_map(ast::Name::cast);
                                name.is_none_or(|n| own.contains(n.text()))
                            }
                            Def::Unknown => true,
                            _ => false,
                        }
                    }
                    (None, Some(_)) => false,
                    (_, None) => match index.resolve_path(at, &path, Namespace::Value) {
                        Def::Local(_, item) => item == *function.syntax(),
                        Def::Unknown => true,
                        _ => false,
                    },
                }
            } else {
                false
            };
            if may_be {
                out.push((at, said.syntax().clone()));
            }
        }
        // what macros are given is not all read
        let tokens = tree.root.descendants_with_tokens();
        let mut bare = tokens.filter_map(|e| e.into_token()).filter(|t| {
            t.text() == name
                && t.parent()
                    .is_some_and(|p| p.kind() == SyntaxKind::TOKEN_TREE)
        });
        let known = |at: &FileId, range| out.iter().any(|(f, n)| f == at && tree.range(n) == range);
        if bare.any(|t| !known(&at, t.text_range())) {
            return None;
        }
    }
    Some(out)
}
