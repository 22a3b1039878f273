/* wire/imap/args/select.c - SELECT and EXAMINE; see mailbox.h. */
#include "wire/imap/args/mailbox.h"
#include "wire/imap/args/mailbox_impl.h"

/* "(seqs uids)", behind its "(". */
static int take_match(struct imap_cursor *c, struct imap_qresync *q)
{
	int e = imap_take_plain_set(c, &q->match_seqs);

	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : imap_take_plain_set(c, &q->match_uids);
	e = e < 0 ? e : imap_take(c, ')', "the ) of numbers and UIDs");
	if (e == 0 && imap_set_count(&q->match_seqs) != imap_set_count(&q->match_uids))
		return imap_bad(c, "there are not as many numbers as UIDs");
	return e;
}

/* Behind "QRESYNC". */
static int take_qresync(struct imap_cursor *c, struct imap_qresync *q)
{
	int e = imap_take_sp(c);

	e = e < 0 ? e : imap_take(c, '(', "the ( behind QRESYNC");
	e = e < 0 ? e : imap_take_nz(c, "UIDVALIDITY", &q->uid_validity);
	e = e < 0 ? e : imap_take_sp(c);
	e = e < 0 ? e : imap_take_u64(c, "a mod-sequence", &q->mod_seq);
	if (e == 0 && imap_eat(c, ' ')) {
		q->has_known_uids = !imap_at(c, '(');
		if (q->has_known_uids)
			e = imap_take_plain_set(c, &q->known_uids);
		if (e == 0 && (!q->has_known_uids || imap_eat(c, ' '))) {
			e = imap_take(c, '(', "the ( of numbers and UIDs");
			e = e < 0 ? e : take_match(c, q);
		}
	}
	return e < 0 ? e : imap_take(c, ')', "the ) behind QRESYNC");
}

static int take_parameter(struct imap_cursor *c, struct imap_select *s)
{
	if (imap_eat_word(c, "CONDSTORE")) {
		s->condstore = true;
		return 0;
	}
	if (!imap_eat_word(c, "QRESYNC"))
		return imap_bad(c, "the parameters are CONDSTORE and QRESYNC");
	if (s->has_qresync)
		return imap_bad(c, "QRESYNC is there twice");
	s->has_qresync = true;
	return take_qresync(c, &s->qresync);
}

int imap_select_parse(struct imap_cursor *c, struct imap_select *out)
{
	struct imap_select got = { 0 };
	int e = imap_take_full_mailbox(c, &got.mailbox);

	if (e == 0 && c->rest.n > 1) {
		e = imap_take_sp(c);
		e = e < 0 ? e : imap_take(c, '(', "the ( of the parameters");
		do
			e = e < 0 ? e : take_parameter(c, &got);
		while (e == 0 && imap_eat(c, ' '));
		e = e < 0 ? e : imap_take(c, ')', "the ) of the parameters");
	}
	e = e < 0 ? e : imap_take_end(c);
	if (e < 0)
		return e;
	*out = got;
	return 0;
}
