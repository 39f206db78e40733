-- What requests took. A database of its own (ledger.db): it is large, may be thrown away, and holds no prompt, no answer
-- and no key. Times are in UTC. Released migrations never change: a new idea is a new file.

CREATE TABLE requests (
  -- In the order in which they were written: a thousand for each millisecond of `at`, and more where that is taken. So
  -- who looks for a time begins at a thousand times that, and no index is needed, which would cost as much as the row.
  id               INTEGER NOT NULL PRIMARY KEY,
  at               INTEGER NOT NULL,              -- when it ended, milliseconds since 1970
  request_id       TEXT    NOT NULL,
  key              TEXT    NOT NULL,              -- its name; empty: none
  api              TEXT    NOT NULL,              -- empty: the route belongs to none
  route            TEXT    NOT NULL,              -- our template of the path
  model            TEXT    NOT NULL,              -- as the client asked, 256 bytes at most
  is_known_model   INTEGER NOT NULL,              -- 0: the client made it up
  served_model     TEXT    NOT NULL,              -- its name at the endpoint; empty: no endpoint was asked
  endpoint         TEXT    NOT NULL,              -- who answered, or was tried last
  status           INTEGER NOT NULL,              -- 0: nobody waited for the answer
  ended            TEXT    NOT NULL,              -- complete, client_left, upstream_died, ...
  origin           TEXT,                          -- who caused the error: client, upstream, ourselves
  cause            TEXT    NOT NULL,              -- why it failed, in a word; empty: it did not
  attempts         INTEGER NOT NULL,
  queue_ms         INTEGER,
  first_byte_us    INTEGER,
  duration_us      INTEGER NOT NULL,
  bytes_in         INTEGER NOT NULL,
  bytes_out        INTEGER NOT NULL,
  stream           INTEGER NOT NULL,
  input_tokens     INTEGER,                       -- absent: the endpoint did not tell, which is not none
  cached_tokens    INTEGER,
  output_tokens    INTEGER,
  reasoning_tokens INTEGER
) STRICT;

-- The sums of requests, written in the transaction that writes the requests themselves. `model` is empty where it is
-- whatever the client made up.
CREATE TABLE hours (
  hour             INTEGER NOT NULL,              -- since 1970
  key              TEXT    NOT NULL,
  model            TEXT    NOT NULL,
  endpoint         TEXT    NOT NULL,
  api              TEXT    NOT NULL,
  ended            TEXT    NOT NULL,
  requests         INTEGER NOT NULL,
  errors           INTEGER NOT NULL,
  without_usage    INTEGER NOT NULL,              -- of an endpoint that did not tell what they took
  input_tokens     INTEGER,                       -- absent: nobody told
  cached_tokens    INTEGER,
  output_tokens    INTEGER,
  reasoning_tokens INTEGER,
  bytes_in         INTEGER NOT NULL,
  bytes_out        INTEGER NOT NULL,
  PRIMARY KEY (hour, key, model, endpoint, api, ended)
) STRICT, WITHOUT ROWID;

CREATE TABLE days (
  day              INTEGER NOT NULL,              -- since 1970
  key              TEXT    NOT NULL,
  model            TEXT    NOT NULL,
  endpoint         TEXT    NOT NULL,
  api              TEXT    NOT NULL,
  ended            TEXT    NOT NULL,
  requests         INTEGER NOT NULL,
  errors           INTEGER NOT NULL,
  without_usage    INTEGER NOT NULL,
  input_tokens     INTEGER,
  cached_tokens    INTEGER,
  output_tokens    INTEGER,
  reasoning_tokens INTEGER,
  bytes_in         INTEGER NOT NULL,
  bytes_out        INTEGER NOT NULL,
  PRIMARY KEY (day, key, model, endpoint, api, ended)
) STRICT, WITHOUT ROWID;

-- Responses that an endpoint makes in the background and whose usage nobody has seen yet: when somebody fetches one that
-- is whole, its tokens are added to the request that began it, and it goes from here.
CREATE TABLE background_responses (
  id         TEXT    NOT NULL PRIMARY KEY,        -- as the endpoint gave it
  request    INTEGER NOT NULL,                    -- the row of the request that began it, which may be gone
  at         INTEGER NOT NULL,
  key        TEXT    NOT NULL,
  model      TEXT    NOT NULL,
  endpoint   TEXT    NOT NULL,
  api        TEXT    NOT NULL,
  ended      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX background_responses_by_time ON background_responses (at);
