//! Asks the admin API of a running gateway.

mod address;
mod answer;
mod credential;
mod exchange;
mod progress;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use serde_json::Value;

use crate::cli::ServerArgs;
use crate::environment::variable;
use crate::failure::{Failure, remark};

pub(crate) use address::Address;
pub(crate) use answer::{Answer, Refusal};
use credential::Credential;
use exchange::{Exchange, Reply};
use tls::Trust;

/// Prefix of every path.
const API: &str = "/api/admin";
const SERVER: &str = "AIGW_SERVER";
const DEFAULT_SERVER: &str = "http://127.0.0.1:18081";
const DATA_DIR: &str = "AIGW_DATA_DIR";
const DEFAULT_DATA_DIR: &str = ".aigw";
const CA_FILE: &str = "AIGW_CA_FILE";
/// Longest time from a connection to an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// One server, and who asks it.
#[derive(Debug)]
pub(crate) struct Client {
    address: Address,
    credential: Credential,
    trust: Trust,
    timeout: Duration,
}

/// One question.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    method: Method,
    /// Below `/api/admin`, with its query.
    path: &'a str,
    body: Option<Value>,
    if_match: Option<&'a str>,
}

impl<'a> Ask<'a> {
    pub(crate) const fn get(path: &'a str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) const fn new(method: Method, path: &'a str) -> Self {
        Self {
            method,
            path,
            body: None,
            if_match: None,
        }
    }

    /// With a JSON body.
    pub(crate) fn post(path: &'a str, body: Value) -> Self {
        Self::new(Method::POST, path).with(body)
    }

    pub(crate) fn with(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Only if the entity tag is still this one.
    pub(crate) fn if_match(self, tag: &'a str) -> Self {
        Self {
            if_match: Some(tag),
            ..self
        }
    }
}

impl Client {
    /// The flags, else the environment, else what `aigw serve` does by itself.
    pub(crate) fn new(args: &ServerArgs) -> Result<Self, Failure> {
        let address = match &args.server {
            Some(address) => address.clone(),
            None => variable(SERVER)
                .as_deref()
                .unwrap_or(DEFAULT_SERVER)
                .parse()
                .map_err(|reason| Failure::usage(format_args!("{SERVER}: {reason}")))?,
        };
        let path = |flag: &Option<PathBuf>, name| flag.clone().or(variable(name).map(Into::into));
        let data_dir = path(&args.data_dir, DATA_DIR).unwrap_or(DEFAULT_DATA_DIR.into());
        let ca_file = path(&args.ca_file, CA_FILE);
        let credential = Credential::find(args.token.as_ref(), &data_dir, &address)?;
        if !address.is_private() && credential.is_some() {
            remark(format_args!(
                "warning: {address} is another machine, and the token goes there unencrypted; use https"
            ));
        }
        Ok(Self {
            trust: Trust::new(ca_file.as_deref(), &address)?,
            address,
            credential,
            timeout: args.timeout.unwrap_or(TIMEOUT),
        })
    }

    /// The answer, or what went wrong for the person at the terminal.
    pub(crate) fn ask(&self, ask: &Ask<'_>) -> Result<Answer, Failure> {
        self.try_ask(ask)?.map_err(|refusal| self.failure(&refusal))
    }

    /// As [`Client::ask`], for commands that have more to say about a refusal.
    pub(crate) fn try_ask(&self, ask: &Ask<'_>) -> Result<Result<Answer, Refusal>, Failure> {
        let reply = Exchange {
            address: &self.address,
            trust: &self.trust,
            token: self.credential.token(),
            timeout: self.timeout,
        }
        .run(ask)?;
        self.understand(reply)
    }

    /// What a refusal means for the person at the terminal.
    pub(crate) fn failure(&self, refusal: &Refusal) -> Failure {
        refusal.failure(&self.address, &self.credential)
    }

    fn understand(&self, reply: Reply) -> Result<Result<Answer, Refusal>, Failure> {
        let status = reply.status;
        if status.is_success() && reply.body.is_empty() {
            return Ok(Ok(Answer::empty()));
        }
        let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
            return Err(Failure::unreachable(format_args!(
                "{} answered {status}, but not as the admin API of a gateway does; \
                 --server wants the URL of the admin listener, by default http://127.0.0.1:18081",
                self.address
            )));
        };
        if status.is_success() {
            let etag = reply.etag;
            return Ok(Ok(Answer { body, etag }));
        }
        Ok(Err(Refusal::new(status, &body, reply.retry_after)))
    }
}
