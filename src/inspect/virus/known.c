/* inspect/virus/known.c - see known.h.  A place for each verdict, by its hash's first octets: a
 * digest is spread evenly, and who makes two that share a place has one of them scanned again. */
#include "inspect/virus/known.h"

#include "inspect/virus/parts.h"

struct known {
	unsigned char sha256[VIRUS_SHA256_BYTES];
	int64_t until_at; /* 0: nothing is here */
	char virus[VIRUS_NAME_BYTES];
};

static struct {
	struct known all[VIRUS_KNOWN_MAX];
	char version[VIRUS_VERSION_BYTES];
} known;

static struct known *place_of(const unsigned char sha256[])
{
	uint32_t i;

	memcpy(&i, sha256, sizeof i);
	return &known.all[i % VIRUS_KNOWN_MAX];
}

static void put_text(char *to, size_t room, struct span text)
{
	text = span_sub(text, 0, room - 1);
	if (text.n)
		memcpy(to, text.p, text.n);
	to[text.n] = '\0';
}

void virus_known_put(const unsigned char sha256[], struct span virus, int64_t now_at)
{
	struct known *k = place_of(sha256);

	memcpy(k->sha256, sha256, sizeof k->sha256);
	k->until_at = now_at + VIRUS_KNOWN_MS;
	put_text(k->virus, sizeof k->virus, virus);
}

bool virus_known_get(const unsigned char sha256[], int64_t now_at, struct span *virus)
{
	const struct known *k = place_of(sha256);

	if (now_at >= k->until_at || memcmp(k->sha256, sha256, sizeof k->sha256) != 0)
		return false;
	*virus = span_str(k->virus);
	return true;
}

void virus_known_version(struct span version)
{
	version = span_sub(version, 0, sizeof known.version - 1);
	if (span_eq(version, span_str(known.version)))
		return;
	for (size_t i = 0; i < VIRUS_KNOWN_MAX; i++)
		known.all[i].until_at = 0;
	put_text(known.version, sizeof known.version, version);
}
