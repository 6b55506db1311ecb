/*
 * What the record itself says is asked of its row; then the recall is run as it was, deeper, and for the record alone.
 */
#include "engine/why_not.h"

#include "base/limits.h"
#include "engine/lifecycle.h"
#include "engine/memory.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
    [ABSENCE_FORGOTTEN] = "forgotten",
    [ABSENCE_OFF_PATH] = "off_path",
    [ABSENCE_KIND] = "kind",
    [ABSENCE_NAMESPACE] = "namespace",
    [ABSENCE_UNTRUSTED] = "untrusted",
    [ABSENCE_SUPERSEDED] = "superseded",
    [ABSENCE_NOT_VALID] = "not_valid",
    [ABSENCE_FILTER] = "filter",
    [ABSENCE_MIN_COSINE] = "min_cosine",
    [ABSENCE_MIN_COVERAGE] = "min_coverage",
    [ABSENCE_FOLDED] = "folded",
    [ABSENCE_RANK] = "rank",
};

const char *absence_name(enum absence absence)
{
    return names[absence];
}

static void add(struct why_not *out, enum absence absence, const char *field)
{
    if (out->reason_count < WHY_NOT_REASONS) {
        out->reasons[out->reason_count++] = (struct absence_reason){absence, field};
    }
}

static bool is_among(const char *const *names_asked, const char *name)
{
    for (; *names_asked != NULL; names_asked++) {
        if (strcmp(*names_asked, name) == 0) {
            return true;
        }
    }
    return false;
}

/* A namespace that is named must be the record's; without one all are asked for but working memory. */
static bool is_in_namespace(const struct recall_request *request, const struct kind *kind,
                            const union any_record *record)
{
    if (kind != &kind_memory) {
        return request->namespaces == NULL;
    }
    const char *name = record->memory.name_space;
    return request->namespaces ? is_among(request->namespaces, name)
                               : strncmp(name, "task:", 5) != 0;
}

/* Names what ended a memory, or has not begun it. */
static void add_validity(const struct recall_request *request, const struct memory *memory,
                         int64_t now_us, struct why_not *out)
{
    struct memory then = *memory;
    int64_t at = request->as_of_us == TIME_NONE ? now_us : request->as_of_us;
    field_clear(&kind_memory, &then, MEMORY_EXPIRES_AT); // which is asked about now, not then
    field_clear(&kind_memory, &then, COMMON_DELETED_AT);
    if (memory_is_current(&then, at)) {
        return;
    }
    if (memory->superseded_by == NULL) {
        add(out, ABSENCE_NOT_VALID, NULL);
    } else if (!request->include_superseded) {
        add(out, ABSENCE_SUPERSEDED, "superseded_by");
    }
}

static const char *field_of(const struct filter *filter)
{
    while (filter->type != FILTER_LEAF && filter->child_count > 0) {
        filter = filter->children[0];
    }
    return filter->type == FILTER_LEAF ? filter->field : NULL;
}

/* Each part of what is joined by `and` that does not match. */
static enum mneme_code add_filters(const struct filter *filter, const struct kind *kind,
                                   const union any_record *record, struct why_not *out,
                                   struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    bool matches;
    if (filter == NULL) {
        return MNEME_OK;
    }
    if (filter->type == FILTER_AND) { // bounded by LIMIT_FILTER_DEPTH
        for (size_t i = 0; i < filter->child_count && code == MNEME_OK; i++) {
            code = add_filters(filter->children[i], kind, record, out, err);
        }
        return code;
    }
    code = filter_matches(filter, kind, record, &matches, err);
    if (code == MNEME_OK && !matches) {
        add(out, ABSENCE_FILTER, field_of(filter));
    }
    return code;
}

static enum mneme_code look_at_row(const struct recall_request *request, const struct kind *kind,
                                   const union any_record *record, int64_t now_us,
                                   struct why_not *out, struct mneme_error *err)
{
    bool is_recalled = kind->is_recalled;
    if (field_present(record, record_deleted_field(kind))) {
        add(out, ABSENCE_FORGOTTEN, NULL);
    }
    if (kind == &kind_message && !record->message.on_path) {
        add(out, ABSENCE_OFF_PATH, "on_path");
    }
    if (!is_recalled || !request->kinds[partition_kind_of(kind)]) {
        add(out, ABSENCE_KIND, NULL);
    }
    if (!is_recalled) {
        return MNEME_OK;
    }
    if (!is_in_namespace(request, kind, record)) {
        add(out, ABSENCE_NAMESPACE, "namespace");
    }
    if (!request->include_untrusted && strcmp(record->common.trust, "untrusted") == 0) {
        add(out, ABSENCE_UNTRUSTED, "trust");
    }
    if (kind == &kind_memory) {
        add_validity(request, &record->memory, now_us, out);
    }
    return add_filters(request->filter, kind, record, out, err);
}

/* The row of the record whose id `out` has. */
static enum mneme_code find_row(const struct mneme *handle, const struct recalling *recalling,
                                struct arena *arena, union any_record *record, struct why_not *out,
                                struct mneme_error *err)
{
    const struct record_name name = {.id = out->id};
    struct snapshot snapshot;
    bool is_shown = false;
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    snapshot.scope.known_at_us = recalling->known_at_us;
    if (snapshot.is_known) {
        code = record_find_any(&snapshot.scope, &name, &out->kind, record, err);
    }
    if (code == MNEME_OK && out->kind != NULL) {
        code = record_is_shown(&snapshot.scope, out->kind, record, true, &is_shown, err);
    }
    snapshot_end(&snapshot);
    return code == MNEME_OK && !is_shown ? record_not_found(&name, err) : code;
}

/* The recall as it was asked, `k` deep. */
static enum mneme_code recall_deep(const struct mneme *handle, const struct recalling *recalling,
                                   unsigned k, struct arena *arena, struct recalled *out,
                                   struct mneme_error *err)
{
    struct recalling again = *recalling;
    again.request.k = k;
    again.neighbours = 0;
    again.note_use = false;
    return recall_records(handle, &again, arena, out, err);
}

/* The record alone, without cut-offs: its score as it would be among all. */
static enum mneme_code recall_alone(const struct mneme *handle, const struct recalling *recalling,
                                    struct arena *arena, struct why_not *out,
                                    struct mneme_error *err)
{
    const struct filter_value value = {.type = JSON_TYPE_TEXT, .text = out->id};
    const struct filter leaf = {.type = FILTER_LEAF,
                                .field = "id",
                                .field_type = FIELD_TEXT,
                                .op = FILTER_EQ,
                                .values = &value,
                                .value_count = 1};
    struct recalling alone = *recalling;
    struct recalled recalled;
    alone.request.filter = &leaf;
    alone.request.min_cosine = alone.request.min_coverage = 0;
    alone.fold = false;
    enum mneme_code code = recall_deep(handle, &alone, 1, arena, &recalled, err);
    if (code == MNEME_OK && recalled.count == 1) {
        out->hit = recalled.hits[0].hit;
    }
    return code;
}

static bool has_folded(const struct recall_hit *hit, const char *id)
{
    struct uuid uuid;
    bool is_uuid = uuid_parse(id, &uuid);
    for (size_t i = 0; i < hit->folded_count && is_uuid; i++) {
        if (uuid_compare(&hit->folded[i], &uuid) == 0) {
            return true;
        }
    }
    return false;
}

static void look_at_hits(const struct recalled *recalled, struct why_not *out)
{
    for (size_t i = 0; i < recalled->count; i++) {
        const char *id = recalled->hits[i].record.common.id;
        if (strcmp(id, out->id) == 0) {
            out->rank = (unsigned)i + 1;
        } else if (has_folded(recalled->hits[i].hit, out->id)) {
            out->folded_into = id;
            add(out, ABSENCE_FOLDED, NULL);
        }
    }
}

/* Nothing in its row keeps it out: then it is cut off, folded, or behind others. */
static enum mneme_code look_at_ranking(const struct mneme *handle,
                                       const struct recalling *recalling, struct arena *arena,
                                       struct why_not *out, struct mneme_error *err)
{
    const struct recall_request *request = &recalling->request;
    struct recalled recalled = {0};
    enum mneme_code code = recall_alone(handle, recalling, arena, out, err);
    if (code == MNEME_OK && out->hit != NULL) {
        if (request->min_cosine > 0 && out->hit->cosine < request->min_cosine) {
            add(out, ABSENCE_MIN_COSINE, NULL);
        }
        if (request->min_coverage > 0 && out->hit->coverage < request->min_coverage) {
            add(out, ABSENCE_MIN_COVERAGE, NULL);
        }
    }
    if (code != MNEME_OK || out->reason_count > 0) {
        return code;
    }
    code = recall_deep(handle, recalling, LIMIT_RECALL_K, arena, &recalled, err);
    if (code == MNEME_OK) {
        look_at_hits(&recalled, out);
    }
    out->is_hit = out->rank > 0 && out->rank <= request->k;
    if (code == MNEME_OK && !out->is_hit && out->reason_count == 0) {
        add(out, ABSENCE_RANK, NULL);
    }
    return code;
}

enum mneme_code why_not(const struct mneme *handle, const struct recalling *recalling,
                        const char *id, struct arena *arena, struct why_not *out,
                        struct mneme_error *err)
{
    union any_record record;
    int64_t now_us = engine_now_us(handle);
    *out = (struct why_not){.id = id};
    enum mneme_code code = find_row(handle, recalling, arena, &record, out, err);
    if (code == MNEME_OK) {
        out->id = field_text(out->kind, &record, COMMON_ID);
        code = look_at_row(&recalling->request, out->kind, &record, now_us, out, err);
    }
    return code == MNEME_OK && out->reason_count == 0
               ? look_at_ranking(handle, recalling, arena, out, err)
               : code;
}
