-- The delivery ledger.  docs/guide/ledger.md tells what each column means.
CREATE TABLE meta (
	one             INTEGER PRIMARY KEY CHECK (one = 1),
	schema_version  INTEGER NOT NULL,
	journal_format  INTEGER NOT NULL,
	journal_segment INTEGER NOT NULL,
	journal_offset  INTEGER NOT NULL,
	last_id         INTEGER NOT NULL,
	last_seq        INTEGER NOT NULL,
	keyed_through   TEXT NOT NULL,
	folded_segment  INTEGER NOT NULL,
	folded_offset   INTEGER NOT NULL,
	last_account    INTEGER NOT NULL,
	last_mailbox    INTEGER NOT NULL,
	last_validity   INTEGER NOT NULL
);
INSERT INTO meta VALUES (1, 5, 2, 0, 0, 0, 0, '', 0, 0, 0, 0, 0);

CREATE TABLE message (
	id             TEXT PRIMARY KEY NOT NULL,
	accepted_ms    INTEGER NOT NULL,
	return_path    TEXT NOT NULL,
	login          TEXT,
	client_address TEXT,
	helo           TEXT,
	protocol       TEXT,
	message_id     TEXT,
	subject        TEXT,
	body_8bit      INTEGER NOT NULL,
	smtputf8       INTEGER NOT NULL,
	size           INTEGER NOT NULL,
	recipients     INTEGER NOT NULL,
	segment        INTEGER NOT NULL
) WITHOUT ROWID;

-- Where the messages are that are alive: refs of their recipients are undecided or in a mailbox.  The
-- record has `octets`, `content` of them at its end are of the content, what is missing is the blob.
CREATE TABLE place (
	id       INTEGER PRIMARY KEY,
	segment  INTEGER NOT NULL,
	position INTEGER NOT NULL,
	octets   INTEGER NOT NULL,
	content  INTEGER NOT NULL,
	refs     INTEGER NOT NULL,
	blob     INTEGER
);
CREATE INDEX place_blob ON place (blob) WHERE blob IS NOT NULL;

-- Messages whose rows were removed while the segment that has their record stays.
CREATE TABLE settled (
	id      INTEGER PRIMARY KEY,
	segment INTEGER NOT NULL
);

CREATE TABLE recipient (
	message      TEXT NOT NULL,
	recipient    INTEGER NOT NULL,
	address      TEXT NOT NULL,
	domain       TEXT NOT NULL,
	account      TEXT,
	uid          INTEGER,
	state        TEXT NOT NULL,
	seq          INTEGER NOT NULL,
	changed_ms   INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	next_try_ms  INTEGER,
	last_attempt INTEGER,
	route        TEXT,
	route_seq    INTEGER,
	PRIMARY KEY (message, recipient)
) WITHOUT ROWID;
CREATE INDEX recipient_due ON recipient (next_try_ms, message, recipient) WHERE next_try_ms IS NOT NULL;

-- Every change of a recipient's state: made by tools/changes from change/change_table.h.
CREATE TABLE change (
	seq            INTEGER PRIMARY KEY,
	changed_ms     INTEGER NOT NULL,
	message        TEXT NOT NULL,
	recipient      INTEGER NOT NULL,
	state          TEXT NOT NULL,
	attempt        INTEGER NOT NULL,
	remote_host    TEXT,
	remote_address TEXT,
	tls_version    TEXT,
	tls_policy     TEXT,
	code           INTEGER,
	enhanced       TEXT,
	text           TEXT,
	class          TEXT,
	meaning        TEXT,
	elapsed_ms     INTEGER NOT NULL,
	next_try_ms    INTEGER,
	who            TEXT,
	why            TEXT,
	route          TEXT
);
CREATE INDEX change_message ON change (message);

-- The accounts that have mailboxes, and what these hold together.
CREATE TABLE account_use (
	account  INTEGER PRIMARY KEY,
	name     TEXT NOT NULL UNIQUE,
	modseq   INTEGER NOT NULL,
	messages INTEGER NOT NULL,
	octets   INTEGER NOT NULL
);
-- What is in a mailbox stands in files below mail/; the counters are those of meta.folded_*.
CREATE TABLE mailbox (
	mailbox      INTEGER PRIMARY KEY,
	account      INTEGER NOT NULL,
	path         TEXT NOT NULL,
	role         INTEGER NOT NULL,
	uid_validity INTEGER NOT NULL,
	uid_next     INTEGER,
	modseq       INTEGER,
	floor        INTEGER,
	messages     INTEGER,
	unseen       INTEGER,
	deleted      INTEGER,
	octets       INTEGER,
	file_octets  INTEGER,
	serial       INTEGER,
	UNIQUE (account, path)
);
CREATE TABLE subscription (
	account INTEGER NOT NULL,
	path    TEXT NOT NULL,
	PRIMARY KEY (account, path)
) WITHOUT ROWID;
CREATE TABLE keyword (
	account INTEGER NOT NULL,
	number  INTEGER NOT NULL,
	name    TEXT NOT NULL,
	PRIMARY KEY (account, number)
) WITHOUT ROWID;

-- For look-ups by Message-ID; filled in large sorted steps behind message.
CREATE TABLE message_key (
	hash    INTEGER NOT NULL,
	message TEXT NOT NULL,
	PRIMARY KEY (hash, message)
) WITHOUT ROWID;

-- Octets of messages that are alive in each journal segment: the sums over place.
CREATE TABLE segment (
	number INTEGER PRIMARY KEY,
	alive  INTEGER NOT NULL
);

-- Those changes that ended an attempt.
CREATE VIEW attempt AS
SELECT seq, message, recipient, attempt, changed_ms AS ended_ms, state, remote_host, remote_address,
       tls_version, tls_policy, code, enhanced, text, class, meaning, elapsed_ms, next_try_ms
FROM change WHERE state NOT IN ('queued', 'trying', 'held');

-- For people: one row a recipient, with the outcome of its latest attempt.
CREATE VIEW delivery AS
SELECT m.id AS message,
       strftime('%Y-%m-%dT%H:%M:%fZ', m.accepted_ms / 1000.0, 'unixepoch') AS accepted,
       m.return_path, r.address, r.domain, r.account, r.state, r.attempts,
       c.class, c.code, c.enhanced, c.text, c.meaning, c.remote_host, c.remote_address,
       c.tls_version, c.tls_policy, c.elapsed_ms,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.changed_ms / 1000.0, 'unixepoch') AS changed,
       CASE WHEN r.next_try_ms > 0
            THEN strftime('%Y-%m-%dT%H:%M:%fZ', r.next_try_ms / 1000.0, 'unixepoch') END AS next_try,
       m.message_id, m.subject, m.login, m.size
FROM message AS m
CROSS JOIN recipient AS r ON r.message = m.id
LEFT JOIN change AS c ON c.seq = r.last_attempt;

PRAGMA user_version = 5;
