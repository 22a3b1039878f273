-- What a domain, or an account, says of the steps of the defence, such as attachments=junk; '': nothing.
PRAGMA user_version = 4;

ALTER TABLE domain ADD COLUMN defence TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN defence TEXT NOT NULL DEFAULT '';
