//! Every fixture: what the tool writes and says, that it compiles on both sides, and that a second run is empty.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use migration_tests::cargo::{Bus, Diagnostic, Scratch, new_diagnostics, scratch_name};
use migration_tests::case::Case;
use migration_tests::{run_tool, tree};
use serde_json::Value;

/// The scopes' suites and the sample of the README.
fn cases() -> Vec<Case> {
    let mut cases = Case::all("construct");
    cases.extend(Case::all("pass"));
    assert!(!cases.is_empty(), "`CASE` names no case");
    if std::env::var_os("CASE").is_none() {
        cases.push(Case::read(&migration_tests::root().join("fixtures/sample")));
    }
    cases
}

fn report(json: &Value) -> String {
    let mut lines = String::new();
    for finding in json["findings"].as_array().unwrap() {
        let line = finding["line"]
            .as_u64()
            .map(|l| format!(":{l}"))
            .unwrap_or_default();
        let _ = writeln!(
            lines,
            "{}{line} {}",
            finding["path"].as_str().unwrap(),
            finding["id"].as_str().unwrap()
        );
    }
    lines
}

#[test]
fn cases_come_out_as_expected_and_a_second_run_changes_nothing() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = String::new();
    for case in cases() {
        let dir = tempfile::tempdir().unwrap();
        tree::write(dir.path(), &case.before);
        let mut args: Vec<&str> = case.args.iter().map(String::as_str).collect();
        args.extend(["--format", "json"]);
        let seen = run_tool(dir.path(), &args);
        let json: Value = serde_json::from_slice(&seen.stdout).unwrap_or_else(|e| {
            panic!(
                "{}: {e}: {}",
                case.name,
                String::from_utf8_lossy(&seen.stderr)
            )
        });
        assert_eq!(
            tree::read(dir.path()),
            case.before,
            "{}: a run without --write wrote",
            case.name
        );
        let report = report(&json);
        args.extend(["--write", "--allow-dirty"]);
        let written = run_tool(dir.path(), &args);
        assert!(
            written.status.success(),
            "{}: {}",
            case.name,
            String::from_utf8_lossy(&written.stderr)
        );
        let found = tree::read(dir.path());
        if update {
            case.update(&found, &report);
        } else {
            let differs = tree::diff(&case.after, &found);
            if !differs.is_empty() {
                let _ = writeln!(wrong, "## {}: {}\n{differs}", case.name, case.about);
            }
            if report != case.report {
                let differs = similar::TextDiff::from_lines(&case.report, &report)
                    .unified_diff()
                    .to_string();
                let _ = writeln!(wrong, "## {}: report\n{differs}", case.name);
            }
        }
        args.push("--check");
        args.retain(|a| *a != "--write");
        let again = run_tool(dir.path(), &args);
        if again.status.code() != Some(0) {
            let _ = writeln!(
                wrong,
                "## {}: a second run would change it\n{}",
                case.name,
                String::from_utf8_lossy(&again.stdout)
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "\n{wrong}\n`UPDATE_EXPECT=1` takes what was found; read the diff then"
    );
}

#[test]
fn a_third_of_the_cases_of_constructions_are_negative() {
    if std::env::var_os("CASE").is_some() {
        return;
    }
    let cases = Case::all("construct");
    let unchanged = cases.iter().filter(|c| c.before == c.after).count();
    assert!(
        cases.len() >= 40 && unchanged * 3 >= cases.len(),
        "{unchanged} of {}",
        cases.len()
    );
}

/// Whether what is not migrated is compiled: against the shim, one suite tells enough.
fn has_before(bus: Bus, case: &Case) -> bool {
    bus == Bus::Upstream || case.before == case.after || is_construct(case)
}

/// Whether a case is compiled against the shim: those of constructions, and of the others each third, as what is passed on is of one
/// type there and upstream.
fn is_with_shim(at: usize, case: &Case) -> bool {
    let asked = std::env::var_os("CASE").is_some();
    case.not_with_shim.is_none() && (asked || is_construct(case) || at.is_multiple_of(3))
}

fn is_construct(case: &Case) -> bool {
    case.dir.parent().is_some_and(|p| p.ends_with("construct"))
}

fn compile(bus: Bus, name: &str) {
    let mut scratch = Scratch::new(name);
    let cases: Vec<Case> = cases()
        .into_iter()
        .enumerate()
        .filter(|(i, c)| bus == Bus::Upstream || is_with_shim(*i, c))
        .map(|(_, c)| c)
        .collect();
    for case in &cases {
        let changes = case.before != case.after;
        if has_before(bus, case) {
            scratch.add(&format!("{}/before", case.name), &case.before, bus, false);
        }
        // one side tells, where nothing changes
        if changes {
            scratch.add(&format!("{}/after", case.name), &case.after, bus, true);
        }
    }
    scratch.finish();
    let program = |case: &Case, side: &str| scratch_name(&format!("{}/{side}", case.name), "app");
    // against the shim, the programs of one suite tell enough
    let running: Vec<&Case> = cases
        .iter()
        .filter(|c| c.run && c.before != c.after)
        .filter(|c| bus == Bus::Upstream || is_construct(c))
        .collect();
    let build = match bus {
        Bus::Upstream => scratch.lint_and_link(),
        Bus::Shim => {
            let sides = |c: &&Case| ["before", "after"].map(|side| program(c, side));
            let programs: Vec<String> = running.iter().flat_map(sides).collect();
            scratch.check(&programs)
        }
    };
    let found = &build.diagnostics;
    let of = |prefix: &str| -> BTreeMap<String, Vec<Diagnostic>> {
        let lead = format!("{prefix}/");
        found
            .iter()
            .filter(|(member, _)| *member == prefix || member.starts_with(&lead))
            .map(|(member, list)| (member[prefix.len()..].to_owned(), list.clone()))
            .collect()
    };
    let mut wrong = String::new();
    let known = |member: &str| {
        let name = member.split('/').next();
        cases.iter().any(|c| Some(c.name.as_str()) == name)
    };
    let others = found.iter().filter(|(member, _)| !known(member));
    for broken in others
        .flat_map(|(_, list)| list)
        .filter(|d| d.level == "error")
    {
        let _ = writeln!(wrong, "## of no case\n{}", broken.rendered);
    }
    for case in &cases {
        let before = of(&format!("{}/before", case.name));
        let after = of(&format!("{}/after", case.name));
        for broken in before.values().flatten().filter(|d| d.level == "error") {
            let _ = writeln!(wrong, "## {}: before\n{}", case.name, broken.rendered);
        }
        for (member, list) in &after {
            let old = before.get(member).map(Vec::as_slice).unwrap_or_default();
            for new in new_diagnostics(old, list) {
                // without the other side nobody knows which warnings are new
                if new.level == "error" || has_before(bus, case) {
                    let _ = writeln!(wrong, "## {}: after\n{}", case.name, new.rendered);
                }
            }
        }
    }
    for case in running {
        match ["before", "after"].map(|side| build.run(&program(case, side))) {
            [Ok(before), Ok(after)] if before == after && !before.is_empty() => {}
            [before, after] => {
                let _ = writeln!(
                    wrong,
                    "## {}: printed\n{before:?}\nand now\n{after:?}",
                    case.name
                );
            }
        }
    }
    let documented: Vec<String> = (cases.iter())
        .filter(|c| bus == Bus::Upstream && c.before != c.after)
        .flat_map(|case| {
            let sides = ["before", "after"].map(|side| format!("{}/{side}", case.name));
            let names = |side: String| case.documented.iter().map(move |p| scratch_name(&side, p));
            sides.into_iter().flat_map(names)
        })
        .collect();
    if !documented.is_empty()
        && let Err(output) = scratch.doc_tests(&documented)
    {
        wrong.push_str(&output);
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn both_sides_compile_against_upstream_without_new_warnings() {
    compile(Bus::Upstream, "upstream");
}

#[test]
fn both_sides_compile_against_the_shim_without_new_warnings() {
    compile(Bus::Shim, "shim");
}

/// The comments of a file that are not documentation, in order of their text.
fn comments(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = text
        .lines()
        .filter_map(|line| line.find("// ").map(|at| (line, at)))
        .filter(|(line, at)| !line[..*at].ends_with(['/', ':']) && !line[..*at].contains('"'))
        .map(|(line, at)| line[at..].trim_end())
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn no_comment_is_lost() {
    let mut lost = String::new();
    for case in cases() {
        for (path, before) in &case.before {
            let (Ok(before), Some(Ok(after))) = (
                std::str::from_utf8(before),
                case.after.get(path).map(|a| std::str::from_utf8(a)),
            ) else {
                continue;
            };
            let kept = comments(after);
            let of = |list: &[&str], c: &str| list.iter().filter(|k| **k == c).count();
            let told = comments(before);
            for comment in &told {
                if path.extension().is_some_and(|e| e == "rs")
                    && of(&kept, comment) < of(&told, comment)
                {
                    let _ = writeln!(lost, "{}: {}: {comment}", case.name, path.display());
                }
            }
        }
    }
    assert!(lost.is_empty(), "\n{lost}");
}
