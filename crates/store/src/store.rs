//! The store.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use crate::StoreError;
use crate::changes::Following;
use crate::db::{Pool, Row, Value};

/// Revisions, ledger, audit, keys, tokens and secrets of one deployment. Clones share their connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) pool: Pool,
    /// Whoever writes in this process waits here, in order, rather than in the database.
    pub(crate) turn: Mutex<()>,
    pub(crate) following: watch::Sender<Following>,
    pub(crate) instance: String,
    pub(crate) place: String,
}

impl Store {
    /// Where the store is, without password.
    pub fn place(&self) -> &str {
        &self.inner.place
    }

    /// Whether this is PostgreSQL, which several replicas can share.
    pub fn is_postgres(&self) -> bool {
        matches!(self.inner.pool, Pool::Postgres(_))
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.rows("SELECT name FROM generations LIMIT 1", Vec::new())
            .await
            .map(drop)
    }

    /// Closes the connections, after what is under way. A SQLite file is then one file, without a log beside it.
    pub async fn close(&self) {
        self.inner.pool.close().await;
    }

    pub(crate) async fn rows(
        &self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.inner.pool.rows(sql, args).await
    }

    pub(crate) async fn row(
        &self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        self.inner.pool.row(sql, args).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.inner.place)
    }
}
