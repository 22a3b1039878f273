/* doctor/lists.c - whether the blocklists that we use have our own addresses.  RFC 5782. */
#include "doctor/doctor_impl.h"

#include "wire/dnslist/dnslist.h"

static void tell_listed(struct doctor *d, const struct dnslist *list, const struct ip *ip)
{
	char reason[DNSLIST_REASON_MAX + 1] = "";
	struct span at = doctor_ip(d, ip);
	struct dns_question q;

	if (dnslist_question(list, ip, DNS_TXT, &q)) {
		struct dns_answer words = doctor_ask(d, DNS_TXT, span_str(q.name));
		dnslist_reason(&words, reason);
	}
	doctor_mend(
	        d, at,
	        "%.*s is on the blocklist %.*s%s%s: end what it complains of, then ask there to "
	        "be taken off",
	        SPAN_ARG(at), SPAN_ARG(list->zone), *reason ? ", which says " : "", reason);
}

static void look(struct doctor *d, const struct dnslist *list, const struct ip *ip)
{
	struct dns_question q;
	struct ip value;

	if (!dnslist_question(list, ip, DNS_A, &q))
		return;
	struct dns_answer answer = doctor_ask(d, DNS_A, span_str(q.name));
	switch (dnslist_judge(list, &answer, &value)) {
	case DNSLIST_CLEAN:
	case DNSLIST_OTHER: break;
	case DNSLIST_LISTED: tell_listed(d, list, ip); break;
	case DNSLIST_REFUSED:
		doctor_hint(
		        d, list->zone,
		        "the blocklist %.*s does not answer your resolver: read its terms of use, "
		        "and ask it through a resolver of your own (resolver.address)",
		        SPAN_ARG(list->zone));
		break;
	case DNSLIST_WILD:
		doctor_hint(d, list->zone,
		            "%.*s is no blocklist any more: take it out of defence.dnsbl",
		            SPAN_ARG(list->zone));
		break;
	case DNSLIST_SILENT:
		doctor_unseen(d, list->zone, "the blocklist %.*s did not answer: try again later",
		              SPAN_ARG(list->zone));
	}
}

void doctor_check_lists(struct doctor *d)
{
	const struct settings_list *lines = &d->set->defence_dnsbl;
	struct dnslist list;

	for (size_t i = 0; i < lines->n; i++)
		for (size_t k = 0; k < d->n_addresses; k++)
			if (dnslist_parse(span_str(lines->v[i]), &list) >= 0)
				look(d, &list, &d->addresses[k]);
	if (!lines->n)
		doctor_well(d, SPAN(""), "no blocklist is named in defence.dnsbl to be asked");
	else if (d->worst[d->now] == DOCTOR_WELL)
		doctor_well(d, SPAN(""), "no blocklist of defence.dnsbl has our addresses");
}
