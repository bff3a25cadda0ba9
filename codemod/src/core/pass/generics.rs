//! Type parameters that only say how a coordinator is taken: `B: Into<Arc<GlobalEventCoordinator>>`.
//!
//! Belongs here: finding the one of a parameter, and taking it out of its function. Does not: bounds of other kinds.

use ra_ap_syntax::ast::{self, AstNode, HasGenericParams, HasName, HasTypeBounds};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, TextRange};

use super::super::edit::Edit;
use super::super::layout;
use super::super::search;
use super::super::tree::FileTree;
use super::super::workspace::FileId;
use super::infer::Infer;
use super::lists;
use super::sites::is_of_trait;

/// A type parameter that one parameter of its function has, and that is asked for nothing but a conversion.
pub(super) struct Generic {
    list: ast::GenericParamList,
    param: ast::TypeParam,
    /// The predicate that bounds it.
    predicate: Option<(ast::WhereClause, ast::WherePred)>,
}

/// The one that `ty`, the type of a parameter, is. `converts`: whether a bound asks for a coordinator.
pub(super) fn of_type(
    infer: &Infer<'_>,
    ty: &ast::Type,
    converts: impl Fn(&ast::TypeBound) -> bool,
) -> Option<Generic> {
    let Some(ast::Type::PathType(of)) = lent(ty) else {
        return None;
    };
    let name = of.path()?.as_single_name_ref()?;
    let function = ty.syntax().ancestors().find_map(ast::Fn::cast)?;
    let list = function.generic_param_list()?;
    let is_it = |p: &ast::TypeParam| p.name().is_some_and(|n| n.text() == name.text());
    let param = list.generic_params().find_map(|p| match p {
        ast::GenericParam::TypeParam(it) => Some(it).filter(is_it),
        _ => None,
    })?;
    let clause = function.where_clause();
    let predicates = clause.iter().flat_map(|c| c.predicates());
    let mut own = predicates.filter(|p| p.ty().is_some_and(|t| t.syntax().text() == name.text()));
    let predicate = own.next();
    let bounds = [
        param.type_bound_list(),
        predicate.as_ref().and_then(HasTypeBounds::type_bound_list),
    ];
    let bounds: Vec<ast::TypeBound> = (bounds.into_iter().flatten())
        .flat_map(|l| l.bounds())
        .collect();
    let asked: Vec<&ast::TypeBound> = bounds.iter().filter(|b| !is_marker(b)).collect();
    let plain = matches!(asked.as_slice(), [only] if converts(only))
        && own.next().is_none()
        && param.default_type().is_none()
        && !is_of_trait(function.syntax());
    let tokens = function.syntax().descendants_with_tokens();
    let said = tokens.filter_map(NodeOrToken::into_token);
    let said = said.filter(|t| t.text() == name.text()).count();
    // a call may say it
    let turbofish = format!("{}::<", function.name()?.text());
    let files = &infer.index.workspace.files;
    let alone = said == 2 + usize::from(predicate.is_some())
        && !files.iter().any(|f| search::says(&f.text, &turbofish));
    (plain && alone).then_some(Generic {
        list,
        param,
        predicate: clause.zip(predicate),
    })
}

/// A type, or what a shared reference is to.
pub(super) fn lent(ty: &ast::Type) -> Option<ast::Type> {
    match ty {
        ast::Type::RefType(it) if it.mut_token().is_none() => it.ty(),
        other => Some(other.clone()),
    }
}

/// Whether a bound asks for nothing that a coordinator's `Arc` has not.
pub(super) fn is_marker(bound: &ast::TypeBound) -> bool {
    let text = bound.syntax().text();
    ["Clone", "Send", "Sync", "'static"]
        .iter()
        .any(|m| text == *m)
}

impl Generic {
    /// The edits that take it out of its function.
    pub(super) fn removal(&self, infer: &Infer<'_>, file: FileId) -> Vec<Edit> {
        let Some(tree) = infer.index.tree(file) else {
            return Vec::new();
        };
        let source = &infer.index.workspace.file(file).text;
        let params = self.list.generic_params();
        let params = params.map(|p| p.syntax().clone()).collect();
        let mut out = match element(tree, source, params, self.param.syntax()) {
            Some(edits) => edits,
            None => vec![Edit::delete(tree.range(self.list.syntax()))],
        };
        if let Some((clause, predicate)) = &self.predicate {
            let all = clause.predicates().map(|p| p.syntax().clone()).collect();
            out.extend(
                element(tree, source, all, predicate.syntax())
                    .unwrap_or_else(|| vec![without_clause(tree, source, clause)]),
            );
        }
        out
    }
}

/// The edits that take one element out of a list. `None`: there is no other.
fn element(
    tree: &FileTree,
    source: &str,
    all: Vec<SyntaxNode>,
    gone: &SyntaxNode,
) -> Option<Vec<Edit>> {
    let at = all.iter().position(|e| e == gone)?;
    (all.len() > 1).then(|| lists::delete(source, tree, &all, &[at]))
}

/// The edit that takes a whole clause, with the line that it begins on.
fn without_clause(tree: &FileTree, source: &str, clause: &ast::WhereClause) -> Edit {
    let range = tree.range(clause.syntax());
    let before = source[..usize::from(range.start())].trim_end();
    let comments = clause.syntax().descendants_with_tokens();
    let comments: Vec<String> = comments
        .filter_map(NodeOrToken::into_token)
        .filter(|t| t.kind() == SyntaxKind::COMMENT)
        .map(|t| t.text().to_owned())
        .collect();
    let after = &source[usize::from(range.end())..];
    let gap = after.len() - after.trim_start().len();
    let text = match comments.is_empty() {
        true => " ".to_owned(),
        false => {
            let indent = layout::indent_at(source, range.start());
            let line = format!("{}{indent}", layout::newline(source));
            format!("{line}{}{line}", comments.join(&line))
        }
    };
    let size = |n: usize| n.try_into().unwrap_or_default();
    let whole = TextRange::new(size(before.len()), range.end() + size(gap));
    Edit::replace(whole, text)
}
