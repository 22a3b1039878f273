-- The keys that domains sign with (RFC 6376).
PRAGMA user_version = 5;

CREATE TABLE dkim_key (
	domain       TEXT NOT NULL REFERENCES domain (name),
	selector     TEXT NOT NULL,
	algorithm    TEXT NOT NULL,
	secret       TEXT NOT NULL,
	record       TEXT NOT NULL,
	made_ms      INTEGER NOT NULL,
	published_ms INTEGER,
	PRIMARY KEY (domain, selector)
) STRICT, WITHOUT ROWID;
CREATE INDEX dkim_key_waiting ON dkim_key (domain) WHERE published_ms IS NULL;
