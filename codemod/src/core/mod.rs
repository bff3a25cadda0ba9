//! The core: text in; edits and findings out.
//!
//! Belongs here: resolving names, deciding, rewriting. Does not, and is not known here: the file system, the
//! terminal, cargo. The core cannot fail on I/O; what it cannot read it skips with a finding, and the rest goes on.
//!
//! `analyze` builds the index once; [`Analysis::plan`] turns decisions into edits and may be asked again with more
//! change sets refused.

pub mod catalog;
pub mod edit;
pub mod examples;
pub mod finding;
pub mod lex;
pub mod options;
pub mod workspace;

mod api;
mod behaviour;
mod blocks;
mod climb;
mod compose;
mod construct;
mod defs;
mod docs;
mod emptied;
mod ended;
mod imports;
mod layout;
mod links;
mod lint;
mod locals;
mod macros;
mod old_api;
mod once;
mod order;
mod orphans;
mod pass;
mod plan;
mod purity;
mod resolve;
mod search;
mod skim;
mod straight;
mod suppress;
mod tree;
mod validity;

use std::collections::BTreeMap;

use edit::{ChangeSetId, Edit};
use finding::Finding;
use options::Options;
use ra_ap_syntax::TextRange;
use workspace::{FileId, Workspace};

/// All edits, in all files, that one decision needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// The same over several plans of one analysis.
    pub id: ChangeSetId,
    /// The decision in words: "construction becomes the accessor".
    pub title: String,
    /// Where it starts: the file.
    pub file: FileId,
    /// Where it starts: the range of the construction.
    pub range: TextRange,
}

/// What is to be done, and what is to be told.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The change sets that are taken.
    pub change_sets: Vec<ChangeSet>,
    /// Edits by file; they do not overlap.
    pub edits: BTreeMap<FileId, Vec<Edit>>,
    /// Sorted by file, then place.
    pub findings: Vec<Finding>,
    /// Counts for the summary.
    pub summary: Summary,
}

/// Counts for the summary. All presenters print these and no others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Constructions found (rewritten, isolated and left).
    pub constructions: usize,
    /// Constructions that become the accessor.
    pub rewritten: usize,
    /// Constructions in tests that become explicit isolated instances.
    pub isolated: usize,
    /// Constructions left as they are, each with a finding.
    pub left: usize,
    /// Parameters, fields, results and statics that hold a coordinator. 0 where only constructions are asked for.
    pub slots: usize,
    /// Slots that go.
    pub removed: usize,
    /// Files with edits.
    pub files_changed: usize,
}

/// Why a change set is not to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of finding that says so.
    pub id: finding::FindingId,
    /// Why, for the finding.
    pub message: String,
}

impl Refusal {
    /// A person's decision.
    #[must_use]
    pub fn review() -> Self {
        Self {
            id: catalog::REFUSED,
            message: "left as it is, as the review decided".into(),
        }
    }
}

/// The offset in a text of `len` bytes before `edits` that an offset after them comes from.
#[must_use]
pub fn origin(len: usize, edits: &[Edit], after: usize) -> usize {
    let after = ra_ap_syntax::TextSize::try_from(after).unwrap_or_default();
    compose::origin(len, edits, after).into()
}

/// The index of a workspace, ready to plan.
pub struct Analysis<'a> {
    facts: plan::Facts<'a>,
}

/// Indexes `workspace`. Never fails: files that cannot be read as Rust become findings of the plan.
#[must_use]
pub fn analyze(workspace: &Workspace, options: Options) -> Analysis<'_> {
    Analysis {
        facts: plan::facts(workspace, options),
    }
}

impl Analysis<'_> {
    /// Decides and rewrites, leaving the change sets in `refused` alone.
    #[must_use]
    pub fn plan(&self, refused: &BTreeMap<ChangeSetId, Refusal>) -> Plan {
        plan::plan(&self.facts, refused)
    }

    /// Whether a change set is that of a construction; the others are those of slots.
    #[must_use]
    pub fn is_construction(&self, id: ChangeSetId) -> bool {
        id.0 < self.facts.constructions.len()
    }
}
