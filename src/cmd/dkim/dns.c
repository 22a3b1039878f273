/* cmd/dkim/dns.c - asks the running server what DNS says; see dkim_cmd.h. */
#include "cmd/dkim/dkim_cmd.h"

#include <string.h>

#include "base/err.h"

static enum dns_status status_of(const char *word)
{
	return strcmp(word, "found") == 0     ? DNS_FOUND
	       : strcmp(word, "no-data") == 0 ? DNS_NO_DATA
	       : strcmp(word, "no-name") == 0 ? DNS_NO_NAME
	                                      : DNS_FAILED;
}

static int take(json_t *answer, struct arena *mem, struct dns_answer *out)
{
	json_t *texts = json_object_get(answer, "texts"), *one;
	size_t n = json_array_size(texts), i;
	struct dns_record *records = arena_array(mem, struct dns_record, n ? n : 1);
	int r = records ? 0 : ERR_NO_MEMORY;

	json_array_foreach(texts, i, one)
	{
		if (r >= 0)
			r = arena_copy(mem,
			               span_make(json_string_value(one), json_string_length(one)),
			               &records[i].text);
	}
	*out = (struct dns_answer){ .status = status_of(control_text(answer, "status")),
		                    .records = records,
		                    .n = n };
	return r;
}

int dkim_cmd_look_up(struct control *c, const char *name, struct arena *mem, struct dns_answer *out)
{
	json_t *answer;
	int r = control_ask(c, json_pack("{s:s, s:s}", "call", "dns", "name", name));

	if (r >= 0)
		r = control_answer(c, &answer);
	if (r < 0)
		return r;
	r = take(answer, mem, out);
	json_decref(answer);
	return r;
}
