//! Types of functions that take a coordinator: `Box<dyn Fn(Arc<…>, usize)>`, `F: Fn(&Arc<…>)`, `fn(Arc<…>)`.
//!
//! Belongs here: finding them, and the closures that go where one is asked for. All of one shape stand or fall together: any of
//! them may be called where another is. Does not: calls (`sites`).

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, AstNode, HasArgList};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

use super::super::api::Item;
use super::super::catalog;
use super::super::climb::Left;
use super::super::locals::{self, Use};
use super::super::resolve::{Def, Namespace, Ty};
use super::super::search;
use super::super::tree::{self, FileTree};
use super::super::workspace::FileId;
use super::infer::{Infer, Taking, Written, argument_type, bounds_of, field_type};
use super::slots::{
    Form, Function, Kind, Slot, SlotId, Slots, binds_plainly, function_name, pattern_name,
};
use super::{Key, key_of, place};

/// How many arguments a function type has, which of them is the coordinator, and how it is given.
type Shape = (usize, usize, Form);

/// The traits of what is called.
const TRAITS: &[&str] = &[
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Fn",
    "FnMut",
    "FnOnce",
];

/// Methods of the standard library's containers, cells and channels that keep what they are given.
const KEEPING: &[&str] = &[
    "extend",
    "fill",
    "get_or_insert",
    "insert",
    "or_insert",
    "push",
    "push_back",
    "push_front",
    "replace",
    "send",
    "set",
    "store",
    "swap",
    "try_send",
];

/// Methods that lead from a container to what it holds.
const LEADING: &[&str] = &[
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clone",
    "entry",
    "expect",
    "get",
    "get_mut",
    "iter",
    "lock",
    "or_default",
    "read",
    "unwrap",
    "write",
];

/// How far places and types are followed.
const MAX_DEPTH: usize = 12;

/// The argument of a function type that is a coordinator.
pub(super) struct Taken {
    pub(super) arity: usize,
    pub(super) position: usize,
    pub(super) form: Form,
    pub(super) element: SyntaxNode,
}

/// What a list of arguments takes, if it is that of a function type, and one of them is a coordinator.
pub(super) fn taken(infer: &Infer<'_>, file: FileId, list: &SyntaxNode) -> Option<Taken> {
    let elements: Vec<(SyntaxNode, Option<ast::Type>)> = match list.kind() {
        SyntaxKind::PARENTHESIZED_ARG_LIST if is_called(list) => {
            let args = list.children().filter_map(ast::TypeArg::cast);
            args.map(|a| (a.syntax().clone(), a.ty())).collect()
        }
        SyntaxKind::PARAM_LIST if list.parent()?.kind() == SyntaxKind::FN_PTR_TYPE => {
            let params = list.children().filter_map(ast::Param::cast);
            params.map(|p| (p.syntax().clone(), p.ty())).collect()
        }
        _ => return None,
    };
    let names = infer.index.names_of(Item::Coordinator.name());
    let says = |ty: &ast::Type| {
        let mut said = ty.syntax().descendants().filter_map(ast::NameRef::cast);
        said.any(|n| names.iter().any(|known| known == n.text()))
    };
    let coordinator = Ty::Item(Item::Coordinator);
    let arc = Ty::Arc(Box::new(coordinator.clone()));
    let form = |ty: &ast::Type| match infer.index.type_of(file, ty) {
        Ty::Ref(of) if *of == arc => Some(Form::RefArc),
        Ty::Ref(of) if *of == coordinator => Some(Form::RefBare),
        of => (of == arc).then_some(Form::Arc),
    };
    let mut found = None;
    for (position, (element, ty)) in elements.iter().enumerate() {
        let Some(ty) = ty.as_ref().filter(|t| says(t)) else {
            continue;
        };
        let form = form(ty).filter(|_| found.is_none())?;
        found = Some(Taken {
            arity: elements.len(),
            position,
            form,
            element: element.clone(),
        });
    }
    found
}

/// Whether a place in a type is the argument of a function type.
pub(super) fn is_taken(infer: &Infer<'_>, file: FileId, node: &SyntaxNode) -> bool {
    node.ancestors().any(|list| {
        let taken = taken(infer, file, &list);
        taken.is_some_and(|t| node.ancestors().any(|n| n == t.element))
    })
}

/// Whether a list of types is that of `Fn(…)` or alike.
fn is_called(list: &SyntaxNode) -> bool {
    let segment = list.parent().and_then(ast::PathSegment::cast);
    let name = segment.and_then(|s| s.name_ref());
    name.is_some_and(|n| TRAITS.contains(&n.text()))
}

/// What keeps the argument of a function type by where that is written.
pub(super) fn obstacle(list: &SyntaxNode, element: &SyntaxNode, words: &str) -> Option<Left> {
    let whole = match list.kind() {
        SyntaxKind::PARAM_LIST => list.parent()?,
        _ => list.ancestors().nth(3)?,
    };
    let text = whole.text().to_string();
    if gives_lifetime(list, element) {
        let message = format!("{words} gives the result its lifetime");
        return Some(Left::new(catalog::LIFETIME_SOURCE, message));
    }
    if text.contains("extern") {
        let message = format!("{words} is part of a foreign function interface");
        return Some(Left::new(catalog::FFI, message));
    }
    // what a trait is implemented for, or asks for, may be handed over as that trait
    let around = list.ancestors().find(|n| {
        matches!(
            n.kind(),
            SyntaxKind::ASSOC_ITEM_LIST
                | SyntaxKind::FN
                | SyntaxKind::IMPL
                | SyntaxKind::STRUCT
                | SyntaxKind::TRAIT
                | SyntaxKind::TYPE_ALIAS
        )
    })?;
    let of_trait = match around.kind() {
        SyntaxKind::IMPL => ast::Impl::cast(around).is_some_and(|b| b.trait_().is_some()),
        kind => kind == SyntaxKind::TRAIT,
    };
    of_trait.then(|| {
        let message = format!("{words} is what a trait stands for");
        Left::new(catalog::USED_AS_VALUE, message)
            .help("ask for `global_coordinator().await` in what is called, then remove it by hand")
    })
}

/// Whether the result of a function type has a lifetime that only one of its arguments says.
fn gives_lifetime(list: &SyntaxNode, element: &SyntaxNode) -> bool {
    let lifetimes = |n: &SyntaxNode| -> Vec<String> {
        let all = n.descendants().filter_map(ast::Lifetime::cast);
        all.map(|l| l.syntax().text().to_string()).collect()
    };
    let own = lifetimes(element);
    let result = list
        .next_sibling()
        .filter(|n| ast::RetType::can_cast(n.kind()));
    let given = result.as_ref().map(lifetimes).unwrap_or_default();
    // a reference without one
    let elided = |n: &SyntaxNode| {
        let refs = n.descendants().filter_map(ast::RefType::cast);
        let is_bare = |r: ast::RefType| r.lifetime().is_none();
        refs.into_iter().any(is_bare) || lifetimes(n).iter().any(|l| l == "'_")
    };
    if elided(element) && result.as_ref().is_some_and(elided) {
        return true;
    }
    let others = || list.children().filter(|c| c != element);
    let named = own
        .iter()
        .filter(|l| !matches!(l.as_str(), "'static" | "'_"));
    named
        .into_iter()
        .any(|l| given.contains(l) && !others().any(|c| lifetimes(&c).contains(l)))
}

/// What the place of an expression asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A function type, by its list of arguments.
    List(Key),
    /// A variable whose type is not written.
    Variable(ast::IdentPat),
    /// Something that calls it, from outside of the workspace, or nothing.
    Elsewhere,
    Unknown,
}

/// Adds the closures that go where a function type is asked for that takes a coordinator, and what keeps these types.
pub(super) fn collect(infer: &Infer<'_>, slots: &mut Slots) {
    let mut shapes: BTreeMap<Shape, SlotId> = BTreeMap::new();
    for key in slots.callbacks.clone() {
        let function = slots.functions[&key].clone();
        if let Some((shape, slot)) = shape_of(slots, &function) {
            let first = *shapes.entry(shape).or_insert(slot);
            slots.unite(first, slot);
        }
    }
    if shapes.is_empty() {
        return;
    }
    for file in search::rust(infer.index.workspace, |_| true) {
        let Some(tree) = infer.index.tree(file).filter(|t| !t.has_errors) else {
            continue;
        };
        let mut walk = Walk {
            callbacks: Callbacks { infer, file, tree },
            slots,
            shapes: &shapes,
        };
        for node in tree.descendants(&tree.root) {
            match node.kind() {
                SyntaxKind::CLOSURE_EXPR => walk.closure(&node),
                SyntaxKind::PATH_EXPR | SyntaxKind::FIELD_EXPR => walk.value(&node),
                SyntaxKind::MACRO_CALL | SyntaxKind::MACRO_RULES => walk.opaque(&node),
                _ => {}
            }
        }
    }
}

/// The shape of a function with one slot among its parameters, and that slot.
fn shape_of(slots: &Slots, function: &Function) -> Option<(Shape, SlotId)> {
    let mut own = (function.params.iter().enumerate()).filter_map(|(i, s)| Some((i, (*s)?)));
    let (position, slot) = own.next()?;
    let alone = own.next().is_none() && !function.has_self;
    let form = slots.all[slot].form;
    alone.then_some(((function.params.len(), position, form), slot))
}

struct Walk<'w, 'a> {
    callbacks: Callbacks<'w, 'a>,
    slots: &'w mut Slots,
    shapes: &'w BTreeMap<Shape, SlotId>,
}

impl Walk<'_, '_> {
    /// That of a function type or function.
    fn shape_at(&self, key: &Key) -> Option<(Shape, SlotId)> {
        shape_of(self.slots, self.slots.functions.get(key)?)
    }

    /// Keeps the function types of a shape.
    fn keep(&mut self, shape: Shape, node: &SyntaxNode, why: &str) {
        let Some(slot) = self.shapes.get(&shape) else {
            return;
        };
        let place = place(self.callbacks.infer.index, self.callbacks.file, node);
        let words = self.slots.all[*slot].words();
        let message = format!("{words}: {why} at {place}");
        self.slots.keep(
            *slot,
            Left::new(catalog::USED_AS_VALUE, message)
                .help("give what is passed on there a type that can be seen, then run again"),
        );
    }

    /// A closure where a function type is asked for, or may be.
    fn closure(&mut self, node: &SyntaxNode) {
        let Some(it) = ast::ClosureExpr::cast(node.clone()) else {
            return;
        };
        let infer = self.callbacks.infer;
        let file = self.callbacks.file;
        let params: Vec<ast::Param> = it.param_list().iter().flat_map(|l| l.params()).collect();
        let shapes: Vec<Shape> = (self.shapes.keys().copied())
            .filter(|(arity, ..)| *arity == params.len())
            .collect();
        if shapes.is_empty() {
            return;
        }
        let key = key_of(infer.index, file, node);
        let expr = ast::Expr::ClosureExpr(it);
        let of = self.callbacks.asked(&expr);
        if let Place::List(list) = &of {
            if let Some((shape, slot)) = self.shape_at(list)
                && shape.0 == params.len()
            {
                self.member(node, &params, shape, slot);
            }
            return;
        }
        if of == Place::Elsewhere {
            return;
        }
        for shape in shapes {
            let param = &params[shape.1];
            let is_slot = self
                .slots
                .functions
                .get(&key)
                .is_some_and(|f| f.params[shape.1].is_some());
            let other = match param.pat() {
                _ if is_slot => false,
                Some(ast::Pat::IdentPat(pat)) => {
                    let ty = infer.binding(file, &pat);
                    ty.is_known() && !ty.holds_coordinator()
                }
                _ => param.ty().is_some(),
            };
            if !other {
                self.keep(shape, node, "a closure may be one");
            }
        }
    }

    /// A closure that is one of a function type.
    fn member(&mut self, node: &SyntaxNode, params: &[ast::Param], shape: Shape, slot: SlotId) {
        let (infer, file) = (self.callbacks.infer, self.callbacks.file);
        let key = key_of(infer.index, file, node);
        let param = &params[shape.1];
        let known = self
            .slots
            .functions
            .get(&key)
            .and_then(|f| f.params[shape.1]);
        let own = known.unwrap_or_else(|| {
            let of = &self.slots.all[slot];
            let name = pattern_name(param);
            let owner = function_name(node).unwrap_or_else(|| "the closure".into());
            let param = param.syntax();
            let range = self.callbacks.tree.range(param);
            let new = Slot {
                kind: Kind::Param,
                file,
                node: param.clone(),
                range,
                name,
                owner,
                group: self.slots.all.len(),
                keep: None,
                public: false,
                of_context: false,
                led_to: None,
                ..of.clone()
            };
            self.slots.all.push(new);
            let own = self.slots.all.len() - 1;
            let function = Function {
                file,
                node: node.clone(),
                has_self: false,
                params: (0..shape.0)
                    .map(|i| (i == shape.1).then_some(own))
                    .collect(),
                ret: None,
                element: None,
            };
            self.slots.functions.insert(key, function);
            own
        });
        self.slots.unite(slot, own);
        // by its definition alone it would stay
        let passed = |l: &Left| l.id == catalog::USED_AS_VALUE;
        if self.slots.all[own].keep.as_ref().is_some_and(passed) {
            self.slots.all[own].keep = None;
        }
        let simple = binds_plainly(param);
        let index = infer.index;
        if !simple {
            let left = Left::new(
                catalog::NESTED_TYPE,
                "the parameter is taken apart by its pattern",
            );
            self.slots.keep(own, left);
        } else if !index.workspace.file(file).writable {
            let message = format!(
                "a closure at {} is not to be changed",
                place(index, file, node)
            );
            self.slots
                .keep(own, Left::new(catalog::UNRESOLVED_CALL, message));
        }
    }

    /// What a macro writes, or is given and does not show: it may have a closure, or call one.
    fn opaque(&mut self, node: &SyntaxNode) {
        let (tree, file) = (self.callbacks.tree, self.callbacks.file);
        let call = ast::MacroCall::cast(node.clone());
        let pieces = call.iter().flat_map(|c| tree.pieces(c));
        let read: Vec<TextRange> = pieces.map(|p| tree.range(&p)).collect();
        let tokens: Vec<SyntaxToken> = node
            .descendants_with_tokens()
            .filter_map(NodeOrToken::into_token)
            .filter(|t| !matches!(t.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
            .filter(|t| !read.iter().any(|r| r.contains_range(tree.token_range(t))))
            .collect();
        for shape in self.shapes.keys().copied().collect::<Vec<_>>() {
            let closes = (0..tokens.len())
                .any(|i| tokens[i].text() == "|" && listed(&tokens[i + 1..], "|") == Some(shape.0));
            // of `$f(…)` and `(self.f)(…)`
            let calls = (1..tokens.len()).any(|i| {
                let before = i.checked_sub(2).map_or("", |b| tokens[b].text());
                let is_callee = before == "$" || tokens[i - 1].text() == ")";
                tokens[i].text() == "("
                    && is_callee
                    && listed(&tokens[i + 1..], ")") == Some(shape.0)
            });
            if closes || calls {
                self.keep(shape, node, "a macro may have or call one");
            }
        }
        // a variable that is one
        for token in tokens.iter().filter(|t| t.kind() == SyntaxKind::IDENT) {
            let Some(pat) = locals::binding_of(tree, node, token.text()) else {
                continue;
            };
            let param = pat.syntax().parent().and_then(ast::Param::cast);
            let ty = param.and_then(|p| p.ty());
            if let Some(Place::List(list)) = ty.map(|t| self.callbacks.within(file, &t))
                && let Some((shape, _)) = self.shape_at(&list)
            {
                self.keep(shape, node, "a macro is given one");
            }
        }
    }

    /// A value of a function type that is passed on to code outside of the workspace, which may call it; a function where a
    /// function type is asked for.
    fn value(&mut self, node: &SyntaxNode) {
        let Some(expr) = ast::Expr::cast(node.clone()) else {
            return;
        };
        let (infer, file) = (self.callbacks.infer, self.callbacks.file);
        let is_callee = node.parent().and_then(ast::CallExpr::cast);
        if is_callee.is_some_and(|c| c.expr().as_ref() == Some(&expr)) {
            return;
        }
        let is_local = |path: &ast::Path| {
            let name = path.as_single_name_ref();
            name.is_some_and(|n| locals::binding_of(self.callbacks.tree, node, n.text()).is_some())
        };
        let adt = match &expr {
            ast::Expr::PathExpr(it) => it.path().filter(|p| !is_local(p)),
            _ => None,
        };
        let adt = adt.and_then(|p| infer.adt_at(file, &p));
        if let Some(adt) = adt.and_then(|(at, n)| self.slots.adts.get(&key_of(infer.index, at, &n)))
        {
            // its field may stay where the argument would go
            let mut own = (adt.fields.iter().enumerate()).filter_map(|(i, s)| Some((i, (*s)?)));
            let shape = own
                .next()
                .map(|(i, s)| (adt.fields.len(), i, self.slots.all[s].form));
            let of = match self.callbacks.asked(&expr) {
                Place::List(list) => self.shape_at(&list).map(|(shape, _)| shape),
                _ => None,
            };
            for shape in shape.into_iter().chain(of) {
                self.keep(shape, node, "a constructor is one");
            }
            return;
        }
        if let ast::Expr::PathExpr(it) = &expr
            && let Some(path) = it.path().filter(|p| !is_local(p))
            && let Def::Local(at, item) = infer.index.resolve_path(file, &path, Namespace::Value)
            && ast::Fn::can_cast(item.kind())
        {
            let key = key_of(infer.index, at, &item);
            let own = self.shape_at(&key);
            let own = own.map(|(shape, _)| shape);
            let is_bound = matches!(self.callbacks.place(&expr, 0), Place::Variable(_));
            let of = match self.callbacks.asked(&expr) {
                Place::List(list) => self.shape_at(&list),
                // the calls of a variable are not told from others
                Place::Elsewhere if !is_bound => return,
                _ => None,
            };
            match (of.map(|(shape, _)| shape), own) {
                (Some(shape), own) if own != Some(shape) => {
                    self.keep(shape, node, "a function that is not followed is one");
                }
                (None, Some(shape)) => self.keep(shape, node, "a function may be one"),
                _ => {}
            }
            return;
        }
        let Some(Place::List(list)) = self.callbacks.declared(&expr) else {
            return;
        };
        let Some((shape, _)) = self.shape_at(&list) else {
            return;
        };
        if self.callbacks.asked(&expr) == Place::Elsewhere && !self.callbacks.is_only_held(&expr) {
            self.keep(
                shape,
                node,
                "one is passed on to code outside of the workspace",
            );
        }
    }
}

/// What is asked for, and declared, in a file.
pub(super) struct Callbacks<'w, 'a> {
    pub(super) infer: &'w Infer<'a>,
    pub(super) file: FileId,
    pub(super) tree: &'w FileTree,
}

impl Callbacks<'_, '_> {
    /// What the place of an expression asks for; of a variable without a type, what its uses do.
    pub(super) fn asked(&self, expr: &ast::Expr) -> Place {
        match self.place(expr, 0) {
            Place::Variable(pat) => self.of_variable(&pat),
            other => other,
        }
    }

    fn of_variable(&self, pat: &ast::IdentPat) -> Place {
        let mut found = Place::Elsewhere;
        for it in locals::uses_of(self.tree, pat) {
            let Use::Expr(path) = it else {
                return Place::Unknown;
            };
            let call = path.syntax().parent().and_then(ast::CallExpr::cast);
            let expr = ast::Expr::PathExpr(path);
            if call.is_some_and(|c| c.expr().as_ref() == Some(&expr)) {
                continue;
            }
            match (self.place(&expr, 1), &found) {
                (Place::Elsewhere, _) => {}
                (next, Place::Elsewhere) => found = next,
                (next, known) if next == *known => {}
                _ => return Place::Unknown,
            }
        }
        match found {
            Place::Variable(_) => Place::Unknown,
            other => other,
        }
    }

    /// Whether what an expression is an argument of does no more than hold, share or drop it.
    fn is_only_held(&self, expr: &ast::Expr) -> bool {
        let mut at = expr.syntax().clone();
        while let Some(parent) = at.parent().filter(|p| p.kind() == SyntaxKind::REF_EXPR) {
            at = parent;
        }
        let list = at.parent().and_then(ast::ArgList::cast);
        let Some(call) = list.and_then(|l| l.syntax().parent()) else {
            return true;
        };
        let name = match ast::CallExpr::cast(call.clone()).and_then(|c| c.expr()) {
            Some(ast::Expr::PathExpr(p)) => p.path().and_then(|p| p.segment()?.name_ref()),
            _ => ast::MethodCallExpr::cast(call).and_then(|c| c.name_ref()),
        };
        let holds = ["clone", "drop", "forget", "ptr_eq", "strong_count"];
        name.is_some_and(|n| holds.contains(&n.text()))
    }

    fn place(&self, expr: &ast::Expr, depth: usize) -> Place {
        self.place_in(expr, depth).unwrap_or(Place::Unknown)
    }

    fn place_in(&self, expr: &ast::Expr, depth: usize) -> Option<Place> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (infer, file) = (self.infer, self.file);
        let parent = self.tree.parent(expr.syntax())?;
        let around = |n: SyntaxNode| Some(self.place(&ast::Expr::cast(n)?, depth + 1));
        let within = |ty: Option<ast::Type>| Some(self.within(file, &ty?));
        match parent.kind() {
            SyntaxKind::PAREN_EXPR
            | SyntaxKind::REF_EXPR
            | SyntaxKind::TUPLE_EXPR
            | SyntaxKind::ARRAY_EXPR
            | SyntaxKind::IF_EXPR => around(parent),
            SyntaxKind::MATCH_ARM => around(parent.parent()?.parent()?),
            SyntaxKind::CAST_EXPR => within(ast::CastExpr::cast(parent)?.ty()),
            SyntaxKind::CONST => within(ast::Const::cast(parent)?.ty()),
            SyntaxKind::STATIC => within(ast::Static::cast(parent)?.ty()),
            SyntaxKind::LET_STMT => {
                let stmt = ast::LetStmt::cast(parent)?;
                match (stmt.ty(), stmt.pat()?) {
                    (Some(ty), _) => within(Some(ty)),
                    (None, ast::Pat::IdentPat(pat)) => Some(Place::Variable(pat)),
                    (None, ast::Pat::WildcardPat(_)) => Some(Place::Elsewhere),
                    _ => None,
                }
            }
            SyntaxKind::EXPR_STMT => Some(Place::Elsewhere),
            SyntaxKind::RECORD_EXPR_FIELD => {
                let (at, ty) = infer.field_set(file, parent)?;
                Some(self.within(at, &ty))
            }
            SyntaxKind::BIN_EXPR => {
                let it = ast::BinExpr::cast(parent)?;
                let set = matches!(it.op_kind()?, ast::BinaryOp::Assignment { .. });
                self.declared(&it.lhs().filter(|l| set && l != expr)?)
            }
            SyntaxKind::RETURN_EXPR => {
                let (at, ty) = infer.given_back(file, &parent)?;
                Some(self.within(at, &ty))
            }
            SyntaxKind::STMT_LIST if self.tree.is_macro_list(&parent) => {
                let call = self.tree.parent(&parent)?;
                let whole = call.ancestors().find_map(ast::MacroExpr::cast)?;
                let name = whole.macro_call().and_then(|c| tree::macro_name(&c))?;
                let list = name.text() == "vec";
                around(whole.syntax().clone()).filter(|_| list)
            }
            SyntaxKind::STMT_LIST => {
                let block = parent.parent()?;
                let list = ast::StmtList::cast(parent)?;
                list.tail_expr().filter(|t| t == expr)?;
                match block.parent().and_then(ast::Fn::cast) {
                    Some(function) => within(function.ret_type()?.ty()),
                    None if ast::BlockExpr::cast(block.clone())?.modifier().is_some() => None,
                    None => around(block),
                }
            }
            SyntaxKind::ARG_LIST => self.argument(expr, depth),
            // called where it stands
            SyntaxKind::CALL_EXPR => Some(Place::Elsewhere),
            _ => None,
        }
    }

    fn argument(&self, expr: &ast::Expr, depth: usize) -> Option<Place> {
        let (infer, file) = (self.infer, self.file);
        let (list, at) = locals::argument_of(expr)?;
        let call = list.syntax().parent()?;
        if let Some(call) = ast::MethodCallExpr::cast(call.clone()) {
            let name = call.name_ref()?;
            let receiver = call.receiver()?;
            let of = infer.expr(file, &receiver);
            let taking = Taking::of(call.arg_list());
            if let Some((method, _)) = infer.method_of(&of, name.text(), taking) {
                let param = method.function.param_list()?.params().nth(at)?;
                return Some(self.within(method.file, &param.ty()?));
            }
            if KEEPING.contains(&name.text()) {
                return self.declared(&root_of(receiver)?);
            }
            // one of the workspace that is not known may keep it
            let files = &infer.index.workspace.files;
            let own = files.iter().any(|f| search::declares(&f.text, name.text()));
            return (!own).then_some(Place::Elsewhere);
        }
        let path = match ast::CallExpr::cast(call.clone())?.expr()? {
            ast::Expr::PathExpr(callee) => callee.path()?,
            _ => return None,
        };
        let taking = Taking::Path(list.args().count());
        if let Some(method) = infer.function_at(file, &path, taking) {
            let (of, ty) = argument_type(&method, at)?;
            return Some(self.within(of, &ty));
        }
        if let Some((of, ast::FieldList::TupleFieldList(fields))) = infer.fields_at(file, &path) {
            return Some(self.within(of, &fields.fields().nth(at)?.ty()?));
        }
        let name = path.segment()?.name_ref()?.text().to_string();
        if matches!(
            name.as_str(),
            "Err" | "Ok" | "Some" | "from" | "new" | "pin"
        ) {
            return Some(self.place(&ast::Expr::cast(call)?, depth + 1));
        }
        let def = infer.index.resolve_path(file, &path, Namespace::Value);
        let prelude = path.as_single_name_ref().is_some() && name == "drop";
        (prelude || matches!(def, Def::External(_))).then_some(Place::Elsewhere)
    }

    /// The function type that the written type of a variable, field or getter has in it.
    pub(super) fn declared(&self, expr: &ast::Expr) -> Option<Place> {
        let (file, ty) = self.written(expr, 0)?;
        Some(self.within(file, &ty))
    }

    fn written(&self, expr: &ast::Expr, depth: usize) -> Option<Written> {
        let (infer, file) = (self.infer, self.file);
        let inner = |e: Option<ast::Expr>| {
            let e = e.filter(|_| depth < MAX_DEPTH)?;
            self.written(&e, depth + 1)
        };
        match expr {
            ast::Expr::ParenExpr(it) => inner(it.expr()),
            ast::Expr::RefExpr(it) => inner(it.expr()),
            ast::Expr::PrefixExpr(it) => inner(it.expr()),
            ast::Expr::AwaitExpr(it) => inner(it.expr()),
            ast::Expr::TryExpr(it) => inner(it.expr()),
            ast::Expr::IndexExpr(it) => inner(it.base()),
            ast::Expr::PathExpr(it) => {
                let path = it.path()?;
                let name = path.as_single_name_ref();
                let pat = name.and_then(|n| locals::binding_of(self.tree, expr.syntax(), n.text()));
                let Some(pat) = pat else {
                    let def = infer.index.resolve_path(file, &path, Namespace::Value);
                    let Def::Local(at, node) = def else {
                        return None;
                    };
                    let of_const = ast::Const::cast(node.clone()).and_then(|c| c.ty());
                    let ty = of_const.or_else(|| ast::Static::cast(node)?.ty())?;
                    return Some((at, ty));
                };
                let parent = pat.syntax().parent()?;
                if let Some(param) = ast::Param::cast(parent.clone()) {
                    return Some((file, param.ty()?));
                }
                if let Some(stmt) = ast::LetStmt::cast(parent.clone()) {
                    return match stmt.ty() {
                        Some(ty) => Some((file, ty)),
                        None => inner(stmt.initializer()),
                    };
                }
                // of what it goes through, or takes apart
                let around = pat
                    .syntax()
                    .ancestors()
                    .find(|n| !ast::Pat::can_cast(n.kind()))?;
                match around.kind() {
                    SyntaxKind::FOR_EXPR => inner(ast::ForExpr::cast(around)?.iterable()),
                    SyntaxKind::LET_EXPR => inner(ast::LetExpr::cast(around)?.expr()),
                    SyntaxKind::LET_STMT => inner(ast::LetStmt::cast(around)?.initializer()),
                    _ => None,
                }
            }
            ast::Expr::FieldExpr(it) => {
                let (at, node) = infer.owner_of(file, it)?;
                let name = it.name_ref()?;
                if let Some(list) = node.children().find_map(ast::RecordFieldList::cast) {
                    return Some((at, field_type(&list, &name)?));
                }
                let list = node.children().find_map(ast::TupleFieldList::cast)?;
                let position: usize = name.text().parse().ok()?;
                Some((at, list.fields().nth(position)?.ty()?))
            }
            ast::Expr::MethodCallExpr(it) => {
                let name = it.name_ref()?;
                let of = infer.expr(file, &it.receiver()?);
                let taking = Taking::of(it.arg_list());
                if let Some((method, _)) = infer.method_of(&of, name.text(), taking) {
                    return Some((method.file, method.function.ret_type()?.ty()?));
                }
                LEADING
                    .contains(&name.text())
                    .then(|| inner(it.receiver()))?
            }
            _ => None,
        }
    }

    /// The only function type within a type.
    fn within(&self, file: FileId, ty: &ast::Type) -> Place {
        let mut lists = Vec::new();
        self.lists(file, ty.syntax(), &mut lists, 0);
        lists.sort();
        lists.dedup();
        match lists.as_slice() {
            [only] => Place::List(*only),
            _ => Place::Unknown,
        }
    }

    fn lists(&self, file: FileId, node: &SyntaxNode, out: &mut Vec<Key>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let index = self.infer.index;
        for node in node.descendants() {
            let is_list = match node.kind() {
                SyntaxKind::PARENTHESIZED_ARG_LIST => is_called(&node),
                SyntaxKind::PARAM_LIST => node
                    .parent()
                    .is_some_and(|p| ast::FnPtrType::can_cast(p.kind())),
                _ => false,
            };
            if is_list {
                out.push(key_of(index, file, &node));
            }
            let path = ast::PathType::cast(node).and_then(|t| t.path());
            let Some(path) = path else { continue };
            match index.resolve_path(file, &path, Namespace::Type) {
                Def::Local(at, item) => {
                    if let Some(of) = ast::TypeAlias::cast(item).and_then(|a| a.ty()) {
                        self.lists(at, of.syntax(), out, depth + 1);
                    }
                }
                _ => {
                    for bounds in bounds_of(&path).into_iter().flatten() {
                        self.lists(file, bounds.syntax(), out, depth + 1);
                    }
                }
            }
        }
    }
}

/// How many elements stand before the token that closes a list. `None`: it is no list.
fn listed(tokens: &[SyntaxToken], close: &str) -> Option<usize> {
    let (mut depth, mut count, mut any) = (0_usize, 0, false);
    for token in tokens {
        match token.text() {
            text if depth == 0 && text == close => return Some(count + usize::from(any)),
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.checked_sub(1)?,
            "," if depth == 0 => {
                count += 1;
                any = false;
                continue;
            }
            ";" if depth == 0 => return None,
            _ => {}
        }
        any = true;
    }
    None
}

/// What a chain of methods that lead into a container begins with.
fn root_of(mut expr: ast::Expr) -> Option<ast::Expr> {
    loop {
        expr = match expr {
            ast::Expr::MethodCallExpr(it)
                if it.name_ref().is_some_and(|n| LEADING.contains(&n.text())) =>
            {
                it.receiver()?
            }
            ast::Expr::AwaitExpr(it) => it.expr()?,
            ast::Expr::TryExpr(it) => it.expr()?,
            ast::Expr::ParenExpr(it) => it.expr()?,
            ast::Expr::RefExpr(it) => it.expr()?,
            ast::Expr::PrefixExpr(it) => it.expr()?,
            other => return Some(other),
        };
    }
}
