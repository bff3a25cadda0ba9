//! Takes rvoip code from a `GlobalEventCoordinator` that each crate constructs and hands around to the one
//! `global_coordinator().await`.
//!
//! Data flows one way: discover → index → decide → rewrite → present. [`core`] is the middle: text in; edits and
//! findings out. It does no I/O.

#![forbid(unsafe_code)]

pub mod apply;
pub mod cli;
pub mod config;
pub mod core;
pub mod dependency;
pub mod discover;
pub mod journal;
pub mod present;
pub mod review;
pub mod verify;
