/* A submitted header has a Date and a Message-ID, no Bcc, and needs no second edit (RFC 6409 8). */
#include "fuzz.h"

#include "wire/message/submit.h"

static const struct message_submit_facts facts = { .hostname = SPAN("h"), .id = SPAN("i") };

static void check_fields(struct span header)
{
	struct message_header h;
	struct message_field f;
	bool date = false, id = false;

	message_header_begin(&h, header);
	while (message_header_next(&h, &f)) {
		MUST(!span_eq_nocase(f.name, SPAN("Bcc")));
		MUST(!span_eq_nocase(f.name, SPAN("Resent-Bcc")));
		MUST(!span_eq_nocase(f.name, SPAN("Return-Path")));
		date = date || span_eq_nocase(f.name, SPAN("Date"));
		id = id || span_eq_nocase(f.name, SPAN("Message-ID"));
	}
	MUST(date && id && h.end == MESSAGE_HEADER_BLANK && h.at == header.n);
}

static void check_reports(const struct message_submit *a, const struct message_submit *b)
{
	MUST(b->edits == 0 && b->faults == (a->faults & ~(unsigned)MESSAGE_FAULT_MALFORMED));
	MUST(a->n_received == b->n_received && a->n_from == b->n_from &&
	     a->n_sender == b->n_sender && b->duplicate.n == a->duplicate.n);
	for (size_t i = 0; i < a->n_from; i++)
		MUST(message_address_eq(&a->from[i], &b->from[i]));
	MUST((message_submit_fault_str(a->faults) != NULL) == (a->faults != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA arena = { 0 };
	AUTO_BUF header = BUF(size + 1024);
	AUTO_BUF again = BUF(size + 1024);
	struct message_submit a, b;

	if (message_submit(span_make(data, size), &facts, &arena, &header, &a) < 0)
		return 0;
	MUST(a.header_n <= size);
	check_fields(buf_span(&header));
	MUST(message_submit(buf_span(&header), &facts, &arena, &again, &b) == 0);
	MUST(span_eq(buf_span(&header), buf_span(&again)) && b.header_n == header.n);
	/* utf8 and long lines may have gone with a Bcc. */
	a.faults = (a.faults & ~(unsigned)MESSAGE_FAULT_LINE_LENGTH) |
	           (b.faults & MESSAGE_FAULT_LINE_LENGTH);
	check_reports(&a, &b);
	return 0;
}
