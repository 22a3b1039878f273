/* wire/files/kind.c - see kind.h. */
#include "wire/files/kind.h"

enum {
	PE_OFFSET_AT = 0x3c,
	FAT_ARCHITECTURES_MAX = 20, /* a Java class has its version there, from 45 on */
	TAR_MAGIC_AT = 257,
	ISO_MAGIC_AT = 32769,
};

static const struct {
	struct span octets;
	size_t at;
	enum file_kind kind;
} magics[] = {
	{ SPAN("\x7f"
	       "ELF"),
	  0, FILE_PROGRAM },
	{ SPAN("\xfe\xed\xfa\xce"), 0, FILE_PROGRAM },
	{ SPAN("\xfe\xed\xfa\xcf"), 0, FILE_PROGRAM },
	{ SPAN("\xce\xfa\xed\xfe"), 0, FILE_PROGRAM },
	{ SPAN("\xcf\xfa\xed\xfe"), 0, FILE_PROGRAM },
	{ SPAN("#!"), 0, FILE_SCRIPT },
	{ SPAN("PK\x03\x04"), 0, FILE_ARCHIVE },
	{ SPAN("PK\x05\x06"), 0, FILE_ARCHIVE },
	{ SPAN("PK\x07\x08"), 0, FILE_ARCHIVE },
	{ SPAN("7z\xbc\xaf\x27\x1c"), 0, FILE_ARCHIVE },
	{ SPAN("Rar!\x1a\x07"), 0, FILE_ARCHIVE },
	{ SPAN("MSCF"), 0, FILE_ARCHIVE },
	{ SPAN("ustar"), TAR_MAGIC_AT, FILE_ARCHIVE },
	{ SPAN("CD001"), ISO_MAGIC_AT, FILE_ARCHIVE },
	{ SPAN("\x1f\x8b\x08"), 0, FILE_PACKED },
	{ SPAN("1AY&SY"), 4, FILE_PACKED },
	{ SPAN("\xfd"
	       "7zXZ"),
	  0, FILE_PACKED },
	{ SPAN("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), 0, FILE_COMPOUND },
};

static uint32_t u32_at(struct span s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p + at;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A text may begin with MZ: its fifteenth word is no place within it. */
static bool is_windows(struct span head, uint64_t size_bytes)
{
	static const struct span kinds[] = { SPAN("PE\0\0"), SPAN("NE"), SPAN("LE"), SPAN("LX") };

	if ((!span_starts(head, SPAN("MZ")) && !span_starts(head, SPAN("ZM"))) ||
	    head.n < PE_OFFSET_AT + 4)
		return false;
	uint32_t at = u32_at(head, PE_OFFSET_AT);
	if (at >= size_bytes)
		return false;
	if (at >= head.n)
		return true; /* where nobody looks */
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (span_starts(span_sub(head, at, head.n), kinds[i]))
			return true;
	return false;
}

/* Several programs in one, big-endian. */
static bool is_fat(struct span head)
{
	return span_starts(head, SPAN("\xca\xfe\xba\xbe")) && head.n >= 8 && !head.p[4] &&
	       !head.p[5] && !head.p[6] && head.p[7] > 0 && head.p[7] < FAT_ARCHITECTURES_MAX;
}

enum file_kind file_kind(struct span head, uint64_t size_bytes)
{
	if (is_windows(head, size_bytes) || is_fat(head))
		return FILE_PROGRAM;
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (span_starts(span_sub(head, magics[i].at, head.n), magics[i].octets))
			return magics[i].kind;
	return FILE_OTHER;
}

static bool is_among(struct span name, const char *const *list, size_t n)
{
	ptrdiff_t dot = span_find_last(name, '.');

	for (size_t i = 0; dot >= 0 && i < n; i++)
		if (span_eq_nocase(span_sub(name, (size_t)dot + 1, name.n), span_str(list[i])))
			return true;
	return false;
}

bool file_name_is_archive(struct span name)
{
	static const char *const list[] = { "zip", "7z",  "rar",  "tar", "gz",   "tgz",  "bz2",
		                            "tbz", "xz",  "txz",  "cab", "iso",  "jar",  "zipx",
		                            "taz", "tb2", "tbz2", "cbz", "cbr",  "cbt",  "arj",
		                            "lzh", "lha", "ace",  "z",   "zst",  "tzst", "lz",
		                            "tlz", "lz4", "lzma", "wim", "cpio", "uue",  "xxe",
		                            "alz", "egg", "arc",  "zoo", "sit",  "sitx" };

	return is_among(name, list, sizeof list / sizeof *list);
}

bool file_name_is_document(struct span name)
{
	static const char *const list[] = {
		"pdf",  "txt",  "csv",  "rtf",  "doc", "docx", "xls",  "xlsx", "ppt",
		"pptx", "odt",  "ods",  "odp",  "jpg", "jpeg", "png",  "gif",  "bmp",
		"tif",  "tiff", "webp", "heic", "svg", "mp3",  "mp4",  "wav",  "avi",
		"mov",  "ics",  "vcf",  "eml",  "md",  "log",  "html", "htm",  "epub",
	};

	return is_among(name, list, sizeof list / sizeof *list);
}
