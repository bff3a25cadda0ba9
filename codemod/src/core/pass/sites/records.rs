//! Literals and patterns of structs and variants.

use super::*;

impl Finder<'_, '_> {
    /// The tuple struct or variant with slots that a path names.
    pub(super) fn tuple_adt(&mut self, path: &ast::Path, name: &str) -> Option<Adt> {
        let is_self = name == "Self";
        let adts = self.slots.adts.values();
        let named: Vec<SlotId> = adts
            .filter(|a| a.tuple)
            .filter(|a| {
                let own = adt_name(&a.node).unwrap_or_default();
                is_self || self.tuples.may_be_called(&own, name)
            })
            .flat_map(|a| a.fields.iter().flatten().copied())
            .collect();
        if named.is_empty() {
            // an alias of a struct
            return None;
        }
        let found = self.adt_of(path);
        if found.is_none() && !is_self {
            self.unresolved_adt(path, &named);
        }
        found.filter(|a| a.tuple)
    }

    /// The struct or variant with slots that a path names.
    fn adt_of(&self, path: &ast::Path) -> Option<Adt> {
        if let Some((file, node)) = self.infer.adt_at(self.file, path) {
            let key = key_of(self.infer.index, file, &node);
            return self.slots.adts.get(&key).cloned();
        }
        // a variant that was imported
        let name = path.as_single_name_ref()?.text().to_string();
        let mut found = self.slots.adts.iter().filter(|(_, a)| {
            ast::Variant::can_cast(a.node.kind()) && adt_name(&a.node).as_ref() == Some(&name)
        });
        let (_, adt) = found.next()?;
        let def = self
            .infer
            .index
            .resolve_path(self.file, path, Namespace::Type);
        (found.next().is_none() && def == Def::Unknown).then(|| adt.clone())
    }

    /// What goes by the name of a struct in other builds, and has slots.
    fn twins<'s>(&'s self, file: FileId, node: &SyntaxNode) -> impl Iterator<Item = &'s Adt> {
        let name = adt_name(node).filter(|_| is_conditional(node));
        let (node, scope) = (node.clone(), node.parent());
        self.slots.adts.values().filter(move |a| {
            let beside = a.file == file && a.node != node && a.node.parent() == scope;
            beside && name.is_some() && adt_name(&a.node) == name && is_conditional(&a.node)
        })
    }

    pub(super) fn record(&mut self, it: &ast::RecordExpr) {
        let (Some(path), Some(list)) = (it.path(), it.record_expr_field_list()) else {
            return;
        };
        let names = list
            .fields()
            .filter_map(|f| Some(f.field_name()?.text().to_string()));
        let updates = list.spread().is_some();
        let Some(adt) = self.adt_with(&path, names.collect(), updates) else {
            return;
        };
        let mut entries = Vec::new();
        for (i, field) in list.fields().enumerate() {
            let name = field.field_name();
            let Some(slot) = name.and_then(|n| self.slot_of_field(&adt, n.text())) else {
                continue;
            };
            entries.push((i, slot));
            let expr = field.expr();
            if let Some(expr) = expr.filter(|e| !matches!(e, ast::Expr::UnderscoreExpr(_))) {
                self.flow(expr, slot);
            }
        }
        if entries.is_empty() && updates {
            self.sites.updates.push((self.file, list));
            return;
        }
        self.list(list.syntax(), entries, None);
    }

    /// The struct or variant that a literal or pattern with these field names is of, if one may be a slot. `updates`: it
    /// takes others from elsewhere.
    fn adt_with(&mut self, path: &ast::Path, names: Vec<String>, updates: bool) -> Option<Adt> {
        let positions = names
            .iter()
            .any(|n| n.starts_with(|c: char| c.is_ascii_digit()));
        let says = names
            .iter()
            .any(|n| self.slots.fields_by_name.contains_key(n));
        if !says && !positions && !updates {
            return None;
        }
        let has = |a: &Adt| names.iter().any(|n| self.slot_of_field(a, n).is_some());
        let found = self.adt_of(path);
        let twin = match &found {
            Some(adt) if has(adt) => None,
            // code of a build that does not say so
            _ => self.infer.adt_at(self.file, path).and_then(|(file, node)| {
                let mut twins = self.twins(file, &node);
                twins.find(|a| has(a)).cloned()
            }),
        };
        let Some(adt) = twin.or(found) else {
            let slots = names
                .iter()
                .filter_map(|n| self.slots.fields_by_name.get(n));
            let slots: Vec<SlotId> = slots.flatten().copied().collect();
            self.unresolved_adt(path, &slots);
            return None;
        };
        if adt.tuple {
            let left = Left::new(
                catalog::NESTED_TYPE,
                format!(
                    "its position is written out at {}",
                    self.here(path.syntax())
                ),
            )
            .help("write the fields in parentheses, then run again");
            for slot in adt.fields.iter().flatten() {
                self.keep(*slot, left.clone());
            }
        }
        Some(adt)
    }

    pub(super) fn slot_of_field(&self, adt: &Adt, name: &str) -> Option<SlotId> {
        adt.fields
            .iter()
            .flatten()
            .copied()
            .find(|s| self.slots.all[*s].name == name)
    }

    /// A literal or pattern of what could not be followed, and that may be of what has these fields.
    fn unresolved_adt(&mut self, path: &ast::Path, fields: &[SlotId]) {
        let index = self.infer.index;
        let known = self.infer.adt_at(self.file, path).is_some();
        let may_be = match index.resolve_path(self.file, path, Namespace::Type) {
            Def::Local(_, node) => ast::TypeAlias::can_cast(node.kind()),
            def => def == Def::Unknown,
        };
        if known || !may_be {
            return;
        }
        let left = Left::new(
            catalog::UNRESOLVED_CALL,
            format!(
                "`{path}` at {} may be of its type, and could not be followed",
                self.here(path.syntax())
            ),
        );
        // one of that name, or what the name stands for
        let name = path.segment().and_then(|s| s.name_ref());
        let adts = self.slots.adts.values();
        let same = adts.filter(|a| adt_name(&a.node).as_deref() == name.as_ref().map(|n| n.text()));
        let same: Vec<SlotId> = same
            .flat_map(|a| a.fields.iter().flatten().copied())
            .filter(|s| fields.contains(s))
            .collect();
        for slot in if same.is_empty() { fields } else { &same } {
            self.keep(*slot, left.clone());
        }
    }

    pub(super) fn record_pattern(&mut self, it: &ast::RecordPat) {
        let (Some(path), Some(list)) = (it.path(), it.record_pat_field_list()) else {
            return;
        };
        let names = list
            .fields()
            .filter_map(|f| Some(f.field_name()?.text().to_string()));
        let Some(adt) = self.adt_with(&path, names.collect(), false) else {
            return;
        };
        let mut entries = Vec::new();
        for (i, field) in list.fields().enumerate() {
            let name = field.field_name();
            let Some(slot) = name.and_then(|n| self.slot_of_field(&adt, n.text())) else {
                continue;
            };
            entries.push((i, slot));
            self.pattern_rule(field.pat(), slot);
        }
        self.list(list.syntax(), entries, None);
    }

    /// A field's pattern that does more than bind it keeps the field.
    pub(super) fn pattern_rule(&mut self, pat: Option<ast::Pat>, slot: SlotId) {
        if let Some(ast::Pat::IdentPat(it)) = &pat
            && it.ref_token().is_some()
            && lives_by(it)
        {
            let message = format!(
                "what a pattern at {} lends it from lives to the end of the block for that alone",
                self.here(it.syntax())
            );
            let left = Left::new(catalog::NESTED_TYPE, message);
            self.keep(
                slot,
                left.help("bind what is made to a variable first, then run again"),
            );
            return;
        }
        let simple = match &pat {
            Some(ast::Pat::IdentPat(it)) => it.pat().is_none(),
            Some(ast::Pat::WildcardPat(_) | ast::Pat::RestPat(_)) | None => true,
            _ => false,
        };
        if !simple {
            let place = pat.map(|p| self.here(p.syntax())).unwrap_or_default();
            self.keep(
                slot,
                Left::new(
                    catalog::NESTED_TYPE,
                    format!("a pattern at {place} looks into it"),
                ),
            );
        }
    }

    pub(super) fn tuple_pattern(&mut self, it: &ast::TupleStructPat) {
        let Some(path) = it.path() else { return };
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return;
        };
        let Some(adt) = self.tuple_adt(&path, name.text()) else {
            return;
        };
        let pats: Vec<ast::Pat> = it.fields().collect();
        let rest = pats.iter().position(|p| matches!(p, ast::Pat::RestPat(_)));
        let width = adt.fields.len();
        let mut entries = Vec::new();
        for (field, slot) in adt.fields.iter().enumerate() {
            let Some(slot) = slot else { continue };
            let at = match rest {
                Some(r) if field >= r => {
                    let from_end = width - field;
                    let at = pats.len().checked_sub(from_end);
                    at.filter(|a| *a > r)
                }
                _ => Some(field),
            };
            if let Some(at) = at
                && at < pats.len()
            {
                entries.push((at, *slot));
                self.pattern_rule(Some(pats[at].clone()), *slot);
            }
        }
        self.list(it.syntax(), entries, Some(&adt));
    }

    /// The variant that `Of::name` is at a macro call.
    pub(super) fn variant_at(&self, node: &SyntaxNode, of: &str, name: &str) -> Option<SyntaxNode> {
        let path = [of.to_owned(), name.to_owned()];
        let index = self.infer.index;
        match index.resolve(self.file, node, &path, false, Namespace::Type) {
            Def::Variant(_, variant) => Some(variant),
            _ => None,
        }
    }

    /// `.field("name", …)` in a hand-written `Debug`.
    pub(super) fn debug_impl(&mut self, it: &ast::Impl) {
        let is_debug = it
            .trait_()
            .is_some_and(|t| t.syntax().text().to_string().ends_with("Debug"));
        if !is_debug {
            return;
        }
        let of = it
            .self_ty()
            .map(|t| self.infer.lower(self.file, &t, &Vec::new()));
        let Some(Type::Item(at, node, _)) = of else {
            return;
        };
        let key = key_of(self.infer.index, at, &node);
        let Some(adt) = self.slots.adts.get(&key).cloned() else {
            return;
        };
        for call in it
            .syntax()
            .descendants()
            .filter_map(ast::MethodCallExpr::cast)
        {
            let Some(name) = debug_name(&call) else {
                continue;
            };
            if let Some(slot) = self.slot_of_field(&adt, &name) {
                self.sites.debug_links.push((self.file, slot, call));
            }
        }
    }
}

/// The literal of `.field("name", …)`.
pub(super) fn debug_name(call: &ast::MethodCallExpr) -> Option<String> {
    if call.name_ref()?.text() != "field" {
        return None;
    }
    let args: Vec<ast::Expr> = call.arg_list()?.args().collect();
    let [ast::Expr::Literal(name), _] = args.as_slice() else {
        return None;
    };
    let text = name.syntax().text().to_string();
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// Whether a variable is lent by a `let` of something that is made there.
fn lives_by(pat: &ast::IdentPat) -> bool {
    let stmt = pat.syntax().ancestors().find_map(ast::LetStmt::cast);
    let mut init = stmt.and_then(|s| s.initializer());
    loop {
        init = match init {
            Some(ast::Expr::FieldExpr(it)) => it.expr(),
            Some(ast::Expr::ParenExpr(it)) => it.expr(),
            Some(ast::Expr::PathExpr(_) | ast::Expr::IndexExpr(_) | ast::Expr::PrefixExpr(_))
            | None => {
                return false;
            }
            Some(_) => return true,
        };
    }
}
