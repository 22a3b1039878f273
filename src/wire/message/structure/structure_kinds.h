/* wire/message/structure/structure_kinds.h - the format of a structure's record.
 *
 * One octet MESSAGE_STRUCTURE_VERSION; numbers (envelope/items.h): flags, count of parts; then each
 * part as a string: numbers depth, offset and octets of the header, octets of the body (which
 * follows the header), line ends in it; then items.  Kinds are on disk: never reuse one.
 */
#ifndef WIRE_MESSAGE_STRUCTURE_STRUCTURE_KINDS_H
#define WIRE_MESSAGE_STRUCTURE_STRUCTURE_KINDS_H

enum { MESSAGE_STRUCTURE_VERSION = 1 };

enum message_structure_kind {
	MESSAGE_STRUCTURE_KIND_TYPE = 1, /* TYPE and SUBTYPE left out: text/plain, us-ascii */
	MESSAGE_STRUCTURE_KIND_SUBTYPE = 2,
	MESSAGE_STRUCTURE_KIND_PARAMS = 3, /* strings: name, value, ... */
	MESSAGE_STRUCTURE_KIND_ID = 4,
	MESSAGE_STRUCTURE_KIND_DESCRIPTION = 5,
	MESSAGE_STRUCTURE_KIND_ENCODING = 6,
	MESSAGE_STRUCTURE_KIND_MD5 = 7,
	MESSAGE_STRUCTURE_KIND_DISPOSITION = 8,
	MESSAGE_STRUCTURE_KIND_DISPOSITION_PARAMS = 9,
	MESSAGE_STRUCTURE_KIND_LANGUAGE = 10, /* strings */
	MESSAGE_STRUCTURE_KIND_LOCATION = 11,
	MESSAGE_STRUCTURE_KIND_ENVELOPE = 12, /* of the message within a message/rfc822 */
};

#endif
