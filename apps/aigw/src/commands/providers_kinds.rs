//! `aigw providers kinds`.

use std::fmt::Write;
use std::process::ExitCode;

use crate::failure::{Failure, print};

#[expect(clippy::unnecessary_wraps, reason = "commands have one shape")]
pub(crate) fn run() -> Result<ExitCode, Failure> {
    print(table());
    Ok(ExitCode::SUCCESS)
}

fn table() -> String {
    let width = aigw_providers::kinds()
        .iter()
        .map(|kind| kind.id.len())
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    for kind in aigw_providers::kinds() {
        let dialects: Vec<_> = kind
            .dialects
            .iter()
            .map(|dialect| dialect.as_str())
            .collect();
        let address = match kind.base_url {
            Some(url) => url,
            None if kind.needs_base_url() => "needs base_url",
            None => "in process",
        };
        let key = kind
            .env_key
            .map(|name| format!("  key: {name}"))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "{:width$}  {address}  [{}]{key}",
            kind.id,
            dialects.join(", ")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kind_has_a_line() {
        let table = super::table();
        assert_eq!(table.lines().count(), aigw_providers::kinds().len());
        assert!(
            table
                .lines()
                .any(|line| line.starts_with("demo ") && line.contains("in process")),
            "{table}"
        );
    }
}
