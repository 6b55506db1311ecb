/*
 * The life and the memory of a partition. All arrays by ordinal are described by one table, so that growing, counting
 * and squeezing treat each alike.
 */
#include "base/alloc.h"
#include "index/columns.h"
#include "model/records.h"

#include <assert.h>
#include <string.h>

#define ROWS_FIRST 16
#define VECTOR_ALIGNMENT 64
/* A dictionary of this many terms, most of them of no live row, is worn. */
#define WORN_TERMS 4096

struct array {
    size_t place, item_bytes;
};
#define ARRAY(member)                                                                              \
    {                                                                                              \
        offsetof(struct partition, member), sizeof *((struct partition *)0)->member                \
    }

static const struct array arrays[] = {
    ARRAY(ids),         ARRAY(kinds),       ARRAY(flags),          ARRAY(texts[0]),
    ARRAY(texts[1]),    ARRAY(texts[2]),    ARRAY(texts[3]),       ARRAY(texts[4]),
    ARRAY(texts[5]),    ARRAY(texts[6]),    ARRAY(texts[7]),       ARRAY(texts[8]),
    ARRAY(texts[9]),    ARRAY(integers[0]), ARRAY(integers[1]),    ARRAY(integers[2]),
    ARRAY(integers[3]), ARRAY(integers[4]), ARRAY(integers[5]),    ARRAY(integers[6]),
    ARRAY(integers[7]), ARRAY(reals[0]),    ARRAY(reals[1]),       ARRAY(tag_start),
    ARRAY(tag_count),   ARRAY(dialogue_of), ARRAY(dialogue_place), ARRAY(sitting),
    ARRAY(near_mask),   ARRAY(wide_mask),   ARRAY(own_length),     ARRAY(near_length),
    ARRAY(wide_length), ARRAY(near_norm),   ARRAY(words),          ARRAY(text_words),
    ARRAY(simhash),     ARRAY(body_start),  ARRAY(body_length),    ARRAY(key_length),
};
_Static_assert(TEXT_COLUMNS == 10 && INTEGER_COLUMNS == 8 && REAL_COLUMNS == 2,
               "every column has its row in the table above");
#define ARRAY_COUNT (sizeof arrays / sizeof arrays[0])

const struct kind *const partition_kinds[PARTITION_KINDS] = {
    [PARTITION_MEMORY] = &kind_memory,   [PARTITION_MESSAGE] = &kind_message,
    [PARTITION_SUMMARY] = &kind_summary, [PARTITION_CHARACTER] = &kind_character,
    [PARTITION_PROP] = &kind_prop,
};

enum partition_kind partition_kind_of(const struct kind *kind)
{
    int i = 0;
    while (i < PARTITION_KINDS && partition_kinds[i] != kind) i++;
    return (enum partition_kind)i;
}

static const size_t bit_sets[] = {
    offsetof(struct partition, live),
    offsetof(struct partition, ordinary[PARTITION_MEMORY]),
    offsetof(struct partition, ordinary[PARTITION_MESSAGE]),
    offsetof(struct partition, ordinary[PARTITION_SUMMARY]),
    offsetof(struct partition, ordinary[PARTITION_CHARACTER]),
    offsetof(struct partition, ordinary[PARTITION_PROP]),
    offsetof(struct partition, special),
};
#define BIT_SET_COUNT (sizeof bit_sets / sizeof bit_sets[0])

/* The pointer member at a place; by copy, since its type is not void *. */
static char *member_at(const struct partition *partition, size_t place)
{
    char *block;
    memcpy(&block, (const char *)partition + place, sizeof block);
    return block;
}

static void set_member(struct partition *partition, size_t place, void *block)
{
    memcpy((char *)partition + place, &block, sizeof block);
}

struct partition *partition_new(void)
{
    struct partition *partition = mem_alloc_zero(1, sizeof *partition);
    if (!partition) return NULL;
    map_init(&partition->by_id);
    map_init(&partition->strings);
    map_init(&partition->by_conversation);
    postings_init(&partition->postings);
    arena_init(&partition->string_bytes);
    partition->next_expiry_us = INT64_MAX;
    partition->is_settled = true;
    return partition;
}

void partition_free(struct partition *partition)
{
    if (!partition) return;
    for (size_t i = 0; i < ARRAY_COUNT; i++) mem_free(member_at(partition, arrays[i].place));
    for (size_t i = 0; i < BIT_SET_COUNT; i++) mem_free(member_at(partition, bit_sets[i]));
    for (uint32_t i = 0; i < partition->dialogue_count; i++) mem_free(partition->dialogues[i].rows);
    mem_free(partition->vector_block);
    mem_free(partition->sequence);
    mem_free(partition->tags);
    mem_free(partition->interned);
    mem_free(partition->speakers);
    mem_free(partition->dialogues);
    mem_free(partition->dirty);
    mem_free(partition->tally);
    mem_free(partition->distinct);
    mem_free(partition->sum);
    map_clear(&partition->by_id);
    map_clear(&partition->strings);
    map_clear(&partition->by_conversation);
    postings_clear(&partition->postings);
    arena_clear(&partition->string_bytes);
    mem_free(partition);
}

size_t partition_bytes(const struct partition *partition)
{
    size_t row = partition->dimension * sizeof(float), bytes = sizeof *partition;
    for (size_t i = 0; i < ARRAY_COUNT; i++) row += arrays[i].item_bytes;
    bytes += row * partition->capacity;
    bytes += BIT_SET_COUNT * bitmap_words(partition->capacity) * sizeof(uint64_t);
    bytes += ((size_t)partition->sequence_capacity + partition->tags_capacity) * sizeof(uint32_t);
    bytes += map_bytes(&partition->by_id) + map_bytes(&partition->strings) +
             map_bytes(&partition->by_conversation) + postings_bytes(&partition->postings);
    bytes += partition->interned_capacity * sizeof *partition->interned +
             partition->speakers_capacity * sizeof *partition->speakers +
             partition->string_bytes.used_bytes;
    bytes += partition->dialogue_capacity * sizeof *partition->dialogues;
    for (uint32_t i = 0; i < partition->dialogue_count; i++)
        bytes += partition->dialogues[i].capacity * sizeof(uint32_t);
    bytes += partition->tally_capacity * sizeof *partition->tally +
             partition->distinct_capacity * sizeof *partition->distinct;
    return bytes + partition->dimension * sizeof(float);
}

size_t partition_live_count(const struct partition *partition)
{
    return partition->live_count;
}

void partition_set_dimensions(struct partition *partition,
                              const size_t dimensions[PARTITION_SPACES])
{
    assert(partition->capacity == 0);
    partition->first_dimension = dimensions[0];
    partition->dimension = dimensions[0] + dimensions[1];
}

int64_t partition_next_expiry_us(const struct partition *partition)
{
    return partition->next_expiry_us;
}

bool partition_is_worn(const struct partition *partition)
{
    uint32_t terms = partition->postings.term_count, dead = 0;
    if (terms < WORN_TERMS) return false;
    for (uint32_t i = 0; i < terms; i++) dead += partition->postings.terms[i].live == 0;
    return dead > terms / 2;
}

bool partition_find(const struct partition *partition, const struct uuid *id, uint32_t *ordinal)
{
    // The map keeps ids of rows that have died; a squeeze may since have given the place to another.
    *ordinal = map_find(&partition->by_id, id->bytes, sizeof id->bytes);
    return *ordinal != MAP_NONE && row_is_live(partition, *ordinal);
}

void partition_note_use(struct partition *partition, const struct uuid *id, int64_t at_us,
                        int64_t count)
{
    uint32_t row;
    if (!partition_find(partition, id, &row)) return;
    partition->integers[COLUMN_ACCESS_COUNT][row] += count;
    if (partition->integers[COLUMN_LAST_ACCESSED_AT][row] < at_us)
        partition->integers[COLUMN_LAST_ACCESSED_AT][row] = at_us;
}

uint64_t *partition_bitmap(const struct partition *partition, struct arena *arena)
{
    return arena_alloc_array(arena, bitmap_words(partition->count), sizeof(uint64_t));
}

size_t partition_neighbours(const struct partition *partition, uint32_t ordinal, unsigned reach,
                            struct uuid *out, size_t *before)
{
    size_t count = 0;
    *before = 0;
    if (partition->kinds[ordinal] != PARTITION_MESSAGE || !row_is_live(partition, ordinal))
        return 0;
    const struct dialogue *dialogue = &partition->dialogues[partition->dialogue_of[ordinal]];
    uint32_t place = partition->dialogue_place[ordinal];
    uint32_t from = place > reach ? place - reach : 0;
    uint32_t to = dialogue->count - place > reach ? place + reach + 1 : dialogue->count;
    for (uint32_t i = from; i < to; i++) {
        uint32_t row = dialogue->rows[i];
        if (row == ordinal || partition->sitting[row] != partition->sitting[ordinal]) continue;
        out[count++] = partition->ids[row];
        *before += i < place;
    }
    return count;
}

/* realloc would lose the alignment, and full cache lines are worth a copy now and then. */
static bool resize_vectors(struct partition *partition, size_t capacity)
{
    if (partition->dimension == 0) return true;
    size_t row_bytes = partition->dimension * sizeof(float);
    if (capacity > (SIZE_MAX - VECTOR_ALIGNMENT) / row_bytes) return false;
    void *block = mem_alloc(capacity * row_bytes + VECTOR_ALIGNMENT);
    if (!block) return false;
    float *vectors =
        (float *)(((uintptr_t)block + VECTOR_ALIGNMENT - 1) / VECTOR_ALIGNMENT * VECTOR_ALIGNMENT);
    if (partition->count > 0)
        memcpy(vectors, partition->vectors, (size_t)partition->count * row_bytes);
    mem_free(partition->vector_block);
    partition->vector_block = block;
    partition->vectors = vectors;
    return true;
}

static bool resize(struct partition *partition, size_t capacity)
{
    for (size_t i = 0; i < ARRAY_COUNT; i++) {
        void *block =
            mem_resize(member_at(partition, arrays[i].place), capacity * arrays[i].item_bytes);
        if (!block) return false;
        set_member(partition, arrays[i].place, block);
    }
    size_t old_words = bitmap_words(partition->capacity);
    size_t words = bitmap_words((uint32_t)capacity);
    for (size_t i = 0; i < BIT_SET_COUNT; i++) {
        uint64_t *bits = mem_resize(member_at(partition, bit_sets[i]), words * sizeof *bits);
        if (!bits) return false;
        memset(bits + old_words, 0, (words - old_words) * sizeof *bits);
        set_member(partition, bit_sets[i], bits);
    }
    if (!resize_vectors(partition, capacity)) return false;
    partition->capacity = (uint32_t)capacity;
    return true;
}

enum mneme_code partition_reserve(struct partition *partition, size_t row_count,
                                  struct mneme_error *err)
{
    if (row_count <= partition->capacity) return MNEME_OK;
    if (row_count > POSTING_ROWS_MAX) {
        partition->is_broken = true;
        return error_field(err, MNEME_LIMIT, "", "max", "more than %u records of one user",
                           POSTING_ROWS_MAX);
    }
    if (!resize(partition, row_count)) {
        partition->is_broken = true;
        return error_nomem(err);
    }
    return MNEME_OK;
}

enum mneme_code partition_grow(struct partition *partition, struct mneme_error *err)
{
    if (partition->count < partition->capacity) return MNEME_OK;
    size_t capacity = partition->capacity + partition->capacity / 2;
    if (capacity < ROWS_FIRST) capacity = ROWS_FIRST;
    if (capacity > POSTING_ROWS_MAX && partition->count < POSTING_ROWS_MAX)
        capacity = POSTING_ROWS_MAX;
    return partition_reserve(partition, capacity, err);
}

void partition_place(struct partition *partition, uint32_t row)
{
    bitmap_set(partition->live, row);
    if (partition->flags[row] & ROW_SPECIAL)
        bitmap_set(partition->special, row);
    else
        bitmap_set(partition->ordinary[partition->kinds[row]], row);
}

/* Rows move down in place: their new ordinals are never greater. */
static void move_rows(struct partition *partition, const uint32_t *kept, uint32_t kept_count)
{
    for (size_t i = 0; i < ARRAY_COUNT; i++) {
        char *block = member_at(partition, arrays[i].place);
        size_t bytes = arrays[i].item_bytes;
        for (uint32_t to = 0; to < kept_count; to++) {
            if (kept[to] != to) memcpy(block + to * bytes, block + kept[to] * bytes, bytes);
        }
    }
    size_t row_bytes = partition->dimension * sizeof(float);
    for (uint32_t to = 0; to < kept_count && row_bytes > 0; to++) {
        if (kept[to] == to) continue;
        memcpy(partition->vectors + to * partition->dimension,
               partition->vectors + kept[to] * partition->dimension, row_bytes);
    }
    uint32_t terms = 0, tags = 0;
    for (uint32_t row = 0; row < kept_count; row++) {
        uint32_t length = partition->body_length[row] + partition->key_length[row];
        memmove(partition->sequence + terms, partition->sequence + partition->body_start[row],
                length * sizeof *partition->sequence);
        partition->body_start[row] = terms;
        terms += length;
        if (partition->tag_count[row] == 0) continue;
        memmove(partition->tags + tags, partition->tags + partition->tag_start[row],
                partition->tag_count[row] * sizeof *partition->tags);
        partition->tag_start[row] = tags;
        tags += partition->tag_count[row];
    }
    partition->sequence_length = terms;
    partition->tags_length = tags;
    partition->count = kept_count;
}

/* Everything that names rows by ordinal is made anew from the columns. */
static bool rebuild(struct partition *partition)
{
    for (size_t i = 0; i < BIT_SET_COUNT; i++)
        memset(member_at(partition, bit_sets[i]), 0,
               bitmap_words(partition->capacity) * sizeof(uint64_t));
    postings_reset(&partition->postings);
    map_clear(&partition->by_id);
    for (uint32_t row = 0; row < partition->count; row++) {
        bool added;
        const struct uuid *id = &partition->ids[row];
        if (map_put(&partition->by_id, id->bytes, sizeof id->bytes, row, &added) == MAP_NONE ||
            !partition_post(partition, row))
            return false;
        partition_place(partition, row);
        if (partition->kinds[row] == PARTITION_MESSAGE) {
            struct dialogue *dialogue = &partition->dialogues[partition->dialogue_of[row]];
            dialogue->rows[partition->dialogue_place[row]] = row;
        }
    }
    return true;
}

enum mneme_code partition_squeeze(struct partition *partition, struct mneme_error *err)
{
    uint32_t *kept = mem_alloc(partition->live_count * sizeof *kept), count = 0;
    if (!kept) {
        partition->is_broken = true;
        return error_nomem(err);
    }
    for (uint32_t row = 0; row < partition->count; row++) {
        if (row_is_live(partition, row)) kept[count++] = row;
    }
    assert(count == partition->live_count);
    move_rows(partition, kept, count);
    mem_free(kept);
    if (!rebuild(partition)) {
        partition->is_broken = true;
        return error_nomem(err);
    }
    return MNEME_OK;
}
