/* store/journal/segment.c - see segment.h. */
#include "store/journal/segment.h"

#include "store/journal/crc32c.h"

static const struct span magic = SPAN("PRjournl");

/* Where things stand in the headers. */
enum {
	AT_VERSION = 8,
	AT_NUMBER = 16,
	AT_SIZE = 24,
	AT_HEADER_CRC = SEGMENT_HEADER_BYTES - 4,
	AT_LENGTH = 0,
	AT_CRC = 4,
	AT_KIND = 8,
	AT_FLAGS = 9,
};

static void put(char *p, uint64_t v, size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		p[i] = (char)(v >> 8 * i);
}

static uint64_t get(const char *p, size_t octets)
{
	uint64_t v = 0;
	for (size_t i = 0; i < octets; i++)
		v |= (uint64_t)(unsigned char)p[i] << 8 * i;
	return v;
}

void segment_header_put(uint64_t number, uint64_t size, char out[SEGMENT_HEADER_BYTES])
{
	memset(out, 0, SEGMENT_HEADER_BYTES);
	memcpy(out, magic.p, magic.n);
	put(out + AT_VERSION, SEGMENT_VERSION, 4);
	put(out + AT_NUMBER, number, 8);
	put(out + AT_SIZE, size, 8);
	put(out + AT_HEADER_CRC, crc32c(0, span_make(out, AT_HEADER_CRC)), 4);
}

int segment_header_get(struct span in, uint64_t *number, uint64_t *size)
{
	if (in.n < SEGMENT_HEADER_BYTES || !span_starts(in, magic))
		return err(ERR_CORRUPT, "no segment header");
	if (get(in.p + AT_HEADER_CRC, 4) != crc32c(0, span_sub(in, 0, AT_HEADER_CRC)))
		return err(ERR_CORRUPT, "segment header does not check");
	uint64_t version = get(in.p + AT_VERSION, 4);
	if (version != SEGMENT_VERSION)
		return err(ERR_CONFIG, "the journal has format %ju and this program knows %d: %s",
		           (uintmax_t)version, SEGMENT_VERSION,
		           version > SEGMENT_VERSION
		                   ? "a newer program wrote it; use that one"
		                   : "let the program that wrote it deliver what is in it, then "
		                     "begin with an empty data_dir");
	*number = get(in.p + AT_NUMBER, 8);
	*size = get(in.p + AT_SIZE, 8);
	return 0;
}

size_t segment_record_octets(size_t n)
{
	return (SEGMENT_RECORD_HEADER_BYTES + n + SEGMENT_ALIGN - 1) & ~(size_t)(SEGMENT_ALIGN - 1);
}

void segment_record_frame(char header[SEGMENT_RECORD_HEADER_BYTES], uint8_t kind, uint8_t flags,
                          size_t payload_octets)
{
	memset(header, 0, SEGMENT_RECORD_HEADER_BYTES);
	put(header + AT_LENGTH, payload_octets, 4);
	header[AT_KIND] = (char)kind;
	header[AT_FLAGS] = (char)flags;
}

void segment_record_length(char header[SEGMENT_RECORD_HEADER_BYTES], size_t payload_octets)
{
	put(header + AT_LENGTH, payload_octets, 4);
}

void segment_record_more(char header[SEGMENT_RECORD_HEADER_BYTES])
{
	header[AT_FLAGS] |= SEGMENT_MORE;
}

uint8_t segment_record_kind(const char header[SEGMENT_RECORD_HEADER_BYTES])
{
	return (uint8_t)header[AT_KIND];
}

size_t segment_record_payload(const char header[SEGMENT_RECORD_HEADER_BYTES])
{
	return get(header + AT_LENGTH, 4);
}

static uint32_t record_crc(const char *header, uint64_t number, uint64_t offset, struct span front,
                           const struct span *more, size_t n)
{
	char place[16];
	put(place, number, 8);
	put(place + 8, offset, 8);
	uint32_t crc = crc32c(0, span_make(place, sizeof place));
	crc = crc32c(crc, span_make(header + AT_LENGTH, 4));
	crc = crc32c(crc, span_make(header + AT_KIND, SEGMENT_RECORD_HEADER_BYTES - AT_KIND));
	crc = crc32c(crc, front);
	for (size_t i = 0; i < n; i++)
		crc = crc32c(crc, more[i]);
	return crc;
}

void segment_record_seal(char header[SEGMENT_RECORD_HEADER_BYTES], uint64_t number, uint64_t offset,
                         struct span front, const struct span *more, size_t n)
{
	put(header + AT_CRC, record_crc(header, number, offset, front, more, n), 4);
}

static int need_octets(struct span window, size_t n, size_t *need)
{
	if (window.n >= n)
		return 0;
	*need = n;
	return ERR_AGAIN;
}

int segment_record_get(struct span window, uint64_t number, uint64_t offset, uint64_t size,
                       struct segment_record *out, size_t *need)
{
	if (offset > size || size - offset < SEGMENT_RECORD_HEADER_BYTES)
		return 0;
	if (need_octets(window, SEGMENT_RECORD_HEADER_BYTES, need))
		return ERR_AGAIN;
	size_t payload = segment_record_payload(window.p);
	size_t octets = segment_record_octets(payload);
	if (!window.p[AT_KIND] || octets > size - offset)
		return 0;
	if (need_octets(window, octets, need))
		return ERR_AGAIN;
	struct span body = span_sub(window, SEGMENT_RECORD_HEADER_BYTES, payload);
	if (get(window.p + AT_CRC, 4) != record_crc(window.p, number, offset, body, NULL, 0))
		return 0;
	*out = (struct segment_record){
		.offset = offset,
		.octets = octets,
		.kind = (uint8_t)window.p[AT_KIND],
		.flags = (uint8_t)window.p[AT_FLAGS],
		.payload = body,
	};
	return 1;
}

int segment_group_get(struct span window, uint64_t number, uint64_t offset, uint64_t size,
                      size_t *octets, size_t *need)
{
	struct segment_record record = { .flags = SEGMENT_MORE };
	size_t n = 0;
	while (record.flags & SEGMENT_MORE) {
		size_t more = 0;
		int r = segment_record_get(span_sub(window, n, SIZE_MAX), number, offset + n, size,
		                           &record, &more);
		if (r == ERR_AGAIN)
			*need = n + more;
		if (r <= 0)
			return r;
		n += record.octets;
	}
	*octets = n;
	return 1;
}
