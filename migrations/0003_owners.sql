-- Which endpoint keeps a response, a conversation or a stored chat completion, and for whose key it was made, so that the
-- next turn finds it after a restart.

CREATE TABLE owners (
  id         TEXT    NOT NULL PRIMARY KEY,    -- as the endpoint gave it
  endpoint   TEXT    NOT NULL,                -- its name; stays when the endpoint goes, because it may come back
  key        TEXT    NOT NULL,                -- the name of the client's key; empty: the gateway was open
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX owners_by_expiry ON owners (expires_at);
