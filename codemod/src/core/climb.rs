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
use super::construct;
use super::defs::Index;
use super::edit::Edit;
use super::finding::FindingId;
use super::layout;
use super::locals::{self, Use};
use super::purity;
use super::resolve::{Def, Namespace, Ty, first_type_arg};
use super::search::{self, Places};
use super::tree::{self, FileTree};
use super::workspace::{FileId, Language};

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
#[derive(Debug, Default, Clone)]
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
    /// Local variables (renamed to `_name` then) and private items that only the dropped text used.
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
pub(crate) enum Form {
    /// The reference that the accessor gives.
    Reference,
    /// An `Arc` of one's own.
    Owned,
    /// `&GlobalEventCoordinator`.
    Borrowed,
}

impl Form {
    pub(crate) fn suffix(self) -> &'static str {
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

impl Rewrite {
    /// What was written again of the text that went.
    pub(crate) fn kept(&self) -> &[TextRange] {
        &self.kept
    }
}

pub(crate) struct Climber<'a> {
    pub(crate) index: &'a Index<'a>,
    pub(crate) file: FileId,
    pub(crate) tree: &'a FileTree,
    /// The accessor as it is called at the construction's place, without parentheses.
    pub(crate) accessor: String,
    /// Whether the last expression of an `async` block keeps its type, by an `Ok` that names it.
    pub(crate) typed_tails: bool,
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
        let attempt = |typed_tails| -> Result<Rewrite, Left> {
            let mut out = Rewrite::default();
            out.dropped.extend(also_gone);
            let shape = Shape::Future(Box::new(Shape::Result(Inner::Bare)));
            let text = Text {
                string: format!("{}()", self.accessor),
                kept: Vec::new(),
            };
            let climber = Climber {
                index: self.index,
                file: self.file,
                tree: self.tree,
                accessor: self.accessor.clone(),
                typed_tails,
            };
            climber.climb(
                &mut out,
                ast::Expr::CallExpr(call.clone()),
                shape,
                text,
                None,
            )?;
            Ok(out)
        };
        let mut out = match attempt(false) {
            // where the `async` block around goes is not known: its type stays
            Err(left) if left.id == catalog::NOT_AWAITED => attempt(true).map_err(|_| left)?,
            first => first?,
        };
        let layout = std::mem::take(&mut out.layout);
        // the other edits may cover the blanks too
        let yields = |l: &Edit| !out.edits.iter().any(|e| e.range.contains_range(l.range));
        let layout: Vec<Edit> = layout.into_iter().filter(yields).collect();
        out.edits.extend(layout);
        self.orphans(&mut out, call.syntax())?;
        self.rename_unused(&mut out, call.syntax());
        Ok(out)
    }

    fn source(&self, range: TextRange) -> &str {
        let text = &self.index.workspace.file(self.file).text;
        text.get(usize::from(range.start())..usize::from(range.end()))
            .unwrap_or_default()
    }

    /// Where a node stands, without the attributes of an expression.
    fn range(&self, node: &impl AstNode) -> TextRange {
        let whole = self.tree.range(node.syntax());
        let attrs = node.syntax().children();
        let attrs = attrs.filter(|n| ast::Attr::can_cast(n.kind()));
        let last = attrs
            .last()
            .filter(|_| ast::Expr::can_cast(node.syntax().kind()));
        let after = last.and_then(|a| a.next_sibling());
        after.map_or(whole, |n| {
            TextRange::new(self.tree.range(&n).start(), whole.end())
        })
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
            if let Some(constructor) = self.typed_tail(out, &parent, &shape) {
                self.finish_wrapped(out, &cur, &text, constructor);
                return Ok(());
            }
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
                SyntaxKind::LET_EXPR => self.if_let(out, &cur, &parent, &shape, &text)?,
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
        // a `match` may be a statement without a semicolon
        let stmt = cur.syntax().parent().and_then(ast::ExprStmt::cast);
        let end = match stmt.is_some_and(|s| s.semicolon_token().is_none()) {
            true => ";",
            false => "",
        };
        let insert = format!("{}{}{end}", text.string, form.suffix());
        self.join(out, cur, &insert);
        self.replace(out, self.range(cur), insert, &text.kept);
    }

    /// Puts the value of a `let` on its line, if it stood below for its length alone.
    fn join(&self, out: &mut Rewrite, value: &ast::Expr, insert: &str) {
        const WIDTH: usize = 100;
        let source = &self.index.workspace.file(self.file).text;
        let before = value.syntax().prev_sibling_or_token();
        let gap = before.and_then(|e| e.into_token()).filter(|t| {
            let of_let = t.parent().is_some_and(|n| ast::LetStmt::can_cast(n.kind()));
            t.kind() == SyntaxKind::WHITESPACE && t.text().contains('\n') && of_let
        });
        let Some(gap) = gap.map(|t| self.tree.token_range(&t)) else {
            return;
        };
        let range = self.range(value);
        let comments = layout::comments_in(source, self.index.edition(self.file), range, &[]);
        let line = &source[TextRange::new(layout::line_start(source, gap.start()), gap.start())];
        let width = line.chars().count() + 1 + insert.chars().count() + 1;
        if comments.is_empty() && line.ends_with('=') && !insert.contains('\n') && width <= WIDTH {
            out.layout.push(Edit::replace(gap, " ".to_owned()));
        }
    }

    fn finish_wrapped(&self, out: &mut Rewrite, cur: &ast::Expr, text: &Text, constructor: &str) {
        if out.plumbing.is_empty() && constructor.starts_with("Ok") {
            out.plumbing.push("Err".into());
        }
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

    /// The `Ok` with the error type of the construction, for the last expression of an `async` block.
    fn typed_tail(
        &self,
        out: &Rewrite,
        parent: &SyntaxNode,
        shape: &Shape,
    ) -> Option<&'static str> {
        let is_tail = parent.kind() == SyntaxKind::STMT_LIST
            && ast::BlockExpr::cast(parent.parent()?).is_some_and(|b| b.async_token().is_some());
        // `map_err` makes another type of it
        let same_error = out.plumbing.iter().all(|p| p != "map_err");
        let wanted =
            self.typed_tails && is_tail && same_error && *shape == Shape::Result(Inner::Shared);
        let anyhow = ["anyhow".to_owned(), "Error".to_owned()];
        let named = || {
            self.index
                .resolve(self.file, parent, &anyhow, true, Namespace::Type)
        };
        (wanted && named() == Def::External(anyhow.to_vec())).then_some("Ok::<_, anyhow::Error>")
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
}

fn needs_value() -> Left {
    Left::new(
        catalog::OWNED_VALUE,
        "the coordinator is needed by value, and the shared instance cannot be given away",
    )
    .help("change the type to `Arc<GlobalEventCoordinator>`, then run again")
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
pub(crate) use binding::wants_only_owner;
pub(crate) use branch::{sole_expression, success_arm, success_pattern};
mod branch;
mod step;
mod unused;
