//! Folders as maps from path to bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// The files of a folder by their path in it. Build output is left out.
pub type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// Reads a folder; one that does not exist is empty.
///
/// # Panics
/// If a file cannot be read.
#[must_use]
pub fn read(dir: &Path) -> Tree {
    WalkDir::new(dir)
        .into_iter()
        .filter_entry(|e| e.file_name() != "target" && e.file_name() != "Cargo.lock")
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
        .map(|e| {
            (
                e.path().strip_prefix(dir).unwrap().to_path_buf(),
                fs::read(e.path()).unwrap(),
            )
        })
        .collect()
}

/// Writes a folder. Files that are the same already keep their time, so that cargo does not build them again.
///
/// # Panics
/// If a file cannot be written.
pub fn write(dir: &Path, tree: &Tree) {
    for known in read(dir).into_keys() {
        if !tree.contains_key(&known) {
            fs::remove_file(dir.join(known)).unwrap();
        }
    }
    for (path, bytes) in tree {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if fs::read(&path).ok().as_ref() != Some(bytes) {
            fs::write(path, bytes).unwrap();
        }
    }
}

/// What differs, as a unified diff; empty if nothing does.
#[must_use]
pub fn diff(expected: &Tree, found: &Tree) -> String {
    let mut out = String::new();
    let paths: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    for path in paths {
        let text = |tree: &Tree| {
            tree.get(path)
                .map(|b| String::from_utf8_lossy(b).into_owned())
                .unwrap_or_default()
        };
        let (a, b) = (text(expected), text(found));
        if a != b {
            let name = path.display().to_string();
            out.push_str(
                &similar::TextDiff::from_lines(&a, &b)
                    .unified_diff()
                    .header(&format!("expected/{name}"), &format!("found/{name}"))
                    .to_string(),
            );
        }
    }
    out
}
