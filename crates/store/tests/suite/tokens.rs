//! Admin tokens, sessions, the throttle of logins.

use aigw_store::{Access, AuditFilter, Digest, LoginVerdict, TokenError};

use super::{World, at, by};

const HASH: Digest = Digest([1; 32]);
const OTHER: Digest = Digest([2; 32]);

pub(crate) async fn a_token_is_found_by_its_hash_until_it_ends(world: &World) {
    let store = world.open().await;
    let named = ("ada", Access::Viewer);
    let token = store
        .create_token(&by(1), named, HASH, Some(at(100)))
        .await
        .unwrap();
    assert_eq!(
        store.token(HASH, at(99)).await.unwrap(),
        Some(token.clone())
    );
    assert_eq!(store.token(HASH, at(100)).await.unwrap(), None);
    assert_eq!(store.token(OTHER, at(1)).await.unwrap(), None);
    let taken = store
        .create_token(&by(2), named, OTHER, None)
        .await
        .unwrap_err();
    assert!(matches!(taken, TokenError::NameTaken(_)), "{taken}");
    let bob = ("bob", Access::Admin);
    let same = store
        .create_token(&by(2), bob, HASH, None)
        .await
        .unwrap_err();
    assert!(matches!(same, TokenError::HashTaken), "{same}");
    store.revoke_token(&by(3), token.id).await.unwrap();
    assert_eq!(store.token(HASH, at(4)).await.unwrap(), None);
    let again = store.revoke_token(&by(4), token.id).await.unwrap_err();
    assert!(matches!(again, TokenError::Unknown), "{again}");
    store.create_token(&by(5), named, HASH, None).await.unwrap();
    let listed = store.tokens().await.unwrap();
    let ended: Vec<_> = listed.iter().map(|token| token.revoked_at).collect();
    assert_eq!(ended, [None, Some(at(3))]);
}

pub(crate) async fn a_token_of_the_process_is_replaced_when_it_changes(world: &World) {
    let store = world.open().await;
    let named = ("bootstrap", Access::Admin);
    let first = store.ensure_token(&by(1), named, HASH).await.unwrap();
    assert_eq!(
        store.ensure_token(&by(2), named, HASH).await.unwrap(),
        first
    );
    let session = Digest([7; 32]);
    store
        .begin_session(&by(2), session, &first, at(99))
        .await
        .unwrap();
    let second = store.ensure_token(&by(3), named, OTHER).await.unwrap();
    assert_eq!(store.token(HASH, at(4)).await.unwrap(), None);
    assert_eq!(store.token(OTHER, at(4)).await.unwrap(), Some(second));
    assert_eq!(store.session(session, at(4)).await.unwrap(), None);
}

pub(crate) async fn a_session_ends_by_time_by_logout_and_with_its_token(world: &World) {
    let store = world.open().await;
    let token = store
        .create_token(&by(1), ("ada", Access::Admin), HASH, None)
        .await
        .unwrap();
    let [one, two, three] = [10, 11, 12].map(|byte| Digest([byte; 32]));
    store
        .begin_session(&by(2), one, &token, at(50))
        .await
        .unwrap();
    store
        .begin_session(&by(3), two, &token, at(90))
        .await
        .unwrap();
    let session = store.session(one, at(49)).await.unwrap().unwrap();
    assert_eq!(
        (&session.token, session.begun_at, session.ends_at),
        (&token, at(2), at(50))
    );
    assert_eq!(session.source.as_deref(), Some("192.0.2.7"));
    assert_eq!(store.session(one, at(50)).await.unwrap(), None);
    assert_eq!(store.sessions(at(10)).await.unwrap().len(), 2);
    assert!(store.end_session(&by(20), two).await.unwrap());
    assert!(!store.end_session(&by(20), two).await.unwrap());
    assert_eq!(store.session(two, at(21)).await.unwrap(), None);
    store
        .begin_session(&by(60), three, &token, at(90))
        .await
        .unwrap();
    store.revoke_token(&by(61), token.id).await.unwrap();
    assert_eq!(store.session(three, at(62)).await.unwrap(), None);
    assert_eq!(store.sessions(at(62)).await.unwrap(), []);
}

pub(crate) async fn logins_are_throttled_and_forgiven(world: &World) {
    let store = world.open().await;
    let source = "192.0.2.7";
    let fail = async |times: u64, second| {
        for _ in 0..times {
            store
                .login_failed(&by(second), source, "wrong token")
                .await
                .unwrap();
        }
    };
    fail(4, 100).await;
    assert_eq!(
        store.may_log_in(source, at(100)).await.unwrap(),
        LoginVerdict::Allowed
    );
    fail(4, 100).await;
    let wait = LoginVerdict::Wait { seconds: 8 };
    assert_eq!(store.may_log_in(source, at(100)).await.unwrap(), wait);
    assert_eq!(
        store.may_log_in("192.0.2.8", at(100)).await.unwrap(),
        LoginVerdict::Allowed
    );
    assert_eq!(
        store.may_log_in(source, at(108)).await.unwrap(),
        LoginVerdict::Allowed
    );
    fail(1, 2000).await;
    assert_eq!(
        store.may_log_in(source, at(2000)).await.unwrap(),
        LoginVerdict::Allowed
    );
    fail(5, 2000).await;
    store.login_succeeded(source).await.unwrap();
    assert_eq!(
        store.may_log_in(source, at(2000)).await.unwrap(),
        LoginVerdict::Allowed
    );
    let failed = AuditFilter {
        success: Some(false),
        ..AuditFilter::default()
    };
    assert_eq!(store.audit(&failed, 100).await.unwrap().len(), 14);
}

pub(crate) async fn sources_of_failed_logins_are_bounded(world: &World) {
    let store = world.open().await;
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500)
        INSERT INTO login_failures (source, failures, last_at) SELECT 's' || i, 9, i FROM n";
    world.tamper(many).await;
    store
        .login_failed(&by(1), "192.0.2.7", "wrong token")
        .await
        .unwrap();
    let left = world.count("SELECT count(*) FROM login_failures").await;
    assert_eq!(left, 10_000);
    let newest = world
        .count("SELECT count(*) FROM login_failures WHERE source = '192.0.2.7'")
        .await;
    assert_eq!(newest, 1);
}
