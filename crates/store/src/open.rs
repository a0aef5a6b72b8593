//! Opening a store.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor, PgConnection, PgPool, SqlitePool};
use tokio::sync::{Mutex, watch};

use crate::changes::Following;
use crate::db::{DEADLINE, Pool, within};
use crate::store::Inner;
use crate::{OpenError, Store, StoreError, StoreUrl, schema};

/// Most connections to PostgreSQL: the data plane needs none, so this is for the admin plane alone.
const POSTGRES_CONNECTIONS: u32 = 5;
/// Most connections to a SQLite file: one writes, the others read.
const SQLITE_CONNECTIONS: u32 = 4;
/// How long SQLite waits for another process before it says that it is locked.
const BUSY: Duration = Duration::from_secs(5);
/// What PostgreSQL itself gives up after, so that nothing is left running there that nobody waits for.
const SESSION: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '30s'; SET application_name = 'aigw'";

/// How to open a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Name of this process within the deployment, the same again after a restart: what it left staged is settled by
    /// the next process of that name. Two processes at a time must not have the same name.
    pub instance: String,
}

impl OpenOptions {
    /// Opens as `instance`.
    pub fn new(instance: &str) -> Self {
        Self {
            instance: instance.to_owned(),
        }
    }
}

impl Store {
    /// Opens the store, creates it if it is a file that does not exist (0600, in an existing directory), and brings its
    /// schema up to date. Fails rather than waits: what takes longer than 10 s is an error.
    pub async fn open(url: &StoreUrl, options: &OpenOptions) -> Result<Self, OpenError> {
        let place = url.to_string();
        match open(url).await {
            Ok(pool) => {
                let inner = Inner {
                    pool,
                    turn: Mutex::new(()),
                    following: watch::Sender::new(Following::default()),
                    instance: options.instance.clone(),
                    place,
                };
                let store = Self {
                    inner: Arc::new(inner),
                };
                store.look().await;
                Ok(store)
            }
            Err(source) => Err(OpenError { place, source }),
        }
    }
}

async fn open(url: &StoreUrl) -> Result<Pool, StoreError> {
    let pool = match url {
        StoreUrl::Sqlite(path) => Pool::Sqlite(sqlite(path).await?),
        StoreUrl::Postgres(url) => Pool::Postgres(postgres(url.expose()).await?),
    };
    let mut tx = pool.begin().await?;
    schema::migrate(&mut tx).await?;
    tx.commit().await?;
    Ok(pool)
}

async fn sqlite(path: &Path) -> Result<SqlitePool, StoreError> {
    keep_private(path).map_err(|error| StoreError::from(sqlx::Error::Io(error)))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .thread_name(|n| format!("aigw-store-{n}"));
    let pool = SqlitePoolOptions::new()
        .max_connections(SQLITE_CONNECTIONS)
        .acquire_timeout(DEADLINE)
        .test_before_acquire(false);
    within(pool.connect_with(options)).await
}

/// Creates the file for its owner only, or takes the others' rights away; SQLite gives the files beside it the same mode.
fn keep_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

async fn postgres(url: &str) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(StoreError::from)?;
    // A pool tries until its time is up, and then has forgotten why it could not; one connection says it at once.
    within(async {
        let first = PgConnection::connect_with(&options).await?;
        first.close().await
    })
    .await?;
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(DEADLINE)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SESSION).await.map(drop) })
        });
    within(pool.connect_with(options)).await
}
