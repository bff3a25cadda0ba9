//! Reads: variables, fields, getters and sources, each with where it comes from.

use super::*;

impl Finder<'_, '_> {
    // ---- reads -------------------------------------------------------------------------------------------------

    pub(super) fn reads(&mut self, nodes: Vec<SyntaxNode>) {
        let mut bindings = self.params();
        for node in nodes {
            match node.kind() {
                SyntaxKind::FIELD_EXPR => {
                    if let Some(it) = ast::FieldExpr::cast(node) {
                        self.field(&it, &mut bindings);
                    }
                }
                SyntaxKind::CALL_EXPR => {
                    if let Some(it) = ast::CallExpr::cast(node) {
                        self.source_call(&it, &mut bindings);
                    }
                }
                SyntaxKind::METHOD_CALL_EXPR => {
                    if let Some(it) = ast::MethodCallExpr::cast(node) {
                        self.getter_call(&it, &mut bindings);
                    }
                }
                SyntaxKind::PATH_EXPR => {
                    if let Some(it) = ast::PathExpr::cast(node) {
                        self.source_value(&it);
                    }
                }
                _ => {}
            }
        }
        // what patterns bind of removed fields
        let lists: Vec<List> = self
            .sites
            .lists
            .iter()
            .filter(|l| {
                l.file == self.file
                    && matches!(
                        l.node.kind(),
                        SyntaxKind::RECORD_PAT_FIELD_LIST
                            | SyntaxKind::TUPLE_STRUCT_PAT
                            | SyntaxKind::TUPLE_PAT
                    )
            })
            .cloned()
            .collect();
        for list in lists {
            let pats = pattern_elements(&list.node);
            for (at, slot) in list.entries {
                if let Some(Some(ast::Pat::IdentPat(pat))) = pats.get(at) {
                    bindings.push((pat.clone(), Source::Slot(slot)));
                }
            }
        }
        let mut seen = BTreeSet::new();
        while let Some((pat, source)) = bindings.pop() {
            if !seen.insert(self.tree.range(pat.syntax()).start()) {
                continue;
            }
            for it in locals::uses_of(self.tree, &pat) {
                match it {
                    Use::Expr(path) => {
                        let expr = ast::Expr::PathExpr(path);
                        self.variable(&pat, expr, &source, &mut bindings);
                    }
                    Use::Opaque(token) => {
                        let node = token
                            .parent_ancestors()
                            .find(|n| ast::MacroCall::can_cast(n.kind()))
                            .unwrap_or_else(|| pat.syntax().clone());
                        self.sites.roots.push(Root {
                            file: self.file,
                            expr: None,
                            node,
                            source: source.clone(),
                            outer: None,
                            value: Value::Place,
                            landing: Landing::Other,
                            start: 0,
                            local: (self.file, 0, 0),
                        });
                    }
                }
            }
        }
    }

    /// A use of a variable. One that a pattern bound may be a reference to what the slot holds.
    pub(super) fn variable(
        &mut self,
        pat: &ast::IdentPat,
        expr: ast::Expr,
        source: &Source,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        if let Some(value) = self.sites.copied.get(&self.key(pat.syntax())) {
            self.root(expr, source.clone(), *value, bindings);
            return;
        }
        let field = match source {
            Source::Slot(s) => Some(*s).filter(|s| self.slots.all[*s].kind != Kind::Param),
            _ => None,
        };
        let Some(slot) = field else {
            self.root(expr, source.clone(), Value::Place, bindings);
            return;
        };
        let mode = self.infer.binds_reference(self.file, pat);
        // what is bound to a field that is a reference, by reference, is that behind another one
        let form = self.slots.all[slot].form;
        let around = expr.syntax().parent().and_then(ast::PrefixExpr::cast);
        let derefs = around.filter(|p| p.op_kind() == Some(ast::UnaryOp::Deref));
        if let (Some(true), Form::RefArc | Form::RefBare, Some(whole)) = (mode, form, derefs) {
            let whole = ast::Expr::PrefixExpr(whole);
            self.root(whole, source.clone(), value_of(form), bindings);
            return;
        }
        let (outer, value, landing) = self.land(expr.clone(), Value::Place, source);
        let bare = outer == expr && value == Value::Place;
        let lent = match landing {
            // what takes it tells
            Landing::Slot(s) if bare => {
                matches!(self.slots.all[s].form, Form::RefArc | Form::RefBare)
            }
            _ => mode == Some(true),
        };
        if mode.is_none() && bare && landing == Landing::Other {
            let left = Left::new(
                catalog::UNRESOLVED_CALL,
                format!(
                    "`{}` at {} may be a reference to it, or the coordinator itself",
                    expr.syntax().text(),
                    self.here(expr.syntax())
                ),
            )
            .help("give the variable a type, then run again");
            self.keep(slot, left);
        }
        let value = if lent { Value::Ref } else { Value::Place };
        self.root(expr, source.clone(), value, bindings);
    }

    /// The parameters that are slots.
    pub(super) fn params(&self) -> Vec<(ast::IdentPat, Source)> {
        let all = self.slots.all.iter().enumerate();
        let own = all.filter(|(_, s)| s.kind == Kind::Param && s.file == self.file);
        let bound = own.filter_map(|(slot, s)| match ast::Param::cast(s.node.clone())?.pat()? {
            ast::Pat::IdentPat(pat) => Some((pat, Source::Slot(slot))),
            _ => None,
        });
        bound.collect()
    }

    pub(super) fn field(
        &mut self,
        it: &ast::FieldExpr,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        let Some(name) = it.name_ref().map(|n| n.text().to_string()) else {
            return;
        };
        let numeric = name.starts_with(|c: char| c.is_ascii_digit());
        let tuples = numeric && self.slots.adts.values().any(|a| a.tuple);
        let named = self
            .slots
            .fields_by_name
            .get(&name)
            .cloned()
            .unwrap_or_default();
        if !tuples && named.is_empty() {
            return;
        }
        let base = it
            .expr()
            .map_or(Type::Unknown, |e| self.infer.expr(self.file, &e));
        match self.infer.with_field(&base, &name).peeled() {
            Type::Item(at, node, _) if has_field(node, &name) => {
                let key = key_of(self.infer.index, *at, node);
                let Some(adt) = self.slots.adts.get(&key).cloned() else {
                    return;
                };
                if let Some(slot) = self.slot_of_field(&adt, &name) {
                    let expr = ast::Expr::FieldExpr(it.clone());
                    self.root(expr, Source::Slot(slot), Value::Place, bindings);
                } else if adt.tuple
                    && let (Some(node), Ok(position)) = (it.name_ref(), name.parse())
                {
                    self.sites.positions.push(Position {
                        file: self.file,
                        node: node.syntax().clone(),
                        adt: key,
                        position,
                    });
                }
            }
            // a type that has no such field dereferences to one that has
            Type::Item(..) | Type::Unknown => {
                self.unknown_field(it, &name, &named, numeric, bindings);
            }
            _ if !numeric => self.unknown_field(it, &name, &named, numeric, bindings),
            _ => {}
        }
    }

    /// A field of something whose type is not known.
    fn unknown_field(
        &mut self,
        it: &ast::FieldExpr,
        name: &str,
        named: &[SlotId],
        numeric: bool,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        let left = |this: &Self| {
            Left::new(
                catalog::UNRESOLVED_CALL,
                format!(
                    "`.{name}` at {} may be a read of it, and could not be followed",
                    this.here(it.syntax())
                ),
            )
            .help("give the variable a type, then run again")
        };
        if numeric {
            let left = left(self);
            self.keep_tuples(&left);
            return;
        }
        // a method of the coordinator is called on it, and nothing else in reach has such a field
        let reads = it
            .syntax()
            .parent()
            .and_then(ast::MethodCallExpr::cast)
            .and_then(|m| m.name_ref())
            .is_some_and(|n| api::METHODS.contains(&n.text()));
        if let ([slot], true) = (named, reads)
            && self.is_only_field(*slot, name)
            && !self.comes_from_outside(it)
        {
            let expr = ast::Expr::FieldExpr(it.clone());
            self.root(expr, Source::Slot(*slot), Value::Place, bindings);
            return;
        }
        let left = left(self);
        for slot in named {
            let expr = ast::Expr::FieldExpr(it.clone());
            match self.land(expr, Value::Place, &Source::Slot(*slot)) {
                // what is given to a slot is gone with it, whatever it is
                (.., Landing::Slot(taker)) => {
                    self.sites.unfollowed.push((*slot, taker, left.clone()));
                }
                _ => self.keep(*slot, left.clone()),
            }
        }
    }

    /// Whether nothing else in the workspace has a field of the name that a slot has.
    fn is_only_field(&self, slot: SlotId, name: &str) -> bool {
        let index = self.infer.index;
        let own = &self.slots.all[slot];
        search::saying(index.workspace, name)
            .into_iter()
            .all(|file| {
                let places = Places::of([name]).find(&index.workspace.file(file).text);
                let nodes = index.tree(file).map(|t| t.around(places.as_deref()));
                let fields = nodes
                    .into_iter()
                    .flatten()
                    .filter_map(ast::RecordField::cast);
                let mut others = fields.filter(|f| file != own.file || *f.syntax() != own.node);
                !others.any(|f| {
                    f.name()
                        .is_some_and(|n| n.text().trim_start_matches("r#") == name)
                })
            })
    }

    /// Whether a path in what a field is read of leads to another crate that may have such a field.
    fn comes_from_outside(&self, it: &ast::FieldExpr) -> bool {
        let paths = it.syntax().descendants().filter_map(ast::Path::cast);
        let mut defs = paths.map(|p| {
            self.infer
                .index
                .resolve_path(self.file, &p, Namespace::Value)
        });
        defs.any(|def| matches!(def, Def::External(p) if !knows_no_bus(&p)))
    }

    /// Keeps the fields of tuple structs that this file may read by position.
    pub(super) fn keep_tuples(&mut self, left: &Left) {
        let text = &self.infer.index.workspace.file(self.file).text;
        let touched: Vec<SlotId> = self
            .slots
            .adts
            .values()
            .filter(|a| a.tuple && ast::Struct::can_cast(a.node.kind()))
            .filter(|a| {
                let name = adt_name(&a.node).unwrap_or_default();
                self.tuples.naming(&name).any(|n| text.contains(n))
            })
            .flat_map(|a| a.fields.iter().flatten().copied())
            .collect();
        for slot in touched {
            self.keep(slot, left.clone());
        }
    }

    /// The accessor, an instance of its own, or a call of a function that gives a coordinator.
    fn source_call(&mut self, it: &ast::CallExpr, bindings: &mut Vec<(ast::IdentPat, Source)>) {
        let Some(ast::Expr::PathExpr(callee)) = it.expr() else {
            return;
        };
        let Some(path) = callee.path() else { return };
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return;
        };
        let name = name.text().to_owned();
        let expr = ast::Expr::CallExpr(it.clone());
        if matches!(name.as_str(), "new" | "monolithic")
            && let Some(of) = path.qualifier()
            && self.is_coordinator(&of)
        {
            let made = place(self.infer.index, self.file, it.syntax());
            self.root(expr, Source::Isolated(made), Value::Making, bindings);
            return;
        }
        let accessors = self.infer.index.names_of(Item::Accessor.name());
        if accessors.contains(&name) {
            let def = self
                .infer
                .index
                .resolve_path(self.file, &path, Namespace::Value);
            if self.infer.index.item_of(&def) == Some(Item::Accessor) {
                self.root(expr, Source::Accessor, Value::Future, bindings);
                return;
            }
        }
        let candidates = self.candidates_at(&path, &name);
        if candidates.is_empty() {
            return;
        }
        let taking = Taking::Path(it.arg_list().map_or(0, |l| l.args().count()));
        if let Some(key) = self.resolve_function(&path, callee.syntax(), &candidates, taking)
            && let Some(function) = self.slots.functions.get(&key).cloned()
            && let Some(slot) = function.ret
        {
            let value = returned_value(&function, self.slots.all[slot].form);
            self.root(expr, Source::Slot(slot), value, bindings);
        }
    }

    fn is_coordinator(&self, path: &ast::Path) -> bool {
        let index = self.infer.index;
        index.may_be(path, Item::Coordinator)
            && index.type_of_path(self.file, path) == Ty::Item(Item::Coordinator)
    }

    /// `GlobalEventCoordinator::new` that is not called.
    fn source_value(&mut self, it: &ast::PathExpr) {
        let Some(path) = it.path() else { return };
        let called = it
            .syntax()
            .parent()
            .is_some_and(|p| ast::CallExpr::can_cast(p.kind()));
        let name = path.segment().and_then(|s| s.name_ref());
        if !called
            && name.is_some_and(|n| matches!(n.text(), "new" | "monolithic"))
            && path.qualifier().is_some_and(|q| self.is_coordinator(&q))
        {
            self.sites.hidden_source = true;
        }
    }

    fn getter_call(
        &mut self,
        it: &ast::MethodCallExpr,
        bindings: &mut Vec<(ast::IdentPat, Source)>,
    ) {
        let Some(name) = it.name_ref().map(|n| n.text().to_string()) else {
            return;
        };
        let count = it.arg_list().map_or(0, |l| l.args().count());
        let candidates: Vec<Key> = self
            .candidates(&name)
            .into_iter()
            .filter(|k| {
                let f = &self.slots.functions[k];
                f.has_self && f.ret.is_some() && f.params.len() == count
            })
            .collect();
        if candidates.is_empty() {
            return;
        }
        let receiver = it
            .receiver()
            .map_or(Type::Unknown, |r| self.infer.expr(self.file, &r));
        let method = self
            .infer
            .method_of(&receiver, &name, Taking::Method(count));
        let key = match method {
            Some((it, _)) => Some(key_of(self.infer.index, it.file, it.function.syntax())),
            None if *receiver.peeled() == Type::Coordinator => {
                self.of_extension(&name, &candidates)
            }
            None => None,
        };
        if let Some(function) = key.and_then(|k| self.slots.functions.get(&k).cloned())
            && let Some(slot) = function.ret
        {
            let value = returned_value(&function, self.slots.all[slot].form);
            let expr = ast::Expr::MethodCallExpr(it.clone());
            self.root(expr, Source::Slot(slot), value, bindings);
        }
    }
}
