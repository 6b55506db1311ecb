/*
 * The operation table: one row per outward operation. Command line, mneme_call and later REST, MCP, OpenAPI, scopes
 * and metrics are read from it; a new operation is one row and one function.
 */
#ifndef API_OPERATION_H
#define API_OPERATION_H

#include "api/answers.h"
#include "base/json.h"
#include "engine/engine.h"
#include "model/record.h"

enum operation_face { FACE_C = 1, FACE_CLI = 2, FACE_REST = 4, FACE_MCP = 8 };
enum operation_effect { EFFECT_READ, EFFECT_WRITE, EFFECT_DESTRUCTIVE };
enum operation_need {
    NEED_STORE,        /* the caller's */
    NEED_MODEL,        /* the handle's model alone: one without a store will do */
    NEED_STORE_IF_ANY, /* the caller's, if there is one; else the handle may be NULL */
    NEED_NOTHING       /* the handle may be NULL */
};
enum operation_stream { STREAM_NONE, STREAM_NDJSON };

/* One call on its way: everything an operation's function sees (api/call.h). */
struct call;
typedef enum mneme_code operation_fn(struct call *call, struct mneme_error *err);

struct operation {
    const char *name; /* "memory.remember" */
    const char *
        command; /* words: "remember", "conversation append"; a trailing option chooses among rows of the same words:
                             "tag --remove". NULL: not on the command line */
    const char *
        positional; /* names of inputs that the command line takes without an option, in order: "id", "text" */
    unsigned faces;
    const char *method, *path; /* REST */
    const char *scope;         /* read, write, admin */
    enum operation_effect effect;
    bool is_idempotent, is_local; /* is_local: works on local paths: CLI and C only */
    bool is_batch;                /* takes many items: its input may be longer */
    enum operation_need need;
    const struct kind
        *record; /* its fields are inputs besides `inputs`, as RECORD_NEW or RECORD_CHANGE */
    enum record_source record_source;
    /* the kind that it is about, where one function serves several; NULL: any */
    const struct kind *about;
    const struct field
        *inputs; /* further inputs, as fields (offset unused), ended by a row without a name */
    enum operation_stream stream;
    const struct shape *answer; /* what it answers (api/answers.h); NULL: a receipt */
    const char *since;
    operation_fn *run;
    const char *doc;     /* one line */
    const char *details; /* more for `mneme help` and the man page; may be NULL */
};

extern const struct operation operations[];
extern const size_t operation_count;
const struct operation *operation_find(const char *name); /* NULL if unknown */

/* Inputs and the record's fields that a caller may give, by number: 0, 1, ... until NULL. What the engine sets, and for
 * a change what is fixed, is left out. */
const struct field *operation_input(const struct operation *operation, size_t index);
/* The input of that name, or field of the record, one that the engine sets too; NULL if there is none. */
const struct field *operation_field(const struct operation *operation, const char *name);
bool operation_requires(const struct operation *operation, const struct field *field);
/* What it answers. */
const struct shape *operation_answer(const struct operation *operation);
/* JSON Schema of the whole input, an object. */
void operation_write_input_schema(const struct operation *operation, const char *name,
                                  struct json_writer *writer);

#endif
