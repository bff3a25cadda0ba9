//! Published downstream crates: fetched by cargo, put on the shim, migrated, compiled and tested before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use toml_edit::{DocumentMut, InlineTable, Item, value};

use crate::tree;

/// A row of `tests/downstream.toml`: a crate, how it is migrated, and what is expected.
#[derive(Debug, Clone)]
pub struct Row {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Arguments for the tool.
    pub args: Vec<String>,
    /// Constructions before, rewritten, made explicit, left.
    pub expected: [u64; 4],
    /// Whether the normal test command has it.
    pub small: bool,
    /// Whether it is left out unless it is asked for.
    pub large: bool,
}

/// What became of a row.
#[derive(Debug)]
pub struct Outcome {
    /// Constructions before, rewritten, made explicit, left.
    pub counts: [u64; 4],
    /// How many findings of each id.
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
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            let number = |key: &str| u64::try_from(row[key].as_integer().unwrap()).unwrap();
            Row {
                name: text("name"),
                version: text("version"),
                args: row["args"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|a| a.as_str().unwrap().to_owned())
                    .collect(),
                expected: ["constructions", "rewritten", "isolated", "left"].map(number),
                small: row.get("small").and_then(Item::as_bool).unwrap_or_default(),
                large: row.get("large").and_then(Item::as_bool).unwrap_or_default(),
            }
        })
        .collect()
}

/// Does a row: the crate compiles untouched on the shim, is migrated, still compiles, and its unit tests do as before.
///
/// # Errors
/// What broke, with the compiler's words.
///
/// # Panics
/// If cargo cannot be run or the scratch folder cannot be written.
pub fn check(row: &Row) -> Result<Outcome, String> {
    let dir = crate::scratch("downstream").join(format!("{}-{}", row.name, row.version));
    let source = fetch(&row.name, &row.version);
    let mut files = tree::read(&source);
    files.retain(|path, _| !matches!(path.to_str(), Some("Cargo.toml.orig" | ".cargo-ok")));
    let manifest = files.remove(Path::new("Cargo.toml")).unwrap();
    let original = String::from_utf8_lossy(&manifest).into_owned();
    // a lock file from before the swap, as a repository has one: it keeps the version of the bus crate
    files.insert("Cargo.toml".into(), adapted(&original, false).into_bytes());
    tree::write(&dir, &files);
    let locked = cargo(&dir)
        .args(["generate-lockfile", "--quiet"])
        .output()
        .unwrap();
    if !locked.status.success() {
        return Err(said(&locked));
    }
    files.insert("Cargo.toml".into(), adapted(&original, true).into_bytes());
    tree::write(&dir, &files);
    compiles(&dir).map_err(|e| format!("untouched, on the shim: {e}"))?;
    let before = unit_tests(&dir);
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
    let after = unit_tests(&dir);
    let mut findings: BTreeMap<String, usize> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        *findings
            .entry(finding["id"].as_str().unwrap().to_owned())
            .or_default() += 1;
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
        .args(["check", "--all-targets", "--quiet"])
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
        .args(["test", "--lib", "--quiet", "--", "--format=pretty"])
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
