/* For names_differential.py: messages in, each as "OCTETS\n" and its octets; out, a line each: 1
 * when a name in it is on the classic list. */
#include <stdio.h>
#include <stdlib.h>

#include "wire/message/names/names.h"

static int answer(struct span message)
{
	AUTO_ARENA arena = { 0 };
	struct message_names names;

	if (message_names_find(message, &arena, &names) < 0)
		return 1;
	for (size_t i = 0; i < names.n; i++)
		if (message_name_listed(names.names[i].name, MESSAGE_NAME_CLASSIC, NULL))
			return puts("1") < 0;
	return puts("0") < 0;
}

int main(void)
{
	char line[32];

	while (fgets(line, sizeof(line), stdin)) {
		size_t n = strtoul(line, NULL, 10);
		char *message = malloc(n ? n : 1);
		int r = !message || fread(message, 1, n, stdin) != n ||
		        answer(span_make(message, n));

		free(message);
		if (r)
			return 1;
	}
	return 0;
}
