/* auth/relay_logins.c - see relay_logins.h. */
#include "auth/relay_logins.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "calls/auth.h"

struct relay_login {
	struct span name, user, password;
};

struct relay_logins {
	struct arena mem;
	struct span text; /* the file's octets, in mem: rows point into it */
	struct map by_name;
};

static struct relay_logins logins;

static void fini(struct relay_logins *l)
{
	map_fini(&l->by_name);
	if (l->text.n)
		explicit_bzero((char *)(uintptr_t)l->text.p, l->text.n);
	arena_fini(&l->mem);
	*l = (struct relay_logins){ 0 };
}

static int add(struct relay_logins *l, struct span line)
{
	struct relay_login *row = arena_new(&l->mem, struct relay_login);
	void *old = NULL;
	struct span rest = line;

	if (!row)
		return ERR_NO_MEMORY;
	if (!span_split(&rest, ':', &row->name) || !span_split(&rest, ':', &row->user) ||
	    !row->name.n || !row->user.n || !rest.n)
		return err(ERR_CONFIG, "expected NAME:USER:PASSWORD");
	row->password = rest;
	int r = map_put(&l->by_name, row->name, row, &old);
	return r >= 0 && old ? err(ERR_CONFIG, "the name stands twice") : r;
}

static int load(struct relay_logins *l, struct span text)
{
	struct span line;
	int r = arena_copy(&l->mem, text, &l->text);

	text = l->text;
	for (unsigned no = 1; r >= 0 && span_split(&text, '\n', &line); no++) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (!line.n || line.p[0] == '#')
			continue;
		r = add(l, line);
		if (r == ERR_CONFIG) {
			const char *why = err_str(r);
			r = err(ERR_CONFIG, "server.credentials, line %u: %s", no, why);
		}
	}
	return r;
}

int relay_logins_check(struct span text)
{
	struct relay_logins fresh = { 0 };
	int r = load(&fresh, text);

	fini(&fresh);
	return r;
}

int relay_logins_load(struct span text)
{
	struct relay_logins fresh = { 0 };
	int r = load(&fresh, text);

	if (r < 0) {
		fini(&fresh);
		return r;
	}
	fini(&logins);
	logins = fresh;
	return 0;
}

static int answer(const struct auth_relay_login_args *a, struct arena *mem,
                  struct auth_relay_login_reply *out)
{
	const struct relay_login *row = map_get(&logins.by_name, a->name);

	if (!row)
		return err(ERR_NOT_FOUND, "server.credentials has no login %.*s",
		           SPAN_ARG(a->name));
	/* The file may be read anew while the reply waits. */
	int r = arena_copy(mem, row->user, &out->user);
	return r < 0 ? r : arena_copy(mem, row->password, &out->password);
}

void relay_logins_serve(void)
{
	auth_relay_login_serve(answer);
}

void relay_logins_close(void)
{
	fini(&logins);
}
