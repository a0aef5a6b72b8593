//! Every promise of the control plane, on SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests; a test that cannot go on fails"
)]

mod suite;

use suite::World;

suite::claims!(new_file);

async fn new_file() -> World {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    World::new(path.to_str().unwrap().to_owned(), directory)
}
