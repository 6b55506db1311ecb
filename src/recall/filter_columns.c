/*
 * Filters on columns: each node of the tree becomes two bit sets, the rows for which it is true and those for which it
 * is false; a kind that lacks a leaf's field is in neither. Kleene's logic is then and, or and swap, sixty-four rows at
 * a time.
 *
 * A text is compared once for each distinct value, however many rows have it.
 */
#include "model/records.h"
#include "recall/recall_internal.h"

#include <string.h>

enum column_type { TEXTS, INTEGERS, TIMES, REALS, PINNED, TAGS, CONVERSATIONS };

struct column {
    const char *field;
    enum column_type type;
    int at;
};

#define COMMON_ROWS                                                                                \
    {"created_at", TIMES, COLUMN_CREATED_AT}, {"updated_at", TIMES, COLUMN_UPDATED_AT},            \
        {"origin", TEXTS, COLUMN_ORIGIN}, {"principal", TEXTS, COLUMN_PRINCIPAL},                  \
    {                                                                                              \
        "trust", TEXTS, COLUMN_TRUST                                                               \
    }

/* Fields that are not here have no column; recall_can_filter says so. */
static const struct column memory_columns[] = {
    COMMON_ROWS,
    {"namespace", TEXTS, COLUMN_NAMESPACE},
    {"tier", TEXTS, COLUMN_TIER},
    {"type", TEXTS, COLUMN_TYPE},
    {"subject", TEXTS, COLUMN_SUBJECT},
    {"agent_id", TEXTS, COLUMN_AGENT_ID},
    {"run_id", TEXTS, COLUMN_RUN_ID},
    {"source", TEXTS, COLUMN_SOURCE},
    {"conversation_id", CONVERSATIONS, 0},
    {"importance", REALS, COLUMN_IMPORTANCE},
    {"confidence", REALS, COLUMN_CONFIDENCE},
    {"tags", TAGS, 0},
    {"event_at", TIMES, COLUMN_EVENT_AT},
    {"valid_from", TIMES, COLUMN_VALID_FROM},
    {"valid_to", TIMES, COLUMN_VALID_TO},
    {"pinned", PINNED, 0},
    {"expires_at", TIMES, COLUMN_EXPIRES_AT},
    {"last_accessed_at", TIMES, COLUMN_LAST_ACCESSED_AT},
    {"access_count", INTEGERS, COLUMN_ACCESS_COUNT},
    {NULL, TEXTS, 0},
};

static const struct column message_columns[] = {
    COMMON_ROWS,
    {"conversation_id", CONVERSATIONS, 0},
    {"message_seq", INTEGERS, COLUMN_MESSAGE_SEQ},
    {"sitting", TEXTS, COLUMN_SITTING},
    {"role", TEXTS, COLUMN_ROLE},
    {"speaker", TEXTS, COLUMN_SPEAKER},
    {"event_at", TIMES, COLUMN_EVENT_AT},
    {"agent_name", TEXTS, COLUMN_AGENT_NAME},
    {"llm_provider", TEXTS, COLUMN_LLM_PROVIDER},
    {"token_count", INTEGERS, COLUMN_TOKEN_COUNT},
    {"importance", REALS, COLUMN_IMPORTANCE},
    {"pinned", PINNED, 0},
    {"expires_at", TIMES, COLUMN_EXPIRES_AT},
    {NULL, TEXTS, 0},
};

static const struct column story_columns[] = {
    COMMON_ROWS,
    {"conversation_id", CONVERSATIONS, 0},
    {NULL, TEXTS, 0},
};
static const struct column prop_columns[] = {
    COMMON_ROWS,
    {"tags", TAGS, 0},
    {NULL, TEXTS, 0},
};

static const struct column *const columns_of[PARTITION_KINDS] = {
    [PARTITION_MEMORY] = memory_columns, [PARTITION_MESSAGE] = message_columns,
    [PARTITION_SUMMARY] = story_columns, [PARTITION_CHARACTER] = story_columns,
    [PARTITION_PROP] = prop_columns,
};

static const struct column *column_find(enum partition_kind kind, const char *field)
{
    for (const struct column *column = columns_of[kind]; column->field; column++) {
        if (strcmp(column->field, field) == 0) return column;
    }
    return NULL;
}

bool recall_can_filter(const struct filter *filter)
{
    if (!filter) return true;
    for (size_t i = 0; i < filter->child_count; i++) {
        if (!recall_can_filter(filter->children[i])) return false;
    }
    if (filter->type != FILTER_LEAF) return true;
    for (int kind = 0; kind < PARTITION_KINDS; kind++) {
        size_t field = field_find(partition_kinds[kind], filter->field);
        if (field != FIELD_NONE && (partition_kinds[kind]->fields[field].flags & FIELD_FILTER) &&
            (filter->path || !column_find((enum partition_kind)kind, filter->field)))
            return false;
    }
    return true;
}

/* Rows for which a node is true, and those for which it is false. */
struct verdict {
    uint64_t *yes, *no;
};

struct sieve {
    const struct partition *partition;
    enum partition_kind kind;
    const uint64_t *rows; /* of the kind, that are to be judged */
    size_t words;
    struct arena *arena;
};

/* Answers by number, so that each text is compared once. */
enum { NOT_ASKED, SAYS_NO, SAYS_YES };

static bool ask_text(const struct sieve *sieve, const struct filter *leaf, uint32_t number,
                     uint8_t *answers)
{
    if (answers[number] == NOT_ASKED) {
        struct filter_value value = {.type = JSON_TYPE_TEXT,
                                     .text = sieve->partition->interned[number].text};
        answers[number] = filter_compare(leaf, &value, number != 0) ? SAYS_YES : SAYS_NO;
    }
    return answers[number] == SAYS_YES;
}

static bool ask_conversation(const struct sieve *sieve, const struct filter *leaf, uint32_t number,
                             uint8_t *answers)
{
    if (number == DIALOGUE_NONE) return filter_compare(leaf, NULL, 0);
    if (answers[number] == NOT_ASKED) {
        char text[UUID_TEXT_LENGTH + 1];
        uuid_format(&sieve->partition->dialogues[number].conversation, text);
        struct filter_value value = {.type = JSON_TYPE_TEXT, .text = text};
        answers[number] = filter_compare(leaf, &value, 1) ? SAYS_YES : SAYS_NO;
    }
    return answers[number] == SAYS_YES;
}

static bool ask_tags(const struct sieve *sieve, const struct filter *leaf, uint32_t row)
{
    struct filter_value values[LIMIT_TAGS];
    size_t count = sieve->partition->tag_count[row];
    if (count > LIMIT_TAGS) count = LIMIT_TAGS;
    for (size_t i = 0; i < count; i++) {
        uint32_t tag = sieve->partition->tags[sieve->partition->tag_start[row] + i];
        values[i] = (struct filter_value){.type = JSON_TYPE_TEXT,
                                          .text = sieve->partition->interned[tag].text};
    }
    return filter_compare(leaf, values, count);
}

static bool ask(const struct sieve *sieve, const struct filter *leaf, const struct column *column,
                uint32_t row, uint8_t *answers)
{
    const struct partition *partition = sieve->partition;
    struct filter_value value = {.type = JSON_TYPE_NULL};
    switch (column->type) {
    case TEXTS: return ask_text(sieve, leaf, partition->texts[column->at][row], answers);
    case CONVERSATIONS: return ask_conversation(sieve, leaf, partition->dialogue_of[row], answers);
    case TAGS: return ask_tags(sieve, leaf, row);
    case INTEGERS:
    case TIMES:
        value.type = JSON_TYPE_INTEGER;
        value.integer = partition->integers[column->at][row];
        return filter_compare(leaf, &value, column->type == INTEGERS || value.integer != TIME_NONE);
    case REALS:
        value.type = JSON_TYPE_REAL;
        value.real = partition->reals[column->at][row];
        return filter_compare(leaf, &value, 1);
    case PINNED:
        value.type = JSON_TYPE_BOOLEAN;
        value.boolean = (partition->flags[row] & ROW_PINNED) != 0;
        return filter_compare(leaf, &value, 1);
    }
    return false;
}

static bool judge_leaf(const struct sieve *sieve, const struct filter *leaf,
                       struct verdict *verdict)
{
    const struct column *column = column_find(sieve->kind, leaf->field);
    if (!column) return true; // the kind lacks it: neither
    size_t distinct = column->type == CONVERSATIONS ? sieve->partition->dialogue_count
                                                    : sieve->partition->interned_count;
    uint8_t *answers = arena_alloc(sieve->arena, distinct);
    if (!answers) return false;
    for (size_t word = 0; word < sieve->words; word++) {
        for (uint64_t left = sieve->rows[word]; left != 0; left &= left - 1) {
            uint32_t row = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
            bool is_met = ask(sieve, leaf, column, row, answers);
            (is_met ? verdict->yes : verdict->no)[word] |= left & -left;
        }
    }
    return true;
}

static bool judge(const struct sieve *sieve, const struct filter *filter, struct verdict *verdict)
{
    verdict->yes = arena_alloc_array(sieve->arena, sieve->words, sizeof(uint64_t));
    verdict->no = arena_alloc_array(sieve->arena, sieve->words, sizeof(uint64_t));
    if (!verdict->yes || !verdict->no) return false;
    if (filter->type == FILTER_LEAF) return judge_leaf(sieve, filter, verdict);
    // `and`: all yes; any no. `or` is the same with both exchanged, `not` exchanges those of its child.
    bool is_or = filter->type == FILTER_OR, is_not = filter->type == FILTER_NOT;
    uint64_t *all = is_or ? verdict->no : verdict->yes, *any = is_or ? verdict->yes : verdict->no;
    memcpy(all, sieve->rows, sieve->words * sizeof *all);
    for (size_t i = 0; i < filter->child_count; i++) {
        struct verdict child;
        if (!judge(sieve, filter->children[i], &child)) return false;
        const uint64_t *child_all = is_or != is_not ? child.no : child.yes;
        const uint64_t *child_any = is_or != is_not ? child.yes : child.no;
        for (size_t word = 0; word < sieve->words; word++) {
            all[word] &= child_all[word];
            any[word] |= child_any[word];
        }
    }
    return true;
}

bool filter_rows(const struct partition *partition, const struct filter *filter, uint64_t *rows,
                 struct arena *arena)
{
    size_t words = bitmap_words(partition->count);
    uint64_t *of_kind[PARTITION_KINDS];
    for (int kind = 0; kind < PARTITION_KINDS; kind++) {
        of_kind[kind] = partition_bitmap(partition, arena);
        if (!of_kind[kind]) return false;
    }
    for (uint32_t row = 0; row < partition->count; row++) {
        if (bitmap_has(rows, row)) bitmap_set(of_kind[partition->kinds[row]], row);
    }
    memset(rows, 0, words * sizeof *rows);
    for (int kind = 0; kind < PARTITION_KINDS; kind++) {
        struct sieve sieve = {partition, (enum partition_kind)kind, of_kind[kind], words, arena};
        struct verdict verdict;
        if (!judge(&sieve, filter, &verdict)) return false;
        for (size_t word = 0; word < words; word++) rows[word] |= verdict.yes[word];
    }
    return true;
}
