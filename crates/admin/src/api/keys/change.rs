//! What callers say of a client key.

use aigw_store::KeyPolicy;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::api::failure::{Answer, Failure};
use crate::api::tokens::moment;

/// A client key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewKey {
    /// Name for people, records and limits; unique among keys that are not revoked.
    name: String,
    /// The group that it belongs to.
    group: Option<String>,
    /// Public models that it may use, as globs; all if not given.
    #[serde(default)]
    models: Vec<String>,
    /// Endpoints that it may use; all if not given.
    #[serde(default)]
    endpoints: Vec<String>,
    /// Labels.
    #[serde(default)]
    tags: Vec<String>,
    /// Address ranges that it may be used from, as `10.0.0.0/8` or `10.1.2.3`; all if not given.
    #[serde(default)]
    ip_allow: Vec<String>,
    /// Who goes first when requests wait; higher goes first.
    #[serde(default)]
    priority: i32,
    /// When it ends, as `2026-01-31T23:59:59Z`; never, if not given.
    expires_at: Option<String>,
}

/// What is to be changed of a client key. What is not given stays; `null` takes a group or an end away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct KeyChange {
    /// Another name.
    name: Option<String>,
    /// Another group.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    group: Given<String>,
    /// Other models.
    models: Option<Vec<String>>,
    /// Other endpoints.
    endpoints: Option<Vec<String>>,
    /// Other labels.
    tags: Option<Vec<String>>,
    /// Other address ranges.
    ip_allow: Option<Vec<String>>,
    /// Another priority.
    priority: Option<i32>,
    /// Another end.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    expires_at: Given<String>,
}

/// What may be given as `null`, which is not the same as not being given.
#[derive(Debug, Default)]
enum Given<T> {
    /// Not given.
    #[default]
    Not,
    /// `null`, or a value.
    As(Option<T>),
}

impl NewKey {
    pub(super) fn policy(self) -> Answer<KeyPolicy> {
        check_ranges(&self.ip_allow)?;
        Ok(KeyPolicy {
            group: self.group,
            models: self.models,
            endpoints: self.endpoints,
            tags: self.tags,
            ip_allow: self.ip_allow,
            priority: self.priority,
            expires_at: self.expires_at.as_deref().map(moment).transpose()?,
            ..KeyPolicy::named(&self.name)
        })
    }
}

impl KeyChange {
    /// `policy` with the changes.
    pub(super) fn over(self, policy: KeyPolicy) -> Answer<KeyPolicy> {
        let ip_allow = self.ip_allow.unwrap_or(policy.ip_allow);
        check_ranges(&ip_allow)?;
        let expires_at = match self.expires_at {
            Given::Not => policy.expires_at,
            Given::As(end) => end.as_deref().map(moment).transpose()?,
        };
        Ok(KeyPolicy {
            name: self.name.unwrap_or(policy.name),
            group: match self.group {
                Given::Not => policy.group,
                Given::As(group) => group,
            },
            models: self.models.unwrap_or(policy.models),
            endpoints: self.endpoints.unwrap_or(policy.endpoints),
            tags: self.tags.unwrap_or(policy.tags),
            ip_allow,
            limits: policy.limits,
            priority: self.priority.unwrap_or(policy.priority),
            expires_at,
        })
    }
}

fn check_ranges(ranges: &[String]) -> Answer<()> {
    let is_none = |text: &&String| {
        text.parse::<IpNet>().is_err() && text.parse::<std::net::IpAddr>().is_err()
    };
    match ranges.iter().find(is_none) {
        None => Ok(()),
        Some(bad) => Err(Failure::bad(
            "invalid_body",
            format!("`ip_allow`: `{bad}` is no address or range such as 10.0.0.0/8"),
        )),
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::As)
    }
}
