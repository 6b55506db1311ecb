/*
 * Conversations by their titles, summaries and messages. A recall gives the best LIMIT_RECALL_K of the last two; where
 * those are of fewer conversations than are asked for, further rounds leave out the conversations that were found. What
 * is gone by the time its row is fetched makes room for the next.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "engine/conversation.h"
#include "engine/recalling.h"

#include <stdlib.h>
#include <string.h>

struct searching {
    const struct mneme *handle;
    struct recalling *recalling;
    const struct filter *filter; /* the caller's */
    struct arena *arena;
    unsigned k;
    struct filter_value *seen; /* ids of conversations that were ranked, fetched or not */
    size_t seen_count, seen_capacity;
    struct found_conversations *out;
    size_t capacity; /* of out->items */
};

/* Conversations in the order of their first hit; few, so a plain search does. */
static struct found_conversation *conversation_of(struct found_conversations *ranked,
                                                  const char *id)
{
    for (size_t i = 0; i < ranked->count; i++) {
        if (strcmp(ranked->items[i].conversation.id, id) == 0) {
            return &ranked->items[i];
        }
    }
    ranked->items[ranked->count].conversation.id = id;
    return &ranked->items[ranked->count++];
}

static int by_score_then_id(const void *a, const void *b)
{
    const struct found_conversation *x = a, *y = b;
    if (x->score != y->score) {
        return x->score < y->score ? 1 : -1;
    }
    return strcmp(x->conversation.id, y->conversation.id);
}

static const char *conversation_id_of(const struct recalled_hit *hit)
{
    return hit->kind == &kind_summary ? hit->record.summary.conversation_id
                                      : hit->record.message.conversation_id;
}

/* The share of the question's words that a title has. */
static float title_match(const char *title, const char *const *words, size_t count,
                         struct arena *arena)
{
    const char *folded = utf8_fold_name(arena, title);
    size_t found = 0;
    for (size_t i = 0; i < count && folded != NULL; i++) {
        found += strstr(folded, words[i]) != NULL;
    }
    return count > 0 ? (float)found / (float)count : 0;
}

#define TITLE_WEIGHT                                                                               \
    .5F /* of a title with every word of the question, beside the best hits' scores */
#define TITLE_WORDS 32     /* of a question that titles are asked for */
#define TITLE_WORD_BYTES 3 /* shorter words of it say nothing */

/* The question's words, folded. */
static size_t title_words(const char *text, const char **out, struct arena *arena)
{
    const char *folded = utf8_fold_name(arena, text);
    size_t count = 0;
    while (folded != NULL && *folded != '\0' && count < TITLE_WORDS) {
        size_t skip = strspn(folded, " \t\r\n.,;:!?\"()");
        size_t length = strcspn(folded + skip, " \t\r\n.,;:!?\"()");
        if (length >= TITLE_WORD_BYTES) {
            out[count] = arena_text_n(arena, folded + skip, length);
            count += out[count] != NULL;
        }
        folded += skip + length;
    }
    return count;
}

/* Raises the score of conversations whose title has more than half of the question's words. */
static enum mneme_code add_titles(const struct searching *searching, const struct scope *scope,
                                  struct found_conversations *ranked, size_t capacity,
                                  struct mneme_error *err)
{
    struct arena *arena = searching->arena, row;
    const char *words[TITLE_WORDS];
    size_t count = title_words(searching->recalling->request.text, words, arena);
    struct statement *statement;
    bool has_row = count > 0;
    enum mneme_code code = db_prepare(scope->db, SQL_CONVERSATION_TITLES, &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &scope->user);
    arena_init(&row);
    while (code == MNEME_OK && has_row) {
        arena_clear(&row);
        code = db_step(statement, &has_row, err);
        const char *title = code == MNEME_OK && has_row ? db_text(statement, 1, NULL) : NULL;
        float match = title ? title_match(title, words, count, &row) : 0;
        if (match <= .5F) {
            continue;
        }
        struct uuid id;
        size_t length;
        const void *bytes = db_bytes(statement, 0, &length);
        char *text = arena_alloc(arena, UUID_TEXT_LENGTH + 1);
        ranked->items =
            arena_grow(arena, ranked->items, &capacity, ranked->count + 1, sizeof *ranked->items);
        if (text == NULL || ranked->items == NULL || bytes == NULL || length != sizeof id.bytes) {
            code = error_nomem(err);
            break;
        }
        memcpy(id.bytes, bytes, length);
        uuid_format(&id, text);
        memset(&ranked->items[ranked->count], 0, sizeof *ranked->items);
        conversation_of(ranked, text)->score += TITLE_WEIGHT * match;
    }
    db_reset(statement);
    arena_clear(&row);
    return code;
}

static enum mneme_code add_titles_of(const struct searching *searching,
                                     struct found_conversations *ranked, size_t capacity,
                                     struct mneme_error *err)
{
    struct snapshot snapshot;
    enum mneme_code code = snapshot_begin(searching->handle, searching->arena, &snapshot, err);
    if (code == MNEME_OK) {
        code = snapshot.is_known ? add_titles(searching, &snapshot.scope, ranked, capacity, err)
                                 : MNEME_OK;
        snapshot_end(&snapshot);
    }
    return code;
}

/* The conversations of a recall's hits and of their titles, best first. */
static enum mneme_code rank(const struct searching *searching, const struct recalled *recalled,
                            struct found_conversations *ranked, struct mneme_error *err)
{
    *ranked = (struct found_conversations){
        .items = arena_alloc_array(searching->arena, recalled->count + 1, sizeof *ranked->items)};
    if (ranked->items == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < recalled->count; i++) {
        const struct recalled_hit *hit = &recalled->hits[i];
        if (!hit->hit->matched) {
            continue;
        }
        struct found_conversation *found = conversation_of(ranked, conversation_id_of(hit));
        if (found->best_count < 3) {
            found->best[found->best_count++] = hit;
            found->score += hit->hit->score;
        }
    }
    enum mneme_code code = MNEME_OK;
    if (searching->seen_count == 0 && searching->filter == NULL) {
        code = add_titles_of(searching, ranked, recalled->count + 1, err);
    }
    if (code == MNEME_OK) {
        qsort(ranked->items, ranked->count, sizeof *ranked->items, by_score_then_id);
    }
    return code;
}

/* Fetches the ranked conversations until there are k. */
static enum mneme_code fetch(struct searching *searching, const struct found_conversations *ranked,
                             struct mneme_error *err)
{
    struct found_conversations *out = searching->out;
    struct snapshot snapshot;
    enum mneme_code code = snapshot_begin(searching->handle, searching->arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    const struct scope *scope = &snapshot.scope;
    for (size_t i = 0; i < ranked->count && out->count < searching->k && code == MNEME_OK; i++) {
        struct found_conversation item = ranked->items[i];
        bool found;
        out->items = arena_grow(searching->arena, out->items, &searching->capacity, out->count + 1,
                                sizeof *out->items);
        if (out->items == NULL) {
            code = error_nomem(err);
            break;
        }
        code = record_find(scope, &kind_conversation, item.conversation.id, &item.conversation,
                           &found, err);
        if (code == MNEME_OK && found &&
            record_is_live(&kind_conversation, &item.conversation, scope->now_us)) {
            code = conversation_derive(scope, &item.conversation, err);
            out->items[out->count++] = item;
        }
    }
    snapshot_end(&snapshot);
    return code;
}

/* The next round asks what the caller asked, and for other conversations. */
static enum mneme_code leave_out(struct searching *searching,
                                 const struct found_conversations *ranked, struct mneme_error *err)
{
    static const char field[] = "conversation_id";
    struct arena *arena = searching->arena;
    searching->seen = arena_grow(arena, searching->seen, &searching->seen_capacity,
                                 searching->seen_count + ranked->count, sizeof *searching->seen);
    struct filter *nodes = arena_alloc_array(arena, 3, sizeof *nodes);
    const struct filter **children = arena_alloc_array(arena, 3, sizeof *children);
    if (searching->seen == NULL || nodes == NULL || children == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < ranked->count; i++) {
        searching->seen[searching->seen_count++] =
            (struct filter_value){.type = JSON_TYPE_TEXT, .text = ranked->items[i].conversation.id};
    }
    nodes[0] = (struct filter){.type = FILTER_LEAF,
                               .field = field,
                               .field_type = FIELD_TEXT,
                               .op = FILTER_IN,
                               .values = searching->seen,
                               .value_count = searching->seen_count};
    children[0] = &nodes[0];
    nodes[1] = (struct filter){.type = FILTER_NOT, .children = &children[0], .child_count = 1};
    children[1] = &nodes[1];
    children[2] = searching->filter;
    nodes[2] = (struct filter){
        .type = FILTER_AND, .children = &children[1], .child_count = searching->filter ? 2 : 1};
    searching->recalling->request.filter = &nodes[2];
    searching->recalling->request.allowed = NULL;
    return MNEME_OK;
}

static bool has_all(const struct recalled *recalled)
{
    return recalled->count < LIMIT_RECALL_K || !recalled->hits[recalled->count - 1].hit->matched;
}

enum mneme_code conversation_search(const struct mneme *handle, struct recalling *recalling,
                                    unsigned k, struct arena *arena,
                                    struct found_conversations *out, struct mneme_error *err)
{
    struct recall_request *request = &recalling->request;
    struct searching searching = {.handle = handle,
                                  .recalling = recalling,
                                  .filter = request->filter,
                                  .arena = arena,
                                  .k = k,
                                  .out = out};
    struct found_conversations ranked;
    struct recalled recalled;
    *out = (struct found_conversations){0};
    request->kinds[PARTITION_MEMORY] = false;
    request->kinds[PARTITION_MESSAGE] = request->kinds[PARTITION_SUMMARY] = true;
    request->k = LIMIT_RECALL_K;
    for (;;) {
        enum mneme_code code = recall_records(handle, recalling, arena, &recalled, err);
        if (code == MNEME_OK) {
            code = rank(&searching, &recalled, &ranked, err);
        }
        if (code == MNEME_OK) {
            code = fetch(&searching, &ranked, err);
        }
        out->took_us += recalled.took_us;
        out->degraded = recalled.degraded;
        if (code != MNEME_OK || out->count == k || has_all(&recalled)) {
            return code;
        }
        code = leave_out(&searching, &ranked, err);
        if (code != MNEME_OK) {
            return code;
        }
    }
}
