//! The event system: upstream's, with the coordinator, its configuration and the transports of the shim.

pub use rvoip_infra_common::events::*;

pub mod config;
pub mod coordinator;
pub mod transport;

pub use config::{
    DeploymentConfig, EventCoordinatorConfig, ServiceDiscoveryConfig, TransportConfig,
};
pub use coordinator::{
    GlobalEventCoordinator, global_coordinator, init_global_coordinator, try_global_coordinator,
};
pub use transport::{NatsTransport, NetworkTransport};

use thiserror::Error;

/// Something that is planned and not there: distributed deployment and its transports.
///
/// The one error for all of it; it can be taken back out of an `anyhow::Error` with `downcast_ref`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{operation} is not implemented: rvoip has no distributed deployment yet; use a monolithic configuration"
)]
#[non_exhaustive]
pub struct NotImplemented {
    /// What was asked for, as a path (`NatsTransport::send`) or a variable.
    pub operation: &'static str,
}

impl NotImplemented {
    pub(crate) fn new(operation: &'static str) -> Self {
        Self { operation }
    }
}
