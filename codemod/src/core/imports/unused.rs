//! Which imports the edits leave without a use.

use super::count::{Uses, is_deleted, items_of};
use super::*;

/// Private imports that were used before the edits and are not any more. What modules for tests still see through
/// `super` becomes an import of theirs.
pub(super) fn unused(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    names: &Names<'_>,
    edits: &[Edit],
    needs: &[Need],
    round: &Round<'_>,
) -> (Vec<ast::UseTree>, Vec<Need>) {
    let (mut gone, mut moved) = (Vec::new(), Vec::new());
    let touched = |range: TextRange| edits.iter().any(|e| range.contains_range(e.range));
    let scopes: Vec<SyntaxNode> = tree
        .root
        .descendants()
        .filter(|n| n.children().any(|c| ast::Use::can_cast(c.kind())))
        .filter(|n| touched(tree.range(n)))
        .collect();
    // what is written anew comes by an import of its own scope, or of the module that a glob around it opens
    let asked = |scope: &SyntaxNode, of: ModuleId, brings: &[String], name: &str, at: TextRange| {
        let opened = index.module_node(of);
        let named = |need: &&Need| need.path.last().is_some_and(|l| l == name);
        let within = |n: &SyntaxNode| tree.range(scope).contains_range(tree.range(n));
        let by_glob = needs
            .iter()
            .filter(named)
            .any(|n| Some(&n.scope) == opened.as_ref());
        let own = (needs.iter().filter(named))
            .any(|n| within(&n.scope) && tree.range(&n.scope).contains_range(at));
        by_glob || (brings.iter().any(|n| n == name) && !own)
    };
    // inner ones first: their imports may come through outer ones
    for scope_node in scopes.into_iter().rev() {
        let module = index
            .module_of(file, &scope_node)
            .filter(|m| index.module_node(*m).as_ref() == Some(&scope_node));
        let scope = index.scope_of(&scope_node, module);
        for glob in scope.globs.iter().filter(|g| is_private(g)) {
            let Some(mut it) = brought(index, file, glob, &mut Vec::new()) else {
                continue;
            };
            // what the scope declares itself does not come through it
            it.names.retain(|name| {
                let mut own = scope.entries.get(name).into_iter().flatten();
                own.all(|e| matches!(e, Entry::Import(_)))
            });
            let names_of = it.names.iter();
            if names.took_any(&scope_node, names_of.clone())
                && !names.any_left(&scope_node, module, names_of, |name, at| {
                    asked(&scope_node, it.module, &it.names, name, at)
                })
                && !names.may_use_traits(&scope_node, module, &it)
                && !needs
                    .iter()
                    .any(|need| need.comes_by(&scope_node, it.module))
            {
                gone.push(glob.tree.clone());
            }
        }
        for (name, entries) in &scope.entries {
            for entry in entries {
                let Entry::Import(import) = entry else {
                    continue;
                };
                if !is_private(import) {
                    continue;
                }
                if round
                    .asked
                    .iter()
                    .any(|(m, n)| Some(*m) == module && n == name)
                {
                    continue;
                }
                if is_deleted(index, file, import, round.taken) {
                    gone.push(import.tree.clone());
                    continue;
                }
                let uses = names.left(&scope_node, module, name, import);
                let through = |m| names.is_imported(m, name, &import.tree, &[&gone, round.dead]);
                match uses {
                    Uses::Some => {}
                    _ if module.is_some_and(through) => {}
                    Uses::None => gone.push(import.tree.clone()),
                    Uses::Below(cfg) => {
                        gone.push(import.tree.clone());
                        moved.push(Need {
                            anchor: Some(import.tree.clone()),
                            cfg: Some(cfg),
                            path: renamed(import.segments.clone(), import),
                            scope: scope_node.clone(),
                            absolute: import.absolute,
                            public: false,
                            exports: Vec::new(),
                            opened: None,
                        });
                    }
                    Uses::InTests(tests) => {
                        gone.push(import.tree.clone());
                        moved.extend(tests.into_iter().map(|scope| {
                            Need {
                                anchor: index
                                    .scope_of(&scope, None)
                                    .globs
                                    .first()
                                    .map(|g| g.tree.clone()),
                                cfg: None,
                                path: seen_from(&scope, &scope_node, import),
                                scope,
                                absolute: import.absolute,
                                public: false,
                                exports: Vec::new(),
                                opened: None,
                            }
                        }));
                    }
                }
            }
        }
    }
    // what a module for tests imports itself does not come through its glob any more
    let lists: BTreeMap<TextSize, &SyntaxNode> = (moved.iter())
        .filter(|need| need.cfg.is_none())
        .map(|need| (tree.range(&need.scope).start(), &need.scope))
        .collect();
    for list in lists.into_values() {
        let module = index.module_of(file, list);
        let scope = index.scope_of(list, module);
        let own = moved.iter().filter(|need| need.scope == *list);
        let own: Vec<&String> = own.filter_map(|need| need.path.last()).collect();
        for glob in scope.globs.iter().filter(|g| is_private(g)) {
            let found = brought(index, file, glob, &mut Vec::new());
            let Some(Brought {
                module: of,
                names: mut brings,
                ..
            }) = found.filter(|it| it.methods.is_empty() && !it.may_be_traits)
            else {
                continue;
            };
            brings.retain(|name| !own.contains(&name));
            let asked = |name: &str, at| asked(list, of, &brings, name, at);
            if !gone.contains(&glob.tree)
                && !needs.iter().any(|need| need.comes_by(list, of))
                && !names.any_left(list, module, brings.iter(), asked)
            {
                gone.push(glob.tree.clone());
            }
        }
    }
    gone.extend(twice(index, file, tree, needs));
    (gone, moved)
}

/// The path of an import of `around` where a module for tests, with that list of items, has it instead.
fn seen_from(list: &SyntaxNode, around: &SyntaxNode, import: &Import) -> Vec<String> {
    let mut path = import.segments.clone();
    if matches!(path[0].as_str(), "self" | "super") {
        let between = list.ancestors().take_while(|n| n != around);
        let up = between.filter(|n| ast::ItemList::can_cast(n.kind()));
        let own = path.iter().position(|name| name != "self").unwrap_or(0);
        path.splice(..own, up.map(|_| "super".to_owned()));
    }
    renamed(path, import)
}

/// The path of an import, with the name that it gives.
fn renamed(mut path: Vec<String>, import: &Import) -> Vec<String> {
    if let (Some(last), Some(rename)) = (path.last_mut(), import.tree.rename()) {
        *last = format!("{last} {}", rename.syntax().text());
    }
    path
}

/// Imports that the first step gave to modules which see, by a glob, the one that a module around them gets now.
fn twice(index: &Index<'_>, file: FileId, tree: &FileTree, needs: &[Need]) -> Vec<ast::UseTree> {
    let before = index.before();
    let Some(before) = before.filter(|b| b.modules.len() == index.modules.len()) else {
        return Vec::new();
    };
    let lists = tree
        .root
        .descendants()
        .filter(|n| ast::ItemList::can_cast(n.kind()));
    let mut out = Vec::new();
    for list in lists {
        let Some(module) = index.module_of(file, &list) else {
            continue;
        };
        let scope = index.scope_of(&list, Some(module));
        for need in needs {
            let Some(name) = need.path.last() else {
                continue;
            };
            let Some([Entry::Import(import)]) = scope.entries.get(name).map(Vec::as_slice) else {
                continue;
            };
            let of_anchor = need.anchor.as_ref().and_then(use_item);
            let is_whole = need.cfg.is_none() && of_anchor.is_none_or(|u| cfg_of(&u).is_none());
            let is_new = before
                .module_scope(module)
                .is_some_and(|s| !s.entries.contains_key(name));
            if is_whole && is_new && globs(index, file, &list, &need.scope) {
                out.push(import.tree.clone());
                break;
            }
        }
    }
    out
}

/// What a glob brings.
pub(super) struct Brought {
    /// The module that it opens.
    module: ModuleId,
    names: Vec<String>,
    /// What the traits of the workspace among these have.
    pub(super) methods: Vec<String>,
    /// Whether some may be traits of others.
    pub(super) may_be_traits: bool,
}

/// What a glob brings, if all names are known.
fn brought(
    index: &Index<'_>,
    file: FileId,
    glob: &Import,
    seen: &mut Vec<ModuleId>,
) -> Option<Brought> {
    let Def::Module(module) = index.follow(file, glob, Namespace::Type) else {
        return None;
    };
    let mut out = Brought {
        module,
        names: Vec::new(),
        methods: Vec::new(),
        may_be_traits: false,
    };
    // modules that open each other
    if seen.contains(&module) {
        return Some(out);
    }
    seen.push(module);
    let scope = index.module_scope(module)?;
    let own = index.modules[module.0].file;
    for (name, entry) in scope
        .entries
        .iter()
        .flat_map(|(n, all)| all.iter().map(move |e| (n, e)))
    {
        let item = match entry {
            Entry::Import(import) => match index.follow(own, import, Namespace::Type) {
                Def::Local(_, node) => Some(node),
                Def::Bus(path) => {
                    out.may_be_traits |= api::item_at(&path).is_none() && !api::is_module(&path);
                    None
                }
                Def::External(path) => {
                    out.may_be_traits |= !is_std_type(&path);
                    None
                }
                Def::Module(_) | Def::Variant(..) => None,
                // a function or constant
                Def::Unknown => {
                    let value = index.follow(own, import, Namespace::Value);
                    out.may_be_traits |= !matches!(value, Def::Local(..));
                    None
                }
                Def::Param => {
                    out.may_be_traits = true;
                    None
                }
            },
            Entry::Type(node) => Some(node.clone()),
            Entry::Module(_) | Entry::Value(_) => None,
            Entry::ExternCrate(_) => {
                out.may_be_traits = true;
                None
            }
        };
        if let Some(it) = item.and_then(ast::Trait::cast) {
            out.methods.extend(items_of(&it));
        }
        if out.names.last() != Some(name) {
            out.names.push(name.clone());
        }
    }
    for further in &scope.globs {
        match index.follow(own, further, Namespace::Type) {
            Def::Local(_, node) => out.names.extend(variants_of(&node)?),
            _ => {
                let further = brought(index, own, further, seen)?;
                out.names.extend(further.names);
                out.methods.extend(further.methods);
                out.may_be_traits |= further.may_be_traits;
            }
        }
    }
    Some(out)
}

/// The names of an enum's variants.
fn variants_of(node: &SyntaxNode) -> Option<Vec<String>> {
    let variants = ast::Enum::cast(node.clone())?.variant_list()?.variants();
    let names = variants.filter_map(|v| ast::HasName::name(&v));
    Some(names.map(|n| n.text().to_string()).collect())
}

/// Whether a path leads to a type of the standard library, from a module that has no traits.
fn is_std_type(path: &[String]) -> bool {
    const MODULES: &[&str] = &["cell", "collections", "path", "rc", "sync", "time"];
    matches!(path, [krate, module, _] if matches!(krate.as_str(), "std" | "alloc" | "core")
        && MODULES.contains(&module.as_str()))
}
