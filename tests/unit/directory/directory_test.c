/* Whose address is this: our domains and accounts, sub-addresses, postmaster. */
#include "directory/directory.h"

#include <stdio.h>

#include "directory/route.h"
#include "people.h"

static const struct settings set = { .server_postmaster = "Bob@home.test" };

static void open_two(void)
{
	static struct directory_address addresses[2];
	static struct directory_domain domains[] = {
		{ .name = { "home.test", 9 }, .enabled = true },
		{ .name = { "xn--bcher-kva.test", 18 }, .enabled = true },
	};
	struct directory_account all[] = { person(1, "alice@home.test", "", &addresses[0]),
		                           person(2, "bob@home.test", "", &addresses[1]) };

	directory_serve();
	directory_open(&set);
	people_are((struct directory_tell_args){ .domains = domains,
	                                         .n_domains = N_ELEMS(domains),
	                                         .accounts = all,
	                                         .n_accounts = N_ELEMS(all) });
}

TEST(directory_routes)
{
	static const struct {
		struct span address;
		int result;
		bool local;
		struct span account, domain;
	} t[] = {
		{ SPAN("alice@home.test"), 0, true, SPAN("alice@home.test"), SPAN("home.test") },
		{ SPAN("Alice@Home.TEST"), 0, true, SPAN("alice@home.test"), SPAN("home.test") },
		/* RFC 5233 1 */
		{ SPAN("alice+news@home.test"), 0, true, SPAN("alice@home.test"),
		  SPAN("home.test") },
		{ SPAN("+alice@home.test"), ERR_NOT_FOUND, false, SPAN(""), SPAN("") },
		/* RFC 5321 4.5.1 */
		{ SPAN("postmaster"), 0, true, SPAN("bob@home.test"), SPAN("home.test") },
		{ SPAN("PostMaster@home.test"), 0, true, SPAN("bob@home.test"), SPAN("home.test") },
		{ SPAN("nobody@home.test"), ERR_NOT_FOUND, false, SPAN(""), SPAN("") },
		{ SPAN("nobody"), ERR_SYNTAX, false, SPAN(""), SPAN("") },
		/* no match by suffix or prefix: threats, open relay */
		{ SPAN("alice@sub.home.test"), 0, false, SPAN(""), SPAN("sub.home.test") },
		{ SPAN("alice@xhome.test"), 0, false, SPAN(""), SPAN("xhome.test") },
		{ SPAN("alice%home.test@Other.TEST"), 0, false, SPAN(""), SPAN("other.test") },
		{ SPAN("\"alice@home.test\"@other.test"), 0, false, SPAN(""), SPAN("other.test") },
		/* RFC 5891 5 */
		{ SPAN("alice@b\xc3\xbc"
		       "cher.test"),
		  ERR_NOT_FOUND, false, SPAN(""), SPAN("") },
		{ SPAN("alice@B\xc3\x9c"
		       "CHER.example"),
		  0, false, SPAN(""), SPAN("xn--bcher-kva.example") },
		{ SPAN("alice@\xcc\x81x.example"), ERR_SYNTAX, false, SPAN(""),
		  SPAN("") }, /* begins with a mark */
		/* What wide letters stand for may be a domain; wide signs and blanks must not
		 * become an address of two domains, or parameters of RCPT at the next server. */
		{ SPAN("alice@\xef\xbd\x88"
		       "ome.test"),
		  0, true, SPAN("alice@home.test"), SPAN("home.test") },
		{ SPAN("alice+x@evil.test\xef\xbc\xa0"
		       "home.test"),
		  ERR_SYNTAX, false, SPAN(""), SPAN("") },
		{ SPAN("u@evil.test\xef\xbc\x9e\xe3\x80\x80"
		       "x"),
		  ERR_SYNTAX, false, SPAN(""), SPAN("") },
		{ SPAN("u@\xef\xbc\xbb"
		       "127.0.0.1\xef\xbc\xbd"),
		  ERR_SYNTAX, false, SPAN(""), SPAN("") },
		{ SPAN("u@a.\xe3\x80\x82"
		       "test"),
		  ERR_SYNTAX, false, SPAN(""), SPAN("") },
		/* RFC 5321 4.1.2: quotes are not of the local part */
		{ SPAN("\"alice\"@home.test"), 0, true, SPAN("alice@home.test"),
		  SPAN("home.test") },
		{ SPAN("\"Al\\ice+x\"@home.test"), 0, true, SPAN("alice@home.test"),
		  SPAN("home.test") },
		{ SPAN("\"al ice\"@home.test"), ERR_NOT_FOUND, false, SPAN(""), SPAN("") },
		{ SPAN("\"alice@home.test\"@home.test"), ERR_NOT_FOUND, false, SPAN(""), SPAN("") },
		{ SPAN("a@[192.0.2.1]"), 0, false, SPAN(""), SPAN("[192.0.2.1]") },
	};
	open_two();
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct directory_route route = { 0 };
		CHECK_INT(directory_route(exact(t[row].address), &mem, &route), t[row].result);
		CHECK_INT(route.local, t[row].local);
		CHECK_SPAN(route.account, t[row].account);
		CHECK_SPAN(route.domain, t[row].domain);
	}
	directory_close();
}

/* What is kept as the recipient's address. */
TEST(directory_route_has_one_address)
{
	static const struct {
		struct span given, kept;
	} t[] = {
		{ SPAN("\"alice\"@HOME.test"), SPAN("alice@home.test") },
		{ SPAN("Alice+News@home.test"), SPAN("Alice+News@home.test") },
		{ SPAN("postMaster"), SPAN("postmaster@home.test") },
		{ SPAN("a@B\xc3\x9c"
		       "CHER.Example"),
		  SPAN("a@b\xc3\x9c"
		       "cher.example") },
	};
	open_two();
	EACH_ROW(t) {
		AUTO_ARENA mem = { 0 };
		struct directory_route route = { 0 };
		CHECK_INT(directory_route(exact(t[row].given), &mem, &route), 0);
		CHECK_SPAN(route.address, t[row].kept);
	}
	directory_close();
}

TEST(directory_survives_long_addresses)
{
	static char longest[70000];
	AUTO_ARENA mem = { 0 };
	struct directory_lookup_reply found;
	memset(longest, 'a', sizeof longest);
	longest[sizeof longest - 2] = '@';
	open_two();
	struct directory_lookup_args a = { span_make(longest, sizeof longest) };
	CHECK_INT(directory_lookup_here(&a, &mem, &found), 0);
	CHECK_INT(found.local, false);
	directory_close();
}

/* ---- where an address leads ---- */

static struct directory_address here(const char *address)
{
	return (struct directory_address){ span_str(address) };
}

/* "account" or "<elsewhere>", a blank behind each. */
static const char *leads_to(const char *address, char out[512])
{
	AUTO_ARENA mem = { 0 };
	struct directory_lookup_reply found = { 0 };
	struct directory_lookup_args a = { exact(span_str(address)) };
	size_t n = 0;

	CHECK_INT(directory_lookup_here(&a, &mem, &found), 0);
	out[0] = 0;
	if (!found.local)
		return "elsewhere";
	if (found.account.n)
		n += (size_t)snprintf(out, 512, "%.*s%s%.*s ", SPAN_ARG(found.account),
		                      found.mailbox.n ? "/" : "", SPAN_ARG(found.mailbox));
	for (size_t i = 0; i < found.n_targets; i++)
		n += (size_t)snprintf(out + n, 512 - n,
		                      found.targets[i].account.n ? "%.*s " : "<%.*s> ",
		                      SPAN_ARG(found.targets[i].address));
	return found.closed ? "closed" : out;
}

/* RFC 5321 3.9, RFC 5233 1. */
TEST(directory_leads_to)
{
	static const struct {
		const char *address, *to;
	} t[] = {
		{ "sales@home.test", "alice@home.test " },
		{ "SALES+x@home.test", "alice@home.test " },
		{ "all@home.test", "alice@home.test bob@home.test <Far@other.test> " },
		{ "again@home.test", "bob@home.test alice@home.test <Far@other.test> " },
		{ "circle@home.test", "" },
		{ "nowhere@home.test", "" },
		{ "mixed@home.test", "bob@home.test " }, /* one who takes none is left out */
		{ "carol@home.test", "closed" },
		{ "quiet@home.test", "closed" },
		{ "alice@other-name.test", "alice@home.test " },
		{ "All@Other-Name.test", "alice@home.test bob@home.test <Far@other.test> " },
		{ "postmaster@other-name.test", "bob@home.test " },
		{ "nobody@other-name.test", "" },
		{ "nobody@caught.test", "bob@home.test " },
		{ "x@shut.test", "closed" },
		{ "postmaster", "bob@home.test " },
		{ "dora+News@home.test", "dora@home.test/news " },
		{ "dora@home.test", "dora@home.test " },
		{ "emil+x@home.test", "" },
		{ "emil@home.test", "emil@home.test " },
		{ "x@other.test", "elsewhere" },
	};
	static struct directory_address own[5];
	struct directory_address sales[] = { here("ALICE@home.test") },
	                         all[] = { here("alice@home.test"), here("bob@home.test"),
		                           here("Far@other.test"), here("sales@home.test") },
	                         again[] = { here("bob@home.test"), here("all@home.test"),
		                             here("again@home.test") },
	                         circle[] = { here("circle@home.test") },
	                         nowhere[] = { here("nobody@home.test") },
	                         mixed[] = { here("carol@home.test"), here("bob@home.test") },
	                         quiet[] = { here("carol@home.test") };
	struct directory_domain domains[] = {
		{ .name = SPAN("home.test"), .enabled = true },
		{ .name = SPAN("other-name.test"), .enabled = true, .alias_of = SPAN("home.test") },
		{ .name = SPAN("caught.test"),
		  .enabled = true,
		  .catch_all = SPAN("bob@home.test") },
		{ .name = SPAN("shut.test"), .catch_all = SPAN("bob@home.test") },
	};
	struct directory_account accounts[] = { person(1, "alice@home.test", "", &own[0]),
		                                person(2, "bob@home.test", "", &own[1]),
		                                person(3, "carol@home.test", "", &own[2]),
		                                person(4, "dora@home.test", "", &own[3]),
		                                person(5, "emil@home.test", "", &own[4]) };
	struct directory_alias aliases[] = {
		{ SPAN("sales@home.test"), false, sales, N_ELEMS(sales) },
		{ SPAN("all@home.test"), false, all, N_ELEMS(all) },
		{ SPAN("again@home.test"), false, again, N_ELEMS(again) },
		{ SPAN("circle@home.test"), false, circle, N_ELEMS(circle) },
		{ SPAN("nowhere@home.test"), false, nowhere, N_ELEMS(nowhere) },
		{ SPAN("mixed@home.test"), false, mixed, N_ELEMS(mixed) },
		{ SPAN("quiet@home.test"), false, quiet, N_ELEMS(quiet) },
	};
	static char text[512];

	accounts[2].enabled = false;
	accounts[3].tags = DIRECTORY_TAGS_MAILBOX;
	accounts[4].tags = DIRECTORY_TAGS_OFF;
	directory_open(&set);
	people_are((struct directory_tell_args){ .domains = domains,
	                                         .n_domains = N_ELEMS(domains),
	                                         .accounts = accounts,
	                                         .n_accounts = N_ELEMS(accounts),
	                                         .aliases = aliases,
	                                         .n_aliases = N_ELEMS(aliases) });
	EACH_ROW(t)
		CHECK_STR(leads_to(t[row].address, text), t[row].to);
	directory_close();
}

/* ---- the words about the defence that hold for whom it leads to ---- */

/* "TARGET:words" each, a blank behind it; those of a list itself in front. */
static const char *defence_of(const char *address, char out[512])
{
	AUTO_ARENA mem = { 0 };
	struct directory_route route = { 0 };
	size_t n;

	CHECK_INT(directory_route(exact(span_str(address)), &mem, &route), 0);
	n = (size_t)snprintf(out, 512, "%.*s:%.*s ", SPAN_ARG(route.account),
	                     SPAN_ARG(route.defence));
	for (size_t i = 0; i < route.n_targets; i++)
		n += (size_t)snprintf(out + n, 512 - n, "%.*s:%.*s ",
		                      SPAN_ARG(route.targets[i].address),
		                      SPAN_ARG(route.targets[i].defence));
	return out;
}

TEST(directory_defence)
{
	static const struct {
		const char *address, *words;
	} t[] = {
		{ "alice@home.test", "alice@home.test:h=1,alice=1 " },
		{ "Alice+x@HOME.test", "alice@home.test:h=1,alice=1 " },
		{ "bob@home.test", "bob@home.test:h=1 " }, /* no words of its own */
		/* The domain as addressed; an alias domain without words has its target's. */
		{ "alice@own.test", "alice@home.test:own=1,alice=1 " },
		{ "alice@none.test", "alice@home.test:h=1,alice=1 " },
		{ "eva@bare.test", "eva@bare.test:eva=1 " }, /* a domain without words */
		{ "dan@bare.test", "dan@bare.test: " },
		{ "dan@bare-name.test", "dan@bare.test: " },
		/* Lists, catch-all and postmaster: of the domain that was addressed, too. */
		{ "all@bare.test", ": alice@home.test:alice=1 dan@bare.test: far@other.test: " },
		{ "all@home.test",
		  ":h=1 alice@home.test:h=1,alice=1 eva@bare.test:h=1,eva=1 far@other.test:h=1 " },
		{ "all@own.test", ":own=1 alice@home.test:own=1,alice=1 "
		                  "eva@bare.test:own=1,eva=1 far@other.test:own=1 " },
		{ "sales@bare.test", "alice@home.test:alice=1 " },
		{ "nobody@caught.test", "alice@home.test:caught=1,alice=1 " },
		{ "postmaster@own.test", "bob@home.test:own=1 " },
		{ "postmaster", "bob@home.test:h=1 " },
		{ "x@other.test", ": " },
	};
	static struct directory_address own[4];
	struct directory_address home_all[] = { here("alice@home.test"), here("eva@bare.test"),
		                                here("far@other.test") },
	                         bare_all[] = { here("alice@own.test"), here("dan@bare.test"),
		                                here("far@other.test") },
	                         sales[] = { here("alice@home.test") };
	struct directory_domain domains[] = {
		{ .name = SPAN("home.test"), .enabled = true, .defence = SPAN("h=1") },
		{ .name = SPAN("own.test"),
		  .enabled = true,
		  .alias_of = SPAN("home.test"),
		  .defence = SPAN("own=1") },
		{ .name = SPAN("none.test"), .enabled = true, .alias_of = SPAN("home.test") },
		{ .name = SPAN("bare.test"), .enabled = true },
		{ .name = SPAN("bare-name.test"), .enabled = true, .alias_of = SPAN("bare.test") },
		{ .name = SPAN("caught.test"),
		  .enabled = true,
		  .catch_all = SPAN("alice@home.test"),
		  .defence = SPAN("caught=1") },
	};
	struct directory_account accounts[] = { person(1, "alice@home.test", "", &own[0]),
		                                person(2, "bob@home.test", "", &own[1]),
		                                person(3, "eva@bare.test", "", &own[2]),
		                                person(4, "dan@bare.test", "", &own[3]) };
	struct directory_alias aliases[] = {
		{ SPAN("all@home.test"), false, home_all, N_ELEMS(home_all) },
		{ SPAN("all@bare.test"), false, bare_all, N_ELEMS(bare_all) },
		{ SPAN("sales@bare.test"), false, sales, N_ELEMS(sales) },
	};
	static char text[512];

	accounts[0].defence = SPAN("alice=1");
	accounts[2].defence = SPAN("eva=1");
	directory_serve();
	directory_open(&set);
	people_are((struct directory_tell_args){ .domains = domains,
	                                         .n_domains = N_ELEMS(domains),
	                                         .accounts = accounts,
	                                         .n_accounts = N_ELEMS(accounts),
	                                         .aliases = aliases,
	                                         .n_aliases = N_ELEMS(aliases) });
	EACH_ROW(t)
		CHECK_STR(defence_of(t[row].address, text), t[row].words);
	directory_close();
}

/* A tree of lists that would lead to a million is refused; nothing is followed without end. */
TEST(directory_leads_to_too_many)
{
	enum { WIDE = 100 };
	static char names[WIDE + 1][32], far[WIDE * WIDE][32];
	static struct directory_address first[WIDE], next[WIDE][WIDE];
	static struct directory_alias aliases[WIDE + 1];
	struct directory_domain domain = { .name = SPAN("home.test"), .enabled = true };
	AUTO_ARENA mem = { 0 };
	struct directory_lookup_reply found = { 0 };

	for (size_t i = 0; i < WIDE; i++) {
		snprintf(names[i], sizeof names[i], "list%zu@home.test", i);
		first[i] = here(names[i]);
		for (size_t k = 0; k < WIDE; k++) {
			snprintf(far[i * WIDE + k], 32, "u%zu@other.test", i * WIDE + k);
			next[i][k] = here(far[i * WIDE + k]);
		}
		aliases[i] = (struct directory_alias){ span_str(names[i]), false, next[i], WIDE };
	}
	aliases[WIDE] = (struct directory_alias){ SPAN("all@home.test"), false, first, WIDE };
	directory_open(&set);
	people_are((struct directory_tell_args){
	        .domains = &domain, .n_domains = 1, .aliases = aliases, .n_aliases = WIDE + 1 });
	struct directory_lookup_args a = { SPAN("all@home.test") };
	CHECK_INT(directory_lookup_here(&a, &mem, &found), ERR_LIMIT);
	a.address = SPAN("list7@home.test");
	CHECK_INT(directory_lookup_here(&a, &mem, &found), 0);
	CHECK_INT(found.n_targets, WIDE);
	directory_close();
}
