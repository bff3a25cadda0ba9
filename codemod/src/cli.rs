//! Arguments in, exit code out.
//!
//! Belongs here: the one definition of the options, and the order of the steps. Does not: any step's own work.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anstream::ColorChoice;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use thiserror::Error;

use crate::apply::{self, Rewritten, WriteError};
use crate::config::{self, Config, ConfigError, Scope, Tests};
use crate::core::edit::ChangeSetId;
use crate::core::finding::FindingId;
use crate::core::options::{self, Options, TestMode};
use crate::core::workspace::PackageId;
use crate::core::{self, Analysis, Plan, Refusal, catalog, edit};
use crate::dependency::{self, Swap, SwapError};
use crate::discover::{self, DiscoverError, Found, Request};
use crate::journal::{self, Journal, JournalError, Recovered};
use crate::present::human::Detail;
use crate::present::{Outcome, Shown, diff, github, human, json, line_column, markdown, sarif};
use crate::review;
use crate::verify::{self, BuildError, Cargo, Settings, VerifyError};

/// Nothing to do, or done.
pub const EXIT_DONE: u8 = 0;
/// The version of the shim that this tool goes with.
const SHIM_VERSION: &str = "0.4";
/// `--check` found changes.
pub const EXIT_PENDING: u8 = 1;
/// Wrong usage, or an environment that does not let the work be done.
pub const EXIT_FAILED: u8 = 2;
/// `--verify` failed, and the tree is as it was.
pub const EXIT_UNVERIFIED: u8 = 3;

const NAME: &str = "coordinator-codemod";

const AFTER_HELP: &str = "\
Without --write or --check the diff goes to stdout, findings and the summary to stderr, and nothing is written.
Paths in the output are relative to PATH (to the package around it, if PATH lies inside of one).

Exit codes: 0 nothing to do, or done; 1 --check found changes; 2 usage or environment; 3 --verify failed and the tree is
as it was.";

/// Takes rvoip code from coordinators that are constructed and handed around to the one `global_coordinator().await`.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Explains a finding at length.
    Explain {
        /// The finding's id, as in `warning[merged-bus]`.
        #[arg(required_unless_present = "list")]
        id: Option<String>,
        /// Lists all ids.
        #[arg(long)]
        list: bool,
    },
    /// Prints a completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page, in roff.
    Man,
}

#[derive(Debug, Args)]
struct Run {
    /// Repositories, workspaces, packages, folders or files.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Applies the changes.
    #[arg(long, conflicts_with = "check", group = "writes")]
    write: bool,
    /// Asks about each change, and applies those that are taken.
    #[arg(long, short, conflicts_with = "check", group = "writes")]
    interactive: bool,
    /// Runs `cargo check` (or `cargo test` too) before and after; what breaks is taken back and reported.
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "check", requires = "writes")]
    verify: Option<Verify>,
    /// How long to search for what breaks a test, in seconds.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 900,
        requires = "verify"
    )]
    verify_budget: u64,
    /// A further argument of `cargo test` (repeatable).
    #[arg(
        long,
        value_name = "ARG",
        requires = "verify",
        allow_hyphen_values = true
    )]
    test_arg: Vec<String>,
    /// Features to verify with, as cargo takes them.
    #[arg(long, value_name = "FEATURES", requires = "verify")]
    features: Option<String>,
    /// Verifies with all features.
    #[arg(long, requires = "verify")]
    all_features: bool,
    /// Verifies without the default feature.
    #[arg(long, requires = "verify")]
    no_default_features: bool,
    /// Verifies for a target triple.
    #[arg(long, value_name = "TRIPLE", requires = "verify")]
    target: Option<String>,
    /// Writes nothing; exits with 1 if a change is pending.
    #[arg(long)]
    check: bool,
    /// How far the migration goes (default: pass).
    #[arg(long, value_enum)]
    scope: Option<Scope>,
    /// Leaves signatures alone that code outside of the workspace can reach.
    #[arg(long)]
    keep_public: bool,
    /// Takes `new(EventCoordinatorConfig::monolithic())` and `::default()` for constructions too.
    #[arg(long)]
    include_new: bool,
    /// What becomes of constructions in test code (default: follow).
    #[arg(long, value_enum)]
    tests: Option<Tests>,
    /// Also swaps the bus crate for the shim in every `Cargo.toml`, or back.
    #[arg(long, value_enum, value_name = "WAY")]
    shim: Option<Shim>,
    /// Changes only files that match (repeatable; relative to PATH).
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Leaves files alone that match (repeatable; relative to PATH).
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Reads past ignore files.
    #[arg(long)]
    no_ignore: bool,
    /// Writes even over files with uncommitted changes.
    #[arg(long)]
    allow_dirty: bool,
    /// Writes the diff to FILE as well.
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,
    /// The report's format.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Threads for reading files (0: one for each processor).
    #[arg(long, short, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// Prints no findings and no summary, only the diff and errors.
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Shows notes as well as warnings.
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Verify {
    /// What compiled still compiles.
    Check,
    /// What passed still passes.
    Test,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shim {
    /// The shim stands in for the bus crate.
    Add,
    /// The bus crate itself comes back; refused while code still needs the shim.
    Remove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Diff on stdout, findings on stderr.
    Human,
    /// One JSON document on stdout.
    Json,
    /// One SARIF 2.1.0 log on stdout.
    Sarif,
    /// Annotations of GitHub Actions on stdout.
    Github,
    /// The text of a pull request on stdout.
    Markdown,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Why a run could not be done.
#[derive(Debug, Error)]
enum RunError {
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    #[error("{}: {source}", path.display())]
    Patch { path: PathBuf, source: io::Error },
    #[error(
        "uncommitted changes in {files}{more}\nhelp: commit or stash them first, or pass --allow-dirty"
    )]
    Dirty { files: String, more: String },
    #[error("no finding is called `{0}`\nhelp: `coordinator-codemod explain --list` lists them")]
    NoSuchFinding(String),
    #[error("{0}")]
    Output(#[from] io::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Swap(#[from] SwapError),
    #[error("the report could not be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("--interactive needs a terminal\nhelp: without one, read the diff and use --write")]
    NoTerminal,
    #[error("some files could not be written")]
    Unwritten,
    #[error(transparent)]
    Write(WriteError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Verify(#[from] VerifyError),
    #[error("not verified, and the tree is as it was: {0}")]
    Unverified(String),
}

/// Runs the command with the process's arguments and returns its exit code.
#[must_use]
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` come this way too
            let _ = error.print();
            return if error.use_stderr() {
                EXIT_FAILED
            } else {
                EXIT_DONE
            };
        }
    };
    let choice = match cli.run.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    choice.write_global();
    let result = match &cli.command {
        Some(Command::Explain { id, list }) => explain(id.as_deref(), *list),
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), NAME, &mut text);
            print(&text)
        }
        Some(Command::Man) => {
            let mut text = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut text);
            rendered.map_err(RunError::from).and_then(|()| print(&text))
        }
        None => run(&cli.run),
    };
    match result {
        Ok(code) => code,
        // a reader that has seen enough is not an error
        Err(RunError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => EXIT_DONE,
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "error: {error}");
            match error {
                RunError::Unverified(_) => EXIT_UNVERIFIED,
                _ => EXIT_FAILED,
            }
        }
    }
}

fn print(text: &[u8]) -> Result<u8, RunError> {
    anstream::stdout().lock().write_all(text)?;
    Ok(EXIT_DONE)
}

fn explain(id: Option<&str>, list: bool) -> Result<u8, RunError> {
    let mut out = anstream::stdout().lock();
    if list {
        for entry in catalog::ENTRIES {
            writeln!(out, "{:<22} {}", entry.id.0, entry.title)?;
        }
        return Ok(EXIT_DONE);
    }
    let id = id.unwrap_or_default();
    let entry = catalog::find(id).ok_or_else(|| RunError::NoSuchFinding(id.to_owned()))?;
    writeln!(out, "{}", entry.explanation.trim_end())?;
    Ok(EXIT_DONE)
}

fn run(args: &Run) -> Result<u8, RunError> {
    let progress = Progress::new(args.quiet);
    let starts = discover::locate(&args.paths)?;
    if let Some(recovered) = journal::recover(&starts.root)? {
        told(args, &recovered)?;
    }
    let config = config::read(&starts.root)?;
    let request = Request {
        include: args.include.clone(),
        exclude: [args.exclude.as_slice(), &config.exclude].concat(),
        no_ignore: args.no_ignore,
        jobs: args.jobs,
    };
    let mut found = discover::discover(starts, &request, &|seen| progress.seen(seen))?;
    let options = args.options(&config);
    found.workspace.macros = config.macros;
    let work = || -> Result<(Outcome, Vec<WriteError>), RunError> {
        // the process ends before the trees would be worth freeing
        let analysis = ManuallyDrop::new(core::analyze(&found.workspace, options));
        let job = Job {
            args,
            found: &found,
            analysis: &analysis,
        };
        progress.finish();
        let refused = match args.interactive {
            true => job.reviewed()?,
            false => Refused::new(),
        };
        let outcome = job.outcome(&refused)?;
        if !args.writes() || outcome.files.is_empty() {
            return Ok((outcome, Vec::new()));
        }
        if !args.allow_dirty {
            guard(&found, &outcome.files)?;
        }
        let (mut outcome, unwritten) = match args.verify {
            Some(how) => (job.verified(outcome, refused, how)?, Vec::new()),
            None => job.written(outcome)?,
        };
        outcome.written = true;
        Ok((outcome, unwritten))
    };
    let (outcome, unwritten) = on_large_stack(work)?;
    if let Some(path) = &args.patch {
        std::fs::write(path, diff::render(&outcome.files, false)).map_err(|source| {
            RunError::Patch {
                path: path.clone(),
                source,
            }
        })?;
    }
    present(args, &found, &outcome)?;
    if !unwritten.is_empty() {
        for error in &unwritten {
            writeln!(anstream::stderr(), "error: {error}")?;
        }
        return Err(RunError::Unwritten);
    }
    Ok(if args.check && !outcome.files.is_empty() {
        EXIT_PENDING
    } else {
        EXIT_DONE
    })
}

/// Runs `work` where the parsers' recursion has room: a file's nesting is capped, a default stack is not enough for
/// the cap.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    const STACK: usize = 256 << 20;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work);
        let joined = thread.expect("a thread can be started").join();
        joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Says what was taken back of a run that died.
fn told(args: &Run, recovered: &Recovered) -> Result<(), RunError> {
    let mut err = anstream::stderr().lock();
    if !args.quiet {
        let n = recovered.restored.len();
        writeln!(
            err,
            "note: a run before this one did not end; {n} files are again what they were"
        )?;
    }
    for path in &recovered.left {
        writeln!(
            err,
            "warning: {}: changed since a run that did not end; left as it is",
            path.display()
        )?;
    }
    Ok(())
}

/// One run's input, planned as often as needed.
struct Job<'j> {
    args: &'j Run,
    found: &'j Found,
    analysis: &'j Analysis<'j>,
}

type Refused = BTreeMap<ChangeSetId, Refusal>;

impl Job<'_> {
    fn outcome(&self, refused: &Refused) -> Result<Outcome, RunError> {
        let mut outcome = outcome(self.found, self.analysis.plan(refused));
        if let Some(shim) = self.args.shim {
            swap(self.found, shim, &mut outcome)?;
        }
        Ok(outcome)
    }

    /// What a person refuses.
    fn reviewed(&self) -> Result<Refused, RunError> {
        if !io::stdin().is_terminal() {
            return Err(RunError::NoTerminal);
        }
        let review = |ids: &BTreeSet<ChangeSetId>| -> Refused {
            ids.iter().map(|id| (*id, Refusal::review())).collect()
        };
        let refused = review::review(
            |ids| self.outcome(&review(ids)),
            &mut io::stdin().lock(),
            &mut anstream::stdout().lock(),
        )?;
        Ok(review(&refused))
    }

    fn written(&self, outcome: Outcome) -> Result<(Outcome, Vec<WriteError>), RunError> {
        let journal = Journal::begin(&self.found.root, &outcome.files)?;
        let unwritten = apply::write_all(&self.found.root, &outcome.files);
        journal.commit()?;
        Ok((outcome, unwritten))
    }

    /// Writes an outcome, asks `probe`, and takes it back unless what that found is `good`.
    fn attempt<T>(
        &self,
        outcome: &Outcome,
        probe: impl FnOnce() -> Result<T, VerifyError>,
        good: impl FnOnce(&T) -> bool,
    ) -> Result<T, RunError> {
        let root = &self.found.root;
        let journal = Journal::begin(root, &outcome.files)?;
        let unwritten = apply::write_all(root, &outcome.files);
        let found = match unwritten.into_iter().next() {
            Some(error) => Err(RunError::Write(error)),
            None => probe().map_err(RunError::from),
        };
        if found.as_ref().is_ok_and(good) {
            journal.commit()?;
        } else {
            journal.roll_back()?;
        }
        found
    }

    /// Writes what cargo finds no fault with, and decides the rest anew.
    fn verified(
        &self,
        mut outcome: Outcome,
        mut refused: Refused,
        how: Verify,
    ) -> Result<Outcome, RunError> {
        const ROUNDS: usize = 32;
        let settings = self.args.settings(how);
        let cargo = Cargo::new(&self.found.root, &settings)?;
        let _lock = cargo.hold_lock(self.args.shim.is_some());
        let known = cargo.check()?;
        let mut unstable = BTreeSet::new();
        let tests = match settings.level {
            verify::Level::Test => {
                let (tests, differ) = cargo.stable_tests()?;
                unstable.extend(differ);
                Some(tests)
            }
            verify::Level::Check => None,
        };
        for _ in 0..ROUNDS {
            if outcome.files.is_empty() {
                return Ok(outcome);
            }
            let mut broken = Vec::new();
            let probe = || {
                let errors = verify::new_errors(&known, &cargo.check()?);
                if let (true, Some(before)) = (errors.is_empty(), &tests) {
                    broken = cargo.breaks(before)?;
                }
                let failed = errors.is_empty() && !broken.is_empty();
                Ok((failed, errors))
            };
            let tried = self.attempt(&outcome, probe, |(failed, errors)| {
                !failed && errors.is_empty()
            });
            let (failed, errors) = match tried {
                // a failure without a place is nobody's
                Err(RunError::Verify(error)) => {
                    return Err(RunError::Unverified(error.to_string()));
                }
                other => other?,
            };
            if let (true, Some(before)) = (failed, &tests) {
                return self.tested(&refused, &cargo, &settings, before, broken, unstable);
            }
            if errors.is_empty() {
                return Ok(with_unstable(outcome, unstable));
            }
            let plan = self.analysis.plan(&refused);
            let workspace = &self.found.workspace;
            let more = verify::responsible(workspace, self.analysis, &plan, &refused, &errors);
            let before = refused.len();
            let more = self.fewest(more, &refused, &cargo, &settings, &known)?;
            for (id, why) in more {
                refused.entry(id).or_insert(why);
            }
            if refused.len() == before {
                let words: Vec<&str> = errors.iter().map(|e| e.message.as_str()).collect();
                return Err(RunError::Unverified(words.join("\n")));
            }
            outcome = self.outcome(&refused)?;
        }
        Err(RunError::Unverified("too many rounds".into()))
    }

    /// Of several change sets that may break the build, those that have to stay.
    fn fewest(
        &self,
        more: Refused,
        refused: &Refused,
        cargo: &Cargo<'_>,
        settings: &Settings,
        known: &[BuildError],
    ) -> Result<Refused, RunError> {
        if more.len() < 2 {
            return Ok(more);
        }
        let broken = |kept: &BTreeSet<ChangeSetId>| -> Result<Vec<String>, RunError> {
            let mut all = refused.clone();
            all.extend(
                more.iter()
                    .filter(|(id, _)| kept.contains(id))
                    .map(|(id, why)| (*id, why.clone())),
            );
            let outcome = self.outcome(&all)?;
            if outcome.files.is_empty() {
                return Ok(Vec::new());
            }
            let probe = || Ok(verify::new_errors(known, &cargo.check()?));
            let errors = self.attempt(&outcome, probe, |_| false)?;
            Ok(errors.into_iter().map(|e| e.message).collect())
        };
        let ids: Vec<ChangeSetId> = more.keys().copied().collect();
        // others may break too: they come in the next round
        if !broken(&ids.iter().copied().collect())?.is_empty() {
            return Ok(more);
        }
        let kept = verify::minimize(&ids, settings.budget, broken)?;
        let mut out = more;
        out.retain(|id, _| kept.contains_key(id));
        for (id, words) in kept {
            if let (Some(why), [first, ..]) = (out.get_mut(&id), words.as_slice()) {
                why.message = format!("stays: without it the build says `{first}`");
            }
        }
        Ok(out)
    }

    /// Searches for what breaks a test, and writes the rest. `failed`: the tests that failed with all changes; `unstable`:
    /// those that fail now and then without any.
    fn tested(
        &self,
        refused: &Refused,
        cargo: &Cargo<'_>,
        settings: &Settings,
        before: &verify::Tests,
        failed: Vec<String>,
        mut unstable: BTreeSet<String>,
    ) -> Result<Outcome, RunError> {
        // what passed with the same changes before may fail for reasons of its own
        const TRIES: usize = 3;
        let with = |more: &BTreeSet<ChangeSetId>, breaks: &BTreeMap<ChangeSetId, Vec<String>>| {
            let mut all = refused.clone();
            for id in more {
                let tests = breaks.get(id).map(Vec::as_slice).unwrap_or_default();
                let message = match tests {
                    [] => "stays: a test fails without it, or with others that go".to_owned(),
                    [test] => format!("stays: without it the test `{test}` fails"),
                    [test, rest @ ..] => {
                        format!(
                            "stays: without it the test `{test}` and {} more fail",
                            rest.len()
                        )
                    }
                };
                all.entry(*id).or_insert(Refusal {
                    id: catalog::BREAKS_TEST,
                    message,
                });
            }
            all
        };
        let nothing = BTreeMap::new();
        let broken = |kept: &BTreeSet<ChangeSetId>| -> Result<Vec<String>, RunError> {
            let outcome = self.outcome(&with(kept, &nothing))?;
            // always taken back: what is best is written at the end
            let probe = || cargo.breaks(before);
            self.attempt(&outcome, probe, |_| false)
        };
        let sets = self.analysis.plan(refused).change_sets;
        let all: Vec<ChangeSetId> = sets.iter().map(|s| s.id).collect();
        let constructions: Vec<ChangeSetId> = all
            .iter()
            .copied()
            .filter(|id| self.analysis.is_construction(*id))
            .collect();
        let whole: BTreeSet<ChangeSetId> = constructions.iter().copied().collect();
        // constructions first: it is the merging of buses that changes behaviour
        let candidates = match broken(&whole)?.is_empty() {
            true => constructions,
            false => all,
        };
        let breaks = verify::minimize(&candidates, settings.budget, broken)?;
        let kept: BTreeSet<ChangeSetId> = breaks.keys().copied().collect();
        let outcome = self.outcome(&with(&kept, &breaks))?;
        // the same changes, and they pass
        if kept.is_empty() {
            unstable.extend(failed);
        }
        let mut bad = Vec::new();
        for _ in 0..TRIES {
            let probe = || cargo.breaks(before);
            bad = self.attempt(&outcome, probe, Vec::is_empty)?;
            if bad.is_empty() {
                return Ok(with_unstable(outcome, unstable));
            }
            unstable.extend(bad.iter().cloned());
        }
        Err(RunError::Unverified(format!(
            "tests fail whatever is kept: {}",
            bad.join(", ")
        )))
    }
}

/// A finding about a whole file.
fn of_file(id: FindingId, path: PathBuf, message: String, help: &str) -> Shown {
    Shown {
        id,
        level: catalog::level(id),
        path,
        place: None,
        range: 0..0,
        message,
        help: Some(help.into()),
        change_set: None,
        file: None,
    }
}

/// An outcome that names the tests that failed and passed with the same code.
fn with_unstable(mut outcome: Outcome, tests: BTreeSet<String>) -> Outcome {
    let help = "run it again before and after; its result was not counted against a change";
    let shown = tests.into_iter().map(|test| {
        let message = format!("the test `{test}` failed in one run and passed in another");
        of_file(catalog::UNSTABLE_TEST, "Cargo.toml".into(), message, help)
    });
    outcome.findings.extend(shown);
    outcome.sort();
    outcome
}

impl Run {
    fn writes(&self) -> bool {
        self.write || self.interactive
    }

    /// What the arguments say; the file where they are silent.
    fn options(&self, config: &Config) -> Options {
        let tests = match self.tests.or(config.tests) {
            Some(Tests::Isolate) => TestMode::Isolate,
            Some(Tests::Global) => TestMode::Global,
            Some(Tests::Follow) | None => TestMode::Follow,
        };
        let scope = match self.scope.or(config.scope) {
            Some(Scope::Construct) => options::Scope::Construct,
            Some(Scope::Pass) | None => options::Scope::Pass,
        };
        Options {
            tests,
            include_new: self.include_new || config.include_new,
            scope,
            keep_public: self.keep_public || config.keep_public,
        }
    }

    fn settings(&self, how: Verify) -> Settings {
        let mut flags = Vec::new();
        if let Some(features) = &self.features {
            flags.extend(["--features".to_owned(), features.clone()]);
        }
        if self.all_features {
            flags.push("--all-features".into());
        }
        if self.no_default_features {
            flags.push("--no-default-features".into());
        }
        if let Some(target) = &self.target {
            flags.extend(["--target".to_owned(), target.clone()]);
        }
        Settings {
            level: match how {
                Verify::Check => verify::Level::Check,
                Verify::Test => verify::Level::Test,
            },
            flags,
            test_args: self.test_arg.clone(),
            budget: Duration::from_secs(self.verify_budget),
        }
    }
}

/// Applies a plan to the texts.
fn outcome(found: &Found, plan: Plan) -> Outcome {
    let workspace = &found.workspace;
    let mut outcome = Outcome::default();
    let mut defects = Vec::new();
    for (file, edits) in &plan.edits {
        let source = workspace.file(*file);
        match edit::apply(&source.text, edits) {
            Ok(after) if apply::still_parses(&source.text, &after) => {
                outcome.files.push(Rewritten {
                    path: source.path.clone(),
                    before: source.text.clone(),
                    after,
                })
            }
            Ok(_) => defects.push((*file, "the rewrite would not parse".to_owned())),
            Err(error) => defects.push((*file, error.to_string())),
        }
    }
    // files change together: without one of them the others would not build
    let is_rust = |path: &Path| path.extension().is_some_and(|e| e == "rs");
    if defects
        .iter()
        .any(|(file, _)| is_rust(&workspace.file(*file).path))
    {
        outcome.files.retain(|f| !is_rust(&f.path));
    }
    outcome.summary = plan.summary;
    outcome.summary.files_changed = outcome.files.len();
    outcome.change_sets = plan
        .change_sets
        .into_iter()
        .map(|c| {
            let path = workspace.file(c.file).path.clone();
            (c, path)
        })
        .collect();
    for finding in plan.findings {
        let source = workspace.file(finding.file);
        let range = usize::from(finding.range.start())..usize::from(finding.range.end());
        let whole_file = range.is_empty() && range.start == 0;
        outcome.findings.push(Shown {
            id: finding.id,
            level: finding.level,
            path: source.path.clone(),
            place: (!whole_file).then(|| line_column(&source.text, range.start)),
            range,
            message: finding.message,
            help: finding.help,
            change_set: finding.change_set.map(|c| c.0),
            file: Some(finding.file.0),
        });
    }
    for (file, message) in defects {
        outcome.findings.push(of_file(
            catalog::DEFECT,
            workspace.file(file).path.clone(),
            format!("left alone, and all that changes with it: {message}"),
            "please report this with the file",
        ));
    }
    for problem in &found.problems {
        outcome.findings.push(Shown {
            id: problem.id,
            level: catalog::level(problem.id),
            path: problem.path.clone(),
            place: problem.line.map(|l| (l, 1)),
            range: 0..0,
            message: problem.message.clone(),
            help: problem.help.clone(),
            change_set: None,
            file: None,
        });
    }
    outcome.sort();
    outcome
}

/// Adds the manifests' swap to an outcome.
fn swap(found: &Found, shim: Shim, outcome: &mut Outcome) -> Result<(), RunError> {
    let (way, version) = match shim {
        Shim::Add => (Swap::Add, SHIM_VERSION.to_owned()),
        Shim::Remove => {
            let lock = std::fs::read_to_string(found.root.join("Cargo.lock")).unwrap_or_default();
            let locked = dependency::locked_version(&lock);
            (
                Swap::Remove,
                locked.unwrap_or_else(|| SHIM_VERSION.to_owned()),
            )
        }
    };
    let mut swapped = Vec::new();
    for path in &found.manifests {
        // one that cannot be read is a finding already
        let Ok(text) = std::fs::read_to_string(found.root.join(path)) else {
            continue;
        };
        let known_bad = |p: &discover::Problem| p.id == catalog::BAD_MANIFEST && p.path == *path;
        if found.problems.iter().any(known_bad) {
            continue;
        }
        if let Some(after) = dependency::swap(path, &text, way, &version)? {
            swapped.push((path.clone(), text, after));
        }
    }
    if way == Swap::Remove && !swapped.is_empty() {
        let after = |path: &Path| {
            let file = outcome.files.iter().find(|f| f.path == path);
            file.map(|f| f.after.clone())
        };
        let places = dependency::needing_shim(&found.workspace, after);
        if !places.is_empty() {
            return Err(SwapError::StillNeeded(places).into());
        }
    }
    for (path, before, after) in swapped {
        for (dependency, feature) in after.unknown_features {
            let at = before.find(&format!("\"{feature}\"")).unwrap_or_default();
            outcome.findings.push(Shown {
                id: catalog::SHIM_FEATURE,
                level: catalog::level(catalog::SHIM_FEATURE),
                path: path.clone(),
                place: Some(line_column(&before, at)),
                range: at..at + feature.len() + 2,
                message: format!(
                    "`{dependency}` asks for the feature `{feature}`, which the shim does not have"
                ),
                help: Some("remove it for the grace period".into()),
                change_set: None,
                file: None,
            });
        }
        outcome.files.push(Rewritten {
            path,
            before: before.into(),
            after: after.after,
        });
    }
    if way == Swap::Add {
        outcome.findings.extend(boundaries(found));
    }
    outcome.summary.files_changed = outcome.files.len();
    outcome.sort();
    Ok(())
}

/// Packages that take what stays on upstream's type beside the bus crate.
fn boundaries(found: &Found) -> Vec<Shown> {
    let workspace = &found.workspace;
    let mut out = Vec::new();
    for (i, package) in workspace.packages.iter().enumerate() {
        for dependency in &package.dependencies {
            let of_upstream = dependency.package.starts_with("rvoip-")
                && dependency.package != "rvoip-infra-common"
                && dependency.member.is_none();
            let says = workspace.files.iter().enumerate().find(|(_, f)| {
                f.package == Some(PackageId(i))
                    && f.example.is_none()
                    && f.text.contains(&dependency.extern_name)
                    && (f.text.contains("GlobalEventCoordinator")
                        || f.text.contains("global_coordinator"))
            });
            let Some((file, source)) = says.filter(|_| of_upstream) else {
                continue;
            };
            let at = source
                .text
                .find(&dependency.extern_name)
                .unwrap_or_default();
            out.push(Shown {
                id: catalog::UPSTREAM_BOUNDARY,
                level: catalog::level(catalog::UPSTREAM_BOUNDARY),
                path: source.path.clone(),
                place: Some(line_column(&source.text, at)),
                range: at..at + dependency.extern_name.len(),
                message: format!("`{}` stays on upstream's coordinator type", dependency.package),
                help: Some("pass `coordinator.as_upstream().clone()` where it takes one, until the shim goes".into()),
                change_set: None,
                file: Some(file),
            });
        }
    }
    out
}

fn guard(found: &Found, files: &[Rewritten]) -> Result<(), RunError> {
    const NAMED: usize = 5;
    let dirty = apply::uncommitted(&found.root, files);
    if dirty.is_empty() {
        return Ok(());
    }
    let more = dirty.len().saturating_sub(NAMED);
    Err(RunError::Dirty {
        files: dirty
            .iter()
            .take(NAMED)
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        more: if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        },
    })
}

fn present(args: &Run, found: &Found, outcome: &Outcome) -> Result<(), RunError> {
    let mut out = anstream::stdout().lock();
    let text = match args.format {
        Format::Human => None,
        Format::Json => Some(json::render(outcome)?),
        Format::Sarif => Some(sarif::render(outcome)?),
        Format::Github => Some(github::render(outcome)),
        Format::Markdown => Some(markdown::render(outcome)),
    };
    if let Some(text) = text {
        out.write_all(text.as_bytes())?;
        return Ok(());
    }
    if !args.writes() && !args.check {
        // anstream takes the colours out where they are not wanted
        out.write_all(diff::render(&outcome.files, true).as_bytes())?;
        out.flush()?;
    }
    if !args.quiet {
        let detail = Detail {
            notes: args.verbose,
            color: true,
        };
        let text = human::render(&found.workspace, outcome, detail);
        anstream::stderr().lock().write_all(text.as_bytes())?;
    }
    Ok(())
}

/// A spinner that appears when a run takes long, and only on a terminal.
struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    fn new(quiet: bool) -> Self {
        let bar = if quiet || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self {
            bar,
            start: Instant::now(),
        }
    }

    fn seen(&self, files: usize) {
        if self.start.elapsed() > Duration::from_secs(1) {
            self.bar.set_message(format!("{files} files read"));
            self.bar.tick();
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
