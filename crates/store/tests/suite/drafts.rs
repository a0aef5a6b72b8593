//! Drafts.

use aigw_store::{DraftEdit, DraftError, NewDraft, Origin};

use super::{World, at, by, put};

const NEW: NewDraft<'_> = NewDraft {
    title: "longer timeouts",
    text: "one",
    origin: Origin::Api,
    base: None,
    note: "",
};

const fn edit(text: &str) -> DraftEdit<'_> {
    DraftEdit {
        title: "longer timeouts",
        text,
        base: None,
        note: "",
    }
}

pub(crate) async fn a_draft_is_saved_on_top_of_its_version_only(world: &World) {
    let store = world.open().await;
    let base = Some(put(&store, "base").await);
    let draft = store.create_draft(&by(1), &NEW).await.unwrap();
    assert_eq!(draft.version, 1);
    let rebased = DraftEdit {
        base,
        ..edit("two")
    };
    let saved = store
        .save_draft(&by(2), (draft.id, 1), &rebased)
        .await
        .unwrap();
    assert_eq!(
        (saved.version, saved.base, saved.changed_at),
        (2, base, at(2))
    );
    let late = store
        .save_draft(&by(3), (draft.id, 1), &edit("three"))
        .await;
    let DraftError::Stale(newer) = late.unwrap_err() else {
        panic!("a stale save must be refused");
    };
    assert_eq!(newer.text.as_deref(), Some("two"));
    let read = store.draft(draft.id).await.unwrap();
    assert_eq!(read, saved);
    let listed = store.drafts().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].text.as_ref(), listed[0].size), (None, 3));
}

pub(crate) async fn a_discarded_draft_is_gone(world: &World) {
    let store = world.open().await;
    let draft = store.create_draft(&by(1), &NEW).await.unwrap();
    let stale = store.discard_draft(&by(2), draft.id, 7).await.unwrap_err();
    assert!(matches!(stale, DraftError::Stale(_)), "{stale}");
    store.discard_draft(&by(2), draft.id, 1).await.unwrap();
    let gone = store.draft(draft.id).await.unwrap_err();
    assert!(matches!(gone, DraftError::Unknown(_)), "{gone}");
    assert_eq!(store.drafts().await.unwrap(), []);
}

pub(crate) async fn a_draft_needs_a_title(world: &World) {
    let store = world.open().await;
    let untitled = NewDraft { title: " ", ..NEW };
    let error = store.create_draft(&by(1), &untitled).await.unwrap_err();
    assert!(matches!(error, DraftError::Title(_)), "{error}");
}
