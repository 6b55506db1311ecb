/* Recall, conversation search, and context. */
#include "api/operations.h"
#include "api/plain_filters.h"
#include "base/limits.h"
#include "engine/contexting.h"
#include "engine/why_not.h"

#include <math.h>
#include <string.h>

static const struct kind *const recalled_kinds[] = {&kind_memory,    &kind_message, &kind_summary,
                                                    &kind_character, &kind_prop,    NULL};

static enum mneme_code read_kinds(const struct call *call, struct recall_request *request,
                                  struct mneme_error *err)
{
    struct list kinds = call_list(call, "kinds");
    for (size_t i = 0; i < kinds.count; i++) {
        int kind = 0;
        while (kind < PARTITION_KINDS && strcmp(kinds.items[i], partition_kinds[kind]->name) != 0) {
            kind++;
        }
        if (kind == PARTITION_KINDS) {
            return call_refuse(call, "kinds", "choice",
                               "must be memory, message, summary, character and prop", err);
        }
        request->kinds[kind] = true;
    }
    if (kinds.count == 0) {
        request->kinds[PARTITION_MEMORY] = request->kinds[PARTITION_MESSAGE] = true;
    }
    return MNEME_OK;
}

/* `namespace` and `namespaces` together; none: NULL. */
static enum mneme_code read_namespaces(const struct call *call, struct recall_request *request,
                                       struct mneme_error *err)
{
    struct list many = call_list(call, "namespaces");
    const char *one = call_text(call, "namespace");
    size_t count = 0;
    if (one == NULL && many.count == 0) {
        return MNEME_OK;
    }
    const char **names = arena_alloc_array(call->arena, many.count + 2, sizeof *names);
    if (names == NULL) {
        return error_nomem(err);
    }
    if (one != NULL) {
        names[count++] = one;
    }
    for (size_t i = 0; i < many.count; i++) {
        names[count++] = many.items[i];
    }
    request->namespaces = names;
    return MNEME_OK;
}

/* What recall and context have in common, but for the vector; `other` as for plain_filters. */
static enum mneme_code read_recalling(const struct call *call, const char *other,
                                      struct recalling *out, struct mneme_error *err)
{
    struct recall_request *request = &out->request;
    *out = (struct recalling){.fold = call_boolean(call, "fold"),
                              .note_use = call_boolean(call, "note_use"),
                              .keep_past_clock = true,
                              .known_at_us = call_known_at(call)};
    *request = (struct recall_request){
        .text = call_text(call, "text"),
        .include_superseded = call_boolean(call, "include_superseded"),
        .include_untrusted = call_boolean(call, "include_untrusted"),
        .reference_us = call_integer(call, "reference_time"),
        .as_of_us = call_integer(call, "as_of"),
        .min_cosine = (float)call_real(call, "min_cosine"),
        .min_coverage = (float)call_real(call, "min_coverage"),
        .boosts_off = !call_boolean(call, "boosts"),
    };
    if (request->text == NULL) {
        request->text = "";
    }
    enum mneme_code code = read_kinds(call, request, err);
    if (code == MNEME_OK) {
        code = read_namespaces(call, request, err);
    }
    return code == MNEME_OK ? plain_filters(call, recalled_kinds, other, &request->filter, err)
                            : code;
}

/* Single precision to six places: what is behind them is noise of the last bits. */
static void write_score(struct json_writer *out, const char *name, float score)
{
    json_write_real(out, name, round((double)score * 1e6) / 1e6);
}

static void write_parts(struct json_writer *out, const struct recall_hit *hit)
{
    json_begin_object(out, "parts");
    for (int i = 0; i < RECALL_PARTS; i++) {
        write_score(out, recall_part_names[i], hit->parts[i]);
    }
    for (int i = 0; i < RECALL_BOOSTS; i++) {
        write_score(out, recall_boost_names[i], hit->boosts[i]);
    }
    if (hit->superseded < 1) {
        write_score(out, "superseded", hit->superseded);
    }
    json_end_object(out);
    json_begin_object(out, "rank");
    json_write_integer(out, "lexical", hit->rank_lexical);
    json_write_integer(out, "dense", hit->rank_dense);
    json_end_object(out);
    json_begin_array(out, "terms");
    for (const char *const *term = hit->terms; term != NULL && *term != NULL; term++) {
        json_write_text(out, NULL, *term);
    }
    json_end_array(out);
}

/* All that callers may set, and what says where it comes from. */
static void write_outward_fields(struct json_writer *out, const struct kind *kind,
                                 const void *record)
{
    for (size_t i = COMMON_CREATED_AT; i < kind->field_count; i++) {
        bool is_wanted = i == COMMON_CREATED_AT || i == COMMON_ORIGIN || i == COMMON_TRUST ||
                         !(kind->fields[i].flags & (FIELD_READ_ONLY | FIELD_INTERNAL));
        if (is_wanted && field_present(record, i)) {
            field_write_json(kind, record, i, kind->fields[i].name, out);
        }
    }
}

/* What a person or a model needs of the record beside its text. */
static void write_fields(struct json_writer *out, const struct kind *kind, const void *record)
{
    static const size_t of_memory[] = {MEMORY_NAMESPACE, MEMORY_KEY,           MEMORY_TIER,
                                       MEMORY_TYPE,      MEMORY_SUBJECT,       MEMORY_TAGS,
                                       MEMORY_SOURCE,    MEMORY_IMPORTANCE,    MEMORY_CONFIDENCE,
                                       MEMORY_EVENT_AT,  MEMORY_VALID_FROM,    MEMORY_VALID_TO,
                                       MEMORY_PINNED,    MEMORY_SUPERSEDED_BY, COMMON_CREATED_AT,
                                       COMMON_ORIGIN,    COMMON_TRUST,         COMMON_METADATA};
    static const size_t of_message[] = {MESSAGE_CONVERSATION_ID,
                                        MESSAGE_MESSAGE_SEQ,
                                        MESSAGE_SITTING,
                                        MESSAGE_SPEAKER,
                                        MESSAGE_ROLE,
                                        MESSAGE_EVENT_AT,
                                        MESSAGE_IMPORTANCE,
                                        COMMON_CREATED_AT,
                                        COMMON_ORIGIN,
                                        COMMON_TRUST,
                                        COMMON_METADATA};
    bool is_memory = kind == &kind_memory;
    if (!is_memory && kind != &kind_message) {
        write_outward_fields(out, kind, record);
        return;
    }
    const size_t *fields = is_memory ? of_memory : of_message;
    size_t count =
        is_memory ? sizeof of_memory / sizeof *of_memory : sizeof of_message / sizeof *of_message;
    for (size_t i = 0; i < count; i++) {
        if (field_present(record, fields[i])) {
            field_write_json(kind, record, fields[i], kind->fields[fields[i]].name, out);
        }
    }
}

static void write_neighbours(struct json_writer *out, const struct recalled_hit *hit)
{
    static const size_t fields[] = {COMMON_ID,       MESSAGE_MESSAGE_SEQ, MESSAGE_ROLE,
                                    MESSAGE_SPEAKER, MESSAGE_CONTENT,     MESSAGE_EVENT_AT};
    json_begin_array(out, "neighbours");
    for (size_t i = 0; i < hit->before_count + hit->after_count; i++) {
        const struct message *message = &hit->before[i];
        json_begin_object(out, NULL);
        for (size_t j = 0; j < sizeof fields / sizeof *fields; j++) {
            if (field_present(message, fields[j])) {
                field_write_json(&kind_message, message, fields[j],
                                 kind_message.fields[fields[j]].name, out);
            }
        }
        json_end_object(out);
    }
    json_end_array(out);
}

/* What stands for the record: its content, or what its kind has in its place. */
static const char *content_of(const struct recalled_hit *hit)
{
    static const char *const names[] = {"content", "summary_text", "description", "background",
                                        "name"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t field = field_find(hit->kind, names[i]);
        if (field != FIELD_NONE && field_present(&hit->record, field)) {
            return field_text(hit->kind, &hit->record, field);
        }
    }
    return "";
}

static void write_hit(struct json_writer *out, const struct recalled_hit *hit, bool has_neighbours)
{
    json_begin_object(out, NULL);
    json_write_text(out, "id", hit->record.common.id);
    json_write_text(out, "kind", hit->kind->name);
    write_score(out, "score", hit->hit->score);
    json_write_text(out, "content", content_of(hit));
    json_write_boolean(out, "matched", hit->hit->matched);
    write_parts(out, hit->hit);
    write_fields(out, hit->kind, &hit->record);
    if (has_neighbours && hit->kind == &kind_message) {
        write_neighbours(out, hit);
    }
    json_end_object(out);
}

static void write_folded(struct json_writer *out, const struct recalled *recalled)
{
    json_begin_object(out, "folded");
    for (size_t i = 0; i < recalled->count; i++) {
        const struct recall_hit *hit = recalled->hits[i].hit;
        if (hit->folded_count == 0) {
            continue;
        }
        json_begin_array(out, recalled->hits[i].record.common.id);
        for (size_t j = 0; j < hit->folded_count; j++) {
            char id[UUID_TEXT_LENGTH + 1];
            uuid_format(&hit->folded[j], id);
            json_write_text(out, NULL, id);
        }
        json_end_array(out);
    }
    json_end_object(out);
}

/* Why ranking went by words alone, or null. */
static void write_degraded(struct json_writer *out, const struct mneme_error *degraded)
{
    if (degraded->code == MNEME_OK) {
        json_write_null(out, "degraded");
        return;
    }
    json_begin_object(out, "degraded");
    json_write_text(out, "code", mneme_code_name(degraded->code));
    json_write_text(out, "message", degraded->message);
    json_end_object(out);
}

/* The inputs of memory.recall; `at` is the place of its vector among those of the call's options. */
static enum mneme_code read_recall(const struct call *call, size_t at, struct recalling *out,
                                   struct mneme_error *err)
{
    enum mneme_code code = read_recalling(call, NULL, out, err);
    if (code != MNEME_OK) {
        return code;
    }
    out->request.k = (unsigned)call_integer(call, "k");
    out->request.exact = call_boolean(call, "exact");
    out->neighbours = (unsigned)call_integer(call, "neighbours");
    return call_vector(call, at, &out->vector, err);
}

static void write_recalled(struct json_writer *out, const struct recalled *recalled,
                           bool has_neighbours)
{
    json_begin_array(out, "hits");
    for (size_t i = 0; i < recalled->count; i++) {
        write_hit(out, &recalled->hits[i], has_neighbours);
    }
    json_end_array(out);
    write_folded(out, recalled);
    json_write_boolean(out, "exact", recalled->exact);
    write_degraded(out, &recalled->degraded);
    json_write_integer(out, "took_us", recalled->took_us);
}

enum mneme_code op_memory_recall(struct call *call, struct mneme_error *err)
{
    struct recalling recalling;
    struct recalled recalled;
    enum mneme_code code = read_recall(call, 0, &recalling, err);
    if (code == MNEME_OK) {
        code = recall_records(call->handle, &recalling, call->arena, &recalled, err);
    }
    if (code == MNEME_OK) {
        write_recalled(call->out, &recalled, recalling.neighbours > 0);
    }
    return code;
}

/* One query of a batch: read, asked, answered, or refused in its place. */
struct batch_query {
    struct recalling recalling;
    struct fault_list faults;
    enum mneme_code code;
    struct mneme_error error;
};

static const char *query_pointer(const struct call *call, size_t i)
{
    return arena_printf(call->arena, "/queries/%zu", i);
}

static enum mneme_code read_queries(const struct call *call, const struct json *queries,
                                    struct batch_query *out, struct mneme_error *err)
{
    const struct operation *recall = operation_find("memory.recall");
    struct call of_query = {0};
    for (size_t i = 0; i < json_count(queries); i++) {
        struct batch_query *query = &out[i];
        const char *pointer = query_pointer(call, i);
        if (pointer == NULL) {
            return error_nomem(err);
        }
        fault_list_init(&query->faults, call->arena);
        of_query.faults = &query->faults;
        query->code =
            call_read_item(call, recall, json_at(queries, i), pointer, &of_query, &query->error);
        if (query->code == MNEME_OK) {
            query->code = read_recall(&of_query, i, &query->recalling, &query->error);
        }
        if (query->code == MNEME_NOMEM) {
            return error_nomem(err);
        }
    }
    return MNEME_OK;
}

static enum mneme_code embed_queries(const struct call *call, struct batch_query *queries,
                                     size_t count, struct mneme_error *err)
{
    struct recalling **good = arena_alloc_array(call->arena, count + 1, sizeof *good);
    size_t good_count = 0;
    if (good == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (queries[i].code == MNEME_OK) {
            good[good_count++] = &queries[i].recalling;
        }
    }
    return recalling_embed(call->handle, good, good_count, call->arena, err);
}

static enum mneme_code answer_query(const struct call *call, struct batch_query *query, size_t i,
                                    struct mneme_error *err)
{
    struct recalled recalled;
    if (query->code == MNEME_OK) {
        query->code =
            recall_records(call->handle, &query->recalling, call->arena, &recalled, &query->error);
    }
    if (query->code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    json_begin_object(call->out, NULL);
    if (query->code == MNEME_OK) {
        write_recalled(call->out, &recalled, query->recalling.neighbours > 0);
    } else {
        const char *pointer = query_pointer(call, i);
        write_error(call->out, &query->error, &query->faults, pointer ? pointer : "");
    }
    json_end_object(call->out);
    return MNEME_OK;
}

enum mneme_code op_memory_recall_batch(struct call *call, struct mneme_error *err)
{
    const struct json *queries;
    enum mneme_code code = call_items(call, "queries", LIMIT_BATCH_QUERIES, &queries, err);
    if (code != MNEME_OK) {
        return code;
    }
    size_t count = json_count(queries);
    struct batch_query *all = arena_alloc_array(call->arena, count + 1, sizeof *all);
    code = all ? call_check_vectors(call, count, err) : error_nomem(err);
    if (code == MNEME_OK) {
        code = read_queries(call, queries, all, err);
    }
    if (code == MNEME_OK) {
        code = embed_queries(call, all, count, err);
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = answer_query(call, &all[i], i, err);
    }
    json_end_array(call->out);
    return code;
}

static const char *const absence_words[] = {
    [ABSENCE_FORGOTTEN] = "it was forgotten",
    [ABSENCE_OFF_PATH] = "it is not on the path of its conversation",
    [ABSENCE_KIND] = "records of its kind are not asked for",
    [ABSENCE_NAMESPACE] = "its namespace is not asked for",
    [ABSENCE_UNTRUSTED] = "it is untrusted",
    [ABSENCE_SUPERSEDED] = "another memory has superseded it",
    [ABSENCE_NOT_VALID] = "it does not hold at that time",
    [ABSENCE_FILTER] = "it does not match the filter",
    [ABSENCE_MIN_COSINE] = "its meaning is less like the question than min_cosine",
    [ABSENCE_MIN_COVERAGE] = "it has less of the question's words than min_coverage",
    [ABSENCE_FOLDED] = "it says the same as another hit, which stands for it",
    [ABSENCE_RANK] = "others answer better",
};

static void write_why_not(const struct call *call, const struct why_not *why)
{
    struct json_writer *out = call->out;
    json_write_text(out, "id", why->id);
    json_write_text(out, "kind", why->kind->name);
    json_write_boolean(out, "is_hit", why->is_hit);
    json_begin_array(out, "reasons");
    for (size_t i = 0; i < why->reason_count; i++) {
        const struct absence_reason *reason = &why->reasons[i];
        json_begin_object(out, NULL);
        json_write_text(out, "reason", absence_name(reason->absence));
        json_write_text(out, "field", reason->field);
        json_write_text(out, "message", absence_words[reason->absence]);
        json_end_object(out);
    }
    json_end_array(out);
    json_write_integer(out, "k", call_integer(call, "k"));
    if (why->rank > 0) {
        json_write_integer(out, "place", why->rank);
    } else {
        json_write_null(out, "place");
    }
    json_write_text(out, "folded_into", why->folded_into);
    if (why->hit != NULL) {
        write_score(out, "score", why->hit->score);
        write_score(out, "cosine", why->hit->cosine);
        write_score(out, "coverage", why->hit->coverage);
        write_parts(out, why->hit);
    }
}

enum mneme_code op_memory_why_not(struct call *call, struct mneme_error *err)
{
    struct recalling recalling;
    struct why_not why;
    enum mneme_code code = read_recalling(call, NULL, &recalling, err);
    if (code == MNEME_OK) {
        code = call_vector(call, 0, &recalling.vector, err);
    }
    if (code == MNEME_OK) {
        recalling.request.k = (unsigned)call_integer(call, "k");
        recalling.request.exact = call_boolean(call, "exact");
        code = why_not(call->handle, &recalling, call_text(call, "id"), call->arena, &why, err);
    }
    if (code == MNEME_OK) {
        write_why_not(call, &why);
    }
    return code;
}

enum mneme_code op_conversation_search(struct call *call, struct mneme_error *err)
{
    static const struct kind *const kinds[] = {&kind_message, NULL};
    struct recalling recalling = {.note_use = false, .keep_past_clock = false};
    struct found_conversations found;
    recalling.request = (struct recall_request){
        .text = call_text(call, "text"), .as_of_us = TIME_NONE, .boosts_off = true, .exact = true};
    enum mneme_code code = call_filter(call, kinds, &recalling.request.filter, err);
    if (code == MNEME_OK) {
        code = call_vector(call, 0, &recalling.vector, err);
    }
    if (code == MNEME_OK) {
        code = conversation_search(call->handle, &recalling, (unsigned)call_integer(call, "k"),
                                   call->arena, &found, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_array(call->out, "conversations");
    for (size_t i = 0; i < found.count; i++) {
        const struct found_conversation *item = &found.items[i];
        json_begin_object(call->out, NULL);
        write_score(call->out, "score", item->score);
        write_record_members(call, &kind_conversation, &item->conversation);
        json_begin_array(call->out, "messages");
        for (size_t j = 0; j < item->best_count; j++) {
            write_hit(call->out, item->best[j], false);
        }
        json_end_array(call->out);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    write_degraded(call->out, &found.degraded);
    json_write_integer(call->out, "took_us", found.took_us);
    return MNEME_OK;
}

static void write_placed(struct json_writer *out, const char *name,
                         const struct context_placed *items, size_t count)
{
    json_begin_array(out, name);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(out, NULL);
        json_write_text(out, "id", items[i].id);
        json_write_text(out, "kind", items[i].kind->name);
        json_write_text(out, "section", context_section_names[items[i].section]);
        json_write_integer(out, "tokens", (int64_t)items[i].tokens);
        json_end_object(out);
    }
    json_end_array(out);
}

enum mneme_code op_memory_context(struct call *call, struct mneme_error *err)
{
    struct contexting contexting = {.budget = (size_t)call_integer(call, "budget"),
                                    .new_prefix = call_boolean(call, "new_prefix"),
                                    .conversation_id = call_text(call, "conversation_id")};
    struct context context;
    enum mneme_code code = read_recalling(call, "conversation_id", &contexting.recalling, err);
    if (code == MNEME_OK) {
        code = call_vector(call, 0, &contexting.recalling.vector, err);
    }
    if (code == MNEME_OK) {
        code = context_assemble(call->handle, &contexting, call->arena, &context, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_write_text(call->out, "text", context.text);
    json_write_integer(call->out, "tokens", (int64_t)context.tokens);
    json_write_text(call->out, "prefix_hash", context.prefix_hash);
    json_write_integer(call->out, "prefix_bytes", (int64_t)context.prefix_bytes);
    json_write_integer(call->out, "prefix_generation", contexting.generation);
    write_placed(call->out, "items", context.items, context.item_count);
    write_placed(call->out, "left_out", context.left_out, context.left_out_count);
    json_write_text(call->out, "reason", context.reason);
    write_degraded(call->out, &contexting.degraded);
    return MNEME_OK;
}
