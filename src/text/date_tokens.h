/*
 * A text as the rules of dates see it: numbers, words with what the language says of them, signs. Cut from one place
 * on, when they are asked for, at most DATE_TOKENS.
 */
#ifndef TEXT_DATE_TOKENS_H
#define TEXT_DATE_TOKENS_H

#include "text/language.h"

#include <stdint.h>

#define DATE_TOKENS 32

enum token_kind { TOKEN_END, TOKEN_NUMBER, TOKEN_WORD, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    size_t start, end; // bytes of the text
    bool is_glued;     // nothing stands before it but the token before
    bool is_capitalised;
    unsigned digits;
    int value;                    // of a number; -1 if it is too long to be looked at
    const struct date_word *word; // NULL: none of the language's
    uint32_t sign;
};

/* Zero it but for language, text, length, and the place `at`. */
struct tokens {
    const struct language *language;
    const char *text;
    size_t length, at;
    struct token items[DATE_TOKENS];
    size_t count;
};

/* The i-th token; past the last of the text or of the window, a TOKEN_END. */
const struct token *date_tokens_at(struct tokens *tokens, size_t i);
bool date_tokens_has_role(const struct token *token, enum date_role role);
bool date_tokens_is_sign(const struct token *token, uint32_t sign);
bool date_tokens_is_glued_sign(const struct token *token, uint32_t sign);
/* Of so many digits, up to `most`. */
bool date_tokens_is_glued_number(const struct token *token, unsigned digits, int most);

/* The date may begin here: it is not the tail of a word, an id, an amount or a path. */
bool date_tokens_may_start(const char *text, size_t start, bool is_number);
/* The date may end here: what follows is no more of the same word, number or id. */
bool date_tokens_may_end(const struct tokens *tokens, size_t end);

#endif
