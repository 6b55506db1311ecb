/*
 * Random operations, made on the product and on a plain reference (support/reference.h), and their answers compared.
 *
 * Two users share a store. Three engines work on its file, two in this process and one in a second process, and each
 * call goes to any of them, so all that one writes the others have to see at their next call; now and then an engine of
 * this process is closed and opened again. The clock stands still but for what the test moves it, often to the very
 * microsecond at which something expires, or to the one before.
 *
 * MNEME_SEED=n repeats a run, MNEME_STEPS=n says how long it is (MNEME_LONG=1: 100,000), MNEME_TRACE=1 prints each
 * call.
 */
#include "support/db_fixture.h"
#include "support/model_run.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { STEPS_EACH = 2000, SWEEP_EVERY = 40, REOPEN_EVERY = 250, RECORDS_MANY = 400 };

static const char *const keys[] = {"k0", "k1", "k2", "k3"};
static const char *const subjects[] = {"", "tea"};
static const char *const relations[] = {"related", "contradicts"};

static void begin_input(struct model *model, const char *operation)
{
    model->operation = operation;
    model->begun_seq = model_reference(model)->seq;
    strbuf_truncate(&model->input, 0);
    strbuf_add_char(&model->input, '{');
}

static void PRINTF_LIKE(2, 3) add_input(struct model *model, const char *format, ...)
{
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char last = model->input.text[model->input.length - 1];
    if (last != '{' && last != '[') strbuf_add_char(&model->input, ',');
    strbuf_add_text(&model->input, text);
}

// --- inputs --------------------------------------------------------------------------------------

static void add_time(struct model *model, const char *name, int64_t us)
{
    char text[TIME_TEXT_MAX];
    if (us == 0) {
        add_input(model, "\"%s\":null", name);
        return;
    }
    time_format(us, text);
    add_input(model, "\"%s\":\"%s\"", name, text);
}

static void add_text_or_null(struct model *model, const char *name, const char *text)
{
    if (*text)
        add_input(model, "\"%s\":\"%s\"", name, text);
    else
        add_input(model, "\"%s\":null", name);
}

static void add_tags(struct model *model, const char *letters)
{
    char text[200] = "";
    for (; *letters; letters++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s\"tag %c\"",
                       *text ? "," : "", *letters);
    add_input(model, "\"tags\":[%s]", text);
}

static void pick_content(struct model *model, struct reference_input *input)
{
    unsigned spelling = model_pick(model, 4), number = model_pick(model, MODEL_TOKENS);
    char *content = input->fields.content;
    size_t size = sizeof input->fields.content;
    switch (spelling) { // formats that the compiler can see
    case 0: (void)snprintf(content, size, "token%u is in town", number); break;
    case 1: (void)snprintf(content, size, "token%u  is in town", number); break;
    case 2: (void)snprintf(content, size, " token%u is in town ", number); break;
    default: (void)snprintf(content, size, "token%u is by the sea", number); break;
    }
    input->given |= GIVEN_CONTENT;
    add_input(model, "\"content\":\"%s\"", content);
}

static void pick_tags(struct model *model, char *letters)
{
    size_t count = 1 + model_pick(model, 2);
    memset(letters, 0, 4);
    for (size_t i = 0; i < count; i++) {
        char letter = (char)('a' + model_pick(model, 5));
        if (!strchr(letters, letter)) letters[strlen(letters)] = letter;
    }
    add_tags(model, letters);
}

static int64_t pick_future(struct model *model)
{
    return model->now + (1 + model_pick(model, 60)) * US_PER_SECOND + model_pick(model, 1000000);
}

static int64_t pick_past(struct model *model)
{
    return model->now - (1 + model_pick(model, 60)) * US_PER_SECOND;
}

static void pick_times(struct model *model, struct reference_input *input, bool with_null)
{
    struct reference_fields *fields = &input->fields;
    if (model_chance(model, 15)) {
        input->given |= GIVEN_EXPIRES_AT;
        fields->expires_at = with_null && model_chance(model, 30) ? 0 : pick_future(model);
        add_time(model, "expires_at", fields->expires_at);
    }
    if (model_chance(model, 8)) {
        input->given |= GIVEN_VALID_FROM;
        fields->valid_from = model_chance(model, 50) ? pick_past(model) : pick_future(model);
        add_time(model, "valid_from", fields->valid_from);
    }
    if (model_chance(model, 8)) {
        input->given |= GIVEN_VALID_TO;
        fields->valid_to = with_null && model_chance(model, 30) ? 0
                           : model_chance(model, 80)            ? pick_future(model)
                                                                : pick_past(model);
        add_time(model, "valid_to", fields->valid_to);
    }
    if (model_chance(model, 10)) {
        input->given |= GIVEN_EVENT_AT;
        fields->event_at = CALLS_START_US - model_pick(model, 3) * US_PER_DAY;
        add_time(model, "event_at", fields->event_at);
    }
}

// Fields of a memory, but for namespace, key and content.
static void pick_fields(struct model *model, struct reference_input *input, bool is_change)
{
    struct reference_fields *fields = &input->fields;
    if (model_chance(model, 40)) {
        const char *type = model_types[model_pick(model, MODEL_TYPES)];
        if (*type || is_change) {
            input->given |= GIVEN_TYPE;
            (void)snprintf(fields->type, sizeof fields->type, "%s", type);
            add_text_or_null(model, "type", type);
        }
    }
    if (model_chance(model, 30)) {
        const char *subject = subjects[model_pick(model, MODEL_COUNT(subjects))];
        if (*subject || is_change) {
            input->given |= GIVEN_SUBJECT;
            (void)snprintf(fields->subject, sizeof fields->subject, "%s", subject);
            add_text_or_null(model, "subject", subject);
        }
    }
    if (model_chance(model, 30)) {
        input->given |= GIVEN_TAGS;
        pick_tags(model, fields->tags);
    }
    if (model_chance(model, 25)) {
        unsigned level = 1 + model_pick(model, 5);
        input->given |= GIVEN_IMPORTANCE;
        fields->importance = (level - 1) / 4.0;
        if (model_chance(model, 50))
            add_input(model, "\"importance_level\":%u", level);
        else
            add_input(model, "\"importance\":%g", fields->importance);
    }
    if (model_chance(model, 10)) {
        input->given |= GIVEN_PINNED;
        fields->is_pinned = model_chance(model, 50);
        add_input(model, "\"pinned\":%s", fields->is_pinned ? "true" : "false");
    }
    pick_times(model, input, is_change);
}

// A whole memory to be remembered.
static void pick_memory(struct model *model, struct reference_input *input)
{
    *input = (struct reference_input){0};
    struct reference_fields *fields = &input->fields;
    const char *name_space = model_spaces[model_pick(model, MODEL_SPACES)];
    pick_content(model, input);
    if (model_chance(model, 40)) {
        (void)snprintf(fields->name_space, sizeof fields->name_space, "%s", name_space);
        add_input(model, "\"namespace\":\"%s\"", name_space);
    }
    if (model_chance(model, 40)) {
        const char *key = keys[model_pick(model, MODEL_COUNT(keys))];
        (void)snprintf(fields->key, sizeof fields->key, "%s", key);
        add_input(model, "\"key\":\"%s\"", key);
        if (model_chance(model, 15)) {
            input->version = 1 + (int)model_pick(model, 3);
            add_input(model, "\"version\":%d", input->version);
        }
    } else if (model_chance(model, 15)) {
        input->is_unique = 1;
        add_input(model, "\"dedupe\":\"none\"");
    }
    pick_fields(model, input, false);
}

// --- targets -------------------------------------------------------------------------------------

static const char *other_users_id(struct model *model)
{
    const struct reference *other = &model->users[(model->user + 1) % MODEL_USERS];
    if (other->record_count == 0 || model_chance(model, 50))
        return "01890000-0000-7000-8000-000000000000";
    return other->records[model_pick(model, (unsigned)other->record_count)].id;
}

// An id mostly of the kind wanted, else of any, or of somebody else. Adds it to the input.
static int add_id(struct model *model, const char *name, int kind)
{
    int at = model_chance(model, 5) ? REFERENCE_NONE
                                    : model_pick_record(model, model_chance(model, 95) ? kind : -1);
    add_input(model, "\"%s\":\"%s\"", name,
              at == REFERENCE_NONE ? other_users_id(model) : model_record(model, at)->id);
    return at;
}

// A memory by id or by key.
static struct reference_name add_name(struct model *model, int kind)
{
    struct reference_name name = {.record = REFERENCE_NONE};
    if (!model_chance(model, 30)) {
        name.record = add_id(model, "id", kind);
        return name;
    }
    name.key = keys[model_pick(model, MODEL_COUNT(keys))];
    add_input(model, "\"key\":\"%s\"", name.key);
    if (model_chance(model, 50)) {
        name.name_space = model_spaces[model_pick(model, MODEL_SPACES)];
        add_input(model, "\"namespace\":\"%s\"", name.name_space);
    }
    return name;
}

// --- answers ---------------------------------------------------------------------------------------

static void check_error(struct model *model, const struct call_answer *answer,
                        const struct reference_outcome *expected)
{
    same_text(model, answer, "/error/code", mneme_code_name(expected->code));
    same_text(model, answer, "/error/errors/0/field", expected->field);
    same_text(model, answer, "/error/errors/0/rule", expected->rule);
}

// Each row change takes a stamp of its own, a microsecond after the one before, and time never goes behind the last.
static struct call_answer call_built(struct model *model)
{
    struct call_answer answer = model_call(model, model->operation, model->input.text);
    int64_t stamps = model_reference(model)->seq - model->begun_seq;
    if (stamps > 1) model->now += stamps - 1;
    calls_set_time(&model->store, model->now);
    return answer;
}

// Compares a receipt at `pointer` and takes over the id of what was made.
static void check_receipt(struct model *model, const struct call_answer *answer,
                          const char *pointer, const struct reference_outcome *expected)
{
    same_text(model, answer, at_pointer("%s/status", pointer), expected->status);
    if (expected->record == REFERENCE_NONE) return;
    const char *part = at_pointer("%s/id", pointer);
    struct reference_record *record = model_record(model, expected->record);
    const char *id = answer_text(answer, part);
    model_must(model, id != NULL, "no id in %s", answer->text);
    if (record->id[0] == '\0') (void)snprintf(record->id, sizeof record->id, "%s", id);
    same_text(model, answer, part, record->id);
}

// Makes the call whose input was built, and compares. `seq` is that of a single receipt.
static void finish(struct model *model, const struct reference_outcome *expected)
{
    strbuf_add_char(&model->input, '}');
    struct call_answer answer = call_built(model);
    if (expected->code != MNEME_OK) {
        check_error(model, &answer, expected);
    } else {
        model_must(model, answer.code == MNEME_OK, "%s", answer.text);
        check_receipt(model, &answer, "", expected);
        same_integer(model, &answer, "/seq", model_reference(model)->seq);
    }
    call_answer_clear(&answer);
    if (expected->code == MNEME_OK && expected->record != REFERENCE_NONE)
        model_check_record(model, expected->record);
}

// --- the operations ------------------------------------------------------------------------------

// Ids of records that a call made beside the one of its receipt are asked for.
static void learn_id(struct model *model, int at, const char *id)
{
    model_must(model, id != NULL, "no id was told of record %d", at);
    (void)snprintf(model_record(model, at)->id, sizeof model_record(model, at)->id, "%s", id);
}

static void remember(struct model *model)
{
    struct reference_input input;
    begin_input(model, "memory.remember");
    pick_memory(model, &input);
    struct reference_outcome expected =
        reference_remember(model_reference(model), model->now, &input);
    finish(model, &expected);
}

static void remember_batch(struct model *model)
{
    struct reference_outcome expected[5];
    struct reference_input input;
    int count = 1 + (int)model_pick(model, 5);
    begin_input(model, "memory.remember_batch");
    strbuf_add_text(&model->input, "\"items\":[");
    int64_t begun = reference_batch_begin(model_reference(model));
    model_reference(model)->sets[model_reference(model)->set_count - 1].is_collection = count > 1;
    for (int i = 0; i < count; i++) {
        strbuf_add_text(&model->input, i ? ",{" : "{");
        pick_memory(model, &input);
        strbuf_add_char(&model->input, '}');
        expected[i] = reference_batch_item(model_reference(model), model->now, &input);
        // Ids rise in the order of making; until the answer is there, the reference needs one that sorts last.
        if (expected[i].record != REFERENCE_NONE && !model_record(model, expected[i].record)->id[0])
            (void)snprintf(model_record(model, expected[i].record)->id, 40, "~%05d", i);
    }
    reference_batch_end(model_reference(model), begun);
    strbuf_add_text(&model->input, "]}");
    struct call_answer answer = call_built(model);
    model_must(model, answer.code == MNEME_OK, "%s", answer.text);
    same_integer(model, &answer, "/seq", model_reference(model)->seq);
    for (int i = 0; i < count; i++) {
        if (expected[i].code != MNEME_OK) {
            same_text(model, &answer, at_pointer("/items/%d/error/code", i),
                      mneme_code_name(expected[i].code));
            same_text(model, &answer, at_pointer("/items/%d/error/errors/0/field", i),
                      expected[i].field);
            continue;
        }
        struct reference_record *record = model_record(model, expected[i].record);
        if (record->id[0] == '~') record->id[0] = '\0';
        check_receipt(model, &answer, at_pointer("/items/%d", i), &expected[i]);
    }
    call_answer_clear(&answer);
    for (int i = 0; i < count; i++)
        if (expected[i].code == MNEME_OK) model_check_record(model, expected[i].record);
}

static void update(struct model *model)
{
    struct reference_input input = {0};
    begin_input(model, "memory.update");
    struct reference_name name = add_name(model, REFERENCE_MEMORY);
    if (model_chance(model, 40)) pick_content(model, &input);
    pick_fields(model, &input, true);
    if (model_chance(model, 20)) {
        input.version = 1 + (int)model_pick(model, 3);
        add_input(model, "\"version\":%d", input.version);
    }
    struct reference_outcome expected =
        reference_update(model_reference(model), model->now, name, &input);
    finish(model, &expected);
}

// The id of a link is asked for after it was made, and told only while both its ends live.
static bool ends_soon(struct model *model, struct reference_name name)
{
    const char *name_space = name.name_space ? name.name_space : "default";
    int at =
        name.key ? reference_by_key(model_reference(model), name_space, name.key) : name.record;
    if (at == REFERENCE_NONE) return false;
    int64_t expires_at = model_record(model, at)->fields.expires_at;
    return expires_at != 0 && expires_at <= model->now + 10;
}

static void supersede(struct model *model)
{
    struct reference_input input = {0};
    begin_input(model, "memory.supersede");
    struct reference_name name = add_name(model, REFERENCE_MEMORY);
    if (ends_soon(model, name)) return;
    pick_content(model, &input);
    pick_fields(model, &input, true);
    struct reference_outcome expected =
        reference_supersede(model_reference(model), model->now, name, &input);
    finish(model, &expected);
    if (expected.code != MNEME_OK) return;
    int old = model_record(model, expected.record + 1)->fields.to; // the link's
    struct call_answer links =
        model_ask(model, "link.list", "{\"of\":\"%s\",\"relation\":\"supersedes\",\"limit\":1000}",
                  model_record(model, expected.record)->id);
    model_must(model, answer_count(&links, "/items") == 1, "%s", links.text);
    learn_id(model, expected.record + 1, answer_text(&links, "/items/0/id"));
    call_answer_clear(&links);
    model_check_record(model, expected.record + 1);
    model_check_record(model, old);
}

static void tag(struct model *model)
{
    char tags[8];
    bool remove = model_chance(model, 50);
    begin_input(model, remove ? "memory.untag" : "memory.tag");
    struct reference_name name = add_name(model, REFERENCE_MEMORY);
    pick_tags(model, tags);
    struct reference_outcome expected =
        reference_tag(model_reference(model), model->now, name, tags, remove);
    finish(model, &expected);
}

static void expire(struct model *model)
{
    bool is_touch = model_chance(model, 40);
    begin_input(model, is_touch ? "memory.touch" : "memory.expire");
    struct reference_name name = add_name(model, REFERENCE_MEMORY);
    int64_t expires_at = pick_future(model);
    if (model_chance(model, 30)) {
        unsigned seconds = 1 + model_pick(model, 60);
        expires_at = model->now + seconds * US_PER_SECOND;
        add_input(model, model_chance(model, 50) ? "\"ttl\":%u" : "\"ttl\":\"%us\"", seconds);
    } else {
        if (!is_touch && model_chance(model, 30)) expires_at = 0;
        if (!is_touch && model_chance(model, 10)) expires_at = pick_past(model);
        add_time(model, "expires_at", expires_at);
    }
    struct reference_outcome expected =
        reference_expire(model_reference(model), model->now, name, expires_at, is_touch);
    finish(model, &expected);
}

static void forget(struct model *model)
{
    begin_input(model, "record.forget");
    struct reference_name name = add_name(model, model_chance(model, 60) ? REFERENCE_MEMORY : -1);
    struct reference_outcome expected =
        reference_forget(model_reference(model), model->now, name, -1);
    finish(model, &expected);
}

static void forget_kind(struct model *model)
{
    bool is_message = model_chance(model, 70);
    int kind = is_message ? REFERENCE_MESSAGE : REFERENCE_CONVERSATION;
    begin_input(model, is_message ? "message.forget" : "conversation.forget");
    struct reference_name name = {.record = add_id(model, "id", kind)};
    struct reference_outcome expected =
        reference_forget(model_reference(model), model->now, name, kind);
    finish(model, &expected);
}

static void restore(struct model *model)
{
    const struct reference *user = model_reference(model);
    struct reference_name name = {.record = REFERENCE_NONE};
    begin_input(model, "record.restore");
    for (int tries = 0; tries < 100 && user->record_count > 0; tries++) {
        int at = (int)model_pick(model, (unsigned)user->record_count);
        name.record = at;
        if (user->records[at].fields.deleted_at && !user->records[at].is_purged) break;
    }
    add_input(model, "\"id\":\"%s\"",
              name.record == REFERENCE_NONE ? other_users_id(model)
                                            : model_record(model, name.record)->id);
    struct reference_outcome expected = reference_restore(model_reference(model), model->now, name);
    finish(model, &expected);
}

static void purge(struct model *model)
{
    begin_input(model, "record.purge");
    struct reference_name name = add_name(model, -1);
    bool scrub = model_chance(model, 3);
    add_input(model, "\"scrub\":%s", scrub ? "true" : "false");
    struct reference_outcome expected = reference_purge(model_reference(model), model->now, name);
    if (expected.code == MNEME_OK && scrub) expected.status = "purged";
    finish(model, &expected);
}

// The change set of a record's last change, by the product's own history.
static bool add_change_set(struct model *model, int record)
{
    struct call_answer history = model_ask(model, "record.history", "{\"id\":\"%s\",\"limit\":1}",
                                           model_record(model, record)->id);
    const char *id = answer_text(&history, "/items/0/change_set");
    if (id) add_input(model, "\"id\":\"%s\"", id);
    call_answer_clear(&history);
    return id != NULL;
}

static void undo(struct model *model)
{
    int set = REFERENCE_NONE, record = REFERENCE_NONE;
    begin_input(model, "change.undo");
    unsigned way = model_pick(model, 3);
    if (way == 0) record = model_pick_record(model, -1);
    if (way == 1) {
        int at = model_pick_record(model, -1);
        if (at != REFERENCE_NONE && !model_record(model, at)->is_purged &&
            add_change_set(model, at))
            set = reference_last_set_of(model_reference(model), at);
    }
    if (record != REFERENCE_NONE)
        add_input(model, "\"id\":\"%s\"", model_record(model, record)->id);
    struct reference_outcome expected =
        reference_undo(model_reference(model), model->now, set, record);
    int changed = expected.record;
    expected.record = record; // else the receipt names the change set
    finish(model, &expected);
    if (expected.code == MNEME_OK) model_check_record(model, changed);
}

static void link_records(struct model *model)
{
    const char *relation = relations[model_pick(model, MODEL_COUNT(relations))];
    begin_input(model, "link.create");
    int from = add_id(model, "from", model_chance(model, 60) ? REFERENCE_MEMORY : -1);
    int to = add_id(model, "to", model_chance(model, 60) ? REFERENCE_MEMORY : -1);
    if (strcmp(relation, "related") != 0) add_input(model, "\"relation\":\"%s\"", relation);
    struct reference_outcome expected =
        reference_link(model_reference(model), model->now, from, to, relation);
    finish(model, &expected);
}

static void unlink_records(struct model *model)
{
    int at = model_pick_record(model, REFERENCE_LINK);
    if (at == REFERENCE_NONE) return;
    struct reference_fields link = model_record(model, at)->fields;
    begin_input(model, "link.remove");
    struct reference_outcome expected;
    if (model_chance(model, 50)) {
        struct reference_name name = {.record = at};
        add_input(model, "\"id\":\"%s\"", model_record(model, at)->id);
        expected = reference_forget(model_reference(model), model->now, name, REFERENCE_LINK);
    } else {
        add_input(model, "\"from\":\"%s\"", model_record(model, link.from)->id);
        add_input(model, "\"to\":\"%s\"", model_record(model, link.to)->id);
        add_input(model, "\"relation\":\"%s\"", link.relation);
        expected =
            reference_unlink(model_reference(model), model->now, link.from, link.to, link.relation);
    }
    finish(model, &expected);
}

static void talk(struct model *model)
{
    char title[20];
    begin_input(model, "conversation.create");
    (void)snprintf(title, sizeof title, "talk %d", model->step);
    add_input(model, "\"title\":\"%s\"", title);
    struct reference_outcome expected = reference_talk(model_reference(model), model->now, title);
    finish(model, &expected);
}

static void talk_update(struct model *model)
{
    struct reference_input input = {0};
    bool is_archive = model_chance(model, 30);
    begin_input(model, is_archive ? "conversation.archive" : "conversation.update");
    int at = add_id(model, "id", REFERENCE_CONVERSATION);
    if (is_archive) {
        input.given = GIVEN_ACTIVE;
    } else if (model_chance(model, 50)) {
        input.given = GIVEN_ACTIVE;
        input.fields.is_active = 1;
        add_input(model, "\"is_active\":true");
    } else {
        input.given = GIVEN_TITLE;
        (void)snprintf(input.fields.title, sizeof input.fields.title, "talk %u",
                       model_pick(model, 9));
        add_input(model, "\"title\":\"%s\"", input.fields.title);
    }
    struct reference_outcome expected =
        reference_talk_update(model_reference(model), model->now, at, &input);
    finish(model, &expected);
}

static void pick_message(struct model *model, struct reference_input *input)
{
    static const char *const speakers[] = {"Ada", "Grace"};
    *input = (struct reference_input){0};
    pick_content(model, input);
    if (model_chance(model, 50)) {
        const char *speaker = speakers[model_pick(model, MODEL_COUNT(speakers))];
        input->given |= GIVEN_SPEAKER;
        (void)snprintf(input->fields.speaker, sizeof input->fields.speaker, "%s", speaker);
        add_input(model, "\"speaker\":\"%s\"", speaker);
    }
    if (model_chance(model, 10)) {
        input->given |= GIVEN_EXPIRES_AT;
        input->fields.expires_at = pick_future(model);
        add_time(model, "expires_at", input->fields.expires_at);
    }
}

static void append(struct model *model)
{
    struct reference_input inputs[4];
    bool is_single = model_chance(model, 50);
    int count = is_single ? 1 : 1 + (int)model_pick(model, 4);
    begin_input(model, "conversation.append");
    int at = add_id(model, "conversation_id", REFERENCE_CONVERSATION);
    if (is_single) {
        pick_message(model, &inputs[0]);
    } else {
        add_input(model, "\"messages\":[");
        for (int i = 0; i < count; i++) {
            strbuf_add_text(&model->input, i ? ",{" : "{");
            pick_message(model, &inputs[i]);
            strbuf_add_char(&model->input, '}');
        }
        strbuf_add_char(&model->input, ']');
    }
    struct reference_outcome expected =
        reference_append(model_reference(model), model->now, at, inputs, count);
    if (is_single || expected.code != MNEME_OK) {
        finish(model, &expected);
        return;
    }
    strbuf_add_char(&model->input, '}');
    struct call_answer answer = call_built(model);
    model_must(model, answer.code == MNEME_OK, "%s", answer.text);
    same_integer(model, &answer, "/seq", model_reference(model)->seq);
    for (int i = 0; i < count; i++) {
        struct reference_outcome item = expected;
        item.record = expected.record + i;
        check_receipt(model, &answer, at_pointer("/items/%d", i), &item);
    }
    call_answer_clear(&answer);
    for (int i = 0; i < count; i++) model_check_record(model, expected.record + i);
}

static void edit(struct model *model)
{
    struct reference_input input;
    begin_input(model, "message.edit");
    int at = add_id(model, "id", REFERENCE_MESSAGE);
    pick_message(model, &input);
    struct reference_outcome expected =
        reference_edit(model_reference(model), model->now, at, &input);
    finish(model, &expected);
}

// --- the run -------------------------------------------------------------------------------------

// To just before or just at the next end of something, or a few seconds on.
static void move_clock(struct model *model)
{
    int64_t next = 0, least = model->now + 10000; // above all stamps given so far
    for (int u = 0; u < MODEL_USERS; u++) {
        for (int i = 0; i < model->users[u].record_count; i++) {
            const struct reference_record *record = &model->users[u].records[i];
            int64_t ends[] = {record->fields.expires_at, record->fields.valid_to,
                              record->fields.valid_from};
            for (size_t e = 0; e < MODEL_COUNT(ends); e++)
                if (!record->is_purged && ends[e] > least && (next == 0 || ends[e] < next))
                    next = ends[e];
        }
    }
    if (next != 0 && model_chance(model, 15))
        model->now = next - 1 + model_pick(model, 2);
    else
        model->now += US_PER_SECOND / 50 + model_pick(model, 2000000);
    calls_set_time(&model->store, model->now);
}

static void open_engine(struct model *model, int engine)
{
    model->engines[engine][0] = calls_open(&model->store, model_users[0]);
    for (int u = 1; u < MODEL_USERS; u++)
        cr_assert_eq(mneme_open_user(model->engines[engine][0], model_users[u],
                                     &model->engines[engine][u], NULL),
                     MNEME_OK);
}

static void close_engine(struct model *model, int engine)
{
    for (int u = 0; u < MODEL_USERS; u++) mneme_close(model->engines[engine][u]);
}

static void step(struct model *model)
{
    static const struct {
        unsigned weight;
        void (*make)(struct model *model);
    } operations[] = {
        {18, remember}, {5, remember_batch}, {10, update},        {6, supersede}, {8, tag},
        {8, expire},    {7, forget},         {3, forget_kind},    {7, restore},   {3, purge},
        {12, undo},     {6, link_records},   {3, unlink_records}, {2, talk},      {3, talk_update},
        {10, append},   {5, edit},
    };
    unsigned total = 0, at = 0;
    for (size_t i = 0; i < MODEL_COUNT(operations); i++) total += operations[i].weight;
    unsigned drawn = model_pick(model, total);
    while (drawn >= operations[at].weight) drawn -= operations[at++].weight;
    if (model_reference(model)->record_count > RECORDS_MANY && model_chance(model, 30))
        purge(model);
    else
        operations[at].make(model);
}

static void run_model(struct model *model, int steps)
{
    model->random = model->seed;
    model->now = CALLS_START_US;
    strbuf_init(&model->input, 1 << 16);
    calls_store_init(&model->store, model->seed);
    model->second = second_process_start(model->store.path, model->seed + 1);
    for (int e = 0; e < MODEL_ENGINES; e++) open_engine(model, e);
    for (model->step = 1; model->step <= steps; model->step++) {
        model->user = model_chance(model, 70) ? 0 : 1;
        move_clock(model);
        step(model);
        if (model->step % SWEEP_EVERY == 0) model_sweep(model);
        if (model->step % REOPEN_EVERY == 0) {
            int engine = (int)model_pick(model, MODEL_ENGINES);
            close_engine(model, engine);
            open_engine(model, engine);
        }
    }
    for (int e = 0; e < MODEL_ENGINES; e++) close_engine(model, e);
    second_process_end(&model->second);
    for (int u = 0; u < MODEL_USERS; u++) reference_clear(&model->users[u]);
    strbuf_clear(&model->input);
    calls_store_clear(&model->store);
}

Test(model, answers_as_the_reference_does, .timeout = 3600)
{
    uint64_t total = calls_number("MNEME_STEPS", db_fixture_is_long() ? 100000 : 10000);
    uint64_t seed = calls_number("MNEME_SEED", 1);
    for (uint64_t done = 0; done < total; done += 2000, seed++) {
        struct model model = {.seed = seed, .is_traced = calls_number("MNEME_TRACE", 0) != 0};
        run_model(&model, (int)(total - done < 2000 ? total - done : 2000));
    }
}
