/* cmd/dkim/dkim_cmd.h - what the files of the dkim command share. */
#ifndef CMD_DKIM_DKIM_CMD_H
#define CMD_DKIM_DKIM_CMD_H

#include <jansson.h>

#include "config/settings.h"

struct dkim_cmd {
	const char *config, *domain;
	const char *selector; /* NULL: named by today's date */
	const char *key_file; /* a key of the owner's; NULL: a fresh one */
	bool rsa, ed25519;    /* which; neither: both */
	bool json, yes;
	const struct settings *set;
};

/* Each returns the exit status. */
int dkim_cmd_new(struct dkim_cmd *x);
int dkim_cmd_rotate(struct dkim_cmd *x);
int dkim_cmd_show(struct dkim_cmd *x);
int dkim_cmd_list(struct dkim_cmd *x);
int dkim_cmd_remove(struct dkim_cmd *x);
int dkim_cmd_verify(const struct dkim_cmd *x, const char *file);

/* The domain's row, with what is in force now; to be let go.  What is wrong is printed. */
NODISCARD int dkim_cmd_row(const struct dkim_cmd *x, json_t **out);
/* A row of who_ask, into the json_t * that arg leads to. */
void dkim_cmd_keep(json_t *row, void *arg);
/* The keys that it asks for; *row, the domain's or NULL, becomes the row with them. */
NODISCARD int dkim_cmd_make(const struct dkim_cmd *x, json_t **row);

#endif
