//! Which imports the edits leave without a use.

use super::count::Uses;
use super::*;

/// Private imports that were used before the edits and are not any more. What modules for tests still see through
/// `super` becomes an import of theirs.
pub(super) fn unused(
    index: &Index<'_>,
    file: FileId,
    tree: &FileTree,
    names: &Names<'_>,
    edits: &[Edit],
) -> (Vec<ast::UseTree>, Vec<Need>) {
    let (mut gone, mut moved) = (Vec::new(), Vec::new());
    let touched = |range: TextRange| edits.iter().any(|e| range.contains_range(e.range));
    let scopes = tree
        .root
        .descendants()
        .filter(|n| n.children().any(|c| ast::Use::can_cast(c.kind())))
        .filter(|n| touched(tree.range(n)));
    for scope_node in scopes {
        let module = index
            .module_of(file, &scope_node)
            .filter(|m| index.module_node(*m).as_ref() == Some(&scope_node));
        let scope = index.scope_of(&scope_node, module);
        for (name, entries) in &scope.entries {
            for entry in entries {
                let Entry::Import(import) = entry else {
                    continue;
                };
                if use_item(&import.tree).is_none_or(|u| u.visibility().is_some()) {
                    continue;
                }
                match names.left(&scope_node, module, name, import.segments.last()) {
                    Uses::Some => {}
                    Uses::None => gone.push(import.tree.clone()),
                    Uses::InTests(tests) => {
                        let from_here = matches!(import.segments[0].as_str(), "self" | "super");
                        if import.tree.rename().is_some() || from_here {
                            continue;
                        }
                        gone.push(import.tree.clone());
                        moved.extend(tests.into_iter().map(|scope| {
                            Need {
                                anchor: index
                                    .scope_of(&scope, None)
                                    .globs
                                    .first()
                                    .map(|g| g.tree.clone()),
                                cfg: None,
                                scope,
                                path: import.segments.clone(),
                                absolute: import.absolute,
                            }
                        }));
                    }
                }
            }
        }
    }
    (gone, moved)
}
