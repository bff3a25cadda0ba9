//! A package to run the command on, and what it answers.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, missing_docs)] // each test binary uses some of it

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

pub const MANIFEST: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nrvoip-infra-common = \"0.4\"\n";
pub const BEFORE: &str = "use rvoip_infra_common::events::GlobalEventCoordinator;\n\nasync fn f() {\n    // one\n    let c = std::sync::Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());\n    c.stats().await;\n}\n";
pub const AFTER: &str = "use rvoip_infra_common::events::global_coordinator;\n\nasync fn f() {\n    // one\n    let c = global_coordinator().await;\n    c.stats().await;\n}\n";

pub fn package() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "Cargo.toml", MANIFEST);
    write(dir.path(), "src/lib.rs", BEFORE);
    dir
}

pub fn write(dir: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn read(dir: &Path, path: &str) -> String {
    fs::read_to_string(dir.join(path)).unwrap()
}

pub fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_coordinator-codemod"))
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn git(dir: &Path, args: &[&str]) -> Output {
    Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.c"])
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap()
}
