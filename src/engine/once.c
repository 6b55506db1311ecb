#include "engine/once.h"

#include <string.h>

struct asking {
    const struct mneme *handle;
    const struct once *once;
    once_fn *run;
    void *run_context;
    struct arena *arena;
    const char *reply;
    bool is_repeat;
    /* What the run failed with before it had written anything: then nobody else's transaction need fail. */
    enum mneme_code refused;
    struct mneme_error error;
};

static void bind_key(struct statement *statement, const struct asking *asking,
                     const struct uuid *user)
{
    db_bind_uuid(statement, 1, user);
    db_bind_text(statement, 2, asking->handle->principal);
    db_bind_text(statement, 3, asking->once->operation);
    db_bind_text(statement, 4, asking->once->key);
}

static enum mneme_code find_reply(struct tx *tx, struct asking *asking, struct mneme_error *err)
{
    struct uuid user;
    int64_t change_seq;
    struct statement *statement;
    size_t length;
    bool found;
    enum mneme_code code =
        store_find_user(tx->db, asking->handle->user_name, &user, &change_seq, &found, err);
    if (code != MNEME_OK || !found) {
        return code;
    }
    code = db_prepare(tx->db, SQL_REPLY_FIND, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    bind_key(statement, asking, &user);
    db_bind_integer(statement, 5, tx->now_us - LIMIT_REPLY_US);
    code = db_step(statement, &found, err);
    if (code != MNEME_OK || !found) {
        return code;
    }
    const void *digest = db_bytes(statement, 0, &length);
    bool is_same =
        length == SHA256_BYTES && memcmp(digest, asking->once->digest, SHA256_BYTES) == 0;
    const char *text = db_text(statement, 1, &length);
    asking->reply = arena_text_n(asking->arena, text, length);
    asking->is_repeat = true;
    db_reset(statement);
    if (!is_same) {
        asking->refused = error_field(&asking->error, MNEME_CONFLICT, "", "idempotency",
                                      "the key was used for another request");
    }
    return asking->reply ? MNEME_OK : error_nomem(err);
}

static enum mneme_code keep_reply(struct tx *tx, const struct asking *asking,
                                  struct mneme_error *err)
{
    struct uuid user;
    struct statement *statement;
    enum mneme_code code = tx_user(tx, asking->handle->user_name, &user, err);
    if (code == MNEME_OK) {
        code = db_prepare(tx->db, SQL_REPLY_TRIM, &statement, err);
    }
    if (code == MNEME_OK) {
        db_bind_uuid(statement, 1, &user);
        db_bind_integer(statement, 2, tx->now_us - LIMIT_REPLY_US);
        code = db_run(statement, err);
    }
    if (code == MNEME_OK) {
        code = db_prepare(tx->db, SQL_REPLY_PUT, &statement, err);
    }
    if (code == MNEME_OK) {
        bind_key(statement, asking, &user);
        db_bind_bytes(statement, 5, asking->once->digest, SHA256_BYTES);
        db_bind_text(statement, 6, asking->reply);
        db_bind_integer(statement, 7, tx->now_us);
        code = db_run(statement, err);
    }
    return code;
}

static enum mneme_code run_once(struct tx *tx, void *context, struct mneme_error *err)
{
    struct asking *asking = context;
    struct joined_write joined = {.tx = tx};
    struct mneme handle = *asking->handle;
    handle.joined = &joined;
    asking->reply = NULL;
    asking->is_repeat = false;
    asking->refused = MNEME_OK;
    enum mneme_code code = find_reply(tx, asking, err);
    if (code != MNEME_OK || asking->is_repeat) {
        return code;
    }
    code = asking->run(&handle, asking->run_context, &asking->reply, &asking->error);
    if (code == MNEME_OK) {
        return keep_reply(tx, asking, err);
    }
    asking->refused = code;
    if (!joined.has_written) {
        return MNEME_OK;
    }
    if (err != NULL) {
        *err = asking->error;
    }
    return code;
}

enum mneme_code once_write(const struct mneme *handle, const struct once *once, once_fn *run,
                           void *context, struct arena *arena, const char **reply, bool *is_repeat,
                           struct mneme_error *err)
{
    struct asking asking = {
        .handle = handle, .once = once, .run = run, .run_context = context, .arena = arena};
    enum mneme_code code = store_write(engine_store(handle), run_once, &asking, err);
    *reply = asking.reply;
    *is_repeat = asking.is_repeat;
    if (code == MNEME_OK && asking.refused != MNEME_OK) {
        code = asking.refused;
        if (err != NULL) {
            *err = asking.error;
        }
    }
    return code;
}
