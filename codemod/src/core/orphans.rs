//! What only the constructions that go had a use for: items of their error paths, and the expectation that they are
//! deprecated.
//!
//! Belongs here: finding it once all constructions are decided, taking along what is safe to take, naming the rest. Does
//! not: variables (`climb::unused`), imports (`imports`).

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasName, HasVisibility};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

use super::catalog;
use super::construct::{self, Construction, Outcome};
use super::defs::Index;
use super::docs;
use super::edit::{self, Edit};
use super::finding::Finding;
use super::layout;
use super::lint;
use super::locals;
use super::resolve::{Def, Namespace};
use super::search;
use super::tree;
use super::workspace::{FileId, Language};

mod variants;

type Edits = BTreeMap<FileId, Vec<Edit>>;

/// Adds the edits and findings for what the rewrite of these constructions leaves without a use. `left`: the others.
pub(crate) fn follow(
    index: &Index<'_>,
    taken: &[&Construction],
    left: &[&Construction],
    edits: &mut Edits,
    findings: &mut Vec<Finding>,
) {
    expectations(index, taken, left, edits);
    let mut by_file: BTreeMap<FileId, (Vec<TextRange>, Vec<TextRange>)> = BTreeMap::new();
    for it in taken {
        if let Outcome::Accessor { rewrite, .. } = &it.outcome {
            let (dropped, kept) = by_file.entry(it.file).or_default();
            dropped.extend(&rewrite.dropped);
            kept.extend(rewrite.kept());
        }
    }
    let dropped = by_file.into_iter();
    let dropped = dropped.map(|(file, (dropped, kept))| (file, dropped, kept));
    let of = "the error path of a construction";
    items(index, dropped.collect(), of, edits, findings);
}

/// Adds the edits and findings for items that only code in these ranges, which the edits take away, had a use for. `of`:
/// what the code was.
pub(crate) fn after(
    index: &Index<'_>,
    ranges: &[(FileId, TextRange)],
    of: &str,
    edits: &mut Edits,
    findings: &mut Vec<Finding>,
) {
    let dropped = ranges.iter().map(|(f, r)| (*f, vec![*r], Vec::new()));
    items(index, dropped.collect(), of, edits, findings);
}

// ---- `#[expect(deprecated)]` --------------------------------------------------------------------------------------

fn expectations(
    index: &Index<'_>,
    taken: &[&Construction],
    left: &[&Construction],
    edits: &mut Edits,
) {
    for it in taken.iter().filter(|c| is_deprecated(index, c)) {
        let (Some(tree), Some(call)) = (index.tree(it.file), &it.call) else {
            continue;
        };
        for node in tree.ancestors(call.syntax()) {
            let Some(item) = ast::AnyHasAttrs::cast(node.clone()) else {
                continue;
            };
            let (range, whole) = (tree.range(&node), ast::SourceFile::can_cast(node.kind()));
            let package = |c: &Construction| index.workspace.file(c.file).package;
            let within = |c: &&&Construction| match whole {
                true => package(c) == package(it),
                false => c.file == it.file && range.contains_range(c.range),
            };
            if left.iter().filter(within).any(|c| is_deprecated(index, c)) {
                continue;
            }
            for attr in item.attrs() {
                let range = tree.range(attr.syntax());
                let text = attr.syntax().text().to_string();
                let source = &index.workspace.file(it.file).text;
                let by = match only_binds(&node, call) {
                    true => &["expect", "allow"][..],
                    false => &["expect"],
                };
                let edit = match lint::without(&text, "deprecated", by) {
                    Some(text) if text.is_empty() => {
                        Edit::delete(layout::whole_lines(source, range))
                    }
                    Some(text) => Edit::replace(range, text),
                    None => continue,
                };
                add(index, edits, it.file, edit);
            }
        }
    }
}

/// Whether a construction is a call of what is deprecated.
fn is_deprecated(index: &Index<'_>, it: &Construction) -> bool {
    let text = &index.workspace.file(it.file).text;
    let said = text.get(usize::from(it.range.start())..usize::from(it.range.end()));
    said.is_some_and(|s| search::says(s, "monolithic") && !search::says(s, "new"))
}

/// Whether a statement binds what a construction gives, and does nothing else that may be deprecated.
fn only_binds(stmt: &SyntaxNode, call: &ast::CallExpr) -> bool {
    const PLAIN: &[&str] = &[
        "context",
        "expect",
        "map",
        "map_err",
        "unwrap",
        "unwrap_or_else",
        "with_context",
    ];
    let init = ast::LetStmt::cast(stmt.clone()).and_then(|l| l.initializer());
    let Some(init) = init else { return false };
    // closures are of its error path
    let within = |n: &SyntaxNode| {
        let mut around = n.ancestors();
        call.syntax().text_range().contains_range(n.text_range())
            || around.any(|a| {
                ast::ClosureExpr::can_cast(a.kind())
                    && a.text_range() != n.text_range()
                    && init.syntax().text_range().contains_range(a.text_range())
            })
    };
    init.syntax().descendants().filter(|n| !within(n)).all(|n| {
        if let Some(it) = ast::MethodCallExpr::cast(n.clone()) {
            return it.name_ref().is_some_and(|n| PLAIN.contains(&n.text()));
        }
        match ast::CallExpr::cast(n.clone()).and_then(|c| c.expr()) {
            Some(callee) => callee.syntax().text() == "Arc::new",
            None => !ast::CallExpr::can_cast(n.kind()),
        }
    })
}

/// Adds an edit, unless another one has the place.
fn add(index: &Index<'_>, edits: &mut Edits, file: FileId, edit: Edit) -> bool {
    let own = edits.entry(file).or_default();
    if own.contains(&edit) {
        return false;
    }
    own.push(edit);
    let fits = edit::apply(&index.workspace.file(file).text, own).is_ok();
    if !fits {
        own.pop();
    }
    fits
}

// ---- items ---------------------------------------------------------------------------------------------------------

/// An item that dropped code named.
#[derive(Clone, PartialEq)]
struct Item {
    file: FileId,
    node: SyntaxNode,
    name: String,
}

/// Code that goes, and what of it stays.
type Dropped = (FileId, Vec<TextRange>, Vec<TextRange>);

fn items(
    index: &Index<'_>,
    mut dropped: Vec<Dropped>,
    of: &str,
    edits: &mut Edits,
    findings: &mut Vec<Finding>,
) {
    let mut named: Vec<Item> = Vec::new();
    let mut gone: Vec<Item> = Vec::new();
    while let Some((file, ranges, kept)) = dropped.pop() {
        let mut found = named_in(index, file, &ranges, &kept);
        found.retain(|i| !named.contains(i));
        named.extend(found);
        // what one item took along may have been the last use of another that was seen before
        let next = named.iter().find(|i| {
            !gone.contains(i) && may_go(index, i) && uses(index, edits, i, counting(i)) == 0
        });
        let Some(item) = next.cloned() else { continue };
        let removals = match is_item(&item) {
            true => removal(index, &item).map(|r| vec![r]),
            false => variants::removal(index, edits, &item),
        };
        let fits =
            |r: &variants::Removal, edits: &mut Edits| add(index, edits, r.file, r.edit.clone());
        let before = edits.clone();
        let removals = removals.unwrap_or_default();
        if removals.iter().all(|r| fits(r, edits)) {
            if !removals.is_empty() {
                findings.extend(told(index, &item, of));
            }
            for it in removals {
                dropped.push((it.file, vec![it.range], Vec::new()));
            }
        } else {
            *edits = before;
        }
        gone.push(item);
        // the same again, for others
        dropped.push((file, Vec::new(), Vec::new()));
    }
    for item in &named {
        let Some(tree) = index.tree(item.file) else {
            continue;
        };
        let range = tree.range(&item.node);
        let own = edits.get(&item.file).map_or(&[][..], Vec::as_slice);
        let goes = own.iter().any(|e| e.range.contains_range(range));
        if goes || !is_watched(index, item) {
            continue;
        }
        let count = |counting| uses(index, edits, item, counting);
        let (by, also) = if count(Counting::Code) == 0 {
            ("nothing", "only")
        } else if count(Counting::Built) == 0 {
            ("only a test", "before,")
        } else {
            continue;
        };
        let name = ast::AnyHasName::cast(item.node.clone()).and_then(|n| n.name());
        let range = name.map_or(range, |n| tree.range(n.syntax()));
        let what = match item.node.kind() {
            SyntaxKind::VARIANT => "makes the variant",
            _ => "uses",
        };
        let message = format!("{by} {what} `{}` now: {also} {of} did", item.name);
        findings.push(
            Finding::new(catalog::LEAVES_UNUSED, item.file, range, message)
                .with_help("remove it by hand"),
        );
    }
}

/// The finding for an item that goes.
fn told(index: &Index<'_>, item: &Item, of: &str) -> Option<Finding> {
    let name = ast::AnyHasName::cast(item.node.clone()).and_then(|n| n.name())?;
    let range = index.tree(item.file)?.range(name.syntax());
    let message = format!("`{}` is gone: only {of} used it", item.name);
    Some(Finding::new(
        catalog::ERROR_PATH_GONE,
        item.file,
        range,
        message,
    ))
}

/// The functions, constants and variants of the workspace that code in these ranges names.
fn named_in(
    index: &Index<'_>,
    file: FileId,
    ranges: &[TextRange],
    kept: &[TextRange],
) -> Vec<Item> {
    let Some(tree) = index.tree(file) else {
        return Vec::new();
    };
    let gone = |r: TextRange| {
        ranges.iter().any(|d| d.contains_range(r)) && !kept.iter().any(|k| k.contains_range(r))
    };
    if ranges.is_empty() {
        return Vec::new();
    }
    let mut out: Vec<Item> = Vec::new();
    let nodes = tree.within(ranges).into_iter();
    for path in nodes.filter_map(ast::Path::cast) {
        let around = path.syntax().parent();
        let is_value = around
            .is_some_and(|n| matches!(n.kind(), SyntaxKind::PATH_EXPR | SyntaxKind::RECORD_EXPR));
        if !is_value || !gone(tree.range(path.syntax())) {
            continue;
        }
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            continue;
        };
        let name = name.text().to_string();
        let value = index.resolve_path(file, &path, Namespace::Value);
        let owner = path.qualifier();
        let owner = owner.map(|q| index.resolve_path(file, &q, Namespace::Type));
        let item = match (value, owner) {
            (Def::Local(file, node) | Def::Variant(file, node), _) => Some((file, node)),
            (_, Some(Def::Local(file, node))) => {
                method(index, file, &node, &name).map(|node| (file, node))
            }
            _ => None,
        };
        let known = |n: &SyntaxNode| {
            matches!(
                n.kind(),
                SyntaxKind::FN | SyntaxKind::CONST | SyntaxKind::VARIANT
            )
        };
        let item = item.filter(|(_, node)| known(node));
        out.extend(item.map(|(file, node)| Item { file, node, name }));
    }
    let within = ranges.iter().map(|r| tree.root.covering_element(*r));
    let tokens = within.flat_map(|e| match e {
        NodeOrToken::Node(node) => node.descendants_with_tokens().collect(),
        NodeOrToken::Token(token) => vec![NodeOrToken::Token(token)],
    });
    let strings = tokens
        .filter_map(NodeOrToken::into_token)
        .filter(|t| t.kind() == SyntaxKind::STRING && gone(tree.token_range(t)));
    for token in strings {
        for name in locals::captured(token.text()) {
            let Some(place) = token.parent() else {
                continue;
            };
            let path = [name.to_owned()];
            let def = index.resolve(file, &place, &path, false, Namespace::Value);
            if let Def::Local(file, node) = def
                && node.kind() == SyntaxKind::CONST
            {
                let [name] = path;
                out.push(Item { file, node, name });
            }
        }
    }
    out
}

/// A function of a type's own impl blocks, in the same file.
fn method(index: &Index<'_>, file: FileId, of: &SyntaxNode, name: &str) -> Option<SyntaxNode> {
    let of = ast::AnyHasName::cast(of.clone())?
        .name()?
        .text()
        .to_string();
    let all = index.tree(file)?.root.descendants();
    let blocks = all.filter_map(ast::Impl::cast).filter(|b| {
        let ty = b.self_ty().map(|t| t.syntax().text().to_string());
        b.trait_().is_none() && ty.is_some_and(|t| t == of)
    });
    let items = blocks.filter_map(|b| b.assoc_item_list());
    let found = items.flat_map(|l| l.assoc_items()).find_map(|i| match i {
        ast::AssocItem::Fn(f) if f.name().is_some_and(|n| n.text() == name) => Some(f),
        _ => None,
    });
    Some(found?.syntax().clone())
}

/// A comment may be about what else there is of that name; for a variant, only code tells.
fn counting(item: &Item) -> Counting {
    match is_item(item) {
        true => Counting::Text,
        false => Counting::Code,
    }
}

/// Whether an item is a function or constant of a module, and not a variant.
fn is_item(item: &Item) -> bool {
    item.node.kind() != SyntaxKind::VARIANT
}

/// Whether an item is a function, constant or variant that nobody else sees, with nothing on it that may use it.
fn may_go(index: &Index<'_>, item: &Item) -> bool {
    if !is_item(item) {
        return index.workspace.file(item.file).writable && is_watched(index, item);
    }
    let free = item.node.parent().is_some_and(|p| {
        matches!(
            p.kind(),
            SyntaxKind::SOURCE_FILE | SyntaxKind::ITEM_LIST | SyntaxKind::STMT_LIST
        ) || is_of_own_impl(&p)
    });
    // an attribute that is not known may make a use of it
    let plain = ast::AnyHasAttrs::cast(item.node.clone()).is_some_and(|n| {
        let mut attrs = n.attrs();
        attrs.all(|a| {
            let text = a.syntax().text().to_string();
            let known = [
                "cfg(",
                "cold]",
                "doc",
                "inline",
                "must_use",
                "track_caller]",
            ];
            known.iter().any(|k| text.starts_with(&format!("#[{k}")))
        })
    });
    let kind = item.node.kind();
    free && plain
        && matches!(kind, SyntaxKind::FN | SyntaxKind::CONST)
        && index.workspace.file(item.file).writable
        && is_watched(index, item)
}

/// Whether a list is that of a type's own impl block.
fn is_of_own_impl(list: &SyntaxNode) -> bool {
    let block = list.parent().and_then(ast::Impl::cast);
    block.is_some_and(|b| b.trait_().is_none())
}

/// Whether the compiler would say that an item has no use.
fn is_watched(index: &Index<'_>, item: &Item) -> bool {
    let Some(tree) = index.tree(item.file) else {
        return false;
    };
    // what a library has may be used by others
    let module = index.module_of(item.file, &item.node);
    let of_library = module.is_none_or(|m| index.may_be_of_library(m));
    let open = |n: &SyntaxNode| {
        let visibility = ast::AnyHasVisibility::cast(n.clone()).and_then(|v| v.visibility());
        of_library && visibility.is_some_and(|v| v.syntax().text() == "pub")
    };
    let of = match item.node.kind() {
        SyntaxKind::VARIANT => item
            .node
            .ancestors()
            .find(|n| ast::Enum::can_cast(n.kind())),
        _ => Some(item.node.clone()),
    };
    let Some(of) = of.filter(|n| !open(n)) else {
        return false;
    };
    // one of a trait or of its impl is asked for by bounds
    let block = of.ancestors().nth(2);
    let of_trait = block.is_some_and(|b| {
        ast::Trait::can_cast(b.kind()) || ast::Impl::cast(b).is_some_and(|i| i.trait_().is_some())
    });
    let silenced = |text: &str| {
        let silences = text.contains("allow") || text.contains("expect");
        silences && (search::says(text, "dead_code") || search::says(text, "unused"))
    };
    // derives that make one
    const PLAIN: &[&str] = &[
        "Clone",
        "Copy",
        "Debug",
        "Display",
        "Eq",
        "Error",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Serialize",
    ];
    let makes = |text: &str| {
        let Some(list) = text.split_once("derive(").map(|(_, rest)| rest) else {
            return false;
        };
        let list = list.trim_end_matches([']', ')']);
        let mut names = list
            .split(',')
            .map(|n| n.rsplit("::").next().unwrap_or(n).trim());
        names.any(|n| !n.is_empty() && !PLAIN.contains(&n))
    };
    let from = item.node.text().to_string().contains("#[from]");
    let root = index.module_of(item.file, &item.node).map(|m| {
        let krate = &index.crates[index.modules[m.0].krate.0];
        index.modules[krate.root.0].file
    });
    let root = root.and_then(|f| index.tree(f)).map(|t| t.root.clone());
    let mut around = tree.ancestors(&item.node).chain(root);
    let quiet = around.any(|n| {
        ast::AnyHasAttrs::cast(n).is_some_and(|n| {
            let mut attrs = n.attrs();
            attrs.any(|a| silenced(&a.syntax().text().to_string()))
        })
    });
    let derives = ast::AnyHasAttrs::cast(of).is_some_and(|n| {
        let mut attrs = n.attrs();
        attrs.any(|a| makes(&a.syntax().text().to_string()))
    });
    !of_trait && !from && !quiet && !derives && !item.name.starts_with('_')
}

/// The edit that takes an item, with its documentation; other comments stay.
fn removal(index: &Index<'_>, item: &Item) -> Option<variants::Removal> {
    // an impl block that has nothing else goes with it
    let list = item.node.parent().and_then(ast::AssocItemList::cast);
    let alone = list.filter(|l| l.assoc_items().count() == 1);
    let block = alone.and_then(|l| l.syntax().parent());
    let range = index
        .tree(item.file)?
        .range(block.as_ref().unwrap_or(&item.node));
    let source = &index.workspace.file(item.file).text;
    let indent = layout::indent_at(source, range.start());
    let newline = layout::newline(source);
    let comments = layout::comments_in(source, index.edition(item.file), range, &[]);
    let kept: String = comments
        .iter()
        .filter(|c| !docs::is_doc(c))
        .map(|c| format!("{indent}{c}{newline}"))
        .collect();
    Some(variants::Removal {
        file: item.file,
        edit: Edit::replace(layout::with_blank_line(source, range), kept),
        range,
    })
}

/// What counts as a use of an item.
#[derive(Clone, Copy, PartialEq)]
enum Counting {
    /// Comments and other text, too.
    Text,
    Code,
    /// Code that is built without the tests.
    Built,
}

/// How often the package names an item outside of what goes and of imports.
fn uses(index: &Index<'_>, edits: &Edits, item: &Item, counting: Counting) -> usize {
    let strict = counting == Counting::Text;
    let workspace = index.workspace;
    let package = workspace.file(item.file).package;
    let own = index.tree(item.file).map(|t| t.range(&item.node));
    let mut count = 0;
    for (i, source) in workspace.files.iter().enumerate() {
        let file = FileId(i);
        if source.package != package || !search::says(&source.text, &item.name) {
            continue;
        }
        let Some(tree) = index
            .tree(file)
            .filter(|_| source.language == Language::Rust)
        else {
            count += usize::from(strict || source.language == Language::Rust);
            continue;
        };
        let gone = edits.get(&file).map_or(&[][..], Vec::as_slice);
        let goes = |r: TextRange| {
            let mut edits = gone.iter();
            edits.any(|e| e.range.contains_range(r) && !search::says(&e.insert, &item.name))
                || (file == item.file && own.is_some_and(|o| o.contains_range(r)))
        };
        let tokens = tree.root.descendants_with_tokens();
        let tokens = tokens.filter_map(|e| e.into_token());
        let said = tokens.filter(|t| search::words(t.text()).any(|w| w == item.name));
        let counts = |t: &SyntaxToken| {
            let in_test = |n: SyntaxNode| construct::in_test(index, file, tree, &n);
            counting != Counting::Built || !t.parent().is_some_and(in_test)
        };
        count += said
            .filter(|t| is_use(index, file, t, item, strict) && counts(t))
            .filter(|t| !goes(tree.token_range(t)))
            .count();
    }
    count
}

/// Whether a token that says an item's name uses it.
fn is_use(index: &Index<'_>, file: FileId, token: &SyntaxToken, item: &Item, strict: bool) -> bool {
    if token.kind() == SyntaxKind::COMMENT {
        return strict && is_code_in(token.text(), &item.name);
    }
    let mut around = token.parent_ancestors();
    let import = around.find_map(ast::Use::cast);
    if import.is_some_and(|u| u.visibility().is_none()) {
        return false;
    }
    if token.kind() == SyntaxKind::STRING {
        return true;
    }
    if is_item(item) {
        let tree = index.tree(file);
        return !tree.is_some_and(|t| locals::is_defined_or_local(t, token));
    }
    // patterns do not make one, nor does what another enum has
    let mut around = token.parent_ancestors();
    let patterned = around.any(|n| {
        let call = ast::MacroCall::cast(n.clone()).and_then(|c| tree::macro_name(&c));
        ast::Pat::can_cast(n.kind())
            || call.is_some_and(|n| matches!(n.text(), "assert_matches" | "matches"))
    });
    let of = item.node.ancestors().find_map(ast::Enum::cast);
    let of_other = of.is_some_and(|of| is_of(index, file, token, (item.file, &of)) == Some(false));
    let defines = token
        .parent()
        .is_some_and(|p| ast::Name::can_cast(p.kind()));
    !patterned && !of_other && !defines
}

/// Whether a comment says a name as one of code: in backticks, behind `::` or `.`, or as a call.
fn is_code_in(comment: &str, name: &str) -> bool {
    comment.match_indices(name).any(|(at, _)| {
        let (before, after) = (&comment[..at], &comment[at + name.len()..]);
        before.ends_with(['`', ':', '.']) || after.starts_with(['`', ':', '('])
    })
}

/// Whether a token names a variant of an enum, told by what is before it. `None`: it may.
fn is_of(
    index: &Index<'_>,
    file: FileId,
    token: &SyntaxToken,
    of: (FileId, &ast::Enum),
) -> Option<bool> {
    let path = token.parent_ancestors().find_map(ast::Path::cast);
    let def = match (path.and_then(|p| p.qualifier()), qualifier_of(token)) {
        (Some(of), _) => index.resolve_path(file, &of, Namespace::Type),
        (None, Some(of)) => index.resolve(file, &token.parent()?, &[of], false, Namespace::Type),
        // by itself it is a variant only where an import says so
        (None, None) => {
            let name = of.1.name()?;
            return Some(imports_of(token, name.text()));
        }
    };
    match def {
        // what it is one of in the end is not followed
        Def::Local(_, node) if ast::TypeAlias::can_cast(node.kind()) => None,
        Def::Local(at, node) => Some(at == of.0 && node == *of.1.syntax()),
        Def::Unknown => None,
        _ => Some(false),
    }
}

/// Whether the file around a token imports from an enum.
fn imports_of(token: &SyntaxToken, of: &str) -> bool {
    let root = token.parent_ancestors().last();
    let uses = root.iter().flat_map(|r| r.descendants());
    uses.filter_map(ast::Use::cast)
        .any(|u| u.syntax().text().to_string().contains(&format!("{of}::")))
}

/// The name before `::` and a token of macro input.
fn qualifier_of(token: &SyntaxToken) -> Option<String> {
    let before = std::iter::successors(token.prev_token(), SyntaxToken::prev_token);
    let mut before = before.filter(|t| t.kind() != SyntaxKind::WHITESPACE);
    let mut colons = before.by_ref().take(2);
    let qualified = colons.all(|t| t.text() == ":");
    let name = before.next().filter(|_| qualified)?;
    Some(name.text().to_owned())
}
