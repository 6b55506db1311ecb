/*
 * One step reads some turns that no scene covers, sums them up outside of any transaction, and writes one scene; or,
 * if there are none, one chapter or arc; or ends the job.
 */
#include "tidy/summaries.h"

#include "base/hash.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "engine/conversation.h"
#include "index/windows.h"
#include "mind/summarise.h"
#include "store/row.h"
#include "text/token_estimate.h"

#include <string.h>

#define TURNS_MOST 40    // of one step
#define SCENE_TOKENS 400 // a summary of any level
#define SHARE 4          // a summary has at most one token for so many of its turns, ...
#define TOKENS_LEAST 60  // but not fewer than this
#define RUNGS 6          // summaries of one level that make one of the next
#define START_BYTES 400  // of a text that has no sentence to choose

struct summing {
    const struct tidy_writer *writer;
    const char *conversation_id;
    bool whole;
    struct arena *arena; /* of the step */
    int64_t change_seq;  /* the user's counter, as the step saw it */
    /* what is there */
    const struct summary *scenes, *chapters;
    size_t scene_count, chapter_count;
    const struct summary *open; /* the scene that goes on; NULL: none */
    /* what is summed up: turns, or summaries of the level below */
    const struct message *turns[TURNS_MOST];
    size_t turn_count;
    const struct summary *rungs[RUNGS];
    size_t rung_count;
    int64_t from, to; /* message_seq */
    struct tidy_record record;
    /* what came of it */
    bool is_written, is_done;
};

// --- what is there -------------------------------------------------------------------------------

static bool is_rung(const struct summary *summary, int64_t now_us)
{
    return record_is_live(&kind_summary, summary, now_us) &&
           field_present(summary, SUMMARY_MESSAGE_RANGE_START) &&
           field_present(summary, SUMMARY_MESSAGE_RANGE_END);
}

/* Scenes and chapters that are live, each in the order of what they cover. */
static enum mneme_code read_summaries(struct summing *summing, const struct scope *scope,
                                      const struct uuid *id, struct mneme_error *err)
{
    struct statement *statement;
    struct row_list rows;
    enum mneme_code code = db_prepare(scope->db, SQL_CONVERSATION_SUMMARIES, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, id);
    code = row_list(statement, &kind_summary, SIZE_MAX, scope->arena, &rows, err);
    struct summary *scenes = arena_alloc_array(scope->arena, rows.count + 1, sizeof *scenes);
    struct summary *chapters = arena_alloc_array(scope->arena, rows.count + 1, sizeof *chapters);
    if (code != MNEME_OK || scenes == NULL || chapters == NULL) {
        return code != MNEME_OK ? code : error_nomem(err);
    }
    const struct summary *all = rows.records;
    for (size_t i = 0; i < rows.count; i++) {
        if (!is_rung(&all[i], scope->now_us)) {
            continue;
        }
        if (strcmp(all[i].level, "scene") == 0) {
            scenes[summing->scene_count++] = all[i];
        } else if (strcmp(all[i].level, "chapter") == 0) {
            chapters[summing->chapter_count++] = all[i];
        }
    }
    summing->scenes = scenes;
    summing->chapters = chapters;
    return MNEME_OK;
}

/* The last turn that has left the window. */
static enum mneme_code find_end(const struct summing *summing, const struct scope *scope,
                                const struct uuid *id, int64_t *out, struct mneme_error *err)
{
    struct statement *statement;
    struct row_list rows;
    *out = INT64_MAX;
    if (summing->whole) {
        return MNEME_OK;
    }
    enum mneme_code code = db_prepare(scope->db, SQL_MESSAGE_WINDOW, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    db_bind_uuid(statement, 2, id);
    db_bind_integer(statement, 3, INT64_MAX);
    db_bind_integer(statement, 4, SUMMARY_WINDOW);
    code = row_list(statement, &kind_message, SIZE_MAX, scope->arena, &rows, err);
    const struct message *last = rows.records;
    *out = rows.count < SUMMARY_WINDOW ? 0 : last[rows.count - 1].message_seq - 1;
    return code;
}

static bool is_sitting_over(const struct message *before, const struct message *message)
{
    bool has_label = before->sitting != NULL || message->sitting != NULL;
    if (has_label) {
        return before->sitting == NULL || message->sitting == NULL ||
               strcmp(before->sitting, message->sitting) != 0;
    }
    return message->event_at - before->event_at > SITTING_GAP_US;
}

/* Turns behind `after` and not past `end`, of one sitting; whether they go on with the message at `after`. */
static enum mneme_code read_turns(struct summing *summing, const struct scope *scope, int64_t after,
                                  int64_t end, bool *goes_on, struct mneme_error *err)
{
    struct message_page page = {.conversation_id = summing->conversation_id,
                                .after_seq = after > 0 ? after - 1 : 0};
    const struct message *last = NULL;
    *goes_on = true;
    enum mneme_code code = MNEME_OK;
    while (code == MNEME_OK && !page.is_last && page.after_seq < end) {
        code = message_page_read(scope, &page, err);
        for (size_t i = 0; i < page.count && code == MNEME_OK; i++) {
            const struct message *message = &page.messages[i];
            if (message->message_seq > end || summing->turn_count == TURNS_MOST) {
                return MNEME_OK;
            }
            if (!record_is_live(&kind_message, message, scope->now_us)) {
                continue;
            }
            if (message->message_seq <= after) {
                last = message;
                continue;
            }
            if (last != NULL && is_sitting_over(last, message)) {
                if (summing->turn_count > 0) {
                    return MNEME_OK;
                }
                *goes_on = false;
            }
            last = message;
            summing->turns[summing->turn_count++] = message;
            summing->to = message->message_seq;
        }
    }
    return code;
}

static bool can_go_on(const struct summary *scene)
{
    return summary_is_derived(scene) && !scene->is_final && !scene->is_stale &&
           scene->parent_id == NULL;
}

/* The first turns that no scene covers. */
static enum mneme_code find_turns(struct summing *summing, const struct scope *scope,
                                  const struct uuid *id, struct mneme_error *err)
{
    int64_t end, at = 0;
    bool goes_on = false;
    enum mneme_code code = find_end(summing, scope, id, &end, err);
    for (size_t i = 0; i <= summing->scene_count && code == MNEME_OK; i++) {
        bool is_last = i == summing->scene_count;
        const struct summary *next = is_last ? NULL : &summing->scenes[i];
        int64_t gap_end = is_last ? end : next->message_range_start - 1;
        if (gap_end > end) {
            gap_end = end;
        }
        if (at < gap_end) {
            code = read_turns(summing, scope, at, gap_end, &goes_on, err);
        }
        if (summing->turn_count > 0) {
            const struct summary *before = i > 0 ? &summing->scenes[i - 1] : NULL;
            bool is_open = is_last && before != NULL && goes_on && can_go_on(before);
            summing->open = is_open ? before : NULL;
            summing->from = is_open ? before->message_range_start : at + 1;
            break;
        }
        at = next != NULL && next->message_range_end > at ? next->message_range_end : at;
    }
    return code;
}

/* A parent that was taken back is none. */
static bool has_parent(const struct summary *summary, const struct summary *parents, size_t count)
{
    for (size_t i = 0; summary->parent_id != NULL && i < count; i++) {
        if (strcmp(parents[i].id, summary->parent_id) == 0) {
            return true;
        }
    }
    return false;
}

/* Six of a level that have none above them; of scenes the last is still growing. */
static void find_rungs(struct summing *summing)
{
    for (size_t i = 0; i + 1 < summing->scene_count && summing->rung_count < RUNGS; i++) {
        const struct summary *scene = &summing->scenes[i];
        if (summary_is_derived(scene) &&
            !has_parent(scene, summing->chapters, summing->chapter_count)) {
            summing->rungs[summing->rung_count++] = scene;
        }
    }
    if (summing->rung_count == RUNGS) {
        return;
    }
    summing->rung_count = 0;
    for (size_t i = 0; i < summing->chapter_count && summing->rung_count < RUNGS; i++) {
        const struct summary *chapter = &summing->chapters[i];
        if (summary_is_derived(chapter) && chapter->parent_id == NULL) {
            summing->rungs[summing->rung_count++] = chapter;
        }
    }
    if (summing->rung_count < RUNGS) {
        summing->rung_count = 0;
    }
}

static enum mneme_code read_step(struct summing *summing, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct conversation conversation;
    struct uuid id;
    bool found = false;
    enum mneme_code code = snapshot_begin(summing->writer->handle, summing->arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (snapshot.is_known && uuid_parse(summing->conversation_id, &id)) {
        code = record_find(&snapshot.scope, &kind_conversation, summing->conversation_id,
                           &conversation, &found, err);
    }
    summing->change_seq = snapshot.change_seq;
    if (code == MNEME_OK &&
        (!found || !record_is_live(&kind_conversation, &conversation, snapshot.scope.now_us))) {
        const struct record_name name = {.id = summing->conversation_id};
        code = record_not_found(&name, err);
    }
    if (code == MNEME_OK) {
        code = read_summaries(summing, &snapshot.scope, &id, err);
    }
    if (code == MNEME_OK) {
        code = find_turns(summing, &snapshot.scope, &id, err);
    }
    snapshot_end(&snapshot);
    if (code == MNEME_OK && summing->turn_count == 0) {
        find_rungs(summing);
    }
    return code;
}

// --- what it comes to ----------------------------------------------------------------------------

static enum mneme_code units_of(const struct summing *summing, struct summary_unit **out,
                                size_t *count, struct mneme_error *err)
{
    size_t most = summing->turn_count + summing->rung_count;
    struct summary_unit *units = arena_alloc_array(summing->arena, most, sizeof *units);
    *out = units;
    *count = 0;
    if (units == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < summing->turn_count; i++) {
        const struct message *turn = summing->turns[i];
        if (strcmp(turn->role, "user") != 0 && strcmp(turn->role, "assistant") != 0) {
            continue; // what systems and tools say is no part of the talk
        }
        units[(*count)++] =
            (struct summary_unit){.text = turn->content,
                                  .speaker = turn->speaker ? turn->speaker : turn->role,
                                  .ordinal = (uint32_t)i,
                                  .importance = turn->importance};
    }
    for (size_t i = 0; i < summing->rung_count; i++) {
        units[(*count)++] = (struct summary_unit){
            .text = summing->rungs[i]->summary_text, .ordinal = (uint32_t)i, .importance = .5};
    }
    return MNEME_OK;
}

static size_t tokens_of(const struct summary_unit *units, size_t count)
{
    size_t tokens = 0;
    for (size_t i = 0; i < count; i++) {
        tokens += token_estimate(units[i].text, strlen(units[i].text));
    }
    return tokens;
}

static enum mneme_code sum_up(struct summing *summing, const struct summary_unit *units,
                              size_t count, struct summary_said *out, struct mneme_error *err)
{
    const char *previous = summing->open ? summing->open->summary_text : NULL;
    size_t used = previous ? token_estimate(previous, strlen(previous)) : 0;
    size_t more = tokens_of(units, count) / SHARE;
    size_t target = used + (more > TOKENS_LEAST ? more : TOKENS_LEAST);
    const struct summary_options options = {
        .target_tokens = target < SCENE_TOKENS ? target : SCENE_TOKENS, .previous = previous};
    struct analyzer *analyzer = engine_analyzer_take(summing->writer->handle);
    if (analyzer == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code =
        summarise_run(analyzer, units, count, &options, summing->arena, out, err);
    engine_analyzer_give(summing->writer->handle, analyzer);
    if (code == MNEME_OK && previous != NULL &&
        (out->is_full || strcmp(out->text, previous) == 0)) {
        summing->open = NULL; // the next scene begins
        summing->from = summing->turns[0]->message_seq;
        return sum_up(summing, units, count, out, err);
    }
    return code;
}

/* What it says where no sentence could be chosen: how its turns begin. */
static const char *start_of(const struct summing *summing, const struct summary_unit *units,
                            size_t count)
{
    if (count == 0) {
        return arena_printf(summing->arena, "(%zu turns without talk)", summing->turn_count);
    }
    size_t length = strlen(units[0].text);
    return arena_text_n(summing->arena, units[0].text,
                        length > START_BYTES ? utf8_cut(units[0].text, length, START_BYTES)
                                             : length);
}

/* Behind what was there, each text once, as many as a list holds. */
static struct list longer(struct arena *arena, struct list old, const struct summary_items *more)
{
    const char **items = arena_alloc_array(arena, old.count + more->count + 1, sizeof *items);
    struct list list = {.items = items};
    for (size_t i = 0; items != NULL && i < old.count + more->count; i++) {
        const char *text = i < old.count ? old.items[i] : more->items[i - old.count].text;
        bool is_known = list.count == LIMIT_ITEMS || strlen(text) > LIMIT_ITEM_BYTES;
        for (size_t j = 0; j < list.count && !is_known; j++) {
            is_known = strcmp(items[j], text) == 0;
        }
        if (!is_known) {
            items[list.count++] = text;
        }
    }
    return list;
}

static const char *lower_trust_of(const struct summing *summing)
{
    const char *trust = summing->open ? summing->open->trust : "user";
    for (size_t i = 0; i < summing->turn_count; i++) {
        trust = tidy_lower_trust(trust, summing->turns[i]->trust);
    }
    for (size_t i = 0; i < summing->rung_count; i++) {
        trust = tidy_lower_trust(trust, summing->rungs[i]->trust);
    }
    return trust;
}

/* Of what it was made from: what was digested before, then each source and its version. */
static enum mneme_code digest_of(const struct summing *summing, const char **out,
                                 struct mneme_error *err)
{
    struct hash_stream *stream = hash_stream_new();
    unsigned char bytes[SHA256_BYTES];
    char *hex = arena_alloc(summing->arena, sizeof bytes * 2 + 1);
    *out = hex;
    if (stream == NULL || hex == NULL) {
        if (stream != NULL) {
            (void)hash_stream_finish(stream, bytes);
        }
        return error_nomem(err);
    }
    if (summing->open != NULL && summing->open->digest != NULL) {
        hash_stream_add(stream, summing->open->digest, strlen(summing->open->digest));
    }
    for (size_t i = 0; i < summing->turn_count + summing->rung_count; i++) {
        bool is_turn = i < summing->turn_count;
        const char *id =
            is_turn ? summing->turns[i]->id : summing->rungs[i - summing->turn_count]->id;
        int64_t version =
            is_turn ? summing->turns[i]->version : summing->rungs[i - summing->turn_count]->version;
        hash_stream_add(stream, id, strlen(id));
        hash_stream_add(stream, &version, sizeof version);
    }
    if (!hash_stream_finish(stream, bytes)) {
        return error_set(err, MNEME_INTERNAL, "the digest cannot be made");
    }
    hash_hex(bytes, sizeof bytes, hex);
    return MNEME_OK;
}

static void write_items(struct json_writer *writer, const struct summary_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        json_write_text(writer, NULL, items->items[i].text);
    }
}

static const struct development *find_development(const struct summary_said *said,
                                                  const char *character)
{
    for (size_t i = 0; i < said->development_count; i++) {
        if (strcmp(said->developments[i].character, character) == 0) {
            return &said->developments[i];
        }
    }
    return NULL;
}

/* Those of before, each with what has come to it. */
static void write_old(struct json_writer *writer, const struct json *old,
                      const struct summary_said *said)
{
    void *at = NULL;
    const char *name;
    const struct json *items;
    while (json_each(old, &at, &name, &items)) {
        const struct development *more = find_development(said, name);
        json_begin_array(writer, name);
        for (size_t i = 0; i < json_count(items); i++) {
            json_write_value(writer, NULL, json_at(items, i));
        }
        if (more != NULL) {
            write_items(writer, &more->items);
        }
        json_end_array(writer);
    }
}

/* {"Anna": ["...", ...], ...}. What no longer fits leaves it as it was. */
static const char *developments_of(const struct summing *summing, const struct summary_said *said)
{
    const char *before = summing->open ? summing->open->character_developments : NULL;
    struct strbuf text;
    struct json_writer writer;
    struct json *old = NULL;
    if (said->development_count == 0) {
        return before;
    }
    if (before != NULL &&
        json_parse(before, strlen(before), LIMIT_METADATA_BYTES, &old, NULL) != MNEME_OK) {
        return before;
    }
    strbuf_init(&text, LIMIT_METADATA_BYTES);
    json_writer_init(&writer, &text);
    json_begin_object(&writer, NULL);
    write_old(&writer, old, said);
    for (size_t i = 0; i < said->development_count; i++) {
        const struct development *development = &said->developments[i];
        if (old == NULL || json_get(old, development->character) == NULL) {
            json_begin_array(&writer, development->character);
            write_items(&writer, &development->items);
            json_end_array(&writer);
        }
    }
    json_end_object(&writer);
    const char *json =
        strbuf_code(&text) == MNEME_OK ? arena_text(summing->arena, text.text) : before;
    strbuf_clear(&text);
    json_free(old);
    return json;
}

static const char *level_of(const struct summing *summing)
{
    return summing->rung_count == 0                         ? "scene"
           : strcmp(summing->rungs[0]->level, "scene") == 0 ? "chapter"
                                                            : "arc";
}

static enum mneme_code fill_record(struct summing *summing, const struct summary_said *said,
                                   const char *text, struct mneme_error *err)
{
    const struct kind *kind = &kind_summary;
    struct tidy_record *out = &summing->record;
    struct summary *row = &out->record.summary;
    const char *digest;
    enum mneme_code code = digest_of(summing, &digest, err);
    if (code != MNEME_OK) {
        return code;
    }
    *out = (struct tidy_record){.kind = kind};
    if (summing->open != NULL) {
        out->before.summary = *row = *summing->open;
    } else {
        record_set_defaults(kind, row);
        field_set_text(kind, row, COMMON_ORIGIN, "consolidation");
        field_set_text(kind, row, SUMMARY_CONVERSATION_ID, summing->conversation_id);
        field_set_text(kind, row, SUMMARY_LEVEL, level_of(summing));
        field_set_text(kind, row, SUMMARY_BY, "extractor");
        field_set_integer(kind, row, SUMMARY_MESSAGE_RANGE_START, summing->from);
    }
    field_set_text(kind, row, COMMON_TRUST, lower_trust_of(summing));
    field_set_text(kind, row, SUMMARY_SUMMARY_TEXT, text);
    field_set_list(kind, row, SUMMARY_KEY_EVENTS,
                   longer(summing->arena, row->key_events, &said->key_events));
    field_set_list(kind, row, SUMMARY_PLOT_POINTS,
                   longer(summing->arena, row->plot_points, &said->plot_points));
    field_set_text(kind, row, SUMMARY_CHARACTER_DEVELOPMENTS, developments_of(summing, said));
    field_set_integer(kind, row, SUMMARY_MESSAGE_RANGE_END, summing->to);
    field_set_text(kind, row, SUMMARY_DIGEST, digest);
    return tidy_prepare(summing->writer->handle, out, summing->arena, err);
}

static enum mneme_code prepare_step(struct summing *summing, struct mneme_error *err)
{
    struct summary_unit *units;
    struct summary_said said;
    size_t count;
    if (summing->rung_count > 0) {
        summing->from = summing->rungs[0]->message_range_start;
        summing->to = summing->rungs[summing->rung_count - 1]->message_range_end;
    }
    enum mneme_code code = units_of(summing, &units, &count, err);
    if (code == MNEME_OK) {
        code = sum_up(summing, units, count, &said, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    const char *text = *said.text ? said.text : start_of(summing, units, count);
    return text ? fill_record(summing, &said, text, err) : error_nomem(err);
}

// --- what is written -----------------------------------------------------------------------------

/* Nothing that it was made from has changed, and no row of the user's that could be a further source. */
static enum mneme_code is_as_read(const struct summing *summing, struct change *change, bool *out,
                                  struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    *out = true;
    for (size_t i = 0; i < summing->turn_count && code == MNEME_OK && *out; i++) {
        code = tidy_is_same(&change->scope, &kind_message, summing->turns[i]->id,
                            summing->turns[i]->change_seq, out, err);
    }
    for (size_t i = 0; i < summing->rung_count && code == MNEME_OK && *out; i++) {
        code = tidy_is_same(&change->scope, &kind_summary, summing->rungs[i]->id,
                            summing->rungs[i]->change_seq, out, err);
    }
    return code;
}

/* The summaries that it was made from are part of it. */
static enum mneme_code adopt(const struct summing *summing, struct change *change,
                             struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    for (size_t i = 0; i < summing->rung_count && code == MNEME_OK; i++) {
        struct summary after = *summing->rungs[i];
        field_set_text(&kind_summary, &after, SUMMARY_PARENT_ID, summing->record.id);
        code = change_replace(change, &kind_summary, summing->rungs[i], &after, err);
    }
    return code;
}

static enum mneme_code write_summary(struct change *change, void *context, struct mneme_error *err)
{
    struct summing *summing = context;
    bool is_same, is_moved = false;
    summing->is_written = false;
    enum mneme_code code = is_as_read(summing, change, &is_same, err);
    if (code == MNEME_OK && is_same) {
        code = tidy_put(summing->writer->handle, change, &summing->record, &is_moved, err);
        summing->is_written = code == MNEME_OK && !is_moved;
    }
    if (code == MNEME_OK && summing->is_written) {
        code = adopt(summing, change, err);
    }
    return code == MNEME_OK ? tidy_end(summing->writer, change, false, err) : code;
}

/* Nothing was left to sum up: if nothing has been written since, that is still so. */
static enum mneme_code end_job(struct change *change, void *context, struct mneme_error *err)
{
    struct summing *summing = context;
    int64_t seq;
    enum mneme_code code = change_seq(change, &seq, err);
    summing->is_done = code == MNEME_OK && seq == summing->change_seq;
    return summing->is_done ? tidy_end(summing->writer, change, true, err) : code;
}

static enum mneme_code end_gone(struct change *change, void *context, struct mneme_error *err)
{
    struct summing *summing = context;
    summing->is_done = true;
    return tidy_end(summing->writer, change, true, err);
}

static enum mneme_code take_step(struct summing *summing, struct mneme_error *err)
{
    enum mneme_code code = read_step(summing, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (summing->turn_count == 0 && summing->rung_count == 0) {
        if (summing->writer->run == NULL) {
            summing->is_done = true;
            return MNEME_OK;
        }
        return tidy_write(summing->writer, "summarising", end_job, summing, err);
    }
    code = prepare_step(summing, err);
    return code == MNEME_OK
               ? tidy_write(summing->writer,
                            summing->rung_count > 0 ? "summaries of one level make one of the next"
                                                    : "turns have left the window",
                            write_summary, summing, err)
               : code;
}

enum mneme_code summaries_make(const struct mneme *handle, const char *conversation_id, bool whole,
                               struct summarised *out, struct mneme_error *err)
{
    const struct tidy_writer writer = {.handle = handle, .operation = "conversation.summarize"};
    struct arena step;
    enum mneme_code code = MNEME_OK;
    bool is_done = false;
    *out = (struct summarised){0};
    arena_init(&step);
    while (code == MNEME_OK && !is_done) {
        struct summing summing = {
            .writer = &writer, .conversation_id = conversation_id, .whole = whole, .arena = &step};
        arena_clear(&step);
        code = take_step(&summing, err);
        is_done = summing.is_done;
        if (code == MNEME_OK && summing.is_written) {
            out->messages += (int64_t)summing.turn_count;
            out->made += summing.open == NULL;
            out->extended += summing.open != NULL;
        }
    }
    arena_clear(&step);
    return code;
}

static enum mneme_code step_of_job(const struct tidy_writer *writer, struct job_run *run,
                                   struct mneme_error *err)
{
    struct summing summing = {
        .writer = writer, .conversation_id = run->job.subject, .arena = run->arena};
    enum mneme_code code = take_step(&summing, err);
    if (code == MNEME_NOT_FOUND) {
        // The conversation was forgotten: there is nothing to do for it.
        code = tidy_write(writer, "summarising", end_gone, &summing, err);
    }
    if (code == MNEME_OK && summing.is_written) {
        run->job.done += (int64_t)summing.turn_count;
    }
    run->is_finished = code == MNEME_OK && summing.is_done;
    return code;
}

enum mneme_code summaries_step(struct job_run *run, struct mneme_error *err)
{
    return tidy_run_step(run, step_of_job, err);
}
