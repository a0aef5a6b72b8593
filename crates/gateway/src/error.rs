//! Errors that the gateway itself makes, and their wire form.
//!
//! Every kind is one row of [`ErrorKind::row`]: status, stable code, whose fault, and what caller and operator do about
//! it. `docs/errors.md` is generated from the same rows.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use aigw_protocol::{ErrorText, Family, error_body};

/// Who has to change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Caller,
    Upstream,
    Gateway,
}

impl Fault {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Upstream => "upstream",
            Self::Gateway => "gateway",
        }
    }
}

/// What is fixed about a kind of error.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) fault: Fault,
    /// When it happens.
    pub(crate) cause: &'static str,
    /// What the caller does about it.
    pub(crate) caller: &'static str,
    /// What the operator does about it.
    pub(crate) operator: &'static str,
}

/// One error, ready to be answered and logged.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) kind: ErrorKind,
    /// Said to the caller.
    pub(crate) message: Cow<'static, str>,
    /// The request field it is about.
    pub(crate) param: Option<&'static str>,
    /// When trying again makes sense.
    pub(crate) retry_after: Option<Duration>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            param: None,
            retry_after: None,
        }
    }

    pub(crate) const fn param(mut self, name: &'static str) -> Self {
        self.param = Some(name);
        self
    }

    pub(crate) const fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// The wire text, for bodies and stream events.
    pub(crate) fn text<'a>(&'a self, request_id: &'a str) -> ErrorText<'a> {
        let row = self.kind.row();
        ErrorText {
            status: row.status,
            code: row.code,
            message: &self.message,
            param: self.param,
            request_id,
        }
    }

    pub(crate) fn body(&self, family: Family, request_id: &str) -> Vec<u8> {
        error_body(family, &self.text(request_id))
    }
}

macro_rules! kinds {
    ($($variant:ident = $status:literal $code:literal $fault:ident, $cause:literal, caller: $caller:literal, operator: $operator:literal;)*) => {
        /// The kinds of errors that the gateway makes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ErrorKind { $($variant),* }

        impl ErrorKind {
            const ALL: &[Self] = &[$(Self::$variant),*];

            pub(crate) const fn row(self) -> &'static Row {
                match self {
                    $(Self::$variant => &Row {
                        status: $status, code: $code, fault: Fault::$fault, cause: $cause, caller: $caller, operator: $operator,
                    }),*
                }
            }
        }
    };
}

kinds! {
    InvalidJson = 400 "invalid_json" Caller,
        "The body is not one JSON object: syntax error, wrong encoding, byte order mark, or nested too deeply.",
        caller: "Send one UTF-8 JSON object; the message names the byte.", operator: "Nothing.";
    MissingModel = 400 "missing_model" Caller,
        "The body has no `model`.", caller: "Name a model; `GET /v1/models` lists them.", operator: "Nothing.";
    InvalidModel = 400 "invalid_model" Caller,
        "`model` is not a string, or an empty one.", caller: "Send `model` as a string.", operator: "Nothing.";
    DuplicateModel = 400 "duplicate_model" Caller,
        "The body has more than one top-level `model` (other spellings of the key included), so that gateway and upstream could read different ones.",
        caller: "Send `model` once.", operator: "If it recurs, look at who sends it: this is how an allow-list would be walked around.";
    InvalidParameter = 400 "invalid_parameter" Caller,
        "A field that the gateway reads has the wrong type.", caller: "Correct the field that the message names.", operator: "Nothing.";
    NotTranslatable = 400 "not_translatable" Caller,
        "No target of the model speaks the caller's dialect, and the request asks for something that cannot be said in the dialects that they speak without changing its meaning.",
        caller: "Leave out what the message names, or use a model whose targets speak the dialect.", operator: "Add a target that speaks the dialect; `aigw config preview` shows which do.";
    FidelityStrict = 400 "fidelity_strict" Caller,
        "The model has `fidelity: strict`, and translating the request would lose the fields that the message names. Nothing was sent.",
        caller: "Leave these fields out, or use a model whose targets speak the dialect.", operator: "Set `fidelity: lenient` if losing them is acceptable.";
    InvalidMultipart = 400 "invalid_multipart" Caller,
        "A multipart body cannot be read, or names `model` twice.", caller: "Send well-formed multipart/form-data with one `model` field.", operator: "Nothing.";
    InvalidEncoding = 400 "invalid_encoding" Caller,
        "The body does not decode under its `content-encoding`, or broke off.", caller: "Compress the whole body with the method named, or send it plain.", operator: "Nothing.";
    MissingApiKey = 401 "missing_api_key" Caller,
        "No key was presented.", caller: "Send the client key as `authorization: Bearer …` or `x-api-key`.", operator: "Hand out a client key.";
    InvalidApiKey = 401 "invalid_api_key" Caller,
        "The key presented is not known here.", caller: "Use a client key of this gateway, not a provider's.", operator: "Check which key the program was given.";
    ExpiredApiKey = 401 "expired_api_key" Caller,
        "The client key has passed its expiry.", caller: "Ask the operator for another key.", operator: "Raise `expires_at` of the key, or create another one.";
    KeyNotAllowed = 403 "key_not_allowed" Caller,
        "The client key may not use this model or endpoint, or not from this address; the message says which.",
        caller: "Use what the key is for; `GET /v1/models` lists its models.", operator: "Change `models`, `endpoints` or `ip_allow` of the key, if the call is meant.";
    UnknownPath = 404 "unknown_path" Caller,
        "No endpoint has this path.", caller: "Check the base URL; both with and without `/v1` work.", operator: "Nothing.";
    ModelNotFound = 404 "model_not_found" Caller,
        "No entry of `models` matches the name.", caller: "Use a name that `GET /v1/models` lists; the message has near ones.", operator: "Add the model or an alias, if it should exist.";
    MethodNotAllowed = 405 "method_not_allowed" Caller,
        "The endpoint wants another method.", caller: "Use the method in `allow`.", operator: "Nothing.";
    RequestTimeout = 408 "request_timeout" Caller,
        "The body stopped arriving for longer than `limits.body_idle`.", caller: "Send the body without long pauses.", operator: "Raise `limits.body_idle` for callers on slow links.";
    RequestTooLarge = 413 "request_too_large" Caller,
        "The body, or what it decompresses to, is larger than `limits.body`.", caller: "Send less.", operator: "Raise `limits.body`.";
    UnsupportedEncoding = 415 "unsupported_encoding" Caller,
        "The `content-encoding` is none of gzip, deflate, br, zstd.", caller: "Use one of these, or send the body plain.", operator: "Nothing.";
    WebSocketUnsupported = 426 "websocket_unsupported" Caller,
        "A WebSocket upgrade was asked for.", caller: "Use HTTP; Codex CLI does so by itself after this answer.", operator: "Nothing.";
    RateLimited = 429 "rate_limited" Upstream,
        "Every target that could serve the model is held after rate-limit answers, or its `rate_limit` queue is full.",
        caller: "Try again after `retry-after`.", operator: "Add credentials or targets, or raise `rate_limit`.";
    NotSpoken = 501 "dialect_not_supported" Gateway,
        "No target of the model has the endpoint. Chat, Responses, Messages and generateContent calls are translated; embeddings, images, audio and other calls go only to targets that have them.",
        caller: "Use an endpoint that `aigw config preview` shows as served for the model.", operator: "Add a target that has the endpoint.";
    ProviderAuth = 502 "provider_auth" Upstream,
        "The provider refused the gateway's credential, or its account is out of credit.", caller: "Tell the operator.", operator: "Check the credential and the account of the provider that `x-aigw-provider` names.";
    UpstreamModelMissing = 502 "upstream_model_missing" Upstream,
        "The provider does not know the upstream model.", caller: "Tell the operator.", operator: "Correct `targets[].model`.";
    UpstreamUnreachable = 502 "upstream_unreachable" Upstream,
        "The connection to the provider failed or broke before an answer.", caller: "Try again later.", operator: "Check the provider, the network and its `base_url`.";
    EgressRefused = 502 "egress_refused" Gateway,
        "The provider's host resolves to an address that the egress guard refuses.", caller: "Tell the operator.", operator: "If the address is meant, list its network in `providers.….network.allow`.";
    UpstreamInvalid = 502 "upstream_invalid_answer" Upstream,
        "The provider answered something that is no answer: HTML, an empty body, broken JSON, a redirect, a stream without content.",
        caller: "Try again later.", operator: "Check `base_url`; look at the attempts of the request's record.";
    UpstreamTooLarge = 502 "upstream_too_large" Upstream,
        "The provider's answer or one event is larger than `limits.upstream_body` or `limits.upstream_event`.", caller: "Ask for less.", operator: "Raise the limit if the answer is legitimate.";
    StreamCut = 502 "stream_cut" Upstream,
        "The provider's stream broke off after content had been sent. Comes as an event inside the stream.", caller: "Treat the answer as incomplete; ask again.", operator: "Check the provider; `routing.stream.on_break: continue` can carry on elsewhere.";
    GatewayBusy = 503 "gateway_busy" Gateway,
        "`limits.in_flight` requests are being served and none ended within `limits.queue.max_wait`.", caller: "Try again after `retry-after`.", operator: "Raise `limits.in_flight` or add a replica.";
    ProviderBusy = 503 "provider_busy" Gateway,
        "Every target is at its provider's `max_in_flight`.", caller: "Try again after `retry-after`.", operator: "Raise `max_in_flight` or add targets.";
    Held = 503 "all_targets_held" Upstream,
        "Every target that could serve the model is in cooldown after failures.", caller: "Try again after `retry-after`.", operator: "Look at why the targets failed; add a fallback.";
    Draining = 503 "draining" Gateway,
        "The gateway is shutting down.", caller: "Try again; another instance answers.", operator: "Nothing.";
    UpstreamTimeout = 504 "upstream_timeout" Upstream,
        "The provider was silent for longer than the timeout that the message names.", caller: "Try again later.", operator: "Check the provider; raise that timeout if its answers are legitimately slow.";
    StreamStalled = 504 "stream_stalled" Upstream,
        "The provider's stream fell silent after content had been sent. Comes as an event inside the stream.", caller: "Treat the answer as incomplete; ask again.", operator: "Check the provider; raise `timeouts.idle` if pauses are legitimate.";
    LoopDetected = 508 "loop_detected" Gateway,
        "The request has already passed through this gateway: a provider's `base_url` leads back here.", caller: "Tell the operator.", operator: "Correct the `base_url`.";
}

/// `docs/errors.md`: every error that the gateway itself makes.
pub fn errors_reference() -> String {
    let mut out = String::from(
        "# Errors\n\n\
         What the gateway itself answers, in the caller's dialect. The code stands in `error.code` (OpenAI dialects),\n\
         `error.details.error_code` (Anthropic) or `error.status` (Gemini). What an upstream says about a request is passed on as it\n\
         was said. `x-should-retry: false` is set when every target has been tried. This page is generated: `cargo xtask gen`.\n\n\
         | status | code | fault | cause | the caller | the operator |\n|--:|---|---|---|---|---|\n",
    );
    for kind in ErrorKind::ALL {
        let row = kind.row();
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {} | {} |",
            row.status,
            row.code,
            row.fault.as_str(),
            row.cause,
            row.caller,
            row.operator
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        let codes: HashSet<_> = ErrorKind::ALL.iter().map(|k| k.row().code).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        assert!(
            ErrorKind::ALL
                .iter()
                .all(|k| (400..600).contains(&k.row().status))
        );
    }

    #[test]
    fn the_reference_lists_every_code() {
        let text = errors_reference();
        for kind in ErrorKind::ALL {
            assert!(text.contains(&format!("`{}`", kind.row().code)));
        }
    }
}
