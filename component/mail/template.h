/* component/mail/template.h - a mail with places for values, and one mail a row of values. */
#ifndef COMPONENT_MAIL_TEMPLATE_H
#define COMPONENT_MAIL_TEMPLATE_H

#include "component/mail/mail.h"

struct template
{
	struct postrider_mail *mail;
	const char *const *columns; /* the first is the recipient's */
	size_t n_columns;
};

/* columns ends with NULL.  enum postrider_error, noted in m: it has recipients of its own, or a
 * place of a name that no column has. */
NODISCARD int template_init(struct template *t, struct postrider_mail *m,
                            const char *const *columns);
/* The recipient of a row, which is begun.  enum postrider_error, noted in row. */
NODISCARD int template_person(const struct template *t, const char *const *values,
                              struct postrider_mail *row, struct message_person *out);
/* The mail of one row, which borrows from the template's; row->mem is its own.  A value's error is
 * noted in row. */
void template_fill(const struct template *t, const char *const *values, struct postrider_mail *row,
                   struct message_person *to);
void template_row_fini(struct postrider_mail *row);

#endif
