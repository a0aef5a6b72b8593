//! One test's own database.

use std::path::PathBuf;

use aigw_config::Secret;
use aigw_store::{
    By, MasterKey, NewRevision, OpenOptions, Origin, Proposal, Publication, PublicationKind,
    RevisionNumber, Role, Store, StoreUrl, Timestamp, Vault,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use tempfile::TempDir;

/// A database of its own, empty, and a directory.
pub(crate) struct World {
    pub(crate) url: String,
    _dir: TempDir,
}

impl World {
    /// The database of this URL; `dir` is kept as long.
    pub(crate) fn new(url: String, dir: TempDir) -> Self {
        Self { url, _dir: dir }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:")
    }

    /// Where the database file is, on SQLite.
    pub(crate) fn file(&self) -> PathBuf {
        PathBuf::from(&self.url)
    }

    pub(crate) fn store_url(&self) -> StoreUrl {
        self.url.parse().unwrap()
    }

    /// Opens the store as the process of this name.
    pub(crate) async fn open_as(&self, instance: &str) -> Store {
        let options = OpenOptions::new(instance);
        Store::open(&self.store_url(), &options).await.unwrap()
    }

    pub(crate) async fn open(&self) -> Store {
        self.open_as("one").await
    }

    /// Runs statements beside the store, as somebody who tampers with it does.
    pub(crate) async fn tamper(&self, sql: &str) {
        self.try_tamper(sql).await.unwrap();
    }

    pub(crate) async fn try_tamper(&self, sql: &str) -> Result<(), sqlx::Error> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        if self.is_postgres() {
            let mut connection = PgConnection::connect(&self.url).await?;
            script.execute(&mut connection).await.map(drop)
        } else {
            script
                .execute(&mut self.file_connection().await)
                .await
                .map(drop)
        }
    }

    async fn file_connection(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new()
            .filename(self.file())
            .foreign_keys(true)
            .busy_timeout(std::time::Duration::from_secs(10));
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    /// The single number that a statement gives.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql)
                .fetch_one(&mut connection)
                .await
                .unwrap()
        } else {
            let mut connection = self.file_connection().await;
            sqlx::query_scalar(sql)
                .fetch_one(&mut connection)
                .await
                .unwrap()
        }
    }

    /// How the database goes about a query.
    pub(crate) async fn explain(&self, sql: &str) -> String {
        if self.is_postgres() {
            // Whether an index can serve it, not whether it pays with the statistics of a moment.
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql("SET enable_seqscan = off")
                .execute(&mut connection)
                .await
                .unwrap();
            let sql = AssertSqlSafe(format!("EXPLAIN {sql}"));
            let lines: Vec<String> = sqlx::query_scalar(sql)
                .fetch_all(&mut connection)
                .await
                .unwrap();
            lines.join("\n")
        } else {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let mut connection = self.file_connection().await;
            let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
            row.get("detail")
        }
    }

    /// Everything that the database holds, as text: bytes in hexadecimal.
    pub(crate) async fn dump(&self) -> String {
        const TABLES: &[&str] = &[
            "revisions",
            "revision_secrets",
            "drafts",
            "publications",
            "generations",
            "audit",
            "audit_head",
            "client_keys",
            "admin_tokens",
            "sessions",
            "login_failures",
            "sealed",
        ];
        if !self.is_postgres() {
            let mut bytes = std::fs::read(self.file()).unwrap();
            let log = format!("{}-wal", self.url);
            bytes.extend(std::fs::read(log).unwrap_or_default());
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let mut dump = String::new();
        for table in TABLES {
            let sql = AssertSqlSafe(format!("SELECT t::text FROM {table} t"));
            let rows: Vec<String> = sqlx::query_scalar(sql)
                .fetch_all(&mut connection)
                .await
                .unwrap();
            dump.push_str(&rows.join("\n"));
        }
        dump
    }
}

/// Somebody at this second.
pub(crate) fn by(second: u64) -> By {
    By {
        actor: "ada".into(),
        role: Role::Admin,
        source: Some([192, 0, 2, 7].into()),
        at: at(second),
    }
}

pub(crate) fn at(second: u64) -> Timestamp {
    Timestamp(second * 1_000_000)
}

/// Stores a revision with this text.
pub(crate) async fn put(store: &Store, text: &str) -> RevisionNumber {
    let new = NewRevision {
        text,
        secrets: &[],
        origin: Origin::Api,
        note: "",
    };
    let stored = store.put_revision(&by(1), &new).await.unwrap();
    stored.revision.number
}

/// A proposal to publish on top of whatever is live.
pub(crate) fn proposal(revision: RevisionNumber) -> Proposal<'static> {
    Proposal {
        revision,
        kind: PublicationKind::Publish,
        base: aigw_store::Base::Any,
        note: "",
    }
}

/// Publishes a revision from the first to the last step.
pub(crate) async fn publish(store: &Store, revision: RevisionNumber) -> Publication {
    let staged = store.stage(&by(2), &proposal(revision)).await.unwrap();
    store.mark_live(&by(3), staged.id).await.unwrap()
}

pub(crate) fn master(text: &str) -> MasterKey {
    MasterKey::new(&Secret::new(text.repeat(8))).unwrap()
}

pub(crate) async fn unlock(store: &Store) -> Vault {
    Vault::unlock(store, &by(1), master("key1")).await.unwrap()
}
