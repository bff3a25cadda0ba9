//! What the bus crate exports, as far as the migration touches it.
//!
//! Belongs here: names and module paths of `rvoip-infra-common` (0.2 to 0.4, and its older name). Does not: how a
//! path in user code gets there (`resolve`).

/// Packages that export the coordinator.
pub(crate) const BUS_PACKAGES: &[&str] =
    &["rvoip-infra-common", "infra-common", "coordinator-shim"];

/// Whether a package name is the bus crate's, hyphen or underscore.
pub(crate) fn is_bus_package(package: &str) -> bool {
    BUS_PACKAGES.iter().any(|known| {
        known
            .bytes()
            .eq(package.bytes().map(|b| if b == b'_' { b'-' } else { b }))
    })
}

/// An item of the bus crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Item {
    /// `GlobalEventCoordinator`.
    Coordinator,
    /// `global_coordinator`.
    Accessor,
    /// `EventCoordinatorConfig`.
    Config,
    /// `DeploymentConfig`.
    Deployment,
    /// `DeploymentMode`, which the older API compared with.
    DeploymentMode,
    /// `EventCoordinatorStats`.
    Stats,
}

impl Item {
    pub(crate) const ALL: [Item; 6] = [
        Item::Coordinator,
        Item::Accessor,
        Item::Config,
        Item::Deployment,
        Item::DeploymentMode,
        Item::Stats,
    ];

    /// The name under which the bus crate exports it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Item::Coordinator => "GlobalEventCoordinator",
            Item::Accessor => "global_coordinator",
            Item::Config => "EventCoordinatorConfig",
            Item::Deployment => "DeploymentConfig",
            Item::DeploymentMode => "DeploymentMode",
            Item::Stats => "EventCoordinatorStats",
        }
    }

    /// The modules that export it, the preferred one first.
    pub(crate) fn homes(self) -> &'static [&'static [&'static str]] {
        match self {
            Item::Coordinator | Item::Accessor => &[&["events"], &["events", "coordinator"]],
            Item::Config | Item::Deployment => &[&["events"], &["events", "config"]],
            Item::DeploymentMode | Item::Stats => &[&["events", "coordinator"]],
        }
    }
}

/// The item at a path inside the bus crate. `None`: something that the migration does not touch.
pub(crate) fn item_at(path: &[String]) -> Option<Item> {
    let (name, module) = path.split_last()?;
    Item::ALL.into_iter().find(|item| {
        item.name() == name
            && item
                .homes()
                .iter()
                .any(|home| home.iter().eq(module.iter()))
    })
}

/// The path of an item inside of the bus crate.
pub(crate) fn path_of(item: Item) -> Vec<String> {
    let home = item.homes()[0].iter();
    let names = home.copied().chain([item.name()]);
    names.map(str::to_owned).collect()
}

/// Whether a path inside the bus crate is a module that holds one of the items.
pub(crate) fn is_module(path: &[String]) -> bool {
    let known: [&[&str]; 4] = [
        &[],
        &["events"],
        &["events", "coordinator"],
        &["events", "config"],
    ];
    known.iter().any(|module| module.iter().eq(path.iter()))
}

/// Methods of the coordinator that borrow it. Called through `&'static Arc<…>` they mean the same.
pub(crate) const METHODS: &[&str] = &[
    "deployment_mode",
    "dispatch_authoritative_handler",
    "event_bus_diagnostic_snapshot",
    "publish",
    "publish_authoritative",
    "publish_observational",
    "register_handler",
    "route_event",
    "service_name",
    "shutdown",
    "stats",
    "subscribe",
    "subscribe_with_plane_filter",
];
