//! What AI Model Gateway must not forget: configuration revisions, the publish ledger, the audit chain, client keys,
//! admin tokens and sealed secrets, in a SQLite file or in PostgreSQL.
//!
//! [`Store`] is the one API over both; every statement is the same on both but for the types of columns, and one suite
//! of tests runs on both. What a write changes, its row in the [audit chain](audit) and the notification of others are
//! one transaction: either all of them happened or none did.
//!
//! - A [revision](revisions) is immutable and content-addressed. Secrets are part of its address by keyed digest, so a
//!   changed secret is another revision.
//! - The [ledger] says what is live. [`Store::stage`] compares with the base that the caller saw, exactly one
//!   publication is live, at most one is staged, and a process that dies in between leaves the old one live.
//! - [`Store::changes`] tells every process what another one changed, within a second.
//! - Values of secrets are sealed under a master key ([`vault`]); client keys, admin tokens and sessions come in as
//!   hashes, so that no column could hold them in the clear.
//!
//! This crate knows no clock and no environment: every write takes a [`By`], which says who, from where and when. Order
//! is by number, never by time, so that a clock going back changes nothing. It compiles no configuration, serves no
//! request and spawns no task.
//!
//! ```
//! use aigw_store::{Base, By, NewRevision, OpenOptions, Origin, Proposal, PublicationKind, Store, Timestamp};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! # let dir = tempfile::tempdir().unwrap();
//! # let path = dir.path().join("store.db");
//! let url = path.to_str().unwrap().parse().unwrap();
//! let store = Store::open(&url, &OpenOptions::new("node-1")).await.unwrap();
//!
//! let by = By::system(Timestamp(1_700_000_000_000_000));
//! let new = NewRevision { text: "version: 1\n", secrets: &[], origin: Origin::Api, note: "first" };
//! let revision = store.put_revision(&by, &new).await.unwrap().revision;
//! let proposal = Proposal { revision: revision.number, kind: PublicationKind::Publish, base: Base::Nothing, note: "first" };
//! let staged = store.stage(&by, &proposal).await.unwrap();
//! // ... the data plane takes the snapshot over ...
//! store.mark_live(&by, staged.id).await.unwrap();
//! assert_eq!(store.live().await.unwrap().unwrap().revision, revision.number);
//! # });
//! ```

pub mod audit;
mod by;
mod changes;
mod db;
mod digest;
pub mod drafts;
mod error;
pub mod keys;
pub mod ledger;
mod list;
mod name;
mod open;
pub mod revisions;
mod schema;
mod step;
mod store;
pub mod tokens;
mod url;
pub mod vault;
mod write;

pub use audit::{AuditEvent, AuditFilter, AuditHead, AuditRow, ChainFault, Verified};
pub use by::{Access, By, Role, Timestamp};
pub use changes::{Changes, Following, Generations};
pub use digest::Digest;
pub use drafts::{Draft, DraftEdit, DraftError, DraftId, NewDraft};
pub use error::{OpenError, StoreError};
pub use keys::{ClientKey, KeyEntry, KeyError, KeyHash, KeyPolicy, KeySet, KeyShape, NewKey};
pub use ledger::{
    Base, Conflict, Proposal, Publication, PublicationId, PublicationKind, PublicationState,
    PublishError,
};
pub use name::{InvalidName, check_name};
pub use open::OpenOptions;
pub use revisions::{
    NewRevision, Origin, Revision, RevisionError, RevisionMeta, RevisionNumber, SecretDigest,
    StoredRevision,
};
pub use store::Store;
pub use tokens::{AdminToken, LoginVerdict, Session, TokenError};
pub use url::{InvalidUrl, StoreUrl};
pub use vault::{MasterKey, SecretMeta, Vault, VaultError};
