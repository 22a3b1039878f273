/* role/acme_due.c - see acme_due.h. */
#include "role/acme_due.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/map.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S, PATH_MAX_BYTES = ACME_NAME_MAX + 16 };

static int64_t seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

static bool bears_all(X509 *x, struct span names)
{
	struct span name;

	while (span_split(&names, ' ', &name))
		if (X509_check_host(x, name.p, name.n, 0, NULL) != 1)
			return false;
	return true;
}

static void read_certificate(const char *name, struct span names, struct acme_standing *out)
{
	char path[PATH_MAX_BYTES];

	snprintf(path, sizeof path, "%s/cert.pem", name);
	FILE *f = fopen(path, "r");
	X509 *x = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (x) {
		out->from_s = seconds(X509_get0_notBefore(x));
		out->until_s = seconds(X509_get0_notAfter(x));
		out->fits = bears_all(x, names);
	}
	X509_free(x);
	if (f)
		fclose(f);
	ERR_clear_error();
}

void acme_standing_read(const char *name, struct span names, struct acme_standing *out)
{
	char path[PATH_MAX_BYTES];
	intmax_t at;

	*out = (struct acme_standing){ .n_failed = 0 };
	read_certificate(name, names, out);
	snprintf(path, sizeof path, "%s.failed", name);
	FILE *f = fopen(path, "r");
	if (f && fscanf(f, "%u %jd %239[^\n]", &out->n_failed, &at, out->words) >= 2)
		out->failed_s = at;
	if (f)
		fclose(f);
}

int64_t acme_renew_s(const struct acme_standing *s, const char *name)
{
	int64_t life_s = s->until_s - s->from_s;
	int64_t early_s =
	        life_s / 30 ? (int64_t)(map_hash(span_str(name)) % (uint64_t)(life_s / 30)) : 0;

	return s->until_s ? s->from_s + life_s / 3 * 2 - early_s : 0;
}

bool acme_is_due(const struct acme_standing *s, const char *name, int64_t now_s)
{
	int64_t wait_s = s->n_failed > 5 ? DAY_S : HOUR_S << s->n_failed >> 1;

	if (s->n_failed && now_s >= s->failed_s && now_s < s->failed_s + wait_s)
		return false;
	return !s->until_s || !s->fits || now_s >= acme_renew_s(s, name);
}

void acme_outcome_keep(const char *name, const struct acme_standing *before, const char *words,
                       int64_t now_s)
{
	char path[PATH_MAX_BYTES];

	snprintf(path, sizeof path, "%s.failed", name);
	FILE *f = words ? fopen(path, "w") : NULL;
	if (f) {
		fprintf(f, "%u %jd %.239s\n", before->n_failed + 1, (intmax_t)now_s, words);
		fclose(f);
	}
	if (!words)
		unlink(path);
}

void acme_standing_put(const struct acme_standing *s, struct span names, const char *name,
                       struct buf *out)
{
	buf_printf(out, "%.*s\t%jd\t%jd\t", SPAN_ARG(names), (intmax_t)s->until_s,
	           (intmax_t)acme_renew_s(s, name));
	buf_put_escaped(out, span_str(s->n_failed ? s->words : ""));
	buf_putc(out, '\n');
}
