//! The audit chain.

use aigw_store::{AuditEvent, AuditFilter, AuditRow, ChainFault, Role, Store};

use super::{World, at, by, publish, put};

/// Five rows: `event.1` to `event.5`.
async fn five(store: &Store) {
    for index in 1..=5 {
        let action = format!("event.{index}");
        let event = AuditEvent::done(&action, "thing");
        store.record(&by(index), &event).await.unwrap();
    }
}

async fn all(store: &Store) -> Vec<AuditRow> {
    store.audit(&AuditFilter::default(), 1000).await.unwrap()
}

pub(crate) async fn every_write_leaves_its_row(world: &World) {
    let store = world.open().await;
    let one = put(&store, "one").await;
    publish(&store, one).await;
    let digest = store.revision(one).await.unwrap().meta.digest;
    let stale = aigw_store::Proposal {
        base: aigw_store::Base::Nothing,
        ..super::proposal(one)
    };
    store.stage(&by(9), &stale).await.unwrap_err();
    let rows = all(&store).await;
    let told: Vec<_> = rows
        .iter()
        .rev()
        .map(|row| (row.action.as_str(), row.resource.as_str(), row.success))
        .collect();
    let expected = [
        ("revision.create", "revision/1", true),
        ("config.stage", "revision/1", true),
        ("config.publish", "publication/1", true),
        ("config.stage", "revision/1", false),
    ];
    assert_eq!(told, expected);
    let last = &rows[0];
    assert_eq!(
        (last.actor.as_str(), last.role, last.at),
        ("ada", Role::Admin, at(9))
    );
    assert_eq!(last.source.as_deref(), Some("192.0.2.7"));
    assert_eq!((last.before, last.after), (Some(digest), Some(digest)));
    assert!(
        last.reason
            .as_ref()
            .unwrap()
            .contains("published revision 1")
    );
    let verified = store.verify_audit().await.unwrap();
    assert_eq!(
        (verified.rows, verified.head),
        (4, store.audit_head().await.unwrap())
    );
}

async fn fault_after(world: &World, sql: &str) -> ChainFault {
    let store = world.open().await;
    five(&store).await;
    assert_eq!(store.verify_audit().await.unwrap().rows, 5);
    world.tamper(sql).await;
    store.verify_audit().await.unwrap_err()
}

pub(crate) async fn an_edited_row_is_named(world: &World) {
    let fault = fault_after(world, "UPDATE audit SET actor = 'eve' WHERE id = 3").await;
    assert!(matches!(fault, ChainFault::Edited { id: 3 }), "{fault}");
    for column in ["at", "success"] {
        let restore =
            format!("UPDATE audit SET actor = 'ada', {column} = {column} + 1 WHERE id = 3");
        world.tamper(&restore).await;
        let fault = world.open().await.verify_audit().await.unwrap_err();
        assert!(
            matches!(fault, ChainFault::Edited { id: 3 }),
            "{column}: {fault}"
        );
        let undo = format!("UPDATE audit SET {column} = {column} - 1 WHERE id = 3");
        world.tamper(&undo).await;
    }
    world.open().await.verify_audit().await.unwrap();
}

pub(crate) async fn a_removed_row_is_named(world: &World) {
    let fault = fault_after(world, "DELETE FROM audit WHERE id = 2").await;
    assert!(matches!(fault, ChainFault::Removed { id: 2 }), "{fault}");
}

pub(crate) async fn swapped_rows_are_named(world: &World) {
    let swap = "UPDATE audit SET id = 99 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = 99";
    let fault = fault_after(world, swap).await;
    assert!(matches!(fault, ChainFault::Moved { id: 2 }), "{fault}");
}

pub(crate) async fn a_row_cut_off_at_the_end_is_missed(world: &World) {
    let fault = fault_after(world, "DELETE FROM audit WHERE id > 3").await;
    assert!(
        matches!(fault, ChainFault::Truncated { last: 3, head: 5 }),
        "{fault}"
    );
    world.tamper("DELETE FROM audit_head").await;
    let fault = world.open().await.verify_audit().await.unwrap_err();
    assert!(
        matches!(fault, ChainFault::Truncated { last: 3, head: 0 }),
        "{fault}"
    );
}

pub(crate) async fn a_removed_row_hidden_by_renumbering_is_noticed(world: &World) {
    let hide = "DELETE FROM audit WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = 5";
    let fault = fault_after(world, hide).await;
    assert!(matches!(fault, ChainFault::Unlinked { id: 2 }), "{fault}");
}

pub(crate) async fn an_unreadable_row_counts_as_edited(world: &World) {
    let fault = fault_after(world, "UPDATE audit SET role = 'king' WHERE id = 4").await;
    assert!(matches!(fault, ChainFault::Edited { id: 4 }), "{fault}");
}

pub(crate) async fn a_chain_longer_than_a_page_is_checked_to_its_end(world: &World) {
    let store = world.open().await;
    for index in 0..1100 {
        let event = AuditEvent::done("event", "thing");
        store.record(&by(index), &event).await.unwrap();
    }
    assert_eq!(store.verify_audit().await.unwrap().rows, 1100);
    world
        .tamper("UPDATE audit SET resource = 'other' WHERE id = 1050")
        .await;
    let fault = store.verify_audit().await.unwrap_err();
    assert!(matches!(fault, ChainFault::Edited { id: 1050 }), "{fault}");
}

pub(crate) async fn rows_are_filtered_and_paged(world: &World) {
    let store = world.open().await;
    five(&store).await;
    let denied = AuditEvent::done("auth.login", "session").failed("wrong token");
    store.record(&by(6), &denied).await.unwrap();
    let ids = async |filter: AuditFilter, limit| -> Vec<i64> {
        let rows = store.audit(&filter, limit).await.unwrap();
        rows.iter().map(|row| row.id).collect()
    };
    let any = AuditFilter::default;
    assert_eq!(ids(any(), 2).await, [6, 5]);
    let next = AuditFilter {
        before: Some(5),
        ..any()
    };
    assert_eq!(ids(next, 2).await, [4, 3]);
    let prefix = AuditFilter {
        action: Some("event.".into()),
        ..any()
    };
    assert_eq!(ids(prefix, 9).await, [5, 4, 3, 2, 1]);
    let exact = AuditFilter {
        action: Some("event.2".into()),
        ..any()
    };
    assert_eq!(ids(exact, 9).await, [2]);
    let failed = AuditFilter {
        success: Some(false),
        ..any()
    };
    assert_eq!(ids(failed, 9).await, [6]);
    let since = AuditFilter {
        since: Some(at(5)),
        ..any()
    };
    assert_eq!(ids(since, 9).await, [6, 5]);
    let nobody = AuditFilter {
        actor: Some("eve".into()),
        ..any()
    };
    assert_eq!(ids(nobody, 9).await, [0; 0]);
}

pub(crate) async fn order_is_by_number_when_the_clock_goes_back(world: &World) {
    let store = world.open().await;
    for second in [50, 10, 30] {
        let event = AuditEvent::done("event", "thing");
        store.record(&by(second), &event).await.unwrap();
    }
    let times: Vec<_> = all(&store).await.iter().map(|row| row.at).collect();
    assert_eq!(times, [at(30), at(10), at(50)]);
    store.verify_audit().await.unwrap();
}
