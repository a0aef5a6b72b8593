//! The beginning: what is live is served, or the first document goes live.

use std::time::Duration;

use aigw_config::Problem;
use aigw_store::{
    Base, Origin, Publication, PublicationKind, Revision, RevisionNumber, StoreError, VaultError,
    revisions,
};

use super::publish::Order;
use super::{Lifecycle, PublishFailure};

/// How often a start looks whether another process has finished its first publication.
const PATIENCE: Duration = Duration::from_millis(200);
/// How often it does so at most: longer than the lease of a publication.
const LOOKS: u32 = 200;

/// The document that goes live if nothing ever was.
#[derive(Debug, Clone, Copy)]
pub struct First<'a> {
    /// The document.
    pub text: &'a str,
    /// Where it is from: the starter configuration or a file.
    pub origin: Origin,
    /// Why, for people.
    pub note: &'a str,
}

/// Why a process cannot begin to serve.
#[derive(Debug, thiserror::Error)]
pub enum StartFailure {
    /// What is live does not compile here: a reference leads nowhere in this process, or the program is another one.
    #[error("revision {} is live and cannot be served by this process: {}", revision.0, super::serving::errors(problems))]
    Invalid {
        /// What is live.
        revision: RevisionNumber,
        /// Every problem.
        problems: Vec<Problem>,
    },
    /// What is live compiles, and the data plane refuses it.
    #[error("revision {} is live and cannot be served by this process: {reason}", revision.0)]
    Apply {
        /// What is live.
        revision: RevisionNumber,
        /// Why.
        reason: String,
    },
    /// Nothing was ever live, and there is no document to begin with.
    #[error("nothing was ever published here, and there is no configuration to begin with")]
    Nothing,
    /// The first document was not published.
    #[error(transparent)]
    First(PublishFailure),
    /// The store's own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Sealed secrets cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Lifecycle {
    /// Begins to serve what is live; publishes `first` if nothing ever was. Where a reference of what is live has another
    /// value than when it was published, it is published anew with that, as another revision. The warnings about what is
    /// served then.
    ///
    /// # Errors
    /// Why nothing can be served.
    pub async fn start(&self, first: Option<&First<'_>>) -> Result<Vec<Problem>, StartFailure> {
        self.store.settle_staged(&self.system()).await?;
        for _ in 0..LOOKS {
            if let Some((live, revision)) = self.live_revision().await? {
                match self.resume(live, &revision).await? {
                    Some(warnings) => return Ok(warnings),
                    None => continue,
                }
            }
            let Some(first) = first else {
                return Err(StartFailure::Nothing);
            };
            match self.begin(first).await {
                Ok(warnings) => return Ok(warnings),
                // Another process is at it, or was faster.
                Err(PublishFailure::Conflict(_)) => tokio::time::sleep(PATIENCE).await,
                Err(failure) => return Err(StartFailure::First(failure)),
            }
        }
        Err(StartFailure::Nothing)
    }

    async fn begin(&self, first: &First<'_>) -> Result<Vec<Problem>, PublishFailure> {
        let kind = match first.origin {
            Origin::File => PublicationKind::File,
            Origin::Starter | Origin::Api | Origin::Import => PublicationKind::Bootstrap,
        };
        let order = Order {
            kind,
            origin: first.origin,
            note: first.note,
            base: Base::Nothing,
        };
        self.publish_text(&self.system(), first.text, order)
            .await
            .map(|published| published.checked.problems)
    }

    /// The warnings about what is live, which is served then; `None` if something else has gone live meanwhile.
    async fn resume(
        &self,
        live: Publication,
        revision: &Revision,
    ) -> Result<Option<Vec<Problem>>, StartFailure> {
        let number = live.revision;
        let sealed = self.sealed().await?;
        let checked = self.check_with(&revision.text, sealed.clone()).await;
        let Some(config) = checked.config.clone() else {
            let problems = checked.problems;
            return Err(StartFailure::Invalid {
                revision: number,
                problems,
            });
        };
        let digest = revisions::address(&revision.text, &self.digests(&checked));
        if digest == revision.meta.digest {
            let warnings = checked.problems.clone();
            let served = self.serve(&live, &revision.text, (config, checked, sealed));
            let failed = |reason| StartFailure::Apply {
                revision: number,
                reason,
            };
            return served.await.map_err(failed).map(|()| Some(warnings));
        }
        let order = Order {
            kind: PublicationKind::Secret,
            origin: Origin::Api,
            note: "a reference has another value since the last start",
            base: Base::Revision(number),
        };
        match self
            .publish_text(&self.system(), &revision.text, order)
            .await
        {
            Ok(published) => Ok(Some(published.checked.problems)),
            Err(PublishFailure::Conflict(_)) => {
                tokio::time::sleep(PATIENCE).await;
                Ok(None)
            }
            Err(PublishFailure::Invalid(problems)) => Err(StartFailure::Invalid {
                revision: number,
                problems,
            }),
            Err(failure) => Err(StartFailure::First(failure)),
        }
    }
}
