/* cmd/directory/usage.c - see usage.h. */
#include "cmd/directory/usage.h"

#include <stdio.h>

#include "cmd/control.h"

static long long number(json_t *row, const char *key)
{
	return (long long)json_integer_value(json_object_get(row, key));
}

static void print_most(const char *what, long long used, long long most)
{
	printf(" %lld", used);
	if (most)
		printf(" of %lld (%lld %%)", most, used * 100 / most);
	printf(" %s", what);
}

void usage_print(const struct settings *set, json_t *row, bool json)
{
	static const char *const keys[] = { "used_octets", "used_messages", "most_octets",
		                            "most_messages" };
	struct control c;
	json_t *used = NULL;

	if (control_server(set) > 0 && control_open(set, &c) >= 0) {
		if (control_mailboxes(&c, control_text(row, "account"), &used) < 0)
			used = NULL;
		control_close(&c);
	}
	for (size_t i = 0; used && json && i < N_ELEMS(keys); i++)
		json_object_set(row, keys[i], json_object_get(used, keys[i]));
	if (json) {
		control_print(row);
	} else if (used) {
		printf("%-16s", "usage");
		print_most("messages,", number(used, "used_messages"),
		           number(used, "most_messages"));
		print_most("octets", number(used, "used_octets"), number(used, "most_octets"));
		putchar('\n');
	}
	json_decref(used);
}
