-- What earlier runs learned of the endpoints, so that a restart starts warm.
-- Times are milliseconds since 1970. Released migrations never change: a new idea is a new file.

CREATE TABLE endpoints (
  name        TEXT    NOT NULL PRIMARY KEY,
  url         TEXT    NOT NULL,               -- what was learned holds for this URL only
  health      TEXT    NOT NULL DEFAULT 'unknown',
  detail      TEXT    NOT NULL DEFAULT '',    -- for a person: why it is not up
  server_type TEXT    NOT NULL DEFAULT '',
  version     TEXT    NOT NULL DEFAULT '',
  probed_at   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE models (
  endpoint       TEXT    NOT NULL REFERENCES endpoints (name) ON DELETE CASCADE,
  id             TEXT    NOT NULL,            -- as the endpoint lists it
  created        INTEGER NOT NULL,            -- seconds since 1970, as the endpoint says; 0: it does not
  owned_by       TEXT    NOT NULL,
  context_length INTEGER,
  PRIMARY KEY (endpoint, id)
) STRICT;

CREATE TABLE capabilities (
  endpoint TEXT    NOT NULL REFERENCES endpoints (name) ON DELETE CASCADE,
  model    TEXT    NOT NULL,                  -- empty: the endpoint's route, whatever the model
  api      TEXT    NOT NULL,
  verdict  TEXT    NOT NULL,                  -- yes, no, unknown
  how      TEXT    NOT NULL,                  -- none, profile, openapi, probed, observed, configured
  evidence TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (endpoint, model, api)
) STRICT;
