/* classify/traits.c - how a text looks, and which tags it is marked up with. */
#include <stdio.h>

#include "base/utf8.h"
#include "classify/feature_impl.h"

enum { TAG_BYTES = 12 };

struct counts {
	size_t n, capitals, letters, exclamations, dollars, odd;
};

static struct counts count(struct span utf8)
{
	struct counts k = { 0 };
	uint32_t c;

	while (utf8.n) {
		if (utf8_next(&utf8, &c) < 0)
			c = 0xfffd;
		k.n++;
		k.capitals += c >= 'A' && c <= 'Z';
		k.letters += (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		k.exclamations += c == '!';
		k.dollars += c == '$';
		k.odd += c == 0xfffd;
	}
	return k;
}

/* "some", "many", "very many": powers of four of a share in thousandths; NULL: none to speak of. */
static const char *share(size_t part, size_t of)
{
	size_t thousandths = of ? part * 1000 / of : 0;

	return thousandths >= 320  ? "most of it "
	       : thousandths >= 80 ? "very many "
	       : thousandths >= 20 ? "many "
	       : thousandths >= 5  ? "some "
	                           : NULL;
}

static void add(struct gathering *g, const char *what, const char *how_many, const char *of)
{
	if (how_many)
		gathering_add(g, what, span_str(how_many), "", span_str(of), "");
}

void gather_traits(struct gathering *g, const char *what, struct span utf8)
{
	struct counts k = count(utf8);
	char size[24];
	unsigned bits = 0;

	while (k.n >> bits)
		bits++;
	snprintf(size, sizeof size, "2^%u", bits);
	gathering_add(g, what, SPAN("a size of "), size, SPAN(""), " characters");
	add(g, what, share(k.capitals, k.letters), "capitals");
	add(g, what, share(4 * k.exclamations, k.n), "exclamation marks");
	add(g, what, share(4 * k.dollars, k.n), "dollar signs");
	add(g, what, share(k.odd, k.n), "characters of no known charset");
}

void gather_tags(struct gathering *g, struct span html)
{
	for (size_t i = 0; i + 1 < html.n; i++) {
		char tag[TAG_BYTES];
		size_t n = 0;

		if (html.p[i] != '<')
			continue;
		for (i++; i < html.n && n < sizeof tag; i++) {
			char c = (char)(html.p[i] | 0x20);
			if ((c < 'a' || c > 'z') && html.p[i] != '!' &&
			    (html.p[i] < '0' || html.p[i] > '9'))
				break;
			tag[n++] = html.p[i] == '!' || c < 'a' ? html.p[i] : c;
		}
		if (n)
			gathering_add(g, "a tag <", span_make(tag, n), ">", SPAN(""), "");
		i--;
	}
}
