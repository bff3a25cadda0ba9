//! Lifetimes that only a coordinator had, and those that it gave to results.

use super::*;

impl Writer<'_, '_> {
    /// Lifetime parameters that only what goes says, and the arguments for them.
    pub(super) fn lifetimes(&mut self) {
        let all = self.slots.all.iter().enumerate();
        let removed = all.filter(|(i, _)| self.decision.removed(*i));
        let mut gone: Vec<(FileId, SyntaxNode)> =
            removed.map(|(_, s)| (s.file, s.node.clone())).collect();
        let freed = &self.decision.freed;
        let known = &self.slots.lifetimes;
        let params = self.slots.all.iter().enumerate();
        let params = params.filter(|(i, s)| s.kind == Kind::Param && self.decision.removed(*i));
        let by_params = params.map(|(_, s)| (s.file, known.lent_by(self.infer, freed, s)));
        let by_types = known.lent_by_types(self.infer, freed).into_iter();
        let by_types = by_types.map(|(_, file, lent)| (file, lent));
        let mut all_lent: Vec<(FileId, SyntaxNode)> = Vec::new();
        for (file, lent) in by_params.chain(by_types) {
            if let Lent::Static(lent) = lent {
                all_lent.extend(lent.into_iter().map(|node| (file, node)));
            }
        }
        for (i, (file, node)) in all_lent.iter().enumerate() {
            if all_lent[..i].contains(&(*file, node.clone())) {
                continue;
            }
            self.make_static(*file, node);
            if ast::Lifetime::can_cast(node.kind()) {
                gone.push((*file, node.clone()));
            }
        }
        let mut elements: Vec<(FileId, SyntaxNode)> = Vec::new();
        let lifetimes = self.slots.lifetimes.all.iter();
        for (it, _) in lifetimes.zip(&self.decision.freed).filter(|(_, f)| **f) {
            elements.push((it.file, it.node.clone()));
            elements.extend(it.uses.iter().cloned());
            gone.extend(it.uses.iter().cloned());
        }
        for (file, node) in &gone {
            let mut names = lifetimes::names_in(node);
            let in_signature =
                |n: &SyntaxNode| matches!(n.kind(), SyntaxKind::PARAM_LIST | SyntaxKind::RET_TYPE);
            let signature = node.ancestors().find(in_signature);
            let signature = signature.and_then(|s| ast::Fn::cast(s.parent()?));
            let own = signature.and_then(|f| ast::HasGenericParams::generic_param_list(&f));
            for param in own.iter().flat_map(|l| l.lifetime_params()) {
                names.extend(param.lifetime().map(|l| l.text().to_string()));
            }
            for name in names {
                let mut around = node.ancestors();
                let param = around.find_map(|n| {
                    let binds = ast::Fn::can_cast(n.kind()) || ast::Impl::can_cast(n.kind());
                    let own = lifetimes::declared(&n, &name).filter(|_| binds);
                    own.or_else(|| lifetimes::for_binder(&n, &name))
                });
                let Some(param) = param.map(|p| (*file, p)) else {
                    continue;
                };
                if !elements.contains(&param)
                    && !lifetimes::in_commented(&param.1)
                    && self.frees(*file, &param.1, &name, &gone)
                {
                    elements.push(param);
                }
            }
        }
        let mut lists: BTreeMap<(FileId, TextSize), (SyntaxNode, Vec<SyntaxNode>)> =
            BTreeMap::new();
        for (file, element) in elements {
            let (Some(list), Some(tree)) = (element.parent(), self.tree(file)) else {
                continue;
            };
            let key = (file, tree.range(&list).start());
            let (_, gone) = lists.entry(key).or_insert_with(|| (list, Vec::new()));
            gone.push(element);
        }
        for ((file, _), (list, gone)) in lists {
            let Some(tree) = self.tree(file) else {
                continue;
            };
            let all: Vec<SyntaxNode> = list.children().collect();
            if all.iter().all(|e| gone.contains(e)) {
                let binder = list.parent().and_then(ast::ForBinder::cast);
                let behind = binder.as_ref().and_then(|b| b.syntax().next_sibling());
                let range = match (binder, behind) {
                    (Some(binder), Some(behind)) => TextRange::new(
                        tree.range(binder.syntax()).start(),
                        tree.range(&behind).start(),
                    ),
                    _ => tree.range(&list),
                };
                self.push(file, Edit::delete(range));
                continue;
            }
            let gone: Vec<usize> = (0..all.len()).filter(|i| gone.contains(&all[*i])).collect();
            self.delete(file, &all, &gone);
        }
    }

    /// A lifetime in a result, or a reference without one, that a parameter which goes gave.
    fn make_static(&mut self, file: FileId, node: &SyntaxNode) {
        let Some(tree) = self.tree(file) else { return };
        let range = tree.range(node);
        if let Some(of) = ast::RefType::cast(node.clone()) {
            if let Some(amp) = of.amp_token() {
                let at = tree.token_range(&amp).end();
                self.push(file, Edit::insert(at, "'static "));
            }
            return;
        }
        // `Box<dyn Job + 'a>` is `Box<dyn Job>`; behind a reference that would be another type
        let bound = node.parent().filter(|p| ast::TypeBound::can_cast(p.kind()));
        let behind = node.ancestors().any(|n| ast::RefType::can_cast(n.kind()));
        let before = bound.and_then(|b| b.prev_sibling());
        match before.filter(|_| !behind) {
            Some(before) => {
                let range = TextRange::new(tree.range(&before).end(), range.end());
                self.push(file, Edit::delete(range));
            }
            None => self.push(file, Edit::replace(range, "'static")),
        }
    }

    /// Whether a lifetime parameter of a function or impl block has no use without what is gone. One that is left, of a
    /// reference that a function takes, does without a name.
    fn frees(
        &mut self,
        file: FileId,
        param: &SyntaxNode,
        name: &str,
        gone: &[(FileId, SyntaxNode)],
    ) -> bool {
        let mut around = param.ancestors().skip(2);
        let binder = around.find(|n| !ast::ForBinder::can_cast(n.kind()));
        let (Some(binder), Some(tree)) = (binder, self.tree(file)) else {
            return false;
        };
        let goes = |t: &SyntaxToken| {
            let mut around = t.parent_ancestors();
            around.any(|n| n == *param || gone.contains(&(file, n)))
        };
        let tokens = binder.descendants_with_tokens();
        let said = tokens.filter_map(|e| e.into_token());
        let left: Vec<SyntaxToken> = said
            .filter(|t| t.text() == name && t.kind() == SyntaxKind::LIFETIME_IDENT && !goes(t))
            .collect();
        // what is only to outlive it needs no bound any more
        let bounds: Option<Vec<Edit>> = left.iter().map(|t| only_bound(tree, t)).collect();
        if let Some(bounds) = bounds.filter(|b| !b.is_empty()) {
            for edit in bounds {
                self.push(file, edit);
            }
            return true;
        }
        let of_function = |n: &SyntaxNode| {
            matches!(
                n.kind(),
                SyntaxKind::FN_PTR_TYPE | SyntaxKind::PARENTHESIZED_ARG_LIST
            )
        };
        let stands_in = |t: &SyntaxToken, kind: SyntaxKind| {
            let mut around = t.parent_ancestors().take_while(|n| !of_function(n));
            around.any(|n| n.kind() == kind && n.parent().as_ref() == Some(&binder))
        };
        let is_taken = |t: &&SyntaxToken| stands_in(t, SyntaxKind::PARAM_LIST);
        let (taken, given): (Vec<&SyntaxToken>, Vec<&SyntaxToken>) =
            left.iter().partition(is_taken);
        let only = match taken.as_slice() {
            _ if left.is_empty() => return true,
            [only] if ast::Fn::can_cast(binder.kind()) => *only,
            _ => return false,
        };
        if !given.iter().all(|t| stands_in(t, SyntaxKind::RET_TYPE))
            || !(given.is_empty() || self.is_only_taken(file, &binder, only, goes))
        {
            return false;
        }
        let of_reference = |t: &SyntaxToken| {
            let of = t.parent_ancestors().nth(1);
            of.is_some_and(|n| matches!(n.kind(), SyntaxKind::REF_TYPE | SyntaxKind::SELF_PARAM))
        };
        // in `impl Trait` it has to have a name, but in what is async
        let unnamed = |t: &SyntaxToken| {
            let mut around = t.parent_ancestors();
            let function = ast::Fn::cast(binder.clone()).filter(|f| f.async_token().is_none());
            function.is_some() && around.any(|n| ast::ImplTraitType::can_cast(n.kind()))
        };
        if !of_reference(only) || unnamed(only) {
            return false;
        }
        for token in &left {
            let range = tree.token_range(token);
            let blank = token
                .next_token()
                .filter(|t| t.kind() == SyntaxKind::WHITESPACE);
            match blank.filter(|_| of_reference(token)) {
                Some(blank) => {
                    self.push(file, Edit::delete(range.cover(tree.token_range(&blank))));
                }
                None => self.push(file, Edit::replace(range, "'_")),
            }
        }
        true
    }

    /// Whether a result without names for its lifetimes would borrow from what has this one.
    fn is_only_taken(
        &self,
        file: FileId,
        function: &SyntaxNode,
        only: &SyntaxToken,
        goes: impl Fn(&SyntaxToken) -> bool,
    ) -> bool {
        let list = ast::Fn::cast(function.clone()).and_then(|f| f.param_list());
        let Some(list) = list else { return false };
        if let Some(this) = list.self_param().filter(|s| s.amp_token().is_some()) {
            return only.parent_ancestors().any(|n| n == *this.syntax());
        }
        let freed = &self.decision.freed;
        let params = list.params().filter(|p| {
            let first = p.syntax().first_token();
            first.is_some_and(|t| !goes(&t))
        });
        let inside = params.flat_map(|p| p.syntax().descendants().collect::<Vec<_>>());
        let positions = inside.filter(|node| {
            let lifetimes = &self.slots.lifetimes;
            lifetimes.is_elided_from(self.infer, freed, file, node)
                || matches!(
                    node.kind(),
                    SyntaxKind::IMPL_TRAIT_TYPE | SyntaxKind::DYN_TRAIT_TYPE
                )
        });
        positions.count() == 1
    }
}

/// The bound of another lifetime or of a type, which a token is, to be deleted: of a parameter, or all of a `where`.
fn only_bound(tree: &FileTree, token: &SyntaxToken) -> Option<Edit> {
    let bound = token.parent_ancestors().find_map(ast::TypeBound::cast)?;
    bound.lifetime()?;
    let list = bound.syntax().parent().and_then(ast::TypeBoundList::cast)?;
    let around = list.syntax().parent()?;
    let of_param = ast::LifetimeParam::can_cast(around.kind())
        || ast::TypeParam::can_cast(around.kind())
        || ast::WherePred::can_cast(around.kind());
    if has_comment(&around) || !of_param {
        return None;
    }
    let bounds: Vec<TextRange> = list.bounds().map(|b| tree.range(b.syntax())).collect();
    if let [_, _, ..] = bounds[..] {
        let own = tree.range(bound.syntax());
        let at = bounds.iter().position(|b| *b == own)?;
        let range = match at.checked_sub(1) {
            Some(before) => TextRange::new(bounds[before].end(), own.end()),
            None => TextRange::new(own.start(), bounds[1].start()),
        };
        return Some(Edit::delete(range));
    }
    let named = match ast::TypeParam::cast(around.clone()) {
        Some(param) => ast::HasName::name(&param).map(|n| n.syntax().clone()),
        None => ast::LifetimeParam::cast(around.clone())
            .and_then(|p| Some(p.lifetime()?.syntax().clone())),
    };
    if let Some(name) = named {
        let range = TextRange::new(tree.range(&name).end(), tree.range(list.syntax()).end());
        return Some(Edit::delete(range));
    }
    let pred = ast::WherePred::cast(around)?;
    let clause = pred.syntax().parent().and_then(ast::WhereClause::cast)?;
    let blank = |t: Option<SyntaxToken>| t.filter(|t| t.kind() == SyntaxKind::WHITESPACE);
    let before = blank(clause.syntax().first_token()?.prev_token())?;
    let after = blank(clause.syntax().last_token()?.next_token())?;
    let range = tree.token_range(&before).cover(tree.token_range(&after));
    (clause.predicates().count() == 1).then(|| Edit::replace(range, " ".to_owned()))
}
