/* courier/body.h - a message's text, piece by piece into the SMTP client.
 *
 * What the attempt's arguments hold of it, then what the file of its body holds, of which a piece
 * is read only when the server has taken the last, so that memory stays flat.  Floor 5.
 */
#ifndef COURIER_BODY_H
#define COURIER_BODY_H

#include "calls/text.h"
#include "wire/message/seven_bit.h"
#include "wire/smtp/client/client.h"

struct body {
	const struct text *text;
	struct message_seven_bit
	        *convert; /* NULL: the text goes as it is; else begun and scanned */
	uint64_t offset;  /* octets given */
};

/* Gives the client that wants it the next piece, and the end behind the last.
 * ERR_CORRUPT when the text is shorter than it says: such a message must not get its final
 * dot.  ERR_IO, ERR_NO_MEMORY, what the client returns. */
NODISCARD WAITS int body_give(struct body *b, struct smtp_client *client);
/* Reads all of the text into the scan.  Errors as above. */
NODISCARD WAITS int body_scan(const struct text *text, struct message_seven_bit *scan);

#endif
