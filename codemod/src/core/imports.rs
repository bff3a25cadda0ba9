//! Naming the accessor where it is called, and keeping `use` items right.
//!
//! Belongs here: which name or path reaches an item of the bus crate, which imports come and which go. Does not: the
//! text of use trees (`imports::print`), deciding about constructions.

use std::collections::{BTreeMap, HashMap, VecDeque};

use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasVisibility, VisibilityKind};
use ra_ap_syntax::{Edition, SyntaxElement, SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::api::{self, Item};
use super::catalog;
use super::climb::Left;
use super::defs::{self, Entry, Import, Index, ModuleId, segments, use_item, whole_path};
use super::edit::Edit;
use super::layout;
use super::locals;
use super::resolve::{Def, Namespace};
use super::search::{self, Places};
use super::tree::{self, FileTree};
use super::workspace::FileId;

mod count;
mod exported;
mod offered;
mod print;
mod reached;
mod unused;

use count::{Names, Taken};
pub(crate) use offered::told;
use offered::{Export, exported_by};
use print::{Change, Place};
use reached::is_reached;
pub(crate) use reached::{bus_root, conditions};

/// An import that a rewrite needs.
#[derive(Debug, Clone)]
pub(crate) struct Need {
    /// The block, item list or file that gets it.
    scope: SyntaxNode,
    /// The import that the type came through, if it stands in the same scope.
    anchor: Option<ast::UseTree>,
    /// The whole path. Empty: a glob brings what is exported.
    path: Vec<String>,
    /// The module that this glob opens.
    opened: Option<ModuleId>,
    absolute: bool,
    /// The `#[cfg(…)]` that the place stands under, below the scope.
    cfg: Option<String>,
    /// Whether it is an export.
    public: bool,
    /// What other packages have to export for it.
    exports: Vec<Export>,
}

impl Need {
    /// Whether a glob of a scope, which opens that module, brings it.
    fn comes_by(&self, scope: &SyntaxNode, module: ModuleId) -> bool {
        self.scope == *scope && self.opened == Some(module)
    }

    /// The names that the import comes through, with the modules that have them: the first of its path, and each that a
    /// module of the workspace has.
    fn through(&self, index: &Index<'_>, file: FileId) -> Vec<(ModuleId, String)> {
        let mut out = Vec::new();
        let own = index.module_of(file, &self.scope);
        if let (Some(module), Some(first), false) = (own, self.path.first(), self.absolute) {
            out.push((module, first.clone()));
        }
        for (i, name) in self.path.iter().enumerate().skip(1) {
            let of = &self.path[..i];
            let def = index.resolve(file, &self.scope, of, self.absolute, Namespace::Type);
            if let Def::Module(module) = def {
                out.push((module, name.clone()));
            }
        }
        out
    }
}

/// How `item` is written at a place where the coordinator's type is written as `qualifier`, and the import that this
/// needs.
///
/// # Errors
/// [`Left`] if no path in reach leads to the item.
pub(crate) fn name_for(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    qualifier: &ast::Path,
    item: Item,
) -> Result<(String, Option<Need>), Left> {
    let node = qualifier.syntax();
    let names = segments(qualifier);
    if let Some(prefix) = qualifier.qualifier()
        && let Some(path) = beside(index, file, &prefix, item)
    {
        return Ok((path, None));
    }
    let name = item.name();
    let ns = if item == Item::Accessor {
        Namespace::Value
    } else {
        Namespace::Type
    };
    let is_local = item == Item::Accessor && locals::binding_of(tree, node, name).is_some();
    let def = index.resolve(file, node, &[name.to_owned()], false, ns);
    let serves = || reached::is_served(index, file, tree, node, name);
    if !is_local && index.item_of(&def) == Some(item) && serves() {
        return Ok((name.to_owned(), None));
    }
    let found = names
        .first()
        .and_then(|first| import_of(index, file, tree, node, first));
    let taken = is_local || def != Def::Unknown || is_module(index, file, node, name);
    let said = Said {
        import: found,
        path: Some(qualifier),
    };
    reach(index, file, tree, node, item, said, taken)
}

/// How the accessor is written at a place that does not say the coordinator's type. `own`: a variable of its name that
/// is seen there does not count.
///
/// # Errors
/// [`Left`] if no path in reach leads to it.
pub(crate) fn accessor_at(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    node: &SyntaxNode,
    own: bool,
) -> Result<(String, Option<Need>), Left> {
    let item = Item::Accessor;
    let name = item.name().to_owned();
    let is_local = !own && locals::binding_of(tree, node, &name).is_some();
    let def = index.resolve(
        file,
        node,
        std::slice::from_ref(&name),
        false,
        Namespace::Value,
    );
    let serves = || reached::is_served(index, file, tree, node, &name);
    if !is_local && index.item_of(&def) == Some(item) && serves() {
        return Ok((name, None));
    }
    let scope_node = index
        .module_of(file, node)
        .and_then(|m| index.module_node(m));
    let found = scope_node.and_then(|scope_node| {
        let module = index.module_of(file, node)?;
        let scope = index.scope_of(&scope_node, Some(module));
        let mut imports: Vec<&Import> = scope
            .entries
            .values()
            .flatten()
            .filter_map(|e| match e {
                Entry::Import(i) => Some(i),
                _ => None,
            })
            .collect();
        imports.sort_by_key(|i| i.tree.syntax().text_range().start());
        let is_type = |i: &&&Import| {
            let def = index.follow(file, i, Namespace::Type);
            index.item_of(&def) == Some(Item::Coordinator)
        };
        // without the bus crate, what has an alias of the type may have the accessor, too
        let is_alias = |i: &&&Import| match index.follow(file, i, Namespace::Type) {
            Def::Local(at, node) => offered::is_alias(index, at, &node),
            _ => false,
        };
        let alias = || {
            let alone = bus_root(index, file, node).is_none();
            imports.iter().find(is_alias).filter(|_| alone)
        };
        let of_type = imports.iter().find(is_type).or_else(alias)?;
        Some(((*of_type).clone(), scope_node))
    });
    let taken = is_local || def != Def::Unknown || is_module(index, file, node, &name);
    if found.is_none()
        && let Some(path) = qualified(index, file, tree, node, item)
    {
        return Ok((path, None));
    }
    let is_dependency = || bus_root(index, file, node).is_some();
    if found.is_none()
        && !is_dependency()
        && let Some(path) = spelt_out(index, file, node, item)
    {
        return Ok((path, None));
    }
    let said = Said {
        import: found,
        path: None,
    };
    reach(index, file, tree, node, item, said, taken)
}

/// Whether a name is that of a module at a place: who imports the one would import the other, too.
fn is_module(index: &Index<'_>, file: FileId, node: &SyntaxNode, name: &str) -> bool {
    let path = [name.to_owned()];
    let def = index.resolve(file, node, &path, false, Namespace::Type);
    matches!(def, Def::Module(_))
}

/// The item's path beside the coordinator's type where the module names that through an imported module of the bus crate.
fn qualified(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    node: &SyntaxNode,
    item: Item,
) -> Option<String> {
    let module = index.module_of(file, node)?;
    let name = Item::Coordinator.name();
    let text = &index.workspace.file(file).text;
    // most say the name alone
    let places: Vec<TextSize> = text
        .match_indices(name)
        .filter(|(at, _)| text[..*at].trim_end().ends_with("::"))
        .filter_map(|(at, _)| TextSize::try_from(at).ok())
        .collect();
    let around = tree.around(Some(&places)).into_iter();
    let types = around.filter_map(ast::PathType::cast);
    types.filter_map(|t| t.path()).find_map(|path| {
        let prefix = path.qualifier()?;
        let first = segments(&prefix).into_iter().next()?;
        let own = index.module_of(file, path.syntax()) == Some(module);
        if !own || segments(&path).last().is_none_or(|last| last != name) {
            return None;
        }
        // the crate's own name is not one that was imported
        let of = std::slice::from_ref(&first);
        let def = index.resolve(file, node, of, false, Namespace::Type);
        let is_inside = matches!(&def, Def::Bus(inside) if !inside.is_empty());
        let served = || reached::is_served(index, file, tree, node, &first);
        let beside = beside(index, file, &prefix, item).filter(|_| is_inside && served())?;
        let names: Vec<String> = beside.split("::").map(str::to_owned).collect();
        let def = index.resolve(file, node, &names, false, Namespace::Value);
        (index.item_of(&def) == Some(item)).then_some(beside)
    })
}

/// The item's path beside the coordinator's type, which the package writes out from another crate's name on. For a package
/// that does not depend on the bus crate itself.
fn spelt_out(index: &Index<'_>, file: FileId, node: &SyntaxNode, item: Item) -> Option<String> {
    let name = Item::Coordinator.name();
    let package = index.workspace.file(file).package?;
    let dependencies = &index.workspace.package(package).dependencies;
    let own = search::saying(index.workspace, name)
        .filter(|f| index.workspace.file(*f).package == Some(package));
    for other in own {
        let Some(tree) = index.tree(other) else {
            continue;
        };
        let places = Places::of([name]).find(&index.workspace.file(other).text);
        let around = tree.around(places.as_deref()).into_iter();
        let types = around.filter_map(ast::PathType::cast);
        for path in types.filter_map(|t| t.path()) {
            let names = segments(&path);
            let Some((last, prefix)) = names.split_last() else {
                continue;
            };
            let [first, _, ..] = prefix else { continue };
            if last != name || !dependencies.iter().any(|d| d.extern_name == *first) {
                continue;
            }
            let mut path = prefix.to_vec();
            path.push(item.name().to_owned());
            let def = index.resolve(file, node, &path, false, Namespace::Value);
            if index.item_of(&def) == Some(item) && is_reached(index, file, node, first) {
                return Some(path.join("::"));
            }
        }
    }
    None
}

/// How a place says the coordinator's type.
struct Said<'s> {
    /// The import of it in reach, and the scope that has that.
    import: Option<(Import, SyntaxNode)>,
    /// The path, if it stands there.
    path: Option<&'s ast::Path>,
}

impl Said<'_> {
    /// The type's whole path, and whether it starts at a crate.
    fn names(&self) -> Option<(Vec<String>, bool)> {
        let path = self.path.filter(|p| p.qualifier().is_some());
        let Some((import, _)) = &self.import else {
            return Some((segments(path?), defs::starts_absolute(path?)));
        };
        // the import may be that of a module which the path begins with
        let below = path
            .into_iter()
            .flat_map(|p| segments(p).into_iter().skip(1));
        let names = import.segments.iter().cloned().chain(below);
        Some((names.collect(), import.absolute))
    }

    /// The module that the type is named by.
    fn module(&self, index: &Index<'_>, file: FileId, node: &SyntaxNode) -> Option<ModuleId> {
        let (names, absolute) = self.names()?;
        let of = names.split_last()?.1;
        match index.resolve(file, node, of, absolute, Namespace::Type) {
            Def::Module(of) => Some(of),
            _ => None,
        }
    }
}

/// The item's name with the import that it needs, or its path where the name is `taken`.
fn reach(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    node: &SyntaxNode,
    item: Item,
    said: Said<'_>,
    taken: bool,
) -> Result<(String, Option<Need>), Left> {
    let name = item.name();
    let module = index.module_of(file, node);
    let root = bus_root(index, file, node);
    let home = |root: String| {
        let home = home_beside(index, file, item);
        let home = home.iter().map(ToString::to_string);
        std::iter::once(root)
            .chain(home)
            .chain([name.to_owned()])
            .collect::<Vec<_>>()
    };
    let found = &said.import;
    let exported = found
        .as_ref()
        .and_then(|(import, _)| exporting(index, file, import, item));
    let alone = |path| (path, Vec::new());
    let through = || of_dependency(index, file, node, |m, from| leads(index, m, from, item));
    // where the name is taken, its path is written, for which no import comes that tells of an export
    let to_export = || {
        let offered = |m, from| {
            let exports = offered::by(index, m, from, item, said.module(index, file, node))?;
            Some((vec![name.to_owned()], exports))
        };
        // the type's own path may lead to the package's own library, as in its examples, or through modules of some builds
        let beside = || {
            let (of, from) = (said.module(index, file, node)?, module?);
            let (mut path, _) = said.names().filter(|(_, absolute)| !absolute)?;
            *path.last_mut()? = name.to_owned();
            let is_other = index.modules[of.0].krate != index.modules[from.0].krate;
            let exports = offered::by(index, of, from, item, Some(of)).filter(|_| is_other)?;
            Some((path, exports))
        };
        let may = !taken && !offered::is_in_the_way(index, item);
        may.then(|| of_dependency(index, file, node, offered).or_else(beside))
            .flatten()
    };
    let known = exported.clone().or_else(|| root.map(home)).map(alone);
    let (path, exports) = match known.or_else(through).or_else(to_export) {
        Some(found) => found,
        None => {
            let (why, help) = match reached::is_known(index, file) {
                false if !taken && offered::is_in_the_way(index, item) => (
                    "the package does not depend on the bus crate, and something of that name in the workspace is in the way of an export",
                    "add the bus crate to the package's dependencies, then run again",
                ),
                false => (
                    "the package does not depend on the bus crate",
                    "add the bus crate to the package's dependencies, then run again",
                ),
                true => (
                    "the package does not depend on the bus crate wherever this is compiled",
                    "add the bus crate to the dependencies of every build, then run again",
                ),
            };
            return Err(Left::new(
                catalog::ACCESSOR_UNREACHABLE,
                format!("`{name}` cannot be named here: {why}"),
            )
            .help(help));
        }
    };
    let absolute = exported.is_some() && found.as_ref().is_some_and(|(import, _)| import.absolute);
    // the file around one that is included may import it, too
    if taken || (found.is_none() && index.is_included(file)) {
        let lead = if absolute { "::" } else { "" };
        return Ok((format!("{lead}{}", path.join("::")), None));
    }
    let scope = match found {
        Some((_, scope)) => scope.clone(),
        None => module
            .and_then(|m| index.module_node(m))
            .unwrap_or_else(|| tree.root.clone()),
    };
    // one that only some builds have imports for these
    let of_anchor = found.as_ref().and_then(|(i, _)| use_item(&i.tree));
    let of_anchor = of_anchor.and_then(|u| tree::cfgs(u.syntax()).next());
    let around = || {
        tree.ancestors(node)
            .flat_map(|n| tree::cfgs(&n).collect::<Vec<_>>())
    };
    let of_anchor = of_anchor.filter(|cfg| around().any(|c| c == *cfg));
    // a glob brings what comes to the module that it opens
    let within = path.split_last().map_or(&[][..], |(_, within)| within);
    let opened = match index.resolve(file, node, within, absolute, Namespace::Type) {
        Def::Module(of) if !exports.is_empty() => {
            let scope = index.scope_of(&scope, module);
            let opens = |glob: &Import| matches!(index.follow(file, glob, Namespace::Type), Def::Module(m) if m == of);
            Some(of).filter(|_| scope.globs.iter().any(opens))
        }
        _ => None,
    };
    let need = Need {
        cfg: cfg_below(index, tree, node, &scope).or(of_anchor),
        scope,
        anchor: found.as_ref().map(|(import, _)| import.tree.clone()),
        path: if opened.is_some() { Vec::new() } else { path },
        opened,
        absolute,
        public: false,
        exports,
    };
    Ok((name.to_owned(), Some(need)))
}

/// A path through a dependency: to the first module that `node` can name and for which `found` gives the rest, from the
/// crates' roots down. With the exports that it needs.
fn of_dependency(
    index: &Index<'_>,
    file: FileId,
    node: &SyntaxNode,
    found: impl Fn(ModuleId, ModuleId) -> Option<(Vec<String>, Vec<Export>)>,
) -> Option<(Vec<String>, Vec<Export>)> {
    const MAX_NAMES: usize = 4;
    let from = index.module_of(file, node)?;
    let package = index.workspace.package(index.package_of(from)?);
    let named = package.dependencies.iter().map(|d| d.extern_name.clone());
    let mut next: VecDeque<(ModuleId, Vec<String>)> = named
        .filter(|name| is_reached(index, file, node, name))
        .filter_map(|name| {
            let path = vec![name];
            match index.resolve(file, node, &path, false, Namespace::Type) {
                Def::Module(root) => Some((root, path)),
                _ => None,
            }
        })
        .collect();
    let mut seen: Vec<ModuleId> = Vec::new();
    while let Some((module, mut path)) = next.pop_front() {
        // one that only some builds have is not there for all
        let is_whole = || {
            let node = index.module_node(module)?;
            let conditions = reached::conditions(index, index.modules[module.0].file, &node)?;
            // attributes that only some builds have are no conditions
            let is_attr = |c: &String| c.starts_with("[cfg_attr(") && !c.contains("cfg(");
            Some(conditions.iter().all(is_attr))
        };
        if seen.contains(&module) || is_whole() != Some(true) {
            continue;
        }
        seen.push(module);
        if let Some((further, exports)) = found(module, from) {
            path.extend(further);
            return Some((path, exports));
        }
        if path.len() == MAX_NAMES {
            continue;
        }
        let scope = index.module_scope(module);
        let imported = scope.iter().flat_map(|s| s.imported());
        let children = index.modules[module.0].children.keys();
        for name in children.chain(imported) {
            let seen = index.seen_in(module, name, Namespace::Type, from);
            if let Some(Def::Module(child)) = seen {
                let names = path.iter().chain([name]).cloned();
                next.push_back((child, names.collect()));
            }
        }
    }
    None
}

/// The item's path from a module on that has it for code in `from`, or has a module of the bus crate.
fn leads(
    index: &Index<'_>,
    module: ModuleId,
    from: ModuleId,
    item: Item,
) -> Option<(Vec<String>, Vec<Export>)> {
    let own = has(index, module, from, item).then(|| vec![item.name().to_owned()]);
    let path = own.or_else(|| through_module(index, module, from, item));
    path.map(|path| (path, Vec::new()))
}

/// The item's path through a module of the bus crate that a module exports, for code in `from`.
fn through_module(
    index: &Index<'_>,
    module: ModuleId,
    from: ModuleId,
    item: Item,
) -> Option<Vec<String>> {
    let scope = index.module_scope(module)?;
    scope.imported().find_map(|name| {
        let Some(Def::Bus(inside)) = index.seen_in(module, name, Namespace::Type, from) else {
            return None;
        };
        let rest = item.homes().iter().find_map(|home| {
            let own = home.get(..inside.len())?;
            (own == inside.as_slice()).then(|| &home[inside.len()..])
        })?;
        let rest = rest.iter().map(ToString::to_string);
        let path = std::iter::once(name.clone()).chain(rest);
        Some(path.chain([item.name().to_owned()]).collect())
    })
}

/// The module of the bus crate that a file names the coordinator's type in, or another one of its package does, if it has the
/// item too; else the preferred one.
fn home_beside(index: &Index<'_>, file: FileId, item: Item) -> &'static [&'static str] {
    let homes = item.homes();
    let named = |text: &str| {
        homes.iter().find(|home| {
            let home = home.join("::");
            let path = format!("{home}::{}", Item::Coordinator.name());
            // a group of the module below tells it from the one above
            search::says(text, &path)
                || (home.contains(':') && search::says(text, &format!("{home}::{{")))
        })
    };
    let own = index.workspace.file(file);
    let beside = || {
        let mut files = index.workspace.files.iter();
        files.find_map(|f| named(&f.text).filter(|_| f.package == own.package))
    };
    named(&own.text).or_else(beside).unwrap_or(&homes[0])
}

/// The `#[cfg(…)]` of the outermost item around a node in `scope` that has one.
fn cfg_below(
    index: &Index<'_>,
    tree: &FileTree,
    node: &SyntaxNode,
    scope: &SyntaxNode,
) -> Option<String> {
    // methods and statements ask in the last step alone: what the first one imports has to serve that too
    let is_asked = |n: &SyntaxNode| {
        let of_scope = n.parent().as_ref() == Some(scope);
        let is_stmt = n.parent().is_some_and(|p| {
            ast::StmtList::can_cast(p.kind()) || ast::ExprStmt::can_cast(p.kind())
        });
        of_scope || (!index.is_first && (is_stmt || ast::AssocItem::can_cast(n.kind())))
    };
    let below = tree.ancestors(node).take_while(|n| n != scope);
    let cfgs = below.filter(is_asked).filter_map(|n| tree::cfgs(&n).next());
    cfgs.last()
}

/// The item's path if it is exported beside what `prefix::Type` names, or one module up.
fn beside(index: &Index<'_>, file: FileId, prefix: &ast::Path, item: Item) -> Option<String> {
    let exports = |path: &ast::Path| match index.resolve_path(file, path, Namespace::Type) {
        Def::Bus(mut inside) => {
            inside.push(item.name().to_owned());
            api::item_at(&inside) == Some(item)
        }
        Def::Module(m) => exports(index, m, item, file, path.syntax()),
        _ => false,
    };
    let reaching = if exports(prefix) {
        prefix.clone()
    } else {
        prefix.qualifier().filter(exports)?
    };
    let text: String = reaching
        .syntax()
        .text()
        .to_string()
        .split_whitespace()
        .collect();
    Some(format!("{text}::{}", item.name()))
}

/// Whether `module` has the item where `node` can name it.
fn exports(
    index: &Index<'_>,
    module: ModuleId,
    item: Item,
    file: FileId,
    node: &SyntaxNode,
) -> bool {
    let from = index.module_of(file, node);
    from.is_some_and(|from| has(index, module, from, item))
}

/// Whether `module` has the item for code in `from`.
fn has(index: &Index<'_>, module: ModuleId, from: ModuleId, item: Item) -> bool {
    let ns = if item == Item::Accessor {
        Namespace::Value
    } else {
        Namespace::Type
    };
    let seen = index.seen_in(module, item.name(), ns, from);
    seen.is_some_and(|def| index.item_of(&def) == Some(item))
}

/// The import that brings `name` in at `node`, and the scope that it stands in.
fn import_of(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    node: &SyntaxNode,
    name: &str,
) -> Option<(Import, SyntaxNode)> {
    let module = index.module_of(file, node)?;
    let module_node = index.module_node(module)?;
    tree.ancestors(node)
        .filter(|n| n.kind() == ra_ap_syntax::SyntaxKind::STMT_LIST || *n == module_node)
        // what is imported inside of macro input is left alone
        .filter(|n| tree.range(n) == n.text_range())
        .find_map(|scope_node| {
            let scope = index.scope_of(&scope_node, None);
            scope
                .entries
                .get(name)?
                .iter()
                .find_map(|entry| match entry {
                    Entry::Import(import) => Some((import.clone(), scope_node.clone())),
                    _ => None,
                })
        })
}

/// The path of `item` beside, or one module above, what an import names; or what the import there names in its turn.
fn exporting(index: &Index<'_>, file: FileId, import: &Import, item: Item) -> Option<Vec<String>> {
    const MAX_IMPORTS: usize = 8;
    let node = import.tree.syntax();
    let mut import = import.clone();
    for hop in 0..MAX_IMPORTS {
        let (name, module) = import.segments.split_last()?;
        let of =
            |prefix: &[String]| index.resolve(file, node, prefix, import.absolute, Namespace::Type);
        let above = module.split_last().map_or(&[][..], |(_, up)| up);
        // what the crate's own root imports is no neighbour
        let is_own = |p: &[String]| matches!(p, [only] if matches!(only.as_str(), "crate" | "self" | "super"));
        let above = if is_own(above) { &[][..] } else { above };
        for prefix in [module, above] {
            if prefix.is_empty() {
                continue;
            }
            let found = match of(prefix) {
                // through another crate's import the bus crate itself may be out of reach
                Def::Bus(mut inside) if hop == 0 => {
                    inside.push(item.name().to_owned());
                    api::item_at(&inside) == Some(item)
                }
                Def::Module(m) => exports(index, m, item, file, node),
                _ => false,
            };
            if found && (hop == 0 || is_reached(index, file, node, &prefix[0])) {
                let mut path = prefix.to_vec();
                path.push(item.name().to_owned());
                return Some(path);
            }
        }
        let Def::Module(m) = of(module) else {
            return None;
        };
        let scope = index.module_scope(m)?;
        let next = scope.entries.get(name)?.iter().find_map(|e| match e {
            Entry::Import(next) => Some(next.clone()),
            _ => None,
        })?;
        // what is told from where that import stands means something else here
        if matches!(next.segments[0].as_str(), "self" | "super") {
            return None;
        }
        import = next;
    }
    None
}

fn is_private(import: &Import) -> bool {
    use_item(&import.tree).is_some_and(|u| u.visibility().is_none())
}

/// What the imports of all files have to regard.
struct Round<'r> {
    /// The imports that come.
    needs: &'r BTreeMap<FileId, Vec<Need>>,
    /// What new imports come through.
    asked: &'r [(ModuleId, String)],
    /// Exports that go.
    dead: &'r [ast::UseTree],
    /// Items that the edits take.
    taken: &'r [Taken],
}

/// Adds to the edits of all files those of their `use` items.
pub(crate) fn complete(
    index: &Index<'_>,
    edits: &mut BTreeMap<FileId, Vec<Edit>>,
    needs: &BTreeMap<FileId, Vec<Need>>,
) {
    let asked: Vec<(ModuleId, String)> = needs
        .iter()
        .flat_map(|(file, own)| own.iter().flat_map(|need| need.through(index, *file)))
        .collect();
    for it in exported_by(needs) {
        edits.entry(it.file).or_default();
    }
    let before = edits.clone();
    let taken = count::taken(index, &before);
    // imports that only such exports came through go in the next round
    let mut dead: Vec<ast::UseTree> = Vec::new();
    loop {
        let mut after = before.clone();
        for file in inner_first(index, &before) {
            let own = after.get(&file).map_or(&[][..], Vec::as_slice);
            let round = Round {
                needs,
                asked: &asked,
                dead: &dead,
                taken: &taken,
            };
            let imports = plan(index, file, own, &after, &round);
            after.entry(file).or_default().extend(imports);
        }
        let gone = exported::remove(index, &mut after, &taken);
        if !dead.iter().all(|leaf| gone.contains(leaf)) {
            break;
        }
        *edits = after;
        if gone.len() == dead.len() {
            break;
        }
        dead = gone;
    }
    edits.retain(|_, own| !own.is_empty());
}

/// The files with edits, those of inner modules before those around them.
fn inner_first(index: &Index<'_>, edits: &BTreeMap<FileId, Vec<Edit>>) -> Vec<FileId> {
    let depth = |file: FileId| {
        let mut at = index
            .tree(file)
            .and_then(|t| index.module_of(file, &t.root));
        let mut depth = 0usize;
        while let Some(module) = at {
            depth += 1;
            at = index.modules[module.0].parent;
        }
        depth
    };
    let mut files: Vec<FileId> = edits.keys().copied().collect();
    files.sort_by_key(|f| std::cmp::Reverse(depth(*f)));
    files
}

/// The edits of `use` items that the file's needs and the names that `edits` removed call for. `others`: what becomes of
/// other files; modules below this one come first.
fn plan(
    index: &Index<'_>,
    file: FileId,
    edits: &[Edit],
    others: &BTreeMap<FileId, Vec<Edit>>,
    round: &Round<'_>,
) -> Vec<Edit> {
    let Some(tree) = index.tree(file) else {
        return Vec::new();
    };
    let source = &index.workspace.file(file).text;
    let needs = round.needs.get(&file).map_or(&[][..], Vec::as_slice);
    let names = Names::new(index, file, edits, others, round.needs);
    let mut changes: HashMap<SyntaxNode, (ast::Use, Vec<Change>)> = HashMap::new();
    let mut out = Vec::new();
    let (gone_leaves, moved) = unused::unused(index, file, tree, &names, edits, needs, round);
    for leaf in gone_leaves {
        if let Some(item) = use_item(&leaf) {
            let entry = changes
                .entry(item.syntax().clone())
                .or_insert_with(|| (item, Vec::new()));
            entry.1.push(Change::Remove(leaf));
        }
    }
    let exports: Vec<&Export> = (exported_by(round.needs).into_iter())
        .filter(|it| it.file == file)
        .collect();
    for it in &exports {
        for (item, change) in it.changes() {
            let entry = changes
                .entry(item.syntax().clone())
                .or_insert_with(|| (item, Vec::new()));
            entry.1.push(change);
        }
    }
    let mut done: Vec<&Need> = Vec::new();
    let mut apart: Vec<&Need> = Vec::new();
    // outer scopes first: inner ones may see what comes to them
    // an import that only one variant of the code uses is one of that variant
    let sees = |a: &Need, b: &Need| a.scope == b.scope || globs(index, file, &a.scope, &b.scope);
    let alike = |a: &Need, b: &Need| a.path.last() == b.path.last() && sees(a, b);
    let shown: Vec<Need> = exports.iter().filter_map(|it| it.need()).collect();
    let needs: Vec<Need> = shown
        .iter()
        .chain(needs)
        .chain(&moved)
        .map(|need| {
            let agreed = |_: &String| needs.iter().all(|n| n.cfg == need.cfg || !alike(n, need));
            Need {
                cfg: need.cfg.clone().filter(agreed),
                ..need.clone()
            }
        })
        .collect();
    let mut needs: Vec<&Need> = needs.iter().collect();
    needs.sort_by_key(|n| std::cmp::Reverse(n.scope.text_range().len()));
    for need in needs.iter().copied() {
        // one import serves a whole scope, and those inside that glob it
        let served = |other: &&Need| {
            let alike = || other.cfg.is_none() || other.cfg == need.cfg;
            other.path.last() == need.path.last()
                && (other.scope == need.scope
                    || (alike() && globs(index, file, &need.scope, &other.scope)))
        };
        if done.iter().any(served) || (!need.public && exports.iter().any(|it| it.serves(need))) {
            continue;
        }
        done.push(need);
        let places = need.path.split_last().map(|(_, p)| match need.public {
            true => Vec::new(),
            false => places(need, p),
        });
        let (Some(places), Some(name)) = (places, need.path.last()) else {
            continue;
        };
        if places.is_empty() {
            apart.push(need);
        }
        for (item, place) in places {
            let entry = changes
                .entry(item.syntax().clone())
                .or_insert_with(|| (item, Vec::new()));
            entry.1.push(Change::Add(place, name.clone()));
        }
    }
    let mut gone: Vec<ast::Use> = Vec::new();
    let mut changes: Vec<_> = changes.into_values().collect();
    changes.sort_by_key(|(item, _)| tree.range(item.syntax()).start());
    for (item, changes) in changes {
        match print::apply(source, index.edition(file), &item, &changes) {
            print::Applied::Edits(edits) => out.extend(edits),
            print::Applied::Gone => gone.push(item),
        }
    }
    // names of one prefix come in one item
    let mut together: Vec<(&Need, Vec<&str>)> = Vec::new();
    apart.sort_by(|a, b| a.path.cmp(&b.path));
    for need in apart {
        let Some((name, prefix)) = need.path.split_last() else {
            continue;
        };
        let known = together.iter_mut().find(|(other, _)| {
            other.scope == need.scope
                && other.cfg.is_none()
                && need.cfg.is_none()
                && other.absolute == need.absolute
                && other.public == need.public
                && other.path.split_last().is_some_and(|(_, p)| p == prefix)
        });
        match known {
            Some((_, names)) => names.push(name),
            None => together.push((need, vec![name])),
        }
    }
    let mut after: HashMap<SyntaxNode, Vec<String>> = HashMap::new();
    for (need, names) in together {
        let mut text = use_text(index.edition(file), need, &names);
        if let Some(cfg) = &need.cfg {
            let first = need
                .scope
                .children()
                .find(|n| ast::Item::can_cast(n.kind()));
            let beside = first.as_ref().unwrap_or(&need.scope);
            let indent = layout::indent_at(source, tree.range(beside).start());
            text = format!("{cfg}{}{indent}{text}", layout::newline(source));
        }
        // an item that goes leaves its place to the one that comes
        let anchor = need.anchor.as_ref().and_then(use_item);
        let of_anchor =
            anchor.and_then(|item| gone.iter().position(|g| g.syntax() == item.syntax()));
        let own = || need.scope.children().filter_map(ast::Use::cast);
        let all_go = own().all(|u| gone.contains(&u) && u.attrs().next().is_none());
        let any = || gone.iter().position(|g| all_go && own().any(|u| u == *g));
        match of_anchor.or_else(any) {
            Some(at) => out.push(Edit::replace(gone.remove(at).syntax().text_range(), text)),
            None => after.entry(need.scope.clone()).or_default().push(text),
        }
    }
    for need in &needs {
        if let Some(texts) = after.remove(&need.scope) {
            let dead = round.dead;
            out.push(new_items(index, file, tree, need, &gone, dead, &texts));
        }
    }
    out.extend(print::delete_items(source, index.edition(file), gone));
    out
}

/// Where among the scope's use trees a name with that prefix belongs: beside what the type came through, in each variant of
/// that, or only in the variant that asks. Empty: in an item of its own.
fn places(need: &Need, prefix: &[String]) -> Vec<(ast::Use, Place)> {
    let one = |need: &Need| place(need, prefix).into_iter().collect();
    let Some(anchor) = need.anchor.as_ref() else {
        return if need.cfg.is_some() {
            Vec::new()
        } else {
            one(need)
        };
    };
    let own = use_item(anchor).and_then(|item| cfg_of(&item));
    if own.is_none() {
        return if need.cfg.is_some() {
            Vec::new()
        } else {
            one(need)
        };
    }
    let (path, _) = whole_path(anchor);
    let leaves = need
        .scope
        .children()
        .filter_map(ast::Use::cast)
        .flat_map(|item| {
            let cfg = cfg_of(&item);
            let trees = item.syntax().descendants().filter_map(ast::UseTree::cast);
            let alike: Vec<ast::UseTree> = trees
                .filter(|t| t.use_tree_list().is_none() && whole_path(t).0.last() == path.last())
                .collect();
            alike.into_iter().map(move |t| (cfg.clone(), t))
        });
    let wanted: Vec<ast::UseTree> = leaves
        .filter(|(cfg, _)| need.cfg.is_none() || *cfg == need.cfg)
        .map(|(_, leaf)| leaf)
        .collect();
    let found: Vec<(ast::Use, Place)> = wanted
        .iter()
        .filter_map(|leaf| {
            let anchor = Some(leaf.clone());
            let (item, place) = place(
                &Need {
                    anchor,
                    ..need.clone()
                },
                prefix,
            )?;
            (use_item(leaf)?.syntax() == item.syntax()).then_some((item, place))
        })
        .collect();
    // one variant alone does not serve all
    let serves = found.len() == wanted.len() && (need.cfg.is_some() || found.len() > 1);
    match serves {
        true => found,
        false if need.cfg.is_some() => Vec::new(),
        false => one(&Need {
            anchor: None,
            ..need.clone()
        }),
    }
}

/// The `#[cfg(…)]` of an item.
fn cfg_of(item: &ast::Use) -> Option<String> {
    let mut attrs = item.attrs().map(|a| a.syntax().text().to_string());
    attrs.find(|a| a.starts_with("#[cfg("))
}

/// Where among the scope's use trees a name with that prefix belongs.
fn place(need: &Need, prefix: &[String]) -> Option<(ast::Use, Place)> {
    if prefix.is_empty() {
        return None;
    }
    let prefix_of = |tree: &ast::UseTree| whole_path(tree).0;
    if let Some(anchor) = &need.anchor {
        let path = prefix_of(anchor);
        // what is exported again stays what it is
        let own = use_item(anchor).filter(|u| u.visibility().is_none());
        if let Some(item) = own
            && path.split_last().is_some_and(|(_, p)| p == prefix)
            && path.last().is_some_and(|l| l != "self")
        {
            return Some((item, Place::Beside(anchor.clone())));
        }
    }
    // an item of the same prefix, alone or in a group
    need.scope
        .children()
        .filter_map(ast::Use::cast)
        .filter(|u| u.visibility().is_none() && u.attrs().next().is_none())
        .find_map(|item| {
            let top = item.use_tree()?;
            let alone = top.use_tree_list().is_none() && top.star_token().is_none();
            if alone
                && prefix_of(&top)
                    .split_last()
                    .is_some_and(|(_, p)| p == prefix)
            {
                return Some((item, Place::Beside(top)));
            }
            let list = item
                .syntax()
                .descendants()
                .filter_map(ast::UseTreeList::cast)
                .find(|l| prefix_of(&l.parent_use_tree()) == prefix)?;
            Some((item, Place::Into(list)))
        })
}

/// Whether `scope` imports by a glob all that `other`, a module around it, has.
fn globs(index: &Index<'_>, file: FileId, scope: &SyntaxNode, other: &SyntaxNode) -> bool {
    // others do not see what it imports for itself
    let within = scope.ancestors().any(|n| n == *other);
    let globs = &index.scope_of(scope, None).globs;
    within
        && globs
            .iter()
            .any(|glob| match index.follow(file, glob, Namespace::Type) {
                Def::Module(m) => index.module_node(m).as_ref() == Some(other),
                _ => false,
            })
}

fn use_text(edition: Edition, need: &Need, names: &[&str]) -> String {
    let lead = if need.absolute { "::" } else { "" };
    let item = if need.public { "pub use" } else { "use" };
    let of = need.path[..need.path.len() - 1].iter();
    let prefix: String = of.map(|name| format!("{name}::")).collect();
    match names {
        [only] => format!("{item} {lead}{prefix}{only};"),
        several => format!(
            "{item} {lead}{prefix}{{{}}};",
            print::sorted(several, edition).join(", ")
        ),
    }
}

/// Use items of their own: in the order of their group where it has one, else after the one that the type came through,
/// else after the last, else at the top.
fn new_items(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    need: &Need,
    gone: &[ast::Use],
    dead: &[ast::UseTree],
    texts: &[String],
) -> Edit {
    let source = &index.workspace.file(file).text;
    let newline = layout::newline(source);
    let uses: Vec<ast::Use> = need
        .scope
        .children()
        .filter_map(ast::Use::cast)
        .filter(|item| !gone.contains(item))
        .collect();
    let anchor = need.anchor.as_ref().and_then(use_item);
    let anchor = anchor.filter(|item| !gone.contains(item));
    let group = group_of(source, tree, &uses, anchor.as_ref(), need);
    if let [first, ..] = group {
        // beside what other edits take the lines around it are not told
        let is_dead = |item: &ast::Use| {
            let mut leaves = item.syntax().descendants().filter_map(ast::UseTree::cast);
            leaves.all(|t| t.use_tree_list().is_some() || dead.contains(&t))
        };
        let order = || print::place_in(group, &texts[0], index.edition(file));
        let at = order().filter(|_| !group.iter().any(is_dead));
        let after = match (at, &anchor) {
            (Some(0), _) => None,
            (Some(at), _) => Some(&group[at - 1]),
            (None, Some(anchor)) => Some(anchor),
            (None, None) => group.last(),
        };
        let Some(after) = after else {
            // below the comments above the first one, which often speak of the whole file
            let at = start_of(tree, first);
            let indent = layout::indent_at(source, at);
            let lines = texts.iter().map(|t| format!("{t}{newline}{indent}"));
            return Edit::insert(at, lines.collect::<String>());
        };
        let end = tree.range(after.syntax()).end();
        let indent = layout::indent_at(source, end);
        let lines = texts.iter().map(|t| format!("{newline}{indent}{t}"));
        let at = layout::behind_comment(source, end);
        return Edit::insert(at, lines.collect::<String>());
    }
    let goes = |n: &SyntaxNode| gone.iter().any(|g| g.syntax() == n);
    let mut items = need
        .scope
        .children()
        .filter(|n| ast::Item::can_cast(n.kind()));
    let first = items.find(|n| !goes(n));
    match first {
        Some(first) => {
            let at = tree.range(&first).start();
            let indent = layout::indent_at(source, at);
            let items = texts.join(&format!("{newline}{indent}"));
            Edit::insert(at, format!("{items}{newline}{newline}{indent}"))
        }
        None => Edit::insert(
            tree.range(&need.scope).end(),
            format!("{}{newline}", texts.join(newline)),
        ),
    }
}

/// The items without a blank line between them to which a new one belongs: those beside the one that the type came
/// through, else the last of the same kind (the standard library, other crates, this crate), else the last.
fn group_of<'u>(
    source: &str,
    tree: &FileTree,
    uses: &'u [ast::Use],
    anchor: Option<&ast::Use>,
    need: &Need,
) -> &'u [ast::Use] {
    let kind = |root: &str| match root {
        "std" | "core" | "alloc" => 0,
        "crate" | "self" | "super" => 2,
        _ => 1,
    };
    let of_need = need.path.first().map(|name| kind(name));
    let is_alike = |item: &ast::Use| {
        let root = item.use_tree().map(|t| whole_path(&t).0);
        root.and_then(|path| path.first().map(|name| kind(name))) == of_need
    };
    let mut groups = uses.chunk_by(|a, b| {
        let between = TextRange::new(tree.range(a.syntax()).end(), start_of(tree, b));
        let mut lines = source[between].split('\n').skip(1).peekable();
        std::iter::from_fn(|| lines.next().filter(|_| lines.peek().is_some()))
            .all(|line| !line.trim().is_empty())
    });
    match anchor {
        Some(anchor) => groups.find(|g| g.contains(anchor)),
        None => {
            let groups: Vec<_> = groups.collect();
            let alike = groups.iter().rev().find(|g| g.iter().any(is_alike));
            alike.or(groups.last()).copied()
        }
    }
    .unwrap_or_default()
}

/// Where an item starts, without the comments above it.
fn start_of(tree: &FileTree, item: &ast::Use) -> TextSize {
    let solid = item
        .syntax()
        .children_with_tokens()
        .find(|e| !matches!(e.kind(), SyntaxKind::COMMENT | SyntaxKind::WHITESPACE));
    let range = solid.map(|e| match e {
        SyntaxElement::Node(node) => tree.range(&node),
        SyntaxElement::Token(token) => tree.token_range(&token),
    });
    range.unwrap_or_else(|| tree.range(item.syntax())).start()
}
