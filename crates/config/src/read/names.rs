//! Which names an operator may choose.

/// A rule for keys that the operator chooses, and for texts that name the same things.
pub(crate) trait NameRule {
    /// What the documentation calls such a name.
    const WHAT: &'static str;
    /// An ECMA 262 expression that every such name matches.
    const REGEX: &'static str;

    /// Checks a name.
    ///
    /// # Errors
    /// What the name must be like.
    fn check(name: &str) -> Result<(), &'static str>;
}

/// Names of providers and credentials: they become labels and header values.
#[derive(Debug)]
pub(crate) struct ProviderName;

impl NameRule for ProviderName {
    const WHAT: &'static str = "name";
    const REGEX: &'static str = "^[A-Za-z0-9_.-]{1,64}$";

    fn check(name: &str) -> Result<(), &'static str> {
        let sound = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        if sound && (1..=64).contains(&name.len()) {
            return Ok(());
        }
        Err("a name has 1 to 64 letters, digits, `_`, `-` and `.`")
    }
}

/// Public and upstream names of models, and globs over them.
#[derive(Debug)]
pub(crate) struct ModelName;

impl NameRule for ModelName {
    const WHAT: &'static str = "model or glob";
    const REGEX: &'static str = "^[!-~]{1,256}$";

    fn check(name: &str) -> Result<(), &'static str> {
        if name.is_empty() || name.len() > 256 || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the name of a model has 1 to 256 visible ASCII characters and no spaces");
        }
        Ok(())
    }
}

/// Names of headers that may be added to upstream requests.
#[derive(Debug)]
pub(crate) struct HeaderName;

/// Headers that belong to one connection, to the framing of the message, or to the gateway.
const OWN_HEADERS: [&str; 16] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl NameRule for HeaderName {
    const WHAT: &'static str = "header";
    const REGEX: &'static str = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$";

    fn check(name: &str) -> Result<(), &'static str> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if !(1..=128).contains(&name.len()) || !name.bytes().all(token) {
            return Err("not a valid header name");
        }
        let lower = name.to_ascii_lowercase();
        if OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("x-aigw-") {
            return Err(
                "this header belongs to the connection, to the message's framing or to the gateway",
            );
        }
        Ok(())
    }
}

/// Top-level members of request bodies that `params` may change.
#[derive(Debug)]
pub(crate) struct MemberName;

impl NameRule for MemberName {
    const WHAT: &'static str = "member";
    const REGEX: &'static str = "^[^\\u0000-\\u001f]{1,128}$";

    fn check(name: &str) -> Result<(), &'static str> {
        if name.is_empty() || name.len() > 128 || name.contains(char::is_control) {
            return Err("the name of a member has 1 to 128 characters");
        }
        // Some upstreams read names in any case, so that `Model` would override `model`.
        match name.to_ascii_lowercase().as_str() {
            "model" => Err("`model` is decided by the target"),
            "stream" => Err("`stream` is decided by the caller"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_connection_framing_and_gateway_are_refused() {
        for name in [
            "Host",
            "content-LENGTH",
            "Transfer-Encoding",
            "x-aigw-hop",
            "bad name",
            "",
            "é",
        ] {
            assert!(HeaderName::check(name).is_err(), "{name}");
        }
        for name in ["OpenAI-Organization", "authorization", "x_y"] {
            assert_eq!(HeaderName::check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn params_never_touch_model_and_stream_in_any_case() {
        for name in ["model", "Model", "STREAM", "stream", ""] {
            assert!(MemberName::check(name).is_err(), "{name}");
        }
        assert_eq!(MemberName::check("temperature"), Ok(()));
    }
}
