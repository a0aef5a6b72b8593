#![no_main]

#[path = "../checks/translation.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check::stream(aigw_protocol::Dialect::GeminiGenerate, data));
