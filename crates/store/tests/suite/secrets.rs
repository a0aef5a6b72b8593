//! Sealed secrets.

use aigw_config::Secret;
use aigw_store::{
    KeyHash, KeyPolicy, KeyShape, NewKey, NewRevision, Origin, SecretDigest, Vault, VaultError,
};

use super::{World, at, by, master, unlock};

const CANARY: &str = "canary-7f3a-value";

fn canary() -> Secret<String> {
    Secret::new(CANARY.into())
}

pub(crate) async fn a_sealed_value_comes_back_and_no_column_holds_it(world: &World) {
    let store = world.open().await;
    let vault = unlock(&store).await;
    vault.set(&by(1), "openai", &canary()).await.unwrap();
    let again = vault.set(&by(2), "openai", &canary()).await.unwrap();
    assert_eq!(
        (again.version, again.created_at, again.changed_at),
        (2, at(1), at(2))
    );
    assert_eq!(vault.open("openai").await.unwrap(), canary());
    let all = vault.open_all().await.unwrap();
    assert_eq!(all, [("openai".to_owned(), canary())]);
    let secrets = [SecretDigest {
        reference: "${secret:openai}".into(),
        digest: Some(vault.digest(CANARY)),
    }];
    let new = NewRevision {
        text: "api_key: ${secret:openai}",
        secrets: &secrets,
        origin: Origin::Api,
        note: "",
    };
    store.put_revision(&by(3), &new).await.unwrap();
    let key = NewKey {
        id: "k1",
        shape: KeyShape::Given,
        hash: KeyHash(vault.hash_token(CANARY).0),
        policy: KeyPolicy::named("apps"),
    };
    store.create_key(&by(4), &key).await.unwrap();
    let dump = world.dump().await;
    assert!(
        dump.contains("${secret:openai}"),
        "the dump holds the texts"
    );
    let hex = CANARY
        .bytes()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let upper = hex.to_uppercase();
    for form in [CANARY, &hex, &upper] {
        assert!(!dump.contains(form), "the value is in the database");
    }
    let shown = format!("{vault:?} {store:?} {all:?}");
    assert!(!shown.contains(CANARY), "{shown}");
    vault.remove(&by(5), "openai").await.unwrap();
    let gone = vault.open("openai").await.unwrap_err();
    assert!(matches!(gone, VaultError::Unknown(_)), "{gone}");
    assert_eq!(store.secrets().await.unwrap(), []);
}

pub(crate) async fn another_master_key_opens_nothing(world: &World) {
    let store = world.open().await;
    unlock(&store).await;
    let wrong = Vault::unlock(&store, &by(2), master("key2"))
        .await
        .unwrap_err();
    assert!(matches!(wrong, VaultError::WrongMaster), "{wrong}");
    assert!(wrong.to_string().contains("AIGW_MASTER_KEY"), "{wrong}");
}

pub(crate) async fn rotating_the_master_key_keeps_values_and_shared_keys(world: &World) {
    let store = world.open().await;
    let vault = unlock(&store).await;
    let left_behind = unlock(&store).await;
    vault.set(&by(1), "openai", &canary()).await.unwrap();
    let digest = vault.digest("value");
    vault.rotate_master(&by(2), master("key2")).await.unwrap();
    assert_eq!(vault.open("openai").await.unwrap(), canary());
    let stale = left_behind.open("openai").await.unwrap_err();
    assert!(matches!(stale, VaultError::WrongMaster), "{stale}");
    let old = Vault::unlock(&store, &by(3), master("key1"))
        .await
        .unwrap_err();
    assert!(matches!(old, VaultError::WrongMaster), "{old}");
    let again = Vault::unlock(&store, &by(3), master("key2")).await.unwrap();
    assert_eq!(again.open("openai").await.unwrap(), canary());
    assert_eq!(again.digest("value"), digest);
}

pub(crate) async fn a_value_moved_to_another_name_does_not_open(world: &World) {
    let store = world.open().await;
    let vault = unlock(&store).await;
    vault.set(&by(1), "one", &canary()).await.unwrap();
    world
        .tamper("UPDATE sealed SET name = 'two' WHERE name = 'one'")
        .await;
    vault.open("two").await.unwrap_err();
    world
        .tamper("UPDATE sealed SET name = 'one' WHERE name = 'two'")
        .await;
    let zero = if world.is_postgres() {
        "UPDATE sealed SET value = decode('00', 'hex') WHERE name = 'one'"
    } else {
        "UPDATE sealed SET value = x'00' WHERE name = 'one'"
    };
    world.tamper(zero).await;
    let broken = vault.open("one").await.unwrap_err();
    assert!(matches!(broken, VaultError::Broken(_)), "{broken}");
}

pub(crate) async fn shared_keys_are_the_same_in_every_process(world: &World) {
    let stores = [world.open_as("a").await, world.open_as("b").await];
    let (one, two) = tokio::join!(unlock(&stores[0]), unlock(&stores[1]));
    assert_eq!(one.digest("value"), two.digest("value"));
    assert_eq!(one.hash_token("value"), two.hash_token("value"));
    assert_eq!(one.client_key_pepper(), two.client_key_pepper());
    assert_ne!(one.digest("value"), one.hash_token("value"));
}

pub(crate) async fn values_and_names_have_limits(world: &World) {
    let store = world.open().await;
    let vault = unlock(&store).await;
    for name in ["", "a/b", "a b", &"x".repeat(129)] {
        let error = vault.set(&by(1), name, &canary()).await.unwrap_err();
        assert!(matches!(error, VaultError::Name), "{error}");
    }
    for value in [String::new(), "x".repeat(65 * 1024), "a\0b".into()] {
        let error = vault
            .set(&by(1), "name", &Secret::new(value))
            .await
            .unwrap_err();
        assert!(matches!(error, VaultError::Value), "{error}");
    }
}
