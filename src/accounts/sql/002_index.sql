-- Whether an account wants an index of the text of its messages.
PRAGMA user_version = 2;

ALTER TABLE account ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
