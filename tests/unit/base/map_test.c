#include "base/map.h"

#include "base/alloc.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct map map;

static void set_up(void)
{
    map_init(&map);
}

static void tear_down(void)
{
    map_clear(&map);
}

TestSuite(map, .init = set_up, .fini = tear_down);

static uint32_t put(const char *key, size_t length, uint32_t value, bool expected_added)
{
    bool added = !expected_added;
    uint32_t stored = map_put(&map, key, length, value, &added);
    cr_assert_eq(added, expected_added);
    return stored;
}

Test(map, finds_nothing_when_empty)
{
    cr_assert_eq(map_find(&map, "key", 3), MAP_NONE);
    cr_assert_eq(map_find(&map, "", 0), MAP_NONE);
    cr_assert_eq(map_bytes(&map), 0);
}

Test(map, keeps_the_first_value_of_a_key_until_it_is_set)
{
    cr_assert_eq(put("key", 3, 1, true), 1);
    cr_assert_eq(put("key", 3, 2, false), 1);
    cr_assert_eq(map_find(&map, "key", 3), 1);
    map_set(&map, "key", 3, 9);
    cr_assert_eq(map_find(&map, "key", 3), 9);
    cr_assert_eq(map.count, 1);
}

Test(map, takes_any_bytes_as_key)
{
    static const struct {
        const char *key;
        size_t length;
    } keys[] = {
        {"", 0},          {"\0", 1},        {"\0\0", 2},      {"a", 1},
        {"a\0", 2},       {"a\0b", 3},      {"ab", 2},        {"ba", 2},
        {"abcd", 4},      {"abce", 4},      {"abcdefg", 7},   {"abcdefgh", 8},
        {"abcdefghi", 9}, {"abcdefghj", 9}, {"\xFF\xFF", 2},  {"abcdefghabcdefgh", 16},
        {"aba", 3},       {"abba", 4},      {"aaaaaaaaa", 9}, {"abcdefghabcdefghx", 17},
    };
    enum { COUNT = sizeof keys / sizeof *keys };
    for (uint32_t i = 0; i < COUNT; i++) cr_assert_eq(put(keys[i].key, keys[i].length, i, true), i);
    for (uint32_t i = 0; i < COUNT; i++)
        cr_assert_eq(map_find(&map, keys[i].key, keys[i].length), i, "key %u", i);
    cr_assert_eq(map_find(&map, "abc", 3), MAP_NONE);
}

Test(map, copies_its_keys)
{
    char key[] = "first";
    put(key, 5, 1, true);
    memcpy(key, "other", 5);
    cr_assert_eq(map_find(&map, "first", 5), 1);
    cr_assert_eq(map_find(&map, "other", 5), MAP_NONE);
}

Test(map, values_up_to_the_largest_are_kept)
{
    cr_assert_eq(put("a", 1, MAP_NONE - 1, true), MAP_NONE - 1);
    cr_assert_eq(put("b", 1, 0, true), 0);
    cr_assert_eq(map_find(&map, "a", 1), MAP_NONE - 1);
    cr_assert_eq(map_find(&map, "b", 1), 0);
}

Test(map, keeps_everything_while_it_grows)
{
    enum { COUNT = 50000 };
    char key[24];
    for (uint32_t i = 0; i < COUNT; i++) {
        int length = snprintf(key, sizeof key, "%u:%u", i * 7919, i);
        put(key, (size_t)length, i, true);
        cr_assert_lt(map.count, map.capacity / 4 * 3 + 1, "load stays below 3/4");
    }
    cr_assert_eq(map.count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        int length = snprintf(key, sizeof key, "%u:%u", i * 7919, i);
        cr_assert_eq(map_find(&map, key, (size_t)length), i);
        cr_assert_eq(map_find(&map, key, (size_t)length - 1), MAP_NONE);
    }
    cr_assert_geq(map_bytes(&map), COUNT * 16);
}

/* Were they not spread, each would be compared with all before it, which takes minutes. */
Test(map, alike_keys_are_spread, .timeout = 30)
{
    enum { COUNT = 300000 };
    for (uint32_t i = 0; i < COUNT; i++) {
        uint64_t key[2] = {(uint64_t)i << 40, 0};
        put((const char *)key, sizeof key, i, true);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        uint64_t key[2] = {(uint64_t)i << 40, 1};
        cr_assert_eq(map_find(&map, key, sizeof key), MAP_NONE);
    }
}

Test(map, is_usable_after_clear)
{
    put("a", 1, 1, true);
    map_clear(&map);
    cr_assert_eq(map_find(&map, "a", 1), MAP_NONE);
    cr_assert_eq(map_bytes(&map), 0);
    cr_assert_eq(put("a", 1, 2, true), 2);
}

static enum mneme_code fill(void *context)
{
    (void)context;
    enum mneme_code code = MNEME_OK;
    struct map own;
    map_init(&own);
    char key[16];
    uint32_t i = 0;
    for (; i < 500 && code == MNEME_OK; i++) {
        bool added;
        int length = snprintf(key, sizeof key, "key %u", i);
        if (map_put(&own, key, (size_t)length, i, &added) == MAP_NONE) {
            cr_assert_not(added);
            code = MNEME_NOMEM;
            i--;
        }
    }
    cr_assert_eq(own.count, i, "what failed is not in");
    for (uint32_t j = 0; j < i; j++) {
        int length = snprintf(key, sizeof key, "key %u", j);
        cr_assert_eq(map_find(&own, key, (size_t)length), j);
    }
    map_clear(&own);
    return code;
}

Test(map, out_of_memory_leaves_what_was_there)
{
    cr_assert_gt(support_fail_each(fill, NULL), 5);
}
