//! The grace period: old constructions share the bus, are counted, and can be forbidden.
#![allow(clippy::unwrap_used, deprecated)]

mod support;

use std::sync::{Arc, Mutex};

use coordinator_shim::events::coordinator::{LegacyDenied, legacy_calls};
use coordinator_shim::events::{GlobalEventCoordinator, global_coordinator};
use support::{Counter, Ping, in_child, is_child, said};

#[tokio::test]
async fn calls_are_recorded_with_file_line_and_count() {
    if !is_child() {
        let output = in_child("calls_are_recorded_with_file_line_and_count", &[]);
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let mut lines = Vec::new();
    for _ in 0..3 {
        lines.push(line!() + 1);
        GlobalEventCoordinator::monolithic().await.unwrap();
    }
    let other = line!() + 1;
    let through_value = GlobalEventCoordinator::monolithic().await.unwrap();
    drop(through_value);
    let calls = legacy_calls();
    let found: Vec<_> = calls.iter().map(|c| (c.line, c.count)).collect();
    assert_eq!(found, [(lines[0], 3), (other, 1)]);
    assert!(calls.iter().all(|c| c.file.ends_with("legacy.rs")));
}

#[tokio::test]
async fn the_future_can_be_spawned_and_the_constructor_is_a_value() {
    let make = GlobalEventCoordinator::monolithic;
    let handle = tokio::spawn(make()).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(
        handle.as_upstream(),
        global_coordinator().await.as_upstream()
    ));
}

#[tokio::test]
async fn denied_calls_are_errors_that_name_the_place() {
    if !is_child() {
        let output = in_child(
            "denied_calls_are_errors_that_name_the_place",
            &[("COORDINATOR_SHIM_LEGACY", "deny")],
        );
        assert!(output.status.success(), "{output:?}");
        assert!(said(&output)[0].contains("legacy.rs:"));
        return;
    }
    let error = GlobalEventCoordinator::monolithic().await.unwrap_err();
    assert!(error.downcast_ref::<LegacyDenied>().is_some());
    println!("= {error}");
}

#[tokio::test]
async fn shutdown_through_a_legacy_handle_leaves_the_others_alive() {
    if !is_child() {
        let output = in_child(
            "shutdown_through_a_legacy_handle_leaves_the_others_alive",
            &[],
        );
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let handle = GlobalEventCoordinator::monolithic().await.unwrap();
    handle.shutdown().await.unwrap();
    let counter = Counter::default();
    let bus = global_coordinator().await;
    bus.register_handler("alive", counter.clone())
        .await
        .unwrap();
    bus.publish(Arc::new(Ping("alive"))).await.unwrap();
    assert_eq!(counter.count(), 1);
}

#[tokio::test]
async fn an_isolated_instance_shuts_down_alone() {
    let isolated =
        GlobalEventCoordinator::new(coordinator_shim::events::EventCoordinatorConfig::monolithic())
            .await
            .unwrap();
    isolated.shutdown().await.unwrap();
    let bus = global_coordinator().await;
    bus.publish(Arc::new(Ping("others"))).await.unwrap();
}

/// What was logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(log: &Log) -> String {
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[tokio::test]
async fn each_place_is_logged_once_and_a_second_handler_with_both_places() {
    if !is_child() {
        let output = in_child(
            "each_place_is_logged_once_and_a_second_handler_with_both_places",
            &[],
        );
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    for _ in 0..3 {
        GlobalEventCoordinator::monolithic().await.unwrap();
    }
    assert_eq!(
        logged(&log).matches("monolithic() is deprecated").count(),
        1
    );
    let bus = global_coordinator().await;
    let first = line!() + 1;
    bus.register_handler("twice", Counter::default())
        .await
        .unwrap();
    assert!(!logged(&log).contains("a second handler"));
    let second = line!() + 1;
    bus.register_handler("twice", Counter::default())
        .await
        .unwrap();
    bus.register_handler("twice", Counter::default())
        .await
        .unwrap();
    let text = logged(&log);
    assert_eq!(text.matches("a second handler").count(), 1, "{text}");
    assert!(
        text.contains(&format!("legacy.rs:{first}:"))
            && text.contains(&format!("legacy.rs:{second}:"))
    );
}
