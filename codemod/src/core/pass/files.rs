//! Which files, and which names in them, may lead to what has slots: by bytes and tables, before anything is resolved.
//!
//! Belongs here: what rules out. It may let too much through, never too little. Does not: finding the places (`sites`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use ra_ap_syntax::ast::{self, AstNode, HasVisibility};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::super::api::Item;
use super::super::search::{self, Places};
use super::super::workspace::FileId;
use super::Key;
use super::infer::{Infer, Type, item_name};
use super::slots::{Function, Kind, Slots, function_name};
use super::tuples::Tuples;

/// The files that may name what has slots.
pub(super) fn relevant(infer: &Infer<'_>, slots: &Slots, tuples: &Tuples) -> Vec<FileId> {
    let workspace = infer.index.workspace;
    // what calls one says nothing
    if !slots.callbacks.is_empty() {
        return search::rust(workspace, |_| true).collect();
    }
    // names, and what one of has to stand beside them
    let mut alone: BTreeSet<String> = BTreeSet::new();
    let mut beside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // and those that stand after a dot, with the files whose private ones they are, if all of them are
    let mut members: BTreeMap<String, Option<BTreeSet<FileId>>> = BTreeMap::new();
    let mut add_member = |name: &str, file: FileId, private: bool| {
        let known = members
            .entry(name.to_owned())
            .or_insert_with(|| Some(BTreeSet::new()));
        match known {
            Some(files) if private => {
                files.insert(file);
            }
            _ => *known = None,
        }
    };
    let mut add = |name: &str, owner: &str| match owner {
        "" => {
            alone.insert(name.to_owned());
        }
        _ => {
            let owners = infer.index.names_of(owner);
            let known = beside.entry(name.to_owned()).or_default();
            known.extend(owners.iter().cloned());
        }
    };
    for name in &slots.type_names {
        add(name, "");
    }
    for name in infer.index.names_of(Item::Accessor.name()).iter() {
        add(name, "");
    }
    for function in slots.functions.values() {
        let Some(name) = function_name(&function.node) else {
            continue;
        };
        let owner = owner_name(infer, function);
        match owner {
            Some(owner) if !function.has_self => add(&name, &owner),
            _ if function.has_self => add_member(&name, function.file, is_private(&function.node)),
            _ => add(&name, ""),
        }
    }
    for slot in slots.all.iter().filter(|s| s.kind == Kind::Field) {
        let mut owners = slot.owner.split("::");
        if slot.is_positional() {
            let of = owners.next().unwrap_or_default();
            let variants = owners.flat_map(|variant| tuples.calling(variant));
            for name in tuples.naming(of).chain(variants) {
                add(name, "");
            }
        } else {
            // read after a dot; in literals and patterns, beside the name of the struct, the enum or the variant
            for owner in owners {
                add(&slot.name, owner);
                add("macro_rules", owner);
            }
            add_member(&slot.name, slot.file, is_private(&slot.node));
        }
    }
    for slot in slots.all.iter().filter(|s| s.is_cell()) {
        add(&slot.name, "");
    }
    let mut out: BTreeSet<FileId> = (alone.iter())
        .flat_map(|name| search::saying(workspace, name))
        .collect();
    for (name, private) in members {
        let reach = private.map(|files| {
            let below = files.iter().map(|f| infer.index.files_below(*f));
            below.flatten().collect::<BTreeSet<_>>()
        });
        let within = |f: &FileId| reach.as_ref().is_none_or(|r| r.contains(f));
        out.extend(search::saying_member(workspace, &name).filter(within));
    }
    out.extend(slots.row_places.iter().map(|(file, ..)| *file));
    for (name, owners) in &beside {
        for file in search::saying(workspace, name) {
            let text = &workspace.file(file).text;
            if !out.contains(&file) && owners.iter().any(|o| search::says(text, o)) {
                out.insert(file);
            }
        }
    }
    out.into_iter().collect()
}

/// Whether a field of a struct or a method of an inherent impl is private to the module that it stands in.
fn is_private(node: &SyntaxNode) -> bool {
    let visibility = ast::AnyHasVisibility::cast(node.clone()).and_then(|v| v.visibility());
    let around = node.ancestors().nth(2);
    let own = around.is_some_and(|n| {
        ast::Struct::can_cast(n.kind()) || ast::Impl::cast(n).is_some_and(|i| i.trait_().is_none())
    });
    visibility.is_none() && own
}

/// What a node has to say for it to name what has slots. `None`: it need not say anything.
pub(super) fn naming(infer: &Infer<'_>, slots: &Slots) -> Option<Places> {
    // a position says nothing about whose it is
    if slots.adts.values().any(|a| a.tuple) || !slots.callbacks.is_empty() {
        return None;
    }
    let accessors = infer.index.names_of(Item::Accessor.name());
    let functions = slots.functions_by_name.keys();
    let fields = slots.fields_by_name.keys();
    let cells = slots.all.iter().filter(|s| s.is_cell()).map(|s| &s.name);
    // what takes a slot from `..elsewhere`, and what a macro writes with names that it is given, say none of its names
    let unnamed = ["..", "macro_rules"].map(String::from);
    let names = functions
        .chain(fields)
        .chain(&slots.type_names)
        .chain(cells)
        .chain(unnamed.iter().filter(|_| !slots.adts.is_empty()));
    Some(Places::of(names.chain(accessors.iter())))
}

/// The name of the type or trait that a function belongs to.
pub(super) fn owner_name(infer: &Infer<'_>, function: &Function) -> Option<String> {
    let around = function.node.ancestors().skip(1).find(|n| {
        matches!(
            n.kind(),
            SyntaxKind::IMPL | SyntaxKind::TRAIT | SyntaxKind::FN
        )
    })?;
    if ast::Fn::can_cast(around.kind()) {
        return None;
    }
    match infer.self_type(function.file, &function.node).peeled() {
        Type::Item(_, node, _) => item_name(node),
        _ => None,
    }
}

/// Adds the names under which functions are imported.
pub(super) fn aliases(infer: &Infer<'_>, slots: &mut Slots) {
    let names: Vec<String> = slots.functions_by_name.keys().cloned().collect();
    let mut found: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
    for name in names {
        // one of a type cannot be imported
        let mut keys = slots.functions_by_name[&name].clone();
        keys.retain(|k| owner_name(infer, &slots.functions[k]).is_none());
        if keys.is_empty() {
            continue;
        }
        for alias in infer.index.names_of(&name).iter().filter(|a| **a != name) {
            found.entry(alias.clone()).or_default().extend(&keys);
        }
    }
    for (alias, keys) in found {
        let known = slots.functions_by_name.entry(alias).or_default();
        for key in keys {
            if !known.contains(&key) {
                known.push(key);
            }
        }
    }
}

/// What a path has to say before the name of a function, for it to be that one: one of the names of its type. Traits'
/// functions and free ones are not there.
pub(super) fn owners(infer: &Infer<'_>, slots: &Slots) -> HashMap<Key, Rc<Vec<String>>> {
    let mut out = HashMap::new();
    for (key, function) in &slots.functions {
        if let Type::Item(_, node, _) = infer.self_type(function.file, &function.node).peeled()
            && !ast::Trait::can_cast(node.kind())
            && let Some(owner) = owner_name(infer, function)
        {
            out.insert(*key, infer.index.names_of(&owner));
        }
    }
    out
}
