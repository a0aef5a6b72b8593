//! The admin API in one process, against a real store and a data plane that remembers what it was told.

#![expect(clippy::unwrap_used, reason = "a helper that fails stops its test")]

mod access;
mod browser;
mod canary;
mod config;
mod contract;
mod keys;
mod support;
