/* pop3d/maildrop.c - see maildrop.h. */
#include "pop3d/maildrop.h"

#include <stdlib.h>

void maildrop_fini(struct maildrop *m)
{
	view_fini(&m->view);
	free(m->marks);
	*m = (struct maildrop){ 0 };
}

int maildrop_add(struct maildrop *m, uint32_t uid, uint32_t size)
{
	if (m->view.n == UINT32_MAX - 1)
		return err(ERR_LIMIT, "the mailbox has too many messages for POP3");
	int r = view_append(&m->view, uid, 1);
	if (r >= 0)
		m->octets += size;
	return r;
}

bool maildrop_is_marked(const struct maildrop *m, uint32_t number)
{
	return m->marks && (m->marks[number / 8] & 1u << number % 8);
}

int maildrop_mark(struct maildrop *m, uint32_t number, uint32_t size)
{
	if (!m->marks && !(m->marks = calloc(1, m->view.n / 8 + 1)))
		return ERR_NO_MEMORY;
	m->marks[number / 8] |= (uint8_t)(1u << number % 8);
	m->n_marked++;
	m->marked_octets += size;
	return 0;
}

void maildrop_unmark_all(struct maildrop *m)
{
	free(m->marks);
	m->marks = NULL;
	m->n_marked = 0;
	m->marked_octets = 0;
}

uint32_t maildrop_next_marked(const struct maildrop *m, uint32_t from)
{
	for (uint32_t n = from; m->marks && n <= m->view.n; n++)
		if (maildrop_is_marked(m, n))
			return n;
	return 0;
}
