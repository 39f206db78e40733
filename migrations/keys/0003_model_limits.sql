-- What a key may take of the models together that a glob names. 0: there is no such limit.

CREATE TABLE model_limits (
  key                 TEXT    NOT NULL REFERENCES keys (name) ON DELETE CASCADE,
  models              TEXT    NOT NULL,              -- the glob
  requests_per_minute INTEGER NOT NULL,
  tokens_per_minute   INTEGER NOT NULL,
  concurrent          INTEGER NOT NULL,
  PRIMARY KEY (key, models)
) STRICT;
