/* doctor/reach.c - sessions with our own smtp port and with another server: open relay, the way
 * out, and whose clock is right.
 */
#include "doctor/doctor_impl.h"

#include "config/config_network.h"
#include "wire/message/date.h"

enum {
	CLOCK_OFF_MS = 120 * 1000,
	/* Who relays for more than these has a provider's network, or a mistake. */
	WIDE_IPV4 = 16,
	WIDE_IPV6 = 32,
	PRIVATE_IPV4 = 8, /* 10.0.0.0/8 */
	PRIVATE_IPV6 = 7, /* fc00::/7   */
};

static bool is_wide(const struct config_network *n)
{
	bool v4 = n->address.sa.sa_family == AF_INET;
	struct ip ip;

	address_ip(&n->address, &ip);
	if (ip_is_special(&ip))
		return n->bits < (v4 ? PRIVATE_IPV4 : PRIVATE_IPV6);
	return n->bits < (v4 ? WIDE_IPV4 : WIDE_IPV6);
}

static void check_networks(struct doctor *d)
{
	const struct settings_list *list = &d->set->smtp_relay_networks;
	struct config_network n;

	for (size_t i = 0; i < list->n; i++)
		if (config_network_parse(span_str(list->v[i]), &n) >= 0 && is_wide(&n))
			doctor_mend(d, span_str(list->v[i]),
			            "smtp.relay_networks has %s, so strangers send what they like "
			            "through this server: leave your own networks alone in it",
			            list->v[i]);
}

void doctor_check_relay(struct doctor *d)
{
	const struct doctor_dialogue *own = &d->seen->own;
	struct span at = span_str(own->at);
	bool from_outside = own->relay_code && !d->seen->from_relay_network;
	bool untried = *own->failed && !own->relay_code;

	check_networks(d);
	if (from_outside && own->relay_code < 300)
		doctor_mend(
		        d, at,
		        "a stranger's message to a stranger is taken at %s (%d %s): this is an "
		        "open relay; see what stands between, such as a proxy whose address is in "
		        "smtp.relay_networks",
		        own->at, own->relay_code, own->relay_words);
	else if (d->worst[d->now] == DOCTOR_MEND)
		return;
	else if (from_outside && own->relay_code < 500)
		doctor_unseen(d, at,
		              "whether strangers may relay was not decided: %s answers %d %s",
		              own->at, own->relay_code, own->relay_words);
	else if (untried)
		doctor_unseen(d, at, "whether strangers may relay was not tried at %s: %s", own->at,
		              own->failed);
	else if (from_outside)
		doctor_well(d, at, "strangers cannot send to strangers through us");
	else
		doctor_well(d, at, "no network but yours may send to strangers through us");
}

void doctor_check_outward(struct doctor *d)
{
	const struct doctor_dialogue *peer = &d->seen->peer;
	struct span at = span_str(peer->at);

	if (!*peer->at && !d->seen->running)
		return;
	if (!*peer->at && *d->seen->peer_unasked)
		doctor_unseen(d, at, "no other server was called, for DNS did not say where: %s",
		              d->seen->peer_unasked);
	else if (!*peer->at && !*peer->failed)
		doctor_unseen(d, at,
		              "no other server was called, for DNS names none: give one by --peer");
	else if (*peer->failed)
		doctor_mend(
		        d, at,
		        "%s cannot be reached (%s): have your provider open port %jd outward, or "
		        "send through a relay (delivery.routes)",
		        *peer->at ? peer->at : "another server", peer->failed,
		        (intmax_t)d->set->delivery_remote_port);
	else
		doctor_well(d, at, "other servers can be reached (%s)", peer->at);
}

/* "mx.example ESMTP; Mon, 23 Nov 2026 19:05:07 +0000": some servers still tell the time.  False:
 * not this one. */
static bool told_time(const struct doctor_dialogue *peer, int64_t *off_ms)
{
	struct span words = span_str(peer->greeting);
	ptrdiff_t at = span_find_last(words, ';');
	int64_t time_ms;

	if (at < 0 ||
	    message_date_parse(span_sub(words, (size_t)at + 1, words.n), &time_ms, NULL) < 0)
		return false;
	*off_ms = peer->greeted_ms - time_ms;
	return true;
}

void doctor_check_clock(struct doctor *d)
{
	const struct doctor_dialogue *peer = &d->seen->peer;
	struct span at = span_str(peer->at);
	int64_t off_ms;
	bool told = told_time(peer, &off_ms);

	if (told && (off_ms > CLOCK_OFF_MS || off_ms < -CLOCK_OFF_MS))
		doctor_mend(
		        d, at,
		        "the clock is %jd s %s that of %s: let something keep it right (chrony, "
		        "systemd-timesyncd), for signatures and certificates are judged by it",
		        (intmax_t)(off_ms < 0 ? -off_ms : off_ms) / 1000,
		        off_ms < 0 ? "behind" : "ahead of", peer->at);
	else if (told)
		doctor_well(d, at, "the clock agrees with that of %s", peer->at);
	else if (d->seen->clock == DOCTOR_CLOCK_KEPT)
		doctor_well(d, at, "the kernel says that the clock is kept right");
	else
		doctor_hint(
		        d, at,
		        "the kernel does not know of anything that keeps the clock right: see that "
		        "chrony or systemd-timesyncd runs, here or where this machine is hosted");
}
