//! Variables that a task or a closure took over for reads that go: it goes on to hold what would end earlier otherwise, where
//! that can be seen.
//!
//! Belongs here: which variable a `move` block or closure no longer captures, and whether its end can be seen. Does not:
//! variables that nothing uses any more (`unused`).

use super::*;

/// Smart pointers: a read through one captures the pointer.
const POINTERS: &[&str] = &["Arc", "Box", "Guard", "Pin", "Rc"];

/// How a block or closure took a variable over.
enum Taken {
    /// As a pointer to this.
    Pointer(Type),
    /// As a value of this type.
    Value(Type),
}

impl Writer<'_, '_> {
    /// Names variables that would be captured no more, and whose end can be seen, where they were. Gives the
    /// variables.
    pub(super) fn captured(
        &mut self,
        held: &mut Vec<(FileId, SyntaxNode, String)>,
    ) -> Vec<(FileId, ast::IdentPat)> {
        let mut out = Vec::new();
        for (file, nodes) in self.dropped() {
            let Some(tree) = self.tree(file) else {
                continue;
            };
            let paths = nodes.iter().flat_map(|n| tree.descendants(n));
            for path in paths.filter_map(ast::PathExpr::cast) {
                let Some((scope, place)) = self.lost(file, &nodes, &path) else {
                    continue;
                };
                let known = (file, scope.clone(), place.clone());
                if held.contains(&known) {
                    continue;
                }
                held.push(known);
                let name = path.syntax().text().to_string();
                let pat = locals::binding_of(tree, path.syntax(), &name);
                out.extend(pat.map(|p| (file, p)));
                let line = format!("let _ = &{place};");
                let list = ast::BlockExpr::cast(scope.clone()).and_then(|b| b.stmt_list());
                let body = ast::ClosureExpr::cast(scope.clone()).and_then(|c| c.body());
                match (list, body) {
                    (Some(list), _) => self.insert_first(file, &list, &[line]),
                    (_, Some(ast::Expr::BlockExpr(body))) if body.modifier().is_none() => {
                        if let Some(list) = body.stmt_list() {
                            self.insert_first(file, &list, &[line]);
                        }
                    }
                    _ => self.make_block(file, &scope, &[line]),
                }
                let message = format!(
                    "`{place}` is named here for its end: only the coordinator was read of it, and it would end earlier"
                );
                let finding = Finding::new(
                    catalog::KEPT_CAPTURE,
                    file,
                    tree.range(path.syntax()),
                    message,
                );
                self.out.findings.push(finding.with_help(
                    "delete the line if nothing depends on when that ends, then what it was made of",
                ));
            }
        }
        out
    }

    /// The block or closure that captures a variable for dropped code alone, and what it captures of it, if its end can be
    /// seen.
    fn lost(
        &self,
        file: FileId,
        dropped: &[SyntaxNode],
        path: &ast::PathExpr,
    ) -> Option<(SyntaxNode, String)> {
        let tree = self.tree(file)?;
        let name = path.path()?;
        let is_self = name.syntax().text() == "self";
        let name = name.syntax().text().to_string();
        let is_move = |n: &SyntaxNode| {
            let block = ast::BlockExpr::cast(n.clone()).and_then(|b| b.move_token());
            let closure = ast::ClosureExpr::cast(n.clone()).and_then(|c| c.move_token());
            block.or(closure).is_some()
        };
        let mut around = tree.ancestors(path.syntax());
        let scope = around
            .by_ref()
            .take_while(|n| !ast::Fn::can_cast(n.kind()))
            .find(is_move)?;
        let within = tree.range(&scope);
        let pat = locals::binding_of(tree, path.syntax(), &name);
        if pat
            .as_ref()
            .is_some_and(|p| within.contains_range(tree.range(p.syntax())))
            || (pat.is_none() && !is_self)
        {
            return None;
        }
        let (place, taken) = self.place(file, path, pat.as_ref())?;
        // what else captures it
        let gone: Vec<TextRange> = dropped.iter().map(|n| tree.range(n)).collect();
        let stays = |range: TextRange| {
            within.contains_range(range) && !gone.iter().any(|g| g.contains_range(range))
        };
        let used = match &pat {
            Some(pat) => locals::uses_of(tree, pat).iter().any(|u| match u {
                Use::Expr(path) => stays(tree.range(path.syntax())) && touches(path, &place),
                Use::Opaque(token) => stays(tree.token_range(token)),
            }),
            None => {
                let tokens = scope.descendants_with_tokens();
                let tokens = tokens.filter_map(|e| e.into_token());
                let mut own = tokens.filter(|t| t.text() == "self");
                own.any(|t| stays(tree.token_range(&t)))
            }
        };
        if used || self.is_deleted(file, pat.as_ref()) {
            return None;
        }
        let seen = match &taken {
            Taken::Pointer(of) => self.is_watched(file, of) || ends::is_seen(self.infer, of),
            Taken::Value(of) => ends::is_seen(self.infer, of),
        };
        seen.then_some((scope, place))
    }

    /// Whether a variable goes with its slot, or with what it was made of.
    fn is_deleted(&self, file: FileId, pat: Option<&ast::IdentPat>) -> bool {
        let Some(pat) = pat else { return false };
        let gone = self.gone.get(&file).into_iter().flatten();
        let mut around = gone.map(SyntaxNode::text_range);
        self.goes(file, pat)
            || around.any(|r| r.contains_range(pat.syntax().text_range()))
            || self
                .decision
                .locals
                .get(&super::super::key_of(self.infer.index, file, pat.syntax()))
                == Some(&LocalState::Vanish)
    }

    /// What a read that starts with a variable captures of it.
    fn place(
        &self,
        file: FileId,
        path: &ast::PathExpr,
        pat: Option<&ast::IdentPat>,
    ) -> Option<(String, Taken)> {
        let mut taken = match pat {
            Some(pat) => self.variable(file, pat)?,
            None => self.receiver(file, path.syntax())?,
        };
        let mut place = ast::Expr::PathExpr(path.clone());
        let whole = self.infer.index.edition(file) < Edition::Edition2021;
        while let Taken::Value(of) = &taken {
            if whole || ends::has_drop(self.infer, of) {
                break;
            }
            // a pattern takes the parts that it binds
            let around = place.syntax().parent();
            let taken_apart = around.as_ref().is_some_and(|n| match n.kind() {
                SyntaxKind::LET_EXPR | SyntaxKind::MATCH_EXPR => true,
                _ => ast::LetStmt::cast(n.clone())
                    .is_some_and(|l| !matches!(l.pat(), Some(ast::Pat::IdentPat(_)))),
            });
            if taken_apart {
                return None;
            }
            let field = around.and_then(ast::FieldExpr::cast);
            let Some(field) = field else { break };
            // the coordinator itself
            let key = super::super::key_of(self.infer.index, file, field.syntax());
            if self.sites.at.contains_key(&key) {
                return None;
            }
            let name = field.name_ref()?;
            let ty = self.infer.field_of(of, name.text());
            place = ast::Expr::FieldExpr(field);
            taken = as_taken(ty)?;
        }
        Some((place.syntax().text().to_string(), taken))
    }

    /// How a variable holds what it holds. `None`: it borrows it, or that is not known.
    fn variable(&self, file: FileId, pat: &ast::IdentPat) -> Option<Taken> {
        let ty = self.infer.binding(file, pat);
        if is_upgraded(pat) {
            return Some(Taken::Pointer(ty.peeled().clone()));
        }
        let init = pat.syntax().parent().and_then(ast::LetStmt::cast);
        match init.and_then(|l| l.initializer()) {
            // `Arc::clone(self)`
            Some(ast::Expr::CallExpr(call)) => {
                let of = match call.expr() {
                    Some(ast::Expr::PathExpr(p)) => p.path().and_then(|p| p.qualifier()),
                    _ => None,
                };
                let of = of.and_then(|q| q.segment()?.name_ref());
                if of.is_some_and(|n| matches!(n.text(), "Arc" | "Rc")) {
                    return Some(Taken::Pointer(ty.peeled().clone()));
                }
                as_taken(ty)
            }
            Some(ast::Expr::MethodCallExpr(call))
                if call.name_ref().is_some_and(|n| n.text() == "clone") =>
            {
                let receiver = call.receiver()?;
                let of = self.receiver(file, receiver.syntax());
                match (receiver.syntax().text() == "self", of, ty) {
                    (true, Some(taken @ Taken::Pointer(_)), _) => Some(taken),
                    (true, ..) => None,
                    (_, _, Type::Ref(inner)) => as_taken(*inner),
                    (_, _, ty) => as_taken(ty),
                }
            }
            Some(ast::Expr::PathExpr(path)) if path.syntax().text() == "self" => {
                self.receiver(file, path.syntax())
            }
            _ => as_taken(ty),
        }
    }

    /// How the method around a place holds `self`; a reference to a pointer counts as one, for what is cloned of it.
    fn receiver(&self, file: FileId, node: &SyntaxNode) -> Option<Taken> {
        let tree = self.tree(file)?;
        let function = tree.ancestors(node).find_map(ast::Fn::cast)?;
        let own = function.param_list()?.self_param()?;
        let of = self.infer.self_type(file, node);
        match own.ty() {
            Some(ty) => {
                let text = ty.syntax().text().to_string();
                let cloned = node.parent().is_some_and(|n| {
                    ast::MethodCallExpr::cast(n)
                        .and_then(|c| c.name_ref())
                        .is_some_and(|n| n.text() == "clone")
                });
                let is_pointer = POINTERS.iter().any(|p| search::says(&text, p));
                match (text.starts_with('&'), is_pointer) {
                    (true, true) if cloned => Some(Taken::Pointer(of)),
                    (false, true) => Some(Taken::Pointer(of)),
                    _ => None,
                }
            }
            None => own.amp_token().is_none().then_some(Taken::Value(of)),
        }
    }

    /// Whether the code of a file's package may see that the last pointer to something is gone.
    fn is_watched(&self, file: FileId, of: &Type) -> bool {
        const WATCHES: &[&str] = &[
            "downgrade",
            "get_mut",
            "into_inner",
            "new_cyclic",
            "strong_count",
            "try_unwrap",
        ];
        let workspace = self.infer.index.workspace;
        let package = workspace.file(file).package;
        let name = match of {
            Type::Item(_, node, _) => super::super::infer::item_name(node),
            _ => None,
        };
        let watches = |at: FileId, call: &ast::CallExpr| {
            let path = match call.expr() {
                Some(ast::Expr::PathExpr(p)) => p.path(),
                _ => None,
            };
            let pointer = path
                .as_ref()
                .and_then(|p| p.qualifier()?.segment()?.name_ref());
            let called = path.and_then(|p| p.segment()?.name_ref());
            if pointer.is_none_or(|n| !["Arc", "Rc"].contains(&n.text()))
                || called.is_none_or(|n| !WATCHES.contains(&n.text()))
            {
                return false;
            }
            let arg = call.arg_list().and_then(|l| l.args().next());
            let ty = arg.map_or(Type::Unknown, |a| self.infer.expr(at, &a));
            match (ty.peeled(), of) {
                (Type::Item(f, n, _), Type::Item(file, node, _)) => f == file && n == node,
                (Type::Coordinator, _) => false,
                _ => name
                    .as_ref()
                    .is_none_or(|name| search::says(&workspace.file(at).text, name)),
            }
        };
        let files = workspace.files.iter().enumerate();
        let mut files = files.filter(|(_, f)| {
            f.package == package && WATCHES.iter().any(|w| search::says(&f.text, w))
        });
        files.any(|(i, _)| {
            let at = FileId(i);
            self.tree(at).is_some_and(|tree| {
                let nodes = tree.descendants(&tree.root).into_iter();
                let mut calls = nodes.filter_map(ast::CallExpr::cast);
                calls.any(|call| watches(at, &call))
            })
        })
    }
}

/// Whether a variable is what a `Weak` leads to.
fn is_upgraded(pat: &ast::IdentPat) -> bool {
    let around = pat.syntax().ancestors().skip(1);
    let of = around.into_iter().find(|n| !ast::Pat::can_cast(n.kind()));
    let init = of.and_then(|n| match n.kind() {
        SyntaxKind::LET_STMT => ast::LetStmt::cast(n)?.initializer(),
        SyntaxKind::LET_EXPR => ast::LetExpr::cast(n)?.expr(),
        SyntaxKind::MATCH_ARM => n.ancestors().find_map(ast::MatchExpr::cast)?.expr(),
        _ => None,
    });
    let calls = std::iter::successors(init, |e| match e {
        ast::Expr::MethodCallExpr(it) => it.receiver(),
        ast::Expr::TryExpr(it) => it.expr(),
        _ => None,
    });
    calls.into_iter().any(|e| match e {
        ast::Expr::MethodCallExpr(it) => it.name_ref().is_some_and(|n| n.text() == "upgrade"),
        _ => false,
    })
}

fn as_taken(ty: Type) -> Option<Taken> {
    match ty {
        Type::Outside(name, args) if POINTERS.contains(&name.as_str()) && !args.is_empty() => {
            let of = args.into_iter().next()?;
            Some(Taken::Pointer(of.peeled().clone()))
        }
        Type::Item(..) | Type::Tuple(_) | Type::Outside(..) => Some(Taken::Value(ty)),
        _ => None,
    }
}

/// Whether what starts with a variable may be a part of a place, or the place a part of it.
fn touches(path: &ast::PathExpr, place: &str) -> bool {
    let mut whole = path.syntax().clone();
    while let Some(field) = whole.parent().and_then(ast::FieldExpr::cast) {
        whole = field.syntax().clone();
    }
    let text = whole.text().to_string();
    let below = |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|r| r.starts_with('.'));
    below(&text, place) || below(place, &text)
}
