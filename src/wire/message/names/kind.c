/* wire/message/names/kind.c - which names are those of programs; see names.h. */
#include "wire/message/names/names.h"

static const char *const classic[] = { "exe", "com", "scr", "vxd", "pif", "vbe",
	                               "vbs", "vex", "cpl", "xl",  "bat", "cmd" };

/* What Gmail ("File types blocked in Gmail") and Outlook ("Blocked attachments in Outlook") do
 * not take today. */
static const char *const strict[] = {
	"ade",
	"adp",
	"apk",
	"appcontent-ms",
	"application",
	"appref-ms",
	"appx",
	"appxbundle",
	"asp",
	"aspx",
	"asx",
	"bas",
	"bgi",
	"cab",
	"cer",
	"chm",
	"cnt",
	"crt",
	"csh",
	"der",
	"diagcab",
	"diagcfg",
	"diagpack",
	"dll",
	"dmg",
	"ex",
	"ex_",
	"fxp",
	"gadget",
	"grp",
	"hlp",
	"hpj",
	"hta",
	"htc",
	"img",
	"inf",
	"ins",
	"iso",
	"isp",
	"its",
	"jar",
	"jnlp",
	"js",
	"jse",
	"ksh",
	"lib",
	"library-ms",
	"lnk",
	"mad",
	"maf",
	"mag",
	"mam",
	"maq",
	"mar",
	"mas",
	"mat",
	"mau",
	"mav",
	"maw",
	"mcf",
	"mda",
	"mdb",
	"mde",
	"mdt",
	"mdw",
	"mdz",
	"msc",
	"msh",
	"msh1",
	"msh1xml",
	"msh2",
	"msh2xml",
	"mshxml",
	"msi",
	"msix",
	"msixbundle",
	"msp",
	"mst",
	"msu",
	"nsh",
	"ops",
	"osd",
	"pcd",
	"pl",
	"plg",
	"prf",
	"prg",
	"printerexport",
	"ps1",
	"ps1xml",
	"ps2",
	"ps2xml",
	"psc1",
	"psc2",
	"psd1",
	"psdm1",
	"pst",
	"py",
	"pyc",
	"pyo",
	"pyw",
	"pyz",
	"pyzw",
	"reg",
	"scf",
	"sct",
	"settingcontent-ms",
	"shb",
	"shs",
	"sys",
	"theme",
	"tmp",
	"udl",
	"url",
	"vb",
	"vbp",
	"vhd",
	"vhdx",
	"vsmacros",
	"vsw",
	"webpnp",
	"website",
	"ws",
	"wsb",
	"wsc",
	"wsf",
	"wsh",
	"xbap",
	"xll",
	"xnk",
};

static bool in_list(const char *const *list, size_t n, struct span extension)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq_nocase(extension, span_str(list[i])))
			return true;
	return false;
}

static bool is_listed(struct span name, enum message_name_list list, struct span *extension)
{
	ptrdiff_t dot;
	struct span last;

	while (name.n && (name.p[name.n - 1] == '.' || name.p[name.n - 1] == ' '))
		name.n--;
	dot = span_find_last(name, '.');
	if (dot < 0)
		return false;
	last = span_sub(name, (size_t)dot + 1, name.n);
	if (!in_list(classic, sizeof(classic) / sizeof(*classic), last) &&
	    (list == MESSAGE_NAME_CLASSIC ||
	     !in_list(strict, sizeof(strict) / sizeof(*strict), last)))
		return false;
	if (extension)
		*extension = last;
	return true;
}

bool message_name_listed(struct span name, enum message_name_list list, struct span *extension)
{
	size_t drive = name.n > 1 && name.p[1] == ':' ? 2 : 0;
	struct span file = span_sub(name, drive, name.n);
	ptrdiff_t colon = span_find(file, ':');

	if (is_listed(name, list, extension))
		return true;
	/* NAME:STREAM and NAME::$DATA are that file to NTFS. */
	return colon > 0 && is_listed(span_sub(file, 0, (size_t)colon), list, extension);
}
