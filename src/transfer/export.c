/* A user as JSON lines. */
#include "transfer/export.h"

#include "base/hash.h"
#include "base/limits.h"
#include "model/record.h"
#include "store/row.h"

#include <assert.h>
#include <string.h>

#define PROGRESS_LINES 500

struct exporting {
    const struct mneme *handle;
    const struct export_request *request;
    struct snapshot snapshot;
    struct strbuf line;
    struct json_writer writer;
    uint64_t line_count, done, total;
};

static void begin_line(struct exporting *exporting, const char *kind)
{
    strbuf_truncate(&exporting->line, 0);
    json_writer_init(&exporting->writer, &exporting->line);
    json_begin_object(&exporting->writer, NULL);
    if (kind != NULL) {
        json_write_text(&exporting->writer, "kind", kind);
    }
}

static enum mneme_code end_line(struct exporting *exporting, struct mneme_error *err)
{
    const struct export_request *request = exporting->request;
    json_end_object(&exporting->writer);
    enum mneme_code code = strbuf_code(&exporting->line);
    if (code != MNEME_OK) {
        return error_set(err, code, "a record cannot be written as one line");
    }
    exporting->line_count++;
    if (!request->on_line(request->context, exporting->line.text, exporting->line.length)) {
        return error_set(err, MNEME_TIMEOUT, "the export was ended by its reader");
    }
    return MNEME_OK;
}

static void step(struct exporting *exporting)
{
    const struct export_request *request = exporting->request;
    exporting->done++;
    if (request->on_progress != NULL &&
        (exporting->done % PROGRESS_LINES == 0 || exporting->done == exporting->total)) {
        request->on_progress(request->context, "export", exporting->done, exporting->total);
    }
}

static enum mneme_code write_record(struct exporting *exporting, const struct kind *kind,
                                    const void *record, struct mneme_error *err)
{
    begin_line(exporting, kind->name);
    record_write_members(kind, record, exporting->request->state ? VIEW_STATE : VIEW_EXACT,
                         &exporting->writer);
    return end_line(exporting, err);
}

static enum mneme_code write_header(struct exporting *exporting, struct mneme_error *err)
{
    char epoch[UUID_TEXT_LENGTH + 1];
    uuid_format(store_epoch(engine_store(exporting->handle)), epoch);
    begin_line(exporting, NULL);
    json_write_integer(&exporting->writer, "mneme", EXPORT_FORMAT);
    json_write_text(&exporting->writer, "version", mneme_version());
    json_write_text(&exporting->writer, "user", exporting->handle->user_name);
    json_write_text(&exporting->writer, "epoch", epoch);
    if (exporting->request->state) {
        json_write_boolean(&exporting->writer, "state", true);
    }
    return end_line(exporting, err);
}

/* Rows of a kind on their way, read one ahead, so that several streams can be merged. */
struct stream {
    const struct kind *kind; /* NULL: tombstones */
    enum sql_id sql;
    const struct uuid *of; /* of one record; NULL: of the user */
    struct statement *statement;
    struct arena arena; /* of the row */
    union any_record row;
    int64_t seq;
    bool has_row;
};

#define TOMBSTONE_SEQ 3 /* the column of a tombstone's change_seq */

static int64_t seq_of(const struct stream *stream)
{
    return stream->kind == NULL         ? db_integer(stream->statement, TOMBSTONE_SEQ)
           : stream->kind == &kind_link ? stream->row.link.change_seq
           : stream->kind->is_versioned ? stream->row.common.change_seq
                                        : 0;
}

static enum mneme_code advance(struct stream *stream, struct mneme_error *err)
{
    arena_clear(&stream->arena);
    enum mneme_code code = db_step(stream->statement, &stream->has_row, err);
    if (code == MNEME_OK && stream->has_row && stream->kind != NULL) {
        code = row_read(stream->statement, stream->kind, &stream->row, 0, &stream->arena, err);
    }
    if (code == MNEME_OK && stream->has_row) {
        stream->seq = seq_of(stream);
    }
    return code;
}

static enum mneme_code open_stream(const struct exporting *exporting, struct stream *stream,
                                   struct mneme_error *err)
{
    arena_init(&stream->arena);
    enum mneme_code code =
        db_prepare(exporting->snapshot.scope.db, stream->sql, &stream->statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(stream->statement, 1, &exporting->snapshot.scope.user);
    if (stream->of != NULL) {
        db_bind_uuid(stream->statement, 2, stream->of);
    }
    return advance(stream, err);
}

static void close_stream(struct stream *stream)
{
    if (stream->statement != NULL) {
        db_reset(stream->statement);
    }
    arena_clear(&stream->arena);
}

static enum mneme_code write_tombstone(struct exporting *exporting, struct stream *stream,
                                       struct mneme_error *err)
{
    const char *id;
    enum mneme_code code = row_id(stream->statement, 0, &stream->arena, &id, err);
    if (code != MNEME_OK) {
        return code;
    }
    begin_line(exporting, "tombstone");
    json_write_text(&exporting->writer, "record_id", id);
    json_write_text(&exporting->writer, "record_kind", db_text(stream->statement, 1, NULL));
    json_write_time(&exporting->writer, "at", db_integer(stream->statement, 2));
    return end_line(exporting, err);
}

static enum mneme_code write_row(struct exporting *exporting, struct stream *stream,
                                 struct mneme_error *err)
{
    return stream->kind != NULL ? write_record(exporting, stream->kind, &stream->row, err)
                                : write_tombstone(exporting, stream, err);
}

/* All rows of a stream. */
static enum mneme_code write_all(struct exporting *exporting, struct stream stream,
                                 struct mneme_error *err)
{
    enum mneme_code code = open_stream(exporting, &stream, err);
    while (code == MNEME_OK && stream.has_row) {
        code = write_row(exporting, &stream, err);
        if (code == MNEME_OK) {
            code = advance(&stream, err);
        }
    }
    close_stream(&stream);
    return code;
}

static enum mneme_code write_kind(struct exporting *exporting, const struct kind *kind,
                                  enum sql_id sql, struct mneme_error *err)
{
    return write_all(exporting, (struct stream){.kind = kind, .sql = sql}, err);
}

#define STREAMS 16 /* kinds that lie in the order of changes, and tombstones */

/* What has a change_seq, merged by it: no two rows of a user have the same. */
static enum mneme_code write_by_seq(struct exporting *exporting, struct mneme_error *err)
{
    struct stream streams[STREAMS] = {{.kind = NULL, .sql = SQL_EXPORT_TOMBSTONE}};
    size_t count = 1;
    for (size_t i = 0; kind_at(i) != NULL; i++) {
        if (row_statements(kind_at(i))->export != SQL_COUNT) {
            assert(count < STREAMS);
            streams[count].kind = kind_at(i);
            streams[count++].sql = row_statements(kind_at(i))->export;
        }
    }
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = open_stream(exporting, &streams[i], err);
    }
    while (code == MNEME_OK) {
        struct stream *next = NULL;
        for (size_t i = 0; i < count; i++) {
            if (streams[i].has_row && (next == NULL || streams[i].seq < next->seq)) {
                next = &streams[i];
            }
        }
        if (next == NULL) {
            break;
        }
        code = write_row(exporting, next, err);
        if (code == MNEME_OK) {
            code = advance(next, err);
        }
        if (next->kind != NULL) {
            step(exporting);
        }
    }
    for (size_t i = 0; i < count; i++) {
        close_stream(&streams[i]);
    }
    return code;
}

static enum mneme_code write_vector(struct exporting *exporting, struct statement *statement,
                                    const char *space, struct arena *arena, struct mneme_error *err)
{
    size_t length;
    const char *id;
    const void *vector = db_bytes(statement, 2, &length);
    char *encoded = arena_alloc(arena, base64_encoded_size(length));
    if (encoded == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = row_id(statement, 0, arena, &id, err);
    if (code != MNEME_OK) {
        return code;
    }
    base64_encode(vector, length, encoded);
    begin_line(exporting, "vector");
    json_write_text(&exporting->writer, "space", space);
    json_write_text(&exporting->writer, "record_id", id);
    json_write_text(&exporting->writer, "record_kind", db_text(statement, 1, NULL));
    json_write_text(&exporting->writer, "vector", encoded);
    return end_line(exporting, err);
}

static enum mneme_code write_space(struct exporting *exporting, int64_t space_id, const char *space,
                                   struct mneme_error *err)
{
    struct statement *statement;
    struct arena arena;
    bool has_row = true;
    enum mneme_code code =
        db_prepare(exporting->snapshot.scope.db, SQL_EXPORT_VECTOR, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &exporting->snapshot.scope.user);
    db_bind_integer(statement, 2, space_id);
    arena_init(&arena);
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        code = write_vector(exporting, statement, space, &arena, err);
        arena_clear(&arena);
    }
    db_reset(statement);
    arena_clear(&arena);
    return code;
}

/* The spaces of callers' own models, by name: their vectors cannot be worked out again. */
static enum mneme_code write_vectors(struct exporting *exporting, struct mneme_error *err)
{
    struct statement *statement;
    bool has_row = true;
    enum mneme_code code =
        db_prepare(exporting->snapshot.scope.db, SQL_EXPORT_SPACE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &exporting->snapshot.scope.user);
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        const char *name = db_text(statement, 1, NULL);
        if (embed_kind_of_space(name) == EMBED_CALLER) {
            code = write_space(exporting, db_integer(statement, 0), name, err);
        }
    }
    db_reset(statement);
    return code;
}

static enum mneme_code write_whole(struct exporting *exporting, struct mneme_error *err)
{
    enum mneme_code code = write_kind(exporting, &kind_change_set, SQL_EXPORT_CHANGE_SET, err);
    if (code == MNEME_OK) {
        code = write_by_seq(exporting, err);
    }
    if (code == MNEME_OK) {
        code = write_kind(exporting, &kind_evidence, SQL_EXPORT_EVIDENCE, err);
    }
    if (code == MNEME_OK) {
        code = write_kind(exporting, &kind_history, SQL_EXPORT_HISTORY, err);
    }
    return code == MNEME_OK ? write_vectors(exporting, err) : code;
}

/* The evidence of one memory, behind its line. */
static enum mneme_code write_evidence_of(struct exporting *exporting, const struct memory *memory,
                                         struct mneme_error *err)
{
    struct uuid id;
    if (!uuid_parse(memory->id, &id)) {
        return MNEME_OK;
    }
    const struct stream stream = {.kind = &kind_evidence, .sql = SQL_EVIDENCE_LIST, .of = &id};
    return write_all(exporting, stream, err);
}

static enum mneme_code write_live(struct exporting *exporting, const struct kind *kind,
                                  enum sql_id sql, struct mneme_error *err)
{
    struct stream stream = {.kind = kind, .sql = sql};
    enum mneme_code code = open_stream(exporting, &stream, err);
    while (code == MNEME_OK && stream.has_row) {
        if (record_is_live(kind, &stream.row, exporting->snapshot.scope.now_us)) {
            code = write_record(exporting, kind, &stream.row, err);
            if (code == MNEME_OK && kind == &kind_memory) {
                code = write_evidence_of(exporting, &stream.row.memory, err);
            }
        }
        if (code == MNEME_OK) {
            code = advance(&stream, err);
        }
        step(exporting);
    }
    close_stream(&stream);
    return code;
}

static enum mneme_code write_state(struct exporting *exporting, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; kind_at(i) != NULL && code == MNEME_OK; i++) {
        enum sql_id sql = row_statements(kind_at(i))->state;
        if (sql != SQL_COUNT) {
            code = write_live(exporting, kind_at(i), sql, err);
        }
    }
    return code;
}

static enum mneme_code count_rows_of(struct exporting *exporting, const struct kind *kind,
                                     struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code =
        db_prepare(exporting->snapshot.scope.db, row_statements(kind)->count, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &exporting->snapshot.scope.user);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK) {
        exporting->total += (uint64_t)db_integer(statement, 0);
        db_reset(statement);
    }
    return code;
}

static enum mneme_code count_rows(struct exporting *exporting, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; kind_at(i) != NULL && code == MNEME_OK; i++) {
        if (row_statements(kind_at(i))->count != SQL_COUNT) {
            code = count_rows_of(exporting, kind_at(i), err);
        }
    }
    return code;
}

static enum mneme_code write_user(struct exporting *exporting, struct mneme_error *err)
{
    enum mneme_code code = count_rows(exporting, err);
    if (code != MNEME_OK) {
        return code;
    }
    return exporting->request->state ? write_state(exporting, err) : write_whole(exporting, err);
}

enum mneme_code export_run(const struct mneme *handle, const struct export_request *request,
                           uint64_t *lines, struct mneme_error *err)
{
    struct exporting exporting = {.handle = handle, .request = request};
    *lines = 0;
    enum mneme_code code = snapshot_begin(handle, NULL, &exporting.snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    strbuf_init(&exporting.line, LIMIT_LINE_BYTES);
    code = write_header(&exporting, err);
    if (code == MNEME_OK && exporting.snapshot.is_known) {
        code = write_user(&exporting, err);
    }
    strbuf_clear(&exporting.line);
    snapshot_end(&exporting.snapshot);
    *lines = exporting.line_count;
    return code;
}
