-- What the defence found in a message, and what followed for each recipient; what an account has sent.
ALTER TABLE message ADD COLUMN defence TEXT;
ALTER TABLE recipient ADD COLUMN defence_step TEXT;
ALTER TABLE recipient ADD COLUMN defence_action TEXT;
CREATE INDEX message_login ON message (login) WHERE login IS NOT NULL;
UPDATE meta SET schema_version = 6;
PRAGMA user_version = 6;
