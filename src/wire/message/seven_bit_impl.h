/* wire/message/seven_bit_impl.h - what the files of the conversion to 7 bits share. */
#ifndef WIRE_MESSAGE_SEVEN_BIT_IMPL_H
#define WIRE_MESSAGE_SEVEN_BIT_IMPL_H

#include "wire/message/seven_bit.h"

void seven_bit_put(struct message_seven_bit *s, struct span octets);
void seven_bit_put_crlf(struct message_seven_bit *s);
void seven_bit_pay_crlf(struct message_seven_bit *s);
void seven_bit_put_content(struct message_seven_bit *s, struct span text, bool first);
bool seven_bit_is_high(struct span text);
bool seven_bit_is_identity(enum message_encoding e);
void seven_bit_end_leaf(struct message_seven_bit *s);
void seven_bit_begin_header(struct message_seven_bit *s, size_t part, bool in_digest);
void seven_bit_gather(struct message_seven_bit *s, struct span octets);
void seven_bit_open_field(struct message_seven_bit *s, struct span line, struct span name);
void seven_bit_end_header(struct message_seven_bit *s, bool blank);

#endif
