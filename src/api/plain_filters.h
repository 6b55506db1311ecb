/*
 * The plain filters: inputs with a field's name (tier, type, tags, speaker, ...) and since/until, joined by and
 * with the filter tree that was given.
 */
#ifndef API_PLAIN_FILTERS_H
#define API_PLAIN_FILTERS_H

#include "api/call.h"

/* The rows of the operation table for them. */
#define PLAIN_FILTER(field_name, words)                                                            \
    {                                                                                              \
        .name = field_name, .type = FIELD_TEXT, .flags = FIELD_NAME, .min = 1,                     \
        .max = LIMIT_KEY_BYTES, .doc = words                                                       \
    }
#define PLAIN_FILTER_INPUTS                                                                        \
    PLAIN_FILTER("tier", "Only memories of this tier."),                                           \
        PLAIN_FILTER("type", "Only memories of this type."),                                       \
        PLAIN_FILTER("subject", "Only memories about this subject."),                              \
        PLAIN_FILTER("source", "Only memories from this source."),                                 \
        PLAIN_FILTER("agent_id", "Only memories of this agent."),                                  \
        PLAIN_FILTER("run_id", "Only memories of this run."),                                      \
        PLAIN_FILTER("role", "Only messages of this role."),                                       \
        PLAIN_FILTER("speaker", "Only messages of this speaker."),                                 \
        PLAIN_FILTER("sitting", "Only messages of this sitting."),                                 \
        {.name = "conversation_id",                                                                \
         .type = FIELD_TEXT,                                                                       \
         .flags = FIELD_UUID,                                                                      \
         .doc = "Only what belongs to this conversation."},                                        \
        {.name = "tags",                                                                           \
         .type = FIELD_LIST,                                                                       \
         .flags = FIELD_NAME,                                                                      \
         .max = LIMIT_TAGS,                                                                        \
         .item_max = LIMIT_TAG_BYTES,                                                              \
         .doc = "Only memories that have all these tags."},                                        \
        {.name = "since", .type = FIELD_TIME, .doc = "Only what happened at this time or later."}, \
        {.name = "until", .type = FIELD_TIME, .doc = "Only what happened before this time."},      \
    {                                                                                              \
        .name = "filter", .type = FIELD_JSON, .flags = FIELD_OBJECT,                               \
        .doc = "A filter tree; see docs/json.md."                                                  \
    }

/* The `filter` input and the plain ones as one tree; NULL: everything matches. `other`: an input that means something
 * else to the operation (context's conversation_id); NULL: none. */
enum mneme_code plain_filters(const struct call *call, const struct kind *const *kinds,
                              const char *other, const struct filter **out, struct mneme_error *err)
    MUST_CHECK;

/* The `filter` input and those that are named as a field of the kind that filters may ask for, joined by and. */
enum mneme_code field_filters(const struct call *call, const struct kind *kind,
                              const struct filter **out, struct mneme_error *err) MUST_CHECK;

#endif
