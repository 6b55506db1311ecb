/*
 * Words of a text, one after another, and how they are written in the index.
 *
 * WORD_PLAIN is the measured reference: a word is a run of letters, numbers and `_`, lower-cased; marks part words.
 * WORD_FOLDED is what the product indexes: marks belong to the word, accents are dropped, and CJK characters are runs
 * of their own.
 */
#ifndef TEXT_WORD_H
#define TEXT_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum word_mode { WORD_PLAIN, WORD_FOLDED };

struct word_reader {
    const char *text; /* valid UTF-8 */
    size_t length, at;
    enum word_mode mode;
};

struct word {
    size_t start, length; /* bytes of the text */
    bool has_digit;
    bool is_cjk;    /* WORD_FOLDED only, as the next */
    bool has_parts; /* marks or conjoining Jamo: NFC may shorten it */
};

void word_init(struct word_reader *reader, enum word_mode mode, const char *text, size_t length);
bool word_next(struct word_reader *reader, struct word *out); /* false at the end */

/* Writes bytes of a text in lower case, folded or not as `mode` says. Also signs between words, which stay as they
 * are. False, and nothing said of `out`, if more than `capacity` bytes would be needed. */
bool word_lower(enum word_mode mode, const char *bytes, size_t length, char *out, size_t capacity,
                size_t *out_length);

bool word_has_point(uint32_t point); /* it belongs to words in WORD_PLAIN */
bool word_is_space(uint32_t point);  /* white space, the separators U+001C .. U+001F among it */

/* Words as white space parts them. */
size_t word_count_spaced(const char *text, size_t length);

#endif
