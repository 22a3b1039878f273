/* tests/unit/courier/attempt.c - a courier between two scripted servers; see attempt.h. */
#include "attempt.h"

#include "calls/tls.h"
#include "courier/courier.h"
#include "config/config.h"

static struct arena settings_mem;
struct settings set;
struct server one, two;
bool said_8bit, said_smtputf8, said_signed;

static const struct dns_row zone[] = {
	{ "d", RESOLVER_MX, "10 m1,20 m2" },   { "single", RESOLVER_MX, "10 m1" },
	{ "m1", RESOLVER_A, "127.0.0.2" },     { "m2", RESOLVER_A, "127.0.0.3" },
	{ "null", RESOLVER_MX, "0 " },         { "servfail", RESOLVER_MX, "SERVFAIL" },
	{ "ours", RESOLVER_MX, "10 us.test" }, { "both", RESOLVER_MX, "10 m6" },
	{ "m6", RESOLVER_AAAA, "::1" },        { "m6", RESOLVER_A, "127.0.0.2" },
};

/* There is no store here. */
static int count_nothing(const struct tls_results_add_args *args, struct arena *mem,
                         struct tls_results_add_reply *out)
{
	out->kept = true;
	return 0;
}

void set_up(const char *script1, const char *script2, int64_t time_ms)
{
	CHECK_INT(config_defaults(&settings_mem, &set), 0);
	set.server_hostname = "us.test";
	set.delivery_private_addresses = true;
	set.delivery_mta_sts = false;
	tls_results_add_serve(count_nothing);
	set.delivery_greeting_time = set.delivery_command_time = set.delivery_data_time = time_ms;
	one = (struct server){ .address = "127.0.0.2", .scripts = { script1 } };
	two = (struct server){ .address = "127.0.0.3", .scripts = { script2 } };
	servers_port = pick_port();
	if (script1)
		server_open(&one);
	if (script2)
		server_open(&two);
	set.delivery_remote_port = servers_port;
	CHECK_INT(courier_open(&set, NULL), 0);
	dns_zone(zone, N_ELEMS(zone));
}

void tear_down(void)
{
	said_8bit = said_smtputf8 = said_signed = false;
	courier_close();
	if (one.listener)
		server_close(&one);
	if (two.listener)
		server_close(&two);
	arena_fini(&settings_mem);
}

struct courier_outcome *deliver(struct arena *mem, const char *domain, size_t n_rcpts,
                                struct span body)
{
	struct courier_outcomes got = { 0 };
	AUTO_FD int file = body.n ? -1 : big_file();
	struct courier_attempt_args args = {
		.message = 7,
		.return_path = SPAN("alice@us.test"),
		.domain = exact(span_str(domain)),
		.size_bytes = body.n ? body.n : big.size,
		.recipients = arena_array(mem, struct courier_rcpt, n_rcpts),
		.n_recipients = n_rcpts,
		.front = body.n ? body : big_front(mem),
		.body_8bit = said_8bit,
		.smtputf8 = said_smtputf8,
		.is_signed = said_signed,
	};

	for (size_t i = 0; i < n_rcpts; i++)
		args.recipients[i] = (struct courier_rcpt){
			.recipient = (uint32_t)(100 + i),
			.address = span_str(arena_printf(mem, "bob%zu@d", i)),
		};
	CHECK_INT(courier_attempt_here(&args, file, mem, &got), 0);
	CHECK_INT(got.n_outcomes, n_rcpts);
	for (size_t i = 0; i < got.n_outcomes; i++)
		CHECK_INT(got.outcomes[i].recipient, 100 + i);
	return got.outcomes;
}
