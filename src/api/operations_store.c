/* Operations on the store as a whole, as its user sees it. */
#include "api/operations.h"
#include "db/migrate.h"
#include "vec/kernels.h"

static void write_counts(struct json_writer *out, const char *name, const struct counted_names *all)
{
    json_begin_object(out, name);
    for (size_t i = 0; i < all->count; i++) {
        json_write_integer(out, all->items[i].name, all->items[i].count);
    }
    json_end_object(out);
}

enum mneme_code op_namespace_list(struct call *call, struct mneme_error *err)
{
    struct counted_names names;
    enum mneme_code code = namespace_list(call->handle, call->arena, &names, err);
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < names.count; i++) {
        json_begin_object(call->out, NULL);
        json_write_text(call->out, "namespace", names.items[i].name);
        json_write_integer(call->out, "count", names.items[i].count);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_write_null(call->out, "next_cursor");
    return MNEME_OK;
}

static void write_user_members(struct json_writer *out, const struct user *user)
{
    json_write_text(out, "id", user->id);
    json_write_text(out, "name", user->name);
    json_write_time(out, "created_at", user->created_at);
    json_write_integer(out, "seq", user->change_seq);
}

enum mneme_code op_user_list(struct call *call, struct mneme_error *err)
{
    struct page_request request;
    struct user_page page;
    enum mneme_code code = call_page(call, &request, err);
    if (code == MNEME_OK) {
        code = user_list(call->handle, &request, call->arena, &page, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < page.count; i++) {
        json_begin_object(call->out, NULL);
        write_user_members(call->out, &page.users[i]);
        json_end_object(call->out);
    }
    json_end_array(call->out);
    json_write_text(call->out, "next_cursor", page.next_cursor);
    return MNEME_OK;
}

enum mneme_code op_user_show(struct call *call, struct mneme_error *err)
{
    struct user user;
    enum mneme_code code = user_get(call->handle, call->arena, &user, err);
    if (code == MNEME_OK) {
        write_user_members(call->out, &user);
    }
    return code;
}

enum mneme_code op_user_create(struct call *call, struct mneme_error *err)
{
    struct mneme *handle = NULL;
    struct user user = {0};
    enum mneme_code code = mneme_open_user(call->handle, call_text(call, "name"), &handle, err);
    if (code == MNEME_OK) {
        code = user_create(handle, call->arena, &user, err);
    }
    mneme_close(handle);
    if (code == MNEME_OK) {
        write_user_members(call->out, &user);
    }
    return code;
}

static void write_agents(struct json_writer *out, const struct counted_names *agents)
{
    json_begin_object(out, "by_agent");
    for (size_t i = 0; i < agents->count; i++) {
        json_begin_object(out, agents->items[i].name);
        json_write_integer(out, "messages", agents->items[i].count);
        json_write_integer(out, "tokens", agents->items[i].bytes);
        json_end_object(out);
    }
    json_end_object(out);
}

/* Days on which something happened. */
static void write_days(struct json_writer *out, const struct day_stats *days)
{
    json_begin_array(out, "per_day");
    for (int i = 0; i < STATS_DAYS; i++) {
        const struct day_stats *day = &days[i];
        if (day->added == 0 && day->removed == 0) {
            continue;
        }
        json_begin_object(out, NULL);
        json_write_time(out, "day", day->day * 24 * 3600 * US_PER_SECOND);
        json_write_integer(out, "messages", day->messages);
        json_write_integer(out, "added", day->added);
        json_write_integer(out, "added_bytes", day->added_bytes);
        json_write_integer(out, "removed", day->removed);
        json_write_integer(out, "removed_bytes", day->removed_bytes);
        json_end_object(out);
    }
    json_end_array(out);
}

enum mneme_code op_stats(struct call *call, struct mneme_error *err)
{
    struct user_stats stats;
    enum mneme_code code = user_stats(call->handle, call->arena, &stats, err);
    if (code != MNEME_OK) {
        return code;
    }
    struct json_writer *out = call->out;
    json_write_integer(out, "memories", stats.memories);
    json_write_integer(out, "conversations", stats.conversations);
    json_write_integer(out, "active_conversations", stats.active_conversations);
    json_write_integer(out, "messages", stats.messages);
    json_write_integer(out, "message_tokens", stats.message_tokens);
    json_write_integer(out, "active_characters", stats.active_characters);
    json_write_integer(out, "enabled_agents", stats.enabled_agents);
    json_write_integer(out, "jobs", stats.jobs);
    json_write_integer(out, "dead_jobs", stats.dead_jobs);
    json_write_integer(out, "links", stats.links);
    json_write_integer(out, "vectors", stats.vectors);
    json_begin_object(out, "by_kind");
    for (size_t i = 0; i < stats.by_kind.count; i++) {
        json_begin_object(out, stats.by_kind.items[i].name);
        json_write_integer(out, "count", stats.by_kind.items[i].count);
        json_write_integer(out, "last_168_hours", stats.by_kind.items[i].recent);
        json_end_object(out);
    }
    json_end_object(out);
    write_counts(out, "by_tier", &stats.by_tier);
    write_counts(out, "by_type", &stats.by_type);
    write_counts(out, "by_namespace", &stats.by_namespace);
    json_begin_object(out, "last_168_hours");
    json_write_integer(out, "memories", stats.recent_memories);
    json_write_integer(out, "conversations", stats.recent_conversations);
    json_write_integer(out, "messages", stats.recent_messages);
    json_end_object(out);
    json_begin_object(out, "bytes");
    json_write_integer(out, "memories", stats.memory_bytes);
    json_write_integer(out, "messages", stats.message_bytes);
    json_write_integer(out, "vectors", stats.vector_bytes);
    json_write_integer(out, "retained", stats.retained_bytes);
    json_write_integer(out, "index", stats.index_bytes);
    json_end_object(out);
    write_agents(out, &stats.by_agent);
    write_days(out, stats.days);
    return MNEME_OK;
}

enum mneme_code op_version(struct call *call, struct mneme_error *err)
{
    (void)err;
    json_write_text(call->out, "version", mneme_version());
    json_write_text(call->out, "database", db_engine_version());
    json_write_integer(call->out, "schema", sql_migrations[sql_migration_count - 1].version);
    json_write_text(call->out, "simd", kernels_get()->name);
    return MNEME_OK;
}
