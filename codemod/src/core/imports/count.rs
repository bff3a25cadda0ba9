//! Counting the uses of an imported name before and after edits.
//!
//! Belongs here: which identifiers the edits take away and bring, and what else still says a name. Does not: use trees.
//! Counting errs on the side of "still used": an import too many is a warning, one too few breaks the build.

use ra_ap_parser::LexedStr;
use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange};

use super::super::defs::{Entry, Index, ModuleId};
use super::super::edit::Edit;
use super::super::workspace::FileId;

/// Extension traits that are used through their methods.
const TRAITS: &[(&str, &[&str])] = &[
    (
        "Context",
        &["context", "with_context", "wrap_err", "wrap_err_with"],
    ),
    (
        "WrapErr",
        &["wrap_err", "wrap_err_with", "context", "with_context"],
    ),
    ("OptionExt", &["ok_or_eyre", "context"]),
    (
        "TryFutureExt",
        &[
            "map_err",
            "map_ok",
            "and_then",
            "or_else",
            "unwrap_or_else",
            "into_future",
        ],
    ),
];

/// A word in the text that edits take away or bring.
struct Word {
    text: String,
    range: TextRange,
    /// `word!`
    is_macro: bool,
    /// `.word`
    is_member: bool,
}

pub(super) struct Names<'a> {
    index: &'a Index<'a>,
    file: FileId,
    edits: &'a [Edit],
    removed: Vec<Word>,
    added: Vec<Word>,
}

impl<'a> Names<'a> {
    pub(super) fn new(index: &'a Index<'a>, file: FileId, edits: &'a [Edit]) -> Self {
        let source = &index.workspace.file(file).text;
        let words = |text: &str, range: TextRange| -> Vec<Word> {
            let lexed = LexedStr::new(index.edition(file), text);
            let solid: Vec<usize> = (0..lexed.len())
                .filter(|&i| !matches!(lexed.kind(i), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
                .collect();
            let at = |n: usize| solid.get(n).map_or("", |&i| lexed.text(i));
            (0..solid.len())
                .filter(|&n| lexed.kind(solid[n]) == SyntaxKind::IDENT)
                .map(|n| Word {
                    text: at(n).to_owned(),
                    range,
                    is_macro: at(n + 1) == "!",
                    is_member: n > 0 && at(n - 1) == ".",
                })
                .collect()
        };
        let slice = |range: TextRange| {
            source
                .get(usize::from(range.start())..usize::from(range.end()))
                .unwrap_or_default()
        };
        Self {
            index,
            file,
            edits,
            removed: edits
                .iter()
                .flat_map(|e| words(slice(e.range), e.range))
                .collect(),
            added: edits
                .iter()
                .flat_map(|e| words(&e.insert, e.range))
                .collect(),
        }
    }

    /// Whether an import of `name` had a use in `scope` that went, and has none left.
    pub(super) fn became_unused(
        &self,
        scope: &SyntaxNode,
        module: Option<ModuleId>,
        name: &str,
        imported: Option<&String>,
    ) -> bool {
        let tree_range = match self.index.tree(self.file) {
            Some(tree) => tree.range(scope),
            None => return false,
        };
        let inside = |w: &&Word| tree_range.contains_range(w.range);
        let methods = TRAITS
            .iter()
            .find(|(t, _)| imported.is_some_and(|i| i == t))
            .map_or(&[][..], |(_, m)| m);
        let gone: Vec<&Word> = self
            .removed
            .iter()
            .filter(inside)
            .filter(|w| {
                (w.text == name && !w.is_member)
                    || (w.is_member && methods.contains(&w.text.as_str()))
            })
            .collect();
        if gone.is_empty() {
            return false;
        }
        let only_macro = gone.iter().all(|w| w.is_macro);
        let comes_back = self.added.iter().filter(inside).any(|w| {
            (w.text == name && !w.is_member) || (w.is_member && methods.contains(&w.text.as_str()))
        });
        !comes_back
            && !self.is_said(scope, name, methods, only_macro, true)
            && !module.is_some_and(|m| self.child_files_say(m, name, methods))
    }

    /// Whether code in `scope` outside of the edits says the name.
    fn is_said(
        &self,
        scope: &SyntaxNode,
        name: &str,
        methods: &[&str],
        only_macro: bool,
        outermost: bool,
    ) -> bool {
        for element in scope.children_with_tokens() {
            match element {
                NodeOrToken::Token(token) => {
                    if self.says(&token, name, methods, only_macro) {
                        return true;
                    }
                }
                NodeOrToken::Node(node) => {
                    let hidden =
                        node.kind() == SyntaxKind::USE || self.has_its_own(&node, name, outermost);
                    if !hidden && self.is_said(&node, name, methods, only_macro, false) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn says(&self, token: &SyntaxToken, name: &str, methods: &[&str], only_macro: bool) -> bool {
        if token.kind() != SyntaxKind::IDENT {
            return false;
        }
        let is_member = previous(token).is_some_and(|p| p.text() == ".");
        let matches = if is_member {
            methods.contains(&token.text())
        } else {
            token.text() == name
                && (!only_macro || next(token).is_some_and(|n| matches!(n.text(), "!" | ":")))
        };
        matches
            && !self
                .edits
                .iter()
                .any(|e| e.range.contains_range(token.text_range()))
    }

    /// Whether a nested module or block does not see the import: it has the name itself, or no way up.
    fn has_its_own(&self, node: &SyntaxNode, name: &str, outermost: bool) -> bool {
        if let Some(module) = ast::Module::cast(node.clone()) {
            let Some(list) = module.item_list() else {
                return true;
            };
            let looks_up = list
                .syntax()
                .descendants_with_tokens()
                .filter_map(|e| e.into_token())
                .any(|t| t.kind() == SyntaxKind::SUPER_KW || t.kind() == SyntaxKind::CRATE_KW);
            return !looks_up || imports(self.index, list.syntax(), name);
        }
        !outermost && node.kind() == SyntaxKind::STMT_LIST && imports(self.index, node, name)
    }

    /// Whether a child module in a file of its own may use the import through `super`.
    fn child_files_say(&self, module: ModuleId, name: &str, methods: &[&str]) -> bool {
        let data = &self.index.modules[module.0];
        data.children.values().flatten().any(|&child| {
            let child_data = &self.index.modules[child.0];
            if child_data.file == data.file {
                return child_data.inline_at.is_some()
                    && self.child_files_say(child, name, methods);
            }
            let source = &self.index.workspace.file(child_data.file).text;
            if !source.contains("super") || !source.contains(name) {
                return false;
            }
            let Some(tree) = self.index.tree(child_data.file) else {
                return true;
            };
            !imports(self.index, &tree.root, name)
                && tree
                    .root
                    .descendants_with_tokens()
                    .filter_map(|e| e.into_token())
                    .any(|t| t.kind() == SyntaxKind::IDENT && t.text() == name)
        })
    }
}

/// Whether a scope imports or declares the name itself.
fn imports(index: &Index<'_>, node: &SyntaxNode, name: &str) -> bool {
    index
        .scope_of(node, None)
        .entries
        .get(name)
        .is_some_and(|e| e.iter().any(|e| !matches!(e, Entry::Module(_))))
}

fn is_trivia(token: &SyntaxToken) -> bool {
    matches!(token.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT)
}

fn previous(token: &SyntaxToken) -> Option<SyntaxToken> {
    std::iter::successors(token.prev_token(), SyntaxToken::prev_token).find(|t| !is_trivia(t))
}

fn next(token: &SyntaxToken) -> Option<SyntaxToken> {
    std::iter::successors(token.next_token(), SyntaxToken::next_token).find(|t| !is_trivia(t))
}
