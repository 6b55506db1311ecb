/*
 * Stores for tests of operations: a folder of their own, a clock that stands still until the test moves it, calls whose
 * answers are looked into as JSON, and a second process that calls on the same file.
 *
 * All of it fails the running test by itself when it cannot do what it says.
 */
#ifndef SUPPORT_CALLS_H
#define SUPPORT_CALLS_H

#include "base/env.h"
#include "base/json.h"
#include "base/timestamp.h"
#include "support/support.h"

#include <sys/types.h>

#define CALLS_START_US INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */

struct calls_store {
    struct support_dir dir;
    char path[300];
    struct env_fixed clock; /* now_us is the time until it is set anew */
    struct env env;
};
/* In a folder in memory, if there is one. */
void calls_store_init(struct calls_store *store, uint64_t seed);
void calls_store_clear(struct calls_store *store);

/* The same world without a folder: for a store on a file layer of the test's own. */
struct env calls_env(struct env_fixed *clock, int64_t start_us, uint64_t seed);
void calls_set_time(struct calls_store *store, int64_t now_us);

/* Opens an engine of its own on the store's file, for one user. */
mneme *calls_open(const struct calls_store *store, const char *user);
/* The same anywhere: `vfs` as in engine_options, may be NULL. */
enum mneme_code calls_open_at(const char *path, const struct env *env, const char *vfs,
                              const char *user, mneme **out, struct mneme_error *err);

/* One call and its answer, an error's too. answer NULL only when out of memory. */
struct call_answer {
    enum mneme_code code;
    struct mneme_error error;
    char *text; /* one line of JSON */
    struct json *json;
};
struct call_answer calls_json(mneme *memory, const char *operation, const char *json);
struct call_answer calls_format(mneme *memory, const char *operation, const char *format, ...)
    PRINTF_LIKE(3, 4);
void call_answer_clear(struct call_answer *answer);

/* The call has to succeed. */
struct call_answer calls_ok(mneme *memory, const char *operation, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* It has to succeed, and its answer is not looked at. */
void calls_done(mneme *memory, const char *operation, const char *format, ...) PRINTF_LIKE(3, 4);
/* It has to be refused so. */
void calls_refused(mneme *memory, enum mneme_code code, const char *field, const char *rule,
                   const char *operation, const char *format, ...) PRINTF_LIKE(6, 7);

/* The id of what was made or changed, of an answer that is then cleared. Good until the eighth after it. */
const char *calls_id(struct call_answer answer);
/* The record has this text at `pointer`; NULL: it has none. */
void calls_expect_text(mneme *memory, const char *id, const char *pointer, const char *expected);
/* The answer has so many items (`items`, `hits`, `messages` or `conversations`). */
void calls_expect_count(mneme *memory, size_t expected, const char *operation, const char *format,
                        ...) PRINTF_LIKE(4, 5);
void calls_pass_seconds(struct calls_store *store, int64_t seconds);

/* Parts of an answer by JSON Pointer; NULL, 0, false where there is none. */
const char *answer_text(const struct call_answer *answer, const char *pointer);
int64_t answer_integer(const struct call_answer *answer, const char *pointer);
size_t answer_count(const struct call_answer *answer, const char *pointer);

/* Texts by name, such as ids that earlier answers told. */
#define CALL_NAMES_MAX 64
struct call_names {
    struct {
        const char *name; /* borrowed */
        char text[120];
    } items[CALL_NAMES_MAX];
    size_t count;
};
void call_names_put(struct call_names *names, const char *name, const char *text);
/* A copy of `input` with each "$name" in it replaced (by an id that nobody has, if there is no such name); mem_free
 * it. */
char *call_names_fill(const struct call_names *names, const char *input);

/*
 * A second process on the same file, forked before the first opens it: it opens the store with its first call and makes
 * the calls that it is sent, one at a time, at the time they are sent with.
 */
struct second_process {
    pid_t pid;
    int to, from; /* pipes */
};
struct second_process second_process_start(const char *path, uint64_t seed);
struct call_answer second_process_call(const struct second_process *process, const char *user,
                                       int64_t now_us, const char *operation, const char *json);
/* It closes the store in order and ends. */
void second_process_end(struct second_process *process);

/* A number from the environment, such as a seed. */
uint64_t calls_number(const char *variable, uint64_t fallback);

#endif
