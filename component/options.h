/* component/options.h - what a client was told. */
#ifndef COMPONENT_OPTIONS_H
#define COMPONENT_OPTIONS_H

#include "base/arena.h"
#include "base/coding/ip.h"
#include "base/err.h"

enum { OPTIONS_ANCHORS_MAX = 20 };

struct options {
	struct arena mem;
	const char *name, *roots; /* or NULL */
	const char *token;        /* or NULL; wiped */
	/* Of the program; or NULL.  What it returns is copied. */
	const char *(*give_token)(void *arg, const char *user, const char *host);
	void *token_arg;
	struct ip dns;
	uint16_t dns_port;
	const char *anchors[OPTIONS_ANCHORS_MAX];
	size_t n_anchors;
	bool dnssec, sts, private_addresses, ipv6;
	uint16_t port, sts_port;
	unsigned parallel;
	int64_t connect_ms, greeting_ms, command_ms, data_ms, all_ms;
};

void options_init(struct options *o);
void options_fini(struct options *o);
/* ERR_SYNTAX with words; ERR_UNKNOWN: no such option; ERR_LIMIT; ERR_NO_MEMORY. */
NODISCARD int options_set(struct options *o, struct span option, struct span value);

#endif
