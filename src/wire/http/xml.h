/* wire/http/xml.h - text as XML 1.0 has it, for answers that programs read as XML.  Pure. */
#ifndef WIRE_HTTP_XML_H
#define WIRE_HTTP_XML_H

#include "base/buf.h"

/* Whether XML may hold that character (XML 1.0 2.2). */
bool http_xml_may(uint32_t code_point);
/* Text of an element or of an attribute in quotes; what XML cannot hold, and what is no UTF-8,
 * becomes U+FFFD. */
int http_xml_put(struct buf *out, struct span text);
/* <name>text</name> and the end of the line. */
int http_xml_element(struct buf *out, const char *name, struct span text);

#endif
