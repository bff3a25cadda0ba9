//! Input that should not be: each gets a diagnosis that names it, nothing of it is lost, and the rest is done.
//! (`cli.rs` has the smaller ones: a file alone, a path that is not UTF-8, a file that changes meanwhile.)
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

mod common;
use common::{AFTER, BEFORE, MANIFEST, code, git, package, read, run, stderr, write};

/// Runs on a package with one more file, which must stay as it is and be named with `id`; the rest is rewritten.
fn is_left(bytes: impl AsRef<[u8]>, id: &str) {
    let dir = package();
    write(dir.path(), "src/odd.rs", &bytes);
    let output = run(dir.path(), &["--write"]);
    let said = stderr(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(said.contains(&format!("[{id}]")), "{id}: {said}");
    assert!(said.contains("src/odd.rs"), "{said}");
    let after = fs::read(dir.path().join("src/odd.rs")).unwrap();
    assert!(after == bytes.as_ref(), "the file changed");
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
}

/// Runs on a package with one more file, which must become `after`.
fn becomes(before: &str, after: &str) {
    let dir = package();
    write(dir.path(), "src/odd.rs", before);
    let output = run(dir.path(), &["--write"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        read(dir.path(), "src/odd.rs") == after,
        "{}",
        stderr(&output)
    );
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
}

fn nested(open: &str, close: &str) -> String {
    let (open, close) = (open.repeat(100_000), close.repeat(100_000));
    format!("{BEFORE}fn deep() {{ {open}{close} }}\n")
}

#[test]
fn a_hundred_thousand_brackets() {
    is_left(nested("(", ")"), "nested-too-deep");
    is_left(nested("{", "}"), "nested-too-deep");
    is_left(nested("[", "]"), "nested-too-deep");
}

#[test]
fn a_hundred_thousand_operators() {
    is_left(nested("!", "x"), "nested-too-deep");
    is_left(nested("x.y().await?+", ""), "nested-too-deep");
}

#[test]
fn crates_renamed_in_a_circle() {
    let circle = "extern crate a as b;\nextern crate b as a;\nuse a::Name;\nfn f(_: Name) {}\n";
    becomes(&format!("{BEFORE}{circle}"), &format!("{AFTER}{circle}"));
}

#[test]
fn fifty_megabytes() {
    let mut text = BEFORE.to_owned();
    text.push_str(&"// filler, and nothing else\n".repeat((50 << 20) / 28));
    is_left(text, "file-too-large");
}

#[test]
fn one_line_of_five_megabytes() {
    let line = format!("const LONG: &str = \"{}\";\n", "a".repeat(5 << 20));
    becomes(&format!("{BEFORE}{line}"), &format!("{AFTER}{line}"));
}

#[test]
fn nul_bytes() {
    is_left(format!("{BEFORE}fn f\0g() {{}}\n"), "syntax-error");
    let comment = "// \0 in a comment\n";
    becomes(&format!("{BEFORE}{comment}"), &format!("{AFTER}{comment}"));
}

#[test]
fn other_encodings() {
    let little: Vec<u8> = std::iter::once(0xfeff)
        .chain(BEFORE.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    is_left(little, "not-utf8");
    let big: Vec<u8> = std::iter::once(0xfeff)
        .chain(BEFORE.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    is_left(big, "not-utf8");
    is_left([BEFORE.as_bytes(), b"// \xff\n"].concat(), "not-utf8");
}

#[test]
fn marks_and_line_ends() {
    becomes(&format!("\u{feff}{BEFORE}"), &format!("\u{feff}{AFTER}"));
    becomes(&BEFORE.replace('\n', "\r\n"), &AFTER.replace('\n', "\r\n"));
    let mixed = |text: &str| {
        text.replace("{\n", "{\r\n")
            .replace("// one\n", "// one\r\n")
    };
    becomes(&mixed(BEFORE), &mixed(AFTER));
    // a lone carriage return is white space between tokens
    let lone = |text: &str| text.replace("fn f() {\n", "fn f() {\r");
    becomes(&lone(BEFORE), &lone(AFTER));
}

#[test]
fn links_that_lead_nowhere_or_back() {
    let dir = package();
    symlink("self.rs", dir.path().join("src/self.rs")).unwrap();
    symlink("../src", dir.path().join("src/round")).unwrap();
    symlink("gone.rs", dir.path().join("src/dangling.rs")).unwrap();
    let output = run(dir.path(), &["--write"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
}

#[test]
fn a_pipe_with_a_source_files_name_is_not_waited_for() {
    let dir = package();
    let made = Command::new("mkfifo")
        .arg(dir.path().join("src/pipe.rs"))
        .status();
    assert!(made.unwrap().success());
    let output = run(dir.path(), &["--write"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
}

/// Runs a copy of the command beside `dir`, as a user whom permissions bind.
fn run_bound(dir: &Path, args: &[&str]) -> Output {
    let tools = tempfile::tempdir().unwrap();
    fs::set_permissions(tools.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let copy = tools.path().join("tool");
    fs::copy(env!("CARGO_BIN_EXE_coordinator-codemod"), &copy).unwrap();
    let mut command = Command::new(copy);
    if fs::metadata(tools.path()).unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    command.args(args).current_dir(dir).output().unwrap()
}

fn mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_cannot_be_read_is_named() {
    let dir = package();
    mode(dir.path(), 0o755);
    write(dir.path(), "src/secret.rs", BEFORE);
    write(dir.path(), "src/hidden/mod.rs", BEFORE);
    mode(dir.path().join("src/secret.rs"), 0o000);
    mode(dir.path().join("src/hidden"), 0o000);
    let output = run_bound(dir.path(), &[]);
    mode(dir.path().join("src/hidden"), 0o755);
    let said = stderr(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(said.contains("[unreadable-file]"), "{said}");
    assert!(
        said.contains("src/secret.rs") && said.contains("src/hidden"),
        "{said}"
    );
    let diff = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(diff.contains("--- a/src/lib.rs"), "{diff}");
}

#[test]
fn a_tree_that_cannot_be_written() {
    let dir = package();
    for path in ["", "src"] {
        mode(dir.path().join(path), 0o555);
    }
    let output = run_bound(dir.path(), &["--write"]);
    for path in ["", "src"] {
        mode(dir.path().join(path), 0o755);
    }
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("error: "), "{}", stderr(&output));
    assert_eq!(read(dir.path(), "src/lib.rs"), BEFORE);
}

#[test]
fn a_disk_that_takes_no_more() {
    // in blocks of 512 bytes or more: first nothing at all fits, then a part
    for blocks in ["0", "1", "2", "4"] {
        let dir = package();
        let long = format!("{BEFORE}{}", "// filler\n".repeat(1_000));
        write(dir.path(), "src/long.rs", &long);
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --write");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_coordinator-codemod")])
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(code(&output), 2, "{blocks}: {}", stderr(&output));
        assert_eq!(read(dir.path(), "src/long.rs"), long);
        let lib = read(dir.path(), "src/lib.rs");
        assert!(lib == BEFORE || lib == AFTER, "{lib}");
        // the next run finds no debris in its way
        let output = run(dir.path(), &["--write"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
        let names: Vec<_> = fs::read_dir(dir.path().join("src"))
            .unwrap()
            .flatten()
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }
}

#[test]
fn two_runs_at_once() {
    for _ in 0..10 {
        let dir = package();
        for i in 0..20 {
            write(dir.path(), &format!("src/m{i}.rs"), BEFORE);
        }
        let start = || {
            Command::new(env!("CARGO_BIN_EXE_coordinator-codemod"))
                .arg("--write")
                .current_dir(dir.path())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let runs = [start(), start()];
        for child in runs {
            let output = child.wait_with_output().unwrap();
            let said = stderr(&output);
            // one may find that the other was faster, and says so
            assert!(
                code(&output) == 0 || (code(&output) == 2 && said.contains("error: ")),
                "{said}"
            );
        }
        let output = run(dir.path(), &["--write"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        for i in 0..20 {
            assert_eq!(read(dir.path(), &format!("src/m{i}.rs")), AFTER);
        }
    }
}

#[test]
fn no_git() {
    let dir = package();
    let output = Command::new(env!("CARGO_BIN_EXE_coordinator-codemod"))
        .arg("--write")
        .env("PATH", "/nowhere")
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(dir.path(), "src/lib.rs"), AFTER);
}

#[test]
fn submodules_and_worktrees() {
    let inner = package();
    let outer = package();
    for dir in [&inner, &outer] {
        git(dir.path(), &["init", "-q", "-b", "main"]);
        git(dir.path(), &["add", "-A"]);
        git(dir.path(), &["commit", "-qm", "all"]);
    }
    let source = inner.path().to_str().unwrap();
    let added = git(
        outer.path(),
        &[
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            source,
            "sub",
        ],
    );
    assert!(added.status.success(), "{}", stderr(&added));
    git(outer.path(), &["commit", "-qm", "sub"]);
    let tree = tempfile::tempdir().unwrap();
    let path = tree.path().join("tree");
    let added = git(
        outer.path(),
        &["worktree", "add", "-q", path.to_str().unwrap()],
    );
    assert!(added.status.success(), "{}", stderr(&added));

    let output = run(&path, &["--write"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(&path, "src/lib.rs"), AFTER);

    let output = run(outer.path(), &["--write"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(read(outer.path(), "src/lib.rs"), AFTER);
    assert_eq!(read(outer.path(), "sub/src/lib.rs"), AFTER);

    // work in a submodule that nobody committed counts as such
    let output = run(outer.path(), &["--write"]);
    assert_eq!(
        code(&output),
        0,
        "nothing is left to do: {}",
        stderr(&output)
    );
}

#[test]
fn a_manifest_that_does_not_parse() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "good/Cargo.toml", MANIFEST);
    write(dir.path(), "good/src/lib.rs", BEFORE);
    write(dir.path(), "bad/Cargo.toml", "[package\nname = ");
    write(dir.path(), "bad/src/lib.rs", BEFORE);
    let output = run(dir.path(), &["--write"]);
    let said = stderr(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(
        said.contains("[bad-manifest]") && said.contains("bad/Cargo.toml"),
        "{said}"
    );
    assert_eq!(read(dir.path(), "good/src/lib.rs"), AFTER);
    assert_eq!(read(dir.path(), "bad/src/lib.rs"), BEFORE);
}
