/*
 * Each step is one write transaction: the version is looked at again inside it, since another process may have been
 * faster, then come the step's statements, what a new store needs, and the version, together. A new store takes all
 * steps in one: nobody ever sees it half made, or backs it up.
 */
#include "db/migrate.h"

#include "base/strbuf.h"
#include "db/db_internal.h"

#include <assert.h>
#include <string.h>

static struct migration_list own_migrations(void)
{
    return (struct migration_list){sql_migrations, sql_migration_count};
}

static enum mneme_code read_oldest_reader(struct db *db, int *out, struct mneme_error *err)
{
    static const char key[] = "oldest_reader";
    struct statement *statement;
    bool has_row;
    *out = 0;
    enum mneme_code code = db_prepare(db, SQL_META_GET, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_text(statement, 1, key);
    code = db_step(statement, &has_row, err);
    if (code != MNEME_OK) return code;
    if (has_row) *out = (int)db_integer(statement, 0);
    db_reset(statement);
    if (has_row) return MNEME_OK;
    return error_field(err, MNEME_STORAGE, "", "corrupt", "the store does not name its readers");
}

static enum mneme_code inspect(struct db *db, struct migration_list migrations,
                               struct schema_state *out, struct mneme_error *err)
{
    struct db_schema schema;
    *out = (struct schema_state){.newest = (int)migrations.count};
    enum mneme_code code = db->ops->schema(db, &schema, err);
    if (code != MNEME_OK) return code;
    if (schema.version == 0 && schema.is_empty) return MNEME_OK;
    if (!schema.is_ours || schema.version <= 0)
        return error_field(err, MNEME_STORAGE, "", "corrupt", "the file is not a mneme store");
    out->version = schema.version;
    return read_oldest_reader(db, &out->oldest_reader, err);
}

enum mneme_code migrate_inspect(struct db *db, struct schema_state *out, struct mneme_error *err)
{
    return inspect(db, own_migrations(), out, err);
}

static enum mneme_code refuse_newer(const struct schema_state *state, struct mneme_error *err)
{
    return error_field(err, MNEME_UNSUPPORTED, "", "schema",
                       "the store has schema %d, this program knows %d; a newer mneme is needed",
                       state->version, state->newest);
}

enum mneme_code migrate_check_readable(struct db *db, struct mneme_error *err)
{
    struct schema_state state;
    enum mneme_code code = migrate_inspect(db, &state, err);
    if (code != MNEME_OK || state.version == state.newest) return code;
    if (state.version > state.newest)
        return state.oldest_reader <= state.newest ? MNEME_OK : refuse_newer(&state, err);
    return error_field(err, MNEME_UNSUPPORTED, "", "schema",
                       "the store has schema %d, this program needs %d; a writing command will "
                       "bring it up to date",
                       state.version, state.newest);
}

// --- what a new store needs ------------------------------------------------------------------

static enum mneme_code put_bytes(struct db *db, const char *key, const void *bytes, size_t length,
                                 struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(db, SQL_META_PUT, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_text(statement, 1, key);
    db_bind_bytes(statement, 2, bytes, length);
    return db_run(statement, err);
}

static enum mneme_code put_oldest_reader(struct db *db, int version, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(db, SQL_META_PUT, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_text(statement, 1, "oldest_reader");
    db_bind_integer(statement, 2, version);
    return db_run(statement, err);
}

static enum mneme_code put_node(struct db *db, const struct uuid *id, struct mneme_error *err)
{
    struct statement *statement;
    enum mneme_code code = db_prepare(db, SQL_NODE_PUT, &statement, err);
    if (code != MNEME_OK) return code;
    db_bind_uuid(statement, 1, id);
    db_bind_integer(statement, 2, 0);
    return db_run(statement, err);
}

static enum mneme_code found(struct db *db, struct mneme_error *err)
{
    enum { SIGN_KEY_BYTES = 32 };
    const struct env *env = db->options.env;
    unsigned char sign_key[SIGN_KEY_BYTES];
    struct uuid epoch, node;
    struct uuid_source source;
    uuid_source_init(&source, env);
    enum mneme_code code = uuid_next(&source, &epoch, err);
    if (code == MNEME_OK) code = uuid_next(&source, &node, err);
    uuid_source_clear(&source);
    if (code == MNEME_OK && !env->random(env->context, sign_key, sizeof sign_key))
        code = error_set(err, MNEME_INTERNAL, "the system gives no randomness");
    if (code == MNEME_OK) code = put_bytes(db, "epoch", epoch.bytes, sizeof epoch.bytes, err);
    if (code == MNEME_OK) code = put_bytes(db, "node_id", node.bytes, sizeof node.bytes, err);
    if (code == MNEME_OK) code = put_bytes(db, "sign_key", sign_key, sizeof sign_key, err);
    if (code == MNEME_OK) code = put_oldest_reader(db, 1, err);
    if (code == MNEME_OK) code = put_node(db, &node, err);
    return code;
}

// --- steps -----------------------------------------------------------------------------------

// Inside the transaction: the next step, unless another process has done all.
static enum mneme_code take_step(struct db *db, struct migration_list migrations, int *version,
                                 struct mneme_error *err)
{
    struct schema_state state;
    enum mneme_code code = inspect(db, migrations, &state, err);
    if (code != MNEME_OK) return code;
    *version = state.version;
    if (state.version > state.newest) return refuse_newer(&state, err);
    if (state.version == state.newest) return MNEME_OK;
    const struct sql_migration *next = &migrations.items[state.version];
    assert(next->version == state.version + 1);
    code = db->ops->migrate(db, next->text, next->version, err);
    if (code == MNEME_OK && next->version == 1) code = found(db, err);
    if (code == MNEME_OK) *version = next->version;
    return code;
}

static enum mneme_code back_up(struct db *db, const char *path, int version,
                               struct mneme_error *err)
{
    struct strbuf name;
    strbuf_init(&name, strlen(path) + 32);
    strbuf_printf(&name, "%s.schema-%d.bak", path, version);
    enum mneme_code code =
        strbuf_code(&name) == MNEME_OK ? db_backup(db, name.text, err) : error_nomem(err);
    if (code == MNEME_OK) log_event(db->options.log, "backup", "schema=%d", version);
    strbuf_clear(&name);
    return code;
}

enum mneme_code migrate_upgrade_with(struct db *db, const char *path,
                                     struct migration_list migrations, struct mneme_error *err)
{
    struct schema_state state;
    enum mneme_code code = inspect(db, migrations, &state, err);
    if (code != MNEME_OK) return code;
    if (state.version > state.newest) return refuse_newer(&state, err);
    if (state.version > 0 && state.version < state.newest)
        code = back_up(db, path, state.version, err);
    int version = state.version;
    while (code == MNEME_OK && version < state.newest) {
        bool is_new = version == 0;
        code = db_begin(db, DB_WRITE, err);
        if (code != MNEME_OK) break;
        do {
            code = take_step(db, migrations, &version, err);
        } while (code == MNEME_OK && is_new && version < state.newest);
        if (code == MNEME_OK) code = db_commit(db, err);
        db_rollback(db);
        if (code == MNEME_OK) log_event(db->options.log, "migrated", "schema=%d", version);
    }
    return code;
}

enum mneme_code migrate_upgrade(struct db *db, const char *path, struct mneme_error *err)
{
    return migrate_upgrade_with(db, path, own_migrations(), err);
}
