//! Configuration: upstream's types, read from the environment and from files with errors that name the place.
//!
//! The types are upstream's own, so that a configuration flows into either crate. Their inherent
//! `EventCoordinatorConfig::from_env` and `from_file` are upstream's as well (an unreadable number counts as unset
//! there); [`from_env`], [`from_file`] and [`load`] here are strict.
//!
//! | variable | meaning |
//! |---|---|
//! | `RVOIP_EVENT_CONFIG` | path of a file (`.json` or `.toml`), read by [`load`] |
//! | `RVOIP_EVENT_BUS_CHANNEL_CAPACITY` | events that a channel holds, from 1; wins over the file |
//! | `RVOIP_GLOBAL_EVENT_BUS_CAPACITY` | the same, if the other is not set |
//! | `RVOIP_DISTRIBUTED` | with any value: asks for distributed deployment, which is the typed [`NotImplemented`] error |
//!
//! A file says any of three keys; what it leaves out is as in [`EventCoordinatorConfig::monolithic`]:
//!
//! ```toml
//! service_name = "media-core"
//! channel_capacity = 4096
//! deployment = "monolithic"
//! ```
//!
//! # What the global coordinator can take
//!
//! The bus behind [`global_coordinator`](super::global_coordinator) is upstream's own singleton, and that reads the two
//! capacity variables and nothing else. So [`load`] says what *should* be; the accessor compares it with what upstream
//! will do, and where the two differ (a `service_name`, or a capacity that only a file gives) the result is the typed
//! [`GlobalError::NotHonoured`](super::coordinator::GlobalError::NotHonoured), which names the field and what to set.
//! An isolated [`GlobalEventCoordinator::new`](super::GlobalEventCoordinator::new) takes every field.

use std::env::VarError;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

pub use rvoip_infra_common::events::config::*;
use serde::Deserialize;
use thiserror::Error;

use super::NotImplemented;

/// The variable with the path of the configuration file.
pub const CONFIG_FILE: &str = "RVOIP_EVENT_CONFIG";
/// The variables with the channel capacity; the first that is set counts.
pub const CAPACITY: [&str; 2] = [
    "RVOIP_EVENT_BUS_CHANNEL_CAPACITY",
    "RVOIP_GLOBAL_EVENT_BUS_CAPACITY",
];
/// The variable that asks for distributed deployment.
pub const DISTRIBUTED: &str = "RVOIP_DISTRIBUTED";

/// Why a configuration could not be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A variable has a value that means nothing.
    #[error("{variable}={value:?}: {expected}")]
    Variable {
        /// Which.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
    /// The file could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file does not say a configuration.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Parse {
        /// Which.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// The file's name does not say its format.
    #[error("{}: a configuration file ends in .json or .toml", .0.display())]
    Format(PathBuf),
    /// The configuration asks for what is not there.
    #[error(transparent)]
    NotImplemented(#[from] NotImplemented),
}

/// The configuration that the environment gives: the file that `RVOIP_EVENT_CONFIG` names, if any, with the other
/// variables over it.
///
/// # Errors
/// [`LoadError`], naming the variable or the place in the file.
pub fn load() -> Result<EventCoordinatorConfig, LoadError> {
    let base = match variable(CONFIG_FILE)? {
        Some(path) => from_file(path)?,
        None => EventCoordinatorConfig::monolithic(),
    };
    over(base)
}

/// The configuration that the variables alone give; `RVOIP_EVENT_CONFIG` is not read.
///
/// # Errors
/// [`LoadError`], naming the variable.
pub fn from_env() -> Result<EventCoordinatorConfig, LoadError> {
    over(EventCoordinatorConfig::monolithic())
}

/// Reads a `.json` or `.toml` file. What it leaves out is as in [`EventCoordinatorConfig::monolithic`].
///
/// # Errors
/// [`LoadError`], naming the file and, where the text is to blame, line and column.
pub fn from_file(path: impl AsRef<Path>) -> Result<EventCoordinatorConfig, LoadError> {
    let path = path.as_ref();
    let read = |source| LoadError::Read {
        path: path.to_path_buf(),
        source,
    };
    let format = path
        .extension()
        .and_then(|e| e.to_str())
        .map(str::to_ascii_lowercase);
    let parse = match format.as_deref() {
        Some("json") => from_json,
        Some("toml") => from_toml,
        _ => return Err(LoadError::Format(path.to_path_buf())),
    };
    let text = std::fs::read_to_string(path).map_err(read)?;
    let given = parse(&text).map_err(|wrong| LoadError::Parse {
        path: path.to_path_buf(),
        line: wrong.line,
        column: wrong.column,
        message: wrong.message,
    })?;
    Ok(given.into())
}

struct Wrong {
    line: usize,
    column: usize,
    message: String,
}

/// What a file may say; what it leaves out is as in `EventCoordinatorConfig::monolithic()`. Any other key is a typing
/// mistake, and is said to be one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    deployment: Option<GivenDeployment>,
    service_name: Option<String>,
    channel_capacity: Option<NonZeroUsize>,
}

/// Upstream's spelling of the two is not alike; either case is taken.
#[derive(Deserialize)]
enum GivenDeployment {
    #[serde(alias = "monolithic")]
    Monolithic,
    #[serde(rename = "distributed", alias = "Distributed")]
    Distributed {
        transport: TransportConfig,
        discovery: ServiceDiscoveryConfig,
    },
}

impl From<Given> for EventCoordinatorConfig {
    fn from(given: Given) -> Self {
        let mut config = Self::monolithic();
        match given.deployment {
            Some(GivenDeployment::Distributed {
                transport,
                discovery,
            }) => {
                config.deployment = DeploymentConfig::Distributed {
                    transport,
                    discovery,
                };
            }
            Some(GivenDeployment::Monolithic) | None => {}
        }
        if let Some(name) = given.service_name {
            config.service_name = name;
        }
        if let Some(capacity) = given.channel_capacity {
            config.channel_capacity = capacity.get();
        }
        config
    }
}

fn from_json(text: &str) -> Result<Given, Wrong> {
    serde_json::from_str(text).map_err(|e| {
        let place = format!(" at line {} column {}", e.line(), e.column());
        let message = e.to_string();
        Wrong {
            line: e.line().max(1),
            column: e.column().max(1),
            // the place stands before the message already
            message: message.strip_suffix(&place).unwrap_or(&message).to_owned(),
        }
    })
}

fn from_toml(text: &str) -> Result<Given, Wrong> {
    toml::from_str(text).map_err(|e| {
        let (line, column) = line_column(text, e.span().map_or(0, |s| s.start));
        Wrong {
            line,
            column,
            message: e.message().to_owned(),
        }
    })
}

fn line_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |n| n + 1);
    (before.matches('\n').count() + 1, before.len() - start + 1)
}

fn variable(name: &'static str) -> Result<Option<String>, LoadError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(value)) => Err(LoadError::Variable {
            variable: name,
            value: value.to_string_lossy().into_owned(),
            expected: "expected UTF-8",
        }),
    }
}

/// Lays the variables over a configuration.
fn over(mut config: EventCoordinatorConfig) -> Result<EventCoordinatorConfig, LoadError> {
    if std::env::var_os(DISTRIBUTED).is_some() {
        return Err(NotImplemented::new(
            "distributed deployment, which the variable RVOIP_DISTRIBUTED asks for,",
        )
        .into());
    }
    for name in CAPACITY {
        let Some(value) = variable(name)? else {
            continue;
        };
        match value.parse() {
            Ok(capacity) if capacity > 0 => config.channel_capacity = capacity,
            _ => {
                return Err(LoadError::Variable {
                    variable: name,
                    value,
                    expected: "expected a whole number from 1",
                });
            }
        }
        break;
    }
    if let DeploymentConfig::Distributed { .. } = config.deployment {
        return Err(NotImplemented::new(
            "distributed deployment, which the file of RVOIP_EVENT_CONFIG asks for,",
        )
        .into());
    }
    Ok(config)
}
