/* The conversation that a message names.  RFC 8474 5.2, RFC 5322 3.6.4, RFC 5256 3. */
#include "wire/message/thread/root.h"
#include "test.h"

#define A "<a@b.test>"
#define C "<c@d.test>"

TEST(root_of_a_conversation)
{
	static const struct {
		const char *header;
		bool is_a; /* one with A */
	} t[] = {
		{ "Message-ID: " A "\r\n\r\n", true },
		{ "Message-ID: " C "\r\nIn-Reply-To: " A "\r\n", true },
		{ "In-Reply-To: " A "\r\nMessage-ID: " C "\r\n", true },
		{ "In-Reply-To: " C "\r\nMessage-ID: " C "\r\nReferences: " A "\r\n\t" C "\r\n",
		  true },
		{ "REFERENCES: " A " " C "\r\nIn-Reply-To: " C "\r\n", true },
		{ "References: " A "\r\nReferences: " C "\r\n", true },
		{ "Message-ID: <\"a\"@b.test>\r\n", true }, /* RFC 5256 3: the same id */
		{ "References: nothing\r\nIn-Reply-To: your letter\r\nMessage-ID:\r\n " A "\r\n",
		  true },
		{ "References: <no id> " A "\r\n", true },
		{ "Subject: x\r\n\r\nReferences: " A "\r\n", false }, /* a body */
		{ "Message-ID: " C "\r\n", false },
		{ "Message-ID: a@b.test\r\n", false },
		{ "References: <a@b.test\r\n", false },
		{ "", false },
	};
	uint64_t a = message_thread_root(SPAN("Message-ID: " A "\r\n"));

	CHECK(a == UINT64_C(0x7bcfca94b47112b4)); /* FNV-1a */
	EACH_ROW(t) {
		uint64_t root = message_thread_root(exact(span_str(t[row].header)));
		CHECK_INT(root == a, t[row].is_a);
	}
	CHECK_INT(message_thread_root(SPAN("Subject: x\r\n")), 0);
}
