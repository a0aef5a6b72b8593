//! Several processes on one store.

use aigw_admin::{Publish, Source};
use aigw_store::{Base, KeyPolicy, ReplicaState, RevisionNumber};

use super::{World, document};

const KEY: &str = "${KEY}";

fn text(text: &str) -> Publish<'_> {
    Publish {
        source: Source::Text(text),
        note: "",
        base: Base::Any,
    }
}

pub(crate) async fn three_replicas_serve_what_one_published(world: &World) {
    let first = document("first", KEY);
    let one = world.start("one", &first).await;
    let two = world.start("two", &first).await;
    let three = world.start("three", &first).await;
    assert_eq!(
        (two.plane.revision(), three.plane.revision()),
        (Some(1), Some(1))
    );
    let (second, by) = (document("second", KEY), one.by());
    let asked = text(&second);
    let publish = async {
        one.lifecycle.publish(&by, &asked).await.unwrap();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = publish => {}
        _ = async { tokio::join!(two.follows_to(2), three.follows_to(2)) } => {}
    }
    assert_eq!(
        (&*two.plane.model(), &*three.plane.model()),
        ("second", "second")
    );
    let live = one.lifecycle.store().live().await.unwrap();
    assert_eq!(two.lifecycle.serving().publication, live);
}

pub(crate) async fn a_replica_that_cannot_serve_what_is_live_keeps_the_old_and_says_so(
    world: &World,
) {
    let one = world.start("one", &document("first", KEY)).await;
    let two = world.start("two", "unused").await;
    one.plane.set("ONLY_ONE", "has-it");
    let second = document("second", "${ONLY_ONE}");
    one.lifecycle
        .publish(&one.by(), &text(&second))
        .await
        .unwrap();
    let behind = async {
        loop {
            let all = one.lifecycle.store().replicas().await.unwrap();
            let found = all.into_iter().find(|replica| replica.instance == "two");
            match found {
                Some(two) if two.state == ReplicaState::Behind => return two,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    let said = two.follows(behind).await;
    assert_eq!(said.revision, Some(RevisionNumber(1)));
    assert!(said.reason.unwrap().contains("ONLY_ONE"));
    assert_eq!(
        (two.plane.revision(), &*two.plane.model()),
        (Some(1), "first")
    );
    // When the reason is gone, it catches up.
    two.plane.set("ONLY_ONE", "has-it");
    two.follows_to(2).await;
    assert_eq!(two.lifecycle.serving().behind, None);
}

pub(crate) async fn keys_made_on_one_replica_are_known_on_the_others(world: &World) {
    let one = world.start("one", &document("first", KEY)).await;
    let two = world.start("two", "unused").await;
    let policy = KeyPolicy::named("apps");
    let (key, secret) = one.lifecycle.create_key(&one.by(), policy).await.unwrap();
    one.plane.knows("apps").await;
    two.follows(two.plane.knows("apps")).await;
    let stored = format!("{:?}", two.lifecycle.store().keys().await.unwrap());
    assert!(stored.contains(&key.id) && !stored.contains(secret.expose()));
}

pub(crate) async fn starts_at_the_same_time_agree_on_one_first_revision(world: &World) {
    let (one, two) = (world.open("one").await, world.open("two").await);
    for process in [&one, &two] {
        process.plane.set("KEY", "value-of-key");
    }
    let texts = [document("mine", KEY), document("yours", KEY)];
    tokio::join!(one.begin(&texts[0]), two.begin(&texts[1]));
    let live = one.lifecycle.store().live().await.unwrap().unwrap();
    assert_eq!(one.plane.revision(), Some(live.revision.0));
    assert_eq!(two.plane.revision(), Some(live.revision.0));
    assert_eq!(one.plane.model(), two.plane.model());
}

pub(crate) async fn a_changed_file_behind_a_reference_is_another_revision(world: &World) {
    let path = world.directory().join("upstream-key");
    std::fs::write(&path, "old-value\n").unwrap();
    let reference = format!("${{file:{}}}", path.display());
    let one = world.start("one", &document("first", &reference)).await;
    assert_eq!(one.plane.credential(), "old-value");
    std::fs::write(&path, "another-value\n").unwrap();
    one.follows_to(2).await;
    assert_eq!(one.plane.credential(), "another-value");
}
