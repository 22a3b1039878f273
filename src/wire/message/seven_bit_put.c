/* wire/message/seven_bit_put.c - what is put out of a part's content: nothing while scanning. */
#include "wire/message/seven_bit_impl.h"

#include "base/utf8.h"

void seven_bit_put(struct message_seven_bit *s, struct span octets)
{
	if (s->out)
		buf_put(s->out, octets);
}

void seven_bit_put_crlf(struct message_seven_bit *s)
{
	seven_bit_put(s, SPAN("\r\n"));
}

static void put_base64(struct message_seven_bit *s, struct span in)
{
	while (s->out && in.n) {
		struct span take = span_sub(in, 0, sizeof s->carry - s->n_carry);

		memcpy(s->carry + s->n_carry, take.p, take.n);
		s->n_carry += take.n;
		in = span_sub(in, take.n, in.n);
		if (s->n_carry < sizeof s->carry)
			continue;
		message_base64_put(s->out, span_make(s->carry, s->n_carry));
		s->n_carry = 0;
		s->put_any = true;
	}
}

void seven_bit_pay_crlf(struct message_seven_bit *s)
{
	if (!s->owes_crlf)
		return;
	if (s->becomes == MESSAGE_ENCODING_BASE64)
		put_base64(s, SPAN("\r\n"));
	else
		seven_bit_put_crlf(s);
	s->owes_crlf = false;
}

/* A line of content, or a piece of a long one. */
void seven_bit_put_content(struct message_seven_bit *s, struct span text, bool first)
{
	if (s->becomes == MESSAGE_ENCODING_BASE64) {
		put_base64(s, text);
	} else if (s->becomes == MESSAGE_ENCODING_QP) {
		/* RFC 2045 6.7 (5): a soft break, and nothing behind it like a boundary. */
		if (!first && text.n)
			seven_bit_put(s, SPAN("=\r\n"));
		while (!first && span_eat(&text, SPAN("-")))
			seven_bit_put(s, SPAN("=2D=\r\n"));
		if (s->out)
			message_qp_put(s->out, text);
	} else {
		seven_bit_put(s, text);
	}
}

/* ---- the end of a leaf ---------------------------------------------------------------- */

bool seven_bit_is_high(struct span text)
{
	return !utf8_is_ascii(text);
}

/* RFC 2045 6.8: text stays readable where it is. */
static enum message_encoding choose(const struct message_seven_bit *s)
{
	if (s->is_text && s->encoding != MESSAGE_ENCODING_BINARY && s->n_high <= s->n_octets / 2)
		return MESSAGE_ENCODING_QP;
	return MESSAGE_ENCODING_BASE64;
}

bool seven_bit_is_identity(enum message_encoding e)
{
	return e == MESSAGE_ENCODING_7BIT || e == MESSAGE_ENCODING_8BIT ||
	       e == MESSAGE_ENCODING_BINARY;
}

void seven_bit_end_leaf(struct message_seven_bit *s)
{
	bool binary = s->encoding == MESSAGE_ENCODING_BINARY;

	if (!s->out && (s->n_high || binary) && !s->frozen && s->part < SEVEN_BIT_PARTS_MAX &&
	    seven_bit_is_identity(s->encoding))
		s->plan[s->part] = (uint8_t)choose(s);
	else if (!s->out && s->n_high)
		s->stuck = true;
	if (s->n_carry)
		message_base64_put(s->out, span_make(s->carry, s->n_carry));
	s->put_any |= s->n_carry > 0;
	s->n_carry = 0;
	/* The encoder ended its last line itself. */
	if (s->becomes == MESSAGE_ENCODING_BASE64 && s->put_any)
		s->owes_crlf = false;
	s->becomes = MESSAGE_ENCODING_7BIT;
	seven_bit_pay_crlf(s);
	s->n_octets = s->n_high = 0;
	s->place = SEVEN_BIT_BETWEEN;
}
