-- When an endpoint's health became another, so that people can see what happened while nobody looked.

CREATE TABLE health_changes (
  id          INTEGER NOT NULL PRIMARY KEY,   -- in the order in which they happened
  endpoint    TEXT    NOT NULL REFERENCES endpoints (name) ON DELETE CASCADE,
  from_health TEXT    NOT NULL,
  to_health   TEXT    NOT NULL,
  detail      TEXT    NOT NULL,               -- for a person: why
  at          INTEGER NOT NULL
) STRICT;

CREATE INDEX health_changes_of_endpoint ON health_changes (endpoint, id);
