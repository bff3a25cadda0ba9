//! From a construction outwards: how far the accessor replaces what is around it, and in which form.
//!
//! Belongs here: the expression around one construction and the uses of the variable that it is bound to. Does not:
//! finding constructions (`construct`), imports (`imports`).
//!
//! The walk carries the *shape* of the value: a future of a `Result` of a coordinator at first, then, as `.await`,
//! `?`, `match` and `Arc::new` are passed, a bare or shared coordinator. Where it stops, the context decides whether
//! the accessor's reference will do or an owned `Arc` is needed. `accessor.clone()` has the type that
//! `Arc::new(construction)` had, so it is right wherever nothing better is known.

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::api::{self, Item};
use super::catalog;
use super::defs::Index;
use super::edit::Edit;
use super::finding::FindingId;
use super::layout;
use super::locals::{self, Use};
use super::purity;
use super::resolve::{Def, Namespace, Ty, is_std_arc};
use super::tree::FileTree;
use super::workspace::FileId;

/// Why a construction is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) id: FindingId,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Left {
    pub(crate) fn new(id: FindingId, message: impl Into<String>) -> Self {
        Self {
            id,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What becomes of a construction that can be rewritten.
#[derive(Debug, Default)]
pub(crate) struct Rewrite {
    pub(crate) edits: Vec<Edit>,
    /// Edits of layout alone: they yield to the others.
    layout: Vec<Edit>,
    /// What was written for the error case and is gone, in words: `map_err`, `match`, `?`.
    pub(crate) plumbing: Vec<String>,
    /// Where text went, for the names that it used.
    pub(crate) dropped: Vec<TextRange>,
    /// What was written again in there.
    kept: Vec<TextRange>,
    /// Local variables that only the dropped text used; they are renamed to `_name`.
    pub(crate) unused: Vec<String>,
    /// Variables that hold the shared instance now.
    pub(crate) bindings: Vec<ast::IdentPat>,
    /// The method that is called on the instance right away.
    pub(crate) direct_call: Option<ast::MethodCallExpr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inner {
    Bare,
    Shared,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Value(Inner),
    Result(Inner),
    Option(Inner),
    Future(Box<Shape>),
    /// Somebody else's `Result` around it (`timeout`, `spawn`): its plumbing stays.
    Foreign(Box<Shape>),
}

/// How the value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The reference that the accessor gives.
    Reference,
    /// An `Arc` of one's own.
    Owned,
    /// `&GlobalEventCoordinator`.
    Borrowed,
}

impl Form {
    fn suffix(self) -> &'static str {
        match self {
            Form::Reference => "",
            Form::Owned => ".clone()",
            Form::Borrowed => ".as_ref()",
        }
    }
}

/// What replaces the expression in hand, with the source ranges that it repeats.
#[derive(Debug, Clone)]
struct Text {
    string: String,
    kept: Vec<TextRange>,
}

pub(crate) struct Climber<'a> {
    pub(crate) index: &'a Index<'a>,
    pub(crate) file: FileId,
    pub(crate) tree: &'a FileTree,
    /// The accessor as it is called at the construction's place, without parentheses.
    pub(crate) accessor: String,
}

impl Climber<'_> {
    /// Rewrites around a call that gives a future of a coordinator. `also_gone`: text that goes with it.
    ///
    /// # Errors
    /// [`Left`] with the reason if the accessor cannot stand in for it.
    pub(crate) fn rewrite(
        &self,
        call: &ast::CallExpr,
        also_gone: Option<TextRange>,
    ) -> Result<Rewrite, Left> {
        let mut out = Rewrite::default();
        out.dropped.extend(also_gone);
        let shape = Shape::Future(Box::new(Shape::Result(Inner::Bare)));
        let text = Text {
            string: format!("{}()", self.accessor),
            kept: Vec::new(),
        };
        self.climb(
            &mut out,
            ast::Expr::CallExpr(call.clone()),
            shape,
            text,
            None,
        )?;
        let layout = std::mem::take(&mut out.layout);
        // the other edits may cover the blanks too
        let yields = |l: &Edit| !out.edits.iter().any(|e| e.range.contains_range(l.range));
        let layout: Vec<Edit> = layout.into_iter().filter(yields).collect();
        out.edits.extend(layout);
        self.rename_unused(&mut out, call.syntax());
        Ok(out)
    }

    /// Variables that only the dropped text used are renamed to `_name`, as rustc suggests.
    fn rename_unused(&self, out: &mut Rewrite, node: &SyntaxNode) {
        let gone = |range: TextRange| {
            out.dropped.iter().any(|d| d.contains_range(range))
                && !out.kept.iter().any(|k| k.contains_range(range))
        };
        let mut renamed: Vec<(String, TextSize)> = Vec::new();
        for binding in self.variables_before(out, node) {
            let Some(name) = binding.name().filter(|n| !n.text().starts_with('_')) else {
                continue;
            };
            let uses = locals::uses_of(self.tree, &binding);
            let is_gone = |u: &Use| match u {
                Use::Expr(path) => gone(self.range(path)),
                Use::Opaque(token) => gone(self.tree.token_range(token)),
            };
            let place = self.range(&name);
            let in_record = binding
                .syntax()
                .parent()
                .is_some_and(|p| p.kind() == SyntaxKind::RECORD_PAT_FIELD);
            if !uses.is_empty() && !in_record && !gone(place) && uses.iter().all(is_gone) {
                renamed.push((name.text().to_string(), place.start()));
            }
        }
        for (name, at) in renamed {
            out.edits.push(Edit::insert(at, "_"));
            out.unused.push(name);
        }
    }

    /// The variables of the function around `node` whose names stand in the dropped text.
    fn variables_before(&self, out: &Rewrite, node: &SyntaxNode) -> Vec<ast::IdentPat> {
        let Some(function) = self
            .tree
            .ancestors(node)
            .filter(|n| n.kind() == SyntaxKind::FN)
            .last()
        else {
            return Vec::new();
        };
        let dropped: Vec<&str> = out.dropped.iter().map(|d| self.source(*d)).collect();
        self.tree
            .descendants(&function)
            .into_iter()
            .filter_map(ast::IdentPat::cast)
            .filter(|b| {
                b.name()
                    .is_some_and(|n| dropped.iter().any(|d| d.contains(n.text())))
            })
            .collect()
    }

    fn source(&self, range: TextRange) -> &str {
        let text = &self.index.workspace.file(self.file).text;
        text.get(usize::from(range.start())..usize::from(range.end()))
            .unwrap_or_default()
    }

    fn range(&self, node: &impl AstNode) -> TextRange {
        self.tree.range(node.syntax())
    }

    /// The walk. Stops below `limit`.
    fn climb(
        &self,
        out: &mut Rewrite,
        mut cur: ast::Expr,
        mut shape: Shape,
        mut text: Text,
        limit: Option<&SyntaxNode>,
    ) -> Result<(), Left> {
        loop {
            if self.tree.is_macro_piece(cur.syntax()) || limit == Some(cur.syntax()) {
                return self.stop(out, &cur, &shape, &text);
            }
            let Some(parent) = cur.syntax().parent() else {
                return self.stop(out, &cur, &shape, &text);
            };
            let step = match parent.kind() {
                SyntaxKind::PAREN_EXPR => match ast::Expr::cast(parent.clone()) {
                    Some(paren) => Step::To(paren, shape.clone(), text.clone()),
                    None => Step::Here,
                },
                SyntaxKind::AWAIT_EXPR => self.awaited(&parent, &shape, &text)?,
                SyntaxKind::TRY_EXPR => self.tried(out, &cur, &parent, &shape, &text)?,
                SyntaxKind::METHOD_CALL_EXPR => self.method(out, &cur, &parent, &shape, &text)?,
                SyntaxKind::ARG_LIST => self.argument(&cur, &parent, &shape, &text)?,
                SyntaxKind::STMT_LIST => self.tail(&cur, &parent, &shape, &text)?,
                SyntaxKind::CLOSURE_EXPR => self.closure_body(&cur, &parent, &shape, &text),
                SyntaxKind::MATCH_EXPR => self.matched(out, &cur, &parent, &shape, &text)?,
                SyntaxKind::LET_EXPR => return self.if_let(out, &cur, &parent, &shape, &text),
                SyntaxKind::LET_STMT => return self.let_stmt(out, &cur, &parent, &shape, &text),
                SyntaxKind::REF_EXPR => {
                    let mutable =
                        ast::RefExpr::cast(parent.clone()).is_some_and(|r| r.mut_token().is_some());
                    match &shape {
                        Shape::Value(_) if mutable => {
                            return Err(Left::new(
                                catalog::OWNED_VALUE,
                                "the instance is borrowed mutably",
                            ));
                        }
                        Shape::Value(inner) => {
                            let whole = ast::Expr::cast(parent).unwrap_or(cur);
                            let form = match inner {
                                Inner::Shared => Form::Reference,
                                Inner::Bare => self.borrowed_form(&whole),
                            };
                            self.finish(out, &whole, &text, form);
                            return Ok(());
                        }
                        _ => Step::Here,
                    }
                }
                SyntaxKind::EXPR_STMT => {
                    return match shape {
                        Shape::Future(_) => self.stop(out, &cur, &shape, &text),
                        _ => {
                            self.finish(out, &cur, &text, Form::Reference);
                            Ok(())
                        }
                    };
                }
                SyntaxKind::RETURN_EXPR => {
                    return match self.wrapped_return(&parent, &shape) {
                        Some(constructor) => {
                            self.finish_wrapped(out, &cur, &text, constructor);
                            Ok(())
                        }
                        None => self.stop(out, &cur, &shape, &text),
                    };
                }
                _ => Step::Here,
            };
            match step {
                Step::To(next, next_shape, next_text) => {
                    (cur, shape, text) = (next, next_shape, next_text)
                }
                Step::Done => return Ok(()),
                Step::Here => {
                    // the last expression of a function that returns the `Result` on
                    if let Some(constructor) = self.wrapped_return(&parent, &shape)
                        && parent.kind() == SyntaxKind::STMT_LIST
                    {
                        self.finish_wrapped(out, &cur, &text, constructor);
                        return Ok(());
                    }
                    if out.direct_call.is_some() && parent.kind() == SyntaxKind::METHOD_CALL_EXPR {
                        self.finish(out, &cur, &text, Form::Reference);
                        return Ok(());
                    }
                    return self.stop(out, &cur, &shape, &text);
                }
            }
        }
    }

    /// The context takes the value as it is: an owned `Arc` always fits where one was.
    fn stop(
        &self,
        out: &mut Rewrite,
        cur: &ast::Expr,
        shape: &Shape,
        text: &Text,
    ) -> Result<(), Left> {
        match shape {
            Shape::Value(Inner::Shared) => {
                self.finish(out, cur, text, Form::Owned);
                Ok(())
            }
            Shape::Value(Inner::Bare) => Err(needs_value()),
            Shape::Result(_) | Shape::Option(_) => Err(Left::new(
                catalog::RESULT_USED,
                "the `Result` of the construction is passed on or inspected",
            )
            .help("unwrap it where it is made, or write `Ok(global_coordinator().await.clone())` by hand")),
            Shape::Future(_) | Shape::Foreign(_) => Err(Left::new(
                catalog::NOT_AWAITED,
                "the construction is not awaited where it is made, and its future could not be followed",
            )
            .help("await it where it is made, then run again")),
        }
    }

    fn finish(&self, out: &mut Rewrite, cur: &ast::Expr, text: &Text, form: Form) {
        self.replace(
            out,
            self.range(cur),
            format!("{}{}", text.string, form.suffix()),
            &text.kept,
        );
    }

    fn finish_wrapped(&self, out: &mut Rewrite, cur: &ast::Expr, text: &Text, constructor: &str) {
        let insert = format!("{constructor}({}.clone())", text.string);
        self.replace(out, self.range(cur), insert, &text.kept);
    }

    /// Replaces `range`; comments in it that `kept` does not repeat move in front of the line.
    fn replace(&self, out: &mut Rewrite, range: TextRange, insert: String, kept: &[TextRange]) {
        self.replace_below(out, range, insert, kept, range.start());
    }

    /// The same, with the comments in front of the line of `above`.
    fn replace_below(
        &self,
        out: &mut Rewrite,
        range: TextRange,
        insert: String,
        kept: &[TextRange],
        above: TextSize,
    ) {
        self.hoist_comments(out, range, kept, above);
        out.dropped.push(range);
        out.kept.extend_from_slice(kept);
        out.edits.push(Edit::replace(range, insert));
    }

    fn hoist_comments(
        &self,
        out: &mut Rewrite,
        range: TextRange,
        kept: &[TextRange],
        above: TextSize,
    ) {
        let source = &self.index.workspace.file(self.file).text;
        let comments = layout::comments_in(source, self.index.edition(self.file), range, kept);
        if !comments.is_empty() {
            out.edits.push(layout::comments_above(
                source,
                &self.tree.root,
                above,
                &comments,
            ));
        }
    }

    fn awaited(&self, parent: &SyntaxNode, shape: &Shape, text: &Text) -> Result<Step, Left> {
        let Shape::Future(inner) = shape else {
            return Ok(Step::Here);
        };
        let next = ast::Expr::cast(parent.clone());
        let text = Text {
            string: format!("{}.await", text.string),
            kept: text.kept.clone(),
        };
        Ok(next.map_or(Step::Here, |n| Step::To(n, (**inner).clone(), text)))
    }

    fn tried(
        &self,
        out: &mut Rewrite,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Some(next) = ast::Expr::cast(parent.clone()) else {
            return Ok(Step::Here);
        };
        Ok(match shape {
            Shape::Result(inner) | Shape::Option(inner) => {
                out.plumbing.push("?".into());
                Step::To(next, Shape::Value(*inner), text.clone())
            }
            Shape::Foreign(inner) => Step::To(
                next.clone(),
                (**inner).clone(),
                self.with_rest(text, cur, &next),
            ),
            _ => Step::Here,
        })
    }

    /// The text, followed by what stands between the end of `cur` and the end of `whole`.
    fn with_rest(&self, text: &Text, cur: &ast::Expr, whole: &ast::Expr) -> Text {
        let rest = TextRange::new(self.range(cur).end(), self.range(whole).end());
        let mut kept = text.kept.clone();
        kept.push(rest);
        Text {
            string: format!("{}{}", text.string, self.source(rest)),
            kept,
        }
    }

    /// The text in the place of `cur` inside of `whole`, which stays.
    fn in_place(&self, text: &Text, cur: &ast::Expr, whole: &ast::Expr) -> Text {
        let before = TextRange::new(self.range(whole).start(), self.range(cur).start());
        let mut text = self.with_rest(text, cur, whole);
        text.string = format!("{}{}", self.source(before), text.string);
        text.kept.push(before);
        text
    }

    fn method(
        &self,
        out: &mut Rewrite,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Some(call) = ast::MethodCallExpr::cast(parent.clone()) else {
            return Ok(Step::Here);
        };
        if call.receiver().as_ref() != Some(cur) {
            return Ok(Step::Here);
        }
        let name = call
            .name_ref()
            .map(|n| n.text().to_string())
            .unwrap_or_default();
        let args = locals::method_args(&call);
        let next = ast::Expr::MethodCallExpr(call.clone());
        match shape {
            Shape::Value(_)
                if api::METHODS.contains(&name.as_str())
                    || (name == "clone" && *shape == Shape::Value(Inner::Shared)) =>
            {
                out.direct_call = Some(call);
                Ok(Step::Here)
            }
            Shape::Value(_) => Ok(Step::Here),
            Shape::Foreign(inner) => {
                let shape = match name.as_str() {
                    "unwrap" | "expect" | "unwrap_or_else" => (**inner).clone(),
                    "map_err" | "context" | "with_context" | "wrap_err" | "wrap_err_with" => {
                        shape.clone()
                    }
                    _ => return Ok(Step::Here),
                };
                Ok(Step::To(
                    next.clone(),
                    shape,
                    self.with_rest(text, cur, &next),
                ))
            }
            // combinators of `TryFutureExt`
            Shape::Future(inner) => {
                let inner = match (name.as_str(), &**inner) {
                    ("map_err", Shape::Result(_)) => (**inner).clone(),
                    ("map_ok", Shape::Result(Inner::Bare))
                        if self.is_arc_new_value(args.first()) =>
                    {
                        Shape::Result(Inner::Shared)
                    }
                    _ => return Ok(Step::Here),
                };
                self.drop_plumbing(out, &name, &args)?;
                Ok(Step::To(next, Shape::Future(Box::new(inner)), text.clone()))
            }
            Shape::Result(inner) | Shape::Option(inner) => {
                let is_result = matches!(shape, Shape::Result(_));
                let same = shape.clone();
                let shape = match name.as_str() {
                    "unwrap" | "expect" | "unwrap_or_else" => Shape::Value(*inner),
                    "map_err" | "context" | "with_context" | "wrap_err" | "wrap_err_with"
                    | "inspect_err"
                        if is_result =>
                    {
                        same
                    }
                    "context" | "with_context" | "ok_or" | "ok_or_else" | "ok_or_eyre"
                        if !is_result =>
                    {
                        Shape::Result(*inner)
                    }
                    "ok" if is_result => Shape::Option(*inner),
                    "map" if *inner == Inner::Bare && self.is_arc_new_value(args.first()) => {
                        match same {
                            Shape::Option(_) => Shape::Option(Inner::Shared),
                            _ => Shape::Result(Inner::Shared),
                        }
                    }
                    _ => return Ok(Step::Here),
                };
                if name != "map" {
                    self.drop_plumbing(out, &name, &args)?;
                }
                Ok(Step::To(next, shape, text.clone()))
            }
        }
    }

    /// Notes plumbing that goes. What it would have computed on success as well must be free of effects.
    fn drop_plumbing(&self, out: &mut Rewrite, name: &str, args: &[ast::Expr]) -> Result<(), Left> {
        if let Some(effect) = args.iter().find(|a| !purity::is_pure(a)) {
            return Err(Left::new(
                catalog::EFFECTFUL_ARGUMENT,
                format!("`{name}({effect})` is evaluated whether or not the construction fails, and may have an effect"),
            )
            .help("bind the argument to a variable before the construction, then run again"));
        }
        out.plumbing.push(name.to_owned());
        Ok(())
    }

    /// `Arc::new`, or `|x| Arc::new(x)`.
    fn is_arc_new_value(&self, value: Option<&ast::Expr>) -> bool {
        match value {
            Some(ast::Expr::PathExpr(path)) => {
                path.path().is_some_and(|p| self.is_arc_constructor(&p))
            }
            Some(ast::Expr::ClosureExpr(closure)) => {
                let Some(ast::Expr::CallExpr(call)) = closure.body() else {
                    return false;
                };
                let names_param = |arg: &ast::Expr| {
                    let pats: Vec<_> = closure
                        .param_list()
                        .map(|l| l.params().filter_map(|p| p.pat()).collect())
                        .unwrap_or_default();
                    matches!((arg, pats.as_slice()), (ast::Expr::PathExpr(p), [ast::Pat::IdentPat(i)])
                        if i.name().is_some_and(|n| locals::is_name(p, n.text())))
                };
                self.is_arc_call(&call)
                    && ast::HasArgList::arg_list(&call)
                        .is_some_and(|l| l.args().count() == 1 && l.args().all(|a| names_param(&a)))
            }
            _ => false,
        }
    }

    /// Whether a call is `Arc::new(…)` or `Arc::from(…)` of the standard library.
    fn is_arc_call(&self, call: &ast::CallExpr) -> bool {
        matches!(call.expr(), Some(ast::Expr::PathExpr(p)) if p.path().is_some_and(|p| self.is_arc_constructor(&p)))
    }

    fn is_arc_constructor(&self, path: &ast::Path) -> bool {
        let is_new = path
            .segment()
            .and_then(|s| s.name_ref())
            .is_some_and(|n| matches!(n.text(), "new" | "from"));
        let Some(ty) = path.qualifier().filter(|_| is_new) else {
            return false;
        };
        match self.index.resolve_path(self.file, &ty, Namespace::Type) {
            Def::External(path) => is_std_arc(&path),
            // an alias of `Arc<…>`
            Def::Local(..) => matches!(self.index.type_of_path(self.file, &ty), Ty::Arc(_)),
            _ => false,
        }
    }

    fn argument(
        &self,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Some((list, position)) = locals::argument_of(cur) else {
            return Ok(Step::Here);
        };
        let Some(whole) = parent.parent().and_then(ast::Expr::cast) else {
            return Ok(Step::Here);
        };
        match (&whole, shape) {
            (ast::Expr::CallExpr(call), Shape::Value(Inner::Bare)) if self.is_arc_call(call) => {
                Ok(Step::To(whole, Shape::Value(Inner::Shared), text.clone()))
            }
            (ast::Expr::CallExpr(call), Shape::Future(inner)) => {
                let callee = match call.expr() {
                    Some(ast::Expr::PathExpr(p)) => p
                        .path()
                        .and_then(|p| p.segment())
                        .and_then(|s| s.name_ref()),
                    _ => None,
                };
                let callee = callee.map(|n| n.text().to_string()).unwrap_or_default();
                let shape = match callee.as_str() {
                    "block_on" => (**inner).clone(),
                    "timeout" if position == 1 => {
                        Shape::Future(Box::new(Shape::Foreign(inner.clone())))
                    }
                    "spawn" if position == 0 => {
                        Shape::Future(Box::new(Shape::Foreign(inner.clone())))
                    }
                    _ => return Ok(Step::Here),
                };
                let text = self.in_place(text, cur, &whole);
                Ok(Step::To(whole, shape, text))
            }
            (ast::Expr::MethodCallExpr(call), Shape::Future(inner)) => {
                let is_block_on = call.name_ref().is_some_and(|n| n.text() == "block_on")
                    && position + 1 == list.args().count();
                if !is_block_on {
                    return Ok(Step::Here);
                }
                let text = self.in_place(text, cur, &whole);
                Ok(Step::To(whole, (**inner).clone(), text))
            }
            _ => Ok(Step::Here),
        }
    }

    /// The last expression of a block: out of `{ … }`, and out of `async { … }` that holds nothing else.
    fn tail(
        &self,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Result<Step, Left> {
        let Some(block) = parent.parent().and_then(ast::BlockExpr::cast) else {
            return Ok(Step::Here);
        };
        // a value fits where it stands; only a `Result` or a future has to be followed further
        if matches!(shape, Shape::Value(_))
            || block.unsafe_token().is_some()
            || block.const_token().is_some()
        {
            return Ok(Step::Here);
        }
        let is_whole_body = |kind| block.syntax().parent().is_some_and(|p| p.kind() == kind);
        if is_whole_body(SyntaxKind::FN)
            || is_whole_body(SyntaxKind::MATCH_ARM)
            || is_whole_body(SyntaxKind::IF_EXPR)
        {
            return Ok(Step::Here);
        }
        let statements = parent.children().filter_map(ast::Stmt::cast).count();
        let whole = ast::Expr::BlockExpr(block.clone());
        let text = self.in_place(text, cur, &whole);
        if block.async_token().is_some() {
            // an early return or a `?` would need the block to stay a `Result`
            if statements > 0 && purity::leaves_early(parent, cur.syntax()) {
                return Ok(Step::Here);
            }
            return Ok(Step::To(
                whole,
                Shape::Future(Box::new(shape.clone())),
                text,
            ));
        }
        Ok(Step::To(whole, shape.clone(), text))
    }

    /// `block_in_place(|| …)` gives what its closure gives.
    fn closure_body(
        &self,
        cur: &ast::Expr,
        parent: &SyntaxNode,
        shape: &Shape,
        text: &Text,
    ) -> Step {
        if matches!(shape, Shape::Value(_)) {
            return Step::Here;
        }
        match block_in_place(parent) {
            Some(call) => {
                let whole = ast::Expr::CallExpr(call);
                let text = self.in_place(text, cur, &whole);
                Step::To(whole, shape.clone(), text)
            }
            None => Step::Here,
        }
    }

    /// `Ok` or `Some` if the value is what the function around returns, so that its type says what is meant.
    fn wrapped_return(&self, parent: &SyntaxNode, shape: &Shape) -> Option<&'static str> {
        let constructor = match shape {
            Shape::Result(Inner::Shared) => "Ok",
            Shape::Option(Inner::Shared) => "Some",
            _ => return None,
        };
        if parent.kind() == SyntaxKind::STMT_LIST {
            let block = parent.parent().and_then(ast::BlockExpr::cast)?;
            return (block.syntax().parent()?.kind() == SyntaxKind::FN).then_some(constructor);
        }
        let owner = self.tree.ancestors(parent).find(|n| {
            matches!(n.kind(), SyntaxKind::FN | SyntaxKind::CLOSURE_EXPR)
                || ast::BlockExpr::cast(n.clone()).is_some_and(|b| b.async_token().is_some())
        })?;
        (parent.kind() == SyntaxKind::RETURN_EXPR && owner.kind() == SyntaxKind::FN)
            .then_some(constructor)
    }

    /// How `&construction` is written: plainly where the parameter says `&GlobalEventCoordinator`.
    fn borrowed_form(&self, borrow: &ast::Expr) -> Form {
        let parameter = locals::argument_of(borrow).and_then(|(list, position)| {
            let call = ast::CallExpr::cast(list.syntax().parent()?)?;
            let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
                return None;
            };
            let Def::Local(file, item) =
                self.index
                    .resolve_path(self.file, &callee.path()?, Namespace::Value)
            else {
                return None;
            };
            let function = ast::Fn::cast(item)?;
            let ty = function.param_list()?.params().nth(position)?.ty()?;
            Some(self.index.type_of(file, &ty))
        });
        match parameter {
            Some(Ty::Ref(inner)) if *inner == Ty::Item(Item::Coordinator) => Form::Reference,
            _ => Form::Borrowed,
        }
    }
}

fn needs_value() -> Left {
    Left::new(
        catalog::OWNED_VALUE,
        "the coordinator is needed by value, and the shared instance cannot be given away",
    )
    .help("change the type to `Arc<GlobalEventCoordinator>`, then run again")
}

/// The call of `block_in_place` that a closure is the argument of.
fn block_in_place(closure: &SyntaxNode) -> Option<ast::CallExpr> {
    let list = closure
        .parent()
        .filter(|p| p.kind() == SyntaxKind::ARG_LIST)?;
    let call = ast::CallExpr::cast(list.parent()?)?;
    let Some(ast::Expr::PathExpr(callee)) = call.expr() else {
        return None;
    };
    let name = callee.path()?.segment()?.name_ref()?;
    (name.text() == "block_in_place").then_some(call)
}

/// What one step of the walk found.
enum Step {
    /// The value is that of a larger expression.
    To(ast::Expr, Shape, Text),
    /// The walk ends at the expression in hand.
    Here,
    /// Everything is written.
    Done,
}

mod binding;
mod branch;
