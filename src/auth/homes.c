/* auth/homes.c - see homes.h. */
#include "auth/homes.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

_Static_assert(sizeof(struct home_place) == HOMES_PLACE_BYTES, "the file's layout");

static const struct home_place format = { .digest = 0x3153454d4f485250, /* "PRHOMES1" */
	                                  .until_day = HOMES_SETS * HOMES_WAYS };

static struct home_place sets[HOMES_SETS][HOMES_WAYS];
static int file = -1; /* -1: none */

static int begin(int fd)
{
	memset(sets, 0, sizeof sets);
	if (pwrite(fd, sets, sizeof sets, sizeof format) != sizeof sets ||
	    pwrite(fd, &format, sizeof format, 0) != sizeof format)
		return err_errno(ERR_IO, "the file of homes");
	return 0;
}

/* A file that is shorter than the table has no places behind its end. */
int homes_open(int fd)
{
	struct home_place head = { 0 };

	homes_close();
	if (fd < 0)
		return 0;
	bool known = pread(fd, &head, sizeof head, 0) == sizeof head &&
	             memcmp(&head, &format, sizeof head) == 0;
	int r = known && pread(fd, sets, sizeof sets, sizeof head) >= 0 ? 0 : begin(fd);
	if (r >= 0)
		file = fd;
	return r;
}

void homes_close(void)
{
	memset(sets, 0, sizeof sets);
	file = -1;
}

int homes_find(struct span hash, const unsigned char network[NETWORK_BYTES], struct home *out)
{
	unsigned char of_network[EVP_MAX_MD_SIZE], of_account[EVP_MAX_MD_SIZE];
	struct home h;

	if (!HMAC(EVP_sha256(), hash.p, (int)hash.n, network, NETWORK_BYTES, of_network, NULL) ||
	    !HMAC(EVP_sha256(), hash.p, (int)hash.n, NULL, 0, of_account, NULL))
		return err(ERR_BUG, "HMAC failed");
	memcpy(&h.digest, of_network, sizeof h.digest);
	memcpy(&h.set, of_account, sizeof h.set);
	h.set %= HOMES_SETS;
	*out = h;
	return 0;
}

static struct home_place *find(const struct home *h)
{
	struct home_place *set = sets[h->set];

	for (size_t i = 0; i < HOMES_WAYS; i++)
		if (set[i].digest == h->digest)
			return &set[i];
	return NULL;
}

bool homes_has(const struct home *h, int64_t day)
{
	const struct home_place *p = find(h);

	/* Beyond HOMES_DAYS only a wrong clock can have put it. */
	return p && p->until_day >= day && p->until_day <= day + HOMES_DAYS;
}

bool homes_put(const struct home *h, int64_t day, struct home_write *out)
{
	struct home_place *set = sets[h->set], *p = find(h);

	if (p && p->until_day == day + HOMES_DAYS)
		return false;
	if (!p) {
		p = set;
		for (size_t i = 1; i < HOMES_WAYS; i++)
			if (set[i].until_day < p->until_day)
				p = &set[i];
	}
	*p = (struct home_place){ h->digest, day + HOMES_DAYS };
	*out = (struct home_write){
		.file = file,
		.at = (int64_t)(sizeof format + (size_t)((char *)p - (char *)sets)),
		.place = *p,
	};
	return file >= 0;
}

int homes_write(const struct home_write *w)
{
	return pwrite(w->file, &w->place, sizeof w->place, w->at) == sizeof w->place
	               ? 0
	               : err_errno(ERR_IO, "the file of homes");
}
