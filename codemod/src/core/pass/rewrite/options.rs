//! What an `Option` was asked that is always set.

use super::*;

impl<'a> Writer<'_, 'a> {
    /// Whether an `Option` that is never `None` holds something is written down.
    pub(super) fn told(&mut self, all: Option<&Vec<usize>>) {
        for i in all.into_iter().flatten() {
            let root = &self.sites.roots[*i];
            let Some(tree) = self.tree(root.file) else {
                continue;
            };
            match &root.landing {
                Landing::Told(node, Some(answer)) => {
                    self.write_whole(root.file, tree.range(node), answer.to_string());
                }
                Landing::Told(node, None) => self.delete_statement(root.file, node),
                Landing::Operand(node) => self.drop_operand(root.file, node),
                Landing::Copied(stmt, pat) => self.delete_binding(root.file, stmt, pat),
                _ => {}
            }
        }
    }

    /// What was done where an `Option` that is never `None` would be is told.
    pub(super) fn missing(&mut self, id: SlotId) {
        if !self.slots.all[id].form.is_option() {
            return;
        }
        let words = self.slots.all[id].words();
        for i in self.sites.by_slot.get(&id).into_iter().flatten() {
            let root = &self.sites.roots[*i];
            let (Some(tree), Some(outer)) = (self.tree(root.file), &root.outer) else {
                continue;
            };
            let around = root.node.ancestors();
            let within = outer.syntax().text_range();
            let around: Vec<SyntaxNode> = around
                .take_while(|n| within.contains_range(n.text_range()))
                .collect();
            let asks = |n: &SyntaxNode| {
                let call = ast::MethodCallExpr::cast(n.clone());
                let asks = call.is_some_and(|c| {
                    let name = c.name_ref();
                    name.is_some_and(|n| {
                        n.text() != "unwrap" && purity::asking(n.text(), &c).is_some()
                    })
                });
                let key = key_of(self.infer.index, root.file, n);
                asks || self.sites.leaving.contains_key(&key)
            };
            let range = match &root.landing {
                Landing::LetSome(stmt, _) => {
                    let block = stmt.let_else().and_then(|e| e.block_expr());
                    block.map(|b| tree.range(b.syntax()))
                }
                Landing::Branch(whole, some, _) => {
                    let all = without(whole, some).into_iter().map(|n| tree.range(&n));
                    all.reduce(TextRange::cover)
                }
                Landing::Guarded(it) => {
                    let gone = Guards::of(it).map(|g| g.gone);
                    let gone = gone.into_iter().flatten().map(|n| tree.range(&n));
                    gone.reduce(TextRange::cover)
                }
                Landing::Told(stmt, None) => {
                    let is_if = stmt.descendants().any(|n| ast::IfExpr::can_cast(n.kind()));
                    is_if.then(|| tree.range(stmt))
                }
                _ => around.iter().any(asks).then(|| tree.range(outer.syntax())),
            };
            let asked = match &root.landing {
                Landing::IfSome(it, _) => it.condition().map(|c| tree.range(c.syntax())),
                Landing::Chained(_, condition, _) => Some(tree.range(condition.syntax())),
                Landing::Told(node, Some(_)) | Landing::Operand(node) => Some(tree.range(node)),
                _ => None,
            };
            if let Some(range) = asked {
                let message = format!("whether there is a bus is not asked: {words} is always set");
                let finding = Finding::new(catalog::ERROR_PATH_GONE, root.file, range, message);
                self.out.findings.push(finding);
            }
            if let Some(range) = range {
                let message = format!("what is done without a bus is gone: {words} is always set");
                let finding = Finding::new(catalog::ERROR_PATH_GONE, root.file, range, message);
                self.out.findings.push(finding);
                self.out.dropped.push((root.file, range));
            }
        }
    }

    /// The binding that a pattern becomes which takes the bus out of an `Option`. Empty: nothing would use it.
    fn taken(&mut self, root: &Root, pat: &ast::IdentPat, whole: &SyntaxNode) -> String {
        let file = root.file;
        let (Some(tree), Some(name)) = (self.tree(file), ast::HasName::name(pat)) else {
            return String::new();
        };
        let uses = locals::uses_of(tree, pat);
        let dropped = |r: TextRange| {
            let of = |(f, e, s): &(FileId, ast::Expr, SlotId)| {
                *f == file && self.decision.removed(*s) && tree.range(e.syntax()).contains_range(r)
            };
            self.sites.flows.iter().any(of)
        };
        let unused = uses.iter().all(|u| match u {
            Use::Expr(path) => dropped(tree.range(path.syntax())),
            Use::Opaque(_) => false,
        });
        if unused {
            return String::new();
        }
        let only_reads = uses.iter().all(|u| match u {
            Use::Expr(path) => is_asked(path),
            Use::Opaque(_) => false,
        });
        let suffix = match root.value {
            Value::OptRef => "",
            _ if only_reads || pat.ref_token().is_some() => "",
            Value::OptBare => ".as_ref()",
            _ => ".clone()",
        };
        let own = name.text() == Item::Accessor.name();
        let accessor = self.accessor(file, whole, own);
        format!("let {} = {accessor}{suffix};", name.text())
    }

    /// A pattern that takes the bus out of an `Option` becomes a binding.
    pub(super) fn some(&mut self, root: &Root) {
        let file = root.file;
        if let Landing::Guarded(it) = &root.landing {
            self.guarded(root, it);
            return;
        }
        let (pat, whole) = match &root.landing {
            Landing::IfSome(it, pat) => (pat, it.syntax().clone()),
            Landing::LetSome(it, pat) => (pat, it.syntax().clone()),
            Landing::Branch(it, _, pat) => (pat, it.syntax().clone()),
            Landing::Chained(it, _, pat) => (pat, it.syntax().clone()),
            _ => return,
        };
        let (Some(tree), Some(name)) = (self.tree(file), ast::HasName::name(pat)) else {
            return;
        };
        let binding = self.taken(root, pat, &whole);
        let unused = binding.is_empty();
        let source = self.source(file);
        if let Landing::Branch(_, some, _) = &root.landing {
            self.branch(file, &whole, some, pat, &binding);
            return;
        }
        if let Landing::Chained(it, condition, _) = &root.landing {
            self.chained(file, it, condition, &binding);
            return;
        }
        let Landing::IfSome(it, _) = &root.landing else {
            if unused {
                self.delete_statement(file, &whole);
                return;
            }
            self.write_whole(file, tree.range(&whole), binding);
            return;
        };
        let Some(list) = it.then_branch().and_then(|b| b.stmt_list()) else {
            return;
        };
        let (Some(open), Some(close)) = (list.l_curly_token(), list.r_curly_token()) else {
            return;
        };
        let start = tree.range(&whole).start();
        let head = TextRange::new(start, tree.token_range(&open).end());
        self.whole.entry(file).or_default().push(head);
        let newline = layout::newline(source);
        let indent = layout::indent_at(source, start);
        let gap = close
            .prev_token()
            .filter(|t| t.kind() == SyntaxKind::WHITESPACE && t.text().contains('\n'));
        let (true, Some(gap)) = (can_flatten(tree, it.syntax(), &list, name.text()), gap) else {
            let inner = format!("{newline}{indent}{}", layout::indent_step(source));
            let text = match unused {
                true => "{".to_owned(),
                false if gap_after(source, head).contains('\n') => format!("{{{inner}{binding}"),
                false => format!("{{ {binding}"),
            };
            self.push(file, Edit::replace(head, text));
            return;
        };
        let blanks = gap_after(source, head);
        let head = match unused {
            true => TextRange::new(head.start(), head.end() + TextSize::of(blanks)),
            false => head,
        };
        self.push(file, Edit::replace(head, binding));
        let step = layout::indent_step(source).len();
        for edit in layout::dedent(tree, list.syntax(), step) {
            let last = tree.token_range(&gap);
            if !last.contains_range(edit.range) && !head.contains_range(edit.range) {
                self.push(file, edit);
            }
        }
        let tail = TextRange::new(
            tree.token_range(&gap).start(),
            tree.token_range(&close).end(),
        );
        self.push(file, Edit::delete(tail));
    }

    /// Writes the accessor where a variable has its only use, if it may be asked for there.
    fn asks_at_read(&mut self, file: FileId, pat: &ast::IdentPat, within: &ast::Expr) -> bool {
        let Some(tree) = self.tree(file) else {
            return false;
        };
        let Some(read) = self.sole_read(tree, file, pat, within) else {
            return false;
        };
        let own = ast::HasName::name(pat).is_some_and(|n| n.text() == Item::Accessor.name());
        let accessor = self.accessor(file, &read, own);
        self.push(file, Edit::replace(tree.range(&read), accessor));
        true
    }

    /// The only use of a variable, if a method is called on it there, once, where it can be asked for.
    fn sole_read(
        &self,
        tree: &FileTree,
        file: FileId,
        pat: &ast::IdentPat,
        within: &ast::Expr,
    ) -> Option<SyntaxNode> {
        let uses = locals::uses_of(tree, pat);
        let [Use::Expr(path)] = uses.as_slice() else {
            return None;
        };
        let around = tree.ancestors(path.syntax());
        let mut around = around.take_while(|n| n != within.syntax());
        let again = around.any(|n| {
            matches!(
                n.kind(),
                SyntaxKind::CLOSURE_EXPR
                    | SyntaxKind::LOOP_EXPR
                    | SyntaxKind::WHILE_EXPR
                    | SyntaxKind::FOR_EXPR
            )
        });
        let here = matches!(hoist::reach(self.infer, file, path.syntax()), Reach::Here);
        (is_asked(path) && here && !again).then(|| path.syntax().clone())
    }

    /// A condition that always holds goes from those of its `if`.
    fn chained(&mut self, file: FileId, it: &ast::IfExpr, condition: &ast::LetExpr, binding: &str) {
        self.drop_operand(file, condition.syntax());
        let list = it.then_branch().and_then(|b| b.stmt_list());
        if let Some(list) = list.filter(|_| !binding.is_empty()) {
            let lines = [binding.to_owned()];
            self.insert_first(file, &list, &lines);
        }
    }

    /// An operand goes with its operator.
    fn drop_operand(&mut self, file: FileId, operand: &SyntaxNode) {
        let (Some(tree), Some(around)) = (
            self.tree(file),
            operand.parent().and_then(ast::BinExpr::cast),
        ) else {
            return;
        };
        let own = tree.range(operand);
        let range = match (around.lhs(), around.rhs()) {
            (Some(lhs), Some(rhs)) if lhs.syntax() == operand => {
                TextRange::new(own.start(), tree.range(rhs.syntax()).start())
            }
            (Some(lhs), Some(_)) => TextRange::new(tree.range(lhs.syntax()).end(), own.end()),
            _ => return,
        };
        self.write_whole(file, range, String::new());
    }

    /// A `match` whose arms have guards becomes an `if`.
    fn guarded(&mut self, root: &Root, it: &ast::MatchExpr) {
        let file = root.file;
        let (Some(tree), Some(guards)) = (self.tree(file), Guards::of(it)) else {
            return;
        };
        let source = self.source(file);
        let whole = tree.range(it.syntax());
        let newline = layout::newline(source);
        let indent = layout::indent_at(source, whole.start());
        let gap = format!("{newline}{indent}{}", layout::indent_step(source));
        let parent = it.syntax().parent().map(|p| p.kind());
        let is_stmt = parent == Some(SyntaxKind::EXPR_STMT);
        let is_last = parent == Some(SyntaxKind::STMT_LIST);
        let mut at = whole.start();
        let mut head = String::new();
        for (i, arm) in guards.arms.iter().enumerate() {
            let (guard, body) = (&arm.asks, &arm.body);
            let range = tree.range(body.syntax());
            let text = &source[std::ops::Range::from(range)];
            let block = match body {
                ast::Expr::BlockExpr(b) if b.modifier().is_none() => b.stmt_list(),
                _ => None,
            };
            let is_unit = text == "()"
                || block.as_ref().is_some_and(|l| {
                    l.syntax().first_child().is_none() && !has_comment(l.syntax())
                });
            if guard.is_none() && is_unit && (is_stmt || is_last) {
                break;
            }
            if i > 0 {
                head.push_str(" else ");
            }
            if let Some(guard) = guard {
                head.push_str("if ");
                let range = tree.range(guard.syntax());
                self.write_whole(
                    file,
                    TextRange::new(at, range.start()),
                    std::mem::take(&mut head),
                );
                at = range.end();
                head.push(' ');
            }
            let mut binding = match &arm.pat {
                Some(pat) => self.taken(root, pat, body.syntax()),
                None => String::new(),
            };
            let only = block
                .as_ref()
                .is_none_or(|l| l.statements().next().is_none());
            let pat = arm.pat.as_ref().filter(|_| only);
            if pat.is_some_and(|pat| self.asks_at_read(file, pat, body)) {
                binding = String::new();
            }
            match &block {
                Some(list) => {
                    self.write_whole(
                        file,
                        TextRange::new(at, range.start()),
                        std::mem::take(&mut head),
                    );
                    if let Some(open) = list.l_curly_token().filter(|_| !binding.is_empty()) {
                        let open = tree.token_range(&open);
                        let gap = match gap_after(source, open).contains('\n') {
                            true => gap.as_str(),
                            false => " ",
                        };
                        self.push(file, Edit::insert(open.end(), format!("{gap}{binding}")));
                    }
                    for edit in
                        layout::dedent(tree, list.syntax(), layout::indent_step(source).len())
                    {
                        self.push(file, edit);
                    }
                }
                None => {
                    head.push_str(&format!("{{{gap}"));
                    if !binding.is_empty() {
                        head.push_str(&format!("{binding}{gap}"));
                    }
                    self.write_whole(
                        file,
                        TextRange::new(at, range.start()),
                        std::mem::take(&mut head),
                    );
                    head = format!("{}{newline}{indent}}}", if is_stmt { ";" } else { "" });
                }
            }
            at = range.end();
        }
        self.write_whole(file, TextRange::new(at, whole.end()), head);
    }

    /// What is done with what is in an `Option` takes the place of an `if` or `match` that has more.
    fn branch(
        &mut self,
        file: FileId,
        whole: &SyntaxNode,
        some: &ast::Expr,
        pat: &ast::IdentPat,
        binding: &str,
    ) {
        let name = ast::HasName::name(pat).map(|n| n.text().to_string());
        let name = name.as_deref().unwrap_or_default();
        let (Some(tree), Some(parent)) = (self.tree(file), whole.parent()) else {
            return;
        };
        let source = self.source(file);
        let block = match some {
            ast::Expr::BlockExpr(it) if it.modifier().is_none() => it.stmt_list(),
            _ => None,
        };
        let brackets = block
            .as_ref()
            .and_then(|l| Some((l.l_curly_token()?, l.r_curly_token()?)));
        let range = tree.range(whole);
        // what stays
        let inner = match &brackets {
            Some((open, close)) => TextRange::new(
                tree.token_range(open).end(),
                tree.token_range(close).start(),
            ),
            None => tree.range(some.syntax()),
        };
        let text = &source[std::ops::Range::from(inner)];
        let newline = layout::newline(source);
        let indent = layout::indent_at(source, range.start());
        let start = inner.start() + TextSize::of(&text[..text.len() - text.trim_start().len()]);
        let end = inner.start() + TextSize::of(text.trim_end());
        let further = layout::indent_at(source, start).len();
        let further = further.saturating_sub(indent.len());
        // what a macro is given is no statement
        let piece = tree.is_macro_piece(whole);
        let stmt = match parent.kind() {
            SyntaxKind::EXPR_STMT => Some(parent.clone()),
            SyntaxKind::STMT_LIST if !piece => Some(whole.clone()),
            _ => None,
        };
        let empty = text.trim().is_empty();
        let left = match ast::IfExpr::cast(whole.clone()) {
            Some(it) if it.else_branch().is_none() => sites::left_by(&it),
            _ => None,
        };
        let is_last = left.is_some() || stmt.as_ref().is_some_and(|s| s.next_sibling().is_none());
        let list = block.filter(|_| !empty);
        let flat = match (&stmt, &list) {
            (None, _) => false,
            (_, Some(list)) => left.is_some() || can_flatten(tree, whole, list, name),
            (Some(stmt), None) => is_last || is_free_beside(tree, whole, stmt.clone(), name),
        };
        let only = list
            .as_ref()
            .is_none_or(|l| l.statements().next().is_none());
        let binding = match !flat && only && self.asks_at_read(file, pat, some) {
            true => "",
            false => binding,
        };
        let edition = self.infer.index.edition(file);
        let before = TextRange::new(range.start(), start.min(range.end()));
        let comments = layout::comments_in(source, edition, before, &[]);
        let ended = ["}", ";"].iter().any(|e| text.trim_end().ends_with(e));
        let semicolon = ast::ExprStmt::cast(parent.clone()).map(|s| s.semicolon_token());
        let (head, tail, step);
        let lines = comments.into_iter().chain([binding.to_owned()]);
        let lines: Vec<String> = lines.filter(|l| !l.is_empty()).collect();
        // what is behind an `else` is a block
        let is_else = ast::IfExpr::can_cast(parent.kind());
        if flat || (lines.is_empty() && only && !empty && !is_else) {
            let lines = lines.iter().map(|l| format!("{l}{newline}{indent}"));
            head = lines.collect();
            let is_last_of_unit = left.is_none() && !piece && gives_nothing(&parent);
            let more = (matches!(semicolon, Some(None)) || is_last_of_unit) && !ended;
            tail = if more { ";".to_owned() } else { String::new() };
            step = further;
        } else if !empty {
            let gap = format!("{newline}{indent}{}", layout::indent_step(source));
            let lines = lines.iter().map(|l| format!("{l}{gap}"));
            head = format!("{{{gap}{}", lines.collect::<String>());
            tail = format!("{newline}{indent}}}");
            step = further.saturating_sub(layout::indent_step(source).len());
        } else {
            (head, tail) = ("{".to_owned(), "}".to_owned());
            step = 0;
        }
        let mut behind = TextRange::new(end.max(before.end()), range.end());
        if let Some(Some(semicolon)) = semicolon.filter(|_| flat && ended) {
            behind = behind.cover(tree.token_range(&semicolon));
        }
        if let Some((rest, leave)) = &left {
            behind = rest.iter().fold(behind, |r, n| r.cover(tree.range(n)));
            behind = self.without_leave(file, leave, behind);
        }
        let taken = self.whole.entry(file).or_default();
        taken.extend([before, behind]);
        self.push(file, Edit::replace(before, head));
        self.push(file, Edit::replace(behind, tail));
        for edit in layout::dedent(tree, some.syntax(), step) {
            if !before.contains_range(edit.range) && !behind.contains_range(edit.range) {
                self.push(file, edit);
            }
        }
    }

    /// What a block gives instead of leaving by it at its end, and what is taken behind that.
    fn without_leave(&mut self, file: FileId, leave: &ast::Expr, behind: TextRange) -> TextRange {
        let Some(tree) = self.tree(file) else {
            return behind;
        };
        let whole = tree.range(leave.syntax());
        let given = match leave {
            ast::Expr::ReturnExpr(it) => it.expr(),
            _ => None,
        };
        let source = self.source(file);
        let stmt = tree::statement(leave.syntax());
        let made = given
            .as_ref()
            .and_then(|e| self.made_for(file, &stmt, e.syntax(), false));
        if let Some((made, init)) = made {
            let (made, init) = (tree.range(&made), tree.range(&init));
            self.push(
                file,
                Edit::delete(TextRange::new(made.start(), init.start())),
            );
            return TextRange::new(init.end(), behind.end());
        }
        match given.map(|e| tree.range(e.syntax())) {
            Some(given) => {
                let keyword = TextRange::new(whole.start(), given.start());
                self.push(file, Edit::delete(keyword));
                TextRange::new(given.end(), behind.end())
            }
            None => {
                let before = source[..usize::from(whole.start())].trim_end();
                TextRange::new(TextSize::of(before), behind.end())
            }
        }
    }
}

/// Whether a list of statements is what a function or a loop runs, that gives nothing.
fn gives_nothing(list: &SyntaxNode) -> bool {
    let around = list.parent().and_then(|b| b.parent());
    around.is_some_and(|n| match ast::Fn::cast(n.clone()) {
        Some(function) => function.ret_type().is_none(),
        None => matches!(n.kind(), SyntaxKind::FOR_EXPR | SyntaxKind::WHILE_EXPR),
    })
}

/// Whether the statements of a branch may stand beside those around it.
fn can_flatten(tree: &FileTree, whole: &SyntaxNode, list: &ast::StmtList, name: &str) -> bool {
    let stmt = tree::statement(whole);
    let is_last = stmt.next_sibling().is_none();
    let binds = list
        .statements()
        .any(|s| !matches!(s, ast::Stmt::ExprStmt(_)));
    let free = is_free_beside(tree, list.syntax(), stmt, name);
    let unit = list.tail_expr().is_none() || is_last;
    unit && (is_last || (!binds && free))
}

/// Whether a method of the coordinator is called on a variable.
fn is_asked(path: &ast::PathExpr) -> bool {
    let call = path.syntax().parent().and_then(ast::MethodCallExpr::cast);
    call.is_some_and(|c| {
        let name = c.name_ref();
        let known = name.is_some_and(|n| api::METHODS.contains(&n.text()));
        known && c.receiver().is_some_and(|r| r.syntax() == path.syntax())
    })
}

/// Whether a variable of the name may be bound beside a statement.
fn is_free_beside(tree: &FileTree, list: &SyntaxNode, stmt: SyntaxNode, name: &str) -> bool {
    let around = Hoist {
        first: false,
        list: list.clone(),
        stmt,
        closure: false,
    };
    hoist::free_name(tree, &around, &[(name.to_owned(), true)], |_| false).is_some()
}

/// What a branch has besides what is done with what is in an `Option`.
pub(super) fn without(whole: &ast::Expr, some: &ast::Expr) -> Vec<SyntaxNode> {
    let own = |n: &SyntaxNode| !n.text_range().contains_range(some.syntax().text_range());
    match whole {
        ast::Expr::IfExpr(it) => match it.else_branch() {
            Some(ast::ElseBranch::Block(b)) => vec![b.syntax().clone()],
            Some(ast::ElseBranch::IfExpr(_)) => Vec::new(),
            None => sites::left_by(it).map_or(Vec::new(), |(rest, _)| rest),
        },
        ast::Expr::MatchExpr(it) => {
            let arms = it.match_arm_list().into_iter().flat_map(|l| l.arms());
            arms.map(|a| a.syntax().clone()).filter(own).collect()
        }
        _ => Vec::new(),
    }
}
