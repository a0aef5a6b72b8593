//! Where a store is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use aigw_config::Secret;

/// Where a store is: a SQLite file or a PostgreSQL database. Its `Display` and `Debug` show no password.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A file; `sqlite:PATH`, `sqlite://PATH` or just the path.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/database?sslmode=require`, as libpq writes it.
    Postgres(Secret<String>),
}

/// A text that names no store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// Nothing is named.
    #[error("the store URL is empty: give a file or postgres://user@host/database")]
    Empty,
    /// An address of something else.
    #[error(
        "the store URL has an unknown scheme: give a file, sqlite:FILE or postgres://user@host/database"
    )]
    Scheme,
    /// Not an address of PostgreSQL.
    #[error(
        "the store URL cannot be read: write postgres://user:password@host:port/database, with special characters of the password percent-encoded"
    )]
    Postgres,
}

impl FromStr for StoreUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let path = match text.split_once(':') {
            Some(("postgres" | "postgresql", _)) => return postgres(text),
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some((_, rest)) if rest.starts_with("//") => return Err(InvalidUrl::Scheme),
            _ => text,
        };
        if path.is_empty() {
            return Err(InvalidUrl::Empty);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

fn postgres(text: &str) -> Result<StoreUrl, InvalidUrl> {
    // The reader's own words are left out: they may quote the password.
    sqlx::postgres::PgConnectOptions::from_str(text).map_err(|_| InvalidUrl::Postgres)?;
    Ok(StoreUrl::Postgres(Secret::new(text.to_owned())))
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => {
                let url = url.expose();
                let after = url.split_once("://").map_or("", |(_, rest)| rest);
                let end = after.find(['/', '?']).unwrap_or(after.len());
                let host = after[..end].rsplit('@').next().unwrap_or_default();
                let path = after[end..].split('?').next().unwrap_or_default();
                write!(f, "postgres://{host}{path}")
            }
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_with_and_without_its_scheme() {
        for text in [
            "/data/store.db",
            "sqlite:/data/store.db",
            "sqlite:///data/store.db",
        ] {
            assert_eq!(text.parse(), Ok(StoreUrl::Sqlite("/data/store.db".into())));
        }
    }

    #[test]
    fn no_text_of_a_url_shows_its_password() {
        let url: StoreUrl = "postgres://aigw:canary@db:5432/aigw?sslmode=require&password=canary"
            .parse()
            .unwrap();
        assert_eq!(url.to_string(), "postgres://db:5432/aigw");
        assert_eq!(format!("{url:?}"), "StoreUrl(postgres://db:5432/aigw)");
    }

    #[test]
    fn what_is_no_store_is_refused() {
        assert_eq!("".parse::<StoreUrl>(), Err(InvalidUrl::Empty));
        assert_eq!("sqlite:".parse::<StoreUrl>(), Err(InvalidUrl::Empty));
        assert_eq!(
            "mysql://host/db".parse::<StoreUrl>(),
            Err(InvalidUrl::Scheme)
        );
        assert_eq!(
            "postgres://host:not-a-port/db".parse::<StoreUrl>(),
            Err(InvalidUrl::Postgres)
        );
    }
}
