/* config/config_table.c - the rows of settings.def, and the nearest name to a wrong one. */
#include "config/config_table.h"

const struct config_setting config_table[] = {
#define ANY
#define FROM(from, to) .least = from, .most = to,
#define IS(form)       .is = config_is_##form,
#define SETTING(where, what, TYPE, standard, limits, text)                                         \
	{ .section = #where,                                                                       \
	  .name = #what,                                                                           \
	  .type = CONFIG_##TYPE,                                                                   \
	  .def = standard,                                                                         \
	  .doc = text,                                                                             \
	  .offset = offsetof(struct settings, where##_##what),                                     \
	  limits },
#include "config/settings.def"
#undef SETTING
#undef IS
#undef FROM
#undef ANY
};
const size_t config_table_n = N_ELEMS(config_table);

enum { NAME_MAX_BYTES = 64 };

const struct config_setting *config_table_find(struct span section, struct span name)
{
	for (size_t i = 0; i < config_table_n; i++)
		if (span_eq(section, span_str(config_table[i].section)) &&
		    span_eq(name, span_str(config_table[i].name)))
			return &config_table[i];
	return NULL;
}

bool config_table_has_section(struct span section)
{
	for (size_t i = 0; i < config_table_n; i++)
		if (span_eq(section, span_str(config_table[i].section)))
			return true;
	return false;
}

/* Levenshtein's distance in one row; names past NAME_MAX_BYTES are far from all. */
static size_t distance(struct span a, struct span b)
{
	size_t row[NAME_MAX_BYTES + 1];

	if (a.n > NAME_MAX_BYTES || b.n > NAME_MAX_BYTES)
		return NAME_MAX_BYTES;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.n];
}

/* Near is a third of the name, at least two edits. */
static size_t near_enough(struct span wrong)
{
	return wrong.n / 3 > 2 ? wrong.n / 3 : 2;
}

static void suggest_section(struct span wrong, struct buf *out)
{
	size_t best = near_enough(wrong) + 1;
	const char *name = NULL;

	for (size_t i = 0; i < config_table_n; i++) {
		size_t d = distance(wrong, span_str(config_table[i].section));

		if (d < best) {
			best = d;
			name = config_table[i].section;
		}
	}
	if (name)
		buf_printf(out, "; did you mean %s?", name);
}

void config_table_suggest(struct span section, struct span name, struct buf *out)
{
	size_t best = near_enough(name) + 1;
	const struct config_setting *near = NULL;

	if (!name.n) {
		suggest_section(section, out);
		return;
	}
	for (size_t i = 0; i < config_table_n; i++) {
		const struct config_setting *s = &config_table[i];
		bool other = !span_eq(section, span_str(s->section));
		size_t d = distance(name, span_str(s->name));

		/* Another section's setting only when it is spelled right. */
		if (d < best && (!other || !d)) {
			best = d;
			near = s;
		}
	}
	if (!near)
		return;
	if (span_eq(section, span_str(near->section)))
		buf_printf(out, "; did you mean %s?", near->name);
	else
		buf_printf(out, "; did you mean %s.%s?", near->section, near->name);
}
