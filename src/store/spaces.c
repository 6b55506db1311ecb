/* Spaces, the choice among them, and the vectors in them. */
#include "store/spaces.h"

#include "store/row.h"
#include "store/store_internal.h"

#include <assert.h>
#include <string.h>

enum mneme_code space_choice_find(struct db *db, const struct uuid *user, struct space_choice *out,
                                  struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    *out = (struct space_choice){0};
    enum mneme_code code = db_prepare(db, SQL_SPACE_CHOICE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, user);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        *out = (struct space_choice){.active_id = db_integer(statement, 0),
                                     .filling_id = db_integer(statement, 1), // NULL reads as 0
                                     .newest_id = db_integer(statement, 2)};
        db_reset(statement);
    }
    return code;
}

static enum mneme_code read_info(struct statement *statement, struct arena *arena,
                                 struct space_info *out, struct mneme_error *err)
{
    int64_t dimension = db_integer(statement, 1);
    *out =
        (struct space_info){.space_id = db_integer(statement, 0), .dimension = (size_t)dimension};
    if (dimension < 1 || dimension > LIMIT_DIMENSION) {
        return error_field(err, MNEME_STORAGE, "dimension", "corrupt",
                           "a stored 'dimension' is damaged");
    }
    enum mneme_code code = row_text(statement, 2, arena, &out->name, err);
    return code == MNEME_OK ? row_text(statement, 3, arena, &out->model, err) : code;
}

enum mneme_code space_get(const struct scope *scope, int64_t space_id, struct space_info *out,
                          bool *found, struct mneme_error *err)
{
    struct statement *statement;
    *out = (struct space_info){0};
    *found = false;
    enum mneme_code code = db_prepare(scope->db, SQL_SPACE_GET, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_integer(statement, 2, space_id);
    code = db_step(statement, found, err);
    if (code == MNEME_OK && *found) {
        code = read_info(statement, scope->arena, out, err);
        db_reset(statement);
    }
    return code;
}

static enum mneme_code count_vectors(const struct scope *scope, struct space_info *space,
                                     struct mneme_error *err)
{
    struct statement *statement;
    bool has_row;
    enum mneme_code code = db_prepare(scope->db, SQL_SPACE_COUNT, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_integer(statement, 2, space->space_id);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        space->vector_count = db_integer(statement, 0);
        db_reset(statement);
    }
    return code;
}

enum mneme_code space_list(const struct scope *scope, struct space_infos *out,
                           struct mneme_error *err)
{
    struct statement *statement;
    size_t capacity = 0;
    bool has_row = true;
    *out = (struct space_infos){0};
    enum mneme_code code = db_prepare(scope->db, SQL_SPACE_LIST, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    while (code == MNEME_OK) {
        code = db_step(statement, &has_row, err);
        if (code != MNEME_OK || !has_row) {
            break;
        }
        out->items =
            arena_grow(scope->arena, out->items, &capacity, out->count + 1, sizeof *out->items);
        code = out->items ? read_info(statement, scope->arena, &out->items[out->count++], err)
                          : error_nomem(err);
    }
    db_reset(statement);
    for (size_t i = 0; i < out->count && code == MNEME_OK; i++) {
        code = count_vectors(scope, &out->items[i], err);
    }
    return code;
}

// --- a space, made when needed -------------------------------------------------------------------

static enum mneme_code find_space(struct change *change, const char *name, struct space *out,
                                  bool *knows_model, bool *found, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_SPACE_FIND, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_text(statement, 2, name);
    code = db_step(statement, found, err);
    if (code != MNEME_OK || !*found) {
        return code;
    }
    *out = (struct space){.space_id = db_integer(statement, 0),
                          .dimension = (size_t)db_integer(statement, 1)};
    *knows_model = !db_is_null(statement, 3);
    memcpy(out->name, name, strlen(name) + 1);
    db_reset(statement);
    return MNEME_OK;
}

/* A user's first space is the one that ranking uses. */
static enum mneme_code choose_first(struct change *change, const struct space *space,
                                    struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_SPACE_CHOOSE_FIRST, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_integer(statement, 2, space->space_id);
    return db_run(statement, err);
}

/* It is read again by whoever asks next in this transaction. */
static enum mneme_code forget_choice(struct change *change, struct mneme_error *err)
{
    struct user_slot *slot;
    enum mneme_code code = tx_slot(change->tx, &change->scope.user, &slot, err);
    if (code == MNEME_OK) {
        slot->choice = (struct space_choice){0};
    }
    return code;
}

static enum mneme_code add_space(struct change *change, const struct space_name *name,
                                 struct space *out, struct mneme_error *err)
{
    struct statement *statement;
    bool found, knows_model;
    enum mneme_code code = change_make_user(change, err);
    if (code == MNEME_OK) {
        code = db_prepare(change->scope.db, SQL_SPACE_ADD, &statement, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_text(statement, 2, name->name);
    db_bind_integer(statement, 3, (int64_t)name->dimension);
    db_bind_integer(statement, 4, change->scope.now_us);
    db_bind_text(statement, 5, name->model);
    code = db_run(statement, err);
    if (code == MNEME_OK) {
        code = find_space(change, name->name, out, &knows_model, &found, err);
    }
    if (code == MNEME_OK) {
        code = choose_first(change, out, err);
    }
    return code == MNEME_OK ? forget_choice(change, err) : code;
}

static enum mneme_code note_model(struct change *change, const struct space *space,
                                  const char *model, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(change->scope.db, SQL_SPACE_SET_MODEL, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_integer(statement, 2, space->space_id);
    db_bind_text(statement, 3, model);
    return db_run(statement, err);
}

static enum mneme_code find_or_make_space(struct change *change, const struct space_name *name,
                                          struct space *out, struct mneme_error *err)
{
    bool found = false, knows_model = false;
    enum mneme_code code = find_space(change, name->name, out, &knows_model, &found, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (!found) {
        return add_space(change, name, out, err);
    }
    return name->model != NULL && !knows_model ? note_model(change, out, name->model, err)
                                               : MNEME_OK;
}

static enum mneme_code check_dimension(const struct space *space, size_t dimension,
                                       struct mneme_error *err)
{
    return space->dimension == dimension ? MNEME_OK
                                         : error_field(err, MNEME_INVALID, "vector", "dimension",
                                                       "space '%.60s' has %zu dimensions, not %zu",
                                                       space->name, space->dimension, dimension);
}

enum mneme_code change_space(struct change *change, const struct space_name *name,
                             struct space *out, struct mneme_error *err)
{
    struct user_slot *slot;
    *out = (struct space){0};
    if (strlen(name->name) >= sizeof out->name) {
        return error_field(err, MNEME_LIMIT, "space", "max_length",
                           "the space's name is longer than %zu bytes", sizeof out->name - 1);
    }
    enum mneme_code code = tx_slot(change->tx, &change->scope.user, &slot, err);
    if (code != MNEME_OK) {
        return code;
    }
    size_t at = 0;
    while (at < SLOT_SPACES &&
           (slot->spaces[at].space_id == 0 || strcmp(slot->spaces[at].name, name->name) != 0)) {
        at++;
    }
    if (at == SLOT_SPACES) {
        code = find_or_make_space(change, name, out, err);
        if (code != MNEME_OK) {
            return code;
        }
        at = slot->next_space;
        slot->next_space = (at + 1) % SLOT_SPACES;
        slot->spaces[at] = *out;
    }
    *out = slot->spaces[at];
    return check_dimension(out, name->dimension, err);
}

enum mneme_code change_choice(struct change *change, struct space_choice *out,
                              struct mneme_error *err)
{
    struct user_slot *slot;
    *out = (struct space_choice){0};
    enum mneme_code code = tx_slot(change->tx, &change->scope.user, &slot, err);
    if (code == MNEME_OK && slot->choice.active_id == 0) {
        code = space_choice_find(change->scope.db, &change->scope.user, &slot->choice, err);
    }
    if (code == MNEME_OK) {
        *out = slot->choice;
    }
    return code;
}

enum mneme_code change_set_choice(struct change *change, const struct space_choice *choice,
                                  struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = forget_choice(change, err);
    if (code == MNEME_OK) {
        code = db_prepare(change->scope.db, SQL_SPACE_CHOOSE, &statement, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_integer(statement, 2, choice->active_id);
    if (choice->filling_id != 0) {
        db_bind_integer(statement, 3, choice->filling_id);
    } else {
        db_bind_null(statement, 3);
    }
    return db_run(statement, err);
}

// --- vectors -------------------------------------------------------------------------------------

static struct uuid uuid_of(const char *record_id)
{
    struct uuid record;
    bool is_uuid = uuid_parse(record_id, &record);
    assert(is_uuid);
    (void)is_uuid;
    return record;
}

enum mneme_code change_put_late_vector(struct change *change, const struct kind *kind,
                                       const char *record_id, const struct late_vector *vector,
                                       struct mneme_error *err)
{
    struct statement *statement;
    const struct uuid record = uuid_of(record_id);
    enum mneme_code code = db_prepare(change->scope.db, SQL_VECTOR_PUT, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_integer(statement, 2, vector->space_id);
    db_bind_uuid(statement, 3, &record);
    db_bind_text(statement, 4, kind->name);
    db_bind_bytes(statement, 5, vector->vector, vector->dimension * sizeof *vector->vector);
    db_bind_integer(statement, 6, vector->seq);
    return db_run(statement, err);
}

enum mneme_code change_put_vector(struct change *change, const struct kind *kind,
                                  const char *record_id, int64_t space_id, const float *vector,
                                  size_t dimension, struct mneme_error *err)
{
    const struct late_vector own = {.space_id = space_id, .vector = vector, .dimension = dimension};
    return change_put_late_vector(change, kind, record_id, &own, err);
}

enum mneme_code change_has_vector(struct change *change, const char *record_id,
                                  const struct late_vector *vector, bool *out,
                                  struct mneme_error *err)
{
    struct statement *statement;
    const struct uuid record = uuid_of(record_id);
    bool has_row;
    *out = false;
    enum mneme_code code = db_prepare(change->scope.db, SQL_VECTOR_GET, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_integer(statement, 2, vector->space_id);
    db_bind_uuid(statement, 3, &record);
    code = db_step(statement, &has_row, err);
    if (code == MNEME_OK && has_row) {
        size_t length, expected = vector->dimension * sizeof *vector->vector;
        const void *bytes = db_bytes(statement, 0, &length);
        *out = bytes != NULL && length == expected && memcmp(bytes, vector->vector, length) == 0;
        db_reset(statement);
    }
    return code;
}

enum mneme_code change_remove_vectors(struct change *change, const char *record_id,
                                      struct mneme_error *err)
{
    struct statement *statement;
    const struct uuid record = uuid_of(record_id);
    enum mneme_code code = db_prepare(change->scope.db, SQL_VECTOR_REMOVE, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &record);
    return db_run(statement, err);
}

enum mneme_code change_empty_space(struct change *change, int64_t space_id, size_t most,
                                   size_t *removed, struct mneme_error *err)
{
    struct statement *statement;
    int64_t before = db_change_count(change->scope.db);
    *removed = 0;
    enum mneme_code code = db_prepare(change->scope.db, SQL_VECTOR_EMPTY, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_integer(statement, 2, space_id);
    db_bind_integer(statement, 3, (int64_t)most);
    code = db_run(statement, err);
    *removed = (size_t)(db_change_count(change->scope.db) - before);
    return code;
}

enum mneme_code change_note_cut(struct change *change, const struct kind *kind,
                                const char *record_id, bool is_cut, struct mneme_error *err)
{
    struct statement *statement;
    const struct uuid record = uuid_of(record_id);
    enum sql_id sql = row_statements(kind)->note_cut;
    assert(kind->is_recalled);
    enum mneme_code code = db_prepare(change->scope.db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &change->scope.user);
    db_bind_uuid(statement, 2, &record);
    db_bind_integer(statement, 3, is_cut);
    return db_run(statement, err);
}

enum mneme_code space_due(const struct scope *scope, const struct kind *kind, int64_t space_id,
                          int64_t since, size_t most, struct row_list *out, struct mneme_error *err)
{
    struct statement *statement;
    enum sql_id sql = row_statements(kind)->due;
    assert(kind->is_recalled);
    *out = (struct row_list){0};
    enum mneme_code code = db_prepare(scope->db, sql, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_integer(statement, 2, since);
    db_bind_integer(statement, 3, space_id);
    db_bind_integer(statement, 4, (int64_t)most + 1);
    return row_list(statement, kind, most, scope->arena, out, err);
}
