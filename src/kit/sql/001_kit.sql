-- What accounts keep here for their programs (calls/kit.h).
PRAGMA user_version = 1;

CREATE TABLE kit (
       account    TEXT NOT NULL,
       kind       INTEGER NOT NULL, -- enum kit_kind
       name       TEXT NOT NULL,
       octets     TEXT NOT NULL,
       changed_ms INTEGER NOT NULL,
       PRIMARY KEY (account, kind, name)
) WITHOUT ROWID;
-- A form is known by its name alone.
CREATE UNIQUE INDEX kit_form ON kit (name) WHERE kind = 2;
