//! What the integration tests share: events, a handler, and running one test in a process of its own.
#![allow(dead_code)] // each test crate uses a part

use std::any::Any;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coordinator_shim::events::coordinator::CrossCrateEventHandler;
use coordinator_shim::events::cross_crate::{CrossCrateEvent, EventTypeId};
use coordinator_shim::events::types::EventPriority;
use coordinator_shim::planes::PlaneType;

/// An event of a type of the test's choice.
#[derive(Debug)]
pub(crate) struct Ping(pub(crate) EventTypeId);

impl CrossCrateEvent for Ping {
    fn event_type(&self) -> EventTypeId {
        self.0
    }
    fn source_plane(&self) -> PlaneType {
        PlaneType::Signaling
    }
    fn target_plane(&self) -> PlaneType {
        PlaneType::Media
    }
    fn priority(&self) -> EventPriority {
        EventPriority::Normal
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Counts what it is given.
#[derive(Clone, Default)]
pub(crate) struct Counter(pub(crate) Arc<AtomicUsize>);

impl Counter {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl CrossCrateEventHandler for Counter {
    async fn handle(&self, _: Arc<dyn CrossCrateEvent>) -> anyhow::Result<()> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

const CHILD: &str = "SHIM_TEST_CHILD";

/// Whether this process was started by [`in_child`].
pub(crate) fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Runs the test `name` of this crate again, alone in a process with those variables. The test asks [`is_child`].
pub(crate) fn in_child(name: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1");
    for variable in [
        "RVOIP_EVENT_CONFIG",
        "RVOIP_DISTRIBUTED",
        "RVOIP_EVENT_BUS_CHANNEL_CAPACITY",
        "RVOIP_GLOBAL_EVENT_BUS_CAPACITY",
        "COORDINATOR_SHIM_LEGACY",
    ] {
        command.env_remove(variable);
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

/// What a child printed after `= `, one entry a line.
pub(crate) fn said(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|l| l.split_once("= ").map(|(_, rest)| rest.to_owned()))
        .collect()
}
