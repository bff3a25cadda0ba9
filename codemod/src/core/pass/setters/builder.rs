//! Whether a builder's `Option` is set wherever one is used: which code makes one, and what is done with it until it is set.

use std::cell::Cell;

use ra_ap_syntax::TextRange;

use super::defaults;
use super::*;

/// Methods that may make what is derived, or leave it where something was.
const DEFAULTS: &[&str] = &[
    "get_or_insert_default",
    "or_default",
    "take",
    "unwrap_or_default",
];

/// Macros that do not return.
const STAYING: &[&str] = &[
    "debug", "eprintln", "error", "format", "info", "print", "println", "trace", "vec", "warn",
];

/// Methods that tell of a `Result` or an `Option` without giving what is in it.
const OUTCOMES: &[&str] = &[
    "err",
    "expect_err",
    "is_err",
    "is_none",
    "is_ok",
    "is_some",
    "unwrap_err",
];

pub(super) struct Builder<'b, 'a> {
    pub(super) infer: &'b Infer<'a>,
    pub(super) file: FileId,
    pub(super) item: &'b SyntaxNode,
    pub(super) name: String,
    /// Whether `Default` makes one, wherever its type is written or asked for.
    pub(super) has_default: bool,
    pub(super) field: &'b str,
    /// Whether all of the field's setters take the builder itself.
    pub(super) by_value: bool,
    /// The calls of the field's setters.
    pub(super) set: BTreeSet<Key>,
    /// How many functions are looked into, one in the other.
    pub(super) depth: Cell<usize>,
}

impl Builder<'_, '_> {
    pub(super) fn is_it(&self, ty: &Type) -> bool {
        match ty {
            Type::Ref(inner) => self.is_it(inner),
            Type::Item(file, node, _) => *file == self.file && node == self.item,
            _ => false,
        }
    }

    /// Whether nothing that is derived makes one, but for `Default`.
    pub(super) fn is_derived_plainly(&self) -> bool {
        derives_only(self.item, &["Clone", "Debug", "Default", "Eq", "PartialEq"])
    }

    /// Whether a function gives one, as it is or in a `Result` or an `Option`.
    pub(super) fn gives_it(&self, file: FileId, function: &ast::Fn) -> bool {
        let ty = function.ret_type().and_then(|r| r.ty());
        ty.is_some_and(|t| self.is_it_or_wrapped(&self.infer.lowered(file, &t)))
    }

    /// Whether a function gives one of its own, and not one that is lent.
    fn makes_it(&self, file: FileId, function: &ast::Fn) -> bool {
        let ty = function.ret_type().and_then(|r| r.ty());
        let ty = ty.map(|t| self.infer.lowered(file, &t));
        let of = |ty: &Type| match ty {
            Type::Outside(_, args) => args.first().is_some_and(|t| !matches!(t, Type::Ref(_))),
            other => !matches!(other, Type::Ref(_)),
        };
        ty.is_some_and(|ty| self.is_it_or_wrapped(&ty) && of(&ty))
    }

    fn is_it_or_wrapped(&self, ty: &Type) -> bool {
        match ty {
            Type::Outside(name, args) if matches!(name.as_str(), "Option" | "Result") => {
                args.first().is_some_and(|t| self.is_it(t))
            }
            Type::Future(inner) => self.is_it_or_wrapped(inner),
            other => self.is_it(other),
        }
    }

    /// What takes a builder out of a `Result` or an `Option`, or hands it on in one.
    fn unwrapped(&self, file: FileId, around: &SyntaxNode, inner: &ast::Expr) -> Option<ast::Expr> {
        const SAME: &[&str] = &[
            "context",
            "expect",
            "map_err",
            "unwrap",
            "unwrap_or_else",
            "with_context",
        ];
        match ast::Expr::cast(around.clone())? {
            it @ (ast::Expr::AwaitExpr(_) | ast::Expr::ParenExpr(_) | ast::Expr::TryExpr(_)) => {
                Some(it)
            }
            ast::Expr::MethodCallExpr(call) => {
                let same = call.name_ref().is_some_and(|n| SAME.contains(&n.text()));
                let of = call.receiver().filter(|r| r == inner)?;
                let wraps = matches!(self.infer.expr(file, &of), Type::Outside(..));
                (same && wraps).then_some(ast::Expr::MethodCallExpr(call))
            }
            _ => None,
        }
    }

    /// Whether a function gives back the builder that it takes: what it is given is looked at itself.
    fn gives_back(&self, file: FileId, function: &ast::Fn) -> bool {
        let params = function.param_list();
        let has_self = params.as_ref().is_some_and(|l| l.self_param().is_some());
        let mut params = params.iter().flat_map(|l| l.params());
        let takes = params.any(|p| {
            p.ty()
                .is_some_and(|t| self.is_it(&self.infer.lowered(file, &t)))
        }) || (has_self && self.is_it(&self.infer.self_type(file, function.syntax())));
        takes
            && function
                .body()
                .is_some_and(|b| self.makes_none(file, b.syntax()))
    }

    /// Whether no code in a node makes one that is not set, be it from another one.
    fn makes_none(&self, file: FileId, body: &SyntaxNode) -> bool {
        // methods may call each other
        const MOST: usize = 4;
        let depth = self.depth.get();
        if depth == MOST {
            return false;
        }
        self.depth.set(depth + 1);
        let none = body.descendants().all(|n| self.is_no_maker(file, n));
        self.depth.set(depth);
        none
    }

    fn is_no_maker(&self, file: FileId, node: SyntaxNode) -> bool {
        let is_own = |of: Option<ast::Path>| {
            of.is_some_and(|q| self.is_it(&self.infer.type_path(file, &q, &Vec::new())))
        };
        match node.kind() {
            SyntaxKind::METHOD_CALL_EXPR => {
                let call = ast::MethodCallExpr::cast(node);
                call.is_some_and(|c| match self.of_step(file, &c) {
                    Step::Made => self.makes_set(file, &c, 0),
                    Step::Itself | Step::Other | Step::Unknown => true,
                })
            }
            SyntaxKind::RECORD_EXPR => ast::RecordExpr::cast(node).is_some_and(|it| {
                let of = it.path().and_then(|p| self.infer.adt_at(file, &p));
                let other = of.is_some_and(|(at, node)| at != self.file || node != *self.item);
                other || self.is_set_literal(&it)
            }),
            SyntaxKind::PATH_EXPR => {
                let path = ast::PathExpr::cast(node).and_then(|p| p.path());
                path.is_some_and(|path| {
                    let name = path.segment().and_then(|s| s.name_ref());
                    let function = self.infer.function_at(file, &path, Taking::Any);
                    !is_own(path.qualifier())
                        && name.is_none_or(|n| n.text() != "default")
                        && !function.is_some_and(|f| self.makes_it(f.file, &f.function))
                })
            }
            SyntaxKind::MACRO_CALL => {
                let text = node.text().to_string();
                !search::says(&text, &self.name) && !search::says(&text, "Self")
            }
            _ => true,
        }
    }

    /// Whether a literal sets it, or has it of another one.
    fn is_set_literal(&self, it: &ast::RecordExpr) -> bool {
        match self.given(it) {
            Some(value) => !is_none(&value),
            None => {
                let base = it.record_expr_field_list().and_then(|l| l.spread());
                let base = base.and_then(|b| match b {
                    ast::Expr::MethodCallExpr(c) => {
                        let clones = c.name_ref().is_some_and(|n| n.text() == "clone");
                        c.receiver().filter(|_| clones)
                    }
                    other => Some(other),
                });
                matches!(base, Some(ast::Expr::PathExpr(_)))
            }
        }
    }

    /// Whether a function gives none but builders that it has set.
    fn gives_set(&self, file: FileId, function: &ast::Fn, depth: usize) -> bool {
        const MOST: usize = 4;
        let Some(body) = function.body().filter(|_| depth < MOST) else {
            return false;
        };
        let nodes = body.syntax().descendants();
        let returned: Option<Vec<ast::Expr>> = nodes
            .filter_map(ast::ReturnExpr::cast)
            .map(|r| r.expr())
            .collect();
        let Some(mut given) = returned else {
            return false;
        };
        given.extend(body.tail_expr());
        !given.is_empty() && given.iter().all(|e| self.is_set_in(file, e, depth))
    }

    /// Whether a chain of calls, or the variable that it is, was set.
    fn is_set_in(&self, file: FileId, chain: &ast::Expr, depth: usize) -> bool {
        match chain {
            ast::Expr::AwaitExpr(it) => it.expr().is_some_and(|e| self.is_set_in(file, &e, depth)),
            ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| self.is_set_in(file, &e, depth)),
            ast::Expr::TryExpr(it) => it.expr().is_some_and(|e| self.is_set_in(file, &e, depth)),
            ast::Expr::MethodCallExpr(it) => {
                let key = key_of(self.infer.index, file, it.syntax());
                // another one may stand in for it
                let replaces = it.name_ref().is_some_and(|n| n.text() == "unwrap_or_else");
                let inner = it.receiver().filter(|_| !replaces);
                let same = inner.filter(|e| self.unwrapped(file, it.syntax(), e).is_some());
                self.set.contains(&key)
                    || same.is_some_and(|e| self.is_set_in(file, &e, depth))
                    || match self.of_step(file, it) {
                        Step::Itself => {
                            let before = it.receiver();
                            before.is_some_and(|e| self.is_set_in(file, &e, depth))
                        }
                        Step::Made => self.makes_set(file, it, depth),
                        Step::Other | Step::Unknown => false,
                    }
            }
            ast::Expr::IfExpr(_) | ast::Expr::MatchExpr(_) | ast::Expr::BlockExpr(_) => {
                let given = branches(chain);
                given.is_some_and(|all| all.iter().all(|e| self.is_set_in(file, e, depth)))
            }
            ast::Expr::ReturnExpr(_) => true,
            ast::Expr::RecordExpr(it) => self.given(it).is_some_and(|e| !is_none(&e)),
            ast::Expr::CallExpr(it) if fails(it) => true,
            ast::Expr::CallExpr(it) if is_wrapped(it) => {
                let args = it.arg_list();
                let inner = args.and_then(|l| l.args().next());
                inner.is_some_and(|e| self.is_set_in(file, &e, depth))
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

    pub(super) fn is_set_in_all_files(&self) -> bool {
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
                if !own && self.makes_it(*file, &function) {
                    makers.extend(function_name(function.syntax()));
                }
            }
        }
        for maker in &makers {
            files.extend(search::saying(workspace, maker));
        }
        if self.has_default {
            if defaults::is_generic(workspace) {
                return false;
            }
            let Some(held) = self.held_in(&files) else {
                return false;
            };
            for field in &held {
                files.extend(search::saying(workspace, field));
            }
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
                !says() || (read && !is_given_type(node, &self.name))
            }
            SyntaxKind::FN => {
                let function = ast::Fn::cast(node.clone());
                function.is_none_or(|f| self.is_fine_for_all(file, &f))
            }
            SyntaxKind::PATH_TYPE => !self.has_default || self.is_plain_type(file, node),
            SyntaxKind::PATH_EXPR => {
                let called = node
                    .parent()
                    .is_some_and(|n| ast::CallExpr::can_cast(n.kind()));
                let path = ast::PathExpr::cast(node.clone()).and_then(|p| p.path());
                let Some(path) = path.filter(|_| !called) else {
                    return true;
                };
                let name = path.segment().and_then(|s| s.name_ref());
                let by_default = name.is_some_and(|n| n.text() == "default");
                if self.has_default && by_default && path.qualifier().is_some() {
                    return false;
                }
                let of = path.qualifier();
                let of_it = of.is_some_and(|q| self.is_it(&infer.type_path(file, &q, &Vec::new())));
                let function = infer.function_at(file, &path, Taking::Any);
                let makes = of_it || function.is_some_and(|f| self.makes_it(f.file, &f.function));
                // `.map(Line::new).map(|line| line.with_bus(…))`
                let map = || given_to(node, "map");
                !makes || map().is_some_and(|m| self.is_set_by_map(file, &m))
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
                        name.is_none_or(|n| {
                            let by_default = self.has_default && DEFAULTS.contains(&n.text());
                            !makers.contains(n.text()) && !by_default
                        })
                    }
                    Step::Other => self.is_fine_other(file, c),
                })
            }
            SyntaxKind::RECORD_EXPR => {
                let it = ast::RecordExpr::cast(node.clone());
                it.is_none_or(|it| self.is_fine_literal(file, &it))
            }
            _ => true,
        }
    }

    /// Whether a function of a trait gives none but builders that are set: generic code may call it.
    fn is_fine_for_all(&self, file: FileId, function: &ast::Fn) -> bool {
        let block = function.syntax().ancestors().nth(2);
        let of = block.and_then(ast::Impl::cast).and_then(|i| i.trait_());
        let named = |n: &str| function.name().is_some_and(|name| name.text() == n);
        of.is_none()
            || (self.has_default && named("default"))
            || !self.makes_it(file, function)
            || self.gives_back(file, function)
            || self.gives_set(file, function, 0)
    }

    /// Whether a method of something else does not make one by `Default` that is used before it is set.
    fn is_fine_other(&self, file: FileId, call: ast::MethodCallExpr) -> bool {
        let name = call.name_ref();
        let by_default = name.as_ref().is_some_and(|n| DEFAULTS.contains(&n.text()));
        // it leaves one where it was
        let leaves = name.is_some_and(|n| n.text() == "take");
        let call = ast::Expr::MethodCallExpr(call);
        let made = by_default.then(|| self.infer.expr(file, &call));
        made.is_none_or(|ty| {
            !self.has_default || !self.may_make(&ty) || (!leaves && self.settles(file, &call))
        })
    }

    /// `std::mem::take(&mut builder)` leaves one that is not set.
    fn is_emptied(&self, file: FileId, call: &ast::CallExpr) -> bool {
        let callee = call.expr().map(|e| e.syntax().text().to_string());
        let takes = callee.is_some_and(|c| c == "take" || c.ends_with("::take"));
        let mut args = call.arg_list().into_iter().flat_map(|l| l.args());
        self.has_default && takes && args.any(|a| self.may_make(&self.infer.expr(file, &a)))
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
            return !self.makes_it(of.file, &of.function)
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
        let called = path.segment().and_then(|s| s.name_ref());
        let by_default = called.is_some_and(|n| n.text() == "default");
        !self.has_default || !by_default || self.is_fine_default(file, &text, &made)
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
        let of_itself = |e: ast::Expr| self.is_it(self.infer.expr(file, &e).peeled());
        match given {
            Some(it) if !is_none(&it) => true,
            Some(_) => self.settles(file, &ast::Expr::RecordExpr(it.clone())),
            None if self.is_set_literal(it) && fields.spread().is_some_and(of_itself) => true,
            None => self.settles(file, &ast::Expr::RecordExpr(it.clone())),
        }
    }

    /// Whether a method gives back the builder that it was called on, and asks it for nothing that may need the bus.
    fn is_step(&self, file: FileId, function: &ast::Fn) -> bool {
        let body = function.body().filter(|_| self.gives_back(file, function));
        body.is_some_and(|body| {
            let nodes = body.syntax().descendants();
            let mut uses = nodes.filter_map(ast::PathExpr::cast);
            uses.all(|path| {
                let parent = path.syntax().parent();
                let parent = parent.filter(|_| locals::is_name(&path, "self"));
                parent.is_none_or(|n| match n.kind() {
                    SyntaxKind::FIELD_EXPR
                    | SyntaxKind::RECORD_EXPR_FIELD_LIST
                    | SyntaxKind::RETURN_EXPR
                    | SyntaxKind::STMT_LIST => true,
                    SyntaxKind::ARG_LIST => n
                        .parent()
                        .and_then(ast::CallExpr::cast)
                        .is_some_and(|c| is_wrapped(&c)),
                    SyntaxKind::METHOD_CALL_EXPR => ast::MethodCallExpr::cast(n).is_some_and(|c| {
                        let key = key_of(self.infer.index, file, c.syntax());
                        let clones = c.name_ref().is_some_and(|n| n.text() == "clone");
                        clones || self.set.contains(&key)
                    }),
                    _ => false,
                })
            })
        })
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
                let of_it = self.is_it(receiver.peeled());
                match of_it && self.is_step(m.file, &m.function) {
                    true => Step::Itself,
                    false if self.makes_it(m.file, &m.function) => Step::Made,
                    false => Step::Other,
                }
            }
            Some(_) => Step::Other,
            None if receiver.is_known() => Step::Other,
            None => Step::Unknown,
        }
    }

    /// Whether a builder that was just made is set before anything else is done with it, or is what its function gives.
    pub(super) fn settles(&self, file: FileId, made: &ast::Expr) -> bool {
        let (set, last) = self.climb(file, made);
        if set {
            return true;
        }
        // `Ok(Self { … })`
        let wrapped = locals::argument_of(&last).and_then(|(list, _)| {
            let call = ast::CallExpr::cast(list.syntax().parent()?)?;
            is_wrapped(&call).then_some(ast::Expr::CallExpr(call))
        });
        let last = given_by_branch(wrapped.unwrap_or(last));
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
            // whether it could be made
            SyntaxKind::METHOD_CALL_EXPR => {
                let asked = ast::MethodCallExpr::cast(parent);
                let name = asked.and_then(|c| c.name_ref());
                let wrapped = matches!(self.infer.expr(file, &last), Type::Outside(..));
                let outcome = name.is_some_and(|n| OUTCOMES.contains(&n.text()));
                wrapped && (outcome || self.is_set_by_map(file, &last))
            }
            SyntaxKind::LET_EXPR => {
                let pat = ast::LetExpr::cast(parent).and_then(|l| l.pat());
                pat.is_some_and(|p| self.is_set_by_pattern(file, &p))
            }
            SyntaxKind::MATCH_EXPR => {
                let arms = ast::MatchExpr::cast(parent).and_then(|m| m.match_arm_list());
                let mut arms = arms.iter().flat_map(|l| l.arms());
                arms.all(|a| a.pat().is_some_and(|p| self.is_set_by_pattern(file, &p)))
            }
            // `map(|n| Line::new(n)).map(|line| line.with_bus(…))`
            SyntaxKind::CLOSURE_EXPR => {
                let given_to = |name| given_to(&parent, name);
                given_to("map").is_some_and(|m| self.is_set_by_map(file, &m))
                    || given_to("unwrap_or_else").is_some_and(|m| self.settles(file, &m))
            }
            SyntaxKind::ARG_LIST => self.is_set_by_taker(file, &last, 0),
            // of a literal, which is looked at itself
            SyntaxKind::RECORD_EXPR_FIELD_LIST => {
                let literal = parent.parent().and_then(ast::RecordExpr::cast);
                literal.is_some_and(|it| {
                    self.is_it(&self.infer.expr(file, &ast::Expr::RecordExpr(it)))
                })
            }
            _ => false,
        }
    }

    /// Whether what a pattern takes out, if it takes one, is set before it is used otherwise.
    fn is_set_by_pattern(&self, file: FileId, pat: &ast::Pat) -> bool {
        let ast::Pat::TupleStructPat(taken) = pat else {
            // `None`, or what is not looked at
            return match pat {
                ast::Pat::WildcardPat(_) => true,
                ast::Pat::PathPat(_) => true,
                ast::Pat::IdentPat(p) => p.name().is_some_and(|n| n.text() == "None"),
                _ => false,
            };
        };
        let name = taken.path().and_then(|p| p.as_single_name_ref());
        match name.as_ref().map(|n| n.text()) {
            Some("Err") => true,
            Some("Ok" | "Some") => match taken.fields().next() {
                Some(ast::Pat::IdentPat(pat)) => self.is_taken_and_set(file, &pat),
                Some(ast::Pat::WildcardPat(_)) => true,
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether each use of a variable takes it and sets it: it is set wherever it is used then, in whatever branch.
    fn is_taken_and_set(&self, file: FileId, pat: &ast::IdentPat) -> bool {
        let Some(tree) = self.infer.index.tree(file) else {
            return false;
        };
        let uses = locals::uses_of(tree, pat);
        uses.iter().all(|it| match it {
            Use::Expr(path) => {
                self.is_of_other_field(path) || {
                    let call = path.syntax().parent().and_then(ast::MethodCallExpr::cast);
                    self.by_value
                        && call.is_some_and(|c| {
                            let key = key_of(self.infer.index, file, c.syntax());
                            self.set.contains(&key)
                        })
                }
            }
            Use::Opaque(_) => false,
        })
    }

    /// Whether the closure that a `map` of something is given sets what it is given.
    fn is_set_by_map(&self, file: FileId, of: &ast::Expr) -> bool {
        let map = of.syntax().parent().and_then(ast::MethodCallExpr::cast);
        // one of the workspace may not call what it is given
        let workspace = self.infer.index.workspace;
        let known = match self.infer.expr(file, of) {
            Type::Unknown => search::saying(workspace, "fn map").next().is_none(),
            ty => matches!(ty, Type::Outside(..)),
        };
        let set = || {
            let map = map.filter(|_| known)?;
            let maps = map.name_ref().is_some_and(|n| n.text() == "map");
            let closure = map.arg_list()?.args().next().filter(|_| maps)?;
            let ast::Expr::ClosureExpr(closure) = closure else {
                return None;
            };
            match closure.param_list()?.params().next()?.pat()? {
                ast::Pat::IdentPat(pat) => Some(self.is_taken_and_set(file, &pat)),
                _ => None,
            }
        };
        set().unwrap_or_default()
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
            // a future may be dropped before
            let awaited = || {
                let around = call.syntax().parent();
                around.is_some_and(|n| ast::AwaitExpr::can_cast(n.kind()))
            };
            (method.function.async_token().is_none() || awaited()).then_some(())?;
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
                _ => match self.unwrapped(file, &parent, &last) {
                    Some(outer) => outer,
                    None => break,
                },
            };
            last = next;
        }
        (false, last)
    }

    /// Whether a use of a variable is that of another field, which has no way to the bus.
    fn is_of_other_field(&self, path: &ast::PathExpr) -> bool {
        let field = path.syntax().parent().and_then(ast::FieldExpr::cast);
        let name = field.and_then(|f| f.name_ref());
        name.is_some_and(|n| n.text() != self.field)
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
        // what is given to a function may come back before
        let leaves = |to: &ast::PathExpr| {
            let before = TextRange::new(
                tree.range(pat.syntax()).end(),
                tree.range(to.syntax()).start(),
            );
            tree.descendants(list).iter().any(|n| {
                let leaves = match ast::MacroCall::cast(n.clone()) {
                    Some(call) => {
                        let path = call.path().map(|p| p.syntax().text().to_string());
                        let name = path.as_deref().and_then(|p| p.rsplit("::").next());
                        !name.is_some_and(|n| STAYING.contains(&n))
                    }
                    None => matches!(n.kind(), SyntaxKind::RETURN_EXPR | SyntaxKind::TRY_EXPR),
                };
                leaves && before.contains_range(TextRange::empty(tree.range(n).start()))
            })
        };
        uses.retain(|path| !self.is_of_other_field(path));
        if depth > 0 && uses.first().is_none_or(leaves) {
            return false;
        }
        if depth == 0 && self.is_taken_and_set(file, pat) {
            return true;
        }
        for path in uses {
            if let Some(value) = assigned_field(&path, list) {
                return !is_none(&value);
            }
            // always run, in a statement beside that of the variable
            let mut ways = path.syntax().ancestors().take_while(|n| n != list);
            if ways.any(|n| is_second_operand(&n)) {
                return false;
            }
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
                if self.climb(file, &ast::Expr::PathExpr(path.clone())).0 {
                    return within.as_ref() == Some(list);
                }
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

/// Whether a macro is given the type alone, which it may make one of.
fn is_given_type(call: &SyntaxNode, name: &str) -> bool {
    let tokens = call
        .descendants_with_tokens()
        .filter_map(|e| e.into_token());
    tokens.filter(|t| t.text() == name).any(|t| {
        let mut next = t.next_token();
        while let Some(blank) = next.clone().filter(|n| n.kind().is_trivia()) {
            next = blank.next_token();
        }
        !next.is_some_and(|n| {
            matches!(
                n.kind(),
                SyntaxKind::COLON | SyntaxKind::COLON2 | SyntaxKind::L_CURLY
            )
        })
    })
}

/// `builder.bus = …;`, a statement of a list: what a field is set to.
fn assigned_field(path: &ast::PathExpr, list: &SyntaxNode) -> Option<ast::Expr> {
    let field = ast::FieldExpr::cast(path.syntax().parent()?)?;
    let set = ast::BinExpr::cast(field.syntax().parent()?)?;
    let plain = matches!(set.op_kind(), Some(ast::BinaryOp::Assignment { op: None }));
    let is_target = set.lhs()?.syntax() == field.syntax();
    let stmt = set.syntax().parent().filter(|_| plain && is_target)?;
    let in_place = ast::ExprStmt::can_cast(stmt.kind()) && stmt.parent()? == *list;
    set.rhs().filter(|_| in_place)
}

/// The call of a method of that name that a closure is given to.
fn given_to(closure: &SyntaxNode, name: &str) -> Option<ast::Expr> {
    let call = ast::MethodCallExpr::cast(closure.parent()?.parent()?)?;
    let is_it = call.name_ref().is_some_and(|n| n.text() == name);
    is_it.then_some(ast::Expr::MethodCallExpr(call))
}

/// Whether an expression is run only if what is before an `&&` or `||` says so.
fn is_second_operand(expr: &SyntaxNode) -> bool {
    let around = expr.parent().and_then(ast::BinExpr::cast);
    around.is_some_and(|b| {
        let logic = matches!(b.op_kind(), Some(ast::BinaryOp::LogicOp(_)));
        logic && b.rhs().is_some_and(|r| r.syntax() == expr)
    })
}

/// The whole `if`, `match` or block that gives what its branch gives, or the expression itself.
fn given_by_branch(expr: ast::Expr) -> ast::Expr {
    let mut last = expr;
    loop {
        let parent = last.syntax().parent();
        let around = parent.and_then(|parent| match parent.kind() {
            SyntaxKind::MATCH_ARM => parent.parent()?.parent(),
            SyntaxKind::STMT_LIST => {
                let block = ast::BlockExpr::cast(parent.parent()?)?;
                let plain = block.modifier().is_none() && block.tail_expr().as_ref() == Some(&last);
                let around = block.syntax().parent().filter(|_| plain)?;
                match around.kind() {
                    SyntaxKind::IF_EXPR => Some(around),
                    SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR => None,
                    _ => Some(block.syntax().clone()),
                }
            }
            // `else if`
            SyntaxKind::IF_EXPR if ast::IfExpr::can_cast(last.syntax().kind()) => Some(parent),
            _ => None,
        });
        match around.and_then(ast::Expr::cast) {
            Some(outer) => last = outer,
            None => return last,
        }
    }
}

/// What the branches of an `if` or `match`, or a block, give. `None`: one has no value.
fn branches(whole: &ast::Expr) -> Option<Vec<ast::Expr>> {
    match whole {
        ast::Expr::IfExpr(it) => {
            let mut all = vec![it.then_branch()?.tail_expr()?];
            match it.else_branch()? {
                ast::ElseBranch::Block(b) => all.push(b.tail_expr()?),
                ast::ElseBranch::IfExpr(it) => all.push(ast::Expr::IfExpr(it)),
            }
            Some(all)
        }
        ast::Expr::MatchExpr(it) => it.match_arm_list()?.arms().map(|a| a.expr()).collect(),
        ast::Expr::BlockExpr(it) if it.modifier().is_none() => Some(vec![it.tail_expr()?]),
        _ => None,
    }
}

/// `Err(…)`.
fn fails(call: &ast::CallExpr) -> bool {
    matches!(call.expr(), Some(ast::Expr::PathExpr(p)) if locals::is_name(&p, "Err"))
}

/// `Ok(…)` or `Some(…)`.
fn is_wrapped(call: &ast::CallExpr) -> bool {
    matches!(call.expr(), Some(ast::Expr::PathExpr(p)) if locals::is_name(&p, "Ok") || locals::is_name(&p, "Some"))
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
