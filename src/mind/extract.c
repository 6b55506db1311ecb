/*
 * Each sentence is cut into words; where a clause begins, openers are passed over and the rules of the first person, or
 * behind a name those of the third, are tried in order. So a statement must begin its clause to be taken, which leaves
 * out reported speech ("she says I live in ...") without knowing grammar.
 */
#include "mind/extract.h"

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "mind/phrase.h"
#include "mind/secrets.h"
#include "text/dates.h"
#include "text/sentence.h"
#include "text/word.h"

#include <string.h>
#include <strings.h>

#define VALUE_WORDS 14   // of the longest value
#define NAME_WORDS 3     // of a person's name
#define PLACE_WORDS 5    // of a place's or company's name
#define KEY_WORDS_MAX 3  // "my favourite ice cream flavour"
#define OPENERS_MAX 8    // passed over before a clause
#define CORRECTED_BACK 8 // messages in which a correction looks for what it corrects
#define AGE_MAX 120
#define AGE_MIN 5         // of those who write; "I'm 2" counts something else
#define DATE_WORDS 6      // before a subject: "on the 8th of May 2023"
#define DATE_LEAD_BYTES 4 // "on ", "in "
#define DAYS_OF_WEEK 7
#define SMALL_LETTERS 0.8 // of the confidence, when names are written small
#define CUE_REMINDER 0.9
#define CUE_WEIGHTY 0.8
#define CUE_CORRECTION 0.6

/* Of the call. */
struct scan {
    const struct language *language;
    const struct mind_rules *rules;
    struct arena *arena;
    struct extraction_list *out;
    const struct extract_rule **origins; // by which rule each was found
    size_t origin_capacity;
    struct phrase phrase;
    bool is_adverb[LIMIT_PHRASE_WORDS]; // of the phrase: every rule asks
    char sentence_text[LIMIT_SENTENCE_BYTES + 1];
};

/* Of one message. */
struct source {
    const struct extract_message *message;
    const char *subject, *named; // "user" and "User", or both the speaker's name
    bool is_small;               // no capital in the whole message: names may be written small
    bool is_fenced, is_payload;  // inside code; behind "translate this:" or a tale's beginning
    bool is_greeted;
    size_t number;
};

/* Of one sentence. */
struct clause {
    const struct source *source;
    size_t start, end; // words
    bool is_question, is_correction, is_reminder, is_greeted;
    bool has_date; // it stands before the subject
    struct date_span date;
    bool is_elided;      // its subject is the one of the clause before
    const char *subject; // of the third person; NULL: the speaker
    const char *named;
};

struct value {
    size_t from, to;                // words
    size_t date_start, date_length; // bytes of the sentence, if a date belongs to it
    double factor;                  // of confidence
};

/* Words of the phrase */

static bool is_listed(const struct scan *scan, size_t i, const char *words)
{
    return words && phrase_is(&scan->phrase, i, words);
}

static bool in_list(const struct scan *scan, size_t i, const struct word_list *list)
{
    return i < scan->phrase.count &&
           word_list_has(list, phrase_lower(&scan->phrase, i), scan->phrase.words[i].lower_length);
}

static bool is_clause_sign(char sign)
{
    return sign != 0 && sign != '-';
}

static bool is_name_word(const struct scan *scan, size_t i)
{
    const struct phrase *phrase = &scan->phrase;
    return i < phrase->count && phrase->words[i].is_capitalised && !phrase->words[i].has_digit &&
           !phrase->words[i].is_quoted && phrase->words[i].lower_length > 0;
}

/* How many words the pattern takes from `at`, adverbs between its elements passed over. */
static size_t fit(const struct scan *scan, size_t at, const char *pattern)
{
    size_t start = at;
    for (bool is_first = true; *pattern != '\0'; is_first = false) {
        bool is_optional = *pattern == '?';
        pattern += is_optional;
        size_t here = at;
        if (!is_first) {
            while (here < scan->phrase.count && scan->is_adverb[here] &&
                   !phrase_is(&scan->phrase, here, pattern))
                here++;
        }
        bool fits = phrase_is(&scan->phrase, here, pattern) &&
                    (here == start || !is_clause_sign(scan->phrase.words[here].sign));
        if (!fits && !is_optional) return 0;
        if (fits) at = here + 1;
        while (*pattern != '\0' && *pattern != ' ') pattern++;
        while (*pattern == ' ') pattern++;
    }
    return at - start;
}

static size_t fit_any(const struct scan *scan, size_t at, const char *const *patterns, size_t count)
{
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t taken = phrase_match(&scan->phrase, at, patterns[i]);
        if (taken > longest) longest = taken;
    }
    return longest;
}

static bool ends_with(const struct scan *scan, size_t i, const char *end)
{
    size_t length = scan->phrase.words[i].lower_length, size = strlen(end);
    return size > 0 && length > size + 1 &&
           memcmp(phrase_lower(&scan->phrase, i) + length - size, end, size) == 0;
}

/* Values */

/* Where a value that begins at `from` ends at the latest: at a sign, a word that begins another clause, "and I". */
static size_t value_limit(const struct scan *scan, size_t from, size_t end)
{
    size_t to = from;
    while (to < end && to - from < VALUE_WORDS) {
        const struct phrase_word *word = &scan->phrase.words[to];
        if (to > from && is_clause_sign(word->sign)) break;
        if (word->is_quoted || is_listed(scan, to, scan->rules->enders)) break;
        if (is_listed(scan, to, scan->rules->conjunctions) && to + 1 < end &&
            (is_listed(scan, to + 1, scan->rules->subjects) ||
             is_listed(scan, to + 1, scan->rules->deictic)))
            break;
        to++;
    }
    while (to > from && is_listed(scan, to - 1, scan->rules->tails)) to--;
    return to;
}

/* The statement ends behind word `to` - 1, or what follows only goes on about it. */
static bool ends_at(const struct scan *scan, size_t to, size_t end)
{
    return to >= end || is_clause_sign(scan->phrase.words[to].sign) ||
           is_listed(scan, to, scan->rules->enders) ||
           is_listed(scan, to, scan->rules->conjunctions) ||
           is_listed(scan, to, scan->rules->tails) || is_listed(scan, to, scan->rules->since) ||
           in_list(scan, to, &scan->language->time);
}

/* Capitalised words from `from`, connectors between. Written small, one word that is no stop word and ends a clause. */
static bool take_capitals(const struct scan *scan, const struct clause *clause, size_t most,
                          bool has_connectors, struct value *value)
{
    size_t from = value->from, to = from;
    const struct phrase *phrase = &scan->phrase;
    if (has_connectors && is_listed(scan, to, scan->rules->articles) && is_name_word(scan, to + 1))
        to++;
    while (to < clause->end && to - from < most) {
        if (to > from && is_clause_sign(phrase->words[to].sign)) break;
        if (is_name_word(scan, to)) {
            if (language_date_word(scan->language, phrase_lower(phrase, to),
                                   phrase->words[to].lower_length))
                break;
            to++;
        } else if (has_connectors && to > from && is_listed(scan, to, scan->rules->connectors) &&
                   is_name_word(scan, to + 1) && !is_clause_sign(phrase->words[to + 1].sign)) {
            to++;
        } else {
            break;
        }
    }
    if (to > from && is_name_word(scan, to - 1)) {
        value->to = to;
        return true;
    }
    if (!clause->source->is_small || from >= clause->end || phrase->words[from].has_digit ||
        in_list(scan, from, &scan->language->stop) || is_listed(scan, from, scan->rules->deictic) ||
        is_listed(scan, from, scan->rules->articles) ||
        language_date_word(scan->language, phrase_lower(phrase, from),
                           phrase->words[from].lower_length))
        return false;
    to = from + 1;
    if (!ends_at(scan, to, clause->end) && most > 1 && to < clause->end &&
        !in_list(scan, to, &scan->language->stop))
        to++;
    if (!ends_at(scan, to, clause->end)) return false;
    value->to = to;
    value->factor = SMALL_LETTERS;
    return true;
}

static bool take_name(const struct scan *scan, const struct clause *clause, struct value *value)
{
    if (is_listed(scan, value->from, scan->rules->no_names) ||
        is_listed(scan, value->from, scan->rules->demonyms))
        return false;
    if (!take_capitals(scan, clause, NAME_WORDS, false, value)) return false;
    // "My wife is German and ...": who is only described goes on otherwise than a name does.
    return ends_at(scan, value->to, clause->end) || value->to - value->from > 1 ||
           !clause->source->is_small;
}

static bool take_place(const struct scan *scan, const struct clause *clause, struct value *value)
{
    if (!take_capitals(scan, clause, PLACE_WORDS, true, value)) return false;
    // ", Norway" belongs to it, if the clause ends there.
    size_t more = value->to;
    if (more >= clause->end || scan->phrase.words[more].sign != ',') return true;
    size_t to = more;
    while (to < clause->end && to - more < NAME_WORDS && is_name_word(scan, to) &&
           (to == more || !scan->phrase.words[to].sign))
        to++;
    bool is_subject = is_listed(scan, more, scan->rules->subjects) ||
                      is_listed(scan, more, scan->rules->no_names);
    if (to > more && !is_subject && ends_at(scan, to, clause->end)) value->to = to;
    return true;
}

static bool ends_like_a_job(const struct scan *scan, size_t i)
{
    const char *ends = scan->rules->job_ends;
    const char *word = phrase_lower(&scan->phrase, i);
    size_t length = scan->phrase.words[i].lower_length;
    for (; *ends; ends += *ends == '|') {
        size_t size = strcspn(ends, "|");
        if (length >= size && memcmp(word + length - size, ends, size) == 0) return true;
        ends += size;
    }
    return false;
}

/* "pastry chef", "software engineer": up to four words of which the last names a job, and the clause goes no further
 * than to say where. */
static bool take_job(const struct scan *scan, const struct clause *clause, struct value *value)
{
    size_t to = value->from;
    bool is_job = false;
    while (to < clause->end && to - value->from < 4 && !is_job) {
        if (to > value->from && is_clause_sign(scan->phrase.words[to].sign)) return false;
        if (in_list(scan, to, &scan->language->stop)) return false;
        is_job = is_listed(scan, to, scan->rules->jobs) || ends_like_a_job(scan, to);
        to++;
        // "a chef assistant" goes on.
        if (is_job && to < clause->end && !scan->phrase.words[to].sign &&
            (is_listed(scan, to, scan->rules->jobs) || ends_like_a_job(scan, to)))
            is_job = false;
    }
    value->to = to;
    return is_job && (ends_at(scan, to, clause->end) || in_list(scan, to, &scan->language->stop));
}

static bool take_thing(const struct scan *scan, const struct clause *clause, struct value *value,
                       bool leaves_article)
{
    size_t from = value->from;
    if (leaves_article && is_listed(scan, from, scan->rules->articles)) from++;
    if (from >= clause->end || is_clause_sign(scan->phrase.words[from].sign)) return false;
    if (is_listed(scan, from, scan->rules->deictic)) return false;
    // "the way you put it": what follows the article points at the talk.
    if (is_listed(scan, from, scan->rules->articles) &&
        (is_listed(scan, from + 1, scan->rules->deictic) || from + 1 >= clause->end))
        return false;
    value->from = from;
    value->to = value_limit(scan, from, clause->end);
    return value->to > from;
}

static bool take_age(const struct scan *scan, const struct clause *clause, struct value *value)
{
    const struct phrase_word *word = &scan->phrase.words[value->from];
    if (value->from >= clause->end || is_clause_sign(word->sign)) return false;
    const char *digits = phrase_lower(&scan->phrase, value->from);
    unsigned age = 0;
    for (unsigned i = 0; i < word->lower_length; i++) {
        if (digits[i] < '0' || digits[i] > '9' || age > AGE_MAX) return false;
        age = age * 10 + (unsigned)(digits[i] - '0');
    }
    value->to = value->from + 1;
    if (age < 1 || age > AGE_MAX || word->lower_length == 0) return false;
    if (is_listed(scan, value->to, scan->rules->years_old) &&
        !is_clause_sign(scan->phrase.words[value->to].sign))
        return value->to + 1 >= clause->end || !scan->phrase.words[value->to + 1].sign ||
               ends_at(scan, value->to + 1, clause->end);
    const struct date_word *unit =
        value->to < clause->end
            ? language_date_word(scan->language, phrase_lower(&scan->phrase, value->to),
                                 scan->phrase.words[value->to].lower_length)
            : NULL;
    return age >= AGE_MIN && ends_at(scan, value->to, clause->end) &&
           !(unit && unit->role == ROLE_UNIT);
}

/* "two sisters", "a cat", "three grown kids" */
static bool take_kin(const struct scan *scan, const struct clause *clause, struct value *value)
{
    size_t to = value->from;
    if (to >= clause->end) return false;
    const struct phrase *phrase = &scan->phrase;
    const struct date_word *number = language_date_word(scan->language, phrase_lower(phrase, to),
                                                        phrase->words[to].lower_length);
    if (!phrase->words[to].has_digit && !(number && number->role == ROLE_NUMBER)) return false;
    for (to++; to < clause->end && to - value->from < 4; to++) {
        if (is_clause_sign(phrase->words[to].sign)) return false;
        if (!rules_kin_find(scan->rules, phrase_lower(phrase, to), phrase->words[to].lower_length))
            continue;
        value->to = to + 1;
        return ends_at(scan, to + 1, clause->end) || in_list(scan, to + 1, &scan->language->stop);
    }
    return false;
}

static bool take_listed(const struct scan *scan, const struct clause *clause,
                        const struct extract_rule *rule, struct value *value)
{
    if (!is_listed(scan, value->from, rule->values) || value->from >= clause->end ||
        is_clause_sign(scan->phrase.words[value->from].sign))
        return false;
    value->to = value->from + 1;
    return ends_at(scan, value->to, clause->end) || in_list(scan, value->to, &scan->language->stop);
}

/* Bytes up to the next white space, without the sign that ends the sentence. */
static bool take_address(const struct scan *scan, const struct clause *clause, struct value *value)
{
    if (value->from >= clause->end) return false;
    size_t start = scan->phrase.words[value->from].start, to = value->from;
    const char *text = scan->phrase.text;
    bool is_address = false;
    while (to < clause->end) {
        const struct phrase_word *word = &scan->phrase.words[to];
        bool is_glued =
            to == value->from || !memchr(text + scan->phrase.words[to - 1].start, ' ',
                                         word->start - scan->phrase.words[to - 1].start);
        if (!is_glued && !word->has_digit) break;
        is_address |= word->has_digit;
        to++;
    }
    if (to == value->from) return false;
    size_t end = scan->phrase.words[to - 1].start + scan->phrase.words[to - 1].length;
    value->to = to;
    return is_address || memchr(text + start, '@', end - start) != NULL;
}

/* Dates */

static bool is_future(const struct scan *scan, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (is_listed(scan, i, scan->rules->future)) return true;
    }
    return false;
}

/* "on Friday": the next one from the message's day on; the last one for what has happened. */
static bool find_weekday(const struct scan *scan, const struct clause *clause, int64_t reference_us,
                         struct date_span *out)
{
    if (reference_us == TIME_NONE) return false;
    int64_t today = reference_us / US_PER_DAY - (reference_us % US_PER_DAY < 0);
    for (size_t i = clause->start; i + 1 < clause->end; i++) {
        const struct phrase_word *word = &scan->phrase.words[i + 1];
        if (!is_listed(scan, i, scan->rules->weekday_before)) continue;
        const struct date_word *day = language_date_word(
            scan->language, phrase_lower(&scan->phrase, i + 1), word->lower_length);
        if (!day || day->role != ROLE_WEEKDAY) continue;
        int64_t weekday = ((today + 3) % DAYS_OF_WEEK + DAYS_OF_WEEK) % DAYS_OF_WEEK;
        int64_t away = (day->value - weekday + DAYS_OF_WEEK) % DAYS_OF_WEEK;
        if (away == 0) away = DAYS_OF_WEEK;
        if (!is_future(scan, clause->start, i)) away -= DAYS_OF_WEEK;
        *out = (struct date_span){.from_us = (today + away) * US_PER_DAY,
                                  .to_us = (today + away + 1) * US_PER_DAY,
                                  .unit = DATE_DAY,
                                  .start = word->start,
                                  .length = word->length};
        return out->from_us >= TIME_MIN_US && out->to_us <= TIME_MAX_US;
    }
    return false;
}

/* A day without a year is the nearest past one for date_find; behind words of the future it is the next. */
static void turn_ahead(const struct scan *scan, int64_t reference_us, struct date_span *span)
{
    struct civil from, to;
    if (reference_us == TIME_NONE || span->to_us > reference_us) return;
    if (span->unit != DATE_DAY && span->unit != DATE_MONTH) return;
    unsigned digits = 0;
    for (unsigned i = 0; i < span->length; i++) {
        char c = scan->phrase.text[span->start + i];
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        if (digits == 4) return; // a year
    }
    time_to_civil(span->from_us, &from);
    time_to_civil(span->to_us, &to);
    from.year++;
    to.year++;
    int64_t from_us, to_us;
    if (!time_from_civil(&from, &from_us) || !time_from_civil(&to, &to_us)) return;
    span->from_us = from_us;
    span->to_us = to_us;
}

/* The first date of the clause. */
static bool find_date(struct scan *scan, const struct clause *clause, struct date_span *out)
{
    if (clause->has_date) {
        *out = clause->date;
        return true;
    }
    const struct phrase *phrase = &scan->phrase;
    int64_t reference_us = clause->source->message->event_at_us;
    size_t start = phrase->words[clause->start].start;
    size_t end = phrase->words[clause->end - 1].start + phrase->words[clause->end - 1].length;
    if (find_weekday(scan, clause, reference_us, out)) return true;
    memcpy(scan->sentence_text, phrase->text + start, end - start);
    scan->sentence_text[end - start] = '\0';
    if (!date_find(scan->language, scan->sentence_text, reference_us, out)) return false;
    out->start += (unsigned)start;
    if (is_future(scan, clause->start, clause->end)) turn_ahead(scan, reference_us, out);
    return true;
}

/* From the first word of the value to the date's last. */
static bool take_date(struct scan *scan, const struct clause *clause, struct value *value)
{
    struct clause rest = *clause;
    struct date_span span;
    rest.start = value->from;
    if (rest.start >= rest.end || !find_date(scan, &rest, &span)) return false;
    value->to = value->from;
    while (value->to < clause->end &&
           scan->phrase.words[value->to].start < span.start + span.length)
        value->to++;
    // Only words like "on" and "at" may stand before it: else it is a date of something else.
    for (size_t i = value->from; scan->phrase.words[i].start < span.start; i++) {
        if (!in_list(scan, i, &scan->language->stop) && !in_list(scan, i, &scan->language->time))
            return false;
    }
    return value->to > value->from;
}

static bool take_value(struct scan *scan, const struct clause *clause,
                       const struct extract_rule *rule, struct value *value)
{
    value->factor = 1;
    value->to = value->from;
    switch (rule->value) {
    case VALUE_NONE: return true;
    case VALUE_LISTED: return take_listed(scan, clause, rule, value);
    case VALUE_NAME: return take_name(scan, clause, value);
    case VALUE_PLACE: return take_place(scan, clause, value);
    case VALUE_ORG: return take_capitals(scan, clause, PLACE_WORDS, true, value);
    case VALUE_JOB: return take_job(scan, clause, value);
    case VALUE_TEXT:
        value->to = value_limit(scan, value->from, clause->end);
        return value->to > value->from;
    case VALUE_TITLE: return take_thing(scan, clause, value, true);
    case VALUE_THING: return take_thing(scan, clause, value, false);
    case VALUE_DEED:
        return take_thing(scan, clause, value, false) &&
               (!rule->values || ends_with(scan, value->from, rule->values));
    case VALUE_AGE: return take_age(scan, clause, value);
    case VALUE_DATE: return take_date(scan, clause, value);
    case VALUE_ADDRESS: return take_address(scan, clause, value);
    case VALUE_KIN: return take_kin(scan, clause, value);
    }
    return false;
}

/* Writing what was found */

/* The words as they were said, the first person turned into the third, white space folded. */
static const char *words_text(struct scan *scan, size_t from, size_t to, bool is_swapped)
{
    const struct phrase *phrase = &scan->phrase;
    struct strbuf text;
    strbuf_init(&text, LIMIT_SENTENCE_BYTES * 2);
    for (size_t i = from; i < to; i++) {
        const struct phrase_word *word = &phrase->words[i];
        const char *swap =
            is_swapped ? rules_swap(scan->rules, phrase_lower(phrase, i), word->lower_length)
                       : NULL;
        if (i > from) {
            const char *gap =
                phrase->text + phrase->words[i - 1].start + phrase->words[i - 1].length;
            size_t length = (size_t)(phrase->text + word->start - gap);
            bool was_space = false;
            for (size_t k = 0; k < length; k++) {
                bool is_space = word_is_space((unsigned char)gap[k]);
                if (!is_space)
                    strbuf_add_char(&text, gap[k]);
                else if (!was_space)
                    strbuf_add_char(&text, ' ');
                was_space = is_space;
            }
        }
        if (swap)
            strbuf_add_text(&text, swap);
        else
            strbuf_add(&text, phrase->text + word->start, word->length);
    }
    const char *kept =
        strbuf_code(&text) == MNEME_OK ? arena_text_n(scan->arena, text.text, text.length) : NULL;
    if (!kept) scan->arena->failed = true;
    strbuf_clear(&text);
    return kept;
}

static const char *fill(struct scan *scan, const char *form, const char *subject, const char *key,
                        const char *value, const struct date_span *date)
{
    struct strbuf text;
    strbuf_init(&text, LIMIT_CONTENT_BYTES);
    for (; *form; form++) {
        bool is_place = form[0] == '{' && form[1] != '\0' && form[2] == '}';
        if (!is_place) {
            strbuf_add_char(&text, *form);
            continue;
        }
        strbuf_add_text(&text, form[1] == 's' ? subject : form[1] == 'k' ? key : value);
        form += 2;
    }
    if (date) {
        char day[TIME_TEXT_MAX];
        time_format(date->from_us, day);
        size_t length = date->unit == DATE_YEAR ? 4 : date->unit == DATE_MONTH ? 7 : 10;
        strbuf_printf(&text, " (%.*s)", (int)length, day);
    }
    const char *kept =
        strbuf_code(&text) == MNEME_OK ? arena_text_n(scan->arena, text.text, text.length) : NULL;
    if (!kept) scan->arena->failed = true;
    strbuf_clear(&text);
    return kept;
}

static struct extraction *append(struct scan *scan, const struct extract_rule *origin)
{
    struct extraction_list *list = scan->out;
    if (list->count >= LIMIT_EXTRACTIONS) return NULL;
    struct extraction *items =
        arena_grow(scan->arena, list->items, &list->capacity, list->count + 1, sizeof *items);
    const struct extract_rule **origins = arena_grow(
        scan->arena, scan->origins, &scan->origin_capacity, list->count + 1, sizeof *origins);
    if (!items || !origins) return NULL;
    list->items = items;
    scan->origins = origins;
    origins[list->count] = origin;
    items[list->count] = (struct extraction){0};
    return &items[list->count];
}

/* Where the words of a rule's key are. */
struct key {
    size_t from, to;
    const struct kin_word *kin;
};

static const char *slot_of(struct scan *scan, const struct extract_rule *rule,
                           const struct key *key)
{
    if (!rule->slot) return NULL;
    if (rule->slot[0] == '@') return key->kin ? key->kin->slot : NULL;
    size_t length = strlen(rule->slot);
    if (rule->slot[length - 1] != '.') return rule->slot;
    struct strbuf text;
    strbuf_init(&text, LIMIT_SENTENCE_BYTES);
    strbuf_add_text(&text, rule->slot);
    for (size_t i = key->from; i < key->to; i++) {
        if (i > key->from) strbuf_add_char(&text, '_');
        strbuf_add(&text, phrase_lower(&scan->phrase, i), scan->phrase.words[i].lower_length);
    }
    const char *kept =
        strbuf_code(&text) == MNEME_OK ? arena_text_n(scan->arena, text.text, text.length) : NULL;
    if (!kept) scan->arena->failed = true;
    strbuf_clear(&text);
    return kept;
}

static size_t find_corrected(const struct scan *scan, const struct extraction *found);

/* Makes an extraction of what a rule has found. */
static void emit(struct scan *scan, const struct clause *clause, const struct extract_rule *rule,
                 const struct key *key, const struct value *value, const struct date_span *date)
{
    const struct source *source = clause->source;
    struct extraction *found = append(scan, rule);
    if (!found) return;
    const char *named = clause->named ? clause->named : source->named;
    const char *said =
        value->to > value->from ? words_text(scan, value->from, value->to, true) : "";
    const char *key_text = key->to > key->from ? words_text(scan, key->from, key->to, false) : "";
    if (arena_failed(scan->arena)) return;
    bool is_about_time = rule->type == EXTRACTION_COMMITMENT || rule->type == EXTRACTION_EVENT;
    found->type = rule->type;
    found->subject = clause->subject ? clause->subject : source->subject;
    found->slot = slot_of(scan, rule, key);
    found->value = value->to > value->from ? said : key_text;
    found->content = fill(scan, rule->content, named, key_text, said, is_about_time ? date : NULL);
    found->confidence = rule->confidence * value->factor;
    found->message_from = found->message_to = source->message->ordinal;
    found->event_at_us = found->valid_from_us = TIME_NONE;
    if (date && rule->value != VALUE_DATE) {
        if (is_about_time)
            found->event_at_us = date->from_us;
        else if (date->from_us <= source->message->event_at_us ||
                 source->message->event_at_us == TIME_NONE)
            found->valid_from_us = date->from_us;
    } else if (date && is_about_time) {
        found->event_at_us = date->from_us;
    }
    found->is_negative = rule->is_negative;
    found->is_correction = clause->is_correction;
    found->corrects = clause->is_correction ? find_corrected(scan, found) : EXTRACTION_NONE;
    found->cue = clause->is_reminder     ? CUE_REMINDER
                 : rule->is_weighty      ? CUE_WEIGHTY
                 : clause->is_correction ? CUE_CORRECTION
                                         : 0;
    scan->out->count++;
}

/* Rules */

/* What a rule's key takes in: a word of kin, or some words before `then`. *at moves behind `then`. */
static bool take_key(const struct scan *scan, const struct clause *clause,
                     const struct extract_rule *rule, size_t *at, struct key *key)
{
    *key = (struct key){.from = *at, .to = *at};
    if (rule->key == KEY_NONE) return true;
    for (size_t words = 1; words <= (rule->key == KEY_KIN ? 1 : KEY_WORDS_MAX); words++) {
        size_t to = *at + words;
        if (to >= clause->end || is_clause_sign(scan->phrase.words[to - 1].sign)) return false;
        if (rule->key == KEY_KIN) {
            // "my dog's name is"
            const char *word = phrase_lower(&scan->phrase, *at);
            size_t length = scan->phrase.words[*at].lower_length,
                   end = strlen(scan->rules->possessive);
            if (length > end && memcmp(word + length - end, scan->rules->possessive, end) == 0)
                length -= end;
            key->kin = rules_kin_find(scan->rules, word, length);
            if (!key->kin) return false;
        } else if (in_list(scan, to - 1, &scan->language->stop)) {
            return false;
        }
        size_t taken = fit(scan, to, rule->then);
        if (taken == 0) continue;
        key->to = to;
        *at = to + taken;
        return true;
    }
    return false;
}

/* Words that make it uncertain stand between the clause's start and the value's end. */
static bool is_doubted(const struct scan *scan, const struct clause *clause, size_t to)
{
    for (size_t i = clause->start; i < to; i++) {
        if (is_listed(scan, i, scan->rules->doubts)) return true;
    }
    return false;
}

/* In a question a statement holds if what is asked comes behind it: "I'm vegan, what can I cook?" */
static bool is_stated(const struct scan *scan, const struct clause *clause, size_t to)
{
    if (!clause->is_question) return true;
    for (size_t i = to; i < scan->phrase.count; i++) {
        bool begins = scan->phrase.words[i].sign == ',' || scan->phrase.words[i].sign == ';' ||
                      (i > 0 && is_listed(scan, i - 1, scan->rules->conjunctions));
        if (!begins) continue;
        if (is_listed(scan, i, scan->rules->conjunctions)) i++;
        return (is_listed(scan, i, scan->rules->asks) ||
                in_list(scan, i, &scan->language->question)) &&
               i + 2 < scan->phrase.count && !is_listed(scan, i + 1, scan->rules->subjects);
    }
    return false;
}

static bool is_idle(const struct scan *scan, const struct clause *clause, const struct value *value,
                    bool has_date)
{
    const char *verbs = scan->rules->idle_verbs;
    if (is_listed(scan, value->from, scan->rules->negations)) return true;
    if (!has_date) return is_listed(scan, value->from, verbs) || value->to - value->from < 2;
    (void)clause;
    return is_listed(scan, value->from, scan->rules->reports);
}

/* "Anna's", without what makes it a possessive; NULL: it is none. */
static size_t possessor_length(const struct scan *scan, size_t i)
{
    const struct phrase_word *word = &scan->phrase.words[i];
    size_t end = strlen(scan->rules->possessive);
    const char *lower = phrase_lower(&scan->phrase, i);
    if (word->lower_length <= end ||
        memcmp(lower + word->lower_length - end, scan->rules->possessive, end) != 0)
        return 0;
    size_t bytes = word->length;
    // The apostrophe may be typed or typographic.
    while (bytes > 0 && scan->phrase.text[word->start + bytes - 1] == 's') bytes--;
    while (bytes > 0 && (scan->phrase.text[word->start + bytes - 1] == '\'' ||
                         (unsigned char)scan->phrase.text[word->start + bytes - 1] >= 0x80))
        bytes--;
    return bytes;
}

/* A thing is what it is without the date that follows it: "a kitten" of "a kitten yesterday". */
static void leave_date(const struct scan *scan, const struct date_span *date, struct value *value)
{
    size_t to = value->from + 1;
    while (to < value->to && scan->phrase.words[to].start < date->start) to++;
    while (to > value->from + 1 && is_listed(scan, to - 1, scan->rules->tails)) to--;
    value->to = to;
}

/* Tries one rule at word `at`. True if it has taken something. */
static bool try_rule(struct scan *scan, const struct clause *clause,
                     const struct extract_rule *rule, size_t at)
{
    const char *pattern = rule->pattern;
    if (clause->is_elided) {
        // "I live in Oslo and [I] work for Halden": the pattern without its subject.
        if (!phrase_word_is("i", 1, pattern)) return false;
        pattern += strcspn(pattern, " ");
        pattern += *pattern == ' ';
        if (*pattern == '\0' || *pattern == '?') return false;
    }
    size_t taken = fit(scan, at, pattern);
    if (taken == 0) return false;
    if (rule->needs_greeting && !clause->is_greeted) return false;
    struct key key;
    struct value value = {0};
    struct date_span date;
    at += taken;
    if (!take_key(scan, clause, rule, &at, &key)) return false;
    while (rule->value != VALUE_ADDRESS && at + 1 < clause->end && scan->is_adverb[at] &&
           !is_clause_sign(scan->phrase.words[at].sign))
        at++;
    value.from = at;
    if (rule->value != VALUE_NONE && at >= clause->end) return false;
    if (rule->value != VALUE_NONE && at < clause->end &&
        is_clause_sign(scan->phrase.words[at].sign) && scan->phrase.words[at].sign != ':')
        return false;
    if (!take_value(scan, clause, rule, &value)) return false;
    size_t to = value.to > value.from ? value.to : at;
    if (is_doubted(scan, clause, to) || !is_stated(scan, clause, to)) return false;
    struct clause within = *clause;
    if (rule->type == EXTRACTION_COMMITMENT || rule->type == EXTRACTION_EVENT) within.end = to;
    bool has_date = (rule->value != VALUE_LISTED || rule->type == EXTRACTION_EVENT) &&
                    rule->type != EXTRACTION_PREFERENCE && find_date(scan, &within, &date);
    if (rule->needs_date && !has_date) return false;
    if (has_date && !clause->has_date && rule->value == VALUE_THING &&
        rule->type != EXTRACTION_COMMITMENT)
        leave_date(scan, &date, &value);
    if (rule->value == VALUE_DEED && is_idle(scan, clause, &value, has_date)) return false;
    if (rule->type == EXTRACTION_COMMITMENT && is_listed(scan, to, scan->rules->conditions))
        return false;
    emit(scan, clause, rule, &key, &value, has_date ? &date : NULL);
    return true;
}

static bool try_rules(struct scan *scan, const struct clause *clause,
                      const struct extract_rule *rules, size_t count, size_t at)
{
    for (size_t i = 0; i < count && !arena_failed(scan->arena); i++) {
        if (try_rule(scan, clause, &rules[i], at)) return true;
    }
    return false;
}

/* "I went to the dentist yesterday": a verb in the past, and a date. */
static void try_event(struct scan *scan, const struct clause *clause, size_t at)
{
    static const struct extract_rule event = {
        .type = EXTRACTION_EVENT, .value = VALUE_THING, .content = "{s} {v}", .confidence = 0.8};
    struct value value = {.from = at + 1, .factor = 1};
    struct date_span date;
    if (!is_listed(scan, at, scan->rules->actors)) return;
    while (value.from < clause->end && scan->is_adverb[value.from]) value.from++;
    if (value.from >= clause->end || is_clause_sign(scan->phrase.words[value.from].sign)) return;
    bool is_past = is_listed(scan, value.from, scan->rules->pasts) ||
                   ends_with(scan, value.from, scan->rules->past_end);
    if (!is_past || is_listed(scan, value.from, scan->rules->reports)) return;
    value.to = value_limit(scan, value.from, clause->end);
    struct clause within = *clause;
    within.end = value.to;
    if (value.to < value.from + 2 || !find_date(scan, &within, &date)) return;
    if (is_doubted(scan, clause, value.to) || !is_stated(scan, clause, value.to)) return;
    struct key key = {0};
    emit(scan, clause, &event, &key, &value, &date);
}

/* "my wife Anna": a relation and a name side by side, wherever in the sentence. */
static void try_kin(struct scan *scan, const struct clause *clause, size_t at)
{
    static const struct extract_rule beside = {.type = EXTRACTION_FACT,
                                               .value = VALUE_NAME,
                                               .slot = "@",
                                               .content = "{s}'s {k} is called {v}",
                                               .confidence = 0.85};
    const struct phrase *phrase = &scan->phrase;
    if (clause->is_question || !is_listed(scan, at, scan->rules->me) || at + 2 >= phrase->count)
        return;
    struct key key = {.from = at + 1, .to = at + 2};
    key.kin = rules_kin_find(scan->rules, phrase_lower(phrase, at + 1),
                             phrase->words[at + 1].lower_length);
    struct value value = {.from = at + 2, .to = at + 2, .factor = 1};
    if (!key.kin || phrase->words[at].is_quoted) return;
    while (value.to < phrase->count && is_name_word(scan, value.to) &&
           value.to - value.from < NAME_WORDS && !phrase->words[value.to].sign &&
           possessor_length(scan, value.to) == 0 &&
           !is_listed(scan, value.to, scan->rules->no_names))
        value.to++;
    if (value.to > value.from) emit(scan, clause, &beside, &key, &value, NULL);
}

/* Clauses of the third person */

/* A name, or "my sister", at `at`: how many words. It becomes whom the clause is about. */
static size_t take_subject(struct scan *scan, struct clause *clause, size_t at)
{
    const struct phrase *phrase = &scan->phrase;
    size_t to = at;
    if (is_listed(scan, at, scan->rules->me) && at + 1 < clause->end) {
        const struct phrase_word *word = &phrase->words[at + 1];
        size_t length = possessor_length(scan, at + 1)
                            ? word->lower_length - strlen(scan->rules->possessive)
                            : word->lower_length;
        if (!rules_kin_find(scan->rules, phrase_lower(phrase, at + 1), length)) return 0;
        // "my sister Anna" is Anna.
        to = at + 2;
        if (to < clause->end && is_name_word(scan, to) && !phrase->words[to].sign &&
            !is_listed(scan, to, scan->rules->no_names)) {
            clause->subject = clause->named = words_text(scan, to, to + 1, false);
            return to + 1 - at;
        }
        size_t bytes = possessor_length(scan, at + 1);
        int size = (int)(bytes > 0 ? bytes : word->length);
        const char *end = scan->rules->possessive, *who = phrase->text + word->start;
        clause->subject =
            arena_printf(scan->arena, "%s%s %.*s", clause->source->subject, end, size, who);
        clause->named =
            arena_printf(scan->arena, "%s%s %.*s", clause->source->named, end, size, who);
        return to - at;
    }
    while (to < clause->end && to - at < NAME_WORDS && is_name_word(scan, to) &&
           !is_listed(scan, to, scan->rules->no_names) &&
           (to == at || !is_clause_sign(phrase->words[to].sign)))
        to++;
    if (to == at || in_list(scan, at, &scan->language->stop)) return 0;
    size_t bytes = possessor_length(scan, to - 1);
    clause->subject =
        bytes > 0 ? arena_text_n(scan->arena, phrase->text + phrase->words[at].start,
                                 phrase->words[to - 1].start + bytes - phrase->words[at].start)
                  : words_text(scan, at, to, false);
    clause->named = clause->subject;
    return to - at;
}

static bool try_third(struct scan *scan, struct clause *clause, size_t at)
{
    struct clause third = *clause;
    size_t taken = 0;
    // Most sentences are not about somebody named, and names are copied: look for a rule's beginning first.
    if (!is_name_word(scan, at) && !is_listed(scan, at, scan->rules->me)) return false;
    taken = take_subject(scan, &third, at);
    if (taken == 0 || !third.subject) return false;
    if (!try_rules(scan, &third, scan->rules->third, scan->rules->third_count, at + taken))
        return false;
    *clause = third;
    return true;
}

/* Corrections */

/* The latest of the same speaker's with the same slot and subject, within the last messages. */
static size_t find_corrected(const struct scan *scan, const struct extraction *found)
{
    if (!found->slot) return EXTRACTION_NONE;
    for (size_t i = scan->out->count; i > 0; i--) {
        const struct extraction *earlier = &scan->out->items[i - 1];
        if (earlier->slot && strcmp(earlier->slot, found->slot) == 0 &&
            strcmp(earlier->subject, found->subject) == 0)
            return i - 1;
    }
    return EXTRACTION_NONE;
}

static bool is_value_said(const struct scan *scan, size_t from, const struct extraction *earlier)
{
    const char *text = scan->phrase.text + scan->phrase.words[from].start;
    size_t length = strlen(earlier->value);
    return length > 0 && strncasecmp(text, earlier->value, length) == 0;
}

/* "it's Bergen, not Oslo", "I meant Bergen", behind words that take something back: the latest statement with a slot
 * gets another value. */
static bool try_retort(struct scan *scan, const struct clause *clause, size_t at)
{
    struct extraction_list *list = scan->out;
    const struct source *source = clause->source;
    size_t retort = fit_any(scan, at, scan->rules->retorts, scan->rules->retort_count);
    size_t not_at = at + retort;
    while (not_at < scan->phrase.count && !is_listed(scan, not_at, scan->rules->nots)) not_at++;
    bool has_not = not_at + 1 < scan->phrase.count && not_at > at;
    if (retort == 0 && !has_not) return false;
    for (size_t i = list->count; i > 0; i--) {
        struct extraction earlier = list->items[i - 1];
        if (source->number - earlier.message_from > CORRECTED_BACK &&
            source->message->ordinal - earlier.message_from > CORRECTED_BACK)
            break;
        if (!earlier.slot || strcmp(earlier.subject, source->subject) != 0) continue;
        const struct extract_rule *rule = scan->origins[i - 1];
        if (!rule || rule->value == VALUE_NONE) continue;
        if (has_not && !is_value_said(scan, not_at + 1, &earlier)) continue;
        if (!has_not && !clause->is_correction && !is_listed(scan, at, scan->rules->subjects))
            return false;
        struct clause within = *clause;
        if (has_not) within.end = not_at;
        struct value value = {.from = at + retort, .factor = 1};
        if (value.from >= within.end || !take_value(scan, &within, rule, &value)) continue;
        if (!has_not && (!ends_at(scan, value.to, within.end) || value.factor < 1)) return false;
        const char *said = words_text(scan, value.from, value.to, true);
        struct extraction *found = append(scan, rule);
        if (!found || !said) return false;
        *found = earlier;
        found->value = said;
        const char *was = strstr(earlier.content, earlier.value);
        found->content = was ? arena_printf(scan->arena, "%.*s%s%s", (int)(was - earlier.content),
                                            earlier.content, said, was + strlen(earlier.value))
                             : earlier.content;
        found->confidence = rule->confidence * value.factor;
        found->message_from = found->message_to = source->message->ordinal;
        found->event_at_us = found->valid_from_us = TIME_NONE;
        found->is_correction = true;
        found->corrects = i - 1;
        found->cue = CUE_CORRECTION;
        if (!arena_failed(scan->arena)) list->count++;
        return true;
    }
    return false;
}

/* Sentences */

/* "Two weeks ago I ...": the words of a date that a sentence begins with. */
static size_t pass_date(struct scan *scan, struct clause *clause, size_t at)
{
    struct date_span span;
    if (at >= clause->end || is_listed(scan, at, scan->rules->subjects)) return at;
    size_t subject = at;
    while (subject < clause->end && subject - at < DATE_WORDS &&
           !is_listed(scan, subject, scan->rules->subjects))
        subject++;
    if (!is_listed(scan, subject, scan->rules->subjects)) return at;
    clause->start = at;
    struct clause before = *clause;
    before.end = subject;
    if (!find_date(scan, &before, &span)) return at;
    size_t last = scan->phrase.words[subject - 1].start + scan->phrase.words[subject - 1].length;
    size_t first = scan->phrase.words[at].start;
    if (span.start > first + DATE_LEAD_BYTES || span.start + span.length < last) return at;
    clause->has_date = true;
    clause->date = span;
    return subject;
}

/* Passes over what may stand before a statement. */
static size_t pass_openers(const struct scan *scan, size_t at, struct clause *clause)
{
    const struct mind_rules *rules = scan->rules;
    for (unsigned i = 0; i < OPENERS_MAX; i++) {
        size_t taken = fit_any(scan, at, rules->corrections, rules->correction_count);
        if (taken > 0) {
            clause->is_correction = true;
        } else if ((taken = fit_any(scan, at, rules->reminders, rules->reminder_count)) > 0) {
            clause->is_reminder = true;
        } else if ((taken = fit_any(scan, at, rules->openers, rules->opener_count)) > 0) {
            clause->is_greeted |= is_listed(scan, at, rules->greetings);
        } else {
            break;
        }
        at += taken;
    }
    return at;
}

/* The first word behind which nothing is said to be so. */
static size_t find_condition(const struct scan *scan)
{
    for (size_t i = 0; i < scan->phrase.count; i++) {
        if (is_listed(scan, i, scan->rules->conditions)) return i;
    }
    return scan->phrase.count;
}

static size_t find_report(const struct scan *scan)
{
    for (size_t i = 0; i < scan->phrase.count; i++) {
        if (is_listed(scan, i, scan->rules->reports)) return i;
    }
    return scan->phrase.count;
}

/* A clause may begin here: behind a sign or conjunction, with a subject. */
static bool begins_clause(const struct scan *scan, size_t i)
{
    const struct phrase_word *word = &scan->phrase.words[i];
    bool is_parted = (is_clause_sign(word->sign) && word->sign != '"') ||
                     is_listed(scan, i - 1, scan->rules->conjunctions) ||
                     is_listed(scan, i - 1, scan->rules->greetings);
    if (!is_parted || word->is_quoted) return false;
    return is_listed(scan, i, scan->rules->subjects) ||
           (is_name_word(scan, i) && !is_listed(scan, i, scan->rules->no_names));
}

/* Behind a clause that gave something, "and" may go on about the same: *last. */
static void scan_elided(struct scan *scan, const struct clause *last, size_t at)
{
    struct clause clause = *last;
    if (!is_listed(scan, at - 1, scan->rules->conjunctions) || scan->phrase.words[at].is_quoted)
        return;
    clause.start = at;
    clause.is_elided = !clause.subject;
    if (clause.subject)
        (void)try_rules(scan, &clause, scan->rules->third, scan->rules->third_count, at);
    else
        (void)try_rules(scan, &clause, scan->rules->first, scan->rules->first_count, at);
}

static void scan_clause(struct scan *scan, struct clause *clause, size_t at)
{
    if (at >= clause->end || scan->phrase.words[at].is_quoted) return;
    clause->start = at;
    if (try_rules(scan, clause, scan->rules->first, scan->rules->first_count, at)) return;
    size_t before = scan->out->count;
    try_event(scan, clause, at);
    if (scan->out->count > before || arena_failed(scan->arena)) return;
    if (try_third(scan, clause, at)) return;
    (void)try_retort(scan, clause, at);
}

/* "Write ...", "Translate this: ...": it is for the assistant. With a colon the rest of the message is, too. */
static bool is_order(struct scan *scan, struct source *source, size_t at)
{
    const struct phrase *phrase = &scan->phrase;
    while (is_listed(scan, at, scan->rules->polite)) at++;
    if (is_listed(scan, at, scan->rules->fictions) ||
        fit_any(scan, at, scan->rules->tales, scan->rules->tale_count) > 0) {
        source->is_payload = true;
        return true;
    }
    if (!is_listed(scan, at, scan->rules->orders)) return false;
    for (size_t i = at; i < phrase->count; i++) source->is_payload |= phrase->words[i].sign == ':';
    source->is_payload |= phrase->end_sign == ':';
    for (size_t i = at; i < phrase->count; i++)
        source->is_payload |= is_listed(scan, i, scan->rules->fictions);
    return true;
}

static bool has_secret(const struct phrase *phrase, size_t start, size_t length)
{
    size_t at = 0;
    struct secret secret;
    return secrets_next(phrase->text + start, length, &at, &secret);
}

static void scan_sentence(struct scan *scan, struct source *source, const struct sentence *sentence)
{
    const char *text = source->message->text + sentence->start;
    if (memmem(text, sentence->length, "```", 3)) {
        source->is_fenced = !source->is_fenced;
        return;
    }
    if (source->is_fenced || source->is_payload || sentence->starts_quoted || text[0] == '>')
        return;
    struct phrase *phrase = &scan->phrase;
    phrase_cut(phrase, source->message->text, sentence->start, sentence->length, false);
    if (phrase->count == 0) return;
    for (size_t i = 0; i < phrase->count; i++)
        scan->is_adverb[i] = is_listed(scan, i, scan->rules->adverbs);
    struct clause clause = {.source = source,
                            .end = phrase->count,
                            .is_question = sentence->is_question,
                            .is_greeted = source->is_greeted};
    size_t at = pass_openers(scan, 0, &clause);
    at = pass_date(scan, &clause, at);
    source->is_greeted = clause.is_greeted && at >= phrase->count;
    if (at >= phrase->count || is_order(scan, source, at)) return;
    size_t condition = find_condition(scan), report = find_report(scan), before = scan->out->count;
    if (condition <= at) return;
    struct clause last = {0};
    for (size_t i = at; i < condition && !arena_failed(scan->arena); i++) {
        try_kin(scan, &clause, i);
        if (i > at && report < i) continue;
        if (i > at && !begins_clause(scan, i)) {
            if (last.source) scan_elided(scan, &last, i);
            continue;
        }
        struct clause part = clause;
        size_t first = i > at ? pass_openers(scan, i, &part) : i, count = scan->out->count;
        if (first < condition) scan_clause(scan, &part, first);
        last = scan->out->count > count ? part : (struct clause){0};
    }
    // Rare enough to look for last.
    if (scan->out->count > before && has_secret(phrase, sentence->start, sentence->length))
        scan->out->count = before;
}

static bool has_capital(const char *text)
{
    size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        if (utf8_is_upper(utf8_next(text, length, &at))) return true;
    }
    return false;
}

static void scan_message(struct scan *scan, const struct extract_message *message, size_t number)
{
    bool is_user =
        !message->speaker || message->speaker[0] == '\0' || strcmp(message->speaker, "user") == 0;
    struct source source = {.message = message,
                            .subject = is_user ? "user" : message->speaker,
                            .named = is_user ? scan->rules->nobody : message->speaker,
                            .is_small = !has_capital(message->text),
                            .number = number};
    struct sentence_reader reader;
    struct sentence sentence;
    sentence_init(&reader, scan->language, message->text, strlen(message->text));
    while (sentence_next(&reader, &sentence) && !arena_failed(scan->arena))
        scan_sentence(scan, &source, &sentence);
}

enum mneme_code extract_run(const struct language *language, const struct extract_message *messages,
                            size_t count, struct arena *arena, struct extraction_list *out,
                            struct mneme_error *err)
{
    *out = (struct extraction_list){0};
    const struct mind_rules *rules = rules_find(language);
    if (!rules) return MNEME_OK;
    struct scan *scan = arena_alloc(arena, sizeof *scan);
    if (!scan) return error_nomem(err);
    scan->language = language;
    scan->rules = rules;
    scan->arena = arena;
    scan->out = out;
    for (size_t i = 0; i < count && !arena_failed(arena); i++) {
        if (!messages[i].is_assistant) scan_message(scan, &messages[i], i);
    }
    if (!arena_failed(arena)) return MNEME_OK;
    *out = (struct extraction_list){0};
    return error_nomem(err);
}

/* The shorter of two values begins the other, up to a word's end: it only says less. */
static bool is_same_value(const char *a, const char *b)
{
    size_t length_a = strlen(a), length_b = strlen(b);
    if (length_a > length_b) return is_same_value(b, a);
    return strncasecmp(a, b, length_a) == 0 &&
           (b[length_a] == '\0' || !word_has_point((unsigned char)b[length_a]));
}

bool extract_supersedes(const struct extraction *later, const struct extraction *earlier)
{
    return later->slot && earlier->slot && rules_slot_find(later->slot) &&
           strcmp(later->slot, earlier->slot) == 0 &&
           strcmp(later->subject, earlier->subject) == 0 &&
           !is_same_value(later->value, earlier->value);
}

const char *extract_type_name(enum extraction_type type)
{
    static const char *const names[] = {"fact", "preference", "commitment", "event"};
    return names[type];
}
