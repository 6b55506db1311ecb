/* Reading labelled sets. */
#include "transfer/evalset.h"

#include "base/json.h"
#include "base/limits.h"
#include "transfer/source.h"

#include <stdio.h>
#include <string.h>

/* Names numbered in the order in which they come. */
struct numbering {
    struct map map;
    const char **names;
    size_t count, capacity;
};

struct reader {
    struct evalset *set;
    const char *field; /* docs or queries */
    uint64_t line;
    struct numbering spaces, categories, sittings;
    struct map documents; /* spaces and ids to documents */
    size_t document_capacity, query_capacity;
};

static enum mneme_code refuse(const struct reader *reader, const char *rule, const char *what,
                              struct mneme_error *err)
{
    return error_field(err, MNEME_INVALID, reader->field, rule, "line %llu of %s: %.90s",
                       (unsigned long long)reader->line, reader->field, what);
}

/* A text, or a whole number written as one, since sets number their documents so; else NULL. */
static const char *text_of(struct arena *arena, const struct json *value)
{
    return json_type_of(value) == JSON_TYPE_TEXT ? arena_text(arena, json_as_text(value, NULL))
           : json_type_of(value) == JSON_TYPE_INTEGER
               ? arena_printf(arena, "%lld", (long long)json_as_integer(value))
               : NULL;
}

/* A text member; null and absent are NULL. */
static enum mneme_code read_text(const struct reader *reader, const struct json *object,
                                 const char *name, bool is_required, const char **out,
                                 struct mneme_error *err)
{
    const struct json *value = json_get(object, name);
    char what[64];
    *out = NULL;
    if (value == NULL || json_type_of(value) == JSON_TYPE_NULL) {
        snprintf(what, sizeof what, "'%s' is missing", name);
        return is_required ? refuse(reader, "required", what, err) : MNEME_OK;
    }
    *out = text_of(&reader->set->arena, value);
    if (arena_failed(&reader->set->arena)) {
        return error_nomem(err);
    }
    snprintf(what, sizeof what, "'%s' must be a text", name);
    return *out ? MNEME_OK : refuse(reader, "type", what, err);
}

/* One that is empty is as good as none. */
static const char *unless_empty(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

/* The number of a name, which lives in the set's arena. */
static enum mneme_code number_of(struct reader *reader, struct numbering *numbering,
                                 const char *name, uint32_t *out, struct mneme_error *err)
{
    bool is_new;
    *out = map_put(&numbering->map, name, strlen(name), (uint32_t)numbering->count, &is_new);
    if (*out == MAP_NONE) {
        return error_nomem(err);
    }
    if (!is_new) {
        return MNEME_OK;
    }
    numbering->names = arena_grow(&reader->set->arena, numbering->names, &numbering->capacity,
                                  numbering->count + 1, sizeof *numbering->names);
    if (numbering->names == NULL) {
        return error_nomem(err);
    }
    numbering->names[numbering->count++] = name;
    return MNEME_OK;
}

static enum mneme_code space_of(struct reader *reader, const struct json *object, uint32_t *out,
                                struct mneme_error *err)
{
    const char *name;
    enum mneme_code code = read_text(reader, object, "ns", true, &name, err);
    return code == MNEME_OK ? number_of(reader, &reader->spaces, name, out, err) : code;
}

/* Sittings of two spaces that have one date are two. */
static enum mneme_code sitting_of(struct reader *reader, uint32_t space, const char *time,
                                  uint32_t *out, struct mneme_error *err)
{
    *out = EVALSET_NONE;
    if (time == NULL) {
        return MNEME_OK;
    }
    const char *name = arena_printf(&reader->set->arena, "%u:%s", (unsigned)space, time);
    return name ? number_of(reader, &reader->sittings, name, out, err) : error_nomem(err);
}

/* The map from a space and an id to the document; the last one with the id counts. */
static enum mneme_code name_document(struct reader *reader, uint32_t space, const char *id,
                                     uint32_t document, struct mneme_error *err)
{
    bool is_new;
    const char *name = arena_printf(&reader->set->arena, "%u:%s", (unsigned)space, id);
    if (name == NULL ||
        map_put(&reader->documents, name, strlen(name), document, &is_new) == MAP_NONE) {
        return error_nomem(err);
    }
    map_set(&reader->documents, name, strlen(name), document);
    return MNEME_OK;
}

static enum mneme_code read_document(struct reader *reader, const struct json *object,
                                     struct mneme_error *err)
{
    struct evalset *set = reader->set;
    struct evalset_document document = {.line = reader->line};
    const char *id = NULL;
    enum mneme_code code = space_of(reader, object, &document.space, err);
    if (code == MNEME_OK) {
        code = read_text(reader, object, "id", true, &id, err);
    }
    if (code == MNEME_OK) {
        code = read_text(reader, object, "t", false, &document.time, err);
    }
    if (code == MNEME_OK) {
        code = read_text(reader, object, "who", false, &document.who, err);
    }
    if (code == MNEME_OK) {
        code = read_text(reader, object, "text", true, &document.text, err);
    }
    document.time = unless_empty(document.time);
    document.who = unless_empty(document.who);
    if (code == MNEME_OK) {
        code = sitting_of(reader, document.space, document.time, &document.sitting, err);
    }
    if (code == MNEME_OK) {
        code = name_document(reader, document.space, id, (uint32_t)set->document_count, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    set->documents = arena_grow(&set->arena, set->documents, &reader->document_capacity,
                                set->document_count + 1, sizeof *set->documents);
    if (set->documents == NULL) {
        return error_nomem(err);
    }
    set->documents[set->document_count++] = document;
    return MNEME_OK;
}

static enum mneme_code read_evidence(struct reader *reader, const struct json *object,
                                     struct evalset_query *query, struct mneme_error *err)
{
    const struct json *ids = json_get(object, "rel");
    struct arena *arena = &reader->set->arena;
    uint32_t *evidence = arena_alloc_array(arena, json_count(ids) + 1, sizeof *evidence);
    if (ids == NULL || json_type_of(ids) != JSON_TYPE_ARRAY) {
        return refuse(reader, "type", "'rel' must be a list of ids", err);
    }
    for (size_t i = 0; i < json_count(ids) && evidence != NULL; i++) {
        const char *id = text_of(arena, json_at(ids, i));
        const char *name = id ? arena_printf(arena, "%u:%s", (unsigned)query->space, id) : NULL;
        if (name == NULL) {
            return arena_failed(arena) ? error_nomem(err)
                                       : refuse(reader, "type", "'rel' must be a list of ids", err);
        }
        uint32_t document = map_find(&reader->documents, name, strlen(name));
        bool is_new = document != MAP_NONE;
        for (size_t j = 0; j < query->evidence_count; j++) {
            is_new = is_new && evidence[j] != document;
        }
        if (is_new) {
            evidence[query->evidence_count++] = document;
        }
    }
    query->evidence = evidence;
    return evidence ? MNEME_OK : error_nomem(err);
}

static enum mneme_code read_query(struct reader *reader, const struct json *object,
                                  struct mneme_error *err)
{
    struct evalset *set = reader->set;
    struct evalset_query query = {.category = EVALSET_NONE};
    const char *category = NULL;
    enum mneme_code code = space_of(reader, object, &query.space, err);
    if (code == MNEME_OK) {
        code = read_text(reader, object, "q", true, &query.text, err);
    }
    if (code == MNEME_OK) {
        code = read_text(reader, object, "cat", false, &category, err);
    }
    if (code == MNEME_OK && category != NULL) {
        code = number_of(reader, &reader->categories, category, &query.category, err);
    }
    if (code == MNEME_OK) {
        code = read_evidence(reader, object, &query, err);
    }
    if (code == MNEME_OK && query.evidence_count == 0) {
        set->unanswerable_count++;
        return MNEME_OK;
    }
    if (code != MNEME_OK) {
        return code;
    }
    set->queries = arena_grow(&set->arena, set->queries, &reader->query_capacity,
                              set->query_count + 1, sizeof *set->queries);
    if (set->queries == NULL) {
        return error_nomem(err);
    }
    set->queries[set->query_count++] = query;
    return MNEME_OK;
}

static enum mneme_code read_line(struct reader *reader, const struct source_line *line,
                                 enum mneme_code (*read)(struct reader *, const struct json *,
                                                         struct mneme_error *),
                                 struct mneme_error *err)
{
    struct mneme_error own;
    struct json *object;
    reader->line = line->number;
    if (line->text == NULL) {
        return refuse(reader, "max_bytes", "it is too long", err);
    }
    if (strspn(line->text, " \t") == line->length) {
        return MNEME_OK;
    }
    enum mneme_code code = json_parse(line->text, line->length, LIMIT_LINE_BYTES, &object, &own);
    if (code != MNEME_OK) {
        return code == MNEME_NOMEM ? error_nomem(err) : refuse(reader, "json", own.message, err);
    }
    code = json_type_of(object) == JSON_TYPE_OBJECT
               ? read(reader, object, err)
               : refuse(reader, "type", "it must be an object", err);
    json_free(object);
    return code;
}

static enum mneme_code read_file(struct reader *reader, const char *path, const char *field,
                                 enum mneme_code (*read)(struct reader *, const struct json *,
                                                         struct mneme_error *),
                                 struct mneme_error *err)
{
    struct source *source;
    struct source_line line;
    bool is_line = true;
    reader->field = field;
    enum mneme_code code = source_open(path, field, &source, err);
    while (code == MNEME_OK) {
        code = source_next(source, &line, &is_line, err);
        if (code != MNEME_OK || !is_line) {
            break;
        }
        code = read_line(reader, &line, read, err);
    }
    source_close(source);
    return code;
}

enum mneme_code evalset_read(struct evalset *set, const char *docs_path, const char *queries_path,
                             struct mneme_error *err)
{
    struct reader reader = {.set = set};
    *set = (struct evalset){0};
    arena_init(&set->arena);
    map_init(&reader.spaces.map);
    map_init(&reader.categories.map);
    map_init(&reader.sittings.map);
    map_init(&reader.documents);
    enum mneme_code code = read_file(&reader, docs_path, "docs", read_document, err);
    if (code == MNEME_OK) {
        code = read_file(&reader, queries_path, "queries", read_query, err);
    }
    set->spaces = reader.spaces.names;
    set->space_count = reader.spaces.count;
    set->categories = reader.categories.names;
    set->category_count = reader.categories.count;
    set->sitting_count = reader.sittings.count;
    map_clear(&reader.spaces.map);
    map_clear(&reader.categories.map);
    map_clear(&reader.sittings.map);
    map_clear(&reader.documents);
    return code;
}

void evalset_clear(struct evalset *set)
{
    arena_clear(&set->arena);
}
