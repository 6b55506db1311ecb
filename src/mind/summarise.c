/*
 * Centrality is LexRank (Erkan and Radev 2004) in its continuous form: a walk over sentences that goes from one to
 * another by the cosine of their weighted terms. The matrix of cosines is never formed: with the sentences as rows of
 * X, it is X X', so one step costs two passes over the terms. A thousand messages are some milliseconds.
 *
 * Then greedily: the best sentence that fits, less what those already chosen say (after maximal marginal relevance).
 */
#include "mind/summarise.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "mind/names.h"
#include "mind/phrase.h"
#include "mind/rules.h"
#include "mind/surface.h"
#include "text/sentence.h"
#include "text/token_estimate.h"
#include "text/word.h"

#include <math.h>
#include <string.h>

#define DAMPING 0.85
#define STEPS 30
#define VECTOR_WEIGHT 0.3 // of the likeness to the middle of all vectors, beside centrality
#define REDUNDANCY 0.7    // of a sentence's score is lost when a chosen one says the same
#define TOO_ALIKE 0.6     // not chosen at all
#define SHORT_TERMS 4     // fewer say little
#define KEY_EVENTS_MOST 8
#define PLOT_POINTS_MOST 8
#define CHARACTERS_MOST 12
#define DEVELOPMENTS_MOST 3 // of one character
#define TOPICS_MOST 8
#define NAMES_MOST 16
#define TOPIC_BYTES_MIN 3
#define ITEM_BYTES 400 // of an event's or plot point's sentence; longer ones are none
#define FEW_TERMS 3
#define FIRST_WORDS 3 // among which the first person is the sentence's subject

struct weighted {
    uint32_t term;
    float weight;
};

struct row {
    const struct summary_unit *unit; /* NULL: of the previous summary */
    const char *text;                /* white space folded */
    size_t length, place;            /* in the order of all */
    struct weighted *terms;
    size_t term_count;
    double central, score, alike; /* alike: the most to a chosen one */
    struct token_counts cost;
    unsigned event_words, turn_words, plot_words, names;
    bool is_question, is_first_person, is_chosen;
    const struct name *about; /* whom: the first person named in it */
};

struct work {
    struct analyzer *analyzer;
    const struct language *language;
    const struct mind_rules *rules;
    const struct summary_options *options;
    struct arena *arena;
    struct map index; /* terms */
    struct map roles; /* words, and the lists they are in */
    const char **surfaces;
    float *idf; /* first the number of sentences with the term */
    size_t surface_capacity, idf_capacity, term_count;
    struct row *rows;
    size_t row_count, row_capacity;
    size_t first_new; /* rows before it are of the previous summary */
    struct names names;
    double *term_mass;
};

/* Rows */

static const char *fold(struct arena *arena, const char *text, size_t length, size_t *out_length)
{
    char *folded = arena_text_n(arena, text, length);
    size_t used = 0;
    if (!folded) return NULL;
    for (size_t i = 0; i < length; i++) {
        bool is_space = (unsigned char)text[i] < 0x80 && word_is_space((unsigned char)text[i]);
        if (is_space && (used == 0 || folded[used - 1] == ' ')) continue;
        folded[used++] = is_space ? ' ' : text[i];
    }
    folded[used] = '\0';
    *out_length = used;
    return folded;
}

/* The term's number; its surface is the first word that had it. */
static uint32_t number_term(struct work *work, const struct term *term, const char *surface,
                            size_t surface_length)
{
    bool added;
    uint32_t number =
        map_put(&work->index, term->text, term->length, (uint32_t)work->term_count, &added);
    if (number == MAP_NONE) work->arena->failed = true;
    if (number == MAP_NONE || !added) return number;
    const char **surfaces = arena_grow(work->arena, work->surfaces, &work->surface_capacity,
                                       work->term_count + 1, sizeof *surfaces);
    float *idf =
        arena_grow(work->arena, work->idf, &work->idf_capacity, work->term_count + 1, sizeof *idf);
    if (!surfaces || !idf) return MAP_NONE;
    work->surfaces = surfaces;
    work->idf = idf;
    surfaces[number] = surface ? arena_text_n(work->arena, surface, surface_length)
                               : arena_text_n(work->arena, term->text, term->length);
    idf[number] = 0;
    work->term_count++;
    return number;
}

static bool weigh_row(struct work *work, struct row *row)
{
    struct term_list list = {0};
    if (!analyzer_terms(work->analyzer, row->text, work->arena, &list)) return false;
    row->terms =
        arena_alloc_array(work->arena, list.count > 0 ? list.count : 1, sizeof *row->terms);
    if (!row->terms) return false;
    struct surface_reader surfaces;
    surface_init(&surfaces, work->language, row->text);
    for (size_t i = 0; i < list.count; i++) {
        const char *surface;
        size_t surface_length;
        if (list.items[i].is_extra) continue;
        (void)surface_next(&surfaces, &surface, &surface_length);
        uint32_t number = number_term(work, &list.items[i], surface, surface_length);
        if (number == MAP_NONE) return false;
        size_t k = 0;
        while (k < row->term_count && row->terms[k].term != number) k++;
        if (k == row->term_count) {
            row->terms[row->term_count++] = (struct weighted){number, 0};
            work->idf[number]++;
        }
        row->terms[k].weight++;
    }
    return true;
}

/* The lists of the rules that a word is in, looked up once for each word. */
enum role { IS_EVENT = 1, IS_TURN = 2, IS_PLOT = 4 };

static uint32_t roles_of(struct work *work, const struct phrase *phrase, size_t i)
{
    const char *word = phrase_lower(phrase, i);
    size_t length = phrase->words[i].lower_length;
    uint32_t roles = map_find(&work->roles, word, length);
    bool added;
    if (roles != MAP_NONE) return roles;
    roles = (phrase_is(phrase, i, work->rules->event_words) ? IS_EVENT : 0u) |
            (phrase_is(phrase, i, work->rules->turn_words) ? IS_TURN : 0u) |
            (phrase_is(phrase, i, work->rules->plot_words) ? IS_PLOT : 0u);
    if (map_put(&work->roles, word, length, roles, &added) == MAP_NONE) work->arena->failed = true;
    return roles;
}

static void count_words(struct work *work, const struct phrase *phrase, struct row *row)
{
    if (!work->rules) return;
    for (size_t i = 0; i < phrase->count; i++) {
        uint32_t roles = phrase->words[i].lower_length > 0 ? roles_of(work, phrase, i) : 0;
        row->event_words += (roles & IS_EVENT) != 0;
        row->turn_words += (roles & IS_TURN) != 0;
        row->plot_words += (roles & IS_PLOT) != 0;
        if (i < FIRST_WORDS) row->is_first_person |= phrase_is(phrase, i, work->rules->subjects);
    }
}

static bool add_text(struct work *work, const struct summary_unit *unit, const char *text)
{
    struct sentence_reader reader;
    struct sentence sentence;
    sentence_init(&reader, work->language, text, strlen(text));
    while (work->row_count < LIMIT_SUMMARY_SENTENCES && sentence_next(&reader, &sentence)) {
        struct row *rows = arena_grow(work->arena, work->rows, &work->row_capacity,
                                      work->row_count + 1, sizeof *rows);
        if (!rows) return false;
        work->rows = rows;
        struct row *row = &rows[work->row_count];
        *row = (struct row){
            .unit = unit, .place = work->row_count, .is_question = sentence.is_question};
        row->text = fold(work->arena, text + sentence.start, sentence.length, &row->length);
        if (!row->text || !weigh_row(work, row)) return false;
        struct phrase phrase;
        phrase_cut(&phrase, row->text, 0, row->length, sentence.starts_quoted);
        if (unit) names_add(&work->names, &phrase);
        count_words(work, &phrase, row);
        row->cost = token_counts_sum(token_counts(row->text, row->length),
                                     token_counts(".\n", 2)); // what may be set around it
        if (unit && unit->speaker)
            row->cost = token_counts_sum(
                row->cost, token_counts_sum(token_counts(unit->speaker, strlen(unit->speaker)),
                                            token_counts(": ", 2)));
        work->row_count++;
    }
    return true;
}

/* Weights to unit length: frequency times rareness. */
static void normalise(struct work *work)
{
    for (size_t t = 0; t < work->term_count; t++)
        work->idf[t] = (float)log(1.0 + (double)work->row_count / (double)work->idf[t]);
    for (size_t i = 0; i < work->row_count; i++) {
        struct row *row = &work->rows[i];
        double sum = 0;
        for (size_t k = 0; k < row->term_count; k++) {
            row->terms[k].weight *= work->idf[row->terms[k].term];
            sum += (double)row->terms[k].weight * (double)row->terms[k].weight;
        }
        for (size_t k = 0; k < row->term_count && sum > 0; k++)
            row->terms[k].weight /= (float)sqrt(sum);
    }
}

/* Centrality */

static void spread(const struct work *work, const double *from, double *mass)
{
    memset(mass, 0, work->term_count * sizeof *mass);
    for (size_t i = 0; i < work->row_count; i++) {
        const struct row *row = &work->rows[i];
        for (size_t k = 0; k < row->term_count; k++)
            mass[row->terms[k].term] += from[i] * (double)row->terms[k].weight;
    }
}

static double gather(const struct row *row, const double *mass)
{
    double sum = 0;
    for (size_t k = 0; k < row->term_count; k++)
        sum += (double)row->terms[k].weight * mass[row->terms[k].term];
    return sum;
}

static bool rank(struct work *work)
{
    size_t n = work->row_count;
    double *at = arena_alloc_array(work->arena, n + 1, sizeof *at);
    double *from = arena_alloc_array(work->arena, n + 1, sizeof *from);
    double *degree = arena_alloc_array(work->arena, n + 1, sizeof *degree);
    double *mass = arena_alloc_array(work->arena, work->term_count + 1, sizeof *mass);
    if (!at || !from || !degree || !mass) return false;
    for (size_t i = 0; i < n; i++) from[i] = 1;
    spread(work, from, mass);
    for (size_t i = 0; i < n; i++) {
        degree[i] = gather(&work->rows[i], mass);
        at[i] = 1.0 / (double)n;
    }
    for (unsigned step = 0; step < STEPS; step++) {
        for (size_t i = 0; i < n; i++) from[i] = degree[i] > 0 ? at[i] / degree[i] : 0;
        spread(work, from, mass);
        for (size_t i = 0; i < n; i++)
            at[i] = (1 - DAMPING) / (double)n + DAMPING * gather(&work->rows[i], mass);
    }
    for (size_t i = 0; i < n; i++) work->rows[i].central = at[i] * (double)n;
    spread(work, at, mass);
    work->term_mass = mass;
    return true;
}

/* Likeness of each unit's vector to the middle of all. */
static bool add_vectors(struct work *work)
{
    size_t dimension = work->options->dimension;
    if (dimension == 0) return true;
    double *middle = arena_alloc_array(work->arena, dimension, sizeof *middle);
    if (!middle) return false;
    for (size_t i = 0; i < work->row_count; i++) {
        const struct summary_unit *unit = work->rows[i].unit;
        for (size_t d = 0; unit && unit->vector && d < dimension; d++)
            middle[d] += (double)unit->vector[d];
    }
    double length = 0;
    for (size_t d = 0; d < dimension; d++) length += middle[d] * middle[d];
    if (length <= 0 || !isfinite(length)) return true;
    for (size_t i = 0; i < work->row_count; i++) {
        const struct summary_unit *unit = work->rows[i].unit;
        double cosine = 0;
        for (size_t d = 0; unit && unit->vector && d < dimension; d++)
            cosine += (double)unit->vector[d] * middle[d];
        if (cosine > 0 && isfinite(cosine))
            work->rows[i].central *= 1 + VECTOR_WEIGHT * cosine / sqrt(length);
    }
    return true;
}

/* Beginnings and ends of what is told say more than its middle; so do names and what happened; questions and
 * exclamations of two words say less. */
static void score(struct work *work)
{
    size_t fresh = work->row_count - work->first_new;
    for (size_t i = work->first_new; i < work->row_count; i++) {
        struct row *row = &work->rows[i];
        double place = fresh > 1 ? (double)(i - work->first_new) / (double)(fresh - 1) : 0;
        row->score = row->central * (1 + 0.3 * fabs(2 * place - 1) * fabs(2 * place - 1));
        if (row->term_count < SHORT_TERMS) row->score *= 0.4;
        if (row->is_question) row->score *= 0.5;
        row->score *= 1 + 0.15 * fmin(row->event_words, 2) + 0.1 * fmin(row->names, 2);
        double importance = row->unit->importance;
        if (importance >= 0 && importance <= 1) row->score *= 0.7 + 0.6 * importance;
        row->score = round(row->score * 1e9) / 1e9; // ties stay ties whatever order was added up in
    }
}

/* Choosing */

static void note_chosen(struct work *work, const struct row *chosen, double *scratch)
{
    for (size_t k = 0; k < chosen->term_count; k++)
        scratch[chosen->terms[k].term] = (double)chosen->terms[k].weight;
    for (size_t i = work->first_new; i < work->row_count; i++) {
        double alike = gather(&work->rows[i], scratch);
        if (alike > work->rows[i].alike) work->rows[i].alike = alike;
    }
    for (size_t k = 0; k < chosen->term_count; k++) scratch[chosen->terms[k].term] = 0;
}

static bool fits(const struct work *work, struct token_counts spent, const struct row *row)
{
    return token_counts_estimate(token_counts_sum(spent, row->cost)) <=
           work->options->target_tokens;
}

/* The best row that fits the rest of the budget; NULL: none does. */
static struct row *best_row(struct work *work, struct token_counts spent)
{
    struct row *best = NULL;
    double most = 0;
    for (size_t i = work->first_new; i < work->row_count; i++) {
        struct row *row = &work->rows[i];
        if (row->is_chosen || row->alike > TOO_ALIKE || row->term_count == 0) continue;
        double worth = row->score * (1 - REDUNDANCY * row->alike);
        if (worth > most && fits(work, spent, row)) {
            most = worth;
            best = row;
        }
    }
    return best;
}

static bool choose(struct work *work, struct token_counts spent, size_t *chosen)
{
    double *scratch = arena_alloc_array(work->arena, work->term_count + 1, sizeof *scratch);
    if (!scratch) return false;
    for (size_t i = 0; i < work->first_new; i++) note_chosen(work, &work->rows[i], scratch);
    for (struct row *row; (row = best_row(work, spent)); (*chosen)++) {
        row->is_chosen = true;
        spent = token_counts_sum(spent, row->cost);
        note_chosen(work, row, scratch);
    }
    return true;
}

/* Writing */

static bool ends_in_stop(const char *text, size_t length)
{
    unsigned char last = length > 0 ? (unsigned char)text[length - 1] : 0;
    return last >= 0x80 || (last && strchr(".!?:;\"')]", last));
}

static void write_row(struct strbuf *out, const struct row *row, const struct row *before)
{
    const char *speaker = row->unit->speaker;
    bool is_same =
        before &&
        (speaker == before->unit->speaker ||
         (speaker && before->unit->speaker && strcmp(speaker, before->unit->speaker) == 0));
    if (out->length > 0) strbuf_add_char(out, before && is_same ? ' ' : '\n');
    if (speaker && !is_same) {
        strbuf_add_text(out, speaker);
        strbuf_add_text(out, ": ");
    }
    strbuf_add(out, row->text, row->length);
    if (!ends_in_stop(row->text, row->length)) strbuf_add_char(out, '.');
}

/* When not even one sentence fits: as many words of the best as do. */
static void write_cut(const struct work *work, struct strbuf *out)
{
    const struct row *best = NULL;
    for (size_t i = work->first_new; i < work->row_count; i++) {
        if (!best || work->rows[i].score > best->score) best = &work->rows[i];
    }
    if (!best || out->length > 0) return;
    size_t fit = 0;
    for (size_t i = 1; i <= best->length; i++) {
        if (i < best->length && best->text[i] != ' ') continue;
        if (token_estimate(best->text, i) > work->options->target_tokens) break;
        fit = i;
    }
    strbuf_add(out, best->text, fit);
}

static enum mneme_code write_text(struct work *work, size_t chosen, struct summary_said *out)
{
    struct strbuf text;
    const struct row *before = NULL;
    const char *previous = work->options->previous;
    strbuf_init(&text, LIMIT_RESULT_BYTES);
    if (previous) strbuf_add_text(&text, previous);
    for (size_t i = work->first_new; i < work->row_count; i++) {
        if (!work->rows[i].is_chosen) continue;
        write_row(&text, &work->rows[i], before);
        before = &work->rows[i];
    }
    if (chosen == 0 && (!previous || previous[0] == '\0')) write_cut(work, &text);
    enum mneme_code code = strbuf_code(&text);
    out->text = code == MNEME_OK ? arena_text_n(work->arena, text.text, text.length) : NULL;
    strbuf_clear(&text);
    return out->text ? MNEME_OK : MNEME_NOMEM;
}

/* Events, developments, plot points */

/* Who it is about, and how many names are in it. */
static void find_names(struct work *work)
{
    for (size_t i = work->first_new; i < work->row_count; i++) {
        struct row *row = &work->rows[i];
        struct phrase phrase;
        phrase_cut(&phrase, row->text, 0, row->length, false);
        size_t length;
        for (size_t at = 0; at<phrase.count; at += length> 0 ? length : 1) {
            const struct name *name = names_at(&work->names, &phrase, at, &length);
            if (!name) continue;
            row->names++;
            if (!row->about && !name->is_place) row->about = name;
        }
    }
}

/* The `most` rows of greatest worth (0: none) become items, in their order. */
typedef double worth_fn(const struct row *row, const void *context);

static bool pick(struct work *work, worth_fn *worth, const void *context, size_t most,
                 struct summary_items *out)
{
    size_t *places = arena_alloc_array(work->arena, most, sizeof *places);
    double *worths = arena_alloc_array(work->arena, most, sizeof *worths);
    out->items = arena_alloc_array(work->arena, most, sizeof *out->items);
    if (!places || !worths || !out->items) return false;
    size_t count = 0;
    for (size_t i = work->first_new; i < work->row_count; i++) {
        double value = work->rows[i].length <= ITEM_BYTES ? worth(&work->rows[i], context) : 0;
        if (value <= 0 || (count == most && value <= worths[count - 1])) continue;
        size_t k = count < most ? count++ : most - 1;
        for (; k > 0 && worths[k - 1] < value; k--) {
            worths[k] = worths[k - 1];
            places[k] = places[k - 1];
        }
        worths[k] = value;
        places[k] = i;
    }
    for (size_t i = work->first_new; i < work->row_count && out->count < count; i++) {
        bool is_picked = false;
        for (size_t k = 0; k < count; k++) is_picked |= places[k] == i;
        if (!is_picked) continue;
        const struct row *row = &work->rows[i];
        const char *text = row->unit->speaker
                               ? arena_printf(work->arena, "%s: %s", row->unit->speaker, row->text)
                               : row->text;
        out->items[out->count++] = (struct summary_item){text, row->unit->ordinal};
    }
    return !arena_failed(work->arena);
}

static double event_worth(const struct row *row, const void *context)
{
    (void)context;
    if (row->event_words == 0 || row->is_question || row->term_count < FEW_TERMS) return 0;
    return row->score * (1 + 0.5 * fmin(row->event_words, 2));
}

static double plot_worth(const struct row *row, const void *context)
{
    (void)context;
    if (row->plot_words == 0 || row->term_count < FEW_TERMS) return 0;
    return row->score * (1 + 0.5 * fmin(row->plot_words, 3));
}

static bool is_about(const struct row *row, const struct name *name)
{
    if (row->is_first_person && row->unit->speaker)
        return name->is_speaker && strcmp(row->unit->speaker, name->text) == 0;
    return row->about == name;
}

static double turn_worth(const struct row *row, const void *context)
{
    if (row->turn_words == 0 || row->is_question || row->term_count < 2) return 0;
    return is_about(row, context) ? row->score * (1 + 0.5 * fmin(row->turn_words, 2)) : 0;
}

static bool find_developments(struct work *work, struct summary_said *out)
{
    out->developments = arena_alloc_array(work->arena, CHARACTERS_MOST, sizeof *out->developments);
    if (!out->developments) return false;
    for (size_t i = 0; i < work->names.count && out->development_count < CHARACTERS_MOST; i++) {
        const struct name *name = &work->names.items[i];
        if (!name->is_taken || name->is_place) continue;
        struct development *development = &out->developments[out->development_count];
        *development = (struct development){.character = name->text};
        if (!pick(work, turn_worth, name, DEVELOPMENTS_MOST, &development->items)) return false;
        out->development_count += development->items.count > 0;
    }
    return true;
}

/* People, places, topics */

static size_t list_names(struct work *work, bool are_places, const char ***out)
{
    const struct name *picked[NAMES_MOST];
    size_t count = 0;
    for (size_t i = 0; i < work->names.count; i++) {
        const struct name *name = &work->names.items[i];
        if (!name->is_taken || name->is_place != are_places) continue;
        if (count == NAMES_MOST && name->count <= picked[count - 1]->count) continue;
        size_t k = count < NAMES_MOST ? count++ : NAMES_MOST - 1;
        for (; k > 0 && picked[k - 1]->count < name->count; k--) picked[k] = picked[k - 1];
        picked[k] = name;
    }
    *out = arena_alloc_array(work->arena, NAMES_MOST, sizeof **out);
    for (size_t i = 0; *out && i < count; i++) (*out)[i] = picked[i]->text;
    return *out ? count : 0;
}

static bool is_topic(const struct work *work, size_t term)
{
    const char *surface = work->surfaces[term];
    size_t length = strlen(surface);
    struct phrase phrase;
    if (length < TOPIC_BYTES_MIN || length > LIMIT_MEMO_WORD_BYTES) return false;
    phrase_cut(&phrase, surface, 0, length, false);
    if (phrase.count != 1 || phrase.words[0].has_digit) return false;
    const char *lower = phrase_lower(&phrase, 0);
    size_t size = phrase.words[0].lower_length;
    if (word_list_has(&work->language->time, lower, size) ||
        word_list_has(&work->language->negation, lower, size) ||
        language_date_word(work->language, lower, size))
        return false;
    if (work->rules &&
        (phrase_is(&phrase, 0, work->rules->event_words) ||
         phrase_is(&phrase, 0, work->rules->adverbs) ||
         phrase_is(&phrase, 0, work->rules->idle_verbs) ||
         phrase_is(&phrase, 0, work->rules->tails) || phrase_is(&phrase, 0, work->rules->pasts) ||
         phrase_is(&phrase, 0, work->rules->reports)))
        return false;
    return map_find(&work->names.index, lower, size) == MAP_NONE;
}

/* The terms that central sentences share. */
static bool find_topics(struct work *work, struct summary_said *out)
{
    size_t picked[TOPICS_MOST], count = 0;
    for (size_t t = 0; t < work->term_count; t++) {
        double mass = work->term_mass[t];
        if (count == TOPICS_MOST && mass <= work->term_mass[picked[count - 1]]) continue;
        if (!is_topic(work, t)) continue;
        size_t k = count < TOPICS_MOST ? count++ : TOPICS_MOST - 1;
        for (; k > 0 && work->term_mass[picked[k - 1]] < mass; k--) picked[k] = picked[k - 1];
        picked[k] = t;
    }
    out->topics = arena_alloc_array(work->arena, TOPICS_MOST, sizeof *out->topics);
    if (!out->topics) return false;
    for (size_t i = 0; i < count; i++) out->topics[i] = work->surfaces[picked[i]];
    out->topic_count = count;
    return true;
}

static bool read_units(struct work *work, const struct summary_unit *units, size_t count)
{
    const char *previous = work->options->previous;
    if (previous && !add_text(work, NULL, previous)) return false;
    work->first_new = work->row_count;
    for (size_t i = 0; i < count; i++) {
        if (units[i].speaker) names_add_speaker(&work->names, units[i].speaker);
        if (!add_text(work, &units[i], units[i].text)) return false;
    }
    return names_settle(&work->names);
}

static bool run(struct work *work, const struct summary_unit *units, size_t count,
                struct summary_said *out)
{
    struct token_counts spent = {0};
    size_t chosen = 0;
    const char *previous = work->options->previous;
    if (!read_units(work, units, count)) return false;
    normalise(work);
    if (!rank(work) || !add_vectors(work)) return false;
    find_names(work);
    score(work);
    if (previous && previous[0] != '\0')
        spent = token_counts_sum(token_counts(previous, strlen(previous)), token_counts("\n", 1));
    if (!choose(work, spent, &chosen)) return false;
    out->is_full = previous && previous[0] != '\0' && chosen == 0 && count > 0;
    if (write_text(work, chosen, out) != MNEME_OK) return false;
    out->people_count = list_names(work, false, &out->people);
    out->place_count = list_names(work, true, &out->places);
    return pick(work, event_worth, NULL, KEY_EVENTS_MOST, &out->key_events) &&
           pick(work, plot_worth, NULL, PLOT_POINTS_MOST, &out->plot_points) &&
           find_developments(work, out) && find_topics(work, out);
}

enum mneme_code summarise_run(struct analyzer *analyzer, const struct summary_unit *units,
                              size_t count, const struct summary_options *options,
                              struct arena *arena, struct summary_said *out,
                              struct mneme_error *err)
{
    *out = (struct summary_said){0};
    struct work work = {.analyzer = analyzer,
                        .language = analyzer_language(analyzer),
                        .rules = rules_find(analyzer_language(analyzer)),
                        .options = options,
                        .arena = arena};
    map_init(&work.index);
    map_init(&work.roles);
    names_init(&work.names, work.language, arena);
    bool is_done = run(&work, units, count, out) && !arena_failed(arena);
    map_clear(&work.index);
    map_clear(&work.roles);
    names_clear(&work.names);
    if (!is_done) {
        *out = (struct summary_said){0};
        return error_nomem(err);
    }
    out->from = count > 0 ? units[0].ordinal : 0;
    out->to = count > 0 ? units[count - 1].ordinal : 0;
    return MNEME_OK;
}
