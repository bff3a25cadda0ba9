//! What holds for any input, as functions of bytes: the fuzz targets and their stable harness call these.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use coordinator_codemod::apply::still_parses;
use coordinator_codemod::core::options::{Options, Scope};
use coordinator_codemod::core::workspace::{
    Dependency, DependencyKind, Edition, Language, Package, PackageId, SourceFile, Target,
    TargetKind, Workspace,
};
use coordinator_codemod::core::{self, edit, examples};
use fastrand::Rng;
use ra_ap_parser::{LexedStr, SyntaxKind};

/// An input that takes longer is taken for one that hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The stack that the command gives its work.
const STACK: usize = 256 << 20;

const MANIFEST: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nrvoip-infra-common = \"0.4\"\n";

/// What the migration makes of a library of one file. `None`: nothing.
///
/// # Errors
/// What of the plan cannot be.
///
/// # Panics
/// If the migration does.
pub fn migrated(text: &str) -> Result<Option<String>, String> {
    let work = || -> Result<Option<String>, String> {
        let mut workspace = Workspace {
            packages: vec![Package {
                name: "app".into(),
                dir: PathBuf::new(),
                edition: Edition::Edition2021,
                published: true,
                targets: vec![Target {
                    kind: TargetKind::Lib,
                    name: "app".into(),
                    root: "src/lib.rs".into(),
                }],
                dependencies: vec![Dependency {
                    extern_name: "rvoip_infra_common".into(),
                    package: "rvoip-infra-common".into(),
                    kind: DependencyKind::Normal,
                    member: None,
                    unread: false,
                    conditional: false,
                }],
            }],
            files: vec![SourceFile {
                path: "src/lib.rs".into(),
                text: text.into(),
                package: Some(PackageId(0)),
                language: Language::Rust,
                writable: true,
                example: None,
            }],
            macros: Vec::new(),
        };
        examples::expand(&mut workspace);
        let options = Options {
            scope: Scope::Pass,
            include_new: true,
            ..Options::default()
        };
        let plan = core::analyze(&workspace, options).plan(&std::collections::BTreeMap::new());
        let mut after = None;
        for (file, edits) in &plan.edits {
            if file.0 != 0 {
                return Err(format!("edits of file {} of 1", file.0));
            }
            after = Some(edit::apply(text, edits).map_err(|e| e.to_string())?);
        }
        Ok(after)
    };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        let joined = builder.spawn_scoped(scope, work).unwrap().join();
        joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Any bytes as a source file.
///
/// # Errors
/// Which property does not hold.
pub fn source(bytes: &[u8]) -> Result<(), String> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(());
    };
    let start = Instant::now();
    let Some(after) = migrated(text)? else {
        return patient(start);
    };
    if !still_parses(text, &after) {
        return Err(format!("it parsed before, and does not after:\n{after}"));
    }
    // In what no compiler takes, the first run may take out what made the rest unreadable: then a later one goes on. That
    // one run is enough for what compiles, the fixtures and the generator check.
    let mut last = after.clone();
    for run in 2.. {
        let Some(again) = migrated(&last)? else { break };
        if run > 4 {
            return Err(format!("it never comes to an end:\n{last}\n---\n{again}"));
        }
        last = again;
    }
    let mut left = comments(&after);
    for (comment, count) in comments(text) {
        let now = left.remove(&comment).unwrap_or(0);
        if now < count {
            return Err(format!("a comment is lost: {comment}\n{after}"));
        }
    }
    patient(start)
}

fn patient(start: Instant) -> Result<(), String> {
    let took = start.elapsed();
    (took < PATIENCE)
        .then_some(())
        .ok_or_else(|| format!("it took {took:?}"))
}

/// Comments by how often they are there. Those of documentation may be code that is rewritten.
fn comments(text: &str) -> HashMap<String, usize> {
    let lexed = LexedStr::new(ra_ap_parser::Edition::Edition2021, text);
    let mut out = HashMap::new();
    for i in (0..lexed.len()).filter(|i| lexed.kind(*i) == SyntaxKind::COMMENT) {
        let comment = lexed.text(i);
        let is_doc = ["///", "//!", "/**", "/*!"]
            .iter()
            .any(|d| comment.starts_with(d));
        if !is_doc {
            *out.entry(comment.trim_end().to_owned()).or_default() += 1;
        }
    }
    out
}

/// Arguments, one a line, on a package that has something to do. Without `--write` and the like nothing is written.
///
/// # Errors
/// Which property does not hold.
pub fn arguments(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let args: Vec<&str> = text.lines().filter(|a| !a.contains('\0')).collect();
    // what it names shall be in the package alone
    if args.iter().any(|a| a.contains('/') || a.contains("..")) {
        return Ok(());
    }
    let before = "fn f() { rvoip_infra_common::events::GlobalEventCoordinator::monolithic(); }\n";
    let dir = package(MANIFEST, before)?;
    let output = run(dir.path(), &args)?;
    let after = fs::read_to_string(dir.path().join("src/lib.rs")).map_err(|e| e.to_string())?;
    let writes = ["--write", "--interactive", "-i"];
    if after != before && !args.iter().any(|a| writes.contains(a)) {
        return Err(format!("it wrote without being asked: {output}"));
    }
    Ok(())
}

/// Any text as a manifest.
///
/// # Errors
/// Which property does not hold.
pub fn manifest(bytes: &[u8]) -> Result<(), String> {
    let before = String::from_utf8_lossy(bytes);
    let dir = package(
        &before,
        "use rvoip_infra_common::events::GlobalEventCoordinator;\n",
    )?;
    for args in [&["--check"][..], &["--write", "--shim", "add"]] {
        run(dir.path(), args)?;
    }
    let path = dir.path().join("Cargo.toml");
    let after = fs::read(path).map_err(|e| e.to_string())?;
    let parses = |text: &str| text.parse::<toml_edit::DocumentMut>().is_ok();
    match std::str::from_utf8(&after) {
        Ok(after) if !parses(&before) || parses(after) => Ok(()),
        _ => Err("the manifest parsed before, and does not after".into()),
    }
}

fn package(manifest: &str, source: &str) -> Result<tempfile::TempDir, String> {
    let make = || {
        let dir = tempfile::tempdir()?;
        fs::write(dir.path().join("Cargo.toml"), manifest)?;
        fs::create_dir(dir.path().join("src"))?;
        fs::write(dir.path().join("src/lib.rs"), source)?;
        Ok(dir)
    };
    make().map_err(|e: std::io::Error| e.to_string())
}

fn run(dir: &std::path::Path, args: &[&str]) -> Result<String, String> {
    let start = Instant::now();
    let output = Command::new(crate::tool())
        .args(args)
        .current_dir(dir)
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|e| e.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0..=3) if !said.contains("panicked") => patient(start).map(|()| said),
        code => Err(format!("{args:?} exits with {code:?}: {said}")),
    }
}

/// The Rust files below the fixtures: valid, and full of what the migration is about.
///
/// # Panics
/// If they are not there.
#[must_use]
pub fn corpus() -> Vec<String> {
    let files = walkdir::WalkDir::new(crate::root().join("fixtures")).sort_by_file_name();
    let files = files.into_iter().flatten();
    let out: Vec<String> = files
        .filter(|f| f.path().extension().is_some_and(|e| e == "rs"))
        .filter_map(|f| fs::read_to_string(f.path()).ok())
        .collect();
    assert!(out.len() > 100, "the fixtures are gone");
    out
}

/// Pieces of code about coordinators.
const SNIPPETS: &[&str] = &[
    "let c = GlobalEventCoordinator::monolithic().await?;",
    "let c = std::sync::Arc::new(rvoip_infra_common::events::GlobalEventCoordinator::monolithic().await.unwrap());",
    "let c = Arc::new(GlobalEventCoordinator::new(EventCoordinatorConfig::monolithic()).await?); // why\n",
    "let s = Service::new(c.clone(), 3).await;",
    "tokio::spawn(async move { c.stats().await });",
    "fn hand(c: Arc<GlobalEventCoordinator>, n: u32) -> Arc<GlobalEventCoordinator> { c }",
    "struct Service { /* kept */ c: Arc<GlobalEventCoordinator>, n: u32 }",
    "impl Service { async fn new(c: Arc<GlobalEventCoordinator>, n: u32) -> Self { Self { c, n } } }",
    "c.publish(event).await?;",
    "drop(c);",
    "let Self { c, .. } = self;",
    "match c { Some(c) => c, None => return Err(\"none\".into()) }",
    "use rvoip_infra_common::events::GlobalEventCoordinator;",
    "use std::sync::Arc;",
];

/// A file of the corpus with pieces about coordinators put between its tokens.
#[must_use]
pub fn spliced(rng: &mut Rng, corpus: &[String]) -> Vec<u8> {
    let text = rng.choice(corpus).cloned().unwrap_or_default();
    let lexed = LexedStr::new(ra_ap_parser::Edition::Edition2021, &text);
    let ends: Vec<usize> = (0..lexed.len())
        .filter(|i| matches!(lexed.text(*i), "{" | "}" | ";"))
        .map(|i| lexed.text_range(i).end)
        .collect();
    let mut at: Vec<usize> = (0..rng.usize(1..5))
        .filter_map(|_| rng.choice(&ends).copied())
        .collect();
    at.sort_unstable();
    let mut out = String::new();
    let mut done = 0;
    for end in at {
        out.push_str(&text[done..end]);
        out.push_str(rng.choice(SNIPPETS).copied().unwrap_or_default());
        done = end;
    }
    out.push_str(&text[done..]);
    out.into_bytes()
}

/// A text with tokens taken out, doubled, moved, and taken over from another one; sometimes with other bytes.
#[must_use]
pub fn mutated(rng: &mut Rng, corpus: &[String]) -> Vec<u8> {
    let tokens = |text: &str| -> Vec<String> {
        let lexed = LexedStr::new(ra_ap_parser::Edition::Edition2021, text);
        (0..lexed.len()).map(|i| lexed.text(i).to_owned()).collect()
    };
    let pick = |rng: &mut Rng| tokens(rng.choice(corpus).map_or("", String::as_str));
    let mut own = pick(rng);
    for _ in 0..rng.usize(1..5) {
        if own.is_empty() {
            break;
        }
        let from = rng.usize(0..own.len());
        let to = (from + rng.usize(1..12)).min(own.len());
        match rng.u8(0..5) {
            0 => drop(own.drain(from..to)),
            1 => {
                let piece = own[from..to].to_vec();
                own.splice(from..from, piece);
            }
            2 => {
                let at = rng.usize(0..own.len());
                own.swap(from, at);
            }
            3 => {
                let other = pick(rng);
                let start = rng.usize(0..other.len().max(1)).min(other.len());
                let end = (start + rng.usize(1..60)).min(other.len());
                own.splice(from..from, other[start..end].iter().cloned());
            }
            _ => {
                let odd = [
                    "\0", "\r", "\u{feff}", "\u{202e}", "é", "'", "\"", "r#\"", "/*", "\\",
                ];
                own.insert(from, rng.choice(odd).unwrap_or_default().to_owned());
            }
        }
    }
    let mut bytes = own.concat().into_bytes();
    if rng.u8(0..10) == 0 && !bytes.is_empty() {
        let at = rng.usize(0..bytes.len());
        bytes[at] = rng.u8(..);
    }
    bytes
}

/// Arguments of the command in any order, with what they may not be among them.
#[must_use]
pub fn some_arguments(rng: &mut Rng) -> Vec<u8> {
    const WORDS: &[&str] = &[
        "--write",
        "--check",
        "--scope",
        "construct",
        "pass",
        "--scope=all",
        "--keep-public",
        "--include-new",
        "--tests",
        "follow",
        "isolate",
        "global",
        "--shim",
        "add",
        "remove",
        "--include",
        "src",
        "[",
        "**",
        "--exclude",
        "--no-ignore",
        "--allow-dirty",
        "--patch",
        "p.diff",
        "--format",
        "json",
        "sarif",
        "github",
        "markdown",
        "--jobs",
        "0",
        "-1",
        "99999999999999999999",
        "--color",
        "always",
        "--quiet",
        "--verbose",
        "explain",
        "--list",
        "merged-bus",
        "no-such-id",
        "completions",
        "bash",
        "man",
        ".",
        "src",
        "absent",
        "--",
        "-",
        "",
        "é",
        "--verify=x",
    ];
    let count = rng.usize(0..6);
    let words: Vec<&str> = (0..count)
        .filter_map(|_| rng.choice(WORDS).copied())
        .collect();
    words.join("\n").into_bytes()
}

/// A manifest with odd lines.
#[must_use]
pub fn some_manifest(rng: &mut Rng) -> Vec<u8> {
    const LINES: &[&str] = &[
        "[package]",
        "name = \"app\"",
        "version = \"0.1.0\"",
        "edition = \"2021\"",
        "edition = \"1999\"",
        "edition.workspace = true",
        "[dependencies]",
        "rvoip-infra-common = \"0.4\"",
        "rvoip-infra-common = { version = \"0.4\", features = [\"no-global-allocator\"] } # why",
        "bus = { package = \"rvoip-infra-common\", version = \"0.4\" }",
        "rvoip-infra-common.workspace = true",
        "[workspace]",
        "members = [\"*\", \"../x\"]",
        "[workspace.dependencies]",
        "[dependencies.rvoip-infra-common]",
        "path = \".\"",
        "path = \"src/lib.rs\"",
        "[[bin]]",
        "name = \"b\"",
        "[lib]",
        "[target.'cfg(unix)'.dependencies]",
        "[dev-dependencies]",
        "[features]",
        "x = [\"rvoip-infra-common/test\"]",
        "= 3",
        "[[[",
        "\u{feff}",
        "\r",
        "[patch.crates-io]",
        "git = \"x\"",
        "optional = true",
    ];
    let count = rng.usize(0..14);
    let mut out = if rng.bool() {
        MANIFEST.to_owned()
    } else {
        String::new()
    };
    for _ in 0..count {
        out.push_str(rng.choice(LINES).copied().unwrap_or_default());
        out.push('\n');
    }
    out.into_bytes()
}
