/* wire/imap/args/login.c - see login.h. */
#include "wire/imap/args/login.h"

#include "wire/imap/args/args_impl.h"
#include "wire/imap/capability.h"

int imap_login_parse(struct imap_cursor *c, struct imap_login *out)
{
	struct imap_login got;
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_astring(c, "a user name", &got.user);
	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : imap_take_astring(c, "a password", &got.password);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

int imap_authenticate_parse(struct imap_cursor *c, struct imap_authenticate *out)
{
	struct imap_authenticate got = { 0 };
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_atom(c, "a mechanism", &got.mechanism);
	if (e == 0 && imap_at(c, ' ')) {
		e = imap_take_sp(c);
		got.has_initial = c->rest.n > 0;
	}
	if (e == 0 && got.has_initial)
		e = imap_take_atom(c, "an initial response", &got.initial);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	if (span_eq(got.initial, SPAN("="))) /* RFC 4959 3 */
		got.initial = SPAN("");
	*out = got;
	return 0;
}

static int take_id_pair(struct imap_cursor *c, struct imap_id_pair *out)
{
	bool nil;
	int e = imap_take_string(c, "a field's name in quotes", &out->field);

	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : imap_take_nstring(c, "a field's value", &out->value, &nil);
	if (e < 0)
		return e;
	if (out->field.n > IMAP_ID_FIELD_MAX || out->value.n > IMAP_ID_VALUE_MAX)
		return imap_fault(c, ERR_TOO_LONG, "a field is over %d, or a value over %d octets",
		                  IMAP_ID_FIELD_MAX, IMAP_ID_VALUE_MAX);
	return 0;
}

static int take_id_pairs(struct imap_cursor *c, struct imap_id *out)
{
	struct imap_id_pair *pairs = NULL;
	size_t n = 0;
	int e;

	do {
		if (n == IMAP_ID_PAIRS_MAX)
			return imap_fault(c, ERR_LIMIT, "over %d fields", IMAP_ID_PAIRS_MAX);
		pairs = imap_room_for_one(c->mem, pairs, n, sizeof *pairs);
		if (!pairs)
			return ERR_NO_MEMORY;
		e = take_id_pair(c, &pairs[n++]);
	} while (e == 0 && imap_eat(c, ' '));
	e = e < 0 ? e : imap_take(c, ')', "the ) of the fields");
	*out = (struct imap_id){ .pairs = pairs, .n_pairs = n };
	return e;
}

int imap_id_parse(struct imap_cursor *c, struct imap_id *out)
{
	struct imap_id got = { 0 };
	int e = imap_take_sp(c);

	if (e == 0 && !imap_eat_word(c, "NIL")) {
		e = imap_take(c, '(', "the ( of the fields");
		if (e == 0 && !imap_eat(c, ')'))
			e = take_id_pairs(c, &got);
	}
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

int imap_enable_parse(struct imap_cursor *c, uint64_t *out)
{
	uint64_t got = 0;
	int e;

	do {
		struct span word;

		e = imap_take_sp(c);
		e = e < 0 ? e : imap_take_atom(c, "an extension", &word);
		if (e == 0)
			got |= imap_capability_enable(word);
	} while (e == 0 && c->rest.n > 1);
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}

int imap_compress_parse(struct imap_cursor *c)
{
	struct span mechanism;
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take_atom(c, "a mechanism", &mechanism);
	e = e < 0 ? e : imap_take_end(c);
	if (e == 0 && !span_eq_nocase(mechanism, SPAN("DEFLATE")))
		return imap_fault(c, ERR_REFUSED, "the only mechanism is DEFLATE");
	return e;
}
