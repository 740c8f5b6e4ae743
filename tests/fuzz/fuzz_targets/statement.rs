#![no_main]
#![doc = "Searches for what breaks the target."]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kept_fuzz::statement::target(bytes));
