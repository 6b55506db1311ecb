#include "embed/vocabulary.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct vocabulary_token tokens[] = {
    {"[PAD]", 5}, {"un", 2}, {"unbeliev", 8}, {"##able", 6}, {"##a", 3},      {"", 0},
    {"able", 4},  {"##", 2}, {"a", 1},        {"", 0},       {"\xc3\xa9", 2},
};
#define TOKEN_COUNT (sizeof tokens / sizeof tokens[0])

static void *block;
static size_t block_length;
static struct vocabulary vocabulary;

static void begin(void)
{
    cr_assert_eq(vocabulary_pack(tokens, TOKEN_COUNT, &block, &block_length, NULL), MNEME_OK);
}

static void end(void)
{
    vocabulary_clear(&vocabulary);
    mem_free(block);
}

TestSuite(vocabulary, .init = begin, .fini = end);

static enum mneme_code build(size_t length, size_t count)
{
    struct mneme_error err;
    enum mneme_code code = vocabulary_init(
        &vocabulary, &(struct vocabulary_block){block, length, count}, "##", NULL, &err);
    if (code == MNEME_INVALID) cr_assert_str_eq(err.field, "model");
    return code;
}

Test(vocabulary, finds_each_token_by_its_text_and_nothing_else)
{
    size_t used;
    cr_assert_eq(vocabulary_init(&vocabulary,
                                 &(struct vocabulary_block){block, block_length, TOKEN_COUNT}, "##",
                                 &used, NULL),
                 MNEME_OK);
    cr_assert_eq(used, block_length);
    for (uint32_t id = 0; id < TOKEN_COUNT; id++) {
        size_t length;
        const char *text = vocabulary_text(&vocabulary, id, &length);
        cr_assert_eq(length, tokens[id].length);
        cr_assert_eq(memcmp(text, tokens[id].text, length), 0);
        cr_assert_eq(vocabulary_find(&vocabulary, text, length), length > 0 ? id : VOCABULARY_NONE);
    }
    cr_assert_eq(vocabulary_find(&vocabulary, "unb", 3), VOCABULARY_NONE);
    cr_assert_eq(vocabulary_find(&vocabulary, "##un", 4), VOCABULARY_NONE);
    cr_assert_eq(vocabulary_find(&vocabulary, "##b", 3), VOCABULARY_NONE);
}

Test(vocabulary, matches_the_longest_first_and_keeps_starts_from_continuations)
{
    struct vocabulary_match match[4];
    cr_assert_eq(build(block_length, TOKEN_COUNT), MNEME_OK);
    cr_assert_eq(vocabulary_match(&vocabulary, false, "unbelievable", 12, match, 4), 2);
    cr_assert(match[0].id == 2 && match[0].length == 8);
    cr_assert(match[1].id == 1 && match[1].length == 2);
    cr_assert_eq(vocabulary_match(&vocabulary, false, "unbelievable", 12, match, 1), 1);
    cr_assert_eq(match[0].id, 2);
    cr_assert_eq(vocabulary_match(&vocabulary, false, "unbelie", 7, match, 4), 1);
    cr_assert_eq(vocabulary_match(&vocabulary, true, "able", 4, match, 4), 2);
    cr_assert(match[0].id == 3 && match[0].length == 4);
    cr_assert(match[1].id == 4 && match[1].length == 1);
    cr_assert_eq(vocabulary_match(&vocabulary, true, "un", 2, match, 4), 0);
    cr_assert_eq(vocabulary_match(&vocabulary, false, "", 0, match, 4), 0);
}

Test(vocabulary, a_block_may_hold_more_than_the_count)
{
    size_t used;
    cr_assert_eq(vocabulary_init(&vocabulary, &(struct vocabulary_block){block, block_length, 2},
                                 "##", &used, NULL),
                 MNEME_OK);
    cr_assert_eq(used, 2 + 5 + 2 + 2);
    cr_assert_eq(vocabulary_find(&vocabulary, "able", 4), VOCABULARY_NONE);
}

Test(vocabulary, every_truncation_is_refused)
{
    for (size_t length = 0; length < block_length; length++) {
        cr_assert_eq(build(length, TOKEN_COUNT), MNEME_INVALID, "%zu bytes", length);
        cr_assert_eq(vocabulary.count, 0);
    }
}

Test(vocabulary, impossible_counts_are_refused)
{
    static const size_t counts[] = {0, TOKEN_COUNT + 1, 1000001, UINT32_MAX, SIZE_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        cr_assert_eq(build(block_length, counts[i]), MNEME_INVALID);
    }
}

static enum mneme_code build_two(const char *first, const char *second)
{
    struct vocabulary_token two[] = {{first, strlen(first)}, {second, strlen(second)}};
    mem_free(block);
    cr_assert_eq(vocabulary_pack(two, 2, &block, &block_length, NULL), MNEME_OK);
    return build(block_length, 2);
}

Test(vocabulary, the_same_token_twice_is_refused)
{
    cr_assert_eq(build_two("tea", "tea"), MNEME_INVALID);
    cr_assert_eq(build_two("##s", "##s"), MNEME_INVALID);
}

Test(vocabulary, a_start_and_a_continuation_may_be_spelt_alike)
{
    cr_assert_eq(build_two("tea", "##tea"), MNEME_OK);
}

Test(vocabulary, bad_utf8_is_refused)
{
    static const char *const bad[] = {"\xc3", "a\xff", "\xed\xa0\x80", "\xc0\x80", "##\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(build_two("tea", bad[i]), MNEME_INVALID);
    }
}

Test(vocabulary, a_zero_byte_in_a_token_is_refused)
{
    struct vocabulary_token one = {"a\0b", 3};
    mem_free(block);
    cr_assert_eq(vocabulary_pack(&one, 1, &block, &block_length, NULL), MNEME_OK);
    cr_assert_eq(build(block_length, 1), MNEME_INVALID);
}

Test(vocabulary, a_token_too_long_for_its_record_is_refused)
{
    char *text = mem_alloc(UINT16_MAX + 1);
    memset(text, 'x', UINT16_MAX + 1);
    struct vocabulary_token longest = {text, UINT16_MAX}, over = {text, UINT16_MAX + 1};
    void *other;
    size_t length;
    cr_assert_eq(vocabulary_pack(&over, 1, &other, &length, NULL), MNEME_INVALID);
    cr_assert_null(other);
    mem_free(block);
    cr_assert_eq(vocabulary_pack(&longest, 1, &block, &block_length, NULL), MNEME_OK);
    cr_assert_eq(build(block_length, 1), MNEME_OK);
    cr_assert_eq(vocabulary_find(&vocabulary, text, UINT16_MAX), 0);
    struct vocabulary_match match;
    cr_assert_eq(vocabulary_match(&vocabulary, false, text, UINT16_MAX, &match, 1), 0);
    mem_free(text);
}

/* More than any small table would show: probing, growth of the slots, tags. */
Test(vocabulary, a_hundred_thousand_tokens_are_all_found)
{
    enum { COUNT = 100000 };
    static char texts[COUNT][8];
    struct vocabulary_token *many = mem_alloc(COUNT * sizeof *many);
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(texts[i], sizeof texts[i], "%s%zx", i % 3 == 0 ? "##" : "", i);
        many[i] = (struct vocabulary_token){texts[i], strlen(texts[i])};
    }
    mem_free(block);
    cr_assert_eq(vocabulary_pack(many, COUNT, &block, &block_length, NULL), MNEME_OK);
    cr_assert_eq(build(block_length, COUNT), MNEME_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert_eq(vocabulary_find(&vocabulary, many[i].text, many[i].length), i);
    }
    mem_free(many);
}

/* The slot of a token among 1,024, as somebody who has read vocabulary.c would compute it. */
static size_t slot_of(const char *text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
    }
    hash = (hash ^ hash >> 32) * UINT64_C(0x9E3779B97F4A7C15);
    return (hash ^ hash >> 29) & 1023;
}

Test(vocabulary, tokens_made_to_collide_are_refused_instead_of_searched_for_ever)
{
    enum { COUNT = 300 };
    static char texts[COUNT][12];
    struct vocabulary_token many[COUNT];
    size_t found = 0;
    for (unsigned i = 0; found < COUNT; i++) {
        snprintf(texts[found], sizeof texts[found], "%x", i);
        if (slot_of(texts[found]) == 7) {
            many[found] = (struct vocabulary_token){texts[found], strlen(texts[found])};
            found++;
        }
    }
    mem_free(block);
    cr_assert_eq(vocabulary_pack(many, COUNT, &block, &block_length, NULL), MNEME_OK);
    cr_assert_eq(build(block_length, 200), MNEME_OK); // of 512 slots: no worse than a long run
    vocabulary_clear(&vocabulary);
    cr_assert_eq(build(block_length, COUNT), MNEME_INVALID);
}

static bool fails_at(void *context)
{
    size_t *left = context;
    return (*left)-- == 0;
}

Test(vocabulary, out_of_memory_leaves_nothing_behind)
{
    for (size_t n = 0; n < 2; n++) {
        size_t left = n;
        mem_set_hook(fails_at, &left);
        cr_assert_eq(build(block_length, TOKEN_COUNT), MNEME_NOMEM);
        mem_set_hook(NULL, NULL);
        cr_assert_null(vocabulary.slots);
    }
    size_t left = 0, length;
    void *other;
    mem_set_hook(fails_at, &left);
    cr_assert_eq(vocabulary_pack(tokens, TOKEN_COUNT, &other, &length, NULL), MNEME_NOMEM);
    mem_set_hook(NULL, NULL);
    cr_assert_null(other);
}
