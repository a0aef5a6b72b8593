//! What is kept for a start without the store.

use std::fs;
use std::path::PathBuf;

use aigw_admin::{LastGoodError, Publish, Source};
use aigw_config::Secret;
use aigw_store::{Base, KeyPolicy, MasterKey};

use super::{World, document};

fn files(world: &World) -> Vec<PathBuf> {
    let entries = fs::read_dir(world.directory().join("last-good-of-one")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

pub(crate) async fn what_was_live_last_is_kept_and_damage_is_passed_over(world: &World) {
    let process = world.start("one", &document("m1", "${KEY}")).await;
    let policy = KeyPolicy::named("apps");
    process
        .lifecycle
        .create_key(&process.by(), policy)
        .await
        .unwrap();
    for number in 2..=6 {
        let text = document(&format!("m{number}"), "${KEY}");
        let publish = Publish {
            source: Source::Text(&text),
            note: "",
            base: Base::Any,
        };
        process
            .lifecycle
            .publish(&process.by(), &publish)
            .await
            .unwrap();
    }
    assert_eq!(process.lifecycle.serving().unkept, None);
    let kept = files(world);
    assert_eq!(kept.len(), 3, "{kept:?}");
    let load = || world.last_good("one").load(&World::master()).unwrap();
    let revisions = || {
        load()
            .into_iter()
            .map(|one| one.map(|one| one.revision.0).ok())
    };
    assert_eq!(revisions().collect::<Vec<_>>(), [Some(6), Some(5), Some(4)]);
    let newest = load().remove(0).unwrap();
    assert_eq!(newest.text, document("m6", "${KEY}"));
    assert_eq!(newest.keys.keys[0].policy.name, "apps");

    let whole = fs::read(&kept[2]).unwrap();
    for damaged in [&whole[..whole.len() - 1], &whole[..40], b""] {
        fs::write(&kept[2], damaged).unwrap();
        assert_eq!(revisions().collect::<Vec<_>>(), [None, Some(5), Some(4)]);
    }
    let mut flipped = whole;
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&kept[2], flipped).unwrap();
    assert!(matches!(load()[0], Err(LastGoodError::Damaged(_))));
}

pub(crate) async fn a_snapshot_opens_under_its_master_key_only_and_shows_nothing(world: &World) {
    let process = world.open("one").await;
    let canary = Secret::new("canary-of-a-secret".to_owned());
    let by = process.by();
    process
        .lifecycle
        .set_secret(&by, "upstream", &canary)
        .await
        .unwrap();
    process
        .lifecycle
        .set_secret(&by, "unused", &canary)
        .await
        .unwrap();
    process.begin(&document("m1", "${secret:upstream}")).await;
    let path = files(world).pop().unwrap();
    let bytes = fs::read(&path).unwrap();
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(!holds("canary") && !holds("providers"));
    let kept = world.last_good("one").load(&World::master()).unwrap();
    let snapshot = kept[0].as_ref().unwrap();
    assert_eq!(snapshot.sealed.value("upstream"), Some(&canary));
    assert_eq!(
        snapshot.sealed.value("unused"),
        None,
        "only what is referred to"
    );
    let other = Secret::new("another master key, which is long enough".to_owned());
    let other = MasterKey::new(&other).unwrap();
    let refused = world.last_good("one").load(&other).unwrap();
    assert!(matches!(refused[0], Err(LastGoodError::Unreadable { .. })));
}
