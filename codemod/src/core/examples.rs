//! Code examples of documentation, as files of their own.
//!
//! Belongs here: finding the Rust blocks of doc comments and Markdown, and taking what was decided about one back to the
//! lines that it stands on. Does not: deciding; an example is a program like any other, as rustdoc makes it one.
//!
//! `/** … */` and `#[doc = "…"]` are not read: `docs` names what they show.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use ra_ap_parser::LexedStr;
use ra_ap_syntax::{Edition, SyntaxKind, TextRange, TextSize};

use super::api;
use super::edit::{self, Edit};
use super::search;
use super::skim::{Odd, Piece, Skim};
use super::workspace::{
    Example, ExampleLine, FileId, Language, Package, PackageId, SourceFile, TargetKind, Workspace,
    normalize,
};
use super::{ChangeSet, Plan};

/// What rustdoc puts around an example without a `main`.
const OPEN: &str = "fn main() {\n";
/// The same for one that nobody compiles, and that may await.
const OPEN_ASYNC: &str = "async fn main() {\n";
/// What one that nobody compiles need not say.
const COMMON: &str = "use std::sync::Arc;\n";

/// A line of documentation: where it starts in the file, where its text does, and where the next line starts.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    text: usize,
    end: usize,
}

/// Adds the examples of all files to the workspace, after its own files.
pub fn expand(workspace: &mut Workspace) {
    let included = included(workspace);
    let mut found = Vec::new();
    for (i, host) in workspace.files.iter().enumerate() {
        if !search::says(&host.text, "```") && !search::says(&host.text, "~~~") {
            continue;
        }
        let edition = host
            .package
            .map_or(Edition::Edition2021, |p| workspace.package(p).edition);
        let by = included.get(&FileId(i));
        let (runs, is_rustdoc) = match host.language {
            Language::Rust => (doc_comments(&host.text, edition), true),
            Language::Markdown => (vec![lines(&host.text, 0, host.text.len())], by.is_some()),
        };
        let in_lib =
            is_rustdoc && (host.language == Language::Markdown || is_of_lib(workspace, host));
        for run in runs {
            for block in blocks(&host.text, &run, is_rustdoc) {
                let package = by.copied().flatten().or(host.package);
                found.push(example(workspace, FileId(i), package, block, in_lib));
            }
        }
    }
    workspace.files.extend(found);
}

/// Markdown that documents an item, `#![doc = include_str!("../README.md")]`, with the package that has the item.
fn included(workspace: &Workspace) -> BTreeMap<FileId, Option<PackageId>> {
    let mut out = BTreeMap::new();
    for source in &workspace.files {
        if source.language != Language::Rust || !search::says(&source.text, "include_str!") {
            continue;
        }
        for (at, _) in source.text.match_indices("include_str!(\"") {
            let before = source.text[..at].lines().last().unwrap_or_default();
            let rest = &source.text[at + "include_str!(\"".len()..];
            let Some(path) = rest.split('"').next().filter(|_| before.contains("doc")) else {
                continue;
            };
            let path = normalize(&source.path.parent().unwrap_or(Path::new("")).join(path));
            let file = workspace.files.iter().position(|f| f.path == path);
            if let Some(file) = file {
                out.entry(FileId(file)).or_insert(source.package);
            }
        }
    }
    out
}

/// Whether rustdoc tests the examples of a file: those of libraries alone.
fn is_of_lib(workspace: &Workspace, host: &SourceFile) -> bool {
    let Some(package) = host.package.map(|p| workspace.package(p)) else {
        return false;
    };
    let lib = package.targets.iter().find(|t| t.kind == TargetKind::Lib);
    let own = |p: &Path| {
        package
            .targets
            .iter()
            .any(|t| t.kind != TargetKind::Lib && t.root == p)
    };
    lib.and_then(|l| l.root.parent())
        .is_some_and(|dir| host.path.starts_with(dir) && !own(&host.path))
}

fn lines(text: &str, from: usize, to: usize) -> Vec<Line> {
    let mut out = Vec::new();
    let mut start = from;
    while start < to {
        let end = text[start..to].find('\n').map_or(to, |n| start + n + 1);
        out.push(Line {
            start,
            text: start,
            end,
        });
        start = end;
    }
    out
}

/// The lines of each run of `///` or `//!` comments.
fn doc_comments(text: &str, edition: Edition) -> Vec<Vec<Line>> {
    let comments = skimmed(text).unwrap_or_else(|_| lexed(text, edition));
    let mut runs: Vec<Vec<Line>> = Vec::new();
    let mut last = "";
    let mut last_end = 0;
    for comment in comments {
        let between = &text[last_end..comment.start];
        last_end = comment.end;
        let token = &text[comment.clone()];
        let marker = match token.get(..3) {
            Some("///") if !token.starts_with("////") => "///",
            Some("//!") => "//!",
            _ => {
                last = "";
                continue;
            }
        };
        if !between.chars().all(is_blank) || between.matches('\n').count() > 1 {
            last = "";
        }
        let at = comment.start;
        let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let blank = usize::from(token[3..].starts_with(' '));
        let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
        let line = Line {
            start,
            text: at + 3 + blank,
            end,
        };
        match runs.last_mut().filter(|_| last == marker) {
            Some(run) => run.push(line),
            None => runs.push(vec![line]),
        }
        last = marker;
    }
    runs
}

/// Whether a character is white space to the lexer.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
    )
}

/// The comments of a text without anything odd.
fn skimmed(text: &str) -> Result<Vec<Range<usize>>, Odd> {
    let mut skim = Skim::new(text)?;
    let mut out = Vec::new();
    while let Some((piece, range)) = skim.next()? {
        if piece == Piece::Comment {
            out.push(range);
        }
    }
    Ok(out)
}

/// The comments of any text.
fn lexed(text: &str, edition: Edition) -> Vec<Range<usize>> {
    let lexed = LexedStr::new(edition, text);
    let comments = (0..lexed.len()).filter(|&i| lexed.kind(i) == SyntaxKind::COMMENT);
    comments.map(|i| lexed.text_range(i)).collect()
}

/// A fenced block of Rust.
struct Block {
    lines: Vec<Line>,
    /// The fence that closes it.
    close: Line,
    /// Whether rustdoc would compile it.
    compiled: bool,
}

fn blocks(text: &str, run: &[Line], is_rustdoc: bool) -> Vec<Block> {
    let mut out = Vec::new();
    let mut open: Option<(String, Option<bool>, Vec<Line>)> = None;
    for line in run {
        let content = text[line.text..line.end].trim();
        match open.take() {
            Some((fence, rust, lines)) if content.starts_with(&fence) && closes(content) => {
                if let Some(compiled) = rust {
                    out.push(Block {
                        lines,
                        close: *line,
                        compiled,
                    });
                }
            }
            Some((fence, rust, mut lines)) => {
                lines.push(*line);
                open = Some((fence, rust, lines));
            }
            None => {
                let mark = if content.starts_with("```") { '`' } else { '~' };
                let fence: String = content.chars().take_while(|c| *c == mark).collect();
                if fence.len() >= 3 {
                    let info = &content[fence.len()..];
                    open = Some((fence, rust(info, is_rustdoc), Vec::new()));
                }
            }
        }
    }
    out
}

fn closes(content: &str) -> bool {
    content.chars().all(|c| matches!(c, '`' | '~'))
}

/// Whether a block with these tags is Rust, and whether it is compiled. After rustdoc's `LangString`.
fn rust(info: &str, is_rustdoc: bool) -> Option<bool> {
    const PLAIN: &[&str] = &["rust", "rs", "no_run", "should_panic", "test_harness"];
    let mut tags = info
        .split([',', ' ', '\t', '{', '}'])
        .filter(|t| !t.is_empty())
        .peekable();
    let mut is_rust = is_rustdoc && tags.peek().is_none();
    let mut compiled = is_rustdoc;
    for tag in tags {
        match tag {
            "compile_fail" => return None,
            _ if PLAIN.contains(&tag)
                || tag.starts_with("edition")
                || tag.starts_with("standalone") =>
            {
                is_rust = is_rust || is_rustdoc || matches!(tag, "rust" | "rs");
            }
            _ if tag.starts_with("ignore") => {
                is_rust = is_rust || is_rustdoc;
                compiled = false;
            }
            _ if is_rust => {}
            _ => return None,
        }
    }
    is_rust.then_some(compiled)
}

/// The imports that a reader takes for granted: the bus, and the library that is documented.
fn prelude(workspace: &Workspace, package: Option<PackageId>) -> String {
    let mut out = COMMON.to_owned();
    let Some(package) = package.map(|p| workspace.package(p)) else {
        return out;
    };
    let bus = package
        .dependencies
        .iter()
        .find(|d| api::is_bus_package(&d.package));
    if let Some(bus) = bus {
        let name = &bus.extern_name;
        out.push_str(&format!(
            "use {name}::events::coordinator::GlobalEventCoordinator;\n"
        ));
    }
    if let Some(lib) = package.targets.iter().find(|t| t.kind == TargetKind::Lib) {
        out.push_str(&format!("use {}::*;\n", lib.name));
    }
    out
}

/// The package that an example of no package may be of: the one whose code can name most of the crates that it names.
fn naming(workspace: &Workspace, block: &str) -> Option<PackageId> {
    let names = |name: &String| search::says(block, name) && block.contains(&format!("{name}::"));
    let known = |package: &Package| {
        let targets = package.targets.iter();
        let own = targets.filter(|t| t.kind == TargetKind::Lib && names(&t.name));
        let others = package.dependencies.iter();
        let others: BTreeSet<&String> = (others.map(|d| &d.extern_name))
            .filter(|name| names(name))
            .collect();
        let own = own.count();
        (own + others.len(), own)
    };
    let packages = workspace.packages.iter().enumerate();
    let packages = packages.filter(|(_, p)| !p.name.is_empty());
    let named = packages.map(|(i, p)| (known(p), PackageId(i)));
    // the first of several
    let best = named.rev().max_by_key(|(known, _)| *known);
    best.filter(|((all, _), _)| *all > 0).map(|(_, p)| p)
}

fn example(
    workspace: &Workspace,
    host: FileId,
    package: Option<PackageId>,
    block: Block,
    in_lib: bool,
) -> SourceFile {
    let source = workspace.file(host);
    let compiled = block.compiled && in_lib;
    let shown = match block.lines.first() {
        Some(first) => &source.text[first.text..block.close.start],
        None => "",
    };
    let of_one = package.filter(|p| !workspace.package(*p).name.is_empty());
    let package = of_one.or_else(|| naming(workspace, shown)).or(package);
    let body = |line: &Line| {
        let content = &source.text[line.text..line.end];
        let blanks = content.len() - content.trim_start().len();
        // a hidden line; `##` is a `#` that is shown
        let rest = &content[blanks..];
        let hidden = (rest.starts_with("# ") || rest.trim_end() == "#") || rest.starts_with("##");
        let skip = if !hidden {
            0
        } else if rest.starts_with("# ") {
            blanks + 2
        } else {
            blanks + 1
        };
        line.text + skip
    };
    let has_main = block
        .lines
        .iter()
        .any(|l| source.text[l.text..l.end].contains("fn main"));
    let open = match (has_main, compiled) {
        (true, _) => "",
        (false, true) => OPEN,
        (false, false) => OPEN_ASYNC,
    };
    let mut text = match compiled {
        true => String::new(),
        false => prelude(workspace, package),
    };
    text.push_str(open);
    let mut lines = Vec::new();
    for line in &block.lines {
        let start = body(line);
        lines.push(ExampleLine {
            own: text.len(),
            host: start,
            line: line.start,
        });
        text.push_str(&source.text[start..line.end]);
    }
    lines.push(ExampleLine {
        own: text.len(),
        host: block.close.text,
        line: block.close.start,
    });
    if !has_main {
        text.push_str("}\n");
    }
    let number = source.text[..block.close.start].matches('\n').count();
    SourceFile {
        path: source.path.join(format!("{number}")),
        text: text.into(),
        package,
        language: Language::Rust,
        writable: source.writable,
        example: Some(Example {
            host,
            lines,
            compiled,
        }),
    }
}

impl Example {
    /// The line that an offset of the example is on. Code around the example belongs to its ends.
    fn line(&self, at: usize) -> usize {
        let known = self.lines.partition_point(|l| l.own <= at);
        known.saturating_sub(1)
    }

    /// An offset of the example in its host.
    pub(crate) fn to_host(&self, at: TextSize) -> TextSize {
        let at = usize::from(at);
        let line = self.lines[self.line(at)];
        let last = self.lines.len() - 1;
        let inside = match self.line(at) == last {
            true => 0,
            false => at.saturating_sub(line.own),
        };
        TextSize::try_from(line.host + inside).unwrap_or_default()
    }

    pub(crate) fn range_to_host(&self, range: TextRange) -> TextRange {
        let start = self.to_host(range.start());
        TextRange::new(start, self.to_host(range.end()).max(start))
    }

    /// An edit of the example as an edit of its host: each new line gets what starts the lines there.
    fn edit_to_host(&self, host: &str, edit: &Edit) -> Edit {
        let (start, end) = (
            usize::from(edit.range.start()),
            usize::from(edit.range.end()),
        );
        let (first, last) = (self.line(start), self.line(end));
        let lead = |i: usize| &host[self.lines[i].line..self.lines[i].host];
        let size = |at: usize| TextSize::try_from(at).unwrap_or_default();
        let at_start = self.lines[first].own >= start;
        let in_front = start < self.lines[0].own;
        if in_front || (at_start && self.lines[last].own == end) {
            // whole lines
            let lead = lead(first);
            let trimmed = edit.insert.trim_matches(['\r', '\n']);
            let text: String = match trimmed.is_empty() {
                true => String::new(),
                false => trimmed
                    .lines()
                    .map(|l| {
                        let l = if in_front { l.trim_start() } else { l };
                        format!("{}\n", format!("{lead}{l}").trim_end())
                    })
                    .collect(),
            };
            // an insertion in the middle of what stands there needs no line of its own
            if in_front || edit.insert.is_empty() || edit.insert.ends_with('\n') {
                let range =
                    TextRange::new(size(self.lines[first].line), size(self.lines[last].line));
                return Edit::replace(range, text);
            }
        }
        // what follows at the end has the lead that its own line had
        let mut pieces = edit.insert.split('\n').peekable();
        let mut insert = pieces.next().unwrap_or_default().to_owned();
        while let Some(piece) = pieces.next() {
            let follows = piece.is_empty() && pieces.peek().is_none();
            let line = match follows {
                true => lead(last).to_owned(),
                false => format!("{}{piece}", lead(first)).trim_end().to_owned(),
            };
            insert.push('\n');
            insert.push_str(&line);
        }
        Edit::replace(self.range_to_host(edit.range), insert)
    }
}

/// Takes what a plan says about examples to the files that they stand in. Gives the examples whose edits did not fit.
pub(crate) fn fold(workspace: &Workspace, plan: &mut Plan) -> Vec<FileId> {
    let example = |file: FileId| workspace.file(file).example.as_ref();
    for finding in &mut plan.findings {
        if let Some(it) = example(finding.file) {
            finding.range = it.range_to_host(finding.range);
            finding.file = it.host;
        }
    }
    for ChangeSet { file, range, .. } in &mut plan.change_sets {
        if let Some(it) = example(*file) {
            *range = it.range_to_host(*range);
            *file = it.host;
        }
    }
    let mut misfits = Vec::new();
    let of_examples: BTreeMap<FileId, Vec<Edit>> = plan
        .edits
        .extract_if(.., |file, _| example(*file).is_some())
        .collect();
    for (file, edits) in of_examples {
        let Some(it) = example(file) else { continue };
        let host = &workspace.file(it.host).text;
        let own = plan.edits.entry(it.host).or_default();
        let before = own.len();
        let gone = |e: &Edit| {
            own.iter()
                .any(|o| o.insert.is_empty() && o.range.contains_range(e.range))
        };
        // what a reader takes for granted is not there to be changed
        let said = |e: &&Edit| it.compiled || usize::from(e.range.start()) >= it.lines[0].own;
        let mapped: Vec<Edit> = edits
            .iter()
            .filter(said)
            .map(|e| it.edit_to_host(host, e))
            .filter(|e| !gone(e))
            .collect();
        own.extend(mapped);
        if edit::apply(host, own).is_err() {
            own.truncate(before);
            misfits.push(file);
        }
    }
    plan.edits.retain(|_, own| !own.is_empty());
    misfits
}
