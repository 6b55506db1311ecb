#include "text/terms.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "text/lexicon.h"
#include "text/terms_internal.h"
#include "text/word.h"

#include <string.h>

struct analyzer {
    enum text_profile profile;
    struct lexicon lexicon;
    char *scratch; /* a word in lower case */
    size_t scratch_capacity;
};

/* Word runs joined by single signs, as far as they have been read. */
struct chain {
    size_t start, end; /* bytes of the text */
    size_t runs;       /* 0: no chain */
    bool has_digit, has_sign;
};

/* One call's way through a text. */
struct scan {
    struct analyzer *analyzer;
    const char *text;
    size_t length;
    struct terms_options options;
    struct arena *arena;
    struct term_list *list;
    bool has_time_word;
};

static const char joiners[] = "-./:@+#";

struct analyzer *analyzer_new(const struct language *language, enum text_profile profile)
{
    struct analyzer *analyzer = mem_alloc_zero(1, sizeof *analyzer);
    if (!analyzer) return NULL;
    analyzer->profile = profile;
    if (!lexicon_init(&analyzer->lexicon, language)) {
        mem_free(analyzer);
        return NULL;
    }
    return analyzer;
}

void analyzer_free(struct analyzer *analyzer)
{
    if (!analyzer) return;
    lexicon_clear(&analyzer->lexicon);
    mem_free(analyzer->scratch);
    mem_free(analyzer);
}

enum text_profile analyzer_profile(const struct analyzer *analyzer)
{
    return analyzer->profile;
}

const struct language *analyzer_language(const struct analyzer *analyzer)
{
    return analyzer->lexicon.language;
}

static enum word_mode mode_of(const struct analyzer *analyzer)
{
    return analyzer->profile == TEXT_REFERENCE ? WORD_PLAIN : WORD_FOLDED;
}

/* Lower-cases into the scratch, which grows with the longest word. */
static bool lower(struct analyzer *analyzer, const char *bytes, size_t length, size_t *out_length)
{
    while (!analyzer->scratch || !word_lower(mode_of(analyzer), bytes, length, analyzer->scratch,
                                             analyzer->scratch_capacity, out_length)) {
        size_t capacity = analyzer->scratch_capacity * 2;
        if (capacity < length + 64) capacity = length + 64;
        char *grown = mem_resize(analyzer->scratch, capacity);
        if (!grown) return false;
        analyzer->scratch = grown;
        analyzer->scratch_capacity = capacity;
    }
    return true;
}

static bool add(struct scan *scan, const char *text, size_t length, bool is_extra)
{
    struct term_list *list = scan->list;
    if (length == 0 || list->count >= LIMIT_TERMS) return true;
    struct term *items =
        arena_grow(scan->arena, list->items, &list->capacity, list->count + 1, sizeof *items);
    if (!items) return false;
    list->items = items;
    const char *kept = arena_copy(scan->arena, text, length);
    if (!kept) return false;
    items[list->count++] = (struct term){kept, (unsigned)length, is_extra};
    return true;
}

static bool add_word(struct scan *scan, const struct word *word)
{
    struct analyzer *analyzer = scan->analyzer;
    struct word_facts facts;
    size_t length;
    if (!lower(analyzer, scan->text + word->start, word->length, &length)) return false;
    if (length == 0) return true;
    if (!lexicon_look(&analyzer->lexicon, analyzer->scratch, length, &facts)) return false;
    scan->has_time_word |= facts.is_time;
    if (facts.is_stop && !scan->options.keep_stop_words) return true;
    return add(scan, facts.stem, facts.stem_length, false);
}

/* Overlapping pairs, and single characters as extras. */
static bool add_cjk(struct scan *scan, const struct word *word)
{
    const char *run = scan->text + word->start;
    size_t length = word->length;
    if (word->has_parts) {
        run = arena_text_n(scan->arena, run, length);
        run = run ? utf8_nfc(scan->arena, run) : NULL;
        if (!run) return false;
        length = strlen(run);
    }
    size_t at = 0, before = 0;
    (void)utf8_next(run, length, &at);
    if (at == length) return add(scan, run, length, false);
    bool is_query = scan->options.is_query;
    if (!is_query && !add(scan, run, at, true)) return false;
    for (size_t start = at; at < length; before = start, start = at) {
        (void)utf8_next(run, length, &at);
        if (!add(scan, run + before, at - before, false)) return false;
        if (!is_query && !add(scan, run + start, at - start, true)) return false;
    }
    return true;
}

static bool is_joiner(char c)
{
    return c != '\0' && strchr(joiners, c) != NULL;
}

/* The bytes of a "++" or "#" that ends the chain, as in the names of some programming languages. */
static size_t suffix_length(const struct scan *scan, size_t at)
{
    const char *rest = scan->text + at;
    size_t length = strncmp(rest, "++", 2) == 0 ? 2 : rest[0] == '#' ? 1 : 0;
    if (length == 0) return 0;
    unsigned char next = (unsigned char)rest[length];
    return next >= 0x80 || word_has_point(next) || next == '+' || next == '#' ? 0 : length;
}

/* Adds the chain as one term if it is more than a plain word, and forgets it. */
static bool end_chain(struct scan *scan, struct chain *chain)
{
    struct chain ended = *chain;
    *chain = (struct chain){0};
    if (ended.runs == 0) return true;
    size_t suffix = suffix_length(scan, ended.end);
    bool is_compound = suffix > 0 || (ended.runs > 1 && (ended.has_digit || ended.has_sign));
    size_t bytes = ended.end + suffix - ended.start, length;
    if (!is_compound || bytes > LIMIT_COMPOUND_BYTES) return true;
    return lower(scan->analyzer, scan->text + ended.start, bytes, &length) &&
           add(scan, scan->analyzer->scratch, length, true);
}

static bool extend_chain(struct scan *scan, struct chain *chain, const struct word *word)
{
    const char *text = scan->text;
    if (chain->runs > 0 && word->start == chain->end + 1 && is_joiner(text[chain->end])) {
        chain->has_sign |= text[chain->end] != '-';
    } else {
        if (!end_chain(scan, chain)) return false;
        chain->start = word->start;
    }
    chain->runs++;
    chain->end = word->start + word->length;
    chain->has_digit |= word->has_digit;
    return true;
}

bool terms_scan(struct analyzer *analyzer, const char *text, struct terms_options options,
                struct arena *arena, struct term_list *list, bool *has_time_word)
{
    struct scan scan = {.analyzer = analyzer,
                        .text = text,
                        .length = strlen(text),
                        .options = options,
                        .arena = arena,
                        .list = list};
    bool has_chains = analyzer->profile != TEXT_REFERENCE;
    struct chain chain = {0};
    struct word_reader words;
    struct word word;
    if (has_time_word) *has_time_word = false;
    word_init(&words, mode_of(analyzer), text, scan.length);
    while (word_next(&words, &word)) {
        bool done = true;
        if (has_chains)
            done = word.is_cjk ? end_chain(&scan, &chain) : extend_chain(&scan, &chain, &word);
        done = done && (word.is_cjk ? add_cjk(&scan, &word) : add_word(&scan, &word));
        if (!done) return false;
    }
    if (has_time_word) *has_time_word = scan.has_time_word;
    return end_chain(&scan, &chain);
}

bool terms_have_words(const struct term_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!list->items[i].is_extra) return true;
    }
    return false;
}

bool analyzer_terms(struct analyzer *analyzer, const char *text, struct arena *arena,
                    struct term_list *list)
{
    return terms_scan(analyzer, text, (struct terms_options){0}, arena, list, NULL);
}

bool analyzer_all_terms(struct analyzer *analyzer, const char *text, struct arena *arena,
                        struct term_list *list)
{
    return terms_scan(analyzer, text, (struct terms_options){.keep_stop_words = true}, arena, list,
                      NULL);
}
