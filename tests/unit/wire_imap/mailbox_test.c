/* Commands on mailboxes.  RFC 3501 6.3; RFC 6154 3, 5.3; RFC 7162 3.1.8, 3.2.5; RFC 9208 4.1. */
#include "wire/imap/args/mailbox.h"

#include "imap_test.h"

TEST(imap_mailboxes_are_read)
{
	AUTO_ARENA mem = { 0 };
	struct span box = { 0 };
	struct imap_rename names = { 0 };
	struct imap_cursor c = args_of(SPAN("A682 DELETE blurdybloop"), false, &mem);

	CHECK_INT(imap_one_mailbox_parse(&c, &box), 0);
	CHECK_SPAN(box, SPAN("blurdybloop"));
	c = args_of(SPAN("A SUBSCRIBE \"Entw\xc3\xbcrfe\""), true, &mem);
	CHECK_INT(imap_one_mailbox_parse(&c, &box), 0);
	CHECK_SPAN(box, SPAN("Entw\xc3\xbcrfe"));
	c = args_of(SPAN("A DELETE \"\""), false, &mem);
	CHECK_INT(imap_one_mailbox_parse(&c, &box), ERR_SYNTAX);
	CHECK_SAYS(ERR_SYNTAX, "DELETE: the name of a mailbox is empty");
	c = args_of(SPAN("Z433 RENAME inbox old-mail"), false, &mem);
	CHECK_INT(imap_rename_parse(&c, &names), 0);
	CHECK_SPAN(names.from, SPAN("INBOX"));
	CHECK_SPAN(names.to, SPAN("old-mail"));
	c = args_of(SPAN("Z433 RENAME INBOX"), false, &mem);
	CHECK_INT(imap_rename_parse(&c, &names), ERR_SYNTAX);
}

TEST(imap_create_is_read)
{
	static const struct {
		struct span in;
		int err;
		struct span mailbox;
		unsigned uses;
	} t[] = {
		{ SPAN("A003 CREATE owatagusiam/"), 0, SPAN("owatagusiam/"), 0 },
		/* RFC 6154 5.3 */
		{ SPAN("t2 CREATE MySpecial (USE (\\Drafts \\sent))"), 0, SPAN("MySpecial"),
		  IMAP_USE_DRAFTS | IMAP_USE_SENT },
		{ SPAN("t2 CREATE Everything (USE ())"), 0, SPAN("Everything"), 0 },
		{ SPAN("t CREATE x (USE (\\Foo))"), ERR_REFUSED },
		{ SPAN("t CREATE x (USE (Foo))"), ERR_SYNTAX },
		{ SPAN("t CREATE x (USE \\Sent)"), ERR_SYNTAX },
		{ SPAN("t CREATE x (FOO (\\Sent))"), ERR_SYNTAX },
		{ SPAN("t CREATE x (USE (\\Sent)"), ERR_SYNTAX },
		{ SPAN("t CREATE x USE"), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_create got = { 0 };

		CHECK_INT(imap_create_parse(&c, &got), t[row].err);
		CHECK_SPAN(got.mailbox, t[row].mailbox);
		CHECK_INT(got.uses, t[row].uses);
	}
	CHECK_STR(imap_use_word(IMAP_USE_AT_TRASH), "\\Trash");
}

TEST(imap_status_is_read)
{
	static const struct {
		struct span in;
		int err;
		unsigned items;
	} t[] = {
		{ SPAN("A042 STATUS blurdybloop (UIDNEXT MESSAGES)"), 0,
		  IMAP_STATUS_UIDNEXT | IMAP_STATUS_MESSAGES },
		{ SPAN("A STATUS b (size highestmodseq MAILBOXID DELETED DELETED-STORAGE)"), 0,
		  IMAP_STATUS_SIZE | IMAP_STATUS_HIGHESTMODSEQ | IMAP_STATUS_MAILBOXID |
		          IMAP_STATUS_DELETED | IMAP_STATUS_DELETED_STORAGE },
		{ SPAN("A STATUS b ()"), ERR_SYNTAX },
		{ SPAN("A STATUS b MESSAGES"), ERR_SYNTAX },
		{ SPAN("A STATUS b (FOO)"), ERR_SYNTAX },
		{ SPAN("A STATUS b (MESSAGES"), ERR_SYNTAX },
		{ SPAN("A STATUS b (MESSAGES) x"), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_status got = { 0 };

		CHECK_INT(imap_status_parse(&c, &got), t[row].err);
		CHECK_INT(got.items, t[row].items);
	}
	CHECK_STR(imap_status_word(IMAP_STATUS_AT_DELETED_STORAGE), "DELETED-STORAGE");
}

static void put_set(struct buf *out, const char *name, const struct imap_set *set)
{
	buf_printf(out, " %s=", name);
	imap_put_runs(out, set->runs, set->n_runs);
}

TEST(imap_select_is_read)
{
	static const struct {
		struct span in;
		int err;
		struct span want;
	} t[] = {
		{ SPAN("A142 SELECT INBOX"), 0, SPAN("INBOX") },
		{ SPAN("A SELECT INBOX (CONDSTORE)"), 0, SPAN("INBOX CONDSTORE") },
		/* RFC 7162 3.2.5 */
		{ SPAN("A02 SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))"),
		  0, SPAN("INBOX 67890007 20050715194045000 known=41,43:211,214:541") },
		{ SPAN("A03 SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541))"), 0,
		  SPAN("INBOX 67890007 90060115194045000 known=41:211,214:541") },
		{ SPAN("B04 SELECT INBOX (QRESYNC (67890007 90060115194045000 1:29997 "
		       "(5000,7500,9000,9990:9999"
		       " 15000,22500,27000,29970,29973,29976,29979,29982,29985,29988,29991,29994,"
		       "29997)))"),
		  0,
		  SPAN("INBOX 67890007 90060115194045000 known=1:29997 "
		       "seqs=5000,7500,9000,9990:9999"
		       " uids=15000,22500,27000,29970,29973,29976,29979,29982,29985,29988,29991,"
		       "29994,29997") },
		{ SPAN("B SELECT INBOX (QRESYNC (6 9 1:29997 (5,7,9:10 15,22,27,29)) CONDSTORE)"),
		  0, SPAN("INBOX CONDSTORE 6 9 known=1:29997 seqs=5,7,9:10 uids=15,22,27,29") },
		{ SPAN("B SELECT INBOX (QRESYNC (6 9 (5 7)))"), 0,
		  SPAN("INBOX 6 9 seqs=5 uids=7") },
		{ SPAN("B SELECT INBOX (QRESYNC (6 9))"), 0, SPAN("INBOX 6 9") },
		{ SPAN("B SELECT INBOX (QRESYNC (0 9))"), ERR_SYNTAX },
		{ SPAN("B SELECT INBOX (QRESYNC (6))"), ERR_SYNTAX },
		{ SPAN("B SELECT INBOX (QRESYNC (6 9 1:*))"), ERR_SYNTAX },
		{ SPAN("B SELECT INBOX (QRESYNC (6 9 (5:6 7)))"), ERR_SYNTAX },
		{ SPAN("B SELECT INBOX (QRESYNC (6 9) QRESYNC (6 9))"), ERR_SYNTAX },
		{ SPAN("B SELECT INBOX (FOO)"), ERR_SYNTAX },
		{ SPAN("B SELECT INBOX ()"), ERR_SYNTAX },
		{ SPAN("B SELECT INBOX (CONDSTORE"), ERR_SYNTAX },
		{ SPAN("B SELECT"), ERR_SYNTAX },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF text = BUF(1000);
		struct imap_cursor c = args_of(t[row].in, false, &mem);
		struct imap_select got = { 0 };

		CHECK_INT(imap_select_parse(&c, &got), t[row].err);
		buf_printf(&text, "%.*s%s", SPAN_ARG(got.mailbox),
		           got.condstore ? " CONDSTORE" : "");
		if (got.has_qresync)
			buf_printf(&text, " %u %ju", got.qresync.uid_validity,
			           (uintmax_t)got.qresync.mod_seq);
		if (got.qresync.has_known_uids)
			put_set(&text, "known", &got.qresync.known_uids);
		if (got.qresync.match_seqs.n_runs) {
			put_set(&text, "seqs", &got.qresync.match_seqs);
			put_set(&text, "uids", &got.qresync.match_uids);
		}
		CHECK_SPAN(buf_span(&text), t[row].want);
	}
}

TEST(imap_quota_is_read)
{
	AUTO_ARENA mem = { 0 };
	struct span root = SPAN("x");
	struct imap_set_quota got = { 0 };
	struct imap_cursor c = args_of(SPAN("G0001 GETQUOTA \"!partition/sda4\""), false, &mem);

	CHECK_INT(imap_get_quota_parse(&c, &root), 0);
	CHECK_SPAN(root, SPAN("!partition/sda4"));
	c = args_of(SPAN("A GETQUOTA \"\""), false, &mem);
	CHECK_INT(imap_get_quota_parse(&c, &root), 0);
	CHECK_SPAN(root, SPAN(""));
	c = args_of(SPAN("S0000 SETQUOTA \"#user/alice\" (STORAGE 510 MESSAGE 7)"), false, &mem);
	CHECK_INT(imap_set_quota_parse(&c, &got), 0);
	CHECK_SPAN(got.root, SPAN("#user/alice"));
	CHECK_INT(got.n_limits, 2);
	CHECK_SPAN(got.limits[0].resource, SPAN("STORAGE"));
	CHECK_INT(got.limits[1].limit, 7);
	c = args_of(SPAN("S SETQUOTA \"\" ()"), false, &mem);
	CHECK_INT(imap_set_quota_parse(&c, &got), 0);
	CHECK_INT(got.n_limits, 0);
	c = args_of(SPAN("S SETQUOTA \"\" (STORAGE)"), false, &mem);
	CHECK_INT(imap_set_quota_parse(&c, &got), ERR_SYNTAX);
}
