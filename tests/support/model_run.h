/*
 * A run of the model test: the store, the engines on it and the references that they are compared with; chance; calls
 * to any engine; claims, which fail the test with what repeats it.
 */
#ifndef SUPPORT_MODEL_RUN_H
#define SUPPORT_MODEL_RUN_H

#include "base/error.h"
#include "base/strbuf.h"
#include "support/calls.h"
#include "support/reference.h"

#define MODEL_COUNT(array) (sizeof(array) / sizeof *(array))

enum { MODEL_USERS = 2, MODEL_ENGINES = 2, MODEL_SPACES = 3, MODEL_TYPES = 3, MODEL_TOKENS = 25 };
extern const char *const model_users[MODEL_USERS];
extern const char *const model_spaces[MODEL_SPACES];
extern const char *const model_types[MODEL_TYPES]; /* the first is none */

struct model {
    uint64_t seed, random;
    struct calls_store store;
    mneme *engines[MODEL_ENGINES][MODEL_USERS]; /* in this process */
    struct second_process second;
    struct reference users[MODEL_USERS];
    int64_t now;
    bool is_traced; /* each call is printed */
    int step, user; /* the user whose turn it is */
    const char *operation;
    int64_t begun_seq;   /* the user's counter before it */
    struct strbuf input; /* of the operation that runs */
};

unsigned model_pick(struct model *model, unsigned below);
bool model_chance(struct model *model, unsigned percent);

struct reference *model_reference(struct model *model);
struct reference_record *model_record(struct model *model, int at);
/* A record of the kind (below 0: of any), mostly one that is live; REFERENCE_NONE now and then. */
int model_pick_record(struct model *model, int kind);

/* A call for the user whose turn it is, to any of the engines. */
struct call_answer model_call(struct model *model, const char *operation, const char *json);
/* A question beside the operation that runs. */
struct call_answer model_ask(struct model *model, const char *operation, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Fails the test unless it is so. */
void model_must(const struct model *model, bool is_so, const char *format, ...) PRINTF_LIKE(3, 4);
/* A JSON Pointer. Good until the fourth call after this one. */
const char *at_pointer(const char *format, ...) PRINTF_LIKE(1, 2);
/* The answer has this there; empty, 0: nothing. */
void same_text(struct model *model, const struct call_answer *answer, const char *pointer,
               const char *expected);
void same_time(struct model *model, const struct call_answer *answer, const char *pointer,
               int64_t expected);
void same_integer(struct model *model, const struct call_answer *answer, const char *pointer,
                  int64_t expected);
void same_real(struct model *model, const struct call_answer *answer, const char *pointer,
               double expected);
void same_boolean(struct model *model, const struct call_answer *answer, const char *pointer,
                  bool expected);
/* Every field of a record is as it should be. */
void same_record(struct model *model, const struct call_answer *answer, int at);

/* Gets a record, forgotten or not, and compares it. */
void model_check_record(struct model *model, int at);
/* Lists, maps, links, histories, windows, statistics and recall of the user whose turn it is. */
void model_sweep(struct model *model);

#endif
