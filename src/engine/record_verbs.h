/*
 * The verbs of the kinds that need no more than their field table: create, save, update, archive, use. Characters,
 * props, agents, preferences, summaries, clusters, patterns.
 *
 * A natural key (FIELD_KEY) is unique among the rows that are not forgotten: create refuses a second one (CONFLICT,
 * rule `unique`), save changes the one that is there. A preference that the user saved stays as it is when something
 * derived would change it: that is answered `kept`, and stands in the history.
 */
#ifndef ENGINE_RECORD_VERBS_H
#define ENGINE_RECORD_VERBS_H

#include "engine/memory.h"

enum record_verb {
    VERB_CREATE,
    VERB_SAVE, /* changes the record of this id, else of this natural key; makes one if there is none */
    VERB_UPDATE /* changes a record that must be there */
};

/* One record to be written, checked against its field table. Zero what is kept by the module. */
struct record_item {
    union any_record
        record; /* new: with its defaults; the fields that it `given` change one that is there */
    struct record_name
        name; /* save, update: the record by id; or, of kinds with one text for a key, by key */
    int64_t version; /* of the record that is there; 0: any */
    /* What came of it: */
    bool is_refused; /* the call's error is about this one */
    struct receipt receipt;
    /* Kept: */
    union any_record candidate; /* what was prepared */
    struct prepared_vector vector;
    bool is_prepared;
};

/* Writes all items in order or none, as one change set of this operation. *seq: the user's counter after all. The
 * arena keeps what the items point to. */
enum mneme_code record_write(const struct mneme *handle, const struct kind *kind,
                             enum record_verb verb, const char *operation,
                             struct record_item *items, size_t count, struct arena *arena,
                             int64_t *seq, struct mneme_error *err) MUST_CHECK;

/* Raises usage_count by one and sets last_used, without a version. */
enum mneme_code prop_use(const struct mneme *handle, const char *id, struct arena *arena,
                         struct receipt *out, struct mneme_error *err) MUST_CHECK;

/* Inside a write or a snapshot: the record that holds the natural key of `record`, forgotten ones left aside. A kind
 * without one finds nothing. */
enum mneme_code record_find_by_key(const struct scope *scope, const struct kind *kind,
                                   const void *record, union any_record *out, bool *found,
                                   struct mneme_error *err) MUST_CHECK;
/* The record so named: by id, live or not; or by key, if the kind's natural key is one text. */
enum mneme_code record_find_by_name(const struct scope *scope, const struct kind *kind,
                                    const struct record_name *name, union any_record *out,
                                    bool *found, struct mneme_error *err) MUST_CHECK;
/* Inside a write, for a record that is made, renamed or comes back: CONFLICT if another holds its natural key. */
enum mneme_code record_claim_key(struct change *change, const struct kind *kind,
                                 const union any_record *record, struct mneme_error *err)
    MUST_CHECK;

#endif
