/* deliver/hosts.h - a destination's addresses, in the order to try them.
 *
 * Sources: RFC 5321 5.1 (MX, implicit MX, loops), 4.1.3 (literals), RFC 7505 (null MX),
 *          RFC 7672 2.2, RFC 8461 4 (how they are to be known).
 * Hosts are looked up one preference at a time: a domain whose first server answers
 * costs no questions about its others.  Pure: the caller asks DNS.  Floor 2.
 */
#ifndef DELIVER_HOSTS_H
#define DELIVER_HOSTS_H

#include "base/arena.h"
#include "deliver/dane.h"
#include "deliver/destination.h"

enum { DELIVER_PER_HOST_MAX = 5 }; /* addresses of a family: one host cannot hide the others */

enum deliver_hosts_asks {
	HOSTS_ASK_NOTHING,
	HOSTS_ASK_MX,
	HOSTS_ASK_AAAA,
	HOSTS_ASK_A,
	HOSTS_ASK_STS,
	HOSTS_ASK_DANE, /* see dane.h */
	HOSTS_ASK_WHY,  /* IPv6 is off, and there is no IPv4 address: has it others? */
};

struct deliver_host {
	struct span name;
	uint16_t preference;
};

struct deliver_hosts {
	const struct deliver_rules *rules;
	const struct deliver_to *to;
	struct arena *mem;
	enum deliver_hosts_asks asks;
	struct deliver_host hosts[DELIVER_HOSTS_MAX]; /* the best, by preference */
	size_t n_hosts, next_host;
	struct deliver_candidate candidates[DELIVER_ADDRESSES_MAX];
	size_t n_candidates, n_given;
	size_t group, of_host; /* where this preference's, this host's begin */
	struct deliver_candidate later[DELIVER_ADDRESSES_MAX]; /* could not be reached lately */
	size_t n_later;
	bool secure; /* DNSSEC vouches for the hosts' names                        */
	struct span domain_canonical;
	enum mtasts_mode sts;            /* of the domain's MTA-STS policy                        */
	struct deliver_dane_search dane; /* of this host                           */
	bool host_known;                 /* the host has addresses, of whatever use               */
	bool any;      /* there was one to try                                   */
	bool implicit; /* the domain itself is the host                          */
	bool loop;     /* we are among the hosts: the rest was dropped           */
	bool no_ipv4;  /* a host has IPv6 addresses alone, and IPv6 is off       */
	bool special;  /* a host has a special address                           */
	struct smtp_client_result unanswered; /* done: a question about this host  */
	struct smtp_client_result trouble;    /* done: why hosts are missing       */
};

/* rules, to: borrowed; mem: of texts.  What goes wrong shows in deliver_hosts_trouble. */
void deliver_hosts_open(struct deliver_hosts *h, const struct deliver_rules *rules,
                        const struct deliver_to *to, struct arena *mem);

/* The next ones to try, all of one preference.  False: answer deliver_hosts_question first. True
 * with *n 0: there are no more. */
bool deliver_hosts_next(struct deliver_hosts *h, struct deliver_candidate **out, size_t *n);
struct deliver_question deliver_hosts_question(const struct deliver_hosts *h);
void deliver_hosts_answer(struct deliver_hosts *h, const struct deliver_answer *a);

/* After the last of them: why some or all hosts are missing.  Not done: nothing is. */
const struct smtp_client_result *deliver_hosts_trouble(struct deliver_hosts *h);

#endif
