//! Every Rust file below the given folders (cargo's registry, if none) comes out as it went in: none is of those who use
//! the bus. Each is also read with a word in a comment that makes it be parsed and resolved.
//!
//! ```text
//! cargo run --release -p migration-tests --bin corpora -- [DIR]…
//! ```
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use migration_tests::properties;

fn main() -> ExitCode {
    let mut dirs: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if dirs.is_empty() {
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
        dirs.push(home.unwrap().join("registry/src"));
    }
    let mut bad = Vec::new();
    for dir in &dirs {
        let output = Command::new(migration_tests::tool())
            .args([
                "--check",
                "--no-ignore",
                "--exclude",
                "**/rvoip-*",
                "--exclude",
                "**/rvoip_*",
            ])
            .arg(dir)
            .output()
            .unwrap();
        if output.status.code() != Some(0) {
            bad.push(format!(
                "{}: exit {:?}\n{}",
                dir.display(),
                output.status.code(),
                String::from_utf8_lossy(&output.stderr)
            ));
        }
    }
    let files: Vec<PathBuf> = dirs.iter().flat_map(|d| sources(d)).collect();
    let (next, changed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(why) = changes(path) {
                        changed
                            .lock()
                            .unwrap()
                            .push(format!("{}: {why}", path.display()));
                    }
                }
            });
        }
    });
    bad.extend(changed.into_inner().unwrap());
    for it in &bad {
        eprintln!("{it}");
    }
    println!(
        "{} files, {} of them changed or failed",
        files.len(),
        bad.len()
    );
    ExitCode::from(u8::from(!bad.is_empty()))
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(dir).into_iter().flatten();
    entries
        .map(walkdir::DirEntry::into_path)
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .filter(|p| !p.to_string_lossy().contains("/rvoip"))
        .collect()
}

fn changes(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let text = format!("{text}\n// GlobalEventCoordinator::monolithic\n");
    let migrated = std::panic::catch_unwind(|| properties::migrated(&text));
    match migrated {
        Ok(Ok(None)) => None,
        Ok(Ok(Some(_))) => Some("changed".into()),
        Ok(Err(why)) => Some(why),
        Err(_) => Some("panicked".into()),
    }
}
