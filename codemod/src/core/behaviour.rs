//! Changes of behaviour that the compiler cannot see: one bus in place of many.
//!
//! Belongs here: findings about what the taken change sets change. Does not: edits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange};

use super::catalog;
use super::construct::{self, Construction, Outcome};
use super::defs::CrateId;
use super::edit::ChangeSetId;
use super::finding::{Finding, FindingId};
use super::locals::{self, Use};
use super::once;
use super::plan::Facts;
use super::search::{self, Places};
use super::tree::FileTree;
use super::workspace::{FileId, Language, PackageId, TargetKind};

mod holds;

use holds::Holders;

/// Findings about what the taken change sets change.
pub(crate) fn findings(facts: &Facts<'_>, taken: &[bool]) -> Vec<Finding> {
    let shared: Vec<(ChangeSetId, &Construction)> = facts
        .constructions
        .iter()
        .enumerate()
        .filter(|(i, c)| taken[*i] && matches!(c.outcome, Outcome::Accessor { .. }))
        .map(|(i, c)| (ChangeSetId(i), c))
        .collect();
    let mut out = Vec::new();
    for (i, it) in facts.constructions.iter().enumerate() {
        if taken[i] && matches!(it.outcome, Outcome::Isolated { .. }) {
            out.push(
                at(
                    it,
                    catalog::ISOLATED_IN_TEST,
                    "test code keeps an instance of its own, now by an explicit `new`",
                )
                .of(ChangeSetId(i)),
            );
        }
    }
    let programs: Vec<Program> = shared.iter().map(|(_, it)| program(facts, it)).collect();
    let mains: Vec<bool> = shared.iter().map(|(_, it)| runs_main(facts, it)).collect();
    for (i, (id, it)) in shared.iter().enumerate() {
        let own = programs[i];
        // no test runs `main`
        let apart = |a: usize, b: usize| mains[a] && shared[b].1.in_test;
        let may_meet = |j: &usize| {
            let p = programs[*j];
            (own.is_none() || p.is_none() || p == own) && !apart(i, *j) && !apart(*j, i)
        };
        let others = (0..shared.len()).filter(may_meet).count() - 1;
        out.extend(merged(facts, it, others).map(|f| f.of(*id)));
        out.extend(error_path(it).map(|f| f.of(*id)));
        out.extend(tests_share(facts, it).map(|f| f.of(*id)));
    }
    if !shared.is_empty() {
        let holders = Holders::new(facts, taken);
        Calls::collect(facts, &holders).report(&mut out);
    }
    source_scanning_tests(facts, !shared.is_empty(), &mut out);
    out
}

fn at(it: &Construction, id: FindingId, message: impl Into<String>) -> Finding {
    Finding::new(id, it.file, it.range, message)
}

/// The program that a place runs in: a file of its own, or a crate. `None`: any that links the library it is in.
type Program = Option<(Option<FileId>, Option<CrateId>)>;

fn program(facts: &Facts<'_>, it: &Construction) -> Program {
    let source = facts.index.workspace.file(it.file);
    if source.example.is_some() {
        return Some((Some(it.file), None));
    }
    let module = facts.index.module_of(it.file, it.call.as_ref()?.syntax())?;
    let krate = facts.index.modules[module.0].krate;
    let is_lib = facts.index.crates[krate.0].kind == TargetKind::Lib;
    (!is_lib || it.in_test).then_some((None, Some(krate)))
}

/// Whether a place is in `main` of a program, where it runs once and in that program alone.
fn runs_main(facts: &Facts<'_>, it: &Construction) -> bool {
    let of = || {
        let call = it.call.as_ref()?;
        let function = construct::enclosing_fn(facts.index.tree(it.file)?, call.syntax())?;
        Some(function.name()?.text() == "main")
    };
    !it.in_test && program(facts, it).is_some() && of().unwrap_or(false)
}

/// Several buses that become one. `others`: the places whose buses it may be one with.
fn merged(facts: &Facts<'_>, it: &Construction, others: usize) -> Option<Finding> {
    if it.in_test {
        return None;
    }
    let tree = facts.index.tree(it.file)?;
    let call = it.call.as_ref()?;
    let also = match others {
        0 => String::new(),
        1 => ", together with one other place".into(),
        n => format!(", together with {n} other places"),
    };
    let function = construct::enclosing_fn(tree, call.syntax()).and_then(|f| f.name());
    let message = if in_loop(tree, call.syntax()) {
        format!("each turn of the loop had a bus of its own; now all turns share one{also}")
    } else {
        match function {
            Some(name)
                if name.text() != "main"
                    && !is_made_once(facts, it.file, tree, call.syntax())
                    && !once::runs_once(&facts.index, it.file, call.syntax()) =>
            {
                format!(
                    "each call of `{}` made a bus of its own; now all calls share one{also}",
                    name.text()
                )
            }
            _ if others > 0 => format!("this bus becomes the one that the process shares{also}"),
            _ => return None,
        }
    };
    Some(
        at(it, catalog::MERGED_BUS, message)
            .with_help("look for handlers that now see each other's events, and for code that counted on the bus ending with its owner"),
    )
}

/// Whether what a place makes is kept in a static, and so made once.
fn is_made_once(facts: &Facts<'_>, file: FileId, tree: &FileTree, node: &SyntaxNode) -> bool {
    tree.ancestors(node).any(|n| {
        let call = ast::MethodCallExpr::cast(n.clone());
        let keeps = call.is_some_and(|c| {
            let sets = ["get_or_init", "get_or_try_init"];
            c.name_ref().is_some_and(|name| sets.contains(&name.text()))
                && (c.receiver()).is_some_and(|r| facts.index.static_at(file, &r).is_some())
        });
        keeps || ast::Static::can_cast(n.kind())
    })
}

fn in_loop(tree: &FileTree, node: &SyntaxNode) -> bool {
    tree.ancestors(node)
        .take_while(|n| n.kind() != SyntaxKind::FN)
        .any(|n| {
            matches!(
                n.kind(),
                SyntaxKind::FOR_EXPR | SyntaxKind::WHILE_EXPR | SyntaxKind::LOOP_EXPR
            )
        })
}

fn error_path(it: &Construction) -> Option<Finding> {
    let Outcome::Accessor { rewrite, .. } = &it.outcome else {
        return None;
    };
    let message = error_path_gone(&rewrite.plumbing)?;
    let unused = if rewrite.unused.is_empty() {
        String::new()
    } else {
        let names: Vec<String> = rewrite.unused.iter().map(|n| format!("`{n}`")).collect();
        format!("; {} had no other use", names.join(", "))
    };
    Some(at(
        it,
        catalog::ERROR_PATH_GONE,
        format!("{message}{unused}"),
    ))
}

/// What is told of `plumbing`, the methods that touched an error. `None`: they only took the value out.
pub(crate) fn error_path_gone(plumbing: &[String]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let gone: Vec<String> = plumbing
        .iter()
        .filter(|p| !matches!(p.as_str(), "unwrap" | "expect"))
        .filter(|p| seen.insert(p.as_str()))
        .map(|p| format!("`{p}`"))
        .collect();
    let gone = gone.join(", ");
    (!gone.is_empty()).then(|| {
        format!(
            "the error path through {gone} is gone: the accessor panics if the bus cannot be made"
        )
    })
}

/// Tests that run in one process meet on the bus.
fn tests_share(facts: &Facts<'_>, it: &Construction) -> Option<Finding> {
    let help = "run the tests one process each, as `cargo nextest run` does";
    if it.in_test {
        let message = "this test now shares its bus with the others of its process";
        return Some(at(it, catalog::TESTS_SHARE_BUS, message).with_help(help));
    }
    let module = facts.index.module_of(it.file, it.call.as_ref()?.syntax())?;
    let krate = &facts.index.crates[facts.index.modules[module.0].krate.0];
    let tree = facts.index.tree(it.file)?;
    let function = construct::enclosing_fn(tree, it.call.as_ref()?.syntax());
    let is_main = function
        .and_then(|f| f.name())
        .is_some_and(|n| n.text() == "main");
    match krate.kind {
        TargetKind::Lib => {}
        // no test calls it
        TargetKind::Bin if !is_main => {}
        _ => return None,
    }
    let package = facts.index.package_of(module)?;
    has_tests(facts, package).then(|| {
        let message = "tests that reach this place now share one bus within their process";
        at(it, catalog::TESTS_SHARE_BUS, message).with_help(help)
    })
}

fn has_tests(facts: &Facts<'_>, package: PackageId) -> bool {
    facts.index.workspace.files.iter().any(|f| {
        f.package == Some(package)
            && f.language == Language::Rust
            && memchr::memmem::find_iter(f.text.as_bytes(), b"test").any(|i| {
                let after = &f.text.as_bytes()[i + 4..];
                let before = &f.text.as_bytes()[..i];
                after.first().is_some_and(|b| matches!(b, b']' | b'('))
                    && before
                        .last()
                        .is_some_and(|b| matches!(b, b'[' | b':' | b'('))
            })
    })
}

/// `shutdown()` on the shared instance. `range`: from the receiver to the end of the call.
pub(crate) fn shutdown(file: FileId, range: TextRange) -> Finding {
    let message = "`shutdown()` ends the bus for the whole process, for good";
    Finding::new(catalog::SHARED_SHUTDOWN, file, range, message)
        .with_help("remove the call, or leave it to the end of `main`")
}

/// What the calls that matter say.
const CALLED: &[&str] = &[
    "shutdown",
    "register_handler",
    "drop",
    "recv",
    "strong_count",
    "weak_count",
    "downgrade",
    "ptr_eq",
];

static CALLS: LazyLock<Places> = LazyLock::new(|| Places::of(CALLED));

/// The same where an assertion may read statistics.
static CALLS_AND_ASSERTS: LazyLock<Places> =
    LazyLock::new(|| Places::of(CALLED.iter().chain(&["assert"])));

/// The head of a loop that receives what was subscribed to on a bus which code has given away before the loop, and so may
/// have ended with what it was given to.
fn ends_with_its_owner(
    holders: &Holders<'_>,
    file: FileId,
    tree: &FileTree,
    recv: &ast::MethodCallExpr,
) -> Option<TextRange> {
    let variable = |e: Option<ast::Expr>| {
        let ast::Expr::PathExpr(path) = e? else {
            return None;
        };
        let name = path.path()?.as_single_name_ref()?;
        locals::binding_of(tree, path.syntax(), name.text())
    };
    let received = recv.syntax().parent().and_then(ast::AwaitExpr::cast)?;
    let condition = received.syntax().parent().and_then(ast::LetExpr::cast)?;
    let whole = ast::WhileExpr::cast(condition.syntax().parent()?)?;
    let receiver = variable(recv.receiver())?;
    let made = receiver.syntax().parent().and_then(ast::LetStmt::cast)?;
    let subscribed = made.initializer()?;
    let mut calls = subscribed.syntax().descendants();
    let subscribed = calls.find_map(|n| {
        let call = ast::MethodCallExpr::cast(n)?;
        (call.name_ref()?.text() == "subscribe").then(|| call.receiver())?
    })?;
    if !holders.may_be_shared(file, tree, &subscribed) {
        return None;
    }
    let bus = variable(Some(subscribed))?;
    let start = tree.range(whole.syntax()).start();
    let mut given_away = false;
    for it in locals::uses_of(tree, &bus) {
        let Use::Expr(path) = it else { return None };
        if tree.range(path.syntax()).start() >= start {
            return None;
        }
        let parent = path.syntax().parent()?;
        let is_lent = matches!(
            parent.kind(),
            SyntaxKind::METHOD_CALL_EXPR | SyntaxKind::REF_EXPR
        );
        let mut around = tree.ancestors(path.syntax());
        let moves = around.any(|n| {
            let block = ast::BlockExpr::cast(n.clone()).is_some_and(|b| b.move_token().is_some());
            block || ast::ClosureExpr::cast(n).is_some_and(|c| c.move_token().is_some())
        });
        given_away |= !is_lent || moves;
    }
    given_away.then(|| tree.range(condition.syntax()))
}

/// What tells that a bus has ended.
const TELL_THE_END: &[&str] = &["subscribe", "downgrade", "upgrade", "Weak"];

/// Calls on coordinators that hold, or may hold, the shared instance.
#[derive(Default)]
struct Calls {
    shutdowns: Vec<(FileId, TextRange)>,
    asserts: Vec<(FileId, TextRange)>,
    handlers: BTreeMap<String, Vec<(FileId, TextRange, Option<String>)>>,
    authoritative: bool,
    /// `drop(bus)`, where anything may tell that it ended.
    drops: Vec<(FileId, TextRange)>,
    weak: Vec<(FileId, TextRange)>,
    counts: Vec<(FileId, TextRange)>,
    /// `Arc::ptr_eq(&bus, …)`.
    compared: Vec<(FileId, TextRange)>,
    /// Loops that ended with the bus.
    loops: Vec<(FileId, TextRange)>,
}

impl Calls {
    fn collect(facts: &Facts<'_>, holders: &Holders<'_>) -> Self {
        let mut calls = Self::default();
        for (i, source) in facts.index.workspace.files.iter().enumerate() {
            let has = |needle| search::says(&source.text, needle);
            calls.authoritative |=
                has("publish_authoritative") || has("dispatch_authoritative_handler");
            let file = FileId(i);
            let may = source.language == Language::Rust
                && (has("stats") || CALLED.iter().any(|n| has(n)));
            if !may || !holders.may_be_in(file) {
                continue;
            }
            let Some(tree) = facts.index.tree(file) else {
                continue;
            };
            calls.of_file(facts, holders, file, tree);
        }
        let mut files = facts.index.workspace.files.iter();
        let tells = |text: &str| TELL_THE_END.iter().any(|n| search::says(text, n));
        if !calls.drops.is_empty() && !files.any(|f| tells(&f.text)) {
            calls.drops.clear();
        }
        calls
    }

    fn of_file(&mut self, facts: &Facts<'_>, holders: &Holders<'_>, file: FileId, tree: &FileTree) {
        let text = &facts.index.workspace.file(file).text;
        let places = match search::says(text, "stats") {
            true => &CALLS_AND_ASSERTS,
            false => &CALLS,
        };
        for node in tree.around(places.find(text).as_deref()) {
            if let Some(call) = ast::MethodCallExpr::cast(node.clone()) {
                let name = call
                    .name_ref()
                    .map(|n| n.text().to_string())
                    .unwrap_or_default();
                if name == "recv"
                    && let Some(range) = ends_with_its_owner(holders, file, tree, &call)
                {
                    self.loops.push((file, range));
                }
                if !matches!(name.as_str(), "shutdown" | "register_handler") {
                    continue;
                }
                let Some(receiver) = call
                    .receiver()
                    .filter(|r| holders.may_be_shared(file, tree, r))
                else {
                    continue;
                };
                let range = TextRange::new(
                    tree.range(receiver.syntax()).start(),
                    tree.range(&node).end(),
                );
                if name == "shutdown" {
                    self.shutdowns.push((file, range));
                } else if let Some(event) = locals::method_args(&call).first()
                    && !construct::in_test(&facts.index, file, tree, &node)
                {
                    let function = construct::enclosing_fn(tree, &node)
                        .and_then(|f| f.name())
                        .map(|n| n.text().to_string())
                        .filter(|n| n != "main" && !once::runs_once(&facts.index, file, &node));
                    self.handlers
                        .entry(event.syntax().text().to_string())
                        .or_default()
                        .push((file, range, function));
                }
            } else if let Some(call) = ast::CallExpr::cast(node.clone()) {
                self.ended(holders, file, tree, &call);
            } else if let Some(call) = ast::MacroCall::cast(node) {
                let is_assert = call
                    .path()
                    .and_then(|p| p.segment())
                    .and_then(|s| s.name_ref())
                    .is_some_and(|n| n.text().contains("assert"));
                if is_assert && holders.reads_stats(file, tree, &call) {
                    self.asserts.push((file, tree.range(call.syntax())));
                }
            }
        }
    }

    /// `drop(bus)`, `Arc::strong_count(&bus)` and `Arc::downgrade(&bus)`.
    fn ended(
        &mut self,
        holders: &Holders<'_>,
        file: FileId,
        tree: &FileTree,
        call: &ast::CallExpr,
    ) {
        let callee = match call.expr() {
            Some(ast::Expr::PathExpr(p)) => p.path(),
            _ => None,
        };
        let name = callee.and_then(|p| p.segment()?.name_ref());
        let arg = call.arg_list().and_then(|l| l.args().next());
        let (Some(name), Some(arg)) = (name, arg) else {
            return;
        };
        let range = tree.range(call.syntax());
        match name.text() {
            "drop" if holders.may_own_shared(file, tree, &arg) => self.drops.push((file, range)),
            "strong_count" | "weak_count"
                if holders.may_be_shared(file, tree, &arg) || is_element(&arg) =>
            {
                self.counts.push((file, range));
            }
            "downgrade" if holders.may_be_shared(file, tree, &arg) => {
                self.weak.push((file, range));
            }
            "ptr_eq" if holders.may_be_shared(file, tree, &arg) => {
                self.compared.push((file, range))
            }
            _ => {}
        }
    }

    fn report(self, out: &mut Vec<Finding>) {
        for (file, range) in self.drops {
            let message = "the bus may have ended here; now it ends with the process";
            let finding = Finding::new(catalog::OUTLIVES_OWNER, file, range, message);
            out.push(finding.with_help(
                "look for receivers and `Weak` pointers that count on its end, and end them in another way",
            ));
        }
        for (file, range) in self.loops {
            let message = "this loop ended when the bus did; the shared one ends with the process";
            let finding = Finding::new(catalog::OUTLIVES_OWNER, file, range, message);
            out.push(finding.with_help("end the loop in another way"));
        }
        for (file, range) in self.weak {
            let message = "what this gives leads to the bus until the process ends now";
            let finding = Finding::new(catalog::OUTLIVES_OWNER, file, range, message);
            out.push(finding.with_help("look for `upgrade()` that counts on its end"));
        }
        for (file, range) in self.counts {
            let message = "this counts the owners of the bus in the whole process now";
            let finding = Finding::new(catalog::OUTLIVES_OWNER, file, range, message);
            out.push(finding.with_help("count something of your own"));
        }
        for (file, range) in self.compared {
            let message = "what this tells apart may be one bus now";
            let finding = Finding::new(catalog::MERGED_BUS, file, range, message);
            out.push(finding.with_help("compare something of your own"));
        }
        for (file, range) in self.shutdowns {
            out.push(shutdown(file, range));
        }
        for (file, range) in self.asserts {
            out.push(
                Finding::new(
                    catalog::STATS_ASSERTION,
                    file,
                    range,
                    "the statistics now count what the whole process does",
                )
                .with_help("compare with the numbers before, or keep an isolated instance"),
            );
        }
        for (event, sites) in self.handlers {
            let event = match event.starts_with('"') {
                true => event,
                false => format!("`{event}`"),
            };
            let tail = if self.authoritative {
                "; authoritative events of a type with two handlers fail"
            } else {
                ""
            };
            let many = sites.len() > 1;
            for (file, range, function) in sites {
                let message = match (many, function) {
                    (true, _) => format!(
                        "handlers for {event} are registered in several places, and now on one bus{tail}"
                    ),
                    (false, Some(name)) => {
                        format!(
                            "each call of `{name}` registers another handler for {event}, and now on one bus{tail}"
                        )
                    }
                    (false, None) => continue,
                };
                out.push(
                    Finding::new(catalog::SECOND_HANDLER, file, range, message).with_help(
                        "handlers cannot be unregistered: register each one once per process",
                    ),
                );
            }
        }
    }
}

/// Whether an expression is an element of a list or a tuple, whose type is not asked for here.
fn is_element(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::RefExpr(it) => it.expr().is_some_and(|e| is_element(&e)),
        ast::Expr::ParenExpr(it) => it.expr().is_some_and(|e| is_element(&e)),
        ast::Expr::IndexExpr(_) => true,
        ast::Expr::FieldExpr(it) => {
            let name = it.name_ref();
            name.is_some_and(|n| n.text().starts_with(|c: char| c.is_ascii_digit()))
        }
        _ => false,
    }
}

/// Tests that read source files and look for the construction's text.
fn source_scanning_tests(facts: &Facts<'_>, any: bool, out: &mut Vec<Finding>) {
    for (i, source) in facts.index.workspace.files.iter().enumerate() {
        let file = FileId(i);
        let has = |needle| search::says(&source.text, needle);
        if !any
            || source.language != Language::Rust
            || !(has("include_str!") || has("read_to_string"))
            || !has("GlobalEventCoordinator")
        {
            continue;
        }
        let Some(tree) = facts.index.tree(file) else {
            continue;
        };
        for element in tree.root.descendants_with_tokens() {
            let Some(token) = element
                .into_token()
                .filter(|t| t.kind() == SyntaxKind::STRING)
            else {
                continue;
            };
            let names_it = [
                "GlobalEventCoordinator",
                "monolithic()",
                "EventCoordinatorConfig",
            ]
            .iter()
            .any(|n| token.text().contains(n));
            let Some(parent) = token.parent().filter(|_| names_it) else {
                continue;
            };
            if construct::in_test(&facts.index, file, tree, &parent) {
                out.push(
                    Finding::new(
                        catalog::SOURCE_SCANNING_TEST,
                        file,
                        token.text_range(),
                        "this test reads source text, and what it looks for may be rewritten",
                    )
                    .with_help("read the test after the migration and adapt the text"),
                );
            }
        }
    }
}
