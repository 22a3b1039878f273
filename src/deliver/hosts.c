/* deliver/hosts.c - see hosts.h. */
#include "deliver/hosts.h"

#include "deliver/told.h"
#include "wire/smtp/domain.h"

static void fail(struct deliver_hosts *h, enum smtp_cause cause, const char *why)
{
	if (!h->trouble.done)
		h->trouble = deliver_result(SMTP_STAGE_RESOLVE, cause, span_str(why));
}

/* A relay that cannot be found is the operator's to mend, not the message's fault. */
static void fail_domain(struct deliver_hosts *h, enum smtp_cause cause, const char *why)
{
	const char *text = why ? why : smtp_cause_text(cause);

	if (!h->to->relay.n)
		fail(h, cause, why);
	else
		fail(h, SMTP_CAUSE_LOCAL,
		     arena_printf(h->mem, "the relay host %.*s of the route: %s",
		                  SPAN_ARG(h->to->relay), text));
}

static struct smtp_client_result unanswered(const struct deliver_answer *a)
{
	enum smtp_cause cause = a->cause == SMTP_CAUSE_NONE ? SMTP_CAUSE_DNS : a->cause;

	return deliver_result(SMTP_STAGE_RESOLVE, cause, a->why);
}

static bool is_our_name(const struct deliver_hosts *h, struct span host)
{
	return h->rules->is_our_name && h->rules->is_our_name(h->rules->arg, host);
}

static enum deliver_tls tls_of(const struct deliver_hosts *h)
{
	if (h->to->relay.n)
		return h->to->tls;
	switch (h->sts) {
	case MTASTS_ENFORCE: return DELIVER_TLS_STS;
	case MTASTS_TESTING: return DELIVER_TLS_TESTING;
	case MTASTS_NONE: break;
	}
	return DELIVER_TLS_OPPORTUNISTIC;
}

static bool may_use(const struct deliver_hosts *h, const struct ip *ip)
{
	return h->rules->private_addresses || h->to->relay.n || !ip_is_special(ip);
}

/* Adds some of a host's addresses; false when one of them all is our own. */
static bool add_addresses(struct deliver_hosts *h, struct span host,
                          const struct deliver_record *records, size_t n)
{
	const struct deliver_rules *rules = h->rules;
	size_t n_added = 0;

	for (size_t i = 0; i < n; i++) {
		struct deliver_candidate c = {
			.host = host,
			.ip = records[i].ip,
			.port = h->to->relay.n ? h->to->port : rules->port,
			.tls = tls_of(h),
		};

		if (rules->is_our_address && rules->is_our_address(rules->arg, &c))
			return false;
		if (!may_use(h, &c.ip)) {
			h->special = true;
			continue;
		}
		if (n_added == DELIVER_PER_HOST_MAX ||
		    h->n_candidates + h->n_later == DELIVER_ADDRESSES_MAX)
			continue;
		h->candidates[h->n_candidates++] = c;
		n_added++;
	}
	return true;
}

/* ---- which hosts ----------------------------------------------------------------- */

/* The only host: of a domain without MX records (RFC 5321 5.1, the implicit MX), or a relay. */
static void use_host(struct deliver_hosts *h, struct span name)
{
	h->hosts[0] = (struct deliver_host){ .name = name };
	h->n_hosts = 1;
	h->implicit = true;
}

static void use_literal(struct deliver_hosts *h, struct span name, struct span literal)
{
	struct smtp_literal parsed;
	struct deliver_record record = { 0 };

	if (smtp_literal_parse(literal, &parsed) < 0) {
		fail_domain(h, SMTP_CAUSE_DOMAIN, "it is no address that we know");
		return;
	}
	record.ip.n = parsed.family == SMTP_LITERAL_IPV6 ? 16 : 4;
	memcpy(record.ip.octets, parsed.octets, record.ip.n);
	if (!add_addresses(h, name, &record, 1))
		h->loop = true;
}

/* Of the machine itself: there is nothing to ask. */
static void use_socket(struct deliver_hosts *h, struct span path)
{
	if (is_our_name(h, path))
		h->loop = true;
	else
		h->candidates[h->n_candidates++] =
		        (struct deliver_candidate){ .host = path, .tls = tls_of(h) };
}

/* A path, a name, or an address: "192.0.2.1", "2001:db8::1", "[192.0.2.1]", "[IPv6:2001:db8::1]".
 */
static void use_relay(struct deliver_hosts *h)
{
	static const struct span digits = SPAN("0123456789.");
	struct span host = h->to->relay;
	bool six = span_find(host, ':') >= 0, four = true;
	struct span literal = host;

	for (size_t i = 0; i < host.n; i++)
		four = four && span_find(digits, host.p[i]) >= 0;
	if (host.p[0] != '[' && (six || four))
		literal = span_str(
		        arena_printf(h->mem, six ? "[IPv6:%.*s]" : "[%.*s]", SPAN_ARG(host)));
	if (host.p[0] == '/')
		use_socket(h, host);
	else if (host.p[0] == '[' || six || four)
		use_literal(h, literal, literal);
	else
		use_host(h, host);
}

/* Keeps the best, in order of preference; equals as they came. */
static void add_host(struct deliver_hosts *h, const struct deliver_record *r)
{
	size_t at = h->n_hosts;

	while (at && h->hosts[at - 1].preference > r->preference)
		at--;
	if (at == DELIVER_HOSTS_MAX)
		return;
	if (h->n_hosts == DELIVER_HOSTS_MAX)
		h->n_hosts--;
	memmove(&h->hosts[at + 1], &h->hosts[at], (h->n_hosts - at) * sizeof *h->hosts);
	h->hosts[at] = (struct deliver_host){ r->name, r->preference };
	h->n_hosts++;
}

/* RFC 5321 5.1: where we are among the hosts, only better ones than we are left. */
static void use_records(struct deliver_hosts *h, const struct deliver_answer *mx)
{
	unsigned below = UINT16_MAX + 1;

	if (mx->n_records == 1 && !mx->records[0].name.n) {
		fail(h, SMTP_CAUSE_NULL_MX, NULL);
		return;
	}
	for (size_t i = 0; i < mx->n_records; i++)
		if (mx->records[i].preference < below && is_our_name(h, mx->records[i].name))
			below = mx->records[i].preference;
	for (size_t i = 0; i < mx->n_records; i++)
		if (mx->records[i].name.n && mx->records[i].preference < below)
			add_host(h, &mx->records[i]);
	h->loop = below <= UINT16_MAX;
}

static void answer_mx(struct deliver_hosts *h, const struct deliver_answer *a)
{
	h->asks = HOSTS_ASK_NOTHING;
	h->secure = a->secure;
	h->domain_canonical = a->canonical;
	if (a->found == DELIVER_BAD_NAME)
		fail(h, SMTP_CAUSE_DOMAIN, "the domain is no name that DNS knows");
	else if (a->found == DELIVER_UNANSWERED)
		h->trouble = unanswered(a);
	else if (a->found == DELIVER_NO_NAME)
		fail(h, SMTP_CAUSE_DOMAIN, NULL);
	else if (a->found == DELIVER_FOUND && a->n_records)
		use_records(h, a);
	else if (is_our_name(h, h->to->domain))
		h->loop = true;
	else
		use_host(h, h->to->domain);
	if (h->n_hosts && h->rules->sts)
		h->asks = HOSTS_ASK_STS;
}

/* RFC 8461 4.1: mail goes to no host that the policy does not name. */
static void answer_sts(struct deliver_hosts *h, const struct mtasts_policy *policy)
{
	size_t n = 0;

	h->asks = HOSTS_ASK_NOTHING;
	h->sts = policy ? policy->mode : MTASTS_NONE;
	if (h->sts != MTASTS_ENFORCE)
		return;
	for (size_t i = 0; i < h->n_hosts; i++)
		if (mtasts_permits(policy, h->hosts[i].name))
			h->hosts[n++] = h->hosts[i];
		else
			fail(h, SMTP_CAUSE_STS,
			     arena_printf(
			             h->mem,
			             "%.*s is none of the mail servers that the MTA-STS policy of "
			             "%.*s names (RFC 8461); the domain's administrator has to put "
			             "the policy or the MX records right",
			             SPAN_ARG(h->hosts[i].name), SPAN_ARG(h->to->domain)));
	h->n_hosts = n;
}

void deliver_hosts_open(struct deliver_hosts *h, const struct deliver_rules *rules,
                        const struct deliver_to *to, struct arena *mem)
{
	*h = (struct deliver_hosts){ .rules = rules, .to = to, .mem = mem };
	if (to->relay.n)
		use_relay(h);
	else if (to->domain.n && to->domain.p[0] == '[')
		use_literal(h, to->domain, to->domain);
	else
		h->asks = HOSTS_ASK_MX;
}

/* ---- their addresses --------------------------------------------------------------- */

/* Sets aside those of this preference that could not be reached lately. */
static void set_aside(struct deliver_hosts *h)
{
	const struct deliver_rules *rules = h->rules;
	size_t kept = h->group;

	for (size_t i = h->group; rules->is_unreachable && i < h->n_candidates; i++) {
		struct deliver_candidate c = h->candidates[i];

		if (rules->is_unreachable(rules->arg, &c))
			h->later[h->n_later++] = c;
		else
			h->candidates[kept++] = c;
	}
	if (rules->is_unreachable)
		h->n_candidates = kept;
}

static void ask_host(struct deliver_hosts *h)
{
	h->of_host = h->n_candidates;
	h->host_known = false;
	h->dane = (struct deliver_dane_search){
		.mem = h->mem,
		.port = h->rules->port,
		.domain = h->to->domain,
		.domain_canonical = h->domain_canonical,
		.host = h->hosts[h->next_host].name,
		.secure = true,
		.tls = tls_of(h),
	};
	h->unanswered.done = false;
	h->asks = h->rules->ipv6 ? HOSTS_ASK_AAAA : HOSTS_ASK_A;
}

/* The host's addresses are known.  A question that failed counts only where the other
 * family gives nothing that we may use. */
static void end_host(struct deliver_hosts *h)
{
	uint16_t preference = h->hosts[h->next_host++].preference;

	if (h->n_candidates == h->of_host && h->unanswered.done && !h->trouble.done)
		h->trouble = h->unanswered;
	if (h->next_host < h->n_hosts && h->hosts[h->next_host].preference == preference) {
		ask_host(h);
		return;
	}
	h->asks = HOSTS_ASK_NOTHING;
	set_aside(h);
}

/* We are this host: it, its equals and worse ones are not to be tried. */
static void end_by_loop(struct deliver_hosts *h)
{
	h->loop = true;
	h->n_candidates = h->group;
	h->next_host = h->n_hosts;
	h->asks = HOSTS_ASK_NOTHING;
}

static bool may_ask_dane(const struct deliver_hosts *h)
{
	return h->rules->dane && h->secure && !h->to->relay.n && h->n_candidates > h->of_host;
}

static void end_dane(struct deliver_hosts *h)
{
	for (size_t i = h->of_host; i < h->n_candidates; i++) {
		h->candidates[i].tls = h->dane.tls;
		h->candidates[i].dane = h->dane.dane;
	}
	if (h->dane.lost.done) {
		h->n_candidates = h->of_host;
		h->unanswered = h->dane.lost;
	}
	end_host(h);
}

static void answer_address(struct deliver_hosts *h, const struct deliver_answer *a)
{
	bool six = h->asks == HOSTS_ASK_AAAA;

	/* An MX record may name anything: a bad name has no address. */
	if (a->found == DELIVER_UNANSWERED && !h->unanswered.done)
		h->unanswered = unanswered(a);
	if (a->found == DELIVER_FOUND) {
		h->host_known |= a->n_records > 0;
		h->dane.secure &= a->secure;
		if (a->canonical.n)
			h->dane.canonical = a->canonical;
		if (!add_addresses(h, h->hosts[h->next_host].name, a->records, a->n_records)) {
			end_by_loop(h);
			return;
		}
	}
	if (six)
		h->asks = HOSTS_ASK_A;
	else if (!h->rules->ipv6 && !h->host_known && a->found != DELIVER_UNANSWERED)
		h->asks = HOSTS_ASK_WHY;
	else if (may_ask_dane(h) && deliver_dane_begin(&h->dane))
		h->asks = HOSTS_ASK_DANE;
	else
		end_host(h);
}

void deliver_hosts_answer(struct deliver_hosts *h, const struct deliver_answer *a)
{
	switch (h->asks) {
	case HOSTS_ASK_NOTHING: break;
	case HOSTS_ASK_MX: answer_mx(h, a); break;
	case HOSTS_ASK_STS: answer_sts(h, a->sts); break;
	case HOSTS_ASK_AAAA:
	case HOSTS_ASK_A: answer_address(h, a); break;
	case HOSTS_ASK_DANE:
		if (!deliver_dane_answer(&h->dane, a))
			end_dane(h);
		break;
	case HOSTS_ASK_WHY:
		h->no_ipv4 |= a->found == DELIVER_FOUND;
		end_host(h);
		break;
	}
}

struct deliver_question deliver_hosts_question(const struct deliver_hosts *h)
{
	if (h->asks == HOSTS_ASK_MX)
		return (struct deliver_question){ h->to->domain, DELIVER_MX };
	if (h->asks == HOSTS_ASK_STS)
		return (struct deliver_question){ h->to->domain, DELIVER_STS };
	if (h->asks == HOSTS_ASK_DANE)
		return deliver_dane_question(&h->dane);
	return (struct deliver_question){
		.name = h->next_host < h->n_hosts ? h->hosts[h->next_host].name
		                                  : (struct span){ 0 },
		.type = h->asks == HOSTS_ASK_A ? DELIVER_A : DELIVER_AAAA,
	};
}

bool deliver_hosts_next(struct deliver_hosts *h, struct deliver_candidate **out, size_t *n)
{
	if (h->asks == HOSTS_ASK_NOTHING && h->n_given == h->n_candidates &&
	    h->next_host < h->n_hosts) {
		h->group = h->n_candidates;
		ask_host(h);
	}
	if (h->asks != HOSTS_ASK_NOTHING)
		return false;
	*n = h->n_candidates - h->n_given;
	*out = h->candidates + h->n_given;
	h->n_given = h->n_candidates;
	if (!*n) {
		*out = h->later;
		*n = h->n_later;
		h->n_later = 0;
	}
	h->any = h->any || *n;
	return true;
}

const struct smtp_client_result *deliver_hosts_trouble(struct deliver_hosts *h)
{
	const struct smtp_enhanced unroutable = { 5, 4, 4 };

	if (h->no_ipv4)
		fail(h, SMTP_CAUSE_CONNECT, "the server has no IPv4 address, and IPv6 is off");
	if (h->trouble.done || h->any)
		return &h->trouble;
	if (h->loop) {
		fail_domain(h, SMTP_CAUSE_LOOP, NULL);
	} else if (h->special) {
		fail(h, SMTP_CAUSE_DOMAIN,
		     "the domain's mail servers have only private or reserved addresses");
		h->trouble.enhanced = unroutable;
	} else if (h->to->relay.n) {
		fail_domain(h, SMTP_CAUSE_DOMAIN, "it has no address");
	} else if (h->implicit) {
		fail(h, SMTP_CAUSE_DOMAIN, "the domain has neither a mail server nor an address");
	} else {
		fail(h, SMTP_CAUSE_DOMAIN, "no mail server of the domain has an address");
		h->trouble.enhanced = unroutable;
	}
	return &h->trouble;
}
