/* The only file that knows libstemmer. */
#include "text/lexicon.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <assert.h>
#include <libstemmer.h>
#include <limits.h>
#include <string.h>

bool lexicon_init(struct lexicon *lexicon, const struct language *language)
{
    *lexicon = (struct lexicon){.language = language};
    map_init(&lexicon->index);
    arena_init(&lexicon->stems);
    lexicon->stemmer = sb_stemmer_new(language->stemmer, "UTF_8");
    lexicon->facts = mem_alloc(LIMIT_MEMO_WORDS * sizeof *lexicon->facts);
    if (lexicon->stemmer && lexicon->facts) return true;
    lexicon_clear(lexicon);
    return false;
}

void lexicon_clear(struct lexicon *lexicon)
{
    if (lexicon->stemmer) sb_stemmer_delete(lexicon->stemmer);
    mem_free(lexicon->facts);
    map_clear(&lexicon->index);
    arena_clear(&lexicon->stems);
    lexicon->stemmer = NULL;
    lexicon->facts = NULL;
}

static void forget_all(struct lexicon *lexicon)
{
    map_clear(&lexicon->index);
    arena_clear(&lexicon->stems);
}

/* The stem's end as the newest Snowball leaves it. */
static unsigned pin_tail(const struct language *language, const char *stem, unsigned length)
{
    for (size_t i = 0; i < language->tail_count; i++) {
        const struct stem_pin *tail = &language->tails[i];
        size_t from = strlen(tail->from), to = strlen(tail->to);
        if (length >= from && memcmp(stem + length - from, tail->from, from) == 0) {
            assert(to <= from && memcmp(tail->from, tail->to, to) == 0); // only cut off
            return length - (unsigned)(from - to);
        }
    }
    return length;
}

static bool find_out(struct lexicon *lexicon, const char *word, size_t length,
                     struct word_facts *out)
{
    const struct language *language = lexicon->language;
    assert(length <= INT_MAX);
    out->is_stop = word_list_has(&language->stop, word, length);
    out->is_time = word_list_has(&language->time, word, length);
    out->stem = language_pinned_stem(language, word, length);
    if (out->stem) {
        out->stem_length = (unsigned)strlen(out->stem);
        return true;
    }
    out->stem =
        (const char *)sb_stemmer_stem(lexicon->stemmer, (const sb_symbol *)word, (int)length);
    if (!out->stem) return false;
    unsigned stem_length = (unsigned)sb_stemmer_length(lexicon->stemmer);
    out->stem_length = pin_tail(language, out->stem, stem_length);
    return true;
}

bool lexicon_look(struct lexicon *lexicon, const char *word, size_t length, struct word_facts *out)
{
    bool is_kept = length <= LIMIT_MEMO_WORD_BYTES;
    if (is_kept) {
        uint32_t at = map_find(&lexicon->index, word, length);
        if (at != MAP_NONE) {
            *out = lexicon->facts[at];
            return true;
        }
    }
    *out = (struct word_facts){0};
    if (!find_out(lexicon, word, length, out)) return false;
    if (!is_kept) return true;

    if (lexicon->index.count == LIMIT_MEMO_WORDS) forget_all(lexicon);
    uint32_t next = (uint32_t)lexicon->index.count;
    bool added;
    out->stem = arena_copy(&lexicon->stems, out->stem, out->stem_length);
    if (!out->stem || map_put(&lexicon->index, word, length, next, &added) == MAP_NONE) {
        forget_all(lexicon); // the arena remembers a failure
        return false;
    }
    lexicon->facts[next] = *out;
    return true;
}
