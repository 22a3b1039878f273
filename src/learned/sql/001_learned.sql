-- Tables of counters (classify/table.h), one of each account that has told something; '' is the server's.
PRAGMA user_version = 1;

CREATE TABLE learned (
       account TEXT PRIMARY KEY,
       octets  BLOB NOT NULL
) WITHOUT ROWID;
