//! What becomes of publications left staged.

use super::{Publication, PublicationId, PublicationState, digest_of, find};
use crate::audit::AuditEvent;
use crate::changes::Part;
use crate::db::args;
use crate::write::Write;
use crate::{By, Store, StoreError};

/// How long a publication of another process may stay staged, in seconds.
pub const LEASE_SECONDS: u64 = 30;

/// Reason of a publication whose process ended.
const RESTARTED: &str = "the process that staged it ended before it was live";
/// Reason of a publication whose lease ran out.
const LAPSED: &str = "the process that staged it said nothing more in time";

impl Store {
    /// At the start of a process: settles what an earlier process of the same instance left staged, and what others left
    /// longer ago than their lease, as failed. What was live stays live. The publication settled, if there was one.
    pub async fn settle_staged(&self, by: &By) -> Result<Option<Publication>, StoreError> {
        let mut write = self.write().await?;
        let Some(staged) = find(&mut write, PublicationState::Staged).await? else {
            return Ok(None);
        };
        let reason = if staged.instance == write.instance() {
            RESTARTED
        } else if is_lapsed(&staged, by) {
            LAPSED
        } else {
            return Ok(None);
        };
        fail(&mut write, by, &staged, reason).await?;
        write.commit().await?;
        Ok(Some(Publication {
            state: PublicationState::Failed,
            settled_at: Some(by.at),
            reason: Some(reason.to_owned()),
            ..staged
        }))
    }
}

/// Fails the staged publication if its lease is over.
pub(super) async fn lapsed(write: &mut Write<'_>, by: &By) -> Result<(), StoreError> {
    match find(write, PublicationState::Staged).await? {
        Some(staged) if is_lapsed(&staged, by) => fail(write, by, &staged, LAPSED).await,
        _ => Ok(()),
    }
}

/// In either direction: with a clock that went back, the time of staging may lie ahead.
fn is_lapsed(staged: &Publication, by: &By) -> bool {
    by.at.0.abs_diff(staged.at.0) > LEASE_SECONDS * 1_000_000
}

/// Writes a staged publication down as failed.
pub(super) async fn fail(
    write: &mut Write<'_>,
    by: &By,
    staged: &Publication,
    reason: &str,
) -> Result<(), StoreError> {
    settle(write, by, staged.id, PublicationState::Failed, Some(reason)).await?;
    let resource = staged.resource();
    let event = AuditEvent {
        after: digest_of(write, staged.revision).await?,
        ..AuditEvent::done(staged.kind.action(), &resource)
    };
    write.audit(by, &event.failed(reason)).await?;
    write.touch(Part::Ledger).await
}

/// Gives a staged publication its final state.
pub(super) async fn settle(
    write: &mut Write<'_>,
    by: &By,
    id: PublicationId,
    state: PublicationState,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "UPDATE publications SET state = $1, settled_at = $2, reason = $3 WHERE id = $4";
    write
        .execute(sql, args![state.as_str(), by.at, reason, id.0])
        .await
        .map(drop)
}
