/*
 * The unigram tokeniser that vocabulary-quantised Model2Vec models come with: each word, written
 * with U+2581 in front, is cut so that the sum of its tokens' scores (log probabilities) is
 * greatest.
 *
 * Understood is the one form of tokenizer.json that these models have: BertNormalizer, each ASCII
 * punctuation character put between spaces, white space folded; Metaspace; Unigram without byte
 * fallback. That form cuts at every space, so words can be looked at one by one. Words of more than
 * WORDS_MAX_CHARS characters are the unknown token (the reference has no limit). Immutable once
 * made: for any number of threads.
 */
#ifndef EMBED_UNIGRAM_H
#define EMBED_UNIGRAM_H

#include "base/json.h"
#include "embed/vocabulary.h"
#include "embed/words.h"

struct unigram {
    struct words_rules rules;
    struct vocabulary vocabulary;
    void *block;
    double *scores;       /* of each token */
    double unknown_score; /* of a character that no token covers */
    uint32_t unknown;
};

/* INVALID for a malformed tokenizer.json, UNSUPPORTED for another kind. */
enum mneme_code unigram_init_json(struct unigram *out, const struct json *tokenizer,
                                  struct mneme_error *err) MUST_CHECK;
void unigram_clear(struct unigram *unigram);

#define UNIGRAM_WORD_TOKENS (WORDS_MAX_CHARS + 1)

/* The ids of one word (words_next), at most UNIGRAM_WORD_TOKENS; returns how many, at least 1. */
size_t unigram_word(const struct unigram *unigram, const struct words *words, uint32_t *ids);

#endif
