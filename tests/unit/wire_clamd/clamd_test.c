/* wire/clamd/: clamd(8); ClamAV's manual, "File hash signatures". */
#include "test.h"

#include "wire/clamd/clamd.h"
#include "wire/clamd/hash_line.h"

TEST(clamd_frames)
{
	AUTO_BUF out = BUF(100);

	CHECK_INT(clamd_session_put(&out), 0);
	CHECK_INT(clamd_stream_put(&out), 0);
	CHECK_INT(clamd_chunk_head(&out, 0x10203), 0);
	CHECK_INT(clamd_stream_end(&out), 0);
	CHECK_SPAN(buf_span(&out), SPAN("zIDSESSION\0zINSTREAM\0\0\1\2\3\0\0\0\0"));
	CHECK_INT(clamd_chunk_head(&out, 0), ERR_BUG);
	CHECK_INT(clamd_chunk_head(&out, CLAMD_CHUNK_MAX + 1), ERR_BUG);
}

TEST(clamd_replies)
{
	static const struct {
		struct span in;
		int r;
		uint32_t stream;
		enum clamd_verdict verdict;
		struct span words;
	} t[] = {
		{ SPAN("1: stream: OK\0"), 1, 1, CLAMD_CLEAN, SPAN("") },
		{ SPAN("stream: OK\0"), 1, 0, CLAMD_CLEAN, SPAN("") },
		{ SPAN("7: stream: Eicar-Signature FOUND\0"), 1, 7, CLAMD_FOUND,
		  SPAN("Eicar-Signature") },
		{ SPAN("7: stream: A FOUND FOUND\0"), 1, 7, CLAMD_FOUND, SPAN("A FOUND") },
		{ SPAN("1: stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0"), 1, 1,
		  CLAMD_LIMIT, SPAN("Heuristics.Limits.Exceeded.MaxFileSize") },
		{ SPAN("INSTREAM size limit exceeded. ERROR\0"), 1, 0, CLAMD_LIMIT,
		  SPAN("INSTREAM size limit exceeded.") },
		{ SPAN("2: stream: Can't allocate memory ERROR\0"), 1, 2, CLAMD_ERROR,
		  SPAN("Can't allocate memory") },
		{ SPAN("COMMAND READ TIMED OUT ERROR\0"), 1, 0, CLAMD_ERROR,
		  SPAN("COMMAND READ TIMED OUT") },
		{ SPAN("3: ClamAV 1.4.6/27500/Mon Jan  1 00:00:00 2026\0"), 1, 3, CLAMD_VERSION,
		  SPAN("ClamAV 1.4.6/27500/Mon Jan  1 00:00:00 2026") },
		/* half an answer */
		{ SPAN(""), 0, 0, 0, SPAN("") },
		{ SPAN("1: stream: OK"), 0, 0, 0, SPAN("") },
		/* none is clean by being like it */
		{ SPAN("\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("OK\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("stream: OK \0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("stream: ok\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("stream: OK\n\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("0: stream: OK\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("4294967296: stream: OK\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("1 stream: OK\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("1: stream: ClamAV 1.4.6\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("file: OK\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("stream:  FOUND\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("stream: a\x1b[31m FOUND\0"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("HTTP/1.1 400 Bad Request\0"), ERR_SYNTAX, 0, 0, SPAN("") },
	};

	EACH_ROW(t) {
		struct clamd_reply reply = { 0 };
		struct span in = exact(t[row].in);
		int want = t[row].r;

		CHECK_INT(clamd_reply_take(&in, &reply), want);
		CHECK_INT(in.n, want == 1 ? 0 : t[row].in.n);
		if (want != 1)
			continue;
		CHECK_INT(reply.stream, t[row].stream);
		CHECK_INT(reply.verdict, t[row].verdict);
		CHECK_SPAN(reply.words, t[row].words);
	}
}

TEST(clamd_replies_have_a_bound)
{
	static char long_reply[CLAMD_REPLY_MAX + 1];
	struct clamd_reply reply;
	struct span in = { long_reply, CLAMD_REPLY_MAX - 1 };

	memset(long_reply, 'a', CLAMD_REPLY_MAX);
	CHECK_INT(clamd_reply_take(&in, &reply), 0);
	in.n = sizeof(long_reply);
	CHECK_INT(clamd_reply_take(&in, &reply), ERR_TOO_LONG);
}

TEST(clamd_hash_lines)
{
	static const struct {
		struct span in;
		int r;
		size_t hash_n;
		int64_t size;
		struct span name;
	} t[] = {
#define MD5 "48c4533230e1ae1c118c741c0db19dfb"
		{ SPAN(MD5 ":17387:test.exe"), 1, 16, 17387, SPAN("test.exe") },
		{ SPAN(MD5 ":*:Any.Size:73"), 1, 16, CLAMD_HASH_ANY_SIZE, SPAN("Any.Size") },
		{ SPAN(MD5 "DEADBEEF:0:a"), 1, 20, 0, SPAN("a") },
		{ SPAN(MD5 MD5 ":1:a b:73:99"), 1, 32, 1, SPAN("a b") },
		{ SPAN(""), 0, 0, 0, SPAN("") },
		{ SPAN("  "), 0, 0, 0, SPAN("") },
		{ SPAN("# list"), 0, 0, 0, SPAN("") },
		{ SPAN(MD5), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN(MD5 ":1"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN(MD5 ":1:"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN(MD5 ":-1:a"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN(MD5 ":99999999999999999999:a"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN(MD5 "0:1:a"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN("x8c4533230e1ae1c118c741c0db19dfb:1:a"), ERR_SYNTAX, 0, 0, SPAN("") },
		{ SPAN(MD5 ":1:a\x1b"), ERR_SYNTAX, 0, 0, SPAN("") },
	};

	EACH_ROW(t) {
		struct clamd_hash h = { 0 };

		CHECK_INT(clamd_hash_line(exact(t[row].in), &h), t[row].r);
		if (t[row].r != 1)
			continue;
		CHECK_INT(h.hash_n, t[row].hash_n);
		CHECK_INT(h.hash[0], 0x48);
		CHECK_INT(h.hash[15], 0xfb);
		CHECK_INT(h.size, t[row].size);
		CHECK_SPAN(h.name, t[row].name);
	}
}
