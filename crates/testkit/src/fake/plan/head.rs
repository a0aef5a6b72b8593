//! Heads of answers.

use std::fmt::Write as _;
use std::time::Duration;

use super::Step;
use crate::clock;
use crate::reply::Vendor;
use crate::scenario::RetryAfter;

/// Digits of a request's number in its id.
const DIGITS: usize = 16;

const OPENAI: &str = "openai-organization: org-fake\r\nopenai-processing-ms: 42\r\nopenai-version: 2020-10-01\r\nx-ratelimit-limit-requests: 500\r\nx-ratelimit-remaining-requests: 499\r\nx-ratelimit-reset-requests: 120ms\r\nset-cookie: __fake=1; path=/; HttpOnly\r\n";

const ANTHROPIC: &str = "anthropic-organization-id: org-fake\r\nanthropic-ratelimit-requests-limit: 50\r\nanthropic-ratelimit-requests-remaining: 49\r\nanthropic-ratelimit-requests-reset: 2026-01-01T00:00:00Z\r\nset-cookie: __fake=1; path=/; HttpOnly\r\n";

const GOOGLE: &str = "vary: Origin\r\nvary: X-Origin\r\nx-content-type-options: nosniff\r\nserver-timing: gfet4t7; dur=42\r\n";

/// How a head announces the length of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Known(u64),
    Chunked,
    /// Not at all.
    UntilClose,
}

/// Status and headers.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) length: Length,
    pub(super) retry_after: Option<RetryAfter>,
    pub(super) gzip: bool,
    pub(super) close: bool,
    status: u16,
    content_type: String,
    vendor: Vendor,
}

impl Head {
    pub(super) fn new(status: u16, content_type: &str, vendor: Vendor) -> Self {
        Self {
            length: Length::Chunked,
            retry_after: None,
            gzip: false,
            close: false,
            status,
            content_type: content_type.to_owned(),
            vendor,
        }
    }

    /// Another content type.
    pub(super) fn content_type(&mut self, content_type: &str) {
        content_type.clone_into(&mut self.content_type);
    }

    /// The bytes, with room for the request's number.
    pub(super) fn step(&self) -> Step {
        let reason = hyper::StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let mut text = format!(
            "HTTP/1.1 {} {}\r\n",
            self.status,
            reason.unwrap_or("Overloaded")
        );
        let (name, more) = match self.vendor {
            Vendor::Anthropic => ("request-id", ANTHROPIC),
            Vendor::Openai => ("x-request-id", OPENAI),
            Vendor::Google => ("x-request-id", GOOGLE),
        };
        text.push_str(name);
        text.push_str(": ");
        let id_at = text.len() + "req_fake_".len();
        text.push_str(&request_id(0));
        text.push_str("\r\nserver: fake-upstream\r\n");
        text.push_str(&self.framing());
        text.push_str(more);
        text.push_str("\r\n");
        Step::Head {
            bytes: text.into(),
            id_at,
        }
    }

    fn framing(&self) -> String {
        let mut text = format!("content-type: {}\r\n", self.content_type);
        // Writing to a string cannot fail.
        let _written = match self.length {
            Length::Known(length) => write!(text, "content-length: {length}\r\n"),
            Length::Chunked => write!(text, "transfer-encoding: chunked\r\n"),
            Length::UntilClose => Ok(()),
        };
        if self.gzip {
            text.push_str("content-encoding: gzip\r\n");
        }
        let close = self.close || self.length == Length::UntilClose;
        text.push_str(if close {
            "connection: close\r\n"
        } else {
            "connection: keep-alive\r\n"
        });
        let _written = match self.retry_after {
            Some(RetryAfter::Seconds(seconds)) => write!(text, "retry-after: {seconds}\r\n"),
            Some(RetryAfter::Millis(millis)) => write!(text, "retry-after-ms: {millis}\r\n"),
            Some(RetryAfter::Date(ahead)) => {
                let date = clock::wall() + Duration::from_secs(ahead.into());
                write!(text, "retry-after: {}\r\n", httpdate::fmt_http_date(date))
            }
            None => Ok(()),
        };
        text
    }
}

/// The id that the answer to request `number` carries.
pub(in crate::fake) fn request_id(number: u64) -> String {
    format!("req_fake_{number:0DIGITS$}")
}

/// Writes the digits of a request's number over those at the start of `place`.
pub(in crate::fake) fn write_id(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().take(DIGITS).rev() {
        *digit = b"0123456789"[usize::try_from(number % 10).unwrap_or_default()];
        number /= 10;
    }
}
