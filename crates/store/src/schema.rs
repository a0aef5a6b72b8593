//! The schema and its migrations.
//!
//! A migration either expands (programs of older schemas go on working beside newer ones) or contracts (they do not).
//! Each says which is the oldest program that can work with it; a program refuses a store that no longer works with it.

use crate::StoreError;
use crate::db::{Tx, args};

/// One step of the schema.
struct Migration {
    /// Its number; they are without gaps.
    version: i64,
    /// The oldest schema whose programs can work with this one.
    oldest: i64,
    /// Written for SQLite; see [`for_postgres`].
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    oldest: 1,
    sql: include_str!("schema/0001-begin.sql"),
}];

const BOOKKEEPING: &str = "CREATE TABLE IF NOT EXISTS schema_versions (
  version INTEGER PRIMARY KEY,
  oldest INTEGER NOT NULL
) STRICT;";

/// Newest schema that this program knows.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// Brings the store to the newest schema, within `tx`: all of it or nothing. Others wait meanwhile.
pub(crate) async fn migrate(tx: &mut Tx) -> Result<(), StoreError> {
    run(tx, BOOKKEEPING).await?;
    let state = "SELECT coalesce(max(version), 0) AS version, coalesce(max(oldest), 0) AS oldest FROM schema_versions";
    let row = tx.row(state, args![]).await?;
    let (found, oldest) = match row {
        Some(row) => (row.int("version")?, row.int("oldest")?),
        None => (0, 0),
    };
    if oldest > newest() {
        return Err(StoreError::Newer {
            found,
            known: newest(),
        });
    }
    for migration in MIGRATIONS.iter().filter(|one| one.version > found) {
        run(tx, migration.sql).await?;
        let note = "INSERT INTO schema_versions (version, oldest) VALUES ($1, $2)";
        tx.execute(note, args![migration.version, migration.oldest])
            .await?;
    }
    Ok(())
}

async fn run(tx: &mut Tx, sql: &str) -> Result<(), StoreError> {
    let sql = if tx.is_postgres() {
        for_postgres(sql)
    } else {
        sql.to_owned()
    };
    tx.script(sql).await
}

/// The same tables with PostgreSQL's types, which are always strict.
fn for_postgres(sql: &str) -> String {
    sql.replace(" INTEGER", " BIGINT")
        .replace(" BLOB", " BYTEA")
        .replace(") STRICT;", ");")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps_and_never_need_a_newer_program_than_themselves() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version, i64::try_from(index).unwrap() + 1);
            assert!((1..=migration.version).contains(&migration.oldest));
        }
    }

    #[test]
    fn every_table_is_strict_on_sqlite_and_has_wide_types_on_postgresql() {
        for migration in MIGRATIONS {
            let tables = migration.sql.matches("CREATE TABLE").count();
            assert_eq!(migration.sql.matches(") STRICT;").count(), tables);
            let other = for_postgres(migration.sql);
            for word in ["STRICT", "INTEGER", "BLOB"] {
                assert!(!other.contains(word), "{word}");
            }
        }
    }
}
