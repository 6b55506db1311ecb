#include "support/labelled.h"

#include "base/limits.h"
#include "text/document.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *text_of(struct arena *arena, const struct json *line, const char *name)
{
    const struct json *value = json_get(line, name);
    if (!value || json_type_of(value) != JSON_TYPE_TEXT) return NULL;
    const char *text = json_as_text(value, NULL);
    return *text == '\0' ? NULL : arena_text(arena, text);
}

static void read_document(struct labelled_set *set, const struct json *line, size_t *capacity)
{
    set->documents = arena_grow(&set->arena, set->documents, capacity, set->document_count + 1,
                                sizeof *set->documents);
    cr_assert_not_null(set->documents);
    struct labelled_document *document = &set->documents[set->document_count++];
    *document = (struct labelled_document){.space = text_of(&set->arena, line, "ns"),
                                           .id = text_of(&set->arena, line, "id"),
                                           .time = text_of(&set->arena, line, "t"),
                                           .who = text_of(&set->arena, line, "who"),
                                           .text = text_of(&set->arena, line, "text")};
    if (!document->text) document->text = "";
}

static void read_query(struct labelled_set *set, const struct json *line, size_t *capacity)
{
    const struct json *relevant = json_get(line, "rel");
    const char **ids = arena_alloc_array(&set->arena, json_count(relevant), sizeof *ids);
    set->queries =
        arena_grow(&set->arena, set->queries, capacity, set->query_count + 1, sizeof *set->queries);
    const char *text = text_of(&set->arena, line, "q");
    cr_assert(set->queries && ids);
    for (size_t i = 0; i < json_count(relevant); i++)
        ids[i] = arena_text(&set->arena, json_as_text(json_at(relevant, i), NULL));
    set->queries[set->query_count++] =
        (struct labelled_query){.space = text_of(&set->arena, line, "ns"),
                                .text = text ? text : "",
                                .category = text_of(&set->arena, line, "cat"),
                                .relevant = ids,
                                .relevant_count = json_count(relevant)};
}

static void read_lines(struct labelled_set *set, const char *folder, const char *name,
                       const char *what,
                       void (*read)(struct labelled_set *, const struct json *, size_t *))
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%s.jsonl", folder, name, what);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "cannot open %s", path);
    char *line = NULL;
    size_t room = 0, capacity = 0;
    for (ssize_t length; (length = getline(&line, &room, file)) > 0;) {
        struct json *json;
        cr_assert_eq(json_parse(line, (size_t)length, LIMIT_LINE_BYTES, &json, NULL), MNEME_OK);
        read(set, json, &capacity);
        json_free(json);
    }
    free(line);
    fclose(file);
}

void labelled_read(struct labelled_set *set, const char *folder, const char *name)
{
    *set = (struct labelled_set){0};
    arena_init(&set->arena);
    read_lines(set, folder, name, "docs", read_document);
    read_lines(set, folder, name, "queries", read_query);
}

void labelled_clear(struct labelled_set *set)
{
    arena_clear(&set->arena);
}

static struct uuid id_of(size_t number)
{
    struct uuid id = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80}};
    for (int i = 0; i < 4; i++) id.bytes[15 - i] = (unsigned char)(number >> (8 * i));
    return id;
}

size_t labelled_number(const struct uuid *id)
{
    return (size_t)id->bytes[12] << 24 | (size_t)id->bytes[13] << 16 | (size_t)id->bytes[14] << 8 |
           id->bytes[15];
}

static const char *role_of(const char *who)
{
    static const char *const roles[] = {"user", "assistant", "system", "tool"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (strcasecmp(who, roles[i]) == 0) return roles[i];
    }
    return NULL;
}

static void put(struct partition *partition, const struct labelled_document *document,
                size_t number, struct analyzer *analyzer, const float *vector)
{
    struct arena arena;
    struct document terms;
    struct partition_row row;
    struct uuid id = id_of(number), conversation = {{1}};
    arena_init(&arena);
    struct document_source source = {.text = document->text,
                                     .speaker = document->who,
                                     .event_at_us = TIME_NONE,
                                     .date_text = document->time};
    cr_assert(document_analyze(analyzer, &source, &arena, &terms));
    partition_row_init(&row, document->who ? PARTITION_MESSAGE : PARTITION_MEMORY, &id);
    row.document = &terms;
    row.vector = vector;
    row.integers[COLUMN_CREATED_AT] = row.integers[COLUMN_EVENT_AT] = 1;
    if (document->who) {
        const char *role = role_of(document->who);
        row.conversation = &conversation;
        row.integers[COLUMN_MESSAGE_SEQ] = (int64_t)number;
        partition_row_text(&row, COLUMN_ROLE, role ? role : "user");
        partition_row_text(&row, COLUMN_SPEAKER, role ? NULL : document->who);
        partition_row_text(&row, COLUMN_SITTING, document->time);
    } else {
        partition_row_text(&row, COLUMN_NAMESPACE, "default");
        partition_row_text(&row, COLUMN_TIER, "long_term");
    }
    cr_assert_eq(partition_put(partition, &row, NULL), MNEME_OK);
    arena_clear(&arena);
}

struct partition *labelled_partition(const struct labelled_set *set, const char *space,
                                     struct analyzer *analyzer, size_t dimension,
                                     labelled_vector_fn *vector, void *context)
{
    struct partition *partition = partition_new();
    float *values = calloc(dimension + 1, sizeof *values);
    cr_assert(partition && values);
    partition_set_dimensions(partition, (const size_t[]){dimension, 0});
    for (size_t i = 0; i < set->document_count; i++) {
        if (strcmp(set->documents[i].space, space) != 0) continue;
        if (vector) vector(context, set, i, values);
        put(partition, &set->documents[i], i, analyzer, vector ? values : NULL);
    }
    free(values);
    cr_assert_eq(partition_settle(partition, 2, NULL), MNEME_OK);
    return partition;
}

bool labelled_is_relevant(const struct labelled_set *set, const struct labelled_query *query,
                          size_t document)
{
    const struct labelled_document *it = &set->documents[document];
    for (size_t i = 0; i < query->relevant_count; i++) {
        if (strcmp(query->relevant[i], it->id) != 0) continue;
        for (size_t j = document + 1; j < set->document_count; j++) {
            const struct labelled_document *later = &set->documents[j];
            if (strcmp(later->space, it->space) != 0) break;
            if (strcmp(later->id, it->id) == 0) return false;
        }
        return true;
    }
    return false;
}
