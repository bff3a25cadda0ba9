//! Showing a run's outcome: the diff, the report for people, the report for programs.
//!
//! Belongs here: one [`Outcome`] that all formats read, so that they agree. Does not: deciding, writing files.

pub mod diff;
pub mod github;
pub mod human;
pub mod json;
pub mod markdown;
pub mod sarif;

use std::path::{Path, PathBuf};

use crate::apply::Rewritten;
use crate::core::finding::{FindingId, Level};
use crate::core::{ChangeSet, Summary};

/// A finding or problem, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which kind.
    pub id: FindingId,
    /// How much it matters.
    pub level: Level,
    /// The file, relative to the root of the run.
    pub path: PathBuf,
    /// Line and column (in characters), from 1; `None` for a whole file.
    pub place: Option<(usize, usize)>,
    /// Byte range in the file as read.
    pub range: std::ops::Range<usize>,
    /// What is so.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The change set that it comes with.
    pub change_set: Option<usize>,
    /// Index of the file in the workspace, for the source line.
    pub file: Option<usize>,
}

impl Shown {
    /// What is so, and on a line of its own what to do.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\n{help}", self.message),
            None => self.message.clone(),
        }
    }
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Files with their text before and after.
    pub files: Vec<Rewritten>,
    /// What was decided.
    pub change_sets: Vec<(ChangeSet, PathBuf)>,
    /// Findings and problems, by path and place.
    pub findings: Vec<Shown>,
    /// The counts.
    pub summary: Summary,
    /// Whether the files were written.
    pub written: bool,
}

impl Outcome {
    /// The line that a change set starts on, if its file changes.
    #[must_use]
    pub fn line_of(&self, set: &ChangeSet, path: &Path) -> Option<usize> {
        let file = self.files.iter().find(|f| f.path == path)?;
        Some(line_column(&file.before, set.range.start().into()).0)
    }

    /// Puts files and findings in the order in which they are shown.
    pub fn sort(&mut self) {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.findings
            .sort_by(|a, b| (&a.path, a.range.start, a.id).cmp(&(&b.path, b.range.start, b.id)));
    }
}

/// Line and column of a byte offset, from 1.
#[must_use]
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    (
        line,
        before[start..]
            .trim_start_matches('\u{feff}')
            .chars()
            .count()
            + 1,
    )
}
