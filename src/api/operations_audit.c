/* The audit. */
#include "api/operations.h"
#include "engine/audit.h"

static void write_findings(struct json_writer *out, const struct audit *audit)
{
    json_begin_array(out, "findings");
    for (size_t i = 0; i < audit->finding_count; i++) {
        const struct audit_finding *finding = &audit->findings[i];
        json_begin_object(out, NULL);
        json_write_text(out, "rule", audit_rule_name(finding->rule));
        json_write_text(out, "kind", finding->kind);
        json_write_text(out, "id", finding->id);
        json_write_text(out, "of", finding->of);
        json_write_text(out, "secret", finding->secret);
        json_end_object(out);
    }
    json_end_array(out);
}

/* Secrets are looked for in messages too. */
static double rate_of(const struct audit *audit, enum audit_rule rule)
{
    int64_t all = audit->memories + (rule == AUDIT_SECRET ? audit->messages : 0);
    return all > 0 ? (double)audit->counts[rule] / (double)all : 0;
}

enum mneme_code op_audit(struct call *call, struct mneme_error *err)
{
    struct audit audit;
    struct json_writer *out = call->out;
    enum mneme_code code =
        audit_run(call->handle, (size_t)call_integer(call, "limit"), call->arena, &audit, err);
    if (code != MNEME_OK) {
        return code;
    }
    json_write_integer(out, "memories", audit.memories);
    json_write_integer(out, "messages", audit.messages);
    json_begin_object(out, "rules");
    for (int i = 0; i < AUDIT_RULES; i++) {
        json_begin_object(out, audit_rule_name((enum audit_rule)i));
        json_write_integer(out, "count", audit.counts[i]);
        json_write_real(out, "rate", rate_of(&audit, (enum audit_rule)i));
        json_end_object(out);
    }
    json_end_object(out);
    json_begin_object(out, "secrets");
    for (int i = 0; i <= SECRET_CARD; i++) {
        json_write_integer(out, secrets_kind_name((enum secret_kind)i), audit.secrets[i]);
    }
    json_end_object(out);
    write_findings(out, &audit);
    return MNEME_OK;
}
