//! The command through its binary: what it prints, what it writes, how it exits, what it does with bad input.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

mod common;
use common::{AFTER, BEFORE, MANIFEST, code, git, package, read, run, stderr, stdout, write};

#[test]
fn by_default_the_diff_is_printed_and_nothing_is_written() {
    let dir = package();
    let output = run(dir.path(), &[]);
    assert_eq!(code(&output), 0);
    assert_eq!(read(dir.path(), "src/lib.rs"), BEFORE);
    assert!(stdout(&output).starts_with("--- a/src/lib.rs\n+++ b/src/lib.rs\n@@"));
    assert!(stderr(&output).contains("1 construction: 1 to the accessor"));
}

#[test]
fn git_and_patch_take_the_diff() {
    for tool in [&["git", "apply"][..], &["patch", "-p1", "--quiet"]] {
        let dir = package();
        write(dir.path(), "src/with blank.rs", BEFORE.trim_end());
        write(dir.path(), "src/crlf.rs", BEFORE.replace('\n', "\r\n"));
        let output = run(dir.path(), &["--patch", "out.patch"]);
        assert_eq!(read(dir.path(), "out.patch"), stdout(&output));
        let mut command = Command::new(tool[0]);
        command.args(&tool[1..]).current_dir(dir.path());
        if tool[0] == "git" {
            command.arg("out.patch");
        } else {
            command.args(["--binary", "-i", "out.patch"]);
        }
        let applied = command.output().unwrap();
        assert!(applied.status.success(), "{}", stderr(&applied));
        assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
        assert_eq!(read(dir.path(), "src/with blank.rs"), AFTER.trim_end());
        assert_eq!(read(dir.path(), "src/crlf.rs"), AFTER.replace('\n', "\r\n"));
    }
}

#[test]
fn write_keeps_modes_line_ends_and_byte_order_marks() {
    let dir = package();
    let odd = format!("\u{feff}{}", BEFORE.replace('\n', "\r\n"));
    write(dir.path(), "src/odd.rs", &odd);
    let path = dir.path().join("src/odd.rs");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let output = run(dir.path(), &["--write"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        read(dir.path(), "src/odd.rs"),
        format!("\u{feff}{}", AFTER.replace('\n', "\r\n"))
    );
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let left: Vec<_> = fs::read_dir(dir.path().join("src"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn check_exits_with_one_while_a_change_is_pending() {
    let dir = package();
    assert_eq!(code(&run(dir.path(), &["--check"])), 1);
    assert_eq!(read(dir.path(), "src/lib.rs"), BEFORE);
    assert_eq!(code(&run(dir.path(), &["--write"])), 0);
    assert_eq!(code(&run(dir.path(), &["--check"])), 0);
}

#[test]
fn uncommitted_changes_are_guarded() {
    let dir = package();
    git(dir.path(), &["init", "-q"]);
    let untracked = run(dir.path(), &["--write"]);
    assert_eq!(code(&untracked), 2);
    assert!(
        stderr(&untracked).contains("src/lib.rs") && stderr(&untracked).contains("--allow-dirty")
    );
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-qm", "x"]);
    write(
        dir.path(),
        "notes.txt",
        "untracked files elsewhere are nobody's business",
    );
    assert_eq!(code(&run(dir.path(), &["--check"])), 1);
    write(dir.path(), "Cargo.toml", format!("{MANIFEST}# more\n"));
    assert_eq!(code(&run(dir.path(), &["--write"])), 2);
    assert_eq!(read(dir.path(), "src/lib.rs"), BEFORE);
    assert_eq!(code(&run(dir.path(), &["--write", "--allow-dirty"])), 0);
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
}

#[test]
fn a_clean_repository_is_written() {
    let dir = package();
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-qm", "x"]);
    assert_eq!(code(&run(dir.path(), &["--write"])), 0);
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
}

#[test]
fn json_follows_its_schema() {
    let dir = package();
    write(
        dir.path(),
        "src/left.rs",
        "pub async fn g() -> bool { rvoip_infra_common::events::GlobalEventCoordinator::monolithic().await.is_ok() }\n",
    );
    write(dir.path(), "bad/Cargo.toml", "[package\n");
    let output = run(dir.path(), &["--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = serde_json::from_str(include_str!("../schema/report-v1.json")).unwrap();
    let problems: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&report)
        .map(|e| e.to_string())
        .collect();
    assert!(problems.is_empty(), "{problems:?}");
    let ids: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["id"].as_str().unwrap())
        .collect();
    assert!(
        ids.contains(&"result-used") && ids.contains(&"bad-manifest"),
        "{ids:?}"
    );
    assert_eq!(report["summary"]["constructions"], 2);
    assert_eq!(report["files"][0]["path"], "src/lib.rs");
}

#[test]
fn include_and_exclude_choose_files() {
    for (args, changed) in [
        (&["--include", "src/a.rs"][..], [true, false]),
        (&["--include", "src"], [true, true]),
        (&["--exclude", "**/a.rs"], [false, true]),
    ] {
        let dir = package();
        write(dir.path(), "src/a.rs", BEFORE);
        run(dir.path(), &[&["--write"], args].concat());
        let is_changed = ["src/a.rs", "src/lib.rs"].map(|f| read(dir.path(), f) == AFTER);
        assert_eq!(is_changed, changed, "{args:?}");
    }
}

#[test]
fn ignored_files_are_left_unless_asked_for() {
    let dir = package();
    write(dir.path(), ".gitignore", "src/generated.rs\n");
    write(dir.path(), "src/generated.rs", BEFORE);
    write(dir.path(), "target/debug/build/x.rs", BEFORE);
    run(dir.path(), &["--write"]);
    assert_eq!(read(dir.path(), "src/generated.rs"), BEFORE);
    run(dir.path(), &["--write", "--no-ignore"]);
    assert_eq!(read(dir.path(), "src/generated.rs"), AFTER);
    assert_eq!(read(dir.path(), "target/debug/build/x.rs"), BEFORE);
}

#[test]
fn a_folder_or_file_inside_of_a_package_is_enough() {
    let dir = package();
    write(dir.path(), "src/a/b.rs", BEFORE);
    assert_eq!(code(&run(&dir.path().join("src/a"), &["--write"])), 0);
    assert_eq!(read(dir.path(), "src/a/b.rs"), AFTER);
    assert_eq!(read(dir.path(), "src/lib.rs"), BEFORE);
    assert_eq!(code(&run(dir.path(), &["--write", "src/lib.rs"])), 0);
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
}

#[test]
fn a_type_from_a_package_that_was_not_read_is_a_finding() {
    let dir = tempfile::tempdir().unwrap();
    let member = |name: &str, dependency: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{dependency}\n"
        )
    };
    write(
        dir.path(),
        "shared/Cargo.toml",
        member("shared", "rvoip-infra-common = \"0.4\""),
    );
    write(
        dir.path(),
        "shared/src/lib.rs",
        "pub use rvoip_infra_common::events::*;\n",
    );
    write(
        dir.path(),
        "app/Cargo.toml",
        member("app", "shared = { path = \"../shared\" }"),
    );
    write(
        dir.path(),
        "app/src/lib.rs",
        BEFORE.replace("rvoip_infra_common::events", "shared"),
    );
    let alone = run(&dir.path().join("app"), &["--write"]);
    assert!(
        stderr(&alone).contains("warning[unresolved]"),
        "{}",
        stderr(&alone)
    );
    let together = run(dir.path(), &["--write"]);
    assert_eq!(code(&together), 0);
    assert_eq!(
        read(dir.path(), "app/src/lib.rs"),
        AFTER.replace("rvoip_infra_common::events", "shared")
    );
}

#[test]
fn a_lone_file_without_a_package_is_rewritten() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "lone.rs", BEFORE);
    assert_eq!(code(&run(dir.path(), &["--write", "lone.rs"])), 0);
    assert_eq!(read(dir.path(), "lone.rs"), AFTER);
}

#[test]
fn wrong_usage_is_named_and_exits_with_two() {
    let dir = package();
    let missing = run(dir.path(), &["nowhere"]);
    assert_eq!(code(&missing), 2);
    assert!(stderr(&missing).contains("nowhere"));
    assert_eq!(code(&run(dir.path(), &["--scope", "everything"])), 2);
    assert_eq!(code(&run(dir.path(), &["--write", "--check"])), 2);
    assert_eq!(code(&run(dir.path(), &["--include", "{"])), 2);
    assert_eq!(code(&run(dir.path(), &["--help"])), 0);
}

#[test]
fn bad_files_are_named_and_the_rest_goes_on() {
    let dir = package();
    write(
        dir.path(),
        "src/latin.rs",
        [
            b"// GlobalEventCoordinator \xe9\n".as_slice(),
            BEFORE.as_bytes(),
        ]
        .concat(),
    );
    write(dir.path(), "src/broken.rs", format!("{BEFORE}fn {{"));
    write(
        dir.path(),
        "src/deep.rs",
        format!(
            "{BEFORE}fn d() {{ {}{}; }}",
            "(".repeat(100_000),
            ")".repeat(100_000)
        ),
    );
    write(
        dir.path(),
        "src/huge.rs",
        format!("{BEFORE}{}", "// x\n".repeat(4 << 20)),
    );
    write(dir.path(), "src/nul.rs", format!("{BEFORE}\0\0"));
    write(
        dir.path(),
        "broken/Cargo.toml",
        "[package]\nname = \"x\"\nversion = = 1\n",
    );
    write(dir.path(), "broken/src/lib.rs", BEFORE);
    fs::create_dir_all(dir.path().join("src/folder.rs")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("src"), dir.path().join("src/around")).unwrap();
    let output = run(dir.path(), &["--write"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
    assert_eq!(read(dir.path(), "broken/src/lib.rs"), BEFORE);
    for named in [
        "warning[not-utf8]",
        "src/latin.rs",
        "warning[syntax-error]",
        "src/broken.rs",
        "src/nul.rs",
        "warning[nested-too-deep]",
        "src/deep.rs",
        "warning[file-too-large]",
        "src/huge.rs",
        "warning[bad-manifest]",
        "broken/Cargo.toml",
    ] {
        assert!(
            stderr(&output).contains(named),
            "{named} in {}",
            stderr(&output)
        );
    }
}

#[test]
fn a_path_that_is_not_utf8_is_no_obstacle() {
    let dir = package();
    let name = std::ffi::OsStr::from_bytes(b"src/\xff.rs");
    fs::write(dir.path().join(name), BEFORE).unwrap();
    assert_eq!(code(&run(dir.path(), &["--write"])), 0);
    assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), AFTER);
}

#[test]
fn a_tree_that_never_names_the_bus_is_left() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "Cargo.toml", "[package]\nname = \"other\"\n");
    write(
        dir.path(),
        "src/lib.rs",
        "pub fn monolithic() {}\nfn f() { monolithic() }\n",
    );
    let output = run(dir.path(), &["--check"]);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).starts_with("0 constructions"));
}

#[test]
fn colours_are_for_people() {
    let dir = package();
    assert!(!stdout(&run(dir.path(), &[])).contains('\u{1b}'));
    assert!(stdout(&run(dir.path(), &["--color", "always"])).contains('\u{1b}'));
}

#[test]
fn quiet_and_verbose_do_less_and_more() {
    let dir = package();
    let quiet = run(dir.path(), &["-q"]);
    assert_eq!(stderr(&quiet), "");
    assert!(stdout(&quiet).contains("@@"));
    write(
        dir.path(),
        "src/new.rs",
        "pub async fn g() { let _ = rvoip_infra_common::events::GlobalEventCoordinator::new(Default::default()).await; }\n",
    );
    assert!(!stderr(&run(dir.path(), &[])).contains("note[explicit-new]"));
    assert!(stderr(&run(dir.path(), &["-v"])).contains("note[explicit-new]"));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let dir = package();
    // more than a pipe holds
    let (head, function) = BEFORE.split_once("\n\n").unwrap();
    let many: String = (0..400)
        .map(|n| function.replace("fn f", &format!("fn f{n}")))
        .collect();
    write(dir.path(), "src/many.rs", format!("{head}\n\n{many}"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_coordinator-codemod"))
        .args(["-q", "--format", "json"])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn every_finding_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let list = stdout(&run(dir.path(), &["explain", "--list"]));
    assert!(list.lines().count() >= 30);
    for id in list.lines().filter_map(|l| l.split_whitespace().next()) {
        let page = stdout(&run(dir.path(), &["explain", id]));
        assert!(
            page.starts_with(&format!("# {id}\n")) && page.len() > 100,
            "{id}: {page}"
        );
    }
    let unknown = run(dir.path(), &["explain", "nonsense"]);
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("--list"));
}

#[test]
fn a_file_that_changes_meanwhile_is_not_overwritten() {
    let dir = package();
    let files = [coordinator_codemod::apply::Rewritten {
        path: "src/lib.rs".into(),
        before: "what was read".into(),
        after: "what would be written".into(),
    }];
    let errors = coordinator_codemod::apply::write_all(dir.path(), &files);
    assert!(errors[0].to_string().contains("changed while"));
    assert_eq!(read(dir.path(), "src/lib.rs"), BEFORE);
}

#[test]
fn the_second_opinion_refuses_what_does_not_parse_any_more() {
    assert!(coordinator_codemod::apply::still_parses(
        "fn a() {}",
        "fn b() {}"
    ));
    assert!(!coordinator_codemod::apply::still_parses(
        "fn a() {}",
        "fn b( {}"
    ));
    assert!(coordinator_codemod::apply::still_parses(
        "fn a( {}", "fn b( {}"
    ));
}

#[test]
fn a_dependency_that_patch_makes_a_member_is_one() {
    let dir = tempfile::tempdir().unwrap();
    let root = "[workspace]\nmembers = [\"engine\", \"app\"]\n\n[patch.crates-io]\nengine = { path = \"engine\" }\n";
    write(dir.path(), "Cargo.toml", root);
    let bus = "rvoip-infra-common = \"0.4\"\n";
    let manifest = |name: &str, more: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{bus}{more}"
        )
    };
    write(dir.path(), "engine/Cargo.toml", manifest("engine", ""));
    write(
        dir.path(),
        "app/Cargo.toml",
        manifest("app", "engine = \"0.1\"\n"),
    );
    let engine = "use std::sync::Arc;\n\nuse rvoip_infra_common::events::GlobalEventCoordinator;\n\n\
        pub async fn run(bus: Arc<GlobalEventCoordinator>) {\n    bus.stats().await;\n}\n";
    write(dir.path(), "engine/src/lib.rs", engine);
    let app = "use rvoip_infra_common::events::global_coordinator;\n\n\
        pub async fn app() {\n    engine::run(global_coordinator().await.clone()).await;\n}\n";
    write(dir.path(), "app/src/lib.rs", app);
    assert_eq!(code(&run(dir.path(), &["--write"])), 0);
    assert!(read(dir.path(), "engine/src/lib.rs").contains("pub async fn run()"));
    assert_eq!(
        read(dir.path(), "app/src/lib.rs"),
        "pub async fn app() {\n    engine::run().await;\n}\n"
    );
}

#[test]
fn where_the_accessor_cannot_be_named_the_report_says_what_depends_on_the_bus() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/pass");
    let said = |case: &str| stderr(&run(&fixtures.join(case).join("before"), &[]));
    let why = "cannot be named here: the package does not depend on the bus crate";
    let never = said("reached-by-tests-alone");
    assert!(never.contains(&format!("{why}\n")), "{never}");
    let at_times = said("bus-for-tests-alone");
    assert!(
        at_times.contains(&format!("{why} wherever this is compiled\n")),
        "{at_times}"
    );
}
