//! Patterns that take an `Option` out of its struct and the coordinator out of the `Option` at once, and leave without one: what it
//! takes to do that in two steps, which the rest of the passing follows.
//!
//! Belongs here: finding `let Settings { bus: Some(bus), … } = settings else { … };`. Does not: whether the `Option` is always set.

use ra_ap_syntax::TextRange;
use ra_ap_syntax::ast::{self, AstNode, HasName};

use super::super::catalog;
use super::super::edit::Edit;
use super::super::layout;
use super::super::tree::FileTree;
use super::detours::{Detour, Found, Stays, has_comment};
use super::key_of;
use super::slots::{Form, Kind, Slot, SlotId, Slots};

/// Whether there may be one.
pub(super) fn any(slots: &Slots, stays: &Stays) -> bool {
    slots.all.iter().any(|slot| is_one(slot, stays))
}

fn is_one(slot: &Slot, stays: &Stays) -> bool {
    slot.kind == Kind::Field
        && slot.form == Form::Opt
        && stays.why(slot) == Some(catalog::NESTED_TYPE)
}

/// Those of the workspace.
pub(super) fn find(found: &Found<'_, '_>, stays: &Stays) -> Vec<Detour> {
    let slots = found.slots.all.iter().enumerate();
    let slots = slots.filter(|(_, slot)| is_one(slot, stays));
    slots.filter_map(|(id, _)| detour(found, id)).collect()
}

fn detour(found: &Found<'_, '_>, id: SlotId) -> Option<Detour> {
    let index = found.infer.index;
    let slot = &found.slots.all[id];
    let mut out = Detour {
        key: key_of(index, slot.file, &slot.node),
        rank: 5,
        said: vec![(slot.file, slot.told(index.tree(slot.file)))],
        ..Detour::new(slot.file, slot.words())
    };
    let has = |entries: &[(usize, SlotId)]| entries.iter().any(|(_, s)| *s == id);
    for list in found.sites.lists.iter().filter(|l| has(&l.entries)) {
        let Some(pat) = ast::RecordPatFieldList::cast(list.node.clone()) else {
            continue;
        };
        let source = index.workspace.file(list.file);
        let edits = in_two_steps(index.tree(list.file)?, &source.text, &pat, &slot.name);
        if source.writable {
            let edits = edits.into_iter().flatten();
            out.edits.extend(edits.map(|e| (list.file, e)));
        }
    }
    (!out.edits.is_empty()).then_some(out)
}

/// What makes two statements of one. `None`: the pattern is another one.
fn in_two_steps(
    tree: &FileTree,
    source: &str,
    list: &ast::RecordPatFieldList,
    name: &str,
) -> Option<Vec<Edit>> {
    let whole = ast::RecordPat::cast(list.syntax().parent()?)?;
    let stmt = ast::LetStmt::cast(whole.syntax().parent()?)?;
    let without = stmt.let_else()?;
    let init = stmt.initializer()?;
    let mut own = None;
    for field in list.fields() {
        let pat = field.pat()?;
        let is_it = field.field_name()?.text() == name;
        match pat {
            ast::Pat::TupleStructPat(it) if is_it && it.path()?.syntax().text() == "Some" => {
                let mut inner = it.fields();
                let ast::Pat::IdentPat(inner) = inner.next()? else {
                    return None;
                };
                own = Some((field, inner));
            }
            // what may not match says more
            ast::Pat::IdentPat(it) if !is_it && it.pat().is_none() => {}
            ast::Pat::WildcardPat(_) if !is_it => {}
            _ => return None,
        }
    }
    let (field, inner) = own?;
    let plain = inner.ref_token().is_none() && inner.mut_token().is_none() && inner.pat().is_none();
    let variable = inner.name()?.text().to_string();
    let range = tree.range(field.syntax());
    let at = tree.range(init.syntax()).end();
    let gap = TextRange::new(at, tree.range(without.syntax()).start());
    if !plain || has_comment(&source[range]) || has_comment(&source[gap]) {
        return None;
    }
    let taken = match variable == name {
        true => variable.clone(),
        false => format!("{name}: {variable}"),
    };
    let line = layout::newline(source);
    let indent = layout::indent_at(source, tree.range(stmt.syntax()).start());
    let next = format!(";{line}{indent}let Some({variable}) = {variable}");
    Some(vec![Edit::replace(range, taken), Edit::insert(at, next)])
}
