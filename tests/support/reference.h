/*
 * What a user's records should be: the rules of docs/json.md, kept as plain arrays and walked through from end to end.
 * It knows nothing of the product's code; the model test makes the same calls on both and compares what they say.
 *
 * An operation changes the reference and says what the product has to answer. A record that it makes has no id until
 * the test writes the product's into it. Times are microseconds; 0 stands for none.
 */
#ifndef SUPPORT_REFERENCE_H
#define SUPPORT_REFERENCE_H

#include "mneme.h"

#include <stdint.h>

#define REFERENCE_NONE (-1) /* as a record's number */

enum reference_kind { REFERENCE_MEMORY, REFERENCE_CONVERSATION, REFERENCE_MESSAGE, REFERENCE_LINK };

/* What a history row keeps. Texts that are empty are absent. */
struct reference_fields {
    int64_t deleted_at;
    char name_space[24], key[24], type[24], subject[24], content[80], title[24];
    char tags[16]; /* one letter each, in order */
    double importance;
    const char *basis; // of a memory's importance
    int is_pinned, is_active;
    int64_t event_at, valid_from, valid_to, expires_at;
    int superseded_by;             /* a record's number */
    int conversation, message_seq; /* of a message */
    int from, to;                  /* of a link */
    char relation[24], role[16], speaker[24];
};

struct reference_record {
    enum reference_kind kind;
    char id[40];
    int is_purged, version, evidence_count, history_count;
    int64_t created_at, updated_at;
    struct reference_fields fields;
};

struct reference_history {
    int record, version, change_set;
    int is_first; /* the change made the record: before is not set */
    struct reference_fields before;
};

struct reference_set {
    int is_barrier;    /* a purge, or of a record that was purged since */
    int is_collection; /* many records that were written together: one of them is undone alone */
};

/* One user. All zero: one that is not known yet. */
struct reference {
    struct reference_record *records;
    int record_count, record_capacity;
    struct reference_history *history; /* in order */
    int history_count, history_capacity;
    struct reference_set *sets; /* change sets in order */
    int set_count, set_capacity;
    int64_t seq;
};
void reference_clear(struct reference *reference);

struct reference_outcome {
    enum mneme_code code;
    const char *field, *rule; /* of an error */
    const char *status;
    int record;
};

/* Names a record: by number (NONE: an id that this user does not have), or a memory by key. */
struct reference_name {
    int record;
    const char *key, *name_space;
};

/* Fields that an input gives, by bit. */
enum {
    GIVEN_CONTENT = 1,
    GIVEN_TYPE = 2,
    GIVEN_SUBJECT = 4,
    GIVEN_TAGS = 8,
    GIVEN_IMPORTANCE = 16,
    GIVEN_PINNED = 32,
    GIVEN_EVENT_AT = 64,
    GIVEN_VALID_FROM = 128,
    GIVEN_VALID_TO = 256,
    GIVEN_EXPIRES_AT = 512,
    GIVEN_TITLE = 1024,
    GIVEN_ACTIVE = 2048,
    GIVEN_SPEAKER = 4096
};
struct reference_input {
    unsigned given;
    struct reference_fields fields; /* a given field that is empty is null */
    int is_unique;                  /* dedupe: none */
    int version;                    /* 0: any */
};

struct reference_outcome reference_remember(struct reference *user, int64_t now,
                                            const struct reference_input *input);
struct reference_outcome reference_update(struct reference *user, int64_t now,
                                          struct reference_name name,
                                          const struct reference_input *input);
struct reference_outcome reference_supersede(struct reference *user, int64_t now,
                                             struct reference_name name,
                                             const struct reference_input *input);
struct reference_outcome reference_tag(struct reference *user, int64_t now,
                                       struct reference_name name, const char *tags, int remove);
struct reference_outcome reference_expire(struct reference *user, int64_t now,
                                          struct reference_name name, int64_t expires_at,
                                          int is_touch);
struct reference_outcome reference_forget(struct reference *user, int64_t now,
                                          struct reference_name name, int only_kind);
struct reference_outcome reference_restore(struct reference *user, int64_t now,
                                           struct reference_name name);
struct reference_outcome reference_purge(struct reference *user, int64_t now,
                                         struct reference_name name);
/* The last change set (both REFERENCE_NONE), one of them, or a record's last change. */
struct reference_outcome reference_undo(struct reference *user, int64_t now, int change_set,
                                        int record);
struct reference_outcome reference_link(struct reference *user, int64_t now, int from, int to,
                                        const char *relation);
struct reference_outcome reference_unlink(struct reference *user, int64_t now, int from, int to,
                                          const char *relation);
struct reference_outcome reference_talk(struct reference *user, int64_t now, const char *title);
struct reference_outcome reference_talk_update(struct reference *user, int64_t now, int record,
                                               const struct reference_input *input);
/* `record` of the outcome: the first of the messages. */
struct reference_outcome reference_append(struct reference *user, int64_t now, int conversation,
                                          const struct reference_input *inputs, int count);
struct reference_outcome reference_edit(struct reference *user, int64_t now, int record,
                                        const struct reference_input *input);

/* May an answer show it: is it live, and of a link both ends too? is_any: what was forgotten counts as live. */
int reference_is_shown(const struct reference *user, int record, int64_t now, int is_any);

/* A batch is one change set: begin, remember each (an item that is refused changes nothing), end with what begin gave.
 * A change set that turns out to change nothing is not there. */
int64_t reference_batch_begin(struct reference *user);
void reference_batch_end(struct reference *user, int64_t begun);
struct reference_outcome reference_batch_item(struct reference *user, int64_t now,
                                              const struct reference_input *input);

/* Asking. */
int reference_is_live(const struct reference_record *record, int64_t now);
int reference_is_current(const struct reference_record *record, int64_t now);
/* The memory that holds the key, expired or not. */
int reference_by_key(const struct reference *user, const char *name_space, const char *key);
int reference_last_set_of(const struct reference *user, int record); /* change set, or NONE */
int reference_message_count(const struct reference *user, int conversation, int64_t now);
int reference_head(const struct reference *user, int conversation, int64_t now);

#endif
