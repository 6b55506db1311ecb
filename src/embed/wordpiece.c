#include "embed/wordpiece.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "embed/tokenizer_json.h"

#include <assert.h>
#include <string.h>

#define PREFIX "##"
#define UNKNOWN "[UNK]"

static const struct words_rules uncased = {
    .split = WORDS_BERT, .lower = true, .strip_accents = true, .clean = true, .split_han = true};

static enum mneme_code read_rules(const struct json *tokenizer, struct words_rules *out,
                                  struct mneme_error *err)
{
    const struct json *model = json_get(tokenizer, "model");
    if (!tokenizer_json_bert(json_get(tokenizer, "normalizer"), WORDS_BERT, out)) {
        return tokenizer_json_unsupported(err, "normalizer");
    }
    if (!tokenizer_json_has(json_get(tokenizer, "pre_tokenizer"), "type", "BertPreTokenizer")) {
        return tokenizer_json_unsupported(err, "pre_tokenizer");
    }
    // Old files do not name the type; the prefix is WordPiece's alone.
    if (json_get(model, "type") != NULL && !tokenizer_json_has(model, "type", "WordPiece")) {
        return tokenizer_json_unsupported(err, "model");
    }
    if (!tokenizer_json_has(model, "continuing_subword_prefix", PREFIX)) {
        return tokenizer_json_unsupported(err, "continuing_subword_prefix");
    }
    const struct json *most = json_get(model, "max_input_chars_per_word");
    if (most != NULL &&
        (json_type_of(most) != JSON_TYPE_INTEGER || json_as_integer(most) != WORDS_MAX_CHARS)) {
        return tokenizer_json_unsupported(err, "max_input_chars_per_word");
    }
    return MNEME_OK;
}

/* The members of a vocabulary object {token: id} by their ids, which are 0 to n - 1. */
static enum mneme_code sort_tokens(const struct json *vocabulary, struct vocabulary_token *tokens,
                                   struct mneme_error *err)
{
    size_t count = json_count(vocabulary);
    void *at = NULL;
    const char *name;
    const struct json *value;
    while (json_each(vocabulary, &at, &name, &value)) {
        int64_t id = json_type_of(value) == JSON_TYPE_INTEGER ? json_as_integer(value) : -1;
        if (id < 0 || id >= (int64_t)count || tokens[id].text != NULL) {
            return tokenizer_json_malformed(err, "vocab");
        }
        tokens[id] = (struct vocabulary_token){name, strlen(name)};
    }
    return MNEME_OK;
}

static enum mneme_code init_tokens(struct wordpiece *w, const struct vocabulary_token *tokens,
                                   size_t count, const char *unknown, struct mneme_error *err)
{
    size_t length;
    enum mneme_code code = vocabulary_pack(tokens, count, &w->block, &length, err);
    if (code != MNEME_OK) {
        return code;
    }
    struct vocabulary_block block = {w->block, length, count};
    code = vocabulary_init(&w->vocabulary, &block, PREFIX, NULL, err);
    if (code == MNEME_OK) {
        w->unknown = vocabulary_find(&w->vocabulary, unknown, strlen(unknown));
    }
    return code;
}

static enum mneme_code init_json(struct wordpiece *w, const struct json *tokenizer,
                                 struct arena *scratch, struct mneme_error *err)
{
    const struct json *model = json_get(tokenizer, "model");
    const struct json *vocabulary = json_get(model, "vocab");
    size_t count = json_count(vocabulary);
    if (vocabulary == NULL || json_type_of(vocabulary) != JSON_TYPE_OBJECT || count == 0) {
        return tokenizer_json_malformed(err, "vocab");
    }
    const char *unknown = tokenizer_json_text(model, "unk_token");
    if (unknown == NULL) {
        return tokenizer_json_malformed(err, "unk_token");
    }
    enum mneme_code code = read_rules(tokenizer, &w->rules, err);
    if (code != MNEME_OK) {
        return code;
    }
    struct vocabulary_token *tokens = arena_alloc_array(scratch, count, sizeof *tokens);
    if (tokens == NULL) {
        return error_nomem(err);
    }
    code = sort_tokens(vocabulary, tokens, err);
    return code == MNEME_OK ? init_tokens(w, tokens, count, unknown, err) : code;
}

enum mneme_code wordpiece_init_json(struct wordpiece *out, const struct json *tokenizer,
                                    struct mneme_error *err)
{
    struct arena scratch;
    *out = (struct wordpiece){.unknown = VOCABULARY_NONE};
    arena_init(&scratch);
    enum mneme_code code = init_json(out, tokenizer, &scratch, err);
    arena_clear(&scratch);
    if (code != MNEME_OK) {
        wordpiece_clear(out);
    }
    return code;
}

/* The next line without its end; NULL behind the last. */
static const char *next_line(const char *bytes, size_t length, size_t *at, size_t *line_length)
{
    if (*at >= length) {
        return NULL;
    }
    const char *line = bytes + *at, *end = memchr(line, '\n', length - *at);
    *line_length = end != NULL ? (size_t)(end - line) : length - *at;
    *at += *line_length + 1;
    if (*line_length > 0 && line[*line_length - 1] == '\r') {
        --*line_length;
    }
    return line;
}

enum mneme_code wordpiece_init_list(struct wordpiece *out, const char *bytes, size_t length,
                                    struct mneme_error *err)
{
    *out = (struct wordpiece){.rules = uncased, .unknown = VOCABULARY_NONE};
    size_t count = 0, at = 0, line_length;
    while (next_line(bytes, length, &at, &line_length) != NULL) {
        count++;
    }
    struct arena scratch;
    arena_init(&scratch);
    struct vocabulary_token *tokens = arena_alloc_array(&scratch, count, sizeof *tokens);
    at = 0;
    for (size_t i = 0; tokens != NULL && i < count; i++) {
        tokens[i].text = next_line(bytes, length, &at, &line_length);
        tokens[i].length = line_length;
    }
    enum mneme_code code =
        tokens != NULL ? init_tokens(out, tokens, count, UNKNOWN, err) : error_nomem(err);
    arena_clear(&scratch);
    if (code != MNEME_OK) {
        wordpiece_clear(out);
    }
    return code;
}

enum mneme_code wordpiece_init_block(struct wordpiece *out, const struct words_rules *rules,
                                     const struct vocabulary_block *block, size_t *used_bytes,
                                     struct mneme_error *err)
{
    *out = (struct wordpiece){.rules = *rules, .unknown = VOCABULARY_NONE};
    enum mneme_code code = vocabulary_init(&out->vocabulary, block, PREFIX, used_bytes, err);
    if (code == MNEME_OK) {
        out->unknown = vocabulary_find(&out->vocabulary, UNKNOWN, strlen(UNKNOWN));
    }
    return code;
}

void wordpiece_clear(struct wordpiece *wordpiece)
{
    vocabulary_clear(&wordpiece->vocabulary);
    mem_free(wordpiece->block);
    *wordpiece = (struct wordpiece){.unknown = VOCABULARY_NONE};
}

void wordpiece_begin(const struct wordpiece *wordpiece, struct words *words, const char *text,
                     size_t length)
{
    words_begin(words, &wordpiece->rules, text, length);
}

/* The pieces of one word; 0 if it cannot be cut into tokens. */
static size_t cut_word(const struct wordpiece *w, const struct words *words, uint32_t *ids)
{
    size_t count = 0;
    if (words->is_too_long) {
        return 0;
    }
    for (size_t at = 0; at < words->word_length;) {
        struct vocabulary_match match;
        if (vocabulary_match(&w->vocabulary, at > 0, words->word + at, words->word_length - at,
                             &match, 1) == 0) {
            return 0;
        }
        ids[count++] = match.id;
        at += match.length;
    }
    return count;
}

size_t wordpiece_next(const struct wordpiece *wordpiece, struct words *words, uint32_t *ids,
                      size_t capacity)
{
    size_t count = 0;
    assert(capacity >= WORDS_MAX_CHARS);
    while (capacity - count >= WORDS_MAX_CHARS && words_next(words)) {
        size_t pieces = cut_word(wordpiece, words, ids + count);
        if (pieces == 0) {
            ids[count] = wordpiece->unknown;
            pieces = 1;
        }
        count += pieces;
    }
    return count;
}
