//! A construction that is bound to a variable: what the variable's uses need.

use super::branch::success_pattern;
use super::*;

impl Climber<'_> {
    /// `let PATTERN = construction;`, with or without `else`.
    pub(super) fn let_stmt(
        &self,
        out: &mut Rewrite,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<(), Left> {
        let Some(stmt) = ast::LetStmt::cast(parent.clone()) else {
            return self.stop(out, cur, shape, text);
        };
        if let Some(otherwise) = stmt.let_else() {
            let (Shape::Result(inner) | Shape::Option(inner)) = *shape else {
                return self.stop(out, cur, shape, text);
            };
            let Some(pat) = stmt
                .pat()
                .as_ref()
                .and_then(success_pattern)
                .filter(|_| stmt.ty().is_none())
            else {
                return self.stop(out, cur, shape, text);
            };
            out.plumbing.push("let … else".into());
            if let Some(block) = otherwise.block_expr() {
                self.refuse_type_source(&ast::Expr::BlockExpr(block))?;
            }
            let form = self.bind(out, &pat, &Shape::Value(inner))?;
            out.bindings.push(pat.clone());
            let outer = stmt.pat().map_or(self.range(&pat), |p| self.range(&p));
            out.edits
                .push(Edit::replace(outer, self.source(self.range(&pat))));
            let range = TextRange::new(self.range(cur).start(), self.range(&otherwise).end());
            self.replace(
                out,
                range,
                format!("{}{}", text.string, form.suffix()),
                &text.kept,
            );
            return Ok(());
        }
        let pat = match stmt.pat() {
            Some(ast::Pat::IdentPat(it)) if it.ref_token().is_none() && it.pat().is_none() => it,
            Some(ast::Pat::WildcardPat(_)) if !matches!(shape, Shape::Foreign(_)) => {
                self.drop_type(out, &stmt);
                self.finish(out, cur, text, Form::Reference);
                return Ok(());
            }
            _ => return self.stop(out, cur, shape, text),
        };
        if matches!(shape, Shape::Foreign(_)) {
            return self.stop(out, cur, shape, text);
        }
        if let Some(merged) = self.merge(out, &stmt, &pat, shape, text) {
            return merged;
        }
        let form = self.bind(out, &pat, shape)?;
        // `let x = x;`
        let again = pat.name().is_some_and(|n| n.text() == text.string.as_str());
        if again && form == Form::Reference {
            let edition = self.index.edition(self.file);
            let source = &self.index.workspace.file(self.file).text;
            let edit = layout::delete_statement(source, edition, self.range(&stmt));
            out.edits.push(edit);
            return Ok(());
        }
        out.bindings.push(pat);
        if form == Form::Reference {
            self.drop_type(out, &stmt);
        }
        self.finish(out, cur, text, form);
        Ok(())
    }

    /// A written type that the accessor's reference does not have.
    fn drop_type(&self, out: &mut Rewrite, stmt: &ast::LetStmt) {
        if let (Some(pat), Some(ty)) = (stmt.pat(), stmt.ty()) {
            let range = TextRange::new(self.range(&pat).end(), self.range(&ty).end());
            self.replace(out, range, String::new(), &[]);
        }
    }

    /// A variable that is only unwrapped or shared by a later statement of the same block: that statement takes the
    /// accessor, and this one goes.
    fn merge(
        &self,
        out: &mut Rewrite,
        stmt: &ast::LetStmt,
        pat: &ast::IdentPat,
        shape: &Shape,
        text: &Text,
    ) -> Option<Result<(), Left>> {
        if matches!(shape, Shape::Value(Inner::Shared) | Shape::Future(_)) || !text.kept.is_empty()
        {
            return None;
        }
        let uses = locals::uses_of(self.tree, pat);
        let [Use::Expr(only)] = uses.as_slice() else {
            return None;
        };
        let list = stmt.syntax().parent()?;
        let user = only
            .syntax()
            .ancestors()
            .find(|n| n.parent().as_ref() == Some(&list))?;
        if purity::is_deferred(only.syntax(), &user) {
            return None;
        }
        let only = ast::Expr::PathExpr(only.clone());
        if *shape == Shape::Value(Inner::Bare) {
            let call = self.arc_call_around(&only)?;
            if call.syntax().parent()?.kind() != SyntaxKind::LET_STMT {
                return None;
            }
        }
        let accessor = self.accessor.rsplit("::").next().unwrap_or_default();
        let shadowed = self.accessor == accessor
            && locals::binding_of(self.tree, only.syntax(), accessor).is_some();
        if shadowed {
            return None;
        }
        let source = &self.index.workspace.file(self.file).text;
        // comments of the statement that goes stay in front of the one that takes its place
        let edit =
            layout::delete_statement(source, self.index.edition(self.file), self.range(stmt));
        out.dropped.push(edit.range);
        out.edits.push(edit);
        Some(self.climb(out, only, shape.clone(), text.clone(), None))
    }

    /// Decides how a variable of that shape is initialised, and rewrites the uses that need it.
    pub(super) fn bind(
        &self,
        out: &mut Rewrite,
        pat: &ast::IdentPat,
        shape: &Shape,
    ) -> Result<Form, Left> {
        let uses = locals::uses_of(self.tree, pat);
        match shape {
            Shape::Value(Inner::Shared) => {
                let taken_apart =
                    |u: &Use| matches!(u, Use::Expr(p) if wants_only_owner(p.syntax()));
                if uses.iter().any(taken_apart) {
                    return Err(Left::new(
                        catalog::OWNED_VALUE,
                        "the `Arc` is taken apart later on, which takes its only owner, and the shared instance has others",
                    ));
                }
                let edits: Option<Vec<_>> = uses.iter().map(|u| self.fits_reference(u)).collect();
                match edits {
                    Some(edits) if pat.mut_token().is_none() && self.variants_fit(pat) => {
                        out.edits.extend(edits.into_iter().flatten());
                        Ok(Form::Reference)
                    }
                    _ => Ok(Form::Owned),
                }
            }
            Shape::Value(Inner::Bare) => {
                if pat.mut_token().is_some() {
                    return Err(needs_value());
                }
                for it in &uses {
                    self.bare_use(out, it)?;
                }
                Ok(Form::Reference)
            }
            Shape::Result(_) | Shape::Option(_) | Shape::Future(_) | Shape::Foreign(_) => {
                let name = pat.name().map(|n| n.text().to_string()).unwrap_or_default();
                for it in &uses {
                    let Use::Expr(path) = it else {
                        return Err(Left::new(
                            catalog::RESULT_USED,
                            format!("`{name}` is used in a macro that could not be read"),
                        ));
                    };
                    let text = Text {
                        string: name.clone(),
                        kept: vec![self.range(path)],
                    };
                    self.climb(
                        out,
                        ast::Expr::PathExpr(path.clone()),
                        shape.clone(),
                        text,
                        None,
                    )?;
                }
                Ok(Form::Reference)
            }
        }
    }

    /// Whether the uses of a variable that count as those of one which other builds bind fit a reference, too.
    fn variants_fit(&self, pat: &ast::IdentPat) -> bool {
        let uses = variants(pat).into_iter();
        let mut uses = uses.flat_map(|other| locals::uses_of(self.tree, &other));
        uses.all(|u| self.fits_reference(&u).is_some())
    }

    /// Whether a use of an `Arc` variable means the same if it is a reference to one; with the edits that it needs.
    fn fits_reference(&self, it: &Use) -> Option<Vec<Edit>> {
        let Use::Expr(path) = it else {
            return None;
        };
        let parent = path.syntax().parent()?;
        if let Some(call) = ast::MethodCallExpr::cast(parent) {
            let is_receiver = call.receiver().is_some_and(|r| r.syntax() == path.syntax());
            let name = call.name_ref()?;
            let name = name.text();
            return (is_receiver && (name == "clone" || api::METHODS.contains(&name)))
                .then(Vec::new);
        }
        let around = locals::borrow_around(path.syntax())?;
        if let Some(stmt) = locals::bound_again(&around, path.syntax()) {
            if let Some(edits) = self.without_braces(&stmt) {
                return Some(edits);
            }
            let edition = self.index.edition(self.file);
            let source = &self.index.workspace.file(self.file).text;
            let edit = layout::delete_statement(source, edition, self.tree.range(&stmt));
            return Some(vec![edit]);
        }
        if tree::has_attribute(&around) {
            return None;
        }
        let range = self.tree.range(&around);
        Some(vec![Edit::replace(range, self.source(self.range(path)))])
    }

    /// The edits that take a statement with the braces around it, of an argument or an initializer, where nothing but the
    /// last expression would be left between them.
    fn without_braces(&self, stmt: &SyntaxNode) -> Option<Vec<Edit>> {
        let list = stmt.parent().and_then(ast::StmtList::cast)?;
        let block = list.syntax().parent().and_then(ast::BlockExpr::cast)?;
        let tail = list.tail_expr()?;
        let around = block.syntax().parent()?.kind();
        let known = matches!(
            around,
            SyntaxKind::ARG_LIST | SyntaxKind::LET_STMT | SyntaxKind::RECORD_EXPR_FIELD
        );
        let plain = known
            && block.syntax().first_child().as_ref() == Some(list.syntax())
            && list.statements().count() == 1;
        let source = &self.index.workspace.file(self.file).text;
        let edition = self.index.edition(self.file);
        let around = layout::around_tail(self.tree, source, edition, &block, tail.syntax());
        let (head, rest, step) = around.filter(|_| plain)?;
        let mut edits = vec![Edit::delete(head), Edit::delete(rest)];
        edits.extend(layout::dedent(self.tree, tail.syntax(), step));
        Some(edits)
    }

    /// A use of a variable that held a coordinator by value.
    fn bare_use(&self, out: &mut Rewrite, it: &Use) -> Result<(), Left> {
        let Use::Expr(path) = it else {
            return Err(needs_value());
        };
        let parent = path.syntax().parent().ok_or_else(needs_value)?;
        if let Some(call) = ast::MethodCallExpr::cast(parent.clone()) {
            let is_receiver = call.receiver().is_some_and(|r| r.syntax() == path.syntax());
            let known = call
                .name_ref()
                .is_some_and(|n| api::METHODS.contains(&n.text()));
            if is_receiver && known {
                return Ok(());
            }
        }
        let only = ast::Expr::PathExpr(path.clone());
        let text = Text {
            string: self.source(self.range(path)).to_owned(),
            kept: vec![self.range(path)],
        };
        if let Some(call) = ast::MethodCallExpr::cast(parent.clone()) {
            let into = call.name_ref().is_some_and(|n| n.text() == "into");
            return match into && self.says_arc(call.syntax()) {
                true => self.climb(
                    out,
                    ast::Expr::MethodCallExpr(call),
                    Shape::Value(Inner::Shared),
                    text,
                    None,
                ),
                false => Err(needs_value()),
            };
        }
        let shared = match self.arc_call_around(&only) {
            Some(call) => Some(ast::Expr::CallExpr(call)),
            None => Some(only.clone()).filter(|arg| self.takes_into_arc(arg)),
        };
        if let Some(shared) = shared {
            return self.climb(out, shared, Shape::Value(Inner::Shared), text, None);
        }
        if parent.kind() == SyntaxKind::REF_EXPR {
            return self.climb(out, only, Shape::Value(Inner::Bare), text, None);
        }
        Err(needs_value())
    }

    /// The `Arc::new(…)` that an expression is the argument of.
    pub(super) fn arc_call_around(&self, arg: &ast::Expr) -> Option<ast::CallExpr> {
        let (list, _) = locals::argument_of(arg)?;
        let call = ast::CallExpr::cast(list.syntax().parent()?)?;
        self.is_arc_call(&call).then_some(call)
    }
}

/// The variables of the name that other builds bind, each in a statement of the same block.
fn variants(pat: &ast::IdentPat) -> Vec<ast::IdentPat> {
    let name = |p: &ast::IdentPat| p.name().map(|n| n.text().to_string());
    let is_cfg = |n: &SyntaxNode| tree::cfgs(n).next().is_some();
    let stmt = pat.syntax().parent().and_then(ast::LetStmt::cast);
    let Some(stmt) = stmt.filter(|s| is_cfg(s.syntax())) else {
        return Vec::new();
    };
    let siblings = stmt
        .syntax()
        .parent()
        .into_iter()
        .flat_map(|l| l.children());
    let others = siblings.filter(|n| n != stmt.syntax() && is_cfg(n));
    let others = others.filter_map(|n| ast::LetStmt::cast(n)?.pat());
    let others = others.filter_map(|p| match p {
        ast::Pat::IdentPat(other) => Some(other),
        _ => None,
    });
    others.filter(|other| name(other) == name(pat)).collect()
}

/// `Arc::try_unwrap(x)`, `Arc::get_mut(&mut x)` and their like.
pub(crate) fn wants_only_owner(read: &SyntaxNode) -> bool {
    const FUNCTIONS: &[&str] = &[
        "get_mut",
        "get_mut_unchecked",
        "into_inner",
        "make_mut",
        "try_unwrap",
        "unwrap_or_clone",
    ];
    let called = read
        .ancestors()
        .skip(1)
        .find(|n| n.kind() != SyntaxKind::REF_EXPR)
        .filter(|n| n.kind() == SyntaxKind::ARG_LIST)
        .and_then(|list| ast::CallExpr::cast(list.parent()?))
        .and_then(|call| match call.expr() {
            Some(ast::Expr::PathExpr(p)) => p.path()?.segment()?.name_ref(),
            _ => None,
        });
    called.is_some_and(|n| FUNCTIONS.contains(&n.text()))
}
