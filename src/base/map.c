/* base/map.c - see map.h.
 *
 * Source of the hash: Aumasson and Bernstein, "SipHash: a fast short-input PRF"
 * (2012), with 1 compression and 3 finalization rounds.
 * A slot's hash tells its state: 0 never used, 1 removed, else taken.
 */
#include "base/map.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/os.h"

enum { SLOT_EMPTY, SLOT_DEAD, SLOT_TAKEN };
enum { ROOM_MIN = 8 };

struct map_slot {
	struct span key;
	void *value;
	uint64_t hash;
};

static _Atomic uint64_t hash_key[2]; /* 0: not chosen yet */

/* Two threads may choose at once: the first choice is everybody's. */
static uint64_t key_word(int i)
{
	uint64_t word = atomic_load_explicit(&hash_key[i], memory_order_relaxed), none = 0;

	if (word)
		return word;
	os_random(&word, sizeof word);
	word |= 1;
	return atomic_compare_exchange_strong(&hash_key[i], &none, word) ? word : none;
}

/* Little-endian, whatever the machine is. */
static uint64_t get64(const char *p)
{
	uint64_t word = 0;

	for (int i = 0; i < 8; i++)
		word |= (uint64_t)(unsigned char)p[i] << 8 * i;
	return word;
}

static uint64_t rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t map_hash(struct span key)
{
	uint64_t a = key_word(0), b = key_word(1), word;
	uint64_t v[4] = { a ^ 0x736f6d6570736575, b ^ 0x646f72616e646f6d, a ^ 0x6c7967656e657261,
		          b ^ 0x7465646279746573 };
	size_t i;

	for (i = 0; i + 8 <= key.n; i += 8)
		sip_word(v, get64(key.p + i));
	word = (uint64_t)key.n << 56;
	for (size_t shift = 0; i < key.n; i++, shift += 8)
		word |= (uint64_t)(unsigned char)key.p[i] << shift;
	sip_word(v, word);
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint64_t slot_hash(struct span key)
{
	uint64_t h = map_hash(key);

	return h < SLOT_TAKEN ? h + SLOT_TAKEN : h;
}

void map_fini(struct map *m)
{
	free(m->slots);
	*m = (struct map){ 0 };
}

static struct map_slot *find(const struct map *m, struct span key, uint64_t hash)
{
	if (m->room == 0)
		return NULL;
	for (size_t i = hash & (m->room - 1);; i = (i + 1) & (m->room - 1)) {
		struct map_slot *s = &m->slots[i];

		if (s->hash == SLOT_EMPTY)
			return NULL;
		if (s->hash == hash && span_eq(s->key, key))
			return s;
	}
}

static struct map_slot *find_free(struct map_slot *slots, size_t room, uint64_t hash)
{
	size_t i = hash & (room - 1);

	while (slots[i].hash >= SLOT_TAKEN)
		i = (i + 1) & (room - 1);
	return &slots[i];
}

/* Makes a table without tombstones that is at most half full with one more. */
static int rebuild(struct map *m)
{
	size_t room = ROOM_MIN;
	struct map_slot *slots;

	while (room < (m->n + 1) * 2)
		room *= 2;
	slots = calloc(room, sizeof *slots);
	if (!slots)
		return err(ERR_NO_MEMORY, "no memory for a map of %zu", room);
	for (size_t i = 0; i < m->room; i++)
		if (m->slots[i].hash >= SLOT_TAKEN)
			*find_free(slots, room, m->slots[i].hash) = m->slots[i];
	free(m->slots);
	m->slots = slots;
	m->room = room;
	m->dead = 0;
	return 0;
}

void *map_get(const struct map *m, struct span key)
{
	struct map_slot *s = find(m, key, slot_hash(key));

	return s ? s->value : NULL;
}

int map_put(struct map *m, struct span key, void *value, void **old)
{
	uint64_t hash = slot_hash(key);
	struct map_slot *s = find(m, key, hash);

	if (!value)
		return err(ERR_BUG, "a map holds no NULL");
	if (old)
		*old = s ? s->value : NULL;
	if (!s) {
		if ((m->n + m->dead + 1) * 4 > m->room * 3 && rebuild(m) < 0)
			return ERR_NO_MEMORY;
		s = find_free(m->slots, m->room, hash);
		m->dead -= s->hash == SLOT_DEAD;
		m->n++;
	}
	*s = (struct map_slot){ key, value, hash };
	return 0;
}

void *map_remove(struct map *m, struct span key)
{
	struct map_slot *s = find(m, key, slot_hash(key));
	void *value;

	if (!s)
		return NULL;
	value = s->value;
	*s = (struct map_slot){ .hash = SLOT_DEAD };
	m->n--;
	m->dead++;
	return value;
}

void *map_next(const struct map *m, size_t *pos)
{
	while (*pos < m->room) {
		const struct map_slot *s = &m->slots[(*pos)++];

		if (s->hash >= SLOT_TAKEN)
			return s->value;
	}
	return NULL;
}
