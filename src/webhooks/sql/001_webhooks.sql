-- Endpoints to which accounts have their events posted, and what came of it.
PRAGMA user_version = 1;

CREATE TABLE endpoint (
       id               INTEGER PRIMARY KEY,
       account          TEXT NOT NULL,
       url              TEXT NOT NULL,
       events           TEXT NOT NULL,    -- names, with commas between them; empty: all
       tags             TEXT NOT NULL,    -- a JSON array; []: all
       secret           BLOB NOT NULL,
       old_secret       BLOB NOT NULL,    -- signs beside it, until
       old_until_ms     INTEGER NOT NULL,
       made_ms          INTEGER NOT NULL,
       enabled          INTEGER NOT NULL,
       why              TEXT NOT NULL,    -- where it is not
       cursor           INTEGER NOT NULL, -- changes up to this one are done with
       cursor_ms        INTEGER NOT NULL, -- when that one was, or when there was none behind it
       failures         INTEGER NOT NULL, -- in a row
       failing_since_ms INTEGER NOT NULL,
       next_ms          INTEGER NOT NULL  -- not tried before
);
CREATE INDEX endpoint_account ON endpoint (account);

CREATE TABLE attempt (
       number     INTEGER PRIMARY KEY AUTOINCREMENT,
       endpoint   INTEGER NOT NULL,
       time_ms    INTEGER NOT NULL,
       kind       TEXT NOT NULL,    -- change, test, note
       seq        INTEGER NOT NULL, -- of the change; 0: none
       webhook_id TEXT NOT NULL,
       status     INTEGER NOT NULL, -- 0: no answer came
       words      TEXT NOT NULL,    -- why, or what is noted
       answer     TEXT NOT NULL,    -- the first octets
       elapsed_ms INTEGER NOT NULL,
       next_ms    INTEGER NOT NULL
);
CREATE INDEX attempt_endpoint ON attempt (endpoint, number);
