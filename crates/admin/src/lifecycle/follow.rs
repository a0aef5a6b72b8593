//! Keeping up with the store: what others published, other keys, files that references lead to.

use std::time::Duration;

use aigw_store::{
    Base, Generations, Origin, PublicationKind, ReplicaReport, ReplicaState, StoreError, Timestamp,
    VaultError, revisions,
};
use tokio::time::{MissedTickBehavior, interval};

use super::publish::Order;
use super::{Behind, Lifecycle, PublishFailure};

/// How often is looked for what nobody tells: files, and what could not be done before.
const EVERY: Duration = Duration::from_secs(1);
/// How many of these pass before the process says how it does, if nothing has changed.
const REPORT: u32 = 10;
/// How many pass before what could not be taken over is tried again.
const RETRY: u32 = 5;

/// What has been done already.
#[derive(Debug, Default)]
struct Done {
    generations: Generations,
    reported: Option<(Option<i64>, ReplicaState, Option<String>)>,
    looks: u32,
}

impl Lifecycle {
    /// Keeps this process in line with the store until it is dropped: what another process published is served here within
    /// a second, and so are changed keys. Run it beside the rest of the process, once. A process that cannot take over what
    /// is live goes on serving what it has, says so in [`Lifecycle::serving`] and in the store, and tries again.
    pub async fn follow(&self) {
        tokio::join!(self.store.follow(), self.keep_up());
    }

    /// Says in the store that this process has ended.
    pub async fn leave(&self) {
        let serving = self.serving();
        let report = self.described(serving.revision, ReplicaState::Stopped, None);
        if let Err(error) = self.store.report(self.now(), &report).await {
            tracing::debug!(%error, "the store does not know that this process ends");
        }
    }

    async fn keep_up(&self) {
        let mut changes = self.store.changes();
        let mut clock = interval(EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut done = Done::default();
        loop {
            let ticked = tokio::select! {
                changed = changes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    false
                }
                _ = clock.tick() => true,
            };
            let seen = changes.borrow_and_update().clone();
            if seen.trouble.is_none() {
                self.catch_up(&mut done, seen.generations).await;
            }
            if ticked {
                done.looks = done.looks.wrapping_add(1);
                self.look_at_references().await;
            }
            if seen.trouble.is_none() {
                self.say_how_it_goes(&mut done).await;
            }
        }
    }

    /// Does what the numbers say has to be done. A number counts as done when all of it was.
    async fn catch_up(&self, done: &mut Done, seen: Generations) {
        let again = self.serving().behind.is_some() && done.looks.is_multiple_of(RETRY);
        let ledger = seen.ledger != done.generations.ledger;
        let secrets = seen.secrets != done.generations.secrets && self.serving().behind.is_some();
        if ledger || secrets || again {
            match self.follow_ledger().await {
                Ok(()) => {
                    done.generations.ledger = seen.ledger;
                    done.generations.secrets = seen.secrets;
                }
                Err(error) => tracing::warn!(%error, "cannot look up what is live"),
            }
        }
        if seen.keys != done.generations.keys {
            match self.refresh_keys().await {
                Ok(()) => done.generations.keys = seen.keys,
                Err(error) => tracing::warn!(%error, "cannot look up the client keys"),
            }
        }
    }

    /// Serves what is live, if it is not what is served.
    async fn follow_ledger(&self) -> Result<(), VaultError> {
        let _turn = self.turn.lock().await;
        let Some((live, revision)) = self.live_revision().await? else {
            return Ok(());
        };
        let served = self.serving().publication.map(|served| served.id);
        if served == Some(live.id) {
            return Ok(());
        }
        let sealed = self.sealed().await?;
        let checked = self.check_with(&revision.text, sealed.clone()).await;
        let outcome = match checked.config.clone() {
            Some(config) => {
                self.serve(&live, &revision.text, (config, checked, sealed))
                    .await
            }
            None => Err(super::serving::errors(&checked.problems)),
        };
        match outcome {
            Ok(()) => {
                let (revision, by) = (live.revision.0, live.actor);
                tracing::info!(
                    revision,
                    by,
                    instance = live.instance,
                    "following a publication"
                );
            }
            Err(reason) => {
                let mut state = self.state();
                let known = state.serving.behind.as_ref();
                if known.is_none_or(|known| known.reason != reason) {
                    tracing::error!(revision = live.revision.0, %reason, "cannot serve what is live; the old one stays");
                }
                state.serving.behind = Some(Behind {
                    publication: live,
                    reason,
                });
            }
        }
        Ok(())
    }

    /// Reads again the files that references lead to, if one of them has changed.
    async fn look_at_references(&self) {
        let files = self.state().files.clone();
        if files.is_empty() {
            return;
        }
        let looked = tokio::task::spawn_blocking(move || files.changed()).await;
        let Ok(Some(now)) = looked else {
            return;
        };
        self.state().files = now;
        if let Err(error) = self.resolve_again().await {
            tracing::error!(%error, "a file that the configuration refers to has changed and is not used");
        }
    }

    /// What is live, with what its references stand for now.
    async fn resolve_again(&self) -> Result<(), PublishFailure> {
        let Some((live, revision)) = self.live_revision().await? else {
            return Ok(());
        };
        let sealed = self.sealed().await?;
        let checked = self.check_with(&revision.text, sealed.clone()).await;
        let Some(config) = checked.config.clone() else {
            return Err(PublishFailure::Invalid(checked.problems));
        };
        if self.state().config.as_deref() == Some(&config) {
            return Ok(());
        }
        let digest = revisions::address(&revision.text, &self.digests(&checked));
        if digest == revision.meta.digest {
            let _turn = self.turn.lock().await;
            let served = self.serve(&live, &revision.text, (config, checked, sealed));
            if let Err(reason) = served.await {
                tracing::error!(%reason, "cannot use what a reference stands for now");
            }
            return Ok(());
        }
        let order = Order {
            kind: PublicationKind::Secret,
            origin: Origin::Api,
            note: "a file that is referred to has another content",
            base: Base::Revision(live.revision),
        };
        let by = self.system();
        match self.publish_text(&by, &revision.text, order).await {
            // Another process saw the same file, and was faster; the ledger leads here to the same.
            Ok(_) | Err(PublishFailure::Conflict(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn say_how_it_goes(&self, done: &mut Done) {
        let serving = self.serving();
        let (state, reason) = match serving.behind {
            None => (ReplicaState::Serving, None),
            Some(behind) => (ReplicaState::Behind, Some(behind.reason)),
        };
        let now = (serving.revision.map(|number| number.0), state, reason);
        if done.reported.as_ref() == Some(&now) && !done.looks.is_multiple_of(REPORT) {
            return;
        }
        let report = self.described(serving.revision, state, now.2.as_deref());
        let said: Result<(), StoreError> = self.store.report(self.now(), &report).await;
        match said {
            Ok(()) => done.reported = Some(now),
            Err(error) => tracing::debug!(%error, "the store does not know how this process does"),
        }
    }

    fn described<'a>(
        &'a self,
        revision: Option<aigw_store::RevisionNumber>,
        state: ReplicaState,
        reason: Option<&'a str>,
    ) -> ReplicaReport<'a> {
        let started_at: Timestamp = self.started_at;
        ReplicaReport {
            role: self.role.as_str(),
            version: self.version,
            revision,
            state,
            reason,
            started_at,
        }
    }
}
