//! A request in the dialect of its target: lowered anew for each attempt, since every target takes something else.

mod counting;

use aigw_protocol::codec::{self, CodecError, Target, View};
use aigw_protocol::hub::{Document, LossReport, Omission, Placed, Reason};
use aigw_protocol::{Body, Dialect, Edits, Envelope, Scanner, splice};
use aigw_providers::capabilities;
use aigw_routing::FailureClass;

pub(super) use self::counting::counting;
use super::Task;
use crate::clock::unix_us;
use crate::error::ErrorKind;
use crate::failure::Failure;
use crate::translation::{Translation, listed};

/// Writes the caller's request for an upstream that is asked in `upstream`.
pub(super) fn lower(
    task: &Task<'_>,
    caller: Dialect,
    upstream: Dialect,
) -> Result<(Body, Box<Translation>), Failure> {
    let source = task.call.body.to_bytes();
    // The intake has checked it.
    let document = Document::checked_before(&source);
    let refused = |error: &CodecError| refused(error, &source, upstream);
    let mut request = codec::decode_request(caller, document).map_err(|error| refused(&error))?;
    if request.stream.is_none() && task.call.stream {
        request.stream = Some(Placed::nowhere(true));
    }
    let model = task.runtime.model(task.send.model);
    let target = target(task, upstream);
    let mut out = Vec::with_capacity(source.len() + source.len() / 8 + 256);
    let loss =
        codec::encode_request(&request, &target, &mut out).map_err(|error| refused(&error))?;
    let mut report = if loss.is_empty() {
        LossReport::default()
    } else {
        loss.report(&source)
    };
    if model.strict && !report.dropped.is_empty() {
        return Err(not_in_full(report, upstream));
    }
    let mut view = View::of(&request, task.seed, unix_us() / 1_000_000, target.scope);
    task.call.requested().clone_into(&mut view.model);
    let body = with_params(task, upstream, Body::from(out), &mut report)?;
    Ok((body, Box::new(Translation::new(upstream, view, report))))
}

fn target<'t>(task: &'t Task<'_>, upstream: Dialect) -> Target<'t> {
    let mut target = Target::new(upstream, task.upstream_model());
    target.capabilities = capabilities(task.provider().kind, upstream);
    target.scope = task.scope();
    target.max_output_tokens = task.runtime.model(task.send.model).max_output_tokens;
    target
}

/// Applies the model's `params`, whose names are those of the body that goes out.
fn with_params(
    task: &Task<'_>,
    upstream: Dialect,
    body: Body,
    report: &mut LossReport,
) -> Result<Body, Failure> {
    let params = &task.runtime.model(task.send.model).params;
    if params.is_empty() {
        return Ok(body);
    }
    let envelope = if upstream == Dialect::GeminiGenerate {
        let members = Scanner::scan(&body.to_bytes());
        members
            .map(|members| Envelope::named(&body, members, String::new(), false))
            .map_err(|error| error.to_string())
    } else {
        Envelope::scan(&body).map_err(|error| error.to_string())
    };
    let envelope = envelope
        .map_err(|error| Failure::invalid(format!("the translated request is broken: {error}")))?;
    let assumed = |name: &str| report.assumed.iter().any(|it| it.path == name);
    let edits = params.apply_over(Edits::new(&envelope), assumed);
    let body = splice(&body, edits);
    report.assumed.retain(|it| !params.decides(&it.path));
    Ok(body)
}

/// The request is not what its dialect asks for, or asks for what the target cannot do.
fn refused(error: &CodecError, source: &[u8], upstream: Dialect) -> Failure {
    let path = error.path(source);
    let place = if path.is_empty() {
        String::new()
    } else {
        format!("{path}: ")
    };
    let (kind, text) = match error {
        CodecError::Invalid { .. } => (ErrorKind::InvalidParameter, format!("{place}{error}")),
        CodecError::Unsupported { what, .. } => (
            ErrorKind::NotTranslatable,
            format!("{place}a target that is asked in {upstream} cannot do this: {what}"),
        ),
    };
    let failure = Failure::own(FailureClass::InvalidRequest, kind, text).unfit();
    if kind != ErrorKind::NotTranslatable || path.is_empty() {
        return failure;
    }
    let reason = Reason::NotSupported;
    failure.losing(LossReport {
        dropped: vec![Omission { path, reason }],
        assumed: Vec::new(),
    })
}

fn not_in_full(report: LossReport, upstream: Dialect) -> Failure {
    let text = format!(
        "with `fidelity: strict` nothing may be lost, and {upstream} cannot express: {}",
        listed(&report)
    );
    Failure::own(
        FailureClass::InvalidRequest,
        ErrorKind::FidelityStrict,
        text,
    )
    .unfit()
    .losing(report)
}

/// A continuation repeats what was sent in the caller's own dialect, event for event.
pub(super) fn no_continuation(upstream: Dialect) -> Failure {
    let text = format!("the target is asked in {upstream}, so it cannot continue the stream");
    Failure::own(
        FailureClass::InvalidRequest,
        ErrorKind::NotTranslatable,
        text,
    )
    .unfit()
}
