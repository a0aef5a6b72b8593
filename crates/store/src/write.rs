//! Write transactions: the change, its audit rows and its notification, together.

use tokio::sync::MutexGuard;

use crate::audit::{self, AuditEvent};
use crate::changes::{CHANNEL, Part};
use crate::db::{Row, Tx, Value, args};
use crate::step::step;
use crate::{By, Store, StoreError};

/// A transaction that changes the store; rolled back when dropped.
pub(crate) struct Write<'s> {
    store: &'s Store,
    tx: Tx,
    touched: Vec<(Part, u64)>,
    _turn: MutexGuard<'s, ()>,
}

impl Store {
    /// Begins a change. Changes of all processes come one after another, so what is read in one stays true in it.
    pub(crate) async fn write(&self) -> Result<Write<'_>, StoreError> {
        let turn = self.inner.turn.lock().await;
        let tx = self.inner.pool.begin().await?;
        step("begun");
        Ok(Write {
            store: self,
            tx,
            touched: Vec::new(),
            _turn: turn,
        })
    }
}

impl Write<'_> {
    /// Name of this process.
    pub(crate) fn instance(&self) -> &str {
        &self.store.inner.instance
    }

    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.tx.execute(sql, args).await
    }

    pub(crate) async fn row(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        self.tx.row(sql, args).await
    }

    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.tx.rows(sql, args).await
    }

    /// The next number of a column; writers come one after another, so nobody else takes it.
    pub(crate) async fn next(&mut self, sql: &'static str) -> Result<i64, StoreError> {
        match self.tx.row(sql, args![]).await? {
            Some(row) => Ok(row.int("last")? + 1),
            None => Ok(1),
        }
    }

    /// Tells everybody who follows that `part` has changed.
    pub(crate) async fn touch(&mut self, part: Part) -> Result<(), StoreError> {
        let sql = "UPDATE generations SET value = value + 1 WHERE name = $1 RETURNING value";
        let row = self.tx.row(sql, args![part.name()]).await?;
        let row = row.ok_or_else(|| StoreError::damaged("a row of `generations` is missing"))?;
        let value = u64::try_from(row.int("value")?).unwrap_or_default();
        self.touched.push((part, value));
        Ok(())
    }

    /// Appends a row to the audit chain.
    pub(crate) async fn audit(
        &mut self,
        by: &By,
        event: &AuditEvent<'_>,
    ) -> Result<(), StoreError> {
        audit::append(&mut self.tx, by, event).await
    }

    /// Makes it so, then tells the followers.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        if self.tx.is_postgres() && !self.touched.is_empty() {
            let notify = "SELECT pg_notify($1, '')";
            self.tx.execute(notify, args![CHANNEL]).await?;
        }
        step("before commit");
        self.tx.commit().await?;
        step("committed");
        for (part, value) in self.touched {
            self.store.saw(part, value);
        }
        Ok(())
    }
}
