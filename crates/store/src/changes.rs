//! What has changed, told to every process that follows.
//!
//! Every change raises the number of its part within its own transaction. Who follows compares numbers: woken by
//! `NOTIFY` on PostgreSQL, by the writer itself within a process, and in any case every half second, so that a lost
//! notification, or another process on the same SQLite file, is seen within a second too.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;

use crate::db::{Pool, args};
use crate::{Store, StoreError};

/// Channel of PostgreSQL's notifications.
pub(crate) const CHANNEL: &str = "aigw_changes";
/// How often the numbers are read without being woken.
const POLL: Duration = Duration::from_millis(500);
/// How long connecting the listener may take before the numbers are read again.
const LISTEN_DEADLINE: Duration = Duration::from_secs(2);

/// One number per part of the store, raised by each change of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Generations {
    /// Publications: what is live, staged or failed.
    pub ledger: u64,
    /// Client keys.
    pub keys: u64,
    /// Sealed secrets.
    pub secrets: u64,
    /// Admin tokens and sessions.
    pub tokens: u64,
    /// Drafts.
    pub drafts: u64,
}

/// What a process knows of the store's changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Following {
    /// The newest numbers seen.
    pub generations: Generations,
    /// Why the store could not be asked the last time; `None` if it could.
    pub trouble: Option<String>,
}

/// Changes as they are seen: `changed().await`, then `borrow_and_update()`.
pub type Changes = watch::Receiver<Following>;

/// A part of the store with a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Ledger,
    Keys,
    Secrets,
    Tokens,
    Drafts,
}

impl Part {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Keys => "keys",
            Self::Secrets => "secrets",
            Self::Tokens => "tokens",
            Self::Drafts => "drafts",
        }
    }

    fn of(self, generations: &mut Generations) -> &mut u64 {
        match self {
            Self::Ledger => &mut generations.ledger,
            Self::Keys => &mut generations.keys,
            Self::Secrets => &mut generations.secrets,
            Self::Tokens => &mut generations.tokens,
            Self::Drafts => &mut generations.drafts,
        }
    }
}

impl Store {
    /// The changes from now on. Those of this process are seen at once; those of others while [`Store::follow`] runs.
    pub fn changes(&self) -> Changes {
        self.inner.following.subscribe()
    }

    /// Follows the changes of other processes until it is dropped. Run it beside the rest of the process, once. While
    /// the store cannot be reached, it says so in [`Following::trouble`] and tries again.
    pub async fn follow(&self) {
        match &self.inner.pool {
            Pool::Sqlite(_) => loop {
                self.look().await;
                tokio::time::sleep(POLL).await;
            },
            Pool::Postgres(pool) => loop {
                let listening = tokio::time::timeout(LISTEN_DEADLINE, listen(pool)).await;
                self.look().await;
                match listening {
                    Ok(Ok(listener)) => self.heed(listener).await,
                    Ok(Err(_)) | Err(_) => tokio::time::sleep(POLL).await,
                }
            },
        }
    }

    /// Looks whenever the listener is woken, and now and then anyway, until its connection breaks.
    async fn heed(&self, mut listener: PgListener) {
        loop {
            match tokio::time::timeout(POLL, listener.try_recv()).await {
                Ok(Ok(Some(_))) => while listener.next_buffered().is_some() {},
                Err(_) => {}
                Ok(Ok(None) | Err(_)) => return,
            }
            self.look().await;
        }
    }

    /// Reads the numbers and tells those who wait.
    pub(crate) async fn look(&self) {
        let seen = self.generations().await;
        self.inner.following.send_if_modified(|known| {
            let next = match seen {
                Ok(generations) => Following {
                    generations: newest(known.generations, generations),
                    trouble: None,
                },
                Err(error) => Following {
                    generations: known.generations,
                    trouble: Some(error.to_string()),
                },
            };
            let differs = *known != next;
            *known = next;
            differs
        });
    }

    /// What this process has just written.
    pub(crate) fn saw(&self, part: Part, value: u64) {
        self.inner.following.send_if_modified(|known| {
            let number = part.of(&mut known.generations);
            let newer = value > *number;
            *number = value.max(*number);
            newer
        });
    }

    /// The numbers as the store has them now.
    pub async fn generations(&self) -> Result<Generations, StoreError> {
        let mut generations = Generations::default();
        let rows = self
            .rows("SELECT name, value FROM generations", args![])
            .await?;
        let parts = [
            Part::Ledger,
            Part::Keys,
            Part::Secrets,
            Part::Tokens,
            Part::Drafts,
        ];
        for row in rows {
            let name = row.text("name")?;
            if let Some(part) = parts.into_iter().find(|part| part.name() == name) {
                *part.of(&mut generations) = u64::try_from(row.int("value")?).unwrap_or_default();
            }
        }
        Ok(generations)
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// A reading under way while this process wrote must not take back what was told. A restored backup has lower numbers
/// in every part, so whoever restores restarts.
fn newest(known: Generations, seen: Generations) -> Generations {
    Generations {
        ledger: known.ledger.max(seen.ledger),
        keys: known.keys.max(seen.keys),
        secrets: known.secrets.max(seen.secrets),
        tokens: known.tokens.max(seen.tokens),
        drafts: known.drafts.max(seen.drafts),
    }
}
