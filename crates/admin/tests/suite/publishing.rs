//! Publishing.

use aigw_admin::{Compared, Publish, PublishFailure, Rollback, SecretFailure, Source};
use aigw_config::{Secret, What};
use aigw_store::{
    AuditFilter, Base, NewDraft, Origin, PublicationKind, PublicationState, RevisionNumber,
};

use super::{World, document};

const KEY: &str = "${KEY}";

fn text(text: &str, base: Base) -> Publish<'_> {
    Publish {
        source: Source::Text(text),
        note: "a note",
        base,
    }
}

pub(crate) async fn a_publication_is_served_and_a_rollback_brings_the_old_one_back(world: &World) {
    let process = world.start("one", &document("first", KEY)).await;
    assert_eq!(
        (process.plane.revision(), &*process.plane.model()),
        (Some(1), "first")
    );
    let (by, lifecycle) = (process.by(), &process.lifecycle);
    let second = document("second", KEY);
    let base = Base::Revision(RevisionNumber(1));
    let published = lifecycle.publish(&by, &text(&second, base)).await.unwrap();
    assert_eq!(published.revision.number, RevisionNumber(2));
    assert_eq!(published.publication.state, PublicationState::Live);
    assert_eq!(
        (process.plane.revision(), &*process.plane.model()),
        (Some(2), "second")
    );
    let back = Rollback {
        revision: RevisionNumber(1),
        note: "was better",
        base: Base::Revision(RevisionNumber(2)),
    };
    let back = lifecycle.rollback(&by, &back).await.unwrap();
    assert_eq!(back.publication.kind, PublicationKind::Rollback);
    assert_eq!(
        (process.plane.revision(), &*process.plane.model()),
        (Some(1), "first")
    );
    assert_eq!(lifecycle.serving().publication, Some(back.publication));
    lifecycle.store().verify_audit().await.unwrap();
}

pub(crate) async fn of_two_publishers_one_wins_and_the_other_sees_both_sides(world: &World) {
    let one = world.start("one", &document("first", KEY)).await;
    let two = world.start("two", &document("unused", KEY)).await;
    let base = Base::Revision(RevisionNumber(1));
    let texts = [document("mine", KEY), document("yours", KEY)];
    let (by_one, by_two) = (one.by(), two.by());
    let (asked_one, asked_two) = (text(&texts[0], base), text(&texts[1], base));
    let outcomes = tokio::join!(
        one.lifecycle.publish(&by_one, &asked_one),
        two.lifecycle.publish(&by_two, &asked_two),
    );
    let (won, lost) = match outcomes {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        other => panic!("{other:?}"),
    };
    let PublishFailure::Conflict(conflict) = lost else {
        panic!("{lost}");
    };
    assert_eq!(conflict.base, base);
    let live_or_staged = conflict.staged.or(conflict.live).unwrap();
    assert!([1, won.revision.number.0].contains(&live_or_staged.revision.0));
    let live = one.lifecycle.store().live().await.unwrap().unwrap();
    assert_eq!(live.id, won.publication.id);
}

pub(crate) async fn a_document_with_errors_changes_nothing_and_is_audited(world: &World) {
    let process = world.start("one", &document("first", KEY)).await;
    let broken = document("second", "${MISSING}");
    let refused = process
        .lifecycle
        .publish(&process.by(), &text(&broken, Base::Any))
        .await;
    let Err(PublishFailure::Invalid(problems)) = refused else {
        panic!("{refused:?}");
    };
    assert!(problems[0].reason.contains("MISSING"), "{problems:?}");
    assert_eq!(process.plane.revision(), Some(1));
    let history = process.lifecycle.store().history(None, 10).await.unwrap();
    assert_eq!(history.len(), 1, "nothing was stored");
    let filter = AuditFilter::default();
    let rows = process.lifecycle.store().audit(&filter, 1).await.unwrap();
    assert_eq!(
        (&*rows[0].action, rows[0].success),
        ("config.publish", false)
    );
    assert_eq!(rows[0].actor, "somebody");
}

pub(crate) async fn what_the_data_plane_refuses_is_failed_and_nothing_changed(world: &World) {
    let process = world.start("one", &document("first", KEY)).await;
    process.plane.refuse("no room");
    let second = document("second", KEY);
    let refused = process
        .lifecycle
        .publish(&process.by(), &text(&second, Base::Any))
        .await;
    let Err(PublishFailure::Apply {
        publication,
        reason,
    }) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (&*reason, publication.state),
        ("no room", PublicationState::Failed)
    );
    let live = process.lifecycle.store().live().await.unwrap().unwrap();
    assert_eq!(
        (live.revision, process.plane.revision()),
        (RevisionNumber(1), Some(1))
    );
    let rows = process
        .lifecycle
        .store()
        .publications(None, 1)
        .await
        .unwrap();
    assert_eq!(rows[0].reason.as_deref(), Some("no room"));
}

pub(crate) async fn a_draft_is_published_at_its_version_only_and_then_gone(world: &World) {
    let process = world.start("one", &document("first", KEY)).await;
    let (by, store) = (process.by(), process.lifecycle.store());
    let second = document("second", KEY);
    let new = NewDraft {
        title: "mine",
        text: &second,
        origin: Origin::Api,
        base: Some(RevisionNumber(1)),
        note: "",
    };
    let draft = store.create_draft(&by, &new).await.unwrap();
    let publish = |version| Publish {
        source: Source::Draft(draft.id, version),
        note: "",
        base: Base::Any,
    };
    let late = process.lifecycle.publish(&by, &publish(7)).await;
    assert!(matches!(late, Err(PublishFailure::Draft(_))), "{late:?}");
    process
        .lifecycle
        .publish(&by, &publish(draft.version))
        .await
        .unwrap();
    assert_eq!(process.plane.model(), "second");
    assert_eq!(store.drafts().await.unwrap(), []);
}

pub(crate) async fn another_value_of_a_secret_is_another_revision(world: &World) {
    let process = world.open("one").await;
    let (by, lifecycle) = (process.by(), &process.lifecycle);
    let value = |text: &str| Secret::new(text.to_owned());
    let set = lifecycle
        .set_secret(&by, "upstream", &value("old-value"))
        .await
        .unwrap();
    assert!(
        matches!(set.published, Ok(None)),
        "nothing refers to it yet"
    );
    process
        .begin(&document("first", "${secret:upstream}"))
        .await;
    assert_eq!(process.plane.credential(), "old-value");
    let set = lifecycle
        .set_secret(&by, "upstream", &value("new-value"))
        .await
        .unwrap();
    let published = set.published.unwrap().unwrap();
    assert_eq!(published.publication.kind, PublicationKind::Secret);
    assert_eq!(
        (process.plane.revision(), &*process.plane.credential()),
        (Some(2), "new-value")
    );
    let stored = lifecycle.store().revision(RevisionNumber(2)).await.unwrap();
    assert!(!format!("{stored:?}").contains("new-value"));
    drop(process);

    // A start with the old value again finds the revision of that.
    let again = world.open("one").await;
    again
        .lifecycle
        .vault()
        .set(&by, "upstream", &value("old-value"))
        .await
        .unwrap();
    again.begin("unused").await;
    assert_eq!(
        (again.plane.revision(), &*again.plane.credential()),
        (Some(1), "old-value")
    );
}

pub(crate) async fn a_secret_in_use_is_not_removed(world: &World) {
    let process = world.open("one").await;
    let (by, lifecycle) = (process.by(), &process.lifecycle);
    for name in ["used", "spare"] {
        let value = Secret::new("some-value".to_owned());
        lifecycle.set_secret(&by, name, &value).await.unwrap();
    }
    process.begin(&document("first", "${secret:used}")).await;
    let refused = lifecycle.remove_secret(&by, "used").await;
    assert!(
        matches!(refused, Err(SecretFailure::InUse { .. })),
        "{refused:?}"
    );
    lifecycle.remove_secret(&by, "spare").await.unwrap();
    let left = lifecycle.vault().list().await.unwrap();
    assert_eq!(left.len(), 1);
}

pub(crate) async fn a_diff_says_that_a_secret_changed_and_never_its_value(world: &World) {
    let process = world.open("one").await;
    let (by, lifecycle) = (process.by(), &process.lifecycle);
    let value = |text: &str| Secret::new(text.to_owned());
    lifecycle
        .set_secret(&by, "upstream", &value("canary-before"))
        .await
        .unwrap();
    process
        .begin(&document("first", "${secret:upstream}"))
        .await;
    lifecycle
        .set_secret(&by, "upstream", &value("canary-after"))
        .await
        .unwrap();
    let old = Compared::Revision(RevisionNumber(1));
    let diff = lifecycle.diff(old, Compared::Live).await.unwrap();
    let secrets = diff
        .changes
        .iter()
        .filter(|change| matches!(change.what, What::SecretChanged { .. }));
    assert_eq!(secrets.count(), 1, "{diff}");
    assert!(!format!("{diff:?}").contains("canary"));
    let other = document("second", "${secret:upstream}");
    let diff = lifecycle
        .diff(Compared::Live, Compared::Text(&other))
        .await
        .unwrap();
    assert!(diff.to_string().contains("second"), "{diff}");
}
