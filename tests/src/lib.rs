//! Shared pieces of the test suites in this package.
