//! Compiling many small packages in one scratch workspace, against upstream or against the shim.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

use crate::batch::{Batch, Batches};
use crate::tree::{self, Tree};

/// What the bus crate's name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bus {
    /// `rvoip-infra-common` itself.
    Upstream,
    /// The shim, under its name.
    Shim,
}

/// A diagnostic of rustc or clippy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub level: String,
    /// The lint or error code.
    pub code: String,
    /// The message.
    pub message: String,
    /// As rustc prints it.
    pub rendered: String,
}

/// What cargo made of the members.
#[derive(Debug, Default)]
pub struct Build {
    /// The diagnostics by package folder.
    pub diagnostics: BTreeMap<String, Vec<Diagnostic>>,
    /// The programs by their names, and what starts each.
    programs: BTreeMap<String, Program>,
}

#[derive(Debug, Clone)]
struct Program {
    path: PathBuf,
    argument: Option<String>,
}

impl Build {
    /// Runs a program and gives its standard output.
    ///
    /// # Errors
    /// Why there is none.
    ///
    /// # Panics
    /// If it was linked and cannot be started.
    pub fn run(&self, program: &str) -> Result<String, String> {
        let program = self.programs.get(program).ok_or("did not build")?;
        let mut command = Command::new(&program.path);
        let output = command.args(&program.argument).output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A workspace of copies in a scratch folder.
#[derive(Debug)]
pub struct Scratch {
    dir: PathBuf,
    members: Vec<String>,
    libraries: bool,
    batches: Batches,
}

impl Scratch {
    /// An empty one.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            dir: crate::scratch(name),
            members: Vec::new(),
            libraries: false,
            batches: Batches::default(),
        }
    }

    /// Adds the packages of a tree under `prefix`. `published`: the older name of the bus crate stands for the
    /// published one.
    ///
    /// # Panics
    /// If a manifest is malformed.
    pub fn add(&mut self, prefix: &str, tree: &Tree, bus: Bus, published: bool) {
        let mut copy = tree.clone();
        for (path, bytes) in &mut copy {
            if path.file_name().is_some_and(|n| n == "Cargo.toml") {
                let mut manifest: DocumentMut = String::from_utf8_lossy(bytes).parse().unwrap();
                if manifest.get("package").is_none() {
                    // a virtual workspace: its members become members of the scratch workspace
                    bytes.clear();
                    continue;
                }
                let dir = path.parent().unwrap();
                self.libraries |= tree.contains_key(&dir.join("src/lib.rs"));
                targets(&mut manifest, prefix, dir, tree);
                adapt(&mut manifest, prefix, bus, published);
                call_by_library(&mut manifest, prefix, tree);
                if self.batches.take(prefix, &manifest, tree) {
                    return;
                }
                *bytes = manifest.to_string().into_bytes();
                let dir = Path::new(prefix).join(path.parent().unwrap());
                self.members
                    .push(dir.to_string_lossy().trim_end_matches('/').to_owned());
            }
        }
        copy.retain(|path, bytes| {
            !(bytes.is_empty() && path.file_name().is_some_and(|n| n == "Cargo.toml"))
        });
        tree::write(&self.dir.join(prefix), &copy);
    }

    /// Writes the workspace's own files.
    ///
    /// # Panics
    /// If they cannot be written.
    pub fn finish(&self) {
        fs::create_dir_all(&self.dir).unwrap();
        let batches = self.packages();
        for batch in &batches {
            tree::write(&self.dir.join(&batch.name), &batch.files);
        }
        let batches = batches.iter().map(|b| &b.name);
        let members: String = (self.members.iter().chain(batches))
            .map(|m| format!("    {m:?},\n"))
            .collect();
        let manifest = format!(
            "[workspace]\nresolver = \"2\"\nmembers = [\n{members}]\n\n[profile.dev]\ndebug = false\ncodegen-units = 1\nstrip = \"symbols\"\n"
        );
        if fs::read_to_string(self.dir.join("Cargo.toml"))
            .ok()
            .as_ref()
            != Some(&manifest)
        {
            fs::write(self.dir.join("Cargo.toml"), manifest).unwrap();
        }
        // the versions that this repository's lock file names
        if !self.dir.join("Cargo.lock").exists() {
            fs::copy(
                crate::root().join("Cargo.lock"),
                self.dir.join("Cargo.lock"),
            )
            .unwrap();
        }
    }

    /// Those of several programs, by names that no other scratch workspace has.
    fn packages(&self) -> Vec<Batch> {
        let name = self.dir.file_name().unwrap().to_string_lossy();
        self.batches.packages(&name)
    }

    fn cargo(&self) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command
            .current_dir(&self.dir)
            .env("CARGO_TARGET_DIR", crate::scratch("target"))
            .env_remove("RUSTFLAGS");
        command
    }

    /// `cargo check` of all targets, and the programs of the packages `linked`.
    ///
    /// # Panics
    /// If cargo cannot be run, or something outside of the members fails.
    #[must_use]
    pub fn check(&self, linked: &[String]) -> Build {
        let mut build = self.build(self.cargo().args(["check", "--workspace", "--all-targets"]));
        if !linked.is_empty() {
            let mut command = self.cargo();
            command.arg("build");
            let batches = self.packages();
            let of = |program: &String| {
                let mut all = batches.iter().filter(|b| b.programs.contains_key(program));
                all.next()
                    .map_or_else(|| program.clone(), |b| b.name.clone())
            };
            let packages: BTreeSet<String> = linked.iter().map(of).collect();
            for package in &packages {
                command.args(["--package", package]);
            }
            build.programs = self.build(&mut command).programs;
        }
        build
    }

    /// Builds all targets with clippy as the compiler: what `cargo clippy` says and what `cargo build` links, for the
    /// price of one. Libraries are checked first: several of one name would write the same file.
    ///
    /// # Panics
    /// If cargo cannot be run, or something outside of the members fails.
    #[must_use]
    pub fn lint_and_link(&self) -> Build {
        let driver = Path::new(env!("CARGO")).with_file_name("clippy-driver");
        let run = |args: &[&str]| {
            let mut command = self.cargo();
            command
                .args(args)
                .arg("--workspace")
                .env("RUSTC_WORKSPACE_WRAPPER", &driver)
                .env("CLIPPY_ARGS", "");
            self.build(&mut command)
        };
        let mut build = run(&["build", "--bins", "--examples", "--tests", "--benches"]);
        let libraries = self.libraries.then(|| run(&["check", "--lib"]).diagnostics);
        for (member, list) in libraries.into_iter().flatten() {
            let known = build.diagnostics.entry(member).or_default();
            known.extend(list);
            known.sort();
            known.dedup();
        }
        build
    }

    fn build(&self, command: &mut Command) -> Build {
        command.args(["--keep-going", "--quiet", "--message-format=json"]);
        let output = command.output().unwrap();
        let mut build = Build::default();
        let batches = self.packages();
        let mut any = false;
        for message in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<Value>(message) else {
                continue;
            };
            any = true;
            let tests = message["profile"]["test"] == true;
            if let (false, Some(name), Some(program)) = (
                tests,
                message["target"]["name"].as_str(),
                message["executable"].as_str(),
            ) {
                let own = batches.iter().filter(|b| b.name == name);
                let started = own.flat_map(|b| &b.programs);
                let started = started.map(|(name, argument)| (name, Some(argument)));
                let alone = (&name.to_owned(), None);
                for (name, argument) in started.chain([alone]) {
                    let program = Program {
                        path: program.into(),
                        argument: argument.cloned(),
                    };
                    build.programs.insert(name.clone(), program);
                }
            }
            if message["reason"] != "compiler-message" {
                continue;
            }
            let manifest = Path::new(message["manifest_path"].as_str().unwrap())
                .parent()
                .unwrap();
            let Ok(member) = manifest.strip_prefix(&self.dir) else {
                continue;
            };
            let inner = &message["message"];
            let diagnostic = Diagnostic {
                level: inner["level"].as_str().unwrap_or_default().into(),
                code: inner["code"]["code"].as_str().unwrap_or_default().into(),
                message: inner["message"].as_str().unwrap_or_default().into(),
                rendered: inner["rendered"].as_str().unwrap_or_default().into(),
            };
            let spans = inner["spans"].as_array().map_or(&[][..], Vec::as_slice);
            let primary = spans.iter().find(|s| s["is_primary"] == true);
            let Some(first) = primary.or(spans.first()) else {
                continue;
            };
            let member = member.to_string_lossy().into_owned();
            let file = first["file_name"].as_str().unwrap_or_default();
            let batch = batches.iter().find(|b| b.name == member);
            let prefix = batch.and_then(|b| {
                let own = || b.prefixes.iter();
                let of_first = own().find(|(path, _)| file.ends_with(path.as_str()));
                // a macro of others has the first one
                let text = inner["spans"].to_string();
                of_first.or_else(|| own().find(|(path, _)| text.contains(path.as_str())))
            });
            let member = prefix.map_or(member, |(_, prefix)| prefix.clone());
            build
                .diagnostics
                .entry(member)
                .or_default()
                .push(diagnostic);
        }
        assert!(
            any,
            "{command:?} said nothing: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        // what fails outside of the members, such as the shim, hides all that depends on it
        let mut said = build.diagnostics.values().flatten();
        assert!(
            output.status.success() || said.any(|d| d.level == "error"),
            "{command:?} failed outside of the cases: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        for list in build.diagnostics.values_mut() {
            // a library and its test build say the same
            list.sort();
            list.dedup();
        }
        build
    }

    /// Runs the examples of the packages' documentation.
    ///
    /// # Errors
    /// What cargo says, if one fails.
    ///
    /// # Panics
    /// If cargo cannot be run.
    pub fn doc_tests(&self, packages: &[String]) -> Result<(), String> {
        let mut command = self.cargo();
        command.args(["test", "--doc", "--no-fail-fast"]);
        for package in packages {
            command.args(["--package", package]);
        }
        let output = command.output().unwrap();
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr))
    }
}

/// What `after` says that `before` did not. Fewer uses of what is deprecated are fine, and so are the same.
#[must_use]
pub fn new_diagnostics(before: &[Diagnostic], after: &[Diagnostic]) -> Vec<Diagnostic> {
    let count =
        |list: &[Diagnostic], d: &Diagnostic| list.iter().filter(|o| o.code == d.code).count();
    after
        .iter()
        .filter(|d| d.level == "error" || count(after, d) > count(before, d))
        .cloned()
        .collect()
}

/// The name that a package has in the scratch workspace.
#[must_use]
pub fn scratch_name(prefix: &str, name: &str) -> String {
    format!("{}-{name}", prefix.replace('/', "-"))
}

/// Writes out the library and the program of the package in `dir` that cargo would find by itself. The library keeps its
/// name, and what has no test is not compiled once more for its tests, nor for benches.
fn targets(manifest: &mut DocumentMut, prefix: &str, dir: &Path, tree: &Tree) {
    let tested = tree.iter().any(|(path, bytes)| {
        path.starts_with(dir)
            && path.extension().is_some_and(|e| e == "rs")
            && bytes.windows(4).any(|w| w == b"test")
    });
    let name = manifest["package"]["name"].as_str().unwrap().to_owned();
    let target = |name: String, path: &str| {
        let mut target = Table::new();
        target["name"] = value(name);
        target["path"] = value(path);
        target["test"] = value(tested);
        target["bench"] = value(false);
        target
    };
    if tree.contains_key(&dir.join("src/lib.rs")) && manifest.get("lib").is_none() {
        manifest["lib"] = Item::Table(target(name.replace('-', "_"), "src/lib.rs"));
    }
    // names that no other member has
    let found = |kind: &str, below: &str, main: Option<&str>| {
        let files = tree.keys().filter_map(|path| path.strip_prefix(dir).ok());
        let programs = files.filter_map(|path| {
            let own = match path.to_str() == main {
                true => &name,
                false if path.parent() == Some(Path::new(below)) => path.file_stem()?.to_str()?,
                false => return None,
            };
            Some(target(scratch_name(prefix, own), path.to_str()?))
        });
        let programs = ArrayOfTables::from_iter(programs);
        (kind.to_owned(), programs)
    };
    for (kind, programs) in [
        found("bin", "src/bin", Some("src/main.rs")),
        found("example", "examples", None),
    ] {
        if manifest.get(&kind).is_none() && !programs.is_empty() {
            manifest["package"][format!("auto{kind}s")] = value(false);
            manifest[&kind] = Item::ArrayOfTables(programs);
        }
    }
}

/// Members that are called by another name than the package's, because their library says so.
fn call_by_library(manifest: &mut DocumentMut, prefix: &str, tree: &Tree) {
    let manifests = tree.iter().filter(|(path, _)| path.ends_with("Cargo.toml"));
    for (_, bytes) in manifests {
        let other: DocumentMut = String::from_utf8_lossy(bytes).parse().unwrap();
        let text = |table: &str| other.get(table)?.get("name")?.as_str().map(str::to_owned);
        let (Some(package), Some(library)) = (text("package"), text("lib")) else {
            continue;
        };
        let dependencies = manifest
            .get_mut("dependencies")
            .and_then(Item::as_table_like_mut);
        let Some(dependencies) = dependencies else {
            continue;
        };
        let own = scratch_name(prefix, &package);
        let is_it = |i: &Item| i.get("package").and_then(Item::as_str) == Some(own.as_str());
        if dependencies.get(&package).is_some_and(is_it)
            && let Some(item) = dependencies.remove(&package)
        {
            dependencies.insert(&library, item);
        }
    }
}

fn adapt(manifest: &mut DocumentMut, prefix: &str, bus: Bus, published: bool) {
    manifest.remove("workspace");
    let name = manifest["package"]["name"].as_str().unwrap().to_owned();
    manifest["package"]["name"] = value(scratch_name(prefix, &name));
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(table) = manifest.get_mut(kind).and_then(Item::as_table_like_mut) else {
            continue;
        };
        for (key, item) in table.iter_mut() {
            let text = |k: &str| item.get(k).and_then(Item::as_str).map(str::to_owned);
            let package = text("package").unwrap_or_else(|| key.get().to_owned());
            let is_bus =
                package == "rvoip-infra-common" || (package == "infra-common" && published);
            if is_bus {
                let mut new = InlineTable::new();
                match bus {
                    Bus::Upstream => {
                        new.insert("package", "rvoip-infra-common".into());
                        new.insert("version", "0.4".into());
                    }
                    Bus::Shim => {
                        new.insert("package", "coordinator-shim".into());
                        new.insert(
                            "path",
                            crate::root()
                                .join("shim")
                                .to_string_lossy()
                                .into_owned()
                                .into(),
                        );
                    }
                }
                new.insert(
                    "features",
                    ["no-global-allocator"]
                        .into_iter()
                        .collect::<toml_edit::Array>()
                        .into(),
                );
                if let Some(optional) = item.get("optional").and_then(Item::as_bool) {
                    new.insert("optional", optional.into());
                }
                *item = value(new);
            } else if text("path").is_some_and(|p| Path::new(&p).is_relative())
                && let Some(inline) = item.as_table_like_mut()
            {
                inline.insert("package", value(scratch_name(prefix, &package)));
            }
        }
    }
}
