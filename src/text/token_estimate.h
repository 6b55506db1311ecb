/*
 * How many tokens a language model will count, from above: max(1.4 x words, ASCII bytes / 3) + 1 per non-ASCII byte,
 * + 10 %, rounded up. Never less than 1 for a text that is not empty. Sub-additive enough to budget by the whole only:
 * estimate the rendered text, not the sum of its parts.
 */
#ifndef TEXT_TOKEN_ESTIMATE_H
#define TEXT_TOKEN_ESTIMATE_H

#include <stddef.h>

size_t token_estimate(const char *text, size_t length);

#endif
