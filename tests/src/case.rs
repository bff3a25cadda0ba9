//! A fixture: `fixtures/SUITE/NAME/` with `before/`, `after/` (what differs; absent: must not change), `report` and
//! `case.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use crate::tree::{self, Tree};

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub dir: PathBuf,
    /// What holds, in one line.
    pub about: String,
    /// Arguments for the tool.
    pub args: Vec<String>,
    /// Whether its binary prints something that must stay the same.
    pub run: bool,
    /// Its packages with examples that rustdoc tests.
    pub documented: Vec<String>,
    /// Why it is not compiled against the shim, if it is not.
    pub not_with_shim: Option<String>,
    /// The tree before.
    pub before: Tree,
    /// The tree that is expected.
    pub after: Tree,
    /// The findings that are expected, a line each: `PATH:LINE ID`.
    pub report: String,
}

impl Case {
    /// Reads a case.
    ///
    /// # Panics
    /// If it is malformed.
    #[must_use]
    pub fn read(dir: &Path) -> Self {
        let text = fs::read_to_string(dir.join("case.toml")).unwrap_or_default();
        let about: DocumentMut = text
            .parse()
            .unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
        let before = tree::read(&dir.join("before"));
        let mut after = before.clone();
        after.extend(tree::read(&dir.join("after")));
        // the suite of the scope `construct`
        let scope: &[&str] = if dir.parent().is_some_and(|p| p.ends_with("construct")) {
            &["--scope", "construct"]
        } else {
            &[]
        };
        Self {
            name: dir.file_name().unwrap().to_string_lossy().into_owned(),
            dir: dir.to_path_buf(),
            documented: strings(&about, "documented").collect(),
            about: about
                .get("about")
                .and_then(|a| a.as_str())
                .unwrap_or_default()
                .to_owned(),
            args: scope
                .iter()
                .map(|a| (*a).to_owned())
                .chain(strings(&about, "args"))
                .collect(),
            run: about
                .get("run")
                .and_then(|r| r.as_bool())
                .unwrap_or_default(),
            not_with_shim: about
                .get("not_with_shim")
                .and_then(|r| r.as_str())
                .map(str::to_owned),
            before,
            after,
            report: fs::read_to_string(dir.join("report")).unwrap_or_default(),
        }
    }

    /// All cases of a suite in order; those whose path `CASE` is part of, if it is set.
    ///
    /// # Panics
    /// If the suite cannot be read.
    #[must_use]
    pub fn all(suite: &str) -> Vec<Self> {
        let wanted = std::env::var("CASE").unwrap_or_default();
        let mut dirs: Vec<PathBuf> = fs::read_dir(crate::root().join("fixtures").join(suite))
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.join("before").is_dir())
            .collect();
        dirs.sort();
        dirs.iter()
            .map(|d| Self::read(d))
            .filter(|c| c.dir.to_string_lossy().contains(&wanted))
            .collect()
    }

    /// Makes what was found the expectation.
    ///
    /// # Panics
    /// If the files cannot be written.
    pub fn update(&self, found: &Tree, report: &str) {
        let changed: Tree = found
            .iter()
            .filter(|(path, bytes)| self.before.get(*path) != Some(bytes))
            .map(|(p, b)| (p.clone(), b.clone()))
            .collect();
        let after = self.dir.join("after");
        if after.exists() {
            fs::remove_dir_all(&after).unwrap();
        }
        tree::write(&after, &changed);
        if report.is_empty() {
            let _ = fs::remove_file(self.dir.join("report"));
        } else {
            fs::write(self.dir.join("report"), report).unwrap();
        }
    }
}

fn strings<'d>(about: &'d DocumentMut, key: &str) -> impl Iterator<Item = String> + 'd {
    about
        .get(key)
        .and_then(|a| a.as_array())
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(str::to_owned))
}
