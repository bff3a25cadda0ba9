//! Events that came with upstream's 0.3: through the shim by `Deref`, and what a second handler and an ended runtime do to
//! them. With an older upstream there is nothing to hold.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use coordinator_shim::events::cross_crate::CrossCrateEvent;
use coordinator_shim::events::global_coordinator;
use rvoip_infra_common::events as upstream;
use support::{Counter, Ping};
use tokio::runtime::Builder;

/// Lets this file compile with upstream's 0.2: where upstream has the methods, its own come before a trait's.
#[allow(dead_code, async_fn_in_trait)]
trait Since03 {
    async fn publish_authoritative(&self, _: Arc<dyn CrossCrateEvent>) -> Result<bool, String> {
        Err("since 0.3".into())
    }
    async fn publish_observational(&self, _: Arc<dyn CrossCrateEvent>) -> Result<(), String> {
        Err("since 0.3".into())
    }
    fn event_bus_diagnostic_snapshot(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

impl Since03 for upstream::GlobalEventCoordinator {}

fn is_older() -> bool {
    rvoip_infra_common::VERSION.starts_with("0.2.")
}

#[tokio::test]
async fn authoritative_events_fail_with_a_second_handler() {
    if is_older() {
        return;
    }
    let bus = global_coordinator().await;
    let counter = Counter::default();
    bus.register_handler("authority", counter.clone())
        .await
        .unwrap();
    assert!(
        bus.publish_authoritative(Arc::new(Ping("authority")))
            .await
            .unwrap()
    );
    assert_eq!(counter.count(), 1);
    // what the shim's warning about a second handler announces
    bus.register_handler("authority", counter.clone())
        .await
        .unwrap();
    bus.publish_authoritative(Arc::new(Ping("authority")))
        .await
        .unwrap_err();
    assert_eq!(counter.count(), 1);
}

#[test]
fn a_handler_of_an_ended_runtime_gets_no_observational_events_and_that_is_counted() {
    if is_older() {
        return;
    }
    let counter = Counter::default();
    let first = Builder::new_current_thread().enable_all().build().unwrap();
    first.block_on(async {
        let bus = global_coordinator().await;
        bus.register_handler("observed", counter.clone())
            .await
            .unwrap();
        bus.publish_observational(Arc::new(Ping("observed")))
            .await
            .unwrap();
        for _ in 0..500 {
            if counter.count() == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(counter.count(), 1);
    });
    drop(first);
    let second = Builder::new_current_thread().enable_all().build().unwrap();
    second.block_on(async {
        let bus = global_coordinator().await;
        let dropped = || {
            bus.event_bus_diagnostic_snapshot()["observational_handlers"]["dropped_closed"].as_u64()
        };
        let before = dropped().unwrap();
        bus.publish_observational(Arc::new(Ping("observed")))
            .await
            .unwrap();
        assert_eq!(dropped().unwrap(), before + 1);
        assert_eq!(counter.count(), 1);
        // and the other kind still reaches it
        bus.publish(Arc::new(Ping("observed"))).await.unwrap();
        assert_eq!(counter.count(), 2);
    });
}
