/* component/program/wide.c - Windows: arguments, paths and the console in UTF-8. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <fcntl.h>
#include <io.h>

#include "component/program/program.h"

enum { PATH_UNITS = 1024 };

FILE *open_utf8(const char *path)
{
	wchar_t wide[PATH_UNITS];

	if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, PATH_UNITS) <= 0)
		return NULL;
	return _wfopen(wide, L"rb");
}

int terminal_columns(void)
{
	CONSOLE_SCREEN_BUFFER_INFO is;

	if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &is))
		return 0;
	return is.dwSize.X >= 40 ? is.dwSize.X : 80;
}

int wmain(int argc, wchar_t **argv);

static char *to_utf8(const wchar_t *wide)
{
	int n = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
	char *text = n > 0 ? malloc((size_t)n) : NULL;

	if (text)
		WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, n, NULL, NULL);
	return text;
}

int wmain(int argc, wchar_t **argv)
{
	char **all = calloc((size_t)argc + 1, sizeof *all);

	for (int i = 0; all && i < argc; i++) {
		all[i] = to_utf8(argv[i]);
		if (!all[i])
			return 1;
	}
	SetConsoleOutputCP(CP_UTF8);
	_setmode(_fileno(stdout), _O_BINARY);
	return all ? utf8_main(argc, all) : 1;
}
