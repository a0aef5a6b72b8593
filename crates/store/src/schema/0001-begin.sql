CREATE TABLE revisions (
  number INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  parent INTEGER REFERENCES revisions (number),
  origin TEXT NOT NULL,
  author TEXT NOT NULL,
  at INTEGER NOT NULL,
  note TEXT NOT NULL,
  size INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE revision_secrets (
  revision INTEGER NOT NULL REFERENCES revisions (number),
  reference TEXT NOT NULL,
  digest BLOB,
  PRIMARY KEY (revision, reference)
) STRICT;

CREATE TABLE drafts (
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  title TEXT NOT NULL,
  origin TEXT NOT NULL,
  base INTEGER REFERENCES revisions (number),
  note TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE publications (
  id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL REFERENCES revisions (number),
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  base INTEGER REFERENCES revisions (number),
  actor TEXT NOT NULL,
  instance TEXT NOT NULL,
  note TEXT NOT NULL,
  at INTEGER NOT NULL,
  settled_at INTEGER,
  reason TEXT
) STRICT;
CREATE UNIQUE INDEX publications_live ON publications (state) WHERE state = 'live';
CREATE UNIQUE INDEX publications_staged ON publications (state) WHERE state = 'staged';
CREATE INDEX publications_revision ON publications (revision, id);

CREATE TABLE generations (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
INSERT INTO generations (name, value) VALUES ('ledger', 0), ('keys', 0), ('secrets', 0), ('tokens', 0), ('drafts', 0);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  source TEXT,
  action TEXT NOT NULL,
  resource TEXT NOT NULL,
  success INTEGER NOT NULL,
  reason TEXT,
  before_digest BLOB,
  after_digest BLOB,
  prev BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_hash ON audit (hash);

CREATE TABLE audit_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  last INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE client_keys (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  shape TEXT NOT NULL,
  hash BLOB NOT NULL,
  previous_hash BLOB,
  previous_until INTEGER,
  team TEXT,
  models TEXT NOT NULL,
  endpoints TEXT NOT NULL,
  tags TEXT NOT NULL,
  ip_allow TEXT NOT NULL,
  limits TEXT NOT NULL,
  priority INTEGER NOT NULL,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  rotated_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX client_keys_name ON client_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE admin_tokens (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  access TEXT NOT NULL,
  hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX admin_tokens_name ON admin_tokens (name) WHERE revoked_at IS NULL;
CREATE UNIQUE INDEX admin_tokens_hash ON admin_tokens (hash) WHERE revoked_at IS NULL;

CREATE TABLE sessions (
  hash BLOB PRIMARY KEY,
  token INTEGER NOT NULL REFERENCES admin_tokens (id),
  source TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_token ON sessions (token);

CREATE TABLE login_failures (
  source TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sealed (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  salt BLOB NOT NULL,
  wrapped BLOB NOT NULL,
  value BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  PRIMARY KEY (scope, name)
) STRICT;
