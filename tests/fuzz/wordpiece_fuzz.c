/*
 * Bytes up to the first NUL as a tokenizer.json (empty: a small one of our own; not JSON: a list of tokens), what
 * follows as a text: any tokeniser that is accepted takes any text, gives ids of its own and comes to an end.
 */
#include "base/alloc.h"
#include "base/utf8.h"
#include "embed/tokenizer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char small[] =
    "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
    "\"BertPreTokenizer\"},"
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"continuing_subword_prefix\":\"##\","
    "\"vocab\":{\"u\":0,\"a\":1,\"##a\":2,\"e\":3,\"##e\":4,\"!\":5,\"##bc\":6,\"ab\":7}}}";

static void run(const struct tokenizer *tokenizer, const char *text, size_t length)
{
    struct words words;
    uint32_t ids[TOKENIZER_CAPACITY_MIN + 5];
    size_t total = 0, count, capacity = sizeof ids / sizeof ids[0];
    tokenizer_begin(tokenizer, &words, text, length);
    while ((count = tokenizer_next(tokenizer, &words, ids, capacity)) > 0) {
        if (count > capacity) abort();
        for (size_t i = 0; i < count; i++) {
            bool is_known = ids[i] < tokenizer_count(tokenizer);
            if (!is_known && ids[i] != tokenizer_unknown(tokenizer)) abort();
        }
        total += count;
    }
    if (total > 4 * length + 4) abort(); // a character has at most four parts
}

static void run_splits(const char *text, size_t length)
{
    for (enum words_split split = WORDS_BERT; split <= WORDS_SINGLE; split++) {
        for (unsigned flags = 0; flags < 16; flags++) {
            struct words_rules rules = {.split = split,
                                        .lower = (flags & 1) != 0,
                                        .strip_accents = (flags & 2) != 0,
                                        .clean = (flags & 4) != 0,
                                        .split_han = (flags & 8) != 0};
            struct words words;
            words_begin(&words, &rules, text, length);
            while (words_next(&words)) {
                if (words.word_length == 0 || !utf8_is_valid(words.word, words.word_length))
                    abort();
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint8_t *end = memchr(bytes, '\0', length);
    size_t json_length = end != NULL ? (size_t)(end - bytes) : length;
    size_t text_length = end != NULL ? length - json_length - 1 : 0;
    const char *json = json_length > 0 ? (const char *)bytes : small;
    struct tokenizer tokenizer;
    struct wordpiece list;
    if (tokenizer_init_json(&tokenizer, json, json_length > 0 ? json_length : strlen(small),
                            NULL) != MNEME_OK) {
        tokenizer_clear(&tokenizer);
        if (wordpiece_init_list(&list, json, json_length, NULL) != MNEME_OK) return 0;
        tokenizer = (struct tokenizer){.wordpiece = list};
    }
    // A block of its own, so that a sanitizer sees a byte too many; sound UTF-8, as the contract is.
    char *text = mem_alloc(text_length);
    if (text_length > 0) memcpy(text, end + 1, text_length);
    if (utf8_is_valid(text, text_length)) {
        run(&tokenizer, text, text_length);
        run_splits(text, text_length);
    }
    mem_free(text);
    tokenizer_clear(&tokenizer);
    return 0;
}
