//! Everything of a request that is neither conversation nor tools, written.

use super::DIALECT;
use crate::codec::write::{drop_flag, drop_unless};
use crate::codec::{Capabilities, CodecError, Target};
use crate::dialect::{Dialect, Family};
use crate::hub::{Effort, Format, Loss, Placed, Raw, Reason, Request, Text, effort};
use crate::json::writer::Writer;

/// Refuses what cannot be left out without changing what is asked for.
pub(super) fn refuse(request: &Request<'_>) -> Result<(), CodecError> {
    let session = &request.session;
    let unsupported = |place, what| Err(CodecError::Unsupported { place, what });
    if let Some(id) = &session.previous_response_id {
        return unsupported(id.place, "continuing an earlier answer");
    }
    if let Some(conversation) = &session.conversation {
        return unsupported(conversation.place, "continuing a stored conversation");
    }
    if let Some(prompt) = &session.prompt {
        return unsupported(prompt.place, "using a stored prompt");
    }
    match &session.background {
        Some(background) if background.value => unsupported(background.place, "answering later"),
        _ => Ok(()),
    }
}

/// Writes the settings.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let own = request.dialect == DIALECT;
    stream(request, target, json, loss);
    if let Some(tokens) = &request.max_output_tokens {
        let newer = target.can(Capabilities::MAX_COMPLETION_TOKENS);
        json.key(if newer {
            "max_completion_tokens"
        } else {
            "max_tokens"
        })
        .number(tokens.value);
    }
    sampling(request, target, json, loss);
    reasoning(request, target, json, loss);
    format(request, target, json, loss);
    vendor(request, target, json, loss);
    unsaid(request, loss);
    json.own_extras(&request.extras, own, loss);
}

fn stream(request: &Request<'_>, target: &Target<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let own = request.dialect == DIALECT;
    json.maybe_boolean("stream", request.stream.as_ref());
    let options = &request.stream_options;
    // Counts are always asked for: every caller's dialect but this one tells them unasked, and the
    // gateway needs them in any case.
    if request.streams() && target.can(Capabilities::STREAM_USAGE) {
        json.key("stream_options").object(|o| {
            o.key("include_usage").boolean(true);
            o.own_extras(&options.extras, own, loss);
        });
    } else {
        loss.drop_extras(&options.extras);
    }
}

fn sampling(request: &Request<'_>, target: &Target<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let own = request.dialect == DIALECT;
    let sampling = &request.sampling;
    for (key, value) in [
        ("temperature", &sampling.temperature),
        ("top_p", &sampling.top_p),
    ] {
        if target.can(Capabilities::SAMPLING) {
            json.maybe_raw(key, value.as_ref());
        } else {
            drop_unless(loss, value.as_ref(), &["1", "1.0"], Reason::NotSupported);
        }
    }
    if own && target.can(Capabilities::SAMPLING) {
        json.maybe_raw("top_k", sampling.top_k.as_ref());
    } else {
        loss.drop_value(sampling.top_k.as_ref(), Reason::NotInDialect);
    }
    json.maybe_raw("seed", sampling.seed.as_ref());
    json.maybe_raw("presence_penalty", sampling.presence_penalty.as_ref());
    json.maybe_raw("frequency_penalty", sampling.frequency_penalty.as_ref());
    stop(&sampling.stop, json, loss);
    json.maybe_raw("logit_bias", sampling.logit_bias.as_ref());
    if own {
        json.maybe_raw("n", sampling.n.as_ref());
    } else {
        drop_unless(loss, sampling.n.as_ref(), &["1"], Reason::OneAnswer);
    }
    if target.can(Capabilities::LOGPROBS) {
        json.maybe_boolean("logprobs", sampling.logprobs.as_ref());
        json.maybe_raw("top_logprobs", sampling.top_logprobs.as_ref());
        let candidates = sampling
            .top_logprobs
            .as_ref()
            .is_some_and(|n| n.bytes() != b"0");
        if candidates && sampling.logprobs.is_none() {
            // Responses asks for both with one member.
            json.key("logprobs").boolean(true);
        }
    } else {
        drop_flag(
            loss,
            sampling.logprobs.as_ref(),
            false,
            Reason::NotSupported,
        );
        drop_unless(
            loss,
            sampling.top_logprobs.as_ref(),
            &["0"],
            Reason::NotSupported,
        );
    }
}

/// At most four stop sequences are taken.
fn stop(stops: &[Placed<Text<'_>>], json: &mut Writer<'_>, loss: &mut Loss) {
    const MOST: usize = 4;
    if stops.is_empty() {
        return;
    }
    json.key("stop")
        .array(|a| stops.iter().take(MOST).for_each(|stop| a.text(stop)));
    for stop in stops.iter().skip(MOST) {
        loss.drop_at(stop.place, Reason::NotInDialect);
    }
}

fn reasoning(request: &Request<'_>, target: &Target<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let asked = &request.reasoning;
    let own = request.dialect == DIALECT;
    loss.drop_value(asked.summary.as_ref(), Reason::NotInDialect);
    loss.drop_value(asked.context.as_ref(), Reason::NotInDialect);
    loss.drop_extras(&asked.extras);
    if !target.can(Capabilities::REASONING) {
        loss.drop_value(asked.effort.as_ref(), Reason::NotSupported);
        loss.drop_value(asked.budget.as_ref(), Reason::NotSupported);
        loss.drop_value(asked.mode.as_ref(), Reason::NotSupported);
        return;
    }
    if let Some(effort) = &asked.effort {
        match &effort.value {
            Effort::Other(name) if own => json.key("reasoning_effort").text(name),
            Effort::Other(_) => loss.drop_at(effort.place, Reason::NotInDialect),
            known => json
                .key("reasoning_effort")
                .string(known.name().unwrap_or_default()),
        }
        loss.drop_value(asked.budget.as_ref(), Reason::Overruled);
        return;
    }
    match (asked.budget, asked.mode.as_ref()) {
        // A budget that is left to the model is what it has unasked.
        (Some(budget), _) => {
            if let Some(effort) = effort::of_budget(budget.value) {
                assume(&effort, json, loss);
            }
        }
        (None, Some(mode)) => loss.drop_at(mode.place, Reason::NotInDialect),
        (None, None) => {}
    }
    if let Some(include) = asked.include.filter(|include| include.value) {
        loss.drop_at(include.place, Reason::NotInDialect);
    }
}

fn assume(effort: &Effort<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let name = effort.name().unwrap_or("medium");
    json.key("reasoning_effort").string(name);
    loss.assume("reasoning_effort", format!("\"{name}\""));
}

fn format(request: &Request<'_>, target: &Target<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let Some(format) = &request.output.format else {
        return;
    };
    match &format.value {
        Format::Text if request.dialect == DIALECT => {
            json.key("response_format")
                .object(|o| o.key("type").string("text"));
        }
        Format::Text => {}
        Format::JsonObject => json
            .key("response_format")
            .object(|o| o.key("type").string("json_object")),
        Format::JsonSchema(schema) if target.can(Capabilities::JSON_SCHEMA) => {
            json.key("response_format").object(|o| {
                o.key("type").string("json_schema");
                o.key("json_schema").object(|o| {
                    if let Some(name) = &schema.name {
                        o.key("name").text(name);
                    } else {
                        o.key("name").string("response");
                        loss.assume("response_format.json_schema.name", "\"response\"");
                    }
                    o.maybe_text("description", schema.description.as_ref());
                    o.maybe_raw("schema", schema.schema.as_ref());
                    match schema.strict {
                        Some(strict) => o.key("strict").boolean(strict.value),
                        // Anthropic and Google keep to the schema always; here it must be asked for.
                        None if request.dialect.family() != Family::Openai => {
                            let strict = schema.is_closed();
                            o.key("strict").boolean(strict);
                            if !strict {
                                loss.assume("response_format.json_schema.strict", "false");
                            }
                        }
                        None => {}
                    }
                });
            });
        }
        Format::Other(raw) if request.dialect == DIALECT => {
            json.key("response_format").raw(raw.bytes());
        }
        Format::JsonSchema(_) => loss.drop_at(format.place, Reason::NotSupported),
        Format::Other(_) => loss.drop_at(format.place, Reason::NotInDialect),
    }
}

/// Members that are `OpenAI`'s own, which other upstreams of this dialect may refuse.
fn vendor(request: &Request<'_>, target: &Target<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    json.maybe_text("user", request.caller.user.as_ref());
    let openai = request.dialect.family() == Family::Openai;
    let takes = target.can(Capabilities::OPENAI_MEMBERS);
    let texts: [(&str, Option<&Placed<Text<'_>>>); 4] = [
        (
            "safety_identifier",
            request.caller.safety_identifier.as_ref(),
        ),
        ("prompt_cache_key", request.cache.key.as_ref()),
        ("prompt_cache_retention", request.cache.retention.as_ref()),
        ("verbosity", request.output.verbosity.as_ref()),
    ];
    for (key, value) in texts {
        if takes {
            json.maybe_text(key, value);
        } else {
            loss.drop_value(value, Reason::NotSupported);
        }
    }
    let raws: [(&str, Option<&Placed<Raw<'_>>>); 4] = [
        ("prompt_cache_options", request.cache.options.as_ref()),
        (
            "modalities",
            request.output.modalities.as_ref().filter(|_| openai),
        ),
        ("audio", request.output.audio.as_ref()),
        ("prediction", request.output.prediction.as_ref()),
    ];
    for (key, value) in raws {
        if takes {
            json.maybe_raw(key, value);
        } else {
            loss.drop_value(value, Reason::NotSupported);
        }
    }
    if !openai {
        let plain = ["[\"text\"]", "[\"TEXT\"]"];
        drop_unless(
            loss,
            request.output.modalities.as_ref(),
            &plain,
            Reason::NotInDialect,
        );
    }
    match request.session.store {
        Some(store) if takes => json.key("store").boolean(store.value),
        store => drop_flag(loss, store.as_ref(), false, Reason::NotSupported),
    }
    metadata(request, takes && openai, json, loss);
    service_tier(request, takes, json, loss);
}

fn metadata(request: &Request<'_>, takes: bool, json: &mut Writer<'_>, loss: &mut Loss) {
    let metadata = &request.caller.metadata;
    if takes && !metadata.is_empty() {
        json.key("metadata").object(|o| o.extras(metadata));
    }
    if !takes {
        for entry in metadata {
            loss.drop_at(entry.place, Reason::NotInDialect);
        }
    }
}

fn service_tier(request: &Request<'_>, takes: bool, json: &mut Writer<'_>, loss: &mut Loss) {
    let Some(tier) = &request.service_tier else {
        return;
    };
    let openai = request.dialect.family() == Family::Openai;
    if !takes {
        loss.drop_at(tier.place, Reason::NotSupported);
    } else if openai || tier.is("auto") {
        json.key("service_tier").text(tier);
    } else if tier.is("standard_only") {
        json.key("service_tier").string("default");
    } else {
        loss.drop_at(tier.place, Reason::NotInDialect);
    }
}

/// Reports what this dialect has no words for.
fn unsaid(request: &Request<'_>, loss: &mut Loss) {
    let missing = Reason::NotInDialect;
    if let Some(marker) = &request.cache.marker {
        loss.drop_at(marker.place, missing);
    }
    loss.drop_value(request.cache.content.as_ref(), Reason::Stateless);
    let session = &request.session;
    for include in &session.include {
        // Whatever reasoning there is comes unasked.
        if !include.is("reasoning.encrypted_content") {
            loss.drop_at(include.place, missing);
        }
    }
    if let Some(truncation) = session.truncation.as_ref().filter(|t| !t.is("disabled")) {
        loss.drop_at(truncation.place, missing);
    }
    loss.drop_value(session.context_management.as_ref(), missing);
    loss.drop_value(request.max_tool_calls.as_ref(), missing);
    if request.dialect != Dialect::OpenaiChat {
        loss.drop_extras(&request.output.extras);
    }
}
