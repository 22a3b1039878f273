-- Keys of the operator's for /admin/v1: digests.
PRAGMA user_version = 8;

CREATE TABLE operator_key (
	label   TEXT PRIMARY KEY NOT NULL,
	hash    TEXT NOT NULL UNIQUE,
	made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
