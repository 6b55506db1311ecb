/*
 * UTF-8: strict checking and walking; normal forms by utf8proc, whose types stay in utf8.c.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/arena.h"

/* No overlong forms, no surrogates, nothing above U+10FFFF, no NUL inside. */
bool utf8_is_valid(const char *bytes, size_t length);

/* The next code point; *at moves behind it. The text must be valid; 0 at its end. */
uint32_t utf8_next(const char *text, size_t length, size_t *at);
size_t utf8_encode(uint32_t point, char out[4]); /* bytes written */
size_t utf8_length(const char *text);            /* code points */
/* The greatest length <= max that does not cut a character. */
size_t utf8_cut(const char *text, size_t length, size_t max);

/* NFC in the arena; NULL when out of memory. ASCII text is returned as it is. */
const char *utf8_nfc(struct arena *arena, const char *text);
/* NFC with runs of white space folded to one space and the ends trimmed: what `same content` compares. */
const char *utf8_fold_space(struct arena *arena, const char *text);
/* For finding names: without case and accents, so that "Zoë" and "zoe" agree (NFD, case folded, marks dropped but for
 * those that make another letter, such as voicing marks and Indic vowels). */
const char *utf8_fold_name(struct arena *arena, const char *text);

/* Classes by general category. */
bool utf8_is_letter_or_mark(uint32_t point);
bool utf8_is_digit(uint32_t point);
bool utf8_is_number(uint32_t point); /* digits, superscripts, fractions, Roman numerals */
bool utf8_is_space(uint32_t point);
bool utf8_is_mark(uint32_t point);
bool utf8_is_nonspacing(uint32_t point); /* marks of category Mn alone */
bool utf8_is_unseen(uint32_t point);     /* control, format and private use: Cc, Cf, Co */
bool utf8_is_punctuation(uint32_t point);
bool utf8_is_upper(uint32_t point);
/* Control characters and bidirectional overrides, which names may not have. */
bool utf8_is_control(uint32_t point);
/* Han, Hiragana, Katakana, Hangul: scripts written without spaces, or indexed so */
bool utf8_is_cjk(uint32_t point);
uint32_t utf8_lower(uint32_t point);
/* Canonical decomposition of one code point without accents: U+00E9 gives 'e'. Up to 4 points; returns the count, which
 * is 0 for an accent alone. */
size_t utf8_base(uint32_t point, uint32_t out[4]);
/* Canonical decomposition of one code point, marks kept. Up to 4 points; returns the count. */
size_t utf8_decompose(uint32_t point, uint32_t out[4]);

#endif
