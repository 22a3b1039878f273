/* role/reload.c - see reload.h. */
#include "role/reload.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/relay_logins.h"
#include "base/event.h"
#include "config/config_live.h"
#include "store/store.h"

enum { BLOCK = 512 };
#define RESTART "needs a restart: "

/* What the settings of earlier reloads stand in. */
static struct kept {
	struct kept *before;
	struct arena_chunk *mem;
} * kept;

static const struct {
	const char *name;
	size_t fd; /* in struct server_inputs */
} files[] = {
	{ "tls.certificate", offsetof(struct server_inputs, certificate_fd) },
	{ "tls.key", offsetof(struct server_inputs, key_fd) },
	{ "tls.certificates", offsetof(struct server_inputs, certificates_fd) },
	{ "server.credentials", offsetof(struct server_inputs, credentials_fd) },
	{ "defence.hashes", offsetof(struct server_inputs, hashes_fd) },
};

static int *fd_of(struct server_inputs *p, size_t i)
{
	return (int *)(void *)((char *)p + files[i].fd);
}

static bool same_octets(int a, int b)
{
	char then[BLOCK], now[BLOCK];
	off_t at = 0;
	ssize_t n = 1;

	for (; n > 0; at += n) {
		n = pread(a, then, sizeof then, at);
		if (n < 0 || pread(b, now, sizeof now, at) != n || memcmp(then, now, (size_t)n))
			return false;
	}
	return true;
}

static int refuse(struct reload *r, int e)
{
	buf_reset(&r->text);
	buf_printf(&r->text, "%s\n", err_str(e));
	return ERR_CONFIG;
}

/* As the auth role will read them. */
static int check_credentials(int fd)
{
	struct stat st;
	void *p = fstat(fd, &st) == 0 && st.st_size
	                  ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
	                  : MAP_FAILED;

	if (p == MAP_FAILED)
		return 0; /* an empty file */
	int r = relay_logins_check(span_make(p, (size_t)st.st_size));
	munmap(p, (size_t)st.st_size);
	return r;
}

int reload_read(const struct server_inputs *now, struct reload *out)
{
	*out = (struct reload){ .inputs = *now, .text = BUF(RELOAD_TEXT_MAX) };
	struct settings *fresh = arena_new(&out->mem, struct settings);

	out->inputs.set = &out->set;
	out->inputs.config_fd = -1;
	for (size_t i = 0; i < N_ELEMS(files); i++)
		*fd_of(&out->inputs, i) = -1;
	if (!fresh)
		return refuse(out, ERR_NO_MEMORY);
	int r = server_config_read(&out->inputs, &out->mem, fresh, &out->text);
	if (r < 0)
		return out->text.n ? ERR_CONFIG : refuse(out, r);
	out->set = *now->set;
	config_live_take(&out->set, fresh);
	r = store_check_settings(&out->set);
	if (r >= 0)
		r = server_inputs_load(&out->inputs);
	if (r >= 0)
		r = check_credentials(out->inputs.credentials_fd);
	if (r < 0)
		return refuse(out, r);
	buf_puts(&out->text, RESTART);
	size_t before = out->text.n;
	r = config_live_put(now->set, fresh, false, &out->text);
	if (r >= 0 && out->text.n == before)
		buf_reset(&out->text);
	else
		buf_putc(&out->text, '\n');
	return r < 0 ? refuse(out, r) : 0;
}

static void put_files(struct server_inputs *now, struct reload *r, struct buf *out)
{
	for (size_t i = 0; i < N_ELEMS(files); i++)
		if (!same_octets(*fd_of(now, i), *fd_of(&r->inputs, i)))
			buf_printf(out, "%s%s", out->n ? ", " : "", files[i].name);
}

static void swap(int *a, int *b)
{
	int old = *a;

	*a = *b;
	*b = old;
}

static struct span one_line(struct span text)
{
	while (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	return text;
}

static void tell(struct reload *r, struct buf *changed, struct buf *read)
{
	AUTO_BUF later = BUF(RELOAD_TEXT_MAX);

	buf_put(&later, buf_span(&r->text));
	buf_reset(&r->text);
	if (changed->n)
		buf_printf(&r->text, "changed: %s\n", buf_str(changed));
	if (read->n)
		buf_printf(&r->text, "read again: %s\n", buf_str(read));
	buf_put(&r->text, buf_span(&later));
	struct span restart = one_line(buf_span(&later));
	span_eat(&restart, SPAN(RESTART));
	event_log(EVENT_files_read_again, "changed=%.*s files=%.*s restart=%.*s",
	          SPAN_ARG(buf_span(changed)), SPAN_ARG(buf_span(read)), SPAN_ARG(restart));
}

/* In use from now on, for good: config_live.h. */
static void keep_memory(struct reload *r)
{
	struct kept *k = arena_new(&r->mem, struct kept);

	if (k) {
		*k = (struct kept){ kept, r->mem.chunk };
		kept = k;
	}
	r->mem = (struct arena){ 0 };
}

void reload_keep(struct server_inputs *now, struct reload *r)
{
	AUTO_BUF changed = BUF(RELOAD_TEXT_MAX);
	AUTO_BUF read = BUF(RELOAD_TEXT_MAX);

	(void)config_live_put(now->set, &r->set, true, &changed);
	put_files(now, r, &read);
	for (size_t i = 0; i < N_ELEMS(files); i++)
		swap(fd_of(now, i), fd_of(&r->inputs, i));
	swap(&now->config_fd, &r->inputs.config_fd);
	*now->set = r->set;
	keep_memory(r);
	tell(r, &changed, &read);
}

void reload_refuse(const struct reload *r)
{
	event_log(EVENT_reload_refused, "reason=%.*s", SPAN_ARG(one_line(buf_span(&r->text))));
}

void reload_drop(struct reload *r)
{
	for (size_t i = 0; i < N_ELEMS(files); i++)
		if (*fd_of(&r->inputs, i) >= 0)
			close(*fd_of(&r->inputs, i));
	if (r->inputs.config_fd >= 0)
		close(r->inputs.config_fd);
	arena_fini(&r->mem);
	buf_fini(&r->text);
}
