#include "reference.h"

#include "mind/importance.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

// --- arrays --------------------------------------------------------------------------------------

static void *grown(void *items, int count, int *capacity, size_t size)
{
    if (count < *capacity) return items;
    *capacity = *capacity ? *capacity * 2 : 64;
    void *bigger = realloc(items, (size_t)*capacity * size);
    cr_assert_not_null(bigger);
    return bigger;
}

static int new_record(struct reference *user, enum reference_kind kind, int64_t now)
{
    user->records =
        grown(user->records, user->record_count, &user->record_capacity, sizeof *user->records);
    struct reference_record *record = &user->records[user->record_count];
    *record = (struct reference_record){.kind = kind, .created_at = now};
    record->fields = (struct reference_fields){.superseded_by = REFERENCE_NONE};
    return user->record_count++;
}

static void new_set(struct reference *user)
{
    user->sets = grown(user->sets, user->set_count, &user->set_capacity, sizeof *user->sets);
    user->sets[user->set_count++] = (struct reference_set){0};
}

void reference_clear(struct reference *reference)
{
    free(reference->records);
    free(reference->history);
    free(reference->sets);
    *reference = (struct reference){0};
}

// --- outcomes ------------------------------------------------------------------------------------

static struct reference_outcome refused(enum mneme_code code, const char *field, const char *rule)
{
    return (struct reference_outcome){
        .code = code, .field = field, .rule = rule, .record = REFERENCE_NONE};
}

static struct reference_outcome told(const char *status, int record)
{
    return (struct reference_outcome){.status = status, .record = record};
}

static struct reference_outcome not_found(struct reference_name name)
{
    return refused(MNEME_NOT_FOUND, name.key ? "key" : "id", "");
}

// --- rows ----------------------------------------------------------------------------------------

int reference_is_live(const struct reference_record *record, int64_t now)
{
    const struct reference_fields *fields = &record->fields;
    return !record->is_purged && !fields->deleted_at &&
           !(fields->expires_at && fields->expires_at <= now);
}

int reference_is_current(const struct reference_record *record, int64_t now)
{
    const struct reference_fields *fields = &record->fields;
    int is_over =
        fields->valid_to ? fields->valid_to <= now : fields->superseded_by != REFERENCE_NONE;
    return reference_is_live(record, now) && !is_over &&
           !(fields->valid_from && fields->valid_from > now);
}

int reference_is_shown(const struct reference *user, int record, int64_t now, int is_any)
{
    struct reference_record shown = user->records[record];
    if (is_any) shown.fields.deleted_at = 0;
    if (!reference_is_live(&shown, now)) return 0;
    return shown.kind != REFERENCE_LINK ||
           (reference_is_shown(user, shown.fields.from, now, is_any) &&
            reference_is_shown(user, shown.fields.to, now, is_any));
}

// A change of a row: history, version, counter. The change set is the one begun last.
static void change(struct reference *user, int at, int64_t now,
                   const struct reference_fields *after, int is_first)
{
    struct reference_record *record = &user->records[at];
    user->history =
        grown(user->history, user->history_count, &user->history_capacity, sizeof *user->history);
    record->version++;
    record->history_count++;
    user->history[user->history_count++] =
        (struct reference_history){.record = at,
                                   .version = record->version,
                                   .change_set = user->set_count - 1,
                                   .is_first = is_first,
                                   .before = record->fields};
    record->fields = *after;
    record->updated_at = now;
    user->seq++;
}

// A change that is no new version.
static void change_quietly(struct reference *user)
{
    user->seq++;
}

static int insert(struct reference *user, enum reference_kind kind, int64_t now,
                  const struct reference_fields *fields)
{
    int at = new_record(user, kind, now);
    change(user, at, now, fields, 1);
    user->records[at].evidence_count = 1;
    return at;
}

int reference_by_key(const struct reference *user, const char *name_space, const char *key)
{
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *record = &user->records[i];
        if (record->kind == REFERENCE_MEMORY && !record->is_purged && !record->fields.deleted_at &&
            record->fields.superseded_by == REFERENCE_NONE &&
            strcmp(record->fields.name_space, name_space) == 0 &&
            strcmp(record->fields.key, key) == 0)
            return i;
    }
    return REFERENCE_NONE;
}

// The last memory that was forgotten with a key.
static int lost_by_key(const struct reference *user, const char *name_space, const char *key)
{
    int lost = REFERENCE_NONE;
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *record = &user->records[i];
        if (record->kind != REFERENCE_MEMORY || record->is_purged || !record->fields.deleted_at ||
            record->fields.superseded_by != REFERENCE_NONE ||
            strcmp(record->fields.name_space, name_space) != 0 ||
            strcmp(record->fields.key, key) != 0)
            continue;
        int64_t last = lost == REFERENCE_NONE ? 0 : user->records[lost].fields.deleted_at;
        if (record->fields.deleted_at > last ||
            (record->fields.deleted_at == last && strcmp(record->id, user->records[lost].id) > 0))
            lost = i;
    }
    return lost;
}

// Any record that is named and not purged; NONE otherwise.
static int find_any(const struct reference *user, struct reference_name name)
{
    if (name.key) {
        const char *name_space = name.name_space ? name.name_space : "default";
        int holder = reference_by_key(user, name_space, name.key);
        return holder != REFERENCE_NONE ? holder : lost_by_key(user, name_space, name.key);
    }
    if (name.record == REFERENCE_NONE || user->records[name.record].is_purged)
        return REFERENCE_NONE;
    return name.record;
}

static int find_live(const struct reference *user, struct reference_name name,
                     enum reference_kind kind, int64_t now)
{
    int at = find_any(user, name);
    return at != REFERENCE_NONE && user->records[at].kind == kind &&
                   reference_is_live(&user->records[at], now)
               ? at
               : REFERENCE_NONE;
}

// --- memories ------------------------------------------------------------------------------------

static void apply(struct reference_fields *fields, const struct reference_input *input)
{
    const struct reference_fields *given = &input->fields;
    unsigned bits = input->given;
    if (bits & GIVEN_CONTENT) memcpy(fields->content, given->content, sizeof given->content);
    if (bits & GIVEN_TYPE) memcpy(fields->type, given->type, sizeof given->type);
    if (bits & GIVEN_SUBJECT) memcpy(fields->subject, given->subject, sizeof given->subject);
    if (bits & GIVEN_TAGS) memcpy(fields->tags, given->tags, sizeof given->tags);
    if (bits & GIVEN_IMPORTANCE) fields->importance = given->importance;
    if (bits & GIVEN_PINNED) fields->is_pinned = given->is_pinned;
    if (bits & GIVEN_EVENT_AT) fields->event_at = given->event_at;
    if (bits & GIVEN_VALID_FROM) fields->valid_from = given->valid_from;
    if (bits & GIVEN_VALID_TO) fields->valid_to = given->valid_to;
    if (bits & GIVEN_EXPIRES_AT) fields->expires_at = given->expires_at;
    if (bits & GIVEN_TITLE) memcpy(fields->title, given->title, sizeof given->title);
    if (bits & GIVEN_ACTIVE) fields->is_active = given->is_active;
    if (bits & GIVEN_SPEAKER) memcpy(fields->speaker, given->speaker, sizeof given->speaker);
}

static int same_times(const struct reference_fields *a, const struct reference_fields *b)
{
    return a->event_at == b->event_at && a->valid_from == b->valid_from &&
           a->valid_to == b->valid_to && a->expires_at == b->expires_at &&
           a->deleted_at == b->deleted_at;
}

static int same_fields(const struct reference_fields *a, const struct reference_fields *b)
{
    return same_times(a, b) && strcmp(a->type, b->type) == 0 &&
           strcmp(a->subject, b->subject) == 0 && strcmp(a->content, b->content) == 0 &&
           strcmp(a->tags, b->tags) == 0 && strcmp(a->title, b->title) == 0 &&
           strcmp(a->speaker, b->speaker) == 0 && a->importance == b->importance &&
           a->is_pinned == b->is_pinned && a->is_active == b->is_active;
}

static int is_out_of_order(const struct reference_fields *fields)
{
    return fields->valid_from && fields->valid_to && fields->valid_to <= fields->valid_from;
}

// An input that contradicts itself is refused before any record is looked for.
static int contradicts_itself(const struct reference_input *input)
{
    return (input->given & GIVEN_VALID_FROM) && (input->given & GIVEN_VALID_TO) &&
           is_out_of_order(&input->fields);
}

// White space folded: runs to one blank, none at the ends.
static void fold(const char *text, char *out)
{
    char *at = out;
    for (; *text; text++) {
        if (*text == ' ' && (at == out || at[-1] == ' ')) continue;
        *at++ = *text;
    }
    while (at > out && at[-1] == ' ') at--;
    *at = '\0';
}

static int says_the_same(const struct reference_record *record, const struct reference_fields *new,
                         int64_t now)
{
    char a[sizeof new->content], b[sizeof new->content];
    const struct reference_fields *old = &record->fields;
    if (record->kind != REFERENCE_MEMORY || old->key[0] || !reference_is_current(record, now))
        return 0;
    fold(old->content, a);
    fold(new->content, b);
    return strcmp(a, b) == 0 && strcmp(old->name_space, new->name_space) == 0 &&
           strcmp(old->type, new->type) == 0 && strcmp(old->subject, new->subject) == 0 &&
           (!new->event_at || new->event_at == old->event_at);
}

static int unite(char *tags, const char *more)
{
    int has_grown = 0;
    for (; *more; more++) {
        if (strchr(tags, *more)) continue;
        size_t length = strlen(tags);
        tags[length] = *more;
        tags[length + 1] = '\0';
        has_grown = 1;
    }
    return has_grown;
}

static struct reference_outcome strengthen(struct reference *user, int64_t now, int at,
                                           const char *tags)
{
    struct reference_fields after = user->records[at].fields;
    if (unite(after.tags, tags))
        change(user, at, now, &after, 0);
    else
        change_quietly(user);
    user->records[at].evidence_count++;
    return told("known", at);
}

static struct reference_outcome upsert(struct reference *user, int64_t now, int at,
                                       const struct reference_input *input)
{
    struct reference_fields after = user->records[at].fields;
    if (input->version && input->version != user->records[at].version)
        return refused(MNEME_CONFLICT, "version", "version");
    apply(&after, input);
    const struct reference_fields *before = &user->records[at].fields;
    if (same_fields(&after, before)) return told("known", at);
    int has_new_times =
        after.valid_from != before->valid_from || after.valid_to != before->valid_to;
    if (has_new_times && is_out_of_order(&after)) return refused(MNEME_INVALID, "valid_to", "min");
    if (input->given & GIVEN_IMPORTANCE) after.basis = "explicit";
    change(user, at, now, &after, 0);
    return told("updated", at);
}

// The same content, or NONE. Of several the one with the least id, which is the oldest.
static int find_same(const struct reference *user, const struct reference_fields *fields,
                     int64_t now)
{
    int found = REFERENCE_NONE;
    for (int i = 0; i < user->record_count; i++) {
        if (!says_the_same(&user->records[i], fields, now)) continue;
        if (found == REFERENCE_NONE || strcmp(user->records[i].id, user->records[found].id) < 0)
            found = i;
    }
    return found;
}

// What importance_test.c says of types and wording is not said again here.
static void judge(struct reference_fields *fields, const struct reference_input *input)
{
    const struct importance_evidence evidence = {
        .explicit_value = input->given & GIVEN_IMPORTANCE ? fields->importance : -1,
        .type = fields->type,
        .content = fields->content,
        .novelty = -1};
    const struct importance judged = importance_judge(language_find("en"), &evidence);
    fields->importance = judged.value;
    fields->basis = judged.basis;
}

struct reference_outcome reference_batch_item(struct reference *user, int64_t now,
                                              const struct reference_input *input)
{
    struct reference_fields new = {.superseded_by = REFERENCE_NONE, .importance = .5};
    memcpy(new.name_space, input->fields.name_space, sizeof new.name_space);
    memcpy(new.key, input->fields.key, sizeof new.key);
    if (!new.name_space[0]) memcpy(new.name_space, "default", sizeof "default");
    apply(&new, input);
    judge(&new, input);
    if (is_out_of_order(&new)) return refused(MNEME_INVALID, "valid_to", "min");
    if (!new.key[0]) {
        int same = input->is_unique ? REFERENCE_NONE : find_same(user, &new, now);
        return same != REFERENCE_NONE ? strengthen(user, now, same, new.tags)
                                      : told("created", insert(user, REFERENCE_MEMORY, now, &new));
    }
    int holder = reference_by_key(user, new.name_space, new.key);
    if (holder != REFERENCE_NONE && reference_is_live(&user->records[holder], now))
        return upsert(user, now, holder, input);
    if (input->version) return refused(MNEME_CONFLICT, "version", "version");
    if (holder != REFERENCE_NONE) { // expired: it gives the key up
        struct reference_fields after = user->records[holder].fields;
        after.deleted_at = now;
        change(user, holder, now, &after, 0);
    }
    return told("created", insert(user, REFERENCE_MEMORY, now, &new));
}

int64_t reference_batch_begin(struct reference *user)
{
    new_set(user);
    return user->seq;
}

void reference_batch_end(struct reference *user, int64_t begun)
{
    if (user->seq == begun) user->set_count--;
}

struct reference_outcome reference_remember(struct reference *user, int64_t now,
                                            const struct reference_input *input)
{
    int64_t begun = reference_batch_begin(user);
    struct reference_outcome outcome = reference_batch_item(user, now, input);
    reference_batch_end(user, begun);
    return outcome;
}

struct reference_outcome reference_update(struct reference *user, int64_t now,
                                          struct reference_name name,
                                          const struct reference_input *input)
{
    if (contradicts_itself(input)) return refused(MNEME_INVALID, "valid_to", "min");
    int at = find_live(user, name, REFERENCE_MEMORY, now);
    if (at == REFERENCE_NONE) return not_found(name);
    int64_t begun = reference_batch_begin(user);
    struct reference_outcome outcome = upsert(user, now, at, input);
    reference_batch_end(user, begun);
    return outcome;
}

struct reference_outcome reference_supersede(struct reference *user, int64_t now,
                                             struct reference_name name,
                                             const struct reference_input *input)
{
    if (contradicts_itself(input)) return refused(MNEME_INVALID, "valid_to", "min");
    int at = find_live(user, name, REFERENCE_MEMORY, now);
    if (at == REFERENCE_NONE) return not_found(name);
    struct reference_fields old = user->records[at].fields, new = old;
    if (input->version && input->version != user->records[at].version)
        return refused(MNEME_CONFLICT, "version", "version");
    if (old.superseded_by != REFERENCE_NONE) return refused(MNEME_CONFLICT, "id", "conflict");
    new.event_at = new.valid_to = new.expires_at = 0;
    new.valid_from = old.valid_from > now ? old.valid_from : now;
    apply(&new, input);
    if (!new.valid_from) new.valid_from = old.valid_from > now ? old.valid_from : now;
    if (input->given & GIVEN_IMPORTANCE) new.basis = "explicit";
    if (old.valid_from && new.valid_from < old.valid_from)
        return refused(MNEME_INVALID, "valid_from", "min");
    if (is_out_of_order(&new)) return refused(MNEME_INVALID, "valid_to", "min");
    new_set(user);
    int successor = user->record_count;
    old.superseded_by = successor;
    if (!old.valid_to || old.valid_to > new.valid_from) old.valid_to = new.valid_from;
    change(user, at, now, &old, 0);
    int made = insert(user, REFERENCE_MEMORY, now, &new);
    struct reference_fields link = {
        .superseded_by = REFERENCE_NONE, .from = made, .to = at, .relation = "supersedes"};
    insert(user, REFERENCE_LINK, now, &link);
    return told("created", made);
}

struct reference_outcome reference_tag(struct reference *user, int64_t now,
                                       struct reference_name name, const char *tags, int remove)
{
    int at = find_live(user, name, REFERENCE_MEMORY, now);
    if (at == REFERENCE_NONE) return not_found(name);
    struct reference_fields after = user->records[at].fields;
    if (remove) {
        char *to = after.tags;
        for (const char *from = user->records[at].fields.tags; *from; from++)
            if (!strchr(tags, *from)) *to++ = *from;
        *to = '\0';
    } else {
        unite(after.tags, tags);
    }
    if (strcmp(after.tags, user->records[at].fields.tags) == 0) return told("known", at);
    new_set(user);
    change(user, at, now, &after, 0);
    return told("updated", at);
}

struct reference_outcome reference_expire(struct reference *user, int64_t now,
                                          struct reference_name name, int64_t expires_at,
                                          int is_touch)
{
    int at = find_live(user, name, REFERENCE_MEMORY, now);
    if (at == REFERENCE_NONE) return not_found(name);
    struct reference_fields after = user->records[at].fields;
    if (after.expires_at == expires_at) return told("known", at);
    after.expires_at = expires_at;
    new_set(user);
    if (is_touch) {
        user->records[at].fields = after;
        change_quietly(user);
    } else {
        change(user, at, now, &after, 0);
    }
    return told("updated", at);
}

// --- any kind ------------------------------------------------------------------------------------

int reference_message_count(const struct reference *user, int conversation, int64_t now)
{
    int count = 0;
    for (int i = 0; i < user->record_count; i++)
        count += user->records[i].kind == REFERENCE_MESSAGE &&
                 user->records[i].fields.conversation == conversation &&
                 reference_is_live(&user->records[i], now);
    return count;
}

int reference_head(const struct reference *user, int conversation, int64_t now)
{
    int head = REFERENCE_NONE;
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *record = &user->records[i];
        if (record->kind != REFERENCE_MESSAGE || record->fields.conversation != conversation ||
            !reference_is_live(record, now))
            continue;
        if (head == REFERENCE_NONE ||
            user->records[head].fields.message_seq < record->fields.message_seq)
            head = i;
    }
    return head;
}

// A conversation counts its messages again, if it is there.
static void recount(struct reference *user, int conversation)
{
    if (!user->records[conversation].is_purged) change_quietly(user);
}

static void set_deleted(struct reference *user, int at, int64_t now, int64_t deleted_at)
{
    struct reference_fields after = user->records[at].fields;
    after.deleted_at = deleted_at;
    change(user, at, now, &after, 0);
}

// The messages of a conversation whose deleted_at is one thing become another.
static void mark_messages(struct reference *user, int conversation, int64_t now, int64_t from,
                          int64_t to)
{
    int last = 0; // in the order of their numbers
    for (;;) {
        int next = REFERENCE_NONE;
        for (int i = 0; i < user->record_count; i++) {
            const struct reference_record *record = &user->records[i];
            if (record->kind == REFERENCE_MESSAGE && !record->is_purged &&
                record->fields.conversation == conversation && record->fields.message_seq > last &&
                (next == REFERENCE_NONE ||
                 record->fields.message_seq < user->records[next].fields.message_seq))
                next = i;
        }
        if (next == REFERENCE_NONE) return;
        last = user->records[next].fields.message_seq;
        if (user->records[next].fields.deleted_at == from) set_deleted(user, next, now, to);
    }
}

static void follow(struct reference *user, int at, int64_t now, int64_t from, int64_t to)
{
    if (user->records[at].kind == REFERENCE_CONVERSATION) {
        mark_messages(user, at, now, from, to);
        recount(user, at);
    }
    if (user->records[at].kind == REFERENCE_MESSAGE)
        recount(user, user->records[at].fields.conversation);
}

struct reference_outcome reference_forget(struct reference *user, int64_t now,
                                          struct reference_name name, int only_kind)
{
    int at = find_any(user, name);
    if (at == REFERENCE_NONE || !reference_is_live(&user->records[at], now) ||
        (only_kind >= 0 && user->records[at].kind != (enum reference_kind)only_kind))
        return not_found(name);
    new_set(user);
    set_deleted(user, at, now, now);
    follow(user, at, now, 0, now);
    return told("forgotten", at);
}

static int link_by_ends(const struct reference *user, int from, int to, const char *relation)
{
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *record = &user->records[i];
        if (record->kind == REFERENCE_LINK && !record->is_purged && !record->fields.deleted_at &&
            record->fields.from == from && record->fields.to == to &&
            strcmp(record->fields.relation, relation) == 0)
            return i;
    }
    return REFERENCE_NONE;
}

// What may stand only once among the living: the rule's field, or NULL. `skip` records do not count, nor does a memory
// that has expired: it gives its key up.
static const char *taken(const struct reference *user, int64_t now, int at,
                         const struct reference_fields *fields, const char *skip)
{
    const struct reference_record *record = &user->records[at];
    if (fields->deleted_at) return NULL;
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *other = &user->records[i];
        if (i == at || other->is_purged || other->kind != record->kind ||
            other->fields.deleted_at || (skip && skip[i]))
            continue;
        if (record->kind == REFERENCE_MEMORY && fields->key[0] && reference_is_live(other, now) &&
            fields->superseded_by == REFERENCE_NONE &&
            other->fields.superseded_by == REFERENCE_NONE &&
            strcmp(other->fields.key, fields->key) == 0 &&
            strcmp(other->fields.name_space, fields->name_space) == 0)
            return "key";
        if (record->kind == REFERENCE_LINK && other->fields.from == fields->from &&
            other->fields.to == fields->to && strcmp(other->fields.relation, fields->relation) == 0)
            return "relation";
    }
    return NULL;
}

// A memory that comes back takes its key from one that has expired.
static void claim(struct reference *user, int64_t now, int at,
                  const struct reference_fields *fields, const char *skip)
{
    if (user->records[at].kind != REFERENCE_MEMORY || !fields->key[0] || fields->deleted_at ||
        fields->superseded_by != REFERENCE_NONE)
        return;
    int holder = reference_by_key(user, fields->name_space, fields->key);
    if (holder != REFERENCE_NONE && holder != at && !(skip && skip[holder]))
        set_deleted(user, holder, now, now);
}

static int is_conversation_gone(const struct reference *user, int message)
{
    const struct reference_record *talk =
        &user->records[user->records[message].fields.conversation];
    return talk->is_purged || talk->fields.deleted_at != 0;
}

struct reference_outcome reference_restore(struct reference *user, int64_t now,
                                           struct reference_name name)
{
    int at = find_any(user, name);
    if (at == REFERENCE_NONE) return not_found(name);
    struct reference_record back = user->records[at];
    int64_t deleted_at = back.fields.deleted_at;
    back.fields.deleted_at = 0;
    if (!reference_is_live(&back, now)) return not_found(name);
    if (!deleted_at) return told("known", at);
    const char *field = taken(user, now, at, &back.fields, NULL);
    if (field) return refused(MNEME_CONFLICT, field, "unique");
    if (back.kind == REFERENCE_MESSAGE && is_conversation_gone(user, at))
        return refused(MNEME_CONFLICT, "conversation_id", "reference");
    new_set(user);
    claim(user, now, at, &back.fields, NULL);
    set_deleted(user, at, now, 0);
    follow(user, at, now, deleted_at, 0);
    return told("restored", at);
}

static void bar(struct reference *user, int at)
{
    for (int i = 0; i < user->history_count; i++)
        if (user->history[i].record == at) user->sets[user->history[i].change_set].is_barrier = 1;
}

// A record, and what hangs on it.
static void purge_one(struct reference *user, int at)
{
    bar(user, at);
    for (int i = 0; i < user->record_count; i++) {
        struct reference_record *link = &user->records[i];
        if (link->kind == REFERENCE_LINK && !link->is_purged &&
            user->records[at].kind != REFERENCE_LINK &&
            (link->fields.from == at || link->fields.to == at)) {
            bar(user, i);
            link->is_purged = 1;
            user->seq++;
        }
    }
    user->records[at].is_purged = 1;
    user->seq++;
}

// What followed the message follows what it followed, and its row says so.
static void unhook(struct reference *user, int at)
{
    const struct reference_fields *gone = &user->records[at].fields;
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *record = &user->records[i];
        if (record->kind == REFERENCE_MESSAGE && !record->is_purged &&
            record->fields.conversation == gone->conversation &&
            record->fields.message_seq > gone->message_seq) {
            change_quietly(user);
            return;
        }
    }
}

struct reference_outcome reference_purge(struct reference *user, int64_t now,
                                         struct reference_name name)
{
    (void)now;
    int at = find_any(user, name);
    if (at == REFERENCE_NONE) return not_found(name);
    new_set(user);
    user->sets[user->set_count - 1].is_barrier = 1;
    if (user->records[at].kind == REFERENCE_CONVERSATION)
        for (int i = 0; i < user->record_count; i++)
            if (user->records[i].kind == REFERENCE_MESSAGE && !user->records[i].is_purged &&
                user->records[i].fields.conversation == at)
                purge_one(user, i);
    if (user->records[at].kind == REFERENCE_MESSAGE) unhook(user, at);
    purge_one(user, at);
    if (user->records[at].kind == REFERENCE_MESSAGE)
        recount(user, user->records[at].fields.conversation);
    return told("scrub_pending", at);
}

// --- undo ----------------------------------------------------------------------------------------

int reference_last_set_of(const struct reference *user, int record)
{
    for (int i = user->history_count - 1; i >= 0; i--)
        if (user->history[i].record == record) return user->history[i].change_set;
    return REFERENCE_NONE;
}

// One record that is to go back: to what it was before its first change in the set.
struct going_back {
    int record, last_version;
    struct reference_fields to;
    int64_t was_deleted_at;
};

static int collect(const struct reference *user, int change_set, int record, struct going_back *out)
{
    int count = 0;
    for (int i = user->history_count - 1; i >= 0; i--) {
        const struct reference_history *row = &user->history[i];
        if (user->records[row->record].is_purged) continue; // its history went with it
        if (record != REFERENCE_NONE ? row->record != record : row->change_set != change_set)
            continue;
        int at = 0;
        while (at < count && out[at].record != row->record) at++;
        if (at == count)
            out[count++] = (struct going_back){.record = row->record, .last_version = row->version};
        out[at].to = row->before;
        if (row->is_first) {
            out[at].to = user->records[row->record].fields;
            out[at].to.deleted_at = -1;
        }
        if (record != REFERENCE_NONE) break;
    }
    return count;
}

static struct reference_outcome check_back(const struct reference *user, int64_t now,
                                           const struct going_back *back, int count,
                                           const char *going)
{
    for (int i = 0; i < count; i++)
        if (user->records[back[i].record].version != back[i].last_version)
            return refused(MNEME_CONFLICT, "id", "version");
    for (int i = 0; i < count; i++) {
        const char *field = taken(user, now, back[i].record, &back[i].to, going);
        if (field) return refused(MNEME_CONFLICT, field, "unique");
    }
    for (int i = 0; i < count; i++) {
        const struct reference_record *record = &user->records[back[i].record];
        if (record->kind != REFERENCE_MESSAGE || back[i].to.deleted_at) continue;
        int is_gone = is_conversation_gone(user, back[i].record);
        for (int n = 0; n < count; n++)
            if (back[n].record == record->fields.conversation) is_gone = back[n].to.deleted_at != 0;
        if (is_gone) return refused(MNEME_CONFLICT, "conversation_id", "reference");
    }
    return (struct reference_outcome){0};
}

// Puts one record back; what is in a conversation follows it.
static void put_back(struct reference *user, int64_t now, struct going_back *back,
                     const char *going)
{
    int64_t from = user->records[back->record].fields.deleted_at;
    if (back->to.deleted_at < 0) back->to.deleted_at = now;
    claim(user, now, back->record, &back->to, going);
    change(user, back->record, now, &back->to, 0);
    back->was_deleted_at = from;
}

static void carry(struct reference *user, int64_t now, const struct going_back *back)
{
    if (user->records[back->record].kind == REFERENCE_CONVERSATION &&
        !back->was_deleted_at != !back->to.deleted_at)
        mark_messages(user, back->record, now, back->was_deleted_at, back->to.deleted_at);
}

/* The last change set that changed a version, or is a barrier. */
static int last_undoable(const struct reference *user)
{
    int set = user->set_count - 1;
    for (; set >= 0 && !user->sets[set].is_barrier; set--) {
        for (int i = 0; i < user->history_count; i++)
            if (user->history[i].change_set == set) return set;
    }
    return set;
}

static void undo_all(struct reference *user, int64_t now, struct going_back *back, int count,
                     const char *going)
{
    int conversation = REFERENCE_NONE;
    for (int i = 0; i < count; i++) put_back(user, now, &back[i], going);
    for (int i = 0; i < count; i++) {
        const struct reference_record *record = &user->records[back[i].record];
        if (record->kind == REFERENCE_MESSAGE) conversation = record->fields.conversation;
        if (record->kind == REFERENCE_CONVERSATION) conversation = back[i].record;
        carry(user, now, &back[i]);
    }
    if (conversation != REFERENCE_NONE) recount(user, conversation);
}

struct reference_outcome reference_undo(struct reference *user, int64_t now, int change_set,
                                        int record)
{
    struct reference_name name = {.record = record};
    int alone = record; // of its change set
    if (record == REFERENCE_NONE && change_set == REFERENCE_NONE) change_set = last_undoable(user);
    if (record == REFERENCE_NONE && change_set < 0) return not_found(name);
    if (record == REFERENCE_NONE && user->sets[change_set].is_barrier)
        return refused(MNEME_CONFLICT, "id", "barrier");
    if (record != REFERENCE_NONE) {
        if (user->records[record].is_purged) return not_found(name);
        change_set = reference_last_set_of(user, record);
        const struct reference_set *set = &user->sets[change_set];
        if (!set->is_barrier && !set->is_collection) alone = REFERENCE_NONE;
    }
    struct going_back *back = calloc((size_t)user->history_count + 1, sizeof *back);
    char *going = calloc((size_t)user->record_count + 1, 1);
    int count = collect(user, change_set, alone, back);
    for (int i = 0; i < count; i++) going[back[i].record] = 1;
    struct reference_outcome outcome =
        count == 0 ? not_found(name) : check_back(user, now, back, count, going);
    if (outcome.code == MNEME_OK) {
        int is_collection = user->sets[change_set].is_collection;
        new_set(user);
        user->sets[user->set_count - 1].is_collection = is_collection;
        undo_all(user, now, back, count, going);
        outcome = told("updated", back[0].record);
    }
    free(going);
    free(back);
    return outcome;
}

// --- links ---------------------------------------------------------------------------------------

static int can_be_linked(const struct reference *user, int at, int64_t now)
{
    return at != REFERENCE_NONE && user->records[at].kind != REFERENCE_LINK &&
           reference_is_live(&user->records[at], now);
}

struct reference_outcome reference_link(struct reference *user, int64_t now, int from, int to,
                                        const char *relation)
{
    if (!can_be_linked(user, from, now)) return refused(MNEME_NOT_FOUND, "from", "");
    if (!can_be_linked(user, to, now)) return refused(MNEME_NOT_FOUND, "to", "");
    int known = link_by_ends(user, from, to, relation);
    if (known != REFERENCE_NONE) return told("known", known);
    struct reference_fields fields = {.superseded_by = REFERENCE_NONE, .from = from, .to = to};
    memcpy(fields.relation, relation, strlen(relation) + 1);
    new_set(user);
    return told("created", insert(user, REFERENCE_LINK, now, &fields));
}

struct reference_outcome reference_unlink(struct reference *user, int64_t now, int from, int to,
                                          const char *relation)
{
    int at = link_by_ends(user, from, to, relation);
    if (at == REFERENCE_NONE) return refused(MNEME_NOT_FOUND, "id", "");
    new_set(user);
    set_deleted(user, at, now, now);
    return told("forgotten", at);
}

// --- conversations -------------------------------------------------------------------------------

struct reference_outcome reference_talk(struct reference *user, int64_t now, const char *title)
{
    struct reference_fields fields = {
        .superseded_by = REFERENCE_NONE, .importance = .5, .is_active = 1};
    memcpy(fields.title, title, strlen(title) + 1);
    new_set(user);
    return told("created", insert(user, REFERENCE_CONVERSATION, now, &fields));
}

struct reference_outcome reference_talk_update(struct reference *user, int64_t now, int record,
                                               const struct reference_input *input)
{
    struct reference_name name = {.record = record};
    int at = find_live(user, name, REFERENCE_CONVERSATION, now);
    if (at == REFERENCE_NONE) return not_found(name);
    struct reference_fields after = user->records[at].fields;
    apply(&after, input);
    if (same_fields(&after, &user->records[at].fields)) return told("known", at);
    new_set(user);
    change(user, at, now, &after, 0);
    return told("updated", at);
}

/* A number is never used again, not even a purged message's. */
static int next_message_seq(const struct reference *user, int conversation)
{
    int last = 0;
    for (int i = 0; i < user->record_count; i++) {
        const struct reference_record *record = &user->records[i];
        if (record->kind == REFERENCE_MESSAGE && record->fields.conversation == conversation &&
            record->fields.message_seq > last)
            last = record->fields.message_seq;
    }
    return last + 1;
}

struct reference_outcome reference_append(struct reference *user, int64_t now, int conversation,
                                          const struct reference_input *inputs, int count)
{
    struct reference_name name = {.record = conversation};
    int at = find_live(user, name, REFERENCE_CONVERSATION, now);
    if (at == REFERENCE_NONE) return refused(MNEME_NOT_FOUND, "conversation_id", "");
    int first = user->record_count;
    new_set(user);
    user->sets[user->set_count - 1].is_collection = 1;
    for (int i = 0; i < count; i++) {
        struct reference_fields fields = {.superseded_by = REFERENCE_NONE,
                                          .importance = .5,
                                          .conversation = at,
                                          .message_seq = next_message_seq(user, at),
                                          .event_at = now,
                                          .role = "user"};
        apply(&fields, &inputs[i]);
        insert(user, REFERENCE_MESSAGE, now, &fields);
    }
    recount(user, at);
    return told("created", first);
}

struct reference_outcome reference_edit(struct reference *user, int64_t now, int record,
                                        const struct reference_input *input)
{
    struct reference_name name = {.record = record};
    int at = find_live(user, name, REFERENCE_MESSAGE, now);
    if (at == REFERENCE_NONE) return not_found(name);
    struct reference_fields after = user->records[at].fields;
    apply(&after, input);
    if (same_fields(&after, &user->records[at].fields)) return told("known", at);
    new_set(user);
    change(user, at, now, &after, 0);
    recount(user, after.conversation);
    return told("updated", at);
}
