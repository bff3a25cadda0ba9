//! Stand-in for `rvoip-infra-common`.
