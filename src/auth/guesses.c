/* auth/guesses.c - for each source, when its debt of wrong guesses will be paid off. */
#include "auth/guesses.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/map.h"

enum { KEY_BYTES = 9 };

struct source {
	char key[KEY_BYTES]; /* family, then 4 octets of IPv4 or 8 of IPv6 */
	int64_t clear_at;    /* each guess puts it GUESSES_EACH_MS further on */
};

static struct map sources;

static bool source_key(struct span client, char key[KEY_BYTES])
{
	char text[INET6_ADDRSTRLEN];
	unsigned char octets[16];

	if (!client.n || client.n >= sizeof text)
		return false;
	memcpy(text, client.p, client.n);
	text[client.n] = 0;
	memset(key, 0, KEY_BYTES);
	if (inet_pton(AF_INET, text, octets) == 1) {
		key[0] = 4;
		memcpy(key + 1, octets, 4);
	} else if (inet_pton(AF_INET6, text, octets) == 1) {
		key[0] = 6;
		memcpy(key + 1, octets, 8);
	}
	return key[0] != 0;
}

static void forget(struct source *s)
{
	map_remove(&sources, span_make(s->key, KEY_BYTES));
	free(s);
}

static void forget_paid(int64_t now_at)
{
	struct source *s;

	MAP_EACH(s, &sources)
		if (s->clear_at <= now_at)
			forget(s);
}

/* NULL when there is no room: that source is not limited. */
static struct source *source_of(const char key[KEY_BYTES], int64_t now_at)
{
	struct source *s = map_get(&sources, span_make(key, KEY_BYTES));

	if (s)
		return s;
	if (sources.n >= GUESSES_SOURCES_MAX)
		forget_paid(now_at);
	s = sources.n < GUESSES_SOURCES_MAX ? calloc(1, sizeof *s) : NULL;
	if (!s)
		return NULL;
	memcpy(s->key, key, KEY_BYTES);
	if (map_put(&sources, span_make(s->key, KEY_BYTES), s, NULL) < 0) {
		free(s);
		return NULL;
	}
	return s;
}

int guesses_begin(struct span client, int64_t now_at)
{
	char key[KEY_BYTES];
	struct source *s = source_key(client, key) ? source_of(key, now_at) : NULL;

	if (!s)
		return 0;
	if (s->clear_at < now_at)
		s->clear_at = now_at;
	if (s->clear_at - now_at > (GUESSES_BURST - 1) * GUESSES_EACH_MS)
		return err(ERR_LIMIT, "too many wrong passwords from %.*s", SPAN_ARG(client));
	s->clear_at += GUESSES_EACH_MS;
	return 0;
}

void guesses_right(struct span client)
{
	char key[KEY_BYTES];
	struct source *s =
	        source_key(client, key) ? map_get(&sources, span_make(key, KEY_BYTES)) : NULL;

	if (s)
		s->clear_at -= GUESSES_EACH_MS;
}

void guesses_close(void)
{
	forget_paid(INT64_MAX);
	map_fini(&sources);
	sources = (struct map){ 0 };
}
