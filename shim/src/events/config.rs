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
//! | `RVOIP_DISTRIBUTED` | asks for distributed deployment, which is the typed [`NotImplemented`] error |

use std::env::VarError;
use std::path::{Path, PathBuf};

pub use rvoip_infra_common::events::config::*;
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
    parse(&text).map_err(|wrong| LoadError::Parse {
        path: path.to_path_buf(),
        line: wrong.line,
        column: wrong.column,
        message: wrong.message,
    })
}

struct Wrong {
    line: usize,
    column: usize,
    message: String,
}

fn from_json(text: &str) -> Result<EventCoordinatorConfig, Wrong> {
    let wrong = |e: serde_json::Error| Wrong {
        line: e.line().max(1),
        column: e.column().max(1),
        message: e.to_string(),
    };
    let given: serde_json::Value = serde_json::from_str(text).map_err(wrong)?;
    // parsed as a whole first, so that a wrong type is reported with its place
    if let Ok(whole) = serde_json::from_str(text) {
        return Ok(whole);
    }
    merged(given).map_err(|e| {
        let (line, column) = place_of(text, &e.to_string());
        Wrong {
            line,
            column,
            message: e.to_string(),
        }
    })
}

fn from_toml(text: &str) -> Result<EventCoordinatorConfig, Wrong> {
    let given: toml::Table = toml::from_str(text).map_err(|e: toml::de::Error| {
        let at = e.span().map_or(0, |s| s.start);
        let (line, column) = line_column(text, at);
        Wrong {
            line,
            column,
            message: e.message().to_owned(),
        }
    })?;
    let given = serde_json::to_value(given).map_err(|e| Wrong {
        line: 1,
        column: 1,
        message: e.to_string(),
    })?;
    merged(given).map_err(|e| {
        let (line, column) = place_of(text, &e.to_string());
        Wrong {
            line,
            column,
            message: e.to_string(),
        }
    })
}

/// The defaults, with what a file gives over them. A key that is not one is an error: it is a typing mistake.
fn merged(given: serde_json::Value) -> Result<EventCoordinatorConfig, serde_json::Error> {
    use serde::de::Error;
    let serde_json::Value::Object(given) = given else {
        return Err(Error::custom("a configuration is a table of keys"));
    };
    let mut whole = serde_json::to_value(EventCoordinatorConfig::monolithic())?;
    if let Some(whole) = whole.as_object_mut() {
        for (key, value) in given {
            match whole.get_mut(&key) {
                Some(slot) => *slot = value,
                None => {
                    let known: Vec<&str> = whole.keys().map(String::as_str).collect();
                    return Err(Error::custom(format!(
                        "unknown key `{key}`; the keys are {}",
                        known.join(", ")
                    )));
                }
            }
        }
    }
    let config: EventCoordinatorConfig = serde_json::from_value(whole)?;
    if config.channel_capacity == 0 {
        return Err(Error::custom("`channel_capacity` is a whole number from 1"));
    }
    Ok(config)
}

/// Where in `text` the key stands that a message is about; the first line if it names none.
fn place_of(text: &str, message: &str) -> (usize, usize) {
    let names = message.split('`').skip(1).step_by(2).map(str::to_owned);
    let keys = ["channel_capacity", "service_name", "deployment"].map(str::to_owned);
    let wrong_type = if message.contains("usize") {
        Some("channel_capacity".to_owned())
    } else {
        None
    };
    wrong_type
        .into_iter()
        .chain(names)
        .chain(keys.into_iter().filter(|k| message.contains(k.as_str())))
        .find_map(|name| text.find(&name))
        .map_or((1, 1), |at| line_column(text, at))
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
            "distributed deployment, which the configuration asks for,",
        )
        .into());
    }
    Ok(config)
}
