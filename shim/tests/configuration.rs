//! Environment and files: each variable, each format, each mistake.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashMap;
use std::fs;

use coordinator_shim::events::config::{
    self, DeploymentConfig, EventCoordinatorConfig, LoadError, ServiceDiscoveryConfig,
    TransportConfig,
};
use coordinator_shim::events::coordinator::{
    GlobalError, init_global_coordinator, try_global_coordinator,
};
use coordinator_shim::events::{NotImplemented, global_coordinator};
use support::{in_child, is_child, said};

/// Loads in a child with those variables, and gives what it said: the configuration or the error.
fn loaded(variables: &[(&str, &str)]) -> String {
    said(&in_child("load_says_what_it_found", variables)).remove(0)
}

#[test]
fn load_says_what_it_found() {
    if !is_child() {
        assert_eq!(loaded(&[]), "10000 rvoip-monolithic");
        return;
    }
    match config::load() {
        Ok(config) => println!("= {} {}", config.channel_capacity, config.service_name),
        Err(error) => println!("= error {error}"),
    }
}

#[test]
fn each_variable_is_read() {
    assert_eq!(
        loaded(&[("RVOIP_EVENT_BUS_CHANNEL_CAPACITY", "7")]),
        "7 rvoip-monolithic"
    );
    assert_eq!(
        loaded(&[("RVOIP_GLOBAL_EVENT_BUS_CAPACITY", "8")]),
        "8 rvoip-monolithic"
    );
    let both = [
        ("RVOIP_GLOBAL_EVENT_BUS_CAPACITY", "8"),
        ("RVOIP_EVENT_BUS_CHANNEL_CAPACITY", "7"),
    ];
    assert_eq!(loaded(&both), "7 rvoip-monolithic");
}

#[test]
fn a_wrong_variable_is_named() {
    for wrong in ["many", "0", "-1", ""] {
        let said = loaded(&[("RVOIP_EVENT_BUS_CHANNEL_CAPACITY", wrong)]);
        assert!(
            said.starts_with("error RVOIP_EVENT_BUS_CHANNEL_CAPACITY="),
            "{said}"
        );
    }
    assert!(loaded(&[("RVOIP_DISTRIBUTED", "1")]).contains("RVOIP_DISTRIBUTED"));
}

#[test]
fn files_of_both_formats_are_read_and_the_environment_wins() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "bus.json",
            r#"{ "channel_capacity": 32, "service_name": "media" }"#,
        ),
        (
            "bus.toml",
            "channel_capacity = 32\nservice_name = \"media\"\n",
        ),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(loaded(&[("RVOIP_EVENT_CONFIG", path)]), "32 media");
        let over = [
            ("RVOIP_EVENT_CONFIG", path),
            ("RVOIP_EVENT_BUS_CHANNEL_CAPACITY", "64"),
        ];
        assert_eq!(loaded(&over), "64 media");
    }
}

#[test]
fn mistakes_in_files_are_named_with_their_place() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text, place) in [
        (
            "syntax.json",
            "{\n  \"channel_capacity\": ,\n}",
            "syntax.json:2:",
        ),
        (
            "syntax.toml",
            "service_name = \"a\"\nchannel_capacity = = 3\n",
            "syntax.toml:2:",
        ),
        (
            "type.json",
            "{\n  \"channel_capacity\": \"many\"\n}",
            "type.json:2:",
        ),
        (
            "type.toml",
            "\n\nchannel_capacity = \"many\"\n",
            "type.toml:3:",
        ),
        (
            "key.toml",
            "service_name = \"a\"\nchanel_capacity = 3\n",
            "key.toml:2:",
        ),
        (
            "zero.json",
            "{\n\n\"channel_capacity\": 0 }",
            "zero.json:3:",
        ),
        (
            "whole.json",
            "{\n\"deployment\": \"Monolithic\",\n\"service_name\": \"a\",\n\"channel_capacity\": 0\n}",
            "whole.json:4:",
        ),
        (
            "more.json",
            "{\n\"deployment\": \"Monolithic\",\n\"service_name\": \"a\",\n\"channel_capacity\": 1,\n\"chanel\": 1\n}",
            "more.json:5:",
        ),
        (
            "value.toml",
            "service_name = \"channel_capacity\"\nchannel_capacity = -1\n",
            "value.toml:2:",
        ),
        (
            "deployment.toml",
            "service_name = \"a\"\ndeployment = \"clustered\"\n",
            "deployment.toml:2:",
        ),
        (
            "twice.toml",
            "channel_capacity = 1\nchannel_capacity = 2\n",
            "twice.toml:2:",
        ),
        ("list.json", "[1]", "list.json:1:"),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        let error = config::from_file(&path).unwrap_err();
        assert!(error.to_string().contains(place), "{name}: {error}");
    }
    assert!(matches!(
        config::from_file("bus.yaml").unwrap_err(),
        LoadError::Format(_)
    ));
    let missing = config::from_file(dir.path().join("none.toml")).unwrap_err();
    assert!(missing.to_string().contains("none.toml"));
}

#[test]
fn deployment_is_read_from_files() {
    let dir = tempfile::tempdir().unwrap();
    let distributed = dir.path().join("distributed.toml");
    fs::write(
        &distributed,
        "[deployment.distributed.transport]\ntype = \"redis\"\nurl = \"redis://localhost\"\n\
         [deployment.distributed.discovery]\ntype = \"static\"\nendpoints = {}\n",
    )
    .unwrap();
    let config = config::from_file(&distributed).unwrap();
    assert!(matches!(
        config.deployment,
        DeploymentConfig::Distributed {
            transport: TransportConfig::Redis { .. },
            discovery: ServiceDiscoveryConfig::Static { .. },
        }
    ));
    // to read it is one thing, to run it another
    let said = loaded(&[("RVOIP_EVENT_CONFIG", distributed.to_str().unwrap())]);
    assert!(
        said.starts_with("error distributed deployment") && said.contains("RVOIP_EVENT_CONFIG")
    );
    for spelling in ["Monolithic", "monolithic"] {
        let monolithic = dir.path().join("monolithic.json");
        fs::write(&monolithic, format!(r#"{{ "deployment": "{spelling}" }}"#)).unwrap();
        let config = config::from_file(&monolithic).unwrap();
        assert!(matches!(config.deployment, DeploymentConfig::Monolithic));
    }
}

#[test]
fn what_upstream_serialises_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("written.json");
    let written = EventCoordinatorConfig::distributed_nats(
        "media",
        vec!["nats://localhost".into()],
        HashMap::from([("dialog".into(), "grpc://localhost:1".into())]),
    )
    .with_channel_capacity(9);
    let text = serde_json::to_string(&written).unwrap();
    fs::write(&path, &text).unwrap();
    let read = config::from_file(&path).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
}

#[tokio::test]
async fn a_file_that_the_singleton_cannot_honour_is_an_error_and_not_a_default() {
    if !is_child() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bus.toml");
        for (text, field) in [
            ("channel_capacity = 32\n", "channel_capacity"),
            ("service_name = \"media\"\n", "service_name"),
        ] {
            fs::write(&path, text).unwrap();
            let output = in_child(
                "a_file_that_the_singleton_cannot_honour_is_an_error_and_not_a_default",
                &[("RVOIP_EVENT_CONFIG", path.to_str().unwrap())],
            );
            assert!(said(&output)[0].contains(field), "{output:?}");
        }
        // with the variable that upstream reads, the same capacity is fine
        fs::write(&path, "channel_capacity = 32\n").unwrap();
        let output = in_child(
            "a_file_that_the_singleton_cannot_honour_is_an_error_and_not_a_default",
            &[
                ("RVOIP_EVENT_CONFIG", path.to_str().unwrap()),
                ("RVOIP_EVENT_BUS_CHANNEL_CAPACITY", "32"),
            ],
        );
        assert_eq!(said(&output), ["made"]);
        return;
    }
    match try_global_coordinator().await {
        Ok(_) => println!("= made"),
        Err(error @ GlobalError::NotHonoured { .. }) => println!("= {error}"),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn distributed_in_the_environment_never_becomes_monolithic() {
    if !is_child() {
        let output = in_child(
            "distributed_in_the_environment_never_becomes_monolithic",
            &[("RVOIP_DISTRIBUTED", "1")],
        );
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let error = try_global_coordinator().await.unwrap_err();
    assert!(matches!(
        error,
        GlobalError::Config(LoadError::NotImplemented(NotImplemented { .. }))
    ));
    let panicked = tokio::spawn(async { global_coordinator().await.service_name().len() }).await;
    assert!(panicked.unwrap_err().is_panic());
}

#[tokio::test]
async fn an_early_init_is_taken_and_a_late_one_says_so() {
    if !is_child() {
        let output = in_child("an_early_init_is_taken_and_a_late_one_says_so", &[]);
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let capacity = EventCoordinatorConfig::monolithic().with_channel_capacity(5);
    let refused = init_global_coordinator(capacity).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("RVOIP_EVENT_BUS_CHANNEL_CAPACITY"),
        "{refused}"
    );
    let early = init_global_coordinator(EventCoordinatorConfig::monolithic())
        .await
        .unwrap();
    assert!(std::ptr::eq(early, global_coordinator().await));
    let late = init_global_coordinator(EventCoordinatorConfig::monolithic())
        .await
        .unwrap_err();
    assert!(matches!(late, GlobalError::TooLate));
    assert!(late.to_string().contains("before"));
}
