/* httpd/draft.h - a message from the members of a request (docs/guide/http.md).  Pure but for time
 * and ids. */
#ifndef HTTPD_DRAFT_H
#define HTTPD_DRAFT_H

#include <jansson.h>

#include "config/settings.h"
#include "httpd/parts.h"
#include "wire/message/write/people.h"

enum {
	HTTPD_WAIT_MAX_MS = 5 * 60 * 1000,
	HTTPD_SEND_AT_DAYS = 30,
	HTTPD_TAGS_MAX = 20,
	HTTPD_TAG_BYTES_MAX = 100,
	HTTPD_METADATA_MAX = 50,
	HTTPD_METADATA_BYTES_MAX = 500, /* of a name, and of a value */
};

struct httpd_draft {
	struct arena *mem;
	struct message_draft message;
	struct message_people to, cc, bcc;
	struct message_attachment *attachments;
	size_t *places; /* of each, in the composed message */
	size_t n_attachments;
	const struct httpd_parts *parts; /* the last of them are its files; NULL: none is */
	int64_t wait_ms, send_at_ms;     /* send_at_ms 0: now */
	struct span tags, metadata;      /* as JSON; empty: none */
	struct span raw;                 /* the whole message instead of its parts; empty: none */
	bool unsubscribes; /* with a link for it; list: of which alone; empty: of all */
	struct span list;
};

/* An array of tags, as one value's text, in mem; empty: there is none in it.  ERR_SYNTAX. */
NODISCARD int httpd_tags_read(const json_t *value, struct arena *mem, struct span *out);
/* What is given stays with the JSON and the parts (NULL: none), which must outlive the draft, or is
 * copied to mem.  ERR_SYNTAX, ERR_LIMIT, with words that name the member; ERR_NO_MEMORY. */
NODISCARD int httpd_draft_read(const json_t *body, const struct httpd_parts *parts,
                               struct arena *mem, struct httpd_draft *out);
/* The file that this attachment is; NULL: it is in memory. */
const struct httpd_file *httpd_draft_file(const struct httpd_draft *d,
                                          const struct message_attachment *a);
/* Appends all but what is attached (message_attachment.place).  ERR_SYNTAX; ERR_TOO_LONG. */
NODISCARD int httpd_draft_compose(struct httpd_draft *d, const struct settings *set,
                                  struct buf *out, bool *smtputf8);

#endif
