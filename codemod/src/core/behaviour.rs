//! Changes of behaviour that the compiler cannot see.

use super::finding::Finding;
use super::plan::Facts;

/// Findings about what the taken change sets change.
pub(crate) fn findings(_facts: &Facts<'_>, _taken: &[bool]) -> Vec<Finding> {
    Vec::new()
}
