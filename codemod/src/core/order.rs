//! What comes first, of a place that sets something and places that read it, by the calls that lead to them.
//!
//! Belongs here: following calls back to `main` and to tests, by names. Errs on the side of "it may be read first".

use std::collections::BTreeSet;

use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, T, TextSize};

use super::construct;
use super::defs::Index;
use super::locals;
use super::resolve::{Def, Namespace};
use super::search::{self, Places};
use super::workspace::{FileId, Language};

/// A place of a file.
pub(crate) type Place = (FileId, TextSize);

/// What is known of when something is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Each program and test that gets to a read has set it before.
    SetFirst,
    /// One may read it before.
    MayReadFirst,
    /// Nothing in the workspace gets there.
    Unknown,
}

/// What comes first of `sets` and `reads`.
pub(crate) fn order(index: &Index<'_>, sets: &[Place], reads: &[Place]) -> Order {
    let Some(reading) = Reach::of(index, reads) else {
        return Order::MayReadFirst;
    };
    let Some(setting) = Reach::of(index, sets) else {
        return Order::MayReadFirst;
    };
    let search = Search {
        index,
        reading,
        setting,
    };
    let mut any = false;
    for (file, function) in &search.reading.functions {
        if !begins(function) {
            continue;
        }
        any = true;
        if search.sets(*file, function, 0).is_none() {
            return Order::MayReadFirst;
        }
    }
    match any {
        true => Order::SetFirst,
        false => Order::Unknown,
    }
}

/// A function, as far as a call tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    name: String,
    /// The type whose it is. Empty: any, as it is a trait's.
    owner: Option<String>,
}

impl Named {
    fn of(function: &ast::Fn) -> Option<Self> {
        let name = function.name()?.text().trim_start_matches("r#").to_owned();
        let item = function.syntax().parent().and_then(|list| list.parent());
        let owner = match item.clone().and_then(ast::Impl::cast) {
            Some(block) if block.trait_().is_none() => {
                let ty = block.self_ty()?.syntax().text().to_string();
                let plain = ty.split('<').next().unwrap_or_default();
                Some(plain.rsplit("::").next().unwrap_or_default().to_owned())
            }
            Some(_) => Some(String::new()),
            None => item.and_then(ast::Trait::cast).map(|_| String::new()),
        };
        Some(Self { name, owner })
    }
}

/// The places that get somewhere: themselves, and what calls the functions that they are in.
struct Reach {
    own: BTreeSet<Place>,
    called: BTreeSet<Named>,
    functions: Vec<(FileId, ast::Fn)>,
}

impl Reach {
    /// `None`: one is in no function, or there are too many to follow.
    fn of(index: &Index<'_>, places: &[Place]) -> Option<Self> {
        const MAX: usize = 200;
        let mut out = Self {
            own: places.iter().copied().collect(),
            called: BTreeSet::new(),
            functions: Vec::new(),
        };
        for (file, at) in places {
            let token = index
                .tree(*file)?
                .root
                .token_at_offset(*at)
                .right_biased()?;
            out.add(index, *file, &token)?;
        }
        let mut known = 0;
        while known < out.called.len() {
            known = out.called.len();
            let names: BTreeSet<&str> = out.called.iter().map(|n| n.name.as_str()).collect();
            let names = Places::of(names);
            for (i, source) in index.workspace.files.iter().enumerate() {
                if source.language != Language::Rust || !names.any(&source.text) {
                    continue;
                }
                let file = FileId(i);
                let tree = index.tree(file).filter(|t| !t.has_errors)?;
                for at in names.find(&source.text)? {
                    let token = tree.root.token_at_offset(at).right_biased()?;
                    let is_string = token.kind() == SyntaxKind::STRING;
                    if (is_string || token.text_range().start() == at) && out.calls(&token) {
                        out.add(index, file, &token)?;
                    }
                }
            }
            if out.functions.len() > MAX {
                return None;
            }
        }
        Some(out)
    }

    /// The function around a place leads there too.
    fn add(&mut self, index: &Index<'_>, file: FileId, token: &SyntaxToken) -> Option<()> {
        let function = token.parent_ancestors().find_map(ast::Fn::cast)?;
        let mut around = function.syntax().ancestors();
        let of = around.find_map(ast::Impl::cast).and_then(|b| b.trait_());
        if let Some(ast::Type::PathType(of)) = of {
            // what is of others may be called without a word
            let def = index.resolve_path(file, &of.path()?, Namespace::Type);
            matches!(def, Def::Local(..)).then_some(())?;
        }
        if !begins(&function) {
            self.called.insert(Named::of(&function)?);
        }
        if !self.functions.contains(&(file, function.clone())) {
            self.functions.push((file, function));
        }
        Some(())
    }

    /// Whether a token may be a call of such a function, or name it.
    fn calls(&self, token: &SyntaxToken) -> bool {
        if token.kind() == SyntaxKind::STRING {
            // an attribute may name one
            let text = token.text().trim_matches('"');
            let name = text.rsplit("::").next().unwrap_or_default();
            return self.called.iter().any(|n| n.name == name)
                && token
                    .parent_ancestors()
                    .any(|n| ast::Attr::can_cast(n.kind()));
        }
        if token.kind() != SyntaxKind::IDENT {
            return false;
        }
        let mut around = token.parent_ancestors().take(12);
        let parent = token.parent();
        let defines = parent.is_some_and(|p| ast::Name::can_cast(p.kind()));
        if defines || around.any(|n| ast::UseTree::can_cast(n.kind())) {
            return false;
        }
        let name = token.text().trim_start_matches("r#");
        let mut before = std::iter::successors(token.prev_token(), SyntaxToken::prev_token)
            .filter(|t| !t.kind().is_trivia());
        let sign = before.next();
        let of = before.next();
        let mut all = self.called.iter().filter(|n| n.name == name);
        match sign.map(|t| t.kind()) {
            Some(T![.]) => all.any(|n| n.owner.is_some()),
            // in macro input each colon is a token
            Some(T![::] | T![:]) => {
                let of = match of {
                    Some(t) if t.kind() == T![:] => before.next(),
                    of => of,
                };
                let of = of.filter(|t| t.kind() == SyntaxKind::IDENT);
                let Some(of) = of.filter(|t| t.text().starts_with(char::is_uppercase)) else {
                    return all.next().is_some();
                };
                all.any(|n| {
                    let owner = n.owner.as_deref();
                    owner.is_some_and(|o| o.is_empty() || of.text() == "Self" || o == of.text())
                })
            }
            _ => all.any(|n| n.owner.is_none()) && (is_called(token) || !is_bound(token)),
        }
    }

    /// The places within a node that get there, in order.
    fn within(&self, file: FileId, node: &SyntaxNode) -> Vec<SyntaxToken> {
        let tokens = node.descendants_with_tokens();
        let tokens = tokens.filter_map(|e| e.into_token());
        let is_one =
            |t: &SyntaxToken| self.own.contains(&(file, t.text_range().start())) || self.calls(t);
        tokens.filter(is_one).collect()
    }
}

fn is_called(name: &SyntaxToken) -> bool {
    let mut behind = std::iter::successors(name.next_token(), SyntaxToken::next_token);
    let next = behind.find(|t| !t.kind().is_trivia());
    next.is_some_and(|t| t.kind() == T!['('])
}

/// Whether the function around a name has a variable that is called so.
fn is_bound(name: &SyntaxToken) -> bool {
    let function = name
        .parent_ancestors()
        .find(|n| ast::Fn::can_cast(n.kind()));
    let mut names = function.into_iter().flat_map(|f| f.descendants());
    names.any(|n| {
        let bound = ast::IdentPat::cast(n).and_then(|p| p.name());
        bound.is_some_and(|b| b.text() == name.text())
    })
}

/// Whether a function is where a program or a plain test begins.
pub(crate) fn is_root(function: &ast::Fn) -> bool {
    let free = function
        .syntax()
        .parent()
        .is_some_and(|p| !ast::AssocItemList::can_cast(p.kind()));
    let is_main = function.name().is_some_and(|n| n.text() == "main");
    let is_test = function.attrs().any(|a| {
        let path = a.path().and_then(|p| p.segment());
        path.is_some_and(|s| s.syntax().text() == "test")
    });
    free && (is_main || is_test)
}

/// The same, with what a test framework starts: what that runs first is not seen here.
fn begins(function: &ast::Fn) -> bool {
    let is_cfg = |a: &ast::Attr| a.path().is_some_and(|p| p.syntax().text() == "cfg");
    let mut attrs = function.attrs().filter(|a| !is_cfg(a));
    is_root(function) || attrs.any(|a| construct::marks_test(&a))
}

/// How a function sets something before it gets to a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sets {
    Surely,
    /// Or it leaves before, with an error.
    UnlessItFails,
}

struct Search<'s, 'a> {
    index: &'s Index<'a>,
    reading: Reach,
    setting: Reach,
}

impl Search<'_, '_> {
    /// `None`: it may get to a read before.
    fn sets(&self, file: FileId, function: &ast::Fn, depth: usize) -> Option<Sets> {
        const MAX_DEPTH: usize = 6;
        let list = function.body()?.stmt_list()?;
        if depth > MAX_DEPTH {
            return None;
        }
        self.list_sets(file, &list, begins(function), depth)
    }

    fn list_sets(
        &self,
        file: FileId,
        list: &ast::StmtList,
        root: bool,
        depth: usize,
    ) -> Option<Sets> {
        let mut fails = false;
        let stmts = list.syntax().children();
        for stmt in stmts.filter(|n| !ast::Item::can_cast(n.kind())) {
            let reads = self.reading.within(file, &stmt);
            let Some(set) = self.setting.within(file, &stmt).into_iter().next() else {
                if !reads.is_empty() {
                    return None;
                }
                match leaves(&stmt) {
                    Some(Leaves::WithError) => fails = true,
                    Some(Leaves::Somehow) if !root => return None,
                    _ => {}
                }
                continue;
            };
            let attrs = stmt.descendants().filter_map(ast::Attr::cast);
            let mut attrs = attrs.filter(|a| a.syntax().text().to_string().contains("cfg"));
            // not every build has it
            let in_some = attrs.any(|a| {
                let of = a.syntax().parent();
                of.is_some_and(|n| n.text_range().contains_range(set.text_range()))
            });
            if in_some {
                return None;
            }
            // arguments are told behind the name of what takes them
            if reads.iter().any(|t| *t != set) {
                return None;
            }
            if let Some(inner) = async_body(&stmt, &set) {
                // what leaves the block goes on behind it
                let how = self.list_sets(file, &inner, false, depth)?;
                let is_last = stmt.next_sibling().is_none();
                return (how == Sets::Surely || (root && is_last)).then_some(how);
            }
            if is_conditional(&stmt, &set) {
                return None;
            }
            if !self.setting.own.contains(&(file, set.text_range().start())) {
                let (at, function) = self.called(file, &set)?;
                if function.async_token().is_some() && !is_awaited(&set) {
                    return None;
                }
                let how = self.sets(*at, function, depth + 1)?;
                if how == Sets::UnlessItFails && !is_unwrapped(&set) {
                    return None;
                }
                fails |= how == Sets::UnlessItFails;
            }
            return match fails && !root {
                true => Some(Sets::UnlessItFails),
                false => Some(Sets::Surely),
            };
        }
        None
    }

    /// The function that a token calls, if there is one of that name alone.
    fn called(&self, file: FileId, token: &SyntaxToken) -> Option<&(FileId, ast::Fn)> {
        let name = token.text().trim_start_matches("r#");
        let mut all = self.setting.functions.iter();
        let named = |f: &ast::Fn| f.name().is_some_and(|n| n.text() == name);
        let found = all.find(|(_, f)| named(f) && !begins(f))?;
        let defined = format!("fn {name}");
        let texts = self.index.workspace.files.iter().map(|f| &f.text);
        let count: usize = texts
            .map(|text| {
                let found = text.match_indices(&defined);
                let whole = found.filter(|(at, _)| search::is_word(text, *at, defined.len()));
                whole.count()
            })
            .sum();
        let is_it = || {
            let parent = token.parent()?;
            if ast::MethodCallExpr::can_cast(parent.parent()?.kind()) {
                return Some(true);
            }
            let expr = parent.ancestors().find_map(ast::PathExpr::cast)?;
            let path = expr.path()?;
            let tree = self.index.tree(file)?;
            let bound = path.as_single_name_ref().is_some()
                && locals::binding_of(tree, expr.syntax(), name).is_some();
            let of_type = path.qualifier().and_then(|q| q.segment());
            let of_type = of_type.is_some_and(|s| {
                s.syntax()
                    .text()
                    .to_string()
                    .starts_with(char::is_uppercase)
            });
            let def = self.index.resolve_path(file, &path, Namespace::Value);
            let same = matches!(def, Def::Local(_, node) if node == *found.1.syntax());
            Some(!bound && (of_type || same))
        };
        (count == 1 && is_it() == Some(true)).then_some(found)
    }
}

/// How a statement may leave its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaves {
    WithError,
    Somehow,
}

fn leaves(stmt: &SyntaxNode) -> Option<Leaves> {
    const STAY: &[&str] = &[
        "assert",
        "assert_eq",
        "assert_ne",
        "debug",
        "eprintln",
        "error",
        "format",
        "info",
        "print",
        "println",
        "trace",
        "vec",
        "warn",
        "write",
        "writeln",
    ];
    let mut out = None;
    for element in stmt.descendants_with_tokens() {
        let here = match element.kind() {
            T![?] => Leaves::WithError,
            T![return] => {
                let it = element.parent().and_then(ast::ReturnExpr::cast);
                let value = it
                    .and_then(|r| r.expr())
                    .map(|e| e.syntax().text().to_string());
                match value {
                    Some(text) if text.starts_with("Err(") => Leaves::WithError,
                    _ => Leaves::Somehow,
                }
            }
            SyntaxKind::MACRO_CALL => {
                let call = element.into_node().and_then(ast::MacroCall::cast);
                let name = call.and_then(|c| c.path()).and_then(|p| p.segment());
                match name.map(|n| n.syntax().text().to_string()).as_deref() {
                    Some("bail" | "ensure") => Leaves::WithError,
                    Some(name) if STAY.contains(&name) => continue,
                    _ => Leaves::Somehow,
                }
            }
            _ => continue,
        };
        if here == Leaves::Somehow {
            return Some(here);
        }
        out = Some(here);
    }
    out
}

/// Whether a place of a statement may be passed over.
fn is_conditional(stmt: &SyntaxNode, at: &SyntaxToken) -> bool {
    let mut below = None;
    for node in at.parent_ancestors() {
        if node == *stmt && !ast::Expr::can_cast(node.kind()) {
            return false;
        }
        let conditional = match node.kind() {
            SyntaxKind::STMT_LIST
            | SyntaxKind::CLOSURE_EXPR
            | SyntaxKind::MATCH_ARM
            | SyntaxKind::WHILE_EXPR
            | SyntaxKind::FOR_EXPR => true,
            // the right side may not be reached
            SyntaxKind::BIN_EXPR => {
                let it = ast::BinExpr::cast(node.clone());
                let lazy = it
                    .as_ref()
                    .is_some_and(|b| matches!(b.op_kind(), Some(ast::BinaryOp::LogicOp(_))));
                let left = it.and_then(|b| b.lhs()).map(|l| l.syntax().clone());
                lazy && left != below
            }
            _ => false,
        };
        if conditional {
            return true;
        }
        if node == *stmt {
            return false;
        }
        below = Some(node);
    }
    true
}

/// The body of an `async` block around a place that a statement blocks on.
fn async_body(stmt: &SyntaxNode, at: &SyntaxToken) -> Option<ast::StmtList> {
    let mut around = at.parent_ancestors().take_while(|n| n != stmt);
    let block = around.find_map(|n| {
        let call = n.parent()?.parent().and_then(ast::MethodCallExpr::cast)?;
        let blocks = call.name_ref()?.text() == "block_on";
        let block = ast::BlockExpr::cast(n)?;
        (blocks && block.async_token().is_some()).then_some(block)
    })?;
    block.stmt_list()
}

/// Whether what a call gives is awaited where it stands.
fn is_awaited(name: &SyntaxToken) -> bool {
    let mut around = name.parent_ancestors();
    let call = around
        .find(|n| ast::CallExpr::can_cast(n.kind()) || ast::MethodCallExpr::can_cast(n.kind()));
    let parent = call.and_then(|c| c.parent());
    parent.is_some_and(|p| ast::AwaitExpr::can_cast(p.kind()))
}

/// Whether what a call gives leaves the function, or the program, where it is an error.
fn is_unwrapped(name: &SyntaxToken) -> bool {
    let mut around = name.parent_ancestors();
    let call = around
        .find(|n| ast::CallExpr::can_cast(n.kind()) || ast::MethodCallExpr::can_cast(n.kind()));
    let mut at = call;
    while let Some(parent) = at.and_then(|n| n.parent()) {
        match parent.kind() {
            SyntaxKind::TRY_EXPR => return true,
            SyntaxKind::AWAIT_EXPR | SyntaxKind::PAREN_EXPR => {}
            SyntaxKind::METHOD_CALL_EXPR => {
                let name = ast::MethodCallExpr::cast(parent.clone()).and_then(|c| c.name_ref());
                match name.as_ref().map(|n| n.text()) {
                    Some("expect" | "unwrap") => return true,
                    Some("context" | "map_err" | "with_context") => {}
                    _ => return false,
                }
            }
            _ => return false,
        }
        at = Some(parent);
    }
    false
}
