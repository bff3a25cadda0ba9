//! Text edits: collected, checked for overlap, applied once.
//!
//! The idea follows rustfix (`replace.rs`): sorted spans, overlap is a typed error.

use ra_ap_syntax::{TextRange, TextSize};
use thiserror::Error;

/// Index of a change set in [`crate::core::Plan::change_sets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeSetId(pub usize);

/// One replacement in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes (byte offsets in the file's text as read). Empty for an insertion.
    pub range: TextRange,
    /// What comes.
    pub insert: String,
}

impl Edit {
    /// Replaces `range` by `insert`.
    pub fn replace(range: TextRange, insert: impl Into<String>) -> Self {
        Self {
            range,
            insert: insert.into(),
        }
    }

    /// Inserts at `offset`.
    pub fn insert(offset: TextSize, insert: impl Into<String>) -> Self {
        Self::replace(TextRange::empty(offset), insert)
    }

    /// Deletes `range`.
    #[must_use]
    pub fn delete(range: TextRange) -> Self {
        Self::replace(range, "")
    }
}

/// Why a list of edits cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EditError {
    /// Two edits claim the same bytes.
    #[error("edits overlap at bytes {}..{}", u32::from(.first.range.start()), u32::from(.second.range.end()))]
    Overlap {
        /// The earlier one.
        first: Edit,
        /// The later one.
        second: Edit,
    },
    /// An edit lies outside of the text, or cuts a character in two.
    #[error("edit at bytes {}..{} does not lie on character boundaries of the text", u32::from(.0.range.start()), u32::from(.0.range.end()))]
    OutOfText(Edit),
}

/// Applies `edits` (any order) to `text` and returns the new text.
///
/// Insertions at the same offset keep the order of the list.
///
/// # Errors
/// [`EditError`] if edits overlap or lie outside of the text; nothing is applied then.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|e| (e.range.start(), e.range.end()));
    let mut out = String::with_capacity(text.len());
    let mut at = 0usize;
    let mut previous: Option<&Edit> = None;
    for edit in sorted {
        let (start, end) = (
            usize::from(edit.range.start()),
            usize::from(edit.range.end()),
        );
        if start < at {
            let first = previous.unwrap_or(edit);
            return Err(EditError::Overlap {
                first: first.clone(),
                second: edit.clone(),
            });
        }
        match (text.get(at..start), text.get(start..end)) {
            (Some(kept), Some(_)) => out.push_str(kept),
            _ => return Err(EditError::OutOfText(edit.clone())),
        }
        out.push_str(&edit.insert);
        at = end;
        previous = Some(edit);
    }
    out.push_str(&text[at..]);
    Ok(out)
}
