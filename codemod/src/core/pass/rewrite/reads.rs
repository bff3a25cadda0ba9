//! The accessor where a field or a result was read.

use super::*;

/// What a variable is called for a field or for what a function gives: `bus` for `require_bus` and `bus_ref`.
fn variable_name(slot: &Slot) -> String {
    const BEFORE: &[&str] = &["ensure_", "expect_", "get_", "require_", "take_"];
    const BEHIND: &[&str] = &["_arc", "_ref"];
    let mut name = slot.led_to.as_deref().unwrap_or(&slot.name);
    if slot.kind == Kind::Return {
        let inner = BEFORE.iter().find_map(|b| name.strip_prefix(b));
        name = inner.unwrap_or(name);
        let inner = BEHIND.iter().find_map(|b| name.strip_suffix(b));
        name = inner.unwrap_or(name);
    }
    name.to_owned()
}

impl<'a> Writer<'_, 'a> {
    pub(super) fn field_reads(&mut self, id: SlotId) {
        let all = self.sites.by_slot.get(&id);
        let mut thinned = Vec::new();
        for i in all.into_iter().flatten() {
            let root = &self.sites.roots[*i];
            // assignments go
            let whole = root.node.parent().filter(|n| {
                let parent = n.parent().map(|p| p.kind());
                ast::BinExpr::can_cast(n.kind()) && parent == Some(SyntaxKind::MATCH_ARM)
            });
            if root.landing == Landing::Target
                && let (Some(whole), Some(tree)) = (&whole, self.tree(root.file))
            {
                let edition = self.infer.index.edition(root.file);
                let (source, mut range) = (self.source(root.file), tree.range(whole));
                let comments = layout::comments_in(source, edition, range, &[]);
                let line = layout::newline(source);
                let indent = layout::indent_at(source, range.start());
                let step = layout::indent_step(source);
                let one = |c: &String| format!("{line}{indent}{step}{c}");
                let left: String = comments.iter().map(one).collect();
                let left = match left.as_str() {
                    "" => "{}".to_owned(),
                    some => format!("{{{some}{line}{indent}}}"),
                };
                // a block has no comma behind it
                let arm = whole.parent().and_then(ast::MatchArm::cast);
                let comma = arm.and_then(|a| a.comma_token());
                let comma = comma.map(|t| tree.token_range(&t));
                if let Some(comma) = comma.filter(|c| c.start() == range.end()) {
                    range = range.cover(comma);
                }
                self.write_whole(root.file, range, left);
                self.needless_mut(root);
                continue;
            }
            if root.landing == Landing::Target
                && let Some(stmt) = root
                    .node
                    .ancestors()
                    .find(|n| n.kind() == SyntaxKind::EXPR_STMT)
            {
                self.delete_statement(root.file, &stmt);
                let mut_goes = self.needless_mut(root);
                thinned.extend(Thinned::of(root.file, &stmt, mut_goes));
            }
        }
        for it in thinned {
            self.made_and_given(&it);
        }
        self.told(all);
        self.discards(all);
        self.missing(id);
        let name = variable_name(&self.slots.all[id]);
        for root in self.remaining(all) {
            self.plumbing(&root);
            if root.landing.takes_apart() {
                self.some(&root);
                continue;
            }
            match hoist::reach(self.infer, root.file, &root.node) {
                Reach::Before(hoist) => self.hoisted.push((root, hoist, name.clone())),
                _ => self.inlined.push((root, name.clone())),
            }
        }
    }

    /// What touched the error of a function that cannot fail is told.
    fn plumbing(&mut self, root: &Root) {
        let (Some(tree), Some(expr), Some(outer)) = (self.tree(root.file), &root.expr, &root.outer)
        else {
            return;
        };
        let between = expr.syntax().ancestors().skip(1);
        let names: Vec<String> = between
            .take_while(|n| outer.syntax().text_range().contains_range(n.text_range()))
            .filter_map(ast::MethodCallExpr::cast)
            .filter(|c| {
                let name = c.name_ref();
                name.is_some_and(|n| purity::unwrapping(n.text(), c).is_some())
            })
            .filter_map(|c| Some(c.name_ref()?.text().to_string()))
            .collect();
        let leaves = (expr.syntax().ancestors())
            .take_while(|n| outer.syntax().text_range().contains_range(n.text_range()))
            .any(|n| ast::TryExpr::can_cast(n.kind()));
        let option = match root.source {
            Source::Slot(slot) => Some(&self.slots.all[slot]).filter(|s| s.form.is_option()),
            _ => None,
        };
        let asked = option.filter(|_| leaves && names.is_empty()).map(|s| {
            let words = s.words();
            format!("what `?` does without a bus is gone: {words} is always set")
        });
        if let Some(message) = behaviour::error_path_gone(&names).or(asked) {
            let range = tree.range(outer.syntax());
            let finding = Finding::new(catalog::ERROR_PATH_GONE, root.file, range, message);
            self.out.findings.push(finding);
        }
    }

    /// Reads that ask where they stand; several in one statement, or in statements of one list, ask once, before them.
    pub(super) fn inlined(&mut self) {
        type Around = Option<(Hoist, Option<SyntaxNode>)>;
        let all = std::mem::take(&mut self.inlined);
        let around: Vec<Around> = all
            .iter()
            .map(|(root, _)| {
                if let Landing::Local(..) = root.landing {
                    return None;
                }
                let hoist = hoist::around(self.infer, root.file, &root.node)?;
                let mut inside = self.tree(root.file)?.ancestors(&root.node);
                // one arm of a `match` asks for itself
                let arm = (inside.by_ref())
                    .take_while(|n| *n != hoist.stmt)
                    .find(|n| ast::MatchArm::can_cast(n.kind()));
                Some((hoist, arm))
            })
            .collect();
        let key = |(hoist, arm): &(Hoist, Option<SyntaxNode>)| match arm {
            Some(arm) => (hoist.stmt.clone(), Some(arm.clone())),
            None => (hoist.list.clone(), None),
        };
        let mut counts: HashMap<(SyntaxNode, Option<SyntaxNode>), usize> = HashMap::new();
        for it in around.iter().flatten() {
            *counts.entry(key(it)).or_default() += 1;
        }
        for ((root, name), own) in all.into_iter().zip(around) {
            let hoist = match own {
                Some(it) if counts[&key(&it)] > 1 => Some(it.0),
                Some(_) => self.bound_around(&root),
                None => None,
            };
            match hoist {
                Some(hoist) => self.hoisted.push((root, hoist, name)),
                None => {
                    let accessor = self.accessor(root.file, &root.node, false);
                    self.inline(&root, &accessor);
                }
            }
        }
    }

    /// Where the bus is bound for another read, before this one and for the same future.
    fn bound_around(&self, root: &Root) -> Option<Hoist> {
        let tree = self.tree(root.file)?;
        let scope = |node: &SyntaxNode| {
            let scopes = await_scopes(self.infer, root.file, node, None);
            scopes.into_iter().next()
        };
        let own = scope(&root.node);
        let lists: Vec<SyntaxNode> = tree.ancestors(&root.node).collect();
        let serves = |(other, hoist, _): &&(Root, Hoist, String)| {
            other.file == root.file
                && lists.contains(&hoist.list)
                && tree.range(&hoist.stmt).start() <= tree.range(&root.node).start()
                && scope(&other.node) == own
        };
        self.hoisted
            .iter()
            .find(serves)
            .map(|(_, hoist, _)| hoist.clone())
    }

    /// Reads in loops and in closures that cannot await: one binding for all in a statement list.
    pub(super) fn hoisted(&mut self) {
        let mut all = std::mem::take(&mut self.hoisted);
        all.sort_by_key(|(root, ..)| (root.file, root.start));
        while let Some((first, hoist, name)) = all.first().cloned() {
            let same = |h: &Hoist| h.list == hoist.list;
            let (own, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, h, _)| same(h));
            all = rest;
            // before the first of them
            let starts = own.iter().map(|(_, h, _)| h.clone());
            let hoist = starts
                .min_by_key(|h| h.stmt.text_range().start())
                .unwrap_or(hoist);
            let file = first.file;
            let Some(tree) = self.tree(file) else {
                continue;
            };
            let mut names: Vec<(String, bool)> = Vec::new();
            for (root, ..) in &own {
                if let Landing::Local(_, pat) = &root.landing
                    && let Some(name) = ast::HasName::name(pat)
                {
                    names.push((name.text().to_string(), true));
                }
            }
            let others = [name.as_str(), "coordinator", "bus", "shared_coordinator"];
            let is_name = |n: &&&str| !n.starts_with(|c: char| c.is_ascii_digit());
            names.extend(
                others
                    .iter()
                    .filter(is_name)
                    .map(|n| ((*n).to_owned(), false)),
            );
            let reads = || own.iter().map(|(root, ..)| root);
            let known = self.bound_before(reads());
            if let Some(name) = known.or_else(|| self.bound_here(file, &hoist, reads())) {
                for (root, ..) in &own {
                    self.inline(root, &name);
                }
                continue;
            }
            let name = (self.bound_name(file, &hoist.stmt, own.iter().map(|(root, ..)| root)))
                .or_else(|| self.sole_local(tree, &hoist, own.iter().map(|(root, ..)| root)))
                .or_else(|| {
                    let goes = |t: &SyntaxToken| self.is_of_what_goes(file, tree, t);
                    hoist::free_name(tree, &hoist, &names, goes)
                });
            let Some(name) = name else {
                for (root, hoist, _) in &own {
                    let accessor = self.accessor(file, &hoist.stmt, false);
                    self.inline(root, &accessor);
                }
                continue;
            };
            let start = tree.range(&hoist.stmt).start();
            let bound = (file, hoist.list.clone(), start, name.clone());
            self.bound.push(bound);
            let accessor = self.accessor(file, &hoist.stmt, false);
            let source = self.source(file);
            let at = hoist::place(source, tree, &hoist.stmt);
            let line = layout::line_start(source, at);
            let alone = source[TextRange::new(line, at)].trim().is_empty();
            let in_line = (ast::StmtList::cast(hoist.list.clone())).filter(|_| !alone);
            let gap = match alone {
                true => format!(
                    "{}{}",
                    layout::newline(source),
                    layout::indent_at(source, at)
                ),
                false => " ".to_owned(),
            };
            // the statement that it would stand before may go
            match ast::StmtList::cast(hoist.list.clone()).filter(|_| hoist.first) {
                Some(list) => {
                    self.insert_first(file, &list, &[format!("let {name} = {accessor};")]);
                }
                None => {
                    let text = format!("let {name} = {accessor};{gap}");
                    self.push(file, Edit::insert(at, text));
                    if let Some(list) = in_line {
                        self.pressed(file, &list, at);
                    }
                }
            }
            for (root, ..) in &own {
                self.inline(root, &name);
            }
        }
    }

    /// A variable that the accessor is bound to on the way, and that all of these reads can see.
    fn bound_here<'r>(
        &self,
        file: FileId,
        hoist: &Hoist,
        roots: impl Iterator<Item = &'r Root> + Clone,
    ) -> Option<String> {
        let tree = self.tree(file)?;
        let of_file = |it: &&(FileId, SyntaxNode, TextSize, String)| it.0 == file;
        let mut all = self.bound.iter().filter(of_file);
        let found = all.find(|(_, list, start, name)| {
            // what runs later, or elsewhere, has to take it along
            let within = |node: &SyntaxNode| {
                let around: Vec<SyntaxNode> = tree.ancestors(node).collect();
                let at = around.iter().position(|n| n == list);
                let takes = |n: &SyntaxNode| match n.kind() {
                    SyntaxKind::CLOSURE_EXPR => {
                        ast::ClosureExpr::cast(n.clone()).is_some_and(|c| c.move_token().is_some())
                    }
                    SyntaxKind::BLOCK_EXPR => ast::BlockExpr::cast(n.clone())
                        .is_some_and(|b| b.async_token().is_none() || b.move_token().is_some()),
                    kind => kind != SyntaxKind::FN,
                };
                at.is_some_and(|at| around[..at].iter().all(takes))
            };
            let sees = |node: &SyntaxNode| {
                let of = locals::binding_of(tree, node, name);
                of.is_none_or(|pat| self.goes(file, &pat))
            };
            let first = tree.range(&hoist.stmt).start();
            let mut reads = roots.clone();
            first >= *start && reads.all(|r| within(&r.node) && sees(&r.node))
        });
        found.map(|(.., name)| name.clone())
    }

    /// Whether a name is a field's label, or that of a variable that goes with all of its uses.
    fn is_of_what_goes(&self, file: FileId, tree: &FileTree, token: &SyntaxToken) -> bool {
        let Some(mut name) = token.parent() else {
            return false;
        };
        // what a macro is given is read as Rust beside it
        if ast::TokenTree::can_cast(name.kind()) {
            let range = tree.token_range(token);
            let nodes = tree.around(Some(&[range.start()])).into_iter();
            let mut own = nodes.filter(|n| ast::NameRef::can_cast(n.kind()));
            name = match own.find(|n| tree.range(n) == range) {
                Some(own) => own,
                None => return false,
            };
        }
        let around = name.parent();
        let pat = match ast::NameRef::cast(name) {
            Some(name) => {
                let label = around.as_ref().is_some_and(|n| {
                    matches!(
                        n.kind(),
                        SyntaxKind::RECORD_EXPR_FIELD | SyntaxKind::RECORD_PAT_FIELD
                    )
                });
                if label {
                    return true;
                }
                let path = name.syntax().ancestors().find_map(ast::PathExpr::cast);
                path.filter(|p| locals::is_name(p, name.text()))
                    .and_then(|p| locals::binding_of(tree, p.syntax(), name.text()))
            }
            None => around.and_then(ast::IdentPat::cast),
        };
        pat.is_some_and(|pat| {
            let key = key_of(self.infer.index, file, pat.syntax());
            let vanishes = self.decision.locals.get(&key) == Some(&LocalState::Vanish);
            let mut lists = self.sites.lists.iter().filter(|l| l.file == file);
            let removed = |l: &List| l.slot_of(&pat).is_some_and(|s| self.decision.removed(s));
            vanishes || lists.any(removed)
        })
    }

    /// A variable that holds what the accessor gives where all of these reads stand.
    fn bound_before<'r>(&self, roots: impl Iterator<Item = &'r Root> + Clone) -> Option<String> {
        let file = roots.clone().next()?.file;
        let tree = self.tree(file)?;
        let accessor = format!("{}().await", Item::Accessor.name());
        let holds = |(key, local): &(&Key, &sites::Local)| {
            let init = local.init.as_ref().map(|e| e.syntax().text().to_string());
            local.file == file
                && local.pat.mut_token().is_none()
                && init.is_some_and(|i| i == accessor || i.ends_with(&format!("::{accessor}")))
                && self.decision.locals.get(key) == Some(&LocalState::Stay)
        };
        let mut all = self.sites.locals.iter().filter(holds);
        all.find_map(|(_, local)| {
            let name = ast::HasName::name(&local.pat)?.text().to_string();
            let is_seen = |node: &SyntaxNode| {
                locals::binding_of(tree, node, &name).as_ref() == Some(&local.pat)
            };
            roots.clone().all(|r| is_seen(&r.node)).then_some(name)
        })
    }

    /// The variable that all of these reads name, if a pattern that goes bound it.
    fn bound_name<'r>(
        &self,
        file: FileId,
        stmt: &SyntaxNode,
        roots: impl Iterator<Item = &'r Root>,
    ) -> Option<String> {
        let tree = self.tree(file)?;
        let mut bound: Option<(ast::IdentPat, String)> = None;
        for root in roots {
            let Some(ast::Expr::PathExpr(path)) = &root.expr else {
                return None;
            };
            let name = path.path()?.as_single_name_ref()?.text().to_string();
            let pat = locals::binding_of(tree, path.syntax(), &name)?;
            // one that only led there is called after what it led to
            let param = pat.syntax().parent();
            let leads =
                |s: &Slot| s.led_to.is_some() && s.file == file && Some(&s.node) == param.as_ref();
            if self.slots.all.iter().any(leads) {
                return None;
            }
            if bound.as_ref().is_some_and(|(known, _)| *known != pat) || !self.goes(file, &pat) {
                return None;
            }
            bound = Some((pat, name));
        }
        // the accessor's own name has to stay the accessor's
        bound
            .filter(|(pat, name)| {
                name != "global_coordinator" && !self.is_another_later(file, tree, stmt, pat, name)
            })
            .map(|(_, name)| name)
    }

    /// Whether a variable of that name, which is another one and stays, is used behind the start of a statement.
    fn is_another_later(
        &self,
        file: FileId,
        tree: &FileTree,
        stmt: &SyntaxNode,
        pat: &ast::IdentPat,
        name: &str,
    ) -> bool {
        let Some(function) = tree.ancestors(stmt).find(|n| ast::Fn::can_cast(n.kind())) else {
            return true;
        };
        let from = tree.range(stmt).start();
        let own = |at: &SyntaxNode| {
            let of = locals::binding_of(tree, at, name);
            of.is_none_or(|b| b == *pat || self.goes(file, &b))
        };
        tree.descendants(&function).iter().any(|node| {
            let said = match ast::PathExpr::cast(node.clone()) {
                Some(path) => locals::is_name(&path, name),
                None if ast::MacroCall::can_cast(node.kind()) => {
                    let tokens = node.descendants_with_tokens();
                    let mut tokens = tokens.filter_map(|e| e.into_token());
                    tokens.any(|t| {
                        t.kind() == SyntaxKind::STRING && locals::mentions_in_format(t.text(), name)
                    })
                }
                None => false,
            };
            said && tree.range(node).start() >= from && !own(node)
        })
    }

    /// A variable that one of these reads is bound to, if nothing else in the function has its name: what is bound before
    /// may be called so, and its own statement goes.
    fn sole_local<'r>(
        &self,
        tree: &FileTree,
        hoist: &Hoist,
        mut roots: impl Iterator<Item = &'r Root>,
    ) -> Option<String> {
        let function = tree
            .ancestors(&hoist.stmt)
            .find(|n| ast::Fn::can_cast(n.kind()))?;
        roots.find_map(|root| {
            let Landing::Local(stmt, pat) = &root.landing else {
                return None;
            };
            let name = ast::HasName::name(pat)?.text().to_string();
            let whole = root.outer.as_ref().map(AstNode::syntax);
            let uses = self.remaining(self.sites.by_local.get(&root.local_key()));
            let plain = name != Item::Accessor.name()
                && stmt.initializer().as_ref().map(AstNode::syntax) == whole
                && stmt.attrs().next().is_none()
                && !has_comment(stmt.syntax())
                && pat.mut_token().is_none()
                && self.decision.locals.get(&root.local_key()) == Some(&LocalState::Stay)
                && self.held(&uses, Held::Owned, false) == Held::Reference;
            if !plain {
                return None;
            }
            let mut own = vec![tree.range(ast::HasName::name(pat)?.syntax())];
            own.extend(locals::uses_of(tree, pat).iter().map(|u| match u {
                Use::Expr(path) => tree.range(path.syntax()),
                Use::Opaque(token) => tree.token_range(token),
            }));
            let tokens = function.descendants_with_tokens();
            let mut tokens = tokens.filter_map(|e| e.into_token());
            let is_other = |t: SyntaxToken| {
                let says = match t.kind() {
                    SyntaxKind::IDENT => {
                        t.text() == name && t.prev_token().is_none_or(|p| p.text() != ".")
                    }
                    SyntaxKind::STRING => locals::mentions_in_format(t.text(), &name),
                    _ => false,
                };
                says && !own.contains(&tree.token_range(&t))
            };
            (!tokens.any(is_other)).then_some(name)
        })
    }

    /// The accessor, or the variable that holds what it gave, in the place of a read.
    pub(super) fn inline(&mut self, root: &Root, accessor: &str) {
        let (Some(tree), Some(outer)) = (self.tree(root.file), root.outer.clone()) else {
            return;
        };
        self.whole
            .entry(root.file)
            .or_default()
            .push(tree.range(outer.syntax()));
        self.comments_within(root.file, outer.syntax());
        if let Landing::Local(stmt, pat) = &root.landing {
            let uses = self.remaining(self.sites.by_local.get(&root.local_key()));
            let is_mut = pat.mut_token().is_some();
            let by_value = match root.value {
                Value::Ref => Held::Reference,
                Value::RefBare => Held::Borrowed,
                _ => Held::Owned,
            };
            let held = if is_mut {
                by_value
            } else {
                self.held(&uses, by_value, false)
            };
            let suffix = held.suffix();
            if held == Held::Reference && by_value != Held::Reference {
                self.unborrow(root.file, &uses);
                self.drop_type(root.file, stmt, pat);
            }
            if held == Held::Reference {
                self.discards(self.sites.by_local.get(&root.local_key()));
            }
            let same = ast::HasName::name(pat).is_some_and(|n| n.text() == accessor);
            if same && held == Held::Reference {
                self.delete_binding(root.file, stmt, pat);
                return;
            }
            self.push(
                root.file,
                Edit::replace(tree.range(outer.syntax()), format!("{accessor}{suffix}")),
            );
            return;
        }
        let lent = match &root.landing {
            Landing::Slot(slot) => self.slots.all[*slot].form == Form::RefOpt,
            _ => false,
        };
        let wrapped = match root.value {
            Value::Opt | Value::OptRef if lent => Some(format!("&Some({accessor}.clone())")),
            Value::Opt => Some(format!("Some({accessor}.clone())")),
            Value::OptRef => Some(format!("Some({accessor})")),
            Value::Res => Some(format!("Ok({accessor}.clone())")),
            Value::ResRef => Some(format!("Ok({accessor})")),
            _ => None,
        };
        if let Some(text) = wrapped {
            let range = tree.range(outer.syntax());
            self.push(root.file, Edit::replace(range, in_field(&outer, text)));
            return;
        }
        // a macro of one's own names a place that was not its to move from
        let named = tree.is_macro_piece(outer.syntax())
            && self.infer.index.macros.is_in_own(tree, outer.syntax());
        let suffix = match (&root.landing, root.value) {
            (Landing::Read, _) | (_, Value::Ref) => "",
            (Landing::Other, Value::Place) if named => "",
            (_, Value::RefBare | Value::Deref) => ".as_ref()",
            _ => ".clone()",
        };
        let range = tree.range(outer.syntax());
        let text = self.in_chain(root.file, range, accessor, suffix);
        self.push(root.file, Edit::replace(range, in_field(&outer, text)));
    }

    /// The comments within what is replaced stand above its statement.
    fn comments_within(&mut self, file: FileId, outer: &SyntaxNode) {
        let Some(tree) = self.tree(file) else { return };
        let source = self.source(file);
        let edition = self.infer.index.edition(file);
        let comments = layout::comments_in(source, edition, tree.range(outer), &[]);
        if comments.is_empty() {
            return;
        }
        let mut around = tree.ancestors(outer);
        let stmt = around.find(|n| {
            n.parent()
                .is_some_and(|p| ast::StmtList::can_cast(p.kind()))
        });
        let start = tree.range(stmt.as_ref().unwrap_or(outer)).start();
        let edit = layout::comments_above(source, &tree.root, start, &comments);
        self.push(file, edit);
    }

    /// A method chain over several lines keeps one call a line.
    fn in_chain(&self, file: FileId, range: TextRange, accessor: &str, suffix: &str) -> String {
        let rest = &self.source(file)[usize::from(range.end())..];
        let gap = &rest[..rest.len() - rest.trim_start().len()];
        let chained = rest.trim_start().starts_with('.') && gap.contains('\n');
        match accessor.strip_suffix(".await") {
            Some(call) if chained && suffix.is_empty() => format!("{call}{gap}.await"),
            _ => format!("{accessor}{suffix}"),
        }
    }

    pub(super) fn debug_links(&mut self) {
        let sites = self.sites;
        for (file, slot, call) in &sites.debug_links {
            let (Some(tree), Some(receiver), Some(dot)) =
                (self.tree(*file), call.receiver(), call.dot_token())
            else {
                continue;
            };
            if !self.decision.removed(*slot) {
                continue;
            }
            let range = TextRange::new(
                tree.range(receiver.syntax()).end(),
                tree.range(call.syntax()).end(),
            );
            self.push(*file, Edit::delete(range));
            // the blanks before it are on the line above
            let range = TextRange::new(tree.token_range(&dot).start(), range.end());
            let words = self.slots.all[*slot].words();
            self.out.findings.push(Finding::new(
                catalog::DEBUG_OUTPUT,
                *file,
                range,
                format!("`Debug` no longer shows {words}"),
            ));
        }
    }

    /// `shutdown()` on what came from a slot that goes: it is the shared instance now, to be seen by nobody else.
    pub(super) fn shutdowns(&mut self) {
        let sites = self.sites;
        for root in sites.roots.iter().filter(|r| r.landing == Landing::Read) {
            let mut source = &root.source;
            for _ in 0..16 {
                let Source::Local(key) = source else { break };
                let bound =
                    |r: &&Root| matches!(r.landing, Landing::Local(..)) && r.local_key() == *key;
                let Some(init) = sites.roots.iter().find(bound) else {
                    break;
                };
                source = &init.source;
            }
            if !matches!(source, Source::Slot(s) if self.decision.removed(*s)) {
                continue;
            }
            let receiver = root.outer.as_ref();
            let call = receiver.and_then(|r| ast::MethodCallExpr::cast(r.syntax().parent()?));
            let (Some(receiver), Some(call), Some(tree)) = (receiver, call, self.tree(root.file))
            else {
                continue;
            };
            if call.name_ref().is_some_and(|n| n.text() == "shutdown") {
                let start = tree.range(receiver.syntax()).start();
                let range = TextRange::new(start, tree.range(call.syntax()).end());
                let finding = behaviour::shutdown(root.file, range);
                self.out.findings.push(finding);
            }
        }
    }
}

/// What comes in the place of an expression, with the field's name where that stood for both.
fn in_field(expr: &ast::Expr, text: String) -> String {
    let field = expr.syntax().parent().and_then(ast::RecordExprField::cast);
    let name = expr.syntax().text().to_string();
    match field.is_some_and(|f| f.name_ref().is_none()) && name != text {
        true => format!("{name}: {text}"),
        false => text,
    }
}
