//! A text's brackets, comments and module keywords, without lexing the rest of it.
//!
//! Belongs here: stepping over words, numbers, strings and characters as the lexer would. What is rare enough to be told
//! by the lexer alone (names that are not ASCII, literals with suffixes, what rustc would not lex) is [`Odd`], and ends
//! it. Does not: anything that needs the tokens themselves.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

/// What only the lexer can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Odd;

/// What is stopped at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// `//…` without its line end, or `/*…*/`.
    Comment,
    /// `(`, `[` or `{`.
    Open,
    /// `)` or `]`.
    Close,
    /// `}`.
    CloseBrace,
    Semicolon,
    Pound,
    /// The word `mod`.
    Mod,
}

pub(super) struct Skim<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What a byte starts, or goes on with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// White space and punctuation that says nothing.
    Plain,
    Letter,
    Digit,
    Quote,
    Tick,
    Slash,
    Stop,
    Odd,
}

const CLASSES: [Class; 256] = {
    let mut out = [Class::Odd; 256];
    let mut at = 0;
    while at < 128 {
        let byte = at as u8;
        out[at] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'"' => Class::Quote,
            b'\'' => Class::Tick,
            b'/' => Class::Slash,
            b'(' | b'[' | b'{' | b')' | b']' | b'}' | b';' | b'#' => Class::Stop,
            b' ' | b'\t'..=b'\r' | b'!'..=b'~' => Class::Plain,
            _ => Class::Odd,
        };
        at += 1;
    }
    out
};

fn is_word(byte: u8) -> bool {
    matches!(CLASSES[usize::from(byte)], Class::Letter | Class::Digit)
}

impl<'a> Skim<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, Odd> {
        let start = text.trim_start();
        let is_script = start.starts_with("#!") && !start.starts_with("#![");
        match is_script || start.starts_with('-') || text.starts_with('\u{feff}') {
            true => Err(Odd),
            false => Ok(Self {
                bytes: text.as_bytes(),
                at: 0,
            }),
        }
    }

    /// Where the next piece is looked for.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Steps over what is left of a bracketed group.
    pub(super) fn skip_group(&mut self) -> Result<(), Odd> {
        let mut depth = 1usize;
        while depth > 0
            && let Some((piece, _)) = self.next()?
        {
            match piece {
                Piece::Open => depth += 1,
                Piece::Close | Piece::CloseBrace => depth -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The next piece and where it stands. `None`: there is none.
    pub(super) fn next(&mut self) -> Result<Option<(Piece, Range<usize>)>, Odd> {
        while let Some(&byte) = self.bytes.get(self.at) {
            let start = self.at;
            match CLASSES[usize::from(byte)] {
                Class::Plain => self.at += 1,
                Class::Letter => {
                    if self.word()? {
                        return Ok(Some((Piece::Mod, start..self.at)));
                    }
                }
                Class::Digit => self.number()?,
                Class::Quote => self.string(start + 1)?,
                Class::Tick => self.tick()?,
                Class::Slash => {
                    if self.comment()? {
                        return Ok(Some((Piece::Comment, start..self.at)));
                    }
                    self.at += 1;
                }
                Class::Stop => {
                    self.at += 1;
                    let piece = match byte {
                        b'(' | b'[' | b'{' => Piece::Open,
                        b')' | b']' => Piece::Close,
                        b'}' => Piece::CloseBrace,
                        b';' => Piece::Semicolon,
                        // what a guarded string may start with
                        _ if matches!(self.byte(self.at), b'"' | b'#') => return Err(Odd),
                        _ => Piece::Pound,
                    };
                    return Ok(Some((piece, start..self.at)));
                }
                Class::Odd => return Err(Odd),
            }
        }
        Ok(None)
    }

    /// Steps over white space and comments, and gives the byte after them; 0 at the end.
    pub(super) fn solid(&mut self) -> Result<u8, Odd> {
        loop {
            match self.byte(self.at) {
                b' ' | b'\t'..=b'\r' => self.at += 1,
                b'/' => {
                    if !self.comment()? {
                        return Ok(b'/');
                    }
                }
                byte => return Ok(byte),
            }
        }
    }

    /// Steps over a byte that was looked at.
    pub(super) fn step(&mut self) {
        self.at += 1;
    }

    /// Whether the word `mod` stands here.
    pub(super) fn is_at_mod(&self) -> bool {
        self.bytes[self.at..].starts_with(b"mod") && self.word_end(self.at) == self.at + 3
    }

    /// The name that stands here, if one does; steps over it.
    pub(super) fn name(&mut self) -> Result<Option<Range<usize>>, Odd> {
        let mut start = self.at;
        if self.bytes[self.at..].starts_with(b"r#") {
            start += 2;
        }
        if CLASSES[usize::from(self.byte(start))] != Class::Letter {
            return match self.byte(start) {
                128.. => Err(Odd),
                _ if start > self.at => Err(Odd),
                _ => Ok(None),
            };
        }
        let end = self.word_end(start);
        // a literal, or what the lexer refuses
        if matches!(self.byte(end), b'"' | b'\'' | b'#' | 128..) {
            return Err(Odd);
        }
        let range = self.at..end;
        self.at = end;
        Ok(Some(range))
    }

    fn word_end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        from + rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len())
    }

    /// Steps over a word, or the literal that it is the prefix of. Whether it is `mod`.
    fn word(&mut self) -> Result<bool, Odd> {
        let end = self.word_end(self.at);
        let word = &self.bytes[self.at..end];
        match self.byte(end) {
            b'"' => match word {
                b"b" | b"c" => self.string(end + 1)?,
                b"r" | b"br" | b"cr" => self.raw_string(end)?,
                _ => return Err(Odd),
            },
            b'\'' => {
                if word != b"b" {
                    return Err(Odd);
                }
                self.at = end;
                self.character()?;
            }
            b'#' => match (word, self.byte(end + 1)) {
                (b"r" | b"br" | b"cr", b'"' | b'#') => self.raw_string(end)?,
                (b"r", next) if CLASSES[usize::from(next)] == Class::Letter => {
                    self.at = self.word_end(end + 1);
                    if matches!(self.byte(self.at), b'"' | b'\'' | b'#' | 128..) {
                        return Err(Odd);
                    }
                }
                _ => return Err(Odd),
            },
            128.. => return Err(Odd),
            _ => {
                let is_mod = word == b"mod";
                self.at = end;
                return Ok(is_mod);
            }
        }
        Ok(false)
    }

    fn number(&mut self) -> Result<(), Odd> {
        self.at = self.word_end(self.at);
        match self.byte(self.at) {
            b'"' | b'\'' | b'#' | 128.. => Err(Odd),
            _ => Ok(()),
        }
    }

    /// Steps over the rest of a string, to be found from `from` on.
    fn string(&mut self, mut from: usize) -> Result<(), Odd> {
        loop {
            let rest = self.bytes.get(from..).ok_or(Odd)?;
            let at = from + memchr2(b'"', b'\\', rest).ok_or(Odd)?;
            if self.bytes[at] == b'"' {
                return self.literal_ends(at + 1);
            }
            from = at + 2;
        }
    }

    /// The same for a raw one, whose hashes start at `from`.
    fn raw_string(&mut self, from: usize) -> Result<(), Odd> {
        let rest = &self.bytes[from..];
        let hashes = rest.iter().position(|b| *b != b'#').ok_or(Odd)?;
        if rest[hashes] != b'"' || hashes > 255 {
            return Err(Odd);
        }
        let mut close = vec![b'"'];
        close.resize(hashes + 1, b'#');
        let body = from + hashes + 1;
        let end = memmem::find(&self.bytes[body..], &close).ok_or(Odd)?;
        self.literal_ends(body + end + close.len())
    }

    /// Steps over a character or a lifetime.
    fn tick(&mut self) -> Result<(), Odd> {
        let first = self.byte(self.at + 1);
        if is_word(first) && self.byte(self.at + 2) != b'\'' {
            self.at = self.word_end(self.at + 1);
            return match self.byte(self.at) {
                b'\'' | b'"' | b'#' | 128.. => Err(Odd),
                _ => Ok(()),
            };
        }
        self.character()
    }

    /// Steps over a character, which starts here with its quote.
    fn character(&mut self) -> Result<(), Odd> {
        let first = self.byte(self.at + 1);
        if first != b'\\' {
            let width = match first {
                0..128 => 1,
                0xf0.. => 4,
                0xe0.. => 3,
                _ => 2,
            };
            return match self.byte(self.at + 1 + width) {
                b'\'' => self.literal_ends(self.at + width + 2),
                _ => Err(Odd),
            };
        }
        let body = self.at + 3;
        let rest = self.bytes.get(body..).ok_or(Odd)?;
        let end = memchr(b'\'', rest).ok_or(Odd)?;
        let plain = rest[..end]
            .iter()
            .all(|b| is_word(*b) || matches!(b, b'{' | b'}'));
        match plain {
            true => self.literal_ends(body + end + 1),
            false => Err(Odd),
        }
    }

    /// Goes on after a literal, which has no suffix.
    fn literal_ends(&mut self, at: usize) -> Result<(), Odd> {
        self.at = at;
        let next = self.byte(at);
        match is_word(next) || next >= 128 {
            true => Err(Odd),
            false => Ok(()),
        }
    }

    /// Steps over a comment, if one starts here.
    fn comment(&mut self) -> Result<bool, Odd> {
        let rest = &self.bytes[self.at..];
        match self.byte(self.at + 1) {
            b'/' => {
                self.at += memchr(b'\n', rest).unwrap_or(rest.len());
                Ok(true)
            }
            b'*' => {
                let mut depth = 1;
                let mut at = self.at + 2;
                while depth > 0 {
                    let rest = self.bytes.get(at..).ok_or(Odd)?;
                    at += memchr2(b'*', b'/', rest).ok_or(Odd)?;
                    match (self.bytes[at], self.byte(at + 1)) {
                        (b'*', b'/') => depth -= 1,
                        (b'/', b'*') => depth += 1,
                        _ => {
                            at += 1;
                            continue;
                        }
                    }
                    at += 2;
                }
                self.at = at;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use ra_ap_parser::LexedStr;
    use ra_ap_syntax::{Edition, SyntaxKind, T};

    use super::*;

    /// What the lexer says.
    fn lexed(text: &str) -> Vec<(Piece, Range<usize>)> {
        let lexed = LexedStr::new(Edition::Edition2021, text);
        let piece = |i: usize| match lexed.kind(i) {
            SyntaxKind::COMMENT => Some(Piece::Comment),
            T!['('] | T!['['] | T!['{'] => Some(Piece::Open),
            T![')'] | T![']'] => Some(Piece::Close),
            T!['}'] => Some(Piece::CloseBrace),
            T![;] => Some(Piece::Semicolon),
            T![#] => Some(Piece::Pound),
            T![mod] => Some(Piece::Mod),
            _ => None,
        };
        (0..lexed.len())
            .filter_map(|i| Some((piece(i)?, lexed.text_range(i))))
            .collect()
    }

    fn skimmed(text: &str) -> Result<Vec<(Piece, Range<usize>)>, Odd> {
        let mut skim = Skim::new(text)?;
        let mut out = Vec::new();
        while let Some(piece) = skim.next()? {
            out.push(piece);
        }
        Ok(out)
    }

    const PLAIN: &[&str] = &[
        "mod a; mod r#mod { } r#mod; model; a.mod",
        r###"x(r"(", r#"("("#, r##"a"#("##, br"(", br#"("#, cr#"("#, b"\"(", c"(", "\\"); "###,
        r#"['(', '\'', '\\', b'(', b'\'', '\u{28}', '\x28', ' ', '"', ''', 'é', '(']"#,
        "impl<'a> A<'a, 'static, '_> for &'a (B) { 'outer: loop { break 'outer } }",
        "/* ( /* mod */ ( */ // (\n/// mod\n//! (\nf /**/ () / 2 /x",
        "1.0e+5; 0x1f_u8; 1..2; 1.max(2); x.0.1; 1e5; 0b1; 'a'..='z'",
        "#![a] #[b(\"c\")] macro_rules! m { ($x:ident) => { mod $x; } } `\\`@~?",
        "\"multi\nline ( \\\n\"; let x = \"\"; \"é(\"",
    ];

    const ODD: &[&str] = &[
        "#!/usr/bin/env cargo\nmod a;",
        "---\n[package]\n---\nmod a;",
        "\u{feff}mod a;",
        "let é = 1;",
        "\"open",
        "/* open",
        "r#\"open\"",
        "'ab'",
        "'\\u'{}'",
        "x\"(\"",
        "1\"(\"",
        "\"a\"b",
        "'a'b",
        "x'(' ",
        "#\"(\"#",
        "##",
        "'r#a",
        "r#é",
        "b'ab'",
    ];

    #[test]
    fn says_what_the_lexer_says() {
        for text in PLAIN {
            assert_eq!(skimmed(text), Ok(lexed(text)), "{text}");
        }
    }

    #[test]
    fn leaves_the_rest_to_the_lexer() {
        for text in ODD {
            assert_eq!(skimmed(text), Err(Odd), "{text}");
        }
    }

    #[test]
    fn is_right_or_odd_at_every_cut() {
        for text in PLAIN.iter().chain(ODD) {
            let cuts = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
            for at in cuts {
                for part in [&text[..at], &text[at..]] {
                    if let Ok(found) = skimmed(part) {
                        assert_eq!(found, lexed(part), "{part}");
                    }
                }
            }
        }
    }
}
