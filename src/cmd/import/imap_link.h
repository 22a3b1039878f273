/* cmd/import/imap_link.h - a connection to an IMAP server, with TLS.  Blocking.
 *
 * Sources: RFC 3501 and RFC 9051 2.2, 6.2; RFC 8314 (TLS); RFC 4616 (PLAIN).
 */
#ifndef CMD_IMPORT_IMAP_LINK_H
#define CMD_IMPORT_IMAP_LINK_H

#include <openssl/ssl.h>

#include "base/arena.h"
#include "wire/imap/client/answers.h"

/* "imaps://alice%40example.org@mail.example.org:993": TLS from the start; "imap:": STARTTLS.
 * "user:password@" has the password too.  RFC 3986 2.1. */
struct imap_url {
	bool tls;
	const char *user, *host, *port;
	const char *password; /* NULL: none */
};
/* ERR_SYNTAX: it is none. */
NODISCARD int imap_url_parse(const char *text, struct arena *mem, struct imap_url *out);

struct imap_link_how {
	struct imap_url url;
	bool any_certificate; /* who it is does not matter */
	bool clear_text;      /* without TLS, where the server has none */
};

struct imap_link {
	struct arena mem; /* of the answer */
	BIO *bio;
	SSL_CTX *context;
	SSL *ssl; /* NULL: clear text */
	struct imap_answers answers;
	struct buf octets;
	struct span in; /* of octets, not used yet */
	unsigned n_commands;
	bool has_namespace, has_starttls, has_plain, no_login; /* what CAPABILITY says */
	char said[256]; /* why the last command was refused */
};

/* Connects, and logs in.  What is wrong is printed. */
NODISCARD int imap_link_open(struct imap_link *l, const struct imap_link_how *how,
                             struct span password, size_t answer_max);
void imap_link_close(struct imap_link *l);

/* Called with each untagged answer; negative ends the dialogue, printed.  An ERR_REFUSED of its own
 * comes back as ERR_DENIED. */
typedef int imap_link_fn(const struct imap_answer *a, void *arg);
/* One command, without its tag and line end, and all of its answers.  ERR_REFUSED: NO or BAD, see
 * said; others are printed. */
NODISCARD int imap_link_run(struct imap_link *l, struct span command, imap_link_fn *fn, void *arg);

#endif
