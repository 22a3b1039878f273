-- Every change of a recipient's state is a row; an attempt is one that ended an attempt.
DROP VIEW delivery;
ALTER TABLE attempt RENAME TO change;
ALTER TABLE change RENAME COLUMN ended_ms TO changed_ms;

CREATE VIEW attempt AS
SELECT seq, message, recipient, attempt, changed_ms AS ended_ms, state, remote_host, remote_address,
       tls_version, tls_policy, code, enhanced, text, class, meaning, elapsed_ms, next_try_ms
FROM change WHERE state NOT IN ('queued', 'trying', 'held');

-- For people: one row a recipient, with the outcome of its latest attempt.
CREATE VIEW delivery AS
SELECT m.id AS message,
       strftime('%Y-%m-%dT%H:%M:%fZ', m.accepted_ms / 1000.0, 'unixepoch') AS accepted,
       m.return_path, r.address, r.domain, r.account, r.state, r.attempts,
       c.class, c.code, c.enhanced, c.text, c.meaning, c.remote_host, c.remote_address,
       c.tls_version, c.tls_policy, c.elapsed_ms,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.changed_ms / 1000.0, 'unixepoch') AS changed,
       CASE WHEN r.next_try_ms > 0
            THEN strftime('%Y-%m-%dT%H:%M:%fZ', r.next_try_ms / 1000.0, 'unixepoch') END AS next_try,
       m.message_id, m.subject, m.login, m.size
FROM message AS m
CROSS JOIN recipient AS r ON r.message = m.id
LEFT JOIN change AS c ON c.seq = r.last_attempt;

UPDATE meta SET schema_version = 2;
PRAGMA user_version = 2;
