//! `--verify`: cargo before and after, and what breaks is backed out.
//!
//! Belongs here: running cargo, telling new errors and failed tests from old ones, finding the change sets that they come
//! from. Does not: deciding what keeping one means (the core's solver does), writing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SourceFile as SyntaxFile, TextSize};
use serde_json::Value;
use thiserror::Error;

use crate::core::edit::{ChangeSetId, Edit};
use crate::core::workspace::{Edition, FileId, Workspace};
use crate::core::{self, Analysis, Plan, Refusal, catalog};

/// How far it is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `cargo check`.
    Check,
    /// `cargo test` too.
    Test,
}

/// What cargo is run with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How far.
    pub level: Level,
    /// Features and target, as cargo takes them.
    pub flags: Vec<String>,
    /// Further arguments of `cargo test`.
    pub test_args: Vec<String>,
    /// How long the search for what breaks a test may take.
    pub budget: Duration,
}

/// Why nothing could be verified.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// There is nothing that cargo could check.
    #[error("--verify needs a `Cargo.toml` in {}", .0.display())]
    NoManifest(PathBuf),
    /// Cargo could not be started, or failed for another reason than the code.
    #[error("cargo {what}: {said}")]
    Cargo {
        /// The subcommand.
        what: &'static str,
        /// What it said.
        said: String,
    },
}

/// A compiler error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildError {
    /// The file, relative to the root, if it is below it.
    pub path: Option<PathBuf>,
    /// Byte offset in the file.
    pub offset: usize,
    /// Code and message.
    pub message: String,
}

/// Cargo in one folder.
#[derive(Debug)]
pub struct Cargo<'s> {
    root: &'s Path,
    workspace_root: PathBuf,
    settings: &'s Settings,
}

/// The lock file, which verifying leaves as it was.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    before: Option<Vec<u8>>,
    /// Whether the manifests change, so that what cargo makes of one that was there goes with them.
    follows: bool,
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // best effort: cargo makes another one when it needs it
        let _ = match &self.before {
            Some(_) if self.follows => Ok(()),
            Some(before) if std::fs::read(&self.path).is_ok_and(|now| now == *before) => Ok(()),
            Some(before) => std::fs::write(&self.path, before),
            None => std::fs::remove_file(&self.path),
        };
    }
}

/// Whether each test passes, by its crate and name.
pub type Tests = BTreeMap<String, bool>;

impl<'s> Cargo<'s> {
    /// For the workspace or package at `root`.
    ///
    /// # Errors
    /// [`VerifyError`] if there is none, or no cargo.
    pub fn new(root: &'s Path, settings: &'s Settings) -> Result<Self, VerifyError> {
        if !root.join("Cargo.toml").is_file() {
            return Err(VerifyError::NoManifest(root.to_path_buf()));
        }
        let mut cargo = Self {
            root,
            workspace_root: root.to_path_buf(),
            settings,
        };
        let output = cargo.run(
            "locate-project",
            &["--workspace", "--message-format", "plain"],
        )?;
        let manifest = PathBuf::from(output.0.trim());
        if let Some(dir) = manifest.parent().filter(|d| d.is_absolute()) {
            cargo.workspace_root = dir.to_path_buf();
        }
        Ok(cargo)
    }

    /// Keeps the lock file until the guard goes. `follows`: whether the manifests change.
    #[must_use]
    pub fn hold_lock(&self, follows: bool) -> LockFile {
        let path = self.workspace_root.join("Cargo.lock");
        LockFile {
            before: std::fs::read(&path).ok(),
            path,
            follows,
        }
    }

    fn run(
        &self,
        what: &'static str,
        args: &[&str],
    ) -> Result<(String, String, bool), VerifyError> {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(program)
            .current_dir(self.root)
            .arg(what)
            .args(args)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| VerifyError::Cargo {
                what,
                said: e.to_string(),
            })?;
        Ok((
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
            output.status.success(),
        ))
    }

    /// The errors of `cargo check --workspace --all-targets`.
    ///
    /// # Errors
    /// [`VerifyError::Cargo`] if it fails without naming one.
    pub fn check(&self) -> Result<Vec<BuildError>, VerifyError> {
        let mut args = vec![
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--quiet",
            "--message-format=json",
        ];
        args.extend(self.settings.flags.iter().map(String::as_str));
        let (out, said, success) = self.run("check", &args)?;
        let mut errors: Vec<BuildError> = out
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|m| m["reason"] == "compiler-message" && m["message"]["level"] == "error")
            .filter(|m| {
                m["message"]["spans"]
                    .as_array()
                    .is_some_and(|s| !s.is_empty())
            })
            .map(|m| self.error(&m["message"]))
            .collect();
        errors.sort();
        errors.dedup();
        if !success && errors.is_empty() {
            let what = "check";
            return Err(VerifyError::Cargo { what, said });
        }
        Ok(errors)
    }

    fn error(&self, message: &Value) -> BuildError {
        let spans = message["spans"].as_array().into_iter().flatten();
        let mut primary: Vec<&Value> = spans.clone().filter(|s| s["is_primary"] == true).collect();
        primary.extend(spans);
        let places = primary.into_iter().filter_map(|span| {
            // code that a macro made is told where the macro is called
            let mut at = span;
            loop {
                let name = at["file_name"].as_str()?;
                let full = self.workspace_root.join(name);
                if let Ok(path) = full.strip_prefix(self.root)
                    && full.is_file()
                {
                    let offset = at["byte_start"].as_u64().unwrap_or_default();
                    return Some((path.to_path_buf(), usize::try_from(offset).ok()?));
                }
                at = at["expansion"].get("span")?;
            }
        });
        let found = places.into_iter().next();
        let code = message["code"]["code"].as_str();
        let text = message["message"].as_str().unwrap_or_default();
        BuildError {
            path: found.as_ref().map(|f| f.0.clone()),
            offset: found.map_or(0, |f| f.1),
            message: match code {
                Some(code) => format!("{code}: {text}"),
                None => text.to_owned(),
            },
        }
    }

    /// The tests that passed before and do not now. Where all pass they run once more: tests that share a bus now may
    /// break each other only sometimes.
    ///
    /// # Errors
    /// [`VerifyError::Cargo`] if cargo cannot be started.
    pub fn breaks(&self, before: &Tests) -> Result<Vec<String>, VerifyError> {
        let broken = broken_tests(before, &self.test()?);
        if broken.is_empty() {
            return Ok(broken_tests(before, &self.test()?));
        }
        Ok(broken)
    }

    /// The tests and whether they pass, by two runs; and those that passed in one of them alone, which are taken for
    /// failing.
    ///
    /// # Errors
    /// [`VerifyError::Cargo`] if cargo cannot be started.
    pub fn stable_tests(&self) -> Result<(Tests, Vec<String>), VerifyError> {
        let (mut tests, again) = (self.test()?, self.test()?);
        let mut differ = broken_tests(&tests, &again);
        differ.extend(broken_tests(&again, &tests));
        for test in &differ {
            tests.insert(test.clone(), false);
        }
        Ok((tests, differ))
    }

    /// The tests and whether they pass.
    ///
    /// # Errors
    /// [`VerifyError::Cargo`] if cargo cannot be started.
    pub fn test(&self) -> Result<Tests, VerifyError> {
        let mut args = vec!["--workspace", "--no-fail-fast"];
        args.extend(self.settings.flags.iter().map(String::as_str));
        args.extend(self.settings.test_args.iter().map(String::as_str));
        // the crates' names come on one stream, the results on the other: each in its order
        let (out, said, _) = self.run("test", &args)?;
        let crates: Vec<&str> = said
            .lines()
            .filter_map(|l| {
                let l = l.trim_start();
                let named = l
                    .strip_prefix("Running ")
                    .or_else(|| l.strip_prefix("Doc-tests "));
                named.map(|n| n.split(" (").next().unwrap_or(n))
            })
            .collect();
        let mut tests = Tests::new();
        let mut at = 0usize;
        for line in out.lines() {
            if line.starts_with("running ") && line.contains(" test") {
                at += 1;
                continue;
            }
            let Some((name, result)) = line
                .strip_prefix("test ")
                .and_then(|l| l.split_once(" ... "))
            else {
                continue;
            };
            if result.contains("ignored") {
                continue;
            }
            let krate = crates
                .get(at.saturating_sub(1))
                .copied()
                .unwrap_or_default();
            let failed = result.contains("FAILED");
            let entry = tests.entry(format!("{krate}: {name}")).or_insert(true);
            *entry &= !failed;
        }
        // a test's own output may have taken the place of its result
        let mut section = false;
        for line in out.lines() {
            if line == "failures:" {
                section = true;
            } else if section && line.starts_with("    ") {
                let name = line.trim();
                for (full, passed) in &mut tests {
                    *passed &= full.rsplit(": ").next() != Some(name);
                }
            } else if !line.is_empty() {
                section = false;
            }
        }
        Ok(tests)
    }
}

/// The errors that were not there before.
#[must_use]
pub fn new_errors(before: &[BuildError], after: &[BuildError]) -> Vec<BuildError> {
    let key = |e: &BuildError| (e.path.clone(), e.message.clone());
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for error in before {
        *known.entry(key(error)).or_default() += 1;
    }
    after
        .iter()
        .filter(|e| match known.get_mut(&key(e)) {
            Some(n) if *n > 0 => {
                *n -= 1;
                false
            }
            _ => true,
        })
        .cloned()
        .collect()
}

/// The tests that passed and do not any more.
#[must_use]
pub fn broken_tests(before: &Tests, after: &Tests) -> Vec<String> {
    before
        .iter()
        .filter(|(name, passed)| **passed && after.get(*name) != Some(&true))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The edits that each change set alone brings in.
fn own_edits(
    analysis: &Analysis<'_>,
    plan: &Plan,
    refused: &BTreeMap<ChangeSetId, Refusal>,
) -> Vec<(ChangeSetId, Vec<(FileId, Edit)>)> {
    plan.change_sets
        .iter()
        .map(|set| {
            let mut more = refused.clone();
            more.insert(set.id, Refusal::review());
            let without = analysis.plan(&more).edits;
            let lacks = |file: &FileId, edit: &Edit| {
                without.get(file).is_none_or(|known| !known.contains(edit))
            };
            let own = plan
                .edits
                .iter()
                .flat_map(|(file, edits)| edits.iter().map(move |e| (*file, e.clone())))
                .filter(|(file, edit)| lacks(file, edit))
                .collect();
            (set.id, own)
        })
        .collect()
}

/// The change sets that new errors may come from, each with the compiler's words: those whose edits are on the line of an
/// error, else in the item around it, else in its file, else all.
#[must_use]
pub fn responsible(
    workspace: &Workspace,
    analysis: &Analysis<'_>,
    plan: &Plan,
    refused: &BTreeMap<ChangeSetId, Refusal>,
    errors: &[BuildError],
) -> BTreeMap<ChangeSetId, Refusal> {
    let own = own_edits(analysis, plan, refused);
    let mut out = BTreeMap::new();
    for error in errors {
        let file = workspace
            .files
            .iter()
            .position(|f| f.example.is_none() && Some(&f.path) == error.path.as_ref());
        let around = file
            .map(|f| around(workspace, plan, FileId(f), error.offset))
            .unwrap_or_default();
        let within = |range: &Range<usize>| -> Vec<ChangeSetId> {
            let touches = |(f, e): &(FileId, Edit)| {
                let (start, end) = (usize::from(e.range.start()), usize::from(e.range.end()));
                Some(f.0) == file && start <= range.end && range.start <= end
            };
            let sets = own.iter().filter(|(_, e)| e.iter().any(touches));
            sets.map(|(id, _)| *id).collect()
        };
        let ids = around
            .iter()
            .map(within)
            .find(|ids| !ids.is_empty())
            .unwrap_or_else(|| own.iter().map(|(id, _)| *id).collect());
        for id in ids {
            out.entry(id).or_insert_with(|| Refusal {
                id: catalog::BREAKS_BUILD,
                message: format!("stays: without it the build says `{}`", error.message),
            });
        }
    }
    out
}

/// The line, the item and the file of an offset of the text after a plan, in the text before.
fn around(workspace: &Workspace, plan: &Plan, file: FileId, offset: usize) -> Vec<Range<usize>> {
    let source = workspace.file(file);
    let text = &source.text;
    let edits = plan.edits.get(&file).map_or(&[][..], Vec::as_slice);
    let at = core::origin(text.len(), edits, offset);
    let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let mut out = Vec::from([Range { start, end }]);
    let edition = source
        .package
        .map_or(Edition::Edition2021, |p| workspace.package(p).edition);
    if core::lex::too_deep(text, edition).is_none() {
        let tree = SyntaxFile::parse(text, edition).tree();
        let token = tree
            .syntax()
            .token_at_offset(TextSize::try_from(at).unwrap_or_default());
        let item = token
            .right_biased()
            .and_then(|t| t.parent_ancestors().find(|n| ast::Item::can_cast(n.kind())));
        out.extend(item.map(|i| Range::<usize>::from(i.text_range())));
    }
    out.push(0..text.len());
    out
}

/// The smallest set found within the budget of those in `all` that have to stay for `broken` to be empty, with what
/// breaks without each. `broken`: the tests that fail while only these stay.
///
/// After A. Zeller, "Yesterday, my program worked. Today, it does not. Why?" (1999): `ddmin` over decisions.
///
/// # Errors
/// What `broken` fails with.
pub fn minimize<E>(
    all: &[ChangeSetId],
    budget: Duration,
    mut broken: impl FnMut(&BTreeSet<ChangeSetId>) -> Result<Vec<String>, E>,
) -> Result<BTreeMap<ChangeSetId, Vec<String>>, E> {
    let deadline = Instant::now() + budget;
    let mut kept: Vec<ChangeSetId> = all.to_vec();
    let mut breaks: BTreeMap<ChangeSetId, Vec<String>> = BTreeMap::new();
    let mut parts = 2usize;
    while !kept.is_empty() && Instant::now() < deadline {
        let size = kept.len().div_ceil(parts.min(kept.len()));
        let mut smaller = None;
        for part in kept.chunks(size) {
            if Instant::now() >= deadline {
                break;
            }
            let rest: BTreeSet<ChangeSetId> = kept
                .iter()
                .filter(|id| !part.contains(id))
                .copied()
                .collect();
            let tests = broken(&rest)?;
            if tests.is_empty() {
                smaller = Some(rest);
                break;
            }
            if let [only] = part {
                breaks.insert(*only, tests);
            }
        }
        match smaller {
            Some(rest) => {
                kept = rest.into_iter().collect();
                parts = parts.saturating_sub(1).max(2);
            }
            None if size == 1 => break,
            None => parts = (parts * 2).min(kept.len()),
        }
    }
    Ok(kept
        .into_iter()
        .map(|id| (id, breaks.remove(&id).unwrap_or_default()))
        .collect())
}
