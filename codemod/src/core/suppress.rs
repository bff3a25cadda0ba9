//! `// coordinator-codemod: keep`: code that a person wants left as it is.
//!
//! Belongs here: what a comment covers, and whether it has an effect. Does not: what keeping means (`construct`, `pass`).

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

use super::catalog;
use super::climb::Left;
use super::defs::Index;
use super::search;
use super::workspace::FileId;

const MARK: &str = "coordinator-codemod: keep";

/// A comment that keeps what it covers.
#[derive(Debug, Clone)]
pub(crate) struct Suppression {
    pub(crate) file: FileId,
    /// The comment.
    pub(crate) comment: TextRange,
    /// What it covers: an item, a statement, a field, a parameter. `None`: nothing.
    covered: Option<TextRange>,
    reason: String,
}

impl Suppression {
    pub(crate) fn covers(&self, file: FileId, range: TextRange) -> bool {
        self.file == file && self.covered.is_some_and(|c| c.contains_range(range))
    }

    pub(crate) fn left(&self) -> Left {
        let message = match self.reason.as_str() {
            "" => "kept, as the comment asks".to_owned(),
            reason => format!("kept, as the comment asks: {reason}"),
        };
        Left::new(catalog::SUPPRESSED, message)
    }
}

/// All of them.
pub(crate) fn find(index: &Index<'_>) -> Vec<Suppression> {
    let mut out = Vec::new();
    for (i, source) in index.workspace.files.iter().enumerate() {
        if !search::says(&source.text, MARK) {
            continue;
        }
        let file = FileId(i);
        let Some(tree) = index.tree(file).filter(|t| !t.has_errors) else {
            continue;
        };
        let tokens = tree.root.descendants_with_tokens();
        for token in tokens.filter_map(NodeOrToken::into_token) {
            if token.kind() != SyntaxKind::COMMENT {
                continue;
            }
            let text = token.text().trim_start_matches(['/', '*']).trim_start();
            let Some(reason) = text.strip_prefix(MARK) else {
                continue;
            };
            let reason = reason.trim_end_matches("*/").trim();
            out.push(Suppression {
                file,
                comment: token.text_range(),
                covered: covered(&token).map(|n| n.text_range()),
                reason: reason.trim_start_matches([':', '-', ',']).trim().to_owned(),
            });
        }
    }
    out
}

/// What a comment is about: what ends on its line, if it stands behind code; else what starts after it.
fn covered(comment: &SyntaxToken) -> Option<SyntaxNode> {
    let before = std::iter::successors(comment.prev_token(), SyntaxToken::prev_token)
        .take_while(|t| !(t.kind() == SyntaxKind::WHITESPACE && t.text().contains('\n')))
        .find(|t| t.kind() != SyntaxKind::WHITESPACE);
    // `{ // …` is about what comes
    if let Some(token) = before.filter(|t| !matches!(t.text(), "{" | "(" | "[")) {
        return token.parent_ancestors().find(is_unit);
    }
    let next = std::iter::successors(comment.next_token(), SyntaxToken::next_token)
        .find(|t| !matches!(t.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))?;
    let starts = |node: &SyntaxNode| {
        let first = node
            .descendants_with_tokens()
            .filter_map(NodeOrToken::into_token)
            .find(|t| !matches!(t.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT));
        first.as_ref() == Some(&next)
    };
    next.parent_ancestors()
        .take_while(starts)
        .filter(is_unit)
        .last()
}

fn is_unit(node: &SyntaxNode) -> bool {
    let in_list = node
        .parent()
        .is_some_and(|p| p.kind() == SyntaxKind::STMT_LIST);
    in_list
        || ast::Item::can_cast(node.kind())
        || matches!(
            node.kind(),
            SyntaxKind::RECORD_FIELD
                | SyntaxKind::TUPLE_FIELD
                | SyntaxKind::VARIANT
                | SyntaxKind::PARAM
                | SyntaxKind::MATCH_ARM
                | SyntaxKind::RECORD_EXPR_FIELD
        )
}
