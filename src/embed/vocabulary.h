/*
 * The tokens of a model, found by text: built once, then read by any number of threads.
 *
 * A vocabulary is made of one block of records in the order of their ids: u16 length (little
 * endian), then that many bytes of UTF-8. The block is not copied. That is how the small binary
 * tables hold their tokens, so opening one reads the block once and allocates twice.
 *
 * Tokens that begin with the continuation prefix ("##" of WordPiece) and have more than that are
 * found only as continuations, all others only as starts. An empty token is never found.
 */
#ifndef EMBED_VOCABULARY_H
#define EMBED_VOCABULARY_H

#include "base/error.h"

#define VOCABULARY_NONE UINT32_MAX

struct vocabulary {
    const unsigned char *block;
    uint32_t *offsets; /* of each token's record */
    uint32_t *slots;
    size_t count, slot_mask;
    size_t longest_bytes; /* without the prefix */
    const char *prefix;   /* "" if there are no continuations */
    size_t prefix_length;
};

struct vocabulary_block {
    const void *bytes;
    size_t length;
    size_t count; /* of records */
};

/*
 * Reads the records. *used_bytes (may be NULL) is the length of the records. INVALID for
 * records that leave the block, bad UTF-8, a token that is there twice, tokens that were made to
 * collide, no token or more than LIMIT_VOCABULARY; *out is then empty. `prefix` must outlive the
 * vocabulary, as the block must.
 */
enum mneme_code vocabulary_init(struct vocabulary *out, const struct vocabulary_block *block,
                                const char *prefix, size_t *used_bytes, struct mneme_error *err)
    MUST_CHECK;
void vocabulary_clear(struct vocabulary *vocabulary); /* an empty one is allowed */

struct vocabulary_token {
    const char *text;
    size_t length;
};
/* Makes the block of tokens given in the order of their ids; the caller owns *out (mem_free).
 * INVALID for a token over 65,535 bytes or more than 4 GiB in all. */
enum mneme_code vocabulary_pack(const struct vocabulary_token *tokens, size_t count, void **out,
                                size_t *out_length, struct mneme_error *err) MUST_CHECK;

struct vocabulary_match {
    uint32_t id;
    uint32_t length; /* bytes of the text, the prefix not counted */
};
/* The tokens that the text begins with, longest first, at most `capacity`; returns how many.
 * Looks no further than VOCABULARY_REACH bytes. */
#define VOCABULARY_REACH 400
size_t vocabulary_match(const struct vocabulary *vocabulary, bool continues, const char *text,
                        size_t length, struct vocabulary_match *out, size_t capacity);

/* The token with exactly this text (prefix included), VOCABULARY_NONE if there is none. */
uint32_t vocabulary_find(const struct vocabulary *vocabulary, const char *token, size_t length);
/* The text of a token, prefix included; not NUL-terminated. */
const char *vocabulary_text(const struct vocabulary *vocabulary, uint32_t id, size_t *length);

#endif
