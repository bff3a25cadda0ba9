//! Small programs that are compiled as modules of one: most of what a compiler does for each is the same.
//!
//! Belongs here: which programs can be, and the package that they make. Does not: compiling it (`cargo`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, value};

use crate::tree::Tree;

/// How many of them make a package.
const SIZE: usize = 24;

/// What starts a program, whatever its `main` gives.
const STARTED: &str = "
pub fn start_this_case() -> std::process::ExitCode {
    std::process::Termination::report(main())
}
";

/// A program that is a module.
#[derive(Debug)]
struct Module {
    /// The program, as a package of its own would be called.
    program: String,
    /// What its diagnostics are filed under.
    prefix: String,
    /// Its name.
    name: String,
    source: String,
}

/// Programs by what their manifests say.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    by_manifest: BTreeMap<String, Vec<Module>>,
}

/// A package of such programs.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Its folder and its name.
    pub(crate) name: String,
    pub(crate) files: Tree,
    /// The programs, and the argument that starts each.
    pub(crate) programs: BTreeMap<String, String>,
    /// What the diagnostics of each file are filed under.
    pub(crate) prefixes: BTreeMap<String, String>,
}

impl Batches {
    /// Takes the program of a package whose manifest is `manifest`: whether it can be a module.
    pub(crate) fn take(&mut self, prefix: &str, manifest: &DocumentMut, tree: &Tree) -> bool {
        let name: String = prefix
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '_' })
            .collect();
        let name = format!("case_{name}");
        let Some(source) = program(manifest, tree, &name) else {
            return false;
        };
        let mut manifest = manifest.clone();
        let package = manifest["package"].as_table_mut();
        let program = package
            .and_then(|p| {
                p.remove("autobins");
                p.remove("name")
            })
            .and_then(|n| Some(n.as_str()?.to_owned()));
        let Some(program) = program else {
            return false;
        };
        // its only target is the one that cargo finds
        manifest.remove("bin");
        let module = Module {
            program,
            prefix: prefix.to_owned(),
            name,
            source,
        };
        let all = self.by_manifest.entry(manifest.to_string());
        all.or_default().push(module);
        true
    }

    /// The packages; `of`: what their names begin with.
    pub(crate) fn packages(&self, of: &str) -> Vec<Batch> {
        let groups = self.by_manifest.iter();
        let groups =
            groups.flat_map(|(manifest, all)| all.chunks(SIZE).map(move |c| (manifest, c)));
        let named = groups.enumerate();
        named
            .map(|(i, (manifest, modules))| package(&format!("{of}-batch-{i}"), manifest, modules))
            .collect()
    }
}

fn package(name: &str, manifest: &str, modules: &[Module]) -> Batch {
    let mut manifest: DocumentMut = manifest.parse().unwrap_or_default();
    manifest["package"]["name"] = value(name);
    let mut main = String::from("//! Programs that are started by their names.\n\n");
    let mut arms = String::new();
    let mut out = Batch {
        name: name.to_owned(),
        ..Batch::default()
    };
    for module in modules {
        let _ = writeln!(main, "pub mod {};", module.name);
        let _ = writeln!(
            arms,
            "        Some(\"{0}\") => {0}::start_this_case(),",
            module.name
        );
        let file = format!("src/{}.rs", module.name);
        out.programs
            .insert(module.program.clone(), module.name.clone());
        out.prefixes.insert(file.clone(), module.prefix.clone());
        out.files
            .insert(PathBuf::from(file), module.source.clone().into_bytes());
    }
    let _ = write!(
        main,
        "
fn main() -> std::process::ExitCode {{
    match std::env::args().nth(1).as_deref() {{
{arms}        _ => std::process::ExitCode::FAILURE,
    }}
}}
"
    );
    out.files.insert("src/main.rs".into(), main.into_bytes());
    out.files
        .insert("Cargo.toml".into(), manifest.to_string().into_bytes());
    out
}

/// The source of a program that means the same as a module. `None`: it may not.
fn program(manifest: &DocumentMut, tree: &Tree, name: &str) -> Option<String> {
    // what tells a crate, a place or a test
    const TELLING: &[&str] = &[
        "#![",
        "#[macro_",
        "#[path",
        "$crate",
        "cfg(test",
        "env!(",
        "env::",
        "extern crate",
        "file!(",
        "include",
        "line!(",
        "module_path!(",
        "no_mangle",
        "test]",
        "type_name",
    ];
    let plain = manifest
        .iter()
        .all(|(key, _)| matches!(key, "package" | "dependencies" | "bin"));
    let sources = tree
        .keys()
        .filter(|p| p.extension().is_some_and(|e| e == "rs"));
    let alone = sources.eq([Path::new("src/main.rs")]);
    let text = std::str::from_utf8(
        tree.get(Path::new("src/main.rs"))
            .filter(|_| plain && alone)?,
    );
    let text = text.ok()?;
    let mut declared = text.lines().map(str::trim_start);
    let declares = declared.any(|l| {
        let l = l.trim_start_matches("pub ");
        l.starts_with("mod ") && l.ends_with(';')
    });
    if declares || text.starts_with('\u{feff}') || TELLING.iter().any(|t| text.contains(t)) {
        return None;
    }
    let is_main = |l: &&str| l.starts_with("fn main(") || l.starts_with("async fn main(");
    if text.lines().filter(is_main).count() != 1 {
        return None;
    }
    // its root is the module then
    Some(in_module(text, name) + STARTED)
}

/// Paths from the root of a crate as paths from a module of it.
fn in_module(source: &str, name: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("crate::") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        out.push_str("crate::");
        if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            out.push_str(name);
            out.push_str("::");
        }
        rest = &from["crate::".len()..];
    }
    out + rest
}
