/* accounts/forms.c - addresses and domains in their one form; RFC 5321 4.1.2, RFC 5891 5. */
#include "accounts/accounts_impl.h"
#include "directory/route.h"
#include "wire/smtp/path.h"

int accounts_domain_form(struct span text, struct arena *mem, struct span *out)
{
	struct span made;
	int r = directory_domain_ascii(text, mem, &made);
	if (r >= 0)
		r = made.n && made.p[0] != '[' ? smtp_domain_check(made, NULL) : ERR_SYNTAX;
	if (r == ERR_NO_MEMORY)
		return r;
	if (r < 0)
		return err(ERR_SYNTAX, "%.*s is no domain such as example.org", SPAN_ARG(text));
	*out = made;
	return 0;
}

int accounts_target_form(struct span text, struct arena *mem, struct span *out)
{
	struct smtp_path path;
	struct span domain;
	AUTO_BUF one = BUF(DIRECTORY_NAME_BYTES_MAX);
	int r = smtp_address_split(text, 0, &path);
	if (r >= 0)
		r = accounts_domain_form(path.domain, mem, &domain);
	if (r == ERR_NO_MEMORY)
		return r;
	if (r >= 0) {
		path.domain = domain;
		r = smtp_path_canonical(&path, &one);
	}
	if (r < 0 && r != ERR_NO_MEMORY)
		return err(ERR_SYNTAX, "%.*s is no address such as user@example.org",
		           SPAN_ARG(text));
	return r < 0 ? r : arena_copy(mem, buf_span(&one), out);
}

int accounts_address_form(struct span text, struct arena *mem, struct span *out)
{
	struct span kept;
	int r = accounts_target_form(text, mem, &kept);
	char *p = r < 0 ? NULL : arena_str(mem, kept);
	if (!p)
		return r < 0 ? r : ERR_NO_MEMORY;
	for (size_t i = 0; i < kept.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + 32);
	*out = span_make(p, kept.n);
	return 0;
}

struct span accounts_domain_of(struct span address)
{
	return span_sub(address, (size_t)(span_find_last(address, '@') + 1), address.n);
}
