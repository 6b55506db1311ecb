/*
 * The audit: how well kept a memory is, without a model. What is said twice, nearly twice, or back to the one who said
 * it; what holds no more; what nobody has asked for; what should not be there. It reads one snapshot, changes nothing.
 */
#ifndef ENGINE_AUDIT_H
#define ENGINE_AUDIT_H

#include "engine/engine.h"
#include "mind/secrets.h"

enum audit_rule {
    AUDIT_DUPLICATE,      /* its content is that of an earlier memory */
    AUDIT_NEAR_DUPLICATE, /* nearly, among the latest LIMIT_NEAR_ROWS */
    AUDIT_ECHO,           /* its content is what an assistant has said */
    AUDIT_STALE, /* superseded, or its validity has ended; a summary whose sources changed */
    AUDIT_NEVER_RECALLED, /* current, and never used */
    AUDIT_SECRET,         /* a key, a token, a password or a card in a memory or a message */
    AUDIT_RULES
};
const char *audit_rule_name(enum audit_rule rule);

struct audit_finding {
    enum audit_rule rule;
    const char *kind, *id;
    const char *of;     /* the record that it repeats; NULL: none */
    const char *secret; /* what it looks like: "github token"; NULL: no secret */
};
struct audit {
    int64_t memories, messages; /* live */
    int64_t counts[AUDIT_RULES];
    int64_t secrets[SECRET_CARD + 1]; /* records, by the kind of their first secret */
    struct audit_finding *findings;   /* the first of each rule, up to the limit */
    size_t finding_count;
};
enum mneme_code audit_run(const struct mneme *handle, size_t limit, struct arena *arena,
                          struct audit *out, struct mneme_error *err) MUST_CHECK;

#endif
