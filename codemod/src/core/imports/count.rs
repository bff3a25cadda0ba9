//! Counting the uses of an imported name before and after edits.
//!
//! Belongs here: which identifiers the edits take away and bring, and what else still says a name. Does not: use trees.
//! Counting errs on the side of "still used": an import too many is a warning, one too few breaks the build.

use std::collections::BTreeMap;
use std::path::Path;

use ra_ap_parser::LexedStr;
use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasName};
use ra_ap_syntax::{NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use super::super::defs::{Entry, Import, Index, ModuleData, ModuleId, whole_path};
use super::super::edit::Edit;
use super::super::locals;
use super::super::resolve::{Def, Namespace};
use super::super::search::{self, Places};
use super::super::tree::{self, FileTree};
use super::super::workspace::{FileId, normalize};
use super::Need;
use super::unused::Brought;

/// Traits that are used through their methods.
const TRAITS: &[(&str, &[&str])] = &[
    ("Deref", &["deref"]),
    ("Borrow", &["borrow"]),
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

/// Macros that are called like their crates: what a path begins with is the crate.
const CRATE_MACROS: &[&str] = &["anyhow", "eyre", "miette"];

/// A word in the text that edits take away or bring.
struct Word {
    text: String,
    range: TextRange,
    /// `word!`
    is_macro: bool,
    /// `.word`
    is_member: bool,
    /// `path::word`
    is_within: bool,
}

/// What is left of an import's uses.
pub(super) enum Uses {
    /// There are some, or the edits took none.
    Some,
    /// None are left.
    None,
    /// Only in modules for tests, which see it through `super`: their item lists.
    InTests(Vec<SyntaxNode>),
    /// Only in what these have: items under that `#[cfg(…)]`, or modules for tests, of which some are files of their own.
    Below(String),
}

/// The names of what a trait has.
pub(super) fn items_of(it: &ast::Trait) -> Vec<String> {
    let items = it.assoc_item_list().into_iter();
    let items = items.flat_map(|l| l.assoc_items());
    let names = items.filter_map(|item| match item {
        ast::AssocItem::Fn(it) => it.name(),
        ast::AssocItem::Const(it) => it.name(),
        ast::AssocItem::TypeAlias(it) => it.name(),
        ast::AssocItem::MacroCall(_) => None,
    });
    names.map(|n| n.text().to_string()).collect()
}

/// What is looked for.
struct Query<'q> {
    name: &'q str,
    /// Methods that use the import if it is a trait.
    methods: &'q [&'q str],
    /// Whether it was only used as a macro.
    only_macro: bool,
    /// Whether the name inside of a path is not meant.
    only_first: bool,
    /// Where the import stands.
    scope: &'q SyntaxNode,
    /// The module that has the import. `None`: a block.
    module: Option<ModuleId>,
}

impl Query<'_> {
    /// Whether what comes after a name makes it a use of what was only used as a macro. The name may also be that of a
    /// module, which paths begin with.
    fn is_macro_or_path(&self, next: &SyntaxToken) -> bool {
        match next.text() {
            "!" => true,
            "::" | ":" => !CRATE_MACROS.contains(&self.name),
            _ => false,
        }
    }
}

pub(super) struct Names<'a> {
    index: &'a Index<'a>,
    file: FileId,
    edits: &'a [Edit],
    /// What becomes of other files.
    others: &'a BTreeMap<FileId, Vec<Edit>>,
    /// The imports that come to all files.
    needs: &'a BTreeMap<FileId, Vec<Need>>,
    removed: Vec<Word>,
    added: Vec<Word>,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        index: &'a Index<'a>,
        file: FileId,
        edits: &'a [Edit],
        others: &'a BTreeMap<FileId, Vec<Edit>>,
        needs: &'a BTreeMap<FileId, Vec<Need>>,
    ) -> Self {
        let source = &index.workspace.file(file).text;
        let words = |text: &str, range: TextRange| -> Vec<Word> {
            let lexed = LexedStr::new(index.edition(file), text);
            let solid: Vec<usize> = (0..lexed.len())
                .filter(|&i| !matches!(lexed.kind(i), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
                .collect();
            let at = |n: usize| solid.get(n).map_or("", |&i| lexed.text(i));
            (0..solid.len())
                .filter(|&n| lexed.kind(solid[n]) == SyntaxKind::IDENT)
                // a variable's name is no use of an import
                .filter(|&n| n == 0 || !matches!(at(n - 1), "let" | "mut"))
                .map(|n| Word {
                    text: at(n).to_owned(),
                    range,
                    is_macro: at(n + 1) == "!",
                    is_member: n > 0 && at(n - 1) == ".",
                    is_within: n > 1 && at(n - 1) == ":" && at(n - 2) == ":",
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
            others,
            needs,
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

    /// What is left of the uses of an import of `name` in `scope`.
    pub(super) fn left(
        &self,
        scope: &SyntaxNode,
        module: Option<ModuleId>,
        name: &str,
        import: &Import,
    ) -> Uses {
        let imported = import.segments.last();
        let tree_range = match self.index.tree(self.file) {
            Some(tree) => tree.range(scope),
            None => return Uses::Some,
        };
        let inside = |w: &&Word| tree_range.contains_range(w.range);
        let known = TRAITS
            .iter()
            .find(|(t, _)| imported.is_some_and(|i| i == t))
            .map_or(&[][..], |(_, m)| m);
        let own = match self.index.follow(self.file, import, Namespace::Type) {
            Def::Local(_, node) => ast::Trait::cast(node).map_or(Vec::new(), |t| items_of(&t)),
            _ => Vec::new(),
        };
        let methods: Vec<&str> = match own.is_empty() {
            true => known.to_vec(),
            false => own.iter().map(String::as_str).collect(),
        };
        let says = |w: &Word| {
            (w.text == name && !w.is_member) || (w.is_member && methods.contains(&w.text.as_str()))
        };
        let gone: Vec<&Word> = self
            .removed
            .iter()
            .filter(inside)
            .filter(|w| says(w))
            .collect();
        // other imports lead through a module
        let is_type = imported.is_some_and(|i| i.starts_with(char::is_uppercase));
        let below = module.filter(|_| is_type);
        let mut query = Query {
            name,
            methods: &methods,
            only_macro: false,
            only_first: false,
            scope,
            module,
        };
        if gone.is_empty() && !below.is_some_and(|m| self.files_below_took(m, &query)) {
            return Uses::Some;
        }
        query.only_macro = !gone.is_empty() && gone.iter().all(|w| w.is_macro);
        let mut tests: Vec<SyntaxNode> = Vec::new();
        let mut comes_back = false;
        // what is written by a path does not come by an import of its last name
        let added = self.added.iter().filter(|w| inside(w) && !w.is_within);
        for word in added.filter(|w| says(w)) {
            match self.tests_at(scope, word.range.start()) {
                // one of its own
                Some(list) if imports(self.index, &list, name) => {}
                _ if !self.sees(scope, module, name, word.range.start()) => {}
                Some(list) => tests.push(list),
                None => comes_back = true,
            }
        }
        let below = |tests| module.is_some_and(|m| self.files_below_say(m, &query, tests));
        if below(false)
            || self.included_files_say(name)
            || self.macros_say(name)
            || methods.iter().any(|m| self.macros_say(&format!(".{m}")))
        {
            return Uses::Some;
        }
        if comes_back || self.is_said(scope, &query, &mut tests) {
            // what the first step imports serves the next one, too
            let of_one = !self.index.is_first && !gone.is_empty() && !below(true);
            let condition = of_one.then(|| self.condition(scope, &query, &says));
            return condition.flatten().map_or(Uses::Some, Uses::Below);
        }
        if below(true) {
            let is_test = module.is_some_and(|m| self.index.modules[m.0].test);
            return if is_test {
                Uses::Some
            } else {
                Uses::Below("#[cfg(test)]".to_owned())
            };
        }
        let mut seen = std::collections::HashSet::new();
        tests.retain(|list| seen.insert(list.clone()));
        if tests.is_empty() {
            Uses::None
        } else {
            Uses::InTests(tests)
        }
    }

    /// Whether the edits took a use of one of `names` in `scope`.
    pub(super) fn took_any<'n>(
        &self,
        scope: &SyntaxNode,
        names: impl Iterator<Item = &'n String> + Clone,
    ) -> bool {
        let Some(range) = self.index.tree(self.file).map(|t| t.range(scope)) else {
            return false;
        };
        let mut removed = self
            .removed
            .iter()
            .filter(|w| range.contains_range(w.range));
        removed.any(|w| names.clone().any(|n| *n == w.text))
    }

    /// Whether something in `scope` says one of `names`, which a glob brings, after the edits. `asked`: whether a word that is
    /// written anew at a place comes through it.
    pub(super) fn any_left<'n>(
        &self,
        scope: &SyntaxNode,
        module: Option<ModuleId>,
        mut names: impl Iterator<Item = &'n String> + Clone,
        asked: impl Fn(&str, TextRange) -> bool,
    ) -> bool {
        let Some(range) = self.index.tree(self.file).map(|t| t.range(scope)) else {
            return true;
        };
        let inside = |w: &&Word| range.contains_range(w.range);
        let said = |name: &String| {
            let query = Query {
                name,
                methods: &[],
                only_macro: false,
                only_first: true,
                scope,
                module,
            };
            self.is_said_in_tests_too(scope, &query)
                || module.is_some_and(|m| {
                    [false, true]
                        .into_iter()
                        .any(|t| self.files_below_say(m, &query, t))
                })
                || self.included_files_say(name)
        };
        let mut added = self.added.iter().filter(|w| inside(w) && !w.is_within);
        added.any(|w| asked(&w.text, w.range) && self.sees(scope, module, &w.text, w.range.start()))
            || names.any(said)
    }

    /// Whether something that the edits leave in `scope` may be of a trait that a glob brings: a method, a function of a type,
    /// what a macro writes.
    pub(super) fn may_use_traits(
        &self,
        scope: &SyntaxNode,
        module: Option<ModuleId>,
        of: &Brought,
    ) -> bool {
        if of.methods.is_empty() && !of.may_be_traits {
            return false;
        }
        // what types have themselves, or by traits that need no import
        const PLAIN: &[&str] = &[
            "as_str",
            "clone",
            "default",
            "expect",
            "from",
            "into",
            "is_empty",
            "len",
            "new",
            "to_owned",
            "to_string",
            "unwrap",
            "unwrap_or",
            "unwrap_or_default",
        ];
        const MACROS: &[&str] = &[
            "assert",
            "assert_eq",
            "assert_ne",
            "format",
            "panic",
            "print",
            "println",
            "vec",
        ];
        let tokens = scope.descendants_with_tokens();
        let tokens = tokens.filter_map(NodeOrToken::into_token);
        let left = tokens.filter(|t| {
            let mut edits = self.edits.iter();
            t.kind() == SyntaxKind::IDENT && !edits.any(|e| e.range.contains_range(t.text_range()))
        });
        let mut left = left.filter(|t| {
            let mut around = t.parent_ancestors();
            !around.any(|n| ast::Use::can_cast(n.kind()) || ast::Attr::can_cast(n.kind()))
        });
        // files below see it through globs of theirs
        let below = |module: ModuleId| {
            let modules = self.index.modules.iter().enumerate();
            let mut far = modules.filter(|(_, m)| m.file != self.file);
            far.any(|(i, m)| {
                self.index.is_within(ModuleId(i), module)
                    && search::may_glob(&self.index.workspace.file(m.file).text)
            })
        };
        module.is_some_and(below)
            || left.any(|token| {
                let before = previous(&token);
                let is_member = before.as_ref().is_some_and(|p| p.text() == ".");
                let is_qualified = before.as_ref().is_some_and(ends_qualifier);
                let behind = next(&token);
                let turbofish = || {
                    let mut further = std::iter::successors(behind.clone(), next);
                    further
                        .find(|t| !matches!(t.text(), ":" | "::"))
                        .is_some_and(|t| t.text() == "<")
                };
                let is_known = of.methods.iter().any(|name| name == token.text());
                let is_plain = !is_known && (!of.may_be_traits || PLAIN.contains(&token.text()));
                // functions and constants; what is in mixed case is a type or a variant
                let is_item = token.text().starts_with(char::is_lowercase)
                    || !token.text().contains(char::is_lowercase);
                match behind.as_ref().map_or("", SyntaxToken::text) {
                    "!" if of.may_be_traits => !MACROS.contains(&token.text()),
                    "!" => !tree::is_well_known(token.text()),
                    "(" if is_member => !is_plain,
                    ":" | "::" => (is_member || is_qualified) && turbofish() && !is_plain,
                    _ => is_qualified && !is_plain && (is_known || is_item),
                }
            })
    }

    /// Whether a name alone at a place may come through an import of `scope`, in `module`: no module between them that
    /// does not have it by a glob. Such a one needs an import of its own.
    fn sees(&self, scope: &SyntaxNode, module: Option<ModuleId>, name: &str, at: TextSize) -> bool {
        let tree = self.index.tree(self.file);
        let token = tree.and_then(|t| t.root.token_at_offset(at).right_biased());
        let Some(node) = token.and_then(|t| t.parent()) else {
            return true;
        };
        for around in node.ancestors().take_while(|n| n != scope).filter(is_scope) {
            if self.globs(self.file, &around, module, name) {
                return true;
            }
            if around.kind() == SyntaxKind::ITEM_LIST {
                return false;
            }
        }
        true
    }

    /// Whether a block or module has by a glob what `module` imports as `name`.
    fn globs(
        &self,
        file: FileId,
        scope: &SyntaxNode,
        module: Option<ModuleId>,
        name: &str,
    ) -> bool {
        let leads = |glob| self.leads(file, glob, module, name, &mut Vec::new());
        self.index.scope_of(scope, None).globs.iter().any(leads)
    }

    /// Whether a glob brings what `module` imports as `name`: from there, or from where it comes by a glob in its turn.
    fn leads(
        &self,
        file: FileId,
        glob: &Import,
        module: Option<ModuleId>,
        name: &str,
        seen: &mut Vec<ModuleId>,
    ) -> bool {
        let of = match self.index.follow(file, glob, Namespace::Type) {
            Def::Module(of) => of,
            def => return def == Def::Unknown,
        };
        if Some(of) == module {
            return true;
        }
        let Some(scope) = self.index.module_scope(of).filter(|_| !seen.contains(&of)) else {
            return false;
        };
        seen.push(of);
        let file = self.index.modules[of.0].file;
        let mut globs = scope.globs.iter();
        !scope.entries.contains_key(name) && globs.any(|g| self.leads(file, g, module, name, seen))
    }

    /// The item list of the outermost module for tests in `scope` that a place stands in.
    fn tests_at(&self, scope: &SyntaxNode, at: TextSize) -> Option<SyntaxNode> {
        let token = self.index.tree(self.file)?.root.token_at_offset(at);
        let parent = token.right_biased()?.parent()?;
        let between = parent.ancestors().take_while(|n| n != scope);
        between.filter_map(|n| test_module(&n)).last()
    }

    /// Whether another import of the package leads through the one of `name` in `module`. `gone`: those that go.
    pub(super) fn is_imported(
        &self,
        module: ModuleId,
        name: &str,
        own: &ast::UseTree,
        gone: &[&[ast::UseTree]],
    ) -> bool {
        let package = self.index.workspace.file(self.file).package;
        let files = self.index.workspace.files.iter().enumerate();
        let mut files =
            files.filter(|(_, f)| f.package == package && search::may_import(&f.text, name));
        files.any(|(i, source)| {
            let file = FileId(i);
            let Some(tree) = self.index.tree(file) else {
                return false;
            };
            let places = Places::of([name]).find(&source.text);
            let leaves = tree.around(places.as_deref()).into_iter();
            let mut leaves = leaves
                .filter_map(ast::UseTree::cast)
                .filter(|leaf| leaf.use_tree_list().is_none() && leaf != own);
            leaves.any(|leaf| {
                let node = leaf.syntax();
                let (path, absolute) = whole_path(&leaf);
                let starts = !absolute
                    && path.len() > 1
                    && path[0] == name
                    && self.index.module_of(file, node) == Some(module);
                // of a file of several crates, one was followed; of one that a macro declares, none
                let is_relative = matches!(path[0].as_str(), "crate" | "super");
                let may_be =
                    is_relative && (self.index.is_shared(file) || self.index.is_included(file));
                let leads = |at: usize| {
                    let ns = Namespace::Type;
                    let def = self.index.resolve(file, node, &path[..at], absolute, ns);
                    path[at] == name && (def == Def::Module(module) || may_be)
                };
                let through = || (1..path.len()).any(leads);
                let edits = self.others.get(&file).map_or(&[][..], Vec::as_slice);
                let goes = gone.iter().any(|g| g.contains(&leaf))
                    || (file != self.file
                        && edits.iter().any(|e| {
                            e.range.contains_range(tree.range(node)) && !e.insert.contains(name)
                        }));
                !goes && (starts || through())
            })
        })
    }

    fn is_said_in_tests_too(&self, scope: &SyntaxNode, query: &Query<'_>) -> bool {
        let mut tests = Vec::new();
        self.is_said(scope, query, &mut tests) || !tests.is_empty()
    }

    /// Whether code in `scope` outside of the edits says the name. Modules for tests that say it are collected instead.
    fn is_said(&self, scope: &SyntaxNode, query: &Query<'_>, tests: &mut Vec<SyntaxNode>) -> bool {
        let names = query.methods.iter().chain([&query.name]);
        match Places::of(names).find(&self.index.workspace.file(self.file).text) {
            Some(places) => self.is_said_at(
                scope,
                tree::places_in(scope.text_range(), &places),
                query,
                tests,
            ),
            // too many to look for
            None => true,
        }
    }

    /// The `#[cfg(…)]` of all items of a scope that say the name after the edits, if they have the same one.
    fn condition(
        &self,
        scope: &SyntaxNode,
        query: &Query<'_>,
        says: &impl Fn(&Word) -> bool,
    ) -> Option<String> {
        let tree = self.index.tree(self.file)?;
        let names = query.methods.iter().chain([&query.name]);
        let places = Places::of(names).find(&self.index.workspace.file(self.file).text)?;
        let mut items: Vec<SyntaxNode> = Vec::new();
        for (element, own) in
            tree::children_at(scope, tree::places_in(scope.text_range(), &places), 0)
        {
            match element {
                NodeOrToken::Token(token) if self.says(&token, query) => return None,
                NodeOrToken::Token(_) => {}
                NodeOrToken::Node(node) => {
                    let mut tests = Vec::new();
                    let skipped =
                        node.kind() == SyntaxKind::USE || self.has_its_own(&node, query.name);
                    if !skipped
                        && (self.is_said_at(&node, own, query, &mut tests) || !tests.is_empty())
                    {
                        items.push(node);
                    }
                }
            }
        }
        for word in self.added.iter().filter(|w| !w.is_within && says(w)) {
            let token = tree
                .root
                .token_at_offset(word.range.start())
                .right_biased()?;
            let mut around = token.parent_ancestors();
            items.extend(around.find(|n| n.parent().as_ref() == Some(scope)));
        }
        let mut cfgs = items.iter().map(|item| tree::cfgs(item).next());
        let first = cfgs.next()??;
        cfgs.all(|c| c.as_ref() == Some(&first)).then_some(first)
    }

    /// The same of code that has one of the names at these places alone.
    fn is_said_at(
        &self,
        scope: &SyntaxNode,
        places: &[TextSize],
        query: &Query<'_>,
        tests: &mut Vec<SyntaxNode>,
    ) -> bool {
        for (element, own) in tree::children_at(scope, places, 0) {
            match element {
                NodeOrToken::Token(token) => {
                    if self.says(&token, query) {
                        return true;
                    }
                }
                NodeOrToken::Node(node) => {
                    if node.kind() == SyntaxKind::USE || self.has_its_own(&node, query.name) {
                        continue;
                    }
                    if let Some(list) = test_module(&node) {
                        let within = tree::places_in(list.text_range(), own);
                        if self.is_said_at(&list, within, query, &mut Vec::new()) {
                            tests.push(list);
                        }
                    } else if self.is_said_at(&node, own, query, tests) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn says(&self, token: &SyntaxToken, query: &Query<'_>) -> bool {
        let at = token.text_range().start();
        // `{NAME}`
        if token.kind() == SyntaxKind::STRING {
            let is_said = !query.only_macro && locals::mentions_in_format(token.text(), query.name);
            let gone = || {
                self.edits
                    .iter()
                    .any(|e| e.range.contains_range(token.text_range()))
            };
            return is_said && !gone() && self.sees(query.scope, query.module, query.name, at);
        }
        if token.kind() != SyntaxKind::IDENT {
            return false;
        }
        let before = previous(token);
        let is_qualified = before.as_ref().is_some_and(ends_qualifier);
        if is_qualified && (query.only_first || self.is_of_another(token, query)) {
            return false;
        }
        let is_member = before.is_some_and(|p| p.text() == ".");
        let is_seen = || is_qualified || self.sees(query.scope, query.module, query.name, at);
        let of_trait = query.methods.contains(&token.text());
        let matches = if is_member || (is_qualified && of_trait) {
            of_trait
        } else {
            token.text() == query.name
                && (!query.only_macro || next(token).is_some_and(|n| query.is_macro_or_path(&n)))
        };
        matches
            && (is_member
                || !self
                    .index
                    .tree(self.file)
                    .is_some_and(|t| locals::is_defined_or_local(t, token)))
            && is_seen()
            && !self
                .edits
                .iter()
                .any(|e| e.range.contains_range(token.text_range()))
    }

    /// Whether a name in a path is one of something else than the module that has the import.
    fn is_of_another(&self, token: &SyntaxToken, query: &Query<'_>) -> bool {
        let (Some(of), Some(node)) = (qualifier(token), token.parent()) else {
            return false;
        };
        if token.text() != query.name {
            return false;
        }
        match self
            .index
            .resolve(self.file, &node, &of, false, Namespace::Type)
        {
            Def::Unknown => false,
            Def::Module(module) => Some(module) != query.module,
            _ => true,
        }
    }

    /// Whether a nested module or block does not see the import: it has the name itself, or no way up.
    fn has_its_own(&self, node: &SyntaxNode, name: &str) -> bool {
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
        node.kind() == SyntaxKind::STMT_LIST && imports(self.index, node, name)
    }

    /// Whether a scope has the name itself, or an import of it comes there.
    fn has(&self, file: FileId, scope: &SyntaxNode, name: &str) -> bool {
        let needs = self.needs.get(&file).map_or(&[][..], Vec::as_slice);
        let comes =
            |need: &Need| need.scope == *scope && need.path.last().is_some_and(|last| last == name);
        imports(self.index, scope, name) || needs.iter().any(comes)
    }

    /// Whether a module in a file of its own, below this one, may use the import by a path or through a glob. `tests`: one
    /// of those for tests, or of the others.
    fn files_below_say(&self, module: ModuleId, query: &Query<'_>, tests: bool) -> bool {
        self.any_file_below(module, &|below| {
            below.test == tests && self.file_says(below.file, query)
        })
    }

    /// Whether the edits took the name from a file below the module that has the import, where it may have come from there.
    fn files_below_took(&self, module: ModuleId, query: &Query<'_>) -> bool {
        self.any_file_below(module, &|below| {
            let source = &self.index.workspace.file(below.file).text;
            let took = |e: &&Edit| {
                let range = usize::from(e.range.start())..usize::from(e.range.end());
                search::says(&source[range], query.name)
            };
            let edits = self.others.get(&below.file).map_or(&[][..], Vec::as_slice);
            let taking: Vec<&Edit> = edits.iter().filter(took).collect();
            let Some(tree) = self.index.tree(below.file).filter(|_| !taking.is_empty()) else {
                return false;
            };
            let places = Places::of([query.name]).find(source);
            let around = tree.around(places.as_deref()).into_iter();
            let tokens = around.flat_map(|n| n.children_with_tokens().collect::<Vec<_>>());
            let mut names = tokens.filter_map(NodeOrToken::into_token).filter(|t| {
                t.text() == query.name
                    && taking
                        .iter()
                        .any(|e| e.range.contains_range(t.text_range()))
            });
            names.any(|t| self.may_come_from_above(below.file, tree, &t, query))
        })
    }

    /// Whether a module below this one is in another file than the one around it, and is such a one.
    fn any_file_below(&self, module: ModuleId, is_it: &dyn Fn(&ModuleData) -> bool) -> bool {
        let data = &self.index.modules[module.0];
        data.children.values().flatten().any(|&child| {
            let below = &self.index.modules[child.0];
            (below.file != data.file && is_it(below)) || self.any_file_below(child, is_it)
        })
    }

    fn file_says(&self, file: FileId, query: &Query<'_>) -> bool {
        let source = &self.index.workspace.file(file).text;
        let edits = self.others.get(&file).map_or(&[][..], Vec::as_slice);
        let mut names = query.methods.iter().chain([&query.name]);
        let is_said = names.any(|n| search::says(source, n));
        let mut comes = edits.iter().filter(|e| search::says(&e.insert, query.name));
        if !is_said && comes.clone().next().is_none() {
            return false;
        }
        let Some(tree) = self.index.tree(file) else {
            return true;
        };
        let may_be = |e: &Edit| {
            let says = |keyword| !search::keywords(&e.insert, keyword).is_empty();
            let leads_up = says("super") || says("crate");
            let token = tree.root.token_at_offset(e.range.start()).right_biased();
            let node = token.and_then(|t| t.parent());
            leads_up || node.is_none_or(|n| self.may_glob(file, tree, &n, query))
        };
        let gone = |t: &SyntaxToken| edits.iter().any(|e| e.range.contains_range(t.text_range()));
        let tokens = tree.root.descendants_with_tokens();
        let mut idents = tokens
            .filter_map(|e| e.into_token())
            .filter(|t| matches!(t.kind(), SyntaxKind::IDENT | SyntaxKind::STRING));
        comes.any(may_be)
            || idents.any(|t| !gone(&t) && self.may_come_from_above(file, tree, &t, query))
    }

    /// Whether a name in a file below the module that has the import may be that: by a path to it, or alone where a glob
    /// may bring it.
    fn may_come_from_above(
        &self,
        file: FileId,
        tree: &FileTree,
        token: &SyntaxToken,
        query: &Query<'_>,
    ) -> bool {
        let Some(node) = token.parent() else {
            return true;
        };
        // `{NAME}`
        if token.kind() == SyntaxKind::STRING {
            return locals::mentions_in_format(token.text(), query.name)
                && self.may_glob(file, tree, &node, query);
        }
        let before = previous(token);
        if before.as_ref().is_some_and(|t| t.text() == ".") {
            return query.methods.contains(&token.text())
                && self.may_glob(file, tree, &node, query);
        }
        if token.text() != query.name {
            return false;
        }
        let (of, absolute) = match node.ancestors().find_map(ast::UseTree::cast) {
            Some(leaf) => {
                let (mut path, absolute) = whole_path(&leaf);
                let at = path.iter().position(|n| n == query.name);
                path.truncate(at.unwrap_or_default());
                (Some(path), absolute)
            }
            None if before.as_ref().is_some_and(ends_qualifier) => match qualifier(token) {
                Some(of) => (Some(of), false),
                None => return false,
            },
            None => (None, false),
        };
        // `self` is the module that the name stands in
        let of = of.map(|of| match of.split_first() {
            Some((first, rest)) if first == "self" => rest.to_vec(),
            _ => of,
        });
        let Some(of) = of.filter(|of| !of.is_empty()) else {
            return self.may_glob(file, tree, &node, query);
        };
        match self
            .index
            .resolve(file, &node, &of, absolute, Namespace::Type)
        {
            Def::Unknown => true,
            // it is one of several crates, of which one was followed
            Def::Module(_) if self.index.is_shared(file) => true,
            Def::Module(module) => Some(module) == query.module,
            _ => false,
        }
    }

    /// Whether a glob around a place in a file below may bring the import.
    fn may_glob(
        &self,
        file: FileId,
        tree: &FileTree,
        node: &SyntaxNode,
        query: &Query<'_>,
    ) -> bool {
        tree.ancestors(node)
            .filter(is_scope)
            .take_while(|scope| !self.has(file, scope, query.name))
            .any(|scope| self.globs(file, &scope, query.module, query.name))
    }

    /// Whether a macro of the workspace that is called here may use the import.
    fn macros_say(&self, name: &str) -> bool {
        let text = &self.index.workspace.file(self.file).text;
        let mut macros = self.index.macros.writing(name);
        macros.any(|it| search::says(text, &format!("{it}!")))
    }

    /// Whether a file that is included here may use the import. One that is not known may use any.
    fn included_files_say(&self, name: &str) -> bool {
        const MACRO: &str = "include!(";
        let source = self.index.workspace.file(self.file);
        source.text.match_indices(MACRO).any(|(at, _)| {
            let rest = source.text[at + MACRO.len()..].trim_start();
            let path = rest.strip_prefix('"').and_then(|r| r.split('"').next());
            let dir = source.path.parent().unwrap_or(Path::new(""));
            let path = path.map(|p| normalize(&dir.join(p)));
            let files = &self.index.workspace.files;
            let known = files.iter().find(|f| Some(&f.path) == path.as_ref());
            known.is_none_or(|f| f.text.contains(name))
        }) || self.files_of_macros_say(name)
    }

    /// Whether a file that no module tree reaches names the import by a path: a macro may declare its module.
    fn files_of_macros_say(&self, name: &str) -> bool {
        let package = self.index.workspace.file(self.file).package;
        let files = self.index.workspace.files.iter().enumerate();
        let mut files = files.filter(|(i, f)| {
            f.package == package
                && search::says(&f.text, name)
                && self.index.is_included(FileId(*i))
        });
        files.any(|(_, f)| {
            let paths = ["crate", "super"].map(|lead| format!("{lead}::{name}"));
            paths.iter().any(|p| f.text.contains(p.as_str()))
        })
    }
}

/// An item that edits take, by its name, and where they do.
pub(super) type Taken = (String, FileId, TextRange);

/// The items that edits take.
pub(super) fn taken(index: &Index<'_>, edits: &BTreeMap<FileId, Vec<Edit>>) -> Vec<Taken> {
    const KEYWORDS: &[&str] = &[
        "const ", "enum ", "fn ", "mod ", "static ", "struct ", "trait ", "type ",
    ];
    let mut out = Vec::new();
    for (file, own) in edits {
        let text = &index.workspace.file(*file).text;
        for edit in own {
            let gone = &text[edit.range];
            for (at, keyword) in KEYWORDS.iter().flat_map(|k| gone.match_indices(k)) {
                let name = search::words(&gone[at + keyword.len()..]).next();
                let name = name.filter(|n| !search::says(&edit.insert, n));
                out.extend(name.map(|n| (n.to_owned(), *file, edit.range)));
            }
        }
    }
    out
}

/// Whether what an import of a file brings is taken.
pub(super) fn is_deleted(
    index: &Index<'_>,
    file: FileId,
    import: &Import,
    taken: &[Taken],
) -> bool {
    let Some(name) = import.segments.last() else {
        return false;
    };
    let own: Vec<&Taken> = taken.iter().filter(|(n, ..)| n == name).collect();
    if own.is_empty() {
        return false;
    }
    let goes = |def: Def| match def {
        Def::Local(at, node) => index.tree(at).map(|tree| {
            let range = tree.range(&node);
            let mut own = own.iter().filter(|(_, f, _)| *f == at);
            own.any(|(.., taken)| taken.contains_range(range))
        }),
        Def::Unknown => None,
        _ => Some(false),
    };
    let spaces = [Namespace::Type, Namespace::Value].into_iter();
    let mut known = spaces
        .filter_map(|ns| goes(index.follow(file, import, ns)))
        .peekable();
    known.peek().is_some() && known.all(|goes| goes)
}

/// The item list of `#[cfg(test)] mod x { … }`.
fn test_module(node: &SyntaxNode) -> Option<SyntaxNode> {
    let module = ast::Module::cast(node.clone())?;
    let for_tests = module.attrs().any(|a| {
        let text: String = a.syntax().text().to_string().split_whitespace().collect();
        text == "#[cfg(test)]"
    });
    module
        .item_list()
        .filter(|_| for_tests)
        .map(|l| l.syntax().clone())
}

/// Whether a node is a block, or the items of a module.
fn is_scope(node: &SyntaxNode) -> bool {
    matches!(
        node.kind(),
        SyntaxKind::STMT_LIST | SyntaxKind::ITEM_LIST | SyntaxKind::SOURCE_FILE
    )
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

/// Whether a token is the end of a `::`, which comes in two in macro input.
fn ends_qualifier(token: &SyntaxToken) -> bool {
    let colon = |t: &SyntaxToken| t.text() == ":";
    token.text() == "::" || (colon(token) && token.prev_token().as_ref().is_some_and(colon))
}

/// The names in front of one in a path. `None`: there are none, or it is no plain path.
fn qualifier(token: &SyntaxToken) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let mut before = previous(token)?;
    while ends_qualifier(&before) {
        if before.text() == ":" {
            before = before.prev_token()?;
        }
        let name = previous(&before)?;
        let is_name = matches!(
            name.kind(),
            SyntaxKind::IDENT
                | SyntaxKind::CRATE_KW
                | SyntaxKind::SELF_KW
                | SyntaxKind::SELF_TYPE_KW
                | SyntaxKind::SUPER_KW
        );
        if !is_name {
            return None;
        }
        out.push(name.text().trim_start_matches("r#").to_owned());
        before = previous(&name)?;
    }
    out.reverse();
    (!out.is_empty()).then_some(out)
}

fn next(token: &SyntaxToken) -> Option<SyntaxToken> {
    std::iter::successors(token.next_token(), SyntaxToken::next_token).find(|t| !is_trivia(t))
}
