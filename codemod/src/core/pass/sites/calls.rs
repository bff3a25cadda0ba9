//! What is called or named: functions, methods, callbacks, tuple structs, statics.

use super::*;

impl Finder<'_, '_> {
    /// Adds a call's arguments that belong to `function`. `first`: arguments before the first parameter.
    fn add_call(&mut self, function: &Function, list: &ast::ArgList, first: usize) {
        if let (Some(slot), Some(call)) = (function.element, list.syntax().parent()) {
            self.element_taken(&call, slot);
        }
        let args: Vec<ast::Expr> = list.args().collect();
        let slots = &function.params;
        if args.len() != slots.len() + first {
            return;
        }
        let mut entries = Vec::new();
        for (i, slot) in slots.iter().enumerate() {
            if let Some(slot) = slot {
                let arg = args[i + first].clone();
                entries.push((i + first, *slot));
                self.flow(arg, *slot);
            }
        }
        if !entries.is_empty() && !self.writable() {
            let left = Left::new(
                catalog::UNRESOLVED_CALL,
                format!(
                    "it is called at {}, which is not to be changed",
                    self.here(list.syntax())
                ),
            );
            for (_, slot) in &entries {
                self.keep(*slot, left.clone());
            }
        }
        self.list(list.syntax(), entries, None);
    }

    /// A call of a function that gives a tuple with a slot: the tuple has to be taken apart by patterns.
    fn element_taken(&mut self, call: &SyntaxNode, slot: SlotId) {
        let data = &self.slots.all[slot];
        let (width, position) = (
            data.node.parent().map_or(0, |t| t.children().count()),
            data.position,
        );
        let fits = |pat: &ast::TuplePat| {
            let mut pats = pat.fields();
            let rest = pats.any(|p| matches!(p, ast::Pat::RestPat(_)));
            pat.fields().count() == width && !rest && !has_comment(pat.syntax())
        };
        match taken_apart(call).filter(|all| all.iter().all(fits)) {
            Some(all) => {
                for pat in all {
                    self.pattern_rule(pat.fields().nth(position), slot);
                    self.list(pat.syntax(), vec![(position, slot)], None);
                }
            }
            None => {
                let message = format!(
                    "{} is not taken out of it at {} by a pattern for each element",
                    data.words(),
                    self.here(call)
                );
                self.keep(slot, Left::new(catalog::NESTED_TYPE, message));
            }
        }
    }

    /// The tuples that a function gives, each with its element for a slot. `false`: one is not written as a tuple.
    pub(super) fn element_given(&mut self, expr: &ast::Expr, slot: SlotId) -> bool {
        let mut all = |e: Option<ast::Expr>| e.is_some_and(|e| self.element_given(&e, slot));
        match expr {
            ast::Expr::TupleExpr(it) => {
                let fields: Vec<ast::Expr> = it.fields().collect();
                let data = &self.slots.all[slot];
                let width = data.node.parent().map_or(0, |t| t.children().count());
                let position = data.position;
                if fields.len() != width || has_comment(it.syntax()) {
                    return false;
                }
                self.flow(fields[position].clone(), slot);
                self.list(it.syntax(), vec![(position, slot)], None);
                true
            }
            ast::Expr::ParenExpr(it) => all(it.expr()),
            ast::Expr::BlockExpr(it) if it.modifier().is_none() => {
                all(it.stmt_list().and_then(|l| l.tail_expr()))
            }
            ast::Expr::IfExpr(it) => {
                let other = match it.else_branch() {
                    Some(ast::ElseBranch::Block(b)) => Some(ast::Expr::BlockExpr(b)),
                    Some(ast::ElseBranch::IfExpr(i)) => Some(ast::Expr::IfExpr(i)),
                    None => None,
                };
                all(it.then_branch().map(ast::Expr::BlockExpr)) && all(other)
            }
            ast::Expr::MatchExpr(it) => {
                let arms = it.match_arm_list();
                arms.into_iter()
                    .flat_map(|l| l.arms())
                    .all(|a| all(a.expr()))
            }
            ast::Expr::CallExpr(it) => {
                let callee = match it.expr() {
                    Some(ast::Expr::PathExpr(p)) => p.path().and_then(|p| p.as_single_name_ref()),
                    _ => None,
                };
                match callee.as_ref().map(ast::NameRef::text) {
                    Some("Ok") => all(it.arg_list().and_then(|l| l.args().next())),
                    Some("Err") => true,
                    _ => false,
                }
            }
            ast::Expr::ReturnExpr(_) => true,
            ast::Expr::MacroExpr(it) => {
                let path = it.macro_call().and_then(|m| m.path());
                let name = path.and_then(|p| p.segment()).and_then(|s| s.name_ref());
                name.is_some_and(|n| {
                    matches!(
                        n.text(),
                        "bail" | "panic" | "todo" | "unreachable" | "unimplemented"
                    )
                })
            }
            _ => false,
        }
    }

    pub(super) fn call(&mut self, call: &ast::CallExpr) {
        if self.callback_call(call) {
            return;
        }
        let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
            return;
        };
        let (Some(path), Some(list)) = (callee.path(), call.arg_list()) else {
            return;
        };
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return;
        };
        let name = name.text().trim_start_matches("r#").to_owned();
        let mut candidates = self.candidates_at(&path, &name);
        let count = list.args().count();
        candidates.retain(|k| {
            let f = &self.slots.functions[k];
            f.params.len() + usize::from(f.has_self) == count
        });
        if !candidates.is_empty() {
            let taking = Taking::Path(count);
            if let Some(key) = self.resolve_function(&path, callee.syntax(), &candidates, taking) {
                if let Some(function) = self.slots.functions.get(&key).cloned() {
                    let first = usize::from(function.has_self);
                    self.add_call(&function, &list, first);
                }
                return;
            }
            self.unresolved_path(&path, &candidates);
        }
        // a tuple struct or variant
        if let Some(adt) = self.tuple_adt(&path, &name) {
            let args: Vec<ast::Expr> = list.args().collect();
            if args.len() != adt.fields.len() {
                return;
            }
            let mut entries = Vec::new();
            for (i, slot) in adt.fields.iter().enumerate() {
                if let Some(slot) = slot {
                    entries.push((i, *slot));
                    // a pattern of `matches!`
                    if !matches!(args[i], ast::Expr::UnderscoreExpr(_)) {
                        self.flow(args[i].clone(), *slot);
                    }
                }
            }
            self.list(list.syntax(), entries, Some(&adt));
        }
    }

    /// A call of what has a function type. `false`: it is another one.
    fn callback_call(&mut self, call: &ast::CallExpr) -> bool {
        let (Some(callee), Some(list)) = (call.expr(), call.arg_list()) else {
            return false;
        };
        if self.slots.callbacks.is_empty() {
            return false;
        }
        if let ast::Expr::PathExpr(it) = &callee {
            let name = it.path().and_then(|p| p.as_single_name_ref());
            let pat = name.and_then(|n| locals::binding_of(self.tree, it.syntax(), n.text()));
            let stmt = pat
                .as_ref()
                .map(|p| p.syntax().parent().and_then(ast::LetStmt::cast));
            match stmt {
                // a closure that a variable holds is called by its name
                Some(Some(stmt))
                    if matches!(stmt.initializer(), Some(ast::Expr::ClosureExpr(_))) =>
                {
                    return false;
                }
                Some(_) => {}
                None => return false,
            }
        }
        let args: Vec<ast::Expr> = list.args().collect();
        let (infer, file, tree) = (self.infer, self.file, self.tree);
        let own = Callbacks { infer, file, tree };
        let declared = own.declared(&callee);
        if let Some(Place::List(key)) = declared {
            let function = self.slots.functions.get(&key).cloned();
            if let Some(function) = function.filter(|f| f.params.len() == args.len()) {
                self.add_call(&function, &list, 0);
            }
            return true;
        }
        // the arguments tell: one of them alone is a coordinator
        let held = args
            .iter()
            .filter(|a| infer.expr(file, a).holds_coordinator());
        if held.count() > 1 {
            return false;
        }
        let mut found: Option<Function> = None;
        for key in self.slots.callbacks.clone() {
            let function = self.slots.functions[&key].clone();
            let own = function.params.iter().enumerate();
            let Some((at, slot)) = own.filter_map(|(i, s)| Some((i, (*s)?))).next() else {
                continue;
            };
            let Some(arg) = args.get(at).filter(|_| function.params.len() == args.len()) else {
                continue;
            };
            let ty = infer.expr(file, arg);
            let lent = matches!(ty, Type::Ref(_));
            if ty.is_known()
                && (!ty.holds_coordinator() || lent != (self.slots.all[slot].form != Form::Arc))
            {
                continue;
            }
            if !ty.is_known() {
                let place = self.here(call.syntax());
                let message =
                    format!("a call at {place} may be one of it, and could not be followed");
                let left = Left::new(catalog::UNRESOLVED_CALL, message)
                    .help("give what is called a type that can be seen, then run again");
                self.keep_function(key, &left);
                continue;
            }
            // it is one of these
            let first = found.get_or_insert_with(|| function.clone());
            let others = first.params.iter().flatten().copied().next();
            if let Some(other) = others {
                self.slots.unite(other, slot);
            }
        }
        if let Some(function) = &found {
            self.add_call(function, &list, 0);
        }
        found.is_some()
    }

    /// Whether a function goes where a function type is asked for that takes a coordinator in its place: they go together.
    fn is_callback(&mut self, expr: &ast::PathExpr, key: Key) -> bool {
        if self.slots.callbacks.is_empty() {
            return false;
        }
        let (infer, file, tree) = (self.infer, self.file, self.tree);
        let own = Callbacks { infer, file, tree };
        let asked = own.asked(&ast::Expr::PathExpr(expr.clone()));
        let function = &self.slots.functions[&key];
        let callback = match asked {
            Place::List(list) => self.slots.functions.get(&list),
            _ => None,
        };
        let pairs =
            callback.filter(|c| !function.has_self && c.params.len() == function.params.len());
        let pairs = pairs.map(|c| c.params.iter().zip(&function.params).collect::<Vec<_>>());
        let Some(pairs) = pairs.filter(|p| p.iter().all(|(a, b)| a.is_some() == b.is_some()))
        else {
            return false;
        };
        let pairs: Vec<(SlotId, SlotId)> = (pairs.iter())
            .filter_map(|(a, b)| Some(((**a)?, (**b)?)))
            .collect();
        let plain = function.ret.is_none() && function.element.is_none();
        for (a, b) in pairs {
            self.slots.unite(a, b);
        }
        plain
    }

    /// The slot-bearing function that a path names here.
    pub(super) fn resolve_function(
        &self,
        path: &ast::Path,
        node: &SyntaxNode,
        candidates: &[Key],
        taking: Taking,
    ) -> Option<Key> {
        if let Some(name) = path.as_single_name_ref()
            && let Some(pat) = locals::binding_of(self.tree, node, name.text())
        {
            // a closure that a variable holds
            let init = pat
                .syntax()
                .parent()
                .and_then(ast::LetStmt::cast)
                .and_then(|l| l.initializer())?;
            let key = self.key(init.syntax());
            return candidates.contains(&key).then_some(key);
        }
        let index = self.infer.index;
        if let Some(method) = self.infer.function_at(self.file, path, taking) {
            return Some(key_of(index, method.file, method.function.syntax()));
        }
        // a trait's, on the coordinator's type
        let of = self
            .infer
            .type_path(self.file, &path.qualifier()?, &Vec::new());
        let name = path.segment()?.name_ref()?.text().to_string();
        if let Type::Item(at, node, _) = of.peeled() {
            return self.of_variant(*at, node, candidates);
        }
        (*of.peeled() == Type::Coordinator)
            .then(|| self.of_extension(&name, candidates))
            .flatten()
    }

    /// The candidate that is of the same type as another, in another variant of its module.
    fn of_variant(&self, file: FileId, of: &SyntaxNode, candidates: &[Key]) -> Option<Key> {
        let index = self.infer.index;
        let place = |file: FileId, node: &SyntaxNode| {
            let module = index.module_of(file, node)?;
            let parent = index.modules[module.0].parent?;
            let mut beside = index.modules[parent.0].children.values();
            let variants = beside.find(|all| all.contains(&module) && all.len() > 1)?;
            Some((variants.clone(), item_name(node)?))
        };
        let own = place(file, of)?;
        let is_beside = |key: &&Key| {
            let function = &self.slots.functions[key];
            let this = self.infer.self_type(function.file, &function.node);
            let Type::Item(at, node, _) = this.peeled() else {
                return false;
            };
            place(*at, node).as_ref() == Some(&own)
        };
        let mut found = candidates.iter().filter(is_beside);
        found.next().copied().filter(|_| found.next().is_none())
    }

    /// A path that may name a candidate, and could not be followed.
    fn unresolved_path(&mut self, path: &ast::Path, candidates: &[Key]) {
        let qualifier = path.qualifier();
        let owner = qualifier
            .as_ref()
            .and_then(|q| q.segment())
            .and_then(|s| s.name_ref())
            .map(|n| n.text().to_string());
        if let Some(name) = path.as_single_name_ref()
            && locals::binding_of(self.tree, path.syntax(), name.text()).is_some()
        {
            return;
        }
        let def = self
            .infer
            .index
            .resolve_path(self.file, path, Namespace::Value);
        if !matches!(def, Def::Unknown) {
            return;
        }
        for key in candidates {
            let function = self.slots.functions[key].clone();
            if !ast::Fn::can_cast(function.node.kind()) {
                continue;
            }
            let theirs = owner_name(self.infer, &function);
            let of_trait = function
                .node
                .ancestors()
                .any(|n| ast::Trait::can_cast(n.kind()));
            let may_be = match (&owner, &theirs) {
                (None, None) => true,
                // what a type that is not known implements
                (_, Some(_)) if of_trait => true,
                (Some(a), Some(b)) => a == b,
                // through a module that is not known
                (Some(_), None) => matches!(
                    self.infer.index.resolve_path(
                        self.file,
                        &qualifier.clone().unwrap_or_else(|| path.clone()),
                        Namespace::Type
                    ),
                    Def::Unknown | Def::Module(_)
                ),
                (None, Some(_)) => false,
            };
            if may_be {
                let left = Left::new(
                    catalog::UNRESOLVED_CALL,
                    format!(
                        "`{path}` at {} may be a call of it, and could not be followed",
                        self.here(path.syntax())
                    ),
                );
                self.keep_function(*key, &left);
            }
        }
    }

    /// A `pub use` of a function with a result.
    pub(super) fn exported(&mut self, it: &ast::UseTree) {
        // what a group or a glob is of is a module
        if it.use_tree_list().is_some() || it.star_token().is_some() {
            return;
        }
        let Some(path) = it.path() else { return };
        let name = path.segment().and_then(|s| s.name_ref());
        let item = use_item(it);
        let module = self.infer.index.module_of(self.file, it.syntax());
        let workspace = self.infer.index.workspace;
        let package = workspace.file(self.file).package;
        let published = package.is_none_or(|p| workspace.package(p).published);
        let exports = item.as_ref().and_then(ast::HasVisibility::visibility);
        // one that nobody outside sees goes with it, unless the item changes for others that it has
        let public = exports.is_some()
            && ((is_plain_pub(exports)
                && published
                && module.is_none_or(|m| self.infer.index.may_be_of_library(m)))
                || item.is_some_and(|u| exports_bus(self.infer.index, self.file, &u)));
        let Some(name) = name.filter(|_| public) else {
            return;
        };
        let place = (self.file, self.tree.range(it.syntax()));
        let index = self.infer.index;
        let def = |ns| index.resolve_path(self.file, &path, ns);
        let found = def(Namespace::Value);
        if found == Def::Unknown && def(Namespace::Type) != Def::Unknown {
            return;
        }
        for key in self.candidates(name.text()) {
            let own = &self.slots.functions[&key];
            let is_method = own
                .node
                .parent()
                .is_some_and(|l| ast::AssocItemList::can_cast(l.kind()));
            let other = match &found {
                Def::Local(at, node) => *at != own.file || *node != own.node,
                Def::Unknown => is_method,
                _ => true,
            };
            if let Some(ret) = own.ret.filter(|_| !other) {
                self.sites.exported.entry(ret).or_default().push(place);
            }
        }
    }

    /// A function that is named without being called.
    pub(super) fn path_value(&mut self, expr: &ast::PathExpr) {
        let is_callee = expr
            .syntax()
            .parent()
            .and_then(ast::CallExpr::cast)
            .is_some_and(|c| c.expr().is_some_and(|e| e.syntax() == expr.syntax()));
        if is_callee {
            return;
        }
        let Some(path) = expr.path() else { return };
        let Some(name) = path.segment().and_then(|s| s.name_ref()) else {
            return;
        };
        let name = name.text().trim_start_matches("r#").to_owned();
        let candidates = self.candidates_at(&path, &name);
        if !candidates.is_empty()
            && let Some(key) = self.resolve_function(&path, expr.syntax(), &candidates, Taking::Any)
            && self.slots.functions.contains_key(&key)
        {
            if self.is_callback(expr, key) {
                return;
            }
            let left = self.as_value(expr.syntax());
            let around = expr.syntax().parent().and_then(|l| l.parent());
            let call = around.and_then(ast::MethodCallExpr::cast);
            if let Some(call) = call.filter(inits_a_cell)
                && let Some(cell) = self.cell_of(&call)
            {
                let function = &self.slots.functions[&key];
                let init = Init {
                    cell,
                    at: self.key(expr.syntax()),
                    ret: function.ret,
                    slots: function.slots().collect(),
                    left,
                };
                self.flow(ast::Expr::PathExpr(expr.clone()), cell);
                self.sites.inits.push(init);
                return;
            }
            self.keep_function(key, &left);
            return;
        }
        if let Some(adt) = self.tuple_adt(&path, &name) {
            let left = self.as_value(expr.syntax());
            for slot in adt.fields.iter().flatten() {
                self.keep(*slot, left.clone());
            }
        }
    }

    fn as_value(&self, node: &SyntaxNode) -> Left {
        Left::new(
            catalog::USED_AS_VALUE,
            format!(
                "it is used as a value at {}, and who calls it there is not known",
                self.here(node)
            ),
        )
        .help("write a closure that calls it, then run again")
    }

    /// The slot of the static that a method is called on.
    fn cell_of(&self, call: &ast::MethodCallExpr) -> Option<SlotId> {
        let key = self.infer.static_at(self.file, &call.receiver()?)?;
        let is_it = |s: &Slot| s.is_cell() && key_of(self.infer.index, s.file, &s.node) == key;
        self.slots.all.iter().position(is_it)
    }

    /// `CELL.set(…)` as a statement of its own.
    fn set_cell(&mut self, call: &ast::MethodCallExpr) {
        let Some(cell) = self.cell_of(call) else {
            return;
        };
        let mut outer = call.syntax().clone();
        while let Some(around) = outer.parent().and_then(ast::MethodCallExpr::cast) {
            let name = around.name_ref();
            let tells = ["ok", "unwrap", "expect"];
            if !name.is_some_and(|n| tells.contains(&n.text())) {
                return;
            }
            outer = around.syntax().clone();
        }
        let stmt = outer.parent().filter(|n| {
            let bound = ast::LetStmt::cast(n.clone()).and_then(|l| l.pat());
            let dropped = matches!(bound, Some(ast::Pat::WildcardPat(_)));
            dropped || n.kind() == SyntaxKind::EXPR_STMT
        });
        let value = call.arg_list().and_then(|l| l.args().next());
        if let (Some(stmt), Some(value)) = (stmt, value) {
            self.flow(value, cell);
            self.sites.sets.push((cell, self.file, stmt));
        }
    }

    /// `CELL.get_or_init(|| async { … })`.
    fn init_cell(&mut self, call: &ast::MethodCallExpr) {
        let made = call.arg_list().and_then(|l| l.args().next());
        let body = match made {
            Some(ast::Expr::ClosureExpr(it)) => it.body(),
            _ => None,
        };
        let value = match body {
            Some(ast::Expr::BlockExpr(it)) => it.stmt_list().and_then(|l| l.tail_expr()),
            other => other,
        };
        if let (Some(cell), Some(value)) = (self.cell_of(call), value) {
            self.flow(value, cell);
        }
    }

    /// The method of a trait that is called on a coordinator, if it is known which.
    pub(super) fn of_extension(&self, name: &str, all: &[Key]) -> Option<Key> {
        // its own come before those of a trait
        if api::METHODS.contains(&name) {
            return None;
        }
        let mut own = all.iter().filter(|key| {
            let function = &self.slots.functions[key];
            let this = self.infer.self_type(function.file, &function.node);
            is_of_trait(&function.node) && *this.peeled() == Type::Coordinator
        });
        own.next().copied().filter(|_| own.next().is_none())
    }

    /// A call of a trait's method on a coordinator.
    fn extension_call(&mut self, call: &ast::MethodCallExpr, name: &str, all: &[Key]) {
        let list = call.arg_list();
        let Some(list) = list.filter(|_| !api::METHODS.contains(&name)) else {
            return;
        };
        if let Some(only) = self.of_extension(name, all) {
            let function = self.slots.functions[&only].clone();
            self.add_call(&function, &list, 0);
            return;
        }
        let left = Left::new(
            catalog::UNRESOLVED_CALL,
            format!(
                "the call at {} may be one of a trait's method on the coordinator",
                self.here(call.syntax())
            ),
        );
        for key in all {
            if is_of_trait(&self.slots.functions[key].node) {
                self.keep_function(*key, &left);
            }
        }
    }

    pub(super) fn method_call(&mut self, call: &ast::MethodCallExpr) {
        if let Some((option, value)) = filled_by(call)
            && let Some(slot) = self.field_slot(&option)
            && self.slots.all[slot].form == Form::Opt
        {
            self.sites.contents.insert(self.key(value.syntax()));
            self.flow(value, slot);
        }
        let (Some(name), Some(list)) = (call.name_ref(), call.arg_list()) else {
            return;
        };
        let name = name.text().trim_start_matches("r#").to_owned();
        match name.as_str() {
            "set" => self.set_cell(call),
            _ if inits_a_cell(call) => self.init_cell(call),
            _ => {}
        }
        let mut candidates = self.candidates(&name);
        let count = list.args().count();
        candidates.retain(|k| {
            let f = &self.slots.functions[k];
            f.has_self && f.params.len() == count
        });
        if candidates.is_empty() {
            return;
        }
        let receiver = call
            .receiver()
            .map_or(Type::Unknown, |r| self.infer.expr(self.file, &r));
        if let Some((method, _)) = self
            .infer
            .method_of(&receiver, &name, Taking::Method(count))
        {
            let key = key_of(self.infer.index, method.file, method.function.syntax());
            if let Some(function) = self.slots.functions.get(&key).cloned() {
                self.add_call(&function, &list, 0);
            }
            return;
        }
        if matches!(receiver.peeled(), Type::Coordinator) {
            self.extension_call(call, &name, &candidates);
            return;
        }
        // the arguments tell
        let args: Vec<ast::Expr> = list.args().collect();
        let mut fitting = Vec::new();
        let mut groups = BTreeSet::new();
        let mut sure = true;
        for key in &candidates {
            let function = &self.slots.functions[key];
            let mut fits = true;
            for (i, slot) in function.params.iter().enumerate() {
                let Some(slot) = slot else { continue };
                let ty = self.infer.expr(self.file, &args[i]);
                if ty.is_known() && !ty.holds_coordinator() {
                    fits = false;
                }
                sure &= ty.holds_coordinator();
                groups.insert(self.slots.all[*slot].group);
            }
            // nothing but the result is a slot
            if function.params.iter().all(Option::is_none) {
                if receiver.is_settled() {
                    continue;
                }
                sure = false;
            }
            if fits {
                fitting.push(*key);
            }
        }
        if fitting.is_empty() {
            return;
        }
        if sure && groups.len() == 1 && !matches!(receiver.peeled(), Type::Outside(..)) {
            let function = self.slots.functions[&fitting[0]].clone();
            self.add_call(&function, &list, 0);
            return;
        }
        let left = Left::new(
            catalog::UNRESOLVED_CALL,
            format!(
                "`.{name}(…)` at {} may be a call of it, and could not be followed",
                self.here(call.syntax())
            ),
        )
        .help("give the receiver a type that can be seen, then run again");
        for key in fitting {
            self.keep_function(key, &left);
        }
    }
}

pub(super) fn returned_value(function: &Function, form: Form) -> Value {
    let is_async = ast::Fn::cast(function.node.clone()).is_some_and(|f| f.async_token().is_some());
    if is_async {
        Value::Future
    } else {
        value_of(form)
    }
}

pub(super) fn value_of(form: Form) -> Value {
    match form {
        Form::RefArc => Value::Ref,
        Form::RefBare => Value::RefBare,
        Form::Opt => Value::Opt,
        Form::OptRef | Form::RefOpt => Value::OptRef,
        Form::Res => Value::Res,
        Form::ResRef => Value::ResRef,
        _ => Value::Arc,
    }
}

/// Whether a method sets a static that nobody has set before.
fn inits_a_cell(call: &ast::MethodCallExpr) -> bool {
    let name = call.name_ref();
    name.is_some_and(|n| matches!(n.text(), "get_or_init" | "get_or_try_init"))
}
