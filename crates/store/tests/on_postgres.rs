//! Every promise of the store, on PostgreSQL: `cargo xtask postgres`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests; a test that cannot go on fails"
)]

#[path = "on_postgres/server_faults.rs"]
mod server_faults;
mod suite;

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use suite::World;

suite::claims!(new_database);

async fn new_database() -> World {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var_os("AIGW_TEST_POSTGRES")
        .expect("AIGW_TEST_POSTGRES names a server: run `cargo xtask postgres`");
    let server = server.to_str().unwrap();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("aigw_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(server).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    World::new(format!("{base}/{name}"), tempfile::tempdir().unwrap())
}
