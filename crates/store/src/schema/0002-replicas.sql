CREATE TABLE replicas (
  instance TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  version TEXT NOT NULL,
  revision INTEGER,
  state TEXT NOT NULL,
  reason TEXT,
  started_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
