/* Any bytes as the stored form of a document: refused, or a document that survives being written and read again. */
#include "text/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

static void compare(const struct term_list *a, const struct term_list *b)
{
    require(a->count == b->count, "as many terms");
    for (size_t i = 0; i < a->count; i++) {
        const struct term *x = &a->items[i], *y = &b->items[i];
        require(x->is_extra == y->is_extra && x->length == y->length &&
                    memcmp(x->text, y->text, x->length) == 0,
                "the same term");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena;
    struct document document, again;
    arena_init(&arena);
    if (document_decode(bytes, length, &arena, &document, NULL) == MNEME_OK) {
        struct strbuf form;
        strbuf_init(&form, 1 << 24);
        document_encode(&document, &form);
        require(strbuf_code(&form) == MNEME_OK && form.length <= length, "no longer form");
        require(document_decode(form.text, form.length, &arena, &again, NULL) == MNEME_OK,
                "what was written is read");
        compare(&document.body, &again.body);
        compare(&document.key, &again.key);
        strbuf_clear(&form);
    }
    arena_clear(&arena);
    return 0;
}
