/*
 * The WordPiece tokeniser of BERT models: each word (words.h) is cut into the longest tokens from
 * the left, pieces within a word being written with `##`; a word that cannot be cut, or of more
 * than WORDS_MAX_CHARS characters, is the unknown token.
 *
 * The same as the reference for the BertNormalizer, BertPreTokenizer and WordPiece of a
 * tokenizer.json, with two differences: special tokens such as [SEP] written in a text are plain
 * text here, so that a text cannot steer a model, and none are added around it; truncation and
 * padding are the caller's.
 *
 * Immutable once made: for any number of threads.
 */
#ifndef EMBED_WORDPIECE_H
#define EMBED_WORDPIECE_H

#include "base/json.h"
#include "embed/vocabulary.h"
#include "embed/words.h"

struct wordpiece {
    struct words_rules rules;
    struct vocabulary vocabulary;
    void *block;      /* the vocabulary's, if it is ours */
    uint32_t unknown; /* id of the unknown token; VOCABULARY_NONE if the vocabulary has none */
};

/* From a parsed tokenizer.json. INVALID for one that is malformed, UNSUPPORTED for another kind
 * of tokeniser. */
enum mneme_code wordpiece_init_json(struct wordpiece *out, const struct json *tokenizer,
                                    struct mneme_error *err) MUST_CHECK;
/* From a vocab.txt, one token a line, the first having id 0; with the rules of uncased BERT. The
 * bytes are copied. */
enum mneme_code wordpiece_init_list(struct wordpiece *out, const char *bytes, size_t length,
                                    struct mneme_error *err) MUST_CHECK;
/* From a vocabulary's block (vocabulary.h), which must outlive the tokeniser. */
enum mneme_code wordpiece_init_block(struct wordpiece *out, const struct words_rules *rules,
                                     const struct vocabulary_block *block, size_t *used_bytes,
                                     struct mneme_error *err) MUST_CHECK;
void wordpiece_clear(struct wordpiece *wordpiece);

/* Starts a text, which must be valid UTF-8. */
void wordpiece_begin(const struct wordpiece *wordpiece, struct words *words, const char *text,
                     size_t length);
/* The ids of the next words, as many as surely fit; capacity is at least WORDS_MAX_CHARS. 0
 * behind the last. */
size_t wordpiece_next(const struct wordpiece *wordpiece, struct words *words, uint32_t *ids,
                      size_t capacity);

#endif
