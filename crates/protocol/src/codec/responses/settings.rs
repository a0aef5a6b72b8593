//! Everything of a request that is neither conversation nor tools, written.

mod reasoning;

use self::reasoning::asks_for_reasoning;
use super::DIALECT;
use crate::codec::write::{drop_flag, drop_unless};
use crate::codec::{Capabilities, CodecError, Target};
use crate::dialect::{Dialect, Family};
use crate::hub::{Format, JsonSchema, Loss, PartKind, Placed, Reason, Request};
use crate::json::writer::Writer;

/// The member of `include` that asks for log probabilities.
pub(super) const LOGPROBS: &str = "message.output_text.logprobs";

/// The fewest output tokens that are taken.
const FEWEST_TOKENS: u64 = 16;

/// What is needed all over the writing of settings.
struct Pen<'p, 'o> {
    request: &'p Request<'p>,
    target: &'p Target<'p>,
    own: bool,
    json: Writer<'o>,
    loss: &'p mut Loss,
}

/// Refuses what cannot be left out without changing what is asked for.
pub(super) fn refuse(request: &Request<'_>, target: &Target<'_>) -> Result<(), CodecError> {
    if request.dialect == DIALECT && target.can(Capabilities::STATEFUL) {
        return Ok(());
    }
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
    let mut pen = Pen {
        request,
        target,
        own: request.dialect == DIALECT,
        json: json.reborrow(),
        loss,
    };
    pen.limits();
    pen.sampling();
    pen.reasoning();
    pen.text();
    pen.session();
    pen.caching();
    pen.caller();
    if let Some(stream) = request.stream {
        pen.json.key("stream").boolean(stream.value);
    }
    let options = &request.stream_options;
    if pen.own && !options.extras.is_empty() {
        pen.json
            .key("stream_options")
            .object(|o| o.extras(&options.extras));
    } else {
        pen.loss.drop_extras(&options.extras);
    }
    pen.json.own_extras(&request.extras, pen.own, pen.loss);
}

impl Pen<'_, '_> {
    fn limits(&mut self) {
        if let Some(tokens) = self.request.max_output_tokens {
            let written = if self.own {
                tokens.value
            } else {
                tokens.value.max(FEWEST_TOKENS)
            };
            if written != tokens.value {
                self.loss.assume("max_output_tokens", written.to_string());
            }
            self.json.key("max_output_tokens").number(written);
        }
        self.json
            .maybe_raw("max_tool_calls", self.request.max_tool_calls.as_ref());
    }

    fn sampling(&mut self) {
        let sampling = &self.request.sampling;
        if self.target.can(Capabilities::SAMPLING) {
            self.json
                .maybe_raw("temperature", sampling.temperature.as_ref());
            self.json.maybe_raw("top_p", sampling.top_p.as_ref());
        } else {
            for value in [&sampling.temperature, &sampling.top_p] {
                self.loss.drop_value(value.as_ref(), Reason::NotSupported);
            }
        }
        let said = Reason::NotInDialect;
        self.loss.drop_value(sampling.top_k.as_ref(), said);
        self.loss.drop_value(sampling.seed.as_ref(), said);
        for penalty in [&sampling.presence_penalty, &sampling.frequency_penalty] {
            drop_unless(self.loss, penalty.as_ref(), &["0", "0.0"], said);
        }
        for stop in &sampling.stop {
            self.loss.drop_at(stop.place, said);
        }
        drop_unless(self.loss, sampling.n.as_ref(), &["1"], Reason::OneAnswer);
        drop_unless(self.loss, sampling.logit_bias.as_ref(), &["{}"], said);
        let top = sampling.top_logprobs.as_ref();
        if self.target.can(Capabilities::LOGPROBS) {
            self.json.maybe_raw("top_logprobs", top);
        } else {
            drop_unless(self.loss, top, &["0"], Reason::NotSupported);
            drop_flag(
                self.loss,
                sampling.logprobs.as_ref(),
                false,
                Reason::NotSupported,
            );
        }
    }

    fn text(&mut self) {
        let output = &self.request.output;
        let before = self.json.len();
        self.json.key("text").open(b'{');
        let empty = self.json.len();
        if let Some(format) = &output.format {
            self.format(format);
        }
        if self.own || self.target.can(Capabilities::OPENAI_MEMBERS) {
            self.json.maybe_text("verbosity", output.verbosity.as_ref());
        } else {
            self.loss
                .drop_value(output.verbosity.as_ref(), Reason::NotSupported);
        }
        self.json.own_extras(&output.extras, self.own, self.loss);
        let nothing = self.json.len() == empty;
        self.json.close(b'}');
        if nothing {
            self.json.truncate(before);
        }
        let text_only = &["[\"text\"]", "[\"TEXT\"]"];
        drop_unless(
            self.loss,
            output.modalities.as_ref(),
            text_only,
            Reason::NotInDialect,
        );
        for value in [&output.audio, &output.prediction] {
            self.loss.drop_value(value.as_ref(), Reason::NotInDialect);
        }
    }

    fn format(&mut self, format: &Placed<Format<'_>>) {
        match &format.value {
            Format::Text => self
                .json
                .key("format")
                .object(|o| o.key("type").string("text")),
            Format::JsonObject => self
                .json
                .key("format")
                .object(|o| o.key("type").string("json_object")),
            Format::JsonSchema(schema) => self.schema(format, schema),
            Format::Other(raw) if self.own => self.json.key("format").raw(raw.bytes()),
            Format::Other(_) => self.loss.drop_at(format.place, Reason::NotInDialect),
        }
    }

    fn schema(&mut self, format: &Placed<Format<'_>>, asked: &JsonSchema<'_>) {
        if !self.target.can(Capabilities::JSON_SCHEMA) {
            self.loss.drop_at(format.place, Reason::NotSupported);
            self.loss
                .assume("text.format", "{\"type\":\"json_object\"}");
            self.json
                .key("format")
                .object(|o| o.key("type").string("json_object"));
            return;
        }
        if asked.name.is_none() {
            self.loss.assume("text.format.name", "\"response\"");
        }
        self.json.key("format").object(|o| {
            o.key("type").string("json_schema");
            match &asked.name {
                Some(name) => o.key("name").text(name),
                None => o.key("name").string("response"),
            }
            o.maybe_text("description", asked.description.as_ref());
            match &asked.schema {
                Some(schema) => o.key("schema").raw(schema.bytes()),
                None => o.key("schema").object(|_| {}),
            }
            o.maybe_boolean("strict", asked.strict.as_ref());
            // Anthropic and Google keep to the schema always; here it must be asked for.
            if asked.strict.is_none() && self.request.dialect.family() != Family::Openai {
                let strict = asked.is_closed();
                o.key("strict").boolean(strict);
                if !strict {
                    self.loss.assume("text.format.strict", "false");
                }
            }
        });
    }

    fn session(&mut self) {
        let session = &self.request.session;
        let stateful = self.target.can(Capabilities::STATEFUL);
        match session.store {
            Some(store) if store.value && !stateful => {
                self.loss.drop_at(store.place, Reason::Stateless);
            }
            Some(store) => self.json.key("store").boolean(store.value),
            // Other dialects keep nothing unless they are asked to.
            None if stateful && !self.own => self.json.key("store").boolean(false),
            None => {}
        }
        self.include();
        if self.own {
            self.json.maybe_text(
                "previous_response_id",
                session.previous_response_id.as_ref(),
            );
            self.json
                .maybe_raw("conversation", session.conversation.as_ref());
            self.json
                .maybe_text("truncation", session.truncation.as_ref());
            self.json
                .maybe_boolean("background", session.background.as_ref());
            self.json
                .maybe_raw("context_management", session.context_management.as_ref());
            self.json.maybe_raw("prompt", session.prompt.as_ref());
        } else {
            let reason = Reason::NotInDialect;
            self.loss.drop_value(session.truncation.as_ref(), reason);
            self.loss
                .drop_value(session.context_management.as_ref(), reason);
        }
    }

    /// Encrypted reasoning is asked for where it comes to be: models that do not reason refuse it.
    fn include(&mut self) {
        let encrypted = !self.own
            && self.target.can(Capabilities::SIGNED_REASONING)
            && (asks_for_reasoning(self.request) || holds_state(self.request));
        let logprobs = self.request.sampling.logprobs.is_some_and(|p| p.value)
            && self.target.can(Capabilities::LOGPROBS);
        let wanted = &self.request.session.include;
        if !self.own {
            for name in wanted {
                self.loss.drop_at(name.place, Reason::NotInDialect);
            }
        }
        let given = self.own && !wanted.is_empty();
        if !(encrypted || logprobs || given) {
            return;
        }
        self.json.key("include").array(|a| {
            if self.own {
                for name in wanted {
                    a.text(name);
                }
            }
            if encrypted {
                a.string("reasoning.encrypted_content");
            }
            if logprobs {
                a.string(LOGPROBS);
            }
        });
    }

    fn caching(&mut self) {
        let cache = &self.request.cache;
        if self.own || self.target.can(Capabilities::OPENAI_MEMBERS) {
            self.json.maybe_text("prompt_cache_key", cache.key.as_ref());
            self.json
                .maybe_text("prompt_cache_retention", cache.retention.as_ref());
            self.json
                .maybe_raw("prompt_cache_options", cache.options.as_ref());
        } else {
            self.loss
                .drop_value(cache.key.as_ref(), Reason::NotSupported);
            self.loss
                .drop_value(cache.retention.as_ref(), Reason::NotSupported);
            self.loss
                .drop_value(cache.options.as_ref(), Reason::NotSupported);
        }
        self.loss
            .drop_value(cache.marker.as_ref(), Reason::NotInDialect);
        self.loss
            .drop_value(cache.content.as_ref(), Reason::NotInDialect);
    }

    fn caller(&mut self) {
        let caller = &self.request.caller;
        let kin = self.own || self.request.dialect == Dialect::OpenaiChat;
        let tier = self.request.service_tier.as_ref();
        if !self.own && !self.target.can(Capabilities::OPENAI_MEMBERS) {
            self.loss
                .drop_value(caller.user.as_ref(), Reason::NotSupported);
            self.loss
                .drop_value(caller.safety_identifier.as_ref(), Reason::NotSupported);
            self.loss.drop_value(tier, Reason::NotSupported);
            self.loss.drop_extras(&caller.metadata);
            return;
        }
        self.json.maybe_text("user", caller.user.as_ref());
        self.json
            .maybe_text("safety_identifier", caller.safety_identifier.as_ref());
        if kin {
            self.json.maybe_text("service_tier", tier);
        } else if tier.is_some_and(|tier| tier.is("standard_only")) {
            self.json.key("service_tier").string("default");
        } else {
            let tier = tier.filter(|tier| !tier.is("auto"));
            self.loss.drop_value(tier, Reason::NotInDialect);
        }
        if !kin {
            self.loss.drop_extras(&caller.metadata);
        } else if !caller.metadata.is_empty() {
            self.json
                .key("metadata")
                .object(|o| o.extras(&caller.metadata));
        }
    }
}

/// Whether the conversation holds reasoning that an upstream of this dialect issued.
fn holds_state(request: &Request<'_>) -> bool {
    let mut parts = request.turns.iter().flat_map(|turn| &turn.parts);
    parts.any(|part| match &part.kind {
        PartKind::Reasoning(reasoning) => {
            let state = reasoning.state.as_ref();
            state.is_some_and(|state| state.issuer == DIALECT)
        }
        PartKind::Redacted(state) => state.issuer == DIALECT,
        _ => false,
    })
}
