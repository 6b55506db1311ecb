#include "embed/space.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE_BYTES 16777216 /* a file up to this is hashed whole */
#define SAMPLE_BYTES 4096    /* of a bigger one, what is hashed at each place */
#define SAMPLES 256          /* places */
#define NAME_MAX_BYTES 120   /* of a model's name within a space's */
#define LANES 4
#define MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)

/*
 * What tells models apart: a hash of the files' bytes, eight at a time in four lanes. No
 * cryptographic hash, since nobody gains by two models that share a name, and setting up and
 * running SHA-256 was half of opening a small model.
 */
struct fingerprint {
    uint64_t lanes[LANES];
};

static void fingerprint_add(struct fingerprint *print, const unsigned char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at += LANES * sizeof(uint64_t)) {
        uint64_t words[LANES] = {0};
        size_t left = length - at;
        memcpy(words, bytes + at, left < sizeof words ? left : sizeof words);
        for (size_t i = 0; i < LANES; i++) {
            uint64_t mixed = (print->lanes[i] ^ words[i]) * MULTIPLIER;
            print->lanes[i] = mixed << 29 | mixed >> 35;
        }
    }
}

static void fingerprint_add_file(struct fingerprint *print, const struct mapped_file *file)
{
    uint64_t length = file->length;
    fingerprint_add(print, (const unsigned char *)&length, sizeof length);
    if (file->length <= WHOLE_BYTES) {
        fingerprint_add(print, file->bytes, file->length);
        return;
    }
    for (size_t i = 0; i < SAMPLES; i++) { // from the first byte to the last
        size_t at = (file->length - SAMPLE_BYTES) * i / (SAMPLES - 1);
        fingerprint_add(print, file->bytes + at, SAMPLE_BYTES);
    }
}

static uint32_t fingerprint_value(const struct fingerprint *print)
{
    uint64_t value = 0;
    for (size_t i = 0; i < LANES; i++) {
        value = (value ^ print->lanes[i]) * MULTIPLIER;
        value ^= value >> 32;
    }
    return (uint32_t)value;
}

/* The last part of the path without `.bin`, in characters that a name can have everywhere. */
static void name_model(const char *path, char out[NAME_MAX_BYTES + 1])
{
    static const char ending[] = ".bin";
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    size_t length = strlen(name), ending_length = strlen(ending);
    if (length > ending_length && strcmp(name + length - ending_length, ending) == 0) {
        length -= ending_length;
    }
    length = length < NAME_MAX_BYTES ? length : NAME_MAX_BYTES;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        out[i] = is_plain ? c : '-';
    }
    out[length] = '\0';
}

void space_name(const char *kind, const char *path, size_t dimension,
                const struct mapped_file *files, size_t file_count, char out[SPACE_MAX + 1])
{
    struct fingerprint print = {{1, 2, 3, 4}}; // zero would stay zero over zeros
    char absolute[PATH_MAX], name[NAME_MAX_BYTES + 1];
    for (size_t i = 0; i < file_count; i++) {
        fingerprint_add_file(&print, &files[i]);
    }
    name_model(realpath(path, absolute) != NULL ? absolute : path, name);
    snprintf(out, SPACE_MAX + 1, "%s:%s:%zu:%08x", kind, name, dimension,
             (unsigned)fingerprint_value(&print));
}
