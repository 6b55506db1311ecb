/* The goldens of tests/data/encoder, made by the reference of all-MiniLM-L6-v2. All of it fails the running test when
 * it cannot do what it says. */
#ifndef SUPPORT_GOLDEN_ENCODER_H
#define SUPPORT_GOLDEN_ENCODER_H

#include "base/arena.h"

#define GOLDEN_DIMENSION 384
#define GOLDEN_LIMIT 256

struct golden_text {
    const char *text;
    size_t length;
    const uint32_t *ids;
    size_t id_count;
    bool is_cut;
    float vector[GOLDEN_DIMENSION]; /* unit length but for rounding to 16 bits */
};

struct golden_encoder {
    struct arena arena;
    struct golden_text *texts;
    size_t count;
};

void golden_encoder_read(struct golden_encoder *out);
void golden_encoder_clear(struct golden_encoder *golden);

/* The folder of the model's own weights, if the environment names one (MNEME_TEST_MODEL); else the test is skipped. */
const char *golden_encoder_model(void);

#endif
