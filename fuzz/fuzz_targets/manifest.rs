#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(why) = migration_tests::properties::manifest(bytes) {
        panic!("{why}");
    }
});
