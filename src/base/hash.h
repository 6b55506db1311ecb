/* Hashes: SHA-256 (libcrypto) where others could choose the input and equality matters, FNV-1a for tables in memory. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/error.h"

#define SHA256_BYTES 32

struct hash_part {
    const void *bytes;
    size_t length;
};

/* Over the parts, each preceded by its length, so that borders count. INTERNAL if libcrypto fails. */
enum mneme_code hash_sha256(const struct hash_part *parts, size_t count,
                            unsigned char out[SHA256_BYTES], struct mneme_error *err) MUST_CHECK;
/* Over a stream, for files. */
struct hash_stream;
struct hash_stream *hash_stream_new(void); /* NULL when out of memory */
void hash_stream_add(struct hash_stream *stream, const void *bytes, size_t length);
/* Frees the stream. False, and out all zero, if libcrypto failed. */
bool hash_stream_finish(struct hash_stream *stream, unsigned char out[SHA256_BYTES]);
void hash_hex(const unsigned char *bytes, size_t length, char *out); /* 2 * length + 1 bytes */

/* HMAC-SHA-256 and a comparison in constant time, for what mneme signs (cursors, tokens). */
enum mneme_code hash_hmac(const void *key, size_t key_length, const void *bytes, size_t length,
                          unsigned char out[SHA256_BYTES], struct mneme_error *err) MUST_CHECK;
bool hash_equal(const void *a, const void *b, size_t length);

uint64_t hash_fnv(const void *bytes, size_t length);

/* URL-safe base64 without padding: for cursors and tokens. Encode writes a NUL; decode returns false on bad input. */
size_t base64_encoded_size(size_t length); /* with the NUL */
void base64_encode(const void *bytes, size_t length, char *out);
bool base64_decode(const char *text, void *out, size_t capacity, size_t *out_length);

#endif
