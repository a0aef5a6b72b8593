//! The real binary: first start, credentials, refusals, admin listener, file changes, the store and starts without it, drain, TLS.

#![expect(
    clippy::expect_used,
    reason = "tests fail by panicking, in their shared functions too"
)]

#[path = "process/access.rs"]
mod access;
#[path = "process/admin.rs"]
mod admin;
#[path = "process/answers.rs"]
mod answers;
#[path = "process/commands.rs"]
mod commands;
#[path = "process/control_commands.rs"]
mod control_commands;
#[path = "process/drain.rs"]
mod drain;
#[path = "process/fake_admin.rs"]
mod fake_admin;
#[path = "process/file_change.rs"]
mod file_change;
#[path = "process/first_start.rs"]
mod first_start;
#[path = "process/refusals.rs"]
mod refusals;
#[path = "process/store.rs"]
mod store;
#[path = "process/support.rs"]
mod support;
#[path = "process/tls.rs"]
mod tls;
