//! What the lexer alone can tell, before anything is parsed: how deep a file nests, and which modules it declares.
//!
//! Belongs here: passes over tokens. Does not: anything that needs a tree.

use std::ops::Range;

use ra_ap_parser::LexedStr;
use ra_ap_syntax::{Edition, SyntaxKind, T};

use super::search;
use super::skim::{Odd, Piece, Skim};

/// Brackets nested deeper than this are not parsed. Real code stays under 60; the parsers overflow a default stack
/// at about 5,000.
pub const MAX_BRACKETS: usize = 400;

/// Longest chain of operators, counted over all enclosing brackets, that is parsed: each one is a tree level too.
pub const MAX_CHAIN: usize = 3_000;

/// Whether parsing `text` could exhaust the stack: `Some` with the deepest nesting seen when a limit was passed.
#[must_use]
pub fn too_deep(text: &str, edition: Edition) -> Option<usize> {
    is_too_deep(&LexedStr::new(edition, text), edition)
}

/// The same, of what was lexed already.
pub(crate) fn is_too_deep(lexed: &LexedStr<'_>, edition: Edition) -> Option<usize> {
    let mut operators: Vec<usize> = vec![0];
    let mut chain = 0usize;
    for i in 0..lexed.len() {
        match lexed.kind(i) {
            T!['('] | T!['['] | T!['{'] => {
                operators.push(0);
                if operators.len() > MAX_BRACKETS {
                    return Some(operators.len());
                }
            }
            T![')'] | T![']'] | T!['}'] => {
                if operators.len() > 1 {
                    chain -= operators.pop().unwrap_or(0);
                }
                if lexed.kind(i) == T!['}'] {
                    chain -= operators.last_mut().map(std::mem::take).unwrap_or(0);
                }
            }
            T![,] | T![;] => chain -= operators.last_mut().map(std::mem::take).unwrap_or(0),
            SyntaxKind::WHITESPACE | SyntaxKind::COMMENT | SyntaxKind::IDENT => {}
            kind if kind.is_punct() || kind.is_keyword(edition) => {
                if let Some(last) = operators.last_mut() {
                    *last += 1;
                    chain += 1;
                }
                if chain > MAX_CHAIN {
                    return Some(chain);
                }
            }
            _ => {}
        }
    }
    None
}

/// A `mod` declaration, as the lexer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModDecl {
    /// The module's name, raw prefix removed.
    pub(crate) name: String,
    /// `#[path = "…"]`.
    pub(crate) path: Option<String>,
    /// Whether it is compiled for tests only.
    pub(crate) cfg_test: bool,
    /// Where it stands.
    pub(crate) range: Range<usize>,
    /// `Some` for `mod x { … }`: what is declared inside.
    pub(crate) inline: Option<Vec<ModDecl>>,
}

/// The `mod` declarations of a file, inline ones with what they hold. Those inside of functions are left out.
pub(crate) fn mod_decls(text: &str, edition: Edition) -> Vec<ModDecl> {
    let mut found = memchr::memmem::find_iter(text.as_bytes(), b"mod");
    // not `mode` or `model`
    if !found.any(|at| search::is_keyword(text, at, "mod".len())) {
        return Vec::new();
    }
    skimmed(text, edition).unwrap_or_else(|_| lexed(text, edition))
}

/// Those of a text without anything odd.
fn skimmed(text: &str, edition: Edition) -> Result<Vec<ModDecl>, Odd> {
    let skim = Skim::new(text)?;
    let mut skimmer = Skimmer {
        text,
        edition,
        skim,
    };
    Ok(skimmer.scan()?.0)
}

/// The same for any text.
fn lexed(text: &str, edition: Edition) -> Vec<ModDecl> {
    let lexed = LexedStr::new(edition, text);
    let tokens = solid(&lexed);
    Scanner {
        lexed: &lexed,
        tokens: &tokens,
    }
    .scan(&mut 0)
}

/// The tokens that are neither white space nor comments.
fn solid(lexed: &LexedStr<'_>) -> Vec<usize> {
    (0..lexed.len())
        .filter(|&i| !matches!(lexed.kind(i), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
        .collect()
}

/// As [`Scanner`], without a token of what is between the declarations.
struct Skimmer<'a> {
    text: &'a str,
    edition: Edition,
    skim: Skim<'a>,
}

impl Skimmer<'_> {
    /// Reads items up to the closing brace of the module that it stands in, and says where that ends.
    fn scan(&mut self) -> Result<(Vec<ModDecl>, Option<usize>), Odd> {
        let mut decls = Vec::new();
        let mut attrs: Vec<Range<usize>> = Vec::new();
        while let Some((piece, range)) = self.skim.next()? {
            match piece {
                Piece::CloseBrace => return Ok((decls, Some(range.end))),
                Piece::Pound => {
                    self.attribute()?;
                    attrs.push(range.start..self.skim.at());
                }
                Piece::Mod => {
                    let declared = self.declaration(range.start, &attrs)?;
                    if !declared.is_empty() {
                        decls.extend(declared);
                        attrs.clear();
                    }
                }
                Piece::Open => {
                    self.skim.skip_group()?;
                    self.skim.solid()?;
                    // `pub(crate) mod x;` keeps its attributes
                    if !self.skim.is_at_mod() {
                        attrs.clear();
                    }
                }
                Piece::Semicolon => attrs.clear(),
                Piece::Comment | Piece::Close => {}
            }
        }
        Ok((decls, None))
    }

    /// Steps over an attribute, whose `#` was seen.
    fn attribute(&mut self) -> Result<(), Odd> {
        let mut next = self.skim.solid()?;
        if next == b'!' {
            self.skim.step();
            next = self.skim.solid()?;
        }
        if next != b'[' {
            return Err(Odd);
        }
        self.skim.step();
        self.skim.skip_group()
    }

    /// What stands after a `mod` at `start`, if it is a name: one for each file that it may be.
    fn declaration(&mut self, start: usize, attrs: &[Range<usize>]) -> Result<Vec<ModDecl>, Odd> {
        self.skim.solid()?;
        let Some(name) = self.skim.name()? else {
            return Ok(Vec::new());
        };
        let name = &self.text[name];
        if name == "_" || SyntaxKind::from_keyword(name, self.edition).is_some() {
            return Err(Odd);
        }
        let (inline, end) = match self.skim.solid()? {
            b'{' => {
                self.skim.step();
                let (inner, end) = self.scan()?;
                (Some(inner), end)
            }
            b';' => {
                self.skim.step();
                (None, Some(self.skim.at()))
            }
            _ => return Err(Odd),
        };
        let attrs: Vec<LexedStr<'_>> = (attrs.iter())
            .map(|a| &self.text[a.clone()])
            .filter(|a| search::says(a, "path") || search::says(a, "test"))
            .map(|a| LexedStr::new(self.edition, a))
            .collect();
        let tokens: Vec<Vec<usize>> = attrs.iter().map(solid).collect();
        let scanners = || {
            let both = attrs.iter().zip(&tokens);
            both.map(|(lexed, tokens)| Scanner { lexed, tokens })
        };
        let decl = ModDecl {
            name: name.trim_start_matches("r#").to_owned(),
            path: None,
            cfg_test: scanners().any(|s| s.is_cfg_test(0..s.tokens.len())),
            range: start..end.unwrap_or(start),
            inline,
        };
        let paths = scanners()
            .flat_map(|s| s.paths(0..s.tokens.len()))
            .collect();
        Ok(of_paths(decl, paths))
    }
}

/// A declaration for each path that its attributes give it, and for its own place if only some builds have another.
fn of_paths(decl: ModDecl, paths: Vec<(String, bool)>) -> Vec<ModDecl> {
    let always = paths.iter().any(|(_, conditional)| !conditional);
    let mut places: Vec<Option<String>> = paths.into_iter().map(|(path, _)| Some(path)).collect();
    if decl.inline.is_some() {
        places.truncate(1);
    } else if !always {
        places.push(None);
    }
    if places.is_empty() {
        places.push(None);
    }
    let of = |path| ModDecl {
        path,
        ..decl.clone()
    };
    places.into_iter().map(of).collect()
}

struct Scanner<'a> {
    lexed: &'a LexedStr<'a>,
    tokens: &'a [usize],
}

impl Scanner<'_> {
    fn kind(&self, at: usize) -> SyntaxKind {
        self.tokens
            .get(at)
            .map_or(SyntaxKind::EOF, |&i| self.lexed.kind(i))
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |&i| self.lexed.text(i))
    }

    /// Reads items up to the closing brace of the module that it stands in.
    fn scan(&self, at: &mut usize) -> Vec<ModDecl> {
        let mut decls = Vec::new();
        let mut attrs: Vec<Range<usize>> = Vec::new();
        while *at < self.tokens.len() {
            match self.kind(*at) {
                T!['}'] => break,
                T![#] => {
                    let start = *at;
                    *at += 1;
                    if self.kind(*at) == T![!] {
                        *at += 1;
                    }
                    self.skip_tree(at);
                    attrs.push(start..*at);
                }
                T![mod] if self.kind(*at + 1) == SyntaxKind::IDENT => {
                    let start = self.lexed.text_start(self.tokens[*at]);
                    let name = self.text(*at + 1).trim_start_matches("r#").to_owned();
                    *at += 2;
                    let inline = if self.kind(*at) == T!['{'] {
                        *at += 1;
                        Some(self.scan(at))
                    } else {
                        None
                    };
                    let end = self
                        .tokens
                        .get(*at)
                        .map_or(start, |&i| self.lexed.text_range(i).end);
                    *at += 1;
                    let decl = ModDecl {
                        name,
                        path: None,
                        cfg_test: attrs.iter().any(|a| self.is_cfg_test(a.clone())),
                        range: start..end,
                        inline,
                    };
                    let paths = attrs.iter().flat_map(|a| self.paths(a.clone())).collect();
                    decls.extend(of_paths(decl, paths));
                    attrs.clear();
                }
                T!['('] | T!['['] | T!['{'] => {
                    self.skip_tree(at);
                    // `pub(crate) mod x;` keeps its attributes
                    if self.kind(*at) != T![mod] {
                        attrs.clear();
                    }
                }
                T![;] => {
                    attrs.clear();
                    *at += 1;
                }
                _ => *at += 1,
            }
        }
        decls
    }

    /// Steps over one bracketed group (or one token).
    fn skip_tree(&self, at: &mut usize) {
        let mut depth = 0usize;
        while *at < self.tokens.len() {
            match self.kind(*at) {
                T!['('] | T!['['] | T!['{'] => depth += 1,
                T![')'] | T![']'] | T!['}'] => depth = depth.saturating_sub(1),
                _ => {}
            }
            *at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// The path that an attribute gives a module, and whether only some builds do.
    fn paths(&self, attr: Range<usize>) -> Option<(String, bool)> {
        let is_conditional = self.text(attr.start + 2) == "cfg_attr";
        let mut at = attr.start + 2;
        // also inside of `cfg_attr(…, path = "…")`
        while at + 2 < attr.end {
            if self.text(at) == "path"
                && self.kind(at + 1) == T![=]
                && self.kind(at + 2) == SyntaxKind::STRING
            {
                let path = self.text(at + 2).trim_matches('"').to_owned();
                return Some((path, is_conditional));
            }
            at += 1;
        }
        None
    }

    fn is_cfg_test(&self, attr: Range<usize>) -> bool {
        let words: Vec<&str> = attr.map(|i| self.text(i)).collect();
        words.get(2) == Some(&"cfg") && cfg_requires_test(&words)
    }
}

/// Whether a `cfg` predicate, as a list of its words, holds for test builds only. `not(test)` and `any(test, …)`
/// do not count.
pub(crate) fn cfg_requires_test(words: &[&str]) -> bool {
    words.contains(&"test") && !words.contains(&"not") && !words.contains(&"any")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decls(text: &str) -> Vec<ModDecl> {
        mod_decls(text, Edition::Edition2021)
    }

    #[test]
    fn finds_modules_with_their_attributes() {
        let found = decls(
            "mod a;\n#[path = \"odd.rs\"]\npub(crate) mod b;\n#[cfg(test)]\nmod t { mod inner; fn f() { mod no; } }\nfn g() { mod no; }",
        );
        assert_eq!(found.len(), 3);
        assert_eq!(found[1].path.as_deref(), Some("odd.rs"));
        assert!(found[2].cfg_test && !found[0].cfg_test);
        assert_eq!(found[2].inline.as_ref().map(Vec::len), Some(1));
    }

    /// Of two ways to read a file, one is as good as the other.
    #[track_caller]
    fn same(text: &str, is_odd: bool) {
        let edition = Edition::Edition2021;
        let found = skimmed(text, edition);
        assert_eq!(found.is_err(), is_odd, "{text}");
        assert_eq!(mod_decls(text, edition), lexed(text, edition), "{text}");
    }

    #[test]
    fn reads_modules_as_the_lexer_does() {
        for text in [
            "mod a; pub mod b; pub(crate) mod c; pub(in super::x) mod d; unsafe mod e;",
            "mod r#mod; mod r#fn { mod r#inner; } mod /* x */ spaced // y\n ; mod z {}",
            "#[path = \"a/b.rs\"] #[cfg(test)] mod a; #[cfg(any(test, x))] mod b; #[cfg(not(test))] mod c;",
            "#[cfg_attr(test, path = \"t.rs\")] pub(crate) mod a; #[path = r\"raw.rs\"] mod b;",
            "#![allow(x)] #[cfg(test)] /* w */ #[path = \"x.rs\"] // y\n pub(crate) /* z */ mod t { fn f() {} }",
            "#[cfg(test)] use a::{b}; mod c; #[cfg(test)] fn f() {} mod d; #[cfg(test)] impl A { mod no; } mod e;",
            "fn f() { mod no; \"}\"; '}'; r#\"}\"#; b'}'; /* } */ mod no; } mod yes;",
            "macro_rules! m { ($x:ident) => { mod $x; mod no; } } mod after; m! { mod no; } mod!(x); mod",
            "mod a { mod b { #[cfg(test)] mod c { mod d; } } } } mod lost;",
            "mod a { mod open;",
            "const X: &str = r##\"mod no; \"# } \"##; static B: &[u8] = b\"\\\"}\"; mod a;",
            "fn f<'a>(x: &'a str) -> [u8; { 1 }] { 'l: loop {} } mod a;",
        ] {
            same(text, false);
        }
    }

    #[test]
    fn reads_odd_modules_with_the_lexer() {
        for text in [
            "mod é;",
            "mod fn; mod a;",
            "mod _; mod a;",
            "#a mod b;",
            "mod a b; mod c;",
            "#!/bin/sh\nmod a;",
            "let x = 'ab'; mod a;",
        ] {
            same(text, true);
        }
    }

    #[test]
    fn reads_every_cut_as_the_lexer_does() {
        let text = "#[cfg(test)] pub(crate) mod a { #[path = \"x\\\"y\"] mod r#b; /* } */ } \
                    r#\"mod\"#; mod c; b'\\'' 'x' mod d {} fn f<'a>() { } mod e;";
        for at in 0..=text.len() {
            for part in [&text[..at], &text[at..]] {
                let edition = Edition::Edition2021;
                assert_eq!(mod_decls(part, edition), lexed(part, edition), "{part}");
            }
        }
    }

    #[test]
    fn negated_test_is_not_test_code() {
        assert!(!decls("#[cfg(not(test))] mod a;")[0].cfg_test);
    }

    #[test]
    fn refuses_what_would_exhaust_the_stack() {
        let nested = |n: usize| format!("fn f() {{ {}{} }}", "(".repeat(n), ")".repeat(n));
        assert!(too_deep(&nested(100), Edition::Edition2021).is_none());
        assert!(too_deep(&nested(100_000), Edition::Edition2021).is_some());
        let chain = format!("const X: i32 = 1{};", "+1".repeat(100_000));
        assert!(too_deep(&chain, Edition::Edition2021).is_some());
        let list = format!("const X: [i32; 4] = [{}];", "-1, ".repeat(100_000));
        assert!(too_deep(&list, Edition::Edition2021).is_none());
    }
}
