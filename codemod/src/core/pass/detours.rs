//! What leads coordinators past what the passing follows, and can be written otherwise first: structs that hold nothing else
//! (`wrappers`), statics that are read where they are used (`statics`).
//!
//! Belongs here: what is known of one, and whether a plan takes it. Does not: finding them, deciding which slots go. What
//! is written first is for what goes, and is never seen.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::{TextRange, TextSize};

use super::super::defs::{Index, ModuleId};
use super::super::edit::{self, Edit};
use super::super::finding::Finding;
use super::super::imports;
use super::super::options::Options;
use super::super::workspace::FileId;
use super::infer::Infer;
use super::sites::Sites;
use super::slots::Slots;
use super::{Key, statics, suppress, wrappers};

/// A struct or static that goes, if all that is written in its place does.
#[derive(Debug, Clone)]
pub(crate) struct Detour {
    pub(crate) file: FileId,
    pub(crate) name: String,
    /// The item.
    pub(crate) range: TextRange,
    pub(super) key: Key,
    /// How many slots go with it that the passing does not see.
    pub(crate) slots: usize,
    /// Its change, in words, where none of the slots is it.
    pub(crate) title: Option<String>,
    /// What there is to tell if it goes.
    pub(crate) findings: Vec<Finding>,
    /// Whether it becomes an alias of what it holds.
    pub(crate) is_alias: bool,
    /// Where the workspace may say its name.
    pub(super) said: Vec<(FileId, TextRange)>,
    /// What is written first.
    pub(super) edits: Vec<(FileId, Edit)>,
    /// The names that these bring.
    pub(super) brings: Vec<String>,
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
            slots: 0,
            title: None,
            findings: Vec::new(),
            is_alias: false,
            said: Vec::new(),
            edits: Vec::new(),
            brings: Vec::new(),
        }
    }

    /// Whether one of its own edits takes a place.
    pub(super) fn covers(&self, file: FileId, range: TextRange) -> bool {
        let mut own = self.edits.iter();
        own.any(|(f, e)| *f == file && e.range.contains_range(range))
    }

    /// What tells it from the others.
    pub(crate) fn place(&self) -> (FileId, TextSize) {
        (self.file, self.range.start())
    }

    /// Whether edits take every place that says it, and bring none.
    pub(crate) fn is_gone(&self, edits: &BTreeMap<FileId, Vec<Edit>>) -> bool {
        let is_own = |word: &str| word == self.name || self.brings.iter().any(|b| b == word);
        let taken = |(file, range): &(FileId, TextRange)| {
            let mut own = edits.get(file).into_iter().flatten();
            own.any(|e| e.range.contains_range(*range))
        };
        let mut written = edits.values().flatten();
        self.said.iter().all(taken) && !written.any(|e| words(&e.insert).any(is_own))
    }
}

/// Those of a workspace, but for those `without`.
pub(crate) fn find(
    index: &Index<'_>,
    options: Options,
    without: &BTreeSet<(FileId, TextSize)>,
) -> Vec<Detour> {
    let infer = Infer::new(index);
    let mut slots = Slots::collect(&infer, options);
    if !wrappers::any(&infer, &slots, options) && !statics::any(&slots) {
        return Vec::new();
    }
    let sites = Sites::collect(&infer, &mut slots);
    suppress(index, &mut slots, &sites);
    let found = Found {
        infer: &infer,
        slots: &slots,
        sites: &sites,
    };
    let all = wrappers::find(&found, options).into_iter();
    let all = all.chain(statics::find(&found));
    all.filter(|it| !without.contains(&it.place())).collect()
}

/// The edits that write them otherwise. `None`: they do not fit together.
pub(crate) fn edits(index: &Index<'_>, all: &[Detour]) -> Option<BTreeMap<FileId, Vec<Edit>>> {
    let mut out: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for (file, edit) in all.iter().flat_map(|w| &w.edits) {
        let own = out.entry(*file).or_default();
        if !own.contains(edit) {
            own.push(edit.clone());
        }
    }
    let fits = |(file, own): (&FileId, &Vec<Edit>)| {
        edit::apply(&index.workspace.file(*file).text, own).is_ok()
    };
    if !out.iter().all(fits) {
        return None;
    }
    imports::complete(index, &mut out, &BTreeMap::new());
    Some(out)
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The path to a module in its crate, with what stands behind it.
pub(super) fn module_path(index: &Index<'_>, module: ModuleId) -> Option<String> {
    let mut out = String::new();
    let mut at = module;
    while let Some(parent) = index.modules[at.0].parent {
        let mut named = index.modules[parent.0].children.iter();
        let (name, _) = named.find(|(_, all)| all.contains(&at))?;
        out = format!("{name}::{out}");
        at = parent;
    }
    Some(format!("crate::{out}"))
}

/// Whether there is a comment in a text.
pub(super) fn has_comment(text: &str) -> bool {
    text.contains("//") || text.contains("/*")
}
