/* wire/dkim/sign.c - see dkim.h. */
#include "base/base64.h"
#include "wire/dkim/dkim.h"

enum { LINE = 74, INSTANCES_MAX = 8 };

/* Named once more than it is there: nobody may add one. */
enum once_more { NEVER, IF_THERE, ALWAYS, ONLY_ARC };

/* RFC 6376 5.4.1; RFC 8058 4 (List-Unsubscribe-Post).  A list may add its own fields, if there are
 * none. */
static const struct {
	const char *name;
	enum once_more once_more;
} signed_fields[] = {
	{ "From", ALWAYS },
	{ "To", ALWAYS },
	{ "Cc", ALWAYS },
	{ "Subject", ALWAYS },
	{ "Date", ALWAYS },
	{ "Message-ID", ALWAYS },
	{ "Sender", ALWAYS },
	{ "Reply-To", ALWAYS },
	{ "MIME-Version", ALWAYS },
	{ "Content-Type", ALWAYS },
	{ "Content-Transfer-Encoding", ALWAYS },
	{ "In-Reply-To", NEVER },
	{ "References", NEVER },
	{ "List-Id", NEVER },
	{ "List-Unsubscribe", IF_THERE },
	{ "List-Unsubscribe-Post", IF_THERE },
	{ "DKIM-Signature", ONLY_ARC }, /* RFC 8617 4.1.2 */
};

static void put_name(struct buf *out, const char *name, bool first, size_t *column)
{
	size_t n = strlen(name) + 1;

	if (!first)
		buf_putc(out, ':');
	if (*column + n > LINE) {
		buf_puts(out, "\r\n\t");
		*column = 8;
	}
	*column += n;
	buf_puts(out, name);
}

/* Whether what is there of a name is signed.  Who adds many signatures only loses them. */
static bool is_signed(const struct dkim_signing *how, const struct dkim_fields *fs, size_t i)
{
	return signed_fields[i].once_more != ONLY_ARC ||
	       (how->arc_instance &&
	        dkim_fields_count(fs, span_str(signed_fields[i].name)) <= INSTANCES_MAX);
}

static int put_names(const struct dkim_signing *how, struct dkim_fields *fs, struct buf *out)
{
	size_t column = 10;
	bool first = true;

	for (size_t i = 0; i < N_ELEMS(signed_fields); i++) {
		size_t n = dkim_fields_count(fs, span_str(signed_fields[i].name));

		if (!is_signed(how, fs, i))
			continue;
		if (n > INSTANCES_MAX)
			return err(ERR_REFUSED, "%s is there more than %d times",
			           signed_fields[i].name, INSTANCES_MAX);
		n += signed_fields[i].once_more == ALWAYS ||
		     (n && signed_fields[i].once_more == IF_THERE);
		for (; n; n--, first = false)
			put_name(out, signed_fields[i].name, first, &column);
	}
	return out->err;
}

/* All of the field before the signature itself. */
static int put_front(const struct dkim_signing *how, struct dkim_fields *fs,
                     const uint8_t body_hash[DKIM_HASH_BYTES], struct buf *out)
{
	if (how->arc_instance)
		buf_printf(out, "ARC-Message-Signature: i=%u;", how->arc_instance);
	else
		buf_puts(out, "DKIM-Signature: v=1;");
	buf_printf(out,
	           " a=%s-sha256; c=relaxed/relaxed; t=%ju;\r\n\td=%.*s;\r\n"
	           "\ts=%.*s;\r\n\th=",
	           how->ed25519 ? "ed25519" : "rsa", (uintmax_t)how->time, SPAN_ARG(how->domain),
	           SPAN_ARG(how->selector));
	int r = put_names(how, fs, out);
	buf_puts(out, ";\r\n\tbh=");
	base64_encode(out, span_make(body_hash, DKIM_HASH_BYTES));
	buf_puts(out, ";\r\n\tb=");
	return r < 0 ? r : out->err;
}

static int hash_header(const struct dkim_signing *how, struct dkim_fields *fs, struct span front,
                       const struct dkim_crypto *crypto, uint8_t digest[DKIM_HASH_BYTES])
{
	struct message_field own = { .whole = front };
	struct dkim_out out;
	int r = dkim_out_begin(&out, crypto, UINT64_MAX);

	if (r < 0)
		return r;
	for (size_t i = 0; i < N_ELEMS(signed_fields); i++) {
		const struct message_field *f;

		while (is_signed(how, fs, i) &&
		       (f = dkim_fields_take(fs, span_str(signed_fields[i].name))))
			dkim_field_put(&out, DKIM_RELAXED, f);
	}
	own.value = front;
	span_split(&own.value, ':', &own.name);
	dkim_own_field_put(&out, DKIM_RELAXED, &own, (struct span){ 0 });
	return dkim_out_end(&out, digest);
}

static void put_folded(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i += LINE - 10) {
		if (i)
			buf_puts(out, "\r\n\t");
		buf_put(out, span_sub(text, i, LINE - 10));
	}
	buf_puts(out, "\r\n");
}

int dkim_sign_begin(const struct dkim_signing *how, struct span header,
                    const uint8_t body_hash[DKIM_HASH_BYTES], const struct dkim_crypto *crypto,
                    struct arena *mem, struct buf *field, uint8_t digest[DKIM_HASH_BYTES])
{
	struct dkim_fields fs;
	int r = dkim_fields_begin(&fs, header, mem);

	if (r >= 0)
		r = put_front(how, &fs, body_hash, field);
	return r < 0 ? r : hash_header(how, &fs, buf_span(field), crypto, digest);
}

int dkim_sign_end(struct span octets, struct buf *field)
{
	AUTO_BUF text = BUF(4096);
	int r = base64_encode(&text, octets);

	if (r < 0)
		return r;
	put_folded(field, buf_span(&text));
	return field->err;
}
