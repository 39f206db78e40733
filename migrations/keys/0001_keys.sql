-- The keys of clients that `pointsman keys create` made. No secret is here: a token is known by its SHA-256.
-- Times are milliseconds since 1970; 0 in a limit: there is none. Released migrations never change: a new idea is a new
-- file.

CREATE TABLE keys (
  name                TEXT    NOT NULL PRIMARY KEY,  -- stays taken when the key is revoked: what it made is its own
  models              TEXT    NOT NULL,              -- globs, one on a line; empty: every model
  apis                TEXT    NOT NULL,              -- names, one on a line; empty: every API
  permissions         TEXT    NOT NULL,              -- admin, metrics, one on a line
  priority            INTEGER NOT NULL,
  requests_per_minute INTEGER NOT NULL,
  tokens_per_minute   INTEGER NOT NULL,
  concurrent          INTEGER NOT NULL,
  tokens_per_day      INTEGER NOT NULL,
  tokens_per_month    INTEGER NOT NULL,
  created_at          INTEGER NOT NULL,
  expires_at          INTEGER,                       -- absent: never
  revoked_at          INTEGER                        -- absent: it was not
) STRICT;

-- What a client shows. A key has one, and for a while two after its rotation.
CREATE TABLE tokens (
  digest     TEXT    NOT NULL PRIMARY KEY,           -- SHA-256, hexadecimal
  key        TEXT    NOT NULL REFERENCES keys (name) ON DELETE CASCADE,
  ending     TEXT    NOT NULL,                       -- its last characters, to recognise it by
  created_at INTEGER NOT NULL,
  expires_at INTEGER                                 -- absent: when the key does
) STRICT;

CREATE INDEX tokens_of_key ON tokens (key);
