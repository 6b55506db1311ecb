#include "text/token_estimate.h"

#include <criterion/criterion.h>
#include <string.h>

Test(token_estimate, is_the_formula_rounded_up)
{
    static const struct {
        const char *text;
        size_t tokens;
    } cases[] = {
        {"", 0},
        {" ", 1},
        {"a", 2},                             // 1.4 * 1.1 = 1.54
        {"a b c d e", 8},                     // 5 * 1.4 * 1.1 = 7.7
        {"internationalisation", 8},          // 20 / 3 * 1.1 = 7.33
        {"é", 4},                             // (1.4 + 2) * 1.1 = 3.74
        {"日本", 9},                          // (1.4 + 6) * 1.1 = 8.14
        {"\t\n  x", 2},                       // (5 / 3) * 1.1 = 1.83
        {"0123456789012345678901234567", 11}, // 28 / 3 * 1.1 = 10.27
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(token_estimate(cases[i].text, strlen(cases[i].text)), cases[i].tokens,
                     "\"%s\": %zu", cases[i].text,
                     token_estimate(cases[i].text, strlen(cases[i].text)));
}

Test(token_estimate, never_falls_as_the_text_grows)
{
    static const char text[] = "The kettle — “Ida’s” — is on 火; don't touch it!\n\nReally?";
    size_t before = 0;
    for (size_t length = 0; length < sizeof text; length++) {
        size_t tokens = token_estimate(text, length);
        cr_expect_geq(tokens, before, "at %zu", length);
        before = tokens;
    }
}

Test(token_estimate, reads_no_further_than_told)
{
    cr_expect_eq(token_estimate("a b c", 1), 2);
    cr_expect_eq(token_estimate("a\0b", 3), 2); // NUL is a byte like another
}
