/*
 * OpenAI: {"data": [{"index": 0, "embedding": [...]}, ...]}; the order of `data` is the server's, and some leave the
 * index out. Ollama: {"embeddings": [[...], ...]}, in order.
 */
#include "embed/embed_wire.h"

#include "base/json.h"
#include "base/limits.h"
#include "vec/kernels.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The longest text of a number, with its comma, and what stands around the rows. */
#define NUMBER_BYTES 32
#define FRAME_BYTES ((size_t)64 * 1024)

size_t embed_wire_answer_bytes(size_t count, size_t dimension)
{
    size_t numbers = count * (dimension ? dimension : LIMIT_DIMENSION);
    size_t bytes = numbers * NUMBER_BYTES + FRAME_BYTES;
    return bytes < LIMIT_HTTP_ANSWER_BYTES ? bytes : LIMIT_HTTP_ANSWER_BYTES;
}

void embed_wire_write(const struct provider *provider, const struct embed_piece *pieces,
                      size_t count, struct strbuf *out)
{
    struct json_writer writer;
    struct arena arena;
    arena_init(&arena);
    json_writer_init(&writer, out);
    json_begin_object(&writer, NULL);
    json_write_text(&writer, "model", provider->model);
    if (provider->dialect == PROVIDER_OPENAI) {
        json_write_text(&writer, "encoding_format", "float");
    }
    if (provider->dimensions > 0) {
        json_write_integer(&writer, "dimensions", (int64_t)provider->dimensions);
    }
    json_begin_array(&writer, "input");
    for (size_t i = 0; i < count; i++) {
        const char *text = arena_text_n(&arena, pieces[i].text, pieces[i].length);
        if (text == NULL) {
            out->code = MNEME_NOMEM;
            break;
        }
        json_write_text(&writer, NULL, text);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    arena_clear(&arena);
}

static enum mneme_code refuse(struct mneme_error *err, const char *reason)
{
    return error_set(err, MNEME_REMOTE, "the provider's answer %s", reason);
}

static enum mneme_code read_row(const struct json *numbers, struct embed_rows *out, size_t row,
                                struct mneme_error *err)
{
    float *values = out->values + row * out->dimension;
    bool is_zero = true;
    for (size_t i = 0; i < out->dimension; i++) {
        const struct json *item = json_at(numbers, i);
        enum json_type type = json_type_of(item);
        double number =
            type == JSON_TYPE_REAL || type == JSON_TYPE_INTEGER ? json_as_real(item) : HUGE_VAL;
        if (!(fabs(number) <= (double)FLT_MAX)) {
            return refuse(err, "holds what is no number");
        }
        values[i] = (float)number;
        is_zero = is_zero && values[i] == 0;
    }
    return is_zero || vector_normalize(kernels_get(), values, out->dimension)
               ? MNEME_OK
               : refuse(err, "holds a vector without a length");
}

/* The rows of the answer as they stand in it; NULL: no array. */
static const struct json *rows_of(enum provider_dialect dialect, const struct json *answer)
{
    const struct json *rows = json_get(answer, dialect == PROVIDER_OPENAI ? "data" : "embeddings");
    return rows != NULL && json_type_of(rows) == JSON_TYPE_ARRAY ? rows : NULL;
}

/* The numbers of the item, and which text it is for. */
static const struct json *numbers_of(enum provider_dialect dialect, const struct json *item,
                                     size_t place, size_t count, size_t *row)
{
    const struct json *numbers = item;
    *row = place;
    if (dialect == PROVIDER_OPENAI) {
        const struct json *index = json_get(item, "index");
        numbers = json_get(item, "embedding");
        if (index != NULL) {
            int64_t value = json_type_of(index) == JSON_TYPE_INTEGER ? json_as_integer(index) : -1;
            *row = value >= 0 && (uint64_t)value < count ? (size_t)value : count;
        }
    }
    return numbers != NULL && json_type_of(numbers) == JSON_TYPE_ARRAY ? numbers : NULL;
}

static enum mneme_code read_rows(enum provider_dialect dialect, const struct json *rows,
                                 size_t count, struct arena *arena, struct embed_rows *out,
                                 struct mneme_error *err)
{
    bool *is_read = arena_alloc_array(arena, count, sizeof *is_read);
    enum mneme_code code = is_read ? MNEME_OK : error_nomem(err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        size_t row;
        const struct json *numbers = numbers_of(dialect, json_at(rows, i), i, count, &row);
        size_t dimension = json_count(numbers);
        if (numbers == NULL || dimension == 0 || dimension > LIMIT_DIMENSION) {
            return refuse(err, "holds a row that is no vector");
        }
        if (row == count || is_read[row]) {
            return refuse(err, "numbers its rows wrongly");
        }
        if (out->values == NULL) {
            out->dimension = dimension;
            out->values = arena_alloc_array(arena, count * dimension, sizeof *out->values);
            if (out->values == NULL) {
                return error_nomem(err);
            }
        }
        if (dimension != out->dimension) {
            return refuse(err, "has vectors of different dimensions");
        }
        is_read[row] = true;
        code = read_row(numbers, out, row, err);
    }
    return code;
}

enum mneme_code embed_wire_read(enum provider_dialect dialect, const char *body, size_t length,
                                size_t count, struct arena *arena, struct embed_rows *out,
                                struct mneme_error *err)
{
    struct json *answer;
    *out = (struct embed_rows){0};
    enum mneme_code code = json_parse(body, length, LIMIT_HTTP_ANSWER_BYTES, &answer, NULL);
    if (code != MNEME_OK) {
        return code == MNEME_NOMEM ? error_nomem(err) : refuse(err, "is no sound JSON");
    }
    const struct json *rows = rows_of(dialect, answer);
    if (rows == NULL) {
        code = refuse(err, "holds no embeddings");
    } else if (json_count(rows) != count) {
        code = refuse(err, "has another number of vectors than texts were sent");
    } else {
        code = read_rows(dialect, rows, count, arena, out, err);
    }
    json_free(answer);
    if (code != MNEME_OK) {
        *out = (struct embed_rows){0};
    }
    return code;
}

static bool take_name(const struct json *value, char out[EMBED_WIRE_NAME + 1])
{
    size_t length;
    if (value == NULL || json_type_of(value) != JSON_TYPE_TEXT) {
        return false;
    }
    const char *text = json_as_text(value, &length);
    if (length == 0 || length > EMBED_WIRE_NAME ||
        strspn(text, "abcdefghijklmnopqrstuvwxyz_") != length) {
        return false;
    }
    memcpy(out, text, length + 1);
    return true;
}

void embed_wire_error_name(const char *body, size_t length, char out[EMBED_WIRE_NAME + 1])
{
    struct json *answer;
    out[0] = '\0';
    if (json_parse(body, length, LIMIT_HTTP_ANSWER_BYTES, &answer, NULL) != MNEME_OK) {
        return;
    }
    if (!take_name(json_pointer(answer, "/error/code"), out)) {
        (void)take_name(json_pointer(answer, "/error/type"), out);
    }
    json_free(answer);
}
