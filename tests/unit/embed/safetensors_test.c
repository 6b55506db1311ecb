#include "embed/safetensors.h"

#include "../../support/models.h"
#include "base/alloc.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const unsigned char data[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static struct arena arena;
static struct strbuf bytes;
static struct safetensors file;
static struct mneme_error err;

static void begin(void)
{
    arena_init(&arena);
    strbuf_init(&bytes, 1 << 20);
}

static void end(void)
{
    arena_clear(&arena);
    strbuf_clear(&bytes);
}

TestSuite(safetensors, .init = begin, .fini = end);

/* Read from a block of exactly that length, so that a sanitizer sees a byte too many. */
static enum mneme_code read_copy(size_t length)
{
    char *copy = mem_alloc(length);
    memcpy(copy, bytes.text, length);
    enum mneme_code code = safetensors_read(copy, length, &arena, &file, &err);
    for (size_t i = 0; i < file.count; i++) file.tensors[i].bytes = NULL;
    mem_free(copy);
    if (code == MNEME_INVALID) {
        cr_assert_str_eq(err.field, "model");
        cr_assert_eq(file.count, 0);
    }
    return code;
}

static enum mneme_code read_header(const char *header, size_t data_length)
{
    strbuf_truncate(&bytes, 0);
    models_safetensors(&bytes, header, data, data_length);
    return read_copy(bytes.length);
}

#define TENSOR(name, dtype, shape, from, to)                                                       \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" from "," to   \
    "]}"

Test(safetensors, tensors_point_into_the_bytes)
{
    models_safetensors(
        &bytes,
        "{\"__metadata__\":{\"format\":\"pt\"}," TENSOR("b", "F16", "2,2", "8", "16") "," TENSOR(
            "a", "F32", "2", "0", "8") "}   ",
        data, 16);
    cr_assert_eq(safetensors_read(bytes.text, bytes.length, &arena, &file, &err), MNEME_OK, "%s",
                 err.message);
    cr_assert_eq(file.count, 2);
    const struct tensor *a = safetensors_find(&file, "a"), *b = safetensors_find(&file, "b");
    const unsigned char *start = (const unsigned char *)bytes.text + bytes.length - 16;
    cr_assert(a->type == TENSOR_F32 && a->rank == 1 && a->shape[0] == 2 && a->value_count == 2);
    cr_assert(b->type == TENSOR_F16 && b->rank == 2 && b->shape[1] == 2 && b->value_count == 4);
    cr_assert(a->bytes == start && b->bytes == start + 8);
    cr_assert_null(safetensors_find(&file, "__metadata__"));
    cr_assert_null(safetensors_find(&file, "c"));
}

Test(safetensors, each_dtype_has_its_size)
{
    static const struct {
        const char *name;
        size_t bytes;
    } types[] = {{"BOOL", 1}, {"U8", 1},   {"I8", 1},  {"I16", 2}, {"U16", 2},
                 {"F16", 2},  {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},
                 {"I64", 8},  {"U64", 8},  {"F64", 8}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char header[128];
        snprintf(header, sizeof header,
                 "{\"x\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%zu]}}", types[i].name,
                 2 * types[i].bytes);
        cr_assert_eq(read_header(header, 2 * types[i].bytes), MNEME_OK, "%s", types[i].name);
        cr_assert_eq(tensor_value_bytes(file.tensors[0].type), types[i].bytes);
        cr_assert_str_eq(tensor_type_name(file.tensors[0].type), types[i].name);
    }
}

Test(safetensors, empty_tensors_and_single_values_are_sound)
{
    cr_assert_eq(read_header("{}", 0), MNEME_OK);
    cr_assert_eq(read_header("{" TENSOR("x", "F32", "", "0", "4") "}", 4), MNEME_OK);
    cr_assert_eq(file.tensors[0].value_count, 1);
    cr_assert_eq(read_header("{" TENSOR("x", "F32", "0,7", "0", "0") "}", 0), MNEME_OK);
    cr_assert_eq(
        read_header("{" TENSOR("a", "I8", "4", "0", "4") "," TENSOR(
                        "x", "F32", "0", "4", "4") "," TENSOR("b", "I8", "2", "4", "6") "}",
                    6),
        MNEME_OK);
}

Test(safetensors, every_truncation_is_refused)
{
    models_safetensors(
        &bytes, "{" TENSOR("a", "F32", "2", "0", "8") "," TENSOR("b", "I8", "8", "8", "16") "}",
        data, 16);
    cr_assert_eq(read_copy(bytes.length), MNEME_OK);
    for (size_t length = 0; length < bytes.length; length++) {
        cr_assert_eq(read_copy(length), MNEME_INVALID, "%zu bytes", length);
    }
}

Test(safetensors, offsets_that_lie_are_refused)
{
    static const char *const bad[] = {
        "{" TENSOR("x", "I8", "16", "0", "17") "}",                  // past the end
        "{" TENSOR("x", "I8", "16", "16", "0") "}",                  // backwards
        "{" TENSOR("x", "I8", "1", "-1", "0") "}",                   // negative
        "{" TENSOR("x", "I8", "8", "0", "8") "}",                    // bytes left over
        "{" TENSOR("x", "I8", "8", "8", "16") "}",                   // a gap in front
        "{" TENSOR("x", "I8", "9223372036854775807", "0", "16") "}", // another length
        "{" TENSOR("x", "I8", "16", "0", "16.0") "}",
        "{" TENSOR("x", "I8", "16", "0", "\"16\"") "}",
        "{" TENSOR("x", "I8", "16", "0", "16,16") "}",
        "{\"x\":{\"dtype\":\"I8\",\"shape\":[16],\"data_offsets\":[0]}}",
        "{\"x\":{\"dtype\":\"I8\",\"shape\":[16],\"data_offsets\":{}}}",
        "{\"x\":{\"dtype\":\"I8\",\"shape\":[16]}}",
        "{" TENSOR("x", "I8", "16", "0", "16") "," TENSOR("y", "I8", "16", "0", "16") "}",
        // an overlap and a gap of the same size
        "{" TENSOR("x", "I8", "8", "0", "8") "," TENSOR("y", "I8", "4", "4", "8") "," TENSOR(
            "z", "I8", "4", "12", "16") "}",
        "{" TENSOR("x", "I8", "9", "0", "9") "," TENSOR("y", "I8", "8", "8", "16") "}",
        "{" TENSOR("x", "I8", "7", "0", "7") "," TENSOR("y", "I8", "8", "8", "16") "}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(read_header(bad[i], 16), MNEME_INVALID, "%s", bad[i]);
    }
}

Test(safetensors, shapes_and_types_that_lie_are_refused)
{
    static const char *const bad[] = {
        "{" TENSOR("x", "I8", "-16", "0", "16") "}",
        "{" TENSOR("x", "I8", "-4,-4", "0", "16") "}",
        "{" TENSOR("x", "I8", "4294967296,4294967296", "0", "16") "}", // product wraps to 0
        "{" TENSOR("x", "I8", "4294967296,4294967296", "0", "0") "," TENSOR("y", "I8", "16", "0",
                                                                            "16") "}",
        "{" TENSOR("x", "F64", "2305843009213693954", "0", "16") "}", // times 8 wraps to 16
        "{" TENSOR("x", "I8", "1,1,1,1,1,1,1,1,16", "0", "16") "}",   // rank 9
        "{" TENSOR("x", "I8", "16.0", "0", "16") "}",
        "{" TENSOR("x", "I8", "null", "0", "16") "}",
        "{" TENSOR("x", "I8", "15", "0", "16") "}",
        "{" TENSOR("x", "F32", "3", "0", "14") "}",
        "{" TENSOR("x", "i8", "16", "0", "16") "}",
        "{" TENSOR("x", "F8_E4M3", "16", "0", "16") "}",
        "{" TENSOR("x", "", "16", "0", "16") "}",
        "{\"x\":{\"dtype\":8,\"shape\":[16],\"data_offsets\":[0,16]}}",
        "{\"x\":{\"dtype\":\"I8\",\"data_offsets\":[0,16]}}",
        "{\"x\":[]}",
        "{\"x\":null}",
        "[]",
        "7",
        "\"x\"",
        "",
        "{",
        "{" TENSOR("x", "I8", "8", "0", "8") "," TENSOR("x", "I8", "8", "8", "16") "}", // twice
        "{" TENSOR("x", "I8", "16", "0", "16") "} x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(read_header(bad[i], 16), MNEME_INVALID, "%s", bad[i]);
    }
}

Test(safetensors, impossible_header_lengths_are_refused)
{
    static const uint64_t lengths[] = {0, 1, 1 << 20, INT64_MAX, UINT64_MAX, UINT64_MAX - 7};
    models_safetensors(&bytes, "{" TENSOR("x", "I8", "16", "0", "16") "}", data, 16);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        memcpy(bytes.text, &lengths[i], sizeof lengths[i]);
        cr_assert_eq(read_copy(bytes.length), MNEME_INVALID);
    }
}

Test(safetensors, a_deep_header_is_refused)
{
    char header[4096] = "{\"x\":";
    memset(header + 5, '[', 2000);
    cr_assert_eq(read_header(header, 0), MNEME_INVALID);
}

Test(safetensors, any_changed_byte_is_refused_or_sound)
{
    models_safetensors(
        &bytes, "{" TENSOR("a", "F32", "2", "0", "8") "," TENSOR("b", "I8", "8", "8", "16") "}",
        data, 16);
    for (size_t at = 0; at < bytes.length; at++) {
        for (int value = 0; value < 256; value += 5) {
            char kept = bytes.text[at];
            bytes.text[at] = (char)value;
            enum mneme_code code = read_copy(bytes.length);
            cr_assert(code == MNEME_OK || code == MNEME_INVALID);
            bytes.text[at] = kept;
        }
        arena_clear(&arena);
    }
}

static bool fails_at(void *context)
{
    size_t *left = context;
    return (*left)-- == 0;
}

Test(safetensors, out_of_memory_is_said)
{
    size_t left = 0;
    models_safetensors(&bytes, "{" TENSOR("x", "I8", "16", "0", "16") "}", data, 16);
    mem_set_hook(fails_at, &left);
    cr_assert_eq(safetensors_read(bytes.text, bytes.length, &arena, &file, &err), MNEME_NOMEM);
    mem_set_hook(NULL, NULL);
    cr_assert_eq(file.count, 0);
}
