//! Variables that held what is gone.

use super::*;

impl<'a> Writer<'_, 'a> {
    pub(super) fn locals(&mut self) {
        let sites = self.sites;
        for (key, local) in &sites.locals {
            let uses = sites.by_local.get(key);
            match self.decision.locals.get(key) {
                Some(LocalState::Vanish) => {
                    self.discards(uses);
                    self.delete_binding(local.file, &local.stmt, &local.pat);
                }
                Some(LocalState::Sink) => {
                    self.discards(uses);
                    self.delete_binding(local.file, &local.stmt, &local.pat);
                    let Some(tree) = self.tree(local.file) else {
                        continue;
                    };
                    let owner = tree
                        .ancestors(local.stmt.syntax())
                        .find(|n| matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR));
                    let Some(owner) = owner else { continue };
                    let name = ast::HasName::name(&local.pat)
                        .map(|n| n.text().to_string())
                        .unwrap_or_default();
                    let remaining = self.remaining(uses);
                    self.bind(local.file, &name, remaining, &owner, Held::Owned, false);
                }
                _ => self.lighten(*key),
            }
        }
    }

    /// A variable that no longer needs an `Arc` of its own gives its `clone()` back.
    fn lighten(&mut self, key: Key) {
        let sites = self.sites;
        let local = &sites.locals[&key];
        let uses = sites.by_local.get(&key);
        let remaining = self.remaining(uses);
        let touched = remaining.len() < uses.map_or(0, Vec::len);
        let init = sites
            .roots
            .iter()
            .find(|r| matches!(r.landing, Landing::Local(..)) && r.local_key() == key);
        let Some(init) = init.filter(|r| r.source == Source::Accessor && r.value == Value::Arc)
        else {
            return;
        };
        if !touched || local.pat.mut_token().is_some() || !remaining.iter().all(fits_reference) {
            return;
        }
        let (Some(tree), Some(ast::Expr::MethodCallExpr(clone))) =
            (self.tree(local.file), init.outer.clone())
        else {
            return;
        };
        let Some(receiver) = clone.receiver() else {
            return;
        };
        let range = TextRange::new(
            tree.range(receiver.syntax()).end(),
            tree.range(clone.syntax()).end(),
        );
        self.push(local.file, Edit::delete(range));
        self.drop_type(local.file, &local.stmt, &local.pat);
        self.unborrow(local.file, &remaining);
        self.discards(uses);
    }

    /// A written type that the accessor's reference does not have.
    pub(super) fn drop_type(&mut self, file: FileId, stmt: &ast::LetStmt, pat: &ast::IdentPat) {
        if let (Some(tree), Some(ty)) = (self.tree(file), stmt.ty()) {
            let (start, end) = (
                tree.range(pat.syntax()).end(),
                tree.range(ty.syntax()).end(),
            );
            self.push(file, Edit::delete(TextRange::new(start, end)));
        }
    }

    /// Statements that only gave a coordinator up.
    pub(super) fn discards(&mut self, uses: Option<&Vec<usize>>) {
        for i in uses.into_iter().flatten() {
            let root = &self.sites.roots[*i];
            if let Landing::Discard(stmt) = &root.landing {
                self.delete_statement(root.file, stmt);
            }
        }
    }

    /// The braces of an argument or an initializer, between which nothing but the tail is left.
    pub(super) fn braces(&mut self) {
        let mut more: Vec<(FileId, TextRange)> = Vec::new();
        let mut moved: Vec<(FileId, SyntaxNode, usize)> = Vec::new();
        let mut all = self.gone.clone();
        for (file, again) in &self.again {
            all.entry(*file).or_default().extend(again.iter().cloned());
        }
        for (file, gone) in &all {
            let Some(tree) = self.tree(*file) else {
                continue;
            };
            let lists = gone.iter().filter_map(SyntaxNode::parent);
            for list in lists.filter_map(ast::StmtList::cast) {
                let block = list.syntax().parent().and_then(ast::BlockExpr::cast);
                let plain =
                    |b: &ast::BlockExpr| b.syntax().first_child().as_ref() == Some(list.syntax());
                let (Some(block), Some(tail)) = (block.filter(plain), list.tail_expr()) else {
                    continue;
                };
                let around = block.syntax().parent().map(|p| p.kind());
                let known = matches!(
                    around,
                    Some(
                        SyntaxKind::ARG_LIST | SyntaxKind::LET_STMT | SyntaxKind::RECORD_EXPR_FIELD
                    )
                );
                let plain = known && list.statements().all(|s| gone.contains(s.syntax()));
                let edition = self.infer.index.edition(*file);
                let (source, tail) = (self.source(*file), tail.syntax());
                let found = layout::around_tail(tree, source, edition, &block, tail);
                let Some((head, rest, step)) = found.filter(|_| plain) else {
                    continue;
                };
                let own = self.out.edits.get(file).into_iter().flatten();
                let writes = |e: &Edit| !e.insert.is_empty() && head.contains_range(e.range);
                if own.clone().any(writes) {
                    continue;
                }
                more.push((*file, head));
                more.push((*file, rest));
                // what follows on other lines stands one level further out now
                moved.push((*file, tail.clone(), step));
            }
        }
        more.sort_by_key(|(file, range)| (*file, range.start()));
        more.dedup();
        for (file, range) in more {
            self.push(file, Edit::delete(range));
        }
        for (file, tail, step) in moved {
            self.move_left(file, &tail, step);
        }
    }

    /// A variable goes: the statement that binds it, or its element of the tuple there.
    pub(super) fn delete_binding(
        &mut self,
        file: FileId,
        stmt: &ast::LetStmt,
        pat: &ast::IdentPat,
    ) {
        match tuple_element(pat) {
            Some((at, value)) => {
                let gone = self.gone.entry(file).or_default();
                gone.push(value.syntax().clone());
                let key = key_of(self.infer.index, file, stmt.syntax());
                let gone = self
                    .elements
                    .entry(key)
                    .or_insert_with(|| (stmt.clone(), Vec::new()));
                gone.1.push(at);
            }
            None => self.delete_statement(file, stmt.syntax()),
        }
    }

    /// The elements of `let (…) = (…);` that go.
    pub(super) fn tuples(&mut self) {
        for ((file, ..), (stmt, mut gone)) in std::mem::take(&mut self.elements) {
            gone.sort_unstable();
            gone.dedup();
            let (Some(ast::Pat::TuplePat(pat)), Some(ast::Expr::TupleExpr(tuple))) =
                (stmt.pat(), stmt.initializer())
            else {
                continue;
            };
            let pats: Vec<SyntaxNode> = pat.fields().map(|p| p.syntax().clone()).collect();
            let exprs: Vec<SyntaxNode> = tuple.fields().map(|e| e.syntax().clone()).collect();
            if gone.len() == pats.len() {
                self.delete_statement(file, stmt.syntax());
                continue;
            }
            self.delete(file, &pats, &gone);
            self.delete(file, &exprs, &gone);
        }
    }

    /// Deletes a statement; comments inside of it stay.
    pub(super) fn delete_statement(&mut self, file: FileId, stmt: &SyntaxNode) {
        let Some(tree) = self.tree(file) else { return };
        self.gone.entry(file).or_default().push(stmt.clone());
        let edition = self.infer.index.edition(file);
        let source = self.source(file);
        let edit = layout::delete_statement(source, edition, tree.range(stmt));
        self.push(file, edit);
        // one that says nothing of the bus is of what follows
        let name = ast::LetStmt::cast(stmt.clone()).and_then(|s| s.pat());
        let name = name.map(|p| p.syntax().text().to_string());
        let of_it = |comment: &str| {
            let comment = comment.to_lowercase();
            let mut words = search::words(&comment);
            words.any(|w| ["bus", "coordinator"].contains(&w) || name.as_deref() == Some(w))
        };
        if let Some(above) = layout::comment_lines_before(source, tree.range(stmt).start())
            && of_it(&source[above])
        {
            self.tell_of_comment(file, above);
        }
    }
}
