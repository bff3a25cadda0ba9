//! Constructions whose bus ends while something waits for that: a loop that receives until then.
//!
//! Belongs here: where the owners of a variable's bus end, by syntax and by names of functions, and what waits behind that.
//! Does not: what is told of calls on a coordinator (`behaviour`).

use ra_ap_syntax::ast::{self, AstNode, HasLoopBody, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange};

use super::catalog;
use super::climb::Left;
use super::construct::{Construction, Outcome};
use super::defs::Index;
use super::locals::{self, Use};
use super::search;
use super::tree::FileTree;
use super::workspace::{FileId, Language};

/// How far owners are followed from one variable to the next.
const MAX_HOPS: usize = 8;

/// What a function says that subscribes and receives.
const RECEIVING: &[&str] = &["recv", "subscribe"];

/// Leaves the constructions whose end is waited for.
pub(crate) fn keep(index: &Index<'_>, constructions: &mut [Construction]) {
    let mut files = index.workspace.files.iter();
    if !files.any(|f| f.language == Language::Rust && says_all(&f.text, &["recv"])) {
        return;
    }
    for it in constructions {
        let Outcome::Accessor { rewrite, .. } = &it.outcome else {
            continue;
        };
        let Some(tree) = index.tree(it.file) else {
            continue;
        };
        let ends = Ends { index, tree };
        if let Some(wait) = rewrite.bindings.iter().find_map(|b| ends.waits(b)) {
            let place = index.place(it.file, wait.place.start());
            let message = format!("the bus ends with its owners, and {place} waits for that");
            let help = "end what waits in another way, then run again";
            it.outcome = Outcome::Left(Left::new(catalog::OUTLIVES_OWNER, message).help(help));
        }
    }
}

fn says_all(text: &str, words: &[&str]) -> bool {
    words.iter().all(|w| search::says(text, w))
}

struct Ends<'a> {
    index: &'a Index<'a>,
    tree: &'a FileTree,
}

/// Where something waits.
#[derive(Clone, Copy)]
struct Wait {
    place: TextRange,
    /// Whether that is in the function's callers: its variables have ended.
    outside: bool,
}

/// What a use does with what a variable holds.
enum Taken {
    /// It goes on holding it.
    Lent,
    /// Others hold it, too.
    Shared(Vec<ast::IdentPat>),
    /// Others hold it in its place.
    Moved(Vec<ast::IdentPat>),
    /// It is not known who does.
    Unknown,
}

impl Wait {
    fn at(place: TextRange) -> Self {
        Self {
            place,
            outside: false,
        }
    }
}

impl<'a> Ends<'a> {
    /// Where something waits that goes on only when the bus of a variable has ended, which it has by then.
    fn waits(&self, bus: &ast::IdentPat) -> Option<Wait> {
        self.ended_before(bus, |path| {
            self.of_subscription(path)
                .or_else(|| self.of_helper(path))
                .or_else(|| self.of_callee(path))
        })
    }

    /// The first of the waits that uses of a variable lead to by whose time its bus has ended.
    fn ended_before(
        &self,
        bus: &ast::IdentPat,
        waits: impl Fn(&ast::PathExpr) -> Option<Wait>,
    ) -> Option<Wait> {
        let uses = locals::uses_of(self.tree, bus);
        uses.iter().find_map(|it| {
            let Use::Expr(path) = it else { return None };
            waits(path).filter(|w| !self.holds(bus, *w, 0))
        })
    }

    /// The call that takes `bus` over and waits for its end itself.
    fn of_callee(&self, bus: &ast::PathExpr) -> Option<Wait> {
        let (call, functions) = self.given_to(bus, &["subscribe"])?;
        if call.syntax().parent()?.kind() != SyntaxKind::AWAIT_EXPR {
            return None;
        }
        let index = self.index;
        let waits = functions.iter().any(|(tree, pat)| {
            let own = Ends { index, tree };
            let waits = own.ended_before(pat, |path| own.of_subscription(path));
            waits.is_some()
        });
        let end = self.tree.range(call.syntax()).end();
        waits.then(|| Wait::at(TextRange::empty(end)))
    }

    /// The call that a variable is an argument of, and the parameters of the functions that may be called.
    fn given_to(
        &self,
        variable: &ast::PathExpr,
        says: &[&str],
    ) -> Option<(ast::CallExpr, Vec<(&'a FileTree, ast::IdentPat)>)> {
        let (list, at) = locals::argument_of(&ast::Expr::PathExpr(variable.clone()))?;
        let call = ast::CallExpr::cast(list.syntax().parent()?)?;
        let name = named(&call.expr()?)?;
        let params = self
            .functions(&name, says)
            .into_iter()
            .filter_map(|(tree, function)| {
                let mut params = function.param_list()?.params();
                match params.nth(at)?.pat()? {
                    ast::Pat::IdentPat(pat) => Some((tree, pat)),
                    _ => None,
                }
            });
        let params = params.collect();
        Some((call, params))
    }

    /// Where the end is waited for of a receiver that is subscribed on `bus` here.
    fn of_subscription(&self, bus: &ast::PathExpr) -> Option<Wait> {
        let call = ast::MethodCallExpr::cast(bus.syntax().parent()?)?;
        if call.name_ref()?.text() != "subscribe" {
            return None;
        }
        let [receiver] = self.bound_by(call.syntax())?.try_into().ok()?;
        locals::uses_of(self.tree, &receiver).iter().find_map(|it| {
            let Use::Expr(path) = it else { return None };
            let whole = receiving(self.tree, path).or_else(|| self.drained(path))?;
            let task = self
                .tree
                .ancestors(&whole)
                .take_while(|n| n.kind() != SyntaxKind::FN)
                .find(|n| is_task(n) || is_spawned(n));
            match task {
                Some(task) => self.of_task(&task),
                None => Some(Wait::at(self.tree.range(&whole))),
            }
        })
    }

    /// The call of a function that receives until there is no more.
    fn drained(&self, receiver: &ast::PathExpr) -> Option<SyntaxNode> {
        let (call, functions) = self.given_to(receiver, &["recv"])?;
        let drains = functions.iter().any(|(tree, pat)| {
            locals::uses_of(tree, pat).iter().any(|it| match it {
                Use::Expr(path) => receiving(tree, path).is_some(),
                Use::Opaque(_) => false,
            })
        });
        drains.then(|| call.syntax().clone())
    }

    /// Where a task is waited for.
    fn of_task(&self, task: &SyntaxNode) -> Option<Wait> {
        let list = task.parent().and_then(ast::ArgList::cast)?;
        let call = list.syntax().parent()?;
        let [handle] = self.bound_by(&call)?.try_into().ok()?;
        let uses = locals::uses_of(self.tree, &handle);
        let mut waits = None;
        for it in uses {
            let Use::Expr(path) = it else { return None };
            let call = path.syntax().parent().and_then(ast::MethodCallExpr::cast);
            match call.and_then(|c| Some(c.name_ref()?.text().to_string())) {
                Some(name) if name == "abort" || name == "abort_handle" => return None,
                Some(name) if name == "is_finished" => {}
                _ => {
                    waits = waits.or(Some(Wait {
                        place: self.tree.range(path.syntax()),
                        outside: is_given(path.syntax()),
                    }));
                }
            }
        }
        waits
    }

    /// Where something is waited for that a function of the workspace made of `bus`, and that holds a task which receives
    /// until the bus has ended.
    fn of_helper(&self, bus: &ast::PathExpr) -> Option<Wait> {
        let mut arg = bus.syntax().clone();
        while let Some(parent) = arg.parent().filter(|p| {
            let clones = ast::MethodCallExpr::cast(p.clone()).and_then(|c| c.name_ref());
            p.kind() == SyntaxKind::REF_EXPR || clones.is_some_and(|n| n.text() == "clone")
        }) {
            arg = parent;
        }
        let call = ast::CallExpr::cast(ast::ArgList::cast(arg.parent()?)?.syntax().parent()?)?;
        let name = named(&call.expr()?)?;
        if !self
            .functions(&name, RECEIVING)
            .iter()
            .any(|(tree, f)| waits_itself(tree, f))
        {
            return None;
        }
        let [made] = self.bound_by(call.syntax())?.try_into().ok()?;
        let awaited = |path: &ast::PathExpr| {
            let parent = path.syntax().parent()?;
            let waits = match ast::MethodCallExpr::cast(parent.clone()) {
                Some(call) => call.syntax().parent()?.kind() == SyntaxKind::AWAIT_EXPR,
                None => parent.kind() == SyntaxKind::AWAIT_EXPR,
            };
            let range = self.tree.range(path.syntax());
            waits.then(|| Wait::at(range))
        };
        // what a block gives goes by another name behind it
        let mut held = vec![made];
        let mut waits = None;
        while let Some(pat) = held.pop() {
            for it in locals::uses_of(self.tree, &pat) {
                let Use::Expr(path) = it else { continue };
                if is_tail(path.syntax())
                    && let Some(next) = self.bound_by(path.syntax())
                    && held.len() < MAX_HOPS
                    && next != [pat.clone()]
                {
                    held.extend(next);
                    continue;
                }
                waits = waits.or_else(|| awaited(&path));
            }
        }
        waits
    }

    /// The functions of the workspace of a name that say all of some words, with the trees of their files.
    fn functions(&self, name: &str, says: &[&str]) -> Vec<(&'a FileTree, ast::Fn)> {
        let index: &'a Index<'a> = self.index;
        let mut out = Vec::new();
        for (i, file) in index.workspace.files.iter().enumerate() {
            if file.language != Language::Rust || !says_all(&file.text, says) {
                continue;
            }
            let mut places: Vec<_> = search::declarations(&file.text, name).collect();
            if !says.is_empty() {
                places.retain(|at| says_all(search::function_text(&file.text, *at), says));
            }
            let may = !places.is_empty();
            let Some(tree) = may.then(|| index.tree(FileId(i))).flatten() else {
                continue;
            };
            let around = tree.outside_macros(&places).into_iter();
            let all = around.filter_map(ast::Fn::cast);
            let named = all.filter(|f| f.name().is_some_and(|n| n.text() == name));
            out.extend(named.map(|f| (tree, f)));
        }
        out
    }

    /// Whether what a variable holds may live where something waits.
    fn holds(&self, pat: &ast::IdentPat, wait: Wait, hops: usize) -> bool {
        let Some(scope) = locals::reach(self.tree, pat).filter(|_| hops < MAX_HOPS) else {
            return true;
        };
        let mut within = !wait.outside && self.tree.range(&scope).contains_range(wait.place);
        for it in locals::uses_of(self.tree, pat) {
            let Use::Expr(path) = it else { continue };
            if !wait.outside && self.tree.range(path.syntax()).start() >= wait.place.start() {
                return true;
            }
            let (owners, moved) = match self.taken(&path, &scope, wait) {
                Taken::Lent => continue,
                Taken::Unknown => return true,
                Taken::Shared(owners) => (owners, false),
                Taken::Moved(owners) => (owners, true),
            };
            within &= !moved;
            if owners.iter().any(|o| self.holds(o, wait, hops + 1)) {
                return true;
            }
        }
        within
    }

    fn taken(&self, path: &ast::PathExpr, scope: &SyntaxNode, wait: Wait) -> Taken {
        let around = || {
            let around = self.tree.ancestors(path.syntax());
            around.take_while(|n| n != scope)
        };
        let task = around().find(|n| {
            let block = ast::BlockExpr::cast(n.clone()).is_some_and(|b| b.move_token().is_some());
            block || ast::ClosureExpr::cast(n.clone()).is_some_and(|c| c.move_token().is_some())
        });
        if let Some(task) = task {
            // it holds what it waits for itself
            let own = self.tree.range(&task);
            return match own.contains_range(wait.place) {
                true => Taken::Unknown,
                false => self.taken_by(&task, Taken::Moved),
            };
        }
        let Some(parent) = path.syntax().parent() else {
            return Taken::Unknown;
        };
        if let Some(call) = ast::MethodCallExpr::cast(parent.clone()) {
            let name = call.name_ref().map(|n| n.text().to_string());
            let name = name.unwrap_or_default();
            return match name.as_str() {
                "clone" => self.taken_by(&parent, Taken::Shared),
                _ if self
                    .functions(&name, &[])
                    .iter()
                    .any(|(_, f)| takes_self(f)) =>
                {
                    self.taken_by(&parent, Taken::Moved)
                }
                _ => Taken::Lent,
            };
        }
        let is_lent = matches!(
            parent.kind(),
            SyntaxKind::REF_EXPR
                | SyntaxKind::FIELD_EXPR
                | SyntaxKind::PREFIX_EXPR
                | SyntaxKind::MACRO_EXPR
        );
        if is_lent || self.tree.is_macro_piece(path.syntax()) {
            let clone = clones_below(&parent);
            return clone.map_or(Taken::Lent, |c| self.taken_by(&c, Taken::Shared));
        }
        self.taken_by(path.syntax(), Taken::Moved)
    }

    fn taken_by(&self, value: &SyntaxNode, how: fn(Vec<ast::IdentPat>) -> Taken) -> Taken {
        self.bound_by(value).map_or(Taken::Unknown, how)
    }

    /// The variables that come to hold a value, or what is made of it: none where its statement ends it. `None`: it is not
    /// known what does.
    fn bound_by(&self, value: &SyntaxNode) -> Option<Vec<ast::IdentPat>> {
        let mut at = value.clone();
        loop {
            let parent = self.tree.parent(&at)?;
            match parent.kind() {
                SyntaxKind::LET_STMT => {
                    let pat = ast::LetStmt::cast(parent)?.pat()?;
                    let all = pat.syntax().descendants().filter_map(ast::IdentPat::cast);
                    return Some(all.collect());
                }
                // `_`, or nothing
                SyntaxKind::EXPR_STMT | SyntaxKind::MACRO_CALL => return Some(Vec::new()),
                SyntaxKind::ARG_LIST => {
                    let call = parent.parent()?;
                    let ast::Expr::MethodCallExpr(call) = ast::Expr::cast(call)? else {
                        let call = ast::CallExpr::cast(parent.parent()?)?;
                        if is_spawn(&call.expr()?) || is_drop(&call.expr()?) {
                            return Some(Vec::new());
                        }
                        at = call.syntax().clone();
                        continue;
                    };
                    // a method may keep it in what it is called on
                    let receiver = call.receiver()?;
                    let name = match &receiver {
                        ast::Expr::PathExpr(p) => p.path()?.as_single_name_ref()?,
                        _ if call.name_ref().is_some_and(|n| n.text() == "spawn") => {
                            return Some(Vec::new());
                        }
                        _ => return None,
                    };
                    let owner = locals::binding_of(self.tree, receiver.syntax(), name.text())?;
                    return Some(vec![owner]);
                }
                SyntaxKind::STMT_LIST if self.tree.is_macro_list(&parent) => {
                    return Some(Vec::new());
                }
                SyntaxKind::STMT_LIST => {
                    let is_body = parent.parent()?.parent()?.kind() == SyntaxKind::FN;
                    if is_body {
                        // what a function gives may hold it
                        return None;
                    }
                }
                SyntaxKind::PAREN_EXPR
                | SyntaxKind::AWAIT_EXPR
                | SyntaxKind::TRY_EXPR
                | SyntaxKind::METHOD_CALL_EXPR
                | SyntaxKind::CALL_EXPR
                | SyntaxKind::RECORD_EXPR_FIELD
                | SyntaxKind::RECORD_EXPR_FIELD_LIST
                | SyntaxKind::RECORD_EXPR
                | SyntaxKind::TUPLE_EXPR
                | SyntaxKind::ARRAY_EXPR
                | SyntaxKind::BLOCK_EXPR
                | SyntaxKind::REF_EXPR => {}
                _ => return None,
            }
            at = parent;
        }
    }
}

/// The loop that receives from what a path names until there is no more, and that nothing else ends.
fn receiving(tree: &FileTree, receiver: &ast::PathExpr) -> Option<SyntaxNode> {
    let call = ast::MethodCallExpr::cast(receiver.syntax().parent()?)?;
    if call.name_ref()?.text() != "recv" {
        return None;
    }
    let received = ast::AwaitExpr::cast(call.syntax().parent()?)?;
    let parent = received.syntax().parent()?;
    let whole = tree.ancestors(&parent).find(|n| {
        matches!(
            n.kind(),
            SyntaxKind::WHILE_EXPR | SyntaxKind::LOOP_EXPR | SyntaxKind::FN
        )
    })?;
    let leaves = |node: &SyntaxNode| {
        let all = node.descendants();
        all.filter(|n| matches!(n.kind(), SyntaxKind::BREAK_EXPR | SyntaxKind::RETURN_EXPR))
            .count()
    };
    let ends = match ast::WhileExpr::cast(whole.clone()) {
        Some(it) => {
            let condition = it.condition()?;
            condition.syntax() == &parent && leaves(it.loop_body()?.syntax()) == 0
        }
        // where there is nothing, and nowhere else
        None => {
            let asks = matches!(
                parent.kind(),
                SyntaxKind::MATCH_EXPR | SyntaxKind::LET_STMT | SyntaxKind::LET_EXPR
            );
            asks && whole.kind() == SyntaxKind::LOOP_EXPR && leaves(&whole) == 1
        }
    };
    ends.then_some(whole)
}

fn is_task(node: &SyntaxNode) -> bool {
    let block = ast::BlockExpr::cast(node.clone()).is_some_and(|b| b.async_token().is_some());
    block || node.kind() == SyntaxKind::CLOSURE_EXPR
}

/// Whether a call is what a task is made of.
fn is_spawned(node: &SyntaxNode) -> bool {
    let list = node.parent().and_then(ast::ArgList::cast);
    let call = list.and_then(|l| ast::CallExpr::cast(l.syntax().parent()?));
    call.and_then(|c| c.expr()).is_some_and(|e| is_spawn(&e))
}

fn is_spawn(callee: &ast::Expr) -> bool {
    named(callee).is_some_and(|n| n.starts_with("spawn"))
}

fn is_drop(callee: &ast::Expr) -> bool {
    named(callee).as_deref() == Some("drop")
}

fn named(callee: &ast::Expr) -> Option<String> {
    let ast::Expr::PathExpr(path) = callee else {
        return None;
    };
    Some(path.path()?.segment()?.name_ref()?.text().to_string())
}

/// Whether what a function gives holds a task that receives until the bus has ended, and that is waited for by a method or
/// by who is given it.
fn waits_itself(tree: &FileTree, function: &ast::Fn) -> bool {
    let Some(body) = function.body() else {
        return false;
    };
    let subscribes = tree.descendants(body.syntax()).into_iter().any(|n| {
        let call = ast::MethodCallExpr::cast(n);
        call.and_then(|c| c.name_ref())
            .is_some_and(|n| n.text() == "subscribe")
    });
    let paths = || {
        tree.descendants(body.syntax())
            .into_iter()
            .filter_map(ast::PathExpr::cast)
    };
    let spawned = paths().any(|path| {
        receiving(tree, &path).is_some_and(|whole| {
            let mut around = tree.ancestors(&whole);
            around.find(is_task).is_some_and(|t| is_spawned(&t))
        })
    });
    if !subscribes || !spawned {
        return false;
    }
    let handle = function.ret_type().and_then(|r| r.ty());
    let gives_it =
        handle.is_some_and(|t| search::says(&t.syntax().text().to_string(), "JoinHandle"));
    let awaits_it = tree
        .root
        .descendants()
        .filter_map(ast::AwaitExpr::cast)
        .any(|a| {
            let of_field = |e: &ast::Expr| matches!(e, ast::Expr::FieldExpr(_));
            a.expr().is_some_and(|e| of_field(&e))
        });
    let aborts = tree
        .root
        .descendants()
        .filter_map(ast::MethodCallExpr::cast)
        .any(|c| c.name_ref().is_some_and(|n| n.text() == "abort"));
    (gives_it || awaits_it) && !aborts
}

/// Whether a method takes what it is called on by value.
fn takes_self(function: &ast::Fn) -> bool {
    let own = function.param_list().and_then(|l| l.self_param());
    own.is_some_and(|s| s.amp_token().is_none() && s.colon_token().is_none())
}

/// `x.field.clone()` of the field that a use begins.
fn clones_below(parent: &SyntaxNode) -> Option<SyntaxNode> {
    let field = ast::FieldExpr::cast(parent.clone())?;
    let call = ast::MethodCallExpr::cast(field.syntax().parent()?)?;
    let clones = call.name_ref()?.text() == "clone";
    clones.then(|| call.syntax().clone())
}

/// Whether an expression is what its block gives.
fn is_tail(expr: &SyntaxNode) -> bool {
    expr.parent()
        .is_some_and(|p| p.kind() == SyntaxKind::STMT_LIST)
}

/// Whether an expression is part of what its function gives.
fn is_given(expr: &SyntaxNode) -> bool {
    let mut around = expr.ancestors();
    around.any(|n| {
        let list = n.parent().and_then(ast::StmtList::cast);
        let is_tail = list.is_some_and(|l| {
            let body = l.syntax().parent().and_then(|b| b.parent());
            let of_function = body.is_some_and(|f| f.kind() == SyntaxKind::FN);
            of_function && l.tail_expr().is_some_and(|t| *t.syntax() == n)
        });
        is_tail || n.kind() == SyntaxKind::RETURN_EXPR
    })
}
