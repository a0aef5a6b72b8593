//! The other members of a request, written.

use super::DIALECT;
use super::extras::{is_mode, is_of_tool_config, report, write};
use crate::codec::CodecError;
use crate::codec::write::drop_flag;
use crate::hub::{Loss, Place, Reason, Request};
use crate::json::writer::Writer;

/// Refuses what cannot be left out.
pub(super) fn refuse(request: &Request<'_>) -> Result<(), CodecError> {
    let session = &request.session;
    let previous = session.previous_response_id.as_ref().map(|id| id.place);
    let conversation = session
        .conversation
        .as_ref()
        .map(|conversation| conversation.place);
    let prompt = session.prompt.as_ref().map(|prompt| prompt.place);
    let unsupported = |place: Option<Place>, what| match place {
        Some(place) => Err(CodecError::Unsupported { place, what }),
        None => Ok(()),
    };
    unsupported(previous, "it keeps no earlier answers to continue")?;
    unsupported(conversation, "it keeps no conversations")?;
    unsupported(prompt, "it holds no prompts of another upstream")
}

/// Writes them.
pub(super) fn encode(request: &Request<'_>, json: &mut Writer<'_>, loss: &mut Loss) {
    let own = request.dialect == DIALECT;
    if let Some(content) = &request.cache.content {
        json.key("cachedContent").text(content);
    }
    if own && !request.caller.metadata.is_empty() {
        json.key("labels")
            .object(|o| o.extras(&request.caller.metadata));
    }
    write(&request.extras, own, json, |extra| {
        !is_mode(extra) && !is_of_tool_config(extra)
    });
    report(&request.extras, own, loss);
    if !own {
        foreign(request, loss);
    }
}

/// Reports members of other dialects.
fn foreign(request: &Request<'_>, loss: &mut Loss) {
    for extra in &request.caller.metadata {
        loss.drop_at(extra.place, Reason::NotInDialect);
    }
    let caller = &request.caller;
    let cache = &request.cache;
    let session = &request.session;
    for text in [
        &caller.user,
        &caller.safety_identifier,
        &cache.key,
        &cache.retention,
        &request.service_tier,
        &session.truncation,
    ] {
        loss.drop_value(text.as_ref(), Reason::NotInDialect);
    }
    loss.drop_value(cache.options.as_ref(), Reason::NotInDialect);
    loss.drop_value(cache.marker.as_ref(), Reason::NotInDialect);
    loss.drop_value(session.context_management.as_ref(), Reason::NotInDialect);
    for name in &session.include {
        // State is always part of its answers.
        if !name.is("reasoning.encrypted_content") {
            loss.drop_at(name.place, Reason::NotInDialect);
        }
    }
    drop_flag(loss, session.store.as_ref(), false, Reason::Stateless);
    drop_flag(
        loss,
        session.background.as_ref(),
        false,
        Reason::NotInDialect,
    );
    loss.drop_extras(&request.stream_options.extras);
}
