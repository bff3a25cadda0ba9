//! Structs and variants with named fields that lose all of them, and their braces with them.

use std::collections::BTreeSet;

use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasGenericParams};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::super::super::edit::Edit;
use super::super::super::search::{self, Places};
use super::super::super::tree;
use super::super::super::workspace::FileId;
use super::super::detours::has_comment;
use super::super::sites::List;
use super::super::slots::{Adt, SlotId};
use super::super::{Key, is_quiet, key_of};
use super::Writer;

/// Those whose braces go, and the fields that they had.
#[derive(Debug, Default)]
pub(super) struct Units {
    adts: BTreeSet<Key>,
    fields: BTreeSet<SlotId>,
    names: BTreeSet<String>,
}

impl Writer<'_, '_> {
    /// Finds them.
    pub(super) fn units(&mut self) {
        for (key, adt) in &self.slots.adts {
            let removed = |f: &Option<SlotId>| f.is_some_and(|s| self.decision.removed(s));
            let gone = !adt.fields.is_empty() && adt.fields.iter().all(removed);
            if gone && !adt.tuple && self.may_be_unit(adt).is_some() {
                let name = adt.node.children().find_map(ast::Name::cast);
                self.units.adts.insert(*key);
                self.units.names.extend(name.map(|n| n.text().to_string()));
                self.units.fields.extend(adt.fields.iter().flatten());
            }
        }
    }

    fn may_be_unit(&self, adt: &Adt) -> Option<()> {
        const DERIVES: &[&str] = &[
            "Clone",
            "Copy",
            "Debug",
            "Eq",
            "Hash",
            "Ord",
            "PartialEq",
            "PartialOrd",
        ];
        const OTHERS: &[&str] = &["allow", "cfg", "doc", "expect", "must_use"];
        let index = self.infer.index;
        let tree = self.tree(adt.file)?;
        let item = match adt.node.kind() {
            SyntaxKind::VARIANT => adt.node.ancestors().find_map(ast::Enum::cast)?.into(),
            _ => ast::Adt::Struct(ast::Struct::cast(adt.node.clone())?),
        };
        let named = adt.node.children().find_map(ast::Name::cast)?;
        let name = named.text().to_string();
        let mut lists = adt.node.children();
        let list = lists.find(|n| ast::RecordFieldList::can_cast(n.kind()))?;
        let around = TextRange::new(tree.range(named.syntax()).end(), tree.range(&list).end());
        let source = self.source(adt.file);
        let text = source[around]
            .lines()
            .filter(|l| !l.trim_start().starts_with("///"));
        let plain = item.generic_param_list().is_none()
            && item.where_clause().is_none()
            && name.starts_with(char::is_uppercase)
            && !matches!(name.as_str(), "Err" | "None" | "Ok" | "Some")
            && item.attrs().all(|a| is_quiet(&a, DERIVES, OTHERS))
            && !text.into_iter().any(has_comment);
        plain.then_some(())?;
        let is_variant = adt.node.kind() == SyntaxKind::VARIANT;
        for file in search::saying(index.workspace, &name) {
            let text = &index.workspace.file(file).text;
            let mut places = Places::of([&name]).find(text)?;
            let end = |at: &TextSize| usize::from(*at) + name.len();
            places.retain(|at| search::is_word(text, usize::from(*at), name.len()));
            let said = |at: &TextSize| (&text[..usize::from(*at)], &text[end(at)..]);
            let mut all = places.iter().map(said);
            let stays = match is_variant {
                true => all.any(|(_, behind)| is_opened(behind)),
                false => all.any(|(before, behind)| is_value(before, behind)),
            };
            if stays || self.is_other_value(file, &name, &places, is_variant)? {
                return None;
            }
        }
        Some(())
    }

    /// Whether a name may be that of another value in a file: of a variable, of a variant that a glob brings, or of what a
    /// macro makes of it.
    fn is_other_value(
        &self,
        file: FileId,
        name: &str,
        places: &[TextSize],
        is_variant: bool,
    ) -> Option<bool> {
        let tree = self.tree(file)?;
        let mut read = BTreeSet::new();
        let names = |n: &SyntaxNode| matches!(n.kind(), SyntaxKind::NAME | SyntaxKind::NAME_REF);
        let nodes = tree.around(Some(places)).into_iter();
        for node in nodes.filter(|n| names(n) && n.text() == name) {
            let other = match node.kind() {
                SyntaxKind::NAME => match node.parent().map(|p| p.kind()) {
                    Some(SyntaxKind::IDENT_PAT) => true,
                    Some(SyntaxKind::VARIANT) => !is_variant,
                    _ => false,
                },
                _ => {
                    let call = tree.ancestors(&node).find_map(ast::MacroCall::cast);
                    call.is_some_and(|c| !takes_expressions(&c))
                }
            };
            if other {
                return Some(true);
            }
            read.insert(tree.range(&node).start());
        }
        // the input of a macro that is not read as Rust
        let mut rest = places.iter().filter(|at| !read.contains(*at));
        Some(rest.any(|at| {
            let token = tree.root.token_at_offset(*at).right_biased();
            token.is_some_and(|t| t.text() == name)
        }))
    }

    /// `struct X { … }` is `struct X;`: whether a list of fields is that of one.
    pub(super) fn unit_definition(&mut self, file: FileId, list: &SyntaxNode) -> bool {
        let Some((tree, adt)) = self.tree(file).zip(list.parent()) else {
            return false;
        };
        let key = key_of(self.infer.index, file, &adt);
        let name = adt.children().find_map(ast::Name::cast);
        let Some(name) = name.filter(|_| self.units.adts.contains(&key)) else {
            return false;
        };
        let end = match adt.kind() {
            SyntaxKind::VARIANT => "",
            _ => ";",
        };
        let start = tree.range(name.syntax()).end();
        let range = TextRange::new(start, tree.range(list).end());
        self.push(file, Edit::replace(range, end.to_owned()));
        true
    }

    /// `X { … }` is `X`: whether a list builds one, or takes it apart.
    pub(super) fn unit_use(&mut self, list: &List, gone: usize) -> bool {
        let is_one = list
            .entries
            .iter()
            .any(|(_, slot)| self.units.fields.contains(slot));
        let Some(tree) = self.tree(list.file).filter(|_| is_one) else {
            return false;
        };
        let path = list
            .node
            .parent()
            .and_then(|p| p.children().find_map(ast::Path::cast));
        let (Some(path), true) = (path, list.node.children().count() == gone) else {
            return false;
        };
        // an alias, or another name of an import, is no value
        let name = path.segment().map(|s| s.syntax().text().to_string());
        if !name.is_some_and(|n| n == "Self" || self.units.names.contains(&n)) {
            return false;
        }
        let start = tree.range(path.syntax()).end();
        let range = TextRange::new(start, tree.range(&list.node).end());
        if has_comment(&self.source(list.file)[range]) {
            return false;
        }
        self.push(list.file, Edit::delete(range));
        true
    }
}

/// Whether a macro is given expressions, and no more.
fn takes_expressions(call: &ast::MacroCall) -> bool {
    tree::macro_name(call).is_some_and(|n| {
        tree::formats(n.text()) || tree::evaluates_in_place(n.text()) || n.text() == "vec"
    })
}

/// Whether a pattern takes a variant for whatever is in it: clippy wants no braces there.
fn is_opened(behind: &str) -> bool {
    let inner = behind.trim_start().strip_prefix('{');
    inner.is_some_and(|i| i.trim_start().starts_with(".."))
}

/// Whether a name is that of another value, or clippy would want a value made by it.
fn is_value(before: &str, behind: &str) -> bool {
    const BEFORE: &[&str] = &["Default for ", "const ", "fn ", "static ", "type "];
    BEFORE.iter().any(|b| before.ends_with(b))
        || behind.starts_with("::default(")
        || behind.starts_with(" as ")
}
