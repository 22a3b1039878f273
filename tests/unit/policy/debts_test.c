/* What errors of a source cost, whatever it connects how often (threats 3.22). */
#include "policy/debts.h"

#include "test.h"

static const struct settings set = { .smtp_errors_soft = 3, .smtp_error_delay = 1000 };
static struct debts debts;

static struct address at(const char *text)
{
	struct address a = { 0 };
	CHECK_INT(address_parse(span_str(text), 25, &a), 0);
	return a;
}

TEST(debts_of_one_source)
{
	static const struct {
		int64_t now_at, wait_ms;
	} t[] = {
		{ 5000, 0 },    { 5000, 0 },    { 5000, 0 }, /* free */
		{ 5000, 1000 }, { 5000, 2000 }, { 5000, 3000 }, { 5500, 3500 },
		{ 9000, 1000 }, /* four are forgiven */
		{ 60000, 0 },   { 60000, 0 },   { 60000, 0 },   { 60000, 1000 },
	};
	struct address a = at("192.0.2.1");

	debts = (struct debts){ 0 };
	EACH_ROW(t)
		CHECK_INT(debts_add(&debts, &set, &a, t[row].now_at), t[row].wait_ms);
}

/* 300 guesses at once, by whatever number of connections: each learns its answer a second after
 * the one before, as far as anybody waits. */
TEST(debts_have_an_end)
{
	struct address a = at("192.0.2.1");

	debts = (struct debts){ 0 };
	for (int i = 0; i < 300; i++) {
		int64_t want = i < 3 ? 0 : (i - 2) * 1000;
		CHECK_INT(debts_add(&debts, &set, &a, 1),
		          want < DEBTS_WAIT_MAX ? want : DEBTS_WAIT_MAX);
	}
	CHECK_INT(debts_add(&debts, &set, &a, 1 + DEBTS_WAIT_MAX + 3000), 0);
}

TEST(debts_tell_sources_apart)
{
	static const struct {
		const char *source;
		int64_t wait_ms;
	} t[] = {
		{ "192.0.2.1", 1000 },          { "192.0.2.2", 0 },
		{ "[::ffff:192.0.2.1]", 2000 }, { "[2001:db8:1:2::1]", 0 },
		{ "[2001:db8:1:2::2]", 0 },     { "[2001:db8:1:2:ffff::]", 0 },
		{ "[2001:db8:1:2::3]", 1000 }, /* the same /64 */
		{ "[2001:db8:1:3::3]", 0 },
	};
	struct address a = at("192.0.2.1");

	debts = (struct debts){ 0 };
	for (int i = 0; i < 3; i++)
		CHECK_INT(debts_add(&debts, &set, &a, 1), 0);
	EACH_ROW(t) {
		a = at(t[row].source);
		CHECK_INT(debts_add(&debts, &set, &a, 1), t[row].wait_ms);
	}
}

/* However many sources there are, one that owes much is not forgotten for those that owe little. */
TEST(debts_forget_who_owes_least)
{
	struct address much = at("192.0.2.1"), other = at("198.51.100.1");
	unsigned char *octets = (unsigned char *)&other.in.sin_addr;

	debts = (struct debts){ 0 };
	for (int i = 0; i < 30; i++)
		(void)debts_add(&debts, &set, &much, 1);
	for (unsigned i = 0; i < 100000; i++) {
		octets[1] = (unsigned char)(i >> 16);
		octets[2] = (unsigned char)(i >> 8);
		octets[3] = (unsigned char)i;
		CHECK_INT(debts_add(&debts, &set, &other, 1), 0);
	}
	CHECK_INT(debts_add(&debts, &set, &much, 1), 28000);
}
