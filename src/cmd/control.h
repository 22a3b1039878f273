/* cmd/control.h - asks the running server over its control socket.  Blocking. */
#ifndef CMD_CONTROL_H
#define CMD_CONTROL_H

#include <jansson.h>

#include "base/buf.h"
#include "config/settings.h"

enum { CONTROL_ANSWER_MAX = (4 << 20) + (64 << 10) }; /* octets of a line, and of a read */

struct control {
	int fd;
	struct buf in; /* octets read, */
	size_t used;   /* so many of them used */
};

/* What is wrong is printed. */
NODISCARD int control_open(const struct settings *set, struct control *out);
/* The process that listens there, the parent of all roles; 0 when none does. */
pid_t control_server(const struct settings *set);
void control_close(struct control *c);

/* Sends a request (its reference is taken), and octets that belong to it. */
NODISCARD int control_ask(struct control *c, json_t *request);
NODISCARD int control_put(struct control *c, struct span octets);
/* One line of the answer.  *out is the caller's to json_decref.  An answer with
 * "ok": false is printed and gives ERR_REFUSED; a broken connection is printed.
 * ERR_CANCELLED: Ctrl-C was pressed, after control_until_interrupted. */
NODISCARD int control_answer(struct control *c, json_t **out);
/* The same as the server wrote it, borrowed until the next call.  1; 0: it was the last line. */
NODISCARD int control_answer_text(struct control *c, struct span *out);
/* The mailboxes of an account, and what it uses and may use.  As control_answer. */
NODISCARD int control_mailboxes(struct control *c, const char *account, json_t **out);
/* From now on Ctrl-C ends the wait for answers; pressed again, the program. */
void control_until_interrupted(struct control *c);
/* Of n octets that follow an answer those that are there, at least one; borrowed until the next
 * call. */
NODISCARD int control_piece(struct control *c, uint64_t n, struct span *out);
/* The same octets, all of them, to standard output. */
NODISCARD int control_copy_out(struct control *c, uint64_t n);
/* True for the last line of an answer. */
bool control_is_last(json_t *answer);

/* As one line of JSON; it is written at the latest before an answer is waited for. */
void control_print(json_t *value);
/* A member as text, "" when it is null or missing. */
const char *control_text(json_t *object, const char *key);
/* The sender, "<>" for the null one of notifications. */
const char *control_return_path(json_t *object);

#endif
