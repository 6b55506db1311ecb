/*
 * What a BERT model reads: [CLS], the text's WordPiece tokens, [SEP], cut at the model's limit as the reference cuts
 * (the first tokens stay, and [SEP] is always last).
 *
 * Immutable once open: for any number of threads.
 */
#ifndef EMBED_BERT_TOKENIZER_H
#define EMBED_BERT_TOKENIZER_H

#include "embed/wordpiece.h"

struct bert_tokenizer {
    struct wordpiece wordpiece;
    uint32_t first, last; /* [CLS], [SEP] */
    size_t token_count;   /* ids are below it */
    size_t limit;         /* most tokens of one text, the two special ones among them */
};

/*
 * From a model's folder: the vocabulary from vocab.txt where tokenizer_config.json says that this is all there is to
 * know (it is read ten times as fast), else from tokenizer.json; the limit from sentence_bert_config.json, and never
 * above `position_count`. INVALID for files that are malformed or missing, UNSUPPORTED for another kind of tokeniser.
 */
enum mneme_code bert_tokenizer_open(struct bert_tokenizer *out, const char *folder,
                                    size_t position_count, struct mneme_error *err) MUST_CHECK;
void bert_tokenizer_clear(struct bert_tokenizer *tokenizer); /* an empty one is allowed */

/* The ids of a text, which must be valid UTF-8; `ids` has room for `limit`. Returns how many, at least two; *cut says
 * that there would have been more. */
size_t bert_tokenizer_encode(const struct bert_tokenizer *tokenizer, const char *text,
                             size_t length, uint32_t *ids, bool *cut);

#endif
