//! Following, and the schema.

use std::time::Duration;

use aigw_store::{KeyHash, KeyPolicy, KeyShape, NewKey, OpenError, OpenOptions, Store, StoreError};

use super::{World, by, publish, put};

/// A change that never comes must fail the test rather than hang it.
const BOUND: Duration = Duration::from_secs(30);

pub(crate) async fn a_change_is_seen_in_the_same_process_at_once(world: &World) {
    let store = world.open().await;
    let mut changes = store.changes();
    let before = changes.borrow_and_update().generations;
    let one = put(&store, "one").await;
    publish(&store, one).await;
    assert!(changes.has_changed().unwrap());
    let after = changes.borrow_and_update().generations;
    assert_eq!(after.ledger, before.ledger + 2);
    assert_eq!(after.keys, before.keys);
    assert_eq!(after, store.generations().await.unwrap());
}

pub(crate) async fn another_process_sees_a_change(world: &World) {
    let (here, there) = (world.open_as("here").await, world.open_as("there").await);
    let mut changes = there.changes();
    let before = changes.borrow_and_update().generations;
    let key = NewKey {
        id: "k1",
        shape: KeyShape::Generated,
        hash: KeyHash([1; 32]),
        policy: KeyPolicy::named("apps"),
    };
    here.create_key(&by(1), &key).await.unwrap();
    let seen = changes.wait_for(|known| known.generations.keys > before.keys);
    tokio::select! {
        () = there.follow() => {}
        seen = tokio::time::timeout(BOUND, seen) => { seen.unwrap().unwrap(); }
    }
    assert_eq!(there.key_set().await.unwrap().keys.len(), 1);
}

pub(crate) async fn a_rolled_back_write_tells_nobody(world: &World) {
    let store = world.open().await;
    let before = store.generations().await.unwrap();
    let mut bad = KeyPolicy::named("apps");
    bad.limits = "no".into();
    let key = NewKey {
        id: "k1",
        shape: KeyShape::Generated,
        hash: KeyHash([1; 32]),
        policy: bad,
    };
    store.create_key(&by(1), &key).await.unwrap_err();
    store.revoke_key(&by(1), "k1").await.unwrap_err();
    assert_eq!(store.generations().await.unwrap(), before);
    assert_eq!(store.audit_head().await.unwrap().last, 0);
}

async fn try_open(world: &World) -> Result<Store, OpenError> {
    Store::open(&world.store_url(), &OpenOptions::new("one")).await
}

pub(crate) async fn a_newer_schema_is_refused(world: &World) {
    world.open().await.close().await;
    world
        .tamper("INSERT INTO schema_versions (version, oldest) VALUES (900, 900)")
        .await;
    let error = try_open(world).await.unwrap_err();
    let newer = matches!(error.source, StoreError::Newer { found: 900, .. });
    assert!(newer, "{error}");
    assert!(
        error.to_string().contains("run the newer version again"),
        "{error}"
    );
    assert!(!error.to_string().contains(":aigw@"), "{error}");
}

pub(crate) async fn a_newer_schema_that_old_programs_can_use_is_opened(world: &World) {
    world.open().await.close().await;
    world
        .tamper("INSERT INTO schema_versions (version, oldest) VALUES (900, 1)")
        .await;
    let store = try_open(world).await.unwrap();
    put(&store, "one").await;
}

pub(crate) async fn stores_opened_at_once_make_one_schema(world: &World) {
    let (a, b, c) = tokio::join!(try_open(world), try_open(world), try_open(world));
    for store in [a, b, c] {
        put(&store.unwrap(), "one").await;
    }
    assert_eq!(world.count("SELECT count(*) FROM revisions").await, 1);
}
