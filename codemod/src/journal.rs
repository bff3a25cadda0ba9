//! What was there before a run began to write, so that a run that dies can be taken back.
//!
//! Belongs here: a folder `.coordinator-codemod` at the root while files are written, and its recovery. Does not: writing
//! the files themselves (`apply`).
//!
//! The texts come first, the list last: without a list nothing was written yet.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::apply::{self, Rewritten};

const FOLDER: &str = ".coordinator-codemod";
const LIST: &str = "list.json";
const LOCK: &str = "lock";

/// Why a journal could not be kept or followed.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Another run is writing.
    #[error("another run is at work in {}\nhelp: wait until it is done", .0.display())]
    Busy(PathBuf),
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: PathBuf,
    /// The number of the files that hold its text before and after.
    number: usize,
}

/// The journal of a run that is writing. Dropped without an end, it stays for the next run.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    root: PathBuf,
    // held while the run lasts
    _lock: File,
}

/// What a recovery found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Files that are again what they were.
    pub restored: Vec<PathBuf>,
    /// Files that somebody changed since, and that were left.
    pub left: Vec<PathBuf>,
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> JournalError + '_ {
    |source| JournalError::Io {
        path: path.to_path_buf(),
        source,
    }
}

fn lock(dir: &Path) -> Result<File, JournalError> {
    let path = dir.join(LOCK);
    let file = File::create(&path).map_err(io_at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Busy(dir.to_path_buf())),
        Err(TryLockError::Error(source)) => Err(JournalError::Io { path, source }),
    }
}

impl Journal {
    /// Notes what `files` below `root` are, before they are written.
    ///
    /// # Errors
    /// [`JournalError`] if another run is writing, or the notes cannot be written.
    pub fn begin(root: &Path, files: &[Rewritten]) -> Result<Self, JournalError> {
        let dir = root.join(FOLDER);
        fs::create_dir_all(&dir).map_err(io_at(&dir))?;
        let lock = lock(&dir)?;
        let mut list = Vec::new();
        for (number, file) in files.iter().enumerate() {
            for (side, text) in [("before", &*file.before), ("after", &file.after)] {
                durable(&dir.join(format!("{number}.{side}")), text.as_bytes())?;
            }
            list.push(Entry {
                path: file.path.clone(),
                number,
            });
        }
        let text = serde_json::to_vec(&list).unwrap_or_default();
        let whole = dir.join("list.new");
        durable(&whole, &text)?;
        fs::rename(&whole, dir.join(LIST)).map_err(io_at(&whole))?;
        Ok(Self {
            dir,
            root: root.to_path_buf(),
            _lock: lock,
        })
    }

    /// What was written stays.
    ///
    /// # Errors
    /// [`JournalError`] if the journal cannot be removed.
    pub fn commit(self) -> Result<(), JournalError> {
        remove(&self.dir)
    }

    /// Takes back what was written.
    ///
    /// # Errors
    /// [`JournalError`] if a file cannot be restored; the journal stays then.
    pub fn roll_back(self) -> Result<Recovered, JournalError> {
        let recovered = restore(&self.root, &self.dir)?;
        remove(&self.dir)?;
        Ok(recovered)
    }
}

/// Takes back what a run left that died. `None`: there is nothing.
///
/// # Errors
/// [`JournalError`] if another run is writing, or a file cannot be restored.
pub fn recover(root: &Path) -> Result<Option<Recovered>, JournalError> {
    let dir = root.join(FOLDER);
    if !dir.is_dir() {
        return Ok(None);
    }
    let _lock = lock(&dir)?;
    let recovered = restore(root, &dir)?;
    remove(&dir)?;
    Ok(Some(recovered))
}

fn durable(path: &Path, bytes: &[u8]) -> Result<(), JournalError> {
    let mut file = File::create(path).map_err(io_at(path))?;
    file.write_all(bytes).map_err(io_at(path))?;
    file.sync_all().map_err(io_at(path))
}

fn restore(root: &Path, dir: &Path) -> Result<Recovered, JournalError> {
    let mut out = Recovered::default();
    let Ok(list) = fs::read(dir.join(LIST)) else {
        return Ok(out);
    };
    let list: Vec<Entry> = serde_json::from_slice(&list).unwrap_or_default();
    for entry in list {
        let read = |side: &str| {
            let path = dir.join(format!("{}.{side}", entry.number));
            fs::read_to_string(&path).map_err(io_at(&path))
        };
        let (before, after) = (read("before")?, read("after")?);
        let path = root.join(&entry.path);
        let now = fs::read(&path).map_err(io_at(&path))?;
        if now == before.as_bytes() {
            continue;
        }
        if now != after.as_bytes() {
            out.left.push(entry.path);
            continue;
        }
        let back = Rewritten {
            path: entry.path.clone(),
            before: after.into(),
            after: before,
        };
        if let Some(error) = apply::write_all(root, &[back]).into_iter().next() {
            let source = io::Error::other(error.to_string());
            return Err(JournalError::Io { path, source });
        }
        out.restored.push(entry.path);
    }
    Ok(out)
}

/// Removes the list first: what is left without it means nothing.
fn remove(dir: &Path) -> Result<(), JournalError> {
    match fs::remove_file(dir.join(LIST)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_at(dir)(error)),
        _ => {}
    }
    fs::remove_dir_all(dir).map_err(io_at(dir))
}
