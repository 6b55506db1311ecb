/*
 * Recall from end to end: embed the query, bring the partition up to date, rank, fetch the rows of the hits, note
 * their use.
 */
#ifndef ENGINE_RECALLING_H
#define ENGINE_RECALLING_H

#include "engine/lifecycle.h"
#include "engine/query_vectors.h"
#include "recall/recall.h"

struct recalling {
    struct recall_request
        request; /* text, k, filters, clocks, switches; vector and spaces are filled in */
    struct prepared_vector vector; /* the caller's query vector; none: the text is embedded */
    unsigned neighbours;           /* messages on each side of a message hit, 0..8 */
    bool fold, note_use;
    bool is_embedded;             /* recalling_embed has been called */
    struct query_vectors vectors; /* then, what it gave */
    bool keep_past_clock;         /* reference_us and as_of_us were given; else they are now */
    int64_t known_at_us;          /* what the store had been told by then (known.h); 0: by now */
};

struct recalled_hit {
    const struct recall_hit *hit;
    const struct kind *kind;
    union any_record record;
    const struct message *before, *after; /* neighbours in order, live ones */
    size_t before_count, after_count;
};
struct recalled {
    struct recalled_hit *hits;
    size_t count;
    bool exact;
    int64_t took_us, change_seq;
    struct mneme_error
        degraded; /* why the query had to do without one of its vectors; code OK: it had them all */
};
/*
 * Gives each recall that brings no vector those of its text, all in one call of a model; recall_records does so by
 * itself for one. A remote provider that fails is no error: it is told in `degraded`.
 */
enum mneme_code recalling_embed(const struct mneme *handle, struct recalling *const *all,
                                size_t count, struct arena *arena, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code recall_records(const struct mneme *handle, struct recalling *recalling,
                               struct arena *arena, struct recalled *out, struct mneme_error *err)
    MUST_CHECK;

/* Conversations by their messages: the sum of each one's three best hits. */
struct found_conversation {
    struct conversation conversation;
    float score;
    const struct recalled_hit *best[3];
    size_t best_count;
};
struct found_conversations {
    struct found_conversation *items;
    size_t count;
    int64_t took_us;
    struct mneme_error degraded; /* as in struct recalled */
};
enum mneme_code conversation_search(const struct mneme *handle, struct recalling *recalling,
                                    unsigned k, struct arena *arena,
                                    struct found_conversations *out, struct mneme_error *err)
    MUST_CHECK;

#endif
