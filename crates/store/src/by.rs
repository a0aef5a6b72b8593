//! Who does something, from where and when.

use std::fmt;
use std::net::IpAddr;

/// Microseconds since the Unix epoch, as the caller's clock has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This long after; saturates.
    #[must_use]
    pub fn after_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    pub(crate) fn to_db(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    pub(crate) fn from_db(value: i64) -> Self {
        Self(u64::try_from(value).unwrap_or_default())
    }
}

/// In what role somebody acts, as the audit has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Changes things.
    Admin,
    /// Reads.
    Viewer,
    /// The gateway itself: first start, file changes, recovery.
    System,
    /// Nobody known: failed logins, denials without credentials.
    Anonymous,
}

/// What a credential of the admin plane allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Everything.
    Admin,
    /// Reading only.
    Viewer,
}

/// Who does something, in what role, from which address, and when. Every write takes one, and the audit keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Name of the credential or person; `system` for the gateway itself.
    pub actor: String,
    /// In what role.
    pub role: Role,
    /// The caller's address, after trusted proxies.
    pub source: Option<IpAddr>,
    /// When, by the caller's clock.
    pub at: Timestamp,
}

impl By {
    /// The gateway itself.
    pub fn system(at: Timestamp) -> Self {
        Self {
            actor: "system".into(),
            role: Role::System,
            source: None,
            at,
        }
    }

    /// The same one at another time.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Self {
        Self { at, ..self.clone() }
    }
}

impl Role {
    /// `admin`, `viewer`, `system` or `anonymous`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
            Self::System => "system",
            Self::Anonymous => "anonymous",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Admin, Self::Viewer, Self::System, Self::Anonymous]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Access {
    /// `admin` or `viewer`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Admin, Self::Viewer]
            .into_iter()
            .find(|access| access.as_str() == text)
    }
}

impl From<Access> for Role {
    fn from(access: Access) -> Self {
        match access {
            Access::Admin => Self::Admin,
            Access::Viewer => Self::Viewer,
        }
    }
}
