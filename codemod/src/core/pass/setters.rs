//! Setters: methods that do nothing but set a slot, as those of builders. Where the slot goes, they go with their calls.
//!
//! Belongs here: which methods are setters, which of them can go as a whole, and which `Option`s they have set wherever
//! one is read. Does not: what is written for it (`rewrite`).

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasAttrs, HasGenericParams};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::super::locals::{self, Use};
use super::super::search;
use super::super::workspace::{FileId, Language};
use super::decide::{self, MutNeed, MutOwner};
use super::flow::Flow;
use super::infer::{Infer, Taking, Type, item_name};
use super::sites::{Landing, Sites, Source, filled_by};
use super::slots::{Form, Kind, SlotId, Slots, function_name, has_comment, returned};
use super::{Key, key_of};

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
        let by_value = ast::Fn::cast(node.clone())
            .and_then(|f| f.param_list()?.self_param())
            .is_some_and(|s| s.amp_token().is_none());
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
    let mut fields: BTreeSet<SlotId> = found.iter().map(|s| s.field).collect();
    let defaulted = slots.all.iter().enumerate();
    let defaulted = defaulted.filter(|(_, s)| s.defaulted && s.keep.is_none());
    fields.extend(defaulted.map(|(i, _)| i));
    sites.setters = found;
    let filled = fields.into_iter().filter(|field| {
        slots.all[*field].form == Form::Opt && is_always_set(infer, slots, sites, *field)
    });
    sites.filled = filled.collect();
    let written = (0..slots.all.len()).filter(|s| is_written(infer, slots, sites, *s));
    sites.filled.extend(written.collect::<Vec<_>>());
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
    data.form == Form::Opt
        && data.kind == Kind::Field
        && !data.defaulted
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
    if tree.is_macro_piece(call.syntax()) || has_comment(call.arg_list()?.syntax()) {
        return None;
    }
    let is_place = matches!(receiver, ast::Expr::PathExpr(_) | ast::Expr::FieldExpr(_));
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
            (same && by_value && stmt.ty().is_none() && stmt.let_else().is_none()).then_some(())?;
            Some(parent.clone())
        }
        SyntaxKind::STMT_LIST if !is_place => {
            let around = parent.parent()?.parent()?;
            if ast::ClosureExpr::can_cast(around.kind()) {
                return None;
            }
            None
        }
        SyntaxKind::ARG_LIST
        | SyntaxKind::EXPR_STMT
        | SyntaxKind::LET_STMT
        | SyntaxKind::RECORD_EXPR_FIELD
        | SyntaxKind::RETURN_EXPR
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
    let (Some(name), true) = (item_name(&adt.node), slots.all[field].kind == Kind::Field) else {
        return false;
    };
    let calls = sites.setters.iter().filter(|s| s.field == field);
    let calls = calls.flat_map(|s| &s.calls);
    let builder = Builder {
        infer,
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
    let plain = !in_step && !is_reset && builder.is_derived_plainly();
    plain && builder.is_set_in_all_files()
}

/// Methods that may make what is derived, or leave it where something was.
const DEFAULTS: &[&str] = &[
    "get_or_insert_default",
    "or_default",
    "take",
    "unwrap_or_default",
];

struct Builder<'b, 'a> {
    infer: &'b Infer<'a>,
    file: FileId,
    item: &'b SyntaxNode,
    name: String,
    field: &'b str,
    /// The calls of the field's setters.
    set: BTreeSet<Key>,
}

impl Builder<'_, '_> {
    fn is_it(&self, ty: &Type) -> bool {
        match ty {
            Type::Ref(inner) => self.is_it(inner),
            Type::Item(file, node, _) => *file == self.file && node == self.item,
            _ => false,
        }
    }

    /// Whether nothing that is derived makes one, but for `Default`.
    fn is_derived_plainly(&self) -> bool {
        const DERIVES: &[&str] = &["Clone", "Debug", "Default", "Eq", "PartialEq"];
        let attrs = ast::AnyHasAttrs::cast(self.item.clone());
        attrs.iter().flat_map(HasAttrs::attrs).all(|attr| {
            let text = attr.syntax().text().to_string();
            match text.strip_prefix("#[derive(") {
                Some(derived) => search::words(derived).all(|w| DERIVES.contains(&w)),
                None => !text.contains("derive"),
            }
        })
    }

    fn gives_it(&self, file: FileId, function: &ast::Fn) -> bool {
        let ty = function.ret_type().and_then(|r| r.ty());
        ty.is_some_and(|t| self.is_it(&self.infer.lowered(file, &t)))
    }

    /// Whether a function gives back the builder that it takes: what it is given is looked at itself.
    fn gives_back(&self, file: FileId, function: &ast::Fn) -> bool {
        let params = function.param_list();
        let mut params = params.iter().flat_map(|l| l.params());
        let takes = params.any(|p| {
            p.ty()
                .is_some_and(|t| self.is_it(&self.infer.lowered(file, &t)))
        });
        let body = function.body().map(|b| b.syntax().text().to_string());
        takes
            && body.is_some_and(|b| {
                ![self.name.as_str(), "Self", "default"]
                    .iter()
                    .any(|w| search::says(&b, w))
            })
    }

    /// Whether a function gives none but builders that it has set.
    fn gives_set(&self, file: FileId, function: &ast::Fn, depth: usize) -> bool {
        const MOST: usize = 4;
        let Some(body) = function.body().filter(|_| depth < MOST) else {
            return false;
        };
        let mut nodes = body.syntax().descendants();
        let returns = nodes.any(|n| ast::ReturnExpr::can_cast(n.kind()));
        let tail = body.tail_expr().filter(|_| !returns);
        tail.is_some_and(|t| self.is_set_in(file, &t, depth))
    }

    /// Whether a chain of calls, or the variable that it is, was set.
    fn is_set_in(&self, file: FileId, chain: &ast::Expr, depth: usize) -> bool {
        match chain {
            ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| self.is_set_in(file, &e, depth)),
            ast::Expr::MethodCallExpr(it) => {
                let key = key_of(self.infer.index, file, it.syntax());
                self.set.contains(&key)
                    || match self.of_step(file, it) {
                        Step::Itself => {
                            let before = it.receiver();
                            before.is_some_and(|e| self.is_set_in(file, &e, depth))
                        }
                        Step::Made => self.makes_set(file, it, depth),
                        Step::Other | Step::Unknown => false,
                    }
            }
            ast::Expr::CallExpr(it) => {
                let of = self.infer.called_function(file, it);
                of.is_some_and(|of| self.gives_set(of.file, &of.function, depth + 1))
            }
            ast::Expr::PathExpr(it) => {
                let tree = self.infer.index.tree(file);
                let name = it.path().and_then(|p| p.as_single_name_ref());
                let made = tree.zip(name).and_then(|(tree, name)| {
                    let pat = locals::binding_of(tree, it.syntax(), name.text())?;
                    ast::LetStmt::cast(pat.syntax().parent()?)
                });
                made.is_some_and(|stmt| {
                    let init = stmt.initializer();
                    init.is_some_and(|e| self.is_set_in(file, &e, depth))
                        || self.is_set_by_let(file, &stmt)
                })
            }
            _ => false,
        }
    }

    /// Whether a method gives none but builders that it has set.
    fn makes_set(&self, file: FileId, call: &ast::MethodCallExpr, depth: usize) -> bool {
        let method = self.infer.called_method(file, call);
        method.is_some_and(|(m, _)| self.gives_set(m.file, &m.function, depth + 1))
    }

    fn is_set_in_all_files(&self) -> bool {
        let workspace = self.infer.index.workspace;
        let mut files: BTreeSet<FileId> = search::saying(workspace, &self.name).collect();
        // functions of others that give one
        let mut makers = BTreeSet::new();
        for file in &files {
            let Some(tree) = self.infer.index.tree(*file) else {
                return false;
            };
            for function in tree.root.descendants().filter_map(ast::Fn::cast) {
                let own = self.is_it(&self.infer.self_type(*file, function.syntax()));
                if !own && self.gives_it(*file, &function) {
                    makers.extend(function_name(function.syntax()));
                }
            }
        }
        for maker in &makers {
            files.extend(search::saying(workspace, maker));
        }
        files.into_iter().all(|file| {
            let is_code = workspace.file(file).language == Language::Rust;
            let Some(tree) = self
                .infer
                .index
                .tree(file)
                .filter(|t| is_code && !t.has_errors)
            else {
                return false;
            };
            let nodes = tree.descendants(&tree.root);
            nodes.iter().all(|n| self.is_fine(file, n, &makers))
        })
    }

    /// Whether a node is known to make no builder that may be used before it is set.
    fn is_fine(&self, file: FileId, node: &SyntaxNode, makers: &BTreeSet<String>) -> bool {
        let infer = self.infer;
        let says = || search::says(&node.text().to_string(), &self.name);
        match node.kind() {
            SyntaxKind::MACRO_RULES | SyntaxKind::MACRO_DEF | SyntaxKind::TYPE_ALIAS => !says(),
            SyntaxKind::RENAME => {
                let of = node.parent().and_then(ast::UseTree::cast);
                let of = of.and_then(|t| t.path()?.segment()?.name_ref());
                of.is_none_or(|n| n.text() != self.name)
            }
            SyntaxKind::MACRO_CALL => {
                let call = ast::MacroCall::cast(node.clone());
                let tree = infer.index.tree(file);
                let read = call
                    .zip(tree)
                    .is_some_and(|(c, t)| !t.pieces(&c).is_empty());
                read || !says()
            }
            SyntaxKind::PATH_TYPE => self.is_plain_type(file, node),
            SyntaxKind::PATH_EXPR => {
                let called = node
                    .parent()
                    .is_some_and(|n| ast::CallExpr::can_cast(n.kind()));
                let path = ast::PathExpr::cast(node.clone()).and_then(|p| p.path());
                let Some(path) = path.filter(|_| !called) else {
                    return true;
                };
                let of = path.qualifier();
                let of_it = of.is_some_and(|q| self.is_it(&infer.type_path(file, &q, &Vec::new())));
                let function = infer.function_at(file, &path, Taking::Any);
                !of_it && !function.is_some_and(|f| self.gives_it(f.file, &f.function))
            }
            SyntaxKind::CALL_EXPR => {
                let call = ast::CallExpr::cast(node.clone());
                call.is_none_or(|c| self.is_fine_call(file, &c) && !self.is_emptied(file, &c))
            }
            SyntaxKind::METHOD_CALL_EXPR => {
                let call = ast::MethodCallExpr::cast(node.clone());
                call.is_none_or(|c| match self.of_step(file, &c) {
                    // a builder, from a builder
                    Step::Itself => true,
                    Step::Made => {
                        self.makes_set(file, &c, 0)
                            || self.settles(file, &ast::Expr::MethodCallExpr(c))
                    }
                    Step::Unknown => {
                        let name = c.name_ref();
                        name.is_none_or(|n| !makers.contains(n.text()))
                    }
                    Step::Other => {
                        let name = c.name_ref();
                        let made = name.is_some_and(|n| DEFAULTS.contains(&n.text()));
                        let call = ast::Expr::MethodCallExpr(c);
                        !made
                            || !self.is_it(&self.infer.expr(file, &call))
                            || self.settles(file, &call)
                    }
                })
            }
            SyntaxKind::RECORD_EXPR => {
                let it = ast::RecordExpr::cast(node.clone());
                it.is_none_or(|it| self.is_fine_literal(file, &it))
            }
            _ => true,
        }
    }

    /// Whether the type, where it is written, is that of a parameter, of a result or of an impl block.
    fn is_plain_type(&self, file: FileId, node: &SyntaxNode) -> bool {
        let Some(ty) = ast::Type::cast(node.clone()) else {
            return true;
        };
        let text = node.text().to_string();
        let last = text.rsplit("::").next().unwrap_or(&text);
        let last = last.split('<').next().unwrap_or(last).trim();
        if (last != self.name && last != "Self") || !self.is_it(&self.infer.lowered(file, &ty)) {
            return true;
        }
        let mut around = node.ancestors().skip(1);
        let around = around.find(|n| !ast::RefType::can_cast(n.kind()));
        around.is_some_and(|n| {
            let plain = [SyntaxKind::IMPL, SyntaxKind::PARAM, SyntaxKind::RET_TYPE];
            plain.contains(&n.kind())
        })
    }

    /// `std::mem::take(&mut builder)` leaves one that is not set.
    fn is_emptied(&self, file: FileId, call: &ast::CallExpr) -> bool {
        let callee = call.expr().map(|e| e.syntax().text().to_string());
        let takes = callee.is_some_and(|c| c == "take" || c.ends_with("::take"));
        let mut args = call.arg_list().into_iter().flat_map(|l| l.args());
        takes && args.any(|a| self.is_it(self.infer.expr(file, &a).peeled()))
    }

    fn is_fine_call(&self, file: FileId, call: &ast::CallExpr) -> bool {
        let path = match call.expr() {
            Some(ast::Expr::PathExpr(p)) => p.path(),
            _ => None,
        };
        let Some(path) = path else { return true };
        let made = ast::Expr::CallExpr(call.clone());
        let count = call.arg_list().map_or(0, |l| l.args().count());
        if let Some(of) = self.infer.function_at(file, &path, Taking::Path(count)) {
            return !self.gives_it(of.file, &of.function)
                || self.gives_back(of.file, &of.function)
                || self.gives_set(of.file, &of.function, 0)
                || self.settles(file, &made);
        }
        let Some(of) = path.qualifier() else {
            return true;
        };
        // what is derived
        if self.is_it(&self.infer.type_path(file, &of, &Vec::new())) {
            return self.settles(file, &made);
        }
        let text = of.syntax().text().to_string();
        if text.starts_with('<') {
            return !search::says(&text, &self.name) && !search::says(&text, "Self");
        }
        // of a type that is not written: one of the builder is neither a field nor a variable's
        let around = call.syntax().parent().map(|n| n.kind());
        text != "Default" || around != Some(SyntaxKind::ARG_LIST)
    }

    fn is_fine_literal(&self, file: FileId, it: &ast::RecordExpr) -> bool {
        let of = it.path().and_then(|p| self.infer.adt_at(file, &p));
        if of.is_none_or(|(at, node)| at != self.file || node != *self.item) {
            return true;
        }
        let Some(fields) = it.record_expr_field_list() else {
            return false;
        };
        let given = self.given(it);
        let of_itself = |e: ast::Expr| {
            matches!(e, ast::Expr::PathExpr(_)) && self.is_it(&self.infer.expr(file, &e))
        };
        match given {
            Some(it) if !is_none(&it) => true,
            Some(_) => self.settles(file, &ast::Expr::RecordExpr(it.clone())),
            None if fields.spread().is_some_and(of_itself) => true,
            None => self.settles(file, &ast::Expr::RecordExpr(it.clone())),
        }
    }

    /// What a method call is to the builder.
    fn of_step(&self, file: FileId, call: &ast::MethodCallExpr) -> Step {
        let (Some(receiver), Some(name)) = (call.receiver(), call.name_ref()) else {
            return Step::Unknown;
        };
        let receiver = self.infer.expr(file, &receiver);
        let taking = Taking::of(call.arg_list());
        let method = self.infer.method_of(&receiver, name.text(), taking);
        match method {
            Some((m, _)) if self.gives_it(m.file, &m.function) => {
                match self.is_it(receiver.peeled()) {
                    true => Step::Itself,
                    false => Step::Made,
                }
            }
            Some(_) => Step::Other,
            None if receiver.is_known() => Step::Other,
            None => Step::Unknown,
        }
    }

    /// Whether a builder that was just made is set before anything else is done with it, or is what its function gives.
    fn settles(&self, file: FileId, made: &ast::Expr) -> bool {
        let (set, last) = self.climb(file, made);
        if set {
            return true;
        }
        let Some(parent) = last.syntax().parent() else {
            return false;
        };
        match parent.kind() {
            SyntaxKind::STMT_LIST | SyntaxKind::RETURN_EXPR => {
                let mut around = last.syntax().ancestors().skip(1);
                let scope = around.find(|n| {
                    let is_async = |n: &SyntaxNode| {
                        ast::BlockExpr::cast(n.clone()).is_some_and(|b| b.modifier().is_some())
                    };
                    matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR) || is_async(n)
                });
                let function = scope.and_then(ast::Fn::cast);
                let body = function.as_ref().and_then(|f| f.body()?.stmt_list());
                let gives = parent.kind() == SyntaxKind::RETURN_EXPR
                    || body.is_some_and(|b| *b.syntax() == parent);
                gives && function.is_some_and(|f| self.gives_it(file, &f))
            }
            SyntaxKind::LET_STMT => {
                let stmt = ast::LetStmt::cast(parent);
                stmt.is_some_and(|s| self.is_set_by_let(file, &s))
            }
            SyntaxKind::ARG_LIST => self.is_set_by_taker(file, &last, 0),
            // of a literal that sets it
            SyntaxKind::RECORD_EXPR_FIELD_LIST => {
                let literal = parent.parent().and_then(ast::RecordExpr::cast);
                literal.is_some_and(|it| {
                    self.is_it(&self.infer.expr(file, &ast::Expr::RecordExpr(it.clone())))
                        && self.given(&it).is_some_and(|e| !is_none(&e))
                })
            }
            _ => false,
        }
    }

    /// What a literal sets the field to.
    fn given(&self, it: &ast::RecordExpr) -> Option<ast::Expr> {
        let mut fields = it.record_expr_field_list()?.fields();
        let own = fields.find(|f| f.field_name().is_some_and(|n| n.text() == self.field));
        own?.expr()
    }

    /// Whether the function that a builder is given to sets it first.
    fn is_set_by_taker(&self, file: FileId, given: &ast::Expr, depth: usize) -> bool {
        const MOST: usize = 4;
        let taker = || {
            let (list, at) = locals::argument_of(given)?;
            let call = list.syntax().parent().and_then(ast::CallExpr::cast)?;
            let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
                return None;
            };
            let taking = Taking::Path(list.args().count());
            let method = self.infer.function_at(file, &callee.path()?, taking)?;
            let params = method.function.param_list()?;
            let first = usize::from(params.self_param().is_some());
            let param = params.params().nth(at.checked_sub(first)?)?;
            let Some(ast::Pat::IdentPat(pat)) = param.pat() else {
                return None;
            };
            let body = method.function.body()?.stmt_list()?;
            Some((method.file, pat, body))
        };
        depth < MOST
            && taker().is_some_and(|(file, pat, body)| {
                self.is_set_first(file, &pat, body.syntax(), depth + 1)
            })
    }

    fn is_set_by_let(&self, file: FileId, stmt: &ast::LetStmt) -> bool {
        let Some(ast::Pat::IdentPat(pat)) = stmt.pat() else {
            return false;
        };
        let list = stmt.syntax().parent();
        list.is_some_and(|list| self.is_set_first(file, &pat, &list, 0))
    }

    /// Follows a chain of calls outwards. Gives whether a setter is one of them, and the last that gives a builder.
    fn climb(&self, file: FileId, made: &ast::Expr) -> (bool, ast::Expr) {
        let mut last = made.clone();
        while let Some(parent) = last.syntax().parent() {
            let call = ast::MethodCallExpr::cast(parent.clone());
            let next = match call.filter(|c| c.receiver().as_ref() == Some(&last)) {
                Some(c)
                    if self
                        .set
                        .contains(&key_of(self.infer.index, file, c.syntax())) =>
                {
                    return (true, ast::Expr::MethodCallExpr(c));
                }
                Some(c) if self.of_step(file, &c) == Step::Itself => ast::Expr::MethodCallExpr(c),
                Some(_) => break,
                None => match ast::ParenExpr::cast(parent) {
                    Some(p) => ast::Expr::ParenExpr(p),
                    None => break,
                },
            };
            last = next;
        }
        (false, last)
    }

    /// Whether a variable is set before it is used otherwise, wherever these statements are run.
    fn is_set_first(
        &self,
        file: FileId,
        pat: &ast::IdentPat,
        list: &SyntaxNode,
        depth: usize,
    ) -> bool {
        let Some(tree) = self.infer.index.tree(file) else {
            return false;
        };
        let mut uses = Vec::new();
        for it in locals::uses_of(tree, pat) {
            match it {
                Use::Expr(path) => uses.push(path),
                Use::Opaque(_) => return false,
            }
        }
        uses.sort_by_key(|p| tree.range(p.syntax()).start());
        for path in uses {
            // always run, in a statement beside that of the variable
            let mut around = path.syntax().ancestors().skip(1);
            let in_place = around.find(|n| {
                !matches!(
                    n.kind(),
                    SyntaxKind::METHOD_CALL_EXPR
                        | SyntaxKind::BIN_EXPR
                        | SyntaxKind::PAREN_EXPR
                        | SyntaxKind::TRY_EXPR
                        | SyntaxKind::AWAIT_EXPR
                        | SyntaxKind::EXPR_STMT
                        | SyntaxKind::LET_STMT
                )
            });
            // what a call takes is run as the call is
            let place = in_place.as_ref();
            let list_of_call =
                place.filter(|n| matches!(n.kind(), SyntaxKind::ARG_LIST | SyntaxKind::REF_EXPR));
            if let Some(first) = list_of_call {
                let mut around = first.ancestors();
                let within = around.find(|n| {
                    !matches!(
                        n.kind(),
                        SyntaxKind::ARG_LIST
                            | SyntaxKind::AWAIT_EXPR
                            | SyntaxKind::BIN_EXPR
                            | SyntaxKind::CALL_EXPR
                            | SyntaxKind::EXPR_STMT
                            | SyntaxKind::LET_STMT
                            | SyntaxKind::METHOD_CALL_EXPR
                            | SyntaxKind::PAREN_EXPR
                            | SyntaxKind::REF_EXPR
                            | SyntaxKind::TRY_EXPR
                    )
                });
                let given = path.syntax().parent().and_then(ast::RefExpr::cast);
                let given = given.map_or(ast::Expr::PathExpr(path.clone()), ast::Expr::RefExpr);
                return within.as_ref() == Some(list) && self.is_set_by_taker(file, &given, depth);
            }
            if place != Some(list) || tree.is_macro_piece(path.syntax()) {
                return false;
            }
            let (set, last) = self.climb(file, &ast::Expr::PathExpr(path.clone()));
            if set {
                return true;
            }
            let Some(parent) = last.syntax().parent() else {
                return false;
            };
            let assigned = ast::BinExpr::cast(parent.clone()).is_some_and(|b| {
                let plain = matches!(b.op_kind(), Some(ast::BinaryOp::Assignment { op: None }));
                let is_target = b.lhs().as_ref() == Some(&last);
                let to_itself = b
                    .lhs()
                    .is_some_and(|l| l.syntax().text() == path.syntax().text());
                plain && (is_target || to_itself)
            });
            if let Some(again) = ast::LetStmt::cast(parent.clone()) {
                return self.is_set_by_let(file, &again);
            }
            // a step of its own, `builder.codec("opus");`
            let step = ast::ExprStmt::can_cast(parent.kind()) && last.syntax() != path.syntax();
            if !assigned && !step {
                return false;
            }
        }
        false
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A builder, from a builder.
    Itself,
    /// A builder, from something else.
    Made,
    Other,
    Unknown,
}
