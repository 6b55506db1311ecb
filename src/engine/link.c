/* Links: making, removing, listing. Both ends must be live records of this user. */
#include "base/limits.h"
#include "engine/cursor.h"
#include "engine/memory_internal.h"
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

/* The kind of a live record that may stand at an end; the one that was named, if one was. */
static enum mneme_code check_end(struct change *change, const char *id, const char *field,
                                 const char **kind_name, struct mneme_error *err)
{
    const struct kind *kind;
    union any_record record;
    struct record_name name = {.id = id};
    enum mneme_code code = record_find_any(&change->scope, &name, &kind, &record, err);
    if (code != MNEME_OK) {
        return code;
    }
    bool is_fit = kind != NULL && kind != &kind_link &&
                  record_is_live(kind, &record, change->scope.now_us) &&
                  (*kind_name == NULL || strcmp(*kind_name, kind->name) == 0);
    if (!is_fit) {
        return error_field(err, MNEME_NOT_FOUND, field, "", "no %s '%.40s'",
                           *kind_name ? *kind_name : "record", id);
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

enum mneme_code memory_link(struct change *change, const char *from, const char *to,
                            const char *relation, struct mneme_error *err)
{
    struct link known, link = {0};
    bool found;
    field_set_text(&kind_link, &link, LINK_FROM_KIND, kind_memory.name);
    field_set_text(&kind_link, &link, LINK_FROM, from);
    field_set_text(&kind_link, &link, LINK_TO_KIND, kind_memory.name);
    field_set_text(&kind_link, &link, LINK_TO, to);
    field_set_text(&kind_link, &link, LINK_RELATION, relation);
    field_set_real(&kind_link, &link, LINK_WEIGHT, 1);
    enum mneme_code code = find_by_ends(change, &link, &known, &found, err);
    return code == MNEME_OK && !found ? change_insert(change, &kind_link, &link, err) : code;
}

static enum mneme_code run_create(struct tx *tx, void *context, struct mneme_error *err)
{
    const struct linking *linking = context;
    struct change change;
    struct link known, link = *linking->ends;
    const char *from_kind = link.from_kind, *to_kind = link.to_kind;
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

/* Steps through the links behind the cursor; one whose other end is gone is passed over. */
static enum mneme_code read_links(const struct scope *scope, struct statement *statement,
                                  unsigned limit, struct record_page *out, bool *has_more,
                                  struct mneme_error *err)
{
    bool has_row = true;
    *has_more = false;
    for (;;) {
        union any_record record;
        bool is_shown = false;
        enum mneme_code code =
            row_next(statement, &kind_link, &record, scope->arena, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            return code;
        }
        code = record_is_shown(scope, &kind_link, &record, false, &is_shown, err);
        *has_more = is_shown && out->count == limit;
        if (code != MNEME_OK || *has_more) {
            db_reset(statement);
            return code;
        }
        if (is_shown) {
            out->records[out->count++] = record;
        }
    }
}

static enum mneme_code list_in(const struct snapshot *snapshot, const struct link_request *request,
                               const struct uuid *after, struct record_page *out, bool *has_more,
                               struct mneme_error *err)
{
    const struct scope *scope = &snapshot->scope;
    struct statement *statement;
    const struct record_name name = {.id = request->of};
    const struct kind *kind = NULL;
    union any_record record;
    struct uuid id;
    enum mneme_code code = MNEME_OK;
    if (snapshot->is_known) {
        code = record_find_any(scope, &name, &kind, &record, err);
    }
    bool is_shown = code == MNEME_OK && kind != NULL && kind != &kind_link &&
                    record_is_live(kind, &record, scope->now_us);
    if (code == MNEME_OK && (!is_shown || !uuid_parse(request->of, &id))) {
        code = error_field(err, MNEME_NOT_FOUND, "of", "", "no record '%.40s'", request->of);
    }
    if (code == MNEME_OK) {
        code = db_prepare(scope->db, SQL_LINK_LIST_OF, &statement, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, &id);
    db_bind_uuid(statement, 3, after);
    db_bind_text(statement, 4, request->relation);
    return read_links(scope, statement, request->page.limit, out, has_more, err);
}

enum mneme_code link_list(const struct mneme *handle, const struct link_request *request,
                          struct arena *arena, struct record_page *out, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct cursor place = {0};
    bool has_more = false;
    *out = (struct record_page){
        .records = arena_alloc_array(arena, request->page.limit, sizeof *out->records)};
    if (out->records == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = cursor_parse(handle, &request->page, arena, &place, err);
    if (code == MNEME_OK) {
        code = snapshot_begin(handle, arena, &snapshot, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    code = list_in(&snapshot, request, &place.id, out, &has_more, err);
    snapshot_end(&snapshot);
    if (code == MNEME_OK && has_more) {
        struct cursor last = {0};
        (void)uuid_parse(out->records[out->count - 1].link.id, &last.id);
        code = cursor_format(handle, &request->page, &last, arena, &out->next_cursor, err);
    }
    return code;
}
