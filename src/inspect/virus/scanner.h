/* inspect/virus/scanner.h - sessions with clamd: a few connections, each used again.
 *
 * Whoever asks holds a session alone; who comes when all are taken waits his turn.  A session in
 * which something went wrong is not used again.
 */
#ifndef INSPECT_VIRUS_SCANNER_H
#define INSPECT_VIRUS_SCANNER_H

#include "base/span.h"
#include "inspect/virus/known.h"
#include "inspect/virus/parts.h"
#include "rt/fibre.h"

enum { SCANNER_SESSIONS_MAX = 8 };

/* Connects: 0 and a socket, ERR_NOT_FOUND where there is no such Unix socket, else negative. */
typedef WAITS int scanner_reach_fn(struct span endpoint, int *fd);

/* endpoint: empty for none; lives as long as the process.  usual: nobody has named it, so it may
 * not be there: until one was. */
void scanner_use(struct span endpoint, bool usual, scanner_reach_fn *reach);
bool scanner_is_named(void);

/* Asks for its version now, whoever knows it already.  Errors as of scanner_open. */
NODISCARD WAITS int scanner_probe(char version[VIRUS_VERSION_BYTES]);

struct scanner_session;

/* With the scanner's signatures told to known.h.  ERR_NOT_FOUND: there is none, and nobody said
 * that there is; ERR_UNAVAILABLE: it does not answer; ERR_TIMEOUT, ERR_CANCELLED, ERR_NO_MEMORY. */
NODISCARD WAITS int scanner_open(struct scanner_session **out);
/* Keeps it for the next, unless a call of it has failed.  NULL is nothing. */
void scanner_close(struct scanner_session *s);

enum scanner_verdict {
	SCANNER_CLEAN,
	SCANNER_FOUND,   /* its name is in words */
	SCANNER_UNKNOWN, /* words say why, such as a limit of the scanner's */
};

struct scanner_reply {
	enum scanner_verdict verdict;
	char words[VIRUS_NAME_BYTES];
};

/* Octets in one piece, or what is left of a message.  Errors as of scanner_open. */
NODISCARD WAITS int scanner_ask(struct scanner_session *s, struct span octets,
                                struct scanner_reply *out);
NODISCARD WAITS int scanner_ask_rest(struct scanner_session *s, const struct virus_parts *parts,
                                     struct scanner_reply *out);

#endif
