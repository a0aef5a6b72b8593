//! The admin API in one process, against a real store and a data plane that remembers what it was told.

mod access;
mod browser;
mod canary;
mod config;
mod contract;
mod keys;
mod support;
