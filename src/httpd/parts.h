/* httpd/parts.h - a message that comes as a form with files (RFC 7578): the part "message" is its
 * JSON, "attachment" and "inline" are files, which go to a file of the store's as they come. */
#ifndef HTTPD_PARTS_H
#define HTTPD_PARTS_H

#include "calls/spool.h"
#include "httpd/session.h"

enum { HTTPD_ATTACHMENTS_MAX = 1000 };

struct httpd_file {
	struct span file_name, type;
	bool is_inline; /* the html shows it as cid:file_name */
	bool is_ascii;
	uint64_t at, n; /* in the spool */
};

struct httpd_parts {
	struct buf message;
	struct httpd_file *files; /* in the request's memory */
	size_t n_files;
	struct spool spool; /* s->fd reads, if there is anything in it */
};

/* Is the body of the request a form with files?  ERR_SYNTAX: a malformed one. */
NODISCARD int httpd_has_parts(const struct httpd_request *q, bool *out);
/* Reads it all; to be ended in any case.  1; 0: that was answered.  Sets q->digest. */
NODISCARD WAITS int httpd_parts_read(struct httpd_request *q, size_t max, struct httpd_parts *out);
WAITS void httpd_parts_end(struct httpd_parts *p);

#endif
