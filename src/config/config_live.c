/* config/config_live.c - see config_live.h. */
#include "config/config_live.h"

#include "config/config_table.h"

/* A section's name alone stands for all that is in it. */
static const char *const from_the_start[] = {
	"defence.memory", "defence.own_lists", "delivery.hold", "delivery.memory",
	"listen",         "log.blocked_loop",  "resolver",      "server",
	"store",          "tls.acme",          "tls.acme_dir",
};
static const char *const but[] = {
	"listen.lmtp_networks", "listen.proxy_from", "server.credentials",
	"server.postmaster",    "store.ledger_kept",
};

static bool is_named(const struct config_setting *s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct span name = span_str(names[i]), section;
		if (span_split(&name, '.', &section) && span_eq(section, span_str(s->section)) &&
		    (!name.n || span_eq(name, span_str(s->name))))
			return true;
	}
	return false;
}

static bool is_live(const struct config_setting *s)
{
	return !is_named(s, from_the_start, N_ELEMS(from_the_start)) ||
	       is_named(s, but, N_ELEMS(but));
}

static size_t size(enum config_type type)
{
	switch (type) {
	case CONFIG_STRING: return sizeof(const char *);
	case CONFIG_LIST: return sizeof(struct settings_list);
	case CONFIG_BOOL: return sizeof(bool);
	default: return sizeof(int64_t);
	}
}

static bool lists_equal(const struct settings_list *a, const struct settings_list *b)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return a->n == b->n;
}

static bool equal(const struct config_setting *s, const void *a, const void *b)
{
	switch (s->type) {
	case CONFIG_STRING: return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
	case CONFIG_LIST: return lists_equal(a, b);
	default: return memcmp(a, b, size(s->type)) == 0;
	}
}

static bool differs(const struct config_setting *s, const struct settings *a,
                    const struct settings *b)
{
	return !equal(s, (const char *)a + s->offset, (const char *)b + s->offset);
}

void config_live_take(struct settings *set, const struct settings *fresh)
{
	for (const struct config_setting *s = config_table; s < config_table + config_table_n; s++)
		if (is_live(s) && differs(s, set, fresh))
			memcpy((char *)set + s->offset, (const char *)fresh + s->offset,
			       size(s->type));
}

int config_live_put(const struct settings *set, const struct settings *fresh, bool live,
                    struct buf *out)
{
	size_t n = 0;

	for (const struct config_setting *s = config_table; s < config_table + config_table_n; s++)
		if (is_live(s) == live && differs(s, set, fresh))
			buf_printf(out, "%s%s.%s", n++ ? ", " : "", s->section, s->name);
	return out->err;
}
