//! Tuple structs that have slots: which names may lead to a value of one.
//!
//! `.1` says nothing about whose field it is. A file can only read one by position if it names the type, or a function,
//! field or variable whose type mentions it.

use std::collections::{BTreeSet, HashMap};

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::super::search;
use super::infer::{Infer, item_name};
use super::sites::adt_name;
use super::slots::Slots;

/// For each tuple struct or variant with slots, by its name.
#[derive(Default)]
pub(super) struct Tuples {
    /// The names that lead to it.
    leading: HashMap<String, BTreeSet<String>>,
    /// What imports call it.
    renamed: HashMap<String, BTreeSet<String>>,
}

impl Tuples {
    pub(super) fn new(infer: &Infer<'_>, slots: &Slots) -> Self {
        let mut out = Self::default();
        for adt in slots.adts.values().filter(|a| a.tuple) {
            let Some(name) = adt_name(&adt.node) else {
                continue;
            };
            if ast::Struct::can_cast(adt.node.kind()) {
                let leading = out.leading.entry(name.clone());
                leading.or_insert_with_key(|name| leading_to(infer, name));
            }
            let renamed = out.renamed.entry(name);
            renamed.or_insert_with_key(|name| renames(infer, name));
        }
        out
    }

    /// Whether a struct or variant of that name may be called by another.
    pub(super) fn may_be_called(&self, own: &str, name: &str) -> bool {
        own == name || self.renamed.get(own).is_some_and(|r| r.contains(name))
    }

    /// What a struct or variant of that name is called, its own name first.
    pub(super) fn calling<'n>(&'n self, own: &'n str) -> impl Iterator<Item = &'n str> {
        let others = self.renamed.get(own).into_iter().flatten();
        std::iter::once(own).chain(others.map(String::as_str))
    }

    /// The names that lead to a struct of that name, its own first.
    pub(super) fn naming<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n str> {
        let others = self
            .leading
            .get(name)
            .into_iter()
            .flatten()
            .map(String::as_str);
        std::iter::once(name).chain(others)
    }
}

/// What imports call an item of that name.
fn renames(infer: &Infer<'_>, name: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for file in search::saying(infer.index.workspace, name) {
        let text = &infer.index.workspace.file(file).text;
        for (at, _) in text.match_indices(name) {
            let behind = text[at + name.len()..].trim_start().strip_prefix("as ");
            out.extend(
                behind
                    .and_then(|b| search::words(b).next())
                    .map(str::to_owned),
            );
        }
    }
    out
}

fn leading_to(infer: &Infer<'_>, name: &str) -> BTreeSet<String> {
    // a type that holds one or gives one stands for it
    let mut types = vec![name.to_owned()];
    let mut out = BTreeSet::new();
    let mut at = 0;
    while at < types.len() {
        let name = types[at].clone();
        at += 1;
        for file in search::saying(infer.index.workspace, &name) {
            let Some(tree) = infer.index.tree(file) else {
                continue;
            };
            let mentions = tree
                .root
                .descendants()
                .filter_map(ast::NameRef::cast)
                .filter(|n| n.text() == name.as_str());
            for mention in mentions {
                match carrier(mention.syntax()) {
                    Some(Carrier::Type(t)) => {
                        if !types.contains(&t) {
                            types.push(t.clone());
                        }
                        out.insert(t);
                    }
                    Some(Carrier::Value(v)) => {
                        out.insert(v);
                    }
                    None => {}
                }
            }
        }
    }
    out
}

enum Carrier {
    Type(String),
    Value(String),
}

/// What gives a value of a type that is mentioned in its definition.
fn carrier(mention: &SyntaxNode) -> Option<Carrier> {
    let text = |n: Option<ast::Name>| n.map(|n| n.text().to_string());
    for node in mention.ancestors() {
        return match node.kind() {
            SyntaxKind::RET_TYPE => {
                let function = ast::Fn::cast(node.parent()?)?;
                text(function.name()).map(Carrier::Value)
            }
            SyntaxKind::RECORD_FIELD => {
                text(ast::RecordField::cast(node)?.name()).map(Carrier::Value)
            }
            SyntaxKind::STATIC => text(ast::Static::cast(node)?.name()).map(Carrier::Value),
            SyntaxKind::CONST => text(ast::Const::cast(node)?.name()).map(Carrier::Value),
            SyntaxKind::USE_TREE => {
                let rename = ast::UseTree::cast(node)?.rename()?;
                text(rename.name()).map(Carrier::Type)
            }
            SyntaxKind::TUPLE_FIELD => {
                let item = node.ancestors().find(|n| ast::Item::can_cast(n.kind()))?;
                item_name(&item).map(Carrier::Type)
            }
            SyntaxKind::TYPE_ALIAS => match node.ancestors().find_map(ast::Impl::cast) {
                // `Target`, `Item`, `Output` of what implements it
                Some(block) => {
                    let of = block.self_ty()?;
                    let names = of.syntax().descendants().filter_map(ast::NameRef::cast);
                    names.last().map(|n| Carrier::Type(n.text().to_string()))
                }
                None => text(ast::TypeAlias::cast(node)?.name()).map(Carrier::Type),
            },
            SyntaxKind::STMT_LIST | SyntaxKind::PARAM => None,
            _ => continue,
        };
    }
    None
}
