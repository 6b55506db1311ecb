#include "text/token_estimate.h"

#include <stdbool.h>

/* In thirtieths of a token: 1.4 a word, 1/3 an ASCII byte, 1 any other byte. */
#define WORD 42
#define ASCII_BYTE 10
#define OTHER_BYTE 30
#define TOKEN 30

struct token_counts token_counts(const char *text, size_t length)
{
    struct token_counts counts = {0};
    bool is_inside = false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
        counts.words += !is_space && !is_inside;
        is_inside = !is_space;
        counts.ascii += c < 0x80;
        counts.other += c >= 0x80;
    }
    return counts;
}

struct token_counts token_counts_sum(struct token_counts a, struct token_counts b)
{
    return (struct token_counts){a.words + b.words, a.ascii + b.ascii, a.other + b.other};
}

size_t token_counts_estimate(struct token_counts counts)
{
    uint64_t by_words = counts.words * WORD, by_bytes = counts.ascii * ASCII_BYTE;
    uint64_t parts = (by_words > by_bytes ? by_words : by_bytes) + counts.other * OTHER_BYTE;
    // Plus a tenth, rounded up.
    return (size_t)((parts * 11 + TOKEN * 10 - 1) / (TOKEN * 10));
}

size_t token_estimate(const char *text, size_t length)
{
    return token_counts_estimate(token_counts(text, length));
}
