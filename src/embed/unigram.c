/*
 * Viterbi over the bytes of a word: best[i] is the greatest score of any way to cut the first i
 * bytes. The first way found wins ties, as in the reference. Cost: one look-up of all tokens per
 * character.
 */
#include "embed/unigram.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "embed/tokenizer_json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define SPACE_MARK "\xe2\x96\x81" /* U+2581 */
#define SPACE_MARK_BYTES 3
#define WORD_BYTES (SPACE_MARK_BYTES + WORDS_MAX_CHARS * 4)
#define UNKNOWN_PENALTY 10.0 /* below the least score; the reference's number */
#define ASCII_PUNCTUATION 32
#define SCORE_MAX 1e6 /* log probabilities are far below; so sums stay finite */

/* {"type": "Replace", "pattern": {"String": "!"}, "content": " ! "} for some punctuation
 * character */
static bool spaces_punctuation(const struct json *step)
{
    const char *from = tokenizer_json_text(json_get(step, "pattern"), "String");
    const char *to = tokenizer_json_text(step, "content");
    return from != NULL && to != NULL && strlen(from) == 1 && from[0] > ' ' && from[0] < 0x7F &&
           !utf8_is_letter_or_mark((uint32_t)from[0]) && !utf8_is_digit((uint32_t)from[0]) &&
           strlen(to) == 3 && to[0] == ' ' && to[1] == from[0] && to[2] == ' ';
}

static bool folds_space(const struct json *step)
{
    return tokenizer_json_has(json_get(step, "pattern"), "Regex", "\\s+") &&
           tokenizer_json_has(step, "content", " ");
}

static bool is_known_normalizer(const struct json *normalizer, struct words_rules *rules)
{
    const struct json *steps = json_get(normalizer, "normalizers");
    size_t count = steps != NULL ? json_count(steps) : 0, punctuation = 0;
    if (count == 0 || json_type_of(steps) != JSON_TYPE_ARRAY ||
        !tokenizer_json_bert(json_at(steps, 0), WORDS_METASPACE, rules)) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        const struct json *step = json_at(steps, i);
        if (tokenizer_json_has(step, "type", "Replace")) {
            punctuation += spaces_punctuation(step);
            if (!spaces_punctuation(step) && !folds_space(step)) {
                return false;
            }
        } else if (!tokenizer_json_has(step, "type", "Strip")) {
            return false;
        }
    }
    return punctuation == ASCII_PUNCTUATION;
}

static enum mneme_code check_form(const struct json *tokenizer, struct words_rules *rules,
                                  struct mneme_error *err)
{
    const struct json *pre_tokenizer = json_get(tokenizer, "pre_tokenizer");
    if (!is_known_normalizer(json_get(tokenizer, "normalizer"), rules)) {
        return tokenizer_json_unsupported(err, "normalizer");
    }
    if (!tokenizer_json_has(pre_tokenizer, "type", "Metaspace") ||
        !tokenizer_json_has(pre_tokenizer, "replacement", SPACE_MARK) ||
        !tokenizer_json_has(pre_tokenizer, "prepend_scheme", "always")) {
        return tokenizer_json_unsupported(err, "pre_tokenizer");
    }
    if (tokenizer_json_flag(json_get(tokenizer, "model"), "byte_fallback", false)) {
        return tokenizer_json_unsupported(err, "byte_fallback");
    }
    return MNEME_OK;
}

/* [["[PAD]", -10.7], ...] in the order of ids */
static enum mneme_code read_tokens(const struct json *list, struct vocabulary_token *tokens,
                                   double *scores, struct mneme_error *err)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_at(list, i);
        if (json_type_of(item) != JSON_TYPE_ARRAY || json_count(item) != 2 ||
            json_type_of(json_at(item, 0)) != JSON_TYPE_TEXT ||
            (json_type_of(json_at(item, 1)) != JSON_TYPE_REAL &&
             json_type_of(json_at(item, 1)) != JSON_TYPE_INTEGER)) {
            return tokenizer_json_malformed(err, "vocab");
        }
        tokens[i].text = json_as_text(json_at(item, 0), &tokens[i].length);
        scores[i] = json_as_real(json_at(item, 1));
        if (fabs(scores[i]) > SCORE_MAX) {
            return tokenizer_json_malformed(err, "vocab");
        }
    }
    return MNEME_OK;
}

static void find_unknown(struct unigram *u, const struct json *model)
{
    const struct json *id = json_get(model, "unk_id");
    double least = u->scores[0];
    for (size_t i = 1; i < u->vocabulary.count; i++) {
        least = fmin(least, u->scores[i]);
    }
    u->unknown_score = least - UNKNOWN_PENALTY;
    if (id != NULL && json_type_of(id) == JSON_TYPE_INTEGER && json_as_integer(id) >= 0 &&
        json_as_integer(id) < (int64_t)u->vocabulary.count) {
        u->unknown = (uint32_t)json_as_integer(id);
    }
}

static enum mneme_code init(struct unigram *u, const struct json *tokenizer, struct arena *scratch,
                            struct mneme_error *err)
{
    const struct json *model = json_get(tokenizer, "model"), *list = json_get(model, "vocab");
    size_t count = list != NULL ? json_count(list) : 0, length;
    if (count == 0 || json_type_of(list) != JSON_TYPE_ARRAY) {
        return tokenizer_json_malformed(err, "vocab");
    }
    enum mneme_code code = check_form(tokenizer, &u->rules, err);
    if (code != MNEME_OK) {
        return code;
    }
    struct vocabulary_token *tokens = arena_alloc_array(scratch, count, sizeof *tokens);
    u->scores = mem_alloc_zero(count, sizeof *u->scores);
    if (tokens == NULL || u->scores == NULL) {
        return error_nomem(err);
    }
    code = read_tokens(list, tokens, u->scores, err);
    if (code == MNEME_OK) {
        code = vocabulary_pack(tokens, count, &u->block, &length, err);
    }
    if (code == MNEME_OK) {
        struct vocabulary_block block = {u->block, length, count};
        code = vocabulary_init(&u->vocabulary, &block, "", NULL, err);
    }
    if (code == MNEME_OK) {
        find_unknown(u, model);
    }
    return code;
}

enum mneme_code unigram_init_json(struct unigram *out, const struct json *tokenizer,
                                  struct mneme_error *err)
{
    struct arena scratch;
    *out = (struct unigram){.unknown = VOCABULARY_NONE};
    arena_init(&scratch);
    enum mneme_code code = init(out, tokenizer, &scratch, err);
    arena_clear(&scratch);
    if (code != MNEME_OK) {
        unigram_clear(out);
    }
    return code;
}

void unigram_clear(struct unigram *unigram)
{
    vocabulary_clear(&unigram->vocabulary);
    mem_free(unigram->block);
    mem_free(unigram->scores);
    *unigram = (struct unigram){.unknown = VOCABULARY_NONE};
}

/* The best way to reach a place: from where, by which token. */
struct step {
    double score;
    size_t from;
    uint32_t id;
};

static void offer(struct step *steps, size_t from, size_t length, double score, uint32_t id)
{
    struct step *to = &steps[from + length];
    if (steps[from].score + score > to->score) {
        *to = (struct step){steps[from].score + score, from, id};
    }
}

static void find_steps(const struct unigram *u, const char *text, size_t length, struct step *steps)
{
    struct vocabulary_match matches[VOCABULARY_REACH];
    for (size_t i = 0; i <= length; i++) {
        steps[i].score = i == 0 ? 0 : -INFINITY;
    }
    for (size_t at = 0, next = 0; at < length; at = next) {
        utf8_next(text, length, &next);
        size_t count = vocabulary_match(&u->vocabulary, false, text + at, length - at, matches,
                                        VOCABULARY_REACH);
        bool has_single = false;
        for (size_t i = 0; i < count; i++) {
            offer(steps, at, matches[i].length, u->scores[matches[i].id], matches[i].id);
            has_single = has_single || matches[i].length == next - at;
        }
        if (!has_single) {
            offer(steps, at, next - at, u->unknown_score, u->unknown);
        }
    }
}

size_t unigram_word(const struct unigram *unigram, const struct words *words, uint32_t *ids)
{
    char text[WORD_BYTES];
    struct step steps[WORD_BYTES + 1];
    size_t length = SPACE_MARK_BYTES + words->word_length, count = 0;
    if (words->is_too_long) {
        ids[0] = unigram->unknown;
        return 1;
    }
    memcpy(text, SPACE_MARK, SPACE_MARK_BYTES);
    memcpy(text + SPACE_MARK_BYTES, words->word, words->word_length);
    find_steps(unigram, text, length, steps);
    for (size_t at = length; at > 0; at = steps[at].from) {
        assert(count < UNIGRAM_WORD_TOKENS && steps[at].from < at);
        ids[count++] = steps[at].id;
    }
    for (size_t i = 0; i < count / 2; i++) {
        uint32_t kept = ids[i];
        ids[i] = ids[count - 1 - i];
        ids[count - 1 - i] = kept;
    }
    return count;
}
