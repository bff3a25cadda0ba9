//! Who still calls `monolithic()`, and who registers a second handler.

use std::collections::{BTreeMap, HashMap};
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rvoip_infra_common::events::cross_crate::EventTypeId;
use thiserror::Error;

/// The variable that turns legacy calls into errors.
const LEGACY: &str = "COORDINATOR_SHIM_LEGACY";

/// A place that called the deprecated `GlobalEventCoordinator::monolithic()`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct LegacyCall {
    /// The source file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// How often it called.
    pub count: u64,
}

/// A legacy call under `COORDINATOR_SHIM_LEGACY=deny`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{file}:{line}:{column}: GlobalEventCoordinator::monolithic() is called, and COORDINATOR_SHIM_LEGACY=deny forbids it"
)]
#[non_exhaustive]
pub struct LegacyDenied {
    /// The source file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

type Place = (&'static str, u32, u32);

static CALLS: Mutex<BTreeMap<Place, u64>> = Mutex::new(BTreeMap::new());
static HANDLERS: Mutex<Option<HashMap<EventTypeId, Registered>>> = Mutex::new(None);

struct Registered {
    first: &'static Location<'static>,
    told: bool,
}

/// Counters are consistent at every point: a panic elsewhere does not spoil them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every place that called `monolithic()` so far, by file and line. Empty in a program that is migrated.
#[must_use]
pub fn legacy_calls() -> Vec<LegacyCall> {
    lock(&CALLS)
        .iter()
        .map(|(&(file, line, column), &count)| LegacyCall {
            file,
            line,
            column,
            count,
        })
        .collect()
}

/// Records a call; the first of each place is logged.
pub(super) fn legacy(place: &'static Location<'static>) -> Result<(), LegacyDenied> {
    let (file, line, column) = (place.file(), place.line(), place.column());
    let count = {
        let mut calls = lock(&CALLS);
        let count = calls.entry((file, line, column)).or_default();
        *count += 1;
        *count
    };
    if std::env::var_os(LEGACY).is_some_and(|v| v == "deny") {
        return Err(LegacyDenied { file, line, column });
    }
    if count == 1 {
        tracing::warn!(
            file,
            line,
            "GlobalEventCoordinator::monolithic() is deprecated and gives a handle on the shared bus: \
             use global_coordinator().await"
        );
    }
    Ok(())
}

/// Records a handler on the global bus; the second of a type is logged, once for the type.
pub(super) fn handler(event_type: EventTypeId, place: &'static Location<'static>) {
    let mut handlers = lock(&HANDLERS);
    let known = handlers.get_or_insert_default();
    let Some(registered) = known.get_mut(event_type) else {
        known.insert(
            event_type,
            Registered {
                first: place,
                told: false,
            },
        );
        return;
    };
    if !std::mem::replace(&mut registered.told, true) {
        tracing::warn!(
            event_type,
            first = %registered.first,
            second = %place,
            "a second handler for one event type on the shared bus: authoritative events of the type fail"
        );
    }
}
