//! Shared pieces of the test suites in this package: running the tool, folders as text, cargo's messages.

#![allow(clippy::unwrap_used)] // a test helper that fails ends the test, with the place

mod batch;
pub mod cargo;
pub mod case;
pub mod downstream;
pub mod generate;
pub mod properties;
pub mod tree;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The folder below cargo's target folder that these tests write to.
#[must_use]
pub fn scratch(name: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("migration-tests").join(name)
}

/// The tool's binary, built once, as people run it: the suites start it some thousand times.
///
/// # Panics
/// If it does not build.
#[must_use]
pub fn tool() -> &'static Path {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    TOOL.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build
            .args([
                "build",
                "--quiet",
                "--release",
                "--package",
                "coordinator-codemod",
                "--message-format=json",
            ])
            .current_dir(root());
        succeeded(&mut build)
            .lines()
            .filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok())
            .filter_map(|m| m["executable"].as_str().map(PathBuf::from))
            .next_back()
            .unwrap()
    })
}

/// What a command prints.
///
/// # Panics
/// If it fails, with what it says.
#[must_use]
pub fn succeeded(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs the tool in `dir`.
///
/// # Panics
/// If it cannot be started.
#[must_use]
pub fn run_tool(dir: &Path, args: &[&str]) -> Output {
    tool_in(dir, args).output().unwrap()
}

/// The command that runs the tool in `dir`, with cargo building below the scratch folder. What is changed in this repository
/// is nothing to it.
#[must_use]
pub fn tool_in(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(tool());
    command
        .args(args)
        .current_dir(dir)
        .env("CARGO_TARGET_DIR", scratch("target"))
        .env("GIT_CEILING_DIRECTORIES", root());
    command
}
