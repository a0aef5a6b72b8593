//! Values that go into statements, and rows that come out.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::{Digest, StoreError, Timestamp};

/// A value bound to a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

/// The values of a statement.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

/// A row of a result.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! column {
    ($row:expr, $name:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get($name),
            Row::Postgres(row) => row.try_get($name),
        }
        .map_err(StoreError::from)
    };
}

impl Row {
    pub(crate) fn int(&self, name: &str) -> Result<i64, StoreError> {
        column!(self, name)
    }

    pub(crate) fn maybe_int(&self, name: &str) -> Result<Option<i64>, StoreError> {
        column!(self, name)
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, StoreError> {
        column!(self, name)
    }

    pub(crate) fn maybe_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        column!(self, name)
    }

    pub(crate) fn blob(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        column!(self, name)
    }

    fn maybe_blob(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        column!(self, name)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, StoreError> {
        match self.int(name)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(StoreError::damaged(format!("column {name} holds {other}"))),
        }
    }

    pub(crate) fn time(&self, name: &str) -> Result<Timestamp, StoreError> {
        self.int(name).map(Timestamp::from_db)
    }

    pub(crate) fn maybe_time(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.maybe_int(name)?.map(Timestamp::from_db))
    }

    /// Bytes of a fixed number.
    pub(crate) fn bytes<const N: usize>(&self, name: &str) -> Result<[u8; N], StoreError> {
        exactly(name, &self.blob(name)?)
    }

    pub(crate) fn maybe_bytes<const N: usize>(
        &self,
        name: &str,
    ) -> Result<Option<[u8; N]>, StoreError> {
        self.maybe_blob(name)?
            .map(|bytes| exactly(name, &bytes))
            .transpose()
    }

    pub(crate) fn digest(&self, name: &str) -> Result<Digest, StoreError> {
        self.bytes(name).map(Digest)
    }

    pub(crate) fn maybe_digest(&self, name: &str) -> Result<Option<Digest>, StoreError> {
        Ok(self.maybe_bytes(name)?.map(Digest))
    }

    /// A word that `parse` knows.
    pub(crate) fn word<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let text = self.text(name)?;
        parse(&text).ok_or_else(|| StoreError::damaged(format!("column {name} holds `{text}`")))
    }
}

fn exactly<const N: usize>(name: &str, bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| {
        StoreError::damaged(format!(
            "column {name} holds {} bytes instead of {N}",
            bytes.len()
        ))
    })
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.to_db()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Int(value.map(Timestamp::to_db))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(ToOwned::to_owned))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(Some(value.to_vec()))
    }
}

impl From<Digest> for Value {
    fn from(value: Digest) -> Self {
        Self::Blob(Some(value.0.to_vec()))
    }
}

impl From<Option<Digest>> for Value {
    fn from(value: Option<Digest>) -> Self {
        Self::Blob(value.map(|digest| digest.0.to_vec()))
    }
}
