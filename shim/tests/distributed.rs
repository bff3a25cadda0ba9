//! What is not there gives one typed error, from every operation.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use coordinator_shim::events::config::{
    DeploymentConfig, EventCoordinatorConfig, ServiceDiscoveryConfig, TransportConfig,
};
use coordinator_shim::events::transport::grpc::GrpcTransport;
use coordinator_shim::events::transport::nats::NatsTransport;
use coordinator_shim::events::{GlobalEventCoordinator, NetworkTransport, NotImplemented};
use support::Ping;

fn distributed() -> EventCoordinatorConfig {
    let config = EventCoordinatorConfig::distributed_nats(
        "media",
        vec!["nats://localhost".into()],
        HashMap::new(),
    );
    match &config.deployment {
        DeploymentConfig::Distributed {
            transport: TransportConfig::Nats { .. },
            discovery: ServiceDiscoveryConfig::Static { .. },
        } => config,
        other => panic!("{other:?}"),
    }
}

fn operation(error: &anyhow::Error) -> &'static str {
    error.downcast_ref::<NotImplemented>().unwrap().operation
}

#[tokio::test]
async fn distributed_coordinators_are_not_implemented() {
    let error = GlobalEventCoordinator::distributed(distributed())
        .await
        .unwrap_err();
    assert_eq!(error.operation, "GlobalEventCoordinator::distributed");
    let error = GlobalEventCoordinator::new(distributed())
        .await
        .unwrap_err();
    assert!(operation(&error).starts_with("GlobalEventCoordinator::new"));
}

async fn every_operation(transport: &dyn NetworkTransport) -> Vec<&'static str> {
    vec![
        operation(
            &transport
                .send("media", Arc::new(Ping("x")))
                .await
                .unwrap_err(),
        ),
        operation(&transport.subscribe(vec!["x"]).await.err().unwrap()),
        operation(&transport.health_check().await.unwrap_err()),
        operation(&transport.shutdown().await.unwrap_err()),
    ]
}

#[tokio::test]
async fn every_transport_operation_is_not_implemented() {
    let mut nats = NatsTransport::new(vec!["nats://localhost".into()], None, "media".into());
    assert_eq!(
        operation(&nats.connect().await.unwrap_err()),
        "NatsTransport::connect"
    );
    let names = every_operation(&nats).await;
    assert_eq!(
        names,
        [
            "NatsTransport::send",
            "NatsTransport::subscribe",
            "NatsTransport::health_check",
            "NatsTransport::shutdown"
        ]
    );
    let mut grpc = GrpcTransport::new("[::1]:0".into(), "media".into(), HashMap::new());
    assert_eq!(
        operation(&grpc.start_server().await.unwrap_err()),
        "GrpcTransport::start_server"
    );
    let names = every_operation(&grpc).await;
    assert_eq!(
        names,
        [
            "GrpcTransport::send",
            "GrpcTransport::subscribe",
            "GrpcTransport::health_check",
            "GrpcTransport::shutdown"
        ]
    );
}
