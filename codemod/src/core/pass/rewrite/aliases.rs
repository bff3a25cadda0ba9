//! Aliases of the type that nothing names any more.

use super::*;

/// The aliases, of the coordinator's type and of what it was in, that the edits leave without a use, to be deleted: those
/// that nobody outside of the crate sees.
pub(in super::super) fn aliases(
    infer: &Infer<'_>,
    slots: &Slots,
    edits: &BTreeMap<FileId, Vec<Edit>>,
) -> Vec<(FileId, Edit)> {
    let workspace = infer.index.workspace;
    let package = |file: FileId| workspace.file(file).package;
    let changing: BTreeSet<_> = edits.keys().map(|f| package(*f)).collect();
    let taken = (edits.iter())
        .flat_map(|(f, list)| list.iter().map(|e| &workspace.file(*f).text[e.range]))
        .collect::<Vec<_>>()
        .join("\n");
    let may_go =
        |name: &str| slots.type_names.iter().any(|n| n == name) || search::says(&taken, name);
    let defines = |file: &FileId| {
        let source = workspace.file(*file);
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let mut names = (source.text.split("type ").skip(1))
            .filter_map(|rest| rest.split(|c| !is_name(c)).next().filter(|n| !n.is_empty()));
        let may_go = |name: &str| {
            let passes = infer.index.passing_aliases.iter().any(|n| n == name);
            passes || (changing.contains(&source.package) && may_go(name))
        };
        source.language == Language::Rust && names.any(may_go)
    };
    let files: Vec<FileId> = (0..workspace.files.len())
        .map(FileId)
        .filter(defines)
        .collect();
    let mut more: Vec<(FileId, Edit)> = Vec::new();
    for file in files {
        let Some(tree) = infer.index.tree(file) else {
            continue;
        };
        let places = Places::of(["type"]).find(&workspace.file(file).text);
        for alias in tree
            .around(places.as_deref())
            .into_iter()
            .filter_map(ast::TypeAlias::cast)
        {
            // one of an impl block is asked for by its trait
            let of_impl = alias.syntax().parent();
            let of_impl = of_impl.is_some_and(|p| ast::AssocItemList::can_cast(p.kind()));
            let Some(name) = ast::HasName::name(&alias).filter(|_| !of_impl) else {
                continue;
            };
            let name = name.text().to_string();
            let of_bus = slots.type_names.contains(&name);
            let passes = infer.index.passing_aliases.contains(&name);
            if !passes && (!may_go(&name) || is_exported(infer, file, &alias)) {
                continue;
            }
            let own = tree.range(alias.syntax());
            let gone = |(f, r): &(FileId, TextRange)| {
                let edits = edits.get(f).into_iter().flatten();
                edits.into_iter().any(|e| {
                    e.range.contains_range(*r) && (of_bus || !search::says(&e.insert, &name))
                })
            };
            if gone(&(file, own)) {
                continue;
            }
            let mut uses = match passes {
                true => said_in(infer.index, &name, |_| true),
                false => said_in_package(infer.index, file, &name),
            };
            uses.retain(|(f, r)| !passes || !is_export(infer.index, *f, *r));
            uses.retain(|(f, r)| *f != file || !own.contains_range(*r));
            // another of that name is no use of this one
            uses.retain(|(f, r)| !is_of_another(infer, *f, *r, &alias));
            // the constructions' rewrite may have taken the last one
            let was_used = || {
                let before = infer.index.before();
                before.is_some_and(|b| said_in_package(b, file, &name).len() > 1)
            };
            if uses.iter().all(gone) && (!uses.is_empty() || was_used()) {
                let lines = layout::with_blank_line(&workspace.file(file).text, own);
                more.push((file, Edit::delete(lines)));
            }
        }
    }
    more
}

/// Whether a name at a place is that of another item than `alias`: in its definition, as a type, or as a variant.
fn is_of_another(
    infer: &Infer<'_>,
    file: FileId,
    range: TextRange,
    alias: &ast::TypeAlias,
) -> bool {
    let tree = infer.index.tree(file);
    let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
    let Some(name) = token.and_then(|t| t.parent()) else {
        return false;
    };
    let Some(around) = name.parent() else {
        return false;
    };
    // a definition of its own: of a variant, say
    if ast::Name::can_cast(name.kind()) {
        return true;
    }
    let path = ast::PathSegment::cast(around).map(|s| s.parent_path());
    let of = path.as_ref().and_then(ast::Path::qualifier);
    let of = of.map(|q| infer.index.resolve_path(file, &q, Namespace::Type));
    if matches!(of, Some(Def::Local(..))) {
        return true;
    }
    let typed = path.filter(|p| {
        let around = p.syntax().parent();
        around.is_some_and(|n| ast::PathType::can_cast(n.kind()))
    });
    let def = typed.map(|p| infer.index.resolve_path(file, &p, Namespace::Type));
    matches!(def, Some(Def::Local(_, node)) if node != *alias.syntax())
}

/// Whether a name is said by an export.
fn is_export(index: &Index<'_>, file: FileId, range: TextRange) -> bool {
    let tree = index.tree(file);
    let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
    let leaf = token.and_then(|t| t.parent_ancestors().find_map(ast::UseTree::cast));
    let item = leaf.and_then(|l| use_item(&l));
    item.is_some_and(|u| ast::HasVisibility::visibility(&u).is_some())
}

/// Whether code outside of the crate may name an alias.
fn is_exported(infer: &Infer<'_>, file: FileId, alias: &ast::TypeAlias) -> bool {
    let module = infer.index.module_of(file, alias.syntax());
    is_plain_pub(ast::HasVisibility::visibility(alias))
        && module.is_none_or(|m| infer.index.may_be_of_library(m))
}
