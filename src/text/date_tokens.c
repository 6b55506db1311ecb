/* Cutting a text where a date may stand. */
#include "text/date_tokens.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "text/word.h"

#include <string.h>

#define MOST_DIGITS 9 // of a number that is looked at

static bool is_ascii_digit(const struct tokens *tokens, size_t at)
{
    return at < tokens->length && tokens->text[at] >= '0' && tokens->text[at] <= '9';
}

static void cut_number(const struct tokens *tokens, struct token *token)
{
    token->kind = TOKEN_NUMBER;
    for (; is_ascii_digit(tokens, token->end); token->end++, token->digits++) {
        if (token->digits < MOST_DIGITS)
            token->value = token->value * 10 + (tokens->text[token->end] - '0');
    }
    if (token->digits > MOST_DIGITS) token->value = -1;
}

/* Two letters with a dot between, and perhaps one behind, are one word: "a.m." Takes the second one in. */
static bool take_dotted(const struct tokens *tokens, struct token *token, char *second)
{
    const char *rest = tokens->text + token->end;
    if (rest[0] != '.' || (unsigned char)rest[1] >= 0x80 || !word_has_point((uint32_t)rest[1]))
        return false;
    size_t at = token->end + 2;
    if (word_has_point(utf8_next(tokens->text, tokens->length, &at))) return false;
    *second = rest[1];
    token->end += rest[2] == '.' ? 3 : 2;
    return true;
}

static void cut_word(const struct tokens *tokens, struct token *token)
{
    const char *word = tokens->text + token->start;
    char lower[LIMIT_LISTED_WORD_BYTES];
    size_t first = 0;
    token->kind = TOKEN_WORD;
    token->is_capitalised = utf8_is_upper(utf8_next(word, tokens->length - token->start, &first));
    while (token->end < tokens->length && !is_ascii_digit(tokens, token->end)) {
        size_t next = token->end;
        uint32_t point = utf8_next(tokens->text, tokens->length, &next);
        if (!word_has_point(point) && !utf8_is_mark(point)) break;
        token->end = next;
    }
    size_t length = token->end - token->start;
    char dotted[2] = {word[0], '\0'};
    if (length == 1 && take_dotted(tokens, token, &dotted[1])) {
        word = dotted;
        length = sizeof dotted;
    }
    if (word_lower(WORD_FOLDED, word, length, lower, sizeof lower, &length))
        token->word = language_date_word(tokens->language, lower, length);
}

static struct token cut(struct tokens *tokens)
{
    size_t start = tokens->at, next = start;
    uint32_t point = utf8_next(tokens->text, tokens->length, &next);
    while (point != 0 && word_is_space(point)) {
        start = next;
        point = utf8_next(tokens->text, tokens->length, &next);
    }
    struct token token = {.start = start, .end = start, .is_glued = start == tokens->at};
    if (is_ascii_digit(tokens, start)) {
        cut_number(tokens, &token);
    } else if (word_has_point(point)) {
        cut_word(tokens, &token);
    } else if (point != 0) {
        token.kind = TOKEN_SIGN;
        token.sign = point;
        token.end = next;
    }
    tokens->at = token.end;
    return token;
}

const struct token *date_tokens_at(struct tokens *tokens, size_t i)
{
    static const struct token end = {.kind = TOKEN_END};
    if (i >= DATE_TOKENS) return &end;
    while (tokens->count <= i) tokens->items[tokens->count++] = cut(tokens);
    return &tokens->items[i];
}

bool date_tokens_has_role(const struct token *token, enum date_role role)
{
    return token->kind == TOKEN_WORD && token->word && token->word->role == role;
}

bool date_tokens_is_sign(const struct token *token, uint32_t sign)
{
    return token->kind == TOKEN_SIGN && token->sign == sign;
}

bool date_tokens_is_glued_sign(const struct token *token, uint32_t sign)
{
    return token->is_glued && date_tokens_is_sign(token, sign);
}

bool date_tokens_is_glued_number(const struct token *token, unsigned digits, int most)
{
    return token->kind == TOKEN_NUMBER && token->is_glued && token->digits == digits &&
           token->value <= most;
}

bool date_tokens_may_start(const char *text, size_t start, bool is_number)
{
    size_t at = start;
    while (at > 0 && ((unsigned char)text[--at] & 0xC0) == 0x80)
        ;
    if (start == 0) return true;
    size_t before = at;
    uint32_t point = utf8_next(text, start, &at);
    if (word_has_point(point) || utf8_is_mark(point)) return false;
    if (point == '.' || point == '/' || point == '@') return false;
    if (!is_number || word_is_space(point)) return true;
    if (point == ':') return before == 0 || text[before - 1] < '0' || text[before - 1] > '9';
    return point < 0x80 ? strchr("-+#$%&*", (int)point) == NULL : utf8_is_punctuation(point);
}

bool date_tokens_may_end(const struct tokens *tokens, size_t end)
{
    size_t at = end;
    uint32_t point = utf8_next(tokens->text, tokens->length, &at);
    if (point == 0) return true;
    if (word_has_point(point)) return false;
    if (point >= 0x80) return utf8_is_punctuation(point) || word_is_space(point);
    if (point == '%' || point == '$') return false;
    return !strchr("-./:@+", (int)point) ||
           !word_has_point(utf8_next(tokens->text, tokens->length, &at));
}
