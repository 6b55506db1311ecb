/*
 * What operations' functions use: their inputs, checked against the operation's table, and the shapes that answers
 * share.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/operation.h"
#include "engine/read.h"

#define CALL_INPUTS_MAX 48 /* further inputs of one operation */

/* The further inputs' values: a record made from the operation's own rows. */
struct call_values {
    struct record_head head;
    union call_slot {
        int64_t integer;
        double real;
        bool boolean;
        const char *text;
        struct list list;
    } slots[CALL_INPUTS_MAX];
};

struct call {
    struct mneme *handle;
    const struct operation *operation;
    const struct json *input; /* an object */
    const char *pointer;      /* its place: "", or "/items/3" for an item of a batch */
    struct arena *arena;
    struct json_writer
        *out; /* the answer's members; its object is begun and ended around the function */
    struct fault_list *faults;
    const struct mneme_call_options *options; /* never NULL */
    struct kind inputs;                       /* the further inputs as a kind */
    struct call_values *values;
};

/* Reads and checks every further input, and that nothing unknown is there. Of an operation on a record all that is
 * left is the record's, whose reading goes on with the faults found so far: call_record and call_vector answer the
 * code of the first, so that nothing is done before all of the input is good. */
enum mneme_code call_read_inputs(struct call *call, struct mneme_error *err) MUST_CHECK;

/*
 * An item of a batch, read as `operation` reads its input: `out` is a call of its own, for reading only. Zero it but
 * for its faults before the first item and keep it for the next, whose values take the place of the last one's. An
 * item that is no object is a fault of `items`.
 */
enum mneme_code call_read_item(const struct call *call, const struct operation *operation,
                               const struct json *item, const char *pointer, struct call *out,
                               struct mneme_error *err) MUST_CHECK;

/* Further inputs by name (a name that is not in the table is a bug: assert). Absent: NULL, 0, TIME_NONE, an empty
 * list. */
bool call_has(const struct call *call, const char *name);
const char *call_text(const struct call *call, const char *name);
int64_t call_integer(const struct call *call, const char *name);
double call_real(const struct call *call, const char *name);
bool call_boolean(const struct call *call, const char *name);
/* `known_at` as scopes and requests take it: 0 if absent. */
int64_t call_known_at(const struct call *call);
struct list call_list(const struct call *call, const char *name);
const struct json *call_json(const struct call *call,
                             const char *name); /* as it came; null counts as absent */
/* Seconds as a number, or "90s", "15m", "24h", "7d"; in microseconds; 0 if absent. */
enum mneme_code call_duration(const struct call *call, const char *name, int64_t *out_us,
                              struct mneme_error *err) MUST_CHECK;

/* The record's own fields: the operation's kind read from the input, further inputs left aside. */
enum mneme_code call_record(const struct call *call, void *record, struct mneme_error *err)
    MUST_CHECK;

/* The same, read as that kind of input. */
enum mneme_code call_record_as(const struct call *call, enum record_source source, void *record,
                               struct mneme_error *err) MUST_CHECK;

/* `id`, or `key` and `namespace`; one of them is required. */
enum mneme_code call_record_name(const struct call *call, struct record_name *out,
                                 struct mneme_error *err) MUST_CHECK;
/* The same for operations that take a memory's fields: there `key` and `namespace` are fields of the record. */
enum mneme_code call_memory_name(const struct call *call, struct record_name *out,
                                 struct mneme_error *err) MUST_CHECK;
enum mneme_code call_filter(const struct call *call, const struct kind *const *kinds,
                            const struct filter **out, struct mneme_error *err) MUST_CHECK;
/* The inputs `limit` and `cursor`. The list is named by the operation and its other inputs. */
enum mneme_code call_page(const struct call *call, struct page_request *out,
                          struct mneme_error *err) MUST_CHECK;
/* The input `order`: one of the kind's. */
enum mneme_code call_order(const struct call *call, const struct kind *kind,
                           const struct kind_order **out, struct mneme_error *err) MUST_CHECK;
/* The i-th vector of the call's options, or the inputs `vector` and `space`; none: vector NULL. */
enum mneme_code call_vector(const struct call *call, size_t i, struct prepared_vector *out,
                            struct mneme_error *err) MUST_CHECK;
/* That the call's options bring as many vectors as there are texts: none, or `count`. */
enum mneme_code call_check_vectors(const struct call *call, size_t count, struct mneme_error *err)
    MUST_CHECK;

/* The input `name` as an array of at most `most` items; of another type or longer it is a fault. */
enum mneme_code call_items(const struct call *call, const char *name, size_t most,
                           const struct json **out, struct mneme_error *err) MUST_CHECK;

/* A fault of one member of the input: INVALID, or LIMIT for the rule max_items. */
enum mneme_code call_refuse(const struct call *call, const char *name, const char *rule,
                            const char *message, struct mneme_error *err);
/* A fault that a verb of the engine found in what it was given at `pointer`, with the field that `error` names. */
enum mneme_code call_refuse_at(const struct call *call, const char *pointer,
                               const struct mneme_error *error, struct mneme_error *err);

/* Like mneme_call_with, for faces that have found the operation and read its input, which stays theirs. `options` may
 * be NULL. */
enum mneme_code call_operation(mneme *memory, const struct operation *operation,
                               const struct json *input, const struct mneme_call_options *options,
                               mneme_result **out, struct mneme_error *error) MUST_CHECK;

/* An answer that was given before, as it was. */
enum mneme_code call_kept_answer(const char *json, mneme_result **out, struct mneme_error *error)
    MUST_CHECK;

/* Answers. */
void write_receipt(const struct call *call, const char *name, const struct receipt *receipt);
void write_receipt_members(const struct call *call, const struct receipt *receipt);
/* What the answer to a batch ends with: `seq` and `token`. */
void write_batch_end(const struct call *call, int64_t seq);
void write_record(const struct call *call, const char *name, const struct kind *kind,
                  const void *record);
void write_page(const struct call *call, const struct kind *kind, const struct record_page *page);
void write_record_members(const struct call *call, const struct kind *kind, const void *record);
/* {code, message, errors} as the member `error`; where no fault was noted, the one that `error` names, at `pointer`. */
void write_error(struct json_writer *out, const struct mneme_error *error,
                 const struct fault_list *faults, const char *pointer);

#endif
