//! What the processes on one store say about themselves.
//!
//! Each writes its own row now and then. Rows are no history and no part of the audit; those that nobody has renewed for
//! a day go with the next report.

use crate::db::{Row, args};
use crate::{RevisionNumber, Store, StoreError, Timestamp};

/// How long a row stays that is not renewed, in seconds.
const KEPT_SECONDS: u64 = 24 * 60 * 60;
/// How old the newest report of a running process may be, in seconds.
const FRESH_SECONDS: u64 = 30;

/// How a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplicaState {
    /// It serves what is live.
    Serving,
    /// It could not take over what is live, and goes on serving what it had.
    Behind,
    /// It has ended, and said so.
    Stopped,
}

/// What a process says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaReport<'a> {
    /// What it does: `all`, `gateway` or `control`.
    pub role: &'a str,
    /// Version of its program.
    pub version: &'a str,
    /// The revision that it serves.
    pub revision: Option<RevisionNumber>,
    /// How it does.
    pub state: ReplicaState,
    /// Why it is behind.
    pub reason: Option<&'a str>,
    /// When it was started.
    pub started_at: Timestamp,
}

/// A process as it last described itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Its name within the deployment.
    pub instance: String,
    /// What it does: `all`, `gateway` or `control`.
    pub role: String,
    /// Version of its program.
    pub version: String,
    /// The revision that it served.
    pub revision: Option<RevisionNumber>,
    /// How it did.
    pub state: ReplicaState,
    /// Why it was behind.
    pub reason: Option<String>,
    /// When it was started, by its clock.
    pub started_at: Timestamp,
    /// When it said so, by its clock.
    pub seen_at: Timestamp,
}

impl Store {
    /// Says how this process does.
    pub async fn report(
        &self,
        at: Timestamp,
        report: &ReplicaReport<'_>,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let old = Timestamp(at.0.saturating_sub(KEPT_SECONDS * 1_000_000));
        let sql = "DELETE FROM replicas WHERE seen_at < $1";
        write.execute(sql, args![old]).await?;
        let instance = write.instance().to_owned();
        let values = args![
            instance,
            report.role,
            report.version,
            report.revision.map(|number| number.0),
            report.state.as_str(),
            report.reason,
            report.started_at,
            at,
        ];
        let sql = "INSERT INTO replicas (instance, role, version, revision, state, reason, started_at, seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (instance) DO UPDATE SET role = excluded.role, version = excluded.version, revision = excluded.revision,
              state = excluded.state, reason = excluded.reason, started_at = excluded.started_at, seen_at = excluded.seen_at";
        write.execute(sql, values).await?;
        write.commit().await
    }

    /// Every process that said something within the last day, by name.
    pub async fn replicas(&self) -> Result<Vec<Replica>, StoreError> {
        let sql = "SELECT instance, role, version, revision, state, reason, started_at, seen_at FROM replicas ORDER BY instance";
        self.rows(sql, args![]).await?.iter().map(replica).collect()
    }
}

impl Replica {
    /// Whether it has neither ended nor fallen silent, as of `now`.
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.state != ReplicaState::Stopped
            && now.0.abs_diff(self.seen_at.0) <= FRESH_SECONDS * 1_000_000
    }
}

impl ReplicaState {
    /// `serving`, `behind` or `stopped`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Behind => "behind",
            Self::Stopped => "stopped",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Serving, Self::Behind, Self::Stopped]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

fn replica(row: &Row) -> Result<Replica, StoreError> {
    Ok(Replica {
        instance: row.text("instance")?,
        role: row.text("role")?,
        version: row.text("version")?,
        revision: row.maybe_int("revision")?.map(RevisionNumber),
        state: row.word("state", ReplicaState::parse)?,
        reason: row.maybe_text("reason")?,
        started_at: row.time("started_at")?,
        seen_at: row.time("seen_at")?,
    })
}
