//! Changing a `use` item: leaves that go, names that come, printed as rustfmt prints them.
//!
//! An item that does not look as rustfmt would print it (or holds a comment) is changed leaf by leaf instead, so that
//! its layout stays.

use std::cmp::Ordering;

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{Edition, SyntaxElement, SyntaxKind, SyntaxNode, T, TextRange, TextSize};

use super::super::edit::Edit;
use super::super::layout;

/// A change of a use item.
pub(super) enum Change {
    /// The leaf goes.
    Remove(ast::UseTree),
    /// The name comes.
    Add(Place, String),
}

/// Where a name comes.
pub(super) enum Place {
    /// With the same prefix as a leaf.
    Beside(ast::UseTree),
    /// Into a group.
    Into(ast::UseTreeList),
}

/// A use tree as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tree {
    path: String,
    tail: Tail,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tail {
    None,
    Rename(String),
    Glob,
    List(Vec<Tree>),
}

/// The columns that rustfmt gives the names of a group, without the comma or brace behind them.
const WIDTH: usize = 98;

/// How an item changes.
pub(super) enum Applied {
    /// In parts.
    Edits(Vec<Edit>),
    /// It goes as a whole.
    Gone,
}

/// The edits that make `changes` in `item`.
pub(super) fn apply(
    source: &str,
    edition: Edition,
    item: &ast::Use,
    changes: &[Change],
) -> Applied {
    let Some(top) = item.use_tree() else {
        return Applied::Edits(Vec::new());
    };
    let printer = Printer {
        edition,
        changes,
        newline: layout::newline(source),
        indent: layout::indent_at(source, top.syntax().text_range().start()),
        lead: lead(source, top.syntax().text_range().start()),
    };
    let after = printer.changed(&top);
    let Some(after) = after.into_iter().next() else {
        return Applied::Gone;
    };
    let before = Printer::model(&top);
    if printer.item(&before) == top.syntax().text().to_string() {
        return Applied::Edits(vec![Edit::replace(
            top.syntax().text_range(),
            printer.item(&after),
        )]);
    }
    Applied::Edits(printer.leaf_by_leaf(source, &top))
}

fn lead(source: &str, offset: TextSize) -> usize {
    let start = usize::from(layout::line_start(source, offset));
    source[start..usize::from(offset)].chars().count()
}

/// Deletes items; where a run of them went between two blank lines (or at the start of a block), one blank line goes too.
pub(super) fn delete_items(source: &str, edition: Edition, mut items: Vec<ast::Use>) -> Vec<Edit> {
    items.sort_by_key(|i| i.syntax().text_range().start());
    let mut edits: Vec<Edit> = Vec::new();
    // whether the run of deleted lines up to here began after a blank line
    let mut run: Option<(TextSize, bool)> = None;
    for item in items {
        let range = item.syntax().text_range();
        let lines = layout::whole_lines(source, range);
        let comments = layout::comments_in(source, edition, range, &[]);
        let before = source[..usize::from(lines.start())].trim_end_matches([' ', '\t']);
        let opens = match run {
            Some((end, opens)) if end == lines.start() => opens,
            _ => {
                before.trim_start_matches('\u{feff}').is_empty()
                    || before.ends_with("\n\n")
                    || before.ends_with("\n\r\n")
                    || before.trim_end().ends_with('{')
            }
        };
        if !comments.is_empty() {
            let indent = layout::indent_at(source, range.start());
            let kept: String = comments
                .iter()
                .map(|c| format!("{indent}{c}{}", layout::newline(source)))
                .collect();
            edits.push(Edit::replace(lines, kept));
            run = None;
            continue;
        }
        run = Some((lines.end(), opens));
        let rest = &source[usize::from(lines.end())..];
        let blank = if rest.starts_with("\r\n") {
            2
        } else {
            usize::from(rest.starts_with('\n'))
        };
        let end = if opens && lines != range {
            lines.end() + TextSize::try_from(blank).unwrap_or_default()
        } else {
            lines.end()
        };
        edits.push(Edit::delete(TextRange::new(lines.start(), end)));
    }
    edits
}

/// Names in the order of a group.
pub(super) fn sorted<'n>(names: &[&'n str], edition: Edition) -> Vec<&'n str> {
    let mut sorted = names.to_vec();
    sorted.sort_by(|a, b| compare_segments(a, b, edition));
    sorted
}

/// Where an item belongs in a group of items that is in rustfmt's order; `None` if it is in another.
pub(super) fn place_in(group: &[ast::Use], item: &str, edition: Edition) -> Option<usize> {
    let parsed = ast::SourceFile::parse(item, edition).tree();
    let new = parsed.syntax().children().find_map(ast::Use::cast)?;
    let new = Printer::model(&new.use_tree()?);
    let mut trees = Vec::new();
    for item in group {
        trees.push(Printer::model(&item.use_tree()?));
    }
    let after = |t: &Tree| compare(t, &new, edition) == Ordering::Greater;
    is_sorted(&trees, edition).then(|| trees.iter().position(after).unwrap_or(trees.len()))
}

struct Printer<'a> {
    edition: Edition,
    changes: &'a [Change],
    newline: &'static str,
    indent: String,
    /// Columns in front of the tree on its line.
    lead: usize,
}

impl Printer<'_> {
    /// The tree as it is.
    fn model(tree: &ast::UseTree) -> Tree {
        let tail = if let Some(list) = tree.use_tree_list() {
            Tail::List(list.use_trees().map(|t| Self::model(&t)).collect())
        } else if tree.star_token().is_some() {
            Tail::Glob
        } else {
            tree.rename()
                .map_or(Tail::None, |r| Tail::Rename(r.syntax().text().to_string()))
        };
        Tree {
            path: path_text(tree),
            tail,
        }
    }

    /// The tree with the changes: none, one, or several that belong in one group.
    fn changed(&self, tree: &ast::UseTree) -> Vec<Tree> {
        let Some(list) = tree.use_tree_list() else {
            return self.changed_leaf(tree);
        };
        let before: Vec<Tree> = list.use_trees().map(|t| Self::model(&t)).collect();
        let mut children: Vec<Tree> = list.use_trees().flat_map(|t| self.changed(&t)).collect();
        children.extend(self.added_to(&list));
        if children != before && is_sorted(&before, self.edition) {
            children.sort_by(|a, b| compare(a, b, self.edition));
        }
        children.dedup();
        let path = path_text(tree);
        match children.as_slice() {
            [] => Vec::new(),
            // `a::{b}` that was `a::{b, c}`
            [only] if before.len() > 1 => {
                let mut only = only.clone();
                only.path = match (path.as_str(), only.path.as_str()) {
                    ("", own) => own.to_owned(),
                    (_, "self") => path,
                    (_, own) => format!("{path}::{own}"),
                };
                vec![only]
            }
            _ => vec![Tree {
                path,
                tail: Tail::List(children),
            }],
        }
    }

    /// The names that come into a group.
    fn added_to(&self, list: &ast::UseTreeList) -> impl Iterator<Item = Tree> {
        self.changes.iter().filter_map(move |c| match c {
            Change::Add(Place::Into(into), name) if into == list => Some(Tree::name(name)),
            _ => None,
        })
    }

    fn changed_leaf(&self, tree: &ast::UseTree) -> Vec<Tree> {
        let removed = self
            .changes
            .iter()
            .any(|c| matches!(c, Change::Remove(t) if t == tree));
        let added = self.changes.iter().filter_map(|c| match c {
            Change::Add(Place::Beside(t), name) if t == tree => Some(name),
            _ => None,
        });
        let model = Self::model(tree);
        let (prefix, last) = match model.path.rsplit_once("::") {
            Some((prefix, last)) => (prefix.to_owned(), last.to_owned()),
            None => (String::new(), model.path.clone()),
        };
        let mut names: Vec<Tree> = Vec::new();
        if !removed {
            names.push(Tree {
                path: last,
                tail: model.tail.clone(),
            });
        }
        names.extend(added.map(|n| Tree::name(n)));
        if names.is_empty() || prefix.is_empty() {
            return names;
        }
        if let [only] = names.as_slice() {
            let mut only = only.clone();
            only.path = format!("{prefix}::{}", only.path);
            return vec![only];
        }
        names.sort_by(|a, b| compare(a, b, self.edition));
        vec![Tree {
            path: prefix,
            tail: Tail::List(names),
        }]
    }

    /// Changes each leaf in its place, commas with it, and nothing else.
    fn leaf_by_leaf(&self, source: &str, top: &ast::UseTree) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut gone = TextRange::empty(TextSize::from(0));
        for tree in top.syntax().descendants().filter_map(ast::UseTree::cast) {
            let range = tree.syntax().text_range();
            if gone.contains_range(range) {
                continue;
            }
            let is_group = tree.use_tree_list().is_some();
            let before = vec![Self::model(&tree)];
            let mut after = if is_group {
                self.changed(&tree)
            } else {
                self.changed_leaf(&tree)
            };
            // what comes into a group comes behind its last member
            let list = tree.parent_use_tree_list();
            let list = list.filter(|l| l.use_trees().last().as_ref() == Some(&tree));
            let added: Vec<Tree> = list.iter().flat_map(|l| self.added_to(l)).collect();
            // a group of one is no group, and one goes with the last of its names
            let comments = |n: &SyntaxNode| {
                let mut tokens = n.descendants_with_tokens();
                tokens.any(|e| e.kind() == SyntaxKind::COMMENT)
            };
            let stays = match after.as_slice() {
                [only] => matches!(only.tail, Tail::List(_)) || comments(tree.syntax()),
                several => !several.is_empty(),
            };
            if is_group && stays {
                // its members are changed in their turn
                if !added.is_empty() {
                    edits.push(Edit::insert(range.end(), format!(", {}", flat(&added))));
                }
                continue;
            }
            after.extend(added);
            if after == before {
                continue;
            }
            gone = range;
            edits.push(if after.is_empty() {
                Edit::delete(with_comma(source, &tree))
            } else {
                Edit::replace(range, flat(&after))
            });
        }
        // two neighbours that go claim the comma between them
        edits.dedup_by(|next, last| {
            let both_go = next.insert.is_empty() && last.insert.is_empty();
            let meet = both_go && last.range.intersect(next.range).is_some();
            if meet {
                last.range = last.range.cover(next.range);
            }
            meet
        });
        edits
    }

    fn item(&self, tree: &Tree) -> String {
        self.tree(tree, self.indent.chars().count(), self.lead)
    }

    /// Prints a tree that starts at column `at` of a line indented by `indent`.
    fn tree(&self, tree: &Tree, indent: usize, at: usize) -> String {
        let Tail::List(children) = &tree.tail else {
            return tree.flat();
        };
        let flat = tree.flat();
        let nested = children.iter().any(|c| matches!(c.tail, Tail::List(_)));
        if !nested && at + flat.chars().count() < WIDTH {
            return flat;
        }
        let (outer, inner) = (" ".repeat(indent), " ".repeat(indent + 4));
        let mut lines: Vec<String> = Vec::new();
        for (i, child) in children.iter().enumerate() {
            let text = format!("{},", self.tree(child, indent + 4, indent + 4));
            // the comma of the last one does not count
            let is_last = !nested && i + 1 == children.len();
            let width = WIDTH + usize::from(is_last);
            match lines.last_mut() {
                Some(line)
                    // beside a group only names without a path share a line
                    if !(nested && (line.contains("::") || text.contains("::")))
                        && indent + 4 + line.chars().count() + text.chars().count() <= width =>
                {
                    line.push(' ');
                    line.push_str(&text);
                }
                _ => lines.push(text),
            }
        }
        let body: String = lines
            .iter()
            .map(|l| format!("{inner}{l}{}", self.newline))
            .collect();
        let path = if tree.path.is_empty() {
            String::new()
        } else {
            format!("{}::", tree.path)
        };
        format!("{path}{{{}{body}{outer}}}", self.newline)
    }
}

impl Tree {
    fn name(name: &str) -> Self {
        Self {
            path: name.to_owned(),
            tail: Tail::None,
        }
    }

    fn flat(&self) -> String {
        let join = |rest: String| {
            if self.path.is_empty() {
                rest
            } else {
                format!("{}::{rest}", self.path)
            }
        };
        match &self.tail {
            Tail::None => self.path.clone(),
            Tail::Rename(rename) => format!("{} {rename}", self.path),
            Tail::Glob => join("*".into()),
            Tail::List(children) => {
                let names: Vec<String> = children.iter().map(Tree::flat).collect();
                join(format!("{{{}}}", names.join(", ")))
            }
        }
    }
}

fn flat(trees: &[Tree]) -> String {
    let texts: Vec<String> = trees.iter().map(Tree::flat).collect();
    texts.join(", ")
}

fn path_text(tree: &ast::UseTree) -> String {
    tree.path()
        .map(|p| p.syntax().text().to_string())
        .unwrap_or_default()
}

/// What goes with a member of a group: its lines if nothing else stands on them, else the comma that separates it.
fn with_comma(source: &str, tree: &ast::UseTree) -> TextRange {
    let range = tree.syntax().text_range();
    let is_solid = |e: &SyntaxElement| e.kind() != SyntaxKind::WHITESPACE;
    let next = std::iter::successors(tree.syntax().next_sibling_or_token(), |e| {
        e.next_sibling_or_token()
    })
    .find(is_solid)
    .filter(|e| e.kind() == T![,]);
    let own = next
        .as_ref()
        .map_or(range, |comma| range.cover(comma.text_range()));
    let lines = layout::whole_lines(source, own);
    if lines != own {
        return lines;
    }
    if next.is_some() {
        let rest = &source[usize::from(own.end())..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let end = own.end() + TextSize::try_from(blanks).unwrap_or_default();
        return TextRange::new(own.start(), end);
    }
    let previous = std::iter::successors(tree.syntax().prev_sibling_or_token(), |e| {
        e.prev_sibling_or_token()
    })
    .find(is_solid)
    .filter(|e| e.kind() == T![,]);
    previous.map_or(range, |comma| range.cover(comma.text_range()))
}

fn is_sorted(trees: &[Tree], edition: Edition) -> bool {
    trees.is_sorted_by(|a, b| compare(a, b, edition) != Ordering::Greater)
}

/// rustfmt's order of the members of a group (`imports.rs` there): `self`, `super`, `crate`, names, groups last; names
/// by case class in the style of editions before 2024, by version order from then on.
fn compare(a: &Tree, b: &Tree, edition: Edition) -> Ordering {
    let mut left = a.path.split("::");
    let mut right = b.path.split("::");
    loop {
        return match (left.next(), right.next()) {
            (Some(x), Some(y)) => match compare_segments(x, y, edition) {
                Ordering::Equal => continue,
                unequal => unequal,
            },
            (None, Some(_)) => ended(&a.tail),
            (Some(_), None) => ended(&b.tail).reverse(),
            (None, None) => rank(&a.tail).cmp(&rank(&b.tail)),
        };
    }
}

/// How a path that ends so stands to one that goes on with a name.
fn ended(tail: &Tail) -> Ordering {
    match tail {
        Tail::None | Tail::Rename(_) => Ordering::Less,
        Tail::Glob | Tail::List(_) => Ordering::Greater,
    }
}

fn rank(tail: &Tail) -> usize {
    match tail {
        Tail::None => 0,
        Tail::Rename(_) => 1,
        Tail::Glob => 2,
        Tail::List(_) => 3,
    }
}

fn compare_segments(a: &str, b: &str, edition: Edition) -> Ordering {
    let keyword = |s: &str| {
        ["self", "super", "crate"]
            .iter()
            .position(|k| *k == s)
            .unwrap_or(3)
    };
    let class = |s: &str| {
        if s.starts_with(char::is_lowercase) {
            0
        } else if s.chars().all(|c| !c.is_lowercase()) {
            2
        } else {
            1
        }
    };
    let by_style = if edition >= Edition::Edition2024 {
        Ordering::Equal
    } else {
        class(a).cmp(&class(b))
    };
    keyword(a)
        .cmp(&keyword(b))
        .then(by_style)
        .then_with(|| a.cmp(b))
}
