-- What sources owe, and who is shut out.
PRAGMA user_version = 1;

CREATE TABLE debt (
       source   BLOB PRIMARY KEY,
       until_ms INTEGER NOT NULL, -- forgotten then
       octets   BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX debt_until ON debt (until_ms);
