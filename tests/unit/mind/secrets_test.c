#include "mind/secrets.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <string.h>

/* Forms of keys are put together here, so that nobody's scanner takes these inventions for leaks. */
#define A16                                                                                        \
    "A7Q2"                                                                                         \
    "M9ZP"                                                                                         \
    "4KD8"                                                                                         \
    "W3XN"
#define R36                                                                                        \
    "a7Bq2"                                                                                        \
    "Zm9xW"                                                                                        \
    "4kd8P"                                                                                        \
    "w3Xn5"                                                                                        \
    "t6Yv1"                                                                                        \
    "c8Rg0"                                                                                        \
    "h2Js4e"

static const char *found(const char *text)
{
    static char word[300];
    size_t at = 0;
    struct secret secret;
    if (!secrets_next(text, strlen(text), &at, &secret)) return NULL;
    cr_assert_leq(secret.start + secret.length, strlen(text));
    cr_assert_lt(secret.length, sizeof word);
    memcpy(word, text + secret.start, secret.length);
    word[secret.length] = '\0';
    return word;
}

static void check_found(const char *text, const char *expected)
{
    const char *word = found(text);
    cr_assert_not_null(word, "%s", text);
    cr_expect_str_eq(word, expected);
}

static void check_none(const char *text)
{
    const char *word = found(text);
    cr_expect_null(word, "'%s' in '%s'", word, text);
}

Test(secrets, keys_and_tokens_are_known_by_their_form)
{
    check_found("use AKIA" A16 " for it", "AKIA" A16);
    check_found("(ghp"
                "_" R36 ")",
                "ghp"
                "_" R36);
    check_found("it's sk"
                "-" R36 ".",
                "sk"
                "-" R36);
    check_found("eyJ" R36 "." R36 "." R36 ".", "eyJ" R36 "." R36 "." R36);
    check_found("xoxb"
                "-" R36,
                "xoxb"
                "-" R36);
    check_found("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nx",
                "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----");
}

Test(secrets, what_a_password_is_assigned_to_tells_it)
{
    check_found("my password is hunter42x, ok", "hunter42x");
    check_found("password: Tr0ub4dor&3", "Tr0ub4dor&3");
    check_found("DB_PASSWORD=\"s3cr3t-pa55\"", "s3cr3t-pa55");
    check_found("{\"api_key\": \"" R36 "\"}", R36);
    check_found("Authorization: Bearer " R36, R36);
}

Test(secrets, cards_need_an_issuer_a_length_and_luhn_s_sum)
{
    check_found("card 4111 1111 1111 1111 exp 12/27", "4111 1111 1111 1111");
    check_found("4111111111111111", "4111111111111111");
    check_found("5500-0000-0000-0004", "5500-0000-0000-0004");
    check_found("amex 378282246310005.", "378282246310005");
    check_found("4111 1111 1111 1111 12", "4111 1111 1111 1111");
    check_none("4111 1111 1111 1112");
    check_none("order 9111111111111111");
    check_none("0000 0000 0000 0000");
    check_none("41111111111111111111111");
    check_none("4111111111111111abc");
}

Test(secrets, talk_of_secrets_and_placeholders_is_none)
{
    check_none("My password is wrong and the token is expired.");
    check_none("password: ********");
    check_none("password=<your password here>");
    check_none("the secret is patience");
    check_none("sk-learn-is-a-name-that-some-people-use");
    check_none("AKIAXXXXXXXXXXXXXXXX");
    check_none("The meeting is at 10:30 on 2023-05-08, call +47 22 33 44 55.");
    check_none("Basically I kept the secret. Token of love: roses");
    check_none("-----BEGIN PUBLIC KEY-----");
    check_none("");
}

Test(secrets, all_of_a_text_are_found_in_order)
{
    static const char text[] = "password: Tr0ub4dor&3 and 4111 1111 1111 1111 and ghp"
                               "_" R36;
    static const enum secret_kind kinds[] = {SECRET_PASSWORD, SECRET_CARD, SECRET_TOKEN};
    size_t at = 0, count = 0;
    struct secret secret;
    while (secrets_next(text, strlen(text), &at, &secret)) {
        cr_assert_lt(count, 3);
        cr_expect_eq(secret.kind, kinds[count]);
        count++;
    }
    cr_expect_eq(count, 3);
    cr_expect_str_eq(secrets_kind_name(SECRET_CARD), "card");
}

Test(secrets, ten_megabytes_of_one_word_take_no_longer_than_they_are)
{
    static const char *const fills[] = {"a",         "4",           "4 ", "-", "eyJ",
                                        "password=", "-----BEGIN ", "4-"}; // timed by the runner
    size_t length = 10 * 1000 * 1000;
    char *text = mem_alloc(length);
    cr_assert_not_null(text);
    for (size_t f = 0; f < sizeof fills / sizeof *fills; f++) {
        size_t size = strlen(fills[f]), whole = length / size * size, at = 0;
        struct secret secret;
        for (size_t i = 0; i < whole; i += size) memcpy(text + i, fills[f], size);
        while (secrets_next(text, whole, &at, &secret)) cr_assert_leq(at, whole);
        cr_assert_eq(at, whole);
    }
    mem_free(text);
}
