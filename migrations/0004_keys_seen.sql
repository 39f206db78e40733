-- That there were keys: a gateway that finds none any more has lost them, and is not to be open to everybody.

CREATE TABLE keys_seen (
  at INTEGER NOT NULL                         -- when there were some first; no row: there never were
) STRICT;
