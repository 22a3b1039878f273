-- How much an account, or a domain, may send ('': the settings' limits), and why an account may not ('': it may).
PRAGMA user_version = 6;

ALTER TABLE domain ADD COLUMN sending TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN sending TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN held TEXT NOT NULL DEFAULT '';
