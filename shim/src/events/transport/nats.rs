//! NATS: a stub.

use super::super::NotImplemented;

/// A transport over NATS, which is not there yet.
#[derive(Debug, Clone)]
pub struct NatsTransport {
    servers: Vec<String>,
}

impl NatsTransport {
    /// Takes what a connection will need. Nothing is opened.
    #[must_use]
    pub fn new(servers: Vec<String>, cluster: Option<String>, service_name: String) -> Self {
        // part of the signature that callers of upstream's have
        drop((cluster, service_name));
        Self { servers }
    }

    /// The servers that it was made for.
    #[must_use]
    pub fn servers(&self) -> &[String] {
        &self.servers
    }

    /// Connects.
    ///
    /// # Errors
    /// [`NotImplemented`], always.
    pub async fn connect(&mut self) -> anyhow::Result<()> {
        Err(NotImplemented::new("NatsTransport::connect").into())
    }
}

super::stub!(NatsTransport);
