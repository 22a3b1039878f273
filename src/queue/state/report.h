/* queue/state/report.h - what follows from a report: its sentence, and whom nothing is sent to any
 * more. */
#ifndef QUEUE_STATE_REPORT_H
#define QUEUE_STATE_REPORT_H

#include "calls/records.h"
#include "rt/fibre.h"

/* A sentence for the sender; class: enum smtp_class. */
const char *report_meaning(uint8_t report, uint8_t class);
/* Suppresses f's recipient for who sent the message, if it is a complaint, or bounced for good.
 * login: the account that handed it in; empty: the one that has its sender's address. */
NODISCARD WAITS int report_suppress(struct span login, const struct record_change *f);

#endif
