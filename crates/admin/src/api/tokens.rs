//! Admin tokens, and the sessions that browsers began with them.

use aigw_store::{Access, AdminToken, Digest, Session};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::Json;
use super::endpoint::Method::{Delete, Get, Post};
use super::endpoint::{Endpoint, Need, Operation};
use super::failure::{Answer, Failure};
use super::page::Named;
use super::shown::Shown;
use super::{Api, time};

/// How many digits of a session's hash name it.
const DIGITS: usize = 16;

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// Who holds it: what the audit calls them.
    name: String,
    /// What it allows.
    role: RoleWord,
    /// When it ends, as `2026-01-31T23:59:59Z`; never, if not given.
    expires_at: Option<String>,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleWord {
    /// Everything.
    Admin,
    /// Reading.
    Viewer,
}

/// A token, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenView {
    /// Its number.
    id: i64,
    /// Who holds it.
    name: String,
    /// `admin` or `viewer`.
    role: &'static str,
    /// When it was made.
    created_at: String,
    /// By whom.
    created_by: String,
    /// When it ends.
    expires_at: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
}

/// A token and, this once, its text.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeToken {
    /// The token.
    token: TokenView,
    /// What its holder sends. Shown now and never again.
    secret: String,
}

/// Every token.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenList {
    /// By name, revoked ones last.
    tokens: Vec<TokenView>,
}

/// A session of a browser.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionView {
    /// What to call it here.
    id: String,
    /// Name of the token that it was begun with.
    name: String,
    /// `admin` or `viewer`.
    role: &'static str,
    /// From which address.
    source: Option<String>,
    /// When it was begun.
    begun_at: String,
    /// When it ends by itself.
    ends_at: String,
    /// Whether it is the one that asks.
    own: bool,
}

/// Every session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionList {
    /// The last begun first.
    sessions: Vec<SessionView>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Operation::new(
            (Get, "/tokens"),
            "tokens_list",
            "Every admin and viewer token, without texts.",
        )
        .answers::<TokenList>()
        .by(list),
        Operation::new(
            (Post, "/tokens"),
            "tokens_create",
            "Make a token; its text is in this answer only.",
        )
        .needs(Need::Admin)
        .takes::<NewToken>()
        .answers::<MadeToken>()
        .status(201)
        .fails(&[409])
        .by(create),
        Operation::new(
            (Post, "/tokens/{id}/revoke"),
            "tokens_revoke",
            "End a token, and its sessions with it.",
        )
        .needs(Need::Admin)
        .answers::<TokenView>()
        .fails(&[404])
        .by(revoke),
        Operation::new(
            (Get, "/sessions"),
            "sessions_list",
            "Every session of a browser.",
        )
        .answers::<SessionList>()
        .by(sessions),
        Operation::new((Delete, "/sessions/{id}"), "sessions_end", "End a session.")
            .needs(Need::Admin)
            .status(204)
            .fails(&[404])
            .by(end),
    ]
}

async fn list(State(api): State<Api>) -> Answer<Shown<TokenList>> {
    let tokens = api.lifecycle.store().tokens().await?;
    let tokens = tokens.into_iter().map(TokenView::from).collect();
    Ok(Shown(TokenList { tokens }))
}

async fn create(
    State(api): State<Api>,
    caller: Caller,
    Json(new): Json<NewToken>,
) -> Answer<(StatusCode, Shown<MadeToken>)> {
    let expires_at = new.expires_at.as_deref().map(moment).transpose()?;
    let access = match new.role {
        RoleWord::Admin => Access::Admin,
        RoleWord::Viewer => Access::Viewer,
    };
    let secret = random()?;
    let hash = api.lifecycle.vault().hash_token(&secret);
    let store = api.lifecycle.store();
    let made = store.create_token(&caller.by, (&new.name, access), hash, expires_at);
    let token = TokenView::from(made.await?);
    Ok((StatusCode::CREATED, Shown(MadeToken { token, secret })))
}

async fn revoke(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<i64>,
) -> Answer<Shown<TokenView>> {
    let token = api.lifecycle.store().revoke_token(&caller.by, id).await?;
    Ok(Shown(token.into()))
}

async fn sessions(State(api): State<Api>, caller: Caller) -> Answer<Shown<SessionList>> {
    let own = caller.session.map(|browser| browser.hash);
    let found = api.lifecycle.store().sessions(api.lifecycle.now()).await?;
    let sessions = found.into_iter().map(|session| SessionView {
        own: own == Some(session.hash),
        id: id(&session),
        name: session.token.name,
        role: session.token.access.as_str(),
        source: session.source,
        begun_at: time::text(session.begun_at),
        ends_at: time::text(session.ends_at),
    });
    Ok(Shown(SessionList {
        sessions: sessions.collect(),
    }))
}

async fn end(
    State(api): State<Api>,
    caller: Caller,
    Named(wanted): Named<String>,
) -> Answer<Response> {
    let store = api.lifecycle.store();
    let found = store.sessions(api.lifecycle.now()).await?;
    let session = found.iter().find(|session| id(session) == wanted);
    let Some(session) = session else {
        return Err(Failure::missing(
            "there is no such session, or it has ended",
        ));
    };
    store.end_session(&caller.by, session.hash).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A session is named by the begin of its hash, which lets nobody in.
fn id(session: &Session) -> String {
    session.hash.to_string().chars().take(DIGITS).collect()
}

/// A time that a caller gave.
pub(super) fn moment(text: &str) -> Answer<aigw_store::Timestamp> {
    time::parse(text).ok_or_else(|| {
        Failure::bad(
            "invalid_time",
            "a time is written as `2026-01-31T23:59:59Z`, in UTC",
        )
    })
}

/// 32 random bytes as text, for tokens and sessions.
pub(super) fn random() -> Answer<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        let message = "the system's random source failed: try again";
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, "no_randomness", message)
    })?;
    Ok(Digest(bytes).to_string())
}

impl From<AdminToken> for TokenView {
    fn from(token: AdminToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            role: token.access.as_str(),
            created_at: time::text(token.created_at),
            created_by: token.created_by,
            expires_at: token.expires_at.map(time::text),
            revoked_at: token.revoked_at.map(time::text),
        }
    }
}
