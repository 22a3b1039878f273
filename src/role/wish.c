/* role/wish.c - see wish.h. */
#include "role/wish.h"

#include <sys/stat.h>
#include <unistd.h>

#include "rt/fibre.h"

static struct {
	wish_reload_fn *alone;
	bool under_way, answered, good;
	struct cond turn, came;
	struct buf *text; /* NULL: who asked has gone */
	int r;
} wish = { .turn = { LIST_INIT(wish.turn.waiters) }, .came = { LIST_INIT(wish.came.waiters) } };

void wish_alone(wish_reload_fn *fn)
{
	wish.alone = fn;
}

static int read_text(int fd, struct buf *out)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || buf_reserve(out, (size_t)st.st_size) < 0 ||
	    pread(fd, out->p + out->n, (size_t)st.st_size, 0) != st.st_size)
		return err(ERR_IO, "what the parent says cannot be read");
	out->n += (size_t)st.st_size;
	return 0;
}

void wish_take(struct boot_message *m)
{
	wish.good = !m->arg;
	wish.answered = true;
	wish.r = wish.text ? read_text(m->fd, wish.text) : 0;
	cond_signal(&wish.came);
}

static WAITS int ask(void)
{
	int r = boot_send(BOOT_FD, BOOT_RELOAD, 0, NULL, -1);

	while (r >= 0 && !wish.answered)
		r = cond_wait(&wish.came, "the parent reads its files"); /* WAITS */
	return r < 0 ? r : wish.r;
}

WAITS int wish_reload(bool *good, struct buf *text)
{
	int r = 0;

	if (wish.alone) {
		*good = wish.alone(text);
		return 0;
	}
	while (r >= 0 && wish.under_way)
		r = cond_wait(&wish.turn, "its turn"); /* WAITS */
	if (r < 0)
		return r;
	wish.under_way = true;
	wish.answered = false;
	wish.text = text;
	r = ask(); /* WAITS */
	wish.text = NULL;
	wish.under_way = false;
	*good = wish.good;
	cond_signal(&wish.turn);
	return r;
}
