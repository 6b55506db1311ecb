#include "mind/surface.h"

#include "base/limits.h"

#include <string.h>

void surface_init(struct surface_reader *reader, const struct language *language, const char *text)
{
    *reader = (struct surface_reader){.language = language, .is_paired = true};
    word_init(&reader->words, WORD_FOLDED, text, strlen(text));
}

bool surface_next(struct surface_reader *reader, const char **word, size_t *length)
{
    struct word next;
    *word = NULL;
    *length = 0;
    while (reader->is_paired && word_next(&reader->words, &next)) {
        char lower[LIMIT_MEMO_WORD_BYTES];
        size_t size;
        const char *bytes = reader->words.text + next.start;
        reader->is_paired = !next.is_cjk;
        if (!reader->is_paired) return false;
        // The words that give no term: stop words, and those of which nothing is left.
        if (word_lower(WORD_FOLDED, bytes, next.length, lower, sizeof lower, &size) &&
            (size == 0 || word_list_has(&reader->language->stop, lower, size)))
            continue;
        *word = bytes;
        *length = next.length;
        return true;
    }
    return false;
}
