//! Which files can matter for a name, by their bytes and tokens alone.
//!
//! Belongs here: what is asked of many files, before any of them is parsed. An answer may hold too many files, never too
//! few. Does not: anything that needs a tree.

use std::cell::OnceCell;
use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use memchr::memmem::{self, Finder};
use ra_ap_syntax::TextSize;

use super::skim::{Piece, Skim};
use super::workspace::{FileId, Language, Workspace};

/// Whether a text says `name`, be it as a part of a longer word.
pub(crate) fn says(text: &str, name: &str) -> bool {
    memmem::find(text.as_bytes(), name.as_bytes()).is_some()
}

/// The Rust files that say `name`.
pub(crate) fn saying<'w>(
    workspace: &'w Workspace,
    name: &str,
) -> impl Iterator<Item = FileId> + use<'w> {
    let finder = Finder::new(name).into_owned();
    rust(workspace, move |text| {
        finder.find(text.as_bytes()).is_some()
    })
}

/// The Rust files that may ask for a trait in a bound.
pub(crate) fn bounded<'w>(
    workspace: &'w Workspace,
    name: &str,
) -> impl Iterator<Item = FileId> + use<'w> {
    let finder = Finder::new(name).into_owned();
    rust(workspace, move |text| {
        finder.find_iter(text.as_bytes()).any(|at| {
            let (before, after) = (text[..at].trim_end(), &text[at + finder.needle().len()..]);
            before.ends_with([':', '+', '=']) && !before.ends_with("::") && !after.starts_with("::")
        })
    })
}

/// Whether a text may import `name` from somewhere else than the standard library.
pub(crate) fn may_import(text: &str, name: &str) -> bool {
    const STANDARD: &[&str] = &["alloc", "core", "std"];
    let mut found = memmem::find_iter(text.as_bytes(), name.as_bytes());
    found.any(|at| {
        let before = &text[..at];
        let Some(start) = is_word(text, at, name.len())
            .then(|| before.rmatch_indices("use"))
            .and_then(|mut uses| uses.find(|(at, _)| is_keyword(text, *at, "use".len())))
            .map(|(at, _)| at)
        else {
            return false;
        };
        let path = &before[start + "use".len()..];
        // a comment may have one
        let ends = path.contains(';') && !path.contains("//") && !path.contains("/*");
        let first = first_word(skip_trivia(path).trim_start_matches(':'));
        !ends && first.is_none_or(|(word, _)| !STANDARD.contains(&word))
    })
}

/// The Rust files whose text is as wanted.
pub(crate) fn rust<'w, F: Fn(&str) -> bool>(
    workspace: &'w Workspace,
    wanted: F,
) -> impl Iterator<Item = FileId> + use<'w, F> {
    let files = workspace.files.iter().enumerate();
    files
        .filter(move |(_, f)| f.language == Language::Rust && wanted(&f.text))
        .map(|(i, _)| FileId(i))
}

/// The Rust files that may call or name a method: that say it after a dot or a colon, or after what may hide one.
pub(crate) fn saying_member<'w>(
    workspace: &'w Workspace,
    name: &str,
) -> impl Iterator<Item = FileId> + use<'w> {
    let finder = Finder::new(name).into_owned();
    rust(workspace, move |text| {
        finder.find_iter(text.as_bytes()).any(|at| {
            let before = text[..at].trim_end();
            let is_member =
                before.ends_with(['.', ':', '#', '/']) && is_word(text, at, finder.needle().len());
            is_member || last_line(before).contains("//")
        })
    })
}

/// Where a text may declare a function called `name`, in order.
pub(crate) fn declarations<'t>(
    text: &'t str,
    name: &'t str,
) -> impl Iterator<Item = TextSize> + 't {
    let found = memmem::find_iter(text.as_bytes(), name.as_bytes()).filter(|at| {
        let before = text[..*at].trim_end_matches("r#").trim_end();
        // a comment may hide the keyword
        before.ends_with("fn") || before.ends_with("*/") || last_line(before).contains("//")
    });
    found.filter_map(|at| TextSize::try_from(at).ok())
}

/// The text from a function's name to its end, and what follows where that end is not known.
pub(crate) fn function_text(text: &str, name: TextSize) -> &str {
    let text = &text[usize::from(name)..];
    &text[..function_end(text).unwrap_or(text.len())]
}

fn function_end(text: &str) -> Option<usize> {
    let mut skim = Skim::new(text).ok()?;
    while let Some((piece, range)) = skim.next().ok()? {
        match piece {
            Piece::Semicolon => return Some(range.end),
            Piece::Open => {
                skim.skip_group().ok()?;
                let is_body = text[range.clone()].starts_with('{');
                // a constant of the header
                let before = text[..range.start].trim_end();
                if is_body && before.ends_with(['<', ',', '=']) {
                    return None;
                }
                if is_body {
                    return Some(skim.at());
                }
            }
            Piece::Close | Piece::CloseBrace => return None,
            Piece::Comment | Piece::Pound | Piece::Mod => {}
        }
    }
    None
}

/// Whether a text may declare a function called `name`.
pub(crate) fn declares(text: &str, name: &str) -> bool {
    declarations(text, name).next().is_some()
}

/// A trait, by its text.
pub(crate) struct TraitText<'w> {
    pub(crate) file: FileId,
    pub(crate) name: &'w str,
    body: &'w str,
}

impl TraitText<'_> {
    /// Whether the trait may declare a function called `name`.
    pub(crate) fn declares(&self, name: &str) -> bool {
        declares(self.body, name)
    }
}

/// The traits of the Rust files.
pub(crate) fn traits(workspace: &Workspace) -> Vec<TraitText<'_>> {
    let mut out = Vec::new();
    let finder = Finder::new("trait");
    for (i, source) in workspace.files.iter().enumerate() {
        if source.language != Language::Rust {
            continue;
        }
        let text = source.text.as_ref();
        let keywords = finder.find_iter(text.as_bytes());
        for at in keywords.filter(|at| is_keyword(text, *at, "trait".len())) {
            let behind = &text[at + "trait".len()..];
            let (Some((name, _)), Some(brace)) =
                (first_word(skip_trivia(behind)), behind.find('{'))
            else {
                continue;
            };
            let rest = &behind[brace + 1..];
            let body = &rest[..group_end(rest).unwrap_or(rest.len())];
            let file = FileId(i);
            out.push(TraitText { file, name, body });
        }
    }
    out
}

/// Where a text says one of several names, be it as a part of a longer word.
pub(crate) struct Places(Names);

enum Names {
    One(Box<Finder<'static>>),
    Several(AhoCorasick),
    /// What is too much to search for at once is not searched for: every place may be one.
    Unknown,
}

impl Places {
    pub(crate) fn of<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<N> = names.into_iter().collect();
        if let [name] = names.as_slice() {
            let finder = Finder::new(name.as_ref()).into_owned();
            return Self(Names::One(Box::new(finder)));
        }
        let all = AhoCorasick::new(names.iter().map(|n| n.as_ref().as_bytes()));
        Self(all.map_or(Names::Unknown, Names::Several))
    }

    /// Whether a text may have one.
    pub(crate) fn any(&self, text: &str) -> bool {
        match &self.0 {
            Names::One(name) => name.find(text.as_bytes()).is_some(),
            Names::Several(all) => all.is_match(text),
            Names::Unknown => true,
        }
    }

    /// The places in order. `None`: it is not known.
    pub(crate) fn find(&self, text: &str) -> Option<Vec<TextSize>> {
        let at = |start| TextSize::try_from(start).unwrap_or_default();
        match &self.0 {
            Names::One(name) => Some(name.find_iter(text.as_bytes()).map(at).collect()),
            Names::Several(all) => {
                let found = all.find_overlapping_iter(text);
                let mut out: Vec<TextSize> = found.map(|m| at(m.start())).collect();
                out.sort();
                out.dedup();
                Some(out)
            }
            Names::Unknown => None,
        }
    }
}

/// The headers of impl blocks: the files by the words in them, and all of a file's.
#[derive(Default)]
pub(crate) struct ImplHeaders<'w> {
    pub(crate) by_word: HashMap<&'w str, Vec<FileId>>,
    pub(crate) of_file: HashMap<FileId, Vec<ImplHeader<'w>>>,
}

/// The header of an impl block, to the end of its line.
pub(crate) struct ImplHeader<'w> {
    pub(crate) text: &'w str,
    /// What stands behind its brace.
    rest: &'w str,
    /// How much of that may be the block's.
    end: OnceCell<usize>,
}

impl ImplHeader<'_> {
    /// Whether the block may declare a function called `name`.
    pub(crate) fn declares(&self, name: &str) -> bool {
        let end = self.end.get_or_init(|| {
            let line = memchr::memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
            if self.rest[..line].trim_end() == "}" {
                return 0;
            }
            // what ends on its own line may be a constant's block, or have another one behind it
            let end = group_end(self.rest).filter(|end| *end > line);
            end.unwrap_or(self.rest.len())
        });
        declares(&self.rest[..*end], name)
    }
}

/// Where a bracketed group ends that a text stands in. `None`: it is not known.
fn group_end(text: &str) -> Option<usize> {
    let mut skim = Skim::new(text).ok()?;
    skim.skip_group().ok()?;
    Some(skim.at())
}

/// Those of the Rust files.
pub(crate) fn impl_headers(workspace: &Workspace) -> ImplHeaders<'_> {
    let mut out = ImplHeaders::default();
    let finder = Finder::new("impl");
    for (i, source) in workspace.files.iter().enumerate() {
        if source.language != Language::Rust {
            continue;
        }
        let text = source.text.as_ref();
        let mut seen_to = 0;
        for at in finder.find_iter(text.as_bytes()) {
            if at < seen_to {
                continue;
            }
            let rest = &text.as_bytes()[at..];
            if !is_keyword(text, at, "impl".len()) {
                continue;
            }
            // a brace may be one of a constant's block: the line that it stands on belongs to the header
            let brace = memchr::memchr(b'{', rest).unwrap_or(rest.len());
            let end = memchr::memchr(b'\n', &rest[brace..]).map_or(rest.len(), |n| brace + n);
            seen_to = at + end;
            let header = text.get(at + 4..at + end).unwrap_or_default();
            let rest = text.get(at + brace + 1..).unwrap_or_default();
            let all = out.of_file.entry(FileId(i)).or_default();
            all.push(ImplHeader {
                text: header,
                rest,
                end: OnceCell::new(),
            });
            for word in words(header) {
                let files = out.by_word.entry(word).or_default();
                if files.last() != Some(&FileId(i)) {
                    files.push(FileId(i));
                }
            }
        }
    }
    out
}

/// The words of a text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word_char(c)).filter(|w| !w.is_empty())
}

/// Whether one name, or a `*`, may stand for different things in different builds by the imports and aliases of a file.
pub(crate) fn may_choose(text: &str) -> bool {
    let mut seen: HashMap<&str, (usize, bool)> = HashMap::new();
    let mut last = None;
    for at in Finder::new("#[cfg").find_iter(text.as_bytes()) {
        let Some(item) = behind_attributes(&text[at..]) else {
            continue;
        };
        // two attributes of one item
        if last.replace(item.len()) == Some(item.len()) {
            continue;
        }
        let of_import = item.strip_prefix("use ").map(imported);
        let chooses = of_import.is_some() || item.starts_with("type ");
        for name in of_import.unwrap_or_else(|| declared(item).into_iter().collect()) {
            let (count, any) = seen.entry(name).or_default();
            *count += 1;
            *any |= chooses;
        }
    }
    seen.values().any(|(count, any)| *any && *count > 1)
}

/// An item without the attributes before it and its visibility.
fn behind_attributes(mut text: &str) -> Option<&str> {
    while text.starts_with("#[") {
        text = skip_trivia(&text[text.find(']')? + 1..]);
    }
    let Some(behind) = text.strip_prefix("pub") else {
        return Some(text);
    };
    let behind = behind.trim_start();
    let scope = behind.strip_prefix('(').and_then(|b| b.split_once(')'));
    Some(scope.map_or(behind, |(_, b)| b).trim_start())
}

/// What an import may bring, of the text behind its `use`: names, and `*`.
fn imported(text: &str) -> Vec<&str> {
    let item = &text[..text.find(';').unwrap_or(text.len())];
    let glob = item.contains('*').then_some("*");
    if says(item, "//") || says(item, "/*") {
        return words(item).chain(glob).collect();
    }
    let leaves = item.split([',', '{', '}']).map(str::trim);
    // `a::b::{self, …}` brings `b`
    let names = leaves.filter_map(|l| last_word(l.trim_end_matches("::").trim_end()));
    names.chain(glob).collect()
}

/// The name of an item, or of what it is for.
fn declared(item: &str) -> Option<&str> {
    let end = item.find(['(', '<', '{', '=', ':', ';', '!']);
    last_word(item[..end.unwrap_or(item.len())].trim_end())
}

/// Where a text says a keyword.
pub(crate) fn keywords(text: &str, keyword: &str) -> Vec<TextSize> {
    memmem::find_iter(text.as_bytes(), keyword.as_bytes())
        .filter(|at| is_keyword(text, *at, keyword.len()))
        .map(|at| TextSize::try_from(at).unwrap_or_default())
        .collect()
}

/// Whether a text may have an import with a `*`.
pub(crate) fn may_glob(text: &str) -> bool {
    memchr::memchr_iter(b'*', text.as_bytes()).any(|at| {
        let after = skip_trivia(&text[at + 1..]);
        after.is_empty() || after.starts_with([';', ',', '}'])
    })
}

/// Whether an import of a text may say one of `names`.
pub(crate) fn imports_one(text: &str, names: &Places) -> bool {
    let mut uses = memmem::find_iter(text.as_bytes(), "use");
    uses.any(|at| {
        let rest = &text[at..];
        let item = &rest[..memchr::memchr(b';', rest.as_bytes()).unwrap_or(rest.len())];
        let is_whole = !says(item, "//") && !says(item, "/*");
        let item = if is_whole { item } else { rest };
        is_keyword(text, at, "use".len()) && names.any(item)
    })
}

fn is_word_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Names that files give to others: `type New = … Old …;` and `Old as New`. The new ones, by the old.
pub(crate) type Renames = HashMap<String, Vec<String>>;

/// What casts are to.
const NUMBERS: &[&str] = &[
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64", "char", "bool", "_",
];

/// Those of all Rust files. A cast to a type that is no number looks like a rename and is among them.
pub(crate) fn renames(workspace: &Workspace) -> Renames {
    let mut out: HashMap<&str, Vec<&str>> = HashMap::new();
    let (cast, alias) = (Finder::new("as"), Finder::new("type"));
    let files = workspace.files.iter();
    for source in files.filter(|f| f.language == Language::Rust) {
        let text = source.text.as_ref();
        let mut add = |old, new| {
            if old == new || NUMBERS.contains(&new) {
                return;
            }
            let known = out.entry(old).or_default();
            if !known.contains(&new) {
                known.push(new);
            }
        };
        for at in cast.find_iter(text.as_bytes()) {
            let after = &text[at + "as".len()..];
            if is_keyword(text, at, "as".len())
                && let Some((new, _)) = first_word(skip_trivia(after))
            {
                for before in before_trivia(&text[..at]) {
                    if let Some(old) = last_word(before) {
                        add(old, new);
                    }
                }
            }
        }
        for at in alias.find_iter(text.as_bytes()) {
            let after = &text[at + "type".len()..];
            if !last_line(&text[..at]).trim_start().starts_with("//")
                && is_keyword(text, at, "type".len())
                && let Some((new, _)) = first_word(skip_trivia(after))
            {
                for word in words_of_definition(after) {
                    add(word, new);
                }
            }
        }
    }
    let own = |(old, new): (&str, Vec<&str>)| {
        let new = new.into_iter().map(str::to_owned).collect();
        (old.to_owned(), new)
    };
    out.into_iter().map(own).collect()
}

/// Whether the `len` bytes at `at` are a word of their own.
pub(crate) fn is_word(text: &str, at: usize, len: usize) -> bool {
    !text[..at].ends_with(is_word_char) && !text[at + len..].starts_with(is_word_char)
}

/// Whether a text says a word at a place, which is no raw identifier.
pub(crate) fn is_keyword(text: &str, at: usize, len: usize) -> bool {
    is_word(text, at, len) && !text[..at].ends_with('#')
}

fn last_line(text: &str) -> &str {
    &text[text.rfind('\n').map_or(0, |n| n + 1)..]
}

/// The word that a text starts with, and what follows.
fn first_word(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("r#").unwrap_or(text);
    let end = text.find(|c| !is_word_char(c)).unwrap_or(text.len());
    Some(text.split_at(end)).filter(|(word, _)| !word.is_empty())
}

fn last_word(text: &str) -> Option<&str> {
    let start = text.rfind(|c| !is_word_char(c));
    let start = start.map_or(0, |at| {
        at + text[at..].chars().next().map_or(1, char::len_utf8)
    });
    Some(&text[start..]).filter(|w| !w.is_empty())
}

fn skip_trivia(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let end = match text.as_bytes() {
            [b'/', b'/', ..] => text.find('\n'),
            [b'/', b'*', ..] => text.find("*/").map(|n| n + 2),
            _ => return text,
        };
        text = &text[end.unwrap_or(text.len())..];
    }
}

/// `text` without the white space and comments at its end. A `//` may be one of a comment or of a string: both ways.
fn before_trivia(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut text = text.trim_end();
    while let Some(start) = text.strip_suffix("*/").and_then(|t| t.rfind("/*")) {
        text = text[..start].trim_end();
    }
    out.push(text);
    let line = last_line(text);
    if let Some(comment) = line.find("//") {
        out.extend(before_trivia(&text[..text.len() - line.len() + comment]));
    }
    out
}

/// The words up to the `;` that ends a definition. None, if it gives no value.
fn words_of_definition(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut defines = false;
    loop {
        rest = skip_trivia(rest);
        if let Some((word, after)) = first_word(rest) {
            rest = after;
            if defines {
                out.push(word);
            }
            continue;
        }
        let Some(next) = rest.chars().next() else {
            return Vec::new();
        };
        match next {
            ';' => return out,
            '{' | '}' if !defines => return Vec::new(),
            '=' => defines = true,
            _ => {}
        }
        rest = &rest[next.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(text: &str) -> Workspace {
        let mut workspace = Workspace::default();
        workspace.files.push(super::super::workspace::SourceFile {
            path: "a.rs".into(),
            text: text.into(),
            package: None,
            language: Language::Rust,
            writable: true,
            example: None,
        });
        workspace
    }

    #[test]
    fn finds_renames_behind_comments() {
        let workspace = workspace(
            "use a::{Old as New, x, Old /* a */ // b\n /* c */ as /* d */ r#Other};\n\
             /// type of Old;\n\
             type Bus<T> = Arc</* ; */ Old>;\nimpl T for S { type Own = Option<Old>; type Not; }\n\
             fn f() { let u = \"http://x\"; Old as // why\n Cast; Old as u8; class; r#type = 1; }",
        );
        let found = renames(&workspace);
        assert_eq!(found["Old"], ["New", "Other", "Cast", "Bus", "Own"]);
        assert!(!found.contains_key("T"));
    }

    #[test]
    fn a_constant_in_a_header_hides_nothing() {
        let workspace = workspace(
            "impl Of<{ N }> for This {\n  fn other() {}\n}\nimpl\n  That\n{}\nfn f() -> impl Sized {}\n",
        );
        let found = impl_headers(&workspace);
        let words = &found.by_word;
        assert!(words.contains_key("This") && words.contains_key("That"));
        assert!(!words.contains_key("other"));
        assert_eq!(found.of_file[&FileId(0)].len(), 3);
    }

    #[test]
    fn a_star_is_one_of_an_import_before_what_ends_it() {
        for text in [
            "use a::*;",
            "use a::{b, * /* c */ , d};",
            "use {a::*}",
            "use *",
        ] {
            assert!(may_glob(text), "{text}");
        }
        for text in ["a * b", "*x = 1;", "&*const u8", "/** doc */", ""] {
            assert!(!may_glob(text), "{text}");
        }
    }

    #[test]
    fn an_import_says_what_is_before_its_semicolon() {
        let names = Places::of(["Bus", "Arc"]);
        for text in [
            "pub use a::Bus;",
            "use {x, a::{Arc as B}};",
            "pub use x::{ // a;b\n Bus };",
            "use x::{ /* ; */ Bus };",
            "use x as Bus",
        ] {
            assert!(imports_one(text, &names), "{text}");
        }
        for text in ["use x; Bus", "fn reuse() { Arc }", "r#use Bus"] {
            assert!(!imports_one(text, &names), "{text}");
        }
    }

    #[test]
    fn traits_are_told_by_their_names() {
        let workspace = workspace(
            "trait Has { fn name(); } unsafe trait r#Other { fn /* */ name(); } trait Not {} fn name() {} fn traits() {}",
        );
        let found = traits(&workspace);
        let having = |name: &str| -> Vec<&str> {
            let all = found.iter().filter(|t| t.declares(name));
            all.map(|t| t.name).collect()
        };
        assert_eq!(having("name"), ["Has", "Other"]);
        assert!(having("none").is_empty());
    }
}
