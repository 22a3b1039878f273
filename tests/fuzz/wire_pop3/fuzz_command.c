/* One command line. */
#include "fuzz.h"

#include "wire/pop3/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = span_make(data, size);
	struct pop3_command c;
	int r = pop3_command_parse(line, &c);

	if (r < 0) {
		MUST(r == ERR_SYNTAX || r == ERR_UNKNOWN || r == ERR_TOO_LONG);
		MUST(*err_str(r));
		return 0;
	}
	MUST(c.verb > POP3_VERB_UNKNOWN && c.verb < POP3_VERB_COUNT);
	MUST(line.n <= POP3_AUTH_LINE_MAX - 2);
	MUST(!c.args.n || (c.args.p > line.p && c.args.p + c.args.n == line.p + line.n));
	MUST(span_find(c.args, '\0') < 0 && span_find(c.args, '\n') < 0 &&
	     span_find(c.args, '\r') < 0);
	MUST(c.numbered || (!c.n && !c.n_lines));
	/* Refused in one state at most. */
	MUST(!pop3_verb_refusal(c.verb, false) || !pop3_verb_refusal(c.verb, true));
	return 0;
}
