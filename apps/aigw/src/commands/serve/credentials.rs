//! Who may call, and who may administer: from the environment, from the store, or generated now.

mod stored;

use aigw_admin::{KeyFailure, Lifecycle};
use aigw_config::Secret;
use aigw_gateway::keys::{Pepper, generate, random_secret};
use aigw_store::{
    Access, Digest, KeyError, KeyHash, KeyPolicy, KeyShape, NewKey, Timestamp, TokenError,
};

pub(super) use self::stored::Stored;
use crate::data_dir::DataDir;
use crate::environment::credential;
use crate::failure::Failure;

/// Name of the client key that a first start makes or is given.
const BOOTSTRAP: &str = "bootstrap";
/// Name of the admin token that a start is given or makes.
const ADMIN: &str = "admin";
/// Name of the viewer token that a start is given.
const VIEWER: &str = "viewer";
/// Where the command line of the same machine finds the admin token.
const ADMIN_TOKEN_FILE: &str = "admin-token";

/// What the environment gives.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) client: Option<Secret<String>>,
    pub(super) admin: Option<Secret<String>>,
    viewer: Option<Secret<String>>,
}

/// What was generated at this start, to be shown once.
#[derive(Debug, Default)]
pub(super) struct Generated {
    pub(super) client: Option<Secret<String>>,
    pub(super) admin: Option<Secret<String>>,
}

/// Which credentials there are before this start makes any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) client: bool,
    pub(super) admin: bool,
}

impl Given {
    pub(super) fn from_environment() -> Result<Self, Failure> {
        let client = credential("AIGW_CLIENT_KEY")?;
        let admin = credential("AIGW_ADMIN_TOKEN")?;
        let viewer = credential("AIGW_VIEWER_TOKEN")?;
        let pairs = [
            (&client, &admin, "CLIENT_KEY", "ADMIN_TOKEN"),
            (&client, &viewer, "CLIENT_KEY", "VIEWER_TOKEN"),
        ];
        for (one, other, one_name, other_name) in
            pairs
                .into_iter()
                .chain([(&viewer, &admin, "VIEWER_TOKEN", "ADMIN_TOKEN")])
        {
            if one.is_some() && one == other {
                return Err(Failure::usage(format!(
                    "AIGW_{one_name} and AIGW_{other_name} are the same; who holds one would hold both"
                )));
            }
        }
        Ok(Self {
            client,
            admin,
            viewer,
        })
    }

    /// What there is without a store: what is given, and what an earlier version kept.
    pub(super) fn known(&self, stored: Option<&Stored>) -> Known {
        Known {
            client: self.client.is_some() || stored.is_some_and(Stored::has_client),
            admin: self.admin.is_some() || stored.is_some_and(Stored::has_admin),
        }
    }
}

impl Known {
    /// With what the store has.
    pub(super) async fn in_store(self, lifecycle: &Lifecycle) -> Result<Self, Failure> {
        let keys = lifecycle.store().key_set().await;
        let keys = keys.map_err(Failure::operation)?.keys;
        Ok(Self {
            client: self.client || !keys.is_empty(),
            admin: self.admin || has_admin(lifecycle).await?,
        })
    }
}

/// Puts what the environment gives into the store, and what an earlier version kept; generates what there is none of.
pub(super) async fn settle(
    lifecycle: &Lifecycle,
    given: &Given,
    stored: Option<&Stored>,
    data: &DataDir,
) -> Result<Generated, Failure> {
    if let Some(stored) = stored {
        take_over(lifecycle, stored).await?;
    }
    give(lifecycle, given).await?;
    let mut generated = Generated::default();
    let keys = lifecycle.store().keys().await;
    if keys.map_err(Failure::operation)?.is_empty() {
        let policy = KeyPolicy::named(BOOTSTRAP);
        match lifecycle.create_key(&lifecycle.system(), policy).await {
            Ok((_, text)) => generated.client = Some(text),
            // Another replica's first start was faster.
            Err(KeyFailure::Key(KeyError::NameTaken(_))) => {}
            Err(error) => return Err(Failure::operation(error)),
        }
    }
    if !has_admin(lifecycle).await? {
        let token = random_secret().map_err(Failure::operation)?;
        let hash = lifecycle.vault().hash_token(token.expose());
        let (by, store) = (lifecycle.system(), lifecycle.store());
        match store
            .create_token(&by, (ADMIN, Access::Admin), hash, None)
            .await
        {
            Ok(_) => {
                let line = Secret::new(format!("{}\n", token.expose()));
                data.write(ADMIN_TOKEN_FILE, line.expose())?;
                generated.admin = Some(token);
            }
            Err(TokenError::NameTaken(_)) => {}
            Err(error) => return Err(Failure::operation(error)),
        }
    }
    lifecycle.refresh_keys().await.map_err(Failure::operation)?;
    if stored.is_some() {
        Stored::put_aside(data)?;
    }
    Ok(generated)
}

async fn has_admin(lifecycle: &Lifecycle) -> Result<bool, Failure> {
    let now: Timestamp = lifecycle.now();
    let tokens = lifecycle.store().tokens().await;
    Ok(tokens.map_err(Failure::operation)?.iter().any(|token| {
        token.access == Access::Admin
            && token.revoked_at.is_none()
            && token.expires_at.is_none_or(|end| end > now)
    }))
}

/// The vault hashes with the key of the file, so the hashes stay good.
async fn take_over(lifecycle: &Lifecycle, stored: &Stored) -> Result<(), Failure> {
    let (by, store) = (lifecycle.system(), lifecycle.store());
    for (name, id, hash) in stored.clients() {
        let new = NewKey {
            id: id.unwrap_or(name),
            shape: if id.is_some() {
                KeyShape::Generated
            } else {
                KeyShape::Given
            },
            hash: KeyHash(hash),
            policy: KeyPolicy::named(name),
        };
        store
            .ensure_key(&by, &new)
            .await
            .map_err(Failure::operation)?;
    }
    if let Some(hash) = stored.admin() {
        let admin = (ADMIN, Access::Admin);
        let kept = store.ensure_token(&by, admin, Digest(hash)).await;
        kept.map_err(Failure::operation)?;
    }
    Ok(())
}

async fn give(lifecycle: &Lifecycle, given: &Given) -> Result<(), Failure> {
    let (by, store, vault) = (lifecycle.system(), lifecycle.store(), lifecycle.vault());
    if let Some(text) = &given.client {
        let id = generate().map_err(Failure::operation)?.id;
        let pepper = Pepper::new(vault.client_key_pepper().expose());
        let new = NewKey {
            id: &id,
            shape: KeyShape::Given,
            hash: KeyHash(*pepper.hash(text.expose()).bytes()),
            policy: KeyPolicy::named(BOOTSTRAP),
        };
        store
            .ensure_key(&by, &new)
            .await
            .map_err(Failure::operation)?;
    }
    let tokens = [
        (&given.admin, ADMIN, Access::Admin),
        (&given.viewer, VIEWER, Access::Viewer),
    ];
    for (text, name, access) in tokens {
        let Some(text) = text else {
            continue;
        };
        let hash = vault.hash_token(text.expose());
        let kept = store.ensure_token(&by, (name, access), hash).await;
        kept.map_err(Failure::operation)?;
    }
    Ok(())
}
