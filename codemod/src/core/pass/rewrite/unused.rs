//! Variables and statements that only what goes had a use for.

use super::*;

/// What is left of a variable that nothing reads any more.
enum Idle {
    /// These statements go.
    Statements(Vec<SyntaxNode>),
    /// It is called `_name`, as rustc suggests, also where it is set.
    Named(Vec<TextRange>),
}

/// The body of the function that a variable is a parameter of, if an attribute that is not known may give a meaning to its
/// name, as test frameworks and remote calls do.
fn named_by_attribute(pat: &ast::IdentPat) -> Option<ast::StmtList> {
    let param = pat.syntax().parent().and_then(ast::Param::cast)?;
    let function = param.syntax().ancestors().nth(2).and_then(ast::Fn::cast)?;
    unknown_attr(function.attrs(), FN_ATTRS)?;
    function.body()?.stmt_list()
}

/// The names that a node may say of variables: as a path, or captured by a format string.
fn named(tree: &FileTree, node: SyntaxNode) -> Vec<(SyntaxNode, String)> {
    if let Some(path) = ast::PathExpr::cast(node.clone()) {
        let name = path.path().and_then(|p| p.as_single_name_ref());
        return name
            .into_iter()
            .map(|n| (node.clone(), n.text().to_string()))
            .collect();
    }
    let Some(literal) = ast::Literal::cast(node.clone()) else {
        return Vec::new();
    };
    let call = tree.ancestors(&node).find_map(ast::MacroCall::cast);
    let formats = call
        .and_then(|c| tree::macro_name(&c))
        .is_some_and(|n| tree::formats(n.text()));
    let text = literal.syntax().text().to_string();
    let names = locals::captured(&text).filter(|_| formats);
    names.map(|n| (node.clone(), n.to_owned())).collect()
}

impl Writer<'_, '_> {
    /// A variable that was only there for what is dropped goes, or is called `_name`.
    pub(super) fn unused_variables(&mut self) {
        let mut done: Vec<(FileId, ast::IdentPat)> = Vec::new();
        let mut held = Vec::new();
        loop {
            let before = self.gone.values().map(Vec::len).sum::<usize>();
            for pat in self.captured(&mut held) {
                if !done.contains(&pat) {
                    done.push(pat);
                }
            }
            for (file, nodes) in self.dropped() {
                self.unused_in(file, &nodes, &mut done);
            }
            // what went may have been the last use of another one
            if self.gone.values().map(Vec::len).sum::<usize>() == before {
                break;
            }
        }
    }

    /// The code that goes.
    pub(super) fn dropped(&self) -> BTreeMap<FileId, Vec<SyntaxNode>> {
        let mut dropped: BTreeMap<FileId, Vec<SyntaxNode>> = self.gone.clone();
        let sites = self.sites;
        for (file, expr, slot) in &sites.flows {
            if self.decision.removed(*slot) {
                dropped
                    .entry(*file)
                    .or_default()
                    .push(expr.syntax().clone());
            }
        }
        for root in &sites.roots {
            let Source::Slot(slot) = root.source else {
                continue;
            };
            if !self.decision.removed(slot) {
                continue;
            }
            let field = matches!(
                self.slots.all[slot].kind,
                Kind::Field | Kind::Return | Kind::Element | Kind::Row
            );
            let more = match &root.landing {
                Landing::Branch(whole, some, _) => without(whole, some),
                Landing::Guarded(it) => Guards::of(it).map_or(Vec::new(), |g| g.gone),
                Landing::LetSome(it, _) => it
                    .let_else()
                    .map(|e| e.syntax().clone())
                    .into_iter()
                    .collect(),
                // what is said of a `None` or an `Err`
                landing if !landing.takes_apart() => {
                    let calls = root.outer.iter().flat_map(|o| o.syntax().descendants());
                    let calls = calls.filter_map(ast::MethodCallExpr::cast).filter(|c| {
                        let name = c.name_ref();
                        name.is_some_and(|n| purity::asking(n.text(), c).is_some())
                    });
                    let args = calls.filter_map(|c| ast::HasArgList::arg_list(&c));
                    args.map(|a| a.syntax().clone()).collect()
                }
                _ => Vec::new(),
            };
            let own = dropped.entry(root.file).or_default();
            own.extend(more);
            own.extend(field.then(|| root.node.clone()));
        }
        dropped
    }

    fn unused_in(
        &mut self,
        file: FileId,
        nodes: &[SyntaxNode],
        done: &mut Vec<(FileId, ast::IdentPat)>,
    ) {
        let Some(tree) = self.tree(file) else { return };
        let ranges: Vec<TextRange> = nodes.iter().map(|n| tree.range(n)).collect();
        let inside = |r: TextRange| ranges.iter().any(|d| d.contains_range(r));
        let mut seen: Vec<ast::IdentPat> = Vec::new();
        let within = nodes.iter().flat_map(|n| tree.descendants(n));
        for (node, name) in within.flat_map(|n| named(tree, n)).collect::<Vec<_>>() {
            let Some(pat) = locals::binding_of(tree, &node, &name) else {
                if let Some(path) = ast::PathExpr::cast(node) {
                    self.unused_in_arm(file, &path, &name, &inside);
                }
                continue;
            };
            if seen.contains(&pat)
                || done.contains(&(file, pat.clone()))
                || inside(tree.range(pat.syntax()))
                || self.goes(file, &pat)
            {
                continue;
            }
            seen.push(pat.clone());
            let mut sets: Vec<ast::BinExpr> = Vec::new();
            let unused = locals::uses_of(tree, &pat).iter().all(|u| match u {
                Use::Expr(path) if inside(tree.range(path.syntax())) => true,
                Use::Expr(path) => {
                    let set = set_by(path);
                    sets.extend(set.clone());
                    set.is_some()
                }
                Use::Opaque(token) => inside(tree.token_range(token)),
            });
            let Some(name) = ast::HasName::name(&pat).filter(|_| unused) else {
                continue;
            };
            if name.text().starts_with('_') || name.text() == "self" {
                continue;
            }
            let Some(skipped) = self.skipped(tree, &pat) else {
                continue;
            };
            done.push((file, pat.clone()));
            let set = match self.idle(file, &pat, &sets) {
                Idle::Statements(all) => {
                    for stmt in all {
                        self.delete_statement(file, &stmt);
                    }
                    continue;
                }
                Idle::Named(set) => set,
            };
            if self.keys_alone(file, &pat) {
                continue;
            }
            if let Some(body) = named_by_attribute(&pat) {
                self.insert_first(file, &body, &[format!("let _ = &{};", name.text())]);
                continue;
            }
            for range in set.into_iter().chain(skipped) {
                self.push(file, Edit::insert(range.start(), "_"));
            }
            for pat in locals::alternatives_of(&pat) {
                let field = pat.syntax().parent().and_then(ast::RecordPatField::cast);
                let shorthand = field.is_some_and(|f| f.name_ref().is_none());
                let Some(own) = ast::HasName::name(&pat) else {
                    continue;
                };
                let lead = if shorthand {
                    format!("{}: _", name.text())
                } else {
                    "_".to_owned()
                };
                self.push(file, Edit::insert(tree.range(own.syntax()).start(), lead));
                done.push((file, pat));
            }
        }
    }

    /// A name that an arm of a `select!` binds, and that nothing else in its handler uses.
    fn unused_in_arm(
        &mut self,
        file: FileId,
        path: &ast::PathExpr,
        name: &str,
        inside: &dyn Fn(TextRange) -> bool,
    ) {
        let found = self.infer.bound_by_arm(file, path.syntax(), name);
        let (Some((bound, handler)), Some(tree)) = (found, self.tree(file)) else {
            return;
        };
        let tokens = handler.descendants_with_tokens();
        let mut tokens = tokens.filter_map(|e| e.into_token());
        let used = tokens.any(|t| {
            let says = match t.kind() {
                SyntaxKind::STRING => locals::mentions_in_format(t.text(), name),
                _ => t.text() == name,
            };
            says && !inside(tree.token_range(&t))
        });
        if !used && !name.starts_with('_') {
            self.push(file, Edit::insert(tree.range(&bound).start(), "_"));
        }
    }

    /// `for (name, line) in &self.lines` is `for name in self.lines.keys()` where nothing uses the value, as clippy asks, and
    /// so is `self.lines.iter().map(|(name, line)| …)`.
    fn keys_alone(&mut self, file: FileId, pat: &ast::IdentPat) -> bool {
        let Some(tree) = self.tree(file) else {
            return false;
        };
        let is_map = |ty: &Type| matches!(ty.peeled(), Type::Outside(n, _) if matches!(n.as_str(), "BTreeMap" | "HashMap"));
        let pair = pat.syntax().parent().and_then(ast::TuplePat::cast);
        let fields: Vec<ast::Pat> = pair.iter().flat_map(ast::TuplePat::fields).collect();
        let (Some(pair), [ast::Pat::IdentPat(key), value]) = (pair, fields.as_slice()) else {
            return false;
        };
        let text = key.syntax().text().to_string();
        if value.syntax() != pat.syntax() || text.starts_with('_') || has_comment(pair.syntax()) {
            return false;
        }
        let Some(around) = pair.syntax().parent() else {
            return false;
        };
        let edit = if let Some(it) = ast::ForExpr::cast(around.clone()) {
            let Some(iterable) = it.iterable() else {
                return false;
            };
            let ty = self.infer.expr(file, &iterable);
            let of = match &iterable {
                ast::Expr::RefExpr(it) => it.expr(),
                other => Some(other.clone()).filter(|_| matches!(ty, Type::Ref(_))),
            };
            let place = of.filter(|of| {
                is_map(&self.infer.expr(file, of))
                    && matches!(of, ast::Expr::PathExpr(_) | ast::Expr::FieldExpr(_))
            });
            place.map(|of| {
                let text = format!("{}.keys()", of.syntax().text());
                Edit::replace(tree.range(iterable.syntax()), text)
            })
        } else {
            let call = ast::Param::cast(around).and_then(|p| {
                let closure = p.syntax().ancestors().find_map(ast::ClosureExpr::cast)?;
                ast::MethodCallExpr::cast(closure.syntax().parent()?.parent()?)
            });
            let maps = call.as_ref().and_then(ast::MethodCallExpr::name_ref);
            let maps = maps.is_some_and(|n| matches!(n.text(), "filter_map" | "flat_map" | "map"));
            let receiver = match call.filter(|_| maps).and_then(|c| c.receiver()) {
                Some(ast::Expr::MethodCallExpr(it)) => it,
                _ => return false,
            };
            let of = receiver
                .receiver()
                .filter(|r| is_map(&self.infer.expr(file, r)));
            let name = receiver.name_ref().filter(|_| of.is_some());
            name.and_then(|name| {
                let keys = match name.text() {
                    "iter" => "keys",
                    "into_iter" => "into_keys",
                    _ => return None,
                };
                Some(Edit::replace(tree.range(name.syntax()), keys.to_owned()))
            })
        };
        let Some(edit) = edit else { return false };
        self.push(file, edit);
        let closure = pair
            .syntax()
            .ancestors()
            .nth(3)
            .and_then(ast::ClosureExpr::cast);
        if let Some(closure) = closure {
            self.mapped_keys(file, &closure, &text);
        }
        self.push(file, Edit::replace(tree.range(pair.syntax()), text));
        true
    }

    /// Where `skip(…)` of the function's attributes names a parameter. `None`: an attribute uses it otherwise.
    fn skipped(&self, tree: &FileTree, pat: &ast::IdentPat) -> Option<Vec<TextRange>> {
        let mut out = Vec::new();
        let param = pat.syntax().parent().and_then(ast::Param::cast);
        let function = param.and_then(|p| p.syntax().ancestors().find_map(ast::Fn::cast));
        let (Some(function), Some(name)) = (function, ast::HasName::name(pat)) else {
            return Some(out);
        };
        for attr in function.attrs() {
            let text = attr.syntax().text().to_string();
            let start = tree.range(attr.syntax()).start();
            let skipped = skip_list(&text).unwrap_or_default();
            for token in attr.syntax().descendants_with_tokens() {
                let token = token.into_token().filter(|t| t.text() == name.text());
                let Some(range) = token.map(|t| tree.token_range(&t)) else {
                    continue;
                };
                if !skipped.contains(&usize::from(range.start() - start)) {
                    return None;
                }
                out.push(range);
            }
        }
        Some(out)
    }

    /// What becomes of a variable that is only set.
    fn idle(&self, file: FileId, pat: &ast::IdentPat, sets: &[ast::BinExpr]) -> Idle {
        let targets = sets.iter().filter_map(ast::BinExpr::lhs);
        let targets = targets.filter_map(|t| Some(self.tree(file)?.range(t.syntax())));
        let named = Idle::Named(targets.collect());
        let stmt = pat.syntax().parent().and_then(ast::LetStmt::cast);
        let Some(stmt) = stmt.filter(|s| s.let_else().is_none() && s.attrs().next().is_none())
        else {
            return named;
        };
        let whole = stmt.syntax().clone();
        let gives_nothing = match stmt.initializer() {
            None => !sets.is_empty(),
            Some(init) => self.only_leads(file, &init, &whole) && !self.moves_on(file, &init),
        };
        let mut all = vec![whole];
        for set in sets {
            let value = set
                .rhs()
                .is_some_and(|v| self.only_leads(file, &v, &all[0]));
            match set_alone(set).filter(|_| value) {
                Some(stmt) => all.push(stmt),
                None => return named,
            }
        }
        match gives_nothing {
            true => Idle::Statements(all),
            false => named,
        }
    }

    /// Whether an expression moves what ends with the variable that it is bound to, where that can be seen.
    fn moves_on(&self, file: FileId, expr: &ast::Expr) -> bool {
        let place = matches!(expr, ast::Expr::PathExpr(_) | ast::Expr::FieldExpr(_));
        let ty = self.infer.expr(file, expr);
        // of `self` only its method's receiver tells how it is held
        let lent = match expr {
            ast::Expr::PathExpr(it) if locals::is_name(it, "self") => {
                let function = expr.syntax().ancestors().find_map(ast::Fn::cast);
                let own = function.and_then(|f| f.param_list()?.self_param());
                own.is_none_or(|s| s.amp_token().is_some())
            }
            _ => matches!(ty, Type::Ref(_)),
        };
        place && !lent && ends::is_seen(self.infer, ty.peeled())
    }

    /// Whether an expression does no more than name a place, borrow it or share it, or ask for the bus, and whether all
    /// that it reads has another reader outside of `stmt`.
    fn only_leads(&self, file: FileId, expr: &ast::Expr, stmt: &SyntaxNode) -> bool {
        let index = self.infer.index;
        let shared = match expr {
            ast::Expr::MethodCallExpr(it) if it.name_ref().is_some_and(|n| n.text() == "clone") => {
                it.receiver().filter(|r| self.is_arc(file, r))
            }
            ast::Expr::CallExpr(it) => {
                let callee = match it.expr() {
                    Some(ast::Expr::PathExpr(p)) => p.path(),
                    _ => None,
                };
                let of_arc = callee.filter(|p| {
                    let name = p.segment().and_then(|s| s.name_ref());
                    let of = p.qualifier();
                    name.is_some_and(|n| n.text() == "clone")
                        && of.is_some_and(|q| index.is_arc(file, &q))
                });
                let args = it.arg_list().filter(|_| of_arc.is_some());
                args.and_then(|l| l.args().next())
            }
            _ => None,
        };
        let blocked = blocked_on(expr);
        let asked = blocked.as_ref().unwrap_or(expr).syntax().text().to_string();
        let accessor = format!(
            "{}().await",
            super::super::super::api::Item::Accessor.name()
        );
        let asked = asked.strip_suffix(".clone()").unwrap_or(&asked);
        if asked == accessor || asked.ends_with(&format!("::{accessor}")) {
            return true;
        }
        let place = shared.as_ref().unwrap_or(expr);
        leads_to(place) && self.is_read_besides(file, place, stmt)
    }

    /// Whether an expression is an `Arc`, or a reference to one.
    fn is_arc(&self, file: FileId, expr: &ast::Expr) -> bool {
        let mut ty = self.infer.expr(file, expr);
        while let Type::Ref(inner) = ty {
            ty = *inner;
        }
        matches!(ty, Type::Outside(name, _) if name == "Arc")
    }

    /// Whether the fields that an expression goes through are read elsewhere, too.
    fn is_read_besides(&self, file: FileId, expr: &ast::Expr, stmt: &SyntaxNode) -> bool {
        let fields = expr.syntax().descendants().filter_map(ast::FieldExpr::cast);
        let mut names = fields.filter_map(|f| f.name_ref());
        let workspace = self.infer.index.workspace;
        let package = workspace.file(file).package;
        let dropped = self.dropped();
        names.all(|name| {
            let needle = format!(".{}", name.text());
            let files = workspace.files.iter().enumerate();
            let mut own = files.filter(|(_, f)| f.package == package);
            own.any(|(i, source)| {
                let of = FileId(i);
                let Some(tree) = self.tree(of) else {
                    return false;
                };
                let mut gone: Vec<TextRange> = dropped
                    .get(&of)
                    .map_or_else(Vec::new, |all| all.iter().map(|n| tree.range(n)).collect());
                if of == file {
                    gone.push(tree.range(stmt));
                }
                source.text.match_indices(&needle).any(|(at, _)| {
                    let end = at + needle.len();
                    let next = source.text[end..].chars().next();
                    let range =
                        TextSize::try_from(at).map(|s| TextRange::at(s, TextSize::of(&needle)));
                    !next.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '(')
                        && !range.is_ok_and(|r| gone.iter().any(|g| g.contains_range(r)))
                })
            })
        })
    }

    /// `let Worker { bus } = self;` goes with the last variable that it bound.
    pub(super) fn empty_patterns(&mut self) {
        let sites = self.sites;
        let mut all: Vec<(FileId, ast::LetStmt, Vec<TextRange>)> = Vec::new();
        for list in &sites.lists {
            let Some(tree) = self.tree(list.file) else {
                continue;
            };
            let patterns = list.node.ancestors().skip(1);
            let pattern = |n: &SyntaxNode| {
                ast::Pat::can_cast(n.kind())
                    || matches!(
                        n.kind(),
                        SyntaxKind::RECORD_PAT_FIELD | SyntaxKind::RECORD_PAT_FIELD_LIST
                    )
            };
            let around = patterns.into_iter().find(|n| !pattern(n));
            let Some(stmt) = around.and_then(ast::LetStmt::cast) else {
                continue;
            };
            let elements = pattern_elements(&list.node);
            let gone = list
                .entries
                .iter()
                .filter(|(_, s)| self.decision.removed(*s));
            let gone = gone.filter_map(|(i, _)| elements.get(*i)?.as_ref());
            let gone: Vec<TextRange> = gone.map(|p| tree.range(p.syntax())).collect();
            match all
                .iter_mut()
                .find(|(f, s, _)| *f == list.file && *s == stmt)
            {
                Some((.., known)) => known.extend(gone),
                None => all.push((list.file, stmt, gone)),
            }
        }
        for (file, stmt, gone) in all {
            let (Some(tree), Some(pat), Some(init)) =
                (self.tree(file), stmt.pat(), stmt.initializer())
            else {
                continue;
            };
            let kept = |n: &SyntaxNode| {
                let range = tree.range(n);
                !gone.iter().any(|g| g.contains_range(range))
            };
            let mut left = pat.syntax().descendants().filter(kept);
            // `..` says that there may be more, but of a struct's fields
            let binds = left.any(|n| match n.kind() {
                SyntaxKind::IDENT_PAT | SyntaxKind::LITERAL_PAT => true,
                SyntaxKind::REST_PAT => {
                    let of_struct = n
                        .parent()
                        .is_some_and(|p| ast::RecordPatFieldList::can_cast(p.kind()));
                    !of_struct
                }
                _ => false,
            });
            if !gone.is_empty()
                && !binds
                && stmt.let_else().is_none()
                && !has_comment(stmt.syntax())
                && leads_to(&init)
                && self.is_typed(tree, &init)
                && self.is_read_besides(file, &init, stmt.syntax())
            {
                self.delete_statement(file, stmt.syntax());
            }
        }
    }

    /// Whether the type of a place is said elsewhere than in the pattern that takes it apart: not where a closure's
    /// parameter without a type is.
    fn is_typed(&self, tree: &FileTree, place: &ast::Expr) -> bool {
        let mut paths = place.syntax().descendants().filter_map(ast::PathExpr::cast);
        paths.all(|path| {
            let name = path.path().and_then(|p| p.as_single_name_ref());
            let pat = name.and_then(|n| locals::binding_of(tree, path.syntax(), n.text()));
            let param = pat.and_then(|p| ast::Param::cast(p.syntax().parent()?));
            param.is_none_or(|p| p.ty().is_some())
        })
    }

    /// `let bus = bus.clone();` goes where `bus` is the shared reference, and one is enough below.
    pub(super) fn bound_again(&mut self, file: FileId, name: &str, uses: &[Root]) {
        for root in uses {
            let Landing::Local(stmt, pat) = &root.landing else {
                continue;
            };
            let whole = root.outer.as_ref().map(AstNode::syntax);
            let plain = root.value == Value::Arc
                && stmt.initializer().as_ref().map(AstNode::syntax) == whole;
            let same = ast::HasName::name(pat).is_some_and(|n| n.text() == name);
            let uses = self.remaining(self.sites.by_local.get(&root.local_key()));
            if same
                && plain
                && pat.mut_token().is_none()
                && stmt.attrs().next().is_none()
                && self.decision.locals.get(&root.local_key()) == Some(&LocalState::Stay)
                && uses.iter().all(fits_reference)
            {
                self.delete_statement(file, stmt.syntax());
                self.unborrow(file, &uses);
                self.bound_again(file, name, &uses);
            }
        }
    }

    /// Whether a pattern goes with its slot.
    pub(super) fn goes(&self, file: FileId, pat: &ast::IdentPat) -> bool {
        let Some(parent) = pat.syntax().parent() else {
            return false;
        };
        let of_slot = self
            .slots
            .all
            .iter()
            .enumerate()
            .any(|(i, s)| s.file == file && s.node == parent && self.decision.removed(i));
        let in_list = |l: &List| l.slot_of(pat).is_some_and(|s| self.decision.removed(s));
        let key = super::super::key_of(self.infer.index, file, pat.syntax());
        let local = self.decision.locals.get(&key);
        of_slot
            || matches!(local, Some(LocalState::Vanish | LocalState::Sink))
            || self
                .sites
                .lists
                .iter()
                .any(|l| l.file == file && in_list(l))
    }
}

/// The last expression of `runtime.block_on(async { … })`, if it is the only one.
fn blocked_on(expr: &ast::Expr) -> Option<ast::Expr> {
    let (name, list) = match expr {
        ast::Expr::MethodCallExpr(it) => (it.name_ref(), it.arg_list()),
        ast::Expr::CallExpr(it) => {
            let Some(ast::Expr::PathExpr(callee)) = it.expr() else {
                return None;
            };
            let segment = callee.path().and_then(|p| p.segment());
            (segment.and_then(|s| s.name_ref()), it.arg_list())
        }
        _ => return None,
    };
    let only = list?
        .args()
        .next()
        .filter(|_| name.is_some_and(|n| n.text() == "block_on"))?;
    match only {
        ast::Expr::BlockExpr(block) if !has_comment(block.syntax()) => {
            let list = block.stmt_list()?;
            list.tail_expr()
                .filter(|_| list.statements().next().is_none())
        }
        other => Some(other),
    }
}

/// The assignment that a variable is the target of.
fn set_by(path: &ast::PathExpr) -> Option<ast::BinExpr> {
    let set = path.syntax().parent().and_then(ast::BinExpr::cast)?;
    let plain = matches!(set.op_kind(), Some(ast::BinaryOp::Assignment { op: None }));
    let target = set.lhs().is_some_and(|l| l.syntax() == path.syntax());
    (plain && target).then_some(set)
}

/// The statement of an assignment, if its block holds more, so that no empty one is left.
fn set_alone(set: &ast::BinExpr) -> Option<SyntaxNode> {
    let stmt = set.syntax().parent().and_then(ast::ExprStmt::cast)?;
    let list = stmt.syntax().parent().and_then(ast::StmtList::cast)?;
    let more = list.statements().count() > 1 || list.tail_expr().is_some();
    more.then(|| stmt.syntax().clone())
}

/// Whether an expression only names a place, or borrows one.
fn leads_to(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::PathExpr(it) => it
            .path()
            .is_some_and(|p| p.as_single_name_ref().is_some() || p.syntax().text() == "self"),
        ast::Expr::FieldExpr(it) => it.expr().is_some_and(|e| leads_to(&e)),
        ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| leads_to(&e)),
        // a field that only this reads would be left without a use
        ast::Expr::PrefixExpr(it) => {
            let fields = |n: SyntaxNode| ast::FieldExpr::can_cast(n.kind());
            it.op_kind() == Some(ast::UnaryOp::Deref)
                && !it.syntax().descendants().any(fields)
                && it.expr().is_some_and(|e| leads_to(&e))
        }
        ast::Expr::RefExpr(it) => {
            it.mut_token().is_none() && it.expr().is_some_and(|e| leads_to(&e))
        }
        _ => false,
    }
}
