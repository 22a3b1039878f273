/* wire/message/words.h - encoded words: text other than ASCII in header fields.
 *
 * Sources: RFC 2047 2 (75 octets a word), 4 (B and Q), 5 (where; the alphabet in
 *          phrases), 6.2 (white space between two words is none); RFC 2231 5
 *          (a language behind the charset is skipped).
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_WORDS_H
#define WIRE_MESSAGE_WORDS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/span.h"
#include "wire/message/decode.h"

enum { MESSAGE_WORD_MAX = 75 };

/* Takes from the front of *text what fits one encoded word of at most `room`
 * octets (clamped to MESSAGE_WORD_MAX), split between code points, and appends
 * that word: B or Q as `q` says.  The alphabet is that of phrases, so that it may
 * stand anywhere.  0, ERR_SYNTAX (*text is not UTF-8), ERR_REFUSED (room for not
 * even one code point), ERR_TOO_LONG, ERR_NO_MEMORY. */
NODISCARD int message_word_put(struct buf *out, struct span *text, size_t room, bool q);
/* True when at least half of the characters stay readable in Q. */
bool message_word_prefers_q(struct span text);

/* Appends the value with encoded words decoded to UTF-8; a word of an unknown
 * charset gives U+FFFD (decode.h), a malformed word stays.  Folds are undone, and
 * control octets, also those that a word hid, become spaces. */
int message_words_get(struct span value, struct buf *out);
/* As above, with charsets of the caller's (decode.h), which may be NULL. */
int message_words_convert(struct span value, const struct message_charsets *charsets,
                          struct buf *out);

/* A member of an object: the value of a field as people read it (message_words_get); null for an
 * empty one. */
void message_words_member(struct json *j, const char *key, struct span value);

#endif
