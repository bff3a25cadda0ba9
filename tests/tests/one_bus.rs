//! The shim as a plain rename, in a program that nobody touched.
#![allow(clippy::unwrap_used)]

use migration_tests::cargo::{Bus, Scratch, scratch_name};
use migration_tests::tree::Tree;

const PROGRAM: &str = r#"
use rvoip_infra_common::events::coordinator::GlobalEventCoordinator;
use std::sync::Arc;

#[tokio::main]
async fn main() {
    let one = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());
    let two = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());
    let three = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());
    let _events = one.subscribe("dialog_to_session").await.unwrap();
    println!("{} {}", two.stats().await.active_subscriptions, three.stats().await.active_subscriptions);
    #[cfg(feature = "report")]
    for call in rvoip_infra_common::events::coordinator::legacy_calls() {
        println!("{}:{} {}", call.file.rsplit('/').next().unwrap(), call.line, call.count);
    }
}
"#;

#[test]
fn three_constructions_are_one_bus_three_warnings_and_three_places() {
    let manifest = "[package]\nname = \"app\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[features]\ndefault = [\"report\"]\nreport = []\n\n\
                    [dependencies]\nrvoip-infra-common = \"0.4\"\ntokio = { version = \"1\", features = [\"full\"] }\n";
    let tree = Tree::from([
        ("Cargo.toml".into(), manifest.as_bytes().to_vec()),
        ("src/main.rs".into(), PROGRAM.as_bytes().to_vec()),
    ]);
    let mut scratch = Scratch::new("one-bus");
    scratch.add("renamed", &tree, Bus::Shim, false);
    scratch.finish();
    let program = scratch_name("renamed", "app");
    let build = scratch.check(std::slice::from_ref(&program));
    let warnings: Vec<_> = build.diagnostics.values().flatten().collect();
    let deprecated = warnings.iter().filter(|d| d.code == "deprecated").count();
    assert_eq!((deprecated, warnings.len()), (3, 3), "{warnings:?}");
    assert!(
        warnings[0].message.contains("global_coordinator().await")
            && warnings[0].message.contains("new(")
    );
    let printed = build.run(&program).unwrap();
    assert_eq!(printed, "1 1\nmain.rs:7 1\nmain.rs:8 1\nmain.rs:9 1\n");
}
