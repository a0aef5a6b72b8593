//! Connections and transactions of either database.

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use super::{Row, Value, within};
use crate::StoreError;

/// Number of the advisory lock that writers of one PostgreSQL database take: the bytes of `aigwstor`.
const WRITE_LOCK: i64 = 0x6169_6777_7374_6f72;

/// Connections to a database.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A transaction that has the right to write; rolled back when dropped.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

macro_rules! bound {
    ($database:ty, $sql:expr, $args:expr) => {{
        let mut query = sqlx::query::<$database>($sql);
        for arg in $args {
            query = match arg {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Blob(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Pool {
    /// The rows of a reading statement.
    pub(crate) async fn rows(
        &self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        check(&args)?;
        match self {
            Self::Sqlite(pool) => {
                let rows = within(bound!(Sqlite, sql, args).fetch_all(pool)).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pool) => {
                let rows = within(bound!(Postgres, sql, args).fetch_all(pool)).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row of a reading statement.
    pub(crate) async fn row(
        &self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Begins a transaction that nobody else writes beside: writers, of all processes, come one after another.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        match self {
            Self::Sqlite(pool) => Ok(Tx::Sqlite(
                within(pool.begin_with("BEGIN IMMEDIATE")).await?,
            )),
            Self::Postgres(pool) => {
                let mut tx = Tx::Postgres(within(pool.begin()).await?);
                let lock = "SELECT pg_advisory_xact_lock($1)";
                tx.execute(lock, vec![Value::from(WRITE_LOCK)]).await?;
                Ok(tx)
            }
        }
    }

    /// Waits until every connection is closed.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Runs a writing statement; how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        check(&args)?;
        match self {
            Self::Sqlite(tx) => {
                let done = within(bound!(Sqlite, sql, args).execute(&mut **tx)).await?;
                Ok(done.rows_affected())
            }
            Self::Postgres(tx) => {
                let done = within(bound!(Postgres, sql, args).execute(&mut **tx)).await?;
                Ok(done.rows_affected())
            }
        }
    }

    /// The rows of a statement.
    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        check(&args)?;
        match self {
            Self::Sqlite(tx) => {
                let rows = within(bound!(Sqlite, sql, args).fetch_all(&mut **tx)).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(tx) => {
                let rows = within(bound!(Postgres, sql, args).fetch_all(&mut **tx)).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// The first row of a statement.
    pub(crate) async fn row(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Runs several statements of our own, without values.
    pub(crate) async fn script(&mut self, sql: String) -> Result<(), StoreError> {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        match self {
            Self::Sqlite(tx) => within(script.execute(&mut **tx)).await.map(drop),
            Self::Postgres(tx) => within(script.execute(&mut **tx)).await.map(drop),
        }
    }

    /// Makes it so.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => within(tx.commit()).await,
            Self::Postgres(tx) => within(tx.commit()).await,
        }
    }

    /// Whether this is PostgreSQL.
    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// Texts of PostgreSQL hold no NUL, so those of SQLite must not either.
fn check(args: &[Value]) -> Result<(), StoreError> {
    let nul = args
        .iter()
        .any(|arg| matches!(arg, Value::Text(Some(text)) if text.contains('\0')));
    if nul { Err(StoreError::Nul) } else { Ok(()) }
}
