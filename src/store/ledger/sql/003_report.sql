-- What came back after a delivery: a row beside the changes of the recipient's state, one of a kind.
ALTER TABLE change ADD COLUMN report TEXT;
CREATE UNIQUE INDEX change_report ON change (message, recipient, report) WHERE report IS NOT NULL;

-- Those changes that ended an attempt.
DROP VIEW attempt;
CREATE VIEW attempt AS
SELECT seq, message, recipient, attempt, changed_ms AS ended_ms, state, remote_host, remote_address,
       tls_version, tls_policy, code, enhanced, text, class, meaning, elapsed_ms, next_try_ms
FROM change WHERE state NOT IN ('queued', 'trying', 'held') AND report IS NULL;

-- For people and programs: what came back.
CREATE VIEW report AS
SELECT seq, message, recipient, changed_ms AS reported_ms, report, state, remote_host, code, enhanced, text, class,
       meaning, who
FROM change WHERE report IS NOT NULL;

UPDATE meta SET schema_version = 7;
PRAGMA user_version = 7;
