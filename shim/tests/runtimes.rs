//! What is left of work on a runtime when the runtime ends: each row of the table in `events::coordinator`.
//!
//! Observational events came with upstream's 0.3 and have a file of their own.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use coordinator_shim::events::{NatsTransport, NetworkTransport, global_coordinator};
use support::{Ping, in_child, is_child};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_subscription_ends_with_its_runtime_and_a_new_one_works() {
    let first = runtime();
    let mut orphan = first.block_on(async {
        let bus = global_coordinator().await;
        let mut events = bus.subscribe("orphan").await.unwrap();
        bus.publish(Arc::new(Ping("orphan"))).await.unwrap();
        assert!(events.recv().await.is_some());
        events
    });
    drop(first);
    runtime().block_on(async move {
        let bus = global_coordinator().await;
        let mut events = bus.subscribe("orphan").await.unwrap();
        bus.publish(Arc::new(Ping("orphan"))).await.unwrap();
        let patience = Duration::from_secs(5);
        assert!(timeout(patience, events.recv()).await.unwrap().is_some());
        // closed, where a receiver that waits for ever would be worse
        assert!(timeout(patience, orphan.recv()).await.unwrap().is_none());
    });
}

#[test]
fn runtimes_that_come_and_go_use_one_bus() {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn(|| {
                for _ in 0..25 {
                    runtime().block_on(async {
                        let bus = global_coordinator().await;
                        let mut events = bus.subscribe("come-and-go").await.unwrap();
                        bus.publish(Arc::new(Ping("come-and-go"))).await.unwrap();
                        let event = timeout(Duration::from_secs(5), events.recv()).await;
                        assert!(event.unwrap().is_some());
                    });
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_runtime_dropped_in_the_middle_of_the_first_access_leaves_the_next_one_to_make_it() {
    if !is_child() {
        let output = in_child(
            "a_runtime_dropped_in_the_middle_of_the_first_access_leaves_the_next_one_to_make_it",
            &[],
        );
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let first = runtime();
    // spawned and never polled, or polled once: either way the runtime goes before the task is done
    first.spawn(async {
        global_coordinator().await;
        std::future::pending::<()>().await;
    });
    first.block_on(tokio::task::yield_now());
    drop(first);
    runtime().block_on(async {
        let bus = global_coordinator().await;
        bus.publish(Arc::new(Ping("next"))).await.unwrap();
    });
}

#[test]
fn shutdown_works_from_another_runtime_than_the_one_that_subscribed() {
    if !is_child() {
        let output = in_child(
            "shutdown_works_from_another_runtime_than_the_one_that_subscribed",
            &[],
        );
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let first = runtime();
    let orphan = first.block_on(async { global_coordinator().await.subscribe("orphan").await });
    drop(first);
    runtime().block_on(async {
        let ended = global_coordinator().await.shutdown();
        timeout(Duration::from_secs(3), ended)
            .await
            .unwrap()
            .unwrap();
    });
    drop(orphan);
}

#[test]
fn nothing_needs_a_runtime_to_say_that_it_is_not_there() {
    let nats = NatsTransport::new(Vec::new(), None, "media".into());
    let health = nats.health_check();
    let mut health = std::pin::pin!(health);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let ready = health.as_mut().poll(&mut context);
    assert!(matches!(ready, std::task::Poll::Ready(Err(_))));
}
