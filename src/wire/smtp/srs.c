/* wire/smtp/srs.c - see srs.h. */
#include "wire/smtp/srs.h"

#include "wire/smtp/path.h"

enum { HASH_LETTERS = 6, DAYS = 1024 };

/* Base 32 (RFC 4648 6), whose letters mean the same in either case. */
static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

bool srs_is(struct span local)
{
	return span_starts_nocase(local, SPAN("SRS0=")) || span_starts_nocase(local, SPAN("SRS1="));
}

static int hash(const struct srs *s, struct span a, struct span b, char out[HASH_LETTERS])
{
	unsigned char mac[SRS_MAC_BYTES];
	AUTO_BUF octets = BUF(2 * SMTP_PATH_MAX);
	int r = buf_printf(&octets, "%.*s=%.*s", SPAN_ARG(a), SPAN_ARG(b));

	for (size_t i = 0; r >= 0 && i < octets.n; i++)
		if (octets.p[i] >= 'A' && octets.p[i] <= 'Z')
			octets.p[i] = (char)(octets.p[i] + 32);
	if (r >= 0)
		r = s->mac(buf_span(&octets), mac, s->arg);
	for (size_t i = 0; r >= 0 && i < HASH_LETTERS; i++)
		out[i] = letters[mac[i] & 31];
	return r;
}

static bool same(struct span given, const char right[HASH_LETTERS])
{
	unsigned differs = given.n != HASH_LETTERS;

	for (size_t i = 0; i < HASH_LETTERS && i < given.n; i++) {
		char c = given.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		differs |= (unsigned)(c ^ right[i]);
	}
	return !differs;
}

static void day_put(int64_t day, char out[2])
{
	out[0] = letters[day >> 5 & 31];
	out[1] = letters[day & 31];
}

static bool day_holds(int64_t now, struct span text)
{
	int64_t then = 0;

	for (size_t i = 0; i < 2; i++) {
		char c = i < text.n ? text.p[i] : 0;
		const char *at = c ? strchr(letters, c >= 'A' && c <= 'Z' ? c + 32 : c) : NULL;
		if (!at)
			return false;
		then = then << 5 | (at - letters);
	}
	return text.n == 2 && ((now - then) % DAYS + DAYS) % DAYS <= SRS_DAYS;
}

/* What a local part may hold without quotes, RFC 5321 4.1.2. */
static bool is_plain(struct span local)
{
	return local.n && local.p[0] != '"';
}

static int finish(struct buf *out, size_t before, struct span forwarder)
{
	struct smtp_path path;
	int r = buf_printf(out, "@%.*s", SPAN_ARG(forwarder));

	if (r >= 0)
		r = smtp_address_split(span_sub(buf_span(out), before, out->n), 0, &path);
	if (r < 0)
		out->n = before;
	return r;
}

/* The first forwarder gets the bounce straight from the last one. */
static int forward_again(const struct srs *s, struct span local, struct span domain,
                         struct buf *out)
{
	char h[HASH_LETTERS];
	struct span first = domain, rest = span_sub(local, sizeof "SRS0" - 1, local.n);

	if (span_starts_nocase(local, SPAN("SRS1="))) {
		struct span old;
		rest = span_sub(local, sizeof "SRS1=" - 1, local.n);
		if (!span_split(&rest, '=', &old) || !span_split(&rest, '=', &first) || !first.n)
			return ERR_SYNTAX;
	}
	int r = hash(s, first, rest, h);
	return r < 0 ? r
	             : buf_printf(out, "SRS1=%.*s=%.*s=%.*s", HASH_LETTERS, h, SPAN_ARG(first),
	                          SPAN_ARG(rest));
}

int srs_forward(const struct srs *s, struct span sender, struct span forwarder, struct buf *out)
{
	ptrdiff_t at = span_find_last(sender, '@');
	struct span local = span_sub(sender, 0, at < 0 ? 0 : (size_t)at);
	struct span domain = span_sub(sender, (size_t)(at + 1), sender.n);
	size_t before = out->n;
	char h[HASH_LETTERS], day[2];
	int r;

	if (!is_plain(local) || !domain.n)
		return ERR_SYNTAX;
	if (srs_is(local)) {
		r = forward_again(s, local, domain, out);
	} else {
		AUTO_BUF rest = BUF(2 * SMTP_PATH_MAX);
		day_put(s->day, day);
		buf_printf(&rest, "%.*s=%.*s=%.*s", 2, day, SPAN_ARG(domain), SPAN_ARG(local));
		r = rest.err ? rest.err : hash(s, SPAN("0"), buf_span(&rest), h);
		if (r >= 0)
			r = buf_printf(out, "SRS0=%.*s=%.*s", HASH_LETTERS, h,
			               SPAN_ARG(buf_span(&rest)));
	}
	return r < 0 ? r : finish(out, before, forwarder);
}

/* To the first forwarder, who knows more. */
static int reverse_again(const struct srs *s, struct span rest, struct buf *out)
{
	struct span given, first;
	char h[HASH_LETTERS];

	if (!span_split(&rest, '=', &given) || !span_split(&rest, '=', &first) || !first.n)
		return ERR_NOT_FOUND;
	int r = hash(s, first, rest, h);
	if (r < 0 || !same(given, h))
		return r < 0 ? r : ERR_NOT_FOUND;
	return buf_printf(out, "SRS0%.*s@%.*s", SPAN_ARG(rest), SPAN_ARG(first));
}

int srs_reverse(const struct srs *s, struct span local, struct buf *out)
{
	struct span given, day, domain, rest = span_sub(local, sizeof "SRS0=" - 1, local.n);
	char h[HASH_LETTERS];

	if (!srs_is(local))
		return ERR_NOT_FOUND;
	if (span_starts_nocase(local, SPAN("SRS1=")))
		return reverse_again(s, rest, out);
	if (!span_split(&rest, '=', &given))
		return ERR_NOT_FOUND;
	int r = hash(s, SPAN("0"), rest, h);
	if (r < 0 || !same(given, h))
		return r < 0 ? r : ERR_NOT_FOUND;
	if (!span_split(&rest, '=', &day) || !day_holds(s->day, day) ||
	    !span_split(&rest, '=', &domain) || !domain.n || !rest.n)
		return ERR_NOT_FOUND;
	return buf_printf(out, "%.*s@%.*s", SPAN_ARG(rest), SPAN_ARG(domain));
}
