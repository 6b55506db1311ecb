/* Rows come in and go. */
#include "base/alloc.h"
#include "index/columns.h"

#include <assert.h>
#include <string.h>

#define GROW_FIRST 16
#define TASK_PREFIX "task:"

void partition_row_init(struct partition_row *row, enum partition_kind kind, const struct uuid *id)
{
    *row = (struct partition_row){.kind = kind, .id = *id};
    for (int i = 0; i < INTEGER_COLUMNS; i++) row->integers[i] = TIME_NONE;
    row->integers[COLUMN_ACCESS_COUNT] = 0;
    row->reals[COLUMN_IMPORTANCE] = .5;
    row->reals[COLUMN_CONFIDENCE] = 1;
}

void partition_row_text(struct partition_row *row, enum text_column column, const char *text)
{
    row->texts[column] = (struct partition_text){text, text ? strlen(text) : 0};
}

/* Room in an array of 32-bit capacity; by half more, so that memory held stays near memory used. */
static bool reserve(void *items, uint32_t *capacity, size_t needed, size_t item_bytes)
{
    if (needed <= *capacity) return true;
    size_t wanted = *capacity + (size_t)*capacity / 2;
    if (wanted < needed) wanted = needed;
    if (wanted < GROW_FIRST) wanted = GROW_FIRST;
    if (wanted > UINT32_MAX) return false;
    void *block;
    memcpy(&block, items, sizeof block);
    block = mem_resize(block, wanted * item_bytes);
    if (!block) return false;
    memcpy(items, &block, sizeof block);
    *capacity = (uint32_t)wanted;
    return true;
}
#define RESERVE(partition, member, needed)                                                         \
    reserve(&(partition)->member, &(partition)->member##_capacity, needed,                         \
            sizeof *(partition)->member)

static bool intern(struct partition *partition, const char *bytes, size_t length, uint32_t *out)
{
    *out = 0;
    if (!bytes) return true;
    if (!RESERVE(partition, interned, (size_t)partition->interned_count + 1)) return false;
    bool added;
    *out = map_put(&partition->strings, bytes, length, partition->interned_count, &added);
    if (*out == MAP_NONE) return false;
    if (!added) return true;
    char *text = arena_text_n(&partition->string_bytes, bytes, length);
    if (!text) return false;
    partition->interned[partition->interned_count++] =
        (struct interned){.text = text, .length = (uint32_t)length};
    return true;
}

static bool put_texts(struct partition *partition, uint32_t row, const struct partition_row *in)
{
    if (partition->interned_count == 0) {
        if (!RESERVE(partition, interned, 1)) return false;
        partition->interned[partition->interned_count++] = (struct interned){.text = ""};
    }
    for (int i = 0; i < TEXT_COLUMNS; i++) {
        struct partition_text text = in->texts[i];
        uint32_t number = partition->last_text[i];
        if (!text.bytes) {
            number = 0;
        } else if (number == 0 || partition->interned[number].length != text.length ||
                   memcmp(partition->interned[number].text, text.bytes, text.length) != 0) {
            if (!intern(partition, text.bytes, text.length, &number)) return false;
            partition->last_text[i] = number;
        }
        partition->texts[i][row] = number;
    }
    return true;
}

static bool put_tags(struct partition *partition, uint32_t row, struct list tags)
{
    partition->tag_start[row] = partition->tags_length;
    partition->tag_count[row] = 0;
    if (tags.count == 0) return true;
    if (!RESERVE(partition, tags, partition->tags_length + tags.count)) return false;
    for (size_t i = 0; i < tags.count; i++) {
        uint32_t *tag = &partition->tags[partition->tags_length];
        if (!intern(partition, tags.items[i], strlen(tags.items[i]), tag)) return false;
        partition->tags_length++;
        partition->tag_count[row]++;
    }
    return true;
}

static bool text_is(struct partition_text text, const char *value)
{
    return text.bytes && strlen(value) == text.length &&
           memcmp(text.bytes, value, text.length) == 0;
}

static uint16_t flags_of(const struct partition_row *in)
{
    unsigned flags = 0;
    if (in->is_pinned) flags |= ROW_PINNED;
    if (text_is(in->texts[COLUMN_TRUST], "untrusted")) flags |= ROW_UNTRUSTED;
    if (in->vector) flags |= ROW_HAS_VECTOR;
    if (in->vector && in->space == 1) flags |= ROW_SECOND_SPACE;
    if (in->document && in->document->asks) flags |= ROW_ASKS;
    if (in->document && in->document->has_time) flags |= ROW_HAS_TIME;
    if (in->kind == PARTITION_MESSAGE) {
        struct partition_text role = in->texts[COLUMN_ROLE];
        if (text_is(role, "assistant") || text_is(role, "system") || text_is(role, "tool"))
            flags |= ROW_OF_ROLE;
        return (uint16_t)flags;
    }
    // How long a person or a thing of a story has been known says nothing.
    if (in->kind == PARTITION_CHARACTER || in->kind == PARTITION_PROP) flags |= ROW_TIMELESS;
    struct partition_text space = in->texts[COLUMN_NAMESPACE];
    if (in->is_superseded) flags |= ROW_SUPERSEDED;
    if (in->integers[COLUMN_VALID_FROM] != TIME_NONE || in->integers[COLUMN_VALID_TO] != TIME_NONE)
        flags |= ROW_BOUNDED;
    if (space.bytes && space.length >= strlen(TASK_PREFIX) &&
        memcmp(space.bytes, TASK_PREFIX, strlen(TASK_PREFIX)) == 0)
        flags |= ROW_TASK;
    if (text_is(in->texts[COLUMN_TIER], "long_term") &&
        text_is(in->texts[COLUMN_TYPE], "preference"))
        flags |= ROW_TIMELESS;
    return (uint16_t)flags;
}

static bool add_terms(struct partition *partition, const struct term_list *list, bool extras,
                      uint32_t *count)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct term *term = &list->items[i];
        if (term->is_extra != extras) continue;
        uint32_t number = postings_put_term(&partition->postings, term->text, term->length);
        if (number == TERM_NONE) return false;
        partition->sequence[partition->sequence_length++] = number;
        ++*count;
    }
    return true;
}

/* Body in order, then what has no order: the key, and extras of both. Lengths leave extras out. */
static bool put_terms(struct partition *partition, uint32_t row, const struct document *document)
{
    static const struct document nothing;
    if (!document) document = &nothing;
    size_t most = document->body.count + document->key.count;
    partition->body_start[row] = partition->sequence_length;
    partition->body_length[row] = partition->key_length[row] = 0;
    if (!RESERVE(partition, sequence, partition->sequence_length + most)) return false;
    if (!add_terms(partition, &document->body, false, &partition->body_length[row]) ||
        !add_terms(partition, &document->key, false, &partition->key_length[row]))
        return false;
    partition->own_length[row] = partition->body_length[row] + partition->key_length[row];
    return add_terms(partition, &document->body, true, &partition->key_length[row]) &&
           add_terms(partition, &document->key, true, &partition->key_length[row]);
}

bool partition_post(struct partition *partition, uint32_t row)
{
    const uint32_t *terms = partition->sequence + partition->body_start[row];
    uint32_t count = partition->body_length[row] + partition->key_length[row], distinct = 0;
    uint32_t known = partition->tally_capacity;
    if (!RESERVE(partition, tally, partition->postings.term_count) ||
        !RESERVE(partition, distinct, count))
        return false;
    if (partition->tally_capacity > known)
        memset(partition->tally + known, 0,
               (partition->tally_capacity - known) * sizeof *partition->tally);
    for (uint32_t i = 0; i < count; i++) {
        if (partition->tally[terms[i]] == 0) partition->distinct[distinct++] = terms[i];
        if (partition->tally[terms[i]] < UINT16_MAX) partition->tally[terms[i]]++;
    }
    bool ok = true;
    for (uint32_t i = 0; i < distinct; i++) {
        uint32_t term = partition->distinct[i];
        ok = ok && postings_add(&partition->postings, term, row, partition->tally[term]);
        partition->tally[term] = 0;
    }
    return ok;
}

static uint32_t dialogue_put(struct partition *partition, const struct uuid *conversation)
{
    bool added;
    if (!reserve(&partition->dialogues, &partition->dialogue_capacity,
                 (size_t)partition->dialogue_count + 1, sizeof *partition->dialogues))
        return DIALOGUE_NONE;
    uint32_t number = map_put(&partition->by_conversation, conversation->bytes,
                              sizeof conversation->bytes, partition->dialogue_count, &added);
    if (added)
        partition->dialogues[partition->dialogue_count++] =
            (struct dialogue){.conversation = *conversation};
    return number;
}

static bool mark_dirty(struct partition *partition, uint32_t number, uint32_t from)
{
    struct dialogue *dialogue = &partition->dialogues[number];
    if (!dialogue->is_dirty) {
        if (!RESERVE(partition, dirty, (size_t)partition->dirty_count + 1)) return false;
        partition->dirty[partition->dirty_count++] = number;
        dialogue->is_dirty = true;
        dialogue->dirty_from = from;
    }
    if (from < dialogue->dirty_from) dialogue->dirty_from = from;
    return true;
}

static bool add_speaker(struct partition *partition, uint32_t name)
{
    struct interned *speaker = &partition->interned[name];
    speaker->speaker_count++;
    if (speaker->is_speaker) return true;
    if (!RESERVE(partition, speakers, (size_t)partition->speakers_count + 1)) return false;
    partition->speakers[partition->speakers_count++] = name;
    speaker->is_speaker = true;
    return true;
}

static bool join_dialogue(struct partition *partition, uint32_t row, uint32_t number)
{
    struct dialogue *dialogue = &partition->dialogues[number];
    if (!reserve(&dialogue->rows, &dialogue->capacity, (size_t)dialogue->count + 1,
                 sizeof *dialogue->rows) ||
        !mark_dirty(partition, number, dialogue->count))
        return false;
    partition->dialogue_place[row] = DIALOGUE_NONE; // settle finds it
    dialogue->rows[dialogue->count++] = row;
    dialogue->role_count += (partition->flags[row] & ROW_OF_ROLE) != 0;
    return add_speaker(partition, row_speaker(partition, row));
}

static bool put_place(struct partition *partition, uint32_t row, const struct partition_row *in)
{
    partition->dialogue_of[row] = DIALOGUE_NONE;
    partition->dialogue_place[row] = partition->sitting[row] = 0;
    if (in->conversation) {
        uint32_t number = dialogue_put(partition, in->conversation);
        if (number == MAP_NONE) return false;
        partition->dialogue_of[row] = number;
        if (in->kind == PARTITION_MESSAGE && !join_dialogue(partition, row, number)) return false;
    }
    // Windows of a message are settle's; all else stands alone.
    bool alone = in->kind != PARTITION_MESSAGE;
    partition->near_mask[row] = 0;
    partition->wide_mask[row] = 0;
    partition->near_length[row] = alone ? WINDOW_UNIT * partition->own_length[row] : 0;
    partition->wide_length[row] = alone ? partition->own_length[row] : 0;
    partition->near_norm[row] = alone ? 1 : 0;
    return true;
}

/* `vector` NULL: none. */
static void set_vector(struct partition *partition, uint32_t row, const float *vector,
                       unsigned space)
{
    float *place = partition->vectors + (size_t)row * partition->dimension;
    size_t first = partition->first_dimension, second = partition->dimension - first;
    memset(place, 0, partition->dimension * sizeof *place);
    if (vector && space == 0) memcpy(place, vector, first * sizeof *place);
    if (vector && space == 1) memcpy(place + first, vector, second * sizeof *place);
}

static void put_numbers(struct partition *partition, uint32_t row, const struct partition_row *in)
{
    const struct document *document = in->document;
    unsigned words = document ? document->word_count : 0;
    unsigned text_words = document ? document->text_words : 0;
    partition->ids[row] = in->id;
    partition->kinds[row] = (uint8_t)in->kind;
    partition->flags[row] = flags_of(in);
    for (int i = 0; i < INTEGER_COLUMNS; i++) partition->integers[i][row] = in->integers[i];
    for (int i = 0; i < REAL_COLUMNS; i++) partition->reals[i][row] = in->reals[i];
    partition->words[row] = (uint16_t)(words < UINT16_MAX ? words : UINT16_MAX);
    partition->text_words[row] =
        (uint8_t)(text_words < WINDOW_LENGTH_WORDS ? text_words : WINDOW_LENGTH_WORDS);
    partition->simhash[row] = document ? document->simhash : 0;
    if (partition->dimension == 0) return;
    set_vector(partition, row, in->vector, in->space);
}

static bool put_row(struct partition *partition, uint32_t row, const struct partition_row *in)
{
    put_numbers(partition, row, in);
    bool added;
    uint32_t old = map_put(&partition->by_id, in->id.bytes, sizeof in->id.bytes, row, &added);
    if (old == MAP_NONE) return false;
    if (!added) map_set(&partition->by_id, in->id.bytes, sizeof in->id.bytes, row);
    return put_texts(partition, row, in) && put_tags(partition, row, in->tags) &&
           put_terms(partition, row, in->document) && partition_post(partition, row) &&
           put_place(partition, row, in);
}

enum mneme_code partition_put(struct partition *partition, const struct partition_row *in,
                              struct mneme_error *err)
{
    assert(!partition->is_broken);
    assert(in->kind != PARTITION_MESSAGE || in->is_gone || in->conversation);
    partition_remove(partition, &in->id);
    if (partition->is_broken) return error_nomem(err);
    if (in->is_gone) return MNEME_OK;
    enum mneme_code code = partition_grow(partition, err);
    if (code != MNEME_OK) return code;
    partition->is_settled = false;
    if (!put_row(partition, partition->count, in)) {
        partition->is_broken = true;
        return error_nomem(err);
    }
    uint32_t row = partition->count++;
    partition_place(partition, row);
    partition->live_count++;
    partition->own_total += partition->own_length[row];
    partition->near_total += partition->near_length[row];
    partition->wide_total += partition->wide_length[row];
    int64_t expires = partition->integers[COLUMN_EXPIRES_AT][row];
    if (expires != TIME_NONE && expires < partition->next_expiry_us)
        partition->next_expiry_us = expires;
    return MNEME_OK;
}

static void unpost(struct partition *partition, uint32_t row)
{
    const uint32_t *terms = partition->sequence + partition->body_start[row];
    uint32_t count = partition->body_length[row] + partition->key_length[row];
    for (uint32_t i = 0; i < count; i++) {
        if (partition->tally[terms[i]] == 0) postings_forget(&partition->postings, terms[i]);
        partition->tally[terms[i]] = 1;
    }
    for (uint32_t i = 0; i < count; i++) partition->tally[terms[i]] = 0;
}

static void bitmap_unset(uint64_t *bits, uint32_t i)
{
    bits[i / 64] &= ~(UINT64_C(1) << i % 64);
}

void partition_kill(struct partition *partition, uint32_t row)
{
    assert(row_is_live(partition, row));
    bitmap_unset(partition->live, row);
    bitmap_unset(partition->special, row);
    bitmap_unset(partition->ordinary[partition->kinds[row]], row);
    partition->live_count--;
    partition->own_total -= partition->own_length[row];
    partition->near_total -= partition->near_length[row];
    partition->wide_total -= partition->wide_length[row];
    unpost(partition, row);
    partition->is_settled = false;
    if (partition->kinds[row] != PARTITION_MESSAGE) return;
    struct dialogue *dialogue = &partition->dialogues[partition->dialogue_of[row]];
    dialogue->role_count -= (partition->flags[row] & ROW_OF_ROLE) != 0;
    partition->interned[row_speaker(partition, row)].speaker_count--;
    uint32_t place = partition->dialogue_place[row];
    if (!mark_dirty(partition, partition->dialogue_of[row],
                    place == DIALOGUE_NONE ? dialogue->count : place))
        partition->is_broken = true;
}

void partition_remove(struct partition *partition, const struct uuid *id)
{
    uint32_t row;
    if (partition_find(partition, id, &row)) partition_kill(partition, row);
}

enum mneme_code partition_put_vector(struct partition *partition, const struct uuid *id,
                                     const float *vector, unsigned space, struct mneme_error *err)
{
    uint32_t row;
    assert(!partition->is_broken);
    if (!partition_find(partition, id, &row)) return MNEME_OK;
    unsigned flags = partition->flags[row];
    bool has_first = flags & ROW_HAS_VECTOR && !(flags & ROW_SECOND_SPACE);
    if (has_first && space == 1) return MNEME_OK;
    set_vector(partition, row, vector, space);
    partition->flags[row] = (uint16_t)((flags | ROW_HAS_VECTOR) & ~(unsigned)ROW_SECOND_SPACE);
    if (space == 1) partition->flags[row] |= ROW_SECOND_SPACE;
    if (partition->kinds[row] != PARTITION_MESSAGE) return MNEME_OK;
    // Sums over neighbours are settle's.
    partition->is_settled = false;
    uint32_t number = partition->dialogue_of[row], place = partition->dialogue_place[row];
    uint32_t from = place == DIALOGUE_NONE ? partition->dialogues[number].count : place;
    if (mark_dirty(partition, number, from)) return MNEME_OK;
    partition->is_broken = true;
    return error_nomem(err);
}
