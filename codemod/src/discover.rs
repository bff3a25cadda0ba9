//! From paths to a [`Workspace`]: what is there, what can matter, and its text.
//!
//! Belongs here: walking, reading, leaving out. Does not: reading manifests (`manifest`), anything about Rust.
//!
//! A byte search decides before anything is parsed: a run over a tree that never names the bus crate reads each file
//! once and is done.

mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, mpsc};

use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::{WalkBuilder, WalkState};
use memchr::memmem::Finder;
use thiserror::Error;

use crate::core::catalog;
use crate::core::examples;
use crate::core::finding::FindingId;
use crate::core::workspace::{
    Dependency, DependencyKind, Edition, Language, Package, PackageId, SourceFile, Workspace,
};

/// Files larger than this are named and left alone.
pub const MAX_FILE: usize = 16 << 20;

/// What is to be read.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Globs of files to change; none: all.
    pub include: Vec<String>,
    /// Globs of files to leave alone.
    pub exclude: Vec<String>,
    /// Whether ignore files are read past.
    pub no_ignore: bool,
    /// Threads; 0: as many as there are processors.
    pub jobs: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The folder that all paths are relative to.
    pub root: PathBuf,
    /// Packages and files that can matter.
    pub workspace: Workspace,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// How many Rust and Markdown files were looked at.
    pub files_seen: usize,
    /// Every `Cargo.toml`, relative to the root.
    pub manifests: Vec<PathBuf>,
}

/// Something that could not be read, and was skipped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Which file or folder, relative to the root where that is possible.
    pub path: PathBuf,
    /// The line, if one is to blame (from 1).
    pub line: Option<usize>,
    /// The kind of finding.
    pub id: FindingId,
    /// What is so.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Why nothing could be read at all.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// A path does not exist or cannot be opened.
    #[error("{}: {source}", path.display())]
    Path {
        /// The path as given.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A glob is not well-formed.
    #[error("{0}")]
    Glob(#[from] globset::Error),
}

/// What a file must hold for its package to matter.
const STRONG: &[&str] = &["GlobalEventCoordinator", "infra_common", "coordinator_shim"];
/// What may be a construction through another package's names.
const WEAK: &str = "monolithic(";

// one search after the other is faster than all at once
static STRONG_FINDERS: LazyLock<Vec<Finder<'static>>> =
    LazyLock::new(|| STRONG.iter().map(Finder::new).collect());
static WEAK_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(WEAK));

struct Read {
    path: PathBuf,
    bytes: Option<Vec<u8>>,
    strong: bool,
}

/// Where a run starts.
#[derive(Debug, Clone)]
pub struct Starts {
    /// The folder that all paths of the run are relative to.
    pub root: PathBuf,
    /// Repositories, workspaces, packages, folders or files, as the file system calls them.
    paths: Vec<PathBuf>,
}

/// Finds where a run on `paths` starts.
///
/// # Errors
/// [`DiscoverError::Path`] if one cannot be opened.
pub fn locate(paths: &[PathBuf]) -> Result<Starts, DiscoverError> {
    let canonical = |path: &PathBuf| {
        path.canonicalize().map_err(|source| DiscoverError::Path {
            path: path.clone(),
            source,
        })
    };
    let paths: Vec<PathBuf> = paths.iter().map(canonical).collect::<Result<_, _>>()?;
    Ok(Starts {
        root: root_of(&paths),
        paths,
    })
}

/// Reads what is below `starts`, as `request` says. `tick` is called now and then with the number of files seen.
///
/// # Errors
/// [`DiscoverError`] if a path cannot be opened or a glob is malformed. Everything below is a [`Problem`] instead.
pub fn discover(
    starts: Starts,
    request: &Request,
    tick: &(dyn Fn(usize) + Sync),
) -> Result<Found, DiscoverError> {
    let include = globs(&request.include)?;
    let exclude = globs(&request.exclude)?;
    let Starts {
        root,
        paths: starts,
    } = starts;
    let mut found = Found {
        root: root.clone(),
        ..Found::default()
    };
    let walked = walk(&root, &starts, request, tick, &mut found.problems);
    found.files_seen = walked.files.len();
    found.manifests = (walked.manifests.iter())
        .map(|m| m.strip_prefix(&root).unwrap_or(m).to_path_buf())
        .collect();
    if !walked.files.iter().any(|f| f.strong) {
        found.problems.retain(|p| p.id == catalog::UNREADABLE_FILE);
        return Ok(found);
    }
    let mut packages = read_packages(&root, &walked.manifests, &mut found.problems);
    let mut files = walked.files;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assign(&mut packages, &root, files, &mut found);
    for file in &mut found.workspace.files {
        let under = starts.iter().any(|s| root.join(&file.path).starts_with(s));
        let wanted = include.is_empty() || include.is_match(&file.path);
        file.writable = under && wanted && !exclude.is_match(&file.path);
    }
    examples::expand(&mut found.workspace);
    found.problems.sort();
    found.problems.dedup();
    Ok(found)
}

fn globs(patterns: &[String]) -> Result<GlobSet, DiscoverError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern)?);
        // `tests` means the folder and all in it, as in ignore files
        set.add(Glob::new(&format!("{}/**", pattern.trim_end_matches('/')))?);
    }
    Ok(set.build()?)
}

/// The folder that holds all starts; for a start inside of a package, the package's.
fn root_of(starts: &[PathBuf]) -> PathBuf {
    let mut root: Option<PathBuf> = None;
    for start in starts {
        let dir = if start.is_dir() {
            start.clone()
        } else {
            start.parent().map(Path::to_path_buf).unwrap_or_default()
        };
        let own = if dir.join("Cargo.toml").is_file() {
            dir.clone()
        } else {
            let inside_package = dir
                .ancestors()
                .skip(1)
                .find(|a| a.join("Cargo.toml").is_file())
                .filter(|_| start.is_file() || !holds_packages(&dir));
            inside_package.map(Path::to_path_buf).unwrap_or(dir)
        };
        root = Some(match root {
            None => own,
            Some(known) => known
                .ancestors()
                .find(|a| own.starts_with(a))
                .map(Path::to_path_buf)
                .unwrap_or(own),
        });
    }
    root.unwrap_or_default()
}

fn holds_packages(dir: &Path) -> bool {
    WalkBuilder::new(dir)
        .max_depth(Some(4))
        .build()
        .flatten()
        .any(|e| e.file_name() == "Cargo.toml")
}

#[derive(Default)]
struct Walked {
    files: Vec<Read>,
    manifests: Vec<PathBuf>,
}

enum Event {
    File(Read),
    Manifest(PathBuf),
    Problem(Problem),
}

/// What one thread of the walk found and has not sent yet. One by one, they would wake the other end for each file.
struct Batch {
    send: mpsc::Sender<Vec<Event>>,
    events: Vec<Event>,
}

impl Batch {
    const FULL: usize = 64;

    fn add(&mut self, events: Vec<Event>) {
        self.events.extend(events);
        if self.events.len() >= Self::FULL {
            self.flush();
        }
    }

    fn flush(&mut self) {
        // the receiver outlives the walk
        let _ = self.send.send(std::mem::take(&mut self.events));
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.flush();
    }
}

fn walk(
    root: &Path,
    starts: &[PathBuf],
    request: &Request,
    tick: &(dyn Fn(usize) + Sync),
    problems: &mut Vec<Problem>,
) -> Walked {
    let mut walked = Walked::default();
    // a start inside of its package: the whole package is read, so that names can be followed
    let roots: Vec<&Path> = if starts.iter().any(|s| s == root) || starts.len() == 1 {
        vec![root]
    } else {
        starts.iter().map(PathBuf::as_path).collect()
    };
    let mut builder = WalkBuilder::new(roots[0]);
    for further in &roots[1..] {
        builder.add(further);
    }
    builder
        .standard_filters(!request.no_ignore)
        .require_git(false)
        .hidden(true)
        .parents(!request.no_ignore)
        .threads(request.jobs)
        .filter_entry(|e| !(e.file_name() == "target" && is_build_folder(e.path())));
    let (send, receive) = mpsc::channel::<Vec<Event>>();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let send = send;
            builder.build_parallel().run(|| {
                let mut batch = Batch {
                    send: send.clone(),
                    events: Vec::new(),
                };
                let mut reader = Reader::default();
                Box::new(move |entry| {
                    batch.add(look_at(root, entry, &mut reader));
                    WalkState::Continue
                })
            });
        });
        for event in receive.into_iter().flatten() {
            match event {
                Event::File(read) => {
                    walked.files.push(read);
                    if walked.files.len() % 256 == 0 {
                        tick(walked.files.len());
                    }
                }
                Event::Manifest(path) => walked.manifests.push(path),
                Event::Problem(problem) => problems.push(problem),
            }
        }
    });
    walked.manifests.sort();
    walked.manifests.dedup();
    walked
}

/// `target` is a build folder if cargo marked it or a manifest stands beside it; a module may have that name too.
fn is_build_folder(path: &Path) -> bool {
    path.join("CACHEDIR.TAG").is_file()
        || path
            .parent()
            .is_some_and(|p| p.join("Cargo.toml").is_file())
}

/// Reads one file after the other into the same memory.
#[derive(Default)]
struct Reader {
    bytes: Vec<u8>,
}

impl Reader {
    const SMALL: usize = 64 << 10;
    const LARGE: usize = 1 << 20;

    fn read(&mut self, path: &Path) -> io::Result<&[u8]> {
        // one large file does not hold its memory for the rest of the walk
        if self.bytes.len() > Self::LARGE {
            self.bytes.truncate(Self::LARGE);
            self.bytes.shrink_to_fit();
        }
        let mut file = std::fs::File::open(path)?;
        let mut len = 0;
        // without a question for the size: most files are small
        loop {
            if len == self.bytes.len() {
                self.bytes.resize(Self::SMALL.max(len * 2), 0);
            }
            match file.read(&mut self.bytes[len..]) {
                Ok(0) => return Ok(&self.bytes[..len]),
                Ok(more) => len += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn look_at(
    root: &Path,
    entry: Result<ignore::DirEntry, ignore::Error>,
    reader: &mut Reader,
) -> Vec<Event> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            return vec![Event::Problem(Problem {
                path: PathBuf::new(),
                line: None,
                id: catalog::UNREADABLE_FILE,
                message: error.to_string(),
                help: None,
            })];
        }
    };
    if !entry.file_type().is_some_and(|t| t.is_file()) {
        return Vec::new();
    }
    let path = entry.path();
    if entry.file_name() == "Cargo.toml" {
        return vec![Event::Manifest(path.to_path_buf())];
    }
    match path.extension().and_then(|e| e.to_str()) {
        Some("rs" | "md") => {}
        _ => return Vec::new(),
    }
    let relative = path.strip_prefix(root).unwrap_or(path).to_path_buf();
    match reader.read(path) {
        Ok(bytes) => {
            let strong = STRONG_FINDERS.iter().any(|f| f.find(bytes).is_some());
            if !strong && says_in_utf16(bytes) {
                return vec![Event::Problem(Problem {
                    path: relative,
                    line: None,
                    id: catalog::NOT_UTF8,
                    message: "UTF-16, which Rust does not read".into(),
                    help: Some(HELP_UTF8.into()),
                })];
            }
            let keep = strong || WEAK_FINDER.find(bytes).is_some();
            vec![Event::File(Read {
                path: relative,
                bytes: keep.then(|| bytes.to_vec()),
                strong,
            })]
        }
        Err(error) => vec![Event::Problem(Problem {
            path: relative,
            line: None,
            id: catalog::UNREADABLE_FILE,
            message: format!("could not be read: {error}"),
            help: None,
        })],
    }
}

const HELP_UTF8: &str = "convert the file to UTF-8, then run again";

/// Whether a text in UTF-16 says what makes a package matter.
fn says_in_utf16(bytes: &[u8]) -> bool {
    let units = |of: fn([u8; 2]) -> u16| -> Vec<u16> {
        let pairs = bytes.chunks_exact(2);
        pairs.map(|p| of([p[0], p[1]])).collect()
    };
    let units = match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => return false,
    };
    let text = String::from_utf16_lossy(&units);
    STRONG.iter().any(|n| text.contains(n))
}

/// A package and its manifest's folder.
fn read_packages(
    root: &Path,
    manifests: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> BTreeMap<PathBuf, Option<manifest::Manifest>> {
    let mut packages = BTreeMap::new();
    for path in manifests {
        let Some(dir) = path.parent() else { continue };
        let relative = dir.strip_prefix(root).unwrap_or(dir).to_path_buf();
        match manifest::read(path) {
            Ok(Some(read)) => {
                packages.insert(relative, Some(read));
            }
            Ok(None) => {}
            Err(error) => {
                problems.push(Problem {
                    path: relative.join("Cargo.toml"),
                    line: error.line,
                    id: catalog::BAD_MANIFEST,
                    message: error.message,
                    help: Some(
                        "mend the manifest and run again; the package's files are left alone"
                            .into(),
                    ),
                });
                packages.insert(relative, None);
            }
        }
    }
    packages
}

/// Gives each file its package, keeps the packages that matter, and reads the rest of their files.
fn assign(
    packages: &mut BTreeMap<PathBuf, Option<manifest::Manifest>>,
    root: &Path,
    files: Vec<Read>,
    found: &mut Found,
) {
    let owner = |path: &Path| {
        path.ancestors()
            .skip(1)
            .find(|a| packages.contains_key(*a))
            .map(Path::to_path_buf)
    };
    let mut relevant: BTreeSet<PathBuf> = files
        .iter()
        .filter(|f| f.bytes.is_some())
        .filter_map(|f| owner(&f.path))
        .collect();
    // what a package that matters takes from the workspace can re-export the coordinator
    let by_dir: BTreeMap<PathBuf, &manifest::Manifest> = packages
        .iter()
        .filter_map(|(d, m)| m.as_ref().map(|m| (d.clone(), m)))
        .collect();
    let mut queue: Vec<PathBuf> = relevant.iter().cloned().collect();
    while let Some(dir) = queue.pop() {
        for dependency in by_dir
            .get(&dir)
            .map(|m| m.dependencies.as_slice())
            .unwrap_or_default()
        {
            if let Some(member) = dependency.dir(root, &dir, &by_dir)
                && relevant.insert(member.clone())
            {
                queue.push(member);
            }
        }
    }
    // and what depends on one may call what changes, without ever naming the coordinator
    loop {
        let dependents: Vec<PathBuf> = by_dir
            .iter()
            .filter(|(dir, _)| !relevant.contains(*dir))
            .filter(|(dir, manifest)| {
                manifest.dependencies.iter().any(|d| {
                    d.dir(root, dir, &by_dir)
                        .is_some_and(|member| relevant.contains(&member))
                })
            })
            .map(|(dir, _)| dir.clone())
            .collect();
        if dependents.is_empty() {
            break;
        }
        relevant.extend(dependents);
    }
    let ids: BTreeMap<&PathBuf, PackageId> = relevant
        .iter()
        .filter(|d| by_dir.contains_key(*d))
        .enumerate()
        .map(|(i, d)| (d, PackageId(i)))
        .collect();
    for dir in ids.keys() {
        let read = by_dir[*dir];
        found.workspace.packages.push(Package {
            name: read.name.clone(),
            dir: (*dir).clone(),
            edition: read.edition,
            published: read.published,
            targets: read.targets(root, dir),
            dependencies: read
                .dependencies
                .iter()
                .map(|d| {
                    let found = d.dir(root, dir, &by_dir);
                    let named = found.as_ref().filter(|_| !d.renamed);
                    let named = named.and_then(|m| by_dir.get(m));
                    let member = found.as_ref().and_then(|m| ids.get(m).copied());
                    Dependency {
                        extern_name: named.map_or_else(|| d.extern_name.clone(), |m| m.lib_name()),
                        package: d.package.clone(),
                        kind: d.kind,
                        member,
                        unread: member.is_none() && d.is_path(),
                        conditional: d.conditional,
                    }
                })
                .collect(),
        });
    }
    let mut lone: Option<PackageId> = None;
    for file in files {
        let dir = owner(&file.path);
        let is_markdown = file.path.extension().is_some_and(|e| e == "md");
        let package = match &dir {
            Some(dir) if packages.get(dir).is_some_and(Option::is_none) => continue,
            Some(dir) => match ids.get(dir) {
                Some(id) => Some(*id),
                None => continue,
            },
            // a file without a package
            None if file.strong => Some(*lone.get_or_insert_with(|| {
                found.workspace.packages.push(packageless());
                PackageId(found.workspace.packages.len() - 1)
            })),
            // its examples may be of any package
            None if is_markdown && !ids.is_empty() => None,
            None => continue,
        };
        let language = match is_markdown {
            true => Language::Markdown,
            false => Language::Rust,
        };
        let known = file.bytes.is_some();
        let bytes = match file.bytes {
            Some(bytes) => bytes,
            None => match std::fs::read(root.join(&file.path)) {
                Ok(bytes) => bytes,
                Err(_) => continue,
            },
        };
        let problem = |id, message: String, help: &str| Problem {
            path: file.path.clone(),
            line: None,
            id,
            message,
            help: Some(help.into()),
        };
        if bytes.len() > MAX_FILE {
            if known {
                let message = format!(
                    "{} MiB are more than the {} MiB that are rewritten",
                    bytes.len() >> 20,
                    MAX_FILE >> 20
                );
                found.problems.push(problem(
                    catalog::FILE_TOO_LARGE,
                    message,
                    "split the file, or change it by hand",
                ));
            }
            continue;
        }
        match String::from_utf8(bytes) {
            Ok(text) => found.workspace.files.push(SourceFile {
                path: file.path,
                text: text.into(),
                package,
                language,
                writable: true,
                example: None,
            }),
            Err(error) if known => {
                let message = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
                found
                    .problems
                    .push(problem(catalog::NOT_UTF8, message, HELP_UTF8));
            }
            Err(_) => {}
        }
    }
}

/// Stands in for the package of files that have none: both names of the bus crate are in reach.
fn packageless() -> Package {
    let dependency = |name: &str, package: &str| Dependency {
        extern_name: name.into(),
        package: package.into(),
        kind: DependencyKind::Normal,
        member: None,
        unread: false,
        conditional: false,
    };
    Package {
        name: String::new(),
        dir: PathBuf::new(),
        edition: Edition::Edition2021,
        published: true,
        targets: Vec::new(),
        dependencies: vec![
            dependency("rvoip_infra_common", "rvoip-infra-common"),
            dependency("infra_common", "infra-common"),
        ],
    }
}
