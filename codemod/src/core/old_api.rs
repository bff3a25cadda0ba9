//! The differences between the API from before publication and the published one.

use std::collections::BTreeMap;

use super::edit::Edit;
use super::finding::Finding;
use super::imports::Need;
use super::plan::Facts;
use super::workspace::FileId;

/// Adds the edits for `DeploymentMode` and the statistics' field.
pub(crate) fn rewrite(
    _facts: &Facts<'_>,
    _edits: &mut BTreeMap<FileId, Vec<Edit>>,
    _needs: &mut BTreeMap<FileId, Vec<Need>>,
    _findings: &mut Vec<Finding>,
) {
}
