//! What the accessor costs against `Arc::clone`, and what publishing costs through the shim against upstream.

use std::any::Any;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use coordinator_shim::events::cross_crate::{CrossCrateEvent, EventTypeId};
use coordinator_shim::events::global_coordinator;
use coordinator_shim::events::types::EventPriority;
use coordinator_shim::planes::PlaneType;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

#[derive(Debug)]
struct Tick;

impl CrossCrateEvent for Tick {
    fn event_type(&self) -> EventTypeId {
        "tick"
    }
    fn source_plane(&self) -> PlaneType {
        PlaneType::Media
    }
    fn target_plane(&self) -> PlaneType {
        PlaneType::Media
    }
    fn priority(&self) -> EventPriority {
        EventPriority::Normal
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn access(c: &mut Criterion) {
    let runtime = runtime();
    let shared = Arc::clone(runtime.block_on(global_coordinator()));
    let mut group = c.benchmark_group("access");
    group.bench_function("Arc::clone", |b| {
        b.iter(|| black_box(Arc::clone(black_box(&shared))))
    });
    group.bench_function("global_coordinator().await", |b| {
        b.iter_custom(|turns| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..turns {
                    black_box(global_coordinator().await);
                }
                start.elapsed()
            })
        });
    });
    group.finish();
}

fn publish(c: &mut Criterion) {
    let runtime = runtime();
    let shim = runtime.block_on(global_coordinator());
    let upstream = Arc::clone(shim.as_upstream());
    let event: Arc<dyn CrossCrateEvent> = Arc::new(Tick);
    let mut group = c.benchmark_group("publish");
    group.bench_function("upstream", |b| {
        b.iter_custom(|turns| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..turns {
                    upstream
                        .publish(Arc::clone(&event))
                        .await
                        .expect("published");
                }
                start.elapsed()
            })
        });
    });
    group.bench_function("shim", |b| {
        b.iter_custom(|turns| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..turns {
                    shim.publish(Arc::clone(&event)).await.expect("published");
                }
                start.elapsed()
            })
        });
    });
    group.finish();
    paired(&runtime, &upstream, shim, &event);
}

/// The ratio of the two, in turns, so that a machine whose speed drifts treats both alike.
fn paired(
    runtime: &Runtime,
    upstream: &Arc<rvoip_infra_common::events::GlobalEventCoordinator>,
    shim: &Arc<coordinator_shim::events::GlobalEventCoordinator>,
    event: &Arc<dyn CrossCrateEvent>,
) {
    const ROUNDS: usize = 201;
    const EVENTS: usize = 1_000;
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..EVENTS {
                    upstream
                        .publish(Arc::clone(event))
                        .await
                        .expect("published");
                }
                let theirs = start.elapsed();
                let start = Instant::now();
                for _ in 0..EVENTS {
                    shim.publish(Arc::clone(event)).await.expect("published");
                }
                start.elapsed().as_secs_f64() / theirs.as_secs_f64()
            })
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "publish, shim / upstream, median of {ROUNDS} pairs: {:.3}",
        ratios[ROUNDS / 2]
    );
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = access, publish
}
criterion_main!(benches);
