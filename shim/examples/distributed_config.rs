//! Asks for a distributed coordinator and prints the typed error that says that there is none yet.

use std::collections::HashMap;

use coordinator_shim::events::{EventCoordinatorConfig, GlobalEventCoordinator, NotImplemented};

#[tokio::main]
async fn main() {
    let servers = vec!["nats://localhost:4222".to_owned()];
    let config = EventCoordinatorConfig::distributed_nats("media-core", servers, HashMap::new());
    match GlobalEventCoordinator::distributed(config).await {
        Ok(_) => println!("a distributed coordinator"),
        Err(error @ NotImplemented { .. }) => println!("{error}"),
    }
}
