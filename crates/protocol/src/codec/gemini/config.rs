//! `generationConfig`, read and written.

use super::DIALECT;
use super::names::camel;
use super::tools::schema;
use super::write_tools::Slot;
use crate::codec::write::drop_flag;
use crate::codec::{Capabilities, Target, read};
use crate::hub::{
    Effort, Extra, Format, JsonSchema, Loss, Place, Placed, Raw, Reason, ReasoningMode, Request,
    Text, effort,
};
use crate::json::value::{Key, Value};
use crate::json::writer::Writer;

/// The largest budget for thoughts that every model of the vendor takes.
const LARGEST_BUDGET: u64 = 24_576;

/// The most stop sequences.
const MOST_STOPS: usize = 5;

/// What the members about the format of the answer say.
#[derive(Default)]
struct Shape<'a> {
    mime: Option<(Key<'a>, Value<'a>)>,
    schema: Option<(Key<'a>, Value<'a>, Placed<Raw<'a>>)>,
}

/// Reads it.
pub(super) fn decode<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let mut shape = Shape::default();
    let mut extras = Vec::new();
    read::members(value, &mut extras, |key, value| {
        setting(request, &mut shape, key, value)
    });
    request.output.extras.extend(extras);
    format(request, shape);
    true
}

fn setting<'a>(
    request: &mut Request<'a>,
    shape: &mut Shape<'a>,
    key: Key<'a>,
    value: Value<'a>,
) -> bool {
    let sampling = &mut request.sampling;
    match &*camel(key) {
        b"temperature" => read::number(&mut sampling.temperature, value),
        b"topP" => read::number(&mut sampling.top_p, value),
        b"topK" => read::number(&mut sampling.top_k, value),
        b"seed" => read::number(&mut sampling.seed, value),
        b"presencePenalty" => read::number(&mut sampling.presence_penalty, value),
        b"frequencyPenalty" => read::number(&mut sampling.frequency_penalty, value),
        b"stopSequences" => read::texts(&mut sampling.stop, value),
        b"candidateCount" => read::number(&mut sampling.n, value),
        b"responseLogprobs" => read::boolean(&mut sampling.logprobs, value),
        b"logprobs" => read::number(&mut sampling.top_logprobs, value),
        b"maxOutputTokens" => read::integer(&mut request.max_output_tokens, value),
        b"responseModalities" => read::array(&mut request.output.modalities, value),
        b"responseMimeType" if value.raw_text().is_some() => {
            shape.mime = Some((key, value));
            true
        }
        b"responseSchema" => {
            let mut found = None;
            let taken = schema(&mut found, value);
            shape.schema = found
                .map(|found| (key, value, found))
                .or_else(|| shape.schema.take());
            taken
        }
        b"responseJsonSchema" if value.is_object() => {
            shape.schema = Some((key, value, Placed::raw(value)));
            true
        }
        b"thinkingConfig" if value.is_object() => thinking(request, value),
        _ => false,
    }
}

fn format<'a>(request: &mut Request<'a>, shape: Shape<'a>) {
    let mime = shape.mime.and_then(|(_, value)| value.raw_text());
    let schema = shape.schema.as_ref().map(|(_, value, _)| *value);
    let Some(place) = schema.or(shape.mime.map(|(_, value)| value)).map(Place::of) else {
        return;
    };
    let value = match (mime, shape.schema) {
        (Some(b"text/plain"), None) => Format::Text,
        (Some(b"application/json"), None) => Format::JsonObject,
        (None | Some(b"application/json"), Some((_, _, schema))) => {
            Format::JsonSchema(Box::new(JsonSchema {
                name: None,
                description: None,
                schema: Some(schema),
                strict: None,
            }))
        }
        // One word out of several, or a type that is not known.
        (_, schema) => {
            let kept = shape
                .mime
                .into_iter()
                .chain(schema.map(|(key, value, _)| (key, value)));
            let kept = kept.map(|(key, value)| Extra::new(key, value));
            request.output.extras.extend(kept);
            return;
        }
    };
    request.output.format = Some(Placed { place, value });
}

fn thinking<'a>(request: &mut Request<'a>, value: Value<'a>) -> bool {
    let reasoning = &mut request.reasoning;
    let mut extras = Vec::new();
    read::members(value, &mut extras, |key, value| match &*camel(key) {
        b"includeThoughts" => read::boolean(&mut reasoning.include, value),
        b"thinkingBudget" => read::signed(&mut reasoning.budget, value),
        b"thinkingLevel" => {
            let level = Text::of(value).filter(|level| !level.is("THINKING_LEVEL_UNSPECIFIED"));
            let level = level.map(|level| Text::plain(level.resolve().to_ascii_lowercase()));
            let found = level.map(|level| Placed::new(value, Effort::of(level)));
            read::fill(&mut reasoning.effort, found)
        }
        _ => false,
    });
    reasoning.extras.extend(extras);
    true
}

/// Writes it, unless it would say nothing.
pub(super) fn encode(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let before = json.len();
    json.key("generationConfig").open(b'{');
    let empty = json.len();
    if let Some(most) = &request.max_output_tokens {
        json.key("maxOutputTokens").number(most.value);
    }
    sampling(request, target, json, loss);
    encode_thinking(request, target, json, loss);
    output(request, target, json, loss);
    if json.len() == empty {
        json.truncate(before);
    } else {
        json.close(b'}');
    }
}

fn sampling(request: &Request<'_>, target: &Target<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let sampling = &request.sampling;
    let drawn = [
        ("temperature", &sampling.temperature),
        ("topP", &sampling.top_p),
        ("topK", &sampling.top_k),
    ];
    for (key, value) in drawn {
        if target.can(Capabilities::SAMPLING) {
            json.maybe_raw(key, value.as_ref());
        } else {
            loss.drop_value(value.as_ref(), Reason::NotSupported);
        }
    }
    json.maybe_raw("seed", sampling.seed.as_ref());
    json.maybe_raw("presencePenalty", sampling.presence_penalty.as_ref());
    json.maybe_raw("frequencyPenalty", sampling.frequency_penalty.as_ref());
    let own = request.dialect == DIALECT;
    let most = if own { usize::MAX } else { MOST_STOPS };
    if !sampling.stop.is_empty() {
        json.key("stopSequences").array(|a| {
            sampling
                .stop
                .iter()
                .take(most)
                .for_each(|stop| a.text(stop));
        });
    }
    for stop in sampling.stop.iter().skip(most) {
        loss.drop_at(stop.place, Reason::NotSupported);
    }
    if own {
        json.maybe_raw("candidateCount", sampling.n.as_ref());
    } else if let Some(n) = sampling.n.as_ref().filter(|n| n.bytes() != b"1") {
        loss.drop_at(n.place, Reason::OneAnswer);
    }
    loss.drop_value(sampling.logit_bias.as_ref(), Reason::NotInDialect);
    if target.can(Capabilities::LOGPROBS) {
        json.maybe_boolean("responseLogprobs", sampling.logprobs.as_ref());
        json.maybe_raw("logprobs", sampling.top_logprobs.as_ref());
    } else {
        drop_flag(
            loss,
            sampling.logprobs.as_ref(),
            false,
            Reason::NotSupported,
        );
        loss.drop_value(sampling.top_logprobs.as_ref(), Reason::NotSupported);
    }
}

fn encode_thinking(
    request: &Request<'_>,
    target: &Target<'_>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let reasoning = &request.reasoning;
    loss.drop_value(reasoning.context.as_ref(), Reason::NotInDialect);
    if !target.can(Capabilities::REASONING) {
        loss.drop_value(reasoning.effort.as_ref(), Reason::NotSupported);
        loss.drop_value(reasoning.budget.as_ref(), Reason::NotSupported);
        loss.drop_value(reasoning.mode.as_ref(), Reason::NotSupported);
        loss.drop_value(reasoning.summary.as_ref(), Reason::NotSupported);
        loss.drop_value(reasoning.display.as_ref(), Reason::NotSupported);
        loss.drop_value(reasoning.include.as_ref(), Reason::NotSupported);
        loss.drop_extras(&reasoning.extras);
        return;
    }
    let before = json.len();
    json.key("thinkingConfig").open(b'{');
    let empty = json.len();
    if let Some(include) = includes(request) {
        json.key("includeThoughts").boolean(include);
    }
    amount(request, target, json, loss);
    json.own_extras(&reasoning.extras, request.dialect == DIALECT, loss);
    if json.len() == empty {
        json.truncate(before);
    } else {
        json.close(b'}');
    }
}

/// Whether thoughts are to be part of the answer. Callers of other dialects get them whenever they
/// ask for reasoning in a way that shows it.
fn includes(request: &Request<'_>) -> Option<bool> {
    let reasoning = &request.reasoning;
    if let Some(include) = reasoning.include {
        return Some(include.value);
    }
    if reasoning
        .display
        .as_ref()
        .is_some_and(|display| display.is("omitted"))
    {
        return Some(false);
    }
    if reasoning.summary.is_some() || reasoning.display.is_some() {
        return Some(true);
    }
    let mode = reasoning.mode.as_ref().map(|mode| &mode.value);
    matches!(mode, Some(ReasoningMode::Enabled | ReasoningMode::Adaptive)).then_some(true)
}

/// How much to think: a level or a budget.
fn amount(request: &Request<'_>, target: &Target<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    const PATH: &str = "generationConfig.thinkingConfig.thinkingBudget";
    let reasoning = &request.reasoning;
    let own = request.dialect == DIALECT;
    if own {
        if let Some(level) = reasoning.effort.as_ref() {
            let name = match &level.value {
                Effort::Other(name) => name.resolve(),
                known => known.name().unwrap_or_default().into(),
            };
            json.key("thinkingLevel").string(&name.to_ascii_uppercase());
        }
        if let Some(budget) = reasoning.budget {
            signed(budget.value, json);
        }
        return;
    }
    if let Some(mode) = &reasoning.mode {
        match &mode.value {
            ReasoningMode::Disabled => {
                signed(0, json);
                loss.drop_value(reasoning.effort.as_ref(), Reason::Overruled);
                return loss.drop_value(reasoning.budget.as_ref(), Reason::Overruled);
            }
            ReasoningMode::Other(_) => loss.drop_at(mode.place, Reason::NotInDialect),
            ReasoningMode::Enabled | ReasoningMode::Adaptive => {}
        }
    }
    if let Some(budget) = reasoning.budget {
        loss.drop_value(reasoning.effort.as_ref(), Reason::Overruled);
        let most = i64::try_from(LARGEST_BUDGET).unwrap_or(i64::MAX);
        if budget.value > most {
            loss.assume(PATH, most.to_string());
        }
        return signed(budget.value.min(most), json);
    }
    match reasoning
        .effort
        .as_ref()
        .map(|effort| (effort.place, &effort.value))
    {
        Some((_, Effort::None)) => signed(0, json),
        Some((place, effort)) => {
            if target.can(Capabilities::ADAPTIVE_REASONING) {
                return level(effort, place, json, loss);
            }
            match effort::budget(effort) {
                Some(tokens) => {
                    let tokens = tokens.min(LARGEST_BUDGET);
                    loss.assume(PATH, tokens.to_string());
                    json.key("thinkingBudget").number(tokens);
                }
                None => loss.drop_at(place, Reason::NotInDialect),
            }
        }
        // The model decides.
        None if matches!(reasoning.mode.as_deref(), Some(ReasoningMode::Adaptive)) => {
            signed(-1, json);
        }
        None => {}
    }
}

/// The level that comes nearest.
fn level(effort: &Effort<'_>, place: Place, json: &mut Writer<'_>, loss: &mut Loss) {
    let level = match effort {
        Effort::Minimal => "MINIMAL",
        Effort::Low => "LOW",
        Effort::Medium => "MEDIUM",
        Effort::High => "HIGH",
        Effort::Xhigh | Effort::Max => {
            loss.assume("generationConfig.thinkingConfig.thinkingLevel", "\"HIGH\"");
            "HIGH"
        }
        Effort::None | Effort::Other(_) => return loss.drop_at(place, Reason::NotInDialect),
    };
    json.key("thinkingLevel").string(level);
}

fn signed(budget: i64, json: &mut Writer<'_>) {
    json.key("thinkingBudget")
        .raw(budget.to_string().as_bytes());
}

fn output(request: &Request<'_>, target: &Target<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let output = &request.output;
    let own = request.dialect == DIALECT;
    if let Some(format) = &output.format {
        encode_format(request, target, format, json, loss);
    }
    if let Some(modalities) = &output.modalities {
        let text_only = || {
            let mut kinds = modalities.value().elements();
            kinds.next().and_then(Value::raw_text) == Some(b"text") && kinds.next().is_none()
        };
        if own {
            json.key("responseModalities").raw(modalities.bytes());
        } else if !text_only() {
            loss.drop_at(modalities.place, Reason::NotInDialect);
        }
    }
    loss.drop_value(output.verbosity.as_ref(), Reason::NotInDialect);
    loss.drop_value(output.audio.as_ref(), Reason::NotInDialect);
    loss.drop_value(output.prediction.as_ref(), Reason::NotInDialect);
    json.own_extras(&output.extras, own, loss);
}

fn encode_format(
    request: &Request<'_>,
    target: &Target<'_>,
    format: &Placed<Format<'_>>,
    json: &mut Writer<'_>,
    loss: &mut Loss,
) {
    let schema = match &format.value {
        Format::Text => {
            if request.dialect == DIALECT {
                json.key("responseMimeType").string("text/plain");
            }
            return;
        }
        Format::Other(_) => return loss.drop_at(format.place, Reason::NotInDialect),
        Format::JsonObject => None,
        Format::JsonSchema(schema) => Some(schema),
    };
    json.key("responseMimeType").string("application/json");
    let Some(format) = schema else { return };
    loss.drop_value(format.name.as_ref(), Reason::NotInDialect);
    loss.drop_value(format.description.as_ref(), Reason::NotInDialect);
    let Some(schema) = &format.schema else { return };
    if target.can(Capabilities::JSON_SCHEMA) {
        let slot = Slot {
            own_form: "responseSchema",
            json_form: "responseJsonSchema",
            source: request.source,
        };
        slot.write(schema, target, json, loss);
    } else {
        loss.drop_at(schema.place, Reason::NotSupported);
    }
}
