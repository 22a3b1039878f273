/* pop3d/maildrop.c - see maildrop.h. */
#include "pop3d/maildrop.h"

#include <stdlib.h>

void maildrop_fini(struct maildrop *m)
{
	free(m->runs);
	free(m->marks);
	*m = (struct maildrop){ 0 };
}

uint32_t maildrop_last_uid(const struct maildrop *m)
{
	return maildrop_uid(m, m->n);
}

int maildrop_add(struct maildrop *m, uint32_t uid, uint32_t size)
{
	if (m->n == UINT32_MAX - 1)
		return err(ERR_LIMIT, "the mailbox has too many messages for POP3");
	if (!m->n_runs || maildrop_last_uid(m) + 1 != uid) {
		size_t room = m->n_runs < m->room ? m->room : m->room ? 2 * m->room : 4;
		struct maildrop_run *runs = m->runs;
		if (room != m->room && !(runs = realloc(runs, room * sizeof *runs)))
			return ERR_NO_MEMORY;
		m->runs = runs;
		m->room = room;
		m->runs[m->n_runs++] = (struct maildrop_run){ uid, m->n + 1 };
	}
	m->n++;
	m->octets += size;
	return 0;
}

uint32_t maildrop_uid(const struct maildrop *m, uint32_t number)
{
	size_t low = 0, high = m->n_runs;

	if (!number || number > m->n)
		return 0;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (m->runs[mid].number <= number)
			low = mid;
		else
			high = mid;
	}
	return m->runs[low].uid + (number - m->runs[low].number);
}

uint32_t maildrop_number(const struct maildrop *m, uint32_t uid)
{
	size_t low = 0, high = m->n_runs;

	if (!m->n_runs || uid < m->runs[0].uid)
		return 0;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (m->runs[mid].uid <= uid)
			low = mid;
		else
			high = mid;
	}
	uint32_t end = low + 1 < m->n_runs ? m->runs[low + 1].number : m->n + 1;
	uint32_t at = uid - m->runs[low].uid;
	return at < end - m->runs[low].number ? m->runs[low].number + at : 0;
}

bool maildrop_is_marked(const struct maildrop *m, uint32_t number)
{
	return m->marks && (m->marks[number / 8] & 1u << number % 8);
}

int maildrop_mark(struct maildrop *m, uint32_t number, uint32_t size)
{
	if (!m->marks && !(m->marks = calloc(1, m->n / 8 + 1)))
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
	for (uint32_t n = from; m->marks && n <= m->n; n++)
		if (maildrop_is_marked(m, n))
			return n;
	return 0;
}
