-- Who is who.  docs/guide/directory.md tells what each column means.
PRAGMA user_version = 1;

CREATE TABLE domain (
	name      TEXT PRIMARY KEY NOT NULL,
	enabled   INTEGER NOT NULL DEFAULT 1,
	alias_of  TEXT REFERENCES domain (name),
	catch_all TEXT,
	made_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A removed account has no address; its row stays, so that neither its number nor its name is used again.
CREATE TABLE account (
	id             INTEGER PRIMARY KEY AUTOINCREMENT,
	name           TEXT NOT NULL UNIQUE,
	address        TEXT UNIQUE,
	enabled        INTEGER NOT NULL DEFAULT 1,
	hash           TEXT NOT NULL,
	scram          TEXT NOT NULL,
	tags           INTEGER NOT NULL DEFAULT 0,
	quota_octets   INTEGER NOT NULL DEFAULT 0,
	quota_messages INTEGER NOT NULL DEFAULT 0,
	made_ms        INTEGER NOT NULL,
	removed_ms     INTEGER
) STRICT;

-- Each address of ours once: an account's, or (account NULL) an alias, whose targets are below.
CREATE TABLE address (
	address TEXT PRIMARY KEY NOT NULL,
	domain  TEXT NOT NULL REFERENCES domain (name),
	account INTEGER REFERENCES account (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX address_account ON address (account) WHERE account IS NOT NULL;
CREATE INDEX address_alias ON address (address) WHERE account IS NULL;
CREATE INDEX address_domain ON address (domain);

CREATE TABLE target (
	alias   TEXT NOT NULL REFERENCES address (address) ON DELETE CASCADE,
	address TEXT NOT NULL,
	PRIMARY KEY (alias, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_password (
	account   INTEGER NOT NULL REFERENCES account (id),
	label     TEXT NOT NULL,
	hash      TEXT NOT NULL,
	scram     TEXT NOT NULL,
	protocols INTEGER NOT NULL,
	made_ms   INTEGER NOT NULL,
	PRIMARY KEY (account, label)
) STRICT, WITHOUT ROWID;
