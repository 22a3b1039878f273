/* Which of a domain's keys sign. */
#include "directory/signer.h"

#include "test.h"

TEST(directory_signer)
{
	/* From the first made to the last: r an RSA key, e an Ed25519 key, capital when its record
	 * is in DNS; and of those the ones that sign. */
	static const struct {
		const char *keys, *sign;
	} t[] = {
		{ "r", "x" },       { "R", "x" },       { "re", "xx" }, /* fresh: checked as soon as
		                                                           they are published */
		{ "Re", "x-" },                         /* nobody could check the other */
		{ "rere", "xx--" }, { "REre", "xx--" }, /* rotated, not published yet */
		{ "RERe", "-xx-" },                     /* each by itself */
		{ "RERE", "--xx" }, { "rR", "-x" },     { "rRr", "-x-" }, { "RrR", "--x" },
	};
	EACH_ROW(t) {
		struct directory_key keys[8] = { 0 };
		struct directory_signer s = { .keys = keys, .n_keys = strlen(t[row].keys) };

		for (size_t i = 0; i < s.n_keys; i++) {
			keys[i].ed25519 = (t[row].keys[i] | 32) == 'e';
			keys[i].published = t[row].keys[i] < 'a';
		}
		for (size_t i = 0; i < s.n_keys; i++)
			CHECK_INT(signer_uses(&s, i), t[row].sign[i] == 'x');
	}
}
