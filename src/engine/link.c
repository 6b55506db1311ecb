/* Links: making, removing, listing. Both ends must be live records of this user. */
#include "base/limits.h"
#include "engine/cursor.h"
#include "engine/read.h"
#include "store/row.h"

#include <string.h>

struct linking {
    const struct mneme *handle;
    const char *id;
    const struct link *ends;
    struct arena *arena;
    struct receipt *receipt;
};

/* The kind of a live record that may stand at an end. */
static enum mneme_code check_end(struct change *change, const char *id, const char *field,
                                 const char **kind_name, struct mneme_error *err)
{
    const struct kind *kind;
    union any_record record;
    struct record_name name = {.id = id};
    *kind_name = NULL;
    enum mneme_code code = record_find_any(&change->scope, &name, &kind, &record, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (kind == NULL || kind == &kind_link ||
        !record_is_live(kind, &record, change->scope.now_us)) {
        return error_field(err, MNEME_NOT_FOUND, field, "", "no record '%.40s'", id);
    }
    *kind_name = kind->name;
    return MNEME_OK;
}

static enum mneme_code find_by_ends(struct change *change, const struct link *ends,
                                    struct link *out, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    struct uuid from, to;
    *found = false;
    memset(out, 0, sizeof *out);
    if (!uuid_parse(ends->from, &from) || !uuid_parse(ends->to, &to)) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(change->scope.db, SQL_LINK_BY_ENDS, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &from);
    db_bind_uuid(statement, 3, &to);
    db_bind_text(statement, 4, ends->relation);
    return row_find(statement, &kind_link, out, change->scope.arena, found, err);
}

static enum mneme_code run_create(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct linking *linking = context;
    struct change change;
    struct link known, link = *linking->ends;
    const char *from_kind, *to_kind;
    bool found = false;
    enum mneme_code code =
        engine_change_begin(linking->handle, &change, tx, linking->arena, "link.create", err);
    if (code == MNEME_OK) {
        code = check_end(&change, link.from, "from", &from_kind, err);
    }
    if (code == MNEME_OK) {
        code = check_end(&change, link.to, "to", &to_kind, err);
    }
    if (code == MNEME_OK) {
        code = find_by_ends(&change, &link, &known, &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (found) {
        return receipt_fill(linking->receipt, &change, known.id, RECEIPT_KNOWN, err);
    }
    field_set_text(&kind_link, &link, LINK_FROM_KIND, from_kind);
    field_set_text(&kind_link, &link, LINK_TO_KIND, to_kind);
    code = change_insert(&change, &kind_link, &link, err);
    return code == MNEME_OK ? receipt_fill(linking->receipt, &change, link.id, RECEIPT_CREATED, err)
                            : code;
}

enum mneme_code link_create(const struct mneme *handle, struct link *fields, struct arena *arena,
                            struct receipt *out, struct mneme_error *err)
{
    struct linking linking = {.handle = handle, .ends = fields, .arena = arena, .receipt = out};
    return engine_write(handle, run_create, &linking, err);
}

static enum mneme_code run_remove(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct linking *linking = context;
    struct change change;
    struct link before = {0}, after;
    struct record_name name = {.id = linking->id ? linking->id : linking->ends->from};
    bool found = false;
    enum mneme_code code =
        engine_change_begin(linking->handle, &change, tx, linking->arena, "link.remove", err);
    if (code == MNEME_OK) {
        code = linking->id != NULL
                   ? record_find(&change.scope, &kind_link, linking->id, &before, &found, err)
                   : find_by_ends(&change, linking->ends, &before, &found, err);
    }
    if (code == MNEME_OK && (!found || field_present(&before, LINK_DELETED_AT))) {
        code = record_not_found(&name, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    after = before;
    field_set_integer(&kind_link, &after, LINK_DELETED_AT, tx->now_us);
    code = change_replace(&change, &kind_link, &before, &after, err);
    return code == MNEME_OK
               ? receipt_fill(linking->receipt, &change, before.id, RECEIPT_FORGOTTEN, err)
               : code;
}

enum mneme_code link_remove(const struct mneme *handle, const char *id, const struct link *ends,
                            struct arena *arena, struct receipt *out, struct mneme_error *err)
{
    struct linking linking = {
        .handle = handle, .id = id, .ends = ends, .arena = arena, .receipt = out};
    return engine_write(handle, run_remove, &linking, err);
}

/* Reads up to limit links, and whether there are more. */
static enum mneme_code read_links(struct statement *statement, const char *relation, unsigned limit,
                                  struct arena *arena, struct record_page *out, bool *has_more,
                                  struct mneme_error *err)
{
    bool has_row = true;
    enum mneme_code code = MNEME_OK;
    *has_more = false;
    while (code == MNEME_OK) {
        struct link link = {0};
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        code = row_read(statement, &kind_link, &link, 0, arena, err);
        if (code != MNEME_OK || (relation != NULL && strcmp(link.relation, relation) != 0)) {
            continue;
        }
        if (out->count == limit) {
            *has_more = true;
            break;
        }
        out->records[out->count++].link = link;
    }
    db_reset(statement);
    return code;
}

enum mneme_code link_list(const struct mneme *handle, const char *of, const char *relation,
                          unsigned limit, const char *cursor, struct arena *arena,
                          struct record_page *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct statement *statement;
    struct cursor place = {0};
    struct uuid id;
    bool has_more = false;
    const char *list = arena_printf(arena, "links %s %s", of, relation ? relation : "");
    *out = (struct record_page){.records = arena_alloc_array(arena, limit, sizeof *out->records)};
    if (arena_failed(arena)) {
        return error_nomem(err);
    }
    enum mneme_code code =
        cursor ? cursor_parse(handle, list, cursor, arena, &place, err) : MNEME_OK;
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    if (snapshot.is_known && uuid_parse(of, &id)) {
        code = db_prepare(snapshot.scope.db, SQL_LINK_LIST_OF, &statement, err);
        if (code == MNEME_OK) {
            db_bind_uuid(statement, 1, &snapshot.scope.user);
            db_bind_uuid(statement, 2, &id);
            db_bind_uuid(statement, 3, &place.id);
            db_bind_integer(statement, 4, -1);
            code = read_links(statement, relation, limit, arena, out, &has_more, err);
        }
    }
    snapshot_end(&snapshot);
    if (code == MNEME_OK && has_more) {
        struct cursor next = {0};
        (void)uuid_parse(out->records[out->count - 1].link.id, &next.id);
        out->next_cursor = cursor_format(handle, list, &next, arena);
    }
    return code == MNEME_OK && arena_failed(arena) ? error_nomem(err) : code;
}
