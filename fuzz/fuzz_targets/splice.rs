#![no_main]

#[path = "../checks/splice.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check::splice(data));
