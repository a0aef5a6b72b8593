//! Who may call, and who may administer: from the environment, from an earlier start, or generated now.

mod stored;

use std::fmt;

use aigw_config::Secret;
use aigw_gateway::keys::{
    ClientKeys, KeyHash, KeyRow, Pepper, RandomError, generate, random_secret,
};

pub(super) use self::stored::Stored;
use self::stored::random_pepper;
use crate::data_dir::DataDir;
use crate::environment::credential;
use crate::failure::Failure;

/// Name of the client key that a first start makes or is given.
const BOOTSTRAP: &str = "bootstrap";
/// Where the command line of the same machine finds the admin token.
const ADMIN_TOKEN_FILE: &str = "admin-token";

/// What the environment gives.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) client: Option<Secret<String>>,
    pub(super) admin: Option<Secret<String>>,
    viewer: Option<Secret<String>>,
}

/// The credentials of this run.
pub(super) struct Credentials {
    pepper: Pepper,
    clients: Vec<KeyRow>,
    admin: KeyHash,
    viewer: Option<KeyHash>,
    /// What has to be kept, if something was generated.
    store: Option<Stored>,
    /// Generated now, to be shown once.
    pub(super) new_client: Option<Secret<String>>,
    /// Generated now, to be shown once.
    pub(super) new_admin: Option<Secret<String>>,
}

/// The tokens of the admin listener.
#[derive(Clone)]
pub(super) struct AdminTokens {
    pepper: Pepper,
    hashes: Vec<KeyHash>,
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
}

impl Credentials {
    /// What the environment gives goes before what an earlier start kept; what neither has is generated.
    pub(super) fn complete(given: Given, stored: Option<Stored>) -> Result<Self, Failure> {
        let mut stored = match stored {
            Some(stored) => stored,
            None => Stored::new(random_pepper().map_err(random)?),
        };
        let pepper = stored.pepper();
        let (mut new_client, mut new_admin) = (None, None);
        if given.client.is_none() && !stored.has_client() {
            let key = generate().map_err(random)?;
            stored.add_client(&KeyRow::generated(BOOTSTRAP, &key, &pepper));
            new_client = Some(key.text);
        }
        let mut clients = stored.clients();
        if let Some(text) = &given.client {
            clients.retain(|row| &*row.name != BOOTSTRAP);
            clients.push(KeyRow::given(BOOTSTRAP, text.expose(), &pepper));
        }
        let admin = match (&given.admin, stored.admin()) {
            (Some(text), _) => pepper.hash(text.expose()),
            (None, Some(hash)) => hash,
            (None, None) => {
                let token = random_secret().map_err(random)?;
                let hash = pepper.hash(token.expose());
                stored.set_admin(hash);
                new_admin = Some(token);
                hash
            }
        };
        let viewer = given.viewer.map(|text| pepper.hash(text.expose()));
        let store = (new_client.is_some() || new_admin.is_some()).then_some(stored);
        Ok(Self {
            pepper,
            clients,
            admin,
            viewer,
            store,
            new_client,
            new_admin,
        })
    }

    /// Keeps what was generated.
    pub(super) fn save(&self, data: &DataDir) -> Result<(), Failure> {
        if let Some(token) = &self.new_admin {
            let line = Secret::new(format!("{}\n", token.expose()));
            data.write(ADMIN_TOKEN_FILE, line.expose())?;
        }
        self.store
            .as_ref()
            .map_or(Ok(()), |store| store.write(data))
    }

    /// The client keys, for the gateway.
    pub(super) fn client_keys(&self) -> ClientKeys {
        ClientKeys::new(self.pepper.clone(), self.clients.iter().cloned())
    }

    /// The tokens, for the admin listener.
    pub(super) fn admin_tokens(&self) -> AdminTokens {
        let hashes = [self.admin].into_iter().chain(self.viewer).collect();
        AdminTokens {
            pepper: self.pepper.clone(),
            hashes,
        }
    }
}

impl AdminTokens {
    /// Whether `text` is one of them.
    pub(super) fn admit(&self, text: &str) -> bool {
        let hash = self.pepper.hash(text);
        // All are compared, so that the time taken does not say which one it was.
        self.hashes
            .iter()
            .fold(false, |admitted, known| known.is(&hash) | admitted)
    }
}

impl fmt::Debug for AdminTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminTokens")
    }
}

fn random(error: RandomError) -> Failure {
    Failure::operation(error)
}
