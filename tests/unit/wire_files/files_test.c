/* What a file is by its octets. */
#include "wire/files/compound.h"
#include "wire/files/kind.h"
#include "wire/files/zip.h"

#include "base/buf.h"

#include "test.h"

TEST(files_by_their_first_octets)
{
	static const struct {
		struct span head;
		enum file_kind kind;
	} t[] = {
		{ SPAN(""), FILE_OTHER },
		{ SPAN("M"), FILE_OTHER },
		{ SPAN("MZ"), FILE_OTHER },
		{ SPAN("\x7f"
		       "ELF"),
		  FILE_PROGRAM },
		{ SPAN("\x7f"
		       "EL"),
		  FILE_OTHER },
		{ SPAN("\xfe\xed\xfa\xce"), FILE_PROGRAM },
		{ SPAN("\xcf\xfa\xed\xfe"), FILE_PROGRAM },
		{ SPAN("\xca\xfe\xba\xbe\0\0\0\2"), FILE_PROGRAM },
		{ SPAN("\xca\xfe\xba\xbe\0\0\0\x34"), FILE_OTHER }, /* a Java class */
		{ SPAN("\xca\xfe\xba\xbe"), FILE_OTHER },
		{ SPAN("#!/bin/sh"), FILE_SCRIPT },
		{ SPAN("PK\3\4"), FILE_ARCHIVE },
		{ SPAN("PK\5\6"), FILE_ARCHIVE },
		{ SPAN("PK\1\2"), FILE_OTHER },
		{ SPAN("7z\xbc\xaf\x27\x1c"), FILE_ARCHIVE },
		{ SPAN("Rar!\x1a\7\1"), FILE_ARCHIVE },
		{ SPAN("MSCF"), FILE_ARCHIVE },
		{ SPAN("\x1f\x8b\x08"), FILE_PACKED },
		{ SPAN("BZh91AY&SY"), FILE_PACKED },
		{ SPAN("BZhang writes"), FILE_OTHER },
		{ SPAN("\xfd"
		       "7zXZ\0"),
		  FILE_PACKED },
		{ SPAN("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), FILE_COMPOUND },
		{ SPAN("%PDF-1.7"), FILE_OTHER },
	};
	EACH_ROW(t)
		CHECK_INT(file_kind(exact(t[row].head), t[row].head.n), t[row].kind);
}

/* PE/COFF 2.1: at 0x3c stands where PE is; in a text stands nonsense there. */
TEST(files_of_windows)
{
	static const struct {
		uint8_t first[2];
		uint32_t at;
		const char *then;
		uint64_t size;
		enum file_kind kind;
	} t[] = {
		{ "MZ", 0x40, "PE\0\0", 200, FILE_PROGRAM },
		{ "ZM", 0x40, "PE\0\0", 200, FILE_PROGRAM },
		{ "MZ", 0x40, "NE\1\1", 200, FILE_PROGRAM },
		{ "MZ", 0x40, "xxxx", 200, FILE_OTHER },
		{ "MZ", 0x20202020, "PE\0\0", 200, FILE_OTHER },
		{ "MZ", 0x1000, "xxxx", 0x2000, FILE_PROGRAM }, /* where nobody looks */
		{ "MZ", 0x1000, "xxxx", 0x1000, FILE_OTHER },
		{ "XX", 0x40, "PE\0\0", 200, FILE_OTHER },
	};
	EACH_ROW(t) {
		char head[68] = { 0 };

		memcpy(head, t[row].first, 2);
		memcpy(head + 0x3c, &t[row].at, 4);
		memcpy(head + 0x40, t[row].then, 4);
		CHECK_INT(file_kind(exact(span_make(head, sizeof head)), t[row].size), t[row].kind);
	}
}

TEST(files_far_behind)
{
	AUTO_BUF head = BUF(FILE_HEAD_BYTES);

	for (int i = 0; i < 257; i++)
		buf_putc(&head, 'x');
	buf_puts(&head, "ustar");
	CHECK_INT(file_kind(exact(buf_span(&head)), head.n), FILE_ARCHIVE);
	while (head.n < 32769)
		buf_putc(&head, 0);
	head.p[257] = 'U';
	CHECK_INT(file_kind(exact(buf_span(&head)), head.n), FILE_OTHER);
	buf_puts(&head, "CD001");
	CHECK_INT(file_kind(exact(buf_span(&head)), head.n), FILE_ARCHIVE);
}

TEST(files_by_their_names)
{
	CHECK(file_name_is_archive(SPAN("a.ZIP")));
	CHECK(file_name_is_archive(SPAN("a.tar.gz")));
	CHECK(!file_name_is_archive(SPAN("zip")));
	CHECK(!file_name_is_archive(SPAN("a.zip.txt")));
	CHECK(!file_name_is_archive(SPAN("")));
	CHECK(file_name_is_document(SPAN("a.Pdf")));
	CHECK(!file_name_is_document(SPAN("a.sh")));
}

static void put_entry(struct buf *out, const char *name, uint8_t type)
{
	char entry[128] = { 0 };
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		entry[2 * i] = name[i];
	entry[64] = (char)(2 * (n + 1));
	entry[66] = (char)type;
	buf_put(out, span_make(entry, sizeof entry));
}

TEST(files_compound)
{
	static const struct {
		const char *name;
		uint8_t type;
		unsigned holds;
	} t[] = {
		{ "WordDocument", 2, 0 },
		{ "Macros", 1, COMPOUND_MACROS },
		{ "macros", 1, COMPOUND_MACROS },
		{ "Macros", 0, 0 }, /* an empty place */
		{ "Macros2", 1, 0 },
		{ "_VBA_PROJECT_CUR", 1, COMPOUND_MACROS },
		{ "_VBA_PROJECT", 2, COMPOUND_MACROS },
		{ "EncryptedPackage", 2, COMPOUND_ENCRYPTED },
	};
	EACH_ROW(t) {
		AUTO_BUF file = BUF(4096);

		buf_put(&file, SPAN("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"));
		while (file.n < 512)
			buf_putc(&file, 0);
		put_entry(&file, "Root Entry", 5);
		put_entry(&file, t[row].name, t[row].type);
		CHECK_INT(compound_holds(exact(buf_span(&file))), t[row].holds);
		file.n--; /* cut off in the middle of it */
		CHECK_INT(compound_holds(exact(buf_span(&file))), 0);
	}
}

TEST(files_zip_names)
{
	struct span rest;
	struct span name;

	/* 22 octets before the lengths of the name and of the extra field */
	rest = exact(SPAN("junk PPKPK\3\4......................\5\0\0\0a.exebehind PK\1\2short"));
	CHECK(zip_next_name(&rest, &name));
	CHECK_SPAN(name, SPAN("a.exe"));
	CHECK(!zip_next_name(&rest, &name));
	rest = exact(SPAN("PK\1\2........................\xff\xff................name"));
	CHECK(zip_next_name(&rest, &name));
	CHECK_SPAN(name, SPAN("name")); /* as far as it goes */
	CHECK(!zip_next_name(&rest, &name));
}
