/*
 * What people say of themselves and of others, taken from their messages by rules (mind/rules.h): facts, preferences,
 * commitments, events.
 *
 * Nothing is taken from questions (but for what is stated before what is asked: "I'm vegan, what can I cook?"), from
 * quoted speech, code, conditions ("if I lived in"), doubts, tales that are announced as such, what the assistant is
 * asked to write or says, from negated statements, and from a sentence that holds a secret. Errs towards "nothing".
 */
#ifndef MIND_EXTRACT_H
#define MIND_EXTRACT_H

#include "base/arena.h"
#include "mind/rules.h"

#include <stdint.h>

struct extract_message {
    const char *text;
    const char *speaker; /* a name; NULL or "user": the user, who then is called so */
    bool is_assistant;   /* tool, system and assistant: nothing is taken from it */
    uint32_t ordinal;    /* the caller's, given back */
    int64_t event_at_us; /* dates are resolved against it; TIME_NONE: relative ones are not */
};

#define EXTRACTION_NONE SIZE_MAX

struct extraction {
    enum extraction_type type;
    const char *content; /* "Ada lives in Oslo" */
    const char *subject; /* whom it is about: a name, "user", or "Ada's sister" */
    const char *slot;    /* NULL: none. rules_slot_find knows those that hold one value */
    const char *value;   /* as it was said */
    double confidence;
    double cue; /* how much the wording asks to be kept, 0..1: for importance */
    uint32_t message_from, message_to;
    int64_t event_at_us, valid_from_us; /* TIME_NONE: not said */
    bool is_negative;                   /* a dislike */
    bool is_correction;                 /* it takes back what was said before ... */
    size_t corrects; /* ... namely this one of the list; EXTRACTION_NONE: unknown */
};

struct extraction_list {
    struct extraction *items;
    size_t count, capacity;
};

/* In the order of the messages; at most LIMIT_EXTRACTIONS. A correction refers to earlier messages of the same call.
 * Lives in the arena. Languages without rules give an empty list. NOMEM only. Any thread. */
enum mneme_code extract_run(const struct language *language, const struct extract_message *messages,
                            size_t count, struct arena *arena, struct extraction_list *out,
                            struct mneme_error *err) MUST_CHECK;

/* `later` fills the same slot of the same subject with another value, so that it takes the place of `earlier`: "Oslo"
 * and "Oslo, Norway" are the same. */
bool extract_supersedes(const struct extraction *later, const struct extraction *earlier);

const char *extract_type_name(enum extraction_type type); /* the memory's type: "fact" ... */

#endif
