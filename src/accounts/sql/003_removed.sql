-- What is left of a removed account: its mail, until it is purged, and what brings it back.
PRAGMA user_version = 3;

ALTER TABLE account ADD COLUMN was TEXT;
ALTER TABLE account ADD COLUMN purge_ms INTEGER;
ALTER TABLE account ADD COLUMN purged_ms INTEGER;
UPDATE account SET was = CASE WHEN name LIKE '%#' || id
	THEN substr(name, 1, length(name) - length(id) - 1) ELSE name END WHERE removed_ms IS NOT NULL;
CREATE INDEX account_was ON account (was) WHERE was IS NOT NULL;
CREATE INDEX account_purge ON account (id) WHERE purge_ms IS NOT NULL;

CREATE TABLE former_address (
	account INTEGER NOT NULL REFERENCES account (id),
	domain  TEXT NOT NULL,
	address TEXT NOT NULL,
	PRIMARY KEY (account, address)
) STRICT, WITHOUT ROWID;
