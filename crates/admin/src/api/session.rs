//! Login, logout, and who one is.

use aigw_store::Access;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::{self, Caller, admit, form_token};
use super::body::Json;
use super::endpoint::Method::{Get, Post};
use super::endpoint::{Endpoint, Need, Operation};
use super::failure::{Answer, Failure};
use super::shown::Shown;
use super::tokens::random;

/// A login of a browser.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    /// An admin or viewer token.
    token: String,
}

/// Who sends the requests of this session or token.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Who {
    /// Whether anybody is known.
    authenticated: bool,
    /// Name of the token.
    name: Option<String>,
    /// `admin` or `viewer`.
    role: Option<&'static str>,
    /// For sessions of browsers: what requests other than GET have to show in the header `x-aigw-form-token`.
    form_token: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Operation::new(
            (Post, "/login"),
            "login",
            "Begin a session of a browser, by cookie.",
        )
        .needs(Need::Nothing)
        .takes::<Login>()
        .answers::<Who>()
        .by(login),
        Operation::new((Post, "/logout"), "logout", "End this session.")
            .status(204)
            .by(logout),
        Operation::new(
            (Get, "/session"),
            "session",
            "Who one is, and the form token.",
        )
        .needs(Need::Nothing)
        .answers::<Who>()
        .by(session),
    ]
}

async fn login(
    State(api): State<Api>,
    caller: Caller,
    Json(login): Json<Login>,
) -> Answer<Response> {
    let token = admit(&api, caller.source, login.token.trim()).await?;
    let store = api.lifecycle.store();
    store.login_succeeded(&caller.source.network()).await?;
    let text = random()?;
    let hash = api.lifecycle.vault().hash_token(&text);
    let by = aigw_store::By {
        actor: token.name.clone(),
        role: token.access.into(),
        ..caller.by
    };
    let seconds = api.options.session_seconds;
    store
        .begin_session(&by, hash, &token, by.at.after_seconds(seconds))
        .await?;
    let cookie = auth::set(&text, seconds, caller.source.tls)?;
    let who = Who {
        authenticated: true,
        role: Some(token.access.as_str()),
        name: Some(token.name),
        form_token: Some(form_token(&api, &text)),
    };
    Ok(([(SET_COOKIE, cookie)], Shown(who)).into_response())
}

async fn logout(State(api): State<Api>, caller: Caller) -> Answer<Response> {
    let Some(browser) = caller.session else {
        return Err(Failure::bad(
            "no_session",
            "a token has no session to end: revoke the token instead",
        ));
    };
    let store = api.lifecycle.store();
    store.end_session(&caller.by, browser.hash).await?;
    let gone = [(SET_COOKIE, auth::clear(caller.source.tls))];
    Ok((StatusCode::NO_CONTENT, gone).into_response())
}

async fn session(caller: Caller) -> Shown<Who> {
    Shown(Who {
        authenticated: caller.access.is_some(),
        name: caller.access.is_some().then_some(caller.by.actor),
        role: caller.access.map(Access::as_str),
        form_token: caller.session.map(|browser| browser.form_token),
    })
}
