//! Stands in for `rvoip-infra-common` while its users move to the one `global_coordinator()`.
//!
//! Swap the dependency, and change no line of source:
//!
//! ```toml
//! rvoip-infra-common = { package = "coordinator-shim", version = "0.4" }
//! ```
//!
//! Everything of `rvoip-infra-common` is found where it was. Three modules are the shim's own:
//! [`events::coordinator`], [`events::config`] and [`events::transport`]. In them
//! [`GlobalEventCoordinator::monolithic`](events::coordinator::GlobalEventCoordinator::monolithic) is deprecated, gives
//! out handles on one shared bus, and remembers who still calls it
//! ([`legacy_calls`](events::coordinator::legacy_calls)).
//!
//! The bus behind the shim is upstream's own singleton, so that crates which call upstream's `global_coordinator()`
//! share it. Code that is migrated means the same under the shim and under upstream: the grace period ends with one
//! line in `Cargo.toml`.

#![forbid(unsafe_code)]

pub use rvoip_infra_common::*;

pub mod events;
