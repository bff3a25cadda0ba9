//! From decisions to edits and findings.
//!
//! Belongs here: putting the parts together, file by file; dropping what overlaps. Does not: any rule of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::behaviour;
use super::catalog;
use super::construct::{self, Construction, Outcome};
use super::defs::Index;
use super::docs;
use super::edit::{self, ChangeSetId, Edit};
use super::finding::{Finding, FindingId};
use super::imports::{self, Need};
use super::lex;
use super::old_api;
use super::options::Options;
use super::workspace::{FileId, Language, Workspace};
use super::{ChangeSet, Plan, Summary};
use ra_ap_syntax::TextRange;

/// Everything known about a workspace before any decision of a person.
pub(crate) struct Facts<'a> {
    pub(crate) index: Index<'a>,
    pub(crate) constructions: Vec<Construction>,
    pub(crate) unread: Vec<Finding>,
}

/// Names that a file must hold to be looked at.
const NEEDLES: &[&str] = &[
    "monolithic",
    "GlobalEventCoordinator",
    "deployment_mode",
    "EventCoordinatorConfig",
];

pub(crate) fn facts(workspace: &Workspace, options: Options) -> Facts<'_> {
    let index = Index::new(workspace);
    let mut constructions = Vec::new();
    let mut unread = Vec::new();
    for (i, file) in workspace.files.iter().enumerate() {
        let id = FileId(i);
        if file.language != Language::Rust
            || !file.writable
            || !NEEDLES
                .iter()
                .any(|n| memchr::memmem::find(file.text.as_bytes(), n.as_bytes()).is_some())
        {
            continue;
        }
        if let Some(depth) = lex::too_deep(&file.text, index.edition(id)) {
            unread.push(whole_file(
                id,
                catalog::NESTED_TOO_DEEP,
                format!("nested {depth} levels deep, which cannot be parsed safely; the file is left alone"),
            ));
            continue;
        }
        let Some(tree) = index.tree(id) else { continue };
        if tree.has_errors {
            unread.push(whole_file(
                id,
                catalog::SYNTAX_ERROR,
                "does not parse as Rust; the file is left alone".into(),
            ));
            continue;
        }
        constructions.extend(construct::find(&index, id, options));
    }
    drop_nested(&mut constructions);
    Facts {
        index,
        constructions,
        unread,
    }
}

fn whole_file(file: FileId, id: FindingId, message: String) -> Finding {
    Finding::new(id, file, TextRange::empty(0.into()), message)
}

/// A construction inside of what another one drops (the fallback in its error path) goes with it.
fn drop_nested(constructions: &mut Vec<Construction>) {
    let dropped: Vec<(FileId, TextRange, Vec<TextRange>)> = constructions
        .iter()
        .filter_map(|c| match &c.outcome {
            Outcome::Accessor { rewrite, .. } => Some((c.file, c.range, rewrite.dropped.clone())),
            _ => None,
        })
        .collect();
    constructions.retain(|c| {
        !dropped.iter().any(|(file, range, gone)| {
            *file == c.file && *range != c.range && gone.iter().any(|g| g.contains_range(c.range))
        })
    });
}

pub(crate) fn plan(facts: &Facts<'_>, refused: &BTreeSet<ChangeSetId>) -> Plan {
    let mut plan = Plan {
        findings: facts.unread.clone(),
        ..Plan::default()
    };
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    let mut needs: BTreeMap<FileId, Vec<Need>> = BTreeMap::new();
    let mut taken = vec![false; facts.constructions.len()];
    let mut summary = Summary::default();
    for (i, it) in facts.constructions.iter().enumerate() {
        let id = ChangeSetId(i);
        let counted =
            !matches!(&it.outcome, Outcome::Left(left) if left.id == catalog::EXPLICIT_NEW);
        summary.constructions += usize::from(counted);
        let (own, need, title) = match &it.outcome {
            Outcome::Accessor { rewrite, need } => {
                (&rewrite.edits, need, "construction becomes the accessor")
            }
            Outcome::Isolated { edits, need } => (
                edits,
                need,
                "construction in test code becomes an explicit isolated instance",
            ),
            Outcome::Left(left) => {
                summary.left += usize::from(counted);
                plan.findings.push(Finding {
                    help: left.help.clone(),
                    ..Finding::new(left.id, it.file, it.range, left.message.clone())
                });
                continue;
            }
        };
        if refused.contains(&id) {
            summary.left += 1;
            let message = "left as it is, as the review decided";
            plan.findings
                .push(Finding::new(catalog::REFUSED, it.file, it.range, message));
            continue;
        }
        let file_edits = edits.entry(it.file).or_default();
        let before = file_edits.len();
        file_edits.extend(own.iter().cloned());
        // two change sets never write the same bytes
        if edit::apply(&facts.index.workspace.file(it.file).text, file_edits).is_err() {
            file_edits.truncate(before);
            summary.left += 1;
            let message = "another construction's rewrite covers the same code; run again after this one is applied";
            plan.findings.push(Finding::new(
                catalog::RESULT_USED,
                it.file,
                it.range,
                message,
            ));
            continue;
        }
        needs
            .entry(it.file)
            .or_default()
            .extend(need.iter().cloned());
        taken[i] = true;
        match &it.outcome {
            Outcome::Isolated { .. } => summary.isolated += 1,
            _ => summary.rewritten += 1,
        }
        plan.change_sets.push(ChangeSet {
            id,
            title: title.to_owned(),
            file: it.file,
            range: it.range,
        });
    }
    old_api::rewrite(facts, &mut edits, &mut needs, &mut plan.findings);
    for (file, own) in &mut edits {
        let file_needs = needs.remove(file).unwrap_or_default();
        let imports = imports::plan(&facts.index, *file, &file_needs, own);
        own.extend(imports);
    }
    edits.retain(|_, own| !own.is_empty());
    plan.findings.extend(docs::findings(facts));
    plan.findings.extend(behaviour::findings(facts, &taken));
    plan.findings
        .sort_by(|a, b| (a.file, a.range.start(), a.id.0).cmp(&(b.file, b.range.start(), b.id.0)));
    plan.findings.dedup();
    summary.files_changed = edits.len();
    plan.summary = summary;
    plan.edits = edits;
    plan
}
