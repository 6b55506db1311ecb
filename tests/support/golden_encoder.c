#include "golden_encoder.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/limits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/data/encoder"

static char *read_file(struct arena *arena, const char *name, size_t *length)
{
    char path[128];
    snprintf(path, sizeof path, FOLDER "/%s", name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s is not there", path);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = arena_alloc(arena, *length + 1);
    cr_assert_not_null(bytes);
    cr_assert_eq(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

static struct json *parse_line(char **at)
{
    struct json *json;
    char *end = strchr(*at, '\n');
    cr_assert_not_null(end);
    cr_assert_eq(json_parse(*at, (size_t)(end - *at), LIMIT_LINE_BYTES, &json, NULL), MNEME_OK);
    *at = end + 1;
    return json;
}

static const char *text_of(const struct json *line, const char *name)
{
    const struct json *value = json_get(line, name);
    return value ? json_as_text(value, NULL) : "";
}

static void read_text(struct arena *arena, const struct json *line, struct golden_text *out)
{
    struct strbuf text;
    const struct json *times = json_get(line, "times");
    strbuf_init(&text, LIMIT_LINE_BYTES);
    strbuf_add_text(&text, text_of(line, "head"));
    for (int64_t i = times ? json_as_integer(times) : 1; i > 0; i--) {
        strbuf_add_text(&text, text_of(line, "text"));
    }
    strbuf_add_text(&text, text_of(line, "tail"));
    cr_assert_eq(strbuf_code(&text), MNEME_OK);
    out->length = text.length;
    out->text = arena_text_n(arena, text.text, text.length);
    strbuf_clear(&text);
}

static void read_ids(struct arena *arena, const struct json *line, struct golden_text *out)
{
    const struct json *ids = json_get(line, "ids");
    out->id_count = json_count(ids);
    uint32_t *copy = arena_alloc_array(arena, out->id_count, sizeof *copy);
    for (size_t i = 0; i < out->id_count; i++) {
        copy[i] = (uint32_t)json_as_integer(json_at(ids, i));
    }
    out->ids = copy;
    out->is_cut = json_as_boolean(json_get(line, "cut"));
}

void golden_encoder_read(struct golden_encoder *out)
{
    size_t length, vector_bytes;
    *out = (struct golden_encoder){0};
    arena_init(&out->arena);
    char *texts = read_file(&out->arena, "texts.jsonl", &length);
    for (const char *at = texts; (at = strchr(at, '\n')) != NULL; at++) out->count++;
    char *tokens = read_file(&out->arena, "tokens.jsonl", &length);
    const char *vectors = read_file(&out->arena, "vectors.i16", &vector_bytes);
    cr_assert_eq(vector_bytes, out->count * GOLDEN_DIMENSION * sizeof(int16_t));
    out->texts = arena_alloc_array(&out->arena, out->count, sizeof *out->texts);
    for (size_t i = 0; i < out->count; i++) {
        struct golden_text *text = &out->texts[i];
        struct json *line = parse_line(&texts);
        read_text(&out->arena, line, text);
        json_free(line);
        line = parse_line(&tokens);
        read_ids(&out->arena, line, text);
        json_free(line);
        for (size_t j = 0; j < GOLDEN_DIMENSION; j++, vectors += sizeof(int16_t)) {
            int16_t value;
            memcpy(&value, vectors, sizeof value);
            text->vector[j] = (float)value / 32767.0F;
        }
    }
}

void golden_encoder_clear(struct golden_encoder *golden)
{
    arena_clear(&golden->arena);
    *golden = (struct golden_encoder){0};
}

const char *golden_encoder_model(void)
{
    const char *folder = getenv("MNEME_TEST_MODEL");
    if (folder == NULL || *folder == '\0') {
        cr_skip_test("all-MiniLM-L6-v2 is not there; `mneme model pull` gets it");
    }
    return folder;
}
