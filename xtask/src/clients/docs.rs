//! `docs/clients.md`.

use std::fmt::Write;

use anyhow::Result;

use super::client::Client;
use super::matrix::Matrix;
use crate::run;

const HEAD: &str = "\
# Clients

Written by `cargo xtask clients --all --write-docs`, which installs the pinned versions below, drives each through the
real binary against a fake upstream of every dialect, and counts what holds. Clients get an empty home, a dummy key and
no way to any host but 127.0.0.1.

## Matrix

A row is a client, and where it has several, the interface that it used; a column is the dialect that the upstream
speaks. `9 ok`: nine checks, all passed. `–`: no check.

";

const CHECKS: &str = "
## What the checks mean

The fake upstream answers like a model and reads every request as strictly as its vendor: a member it does not know, a
tool result without its call, a signature that is not byte for byte the one it issued, are its vendor's 400, and so a
failed check.

| check | holds if |
|---|---|
| `text` | the answer says what the upstream said; system prompt and question arrived; tokens read from the cache are told |
| `stream` | the same piece by piece, also through the SDK's own stream helper, which wants every lifecycle event in order |
| `tools` | two parallel calls, arguments streamed in pieces, come out whole, with text of several scripts in them; on the second turn both results reach the model |
| `tools stream` | the same, streamed |
| `reasoning` | reasoning and tools over two turns: the upstream's signature, encrypted content or thought signature comes back to it byte for byte, through a client that does not know it |
| `structured` | a JSON schema is asked for, and the answer is of it |
| `image` | a picture arrives with its media type and every byte |
| `429` | the client's own exception of a rate limit, with `retry-after` |
| `overloaded` | the client's own exception of an overloaded upstream: 529, or 503 where the client's vendor has no 529 |
| `context length` | the client's own exception of a bad request, which names the length of the context |
";

/// Writes the document.
pub(super) fn write(clients: &[Box<dyn Client>], matrix: &Matrix) -> Result<()> {
    let mut text = HEAD.to_owned();
    text.push_str(&matrix.markdown());
    text.push_str(CHECKS);
    text.push_str("\n## Versions\n\n| client | packages |\n|---|---|\n");
    for client in clients {
        // Writing to a string cannot fail.
        let _written = writeln!(text, "| {} | {} |", client.name(), client.versions()?);
    }
    let limits = matrix.limits();
    if !limits.is_empty() {
        text.push_str("\n## Known limits of clients\n\nThese checks are left out: the client drops or changes what the upstream wants back, in the form that the gateway gives it.\n\n| client | check | why |\n|---|---|---|\n");
        for (client, check, why) in limits {
            let _written = writeln!(text, "| {client} | `{check}` | {why} |");
        }
    }
    std::fs::write(run::root().join("docs/clients.md"), text)?;
    Ok(())
}
