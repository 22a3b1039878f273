/* store/mail/leap.c - the first start on a data directory that was restored.  Blocks.
 *
 * What was told since the backup was made is not told again for something else (RFC 9051 2.3.1.1,
 * RFC 7162 3.1): UIDs, MODSEQs, and the numbers of changes, accounts and mailboxes go on well
 * above.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/event.h"
#include "store/journal/file.h"
#include "store/mail/effect.h"

static void leap(struct store *sp)
{
	struct account *a;
	struct mailbox *m;
	MAP_EACH(a, &sp->names.accounts)
		a->modseq = a->done_modseq += LEDGER_LEAP_COUNTERS;
	MAP_EACH(m, &sp->names.mailboxes) {
		if (!m->box)
			continue;
		m->uid_next = ledger_leap(m->uid_next);
		box_leap(m->box, m->uid_next, LEDGER_LEAP_COUNTERS);
	}
	sp->names.last_account = ledger_leap(sp->names.last_account);
	sp->names.last_mailbox = ledger_leap(sp->names.last_mailbox);
	sp->names.last_validity = ledger_leap(sp->names.last_validity);
	sp->last_seq += LEDGER_LEAP_COUNTERS;
}

/* A crash before the file is gone leaps once more. */
int store_mail_leap(struct store_start *s)
{
	struct store *sp = s->sp;
	if (faccessat(sp->dir, STORE_RESTORED, F_OK, 0) < 0)
		return errno == ENOENT ? 0 : err_errno(ERR_IO, "cannot look for " STORE_RESTORED);
	int r = mail_fold_now(sp, s->end);
	if (r >= 0)
		r = ledger_leap_now(sp->ledger);
	if (r < 0)
		return r;
	leap(sp);
	if (unlinkat(sp->dir, STORE_RESTORED, 0) < 0)
		return err_errno(ERR_IO, "cannot remove " STORE_RESTORED);
	event_log(EVENT_store_restored, "uids=+%d", LEDGER_LEAP_NUMBERS);
	return file_sync(sp->dir);
}
