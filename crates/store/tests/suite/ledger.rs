//! Publications.

use aigw_store::ledger::LEASE_SECONDS;
use aigw_store::{
    Base, Proposal, PublicationId, PublicationKind, PublicationState, PublishError, RevisionNumber,
};

use super::{World, at, by, proposal, publish, put};

pub(crate) async fn a_publication_goes_from_staged_to_live_and_is_superseded(world: &World) {
    let store = world.open().await;
    assert_eq!(store.live().await.unwrap(), None);
    let (one, two) = (put(&store, "one").await, put(&store, "two").await);
    let first = Proposal {
        base: Base::Nothing,
        note: "begin",
        ..proposal(one)
    };
    let staged = store.stage(&by(2), &first).await.unwrap();
    assert_eq!(staged.state, PublicationState::Staged);
    assert_eq!(store.live().await.unwrap(), None);
    let live = store.mark_live(&by(3), staged.id).await.unwrap();
    assert_eq!(store.live().await.unwrap().as_ref(), Some(&live));
    assert_eq!((live.at, live.settled_at), (at(2), Some(at(3))));
    assert_eq!((live.note.as_str(), live.actor.as_str()), ("begin", "ada"));
    let second = publish(&store, two).await;
    assert_eq!(second.base, Some(one));
    let ledger = store.publications(None, 10).await.unwrap();
    let states: Vec<_> = ledger.iter().map(|p| (p.id.0, p.state)).collect();
    let expected = [
        (2, PublicationState::Live),
        (1, PublicationState::Superseded),
    ];
    assert_eq!(states, expected);
    let older = store.publications(Some(second.id), 10).await.unwrap();
    assert_eq!(older.len(), 1);
}

pub(crate) async fn a_failed_publication_changes_nothing(world: &World) {
    let store = world.open().await;
    let (one, two) = (put(&store, "one").await, put(&store, "two").await);
    let live = publish(&store, one).await;
    let staged = store.stage(&by(4), &proposal(two)).await.unwrap();
    let failed = store
        .mark_failed(&by(5), staged.id, "no key")
        .await
        .unwrap();
    assert_eq!(failed.state, PublicationState::Failed);
    assert_eq!(failed.reason.as_deref(), Some("no key"));
    assert_eq!(store.live().await.unwrap(), Some(live));
    assert_eq!(store.publications(None, 1).await.unwrap(), [failed]);
    publish(&store, two).await;
}

pub(crate) async fn a_stale_base_is_a_conflict_with_both_sides(world: &World) {
    let store = world.open().await;
    let (one, two) = (put(&store, "one").await, put(&store, "two").await);
    publish(&store, one).await;
    let live = publish(&store, two).await;
    for base in [Base::Nothing, Base::Revision(one)] {
        let stale = Proposal {
            base,
            ..proposal(one)
        };
        let error = store.stage(&by(4), &stale).await.unwrap_err();
        let PublishError::Conflict(conflict) = error else {
            panic!("{error}");
        };
        assert_eq!((conflict.base, conflict.live.as_ref()), (base, Some(&live)));
        assert_eq!(conflict.staged, None);
    }
    let fresh = Proposal {
        base: Base::Revision(two),
        ..proposal(one)
    };
    store.stage(&by(5), &fresh).await.unwrap();
}

pub(crate) async fn a_second_publisher_waits_for_the_first(world: &World) {
    let (here, there) = (world.open_as("here").await, world.open_as("there").await);
    let one = put(&here, "one").await;
    let staged = here.stage(&by(2), &proposal(one)).await.unwrap();
    let error = there.stage(&by(3), &proposal(one)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "ada is publishing revision 1 right now: try again when that is done"
    );
    let PublishError::Conflict(conflict) = error else {
        panic!("{error}");
    };
    assert_eq!(conflict.staged.as_ref(), Some(&staged));
    here.mark_live(&by(4), staged.id).await.unwrap();
    publish(&there, one).await;
}

pub(crate) async fn of_two_publishers_at_once_one_wins(world: &World) {
    let stores = [world.open_as("a").await, world.open_as("b").await];
    let one = put(&stores[0], "one").await;
    publish(&stores[0], one).await;
    for round in 0..10 {
        let base = stores[0].live().await.unwrap().unwrap();
        let texts = [format!("{round} a"), format!("{round} b")];
        let mut revisions = Vec::new();
        for (store, text) in stores.iter().zip(&texts) {
            revisions.push(put(store, text).await);
        }
        let attempt = async |index: usize| {
            let proposal = Proposal {
                base: Base::Revision(base.revision),
                ..proposal(revisions[index])
            };
            let staged = stores[index].stage(&by(5), &proposal).await?;
            stores[index].mark_live(&by(6), staged.id).await
        };
        let (a, b) = tokio::join!(attempt(0), attempt(1));
        let (winner, loser) = match (a, b) {
            (Ok(winner), Err(loser)) | (Err(loser), Ok(winner)) => (winner, loser),
            both => panic!("{both:?}"),
        };
        assert!(matches!(loser, PublishError::Conflict(_)), "{loser}");
        assert_eq!(stores[0].live().await.unwrap(), Some(winner));
    }
}

pub(crate) async fn a_settled_publication_cannot_be_settled_again(world: &World) {
    let store = world.open().await;
    let one = put(&store, "one").await;
    let live = publish(&store, one).await;
    let again = store.mark_live(&by(4), live.id).await.unwrap_err();
    let failing = store.mark_failed(&by(4), live.id, "no").await.unwrap_err();
    for error in [again, failing] {
        let state = Some(PublicationState::Live);
        assert!(
            matches!(error, PublishError::NotStaged { state: found, .. } if found == state),
            "{error}"
        );
    }
    let missing = store
        .mark_live(&by(4), PublicationId(99))
        .await
        .unwrap_err();
    assert!(matches!(
        missing,
        PublishError::NotStaged { state: None, .. }
    ));
    let unknown = store.stage(&by(4), &proposal(RevisionNumber(99))).await;
    assert!(matches!(
        unknown.unwrap_err(),
        PublishError::UnknownRevision(RevisionNumber(99))
    ));
}

pub(crate) async fn what_a_process_left_staged_is_failed_when_it_starts_again(world: &World) {
    let store = world.open_as("here").await;
    let (one, two) = (put(&store, "one").await, put(&store, "two").await);
    let live = publish(&store, one).await;
    let staged = store.stage(&by(4), &proposal(two)).await.unwrap();
    drop(store);
    let other = world.open_as("there").await;
    assert_eq!(other.settle_staged(&by(5)).await.unwrap(), None);
    let again = world.open_as("here").await;
    let settled = again.settle_staged(&by(5)).await.unwrap().unwrap();
    assert_eq!(
        (settled.id, settled.state),
        (staged.id, PublicationState::Failed)
    );
    assert_eq!(again.live().await.unwrap(), Some(live));
    assert_eq!(again.settle_staged(&by(6)).await.unwrap(), None);
    let late = other.mark_live(&by(6), staged.id).await.unwrap_err();
    assert!(
        late.to_string().contains("not staged any more but failed"),
        "{late}"
    );
}

pub(crate) async fn what_another_process_left_staged_is_failed_after_its_lease(world: &World) {
    let (here, there) = (world.open_as("here").await, world.open_as("there").await);
    let one = put(&here, "one").await;
    let staged = here.stage(&by(100), &proposal(one)).await.unwrap();
    let before = by(100 + LEASE_SECONDS);
    assert!(there.stage(&before, &proposal(one)).await.is_err());
    let after = by(101 + LEASE_SECONDS);
    let taken = there.stage(&after, &proposal(one)).await.unwrap();
    assert!(taken.id > staged.id);
    let late = here.mark_live(&after, staged.id).await.unwrap_err();
    assert!(matches!(late, PublishError::NotStaged { .. }), "{late}");
    there.mark_live(&after, taken.id).await.unwrap();
}

pub(crate) async fn a_clock_that_goes_back_blocks_no_publication(world: &World) {
    let (here, there) = (world.open_as("here").await, world.open_as("there").await);
    let one = put(&here, "one").await;
    here.stage(&by(1_000_000), &proposal(one)).await.unwrap();
    let earlier = by(1_000);
    let staged = there.stage(&earlier, &proposal(one)).await.unwrap();
    let live = there.mark_live(&earlier, staged.id).await.unwrap();
    assert_eq!(there.publications(None, 1).await.unwrap(), [live]);
}

pub(crate) async fn a_rollback_is_a_publication_of_an_older_revision(world: &World) {
    let store = world.open().await;
    let (one, two) = (put(&store, "one").await, put(&store, "two").await);
    publish(&store, one).await;
    publish(&store, two).await;
    let rollback = Proposal {
        kind: PublicationKind::Rollback,
        base: Base::Revision(two),
        ..proposal(one)
    };
    let staged = store.stage(&by(8), &rollback).await.unwrap();
    let live = store.mark_live(&by(9), staged.id).await.unwrap();
    assert_eq!((live.revision, live.kind), (one, PublicationKind::Rollback));
    let rows = store
        .audit(&aigw_store::AuditFilter::default(), 1)
        .await
        .unwrap();
    assert_eq!(rows[0].action, "config.rollback");
    let digest = store.revision(one).await.unwrap().meta.digest;
    assert_eq!(rows[0].after, Some(digest));
}

pub(crate) async fn the_database_itself_refuses_a_second_live_publication(world: &World) {
    let store = world.open().await;
    let one = put(&store, "one").await;
    publish(&store, one).await;
    publish(&store, one).await;
    for state in ["live", "staged"] {
        let both = format!("UPDATE publications SET state = '{state}'");
        assert!(world.try_tamper(&both).await.is_err(), "{state}");
    }
}
