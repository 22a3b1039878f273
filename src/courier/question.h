/* courier/question.h - asks DNS what an attempt wants to know.  Floor 5. */
#ifndef COURIER_QUESTION_H
#define COURIER_QUESTION_H

#include "deliver/deliver.h"
#include "rt/fibre.h"

enum { QUESTION_MS = 60 * 1000 };

/* Answers deliver_question(d), whatever happens.  The answer lives in mem. */
WAITS void question_answer(struct deliver *d, struct arena *mem);

#endif
