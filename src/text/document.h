/*
 * What ranking needs of one record's text, worked out once when it is written and stored in its row, so that loading
 * a partition stems nothing.
 *
 * body: the terms of the text in order (stop words left out; extras marked). key: further terms that count but have no
 * place in the order: speaker, tags, key, type, the words of the date ("8 May 2023").
 * The bytes of the stored form are drawn in src/text/README.md.
 */
#ifndef TEXT_DOCUMENT_H
#define TEXT_DOCUMENT_H

#include "base/strbuf.h"
#include "text/terms.h"

struct document_source {
    const char *text;
    const char *speaker; /* messages; else NULL */
    /* further texts of the key (tags, key, type); key_count of them */
    const char *const *keys;
    size_t key_count;
    int64_t event_at_us; /* its date joins the key; TIME_NONE: no date */
    /* instead of the date: words as the source has them (evaluation); NULL: none */
    const char *date_text;
};

struct document {
    enum text_profile profile;
    struct term_list body, key;
    /* white-space words of text and speaker together: what windows are capped by */
    unsigned word_count;
    unsigned text_words; /* white-space words of the text alone: the `length` part */
    bool asks;           /* the text ends in a question mark (a trailing " [image: ...]" aside) */
    bool has_time;       /* it has a time word or a year 19xx, 20xx */
    uint64_t simhash;    /* of the body's terms, for near-duplicates; 0 under 8 content words */
};

/* Lives in the arena. A text of nothing but stop words keeps them (not in TEXT_REFERENCE). False when out of memory. */
bool document_analyze(struct analyzer *analyzer, const struct document_source *source,
                      struct arena *arena, struct document *out);

/* The stored form. Decode checks every length, and gives INVALID for bytes that encode does not write; terms then point
 * into `bytes`, equal ones to the same place. Running out of memory makes the buffer's code NOMEM. */
void document_encode(const struct document *document, struct strbuf *out);
/* The SimHash alone; 0 if there is none, or the bytes are damaged. */
uint64_t document_simhash(const void *bytes, size_t length);
enum mneme_code document_decode(const void *bytes, size_t length, struct arena *arena,
                                struct document *out, struct mneme_error *err) MUST_CHECK;

#endif
