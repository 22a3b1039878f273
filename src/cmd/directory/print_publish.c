/* cmd/directory/print_publish.c - see print_publish.h. */
#include "cmd/directory/print_publish.h"

#include <stdio.h>

#include "cmd/control.h"

void publish_keys_each(json_t *row, publish_fn *fn, void *arg)
{
	struct span domain = span_str(control_text(row, "dkim"));
	json_t *k;
	size_t i;

	json_array_foreach(json_object_get(row, "keys"), i, k)
	{
		const struct publish_key key = { domain, span_str(control_text(k, "selector")),
			                         span_str(control_text(k, "record")) };
		publish_key(&key, fn, arg);
	}
}

static void print_record(const char *owner, const char *type, const char *value, UNUSED void *arg)
{
	printf("    %-32s IN %-4s %s\n", owner, type, value);
}

void publish_print(const struct publish *p)
{
	publish_each(p, print_record, NULL);
}

void publish_print_keys(json_t *row)
{
	publish_keys_each(row, print_record, NULL);
}

static void print_client(const char *use, const char *host, int port, UNUSED void *arg)
{
	printf("    %-40s %s, port %d\n", use, host, port);
}

void publish_print_clients(const struct publish *p)
{
	publish_clients_each(p, print_client, NULL);
}
