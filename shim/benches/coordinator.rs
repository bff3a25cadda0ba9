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
    // `cargo test` runs benches once, unoptimised: nothing to measure
    if std::env::args().any(|a| a == "--bench") {
        paired(&runtime, &upstream, shim, &event);
    }
}

/// Publishes a batch and times it.
macro_rules! batch {
    ($runtime:expr, $bus:expr, $event:expr) => {
        $runtime.block_on(async {
            let start = Instant::now();
            for _ in 0..1_000 {
                $bus.publish(Arc::clone($event)).await.expect("published");
            }
            start.elapsed().as_secs_f64()
        })
    };
}

/// The ratio of the two, in turns and with each first in every other pair, so that a machine whose speed drifts treats
/// both alike. Fails if the shim costs more than it may.
fn paired(
    runtime: &Runtime,
    upstream: &Arc<rvoip_infra_common::events::GlobalEventCoordinator>,
    shim: &Arc<coordinator_shim::events::GlobalEventCoordinator>,
    event: &Arc<dyn CrossCrateEvent>,
) {
    const PAIRS: usize = 2_001;
    const MAY_COST: f64 = 1.02;
    let mut ratios: Vec<f64> = (0..PAIRS)
        .map(|n| {
            if n % 2 == 0 {
                let theirs = batch!(runtime, upstream, event);
                batch!(runtime, shim, event) / theirs
            } else {
                let ours = batch!(runtime, shim, event);
                ours / batch!(runtime, upstream, event)
            }
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[PAIRS / 2];
    println!("publish, shim / upstream, median of {PAIRS} pairs: {median:.3}");
    assert!(
        median <= MAY_COST,
        "publishing through the shim may cost {MAY_COST} of upstream, and costs {median:.3}"
    );
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = access, publish
}
criterion_main!(benches);
