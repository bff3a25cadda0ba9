//! What a person may ask of the core. Arguments become these once, in `cli`.

/// Options that change decisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// What becomes of constructions in test code.
    pub tests: TestMode,
    /// Whether `new(EventCoordinatorConfig::monolithic())` counts as a construction.
    pub include_new: bool,
}

/// What becomes of a construction in test code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum TestMode {
    /// The accessor where it flows into a slot that goes, else an isolated instance.
    #[default]
    Follow,
    /// Always an isolated instance.
    Isolate,
    /// Always the accessor.
    Global,
}
