#include "embed/words.h"

#include "base/utf8.h"

#include <string.h>

enum role {
    PART,  /* belongs to the word */
    ALONE, /* a word of its own */
    SPACE, /* ends a word */
    DROPPED
};

static bool is_ascii_letter(uint32_t point)
{
    return (point | 0x20) - 'a' < 26;
}

static bool is_ascii_digit(uint32_t point)
{
    return point - '0' < 10;
}

static bool is_ascii_space(uint32_t point)
{
    return point == ' ' || point == '\t' || point == '\n' || point == '\r';
}

/* What BERT calls a Chinese character; the blocks are those of its reference. */
static bool is_han(uint32_t point)
{
    return (point >= 0x4E00 && point <= 0x9FFF) || (point >= 0x3400 && point <= 0x4DBF) ||
           (point >= 0x20000 && point <= 0x2A6DF) || (point >= 0x2A700 && point <= 0x2B73F) ||
           (point >= 0x2B740 && point <= 0x2B81F) || (point >= 0x2B920 && point <= 0x2CEAF) ||
           (point >= 0xF900 && point <= 0xFAFF) || (point >= 0x2F800 && point <= 0x2FA1F);
}

static enum role classify_ascii(const struct words_rules *rules, uint32_t point)
{
    if (is_ascii_letter(point) || is_ascii_digit(point)) {
        return PART;
    }
    if (is_ascii_space(point)) {
        return SPACE;
    }
    if (point > 0x20 && point < 0x7F) {
        return ALONE;
    }
    // Single characters that no vocabulary has part words, as white space does.
    if (rules->split == WORDS_SINGLE) {
        return SPACE;
    }
    return rules->clean ? DROPPED : point >= 0x09 && point <= 0x0D ? SPACE : PART;
}

static enum role classify(const struct words_rules *rules, uint32_t point)
{
    if (point < 0x80) {
        return classify_ascii(rules, point);
    }
    if (rules->strip_accents && utf8_is_nonspacing(point)) {
        return DROPPED;
    }
    if (rules->split == WORDS_SINGLE) {
        return utf8_is_space(point) ? SPACE : ALONE;
    }
    if (rules->clean && (point == 0xFFFD || utf8_is_unseen(point))) {
        return DROPPED;
    }
    if (utf8_is_space(point)) {
        return SPACE;
    }
    bool is_alone = (rules->split_han && is_han(point)) ||
                    (rules->split == WORDS_BERT && utf8_is_punctuation(point));
    return is_alone ? ALONE : PART;
}

void words_begin(struct words *words, const struct words_rules *rules, const char *text,
                 size_t length)
{
    words->rules = rules;
    words->text = text;
    words->length = length;
    words->at = words->point_count = words->point_at = words->word_length = 0;
    words->is_too_long = false;
}

/* The next point after decomposition, not yet passed over; false at the end. */
static bool peek(struct words *words, uint32_t *point)
{
    if (words->point_at == words->point_count) {
        if (words->at == words->length) {
            return false;
        }
        uint32_t whole = utf8_next(words->text, words->length, &words->at);
        words->points[0] = whole;
        words->point_count = 1;
        words->point_at = 0;
        if (whole >= 0x80 && words->rules->strip_accents) {
            words->point_count = utf8_decompose(whole, words->points);
        }
    }
    *point = words->points[words->point_at];
    return true;
}

static void append(struct words *words, uint32_t point, size_t *char_count)
{
    if (*char_count == WORDS_MAX_CHARS) {
        words->is_too_long = true;
        return;
    }
    if (words->rules->lower) {
        point = utf8_lower(point);
    }
    words->word_length += utf8_encode(point, words->word + words->word_length);
    ++*char_count;
}

/* ASCII letters and digits up to the first other byte, the bulk of most texts. */
static void append_plain_run(struct words *words, size_t *char_count)
{
    size_t at = words->at;
    while (at < words->length && *char_count < WORDS_MAX_CHARS) {
        uint32_t c = (unsigned char)words->text[at];
        if (is_ascii_letter(c)) {
            c = words->rules->lower ? c | 0x20 : c;
        } else if (!is_ascii_digit(c)) {
            break;
        }
        words->word[words->word_length++] = (char)c;
        ++*char_count;
        at++;
    }
    words->at = at;
}

bool words_next(struct words *words)
{
    size_t char_count = 0;
    uint32_t point;
    words->word_length = 0;
    words->is_too_long = false;
    for (;;) {
        if (words->point_at == words->point_count) {
            append_plain_run(words, &char_count);
        }
        if (!peek(words, &point)) {
            return char_count > 0;
        }
        enum role role = classify(words->rules, point);
        if (role == ALONE && char_count > 0) {
            return true; // and the next call finds it again
        }
        words->point_at++;
        if (role == SPACE && char_count > 0) {
            return true;
        }
        if (role == PART || role == ALONE) {
            append(words, point, &char_count);
        }
        if (role == ALONE) {
            return true;
        }
    }
}
