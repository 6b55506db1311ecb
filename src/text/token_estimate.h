/*
 * How many tokens a language model will count, from above: max(1.4 x words, ASCII bytes / 3) + 1 per non-ASCII byte,
 * + 10 %, rounded up. Never less than 1 for a text that is not empty.
 */
#ifndef TEXT_TOKEN_ESTIMATE_H
#define TEXT_TOKEN_ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

size_t token_estimate(const char *text, size_t length);

/* What an estimate is made of. The counts of texts that begin or end with white space add up to those of the whole;
 * estimates of parts do not, so a budget is held by adding counts. */
struct token_counts {
    uint64_t words, ascii, other;
};
struct token_counts token_counts(const char *text, size_t length);
struct token_counts token_counts_sum(struct token_counts a, struct token_counts b);
size_t token_counts_estimate(struct token_counts counts);

#endif
