//! A parameter that goes: the binding that takes its place in the body.

use super::*;

impl<'a> Writer<'_, 'a> {
    pub(super) fn parameter(&mut self, id: SlotId) {
        let slot = self.slots.all[id].clone();
        let owner = slot
            .node
            .ancestors()
            .find(|n| matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR));
        let Some(owner) = owner else { return };
        if let Some(function) = ast::Fn::cast(owner.clone()) {
            self.attributes(slot.file, &function, &slot.name);
            self.default_impl(&slot, &function);
        }
        if !slot.is_bound() {
            self.field_reads(id);
            return;
        }
        self.discards(self.sites.by_slot.get(&id));
        let uses = self.remaining(self.sites.by_slot.get(&id));
        let by_value = match slot.form {
            Form::RefArc => Held::Reference,
            Form::RefBare => Held::Borrowed,
            _ => Held::Owned,
        };
        let is_mut = ast::Param::cast(slot.node.clone())
            .and_then(|p| p.pat())
            .is_some_and(|p| p.syntax().text().to_string().starts_with("mut "));
        self.bind(slot.file, &slot.name, uses, &owner, by_value, is_mut);
    }

    /// A public `new` that takes nothing any more comes with `Default`, as clippy asks.
    fn default_impl(&mut self, slot: &Slot, function: &ast::Fn) {
        let block = function.syntax().ancestors().find_map(ast::Impl::cast);
        let (Some(block), Some(tree)) = (block, self.tree(slot.file)) else {
            return;
        };
        let Some((generics, ty, bounds)) = self.header(slot.file, &block) else {
            return;
        };
        if !self.wants_default(slot, function, &block) {
            return;
        }
        // for the same builds
        let attrs = block.attrs().chain(function.attrs());
        let attrs = attrs.map(|a| a.syntax().text().to_string());
        let cfgs: Vec<String> = attrs.filter(|a| a.starts_with("#[cfg(")).collect();
        let source = self.source(slot.file);
        let at = tree.range(block.syntax()).start();
        let newline = layout::newline(source);
        let indent = layout::indent_at(source, at);
        let step = layout::indent_step(source);
        let mut lines: Vec<String> = cfgs;
        let broken = bounds.contains('\n');
        let default = match self.has_own_default(slot.file) {
            true => "::core::default::Default",
            false => "Default",
        };
        match bounds.as_str() {
            "" => lines.push(format!("impl{generics} {default} for {ty} {{")),
            _ if broken => {
                lines.push(format!("impl{generics} {default} for {ty}"));
                lines.push(bounds);
                lines.push("{".to_owned());
            }
            _ => lines.push(format!("impl{generics} {default} for {ty} {bounds} {{")),
        }
        if is_deprecated(function) {
            lines.push(format!("{step}#[allow(deprecated)]"));
        }
        lines.push(format!("{step}fn default() -> Self {{"));
        lines.push(format!("{step}{step}Self::new()"));
        lines.push(format!("{step}}}"));
        lines.push("}".to_owned());
        let gap = format!("{newline}{indent}");
        let text = format!("{}{newline}{gap}", lines.join(&gap));
        self.push(slot.file, Edit::insert(at, text));
        let name = ast::HasName::name(function);
        let name = tree.range(name.as_ref().map_or(function.syntax(), AstNode::syntax));
        let message = format!("`{ty}` gets an impl of `Default`: its `new` takes nothing any more");
        let finding = Finding::new(catalog::DEFAULT_ADDED, slot.file, name, message);
        self.out.findings.push(finding);
    }

    /// Whether `Default` may mean something else in a package than the prelude's.
    fn has_own_default(&self, file: FileId) -> bool {
        let index = self.infer.index;
        let package = index.workspace.file(file).package;
        let defines = |n: SyntaxNode| {
            let item = matches!(
                n.kind(),
                SyntaxKind::ENUM
                    | SyntaxKind::STRUCT
                    | SyntaxKind::TRAIT
                    | SyntaxKind::TYPE_ALIAS
                    | SyntaxKind::VARIANT
            );
            item && n
                .children()
                .find_map(ast::Name::cast)
                .is_some_and(|n| n.text() == "Default")
        };
        search::saying(index.workspace, "no_implicit_prelude")
            .next()
            .is_some()
            || search::saying(index.workspace, "Default").any(|f| {
                let tree = index
                    .tree(f)
                    .filter(|_| index.workspace.file(f).package == package);
                tree.is_some_and(|t| t.root.descendants().any(defines))
            })
    }

    /// Whether clippy would ask for a `Default` of what a function makes, which loses a parameter.
    pub(super) fn wants_default(&self, slot: &Slot, function: &ast::Fn, block: &ast::Impl) -> bool {
        let list = function.param_list();
        let takes_nothing = list.as_ref().is_some_and(|l| {
            l.self_param().is_none()
                && l.params().all(|p| {
                    self.slots.all.iter().enumerate().any(|(i, s)| {
                        s.file == slot.file && s.node == *p.syntax() && self.decision.removed(i)
                    })
                })
        });
        let said = block.self_ty().map(|t| t.syntax().text().to_string());
        let said = said.unwrap_or_default();
        // what is made may not depend on a type of the function's own
        let own = ast::HasGenericParams::generic_param_list(function);
        let depends = own.is_some_and(|l| l.type_or_const_params().next().is_some());
        let safe = function.async_token().is_none() && function.unsafe_token().is_none();
        let plain = safe && !depends && block.trait_().is_none();
        let makes_self = function
            .ret_type()
            .and_then(|r| r.ty())
            .is_some_and(|t| t.syntax().text() == "Self" || t.syntax().text() == said.as_str());
        let open = slot.public || is_open_in_binary(self.infer, slot.file, function.syntax());
        if !(open && slot.owner.ends_with("::new") && takes_nothing && plain && makes_self) {
            return false;
        }
        let this = self.infer.self_type(slot.file, function.syntax());
        let derives = match &this {
            Type::Item(_, node, _) => ast::AnyHasAttrs::cast(node.clone()).is_some_and(|n| {
                n.attrs()
                    .any(|a| a.syntax().text().to_string().contains("Default"))
            }),
            _ => false,
        };
        // a macro may write one
        let workspace = self.infer.index.workspace;
        let package = workspace.file(slot.file).package;
        let mut files = workspace.files.iter().filter(|f| f.package == package);
        let written = files.any(|f| search::says(&f.text, "Default for $"));
        !derives && !written && self.infer.method(&this, "default", Taking::Any).is_none()
    }

    /// Puts `let NAME = …;` where the uses can see it.
    pub(super) fn bind(
        &mut self,
        file: FileId,
        name: &str,
        uses: Vec<Root>,
        owner: &SyntaxNode,
        by_value: Held,
        is_mut: bool,
    ) {
        if uses.is_empty() {
            return;
        }
        let held = self.held(&uses, by_value, is_mut);
        let mut scopes: Vec<(SyntaxNode, Vec<Root>)> = Vec::new();
        let all: Vec<Vec<SyntaxNode>> = uses
            .iter()
            .map(|u| await_scopes(self.infer, file, &u.node, Some(owner)))
            .collect();
        let innermost = all.first().and_then(|s| s.first()).cloned();
        let shared = innermost.filter(|s| all.iter().all(|a| a.first() == Some(s)));
        for (it, around) in uses.into_iter().zip(&all) {
            let Some(scope) = shared.clone().or_else(|| around.last().cloned()) else {
                continue;
            };
            match scopes.iter_mut().find(|(s, _)| *s == scope) {
                Some((_, known)) => known.push(it),
                None => scopes.push((scope, vec![it])),
            }
        }
        for (scope, uses) in scopes {
            let list = hoist::body_list(&scope);
            if let Some(only) = self.only_read(file, list.as_ref(), &uses) {
                let accessor = self.accessor(file, &only.node, name == "global_coordinator");
                self.inline(only, &accessor);
                continue;
            }
            let within = list.as_ref().map_or(&scope, AstNode::syntax);
            // some builds have no use for it
            let cfg = self.cfg_of_all(file, within, &uses);
            let place = match uses.first() {
                Some(first) if cfg.is_some() => &first.node,
                _ => within,
            };
            let accessor = self.accessor(file, place, name == "global_coordinator");
            if held == Held::Reference {
                self.unborrow(file, &uses);
                self.bound_again(file, name, &uses);
            }
            let suffix = held.suffix();
            let keyword = if is_mut && held == Held::Owned {
                "mut "
            } else {
                ""
            };
            let line = format!("let {keyword}{name} = {accessor}{suffix};");
            let lines: Vec<String> = cfg.into_iter().chain([line]).collect();
            match list {
                Some(list) => {
                    if let Some(tree) = self.tree(file)
                        && held == Held::Reference
                        && lines.len() == 1
                    {
                        let start = tree.range(list.syntax()).start();
                        let bound = (file, list.syntax().clone(), start, name.to_owned());
                        self.bound.push(bound);
                    }
                    self.insert_first(file, &list, &lines);
                }
                None => self.make_block(file, &scope, &lines),
            }
        }
    }

    /// Makes a block of the body of an `async` closure that has none, with `lines` in front.
    pub(super) fn make_block(&mut self, file: FileId, closure: &SyntaxNode, lines: &[String]) {
        let body = ast::ClosureExpr::cast(closure.clone()).and_then(|c| c.body());
        let (Some(tree), Some(body)) = (self.tree(file), body) else {
            return;
        };
        let range = tree.range(body.syntax());
        let source = self.source(file);
        let outer = format!(
            "{}{}",
            layout::newline(source),
            layout::indent_at(source, range.start())
        );
        let gap = format!("{outer}{}", layout::indent_step(source));
        let before = format!("{{{gap}{}{gap}", lines.join(&gap));
        self.push(file, Edit::insert(range.start(), before));
        self.push(file, Edit::insert(range.end(), format!("{outer}}}")));
    }

    /// The `#[cfg(…)]` that all uses within a node stand under.
    fn cfg_of_all(&self, file: FileId, within: &SyntaxNode, uses: &[Root]) -> Option<String> {
        let tree = self.tree(file)?;
        let own = |it: &Root| {
            let around = tree.ancestors(&it.node).take_while(|n| n != within);
            let mut cfgs = around.flat_map(|n| tree::cfgs(&n));
            // one in another asks for both
            cfgs.next().filter(|_| cfgs.next().is_none())
        };
        let first = own(uses.first()?)?;
        uses.iter()
            .all(|u| own(u).as_ref() == Some(&first))
            .then_some(first)
    }

    /// The only use in a block on one line, or in a closure without one, which have no room for a binding, if it can ask
    /// itself.
    fn only_read<'r>(
        &self,
        file: FileId,
        list: Option<&ast::StmtList>,
        uses: &'r [Root],
    ) -> Option<&'r Root> {
        let [only] = uses else { return None };
        let short = list.is_none_or(|list| {
            let block = list.syntax().parent().and_then(ast::BlockExpr::cast);
            let is_async = block.is_some_and(|b| b.async_token().is_some());
            is_async && !list.syntax().text().contains_char('\n')
        });
        let loops = [
            SyntaxKind::LOOP_EXPR,
            SyntaxKind::WHILE_EXPR,
            SyntaxKind::FOR_EXPR,
        ];
        let around = only.node.ancestors();
        let mut within = around.take_while(|n| n.kind() != SyntaxKind::CLOSURE_EXPR);
        let repeats = list.is_none() && within.any(|n| loops.contains(&n.kind()));
        let asks = only.landing == Landing::Read
            && only.expr.is_some()
            && matches!(hoist::reach(self.infer, file, &only.node), Reach::Here);
        (short && asks && !repeats).then_some(only)
    }

    /// A reference where every use takes one, else what the slot was.
    pub(super) fn held(&self, uses: &[Root], by_value: Held, is_mut: bool) -> Held {
        let fits = uses.iter().all(fits_reference);
        match by_value {
            Held::Reference => Held::Reference,
            Held::Borrowed if uses.iter().all(|u| u.landing == Landing::Read) => Held::Reference,
            Held::Borrowed => Held::Borrowed,
            Held::Owned
                if fits && !(is_mut && uses.iter().any(|u| u.landing == Landing::Target)) =>
            {
                Held::Reference
            }
            Held::Owned => Held::Owned,
        }
    }

    /// `&x` is `x` where `x` is a reference already.
    pub(super) fn unborrow(&mut self, file: FileId, uses: &[Root]) {
        let Some(tree) = self.tree(file) else { return };
        for it in uses {
            if let Some(around) = locals::borrow_around(&it.node) {
                if let Some(stmt) = locals::bound_again(&around, &it.node) {
                    // what it would have named is what its uses name now
                    let edition = self.infer.index.edition(file);
                    let range = tree.range(&stmt);
                    let edit = layout::delete_statement(self.source(file), edition, range);
                    self.push(file, edit);
                    self.again.entry(file).or_default().push(stmt);
                    continue;
                }
                let (start, end) = (tree.range(&around).start(), tree.range(&it.node).start());
                self.push(file, Edit::delete(TextRange::new(start, end)));
            }
        }
    }

    pub(super) fn insert_first(&mut self, file: FileId, list: &ast::StmtList, lines: &[String]) {
        let (Some(tree), Some(brace)) = (self.tree(file), list.l_curly_token()) else {
            return;
        };
        let source = self.source(file);
        // items come first
        let mut at = tree.token_range(&brace).end();
        for child in list.syntax().children() {
            let is_item =
                ast::Item::can_cast(child.kind()) && child.kind() != SyntaxKind::MACRO_CALL;
            if is_item || child.kind() == SyntaxKind::ATTR {
                at = tree.range(&child).end();
            } else {
                break;
            }
        }
        let rest = &source[usize::from(at)..];
        let first_line = rest.lines().next().unwrap_or_default();
        let newline = layout::newline(source);
        if first_line.trim().is_empty() && rest.contains('\n')
            || first_line.trim_start().starts_with("//")
        {
            let indent = list
                .syntax()
                .children()
                .next()
                .map(|c| layout::indent_at(source, tree.range(&c).start()))
                .unwrap_or_else(|| {
                    let own = layout::indent_at(source, tree.token_range(&brace).start());
                    format!("{own}{}", layout::indent_step(source))
                });
            let end = at + TextSize::of(first_line.trim_end());
            let text: String = lines
                .iter()
                .map(|l| format!("{newline}{indent}{l}"))
                .collect();
            self.push(file, Edit::insert(end, text));
        } else {
            self.push(file, Edit::insert(at, format!(" {}", lines.join(" "))));
            self.pressed(file, list, at);
        }
    }

    /// `skip(name)` of `#[instrument]`, and the parameter's item in the documentation.
    fn attributes(&mut self, file: FileId, function: &ast::Fn, name: &str) {
        let Some(tree) = self.tree(file) else { return };
        // several parameters of one function may go
        let gone: Vec<String> = self
            .slots
            .all
            .iter()
            .enumerate()
            .filter(|(i, s)| {
                s.kind == Kind::Param
                    && self.decision.removed(*i)
                    && function
                        .syntax()
                        .text_range()
                        .contains_range(s.node.text_range())
                    && s.file == file
            })
            .map(|(_, s)| s.name.clone())
            .collect();
        self.fewer_arguments(file, function, gone.len());
        for attr in function.attrs() {
            let text = attr.syntax().text().to_string();
            let Some(range) = skip_list(&text).filter(|_| text.contains("instrument")) else {
                continue;
            };
            let names: Vec<&str> = text[range.clone()].split(',').map(str::trim).collect();
            if !names.contains(&name) {
                continue;
            }
            let goes = |n: &str| gone.iter().any(|g| g == n);
            let start = tree.range(attr.syntax()).start();
            if names.iter().all(|n| n.is_empty() || goes(n)) {
                let skip = format!("skip({})", &text[range]);
                let without = text
                    .replace(&format!("{skip}, "), "")
                    .replace(&format!(", {skip}"), "")
                    .replace(&skip, "");
                let after = without.replace("instrument()", "instrument");
                self.push(file, Edit::replace(tree.range(attr.syntax()), after));
                continue;
            }
            // another parameter's name may change there
            for gone in lists::deletions(&text[range.clone()], goes) {
                let gone = TextRange::new(
                    start + TextSize::of(&text[..range.start + gone.start]),
                    start + TextSize::of(&text[..range.start + gone.end]),
                );
                self.push(file, Edit::delete(gone));
            }
        }
        let docs: Vec<SyntaxToken> = function
            .syntax()
            .children_with_tokens()
            .filter_map(|e| e.into_token())
            .filter(|t| t.kind() == SyntaxKind::COMMENT && t.text().starts_with("///"))
            .collect();
        let lines: Vec<&str> = docs.iter().map(|t| &t.text()[3..]).collect();
        let source = self.source(file);
        for (i, drops) in documented::about(&lines, &gone).into_iter().enumerate() {
            if drops {
                let range = tree.token_range(&docs[i]);
                self.push(file, Edit::delete(layout::whole_lines(source, range)));
            }
        }
    }
}

fn is_deprecated(function: &ast::Fn) -> bool {
    let mut attrs = function.attrs();
    attrs.any(|a| a.syntax().text().to_string().contains("deprecated"))
}
