//! What the reviewer has to know: stable ids, a place, words.
//!
//! The long explanation of each id stands in [`crate::core::catalog`].

use crate::core::catalog;
use crate::core::edit::ChangeSetId;
use crate::core::workspace::FileId;
use ra_ap_syntax::TextRange;

/// The stable, kebab-case id of a kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub &'static str);

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Good to know; nothing to do.
    Note,
    /// A person should look.
    Warning,
}

impl Level {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which kind.
    pub id: FindingId,
    /// How much it matters.
    pub level: Level,
    /// Where: the file.
    pub file: FileId,
    /// Where: byte range in the file's text as read.
    pub range: TextRange,
    /// What is so: one sentence, lower case, no full stop.
    pub message: String,
    /// What to do: one sentence, lower case, no full stop.
    pub help: Option<String>,
    /// The change set that it comes with. `None`: about code that is left alone.
    pub change_set: Option<ChangeSetId>,
}

impl Finding {
    /// A finding of the level that the catalogue gives its id.
    pub fn new(id: FindingId, file: FileId, range: TextRange, message: impl Into<String>) -> Self {
        Self {
            id,
            level: catalog::level(id),
            file,
            range,
            message: message.into(),
            help: None,
            change_set: None,
        }
    }

    /// With what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// That comes with a change set.
    #[must_use]
    pub fn of(mut self, id: ChangeSetId) -> Self {
        self.change_set = Some(id);
        self
    }
}
