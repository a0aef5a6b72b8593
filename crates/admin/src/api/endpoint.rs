//! One endpoint: what it is, and who handles it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{Next, from_fn};
use axum::routing::{MethodFilter, MethodRouter, on};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::Api;
use super::auth::guard;

/// Before the path of every endpoint.
pub(super) const PREFIX: &str = "/api/admin";

/// What a caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing.
    Nothing,
    /// A token or session of any role.
    Viewer,
    /// The role admin.
    Admin,
}

/// Methods that the API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What an endpoint is: its entry in the OpenAPI document, and what the guard asks for.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) need: Need,
    pub(super) query: &'static [Parameter],
    pub(super) if_match: Option<&'static str>,
    pub(super) takes: Option<Described>,
    pub(super) answers: Option<Described>,
    pub(super) status: u16,
    pub(super) fails: &'static [u16],
}

/// A parameter of the query: name, JSON type, meaning.
pub(super) type Parameter = (&'static str, &'static str, &'static str);

/// A type, as the OpenAPI document describes it.
#[derive(Clone)]
pub(super) struct Described {
    pub(super) name: Cow<'static, str>,
    pub(super) own: fn() -> RefOr<Schema>,
    pub(super) used: fn(&mut Vec<(String, RefOr<Schema>)>),
}

/// An operation and its handler.
pub(super) struct Endpoint {
    pub(super) operation: Arc<Operation>,
    mount: Box<dyn FnOnce(Api, Arc<Operation>) -> MethodRouter>,
}

impl Operation {
    /// For viewers, answering 200 without body.
    pub(super) const fn new(
        (method, path): (Method, &'static str),
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            need: Need::Viewer,
            query: &[],
            if_match: None,
            takes: None,
            answers: None,
            status: 200,
            fails: &[],
        }
    }

    pub(super) fn needs(self, need: Need) -> Self {
        Self { need, ..self }
    }

    pub(super) fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    pub(super) fn if_match(self, meaning: &'static str) -> Self {
        Self {
            if_match: Some(meaning),
            ..self
        }
    }

    pub(super) fn takes<T: ToSchema>(self) -> Self {
        Self {
            takes: Some(Described::of::<T>()),
            ..self
        }
    }

    pub(super) fn answers<T: ToSchema>(self) -> Self {
        Self {
            answers: Some(Described::of::<T>()),
            ..self
        }
    }

    /// The status of success.
    pub(super) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Statuses of failures beside those that every endpoint of its kind has.
    pub(super) fn fails(self, fails: &'static [u16]) -> Self {
        Self { fails, ..self }
    }

    pub(super) fn full_path(&self) -> String {
        format!("{PREFIX}{}", self.path)
    }

    /// Handled by `handler`, behind the guard.
    pub(super) fn by<H, T>(self, handler: H) -> Endpoint
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        let filter = self.method.filter();
        let mount = move |api: Api, operation: Arc<Operation>| {
            let state = Arc::clone(&api);
            let guarded = move |request: Request, next: Next| {
                guard(Arc::clone(&api), Arc::clone(&operation), request, next)
            };
            on(filter, handler)
                .with_state(state)
                .route_layer(from_fn(guarded))
        };
        Endpoint {
            operation: Arc::new(self),
            mount: Box::new(mount),
        }
    }
}

impl Endpoint {
    pub(super) fn mount(self, api: &Api) -> MethodRouter {
        (self.mount)(Arc::clone(api), self.operation)
    }
}

impl Method {
    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().to_ascii_uppercase())
    }
}

impl Described {
    pub(super) fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name(),
            own: T::schema,
            used: T::schemas,
        }
    }
}

impl fmt::Debug for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
