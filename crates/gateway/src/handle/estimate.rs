//! Token counts for targets that do not count.

use http::Response;

use crate::count;
use crate::error::ErrorKind;
use crate::exchange::{Exchange, Refusal};
use crate::failure::Reply;
use crate::respond;
use crate::response::ResponseBody;

/// The answer to a refusal: an estimate where nothing speaks against the request but that no target counts its tokens.
pub(super) async fn or_refused(
    exchange: &mut Exchange,
    refusal: Refusal,
) -> Response<ResponseBody> {
    let endpoint = exchange.call.head.endpoint;
    let uncounted = matches!(&refusal.reply, Reply::Own(error)
        if matches!(error.kind, ErrorKind::NotSpoken | ErrorKind::NotTranslatable));
    if !(uncounted && endpoint.counts()) {
        return respond::refused(exchange, &refusal);
    }
    match count::estimate(endpoint, exchange.call.body.clone()).await {
        Ok(tokens) => {
            let body = count::answer(endpoint, tokens);
            let stamp = exchange.stamp.clone();
            let mut response = respond::own_json(body, &stamp, &mut exchange.entry);
            respond::mark_estimate(&mut response);
            response
        }
        Err(error) => {
            let refusal = Refusal {
                reply: Reply::Own(error),
                ..refusal
            };
            respond::refused(exchange, &refusal)
        }
    }
}
