//! Token counts for targets that do not count.

use aigw_protocol::Endpoint;
use http::Response;

use crate::error::ErrorKind;
use crate::exchange::{Exchange, Refusal};
use crate::failure::Reply;
use crate::respond;
use crate::response::ResponseBody;

/// Bytes of a request body that make one token, on average over English text, code and JSON.
const BYTES_PER_TOKEN: usize = 4;

/// An estimate in place of a refusal, when nothing speaks against the request but that no target counts tokens.
pub(super) fn instead(
    exchange: &mut Exchange,
    refusal: &Refusal,
) -> Option<Response<ResponseBody>> {
    let uncounted =
        matches!(&refusal.reply, Reply::Own(error) if error.kind == ErrorKind::NotSpoken);
    let members = match exchange.call.head.endpoint {
        Endpoint::CountTokens if uncounted => r#""input_tokens""#,
        Endpoint::InputTokens if uncounted => r#""object":"response.input_tokens","input_tokens""#,
        Endpoint::CountContents if uncounted => r#""totalTokens""#,
        _ => return None,
    };
    let tokens = exchange.call.body.len().div_ceil(BYTES_PER_TOKEN);
    let body = format!("{{{members}:{tokens}}}");
    let stamp = exchange.stamp.clone();
    let mut response = respond::own_json(body.into_bytes(), &stamp, &mut exchange.entry);
    respond::mark_estimate(&mut response);
    Some(response)
}
