/* Lines are taken up to CRLF only; a command that is taken holds no CR, LF or NUL (RFC 5321 2.3.8).
 */
#include "fuzz.h"

#include "wire/smtp/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size), line;
	struct smtp_command command;

	for (;;) {
		struct span from = in;
		int r = smtp_line_take(&in, SMTP_COMMAND_MAX, &line);

		if (r < 0) {
			MUST(r == ERR_AGAIN ? in.n < SMTP_COMMAND_MAX : r == ERR_TOO_LONG);
			MUST(in.p == from.p && in.n == from.n);
			break;
		}
		MUST(line.n + 2 <= SMTP_COMMAND_MAX && line.n + 2 + in.n == from.n);
		MUST(span_find_span(line, SPAN("\r\n")) < 0);
		r = smtp_command_parse(line, &command);
		if (r < 0)
			continue;
		MUST(command.verb < SMTP_VERB_COUNT && command.name.n > 0);
		MUST(span_find(line, '\0') < 0 && span_find(line, '\r') < 0 &&
		     span_find(line, '\n') < 0);
	}
	if (smtp_command_parse(span_make(data, size), &command) == 0)
		MUST(size + 2 <=
		     (command.verb == SMTP_VERB_AUTH ? SMTP_AUTH_LINE_MAX : SMTP_COMMAND_MAX));
	return 0;
}
