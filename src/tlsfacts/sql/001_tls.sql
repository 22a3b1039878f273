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

-- Sessions with other domains' servers, for reports (RFC 8460).
CREATE TABLE tls_result (
       day      TEXT NOT NULL,    -- of UTC, as in 2026-11-29
       domain   TEXT NOT NULL,
       policy   TEXT NOT NULL,    -- tlsa, sts, no-policy-found
       host     TEXT NOT NULL,    -- '' where none was reached
       result   TEXT NOT NULL,    -- success, or a result type of RFC 8460 4.3
       sessions INTEGER NOT NULL,
       PRIMARY KEY (day, domain, policy, host, result)
) WITHOUT ROWID;
