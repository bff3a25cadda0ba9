//! Setters: methods that do nothing but set a slot, as those of builders. Where the slot goes, they go with their calls.
//!
//! Belongs here: which methods are setters, which of them can go as a whole, and which `Option`s they have set wherever
//! one is read. Does not: what is written for it (`rewrite`).

mod builder;
mod defaults;
mod taken;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasAttrs, HasGenericParams, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use self::builder::Builder;
use super::super::catalog;
use super::super::climb::Left;
use super::super::locals::{self, Use};
use super::super::search;
use super::super::workspace::{FileId, Language};
use super::decide::{self, MutNeed, MutOwner};
use super::flow::Flow;
use super::infer::{Infer, Taking, Type, item_name};
use super::sites::{Landing, Sites, Source, filled_by};
use super::slots::{Form, Kind, SlotId, Slots, function_name, has_comment, returned};
use super::{Key, key_of, place};

/// A method that only sets a slot.
pub(super) struct Setter {
    pub(super) file: FileId,
    /// The function.
    pub(super) node: SyntaxNode,
    pub(super) param: SlotId,
    pub(super) field: SlotId,
    /// All of its calls.
    pub(super) calls: Vec<Call>,
}

/// A call of a setter.
pub(super) struct Call {
    pub(super) file: FileId,
    pub(super) call: ast::MethodCallExpr,
    /// The statement that goes with the call. `None`: what the method was called on takes the call's place.
    pub(super) stmt: Option<SyntaxNode>,
    /// The variable that it is called on, which is `mut` for nothing else.
    pub(super) owner: Option<MutOwner>,
}

/// Finds the setters that can go as a whole, and makes each one's slots stand or fall together.
pub(super) fn find(infer: &Infer<'_>, slots: &mut Slots, sites: &mut Sites) {
    let mut found: Vec<Setter> = Vec::new();
    for function in slots.functions.values() {
        let [Some(param)] = function.params[..] else {
            continue;
        };
        let stays = |slot: SlotId| slots.all[slot].keep.is_some();
        let (file, node) = (function.file, &function.node);
        let alone = function.has_self && function.ret.is_none() && function.element.is_none();
        let it = ast::Fn::cast(node.clone()).filter(|_| alone && !stays(param));
        let Some(field) = it.and_then(|f| set_by(infer, sites, file, &f, param)) else {
            continue;
        };
        let by_value = takes_itself(node);
        let calls = calls_of(infer, sites, param, by_value);
        if let Some(calls) = calls.filter(|_| !stays(field)) {
            let node = node.clone();
            found.push(Setter {
                file,
                node,
                param,
                field,
                calls,
            });
        }
    }
    // a variable may be `mut` for the calls of several
    loop {
        sites.set_calls = set_calls(infer, &found);
        let before = found.len();
        let own: BTreeSet<SlotId> = found.iter().flat_map(|s| [s.param, s.field]).collect();
        let all_go = vec![None; slots.all.len()];
        let others_stay: Vec<_> = (0..slots.all.len())
            .map(|s| (!own.contains(&s)).then(|| returned("another slot")))
            .collect();
        found.retain_mut(|setter| {
            setter.calls.iter_mut().all(|call| {
                let Some(owner) = &call.owner else {
                    return true;
                };
                let need = |kept| decide::need_of_mut(infer, sites, kept, call.file, owner);
                match (need(&all_go), need(&others_stay)) {
                    (MutNeed::Needed, MutNeed::Needed) => {
                        call.owner = None;
                        true
                    }
                    (a, b) => a == MutNeed::Needless && b == MutNeed::Needless,
                }
            })
        });
        if found.len() == before {
            break;
        }
    }
    for setter in &found {
        slots.unite(setter.field, setter.param);
    }
    sites.setters = found;
    // who asks again is told that there is none
    for slot in 0..slots.all.len() {
        let of_option = slots.all[slot].form.is_option() && slots.all[slot].keep.is_none();
        if of_option && let Some(place) = taken::again(infer, sites, slot) {
            let message = format!(
                "{} is an `Option`: it is taken at {place}, and may be asked for again",
                slots.all[slot].words()
            );
            let left = Left::new(catalog::LATE_BOUND_OPTION, message);
            slots.keep(
                slot,
                left.help("decide what `None` stands for, then remove it by hand"),
            );
        }
    }
    let is_field = |slot: &SlotId| {
        let slot = &slots.all[*slot];
        slot.form == Form::Opt && slot.kind == Kind::Field
    };
    let fields = (0..slots.all.len()).filter(is_field);
    let filled = fields.filter(|s| {
        is_written(infer, slots, sites, *s)
            || (slots.all[*s].keep.is_none() && is_always_set(infer, slots, sites, *s))
    });
    sites.filled = filled.collect();
}

/// Whether a method takes what it is called on, and not a reference to it.
fn takes_itself(function: &SyntaxNode) -> bool {
    let function = ast::Fn::cast(function.clone());
    let own = function.and_then(|f| f.param_list()?.self_param());
    own.is_some_and(|s| s.amp_token().is_none())
}

/// Derives that make no values.
const PLAIN: &[&str] = &[
    "Clone",
    "Debug",
    "Display",
    "Eq",
    "Error",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Serialize",
];

/// Whether nothing else is derived for an item.
fn derives_only(item: &SyntaxNode, known: &[&str]) -> bool {
    let attrs = ast::AnyHasAttrs::cast(item.clone());
    attrs.iter().flat_map(HasAttrs::attrs).all(|attr| {
        let text = attr.syntax().text().to_string();
        match text.strip_prefix("#[derive(") {
            // paths to them
            Some(derived) => derived.split([',', ')']).all(|d| {
                let last = d.rsplit("::").next().unwrap_or(d);
                let last = last.trim_matches(|c: char| !c.is_alphanumeric());
                last.is_empty() || known.contains(&last)
            }),
            None => !text.contains("derive"),
        }
    })
}

/// Whether an `Option` is only made by literals, none of which leaves it out.
fn is_written(infer: &Infer<'_>, slots: &Slots, sites: &Sites, slot: SlotId) -> bool {
    let data = &slots.all[slot];
    let mut adts = slots.adts.values();
    let Some(adt) = adts.find(|a| a.fields.contains(&Some(slot))) else {
        return false;
    };
    let may_be = |file: FileId, list: &ast::RecordExprFieldList| {
        let literal = list.syntax().parent().and_then(ast::RecordExpr::cast);
        let of = literal.and_then(|l| infer.adt_at(file, &l.path()?));
        of.is_none_or(|(at, node)| at == adt.file && node == adt.node)
    };
    let mut given = (sites.flows.iter())
        .filter(|(.., s)| *s == slot)
        .map(|(_, expr, _)| expr)
        .peekable();
    !data.defaulted
        && derives_only(&adt.node, PLAIN)
        && !sites.updates.iter().any(|(file, list)| may_be(*file, list))
        && given.peek().is_some()
        && !given.any(is_none)
}

/// `None`.
pub(super) fn is_none(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::PathExpr(p) if locals::is_name(p, "None"))
}

/// The field that a method sets to its parameter, if it does nothing else.
fn set_by(
    infer: &Infer<'_>,
    sites: &Sites,
    file: FileId,
    function: &ast::Fn,
    param: SlotId,
) -> Option<SlotId> {
    const ATTRS: &[&str] = &["doc", "inline", "must_use"];
    let block = function
        .syntax()
        .ancestors()
        .nth(2)
        .and_then(ast::Impl::cast)?;
    let special = function.async_token().is_some()
        || function.const_token().is_some()
        || function.unsafe_token().is_some()
        || function.generic_param_list().is_some()
        || block.trait_().is_some();
    let body = function.body().filter(|b| !has_comment(b.syntax()))?;
    let plain = function.attrs().all(|a| {
        let path = a.path().map(|p| p.syntax().text().to_string());
        path.is_some_and(|p| ATTRS.contains(&p.as_str()))
    });
    if special || !plain {
        return None;
    }
    let list = body.stmt_list()?;
    let is_self = |e: &ast::Expr| matches!(e, ast::Expr::PathExpr(p) if locals::is_name(p, "self"));
    let statements: Vec<ast::Stmt> = list.statements().collect();
    let (field, value) = match (statements.as_slice(), list.tail_expr()) {
        ([ast::Stmt::ExprStmt(only)], tail) if tail.as_ref().is_none_or(is_self) => {
            let (target, value) = match only.expr()? {
                ast::Expr::BinExpr(set) => (set.lhs()?, set.rhs()?),
                ast::Expr::MethodCallExpr(set) => filled_by(&set)?,
                _ => return None,
            };
            let ast::Expr::FieldExpr(target) = target else {
                return None;
            };
            let root = sites.at.get(&key_of(infer.index, file, target.syntax()))?;
            let root = &sites.roots[*root];
            let Source::Slot(field) = root.source else {
                return None;
            };
            let of_self = target.expr().is_some_and(|e| is_self(&e));
            (of_self && root.landing == Landing::Target).then_some((field, value))?
        }
        // `Self { bus: Some(bus), ..self }`
        ([], Some(ast::Expr::RecordExpr(made))) => {
            let fields = made.record_expr_field_list()?;
            let mut given = fields.fields();
            let (only, None) = (given.next()?.expr()?, given.next()) else {
                return None;
            };
            let field = sites.into.get(&key_of(infer.index, file, only.syntax()))?;
            fields.spread().filter(is_self)?;
            (*field, only)
        }
        _ => return None,
    };
    let flow = Flow { infer, sites };
    let gives = flow.sources(file, &value) == [Source::Slot(param)];
    (gives && flow.droppable(file, &value)).then_some(field)
}

/// The calls of a setter, if each of them can go.
fn calls_of(infer: &Infer<'_>, sites: &Sites, param: SlotId, by_value: bool) -> Option<Vec<Call>> {
    let of_it = |entries: &[(usize, SlotId)]| entries.iter().any(|(_, slot)| *slot == param);
    let lists = sites.lists.iter().filter(|l| of_it(&l.entries));
    lists
        .map(|list| {
            let call = ast::MethodCallExpr::cast(list.node.parent()?)?;
            as_call(infer, list.file, call, by_value)
        })
        .collect()
}

fn as_call(
    infer: &Infer<'_>,
    file: FileId,
    call: ast::MethodCallExpr,
    by_value: bool,
) -> Option<Call> {
    let tree = infer.index.tree(file)?;
    let receiver = call.receiver()?;
    let parent = call.syntax().parent()?;
    if has_comment(call.arg_list()?.syntax()) {
        return None;
    }
    let is_place = matches!(receiver, ast::Expr::PathExpr(_) | ast::Expr::FieldExpr(_));
    let piece = tree.is_macro_piece(call.syntax());
    // in a block of its own nothing else may be left
    let in_body = |stmt: &SyntaxNode| {
        let block = stmt.parent().and_then(|l| l.parent());
        let block = block.and_then(ast::BlockExpr::cast);
        block.is_some_and(|b| {
            let of_fn = b
                .syntax()
                .parent()
                .is_some_and(|n| ast::Fn::can_cast(n.kind()));
            of_fn || b.async_token().is_some()
        })
    };
    let stmt = match parent.kind() {
        SyntaxKind::METHOD_CALL_EXPR => None,
        _ if piece => (by_value || !is_place).then_some(None)?,
        SyntaxKind::EXPR_STMT if is_place && !by_value => Some(parent.clone()),
        SyntaxKind::BIN_EXPR if is_place => {
            let set = ast::BinExpr::cast(parent.clone())?;
            let again = set.lhs()?.syntax().text() == receiver.syntax().text();
            let plain = matches!(set.op_kind(), Some(ast::BinaryOp::Assignment { op: None }));
            let stmt = parent.parent()?;
            (again && plain && ast::ExprStmt::can_cast(stmt.kind())).then_some(stmt.clone())?;
            Some(stmt)
        }
        // `let builder = builder.bus(bus);`
        SyntaxKind::LET_STMT if is_place => {
            let stmt = ast::LetStmt::cast(parent.clone())?;
            let Some(ast::Pat::IdentPat(pat)) = stmt.pat() else {
                return None;
            };
            let same = pat.syntax().text() == receiver.syntax().text();
            (by_value && stmt.ty().is_none() && stmt.let_else().is_none()).then_some(())?;
            same.then(|| parent.clone())
        }
        // what is left of `|line| line.with_bus(bus)` is nothing
        SyntaxKind::CLOSURE_EXPR if is_place => {
            let around = ast::MethodCallExpr::cast(parent.parent()?.parent()?)?;
            let maps = around.name_ref().is_some_and(|n| n.text() == "map");
            let closure = ast::ClosureExpr::cast(parent.clone())?;
            let mut params = closure.param_list()?.params();
            let same = params.next()?.pat()?.syntax().text() == receiver.syntax().text();
            (by_value && maps && same && params.next().is_none()).then_some(None)?
        }
        // branches that are left may be the same
        SyntaxKind::STMT_LIST if is_place => {
            let scope = parent.parent()?.parent()?;
            (by_value && ast::Fn::can_cast(scope.kind())).then_some(None)?
        }
        SyntaxKind::RETURN_EXPR if is_place => by_value.then_some(None)?,
        SyntaxKind::RECORD_EXPR_FIELD if is_place => by_value.then_some(None)?,
        // what is moved into the call is moved into what the call was given to
        SyntaxKind::ARG_LIST | SyntaxKind::ARRAY_EXPR | SyntaxKind::TUPLE_EXPR
            if by_value || !is_place =>
        {
            None
        }
        SyntaxKind::BIN_EXPR
        | SyntaxKind::CLOSURE_EXPR
        | SyntaxKind::EXPR_STMT
        | SyntaxKind::FIELD_EXPR
        | SyntaxKind::LET_STMT
        | SyntaxKind::MATCH_ARM
        | SyntaxKind::RECORD_EXPR_FIELD
        | SyntaxKind::REF_EXPR
        | SyntaxKind::RETURN_EXPR
        | SyntaxKind::STMT_LIST
            if !is_place =>
        {
            None
        }
        _ => return None,
    };
    if stmt.as_ref().is_some_and(|s| !in_body(s)) {
        return None;
    }
    let owner = decide::mut_owner_of(infer, file, call.syntax());
    Some(Call {
        file,
        call,
        stmt,
        owner,
    })
}

/// The calls that go with their setters, and the targets of assignments that go with them, each with the setter's
/// parameter.
fn set_calls(infer: &Infer<'_>, setters: &[Setter]) -> BTreeMap<Key, SlotId> {
    let mut out = BTreeMap::new();
    for setter in setters {
        for call in &setter.calls {
            let key = |n: &SyntaxNode| key_of(infer.index, call.file, n);
            out.insert(key(call.call.syntax()), setter.param);
            let around = call.call.syntax().parent().and_then(ast::BinExpr::cast);
            let target = around.and_then(|b| b.lhs());
            out.extend(target.map(|t| (key(t.syntax()), setter.param)));
        }
    }
    out
}

/// Whether an `Option` of a builder is set wherever a builder is used: each one that is made without it is given it by a
/// setter in the same chain of calls, or before anything else is done with the variable that holds it.
fn is_always_set(infer: &Infer<'_>, slots: &Slots, sites: &Sites, field: SlotId) -> bool {
    let mut adts = slots.adts.values();
    let Some(adt) = adts.find(|a| a.fields.contains(&Some(field))) else {
        return false;
    };
    let Some(name) = item_name(&adt.node) else {
        return false;
    };
    let own = || sites.setters.iter().filter(|s| s.field == field);
    let calls = own().flat_map(|s| &s.calls);
    let it = Type::Item(adt.file, adt.node.clone(), Vec::new());
    let attrs = ast::AnyHasAttrs::cast(adt.node.clone());
    let mut attrs = attrs.iter().flat_map(HasAttrs::attrs);
    let has_default = attrs.any(|a| search::says(&a.syntax().text().to_string(), "Default"))
        || infer.method_of(&it, "default", Taking::Any).is_some();
    let builder = Builder {
        infer,
        has_default,
        depth: Cell::new(0),
        by_value: own().all(|s| takes_itself(&s.node)),
        file: adt.file,
        item: &adt.node,
        set: calls
            .map(|c| key_of(infer.index, c.file, c.call.syntax()))
            .collect(),
        field: &slots.all[field].name,
        name,
    };
    // a step that reads it may come before it is set
    let reads = sites.by_slot.get(&field).into_iter().flatten();
    let mut reads = reads
        .map(|r| &sites.roots[*r])
        .filter(|r| r.landing != Landing::Target);
    let in_step = reads.any(|read| {
        let tree = infer.index.tree(read.file);
        let function = tree.and_then(|t| t.ancestors(&read.node).find_map(ast::Fn::cast));
        function.is_none_or(|f| builder.gives_it(read.file, &f))
    });
    let flows = sites.flows.iter().filter(|(.., s)| *s == field);
    let is_reset = flows.map(|(_, expr, _)| expr).any(|expr| {
        let parent = expr.syntax().parent();
        is_none(expr) && parent.is_some_and(|p| ast::BinExpr::can_cast(p.kind()))
    });
    // its end may ask for the bus before it is set
    let ends = infer.method_of(&it, "drop", Taking::Any).is_some();
    let plain = !in_step && !is_reset && !ends && builder.is_derived_plainly();
    plain && builder.is_set_in_all_files()
}
