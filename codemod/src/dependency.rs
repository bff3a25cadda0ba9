//! Swapping the bus crate for the shim in manifests, and back. Comments and order stay.
//!
//! Belongs here: one manifest's text in, its text out; what of the shim alone the code still uses. Does not: finding
//! manifests, writing them.

use std::path::{Path, PathBuf};

use ra_ap_parser::LexedStr;
use ra_ap_syntax::{Edition, SyntaxKind};
use thiserror::Error;
use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value};

use crate::core::workspace::{Language, Workspace};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The shim comes.
    Add,
    /// Upstream comes back.
    Remove,
}

/// The packages that the shim stands in for: today's name and the one before publication.
const UPSTREAM: &[&str] = &["rvoip-infra-common", "infra-common"];
const SHIM: &str = "coordinator-shim";
/// The features of the shim.
const FEATURES: &[&str] = &[
    "default",
    "memory-diagnostics",
    "no-global-allocator",
    "otel",
];
/// Where a dependency comes from, other than the registry.
const SOURCES: &[&str] = &["path", "git", "branch", "tag", "rev", "registry"];
/// What only the shim has.
const SHIM_ONLY: &[&str] = &[
    "as_upstream",
    "into_upstream",
    "legacy_calls",
    "try_global_coordinator",
];

/// A manifest after the swap.
#[derive(Debug)]
pub struct Swapped {
    /// Its new text.
    pub after: String,
    /// Features that were asked for and that the other side does not have, by dependency.
    pub unknown_features: Vec<(String, String)>,
}

/// Why a manifest or a workspace cannot be swapped.
#[derive(Debug, Error)]
pub enum SwapError {
    /// It does not parse.
    #[error("{}: {message}\nhelp: mend the manifest and run again", path.display())]
    Manifest {
        /// Which one.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// Code still needs the shim.
    #[error("the grace period cannot end yet; the shim is still needed at\n{}\nhelp: migrate these places, then run again", .0.join("\n"))]
    StillNeeded(Vec<String>),
}

/// The text of a manifest after the swap; `None` if it has nothing to swap. `version`: what the new dependency asks
/// for.
///
/// # Errors
/// [`SwapError::Manifest`] if it is not well-formed.
pub fn swap(
    path: &Path,
    text: &str,
    swap: Swap,
    version: &str,
) -> Result<Option<Swapped>, SwapError> {
    let mut document: DocumentMut =
        text.parse()
            .map_err(|e: toml_edit::TomlError| SwapError::Manifest {
                path: path.to_path_buf(),
                message: e.to_string().trim_end().to_owned(),
            })?;
    let mut out = Swapped {
        after: String::new(),
        unknown_features: Vec::new(),
    };
    let mut changed = tables(document.as_table_mut(), swap, version, &mut out);
    if let Some(workspace) = document
        .get_mut("workspace")
        .and_then(Item::as_table_like_mut)
    {
        changed |= tables(workspace, swap, version, &mut out);
    }
    if let Some(targets) = document.get_mut("target").and_then(Item::as_table_like_mut) {
        for (_, target) in targets.iter_mut() {
            if let Some(target) = target.as_table_like_mut() {
                changed |= tables(target, swap, version, &mut out);
            }
        }
    }
    out.after = document.to_string();
    Ok(changed.then_some(out))
}

/// Swaps in the dependency tables of one level of a manifest.
fn tables(level: &mut dyn TableLike, swap: Swap, version: &str, out: &mut Swapped) -> bool {
    let mut changed = false;
    for name in [
        "dependencies",
        "dev-dependencies",
        "dev_dependencies",
        "build-dependencies",
        "build_dependencies",
    ] {
        let Some(table) = level.get_mut(name).and_then(Item::as_table_like_mut) else {
            continue;
        };
        for (key, item) in table.iter_mut() {
            changed |= dependency(key.get(), item, swap, version, out);
        }
    }
    changed
}

fn dependency(key: &str, item: &mut Item, swap: Swap, version: &str, out: &mut Swapped) -> bool {
    let text = |k: &str| item.get(k).and_then(Item::as_str).map(str::to_owned);
    let package = text("package").unwrap_or_else(|| key.to_owned());
    let inherited = item.get("workspace").is_some();
    let ours = match swap {
        Swap::Add => UPSTREAM.contains(&package.as_str()),
        Swap::Remove => package == SHIM,
    };
    if !ours || inherited {
        return false;
    }
    let new = match swap {
        Swap::Add => SHIM,
        Swap::Remove => UPSTREAM[0],
    };
    if swap == Swap::Add {
        let features = item.get("features").and_then(Item::as_array);
        for feature in features.into_iter().flatten().filter_map(Value::as_str) {
            if !FEATURES.contains(&feature) {
                out.unknown_features
                    .push((key.to_owned(), feature.to_owned()));
            }
        }
    }
    let named = key != new;
    match item {
        Item::Value(Value::InlineTable(table)) => {
            *table = renewed(table, named.then_some(new), version);
            // a version alone needs no table
            if table.len() == 1
                && let Some(version) = table.remove("version")
            {
                let decor = table.decor().clone();
                *item = Item::Value(version.decorated(" ", ""));
                if let Some(value) = item.as_value_mut() {
                    *value.decor_mut() = decor;
                }
            }
        }
        Item::Value(value) => {
            let mut table = InlineTable::new();
            if named {
                table.insert("package", new.into());
            }
            table.insert("version", version.into());
            *table.decor_mut() = value.decor().clone();
            *item = Item::Value(match (named, table.remove("version")) {
                (false, Some(mut version)) => {
                    *version.decor_mut() = value.decor().clone();
                    version
                }
                (_, version) => {
                    table.extend(version.map(|v| ("version", v)));
                    Value::InlineTable(table)
                }
            });
        }
        other => {
            let Some(table) = other.as_table_like_mut() else {
                return false;
            };
            // comments above what goes stay, above the version
            let mut comments = String::new();
            for source in SOURCES {
                let above = table
                    .key(source)
                    .and_then(|k| k.leaf_decor().prefix()?.as_str());
                comments.extend(above.filter(|text| text.contains('#')));
                table.remove(source);
            }
            set(table, "version", version);
            match named {
                true => set(table, "package", new),
                false => {
                    let above = table
                        .key("package")
                        .and_then(|k| k.leaf_decor().prefix()?.as_str());
                    comments.extend(above.filter(|text| text.contains('#')));
                    table.remove("package");
                }
            }
            if !comments.is_empty()
                && let Some(mut key) = table.key_mut("version")
            {
                let own = key.leaf_decor().prefix().and_then(|p| p.as_str());
                let prefix = format!("{comments}{}", own.unwrap_or_default());
                key.leaf_decor_mut().set_prefix(prefix);
            }
        }
    }
    true
}

/// Sets an option; what stands around one that is there stays.
fn set(table: &mut dyn TableLike, key: &str, text: &str) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = text.into();
            *value.decor_mut() = decor;
        }
        None => {
            table.insert(key, toml_edit::value(text));
        }
    }
}

/// An inline table of the same options from the registry, under another package name.
fn renewed(old: &InlineTable, package: Option<&str>, version: &str) -> InlineTable {
    let mut new = InlineTable::new();
    if let Some(package) = package {
        new.insert("package", package.into());
    }
    new.insert("version", version.into());
    for (key, value) in old.iter() {
        if key != "package" && key != "version" && !SOURCES.contains(&key) {
            let mut value = value.clone();
            value.decor_mut().clear();
            new.insert(key, value);
        }
    }
    *new.decor_mut() = old.decor().clone();
    new
}

/// The version of the bus crate that a lock file names, as a requirement (`0.4`).
#[must_use]
pub fn locked_version(lock: &str) -> Option<String> {
    let document: DocumentMut = lock.parse().ok()?;
    let mut packages = document.get("package")?.as_array_of_tables()?.iter();
    let found = packages.find(|p| p.get("name").and_then(Item::as_str) == Some(UPSTREAM[0]))?;
    let version = found.get("version")?.as_str()?;
    let mut parts = version.split('.');
    Some(format!("{}.{}", parts.next()?, parts.next()?))
}

/// The places that need the shim, `path:line: what`. `after`: the text that a file will have, if it changes.
pub fn needing_shim(workspace: &Workspace, after: impl Fn(&Path) -> Option<String>) -> Vec<String> {
    let mut out = Vec::new();
    for source in &workspace.files {
        if source.language != Language::Rust || source.example.is_some() {
            continue;
        }
        let changed = after(&source.path);
        let text = changed.as_deref().unwrap_or(&source.text);
        if !text.contains("monolithic") && !SHIM_ONLY.iter().any(|n| text.contains(n)) {
            continue;
        }
        let edition = source
            .package
            .map_or(Edition::Edition2021, |p| workspace.package(p).edition);
        let lexed = LexedStr::new(edition, text);
        let tokens: Vec<usize> = (0..lexed.len())
            .filter(|i| !matches!(lexed.kind(*i), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
            .collect();
        let at = |i: Option<usize>| i.and_then(|i| tokens.get(i)).map_or("", |t| lexed.text(*t));
        for (i, token) in tokens.iter().enumerate() {
            if lexed.kind(*token) != SyntaxKind::IDENT {
                continue;
            }
            let name = lexed.text(*token);
            let of = at(i.checked_sub(3));
            let constructs = name == "monolithic"
                && at(i.checked_sub(1)) == ":"
                && at(Some(i + 1)) == "("
                && !of.ends_with("Config");
            if constructs || SHIM_ONLY.contains(&name) {
                let line = text[..lexed.text_start(*token)].matches('\n').count() + 1;
                let words = match constructs {
                    true => format!("{of}::monolithic()"),
                    false => name.to_owned(),
                };
                out.push(format!("  {}:{line}: {words}", source.path.display()));
            }
        }
    }
    out
}
