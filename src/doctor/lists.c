/* doctor/lists.c - whether the lists that we use are lists, and blocklists have our own addresses.
 * RFC 5782. */
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

/* What no list says.  True: nothing of it is believed, so no more is asked. */
static bool tell_unlike(struct doctor *d, const struct dnslist *list, enum dnslist_word word,
                        const char *setting)
{
	struct span zone = list->zone;

	if (word == DNSLIST_REFUSED)
		doctor_mend(
		        d, zone,
		        "the list %.*s does not answer your resolver, so nobody is found in it: "
		        "read its terms of use, and ask it through a resolver of your own "
		        "(resolver.address)",
		        SPAN_ARG(zone));
	if (word == DNSLIST_WILD)
		doctor_mend(d, zone, "%.*s is no list of addresses any more: take it out of %s",
		            SPAN_ARG(zone), setting);
	if (word == DNSLIST_SILENT)
		doctor_unasked(d, zone, "the list %.*s did not answer", SPAN_ARG(zone));
	return word == DNSLIST_REFUSED || word == DNSLIST_WILD || word == DNSLIST_SILENT;
}

static enum dnslist_word ask(struct doctor *d, const struct dnslist *list, const struct ip *ip)
{
	struct dns_question q;
	struct ip value;

	if (!dnslist_question(list, ip, DNS_A, &q))
		return DNSLIST_CLEAN;
	struct dns_answer answer = doctor_ask(d, DNS_A, span_str(q.name));
	return dnslist_judge(list, &answer, &value);
}

static bool has_everybody(struct doctor *d, const struct dnslist *list)
{
	enum dnslist_word word = ask(d, list, &dnslist_never);

	return word == DNSLIST_LISTED || word == DNSLIST_OTHER;
}

/* By the entries that every list has, and has not. */
static void try_list(struct doctor *d, const struct dnslist *list, bool white)
{
	const char *setting = white ? "defence.dnswl" : "defence.dnsbl";
	enum dnslist_word always = ask(d, list, &dnslist_always);

	if (tell_unlike(d, list, always, setting))
		return;
	if (always == DNSLIST_CLEAN)
		(white ? doctor_hint : doctor_mend)(
		        d, list->zone,
		        "the list %.*s does not have 127.0.0.2, which each list has so that it can "
		        "be tried (RFC 5782 5)%s: see whether it still works, and else take it out "
		        "of %s",
		        SPAN_ARG(list->zone), white ? "" : ", so it is not believed", setting);
	if (has_everybody(d, list))
		doctor_mend(d, list->zone,
		            "the list %.*s has 127.0.0.1, so it has everybody and is not believed: "
		            "take "
		            "it out of %s",
		            SPAN_ARG(list->zone), setting);
}

void doctor_check_dnslists(struct doctor *d)
{
	const struct settings_list *of[] = { &d->set->defence_dnsbl, &d->set->defence_dnswl };
	struct dnslist list;
	size_t n = 0;

	for (size_t k = 0; k < N_ELEMS(of); k++)
		for (size_t i = 0; i < of[k]->n; i++)
			if (dnslist_parse(span_str(of[k]->v[i]), &list) >= 0) {
				try_list(d, &list, k == 1);
				n++;
			}
	if (!n)
		doctor_well(d, SPAN(""), "no list of addresses is asked about who connects");
	else if (d->worst[d->now] == DOCTOR_WELL)
		doctor_well(d, SPAN(""), "each list of addresses answers as lists do");
}

/* Of a list that is none the check before has told.  True: it has answered. */
static bool look(struct doctor *d, const struct dnslist *list, const struct ip *ip)
{
	enum dnslist_word word = ask(d, list, ip);

	if (word == DNSLIST_LISTED && !has_everybody(d, list))
		tell_listed(d, list, ip);
	else if (word == DNSLIST_SILENT && d->worst[DOCTOR_AT_dnslists] == DOCTOR_WELL)
		tell_unlike(d, list, word, "defence.dnsbl");
	return word != DNSLIST_REFUSED && word != DNSLIST_WILD && word != DNSLIST_SILENT;
}

void doctor_check_lists(struct doctor *d)
{
	const struct settings_list *lines = &d->set->defence_dnsbl;
	struct dnslist list;
	size_t asked = 0, answered = 0;

	for (size_t i = 0; i < lines->n; i++)
		for (size_t k = 0; k < d->n_addresses; k++)
			if (dnslist_parse(span_str(lines->v[i]), &list) >= 0) {
				asked++;
				answered += look(d, &list, &d->addresses[k]);
			}
	if (!lines->n)
		doctor_well(d, SPAN(""), "no blocklist is named in defence.dnsbl to be asked");
	else if (d->worst[d->now] == DOCTOR_WELL && answered)
		doctor_well(d, SPAN(""), "no blocklist of defence.dnsbl%s has our addresses",
		            answered < asked ? " that answers" : "");
}
