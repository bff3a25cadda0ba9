//! The types of expressions, as far as they tell whose method, field or function a name is.
//!
//! Belongs here: a small, lenient inference that follows locals, fields, calls and the standard wrappers. Does not:
//! deciding. What it cannot follow is [`Type::Unknown`]; it never guesses an item.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use ra_ap_syntax::ast::{
    self, AstNode, HasArgList, HasGenericArgs, HasGenericParams, HasLoopBody, HasName,
    HasTypeBounds,
};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::super::api::Item;
use super::super::defs::{Index, segments};
use super::super::locals;
use super::super::resolve::{Def, Namespace};
use super::super::search::{self, ImplHeaders, Places, TraitText};
use super::super::tree::{self, FileTree};
use super::super::workspace::FileId;
use super::{Key, key_of};

mod expected;
mod library;
mod modes;
mod select;
mod uses;

pub(super) use expected::{Written, argument_type, bounds_of, field_type};

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    /// It could not be followed.
    Unknown,
    /// The coordinator.
    Coordinator,
    /// A struct, enum, union or trait of the workspace, with its arguments. A trait stands for what implements it.
    Item(FileId, SyntaxNode, Vec<Type>),
    /// Something from outside of the workspace, by its name.
    Outside(String, Vec<Type>),
    Ref(Box<Type>),
    Tuple(Vec<Type>),
    Future(Box<Type>),
    Closure(FileId, SyntaxNode),
}

impl Type {
    pub(super) fn is_known(&self) -> bool {
        *self != Type::Unknown
    }

    /// The type of a literal.
    pub(super) fn literal() -> Self {
        Type::Outside("literal".into(), Vec::new())
    }

    /// Without references and smart pointers.
    pub(super) fn peeled(&self) -> &Type {
        match self {
            Type::Ref(inner) => inner.peeled(),
            Type::Outside(name, args) if is_pointer(name) && !args.is_empty() => args[0].peeled(),
            other => other,
        }
    }

    /// Whether it is certain that no value of it is, or leads to, an item of the workspace that is not seen in it. What holds
    /// others leads to them.
    pub(super) fn is_settled(&self) -> bool {
        match self.peeled() {
            Type::Unknown | Type::Closure(..) => false,
            Type::Outside(name, _) if library::holds(name) => true,
            Type::Outside(name, args) if args.is_empty() => {
                !is_cell_name(name) && !is_pointer(name)
            }
            Type::Outside(_, args) => args
                .iter()
                .all(|a| !matches!(a.peeled(), Type::Item(..)) && a.is_settled()),
            _ => true,
        }
    }

    /// What is made of a type that is known.
    fn within(self, make: impl Fn(Type) -> Type) -> Type {
        match self {
            Type::Unknown => Type::Unknown,
            of => make(of),
        }
    }

    /// The type with what `_` stands for in it, as `other` tells.
    fn filled(self, other: &Type) -> Type {
        match (self, other) {
            (Type::Unknown, other) => other.clone(),
            (Type::Ref(own), Type::Ref(theirs)) => Type::Ref(Box::new(own.filled(theirs))),
            (Type::Outside(name, own), Type::Outside(_, theirs)) => {
                let theirs = match theirs.as_slice() {
                    // the pairs that a map is collected from
                    [Type::Tuple(pair)] if pair.len() == own.len() => pair,
                    all => all,
                };
                if own.len() != theirs.len() {
                    return Type::Outside(name, own);
                }
                let args = own.into_iter().zip(theirs);
                Type::Outside(name, args.map(|(own, theirs)| own.filled(theirs)).collect())
            }
            (own, _) => own,
        }
    }

    /// Whether the two may be one type.
    fn may_be(&self, other: &Type) -> bool {
        let all = |a: &[Type], b: &[Type]| a.iter().zip(b).all(|(a, b)| a.may_be(b));
        let is_trait =
            |t: &Type| matches!(t, Type::Item(_, n, _) if ast::Trait::can_cast(n.kind()));
        match (self, other) {
            (Type::Unknown, _) | (_, Type::Unknown) => true,
            (a, b) if is_trait(a) || is_trait(b) => true,
            (Type::Item(f, a, own), Type::Item(g, b, theirs)) => {
                f == g && a == b && all(own, theirs)
            }
            (Type::Outside(a, own), Type::Outside(b, theirs)) => a == b && all(own, theirs),
            (Type::Ref(a), Type::Ref(b)) | (Type::Future(a), Type::Future(b)) => a.may_be(b),
            (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && all(a, b),
            (a, b) => a == b,
        }
    }

    /// Whether it is a coordinator behind references and pointers, or an `Option` or `Result` of one.
    pub(super) fn holds_coordinator(&self) -> bool {
        match self.peeled() {
            Type::Coordinator => true,
            Type::Outside(name, args) if matches!(name.as_str(), "Option" | "Result") => {
                args.first().is_some_and(Type::holds_coordinator)
            }
            Type::Future(inner) => inner.holds_coordinator(),
            _ => false,
        }
    }
}

/// A function that an item has.
#[derive(Debug, Clone)]
pub(super) struct Method {
    pub(super) file: FileId,
    pub(super) function: ast::Fn,
}

/// How many arguments a call has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Taking {
    /// It is not known.
    Any,
    /// After the receiver.
    Method(usize),
    /// With the receiver, if the function takes one.
    Path(usize),
}

impl Taking {
    pub(super) fn of(args: Option<ast::ArgList>) -> Self {
        args.map_or(Taking::Any, |l| Taking::Method(l.args().count()))
    }

    fn fits(self, function: &ast::Fn) -> bool {
        let list = function.param_list();
        let params = list.as_ref().map_or(0, |l| l.params().count());
        let receiver = usize::from(list.is_some_and(|l| l.self_param().is_some()));
        match self {
            Taking::Any => true,
            Taking::Method(count) => params == count && receiver == 1,
            Taking::Path(count) => params + receiver == count,
        }
    }
}

/// An impl block.
#[derive(Clone)]
struct ImplBlock {
    file: FileId,
    node: ast::Impl,
    of: Option<Key>,
}

pub(super) struct Infer<'a> {
    pub(super) index: &'a Index<'a>,
    /// Functions of traits, by the trait; and of other items, by the item and the function's name.
    of_traits: RefCell<HashMap<Key, Rc<Vec<Method>>>>,
    of_items: RefCell<Named>,
    file_impls: RefCell<HashMap<FileId, Rc<Vec<ImplBlock>>>>,
    headers: OnceCell<ImplHeaders<'a>>,
    trait_texts: OnceCell<Vec<TraitText<'a>>>,
    /// By the name of a function: what traits may be called that have a default for it.
    defaults: RefCell<HashMap<String, Rc<BTreeSet<String>>>>,
    /// By the name of a trait's method: whether all of that name only borrow what they are called on.
    borrowing: RefCell<HashMap<String, bool>>,
    bindings: RefCell<HashMap<Key, Type>>,
    depth: Cell<usize>,
}

const MAX_DEPTH: usize = 24;

/// Functions of items, by the item and the name asked for.
type Named = HashMap<(Key, String), Rc<Vec<Method>>>;

type Env = Vec<(String, Type)>;

impl<'a> Infer<'a> {
    pub(super) fn new(index: &'a Index<'a>) -> Self {
        Self {
            index,
            of_traits: RefCell::default(),
            of_items: RefCell::default(),
            file_impls: RefCell::default(),
            headers: OnceCell::new(),
            trait_texts: OnceCell::new(),
            defaults: RefCell::default(),
            borrowing: RefCell::default(),
            bindings: RefCell::default(),
            depth: Cell::default(),
        }
    }

    fn tree(&self, file: FileId) -> Option<&'a FileTree> {
        self.index.tree(file)
    }

    /// Whether a method that a trait of the workspace may add to a type only borrows what it is called on.
    pub(super) fn borrows(&self, name: &str) -> bool {
        if let Some(known) = self.borrowing.borrow().get(name) {
            return *known;
        }
        let found = self.receivers_in_traits(name);
        let borrows = !found.is_empty()
            && (found.iter()).all(|r| r.amp_token().is_some() && r.mut_token().is_none());
        let mut known = self.borrowing.borrow_mut();
        known.insert(name.to_owned(), borrows);
        borrows
    }

    /// The receivers of the methods called `name` of all traits of the workspace.
    fn receivers_in_traits(&self, name: &str) -> Vec<ast::SelfParam> {
        let mut out = Vec::new();
        let keyword = Places::of(["trait"]);
        let declaring = self.trait_texts().iter().filter(|t| t.declares(name));
        let mut files: Vec<FileId> = declaring.map(|t| t.file).collect();
        files.dedup();
        for file in files {
            let places = keyword.find(&self.index.workspace.file(file).text);
            let nodes = self.tree(file).map(|t| t.around(places.as_deref()));
            let traits = nodes.into_iter().flatten().filter_map(ast::Trait::cast);
            let items = traits.filter_map(|t| t.assoc_item_list());
            let named = items.flat_map(|l| l.assoc_items()).filter_map(|i| match i {
                ast::AssocItem::Fn(it) if it.name().is_some_and(|n| n.text() == name) => Some(it),
                _ => None,
            });
            out.extend(named.filter_map(|f| f.param_list()?.self_param()));
        }
        out
    }

    /// The type of an expression.
    pub(super) fn expr(&self, file: FileId, expr: &ast::Expr) -> Type {
        if self.depth.get() > MAX_DEPTH {
            return Type::Unknown;
        }
        self.depth.set(self.depth.get() + 1);
        let ty = self.expr_inner(file, expr);
        self.depth.set(self.depth.get() - 1);
        ty
    }

    fn opt(&self, file: FileId, expr: Option<ast::Expr>) -> Type {
        expr.map_or(Type::Unknown, |e| self.expr(file, &e))
    }

    fn expr_inner(&self, file: FileId, expr: &ast::Expr) -> Type {
        match expr {
            ast::Expr::ParenExpr(it) => self.opt(file, it.expr()),
            ast::Expr::RefExpr(it) => Type::Ref(Box::new(self.opt(file, it.expr()))),
            ast::Expr::PrefixExpr(it) => match self.opt(file, it.expr()) {
                Type::Ref(inner) => *inner,
                Type::Outside(_, args) if args.len() == 1 => args[0].clone(),
                other => other,
            },
            ast::Expr::PathExpr(it) => self.path(file, it),
            ast::Expr::FieldExpr(it) => self.field(file, it),
            ast::Expr::MethodCallExpr(it) => self.method_call(file, it),
            ast::Expr::CallExpr(it) => self.call(file, it),
            ast::Expr::AwaitExpr(it) => match self.opt(file, it.expr()) {
                Type::Future(inner) => *inner,
                other => library::awaited(other),
            },
            ast::Expr::TryExpr(it) => unwrapped(self.opt(file, it.expr())),
            ast::Expr::RecordExpr(it) => it
                .path()
                .map_or(Type::Unknown, |p| self.type_path(file, &p, &Env::new())),
            ast::Expr::BlockExpr(it) => {
                let tail = self.opt(file, it.stmt_list().and_then(|l| l.tail_expr()));
                if it.async_token().is_some() {
                    Type::Future(Box::new(tail))
                } else {
                    tail
                }
            }
            ast::Expr::IfExpr(it) => self.opt(file, it.then_branch().map(ast::Expr::BlockExpr)),
            ast::Expr::MatchExpr(it) => it
                .match_arm_list()
                .into_iter()
                .flat_map(|l| l.arms())
                .map(|a| self.opt(file, a.expr()))
                .find(Type::is_known)
                .unwrap_or(Type::Unknown),
            ast::Expr::TupleExpr(it) => {
                Type::Tuple(it.fields().map(|e| self.expr(file, &e)).collect())
            }
            ast::Expr::ClosureExpr(it) => Type::Closure(file, it.syntax().clone()),
            ast::Expr::IndexExpr(it) => library::element(&self.opt(file, it.base())),
            ast::Expr::Literal(_) => Type::literal(),
            // of numbers
            ast::Expr::RangeExpr(_) => Type::Outside("Iter".into(), vec![Type::literal()]),
            ast::Expr::ArrayExpr(it) => {
                let first = self.opt(file, it.exprs().next());
                Type::Outside("Vec".into(), vec![first])
            }
            ast::Expr::CastExpr(it) => it
                .ty()
                .map_or(Type::Unknown, |t| self.lower(file, &t, &Env::new())),
            ast::Expr::MacroExpr(it) => it
                .macro_call()
                .map_or(Type::Unknown, |c| self.macro_call(file, &c)),
            _ => Type::Unknown,
        }
    }

    fn macro_call(&self, file: FileId, call: &ast::MacroCall) -> Type {
        let name = tree::macro_name(call).map(|n| n.text().to_string());
        let name = name.unwrap_or_default();
        match name.as_str() {
            "format" => Type::Outside("String".into(), Vec::new()),
            "json" => Type::Outside("Value".into(), Vec::new()),
            "vec" => {
                let first = self.tree(file).and_then(|t| {
                    let piece = t.pieces(call).into_iter().next()?;
                    ast::StmtList::cast(piece)?.tail_expr()
                });
                let element = self.opt(file, first);
                Type::Outside("Vec".into(), vec![element])
            }
            "join" | "try_join" => {
                let pieces = self.tree(file).map(|t| t.pieces(call)).unwrap_or_default();
                let tails = pieces.into_iter().filter_map(ast::StmtList::cast);
                let given = tails.map(|l| match self.opt(file, l.tail_expr()) {
                    Type::Future(of) if name == "join" => *of,
                    Type::Future(of) => unwrapped(*of),
                    _ => Type::Unknown,
                });
                let all = Type::Tuple(given.collect());
                match name.as_str() {
                    "join" => all,
                    _ => Type::Outside("Result".into(), vec![all]),
                }
            }
            _ => Type::Unknown,
        }
    }

    fn path(&self, file: FileId, expr: &ast::PathExpr) -> Type {
        let Some(path) = expr.path() else {
            return Type::Unknown;
        };
        let Some(tree) = self.tree(file) else {
            return Type::Unknown;
        };
        if let Some(name) = path.as_single_name_ref() {
            let name = name.text().to_string();
            if name == "self" {
                return Type::Ref(Box::new(self.self_type(file, expr.syntax())));
            }
            let pat = locals::binding_of(tree, expr.syntax(), &name);
            if let Some(ty) = self.selected(file, expr.syntax(), &name, pat.as_ref()) {
                return ty;
            }
            if let Some(pat) = pat {
                return self.binding(file, &pat);
            }
        }
        match self.index.resolve_path(file, &path, Namespace::Value) {
            Def::Local(at, node) => self.value_item(at, &node),
            Def::Variant(at, node) => of_variant(at, &node),
            // an associated constant
            _ => path.qualifier().map_or(Type::Unknown, |q| {
                match self.index.resolve_path(file, &q, Namespace::Type) {
                    Def::Local(at, node) if ast::Enum::can_cast(node.kind()) => {
                        Type::Item(at, node, Vec::new())
                    }
                    _ => Type::Unknown,
                }
            }),
        }
    }

    fn value_item(&self, file: FileId, node: &SyntaxNode) -> Type {
        let ty = if let Some(it) = ast::Static::cast(node.clone()) {
            it.ty()
        } else if let Some(it) = ast::Const::cast(node.clone()) {
            it.ty()
        } else if ast::Struct::can_cast(node.kind()) {
            return Type::Item(file, node.clone(), Vec::new());
        } else {
            None
        };
        ty.map_or(Type::Unknown, |t| self.lower(file, &t, &Env::new()))
    }

    /// The type that `Self` names at `node`: that of the impl block, or the trait.
    pub(super) fn self_type(&self, file: FileId, node: &SyntaxNode) -> Type {
        let Some(tree) = self.tree(file) else {
            return Type::Unknown;
        };
        for around in tree.ancestors(node) {
            if let Some(it) = ast::Impl::cast(around.clone()) {
                return it
                    .self_ty()
                    .map_or(Type::Unknown, |t| self.lower(file, &t, &Env::new()));
            }
            if ast::Trait::can_cast(around.kind())
                || ast::Struct::can_cast(around.kind())
                || ast::Enum::can_cast(around.kind())
            {
                return Type::Item(file, around, Vec::new());
            }
        }
        Type::Unknown
    }

    /// What a type of a file means.
    pub(super) fn lowered(&self, file: FileId, ty: &ast::Type) -> Type {
        self.lower(file, ty, &Env::new())
    }

    /// A written type.
    pub(super) fn lower(&self, file: FileId, ty: &ast::Type, env: &Env) -> Type {
        if self.depth.get() > MAX_DEPTH {
            return Type::Unknown;
        }
        self.depth.set(self.depth.get() + 1);
        let lowered = self.lower_inner(file, ty, env);
        self.depth.set(self.depth.get() - 1);
        lowered
    }

    fn lower_inner(&self, file: FileId, ty: &ast::Type, env: &Env) -> Type {
        match ty {
            ast::Type::PathType(it) => it
                .path()
                .map_or(Type::Unknown, |p| self.type_path(file, &p, env)),
            ast::Type::RefType(it) => Type::Ref(Box::new(
                it.ty().map_or(Type::Unknown, |t| self.lower(file, &t, env)),
            )),
            ast::Type::ParenType(it) => {
                it.ty().map_or(Type::Unknown, |t| self.lower(file, &t, env))
            }
            ast::Type::TupleType(it) => {
                Type::Tuple(it.fields().map(|t| self.lower(file, &t, env)).collect())
            }
            ast::Type::ArrayType(it) => Type::Outside(
                "Vec".into(),
                vec![it.ty().map_or(Type::Unknown, |t| self.lower(file, &t, env))],
            ),
            ast::Type::SliceType(it) => Type::Outside(
                "Vec".into(),
                vec![it.ty().map_or(Type::Unknown, |t| self.lower(file, &t, env))],
            ),
            ast::Type::FnPtrType(it) => match it.ret_type().and_then(|r| r.ty()) {
                Some(given) => Type::Outside("Fn".into(), vec![self.lower(file, &given, env)]),
                None => Type::Unknown,
            },
            ast::Type::DynTraitType(it) => self.bounds(file, it.type_bound_list(), env),
            ast::Type::ImplTraitType(it) => self.bounds(file, it.type_bound_list(), env),
            _ => Type::Unknown,
        }
    }

    /// The first trait of the workspace among bounds; the output of a future; else something from outside.
    fn bounds(&self, file: FileId, list: Option<ast::TypeBoundList>, env: &Env) -> Type {
        let mut outside = Type::Unknown;
        for bound in list.into_iter().flat_map(|l| l.bounds()) {
            let Some(ast::Type::PathType(path)) = bound.ty() else {
                continue;
            };
            let Some(path) = path.path() else { continue };
            let output = path
                .segment()
                .and_then(|s| s.generic_arg_list())
                .into_iter()
                .flat_map(|l| l.generic_args())
                .find_map(|a| match a {
                    ast::GenericArg::AssocTypeArg(a) => a.ty(),
                    _ => None,
                });
            let name = path.segment().and_then(|s| s.name_ref());
            if let (Some(output), Some(name)) = (output, name)
                && let Some(found) = library::bound(name.text(), self.lower(file, &output, env))
            {
                return found;
            }
            if let Some(given) = path.segment().and_then(|s| s.ret_type()?.ty()) {
                return Type::Outside("Fn".into(), vec![self.lower(file, &given, env)]);
            }
            match self.type_path(file, &path, env) {
                found @ Type::Item(..) => return found,
                found @ Type::Outside(..) if !outside.is_known() => outside = found,
                _ => {}
            }
        }
        outside
    }

    /// `T::Name`, `Self::Name` and `<T as Trait>::Name`: what the impl says, or what the trait bounds it by.
    fn projection(&self, file: FileId, path: &ast::Path, env: &Env) -> Type {
        let (Some(of), Some(name)) = (path.qualifier(), path.segment().and_then(|s| s.name_ref()))
        else {
            return Type::Unknown;
        };
        let anchor = of.segment().and_then(|s| s.type_anchor());
        let (of, by) = match &anchor {
            Some(anchor) => (
                anchor
                    .ty()
                    .map_or(Type::Unknown, |t| self.lower(file, &t, env)),
                trait_of(anchor).map(|t| self.type_path(file, &t, env)),
            ),
            None => (self.type_path(file, &of, env), None),
        };
        let assoc = |list: Option<ast::AssocItemList>| {
            let mut items = list.into_iter().flat_map(|l| l.assoc_items());
            items.find_map(|i| match i {
                ast::AssocItem::TypeAlias(t)
                    if t.name().is_some_and(|n| n.text() == name.text()) =>
                {
                    Some(t)
                }
                _ => None,
            })
        };
        let by_trait = |of: &Type| match of {
            Type::Item(at, node, _) => {
                let alias = ast::Trait::cast(node.clone()).and_then(|t| assoc(t.assoc_item_list()));
                alias.map_or(Type::Unknown, |a| {
                    self.bounds(*at, a.type_bound_list(), &Env::new())
                })
            }
            _ => Type::Unknown,
        };
        let own = match of.peeled() {
            Type::Item(at, node, _) if !ast::Trait::can_cast(node.kind()) => {
                let key = key_of(self.index, *at, node);
                let blocks = item_name(node)
                    .map(|n| self.impls_naming(&n))
                    .unwrap_or_default();
                let mut found = blocks
                    .into_iter()
                    .filter(|b| b.of == Some(key))
                    .filter_map(|b| {
                        let said = b.node.trait_().map(|t| self.lower(b.file, &t, &Env::new()));
                        let fits = by
                            .as_ref()
                            .is_none_or(|by| said.is_none_or(|t| t.may_be(by)));
                        Some((
                            b.file,
                            assoc(b.node.assoc_item_list().filter(|_| fits))?.ty()?,
                        ))
                    });
                match (found.next(), found.next()) {
                    (Some((at, ty)), None) => self.lower(at, &ty, &Env::new()),
                    _ => Type::Unknown,
                }
            }
            other => by_trait(other),
        };
        match by {
            Some(by) if !own.is_known() => by_trait(&by),
            _ => own,
        }
    }

    /// What a path names as a type.
    pub(super) fn type_path(&self, file: FileId, path: &ast::Path, env: &Env) -> Type {
        let args: Vec<Type> = path
            .segment()
            .and_then(|s| s.generic_arg_list())
            .into_iter()
            .flat_map(|l| l.generic_args())
            .filter_map(|a| match a {
                ast::GenericArg::TypeArg(t) => t.ty(),
                _ => None,
            })
            .map(|t| self.lower(file, &t, env))
            .collect();
        if let Some(name) = path.as_single_name_ref()
            && let Some((_, ty)) = env.iter().find(|(n, _)| n == name.text())
        {
            return ty.clone();
        }
        let name = segments(path).pop().unwrap_or_default();
        if name == "Self" && path.qualifier().is_none() {
            return self.self_type(file, path.syntax());
        }
        let def = self.index.resolve_path(file, path, Namespace::Type);
        if self.index.item_of(&def) == Some(Item::Coordinator) {
            return Type::Coordinator;
        }
        match def {
            Def::Local(at, node) => {
                if let Some(alias) = ast::TypeAlias::cast(node.clone()) {
                    let env = alias
                        .generic_param_list()
                        .map(|l| named(&l, &args))
                        .unwrap_or_default();
                    return alias
                        .ty()
                        .map_or(Type::Unknown, |t| self.lower(at, &t, &env));
                }
                Type::Item(at, node, args)
            }
            Def::Param => self.bound_of(file, path.syntax(), &name),
            Def::External(_) | Def::Bus(_) => Type::Outside(name, args),
            Def::Variant(at, node) => of_variant(at, &node),
            Def::Unknown => {
                let projected = self.projection(file, path, env);
                if projected.is_known() {
                    return projected;
                }
                match args.is_empty() && !PLAIN.contains(&name.as_str()) {
                    true => Type::Unknown,
                    false => Type::Outside(name, args),
                }
            }
            Def::Module(_) => Type::Unknown,
        }
    }

    /// The bound of a generic parameter.
    fn bound_of(&self, file: FileId, node: &SyntaxNode, name: &str) -> Type {
        let Some(tree) = self.tree(file) else {
            return Type::Unknown;
        };
        for around in tree.ancestors(node) {
            let Some(generic) = ast::AnyHasGenericParams::cast(around) else {
                continue;
            };
            let params = generic.generic_param_list();
            for param in params.into_iter().flat_map(|l| l.generic_params()) {
                let ast::GenericParam::TypeParam(it) = param else {
                    continue;
                };
                if it.name().is_none_or(|n| n.text() != name) {
                    continue;
                }
                let tells = |ty: &Type| match ty {
                    Type::Item(..) => true,
                    other => called(other).is_known(),
                };
                let direct = self.bounds(file, it.type_bound_list(), &Env::new());
                if tells(&direct) {
                    return direct;
                }
                for clause in generic
                    .where_clause()
                    .into_iter()
                    .flat_map(|w| w.predicates())
                {
                    let about = clause.ty().is_some_and(|t| t.syntax().text() == name);
                    if about {
                        let found = self.bounds(file, clause.type_bound_list(), &Env::new());
                        if tells(&found) {
                            return found;
                        }
                    }
                }
                return Type::Unknown;
            }
        }
        Type::Unknown
    }

    fn field(&self, file: FileId, expr: &ast::FieldExpr) -> Type {
        let Some(name) = expr.name_ref().map(|n| n.text().to_string()) else {
            return Type::Unknown;
        };
        self.field_of(&self.opt(file, expr.expr()), &name)
    }

    /// The type of a field, through references and pointers.
    pub(super) fn field_of(&self, base: &Type, name: &str) -> Type {
        match self.with_field(base, name).peeled() {
            Type::Item(at, node, args) => {
                let Some(it) = ast::Struct::cast(node.clone()) else {
                    return Type::Unknown;
                };
                let env = it
                    .generic_param_list()
                    .map(|l| named(&l, args))
                    .unwrap_or_default();
                let ty = match it.field_list() {
                    Some(ast::FieldList::RecordFieldList(l)) => l
                        .fields()
                        .find(|f| f.name().is_some_and(|n| n.text() == name))
                        .and_then(|f| f.ty()),
                    Some(ast::FieldList::TupleFieldList(l)) => name
                        .parse()
                        .ok()
                        .and_then(|i: usize| l.fields().nth(i))
                        .and_then(|f| f.ty()),
                    None => None,
                };
                ty.map_or(Type::Unknown, |t| self.lower(*at, &t, &env))
            }
            Type::Tuple(items) => name
                .parse()
                .ok()
                .and_then(|i: usize| items.get(i).cloned())
                .unwrap_or(Type::Unknown),
            _ => Type::Unknown,
        }
    }

    /// What an item dereferences to by an impl of the workspace.
    fn dereferenced(&self, of: &Type) -> Option<Type> {
        let Type::Item(_, _, args) = of.peeled() else {
            return None;
        };
        let method = self.method(of.peeled(), "deref", Taking::Method(0))?;
        let found = self.returned(&method, of.peeled(), args);
        found.is_known().then_some(found)
    }

    /// A type, and what it dereferences to, outermost first.
    fn dereferences(&self, of: &Type) -> impl Iterator<Item = Type> {
        const MAX_STEPS: usize = 4;
        std::iter::successors(Some(of.clone()), |t| self.dereferenced(t)).take(MAX_STEPS)
    }

    /// What has a field of that name: the type itself, or what it dereferences to. The type if nothing has.
    pub(super) fn with_field(&self, base: &Type, name: &str) -> Type {
        let mut all = self.dereferences(base);
        let found =
            all.find(|t| matches!(t.peeled(), Type::Item(_, node, _) if has_field(node, name)));
        found.unwrap_or_else(|| base.clone())
    }

    /// The method that a call of that name means, and the item that has it: the receiver's, or that of what it dereferences
    /// to.
    pub(super) fn method_of(
        &self,
        receiver: &Type,
        name: &str,
        taking: Taking,
    ) -> Option<(Method, Type)> {
        let mut all = self.dereferences(receiver);
        all.find_map(|t| {
            let method = self.method(t.peeled(), name, taking)?;
            Some((method, t.peeled().clone()))
        })
    }

    /// The method of the workspace that a call means, and the item that has it.
    pub(super) fn called_method(
        &self,
        file: FileId,
        call: &ast::MethodCallExpr,
    ) -> Option<(Method, Type)> {
        let receiver = self.expr(file, &call.receiver()?);
        self.method_of(
            &receiver,
            call.name_ref()?.text(),
            Taking::of(call.arg_list()),
        )
    }

    /// The function of the workspace that a call means by its path.
    pub(super) fn called_function(&self, file: FileId, call: &ast::CallExpr) -> Option<Method> {
        let ast::Expr::PathExpr(callee) = call.expr()? else {
            return None;
        };
        let count = call.arg_list().map_or(0, |l| l.args().count());
        self.function_at(file, &callee.path()?, Taking::Path(count))
    }

    fn method_call(&self, file: FileId, call: &ast::MethodCallExpr) -> Type {
        let Some(name) = call.name_ref().map(|n| n.text().to_string()) else {
            return Type::Unknown;
        };
        let receiver = self.opt(file, call.receiver());
        if let Some((method, of)) = self.method_of(&receiver, &name, Taking::of(call.arg_list()))
            && let Type::Item(_, _, args) = &of
        {
            return match self.returned(&method, &of, args) {
                Type::Unknown if name == "into_iter" => {
                    let items = self.items(&of);
                    items.within(|of| Type::Outside("Iter".into(), vec![of]))
                }
                returned => returned,
            };
        }
        let plain = match &receiver {
            Type::Ref(inner) => (**inner).clone(),
            other => other.clone(),
        };
        let args: Vec<ast::Expr> = call.arg_list().into_iter().flat_map(|l| l.args()).collect();
        let given = library::Given {
            arg: &|i| self.opt(file, args.get(i).cloned()),
            result: &|i| self.given_by(file, args.get(i)),
            path: &|i| match args.get(i) {
                Some(ast::Expr::PathExpr(it)) => Some(it.syntax().text().to_string()),
                _ => None,
            },
        };
        if let Some(known) = library::method(&name, &plain, &given) {
            return known;
        }
        let first = |ty: &Type| match ty.peeled() {
            Type::Outside(name, args) if matches!(name.as_str(), "Option" | "Result") => {
                args.first().cloned().unwrap_or(Type::Unknown)
            }
            // what a lock gives is told without its `Result`
            _ => ty.clone(),
        };
        match name.as_str() {
            "clone" | "to_owned" | "by_ref" | "as_ref" | "as_mut" | "borrow" | "borrow_mut"
            | "as_deref" | "as_deref_mut" | "deref" | "take" | "cloned" | "copied" | "inspect"
            | "boxed" | "instrument" | "filter" | "rev" | "skip"
                if name != "borrow" || !is_cell(&plain) =>
            {
                plain
            }
            "unwrap" | "expect" | "unwrap_or" | "unwrap_or_else" | "unwrap_or_default" => {
                unwrapped(plain)
            }
            "lock" | "read" | "write" | "get_mut" | "into_inner" | "try_lock" | "blocking_lock"
            | "upgrade" | "load" | "load_full" | "borrow" => match plain.peeled() {
                Type::Outside(name, args) if args.len() == 1 && is_cell_name(name) => {
                    args[0].clone()
                }
                _ => Type::Unknown,
            },
            "get" | "first" | "last" | "pop" | "next" | "remove" | "find" | "nth" => {
                match plain.peeled() {
                    Type::Outside(_, args) if !args.is_empty() => {
                        Type::Outside("Option".into(), vec![args[args.len() - 1].clone()])
                    }
                    _ => Type::Unknown,
                }
            }
            // of text, which nothing else has
            "rsplit_once" | "split_once" => {
                let both = Type::Tuple(vec![Type::literal(), Type::literal()]);
                Type::Outside("Option".into(), vec![both])
            }
            "chars" | "split_whitespace" => Type::Outside("Iter".into(), vec![Type::literal()]),
            "ok" | "map_err" | "context" | "with_context" | "ok_or" | "ok_or_else" => {
                Type::Outside("Result".into(), vec![first(&plain)])
            }
            "iter" | "iter_mut" | "into_iter" | "values" | "values_mut" | "drain" => {
                match plain.peeled() {
                    Type::Outside(_, args) if !args.is_empty() => {
                        Type::Outside("Iter".into(), vec![args[args.len() - 1].clone()])
                    }
                    _ => Type::Unknown,
                }
            }
            "collect" => {
                let of = call
                    .generic_arg_list()
                    .and_then(|l| l.generic_args().next());
                match of {
                    Some(ast::GenericArg::TypeArg(of)) => {
                        let said = of.ty().map(|t| self.lower(file, &t, &Env::new()));
                        said.unwrap_or(Type::Unknown).filled(&plain)
                    }
                    _ => plain,
                }
            }
            // what an entry of a map that is shared stands for is told without the entry
            "value" | "value_mut" => plain,
            "to_string" => Type::Outside("String".into(), Vec::new()),
            _ => Type::Unknown,
        }
    }

    /// What a function gives back, for a receiver or qualifier of type `of`.
    fn returned(&self, method: &Method, of: &Type, args: &[Type]) -> Type {
        let Some(ret) = method.function.ret_type().and_then(|r| r.ty()) else {
            return Type::Tuple(Vec::new());
        };
        let mut env = match of {
            Type::Item(_, node, _) => ast::AnyHasGenericParams::cast(node.clone())
                .and_then(|g| g.generic_param_list())
                .map(|l| named(&l, args))
                .unwrap_or_default(),
            _ => Env::new(),
        };
        if matches!(of, Type::Item(..)) {
            env.push(("Self".into(), of.clone()));
        }
        let ty = self.lower(method.file, &ret, &env);
        if method.function.async_token().is_some() {
            Type::Future(Box::new(ty))
        } else {
            ty
        }
    }

    fn call(&self, file: FileId, call: &ast::CallExpr) -> Type {
        let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
            return match self.opt(file, call.expr()) {
                Type::Closure(at, node) => self.closure_result(at, &node),
                other => called(&other),
            };
        };
        let Some(path) = callee.path() else {
            return Type::Unknown;
        };
        let args: Vec<ast::Expr> = call
            .arg_list()
            .map(|l| l.args().collect())
            .unwrap_or_default();
        let arg = |i: usize| self.opt(file, args.get(i).cloned());
        let name = path
            .segment()
            .and_then(|s| s.name_ref())
            .map(|n| n.text().to_string())
            .unwrap_or_default();
        if path.as_single_name_ref().is_some() {
            match name.as_str() {
                "Some" => return Type::Outside("Option".into(), vec![arg(0)]),
                "Ok" => return Type::Outside("Result".into(), vec![arg(0)]),
                _ => {}
            }
            match self.path(file, &callee) {
                Type::Closure(at, node) => return self.closure_result(at, &node),
                other if called(&other).is_known() => return called(&other),
                _ => {}
            }
        }
        if let Some(given) = self.given_at(file, &path, Taking::Path(args.len())) {
            return given;
        }
        match self.index.resolve_path(file, &path, Namespace::Value) {
            // a tuple struct
            Def::Local(at, node) if ast::Struct::can_cast(node.kind()) => {
                return Type::Item(at, node, Vec::new());
            }
            def if self.index.item_of(&def) == Some(Item::Accessor) => {
                let arc = Type::Outside("Arc".into(), vec![Type::Coordinator]);
                return Type::Future(Box::new(Type::Ref(Box::new(arc))));
            }
            _ => {}
        }
        let Some(of) = path.qualifier() else {
            return match name.as_str() {
                "block_on" => match arg(0) {
                    Type::Future(t) => *t,
                    other => other,
                },
                _ => self.task(&name, &arg),
            };
        };
        let of = self.type_path(file, &of, &Env::new());
        match (&of, name.as_str()) {
            (Type::Coordinator, "new" | "monolithic") => Type::Future(Box::new(Type::Outside(
                "Result".into(),
                vec![Type::Coordinator],
            ))),
            (Type::Item(_, node, _), _) if ast::Enum::can_cast(node.kind()) => of.clone(),
            (Type::Item(..), "clone" | "default") => of.clone(),
            (Type::Outside(kind, _), "clone") if matches!(kind.as_str(), "Arc" | "Rc") => {
                match arg(0) {
                    Type::Ref(inner) => *inner,
                    other => other,
                }
            }
            (Type::Outside(kind, _), "from" | "from_iter") if library::is_map(kind) => {
                match library::items(&arg(0)) {
                    Type::Tuple(pair) => Type::Outside(kind.clone(), pair),
                    _ => Type::Unknown,
                }
            }
            (Type::Outside(kind, known), "from" | "from_iter")
                if known.is_empty() && matches!(kind.as_str(), "Vec" | "VecDeque") =>
            {
                Type::Outside(kind.clone(), vec![library::items(&arg(0))])
            }
            (Type::Outside(kind, known), "new" | "from" | "pin") => {
                let inner = if known.is_empty() {
                    vec![arg(0)]
                } else {
                    known.clone()
                };
                match (kind.as_str(), inner.first()) {
                    ("Box", Some(Type::Future(_))) => inner[0].clone(),
                    _ => Type::Outside(kind.clone(), inner),
                }
            }
            (Type::Outside(kind, _), "from_pointee") if kind == "ArcSwap" => {
                Type::Outside(kind.clone(), vec![arg(0)])
            }
            (Type::Outside(kind, _), "downgrade") if matches!(kind.as_str(), "Arc" | "Rc") => {
                Type::Outside("Weak".into(), vec![arg(0).peeled().clone()])
            }
            (Type::Outside(kind, _), "channel" | "sync_channel" | "unbounded_channel")
                if kind.starts_with(char::is_lowercase) =>
            {
                let said = path.segment().and_then(|s| s.generic_arg_list());
                let said = said.and_then(|l| match l.generic_args().next()? {
                    ast::GenericArg::TypeArg(t) => t.ty(),
                    _ => None,
                });
                let first = || match kind.as_str() {
                    "watch" => arg(0),
                    _ => Type::Unknown,
                };
                let of = said.map_or_else(first, |t| self.lower(file, &t, &Env::new()));
                library::channel(of)
            }
            // a module
            (Type::Outside(kind, _), _) if kind.starts_with(char::is_lowercase) => {
                self.task(&name, &arg)
            }
            (Type::Outside(kind, _), name) if is_pointer(kind) || is_cell_name(kind) => {
                library::of_pointer(kind, name, &arg(0))
            }
            // `Option::unwrap(x)`
            (Type::Outside(kind, known), name)
                if known.is_empty() && library::holds(kind) && !library::makes(name) =>
            {
                Type::Unknown
            }
            (Type::Outside(kind, known), _) => Type::Outside(kind.clone(), known.clone()),
            _ => match self.index.resolve_path(file, &path, Namespace::Value) {
                Def::External(_) | Def::Bus(_) if name == "block_on" => match arg(0) {
                    Type::Future(t) => *t,
                    other => other,
                },
                Def::External(_) => self.task(&name, &arg),
                _ => Type::Unknown,
            },
        }
    }

    /// What the function of the workspace gives that a path names.
    fn given_at(&self, file: FileId, path: &ast::Path, taking: Taking) -> Option<Type> {
        let method = self.function_at(file, path, taking)?;
        let of = path
            .qualifier()
            .map_or(Type::Unknown, |q| self.type_path(file, &q, &Env::new()));
        let generic = match &of {
            Type::Item(_, _, args) => args.clone(),
            _ => Vec::new(),
        };
        Some(self.returned(&method, &of, &generic))
    }

    /// What a closure, or a function that is named, gives.
    fn given_by(&self, file: FileId, expr: Option<&ast::Expr>) -> Type {
        if let Some(ast::Expr::PathExpr(it)) = expr
            && let Some(given) = it.path().and_then(|p| self.given_at(file, &p, Taking::Any))
        {
            return given;
        }
        match self.opt(file, expr.cloned()) {
            Type::Closure(at, node) => self.closure_result(at, &node),
            _ => Type::Unknown,
        }
    }

    /// What starting a task, or waiting for a future for so long, gives.
    fn task(&self, name: &str, arg: &dyn Fn(usize) -> Type) -> Type {
        match (name, arg(0), arg(1)) {
            ("spawn" | "spawn_local", Type::Future(of), _) => {
                Type::Outside("JoinHandle".into(), vec![*of])
            }
            ("spawn" | "spawn_blocking", Type::Closure(at, node), _) => {
                Type::Outside("JoinHandle".into(), vec![self.closure_result(at, &node)])
            }
            ("once" | "repeat", of, _) => of.within(|of| Type::Outside("Iter".into(), vec![of])),
            ("ready", of, _) => of.within(|of| Type::Future(Box::new(of))),
            ("join_all", of, _) => match library::items(&of) {
                Type::Future(of) => Type::Future(Box::new(Type::Outside("Vec".into(), vec![*of]))),
                _ => Type::Unknown,
            },
            ("max" | "max_by_key" | "min" | "min_by_key", of, _) => of,
            ("replace" | "take", Type::Ref(of), _) => *of,
            ("timeout" | "timeout_at", _, Type::Future(of)) => {
                Type::Future(Box::new(Type::Outside("Result".into(), vec![*of])))
            }
            _ => Type::Unknown,
        }
    }

    fn closure_result(&self, file: FileId, node: &SyntaxNode) -> Type {
        let body = ast::ClosureExpr::cast(node.clone()).and_then(|c| c.body());
        self.opt(file, body)
    }

    /// The static of the workspace that an expression names.
    pub(super) fn static_at(&self, file: FileId, expr: &ast::Expr) -> Option<Key> {
        let (at, node) = self.index.static_at(file, expr)?;
        Some(key_of(self.index, at, &node))
    }

    /// The function of the workspace that a path names: free, associated, or a trait's. `taking`: the arguments that it
    /// is called with.
    pub(super) fn function_at(
        &self,
        file: FileId,
        path: &ast::Path,
        taking: Taking,
    ) -> Option<Method> {
        if let Def::Local(at, node) = self.index.resolve_path(file, path, Namespace::Value)
            && let Some(function) = ast::Fn::cast(node)
        {
            return Some(Method { file: at, function });
        }
        let name = path.segment()?.name_ref()?.text().to_string();
        if let Some(anchor) = path.qualifier()?.segment().and_then(|s| s.type_anchor()) {
            // `<T as Trait>::name`, `<T>::name`
            let of_trait = trait_of(&anchor).map(|t| self.type_path(file, &t, &Env::new()));
            if let Some(of_trait @ Type::Item(..)) = of_trait {
                return self.method(&of_trait, &name, taking);
            }
            if let Some(t) = anchor.ty() {
                let own = self.lower(file, &t, &Env::new());
                return self.method(own.peeled(), &name, taking);
            }
        }
        let of = self.type_path(file, &path.qualifier()?, &Env::new());
        self.method(&of, &name, taking)
    }

    /// The function called `name` of a struct, enum or trait. `None` too if it has several and they cannot be told apart.
    pub(super) fn method(&self, of: &Type, name: &str, taking: Taking) -> Option<Method> {
        let Type::Item(file, node, args) = of else {
            return None;
        };
        let known = self.methods(*file, node, name);
        let mut found: Vec<&Method> = known
            .iter()
            .filter(|m| m.function.name().is_some_and(|n| n.text() == name))
            .collect();
        if found.iter().any(|m| taking.fits(&m.function)) {
            found.retain(|m| taking.fits(&m.function));
        }
        // of impl blocks for other arguments
        let of_impl = |m: &Method| {
            let block = m.function.syntax().ancestors().find_map(ast::Impl::cast)?;
            let ty = block.self_ty().filter(|_| block.trait_().is_none())?;
            match self.lower(m.file, &ty, &Env::new()) {
                Type::Item(_, _, own) => Some(own),
                _ => None,
            }
        };
        let mut told: Vec<(&Method, Option<Vec<Type>>)> =
            found.into_iter().map(|m| (m, of_impl(m))).collect();
        if told.iter().filter(|(_, own)| own.is_some()).count() > 1 {
            told.retain(|(_, own)| {
                let mut pairs = own.iter().flatten().zip(args);
                pairs.all(|(a, b)| a.may_be(b))
            });
            // variants of the code are of one type
            let headers: BTreeSet<String> = (told.iter().filter(|(_, own)| own.is_some()))
                .filter_map(|(m, _)| m.function.syntax().ancestors().find_map(ast::Impl::cast))
                .filter_map(|b| b.self_ty().map(|t| t.syntax().text().to_string()))
                .collect();
            if headers.len() > 1 {
                return None;
            }
        }
        told.first().map(|(m, _)| (*m).clone())
    }

    /// The functions of an item, all those among them that are called `name`: those of its impl blocks, those of its traits'
    /// defaults, or the trait's own.
    fn methods(&self, file: FileId, node: &SyntaxNode, name: &str) -> Rc<Vec<Method>> {
        let key = key_of(self.index, file, node);
        if let Some(it) = ast::Trait::cast(node.clone()) {
            return self.methods_of_trait(file, &it, key);
        }
        let named = (key, name.to_owned());
        if let Some(known) = self.of_items.borrow().get(&named) {
            return Rc::clone(known);
        }
        let found = item_name(node).map(|item| {
            let files = self.files_naming(&item).into_iter();
            let files = files.filter(|f| self.may_have(*f, &item, name));
            self.methods_in(files, key)
        });
        let found = Rc::new(found.unwrap_or_default());
        self.of_items.borrow_mut().insert(named, Rc::clone(&found));
        found
    }

    fn methods_of_trait(&self, file: FileId, it: &ast::Trait, key: Key) -> Rc<Vec<Method>> {
        if let Some(known) = self.of_traits.borrow().get(&key) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        functions(file, it.assoc_item_list(), &mut found);
        for bound in it.type_bound_list().into_iter().flat_map(|l| l.bounds()) {
            if let Some(Type::Item(at, parent, _)) =
                bound.ty().map(|t| self.lower(file, &t, &Env::new()))
                && parent != *it.syntax()
                && let Some(parent) = ast::Trait::cast(parent)
            {
                functions(at, parent.assoc_item_list(), &mut found);
            }
        }
        let found = Rc::new(found);
        self.of_traits.borrow_mut().insert(key, Rc::clone(&found));
        found
    }

    /// What the impl blocks in `files` give to the item at `key`.
    fn methods_in(&self, files: impl Iterator<Item = FileId>, key: Key) -> Vec<Method> {
        let mut found = Vec::new();
        let mut inherited = Vec::new();
        for block in files.flat_map(|f| self.impls_in(f).to_vec()) {
            if block.of != Some(key) {
                continue;
            }
            functions(block.file, block.node.assoc_item_list(), &mut found);
            if let Some(Type::Item(at, t, _)) = block
                .node
                .trait_()
                .map(|t| self.lower(block.file, &t, &Env::new()))
                && let Some(t) = ast::Trait::cast(t)
            {
                functions(at, t.assoc_item_list(), &mut inherited);
            }
        }
        // inherent ones first, then traits'; a default only where nothing overrides it
        found.sort_by_key(|m| {
            m.function
                .syntax()
                .ancestors()
                .find_map(ast::Impl::cast)
                .is_some_and(|i| i.trait_().is_some())
        });
        found.extend(inherited);
        found
    }

    /// Whether an impl block of a file may give a function called `name` to an item, by its text: it has one of the name, or a
    /// trait that may have a default of that name.
    fn may_have(&self, file: FileId, item: &str, name: &str) -> bool {
        let items = self.index.names_of(item);
        let traits = self.defaults(name);
        let headers = self.headers().of_file.get(&file).into_iter().flatten();
        let mut headers =
            headers.filter(|h| search::words(h.text).any(|w| items.iter().any(|i| i == w)));
        headers.any(|h| h.declares(name) || search::words(h.text).any(|w| traits.contains(w)))
    }

    fn defaults(&self, name: &str) -> Rc<BTreeSet<String>> {
        if let Some(known) = self.defaults.borrow().get(name) {
            return Rc::clone(known);
        }
        let traits = self.trait_texts().iter().filter(|t| t.declares(name));
        let names = traits.map(|t| self.index.names_of(t.name));
        let found: BTreeSet<String> = names.flat_map(|n| n.to_vec()).collect();
        let found = Rc::new(found);
        let mut known = self.defaults.borrow_mut();
        known.insert(name.to_owned(), Rc::clone(&found));
        found
    }

    fn trait_texts(&self) -> &[TraitText<'a>] {
        self.trait_texts
            .get_or_init(|| search::traits(self.index.workspace))
    }

    fn headers(&self) -> &ImplHeaders<'a> {
        self.headers
            .get_or_init(|| search::impl_headers(self.index.workspace))
    }

    /// The files with impl blocks that may be of what is called `name`.
    fn files_naming(&self, name: &str) -> BTreeSet<FileId> {
        let names = self.index.names_of(name);
        (names.iter())
            .filter_map(|n| self.headers().by_word.get(n.as_str()))
            .flatten()
            .copied()
            .collect()
    }

    /// The impl blocks that may be of what is called `name`, and those around them.
    fn impls_naming(&self, name: &str) -> Vec<ImplBlock> {
        let blocks = self.files_naming(name).into_iter();
        blocks.flat_map(|f| self.impls_in(f).to_vec()).collect()
    }

    fn impls_in(&self, file: FileId) -> Rc<Vec<ImplBlock>> {
        if let Some(known) = self.file_impls.borrow().get(&file) {
            return Rc::clone(known);
        }
        let mut out = Vec::new();
        if let Some(tree) = self.tree(file).filter(|t| !t.has_errors) {
            let places = search::keywords(&self.index.workspace.file(file).text, "impl");
            let nodes = tree.outside_macros(&places).into_iter();
            for node in nodes.filter_map(ast::Impl::cast) {
                let of = node
                    .self_ty()
                    .map(|t| self.lower(file, &t, &Env::new()))
                    .and_then(|t| match t.peeled() {
                        Type::Item(at, n, _) => Some(key_of(self.index, *at, n)),
                        _ => None,
                    });
                out.push(ImplBlock { file, node, of });
            }
        }
        let out = Rc::new(out);
        self.file_impls.borrow_mut().insert(file, Rc::clone(&out));
        out
    }

    /// The impl blocks of a trait.
    pub(super) fn impls_of_trait(
        &self,
        file: FileId,
        node: &SyntaxNode,
    ) -> Vec<(FileId, ast::Impl)> {
        let Some(name) = item_name(node) else {
            return Vec::new();
        };
        let key = key_of(self.index, file, node);
        self.impls_naming(&name)
            .into_iter()
            .filter(|b| {
                let of = b.node.trait_().map(|t| self.lower(b.file, &t, &Env::new()));
                matches!(of, Some(Type::Item(at, n, _)) if key_of(self.index, at, &n) == key)
            })
            .map(|b| (b.file, b.node))
            .collect()
    }

    /// The impl blocks of a type that is called `name`.
    pub(super) fn impls_of(&self, name: &str, key: Key) -> Vec<(FileId, ast::Impl)> {
        let mut blocks = self.impls_naming(name);
        blocks.retain(|b| b.of == Some(key));
        blocks.into_iter().map(|b| (b.file, b.node)).collect()
    }

    /// The impl blocks that may be of a trait by its name alone.
    pub(super) fn unresolved_impls_of(&self, node: &SyntaxNode) -> Vec<(FileId, ast::Impl)> {
        let blocks = item_name(node).map(|name| self.impls_naming(&name));
        let unknown = blocks.into_iter().flatten().filter(|b| {
            let of = b.node.trait_().map(|t| self.lower(b.file, &t, &Env::new()));
            of == Some(Type::Unknown)
        });
        unknown.map(|b| (b.file, b.node)).collect()
    }

    /// The struct that a field is read of, through what it dereferences to.
    pub(super) fn owner_of(
        &self,
        file: FileId,
        it: &ast::FieldExpr,
    ) -> Option<(FileId, SyntaxNode)> {
        let base = self.expr(file, &it.expr()?);
        match self.with_field(&base, it.name_ref()?.text()).peeled() {
            Type::Item(at, node, _) => Some((*at, node.clone())),
            _ => None,
        }
    }

    /// The type of a variable.
    pub(super) fn binding(&self, file: FileId, pat: &ast::IdentPat) -> Type {
        let key = key_of(self.index, file, pat.syntax());
        if let Some(known) = self.bindings.borrow().get(&key) {
            return known.clone();
        }
        // a variable that is defined by itself is not known
        self.bindings.borrow_mut().insert(key, Type::Unknown);
        let ty = self.pattern(file, pat.syntax());
        self.bindings.borrow_mut().insert(key, ty.clone());
        let ty = self.completed(file, pat, ty);
        self.bindings.borrow_mut().insert(key, ty.clone());
        ty
    }

    /// The type of what a pattern takes apart or binds, from what is around it.
    pub(super) fn pattern(&self, file: FileId, node: &SyntaxNode) -> Type {
        let Some(parent) = node.parent() else {
            return Type::Unknown;
        };
        let ast_type = |ty: Option<ast::Type>| ty.map(|t| self.lower(file, &t, &Env::new()));
        match parent.kind() {
            SyntaxKind::LET_STMT => {
                let Some(it) = ast::LetStmt::cast(parent) else {
                    return Type::Unknown;
                };
                let has_holes = it.ty().is_some_and(|t| {
                    let mut parts = t.syntax().descendants();
                    parts.any(|n| ast::InferType::can_cast(n.kind()))
                });
                match ast_type(it.ty()) {
                    Some(t) if t.is_known() && has_holes => {
                        t.filled(&self.opt(file, it.initializer()))
                    }
                    Some(t) if t.is_known() => t,
                    _ => self.opt(file, it.initializer()),
                }
            }
            SyntaxKind::LET_EXPR => {
                self.opt(file, ast::LetExpr::cast(parent).and_then(|l| l.expr()))
            }
            SyntaxKind::PARAM => {
                let Some(it) = ast::Param::cast(parent.clone()) else {
                    return Type::Unknown;
                };
                match ast_type(it.ty()) {
                    Some(t) => t,
                    None => self.closure_param(file, &it),
                }
            }
            SyntaxKind::FOR_EXPR => {
                let iterable = ast::ForExpr::cast(parent)
                    .filter(|f| f.loop_body().is_some())
                    .and_then(|f| f.iterable());
                self.items(&self.opt(file, iterable))
            }
            SyntaxKind::MATCH_ARM => {
                let scrutinee = parent
                    .ancestors()
                    .find_map(ast::MatchExpr::cast)
                    .and_then(|m| m.expr());
                self.opt(file, scrutinee)
            }
            SyntaxKind::REF_PAT
            | SyntaxKind::PAREN_PAT
            | SyntaxKind::OR_PAT
            | SyntaxKind::IDENT_PAT => match self.pattern(file, &parent) {
                Type::Ref(inner) if parent.kind() == SyntaxKind::REF_PAT => *inner,
                other => other,
            },
            SyntaxKind::SLICE_PAT => library::items(&self.pattern(file, &parent)),
            SyntaxKind::TUPLE_PAT => {
                let at = parent.children().position(|c| c == *node).unwrap_or(0);
                match self.pattern(file, &parent).peeled() {
                    Type::Tuple(items) => items.get(at).cloned().unwrap_or(Type::Unknown),
                    _ => Type::Unknown,
                }
            }
            SyntaxKind::TUPLE_STRUCT_PAT => {
                let Some(it) = ast::TupleStructPat::cast(parent.clone()) else {
                    return Type::Unknown;
                };
                let at = it.fields().position(|f| f.syntax() == node).unwrap_or(0);
                let name = it
                    .path()
                    .and_then(|p| p.segment())
                    .and_then(|s| s.name_ref())
                    .map(|n| n.text().to_string())
                    .unwrap_or_default();
                match name.as_str() {
                    "Some" | "Ok" => match self.pattern(file, &parent) {
                        Type::Ref(inner) => Type::Ref(Box::new(unwrapped(*inner))),
                        other => unwrapped(other),
                    },
                    _ => {
                        let fields = it.path().and_then(|p| self.fields_at(file, &p));
                        let of = self.pattern(file, &parent);
                        let Some((at_file, fields)) = fields else {
                            // `State(state): State<AppState>`
                            return match of {
                                Type::Outside(kind, args)
                                    if kind == name
                                        && args.len() == 1
                                        && it.fields().count() == 1 =>
                                {
                                    args[0].clone()
                                }
                                _ => Type::Unknown,
                            };
                        };
                        let env = match of.peeled() {
                            Type::Item(_, node, args) => {
                                ast::AnyHasGenericParams::cast(node.clone())
                                    .and_then(|g| g.generic_param_list())
                                    .map(|l| named(&l, args))
                            }
                            _ => None,
                        };
                        let env = env.unwrap_or_default();
                        match fields {
                            ast::FieldList::TupleFieldList(l) => l
                                .fields()
                                .nth(at)
                                .and_then(|f| f.ty())
                                .map_or(Type::Unknown, |t| self.lower(at_file, &t, &env)),
                            ast::FieldList::RecordFieldList(_) => Type::Unknown,
                        }
                    }
                }
            }
            SyntaxKind::RECORD_PAT_FIELD => {
                let Some(it) = ast::RecordPatField::cast(parent) else {
                    return Type::Unknown;
                };
                let Some(name) = it.field_name().map(|n| n.text().to_string()) else {
                    return Type::Unknown;
                };
                let Some((at_file, ast::FieldList::RecordFieldList(l))) = it
                    .parent_record_pat()
                    .path()
                    .and_then(|p| self.fields_at(file, &p))
                else {
                    return Type::Unknown;
                };
                l.fields()
                    .find(|f| f.name().is_some_and(|n| n.text() == name))
                    .and_then(|f| f.ty())
                    .map_or(Type::Unknown, |t| self.lower(at_file, &t, &Env::new()))
            }
            _ => Type::Unknown,
        }
    }

    /// What a `for` gets from each round, also of a type of the workspace's own.
    fn items(&self, of: &Type) -> Type {
        let Type::Item(at, node, _) = of.peeled() else {
            return library::items(of);
        };
        let blocks =
            item_name(node).map(|name| self.impls_of(&name, key_of(self.index, *at, node)));
        let items = blocks.into_iter().flatten().filter_map(|(file, block)| {
            let by = match block.trait_()? {
                ast::Type::PathType(by) => by.path()?.segment()?.name_ref()?,
                _ => return None,
            };
            let iterates = matches!(by.text(), "IntoIterator" | "Iterator");
            let list = block.assoc_item_list().filter(|_| iterates)?;
            let item = list.assoc_items().find_map(|i| match i {
                ast::AssocItem::TypeAlias(t) if t.name()?.text() == "Item" => t.ty(),
                _ => None,
            })?;
            Some(self.lower(file, &item, &Env::new()).peeled().clone())
        });
        let mut items: Vec<Type> = items.collect();
        items.dedup();
        match items.as_slice() {
            // of a value and of a reference alike
            [only] => only.clone(),
            _ => Type::Unknown,
        }
    }

    /// The type of a closure's parameter, where the method that takes the closure says it.
    fn closure_param(&self, file: FileId, param: &ast::Param) -> Type {
        let closure = param
            .syntax()
            .ancestors()
            .find_map(ast::ClosureExpr::cast)
            .map(ast::Expr::ClosureExpr);
        let call = closure
            .as_ref()
            .and_then(locals::argument_of)
            .and_then(|(list, _)| ast::MethodCallExpr::cast(list.syntax().parent()?));
        let list = param.syntax().parent().and_then(ast::ParamList::cast);
        let at = list.and_then(|l| l.params().position(|p| p == *param));
        let (Some(closure), Some(at)) = (closure, at) else {
            return Type::Unknown;
        };
        let of_library = call.and_then(|call| {
            let receiver = self.opt(file, call.receiver());
            let found = library::closure_param(call.name_ref()?.text(), at, &receiver);
            found.is_known().then_some(found)
        });
        of_library.unwrap_or_else(|| self.expected_param(file, &closure, at))
    }

    /// The fields that a struct's or variant's path has.
    pub(super) fn fields_at(
        &self,
        file: FileId,
        path: &ast::Path,
    ) -> Option<(FileId, ast::FieldList)> {
        let (file, node) = self.adt_at(file, path)?;
        let fields = if let Some(it) = ast::Struct::cast(node.clone()) {
            it.field_list()
        } else {
            ast::Variant::cast(node)?.field_list()
        };
        Some((file, fields?))
    }

    /// The struct or variant that a path names.
    pub(super) fn adt_at(&self, file: FileId, path: &ast::Path) -> Option<(FileId, SyntaxNode)> {
        if let Def::Variant(at, node) = self.index.resolve_path(file, path, Namespace::Type) {
            return Some((at, node));
        }
        match self.type_path(file, path, &Env::new()) {
            Type::Item(at, node, _) if ast::Struct::can_cast(node.kind()) => Some((at, node)),
            _ => None,
        }
    }
}

/// The type of a variant's values.
fn of_variant(file: FileId, variant: &SyntaxNode) -> Type {
    let of = variant.ancestors().find(|n| ast::Enum::can_cast(n.kind()));
    of.map_or(Type::Unknown, |of| Type::Item(file, of, Vec::new()))
}

fn is_cell(ty: &Type) -> bool {
    matches!(ty.peeled(), Type::Outside(name, _) if is_cell_name(name))
}

fn is_pointer(name: &str) -> bool {
    matches!(name, "Arc" | "Box" | "Rc" | "Pin" | "Cow" | "Guard")
}

fn is_cell_name(name: &str) -> bool {
    matches!(
        name,
        "Mutex"
            | "RwLock"
            | "RefCell"
            | "Cell"
            | "OnceCell"
            | "OnceLock"
            | "Weak"
            | "ArcSwap"
            | "LazyLock"
    )
}

/// The trait of `<T as Trait>`.
fn trait_of(anchor: &ast::TypeAnchor) -> Option<ast::Path> {
    let types = anchor.syntax().children().filter_map(ast::PathType::cast);
    types.last().filter(|_| anchor.as_token().is_some())?.path()
}

/// What calling a value gives whose type says so.
fn called(ty: &Type) -> Type {
    match ty.peeled() {
        Type::Outside(name, args) if name == "Fn" => args.first().cloned().unwrap_or(Type::Unknown),
        _ => Type::Unknown,
    }
}

fn unwrapped(ty: Type) -> Type {
    match ty {
        Type::Outside(name, args) if matches!(name.as_str(), "Option" | "Result") => {
            args.into_iter().next().unwrap_or(Type::Unknown)
        }
        // an alias of `Result` from outside
        Type::Outside(name, args) if name.ends_with("Result") => {
            args.into_iter().next().unwrap_or(Type::Unknown)
        }
        Type::Ref(inner) => Type::Ref(Box::new(unwrapped(*inner))),
        other => other,
    }
}

/// Generic parameters by name, with the arguments in their order.
fn named(list: &ast::GenericParamList, args: &[Type]) -> Env {
    list.generic_params()
        .filter_map(|p| match p {
            ast::GenericParam::TypeParam(t) => t.name(),
            _ => None,
        })
        .map(|n| n.text().to_string())
        .zip(args.iter().cloned())
        .collect()
}

fn functions(file: FileId, list: Option<ast::AssocItemList>, out: &mut Vec<Method>) {
    for item in list.into_iter().flat_map(|l| l.assoc_items()) {
        if let ast::AssocItem::Fn(function) = item {
            out.push(Method { file, function });
        }
    }
}

/// The name of a struct, enum, union or trait.
pub(super) fn item_name(node: &SyntaxNode) -> Option<String> {
    let item = ast::Item::cast(node.clone())?;
    let name = match item {
        ast::Item::Struct(it) => it.name(),
        ast::Item::Enum(it) => it.name(),
        ast::Item::Union(it) => it.name(),
        ast::Item::Trait(it) => it.name(),
        _ => None,
    };
    name.map(|n| n.text().trim_start_matches("r#").to_owned())
}

/// Whether a struct or union declares a field.
pub(super) fn has_field(item: &SyntaxNode, name: &str) -> bool {
    let list = item.children().find_map(ast::FieldList::cast);
    match list {
        Some(ast::FieldList::RecordFieldList(l)) => l.fields().any(|f| {
            f.name()
                .is_some_and(|n| n.text().trim_start_matches("r#") == name)
        }),
        Some(ast::FieldList::TupleFieldList(l)) => {
            name.parse().is_ok_and(|at: usize| at < l.fields().count())
        }
        None => false,
    }
}

/// Types that need no import.
const PLAIN: &[&str] = &[
    "String", "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str",
    "u128", "u16", "u32", "u64", "u8", "usize",
];
