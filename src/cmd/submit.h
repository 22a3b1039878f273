/* cmd/submit.h - a message for the server of this machine, over its control socket. */
#ifndef CMD_SUBMIT_H
#define CMD_SUBMIT_H

#include "cmd/control.h"

/* Borrowed.  text: complete, with CRLF. */
struct submit_message {
	struct span sender; /* "" for none */
	const struct span *recipients;
	size_t n_recipients;
	struct span text;
	bool smtputf8;
};

/* Once it is answered the message is committed: "message" in the answer, the caller's to
 * json_decref, is its id, and "seq" is below those of its records.  Errors as control_answer,
 * printed. */
NODISCARD int submit_message(struct control *c, const struct submit_message *m, json_t **answer);

#endif
