/* Whose address is this: our domains and accounts, sub-addresses, postmaster. */
#include "directory/directory.h"

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
