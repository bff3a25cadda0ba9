//! Syntax trees of a file: the main one, and one for each piece of macro input that can be read as Rust.
//!
//! Belongs here: parsing, ranges, walking out of a macro's input into the code around it. Does not: names, decisions.
//!
//! `ra_ap_syntax` leaves macro input as bare tokens. The input of well-known macros is cut at its separators, and each
//! piece is parsed inside of a wrapper function, so that its nodes map back to the file by one constant offset.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use memchr::memmem;
use ra_ap_parser::{LexedStr, StrStep, TopEntryPoint};
use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{
    Edition, NodeOrToken, SyntaxKind, SyntaxNode, SyntaxToken, SyntaxTreeBuilder, T, TextRange,
    TextSize,
};

use super::lex;
use super::validity::Doubts;

type Element = NodeOrToken<SyntaxNode, SyntaxToken>;

/// What separates the arguments and arms of macros.
const LIST: &[&str] = &[",", ";", "=>"];
/// What separates a name from its value inside of one; the last two mark a value's format in `tracing`.
const PAIR: &[&str] = &[":", "=", "%", "?"];

const WRAPPER: &str = "async fn __m() {";

/// A parsed file.
pub(crate) struct FileTree {
    pub(crate) root: SyntaxNode,
    pub(crate) has_errors: bool,
    text: Arc<str>,
    edition: Edition,
    /// Macros that are read like the well-known ones.
    macros: Vec<String>,
    /// Pieces of macro input, by the root node of their tree.
    islands: RefCell<HashMap<SyntaxNode, Island>>,
    /// Macro calls that were read already, with the roots of their pieces.
    expanded: RefCell<HashMap<SyntaxNode, Vec<SyntaxNode>>>,
}

#[derive(Clone)]
struct Island {
    /// Offset in the file minus offset in the island's own text.
    delta: i64,
    /// The macro call's node in the enclosing tree.
    call: SyntaxNode,
}

impl FileTree {
    /// Parses a file. `None` if it is nested too deeply for that.
    pub(crate) fn parse(source: &Arc<str>, edition: Edition, macros: &[String]) -> Option<Self> {
        // A BOM is not Rust; one byte offset for all is easier than a tree without it.
        let blanked;
        let text = match source.strip_prefix('\u{feff}') {
            Some(rest) => {
                blanked = format!("   {rest}");
                &blanked
            }
            None => source.as_ref(),
        };
        let lexed = LexedStr::new(edition, text);
        if lex::is_too_deep(&lexed, edition).is_some() {
            return None;
        }
        let (root, has_errors) = build(&lexed, edition);
        Some(Self {
            root,
            has_errors,
            text: source.clone(),
            edition,
            macros: macros.to_vec(),
            islands: RefCell::default(),
            expanded: RefCell::default(),
        })
    }

    fn island_of(&self, node: &SyntaxNode) -> Option<Island> {
        let root = node.ancestors().last()?;
        self.islands.borrow().get(&root).cloned()
    }

    /// The range in the file.
    pub(crate) fn range(&self, node: &SyntaxNode) -> TextRange {
        self.map(node, node.text_range())
    }

    /// The range in the file of a token.
    pub(crate) fn token_range(&self, token: &SyntaxToken) -> TextRange {
        match token.parent() {
            Some(parent) => self.map(&parent, token.text_range()),
            None => token.text_range(),
        }
    }

    fn map(&self, node: &SyntaxNode, range: TextRange) -> TextRange {
        match self.island_of(node) {
            Some(island) => shifted(range, island.delta),
            None => range,
        }
    }

    /// The parent; of an island's outermost block, the macro call that it stands in.
    pub(crate) fn parent(&self, node: &SyntaxNode) -> Option<SyntaxNode> {
        let parent = node.parent()?;
        if is_wrapper_block(&parent)
            && let Some(island) = self.island_of(node)
        {
            return Some(island.call);
        }
        Some(parent)
    }

    /// Whether the node is a whole piece of a macro's input (not a statement of it).
    pub(crate) fn is_macro_piece(&self, node: &SyntaxNode) -> bool {
        node.parent()
            .is_some_and(|l| l.kind() == SyntaxKind::STMT_LIST && self.is_macro_list(&l))
    }

    /// Whether a statement list is a piece of a macro's input.
    pub(crate) fn is_macro_list(&self, list: &SyntaxNode) -> bool {
        list.parent().is_some_and(|b| is_wrapper_block(&b)) && self.island_of(list).is_some()
    }

    /// The node itself and all that is around it, out of macro input into the code around the macro.
    pub(crate) fn ancestors(&self, node: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> {
        std::iter::successors(Some(node.clone()), |n| self.parent(n))
    }

    /// All nodes below `node` in document order, with those in readable macro input.
    pub(crate) fn descendants(&self, node: &SyntaxNode) -> Vec<SyntaxNode> {
        let mut out = Vec::new();
        self.collect(node, &mut out);
        out
    }

    /// The nodes of the file that hold one of `places`, which are in order; all of them, if these are not known.
    pub(crate) fn around(&self, places: Option<&[TextSize]>) -> Vec<SyntaxNode> {
        let mut out = Vec::new();
        match places {
            Some(places) => self.collect_at(&self.root, places, true, &mut out),
            None => self.collect(&self.root, &mut out),
        }
        out
    }

    /// The nodes from `node` on that say `name`, be it as a part of a longer word, in document order, with those in readable
    /// macro input.
    pub(crate) fn saying(&self, node: &SyntaxNode, name: &str) -> Vec<SyntaxNode> {
        let range = self.range(node);
        // of a piece of macro input the bracket of its wrapper is no byte of the file's
        let end = usize::from(range.end()).min(self.text.len());
        let text = &self.text.as_bytes()[usize::from(range.start()).min(end)..end];
        let found = memmem::find_iter(text, name.as_bytes());
        let places: Vec<TextSize> = found
            .filter_map(|at| Some(range.start() + TextSize::try_from(at).ok()?))
            .collect();
        let mut out = Vec::new();
        self.collect_at(node, &places, true, &mut out);
        out
    }

    /// The nodes of the file that may stand in these ranges, in document order: those of what encloses each.
    pub(crate) fn within(&self, ranges: &[TextRange]) -> Vec<SyntaxNode> {
        let around = ranges.iter().filter_map(|range| {
            let node = match self.root.covering_element(*range) {
                NodeOrToken::Node(node) => node,
                NodeOrToken::Token(token) => token.parent()?,
            };
            let same = |n: &SyntaxNode| n.text_range() == node.text_range();
            let whole = node.ancestors().take_while(same).last();
            // what a macro is given is read from its call on
            let mut calls = node
                .ancestors()
                .filter(|n| ast::MacroCall::can_cast(n.kind()));
            calls.next().or(whole)
        });
        let mut around: Vec<SyntaxNode> = around.collect();
        around.sort_by_key(|n| (n.text_range().start(), Reverse(n.text_range().end())));
        let mut seen_to = TextSize::default();
        around.retain(|n| {
            let is_new = n.text_range().end() > seen_to;
            seen_to = seen_to.max(n.text_range().end());
            is_new
        });
        around.iter().flat_map(|n| self.descendants(n)).collect()
    }

    /// Those outside of macro input.
    pub(crate) fn outside_macros(&self, places: &[TextSize]) -> Vec<SyntaxNode> {
        let mut out = Vec::new();
        self.collect_at(&self.root, places, false, &mut out);
        out
    }

    fn collect(&self, node: &SyntaxNode, out: &mut Vec<SyntaxNode>) {
        for child in node.descendants() {
            let call = ast::MacroCall::cast(child.clone());
            out.push(child);
            for piece in call.iter().flat_map(|c| self.pieces(c)) {
                self.collect(&piece, out);
            }
        }
    }

    /// The same for those that hold one of `places`. Nodes without one are not made.
    fn collect_at(
        &self,
        node: &SyntaxNode,
        places: &[TextSize],
        macros: bool,
        out: &mut Vec<SyntaxNode>,
    ) {
        // found once: one tree's nodes are all off by the same
        let delta = self.island_of(node).map_or(0, |island| island.delta);
        let own = places_in(shifted(node.text_range(), delta), places);
        let mut left = vec![(node.clone(), own)];
        while let Some((node, own)) = left.pop() {
            if own.is_empty() {
                continue;
            }
            let call = Some(&node).filter(|_| macros);
            let call = call.and_then(|n| ast::MacroCall::cast(n.clone()));
            out.push(node.clone());
            for piece in call.iter().flat_map(|c| self.pieces(c)) {
                self.collect_at(&piece, places, macros, out);
            }
            let nodes = children_at(&node, own, delta).into_iter().rev();
            left.extend(nodes.filter_map(|(child, own)| Some((child.into_node()?, own))));
        }
    }

    /// The readable pieces of a macro's input: the wrapper's statement list of each. Empty for macros that are not
    /// well known, and for input that does not parse.
    pub(crate) fn pieces(&self, call: &ast::MacroCall) -> Vec<SyntaxNode> {
        if let Some(done) = self.expanded.borrow().get(call.syntax()) {
            return done.clone();
        }
        let pieces = self.read_macro(call);
        self.expanded
            .borrow_mut()
            .insert(call.syntax().clone(), pieces.clone());
        pieces
    }

    fn read_macro(&self, call: &ast::MacroCall) -> Vec<SyntaxNode> {
        let (Some(name), Some(tree)) = (macro_name(call), call.token_tree()) else {
            return Vec::new();
        };
        if !is_well_known(name.text()) && !self.macros.iter().any(|m| m == name.text()) {
            return Vec::new();
        }
        let mut pieces = Vec::new();
        self.read_tree(call.syntax(), &tree, &mut pieces);
        pieces
    }

    /// Parses a token tree's content whole, or cuts it at its separators and parses each piece.
    fn read_tree(&self, call: &SyntaxNode, tree: &ast::TokenTree, out: &mut Vec<SyntaxNode>) {
        let elements: Vec<Element> = tree.syntax().children_with_tokens().collect();
        if elements.len() < 2 {
            return;
        }
        let elements = &elements[1..elements.len() - 1];
        let name = ast::MacroCall::cast(call.clone()).and_then(|c| macro_name(&c));
        let name = name.as_ref().map_or("", |n| n.text());
        let at = |kind| elements.iter().position(|e| e.kind() == kind);
        let (elements, levels): (_, &[&[&str]]) = match name {
            // what is repeated is no statement
            "vec" if at(T![;]).is_some() => (elements, &[LIST, PAIR]),
            // a pattern with a guard is no expression
            "matches" | "assert_matches" if at(T![if]).is_some() => {
                let pattern = at(T![,]).unwrap_or(elements.len());
                (&elements[..pattern], &[&[], LIST, PAIR])
            }
            _ => (elements, &[&[], LIST, PAIR]),
        };
        self.read_elements(call, elements, levels, out);
    }

    /// Tries the separators of `levels` in turn: none, those of lists and arms, those of pairs.
    fn read_elements(
        &self,
        call: &SyntaxNode,
        elements: &[Element],
        levels: &[&[&str]],
        out: &mut Vec<SyntaxNode>,
    ) {
        let Some((separators, finer)) = levels.split_first() else {
            // not Rust as a whole: what it nests may be
            for element in elements {
                if let NodeOrToken::Node(node) = element
                    && let Some(tree) = ast::TokenTree::cast(node.clone())
                {
                    self.read_tree(call, &tree, out);
                }
            }
            return;
        };
        let pieces = split(elements, separators);
        for piece in &pieces {
            let piece = trim(piece);
            if piece.is_empty() {
                continue;
            }
            let text: String = piece.iter().map(ToString::to_string).collect();
            let start = self.map(call, piece[0].text_range()).start();
            match self.parse_piece(call, &text, start) {
                Some(list) => out.push(list),
                None => self.read_elements(call, piece, finer, out),
            }
        }
    }

    fn parse_piece(&self, call: &SyntaxNode, text: &str, start: TextSize) -> Option<SyntaxNode> {
        let text = format!("{WRAPPER}{text}}}");
        let (root, has_errors) = build(&LexedStr::new(self.edition, &text), self.edition);
        if has_errors {
            return None;
        }
        let mut items = root.children();
        let function = items.next().and_then(ast::Fn::cast)?;
        if items.next().is_some() {
            return None;
        }
        let list = function.body()?.stmt_list()?;
        let delta = i64::from(u32::from(start)) - i64::try_from(WRAPPER.len()).ok()?;
        self.islands.borrow_mut().insert(
            root,
            Island {
                delta,
                call: call.clone(),
            },
        );
        Some(list.syntax().clone())
    }
}

/// Those of `places`, which are in order, that are in a range.
pub(crate) fn places_in(range: TextRange, places: &[TextSize]) -> &[TextSize] {
    let before = |at: TextSize| places.partition_point(|p| *p < at);
    &places[before(range.start())..before(range.end())]
}

/// The children of a node that hold one of `places`, which are in order and within the node, each with its own. `delta`:
/// how far the places are ahead of the tree's offsets.
pub(crate) fn children_at<'p>(
    node: &SyntaxNode,
    places: &'p [TextSize],
    delta: i64,
) -> Vec<(Element, &'p [TextSize])> {
    let mut out = Vec::new();
    let mut left = places;
    while let Some(next) = left.first() {
        let at = shifted(TextRange::at(*next, 1.into()), -delta);
        let child = node.child_or_token_at_range(at);
        let range = child
            .as_ref()
            .map_or(at, |c| shifted(c.text_range(), delta));
        let own = places_in(range, left).len().max(1);
        out.extend(child.map(|c| (c, &left[..own])));
        left = &left[own..];
    }
    out
}

fn shifted(range: TextRange, delta: i64) -> TextRange {
    let shift = |at: TextSize| {
        let at = usize::try_from(i64::from(u32::from(at)) + delta).unwrap_or(0);
        TextSize::try_from(at).unwrap_or_default()
    };
    TextRange::new(shift(range.start()), shift(range.end()))
}

/// The tree of what was lexed, and whether it has errors. As `SourceFile::parse`, which would lex it once more, and whose
/// validation walks all of it.
pub(super) fn build(lexed: &LexedStr<'_>, edition: Edition) -> (SyntaxNode, bool) {
    let output = TopEntryPoint::SourceFile.parse(&lexed.to_input(edition));
    let mut builder = SyntaxTreeBuilder::default();
    let mut doubts = Doubts::default();
    let mut has_errors = lexed.errors().next().is_some();
    lexed.intersperse_trivia(&output, &mut |step| match step {
        StrStep::Token { kind, text } => {
            doubts.token(kind, text);
            builder.token(kind, text);
        }
        StrStep::Enter { kind } => {
            doubts.enter(kind);
            builder.start_node(kind);
        }
        StrStep::Exit => {
            doubts.exit();
            builder.finish_node();
        }
        StrStep::Error { .. } => has_errors = true,
    });
    let parse = builder.finish();
    let has_errors = has_errors || (doubts.any() && !parse.errors().is_empty());
    (parse.syntax_node(), has_errors)
}

/// Cuts at the separators, but not within the `<…>` of a turbofish or a qualified path, nor within the `|…|` of a closure.
/// Punctuation of several characters comes as single tokens, so neighbours are looked at.
fn split<'e>(elements: &'e [Element], separators: &[&str]) -> Vec<&'e [Element]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut angles = 0usize;
    let mut in_params = false;
    while at < elements.len() {
        let mut end = at + 1;
        let mut text = String::new();
        if is_operator(&elements[at]) {
            text = elements[at].to_string();
            while end < elements.len() && is_operator(&elements[end]) {
                text.push_str(&elements[end].to_string());
                end += 1;
            }
            let is_first = trim(&elements[start..at]).is_empty();
            if angles > 0 || text.contains("::<") || (is_first && text.starts_with('<')) {
                let brackets = text.replace("->", "").replace("=>", "");
                angles += brackets.matches('<').count();
                angles = angles.saturating_sub(brackets.matches('>').count());
            }
        } else if matches!(elements[at].kind(), T![,] | T![;]) {
            text = elements[at].to_string();
        }
        if in_params {
            in_params = !text.contains('|');
        } else if text.starts_with('|') && begins_closure(&elements[start..at]) {
            in_params = text.matches('|').count() == 1;
        }
        if angles == 0 && !in_params && separators.contains(&text.as_str()) {
            pieces.push(&elements[start..at]);
            start = end;
        }
        at = end;
    }
    pieces.push(&elements[start..]);
    pieces
}

/// Whether a `|` behind these elements is the first of a closure.
fn begins_closure(before: &[Element]) -> bool {
    trim(before).last().is_none_or(|e| {
        matches!(
            e.kind(),
            T![move] | T![async] | T![static] | T![=] | T![>] | T![:]
        )
    })
}

fn is_operator(element: &Element) -> bool {
    element.as_token().is_some_and(|t| {
        t.kind().is_punct() && !matches!(t.kind(), T![,] | T![;] | T![#] | T![$] | T![_])
    })
}

fn trim(mut piece: &[Element]) -> &[Element] {
    let is_trivia = |e: &Element| matches!(e.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT);
    while let [first, rest @ ..] = piece
        && is_trivia(first)
    {
        piece = rest;
    }
    while let [rest @ .., last] = piece
        && is_trivia(last)
    {
        piece = rest;
    }
    piece
}

fn is_wrapper_block(node: &SyntaxNode) -> bool {
    node.kind() == SyntaxKind::BLOCK_EXPR
        && node
            .parent()
            .and_then(ast::Fn::cast)
            .and_then(|f| ast::HasName::name(&f))
            .is_some_and(|n| n.text() == "__m")
}

/// The name that a macro is called by, without the path to it.
pub(crate) fn macro_name(call: &ast::MacroCall) -> Option<ast::NameRef> {
    call.path()?.segment()?.name_ref()
}

/// The `#[cfg(…)]`s of a node itself.
pub(crate) fn cfgs(node: &SyntaxNode) -> impl Iterator<Item = String> + use<> {
    let attrs = node.children().filter(|c| ast::Attr::can_cast(c.kind()));
    let texts = attrs.map(|a| a.text().to_string());
    texts.filter(|a| a.starts_with("#[cfg("))
}

/// Whether an attribute stands on a node.
pub(crate) fn has_attribute(node: &SyntaxNode) -> bool {
    node.children().any(|c| ast::Attr::can_cast(c.kind()))
}

/// Macros whose input is expressions, statements or arms of these, and which evaluate each of them as written.
pub(crate) fn is_well_known(name: &str) -> bool {
    evaluates_in_place(name) || formats(name)
}

/// Those among these that evaluate what they are given where they stand, with nothing of their own alive.
pub(crate) fn evaluates_in_place(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "assert_matches",
        "async_stream",
        "dbg",
        "join",
        "lazy_static",
        "matches",
        "select",
        "select_biased",
        "stream",
        "thread_local",
        "try_join",
        "try_stream",
        "vec",
        "pin",
        "hashmap",
        "btreemap",
        "smallvec",
        "assert_ok",
        "assert_err",
        "ready",
    ];
    NAMES.contains(&name)
}

/// The statement that an expression is alone.
pub(crate) fn statement(expr: &SyntaxNode) -> SyntaxNode {
    let around = expr.parent();
    let stmt = around.filter(|p| ast::ExprStmt::can_cast(p.kind()));
    stmt.unwrap_or_else(|| expr.clone())
}

/// Macros among these that may hold what some of their arguments are formatted by while others are evaluated.
pub(crate) fn formats(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "anyhow",
        "assert",
        "assert_eq",
        "assert_ne",
        "bail",
        "debug",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "debug_span",
        "ensure",
        "eprint",
        "eprintln",
        "error",
        "error_span",
        "event",
        "eyre",
        "format",
        "format_args",
        "info",
        "info_span",
        "json",
        "log",
        "panic",
        "print",
        "println",
        "span",
        "todo",
        "trace",
        "trace_span",
        "unimplemented",
        "unreachable",
        "warn",
        "warn_span",
        "write",
        "writeln",
    ];
    NAMES.contains(&name)
}
