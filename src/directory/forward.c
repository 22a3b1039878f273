/* directory/forward.c - see forward.h. */
#include "directory/forward.h"

#include "base/clock.h"
#include "calls/record_id.h"
#include "wire/smtp/path.h"
#include "wire/smtp/return_path.h"
#include "wire/smtp/srs.h"

enum { DAY_MS = 24 * 3600 * 1000, RETURN_PATH_DAYS = 30 };

static int (*mac)(struct span octets, unsigned char out[32], void *arg);

static struct srs today(void)
{
	return (struct srs){ .mac = mac, .day = clock_wall_time_ms() / DAY_MS };
}

void forward_open(int (*fn)(struct span octets, unsigned char out[32], void *arg))
{
	mac = fn;
}

int forward_back(struct span local, struct arena *mem, struct span *out)
{
	AUTO_BUF address = BUF(2 * SMTP_PATH_MAX);
	struct srs s = today();
	struct smtp_path path;
	int r = mac ? srs_reverse(&s, local, &address) : ERR_NOT_FOUND;

	if (r >= 0 && smtp_address_split(buf_span(&address), 0, &path) < 0)
		r = ERR_NOT_FOUND;
	return r < 0 ? r : arena_copy(mem, buf_span(&address), out);
}

int forward_sender(const struct people *p, const struct directory_forward_args *a,
                   struct arena *mem, struct directory_forward_reply *out)
{
	AUTO_BUF address = BUF(SMTP_PATH_MAX);
	struct srs s = today();
	ptrdiff_t at = span_find_last(a->sender, '@');
	struct span domain = span_sub(a->sender, (size_t)(at + 1), a->sender.n);
	int r = 0;

	if (mac && at > 0 && !map_get(&p->domains, domain))
		r = srs_forward(&s, a->sender, a->domain, &address);
	if (r == ERR_NO_MEMORY || r == ERR_BUG)
		return r;
	return arena_copy(mem, address.n ? buf_span(&address) : a->sender, &out->sender);
}

/* ---- return paths of what is sent from here ---- */

static struct span local_of(struct span address)
{
	ptrdiff_t at = span_find_last(address, '@');

	return span_sub(address, 0, at < 0 ? 0 : (size_t)at);
}

/* The number says when it was given out. */
static bool is_too_old(uint64_t message)
{
	return message < record_id_at(clock_wall_time_ms() - (int64_t)RETURN_PATH_DAYS * DAY_MS);
}

int forward_returned(struct span address, struct arena *mem, uint64_t *message, struct span *sender)
{
	AUTO_BUF base = BUF(SMTP_PATH_MAX);
	int r;

	if (!mac || !return_path_is(local_of(address)))
		return ERR_NOT_FOUND;
	r = return_path_read(mac, NULL, address, message, &base);
	if (r == ERR_NOT_FOUND || (r >= 0 && is_too_old(*message)))
		return ERR_REFUSED;
	return r < 0 ? r : arena_copy(mem, buf_span(&base), sender);
}

int forward_return(const struct directory_return_args *a, struct arena *mem,
                   struct directory_return_reply *out)
{
	AUTO_BUF address = BUF(SMTP_PATH_MAX);
	int r = mac ? return_path_put(mac, NULL, a->sender, a->message, &address) : ERR_TOO_LONG;

	if (r == ERR_NO_MEMORY || r == ERR_BUG)
		return r;
	return arena_copy(mem, r < 0 ? a->sender : buf_span(&address), &out->address);
}
