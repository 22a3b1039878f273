/* classify/links.c - where a text's links lead: hosts, and the domains that these are of. */
#include <string.h>

#include "classify/feature_impl.h"

enum { HOST_BYTES = 60 };

static bool is_host(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* The host of what follows "://", without login and port; 0: it is none. */
static size_t take_host(struct span authority, char host[HOST_BYTES])
{
	ptrdiff_t login = span_find_last(authority, '@');
	size_t n = 0;

	if (login >= 0)
		authority = span_sub(authority, (size_t)login + 1, authority.n);
	for (; n < authority.n && n < HOST_BYTES; n++) {
		char c = authority.p[n];
		host[n] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		if (!is_host(host[n]))
			break;
	}
	while (n && host[n - 1] == '.')
		n--;
	return n;
}

/* Its last two labels: near enough to what one registers. */
static struct span parent_of(struct span host)
{
	ptrdiff_t dot = span_find_last(host, '.');

	if (dot > 0)
		dot = span_find_last(span_sub(host, 0, (size_t)dot), '.');
	return dot > 0 ? span_sub(host, (size_t)dot + 1, host.n) : SPAN("");
}

static void add(struct gathering *g, struct span authority)
{
	char octets[HOST_BYTES];
	struct span host = span_make(octets, take_host(authority, octets)), parent;
	bool number = host.n && host.p[host.n - 1] >= '0' && host.p[host.n - 1] <= '9';

	if (span_find(host, '.') < 0)
		return;
	gathering_add(g, "links to ", host, "", SPAN(""), "");
	parent = number ? SPAN("") : parent_of(host);
	if (number)
		gather_fact(g, "links to a bare address");
	if (parent.n)
		gathering_add(g, "links to ", parent, "", SPAN(""), "");
}

void gather_links(struct gathering *g, struct span text)
{
	ptrdiff_t at;

	while ((at = span_find_span(text, SPAN("://"))) >= 0) {
		size_t n = 0;
		text = span_sub(text, (size_t)at + 3, text.n);
		while (n < text.n && n < 256 && (unsigned char)text.p[n] > ' ' &&
		       !memchr("/\"'<>?#\\", text.p[n], 8))
			n++;
		add(g, span_sub(text, 0, n));
	}
}
