//! What the two crates depend on: licences, doubles, and what nobody uses.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use migration_tests::{root, succeeded};
use serde_json::Value;

const OURS: &[&str] = &["coordinator-codemod", "coordinator-shim"];

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["metadata", "--locked", "--format-version", "1"])
        .current_dir(root());
    serde_json::from_str(&succeeded(&mut cargo)).unwrap()
}

/// What is built into the two crates, by package id.
fn built_in(metadata: &Value) -> BTreeSet<String> {
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let by_id: BTreeMap<&str, &Value> = nodes
        .iter()
        .map(|n| (n["id"].as_str().unwrap(), n))
        .collect();
    let packages = metadata["packages"].as_array().unwrap();
    let mut queue: Vec<&str> = packages
        .iter()
        .filter(|p| OURS.contains(&p["name"].as_str().unwrap()))
        .map(|p| p["id"].as_str().unwrap())
        .collect();
    let mut out = BTreeSet::new();
    while let Some(id) = queue.pop() {
        if !out.insert(id.to_owned()) {
            continue;
        }
        for dependency in by_id[id]["deps"].as_array().unwrap() {
            let mut kinds = dependency["dep_kinds"].as_array().unwrap().iter();
            if kinds.any(|k| k["kind"] != "dev") {
                queue.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    out
}

fn is_allowed(license: &str) -> bool {
    let alternatives = license.replace('/', " OR ").replace(['(', ')'], "");
    alternatives
        .split(" OR ")
        .any(|a| a.split(" AND ").all(|l| ALLOWED.contains(&l.trim())))
}

#[test]
fn licences_are_known_and_permissive() {
    assert!(!is_allowed("GPL-3.0-only") && !is_allowed("MIT AND GPL-3.0-only"));
    let metadata = metadata();
    let built_in = built_in(&metadata);
    assert!(built_in.len() > 50);
    for package in metadata["packages"].as_array().unwrap() {
        if built_in.contains(package["id"].as_str().unwrap()) {
            let license = package["license"].as_str().unwrap_or_default();
            assert!(is_allowed(license), "{}: {license:?}", package["name"]);
        }
    }
}

/// In the command's tree twice, and why that is not ours to change.
const DOUBLES: &[(&str, &str)] = &[
    (
        "hashbrown",
        "rowan 0.17, below ra_ap_syntax, has an older one",
    ),
    (
        "rustc-hash",
        "rowan 0.17, below ra_ap_syntax, has an older one",
    ),
    ("winnow", "ra_ap_parser 0.0.349 has an older one"),
];

#[test]
fn the_command_has_each_dependency_once() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["tree", "--locked", "--duplicates"])
        .args(["--package", "coordinator-codemod"])
        .args(["--edges", "normal", "--prefix", "none", "--depth", "0"])
        .args(["--format", "{p}"])
        .current_dir(root());
    let text = succeeded(&mut cargo);
    // one version may be there for the build and for the command
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, version) in text.lines().filter_map(|l| l.split_once(' ')) {
        versions.entry(name).or_default().insert(version);
    }
    let doubles = versions.iter().filter(|(_, v)| v.len() > 1);
    let doubles: BTreeSet<&str> = doubles.map(|(name, _)| *name).collect();
    assert_eq!(doubles, DOUBLES.iter().map(|(name, _)| *name).collect());
}

#[test]
fn every_dependency_has_a_use() {
    for krate in ["codemod", "shim"] {
        let dir = root().join(krate);
        let manifest = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap();
        let manifest: toml_edit::DocumentMut = manifest.parse().unwrap();
        let sources = walkdir::WalkDir::new(dir.join("src")).into_iter().flatten();
        let text: String = sources
            .filter(|f| f.path().extension().is_some_and(|e| e == "rs"))
            .map(|f| std::fs::read_to_string(f.path()).unwrap())
            .collect();
        for (name, _) in manifest["dependencies"].as_table().unwrap() {
            let name = name.replace('-', "_");
            let used = [
                format!("{name}::"),
                format!("{name}!"),
                format!("use {name};"),
            ];
            assert!(
                used.iter().any(|u| text.contains(u)),
                "{krate} does not use {name}"
            );
        }
    }
}
