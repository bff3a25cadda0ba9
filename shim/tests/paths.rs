//! Everything is where upstream has it, and where the plan puts it; types that the shim does not own are upstream's own.
#![allow(unused_imports)] // that they resolve is the test

use std::any::TypeId;

mod upstreams_paths {
    use coordinator_shim::config::provider::ConfigProvider;
    use coordinator_shim::errors::types::Error;
    use coordinator_shim::events::api::EventSystem as _;
    use coordinator_shim::events::builder::{EventSystemBuilder, ImplementationType};
    use coordinator_shim::events::bus::{EventBus, EventBusConfig};
    use coordinator_shim::events::config::{ConfigError, TlsConfig};
    use coordinator_shim::events::coordinator::{
        CrossCrateEventHandler, DeploymentMode, EventBusAdapter, EventCoordinatorStats,
        EventTypeInfo, EventTypeRegistry, GlobalEventCoordinator, MonolithicEventBus,
        global_coordinator,
    };
    use coordinator_shim::events::cross_crate::{CrossCrateEvent, RvoipCrossCrateEvent};
    use coordinator_shim::events::transport::serialization::WireEvent;
    use coordinator_shim::events::transport::{TransportReceiver, TransportReceiverImpl};
    use coordinator_shim::lifecycle::component::Component;
    use coordinator_shim::logging::setup::{LoggingConfig, setup_logging};
    use coordinator_shim::planes::{LayerTaskManager, PlaneType};
    use coordinator_shim::{EventPool, Publisher, PublisherFactory, VERSION, log_ctx};
}

mod the_plans_paths {
    use coordinator_shim::events::config::{
        DeploymentConfig, EventCoordinatorConfig, ServiceDiscoveryConfig, TransportConfig,
    };
    use coordinator_shim::events::coordinator::{GlobalEventCoordinator, global_coordinator};
    use coordinator_shim::events::transport::NetworkTransport;
    use coordinator_shim::events::transport::grpc::GrpcTransport;
    use coordinator_shim::events::transport::nats::NatsTransport;

    mod from_events {
        use coordinator_shim::events::{
            DeploymentConfig, EventCoordinatorConfig, GlobalEventCoordinator, NatsTransport,
            NetworkTransport, ServiceDiscoveryConfig, TransportConfig, global_coordinator,
            init_global_coordinator, try_global_coordinator,
        };
    }
}

#[test]
fn configurations_flow_into_either_crate() {
    use coordinator_shim::events as shim;
    use rvoip_infra_common::events as upstream;
    assert_eq!(
        TypeId::of::<shim::EventCoordinatorConfig>(),
        TypeId::of::<upstream::EventCoordinatorConfig>()
    );
    assert_eq!(
        TypeId::of::<shim::transport::TransportReceiver>(),
        TypeId::of::<upstream::transport::TransportReceiver>()
    );
    assert_eq!(coordinator_shim::VERSION, rvoip_infra_common::VERSION);
}

#[test]
fn a_transport_of_the_shim_goes_where_upstreams_trait_is_wanted() {
    fn wanted(_: &dyn rvoip_infra_common::events::transport::NetworkTransport) {}
    wanted(&coordinator_shim::events::NatsTransport::new(
        Vec::new(),
        None,
        "media".into(),
    ));
}

#[test]
fn handles_can_be_shared_between_threads_and_printed() {
    fn shared<T: Send + Sync + Clone + std::fmt::Debug + 'static>() {}
    shared::<coordinator_shim::events::GlobalEventCoordinator>();
    fn future<F: Future + Send + 'static>(_: F) {}
    #[allow(deprecated)]
    future(coordinator_shim::events::GlobalEventCoordinator::monolithic());
    future(coordinator_shim::events::global_coordinator());
}
