//! Resident memory of many constructed coordinators, upstream's against the shim's. Each figure is measured in a process
//! of its own, three times; the median counts. Linux only (it reads `/proc/self/status`).

use std::process::Command;

use rvoip_infra_common::events as upstream;

const EVENT_TYPES: [&str; 10] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [which, coordinators, types] = args.as_slice() {
        let before = resident()?;
        let types = &EVENT_TYPES[..types.parse::<usize>()?];
        match which.as_str() {
            "upstream" => upstream(coordinators.parse()?, types).await?,
            _ => shim(coordinators.parse()?, types).await?,
        }
        println!("{}", resident()?.saturating_sub(before));
        return Ok(());
    }
    // the dev-dependency on upstream has `no-global-allocator`
    println!("allocator: the system's\n");
    println!("| coordinators | event types | upstream (KiB) | shim (KiB) | ratio |");
    println!("|---|---|---|---|---|");
    for coordinators in ["1", "10", "100"] {
        for types in ["1", "4", "10"] {
            let measure = |which: &str| -> anyhow::Result<u64> {
                let mut runs = [0; 3];
                for run in &mut runs {
                    let output = Command::new(std::env::current_exe()?)
                        .args([which, coordinators, types])
                        .output()?;
                    *run = String::from_utf8(output.stdout)?.trim().parse()?;
                }
                runs.sort_unstable();
                Ok(runs[1])
            };
            let (theirs, ours) = (measure("upstream")?, measure("shim")?);
            #[allow(clippy::cast_precision_loss)] // a ratio for people
            let ratio = theirs as f64 / ours.max(1) as f64;
            println!("| {coordinators} | {types} | {theirs} | {ours} | {ratio:.1} |");
        }
    }
    Ok(())
}

/// Each part makes its coordinator and subscribes to its event types, as rvoip crates do.
async fn upstream(coordinators: usize, types: &[&'static str]) -> anyhow::Result<()> {
    let mut kept = Vec::new();
    for _ in 0..coordinators {
        let config = upstream::EventCoordinatorConfig::monolithic();
        let bus = upstream::GlobalEventCoordinator::new(config).await?;
        for event_type in types {
            kept.push(Some(bus.subscribe(event_type).await?));
        }
        std::mem::forget(bus);
    }
    std::mem::forget(kept);
    Ok(())
}

async fn shim(coordinators: usize, types: &[&'static str]) -> anyhow::Result<()> {
    let mut kept = Vec::new();
    for _ in 0..coordinators {
        #[allow(deprecated)] // what is measured
        let bus = coordinator_shim::events::GlobalEventCoordinator::monolithic().await?;
        for event_type in types {
            kept.push(Some(bus.subscribe(event_type).await?));
        }
        std::mem::forget(bus);
    }
    std::mem::forget(kept);
    Ok(())
}

/// In KiB.
fn resident() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let number = line.and_then(|l| l.split_whitespace().next());
    Ok(number.unwrap_or("0").parse()?)
}
