//! Log probabilities: `logprobsResult` and chat's `logprobs` object.

use super::names::member;
use crate::hub::{Raw, Text};
use crate::json::value::Value;
use crate::json::writer::Writer;

/// A `logprobsResult` as chat's object.
pub(super) fn read(result: Value<'_>) -> Option<Raw<'static>> {
    let chosen = member(result, "chosenCandidates")?;
    let top = member(result, "topCandidates");
    let mut tops = top.into_iter().flat_map(Value::elements);
    let mut out = Vec::new();
    Writer::new(&mut out).object(|o| {
        o.key("content").array(|a| {
            for token in chosen.elements() {
                let others = tops.next().and_then(|top| member(top, "candidates"));
                a.object(|o| {
                    entry(token, o);
                    o.key("top_logprobs").array(|a| {
                        for other in others.into_iter().flat_map(Value::elements) {
                            a.object(|o| entry(other, o));
                        }
                    });
                });
            }
        });
        o.key("refusal").null();
    });
    Some(Raw::written(out))
}

fn entry(token: Value<'_>, o: &mut Writer<'_>) {
    let text = member(token, "token")
        .and_then(Text::of)
        .unwrap_or_default();
    o.key("token").text(&text);
    o.key("logprob")
        .raw(member(token, "logProbability").map_or(b"0", Value::raw));
    o.key("bytes").array(|a| {
        for byte in text.resolve().bytes() {
            a.number(u64::from(byte));
        }
    });
}

/// Writes chat's object as `logprobsResult`.
pub(super) fn write(logprobs: Value<'_>, o: &mut Writer<'_>) {
    let tokens = || {
        logprobs
            .member("content")
            .into_iter()
            .flat_map(Value::elements)
    };
    o.key("logprobsResult").object(|o| {
        o.key("topCandidates").array(|a| {
            for token in tokens() {
                let tops = token
                    .member("top_logprobs")
                    .into_iter()
                    .flat_map(Value::elements);
                a.object(|o| {
                    o.key("candidates")
                        .array(|a| tops.for_each(|top| candidate(top, a)));
                });
            }
        });
        o.key("chosenCandidates")
            .array(|a| tokens().for_each(|token| candidate(token, a)));
    });
}

fn candidate(token: Value<'_>, a: &mut Writer<'_>) {
    a.object(|o| {
        if let Some(text) = token.member("token") {
            o.key("token").raw(text.raw());
        }
        if let Some(number) = token.member("logprob") {
            o.key("logProbability").raw(number.raw());
        }
    });
}
