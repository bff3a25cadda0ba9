//! The workspace's own `macro_rules!`: which take expressions and evaluate them as written, and which call what they are
//! given the name of.
//!
//! Belongs here: reading definitions, by their tokens. Does not: reading calls (`tree`).

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_parser::LexedStr;
use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{Edition, SyntaxKind, SyntaxNode, T};

use super::search;
use super::tree::{self, FileTree};
use super::workspace::{Language, Workspace};

/// What the definitions of a workspace tell, by the macros' names.
#[derive(Debug, Default)]
pub(crate) struct Macros {
    /// Their input is expressions, which they evaluate as written, and names and types besides; and those that are listed.
    pub(crate) readable: Vec<String>,
    /// Those among these that are not listed: how often they evaluate something is not known.
    own: BTreeSet<String>,
    /// They make a path, a method or a literal of what they are given.
    pub(crate) naming: BTreeSet<String>,
    /// They read or fill a field by a name that they are given.
    pub(crate) reading: BTreeSet<String>,
    /// The macros that write a name which they were not given, by that name; with a dot in front of it, a method.
    writing: BTreeMap<String, BTreeSet<String>>,
}

/// What matches nothing but a whole expression, or what cannot be one with a field in it.
const PLAIN_FRAGMENTS: &[&str] = &[
    "expr",
    "expr_2021",
    "ident",
    "lifetime",
    "literal",
    "path",
    "ty",
    "vis",
];

impl Macros {
    /// Reads all definitions. The macros that the workspace lists are read whatever theirs is.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let mut out = Self::default();
        let mut opaque = BTreeSet::new();
        for source in &workspace.files {
            if source.language != Language::Rust || !search::says(&source.text, "macro_rules") {
                continue;
            }
            let edition = source
                .package
                .map_or(Edition::Edition2021, |p| workspace.package(p).edition);
            for it in definitions(&source.text, edition) {
                for word in it.writes {
                    out.writing.entry(word).or_default().insert(it.name.clone());
                }
                if it.names {
                    out.naming.insert(it.name.clone());
                }
                if it.reads {
                    out.reading.insert(it.name.clone());
                }
                if it.evaluates {
                    out.own.insert(it.name);
                } else {
                    opaque.insert(it.name);
                }
            }
        }
        // two of one name: who is called is not known
        let is_own = |n: &String| !opaque.contains(n) && !workspace.macros.contains(n);
        out.own.retain(is_own);
        out.readable = out.own.iter().chain(&workspace.macros).cloned().collect();
        out
    }

    /// The macros that write a name which they were not given: it means what it does where they are called. `.name`: those
    /// that call such a method.
    pub(crate) fn writing(&self, name: &str) -> impl Iterator<Item = &str> {
        let macros = self.writing.get(name).into_iter().flatten();
        macros.map(String::as_str)
    }

    /// Whether a macro of that name is the workspace's own, and read.
    pub(crate) fn is_own(&self, name: &str) -> bool {
        self.own.contains(name)
    }

    /// Whether a node is in the input of a macro of the workspace's own.
    pub(crate) fn is_in_own(&self, tree: &FileTree, node: &SyntaxNode) -> bool {
        let mut calls = tree.ancestors(node).filter_map(ast::MacroCall::cast);
        calls.any(|c| {
            let name = tree::macro_name(&c);
            name.is_some_and(|n| self.own.contains(n.text()))
        })
    }
}

struct Definition {
    name: String,
    evaluates: bool,
    names: bool,
    reads: bool,
    writes: Vec<String>,
}

/// The tokens that matter: kind and text.
type Token<'t> = (SyntaxKind, &'t str);

fn definitions(text: &str, edition: Edition) -> Vec<Definition> {
    let lexed = LexedStr::new(edition, text);
    let tokens: Vec<Token<'_>> = (0..lexed.len())
        .map(|i| (lexed.kind(i), lexed.text(i)))
        .filter(|(kind, _)| !matches!(kind, SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
        .collect();
    let mut out = Vec::new();
    for (at, window) in tokens.windows(4).enumerate() {
        if let [
            (_, "macro_rules"),
            (T![!], _),
            (SyntaxKind::IDENT, name),
            (open, _),
        ] = window
            && is_open(*open)
        {
            let body = group(&tokens[at + 3..]);
            let (evaluates, names, reads) = arms(body);
            out.push(Definition {
                name: (*name).to_owned(),
                evaluates,
                names,
                reads,
                writes: begun(body).map(str::to_owned).chain(called(body)).collect(),
            });
        }
    }
    out
}

/// The names that stand alone or begin a path.
fn begun<'t>(tokens: &[Token<'t>]) -> impl Iterator<Item = &'t str> {
    let names = tokens.windows(3).filter(|w| {
        let follows = matches!(w[1].0, T![$] | T![.]) || (w[0].0, w[1].0) == (T![:], T![:]);
        w[2].0 == SyntaxKind::IDENT && !follows
    });
    names.map(|w| w[2].1)
}

/// The methods that are called, with their dots.
fn called(tokens: &[Token<'_>]) -> impl Iterator<Item = String> {
    let calls = tokens.windows(3).filter_map(|w| match w {
        [(T![.], _), (SyntaxKind::IDENT, name), (T!['('], _)] => Some(name),
        _ => None,
    });
    calls.map(|name| format!(".{name}"))
}

/// Whether all arms take expressions and evaluate them as written, whether one calls by a name that it is given, and whether
/// one has a field of such a name.
fn arms(mut rest: &[Token<'_>]) -> (bool, bool, bool) {
    let (mut evaluates, mut names, mut reads) = (true, false, false);
    while rest.first().is_some_and(|t| is_open(t.0)) {
        let matcher = group(rest);
        rest = &rest[(matcher.len() + 2).min(rest.len())..];
        let arrow = rest.iter().position(|t| is_open(t.0)).unwrap_or(rest.len());
        rest = &rest[arrow..];
        let written = group(rest);
        rest = &rest[(written.len() + 2).min(rest.len())..];
        if rest.first().is_some_and(|t| t.0 == T![;]) {
            rest = &rest[1..];
        }
        let literals = literals(matcher);
        let plain = without_literals(&literals, written);
        evaluates &= takes_expressions(matcher, &literals, &plain) && !reads_tokens(written);
        names |= joins_names(matcher, &plain);
        reads |= has_given_fields(&plain);
    }
    (evaluates, names, reads)
}

/// Whether a matcher has only such variables as whole expressions, names or types match, or what is formatted.
fn takes_expressions(
    matcher: &[Token<'_>],
    literals: &[Literal<'_>],
    written: &[Token<'_>],
) -> bool {
    let dotted = matcher.iter().any(|t| t.0 == T![.]);
    // a list in brackets of its own could be taken for an expression
    let is_literal = |i: usize| {
        let mut of = literals.iter().filter(|(at, _)| *at == i);
        of.any(|(_, names)| !written.iter().any(|t| names.contains(&t.1)))
    };
    let opens =
        |i: usize| is_open(matcher[i].0) && (i == 0 || matcher[i - 1].0 != T![$]) && !is_literal(i);
    let mut variables = matcher.windows(4);
    !dotted
        && !(0..matcher.len()).any(opens)
        && variables.all(|w| match w {
            [(T![$], _), (_, name), (T![:], _), (_, fragment)] if *name != "(" => {
                PLAIN_FRAGMENTS.contains(fragment)
                    || (*fragment == "tt" && is_only_formatted(written, name, false))
            }
            _ => true,
        })
}

/// Where the braces of a struct literal open in a matcher, and its variables.
type Literal<'m> = (usize, [&'m str; 3]);

/// The struct literals of a matcher, `$of:ident { $($field:ident: $value:expr),* }`.
fn literals<'m>(matcher: &[Token<'m>]) -> Vec<Literal<'m>> {
    let windows = matcher.windows(16).enumerate();
    let found = windows.filter_map(|(at, w)| match w {
        [
            (T![$], _),
            (_, of),
            (T![:], _),
            (_, "ident" | "path" | "ty"),
            (T!['{'], _),
            (T![$], _),
            (T!['('], _),
            (T![$], _),
            (_, field),
            (T![:], _),
            (_, "ident"),
            (T![:], _),
            (T![$], _),
            (_, value),
            (T![:], _),
            (_, "expr"),
        ] => Some((at + 4, [*of, *field, *value])),
        _ => None,
    });
    found.collect()
}

/// What is written, without what stands for the literals of the matcher: read as they are given, they are such again.
fn without_literals<'t>(literals: &[Literal<'_>], written: &[Token<'t>]) -> Vec<Token<'t>> {
    const LIKE_IT: [SyntaxKind; 8] = [T![$], T!['{'], T![$], T!['('], T![$], T![:], T![$], T![')']];
    let mut out = Vec::new();
    let mut at = 0;
    while at < written.len() {
        let is_one = written.get(at..at + 11).is_some_and(|w| {
            LIKE_IT == [0, 2, 3, 4, 5, 7, 8, 10].map(|i| w[i].0)
                && literals.iter().any(|(_, l)| *l == [w[1].1, w[6].1, w[9].1])
        });
        if is_one {
            at += 11;
        } else {
            out.push(written[at]);
            at += 1;
        }
    }
    out
}

/// Whether a variable stands nowhere but in the input of macros that format it.
fn is_only_formatted(written: &[Token<'_>], variable: &str, formats: bool) -> bool {
    let mut at = 0;
    while at < written.len() {
        match &written[at..] {
            [(T![$], _), (_, name), ..] if *name == variable && !formats => return false,
            [(open, _), ..] if is_open(*open) => {
                let input = group(&written[at..]);
                let of_macro = match at.checked_sub(2).map(|i| &written[i..at]) {
                    Some([(SyntaxKind::IDENT, name), (T![!], _)]) => tree::formats(name),
                    // `$(…)` is what is around it
                    _ => formats && written[at - at.min(1)].0 == T![$],
                };
                if !is_only_formatted(input, variable, of_macro) {
                    return false;
                }
                at += input.len() + 1;
            }
            _ => {}
        }
        at += 1;
    }
    true
}

/// Whether what a macro writes looks at the tokens that it was given.
fn reads_tokens(written: &[Token<'_>]) -> bool {
    const READERS: &[&str] = &["concat", "quote", "stringify"];
    let mut pairs = written.windows(2);
    pairs.any(|w| READERS.contains(&w[0].1) && w[1].0 == T![!])
}

/// Whether what a macro writes calls, reads or builds by a name that it was given: `$t::new(`, `$f(`, `.$m(`, `$t {`.
fn joins_names(matcher: &[Token<'_>], written: &[Token<'_>]) -> bool {
    // `match $e {`: an expression is no name of a type
    let is_expr = |name: &str| {
        let mut variables = matcher.windows(4);
        variables.any(|w| {
            let [(T![$], _), (_, variable), (T![:], _), (_, fragment)] = w else {
                return false;
            };
            *variable == name && fragment.starts_with("expr")
        })
    };
    let mut windows = written.windows(3);
    windows.any(|w| match w {
        [(T![.], _), (T![$], _), _] => true,
        [(T![$], _), (SyntaxKind::IDENT, name), (after, _)] => match after {
            T!['('] => true,
            T!['{'] | T![:] => !is_expr(name),
            _ => false,
        },
        _ => false,
    })
}

/// Whether what a macro writes reads or fills a field by a name that it was given: `.$f`, `.$($f).+`, `$f: `.
fn has_given_fields(written: &[Token<'_>]) -> bool {
    (0..written.len()).any(|at| match &written[at..] {
        [
            (T![.], _),
            (T![$], _),
            (SyntaxKind::IDENT, _),
            (T!['('], _),
            ..,
        ] => false,
        [(T![.], _), (T![$], _), ..] => true,
        [
            (T![$], _),
            (SyntaxKind::IDENT, _),
            (T![:], _),
            (after, _),
            ..,
        ] => *after != T![:],
        _ => false,
    })
}

/// What is inside of the brackets that a slice starts with.
fn group<'s, 't>(tokens: &'s [Token<'t>]) -> &'s [Token<'t>] {
    let mut depth = 0usize;
    for (i, (kind, _)) in tokens.iter().enumerate() {
        match kind {
            T!['('] | T!['['] | T!['{'] => depth += 1,
            T![')'] | T![']'] | T!['}'] => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &tokens[1..i];
                }
            }
            _ => {}
        }
    }
    tokens.get(1..).unwrap_or_default()
}

fn is_open(kind: SyntaxKind) -> bool {
    matches!(kind, T!['('] | T!['['] | T!['{'])
}
