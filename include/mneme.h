/*
 * mneme: the memory engine for language-model agents.
 *
 * Three rules of ownership hold everywhere:
 *   1. a pointer to const is borrowed for the call;
 *   2. what a result shows lives as long as that result;
 *   3. only mneme_open, mneme_open_user, mneme_call, mneme_call_with and mneme_input_new hand something over, which
 *      mneme_close, mneme_result_free and mneme_input_free take back.
 *
 * Texts are UTF-8 and end with NUL. Times are RFC 3339 in UTC. The library never prints, never exits and starts no
 * thread. A mneme handle may be used by any number of threads at once; an input or a result by one at a time.
 *
 * The operations and their JSON are described in docs/json.md and by `mneme help`. A first program:
 *
 *     struct mneme_options options = {.size = sizeof options, .url = "agent.db", .user = "ada"};
 *     mneme *memory;
 *     mneme_result *answer;
 *     if (mneme_open(&options, &memory, NULL) != MNEME_OK) return 1;
 *     if (mneme_call(memory, "memory.recall", "{\"text\": \"favourite tea\"}", &answer, NULL) == MNEME_OK)
 *         puts(mneme_result_text(answer, "/hits/0/content"));
 *     mneme_result_free(answer);
 *     mneme_close(memory);
 */
#ifndef MNEME_H
#define MNEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MNEME_API __attribute__((visibility("default")))
#define MNEME_MUST_CHECK __attribute__((warn_unused_result))
#else
#define MNEME_API
#define MNEME_MUST_CHECK
#endif

#define MNEME_VERSION_MAJOR 0
#define MNEME_VERSION_MINOR 1
#define MNEME_VERSION_PATCH 0

/* What a call says of itself. Numbers are never reused. */
enum mneme_code {
    MNEME_OK = 0,
    MNEME_INVALID = 1,      /* the input breaks a rule; `field` and `rule` say which */
    MNEME_NOT_FOUND = 2,    /* no such record of this user */
    MNEME_CONFLICT = 3,     /* version, key, origin or epoch is not what the caller thinks */
    MNEME_DENIED = 4,       /* not allowed */
    MNEME_LIMIT = 5,        /* over a bound that is documented */
    MNEME_BUSY = 6,         /* another process holds the store; worth another try */
    MNEME_TIMEOUT = 7,      /* the deadline passed */
    MNEME_UNAVAILABLE = 8,  /* a backend or model cannot be reached */
    MNEME_STORAGE = 9,      /* the disk is full or failed, or the file is damaged */
    MNEME_REMOTE = 10,      /* a remote service answered with an error */
    MNEME_NOMEM = 11,       /* out of memory */
    MNEME_UNSUPPORTED = 12, /* this build or this store cannot do that */
    MNEME_INTERNAL = 13     /* a bug of mneme; please report it */
};

/* The first thing that went wrong. The memory is the caller's; every `error` parameter may be NULL. */
struct mneme_error {
    enum mneme_code code;
    char field[64];    /* the input field, or empty */
    char rule[32];     /* the rule it breaks, such as `max_length`, or empty */
    char message[156]; /* one line for a person */
};

/* The name of a code, such as "NOT_FOUND"; never NULL. Any thread. */
MNEME_API const char *mneme_code_name(enum mneme_code code);

/* The library's version, such as "0.1.0". Any thread. */
MNEME_API const char *mneme_version(void);

typedef struct mneme mneme;               /* a store opened for one user */
typedef struct mneme_result mneme_result; /* what a call answered */
typedef struct mneme_input mneme_input;   /* the input of a call, built field by field */

/* How to open a store. Set `size`, leave the rest zero for the defaults. */
struct mneme_options {
    size_t size;      /* sizeof(struct mneme_options) */
    const char *url;  /* a path or `sqlite:PATH`; NULL: $XDG_DATA_HOME/mneme/mneme.db */
    const char *user; /* 1..128 bytes; NULL: `default` */
    /* a pulled model's name, the path of a model, `openai:MODEL[@URL]`, `ollama:MODEL[@URL]`, or `hash`; NULL: what
     * `model.use` chose, else all-MiniLM-L6-v2 if it was pulled, else hash */
    const char *model;
    bool read_only;  /* never write, neither rows nor schema */
    bool must_exist; /* neither make the store nor change its schema: for programs that only look */
    size_t cache_bytes; /* bound of the partitions kept in memory; 0: 256 MiB */
};

/*
 * Opens the store, made and brought up to date when needed, for one user. A store of a newer schema is opened for
 * reading if that schema allows it, else UNSUPPORTED names both. Reading an unknown user finds nothing; the
 * first write creates the user. On failure *out is NULL and nothing is left behind.
 */
MNEME_API MNEME_MUST_CHECK enum mneme_code mneme_open(const struct mneme_options *options,
                                                      mneme **out, struct mneme_error *error);

/* Another handle on the same store, sharing its connections and memory, for another user. It may outlive `shared`. */
MNEME_API MNEME_MUST_CHECK enum mneme_code mneme_open_user(mneme *shared, const char *user,
                                                           mneme **out, struct mneme_error *error);

/* Writes what is still queued (notes of use) and releases the handle. No call may be running on it. NULL is allowed. */
MNEME_API void mneme_close(mneme *memory);

/* Builds an input. The setters remember the first failure, which mneme_input_run reports; so they return nothing. */
MNEME_API mneme_input *mneme_input_new(void); /* NULL when out of memory */
MNEME_API void mneme_input_free(mneme_input *input);
MNEME_API void mneme_input_set_text(mneme_input *input, const char *name, const char *value);
MNEME_API void mneme_input_set_integer(mneme_input *input, const char *name, int64_t value);
MNEME_API void mneme_input_set_real(mneme_input *input, const char *name, double value);
MNEME_API void mneme_input_set_boolean(mneme_input *input, const char *name, bool value);
/* `value` is JSON text: an object, an array, anything. */
MNEME_API void mneme_input_set_json(mneme_input *input, const char *name, const char *value);

/* Runs an operation with a built input, which stays the caller's and may be used again. Else like mneme_call. */
MNEME_API MNEME_MUST_CHECK enum mneme_code mneme_input_run(mneme *memory, const char *operation,
                                                           const mneme_input *input,
                                                           mneme_result **out,
                                                           struct mneme_error *error);

/*
 * Runs an operation by name, such as "memory.remember", with a JSON object as input (NULL means {}).
 * On success *out is the answer. On failure *out holds the whole error ({"error": {...}} with every field that was
 * refused), or is NULL when memory ran out; free it either way.
 */
MNEME_API MNEME_MUST_CHECK enum mneme_code mneme_call(mneme *memory, const char *operation,
                                                      const char *json, mneme_result **out,
                                                      struct mneme_error *error);

/* What a call may bring beside its JSON. Set `size`, leave the rest zero. */
struct mneme_call_options {
    size_t size;
    /*
     * Vectors of the caller's own model, row after row, instead of embedding: one for the query or the record, or one
     * for each item of a batch. `space` names that model; mneme normalises; all rows of a space have one dimension.
     */
    const float *vectors;
    size_t vector_count, dimension;
    const char *space;
    /* Called with each line of a streamed answer (export); a false return ends the call with TIMEOUT. */
    bool (*on_line)(void *context, const char *line, size_t length);
    /* Called now and then by long operations; total is 0 while it is unknown. */
    void (*on_progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *context;
};

MNEME_API MNEME_MUST_CHECK enum mneme_code mneme_call_with(mneme *memory, const char *operation,
                                                           const char *json,
                                                           const struct mneme_call_options *options,
                                                           mneme_result **out,
                                                           struct mneme_error *error);

/* The whole answer as JSON on one line; never NULL. */
MNEME_API const char *mneme_result_json(const mneme_result *result);

/*
 * Parts of the answer by JSON Pointer (RFC 6901), such as "/hits/0/content". What is missing or of another type is
 * NULL, 0, 0.0 or false; the count is that of an array's or an object's members.
 */
MNEME_API const char *mneme_result_text(mneme_result *result, const char *pointer);
MNEME_API int64_t mneme_result_integer(mneme_result *result, const char *pointer);
MNEME_API double mneme_result_real(mneme_result *result, const char *pointer);
MNEME_API bool mneme_result_boolean(mneme_result *result, const char *pointer);
MNEME_API size_t mneme_result_count(mneme_result *result, const char *pointer);
MNEME_API void mneme_result_free(mneme_result *result);

/* The operations by number: 0, 1, ... until NULL. The description is one line. */
MNEME_API const char *mneme_operation_name(size_t index);
MNEME_API const char *mneme_operation_description(size_t index);

#ifdef __cplusplus
}
#endif
#endif
