-- Policies of MTA-STS (RFC 8461) as their web servers sent them.
PRAGMA user_version = 1;

CREATE TABLE sts_policy (
       domain     TEXT PRIMARY KEY,
       id         TEXT NOT NULL,
       text       TEXT NOT NULL,
       fetched_ms INTEGER NOT NULL,
       until_ms   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sts_policy_until ON sts_policy (until_ms);
