//! What lets a maintainer leave a run unattended: verification, the journal, the shim's swap, the reports' agreement, the
//! review at a terminal.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use migration_tests::{root, run_tool, scratch, tool, tool_in, tree};
use serde_json::Value;

const DEPENDENCIES: &str = "rvoip-infra-common = { version = \"0.4\", features = [\"no-global-allocator\"] } # the bus\ntokio = { version = \"1\", features = [\"full\"] }\n";
const MAIN: &str = r#"use std::sync::Arc;

use rvoip_infra_common::events::coordinator::GlobalEventCoordinator;

async fn count(bus: Arc<GlobalEventCoordinator>) -> usize {
    bus.stats().await.registered_handlers
}

#[tokio::main]
async fn main() {
    let bus = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());
    println!("{}", count(bus).await);
}
"#;

fn put(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn package(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n{rest}")
}

/// A folder for cargo, with the lock file of this repository.
fn workspace(name: &str) -> PathBuf {
    let dir = scratch("trust").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    fs::copy(root().join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
    dir
}

/// Such a folder with one package of that name that depends on the bus crate. Packages of one name at the roots of two
/// workspaces would share what cargo builds.
fn app(name: &str) -> PathBuf {
    let dir = workspace(name);
    let dependencies = format!("[dependencies]\n{DEPENDENCIES}\n[workspace]\n");
    put(&dir, "Cargo.toml", &package(name, &dependencies));
    dir
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn what_a_macro_needs_stays_with_the_compilers_words_and_the_rest_goes() {
    let dir = workspace("macro");
    put(
        &dir,
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"needs\", \"app\"]\n",
    );
    put(
        &dir,
        "needs/Cargo.toml",
        &package("needs", "[lib]\nproc-macro = true\n"),
    );
    put(
        &dir,
        "needs/src/lib.rs",
        r#"use proc_macro::TokenStream;

/// Has the name of an attribute that the tool knows, and does what that one does not.
#[proc_macro_attribute]
pub fn instrument(_: TokenStream, item: TokenStream) -> TokenStream {
    let text = item.to_string();
    let at = text.find('{').unwrap();
    format!("{} {{ let _ = &bus; {}", &text[..at], &text[at + 1..]).parse().unwrap()
}
"#,
    );
    let rest = format!("[dependencies]\nneeds = {{ path = \"../needs\" }}\n{DEPENDENCIES}");
    put(&dir, "app/Cargo.toml", &package("app", &rest));
    let traced = MAIN
        .replace("async fn main() {\n", "async fn main() {\n    traced(Arc::new(GlobalEventCoordinator::monolithic().await.unwrap())).await;\n")
        + "\n#[needs::instrument]\nasync fn traced(bus: Arc<GlobalEventCoordinator>) {\n    println!(\"{}\", bus.stats().await.registered_handlers);\n}\n";
    put(&dir, "app/src/main.rs", &traced);
    let output = run_tool(&dir, &["--write", "--verify", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["slots"], 2, "{report}");
    assert_eq!(report["summary"]["slots_removed"], 1, "{report}");
    let kept = (report["findings"].as_array().unwrap().iter())
        .find(|f| f["id"] == "breaks-build")
        .unwrap();
    assert!(
        kept["message"].as_str().unwrap().contains("E0425"),
        "{kept}"
    );
    let after = fs::read_to_string(dir.join("app/src/main.rs")).unwrap();
    assert!(after.contains("async fn count() -> usize"), "{after}");
    assert!(
        after.contains("async fn traced(bus: Arc<GlobalEventCoordinator>)"),
        "{after}"
    );
    assert!(!dir.join(".coordinator-codemod").exists());
}

#[test]
fn a_test_that_passed_still_passes() {
    let dir = app("behaviour");
    let tests = r#"
#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn first_shuts_its_bus_down() {
        let bus = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());
        let other = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());
        assert!(!Arc::ptr_eq(&bus, &other));
    }

    #[tokio::test]
    async fn second_counts() {
        let bus = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());
        assert_eq!(count(bus).await, 0);
    }
}
"#;
    put(&dir, "src/main.rs", &format!("{MAIN}{tests}"));
    let args = [
        "--write",
        "--verify=test",
        "--tests",
        "global",
        "--format",
        "json",
    ];
    let output = run_tool(&dir, &args);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // either of the two will do, and nothing else
    assert_eq!(report["summary"]["rewritten"], 3, "{report}");
    assert_eq!(report["summary"]["left"], 1, "{report}");
    let findings = report["findings"].as_array().unwrap();
    let kept = findings.iter().find(|f| f["id"] == "breaks-test").unwrap();
    assert!(
        kept["message"]
            .as_str()
            .unwrap()
            .contains("first_shuts_its_bus_down"),
        "{kept}"
    );
}

#[test]
fn a_test_that_fails_now_and_then_is_nobodys() {
    let dir = app("unstable");
    // the runs are counted in a file: the first two are those before the change
    let tests = r#"
#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str) -> usize {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let n = std::fs::read_to_string(&path).map_or(0, |n| n.parse().unwrap()) + 1;
        std::fs::write(&path, n.to_string()).unwrap();
        n
    }

    #[test]
    fn fails_before() {
        assert_ne!(run("before"), 2);
    }

    #[test]
    fn fails_after() {
        assert_ne!(run("after"), 3);
    }

    #[tokio::test]
    async fn counts() {
        let bus = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());
        assert_eq!(count(bus).await, 0);
    }
}
"#;
    put(&dir, "src/main.rs", &format!("{MAIN}{tests}"));
    let output = run_tool(&dir, &["--write", "--verify=test", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["left"], 0, "{report}");
    assert_eq!(report["summary"]["slots_removed"], 1, "{report}");
    let findings = report["findings"].as_array().unwrap();
    let unstable = findings.iter().filter(|f| f["id"] == "unstable-test");
    let named: Vec<&str> = unstable.map(|f| f["message"].as_str().unwrap()).collect();
    assert_eq!(named.len(), 2, "{report}");
    assert!(
        named[0].contains("fails_after") && named[1].contains("fails_before"),
        "{named:?}"
    );
}

#[test]
fn a_build_that_failed_before_is_the_baseline() {
    let dir = app("baseline");
    put(
        &dir,
        "src/main.rs",
        &format!("{MAIN}\nfn broken() -> u8 {{\n    \"text\"\n}}\n"),
    );
    let lock = fs::read(dir.join("Cargo.lock")).unwrap();
    let output = run_tool(&dir, &["--write", "--verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let after = fs::read_to_string(dir.join("src/main.rs")).unwrap();
    assert!(after.contains("async fn count() -> usize"), "{after}");
    // cargo drops from it what this package does not need, and adds the package itself
    assert!(
        fs::read(dir.join("Cargo.lock")).unwrap() == lock,
        "the lock file changed"
    );
}

/// Fills a folder with many files, so that a run can be killed between them.
fn fill(dir: &Path) -> tree::Tree {
    put(
        dir,
        "Cargo.toml",
        &package(
            "app",
            &format!("[dependencies]\n{DEPENDENCIES}\n[workspace]\n"),
        ),
    );
    let mut lib = String::new();
    for i in 0..60 {
        lib.push_str(&format!("pub mod part{i};\n"));
        let text = MAIN.replace("#[tokio::main]\nasync fn main", "pub async fn run");
        put(dir, &format!("src/part{i}.rs"), &text);
    }
    put(dir, "src/lib.rs", &lib);
    sources(dir)
}

/// The Rust files of a folder.
fn sources(dir: &Path) -> tree::Tree {
    let mut all = tree::read(dir);
    all.retain(|path, _| path.extension().is_some_and(|e| e == "rs"));
    all
}

/// Kills runs with `args` at moments from early on to just after the end, `rounds` times. `KILLS` sets another number.
fn kill(dir: &Path, args: &[&str], rounds: u32) {
    let rounds = std::env::var("KILLS").map_or(rounds, |n| n.parse().unwrap());
    let before = fill(dir);
    // built before the clock runs
    assert!(run_tool(dir, args).status.success());
    fill(dir);
    let start = Instant::now();
    let written = run_tool(dir, args);
    let whole = start.elapsed();
    assert!(written.status.success(), "{}", said(&written));
    let after = sources(dir);
    assert_ne!(before, after);
    let mut interrupted = 0;
    let mut round = 0;
    // on a busy machine the moments may all miss
    while round < rounds || (interrupted == 0 && round < 5 * rounds) {
        round += 1;
        fill(dir);
        let mut child = tool_in(dir, args).stderr(Stdio::null()).spawn().unwrap();
        // the later part more often
        std::thread::sleep(whole * (10 + round * 7 % 30) / 36);
        child.kill().unwrap();
        child.wait().unwrap();
        for (path, bytes) in &sources(dir) {
            let whole = before.get(path) == Some(bytes) || after.get(path) == Some(bytes);
            assert!(whole, "{}: torn", path.display());
        }
        let journal = dir.join(".coordinator-codemod");
        interrupted += usize::from(journal.exists());
        // a dry run recovers too
        let next = run_tool(dir, &["--quiet"]);
        assert!(next.status.success(), "{}", said(&next));
        assert!(!journal.exists());
        let now = sources(dir);
        assert!(now == before || now == after, "half a migration is left");
    }
    assert!(interrupted > 0, "no run was killed while it wrote");
}

#[test]
fn a_killed_run_leaves_whole_files_and_the_next_one_recovers() {
    let dir = tempfile::tempdir().unwrap();
    kill(dir.path(), &["--write", "--quiet"], 40);
}

#[test]
fn so_does_one_that_is_killed_while_it_verifies() {
    kill(
        &workspace("killed"),
        &["--write", "--verify", "--quiet"],
        12,
    );
}

#[test]
fn two_runs_at_once_do_not_meet() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    let journal = dir.path().join(".coordinator-codemod");
    fs::create_dir(&journal).unwrap();
    let lock = fs::File::create(journal.join("lock")).unwrap();
    lock.lock().unwrap();
    let output = run_tool(dir.path(), &["--write"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("another run is at work"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_shim_comes_and_goes_and_both_sides_build() {
    let dir = workspace("swap");
    let shim = root().join("shim");
    put(
        &dir,
        "Cargo.toml",
        &format!(
            "[workspace]\nresolver = \"2\"\nmembers = [\"core\", \"app\"]\n\n[workspace.dependencies]\n# the one bus\n{DEPENDENCIES}\n[patch.crates-io]\ncoordinator-shim = {{ path = {shim:?} }}\n"
        ),
    );
    put(
        &dir,
        "core/Cargo.toml",
        &package(
            "core-part",
            "[dependencies.bus]\n# under another name\npackage = \"rvoip-infra-common\"\nversion = \"0.4\"\nfeatures = [\"no-global-allocator\"]\n",
        ),
    );
    put(
        &dir,
        "core/src/lib.rs",
        "pub use bus::events::coordinator::GlobalEventCoordinator;\n\npub async fn count(bus: std::sync::Arc<GlobalEventCoordinator>) -> usize {\n    bus.stats().await.registered_handlers\n}\n",
    );
    put(
        &dir,
        "app/Cargo.toml",
        &package(
            "app",
            "[dependencies]\ncore-part = { path = \"../core\" }\nrvoip-infra-common.workspace = true\ntokio = { workspace = true }\n",
        ),
    );
    put(
        &dir,
        "app/src/main.rs",
        &MAIN.replace(
            "count(bus).await",
            "count(bus.clone()).await + core_part::count(bus).await",
        ),
    );
    let before = tree::read(&dir);
    let builds = |what: &str| {
        let output = Command::new(env!("CARGO"))
            .args(["check", "--workspace", "--all-targets", "--quiet"])
            .current_dir(&dir)
            .env("CARGO_TARGET_DIR", scratch("target"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{what}: {}", said(&output));
    };
    // nothing else is taken: the code still needs the shim
    let added = run_tool(&dir, &["--shim", "add", "--write", "--exclude", "**/*.rs"]);
    assert!(added.status.success(), "{}", said(&added));
    builds("untouched on the shim");
    let early = run_tool(
        &dir,
        &["--shim", "remove", "--write", "--exclude", "**/*.rs"],
    );
    assert_eq!(early.status.code(), Some(2), "{}", said(&early));
    assert!(
        said(&early).contains("app/src/main.rs:11: GlobalEventCoordinator::monolithic()"),
        "{}",
        said(&early)
    );
    let migrated = run_tool(&dir, &["--write", "--allow-dirty"]);
    assert!(migrated.status.success(), "{}", said(&migrated));
    builds("migrated on the shim");
    let removed = run_tool(&dir, &["--shim", "remove", "--write", "--allow-dirty"]);
    assert!(removed.status.success(), "{}", said(&removed));
    builds("migrated on upstream");
    let after = tree::read(&dir);
    for manifest in ["Cargo.toml", "app/Cargo.toml"] {
        let text =
            |tree: &tree::Tree| String::from_utf8_lossy(&tree[Path::new(manifest)]).into_owned();
        assert_eq!(text(&after), text(&before), "{manifest}");
    }
    let core = String::from_utf8_lossy(&after[Path::new("core/Cargo.toml")]).into_owned();
    assert!(core.contains("# under another name\n"), "{core}");
    assert!(core.contains("package = \"rvoip-infra-common\""), "{core}");
}

#[test]
fn all_reports_agree() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "Cargo.toml",
        &package("app", &format!("[dependencies]\n{DEPENDENCIES}")),
    );
    let text = format!(
        "{MAIN}\nfn strong(bus: &Arc<GlobalEventCoordinator>) -> usize {{\n    Arc::strong_count(bus)\n}}\n"
    );
    put(dir.path(), "src/main.rs", &text);
    // a signature that others see
    let public = MAIN.split("#[tokio").next().unwrap();
    put(
        dir.path(),
        "src/lib.rs",
        &public.replace("async fn", "pub async fn"),
    );
    let as_format = |format: &str| {
        let output = run_tool(dir.path(), &["--format", format]);
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let json: Value = serde_json::from_str(&as_format("json")).unwrap();
    let findings = json["findings"].as_array().unwrap().len();
    let warnings = (json["findings"].as_array().unwrap().iter())
        .filter(|f| f["level"] == "warning")
        .count();
    assert!(warnings > 0 && findings > 0);
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&as_format("sarif")).unwrap();
    assert_eq!(log.runs[0].results.as_ref().unwrap().len(), findings);
    let properties = &log.runs[0]
        .properties
        .as_ref()
        .unwrap()
        .additional_properties;
    assert_eq!(properties["slotsRemoved"], json["summary"]["slots_removed"]);
    let github = as_format("github");
    assert_eq!(
        github
            .lines()
            .filter(|l| l.starts_with("::warning "))
            .count(),
        warnings
    );
    let markdown = as_format("markdown");
    let told = markdown.lines().filter(|l| l.starts_with("- [ ] ")).count();
    assert_eq!(told, warnings, "{markdown}");
    assert!(markdown.contains("### Public signatures"), "{markdown}");
    let human = String::from_utf8_lossy(&run_tool(dir.path(), &[]).stderr).into_owned();
    let summary = human.lines().last().unwrap();
    assert!(markdown.contains(summary), "{summary}");
    assert!(github.contains(summary), "{summary}");
    let slots = &json["summary"];
    assert!(
        summary.contains(&format!(
            "{} slots: {} removed",
            slots["slots"], slots["slots_removed"]
        )),
        "{summary}"
    );
}

/// Runs the tool on a terminal, types `keys`, and gives what it printed.
fn at_a_terminal(dir: &Path, keys: &str) -> String {
    let command = format!("{} --interactive --color never", tool().display());
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for key in keys.chars() {
        std::thread::sleep(Duration::from_millis(150));
        let _ = writeln!(input, "{key}");
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

#[test]
fn a_struct_around_the_bus_stays_with_each_change_that_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "Cargo.toml",
        &package("app", &format!("[dependencies]\n{DEPENDENCIES}")),
    );
    let text = MAIN
        .replace(
            "async fn count(bus: Arc<GlobalEventCoordinator>) -> usize {",
            "struct Deps {\n    bus: Arc<GlobalEventCoordinator>,\n}\n\n\
             async fn count(deps: Deps) -> usize {\n    let bus = deps.bus;",
        )
        .replace("count(bus).await", "count(Deps { bus }).await");
    let after = || fs::read_to_string(dir.path().join("src/main.rs")).unwrap();
    // the parameter, and the struct
    for keys in ["yny", "yyn"] {
        put(dir.path(), "src/main.rs", &text);
        at_a_terminal(dir.path(), keys);
        let after = after();
        assert!(after.contains("count(deps: Deps)"), "{after}");
        assert!(
            after.contains("bus: Arc<GlobalEventCoordinator>,"),
            "{after}"
        );
        assert!(!after.contains("monolithic"), "{after}");
    }
    put(dir.path(), "src/main.rs", &text);
    let shown = at_a_terminal(dir.path(), "yyy");
    assert!(shown.contains("struct `Deps` goes"), "{shown}");
    assert!(!after().contains("Deps"), "{}", after());
}

#[test]
fn a_review_takes_what_is_taken_and_keeps_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    put(
        dir.path(),
        "Cargo.toml",
        &package("app", &format!("[dependencies]\n{DEPENDENCIES}")),
    );
    let text = MAIN.replace(
        "#[tokio::main]",
        "async fn other(bus: &Arc<GlobalEventCoordinator>) -> usize {\n    bus.stats().await.registered_handlers\n}\n\n#[tokio::main]",
    );
    let text = text.replace("count(bus).await", "other(&bus).await + count(bus).await");
    put(dir.path(), "src/main.rs", &text);
    let after = || fs::read_to_string(dir.path().join("src/main.rs")).unwrap();
    // the construction and one parameter, not the other
    let shown = at_a_terminal(dir.path(), "?eyny");
    assert!(shown.contains("(1/3) Take this change"), "{shown}");
    assert!(
        shown.contains("leave it and all the rest of its file"),
        "{shown}"
    );
    assert!(
        after().contains("async fn count(bus: Arc<GlobalEventCoordinator>)"),
        "{}",
        after()
    );
    assert!(after().contains("async fn other() -> usize"), "{}", after());
    // a static that is refused keeps the function that gives it
    let kept = MAIN
        .replace(
            "async fn count(",
            "static BUS: tokio::sync::OnceCell<Arc<GlobalEventCoordinator>> = tokio::sync::OnceCell::const_new();\n\n\
             async fn bus() -> Arc<GlobalEventCoordinator> {\n    BUS.get_or_init(|| async { MADE }).await.clone()\n}\n\n\
             async fn count(",
        )
        .replace(
            "let bus = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());",
            "let bus = bus().await;",
        )
        .replace("MADE", "Arc::new(GlobalEventCoordinator::monolithic().await.unwrap())");
    put(dir.path(), "src/main.rs", &kept);
    let shown = at_a_terminal(dir.path(), "yna");
    assert!(shown.contains("static `BUS` goes"), "{shown}");
    assert!(after().contains("static BUS"), "{}", after());
    assert!(after().contains("async fn bus()"), "{}", after());
    put(dir.path(), "src/main.rs", &text);
    at_a_terminal(dir.path(), "q");
    assert_eq!(after(), text);
    at_a_terminal(dir.path(), "d");
    assert_eq!(after(), text);
    at_a_terminal(dir.path(), "a");
    assert!(after().contains("async fn count() -> usize"), "{}", after());
    let piped = run_tool(dir.path(), &["--interactive"]);
    assert_eq!(piped.status.code(), Some(2));
    assert!(
        said(&piped).contains("needs a terminal"),
        "{}",
        said(&piped)
    );
}
