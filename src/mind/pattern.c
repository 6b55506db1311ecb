#include "mind/pattern.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "mind/phrase.h"
#include "mind/rules.h"

#include <stdlib.h>
#include <string.h>

#define ALIKE 0.6     // share of terms that two tellings of one thing have in common
#define TERMS_MOST 32 // of a content that are compared
#define EXAMPLES_MOST 3
#define STEPS_MIN 2
#define STEPS_MAX 6
#define FREQUENCY_MIN 2

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static struct pattern_found *append(struct arena *arena, struct pattern_list *list)
{
    struct pattern_found *items =
        arena_grow(arena, list->items, &list->capacity, list->count + 1, sizeof *items);
    if (!items) return NULL;
    list->items = items;
    items[list->count] = (struct pattern_found){0};
    return &items[list->count++];
}

static int by_frequency(const void *a, const void *b)
{
    const struct pattern_found *x = a, *y = b;
    if (x->frequency != y->frequency) return x->frequency < y->frequency ? 1 : -1;
    if (x->kind != y->kind) return x->kind > y->kind ? 1 : -1;
    return strcmp(x->description, y->description);
}

static void sort(struct pattern_list *list)
{
    if (list->count > 1) qsort(list->items, list->count, sizeof *list->items, by_frequency);
}

/* Preferences and decisions */

struct telling {
    const struct pattern_record *record;
    enum pattern_kind kind;
    uint32_t terms[TERMS_MOST]; // numbers, ascending, once each
    size_t term_count, group;
};

struct reading {
    struct analyzer *analyzer;
    const struct mind_rules *rules;
    struct arena *arena;
    struct map index;
    struct telling *tellings;
    size_t count;
};

static bool tells_decision(const struct reading *reading, const char *content)
{
    struct phrase phrase;
    size_t length = strlen(content);
    if (!reading->rules || length > LIMIT_SENTENCE_BYTES) return false;
    phrase_cut(&phrase, content, 0, length, false);
    for (size_t at = 0; at < phrase.count; at++) {
        for (size_t i = 0; i < reading->rules->decision_count; i++) {
            if (phrase_match(&phrase, at, reading->rules->decisions[i]) > 0) return true;
        }
    }
    return false;
}

static bool read_telling(struct reading *reading, const struct pattern_record *record)
{
    struct telling *telling = &reading->tellings[reading->count];
    *telling = (struct telling){.record = record};
    bool is_preference = record->type && strcmp(record->type, "preference") == 0;
    bool is_decision = !is_preference && ((record->type && strcmp(record->type, "decision") == 0) ||
                                          tells_decision(reading, record->content));
    if (!is_preference && !is_decision) return true;
    telling->kind = is_preference ? PATTERN_PREFERENCE : PATTERN_DECISION;
    struct term_list list = {0};
    if (!analyzer_terms(reading->analyzer, record->content, reading->arena, &list)) return false;
    size_t used = 0;
    uint32_t numbers[TERMS_MOST];
    for (size_t i = 0; i < list.count && used < TERMS_MOST; i++) {
        bool added;
        if (list.items[i].is_extra) continue;
        numbers[used] = map_put(&reading->index, list.items[i].text, list.items[i].length,
                                (uint32_t)reading->index.count, &added);
        if (numbers[used++] == MAP_NONE) return false;
    }
    qsort(numbers, used, sizeof *numbers, by_number);
    for (size_t i = 0; i < used; i++) {
        if (i == 0 || numbers[i] != numbers[i - 1])
            telling->terms[telling->term_count++] = numbers[i];
    }
    telling->group = reading->count++;
    return true;
}

static bool are_alike(const struct telling *a, const struct telling *b)
{
    if (a->kind != b->kind || a->record->is_negative != b->record->is_negative) return false;
    const char *of_a = a->record->subject ? a->record->subject : "";
    const char *of_b = b->record->subject ? b->record->subject : "";
    if (strcmp(of_a, of_b) != 0) return false;
    size_t shared = 0;
    for (size_t i = 0, j = 0; i < a->term_count && j < b->term_count;) {
        shared += a->terms[i] == b->terms[j];
        bool is_less = a->terms[i] <= b->terms[j];
        j += a->terms[i] >= b->terms[j];
        i += is_less;
    }
    size_t all = a->term_count + b->term_count - shared;
    return all > 0 && (double)shared >= ALIKE * (double)all;
}

static size_t root_of(const struct telling *tellings, size_t i)
{
    while (tellings[i].group != i) i = tellings[i].group;
    return i;
}

/* Tellings that are alike, directly or through others, are of one thing: so their order does not matter. */
static void unite(struct reading *reading)
{
    for (size_t i = 1; i < reading->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!are_alike(&reading->tellings[i], &reading->tellings[j])) continue;
            size_t a = root_of(reading->tellings, i), b = root_of(reading->tellings, j);
            reading->tellings[a > b ? a : b].group = a > b ? b : a;
        }
    }
}

static bool describe(const struct reading *reading, size_t root, unsigned frequency_min,
                     struct pattern_list *out)
{
    struct arena *arena = reading->arena;
    size_t members = 0;
    for (size_t i = root; i < reading->count; i++) members += root_of(reading->tellings, i) == root;
    uint32_t *sources = arena_alloc_array(arena, members, sizeof *sources);
    uint32_t *ordinals = arena_alloc_array(arena, members, sizeof *ordinals);
    const char **examples = arena_alloc_array(arena, EXAMPLES_MOST, sizeof *examples);
    if (!sources || !ordinals || !examples) return false;
    size_t used = 0, example_count = 0;
    const struct pattern_record *latest = NULL;
    for (size_t i = root; i < reading->count; i++) {
        if (root_of(reading->tellings, i) != root) continue;
        const struct pattern_record *record = reading->tellings[i].record;
        sources[used] = record->source;
        ordinals[used++] = record->ordinal;
        if (!latest || record->ordinal > latest->ordinal) latest = record;
    }
    qsort(sources, used, sizeof *sources, by_number);
    qsort(ordinals, used, sizeof *ordinals, by_number);
    unsigned frequency = 0;
    for (size_t i = 0; i < used; i++) frequency += i == 0 || sources[i] != sources[i - 1];
    if (frequency < frequency_min) return true;
    for (size_t k = 0; k < used && example_count < EXAMPLES_MOST; k++) {
        for (size_t i = root; i < reading->count; i++) {
            const struct pattern_record *record = reading->tellings[i].record;
            if (record->ordinal != ordinals[k] || root_of(reading->tellings, i) != root) continue;
            examples[example_count++] = arena_text(arena, record->content);
            break;
        }
    }
    struct pattern_found *pattern = append(arena, out);
    if (!pattern) return false;
    *pattern = (struct pattern_found){.kind = reading->tellings[root].kind,
                                      .description = arena_text(arena, latest->content),
                                      .frequency = frequency,
                                      .confidence = (double)frequency / (double)(frequency + 1),
                                      .examples = examples,
                                      .example_count = example_count,
                                      .ordinals = ordinals,
                                      .ordinal_count = used};
    return !arena_failed(arena);
}

static bool find_recurring(struct reading *reading, const struct pattern_record *records,
                           size_t count, unsigned frequency_min, struct pattern_list *out)
{
    for (size_t i = 0; i < count && reading->count < LIMIT_PATTERN_RECORDS; i++) {
        if (!read_telling(reading, &records[i])) return false;
    }
    unite(reading);
    for (size_t i = 0; i < reading->count; i++) {
        if (reading->tellings[i].group == i && !describe(reading, i, frequency_min, out))
            return false;
    }
    sort(out);
    return true;
}

enum mneme_code pattern_find_recurring(struct analyzer *analyzer,
                                       const struct pattern_record *records, size_t count,
                                       unsigned frequency_min, struct arena *arena,
                                       struct pattern_list *out, struct mneme_error *err)
{
    *out = (struct pattern_list){0};
    struct reading reading = {
        .analyzer = analyzer, .rules = rules_find(analyzer_language(analyzer)), .arena = arena};
    if (frequency_min < FREQUENCY_MIN) frequency_min = FREQUENCY_MIN;
    size_t room = (count < LIMIT_PATTERN_RECORDS ? count : LIMIT_PATTERN_RECORDS) + 1;
    reading.tellings = arena_alloc_array(arena, room, sizeof *reading.tellings);
    if (!reading.tellings) return error_nomem(err);
    map_init(&reading.index);
    bool is_done = find_recurring(&reading, records, count, frequency_min, out);
    map_clear(&reading.index);
    if (is_done && !arena_failed(arena)) return MNEME_OK;
    *out = (struct pattern_list){0};
    return error_nomem(err);
}

/* Workflows */

struct sequence {
    size_t first; // where it was first seen
    unsigned steps, sessions;
    uint32_t last_session;
    bool is_part; // of a longer one that is as frequent
};

struct mining {
    const struct pattern_event *events;
    size_t count;
    struct arena *arena;
    struct map index; // labels of a sequence, as bytes
    struct sequence *sequences;
    size_t sequence_count, capacity;
};

static size_t key_of(const struct mining *mining, size_t first, unsigned steps,
                     uint32_t key[STEPS_MAX])
{
    for (unsigned i = 0; i < steps; i++) key[i] = mining->events[first + i].label;
    return steps * sizeof *key;
}

/* Counts the sequence of `steps` events from `first` on once for its session. */
static bool count_sequence(struct mining *mining, size_t first, unsigned steps)
{
    uint32_t key[STEPS_MAX];
    size_t length = key_of(mining, first, steps, key);
    bool added;
    uint32_t place = map_put(&mining->index, key, length, (uint32_t)mining->sequence_count, &added);
    if (place == MAP_NONE) return false;
    uint32_t session = mining->events[first].session;
    if (added) {
        struct sequence *sequences = arena_grow(mining->arena, mining->sequences, &mining->capacity,
                                                mining->sequence_count + 1, sizeof *sequences);
        if (!sequences) return false;
        mining->sequences = sequences;
        sequences[mining->sequence_count++] = (struct sequence){
            .first = first, .steps = steps, .sessions = 1, .last_session = session};
    } else if (mining->sequences[place].last_session != session) {
        mining->sequences[place].sessions++;
        mining->sequences[place].last_session = session;
    }
    return true;
}

static bool count_all(struct mining *mining)
{
    for (size_t i = 0; i < mining->count; i++) {
        for (unsigned steps = 1; steps <= STEPS_MAX && i + steps <= mining->count; steps++) {
            if (mining->events[i + steps - 1].session != mining->events[i].session) break;
            if (!count_sequence(mining, i, steps)) return false;
        }
    }
    return true;
}

static struct sequence *find(const struct mining *mining, size_t first, unsigned steps)
{
    uint32_t key[STEPS_MAX];
    size_t length = key_of(mining, first, steps, key);
    uint32_t place = map_find(&mining->index, key, length);
    return place == MAP_NONE ? NULL : &mining->sequences[place];
}

/* A sequence that never occurs but within a longer one is part of it. */
static void mark_parts(struct mining *mining)
{
    for (size_t i = 0; i < mining->sequence_count; i++) {
        const struct sequence *whole = &mining->sequences[i];
        if (whole->steps <= STEPS_MIN) continue;
        for (size_t offset = 0; offset < 2; offset++) {
            struct sequence *part = find(mining, whole->first + offset, whole->steps - 1);
            if (part && part->sessions == whole->sessions) part->is_part = true;
        }
    }
}

static bool is_one_label(const struct mining *mining, const struct sequence *sequence)
{
    for (unsigned i = 1; i < sequence->steps; i++) {
        if (mining->events[sequence->first + i].label != mining->events[sequence->first].label)
            return false;
    }
    return true;
}

static bool is_same(const struct mining *mining, size_t at, const struct sequence *sequence)
{
    if (at + sequence->steps > mining->count) return false;
    for (unsigned i = 0; i < sequence->steps; i++) {
        const struct pattern_event *event = &mining->events[at + i];
        if (event->label != mining->events[sequence->first + i].label ||
            event->session != mining->events[at].session)
            return false;
    }
    return true;
}

static const char *name_of(const struct mining *mining, const struct sequence *sequence,
                           const char *const *labels)
{
    const char *name = "";
    for (unsigned i = 0; i < sequence->steps && name; i++)
        name = arena_printf(mining->arena, "%s%s%s", name, i > 0 ? " > " : "",
                            labels[mining->events[sequence->first + i].label]);
    return name;
}

static bool report(const struct mining *mining, const struct sequence *sequence,
                   const char *const *labels, struct pattern_list *out)
{
    size_t occurrences = 0;
    for (size_t i = 0; i < mining->count; i++) occurrences += is_same(mining, i, sequence);
    uint32_t *ordinals =
        arena_alloc_array(mining->arena, occurrences * sequence->steps, sizeof *ordinals);
    const char **examples = arena_alloc_array(mining->arena, 1, sizeof *examples);
    struct pattern_found *pattern = append(mining->arena, out);
    if (!ordinals || !examples || !pattern) return false;
    size_t used = 0, kept = 0;
    for (size_t i = 0; i < mining->count; i++) {
        if (!is_same(mining, i, sequence)) continue;
        for (unsigned k = 0; k < sequence->steps; k++)
            ordinals[used++] = mining->events[i + k].ordinal;
    }
    qsort(ordinals, used, sizeof *ordinals, by_number);
    for (size_t i = 0; i < used; i++) {
        if (i == 0 || ordinals[i] != ordinals[i - 1]) ordinals[kept++] = ordinals[i];
    }
    // Of the sessions that begin it, how many go through with it.
    const struct sequence *begun = find(mining, sequence->first, 1);
    double followed = (double)sequence->sessions / (double)(begun ? begun->sessions : 1);
    *pattern = (struct pattern_found){.kind = PATTERN_WORKFLOW,
                                      .description = name_of(mining, sequence, labels),
                                      .frequency = sequence->sessions,
                                      .confidence = followed * sequence->sessions /
                                                    (double)(sequence->sessions + 1),
                                      .examples = examples,
                                      .example_count = 1,
                                      .ordinals = ordinals,
                                      .ordinal_count = kept};
    examples[0] = pattern->description;
    return pattern->description != NULL;
}

static bool find_workflows(struct mining *mining, const char *const *labels, unsigned frequency_min,
                           struct pattern_list *out)
{
    if (!count_all(mining)) return false;
    mark_parts(mining);
    for (size_t i = 0; i < mining->sequence_count && out->count < LIMIT_PATTERNS; i++) {
        const struct sequence *sequence = &mining->sequences[i];
        if (sequence->steps < STEPS_MIN || sequence->is_part ||
            sequence->sessions < frequency_min || is_one_label(mining, sequence))
            continue;
        if (!report(mining, sequence, labels, out)) return false;
    }
    sort(out);
    return true;
}

enum mneme_code pattern_find_workflows(const struct pattern_event *events, size_t count,
                                       const char *const *labels, unsigned frequency_min,
                                       struct arena *arena, struct pattern_list *out,
                                       struct mneme_error *err)
{
    *out = (struct pattern_list){0};
    struct mining mining = {.events = events,
                            .count = count < LIMIT_PATTERN_EVENTS ? count : LIMIT_PATTERN_EVENTS,
                            .arena = arena};
    if (frequency_min < FREQUENCY_MIN) frequency_min = FREQUENCY_MIN;
    map_init(&mining.index);
    bool is_done = find_workflows(&mining, labels, frequency_min, out);
    map_clear(&mining.index);
    if (is_done && !arena_failed(arena)) return MNEME_OK;
    *out = (struct pattern_list){0};
    return error_nomem(err);
}

const char *pattern_kind_name(enum pattern_kind kind)
{
    static const char *const names[] = {"preference", "workflow", "decision_pattern"};
    return names[kind];
}
