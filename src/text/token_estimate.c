#include "text/token_estimate.h"

#include <stdbool.h>
#include <stdint.h>

/* In thirtieths of a token: 1.4 a word, 1/3 an ASCII byte, 1 any other byte. */
#define WORD 42
#define ASCII_BYTE 10
#define OTHER_BYTE 30
#define TOKEN 30

size_t token_estimate(const char *text, size_t length)
{
    uint64_t words = 0, ascii = 0, other = 0;
    bool is_inside = false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
        words += !is_space && !is_inside;
        is_inside = !is_space;
        ascii += c < 0x80;
        other += c >= 0x80;
    }
    uint64_t by_words = words * WORD, by_bytes = ascii * ASCII_BYTE;
    uint64_t parts = (by_words > by_bytes ? by_words : by_bytes) + other * OTHER_BYTE;
    // Plus a tenth, rounded up.
    return (size_t)((parts * 11 + TOKEN * 10 - 1) / (TOKEN * 10));
}
