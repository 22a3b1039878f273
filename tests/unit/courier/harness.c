/* tests/unit/courier/harness.c - the loop and the doubles; see harness.h. */
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "calls/text.h"
#include "rt/loop.h"

static const struct dns_row *zone;
static size_t n_zone;
unsigned dns_n_asked;
struct big big;

static void run(void *arg)
{
	FIBRE_TIMEOUT(60 * 1000);
	void (*fn)(void) = *(void (**)(void))arg;

	fn();
}

void in_fibre(void (*fn)(void))
{
	CHECK_INT(loop_init(0), 0);
	CHECK_INT(fibre_spawn("test", run, &fn), 0);
	loop_run();
	loop_fini();
}

void dns_zone(const struct dns_row *rows, size_t n)
{
	zone = rows;
	n_zone = n;
	dns_n_asked = 0;
}

static void read_record(struct span data, enum resolver_type type, struct arena *mem,
                        struct resolver_record *out)
{
	uint64_t preference;
	struct span first;
	char *six;

	switch (type) {
	case RESOLVER_A: CHECK_INT(address_parse(data, 0, &out->address), 0); break;
	case RESOLVER_AAAA:
		six = arena_printf(mem, "[%.*s]", SPAN_ARG(data));
		CHECK_INT(address_parse(span_str(six), 0, &out->address), 0);
		break;
	case RESOLVER_MX:
		CHECK(span_split(&data, ' ', &first));
		CHECK_INT(span_to_u64(first, 65535, &preference), 0);
		out->preference = (uint16_t)preference;
		CHECK_INT(arena_copy(mem, data, &out->name), 0);
		break;
	default: CHECK_INT(arena_copy(mem, data, &out->name), 0);
	}
}

static int read_row(const struct dns_row *row, struct arena *mem, struct resolver_answer *out)
{
	struct span data = span_str(row->data), one;
	struct resolver_answer a = { .status = RESOLVER_FOUND, .ttl = 60 };

	if (span_eq(data, SPAN("SERVFAIL")))
		return err(ERR_DNS, "SERVFAIL");
	if (span_eq(data, SPAN("TIMEOUT")))
		return err(ERR_TIMEOUT, "no answer");
	a.records = arena_array(mem, struct resolver_record, RESOLVER_RECORDS_MAX);
	while (span_split(&data, ',', &one))
		read_record(one, row->type, mem, &a.records[a.n_records++]);
	*out = a;
	return 0;
}

static int ask(struct span name, enum resolver_type type, struct arena *mem,
               struct resolver_answer *out)
{
	enum resolver_status status = RESOLVER_NO_NAME;

	dns_n_asked++;
	for (size_t i = 0; i < n_zone; i++) {
		if (!span_eq(span_str(zone[i].name), name))
			continue;
		if (zone[i].type == type)
			return read_row(&zone[i], mem, out);
		status = RESOLVER_NO_DATA;
	}
	*out = (struct resolver_answer){ .status = status };
	return 0;
}

/* The double: synchronous, from the zone. */
int resolver_ask(struct span name, enum resolver_type type, struct arena *mem,
                 struct resolver_answer *out)
{
	static const struct span good = SPAN("abcdefghijklmnopqrstuvwxyz0123456789-_.");

	for (size_t i = 0; i < name.n; i++)
		if (span_find(good, name.p[i]) < 0)
			return err(ERR_SYNTAX, "no host name");
	return ask(name, type, mem, out);
}

/* The double: the zone's name for the question is the address itself. */
int resolver_ask_ptr(const struct address *a, struct arena *mem, struct resolver_answer *out)
{
	char text[ADDRESS_TEXT_BYTES];

	return ask(span_str(address_text(a, false, text)), RESOLVER_PTR, mem, out);
}

char big_octet(uint64_t i)
{
	static const char line[] =
	        ".starts with a dot, and goes on to the end of the line: xyz\r\n";

	return line[i % (sizeof line - 1)];
}

struct span big_front(struct arena *mem)
{
	char *p = arena_alloc(mem, BIG_FRONT_BYTES);

	for (size_t i = 0; i < BIG_FRONT_BYTES; i++)
		p[i] = big_octet(i);
	return span_make(p, BIG_FRONT_BYTES);
}

int big_file(void)
{
	enum { BLOCK_BYTES = 61 << 10 }; /* whole lines */
	uint64_t end = big.cut_at ? big.cut_at : big.size, at = BIG_FRONT_BYTES;
	char *block = malloc(BLOCK_BYTES), path[64];
	int fd = memfd_create("test", MFD_CLOEXEC), reader;

	for (size_t i = 0; i < BLOCK_BYTES; i++)
		block[i] = big_octet(at + i);
	while (at < end) {
		size_t n = end - at < BLOCK_BYTES ? (size_t)(end - at) : BLOCK_BYTES;

		CHECK_INT(write(fd, block, n), n);
		at += n;
	}
	free(block);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	reader = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(reader >= 0);
	close(fd);
	return reader;
}

int __real_text_piece(const struct text *t, uint64_t offset, size_t max, struct arena *mem,
                      struct span *out);
int __wrap_text_piece(const struct text *t, uint64_t offset, size_t max, struct arena *mem,
                      struct span *out);
int __wrap_text_piece(const struct text *t, uint64_t offset, size_t max, struct arena *mem,
                      struct span *out)
{
	big.n_pieces++;
	if (big.arrived && offset - *big.arrived > big.ahead)
		big.ahead = offset - *big.arrived;
	if (big.fails_at && offset >= big.fails_at)
		return err(ERR_IO, "the disk is broken");
	return __real_text_piece(t, offset, max, mem, out);
}
