/* What a query's wording asks for. */
#ifndef TEXT_QUESTION_H
#define TEXT_QUESTION_H

#include "text/terms.h"

struct question {
    /* in order, duplicates kept, stop words left out (all words if nothing else is there) */
    struct term_list terms;
    bool is_question; /* ends in "?" or begins with a question or auxiliary word */
    /* "when"; what + date, day, month, year; "long" among its first three words */
    bool wants_time;
};

bool question_analyze(struct analyzer *analyzer, const char *text, struct arena *arena,
                      struct question *out);

#endif
