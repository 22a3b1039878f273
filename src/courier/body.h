/* courier/body.h - a message's text, piece by piece into the SMTP client.
 *
 * A small message stands in the attempt's arguments; a large one is asked of the queue in
 * pieces of QUEUE_PIECE_BYTES, the next one only when the server has taken the last, so
 * that memory stays flat.  Floor 5.
 */
#ifndef COURIER_BODY_H
#define COURIER_BODY_H

#include "calls/queue.h"
#include "wire/message/seven_bit.h"
#include "wire/smtp/client/client.h"

struct body {
	const struct courier_attempt_args *args;
	struct message_seven_bit
	        *convert; /* NULL: the text goes as it is; else begun and scanned */
	uint64_t offset;  /* octets given */
};

/* Gives the client that wants it the next piece, and the end behind the last.
 * ERR_CORRUPT when the text is not as long as the arguments say: such a message must
 * not get its final dot.  What queue_attempt_read and the client return. */
NODISCARD WAITS int body_give(struct body *b, struct smtp_client *client);
/* Reads all of the text into the scan.  Errors as above. */
NODISCARD WAITS int body_scan(const struct courier_attempt_args *args,
                              struct message_seven_bit *scan);
/* 1 when the header section holds octets >= 0x80, 0, or an error as above. */
NODISCARD WAITS int body_header_is_8bit(const struct courier_attempt_args *args);

#endif
