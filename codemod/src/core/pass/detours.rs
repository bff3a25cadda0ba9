//! What leads coordinators past what the passing follows, and can be written otherwise first: structs that hold nothing else
//! (`wrappers`), statics that are read where they are used (`statics`), functions that do more than give one (`results`), what
//! leads to the coordinator of a struct alone (`contexts`), what stands in for a `None` (`fallbacks`), and patterns that look into
//! an `Option` (`patterns`).
//!
//! Belongs here: what is known of one, and whether a plan takes it. Does not: finding them, deciding which slots go. What
//! is written first is for what goes, and is never seen.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxNode, T, TextRange, TextSize};

use super::super::catalog;
use super::super::defs::{Index, ModuleId};
use super::super::edit::{self, Edit};
use super::super::finding::{Finding, FindingId};
use super::super::imports;
use super::super::options::Options;
use super::super::search;
use super::super::tree::FileTree;
use super::super::workspace::FileId;
use super::contexts::{self, Context};
use super::fallbacks;
use super::infer::Infer;
use super::sites::Sites;
use super::slots::{Slot, Slots};
use super::{Key, patterns, results, statics, suppress, wrappers};

/// A struct or static that goes, if all that is written in its place does.
#[derive(Debug, Clone)]
pub(crate) struct Detour {
    pub(crate) file: FileId,
    pub(crate) name: String,
    /// The item.
    pub(crate) range: TextRange,
    pub(super) key: Key,
    /// How much it depends on what becomes of others.
    pub(crate) rank: usize,
    /// How many slots go with it that the passing does not see.
    pub(crate) slots: usize,
    /// Its change, in words, where none of the slots is it.
    pub(crate) title: Option<String>,
    /// What there is to tell if it goes.
    pub(crate) findings: Vec<Finding>,
    /// The field that it becomes an alias of the type of.
    pub(crate) holds: Option<String>,
    /// Where the workspace may say its name.
    pub(super) said: Vec<(FileId, TextRange)>,
    /// What is written first.
    pub(super) edits: Vec<(FileId, Edit)>,
    /// The names that these bring.
    pub(crate) brings: Vec<String>,
    /// What else they bring that no plan may leave.
    pub(super) forbids: Option<String>,
    /// What is read for what leads there.
    pub(crate) context: Option<Context>,
}

/// What the passing finds in a workspace.
pub(super) struct Found<'f, 'a> {
    pub(super) infer: &'f Infer<'a>,
    pub(super) slots: &'f Slots,
    pub(super) sites: &'f Sites,
}

impl Detour {
    pub(super) fn new(file: FileId, name: String) -> Self {
        Self {
            file,
            name,
            range: TextRange::default(),
            key: (file, 0, 0),
            rank: 0,
            slots: 0,
            title: None,
            findings: Vec::new(),
            holds: None,
            said: Vec::new(),
            edits: Vec::new(),
            brings: Vec::new(),
            forbids: None,
            context: None,
        }
    }

    /// Whether one of its own edits takes a place.
    pub(super) fn covers(&self, file: FileId, range: TextRange) -> bool {
        let mut own = self.edits.iter();
        own.any(|(f, e)| *f == file && e.range.contains_range(range))
    }

    /// Whether edits take every place that says it, and bring none.
    pub(crate) fn is_gone(&self, edits: &BTreeMap<FileId, Vec<Edit>>) -> bool {
        let of_item = |word: &str| !self.said.is_empty() && word == self.name;
        let is_own = |word: &str| of_item(word) || self.brings.iter().any(|b| b == word);
        let taken = |(file, range): &(FileId, TextRange)| {
            let mut own = edits.get(file).into_iter().flatten();
            own.any(|e| e.range.contains_range(*range))
        };
        let is_left = |e: &Edit| {
            let forbidden = self.forbids.as_ref();
            search::words(&e.insert).any(is_own) || forbidden.is_some_and(|f| e.insert.contains(f))
        };
        self.said.iter().all(taken) && !edits.values().flatten().any(is_left)
    }
}

/// What counts the `Arc`s of a value, or tells them apart. None of these is called as a method.
pub(super) const COUNTS: &[&str] = &[
    "::downgrade",
    "::get_mut",
    "::into_inner",
    "::make_mut",
    "::ptr_eq",
    "::strong_count",
    "::try_unwrap",
    "::unwrap_or_clone",
    "::weak_count",
];

/// What becomes of the slots as all is written, by their places.
pub(crate) struct Stays {
    pub(crate) goes: BTreeSet<(FileId, TextSize)>,
    /// Those that stay, and the kind of the reason.
    pub(crate) kept: BTreeMap<(FileId, TextSize), FindingId>,
    /// Whether another field leads to one that goes, or could.
    pub(crate) through: bool,
}

impl Stays {
    /// Whether a slot goes.
    pub(super) fn goes(&self, slot: &Slot) -> bool {
        self.goes.contains(&(slot.file, slot.range.start()))
    }

    /// Whether what it holds cannot be an instance of its own, though it stays.
    pub(super) fn holds_shared(&self, slot: &Slot) -> bool {
        const APART: &[FindingId] = &[
            catalog::FFI,
            catalog::ISOLATED_SOURCE,
            catalog::PUBLIC_KEPT,
            catalog::REFUSED,
            catalog::SUPPRESSED,
            catalog::UNKNOWN_SOURCE,
        ];
        self.why(slot).is_some_and(|why| !APART.contains(&why))
    }

    /// Why it stays.
    pub(super) fn why(&self, slot: &Slot) -> Option<FindingId> {
        self.kept.get(&(slot.file, slot.range.start())).copied()
    }
}

/// Those of a workspace.
pub(crate) fn find(index: &Index<'_>, options: Options, stays: &Stays) -> Vec<Detour> {
    let infer = Infer::new(index);
    let mut slots = Slots::collect(&infer, options);
    let any = wrappers::any(&infer, &slots, options, stays)
        || statics::any(&slots, stays)
        || results::any(&slots, stays)
        || fallbacks::any(&slots, stays)
        || patterns::any(&slots, stays)
        || stays.through;
    if !any {
        return Vec::new();
    }
    let sites = Sites::collect(&infer, &mut slots);
    suppress(index, &mut slots, &sites);
    let found = Found {
        infer: &infer,
        slots: &slots,
        sites: &sites,
    };
    let mut all = wrappers::find(&found, options, stays);
    all.extend(statics::find(&found, stays));
    all.extend(results::find(&found, stays));
    all.extend(contexts::find(&found, stays));
    all.extend(fallbacks::find(&found, stays));
    all.extend(patterns::find(&found, stays));
    all
}

/// The edits that write them otherwise. What does not fit beside the others is left out of `all`.
pub(crate) fn edits(index: &Index<'_>, all: &mut Vec<Detour>) -> BTreeMap<FileId, Vec<Edit>> {
    let mut out: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    all.retain(|it| {
        let mut with = out.clone();
        for (file, edit) in &it.edits {
            let own = with.entry(*file).or_default();
            if !own.contains(edit) {
                own.push(edit.clone());
            }
        }
        let fits = |(file, own): (&FileId, &Vec<Edit>)| {
            edit::apply(&index.workspace.file(*file).text, own).is_ok()
        };
        let fits = with.iter().all(fits);
        if fits {
            out = with;
        }
        fits
    });
    imports::complete(index, &mut out, &BTreeMap::new());
    out
}

/// What leads from a place to the items of a module: nothing in the module itself, else the path to it in its crate. `None`:
/// the place is in another crate.
pub(super) fn way_to(
    index: &Index<'_>,
    file: FileId,
    from: &SyntaxNode,
    module: ModuleId,
) -> Option<String> {
    let here = index.module_of(file, from)?;
    if here == module {
        return Some(String::new());
    }
    let krate = |m: ModuleId| index.modules[m.0].krate;
    if krate(here) != krate(module) {
        return None;
    }
    let mut out = String::new();
    let mut at = module;
    while let Some(parent) = index.modules[at.0].parent {
        let mut named = index.modules[parent.0].children.iter();
        let (name, _) = named.find(|(_, all)| all.contains(&at))?;
        out = format!("{name}::{out}");
        at = parent;
    }
    let is_root = index.modules[here.0].parent.is_none();
    Some(if is_root {
        out
    } else {
        format!("crate::{out}")
    })
}

/// Whether there is a comment in a text.
pub(super) fn has_comment(text: &str) -> bool {
    text.contains("//") || text.contains("/*")
}

/// What makes `base.bus` or `base.bus()` of a node `base`, borrowed as it was. `owned`: it gives an `Arc` of one's own. `lent`: the
/// base is a reference. `None`: what is around it would not fit.
pub(super) fn stripped(
    tree: &FileTree,
    node: &SyntaxNode,
    base: &ast::Expr,
    owned: bool,
    lent: bool,
) -> Option<Vec<Edit>> {
    let range = tree.range(node);
    let rest = TextRange::new(tree.range(base.syntax()).end(), range.end());
    let parent = node.parent()?;
    let is_receiver = ast::MethodCallExpr::can_cast(parent.kind());
    let reference = ast::RefExpr::cast(parent.clone()).filter(|r| r.mut_token().is_none());
    let is_call = ast::MethodCallExpr::can_cast(node.kind());
    let mut edits = vec![Edit::delete(rest)];
    if is_receiver {
        // a method of either
    } else if is_call && owned {
        edits = vec![Edit::replace(rest, ".clone()")];
    } else if is_call {
        if reference.is_some() {
            return None;
        }
        if !lent {
            edits.push(Edit::insert(range.start(), "&"));
        }
    } else if let Some(reference) = reference.filter(|_| lent) {
        let amp = reference.amp_token()?;
        let start = tree.token_range(&amp).start();
        edits.push(Edit::delete(TextRange::new(start, range.start())));
    } else if lent {
        return None;
    }
    // `*base.bus` is what an `Arc` holds
    let is_deref = ast::PrefixExpr::cast(parent).is_some_and(|p| {
        let op = p.syntax().first_token();
        op.is_some_and(|t| t.kind() == T![*])
    });
    (!is_deref || !(lent || is_call)).then_some(edits)
}
