//! Code that is only seen as tokens: what it may name keeps its slots.

use super::*;

impl Finder<'_, '_> {
    /// Input of macros that cannot be read, and bodies of macro definitions.
    pub(super) fn opaque(&mut self, node: &SyntaxNode) {
        let pieces = match ast::MacroCall::cast(node.clone()) {
            Some(call) => self.tree.pieces(&call),
            None => Vec::new(),
        };
        let read: Vec<TextRange> = pieces.iter().map(|p| self.tree.range(p)).collect();
        // it may call, build or read by names that it is given
        let name = macro_name(node);
        let macros = &self.infer.index.macros;
        let joins = name.as_ref().is_some_and(|n| macros.naming.contains(n));
        let reads = name.is_some_and(|n| macros.reading.contains(&n));
        let may_call = ast::Attr::cast(node.clone()).is_some_and(|a| !only_shows(&a));
        let defines = ast::MacroRules::can_cast(node.kind());
        let is_outermost = |t: &ast::TokenTree| {
            let around = t.syntax().parent();
            around.is_none_or(|n| !ast::TokenTree::can_cast(n.kind()))
        };
        let tokens: Vec<SyntaxToken> = node
            .descendants()
            .filter_map(ast::TokenTree::cast)
            .filter(is_outermost)
            .flat_map(|t| t.syntax().descendants_with_tokens())
            .filter_map(|e| e.into_token())
            .filter(|t| !matches!(t.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
            .collect();
        let text = |i: Option<usize>| i.and_then(|i| tokens.get(i)).map_or("", |t| t.text());
        for (i, token) in tokens.iter().enumerate() {
            let range = self.tree.token_range(token);
            let is_read = read.iter().any(|r| r.contains_range(range));
            if is_read && !joins && !reads {
                continue;
            }
            let before = text(i.checked_sub(1));
            let number = matches!(
                token.kind(),
                SyntaxKind::INT_NUMBER | SyntaxKind::FLOAT_NUMBER
            );
            if number && before == "." {
                let left = self.in_macro(node);
                self.keep_tuples(&left);
            }
            // an attribute may name a function in a string
            if token.kind() == SyntaxKind::STRING && may_call {
                let path = token.text().trim_matches('"');
                for key in self.candidates(path.rsplit("::").next().unwrap_or(path)) {
                    let left = self.in_macro(node);
                    self.keep_function(key, &left);
                }
            }
            if token.kind() != SyntaxKind::IDENT {
                continue;
            }
            if joins && !defines && before != "." {
                for key in self.nameable(token.text(), defines) {
                    let left = self.in_macro(node);
                    self.keep_function(key, &left);
                }
            }
            if reads && !defines {
                let fields = self.slots.fields_by_name.get(token.text()).cloned();
                for slot in fields.into_iter().flatten() {
                    if self.may_name(self.slots.all[slot].file, defines) {
                        let left = self.in_macro(node);
                        self.keep(slot, left);
                    }
                }
            }
            if is_read {
                continue;
            }
            let qualified = before == ":" && text(i.checked_sub(2)) == ":";
            if self.slots.type_names.iter().any(|n| n == token.text())
                && text(Some(i + 1)) == ":"
                && matches!(text(Some(i + 3)), "new" | "monolithic")
            {
                self.sites.hidden_source = true;
            }
            let called = text(Some(i + 1)) == "(";
            let mut candidates = match before {
                // what the macro is given
                "$" => Vec::new(),
                _ => self.nameable(token.text(), defines),
            };
            if !candidates.is_empty() && !called && !qualified && self.is_variable(node, token) {
                candidates.clear();
            }
            for key in candidates {
                let function = self.slots.functions[&key].clone();
                let owner = owner_name(self.infer, &function);
                let named = match &owner {
                    Some(owner) if qualified => {
                        let before = text(i.checked_sub(3));
                        let generic = |t: &str| t == owner || t == "$";
                        before == owner
                            || before == "Self"
                            || (defines && text(i.checked_sub(4)) == "$")
                            || (before == ">" && generic_of(&tokens[..i]).any(generic))
                    }
                    // a method that the macro writes for a trait
                    Some(_) if before == "fn" => is_of_trait(&function.node),
                    Some(_) => before == "." && called,
                    None => before != "." && (called || qualified || !function.has_self),
                };
                let local = !ast::Fn::can_cast(function.node.kind());
                if named && (!local || called) {
                    let left = self.in_macro(node);
                    self.keep_function(key, &left);
                }
            }
            let fields = self.slots.fields_by_name.get(token.text()).cloned();
            for slot in fields.into_iter().flatten() {
                if !self.may_name(self.slots.all[slot].file, defines)
                    || !self.may_read(slot, node, defines)
                {
                    continue;
                }
                let owner = self.slots.all[slot].owner.clone();
                let owner = owner.rsplit("::").next().unwrap_or_default();
                let in_literal = before != "$"
                    && matches!(text(Some(i + 1)), ":" | "," | "}")
                    && ((joins && defines)
                        || tokens
                            .iter()
                            .any(|t| t.text() == owner || t.text() == "Self"));
                let base = text(i.checked_sub(2));
                let of_variable = !matches!(text(i.checked_sub(3)), "." | "$" | ":");
                // what the input binds itself stands somewhere without a field behind it
                let is_bound = base != "self"
                    && (0..tokens.len()).any(|j| text(Some(j)) == base && text(Some(j + 1)) != ".");
                let of_another =
                    of_variable && !is_bound && !defines && self.is_of_another(node, base, slot);
                if (before == "." && !of_another) || in_literal {
                    let left = self.in_macro(node);
                    self.keep(slot, left);
                }
            }
            // by position, or by names that it is given
            let named = defines && gives_names(&tokens[i + 1..]);
            // a variant may be called like a struct
            let variant = match (qualified && called, i.checked_sub(3)) {
                (true, of) => self.variant_at(node, text(of), token.text()),
                _ => None,
            };
            let built: Vec<SlotId> = self
                .slots
                .adts
                .values()
                .filter(|a| if a.tuple { called } else { named })
                .filter(|a| adt_name(&a.node).as_deref() == Some(token.text()))
                .filter(|a| variant.as_ref().is_none_or(|v| *v == a.node))
                .flat_map(|a| a.fields.iter().flatten().copied())
                .collect();
            for slot in built {
                let left = self.in_macro(node);
                self.keep(slot, left);
            }
        }
    }

    /// An attribute may call the functions that are named like its function's parameters, as fixtures of tests are.
    pub(super) fn named_by_params(&mut self, function: &ast::Fn) {
        let Some(attr) = unknown_attr(function.attrs(), FN_ATTRS) else {
            return;
        };
        let list = function.param_list();
        for param in list.iter().flat_map(|l| l.params()) {
            let Some(ast::Pat::IdentPat(pat)) = param.pat() else {
                continue;
            };
            let name = pat.name().map(|n| n.text().to_string());
            for key in self.nameable(name.as_deref().unwrap_or_default(), false) {
                let named = &self.slots.functions[&key];
                let is_free =
                    ast::Fn::can_cast(named.node.kind()) && owner_name(self.infer, named).is_none();
                if is_free {
                    let message = format!(
                        "the attribute `{attr}` at {} may call it, by the name of a parameter",
                        self.here(param.syntax())
                    );
                    self.keep_function(key, &Left::new(catalog::UNREADABLE_MACRO, message));
                }
            }
        }
    }

    /// The functions with slots that a name in a macro may be one of. `defines`: in what it writes.
    fn nameable(&self, name: &str, defines: bool) -> Vec<Key> {
        let mut out = self.candidates(name);
        out.retain(|key| self.may_name(self.slots.functions[key].file, defines));
        out
    }

    fn may_name(&self, file: FileId, defines: bool) -> bool {
        self.infer.index.may_name(self.file, file, defines)
    }

    /// Whether the input of a macro, or what one writes where it is called, may stand where a field can be named.
    fn may_read(&self, field: SlotId, node: &SyntaxNode, defines: bool) -> bool {
        let slot = &self.slots.all[field];
        let record = ast::RecordField::cast(slot.node.clone());
        let is_private = record.is_some_and(|f| {
            let of = f.syntax().parent().and_then(|l| l.parent());
            let of_struct = of.is_some_and(|n| ast::Struct::can_cast(n.kind()));
            of_struct && ast::HasVisibility::visibility(&f).is_none()
        });
        if !is_private {
            return true;
        }
        let index = self.infer.index;
        let below = index.files_below(slot.file);
        let Some(name) = macro_name(node).filter(|_| defines) else {
            return below.contains(&self.file);
        };
        let is_named = |text: &str| search::words(text).any(|w| w == name);
        let says = |file: &FileId| is_named(&index.workspace.file(*file).text);
        let renamed = format!("{name} as ");
        // what another macro writes may call it
        let in_another = || {
            let mut files = search::saying(index.workspace, "macro_rules").filter(says);
            files.any(|file| {
                let Some(tree) = index.tree(file) else {
                    return true;
                };
                let all = tree.root.descendants().filter_map(ast::MacroRules::cast);
                let mut others = all.filter(|m| m.syntax() != node);
                others.any(|m| is_named(&m.syntax().text().to_string()))
            })
        };
        let by_another_name = || search::saying(index.workspace, &renamed).next().is_some();
        below.iter().any(says) || in_another() || by_another_name()
    }

    /// Whether a name in a macro's input, or in an attribute, is that of a variable, or of a parameter of the attribute's
    /// function.
    fn is_variable(&self, node: &SyntaxNode, token: &SyntaxToken) -> bool {
        let of = node.parent().and_then(ast::Fn::cast);
        let params = of.and_then(|f| f.param_list()).into_iter();
        let mut pats = params.flat_map(|l| l.params()).filter_map(|p| p.pat());
        let binds = |p: ast::Pat| match p {
            ast::Pat::IdentPat(it) => it.name().is_some_and(|n| n.text() == token.text()),
            _ => false,
        };
        pats.any(binds) || locals::binding_of(self.tree, node, token.text()).is_some()
    }

    /// Whether a field is known to be one of another type than that of a variable which a node sees.
    fn is_of_another(&self, node: &SyntaxNode, variable: &str, slot: SlotId) -> bool {
        let ty = match locals::binding_of(self.tree, node, variable) {
            _ if variable == "self" => self.infer.self_type(self.file, node),
            Some(pat) => self.infer.binding(self.file, &pat),
            None => return false,
        };
        let Type::Item(at, item, _) = ty.peeled() else {
            return false;
        };
        let adt = (self.slots.adts).get(&key_of(self.infer.index, *at, item));
        // one that has no such field dereferences to one that has
        has_field(item, &self.slots.all[slot].name)
            && adt.is_none_or(|a| !a.fields.contains(&Some(slot)))
    }

    fn in_macro(&self, node: &SyntaxNode) -> Left {
        if ast::Attr::can_cast(node.kind()) {
            let message = format!("the attribute at {} names it", self.here(node));
            return Left::new(catalog::UNREADABLE_MACRO, message)
                .help("take it out of the attribute, then run again");
        }
        Left::new(
            catalog::UNREADABLE_MACRO,
            format!(
                "a macro at {} names it, and its input cannot be read as Rust",
                self.here(node)
            ),
        )
        .help("move the call out of the macro, then run again")
    }
}

/// The tokens of the generic type in front of `::name`: `Type::<A>`, `<Type as Trait>`.
fn generic_of(tokens: &[SyntaxToken]) -> impl Iterator<Item = &str> {
    let mut depth = 0usize;
    let mut start = tokens.len();
    for (i, token) in tokens.iter().enumerate().rev() {
        match token.text() {
            ">" => depth += 1,
            "<" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    start = i.saturating_sub(3);
                    break;
                }
            }
            _ => {}
        }
    }
    tokens[start..].iter().map(SyntaxToken::text)
}

/// Whether a literal that starts with these tokens of a macro's definition has fields that the macro is given.
fn gives_names(tokens: &[SyntaxToken]) -> bool {
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text());
    let end = tokens.iter().position(|t| t.text() == "}");
    text(0) == "{"
        && (1..end.unwrap_or_default()).any(|i| {
            text(i) == "$"
                && matches!(text(i - 1), "{" | "," | "(")
                && matches!(text(i + 2), ":" | "," | "}")
        })
}

/// The name of the macro that is called or defined.
pub(super) fn macro_name(node: &SyntaxNode) -> Option<String> {
    if let Some(it) = ast::MacroRules::cast(node.clone()) {
        return Some(it.name()?.text().to_string());
    }
    let call = ast::MacroCall::cast(node.clone())?;
    Some(tree::macro_name(&call)?.text().to_string())
}

/// Whether the strings of an attribute are for people, and name no function.
fn only_shows(attr: &ast::Attr) -> bool {
    const NAMES: &[&str] = &[
        "deprecated",
        "doc",
        "error",
        "instrument",
        "must_use",
        "should_panic",
    ];
    let name = attr.path().and_then(|p| p.segment()?.name_ref());
    name.is_some_and(|n| NAMES.contains(&n.text()))
}
