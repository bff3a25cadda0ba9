//! `coordinator-codemod.toml` at the repository's root: what a run does unless its arguments say otherwise.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Deserialize;
use thiserror::Error;

/// The file's name.
pub const FILE: &str = "coordinator-codemod.toml";

/// What the file can say. Everything has the name and meaning of the option of that name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// `construct` or `pass`.
    pub scope: Option<Scope>,
    /// `follow`, `isolate` or `global`.
    pub tests: Option<Tests>,
    /// Whether `new(EventCoordinatorConfig::monolithic())` is a construction.
    #[serde(default)]
    pub include_new: bool,
    /// Whether public signatures stay.
    #[serde(default)]
    pub keep_public: bool,
    /// Globs of files that are left alone.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Names of macros whose arguments are expressions, beside the well-known ones.
    #[serde(default)]
    pub macros: Vec<String>,
}

/// How far the migration goes; `--scope` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Constructions and imports.
    Construct,
    /// Parameters, fields and arguments too.
    Pass,
}

/// What becomes of constructions in test code; `--tests` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Tests {
    /// The accessor where the construction flows into a slot that goes, else an isolated instance.
    Follow,
    /// Always an isolated instance.
    Isolate,
    /// Always the accessor.
    Global,
}

/// Why the file could not be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It does not say what such a file can say; the message has line and column.
    #[error("{}: {message}\nhelp: it can set `scope`, `tests`, `include-new`, `keep-public`, `exclude` and `macros`", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

/// Reads the file in `root`; without one, everything is at its default.
///
/// # Errors
/// [`ConfigError`] if it cannot be read or is malformed.
pub fn read(root: &Path) -> Result<Config, ConfigError> {
    let path = root.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Config::default()),
        Err(source) => return Err(ConfigError::Io { path, source }),
    };
    toml::from_str(&text).map_err(|error| ConfigError::Malformed {
        path,
        message: error.to_string().trim_end().to_owned(),
    })
}
