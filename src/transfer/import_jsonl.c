/*
 * Records, one JSON object a line: `kind` (memory if it is left out, conversation, message, link) and the fields
 * that may be given of a new record. A message names its conversation by `conversation_id`, or by `conversation`,
 * the origin_key of one that an earlier line, or an earlier import, has made. Blank lines are passed over.
 */
#include "base/limits.h"
#include "engine/read.h"
#include "transfer/import_internal.h"

#include <assert.h>
#include <string.h>

struct line_reader {
    struct importing *importing;
    const struct json *object;
    uint64_t line;
    const char *origin_key;             /* of the line, for records without one */
    char live_id[UUID_TEXT_LENGTH + 1]; /* the conversation last found to be live */
};

static enum mneme_code refuse(const struct line_reader *reader, const struct mneme_error *own,
                              struct mneme_error *err)
{
    return import_refuse(reader->importing, reader->line, own, err);
}

#define MOST_SKIPPED 8

/* Reads the object's members; *is_sound is false when the line has been refused. */
static enum mneme_code read_record(const struct line_reader *reader, const struct kind *kind,
                                   void *record, bool *is_sound, struct mneme_error *err)
{
    const char *skip[MOST_SKIPPED] = {"kind", "conversation"};
    size_t skipped = 2;
    for (const char *const *name = import_names_beside(kind); *name != NULL; name++) {
        assert(skipped + 1 < MOST_SKIPPED);
        skip[skipped++] = *name;
    }
    struct mneme_error own = {0};
    struct fault_list faults;
    fault_list_init(&faults, &reader->importing->batch_arena);
    enum mneme_code code =
        record_read_json(kind, record, reader->object, RECORD_NEW, skip, "", &faults, &own);
    if (code == MNEME_OK && kind != &kind_message &&
        json_get(reader->object, "conversation") != NULL) {
        code = error_field(&own, MNEME_INVALID, "conversation", "unknown",
                           "a %s has no field 'conversation'", kind->name);
    }
    *is_sound = code == MNEME_OK;
    return *is_sound ? MNEME_OK : refuse(reader, &own, err);
}

/* Puts a record with what its line brings beside it. */
static enum mneme_code put_item(const struct line_reader *reader, struct import_item *item,
                                struct mneme_error *err)
{
    struct mneme_error own = {0};
    return import_read_beside(reader->importing, reader->object, item, &own) == MNEME_OK
               ? import_put_item(reader->importing, item, err)
               : refuse(reader, &own, err);
}

static enum mneme_code put_memory(struct line_reader *reader, struct mneme_error *err)
{
    struct import_item item = {.kind = &kind_memory, .line = reader->line};
    struct memory *record = &item.record.memory;
    bool is_sound;
    enum mneme_code code = read_record(reader, &kind_memory, record, &is_sound, err);
    if (code != MNEME_OK || !is_sound) {
        return code;
    }
    if (!field_present(record, MEMORY_ORIGIN_KEY)) {
        field_set_text(&kind_memory, record, MEMORY_ORIGIN_KEY, reader->origin_key);
    }
    return put_item(reader, &item, err);
}

/* A conversation that is there takes the line's fields with `update` alone. */
static enum mneme_code put_conversation(struct line_reader *reader, struct mneme_error *err)
{
    struct importing *importing = reader->importing;
    struct conversation record = {0}, fields;
    char id[UUID_TEXT_LENGTH + 1];
    bool is_sound;
    struct receipt receipt;
    enum mneme_code code = read_record(reader, &kind_conversation, &record, &is_sound, err);
    if (code != MNEME_OK || !is_sound) {
        return code;
    }
    if (!field_present(&record, CONVERSATION_ORIGIN_KEY)) {
        field_set_text(&kind_conversation, &record, CONVERSATION_ORIGIN_KEY, reader->origin_key);
    }
    fields = record;
    code = import_conversation(importing, reader->line, &record, id, &receipt.status, err);
    if (code != MNEME_OK || id[0] == '\0') {
        return code;
    }
    if (!importing->is_trial && receipt.status == RECEIPT_KNOWN && importing->request->update) {
        struct mneme_error own = {0};
        import_keep_changeable(&kind_conversation, &fields);
        code = conversation_update(&importing->handle, id, &fields, 0, "import",
                                   &importing->batch_arena, &receipt, &own);
        return import_settle(importing, reader->line, code, receipt.status, &own, err);
    }
    return import_settle(importing, reader->line, MNEME_OK, receipt.status, NULL, err);
}

/* Is there a live conversation of this id? */
static enum mneme_code check_id(struct line_reader *reader, const char *id, bool *is_live,
                                struct mneme_error *err)
{
    struct snapshot snapshot;
    struct conversation conversation;
    *is_live = strcmp(reader->live_id, id) == 0;
    if (*is_live) {
        return MNEME_OK;
    }
    enum mneme_code code =
        snapshot_begin(&reader->importing->handle, &reader->importing->batch_arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (snapshot.is_known) {
        code = record_find(&snapshot.scope, &kind_conversation, id, &conversation, is_live, err);
    }
    *is_live = code == MNEME_OK && *is_live &&
               record_is_live(&kind_conversation, &conversation, snapshot.scope.now_us);
    snapshot_end(&snapshot);
    if (*is_live) {
        memcpy(reader->live_id, id, UUID_TEXT_LENGTH + 1);
    }
    return code;
}

/* The conversation that a message line names, by either way. */
static enum mneme_code find_conversation(struct line_reader *reader, struct message *message,
                                         struct mneme_error *own, struct mneme_error *err)
{
    struct importing *importing = reader->importing;
    const struct json *named = json_get(reader->object, "conversation");
    char id[UUID_TEXT_LENGTH + 1];
    bool is_live;
    enum mneme_code code;
    *own = (struct mneme_error){0};
    if (named == NULL) {
        if (message->conversation_id == NULL) {
            (void)error_field(own, MNEME_INVALID, "conversation_id", "required",
                              "a message needs its conversation_id, or its conversation");
            return MNEME_OK;
        }
        code = check_id(reader, message->conversation_id, &is_live, err);
        if (code == MNEME_OK && !is_live) {
            (void)error_field(own, MNEME_NOT_FOUND, "conversation_id", "",
                              "no conversation '%.40s'", message->conversation_id);
        }
        return code;
    }
    if (json_type_of(named) != JSON_TYPE_TEXT) {
        (void)error_field(own, MNEME_INVALID, "conversation", "type",
                          "'conversation' must be the origin_key of a conversation");
        return MNEME_OK;
    }
    code = import_find_conversation(importing, json_as_text(named, NULL), id, err);
    if (code == MNEME_OK && id[0] == '\0') {
        (void)error_field(own, MNEME_NOT_FOUND, "conversation", "",
                          "no conversation has the origin_key '%.60s'", json_as_text(named, NULL));
    }
    field_set_text(&kind_message, message, MESSAGE_CONVERSATION_ID,
                   arena_text(&importing->batch_arena, id));
    return code;
}

static enum mneme_code put_message(struct line_reader *reader, struct mneme_error *err)
{
    struct import_item item = {.kind = &kind_message, .line = reader->line};
    struct message *record = &item.record.message;
    struct mneme_error own;
    bool is_sound, is_named = json_get(reader->object, "conversation_id") == NULL;
    if (is_named) {
        field_set_text(&kind_message, record, MESSAGE_CONVERSATION_ID, IMPORT_TRIAL_ID);
    }
    enum mneme_code code = read_record(reader, &kind_message, record, &is_sound, err);
    if (code != MNEME_OK || !is_sound) {
        return code;
    }
    if (is_named) {
        field_clear(&kind_message, record, MESSAGE_CONVERSATION_ID);
    }
    code = find_conversation(reader, record, &own, err);
    if (code != MNEME_OK || own.code != MNEME_OK) {
        return code == MNEME_OK ? refuse(reader, &own, err) : code;
    }
    if (!field_present(record, MESSAGE_ORIGIN_KEY)) {
        field_set_text(&kind_message, record, MESSAGE_ORIGIN_KEY, reader->origin_key);
    }
    return put_item(reader, &item, err);
}

/* Both ends must be there: what link_create asks, for a trial. */
static enum mneme_code check_ends(struct line_reader *reader, const struct link *link,
                                  struct mneme_error *own, struct mneme_error *err)
{
    const char *const ends[] = {link->from, link->to}, *const fields[] = {"from", "to"};
    struct snapshot snapshot;
    *own = (struct mneme_error){0};
    enum mneme_code code =
        snapshot_begin(&reader->importing->handle, &reader->importing->batch_arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    for (size_t i = 0; i < 2 && code == MNEME_OK && own->code == MNEME_OK; i++) {
        const struct record_name name = {.id = ends[i]};
        const struct kind *kind = NULL;
        union any_record record;
        if (snapshot.is_known) {
            code = record_find_any(&snapshot.scope, &name, &kind, &record, err);
        }
        if (code == MNEME_OK && kind == NULL) {
            (void)error_field(own, MNEME_NOT_FOUND, fields[i], "", "no record '%.40s'", ends[i]);
        }
    }
    snapshot_end(&snapshot);
    return code;
}

/* Links have no origin_key: the same ends and relation are the same link. */
static enum mneme_code put_link(struct line_reader *reader, struct mneme_error *err)
{
    struct importing *importing = reader->importing;
    struct link record = {0};
    struct mneme_error own = {0};
    struct receipt receipt = {.status = RECEIPT_KNOWN};
    bool is_sound;
    enum mneme_code code = read_record(reader, &kind_link, &record, &is_sound, err);
    if (code != MNEME_OK || !is_sound) {
        return code;
    }
    if (importing->is_trial) {
        code = check_ends(reader, &record, &own, err);
        return code == MNEME_OK && own.code != MNEME_OK ? refuse(reader, &own, err) : code;
    }
    code = link_create(&importing->handle, &record, &importing->batch_arena, &receipt, &own);
    return import_settle(importing, reader->line, code, receipt.status, &own, err);
}

static enum mneme_code put_object(struct line_reader *reader, struct mneme_error *err)
{
    const struct json *kind = json_get(reader->object, "kind");
    const char *name = kind == NULL                           ? "memory"
                       : json_type_of(kind) == JSON_TYPE_TEXT ? json_as_text(kind, NULL)
                                                              : "";
    if (strcmp(name, "memory") == 0) {
        return put_memory(reader, err);
    }
    if (strcmp(name, "conversation") == 0) {
        return put_conversation(reader, err);
    }
    if (strcmp(name, "message") == 0) {
        return put_message(reader, err);
    }
    if (strcmp(name, "link") == 0) {
        return put_link(reader, err);
    }
    struct mneme_error own;
    (void)error_field(&own, MNEME_INVALID, "kind", "choice",
                      "'kind' must be memory, conversation, message or link");
    return refuse(reader, &own, err);
}

static enum mneme_code put_line(struct line_reader *reader, const struct source_line *line,
                                struct mneme_error *err)
{
    struct importing *importing = reader->importing;
    struct mneme_error own = {0};
    struct json *object = NULL;
    reader->line = line->number;
    reader->origin_key = arena_printf(&importing->batch_arena, "jsonl:%s:%llu", importing->identity,
                                      (unsigned long long)line->number);
    if (reader->origin_key == NULL) {
        return error_nomem(err);
    }
    if (line->text == NULL) {
        (void)error_field(&own, MNEME_LIMIT, "", "max_bytes", "the line is longer than %d bytes",
                          LIMIT_LINE_BYTES);
        return refuse(reader, &own, err);
    }
    enum mneme_code code = json_parse(line->text, line->length, LIMIT_LINE_BYTES, &object, &own);
    if (code != MNEME_OK) {
        return refuse(reader, &own, err);
    }
    reader->object = object;
    code = put_object(reader, err);
    json_free(object);
    return code;
}

static bool is_blank(const struct source_line *line)
{
    return line->text != NULL && strspn(line->text, " \t") == line->length;
}

enum mneme_code import_jsonl(struct importing *importing, struct mneme_error *err)
{
    struct line_reader reader = {.importing = importing};
    struct source_line line;
    bool is_line = true;
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK) {
        code = source_next(importing->source, &line, &is_line, err);
        if (code != MNEME_OK || !is_line) {
            break;
        }
        if (!is_blank(&line)) {
            code = put_line(&reader, &line, err);
        }
        import_step(importing);
    }
    return code;
}
