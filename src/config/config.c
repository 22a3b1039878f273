/* config/config.c - one configuration file to struct settings.
 *
 * libconfuse parses; every value is a string to it, checked here while the line is
 * known.  It stops at the first unknown name, so each one found is added to its
 * tables as something that is ignored and the text is parsed again: all mistakes are
 * told at once.  Its line numbers go wrong after comments, so these are blanked first.
 */
#include "config/config.h"

#include <confuse.h>
#include <unistd.h>

#include "base/err.h"
#include "config/config_table.h"
#include "config/config_text.h"
#include "inspect/steps/steps.h"

enum {
	TEXT_MAX = 1 << 20,
	UNKNOWN_MAX = 50,
	MISTAKES_MAX = 100,
	MESSAGE_MAX = 512,
	PATH_BYTES = 1024,
};

struct mistake {
	int line; /* 0: of the file as a whole */
	const char *text;
};

/* A name that the tables lack; section "" is the file's top. */
struct unknown {
	const char *section, *name;
	int line;
	bool is_section;
};

struct parse {
	struct arena *scratch;
	struct mistake mistakes[MISTAKES_MAX];
	size_t n_mistakes;
	struct unknown unknowns[UNKNOWN_MAX];
	size_t n_unknowns;
	int *set_line;             /* of each row of config_table; 0: not set */
	int step_line[STEP_COUNT]; /* likewise of each step in defence.steps */
	bool again;                /* an unknown name was added: parse once more */
	bool told;                 /* libconfuse said what it does not like */
	bool reading;              /* the file, not the defaults */
};

/* libconfuse's callbacks carry no pointer of ours. */
static struct parse *parsing;

/* Keeps the order of the file; a mistake is told once. */
static void note(struct parse *p, int line, struct buf *message)
{
	struct mistake *m = p->mistakes;
	size_t at = p->n_mistakes;
	const char *text = arena_str(p->scratch, buf_span(message));

	if (!text || at == MISTAKES_MAX)
		return;
	for (size_t i = 0; i < p->n_mistakes; i++)
		if (m[i].line == line && !strcmp(m[i].text, text))
			return;
	for (; at && m[at - 1].line > line; at--)
		m[at] = m[at - 1];
	m[at] = (struct mistake){ line, text };
	p->n_mistakes++;
}

static const char *section_name(const cfg_t *cfg)
{
	return strcmp(cfg->name, "root") ? cfg->name : "";
}

static struct unknown *unknown_find(struct parse *p, const char *section, const char *name)
{
	for (size_t i = 0; i < p->n_unknowns; i++)
		if (!strcmp(p->unknowns[i].section, section) && !strcmp(p->unknowns[i].name, name))
			return &p->unknowns[i];
	return NULL;
}

static void unknown_add(struct parse *p, const cfg_t *cfg, const char *name)
{
	struct unknown u = {
		.section = arena_str(p->scratch, span_str(section_name(cfg))),
		.name = arena_str(p->scratch, span_str(name)),
		.line = cfg->line,
		.is_section = !*section_name(cfg),
	};

	if (p->n_unknowns == UNKNOWN_MAX || !u.section || !u.name)
		return;
	p->unknowns[p->n_unknowns++] = u;
	p->again = true;
}

static void unknown_note(struct parse *p, const struct unknown *u)
{
	AUTO_BUF text = BUF(MESSAGE_MAX);
	struct span section = span_str(u->section), name = span_str(u->name);

	if (section.n && !config_table_has_section(section))
		return; /* the section itself is told */
	if (section.n)
		buf_printf(&text, "unknown setting %s.", u->section);
	else
		buf_puts(&text, u->is_section ? "unknown section " : "in no section: ");
	buf_put_escaped(&text, name);
	if (u->is_section)
		config_table_suggest(name, (struct span){ 0 }, &text);
	else
		config_table_suggest(section, name, &text);
	note(p, u->line, &text);
}

/* libconfuse's own words for what it cannot parse. */
static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct parse *p = parsing;
	AUTO_BUF text = BUF(MESSAGE_MAX);
	struct unknown *u;
	va_list names;

	va_copy(names, ap);
	if (strstr(fmt, "no such option")) {
		unknown_add(p, cfg, va_arg(names, const char *));
	} else if (strstr(fmt, "missing opening brace") &&
	           (u = unknown_find(p, "", va_arg(names, const char *))) && u->is_section) {
		u->is_section = false;
		p->again = true;
	} else {
		buf_vprintf(&text, fmt, ap);
		note(p, cfg->line, &text);
	}
	va_end(names);
}

/* What is said later would win, without a word. */
static void check_steps(struct parse *p, int line, struct span value)
{
	AUTO_BUF text = BUF(MESSAGE_MAX);
	uint32_t named = 0;

	if (step_actions_check(value, &named) < 0)
		return;
	for (unsigned s = 0; s < STEP_COUNT; s++) {
		if (!(named & 1u << s))
			continue;
		if (p->step_line[s]) {
			buf_printf(
			        &text,
			        "defence.steps: what follows from the step %s is said already on "
			        "line %d; leave the one that is meant",
			        step_name((enum step)s), p->step_line[s]);
			note(p, line, &text);
			buf_reset(&text);
		}
		p->step_line[s] = line;
	}
}

static void check_value(struct parse *p, const cfg_t *cfg, const cfg_opt_t *opt, const char *value)
{
	const struct config_setting *s =
	        config_table_find(span_str(cfg->name), span_str(opt->name));
	AUTO_BUF text = BUF(MESSAGE_MAX);
	int *set, r;

	if (!s)
		return;
	set = &p->set_line[s - config_table];
	/* One value is there: an assignment's first, not a list's next. */
	if (opt->nvalues == 1 && *set) {
		buf_printf(&text, "%s.%s is set already on line %d", s->section, s->name, *set);
		note(p, cfg->line, &text);
		buf_reset(&text);
	}
	*set = cfg->line;
	r = config_value_check(s, span_str(value));
	if (r >= 0 && s->is == config_is_steps)
		check_steps(p, cfg->line, span_str(value));
	if (r < 0) {
		buf_printf(&text, "%s.%s: \"", s->section, s->name);
		buf_put_escaped(&text, span_str(value));
		buf_printf(&text, "\" %s", err_str(r));
		note(p, cfg->line, &text);
	}
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	if (parsing->reading)
		check_value(parsing, cfg, opt, value);
	*(const char **)result = value;
	return 0;
}

/* ---- libconfuse's tables, made of ours ------------------------------------ */

/* "a,b" as {"a","b"}; NULL without memory. */
static char *list_default(struct arena *mem, const char *def)
{
	AUTO_BUF text = BUF(MESSAGE_MAX);
	struct span rest = span_str(def), one;

	buf_putc(&text, '{');
	while (span_split(&rest, ',', &one))
		buf_printf(&text, "%s\"%.*s\"", text.n > 1 ? "," : "", SPAN_ARG(one));
	buf_putc(&text, '}');
	return text.err ? NULL : arena_str(mem, buf_span(&text));
}

static bool add_option(struct parse *p, const struct config_setting *s, cfg_opt_t *out)
{
	char *def;

	if (s->type != CONFIG_LIST) {
		*out = (cfg_opt_t)CFG_STR_CB(s->name, (char *)s->def, CFGF_NONE, on_value);
		return true;
	}
	def = list_default(p->scratch, s->def);
	if (def)
		*out = (cfg_opt_t)CFG_STR_LIST_CB(s->name, def, CFGF_NONE, on_value);
	return def != NULL;
}

/* The options of a section, and what is ignored there; NULL without memory. */
static cfg_opt_t *section_options(struct parse *p, const char *section)
{
	cfg_opt_t *opts = arena_array(p->scratch, cfg_opt_t, config_table_n + UNKNOWN_MAX + 1);
	size_t n = 0;

	if (!opts)
		return NULL;
	for (size_t i = 0; i < config_table_n; i++)
		if (!strcmp(config_table[i].section, section) &&
		    !add_option(p, &config_table[i], &opts[n++]))
			return NULL;
	for (size_t i = 0; i < p->n_unknowns; i++)
		if (!strcmp(p->unknowns[i].section, section))
			opts[n++] = (cfg_opt_t)CFG_STR_LIST(p->unknowns[i].name, NULL, CFGF_NONE);
	opts[n] = (cfg_opt_t)CFG_END();
	return opts;
}

static bool add_section(struct parse *p, const char *section, cfg_opt_t *out)
{
	cfg_opt_t *opts = section_options(p, section);

	if (opts)
		*out = (cfg_opt_t)CFG_SEC(section, opts, CFGF_NONE);
	return opts != NULL;
}

static cfg_t *build(struct parse *p)
{
	cfg_opt_t *opts = arena_array(p->scratch, cfg_opt_t, config_table_n + UNKNOWN_MAX + 1);
	size_t n = 0;

	if (!opts)
		return NULL;
	for (size_t i = 0; i < config_table_n; i++) {
		const char *section = config_table[i].section;

		if (n && !strcmp(opts[n - 1].name, section))
			continue;
		if (!add_section(p, section, &opts[n++]))
			return NULL;
	}
	for (size_t i = 0; i < p->n_unknowns; i++) {
		const struct unknown *u = &p->unknowns[i];

		if (*u->section)
			continue;
		if (!u->is_section)
			opts[n++] = (cfg_opt_t)CFG_STR_LIST(u->name, NULL, CFGF_NONE);
		else if (!add_section(p, u->name, &opts[n++]))
			return NULL;
	}
	opts[n] = (cfg_opt_t)CFG_END();
	return cfg_init(opts, CFGF_NONE);
}

/* Parses until no name is new.  *out may be NULL only on ERR_NO_MEMORY. */
static int parse_all(struct parse *p, const char *text, cfg_t **out)
{
	AUTO_BUF message = BUF(MESSAGE_MAX);
	cfg_t *cfg = NULL;

	do {
		if (cfg)
			cfg_free(cfg);
		p->again = p->reading = false;
		p->set_line = arena_array(p->scratch, int, config_table_n);
		memset(p->step_line, 0, sizeof p->step_line);
		cfg = build(p);
		if (!cfg || !p->set_line)
			break;
		cfg_set_error_function(cfg, on_error);
		p->reading = true;
		if (cfg_parse_buf(cfg, text) != CFG_SUCCESS && !p->n_mistakes && !p->n_unknowns) {
			buf_puts(&message, "this cannot be read");
			note(p, cfg->line, &message);
		}
	} while (p->again);
	if (!cfg || !p->set_line) {
		if (cfg)
			cfg_free(cfg);
		return ERR_NO_MEMORY;
	}
	for (size_t i = 0; i < p->n_unknowns; i++)
		unknown_note(p, &p->unknowns[i]);
	*out = cfg;
	return 0;
}

/* ---- out of libconfuse ----------------------------------------------------- */

static int get_list(cfg_t *section, const char *name, struct arena *mem, struct settings_list *out)
{
	size_t n = cfg_size(section, name);
	const char **v = n ? arena_array(mem, const char *, n) : NULL;

	if (n && !v)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		if (!(v[i] = arena_str(mem, span_str(cfg_getnstr(section, name, (unsigned)i)))))
			return ERR_NO_MEMORY;
	*out = (struct settings_list){ v, n };
	return 0;
}

static int get_all(cfg_t *cfg, struct arena *mem, struct settings *out)
{
	for (size_t i = 0; i < config_table_n; i++) {
		const struct config_setting *s = &config_table[i];
		cfg_t *section = cfg_getsec(cfg, s->section);
		int r;

		if (s->type == CONFIG_LIST)
			r = get_list(section, s->name, mem,
			             (struct settings_list *)((char *)out + s->offset));
		else
			r = config_value_set(s, span_str(cfg_getstr(section, s->name)), mem, out);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The folder of the configuration file, absolute; NULL when there is no current one. */
static const char *folder_of(const char *path, struct arena *mem)
{
	ptrdiff_t slash = span_find_last(span_str(path), '/');
	char here[PATH_BYTES];

	if (*path == '/')
		return arena_str(mem, span_make(path, slash ? (size_t)slash : 1));
	if (!getcwd(here, sizeof here))
		return NULL;
	if (slash < 0)
		return arena_str(mem, span_str(here));
	return arena_printf(mem, "%s/%.*s", here, (int)slash, path);
}

static int make_absolute(const char *path, struct arena *mem, struct settings *out)
{
	const char *folder = folder_of(path, mem);

	for (size_t i = 0; i < config_table_n; i++) {
		const char **member = (const char **)((char *)out + config_table[i].offset);

		if (!config_value_is_path(&config_table[i]) || !**member || **member == '/')
			continue;
		if (!folder)
			return err_errno(ERR_CONFIG, "the current folder is unknown");
		*member = arena_printf(mem, "%s/%s", strcmp(folder, "/") ? folder : "", *member);
		if (!*member)
			return ERR_NO_MEMORY;
	}
	return 0;
}

static int take_machine_name(struct parse *p, struct arena *mem, struct settings *out)
{
	const struct config_setting *s = config_table_find(SPAN("server"), SPAN("hostname"));
	AUTO_BUF text = BUF(MESSAGE_MAX);
	char name[256] = "";

	if (*out->server_hostname)
		return 0;
	if (gethostname(name, sizeof name - 1) < 0 || !*name ||
	    config_value_check(s, span_str(name)) < 0) {
		buf_puts(&text, "server.hostname: set it, the machine's own name \"");
		buf_put_escaped(&text, span_str(name));
		buf_puts(&text, "\" is no host name");
		note(p, 0, &text);
		return 0;
	}
	out->server_hostname = arena_str(mem, span_str(name));
	return out->server_hostname ? 0 : ERR_NO_MEMORY;
}

static int line_of(const struct parse *p, struct span section, struct span name)
{
	return p->set_line[config_table_find(section, name) - config_table];
}

static void note_text(struct parse *p, int line, const char *fmt, ...) PRINTF(3, 4);

static void note_text(struct parse *p, int line, const char *fmt, ...)
{
	AUTO_BUF text = BUF(MESSAGE_MAX);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	note(p, line, &text);
}

/* Whoever sets it believes that it is refused. */
static void check_refuses(struct parse *p, const struct settings *out, struct span name,
                          const char *value)
{
	if (span_eq(span_str(value), SPAN("refuse")) &&
	    !span_eq(span_str(out->defence_attachments), SPAN("strict")))
		note_text(
		        p, line_of(p, SPAN("defence"), name),
		        "defence.%.*s: \"refuse\" does nothing while defence.attachments is %s: "
		        "only "
		        "strict looks into files; set attachments = strict, or take this line out",
		        SPAN_ARG(name), out->defence_attachments);
}

static void check_length(struct parse *p, struct span section, struct span name,
                         const struct settings_list *list, size_t most)
{
	if (list->n > most)
		note_text(p, line_of(p, section, name),
		          "%.*s.%.*s has %zu values; %zu are the most", SPAN_ARG(section),
		          SPAN_ARG(name), list->n, most);
}

/* What no single value shows. */
static int finish(struct parse *p, const char *path, struct arena *mem, struct settings *out)
{
	if (!out->delivery_retry.n)
		note_text(p, line_of(p, SPAN("delivery"), SPAN("retry")),
		          "delivery.retry needs at least one wait, such as 5m");
	check_length(p, SPAN("delivery"), SPAN("retry"), &out->delivery_retry, CONFIG_RETRY_MAX);
	if (!out->http_webhook_retry.n)
		note_text(p, line_of(p, SPAN("http"), SPAN("webhook_retry")),
		          "http.webhook_retry needs at least one wait, such as 5m");
	check_length(p, SPAN("http"), SPAN("webhook_retry"), &out->http_webhook_retry,
	             CONFIG_RETRY_MAX);
	check_length(p, SPAN("defence"), SPAN("dnsbl"), &out->defence_dnsbl, CONFIG_DNSLISTS_MAX);
	check_length(p, SPAN("defence"), SPAN("dnswl"), &out->defence_dnswl, CONFIG_DNSLISTS_MAX);
	check_refuses(p, out, SPAN("encrypted"), out->defence_encrypted);
	check_refuses(p, out, SPAN("macros"), out->defence_macros);
	if (take_machine_name(p, mem, out) < 0)
		return ERR_NO_MEMORY;
	return make_absolute(path, mem, out);
}

static int report(const struct parse *p, const char *path, struct buf *errors)
{
	for (size_t i = 0; i < p->n_mistakes; i++) {
		const struct mistake *m = &p->mistakes[i];

		if (m->line)
			buf_printf(errors, "%s:%d: %s\n", path, m->line, m->text);
		else
			buf_printf(errors, "%s: %s\n", path, m->text);
	}
	if (p->n_mistakes == MISTAKES_MAX)
		buf_printf(errors, "%s: and perhaps more\n", path);
	return err(ERR_CONFIG, "%s has %zu mistakes", path, p->n_mistakes);
}

/* Blanks comments in text, then parses it.  *out is NULL when it could not be read. */
static int parse_text(struct parse *p, char *text, size_t n, cfg_t **out)
{
	AUTO_BUF message = BUF(MESSAGE_MAX);
	int line, r = config_text_blank(text, n, &line);

	parsing = p;
	if (r == 0)
		return parse_all(p, text, out);
	buf_puts(&message, err_str(r));
	note(p, line, &message);
	return 0;
}

int config_parse(struct span text, const char *path, struct arena *mem, struct settings *out,
                 struct buf *errors)
{
	AUTO_ARENA scratch = { 0 };
	struct parse *p = arena_new(&scratch, struct parse);
	char *copy = arena_str(&scratch, text);
	struct settings *got = arena_new(&scratch, struct settings);
	cfg_t *cfg = NULL;
	int r;

	if (text.n > TEXT_MAX)
		return err(ERR_CONFIG, "%s is larger than a configuration can be", path);
	if (!p || !copy || !got)
		return ERR_NO_MEMORY;
	*got = (struct settings){ 0 };
	p->scratch = &scratch;
	r = parse_text(p, copy, text.n, &cfg);
	if (r == 0 && !p->n_mistakes && (r = get_all(cfg, mem, got)) == 0)
		r = finish(p, path, mem, got);
	if (cfg)
		cfg_free(cfg);
	if (r == 0 && p->n_mistakes)
		return report(p, path, errors);
	if (r == 0)
		*out = *got;
	return r;
}

int config_defaults(struct arena *mem, struct settings *out)
{
	AUTO_ARENA scratch = { 0 };
	struct parse *p = arena_new(&scratch, struct parse);
	struct settings *got = arena_new(&scratch, struct settings);
	cfg_t *cfg = NULL;
	char none[] = "";
	int r;

	if (!p || !got)
		return ERR_NO_MEMORY;
	*got = (struct settings){ 0 };
	p->scratch = &scratch;
	r = parse_text(p, none, 0, &cfg);
	if (r < 0)
		return r;
	r = get_all(cfg, mem, got);
	cfg_free(cfg);
	if (r == 0)
		*out = *got;
	return r;
}
