//! What is left when all is done, and is no slot: the coordinator's type in bounds, pointers to functions and parts of other
//! types; functions that do nothing any more, traits that have nothing.
//!
//! Belongs here: finding it, so that nothing is left in silence. Does not: deciding.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

use super::super::api::Item;
use super::super::catalog;
use super::super::edit::Edit;
use super::super::finding::Finding;
use super::super::resolve::{Def, Namespace};
use super::super::search::Places;
use super::super::tree::{self, FileTree};
use super::super::workspace::{FileId, Language};
use super::decide::Decision;
use super::infer::Infer;
use super::key_of;
use super::sites::Sites;
use super::slots::{Function, Slots, is_said};

/// A finding for each item or closure that says the type outside of slots and edits.
pub(super) fn findings(
    infer: &Infer<'_>,
    slots: &Slots,
    edits: &BTreeMap<FileId, Vec<Edit>>,
) -> Vec<Finding> {
    let workspace = infer.index.workspace;
    let names = Places::of(&slots.type_names);
    let mut out = Vec::new();
    for (i, source) in workspace.files.iter().enumerate() {
        let file = FileId(i);
        // what examples show is told of in their own way
        if source.language != Language::Rust || !source.writable || source.example.is_some() {
            continue;
        }
        let places = names.find(&source.text);
        if places.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let Some(tree) = infer.index.tree(file).filter(|t| !t.has_errors) else {
            continue;
        };
        let own = edits.get(&file).map_or(&[][..], Vec::as_slice);
        let mut told: Vec<SyntaxNode> = Vec::new();
        for node in tree.around(places.as_deref()) {
            if let Some(it) = ast::MacroRules::cast(node.clone()) {
                out.extend(in_macro(file, tree, &it, &slots.type_names));
            }
            if let Some(it) = ast::MacroCall::cast(node.clone()) {
                let found = in_input(infer, file, tree, &it, &slots.type_names);
                let stays = |f: &Finding| !own.iter().any(|e| e.range.contains_range(f.range));
                out.extend(found.filter(stays));
            }
            let Some(path) = ast::PathType::cast(node).and_then(|t| t.path()) else {
                continue;
            };
            let Some(around) = around(path.syntax()) else {
                continue;
            };
            let range = tree.range(path.syntax());
            let covers = |r: TextRange| r.contains_range(range);
            let in_slot = slots.all.iter().any(|s| {
                // a function that gives one is named by its name alone
                let of = tree.range(&s.node);
                s.file == file && (covers(s.range) || (covers(of) && is_result(&path)))
            });
            if in_slot || own.iter().any(|e| covers(e.range)) || told.contains(&around) {
                continue;
            }
            if !is_said(infer, file, slots, &path) {
                // the imports are those of what includes it
                if infer.index.is_included(file) && is_unknown(infer, file, &path) {
                    told.push(around);
                    let message =
                        "a file that no module declares says the coordinator's type, which stays";
                    out.push(
                        Finding::new(catalog::UNRESOLVED, file, range, message).with_help(
                            "declare the file by `mod` in the place of `include!`, or change it by hand",
                        ),
                    );
                }
                continue;
            }
            told.push(around);
            let message = "the coordinator's type is part of another type here, which stays";
            out.push(
                Finding::new(catalog::NESTED_TYPE, file, range, message).with_help(
                    "ask for `global_coordinator().await` where it is used, then remove it by hand",
                ),
            );
        }
    }
    out
}

/// A macro of one's own that writes the type: a field, a parameter. What it constructs is told of with the constructions.
fn in_macro(
    file: FileId,
    tree: &FileTree,
    it: &ast::MacroRules,
    type_names: &[String],
) -> Option<Finding> {
    let tokens = it.syntax().descendants_with_tokens();
    let mut tokens = tokens.filter_map(|e| e.into_token());
    let writes = |t: &SyntaxToken| {
        let next = std::iter::successors(t.next_token(), SyntaxToken::next_token);
        let mut next = next.skip_while(|t| t.kind() == SyntaxKind::WHITESPACE);
        type_names.iter().any(|n| n == t.text()) && next.next().is_none_or(|t| t.text() != ":")
    };
    let said = tokens.find(writes)?;
    let name = it.name()?;
    let message = format!(
        "the macro `{}` writes the coordinator's type, which stays",
        name.text()
    );
    let range = tree.token_range(&said);
    Some(
        Finding::new(catalog::UNREADABLE_MACRO, file, range, message)
            .with_help("ask for `global_coordinator().await` in what the macro writes, by hand"),
    )
}

/// The input of a macro that is not read, and says the type: `task_local! { static BUS: Arc<…>; }`.
fn in_input(
    infer: &Infer<'_>,
    file: FileId,
    tree: &FileTree,
    it: &ast::MacroCall,
    type_names: &[String],
) -> Option<Finding> {
    let pieces = tree.pieces(it);
    let is_read = |t: &SyntaxToken| {
        let range = tree.token_range(t);
        pieces.iter().any(|p| tree.range(p).contains_range(range))
    };
    let index = infer.index;
    let text = |t: Option<SyntaxToken>| t.map_or(String::new(), |t| t.text().to_owned());
    let is_type = |t: &SyntaxToken| {
        // at the end of a path
        if text(t.prev_token()) == ":" {
            return t.text() == Item::Coordinator.name();
        }
        let names = [t.text().to_owned()];
        match index.resolve(file, it.syntax(), &names, false, Namespace::Type) {
            Def::Local(_, node) => ast::TypeAlias::can_cast(node.kind()),
            def => index.item_of(&def) == Some(Item::Coordinator),
        }
    };
    let said = it.token_tree()?.syntax().descendants_with_tokens();
    let said = said.filter_map(|e| e.into_token()).find(|t| {
        type_names.iter().any(|n| n == t.text())
            && text(t.next_token()) != ":"
            && !is_read(t)
            && is_type(t)
    })?;
    let name = tree::macro_name(it)?;
    let message = format!(
        "the input of the macro `{}` says the coordinator's type, which stays",
        name.text()
    );
    Some(
        Finding::new(
            catalog::UNREADABLE_MACRO,
            file,
            tree.token_range(&said),
            message,
        )
        .with_help("ask for `global_coordinator().await` where it is used, then remove it by hand"),
    )
}

/// Functions that only set what goes: they do nothing now.
pub(super) fn shells(
    infer: &Infer<'_>,
    slots: &Slots,
    sites: &Sites,
    decision: &Decision,
    edits: &BTreeMap<FileId, Vec<Edit>>,
) -> Vec<Finding> {
    let mut out = Vec::new();
    let goes = |function: &Function| {
        let mut setters = sites.setters.iter();
        setters.any(|s| s.node == function.node && s.file == function.file && decision.sets(s))
    };
    for function in slots.functions.values().filter(|f| !goes(f)) {
        let Some(it) = ast::Fn::cast(function.node.clone()) else {
            continue;
        };
        let (Some(list), Some(name)) = (it.body().and_then(|b| b.stmt_list()), it.name()) else {
            continue;
        };
        let of_static = |stmt: &SyntaxNode| {
            let mut all = sites.sets.iter();
            all.any(|(cell, file, s)| {
                decision.removed(*cell) && *file == function.file && s == stmt
            })
        };
        let sets = |stmt: ast::Stmt| {
            if of_static(stmt.syntax()) {
                return true;
            }
            let ast::Stmt::ExprStmt(stmt) = stmt else {
                return false;
            };
            let Some(ast::Expr::BinExpr(set)) = stmt.expr() else {
                return false;
            };
            let key = set
                .lhs()
                .map(|l| key_of(infer.index, function.file, l.syntax()));
            let root = key.and_then(|k| sites.at.get(&k));
            root.is_some_and(|r| sites.roots[*r].assigned_away(&decision.kept))
        };
        let mut statements = list.statements().peekable();
        let tail = list.tail_expr().map(|t| t.syntax().text().to_string());
        let gives_itself = tail.is_none_or(|t| matches!(t.as_str(), "self" | "()" | "Ok(())"));
        if statements.peek().is_none() || !gives_itself || !statements.all(sets) {
            continue;
        }
        let Some(tree) = infer.index.tree(function.file) else {
            continue;
        };
        let own = edits.get(&function.file).map_or(&[][..], Vec::as_slice);
        if goes_whole(own, tree.range(name.syntax())) {
            continue;
        }
        let message = format!(
            "`{}` does nothing now: it only set the coordinator",
            name.text()
        );
        out.push(
            Finding::new(
                catalog::LEAVES_UNUSED,
                function.file,
                tree.range(name.syntax()),
                message,
            )
            .with_help("remove it and its calls by hand"),
        );
    }
    out
}

/// Traits that had nothing but getters of what goes.
pub(super) fn bare_traits(
    infer: &Infer<'_>,
    slots: &Slots,
    decision: &Decision,
    edits: &BTreeMap<FileId, Vec<Edit>>,
) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    let givers = slots.functions.values();
    for function in givers.filter(|f| f.ret.is_some_and(|r| decision.removed(r))) {
        let owner = function.node.ancestors().nth(2).and_then(ast::Trait::cast);
        let Some((it, tree)) = owner.zip(infer.index.tree(function.file)) else {
            continue;
        };
        let own = edits.get(&function.file).map_or(&[][..], Vec::as_slice);
        let goes = |item: ast::AssocItem| {
            let range = tree.range(item.syntax());
            goes_whole(own, range)
        };
        let mut items = it
            .assoc_item_list()
            .into_iter()
            .flat_map(|l| l.assoc_items());
        let (true, Some(name)) = (items.all(goes), it.name()) else {
            continue;
        };
        let range = tree.range(name.syntax());
        if !goes_whole(own, tree.range(it.syntax())) && seen.insert((function.file, range.start()))
        {
            let message = format!("nothing is left of the trait `{}`", name.text());
            let finding = Finding::new(catalog::LEAVES_UNUSED, function.file, range, message);
            out.push(finding.with_help("remove it by hand, with its impls and bounds"));
        }
    }
    out
}

fn goes_whole(edits: &[Edit], range: TextRange) -> bool {
    edits.iter().any(|e| e.range.contains_range(range))
}

/// The item, method or closure that a type is written in, unless the place says nothing of what is left: imports, aliases,
/// the headers of impl blocks; variables and paths of expressions but those of what holds several.
fn around(path: &SyntaxNode) -> Option<SyntaxNode> {
    const POINTERS: &[&str] = &["Arc", "Box", "Option", "Pin", "Rc", "Result"];
    let mut bound = false;
    let mut held = false;
    for node in path.ancestors().skip(1) {
        match node.kind() {
            SyntaxKind::ARRAY_TYPE | SyntaxKind::SLICE_TYPE | SyntaxKind::TUPLE_TYPE => held = true,
            SyntaxKind::GENERIC_ARG_LIST => {
                let segment = node.parent().and_then(ast::PathSegment::cast);
                let Some(name) = segment.as_ref().and_then(|s| s.name_ref()) else {
                    continue;
                };
                // what a function is asked for holds nothing, but a channel
                let asked = name.text().starts_with(char::is_lowercase);
                let holds = !POINTERS.contains(&name.text());
                held |= holds && (!asked || name.text().ends_with("channel"));
            }
            SyntaxKind::CLOSURE_EXPR
            | SyntaxKind::FN
            | SyntaxKind::STRUCT
            | SyntaxKind::ENUM
            | SyntaxKind::UNION
            | SyntaxKind::STATIC
            | SyntaxKind::CONST => return Some(node),
            SyntaxKind::TYPE_ALIAS => {
                // an associated one
                let list = node.parent()?;
                return ast::AssocItemList::can_cast(list.kind()).then_some(node);
            }
            SyntaxKind::TYPE_BOUND | SyntaxKind::WHERE_PRED => bound = true,
            SyntaxKind::IMPL | SyntaxKind::TRAIT => return bound.then_some(node),
            SyntaxKind::USE => return None,
            SyntaxKind::LET_STMT => return held.then_some(node),
            kind if ast::Expr::can_cast(kind) => return held.then_some(node),
            _ => {}
        }
    }
    None
}

/// Whether a path is the coordinator's name, and nothing is known to be called so.
fn is_unknown(infer: &Infer<'_>, file: FileId, path: &ast::Path) -> bool {
    let name = path.as_single_name_ref();
    name.is_some_and(|n| n.text() == Item::Coordinator.name())
        && infer.index.resolve_path(file, path, Namespace::Type) == Def::Unknown
}

/// Whether a type is that of a result.
fn is_result(path: &ast::Path) -> bool {
    let mut around = path
        .syntax()
        .ancestors()
        .take_while(|n| !ast::Fn::can_cast(n.kind()));
    around.any(|n| ast::RetType::can_cast(n.kind()))
}
