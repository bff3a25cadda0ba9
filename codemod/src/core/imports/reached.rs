//! Which dependencies the code at a place can name.
//!
//! Belongs here: kinds of dependencies, and what only some builds have. Does not: paths into a dependency.

use ra_ap_syntax::ast::HasName;

use super::super::api;
use super::super::workspace::{Dependency, DependencyKind, TargetKind};
use super::*;

/// What the package calls the bus crate, where the code at a place can name it.
pub(crate) fn bus_root(index: &Index<'_>, file: FileId, node: &SyntaxNode) -> Option<String> {
    let module = index.module_of(file, node)?;
    let package = index.workspace.package(index.package_of(module)?);
    package
        .dependencies
        .iter()
        .filter(|d| api::is_bus_package(&d.package))
        .find(|d| names(index, file, node, module, d))
        .map(|d| d.extern_name.clone())
}

/// Whether the package of a file depends on the bus crate for some of its code.
pub(super) fn is_known(index: &Index<'_>, file: FileId) -> bool {
    let package = index.workspace.file(file).package;
    let dependencies = package.map(|p| &index.workspace.package(p).dependencies);
    let mut all = dependencies.into_iter().flatten();
    all.any(|d| api::is_bus_package(&d.package))
}

/// Whether code at a place can name the crate that a path begins with, if it is one of the dependencies.
pub(super) fn is_reached(index: &Index<'_>, file: FileId, node: &SyntaxNode, first: &str) -> bool {
    let reached = index.module_of(file, node).and_then(|module| {
        let package = index.workspace.package(index.package_of(module)?);
        let mut named = package
            .dependencies
            .iter()
            .filter(|d| d.extern_name == first)
            .peekable();
        let none = named.peek().is_none();
        Some(none || named.any(|d| names(index, file, node, module, d)))
    });
    reached == Some(true)
}

/// Whether the code at a place, in `module`, can name a dependency.
fn names(
    index: &Index<'_>,
    file: FileId,
    node: &SyntaxNode,
    module: ModuleId,
    dependency: &Dependency,
) -> bool {
    kinds_in_reach(index, module).contains(&dependency.kind)
        && (!dependency.conditional || is_named_alike(index, file, node, module, dependency))
}

/// Whether a name is there in all builds that have the place: not if its only import has a `#[cfg(…)]` that the place is
/// not under.
pub(super) fn is_served(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    node: &SyntaxNode,
    name: &str,
) -> bool {
    let Some((import, scope)) = import_of(index, file, tree, node, name) else {
        return true;
    };
    let module = index.module_of(file, node);
    let entries = &index.scope_of(&scope, module).entries;
    let is_only = entries.get(name).is_some_and(|all| all.len() == 1);
    let Some(item) = use_item(&import.tree).filter(|item| is_only && cfg_of(item).is_some()) else {
        return true;
    };
    let of_place = conditions(index, file, node).unwrap_or_default();
    let of_import = conditions(index, file, item.syntax());
    of_import.is_some_and(|own| own.iter().all(|c| of_place.contains(c)))
}

/// The kinds of dependencies that code of a module can name.
fn kinds_in_reach(index: &Index<'_>, module: ModuleId) -> &'static [DependencyKind] {
    let data = &index.modules[module.0];
    let for_tests = data.test || index.workspace.file(data.file).example.is_some();
    match index.crates[data.krate.0].kind {
        TargetKind::Build => &[DependencyKind::Build],
        TargetKind::Lib | TargetKind::Bin if !for_tests => &[DependencyKind::Normal],
        _ => &[DependencyKind::Normal, DependencyKind::Dev],
    }
}

/// Whether code that is compiled wherever the code at a place is names the dependency: then that is there.
fn is_named_alike(
    index: &Index<'_>,
    file: FileId,
    node: &SyntaxNode,
    module: ModuleId,
    dependency: &Dependency,
) -> bool {
    let name = dependency.extern_name.as_str();
    let conditions = conditions(index, file, node).unwrap_or_default();
    let krate = |m: ModuleId| index.modules[m.0].krate;
    let lib = index.package_of(module).and_then(|p| index.lib(p));
    let package = index.workspace.file(file).package;
    let mut own = search::saying(index.workspace, name)
        .filter(|f| index.workspace.file(*f).package == package);
    own.any(|other| {
        let Some(tree) = index.tree(other) else {
            return false;
        };
        let places = Places::of([name]).find(&index.workspace.file(other).text);
        let around = tree.around(places.as_deref()).into_iter();
        around.filter(|n| is_crate_name(n, name)).any(|n| {
            // every other crate of the package is built with its library
            let is_built = index.module_of(other, &n).is_some_and(|m| {
                krate(m) == krate(module) || lib.is_some_and(|lib| krate(lib) == krate(m))
            });
            is_built
                && self::conditions(index, other, &n)
                    .is_some_and(|own| own.iter().all(|c| conditions.contains(c)))
        })
    })
}

/// Whether a node is the name of that crate at the start of a path, or in `extern crate`.
fn is_crate_name(node: &SyntaxNode, name: &str) -> bool {
    if let Some(it) = ast::ExternCrate::cast(node.clone()) {
        return it.name_ref().is_some_and(|n| n.text() == name);
    }
    let Some(path) = ast::Path::cast(node.clone()) else {
        return false;
    };
    // what a group has before it is not the start of its paths
    let leads = path.qualifier().is_none()
        && node.parent().is_some_and(|p| {
            ast::Path::can_cast(p.kind())
                || ast::UseTree::cast(p).is_some_and(|t| t.parent_use_tree_list().is_none())
        });
    let in_group = node
        .ancestors()
        .any(|n| ast::UseTreeList::can_cast(n.kind()));
    leads && !in_group && segments(&path).first().is_some_and(|n| n == name)
}

/// The `#[cfg(…)]` that a place stands under, those of the modules around it included. `None`: not all are known.
pub(crate) fn conditions(
    index: &Index<'_>,
    file: FileId,
    node: &SyntaxNode,
) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let (mut file, mut node) = (file, node.clone());
    loop {
        let tree = index.tree(file)?;
        let around = tree.ancestors(&node).filter_map(ast::AnyHasAttrs::cast);
        let attrs = around.flat_map(|n| n.attrs().collect::<Vec<_>>());
        let texts = attrs.map(|a| {
            a.syntax()
                .text()
                .to_string()
                .replace(char::is_whitespace, "")
        });
        out.extend(texts.flat_map(|text| parts(text.trim_start_matches(['#', '!']))));
        let own = index.module_of(file, &tree.root)?;
        let Some(parent) = index.modules[own.0].parent else {
            return Some(out);
        };
        let declared = index.modules[parent.0].children.iter();
        let name = declared
            .filter(|(_, ids)| ids.contains(&own))
            .map(|(name, _)| name)
            .next()?;
        let items = index.module_node(parent)?;
        let modules = items.children().filter_map(ast::Module::cast);
        let mut declarations = modules.filter(|m| {
            let named = m.name();
            let is_own = named.is_some_and(|n| n.text().trim_start_matches("r#") == name);
            is_own && m.item_list().is_none()
        });
        let declaration = declarations.next()?;
        if declarations.next().is_some() {
            return None;
        }
        file = index.modules[parent.0].file;
        node = declaration.syntax().clone();
    }
}

/// The conditions of `[cfg(…)]`, written without blanks: those of an `all(…)` one by one. None for another attribute.
fn parts(attribute: &str) -> Vec<String> {
    if !attribute.starts_with("[cfg") {
        return Vec::new();
    }
    let all = attribute.strip_prefix("[cfg(all(");
    let Some(all) = all.and_then(|a| a.strip_suffix("))]")) else {
        return vec![attribute.to_owned()];
    };
    let mut depth = 0usize;
    let parts = all.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts
        .filter(|part| !part.is_empty())
        .map(|part| format!("[cfg({part})]"))
        .collect()
}
