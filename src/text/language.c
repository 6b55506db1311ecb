/* The tables of words, one block for each language. The English lists of the recipe are the measured reference's. */
#include "text/language.h"

#include "base/limits.h"
#include "text/dates.h"

#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LIST(array)                                                                                \
    {                                                                                              \
        .words = (array), .count = COUNT(array)                                                    \
    }

/* English */

static const char *const english_stop[] = {
    "a",     "about", "after",  "an",    "and",  "are",  "as",    "at",    "be",   "been", "before",
    "being", "by",    "can",    "could", "did",  "do",   "does",  "for",   "from", "had",  "has",
    "have",  "he",    "her",    "here",  "him",  "his",  "how",   "i",     "if",   "in",   "into",
    "is",    "it",    "its",    "me",    "my",   "no",   "not",   "of",    "on",   "or",   "our",
    "over",  "she",   "should", "so",    "than", "that", "the",   "their", "them", "then", "there",
    "these", "they",  "this",   "those", "to",   "was",  "we",    "were",  "what", "when", "where",
    "which", "who",   "whom",   "why",   "will", "with", "would", "you",   "your",
};

static const char *const english_question[] = {
    "are",   "can",   "could", "did",    "do",    "does", "had",  "has",
    "have",  "how",   "is",    "should", "was",   "were", "what", "when",
    "where", "which", "who",   "whom",   "whose", "why",  "will", "would",
};

static const char *const english_time[] = {
    "ago",       "april",    "august",   "day",      "days",     "december",  "evening",
    "february",  "friday",   "january",  "july",     "june",     "last",      "later",
    "march",     "may",      "monday",   "month",    "months",   "morning",   "next",
    "night",     "november", "october",  "recently", "saturday", "september", "since",
    "soon",      "sunday",   "thursday", "today",    "tomorrow", "tonight",   "tuesday",
    "wednesday", "week",     "weekend",  "weeks",    "year",     "years",     "yesterday",
};

static const char *const english_negation[] = {
    "aint",    "arent",    "cannot", "cant",   "couldnt", "didnt", "doesnt",
    "dont",    "hadnt",    "hasnt",  "havent", "isnt",    "n't",   "neither",
    "never",   "no",       "nobody", "none",   "nor",     "not",   "nothing",
    "nowhere", "shouldnt", "wasnt",  "werent", "without", "wont",  "wouldnt",
};

static const char *const english_when[] = {"when"};
static const char *const english_what[] = {"what"};
static const char *const english_date_units[] = {"date", "day", "month", "year"};
static const char *const english_how_long[] = {"long"};

static const char *const english_titles[] = {
    "capt", "col", "dr", "fr", "gen",  "gov",  "hon", "lt",  "maj", "messrs", "mme", "mr",
    "mrs",  "ms",  "mt", "mx", "pres", "prof", "rep", "rev", "sen", "sgt",    "st",
};
static const char *const english_abbreviations[] = {
    "a.k.a", "a.m", "approx", "apr", "apt", "aug",  "ave",  "blvd", "corp", "dec",
    "dept",  "e.g", "etc",    "feb", "fri", "i.e",  "inc",  "jan",  "jr",   "ltd",
    "misc",  "mon", "nov",    "oct", "p.m", "sep",  "sept", "sr",   "tel",  "thu",
    "thurs", "tue", "tues",   "u.k", "u.s", "univ", "vol",  "vs",
};

static const char *const english_months[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December",
};

static const struct date_word english_dates[] = {
    {"a", ROLE_NUMBER, 1},
    {"after", ROLE_BESIDE, 1},
    {"afternoon", ROLE_DAYPART, 0},
    {"ago", ROLE_AGO, 0},
    {"am", ROLE_AM, 0},
    {"an", ROLE_NUMBER, 1},
    {"apr", ROLE_MONTH_SHORT, 4},
    {"april", ROLE_MONTH, 4},
    {"at", ROLE_ON, 0},
    {"aug", ROLE_MONTH_SHORT, 8},
    {"august", ROLE_MONTH, 8},
    {"before", ROLE_BESIDE, -1},
    {"day", ROLE_UNIT, DATE_DAY},
    {"days", ROLE_UNIT, DATE_DAY},
    {"dec", ROLE_MONTH_SHORT, 12},
    {"december", ROLE_MONTH, 12},
    {"eight", ROLE_NUMBER, 8},
    {"eleven", ROLE_NUMBER, 11},
    {"evening", ROLE_DAYPART, 1},
    {"feb", ROLE_MONTH_SHORT, 2},
    {"february", ROLE_MONTH, 2},
    {"five", ROLE_NUMBER, 5},
    {"four", ROLE_NUMBER, 4},
    {"fri", ROLE_WEEKDAY_SHORT, 4},
    {"friday", ROLE_WEEKDAY, 4},
    {"from", ROLE_FROM, 0},
    {"gmt", ROLE_ZONE, 0},
    {"half", ROLE_HEDGE, 0},
    {"in", ROLE_IN, 0},
    {"jan", ROLE_MONTH_SHORT, 1},
    {"january", ROLE_MONTH, 1},
    {"jul", ROLE_MONTH_SHORT, 7},
    {"july", ROLE_MONTH, 7},
    {"jun", ROLE_MONTH_SHORT, 6},
    {"june", ROLE_MONTH, 6},
    {"last", ROLE_WHICH, -1},
    {"mar", ROLE_MONTH_SHORT, 3},
    {"march", ROLE_MONTH_COMMON, 3},
    {"may", ROLE_MONTH_COMMON, 5},
    {"mon", ROLE_WEEKDAY_SHORT, 0},
    {"monday", ROLE_WEEKDAY, 0},
    {"month", ROLE_UNIT, DATE_MONTH},
    {"months", ROLE_UNIT, DATE_MONTH},
    {"morning", ROLE_DAYPART, 0},
    {"nd", ROLE_ORDINAL, 0},
    {"next", ROLE_WHICH, 1},
    {"night", ROLE_DAYPART, 1},
    {"nine", ROLE_NUMBER, 9},
    {"nov", ROLE_MONTH_SHORT, 11},
    {"november", ROLE_MONTH, 11},
    {"now", ROLE_NOW, 0},
    {"oct", ROLE_MONTH_SHORT, 10},
    {"october", ROLE_MONTH, 10},
    {"of", ROLE_OF, 0},
    {"on", ROLE_ON, 0},
    {"one", ROLE_NUMBER, 1},
    {"pm", ROLE_PM, 0},
    {"q", ROLE_QUARTER, 0},
    {"quarter", ROLE_UNIT, DATE_QUARTER},
    {"quarters", ROLE_UNIT, DATE_QUARTER},
    {"rd", ROLE_ORDINAL, 0},
    {"sat", ROLE_WEEKDAY_SHORT, 5},
    {"saturday", ROLE_WEEKDAY, 5},
    {"sep", ROLE_MONTH_SHORT, 9},
    {"sept", ROLE_MONTH_SHORT, 9},
    {"september", ROLE_MONTH, 9},
    {"seven", ROLE_NUMBER, 7},
    {"six", ROLE_NUMBER, 6},
    {"st", ROLE_ORDINAL, 0},
    {"sun", ROLE_WEEKDAY_SHORT, 6},
    {"sunday", ROLE_WEEKDAY, 6},
    {"ten", ROLE_NUMBER, 10},
    {"th", ROLE_ORDINAL, 0},
    {"the", ROLE_HEDGE, 0},
    {"this", ROLE_WHICH, 0},
    {"three", ROLE_NUMBER, 3},
    {"thu", ROLE_WEEKDAY_SHORT, 3},
    {"thur", ROLE_WEEKDAY_SHORT, 3},
    {"thurs", ROLE_WEEKDAY_SHORT, 3},
    {"thursday", ROLE_WEEKDAY, 3},
    {"today", ROLE_RELATIVE, 0},
    {"tomorrow", ROLE_RELATIVE, 1},
    {"tonight", ROLE_RELATIVE, 0},
    {"tue", ROLE_WEEKDAY_SHORT, 1},
    {"tues", ROLE_WEEKDAY_SHORT, 1},
    {"tuesday", ROLE_WEEKDAY, 1},
    {"twelve", ROLE_NUMBER, 12},
    {"two", ROLE_NUMBER, 2},
    {"utc", ROLE_ZONE, 0},
    {"wed", ROLE_WEEKDAY_SHORT, 2},
    {"wednesday", ROLE_WEEKDAY, 2},
    {"week", ROLE_UNIT, DATE_WEEK},
    {"weekend", ROLE_WEEKEND, 0},
    {"weeks", ROLE_UNIT, DATE_WEEK},
    {"year", ROLE_UNIT, DATE_YEAR},
    {"years", ROLE_UNIT, DATE_YEAR},
    {"yesterday", ROLE_RELATIVE, -1},
    {"z", ROLE_ZONE, 0},
};

// Snowball 3 parts words that Snowball 2 gives one stem; the rule for -logist is beside them.
static const struct stem_pin english_pins[] = {
    {"added", "add"},
    {"adding", "add"},
    {"addings", "add"},
    {"dyings", "die"},
    {"ebbed", "ebb"},
    {"ebbing", "ebb"},
    {"ebbings", "ebb"},
    {"effed", "eff"},
    {"effing", "eff"},
    {"effings", "eff"},
    {"egged", "egg"},
    {"egging", "egg"},
    {"eggings", "egg"},
    {"emergence", "emergenc"},
    {"emergences", "emergenc"},
    {"emergencies", "emergenc"},
    {"emergency", "emergenc"},
    {"emergent", "emergent"},
    {"emergently", "emergent"},
    {"erred", "err"},
    {"erring", "err"},
    {"errings", "err"},
    {"evening", "evening"},
    {"evenings", "evening"},
    {"hying", "hie"},
    {"intercity", "interciti"},
    {"interfered", "interfer"},
    {"interfering", "interfer"},
    {"interment", "interment"},
    {"internal", "internal"},
    {"internality", "internal"},
    {"internalization", "internal"},
    {"internalize", "internal"},
    {"internalized", "internal"},
    {"internalizes", "internal"},
    {"internalizing", "internal"},
    {"internally", "internal"},
    {"internalness", "internal"},
    {"internals", "internal"},
    {"international", "internat"},
    {"internationalism", "internat"},
    {"internationally", "internat"},
    {"internationals", "internat"},
    {"internment", "internment"},
    {"internments", "internment"},
    {"interstate", "interstat"},
    {"interstates", "interstat"},
    {"interval", "interval"},
    {"intervals", "interval"},
    {"lateral", "lateral"},
    {"laterality", "lateral"},
    {"lateralized", "lateral"},
    {"lateralizing", "lateral"},
    {"laterally", "lateral"},
    {"laterals", "lateral"},
    {"lyings", "lie"},
    {"odded", "odd"},
    {"odding", "odd"},
    {"oddings", "odd"},
    {"offed", "off"},
    {"offing", "off"},
    {"offings", "off"},
    {"organic", "organic"},
    {"organically", "organic"},
    {"organicity", "organic"},
    {"organics", "organic"},
    {"organism", "organism"},
    {"organisms", "organism"},
    {"organization", "organiz"},
    {"organizations", "organiz"},
    {"organize", "organiz"},
    {"organized", "organiz"},
    {"organizer", "organiz"},
    {"organizers", "organiz"},
    {"organizes", "organiz"},
    {"organizing", "organiz"},
    {"paste", "paste"},
    {"pasted", "paste"},
    {"pastes", "paste"},
    {"pasting", "paste"},
    {"tyings", "tie"},
    {"univers", "univer"},
    {"universal", "universal"},
    {"universalism", "universal"},
    {"universality", "universal"},
    {"universalize", "universal"},
    {"universally", "universal"},
    {"universals", "universal"},
    {"universities", "universiti"},
    {"university", "universiti"},
    {"vying", "vie"},
    {"vyings", "vie"},
};
static const struct stem_pin english_tails[] = {{"alogist", "alog"}, {"ologist", "olog"}};

static const struct language languages[] = {
    {
        .code = "en",
        .stemmer = "english",
        .pins = english_pins,
        .pin_count = COUNT(english_pins),
        .tails = english_tails,
        .tail_count = COUNT(english_tails),
        .stop = LIST(english_stop),
        .question = LIST(english_question),
        .time = LIST(english_time),
        .negation = LIST(english_negation),
        .when = LIST(english_when),
        .what = LIST(english_what),
        .date_units = LIST(english_date_units),
        .how_long = LIST(english_how_long),
        .titles = LIST(english_titles),
        .abbreviations = LIST(english_abbreviations),
        .month_names = english_months,
        .date_words = english_dates,
        .date_word_count = COUNT(english_dates),
    },
};

/* Looking up */

const struct language *language_find(const char *code)
{
    size_t length = strcspn(code, "-_");
    for (size_t i = 0; i < COUNT(languages); i++) {
        if (strlen(languages[i].code) == length &&
            strncasecmp(languages[i].code, code, length) == 0)
            return &languages[i];
    }
    return NULL;
}

/* Compares a word that has no NUL at its end with one that has. By hand: most differ in the first letters. */
static int compare(const char *word, size_t length, const char *listed)
{
    size_t i = 0;
    while (i < length && listed[i] != '\0' && word[i] == listed[i]) i++;
    if (i == length) return listed[i] == '\0' ? 0 : -1;
    if (listed[i] == '\0') return 1;
    return (unsigned char)word[i] - (unsigned char)listed[i];
}

/* The entry of a sorted table of `size`-byte rows whose first member is the word. */
static const void *find(const void *rows, size_t count, size_t size, const char *word,
                        size_t length)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const void *row = (const char *)rows + middle * size;
        int order = compare(word, length, *(const char *const *)row);
        if (order == 0) return row;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool word_list_has(const struct word_list *list, const char *word, size_t length)
{
    return find(list->words, list->count, sizeof *list->words, word, length) != NULL;
}

const struct date_word *language_date_word(const struct language *language, const char *word,
                                           size_t length)
{
    return find(language->date_words, language->date_word_count, sizeof *language->date_words, word,
                length);
}

const char *language_pinned_stem(const struct language *language, const char *word, size_t length)
{
    const struct stem_pin *pin =
        find(language->pins, language->pin_count, sizeof *language->pins, word, length);
    return pin ? pin->to : NULL;
}
