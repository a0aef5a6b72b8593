//! How commands fail.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// Something did not work.
const FAILED: u8 = 1;
/// The command line, the environment or the configuration is not usable as it is.
const USAGE: u8 = 2;
/// The server did not answer.
const UNREACHABLE: u8 = 3;
/// The server answered that this may not be done.
const NOT_ALLOWED: u8 = 4;

/// A text for the person at the terminal, and an exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    /// The operation failed: exit 1.
    pub(crate) fn operation(text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            code: FAILED,
        }
    }

    /// The command line, the environment or the configuration has to be changed first: exit 2.
    pub(crate) fn usage(text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            code: USAGE,
        }
    }

    /// The server did not answer: exit 3.
    pub(crate) fn unreachable(text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            code: UNREACHABLE,
        }
    }

    /// The credential is missing, wrong, or does not allow this: exit 4.
    pub(crate) fn not_allowed(text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            code: NOT_ALLOWED,
        }
    }

    /// Prints the text to stderr.
    pub(crate) fn report(&self) -> ExitCode {
        // With stderr closed, the exit code is all that is left to say.
        let _ = writeln!(io::stderr(), "error: {}", self.text);
        ExitCode::from(self.code)
    }
}

/// Prints a line to stderr: something to know beside the result.
pub(crate) fn remark(text: impl Display) {
    // With stderr closed, nobody wants to know.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints `text` to stdout. A reader that has gone away, as `head` does, is no failure.
pub(crate) fn print(text: impl Display) {
    let mut out = io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}
