#include "base/hash.h"

#include "base/alloc.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

/* SHA-256, looked up in libcrypto once: that costs as much as hashing a short text. NULL if it failed. */
static const EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void find_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, OSSL_DIGEST_NAME_SHA2_256, NULL);
}

static bool begin(EVP_MD_CTX *context)
{
    (void)pthread_once(&sha256_once, find_sha256);
    return sha256 && EVP_DigestInit_ex(context, sha256, NULL) == 1;
}

static bool add_part(EVP_MD_CTX *context, const struct hash_part *part)
{
    unsigned char length[8]; // little end first
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (unsigned char)((uint64_t)part->length >> (8 * i));
    return EVP_DigestUpdate(context, length, sizeof length) == 1 &&
           EVP_DigestUpdate(context, part->bytes, part->length) == 1;
}

enum mneme_code hash_sha256(const struct hash_part *parts, size_t count,
                            unsigned char out[SHA256_BYTES], struct mneme_error *err)
{
    memset(out, 0, SHA256_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context) return error_nomem(err);
    bool is_done = begin(context);
    for (size_t i = 0; is_done && i < count; i++) is_done = add_part(context, &parts[i]);
    is_done = is_done && EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (!is_done) return error_set(err, MNEME_INTERNAL, "SHA-256 failed");
    return MNEME_OK;
}

struct hash_stream {
    EVP_MD_CTX *context;
    bool is_broken;
};

struct hash_stream *hash_stream_new(void)
{
    struct hash_stream *stream = mem_alloc(sizeof *stream);
    if (!stream) return NULL;
    *stream = (struct hash_stream){.context = EVP_MD_CTX_new()};
    if (!stream->context) {
        mem_free(stream);
        return NULL;
    }
    stream->is_broken = !begin(stream->context);
    return stream;
}

void hash_stream_add(struct hash_stream *stream, const void *bytes, size_t length)
{
    if (!stream->is_broken)
        stream->is_broken = EVP_DigestUpdate(stream->context, bytes, length) != 1;
}

bool hash_stream_finish(struct hash_stream *stream, unsigned char out[SHA256_BYTES])
{
    bool is_done = !stream->is_broken && EVP_DigestFinal_ex(stream->context, out, NULL) == 1;
    if (!is_done) memset(out, 0, SHA256_BYTES);
    EVP_MD_CTX_free(stream->context);
    mem_free(stream);
    return is_done;
}

void hash_hex(const unsigned char *bytes, size_t length, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

void hash_key_init(struct hash_key *key, const void *bytes, size_t length)
{
    assert(length <= sizeof key->bytes);
    *key = (struct hash_key){.length = length};
    (void)pthread_mutex_init(&key->lock, NULL); // cannot fail for a default mutex on Linux
    if (length > 0) memcpy(key->bytes, bytes, length);
}

void hash_key_clear(struct hash_key *key)
{
    EVP_MAC_CTX_free(key->context);
    OPENSSL_cleanse(key->bytes, sizeof key->bytes);
    key->context = NULL;
    (void)pthread_mutex_destroy(&key->lock);
}

static EVP_MAC_CTX *set_up(const struct hash_key *key)
{
    char digest[] = OSSL_DIGEST_NAME_SHA2_256;
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac); // the context keeps it
    if (context && EVP_MAC_init(context, key->bytes, key->length, parameters) == 1) return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

enum mneme_code hash_key_sign(struct hash_key *key, const void *bytes, size_t length,
                              unsigned char out[SHA256_BYTES], struct mneme_error *err)
{
    size_t written = 0;
    memset(out, 0, SHA256_BYTES);
    (void)pthread_mutex_lock(&key->lock);
    if (!key->context) key->context = set_up(key);
    // Without a key the context begins anew with the one it has.
    bool is_done = key->context && EVP_MAC_init(key->context, NULL, 0, NULL) == 1 &&
                   EVP_MAC_update(key->context, bytes, length) == 1 &&
                   EVP_MAC_final(key->context, out, &written, SHA256_BYTES) == 1;
    (void)pthread_mutex_unlock(&key->lock);
    if (is_done) return MNEME_OK;
    memset(out, 0, SHA256_BYTES);
    return error_set(err, MNEME_INTERNAL, "HMAC-SHA-256 failed");
}

bool hash_equal(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}

uint64_t hash_fnv(const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < length; i++) hash = (hash ^ at[i]) * UINT64_C(0x100000001B3);
    return hash;
}

size_t base64_encoded_size(size_t length)
{
    return length / 3 * 4 + (length % 3 > 0 ? length % 3 + 1 : 0) + 1;
}

void base64_encode(const void *bytes, size_t length, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *at = bytes;
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < length; i++) {
        bits = bits << 8 | at[i];
        held += 8;
        for (; held >= 6; held -= 6) *out++ = digits[bits >> (held - 6) & 63];
    }
    if (held > 0) *out++ = digits[bits << (6 - held) & 63];
    *out = '\0';
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64_decode(const char *text, void *out, size_t capacity, size_t *out_length)
{
    unsigned char *at = out;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t length = 0;
    *out_length = 0;
    for (; *text; text++) {
        int value = base64_value(*text);
        if (value < 0) return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held < 8) continue;
        if (length == capacity) return false;
        held -= 8;
        at[length++] = (unsigned char)(bits >> held & 255);
    }
    // One spelling per value: no lone digit at the end, and no bits set that no byte takes.
    if (held >= 6 || (bits & ((UINT32_C(1) << held) - 1)) != 0) return false;
    *out_length = length;
    return true;
}
