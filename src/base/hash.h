/* Hashes: SHA-256 (libcrypto) where others could choose the input and equality matters, FNV-1a for tables in memory.
 * */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/error.h"

#include <pthread.h>

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

/*
 * HMAC-SHA-256 by one key, for what mneme signs (cursors, tokens). The key is set up when it first signs: libcrypto
 * takes its time to start, and most short-lived programs sign nothing. Any thread.
 */
#define HASH_KEY_BYTES 64 /* the longest key */

struct hash_key {
    pthread_mutex_t lock; /* guards the context */
    void *context;        /* libcrypto's; NULL until it is set up */
    unsigned char bytes[HASH_KEY_BYTES];
    size_t length;
};

void hash_key_init(struct hash_key *key, const void *bytes, size_t length); /* copies them */
void hash_key_clear(struct hash_key *key);
enum mneme_code hash_key_sign(struct hash_key *key, const void *bytes, size_t length,
                              unsigned char out[SHA256_BYTES], struct mneme_error *err) MUST_CHECK;
/* Compares in constant time. */
bool hash_equal(const void *a, const void *b, size_t length);

uint64_t hash_fnv(const void *bytes, size_t length);

/* URL-safe base64 without padding: for cursors and tokens. Encode writes a NUL; decode returns false on bad input. */
size_t base64_encoded_size(size_t length); /* with the NUL */
void base64_encode(const void *bytes, size_t length, char *out);
bool base64_decode(const char *text, void *out, size_t capacity, size_t *out_length);

#endif
