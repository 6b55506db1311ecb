/* A page of messages at a time: read in a snapshot, thought over outside of it, remembered as one batch. */
#include "tidy/extracting.h"

#include "engine/conversation.h"
#include "engine/proposal.h"
#include "mind/extract.h"
#include "tidy/tidy.h"

#include <string.h>

#define EXTRACTOR "rules"
#define SURE_OF_CORRECTION 0.9
#define SURE_OF_SLOT 0.7

struct extracting {
    struct mneme as; /* the handle, under the mark of what is derived */
    const char *conversation_id;
    struct arena *arena; /* of the page */
    struct message_page page;
    struct extraction_list list;
    struct memory_item *items; /* one an extraction */
    struct extracted *out;
    int64_t proposed; /* by the write */
};

static enum mneme_code read_page(struct extracting *extracting, struct mneme_error *err)
{
    struct snapshot snapshot;
    struct conversation conversation;
    bool found = false;
    enum mneme_code code = snapshot_begin(&extracting->as, extracting->arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    if (snapshot.is_known) {
        code = record_find(&snapshot.scope, &kind_conversation, extracting->conversation_id,
                           &conversation, &found, err);
    }
    if (code == MNEME_OK &&
        (!found || !record_is_live(&kind_conversation, &conversation, snapshot.scope.now_us))) {
        const struct record_name name = {.id = extracting->conversation_id};
        code = record_not_found(&name, err);
    }
    if (code == MNEME_OK) {
        code = message_page_read(&snapshot.scope, &extracting->page, err);
    }
    size_t live = 0;
    for (size_t i = 0; code == MNEME_OK && i < extracting->page.count; i++) {
        struct message *messages = extracting->page.messages;
        if (record_is_live(&kind_message, &messages[i], snapshot.scope.now_us)) {
            messages[live++] = messages[i];
        }
    }
    extracting->page.count = code == MNEME_OK ? live : 0;
    snapshot_end(&snapshot);
    return code;
}

static enum mneme_code think(struct extracting *extracting, struct mneme_error *err)
{
    size_t count = extracting->page.count;
    struct extract_message *messages =
        arena_alloc_array(extracting->arena, count + 1, sizeof *messages);
    if (messages == NULL) {
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct message *message = &extracting->page.messages[i];
        messages[i] = (struct extract_message){.text = message->content,
                                               .speaker = message->speaker,
                                               .is_assistant = strcmp(message->role, "user") != 0,
                                               .ordinal = (uint32_t)i,
                                               .event_at_us = message->event_at};
    }
    return extract_run(engine_language(&extracting->as), messages, count, extracting->arena,
                       &extracting->list, err);
}

/* Which of its messages' extractions this is. */
static size_t number_of(const struct extraction_list *list, size_t i)
{
    size_t number = 0;
    for (size_t j = i; j-- > 0 && list->items[j].message_to == list->items[i].message_to;) {
        number++;
    }
    return number;
}

static void set_time(struct memory *memory, size_t field, int64_t at_us)
{
    if (at_us != TIME_NONE) {
        field_set_integer(&kind_memory, memory, field, at_us);
    }
}

static enum mneme_code fill_item(const struct extracting *extracting, size_t i,
                                 struct memory_item *item, struct mneme_error *err)
{
    const struct extraction *taken = &extracting->list.items[i];
    const struct message *first = &extracting->page.messages[taken->message_from];
    const struct message *last = &extracting->page.messages[taken->message_to];
    const struct kind *kind = &kind_memory;
    struct memory *memory = &item->record;
    struct fault_list faults;
    const char *key = arena_printf(extracting->arena, "extract:%s:%zu", last->id,
                                   number_of(&extracting->list, i));
    const char *metadata =
        taken->slot != NULL
            ? arena_printf(extracting->arena, "{\"extractor\":\"%s\",\"slot\":\"%s\"}", EXTRACTOR,
                           taken->slot)
            : "{\"extractor\":\"" EXTRACTOR "\"}";
    if (key == NULL || metadata == NULL) {
        return error_nomem(err);
    }
    field_set_text(kind, memory, MEMORY_CONTENT, taken->content);
    field_set_text(kind, memory, MEMORY_TYPE, extract_type_name(taken->type));
    field_set_text(kind, memory, MEMORY_SUBJECT, taken->subject);
    field_set_text(kind, memory, MEMORY_TIER, "short_term");
    field_set_text(kind, memory, MEMORY_CONVERSATION_ID, extracting->conversation_id);
    field_set_integer(kind, memory, MEMORY_MESSAGE_FROM, first->message_seq);
    field_set_integer(kind, memory, MEMORY_MESSAGE_TO, last->message_seq);
    field_set_text(kind, memory, MEMORY_ORIGIN_KEY, key);
    field_set_real(kind, memory, MEMORY_CONFIDENCE, taken->confidence);
    field_set_text(kind, memory, COMMON_METADATA, metadata);
    set_time(memory, MEMORY_EVENT_AT, taken->event_at_us);
    set_time(memory, MEMORY_VALID_FROM, taken->valid_from_us);
    fault_list_init(&faults, extracting->arena);
    item->code = record_check(kind, memory, RECORD_NEW, "", &faults, &item->error);
    item->is_refused = item->code != MNEME_OK;
    item->cue = taken->cue;
    item->source = last;
    field_set_text(kind, memory, COMMON_TRUST, tidy_lower_trust(first->trust, last->trust));
    return item->code == MNEME_NOMEM ? error_nomem(err) : MNEME_OK;
}

static bool is_there(const struct memory_item *item)
{
    return !item->is_refused && item->code == MNEME_OK;
}

/* What an extraction is to supersede: what it corrects, or the last that fills its slot otherwise. */
static size_t older_of(const struct extraction_list *list, size_t i)
{
    const struct extraction *taken = &list->items[i];
    if (taken->is_correction && taken->corrects != EXTRACTION_NONE) {
        return taken->corrects;
    }
    for (size_t j = i; j-- > 0;) {
        if (extract_supersedes(taken, &list->items[j])) {
            return j;
        }
    }
    return EXTRACTION_NONE;
}

static enum mneme_code propose(struct change *change, void *context, struct mneme_error *err)
{
    struct extracting *extracting = context;
    const struct extraction_list *list = &extracting->list;
    enum mneme_code code = MNEME_OK;
    extracting->proposed = 0;
    for (size_t i = 0; i < list->count && code == MNEME_OK; i++) {
        size_t older = older_of(list, i);
        const struct memory_item *items = extracting->items;
        if (older == EXTRACTION_NONE || !is_there(&items[i]) || !is_there(&items[older]) ||
            strcmp(items[i].receipt.id, items[older].receipt.id) == 0) {
            continue;
        }
        bool is_correction = list->items[i].is_correction;
        const struct proposing proposing = {
            .action = "supersede",
            .memory_id = items[i].receipt.id,
            .other_id = items[older].receipt.id,
            .reason = is_correction ? "correction" : "the same slot",
            .confidence = is_correction ? SURE_OF_CORRECTION : SURE_OF_SLOT};
        code = proposal_add(change, &proposing, err);
        extracting->proposed++;
    }
    return code;
}

static enum mneme_code remember(struct extracting *extracting, struct mneme_error *err)
{
    const struct tidy_writer writer = {.handle = &extracting->as,
                                       .operation = "conversation.extract"};
    size_t count = extracting->list.count;
    int64_t seq;
    extracting->items = arena_alloc_array(extracting->arena, count, sizeof *extracting->items);
    enum mneme_code code = extracting->items ? MNEME_OK : error_nomem(err);
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        code = fill_item(extracting, i, &extracting->items[i], err);
    }
    if (code == MNEME_OK) {
        code = memory_remember(&extracting->as, extracting->items, count, false, extracting->arena,
                               &seq, err);
    }
    for (size_t i = 0; i < count && code == MNEME_OK; i++) {
        const struct memory_item *item = &extracting->items[i];
        bool is_new = item->receipt.status == RECEIPT_CREATED;
        extracting->out->created += is_there(item) && is_new;
        extracting->out->known += is_there(item) && !is_new;
        extracting->out->refused += !is_there(item);
    }
    if (code == MNEME_OK) {
        code = tidy_write(&writer, "later words about the same thing", propose, extracting, err);
    }
    extracting->out->proposed += code == MNEME_OK ? extracting->proposed : 0;
    return code;
}

enum mneme_code extracting_run(const struct mneme *handle, const char *conversation_id,
                               int64_t after, struct extracted *out, struct mneme_error *err)
{
    struct arena arena;
    struct extracting extracting = {
        .as = *handle,
        .conversation_id = conversation_id,
        .arena = &arena,
        .page = {.conversation_id = conversation_id, .after_seq = after},
        .out = out};
    enum mneme_code code = MNEME_OK;
    extracting.as.origin = "consolidation";
    *out = (struct extracted){0};
    arena_init(&arena);
    while (code == MNEME_OK && !extracting.page.is_last) {
        arena_clear(&arena);
        code = read_page(&extracting, err);
        if (code == MNEME_OK) {
            code = think(&extracting, err);
        }
        if (code == MNEME_OK && extracting.list.count > 0) {
            code = remember(&extracting, err);
        }
        out->messages += code == MNEME_OK ? (int64_t)extracting.page.count : 0;
    }
    arena_clear(&arena);
    return code;
}
