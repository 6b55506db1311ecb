#include "index/cache.h"

#include "base/alloc.h"
#include "engine/engine.h"
#include "index/columns.h"
#include "recall/recall.h"
#include "support/db_fixture.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define AMPLE ((size_t)64 * 1024 * 1024)

struct world {
    struct support_dir dir;
    struct env_fixed clock;
    struct env env;
    struct mneme *ada; /* writes */
    struct index_cache *cache;
};

static struct mneme *open_as(struct world *world, const char *user)
{
    struct mneme_options options = {
        .size = sizeof options, .url = support_dir_file(&world->dir, "store.db"), .user = user};
    struct engine_options engine = {.public_options = &options, .env = &world->env};
    struct mneme *handle;
    struct mneme_error error;
    enum mneme_code code = engine_open(&engine, &handle, &error);
    cr_assert_eq(code, MNEME_OK, "%s", error.message);
    return handle;
}

static void begin(struct world *world, size_t budget_bytes)
{
    support_dir_init(&world->dir);
    world->env = env_fixed(&world->clock, INT64_C(1700000000) * US_PER_SECOND, 7);
    world->ada = open_as(world, "ada");
    world->cache = index_cache_new(engine_store(world->ada), budget_bytes);
    cr_assert_not_null(world->cache);
}

static void end(struct world *world)
{
    index_cache_free(world->cache);
    mneme_close(world->ada);
    support_dir_clear(&world->dir);
}

/* Runs an operation and leaves its id in `id`, if it has one. */
static void call(struct mneme *handle, const char *operation, const char *json, char id[40])
{
    mneme_result *result;
    struct mneme_error error;
    enum mneme_code code = mneme_call(handle, operation, json, &result, &error);
    cr_assert_eq(code, MNEME_OK, "%s %s: %s", operation, json, error.message);
    const char *found = mneme_result_text(result, "/id");
    if (id) snprintf(id, 40, "%s", found ? found : "");
    mneme_result_free(result);
}

static void remember(struct mneme *handle, const char *content, char id[40])
{
    char json[300];
    snprintf(json, sizeof json, "{\"content\": \"%s\"}", content);
    call(handle, "memory.remember", json, id);
}

static struct index_view view_of(struct world *world, const char *user)
{
    struct index_view view;
    struct mneme_error error;
    enum mneme_code code = index_begin(world->cache, user, NULL,
                                       store_now_us(engine_store(world->ada)), &view, &error);
    cr_assert_eq(code, MNEME_OK, "%s", error.message);
    return view;
}

static size_t rows_of(struct world *world, const char *user)
{
    struct index_view view = view_of(world, user);
    size_t count = view.partition ? partition_live_count(view.partition) : 0;
    index_end(&view);
    return count;
}

/* The ids of a recall, one after another, as text. */
static void recalled(struct world *world, struct index_cache *cache, const char *text, char *out,
                     size_t size)
{
    struct index_view view;
    struct arena arena;
    struct recall_answer answer;
    struct analyzer *analyzer = analyzer_new(language_find("en"), TEXT_SHIPPING);
    int64_t now_us = store_now_us(engine_store(world->ada));
    arena_init(&arena);
    cr_assert_eq(index_begin(cache, "ada", NULL, now_us, &view, NULL), MNEME_OK);
    struct recall_request request = {.text = text,
                                     .k = 50,
                                     .kinds = {true, true},
                                     .now_us = now_us,
                                     .reference_us = now_us - now_us % US_PER_DAY,
                                     .as_of_us = TIME_NONE};
    cr_assert_eq(recall_run(view.partition, analyzer, &request, &arena, &answer, NULL), MNEME_OK);
    index_end(&view);
    size_t length = 0;
    for (size_t i = 0; i < answer.count; i++) {
        char id[UUID_TEXT_LENGTH + 1];
        uuid_format(&answer.hits[i].id, id);
        length += (size_t)snprintf(out + length, size - length, "%s %a\n", id,
                                   (double)answer.hits[i].score);
        cr_assert_lt(length, size);
    }
    arena_clear(&arena);
    analyzer_free(analyzer);
}

Test(index_cache, shows_every_kind_of_change_at_the_next_call_as_a_fresh_load_would)
{
    struct world world;
    static char caught_up[8000], loaded[8000];
    char tea[40], lamp[40], talk[40], message[40], json[400];
    begin(&world, AMPLE);
    remember(world.ada, "Ada drinks green tea", tea);
    cr_assert_eq(rows_of(&world, "ada"), 1);
    remember(world.ada, "the lamp is green", lamp);
    call(world.ada, "conversation.create", "{\"title\": \"Breakfast\"}", talk);
    snprintf(
        json, sizeof json,
        "{\"conversation_id\": \"%s\", \"speaker\": \"Ada\", \"content\": \"Where is the tea?\"}",
        talk);
    call(world.ada, "conversation.append", json, message);
    snprintf(json, sizeof json,
             "{\"conversation_id\": \"%s\", \"messages\": [{\"speaker\": \"Ida\", \"content\": "
             "\"In the pot\"}, "
             "{\"content\": \"I see.\"}]}",
             talk);
    call(world.ada, "conversation.append", json, NULL);
    cr_assert_eq(rows_of(&world, "ada"), 5);
    static const struct {
        const char *operation, *rest;
        size_t rows;
    } changes[] = {
        {"memory.update", ", \"content\": \"Ada drinks black tea\"", 5},
        {"memory.tag", ", \"tags\": [\"hot\"]", 5},
        {"memory.expire", ", \"ttl\": \"1h\"", 5},
        {"record.forget", "", 4},
        {"record.restore", "", 5},
        {"record.purge", "", 4},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        snprintf(json, sizeof json, "{\"id\": \"%s\"%s}", tea, changes[i].rest);
        call(world.ada, changes[i].operation, json, NULL);
        cr_assert_eq(rows_of(&world, "ada"), changes[i].rows, "%s", changes[i].operation);
        struct index_cache *fresh = index_cache_new(engine_store(world.ada), AMPLE);
        recalled(&world, world.cache, "Where is the green tea?", caught_up, sizeof caught_up);
        recalled(&world, fresh, "Where is the green tea?", loaded, sizeof loaded);
        cr_assert_str_eq(caught_up, loaded, "%s", changes[i].operation);
        index_cache_free(fresh);
    }
    snprintf(json, sizeof json, "{\"id\": \"%s\", \"content\": \"In the blue pot\"}", message);
    call(world.ada, "message.edit", json, NULL);
    snprintf(json, sizeof json, "{\"id\": \"%s\"}", talk);
    call(world.ada, "conversation.forget", json, NULL);
    cr_assert_eq(rows_of(&world, "ada"), 1);
    end(&world);
}

Test(index_cache, lets_a_row_go_when_it_expires_though_nobody_writes)
{
    struct world world;
    begin(&world, AMPLE);
    call(world.ada, "memory.remember", "{\"content\": \"the kettle is on\", \"ttl\": \"10m\"}",
         NULL);
    cr_assert_eq(rows_of(&world, "ada"), 1);
    world.clock.now_us += 600 * US_PER_SECOND;
    cr_assert_eq(rows_of(&world, "ada"), 0);
    end(&world);
}

Test(index_cache, knows_nothing_of_a_user_that_is_not_there_and_keeps_users_apart)
{
    struct world world;
    begin(&world, AMPLE);
    struct mneme *eve = open_as(&world, "eve");
    remember(world.ada, "a secret", NULL);
    struct index_view view = view_of(&world, "eve");
    cr_assert_not(view.is_known);
    cr_assert_null(view.partition);
    index_end(&view);
    index_end(&view);
    remember(eve, "a lamp", NULL);
    remember(eve, "another lamp", NULL);
    cr_assert_eq(rows_of(&world, "eve"), 2);
    cr_assert_eq(rows_of(&world, "ada"), 1);
    mneme_close(eve);
    end(&world);
}

Test(index_cache, ranks_one_user_to_the_last_bit_as_if_no_other_were_there)
{
    struct world world;
    static char before[8000], after[8000];
    begin(&world, AMPLE);
    remember(world.ada, "the lamp is green", NULL);
    remember(world.ada, "the tea is green and in the pot", NULL);
    remember(world.ada, "the harbour is far", NULL);
    recalled(&world, world.cache, "green tea", before, sizeof before);
    struct mneme *eve = open_as(&world, "eve");
    for (int i = 0; i < 20; i++) {
        char content[60];
        snprintf(content, sizeof content, "green tea number %d", i);
        remember(eve, content, NULL);
    }
    recalled(&world, world.cache, "green tea", after, sizeof after);
    cr_assert_str_eq(before, after);
    mneme_close(eve);
    end(&world);
}

Test(index_cache, holds_what_the_budget_allows_and_the_partition_used_last)
{
    struct world world;
    begin(&world, 1);
    struct mneme *eve = open_as(&world, "eve");
    remember(world.ada, "a lamp", NULL);
    remember(eve, "a lamp", NULL);
    cr_assert_eq(index_bytes(world.cache), 0);
    struct index_view ada = view_of(&world, "ada");
    size_t one = index_bytes(world.cache);
    cr_assert_gt(one, 0);
    struct index_view other = view_of(&world, "eve"); // over the budget, and both are in use
    cr_assert_gt(index_bytes(world.cache), one);
    cr_assert_eq(partition_live_count(ada.partition), 1);
    index_end(&ada);
    cr_assert_eq(index_bytes(world.cache), one);
    index_end(&other);
    cr_assert_eq(index_bytes(world.cache), one);
    cr_assert_eq(rows_of(&world, "ada"), 1); // loaded again
    mneme_close(eve);
    end(&world);
}

Test(index_cache, notes_a_use_without_loading_anything)
{
    struct world world;
    char lamp[40];
    struct uuid id;
    uint32_t row;
    begin(&world, AMPLE);
    remember(world.ada, "a lamp", lamp);
    struct index_view view = view_of(&world, "ada");
    struct uuid user = view.user;
    index_unlock(&view);
    index_end(&view);
    cr_assert(uuid_parse(lamp, &id));
    index_note_use(world.cache, &user, &id, INT64_C(1800000000) * US_PER_SECOND, 2);
    index_note_use(world.cache, &id, &id, 1, 1); // of nobody
    view = view_of(&world, "ada");
    cr_assert(partition_find(view.partition, &id, &row));
    cr_assert_eq(view.partition->integers[COLUMN_ACCESS_COUNT][row], 2);
    index_end(&view);
    end(&world);
}

Test(index_cache, takes_the_vectors_of_the_space_that_is_asked_for)
{
    const struct index_spaces mine = {{"mine"}}, nobodys = {{"nobody's"}};
    struct world world;
    struct index_view view;
    begin(&world, AMPLE);
    call(world.ada, "memory.remember",
         "{\"content\": \"a lamp\", \"vector\": [3, 4], \"space\": \"mine\"}", NULL);
    int64_t now_us = store_now_us(engine_store(world.ada));
    cr_assert_eq(index_begin(world.cache, "ada", &mine, now_us, &view, NULL), MNEME_OK);
    cr_assert_eq(view.dimensions[0], 2);
    cr_assert_float_eq(row_vector(view.partition, 0)[1], .8F, 1e-6F);
    index_end(&view);
    cr_assert_eq(index_begin(world.cache, "ada", &nobodys, now_us, &view, NULL), MNEME_OK);
    cr_assert_eq(view.dimensions[0], 0);
    cr_assert_eq(partition_live_count(view.partition), 1);
    index_end(&view);
    end(&world);
}

Test(index_cache, says_that_a_stored_row_is_damaged_and_recovers_when_it_is_whole_again)
{
    static const char *const damages[][2] = {
        {"UPDATE memory SET terms = x'ff' RETURNING 1", "terms"},
        {"UPDATE memory SET terms = NULL, tags = '[1]' RETURNING 1", "tags"},
        {"UPDATE memory SET tags = '[' RETURNING 1", "tags"},
        {"UPDATE memory SET tags = NULL RETURNING 1", NULL},
    };
    struct world world;
    struct index_view view;
    struct mneme_error error;
    begin(&world, AMPLE);
    remember(world.ada, "a lamp", NULL);
    struct env env = world.env;
    struct db_options options = {.mode = DB_WRITE, .env = &env};
    struct db *db;
    cr_assert_eq(db_open(support_dir_file(&world.dir, "store.db"), &options, &db, NULL), MNEME_OK);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
        (void)db_fixture_ask(db, damages[i][0]);
        cr_assert_eq(db_commit(db, NULL), MNEME_OK);
        enum mneme_code code = index_begin(world.cache, "ada", NULL, 1, &view, &error);
        if (damages[i][1]) {
            cr_assert_eq(code, MNEME_STORAGE);
            cr_assert_str_eq(error.rule, "corrupt");
            cr_assert_str_eq(error.field, damages[i][1]);
            cr_assert_eq(index_bytes(world.cache), 0);
        } else {
            cr_assert_eq(code, MNEME_OK);
            index_end(&view);
        }
    }
    db_close(db);
    end(&world);
}

static enum mneme_code look(void *context)
{
    struct world *world = context;
    struct index_view view;
    struct index_cache *cache = index_cache_new(engine_store(world->ada), AMPLE);
    if (!cache) return MNEME_NOMEM;
    enum mneme_code code =
        index_begin(cache, "ada", NULL, store_now_us(engine_store(world->ada)), &view, NULL);
    if (code == MNEME_OK) cr_assert_eq(partition_live_count(view.partition), 3);
    index_end(&view);
    index_cache_free(cache);
    return code;
}

Test(index_cache, holds_nothing_when_memory_runs_out_at_any_allocation)
{
    struct world world;
    char talk[40], json[300];
    begin(&world, AMPLE);
    call(world.ada, "memory.remember", "{\"content\": \"a lamp\", \"tags\": [\"x\", \"y\"]}", NULL);
    call(world.ada, "conversation.create", "{}", talk);
    snprintf(json, sizeof json,
             "{\"conversation_id\": \"%s\", \"messages\": [{\"content\": \"one\"}, {\"content\": "
             "\"two\"}]}",
             talk);
    call(world.ada, "conversation.append", json, NULL);
    cr_assert_eq(rows_of(&world, "ada"), 3);
    cr_assert_gt(support_fail_each(look, &world), 20);
    end(&world);
}

/* --- threads ----------------------------------------------------------------------------------------------------- */

#define READERS 3
#define WRITTEN 150

struct crowd {
    struct world *world;
    struct index_cache *cache;
    atomic_bool is_done;
};

static void *write_on(void *context)
{
    struct crowd *crowd = context;
    struct uuid nobody = {{1}};
    for (int i = 0; i < WRITTEN; i++) {
        char content[80];
        snprintf(content, sizeof content, "lamp number %d of the harbour", i);
        remember(crowd->world->ada, content, NULL);
        index_note_use(crowd->cache, &nobody, &nobody, 1, 1);
    }
    atomic_store(&crowd->is_done, true);
    return NULL;
}

/* What the partition holds is what the snapshot beside it holds, at every moment. */
static void *read_on(void *context)
{
    struct crowd *crowd = context;
    int64_t last = 0;
    bool is_last = false;
    while (!is_last) {
        struct index_view view;
        struct statement *statement;
        bool has_row;
        is_last = atomic_load(&crowd->is_done);
        int64_t now_us = store_now_us(engine_store(crowd->world->ada));
        cr_assert_eq(index_begin(crowd->cache, "ada", NULL, now_us, &view, NULL), MNEME_OK);
        if (view.is_known) {
            cr_assert_geq(view.change_seq, last);
            last = view.change_seq;
            cr_assert_eq(db_prepare(view.db, SQL_PARTITION_COUNT, &statement, NULL), MNEME_OK);
            db_bind_uuid(statement, 1, &view.user);
            db_bind_integer(statement, 2, 0);
            cr_assert_eq(db_step(statement, &has_row, NULL), MNEME_OK);
            cr_assert_eq(db_integer(statement, 0), (int64_t)partition_live_count(view.partition));
            db_reset(statement);
        }
        index_end(&view);
        cr_assert_eq(index_begin(crowd->cache, "eve", NULL, now_us, &view, NULL), MNEME_OK);
        cr_assert_eq(partition_live_count(view.partition), 1);
        index_end(&view);
    }
    return NULL;
}

static void crowd_of(size_t budget_bytes)
{
    struct world world;
    begin(&world, budget_bytes);
    struct crowd crowd = {.world = &world, .cache = world.cache};
    struct mneme *eve = open_as(&world, "eve");
    remember(eve, "a lamp", NULL);
    pthread_t readers[READERS], writer;
    pthread_create(&writer, NULL, write_on, &crowd);
    for (int i = 0; i < READERS; i++) pthread_create(&readers[i], NULL, read_on, &crowd);
    pthread_join(writer, NULL);
    for (int i = 0; i < READERS; i++) pthread_join(readers[i], NULL);
    cr_assert_eq(rows_of(&world, "ada"), WRITTEN);
    mneme_close(eve);
    end(&world);
}

Test(index_threads, agree_with_their_snapshots_while_somebody_writes, .timeout = 60)
{
    crowd_of(AMPLE);
}

Test(index_threads, agree_although_partitions_are_dropped_all_the_time, .timeout = 60)
{
    crowd_of(1);
}
