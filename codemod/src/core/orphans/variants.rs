//! Variants that nothing makes any more, and the arms that match them.
//!
//! Belongs here: what has to be true for both to go. Does not: whether anything makes one (`orphans`).

use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, T, TextRange};

use super::super::defs::Index;
use super::super::docs;
use super::super::edit::Edit;
use super::super::layout;
use super::super::search;
use super::super::tree::FileTree;
use super::super::workspace::{FileId, Language};
use super::{Edits, Item, is_of};

/// An edit, and the code that goes with it.
pub(super) struct Removal {
    pub(super) file: FileId,
    pub(super) edit: Edit,
    pub(super) range: TextRange,
}

/// What takes a variant that only patterns name, and the arms that match it. `None`: it stays.
pub(super) fn removal(index: &Index<'_>, edits: &Edits, item: &Item) -> Option<Vec<Removal>> {
    let variant = ast::Variant::cast(item.node.clone())?;
    let of = item.node.ancestors().find_map(ast::Enum::cast)?;
    let tree = index.tree(item.file)?;
    let goes = |file: FileId, range: TextRange| {
        let own = edits.get(&file).map_or(&[][..], Vec::as_slice);
        own.iter().any(|e| e.range.contains_range(range))
    };
    let all: Vec<ast::Variant> = of.variant_list()?.variants().collect();
    let others: Vec<String> = (all.iter())
        .filter(|v| **v != variant && !goes(item.file, tree.range(v.syntax())))
        .filter_map(|v| Some(v.name()?.text().to_string()))
        .collect();
    // a number may be made of one without fields
    let has_fields = all.iter().any(|v| v.field_list().is_some());
    let is_number = |a: ast::Attr| a.syntax().text().to_string().contains("repr");
    let has_numbers = all.iter().any(|v| v.eq_token().is_some()) || of.attrs().any(is_number);
    let is_cfg = |a: ast::Attr| a.syntax().text().to_string().contains("cfg");
    if others.is_empty() || variant.attrs().any(is_cfg) {
        return None;
    }
    if !has_fields && (has_numbers || casts(index, item.file)) {
        return None;
    }
    // one variant alone always matches
    let alone = others.first().filter(|_| others.len() == 1);
    let mut out = vec![declaration(index, item, tree)?];
    let enum_name = of.name()?.text().to_string();
    let workspace = index.workspace;
    let package = workspace.file(item.file).package;
    let own = tree.range(of.syntax());
    for (i, source) in workspace.files.iter().enumerate() {
        let file = FileId(i);
        if source.package != package || source.language != Language::Rust {
            continue;
        }
        if !search::says(&source.text, &item.name) && !search::says(&source.text, &enum_name) {
            continue;
        }
        let tree = index.tree(file)?;
        for it in tree
            .descendants(&tree.root)
            .into_iter()
            .filter_map(ast::MatchExpr::cast)
        {
            if closes(&it, &enum_name, &item.name, &others) {
                return None;
            }
        }
        let tokens = tree.root.descendants_with_tokens();
        let tokens = tokens.filter_map(|e| e.into_token());
        for token in tokens.filter(|t| t.kind() == SyntaxKind::IDENT) {
            if alone.is_some_and(|a| a == token.text()) && is_asked(&token) {
                return None;
            }
            if token.text() != item.name {
                continue;
            }
            let range = tree.token_range(&token);
            let in_enum = file == item.file && own.contains_range(range);
            if in_enum || goes(file, range) {
                continue;
            }
            let is_own = is_of(index, file, &token, (item.file, &of));
            if is_own == Some(false) {
                continue;
            }
            // one that a macro asks for, and one that may be another's, stay
            let in_macro = token
                .parent()
                .is_some_and(|n| ast::TokenTree::can_cast(n.kind()));
            if in_macro || is_own.is_none() || !source.writable {
                return None;
            }
            out.push(arm(index, file, tree, &token)?);
        }
    }
    let mut matches: Vec<(SyntaxNode, usize)> = Vec::new();
    out.sort_by_key(|r| (r.file, r.range.start()));
    out.dedup_by_key(|r| (r.file, r.range));
    for it in &out[..] {
        let tree = index.tree(it.file)?;
        let token = tree.root.token_at_offset(it.range.start()).right_biased()?;
        let arm = token.parent_ancestors().find_map(ast::MatchArm::cast);
        let list = arm.filter(|a| tree.range(a.syntax()) == it.range);
        if let Some(list) = list.and_then(|a| a.syntax().parent()) {
            match matches.iter_mut().find(|(l, _)| *l == list) {
                Some((_, gone)) => *gone += 1,
                None => matches.push((list, 1)),
            }
        }
    }
    let lean = |(list, gone): &(SyntaxNode, usize)| {
        let arms: Vec<ast::MatchArm> = list.children().filter_map(ast::MatchArm::cast).collect();
        let empty = arms.iter().any(|a| is_empty(a.expr()));
        arms.len() - gone < 1 + usize::from(empty)
    };
    (!matches.iter().any(lean)).then_some(out)
}

/// Whether anything in a file's package is cast to a type.
fn casts(index: &Index<'_>, file: FileId) -> bool {
    let workspace = index.workspace;
    let package = workspace.file(file).package;
    let files = workspace.files.iter().enumerate();
    let mut own = files.filter(|(_, f)| f.package == package && search::says(&f.text, "as"));
    own.any(|(i, _)| {
        let tree = index.tree(FileId(i));
        tree.is_none_or(|t| {
            let mut nodes = t.descendants(&t.root).into_iter();
            nodes.any(|n| ast::CastExpr::can_cast(n.kind()))
        })
    })
}

/// The variant's own lines.
fn declaration(index: &Index<'_>, item: &Item, tree: &FileTree) -> Option<Removal> {
    let range = tree.range(&item.node);
    let source = &index.workspace.file(item.file).text;
    let after = std::iter::successors(
        item.node.last_token()?.next_token(),
        SyntaxToken::next_token,
    );
    let comma = after
        .take_while(|t| matches!(t.kind(), SyntaxKind::WHITESPACE | T![,]))
        .find(|t| t.kind() == T![,]);
    let end = comma.map_or(range.end(), |c| tree.token_range(&c).end());
    let whole = TextRange::new(range.start(), end);
    let comments = layout::comments_in(source, index.edition(item.file), whole, &[]);
    comments.iter().all(|c| docs::is_doc(c)).then(|| Removal {
        file: item.file,
        edit: Edit::delete(layout::whole_lines(source, whole)),
        range,
    })
}

/// The arm, or the alternative of one, that a pattern's variant stands in.
fn arm(index: &Index<'_>, file: FileId, tree: &FileTree, token: &SyntaxToken) -> Option<Removal> {
    let source = &index.workspace.file(file).text;
    let mut pat = token.parent_ancestors().find_map(ast::Pat::cast)?;
    loop {
        let around = pat.syntax().parent()?;
        if let Some(next) = ast::Pat::cast(around.clone()) {
            if let ast::Pat::OrPat(or) = &next {
                return alternative(file, tree, source, or, &pat);
            }
            pat = next;
        } else if matches!(
            around.kind(),
            SyntaxKind::TUPLE_STRUCT_PAT
                | SyntaxKind::RECORD_PAT_FIELD
                | SyntaxKind::RECORD_PAT_FIELD_LIST
        ) {
            pat = around.ancestors().find_map(ast::Pat::cast)?;
        } else {
            let arm = ast::MatchArm::cast(around)?;
            let range = tree.range(arm.syntax());
            let comments = layout::comments_in(source, index.edition(file), range, &[]);
            return comments.is_empty().then(|| Removal {
                file,
                edit: Edit::delete(layout::whole_lines(source, range)),
                range,
            });
        }
    }
}

fn alternative(
    file: FileId,
    tree: &FileTree,
    source: &str,
    or: &ast::OrPat,
    pat: &ast::Pat,
) -> Option<Removal> {
    let all: Vec<ast::Pat> = or.pats().collect();
    let at = all.iter().position(|p| p == pat)?;
    let range = tree.range(pat.syntax());
    // with the bar after it, or before the last one
    let whole = match all.get(at + 1) {
        Some(next) => TextRange::new(range.start(), tree.range(next.syntax()).start()),
        None => TextRange::new(
            tree.range(all.get(at.checked_sub(1)?)?.syntax()).end(),
            range.end(),
        ),
    };
    let text = &source[std::ops::Range::from(whole)];
    let plain = !text.contains("//") && !text.contains("/*");
    (plain && all.len() > 1).then(|| Removal {
        file,
        edit: Edit::delete(whole),
        range,
    })
}

/// Whether a match does not name the variant, and would have an arm for all others that nothing reaches.
fn closes(it: &ast::MatchExpr, of: &str, variant: &str, others: &[String]) -> bool {
    let arms: Vec<ast::MatchArm> = it
        .match_arm_list()
        .into_iter()
        .flat_map(|l| l.arms())
        .collect();
    let said = |name: &String| {
        arms.iter().filter(|a| a.guard().is_none()).any(|a| {
            let text = a.pat().map(|p| p.syntax().text().to_string());
            text.is_some_and(|t| {
                ["Self", of]
                    .iter()
                    .any(|q| t.contains(&format!("{q}::{name}")))
            })
        })
    };
    let open = arms.iter().any(|a| {
        a.pat().is_some_and(|p| {
            let mut nodes = p.syntax().descendants();
            nodes.any(|n| matches!(n.kind(), SyntaxKind::WILDCARD_PAT | SyntaxKind::IDENT_PAT))
        })
    });
    open && !said(&variant.to_owned()) && others.iter().all(said)
}

/// Whether a token stands in a pattern of an `if let`, a `let … else` or the like, or in a macro, and is all that may fail
/// to match there.
fn is_asked(token: &SyntaxToken) -> bool {
    // `Err(Failure::Closed)`
    let before = std::iter::successors(token.prev_token(), SyntaxToken::prev_token);
    let mut before = before.filter(|t| t.kind() != SyntaxKind::WHITESPACE);
    let opens = before.by_ref().find(|t| {
        !matches!(
            t.kind(),
            SyntaxKind::IDENT | T![::] | T![:] | T![&] | T![Self]
        )
    });
    let of = before.next();
    if opens.is_some_and(|t| t.kind() == T!['('])
        && of.is_some_and(|t| matches!(t.text(), "Err" | "Ok" | "Some"))
    {
        return false;
    }
    let in_macro = token
        .parent_ancestors()
        .any(|n| ast::TokenTree::can_cast(n.kind()));
    let patterns = token.parent_ancestors().filter_map(ast::Pat::cast);
    let around = patterns.last().and_then(|p| p.syntax().parent());
    in_macro
        || around.is_some_and(|n| {
            ast::LetExpr::can_cast(n.kind())
                || ast::LetStmt::cast(n).is_some_and(|l| l.let_else().is_some())
        })
}

fn is_empty(expr: Option<ast::Expr>) -> bool {
    match expr {
        Some(ast::Expr::BlockExpr(it)) => it
            .stmt_list()
            .is_some_and(|l| l.tail_expr().is_none() && l.statements().next().is_none()),
        Some(ast::Expr::TupleExpr(it)) => it.fields().next().is_none(),
        _ => false,
    }
}
