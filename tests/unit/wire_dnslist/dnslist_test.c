/* Lists of addresses in DNS: lines of the configuration, questions, answers (RFC 5782). */
#include "wire/dnslist/dnslist.h"

#include "test.h"

TEST(dnslist_lines)
{
	static const struct {
		const char *text, *zone;
		int weight;
	} good[] = {
		{ "zen.example", "zen.example", 1 },
		{ "zen.example.", "zen.example", 1 },
		{ "zen.example*3", "zen.example", 3 },
		{ "zen.example=127.0.0.2", "zen.example", 1 },
		{ "zen.example=127.0.0.[2..4;10]*1000", "zen.example", 1000 },
		{ "l.example=127.[0..255].[1].[0;1;2]*2", "l.example", 2 },
		{ "_l.example", "_l.example", 1 },
	};
	static const char *const bad[] = {
		"",
		"*3",
		"zen.example*",
		"zen.example*0",
		"zen.example*1001",
		"zen.example*-1",
		"zen..example",
		".example",
		"zen example",
		"zen.example=",
		"zen.example=127.0.0",
		"zen.example=127.0.0.2.3",
		"zen.example=127.0.0.256",
		"zen.example=127.0.0.[2..",
		"zen.example=127.0.0.[]",
		"zen.example=127.0.0.[5..2]",
		"zen.example=10.0.0.2",
		"zen.example=127.0.[1]2.3",
		"zen.example=127.0.0.[2;;3]",
		"z/x",
	};

	EACH_ROW(good) {
		struct dnslist list;
		CHECK_INT(dnslist_parse(span_str(good[row].text), &list), 0);
		CHECK_SPAN(list.zone, span_str(good[row].zone));
		CHECK_INT(list.weight, good[row].weight);
	}
	EACH_ROW(bad) {
		struct dnslist list;
		CHECK_INT(dnslist_parse(span_str(bad[row]), &list), ERR_SYNTAX);
	}
}

/* RFC 5782 2.1, 2.4. */
TEST(dnslist_questions)
{
	static const struct {
		const char *ip, *name;
	} t[] = {
		{ "192.0.2.99", "99.2.0.192.bad.example" },
		{ "::ffff:192.0.2.99", "99.2.0.192.bad.example" },
		{ "2001:db8:1:2:3:4:567:89ab",
		  "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bad.example" },
	};
	struct dnslist list;

	CHECK_INT(dnslist_parse(SPAN("bad.example"), &list), 0);
	EACH_ROW(t) {
		struct dns_question q;
		struct ip ip;
		CHECK_INT(ip_parse(span_str(t[row].ip), &ip), 0);
		CHECK(dnslist_question(&list, &ip, DNS_TXT, &q));
		CHECK_STR(q.name, t[row].name);
		CHECK_INT(q.type, DNS_TXT);
	}
	CHECK(!dnslist_question(&list, &(struct ip){ 0 }, DNS_A, &(struct dns_question){ 0 }));
}

static enum dnslist_word judge(const char *line, enum dns_status status, const char *values,
                               struct ip *value)
{
	struct dns_record records[8] = { 0 };
	struct dns_answer answer = { .status = status, .records = records };
	struct span rest = span_str(values), one;
	struct dnslist list;

	CHECK_INT(dnslist_parse(span_str(line), &list), 0);
	while (span_split(&rest, ' ', &one))
		CHECK_INT(ip_parse(one, &records[answer.n++].ip), 0);
	return dnslist_judge(&list, &answer, value);
}

TEST(dnslist_answers)
{
	static const struct {
		const char *line;
		enum dns_status status;
		const char *values;
		enum dnslist_word word;
		const char *value;
	} t[] = {
		{ "l.example", DNS_NO_NAME, "", DNSLIST_CLEAN, "" },
		{ "l.example", DNS_NO_DATA, "", DNSLIST_CLEAN, "" },
		{ "l.example", DNS_FAILED, "", DNSLIST_SILENT, "" },
		{ "l.example", DNS_FOUND, "127.0.0.2", DNSLIST_LISTED, "127.0.0.2" },
		{ "l.example", DNS_FOUND, "127.0.1.4 127.0.0.3", DNSLIST_LISTED, "127.0.1.4" },
		/* what a list says when it does not want us, and what a lost domain says */
		{ "l.example", DNS_FOUND, "127.255.255.254", DNSLIST_REFUSED, "127.255.255.254" },
		{ "l.example", DNS_FOUND, "127.0.0.2 127.255.255.252", DNSLIST_REFUSED,
		  "127.255.255.252" },
		{ "l.example", DNS_FOUND, "192.0.2.1", DNSLIST_WILD, "192.0.2.1" },
		{ "l.example", DNS_FOUND, "127.0.0.2 192.0.2.1", DNSLIST_WILD, "192.0.2.1" },
		/* which values count */
		{ "l.example=127.0.0.2", DNS_FOUND, "127.0.0.2", DNSLIST_LISTED, "127.0.0.2" },
		{ "l.example=127.0.0.2", DNS_FOUND, "127.0.0.3", DNSLIST_OTHER, "127.0.0.3" },
		{ "l.example=127.0.0.2", DNS_FOUND, "127.0.0.3 127.0.0.2", DNSLIST_LISTED,
		  "127.0.0.2" },
		{ "l.example=127.0.0.[2..11]", DNS_FOUND, "127.0.0.11", DNSLIST_LISTED,
		  "127.0.0.11" },
		{ "l.example=127.0.0.[2..11]", DNS_FOUND, "127.0.0.12", DNSLIST_OTHER,
		  "127.0.0.12" },
		{ "l.example=127.0.[0..255].[1;3]", DNS_FOUND, "127.0.15.3", DNSLIST_LISTED,
		  "127.0.15.3" },
	};

	EACH_ROW(t) {
		struct ip value;
		char text[IP_TEXT_BYTES];
		CHECK_INT(judge(t[row].line, t[row].status, t[row].values, &value), t[row].word);
		CHECK_STR(ip_text(&value, text), t[row].value);
	}
}

/* A list's words stand in a reply: no octet of them may end the line. */
TEST(dnslist_words)
{
	struct dns_record record = {
		.text = SPAN("  https://l.example/\r\n250 ok\t\t?ip=1\x1b[2J\xc3\xa4  ")
	};
	struct dns_answer answer = { .status = DNS_FOUND, .records = &record, .n = 1 };
	char long_text[1000], words[DNSLIST_REASON_MAX + 1];

	dnslist_reason(&answer, words);
	CHECK_STR(words, "https://l.example/250 ok ?ip=1[2J");
	memset(long_text, 'x', sizeof long_text);
	record.text = span_make(long_text, sizeof long_text);
	dnslist_reason(&answer, words);
	CHECK_INT(strlen(words), DNSLIST_REASON_MAX);
	answer.status = DNS_NO_DATA;
	dnslist_reason(&answer, words);
	CHECK_STR(words, "");
}
