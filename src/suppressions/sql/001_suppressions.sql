-- Whom an account does not send to any more.
PRAGMA user_version = 1;

CREATE TABLE suppression (
       account  TEXT NOT NULL,
       address  TEXT NOT NULL, -- in lower case
       list     TEXT NOT NULL, -- of which list alone; '': of anything
       why      INTEGER NOT NULL, -- enum suppression_why
       since_ms INTEGER NOT NULL,
       until_ms INTEGER,       -- NULL: for ever
       message  TEXT,          -- the one that it followed from
       words    TEXT,
       PRIMARY KEY (account, address, list)
) WITHOUT ROWID;
CREATE INDEX suppression_until ON suppression (until_ms) WHERE until_ms IS NOT NULL;
