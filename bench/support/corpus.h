/*
 * Texts and vectors that are the same in every run, each made from its number alone: sentences of Zipf-distributed
 * words, the most frequent of them English function words, 8 to 90 words long (30 usually, about 200 bytes); vectors
 * of pseudo-random numbers, near to which nothing is.
 */
#ifndef BENCH_SUPPORT_CORPUS_H
#define BENCH_SUPPORT_CORPUS_H

#include "base/strbuf.h"

#include <stdint.h>

#define CORPUS_DIMENSION 384
#define CORPUS_SPACE "bench:random:384"

/* Appends text number `number`. It needs no escaping in JSON or SQL. */
void corpus_text(uint64_t number, struct strbuf *out);
/* Appends a question with up to six of that text's rarer words. */
void corpus_question(uint64_t number, struct strbuf *out);
/* Those words alone, with `between` between them. */
void corpus_words(uint64_t number, const char *between, struct strbuf *out);
void corpus_vector(uint64_t number, float out[CORPUS_DIMENSION]);

/* Inputs for mneme: one memory; a batch of them; messages of two people. The caller owns the text (mem_free). */
char *corpus_memory(uint64_t number);
char *corpus_batch(uint64_t first, size_t count);
char *corpus_messages(uint64_t first, size_t count, const char *conversation);

#endif
