//! Reading `Cargo.toml`: name, edition, crates and dependencies.
//!
//! Belongs here: what cargo would find for a package, without asking cargo: a run must work where the dependencies
//! cannot be resolved. Does not: writing manifests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::core::workspace::{DependencyKind, Edition, Target, TargetKind, normalize};

/// What a manifest says, inheritance from the workspace included.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) edition: Edition,
    /// Not with `publish = false`, or with an empty list of registries.
    pub(super) published: bool,
    pub(super) dependencies: Vec<ManifestDependency>,
    table: Table,
}

#[derive(Debug)]
pub(super) struct ManifestDependency {
    /// What its key says: code calls it so, unless the library has another name and the key is the package's.
    pub(super) extern_name: String,
    /// By `package = "…"`.
    pub(super) renamed: bool,
    pub(super) package: String,
    pub(super) kind: DependencyKind,
    /// Optional, or of a target.
    pub(super) conditional: bool,
    /// The folder of a path dependency: relative to the package, or absolute if the workspace's manifest names it.
    path: Option<PathBuf>,
}

#[derive(Debug)]
pub(super) struct ManifestError {
    pub(super) line: Option<usize>,
    pub(super) message: String,
}

/// Reads a manifest. `None`: it has no package (a virtual workspace).
pub(super) fn read(path: &Path) -> Result<Option<Manifest>, ManifestError> {
    let table = parse(path)?;
    let Some(package) = table
        .get("package")
        .or_else(|| table.get("project"))
        .and_then(Value::as_table)
    else {
        return Ok(None);
    };
    let Some(name) = package.get("name").and_then(Value::as_str) else {
        return Err(ManifestError {
            line: None,
            message: "the package has no name".into(),
        });
    };
    let workspace = workspace_of(path, &table);
    let inherited = |key: &str| -> Option<Value> {
        let own = package.get(key)?;
        if inherits(own) {
            let (_, workspace) = workspace.as_ref()?;
            return workspace.get("package")?.get(key).cloned();
        }
        Some(own.clone())
    };
    let edition = match inherited("edition").as_ref().and_then(Value::as_str) {
        None | Some("2015") => Edition::Edition2015,
        Some("2018") => Edition::Edition2018,
        Some("2021") => Edition::Edition2021,
        Some(_) => Edition::Edition2024,
    };
    let published = match inherited("publish") {
        Some(Value::Boolean(it)) => it,
        Some(Value::Array(registries)) => !registries.is_empty(),
        _ => true,
    };
    let mut dependencies = Vec::new();
    collect_dependencies(&table, workspace.as_ref(), false, &mut dependencies);
    if let Some(targets) = table.get("target").and_then(Value::as_table) {
        for target in targets.values().filter_map(Value::as_table) {
            collect_dependencies(target, workspace.as_ref(), true, &mut dependencies);
        }
    }
    // `[patch]` stands in the workspace's root
    let root = match &workspace {
        Some((dir, _)) => dir.clone(),
        None => path.parent().map(Path::to_path_buf).unwrap_or_default(),
    };
    let patches = patches(&root, path, &table);
    for dependency in dependencies.iter_mut().filter(|d| d.path.is_none()) {
        dependency.path = patches.get(&dependency.package).cloned();
    }
    Ok(Some(Manifest {
        name: name.to_owned(),
        edition,
        published,
        dependencies,
        table,
    }))
}

fn parse(path: &Path) -> Result<Table, ManifestError> {
    let text = std::fs::read_to_string(path).map_err(|e| ManifestError {
        line: None,
        message: format!("could not be read: {e}"),
    })?;
    text.parse::<Table>().map_err(|e| ManifestError {
        line: e
            .span()
            .map(|s| text[..s.start.min(text.len())].matches('\n').count() + 1),
        message: format!("does not parse: {}", e.message()),
    })
}

/// The folders that `[patch]` puts in the place of packages.
fn patches(root: &Path, path: &Path, own: &Table) -> BTreeMap<String, PathBuf> {
    let manifest = root.join("Cargo.toml");
    let table = if manifest == path {
        Some(own.clone())
    } else {
        parse(&manifest).ok()
    };
    let mut out = BTreeMap::new();
    let sources = table
        .as_ref()
        .and_then(|t| t.get("patch"))
        .and_then(Value::as_table);
    for (key, value) in sources
        .into_iter()
        .flat_map(|t| t.values())
        .filter_map(Value::as_table)
        .flatten()
    {
        if let Some(folder) = value.get("path").and_then(Value::as_str) {
            let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
            out.insert(package.to_owned(), root.join(folder));
        }
    }
    out
}

fn inherits(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

/// The `[workspace]` table that a package inherits from, and its folder.
fn workspace_of(path: &Path, own: &Table) -> Option<(PathBuf, Table)> {
    let dir = path.parent()?;
    if let Some(workspace) = own.get("workspace").and_then(Value::as_table) {
        return Some((dir.to_path_buf(), workspace.clone()));
    }
    let named = own
        .get("package")
        .and_then(|p| p.get("workspace"))
        .and_then(Value::as_str);
    let candidates: Vec<PathBuf> = match named {
        Some(named) => vec![dir.join(named)],
        None => dir.ancestors().skip(1).map(Path::to_path_buf).collect(),
    };
    candidates.into_iter().find_map(|candidate| {
        let table = parse(&candidate.join("Cargo.toml")).ok()?;
        let workspace = table.get("workspace")?.as_table()?.clone();
        Some((candidate, workspace))
    })
}

fn collect_dependencies(
    table: &Table,
    workspace: Option<&(PathBuf, Table)>,
    of_target: bool,
    out: &mut Vec<ManifestDependency>,
) {
    for (section, kind) in [
        ("dependencies", DependencyKind::Normal),
        ("dev-dependencies", DependencyKind::Dev),
        ("dev_dependencies", DependencyKind::Dev),
        ("build-dependencies", DependencyKind::Build),
        ("build_dependencies", DependencyKind::Build),
    ] {
        for (key, value) in table
            .get(section)
            .and_then(Value::as_table)
            .into_iter()
            .flatten()
        {
            let shared = inherits(value)
                .then(|| workspace?.1.get("dependencies")?.get(key))
                .flatten();
            let from = shared.unwrap_or(value);
            let text = |k: &str| from.get(k).and_then(Value::as_str);
            let optional = value.get("optional").and_then(Value::as_bool) == Some(true);
            let path = text("path").map(|p| match (shared, workspace) {
                (Some(_), Some((dir, _))) => dir.join(p),
                _ => PathBuf::from(p),
            });
            out.push(ManifestDependency {
                extern_name: key.replace('-', "_"),
                renamed: text("package").is_some(),
                package: text("package").unwrap_or(key).to_owned(),
                kind,
                conditional: of_target || optional,
                path,
            });
        }
    }
}

impl Manifest {
    /// The name of its library in code.
    pub(super) fn lib_name(&self) -> String {
        let lib = self.table.get("lib").and_then(Value::as_table);
        let name = lib.and_then(|l| l.get("name")).and_then(Value::as_str);
        name.unwrap_or(&self.name).replace('-', "_")
    }
}

impl ManifestDependency {
    pub(super) fn is_path(&self) -> bool {
        self.path.is_some()
    }

    /// The folder of the member that it is, relative to the root.
    pub(super) fn dir(
        &self,
        root: &Path,
        package: &Path,
        members: &BTreeMap<PathBuf, &Manifest>,
    ) -> Option<PathBuf> {
        let full = normalize(&root.join(package).join(self.path.as_ref()?));
        let relative = full.strip_prefix(root).ok()?.to_path_buf();
        members.contains_key(&relative).then_some(relative)
    }
}

impl Manifest {
    /// The package's crates, as cargo would discover them.
    pub(super) fn targets(&self, root: &Path, dir: &Path) -> Vec<Target> {
        let mut targets = Vec::new();
        let exists = |path: &Path| root.join(path).is_file();
        let mut add = |kind, name: &str, path: PathBuf| {
            let path = normalize(&path);
            if exists(&path)
                && !targets
                    .iter()
                    .any(|t: &Target| t.root == path && t.kind == kind)
            {
                targets.push(Target {
                    kind,
                    name: name.replace('-', "_"),
                    root: path,
                });
            }
        };
        let lib = self.table.get("lib").and_then(Value::as_table);
        let text = |table: Option<&Table>, key: &str| {
            table
                .and_then(|t| t.get(key))
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        add(
            TargetKind::Lib,
            &self.lib_name(),
            dir.join(text(lib, "path").unwrap_or_else(|| "src/lib.rs".into())),
        );
        add(TargetKind::Bin, &self.name, dir.join("src/main.rs"));
        for (section, folder, kind) in [
            ("bin", "src/bin", TargetKind::Bin),
            ("example", "examples", TargetKind::Example),
            ("test", "tests", TargetKind::Test),
            ("bench", "benches", TargetKind::Bench),
        ] {
            for explicit in self
                .table
                .get(section)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let table = explicit.as_table();
                let Some(name) = text(table, "name") else {
                    continue;
                };
                match text(table, "path") {
                    Some(path) => add(kind, &name, dir.join(path)),
                    None => {
                        add(kind, &name, dir.join(folder).join(format!("{name}.rs")));
                        add(kind, &name, dir.join(folder).join(&name).join("main.rs"));
                    }
                }
            }
            for (name, path) in discovered(&root.join(dir).join(folder)) {
                add(kind, &name, dir.join(folder).join(path));
            }
        }
        let package = self.table.get("package").and_then(Value::as_table);
        add(
            TargetKind::Build,
            "build_script_build",
            dir.join(text(package, "build").unwrap_or_else(|| "build.rs".into())),
        );
        targets
    }
}

/// `name.rs` and `name/main.rs` in a folder.
fn discovered(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let file = PathBuf::from(entry.file_name());
            let name = file.file_stem()?.to_str()?.to_owned();
            if file.extension().is_some_and(|e| e == "rs") {
                return Some((name, file));
            }
            let main = file.join("main.rs");
            folder.join(&main).is_file().then_some((name, main))
        })
        .collect();
    found.sort();
    found
}
