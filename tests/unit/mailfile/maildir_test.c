/* Names in a Maildir.  maildir(5); Maildir++; dovecot-keywords. */
#include "base/arena.h"
#include "mailfile/maildir.h"
#include "mailfile/name.h"
#include "test.h"

TEST(maildir_flags_are_read)
{
	static const struct {
		struct span name, words;
	} t[] = {
		{ SPAN("1700000000.M1P2.host:2,"), SPAN("") },
		{ SPAN("1700000000.M1P2.host"), SPAN("") },
		{ SPAN("1.x:2,DFPRST"),
		  SPAN("\\Seen \\Answered \\Flagged \\Deleted \\Draft $Forwarded") },
		{ SPAN("1.x,S=99,W=101:2,Sab"), SPAN("\\Seen work $Junk") },
		{ SPAN("1.x:2,aab"), SPAN("work $Junk") },
		{ SPAN("1.x:2,PScz"), SPAN("\\Seen $Forwarded") },
		{ SPAN("1.x:2,S,ab"), SPAN("\\Seen") },
		{ SPAN("1.x:1,S"), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF words = BUF(1000);
		struct maildir_keywords k;
		struct mailfile_flags got;
		maildir_keywords_parse(
		        exact(SPAN(
		                "0 work\n1 $Junk\n2 $forwarded\n99 no\nx y\n\n2\n3 two words\n")),
		        &k);
		CHECK_INT(maildir_flags_parse(exact(t[row].name), &k, &mem, &got), 0);
		mailfile_flags_put(&got, &words);
		CHECK_SPAN(buf_span(&words), t[row].words);
	}
}

TEST(maildir_flags_are_written)
{
	struct maildir_keywords k = { { SPAN("work") } };
	struct mailfile_flags flags = { MAILFILE_SEEN | MAILFILE_DRAFT,
		                        SPAN("$Label1 WORK $forwarded") };
	AUTO_BUF name = BUF(100), file = BUF(1000);
	uint64_t n_lost = 0;

	CHECK_INT(maildir_flags_put(&flags, &k, &name, &n_lost), 0);
	CHECK_SPAN(buf_span(&name), SPAN(":2,DPSabc"));
	CHECK_INT(maildir_keywords_put(&k, &file), 0);
	CHECK_SPAN(buf_span(&file), SPAN("0 work\n1 $Label1\n2 $forwarded\n"));
	for (int i = 0; i < MAILDIR_LETTERS; i++)
		k.words[i] = SPAN("taken");
	CHECK_INT(maildir_flags_put(&flags, &k, &name, &n_lost), 0);
	CHECK_INT(n_lost, 2);
}

TEST(maildir_folders)
{
	static const struct {
		struct span name;
		int err;
		struct span path;
		bool one_way; /* it is written otherwise */
	} t[] = {
		{ SPAN(".Sent"), 0, SPAN("Sent"), false },
		{ SPAN(".A.B"), 0, SPAN("A/B"), false },
		{ SPAN(".Gr&APwA3w-e.x"), 0,
		  SPAN("Gr\xc3\xbc\xc3\x9f"
		       "e/x"),
		  false },
		{ SPAN(".Gr\xc3\xbc"), 0, SPAN("Gr\xc3\xbc"), true },
		{ SPAN(".a\\2eb.c\\5c"), 0, SPAN("a.b/c\\"), false },
		{ SPAN(".A&-B"), 0, SPAN("A&B"), false },
		{ SPAN("A"), ERR_SYNTAX, SPAN(""), false },
		{ SPAN("."), ERR_SYNTAX, SPAN(""), false },
		{ SPAN(".A..B"), ERR_SYNTAX, SPAN(""), false },
		{ SPAN(".\xff"), ERR_SYNTAX, SPAN(""), false },
	};
	EACH_ROW(t) {
		AUTO_BUF path = BUF(1000), name = BUF(1000);
		CHECK_INT(maildir_folder_get(exact(t[row].name), &path), t[row].err);
		if (t[row].err)
			continue;
		CHECK_SPAN(buf_span(&path), t[row].path);
		CHECK_INT(maildir_folder_put(exact(t[row].path), &name), 0);
		if (!t[row].one_way)
			CHECK_SPAN(buf_span(&name), t[row].name);
	}
}

TEST(maildir_subscriptions)
{
	static const struct {
		struct span file, paths;
	} t[] = {
		{ SPAN("V\t2\n\nA\tB\nSent\n"), SPAN("A/B,Sent,") },
		{ SPAN("A.B\nSent\n\n..\nlast"), SPAN("A/B,Sent,last,") },
		{ SPAN("INBOX\nINBOX.A.B\nINBOX.Sent\n"), SPAN("INBOX,A/B,Sent,") },
		{ SPAN(""), SPAN("") },
	};
	EACH_ROW(t) {
		AUTO_BUF paths = BUF(1000);
		struct span rest = exact(t[row].file);
		while (maildir_subscription_next(&rest, &paths))
			buf_putc(&paths, ',');
		CHECK_SPAN(buf_span(&paths), t[row].paths);
	}
	AUTO_BUF line = BUF(100);
	CHECK_INT(maildir_subscription_put(SPAN("A/B"), &line), 0);
	CHECK_SPAN(buf_span(&line), SPAN("A\tB\n"));
}

TEST(maildir_names_have_an_order)
{
	static const char *const rising[] = { "",     "x",    "1.a",          "1.b",
		                              "02.a", "10.a", "1700000000.M", "99999999999.x" };

	for (size_t i = 0; i < N_ELEMS(rising); i++)
		for (size_t j = 0; j < N_ELEMS(rising); j++) {
			int r = maildir_name_cmp(span_str(rising[i]), span_str(rising[j]));
			CHECK_INT((r > 0) - (r < 0), (i > j) - (i < j));
		}
}

TEST(names_of_files_come_back)
{
	static const struct {
		struct span level, name;
	} t[] = {
		{ SPAN("Work"), SPAN("Work") },         { SPAN("100%"), SPAN("100%25") },
		{ SPAN(".x"), SPAN("%2Ex") },           { SPAN("a.mbox"), SPAN("a%2Embox") },
		{ SPAN("a.mbox.b"), SPAN("a.mbox.b") }, { SPAN("A&-B"), SPAN("A%26-B") },
		{ SPAN("..eml"), SPAN("%2E%2Eeml") },
	};
	EACH_ROW(t) {
		AUTO_BUF name = BUF(1000), level = BUF(1000);
		CHECK_INT(mailfile_name_put(exact(t[row].level), &name), 0);
		CHECK_SPAN(buf_span(&name), t[row].name);
		CHECK_INT(mailfile_name_get(exact(t[row].name), &level), 0);
		CHECK_SPAN(buf_span(&level), t[row].level);
	}
	AUTO_BUF name = BUF(4000), foreign = BUF(100);
	CHECK_INT(mailfile_name_get(SPAN("Entw&APw-rfe/A&B"), &foreign), 0);
	CHECK_SPAN(buf_span(&foreign), SPAN("Entw&APw-rfe/A&B")); /* not one: as it is */
	buf_reset(&foreign);
	CHECK_INT(mailfile_name_get(SPAN("Entw&APw-rfe"), &foreign), 0);
	CHECK_SPAN(buf_span(&foreign), SPAN("Entw\xc3\xbc"
	                                    "rfe"));
	static char wide[300];
	memset(wide, '%', sizeof wide);
	CHECK_INT(mailfile_name_put(span_make(wide, 81), &name), ERR_TOO_LONG);
}
