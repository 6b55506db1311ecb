#include "base/hash.h"

#include "base/alloc.h"

#include <criterion/criterion.h>
#include <string.h>

static void check_hex(const unsigned char *bytes, const char *expected)
{
    char hex[2 * SHA256_BYTES + 1];
    hash_hex(bytes, SHA256_BYTES, hex);
    cr_assert_str_eq(hex, expected);
}

/* FIPS 180-2, appendix B. */
Test(hash, stream_gives_the_published_digests)
{
    unsigned char out[SHA256_BYTES];
    struct hash_stream *stream = hash_stream_new();
    cr_assert(hash_stream_finish(stream, out));
    check_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    stream = hash_stream_new();
    hash_stream_add(stream, "a", 1);
    hash_stream_add(stream, "", 0);
    hash_stream_add(stream, "bc", 2);
    cr_assert(hash_stream_finish(stream, out));
    check_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(hash, parts_are_hashed_with_their_lengths)
{
    unsigned char out[SHA256_BYTES], expected[SHA256_BYTES];
    struct hash_part parts[] = {{"ab", 2}, {"", 0}, {"c", 1}};
    cr_assert_eq(hash_sha256(parts, 3, out, NULL), MNEME_OK);
    struct hash_stream *stream = hash_stream_new();
    hash_stream_add(stream, "\2\0\0\0\0\0\0\0ab\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0c", 27);
    cr_assert(hash_stream_finish(stream, expected));
    cr_assert_arr_eq(out, expected, sizeof out);
}

Test(hash, borders_between_parts_count)
{
    unsigned char a[SHA256_BYTES], b[SHA256_BYTES], none[SHA256_BYTES];
    struct hash_part first[] = {{"ab", 2}, {"c", 1}}, second[] = {{"a", 1}, {"bc", 2}};
    cr_assert_eq(hash_sha256(first, 2, a, NULL), MNEME_OK);
    cr_assert_eq(hash_sha256(second, 2, b, NULL), MNEME_OK);
    cr_assert_arr_neq(a, b, sizeof a);
    cr_assert_eq(hash_sha256(NULL, 0, none, NULL), MNEME_OK);
    check_hex(none, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static bool always(void *context)
{
    (void)context;
    return true;
}

Test(hash, stream_without_memory_is_null)
{
    mem_set_hook(always, NULL);
    struct hash_stream *stream = hash_stream_new();
    mem_set_hook(NULL, NULL);
    cr_assert_null(stream);
}

static void check_signed(const void *bytes, size_t length, const char *text, const char *hex)
{
    struct hash_key key;
    unsigned char out[SHA256_BYTES];
    hash_key_init(&key, bytes, length);
    for (int i = 0; i < 2; i++) { // a key signs more than once
        cr_assert_eq(hash_key_sign(&key, text, strlen(text), out, NULL), MNEME_OK);
        check_hex(out, hex);
        cr_assert_eq(hash_key_sign(&key, "another", 7, out, NULL), MNEME_OK);
    }
    hash_key_clear(&key);
}

/* RFC 4231, cases 1, 2 and 4. */
Test(hash, key_signs_as_published)
{
    unsigned char key[25];
    char text[51] = "";
    memset(key, 0x0b, 20);
    check_signed(key, 20, "Hi There",
                 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    check_signed("Jefe", 4, "what do ya want for nothing?",
                 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    for (unsigned char i = 0; i < sizeof key; i++) key[i] = (unsigned char)(i + 1);
    memset(text, 0xcd, sizeof text - 1);
    check_signed(key, sizeof key, text,
                 "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
}

Test(hash, key_may_be_empty_and_so_may_the_text)
{
    check_signed(NULL, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

enum { SIGNERS = 4, SIGNATURES = 2000 };

static void *sign_often(void *context)
{
    struct hash_key *key = context;
    for (int i = 0; i < SIGNATURES; i++) {
        unsigned char out[SHA256_BYTES];
        if (hash_key_sign(key, "Hi There", 8, out, NULL) != MNEME_OK || out[0] != 0xb0 ||
            out[31] != 0xf7)
            return key;
    }
    return NULL;
}

Test(hash, key_signs_for_many_threads)
{
    struct hash_key key;
    pthread_t threads[SIGNERS];
    unsigned char bytes[20];
    memset(bytes, 0x0b, sizeof bytes);
    hash_key_init(&key, bytes, sizeof bytes);
    for (int i = 0; i < SIGNERS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, sign_often, &key), 0);
    for (int i = 0; i < SIGNERS; i++) {
        void *failed;
        cr_assert_eq(pthread_join(threads[i], &failed), 0);
        cr_expect_null(failed);
    }
    hash_key_clear(&key);
}

Test(hash, equality_looks_at_every_byte)
{
    unsigned char a[SHA256_BYTES] = {0}, b[SHA256_BYTES] = {0};
    cr_assert(hash_equal(a, b, sizeof a));
    for (size_t i = 0; i < sizeof a; i++) {
        b[i] = 0x80;
        cr_assert_not(hash_equal(a, b, sizeof a), "byte %zu", i);
        b[i] = 0;
    }
}

/* The test vectors of the FNV authors. */
Test(hash, fnv_gives_the_published_values)
{
    cr_assert_eq(hash_fnv("", 0), UINT64_C(0xcbf29ce484222325));
    cr_assert_eq(hash_fnv("a", 1), UINT64_C(0xaf63dc4c8601ec8c));
    cr_assert_eq(hash_fnv("foobar", 6), UINT64_C(0x85944171f73967e8));
}

/* RFC 4648, section 10, without the padding; and the two signs of section 5. */
Test(hash, base64_gives_the_published_texts)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "-_-_"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[16], bytes[16];
        size_t length = strlen(rows[i].bytes), decoded;
        cr_assert_eq(base64_encoded_size(length), strlen(rows[i].text) + 1);
        base64_encode(rows[i].bytes, length, text);
        cr_assert_str_eq(text, rows[i].text);
        cr_assert(base64_decode(text, bytes, length, &decoded), "exactly enough room");
        cr_assert_eq(decoded, length);
        cr_assert_arr_eq(bytes, rows[i].bytes, length);
        if (length > 0) cr_assert_not(base64_decode(text, bytes, length - 1, &decoded));
    }
}

Test(hash, base64_reads_back_bytes_of_every_value_and_length)
{
    unsigned char bytes[256], back[256];
    char text[400];
    for (size_t length = 0; length <= sizeof bytes; length++) {
        for (size_t i = 0; i < length; i++) bytes[i] = (unsigned char)(i * 7 + length);
        size_t decoded;
        base64_encode(bytes, length, text);
        cr_assert_eq(strlen(text) + 1, base64_encoded_size(length));
        cr_assert(base64_decode(text, back, sizeof back, &decoded));
        cr_assert_eq(decoded, length);
        cr_assert_arr_eq(back, bytes, length);
    }
}

Test(hash, base64_refuses_other_spellings)
{
    static const char *const bad[] = {
        "Z",     // a lone digit
        "Zm9vY", // one behind whole groups
        "Zg==",  // padding
        "Zh",    // bits behind the last byte
        "Zm9",   // the same
        "Zm+v",  // the other alphabet
        "Zm/v",  "Zm9v ", " Zm9v", "Zm\n9v", "Zm9v\xC3\xA9",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char bytes[16];
        size_t length = 7;
        cr_assert_not(base64_decode(bad[i], bytes, sizeof bytes, &length), "'%s'", bad[i]);
        cr_assert_eq(length, 0);
    }
}
