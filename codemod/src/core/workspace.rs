//! What the core works on: packages and the text of their files, already read.
//!
//! Belongs here: plain data that `discover` fills in. Does not: reading files, parsing, deciding.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

pub use ra_ap_syntax::Edition;

/// All packages and files of one run.
#[derive(Debug, Default, Clone)]
pub struct Workspace {
    /// Every package found, in path order.
    pub packages: Vec<Package>,
    /// Every Rust and Markdown file that was read, in path order; then the examples of documentation.
    pub files: Vec<SourceFile>,
    /// Names of macros whose arguments are expressions, beside the well-known ones.
    pub macros: Vec<String>,
}

/// Index of a package in [`Workspace::packages`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub usize);

/// Index of a file in [`Workspace::files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub usize);

/// A cargo package.
#[derive(Debug, Clone)]
pub struct Package {
    /// The name in its manifest, as written (`rvoip-media-core`).
    pub name: String,
    /// Its folder, relative to the root of the run.
    pub dir: PathBuf,
    /// The edition its targets are parsed with.
    pub edition: Edition,
    /// Its crates. Auto-discovered ones included.
    pub targets: Vec<Target>,
    /// What it can name, renames resolved.
    pub dependencies: Vec<Dependency>,
    /// Whether a registry may have it, and so code that nobody sees may depend on it: not with `publish = false`.
    pub published: bool,
}

/// One crate of a package.
#[derive(Debug, Clone)]
pub struct Target {
    /// What kind of crate.
    pub kind: TargetKind,
    /// The crate's name in Rust (`rvoip_media_core`).
    pub name: String,
    /// Its root file, relative to the root of the run.
    pub root: PathBuf,
}

/// The kinds of crates that cargo knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// `src/lib.rs`, procedural macros included.
    Lib,
    /// A binary.
    Bin,
    /// An example.
    Example,
    /// An integration test.
    Test,
    /// A benchmark.
    Bench,
    /// `build.rs`.
    Build,
}

/// A dependency as the package's code sees it.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The name in paths (`infra` for `infra = { package = "rvoip-infra-common" }`), with `_` for `-`.
    pub extern_name: String,
    /// The package's real name (`rvoip-infra-common`).
    pub package: String,
    /// Which of the package's code can name it.
    pub kind: DependencyKind,
    /// The member of this workspace that it is, if it is one.
    pub member: Option<PackageId>,
    /// Whether it is somebody's own (a path dependency) and lies outside of what was read.
    pub unread: bool,
    /// Whether only some builds have it: it is optional, or one of a target.
    pub conditional: bool,
}

/// For which code a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DependencyKind {
    /// All but the build script.
    Normal,
    /// Tests, examples, benchmarks.
    Dev,
    /// The build script.
    Build,
}

/// A file's text and where it belongs.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the root of the run.
    pub path: PathBuf,
    /// The whole text as read; a BOM and line ends included.
    pub text: Arc<str>,
    /// The package in whose folder it lies.
    pub package: Option<PackageId>,
    /// How to read it.
    pub language: Language,
    /// Whether it may be changed. The others are read to resolve names.
    pub writable: bool,
    /// Set for a code example of another file's documentation; the path is then that file's, with a number.
    pub example: Option<Example>,
}

/// Where a code example stands.
#[derive(Debug, Clone)]
pub struct Example {
    /// The file whose documentation has it.
    pub host: FileId,
    /// Its lines in order, and at the end the one that closes it.
    pub lines: Vec<ExampleLine>,
    /// Whether rustdoc compiles it.
    pub compiled: bool,
}

/// A line of a code example. All are byte offsets.
#[derive(Debug, Clone, Copy)]
pub struct ExampleLine {
    /// Where it starts in the example.
    pub own: usize,
    /// Where its text starts in the host.
    pub host: usize,
    /// Where its line starts in the host.
    pub line: usize,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// A Rust source file.
    Rust,
    /// A Markdown file (its Rust code blocks matter).
    Markdown,
}

impl Workspace {
    /// The file with that id.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0]
    }

    /// The package with that id.
    #[must_use]
    pub fn package(&self, id: PackageId) -> &Package {
        &self.packages[id.0]
    }
}

/// Removes `.` and resolves `..` by text, without asking the file system.
#[must_use]
pub fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
