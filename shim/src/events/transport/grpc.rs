//! gRPC: a stub.

use std::collections::HashMap;

pub use rvoip_infra_common::events::transport::grpc::proto;

use super::super::NotImplemented;

/// A transport over gRPC, which is not there yet.
#[derive(Debug, Clone)]
pub struct GrpcTransport {
    endpoint: String,
}

impl GrpcTransport {
    /// Takes what a server will need. Nothing is opened.
    #[must_use]
    pub fn new(
        endpoint: String,
        service_name: String,
        service_endpoints: HashMap<String, String>,
    ) -> Self {
        // part of the signature that callers of upstream's have
        drop((service_name, service_endpoints));
        Self { endpoint }
    }

    /// The endpoint that it was made for.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Starts the server.
    ///
    /// # Errors
    /// [`NotImplemented`], always.
    pub async fn start_server(&mut self) -> anyhow::Result<()> {
        Err(NotImplemented::new("GrpcTransport::start_server").into())
    }
}

super::stub!(GrpcTransport);
