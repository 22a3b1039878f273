/* Line ends in files and messages.  RFC 5322 2.1; RFC 4155. */
#include "mailfile/flags.h"
#include "mailfile/lines.h"
#include "test.h"

TEST(files_become_messages)
{
	static const struct {
		struct span file, message;
	} t[] = {
		{ SPAN(""), SPAN("") },
		{ SPAN("a"), SPAN("a") },
		{ SPAN("a\nb\n"), SPAN("a\r\nb\r\n") },
		{ SPAN("a\nb\r\nc\n"), SPAN("a\r\nb\r\nc\r\n") }, /* mixed, as programs leave it */
		{ SPAN("a\r\nb\nc\r\n"), SPAN("a\r\nb\nc\r\n") }, /* in CRLF each octet stays */
		{ SPAN("a\r\r\nb\r"), SPAN("a\r\r\nb\r") },
		{ SPAN("\n\r"), SPAN("\r\n\r") },
		{ SPAN("a\0\rb\n"), SPAN("a\0\rb\r\n") },
	};
	EACH_ROW(t) {
		AUTO_BUF message = BUF(1000);
		CHECK_INT(mailfile_text_get(exact(t[row].file), &message), 0);
		CHECK_SPAN(buf_span(&message), t[row].message);
	}
}

TEST(messages_come_back)
{
	static const struct {
		struct span message, file;
	} t[] = {
		{ SPAN("a\r\nb\r\n"), SPAN("a\nb\n") },
		{ SPAN("a\rb\r\n\r"), SPAN("a\rb\n\r") },
		{ SPAN("a\r\nb\nc\r\n"), SPAN("a\r\nb\nc\r\n") },
		{ SPAN("a\r\nb\r\r\n"), SPAN("a\r\nb\r\r\n") },
		{ SPAN("a"), SPAN("a") },
	};
	EACH_ROW(t) {
		AUTO_BUF file = BUF(1000), again = BUF(1000);
		struct span message = exact(t[row].message);
		CHECK_INT(mailfile_text_put(message, mailfile_eol_of(message), &file), 0);
		CHECK_SPAN(buf_span(&file), t[row].file);
		CHECK_INT(mailfile_text_get(buf_span(&file), &again), 0);
		CHECK_SPAN(buf_span(&again), message);
	}
}

TEST(flags_are_words)
{
	static const struct {
		struct span in, out;
		unsigned system;
	} t[] = {
		{ SPAN(""), SPAN(""), 0 },
		{ SPAN("\\seen  $Forwarded \\Recent work "), SPAN("\\Seen $Forwarded work"),
		  MAILFILE_SEEN },
		{ SPAN("\\Deleted \\Draft \\Flagged \\Answered"),
		  SPAN("\\Answered \\Flagged \\Deleted \\Draft"),
		  MAILFILE_DELETED | MAILFILE_DRAFT | MAILFILE_FLAGGED | MAILFILE_ANSWERED },
	};
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		AUTO_BUF out = BUF(1000);
		struct mailfile_flags flags;
		CHECK_INT(mailfile_flags_parse(exact(t[row].in), &mem, &flags), 0);
		CHECK_INT(flags.system, t[row].system);
		CHECK_INT(mailfile_flags_put(&flags, &out), 0);
		CHECK_SPAN(buf_span(&out), t[row].out);
	}
}
