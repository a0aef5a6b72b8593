//! Signatures: opaque texts that only their issuer can check.

use super::super::call::Endpoint;

/// The state that vouches for a text. Its length is a multiple of four, so that it is valid base64.
pub(super) fn made(endpoint: Endpoint, text: &str) -> String {
    let said = hash(text.as_bytes());
    let filler = hash(&said.to_le_bytes());
    let body = format!(
        "{}{said:016x}{filler:016x}{:016x}",
        prefix(endpoint),
        hash(&filler.to_be_bytes())
    );
    format!("{body}{:016x}", hash(body.as_bytes()))
}

/// Whether this state came from here unharmed; with a text that is not empty, also whether it vouches for that.
pub(super) fn holds(endpoint: Endpoint, seal: &str, text: &str) -> bool {
    let Some((body, sum)) = seal.split_at_checked(seal.len().saturating_sub(16)) else {
        return false;
    };
    let own =
        body.starts_with(prefix(endpoint)) && sum == format!("{:016x}", hash(body.as_bytes()));
    own && (text.is_empty() || made(endpoint, text) == seal)
}

fn prefix(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Responses => "gAAAAABp",
        Endpoint::Generate => "CiQBvoc9",
        _ => "EqoBCkgI",
    }
}

/// FNV-1a: enough to notice a changed byte.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_only_unharmed_for_its_text_and_its_vendor() {
        let seal = made(Endpoint::Messages, "a thought");
        assert_eq!(seal.len() % 4, 0);
        assert!(holds(Endpoint::Messages, &seal, "a thought"));
        assert!(holds(Endpoint::Messages, &seal, ""));
        assert!(!holds(Endpoint::Messages, &seal, "another"));
        assert!(!holds(Endpoint::Generate, &seal, "a thought"));
        for at in 0..seal.len() {
            let mut harmed = seal.clone().into_bytes();
            harmed[at] ^= 1;
            let harmed = String::from_utf8(harmed).unwrap();
            assert!(!holds(Endpoint::Messages, &harmed, "a thought"), "{at}");
        }
        assert!(!holds(Endpoint::Messages, "", ""));
    }
}
