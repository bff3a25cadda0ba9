//! Links of the documentation to what the edits take out of its scope, or away.
//!
//! Belongs here: reading the links of `///` and `//!` comments as rustdoc does. Does not: examples, prose. A link whose
//! import goes gets the path that the import had; one to an item that goes becomes plain text, with a finding.

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag, TagEnd};
use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use super::Plan;
use super::catalog;
use super::defs::{Entry, Index, ModuleId};
use super::edit::Edit;
use super::finding::Finding;
use super::imports;
use super::plan;
use super::resolve::{Def, Namespace};
use super::search;
use super::tree::FileTree;
use super::workspace::{FileId, Language};

/// Adds to a plan what its edits mean for links. Examples are still files of their own in it.
pub(crate) fn follow(index: &Index<'_>, plan: &mut Plan) {
    let gone = gone(index, plan);
    let mut found: Vec<(FileId, Link)> = Vec::new();
    for (i, source) in index.workspace.files.iter().enumerate() {
        let file = FileId(i);
        let is_code = source.language == Language::Rust && source.example.is_none();
        let edits = plan.edits.get(&file).map_or(&[][..], Vec::as_slice);
        let concerned =
            !edits.is_empty() || gone.iter().any(|g| search::says(&source.text, &g.name));
        if !is_code || !source.writable || !concerned || !may_link(&source.text) {
            continue;
        }
        let Some(tree) = index.tree(file) else {
            continue;
        };
        let links = links(&source.text, tree).into_iter();
        let stays = |l: &Link| edits.iter().all(|e| e.range.intersect(l.range).is_none());
        found.extend(links.filter(stays).map(|l| (file, l)));
    }
    // what no edit takes away, nor a glob that goes, is there as before
    let taken: Vec<&str> = (plan.edits.iter())
        .flat_map(|(file, own)| own.iter().map(|e| (*file, e)))
        .map(|(file, e)| &index.workspace.file(file).text[std::ops::Range::from(e.range)])
        .collect();
    let takes = |name: &str| taken.iter().any(|t| search::says(t, name));
    let globs = takes("*");
    found.retain(|(_, link)| globs || link.path.iter().any(|n| takes(n)));
    if found.is_empty() {
        return;
    }
    let workspace = plan::applied(index.workspace, &plan.edits);
    let edits = plan.edits.clone();
    let after = Index::after(&workspace, index, &edits);
    if after.modules.len() != index.modules.len() {
        return;
    }
    for (file, link) in found {
        let Some(module) = module_of(index, file, &link.of) else {
            continue;
        };
        let is_gone = gone.iter().any(|g| link.names(g));
        let lost = is_known(index, module, &link.path) && !is_known(&after, module, &link.path);
        if !is_gone && !lost {
            continue;
        }
        let path = path_of(index, file, module, &link.path)
            .filter(|path| !is_gone && !ends_in_nothing(&after, module, path));
        let told = path.is_none() || link.edit(path.as_deref()).is_none();
        if told {
            let name = link.path.join("::");
            let message = format!("documentation links to `{name}`, which it no longer reaches");
            plan.findings.push(
                Finding::new(catalog::DOC_LINK, file, link.range, message)
                    .with_help("word it anew"),
            );
        }
        let own = plan.edits.entry(file).or_default();
        own.extend(link.edit(path.as_deref()));
    }
}

/// A function of an impl block or trait, or a field, that the edits delete.
struct Gone {
    owner: String,
    name: String,
}

fn gone(index: &Index<'_>, plan: &Plan) -> Vec<Gone> {
    let mut out = Vec::new();
    for (file, edits) in &plan.edits {
        let source = index.workspace.file(*file);
        let Some(tree) = index.tree(*file).filter(|_| source.example.is_none()) else {
            continue;
        };
        for edit in edits {
            let tokens = tree.root.covering_element(edit.range);
            let Some(around) = tokens.ancestors().next() else {
                continue;
            };
            let items = around.descendants();
            let items =
                items.filter(|n| matches!(n.kind(), SyntaxKind::FN | SyntaxKind::RECORD_FIELD));
            out.extend(items.filter_map(|n| {
                let name = n.children().find_map(ast::Name::cast)?;
                // a comment in front of it may stay
                let own = TextRange::new(name.syntax().text_range().start(), n.text_range().end());
                let goes = edit.range.contains_range(own);
                let owner = owner(&n).filter(|_| goes)?;
                let name = name.text().to_string();
                Some(Gone { owner, name })
            }));
        }
    }
    out
}

/// The name of the type or trait that a function or a field is one of.
fn owner(node: &SyntaxNode) -> Option<String> {
    node.ancestors().skip(1).find_map(|n| {
        let of_impl = ast::Impl::cast(n.clone()).map(|it| match it.self_ty() {
            Some(ast::Type::PathType(t)) => Some(t.path()?.segment()?.name_ref()?.text().into()),
            _ => None,
        });
        let named = || ast::Adt::cast(n.clone())?.name();
        let of_trait = || ast::Trait::cast(n.clone())?.name();
        of_impl.or_else(|| {
            let name = named().or_else(of_trait)?;
            Some(Some(name.text().to_string()))
        })
    })?
}

/// A link to an item.
struct Link {
    /// The whole of it.
    range: TextRange,
    /// What is shown, if that is on one line.
    shown: Option<String>,
    /// Where the text is, with its brackets, or the path in a definition (`[text]: path`).
    part: TextRange,
    is_definition: bool,
    path: Vec<String>,
    /// The item or the file that the comment stands in.
    of: SyntaxNode,
}

impl Link {
    fn names(&self, gone: &Gone) -> bool {
        let [.., owner, name] = self.path.as_slice() else {
            return false;
        };
        let own = || owner_at(&self.of).as_ref() == Some(&gone.owner);
        gone.name == *name && (gone.owner == *owner || (owner == "Self" && own()))
    }

    /// The link with another path; without one, its text alone.
    fn edit(&self, path: Option<&str>) -> Option<Edit> {
        let shown = self.shown.as_ref()?;
        match path {
            Some(path) if self.is_definition => Some(Edit::replace(self.part, path)),
            Some(path) => {
                let rest = TextRange::new(self.part.end(), self.range.end());
                Some(Edit::replace(rest, format!("({path})")))
            }
            None if self.is_definition => None,
            None => Some(Edit::replace(self.range, shown.clone())),
        }
    }
}

/// The name of the type that documentation calls `Self`.
fn owner_at(node: &SyntaxNode) -> Option<String> {
    let own = ast::Adt::cast(node.clone()).and_then(|it| it.name());
    own.map(|n| n.text().to_string()).or_else(|| owner(node))
}

/// Whether any line of documentation has a bracket.
fn may_link(text: &str) -> bool {
    text.lines().any(|l| {
        let line = l.trim_start();
        (line.starts_with("///") || line.starts_with("//!")) && line.contains('[')
    })
}

/// The links to items in the line comments of the documentation.
fn links(text: &str, tree: &FileTree) -> Vec<Link> {
    let mut blocks: Vec<Vec<SyntaxToken>> = Vec::new();
    let comments = tree.root.descendants_with_tokens();
    let comments = comments
        .filter_map(|e| e.into_token())
        .filter(|t| t.kind() == SyntaxKind::COMMENT && (is_line(t, "///") || is_line(t, "//!")));
    for token in comments {
        let goes_on = blocks.last().and_then(|b| b.last()).is_some_and(|last| {
            last.parent() == token.parent() && last.text()[..3] == token.text()[..3]
        });
        match blocks.last_mut() {
            Some(block) if goes_on => block.push(token),
            _ => blocks.push(vec![token]),
        }
    }
    let linking = blocks
        .iter()
        .filter(|b| b.iter().any(|t| t.text().contains('[')));
    linking.flat_map(|b| links_in(text, b)).collect()
}

fn is_line(token: &SyntaxToken, prefix: &str) -> bool {
    token.text().starts_with(prefix) && !token.text().starts_with("////")
}

fn links_in(text: &str, block: &[SyntaxToken]) -> Vec<Link> {
    let mut markdown = String::new();
    // where the lines begin in the Markdown, and in the source
    let mut lines: Vec<(usize, usize)> = Vec::new();
    for token in block {
        lines.push((markdown.len(), usize::from(token.text_range().start()) + 3));
        markdown.push_str(token.text()[3..].trim_end_matches('\r'));
        markdown.push('\n');
    }
    let source = |at: usize| {
        let (own, start) = lines[lines.partition_point(|(own, _)| *own <= at) - 1];
        TextSize::try_from(start + at - own).unwrap_or_default()
    };
    let range = |r: &std::ops::Range<usize>| {
        // the end of a line belongs to it
        let last = source(r.end.max(r.start + 1) - 1) + TextSize::from(1);
        TextRange::new(source(r.start), last)
    };
    let Some(of) = block[0].parent() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let mut unresolved =
        |link: BrokenLink<'_>| Some((link.reference.to_string().into(), "".into()));
    let mut parser =
        Parser::new_with_broken_link_callback(&markdown, Options::empty(), Some(&mut unresolved))
            .into_offset_iter();
    let mut texts: Vec<(LinkType, String, std::ops::Range<usize>, Option<usize>)> = Vec::new();
    for (event, at) in parser.by_ref() {
        match event {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => texts.push((link_type, dest_url.to_string(), at, None)),
            Event::End(TagEnd::Link) => {
                let Some((kind, dest, whole, end)) = texts.pop() else {
                    continue;
                };
                let is_own = matches!(
                    kind,
                    LinkType::Inline
                        | LinkType::ShortcutUnknown
                        | LinkType::CollapsedUnknown
                        | LinkType::ReferenceUnknown
                );
                let empty =
                    kind == LinkType::CollapsedUnknown && markdown[whole.end..].starts_with("[]");
                let whole = whole.start..whole.end + if empty { 2 } else { 0 };
                let inner = whole.start + 1..end.unwrap_or(whole.start + 1);
                let closed = markdown[inner.end..].starts_with(']');
                if let Some(path) = item_path(&dest).filter(|_| is_own && closed) {
                    let shown = markdown[inner.clone()].to_owned();
                    let one_line = !markdown[whole.clone()].contains('\n');
                    out.push(Link {
                        range: range(&whole),
                        shown: Some(shown).filter(|_| one_line),
                        part: range(&(whole.start..inner.end + 1)),
                        is_definition: false,
                        path,
                        of: of.clone(),
                    });
                }
            }
            _ => {
                if let Some(last) = texts.last_mut() {
                    last.3 = Some(at.end);
                }
            }
        }
    }
    for (_, definition) in parser.reference_definitions().iter() {
        let span = definition.span.clone();
        let at = markdown[span.clone()].find("]:").and_then(|label| {
            let rest = &markdown[span.start + label..span.end];
            Some(span.start + label + rest.find(definition.dest.as_ref())?)
        });
        if let (Some(path), Some(at)) = (item_path(&definition.dest), at) {
            out.push(Link {
                range: range(&span),
                shown: Some(String::new()).filter(|_| !markdown[span].contains('\n')),
                part: range(&(at..at + definition.dest.len())),
                is_definition: true,
                path,
                of: of.clone(),
            });
        }
    }
    out.retain(|l| text.get(std::ops::Range::<usize>::from(l.range)).is_some());
    out
}

/// The path that a destination is, without the code quotes and the hint of its kind.
fn item_path(destination: &str) -> Option<Vec<String>> {
    let path = destination.trim().trim_matches('`').trim();
    let path = path.split_once('@').map_or(path, |(_, path)| path);
    let path = path.trim_end_matches("()").trim_end_matches('!');
    let is_name = |s: &str| {
        let starts = s.starts_with(|c: char| c.is_alphabetic() || c == '_');
        starts && s.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let names: Vec<String> = path.split("::").map(str::to_owned).collect();
    names.iter().all(|n| is_name(n)).then_some(names)
}

/// The module in whose scope a comment's links are looked up.
fn module_of(index: &Index<'_>, file: FileId, of: &SyntaxNode) -> Option<ModuleId> {
    // what stands before a module is about it, and in the one around it
    let of = match of.kind() {
        SyntaxKind::MODULE => of.parent()?,
        _ => of.clone(),
    };
    index.module_of(file, &of)
}

/// Whether a path, or all but the last of it, leads anywhere.
fn is_known(index: &Index<'_>, module: ModuleId, path: &[String]) -> bool {
    let Some(node) = index.module_node(module) else {
        return false;
    };
    let file = index.modules[module.0].file;
    let known = |names: &[String], ns| index.resolve(file, &node, names, false, ns) != Def::Unknown;
    let of = path.split_last().map_or(&[][..], |(_, of)| of);
    known(path, Namespace::Type) || known(path, Namespace::Value) || known(of, Namespace::Type)
}

/// Whether a path leads to a module of the workspace that does not have its last name.
fn ends_in_nothing(index: &Index<'_>, module: ModuleId, path: &str) -> bool {
    let names: Vec<String> = path.split("::").map(str::to_owned).collect();
    let (Some(node), Some((_, of))) = (index.module_node(module), names.split_last()) else {
        return false;
    };
    let file = index.modules[module.0].file;
    let def = |names: &[String], ns| index.resolve(file, &node, names, false, ns);
    let mut spaces = [Namespace::Type, Namespace::Value].into_iter();
    matches!(def(of, Namespace::Type), Def::Module(_))
        && spaces.all(|ns| def(&names, ns) == Def::Unknown)
}

/// The path that leads to the same without the import that the first name came through.
fn path_of(index: &Index<'_>, file: FileId, module: ModuleId, path: &[String]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    let scope = index.module_scope(module)?;
    let imported = scope.entries.get(first).into_iter().flatten();
    let import = imported.into_iter().find_map(|e| match e {
        Entry::Import(import) => Some(import.segments.clone()),
        _ => None,
    });
    let own = import.or_else(|| {
        let node = index.module_node(module)?;
        let names = std::slice::from_ref(first);
        match index.resolve(file, &node, names, false, Namespace::Type) {
            Def::Bus(inside) => {
                let root = imports::bus_root(index, file, &node)?;
                Some([vec![root], inside].concat())
            }
            Def::External(path) => Some(path),
            _ => None,
        }
    })?;
    Some([&own[..], rest].concat().join("::"))
}
