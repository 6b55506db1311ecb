/* A static table's tokeniser, of whichever kind its tokenizer.json is. Immutable once made: for
 * any number of threads. */
#ifndef EMBED_TOKENIZER_H
#define EMBED_TOKENIZER_H

#include "embed/unigram.h"
#include "embed/wordpiece.h"

struct tokenizer {
    bool is_unigram;
    struct wordpiece wordpiece;
    struct unigram unigram;
};

#define TOKENIZER_CAPACITY_MIN UNIGRAM_WORD_TOKENS

/* From the bytes of a tokenizer.json. INVALID if malformed, UNSUPPORTED for a kind that is not
 * known here. */
enum mneme_code tokenizer_init_json(struct tokenizer *out, const char *bytes, size_t length,
                                    struct mneme_error *err) MUST_CHECK;
void tokenizer_clear(struct tokenizer *tokenizer); /* an empty one is allowed */

size_t tokenizer_count(const struct tokenizer *tokenizer); /* of tokens; ids are below it */
uint32_t tokenizer_unknown(
    const struct tokenizer *tokenizer); /* VOCABULARY_NONE if there is none */

/* Starts a text, which must be valid UTF-8. */
void tokenizer_begin(const struct tokenizer *tokenizer, struct words *words, const char *text,
                     size_t length);
/* The ids of the next words, as many as surely fit; capacity >= TOKENIZER_CAPACITY_MIN. 0 behind
 * the last. */
size_t tokenizer_next(const struct tokenizer *tokenizer, struct words *words, uint32_t *ids,
                      size_t capacity);

#endif
