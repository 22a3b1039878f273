-- What the defence found in a message, and what followed for each recipient; what an account has sent.
ALTER TABLE message ADD COLUMN defence TEXT;
ALTER TABLE recipient ADD COLUMN defence_step TEXT;
ALTER TABLE recipient ADD COLUMN defence_action TEXT;
CREATE INDEX message_login ON message (login) WHERE login IS NOT NULL;

-- What a program gave with a message, as JSON.
ALTER TABLE message ADD COLUMN tags TEXT;
ALTER TABLE message ADD COLUMN metadata TEXT;
-- When it is to be sent, if not at once.
ALTER TABLE message ADD COLUMN send_at_ms INTEGER;
-- By which name of its own an account handed a message in: for a day that is the same message.
CREATE TABLE handed_in (
	login       TEXT NOT NULL,
	key         TEXT NOT NULL,
	digest      TEXT NOT NULL,
	message     TEXT NOT NULL,
	accepted_ms INTEGER NOT NULL,
	PRIMARY KEY (login, key)
) WITHOUT ROWID;
CREATE INDEX handed_in_accepted ON handed_in (accepted_ms);
UPDATE meta SET schema_version = 6;
PRAGMA user_version = 6;
