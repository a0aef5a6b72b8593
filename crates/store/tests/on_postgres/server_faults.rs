//! What a server can do to the store.

use std::net::TcpListener;
use std::time::Duration;

use aigw_store::{OpenError, OpenOptions, Store, StoreError};

use crate::new_database;
use crate::suite::{World, by, proposal, publish, put};

/// What never comes must fail the test rather than hang it.
const BOUND: Duration = Duration::from_secs(45);

async fn open(url: &str) -> OpenError {
    let url = url.parse().unwrap();
    let options = OpenOptions::new("one");
    let opening = Store::open(&url, &options);
    let opened = tokio::time::timeout(BOUND, opening).await;
    opened.expect("opening is bounded").unwrap_err()
}

/// The URL with another password, or another port.
fn with(world: &World, part: &str, other: &str) -> String {
    assert!(world.url.contains(part), "{part}");
    world.url.replacen(part, other, 1)
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_its_place() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error = open(&format!("postgres://aigw:canary@127.0.0.1:{port}/db")).await;
    let unreachable = matches!(error.source, StoreError::Unreachable { .. });
    assert!(unreachable, "{error}");
    assert!(
        error.to_string().contains(&format!("127.0.0.1:{port}/db")),
        "{error}"
    );
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let error = open(&format!("postgres://aigw@127.0.0.1:{port}/db")).await;
    assert!(
        matches!(error.source, StoreError::TimedOut { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_shown() {
    let world = new_database().await;
    let error = open(&with(&world, ":aigw@", ":canary@")).await;
    assert!(matches!(error.source, StoreError::Denied { .. }), "{error}");
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_read_only_server_is_told_and_still_read() {
    let world = new_database().await;
    let store = world.open().await;
    let one = put(&store, "one").await;
    let name = world.url.rsplit('/').next().unwrap();
    world
        .tamper(&format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = on"
        ))
        .await;
    store.close().await;
    let error = open(&world.url).await;
    assert!(matches!(error.source, StoreError::ReadOnly), "{error}");
    world
        .tamper(&format!(
            "SET TRANSACTION READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only"
        ))
        .await;
    assert!(world.open().await.revision(one).await.is_ok());
}

#[tokio::test]
async fn a_store_outlives_its_connections() {
    let world = new_database().await;
    let (here, there) = (world.open_as("here").await, world.open_as("there").await);
    let one = put(&here, "one").await;
    let mut changes = there.changes();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let talk = async {
        for round in 1..=3 {
            world.tamper(cut).await;
            publish_again(&here, round, one).await;
            let seen = changes.wait_for(|known| known.generations.ledger >= 2 * round);
            tokio::time::timeout(BOUND, seen).await.unwrap().unwrap();
        }
    };
    tokio::select! {
        () = there.follow() => {}
        () = talk => {}
    }
    assert_eq!(there.live().await.unwrap().unwrap().id.0, 3);
    there.verify_audit().await.unwrap();
}

/// Publishes although every connection has just been cut.
async fn publish_again(store: &Store, round: u64, revision: aigw_store::RevisionNumber) {
    let staged = store.stage(&by(round), &proposal(revision)).await.unwrap();
    store.mark_live(&by(round), staged.id).await.unwrap();
}

#[tokio::test]
async fn a_notification_is_enough_to_see_a_change() {
    let world = new_database().await;
    let store = world.open().await;
    let mut listener = sqlx::postgres::PgListener::connect(&world.url)
        .await
        .unwrap();
    listener.listen("aigw_changes").await.unwrap();
    let one = put(&store, "one").await;
    publish(&store, one).await;
    let told = tokio::time::timeout(BOUND, listener.recv()).await;
    assert_eq!(told.unwrap().unwrap().channel(), "aigw_changes");
}
