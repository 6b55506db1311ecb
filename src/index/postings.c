#include "index/postings.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

#define RUN_HEADER 2 // size, place of the next run
#define RUN_FIRST 4
#define RUN_LARGEST 256
#define TERMS_FIRST 64
#define POOL_FIRST 256

void postings_init(struct postings *postings)
{
    *postings = (struct postings){0};
    map_init(&postings->dictionary);
}

void postings_clear(struct postings *postings)
{
    map_clear(&postings->dictionary);
    mem_free(postings->terms);
    mem_free(postings->pool);
    postings_init(postings);
}

size_t postings_bytes(const struct postings *postings)
{
    return map_bytes(&postings->dictionary) + postings->term_capacity * sizeof *postings->terms +
           postings->pool_capacity * sizeof *postings->pool;
}

uint32_t postings_find_term(const struct postings *postings, const char *text, size_t length)
{
    return map_find(&postings->dictionary, text, length);
}

uint32_t postings_put_term(struct postings *postings, const char *text, size_t length)
{
    if (postings->term_count == postings->term_capacity) {
        size_t capacity = postings->term_capacity + postings->term_capacity / 2;
        if (capacity < TERMS_FIRST) capacity = TERMS_FIRST;
        if (capacity > UINT32_MAX / 2) return TERM_NONE;
        void *terms = mem_resize(postings->terms, capacity * sizeof *postings->terms);
        if (!terms) return TERM_NONE;
        postings->terms = terms;
        postings->term_capacity = (uint32_t)capacity;
    }
    bool added;
    uint32_t term = map_put(&postings->dictionary, text, length, postings->term_count, &added);
    if (added) postings->terms[postings->term_count++] = (struct term_postings){0};
    return term;
}

static bool reserve_pool(struct postings *postings, uint32_t more)
{
    if (postings->pool_capacity - postings->pool_length >= more) return true;
    size_t capacity = (size_t)postings->pool_capacity + postings->pool_capacity / 2 + more;
    if (capacity < POOL_FIRST) capacity = POOL_FIRST;
    if (capacity > UINT32_MAX) return false;
    uint32_t *pool = mem_resize(postings->pool, capacity * sizeof *pool);
    if (!pool) return false;
    postings->pool = pool;
    postings->pool_capacity = (uint32_t)capacity;
    return true;
}

/* Runs double with the list, so that a list of n postings has about log n runs and at most half of its last empty. */
static bool add_run(struct postings *postings, struct term_postings *term)
{
    uint32_t size = term->count < RUN_FIRST ? RUN_FIRST : term->count;
    if (size > RUN_LARGEST) size = RUN_LARGEST;
    if (!reserve_pool(postings, RUN_HEADER + size)) return false;
    uint32_t place = postings->pool_length;
    postings->pool[place] = size;
    postings->pool[place + 1] = 0;
    postings->pool_length += RUN_HEADER + size;
    if (term->count == 1)
        term->head = place;
    else
        postings->pool[term->tail + 1] = place;
    term->tail = place;
    term->used = 0;
    return true;
}

bool postings_add(struct postings *postings, uint32_t number, uint32_t row, uint32_t count)
{
    assert(number < postings->term_count && row < POSTING_ROWS_MAX && count > 0);
    struct term_postings *term = &postings->terms[number];
    uint32_t posting =
        row << POSTING_COUNT_BITS | (count < POSTING_COUNT_MAX ? count : POSTING_COUNT_MAX);
    if (term->count == 0) {
        term->first = posting;
    } else {
        if ((term->count == 1 || term->used == postings->pool[term->tail]) &&
            !add_run(postings, term))
            return false;
        postings->pool[term->tail + RUN_HEADER + term->used++] = posting;
    }
    term->count++;
    term->live++;
    return true;
}

void postings_forget(struct postings *postings, uint32_t term)
{
    assert(term < postings->term_count && postings->terms[term].live > 0);
    postings->terms[term].live--;
}

void postings_reset(struct postings *postings)
{
    if (postings->term_count > 0)
        memset(postings->terms, 0, postings->term_count * sizeof *postings->terms);
    postings->pool_length = 0;
}

bool postings_next(const struct postings *postings, uint32_t number, struct posting_cursor *cursor,
                   const uint32_t **run, uint32_t *length)
{
    assert(number < postings->term_count);
    const struct term_postings *term = &postings->terms[number];
    if (cursor->seen == term->count) return false;
    if (cursor->seen == 0) {
        *run = &term->first;
        *length = 1;
        cursor->place = term->head;
    } else {
        uint32_t size = postings->pool[cursor->place], left = term->count - cursor->seen;
        *run = &postings->pool[cursor->place + RUN_HEADER];
        *length = size < left ? size : left;
        cursor->place = postings->pool[cursor->place + 1];
    }
    cursor->seen += *length;
    return true;
}
