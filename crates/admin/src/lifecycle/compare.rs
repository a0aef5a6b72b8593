//! What differs between two documents, with what lies behind their references.

use std::collections::BTreeMap;

use aigw_config::{Diff, Document, Side};
use aigw_store::{DraftId, RevisionNumber, SecretDigest};

use super::{Lifecycle, PublishFailure};

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub enum Compared<'a> {
    /// What is live; an empty document before anything is.
    Live,
    /// A revision.
    Revision(RevisionNumber),
    /// A draft, with what its references stand for now.
    Draft(DraftId),
    /// A text, with what its references stand for now.
    Text(&'a str),
}

/// A document and its references' digests, as the diff wants them.
#[derive(Debug, Default)]
struct Loaded {
    text: String,
    secrets: BTreeMap<String, String>,
}

impl Lifecycle {
    /// Everything that differs between two documents. No text of it holds a secret.
    ///
    /// # Errors
    /// One of them does not exist or cannot be parsed ([`PublishFailure::Invalid`]).
    pub async fn diff(&self, from: Compared<'_>, to: Compared<'_>) -> Result<Diff, PublishFailure> {
        let (from, to) = (self.load(from).await?, self.load(to).await?);
        let before = Document::parse(&from.text).map_err(PublishFailure::Invalid)?;
        let after = Document::parse(&to.text).map_err(PublishFailure::Invalid)?;
        let side = |document, secrets| Side { document, secrets };
        Ok(aigw_config::diff(
            side(&before, &from.secrets),
            side(&after, &to.secrets),
            None,
        ))
    }

    async fn load(&self, which: Compared<'_>) -> Result<Loaded, PublishFailure> {
        let revision = match which {
            Compared::Live => match self.live_revision().await? {
                Some((_, revision)) => revision,
                None => return Ok(Loaded::default()),
            },
            Compared::Revision(number) => self.store.revision(number).await?,
            Compared::Draft(id) => {
                let text = self.store.draft(id).await?.text.unwrap_or_default();
                return self.resolved(text).await;
            }
            Compared::Text(text) => return self.resolved(text.to_owned()).await,
        };
        Ok(Loaded {
            secrets: named(revision.secrets),
            text: revision.text,
        })
    }

    async fn resolved(&self, text: String) -> Result<Loaded, PublishFailure> {
        let checked = self.check(&text).await?;
        Ok(Loaded {
            secrets: named(self.digests(&checked)),
            text,
        })
    }
}

fn named(secrets: Vec<SecretDigest>) -> BTreeMap<String, String> {
    secrets
        .into_iter()
        .filter_map(|one| Some((one.reference, one.digest?.to_string())))
        .collect()
}
