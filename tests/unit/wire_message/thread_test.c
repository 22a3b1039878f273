/* SORT and THREAD.  RFC 5256 2.2, 3, 4. */
#include "wire/message/thread/thread.h"
#include "base/buf.h"
#include "test.h"

/* Entries of messages given as header sections; numbers from 1, arrival in order. */
static void make(const char *const *headers, size_t n, struct arena *mem,
                 struct message_sort_entry *out)
{
	for (size_t i = 0; i < n; i++) {
		AUTO_BUF record = BUF(MESSAGE_ENVELOPE_BYTES);
		struct message_envelope e;

		CHECK_INT(message_envelope_pack(span_str(headers[i]), MESSAGE_ENVELOPE_BYTES,
		                                &record),
		          0);
		CHECK_INT(message_envelope_unpack(buf_span(&record), &e), 0);
		out[i] = (struct message_sort_entry){ .number = (uint32_t)i + 1,
			                              .arrival_s = 1000 + (int64_t)i,
			                              .size = 100 - (uint32_t)i };
		CHECK_INT(message_sort_entry_fill(&e,
		                                  MESSAGE_SORT_WANT_ADDRESSES |
		                                          MESSAGE_SORT_WANT_SUBJECT |
		                                          MESSAGE_SORT_WANT_REFERENCES,
		                                  mem, &out[i]),
		          0);
	}
}

enum { HEADERS_MAX = 16 };

static void check_threads(const char *const *headers, const char *references, const char *subjects)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF out = BUF(10000);
	static struct message_sort_entry entries[HEADERS_MAX];
	struct message_threads t;
	size_t n = 0;

	while (headers[n])
		n++;
	make(headers, n, &mem, entries);
	CHECK_INT(message_thread_references(entries, n, &mem, &t), 0);
	CHECK_INT(message_threads_print(&out, &t), 0);
	CHECK_SPAN(buf_span(&out), span_str(references));
	buf_reset(&out);
	CHECK_INT(message_thread_subjects(entries, n, &mem, &t), 0);
	CHECK_INT(message_threads_print(&out, &t), 0);
	CHECK_SPAN(buf_span(&out), span_str(subjects));
}

#define M(id, subject, rest)                                                                       \
	"Date: Thu, 1 Jan 1970 00:00:" id " +0000\r\nMessage-ID: <" id "@x>\r\nSubject: " subject  \
	"\r\n" rest "\r\n"
#define REFS(ids) "References: " ids "\r\n"

TEST(thread_examples)
{
	/* A chain, a fork (RFC 5256 4: "(3 6 (4 23)(44 7 96))"), a thread of one's own. */
	check_threads((const char *const[]){ M("01", "a", ""), M("02", "Re: a", REFS("<01@x>")),
	                                     M("03", "Re: a", REFS("<01@x> <02@x>")),
	                                     M("04", "Re: a", REFS("<01@x> <02@x>")),
	                                     M("05", "Re: a", REFS("<04@x>")), M("06", "b", ""),
	                                     NULL },
	              "(1 2 (3)(4 5))(6)", "(1 (2)(3)(4)(5))(6)");
	check_threads((const char *const[]){ NULL }, "", "");
	check_threads((const char *const[]){ "Subject: x\r\n", NULL }, "(1)", "(1)");
}

TEST(thread_dummies)
{
	/* The first message is missing: two children keep it, one takes its place. */
	check_threads((const char *const[]){ M("01", "x", REFS("<00@x>")),
	                                     M("02", "y", REFS("<00@x>")), NULL },
	              "((1)(2))", "(1)(2)");
	check_threads((const char *const[]){ M("01", "x", REFS("<00@x>")), NULL }, "(1)", "(1)");
	/* A missing one in the middle: its children move up. */
	check_threads((const char *const[]){ M("01", "x", ""), M("02", "x", REFS("<01@x> <00@x>")),
	                                     M("03", "x", REFS("<01@x> <00@x>")), NULL },
	              "(1 (2)(3))", "(1 (2)(3))");
	/* Missing ones above missing ones. */
	check_threads((const char *const[]){ M("01", "x", REFS("<0@x> <a@x> <b@x>")),
	                                     M("02", "y", REFS("<0@x> <c@x>")), NULL },
	              "((1)(2))", "(1)(2)");
}

TEST(thread_wrong_references)
{
	/* Circles, oneself, the same id twice, no id, a truncated References mended by B. */
	check_threads((const char *const[]){ M("01", "x", REFS("<02@x>")),
	                                     M("02", "y", REFS("<01@x>")), NULL },
	              "(2 1)", "(1)(2)");
	check_threads((const char *const[]){ M("01", "x", REFS("<01@x>")), NULL }, "(1)", "(1)");
	check_threads((const char *const[]){ M("01", "x", ""), M("01", "y", REFS("<01@x>")),
	                                     "Subject: z\r\nReferences: <01@x>\r\n", NULL },
	              "(1 (2)(3))", "(1)(2)(3)");
	check_threads((const char *const[]){ M("03", "x", REFS("<01@x> <02@x>")), M("01", "y", ""),
	                                     M("02", "z", REFS("<00@x>")), NULL },
	              "(2)(3 1)", "(2)(3)(1)");
}

/* Step 5: the same base subject. */
TEST(thread_subjects)
{
	/* A reply without references goes below; two that are none get a dummy. */
	check_threads((const char *const[]){ M("01", "x", ""), M("02", "Re: x", ""), NULL },
	              "(1 2)", "(1 2)");
	check_threads((const char *const[]){ M("01", "Re: x", ""), M("02", "x", ""), NULL },
	              "(2 1)", "(1 2)");
	check_threads((const char *const[]){ M("01", "x", ""), M("02", "X", ""),
	                                     M("03", "re: x", ""), NULL },
	              "((1)(2)(3))", "(1 (2)(3))");
	/* Two dummies become one; a message joins a dummy. */
	check_threads((const char *const[]){ M("01", "x", REFS("<a@x>")),
	                                     M("02", "x", REFS("<a@x>")),
	                                     M("03", "x", REFS("<b@x>")),
	                                     M("04", "x", REFS("<b@x>")), M("05", "x", ""), NULL },
	              "((1)(2)(3)(4)(5))", "(1 (2)(3)(4)(5))");
	/* No subject is no common subject. */
	check_threads((const char *const[]){ M("01", "", ""), M("02", "Re:", ""), NULL }, "(1)(2)",
	              "(1 2)");
}

/* Deep, and each one answered before it comes; nothing recurses, no step is taken twice too often.
 */
TEST(thread_deep)
{
	enum { N = 20000 };
	AUTO_ARENA mem = { .cap = 256 << 20 };
	AUTO_BUF out = BUF(1 << 20);
	struct message_sort_entry *entries = arena_array(&mem, struct message_sort_entry, N);
	struct message_threads t;
	int depth = 0;

	for (int up = 0; up < 2; up++) {
		for (int i = 0; i < N; i++) {
			int before = up ? i - 1 : i + 1;
			char *id = arena_printf(&mem, "<%d@x>", i);
			char *ref = arena_printf(&mem, "<%d@x>", before);

			entries[i] = (struct message_sort_entry){
				.number = (uint32_t)i + 1,
				.message_id = span_str(id),
				.references = before < 0 || before == N ? SPAN("") : span_str(ref),
			};
		}
		buf_reset(&out);
		CHECK_INT(message_thread_references(entries, N, &mem, &t), 0);
		CHECK_INT(message_threads_print(&out, &t), 0);
		depth = 0;
		for (int i = t.first; i >= 0; i = t.nodes[i].child)
			depth++;
		CHECK_INT(depth, N);
		CHECK(span_starts(buf_span(&out), up ? SPAN("(1 2 3 ") : SPAN("(20000 19999 ")));
	}
}

/* RFC 5256 3. */
TEST(sort_by_each_key)
{
	static const char *const headers[] = {
		"From: Z <b@x>\r\nTo: y@x\r\nSubject: Re: beta\r\nDate: Thu, 1 Jan 1970 00:00:30 "
		"+0000\r\n",
		"From: a@x\r\nCc: g: ;\r\nSubject: Alpha\r\nDate: Thu, 1 Jan 1970 01:00:20 "
		"+0100\r\n",
		"From: C@x\r\nTo: X@x\r\nSubject: [l] alpha (fwd)\r\n",
	};
	static const struct {
		struct message_sort_by by[2];
		size_t n;
		uint32_t want[3];
	} t[] = {
		{ { { MESSAGE_SORT_ARRIVAL, false } }, 1, { 1, 2, 3 } },
		{ { { MESSAGE_SORT_ARRIVAL, true } }, 1, { 3, 2, 1 } },
		{ { { MESSAGE_SORT_SIZE, false } }, 1, { 3, 2, 1 } },
		{ { { MESSAGE_SORT_FROM, false } }, 1, { 2, 1, 3 } },
		{ { { MESSAGE_SORT_TO, false } }, 1, { 2, 3, 1 } },
		{ { { MESSAGE_SORT_CC, false } }, 1, { 1, 3, 2 } },
		{ { { MESSAGE_SORT_DATE, false } }, 1, { 2, 1, 3 } }, /* the third's: its arrival */
		{ { { MESSAGE_SORT_SUBJECT, false } }, 1, { 2, 3, 1 } },
		{ { { MESSAGE_SORT_SUBJECT, true }, { MESSAGE_SORT_ARRIVAL, true } },
		  2,
		  { 1, 3, 2 } },
		{ { { 0 } }, 0, { 1, 2, 3 } },
	};

	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct message_sort_entry entries[3];

		make(headers, 3, &mem, entries);
		message_sort(entries, 3, t[row].by, t[row].n);
		for (size_t i = 0; i < 3; i++)
			CHECK_INT(entries[i].number, t[row].want[i]);
	}
	message_sort(NULL, 0, NULL, 0);
}
