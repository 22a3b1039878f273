/* A path that is taken is whole, within limits, and parses from its own print (RFC 5321 4.1.2). */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/smtp/path.h"

static void check_good(const struct smtp_path *path, struct span rest, struct span in)
{
	AUTO_BUF printed = BUF(SMTP_PATH_MAX), one = BUF(SMTP_PATH_MAX), same = BUF(SMTP_PATH_MAX);
	struct smtp_path again, split;
	struct span rest_again, address;

	MUST(path->local.n <= SMTP_LOCAL_MAX && path->domain.n <= SMTP_DOMAIN_MAX);
	MUST(rest.n < in.n && rest.p + rest.n == in.p + in.n);
	MUST(path->utf8 == !(utf8_is_ascii(path->local) && utf8_is_ascii(path->domain)));
	MUST(utf8_valid(path->local) && utf8_valid(path->domain));

	MUST(smtp_path_print(path, &printed) == 0);
	for (size_t i = 0; i < printed.n; i++)
		MUST((unsigned char)printed.p[i] >= 0x20 && printed.p[i] != 0x7f);
	MUST(smtp_path_parse(buf_span(&printed), ~0u, &again, &rest_again) == 0);
	MUST(rest_again.n == 0);
	MUST(span_eq(again.local, path->local) && span_eq(again.domain, path->domain));

	address = span_sub(buf_span(&printed), 1, printed.n - 2);
	MUST(smtp_address_split(address, ~0u, &split) == 0);
	MUST(span_eq(split.local, path->local) && span_eq(split.domain, path->domain));

	MUST(smtp_path_canonical(path, &one) == 0 && one.n + 2 <= printed.n);
	MUST(smtp_address_split(buf_span(&one), ~0u, &again) == 0 && again.utf8 == path->utf8);
	MUST(smtp_path_canonical(&again, &same) == 0 && span_eq(buf_span(&same), buf_span(&one)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size), rest;
	struct smtp_literal literal;
	struct smtp_path path;

	if (smtp_path_parse(in, SMTP_PATH_NULL | SMTP_PATH_POSTMASTER, &path, &rest) == 0)
		check_good(&path, rest, in);
	if (smtp_address_split(in, 0, &path) == 0)
		MUST(path.domain.n > 0 && path.local.n + 1 + path.domain.n == size);
	if (smtp_literal_parse(in, &literal) == 0)
		MUST(literal.family == SMTP_LITERAL_IPV4 || literal.family == SMTP_LITERAL_IPV6);
	return 0;
}
