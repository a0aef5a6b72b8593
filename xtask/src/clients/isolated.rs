//! Processes that know nothing of this machine and have no way out but loopback.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Port 9 is closed: whatever ignores `NO_PROXY` or looks for another host fails instead of leaving the machine.
const DEAD: &str = "http://127.0.0.1:9";

/// A command with an empty home, an almost empty environment, and dead proxies.
pub(crate) fn command(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(home).env_clear().env("HOME", home);
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command.env("LANG", "C.UTF-8");
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(name, DEAD);
        command.env(name.to_ascii_lowercase(), DEAD);
    }
    command
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1");
    command
}
