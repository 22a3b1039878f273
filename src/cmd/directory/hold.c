/* cmd/directory/hold.c - see hold.h. */
#include "cmd/directory/hold.h"

#include <stdio.h>

#include "calls/queue.h"
#include "cmd/control.h"

static int ask(struct control *c, const char *login, json_t **end)
{
	int r = control_ask(c, json_pack("{s:s, s:s, s:s, s:s, s:s}", "call", "order", "order",
	                                 "release", "login", login, "who", QUEUE_BY_ACCOUNT, "why",
	                                 "the account was released"));

	while (r >= 0) {
		r = control_answer(c, end);
		if (r < 0 || control_is_last(*end))
			break;
		json_decref(*end);
	}
	return r;
}

int hold_let_go(const struct settings *set, const char *login, bool json)
{
	FILE *out = json ? stderr : stdout;
	struct control c;
	json_t *end;

	if (!control_server(set)) {
		fprintf(out,
		        "No server runs. What its queue holds of the account, this lets go once it "
		        "does:\n  postrider queue release --login %s --all\n",
		        login);
		return 0;
	}
	int r = control_open(set, &c);
	if (r < 0)
		return r;
	r = ask(&c, login, &end);
	control_close(&c);
	if (r < 0)
		return r;
	fprintf(out, "%lld recipients of its mail were held, and are tried now\n",
	        (long long)json_integer_value(json_object_get(end, "done")));
	json_decref(end);
	return 0;
}
