/* config/config_table.h - settings.def as rows, for parser, checker and printer.  Private to
 * config/. */
#ifndef CONFIG_CONFIG_TABLE_H
#define CONFIG_CONFIG_TABLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "config/settings.h"

enum config_type {
	CONFIG_STRING,
	CONFIG_LIST,
	CONFIG_INT,
	CONFIG_BYTES,
	CONFIG_LENGTH,
	CONFIG_BOOL,
};

struct config_setting {
	const char *section, *name;
	enum config_type type;
	const char *def, *doc;
	size_t offset;               /* of its member in struct settings */
	const char *least, *most;    /* of a number; NULL: any */
	int (*is)(struct span text); /* of a text, or of each in a list; NULL: any */
};

/* In the order of settings.def: the settings of a section stand together. */
extern const struct config_setting config_table[];
extern const size_t config_table_n;

/* NULL when there is none. */
const struct config_setting *config_table_find(struct span section, struct span name);
bool config_table_has_section(struct span section);
/* Puts "; did you mean ...?" when a known name is near; nothing otherwise.
 * With an empty name the suggestion is a section. */
void config_table_suggest(struct span section, struct span name, struct buf *out);

/* The forms that settings.def names in IS(): 0, or ERR_SYNTAX with a sentence in the detail. */
int config_is_host(struct span text);
int config_is_host_or_empty(struct span text);
int config_is_listen(struct span text);
int config_is_lmtp_listen(struct span text);
int config_is_server(struct span text);
int config_is_network(struct span text);
int config_is_proxy_from(struct span text);
int config_is_attachments(struct span text);
int config_is_clamd(struct span text);
int config_is_rspamd(struct span text);
int config_is_endpoint(struct span text);
int config_is_failure(struct span text);
int config_is_taking(struct span text);
int config_is_dnslist(struct span text);
int config_is_rates(struct span text);
int config_is_rate(struct span text);
int config_is_networks_rate(struct span text);
int config_is_steps(struct span text);
int config_is_line(struct span text);
int config_is_length(struct span text);
int config_is_level(struct span text);
int config_is_mta_sts(struct span text);
int config_is_over_quota(struct span text);
int config_is_path(struct span text);
int config_is_whole_path(struct span text);
int config_is_certificate(struct span text);
int config_is_acme(struct span text);
int config_is_path_or_empty(struct span text);
int config_is_mode(struct span text);
int config_is_route(struct span text);

/* A value as the table's member: one text that stands for a scalar.
 * ERR_SYNTAX or ERR_REFUSED with a sentence for a person in the detail. */
NODISCARD int config_value_check(const struct config_setting *s, struct span text);
/* Writes the scalar (not LIST) into out's member; STRINGs are copied into mem. */
NODISCARD int config_value_set(const struct config_setting *s, struct span text, struct arena *mem,
                               struct settings *out);
/* True for settings that name a file: relative ones stand below the configuration's folder. */
bool config_value_is_path(const struct config_setting *s);

#endif
