//! Functions that go with what they gave, and what is left of their impls and traits.

use super::super::slots::has_plain_comment;
use super::*;

impl<'a> Writer<'_, 'a> {
    /// Functions that only gave a coordinator go, with the statics that kept it, and impl blocks and traits that have nothing
    /// else.
    pub(super) fn functions(&mut self) {
        let mut removed: Vec<(FileId, SyntaxNode)> = (self.slots.all.iter().enumerate())
            .filter(|(i, s)| {
                matches!(s.kind, Kind::Return | Kind::Static) && self.decision.removed(*i)
            })
            .map(|(_, s)| (s.file, s.node.clone()))
            .collect();
        let setters = self.sites.setters.iter();
        let setters = setters.filter(|s| self.decision.sets(s));
        removed.extend(setters.map(|s| (s.file, s.node.clone())));
        removed.extend(self.bare());
        // neighbours stand beside each other
        removed.sort_by_key(|(file, node)| (*file, node.text_range().start()));
        let emptied: Vec<(FileId, SyntaxNode)> = (removed.iter())
            .filter_map(|(file, node)| {
                let goes = |i: &ast::AssocItem| removed.contains(&(*file, i.syntax().clone()));
                let list = node.parent().and_then(ast::AssocItemList::cast);
                let list = list.filter(|l| l.assoc_items().all(|i| goes(&i)))?;
                Some((*file, list.syntax().parent()?))
            })
            .collect();
        let mut items: Vec<(FileId, SyntaxNode)> = Vec::new();
        for (file, node) in &removed {
            let around = node.parent().and_then(|l| l.parent());
            let around = around.filter(|n| emptied.contains(&(*file, n.clone())));
            let block = around.filter(|n| match ast::Impl::cast(n.clone()).map(|b| b.trait_()) {
                Some(None) => true,
                Some(Some(of)) => self.impl_goes(*file, &of, &emptied),
                None => self.trait_goes(*file, n, &emptied),
            });
            let item = (*file, block.unwrap_or_else(|| node.clone()));
            if !items.contains(&item) {
                items.push(item);
            }
        }
        for (i, (file, first)) in items.iter().enumerate() {
            let follows = |a: &SyntaxNode, b: &SyntaxNode| a.next_sibling().as_ref() == Some(b);
            if i > 0 && follows(&items[i - 1].1, first) {
                continue;
            }
            // neighbours go as one
            let mut last = first;
            for (_, next) in &items[i + 1..] {
                if follows(last, next) {
                    last = next;
                }
            }
            let Some(tree) = self.tree(*file) else {
                continue;
            };
            let range = tree.range(first).cover(tree.range(last));
            let source = self.source(*file);
            let indent = layout::indent_at(source, range.start());
            let newline = layout::newline(source);
            let edition = self.infer.index.edition(*file);
            let comments = layout::comments_in(source, edition, range, &[]);
            let comments: Vec<_> = comments.iter().filter(|c| !docs::is_doc(c)).collect();
            for comment in &comments {
                if let Some(at) = source[range].find(comment.as_str()) {
                    let at = range.start() + TextSize::of(&source[range][..at]);
                    self.tell_of_comment(*file, TextRange::at(at, TextSize::of(comment.as_str())));
                }
            }
            let kept: String = comments
                .iter()
                .map(|c| format!("{indent}{c}{newline}"))
                .collect();
            let list = first.parent().and_then(ast::AssocItemList::cast);
            let holds_more = |l: &ast::AssocItemList| {
                let tokens = l.syntax().children_with_tokens();
                let mut tokens = tokens.filter_map(|c| c.into_token());
                tokens.any(|t| t.kind() == SyntaxKind::COMMENT)
                    || l.assoc_items().any(|i| {
                        let item = (*file, i.syntax().clone());
                        !items.contains(&item)
                    })
            };
            let empty = list.filter(|l| kept.is_empty() && !holds_more(l));
            let edit = match empty {
                Some(list) => Edit::replace(tree.range(list.syntax()), "{}"),
                None => Edit::replace(layout::with_blank_line(source, range), kept),
            };
            self.whole.entry(*file).or_default().push(edit.range);
            self.push(*file, edit);
        }
    }

    /// Whether the trait of an impl goes.
    fn impl_goes(&self, file: FileId, of: &ast::Type, emptied: &[(FileId, SyntaxNode)]) -> bool {
        let ast::Type::PathType(of) = of else {
            return false;
        };
        let of = (of.path()).map(|p| {
            let index = self.infer.index;
            index.resolve_path(file, &p, Namespace::Type)
        });
        match of {
            Some(Def::Local(at, node)) => self.trait_goes(at, &node, emptied),
            _ => false,
        }
    }

    /// Whether a trait that nothing is left of goes: nothing asks for it but impls of which nothing is left either.
    fn trait_goes(
        &self,
        file: FileId,
        node: &SyntaxNode,
        emptied: &[(FileId, SyntaxNode)],
    ) -> bool {
        let index = self.infer.index;
        let name = ast::Trait::cast(node.clone()).and_then(|t| ast::HasName::name(&t));
        let Some(name) = name.filter(|_| emptied.contains(&(file, node.clone()))) else {
            return false;
        };
        // an import that nobody outside sees follows
        let is_import = |file: FileId, range: TextRange| {
            let tree = index.tree(file);
            let token = tree.and_then(|t| t.root.token_at_offset(range.start()).right_biased());
            let item = token.and_then(|t| t.parent_ancestors().find_map(ast::Use::cast));
            item.is_some_and(|u| {
                let module = index.module_of(file, u.syntax());
                let exports = ast::HasVisibility::visibility(&u);
                let within = || {
                    !is_plain_pub(ast::HasVisibility::visibility(&u))
                        || module.is_some_and(|m| !index.may_be_of_library(m))
                };
                exports.is_none() || (within() && !exports_bus(index, file, &u))
            })
        };
        let goes = |(file, range): &(FileId, TextRange)| {
            let mut own = emptied.iter().filter(|(f, _)| f == file);
            own.any(|(_, n)| {
                let tree = index.tree(*file);
                tree.is_some_and(|t| t.range(n).contains_range(*range))
            })
        };
        let said = said_in(index, name.text(), |_| true);
        let mut others = said.iter().filter(|s| !goes(s));
        index.names_of(name.text()).len() == 1 && others.all(|(f, r)| is_import(*f, *r))
    }

    /// Calls of methods that only set what goes: what they were called on takes their place.
    /// Functions that are left with nothing to do, nothing to take and nothing to give. Their calls go.
    fn bare(&mut self) -> Vec<(FileId, SyntaxNode)> {
        const QUIET: &[&str] = &["allow", "doc", "inline"];
        let mut out = Vec::new();
        for function in self.slots.functions.values() {
            let Some(it) = ast::Fn::cast(function.node.clone()) else {
                continue;
            };
            let gone = self.gone.get(&function.file).map_or(&[][..], Vec::as_slice);
            let body = it.body().and_then(|b| b.stmt_list());
            let empty = body.is_some_and(|l| {
                let mut statements = l.syntax().children().peekable();
                statements.peek().is_some() && statements.all(|s| gone.contains(&s))
            });
            let params = it.param_list().map_or(0, |l| l.params().count());
            let removed = |p: &Option<SlotId>| {
                p.is_some_and(|p| self.decision.removed(p) && !self.slots.all[p].public)
            };
            let takes_none = !function.has_self
                && params > 0
                && params == function.params.len()
                && function.params.iter().all(removed);
            let quiet = it.attrs().all(|a| is_quiet(&a, &[], QUIET));
            let of_trait = sites::is_within_trait(&function.node);
            if !empty || !takes_none || !quiet || of_trait || it.ret_type().is_some() {
                continue;
            }
            if has_plain_comment(&function.node) {
                continue;
            }
            let own = |l: &&List| {
                let mut slots = l.entries.iter().map(|(_, slot)| Some(*slot));
                slots.any(|s| function.params.contains(&s))
            };
            let calls = self.sites.lists.iter().filter(own);
            let calls: Option<Vec<(FileId, SyntaxNode)>> = calls
                .map(|l| {
                    let call = l.node.parent()?;
                    let outer = call.parent()?;
                    let stmt = match outer.kind() {
                        SyntaxKind::AWAIT_EXPR => outer.parent()?,
                        _ => outer,
                    };
                    let stmt = ast::ExprStmt::cast(stmt)?;
                    // a branch or a loop would be left with nothing
                    let of_function = stmt.syntax().ancestors().nth(3);
                    of_function.filter(|n| ast::Fn::can_cast(n.kind()))?;
                    let plain = !has_comment(stmt.syntax()) && stmt.semicolon_token().is_some();
                    plain.then(|| (l.file, stmt.syntax().clone()))
                })
                .collect();
            let Some(calls) = calls.filter(|c| !c.is_empty()) else {
                continue;
            };
            out.push((function.file, function.node.clone(), calls));
        }
        let mut all = Vec::new();
        for (file, node, calls) in out {
            for (at, stmt) in calls {
                if let Some(tree) = self.tree(at) {
                    self.whole.entry(at).or_default().push(tree.range(&stmt));
                }
                self.delete_statement(at, &stmt);
            }
            all.push((file, node));
        }
        all
    }

    pub(super) fn setter_calls(&mut self) {
        let mut thinned: Vec<Thinned> = Vec::new();
        for setter in self.sites.setters.iter().filter(|s| self.decision.sets(s)) {
            for it in &setter.calls {
                let file = it.file;
                let (Some(tree), Some(receiver)) = (self.tree(file), it.call.receiver()) else {
                    continue;
                };
                if let Some(owner) = &it.owner {
                    let edit = self.without_mut(tree, file, owner);
                    self.push(file, edit);
                }
                let (source, edition) = (self.source(file), self.infer.index.edition(file));
                if let Some(stmt) = &it.stmt {
                    self.whole.entry(file).or_default().push(tree.range(stmt));
                    if ast::LetStmt::can_cast(stmt.kind()) {
                        // what used the new variable uses the one before of that name
                        let edit = layout::delete_statement(source, edition, tree.range(stmt));
                        self.push(file, edit);
                    } else {
                        self.delete_statement(file, stmt);
                        thinned.extend(Thinned::of(file, stmt, it.owner.is_some()));
                    }
                    continue;
                }
                if let (ast::Expr::PathExpr(left), Some(parent)) =
                    (&receiver, it.call.syntax().parent())
                {
                    // `line: line.with_bus(bus)`
                    let field = ast::RecordExprField::cast(parent.clone());
                    let label = field.and_then(|f| f.name_ref());
                    if label.is_some_and(|n| locals::is_name(left, n.text())) {
                        let name = left.syntax().text().to_string();
                        self.write_whole(file, tree.range(&parent), name);
                        continue;
                    }
                    let given = Thinned {
                        file,
                        tail: it.call.syntax().clone(),
                        name: left.syntax().clone(),
                        mut_goes: it.owner.is_some(),
                    };
                    if ast::StmtList::can_cast(parent.kind()) && self.made_and_given(&given) {
                        continue;
                    }
                }
                if let Some((range, callee)) = self.bare_setter(file, &it.call) {
                    self.write_whole(file, range, callee);
                    continue;
                }
                let whole = tree.range(it.call.syntax());
                let mut range = TextRange::new(tree.range(receiver.syntax()).end(), whole.end());
                if let Some(dot) = it.call.dot_token()
                    && !layout::comments_in(source, edition, range, &[]).is_empty()
                {
                    if let Some((range, text)) = self.comment_behind(file, &it.call, range) {
                        self.write_whole(file, range, text);
                        continue;
                    }
                    // a comment in front of it stays
                    let call = TextRange::new(tree.token_range(&dot).start(), whole.end());
                    range = layout::whole_lines(source, call);
                }
                self.whole.entry(file).or_default().push(range);
                self.push(file, Edit::delete(range));
                // one behind it stands behind what is left
                let rest = source[usize::from(range.end())..].split('\n').next();
                let rest = rest.unwrap_or_default();
                let comment = rest.trim_start();
                if comment.starts_with("//") {
                    let at = range.end() + TextSize::of(&rest[..rest.len() - comment.len()]);
                    let told = TextRange::at(at, TextSize::of(comment.trim_end()));
                    self.tell_of_comment(file, told);
                }
            }
        }
        for it in thinned {
            self.made_and_given(&it);
        }
    }

    /// A comment in front of a call that goes stands behind the comma or semicolon that would be alone on its line.
    fn comment_behind(
        &self,
        file: FileId,
        call: &ast::MethodCallExpr,
        range: TextRange,
    ) -> Option<(TextRange, String)> {
        let (tree, source) = (self.tree(file)?, self.source(file));
        let dot = tree.token_range(&call.dot_token()?).start();
        let comment = source[TextRange::new(range.start(), dot)].trim();
        let behind = &source[usize::from(range.end())..];
        let mark = behind.chars().next()?;
        let line = behind[mark.len_utf8()..]
            .split('\n')
            .next()
            .unwrap_or_default();
        let parent = call.syntax().parent()?;
        let list = parent.parent();
        let thinned = || {
            let mut lists = self
                .sites
                .lists
                .iter()
                .filter(|l| Some(&l.node) == list.as_ref());
            lists.any(|l| l.entries.iter().any(|(_, s)| self.decision.removed(*s)))
        };
        let own = match mark {
            ';' => true,
            ',' => ast::RecordExprField::can_cast(parent.kind()) && !thinned(),
            _ => false,
        };
        let alone = comment.starts_with("//") && !comment.contains('\n') && line.trim().is_empty();
        let range = TextRange::new(range.start(), range.end() + TextSize::of(mark));
        (own && alone).then(|| (range, format!("{mark} {comment}")))
    }
}
