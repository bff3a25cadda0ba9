//! The walk from a read outwards, to what takes it.

use super::*;

/// What a function of the standard library or of a runtime does with a coordinator.
enum Known {
    Value(Value),
    Drop,
    No,
}

impl Finder<'_, '_> {
    pub(super) fn root(
        &mut self,
        expr: ast::Expr,
        source: Source,
        value: Value,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        let value = match &source {
            Source::Slot(s) => {
                let slot = &self.slots.all[*s];
                let is_place = slot.kind == Kind::Field && value == Value::Place;
                match slot.form {
                    _ if value.is_option() || value == Value::Future => value,
                    Form::Opt => Value::Opt,
                    Form::OptRef | Form::RefOpt => Value::OptRef,
                    // a field that is a reference is copied
                    Form::RefArc | Form::RefBare if is_place => value_of(slot.form),
                    Form::Into if slot.is_lent() => Value::Ref,
                    _ => value,
                }
            }
            _ => value,
        };
        if let Source::Slot(slot) = source
            && climb::wants_only_owner(expr.syntax())
        {
            let message = format!(
                "{} is taken apart at {}, which takes its only owner, and the shared instance has others",
                self.slots.all[slot].words(),
                self.here(expr.syntax())
            );
            self.keep(slot, Left::new(catalog::OWNED_VALUE, message));
        }
        let (outer, value, landing) = self.land(expr.clone(), value, &source);
        let mut bound = (self.file, 0, 0);
        let or = self.or_between(expr.syntax(), outer.syntax());
        if let Some(or) =
            or.filter(|_| matches!(source, Source::Slot(s) if self.slots.all[s].form.is_option()))
        {
            let key = self.key(&or);
            match source {
                Source::Slot(slot) if is_leaving(&or, expr.syntax()) => {
                    self.sites.leaving.insert(key, slot);
                }
                _ => {
                    self.sites.ors.insert(key);
                    self.sites.or_reads.insert(self.sites.roots.len());
                }
            }
        }
        if let Source::Slot(slot) = source
            && self.has_attribute(expr.syntax(), outer.syntax())
        {
            let place = self.here(outer.syntax());
            let message = format!("the attribute at {place} is on what reads it");
            self.keep(slot, Left::new(catalog::UNREADABLE_MACRO, message));
        }
        if let Landing::Copied(_, pat) = &landing {
            self.sites.copied.insert(self.key(pat.syntax()), value);
            bindings.push((pat.clone(), source.clone()));
        }
        if let Landing::Local(stmt, pat) = &landing {
            let key = self.key(pat.syntax());
            bound = key;
            let of_tuple = tuple_element(pat).map(|(_, expr)| expr);
            let local = Local {
                file: self.file,
                pat: pat.clone(),
                stmt: stmt.clone(),
                init: of_tuple.or_else(|| stmt.initializer()),
            };
            if self.sites.locals.insert(key, local).is_none() {
                bindings.push((pat.clone(), Source::Local(key)));
            }
        }
        self.sites.roots.push(Root {
            file: self.file,
            node: expr.syntax().clone(),
            start: self.tree.range(expr.syntax()).start().into(),
            local: bound,
            expr: Some(expr),
            source,
            outer: Some(outer),
            value,
            landing,
        });
    }

    /// Whether something is an argument of a macro that does not evaluate it in its place.
    fn is_held_by_macro(&self, node: &SyntaxNode) -> bool {
        let Some(tree) = self.infer.index.tree(self.file) else {
            return false;
        };
        let around = tree.ancestors(node);
        let mut around =
            around.take_while(|n| n.kind() != SyntaxKind::FN || tree.parent(n).is_some());
        around.any(|n| {
            let name = ast::MacroCall::cast(n).and_then(|c| tree::macro_name(&c));
            name.is_some_and(|n| !tree::evaluates_in_place(n.text()))
        })
    }

    /// What takes the shared instance for an `Option` that is `None`, of what is around it up to `outer`.
    fn or_between(&self, expr: &SyntaxNode, outer: &SyntaxNode) -> Option<SyntaxNode> {
        let end = outer.parent();
        let around = self.tree.ancestors(expr);
        let mut around = around.take_while(|n| Some(n) != end.as_ref());
        around.find(|n| match n.kind() {
            SyntaxKind::MATCH_EXPR | SyntaxKind::IF_EXPR => true,
            SyntaxKind::METHOD_CALL_EXPR => {
                let name = ast::MethodCallExpr::cast(n.clone()).and_then(|m| m.name_ref());
                name.is_some_and(|n| n.text() == "unwrap_or")
            }
            _ => false,
        })
    }

    /// The accessor's reference, or a clone of it.
    pub(super) fn accessed(&self, expr: &ast::Expr) -> Option<Value> {
        let expr = climb::sole_expression(expr);
        let (awaited, value) = match &expr {
            ast::Expr::MethodCallExpr(it) if it.name_ref()?.text() == "clone" => {
                (it.receiver()?, Value::Arc)
            }
            other => (other.clone(), Value::Ref),
        };
        let stands_in = |p: &ast::PathExpr| locals::is_name(p, fallbacks::STAND_IN);
        if matches!(&awaited, ast::Expr::PathExpr(p) if stands_in(p)) {
            return Some(value);
        }
        let ast::Expr::AwaitExpr(it) = awaited else {
            return None;
        };
        let ast::Expr::CallExpr(call) = it.expr()? else {
            return None;
        };
        let ast::Expr::PathExpr(callee) = call.expr()? else {
            return None;
        };
        let index = self.infer.index;
        let def = index.resolve_path(self.file, &callee.path()?, Namespace::Value);
        (index.item_of(&def) == Some(Item::Accessor)).then_some(value)
    }

    /// What an expression gives that takes an `Option` apart, where the shared instance stands in for `None`.
    fn or_value(&self, parent: &SyntaxNode, option: &ast::Expr) -> Option<(ast::Expr, Value)> {
        let (whole, value) = match parent.kind() {
            SyntaxKind::MATCH_EXPR => {
                let it = ast::MatchExpr::cast(parent.clone())?;
                it.expr().filter(|e| e == option)?;
                let (some, none) = arms_of_option(&it)?;
                let value = self.or(some.pat(), some.expr(), none.expr())?;
                (ast::Expr::MatchExpr(it), value)
            }
            SyntaxKind::LET_EXPR => {
                let condition = ast::LetExpr::cast(parent.clone())?;
                let it = ast::IfExpr::cast(parent.parent()?)?;
                let Some(ast::ElseBranch::Block(none)) = it.else_branch() else {
                    return None;
                };
                let (some, none) = (it.then_branch()?, none);
                let value = self.or(
                    condition.pat(),
                    Some(ast::Expr::BlockExpr(some)),
                    Some(ast::Expr::BlockExpr(none)),
                )?;
                (ast::Expr::IfExpr(it), value)
            }
            _ => return None,
        };
        Some((whole, value)).filter(|(e, _)| !has_comment(e.syntax()))
    }

    /// Whether an attribute stands on an expression, or on one of those around it up to `outer`.
    pub(super) fn has_attribute(&self, expr: &SyntaxNode, outer: &SyntaxNode) -> bool {
        let end = outer.parent();
        let around = self.tree.ancestors(expr);
        let mut parts = around.take_while(|n| Some(n) != end.as_ref());
        parts.any(|n| tree::has_attribute(&n))
    }

    /// Walks outwards to where a coordinator goes.
    pub(super) fn land(
        &self,
        start: ast::Expr,
        value: Value,
        source: &Source,
    ) -> (ast::Expr, Value, Landing) {
        let mut cur = start;
        let mut value = value;
        loop {
            if let Some(slot) = self.sites.into.get(&self.key(cur.syntax()))
                && value != Value::Future
                && value != Value::Making
            {
                return (cur, value, Landing::Slot(*slot));
            }
            if self.tree.is_macro_piece(cur.syntax()) {
                return (cur, value, Landing::Other);
            }
            let Some(parent) = cur.syntax().parent() else {
                return (cur, value, Landing::Other);
            };
            let next = ast::Expr::cast(parent.clone());
            if matches!(value, Value::Opt | Value::OptRef)
                && let Some((whole, taken)) = self.or_value(&parent, &cur)
            {
                (cur, value) = (whole, taken);
                continue;
            }
            // what a macro holds may not meet an `await` in a future that is sent
            let asks = matches!(parent.kind(), SyntaxKind::LET_EXPR | SyntaxKind::MATCH_EXPR);
            if value.is_option() && asks && self.is_held_by_macro(&parent) {
                return (cur, value, Landing::Other);
            }
            if value.is_option()
                && let Some(branches) = Branches::of(&parent, &cur)
            {
                if value != Value::OptBare
                    && let Some(is_own) = branches.leaving(value)
                {
                    value = if is_own { Value::Arc } else { Value::Ref };
                    cur = branches.whole;
                    continue;
                }
                let edition = self.infer.index.edition(self.file);
                let plain = !branches.leaves()
                    && !branches.ends_late(edition)
                    && !self.leaves_type_open(branches.whole.syntax(), &branches.values());
                if plain && !self.is_needed(&branches.without()) {
                    let landing = Landing::Branch(branches.whole, branches.some, branches.pat);
                    return (cur, value, landing);
                }
                return (cur, value, Landing::Other);
            }
            if value.is_option()
                && let Some(it) = ast::MatchExpr::cast(parent.clone())
                && it.expr().as_ref() == Some(&cur)
                && let Some(guards) = Guards::of(&it)
            {
                let open = self.leaves_type_open(it.syntax(), &guards.values());
                let fits = !open && !self.is_needed(&guards.gone);
                let landing = if fits {
                    Landing::Guarded(it)
                } else {
                    Landing::Other
                };
                return (cur, value, landing);
            }
            match parent.kind() {
                SyntaxKind::PAREN_EXPR => {}
                SyntaxKind::AWAIT_EXPR => match value {
                    Value::Future => value = self.awaited(source),
                    Value::Making => {}
                    _ => return (cur, value, Landing::Other),
                },
                SyntaxKind::TRY_EXPR if value == Value::Making => {}
                SyntaxKind::TRY_EXPR if value == Value::Opt => value = Value::Arc,
                SyntaxKind::TRY_EXPR if value == Value::OptRef => value = Value::Ref,
                SyntaxKind::TRY_EXPR if value == Value::OptBare => value = Value::RefBare,
                SyntaxKind::TRY_EXPR if value.taken_out().is_some() => {
                    value = value.taken_out().unwrap_or(value);
                }
                SyntaxKind::REF_EXPR => {
                    let mutable =
                        ast::RefExpr::cast(parent).is_some_and(|r| r.mut_token().is_some());
                    value = match value {
                        _ if mutable => return (cur, value, Landing::Target),
                        Value::Deref | Value::RefBare => Value::RefBare,
                        Value::Opt | Value::OptRef => Value::OptRef,
                        Value::Future
                        | Value::Making
                        | Value::Res
                        | Value::ResRef
                        | Value::ResBare
                        | Value::OptBare => {
                            return (cur, value, Landing::Other);
                        }
                        _ => Value::Ref,
                    };
                }
                SyntaxKind::PREFIX_EXPR => {
                    let deref = ast::PrefixExpr::cast(parent)
                        .is_some_and(|p| p.op_kind() == Some(ast::UnaryOp::Deref));
                    value = match value {
                        Value::Ref if deref => Value::Place,
                        // `**bus` of a reference to an `Arc`
                        Value::Place | Value::Arc | Value::RefBare | Value::Deref if deref => {
                            Value::Deref
                        }
                        _ => return (cur, value, Landing::Other),
                    };
                }
                SyntaxKind::METHOD_CALL_EXPR => {
                    let Some(call) = ast::MethodCallExpr::cast(parent) else {
                        return (cur, value, Landing::Other);
                    };
                    if call.receiver().as_ref() != Some(&cur) {
                        return (cur, value, Landing::Other);
                    }
                    let name = call
                        .name_ref()
                        .map(|n| n.text().to_string())
                        .unwrap_or_default();
                    if value.is_option() && filled_by(&call).is_some() {
                        return (cur, value, Landing::Target);
                    }
                    value = match (name.as_str(), value) {
                        (_, Value::Making) => match name.as_str() {
                            "unwrap" | "expect" | "map_err" | "context" | "with_context"
                            | "unwrap_or_else" | "map" => Value::Making,
                            _ => return (cur, value, Landing::Other),
                        },
                        (_, Value::Future) => return (cur, value, Landing::Other),
                        ("cloned", Value::ResRef) => Value::Res,
                        (name, Value::Res | Value::ResRef | Value::ResBare) => {
                            match (purity::unwrapping(name, &call), value.taken_out()) {
                                (Some(true), Some(taken)) => taken,
                                (Some(false), _) => value,
                                _ => return (cur, value, Landing::Other),
                            }
                        }
                        ("is_some" | "is_none", Value::Opt | Value::OptRef) => {
                            let told = self.told(&call, name == "is_some");
                            return (cur, value, told.unwrap_or(Landing::Other));
                        }
                        ("clone" | "cloned", Value::Opt | Value::OptRef) => Value::Opt,
                        // once, if it is always set
                        ("take", Value::Opt) if matches!(source, Source::Slot(_)) => Value::Opt,
                        ("as_ref", Value::Opt | Value::OptRef) => Value::OptRef,
                        ("as_deref", Value::Opt | Value::OptRef) => Value::OptBare,
                        ("unwrap" | "expect", Value::OptBare) => Value::RefBare,
                        ("unwrap_or_else", Value::Opt | Value::OptRef | Value::OptBare)
                            if !has_comment(call.syntax()) =>
                        {
                            match (purity::asking("unwrap_or_else", &call), value) {
                                (None, _) => return (cur, value, Landing::Other),
                                (_, Value::Opt) => Value::Arc,
                                (_, Value::OptRef) => Value::Ref,
                                _ => Value::RefBare,
                            }
                        }
                        ("unwrap" | "expect", Value::Opt) => Value::Arc,
                        ("unwrap" | "expect", Value::OptRef) => Value::Ref,
                        ("unwrap_or", Value::Opt | Value::OptRef) => {
                            let arg = call.arg_list().and_then(|l| l.args().next());
                            let arg = arg.filter(|_| !has_comment(call.syntax()));
                            match arg.and_then(|a| self.accessed(&a)) {
                                Some(taken) => taken,
                                None => return (cur, value, Landing::Other),
                            }
                        }
                        (name, Value::Opt | Value::OptRef | Value::OptBare)
                            if purity::asking(name, &call) == Some(false) =>
                        {
                            match value {
                                Value::Opt => Value::Res,
                                Value::OptRef => Value::ResRef,
                                _ => Value::ResBare,
                            }
                        }
                        (_, Value::Opt | Value::OptRef | Value::OptBare) => {
                            return (cur, value, Landing::Other);
                        }
                        ("clone" | "to_owned", Value::Place | Value::Arc | Value::Ref) => {
                            Value::Arc
                        }
                        ("into", Value::Place | Value::Arc) => Value::Arc,
                        ("as_ref" | "borrow" | "deref", Value::Place | Value::Arc | Value::Ref) => {
                            Value::RefBare
                        }
                        (name, _) if api::METHODS.contains(&name) || self.infer.borrows(name) => {
                            return (cur, value, Landing::Read);
                        }
                        _ => return (cur, value, Landing::Other),
                    };
                }
                SyntaxKind::ARG_LIST => {
                    let Some(call) = parent.parent() else {
                        return (cur, value, Landing::Other);
                    };
                    let Some(whole) = ast::CallExpr::cast(call.clone()) else {
                        if let Some(method) = ast::MethodCallExpr::cast(call) {
                            if debug_name(&method).is_some() {
                                return (cur, value, Landing::Debug(method));
                            }
                            let blocks = method.name_ref().is_some_and(|n| n.text() == "block_on");
                            if blocks && value == Value::Future {
                                cur = ast::Expr::MethodCallExpr(method);
                                value = self.awaited(source);
                                continue;
                            }
                        }
                        return (cur, value, Landing::Other);
                    };
                    // `Some(bus)`, as an argument or a field; `Ok(bus)`, as a result
                    if let Some(slot) = self.sites.into.get(&self.key(whole.syntax()))
                        && matches!(
                            (self.slots.all[*slot].form, value),
                            (Form::Opt | Form::Res, Value::Place | Value::Arc)
                                | (Form::ResRef, Value::Ref)
                                | (Form::OptRef, Value::Place | Value::Ref | Value::RefBare)
                        )
                    {
                        return (cur, value, Landing::Slot(*slot));
                    }
                    // `&Some(bus)`
                    let lent = whole
                        .syntax()
                        .parent()
                        .filter(|p| ast::RefExpr::can_cast(p.kind()));
                    let taker = lent.and_then(|l| self.sites.into.get(&self.key(&l)));
                    if let Some(slot) = taker
                        && self.slots.all[*slot].form == Form::RefOpt
                        && matches!(value, Value::Place | Value::Arc)
                    {
                        return (cur, value, Landing::Slot(*slot));
                    }
                    match self.known_call(&whole, value, source) {
                        Known::Value(next_value) => {
                            value = next_value;
                            cur = ast::Expr::CallExpr(whole);
                            continue;
                        }
                        Known::Drop => {
                            let stmt = whole.syntax().parent();
                            return match stmt.filter(|s| s.kind() == SyntaxKind::EXPR_STMT) {
                                Some(stmt) => (cur, value, Landing::Discard(stmt)),
                                None => (cur, value, Landing::Other),
                            };
                        }
                        Known::No => return (cur, value, Landing::Other),
                    }
                }
                SyntaxKind::LET_STMT | SyntaxKind::LET_EXPR if value.is_option() => {
                    if let Some(landing) = copied(&parent) {
                        return (cur, value, landing);
                    }
                    let pattern = some_pattern(&parent).or_else(|| self.chained(&parent));
                    let landing = pattern.filter(|it| match it {
                        Landing::LetSome(it, _) => {
                            let without = it.let_else().map(|e| e.syntax().clone());
                            !self.is_needed(without.as_slice())
                        }
                        Landing::IfSome(it, _) => {
                            it.then_branch().is_none_or(|b| !self.overwrites(&b))
                        }
                        _ => true,
                    });
                    let landing = landing.unwrap_or(Landing::Other);
                    return (cur, value, landing);
                }
                SyntaxKind::LET_STMT => {
                    let stmt = ast::LetStmt::cast(parent.clone());
                    let Some(stmt) = stmt.filter(|s| s.let_else().is_none()) else {
                        return (cur, value, Landing::Other);
                    };
                    let landing = match stmt.pat() {
                        _ if matches!(
                            value,
                            Value::Future
                                | Value::Making
                                | Value::Deref
                                | Value::Res
                                | Value::ResRef
                                | Value::ResBare
                        ) =>
                        {
                            Landing::Other
                        }
                        Some(ast::Pat::IdentPat(pat))
                            if pat.pat().is_none()
                                && pat.ref_token().is_none()
                                && !self.is_another(&stmt) =>
                        {
                            Landing::Local(stmt, pat)
                        }
                        Some(ast::Pat::WildcardPat(_)) => Landing::Discard(parent),
                        _ => Landing::Other,
                    };
                    return (cur, value, landing);
                }
                SyntaxKind::TUPLE_EXPR => {
                    let fits = matches!(
                        value,
                        Value::Place | Value::Arc | Value::Ref | Value::RefBare
                    );
                    let bound = bound_in_tuple(&parent, &cur).filter(|_| fits);
                    let landing = bound.map_or(Landing::Other, |(s, p)| Landing::Local(s, p));
                    return (cur, value, landing);
                }
                SyntaxKind::EXPR_STMT => return (cur, value, Landing::Discard(parent)),
                SyntaxKind::BIN_EXPR => {
                    let bin = ast::BinExpr::cast(parent.clone());
                    let assigns = bin.as_ref().is_some_and(|b| {
                        matches!(b.op_kind(), Some(ast::BinaryOp::Assignment { .. }))
                    });
                    let (Some(bin), true) = (bin, assigns) else {
                        return (cur, value, Landing::Other);
                    };
                    if bin.lhs().as_ref() == Some(&cur) {
                        return (cur, value, Landing::Target);
                    }
                    let stmt = parent.parent().and_then(ast::ExprStmt::cast);
                    return match (stmt, bin.lhs()) {
                        (Some(stmt), Some(ast::Expr::UnderscoreExpr(_))) => {
                            (cur, value, Landing::Discard(stmt.syntax().clone()))
                        }
                        _ => (cur, value, Landing::Other),
                    };
                }
                _ => return (cur, value, Landing::Other),
            }
            match next {
                Some(next) => cur = next,
                None => return (cur, value, Landing::Other),
            }
        }
    }

    /// Whether a variable is by its written type something else than a coordinator, such as a `&dyn Trait`.
    fn is_another(&self, stmt: &ast::LetStmt) -> bool {
        let Some(ty) = stmt.ty() else { return false };
        let lowered = self.infer.lower(self.file, &ty, &Vec::new());
        let inferred = || {
            ty.syntax()
                .descendants()
                .any(|n| ast::InferType::can_cast(n.kind()))
        };
        *lowered.peeled() != Type::Coordinator && !inferred()
    }

    /// The slot of a field that an expression names.
    pub(super) fn field_slot(&self, expr: &ast::Expr) -> Option<SlotId> {
        let ast::Expr::FieldExpr(it) = expr else {
            return None;
        };
        let name = it.name_ref()?.text().to_string();
        let base = self.infer.expr(self.file, &it.expr()?);
        let Type::Item(at, node, _) = base.peeled() else {
            return None;
        };
        let adt = self.slots.adts.get(&key_of(self.infer.index, *at, node))?;
        self.slot_of_field(adt, &name)
    }

    /// What a future of a coordinator gives.
    pub(super) fn awaited(&self, source: &Source) -> Value {
        match source {
            Source::Slot(slot) => value_of(self.slots.all[*slot].form),
            _ => Value::Ref,
        }
    }

    fn known_call(&self, call: &ast::CallExpr, value: Value, source: &Source) -> Known {
        let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
            return Known::No;
        };
        let Some(path) = callee.path() else {
            return Known::No;
        };
        let name = path
            .segment()
            .and_then(|s| s.name_ref())
            .map(|n| n.text().to_string())
            .unwrap_or_default();
        let of = path.qualifier();
        let is_arc = of.is_some_and(|q| self.infer.index.is_arc(self.file, &q));
        match (name.as_str(), value) {
            ("clone", Value::Ref | Value::Place) if is_arc => Known::Value(Value::Arc),
            ("as_ref", Value::Ref) if is_arc => Known::Value(Value::RefBare),
            ("new" | "from", Value::Making) if is_arc => Known::Value(Value::Arc),
            ("block_on", Value::Future) => Known::Value(self.awaited(source)),
            ("drop", Value::Place | Value::Arc | Value::Ref) => Known::Drop,
            _ => Known::No,
        }
    }
}

/// `let x = option;`
fn copied(stmt: &SyntaxNode) -> Option<Landing> {
    let stmt = ast::LetStmt::cast(stmt.clone())?;
    let plain = stmt.let_else().is_none() && stmt.attrs().next().is_none();
    let plain = plain && !has_comment(stmt.syntax());
    match stmt.pat().filter(|_| plain)? {
        ast::Pat::IdentPat(p) => {
            let plain = p.pat().is_none() && p.ref_token().is_none() && p.mut_token().is_none();
            plain.then_some(Landing::Copied(stmt, p))
        }
        _ => None,
    }
}
