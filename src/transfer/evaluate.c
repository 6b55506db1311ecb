/* A labelled set stored, asked and counted. */
#include "transfer/evaluate.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "engine/conversation.h"
#include "engine/recalling.h"
#include "text/dates.h"
#include "transfer/evalset.h"
#include "transfer/temporary.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BATCH 500
#define SITTING_DEPTH 200 /* turns that may count for their sittings */

struct evaluation {
    const struct evaluate_request *request;
    struct arena *arena; /* the result's */
    struct evalset set;
    struct mneme *store;  /* the temporary store's first handle */
    struct mneme **users; /* by space; NULL: not opened yet */
    const char **talks;   /* by space: the conversation; NULL: none yet */
    struct map documents; /* ids of records to documents */
    size_t stored_count;
    int64_t newest_us;
    struct metrics sums, *category_sums;
    struct sitting_metrics sitting_sums;
    struct sitting_room room;
    int64_t *took_us;
};

static void tell(const struct evaluation *evaluation, const char *what, size_t done, size_t total)
{
    const struct evaluate_request *request = evaluation->request;
    if (request->on_progress != NULL && (done % BATCH == 0 || done == total)) {
        request->on_progress(request->context, what, done, total);
    }
}

static enum mneme_code user_of(struct evaluation *evaluation, uint32_t space, struct mneme **out,
                               struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    if (evaluation->users[space] == NULL) {
        code = mneme_open_user(evaluation->store, evaluation->set.spaces[space],
                               &evaluation->users[space], err);
    }
    *out = evaluation->users[space];
    return code;
}

/* A failure of storing document i, with its line. */
static enum mneme_code refuse(const struct evaluation *evaluation, size_t i,
                              const struct mneme_error *own, struct mneme_error *err)
{
    return error_field(err, own->code, "docs", own->rule, "line %llu of docs: %.90s",
                       (unsigned long long)evaluation->set.documents[i].line, own->message);
}

static enum mneme_code note_stored(struct evaluation *evaluation, const char *id, size_t document,
                                   struct mneme_error *err)
{
    struct uuid uuid;
    bool is_new = false;
    if (!uuid_parse(id, &uuid) || map_put(&evaluation->documents, uuid.bytes, sizeof uuid.bytes,
                                          (uint32_t)document, &is_new) == MAP_NONE) {
        return error_nomem(err);
    }
    evaluation->stored_count += is_new;
    return MNEME_OK;
}

/* When it was said, where the source's words are a date. */
static int64_t time_of(struct evaluation *evaluation, const struct evalset_document *document)
{
    struct date_span span;
    if (document->time == NULL || !date_parse(language_find("en"), document->time, &span)) {
        return TIME_NONE;
    }
    if (evaluation->newest_us == TIME_NONE || span.from_us > evaluation->newest_us) {
        evaluation->newest_us = span.from_us;
    }
    return span.from_us;
}

/* A record must have a text; a blank one is as silent as none. */
static const char *content_of(const struct evalset_document *document)
{
    return *document->text != '\0' ? document->text : " ";
}

/* Documents without a date have no words of one, not those of today. */
static const char *date_text_of(const struct evalset_document *document)
{
    return document->time ? document->time : "";
}

static enum mneme_code store_memories(struct evaluation *evaluation, const struct mneme *user,
                                      size_t first, size_t count, struct arena *arena,
                                      struct mneme_error *err)
{
    struct memory_item *items = arena_alloc_array(arena, count, sizeof *items);
    int64_t seq;
    if (items == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct evalset_document *document = &evaluation->set.documents[first + i];
        struct mneme_error own = {0};
        struct fault_list faults;
        int64_t time = time_of(evaluation, document);
        fault_list_init(&faults, arena);
        items[i] = (struct memory_item){.date_text = date_text_of(document), .is_unique = true};
        field_set_text(&kind_memory, &items[i].record, MEMORY_CONTENT, content_of(document));
        if (time != TIME_NONE) {
            field_set_integer(&kind_memory, &items[i].record, MEMORY_EVENT_AT, time);
        }
        if (record_check(&kind_memory, &items[i].record, RECORD_NEW, "", &faults, &own) !=
            MNEME_OK) {
            return refuse(evaluation, first + i, &own, err);
        }
    }
    enum mneme_code code = memory_remember(user, items, count, true, arena, &seq, err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = note_stored(evaluation, items[i].receipt.id, first + i, err);
    }
    return code;
}

static const char *role_of(const char *who)
{
    static const char *const roles[] = {"user", "assistant", "system", "tool"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (strcasecmp(who, roles[i]) == 0) {
            return roles[i];
        }
    }
    return NULL;
}

/* The label of a sitting: its time, or where that is no name, its number. */
static const char *label_of(const struct evalset_document *document, struct arena *arena)
{
    if (document->time == NULL || strlen(document->time) <= LIMIT_NAME_BYTES) {
        return document->time;
    }
    return arena_printf(arena, "sitting %u", (unsigned)document->sitting);
}

static enum mneme_code fill_message(struct evaluation *evaluation, size_t i, const char *talk,
                                    struct arena *arena, struct message_item *item,
                                    struct mneme_error *err)
{
    const struct evalset_document *document = &evaluation->set.documents[i];
    const char *role = role_of(document->who);
    struct message *record = &item->record;
    struct mneme_error own = {0};
    struct fault_list faults;
    int64_t time = time_of(evaluation, document);
    fault_list_init(&faults, arena);
    *item = (struct message_item){.date_text = date_text_of(document)};
    field_set_text(&kind_message, record, MESSAGE_CONVERSATION_ID, talk);
    field_set_text(&kind_message, record, MESSAGE_ROLE, role ? role : "user");
    field_set_text(&kind_message, record, MESSAGE_SPEAKER, role ? NULL : document->who);
    field_set_text(&kind_message, record, MESSAGE_CONTENT, content_of(document));
    field_set_text(&kind_message, record, MESSAGE_SITTING, label_of(document, arena));
    if (time != TIME_NONE) {
        field_set_integer(&kind_message, record, MESSAGE_EVENT_AT, time);
    }
    return record_check(&kind_message, record, RECORD_NEW, "", &faults, &own) == MNEME_OK
               ? MNEME_OK
               : refuse(evaluation, i, &own, err);
}

static enum mneme_code talk_of(struct evaluation *evaluation, const struct mneme *user,
                               uint32_t space, struct arena *arena, struct mneme_error *err)
{
    struct conversation fields = {0};
    struct receipt receipt;
    if (evaluation->talks[space] != NULL) {
        return MNEME_OK;
    }
    record_set_defaults(&kind_conversation, &fields);
    enum mneme_code code = conversation_create(user, &fields, arena, &receipt, err);
    if (code == MNEME_OK) {
        evaluation->talks[space] = arena_text(evaluation->arena, receipt.id);
        code = evaluation->talks[space] ? MNEME_OK : error_nomem(err);
    }
    return code;
}

static enum mneme_code store_messages(struct evaluation *evaluation, const struct mneme *user,
                                      size_t first, size_t count, struct arena *arena,
                                      struct mneme_error *err)
{
    uint32_t space = evaluation->set.documents[first].space;
    struct message_item *items = arena_alloc_array(arena, count, sizeof *items);
    int64_t seq;
    enum mneme_code code = items ? talk_of(evaluation, user, space, arena, err) : error_nomem(err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = fill_message(evaluation, first + i, evaluation->talks[space], arena, &items[i], err);
    }
    if (code == MNEME_OK) {
        code = conversation_append(user, evaluation->talks[space], items, count, arena, &seq, err);
    }
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = note_stored(evaluation, items[i].receipt.id, first + i, err);
    }
    return code;
}

/* How many documents from here on go into one write. */
static size_t batch_of(const struct evalset *set, size_t first)
{
    const struct evalset_document *one = &set->documents[first];
    size_t count = 1;
    while (count < BATCH && first + count < set->document_count && one[count].space == one->space &&
           (one[count].who == NULL) == (one->who == NULL)) {
        count++;
    }
    return count;
}

static enum mneme_code store_set(struct evaluation *evaluation, struct mneme_error *err)
{
    const struct evalset *set = &evaluation->set;
    enum mneme_code code = MNEME_OK;
    size_t count = 0;
    for (size_t first = 0; first < set->document_count && code == MNEME_OK; first += count) {
        struct arena arena;
        struct mneme *user;
        arena_init(&arena);
        count = batch_of(set, first);
        code = user_of(evaluation, set->documents[first].space, &user, err);
        if (code == MNEME_OK) {
            code = set->documents[first].who == NULL
                       ? store_memories(evaluation, user, first, count, &arena, err)
                       : store_messages(evaluation, user, first, count, &arena, err);
        }
        arena_clear(&arena);
        for (size_t i = first; i < first + count && code == MNEME_OK; i++) {
            tell(evaluation, "documents", i + 1, set->document_count);
        }
    }
    if (code == MNEME_OK && evaluation->stored_count < set->document_count) {
        code = error_field(err, MNEME_INTERNAL, "docs", "", "%zu documents were read, %zu stored",
                           set->document_count, evaluation->stored_count);
    }
    return code;
}

static enum mneme_code ask(struct evaluation *evaluation, const struct evalset_query *query,
                           unsigned k, struct arena *arena, struct recalled *out,
                           struct mneme_error *err)
{
    struct mneme *user;
    struct recalling recalling = {.keep_past_clock = true};
    char text[LIMIT_QUERY_BYTES + 1];
    size_t length = utf8_cut(query->text, strlen(query->text), LIMIT_QUERY_BYTES);
    memcpy(text, query->text, length);
    text[length] = '\0';
    recalling.request = (struct recall_request){.text = text,
                                                .k = k,
                                                .kinds = {true, true},
                                                .as_of_us = TIME_NONE,
                                                .reference_us = evaluation->newest_us,
                                                .boosts_off = true};
    enum mneme_code code = user_of(evaluation, query->space, &user, err);
    return code == MNEME_OK ? recall_records(user, &recalling, arena, out, err) : code;
}

static bool is_evidence(const struct evalset_query *query, uint32_t document)
{
    for (size_t i = 0; i < query->evidence_count; i++) {
        if (query->evidence[i] == document) {
            return true;
        }
    }
    return false;
}

static uint32_t document_of(const struct evaluation *evaluation, const struct recalled_hit *hit)
{
    return map_find(&evaluation->documents, hit->hit->id.bytes, sizeof hit->hit->id.bytes);
}

/* Queries whose evidence has sittings: the sittings by their best turns. */
static enum mneme_code count_sittings(struct evaluation *evaluation,
                                      const struct evalset_query *query,
                                      const struct recalled *answer, struct arena *arena,
                                      struct mneme_error *err)
{
    const struct evalset_document *documents = evaluation->set.documents;
    uint32_t *evidence = arena_alloc_array(arena, query->evidence_count, sizeof *evidence);
    struct sitting_turn *turns = arena_alloc_array(arena, answer->count + 1, sizeof *turns);
    size_t evidence_count = 0, turn_count = 0;
    if (evidence == NULL || turns == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < query->evidence_count; i++) {
        uint32_t sitting = documents[query->evidence[i]].sitting;
        bool is_new = sitting != EVALSET_NONE;
        for (size_t j = 0; j < evidence_count; j++) {
            is_new = is_new && evidence[j] != sitting;
        }
        if (is_new) {
            evidence[evidence_count++] = sitting;
        }
    }
    for (size_t i = 0; i < answer->count && evidence_count > 0; i++) {
        uint32_t sitting = documents[document_of(evaluation, &answer->hits[i])].sitting;
        if (sitting != EVALSET_NONE) {
            turns[turn_count++] = (struct sitting_turn){sitting, answer->hits[i].hit->score};
        }
    }
    if (evidence_count > 0) {
        sitting_metrics_add(&evaluation->sitting_sums, turns, turn_count, evidence, evidence_count,
                            &evaluation->room);
    }
    return MNEME_OK;
}

static enum mneme_code count_answer(struct evaluation *evaluation,
                                    const struct evalset_query *query,
                                    const struct recalled *answer, struct arena *arena,
                                    struct mneme_error *err)
{
    size_t k = evaluation->request->k;
    bool *found = arena_alloc_array(arena, answer->count + 1, sizeof *found);
    if (found == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < answer->count; i++) {
        found[i] = is_evidence(query, document_of(evaluation, &answer->hits[i]));
    }
    metrics_add(&evaluation->sums, found, answer->count, query->evidence_count, k);
    if (query->category != EVALSET_NONE) {
        metrics_add(&evaluation->category_sums[query->category], found, answer->count,
                    query->evidence_count, k);
    }
    return count_sittings(evaluation, query, answer, arena, err);
}

/* Once as it is asked for, which is timed, and once deep enough for mrr and the sittings. */
static enum mneme_code ask_one(struct evaluation *evaluation, size_t i, struct arena *arena,
                               struct mneme_error *err)
{
    const struct evalset_query *query = &evaluation->set.queries[i];
    unsigned k = evaluation->request->k;
    unsigned depth = evaluation->set.sitting_count > 0 ? SITTING_DEPTH : METRICS_DEPTH;
    struct recalled answer;
    enum mneme_code code = ask(evaluation, query, k, arena, &answer, err);
    evaluation->took_us[i] = answer.took_us;
    if (code == MNEME_OK && k < depth) {
        code = ask(evaluation, query, depth, arena, &answer, err);
    }
    return code == MNEME_OK ? count_answer(evaluation, query, &answer, arena, err) : code;
}

/* The first question of a user loads its partition, which is not what is timed. */
static enum mneme_code ask_all(struct evaluation *evaluation, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    uint32_t space = EVALSET_NONE;
    for (size_t i = 0; i < evaluation->set.query_count && code == MNEME_OK; i++) {
        const struct evalset_query *query = &evaluation->set.queries[i];
        struct arena arena;
        struct recalled warm;
        arena_init(&arena);
        if (query->space != space) {
            space = query->space;
            code = ask(evaluation, query, 1, &arena, &warm, err);
        }
        if (code == MNEME_OK) {
            code = ask_one(evaluation, i, &arena, err);
        }
        arena_clear(&arena);
        tell(evaluation, "queries", i + 1, evaluation->set.query_count);
    }
    return code;
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int64_t percentile(const int64_t *sorted, size_t count, size_t percent)
{
    return count > 0 ? sorted[(count - 1) * percent / 100] : 0;
}

static enum mneme_code sum_up(struct evaluation *evaluation, struct evaluate_result *out,
                              struct mneme_error *err)
{
    const struct evalset *set = &evaluation->set;
    out->documents = set->document_count;
    out->unanswerable = set->unanswerable_count;
    out->metrics = metrics_mean(&evaluation->sums);
    out->sittings = sitting_metrics_mean(&evaluation->sitting_sums);
    qsort(evaluation->took_us, set->query_count, sizeof *evaluation->took_us, by_value);
    out->recall_p50_us = percentile(evaluation->took_us, set->query_count, 50);
    out->recall_p95_us = percentile(evaluation->took_us, set->query_count, 95);
    out->categories =
        arena_alloc_array(evaluation->arena, set->category_count + 1, sizeof *out->categories);
    for (size_t i = 0; i < set->category_count && out->categories != NULL; i++) {
        if (evaluation->category_sums[i].queries > 0) {
            out->categories[out->category_count++] =
                (struct evaluate_category){arena_text(evaluation->arena, set->categories[i]),
                                           metrics_mean(&evaluation->category_sums[i])};
        }
    }
    return arena_failed(evaluation->arena) ? error_nomem(err) : MNEME_OK;
}

static enum mneme_code measure(struct evaluation *evaluation, struct evaluate_result *out,
                               struct mneme_error *err)
{
    const struct env *env = store_env(engine_store(evaluation->store));
    int64_t started = env->monotonic_us(env->context);
    enum mneme_code code = store_set(evaluation, err);
    int64_t took = env->monotonic_us(env->context) - started;
    out->ingest_per_s = (double)evaluation->stored_count * 1e6 / (double)(took > 0 ? took : 1);
    if (code == MNEME_OK) {
        code = ask_all(evaluation, err);
    }
    return code == MNEME_OK ? sum_up(evaluation, out, err) : code;
}

static enum mneme_code make_room(struct evaluation *evaluation, struct mneme_error *err)
{
    struct evalset *set = &evaluation->set;
    struct arena *arena = &set->arena;
    evaluation->users = arena_alloc_array(arena, set->space_count + 1, sizeof *evaluation->users);
    evaluation->talks = arena_alloc_array(arena, set->space_count + 1, sizeof *evaluation->talks);
    evaluation->category_sums =
        arena_alloc_array(arena, set->category_count + 1, sizeof *evaluation->category_sums);
    evaluation->took_us =
        arena_alloc_array(arena, set->query_count + 1, sizeof *evaluation->took_us);
    evaluation->room = (struct sitting_room){
        .worth = arena_alloc_array(arena, set->sitting_count + 1, sizeof(float)),
        .turns = arena_alloc_array(arena, set->sitting_count + 1, sizeof(uint32_t)),
        .order = arena_alloc_array(arena, set->sitting_count + 1, sizeof(uint32_t)),
        .sitting_count = set->sitting_count};
    return arena_failed(arena) ? error_nomem(err) : MNEME_OK;
}

/* The store lies in a folder that is removed whatever happens. */
static enum mneme_code run_in(struct evaluation *evaluation, const struct mneme *handle,
                              const char *folder, struct evaluate_result *out,
                              struct mneme_error *err)
{
    const char *path = arena_printf(&evaluation->set.arena, "%s/eval.db", folder);
    struct mneme_options given = {.size = sizeof given, .url = path};
    struct engine_options options = {
        .public_options = &given, .env = engine_env(handle), .embedder = engine_embedder(handle)};
    enum mneme_code code = path ? make_room(evaluation, err) : error_nomem(err);
    if (code == MNEME_OK) {
        code = engine_open(&options, &evaluation->store, err);
    }
    if (code == MNEME_OK) {
        code = measure(evaluation, out, err);
    }
    for (size_t i = 0; evaluation->users != NULL && i < evaluation->set.space_count; i++) {
        mneme_close(evaluation->users[i]);
    }
    mneme_close(evaluation->store);
    return code;
}

enum mneme_code evaluate_run(const struct mneme *handle, const struct evaluate_request *request,
                             struct arena *arena, struct evaluate_result *out,
                             struct mneme_error *err)
{
    struct evaluation evaluation = {.request = request, .arena = arena, .newest_us = TIME_NONE};
    struct temporary_folder folder;
    *out = (struct evaluate_result){.space = engine_embedder(handle)->space};
    map_init(&evaluation.documents);
    enum mneme_code code = evalset_read(&evaluation.set, request->docs, request->queries, err);
    if (code == MNEME_OK) {
        code = temporary_folder_make(&evaluation.set.arena, &folder, err);
    }
    if (code == MNEME_OK) {
        code = run_in(&evaluation, handle, folder.path, out, err);
        temporary_folder_remove(&folder);
    }
    map_clear(&evaluation.documents);
    evalset_clear(&evaluation.set);
    return code;
}
