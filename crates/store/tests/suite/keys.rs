//! Client keys.

use aigw_store::{KeyError, KeyHash, KeyPolicy, KeyShape, NewKey};

use super::{World, at, by};

fn new<'a>(id: &'a str, name: &str) -> NewKey<'a> {
    NewKey {
        id,
        shape: KeyShape::Generated,
        hash: KeyHash([1; 32]),
        policy: KeyPolicy {
            group: Some("team".into()),
            models: vec!["claude-*".into(), "gpt, 4".into()],
            endpoints: vec!["chat".into()],
            tags: vec!["ci".into()],
            ip_allow: vec!["10.0.0.0/8".into()],
            limits: r#"{"requests_per_minute":60}"#.into(),
            priority: -3,
            expires_at: Some(at(900)),
            ..KeyPolicy::named(name)
        },
    }
}

pub(crate) async fn a_key_is_created_changed_rotated_and_revoked(world: &World) {
    let store = world.open().await;
    let created = store.create_key(&by(1), &new("k1", "apps")).await.unwrap();
    assert_eq!(created.policy, new("k1", "apps").policy);
    let before = store.key_set().await.unwrap();
    assert_eq!(before.keys[0].hash, KeyHash([1; 32]));
    assert_eq!(before.keys[0].policy, created.policy);
    let policy = KeyPolicy::named("agents");
    let changed = store.update_key(&by(2), ("k1", 1), &policy).await.unwrap();
    assert_eq!((&changed.policy, changed.version), (&policy, 2));
    let rotation = (KeyHash([2; 32]), Some(at(500)));
    let rotated = store.rotate_key(&by(3), "k1", rotation).await.unwrap();
    assert_eq!(
        (rotated.grace_until, rotated.rotated_at),
        (Some(at(500)), Some(at(3)))
    );
    let set = store.key_set().await.unwrap();
    assert_eq!(set.keys[0].hash, KeyHash([2; 32]));
    assert_eq!(set.keys[0].previous, Some((KeyHash([1; 32]), at(500))));
    assert_eq!(set.generation, before.generation + 2);
    let revoked = store.revoke_key(&by(4), "k1").await.unwrap();
    assert_eq!(revoked.revoked_at, Some(at(4)));
    assert_eq!(store.key_set().await.unwrap().keys, []);
    assert_eq!(store.keys().await.unwrap(), [revoked]);
    let again = store.revoke_key(&by(5), "k1").await.unwrap_err();
    assert!(matches!(again, KeyError::Revoked(_)), "{again}");
    store.verify_audit().await.unwrap();
}

pub(crate) async fn a_change_on_top_of_an_old_version_is_refused(world: &World) {
    let store = world.open().await;
    store.create_key(&by(1), &new("k1", "apps")).await.unwrap();
    let policy = KeyPolicy::named("agents");
    store.update_key(&by(2), ("k1", 1), &policy).await.unwrap();
    let late = store
        .update_key(&by(3), ("k1", 1), &KeyPolicy::named("late"))
        .await;
    let KeyError::Stale(current) = late.unwrap_err() else {
        panic!("a stale change must be refused");
    };
    assert_eq!((current.version, current.policy), (2, policy));
    let unknown = store.key("k2").await.unwrap_err();
    assert!(matches!(unknown, KeyError::Unknown(_)), "{unknown}");
}

pub(crate) async fn names_are_unique_until_revoked(world: &World) {
    let store = world.open().await;
    store.create_key(&by(1), &new("k1", "apps")).await.unwrap();
    store.create_key(&by(1), &new("k2", "other")).await.unwrap();
    let taken = store
        .create_key(&by(2), &new("k3", "apps"))
        .await
        .unwrap_err();
    assert!(matches!(taken, KeyError::NameTaken(_)), "{taken}");
    let id = store
        .create_key(&by(2), &new("k1", "third"))
        .await
        .unwrap_err();
    assert!(matches!(id, KeyError::IdTaken(_)), "{id}");
    let policy = KeyPolicy::named("apps");
    let renamed = store
        .update_key(&by(2), ("k2", 1), &policy)
        .await
        .unwrap_err();
    assert!(matches!(renamed, KeyError::NameTaken(_)), "{renamed}");
    store.revoke_key(&by(3), "k1").await.unwrap();
    store.create_key(&by(4), &new("k3", "apps")).await.unwrap();
    let names: Vec<_> = store
        .keys()
        .await
        .unwrap()
        .into_iter()
        .map(|key| key.id)
        .collect();
    assert_eq!(names, ["k3", "k2", "k1"]);
}

pub(crate) async fn a_rotation_without_grace_ends_the_old_secret_at_once(world: &World) {
    let store = world.open().await;
    store.create_key(&by(1), &new("k1", "apps")).await.unwrap();
    for (byte, grace) in [(2, Some(at(50))), (3, None)] {
        let rotation = (KeyHash([byte; 32]), grace);
        store.rotate_key(&by(2), "k1", rotation).await.unwrap();
    }
    let set = store.key_set().await.unwrap();
    assert_eq!(
        (set.keys[0].hash, set.keys[0].previous),
        (KeyHash([3; 32]), None)
    );
}

pub(crate) async fn a_key_of_the_process_keeps_its_policy_when_its_text_changes(world: &World) {
    let store = world.open().await;
    let given = NewKey {
        shape: KeyShape::Given,
        policy: KeyPolicy::named("bootstrap"),
        ..new("k1", "")
    };
    let first = store.ensure_key(&by(1), &given).await.unwrap();
    assert_eq!(store.ensure_key(&by(2), &given).await.unwrap(), first);
    let policy = KeyPolicy {
        priority: 7,
        ..KeyPolicy::named("bootstrap")
    };
    store.update_key(&by(3), ("k1", 1), &policy).await.unwrap();
    let other = NewKey {
        id: "k2",
        hash: KeyHash([9; 32]),
        ..given
    };
    let changed = store.ensure_key(&by(4), &other).await.unwrap();
    assert_eq!((changed.id.as_str(), &changed.policy), ("k1", &policy));
    let set = store.key_set().await.unwrap();
    assert_eq!((set.keys.len(), set.keys[0].hash), (1, KeyHash([9; 32])));
}

pub(crate) async fn limits_that_are_no_object_are_refused(world: &World) {
    let store = world.open().await;
    for limits in ["", "[]", "{"] {
        let mut key = new("k1", "apps");
        key.policy.limits = limits.into();
        let error = store.create_key(&by(1), &key).await.unwrap_err();
        assert!(matches!(error, KeyError::Limits), "{error}");
    }
    assert_eq!(store.keys().await.unwrap(), []);
}
