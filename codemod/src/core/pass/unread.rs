//! Code that stands in text, and is not read as Rust: what it uses keeps its slots, or is named.
//!
//! Belongs here: `/** … */` and `#[doc]`, examples that do not parse, what a build script writes. Does not: `///` and Markdown,
//! which are read (`examples`).

use std::collections::HashSet;

use memchr::memmem;
use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextSize};

use super::super::catalog;
use super::super::climb::Left;
use super::super::search;
use super::super::tree::FileTree;
use super::super::workspace::{FileId, Language, SourceFile, TargetKind};
use super::files::owner_name;
use super::infer::Infer;
use super::sites::{Sites, adt_name, is_of_trait};
use super::slots::{Function, SlotId, Slots, function_name};

/// How documentation starts that is not read as Rust.
const BLOCK_DOC: &[&str] = &["/**", "/*!", "doc"];

/// What a use of slots looks like in text.
struct Use {
    text: String,
    finder: memmem::Finder<'static>,
    slots: Vec<SlotId>,
}

impl Use {
    fn new(text: String, slots: Vec<SlotId>) -> Self {
        let finder = memmem::Finder::new(&text).into_owned();
        Self {
            text,
            finder,
            slots,
        }
    }

    /// A call of a function that has such slots.
    fn call(infer: &Infer<'_>, function: &Function, slots: Vec<SlotId>) -> Option<Self> {
        let name = function_name(&function.node).filter(|_| !slots.is_empty())?;
        let text = match owner_name(infer, function) {
            _ if function.has_self => format!(".{name}("),
            Some(owner) => format!("{owner}::{name}("),
            None => format!("{name}("),
        };
        Some(Self::new(text, slots))
    }

    fn is_in(&self, text: &str) -> bool {
        self.finder.find(text.as_bytes()).is_some()
    }
}

/// Marks the slots that such code uses. An example that nobody compiles marks none: it is noted for a finding.
pub(super) fn keep(infer: &Infer<'_>, slots: &mut Slots, sites: &mut Sites) {
    let shown = |f: &Function| {
        let params = f.params.iter().flatten().copied();
        Use::call(infer, f, params.chain(f.element).collect())
    };
    let calls: Vec<Use> = slots.functions.values().filter_map(shown).collect();
    for (i, source) in infer.index.workspace.files.iter().enumerate() {
        let file = FileId(i);
        if source.language != Language::Rust {
            continue;
        }
        if is_generator(infer, source) {
            keep_generated(infer, slots, file);
        }
        let says = |part: &str| search::says(&source.text, part);
        let has_doc = || BLOCK_DOC.iter().any(|d| says(d));
        if (source.example.is_none() && !(says("```") && has_doc()))
            || !calls.iter().any(|c| c.is_in(&source.text))
        {
            continue;
        }
        let Some(tree) = infer.index.tree(file) else {
            continue;
        };
        if source.example.is_none() {
            let opens = |t: &SyntaxToken| t.text().contains("```") && is_documentation(t);
            // an attribute may have a line of it
            let fenced: HashSet<SyntaxNode> = tokens(tree)
                .filter(opens)
                .filter_map(|t| documented(&t))
                .collect();
            let is_line =
                |t: &SyntaxToken| documented(t).is_some_and(|item| fenced.contains(&item));
            let docs = tokens(tree).filter(|t| opens(t) || (!fenced.is_empty() && is_line(t)));
            let texts = docs.map(|t| (t.text_range().start(), t.text().to_owned()));
            keep_in(infer, slots, file, texts, &calls, |call, place| {
                Left::new(
                    catalog::DOC_EXAMPLE,
                    format!("an example of the documentation calls `{call}…)` at {place}"),
                )
                .help("write it in `///` comments, then run again")
            });
        } else if tree.has_errors {
            let said = calls.iter().filter(|c| c.is_in(&source.text));
            let shown = said.flat_map(|c| &c.slots).map(|id| (file, *id));
            sites.shown.extend(shown);
        }
    }
}

/// What the strings and macros of a build script or procedural macro that writes code may use.
fn keep_generated(infer: &Infer<'_>, slots: &mut Slots, file: FileId) {
    let Some(tree) = infer.index.tree(file) else {
        return;
    };
    let calls = slots.functions.values();
    let calls = calls.filter_map(|f| Use::call(infer, f, f.slots().collect()));
    let literals = slots.adts.values().filter_map(|a| {
        let fields: Vec<SlotId> = a.fields.iter().flatten().copied().collect();
        let open = if a.tuple { "(" } else { " {" };
        let name = adt_name(&a.node).filter(|_| !fields.is_empty())?;
        Some(Use::new(format!("{name}{open}"), fields))
    });
    // a method of a trait may be written for a type
    let methods = slots.functions.values().filter(|f| is_of_trait(&f.node));
    let methods = methods.filter_map(|f| {
        let name = function_name(&f.node)?;
        Some(Use::new(format!("fn {name}("), f.slots().collect()))
    });
    let uses: Vec<Use> = calls.chain(literals).chain(methods).collect();
    let strings = tokens(tree).filter(|t| t.kind() == SyntaxKind::STRING);
    let strings = strings.map(|t| (t.text_range().start(), t.text().to_owned()));
    let inputs = tree.root.descendants().filter_map(ast::TokenTree::cast);
    let inputs = inputs.map(|i| {
        (
            i.syntax().text_range().start(),
            i.syntax().text().to_string(),
        )
    });
    let texts = strings.chain(inputs);
    keep_in(infer, slots, file, texts, &uses, |text, place| {
        Left::new(
            catalog::UNRESOLVED_CALL,
            format!("`{text}…` is written as code at {place}, which may use it"),
        )
        .help("change what is written there by hand")
    });
}

fn tokens(tree: &FileTree) -> impl Iterator<Item = SyntaxToken> {
    let elements = tree.root.descendants_with_tokens();
    elements.filter_map(|e| e.into_token())
}

/// Marks the slots of what is said in those texts, which start at those places.
fn keep_in(
    infer: &Infer<'_>,
    slots: &mut Slots,
    file: FileId,
    texts: impl Iterator<Item = (TextSize, String)>,
    uses: &[Use],
    left: impl Fn(&str, &str) -> Left,
) {
    for (at, text) in texts {
        let place = infer.index.place(file, at);
        for said in uses.iter().filter(|u| u.is_in(&text)) {
            for slot in &said.slots {
                slots.keep(*slot, left(&said.text, &place));
            }
        }
    }
}

/// What a string in an attribute documents.
fn documented(token: &SyntaxToken) -> Option<SyntaxNode> {
    let is_string = token.kind() == SyntaxKind::STRING;
    let mut around = token.parent_ancestors().filter(|_| is_string);
    around.find_map(ast::Attr::cast)?.syntax().parent()
}

/// Whether a token is documentation that is not read as Rust.
fn is_documentation(token: &SyntaxToken) -> bool {
    match token.kind() {
        SyntaxKind::COMMENT => token.text().starts_with("/*"),
        SyntaxKind::STRING => token
            .parent_ancestors()
            .any(|n| ast::Attr::can_cast(n.kind())),
        _ => false,
    }
}

/// Whether a file is a build script that writes files for its package, or has procedural macros.
fn is_generator(infer: &Infer<'_>, source: &SourceFile) -> bool {
    const MACROS: &[&str] = &["#[proc_macro", "proc_macro::", "proc_macro2::"];
    let writes = search::says(&source.text, "OUT_DIR");
    let Some(package) = source.package else {
        return false;
    };
    if MACROS.iter().any(|m| search::says(&source.text, m)) {
        return true;
    }
    let targets = &infer.index.workspace.package(package).targets;
    let mut scripts = targets.iter().filter(|t| t.kind == TargetKind::Build);
    writes && scripts.any(|t| t.root == source.path)
}
