// Everything that a user's records show in is looked at.
#include "model_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct numbers {
    int *items;
    int count;
};

static struct model *sorting; /* qsort takes no context */
static char sort_key;
static bool sorts_down;

static int by_order(const void *a, const void *b)
{
    const struct reference_record *x = model_record(sorting, *(const int *)a);
    const struct reference_record *y = model_record(sorting, *(const int *)b);
    double p = sort_key == 'u' ? (double)x->updated_at : (double)x->created_at;
    double q = sort_key == 'u' ? (double)y->updated_at : (double)y->created_at;
    if (sort_key == 'i') p = x->fields.importance, q = y->fields.importance;
    if (sort_key == 's') p = x->fields.message_seq, q = y->fields.message_seq;
    int order = p < q ? -1 : p > q ? 1 : strcmp(x->id, y->id);
    return sorts_down ? -order : order;
}

static void sort(struct model *model, struct numbers *numbers, char key, bool down)
{
    sorting = model;
    sort_key = key;
    sorts_down = down;
    if (numbers->count > 0)
        qsort(numbers->items, (size_t)numbers->count, sizeof *numbers->items, by_order);
}

// Reads a list page by page and compares the ids.
static void same_list(struct model *model, const char *operation, const char *inputs,
                      const struct numbers *expected)
{
    char cursor[600] = "";
    int at = 0;
    for (;;) {
        struct call_answer page = model_ask(model, operation, "{%s,\"limit\":%u%s}", inputs,
                                            1 + model_pick(model, 60), cursor);
        model_must(model, page.code == MNEME_OK, "%s {%s}: %s", operation, inputs, page.text);
        for (size_t i = 0; i < answer_count(&page, "/items"); i++, at++) {
            model_must(model, at < expected->count, "%s {%s} has more than %d items: %s", operation,
                       inputs, expected->count, page.text);
            same_text(model, &page, at_pointer("/items/%zu/id", i),
                      model_record(model, expected->items[at])->id);
        }
        const char *next = answer_text(&page, "/next_cursor");
        (void)snprintf(cursor, sizeof cursor, ",\"cursor\":\"%s\"", next ? next : "");
        bool is_last = next == NULL;
        call_answer_clear(&page);
        if (is_last) break;
    }
    model_must(model, at == expected->count, "%s {%s} has %d items, not %d", operation, inputs, at,
               expected->count);
}

static void check_memories(struct model *model)
{
    static const char *const orders[] = {"created", "updated", "importance"};
    const struct reference *user = model_reference(model);
    bool superseded = model_chance(model, 50), deleted = model_chance(model, 50),
         down = model_chance(model, 50);
    const char *name_space = model_chance(model, 50) ? NULL : model_spaces[model_pick(model, 3)];
    const char *type = model_chance(model, 70) ? NULL : model_types[1 + model_pick(model, 2)];
    char letter = model_chance(model, 70) ? '\0' : (char)('a' + model_pick(model, 5));
    const char *order = orders[model_pick(model, 3)];
    struct numbers numbers = {calloc((size_t)user->record_count + 1, sizeof(int)), 0};
    for (int i = 0; i < user->record_count; i++) {
        struct reference_record record = user->records[i];
        const struct reference_fields *fields = &record.fields;
        if (deleted) record.fields.deleted_at = 0;
        bool is_over = fields->superseded_by != REFERENCE_NONE ||
                       (fields->valid_to && fields->valid_to <= model->now);
        bool is_there = name_space ? strcmp(fields->name_space, name_space) == 0
                                   : strncmp(fields->name_space, "task:", 5) != 0;
        if (record.kind == REFERENCE_MEMORY && reference_is_live(&record, model->now) && is_there &&
            (superseded || !is_over) && (!type || strcmp(fields->type, type) == 0) &&
            (!letter || strchr(fields->tags, letter)))
            numbers.items[numbers.count++] = i;
    }
    sort(model, &numbers, order[0], down);
    char inputs[300];
    int length = snprintf(inputs, sizeof inputs,
                          "\"order\":\"%s\",\"descending\":%s,\"include_superseded\":%s,"
                          "\"include_deleted\":%s",
                          order, down ? "true" : "false", superseded ? "true" : "false",
                          deleted ? "true" : "false");
    if (name_space)
        length += snprintf(inputs + length, sizeof inputs - (size_t)length, ",\"namespace\":\"%s\"",
                           name_space);
    if (type)
        length +=
            snprintf(inputs + length, sizeof inputs - (size_t)length, ",\"type\":\"%s\"", type);
    if (letter)
        (void)snprintf(inputs + length, sizeof inputs - (size_t)length,
                       ",\"filter\":{\"tags\":\"tag %c\"}", letter);
    same_list(model, "record.list", inputs, &numbers);
    free(numbers.items);
}

static void check_others(struct model *model)
{
    static const char *const kinds[] = {"memory", "conversation", "message", "link"};
    const struct reference *user = model_reference(model);
    enum reference_kind kind = (enum reference_kind)(1 + model_pick(model, 3));
    int talk = kind == REFERENCE_MESSAGE ? model_pick_record(model, REFERENCE_CONVERSATION)
                                         : REFERENCE_NONE;
    struct numbers numbers = {calloc((size_t)user->record_count + 1, sizeof(int)), 0};
    for (int i = 0; i < user->record_count; i++)
        if (user->records[i].kind == kind && reference_is_shown(user, i, model->now, false) &&
            (talk == REFERENCE_NONE || user->records[i].fields.conversation == talk))
            numbers.items[numbers.count++] = i;
    sort(model, &numbers, talk == REFERENCE_NONE ? 'c' : 's', false);
    char inputs[200];
    int length =
        snprintf(inputs, sizeof inputs, "\"kind\":\"%s\",\"descending\":false", kinds[kind]);
    if (talk != REFERENCE_NONE)
        (void)snprintf(inputs + length, sizeof inputs - (size_t)length,
                       ",\"conversation_id\":\"%s\"", model_record(model, talk)->id);
    same_list(model, "record.list", inputs, &numbers);
    free(numbers.items);
}

static void check_links_of(struct model *model)
{
    const struct reference *user = model_reference(model);
    int of = model_pick_record(model, REFERENCE_MEMORY);
    if (of == REFERENCE_NONE) return;
    if (!reference_is_shown(user, of, model->now, false)) {
        struct call_answer links =
            model_ask(model, "link.list", "{\"of\":\"%s\"}", model_record(model, of)->id);
        model_must(model, links.code == MNEME_NOT_FOUND, "%s", links.text);
        call_answer_clear(&links);
        return;
    }
    struct numbers numbers = {calloc((size_t)user->record_count + 1, sizeof(int)), 0};
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *record = &user->records[i];
        if (record->kind == REFERENCE_LINK && reference_is_shown(user, i, model->now, false) &&
            (record->fields.from == of || record->fields.to == of))
            numbers.items[numbers.count++] = i;
    }
    sort(model, &numbers, 'c', false); // as the ids rise
    char inputs[80];
    (void)snprintf(inputs, sizeof inputs, "\"of\":\"%s\"", model_record(model, of)->id);
    same_list(model, "link.list", inputs, &numbers);
    free(numbers.items);
}

static void check_map(struct model *model)
{
    const struct reference *user = model_reference(model);
    const char *name_space = model_spaces[model_pick(model, MODEL_SPACES)];
    struct call_answer map = model_ask(model, "memory.map", "{\"namespace\":\"%s\"}", name_space);
    model_must(model, map.code == MNEME_OK, "%s", map.text);
    size_t count = 0;
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *record = &user->records[i];
        if (record->kind != REFERENCE_MEMORY || !record->fields.key[0] ||
            strcmp(record->fields.name_space, name_space) != 0 ||
            record->fields.superseded_by != REFERENCE_NONE ||
            !reference_is_current(record, model->now))
            continue;
        same_text(model, &map, at_pointer("/map/%s", record->fields.key), record->fields.content);
        count++;
    }
    model_must(model, answer_count(&map, "/map") == count, "the map of %s should have %zu: %s",
               name_space, count, map.text);
    call_answer_clear(&map);
}

static void check_history(struct model *model)
{
    const struct reference *user = model_reference(model);
    int at = model_pick_record(model, -1);
    if (at == REFERENCE_NONE) return;
    const struct reference_record *record = model_record(model, at);
    struct call_answer history =
        model_ask(model, "record.history", "{\"id\":\"%s\",\"limit\":1000}", record->id);
    bool is_shown = reference_is_shown(user, at, model->now, true);
    model_must(model, history.code == (is_shown ? MNEME_OK : MNEME_NOT_FOUND), "%s", history.text);
    int item = 0;
    for (int i = user->history_count - 1; i >= 0 && is_shown; i--) {
        const struct reference_history *row = &user->history[i];
        if (row->record != at) continue;
        same_integer(model, &history, at_pointer("/items/%d/version", item), row->version);
        same_text(model, &history, at_pointer("/items/%d/before/content", item),
                  row->is_first ? "" : row->before.content);
        same_time(model, &history, at_pointer("/items/%d/before/deleted_at", item++),
                  row->is_first ? 0 : row->before.deleted_at);
    }
    model_must(model, answer_count(&history, "/items") == (size_t)item, "%s", history.text);
    call_answer_clear(&history);
}

static void check_window(struct model *model)
{
    const struct reference *user = model_reference(model);
    int talk = model_pick_record(model, REFERENCE_CONVERSATION);
    if (talk == REFERENCE_NONE) return;
    bool is_live = reference_is_live(model_record(model, talk), model->now);
    struct numbers numbers = {calloc((size_t)user->record_count + 1, sizeof(int)), 0};
    for (int i = 0; i < user->record_count; i++)
        if (user->records[i].kind == REFERENCE_MESSAGE &&
            reference_is_live(&user->records[i], model->now) &&
            user->records[i].fields.conversation == talk)
            numbers.items[numbers.count++] = i;
    sort(model, &numbers, 's', false);
    int last = 1 + (int)model_pick(model, 10);
    struct call_answer window =
        model_ask(model, "conversation.window", "{\"conversation_id\":\"%s\",\"last\":%d}",
                  model_record(model, talk)->id, last);
    model_must(model, window.code == (is_live ? MNEME_OK : MNEME_NOT_FOUND), "%s", window.text);
    int shown = last < numbers.count ? last : numbers.count;
    for (int i = 0; i < shown && is_live; i++) {
        same_text(model, &window, at_pointer("/messages/%d/id", i),
                  model_record(model, numbers.items[numbers.count - shown + i])->id);
    }
    if (is_live) {
        model_must(model, answer_count(&window, "/messages") == (size_t)shown, "%s", window.text);
        // expired messages count until they are forgotten, as in message_count
        same_integer(model, &window, "/left_out",
                     reference_message_count(user, talk, model->now) - shown);
    }
    call_answer_clear(&window);
    free(numbers.items);
}

static void check_stats(struct model *model)
{
    const struct reference *user = model_reference(model);
    int counts[4] = {0};
    for (int i = 0; i < user->record_count; i++)
        counts[user->records[i].kind] += reference_is_shown(user, i, model->now, false);
    struct call_answer stats = model_ask(model, "stats", "{}");
    same_integer(model, &stats, "/memories", counts[REFERENCE_MEMORY]);
    same_integer(model, &stats, "/conversations", counts[REFERENCE_CONVERSATION]);
    same_integer(model, &stats, "/messages", counts[REFERENCE_MESSAGE]);
    same_integer(model, &stats, "/links", counts[REFERENCE_LINK]);
    call_answer_clear(&stats);
    if (user->seq == 0) return;
    struct call_answer shown = model_ask(model, "user.show", "{}");
    same_integer(model, &shown, "/seq", user->seq);
    call_answer_clear(&shown);
}

static int by_id(struct model *model, const char *id)
{
    const struct reference *user = model_reference(model);
    for (int i = 0; i < user->record_count; i++)
        if (strcmp(user->records[i].id, id) == 0) return i;
    return REFERENCE_NONE;
}

static bool is_recalled(const struct reference_record *record, int64_t now)
{
    return (record->kind == REFERENCE_MEMORY || record->kind == REFERENCE_MESSAGE) &&
           reference_is_current(record, now) && strncmp(record->fields.name_space, "task:", 5) != 0;
}

static bool holds(const char *content, const char *word)
{
    const char *found = *word ? strstr(content, word) : NULL;
    return found && found[strlen(word)] == ' ';
}

// Every current row comes back and no other; those that hold the word say that they matched.
static void check_recall(struct model *model)
{
    const struct reference *user = model_reference(model);
    char word[20] = "";
    if (model_chance(model, 80))
        (void)snprintf(word, sizeof word, "token%u", model_pick(model, MODEL_TOKENS));
    struct call_answer recall = model_ask(
        model, "memory.recall", "{\"text\":\"%s\",\"k\":1000,\"fold\":false,\"note_use\":%s}", word,
        model_chance(model, 50) ? "true" : "false");
    model_must(model, recall.code == MNEME_OK, "%s", recall.text);
    char *is_hit = calloc((size_t)user->record_count + 1, 1);
    for (size_t i = 0; i < answer_count(&recall, "/hits"); i++) {
        const char *id = answer_text(&recall, at_pointer("/hits/%zu/id", i));
        int at = by_id(model, id);
        bool is_good =
            at != REFERENCE_NONE && !is_hit[at] && is_recalled(model_record(model, at), model->now);
        model_must(model, is_good, "recall of '%s' gave %s, which it should not", word, id);
        is_hit[at] = 1;
        same_text(model, &recall, at_pointer("/hits/%zu/content", i),
                  model_record(model, at)->fields.content);
        if (holds(model_record(model, at)->fields.content, word))
            same_boolean(model, &recall, at_pointer("/hits/%zu/matched", i), true);
    }
    for (int i = 0; i < user->record_count; i++)
        model_must(model, is_hit[i] == is_recalled(&user->records[i], model->now),
                   "recall of '%s' lacks %s: %s", word, user->records[i].id,
                   user->records[i].fields.content);
    free(is_hit);
    call_answer_clear(&recall);
}

void model_sweep(struct model *model)
{
    model->operation = "the sweep";
    strbuf_truncate(&model->input, 0);
    for (int i = 0; i < 2; i++) check_memories(model);
    check_others(model);
    check_links_of(model);
    check_map(model);
    check_history(model);
    check_window(model);
    check_stats(model);
    check_recall(model);
    int at = model_pick_record(model, -1);
    if (at != REFERENCE_NONE) model_check_record(model, at);
}
