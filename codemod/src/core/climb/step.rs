//! One step outwards: what the expression around the value makes of it.
//!
//! Belongs here: `.await`, `?`, methods, calls, blocks, borrows. Does not: branches (`branch`), variables (`binding`).

use super::*;

impl Climber<'_> {
    pub(super) fn awaited(
        &self,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Shape::Future(inner) = shape else {
            return Ok(Step::Here);
        };
        let next = ast::Expr::cast(parent.clone());
        let text = Text {
            string: format!("{}.await", text.string),
            kept: text.kept.clone(),
        };
        Ok(next.map_or(Step::Here, |n| Step::To(n, (**inner).clone(), text)))
    }

    pub(super) fn tried(
        &self,
        out: &mut Rewrite,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Some(next) = ast::Expr::cast(parent.clone()) else {
            return Ok(Step::Here);
        };
        Ok(match shape {
            Shape::Result(inner) | Shape::Option(inner) => {
                out.plumbing.push("?".into());
                Step::To(next, Shape::Value(*inner), text.clone())
            }
            Shape::Foreign(inner) => Step::To(
                next.clone(),
                (**inner).clone(),
                self.with_rest(text, cur, &next),
            ),
            _ => Step::Here,
        })
    }

    /// The text, followed by what stands between the end of `cur` and the end of `whole`.
    fn with_rest(&self, text: &Text, cur: &ast::Expr, whole: &ast::Expr) -> Text {
        let rest = TextRange::new(self.range(cur).end(), self.range(whole).end());
        let mut kept = text.kept.clone();
        kept.push(rest);
        Text {
            string: format!("{}{}", text.string, self.source(rest)),
            kept,
        }
    }

    /// The text in the place of `cur` inside of `whole`, which stays.
    fn in_place(&self, text: &Text, cur: &ast::Expr, whole: &ast::Expr) -> Text {
        let before = TextRange::new(self.range(whole).start(), self.range(cur).start());
        let mut text = self.with_rest(text, cur, whole);
        text.string = format!("{}{}", self.source(before), text.string);
        text.kept.push(before);
        text
    }

    pub(super) fn method(
        &self,
        out: &mut Rewrite,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Some(call) = ast::MethodCallExpr::cast(parent.clone()) else {
            return Ok(Step::Here);
        };
        if call.receiver().as_ref() != Some(cur) {
            return Ok(Step::Here);
        }
        let name = call
            .name_ref()
            .map(|n| n.text().to_string())
            .unwrap_or_default();
        let args = locals::method_args(&call);
        let next = ast::Expr::MethodCallExpr(call.clone());
        match shape {
            Shape::Value(_)
                if api::METHODS.contains(&name.as_str())
                    || (name == "clone" && *shape == Shape::Value(Inner::Shared)) =>
            {
                out.direct_call = Some(call);
                Ok(Step::Here)
            }
            // into the `Arc` that is written where it goes
            Shape::Value(Inner::Bare) if name == "into" && self.says_arc(call.syntax()) => {
                Ok(Step::To(next, Shape::Value(Inner::Shared), text.clone()))
            }
            Shape::Value(_) => Ok(Step::Here),
            Shape::Foreign(inner) => {
                let shape = match name.as_str() {
                    "unwrap" | "expect" | "unwrap_or_else" => (**inner).clone(),
                    "map_err" | "context" | "with_context" | "wrap_err" | "wrap_err_with" => {
                        shape.clone()
                    }
                    _ => return Ok(Step::Here),
                };
                Ok(Step::To(
                    next.clone(),
                    shape,
                    self.with_rest(text, cur, &next),
                ))
            }
            // combinators of `TryFutureExt`
            Shape::Future(inner) => {
                let inner = match (name.as_str(), &**inner) {
                    ("map_err", Shape::Result(_)) => (**inner).clone(),
                    ("map_ok", Shape::Result(Inner::Bare))
                        if self.is_arc_new_value(args.first()) =>
                    {
                        Shape::Result(Inner::Shared)
                    }
                    _ => return Ok(Step::Here),
                };
                self.drop_plumbing(out, &name, &args)?;
                Ok(Step::To(next, Shape::Future(Box::new(inner)), text.clone()))
            }
            Shape::Result(inner) | Shape::Option(inner) => {
                let is_result = matches!(shape, Shape::Result(_));
                let same = shape.clone();
                let shape = match name.as_str() {
                    "unwrap" | "expect" | "unwrap_or_else" => Shape::Value(*inner),
                    "map_err" | "context" | "with_context" | "wrap_err" | "wrap_err_with"
                    | "inspect_err"
                        if is_result =>
                    {
                        same
                    }
                    "context" | "with_context" | "ok_or" | "ok_or_else" | "ok_or_eyre"
                        if !is_result =>
                    {
                        Shape::Result(*inner)
                    }
                    "ok" if is_result => Shape::Option(*inner),
                    "map"
                        if *inner == Inner::Bare
                            && (self.is_arc_new_value(args.first())
                                || self.is_into_arc(args.first(), &next)) =>
                    {
                        match same {
                            Shape::Option(_) => Shape::Option(Inner::Shared),
                            _ => Shape::Result(Inner::Shared),
                        }
                    }
                    _ => return Ok(Step::Here),
                };
                if name != "map" {
                    self.drop_plumbing(out, &name, &args)?;
                }
                Ok(Step::To(next, shape, text.clone()))
            }
        }
    }

    /// Whether an expression goes where a shared coordinator is written as the type: of a statement, of a parameter, or
    /// of a field.
    pub(super) fn says_arc(&self, expr: &SyntaxNode) -> bool {
        let shared = Ty::Arc(Box::new(Ty::Item(Item::Coordinator)));
        let Some(parent) = expr.parent() else {
            return false;
        };
        let ty = match parent.kind() {
            SyntaxKind::LET_STMT => {
                let stmt = ast::LetStmt::cast(parent);
                match stmt.as_ref().and_then(ast::LetStmt::ty) {
                    Some(ty) if self.is_open_arc(&ty) => return true,
                    Some(ty) => Some(self.index.type_of(self.file, &ty)),
                    None => return stmt.is_some_and(|s| self.is_given_as_arc(&s)),
                }
            }
            SyntaxKind::RECORD_EXPR_FIELD => self.field_type(&parent),
            SyntaxKind::ARG_LIST => match parent.parent().filter(is_success) {
                // `Ok(bus.into())`
                Some(whole) => self.returned(&whole).and_then(|t| match t {
                    Ty::Result(inner) | Ty::Option(inner) => Some(*inner),
                    _ => None,
                }),
                None => {
                    return ast::Expr::cast(expr.clone()).is_some_and(|e| self.takes(&e, &shared));
                }
            },
            _ => self.returned(expr),
        };
        ty == Some(shared)
    }

    /// Whether a type is `Arc<_>`.
    fn is_open_arc(&self, ty: &ast::Type) -> bool {
        let ast::Type::PathType(it) = ty else {
            return false;
        };
        let path = it.path().filter(|p| self.index.is_arc(self.file, p));
        let of = path.and_then(|p| first_type_arg(&p));
        matches!(of, Some(ast::Type::InferType(_)))
    }

    /// Whether a variable goes where a shared coordinator is written as the type: its own is that, then.
    fn is_given_as_arc(&self, stmt: &ast::LetStmt) -> bool {
        let Some(ast::Pat::IdentPat(pat)) = stmt.pat().filter(|_| stmt.let_else().is_none()) else {
            return false;
        };
        let lent = Ty::Ref(Box::new(Ty::Arc(Box::new(Ty::Item(Item::Coordinator)))));
        locals::uses_of(self.tree, &pat).iter().any(|it| match it {
            Use::Expr(path) => {
                let borrow = path.syntax().parent().and_then(ast::RefExpr::cast);
                let borrow = borrow.filter(|r| r.mut_token().is_none());
                self.says_arc(path.syntax())
                    || borrow.is_some_and(|r| self.takes(&ast::Expr::RefExpr(r), &lent))
            }
            Use::Opaque(_) => false,
        })
    }

    /// The type that a function gives back, where an expression is what it gives.
    fn returned(&self, expr: &SyntaxNode) -> Option<Ty> {
        let parent = expr.parent()?;
        let function = construct::enclosing_fn(self.tree, expr)?;
        let is_scope = |n: &SyntaxNode| {
            let block = ast::BlockExpr::cast(n.clone());
            ast::ClosureExpr::can_cast(n.kind())
                || block
                    .is_some_and(|b| b.async_token().is_some() || b.try_block_modifier().is_some())
        };
        let mut between = self
            .tree
            .ancestors(expr)
            .take_while(|n| n != function.syntax());
        if between.any(|n| is_scope(&n)) {
            return None;
        }
        let body = function.body().and_then(|b| b.stmt_list());
        let is_tail = body
            .and_then(|l| l.tail_expr())
            .is_some_and(|t| t.syntax() == expr);
        let gives = is_tail || ast::ReturnExpr::can_cast(parent.kind());
        let ty = function.ret_type().filter(|_| gives)?.ty()?;
        Some(self.index.type_of(self.file, &ty))
    }

    /// The type of the field that a literal gives.
    fn field_type(&self, given: &SyntaxNode) -> Option<Ty> {
        let given = ast::RecordExprField::cast(given.clone())?;
        let name = given.field_name()?;
        let literal = given.syntax().ancestors().find_map(ast::RecordExpr::cast)?;
        let path = literal.path()?;
        let def = self.index.resolve_path(self.file, &path, Namespace::Type);
        let (Def::Local(file, node) | Def::Variant(file, node)) = def else {
            return None;
        };
        let declared = node.children().find_map(ast::RecordFieldList::cast)?;
        let mut declared = declared.fields();
        let field = declared.find(|f| f.name().is_some_and(|n| n.text() == name.text()))?;
        Some(self.index.type_of(file, &field.ty()?))
    }

    /// Whether every function of the name that is called takes `ty` where an argument stands, and there is one.
    fn takes(&self, arg: &ast::Expr, ty: &Ty) -> bool {
        self.takes_what(arg, |file, taken| self.index.type_of(file, taken) == *ty)
    }

    /// The same of `impl Into<Arc<…>>` of the coordinator.
    pub(super) fn takes_into_arc(&self, arg: &ast::Expr) -> bool {
        let shared = Ty::Arc(Box::new(Ty::Item(Item::Coordinator)));
        self.takes_what(arg, |file, taken| {
            let ast::Type::ImplTraitType(it) = taken else {
                return false;
            };
            let bounds = it.type_bound_list().into_iter().flat_map(|l| l.bounds());
            let mut of = bounds.filter_map(|b| match b.ty()? {
                ast::Type::PathType(it) => {
                    let path = it.path()?;
                    let name = path.segment()?.name_ref()?;
                    first_type_arg(&path).filter(|_| name.text() == "Into")
                }
                _ => None,
            });
            of.any(|t| self.index.type_of(file, &t) == shared)
        })
    }

    fn takes_what(&self, arg: &ast::Expr, fits: impl Fn(FileId, &ast::Type) -> bool) -> bool {
        let Some((list, position)) = locals::argument_of(arg) else {
            return false;
        };
        let called = list.syntax().parent();
        let path = called
            .clone()
            .and_then(|call| match ast::CallExpr::cast(call)?.expr()? {
                ast::Expr::PathExpr(callee) => callee.path(),
                _ => None,
            });
        let name = match &path {
            Some(path) => path.segment().and_then(|s| s.name_ref()),
            None => called
                .and_then(ast::MethodCallExpr::cast)
                .and_then(|c| c.name_ref()),
        };
        let Some(name) = name else {
            return false;
        };
        // `Type::name`
        let of = path.and_then(|p| p.qualifier()?.segment()?.name_ref());
        let of = of.filter(|n| n.text().starts_with(char::is_uppercase) && n.text() != "Self");
        let is_of = |f: &ast::Fn| {
            let block = f.syntax().ancestors().find_map(ast::Impl::cast);
            of.as_ref().is_none_or(|of| {
                let own = block.and_then(|b| match b.self_ty()? {
                    ast::Type::PathType(it) => it.path()?.segment()?.name_ref(),
                    _ => None,
                });
                own.is_some_and(|own| own.text() == of.text())
            })
        };
        let given = list.args().count();
        let files = search::saying(self.index.workspace, name.text());
        let functions = files.flat_map(|file| {
            let text = &self.index.workspace.file(file).text;
            let places = Places::of([name.text()]).find(text);
            let tree = self.index.tree(file);
            let nodes = tree.map(|t| t.around(places.as_deref()));
            let functions = nodes.into_iter().flatten().filter_map(ast::Fn::cast);
            functions.map(move |f| (file, f))
        });
        let mut taken = functions
            .filter(|(_, f)| f.name().is_some_and(|n| n.text() == name.text()) && is_of(f))
            .filter_map(|(file, f)| {
                let params = f.param_list()?;
                let param = params.params().nth(position)?;
                let is_called = params.params().count() == given;
                is_called.then(|| param.ty().is_some_and(|t| fits(file, &t)))
            })
            .peekable();
        taken.peek().is_some() && taken.all(|fits| fits)
    }

    /// Whether a function that is mapped over a result is `Into::into`, and what comes of it goes where a shared
    /// coordinator is written as the type.
    fn is_into_arc(&self, function: Option<&ast::Expr>, mapped: &ast::Expr) -> bool {
        let into = function.is_some_and(|f| {
            let f = f.syntax().text().to_string();
            ["Into::into", "Arc::from"].contains(&f.as_str())
        });
        let mut whole = mapped.syntax().clone();
        while let Some(parent) = whole.parent() {
            let unwraps = ast::MethodCallExpr::cast(parent.clone()).is_some_and(|c| {
                let name = c.name_ref();
                name.is_some_and(|n| ["unwrap", "expect"].contains(&n.text()))
            });
            if !unwraps && parent.kind() != SyntaxKind::TRY_EXPR {
                break;
            }
            whole = parent;
        }
        into && whole != *mapped.syntax() && self.says_arc(&whole)
    }

    /// Notes plumbing that goes. What it would have computed on success as well must be free of effects.
    fn drop_plumbing(&self, out: &mut Rewrite, name: &str, args: &[ast::Expr]) -> Result<(), Left> {
        if let Some(effect) = args.iter().find(|a| !purity::is_pure(a)) {
            return Err(Left::new(
                catalog::EFFECTFUL_ARGUMENT,
                format!("`{name}({effect})` is evaluated whether or not the construction fails, and may have an effect"),
            )
            .help("bind the argument to a variable before the construction, then run again"));
        }
        out.plumbing.push(name.to_owned());
        Ok(())
    }

    /// `Arc::new`, or `|x| Arc::new(x)`.
    pub(super) fn is_arc_new_value(&self, value: Option<&ast::Expr>) -> bool {
        match value {
            Some(ast::Expr::PathExpr(path)) => {
                path.path().is_some_and(|p| self.is_arc_constructor(&p))
            }
            Some(ast::Expr::ClosureExpr(closure)) => {
                let Some(ast::Expr::CallExpr(call)) = closure.body() else {
                    return false;
                };
                let names_param = |arg: &ast::Expr| {
                    let pats: Vec<_> = closure
                        .param_list()
                        .map(|l| l.params().filter_map(|p| p.pat()).collect())
                        .unwrap_or_default();
                    matches!((arg, pats.as_slice()), (ast::Expr::PathExpr(p), [ast::Pat::IdentPat(i)])
                        if i.name().is_some_and(|n| locals::is_name(p, n.text())))
                };
                self.is_arc_call(&call)
                    && ast::HasArgList::arg_list(&call)
                        .is_some_and(|l| l.args().count() == 1 && l.args().all(|a| names_param(&a)))
            }
            _ => false,
        }
    }

    /// Whether a call is `Arc::new(…)` or `Arc::from(…)` of the standard library.
    pub(super) fn is_arc_call(&self, call: &ast::CallExpr) -> bool {
        matches!(call.expr(), Some(ast::Expr::PathExpr(p)) if p.path().is_some_and(|p| self.is_arc_constructor(&p)))
    }

    fn is_arc_constructor(&self, path: &ast::Path) -> bool {
        let is_new = path
            .segment()
            .and_then(|s| s.name_ref())
            .is_some_and(|n| matches!(n.text(), "new" | "from"));
        let Some(ty) = path.qualifier().filter(|_| is_new) else {
            return false;
        };
        self.index.is_arc(self.file, &ty)
    }

    pub(super) fn argument(
        &self,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Some((list, position)) = locals::argument_of(cur) else {
            return Ok(Step::Here);
        };
        let Some(whole) = parent.parent().and_then(ast::Expr::cast) else {
            return Ok(Step::Here);
        };
        match (&whole, shape) {
            (ast::Expr::CallExpr(call), Shape::Value(Inner::Bare)) if self.is_arc_call(call) => {
                Ok(Step::To(whole, Shape::Value(Inner::Shared), text.clone()))
            }
            (_, Shape::Value(Inner::Bare)) if self.takes_into_arc(cur) => Ok(Step::To(
                cur.clone(),
                Shape::Value(Inner::Shared),
                text.clone(),
            )),
            (ast::Expr::CallExpr(call), Shape::Future(inner)) => {
                let callee = match call.expr() {
                    Some(ast::Expr::PathExpr(p)) => p
                        .path()
                        .and_then(|p| p.segment())
                        .and_then(|s| s.name_ref()),
                    _ => None,
                };
                let callee = callee.map(|n| n.text().to_string()).unwrap_or_default();
                let shape = match callee.as_str() {
                    "block_on" => (**inner).clone(),
                    "timeout" if position == 1 => {
                        Shape::Future(Box::new(Shape::Foreign(inner.clone())))
                    }
                    "spawn" if position == 0 => {
                        Shape::Future(Box::new(Shape::Foreign(inner.clone())))
                    }
                    _ => return Ok(Step::Here),
                };
                let text = self.in_place(text, cur, &whole);
                Ok(Step::To(whole, shape, text))
            }
            (ast::Expr::MethodCallExpr(call), Shape::Future(inner)) => {
                let is_block_on = call.name_ref().is_some_and(|n| n.text() == "block_on")
                    && position + 1 == list.args().count();
                if !is_block_on {
                    return Ok(Step::Here);
                }
                let text = self.in_place(text, cur, &whole);
                Ok(Step::To(whole, (**inner).clone(), text))
            }
            _ => Ok(Step::Here),
        }
    }

    /// The last expression of a block: out of `{ … }`, and out of `async { … }` that holds nothing else.
    pub(super) fn tail(
        &self,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Some(block) = parent.parent().and_then(ast::BlockExpr::cast) else {
            return Ok(Step::Here);
        };
        // a value fits where it stands; only a `Result` or a future has to be followed further
        if matches!(shape, Shape::Value(_))
            || block.unsafe_token().is_some()
            || block.const_token().is_some()
        {
            return Ok(Step::Here);
        }
        let is_whole_body = |kind| block.syntax().parent().is_some_and(|p| p.kind() == kind);
        if is_whole_body(SyntaxKind::FN)
            || is_whole_body(SyntaxKind::MATCH_ARM)
            || is_whole_body(SyntaxKind::IF_EXPR)
        {
            return Ok(Step::Here);
        }
        let statements = parent.children().filter_map(ast::Stmt::cast).count();
        let whole = ast::Expr::BlockExpr(block.clone());
        let text = self.in_place(text, cur, &whole);
        if block.async_token().is_some() {
            // an early return or a `?` would need the block to stay a `Result`
            if statements > 0 && purity::leaves_early(parent, cur.syntax()) {
                return Ok(Step::Here);
            }
            return Ok(Step::To(
                whole,
                Shape::Future(Box::new(shape.clone())),
                text,
            ));
        }
        Ok(Step::To(whole, shape.clone(), text))
    }

    /// `block_in_place(|| …)` gives what its closure gives.
    pub(super) fn closure_body(
        &self,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Step {
        if matches!(shape, Shape::Value(_)) {
            return Step::Here;
        }
        match block_in_place(parent) {
            Some(call) => {
                let whole = ast::Expr::CallExpr(call);
                let text = self.in_place(text, cur, &whole);
                Step::To(whole, shape.clone(), text)
            }
            None => Step::Here,
        }
    }

    /// How `&construction` is written: plainly where the parameter says `&GlobalEventCoordinator`.
    pub(super) fn borrowed_form(&self, borrow: &ast::Expr) -> Form {
        let parameter = locals::argument_of(borrow).and_then(|(list, position)| {
            let call = ast::CallExpr::cast(list.syntax().parent()?)?;
            let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
                return None;
            };
            let Def::Local(file, item) =
                self.index
                    .resolve_path(self.file, &callee.path()?, Namespace::Value)
            else {
                return None;
            };
            let function = ast::Fn::cast(item)?;
            let ty = function.param_list()?.params().nth(position)?.ty()?;
            Some(self.index.type_of(file, &ty))
        });
        match parameter {
            Some(Ty::Ref(inner)) if *inner == Ty::Item(Item::Coordinator) => Form::Reference,
            _ => Form::Borrowed,
        }
    }
}

/// Whether a call is `Ok(…)` or `Some(…)`.
fn is_success(call: &SyntaxNode) -> bool {
    let callee = ast::CallExpr::cast(call.clone()).and_then(|c| c.expr());
    let path = match callee {
        Some(ast::Expr::PathExpr(p)) => p.path(),
        _ => None,
    };
    let name = path.and_then(|p| p.as_single_name_ref());
    name.is_some_and(|n| matches!(n.text(), "Ok" | "Some"))
}

/// The call of `block_in_place` that a closure is the argument of.
fn block_in_place(closure: &SyntaxNode) -> Option<ast::CallExpr> {
    let list = closure
        .parent()
        .filter(|p| p.kind() == SyntaxKind::ARG_LIST)?;
    let call = ast::CallExpr::cast(list.parent()?)?;
    let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
        return None;
    };
    let name = callee.path()?.segment()?.name_ref()?;
    (name.text() == "block_in_place").then_some(call)
}
