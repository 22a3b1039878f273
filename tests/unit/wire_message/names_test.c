/* wire/message/names/names.h: RFC 2183 2.3, RFC 2231, RFC 2047. */
#include "test.h"

#include "base/buf.h"
#include "wire/message/names/names.h"

#define D "Content-Disposition: attachment; "
#define T "Content-Type: application/octet-stream; "
#define MULTI                                                                                      \
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"            \
	"\r\ntext\r\n--b\r\n"
#define END  "\r\n\r\nx\r\n--b--\r\n"
#define UU   "begin 644 evil.exe\r\n#86)C\r\n`\r\nend\r\n"
#define EVIL "Content-Disposition: attachment; filename=evil.exe\r\n\r\nx\r\n"

#define EVIL_BASE64                                                                                \
	"Q29udGVudC1EaXNwb3NpdGlvbjogYXR0YWNobWVudDsgZmlsZW5hbWU9ZXZpbC5leGUNCg0KeA0K\r\n"
#define PARTS "\r\n--b\r\n" EVIL "--b--\r\n"

/* Each is a program's name to somebody. */
static const struct span evil[] = {
	SPAN(D "filename=evil.exe\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe\"\r\n\r\nx"),
	SPAN(D "FileName=EVIL.EXE\r\n\r\nx"),
	SPAN(D "filename = \"evil.exe\" \r\n\r\nx"),
	SPAN(D "filename=\"evil.exe.\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe . . \"\r\n\r\nx"),
	SPAN(D "filename=\"evil\\.e\\xe\"\r\n\r\nx"),
	SPAN(D "filename='evil.exe'\r\n\r\nx"),
	SPAN(D "filename=evil.exe (a program)\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe\" (a.txt)\r\n\r\nx"),
	SPAN(D "(c) filename (c) = (c) evil.exe\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe\r\n\r\nx"),
	SPAN(D "filename=\"a.txt\"; filename=\"evil.exe\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe\"; filename=\"a.txt\"\r\n\r\nx"),
	SPAN(D "filename=\"a.txt\"; name=\"evil.exe\"\r\n\r\nx"),
	SPAN("Content-Disposition: attachment filename=evil.exe\r\n\r\nx"),
	SPAN("Content-Disposition: filename=evil.exe\r\n\r\nx"),
	SPAN("Content-Disposition: inline;;; filename=evil.exe\r\n\r\nx"),
	SPAN("Content-Disposition: \"attachment; filename=evil.exe\r\n\r\nx"),
	SPAN("CONTENT-DISPOSITION : attachment; filename=evil.exe\r\n\r\nx"),
	SPAN(D "filename=a.txt\r\nContent-Disposition: attachment; filename=evil.exe\r\n\r\nx"),
	SPAN(D "filename=evil.exe\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx"),
	SPAN(T "name=evil.exe\r\n\r\nx"),
	SPAN(T "name=\"evil.exe\"\r\n" D "filename=\"a.txt\"\r\n\r\nx"),
	SPAN("Content-Type: garbage; name=evil.exe\r\n\r\nx"),
	/* RFC 2231 4 */
	SPAN(D "filename*=utf-8''evil.exe\r\n\r\nx"),
	SPAN(D "filename*=utf-8'en'%65vil%2Eexe\r\n\r\nx"),
	SPAN(D "filename*=iso-2022-jp''evil%2eexe\r\n\r\nx"),
	SPAN(D "filename*=evil%2Eexe\r\n\r\nx"),
	SPAN(D "filename*=\"utf-8''evil.exe\"\r\n\r\nx"),
	SPAN(D "filename*=utf-16le''e%00v%00i%00l%00.%00e%00x%00e%00\r\n\r\nx"),
	SPAN(D "filename=a.txt; filename*=utf-8''evil.exe\r\n\r\nx"),
	SPAN(D "filename*=utf-8''a.txt; filename=evil.exe\r\n\r\nx"),
	/* RFC 2231 3 */
	SPAN(D "filename*0=evil; filename*1=.exe\r\n\r\nx"),
	SPAN(D "filename*1=\".exe\"; filename*0=\"evil\"\r\n\r\nx"),
	SPAN(D "filename*0*=utf-8''evil; filename*1*=%2E; filename*2=exe\r\n\r\nx"),
	SPAN(D "filename*0=\"evil.e\";\r\n filename*1=\"x\";\r\n\tfilename*2=\"e\"\r\n\r\nx"),
	SPAN(D "filename*0=\"evil.\"; filename*2=\"exe\"\r\n\r\nx"),
	SPAN(D "filename*1=\"evil.\"; filename*2=\"exe\"\r\n\r\nx"),
	SPAN(D "filename*00=\"evil.\"; filename*01=\"exe\"\r\n\r\nx"),
	SPAN(D "\r\n\tfilename*0*=us-ascii''evil;\r\n\tfilename*1=\".exe\"\r\n\r\nx"),
	SPAN(D "\r\n filename*\r\n =utf-8''evil.exe\r\n\r\nx"),
	SPAN(T "name*0=evil.; name*1=exe\r\n\r\nx"),
	SPAN(D "filename*=utf-8''a.txt; filename*1=.exe; filename*0=evil\r\n\r\nx"),
	SPAN(D "filename*0=evil.exe; filename*1=.txt; filename*=utf-8''a.txt\r\n\r\nx"),
	SPAN(D "filename*0=evil.; filename*1=exe; filename*1=a; filename*2=.txt\r\n\r\nx"),
	SPAN(D "filename*0=a; filename*1=.txt; filename*0=evil; filename*1=.exe\r\n\r\nx"),
	SPAN(D "filename*0=evil; filename*1=.exe; filename*0=a; filename*1=.; filename*2=txt\r\n"
	       "\r\nx"),
	SPAN(D "filename*0=evil.exe; filename*1=_; filename=a.txt\r\n\r\nx"),
	/* RFC 2047, where it must not be */
	SPAN(D "filename=\"=?utf-8?B?ZXZpbC5leGU=?=\"\r\n\r\nx"),
	SPAN(D "filename==?utf-8?Q?evil=2Eexe?=\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-8?Q?evil?= =?iso-8859-1?Q?.exe?=\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.=?utf-8?Q?exe?=\"\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-16le?B?ZQB2AGkAbAAuAGUAeABlAA==?=\"\r\n\r\nx"),
	SPAN(D "filename*=utf-8''=%3Futf-8%3FQ%3Fevil.exe%3F=\r\n\r\nx"),
	/* RFC 2152 */
	SPAN(D "filename=\"=?utf-7?Q?evil+AC4-exe?=\"\r\n\r\nx"),
	SPAN(D "filename=\"=?UTF-7?Q?+AGUAdgBpAGwALgBlAHgAZQ?=\"\r\n\r\nx"),
	SPAN(D "filename*=utf-7''evil%2BAC4-exe\r\n\r\nx"),
	SPAN(D "filename*=unicode-1-1-utf-7''+AGUAdgBpAGwALgBlAHgAZQ-\r\n\r\nx"),
	/* RFC 1468, RFC 1557, RFC 1843: shifts into other alphabets and back */
	SPAN(D "filename*=iso-2022-jp''evil.e%1B%28Bxe\r\n\r\nx"),
	SPAN(D "filename=\"=?iso-2022-jp?Q?evil.e=1B(Bxe?=\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.e\x1b(Bxe\"\r\n\r\nx"),
	SPAN(D "filename*=iso-2022-kr''evil.%1B%24%29C%0E%0Fexe\r\n\r\nx"),
	SPAN(D "filename*=hz-gb-2312''evil.e~%7B~%7Dx~%0Ae\r\n\r\nx"),
	/* EBCDIC */
	SPAN(D "filename*=ibm037''%85%A5%89%93%4B%85%A7%85\r\n\r\nx"),
	SPAN(D "filename=\"=?cp500?Q?=85=A5=89=93K=85=A7=85?=\"\r\n\r\nx"),
	/* RFC 2047 2 has no such words */
	SPAN(D "filename=\"=?utf-8?Q?my evil.exe?=\"\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-8?B?ZXZp bC5leGU=?=\"\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-8?Q?evil?.exe?=\"\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-8?B?ZXZpbC5leGU=\"\r\n\r\nx"),
	SPAN(D "filename=\"=??Q?evil.exe?=\"\r\n\r\nx"),
	SPAN("Content-Disposition: =?utf-8?Q?attachment;_filename=3Devil.exe?=\r\n\r\nx"),
	/* behind the quotes */
	SPAN(D "filename=\"evil\" \".exe\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.txt\".exe\r\n\r\nx"),
	/* percent-encoded, without the star that says so */
	SPAN(D "filename=\"evil%2Eexe\"\r\n\r\nx"),
	SPAN(D "filename=%65vil.%65xe\r\n\r\nx"),
	SPAN(T "name=\"evil.ex%65\"\r\n\r\nx"),
	/* a file that has no other name */
	SPAN("Content-Type: application/octet-stream\r\nContent-Description: evil.exe\r\n\r\nx"),
	SPAN("Content-Type: image/png\r\nContent-Description: =?utf-8?Q?evil=2Eexe?=\r\n\r\nx"),
	/* what is not seen */
	SPAN(D "filename=\"evil.\xe2\x80\xae"
	       "exe\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe\xe2\x80\x8b\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.e\xc2\xadxe\"\r\n\r\nx"),
	SPAN(D "filename=\"evil\xef\xbc\x8e\xef\xbd\x85\xef\xbd\x98\xef\xbd\x85\"\r\n\r\nx"),
	SPAN(D "filename=\"evil\xe3\x80\x82"
	       "exe\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe\xc2\xa0\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe\0.txt\"\r\n\r\nx"),
	SPAN(D "filename*=utf-8''evil.exe%00.txt\r\n\r\nx"),
	SPAN(D "filename*=utf-8''evil.e%00xe\r\n\r\nx"),
	SPAN(D "filename=\"evil.e\r\n xe\"\r\n\r\nx"),
	SPAN(D "filename=\"\xff\xfe.exe\"\r\n\r\nx"),
	/* Windows */
	SPAN(D "filename=\"evil.exe::$DATA\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe:stream\"\r\n\r\nx"),
	SPAN(D "filename=\"C:\\\\dir\\\\evil.exe\"\r\n\r\nx"),
	SPAN(D "filename=\"../../evil.exe/\"\r\n\r\nx"),
	SPAN(D "filename=\"a.txt          .exe\"\r\n\r\nx"),
	/* elsewhere */
	SPAN("Content-Location: evil.exe\r\n\r\nx"),
	SPAN("Content-Location: http://example.org/a/evil%2Eexe?x=1\r\n\r\nx"),
	SPAN("Content-Type: message/external-body; access-type=url; name=evil.exe\r\n\r\n"
	     "Content-Type: text/plain\r\n\r\n"),
	SPAN(MULTI D "filename=evil.exe" END),
	SPAN("Content-Type: multipart/mixed; name=evil.exe; boundary=b\r\n\r\n--b--\r\n"),
	SPAN(MULTI "broken line\r\n" D "filename=evil.exe" END),
	SPAN("Content-Type: message/rfc822\r\n\r\n" EVIL),
	SPAN("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	     "Q29udGVudC1EaXNwb3NpdGlvbjogYXR0YWNobWVudDsgZmlsZW5hbWU9ZXZpbC5leGUNCg0KeA0K\r\n"),
	SPAN("Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	     "eJ8+IgEAAQaQCAAEAAAAAAABAAEAAgKQBgAOAAAAAQD/////"
	     "IAAgAAAAAAA9BAIQgAEACQAAAGV2aWwuZXhlACAD\r\n"),
	SPAN("Content-Type: text/plain; name=winmail.dat\r\nContent-Transfer-Encoding: "
	     "base64\r\n\r\n"
	     "eJ8+IgEAAQaQCAAEAAAAAAABAAEAAgKQBgAOAAAAAQD/////"
	     "IAAgAAAAAAA9BAIQgAEACQAAAGV2aWwuZXhlACAD\r\n"),
	SPAN("Content-Type: message/news\r\n\r\n" EVIL),
	SPAN("Content-Type: message/rfc822\r\n\r\n\r\n" EVIL),
	SPAN("Content-Type: message/rfc822\r\n\r\nbroken\r\n\r\n" EVIL),
	SPAN("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n"
	     "Content-Transfer-Encoding: base64\r\n\r\n" EVIL_BASE64),
	SPAN("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: "
	     "x-base64\r\n\r\n" EVIL_BASE64),
	SPAN("Content-Type: text/plain; name=a.eml\r\n\r\n" EVIL),
	SPAN("Content-Type: application/octet-stream; name=A.EML\r\nContent-Transfer-Encoding: "
	     "base64\r\n\r\n" EVIL_BASE64),
	/* parts that some see, and some do not */
	SPAN("Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=b\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--a\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=a(; boundary=b)\r\n\r\n--a\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=a; boundary*=utf-8''b\r\n\r\n--a\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=b(c)\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary==?utf-8?Q?b?=\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary='b'\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=\" b\"\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=bc\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=\"\"\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed, boundary=b\r\n" PARTS),
	SPAN("Content-Type: multipart; boundary=b\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n" PARTS),
	SPAN("Subject: x\r\nbroken\r\nContent-Type: multipart/mixed; boundary=b\r\n" PARTS),
	SPAN("Content-Type\xa0: multipart/mixed; boundary=b\r\n" PARTS),
	SPAN("Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n"
	     "\r\nLS1iDQpDb250ZW50LURpc3Bvc2l0aW9uOiBhdHRhY2htZW50OyBmaWxlbmFtZT1ldmlsLmV4ZQ0KDQp4"
	     "\r\n"),
	SPAN("Subject: a\r\n\r\nhello\r\n" UU),
	SPAN("Content-Transfer-Encoding: base64\r\n\r\n"
	     "YmVnaW4gNjQ0IGV2aWwuZXhlDQojODYpQw0KYA0KZW5kDQo=\r\n"),
	SPAN("\r\nbegin-base64 644 evil.exe\r\nYWJj\r\n====\r\n"),
	SPAN("\r\n=ybegin line=128 size=3 name=evil.exe\r\nxyz\r\n"),
};

static bool listed(struct span message, enum message_name_list list)
{
	AUTO_ARENA arena = { 0 };
	struct message_names names = { 0 };

	CHECK_INT(message_names_find(exact(message), &arena, &names), 0);
	for (size_t i = 0; i < names.n; i++)
		if (message_name_listed(names.names[i].name, list, NULL))
			return true;
	return false;
}

TEST(names_of_programs)
{
	EACH_ROW(evil)
		CHECK(listed(evil[row], MESSAGE_NAME_CLASSIC));
}

/* They look alike, and are none. */
static const struct span innocent[] = {
	SPAN(D "filename=evil.exe.txt\r\n\r\nx"),
	SPAN(D "filename=evil.exe_\r\n\r\nx"),
	SPAN(D "filename=exe\r\n\r\nx"),
	SPAN(D "filename=evilexe\r\n\r\nx"),
	SPAN(D "filename=evil-exe\r\n\r\nx"),
	SPAN(D "filename=evil.exe.zip\r\n\r\nx"),
	SPAN(D "filename=\"evil.zip\"\r\n\r\nx"),
	SPAN(D "filename=evil.ex\r\n\r\nx"),
	SPAN(D "filename=evil.exee\r\n\r\nx"),
	SPAN(D "filename=a.xls\r\n\r\nx"),
	SPAN(D "filename=a.xlsx\r\n\r\nx"),
	SPAN(D "filename=a.community\r\n\r\nx"),
	SPAN(D "filename=a.bats\r\n\r\nx"),
	SPAN(D "filename=\"evil. exe\"\r\n\r\nx"),
	SPAN(D "filename=\"Mr. Bat\"\r\n\r\nx"),
	SPAN(D "filename=\"setup.exe (copy)\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe; a.txt\"\r\n\r\nx"),
	SPAN(D "filename=\"how to run evil.exe safely.pdf\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe/readme\"\r\n\r\nx"),
	SPAN(D "filename=\"C:\\\\evil.exe\\\\readme.txt\"\r\n\r\nx"),
	SPAN(D "filename=\"a:b.txt\"\r\n\r\nx"),
	SPAN(D "filename*=utf-8''evil.exe%2Etxt\r\n\r\nx"),
	SPAN(D "filename*0=evil.exe; filename*1=.txt\r\n\r\nx"),
	SPAN(D "filename*1=.txt; filename*0=readme.exe\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-8?B?YS50eHQ=?=\"\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-8?Q?evil.exe?= =?utf-8?Q?.txt?=\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe\xe2\x80\xae.txt\"\r\n\r\nx"),
	SPAN(D "description=evil.exe\r\n\r\nx"),
	SPAN(D "filename=\r\n\r\nx"),
	SPAN(D "filename=\"\"\r\n\r\nx"),
	SPAN(D "filename=\".\"\r\n\r\nx"),
	SPAN("Subject: evil.exe\r\n\r\nfilename=evil.exe\r\n"),
	SPAN("X-Name: a; filename=evil.exe\r\n\r\nx"),
	SPAN("Content-Description: evil.exe\r\n\r\nx"),
	SPAN("Content-Description: evil.exe\r\n" D "filename=a.pdf\r\n\r\nx"),
	SPAN("Content-Type: application/pdf; name=a.pdf\r\nContent-Description: evil.exe\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-7?Q?evil.exe+AC4-txt?=\"\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-7?Q?evil.+ACs-exe?=\"\r\n\r\nx"),
	SPAN(D "filename=\"evil.exe%2Etxt\"\r\n\r\nx"),
	SPAN(D "filename=\"100%25.exe.txt\"\r\n\r\nx"),
	SPAN("Content-ID: <evil.exe>\r\n\r\nx"),
	SPAN("Content-Location: http://www.example.com\r\n\r\nx"),
	SPAN("Content-Location: http://example.org/a.html?evil.exe\r\n\r\nx"),
	SPAN("Subject: a\r\n\r\nbegin 644 evil.exe\r\nis how such a file begins.\r\n"),
	SPAN("\r\nbegin the evil.exe\r\n#86)C\r\n"),
	SPAN("\r\n> begin 644 evil.exe\r\n> #86)C\r\n"),
	SPAN("\r\nContent-Disposition: attachment; filename=evil.exe\r\n"),
	SPAN("Content-Type: multipart/mixed; boundary=\"evil.exe\"\r\n\r\n--evil.exe--\r\n"),
	SPAN(MULTI D "filename=a.pdf" END),
	SPAN("Content-Type: multipart/mixed; boundary=\"--the_boundary\"\r\n\r\nno evil.exe "
	     "here\r\n"
	     "----the_boundary\r\n\r\n" EVIL "----the_boundary--\r\n\r\n-- \r\nsetup.exe\r\n"),
	SPAN("Content-Type: text/plain\r\nContent-Type: text/plain\r\n\r\nrun: evil.exe\r\n"),
	SPAN("Subject: a\r\nbroken\r\nX-Name: evil.exe\r\n\r\nfilename=evil.exe\r\n"),
	SPAN("Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; evil.exe\r\n"),
	SPAN("Content-Type: application/octet-stream; name=a.eml\r\n\r\nSubject: "
	     "evil.exe\r\n\r\nx"),
	SPAN(D "filename=\"=?utf-8?Q?evil.exe is.txt?=\"\r\n\r\nx"),
	SPAN(D "filename=\"a.txt\" (evil.exe)\r\n\r\nx"),
	SPAN(D "filename*=cp437''K.%85%A7%85\r\n\r\nx"),
	SPAN("Content-Type: text/plain; charset=evil.exe\r\n\r\nx"),
};

TEST(names_of_innocents)
{
	EACH_ROW(innocent)
		CHECK(!listed(innocent[row], MESSAGE_NAME_CLASSIC));
}

TEST(names_as_seen)
{
	AUTO_ARENA arena = { 0 };
	struct message_names names = { 0 };

	CHECK_INT(message_names_find(exact(SPAN(MULTI D "filename=\"/tmp/\x1b[31m\xef\xbc\xa5vil"
	                                                ".\xe2\x80\xae"
	                                                "exe. \"" END)),
	                             &arena, &names),
	          0);
	CHECK_INT(names.n, 1);
	CHECK_SPAN(names.names[0].name, SPAN("[31mEvil.exe"));
	CHECK_INT(names.names[0].part, 2);
	CHECK(!names.cut && !names.partial);
}

TEST(names_of_a_piece_of_a_message)
{
	AUTO_ARENA arena = { 0 };
	struct message_names names = { 0 };

	CHECK_INT(message_names_find(exact(SPAN("Content-Type: message/partial; id=a; number=2\r\n"
	                                        "\r\nx")),
	                             &arena, &names),
	          0);
	CHECK(names.partial);
}

TEST(names_strict)
{
	static const struct {
		struct span name;
		bool classic, strict;
	} t[] = {
		{ SPAN("a.exe"), true, true },   { SPAN("a.js"), false, true },
		{ SPAN("a.JSE"), false, true },  { SPAN("a.iso"), false, true },
		{ SPAN("a.pdf"), false, false }, { SPAN("a.zip"), false, false },
		{ SPAN("js"), false, false },    { SPAN("c:a.lnk"), false, true },
		{ SPAN("a.xl"), true, true },    { SPAN("a.settingcontent-ms"), false, true },
	};
	struct span extension;

	EACH_ROW(t) {
		CHECK_INT(message_name_listed(t[row].name, MESSAGE_NAME_CLASSIC, NULL),
		          t[row].classic);
		CHECK_INT(message_name_listed(t[row].name, MESSAGE_NAME_STRICT, NULL),
		          t[row].strict);
	}
	CHECK(message_name_listed(SPAN("a.b.ExE. "), MESSAGE_NAME_CLASSIC, &extension));
	CHECK_SPAN(extension, SPAN("ExE"));
}

/* 10,000 parts, and one name in each. */
TEST(names_of_many_parts)
{
	AUTO_ARENA arena = { 0 };
	AUTO_BUF b = BUF(2 << 20);
	struct message_names names = { 0 };

	buf_puts(&b, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (int i = 0; i < 9999; i++)
		buf_printf(&b, "--b\r\n" D "filename=%d.exe\r\n\r\nx\r\n", i);
	CHECK_INT(message_names_find(buf_span(&b), &arena, &names), 0);
	CHECK_INT(names.n, 9999);
	CHECK(!names.cut);
	buf_puts(&b, "--b\r\n" D "filename=last.exe\r\n\r\nx\r\n");
	CHECK_INT(message_names_find(buf_span(&b), &arena, &names), 0);
	CHECK(names.cut);
}

/* Some save it under its last letters. */
TEST(names_that_are_long)
{
	AUTO_BUF b = BUF(200000);

	for (size_t n = 1000; n < 100000; n *= 4) {
		buf_reset(&b);
		buf_puts(&b, D "filename=\"");
		for (size_t i = 0; i < n; i++)
			buf_putc(&b, 'a');
		buf_puts(&b, ".exe\"\r\n\r\nx");
		CHECK(listed(buf_span(&b), MESSAGE_NAME_CLASSIC));
	}
}

/* Messages of every kind within each other cost what they are large a few times over. */
TEST(names_of_messages_that_nobody_opens)
{
	AUTO_ARENA arena = { 0 };
	AUTO_BUF b = BUF(2 << 20);
	struct message_names names = { 0 };

	for (int i = 0; i < 900; i++)
		buf_puts(&b, "Content-Type: message/x\r\n\r\n");
	while (b.n < 1 << 20)
		buf_puts(&b, "line\r\n");
	CHECK_INT(message_names_find(buf_span(&b), &arena, &names), 0);
	CHECK(names.cut);
}

struct shown {
	struct buf out;
	int end_with;
};

static int show(const struct message_file *file, void *arg)
{
	struct shown *s = arg;

	for (size_t i = 0; i < file->n_names; i++)
		buf_printf(&s->out, "%.*s,", SPAN_ARG(file->names[i].name));
	buf_printf(&s->out, "=%.*s;", SPAN_ARG(file->octets));
	return s->end_with;
}

/* Each file once, decoded, with its names: of parts, of encoded messages within, of uuencoded text.
 */
TEST(names_and_their_files)
{
	static const struct span message =
	        SPAN("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
	             "begin 644 u.bin\r\n#86)C\r\n`\r\nend\r\n"
	             "--b\r\nContent-Type: x/y; name=a\r\nContent-Disposition: attachment; "
	             "filename=b\r\nContent-Transfer-Encoding: base64\r\n\r\nZGVm\r\n"
	             "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: "
	             "base64\r\n\r\nQ29udGVudC1UeXBlOiB4L3k7IG5hbWU9aW5uZXINCg0KZ2hp\r\n"
	             "--b--\r\n");
	AUTO_ARENA mem = { 0 };
	struct shown s = { .out = BUF(1000) };
	struct message_names names;

	CHECK_INT(message_files_find(exact(message), &mem, show, &s, &names), 0);
	CHECK_STR(buf_str(&s.out),
	          "=begin 644 u.bin\r\n#86)C\r\n`\r\nend;u.bin,=abc;a,b,=def;inner,=ghi;");
	CHECK_INT(names.n, 4);
	buf_reset(&s.out);
	s.end_with = 7;
	CHECK_INT(message_files_find(exact(message), &mem, show, &s, &names), 7);
	CHECK_STR(buf_str(&s.out), "=begin 644 u.bin\r\n#86)C\r\n`\r\nend;");
	buf_fini(&s.out);
}
