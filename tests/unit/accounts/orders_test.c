/* Orders to the directory: what is kept, what is refused, and what the auth role is told. */
#include "rig.h"

#include <sqlite3.h>
#include <stdio.h>

#define HASH " hash=$6$x"

static void begin(void)
{
	rig_begin();
	CHECK_INT(rig_open(), 0);
	CHECK_INT(rig_order("domain add home.test"), 0);
	CHECK_INT(rig_order("account add alice@home.test" HASH), 0);
}

TEST(accounts_orders)
{
	static const struct {
		const char *words;
		int result;
	} t[] = {
		{ "domain add HOME.test", ERR_EXISTS },
		{ "domain add b\xc3\xbc"
		  "cher.test",
		  0 },
		{ "domain show xn--bcher-kva.test", 0 },
		{ "domain add [127.0.0.1]", ERR_SYNTAX },
		{ "domain add", ERR_SYNTAX },
		{ "domain remove other.test", ERR_NOT_FOUND },
		{ "domain set home.test enabled=maybe", ERR_SYNTAX },
		{ "domain set home.test colour=red", ERR_UNKNOWN },
		{ "domain add alias.test alias-of=home.test", 0 },
		{ "domain set home.test alias-of=home.test", ERR_SYNTAX },
		{ "domain add deep.test alias-of=alias.test", ERR_SYNTAX }, /* one level */
		{ "domain show deep.test", ERR_NOT_FOUND },                 /* nothing of it */
		{ "domain remove home.test", ERR_REFUSED },
		{ "account add alice@home.test" HASH, ERR_EXISTS },
		{ "account add \"Alice\"@HOME.test" HASH, ERR_EXISTS }, /* RFC 5321 4.1.2 */
		{ "account add bob@home.test", ERR_SYNTAX },            /* without a password */
		{ "account add bob@home.test hash=secret", ERR_SYNTAX },
		{ "account add bob@other.test" HASH, ERR_NOT_FOUND },
		{ "account add bob@alias.test" HASH, ERR_REFUSED },
		{ "account add bob@home.test" HASH " add-address=alice@home.test", ERR_EXISTS },
		{ "account show bob@home.test", ERR_NOT_FOUND }, /* nothing of it */
		{ "account add bob@home.test" HASH " add-address=b@home.test", 0 },
		{ "account show B@home.test", 0 },
		{ "account set b@home.test quota=5G quota-messages=100 tags=mailbox", 0 },
		{ "account set bob@home.test quota=5X", ERR_SYNTAX },
		{ "account set bob@home.test quota=9999999T", ERR_SYNTAX },
		{ "account set bob@home.test scram=nonsense", ERR_SYNTAX },
		{ "account set bob@home.test remove-address=bob@home.test", ERR_NOT_FOUND },
		{ "account set bob@home.test remove-address=alice@home.test", ERR_NOT_FOUND },
		{ "account set bob@home.test remove-address=b@home.test", 0 },
		{ "account show b@home.test", ERR_NOT_FOUND },
		{ "alias add all@home.test", ERR_SYNTAX }, /* to nobody */
		{ "alias add all@home.test to=alice@home.test to=Far@Other.TEST", 0 },
		{ "alias add all@home.test to=bob@home.test", ERR_EXISTS },
		{ "alias add alice@home.test to=bob@home.test", ERR_EXISTS },
		{ "alias set all@home.test to=alice@home.test", ERR_EXISTS },
		{ "alias set all@home.test remove-to=bob@home.test", ERR_NOT_FOUND },
		{ "alias set all@home.test to=nonsense", ERR_SYNTAX },
		{ "alias remove bob@home.test", ERR_NOT_FOUND }, /* an account */
		{ "account remove all@home.test", ERR_NOT_FOUND },
		{ "alias remove all@home.test", 0 },
		{ "alias show all@home.test", ERR_NOT_FOUND },
		{ "account remove bob@home.test", 0 },
		{ "account show bob@home.test", ERR_NOT_FOUND },
		{ "mailbox add x", ERR_UNKNOWN },
		{ "account shout alice@home.test", ERR_UNKNOWN },
	};
	begin();
	EACH_ROW(t) {
		CHECK_INT(rig_order(t[row].words), t[row].result);
		bool told = rig.done.changed.n_domains + rig.done.changed.n_accounts +
		            rig.done.changed.n_aliases;
		CHECK(t[row].result >= 0 || !told);
	}
	rig_end();
}

/* Kept in one form, told at once, and taken back by none. */
TEST(accounts_defence)
{
	static const char *const none[] = { "", "none" };
	static const struct {
		const char *given;
		int result;
		const char *kept;
	} t[] = {
		{ "attachments=junk", 0, "attachments=junk" },
		{ ",", ERR_SYNTAX, "attachments=junk" },
		{ "attachment=off", ERR_SYNTAX, "attachments=junk" },
		{ "attachments=junk,attachments=observe", 0, "attachments=observe" },
		{ "attachments=", ERR_SYNTAX, "attachments=observe" },
	};
	char words[128];

	begin();
	EACH_ROW(t) {
		snprintf(words, sizeof words, "account set alice@home.test defence=%s",
		         t[row].given);
		CHECK_INT(rig_order(words), t[row].result);
		CHECK_INT(rig_order("account set alice@home.test enabled=yes"), 0);
		CHECK_SPAN(rig.done.changed.accounts[0].defence, span_str(t[row].kept));
		snprintf(words, sizeof words, "domain set home.test defence=%s", t[row].given);
		CHECK_INT(rig_order(words), t[row].result);
		CHECK_INT(rig_order("domain set home.test enabled=yes"), 0);
		CHECK_SPAN(rig.done.changed.domains[0].defence, span_str(t[row].kept));
	}
	CHECK_INT(rig_order("account show alice@home.test"), 0);
	CHECK(strstr(rig_rows(), "\"defence\":\"attachments=observe\"") != NULL);
	for (size_t i = 0; i < N_ELEMS(none); i++) {
		CHECK_INT(rig_order("domain set home.test defence=attachments=tag"), 0);
		snprintf(words, sizeof words, "domain set home.test defence=%s", none[i]);
		CHECK_INT(rig_order(words), 0);
		CHECK_INT(rig.done.changed.domains[0].defence.n, 0);
	}
	rig_end();
}

TEST(accounts_defence_has_a_bound)
{
	char words[DIRECTORY_DEFENCE_BYTES_MAX + 64];
	int n = snprintf(words, sizeof words, "domain set home.test defence=attachments=off");
	size_t end = (size_t)n - strlen("attachments=off") + DIRECTORY_DEFENCE_BYTES_MAX;

	memset(words + n, '\t', sizeof words - (size_t)n);
	words[end] = 0;
	begin();
	CHECK_INT(rig_order(words), 0);
	CHECK_SPAN(rig.done.changed.domains[0].defence, SPAN("attachments=off"));
	words[end] = '\t';
	words[end + 1] = 0;
	CHECK_INT(rig_order(words), ERR_SYNTAX);
	rig_end();
}

/* What is told is what is there then, and what is gone is named. */
TEST(accounts_changes)
{
	begin();
	CHECK_INT(rig.done.changed.n_accounts, 1);
	CHECK_SPAN(rig.done.changed.accounts[0].name, SPAN("alice@home.test"));
	CHECK_SPAN(rig.done.changed.accounts[0].hash, SPAN("$6$x"));
	CHECK(!rig.done.changed.accounts[0].gone && rig.done.changed.accounts[0].enabled);
	CHECK_INT(rig_order("account set alice@home.test enabled=no hash=$6$y"), 0);
	CHECK(!rig.done.changed.accounts[0].enabled);
	CHECK_SPAN(rig.done.changed.accounts[0].hash, SPAN("$6$y"));
	CHECK_INT(rig_order("account show alice@home.test"), 0);
	CHECK_INT(rig.done.changed.n_accounts, 0);
	CHECK(!strstr(rig_rows(), "$6$")); /* no hash is shown */
	CHECK_INT(rig_order("alias add all@home.test to=Far.Away@B\xc3\xbc"
	                    "CHER.test"),
	          0);
	/* RFC 5321 2.4: the case of a local part elsewhere is kept. */
	CHECK_SPAN(rig.done.changed.aliases[0].targets[0].address,
	           SPAN("Far.Away@xn--bcher-kva.test"));
	CHECK_INT(rig_order("account remove alice@home.test"), 0);
	CHECK(rig.done.changed.n_accounts == 1 && rig.done.changed.accounts[0].gone);
	rig_end();
}

/* Neither a number nor a name of an account is used again, also not after a start. */
/* RFC 6376: the keys of a domain. */
TEST(accounts_dkim)
{
	static const struct {
		const char *words;
		int result;
		size_t n_keys; /* that the auth role is told of */
	} t[] = {
		{ "dkim add other.test selector=r1 algorithm=rsa", ERR_NOT_FOUND, 0 },
		{ "dkim add home.test selector=a_b! algorithm=rsa", ERR_SYNTAX, 0 },
		{ "dkim add home.test selector=e1 algorithm=dsa", ERR_SYNTAX, 0 },
		{ "dkim add home.test selector=e1 algorithm=ed25519 secret=x", ERR_SYNTAX, 0 },
		{ "dkim add home.test selector=E1 algorithm=ed25519", 0, 1 },
		{ "dkim add home.test selector=e1 algorithm=rsa", ERR_EXISTS, 0 },
		{ "dkim add home.test selector=r1 algorithm=rsa", 0, 2 },
		{ "dkim set home.test published=x", ERR_NOT_FOUND, 0 },
		{ "dkim set home.test published=e1", 0, 2 },
		{ "dkim remove home.test selector=x", ERR_NOT_FOUND, 0 },
		{ "dkim remove home.test selector=r1", 0, 1 },
	};
	begin();
	EACH_ROW(t) {
		CHECK_INT(rig_order(t[row].words), t[row].result);
		CHECK_INT(rig.done.changed.n_signers, t[row].result == 0);
		if (rig.done.changed.n_signers)
			CHECK_INT(rig.done.changed.signers[0].n_keys, t[row].n_keys);
	}
	CHECK_INT(rig_order("dkim show home.test"), 0);
	CHECK(strstr(rig_rows(), "\"selector\":\"e1\"") && !strstr(rig_rows(), "PRIVATE"));
	CHECK_INT(rig_order("dkim remove home.test"), 0);
	CHECK(rig.done.changed.signers[0].gone);
	CHECK_INT(rig_order("dkim add home.test selector=e2 algorithm=ed25519"), 0);
	CHECK_INT(rig_order("account remove alice@home.test"), 0);
	CHECK_INT(rig_order("domain remove home.test"), 0);
	CHECK(rig.done.changed.signers[0].gone && rig.done.changed.domains[0].gone);
	rig_end();
}

TEST(accounts_are_never_the_same_again)
{
	static const char *const names[] = { "alice@home.test", "alice@home.test#2",
		                             "alice@home.test#3" };
	begin();
	for (uint32_t i = 0; i < N_ELEMS(names); i++) {
		CHECK_INT(rig_order("account set alice@home.test enabled=yes"), 0);
		CHECK_INT(rig.done.changed.accounts[0].number, i + 1);
		CHECK_SPAN(rig.done.changed.accounts[0].name, span_str(names[i]));
		CHECK_SPAN(rig.done.changed.accounts[0].address, SPAN("alice@home.test"));
		CHECK_INT(rig_order("account remove alice@home.test"), 0);
		accounts_close(rig.db);
		CHECK_INT(rig_open(), 0);
		CHECK_INT(rig_order("account add alice@home.test" HASH), 0);
	}
	rig_end();
}

/* All pages together are everything, each once. */
TEST(accounts_pages)
{
	enum { MANY = 450 };
	struct arena pages[2] = { { 0 }, { 0 } };
	struct accounts_place place = { 0 };
	size_t n_domains = 0, n_accounts = 0, n_aliases = 0, n_signers = 0, n_pages = 0;
	char words[128];

	begin();
	CHECK_INT(rig_order("dkim add home.test selector=e1 algorithm=ed25519"), 0);
	for (int i = 1; i < MANY; i++) {
		snprintf(words, sizeof words, "account add u%d@home.test" HASH, i);
		CHECK_INT(rig_order(words), 0);
		snprintf(words, sizeof words, "alias add l%d@home.test to=u%d@home.test", i, i);
		CHECK_INT(rig_order(words), 0);
	}
	for (; !place.done; n_pages++) {
		struct directory_tell_args page = { 0 };
		arena_reset(&pages[n_pages % 2]);
		CHECK_INT(accounts_page(rig.db, &place, &pages[n_pages % 2], &page), 0);
		n_domains += page.n_domains;
		n_accounts += page.n_accounts;
		n_aliases += page.n_aliases;
		n_signers += page.n_signers;
	}
	CHECK_INT(n_domains, 1);
	CHECK_INT(n_accounts, MANY);
	CHECK_INT(n_aliases, MANY - 1);
	CHECK_INT(n_signers, 1);
	CHECK(n_pages > 6);
	arena_fini(&pages[0]);
	arena_fini(&pages[1]);
	rig_end();
}

TEST(accounts_of_a_newer_program_are_refused)
{
	sqlite3 *db;
	char path[128];

	begin();
	accounts_close(TAKE(rig.db));
	snprintf(path, sizeof path, "%s/directory.db", rig.directory);
	CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	CHECK_INT(rig_open(), ERR_CONFIG);
	rig_end();
}

/* What brings a removed account back, and what does not. */
TEST(accounts_removed)
{
	static const struct {
		const char *words;
		int result;
	} t[] = {
		{ "account add bob@home.test" HASH " add-address=b@home.test", 0 },
		{ "removed show bob@home.test", ERR_NOT_FOUND },
		{ "removed restore bob@home.test", ERR_NOT_FOUND },
		{ "account remove bob@home.test", 0 },
		{ "removed show bob@home.test", 0 },
		{ "removed show bob@home.test#2", 0 },
		{ "removed show bob@home.test#1", ERR_NOT_FOUND },
		{ "removed show bob@home.test#x", ERR_SYNTAX },
		{ "removed show nonsense", ERR_SYNTAX },
		{ "removed shout bob@home.test", ERR_UNKNOWN },
		{ "removed restore BOB@home.test", 0 },
		{ "account show b@home.test", 0 }, /* each of its addresses */
		{ "removed show bob@home.test", ERR_NOT_FOUND },
		{ "account remove bob@home.test", 0 },
		{ "account add bob@home.test" HASH, 0 },
		{ "removed restore bob@home.test", ERR_EXISTS },
		{ "removed restore bob@home.test as=bob@other.test", ERR_NOT_FOUND },
		{ "account show b@home.test", ERR_NOT_FOUND }, /* nothing was done */
		{ "account remove bob@home.test", 0 },
		{ "removed purge bob@home.test", ERR_SYNTAX }, /* which one? */
		{ "removed purge bob@home.test#3", 0 },
		{ "removed purge bob@home.test#3", 0 },
		{ "removed restore bob@home.test#3", ERR_REFUSED },
		{ "removed restore bob@home.test#2 as=rob@home.test", 0 },
		{ "account show b@home.test", 0 },
		{ "account show bob@home.test", 0 }, /* it was free */
		{ "account remove rob@home.test delete-mail=yes", 0 },
		{ "removed restore rob@home.test", ERR_REFUSED },
		{ "domain remove home.test", ERR_REFUSED }, /* alice */
		{ "account remove alice@home.test", 0 },
		{ "domain remove home.test", 0 },
		{ "removed restore alice@home.test", ERR_NOT_FOUND }, /* the domain is not there */
		{ "removed show alice@home.test", 0 },
		{ "domain add home.test", 0 },
		{ "removed restore alice@home.test", 0 },
		{ "removed list", 0 },
	};
	begin();
	EACH_ROW(t) {
		CHECK_INT(rig_order(t[row].words), t[row].result);
		CHECK(t[row].result >= 0 || !rig.done.purges);
	}
	CHECK_INT(rig.done.n_removed, 2);
	CHECK_INT(rig.done.removed[0].number, 2);
	CHECK_SPAN(rig.done.removed[0].was, SPAN("rob@home.test"));
	CHECK_SPAN(rig.done.removed[0].name, SPAN("bob@home.test"));
	CHECK(rig.done.removed[0].deleting && rig.done.removed[1].deleting);
	CHECK_INT(accounts_removed_json(&rig.done, &rig.mem, &rig.reply), 0);
	CHECK(strstr(rig_rows(), "\"bob@home.test#3\"") != NULL);
	CHECK_INT(rig_order("account show alice@home.test"), 0);
	rig_end();
}

/* Those of before: their addresses are found from what their mail is named by. */
TEST(accounts_removed_before_there_were_addresses_of_them)
{
	char file[128];
	sqlite3 *db;
	begin();
	CHECK_INT(rig_order("account remove alice@home.test"), 0);
	CHECK_INT(rig_order("account add alice@home.test" HASH), 0);
	CHECK_INT(rig_order("account remove alice@home.test"), 0);
	accounts_close(rig.db);
	snprintf(file, sizeof file, "%s/directory.db", rig.directory);
	CHECK_INT(sqlite3_open(file, &db), SQLITE_OK);
	CHECK_INT(
	        sqlite3_exec(db,
	                     "DROP TABLE former_address; DROP INDEX account_was; DROP INDEX "
	                     "account_purge; ALTER TABLE account DROP COLUMN was; ALTER TABLE "
	                     "account DROP COLUMN purge_ms; ALTER TABLE account DROP COLUMN "
	                     "purged_ms; ALTER TABLE account DROP COLUMN defence; ALTER TABLE "
	                     "domain DROP COLUMN defence; ALTER TABLE account DROP COLUMN "
	                     "sending; ALTER TABLE account DROP COLUMN held; ALTER TABLE "
	                     "domain DROP COLUMN sending; ALTER TABLE app_password DROP "
	                     "COLUMN senders; DROP TABLE dkim_key; DROP TABLE operator_key; UPDATE "
	                     "account SET hash = ''; PRAGMA user_version = 2",
	                     NULL, NULL, NULL),
	        SQLITE_OK);
	sqlite3_close(db);
	CHECK_INT(rig_open(), 0);
	CHECK_INT(rig_order("removed list"), 0);
	CHECK_INT(rig.done.n_removed, 2);
	for (size_t i = 0; i < 2; i++)
		CHECK_SPAN(rig.done.removed[i].was, SPAN("alice@home.test"));
	CHECK_INT(rig_order("removed restore alice@home.test#2"), 0);
	CHECK_SPAN(rig.done.changed.accounts[0].name, SPAN("alice@home.test#2"));
	rig_end();
}
