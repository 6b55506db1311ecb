/* When a context's prefix was begun. */
#include "store/prefix.h"

#include <string.h>

enum mneme_code prefix_find(const struct scope *scope, struct prefix_state *out,
                            struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    *out = (struct prefix_state){.generation = 1};
    enum mneme_code code = db_prepare(scope->db, SQL_PREFIX_GET, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        *out = (struct prefix_state){db_integer(statement, 0), db_integer(statement, 1)};
        db_reset(statement);
    }
    return code;
}

enum mneme_code prefix_raise(const struct scope *scope, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(scope->db, SQL_PREFIX_RAISE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_integer(statement, 2, scope->now_us);
    return db_run(statement, err);
}

bool prefix_has(const struct kind *kind, const void *record)
{
    const struct memory *memory = record;
    if (kind == &kind_memory) {
        return memory->pinned || (memory->type != NULL && strcmp(memory->type, "preference") == 0);
    }
    return kind == &kind_preference ||
           (kind == &kind_message && ((const struct message *)record)->pinned);
}

enum mneme_code prefix_note_change(const struct change *change, const struct kind *kind,
                                   const void *before, struct mneme_error *err)
{
    bool is_out = field_present(before, record_deleted_field(kind));
    return prefix_has(kind, before) && !is_out ? prefix_raise(&change->scope, err) : MNEME_OK;
}
