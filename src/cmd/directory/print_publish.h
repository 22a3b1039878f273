/* cmd/directory/print_publish.h - what a domain publishes in DNS (doctor/publish.h), printed. */
#ifndef CMD_DIRECTORY_PRINT_PUBLISH_H
#define CMD_DIRECTORY_PRINT_PUBLISH_H

#include <jansson.h>

#include "doctor/publish.h"

/* The TXT records of a domain's DKIM keys, from its row (object "dkim" of calls/directory.h). */
void publish_keys_each(json_t *row, publish_fn *fn, void *arg);
/* A line a record. */
void publish_print(const struct publish *p);
void publish_print_keys(json_t *row);
/* What people tell their mail programs, by hand. */
void publish_print_clients(const struct publish *p);

#endif
