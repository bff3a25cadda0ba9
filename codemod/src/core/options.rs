//! What a person may ask of the core. Arguments become these once, in `cli`.

/// Options that change decisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// What becomes of constructions in test code.
    pub tests: TestMode,
    /// Whether `new(EventCoordinatorConfig::monolithic())` counts as a construction.
    pub include_new: bool,
    /// How far the migration goes.
    pub scope: Scope,
    /// Whether signatures stay that code outside of the workspace can reach.
    pub keep_public: bool,
}

/// How far the migration goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Constructions and imports.
    #[default]
    Construct,
    /// Parameters, fields and arguments too.
    Pass,
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
