/* component/mail/envelope.c - see envelope.h.
 *
 * The same address is found by a table of rows, eight octets a place: a hundred thousand recipients
 * are to cost little.
 */
#include "component/mail/envelope.h"

#include <stdlib.h>

#include "base/map.h"
#include "wire/smtp/path.h"

struct place {
	uint32_t hash, row; /* row: counted from 1; 0 is free */
};

struct envelope {
	struct mail_made *made;
	struct place *places;
	size_t mask;
};

/* RFC 5321 2.4: the domain in whatever case. */
static int canonical(struct span address, struct buf *out)
{
	struct smtp_path path;

	if (smtp_address_split(address, 0, &path) < 0)
		return mail_check_recipient(address); /* says what is wrong with it */
	return smtp_path_canonical(&path, out);
}

static bool is_row(const struct envelope *e, const struct place *p, uint32_t hash, struct span key)
{
	AUTO_BUF other = BUF(2048);

	return p->hash == hash && canonical(e->made->addresses[p->row - 1], &other) >= 0 &&
	       span_eq(buf_span(&other), key);
}

static int add_address(struct envelope *e, struct span address)
{
	AUTO_BUF key = BUF(2048);
	int r = canonical(address, &key);
	uint32_t hash;
	size_t at;

	if (r < 0)
		return r;
	hash = (uint32_t)map_hash(buf_span(&key));
	for (at = hash & e->mask; e->places[at].row; at = (at + 1) & e->mask)
		if (is_row(e, &e->places[at], hash, buf_span(&key)))
			return 0;
	e->made->addresses[e->made->n_addresses++] = address;
	e->places[at] = (struct place){ hash, (uint32_t)e->made->n_addresses };
	return 0;
}

static int add_people(struct envelope *e, const struct mail_people *people)
{
	int r = 0;

	for (size_t i = 0; i < people->n && r >= 0; i++)
		r = add_address(e, people->v[i].address);
	return r;
}

int envelope_make(const struct postrider_mail *m, const struct mail_people *more,
                  struct mail_made *made)
{
	const struct mail_people *const all[] = { &m->to, &m->cc, &m->bcc, more };
	struct envelope e = { .made = made, .mask = 15 };
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(all); i++)
		n += all[i]->n;
	if (n > UINT32_MAX / 4)
		return err(ERR_LIMIT, "more than %u recipients", UINT32_MAX / 4);
	while (e.mask < 2 * n)
		e.mask = 2 * e.mask + 1;
	made->addresses = arena_array(&made->mem, struct span, n);
	e.places = calloc(e.mask + 1, sizeof *e.places);
	if ((n && !made->addresses) || !e.places)
		r = err(ERR_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < N_ELEMS(all) && r >= 0; i++)
		r = add_people(&e, all[i]);
	free(e.places);
	return r;
}
