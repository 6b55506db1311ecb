/*
 * What is sent to a provider of embeddings and what it answers, in each dialect. Answers are hostile input.
 */
#ifndef EMBED_EMBED_WIRE_H
#define EMBED_EMBED_WIRE_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "embed/provider.h"

/* A text's first `length` bytes; it is whole up to there. */
struct embed_piece {
    const char *text;
    size_t length;
};

/* The body of a call: of the provider it takes dialect, model and dimensions. Errors are the strbuf's. */
void embed_wire_write(const struct provider *provider, const struct embed_piece *pieces,
                      size_t count, struct strbuf *out);

struct embed_rows {
    float *values; /* row after row, of length one; a row of zeros stays so */
    size_t dimension;
};

/*
 * Reads the answer to `count` texts, rows put into the order of the texts. REMOTE says what is wrong with it, in words
 * of ours alone: no JSON, another number of rows, an index twice or out of range, rows of different lengths, something
 * that is no finite number.
 */
enum mneme_code embed_wire_read(enum provider_dialect dialect, const char *body, size_t length,
                                size_t count, struct arena *arena, struct embed_rows *out,
                                struct mneme_error *err) MUST_CHECK;

/*
 * The name of an error in an answer of OpenAI's dialect, such as `insufficient_quota`: lower-case letters and _ only,
 * nothing else that a provider wrote gets out. Empty if there is none.
 */
#define EMBED_WIRE_NAME 40
void embed_wire_error_name(const char *body, size_t length, char out[EMBED_WIRE_NAME + 1]);

/* The longest answer that `count` texts may have, dimension 0: not known. */
size_t embed_wire_answer_bytes(size_t count, size_t dimension);

#endif
