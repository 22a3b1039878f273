/* directory/route.c - an address's destination: our mailbox, or a domain. */
#include "directory/route.h"

#include "idn/idn.h"
#include "wire/smtp/domain.h"
#include "wire/smtp/path.h"

int directory_domain_ascii(struct span domain, struct arena *mem, struct span *out)
{
	return idn_to_ascii(domain, mem, out);
}

/* Local part and domain of an address in its one form. */
static void split(struct span address, struct span *local, struct span *domain)
{
	ptrdiff_t at = span_find_last(address, '@');
	size_t n = at < 0 ? address.n : (size_t)at;

	*local = span_sub(address, 0, n);
	*domain = span_sub(address, n + 1, address.n);
}

/* The octets of an address in its one form. */
static int canonical(struct span address, struct arena *mem, struct span *out)
{
	AUTO_BUF one = BUF(SMTP_PATH_MAX);
	struct smtp_path path;
	int r = smtp_address_split(address, SMTP_PATH_POSTMASTER, &path);

	if (r >= 0)
		r = smtp_path_canonical(&path, &one);
	return r < 0 ? r : arena_copy(mem, buf_span(&one), out);
}

/* local@DOMAIN in A-labels, as the directory knows it. */
static int question(struct span address, struct arena *mem, struct span *domain, struct span *out)
{
	struct span local, given;

	split(address, &local, &given);
	if (!given.n) {
		*out = address;
		return 0;
	}
	int r = directory_domain_ascii(given, mem, domain);
	if (r < 0)
		return r;
	char *ascii = arena_printf(mem, "%.*s@%.*s", SPAN_ARG(local), SPAN_ARG(*domain));
	*out = span_str(ascii);
	return ascii ? 0 : ERR_NO_MEMORY;
}

/* RFC 5321 4.5.1: <postmaster> is one of ours, in the domain of who has the office. */
static int give_domain(struct directory_route *route, struct arena *mem)
{
	struct span local;

	split(route->account, &local, &route->domain);
	ptrdiff_t number = span_find(route->domain, '#'); /* of an account made again */
	if (number >= 0)
		route->domain.n = (size_t)number;
	char *whole = arena_printf(mem, "postmaster@%.*s", SPAN_ARG(route->domain));
	route->address = span_str(whole);
	return whole ? 0 : ERR_NO_MEMORY;
}

WAITS int directory_route(struct span address, struct arena *mem, struct directory_route *out)
{
	struct directory_route route = { 0 };
	struct directory_lookup_reply found;
	struct span asked;
	int r = canonical(address, mem, &route.address);

	if (r >= 0)
		r = question(route.address, mem, &route.domain, &asked);
	if (r >= 0)
		r = directory_lookup(&(struct directory_lookup_args){ .address = asked }, mem,
		                     &found);
	if (r < 0)
		return r;
	if (found.local && found.closed)
		return err(ERR_REFUSED, "takes no mail for now");
	if (found.local && !found.account.n && !found.n_targets)
		return err(ERR_NOT_FOUND, "no such user here");
	route.local = found.local;
	route.account = found.account;
	route.mailbox = found.mailbox;
	route.limited = found.limited;
	route.targets = found.targets;
	route.n_targets = found.n_targets;
	route.defence = found.defence;
	route.returned = found.returned;
	route.sender = found.sender;
	if (!route.domain.n && (r = give_domain(&route, mem)) < 0)
		return r;
	*out = route;
	return 0;
}
