//! History that is referred to in place of being told.

use super::CodecError;
use crate::dialect::Dialect;
use crate::hub::{PartKind, Request};
use crate::json::value::Value;

/// What to do about a reference.
const KEPT_ELSEWHERE: &str = "it refers to an item that only the vendor of the earlier answer has; send the items themselves, and ask with `store: false`";

/// Refuses a request whose messages, calls or results are kept by an upstream of its own dialect: an answer without them
/// would be an answer to something else. References to reasoning alone may be left out, and are reported then.
pub(super) fn told(request: &Request<'_>, target: Dialect) -> Result<(), CodecError> {
    if request.dialect == target || request.dialect != Dialect::OpenaiResponses {
        return Ok(());
    }
    let mut parts = request.turns.iter().flat_map(|turn| &turn.parts);
    let missing = parts.find(|part| match &part.kind {
        PartKind::Foreign(foreign) if foreign.dialect == Dialect::OpenaiResponses => {
            let item = foreign.raw.value();
            let text = |name| item.member(name).and_then(Value::text);
            text("type").is_some_and(|kind| kind == "item_reference")
                && text("id").is_none_or(|id| !id.starts_with("rs_"))
        }
        _ => false,
    });
    match missing {
        Some(part) => Err(CodecError::Unsupported {
            place: part.place,
            what: KEPT_ELSEWHERE,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::{Target, decode_request, encode_request};
    use crate::hub::Document;

    use super::*;

    fn written(id: &str, target: Dialect) -> Result<usize, String> {
        let body = format!(
            r#"{{"model":"m","input":[{{"role":"user","content":"hi"}},{{"type":"item_reference","id":"{id}"}},{{"role":"user","content":"and?"}}]}}"#
        );
        let document = Document::check(body.as_bytes()).unwrap();
        let request = decode_request(Dialect::OpenaiResponses, document).unwrap();
        let target = Target::new(target, "t");
        encode_request(&request, &target, &mut Vec::new())
            .map(|loss| loss.dropped())
            .map_err(|error| format!("{}: {error}", error.path(body.as_bytes())))
    }

    #[test]
    fn only_references_to_reasoning_are_left_out() {
        for target in [
            Dialect::OpenaiChat,
            Dialect::AnthropicMessages,
            Dialect::GeminiGenerate,
        ] {
            assert_eq!(written("rs_1", target), Ok(1));
            for id in ["msg_1", "fc_1", "call_1", ""] {
                let error = written(id, target).unwrap_err();
                assert!(error.starts_with("input[1]: "), "{error}");
                assert!(error.contains("store: false"), "{error}");
            }
        }
        assert_eq!(written("msg_1", Dialect::OpenaiResponses), Ok(0));
    }
}
