/* cmd/control_dns.c - see control_dns.h; controld/dns.c answers. */
#include "cmd/control_dns.h"

static enum dns_status status_of(const char *name)
{
	static const char *const names[] = {
		[DNS_FOUND] = "found", [DNS_NO_DATA] = "no-data", [DNS_NO_NAME] = "no-name"
	};

	for (size_t i = 0; i < N_ELEMS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (enum dns_status)i;
	return DNS_FAILED;
}

static int digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static int take_hex(const char *hex, struct arena *mem, struct span *out)
{
	size_t n = strlen(hex) / 2;
	char *octets = arena_alloc(mem, n + 1);

	if (!octets)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		octets[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	*out = span_make(octets, n);
	return 0;
}

static int take_record(json_t *from, struct arena *mem, struct dns_record *to)
{
	const char *hex = control_text(from, "hex");
	int r = arena_copy(mem, span_str(control_text(from, "name")), &to->name);

	if (r >= 0 && *hex)
		r = take_hex(hex, mem, &to->text);
	else if (r >= 0)
		r = arena_copy(mem, span_str(control_text(from, "text")), &to->text);
	if (ip_parse(span_str(control_text(from, "ip")), &to->ip) < 0)
		to->ip = (struct ip){ 0 };
	to->preference = (uint16_t)json_integer_value(json_object_get(from, "preference"));
	return r;
}

static int take_answer(json_t *answer, struct arena *mem, struct dns_answer *out)
{
	json_t *rows = json_object_get(answer, "records"), *row;
	struct dns_record *records = arena_array(mem, struct dns_record, json_array_size(rows) + 1);
	size_t i;
	struct span why = { 0 };
	int r = records ? arena_copy(mem, span_str(control_text(answer, "why")), &why)
	                : ERR_NO_MEMORY;

	for (i = 0; r >= 0 && i < json_array_size(rows); i++) {
		row = json_array_get(rows, i);
		r = take_record(row, mem, &records[i]);
	}
	if (r >= 0)
		*out = (struct dns_answer){ .status = status_of(control_text(answer, "status")),
			                    .secure =
			                            json_is_true(json_object_get(answer, "secure")),
			                    .records = records,
			                    .n = i,
			                    .failure = why };
	return r;
}

int control_dns(struct control *c, const struct dns_question *q, struct arena *mem,
                struct dns_answer *out)
{
	json_t *answer;
	int r = control_ask(c, json_pack("{s:s, s:s, s:i}", "call", "dns", "name", q->name, "type",
	                                 (int)q->type));

	if (r >= 0)
		r = control_answer(c, &answer);
	if (r < 0)
		return r;
	r = take_answer(answer, mem, out);
	json_decref(answer);
	return r;
}
