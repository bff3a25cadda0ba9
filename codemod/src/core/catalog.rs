//! Every finding id, with its level, its title and its explanation: what `explain ID` prints.

use crate::core::finding::{FindingId, Level};

/// An entry of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The id.
    pub id: FindingId,
    /// The level of its findings.
    pub level: Level,
    /// One line.
    pub title: &'static str,
    /// At length, with an example, in Markdown.
    pub explanation: &'static str,
}

macro_rules! catalog {
    ($($konst:ident $id:literal $level:ident $title:literal $explanation:expr;)*) => {
        $(#[doc = $title] pub const $konst: FindingId = FindingId($id);)*

        /// All entries, in the order in which they are listed.
        pub const ENTRIES: &[Entry] = &[$(Entry {
            id: $konst,
            level: Level::$level,
            title: $title,
            explanation: $explanation,
        }),*];
    };
}

/// The entry with that id, if there is one.
#[must_use]
pub fn find(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|e| e.id.0 == id)
}

/// The level that the catalogue gives an id.
#[must_use]
pub fn level(id: FindingId) -> Level {
    find(id.0).map_or(Level::Warning, |e| e.level)
}

catalog! {
    // left alone
    UNREADABLE_MACRO "unreadable-macro" Warning "a construction inside a macro that cannot be read" include_str!("explain/unreadable-macro.md");
    USED_AS_VALUE "used-as-value" Warning "the constructor is used as a function value" include_str!("explain/used-as-value.md");
    NOT_AWAITED "not-awaited" Warning "the construction's future goes where it cannot be followed" include_str!("explain/not-awaited.md");
    RESULT_USED "result-used" Warning "the construction's `Result` is inspected or passed on" include_str!("explain/result-used.md");
    OWNED_VALUE "owned-value" Warning "a coordinator by value is needed, not an `Arc`" include_str!("explain/owned-value.md");
    EFFECTFUL_ARGUMENT "effectful-argument" Warning "an expression with an effect would be dropped" include_str!("explain/effectful-argument.md");
    CHANNEL_CAPACITY "channel-capacity" Warning "the instance sets a channel capacity that the shared bus would lose" include_str!("explain/channel-capacity.md");
    CONFIGURED_INSTANCE "configured-instance" Warning "the instance is configured, or its configuration is not known" include_str!("explain/configured-instance.md");
    ISOLATED_IN_TEST "isolated-in-test" Note "test code has an isolated instance" include_str!("explain/isolated-in-test.md");
    EXPLICIT_NEW "explicit-new" Note "constructed with `new`; taken with `--include-new`" include_str!("explain/explicit-new.md");
    ACCESSOR_UNREACHABLE "accessor-unreachable" Warning "the accessor cannot be named here" include_str!("explain/accessor-unreachable.md");
    ACCESSOR_EXPORTED "accessor-exported" Note "a package exports the accessor beside the type" include_str!("explain/accessor-exported.md");
    UNRESOLVED "unresolved" Warning "a name that looks like the coordinator could not be resolved" include_str!("explain/unresolved.md");
    DOC_EXAMPLE "doc-example" Warning "a construction in a doc comment or a Markdown file" include_str!("explain/doc-example.md");
    DOC_LINK "doc-link" Warning "a link of the documentation to what is gone" include_str!("explain/doc-link.md");
    REFUSED "refused" Note "left at the reviewer's request" include_str!("explain/refused.md");
    BREAKS_BUILD "breaks-build" Warning "without it the build fails" include_str!("explain/breaks-build.md");
    BREAKS_TEST "breaks-test" Warning "without it a test fails" include_str!("explain/breaks-test.md");
    UNSTABLE_TEST "unstable-test" Note "a test that fails now and then" include_str!("explain/unstable-test.md");
    SUPPRESSED "suppressed" Note "kept, as a comment asks" include_str!("explain/suppressed.md");
    IDLE_SUPPRESSION "idle-suppression" Warning "a comment that keeps nothing" include_str!("explain/idle-suppression.md");
    // slots
    READ_IN_SYNC "read-in-sync-code" Warning "a slot is read where nothing can be awaited" include_str!("explain/read-in-sync-code.md");
    PASSED_ON "passed-on" Warning "a slot is passed on in sync code to one that stays" include_str!("explain/passed-on.md");
    FOREIGN_TRAIT "foreign-trait" Warning "the method belongs to a trait from outside" include_str!("explain/foreign-trait.md");
    ISOLATED_SOURCE "isolated-source" Warning "a slot may be given an instance of its own" include_str!("explain/isolated-source.md");
    UNKNOWN_SOURCE "unknown-source" Warning "a slot is given what code outside of the workspace gives" include_str!("explain/unknown-source.md");
    LATE_BOUND_OPTION "late-bound-option" Warning "a slot is an `Option`" include_str!("explain/late-bound-option.md");
    NESTED_TYPE "nested-type" Warning "a slot holds the coordinator in a way that is not taken apart" include_str!("explain/nested-type.md");
    UNRESOLVED_CALL "unresolved-call" Warning "a place that may use a slot could not be followed" include_str!("explain/unresolved-call.md");
    PUBLIC_KEPT "public-kept" Note "a public slot stays, as asked" include_str!("explain/public-kept.md");
    FFI "ffi" Warning "a slot is part of a foreign interface" include_str!("explain/ffi.md");
    LIFETIME_SOURCE "lifetime-source" Warning "a lifetime depends on the slot" include_str!("explain/lifetime-source.md");
    RETURNED_FROM_API "returned-from-public-api" Warning "a public function gives the coordinator back" include_str!("explain/returned-from-public-api.md");
    RETURNED "returned" Warning "a function gives the coordinator back" include_str!("explain/returned.md");
    HELD_ACROSS_AWAIT "held-across-await" Warning "a read where an `await` may hold a lock" include_str!("explain/held-across-await.md");
    LEAVES_UNUSED "leaves-unused" Warning "something else has no use without what goes" include_str!("explain/leaves-unused.md");
    PUBLIC_SIGNATURE "public-signature" Warning "a public signature that changed" include_str!("explain/public-signature.md");
    STALE_DOC "stale-doc" Note "documentation speaks of what is gone" include_str!("explain/stale-doc.md");
    DEBUG_OUTPUT "debug-output" Warning "a hand-written `Debug` no longer shows the field" include_str!("explain/debug-output.md");
    DROPPED_LOOKUP "dropped-lookup" Note "a look-up that only led to the coordinator is gone" include_str!("explain/dropped-lookup.md");
    DEFAULT_ADDED "default-added" Note "a public type got an impl of `Default`" include_str!("explain/default-added.md");
    WRAPPER_GONE "wrapper-gone" Note "a struct that held nothing but the coordinator is gone" include_str!("explain/wrapper-gone.md");
    CONTEXT_GONE "context-gone" Note "what only led to the coordinator is gone" include_str!("explain/context-gone.md");
    KEPT_CAPTURE "kept-capture" Note "a variable that a task holds for its end alone" include_str!("explain/kept-capture.md");
    // behaviour
    MERGED_BUS "merged-bus" Warning "several buses become one" include_str!("explain/merged-bus.md");
    SECOND_HANDLER "second-handler" Warning "a second handler for one event type on the shared bus" include_str!("explain/second-handler.md");
    SHARED_SHUTDOWN "shared-shutdown" Warning "`shutdown()` on the shared instance" include_str!("explain/shared-shutdown.md");
    OUTLIVES_OWNER "outlives-owner" Warning "code that counts on the bus ending with its owners" include_str!("explain/outlives-owner.md");
    STATS_ASSERTION "stats-assertion" Warning "an assertion on statistics that are now shared" include_str!("explain/stats-assertion.md");
    ERROR_PATH_GONE "error-path-gone" Note "an error path that is gone because the accessor cannot fail" include_str!("explain/error-path-gone.md");
    TESTS_SHARE_BUS "tests-share-bus" Warning "tests of one process now share the bus" include_str!("explain/tests-share-bus.md");
    SOURCE_SCANNING_TEST "source-scanning-test" Warning "a test reads source text that mentions a construction" include_str!("explain/source-scanning-test.md");
    // the older API
    OLD_API "old-api" Note "a difference of the older API, rewritten" include_str!("explain/old-api.md");
    OLD_API_LEFT "old-api-left" Warning "a difference of the older API that a person has to settle" include_str!("explain/old-api-left.md");
    // the shim
    SHIM_FEATURE "shim-feature" Warning "a feature of the bus crate that the shim does not have" include_str!("explain/shim-feature.md");
    UPSTREAM_BOUNDARY "upstream-boundary" Warning "a crate that stays on upstream's coordinator type" include_str!("explain/upstream-boundary.md");
    // files
    UNREADABLE_FILE "unreadable-file" Warning "a file or folder that could not be read" include_str!("explain/unreadable-file.md");
    NOT_UTF8 "not-utf8" Warning "a file that is not UTF-8" include_str!("explain/not-utf8.md");
    SYNTAX_ERROR "syntax-error" Warning "a file that does not parse" include_str!("explain/syntax-error.md");
    NESTED_TOO_DEEP "nested-too-deep" Warning "a file nested too deeply to parse safely" include_str!("explain/nested-too-deep.md");
    FILE_TOO_LARGE "file-too-large" Warning "a file too large to rewrite" include_str!("explain/file-too-large.md");
    DEFECT "defect" Warning "the tool's own rewrite did not hold up" include_str!("explain/defect.md");
    BAD_MANIFEST "bad-manifest" Warning "a `Cargo.toml` that could not be read" include_str!("explain/bad-manifest.md");
}
