//! Rules for texts.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use crate::declare::{Pattern, Shape};
use crate::findings::Finding;
use crate::read::{MemberName, ModelName, NameRule, ProviderName, Reader, TextRule, Trust, Value};
use crate::tree::{NodeId, shortened};

type Check = Result<(), (&'static str, Option<String>)>;

/// Any text but an empty one.
#[derive(Debug)]
pub(crate) struct AnyText;

impl TextRule for AnyText {
    const WHAT: &'static str = "text";
    const REGEX: &'static str = r"[\s\S]";

    fn check(text: &str) -> Check {
        if text.is_empty() || text.len() > 1024 {
            return Err(("a text of 1 to 1024 bytes is needed", None));
        }
        Ok(())
    }
}

/// A glob over any text.
#[derive(Debug)]
pub(crate) struct AnyGlob;

impl TextRule for AnyGlob {
    const WHAT: &'static str = "glob";
    const REGEX: &'static str = AnyText::REGEX;

    fn check(text: &str) -> Check {
        AnyText::check(text)?;
        glob_syntax(text)
    }
}

/// A glob over model names.
#[derive(Debug)]
pub(crate) struct Glob;

impl TextRule for Glob {
    const WHAT: &'static str = "glob";
    const REGEX: &'static str = ModelText::REGEX;

    fn check(text: &str) -> Check {
        ModelText::check(text)?;
        glob_syntax(text)
    }
}

/// Most wildcards of one glob.
const MAX_WILDCARDS: usize = 16;

/// What every glob must keep to: `*` stands for any text, `?` for one character, everything else for itself.
pub(crate) fn glob_syntax(text: &str) -> Check {
    if text.contains("**") {
        return Err((
            "`**` means no more than `*`",
            Some(String::from("write a single `*`")),
        ));
    }
    if text.matches(['*', '?']).count() > MAX_WILDCARDS {
        return Err(("a glob has at most 16 wildcards", None));
    }
    Ok(())
}

/// The name of a model.
#[derive(Debug)]
pub(crate) struct ModelText;

impl TextRule for ModelText {
    const WHAT: &'static str = "model name";
    const REGEX: &'static str = ModelName::REGEX;

    fn check(text: &str) -> Check {
        ModelName::check(text).map_err(|reason| (reason, None))
    }
}

/// The name of a provider or credential.
#[derive(Debug)]
pub(crate) struct ProviderText;

impl TextRule for ProviderText {
    const WHAT: &'static str = "name";
    const REGEX: &'static str = ProviderName::REGEX;

    fn check(text: &str) -> Check {
        ProviderName::check(text).map_err(|reason| (reason, None))
    }
}

/// The name of a member of request bodies.
#[derive(Debug)]
pub(crate) struct MemberText;

impl TextRule for MemberText {
    const WHAT: &'static str = "member name";
    const REGEX: &'static str = MemberName::REGEX;

    fn check(text: &str) -> Check {
        MemberName::check(text).map_err(|reason| (reason, None))
    }
}

/// An absolute path of a file.
#[derive(Debug)]
pub(crate) struct FileName;

impl TextRule for FileName {
    const WHAT: &'static str = "file path";
    const REGEX: &'static str = "^/";
    const UNQUOTED: bool = false;

    fn check(text: &str) -> Check {
        if !text.starts_with('/') || text.contains(char::is_control) {
            return Err(("expected an absolute path of a file", None));
        }
        Ok(())
    }
}

/// A path below a base URL.
#[derive(Debug)]
pub(crate) struct ProbePath;

impl TextRule for ProbePath {
    const WHAT: &'static str = "URL path";
    const REGEX: &'static str = "^/[!-~]*$";
    const UNQUOTED: bool = false;

    fn check(text: &str) -> Check {
        if !text.starts_with('/') {
            return Err(("a path begins with `/`", None));
        }
        if text.len() > 512 || !text.bytes().all(|b| b.is_ascii_graphic()) || text.contains('#') {
            return Err(("a path has visible ASCII characters only, and no `#`", None));
        }
        Ok(())
    }
}

/// An http or https URL without user, query and fragment.
#[derive(Debug)]
pub(crate) struct Url;

impl TextRule for Url {
    const WHAT: &'static str = "URL";
    const REGEX: &'static str = r"^[hH][tT][tT][pP][sS]?://[^\s?#@]+$";
    const UNQUOTED: bool = false;

    fn check(text: &str) -> Check {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err((
                "the URL has no scheme",
                Some(String::from("begin it with `https://` or `http://`")),
            ));
        };
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(("the scheme of the URL is neither `http` nor `https`", None));
        }
        if text.len() > 2048
            || !rest
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b))
        {
            return Err((
                "the URL has spaces or characters that a URL cannot have",
                None,
            ));
        }
        if rest.contains(['?', '#']) {
            return Err((
                "the URL has a query or fragment",
                Some(String::from("end it with the path")),
            ));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err((
                "the URL holds a user or password",
                Some(String::from("use `api_key` or `headers`")),
            ));
        }
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(("the path of the URL has `.` or `..` segments", None));
        }
        authority_syntax(authority)
    }
}

/// Host and optional port.
fn authority_syntax(authority: &str) -> Check {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else {
                return Err(("the address in the URL has no closing `]`", None));
            };
            if address.parse::<Ipv6Addr>().is_err() {
                return Err((
                    "the URL has brackets around something that is not an IPv6 address",
                    None,
                ));
            }
            (address, port)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let label = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if host.is_empty() || (!authority.starts_with('[') && !host.bytes().all(label)) {
        return Err(("the URL has no valid host", None));
    }
    let number = port
        .strip_prefix(':')
        .map(|digits| (digits.parse::<u16>(), digits.starts_with('+')));
    match number {
        None if port.is_empty() => Ok(()),
        Some((Ok(1..), false)) => Ok(()),
        _ => Err((
            "the URL has no valid port",
            Some(String::from("ports are 1 to 65535")),
        )),
    }
}

/// An address range.
#[derive(Debug)]
pub(crate) struct Network;

impl Value for Network {
    const SHAPE: Shape = Shape::Text(Pattern {
        what: "CIDR",
        regex: "^[0-9A-Fa-f.:]+/[0-9]+$",
        unquoted: false,
    });
    type Out = IpNet;

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<IpNet> {
        let (written, _) = reader.scalar(node, "an address range")?;
        let text = reader.expand(node, written, Trust::Open)?;
        let finding = |reason: &str| {
            let reason = format!("`{}` is not an address range: {reason}", shortened(written));
            Finding::error("invalid_value", reason)
        };
        let finding =
            match (text.parse::<IpNet>(), text.parse::<IpAddr>()) {
                (Ok(network), _) if network.network() == network.addr() => return Some(network),
                (Ok(network), _) => finding("it has bits below its prefix")
                    .hint(format!("write `{}`", network.trunc())),
                (_, Ok(address)) => finding("the prefix is missing")
                    .hint(format!("write `{}`", IpNet::from(address))),
                _ => finding("expected an address and a prefix length")
                    .hint("for example `10.0.0.0/8` or `fd00::/8`"),
            };
        reader.report(node, finding);
        None
    }
}

/// The format of the document.
#[derive(Debug)]
pub(crate) struct Version;

impl Value for Version {
    const SHAPE: Shape = Shape::Whole { min: 1, max: 1 };
    type Out = ();

    fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<()> {
        let (written, _) = reader.scalar(node, "the version")?;
        if written == "1" {
            return Some(());
        }
        let reason = format!(
            "`{}` is not a version that is read here",
            shortened(written)
        );
        reader.report(
            node,
            Finding::error("unknown_version", reason).hint("write `version: 1`"),
        );
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_have_scheme_host_port_and_path_only() {
        for url in [
            "https://api.example.com/v1",
            "http://127.0.0.1:8080",
            "HTTPS://h/",
            "http://[::1]:80/x",
            "https://a_b.c-d:65535/v1/",
        ] {
            assert_eq!(Url::check(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "api.example.com",
            "ftp://h",
            "https://",
            "https:///v1",
            "https://u:p@h",
            "https://h?x",
            "https://h/#f",
            "https://h:0",
            "https://h:",
            "https://h:65536",
            "https://h:+1",
            "https://[::1",
            "https://[x]",
            "https://[::1]x",
            "https://h/a b",
            "https://h/../x",
            "https://é",
        ] {
            assert!(Url::check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn reasons_never_repeat_the_url() {
        let (reason, hint) = Url::check("https://user:hunter2@host/").unwrap_err();
        assert!(!format!("{reason}{hint:?}").contains("hunter2"));
    }

    #[test]
    fn globs_are_bounded() {
        assert!(AnyGlob::check("a**").is_err());
        assert!(AnyGlob::check(&"*a".repeat(17)).is_err());
        assert_eq!(AnyGlob::check("*Codex Desktop*"), Ok(()));
        assert!(Glob::check("gpt 5*").is_err());
    }
}
