//! What can go wrong with a store, each with what to do about it.

use sqlx::error::DatabaseError;

/// A store that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the store {place}: {source}")]
pub struct OpenError {
    /// Where it is; without password.
    pub place: String,
    /// Why.
    pub source: StoreError,
}

/// Why the store did not do what was asked. What it was asked to do did not happen, unless it is `TimedOut` or
/// `Unreachable` while committing: then only reading again tells.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database server does not answer, or the file cannot be opened.
    #[error(
        "the store cannot be reached ({detail}): check that the database server runs and that its address is right"
    )]
    Unreachable {
        /// In the database's words.
        detail: String,
    },
    /// No answer in time.
    #[error(
        "the store did not answer within {seconds} s: check the load of the database and the way to it"
    )]
    TimedOut {
        /// How long it was waited for.
        seconds: u64,
    },
    /// Another process holds the lock for longer than is waited for.
    #[error(
        "the store is locked by another process: try again, and look for a program that holds the database open"
    )]
    Locked,
    /// No room left.
    #[error("the disk of the store is full: free some space, nothing was changed")]
    Full,
    /// The file or the server takes no writes.
    #[error(
        "the store is read-only: check owner and mode of the data directory, or connect to the primary server"
    )]
    ReadOnly,
    /// Not a database, or a damaged one.
    #[error(
        "the store is damaged ({detail}): stop, keep the file for analysis, and restore a backup"
    )]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// The operating system or the database server does not allow it.
    #[error(
        "the store may not be used ({detail}): check the credentials, and owner and mode of the data directory"
    )]
    Denied {
        /// In the database's words.
        detail: String,
    },
    /// Written by a newer version of this program.
    #[error(
        "the store has schema {found}, this program knows up to {known}: run the newer version again, or restore the backup made before the upgrade"
    )]
    Newer {
        /// Schema of the store.
        found: i64,
        /// Newest schema that this program knows.
        known: i64,
    },
    /// A text with a NUL character.
    #[error("a text holds a NUL character, which cannot be stored: remove it")]
    Nul,
    /// Anything else the database says.
    #[error("the store failed: {source}")]
    Failed {
        /// What it says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    pub(crate) fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged {
            detail: detail.into(),
        }
    }

    /// Whether waiting and trying again may help.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Locked | Self::Full
        )
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                of_database(&**database).unwrap_or_else(|| failed(error))
            }
            sqlx::Error::Io(io) => of_io(io),
            sqlx::Error::PoolTimedOut => Self::Unreachable {
                detail: "no connection within the time allowed".into(),
            },
            sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unreachable {
                detail: error.to_string(),
            },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::damaged(error.to_string())
            }
            _ => failed(error),
        }
    }
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Failed {
        source: Box::new(error),
    }
}

fn of_io(error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    let detail = error.to_string();
    match error.kind() {
        ErrorKind::PermissionDenied => StoreError::Denied { detail },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            StoreError::Full
        }
        ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        _ => StoreError::Unreachable { detail },
    }
}

fn of_database(error: &dyn DatabaseError) -> Option<StoreError> {
    let code = error.code()?;
    let detail = error.message().to_owned();
    if error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        of_postgres(&code, detail)
    } else {
        of_sqlite(code.parse().ok()?, detail)
    }
}

/// By SQLSTATE: its class, or the whole code.
fn of_postgres(code: &str, detail: String) -> Option<StoreError> {
    Some(match code {
        "53100" => StoreError::Full,
        "25006" => StoreError::ReadOnly,
        "55P03" | "40P01" | "40001" => StoreError::Locked,
        "57014" => StoreError::TimedOut {
            seconds: crate::db::DEADLINE.as_secs(),
        },
        "42501" => StoreError::Denied { detail },
        "57P01" | "57P02" | "57P03" | "53300" | "3D000" => StoreError::Unreachable { detail },
        _ => match code.get(..2)? {
            "08" => StoreError::Unreachable { detail },
            "28" => StoreError::Denied { detail },
            "XX" => StoreError::Damaged { detail },
            _ => return None,
        },
    })
}

/// By SQLite's primary result code, which is the low byte of an extended one.
fn of_sqlite(code: i32, detail: String) -> Option<StoreError> {
    const IO_WRITE: i32 = 0x30a;
    const IO_SHORT_READ: i32 = 0x20a;
    Some(match (code, code & 0xff) {
        (IO_SHORT_READ, _) | (_, 11 | 26) => StoreError::Damaged { detail },
        // Of a write that the quota or the file size limit cuts, SQLite says no more than that it failed.
        (IO_WRITE, _) | (_, 13) => StoreError::Full,
        (_, 5 | 6) => StoreError::Locked,
        (_, 8) => StoreError::ReadOnly,
        (_, 3 | 23) => StoreError::Denied { detail },
        (_, 10 | 14) => StoreError::Unreachable { detail },
        _ => return None,
    })
}
