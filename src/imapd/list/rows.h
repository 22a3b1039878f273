/* imapd/list/rows.h - what LIST and LSUB tell: names, and what is known of those below each.
 *
 * Sources: RFC 3501 6.3.8, 6.3.9; RFC 5258 3; RFC 6154 5; RFC 9051 6.3.9.  Pure.
 */
#ifndef IMAPD_LIST_ROWS_H
#define IMAPD_LIST_ROWS_H

#include "calls/mailbox.h"
#include "wire/imap/args/list.h"

struct imapd_list_row {
	const struct mailbox_info *m; /* mailbox 0: there is none of that name */
	bool fits;                    /* a pattern; the caller's */
	bool children;                /* a mailbox is below it */
	bool below;                   /* one that is selected by the options is */
	bool hidden_below;            /* and one that no pattern shows */
};

/* Rows of all names, which are in order of path.  With LSUB and RECURSIVEMATCH the levels above
 * names that are no mailboxes have rows too.  ERR_NO_MEMORY. */
NODISCARD int imapd_list_rows(const struct mailbox_info *all, size_t n, bool levels,
                              struct arena *mem, struct imapd_list_row **out, size_t *n_out);
/* Once `fits` is known: what is below each. */
void imapd_list_look_below(const struct imap_list *a, bool lsub, struct imapd_list_row *rows,
                           size_t n);
bool imapd_list_shows(const struct imap_list *a, bool lsub, const struct imapd_list_row *row);
/* Put behind the name, with what is in front: ' ("CHILDINFO" ("SUBSCRIBED"))', or nothing. */
int imapd_list_put_childinfo(const struct imap_list *a, const struct imapd_list_row *row,
                             struct buf *out);

#endif
