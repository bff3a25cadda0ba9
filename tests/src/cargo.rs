//! Compiling many small packages in one scratch workspace, against upstream or against the shim.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use toml_edit::{DocumentMut, InlineTable, Item, Table, value};

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

/// A workspace of copies in a scratch folder.
#[derive(Debug)]
pub struct Scratch {
    dir: PathBuf,
    members: Vec<String>,
}

impl Scratch {
    /// An empty one.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            dir: crate::scratch(name),
            members: Vec::new(),
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
                let has_lib = tree.contains_key(&path.with_file_name("src").join("lib.rs"));
                adapt(&mut manifest, prefix, has_lib, bus, published);
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
        let members: String = self
            .members
            .iter()
            .map(|m| format!("    {m:?},\n"))
            .collect();
        let manifest = format!(
            "[workspace]\nresolver = \"2\"\nmembers = [\n{members}]\n\n[profile.dev]\ndebug = false\n"
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

    fn cargo(&self) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command
            .current_dir(&self.dir)
            .env("CARGO_TARGET_DIR", crate::scratch("target"))
            .env_remove("RUSTFLAGS");
        command
    }

    /// Runs `cargo check` or `cargo clippy` and gives the diagnostics by package folder.
    ///
    /// # Panics
    /// If cargo cannot be run.
    #[must_use]
    pub fn diagnose(&self, subcommand: &str) -> BTreeMap<String, Vec<Diagnostic>> {
        let output = self
            .cargo()
            .args([
                subcommand,
                "--workspace",
                "--all-targets",
                "--keep-going",
                "--quiet",
                "--message-format=json",
            ])
            .output()
            .unwrap();
        let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let mut any = false;
        for message in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<Value>(message) else {
                continue;
            };
            any = true;
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
            if !inner["spans"].as_array().is_none_or(Vec::is_empty) {
                let list = found
                    .entry(member.to_string_lossy().into_owned())
                    .or_default();
                list.push(diagnostic);
            }
        }
        assert!(
            any,
            "cargo {subcommand} said nothing: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        // what fails outside of the members, such as the shim, hides all that depends on it
        let explained = found.values().flatten().any(|d| d.level == "error");
        assert!(
            output.status.success() || explained,
            "cargo {subcommand} failed outside of the cases: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        for list in found.values_mut() {
            // a library and its test build say the same
            list.sort();
            list.dedup();
        }
        found
    }

    /// Runs a package's binary and gives its standard output.
    ///
    /// # Panics
    /// If it fails.
    #[must_use]
    pub fn run(&self, package: &str) -> String {
        crate::succeeded(self.cargo().args(["run", "--quiet", "--package", package]))
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

    /// Builds the packages at once, runs the binary of each and gives its standard output, or why there is none.
    ///
    /// # Panics
    /// If cargo cannot be run.
    #[must_use]
    pub fn run_all(&self, packages: &[String]) -> BTreeMap<String, Result<String, String>> {
        let mut command = self.cargo();
        command.args(["build", "--quiet", "--keep-going", "--message-format=json"]);
        for package in packages {
            command.args(["--package", package]);
        }
        let output = command.output().unwrap();
        let built: BTreeMap<String, String> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|message| {
                let name = message["target"]["name"].as_str()?;
                Some((name.to_owned(), message["executable"].as_str()?.to_owned()))
            })
            .collect();
        let run = |package: &String| -> Result<String, String> {
            let program = built.get(package).ok_or("did not build")?;
            let output = Command::new(program).output().unwrap();
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned());
            }
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        packages
            .iter()
            .map(|package| (package.clone(), run(package)))
            .collect()
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

fn adapt(manifest: &mut DocumentMut, prefix: &str, has_lib: bool, bus: Bus, published: bool) {
    manifest.remove("workspace");
    let name = manifest["package"]["name"].as_str().unwrap().to_owned();
    manifest["package"]["name"] = value(scratch_name(prefix, &name));
    if has_lib && manifest.get("lib").and_then(|l| l.get("name")).is_none() {
        if manifest.get("lib").is_none() {
            manifest["lib"] = Item::Table(Table::new());
        }
        manifest["lib"]["name"] = value(name.replace('-', "_"));
    }
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
