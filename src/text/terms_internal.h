/* What question.c and document.c need of a text besides its terms, found on the same way through it. */
#ifndef TEXT_TERMS_INTERNAL_H
#define TEXT_TERMS_INTERNAL_H

#include "text/terms.h"

struct terms_options {
    bool keep_stop_words;
    bool is_query; /* a CJK run gives no single characters, which would find too much */
};

/* Appends like analyzer_terms. *has_time_word (may be NULL): one of the language's time words is among the words. */
bool terms_scan(struct analyzer *analyzer, const char *text, struct terms_options options,
                struct arena *arena, struct term_list *list, bool *has_time_word);

/* There is a term that is no extra. */
bool terms_have_words(const struct term_list *list);

#endif
