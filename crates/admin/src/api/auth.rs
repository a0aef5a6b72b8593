//! Who sends a request, and whether they may.

mod attempt;
mod cookie;

use std::sync::Arc;

use aigw_store::{Access, AuditEvent, By, Digest, Role};
use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::Api;
use super::denials::Denied;
use super::endpoint::{Need, Operation};
use super::failure::{Answer, Failure};
use super::site;
use super::source::Source;

pub(super) use attempt::admit;
pub(super) use cookie::{clear, session_of, set};

/// What the form token of a session is made from, so that it differs from the session's own hash.
const FORM: &str = "form ";
const FORM_HEADER: &str = "x-aigw-form-token";

/// Who sends a request. Extracted by handlers, which the guard has put it in place for.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Who, in what role, from where, and when.
    pub(super) by: By,
    /// What they may do; `None` for nobody known.
    pub(super) access: Option<Access>,
    /// The session of a browser.
    pub(super) session: Option<Browser>,
    /// Where the request comes from.
    pub(super) source: Source,
}

/// A session as its own requests show it.
#[derive(Debug, Clone)]
pub(super) struct Browser {
    /// Hash of its id.
    pub(super) hash: Digest,
    /// What requests that change something must show.
    pub(super) form_token: String,
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Answer<Self> {
        let caller = parts.extensions.get::<Self>().cloned();
        // Only if a handler is mounted without the guard.
        caller.ok_or_else(|| Failure::unauthorized("unauthorized", "log in first"))
    }
}

/// Stands before every handler.
pub(super) async fn guard(
    api: Api,
    operation: Arc<Operation>,
    request: Request,
    next: Next,
) -> Answer<Response> {
    let (mut parts, body) = request.into_parts();
    let source = Source::of(&api.options, &parts.headers, &parts.extensions);
    let found = identify(&api, source, &parts).await;
    let caller = match found {
        Ok(caller) => caller,
        Err(failure) => {
            return Err(denied(&api, &anonymous(&api, source), &operation, failure).await);
        }
    };
    if let Err(failure) = permit(&operation, &caller, &parts) {
        return Err(denied(&api, &caller, &operation, failure).await);
    }
    parts.extensions.insert(caller);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// Who it is: by bearer token, and if there is none, by cookie. A bad bearer token is final.
async fn identify(api: &Api, source: Source, parts: &Parts) -> Answer<Caller> {
    let headers = &parts.headers;
    if headers.contains_key(AUTHORIZATION) {
        let text = bearer(headers).ok_or_else(|| {
            Failure::unauthorized(
                "unauthorized",
                "send the token as `authorization: Bearer TOKEN`",
            )
        })?;
        let token = admit(api, source, text).await?;
        return Ok(Caller {
            by: by(api, source, (&token.name, token.access.into())),
            access: Some(token.access),
            session: None,
            source,
        });
    }
    site::check_host(&api.options, site::authority(&parts.uri, headers))?;
    let Some(text) = session_of(headers, source.tls) else {
        return Ok(anonymous(api, source));
    };
    let vault = api.lifecycle.vault();
    let hash = vault.hash_token(text);
    let now = api.lifecycle.now();
    let Some(session) = api.lifecycle.store().session(hash, now).await? else {
        return Ok(anonymous(api, source));
    };
    let access = session.token.access;
    Ok(Caller {
        by: by(api, source, (&session.token.name, access.into())),
        access: Some(access),
        session: Some(Browser {
            hash,
            form_token: form_token(api, text),
        }),
        source,
    })
}

/// Whether this caller may do this.
fn permit(operation: &Operation, caller: &Caller, parts: &Parts) -> Answer<()> {
    let headers = &parts.headers;
    let authority = site::authority(&parts.uri, headers);
    let changes = !parts.method.is_safe();
    match (operation.need, caller.access) {
        (Need::Nothing, _) => {}
        (_, None) => {
            let message =
                "log in, or send an admin or viewer token as `authorization: Bearer TOKEN`";
            return Err(Failure::unauthorized("unauthorized", message));
        }
        (Need::Admin, Some(Access::Viewer)) => {
            let message = "a viewer may read only: this needs the role admin";
            return Err(Failure::forbidden("forbidden", message));
        }
        (Need::Admin, Some(Access::Admin)) | (Need::Viewer, Some(_)) => {}
    }
    match &caller.session {
        Some(browser) if changes => {
            site::check_origin(caller.source, authority, headers)?;
            check_form_token(browser, headers)
        }
        // Nobody is to be logged in by another site either.
        None if changes
            && caller.access.is_none()
            && site::is_foreign(caller.source, authority, headers) =>
        {
            Err(Failure::forbidden(
                "cross_origin",
                "another site sent this request",
            ))
        }
        _ => Ok(()),
    }
}

fn check_form_token(browser: &Browser, headers: &HeaderMap) -> Answer<()> {
    let shown = headers.get(FORM_HEADER).map(http::HeaderValue::as_bytes);
    if shown.is_some_and(|shown| is_equal(shown, browser.form_token.as_bytes())) {
        return Ok(());
    }
    let message = format!(
        "show the form token of the session in the header `{FORM_HEADER}`: GET /api/admin/session tells it"
    );
    Err(Failure::forbidden("form_token", message))
}

/// In a time that does not depend on where they differ.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differences == 0
}

/// The form token of a session: known to who knows the session, and to nobody who reads the store.
pub(super) fn form_token(api: &Api, session: &str) -> String {
    let text = format!("{FORM}{session}");
    api.lifecycle.vault().hash_token(&text).to_string()
}

/// Writes a denial down, bounded, and hands it on.
async fn denied(api: &Api, caller: &Caller, operation: &Operation, failure: Failure) -> Failure {
    let denied = Denied {
        actor: caller.by.actor.clone(),
        source: caller.by.source,
        resource: format!("{} {}", operation.method, operation.full_path()),
        code: failure.code(),
    };
    let Some(left_out) = api.denials.admit(&denied, caller.by.at) else {
        return failure;
    };
    let reason = match left_out {
        0 => format!("{}: {}", failure.code(), failure.message()),
        more => format!(
            "{}: {} ({more} denials before this one have no row)",
            failure.code(),
            failure.message()
        ),
    };
    let event = AuditEvent::done("auth.deny", &denied.resource).failed(&reason);
    if let Err(error) = api.lifecycle.store().record(&caller.by, &event).await {
        tracing::warn!(%error, actor = denied.actor, code = denied.code, "a denial could not be written down");
    }
    failure
}

fn anonymous(api: &Api, source: Source) -> Caller {
    Caller {
        by: by(api, source, ("anonymous", Role::Anonymous)),
        access: None,
        session: None,
        source,
    }
}

fn by(api: &Api, source: Source, (actor, role): (&str, Role)) -> By {
    By {
        actor: actor.to_owned(),
        role,
        source: source.address,
        at: api.lifecycle.now(),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
