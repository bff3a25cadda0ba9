//! One instance, from everywhere, whatever happens to runtimes.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use coordinator_shim::events::{self, coordinator, global_coordinator, try_global_coordinator};
use rvoip_infra_common::events as upstream;
use support::{Counter, Ping};
use tokio::runtime::Builder;

#[test]
fn a_thousand_racing_tasks_get_one_instance() {
    let threads: Vec<_> = (0..4)
        .map(|n| {
            thread::spawn(move || {
                let runtime = if n % 2 == 0 {
                    Builder::new_multi_thread()
                        .worker_threads(2)
                        .enable_all()
                        .build()
                } else {
                    Builder::new_current_thread().enable_all().build()
                }
                .unwrap();
                runtime.block_on(async {
                    let tasks: Vec<_> = (0..250)
                        .map(|_| {
                            tokio::spawn(async {
                                std::ptr::from_ref(global_coordinator().await) as usize
                            })
                        })
                        .collect();
                    let mut seen = Vec::new();
                    for task in tasks {
                        seen.push(task.await.unwrap());
                    }
                    seen
                })
            })
        })
        .collect();
    let mut addresses: Vec<usize> = threads
        .into_iter()
        .flat_map(|t| t.join().unwrap())
        .collect();
    assert_eq!(addresses.len(), 1000);
    addresses.dedup();
    assert_eq!(addresses.len(), 1);
}

#[tokio::test]
async fn every_access_point_leads_to_the_same_bus() {
    let first = events::global_coordinator().await;
    assert!(std::ptr::eq(first, coordinator::global_coordinator().await));
    assert!(std::ptr::eq(first, try_global_coordinator().await.unwrap()));
    #[allow(deprecated)]
    let legacy = coordinator::GlobalEventCoordinator::monolithic()
        .await
        .unwrap();
    assert!(Arc::ptr_eq(legacy.as_upstream(), first.as_upstream()));
    assert!(Arc::ptr_eq(
        upstream::global_coordinator().await,
        first.as_upstream()
    ));
}

#[tokio::test]
async fn an_isolated_instance_is_not_the_global_one() {
    let isolated =
        events::GlobalEventCoordinator::new(events::EventCoordinatorConfig::monolithic())
            .await
            .unwrap();
    assert!(!Arc::ptr_eq(
        isolated.as_upstream(),
        global_coordinator().await.as_upstream()
    ));
}

#[tokio::test]
async fn upstream_types_cross_over_in_both_directions() {
    let handle: events::GlobalEventCoordinator =
        Arc::clone(upstream::global_coordinator().await).into();
    let back: Arc<upstream::GlobalEventCoordinator> = handle.clone().into();
    assert!(Arc::ptr_eq(&back, handle.as_upstream()));
    let borrowed: &upstream::GlobalEventCoordinator = &handle;
    assert_eq!(borrowed.service_name(), handle.service_name());
}

#[test]
fn the_bus_outlives_the_runtime_that_made_it() {
    let on_own_runtime = |work: fn() -> std::pin::Pin<Box<dyn Future<Output = ()>>>| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work());
    };
    // the first runtime touches the singleton, leaves a handler on it, and dies
    on_own_runtime(|| {
        Box::pin(async {
            let bus = global_coordinator().await;
            bus.register_handler("outlives", Counter::default())
                .await
                .unwrap();
        })
    });
    on_own_runtime(|| {
        Box::pin(async {
            let bus = global_coordinator().await;
            let mut events = bus.subscribe("outlives").await.unwrap();
            bus.publish(Arc::new(Ping("outlives"))).await.unwrap();
            let event = tokio::time::timeout(Duration::from_secs(5), events.recv())
                .await
                .unwrap();
            assert_eq!(event.unwrap().event_type(), "outlives");
        })
    });
}

#[test]
fn a_handler_of_a_dead_runtime_stays_registered() {
    let counter = Counter::default();
    let registered = counter.clone();
    let first = Builder::new_current_thread().enable_all().build().unwrap();
    first.block_on(async {
        global_coordinator()
            .await
            .register_handler("stays", registered)
            .await
            .unwrap();
    });
    drop(first);
    let second = Builder::new_current_thread().enable_all().build().unwrap();
    second.block_on(async {
        global_coordinator()
            .await
            .publish(Arc::new(Ping("stays")))
            .await
            .unwrap();
    });
    // upstream calls handlers from the publisher's task: nothing is lost, and nothing can be unregistered
    assert_eq!(counter.count(), 1);
}

#[tokio::test]
async fn methods_can_be_called_by_path() {
    let bus = global_coordinator().await;
    assert_eq!(
        events::GlobalEventCoordinator::service_name(bus),
        bus.service_name()
    );
    events::GlobalEventCoordinator::publish(bus, Arc::new(Ping("by-path")))
        .await
        .unwrap();
}
