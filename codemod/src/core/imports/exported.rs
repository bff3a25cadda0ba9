//! Which exports within a crate the edits leave without a use: the compiler warns of those that nobody outside sees.

use std::collections::BTreeSet;

use ra_ap_parser::LexedStr;
use ra_ap_syntax::{SyntaxKind, SyntaxToken, TextSize};

use super::super::defs::whole_path;
use super::super::search::{self, Places};
use super::super::workspace::Language;
use super::*;

/// Adds the edits that remove such exports, until no more are left, and gives their leaves.
pub(super) fn remove(
    index: &Index<'_>,
    edits: &mut BTreeMap<FileId, Vec<Edit>>,
    taken: &[Taken],
) -> Vec<ast::UseTree> {
    let mut names = BTreeSet::new();
    for (file, own) in edits.iter() {
        let text = &index.workspace.file(*file).text;
        for edit in own {
            let gone = &text[usize::from(edit.range.start())..usize::from(edit.range.end())];
            names.extend(words(gone, index.edition(*file)));
        }
    }
    let candidates = exports(index, edits, &names, taken);
    let before = edits.clone();
    let mut gone: Vec<&Export> = Vec::new();
    let mut stuck: Vec<&ast::UseTree> = Vec::new();
    while let Some(next) = candidates.iter().find(|it| {
        let known = gone.iter().any(|g| g.leaf == it.leaf) || stuck.contains(&&it.leaf);
        !known && (it.is_deleted(index, taken) || !it.is_used(index, edits))
    }) {
        gone.push(next);
        match without(index, &before, &gone) {
            Some(after) => *edits = after,
            None => {
                gone.pop();
                stuck.push(&next.leaf);
            }
        }
    }
    gone.into_iter().map(|it| it.leaf.clone()).collect()
}

/// `before` with the edits that remove `gone`. `None`: other edits change one of the items already.
fn without(
    index: &Index<'_>,
    before: &BTreeMap<FileId, Vec<Edit>>,
    gone: &[&Export],
) -> Option<BTreeMap<FileId, Vec<Edit>>> {
    let mut after = before.clone();
    for (i, it) in gone.iter().enumerate() {
        if gone[..i].iter().any(|g| g.item == it.item) {
            continue;
        }
        let changes: Vec<Change> = gone
            .iter()
            .filter(|g| g.item == it.item)
            .map(|g| Change::Remove(g.leaf.clone()))
            .collect();
        let own = after.entry(it.file).or_default();
        it.remove_from(index, own, &changes)?;
    }
    Some(after)
}

/// A leaf of a use item that others of the crate may name, and nobody else.
struct Export {
    file: FileId,
    module: ModuleId,
    name: String,
    import: Import,
    leaf: ast::UseTree,
    item: ast::Use,
}

/// Those of the packages that change, under one of `names`.
fn exports(
    index: &Index<'_>,
    edits: &BTreeMap<FileId, Vec<Edit>>,
    names: &BTreeSet<String>,
    taken: &[Taken],
) -> Vec<Export> {
    let package = |file: FileId| index.workspace.file(file).package;
    let changing: BTreeSet<_> = edits.keys().map(|f| package(*f)).collect();
    let mut out = Vec::new();
    let places = Places::of(names);
    for (i, data) in index.modules.iter().enumerate() {
        let (module, file) = (ModuleId(i), data.file);
        let text = &index.workspace.file(file).text;
        if !changing.contains(&package(file))
            || !(search::says(text, "pub use") || search::says(text, ") use"))
            || !search::imports_one(text, &places)
        {
            continue;
        }
        let Some(scope) = index.module_scope(module) else {
            continue;
        };
        for name in names {
            for entry in scope.entries.get(name).into_iter().flatten() {
                let Entry::Import(import) = entry else {
                    continue;
                };
                let item = use_item(&import.tree);
                let visibility = item.as_ref().and_then(HasVisibility::visibility);
                let (Some(item), Some(visibility)) = (item, visibility) else {
                    continue;
                };
                let is_public = matches!(visibility.kind(), VisibilityKind::Pub);
                let export = Export {
                    file,
                    module,
                    name: name.clone(),
                    import: import.clone(),
                    leaf: import.tree.clone(),
                    item,
                };
                if !is_public || !index.may_be_of_library(module) || export.is_deleted(index, taken)
                {
                    out.push(export);
                }
            }
        }
    }
    out
}

impl Export {
    /// Whether the edits take what it exports.
    fn is_deleted(&self, index: &Index<'_>, taken: &[Taken]) -> bool {
        count::is_deleted(index, self.file, &self.import, taken)
    }

    /// Whether anything that the edits leave may come through it.
    fn is_used(&self, index: &Index<'_>, edits: &BTreeMap<FileId, Vec<Edit>>) -> bool {
        let package = index.workspace.file(self.file).package;
        let files = index.workspace.files.iter().enumerate();
        let own = files.filter(|(_, f)| f.package == package && f.language == Language::Rust);
        for (i, source) in own {
            let file = FileId(i);
            let edits = edits.get(&file).map_or(&[][..], Vec::as_slice);
            let item = self.item.syntax().text_range();
            let comes = |e: &Edit| {
                let own = file == self.file && item.contains_range(e.range);
                !own && self.may_be_written(index, &e.insert, index.edition(file))
            };
            if edits.iter().any(comes) {
                return true;
            }
            if !search::says(&source.text, &self.name) {
                continue;
            }
            let Some(tree) = index.tree(file) else {
                return true;
            };
            let tokens = tree.root.descendants_with_tokens();
            let mut said = tokens.filter_map(|e| e.into_token()).filter(|t| {
                t.text().trim_start_matches("r#") == self.name
                    && !edits.iter().any(|e| e.range.contains_range(t.text_range()))
            });
            if said.any(|t| self.may_be_named_by(index, file, &t)) {
                return true;
            }
        }
        false
    }

    /// Whether a text that comes may name it: not where the name stands after that of another module.
    fn may_be_written(&self, index: &Index<'_>, text: &str, edition: Edition) -> bool {
        if !search::says(text, &self.name) {
            return false;
        }
        let own = index.modules[self.module.0].parent.and_then(|parent| {
            let mut children = index.modules[parent.0].children.iter();
            children
                .find(|(_, ids)| ids.contains(&self.module))
                .map(|(name, _)| name)
        });
        let lexed = LexedStr::new(edition, text);
        let solid: Vec<usize> = (0..lexed.len())
            .filter(|&i| !matches!(lexed.kind(i), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
            .collect();
        let before =
            |n: usize, back: usize| n.checked_sub(back).map_or("", |n| lexed.text(solid[n]));
        (0..solid.len()).any(|n| {
            let is_it = lexed.kind(solid[n]) == SyntaxKind::IDENT
                && lexed.text(solid[n]).trim_start_matches("r#") == self.name;
            let qualifier = match (before(n, 1), before(n, 2)) {
                (":", ":") => before(n, 3),
                _ => return is_it,
            };
            let may_be = match qualifier {
                "crate" => own.is_none(),
                "self" | "super" | "Self" | "" => true,
                of => own.is_some_and(|o| o == of),
            };
            is_it && may_be
        })
    }

    fn may_be_named_by(&self, index: &Index<'_>, file: FileId, token: &SyntaxToken) -> bool {
        let Some(parent) = token.parent() else {
            return true;
        };
        if parent.kind() == SyntaxKind::NAME {
            return false;
        }
        let Some(module) = index.module_of(file, &parent) else {
            return true;
        };
        let is_here = |names: &[String], absolute: bool| {
            let def = index.resolve(file, &parent, names, absolute, Namespace::Type);
            matches!(def, Def::Unknown) || def == Def::Module(self.module)
        };
        if let Some(leaf) = parent.ancestors().find_map(ast::UseTree::cast) {
            if leaf == self.leaf {
                return false;
            }
            let (path, absolute) = whole_path(&leaf);
            let mut places = (0..path.len()).filter(|at| path[*at] == self.name);
            return places.any(|at| match at {
                0 => self.may_be_bare(index, module),
                at => is_here(&path[..at], absolute),
            });
        }
        let Some(path) = parent.ancestors().nth(2).and_then(ast::Path::cast) else {
            // macro input may be anything
            return parent.kind() == SyntaxKind::TOKEN_TREE;
        };
        if let Some(qualifier) = path.qualifier() {
            let absolute = super::super::defs::starts_absolute(&qualifier);
            return is_here(&segments(&qualifier), absolute);
        }
        self.may_be_bare(index, module)
    }

    /// Whether the name alone may be it in a module.
    fn may_be_bare(&self, index: &Index<'_>, module: ModuleId) -> bool {
        module == self.module
            || index
                .module_scope(module)
                .is_none_or(|s| !s.entries.contains_key(&self.name) && !s.globs.is_empty())
    }

    /// Adds the edits that make `changes` in its item. `None`: others change the item already.
    fn remove_from(
        &self,
        index: &Index<'_>,
        own: &mut Vec<Edit>,
        changes: &[Change],
    ) -> Option<()> {
        let source = &index.workspace.file(self.file).text;
        let edition = index.edition(self.file);
        let range = self.item.syntax().text_range();
        let follows = |e: &Edit| {
            e.range == TextRange::empty(range.end()) && e.insert.starts_with(['\r', '\n'])
        };
        let meets = |a: TextRange, b: TextRange| a.start() < b.end() && b.start() < a.end();
        let applied = print::apply(source, edition, &self.item, changes);
        let more = match (applied, own.iter().position(follows)) {
            (print::Applied::Edits(more), _) => more,
            // what comes after it on a line of its own takes its place
            (print::Applied::Gone, Some(at)) => {
                let comes = own.remove(at).insert;
                let mut lines = layout::comments_in(source, edition, range, &[]);
                lines.push(comes.trim_start().to_owned());
                vec![Edit::replace(range, lines.join(&self.line_break(source)))]
            }
            (print::Applied::Gone, None) => {
                let whole = print::delete_items(source, edition, vec![self.item.clone()]);
                let taken = |a: &Edit| own.iter().any(|b| meets(a.range, b.range));
                if whole.iter().any(taken) {
                    vec![self.after_line_break(source, edition)]
                } else {
                    whole
                }
            }
        };
        let is_free = |a: &Edit| !own.iter().any(|b| meets(a.range, b.range));
        if !more.iter().all(is_free) {
            return None;
        }
        own.extend(more);
        Some(())
    }

    /// The edit that removes its item with the line break before it, for where what follows takes the one after it.
    fn after_line_break(&self, source: &str, edition: Edition) -> Edit {
        let range = self.item.syntax().text_range();
        let before = source[..usize::from(range.start())].trim_end_matches([' ', '\t']);
        let start = before
            .strip_suffix('\n')
            .map_or(before, |b| b.strip_suffix('\r').unwrap_or(b));
        let start = TextSize::try_from(start.len()).unwrap_or_default();
        let comments = layout::comments_in(source, edition, range, &[]);
        let gap = self.line_break(source);
        let kept: String = comments.iter().map(|c| format!("{gap}{c}")).collect();
        Edit::replace(TextRange::new(start, range.end()), kept)
    }

    fn line_break(&self, source: &str) -> String {
        let indent = layout::indent_at(source, self.item.syntax().text_range().start());
        format!("{}{indent}", layout::newline(source))
    }
}

/// The identifiers of a text.
fn words(text: &str, edition: Edition) -> impl Iterator<Item = String> {
    let lexed = LexedStr::new(edition, text);
    let idents = (0..lexed.len()).filter(|&i| lexed.kind(i) == SyntaxKind::IDENT);
    let words: Vec<String> = idents
        .map(|i| lexed.text(i).trim_start_matches("r#").to_owned())
        .collect();
    words.into_iter()
}
