//! Modules of which the edits leave nothing.
//!
//! Belongs here: taking out those that are written in place, and telling of files. Does not: what empties them.

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, AstNode, HasName, HasVisibility};
use ra_ap_syntax::{NodeOrToken, SyntaxToken, TextRange, TextSize};

use super::catalog;
use super::defs::Index;
use super::edit::{self, Edit};
use super::finding::Finding;
use super::layout;
use super::search;
use super::tree::FileTree;
use super::workspace::{FileId, Language};

/// Adds the edits that take out private modules with nothing left between their braces, where nothing names them.
pub(crate) fn modules(index: &Index<'_>, edits: &mut BTreeMap<FileId, Vec<Edit>>) {
    for file in edits.keys().copied().collect::<Vec<_>>() {
        let source = index.workspace.file(file);
        let Some(tree) = index.tree(file).filter(|_| source.example.is_none()) else {
            continue;
        };
        let places = search::keywords(&source.text, "mod");
        let around = tree.outside_macros(&places).into_iter();
        let all = around.filter_map(ast::Module::cast);
        // those inside of others first
        for module in all.collect::<Vec<_>>().into_iter().rev() {
            let goes = is_emptied(&source.text, &module, &edits[&file])
                && module.visibility().is_none()
                && !is_named(index, file, &module, edits);
            if goes {
                let own = edits.entry(file).or_default();
                let range = module.syntax().text_range();
                let lines = layout::with_blank_line(&source.text, range);
                own.retain(|e| !lines.contains_range(e.range));
                let before = own.clone();
                own.push(Edit::delete(lines));
                if edit::apply(&source.text, own).is_err() {
                    *own = before;
                }
            }
        }
    }
}

/// Whether edits leave nothing between the braces of a module, and took something.
fn is_emptied(text: &str, module: &ast::Module, edits: &[Edit]) -> bool {
    let braces = module.item_list();
    let Some((open, close)) = braces.and_then(|l| Some((l.l_curly_token()?, l.r_curly_token()?)))
    else {
        return false;
    };
    let inside = TextRange::new(open.text_range().end(), close.text_range().start());
    let (own, across): (Vec<&Edit>, Vec<&Edit>) = edits
        .iter()
        .filter(|e| e.range.intersect(inside).is_some())
        .partition(|e| inside.contains_range(e.range));
    let moved = own.iter().map(|e| Edit {
        range: e.range - inside.start(),
        insert: e.insert.clone(),
    });
    let moved: Vec<Edit> = moved.collect();
    let left = edit::apply(&text[inside], &moved);
    across.is_empty() && !moved.is_empty() && left.is_ok_and(|t| t.trim().is_empty())
}

/// Whether code that stays says the name of a module.
fn is_named(
    index: &Index<'_>,
    file: FileId,
    module: &ast::Module,
    edits: &BTreeMap<FileId, Vec<Edit>>,
) -> bool {
    let Some(name) = module.name() else {
        return true;
    };
    let package = index.workspace.file(file).package;
    let own = module.syntax().text_range();
    let files = index.workspace.files.iter().enumerate();
    let mut files =
        files.filter(|(_, f)| f.package == package && search::says(&f.text, name.text()));
    files.any(|(i, _)| {
        let at = FileId(i);
        let edits = edits.get(&at).map_or(&[][..], Vec::as_slice);
        let gone = |r: TextRange| {
            edits.iter().any(|e| e.range.contains_range(r)) || (at == file && own.contains_range(r))
        };
        let says = |tree: &FileTree| {
            let tokens = tree.root.descendants_with_tokens();
            let mut tokens = tokens.filter_map(NodeOrToken::into_token);
            tokens.any(|t| t.text() == name.text() && !gone(t.text_range()) && may_be_module(&t))
        };
        let comes = |e: &Edit| search::says(&e.insert, &format!("{}::", name.text()));
        index.tree(at).is_none_or(says) || edits.iter().any(comes)
    })
}

/// Whether a name may be that of a module: in an import, or where a path goes on behind it.
fn may_be_module(token: &SyntaxToken) -> bool {
    let next = std::iter::successors(token.next_token(), SyntaxToken::next_token);
    let mut next = next.skip_while(|t| t.kind().is_trivia());
    next.next().is_none_or(|t| t.text().starts_with(':'))
        || token
            .parent_ancestors()
            .any(|n| ast::Use::can_cast(n.kind()))
}

/// What to tell of a file that edits empty, but for comments. `None`: they do not, or nothing declares it.
pub(crate) fn told(index: &Index<'_>, file: FileId, edits: &[Edit]) -> Option<Finding> {
    let source = index.workspace.file(file);
    // most of it stays
    let gone: usize = edits.iter().map(|e| usize::from(e.range.len())).sum();
    if gone * 4 < source.text.len() {
        return None;
    }
    let after = edit::apply(&source.text, edits).ok()?;
    let mut lines = after.lines().map(str::trim);
    if !lines.all(|l| l.is_empty() || l.starts_with("//")) {
        return None;
    }
    let module = index.module_of(file, &index.tree(file)?.root)?;
    let is_declared = index.modules[module.0].parent.is_some();
    let code = source.language == Language::Rust && source.example.is_none() && is_declared;
    let message = "nothing is left of this file";
    let first = TextRange::up_to(TextSize::of(source.text.lines().next()?));
    code.then(|| {
        Finding::new(catalog::LEAVES_UNUSED, file, first, message)
            .with_help("remove it, with the `mod` that declares it")
    })
}
