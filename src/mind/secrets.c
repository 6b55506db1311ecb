#include "mind/secrets.h"

#include "base/limits.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CARD_DIGITS_MIN 13
#define CARD_DIGITS_MAX 19
#define NAME_BYTES 40 // of what a password is assigned to
#define PASSWORD_BYTES_MIN 6
#define TOKEN_BYTES_MIN 12
#define VALUE_BYTES_MAX 256

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 0x20 : c);
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* What keys and tokens are made of. */
static bool is_key_byte(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

static bool begins_with(const char *text, size_t length, const char *prefix)
{
    size_t size = strlen(prefix);
    return length >= size && memcmp(text, prefix, size) == 0;
}

/* Keys that are told by how they begin. */
static const struct key_form {
    const char *prefix, *name;
    enum secret_kind kind;
    unsigned rest_min, rest_max; /* bytes behind the prefix */
    bool has_dots;               /* parts with dots between */
} key_forms[] = {
    {"AKIA", "aws access key", SECRET_KEY, 16, 16, false},
    {"ASIA", "aws access key", SECRET_KEY, 16, 16, false},
    {"AIza", "google api key", SECRET_KEY, 35, 35, false},
    {"ya29.", "google token", SECRET_TOKEN, 20, VALUE_BYTES_MAX, false},
    {"ghp_", "github token", SECRET_TOKEN, 36, VALUE_BYTES_MAX, false},
    {"gho_", "github token", SECRET_TOKEN, 36, VALUE_BYTES_MAX, false},
    {"ghu_", "github token", SECRET_TOKEN, 36, VALUE_BYTES_MAX, false},
    {"ghs_", "github token", SECRET_TOKEN, 36, VALUE_BYTES_MAX, false},
    {"ghr_", "github token", SECRET_TOKEN, 36, VALUE_BYTES_MAX, false},
    {"github_pat_", "github token", SECRET_TOKEN, 40, VALUE_BYTES_MAX, false},
    {"glpat-", "gitlab token", SECRET_TOKEN, 20, VALUE_BYTES_MAX, false},
    {"xoxb-", "slack token", SECRET_TOKEN, 20, VALUE_BYTES_MAX, false},
    {"xoxp-", "slack token", SECRET_TOKEN, 20, VALUE_BYTES_MAX, false},
    {"xoxa-", "slack token", SECRET_TOKEN, 20, VALUE_BYTES_MAX, false},
    {"sk-", "api key", SECRET_KEY, 20, VALUE_BYTES_MAX, false},
    {"sk_live_", "stripe key", SECRET_KEY, 16, VALUE_BYTES_MAX, false},
    {"sk_test_", "stripe key", SECRET_KEY, 16, VALUE_BYTES_MAX, false},
    {"rk_live_", "stripe key", SECRET_KEY, 16, VALUE_BYTES_MAX, false},
    {"hf_", "hugging face token", SECRET_TOKEN, 30, VALUE_BYTES_MAX, false},
    {"npm_", "npm token", SECRET_TOKEN, 36, 36, false},
    {"pypi-", "pypi token", SECRET_TOKEN, 50, VALUE_BYTES_MAX, false},
    {"dop_v1_", "digitalocean token", SECRET_TOKEN, 64, 64, false},
    {"SG.", "sendgrid key", SECRET_KEY, 40, VALUE_BYTES_MAX, true},
    {"eyJ", "json web token", SECRET_TOKEN, 30, LIMIT_SENTENCE_BYTES, true},
};

/* How many bytes from here on may belong to a key of the form, up to one more than it may have. */
static size_t key_run(const struct key_form *form, const char *text, size_t length)
{
    size_t run = 0;
    while (run < length && run <= form->rest_max &&
           (is_key_byte(text[run]) || (form->has_dots && text[run] == '.')))
        run++;
    while (form->has_dots && run > 0 && text[run - 1] == '.') run--; // the full stop of a sentence
    return run;
}

/* A key has digits, and no letter that fills it: "sk-this-is-no-key-at-all" and "ghp_xxxxxxxx" are none. */
static bool is_random(const char *text, size_t length)
{
    size_t digits = 0, repeats = 0;
    for (size_t i = 0; i < length; i++) {
        digits += is_digit(text[i]);
        repeats += i > 0 && text[i] == text[i - 1];
    }
    return digits > 0 && repeats * 2 < length;
}

static bool find_key(const char *text, size_t length, struct secret *out)
{
    for (size_t i = 0; i < COUNT(key_forms); i++) {
        const struct key_form *form = &key_forms[i];
        if (text[0] != form->prefix[0] || !begins_with(text, length, form->prefix)) continue;
        size_t prefix = strlen(form->prefix);
        size_t run = key_run(form, text + prefix, length - prefix);
        if (run < form->rest_min || run > form->rest_max || !is_random(text + prefix, run))
            continue;
        size_t dots = 0;
        for (size_t k = 0; k < run; k++) dots += text[prefix + k] == '.';
        if (form->has_dots && dots == 0) continue;
        *out = (struct secret){form->kind, form->name, 0, prefix + run};
        return true;
    }
    return false;
}

/* -----BEGIN ... PRIVATE KEY-----, to its end mark where there is one. */
static bool find_private_key(const char *text, size_t length, struct secret *out)
{
    static const char begin[] = "-----BEGIN ", mark[] = "PRIVATE KEY-----", end[] = "-----END ";
    if (!begins_with(text, length, begin)) return false;
    size_t reach = length < NAME_BYTES + sizeof begin ? length : NAME_BYTES + sizeof begin;
    const char *found = memmem(text, reach, mark, sizeof mark - 1);
    if (!found) return false;
    size_t size = (size_t)(found - text) + sizeof mark - 1;
    reach = length < LIMIT_SECRET_BYTES ? length : LIMIT_SECRET_BYTES;
    const char *last = memmem(text + size, reach > size ? reach - size : 0, end, sizeof end - 1);
    if (last) {
        size = (size_t)(last - text) + sizeof end - 1;
        while (size < length && text[size] != '\n') size++;
    }
    *out = (struct secret){SECRET_PRIVATE_KEY, "private key", 0, size};
    return true;
}

/* Issuers: the first digits and the lengths of their cards. */
static const struct issuer {
    unsigned digits, from, to, lengths[3];
} issuers[] = {
    {1, 4, 4, {13, 16, 19}},   {2, 51, 55, {16}},     {4, 2221, 2720, {16}}, {2, 34, 34, {15}},
    {2, 37, 37, {15}},         {4, 6011, 6011, {16}}, {3, 644, 649, {16}},   {2, 65, 65, {16}},
    {4, 3528, 3589, {16}},     {3, 300, 305, {14}},   {2, 36, 36, {14}},     {2, 38, 39, {14}},
    {2, 62, 62, {16, 17, 19}},
};

static bool is_issued(const char *digits, unsigned count)
{
    for (size_t i = 0; i < COUNT(issuers); i++) {
        const struct issuer *issuer = &issuers[i];
        unsigned head = 0;
        for (unsigned k = 0; k < issuer->digits; k++)
            head = head * 10 + (unsigned)(digits[k] - '0');
        if (head < issuer->from || head > issuer->to) continue;
        for (size_t k = 0; k < COUNT(issuer->lengths); k++) {
            if (issuer->lengths[k] == count) return true;
        }
    }
    return false;
}

/* The check digit of Luhn (ISO/IEC 7812-1, annex B). */
static bool has_luhn_sum(const char *digits, unsigned count)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[count - 1 - i] - '0') << (i % 2);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

/* Digits, alone or in groups with a space or hyphen between. The longest run of groups that is a card. */
static bool find_card(const char *text, size_t length, struct secret *out)
{
    char digits[CARD_DIGITS_MAX + 1];
    unsigned count = 0;
    bool is_found = false;
    for (size_t at = 0; at < length && count <= CARD_DIGITS_MAX; at++) {
        if (is_digit(text[at])) {
            digits[count++] = text[at];
            bool ends = at + 1 == length || !is_digit(text[at + 1]);
            bool is_word = at + 1 < length && (is_letter(text[at + 1]) || text[at + 1] == '_');
            if (ends && !is_word && count >= CARD_DIGITS_MIN && count <= CARD_DIGITS_MAX &&
                digits[0] != '0' && is_issued(digits, count) && has_luhn_sum(digits, count)) {
                *out = (struct secret){SECRET_CARD, "payment card", 0, at + 1};
                is_found = true;
            }
        } else if ((text[at] != ' ' && text[at] != '-') || at + 1 == length ||
                   !is_digit(text[at + 1])) {
            break;
        }
    }
    return is_found;
}

/* What passwords and tokens are assigned to, as the end of a name: "DB_PASSWORD". */
static const struct secret_word {
    const char *word;
    enum secret_kind kind;
    unsigned length_min;
} secret_words[] = {
    {"password", SECRET_PASSWORD, PASSWORD_BYTES_MIN},
    {"passwd", SECRET_PASSWORD, PASSWORD_BYTES_MIN},
    {"passphrase", SECRET_PASSWORD, PASSWORD_BYTES_MIN},
    {"passwort", SECRET_PASSWORD, PASSWORD_BYTES_MIN},
    {"pwd", SECRET_PASSWORD, PASSWORD_BYTES_MIN},
    {"apikey", SECRET_KEY, TOKEN_BYTES_MIN},
    {"api_key", SECRET_KEY, TOKEN_BYTES_MIN},
    {"api-key", SECRET_KEY, TOKEN_BYTES_MIN},
    {"access_key", SECRET_KEY, TOKEN_BYTES_MIN},
    {"secret_key", SECRET_KEY, TOKEN_BYTES_MIN},
    {"private_key", SECRET_KEY, TOKEN_BYTES_MIN},
    {"secret", SECRET_KEY, TOKEN_BYTES_MIN},
    {"token", SECRET_TOKEN, TOKEN_BYTES_MIN},
    {"bearer", SECRET_TOKEN, TOKEN_BYTES_MIN},
};

static const struct secret_word *find_secret_word(const char *name, size_t length)
{
    char small[NAME_BYTES];
    if (length > sizeof small) return NULL;
    for (size_t i = 0; i < length; i++) small[i] = lower(name[i]);
    for (size_t i = 0; i < COUNT(secret_words); i++) {
        size_t size = strlen(secret_words[i].word);
        if (length >= size && memcmp(small + length - size, secret_words[i].word, size) == 0)
            return &secret_words[i];
    }
    return NULL;
}

/* It looks made up by someone or something: letters and figures, no placeholder. */
static bool is_value(const char *value, size_t length, bool is_said)
{
    size_t digits = 0, letters = 0, signs = 0, repeats = 0;
    for (size_t i = 0; i < length; i++) {
        digits += is_digit(value[i]);
        letters += is_letter(value[i]);
        signs += strchr("!@#$%^&*+~?=", value[i]) != NULL;
        repeats += i > 0 && value[i] == value[i - 1];
        if (value[i] == '<' || value[i] == '{' || value[i] == '(' || value[i] == '/') return false;
    }
    if (repeats * 2 >= length) return false;
    return letters > 0 && (digits > 0 || (signs > 0 && !is_said));
}

/* "password: x", "password=x", "password is x", "Authorization: Bearer x", from the name on. */
static bool find_assigned(const char *text, size_t length, size_t name_length, struct secret *out)
{
    const struct secret_word *word = find_secret_word(text, name_length);
    if (!word) return false;
    size_t at = name_length;
    bool is_said = false, is_bearer = strcmp(word->word, "bearer") == 0;
    while (at < length && at < name_length + 3 && strchr("\"' ", text[at])) at++;
    if (at < length && (text[at] == ':' || text[at] == '=')) {
        at++;
    } else if (begins_with(text + at, length - at, "is ")) {
        is_said = true;
        at += strlen("is ");
    } else if (!is_bearer || at == name_length) {
        return false;
    }
    for (size_t skipped = 0; at < length && skipped < 3 && strchr("\"'` ", text[at]); skipped++)
        at++;
    size_t start = at;
    while (at < length && at - start < VALUE_BYTES_MAX && text[at] > ' ' &&
           !strchr("\"'`,;", text[at]))
        at++;
    while (at > start && strchr(".?!:)", text[at - 1])) at--;
    if (at - start < word->length_min || !is_value(text + start, at - start, is_said)) return false;
    *out = (struct secret){word->kind,
                           word->kind == SECRET_PASSWORD ? "password"
                           : word->kind == SECRET_TOKEN  ? "token"
                                                         : "key",
                           start, at - start};
    return true;
}

bool secrets_next(const char *text, size_t length, size_t *at, struct secret *out)
{
    size_t i = *at;
    while (i < length) {
        const char *here = text + i;
        size_t rest = length - i, run = 0;
        bool is_found;
        if (here[0] == '-') {
            is_found = find_private_key(here, rest, out);
            run = 1;
        } else if (is_digit(here[0])) {
            // Only the digits: a later group of a number may be the first of a card.
            is_found = find_card(here, rest, out);
            while (run < rest && is_digit(here[run])) run++;
        } else if (is_key_byte(here[0])) {
            while (run < rest && is_key_byte(here[run])) run++;
            is_found = find_key(here, rest, out) || find_assigned(here, rest, run, out);
        } else {
            is_found = false;
            run = 1;
        }
        if (is_found) {
            out->start += i;
            *at = out->start + out->length;
            return true;
        }
        i += run;
    }
    *at = length;
    *out = (struct secret){0};
    return false;
}

const char *secrets_kind_name(enum secret_kind kind)
{
    static const char *const names[] = {"private_key", "key", "token", "password", "card"};
    return names[kind];
}
