/* A directory in a folder of its own, and orders to it in one line. */
#ifndef TEST_ACCOUNTS_RIG_H
#define TEST_ACCOUNTS_RIG_H

#include "accounts/accounts.h"
#include "test.h"

enum { RIG_FIELDS_MAX = 8 };

struct rig {
	char directory[64];
	struct accounts *db;
	struct arena mem; /* of the latest order */
	struct directory_order_reply reply;
	struct accounts_done done;
};
extern struct rig rig;

void rig_begin(void);
int rig_open(void);
void rig_end(void);
/* "account add alice@home.test hash=$6$x tags=off"; words without blanks. */
int rig_order(const char *words);
/* The reply's rows, a line each. */
const char *rig_rows(void);

#endif
