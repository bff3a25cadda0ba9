//! Transports for distributed deployment. They are stubs: each operation gives the typed
//! [`NotImplemented`](super::NotImplemented) error, and none compiles a network dependency in.

pub use rvoip_infra_common::events::transport::*;

pub mod grpc;
pub mod nats;

pub use grpc::GrpcTransport;
pub use nats::NatsTransport;

/// Implements upstream's trait with the one error.
macro_rules! stub {
    ($transport:ident) => {
        #[async_trait::async_trait]
        impl super::NetworkTransport for $transport {
            async fn send(
                &self,
                _target: &str,
                _event: std::sync::Arc<
                    dyn rvoip_infra_common::events::cross_crate::CrossCrateEvent,
                >,
            ) -> anyhow::Result<()> {
                Err(NotImplemented::new(concat!(stringify!($transport), "::send")).into())
            }

            async fn subscribe(
                &self,
                _event_types: Vec<&str>,
            ) -> anyhow::Result<super::TransportReceiver> {
                Err(NotImplemented::new(concat!(stringify!($transport), "::subscribe")).into())
            }

            async fn health_check(&self) -> anyhow::Result<()> {
                Err(NotImplemented::new(concat!(stringify!($transport), "::health_check")).into())
            }

            async fn shutdown(&self) -> anyhow::Result<()> {
                Err(NotImplemented::new(concat!(stringify!($transport), "::shutdown")).into())
            }
        }
    };
}
pub(crate) use stub;
