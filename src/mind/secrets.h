/*
 * Secrets in a text: keys, tokens, passwords that are assigned, payment cards. By pattern, and by checksum where there
 * is one. For `audit`, and so that no rule makes a memory of one.
 *
 * Errs towards "none": words about secrets, placeholders and numbers that fail their checksum are none.
 */
#ifndef MIND_SECRETS_H
#define MIND_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

enum secret_kind { SECRET_PRIVATE_KEY, SECRET_KEY, SECRET_TOKEN, SECRET_PASSWORD, SECRET_CARD };

struct secret {
    enum secret_kind kind;
    const char *name;     /* "github token"; static */
    size_t start, length; /* bytes of the text: the secret alone, not what it is assigned to */
};

/* The next secret from *at on, which moves behind it. False at the end. Linear in the text; any thread. */
bool secrets_next(const char *text, size_t length, size_t *at, struct secret *out);
const char *secrets_kind_name(enum secret_kind kind); /* "private_key" ... */

#endif
