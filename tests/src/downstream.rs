//! Published downstream crates: fetched by cargo, put on the shim, migrated, compiled and tested before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use toml_edit::{DocumentMut, InlineTable, Item, value};

use crate::tree;

/// A row of `tests/downstream.toml`: crates, how they are migrated, and what is expected.
#[derive(Debug, Clone)]
pub struct Row {
    /// The packages. Several are one workspace, in which they depend on each other by path.
    pub names: Vec<String>,
    /// Their version.
    pub version: String,
    /// Arguments for the tool.
    pub args: Vec<String>,
    /// Constructions before, rewritten, made explicit, left.
    pub expected: Option<[u64; 4]>,
    /// Whether the normal test command has it.
    pub small: bool,
    /// Whether it is left out unless it is asked for.
    pub large: bool,
}

impl Row {
    /// The crates and their version.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.names.join(", "), self.version)
    }

    fn is_workspace(&self) -> bool {
        self.names.len() > 1
    }
}

/// What became of a row.
#[derive(Debug)]
pub struct Outcome {
    /// Constructions before, rewritten, made explicit, left.
    pub counts: [u64; 4],
    /// Slots found, and those that went.
    pub slots: [u64; 2],
    /// How many findings of each id say why a slot or construction stays.
    pub kept: BTreeMap<String, usize>,
    /// How many other findings of each id.
    pub findings: BTreeMap<String, usize>,
    /// Unit tests that passed before.
    pub passed: usize,
    /// Unit tests whose result is another now.
    pub changed: Vec<String>,
    /// How long the tool ran.
    pub time: Duration,
}

/// Findings that announce that a test may come out differently.
const ANNOUNCING: &[&str] = &[
    "tests-share-bus",
    "second-handler",
    "shared-shutdown",
    "stats-assertion",
    "source-scanning-test",
];

/// Findings that come with what changes, or that are about behaviour; the others say why something stays.
const OF_CHANGES: &[&str] = &[
    "debug-output",
    "doc-example",
    "dropped-lookup",
    "error-path-gone",
    "isolated-in-test",
    "kept-capture",
    "merged-bus",
    "public-signature",
    "second-handler",
    "shared-shutdown",
    "source-scanning-test",
    "stats-assertion",
    "tests-share-bus",
];

/// The rows of the table.
///
/// # Panics
/// If the table is malformed.
#[must_use]
pub fn rows() -> Vec<Row> {
    let text = fs::read_to_string(crate::root().join("tests/downstream.toml")).unwrap();
    let table: DocumentMut = text.parse().unwrap();
    table["crate"]
        .as_array_of_tables()
        .unwrap()
        .iter()
        .map(|row| {
            let strings = |key: &str| -> Vec<String> {
                let list = row.get(key).and_then(Item::as_array).into_iter().flatten();
                list.map(|a| a.as_str().unwrap().to_owned()).collect()
            };
            let number = |key: &str| Some(u64::try_from(row.get(key)?.as_integer()?).unwrap());
            let mut names = strings("names");
            names.extend(row.get("name").map(|n| n.as_str().unwrap().to_owned()));
            Row {
                names,
                version: row["version"].as_str().unwrap().to_owned(),
                args: strings("args"),
                expected: number("constructions").and_then(|n| {
                    let rest = ["rewritten", "isolated", "left"].map(number);
                    Some([n, rest[0]?, rest[1]?, rest[2]?])
                }),
                small: row.get("small").and_then(Item::as_bool).unwrap_or_default(),
                large: row.get("large").and_then(Item::as_bool).unwrap_or_default(),
            }
        })
        .collect()
}

/// Writes the crates of a row to a folder of their own: one on the shim, several as a workspace on upstream.
fn set_up(row: &Row, dir: &Path) -> Result<(), String> {
    let mut files = tree::Tree::new();
    let mut manifests = Vec::new();
    for name in &row.names {
        let prefix = match row.is_workspace() {
            true => PathBuf::from(name),
            false => PathBuf::new(),
        };
        let mut own = tree::read(&fetch(name, &row.version));
        own.retain(|path, _| !matches!(path.to_str(), Some("Cargo.toml.orig" | ".cargo-ok")));
        let manifest = own.remove(Path::new("Cargo.toml")).unwrap();
        let manifest = String::from_utf8_lossy(&manifest).into_owned();
        manifests.push((prefix.join("Cargo.toml"), manifest));
        files.extend(
            own.into_iter()
                .map(|(path, bytes)| (prefix.join(path), bytes)),
        );
    }
    // a lock file from before the swap, as a repository has one: it keeps the version of the bus crate
    for shim in [false, true] {
        for (path, text) in &manifests {
            let text = match row.is_workspace() {
                true => text.clone(),
                false => adapted(text, shim),
            };
            files.insert(path.clone(), text.into_bytes());
        }
        if row.is_workspace() {
            let list =
                |line: fn(&String) -> String| -> String { row.names.iter().map(line).collect() };
            let root = format!(
                "[workspace]\nresolver = \"2\"\nmembers = [\n{}]\n\n[patch.crates-io]\n{}\n[profile.dev]\ndebug = false\n",
                list(|n| format!("    {n:?},\n")),
                list(|n| format!("{n} = {{ path = {n:?} }}\n")),
            );
            files.insert("Cargo.toml".into(), root.into_bytes());
        }
        tree::write(dir, &files);
        if !shim {
            let locked = cargo(dir)
                .args(["generate-lockfile", "--quiet"])
                .output()
                .unwrap();
            if !locked.status.success() {
                return Err(said(&locked));
            }
        }
    }
    Ok(())
}

/// What is done with the unit tests of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tests {
    /// They are run before and after.
    Run,
    /// They are compiled with everything else.
    Compile,
}

/// Does a row: the crates compile untouched, are migrated, still compile, and their unit tests, if run, do as before. A crate
/// alone stands on the shim.
///
/// # Errors
/// What broke, with the compiler's words.
///
/// # Panics
/// If cargo cannot be run or the scratch folder cannot be written.
pub fn check(row: &Row, tests: Tests) -> Result<Outcome, String> {
    let name = match row.is_workspace() {
        true => format!("workspace-of-{}-{}", row.names.len(), row.version),
        false => format!("{}-{}", row.names[0], row.version),
    };
    let dir = crate::scratch("downstream").join(name);
    set_up(row, &dir)?;
    compiles(&dir).map_err(|e| format!("untouched: {e}"))?;
    let run = || match tests {
        Tests::Run => unit_tests(&dir),
        Tests::Compile => BTreeMap::new(),
    };
    let before = run();
    let args: Vec<&str> = row
        .args
        .iter()
        .map(String::as_str)
        .chain(["--no-ignore", "--format", "json"])
        .collect();
    let start = Instant::now();
    let output = crate::run_tool(
        &dir,
        &[args.as_slice(), &["--write", "--allow-dirty"]].concat(),
    );
    let time = start.elapsed();
    let report: Value =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("{e}: {}", said(&output)))?;
    compiles(&dir).map_err(|e| format!("migrated: {e}"))?;
    let again = crate::run_tool(&dir, &[args.as_slice(), &["--check"]].concat());
    if again.status.code() != Some(0) {
        return Err(format!("a second run would change it: {}", said(&again)));
    }
    let after = run();
    let (mut kept, mut findings) = (BTreeMap::new(), BTreeMap::new());
    for finding in report["findings"].as_array().unwrap() {
        let id = finding["id"].as_str().unwrap();
        let list = match OF_CHANGES.contains(&id) {
            true => &mut findings,
            false => &mut kept,
        };
        *list.entry(id.to_owned()).or_default() += 1;
    }
    let changed: Vec<String> = before
        .iter()
        .filter(|(name, passed)| **passed && after.get(*name) != Some(&true))
        .map(|(name, _)| name.clone())
        .collect();
    if !changed.is_empty() && !ANNOUNCING.iter().any(|id| findings.contains_key(*id)) {
        return Err(format!(
            "tests that no finding announced come out differently: {}",
            changed.join(", ")
        ));
    }
    let number = |key: &str| report["summary"][key].as_u64().unwrap();
    Ok(Outcome {
        counts: ["constructions", "rewritten", "isolated", "left"].map(number),
        slots: ["slots", "slots_removed"].map(number),
        kept,
        findings,
        passed: before.values().filter(|p| **p).count(),
        changed,
        time,
    })
}

/// Has cargo fetch a crate and gives the folder of its source.
fn fetch(name: &str, version: &str) -> PathBuf {
    let dir = crate::scratch("fetch").join(format!("{name}-{version}"));
    fs::create_dir_all(dir.join("src")).unwrap();
    fs::write(dir.join("src/lib.rs"), "").unwrap();
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
    );
    fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    let output = cargo(&dir)
        .args(["metadata", "--format-version", "1", "--quiet"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{name} {version}: {e}: {}", said(&output)));
    let found = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["name"] == name && p["version"] == version)
        .and_then(|p| p["manifest_path"].as_str())
        .unwrap();
    Path::new(found).parent().unwrap().to_path_buf()
}

/// The manifest in a workspace of its own; with the bus crate swapped for the shim if `shim`.
fn adapted(text: &str, shim: bool) -> String {
    let mut manifest: DocumentMut = text.parse().unwrap();
    for kind in ["dependencies", "dev-dependencies"] {
        let Some(item) = manifest
            .get_mut(kind)
            .filter(|_| shim)
            .and_then(|t| t.get_mut("rvoip-infra-common"))
        else {
            continue;
        };
        let mut new = InlineTable::new();
        new.insert("package", "coordinator-shim".into());
        new.insert(
            "path",
            crate::root()
                .join("shim")
                .to_string_lossy()
                .into_owned()
                .into(),
        );
        if let Some(features) = item.get("features").and_then(Item::as_array) {
            new.insert("features", features.clone().into());
        }
        *item = value(new);
    }
    manifest["workspace"] = Item::Table(toml_edit::Table::new());
    manifest["profile"]["dev"]["debug"] = value(false);
    manifest.to_string()
}

fn cargo(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(dir)
        .env("CARGO_TARGET_DIR", crate::scratch("downstream-target"))
        .env_remove("RUSTFLAGS");
    command
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

fn compiles(dir: &Path) -> Result<(), String> {
    let output = cargo(dir)
        .args(["check", "--workspace", "--all-targets", "--quiet"])
        .output()
        .unwrap();
    if output.status.success() {
        Ok(())
    } else {
        Err(said(&output))
    }
}

/// The unit tests, and whether each passes.
fn unit_tests(dir: &Path) -> BTreeMap<String, bool> {
    let output = cargo(dir)
        .args(["test", "--workspace", "--lib", "--no-fail-fast"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let mut results = BTreeMap::new();
    let mut failed = BTreeSet::new();
    for line in text.lines().filter_map(|l| l.strip_prefix("test ")) {
        // output of the test itself may stand between its name and its result
        let Some((name, result)) = line.split_once(" ... ") else {
            continue;
        };
        if result.contains("FAILED") {
            failed.insert(name.to_owned());
        }
        if !result.contains("ignored") {
            results.insert(name.to_owned(), !result.contains("FAILED"));
        }
    }
    for name in failed {
        results.insert(name, false);
    }
    results
}
