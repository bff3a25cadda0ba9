//! What a package that exports the coordinator's type exports beside it, for others that do not depend on the bus crate.
//!
//! Belongs here: finding exports that may have an item beside them, and what comes there. Does not: paths to what is
//! exported already.

use super::super::finding::Finding;
use super::super::resolve::Ty;
use super::*;

/// How many exports of exports are followed.
const MAX_LEVELS: usize = 4;

/// The export of the coordinator's type, beside which a package of the workspace exports an item too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    item: Item,
    pub(super) file: FileId,
    /// The export, or the import of what a public alias stands for.
    leaf: ast::UseTree,
    /// The module's own import of the item, which the export serves, too.
    own: Option<ast::UseTree>,
    /// Whether the type is exported by an alias alone: an item of its own exports the other, then.
    by_alias: bool,
}

impl Export {
    /// The changes of use items that it takes.
    pub(super) fn changes(&self) -> impl Iterator<Item = (ast::Use, Change)> {
        let place = Place::Beside(self.leaf.clone());
        let comes = Change::Add(place, self.item.name().to_owned());
        let comes = (!self.by_alias).then(|| (self.leaf.clone(), comes));
        let goes = (self.own.clone()).map(|own| (own.clone(), Change::Remove(own)));
        let all = goes.into_iter().chain(comes);
        all.filter_map(|(leaf, change)| Some((use_item(&leaf)?, change)))
    }

    /// The item of its own that exports beside an alias.
    pub(super) fn need(&self) -> Option<Need> {
        let (mut path, absolute) = whole_path(&self.leaf);
        *path.last_mut()? = self.item.name().to_owned();
        self.by_alias.then_some(Need {
            scope: use_item(&self.leaf)?.syntax().parent()?,
            anchor: Some(self.leaf.clone()),
            path,
            absolute,
            cfg: None,
            public: true,
            exports: Vec::new(),
            opened: None,
        })
    }

    /// Whether an import need not come, as the export brings the name to its scope.
    pub(super) fn serves(&self, need: &Need) -> bool {
        let of = use_item(&self.leaf).and_then(|item| item.syntax().parent());
        of.as_ref() == Some(&need.scope) && need.path.last().is_some_and(|n| n == self.item.name())
    }
}

/// Whether the workspace defines something of the item's name, which may be in the way of what globs bring. Methods are not.
pub(super) fn is_in_the_way(index: &Index<'_>, item: Item) -> bool {
    let definitions = ["fn", "struct", "enum", "type"].map(|k| format!("{k} {}", item.name()));
    let is_method = |file: FileId, at: usize| {
        let token = index.tree(file).zip(TextSize::try_from(at).ok());
        let token = token.and_then(|(t, at)| t.root.token_at_offset(at).right_biased());
        let item = token.and_then(|t| t.parent_ancestors().find(|n| ast::Item::can_cast(n.kind())));
        item.and_then(|n| n.parent())
            .is_some_and(|list| ast::AssocItemList::can_cast(list.kind()))
    };
    let files = index.workspace.files.iter().enumerate();
    let mut all = files.flat_map(|(i, f)| {
        let found = definitions
            .iter()
            .flat_map(|d| f.text.match_indices(d.as_str()));
        found.map(move |(at, _)| (FileId(i), at))
    });
    all.any(|(file, at)| !is_method(file, at))
}

/// The exports of the coordinator's type for code in `from` by a module, and by those that it comes through, beside which the
/// item may be exported. `said`: the module that the type is named
/// by there: where it has the one, it has the other.
pub(super) fn by(
    index: &Index<'_>,
    module: ModuleId,
    from: ModuleId,
    item: Item,
    said: Option<ModuleId>,
) -> Option<Vec<Export>> {
    by_levels(index, module, from, item, said, 0)
}

fn by_levels(
    index: &Index<'_>,
    module: ModuleId,
    from: ModuleId,
    item: Item,
    said: Option<ModuleId>,
    depth: usize,
) -> Option<Vec<Export>> {
    if depth == MAX_LEVELS {
        return None;
    }
    let mut opened = vec![module];
    let mut at = 0;
    while let Some(&of) = opened.get(at) {
        if let Some(exports) = exports_in(index, of, from, item, said, depth) {
            return Some(exports);
        }
        let scope = index.module_scope(of)?;
        let file = index.modules[of.0].file;
        for glob in scope.globs.iter().filter(|g| !is_private(g)) {
            if let Def::Module(more) = index.follow(file, glob, Namespace::Type)
                && !opened.contains(&more)
            {
                opened.push(more);
            }
        }
        at += 1;
    }
    None
}

/// The same by exports that the module says itself.
fn exports_in(
    index: &Index<'_>,
    module: ModuleId,
    from: ModuleId,
    item: Item,
    said: Option<ModuleId>,
    depth: usize,
) -> Option<Vec<Export>> {
    let file = index.modules[module.0].file;
    let scope = index.module_scope(module)?;
    let own = match scope.entries.get(item.name()).map(Vec::as_slice) {
        None => None,
        Some([Entry::Import(own)]) => {
            let def = index.follow(file, own, Namespace::Value);
            let by = use_item(&own.tree)?;
            let is_it = index.item_of(&def) == Some(item) && by.visibility().is_none();
            Some(own.tree.clone())
                .filter(|_| is_it && by.attrs().next().is_none())?
                .into()
        }
        Some(_) => return None,
    };
    let tree = index
        .tree(file)
        .filter(|_| index.workspace.file(file).writable)?;
    let of_type = |name: &String, import: &Import| {
        let seen = index.seen_in(module, name, Namespace::Type, from);
        let node = import.tree.syntax();
        let is_it = |def: Def| match def {
            Def::Local(at, node) => is_alias(index, at, &node),
            def => index.item_of(&def) == Some(Item::Coordinator),
        };
        seen.is_some_and(is_it) && tree.range(node) == node.text_range()
    };
    let mut exports: Vec<&Import> = (scope.entries.iter())
        .filter_map(|(name, entries)| match entries.as_slice() {
            [Entry::Import(import)] => of_type(name, import).then_some(import),
            _ => None,
        })
        .collect();
    exports.sort_by_key(|import| tree.range(import.tree.syntax()).start());
    let found = exports.into_iter().find_map(|import| {
        let node = import.tree.syntax();
        let by = use_item(&import.tree)?;
        let mut attrs = by.attrs().map(|a| a.syntax().text().to_string());
        let may_stand = |a: &String| {
            // what has the type in some builds has the other in these
            a.starts_with("#[doc") || (said == Some(module) && a.starts_with("#[cfg("))
        };
        if !attrs.all(|a| may_stand(&a)) {
            return None;
        }
        let prefix = &import.segments[..import.segments.len() - 1];
        let mut exports = match index.resolve(file, node, prefix, import.absolute, Namespace::Type)
        {
            Def::Bus(mut inside) => {
                inside.push(item.name().to_owned());
                (api::item_at(&inside) == Some(item)).then(Vec::new)?
            }
            Def::Module(of) if has(index, of, module, item) => Vec::new(),
            Def::Module(of) => by_levels(index, of, module, item, Some(of), depth + 1)?,
            _ => return None,
        };
        exports.push(Export {
            item,
            file,
            leaf: import.tree.clone(),
            own: own.clone(),
            by_alias: false,
        });
        Some(exports)
    });
    found.or_else(|| Some(vec![by_alias(index, module, from, item, own.clone())?]))
}

/// The export beside a public alias of the type, which the module imports for it.
fn by_alias(
    index: &Index<'_>,
    module: ModuleId,
    from: ModuleId,
    item: Item,
    own: Option<ast::UseTree>,
) -> Option<Export> {
    let file = index.modules[module.0].file;
    let scope = index.module_scope(module)?;
    let is_shown = |name: &String, node: &SyntaxNode| {
        let seen = || index.seen_in(module, name, Namespace::Type, from);
        is_alias(index, file, node) && matches!(seen(), Some(Def::Local(_, it)) if it == *node)
    };
    let shown = scope
        .entries
        .iter()
        .any(|(name, entries)| match entries.as_slice() {
            [Entry::Type(node)] => is_shown(name, node),
            _ => false,
        });
    let is_beside = |import: &Import| {
        let Def::Bus(mut path) = index.follow(file, import, Namespace::Type) else {
            return false;
        };
        let is_type = api::item_at(&path) == Some(Item::Coordinator);
        if let Some(last) = path.last_mut() {
            *last = item.name().to_owned();
        }
        is_type && api::item_at(&path) == Some(item)
    };
    let imports = scope
        .entries
        .values()
        .filter_map(|entries| match entries.as_slice() {
            [Entry::Import(import)] if is_private(import) => Some(import),
            _ => None,
        });
    let plain = |it: &Import| use_item(&it.tree).is_some_and(|u| u.attrs().next().is_none());
    let import = imports
        .filter(|_| shown)
        .find(|it| plain(it) && is_beside(it))?;
    Some(Export {
        item,
        file,
        leaf: import.tree.clone(),
        own,
        by_alias: true,
    })
}

/// Whether an item is an alias of the type, or of an `Arc` of it.
pub(super) fn is_alias(index: &Index<'_>, file: FileId, node: &SyntaxNode) -> bool {
    let ty = ast::TypeAlias::cast(node.clone()).and_then(|a| a.ty());
    let of = match ty.map(|t| index.type_of(file, &t)) {
        Some(Ty::Arc(of)) => Some(*of),
        of => of,
    };
    of == Some(Ty::Item(Item::Coordinator))
}

/// What packages come to export, each once.
pub(super) fn exported_by(needs: &BTreeMap<FileId, Vec<Need>>) -> Vec<&Export> {
    let mut out: Vec<&Export> = Vec::new();
    for it in needs.values().flatten().flat_map(|n| &n.exports) {
        if !out.contains(&it) {
            out.push(it);
        }
    }
    out
}

/// What to tell of the exports that come.
pub(crate) fn told(index: &Index<'_>, needs: &BTreeMap<FileId, Vec<Need>>) -> Vec<Finding> {
    let exports = exported_by(needs).into_iter();
    let told = exports.filter_map(|it| {
        let range = index.tree(it.file)?.range(it.leaf.syntax());
        let message = format!(
            "`{}` is exported here, too, for packages that do not depend on the bus crate",
            it.item.name()
        );
        let id = catalog::ACCESSOR_EXPORTED;
        Some(Finding::new(id, it.file, range, message))
    });
    told.collect()
}
