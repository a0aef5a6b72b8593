//! What a SQLite file can suffer: each fault has its own error, and nothing half is left.
//!
//! Faults that concern a whole process are played in a child: this test program itself, told by its environment which
//! file to work on.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests; a test that cannot go on fails"
)]

use std::fs::{self, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output};

use aigw_store::{
    Base, By, NewRevision, OpenError, OpenOptions, Origin, Proposal, PublicationKind,
    RevisionNumber, Store, StoreError, Timestamp,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

const FILE: &str = "AIGW_STORE_TEST_FILE";

fn by() -> By {
    By::system(Timestamp(1_000_000))
}

async fn open(path: &Path) -> Result<Store, OpenError> {
    let url = path.to_str().unwrap().parse().unwrap();
    Store::open(&url, &OpenOptions::new("one")).await
}

async fn put(store: &Store, text: &str) -> Result<RevisionNumber, StoreError> {
    let new = NewRevision {
        text,
        secrets: &[],
        origin: Origin::Api,
        note: "",
    };
    Ok(store.put_revision(&by(), &new).await?.revision.number)
}

async fn publish(store: &Store, text: &str) {
    let proposal = Proposal {
        revision: put(store, text).await.unwrap(),
        kind: PublicationKind::Publish,
        base: Base::Any,
        note: "",
    };
    let staged = store.stage(&by(), &proposal).await.unwrap();
    store.mark_live(&by(), staged.id).await.unwrap();
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[tokio::test]
async fn the_file_and_those_beside_it_are_for_their_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let store = open(&path).await.unwrap();
    publish(&store, "one").await;
    let mut files = 0;
    for entry in fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        files += 1;
    }
    assert!(files >= 2, "the log lies beside the file while it is open");
    store.close().await;
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let text = "not a database, but somebody's notes\n".repeat(200);
    fs::write(&path, &text).unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(
        matches!(error.source, StoreError::Damaged { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("restore a backup"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_page_is_told_as_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = open(&path).await.unwrap();
    for index in 0..50 {
        put(&store, &format!("{index} {}", "x".repeat(3000)))
            .await
            .unwrap();
    }
    store.close().await;
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    // All but the first pages, which hold the schema.
    file.seek(SeekFrom::Start(40 * 4096)).unwrap();
    for _ in 40..pages {
        file.write_all(&[0xa5; 4096]).unwrap();
    }
    drop(file);
    let Err(error) = read_everything(&path).await else {
        panic!("damage must be noticed");
    };
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

async fn read_everything(path: &Path) -> Result<(), StoreError> {
    let store = open(path).await.map_err(|error| error.source)?;
    for meta in store.history(None, 1000).await? {
        match store.revision(meta.number).await {
            Ok(_) => {}
            Err(aigw_store::RevisionError::Store(error)) => return Err(error),
            Err(error) => panic!("{error}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_cut_off_file_is_told_as_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = open(&path).await.unwrap();
    publish(&store, &"x".repeat(50_000)).await;
    store.close().await;
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(20 * 4096).unwrap();
    let Err(error) = read_everything(&path).await else {
        panic!("damage must be noticed");
    };
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let error = open(&dir.path().join("no/store.db")).await.unwrap_err();
    assert!(
        matches!(error.source, StoreError::Unreachable { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("no/store.db"), "{error}");
}

#[tokio::test]
async fn a_file_locked_by_another_program_is_told_as_locked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = open(&path).await.unwrap();
    let one = put(&store, "one").await.unwrap();
    let mut other = connect(&path).await;
    let lock = sqlx::raw_sql(AssertSqlSafe("BEGIN IMMEDIATE"));
    lock.execute(&mut other).await.unwrap();
    let error = put(&store, "two").await.unwrap_err();
    assert!(matches!(error, StoreError::Locked), "{error}");
    assert!(store.revision(one).await.is_ok(), "reading goes on");
    drop(other);
    put(&store, "two").await.unwrap();
}

/// What a child does: opens the file that it is told, and stores revisions until one fails. Alone, on a file of its own,
/// none does.
#[tokio::test]
async fn revisions_are_stored_one_after_another() {
    let dir = tempfile::tempdir().unwrap();
    let told = std::env::var_os(FILE).map(Into::into);
    let path = told.unwrap_or_else(|| dir.path().join("store.db"));
    let store = match open(&path).await {
        Ok(store) => store,
        Err(error) => panic!("open: {error}"),
    };
    for index in 0..100 {
        let text = format!("{index} {}", "x".repeat(20_000));
        if let Err(error) = put(&store, &text).await {
            panic!("put: {error}");
        }
    }
    assert_eq!(store.history(None, 1000).await.unwrap().len(), 100);
}

/// Runs the child on a file, by way of `wrapper`.
fn child(wrapper: &[&str], path: &Path) -> Output {
    let (program, args) = wrapper.split_first().unwrap();
    Command::new(program)
        .args(args)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "revisions_are_stored_one_after_another"])
        .args(["--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_full_disk_fails_the_write_and_leaves_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let store = open(&path).await.unwrap();
    publish(&store, "before").await;
    store.close().await;
    // Files cannot grow beyond 400 KiB; without the trap the signal for it would end the process.
    let script = "trap '' XFSZ; exec prlimit --fsize=409600 \"$@\"";
    let output = child(&["sh", "-c", script, "sh"], &path);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success(),
        "the child must run out of room: {said}"
    );
    assert!(
        said.contains("put: the disk of the store is full"),
        "{said}"
    );
    let store = open(&path).await.unwrap();
    let live = store.live().await.unwrap().unwrap();
    assert_eq!(store.revision(live.revision).await.unwrap().text, "before");
    let revisions = store.history(None, 1000).await.unwrap();
    assert!((2..100).contains(&revisions.len()), "{}", revisions.len());
    for meta in revisions {
        store.revision(meta.number).await.unwrap();
    }
    store.verify_audit().await.unwrap();
    publish(&store, "after").await;
}

#[tokio::test]
async fn a_read_only_directory_is_told_before_anything_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    fs::set_permissions(dir.path(), Permissions::from_mode(0o500)).unwrap();
    // Root may write anywhere, unless it gives that right up.
    let root = fs::metadata(dir.path()).unwrap().uid() == 0;
    let mortal = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-all"];
    let output = child(if root { &mortal } else { &["env"] }, &path);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success(),
        "the child must be refused: {said}"
    );
    assert!(said.contains("open: cannot open the store"), "{said}");
    assert!(
        said.contains("owner and mode of the data directory"),
        "{said}"
    );
    fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
