//! Log probabilities.

use crate::hub::Text;
use crate::json::value::Value;
use crate::json::writer::Writer;

/// Writes the entry of a token, with the members that this dialect asks for and others may leave
/// out. Entries of `top` level have alternatives.
pub(super) fn write(entry: Value<'_>, top: bool, json: &mut Writer<'_>) {
    let given = |name| entry.member(name).filter(|value| !value.is_null());
    json.object(|o| {
        for (key, value) in entry.members() {
            if !matches!(key.0, b"bytes" | b"top_logprobs") {
                o.raw_key(key.0).raw(value.raw());
            }
        }
        match given("bytes") {
            Some(bytes) => o.key("bytes").raw(bytes.raw()),
            None => o.key("bytes").array(|a| {
                let token = given("token").and_then(Text::of).unwrap_or_default();
                for byte in token.resolve().bytes() {
                    a.number(u64::from(byte));
                }
            }),
        }
        if top {
            o.key("top_logprobs").array(|a| {
                for other in given("top_logprobs").into_iter().flat_map(Value::elements) {
                    write(other, false, a);
                }
            });
        }
    });
}
