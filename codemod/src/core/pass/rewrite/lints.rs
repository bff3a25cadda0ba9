//! What rustc and clippy would say of what is left: closures, updates and bindings that do nothing any more.

use ra_ap_syntax::ast::{HasGenericParams, HasName};

use super::*;

/// The `map` that a closure is given to.
fn map_around(closure: &ast::ClosureExpr) -> Option<ast::MethodCallExpr> {
    let call = ast::MethodCallExpr::cast(closure.syntax().parent()?.parent()?)?;
    let is_map = call.name_ref().is_some_and(|n| n.text() == "map");
    is_map.then_some(call)
}

/// Whether a closure's parameter is an element, by value, of a list that is written there, whose type is plain to see.
fn is_element_of_literal(pat: &ast::IdentPat, ty: &ast::Type) -> bool {
    let list = || {
        let closure = pat.syntax().ancestors().find_map(ast::ClosureExpr::cast)?;
        let ast::Expr::MethodCallExpr(iter) = map_around(&closure)?.receiver()? else {
            return None;
        };
        let of = iter.receiver()?.syntax().text().to_string();
        let by_value = iter.name_ref()?.text() == "into_iter";
        let inner = of.strip_prefix("vec!").unwrap_or(&of).strip_prefix('[')?;
        by_value.then(|| inner.trim_start().to_owned())
    };
    let wanted = ty.syntax().text().to_string();
    list().is_some_and(|inner| match wanted.as_str() {
        "&str" => inner.starts_with('"'),
        "String" => inner.starts_with("String::"),
        _ => false,
    })
}

/// A list of statements that loses one, and whose last expression is a variable then.
pub(super) struct Thinned {
    pub(super) file: FileId,
    /// The last expression.
    pub(super) tail: SyntaxNode,
    /// The variable.
    pub(super) name: SyntaxNode,
    /// Whether the variable is not `mut` any more.
    pub(super) mut_goes: bool,
}

impl Thinned {
    /// That of a statement which goes.
    pub(super) fn of(file: FileId, stmt: &SyntaxNode, mut_goes: bool) -> Option<Self> {
        let list = stmt.parent().and_then(ast::StmtList::cast)?;
        let tail = list.tail_expr()?.syntax().clone();
        Some(Self {
            file,
            name: tail.clone(),
            tail,
            mut_goes,
        })
    }
}

impl Writer<'_, '_> {
    /// The `let` of a variable that only the last expression of a block would name, and its initializer, which may stand
    /// there itself.
    pub(super) fn made_for(
        &self,
        file: FileId,
        tail: &SyntaxNode,
        name: &SyntaxNode,
        mut_goes: bool,
    ) -> Option<(SyntaxNode, SyntaxNode)> {
        let list = tail.parent().and_then(ast::StmtList::cast)?;
        let path = ast::PathExpr::cast(name.clone())?;
        let tree = self.tree(file)?;
        let pat = locals::binding_of(tree, name, path.path()?.as_single_name_ref()?.text())?;
        let stmt = pat.syntax().parent().and_then(ast::LetStmt::cast)?;
        let before = tail.siblings(Direction::Prev).skip(1);
        let gone = self.gone.get(&file);
        let goes = |n: &SyntaxNode| gone.is_some_and(|g| g.contains(n)) || self.vanishes(file, n);
        let last = before.into_iter().find(|n| !goes(n))?;
        let init = stmt.initializer()?;
        let from = tree.range(stmt.syntax()).start();
        let range = TextRange::new(from, tree.range(tail).end());
        let edition = self.infer.index.edition(file);
        // what a temporary of the last expression borrows is dropped before it; what these give is nobody's temporary
        const OWNED: &[&str] = &["clone", "to_owned", "to_string"];
        let has = |kind: SyntaxKind| init.syntax().descendants().any(|n| n.kind() == kind);
        let lends = has(SyntaxKind::AWAIT_EXPR) && has(SyntaxKind::REF_EXPR);
        let mut calls = init.syntax().descendants();
        let calls_more = calls.any(|n| {
            ast::MethodCallExpr::cast(n).is_some_and(|c| {
                let name = c.name_ref();
                let owned = name.is_some_and(|n| OWNED.contains(&n.text()));
                // the accessor's reference outlives all
                let of = c.receiver().map(|r| self.infer.expr(file, &r));
                let shared = of.is_some_and(|t| *t.peeled() == Type::Coordinator);
                !owned && !shared && !self.gives_owned(file, &c)
            })
        });
        let plain = !calls_more && !has(SyntaxKind::MACRO_CALL) && !lends;
        let leaves =
            |n: &SyntaxNode| ast::ExprStmt::can_cast(n.kind()) && n.next_sibling().is_none();
        let alone = last == *stmt.syntax()
            && (list.tail_expr().is_some_and(|t| t.syntax() == tail) || leaves(tail))
            && stmt.ty().is_none()
            && stmt.let_else().is_none()
            && stmt.attrs().next().is_none()
            && (mut_goes || pat.mut_token().is_none())
            && layout::comments_in(self.source(file), edition, range, &[]).is_empty();
        (alone && plain).then(|| (stmt.syntax().clone(), init.syntax().clone()))
    }

    /// A variable that is made and given back, now that what was between is gone. Gives whether it is one.
    pub(super) fn made_and_given(&mut self, it: &Thinned) -> bool {
        let file = it.file;
        let made = self.made_for(file, &it.tail, &it.name, it.mut_goes);
        let (Some((made, init)), Some(tree)) = (made, self.tree(file)) else {
            return false;
        };
        let (made, init) = (tree.range(&made), tree.range(&init));
        let behind = TextRange::new(init.end(), tree.range(&it.tail).end());
        self.write_whole(
            file,
            TextRange::new(made.start(), init.start()),
            String::new(),
        );
        self.write_whole(file, behind, String::new());
        true
    }

    /// Whether a method of the workspace gives what borrows nothing.
    fn gives_owned(&self, file: FileId, call: &ast::MethodCallExpr) -> bool {
        let given = || {
            let (method, _) = self.infer.called_method(file, call)?;
            let plain = method.function.generic_param_list().is_none();
            let ty = method.function.ret_type().filter(|_| plain)?;
            Some(ty.syntax().text().to_string())
        };
        given().is_some_and(|ty| !ty.contains(['&', '\'', '<']) && !ty.contains("impl "))
    }

    /// `|id| Worker::new(id)`, which was `|(id, bus)| Worker::new(id, bus)`, is `Worker::new`; a `map` of what it is given goes.
    pub(super) fn bare_closures(&mut self) {
        let mut more: Vec<(FileId, TextRange, String)> = Vec::new();
        for list in &self.sites.lists {
            let found = self.bare_closure(list);
            more.extend(found.map(|(range, text)| (list.file, range, text)));
        }
        for (file, range, text) in more {
            self.write_whole(file, range, text);
        }
    }

    /// Replaces a range, with what is written in it otherwise.
    pub(super) fn write_whole(&mut self, file: FileId, range: TextRange, text: String) {
        self.whole.entry(file).or_default().push(range);
        self.push(file, Edit::replace(range, text));
    }

    /// The elements of a list that are left, and where they stand.
    fn left_of<'e, T: 'e>(
        &'e self,
        list: &SyntaxNode,
        elements: impl Iterator<Item = T> + 'e,
    ) -> impl Iterator<Item = (usize, T)> + 'e {
        let list = self.sites.lists.iter().find(|l| l.node == *list);
        elements.enumerate().filter(move |(at, _)| {
            let mut own = list.into_iter().flat_map(|l| &l.entries);
            !own.any(|(i, s)| i == at && self.decision.removed(*s))
        })
    }

    /// The one that is left of the elements of a list, and where it stands among them.
    fn sole_left<T>(
        &self,
        list: &SyntaxNode,
        elements: impl Iterator<Item = T>,
    ) -> Option<(usize, T)> {
        let mut left = self.left_of(list, elements);
        let only = left.next()?;
        left.next().is_none().then_some(only)
    }

    /// What is written for a `map` of what its closure is given, as it is or copied.
    fn mapped(
        &self,
        file: FileId,
        closure: &ast::ClosureExpr,
        given: &str,
        left: &ast::Expr,
    ) -> Option<(TextRange, String)> {
        let (tree, call) = (self.tree(file)?, map_around(closure)?);
        let text = left.syntax().text().to_string();
        let text = if text == given {
            return self.unmapped(file, closure);
        } else if text.strip_prefix('*') == Some(given) || given.strip_prefix('&') == Some(&text) {
            "copied()"
        } else if text.strip_suffix(".clone()") == Some(given) {
            "cloned()"
        } else {
            return None;
        };
        if let Some(range) = self.listed(file, &call) {
            return Some((range, ".to_vec()".to_owned()));
        }
        let from = tree.range(call.name_ref()?.syntax()).start();
        let range = TextRange::new(from, tree.range(call.syntax()).end());
        Some((range, text.to_owned()))
    }

    /// `.iter().map(…).collect()` of a list, that gives a `Vec`.
    fn listed(&self, file: FileId, map: &ast::MethodCallExpr) -> Option<TextRange> {
        let tree = self.tree(file)?;
        let called = |call: &ast::MethodCallExpr, name: &str| {
            call.name_ref().is_some_and(|n| n.text() == name)
        };
        let ast::Expr::MethodCallExpr(iter) = map.receiver()? else {
            return None;
        };
        let list = iter.receiver().filter(|_| called(&iter, "iter"))?;
        let collect = ast::MethodCallExpr::cast(map.syntax().parent()?)?;
        let of = self.infer.expr(file, &list);
        let is_list = matches!(of.peeled(), Type::Outside(name, _) if name == "Vec");
        let in_vec = called(&collect, "collect") && self.infer.is_collected_in_vec(file, &collect);
        let range = TextRange::new(
            tree.range(list.syntax()).end(),
            tree.range(collect.syntax()).end(),
        );
        (is_list && in_vec).then_some(range)
    }

    /// A `map` whose closure gives what it is given goes.
    fn unmapped(&self, file: FileId, closure: &ast::ClosureExpr) -> Option<(TextRange, String)> {
        let (tree, call) = (self.tree(file)?, map_around(closure)?);
        let from = tree.range(call.receiver()?.syntax()).end();
        let range = TextRange::new(from, tree.range(call.syntax()).end());
        Some((range, String::new()))
    }

    /// The same for what a closure gives of the keys of a map alone.
    pub(super) fn mapped_keys(&mut self, file: FileId, closure: &ast::ClosureExpr, key: &str) {
        let body = closure.body().filter(|_| !has_comment(closure.syntax()));
        let left = match body {
            Some(ast::Expr::TupleExpr(tuple)) => self.sole_left(tuple.syntax(), tuple.fields()),
            _ => None,
        };
        let found = left.and_then(|(_, left)| self.mapped(file, closure, key, &left));
        if let Some((range, text)) = found {
            self.write_whole(file, range, text);
        }
    }

    /// Whether a variable is of the very type that a parameter has: what is converted on the way stays written, and nothing
    /// becomes a plain value by itself.
    fn is_exact(&self, given: (FileId, &ast::IdentPat), taken: (FileId, &ast::Type)) -> bool {
        let ty = taken.1;
        let taken = self.infer.lowered(taken.0, ty);
        let given = self.infer.binding(given.0, given.1);
        // which number it is, what takes it says
        match given.is_known() && taken.is_known() && given != Type::literal() {
            true => given == taken,
            false => matches!(ty, ast::Type::PathType(_)) && !ty.syntax().text().contains_char('<'),
        }
    }

    /// `|id| Worker::new(id)`, which was `|id| Worker::new((id, bus))`, is `Worker::new`.
    fn bare_argument(
        &self,
        file: FileId,
        args: &ast::ArgList,
        tuple: &ast::TupleExpr,
        is_fine: impl Fn(&ast::ClosureExpr) -> bool,
    ) -> Option<(TextRange, String)> {
        let call = ast::CallExpr::cast(args.syntax().parent()?)?;
        let closure = ast::ClosureExpr::cast(call.syntax().parent()?).filter(is_fine)?;
        let ast::Pat::IdentPat(pat) = closure.param_list()?.params().next()?.pat()? else {
            return None;
        };
        let (at, ast::Expr::PathExpr(only)) = self.sole_left(tuple.syntax(), tuple.fields())?
        else {
            return None;
        };
        let name = pat.name()?;
        let plain = pat.ref_token().is_none() && pat.mut_token().is_none() && pat.pat().is_none();
        let fits = plain && args.args().count() == 1 && locals::is_name(&only, name.text());
        let ast::Expr::PathExpr(callee) = call.expr().filter(|_| fits)? else {
            return None;
        };
        let method = self.infer.called_function(file, &call)?;
        let bound = method.function.generic_param_list().is_none();
        let param = method.function.param_list()?.params().next()?;
        let ast::Type::TupleType(ty) = param.ty().filter(|_| bound)? else {
            return None;
        };
        let ty = ty.fields().nth(at)?;
        let exact = self.is_exact((file, &pat), (method.file, &ty));
        let range = self.tree(file)?.range(closure.syntax());
        exact.then(|| (range, callee.syntax().text().to_string()))
    }

    /// What a call names that takes a closure's parameter alone, and as it is.
    fn takes_alone(
        &self,
        file: FileId,
        pat: &ast::IdentPat,
        call: &ast::CallExpr,
    ) -> Option<String> {
        let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
            return None;
        };
        let args = call.arg_list()?;
        let (at, only) = self.sole_left(args.syntax(), args.args())?;
        let name = pat.name()?;
        let is_it = matches!(only, ast::Expr::PathExpr(p) if locals::is_name(&p, name.text()));
        let (at_file, ty) = match self.infer.called_function(file, call) {
            Some(m) => {
                let ty = m.function.param_list()?.params().nth(at)?.ty()?;
                // it takes what it is given
                let list = m.function.generic_param_list();
                let mut generics = list.iter().flat_map(|l| l.type_or_const_params());
                let any = matches!(ty, ast::Type::ImplTraitType(_))
                    || generics.any(|g| {
                        let name = match g {
                            ast::TypeOrConstParam::Type(t) => t.name(),
                            ast::TypeOrConstParam::Const(_) => None,
                        };
                        name.is_some_and(|n| ty.syntax().text() == n.text())
                    });
                if any {
                    return is_it.then(|| callee.syntax().text().to_string());
                }
                if list.is_some() {
                    return None;
                }
                (m.file, ty)
            }
            None => match self.infer.fields_at(file, &callee.path()?)? {
                (file, ast::FieldList::TupleFieldList(l)) => (file, l.fields().nth(at)?.ty()?),
                _ => return None,
            },
        };
        let exact = is_it
            && (self.is_exact((file, pat), (at_file, &ty)) || is_element_of_literal(pat, &ty));
        exact.then(|| callee.syntax().text().to_string())
    }

    /// `|id| Worker::new(id).with_bus(bus.clone())` is `Worker::new`.
    pub(super) fn bare_setter(
        &self,
        file: FileId,
        step: &ast::MethodCallExpr,
    ) -> Option<(TextRange, String)> {
        let mut around = step.syntax().parent()?;
        if let Some(list) = ast::StmtList::cast(around.clone()) {
            list.statements().next().is_none().then_some(())?;
            around = list.syntax().parent()?.parent()?;
        }
        let closure = ast::ClosureExpr::cast(around)?;
        let made = match step.receiver()? {
            ast::Expr::CallExpr(made) => made,
            // `map(|line| line.with_bus(bus.clone()))`
            ast::Expr::PathExpr(left) => {
                let given = closure.param_list()?.params().next()?.pat()?;
                let same = given.syntax().text() == left.syntax().text();
                return self.unmapped(file, &closure).filter(|_| same);
            }
            _ => return None,
        };
        let mut params = closure.param_list()?.params();
        let (Some(ast::Pat::IdentPat(pat)), None) = (params.next()?.pat(), params.next()) else {
            return None;
        };
        let plain = pat.ref_token().is_none() && pat.mut_token().is_none() && pat.pat().is_none();
        let fits = plain && closure.async_token().is_none() && !has_comment(closure.syntax());
        let callee = self.takes_alone(file, &pat, &made).filter(|_| fits)?;
        Some((self.tree(file)?.range(closure.syntax()), callee))
    }

    fn bare_closure(&self, list: &List) -> Option<(TextRange, String)> {
        let tree = self.tree(list.file)?;
        let alone = |closure: &ast::ClosureExpr| {
            closure
                .param_list()
                .is_some_and(|l| l.params().count() == 1)
                && closure.async_token().is_none()
                && !has_comment(closure.syntax())
        };
        // `map(|id| (id, bus.clone()))`
        if let Some(tuple) = ast::TupleExpr::cast(list.node.clone()) {
            let parent = tuple.syntax().parent()?;
            // `map(|id| Worker::new((id, bus.clone())))`
            if let Some(args) = ast::ArgList::cast(parent.clone()) {
                return self.bare_argument(list.file, &args, &tuple, alone);
            }
            let closure = ast::ClosureExpr::cast(parent).filter(alone)?;
            let param = closure.param_list()?.params().next()?.pat()?;
            let given = param.syntax().text().to_string();
            if let Some((_, left)) = self.sole_left(tuple.syntax(), tuple.fields()) {
                return self.mapped(list.file, &closure, &given, &left);
            }
            let ast::Pat::TuplePat(param) = param else {
                return None;
            };
            let kept = self.left_of(tuple.syntax(), tuple.fields());
            let kept: Vec<String> = kept.map(|(_, e)| e.syntax().text().to_string()).collect();
            let taken = param.fields().map(|p| p.syntax().text().to_string());
            let same = param.fields().count() == tuple.fields().count() - 1;
            return (same && taken.eq(kept)).then(|| self.unmapped(list.file, &closure))?;
        }
        let pattern = ast::TuplePat::cast(list.node.clone())?;
        let (_, ast::Pat::IdentPat(pat)) = self.sole_left(pattern.syntax(), pattern.fields())?
        else {
            return None;
        };
        let plain = pat.ref_token().is_none() && pat.mut_token().is_none() && pat.pat().is_none();
        let name = pat.name().filter(|_| plain)?;
        let param = ast::Param::cast(pattern.syntax().parent()?)?;
        let closure = tree
            .ancestors(param.syntax())
            .find_map(ast::ClosureExpr::cast)?;
        match Some(&closure).filter(|c| alone(c))?.body()? {
            ast::Expr::CallExpr(call) => {
                let callee = self.takes_alone(list.file, &pat, &call)?;
                Some((tree.range(closure.syntax()), callee))
            }
            body => self.mapped(list.file, &closure, name.text(), &body),
        }
    }

    /// An `if` that is alone in another one, now that a statement goes: both conditions are one. An `else` that has nothing but
    /// an `if` is an `else if`.
    pub(super) fn collapse(&mut self) {
        for (file, list) in self.thinned() {
            let edits = self.collapsed(file, &list);
            self.write_around(file, edits);
            self.emptied(file, &list);
        }
    }

    /// Of a function that does nothing any more the braces are left.
    fn emptied(&mut self, file: FileId, list: &ast::StmtList) {
        let Some(tree) = self.tree(file) else { return };
        let block = list.syntax().parent();
        let of_function = block.and_then(|b| b.parent()).map(|p| p.kind());
        let gone = self.gone.get(&file).map_or(&[][..], Vec::as_slice);
        let empty = list.syntax().children().all(|n| gone.contains(&n));
        let (Some(open), Some(close)) = (list.l_curly_token(), list.r_curly_token()) else {
            return;
        };
        let within = TextRange::new(
            tree.token_range(&open).end(),
            tree.token_range(&close).start(),
        );
        let mut own = self.out.edits.get(&file).into_iter().flatten();
        let writes = own.any(|e| within.contains_range(e.range) && !e.insert.trim().is_empty());
        if of_function == Some(SyntaxKind::FN) && empty && !writes && !has_comment(list.syntax()) {
            self.whole.entry(file).or_default().push(within);
            self.push(file, Edit::delete(within));
        }
    }

    /// The lists of statements that lose one.
    fn thinned(&self) -> Vec<(FileId, ast::StmtList)> {
        let mut lists: Vec<(FileId, ast::StmtList)> = Vec::new();
        for (file, gone) in &self.gone {
            let of = gone.iter().filter_map(SyntaxNode::parent);
            for list in of.filter_map(ast::StmtList::cast) {
                if !lists.contains(&(*file, list.clone())) {
                    lists.push((*file, list));
                }
            }
        }
        lists
    }

    /// Writes the edits around a part of a block that takes the block's place, and moves that part's lines to the left, by a
    /// number of blanks: those that are there, and those of lines that are put in.
    fn write_around(&mut self, file: FileId, around: Option<(Vec<Edit>, SyntaxNode, usize)>) {
        let Some((edits, part, step)) = around else {
            return;
        };
        self.move_left(file, &part, step);
        self.out.edits.entry(file).or_default().extend(edits);
    }

    /// Moves the lines of a part to the left, by a number of blanks.
    pub(super) fn move_left(&mut self, file: FileId, part: &SyntaxNode, step: usize) {
        let Some(tree) = self.tree(file) else { return };
        let source = self.source(file);
        let within = tree.range(part);
        let own = self.out.edits.entry(file).or_default();
        let mut dedents = layout::dedent(tree, part, step);
        dedents.retain(|d| !own.iter().any(|e| e.range.contains_range(d.range)));
        for edit in own.iter_mut().filter(|e| within.contains_range(e.range)) {
            let start = edit.range.start();
            let mut at_start = layout::line_start(source, start) == start;
            let mut text = String::with_capacity(edit.insert.len());
            for line in edit.insert.split_inclusive('\n') {
                let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
                text.push_str(&line[if at_start { blanks.min(step) } else { 0 }..]);
                at_start = true;
            }
            edit.insert = text;
        }
        own.extend(dedents);
    }

    fn collapsed(
        &self,
        file: FileId,
        list: &ast::StmtList,
    ) -> Option<(Vec<Edit>, SyntaxNode, usize)> {
        let tree = self.tree(file)?;
        let block = list.syntax().parent().and_then(ast::BlockExpr::cast)?;
        let outer = block.syntax().parent().and_then(ast::IfExpr::cast)?;
        let gone = self.gone.get(&file)?;
        let mut left = list.syntax().children().filter(|n| !gone.contains(n));
        let (only, None) = (left.next()?, left.next()) else {
            return None;
        };
        // with a semicolon it is a statement
        let only = match ast::ExprStmt::cast(only.clone()) {
            Some(stmt) if stmt.semicolon_token().is_none() => stmt.expr()?.syntax().clone(),
            Some(_) => return None,
            None => only,
        };
        let inner = ast::IfExpr::cast(only)?;
        let is_else = match outer.else_branch() {
            Some(ast::ElseBranch::Block(it)) => it == block,
            _ => false,
        };
        if !is_else && outer.then_branch().as_ref() != Some(&block) {
            return None;
        }
        let edition = self.infer.index.edition(file);
        let (source, within) = (self.source(file), inner.syntax());
        let (head, rest, step) = layout::around_tail(tree, source, edition, &block, within)?;
        let mut edits = Vec::new();
        if is_else {
            edits.push(Edit::delete(head));
        } else {
            let conditions = [outer.condition()?, inner.condition()?];
            let lets = |c: &ast::Expr| {
                let mut nodes = c.syntax().descendants();
                nodes.any(|n| ast::LetExpr::can_cast(n.kind()))
            };
            let chains = edition >= Edition::Edition2024 || !conditions.iter().any(lets);
            if outer.else_branch().is_some() || inner.else_branch().is_some() || !chains {
                return None;
            }
            let loose = |c: &ast::Expr| match c {
                ast::Expr::BinExpr(it) => !matches!(
                    it.op_kind(),
                    Some(
                        ast::BinaryOp::CmpOp(_)
                            | ast::BinaryOp::ArithOp(_)
                            | ast::BinaryOp::LogicOp(ast::LogicOp::And)
                    )
                ),
                ast::Expr::ClosureExpr(_) | ast::Expr::RangeExpr(_) => true,
                _ => false,
            };
            // what a call of the first gives would live while the second is asked
            const PLAIN: &[&str] = &["is_empty", "is_err", "is_none", "is_ok", "is_some", "len"];
            let calls = |c: &ast::Expr| {
                let mut nodes = c.syntax().descendants();
                nodes.any(|n| match ast::MethodCallExpr::cast(n.clone()) {
                    Some(it) => it.name_ref().is_none_or(|n| !PLAIN.contains(&n.text())),
                    None => matches!(
                        n.kind(),
                        SyntaxKind::AWAIT_EXPR | SyntaxKind::CALL_EXPR | SyntaxKind::MACRO_EXPR
                    ),
                })
            };
            if calls(&conditions[0]) {
                return None;
            }
            let mut joint = " && ".to_owned();
            for (at, condition) in conditions.iter().enumerate().filter(|(_, c)| loose(c)) {
                let range = tree.range(condition.syntax());
                match at {
                    0 => {
                        edits.push(Edit::insert(range.start(), "("));
                        joint.insert(0, ')');
                    }
                    _ => {
                        joint.push('(');
                        edits.push(Edit::insert(range.end(), ")"));
                    }
                }
            }
            let start = tree.range(conditions[0].syntax()).end();
            let end = tree.range(conditions[1].syntax()).start();
            edits.push(Edit::replace(TextRange::new(start, end), joint));
        }
        edits.push(Edit::delete(rest));
        let own = self.out.edits.get(&file).into_iter().flatten();
        // something is bound there, or written otherwise
        let written = |e: &Edit| !e.insert.is_empty() && head.contains_range(e.range);
        if own.clone().any(written) {
            return None;
        }
        Some((edits, inner.syntax().clone(), step))
    }

    /// A function that only gives an `async` block, now that a statement goes, is an `async fn`, as clippy asks.
    pub(super) fn asynchronous(&mut self) {
        for (file, list) in self.thinned() {
            let edits = self.made_async(file, &list);
            self.write_around(file, edits);
        }
    }

    fn made_async(
        &self,
        file: FileId,
        list: &ast::StmtList,
    ) -> Option<(Vec<Edit>, SyntaxNode, usize)> {
        let (tree, source) = (self.tree(file)?, self.source(file));
        let edition = self.infer.index.edition(file);
        let gone = self.gone.get(&file)?;
        if list.statements().any(|s| !gone.contains(s.syntax())) {
            return None;
        }
        let Some(ast::Expr::BlockExpr(inner)) = list.tail_expr() else {
            return None;
        };
        let body = list.syntax().parent().and_then(ast::BlockExpr::cast)?;
        let function = body.syntax().parent().and_then(ast::Fn::cast)?;
        let of_trait = function.syntax().ancestors().nth(2);
        let of_trait = of_trait.is_some_and(|n| match ast::Impl::cast(n.clone()) {
            Some(block) => block.trait_().is_some(),
            None => ast::Trait::can_cast(n.kind()),
        });
        let is_async = matches!(inner.modifier(), Some(ast::BlockModifier::Async(_)));
        let special = function.async_token().is_some()
            || function.const_token().is_some()
            || function.unsafe_token().is_some()
            || function.abi().is_some();
        if of_trait || !is_async || special {
            return None;
        }
        let given = function.ret_type()?;
        let (opaque, output) = future_output(&given)?;
        // what it borrows from: an `async fn` borrows from all
        let left = |p: &ast::Param| {
            let slot = self
                .slots
                .all
                .iter()
                .position(|s| s.file == file && s.node == *p.syntax());
            slot.is_none_or(|s| !self.decision.removed(s))
        };
        let params = function.param_list()?;
        let taken: Vec<ast::Param> = params.params().filter(left).collect();
        let tokens = |n: &SyntaxNode, kind: SyntaxKind| {
            let mut all = n.descendants_with_tokens();
            all.any(|t| t.kind() == kind)
        };
        let lends =
            |n: &SyntaxNode| tokens(n, SyntaxKind::AMP) || tokens(n, SyntaxKind::LIFETIME_IDENT);
        let receiver = params.self_param();
        let borrows = taken.iter().any(|p| lends(p.syntax()))
            || receiver.as_ref().is_some_and(|r| lends(r.syntax()))
            || ast::HasGenericParams::generic_param_list(&function)
                .is_some_and(|l| l.lifetime_params().next().is_some());
        let says_what = tokens(opaque.syntax(), SyntaxKind::USE_KW)
            || tokens(opaque.syntax(), SyntaxKind::LIFETIME_IDENT);
        if borrows && (edition < Edition::Edition2024 || says_what) {
            return None;
        }
        // what the block does not take along would be dropped later
        let said = |name: &str| search::says(&inner.syntax().text().to_string(), name);
        let taken_along = |param: &ast::Param| {
            let names = param.syntax().descendants().filter_map(ast::IdentPat::cast);
            let mut names = names.filter_map(|p| ast::HasName::name(&p));
            let ignores = matches!(param.pat(), Some(ast::Pat::WildcardPat(_)));
            (!ignores && names.all(|n| said(n.text())))
                || param
                    .ty()
                    .is_some_and(|t| !ends::is_written_seen(self.infer, file, &t))
        };
        let keeps = receiver.is_none_or(|r| r.amp_token().is_some() || said("self"));
        if !keeps || !taken.iter().all(taken_along) {
            return None;
        }
        let within = inner.stmt_list()?;
        let (head, rest, step) = layout::around_tail(tree, source, edition, &body, inner.syntax())?;
        let head = TextRange::new(head.start(), tree.range(within.syntax()).start());
        let given_at = tree.range(given.syntax());
        let own = self.out.edits.get(&file).into_iter().flatten();
        let written = |e: &Edit| {
            given_at.intersect(e.range).is_some_and(|r| !r.is_empty())
                || (!e.insert.is_empty() && head.contains_range(e.range))
        };
        if own.clone().any(written) || has_comment(given.syntax()) {
            return None;
        }
        let unit = matches!(&output, ast::Type::TupleType(t) if t.fields().next().is_none());
        let result = match unit {
            true => {
                let gap = source[..usize::from(given_at.start())].trim_end();
                Edit::delete(TextRange::new(TextSize::of(gap), given_at.end()))
            }
            false => Edit::replace(
                tree.range(opaque.syntax()),
                output.syntax().text().to_string(),
            ),
        };
        let keyword = tree.token_range(&function.fn_token()?).start();
        let edits = vec![
            Edit::insert(keyword, "async "),
            result,
            Edit::delete(head),
            Edit::delete(rest),
        ];
        Some((edits, within.syntax().clone(), step))
    }

    /// Whether a statement is a `let` that goes.
    fn vanishes(&self, file: FileId, stmt: &SyntaxNode) -> bool {
        let pat = ast::LetStmt::cast(stmt.clone()).and_then(|l| l.pat());
        let key = pat.map(|p| super::super::key_of(self.infer.index, file, p.syntax()));
        let state = key.and_then(|k| self.decision.locals.get(&k));
        state == Some(&LocalState::Vanish)
    }

    /// The block of which nothing but an expression is left, or else the expression.
    fn or_its_block(&self, file: FileId, expr: &SyntaxNode) -> SyntaxNode {
        let list = expr.parent().and_then(ast::StmtList::cast);
        let block = list.filter(|l| {
            l.tail_expr().is_some_and(|t| t.syntax() == expr)
                && l.statements().all(|s| self.vanishes(file, s.syntax()))
        });
        let block = block.and_then(|l| l.syntax().parent().and_then(ast::BlockExpr::cast));
        match block.filter(|b| b.modifier().is_none()) {
            Some(block) => block.syntax().clone(),
            None => expr.clone(),
        }
    }

    /// The generic parameters, the type and the bounds of an impl block as they will be written. `None`: they have
    /// comments.
    pub(super) fn header(
        &self,
        file: FileId,
        block: &ast::Impl,
    ) -> Option<(String, String, String)> {
        let ty = block.self_ty()?;
        let generics = ast::HasGenericParams::generic_param_list(block);
        let bounds = ast::HasGenericParams::where_clause(block);
        let parts = [
            Some(ty.syntax()),
            generics.as_ref().map(AstNode::syntax),
            bounds.as_ref().map(AstNode::syntax),
        ];
        if parts.into_iter().flatten().any(has_comment) {
            return None;
        }
        let freed = &self.decision.freed;
        let args = ty.syntax().descendants();
        let args = args.filter(|n| self.slots.lifetimes.goes(freed, file, n));
        let args: Vec<SyntaxNode> = args.collect();
        let goes = |n: &SyntaxNode| {
            let names = args.iter().flat_map(lifetimes::names_in);
            args.contains(n)
                || ast::LifetimeParam::cast(n.clone())
                    .and_then(|p| p.lifetime())
                    .is_some_and(|l| names.into_iter().any(|n| n == l.text()))
        };
        // without the lifetimes that go
        let left = |list: &SyntaxNode| {
            let left = list.children().filter(|n| !goes(n));
            let left: Vec<String> = left.map(|n| n.text().to_string()).collect();
            match left.as_slice() {
                _ if args.is_empty() => list.text().to_string(),
                [] => String::new(),
                _ => format!("<{}>", left.join(", ")),
            }
        };
        let list = args.first().and_then(SyntaxNode::parent);
        let ty = ty.syntax().text().to_string();
        let ty = list.map_or(ty.clone(), |list| {
            ty.replacen(&list.text().to_string(), &left(&list), 1)
        });
        let generics = generics.map(|g| left(g.syntax())).unwrap_or_default();
        let bounds = bounds.map(|b| b.syntax().text().to_string());
        let bounds = bounds.unwrap_or_default();
        let bounds = bounds.trim_end().to_owned();
        Some((generics, ty, bounds))
    }

    /// `map(|id| Worker::new(id))` is `map(Worker::new)`, where nothing can be converted on the way.
    pub(super) fn named_alone(
        &mut self,
        list: &List,
        elements: &[SyntaxNode],
        gone: &[usize],
    ) -> bool {
        let Some(tree) = self.tree(list.file) else {
            return false;
        };
        let call = list.node.parent().and_then(ast::CallExpr::cast);
        let callee = call.as_ref().and_then(ast::CallExpr::expr);
        let body = call.map(|c| self.or_its_block(list.file, c.syntax()));
        let closure = body.and_then(|b| b.parent().and_then(ast::ClosureExpr::cast));
        let (Some(ast::Expr::PathExpr(callee)), Some(closure)) = (callee, closure) else {
            return false;
        };
        let left: Vec<String> = (elements.iter().enumerate())
            .filter(|(i, _)| !gone.contains(i))
            .map(|(_, e)| e.text().to_string())
            .collect();
        let own = super::super::key_of(self.infer.index, list.file, closure.syntax());
        let own = self.slots.functions.get(&own);
        let stays = |i: usize| {
            let slot = own.and_then(|f| f.params.get(i).copied().flatten());
            !slot.is_some_and(|s| self.decision.removed(s))
        };
        let taken = closure.param_list();
        let taken = taken.iter().flat_map(|l| l.params()).enumerate();
        let taken: Vec<String> = taken
            .filter(|(i, _)| stays(*i))
            .map(|(_, p)| p.syntax().text().to_string())
            .collect();
        let given = self.or_its_block(list.file, closure.syntax()).parent();
        let known = given.and_then(ast::ArgList::cast).is_some_and(|l| {
            let around = l.syntax().parent();
            around.is_some_and(|n| {
                ast::MethodCallExpr::can_cast(n.kind()) || ast::CallExpr::can_cast(n.kind())
            })
        });
        let is_name = |n: &String| n.chars().all(|c| c.is_alphanumeric() || c == '_');
        let plain = known
            && left == taken
            && left.iter().all(is_name)
            && closure.async_token().is_none()
            && closure.ret_type().is_none()
            && !has_comment(closure.syntax());
        if !plain {
            return false;
        }
        let given = self.given_to(list.file, &closure);
        let given = given.as_ref();
        // what is given is of one type there, whatever the lifetimes
        const OF_ONE_TYPE: &[&str] = &[
            "and_then",
            "filter_map",
            "flat_map",
            "for_each",
            "map",
            "map_err",
            "map_while",
            "or_else",
            "unwrap_or_else",
        ];
        let method = closure.syntax().parent().and_then(|l| l.parent());
        let method = method.and_then(ast::MethodCallExpr::cast);
        let iterates = method.as_ref().is_some_and(is_of_iterator);
        let method = method.and_then(|c| c.name_ref());
        let generic = method.is_some_and(|n| OF_ONE_TYPE.contains(&n.text()));
        match list.tuple.map(|t| &self.slots.adts[&t]) {
            Some(adt) if left.is_empty() || !self.holds_as_is(adt, gone, given) => return false,
            Some(_) => {}
            None => {
                let function = callee.path().and_then(|path| {
                    self.infer
                        .function_at(list.file, &path, Taking::Path(elements.len()))
                });
                let function =
                    function.filter(|f| self.takes_as_is(f, gone, given, generic, iterates));
                let Some(function) = function else {
                    return false;
                };
                if left.is_empty() && self.by_default(list.file, &closure, &function) {
                    return true;
                }
            }
        }
        let (whole, only) = (tree.range(closure.syntax()), tree.range(callee.syntax()));
        let head = TextRange::new(whole.start(), only.start());
        self.push(list.file, Edit::delete(head));
        let tail = TextRange::new(only.end(), whole.end());
        self.push(list.file, Edit::delete(tail));
        true
    }

    /// `or_insert_with(|| Line::new())` is `or_default()` where `Default` is written to call `new`.
    fn by_default(&mut self, file: FileId, closure: &ast::ClosureExpr, function: &Method) -> bool {
        let block = function
            .function
            .syntax()
            .ancestors()
            .find_map(ast::Impl::cast);
        let of = function.function.syntax().text_range();
        let mut slots = self.slots.all.iter().enumerate();
        let slot = slots.find(|(i, s)| {
            s.kind == Kind::Param
                && s.file == function.file
                && of.contains_range(s.node.text_range())
                && self.decision.removed(*i)
        });
        let (Some(block), Some((_, slot)), Some(tree)) = (block, slot, self.tree(file)) else {
            return false;
        };
        let call = closure.syntax().parent().and_then(|l| l.parent());
        let call = call.and_then(ast::MethodCallExpr::cast);
        let name = call.as_ref().and_then(ast::MethodCallExpr::name_ref);
        let list = call.as_ref().and_then(HasArgList::arg_list);
        let (Some(name), Some(list)) = (name, list) else {
            return false;
        };
        let written = match name.text() {
            "or_insert_with" => "or_default()",
            "unwrap_or_else" => "unwrap_or_default()",
            _ => return false,
        };
        let written_out = self.header(function.file, &block).is_some();
        let typed = call.and_then(|c| c.receiver());
        let typed = typed.is_some_and(|r| self.has_written_type(file, &r));
        if !typed || !written_out || !self.wants_default(slot, &function.function, &block) {
            return false;
        }
        let range = tree.range(name.syntax()).cover(tree.range(list.syntax()));
        self.push(file, Edit::replace(range, written.to_owned()));
        true
    }

    /// Whether the type of a value is written somewhere, and not told by what is made of it.
    fn has_written_type(&self, file: FileId, expr: &ast::Expr) -> bool {
        match expr {
            ast::Expr::FieldExpr(_) => true,
            ast::Expr::MethodCallExpr(it) => it
                .receiver()
                .is_some_and(|r| self.has_written_type(file, &r)),
            ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| self.has_written_type(file, &e)),
            ast::Expr::RefExpr(it) => it.expr().is_some_and(|e| self.has_written_type(file, &e)),
            ast::Expr::AwaitExpr(it) => it.expr().is_some_and(|e| self.has_written_type(file, &e)),
            ast::Expr::TryExpr(it) => it.expr().is_some_and(|e| self.has_written_type(file, &e)),
            ast::Expr::PathExpr(it) => {
                let name = it.path().and_then(|p| p.as_single_name_ref());
                let (Some(tree), Some(name)) = (self.tree(file), name) else {
                    return false;
                };
                let pat = locals::binding_of(tree, it.syntax(), name.text());
                let bound = pat.and_then(|p| p.syntax().parent());
                bound.is_some_and(|n| {
                    let param = ast::Param::cast(n.clone()).and_then(|p| p.ty());
                    param.is_some() || ast::LetStmt::cast(n).is_some_and(|l| l.ty().is_some())
                })
            }
            _ => false,
        }
    }

    /// `then(|| Self { name })` is `then_some(Self { name })`, and so is a tuple struct's or a variant's, as clippy asks where making it costs nothing.
    pub(super) fn eager(&mut self, list: &List, elements: &[SyntaxNode], gone: &[usize]) {
        let Some(tree) = self.tree(list.file) else {
            return;
        };
        let made = list.node.parent().filter(|n| {
            ast::RecordExpr::can_cast(n.kind())
                || (ast::CallExpr::can_cast(n.kind()) && list.tuple.is_some())
        });
        // `or_else(|| Some(Self { name }))`
        let wrapped = made.clone().filter(|n| {
            let list = n.parent().and_then(ast::ArgList::cast);
            let call = list.and_then(|l| ast::CallExpr::cast(l.syntax().parent()?));
            let callee = call.and_then(|c| c.expr());
            callee.is_some_and(|c| ["Ok", "Some"].iter().any(|name| c.syntax().text() == *name))
        });
        let made = match wrapped {
            Some(it) => it.ancestors().nth(2),
            None => made,
        };
        let closure = made.as_ref().and_then(SyntaxNode::parent);
        let closure = closure.and_then(ast::ClosureExpr::cast);
        let (Some(made), Some(closure)) = (made, closure) else {
            return;
        };
        let call = closure.syntax().parent().and_then(|l| l.parent());
        let call = call.and_then(ast::MethodCallExpr::cast);
        let name = call.as_ref().and_then(ast::MethodCallExpr::name_ref);
        let eager = name.as_ref().and_then(|n| match n.text() {
            "then" => Some("then_some"),
            "unwrap_or_else" => Some("unwrap_or"),
            "ok_or_else" => Some("ok_or"),
            "get_or_insert_with" => Some("get_or_insert"),
            "or_else" => Some("or"),
            _ => None,
        });
        let cheap = |field: &SyntaxNode| {
            let of_field = ast::RecordExprField::cast(field.clone()).map(|f| f.expr());
            let expr = of_field.unwrap_or_else(|| ast::Expr::cast(field.clone()));
            matches!(expr, Some(ast::Expr::PathExpr(_) | ast::Expr::Literal(_)))
        };
        let plain = (elements.iter().enumerate())
            .filter(|(i, _)| !gone.contains(i))
            .all(|(_, e)| cheap(e))
            && closure
                .param_list()
                .is_none_or(|l| l.params().next().is_none())
            && closure.async_token().is_none()
            && !has_comment(closure.syntax())
            && list.node.children().count() == elements.len();
        let (Some(name), Some(eager), true) = (name, eager, plain) else {
            return;
        };
        let expr = ast::Expr::cast(made.clone());
        let ty = expr.map(|e| self.infer.expr(list.file, &e));
        if ty.is_none_or(|t| ends::is_seen(self.infer, &t)) {
            return;
        }
        self.push(
            list.file,
            Edit::replace(tree.range(name.syntax()), eager.to_owned()),
        );
        let head = TextRange::new(
            tree.range(closure.syntax()).start(),
            tree.range(&made).start(),
        );
        self.push(list.file, Edit::delete(head));
    }

    /// The `mut` of a variable goes that was only there for assignments that go. Gives whether it does.
    pub(super) fn needless_mut(&mut self, root: &Root) -> bool {
        let (Some(tree), Some(owner)) = (self.tree(root.file), decide::mut_owner(self.infer, root))
        else {
            return false;
        };
        let kept = &self.decision.kept;
        let need = decide::need_of_mut(self.infer, self.sites, kept, root.file, &owner);
        if need != decide::MutNeed::Needless {
            return false;
        }
        let edit = self.without_mut(tree, root.file, &owner);
        self.push(root.file, edit);
        true
    }

    pub(super) fn without_mut(
        &self,
        tree: &FileTree,
        file: FileId,
        owner: &decide::MutOwner,
    ) -> Edit {
        let token = tree.token_range(&owner.token);
        let blank = gap_after(self.source(file), token);
        Edit::delete(TextRange::new(
            token.start(),
            token.end() + TextSize::of(blank),
        ))
    }

    /// `#[expect(clippy::too_many_arguments)]` goes where that is not so any more, and `allow` with it.
    pub(super) fn fewer_arguments(&mut self, file: FileId, function: &ast::Fn, gone: usize) {
        const LINT: &str = "clippy::too_many_arguments";
        // what clippy takes for too many, if nobody says otherwise
        const MOST: usize = 7;
        let Some(tree) = self.tree(file) else { return };
        let list = function.param_list();
        let before = list.map_or(0, |l| {
            l.params().count() + usize::from(l.self_param().is_some())
        });
        if before <= MOST || before - gone > MOST {
            return;
        }
        for attr in function.attrs() {
            let text = attr.syntax().text().to_string();
            let range = tree.range(attr.syntax());
            let edit = match lint::without(&text, LINT, &["expect", "allow"]) {
                Some(text) if text.is_empty() => {
                    Edit::delete(layout::whole_lines(self.source(file), range))
                }
                Some(text) => Edit::replace(range, text),
                None => continue,
            };
            self.push(file, edit);
        }
    }

    /// `..self`, `..*self`, `..other.clone()`, `..Default::default()` and `..Self::new(…)` go from a literal that gives every field
    /// that is left.
    pub(super) fn needless_update(&mut self, file: FileId, fields: &ast::RecordExprFieldList) {
        let Some(tree) = self.tree(file) else { return };
        let path = fields.syntax().parent().and_then(ast::RecordExpr::cast);
        let path = path.and_then(|r| r.path());
        let adt = path.and_then(|p| self.infer.adt_at(file, &p));
        let adt = adt.map(|(file, node)| super::super::key_of(self.infer.index, file, &node));
        let (Some(base), Some(adt)) = (fields.spread(), adt.and_then(|k| self.slots.adts.get(&k)))
        else {
            return;
        };
        let text = base.syntax().text().to_string();
        let text = text.strip_suffix(".clone()").unwrap_or(&text);
        let within = text
            .strip_prefix('(')
            .and_then(|t| t.strip_suffix(')'))
            .filter(|t| t.starts_with('*'));
        let text = within.unwrap_or(text).trim_start_matches('*');
        let is_plain = matches!(
            &base,
            ast::Expr::PathExpr(_)
                | ast::Expr::MethodCallExpr(_)
                | ast::Expr::PrefixExpr(_)
                | ast::Expr::FieldExpr(_)
        );
        let is_name = |part: &str| {
            let plain = part.chars().all(|c| c.is_alphanumeric() || c == '_');
            plain && !part.is_empty()
        };
        let is_variable = is_plain && text.split('.').all(is_name);
        // nothing else may name the variable
        let root = text.split('.').next().unwrap_or(text);
        let pat = locals::binding_of(tree, base.syntax(), root);
        if root != "self" && pat.is_some_and(|p| locals::uses_of(tree, &p).len() < 2) {
            return;
        }
        let of = text.strip_suffix("::default()");
        let own = super::super::infer::item_name(&adt.node);
        let defaults =
            of.is_some_and(|of| ["Default", "Self"].contains(&of) || own.as_deref() == Some(of));
        if !is_variable && !defaults && !self.only_makes(file, &base) {
            return;
        }
        let declared = adt.node.children().find_map(ast::RecordFieldList::cast);
        let named = |n: &str| {
            let mut all = fields.fields();
            all.any(|f| f.field_name().is_some_and(|f| f.text() == n))
        };
        let mut declared = declared.iter().flat_map(|l| l.fields()).zip(&adt.fields);
        let all = declared.all(|(field, slot)| {
            slot.is_some_and(|s| self.decision.removed(s))
                || ast::HasName::name(&field).is_some_and(|n| named(n.text()))
        });
        let goes = |field: &ast::RecordExprField| {
            let name = field.field_name().map(|n| n.text().to_string());
            let slots = adt.fields.iter().flatten();
            let mut slots = slots.filter(|s| self.decision.removed(**s));
            slots.any(|s| Some(&self.slots.all[*s].name) == name.as_ref())
        };
        // nothing is left but what the defaults give
        if !all
            && defaults
            && fields.fields().all(|f| goes(&f))
            && !has_comment(fields.syntax())
            && let Some(literal) = fields.syntax().parent().and_then(ast::RecordExpr::cast)
            && let Some(path) = literal.path()
        {
            let range = tree.range(literal.syntax());
            self.whole.entry(file).or_default().push(range);
            self.push(file, Edit::replace(range, format!("{path}::default()")));
            return;
        }
        let dots = fields.dotdot_token();
        let (Some(dots), true) = (dots, all && !has_comment(fields.syntax())) else {
            return;
        };
        let range = tree.token_range(&dots).cover(tree.range(base.syntax()));
        let source = self.source(file);
        let line = layout::line_start(source, range.start());
        let alone = source[TextRange::new(line, range.start())]
            .trim()
            .is_empty();
        let range = match alone {
            true => layout::whole_lines(source, range),
            false => {
                // with the comma in front of it
                let before = source[..usize::from(range.start())].trim_end();
                let before = before.strip_suffix(',').unwrap_or(before);
                TextRange::new(TextSize::of(before), range.end())
            }
        };
        self.push(file, Edit::delete(range));
    }

    /// Whether an expression is a call of a function of the workspace that only gives a literal, and that others call.
    fn only_makes(&self, file: FileId, expr: &ast::Expr) -> bool {
        let ast::Expr::CallExpr(call) = expr else {
            return false;
        };
        let (Some(ast::Expr::PathExpr(callee)), Some(list)) = (call.expr(), call.arg_list()) else {
            return false;
        };
        let taking = Taking::Path(list.args().count());
        let path = callee.path();
        let function = path.and_then(|path| self.infer.function_at(file, &path, taking));
        let Some(function) = function.map(|m| m.function) else {
            return false;
        };
        let Some(name) = ast::HasName::name(&function) else {
            return false;
        };
        let body = function.body().and_then(|b| b.stmt_list());
        let tail = body.filter(|l| l.statements().next().is_none());
        let plain = tail
            .and_then(|l| l.tail_expr())
            .is_some_and(|t| purity::is_pure(&t));
        let workspace = self.infer.index.workspace;
        let called = format!("::{}(", name.text());
        let calls = search::saying(workspace, name.text());
        let calls = calls.map(|f| workspace.file(f).text.matches(&called).count());
        let is_async = function.async_token().is_some();
        plain && !is_async && list.args().all(|a| purity::is_pure(&a)) && calls.sum::<usize>() > 1
    }
}

/// The type `impl Future<Output = T>` of what a function gives, and its `T`.
fn future_output(given: &ast::RetType) -> Option<(ast::ImplTraitType, ast::Type)> {
    let Some(ast::Type::ImplTraitType(opaque)) = given.ty() else {
        return None;
    };
    let future = opaque
        .type_bound_list()?
        .bounds()
        .find_map(|b| match b.ty() {
            Some(ast::Type::PathType(it)) => it
                .path()?
                .segment()
                .filter(|s| s.name_ref().is_some_and(|n| n.text() == "Future")),
            _ => None,
        })?;
    let mut args = ast::HasGenericArgs::generic_arg_list(&future)?.generic_args();
    match (args.next(), args.next()) {
        (Some(ast::GenericArg::AssocTypeArg(output)), None) => Some((opaque, output.ty()?)),
        _ => None,
    }
}

/// Whether a method is called on what is known to be an iterator: what it gives is not told by what asks for it.
fn is_of_iterator(call: &ast::MethodCallExpr) -> bool {
    const STEPS: &[&str] = &[
        "chars",
        "enumerate",
        "into_iter",
        "iter",
        "keys",
        "lines",
        "rev",
        "skip",
        "split_whitespace",
        "values",
    ];
    // an `Option` has these, too
    const SAME: &[&str] = &["cloned", "copied", "filter", "take"];
    let mut of = call.receiver();
    while let Some(ast::Expr::ParenExpr(it)) = of {
        of = it.expr();
    }
    match of {
        Some(ast::Expr::RangeExpr(_)) => true,
        Some(ast::Expr::MethodCallExpr(it)) => it.name_ref().is_some_and(|n| {
            STEPS.contains(&n.text()) || (SAME.contains(&n.text()) && is_of_iterator(&it))
        }),
        _ => false,
    }
}
