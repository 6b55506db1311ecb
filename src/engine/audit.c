#include "engine/audit.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"
#include "store/row.h"
#include "text/document.h"
#include "text/near.h"

#include <string.h>

#define NEAR_BITS 3 /* of text/near.h */

const char *audit_rule_name(enum audit_rule rule)
{
    static const char *const names[] = {"duplicate", "near_duplicate", "echo",
                                        "stale",     "never_recalled", "secret"};
    return names[rule];
}

/* A current memory, for what is compared with others. */
struct entry {
    const char *id;
    uint64_t simhash;
};

struct auditing {
    const struct mneme *handle;
    const struct scope *scope;
    struct arena *arena, row; /* of the answer; of the row at hand */
    struct map said;          /* what assistants have said, by digest */
    struct map contents;      /* of current memories, by digest: the entry's number */
    struct entry *entries;
    size_t entry_count, entry_capacity;
    size_t limit, of_rule[AUDIT_RULES];
    struct audit *out;
};

static enum mneme_code report(struct auditing *auditing, enum audit_rule rule,
                              const struct kind *kind, const char *id, const char *of,
                              const char *secret, struct mneme_error *err)
{
    struct audit *out = auditing->out;
    out->counts[rule]++;
    if (auditing->of_rule[rule] == auditing->limit) {
        return MNEME_OK;
    }
    auditing->of_rule[rule]++;
    struct audit_finding *finding = &out->findings[out->finding_count++];
    *finding = (struct audit_finding){rule, kind->name, arena_text(auditing->arena, id),
                                      arena_text(auditing->arena, of), secret};
    return arena_failed(auditing->arena) ? error_nomem(err) : MNEME_OK;
}

/* The text but for its white space and case, as a digest. */
static bool digest(struct auditing *auditing, const char *text, unsigned char out[SHA256_BYTES],
                   struct mneme_error *err)
{
    const char *folded = utf8_fold_name(&auditing->row, text);
    folded = folded ? utf8_fold_space(&auditing->row, folded) : NULL;
    const struct hash_part part = {folded, folded ? strlen(folded) : 0};
    return folded != NULL && hash_sha256(&part, 1, out, err) == MNEME_OK;
}

static enum mneme_code look_for_secrets(struct auditing *auditing, const struct kind *kind,
                                        const char *id, const char *text, struct mneme_error *err)
{
    struct secret secret;
    size_t at = 0;
    if (!secrets_next(text, strlen(text), &at, &secret)) {
        return MNEME_OK;
    }
    auditing->out->secrets[secret.kind]++;
    return report(auditing, AUDIT_SECRET, kind, id, NULL, secret.name, err);
}

static enum mneme_code audit_message(struct auditing *auditing, const union any_record *record,
                                     struct mneme_error *err)
{
    const struct message *message = &record->message;
    unsigned char sum[SHA256_BYTES];
    bool is_new;
    auditing->out->messages++;
    if (strcmp(message->role, "assistant") == 0 &&
        (!digest(auditing, message->content, sum, err) ||
         map_put(&auditing->said, sum, sizeof sum, 0, &is_new) == MAP_NONE)) {
        return error_nomem(err);
    }
    return look_for_secrets(auditing, &kind_message, message->id, message->content, err);
}

static enum mneme_code add_entry(struct auditing *auditing, const struct memory *memory,
                                 struct mneme_error *err)
{
    auditing->entries = arena_grow(auditing->arena, auditing->entries, &auditing->entry_capacity,
                                   auditing->entry_count + 1, sizeof *auditing->entries);
    const char *id = arena_text(auditing->arena, memory->id);
    if (auditing->entries == NULL || id == NULL) {
        return error_nomem(err);
    }
    auditing->entries[auditing->entry_count++] =
        (struct entry){id, document_simhash(memory->terms.data, memory->terms.length)};
    return MNEME_OK;
}

/* What its content says beside others. */
static enum mneme_code audit_content(struct auditing *auditing, const struct memory *memory,
                                     struct mneme_error *err)
{
    unsigned char sum[SHA256_BYTES];
    bool is_new;
    if (!digest(auditing, memory->content, sum, err)) {
        return error_nomem(err);
    }
    enum mneme_code code = MNEME_OK;
    if (map_find(&auditing->said, sum, sizeof sum) != MAP_NONE) {
        code = report(auditing, AUDIT_ECHO, &kind_memory, memory->id, NULL, NULL, err);
    }
    uint32_t first =
        map_put(&auditing->contents, sum, sizeof sum, (uint32_t)auditing->entry_count, &is_new);
    if (first == MAP_NONE) {
        return error_nomem(err);
    }
    if (code == MNEME_OK && !is_new) {
        return report(auditing, AUDIT_DUPLICATE, &kind_memory, memory->id,
                      auditing->entries[first].id, NULL, err);
    }
    return code == MNEME_OK ? add_entry(auditing, memory, err) : code;
}

static enum mneme_code audit_memory(struct auditing *auditing, const union any_record *record,
                                    struct mneme_error *err)
{
    const struct memory *memory = &record->memory;
    auditing->out->memories++;
    enum mneme_code code =
        look_for_secrets(auditing, &kind_memory, memory->id, memory->content, err);
    if (code == MNEME_OK && !memory_is_current(memory, auditing->scope->now_us)) {
        bool is_over = memory->superseded_by != NULL || field_present(memory, MEMORY_VALID_TO);
        return is_over ? report(auditing, AUDIT_STALE, &kind_memory, memory->id,
                                memory->superseded_by, NULL, err)
                       : MNEME_OK;
    }
    if (code == MNEME_OK && memory->access_count == 0) {
        code = report(auditing, AUDIT_NEVER_RECALLED, &kind_memory, memory->id, NULL, NULL, err);
    }
    return code == MNEME_OK ? audit_content(auditing, memory, err) : code;
}

static enum mneme_code audit_summary(struct auditing *auditing, const union any_record *record,
                                     struct mneme_error *err)
{
    return record->summary.is_stale
               ? report(auditing, AUDIT_STALE, &kind_summary, record->common.id, NULL, NULL, err)
               : MNEME_OK;
}

/* Every live record of a kind, in the order in which they were made. */
static enum mneme_code each_live(struct auditing *auditing, const struct kind *kind,
                                 enum mneme_code (*audit)(struct auditing *auditing,
                                                          const union any_record *record,
                                                          struct mneme_error *err),
                                 struct mneme_error *err)
{
    static const struct uuid first = {{0}};
    struct statement *statement;
    union any_record record;
    bool has_row = true;
    enum mneme_code code = db_prepare(
        auditing->scope->db, row_list_statement(kind, kind->orders, false), &statement, err);
    if (code != MNEME_OK) {
        return code;
    }
    db_bind_uuid(statement, 1, &auditing->scope->user);
    db_bind_integer(statement, 2, INT64_MIN);
    db_bind_uuid(statement, 3, &first);
    while (code == MNEME_OK && has_row) {
        arena_clear(&auditing->row);
        code = row_next(statement, kind, &record, &auditing->row, &has_row, err);
        if (code == MNEME_OK && has_row && record_is_live(kind, &record, auditing->scope->now_us)) {
            code = audit(auditing, &record, err);
        }
    }
    db_reset(statement);
    return code;
}

static enum mneme_code compare(struct auditing *auditing, const struct entry *entry,
                               const struct entry *other, bool *is_near, struct mneme_error *err)
{
    struct scope scope = *auditing->scope;
    struct memory a, b;
    bool found = false, other_found = false;
    *is_near = false;
    arena_clear(&auditing->row);
    scope.arena = &auditing->row;
    enum mneme_code code = record_find(&scope, &kind_memory, entry->id, &a, &found, err);
    if (code == MNEME_OK) {
        code = record_find(&scope, &kind_memory, other->id, &b, &other_found, err);
    }
    if (code != MNEME_OK || !found || !other_found) {
        return code;
    }
    const struct near_text x = {a.content, entry->simhash}, y = {b.content, other->simhash};
    *is_near = near_duplicate(engine_language(auditing->handle), &x, &y);
    return *is_near ? report(auditing, AUDIT_NEAR_DUPLICATE, &kind_memory, entry->id, other->id,
                             NULL, err)
                    : MNEME_OK;
}

/* Each against those before it: a popcount a pair. */
static enum mneme_code find_near(struct auditing *auditing, struct mneme_error *err)
{
    size_t count = auditing->entry_count;
    size_t from = count > LIMIT_NEAR_ROWS ? count - LIMIT_NEAR_ROWS : 0;
    enum mneme_code code = MNEME_OK;
    for (size_t i = from; i < count && code == MNEME_OK; i++) {
        const struct entry *entry = &auditing->entries[i];
        bool is_near = entry->simhash == 0;
        for (size_t j = from; j < i && !is_near && code == MNEME_OK; j++) {
            const struct entry *other = &auditing->entries[j];
            if (other->simhash != 0 &&
                __builtin_popcountll(entry->simhash ^ other->simhash) <= NEAR_BITS) {
                code = compare(auditing, entry, other, &is_near, err);
            }
        }
    }
    return code;
}

static enum mneme_code audit_all(struct auditing *auditing, struct mneme_error *err)
{
    enum mneme_code code = each_live(auditing, &kind_message, audit_message, err);
    if (code == MNEME_OK) {
        code = each_live(auditing, &kind_memory, audit_memory, err);
    }
    if (code == MNEME_OK) {
        code = each_live(auditing, &kind_summary, audit_summary, err);
    }
    return code == MNEME_OK ? find_near(auditing, err) : code;
}

enum mneme_code audit_run(const struct mneme *handle, size_t limit, struct arena *arena,
                          struct audit *out, struct mneme_error *err)
{
    struct auditing auditing = {.handle = handle, .arena = arena, .limit = limit, .out = out};
    struct snapshot snapshot;
    *out = (struct audit){
        .findings = arena_alloc_array(arena, limit * AUDIT_RULES + 1, sizeof *out->findings)};
    if (out->findings == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = snapshot_begin(handle, arena, &snapshot, err);
    if (code != MNEME_OK) {
        return code;
    }
    auditing.scope = &snapshot.scope;
    arena_init(&auditing.row);
    map_init(&auditing.said);
    map_init(&auditing.contents);
    if (snapshot.is_known) {
        code = audit_all(&auditing, err);
    }
    map_clear(&auditing.contents);
    map_clear(&auditing.said);
    arena_clear(&auditing.row);
    snapshot_end(&snapshot);
    return code;
}
