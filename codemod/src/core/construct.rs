//! Finding constructions, and deciding what becomes of each.
//!
//! Belongs here: which calls make a coordinator, whether they stand in test code, how they are configured, how the
//! accessor is named at their place. Does not: what is around them (`climb`), imports (`imports`).

use std::sync::LazyLock;

use ra_ap_syntax::ast::{self, AstNode, HasArgList, HasAttrs, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, T, TextRange};

use super::api::Item;
use super::catalog;
use super::climb::{Climber, Left, Rewrite};
use super::defs::{Index, segments};
use super::edit::Edit;
use super::imports::{self, Need};
use super::layout;
use super::lex::cfg_requires_test;
use super::locals::{self, Use};
use super::options::{Options, TestMode};
use super::resolve::{Def, Namespace, Ty};
use super::search::Places;
use super::tree::FileTree;
use super::workspace::{FileId, TargetKind};

/// A place that makes a coordinator.
#[derive(Clone)]
pub(crate) struct Construction {
    pub(crate) file: FileId,
    /// The call (or the token in macro input), in the file.
    pub(crate) range: TextRange,
    /// The call's node. `None` in macro input that cannot be read.
    pub(crate) call: Option<ast::CallExpr>,
    pub(crate) in_test: bool,
    pub(crate) outcome: Outcome,
}

/// What becomes of a construction.
#[derive(Clone)]
pub(crate) enum Outcome {
    /// It becomes the accessor.
    Accessor {
        rewrite: Rewrite,
        need: Option<Need>,
    },
    /// It becomes an explicit isolated instance.
    Isolated {
        edits: Vec<Edit>,
        need: Option<Need>,
    },
    /// It stays.
    Left(Left),
}

enum Config {
    /// The default monolithic one. `Some`: the statement that binds it and goes with it.
    Plain(Option<ast::LetStmt>),
    /// With a channel capacity.
    Capacity,
    /// Anything else.
    Custom,
}

const OUT_OF_MACRO: &str = "move the construction out of the macro, then run again";

/// What makes a coordinator.
static METHODS: LazyLock<Places> = LazyLock::new(|| Places::of(["monolithic", "new"]));

/// All constructions of a file, in document order.
pub(crate) fn find(index: &Index<'_>, file: FileId, options: Options) -> Vec<Construction> {
    let Some(tree) = index.tree(file) else {
        return Vec::new();
    };
    let finder = Finder {
        index,
        file,
        tree,
        options,
    };
    let mut found = Vec::new();
    let places = METHODS.find(&index.workspace.file(file).text);
    for node in tree.around(places.as_deref()) {
        if let Some(path) = ast::PathExpr::cast(node.clone()) {
            found.extend(finder.at_path(&path));
        } else if matches!(
            node.kind(),
            SyntaxKind::MACRO_CALL | SyntaxKind::MACRO_RULES | SyntaxKind::MACRO_DEF
        ) {
            finder.in_unread_input(&node, &mut found);
        }
    }
    found.sort_by_key(|c| c.range.start());
    found
}

struct Finder<'a> {
    index: &'a Index<'a>,
    file: FileId,
    tree: &'a FileTree,
    options: Options,
}

impl Finder<'_> {
    /// `…::monolithic` or `…::new`, if it is the coordinator's.
    fn at_path(&self, expr: &ast::PathExpr) -> Option<Construction> {
        let path = expr.path()?;
        let method = path.segment()?.name_ref()?.text().to_string();
        if !matches!(method.as_str(), "monolithic" | "new") {
            return None;
        }
        let qualifier = path.qualifier()?;
        if !self.index.may_be(&qualifier, Item::Coordinator) {
            return None;
        }
        let ty = self.index.type_of_path(self.file, &qualifier);
        if ty != Ty::Item(Item::Coordinator) {
            return self.unresolved(&qualifier, expr, &method);
        }
        let call = expr.syntax().parent().and_then(ast::CallExpr::cast);
        let Some(call) = call.filter(|c| c.expr().is_some_and(|e| e.syntax() == expr.syntax()))
        else {
            let left = Left::new(
                catalog::USED_AS_VALUE,
                format!("`{method}` is used as a function value"),
            )
            .help("write a closure that calls it, then run again");
            return Some(self.construction(
                self.tree.range(expr.syntax()),
                expr.syntax(),
                None,
                Outcome::Left(left),
            ));
        };
        let outcome = if self.index.macros.is_in_own(self.tree, call.syntax()) {
            let message =
                "a construction in the input of a macro that may evaluate it more than once";
            Outcome::Left(Left::new(catalog::UNREADABLE_MACRO, message).help(OUT_OF_MACRO))
        } else if method == "monolithic" {
            self.decide_monolithic(&call, &qualifier)
        } else {
            self.decide_new(&call, &qualifier)
        };
        let range = self.tree.range(call.syntax());
        Some(self.construction(range, call.syntax(), Some(call.clone()), outcome))
    }

    fn construction(
        &self,
        range: TextRange,
        node: &SyntaxNode,
        call: Option<ast::CallExpr>,
        outcome: Outcome,
    ) -> Construction {
        Construction {
            file: self.file,
            range,
            call,
            in_test: in_test(self.index, self.file, self.tree, node),
            outcome,
        }
    }

    /// The coordinator's name, but it cannot be followed to the bus crate.
    fn unresolved(
        &self,
        qualifier: &ast::Path,
        expr: &ast::PathExpr,
        method: &str,
    ) -> Option<Construction> {
        if method != "monolithic" || segments(qualifier).last()? != Item::Coordinator.name() {
            return None;
        }
        let def = self
            .index
            .resolve_path(self.file, qualifier, Namespace::Type);
        let is_lookalike = match &def {
            Def::External(path) => !path
                .first()
                .is_some_and(|krate| self.may_export(expr, krate)),
            Def::Unknown => false,
            _ => true,
        };
        if is_lookalike {
            return None;
        }
        let left = Left::new(
            catalog::UNRESOLVED,
            format!("`{qualifier}` could not be followed to the bus crate"),
        )
        .help("import the type from the bus crate by its path, then run again");
        Some(self.construction(
            self.tree.range(expr.syntax()),
            expr.syntax(),
            None,
            Outcome::Left(left),
        ))
    }

    /// Whether a crate that was not read may export the bus crate's type: one of rvoip's, or one of the user's own.
    fn may_export(&self, expr: &ast::PathExpr, krate: &str) -> bool {
        let module = self.index.module_of(self.file, expr.syntax());
        let package = module.and_then(|m| self.index.package_of(m));
        krate.starts_with("rvoip")
            || package.is_some_and(|p| {
                let dependencies = &self.index.workspace.package(p).dependencies;
                dependencies
                    .iter()
                    .any(|d| d.extern_name == krate && d.unread)
            })
    }

    /// A construction in macro input that cannot be read, or in a macro's own definition.
    fn in_unread_input(&self, node: &SyntaxNode, found: &mut Vec<Construction>) {
        let pieces = match ast::MacroCall::cast(node.clone()) {
            Some(call) => self.tree.pieces(&call),
            None => Vec::new(),
        };
        let read: Vec<TextRange> = pieces.iter().map(|p| self.tree.range(p)).collect();
        let tokens: Vec<SyntaxToken> = node
            .children()
            .filter_map(ast::TokenTree::cast)
            .flat_map(|t| t.syntax().descendants_with_tokens())
            .filter_map(|e| e.into_token())
            .filter(|t| !matches!(t.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
            .collect();
        for (i, token) in tokens.iter().enumerate() {
            if token.text() != "monolithic"
                || i < 3
                || tokens[i - 1].text() != ":"
                || tokens[i - 2].text() != ":"
            {
                continue;
            }
            let range = self.tree.token_range(token);
            if read.iter().any(|r| r.contains_range(range)) {
                continue;
            }
            let names = path_before(&tokens[..i - 2]);
            let absolute = false;
            let def = self
                .index
                .resolve(self.file, node, &names, absolute, Namespace::Type);
            let is_coordinator = self.index.item_of(&def) == Some(Item::Coordinator)
                || (def == Def::Unknown
                    && names.last().is_some_and(|n| n == Item::Coordinator.name()));
            if is_coordinator {
                let left = Left::new(
                    catalog::UNREADABLE_MACRO,
                    "a construction in the input of a macro that cannot be read as Rust",
                )
                .help(OUT_OF_MACRO);
                found.push(self.construction(range, node, None, Outcome::Left(left)));
            }
        }
    }

    fn decide_monolithic(&self, call: &ast::CallExpr, qualifier: &ast::Path) -> Outcome {
        if call.arg_list().is_some_and(|l| l.args().next().is_some()) {
            let message = format!("`{qualifier}::monolithic` is given an argument, and takes none");
            return Outcome::Left(Left::new(catalog::UNRESOLVED, message));
        }
        let in_test = in_test(self.index, self.file, self.tree, call.syntax());
        if in_test && self.options.tests != TestMode::Global {
            return self.isolate(call, qualifier);
        }
        self.to_accessor(call, qualifier, None)
    }

    fn decide_new(&self, call: &ast::CallExpr, qualifier: &ast::Path) -> Outcome {
        let in_test = in_test(self.index, self.file, self.tree, call.syntax());
        if in_test && self.options.tests != TestMode::Global {
            return Outcome::Left(Left::new(
                catalog::ISOLATED_IN_TEST,
                "test code has an isolated instance, and keeps it",
            ));
        }
        if !self.options.include_new {
            return Outcome::Left(Left::new(
                catalog::EXPLICIT_NEW,
                "an instance made with `new`; `--include-new` takes it for a construction",
            ));
        }
        let config = call
            .arg_list()
            .and_then(|l| l.args().next())
            .map_or(Config::Custom, |arg| self.config(&arg));
        match config {
            Config::Plain(binding) => self.to_accessor(call, qualifier, binding),
            Config::Capacity => Outcome::Left(
                Left::new(
                    catalog::CHANNEL_CAPACITY,
                    "the instance sets a channel capacity, which the shared bus would lose",
                )
                .help("set `RVOIP_EVENT_BUS_CHANNEL_CAPACITY` for the process, then use the accessor by hand"),
            ),
            Config::Custom => Outcome::Left(Left::new(
                catalog::CONFIGURED_INSTANCE,
                "the instance has a configuration of its own, or one that is not known here",
            )),
        }
    }

    /// What is known of a configuration.
    fn config(&self, expr: &ast::Expr) -> Config {
        match expr {
            ast::Expr::ParenExpr(it) => it.expr().map_or(Config::Custom, |e| self.config(&e)),
            ast::Expr::CallExpr(it) => {
                let Some(ast::Expr::PathExpr(callee)) = it.expr() else {
                    return Config::Custom;
                };
                let Some(path) = callee.path() else {
                    return Config::Custom;
                };
                let name = path
                    .segment()
                    .and_then(|s| s.name_ref())
                    .map(|n| n.text().to_string());
                let Some(ty) = path.qualifier() else {
                    return Config::Custom;
                };
                let is_config = self.index.type_of_path(self.file, &ty) == Ty::Item(Item::Config);
                let is_default_trait = segments(&ty).last().is_some_and(|s| s == "Default");
                match name.as_deref() {
                    Some("monolithic") if is_config => Config::Plain(None),
                    Some("default") if is_config || is_default_trait => Config::Plain(None),
                    _ => Config::Custom,
                }
            }
            ast::Expr::MethodCallExpr(it) => {
                let receiver = it.receiver().map_or(Config::Custom, |r| self.config(&r));
                match (
                    it.name_ref().map(|n| n.text().to_string()).as_deref(),
                    receiver,
                ) {
                    (Some("with_channel_capacity"), Config::Plain(_) | Config::Capacity) => {
                        Config::Capacity
                    }
                    (Some("clone"), Config::Plain(_)) => Config::Plain(None),
                    _ => Config::Custom,
                }
            }
            ast::Expr::PathExpr(it) => self.bound_config(it),
            ast::Expr::RecordExpr(it) => {
                let sets_capacity = it.record_expr_field_list().is_some_and(|l| {
                    l.fields().any(|f| {
                        f.field_name()
                            .is_some_and(|n| n.text() == "channel_capacity")
                    })
                });
                if sets_capacity {
                    Config::Capacity
                } else {
                    Config::Custom
                }
            }
            _ => Config::Custom,
        }
    }

    /// A configuration that a variable was bound to.
    fn bound_config(&self, path: &ast::PathExpr) -> Config {
        let name = path
            .path()
            .and_then(|p| p.as_single_name_ref())
            .map(|n| n.text().to_string());
        let Some(binding) = name.and_then(|n| locals::binding_of(self.tree, path.syntax(), &n))
        else {
            return Config::Custom;
        };
        let Some(stmt) = binding.syntax().parent().and_then(ast::LetStmt::cast) else {
            return Config::Custom;
        };
        if stmt.let_else().is_some() {
            return Config::Custom;
        }
        let uses = locals::uses_of(self.tree, &binding);
        let Some(initializer) = stmt.initializer() else {
            return Config::Custom;
        };
        let mutated = binding.mut_token().is_some() && uses.len() > 1;
        if mutated {
            let capacity = uses.iter().any(|u| match u {
                Use::Expr(p) => p
                    .syntax()
                    .parent()
                    .and_then(ast::FieldExpr::cast)
                    .and_then(|f| f.name_ref())
                    .is_some_and(|n| n.text() == "channel_capacity"),
                Use::Opaque(_) => false,
            });
            return if capacity {
                Config::Capacity
            } else {
                Config::Custom
            };
        }
        match self.config(&initializer) {
            Config::Plain(None) if uses.len() == 1 => Config::Plain(Some(stmt)),
            Config::Plain(None) => Config::Plain(None),
            Config::Plain(Some(_)) => Config::Custom,
            other => other,
        }
    }

    fn to_accessor(
        &self,
        call: &ast::CallExpr,
        qualifier: &ast::Path,
        config: Option<ast::LetStmt>,
    ) -> Outcome {
        let (accessor, need) =
            match imports::name_for(self.index, self.file, self.tree, qualifier, Item::Accessor) {
                Ok(named) => named,
                Err(left) => return Outcome::Left(left),
            };
        let climber = Climber {
            index: self.index,
            file: self.file,
            tree: self.tree,
            accessor,
            typed_tails: false,
        };
        let also_gone = config.as_ref().map(|stmt| self.tree.range(stmt.syntax()));
        match climber.rewrite(call, also_gone) {
            Ok(mut rewrite) => {
                if let Some(stmt) = config {
                    self.drop_config(&mut rewrite, &stmt);
                }
                Outcome::Accessor { rewrite, need }
            }
            Err(left) => Outcome::Left(left),
        }
    }

    /// Removes the statement that bound the configuration; its comments stay.
    fn drop_config(&self, rewrite: &mut Rewrite, stmt: &ast::LetStmt) {
        let source = &self.index.workspace.file(self.file).text;
        let edition = self.index.edition(self.file);
        let edit = layout::delete_statement(source, edition, self.tree.range(stmt.syntax()));
        rewrite.dropped.push(edit.range);
        rewrite.edits.push(edit);
    }

    /// `X::monolithic()` becomes `X::new(EventCoordinatorConfig::monolithic())`: the same type, the same errors.
    fn isolate(&self, call: &ast::CallExpr, qualifier: &ast::Path) -> Outcome {
        let (config, need) =
            match imports::name_for(self.index, self.file, self.tree, qualifier, Item::Config) {
                Ok(named) => named,
                Err(left) => return Outcome::Left(left),
            };
        let method = match call.expr() {
            Some(ast::Expr::PathExpr(p)) => p
                .path()
                .and_then(|p| p.segment())
                .and_then(|s| s.name_ref()),
            _ => None,
        };
        let paren = call.arg_list().and_then(|l| l.l_paren_token());
        let (Some(method), Some(paren)) = (method, paren) else {
            return Outcome::Left(Left::new(catalog::UNRESOLVED, "the call could not be read"));
        };
        let edits = vec![
            Edit::replace(self.tree.range(method.syntax()), "new"),
            Edit::insert(
                self.tree.token_range(&paren).end(),
                format!("{config}::monolithic()"),
            ),
        ];
        Outcome::Isolated { edits, need }
    }
}

/// The names of a path that ends with the last token.
fn path_before(tokens: &[SyntaxToken]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = tokens;
    while let [before @ .., name] = rest
        && (name.kind() == SyntaxKind::IDENT
            || matches!(name.kind(), T![crate] | T![self] | T![super] | T![Self]))
    {
        names.push(name.text().to_owned());
        match before {
            [further @ .., a, b] if a.text() == ":" && b.text() == ":" => rest = further,
            _ => break,
        }
    }
    // `$crate::…` starts at the crate
    names.reverse();
    names
}

/// Whether code at `node` is compiled for tests only.
pub(crate) fn in_test(index: &Index<'_>, file: FileId, tree: &FileTree, node: &SyntaxNode) -> bool {
    if index.module_of(file, node).is_some_and(|m| {
        let module = &index.modules[m.0];
        module.test || index.crates[module.krate.0].kind == TargetKind::Test
    }) {
        return true;
    }
    tree.ancestors(node).any(|n| {
        ast::AnyHasAttrs::cast(n.clone()).is_some_and(|item| item.attrs().any(|a| marks_test(&a)))
            || ast::MacroCall::cast(n)
                .and_then(|c| c.path())
                .is_some_and(|p| segments(&p).last().is_some_and(|s| s == "proptest"))
    })
}

/// Whether an attribute makes what it stands on a part of the tests.
pub(crate) fn marks_test(attr: &ast::Attr) -> bool {
    let text = attr.syntax().text().to_string();
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|w| !w.is_empty())
        .collect();
    let path_end = text.find(['(', '=', ']']).unwrap_or(text.len());
    let name = text[..path_end]
        .trim_start_matches(['#', '!', '[', ' '])
        .trim();
    match name.rsplit("::").next().map(str::trim) {
        Some("cfg") => cfg_requires_test(&words),
        Some("test" | "rstest" | "test_case" | "case" | "proptest" | "quickcheck" | "fixture") => {
            true
        }
        _ => false,
    }
}

/// The function that a node stands in.
pub(crate) fn enclosing_fn(tree: &FileTree, node: &SyntaxNode) -> Option<ast::Fn> {
    tree.ancestors(node)
        .filter_map(ast::Fn::cast)
        .find(|f| f.name().is_some_and(|n| n.text() != "__m"))
}
