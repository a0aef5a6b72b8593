//! Every promise of the store, on SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests; a test that cannot go on fails"
)]

mod suite;

use suite::World;

suite::claims!(new_file);

async fn new_file() -> World {
    let dir = tempfile::tempdir().unwrap();
    let url = dir.path().join("store.db").to_str().unwrap().to_owned();
    World::new(url, dir)
}
