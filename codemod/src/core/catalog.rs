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
    UNREADABLE_MACRO "unreadable-macro" Warning "a construction inside a macro that cannot be read" "";
    USED_AS_VALUE "used-as-value" Warning "the constructor is used as a function value" "";
    NOT_AWAITED "not-awaited" Warning "the construction's future goes where it cannot be followed" "";
    RESULT_USED "result-used" Warning "the construction's `Result` is inspected or passed on" "";
    OWNED_VALUE "owned-value" Warning "a coordinator by value is needed, not an `Arc`" "";
    EFFECTFUL_ARGUMENT "effectful-argument" Warning "an expression with an effect would be dropped" "";
    CHANNEL_CAPACITY "channel-capacity" Warning "the instance sets a channel capacity that the shared bus would lose" "";
    CONFIGURED_INSTANCE "configured-instance" Warning "the instance is configured, or its configuration is not known" "";
    ISOLATED_IN_TEST "isolated-in-test" Note "test code has an isolated instance" "";
    EXPLICIT_NEW "explicit-new" Note "constructed with `new`; taken with `--include-new`" "";
    ACCESSOR_UNREACHABLE "accessor-unreachable" Warning "the accessor cannot be named here" "";
    UNRESOLVED "unresolved" Warning "a name that looks like the coordinator could not be resolved" "";
    DOC_EXAMPLE "doc-example" Warning "a construction in a doc comment or a Markdown file" "";
    REFUSED "refused" Note "left at the reviewer's request" "";
    // behaviour
    MERGED_BUS "merged-bus" Warning "several buses become one" "";
    SECOND_HANDLER "second-handler" Warning "a second handler for one event type on the shared bus" "";
    SHARED_SHUTDOWN "shared-shutdown" Warning "`shutdown()` on the shared instance" "";
    STATS_ASSERTION "stats-assertion" Warning "an assertion on statistics that are now shared" "";
    ERROR_PATH_GONE "error-path-gone" Note "an error path that is gone because the accessor cannot fail" "";
    TESTS_SHARE_BUS "tests-share-bus" Warning "tests of one process now share the bus" "";
    SOURCE_SCANNING_TEST "source-scanning-test" Warning "a test reads source text that mentions a construction" "";
    // the older API
    OLD_API "old-api" Note "a difference of the older API, rewritten" "";
    OLD_API_LEFT "old-api-left" Warning "a difference of the older API that a person has to settle" "";
    // files
    UNREADABLE_FILE "unreadable-file" Warning "a file or folder that could not be read" "";
    NOT_UTF8 "not-utf8" Warning "a file that is not UTF-8" "";
    SYNTAX_ERROR "syntax-error" Warning "a file that does not parse" "";
    NESTED_TOO_DEEP "nested-too-deep" Warning "a file nested too deeply to parse safely" "";
    FILE_TOO_LARGE "file-too-large" Warning "a file too large to rewrite" "";
    DEFECT "defect" Warning "the tool's own rewrite did not hold up" "";
    BAD_MANIFEST "bad-manifest" Warning "a `Cargo.toml` that could not be read" "";
}
