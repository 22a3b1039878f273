/* cmd/draft.h - the message that `send` makes from its options. */
#ifndef CMD_DRAFT_H
#define CMD_DRAFT_H

#include "base/arena.h"
#include "config/settings.h"
#include "wire/message/write/people.h"

enum { DRAFT_ATTACHMENTS_MAX = 1000 };

struct draft {
	struct arena mem;
	struct message_draft message;
	struct message_people to, cc, bcc;
	struct message_attachment *attachments;
	struct span *recipients; /* all of the above, each once */
	size_t n_recipients;
};

void draft_fini(struct draft *d);
/* Adds the mailboxes of an address list ("Bob <bob@b.example>, c@d").  What is wrong is printed. */
NODISCARD int draft_add(struct draft *d, struct message_people *list, const char *text);
NODISCARD int draft_set_from(struct draft *d, const char *text);
NODISCARD int draft_set_file(struct draft *d, struct span *field, const char *path, size_t max);
NODISCARD int draft_attach(struct draft *d, const char *path, size_t max);
/* Composes into out (cap set by the caller) and fills recipients. */
NODISCARD int draft_finish(struct draft *d, const struct settings *set, struct buf *out,
                           bool *smtputf8);

#endif
