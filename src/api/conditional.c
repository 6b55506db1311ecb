#include "api/conditional.h"

#include "api/operations.h"
#include "engine/once.h"

#include <string.h>

bool call_takes_version(const struct operation *operation)
{
    bool is_ending = operation->effect == EFFECT_DESTRUCTIVE && operation->method != NULL &&
                     strcmp(operation->method, "DELETE") == 0 && operation->run != op_link_remove;
    return operation->effect != EFFECT_READ &&
           (is_ending || operation_field(operation, "version") != NULL) && !operation->is_batch &&
           operation->run != op_memory_remember;
}

bool call_takes_once(const struct operation *operation)
{
    return operation->effect == EFFECT_WRITE && !operation->is_idempotent && !operation->is_local;
}

static enum mneme_code check_token(const struct mneme *memory, const char *token,
                                   struct mneme_error *err)
{
    struct arena arena;
    struct user user = {0};
    struct mneme_error own = {0};
    int64_t seq;
    enum mneme_code code = engine_token_parse(memory, token, &seq, &own);
    if (code != MNEME_OK) {
        return error_field(err, code, "min_version", own.rule, "%s", own.message);
    }
    arena_init(&arena);
    code = user_get(memory, &arena, &user, err);
    arena_clear(&arena);
    if (code == MNEME_NOT_FOUND || (code == MNEME_OK && user.change_seq < seq)) {
        return error_field(err, MNEME_UNAVAILABLE, "min_version", "stale",
                           "the store has not come to what was seen");
    }
    return code;
}

/* The input with the version that the caller means, unless it says one itself. */
static enum mneme_code put_version(const struct operation *operation, int64_t version,
                                   struct json *input, struct mneme_error *err)
{
    if (version == 0 || json_type_of(input) != JSON_TYPE_OBJECT ||
        json_get(input, "version") != NULL || operation->effect == EFFECT_DESTRUCTIVE) {
        return MNEME_OK;
    }
    return json_put(input, "version", json_new_integer(version)) ? MNEME_OK : error_nomem(err);
}

struct once_call {
    const struct operation *operation;
    const struct json *input;
    mneme_result *result;
};

static enum mneme_code run(const struct mneme *handle, void *context, const char **reply,
                           struct mneme_error *err)
{
    struct once_call *call = context;
    struct mneme copy = *handle; // a public handle is not const
    mneme_result_free(call->result);
    enum mneme_code code =
        call_operation(&copy, call->operation, call->input, NULL, &call->result, err);
    *reply = call->result ? mneme_result_json(call->result) : NULL;
    return code;
}

static enum mneme_code digest_input(const struct json *input, unsigned char out[SHA256_BYTES],
                                    struct mneme_error *err)
{
    struct strbuf text;
    struct json_writer writer;
    strbuf_init(&text, LIMIT_RESULT_BYTES);
    json_writer_init(&writer, &text);
    json_write_value(&writer, NULL, input);
    const struct hash_part part = {text.text, text.length};
    enum mneme_code code = strbuf_code(&text);
    code = code == MNEME_OK ? hash_sha256(&part, 1, out, err)
                            : error_set(err, code, "the input cannot be named");
    strbuf_clear(&text);
    return code;
}

static enum mneme_code call_once(mneme *memory, const struct operation *operation,
                                 const struct json *input, const char *key, mneme_result **out,
                                 bool *is_repeat, struct mneme_error *error)
{
    struct once once = {.operation = operation->name, .key = key};
    struct once_call call = {.operation = operation, .input = input};
    struct arena arena;
    const char *reply;
    enum mneme_code code = digest_input(input, once.digest, error);
    if (code != MNEME_OK) {
        return code;
    }
    arena_init(&arena);
    code = once_write(memory, &once, run, &call, &arena, &reply, is_repeat, error);
    if (*is_repeat && code == MNEME_OK) {
        mneme_result_free(call.result);
        call.result = NULL;
        code = call_kept_answer(reply, &call.result, error);
    }
    arena_clear(&arena);
    *out = call.result;
    return code;
}

enum mneme_code call_conditionally(mneme *memory, const struct operation *operation,
                                   const struct json *input,
                                   const struct call_conditions *conditions, mneme_result **out,
                                   bool *is_repeat, struct mneme_error *error)
{
    struct mneme handle = *memory;
    struct json *copy = NULL;
    *out = NULL;
    *is_repeat = false;
    enum mneme_code code = MNEME_OK;
    if (conditions->min_version != NULL) {
        code = check_token(memory, conditions->min_version, error);
    }
    if (code == MNEME_OK && conditions->if_version != 0) {
        copy = json_clone(input);
        code =
            copy ? put_version(operation, conditions->if_version, copy, error) : error_nomem(error);
        handle.if_version = operation->effect == EFFECT_DESTRUCTIVE ? conditions->if_version : 0;
    }
    if (code == MNEME_OK && conditions->once != NULL) {
        code = call_once(&handle, operation, copy ? copy : input, conditions->once, out, is_repeat,
                         error);
    } else if (code == MNEME_OK) {
        code = call_operation(&handle, operation, copy ? copy : input, NULL, out, error);
    }
    json_free(copy);
    return code;
}
