//! What one name stands for in different builds: `cfg`-ed imports, globs and aliases of one scope that lead to different
//! items. What code may use of each of them goes from all or from none.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::ast::{self, AstNode, HasName, HasVisibility};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::super::defs::{Entry, ModuleId, is_conditional};
use super::super::resolve::{Def, Namespace};
use super::super::search;
use super::super::workspace::{FileId, Language};
use super::infer::{Infer, Type};
use super::key_of;
use super::slots::{SlotId, Slots, function_name};

/// Slots by what code calls or reads.
type Members = BTreeMap<String, Vec<Option<SlotId>>>;

pub(super) fn group(infer: &Infer<'_>, slots: &mut Slots) {
    if slots.all.is_empty() {
        return;
    }
    for (i, source) in infer.index.workspace.files.iter().enumerate() {
        if source.language == Language::Rust && search::may_choose(&source.text) {
            for (module, found) in alternatives(infer, FileId(i)) {
                unite(infer, slots, module, &found);
            }
        }
    }
}

/// The items that stand for one name in a file, with the module that has the name.
fn alternatives(infer: &Infer<'_>, file: FileId) -> Vec<(ModuleId, Vec<Def>)> {
    let index = infer.index;
    let Some(tree) = index.tree(file).filter(|t| !t.has_errors) else {
        return Vec::new();
    };
    let items = tree.root.descendants().filter(|n| {
        (ast::Use::can_cast(n.kind()) || ast::TypeAlias::can_cast(n.kind())) && is_conditional(n)
    });
    let scopes: BTreeMap<_, _> = items
        .filter_map(|n| n.parent())
        .map(|s| (key_of(index, file, &s), s))
        .collect();
    let mut out = Vec::new();
    for scope in scopes.into_values() {
        let Some(first) = scope.first_child() else {
            continue;
        };
        let Some(module) = index.module_of(file, &first) else {
            continue;
        };
        let of_module = (scope.kind() != SyntaxKind::STMT_LIST).then_some(module);
        let names = index.scope_of(&scope, of_module);
        for entries in names.entries.values().filter(|e| e.len() > 1) {
            for ns in [Namespace::Type, Namespace::Value] {
                let defs = entries.iter().filter_map(|e| def(infer, file, e, ns));
                out.push((module, distinct(defs)));
            }
        }
        let globs = names.globs.iter().filter(|g| g.is_conditional());
        let opened = globs.map(|g| index.follow(file, g, Namespace::Type));
        out.push((module, distinct(opened)));
    }
    out.retain(|(_, defs)| defs.len() > 1);
    out
}

fn distinct(defs: impl Iterator<Item = Def>) -> Vec<Def> {
    let mut out: Vec<Def> = Vec::new();
    for def in defs {
        if !out.contains(&def) {
            out.push(def);
        }
    }
    out
}

/// What an entry of a scope stands for. `None`: nothing of the namespace.
fn def(infer: &Infer<'_>, file: FileId, entry: &Entry, ns: Namespace) -> Option<Def> {
    let index = infer.index;
    match (entry, ns) {
        (Entry::Import(import), _) => {
            let def = index.follow(file, import, ns);
            let of_other = || match ns {
                Namespace::Type => index.follow(file, import, Namespace::Value) != Def::Unknown,
                Namespace::Value => index.follow(file, import, Namespace::Type) != Def::Unknown,
            };
            (def != Def::Unknown || !of_other()).then_some(def)
        }
        (Entry::Module(module), Namespace::Type) => Some(Def::Module(*module)),
        (Entry::Type(node), Namespace::Type) => {
            let alias = ast::TypeAlias::cast(node.clone()).and_then(|a| a.ty());
            Some(match alias.map(|t| infer.lower(file, &t, &Vec::new())) {
                Some(Type::Item(at, node, _)) => Def::Local(at, node),
                Some(_) => Def::Unknown,
                None => Def::Local(file, node.clone()),
            })
        }
        (Entry::Value(node), Namespace::Value) => Some(Def::Local(file, node.clone())),
        _ => None,
    }
}

fn unite(infer: &Infer<'_>, slots: &mut Slots, module: ModuleId, defs: &[Def]) {
    let members: Vec<Members> = (defs.iter())
        .map(|def| members(infer, slots, module, def))
        .collect();
    let names: BTreeSet<&String> = members.iter().flat_map(BTreeMap::keys).collect();
    for name in names {
        let lists: Vec<Vec<Option<SlotId>>> = (members.iter())
            .map(|m| m.get(name).cloned().unwrap_or_default())
            .collect();
        slots.unite_columns(&lists);
    }
}

/// The slots that code in a module may use of what a name stands for there.
fn members(infer: &Infer<'_>, slots: &Slots, from: ModuleId, def: &Def) -> Members {
    let index = infer.index;
    let seen = |file: FileId, node: &SyntaxNode| {
        let visibility = ast::AnyHasVisibility::cast(node.clone()).and_then(|n| n.visibility());
        let own = index.module_of(file, node);
        visibility.is_some() || own.is_none_or(|own| index.is_within(from, own))
    };
    // where it stands below the module, or that it is one of the type
    let place = |file: FileId, node: &SyntaxNode| -> Option<String> {
        let block = node.ancestors().nth(2).and_then(ast::Impl::cast);
        let of = block.as_ref().and_then(ast::Impl::self_ty);
        match def {
            Def::Module(module) => {
                let path = path_below(infer, index.module_of(file, node)?, *module)?;
                let of = of.map(|t| t.syntax().text().to_string());
                Some(format!("{path}{}", of.unwrap_or_default()))
            }
            Def::Local(at, item) => match infer.lower(file, &of?, &Vec::new()).peeled() {
                Type::Item(own, n, _) if own == at && n == item => Some(String::new()),
                _ => None,
            },
            _ => None,
        }
    };
    let mut out = Members::new();
    for function in slots.functions.values() {
        let (file, node) = (function.file, &function.node);
        let own = function.params.iter().copied();
        let own = own.chain([function.ret, function.element]).collect();
        if *def == Def::Local(file, node.clone()) {
            out.insert("()".to_owned(), own);
            continue;
        }
        let of_trait = node.ancestors().nth(2).and_then(ast::Impl::cast);
        let of_trait = of_trait.is_some_and(|i| i.trait_().is_some());
        if !of_trait
            && seen(file, node)
            && let (Some(place), Some(name)) = (place(file, node), function_name(node))
        {
            out.insert(format!("{place}::{name}()"), own);
        }
    }
    for adt in slots.adts.values() {
        let is_it = *def == Def::Local(adt.file, adt.node.clone());
        let below = match def {
            Def::Module(module) => index
                .module_of(adt.file, &adt.node)
                .and_then(|own| path_below(infer, own, *module)),
            _ => is_it.then(String::new),
        };
        let Some(below) = below else { continue };
        let name = ast::AnyHasName::cast(adt.node.clone()).and_then(|n| n.name());
        let name = name.filter(|_| !is_it).map(|n| n.text().to_string());
        for slot in adt.fields.iter().flatten() {
            let data = &slots.all[*slot];
            if seen(data.file, &data.node) {
                let name = name.as_deref().unwrap_or_default();
                out.insert(format!("{below}{name}.{}", data.name), vec![Some(*slot)]);
            }
        }
    }
    out
}

/// The path from one module to one in it.
fn path_below(infer: &Infer<'_>, of: ModuleId, above: ModuleId) -> Option<String> {
    let modules = &infer.index.modules;
    let mut path = String::new();
    let mut at = of;
    while at != above {
        let parent = modules[at.0].parent?;
        let mut named = modules[parent.0].children.iter();
        let (name, _) = named.find(|(_, all)| all.contains(&at))?;
        path = format!("{name}::{path}");
        at = parent;
    }
    Some(path)
}
