//! The Rust blocks of the documents compile, and what they link to exists.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;

use migration_tests::cargo::{Bus, Scratch};
use migration_tests::tree::Tree;

/// The Rust blocks of a document.
fn blocks(document: &str) -> Vec<String> {
    let text = fs::read_to_string(migration_tests::root().join(document)).unwrap();
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(
                open.take()
                    .filter(|(info, _)| info == "rust")
                    .map(|(_, body)| body),
            ),
            (Some((_, body)), None) => {
                let _ = writeln!(body, "{line}");
            }
            (None, None) => {}
        }
    }
    found
}

#[test]
fn rust_blocks_of_the_documents_compile() {
    let mut library = String::from("#![allow(dead_code, deprecated)]\n");
    let mut count = 0;
    for document in ["README.md", "MIGRATION.md"] {
        for body in blocks(document) {
            let _ = writeln!(library, "mod block_{count} {{\n{body}}}");
            count += 1;
        }
    }
    assert!(count >= 6, "only {count} blocks");
    let manifest = format!(
        "[package]\nname = \"documents\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\nanyhow = \"1\"\n\
         coordinator-shim = {{ path = {:?} }}\nrvoip-infra-common = \"0.4\"\n",
        migration_tests::root().join("shim")
    );
    let tree = Tree::from([
        ("Cargo.toml".into(), manifest.into_bytes()),
        ("src/lib.rs".into(), library.into_bytes()),
    ]);
    let mut scratch = Scratch::new("documents");
    scratch.add("documents", &tree, Bus::Upstream, false);
    scratch.finish();
    let errors: Vec<String> = scratch
        .check(&[])
        .diagnostics
        .into_values()
        .flatten()
        .map(|d| d.rendered)
        .collect();
    assert!(errors.is_empty(), "{}", errors.concat());
}

#[test]
fn every_finding_that_the_guide_names_has_a_page() {
    let guide = fs::read_to_string(migration_tests::root().join("MIGRATION.md")).unwrap();
    let pages = migration_tests::root().join("codemod/src/core/explain");
    let table = guide.lines().filter(|l| l.starts_with("| `"));
    let named: Vec<&str> = table
        .flat_map(|l| l.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() >= 15);
    for id in named {
        assert!(pages.join(format!("{id}.md")).is_file(), "{id}");
    }
}
