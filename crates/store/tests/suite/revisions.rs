//! Revisions.

use aigw_store::{
    Digest, NewRevision, Origin, RevisionError, RevisionNumber, SecretDigest, StoreError,
};

use super::{World, at, by, publish, put};

fn new<'a>(text: &'a str, secrets: &'a [SecretDigest]) -> NewRevision<'a> {
    NewRevision {
        text,
        secrets,
        origin: Origin::File,
        note: "why",
    }
}

fn secret(reference: &str, digest: Option<u8>) -> SecretDigest {
    SecretDigest {
        reference: reference.into(),
        digest: digest.map(|byte| Digest([byte; 32])),
    }
}

pub(crate) async fn the_same_content_is_the_same_revision(world: &World) {
    let store = world.open().await;
    let secrets = [secret("${A}", Some(1)), secret("${B}", None)];
    let swapped = [secret("${B}", None), secret("${A}", Some(1))];
    let first = store
        .put_revision(&by(1), &new("a", &secrets))
        .await
        .unwrap();
    let again = store
        .put_revision(&by(9), &new("a", &swapped))
        .await
        .unwrap();
    assert!(!first.existed && again.existed);
    assert_eq!(first.revision, again.revision);
    assert_eq!(store.history(None, 10).await.unwrap(), [first.revision]);
}

pub(crate) async fn a_changed_secret_is_another_revision(world: &World) {
    let store = world.open().await;
    let mut digests = Vec::new();
    for value in [Some(1), Some(2), None] {
        let secrets = [secret("${A}", value)];
        let stored = store
            .put_revision(&by(1), &new("a", &secrets))
            .await
            .unwrap();
        assert!(!stored.existed);
        digests.push(stored.revision.digest);
    }
    digests.dedup();
    assert_eq!(digests.len(), 3);
}

pub(crate) async fn a_revision_is_read_as_it_was_written(world: &World) {
    let store = world.open().await;
    let first = put(&store, "first").await;
    publish(&store, first).await;
    let secrets = [secret("${A}", Some(1)), secret("${file:/b}", None)];
    let text = "version: 1\n# ünïcödé 🦀\n";
    let stored = store
        .put_revision(&by(7), &new(text, &secrets))
        .await
        .unwrap();
    let read = store.revision(RevisionNumber(2)).await.unwrap();
    assert_eq!(read.meta, stored.revision);
    assert_eq!(read.text, text);
    assert_eq!(read.secrets, secrets);
    assert_eq!(read.meta.parent, Some(first));
    assert_eq!(read.meta.at, at(7));
    assert_eq!(
        (read.meta.author.as_str(), read.meta.note.as_str()),
        ("ada", "why")
    );
    assert_eq!(read.meta.size, text.len() as u64);
    let found = store.revision_by_digest(read.meta.digest).await.unwrap();
    assert_eq!(found, Some(read.meta));
}

pub(crate) async fn a_text_changed_in_the_database_is_an_error(world: &World) {
    let store = world.open().await;
    put(&store, "first").await;
    world.tamper("UPDATE revisions SET text = 'other'").await;
    let error = store.revision(RevisionNumber(1)).await.unwrap_err();
    assert!(
        matches!(error, RevisionError::Store(StoreError::Damaged { .. })),
        "{error}"
    );
}

pub(crate) async fn an_unknown_revision_is_told(world: &World) {
    let store = world.open().await;
    let error = store.revision(RevisionNumber(3)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no revision 3: `aigw config history` lists them"
    );
}

/// How long a page takes is measured by the bench; that it does not grow is seen from the plan of the query.
pub(crate) async fn ten_thousand_revisions_are_paged_by_the_index(world: &World) {
    let store = world.open().await;
    let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
        INSERT INTO revisions (number, digest, origin, author, at, note, size, text) SELECT i, ";
    let digest = if world.is_postgres() {
        "decode(lpad(to_hex(i), 64, '0'), 'hex')"
    } else {
        "unhex(printf('%064x', i))"
    };
    let rest = ", 'api', 'ada', i, '', 1, 'x' FROM n";
    world.tamper(&format!("{rows}{digest}{rest}")).await;
    let mut before = None;
    let mut seen = 0;
    loop {
        let page = store.history(before, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.is_sorted_by(|a, b| a.number > b.number));
        seen += page.len();
        before = Some(last.number);
    }
    assert_eq!(seen, 10_000);
    let plan = world
        .explain("SELECT number FROM revisions WHERE number < 5000 ORDER BY number DESC LIMIT 50")
        .await;
    assert!(
        plan.contains("PRIMARY KEY") || plan.contains("revisions_pkey"),
        "{plan}"
    );
    let next = put(&store, "next").await;
    assert_eq!(next, RevisionNumber(10_001));
}

pub(crate) async fn a_text_with_a_nul_is_refused_by_both_databases(world: &World) {
    let store = world.open().await;
    let error = store
        .put_revision(&by(1), &new("a\0b", &[]))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Nul), "{error}");
}
