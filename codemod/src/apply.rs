//! Writing: each file whole, old or new, and only over what was read.
//!
//! Belongs here: the second opinion on what is about to be written, the guard for uncommitted work, atomic replacement.
//! Does not: deciding what to write.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

/// A file's text before and after.
#[derive(Debug, Clone)]
pub struct Rewritten {
    /// Relative to the root of the run.
    pub path: PathBuf,
    /// As it was read.
    pub before: Arc<str>,
    /// As it shall be.
    pub after: String,
}

/// Why a file was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// It is not what was read any more.
    #[error("{}: changed while it was worked on; nothing was written to it", .0.display())]
    Changed(PathBuf),
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

const TEMPORARY: &str = ".coordinator-codemod-";

/// Debris of a run that died is older than this; a run beside this one is not.
const STALE: Duration = Duration::from_secs(600);

/// Whether what parsed before still parses, by a parser that had no part in the rewrite.
#[must_use]
pub fn still_parses(before: &str, after: &str) -> bool {
    let parses = |text: &str| syn::parse_file(text.trim_start_matches('\u{feff}')).is_ok();
    !parses(before) || parses(after)
}

/// Replaces the files below `root`. The rest goes on where one fails.
#[must_use]
pub fn write_all(root: &Path, files: &[Rewritten]) -> Vec<WriteError> {
    files.iter().filter_map(|f| write(root, f).err()).collect()
}

fn write(root: &Path, file: &Rewritten) -> Result<(), WriteError> {
    let path = root.join(&file.path);
    let io = |source| WriteError::Io {
        path: file.path.clone(),
        source,
    };
    if fs::read(&path).map_err(io)? != file.before.as_bytes() {
        return Err(WriteError::Changed(file.path.clone()));
    }
    let dir = path.parent().unwrap_or(root);
    sweep(dir);
    let mut temporary = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(dir)
        .map_err(io)?;
    temporary.write_all(file.after.as_bytes()).map_err(io)?;
    let permissions = fs::metadata(&path).map_err(io)?.permissions();
    temporary
        .as_file()
        .set_permissions(permissions)
        .map_err(io)?;
    temporary.as_file().sync_all().map_err(io)?;
    temporary.persist(&path).map_err(|e| io(e.error))?;
    Ok(())
}

/// Removes what a run that was killed left in a folder.
fn sweep(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        let age = entry
            .metadata()
            .ok()
            .and_then(|m| m.modified().ok())
            .and_then(|m| m.elapsed().ok());
        if is_ours && age.is_some_and(|a| a > STALE) {
            // best effort: the next run tries again
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Files with work that a rewrite could not be told apart from: tracked files with changes, and untracked ones among
/// `targets`. Empty where there is no git, or no repository.
#[must_use]
pub fn uncommitted(root: &Path, targets: &[Rewritten]) -> Vec<String> {
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(args)
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(top) = git(&["rev-parse", "--show-toplevel"]) else {
        return Vec::new();
    };
    let top = PathBuf::from(top.trim_end());
    let Some(status) = git(&["status", "--porcelain", "-z", "--untracked-files=all"]) else {
        return Vec::new();
    };
    let mut dirty = Vec::new();
    let mut records = status.split('\0').filter(|r| r.len() > 3);
    while let Some(record) = records.next() {
        let (state, path) = record.split_at(3);
        if state.starts_with(['R', 'C']) {
            // the name before the rename follows
            records.next();
        }
        let would_change = targets.iter().any(|t| top.join(path) == root.join(&t.path));
        if !state.starts_with("??") || would_change {
            dirty.push(path.to_owned());
        }
    }
    dirty
}
