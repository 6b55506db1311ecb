/*
 * Bytes up to the first NUL as a vocab.txt behind the tokens that BERT needs (a list without them is refused before any
 * text), what follows as a text: any list that is accepted gives ids of its own between the two marks, never more than
 * the limit, and a smaller limit only cuts.
 */
#include "embed/bert_tokenizer.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char specials[] = "[UNK]\n[CLS]\n[SEP]\n";

static void run(struct bert_tokenizer *tokenizer, const char *text, size_t length)
{
    uint32_t before[LIMIT_MAX], ids[LIMIT_MAX];
    size_t count_before = 0;
    bool was_cut = true;
    for (size_t limit = 3; limit <= LIMIT_MAX; limit++) {
        bool cut;
        tokenizer->limit = limit;
        size_t count = bert_tokenizer_encode(tokenizer, text, length, ids, &cut);
        if (count < 2 || count > limit || ids[0] != 1 || ids[count - 1] != 2) abort();
        if (cut && (count != limit || !was_cut)) abort();
        for (size_t i = 0; i < count; i++) {
            if (ids[i] >= tokenizer->token_count) abort();
            if (i + 1 < count_before && ids[i] != before[i]) abort();
        }
        memcpy(before, ids, count * sizeof *ids);
        count_before = count;
        was_cut = cut;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint8_t *end = memchr(bytes, '\0', length);
    size_t list_length = end != NULL ? (size_t)(end - bytes) : length;
    size_t text_length = end != NULL ? length - list_length - 1 : 0;
    struct bert_tokenizer tokenizer = {.first = 1, .last = 2};
    // Blocks of their own, so that a sanitizer sees a byte too many.
    char *list = mem_alloc(sizeof specials - 1 + list_length), *text = mem_alloc(text_length);
    memcpy(list, specials, sizeof specials - 1);
    if (list_length > 0) memcpy(list + sizeof specials - 1, bytes, list_length);
    if (text_length > 0) memcpy(text, end + 1, text_length);
    if (utf8_is_valid(text, text_length) &&
        wordpiece_init_list(&tokenizer.wordpiece, list, sizeof specials - 1 + list_length, NULL) ==
            MNEME_OK) {
        tokenizer.token_count = tokenizer.wordpiece.vocabulary.count;
        run(&tokenizer, text, text_length);
    }
    mem_free(list);
    mem_free(text);
    bert_tokenizer_clear(&tokenizer);
    return 0;
}
