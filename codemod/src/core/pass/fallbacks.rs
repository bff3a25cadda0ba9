//! An `Option` whose `None` stands for a coordinator that is the shared one anyway: `bus.unwrap_or(other)`, where `other` comes from
//! what goes, or from the accessor.
//!
//! Belongs here: finding where one is read so, and what it takes to read the accessor in the place of what stands in. Does not:
//! deciding whether it goes.

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxNode, TextRange};

use super::super::catalog;
use super::super::climb;
use super::super::edit::Edit;
use super::super::workspace::FileId;
use super::detours::{Detour, Found, Stays, has_comment};
use super::flow::{Flow, stand_in};
use super::infer::Type;
use super::key_of;
use super::sites::{Root, Source, Value, arms_of_option};
use super::slots::{Slot, SlotId, Slots};

/// What is read as the accessor's reference on the way.
pub(super) const STAND_IN: &str = "coordinator_in_place_of_none";

/// Whether there may be one.
pub(super) fn any(slots: &Slots, stays: &Stays) -> bool {
    slots.all.iter().any(|slot| is_one(slot, stays))
}

fn is_one(slot: &Slot, stays: &Stays) -> bool {
    slot.form.is_option() && stays.why(slot) == Some(catalog::LATE_BOUND_OPTION)
}

/// Those of the workspace.
pub(super) fn find(found: &Found<'_, '_>, stays: &Stays) -> Vec<Detour> {
    let slots = found.slots.all.iter().enumerate();
    let slots = slots.filter(|(_, slot)| is_one(slot, stays));
    let finder = Finder { found, stays };
    slots.filter_map(|(id, _)| finder.detour(id)).collect()
}

struct Finder<'f, 'a> {
    found: &'f Found<'f, 'a>,
    stays: &'f Stays,
}

impl Finder<'_, '_> {
    fn detour(&self, id: SlotId) -> Option<Detour> {
        let slot = &self.found.slots.all[id];
        let mut out = Detour {
            key: key_of(self.found.infer.index, slot.file, &slot.node),
            rank: 4,
            said: vec![(slot.file, slot.told(self.found.infer.index.tree(slot.file)))],
            brings: vec![STAND_IN.to_owned()],
            ..Detour::new(slot.file, slot.words())
        };
        let roots = self.found.sites.by_slot.get(&id).into_iter().flatten();
        for root in roots.map(|i| &self.found.sites.roots[*i]) {
            let mut of = Vec::new();
            if let Some(edit) = self.stand_in(root, &mut of) {
                out.edits.push((root.file, edit));
                // what is given there has to be the shared instance after all
                let all = of.into_iter().map(|slot| &self.found.slots.all[slot]);
                let tree = |file| self.found.infer.index.tree(file);
                out.said
                    .extend(all.map(|slot| (slot.file, slot.told(tree(slot.file)))));
            }
        }
        (!out.edits.is_empty()).then_some(out)
    }

    /// What is read in the place of what stands in for a `None`. `of`: the slots that it came from.
    fn stand_in(&self, root: &Root, of: &mut Vec<SlotId>) -> Option<Edit> {
        let index = self.found.infer.index;
        let (tree, source) = (index.tree(root.file)?, index.workspace.file(root.file));
        let outer = root.outer.as_ref()?;
        let around = outer.syntax().parent()?;
        let (given, range, text) = match ast::MethodCallExpr::cast(around.clone()) {
            Some(call) => {
                let name = call.name_ref()?;
                let given = stand_in(&call).filter(|_| name.text().starts_with("unwrap_or"))?;
                let close = match root.value {
                    Value::Opt => ".clone()",
                    Value::OptRef => "",
                    _ => return None,
                };
                let start = tree.range(name.syntax()).start();
                let range = TextRange::new(start, tree.range(call.syntax()).end());
                (given, range, format!("unwrap_or({STAND_IN}{close})"))
            }
            None => {
                let given = climb::sole_expression(&without(&around)?);
                let close = match self.found.infer.expr(root.file, &given) {
                    Type::Ref(_) => "",
                    _ => ".clone()",
                };
                let range = tree.range(given.syntax());
                (given, range, format!("{STAND_IN}{close}"))
            }
        };
        let flow = Flow {
            infer: self.found.infer,
            sites: self.found.sites,
        };
        let dropped = flow.droppable(root.file, &given);
        let fits = dropped && source.writable && !has_comment(&source.text[range]);
        let shared = fits && self.is_shared(&flow, root.file, &given, of, 0);
        shared.then(|| Edit::replace(range, text))
    }

    /// Whether all that an expression may be is the shared instance, if the slots `of` go.
    fn is_shared(
        &self,
        flow: &Flow<'_, '_>,
        file: FileId,
        expr: &ast::Expr,
        of: &mut Vec<SlotId>,
        depth: usize,
    ) -> bool {
        const MAX_DEPTH: usize = 8;
        let sources = flow.sources(file, expr);
        let mut shared = |source: &Source| match source {
            Source::Accessor => true,
            Source::Slot(id) => {
                let slot = &self.found.slots.all[*id];
                of.push(*id);
                self.stays.goes(slot) || (slot.keep.is_none() && self.stays.holds_shared(slot))
            }
            Source::Local(key) => {
                let local = self.found.sites.locals.get(key);
                let init = local.and_then(|l| Some((l.file, l.init.clone()?)));
                depth < MAX_DEPTH
                    && init.is_some_and(|(f, init)| self.is_shared(flow, f, &init, of, depth + 1))
            }
            _ => false,
        };
        !sources.is_empty() && sources.iter().all(&mut shared)
    }
}

/// What a `match`, or an `if let` with an `else`, gives where the `Option` that it takes apart is `None`.
fn without(around: &SyntaxNode) -> Option<ast::Expr> {
    if let Some(it) = ast::MatchExpr::cast(around.clone()) {
        return arms_of_option(&it)?.1.expr();
    }
    let condition = ast::LetExpr::cast(around.clone())?;
    let whole = ast::IfExpr::cast(condition.syntax().parent()?)?;
    match whole.else_branch()? {
        ast::ElseBranch::Block(it) => Some(ast::Expr::BlockExpr(it)),
        ast::ElseBranch::IfExpr(_) => None,
    }
}
