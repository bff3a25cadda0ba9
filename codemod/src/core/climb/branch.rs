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
        let whole = ast::Expr::MatchExpr(it);
        let value = sole_expression(&body);
        if is_variable(&value, &pat) {
            return Ok(Step::To(whole, Shape::Value(inner), text.clone()));
        }
        let uses = locals::uses_of(self.tree, &pat);
        if let [Use::Expr(only)] = uses.as_slice()
            && !matches!(value, ast::Expr::BlockExpr(_))
        {
            let only = ast::Expr::PathExpr(only.clone());
            if inner == Inner::Bare
                && self
                    .arc_call_around(&only)
                    .is_some_and(|c| c.syntax() == value.syntax())
            {
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
                self.replace(
                    out,
                    TextRange::new(around.start(), inside.start()),
                    String::new(),
                    &text.kept,
                );
                self.replace_below(
                    out,
                    TextRange::new(inside.end(), around.end()),
                    String::new(),
                    &[],
                    around.start(),
                );
                return Ok(Step::Done);
            }
        }
        let form = self.bind(out, &pat, &Shape::Value(inner))?;
        self.open_block(out, &whole, &body, &pat, text, form);
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
    ) -> Result<(), Left> {
        let inspected = || {
            Left::new(
                catalog::RESULT_USED,
                "the `let` condition on the construction is part of a larger condition, or of a loop",
            )
            .help("unwrap the construction before the condition, then run again")
        };
        let (Shape::Result(inner) | Shape::Option(inner)) = *shape else {
            return self.stop(out, cur, shape, text);
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
        let form = self.bind(out, &pat, &Shape::Value(inner))?;
        self.open_block(
            out,
            &ast::Expr::IfExpr(it),
            &ast::Expr::BlockExpr(body),
            &pat,
            text,
            form,
        );
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
fn success_arm(it: &ast::MatchExpr) -> Option<(ast::IdentPat, ast::Expr)> {
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
pub(super) fn success_pattern(pat: &ast::Pat) -> Option<ast::IdentPat> {
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
fn sole_expression(expr: &ast::Expr) -> ast::Expr {
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
