//! The coordinator: a handle on upstream's, and the one accessor.
//!
//! # When a runtime ends
//!
//! The coordinator itself holds no task and no reference to a runtime: whichever runtime asked for it first may go, and
//! the bus goes on for all others. What was started *from* a runtime ends with it:
//!
//! | made on a runtime that has ended | what upstream does |
//! |---|---|
//! | a subscription (`subscribe`) | its bridge task is gone: the receiver yields what it holds, then `None`. Subscribe again from a live runtime |
//! | a handler, `publish` and `publish_authoritative` | is called as before, in the publisher's task. There is no way to unregister it |
//! | a handler, `publish_observational` (since 0.3) | its worker task is gone: it gets nothing, and the diagnostic snapshot counts `dropped_closed` |
//! | `shutdown()` from another runtime | works, and does not wait for what is gone |
//!
//! The shim leaves it so. Workers on a runtime of its own would keep the handlers of finished tests running, with
//! whatever they hold of a runtime that is gone. In tests: one process a test (as `cargo nextest` does), or an isolated
//! [`GlobalEventCoordinator::new`].

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;

use anyhow::Result;
use rvoip_infra_common::events::coordinator as upstream;
pub use rvoip_infra_common::events::coordinator::*;
use rvoip_infra_common::events::cross_crate::{CrossCrateEvent, EventTypeId};
use rvoip_infra_common::planes::PlaneType;
use thiserror::Error;
use tokio::sync::{OnceCell, mpsc};

use super::NotImplemented;
use super::config::{DeploymentConfig, EventCoordinatorConfig, LoadError, load};

mod record;

pub use record::{LegacyCall, LegacyDenied, legacy_calls};

static GLOBAL: OnceCell<Arc<GlobalEventCoordinator>> = OnceCell::const_new();

/// Why there is no global coordinator.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GlobalError {
    /// The configuration could not be had, or asks for what is not there.
    #[error(transparent)]
    Config(#[from] LoadError),
    /// The configuration says what upstream's singleton, which takes its own from the environment, does not do.
    #[error("the global coordinator cannot take {field} = {wanted}: it has {actual}; {help}")]
    NotHonoured {
        /// Which field.
        field: &'static str,
        /// What the configuration says.
        wanted: String,
        /// What the singleton has.
        actual: String,
        /// What to do.
        help: &'static str,
    },
    /// [`init_global_coordinator`] came after somebody had asked for the coordinator.
    #[error(
        "the global coordinator exists already; call init_global_coordinator before anything asks for it"
    )]
    TooLate,
}

/// The one coordinator of the process. The first call makes it; any number of tasks, threads and runtimes may race.
///
/// # Panics
/// If there can be none: with the error that [`try_global_coordinator`] returns. `RVOIP_DISTRIBUTED` in the environment
/// is such a case, and so is a channel capacity that is not a number.
pub async fn global_coordinator() -> &'static Arc<GlobalEventCoordinator> {
    match try_global_coordinator().await {
        Ok(coordinator) => coordinator,
        Err(error) => panic!("no global coordinator: {error}"),
    }
}

/// The one coordinator of the process, or why there is none. A later call may succeed.
///
/// # Errors
/// [`GlobalError::Config`] if the environment's configuration is wrong or distributed.
pub async fn try_global_coordinator() -> Result<&'static Arc<GlobalEventCoordinator>, GlobalError> {
    GLOBAL
        .get_or_try_init(|| async { make(load()?).await })
        .await
}

/// Makes the one coordinator now, with that configuration, instead of at the first access.
///
/// The bus is upstream's singleton, which takes its configuration from the environment. A configuration that differs
/// from that is an error, never silently dropped.
///
/// # Errors
/// [`GlobalError::TooLate`] if the coordinator exists already; [`GlobalError::NotHonoured`] and [`GlobalError::Config`]
/// if it cannot be made like that.
pub async fn init_global_coordinator(
    config: EventCoordinatorConfig,
) -> Result<&'static Arc<GlobalEventCoordinator>, GlobalError> {
    let mut made = false;
    let coordinator = GLOBAL
        .get_or_try_init(|| {
            made = true;
            make(config)
        })
        .await?;
    if made {
        Ok(coordinator)
    } else {
        Err(GlobalError::TooLate)
    }
}

async fn make(config: EventCoordinatorConfig) -> Result<Arc<GlobalEventCoordinator>, GlobalError> {
    if let DeploymentConfig::Distributed { .. } = config.deployment {
        return Err(
            LoadError::from(NotImplemented::new("a distributed global coordinator")).into(),
        );
    }
    // strict, where upstream counts an unreadable number as unset
    let actual = super::config::from_env()?;
    if config.channel_capacity != actual.channel_capacity {
        return Err(GlobalError::NotHonoured {
            field: "channel_capacity",
            wanted: config.channel_capacity.to_string(),
            actual: actual.channel_capacity.to_string(),
            help: "set RVOIP_EVENT_BUS_CHANNEL_CAPACITY in the environment of the process",
        });
    }
    if config.service_name != actual.service_name {
        return Err(GlobalError::NotHonoured {
            field: "service_name",
            wanted: config.service_name,
            actual: actual.service_name,
            help: "leave the name out; an isolated GlobalEventCoordinator::new takes any",
        });
    }
    let inner = Arc::clone(upstream::global_coordinator().await);
    Ok(Arc::new(GlobalEventCoordinator {
        inner,
        kind: Kind::Global,
    }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The instance behind the accessor.
    Global,
    /// A handle on it that `monolithic()` gave out.
    Legacy,
    /// An instance of its own.
    Isolated,
    /// Upstream's, handed in.
    Foreign,
}

/// A handle on an upstream coordinator. Cheap to clone; every method of upstream's is there through [`Deref`].
#[derive(Clone)]
pub struct GlobalEventCoordinator {
    inner: Arc<upstream::GlobalEventCoordinator>,
    kind: Kind,
}

impl GlobalEventCoordinator {
    /// A handle on the one coordinator of the process, for code that constructed its own.
    ///
    /// Each place that calls it is logged once, and counted: see [`legacy_calls`]. With `COORDINATOR_SHIM_LEGACY=deny`
    /// in the environment each call is an error instead.
    ///
    /// # Errors
    /// [`LegacyDenied`] under `deny`; otherwise what [`try_global_coordinator`] returns.
    #[deprecated(
        note = "use `global_coordinator().await` for the one instance of the process, or `GlobalEventCoordinator::new(config)` for an isolated one (`distributed(config)` for a distributed one)"
    )]
    #[track_caller]
    pub fn monolithic() -> impl Future<Output = Result<Self>> + Send + 'static {
        // an `async fn` would see the place that polls it, not the one that calls it
        let place = Location::caller();
        async move {
            record::legacy(place)?;
            let global = try_global_coordinator().await?;
            Ok(Self {
                inner: Arc::clone(&global.inner),
                kind: Kind::Legacy,
            })
        }
    }

    /// An instance of its own, isolated from the global one: for tests and tools.
    ///
    /// # Errors
    /// [`NotImplemented`] for a distributed configuration; else what upstream returns.
    pub async fn new(config: EventCoordinatorConfig) -> Result<Self> {
        if let DeploymentConfig::Distributed { .. } = config.deployment {
            return Err(NotImplemented::new(
                "GlobalEventCoordinator::new with a distributed configuration",
            )
            .into());
        }
        Ok(Self {
            inner: Arc::new(upstream::GlobalEventCoordinator::new(config).await?),
            kind: Kind::Isolated,
        })
    }

    /// A coordinator for distributed deployment.
    ///
    /// # Errors
    /// [`NotImplemented`], always.
    pub async fn distributed(config: EventCoordinatorConfig) -> Result<Self, NotImplemented> {
        // taken by value as it will be when there is something to build
        drop(config);
        Err(NotImplemented::new("GlobalEventCoordinator::distributed"))
    }

    /// Upstream's coordinator, for crates that want that type.
    #[must_use]
    pub fn as_upstream(&self) -> &Arc<upstream::GlobalEventCoordinator> {
        &self.inner
    }

    /// Upstream's coordinator, for crates that want to own it.
    #[must_use]
    pub fn into_upstream(self) -> Arc<upstream::GlobalEventCoordinator> {
        self.inner
    }

    fn on_global_bus(&self) -> bool {
        match self.kind {
            Kind::Global | Kind::Legacy => true,
            Kind::Isolated => false,
            Kind::Foreign => GLOBAL
                .get()
                .is_some_and(|g| Arc::ptr_eq(&g.inner, &self.inner)),
        }
    }

    /// Ends the bus behind the handle.
    ///
    /// A handle from [`monolithic`](Self::monolithic) ends nothing: its holder believes the bus to be its own, and others
    /// are on it. It is logged. Through [`global_coordinator`] it ends the bus for the whole process, for good, as
    /// upstream's does.
    ///
    /// # Errors
    /// What upstream returns.
    pub async fn shutdown(&self) -> Result<()> {
        if self.kind == Kind::Legacy {
            tracing::warn!(
                "shutdown() through a handle of the deprecated GlobalEventCoordinator::monolithic() is left out: \
                 the bus is shared"
            );
            return Ok(());
        }
        self.inner.shutdown().await
    }

    /// Registers a handler for an event type. A second one for the same type on the global bus is logged once, with
    /// both callers: since upstream's 0.4 authoritative events of such a type fail.
    ///
    /// # Errors
    /// What upstream returns.
    #[track_caller]
    pub fn register_handler<H>(
        &self,
        event_type: EventTypeId,
        handler: H,
    ) -> impl Future<Output = Result<()>> + Send
    where
        H: CrossCrateEventHandler + 'static,
    {
        let place = Location::caller();
        async move {
            self.inner.register_handler(event_type, handler).await?;
            if self.on_global_bus() {
                record::handler(event_type, place);
            }
            Ok(())
        }
    }

    /// Publishes an event on the bus.
    ///
    /// # Errors
    /// What upstream returns.
    pub fn publish(
        &self,
        event: Arc<dyn CrossCrateEvent>,
    ) -> impl Future<Output = Result<()>> + Send {
        // upstream's own future, here and below: none of the shim's around it
        self.inner.publish(event)
    }

    /// Subscribes to the events of a type.
    ///
    /// # Errors
    /// What upstream returns.
    pub fn subscribe(
        &self,
        event_type: EventTypeId,
    ) -> impl Future<Output = Result<mpsc::Receiver<Arc<dyn CrossCrateEvent>>>> + Send {
        self.inner.subscribe(event_type)
    }

    /// Subscribes to the events of a type on a plane.
    ///
    /// # Errors
    /// What upstream returns.
    pub fn subscribe_with_plane_filter(
        &self,
        event_type: EventTypeId,
        plane_type: PlaneType,
    ) -> impl Future<Output = Result<mpsc::Receiver<Arc<dyn CrossCrateEvent>>>> + Send {
        self.inner
            .subscribe_with_plane_filter(event_type, plane_type)
    }

    /// Routes an event from a plane.
    ///
    /// # Errors
    /// What upstream returns.
    pub fn route_event(
        &self,
        source_plane: PlaneType,
        event: Arc<dyn CrossCrateEvent>,
    ) -> impl Future<Output = Result<()>> + Send {
        self.inner.route_event(source_plane, event)
    }

    /// What the bus counts.
    pub fn stats(&self) -> impl Future<Output = EventCoordinatorStats> + Send {
        self.inner.stats()
    }

    /// How it is deployed.
    #[must_use]
    pub fn deployment_mode(&self) -> &DeploymentConfig {
        self.inner.deployment_mode()
    }

    /// The service's name.
    #[must_use]
    pub fn service_name(&self) -> &str {
        self.inner.service_name()
    }
}

impl Deref for GlobalEventCoordinator {
    type Target = upstream::GlobalEventCoordinator;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl AsRef<upstream::GlobalEventCoordinator> for GlobalEventCoordinator {
    fn as_ref(&self) -> &upstream::GlobalEventCoordinator {
        &self.inner
    }
}

impl fmt::Debug for GlobalEventCoordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalEventCoordinator")
            .field("kind", &self.kind)
            .field("service_name", &self.service_name())
            .finish_non_exhaustive()
    }
}

impl From<Arc<upstream::GlobalEventCoordinator>> for GlobalEventCoordinator {
    fn from(inner: Arc<upstream::GlobalEventCoordinator>) -> Self {
        Self {
            inner,
            kind: Kind::Foreign,
        }
    }
}

impl From<upstream::GlobalEventCoordinator> for GlobalEventCoordinator {
    fn from(inner: upstream::GlobalEventCoordinator) -> Self {
        Self {
            inner: Arc::new(inner),
            kind: Kind::Isolated,
        }
    }
}

impl From<GlobalEventCoordinator> for Arc<upstream::GlobalEventCoordinator> {
    fn from(handle: GlobalEventCoordinator) -> Self {
        handle.inner
    }
}
