//! What is done with an `Option` that is always set, and what was done without.

use super::*;

impl Finder<'_, '_> {
    /// `if let Some(x) = option` beside other conditions that do not name `x`.
    pub(super) fn chained(&self, parent: &SyntaxNode) -> Option<Landing> {
        let condition = ast::LetExpr::cast(parent.clone())?;
        let pat = set_pattern(condition.pat())?;
        let is_and = |n: &SyntaxNode| {
            ast::BinExpr::cast(n.clone())
                .is_some_and(|b| b.op_kind() == Some(ast::BinaryOp::LogicOp(ast::LogicOp::And)))
        };
        let whole = parent.ancestors().skip(1).take_while(is_and).last()?;
        let it = ast::IfExpr::cast(whole.parent()?)?;
        let end = condition.syntax().text_range().end();
        let name = pat.name()?;
        let behind = whole.descendants_with_tokens();
        let mut behind = behind.filter_map(|e| e.into_token());
        let named = behind.any(|t| t.text_range().start() >= end && t.text() == name.text());
        let beside = ast::BinExpr::cast(parent.parent()?)?;
        let beside = [beside.lhs()?, beside.rhs()?];
        let alone = beside
            .iter()
            .all(|e| e.syntax() == parent || !self.may_go(e));
        let gives_bool = |b: Option<ast::BlockExpr>| {
            b.is_some_and(|b| is_bool(&climb::sole_expression(&ast::Expr::BlockExpr(b))))
        };
        let other = match it.else_branch() {
            Some(ast::ElseBranch::Block(b)) => Some(b),
            _ => None,
        };
        let linted = (gives_bool(it.then_branch()) && gives_bool(other)) || parts_a_range(parent);
        let fits = alone && !named && !linted && !has_comment(&whole);
        fits.then_some(Landing::Chained(it, condition, pat))
    }

    /// Whether a condition may be one that goes as well, or has brackets that nothing would need without the one beside it.
    fn may_go(&self, condition: &ast::Expr) -> bool {
        match condition {
            ast::Expr::LetExpr(it) => {
                let of = it.expr().map(|e| self.infer.expr(self.file, &e));
                of.is_none_or(|t| t.holds_coordinator())
            }
            ast::Expr::ParenExpr(_) => true,
            ast::Expr::MethodCallExpr(it) => {
                let name = it.name_ref();
                name.is_some_and(|n| matches!(n.text(), "is_some" | "is_none"))
            }
            _ => false,
        }
    }

    /// What asks whether an `Option` holds something, where the answer alone can stand.
    pub(super) fn told(&self, call: &ast::MethodCallExpr, holds: bool) -> Option<Landing> {
        let call = call.syntax();
        let parent = self.tree.parent(call)?;
        let is_macro = self.tree.is_macro_list(&parent);
        let answer = match parent.kind() {
            SyntaxKind::STMT_LIST if is_macro => {
                let whole = self.tree.parent(&parent)?;
                let asserts = ast::MacroCall::cast(whole.clone()).filter(|c| {
                    let name = tree::macro_name(c);
                    name.is_some_and(|n| matches!(n.text(), "assert" | "debug_assert"))
                        && self.tree.pieces(c).len() == 1
                })?;
                let stmt = asserts.syntax().ancestors().nth(2)?;
                let alone = ast::ExprStmt::can_cast(stmt.kind()) && !has_comment(&stmt);
                return (holds && alone).then_some(Landing::Told(stmt, None));
            }
            SyntaxKind::IF_EXPR => {
                let it = ast::IfExpr::cast(parent)?;
                let around = it.syntax().parent()?;
                let stmt = match around.kind() {
                    SyntaxKind::EXPR_STMT => around,
                    SyntaxKind::STMT_LIST => it.syntax().clone(),
                    _ => return None,
                };
                let of_it = it.condition().is_some_and(|c| c.syntax() == call);
                let nothing = of_it && !holds && it.else_branch().is_none() && !has_comment(&stmt);
                let gone = [stmt.clone()];
                return (nothing && !self.is_needed(&gone)).then_some(Landing::Told(stmt, None));
            }
            SyntaxKind::BIN_EXPR => {
                let it = ast::BinExpr::cast(parent.clone())?;
                let op = match it.op_kind()? {
                    ast::BinaryOp::LogicOp(op) => op,
                    _ => return None,
                };
                let (lhs, rhs) = (it.lhs()?, it.rhs()?);
                let other = if lhs.syntax() == call { rhs } else { lhs };
                let fits = (op == ast::LogicOp::And) == holds && !self.may_go(&other);
                let in_brackets = parent
                    .parent()
                    .is_some_and(|p| ast::ParenExpr::can_cast(p.kind()));
                let fits = fits && !in_brackets && !has_comment(&parent) && !parts_a_range(call);
                return fits.then(|| Landing::Operand(call.clone()));
            }
            SyntaxKind::STMT_LIST => {
                let body = parent.parent().and_then(|b| b.parent());
                body.is_some_and(|f| ast::Fn::can_cast(f.kind()))
            }
            kind => matches!(
                kind,
                SyntaxKind::ARG_LIST
                    | SyntaxKind::LET_STMT
                    | SyntaxKind::RECORD_EXPR_FIELD
                    | SyntaxKind::RETURN_EXPR
                    | SyntaxKind::TUPLE_EXPR
            ),
        };
        let plain = answer && !has_comment(call);
        plain.then(|| Landing::Told(call.clone(), Some(holds)))
    }

    /// Whether only values that go tell the type of what is given in their place.
    pub(super) fn leaves_type_open(
        &self,
        whole: &SyntaxNode,
        (kept, gone): &(Vec<ast::Expr>, Vec<ast::Expr>),
    ) -> bool {
        let tells = |value: &ast::Expr| {
            let number = purity::is_open_number(value);
            let open = number || purity::leaves_type_open(value);
            let text = value.syntax().text();
            open && gone.iter().any(|g| {
                let alike = number && purity::is_open_number(g);
                !alike && g.syntax().text() != text
            })
        };
        kept.iter().any(tells) && !self.is_typed(whole)
    }

    /// Whether the place of an expression says its type.
    fn is_typed(&self, expr: &SyntaxNode) -> bool {
        for around in self.tree.ancestors(expr).skip(1) {
            return match around.kind() {
                SyntaxKind::BLOCK_EXPR => {
                    let block = ast::BlockExpr::cast(around);
                    if block.is_some_and(|b| b.modifier().is_none()) {
                        continue;
                    }
                    false
                }
                SyntaxKind::IF_EXPR
                | SyntaxKind::MATCH_ARM
                | SyntaxKind::MATCH_ARM_LIST
                | SyntaxKind::MATCH_EXPR
                | SyntaxKind::PAREN_EXPR
                | SyntaxKind::STMT_LIST => continue,
                SyntaxKind::CLOSURE_EXPR => {
                    ast::ClosureExpr::cast(around).is_some_and(|c| c.ret_type().is_some())
                }
                SyntaxKind::LET_STMT => {
                    ast::LetStmt::cast(around).is_some_and(|l| l.ty().is_some())
                }
                kind => matches!(
                    kind,
                    SyntaxKind::EXPR_STMT | SyntaxKind::FN | SyntaxKind::RECORD_EXPR_FIELD
                ),
            };
        }
        false
    }

    /// Whether a part of a function may be what tells the type of what that gives, or of the variable that it is given to.
    fn tells_result(&self, part: &SyntaxNode) -> bool {
        for around in self.tree.ancestors(part).skip(1) {
            let written = match around.kind() {
                SyntaxKind::FN => true,
                SyntaxKind::CLOSURE_EXPR => {
                    ast::ClosureExpr::cast(around).is_some_and(|c| c.ret_type().is_some())
                }
                SyntaxKind::BLOCK_EXPR => {
                    let block = ast::BlockExpr::cast(around);
                    if block.is_none_or(|b| b.async_token().is_none()) {
                        continue;
                    }
                    false
                }
                SyntaxKind::LET_STMT => {
                    let typed = ast::LetStmt::cast(around).is_some_and(|l| l.ty().is_some());
                    if !typed && purity::gives_wrapped(part) {
                        return true;
                    }
                    continue;
                }
                _ => continue,
            };
            return !written && purity::may_tell_result(part);
        }
        true
    }

    /// Whether code that goes may be all that tells the type of a variable from before it, or of what a task, a closure or
    /// the code around it gives, or all that changes one.
    pub(super) fn is_needed(&self, gone: &[SyntaxNode]) -> bool {
        let within = |n: &SyntaxNode| {
            let range = self.tree.range(n);
            gone.iter()
                .any(|g| self.tree.range(g).contains_range(range))
        };
        let paths = gone.iter().flat_map(|n| self.tree.descendants(n));
        if gone.iter().any(|n| self.tells_result(n)) || self.is_label_left(gone) {
            return true;
        }
        // what is only printed tells nothing
        let is_printed = |path: &ast::PathExpr| {
            let around = self.tree.ancestors(path.syntax());
            let mut macros = around.take_while(within).filter_map(ast::MacroCall::cast);
            macros.any(|m| tree::macro_name(&m).is_some_and(|n| tree::formats(n.text())))
        };
        let paths = paths.filter_map(ast::PathExpr::cast);
        paths.filter(|p| !is_printed(p)).any(|path| {
            let name = path.path().and_then(|p| p.as_single_name_ref());
            let pat = name.and_then(|n| locals::binding_of(self.tree, path.syntax(), n.text()));
            let Some(pat) = pat.filter(|p| !within(p.syntax())) else {
                return false;
            };
            let stmt = pat.syntax().parent().and_then(ast::LetStmt::cast);
            let untyped = stmt.is_some_and(|stmt| {
                let init = stmt.initializer();
                let is_number = matches!(
                    init,
                    Some(
                        ast::Expr::Literal(_)
                            | ast::Expr::ArrayExpr(_)
                            | ast::Expr::BinExpr(_)
                            | ast::Expr::ParenExpr(_)
                            | ast::Expr::PrefixExpr(_)
                            | ast::Expr::TupleExpr(_)
                    )
                );
                let open = init.is_none_or(|init| purity::leaves_type_open(&init));
                stmt.ty().is_none() && (open || (is_number && !beside_literal(&path)))
            });
            // its `mut` would have no use
            let changes = |u: &Use| match u {
                Use::Expr(path) => !within(path.syntax()) && purity::changes(path.syntax()),
                Use::Opaque(_) => false,
            };
            let is_mut = pat.mut_token().is_some();
            untyped || (is_mut && !locals::uses_of(self.tree, &pat).iter().any(changes))
        }) || self.only_used_in(gone)
    }

    /// Whether a label would have no use without what goes.
    fn is_label_left(&self, gone: &[SyntaxNode]) -> bool {
        let used = |n: &SyntaxNode| {
            let leaves = matches!(n.kind(), SyntaxKind::BREAK_EXPR | SyntaxKind::CONTINUE_EXPR);
            let label = n.children().find_map(ast::Lifetime::cast);
            label
                .filter(|_| leaves)
                .map(|l| l.syntax().text().to_string())
        };
        let within = gone.iter().flat_map(|n| self.tree.descendants(n));
        let lost: Vec<String> = within.filter_map(|n| used(&n)).collect();
        let around = gone.first().filter(|_| !lost.is_empty());
        let around = around.into_iter().flat_map(|n| self.tree.ancestors(n));
        let Some(function) = around.into_iter().find(|n| n.kind() == SyntaxKind::FN) else {
            return false;
        };
        let all = self.tree.descendants(&function);
        let all: Vec<String> = all.iter().filter_map(used).collect();
        let count = |of: &[String], label: &String| of.iter().filter(|l| *l == label).count();
        lost.iter().any(|l| count(&all, l) == count(&lost, l))
    }

    /// Whether a block sets a variable whose first value nobody would read if the block was always run.
    pub(super) fn overwrites(&self, block: &ast::BlockExpr) -> bool {
        let list = block.stmt_list();
        let mut stmts = list.iter().flat_map(|l| l.statements());
        stmts.any(|stmt| {
            let set = match stmt {
                ast::Stmt::ExprStmt(it) => it.expr(),
                _ => None,
            };
            let Some(ast::Expr::BinExpr(set)) = set else {
                return false;
            };
            let assigns = matches!(set.op_kind(), Some(ast::BinaryOp::Assignment { op: None }));
            let Some(ast::Expr::PathExpr(target)) = set.lhs().filter(|_| assigns) else {
                return false;
            };
            let name = target.path().and_then(|p| p.as_single_name_ref());
            let pat = name.and_then(|n| locals::binding_of(self.tree, target.syntax(), n.text()));
            let made = pat.filter(|p| {
                let stmt = p.syntax().parent().and_then(ast::LetStmt::cast);
                stmt.is_some_and(|s| s.initializer().is_some())
            });
            made.is_some_and(|pat| match locals::uses_of(self.tree, &pat).first() {
                Some(Use::Expr(first)) => *first == target,
                _ => false,
            })
        })
    }

    /// Whether a variable of the function around has no use outside of what goes.
    fn only_used_in(&self, gone: &[SyntaxNode]) -> bool {
        let within = |range: TextRange| {
            gone.iter()
                .any(|g| self.tree.range(g).contains_range(range))
        };
        let around = gone.first().map(|g| self.tree.ancestors(g));
        let function = around.and_then(|mut a| a.find(|n| n.kind() == SyntaxKind::FN));
        let stmts = function
            .map(|f| self.tree.descendants(&f))
            .into_iter()
            .flatten();
        let stmts = stmts.filter_map(ast::LetStmt::cast);
        let pats = stmts.filter_map(|s| s.pat()).flat_map(|p| {
            let all = p.syntax().descendants();
            all.filter_map(ast::IdentPat::cast).collect::<Vec<_>>()
        });
        let outside = pats.filter(|p| !within(self.tree.range(p.syntax())));
        outside.into_iter().any(|pat| {
            let uses = locals::uses_of(self.tree, &pat);
            let gone = |u: &Use| match u {
                Use::Expr(path) => within(self.tree.range(path.syntax())),
                Use::Opaque(token) => within(self.tree.token_range(token)),
            };
            !uses.is_empty() && uses.iter().all(gone)
        })
    }

    /// What two branches give, one with what is in an `Option`, the other with the shared instance.
    pub(super) fn or(
        &self,
        pat: Option<ast::Pat>,
        some: Option<ast::Expr>,
        none: Option<ast::Expr>,
    ) -> Option<Value> {
        let pat = climb::success_pattern(&pat?)?;
        let name = pat.name()?;
        let is_it =
            |e: &ast::Expr| matches!(e, ast::Expr::PathExpr(p) if locals::is_name(p, name.text()));
        let some = climb::sole_expression(&some?);
        let taken = match &some {
            ast::Expr::MethodCallExpr(it) if it.name_ref()?.text() == "clone" => it.receiver()?,
            ast::Expr::CallExpr(it) => {
                let ast::Expr::PathExpr(callee) = it.expr()? else {
                    return None;
                };
                let path = callee.path()?;
                let of = path.qualifier()?;
                let clones = path.segment()?.name_ref()?.text() == "clone";
                let arg = it.arg_list()?.args().next();
                arg.filter(|_| clones && self.infer.index.is_arc(self.file, &of))?
            }
            other => other.clone(),
        };
        let fits = is_it(&taken) && pat.mut_token().is_none() && pat.ref_token().is_none();
        self.accessed(&none?).filter(|_| fits)
    }
}

/// What is done with what is in an `Option`, and what without it.
pub(super) struct Branches {
    /// The `if` or `match`.
    pub(super) whole: ast::Expr,
    pub(super) pat: ast::IdentPat,
    pub(super) some: ast::Expr,
    /// `None`: what follows, which `some` leaves.
    none: Option<ast::Expr>,
}

impl Branches {
    /// `if let Some(x) = option { … } else { … }`, a `match` with two arms, or an `if` that leaves what follows, without
    /// comments in what is done without `x`, or behind what is done with it.
    pub(super) fn of(parent: &SyntaxNode, option: &ast::Expr) -> Option<Self> {
        let out = match parent.kind() {
            SyntaxKind::LET_EXPR => {
                let condition = ast::LetExpr::cast(parent.clone())?;
                let it = ast::IfExpr::cast(parent.parent()?)?;
                let some = it.then_branch()?;
                let none = match it.else_branch() {
                    Some(ast::ElseBranch::Block(none)) => Some(ast::Expr::BlockExpr(none)),
                    Some(ast::ElseBranch::IfExpr(_)) => return None,
                    None => {
                        left_by(&it)?;
                        None
                    }
                };
                Self {
                    pat: set_pattern(condition.pat())?,
                    some: ast::Expr::BlockExpr(some),
                    none,
                    whole: ast::Expr::IfExpr(it),
                }
            }
            SyntaxKind::MATCH_EXPR => {
                let it = ast::MatchExpr::cast(parent.clone())?;
                if it.expr().as_ref() != Some(option) {
                    return None;
                }
                let (some, none) = arms_of_option(&it)?;
                let has_attribute = |arm: &ast::MatchArm| arm.attrs().next().is_some();
                if has_attribute(&some) || has_attribute(&none) {
                    return None;
                }
                Self {
                    pat: set_pattern(some.pat())?,
                    some: some.expr()?,
                    none: Some(none.expr()?),
                    whole: ast::Expr::MatchExpr(it),
                }
            }
            _ => return None,
        };
        let some = out.some.syntax().text_range();
        let none = out.none.as_ref().map(|n| n.syntax().text_range());
        let left = match (none, &out.whole) {
            (None, ast::Expr::IfExpr(it)) => {
                left_by(it).map(|(_, leave)| leave.syntax().text_range().start())
            }
            _ => None,
        };
        let around = match none {
            Some(_) => Some(out.whole.syntax().clone()),
            None => out
                .whole
                .syntax()
                .ancestors()
                .find_map(ast::StmtList::cast)
                .map(|l| l.syntax().clone()),
        };
        let tokens = around?.descendants_with_tokens();
        let tokens = tokens.filter_map(|e| e.into_token());
        let mut comments = tokens.filter(|t| t.kind() == SyntaxKind::COMMENT);
        let lost = comments.any(|t| {
            let range = t.text_range();
            let in_none = none.is_some_and(|n| n.contains_range(range));
            in_none || range.start() >= some.end() || left.is_some_and(|l| range.start() >= l)
        });
        (!lost).then_some(out)
    }

    /// Whether the whole is what is in the `Option`, or leaves what is around it; and whether it is an `Arc` of one's own
    /// then, taken out of such an `Option`.
    pub(super) fn leaving(&self, option: Value) -> Option<bool> {
        let name = self.pat.name()?;
        let lends = option == Value::OptRef || self.pat.ref_token().is_some();
        let some = climb::sole_expression(&self.some);
        let (taken, clones) = match &some {
            ast::Expr::MethodCallExpr(it) if it.name_ref()?.text() == "clone" => {
                (it.receiver()?, true)
            }
            ast::Expr::CallExpr(it) => {
                let callee = it.expr()?.syntax().text().to_string();
                let arg = it.arg_list()?.args().next()?;
                (callee.ends_with("Arc::clone")).then_some((arg, true))?
            }
            other => (other.clone(), false),
        };
        let is_it = matches!(&taken, ast::Expr::PathExpr(p) if locals::is_name(p, name.text()));
        let without = self.none.as_ref().is_some_and(purity::diverges);
        (is_it && without && !has_comment(self.whole.syntax())).then_some(clones || !lends)
    }

    /// What it gives, and what it gives without what is in the `Option`.
    pub(super) fn values(&self) -> (Vec<ast::Expr>, Vec<ast::Expr>) {
        let none = self.none.iter().flat_map(purity::values);
        (purity::values(&self.some), none.collect())
    }

    /// The code that is run where there is nothing in the `Option`.
    pub(super) fn without(&self) -> Vec<SyntaxNode> {
        match (&self.none, &self.whole) {
            (Some(none), _) => vec![none.syntax().clone()],
            (None, ast::Expr::IfExpr(it)) => left_by(it).map_or(Vec::new(), |(rest, _)| rest),
            _ => Vec::new(),
        }
    }

    /// Whether nothing behind it is reached where there is something in the `Option`.
    pub(super) fn leaves(&self) -> bool {
        self.none.is_some() && purity::diverges(&self.some)
    }

    /// Whether what is left, now the last in its function, may end something behind the variables there that ended before
    /// them.
    pub(super) fn ends_late(&self, edition: Edition) -> bool {
        let ast::Expr::IfExpr(it) = &self.whole else {
            return false;
        };
        let leave = left_by(it).filter(|_| edition < Edition::Edition2024);
        leave.is_some_and(|(_, leave)| purity::may_make_temporary(&leave))
    }
}

/// What follows an `if` that always leaves it for the end of its function or of a turn of its loop, and the expression that
/// does.
pub(in super::super) fn left_by(it: &ast::IfExpr) -> Option<(Vec<SyntaxNode>, ast::Expr)> {
    let stmt = tree::statement(it.syntax());
    let list = ast::StmtList::cast(stmt.parent()?)?;
    let block = ast::BlockExpr::cast(list.syntax().parent()?)?;
    let around = block.syntax().parent()?;
    let branch = it.then_branch()?;
    let own = branch.stmt_list()?;
    let leave = purity::last_of(&branch)?;
    let ends = match &leave {
        ast::Expr::ReturnExpr(_) => {
            let is_task = block.async_token().is_some();
            is_task
                || (block.modifier().is_none()
                    && matches!(around.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR))
        }
        ast::Expr::ContinueExpr(to) => {
            let is_turn = matches!(
                around.kind(),
                SyntaxKind::FOR_EXPR | SyntaxKind::WHILE_EXPR | SyntaxKind::LOOP_EXPR
            );
            is_turn && to.lifetime().is_none()
        }
        _ => false,
    };
    let rest: Vec<SyntaxNode> = stmt.siblings(Direction::Next).skip(1).collect();
    // what others may only be there for
    let is_plain = |n: SyntaxNode| match ast::MacroCall::cast(n.clone()) {
        Some(call) => tree::macro_name(&call).is_some_and(|n| tree::is_well_known(n.text())),
        None => !ast::Item::can_cast(n.kind()) && !ast::RecordExpr::can_cast(n.kind()),
    };
    let plain = rest.iter().flat_map(SyntaxNode::descendants).all(is_plain);
    let given = match &leave {
        ast::Expr::ReturnExpr(it) => it.expr(),
        _ => None,
    };
    let fits = given.is_none_or(|e| !purity::begins_with_block(&e));
    // those of the branch would be seen in all of the function
    let no_items = own.statements().all(|s| !matches!(s, ast::Stmt::Item(_)));
    (ends && !rest.is_empty() && plain && fits && no_items).then_some((rest, leave))
}

/// The arm for `Some` and the one for `None` of a `match` that has no other and no guard.
pub(in super::super) fn arms_of_option(
    it: &ast::MatchExpr,
) -> Option<(ast::MatchArm, ast::MatchArm)> {
    let arms: Vec<ast::MatchArm> = it.match_arm_list()?.arms().collect();
    let Ok([a, b]) = <[ast::MatchArm; 2]>::try_from(arms) else {
        return None;
    };
    let is_none = |arm: &ast::MatchArm| match arm.pat() {
        Some(ast::Pat::IdentPat(p)) => p.syntax().text() == "None",
        Some(ast::Pat::WildcardPat(_)) => true,
        _ => false,
    };
    let (some, none) = if is_none(&b) { (a, b) } else { (b, a) };
    let plain = [&some, &none].iter().all(|arm| arm.guard().is_none());
    (plain && is_none(&none)).then_some((some, none))
}

/// Whether a variable is but compared or reckoned with a literal.
fn beside_literal(variable: &ast::PathExpr) -> bool {
    let bin = variable.syntax().parent().and_then(ast::BinExpr::cast);
    bin.is_some_and(|b| matches!(b.rhs(), Some(ast::Expr::Literal(_))))
}

/// Whether the branches around the `Option` that is read leave, or are what is in it.
pub(super) fn is_leaving(whole: &SyntaxNode, option: &SyntaxNode) -> bool {
    let mut around = option.ancestors();
    let read = around.find_map(|n| {
        let parent = n.parent()?;
        let of_if = parent.parent().as_ref() == Some(whole);
        let condition = ast::LetExpr::can_cast(parent.kind()) && of_if;
        (condition || parent == *whole).then_some((parent, ast::Expr::cast(n)?))
    });
    let branches = read.and_then(|(parent, option)| Branches::of(&parent, &option));
    branches.is_some_and(|b| b.leaving(Value::Opt).is_some())
}

/// Whether the conditions before and behind one compare the same with something, which clippy would have as a range.
fn parts_a_range(condition: &SyntaxNode) -> bool {
    let compared = |e: Option<ast::Expr>| match e {
        Some(ast::Expr::BinExpr(it)) => match it.op_kind() {
            Some(ast::BinaryOp::CmpOp(ast::CmpOp::Ord { .. })) => {
                let sides = [it.lhs(), it.rhs()].into_iter().flatten();
                sides.map(|s| s.syntax().text().to_string()).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let around = condition.parent().and_then(ast::BinExpr::cast);
    let behind = around
        .as_ref()
        .and_then(|a| ast::BinExpr::cast(a.syntax().parent()?)?.rhs());
    let before = around.and_then(|a| a.lhs()).map(|lhs| match lhs {
        ast::Expr::BinExpr(it) if matches!(it.op_kind(), Some(ast::BinaryOp::LogicOp(_))) => {
            it.rhs()
        }
        other => Some(other),
    });
    let behind = compared(behind);
    compared(before.flatten())
        .iter()
        .any(|side| behind.contains(side))
}

/// Whether an expression is `true` or `false`.
fn is_bool(expr: &ast::Expr) -> bool {
    let text = expr.syntax().text();
    text == "true" || text == "false"
}

/// Whether a pattern is `Some(_)`.
fn wild_some(pat: &ast::Pat) -> bool {
    let ast::Pat::TupleStructPat(it) = pat else {
        return false;
    };
    let name = it.path().and_then(|p| p.as_single_name_ref());
    let fields: Vec<ast::Pat> = it.fields().collect();
    name.is_some_and(|n| n.text() == "Some") && matches!(fields[..], [ast::Pat::WildcardPat(_)])
}

/// The variable of `Some(x)`, be it by `ref`.
fn set_pattern(pat: Option<ast::Pat>) -> Option<ast::IdentPat> {
    let ast::Pat::TupleStructPat(it) = pat? else {
        return None;
    };
    let is_some = it.path()?.as_single_name_ref()?.text() == "Some";
    match it.fields().next()? {
        ast::Pat::IdentPat(p) if is_some && p.pat().is_none() => {
            p.mut_token().is_none().then_some(p)
        }
        _ => None,
    }
}

/// `if let Some(x) = …` alone and without an `else`; `let Some(x) = … else`.
pub(super) fn some_pattern(parent: &SyntaxNode) -> Option<Landing> {
    if let Some(it) = ast::LetStmt::cast(parent.clone()) {
        it.let_else()?;
        return (!has_comment(it.syntax()))
            .then(|| set_pattern(it.pat()))?
            .map(|p| Landing::LetSome(it, p));
    }
    let it = ast::LetExpr::cast(parent.clone())?;
    let around = ast::IfExpr::cast(parent.parent()?)?;
    let plain = around.else_branch().is_none()
        && around
            .syntax()
            .parent()
            .is_some_and(|p| matches!(p.kind(), SyntaxKind::EXPR_STMT | SyntaxKind::STMT_LIST));
    plain
        .then(|| set_pattern(it.pat()))?
        .map(|p| Landing::IfSome(around, p))
}

/// Whether a block ends with an `if let` that may always leave it, once what it asks for is always there.
fn may_leave(block: &ast::BlockExpr) -> bool {
    let Some(ast::Expr::IfExpr(it)) = purity::last_of(block) else {
        return false;
    };
    let asks = it
        .condition()
        .is_some_and(|c| ast::LetExpr::can_cast(c.syntax().kind()));
    let leaves = it.then_branch().map(ast::Expr::BlockExpr);
    asks && leaves.is_some_and(|b| purity::diverges(&b))
}

/// Whether an `if` is the last in a branch beside which another goes on, so that what follows is reached still.
pub(in super::super) fn ends_a_branch(it: &ast::IfExpr) -> bool {
    let reached = || {
        let stmt = tree::statement(it.syntax());
        let list = stmt
            .parent()
            .filter(|_| stmt.next_sibling().is_none())
            .and_then(ast::StmtList::cast)?;
        let block = ast::BlockExpr::cast(list.syntax().parent()?)?;
        let around = block.syntax().parent()?;
        let goes_on = |b: ast::BlockExpr| {
            !purity::diverges(&ast::Expr::BlockExpr(b.clone())) && !may_leave(&b)
        };
        match around.kind() {
            SyntaxKind::IF_EXPR => {
                let around = ast::IfExpr::cast(around)?;
                let other = match around.else_branch() {
                    None => return Some(true),
                    Some(ast::ElseBranch::Block(b)) if b != block => b,
                    Some(ast::ElseBranch::Block(_)) => around.then_branch()?,
                    Some(ast::ElseBranch::IfExpr(_)) => return None,
                };
                Some(goes_on(other))
            }
            SyntaxKind::MATCH_ARM => {
                let arms = ast::MatchArmList::cast(around.parent()?)?.arms();
                let mut others = arms.filter(|a| *a.syntax() != around);
                Some(others.any(|a| match a.expr() {
                    Some(ast::Expr::BlockExpr(b)) => goes_on(b),
                    other => other.is_some_and(|e| !purity::diverges(&e)),
                }))
            }
            _ => None,
        }
    };
    reached().unwrap_or(false)
}

/// A `match` on an `Option` whose first arms have guards, and what is done where it is always set.
pub(in super::super) struct Guards {
    pub(in super::super) arms: Vec<Guard>,
    /// Arms that are never reached.
    pub(in super::super) gone: Vec<SyntaxNode>,
}

/// An arm of such a `match`.
pub(in super::super) struct Guard {
    /// What is asked. `None`: the last.
    pub(in super::super) asks: Option<ast::Expr>,
    /// What is in the `Option`, if it is named.
    pub(in super::super) pat: Option<ast::IdentPat>,
    pub(in super::super) body: ast::Expr,
}

impl Guards {
    /// `Some(x) if … => …, … => …`, with no comments around the arms.
    pub(in super::super) fn of(it: &ast::MatchExpr) -> Option<Self> {
        let (mut arms, mut gone) = (Vec::<Guard>::new(), Vec::new());
        let mut is_last = false;
        for arm in it.match_arm_list()?.arms() {
            let fits = arm.attrs().next().is_none();
            let some = match arm.pat().filter(|_| fits)? {
                ast::Pat::WildcardPat(_) => Some(None),
                ast::Pat::IdentPat(p) if p.syntax().text() == "None" => None,
                pat => match wild_some(&pat) {
                    true => Some(None),
                    false => Some(Some(set_pattern(Some(pat))?)),
                },
            };
            let Some(pat) = some.filter(|_| !is_last) else {
                gone.push(arm.syntax().clone());
                continue;
            };
            let asks = arm.guard().and_then(|g| g.condition());
            is_last = asks.is_none();
            let body = arm.expr()?;
            arms.push(Guard { asks, pat, body });
        }
        let names = |arm: &Guard| {
            let name = arm.pat.as_ref().and_then(|p| p.name());
            let below = arm
                .asks
                .as_ref()
                .map(|g| g.syntax().descendants_with_tokens());
            let mut tokens = below.into_iter().flatten().filter_map(|e| e.into_token());
            // a literal of a struct would be read otherwise behind `if`
            tokens.any(|t| name.as_ref().is_some_and(|n| t.text() == n.text()) || t.text() == "{")
        };
        let plain = !arms.iter().any(names) && arms.iter().any(|a| a.pat.is_some());
        let tokens = it.syntax().descendants_with_tokens();
        let tokens = tokens.filter_map(|e| e.into_token());
        let mut comments = tokens.filter(|t| t.kind() == SyntaxKind::COMMENT);
        let in_body = |a: &Guard, r: TextRange| a.body.syntax().text_range().contains_range(r);
        let lost = comments.any(|t| !arms.iter().any(|a| in_body(a, t.text_range())));
        // what follows would never be reached
        let goes_on = gone.is_empty() || !arms.iter().all(|a| purity::diverges(&a.body));
        let fits = is_last && arms.len() > 1 && plain && !lost && goes_on;
        let out = Self { arms, gone };
        (fits && !out.is_linted()).then_some(out)
    }

    /// Whether clippy would have something shorter than the `if` that is left.
    fn is_linted(&self) -> bool {
        let soles: Vec<ast::Expr> = self
            .arms
            .iter()
            .map(|a| climb::sole_expression(&a.body))
            .collect();
        let is_if = |e: &ast::Expr| matches!(e, ast::Expr::IfExpr(_));
        let same = |pair: &[ast::Expr]| pair[0].syntax().text() == pair[1].syntax().text();
        soles.iter().any(is_if) || soles.iter().all(is_bool) || soles.windows(2).any(same)
    }

    /// What the arms give that stay, and those that go.
    pub(super) fn values(&self) -> (Vec<ast::Expr>, Vec<ast::Expr>) {
        let kept = self.arms.iter().flat_map(|a| purity::values(&a.body));
        let gone = self.gone.iter().cloned().filter_map(ast::MatchArm::cast);
        let gone = gone.filter_map(|a| a.expr());
        (
            kept.collect(),
            gone.flat_map(|e| purity::values(&e)).collect(),
        )
    }
}
