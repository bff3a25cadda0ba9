//! The fuzz targets of `fuzz/`, driven without a nightly toolchain: cases that were found before first, then new ones
//! for `FUZZ_SECONDS` (3) seconds from `FUZZ_SEED` (1: a run can be repeated; take others to find more). One that fails is written to `fuzz/found`.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use fastrand::Rng;
use migration_tests::{properties, root};

fn drive(
    target: &str,
    mut case: impl FnMut(&mut Rng) -> Vec<u8>,
    check: fn(&[u8]) -> Result<(), String>,
) {
    let found = root().join("fuzz/found").join(target);
    let holds = |bytes: &[u8]| -> Result<(), String> {
        panic::catch_unwind(AssertUnwindSafe(|| check(bytes)))
            .unwrap_or_else(|_| Err("it panicked".into()))
    };
    for entry in fs::read_dir(&found).into_iter().flatten().flatten() {
        let result = holds(&fs::read(entry.path()).unwrap());
        assert!(result.is_ok(), "{}: {result:?}", entry.path().display());
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    let seed = number("FUZZ_SEED").unwrap_or(1);
    let time = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(3));
    let (start, mut rng, mut count) = (Instant::now(), Rng::with_seed(seed), 0_u64);
    while start.elapsed() < time {
        let bytes = case(&mut rng);
        if let Err(why) = holds(&bytes) {
            let path = found.join(format!("{seed}-{count}"));
            fs::create_dir_all(&found).unwrap();
            fs::write(&path, &bytes).unwrap();
            panic!("{}: {why}", path.display());
        }
        count += 1;
    }
    println!("{target}: {count} cases from seed {seed}");
    assert!(count > 0);
}

#[test]
fn any_source() {
    let corpus = properties::corpus();
    drive(
        "source",
        |rng| properties::mutated(rng, &corpus),
        properties::source,
    );
}

#[test]
fn coordinators_spliced_in() {
    let corpus = properties::corpus();
    drive(
        "spliced",
        |rng| properties::spliced(rng, &corpus),
        properties::source,
    );
}

#[test]
fn any_arguments() {
    drive(
        "arguments",
        properties::some_arguments,
        properties::arguments,
    );
}

#[test]
fn any_manifest() {
    drive("manifest", properties::some_manifest, properties::manifest);
}
