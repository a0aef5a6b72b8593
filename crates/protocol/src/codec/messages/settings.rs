//! Everything of a request that is neither conversation nor tools, written.

use super::DIALECT;
use super::plan::{Plan, Thinking};
use crate::codec::write::{drop_flag, drop_unless};
use crate::codec::{Capabilities, CodecError, Target};
use crate::dialect::Dialect;
use crate::hub::{Effort, Format, Loss, Placed, Raw, Reason, ReasoningMode, Request, Text};
use crate::json::writer::Writer;

/// Refuses what cannot be left out without changing what is asked for.
pub(super) fn refuse(request: &Request<'_>, target: &Target<'_>) -> Result<(), CodecError> {
    let session = &request.session;
    let stateful = request.dialect == DIALECT && target.can(Capabilities::STATEFUL);
    let thread = session
        .conversation
        .as_ref()
        .filter(|_| !stateful)
        .map(|c| c.place);
    let unsupported = |place, what| Err(CodecError::Unsupported { place, what });
    if let Some(id) = &session.previous_response_id {
        return unsupported(id.place, "continuing an earlier answer");
    }
    if let Some(place) = thread {
        return unsupported(place, "continuing a stored conversation");
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
    (target, plan): (&Target<'_>, &Plan<'_>),
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let own = request.dialect == DIALECT;
    json.maybe_boolean("stream", request.stream.as_ref());
    sampling(request, plan, json, loss);
    thinking(request, plan, json, loss);
    output(request, (target, plan), json, loss);
    caller(request, json, loss);
    match &request.cache.marker {
        Some(marker) if target.can(Capabilities::CACHE_MARKERS) => {
            json.key("cache_control").raw(marker.raw.bytes());
        }
        marker => loss.drop_value(marker.as_ref(), Reason::NotSupported),
    }
    service_tier(request, json, loss);
    if own {
        json.maybe_raw(
            "context_management",
            request.session.context_management.as_ref(),
        );
        json.maybe_raw("thread", request.session.conversation.as_ref());
    } else {
        loss.drop_value(
            request.session.context_management.as_ref(),
            Reason::NotInDialect,
        );
    }
    unsaid(request, loss);
    json.own_extras(&request.extras, own, loss);
}

fn sampling(request: &Request<'_>, plan: &Plan<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let own = request.dialect == DIALECT;
    let sampling = &request.sampling;
    let thinks = !own && matches!(plan.thinking, Thinking::Enabled(_) | Thinking::Adaptive);
    if thinks {
        // With thinking nothing but the defaults is taken.
        for value in [&sampling.temperature, &sampling.top_p] {
            drop_unless(loss, value.as_ref(), &["1", "1.0"], Reason::Overruled);
        }
        loss.drop_value(sampling.top_k.as_ref(), Reason::Overruled);
    } else {
        if let Some(temperature) = &sampling.temperature {
            json.key("temperature").raw(if own {
                temperature.bytes()
            } else {
                clamped(temperature, loss)
            });
        }
        if own || sampling.temperature.is_none() {
            json.maybe_raw("top_p", sampling.top_p.as_ref());
        } else {
            // Newer models refuse both together.
            drop_unless(
                loss,
                sampling.top_p.as_ref(),
                &["1", "1.0"],
                Reason::Overruled,
            );
        }
        json.maybe_raw("top_k", sampling.top_k.as_ref());
    }
    let blank = |stop: &&Placed<Text<'_>>| stop.resolve().trim().is_empty();
    if sampling.stop.iter().any(|stop| own || !blank(&stop)) {
        json.key("stop_sequences").array(|a| {
            for stop in sampling.stop.iter().filter(|stop| own || !blank(stop)) {
                a.text(stop);
            }
        });
    }
    for stop in sampling.stop.iter().filter(|stop| !own && blank(stop)) {
        loss.drop_at(stop.place, Reason::Invalid);
    }
}

/// A temperature within the range of this dialect.
fn clamped<'t>(temperature: &'t Placed<Raw<'_>>, loss: &mut Loss) -> &'t [u8] {
    let number: Option<f64> = std::str::from_utf8(temperature.bytes())
        .ok()
        .and_then(|t| t.parse().ok());
    if number.is_some_and(|number| number > 1.0) {
        loss.assume("temperature", "1");
        return b"1";
    }
    temperature.bytes()
}

fn thinking(request: &Request<'_>, plan: &Plan<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let own = request.dialect == DIALECT;
    let asked = &request.reasoning;
    if let (true, Some(ReasoningMode::Other(name))) = (own, asked.mode.as_ref().map(|m| &m.value)) {
        json.key("thinking").object(|o| {
            o.key("type").text(name);
            o.maybe_text("display", asked.display.as_ref());
            o.extras(&asked.extras);
        });
        return;
    }
    let (kind, budget) = match plan.thinking {
        Thinking::Unsaid => {
            if !own {
                loss.drop_value(asked.summary.as_ref(), Reason::NotInDialect);
            }
            return;
        }
        Thinking::Disabled => ("disabled", None),
        Thinking::Adaptive => ("adaptive", None),
        Thinking::Enabled(budget) => ("enabled", Some(budget)),
    };
    json.key("thinking").object(|o| {
        o.key("type").string(kind);
        if let Some(budget) = budget {
            o.key("budget_tokens").number(budget);
        }
        if own {
            o.maybe_text("display", asked.display.as_ref());
            o.extras(&asked.extras);
        } else if kind != "disabled" {
            display(request, o, loss);
        }
    });
}

/// Whether the caller wants to read what is thought.
fn display(request: &Request<'_>, o: &mut Writer<'_>, loss: &mut Loss) {
    let asked = &request.reasoning;
    match (&asked.summary, asked.include) {
        (Some(summary), _) => {
            o.key("display").string("summarized");
            if !summary.is("auto") {
                loss.drop_at(summary.place, Reason::NotInDialect);
            }
        }
        (None, Some(include)) => {
            o.key("display").string(if include.value {
                "summarized"
            } else {
                "omitted"
            });
        }
        (None, None) => {}
    }
}

fn output(
    request: &Request<'_>,
    (target, plan): (&Target<'_>, &Plan<'_>),
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let own = request.dialect == DIALECT;
    let output = &request.output;
    let before = json.len();
    json.key("output_config").open(b'{');
    let empty = json.len();
    if let Some(effort) = &plan.effort {
        match effort {
            Effort::Other(name) => json.key("effort").text(name),
            known => json.key("effort").string(known.name().unwrap_or_default()),
        }
    }
    match output
        .format
        .as_ref()
        .map(|format| (format.place, &format.value))
    {
        Some((place, Format::JsonSchema(_))) if !target.can(Capabilities::JSON_SCHEMA) => {
            loss.drop_at(place, Reason::NotSupported);
        }
        Some((place, Format::JsonSchema(schema))) => match &schema.schema {
            Some(raw) => {
                json.key("format").object(|o| {
                    o.key("type").string("json_schema");
                    o.key("schema").raw(raw.bytes());
                });
                loss.drop_value(schema.name.as_ref(), Reason::NotInDialect);
                loss.drop_value(schema.description.as_ref(), Reason::NotInDialect);
            }
            None => loss.drop_at(place, Reason::Invalid),
        },
        Some((_, Format::Other(raw))) if own => json.key("format").raw(raw.bytes()),
        Some((place, Format::JsonObject | Format::Other(_))) => {
            loss.drop_at(place, Reason::NotInDialect);
        }
        Some((_, Format::Text)) | None => {}
    }
    json.own_extras(&output.extras, own, loss);
    if json.len() == empty {
        json.truncate(before);
    } else {
        json.close(b'}');
    }
}

fn caller(request: &Request<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let own = request.dialect == DIALECT;
    let caller = &request.caller;
    let user = caller.user.as_ref().or(caller.safety_identifier.as_ref());
    if caller.user.is_some() {
        loss.drop_value(caller.safety_identifier.as_ref(), Reason::Overruled);
    }
    if user.is_some() || (own && !caller.metadata.is_empty()) {
        json.key("metadata").object(|o| {
            o.maybe_text("user_id", user);
            if own {
                o.extras(&caller.metadata);
            }
        });
    }
    if !own {
        for entry in &caller.metadata {
            loss.drop_at(entry.place, Reason::NotInDialect);
        }
    }
}

fn service_tier(request: &Request<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let Some(tier) = &request.service_tier else {
        return;
    };
    if request.dialect == DIALECT || tier.is("auto") {
        json.key("service_tier").text(tier);
    } else if tier.is("default") {
        json.key("service_tier").string("standard_only");
    } else {
        loss.drop_at(tier.place, Reason::NotInDialect);
    }
}

/// Reports what this dialect has no words for.
fn unsaid(request: &Request<'_>, loss: &mut Loss) {
    let missing = Reason::NotInDialect;
    let sampling = &request.sampling;
    for value in [&sampling.presence_penalty, &sampling.frequency_penalty] {
        drop_unless(loss, value.as_ref(), &["0", "0.0"], missing);
    }
    drop_unless(loss, sampling.n.as_ref(), &["1"], Reason::OneAnswer);
    drop_unless(loss, sampling.logit_bias.as_ref(), &["{}"], missing);
    loss.drop_value(sampling.seed.as_ref(), missing);
    drop_flag(loss, sampling.logprobs.as_ref(), false, missing);
    drop_unless(loss, sampling.top_logprobs.as_ref(), &["0"], missing);
    let output = &request.output;
    loss.drop_value(output.verbosity.as_ref(), missing);
    drop_unless(
        loss,
        output.modalities.as_ref(),
        &["[\"text\"]", "[\"TEXT\"]"],
        missing,
    );
    loss.drop_value(output.audio.as_ref(), missing);
    loss.drop_value(output.prediction.as_ref(), missing);
    let cache = &request.cache;
    loss.drop_value(cache.key.as_ref(), missing);
    loss.drop_value(cache.retention.as_ref(), missing);
    loss.drop_value(cache.options.as_ref(), missing);
    loss.drop_value(cache.content.as_ref(), Reason::Stateless);
    let session = &request.session;
    drop_flag(loss, session.store.as_ref(), false, Reason::Stateless);
    for include in &session.include {
        // Reasoning always comes with its state.
        if !include.is("reasoning.encrypted_content") {
            loss.drop_at(include.place, missing);
        }
    }
    if let Some(truncation) = session.truncation.as_ref().filter(|t| !t.is("disabled")) {
        loss.drop_at(truncation.place, missing);
    }
    loss.drop_value(request.max_tool_calls.as_ref(), missing);
    if request.dialect != Dialect::AnthropicMessages {
        loss.drop_extras(&request.stream_options.extras);
    }
}
