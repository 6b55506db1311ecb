/*
 * The export format, read back exactly: ids, times, versions, history, what was forgotten. All or nothing but for bad
 * lines: an id that the user has already ends the import with CONFLICT before anything is written.
 *
 * The source is read four times, a line at a time. First it is looked at: conversations, then the rest, for messages
 * may stand before their conversation (rows come in the order of their last changes). Then, in one write,
 * conversations are inserted, then the rest; a conversation takes its place in the order of changes when its line
 * comes by the second time. A line that was refused the first time is passed over the second.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "engine/lifecycle.h"
#include "transfer/export.h"
#include "transfer/import_internal.h"

#include <string.h>

/* Lines that are no records of the field tables. */
#define TOMBSTONE "tombstone"
#define VECTOR "vector"

enum pass { PASS_CONVERSATIONS, PASS_REST };

struct restoring {
    struct importing *importing;
    enum pass pass;
    bool is_writing;
    struct snapshot *snapshot; /* while it is looked at */
    struct change *change;     /* while it is written */
    struct map ids;            /* of records and tombstones in the file */
    struct map conversations;  /* of them those that are sound */
    struct map vectors;        /* records that bring vectors of the caller's model */
    struct import_result counts;
    /* the line at hand */
    uint64_t line;
    const struct json *object;
    struct arena arena;
};

static enum mneme_code refuse(struct restoring *restoring, enum mneme_code own_code,
                              const char *field, const char *rule, const char *message,
                              struct mneme_error *err)
{
    struct mneme_error own;
    if (arena_failed(&restoring->arena)) {
        return error_nomem(err); // and the line may be sound
    }
    (void)error_field(&own, own_code, field, rule, "%s", message);
    return import_refuse(restoring->importing, restoring->line, &own, err);
}

/* A line that cannot be read was refused when it was looked at, unless it is for want of memory. */
static enum mneme_code pass_over(const struct restoring *restoring, struct mneme_error *err)
{
    return arena_failed(&restoring->arena) ? error_nomem(err) : MNEME_OK;
}

static bool has_id(const struct map *map, const char *id)
{
    return map_find(map, id, strlen(id)) != MAP_NONE;
}

static enum mneme_code add_id(struct map *map, const char *id, bool *is_new,
                              struct mneme_error *err)
{
    return map_put(map, id, strlen(id), 1, is_new) != MAP_NONE ? MNEME_OK : error_nomem(err);
}

/* Ends the import: the user has a row of this id, or has purged one. */
static enum mneme_code check_absent(struct restoring *restoring, const char *id,
                                    struct mneme_error *err)
{
    const struct snapshot *snapshot = restoring->snapshot;
    const struct record_name name = {.id = id};
    const struct kind *kind = NULL;
    union any_record record;
    struct statement *statement;
    struct uuid uuid;
    bool has_row = false;
    if (!snapshot->is_known || !uuid_parse(id, &uuid)) {
        return MNEME_OK;
    }
    enum mneme_code code = record_find_any(&snapshot->scope, &name, &kind, &record, err);
    if (code == MNEME_OK && kind == NULL) {
        code = db_prepare(snapshot->scope.db, SQL_TOMBSTONE_FIND, &statement, err);
        if (code == MNEME_OK) {
            db_bind_uuid(statement, 1, &snapshot->scope.user);
            db_bind_uuid(statement, 2, &uuid);
            code = db_step(statement, &has_row, err);
            db_reset(statement);
        }
    }
    return code == MNEME_OK && (kind != NULL || has_row)
               ? error_field(err, MNEME_CONFLICT, "id", "unique",
                             "line %llu: the user has a record '%s' already; nothing was written",
                             (unsigned long long)restoring->line, id)
               : code;
}

/* A new id of the file; *is_sound false: it came before, and the line is refused. */
static enum mneme_code take_id(struct restoring *restoring, const char *id, bool *is_sound,
                               struct mneme_error *err)
{
    enum mneme_code code = add_id(&restoring->ids, id, is_sound, err);
    if (code != MNEME_OK) {
        return code;
    }
    return *is_sound ? check_absent(restoring, id, err)
                     : refuse(restoring, MNEME_CONFLICT, "id", "unique",
                              "the id stands in the file twice", err);
}

static const char *text_of(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value != NULL && json_type_of(value) == JSON_TYPE_TEXT ? json_as_text(value, NULL)
                                                                  : NULL;
}

/* A UUID member, in lower case; NULL if it is none. */
static const char *id_of(struct restoring *restoring, const char *name)
{
    const char *text = text_of(restoring->object, name);
    char *out = arena_alloc(&restoring->arena, UUID_TEXT_LENGTH + 1);
    struct uuid id;
    if (text == NULL || out == NULL || !uuid_parse(text, &id)) {
        return NULL;
    }
    uuid_format(&id, out);
    return out;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* The line as a record; *is_sound false: it has been refused. */
static enum mneme_code read_row(struct restoring *restoring, const struct kind *kind,
                                union any_record *row, bool *is_sound, struct mneme_error *err)
{
    static const char *const skip[] = {"kind", NULL};
    struct mneme_error own = {0};
    struct fault_list faults;
    memset(row, 0, sizeof *row);
    fault_list_init(&faults, &restoring->arena);
    enum mneme_code code =
        record_read_json(kind, row, restoring->object, RECORD_EXACT, skip, "", &faults, &own);
    *is_sound = code == MNEME_OK;
    if (code == MNEME_OK || (restoring->is_writing && code != MNEME_NOMEM)) {
        return MNEME_OK; // what is refused was refused when it was looked at
    }
    return import_refuse(restoring->importing, restoring->line, &own, err);
}

/* Of what lives and dies with its conversation; else NULL. */
static const char *conversation_of(const struct kind *kind, const union any_record *row)
{
    return kind == &kind_message   ? row->message.conversation_id
           : kind == &kind_summary ? row->summary.conversation_id
                                   : NULL;
}

static enum mneme_code look_at_row(struct restoring *restoring, const struct kind *kind,
                                   struct mneme_error *err)
{
    union any_record row;
    bool is_sound, is_new;
    enum mneme_code code = read_row(restoring, kind, &row, &is_sound, err);
    bool has_own_id = kind->is_versioned || kind == &kind_link;
    if (code != MNEME_OK || !is_sound || !has_own_id) {
        return code;
    }
    const char *conversation = conversation_of(kind, &row);
    if (conversation != NULL && !has_id(&restoring->conversations, conversation)) {
        return refuse(restoring, MNEME_NOT_FOUND, "conversation_id", "",
                      "its conversation is not in the file", err);
    }
    code = take_id(restoring, row.common.id, &is_sound, err);
    if (code == MNEME_OK && is_sound && kind == &kind_conversation) {
        code = add_id(&restoring->conversations, row.common.id, &is_new, err);
    }
    return code;
}

/* What a tombstone line says. */
struct tombstone {
    const struct kind *kind;
    const char *id;
    int64_t at_us;
};

static bool read_tombstone(struct restoring *restoring, struct tombstone *out)
{
    const char *kind = text_of(restoring->object, "record_kind");
    const char *at = text_of(restoring->object, "at");
    out->id = id_of(restoring, "record_id");
    out->kind = kind ? kind_find(kind) : NULL;
    return out->id != NULL && out->kind != NULL &&
           (out->kind->is_versioned || out->kind == &kind_link) && at != NULL &&
           time_parse(at, &out->at_us);
}

static enum mneme_code look_at_tombstone(struct restoring *restoring, struct mneme_error *err)
{
    struct tombstone tombstone;
    bool is_sound;
    return read_tombstone(restoring, &tombstone)
               ? take_id(restoring, tombstone.id, &is_sound, err)
               : refuse(restoring, MNEME_INVALID, "record_id", "format",
                        "a tombstone has record_id, record_kind and at", err);
}

/* What a vector line says. */
struct vector_line {
    const char *space, *id;
    const struct kind *kind;
    float *vector;
    size_t dimension;
};

/* Vectors are stored with length 1, and come back to the bit. */
static bool is_unit(const float *vector, size_t dimension)
{
    double sum = 0;
    for (size_t i = 0; i < dimension; i++) {
        sum += (double)vector[i] * (double)vector[i];
    }
    return sum > .999 && sum < 1.001;
}

static bool read_vector(struct restoring *restoring, struct vector_line *out)
{
    const char *kind = text_of(restoring->object, "record_kind");
    const char *text = text_of(restoring->object, "vector");
    size_t capacity = LIMIT_DIMENSION * sizeof(float), length = 0;
    out->space = text_of(restoring->object, "space");
    out->id = id_of(restoring, "record_id");
    out->kind = kind ? kind_find(kind) : NULL;
    out->vector = arena_alloc(&restoring->arena, capacity);
    bool is_there = out->space != NULL && *out->space != '\0' && out->id != NULL &&
                    out->kind != NULL && out->kind->is_recalled && text != NULL &&
                    out->vector != NULL && base64_decode(text, out->vector, capacity, &length) &&
                    length > 0 && length % sizeof(float) == 0;
    out->dimension = length / sizeof(float);
    return is_there && is_unit(out->vector, out->dimension);
}

static enum mneme_code look_at_vector(struct restoring *restoring, struct mneme_error *err)
{
    struct vector_line line;
    bool is_new;
    return read_vector(restoring, &line)
               ? add_id(&restoring->vectors, line.id, &is_new, err)
               : refuse(restoring, MNEME_INVALID, "vector", "format",
                        "a vector has space, record_id, record_kind and its numbers, of length 1",
                        err);
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Embeds a record unless it brings the vectors of a model of the caller's. */
static enum mneme_code put_vector(struct restoring *restoring, const struct kind *kind,
                                  const union any_record *row, struct mneme_error *err)
{
    struct arena *arena = &restoring->arena;
    struct prepared_vector vector;
    if (has_id(&restoring->vectors, row->common.id)) {
        return MNEME_OK;
    }
    const char *text = record_embedded_text(kind, row, arena);
    if (text == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code =
        prepare_vectors(&restoring->importing->handle, &text, 1, arena, &vector, NULL, err);
    return code == MNEME_OK ? prepared_vector_put(&restoring->importing->handle, restoring->change,
                                                  kind, row->common.id, &vector, err)
                            : code;
}

static enum mneme_code insert_row(struct restoring *restoring, const struct kind *kind,
                                  union any_record *row, struct mneme_error *err)
{
    struct arena *arena = &restoring->arena;
    enum mneme_code code = prepare_record(&restoring->importing->handle, kind, row, arena, err);
    if (code == MNEME_OK) {
        code = change_insert_exact(restoring->change, kind, row, err);
    }
    return code == MNEME_OK && kind->is_recalled ? put_vector(restoring, kind, row, err) : code;
}

static bool is_taken(const struct restoring *restoring, const struct kind *kind,
                     const union any_record *row)
{
    const char *conversation = conversation_of(kind, row);
    return conversation == NULL || has_id(&restoring->conversations, conversation);
}

static enum mneme_code write_row(struct restoring *restoring, const struct kind *kind,
                                 struct mneme_error *err)
{
    union any_record row;
    bool is_sound, is_new = true;
    enum mneme_code code = read_row(restoring, kind, &row, &is_sound, err);
    if (code != MNEME_OK || !is_sound || !is_taken(restoring, kind, &row)) {
        return code;
    }
    bool is_record = kind->is_versioned || kind == &kind_link;
    bool is_second = kind == &kind_conversation && restoring->pass == PASS_REST;
    if (is_record && !is_second) {
        code = add_id(&restoring->ids, row.common.id, &is_new, err);
    }
    if (code != MNEME_OK || !is_new) {
        return code;
    }
    if (is_second) {
        field_set_text(kind, &row, COMMON_USER_ID, restoring->change->user_text);
        return change_replace_quiet(restoring->change, kind, &row, err);
    }
    code = insert_row(restoring, kind, &row, err);
    restoring->counts.added += code == MNEME_OK && is_record;
    return code;
}

static enum mneme_code write_tombstone(struct restoring *restoring, struct mneme_error *err)
{
    struct tombstone tombstone;
    struct uuid id;
    bool is_new;
    if (!read_tombstone(restoring, &tombstone) || !uuid_parse(tombstone.id, &id)) {
        return pass_over(restoring, err);
    }
    enum mneme_code code = add_id(&restoring->ids, tombstone.id, &is_new, err);
    return code == MNEME_OK && is_new
               ? change_put_tombstone(restoring->change, tombstone.kind, &id, tombstone.at_us, err)
               : code;
}

static enum mneme_code write_vector(struct restoring *restoring, struct mneme_error *err)
{
    struct vector_line line;
    if (!read_vector(restoring, &line) || !has_id(&restoring->ids, line.id)) {
        return pass_over(restoring, err);
    }
    const struct prepared_vector vector = {
        .vector = line.vector, .dimension = line.dimension, .space = line.space, .is_given = true};
    return prepared_vector_put(&restoring->importing->handle, restoring->change, line.kind, line.id,
                               &vector, err);
}

/* --- the source, line by line ----------------------------------------------------------------- */

static enum mneme_code take_object(struct restoring *restoring, struct mneme_error *err)
{
    const char *name = text_of(restoring->object, "kind");
    const struct kind *kind = name ? kind_find(name) : NULL;
    bool is_writing = restoring->is_writing;
    if (kind == &kind_user) {
        kind = NULL;
    }
    if (restoring->pass == PASS_CONVERSATIONS) {
        if (kind != &kind_conversation) {
            return name != NULL && !is_writing && strcmp(name, VECTOR) == 0
                       ? look_at_vector(restoring, err)
                       : MNEME_OK;
        }
        return is_writing ? write_row(restoring, kind, err) : look_at_row(restoring, kind, err);
    }
    if (kind == &kind_conversation && !is_writing) {
        return MNEME_OK;
    }
    if (kind != NULL) {
        return is_writing ? write_row(restoring, kind, err) : look_at_row(restoring, kind, err);
    }
    if (name != NULL && strcmp(name, TOMBSTONE) == 0) {
        return is_writing ? write_tombstone(restoring, err) : look_at_tombstone(restoring, err);
    }
    if (name != NULL && strcmp(name, VECTOR) == 0) {
        return is_writing ? write_vector(restoring, err) : MNEME_OK;
    }
    return is_writing ? MNEME_OK
                      : refuse(restoring, MNEME_INVALID, "kind", "choice",
                               "the line is of no kind that exports have", err);
}

static enum mneme_code check_header(const struct json *object, struct mneme_error *err)
{
    const struct json *format = json_get(object, "mneme"), *state = json_get(object, "state");
    if (format == NULL || json_type_of(format) != JSON_TYPE_INTEGER) {
        return error_field(err, MNEME_INVALID, "path", "format",
                           "an export begins with its header line");
    }
    if (json_as_integer(format) != EXPORT_FORMAT) {
        return error_field(err, MNEME_UNSUPPORTED, "path", "newer",
                           "the export has format %lld, and this mneme reads format %d",
                           (long long)json_as_integer(format), EXPORT_FORMAT);
    }
    return state == NULL ? MNEME_OK
                         : error_field(err, MNEME_INVALID, "path", "format",
                                       "an export of the state alone cannot be imported");
}

static enum mneme_code take_line(struct restoring *restoring, const struct source_line *line,
                                 bool *has_header, struct mneme_error *err)
{
    struct mneme_error own = {0};
    struct json *object = NULL;
    bool is_first = !restoring->is_writing && restoring->pass == PASS_CONVERSATIONS;
    enum mneme_code code =
        line->text ? json_parse(line->text, line->length, LIMIT_LINE_BYTES, &object, &own)
                   : error_field(&own, MNEME_LIMIT, "", "max_bytes",
                                 "the line is longer than %d bytes", LIMIT_LINE_BYTES);
    if (code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    if (!*has_header) {
        *has_header = true;
        code = check_header(object, err);
    } else if (code != MNEME_OK) {
        code = is_first ? import_refuse(restoring->importing, line->number, &own, err) : MNEME_OK;
    } else {
        restoring->object = object;
        code = take_object(restoring, err);
    }
    json_free(object);
    return code;
}

/* Once through the source. Errors of a write name the line that they are of. */
static enum mneme_code walk(struct restoring *restoring, enum pass pass, struct mneme_error *err)
{
    struct importing *importing = restoring->importing;
    struct mneme_error own = {0};
    struct source_line line;
    bool is_line = true, has_header = false;
    restoring->pass = pass;
    enum mneme_code code = source_rewind(importing->source, &own);
    while (code == MNEME_OK) {
        code = source_next(importing->source, &line, &is_line, &own);
        if (code != MNEME_OK || !is_line) {
            break;
        }
        restoring->line = line.number;
        if (line.text == NULL || strspn(line.text, " \t") < line.length) {
            code = take_line(restoring, &line, &has_header, &own);
        }
        arena_clear(&restoring->arena);
        if (restoring->is_writing && pass == PASS_REST) {
            import_step(importing);
        }
    }
    if (code == MNEME_OK && !has_header) {
        return error_field(err, MNEME_INVALID, "path", "format",
                           "an export begins with its header line");
    }
    if (code == MNEME_CONFLICT && restoring->is_writing) {
        return error_field(err, code, own.field, own.rule, "line %llu: %.100s; nothing was written",
                           (unsigned long long)restoring->line, own.message);
    }
    return code == MNEME_OK ? MNEME_OK : error_copy(err, &own);
}

static enum mneme_code look(struct restoring *restoring, struct mneme_error *err)
{
    struct snapshot snapshot;
    enum mneme_code code =
        snapshot_begin(&restoring->importing->handle, &restoring->arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    restoring->snapshot = &snapshot;
    code = walk(restoring, PASS_CONVERSATIONS, err);
    if (code == MNEME_OK) {
        code = walk(restoring, PASS_REST, err);
    }
    snapshot_end(&snapshot);
    restoring->snapshot = NULL;
    return code;
}

static enum mneme_code run_restore(struct tx *tx, void *context, struct mneme_error *err)
{
    struct restoring *restoring = context;
    const struct change_options options = {.user_name = restoring->importing->handle.user_name,
                                           .origin = "import",
                                           .operation = "import",
                                           .is_exact = true};
    struct change change;
    restoring->counts = (struct import_result){0};
    restoring->importing->done = 0;
    restoring->is_writing = true;
    restoring->change = &change;
    map_clear(&restoring->ids);
    enum mneme_code code = change_begin(&change, tx, &restoring->arena, &options, err);
    if (code == MNEME_OK) {
        code = walk(restoring, PASS_CONVERSATIONS, err);
    }
    return code == MNEME_OK ? walk(restoring, PASS_REST, err) : code;
}

static enum mneme_code restore(struct restoring *restoring, struct mneme_error *err)
{
    struct importing *importing = restoring->importing;
    enum mneme_code code = look(restoring, err);
    if (code == MNEME_OK && !importing->is_trial) {
        code = engine_write(&importing->handle, run_restore, restoring, err);
        importing->result->added = code == MNEME_OK ? restoring->counts.added : 0;
    }
    return code;
}

enum mneme_code import_mneme(struct importing *importing, struct mneme_error *err)
{
    struct restoring restoring = {.importing = importing};
    arena_init(&restoring.arena);
    map_init(&restoring.ids);
    map_init(&restoring.conversations);
    map_init(&restoring.vectors);
    enum mneme_code code = restore(&restoring, err);
    map_clear(&restoring.ids);
    map_clear(&restoring.conversations);
    map_clear(&restoring.vectors);
    arena_clear(&restoring.arena);
    return code;
}
