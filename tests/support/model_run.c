#include "model_run.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const model_users[MODEL_USERS] = {"ada", "grace"};
const char *const model_spaces[MODEL_SPACES] = {"default", "profile", "task:1"};
const char *const model_types[MODEL_TYPES] = {"", "fact", "preference"};

// --- chance and claims ---------------------------------------------------------------------------

unsigned model_pick(struct model *model, unsigned below)
{
    uint64_t z = model->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (unsigned)((z ^ (z >> 31)) % below);
}

bool model_chance(struct model *model, unsigned percent)
{
    return model_pick(model, 100) < percent;
}

void model_must(const struct model *model, bool is_so, const char *format, ...)
{
    char what[2000];
    va_list arguments;
    if (is_so) return;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    cr_assert_fail("MNEME_SEED=%" PRIu64 ", step %d, user %s, after %s %.600s: %s", model->seed,
                   model->step, model_users[model->user], model->operation, model->input.text,
                   what);
}

// --- calls ---------------------------------------------------------------------------------------

struct call_answer model_call(struct model *model, const char *operation, const char *json)
{
    if (model->is_traced)
        (void)fprintf(stderr, "%d %" PRId64 " %s: %s %s\n", model->step, model->now,
                      model_users[model->user], operation, json);
    unsigned engine = model_pick(model, MODEL_ENGINES + 1);
    if (engine == MODEL_ENGINES)
        return second_process_call(&model->second, model_users[model->user], model->now, operation,
                                   json);
    return calls_json(model->engines[engine][model->user], operation, json);
}

// A question beside the operation that is looked at.
struct call_answer model_ask(struct model *model, const char *operation, const char *format, ...)
{
    char json[2000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(json, sizeof json, format, arguments);
    va_end(arguments);
    return model_call(model, operation, json);
}

struct reference *model_reference(struct model *model)
{
    return &model->users[model->user];
}

struct reference_record *model_record(struct model *model, int at)
{
    return &model_reference(model)->records[at];
}

int model_pick_record(struct model *model, int kind)
{
    const struct reference *user = model_reference(model);
    if (user->record_count == 0) return REFERENCE_NONE;
    for (int tries = 0; tries < 30; tries++) {
        int at = (int)model_pick(model, (unsigned)user->record_count);
        const struct reference_record *record = &user->records[at];
        bool is_good = kind < 0 || record->kind == (enum reference_kind)kind;
        // mostly one that is there, now and then one that is gone
        if (is_good && (reference_is_live(record, model->now) || model_chance(model, 10)))
            return at;
    }
    return REFERENCE_NONE;
}

// --- answers -------------------------------------------------------------------------------------

const char *at_pointer(const char *format, ...)
{
    static char pointers[4][100];
    static unsigned next;
    char *pointer = pointers[next++ % 4];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(pointer, sizeof pointers[0], format, arguments);
    va_end(arguments);
    return pointer;
}

void same_text(struct model *model, const struct call_answer *answer, const char *pointer,
               const char *expected)
{
    const char *text = answer_text(answer, pointer);
    bool is_so = text ? strcmp(text, expected) == 0 : *expected == '\0';
    model_must(model, is_so, "%s should be '%s' in %s", pointer, expected, answer->text);
}

void same_time(struct model *model, const struct call_answer *answer, const char *pointer,
               int64_t expected)
{
    char text[TIME_TEXT_MAX] = "";
    if (expected != 0) time_format(expected, text);
    same_text(model, answer, pointer, text);
}

void same_integer(struct model *model, const struct call_answer *answer, const char *pointer,
                  int64_t expected)
{
    model_must(model, answer_integer(answer, pointer) == expected, "%s should be %" PRId64 " in %s",
               pointer, expected, answer->text);
}

void same_real(struct model *model, const struct call_answer *answer, const char *pointer,
               double expected)
{
    const struct json *part = json_pointer(answer->json, pointer);
    bool is_number =
        part && (json_type_of(part) == JSON_TYPE_REAL || json_type_of(part) == JSON_TYPE_INTEGER);
    model_must(model, is_number && json_as_real(part) == expected, "%s should be %g in %s", pointer,
               expected, answer->text);
}

void same_boolean(struct model *model, const struct call_answer *answer, const char *pointer,
                  bool expected)
{
    const struct json *part = json_pointer(answer->json, pointer);
    bool is_so =
        part && json_type_of(part) == JSON_TYPE_BOOLEAN && json_as_boolean(part) == expected;
    model_must(model, is_so, "%s should be %d in %s", pointer, expected, answer->text);
}

static const char *id_or_nothing(struct model *model, int at)
{
    return at == REFERENCE_NONE ? "" : model_record(model, at)->id;
}

static void same_tags(struct model *model, const struct call_answer *answer, const char *expected)
{
    model_must(model, answer_count(answer, "/tags") == strlen(expected),
               "the tags should be '%s' in %s", expected, answer->text);
    for (size_t i = 0; expected[i]; i++) {
        char tag[8];
        (void)snprintf(tag, sizeof tag, "tag %c", expected[i]);
        same_text(model, answer, at_pointer("/tags/%zu", i), tag);
    }
}

static void same_memory(struct model *model, const struct call_answer *answer,
                        const struct reference_record *record)
{
    const struct reference_fields *fields = &record->fields;
    same_text(model, answer, "/namespace", fields->name_space);
    same_text(model, answer, "/key", fields->key);
    same_text(model, answer, "/type", fields->type);
    same_text(model, answer, "/subject", fields->subject);
    same_text(model, answer, "/content", fields->content);
    same_tags(model, answer, fields->tags);
    same_text(model, answer, "/importance_basis", fields->basis);
    same_boolean(model, answer, "/pinned", fields->is_pinned);
    same_time(model, answer, "/valid_from", fields->valid_from);
    same_time(model, answer, "/valid_to", fields->valid_to);
    same_text(model, answer, "/superseded_by", id_or_nothing(model, fields->superseded_by));
    same_integer(model, answer, "/evidence_count", record->evidence_count);
}

static void same_message(struct model *model, const struct call_answer *answer,
                         const struct reference_record *record)
{
    const struct reference_fields *fields = &record->fields;
    same_text(model, answer, "/conversation_id", model_record(model, fields->conversation)->id);
    same_integer(model, answer, "/message_seq", fields->message_seq);
    same_text(model, answer, "/content", fields->content);
    same_text(model, answer, "/speaker", fields->speaker);
    same_text(model, answer, "/role", fields->role);
}

static void same_link(struct model *model, const struct call_answer *answer,
                      const struct reference_record *record)
{
    same_text(model, answer, "/from", model_record(model, record->fields.from)->id);
    same_text(model, answer, "/to", model_record(model, record->fields.to)->id);
    same_text(model, answer, "/relation", record->fields.relation);
}

static void same_conversation(struct model *model, const struct call_answer *answer, int at)
{
    const struct reference *user = model_reference(model);
    const struct reference_fields *fields = &user->records[at].fields;
    same_text(model, answer, "/title", fields->title);
    same_boolean(model, answer, "/is_active", fields->is_active);
    same_integer(model, answer, "/message_count", reference_message_count(user, at, model->now));
    same_text(model, answer, "/head_id",
              id_or_nothing(model, reference_head(user, at, model->now)));
}

void same_record(struct model *model, const struct call_answer *answer, int at)
{
    static const char *const kinds[] = {"memory", "conversation", "message", "link"};
    const struct reference_record *record = model_record(model, at);
    same_text(model, answer, "/kind", kinds[record->kind]);
    same_text(model, answer, "/id", record->id);
    same_time(model, answer, "/created_at", record->created_at);
    same_time(model, answer, "/deleted_at", record->fields.deleted_at);
    if (record->kind != REFERENCE_LINK) {
        same_integer(model, answer, "/version", record->version);
        same_time(model, answer, "/updated_at", record->updated_at);
        same_real(model, answer, "/importance", record->fields.importance);
        same_time(model, answer, "/expires_at", record->fields.expires_at);
    }
    if (record->kind == REFERENCE_MEMORY || record->kind == REFERENCE_MESSAGE)
        same_time(model, answer, "/event_at", record->fields.event_at);
    switch (record->kind) {
    case REFERENCE_MEMORY: same_memory(model, answer, record); break;
    case REFERENCE_MESSAGE: same_message(model, answer, record); break;
    case REFERENCE_LINK: same_link(model, answer, record); break;
    case REFERENCE_CONVERSATION: same_conversation(model, answer, at); break;
    }
}

void model_check_record(struct model *model, int at)
{
    const struct reference_record *record = model_record(model, at);
    bool is_shown = reference_is_shown(model_reference(model), at, model->now, true);
    struct call_answer answer =
        model_ask(model, "record.get", "{\"id\":\"%s\",\"include_deleted\":true}", record->id);
    model_must(model, answer.code == (is_shown ? MNEME_OK : MNEME_NOT_FOUND), "get of %d: %s", at,
               answer.text);
    if (is_shown) same_record(model, &answer, at);
    call_answer_clear(&answer);
    bool is_live = reference_is_shown(model_reference(model), at, model->now, false);
    answer = model_ask(model, "record.get", "{\"id\":\"%s\"}", record->id);
    model_must(model, answer.code == (is_live ? MNEME_OK : MNEME_NOT_FOUND), "get of %d: %s", at,
               answer.text);
    call_answer_clear(&answer);
}
