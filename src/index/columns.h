/*
 * The inside of a partition, for the files that build it (index/partition*.c) and those that rank with it (recall/),
 * which only read.
 *
 * Invariants of a settled partition:
 *   - `count` ordinals were handed out, `live_count` of them live; a dead one has its bit in `live` clear and nothing
 *     else of it is promised. Every array below is indexed by ordinal and has `capacity` places.
 *   - Bit sets: live = the ordinary ones of each kind + special, disjoint. An ordinary row is visible to every
 *     question at any time; a special one must be looked at (superseded, bounded validity, untrusted, task namespace).
 *   - Texts are numbers of interned strings; 0 is none.
 *   - own_length counts terms in order and in key, extras left out. near_length is in thirtieths. The totals are the
 *     sums over the live rows, as whole numbers, so that means do not depend on the order of arrival.
 *   - A dialogue lists the live messages of a conversation by message_seq; dialogue_place is a row's index there.
 *     near_mask (shifted, see index/windows.h) and wide_mask say which neighbours are in its windows.
 *   - near_norm is the length of the row's vector plus its neighbours' weighted ones; 1 for a memory.
 *   - body_start[i] .. + body_length: the terms of the text in order; then key_length others (key and extras).
 */
#ifndef INDEX_COLUMNS_H
#define INDEX_COLUMNS_H

#include "index/partition.h"
#include "index/postings.h"
#include "index/windows.h"

enum row_flag {
    ROW_PINNED = 1 << 0,
    ROW_SUPERSEDED = 1 << 1,
    ROW_UNTRUSTED = 1 << 2,
    ROW_TASK = 1 << 3,    /* namespace task:* */
    ROW_BOUNDED = 1 << 4, /* has valid_from or valid_to */
    ROW_ASKS = 1 << 5,    /* its text ends in a question mark */
    ROW_ANSWERS =
        1 << 6, /* the message before asks, is another speaker's, same sitting, both short */
    ROW_HAS_TIME = 1 << 7, /* its text has a time word or a year */
    ROW_OF_ROLE = 1 << 8,  /* a message of role assistant, system or tool */
    ROW_TIMELESS = 1 << 9, /* a long-term preference: recency says nothing */
    ROW_HAS_VECTOR = 1 << 10,
    ROW_STRAIGHT =
        1 << 11, /* the neighbour at distance d of either window is the row d further on */
    ROW_SECOND_SPACE = 1 << 12 /* its vector is of the second space */
};
#define ROW_SPECIAL (ROW_SUPERSEDED | ROW_UNTRUSTED | ROW_TASK | ROW_BOUNDED)

struct interned {
    const char *text; /* in blocks that never move */
    uint32_t length;
    uint32_t speaker_count; /* live messages of this speaker */
    bool is_speaker;        /* it stands in `speakers` */
};

struct dialogue {
    struct uuid conversation;
    /* live messages by message_seq; before settling newcomers stand at the end and the dead where they were */
    uint32_t *rows;
    uint32_t count, capacity;
    uint32_t dirty_from; /* nothing changed in front of this place */
    uint32_t role_count; /* live messages of role assistant, system or tool */
    bool is_dirty;
};

struct partition {
    uint32_t count, live_count, capacity;
    size_t dimension;       /* of a row's vector: that of all spaces together */
    size_t first_dimension; /* how much of it is the first space's */

    struct uuid *ids;
    uint8_t *kinds;
    uint16_t *flags;
    uint32_t *texts[TEXT_COLUMNS];
    int64_t *integers[INTEGER_COLUMNS];
    double *reals[REAL_COLUMNS];
    uint32_t *tag_start;
    uint16_t *tag_count;
    uint32_t *dialogue_of; /* of memories too; DIALOGUE_NONE */
    uint32_t *dialogue_place, *sitting;
    uint8_t *near_mask;
    uint16_t *wide_mask;
    uint32_t *own_length, *near_length, *wide_length;
    float *near_norm;
    uint16_t *words;     /* white-space words of text and speaker, at most UINT16_MAX */
    uint8_t *text_words; /* of the text alone, at most WINDOW_LENGTH_WORDS */
    uint64_t *simhash;
    uint32_t *body_start, *body_length, *key_length;

    float *vectors; /* dimension floats a row, in an aligned block */
    void *vector_block;
    uint64_t *live, *ordinary[PARTITION_KINDS], *special; /* bit sets; words for `capacity` rows */

    uint32_t *sequence; /* terms of all rows */
    uint32_t sequence_length, sequence_capacity;
    uint32_t *tags; /* interned tags of all rows */
    uint32_t tags_length, tags_capacity;

    struct map by_id;
    struct postings postings;

    struct map strings;
    struct interned *interned; /* [0] is none */
    uint32_t interned_count, interned_capacity;
    uint32_t last_text[TEXT_COLUMNS]; /* what the row before had: most rows repeat it */
    uint32_t *speakers;               /* texts that name, or once named, a message's speaker */
    uint32_t speakers_count, speakers_capacity;
    struct arena string_bytes;

    struct map by_conversation;
    struct dialogue *dialogues;
    uint32_t dialogue_count, dialogue_capacity;
    uint32_t *dirty; /* dialogues to settle */
    uint32_t dirty_count, dirty_capacity;

    /* over the live rows */
    int64_t own_total, near_total, wide_total;
    int64_t next_expiry_us;
    bool is_settled, is_broken;

    /* working space of put and settle */
    uint16_t *tally;    /* by term: its count in the row at hand */
    uint32_t *distinct; /* the terms of the row at hand */
    uint32_t tally_capacity, distinct_capacity;
    float *sum; /* dimension floats */
};

#define DIALOGUE_NONE UINT32_MAX

static inline bool row_is_live(const struct partition *partition, uint32_t row)
{
    return bitmap_has(partition->live, row);
}

static inline const float *row_vector(const struct partition *partition, uint32_t row)
{
    return partition->vectors + (size_t)row * partition->dimension;
}

/* The neighbour of a message at a distance that is in its windows. */
static inline uint32_t row_neighbour(const struct partition *partition, uint32_t row, int offset)
{
    if (partition->flags[row] & ROW_STRAIGHT) return row + (uint32_t)offset;
    const struct dialogue *dialogue = &partition->dialogues[partition->dialogue_of[row]];
    return dialogue->rows[partition->dialogue_place[row] + (uint32_t)offset];
}

/* Who speaks: the speaker's name, else the role. */
static inline uint32_t row_speaker(const struct partition *partition, uint32_t row)
{
    uint32_t name = partition->texts[COLUMN_SPEAKER][row];
    return name != 0 ? name : partition->texts[COLUMN_ROLE][row];
}

static inline size_t bitmap_words(uint32_t rows)
{
    return ((size_t)rows + 63) / 64;
}

/* For the files of the partition alone: */

/* Room for one more row. */
enum mneme_code partition_grow(struct partition *partition, struct mneme_error *err) MUST_CHECK;
/* A row out of every set, list and sum; it stays as a dead ordinal. */
void partition_kill(struct partition *partition, uint32_t row);
/* Posts the row's terms from `sequence`. False when out of memory. */
bool partition_post(struct partition *partition, uint32_t row);
/* Puts a row's bits where its flags say. */
void partition_place(struct partition *partition, uint32_t row);
/* Squeezes dead rows out; every dialogue is settled. */
enum mneme_code partition_squeeze(struct partition *partition, struct mneme_error *err) MUST_CHECK;

#endif
