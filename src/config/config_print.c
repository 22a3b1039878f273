/* config/config_print.c - settings as a configuration file that config_parse takes. */
#include "base/err.h"
#include "config/config.h"
#include "config/config_table.h"

static void put_bytes(struct buf *out, int64_t n)
{
	static const struct {
		int64_t size;
		const char *unit;
	} units[] = { { 1 << 30, "G" }, { 1 << 20, "M" }, { 1 << 10, "K" }, { 1, "" } };

	for (size_t i = 0; i < N_ELEMS(units); i++)
		if (n >= units[i].size && n % units[i].size == 0) {
			buf_printf(out, "%jd%s", (intmax_t)(n / units[i].size), units[i].unit);
			return;
		}
	buf_puts(out, "0");
}

static void put_length(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }, { 1, "ms" }
	};

	for (size_t i = 0; i < N_ELEMS(units); i++)
		if (ms >= units[i].ms && ms % units[i].ms == 0) {
			buf_printf(out, "%jd%s", (intmax_t)(ms / units[i].ms), units[i].unit);
			return;
		}
	buf_puts(out, "0s");
}

static void put_string(struct buf *out, const char *z)
{
	buf_putc(out, '"');
	for (; *z; z++) {
		if (strchr("\"\\$", *z))
			buf_putc(out, '\\');
		buf_putc(out, *z);
	}
	buf_putc(out, '"');
}

static void put_list(struct buf *out, const struct settings_list *list)
{
	buf_putc(out, '{');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_puts(out, ", ");
		put_string(out, list->v[i]);
	}
	buf_putc(out, '}');
}

static void put_plain_list(struct buf *out, const struct settings_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "%s%s", i ? ", " : "", list->v[i]);
}

/* plain: for a person or a script; else as the file spells it. */
static void put_value(struct buf *out, const struct config_setting *s, const struct settings *set,
                      bool plain)
{
	const void *member = (const char *)set + s->offset;

	switch (s->type) {
	case CONFIG_STRING:
		if (plain)
			buf_puts(out, *(const char *const *)member);
		else
			put_string(out, *(const char *const *)member);
		break;
	case CONFIG_LIST:
		if (plain)
			put_plain_list(out, member);
		else
			put_list(out, member);
		break;
	case CONFIG_INT: buf_printf(out, "%jd", (intmax_t) * (const int64_t *)member); break;
	case CONFIG_BYTES: put_bytes(out, *(const int64_t *)member); break;
	case CONFIG_LENGTH: put_length(out, *(const int64_t *)member); break;
	case CONFIG_BOOL: buf_puts(out, *(const bool *)member ? "true" : "false"); break;
	}
}

static const char *unit(enum config_type type)
{
	static const char *const units[] = {
		[CONFIG_STRING] = "text",
		[CONFIG_LIST] = "list",
		[CONFIG_INT] = "number",
		[CONFIG_BYTES] = "octets: K, M, G",
		[CONFIG_LENGTH] = "time: ms, s, m, h, d",
		[CONFIG_BOOL] = "true or false",
	};

	return units[type];
}

static void put_doc(struct buf *out, const struct config_setting *s)
{
	buf_printf(out, "\t# %s (%s", s->doc, unit(s->type));
	if (s->most)
		buf_printf(out, "; %s to %s", s->least, s->most);
	buf_printf(out, "; default %s)\n", *s->def ? s->def : "empty");
}

int config_print(const struct settings *s, bool docs, struct buf *out)
{
	const char *section = "";

	for (size_t i = 0; i < config_table_n; i++) {
		const struct config_setting *row = &config_table[i];

		if (strcmp(section, row->section)) {
			buf_printf(out, "%s%s {\n", *section ? "}\n\n" : "", row->section);
			section = row->section;
		}
		if (docs)
			put_doc(out, row);
		buf_printf(out, "\t%s = ", row->name);
		put_value(out, row, s, false);
		buf_putc(out, '\n');
	}
	return buf_puts(out, "}\n");
}

int config_print_one(const struct settings *s, struct span name, struct buf *out)
{
	AUTO_BUF near = BUF(256);
	struct span rest = name, section;
	const struct config_setting *row;

	if (span_find(name, '.') < 0 || !span_split(&rest, '.', &section))
		return err(ERR_NOT_FOUND, "a setting is named section.name");
	row = config_table_find(section, rest);
	if (row) {
		put_value(out, row, s, true);
		return out->err;
	}
	config_table_suggest(section, rest, &near);
	buf_str(&near);
	return err(ERR_NOT_FOUND, "there is no setting %.*s%s", SPAN_ARG(name),
	           near.n ? near.p : "");
}
