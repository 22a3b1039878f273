/* component/net/body.h - a message's octets, piece by piece into the SMTP client. */
#ifndef COMPONENT_NET_BODY_H
#define COMPONENT_NET_BODY_H

#include "component/mail/reader.h"
#include "wire/message/seven_bit.h"
#include "wire/smtp/client/client.h"

struct body {
	struct mail_reader reader;
	struct message_seven_bit
	        *convert; /* NULL: the text goes as it is; else begun and scanned */
	struct buf room;
	bool begun, failed; /* failed: it could not be read */
	char words[ERR_DETAIL_BYTES];
};

void body_init(struct body *b, const struct mail_made *mail);
void body_fini(struct body *b);
/* Gives the client that wants it the next piece, and the end behind the last.  What the client
 * and mail_reader_next return; ERR_NO_MEMORY. */
NODISCARD int body_give(struct body *b, struct smtp_client *client);

#endif
