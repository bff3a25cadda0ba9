//! The parts that a run consists of, on source that this file makes, at four sizes.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;

use coordinator_codemod::core::options::{Options, Scope};
use coordinator_codemod::core::{self, lex, workspace};
use coordinator_codemod::discover::{self, Request};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;

/// One file in eight names the bus.
fn package(files: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nrvoip-infra-common = \"0.4\"\n";
    fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
    let mut lib = String::new();
    for i in 0..files {
        lib.push_str(&format!("pub mod part{i};\n"));
        let mut text = match i % 8 {
            0 => format!(
                "use std::sync::Arc;\nuse rvoip_infra_common::events::GlobalEventCoordinator;\n\npub struct Part{i} {{\n    bus: Arc<GlobalEventCoordinator>,\n}}\n\nimpl Part{i} {{\n    pub async fn new(bus: Arc<GlobalEventCoordinator>) -> Self {{\n        Self {{ bus }}\n    }}\n\n    pub async fn handlers(&self) -> usize {{\n        self.bus.stats().await.registered_handlers\n    }}\n}}\n\n"
            ),
            1 => format!(
                "use std::sync::Arc;\nuse rvoip_infra_common::events::GlobalEventCoordinator;\n\npub async fn run() -> usize {{\n    let bus = Arc::new(GlobalEventCoordinator::monolithic().await.unwrap());\n    super::part{}::Part{}::new(bus).await.handlers().await\n}}\n\n",
                i - 1,
                i - 1
            ),
            _ => String::new(),
        };
        for k in 0..40 {
            text.push_str(&format!(
                "/// Adds up.\npub fn sum{k}(values: &[u64]) -> u64 {{\n    let mut all = 0;\n    for value in values {{\n        all += value * {k};\n    }}\n    all\n}}\n\n"
            ));
        }
        fs::write(dir.path().join(format!("src/part{i}.rs")), text).unwrap();
    }
    fs::write(dir.path().join("src/lib.rs"), lib).unwrap();
    dir
}

fn parts(c: &mut Criterion) {
    let options = Options {
        scope: Scope::Pass,
        ..Options::default()
    };
    for files in [64, 128, 256, 512] {
        let dir = package(files);
        let found = || {
            let starts = discover::locate(&[dir.path().to_path_buf()]).unwrap();
            discover::discover(starts, &Request::default(), &|_| ()).unwrap()
        };
        let workspace = found().workspace;
        let mut group = c.benchmark_group("files");
        group.throughput(Throughput::Elements(files as u64));
        group.bench_with_input(BenchmarkId::new("discover", files), &files, |b, _| {
            b.iter(found)
        });
        group.bench_with_input(
            BenchmarkId::new("analyze and plan", files),
            &files,
            |b, _| {
                b.iter(|| core::analyze(&workspace, options).plan(&BTreeMap::new()));
            },
        );
        group.finish();
    }
    let text = include_str!("../src/core/pass/sites.rs");
    let mut group = c.benchmark_group("bytes");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("depth of nesting", |b| {
        b.iter(|| lex::too_deep(text, workspace::Edition::Edition2024));
    });
    group.finish();
}

criterion_group!(benches, parts);
criterion_main!(benches);
