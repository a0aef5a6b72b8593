//! The checks besides the fault matrix: one function per claim, listed here.

mod access;
mod bytes;
mod demo;
mod endpoints;
pub(super) mod headers;
mod lifecycle;
mod refusals;
mod streams;
mod waits;

use super::Check;

macro_rules! checks {
    ($($claim:literal => $function:path,)*) => {
        vec![$(Check { claim: $claim, run: |world| Box::pin($function(world)) }),*]
    };
}

/// Every check, in the order of the report.
pub(super) fn all() -> Vec<Check> {
    checks! {
        "request bytes reach the upstream unchanged but for the model" => bytes::request_is_spliced,
        "answers come back byte for byte" => bytes::answers_are_untouched,
        "compressed request bodies are taken" => bytes::compressed_bodies_are_taken,
        "usage is asked for on chat streams and taken out again" => bytes::usage_is_added_and_removed,
        "end-to-end headers are forwarded, credentials are not" => headers::forwarded_and_withheld,
        "hop-by-hop headers and cookies of upstreams stop here" => headers::answers_are_clean,
        "a sane request id is kept, a wild one is replaced" => headers::request_ids,
        "every other endpoint passes through" => endpoints::others_pass_through,
        "token counts are forwarded" => endpoints::token_counts,
        "multipart and binary bodies pass through" => endpoints::multipart_and_binary,
        "paths work with and without their prefixes" => endpoints::aliases_of_paths,
        "models are listed in both shapes" => endpoints::models,
        "aliases and globs lead to their targets" => endpoints::aliases_and_globs,
        "the demo provider answers every dialect" => demo::answers_every_dialect,
        "a start with nothing configured prints credentials once" => demo::first_start,
        "every kind of key header is taken" => access::every_header_is_taken,
        "no key and a wrong key are 401 in the caller's dialect" => access::refused_in_dialect,
        "an unknown model is 404 with near names" => refusals::unknown_model,
        "an unknown path is 404, a wrong method 405" => refusals::paths_and_methods,
        "a body over the limit is 413" => refusals::too_large,
        "bad bodies are 400 with a code" => refusals::bad_bodies,
        "a dialect that no target speaks is translated" => refusals::translated,
        "a websocket upgrade is 426" => refusals::upgrade,
        "a refused connection is 502" => refusals::refused_connection,
        "a private address is refused unless allowed" => refusals::egress,
        "a short retry-after is waited for" => waits::short_retry_after,
        "a caller who leaves cancels the upstream" => streams::cancelled,
        "a paced stream arrives event by event" => streams::paced,
        "health, readiness, metrics and root answer" => lifecycle::probes,
        "SIGTERM lets a stream finish and ends with 0" => lifecycle::drains,
        "an invalid config names every problem and ends with 2" => lifecycle::invalid_config,
        "a public address without credentials is refused" => lifecycle::public_address,
    }
}
