//! Whether what parses may still be no Rust: what the parser lets pass and its validation then finds.
//!
//! Belongs here: seeing in the steps of a tree's making that the validation may find something, so that it need not walk
//! every tree. An answer may be too careful, never too bold. Does not: the validation itself, which is `ra_ap_syntax`'s.

use ra_ap_syntax::{SyntaxKind, T};

/// Looks at a tree's nodes and tokens in their order.
#[derive(Default)]
pub(super) struct Doubts {
    /// The nodes around, outermost first.
    around: Vec<SyntaxKind>,
    /// The last token that is neither white space nor a comment, and the one before it.
    last: Option<SyntaxKind>,
    /// How many restrictions of a visibility, and how many nested lists of imports, are around.
    restrictions: usize,
    import_lists: usize,
    /// Whether the impl blocks around are of a trait.
    of_trait: Vec<bool>,
    /// For each operation around: whether it is of a `let`, and whether its operator is `&&`.
    operations: Vec<(bool, bool)>,
    /// For each list of bounds around: whether it has one that is a type.
    bounded: Vec<bool>,
    any: bool,
}

impl Doubts {
    /// Whether the validation may find something.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    /// The kind of the `n`th node around, from the innermost.
    #[inline]
    fn around(&self, n: usize) -> Option<SyntaxKind> {
        let at = self.around.len().checked_sub(n + 1)?;
        Some(self.around[at])
    }

    #[inline]
    pub(super) fn enter(&mut self, kind: SyntaxKind) {
        let parent = self.around(0);
        self.any |= match kind {
            // `#![…]` of a block
            SyntaxKind::ATTR => parent == Some(SyntaxKind::STMT_LIST),
            SyntaxKind::VISIBILITY => match parent {
                Some(SyntaxKind::MACRO_RULES) => true,
                Some(SyntaxKind::FN | SyntaxKind::CONST | SyntaxKind::TYPE_ALIAS) => {
                    self.around(1) == Some(SyntaxKind::ASSOC_ITEM_LIST)
                        && self.of_trait.last() == Some(&true)
                }
                _ => false,
            },
            SyntaxKind::LET_EXPR => !self.is_condition(),
            _ => false,
        };
        match kind {
            SyntaxKind::VISIBILITY_INNER => self.restrictions += 1,
            SyntaxKind::USE_TREE_LIST => self.import_lists += 1,
            SyntaxKind::IMPL => self.of_trait.push(false),
            SyntaxKind::BIN_EXPR => self.operations.push((false, false)),
            SyntaxKind::TYPE_BOUND_LIST => self.bounded.push(false),
            SyntaxKind::PATH_TYPE if parent == Some(SyntaxKind::TYPE_BOUND) => {
                if let Some(bounded) = self.bounded.last_mut() {
                    *bounded = true;
                }
            }
            _ => {}
        }
        self.around.push(kind);
    }

    /// Whether a `let` here is a condition, or a part of one by `&&` alone.
    fn is_condition(&mut self) -> bool {
        let mut operations = self.operations.iter_mut().rev();
        for kind in self.around.iter().rev() {
            match kind {
                SyntaxKind::PAREN_EXPR => {}
                SyntaxKind::BIN_EXPR => {
                    if let Some(operation) = operations.next() {
                        operation.0 = true;
                    }
                }
                SyntaxKind::IF_EXPR | SyntaxKind::WHILE_EXPR | SyntaxKind::MATCH_GUARD => {
                    return true;
                }
                _ => return false,
            }
        }
        false
    }

    #[inline]
    pub(super) fn exit(&mut self) {
        match self.around.pop() {
            Some(SyntaxKind::VISIBILITY_INNER) => self.restrictions -= 1,
            Some(SyntaxKind::USE_TREE_LIST) => self.import_lists -= 1,
            Some(SyntaxKind::IMPL) => {
                self.of_trait.pop();
            }
            Some(SyntaxKind::BIN_EXPR) => {
                self.any |= self.operations.pop() == Some((true, false));
            }
            Some(SyntaxKind::TYPE_BOUND_LIST) => {
                let of_type = matches!(
                    self.around(0),
                    Some(SyntaxKind::DYN_TRAIT_TYPE | SyntaxKind::IMPL_TRAIT_TYPE)
                );
                self.any |= self.bounded.pop() != Some(true) && of_type;
            }
            // `..=` without an end
            Some(SyntaxKind::RANGE_EXPR) => self.any |= self.last == Some(T![..=]),
            _ => {}
        }
    }

    #[inline]
    pub(super) fn token(&mut self, kind: SyntaxKind, text: &str) {
        self.any |= match kind {
            SyntaxKind::WHITESPACE | SyntaxKind::COMMENT => return,
            // what the lexer does not tell: bare carriage returns
            SyntaxKind::STRING
            | SyntaxKind::BYTE_STRING
            | SyntaxKind::C_STRING
            | SyntaxKind::CHAR
            | SyntaxKind::BYTE => {
                self.around(0) == Some(SyntaxKind::LITERAL)
                    && memchr::memchr(b'\r', text.as_bytes()).is_some()
            }
            // `x.0usize`
            SyntaxKind::INT_NUMBER => {
                self.around(0) == Some(SyntaxKind::NAME_REF)
                    && !text.bytes().all(|b| b.is_ascii_digit())
            }
            // `pub(path)` without `in`
            SyntaxKind::IDENT => self.restrictions > 0,
            T![mut] => self.last == Some(T![const]),
            T![self] => self.last == Some(T![::]),
            T![crate] => self.last == Some(T![::]) || self.import_lists > 0,
            // `&dyn A + B`
            T![+] => {
                let of_type = matches!(
                    self.around(1),
                    Some(SyntaxKind::DYN_TRAIT_TYPE | SyntaxKind::IMPL_TRAIT_TYPE)
                );
                self.around(0) == Some(SyntaxKind::TYPE_BOUND_LIST)
                    && of_type
                    && match self.around(2) {
                        Some(SyntaxKind::REF_TYPE | SyntaxKind::PTR_TYPE) => true,
                        Some(SyntaxKind::RET_TYPE) => {
                            self.around(3) == Some(SyntaxKind::FN_PTR_TYPE)
                        }
                        _ => false,
                    }
            }
            T![&&] => {
                if self.around(0) == Some(SyntaxKind::BIN_EXPR)
                    && let Some(operation) = self.operations.last_mut()
                {
                    operation.1 = true;
                }
                false
            }
            T![for] => {
                if self.around(0) == Some(SyntaxKind::IMPL)
                    && let Some(of_trait) = self.of_trait.last_mut()
                {
                    *of_trait = true;
                }
                false
            }
            _ => false,
        };
        self.last = Some(kind);
    }
}

#[cfg(test)]
mod tests {
    use ra_ap_parser::LexedStr;
    use ra_ap_syntax::{Edition, SourceFile};

    use super::super::tree;

    #[track_caller]
    fn check(text: &str, errors: bool) {
        let edition = Edition::Edition2024;
        let validated = !SourceFile::parse(text, edition).errors().is_empty();
        assert_eq!(validated, errors, "{text}");
        let (_, found) = tree::build(&LexedStr::new(edition, text), edition);
        assert_eq!(found, errors, "{text}");
    }

    #[test]
    fn sees_what_the_validation_refuses() {
        for text in [
            "fn f() { let x = \"a\rb\"; }",
            "fn f() { let x = \"a\\\r\nb\"; }",
            "fn f() { let x = b\"a\rb\"; }",
            "fn f() { let x = c\"a\rb\"; }",
            "const mut X: u8 = 1;",
            "const /* x */ mut X: u8 = 1;",
            "fn f() { let x = { #![allow(x)] 1 }; }",
            "fn f() { if x { #![allow(x)] } else { #![allow(x)] }; }",
            "fn f() { x.0usize; }",
            "fn f() { S { 0x1: 1 }; }",
            "pub(a) fn f() {}",
            "impl T for S { pub fn f() {} }",
            "impl T for S { pub const X: u8 = 1; pub type Y = u8; }",
            "impl<'a> T<'a> for S { fn g() { impl S { pub fn f() {} } } pub(crate) fn f() {} }",
            "fn f() { x(..=); }",
            "fn f() { x[1..=]; }",
            "use a::self::b;",
            "use a::crate::b;",
            "use a::{crate::b};",
            "type A = &dyn B + C;",
            "type A = &'a impl B + C;",
            "type A = *const dyn B + C;",
            "type A = fn() -> dyn B + C;",
            "type A = Box<dyn 'static>;",
            "fn f() -> impl 'static {}",
            "pub macro_rules! m { () => {} }",
            "fn f() { let x = let y = 1; }",
            "fn f() { if a || let y = 1 {} }",
            "fn f() { if a && (b || let y = 1) {} }",
            "fn f() { if x(let y = 1) {} }",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn lets_pass_what_it_lets_pass() {
        for text in [
            "#![allow(x)] mod a { #![allow(x)] } fn f() { #![allow(x)] { #![allow(x)] } }",
            "fn f() { x.0.1; S { 0: 1 }; '\\\\'; \"\\\\\"; \"\\\"\"; b'\\''; r\"\\\"; }",
            "pub(crate) fn f() {} pub(in a::b) fn g() {} impl S { pub fn f() {} pub const X: u8 = 1; }",
            "#[a] impl T for S { pub fn f() {} }",
            "impl T for S { fn f() { pub fn g() {} pub struct X { pub y: u8 } } }",
            "fn f() { x[..=1]; x[1..]; x(..); match x { 1..=2 => {} ..=3 => {} _ => {} } }",
            "use a::{self, b::{self}}; use {crate::c, self::d}; fn f() { self::x(); crate::y(a::self); }",
            "type A = Box<dyn B + C>; type D = &(dyn B + 'a); fn f() -> impl B + C {} type E = fn() -> F;",
            "fn f(x: &dyn for<'a> B<'a>, y: impl Fn(&dyn C) -> u8 + Send) {}",
            "fn f() { if let x = 1 && a && (let y = 2) && b || c {} while let x = 1 {} }",
            "fn f() { match x { y if let z = y && z => {} _ => {} } if a || b && c {} }",
        ] {
            let edition = Edition::Edition2024;
            let errors = !SourceFile::parse(text, edition).errors().is_empty();
            check(text, errors);
        }
    }
}
