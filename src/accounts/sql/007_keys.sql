-- Keys for programs are app passwords for http: a comma between the addresses that one may send as ('': all of the account's).
PRAGMA user_version = 7;

ALTER TABLE app_password ADD COLUMN senders TEXT NOT NULL DEFAULT '';
