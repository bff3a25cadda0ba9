//! `match`, `if let` and `let … else` over a construction.

use super::*;

impl Climber<'_> {
    /// `match construction { Ok(x) => …, Err(e) => … }`.
    pub(super) fn matched(
        &self,
        out: &mut Rewrite,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let (Shape::Result(inner) | Shape::Option(inner)) = *shape else {
            return Ok(Step::Here);
        };
        let Some(it) =
            ast::MatchExpr::cast(parent.clone()).filter(|m| m.expr().as_ref() == Some(cur))
        else {
            return Ok(Step::Here);
        };
        let (pat, body) = success_arm(&it).ok_or_else(|| {
            Left::new(
                catalog::RESULT_USED,
                "the arms of the `match` on the construction are not one for success and the rest for failure",
            )
        })?;
        out.plumbing.push("match".into());
        for arm in it.match_arm_list().into_iter().flat_map(|l| l.arms()) {
            if let Some(failure) = arm.expr().filter(|e| *e != body) {
                self.refuse_type_source(&failure)?;
            }
        }
        let whole = ast::Expr::MatchExpr(it);
        self.refuse_loop(&whole, &body)?;
        self.take_branch(out, whole, &pat, &body, inner, text)
    }

    /// Puts the branch for success in the place of the whole: its value, its one expression, or a block.
    fn take_branch(
        &self,
        out: &mut Rewrite,
        whole: ast::Expr,
        pat: &ast::IdentPat,
        body: &ast::Expr,
        inner: Inner,
        text: &Text,
    ) -> Result<Step, Left> {
        let parent = whole.syntax().parent();
        let is_else = parent
            .as_ref()
            .is_some_and(|p| p.kind() == SyntaxKind::IF_EXPR);
        let value = sole_expression(body);
        let uses = locals::uses_of(self.tree, pat);
        if let [Use::Expr(only)] = uses.as_slice()
            && !matches!(value, ast::Expr::BlockExpr(_))
            && !is_else
        {
            if is_variable(&value, pat) {
                return Ok(Step::To(whole, Shape::Value(inner), text.clone()));
            }
            let only = ast::Expr::PathExpr(only.clone());
            let around_it = self.arc_call_around(&only);
            if inner == Inner::Bare && around_it.is_some_and(|c| c.syntax() == value.syntax()) {
                return Ok(Step::To(whole, Shape::Value(Inner::Shared), text.clone()));
            }
            // used once, in an expression that runs at once: the accessor goes there
            if !purity::is_deferred(only.syntax(), value.syntax()) {
                self.climb(
                    out,
                    only,
                    Shape::Value(inner),
                    text.clone(),
                    Some(value.syntax()),
                )?;
                let (around, inside) = (self.range(&whole), self.range(&value));
                let head = TextRange::new(around.start(), inside.start());
                let rest = TextRange::new(inside.end(), around.end());
                // a `match` may stand as a statement of its own; what takes its place may not
                let bare = parent
                    .and_then(ast::ExprStmt::cast)
                    .is_some_and(|s| s.semicolon_token().is_none());
                let end = if bare { ";" } else { "" };
                self.replace(out, head, String::new(), &text.kept);
                self.replace_below(out, rest, end.into(), &[], around.start());
                return Ok(Step::Done);
            }
        }
        let form = self.bind(out, pat, &Shape::Value(inner))?;
        self.open_block(out, &whole, body, pat, text, form);
        Ok(Step::Done)
    }

    /// `if let Ok(x) = construction { … } else { … }`.
    pub(super) fn if_let(
        &self,
        out: &mut Rewrite,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let inspected = || {
            Left::new(
                catalog::RESULT_USED,
                "the `let` condition on the construction is part of a larger condition, or of a loop",
            )
            .help("unwrap the construction before the condition, then run again")
        };
        let (Shape::Result(inner) | Shape::Option(inner)) = *shape else {
            self.stop(out, cur, shape, text)?;
            return Ok(Step::Done);
        };
        let condition = ast::LetExpr::cast(parent.clone()).ok_or_else(inspected)?;
        let it = parent
            .parent()
            .and_then(ast::IfExpr::cast)
            .ok_or_else(inspected)?;
        let pat = condition
            .pat()
            .as_ref()
            .and_then(success_pattern)
            .ok_or_else(inspected)?;
        let body = it.then_branch().ok_or_else(inspected)?;
        out.plumbing.push("if let".into());
        if let Some(ast::ElseBranch::Block(otherwise)) = it.else_branch() {
            self.refuse_type_source(&ast::Expr::BlockExpr(otherwise))?;
        }
        self.refuse_loop(
            &ast::Expr::IfExpr(it.clone()),
            &ast::Expr::BlockExpr(body.clone()),
        )?;
        let (whole, body) = (ast::Expr::IfExpr(it), ast::Expr::BlockExpr(body));
        self.take_branch(out, whole, &pat, &body, inner, text)
    }

    /// What fails may be all that names the error type of a closure or an `async` block.
    ///
    /// # Errors
    /// [`Left`] if it could be.
    pub(super) fn refuse_type_source(&self, failure: &ast::Expr) -> Result<(), Left> {
        let owner = self.tree.ancestors(failure.syntax()).find(|n| {
            n.kind() == SyntaxKind::FN
                || n.kind() == SyntaxKind::CLOSURE_EXPR
                || ast::BlockExpr::cast(n.clone()).is_some_and(|b| b.async_token().is_some())
        });
        let typed = owner.is_none_or(|n| {
            n.kind() == SyntaxKind::FN
                || ast::ClosureExpr::cast(n).is_some_and(|c| c.ret_type().is_some())
        });
        let names_error = failure.syntax().descendants().any(|n| {
            n.kind() == SyntaxKind::RETURN_EXPR
                || ast::PathExpr::cast(n).is_some_and(|p| locals::is_name(&p, "Err"))
        });
        if typed || !names_error {
            return Ok(());
        }
        Err(Left::new(
            catalog::RESULT_USED,
            "the error branch names the error type of the closure or `async` block around it",
        )
        .help("give the block's `Ok` its type (`Ok::<_, Error>(…)`), then run again"))
    }

    /// A branch that leaves a loop or a function on success: without the failure, what follows is never reached.
    fn refuse_loop(&self, whole: &ast::Expr, body: &ast::Expr) -> Result<(), Left> {
        let last = match body {
            ast::Expr::BlockExpr(block) => block.stmt_list().and_then(|l| {
                l.tail_expr().or_else(|| match l.statements().last() {
                    Some(ast::Stmt::ExprStmt(it)) => it.expr(),
                    _ => None,
                })
            }),
            other => Some(other.clone()),
        };
        let leaves = matches!(
            last,
            Some(ast::Expr::BreakExpr(_) | ast::Expr::ContinueExpr(_) | ast::Expr::ReturnExpr(_))
        );
        let goes_on = || {
            self.tree
                .ancestors(whole.syntax())
                .take_while(|n| !matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR))
                .any(|n| {
                    matches!(
                        n.kind(),
                        SyntaxKind::LOOP_EXPR | SyntaxKind::WHILE_EXPR | SyntaxKind::FOR_EXPR
                    )
                })
                || whole
                    .syntax()
                    .ancestors()
                    .take_while(|n| !matches!(n.kind(), SyntaxKind::FN))
                    .any(|n| {
                        n.next_sibling().is_some_and(|s| {
                            ast::Stmt::can_cast(s.kind()) || ast::Expr::can_cast(s.kind())
                        })
                    })
        };
        if leaves && goes_on() {
            return Err(Left::new(
                catalog::RESULT_USED,
                "what follows the branch tries again, and would never be reached",
            )
            .help("take `global_coordinator().await` and remove the retry by hand"));
        }
        Ok(())
    }

    /// Turns `whole` into a block that binds the accessor and goes on with `body`, one of its branches.
    fn open_block(
        &self,
        out: &mut Rewrite,
        whole: &ast::Expr,
        body: &ast::Expr,
        pat: &ast::IdentPat,
        text: &Text,
        form: Form,
    ) {
        out.bindings.push(pat.clone());
        let (around, inside) = (self.range(whole), self.range(body));
        let source = &self.index.workspace.file(self.file).text;
        let newline = layout::newline(source);
        let outer = layout::indent_at(source, around.start());
        let binding = format!(
            "let {} = {}{};",
            self.source(self.range(pat)),
            text.string,
            form.suffix()
        );
        let head = TextRange::new(around.start(), inside.start());
        let list = match body {
            ast::Expr::BlockExpr(block) => block.stmt_list(),
            _ => None,
        };
        let Some(list) = list else {
            self.replace(out, head, format!("{{ {binding} "), &text.kept);
            self.replace_below(
                out,
                TextRange::new(inside.end(), around.end()),
                " }".into(),
                &[],
                around.start(),
            );
            return;
        };
        let inner = layout::indent_at(source, inside.start());
        let multi_line = list
            .l_curly_token()
            .and_then(|t| t.next_token())
            .is_some_and(|t| t.text().contains('\n'));
        let brace = list
            .l_curly_token()
            .map_or(inside.start(), |t| self.tree.token_range(&t).end());
        let opening = if multi_line {
            let step = layout::indent_step(source);
            format!("{{{newline}{outer}{step}{binding}")
        } else {
            format!("{{ {binding}")
        };
        self.replace(
            out,
            TextRange::new(around.start(), brace),
            opening,
            &text.kept,
        );
        self.replace_below(
            out,
            TextRange::new(inside.end(), around.end()),
            String::new(),
            &[],
            around.start(),
        );
        if inner.len() > outer.len() && inner.starts_with(&outer) {
            let extra = inner.len() - outer.len();
            out.layout
                .extend(layout::dedent(self.tree, body.syntax(), extra));
        }
    }
}

/// The one arm for success, as its variable and its body, if all others are for failure.
pub(crate) fn success_arm(it: &ast::MatchExpr) -> Option<(ast::IdentPat, ast::Expr)> {
    let mut success = None;
    for arm in it.match_arm_list()?.arms() {
        let pat = arm.pat()?;
        match success_pattern(&pat) {
            Some(binding) if success.is_none() && arm.guard().is_none() => {
                success = Some((binding, arm.expr()?))
            }
            None if is_failure(&pat) => {}
            _ => return None,
        }
    }
    success
}

/// The variable of `Ok(x)` or `Some(x)`.
pub(crate) fn success_pattern(pat: &ast::Pat) -> Option<ast::IdentPat> {
    let ast::Pat::TupleStructPat(tuple) = pat else {
        return None;
    };
    let name = tuple.path()?.segment()?.name_ref()?;
    if !matches!(name.text(), "Ok" | "Some") {
        return None;
    }
    let fields: Vec<_> = tuple.fields().collect();
    match fields.as_slice() {
        [ast::Pat::IdentPat(it)] if it.ref_token().is_none() && it.pat().is_none() => {
            Some(it.clone())
        }
        _ => None,
    }
}

fn is_failure(pat: &ast::Pat) -> bool {
    match pat {
        ast::Pat::TupleStructPat(it) => {
            let name = it
                .path()
                .and_then(|p| p.segment())
                .and_then(|s| s.name_ref());
            name.is_some_and(|n| n.text() == "Err")
        }
        ast::Pat::WildcardPat(_) => true,
        ast::Pat::IdentPat(it) => it.name().is_some_and(|n| n.text() == "None"),
        ast::Pat::PathPat(it) => it.path().is_some_and(|p| p.syntax().text() == "None"),
        ast::Pat::OrPat(it) => it.pats().all(|p| is_failure(&p)),
        ast::Pat::ParenPat(it) => it.pat().is_some_and(|p| is_failure(&p)),
        _ => false,
    }
}

/// The expression itself, or the one that a block holds and nothing else.
pub(crate) fn sole_expression(expr: &ast::Expr) -> ast::Expr {
    if let ast::Expr::BlockExpr(block) = expr
        && block.async_token().is_none()
        && block.unsafe_token().is_none()
        && let Some(list) = block.stmt_list()
        && list.statements().next().is_none()
        && let Some(tail) = list.tail_expr()
    {
        return sole_expression(&tail);
    }
    expr.clone()
}

fn is_variable(expr: &ast::Expr, pat: &ast::IdentPat) -> bool {
    matches!(expr, ast::Expr::PathExpr(path) if pat.name().is_some_and(|n| locals::is_name(path, n.text())))
}
