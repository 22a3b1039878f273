-- Who has come before (RFC 6647).
PRAGMA user_version = 1;

CREATE TABLE triplet (
       client    TEXT NOT NULL,    -- a network, such as 192.0.2.0/24
       sender    TEXT NOT NULL COLLATE NOCASE,
       recipient TEXT NOT NULL COLLATE NOCASE,
       first_ms  INTEGER NOT NULL,
       passed    INTEGER NOT NULL, -- 1: came again after the delay
       until_ms  INTEGER NOT NULL, -- forgotten then
       PRIMARY KEY (client, sender, recipient)
) WITHOUT ROWID;
CREATE INDEX triplet_until ON triplet (until_ms);

-- Networks that came again, by how many triplets.
CREATE TABLE client (
       client   TEXT PRIMARY KEY,
       passes   INTEGER NOT NULL,
       until_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX client_until ON client (until_ms);
