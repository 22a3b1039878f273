/* config/settings.h - every setting, from one table.
 *
 * settings.def: SETTING(section, name, TYPE, "default", LIMITS, "doc").
 * TYPE:  STRING const char *;  LIST string list;  INT int64_t;  BYTES int64_t,
 * accepts K, M, G;  LENGTH int64_t ms, accepts "300s" "5m" "4h" "5d";  BOOL bool.
 * A setting is spelled section.name in messages, `section { name = value }` in
 * the file (config.h reads it), settings.section_name in C.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "base/span.h"

struct settings_list {
	const char **v;
	size_t n;
};

/* What a list may have at most. */
enum { CONFIG_RETRY_MAX = 32, CONFIG_DNSLISTS_MAX = 32 };

#define SETTING_TYPE_STRING const char *
#define SETTING_TYPE_LIST   struct settings_list
#define SETTING_TYPE_INT    int64_t
#define SETTING_TYPE_BYTES  int64_t
#define SETTING_TYPE_LENGTH int64_t
#define SETTING_TYPE_BOOL   bool

struct settings {
#define SETTING(section, name, TYPE, def, limits, doc) SETTING_TYPE_##TYPE section##_##name;
#include "config/settings.def"
#undef SETTING
};

#endif
