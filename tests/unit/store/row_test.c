/* Records through a real database and back. */
#include "store/row.h"

#include "db/migrate.h"
#include "support/records.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;
static struct mneme_error error;
static struct env env;
static struct db *db;
static char folder[] = "/tmp/mneme_row_XXXXXX", path[64];

static void begin(void)
{
    arena_init(&arena);
    env = env_system();
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/store.db", folder);
    struct db_options options = {.mode = DB_WRITE, .env = &env};
    cr_assert_eq(db_open(path, &options, &db, &error), MNEME_OK, "%s", error.message);
    cr_assert_eq(migrate_upgrade(db, path, &error), MNEME_OK, "%s", error.message);
    cr_assert_eq(db_begin(db, DB_WRITE, &error), MNEME_OK, "%s", error.message);
}

static void end(void)
{
    db_rollback(db);
    db_close(db);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
    rmdir(folder);
    arena_clear(&arena);
}

TestSuite(row, .init = begin, .fini = end);

static void run(enum sql_id id, const struct kind *kind, const void *record)
{
    struct statement *statement;
    cr_assert_eq(db_prepare(db, id, &statement, &error), MNEME_OK, "%s", error.message);
    cr_assert_eq(row_bind(statement, kind, record, 1, &arena, &error), MNEME_OK, "%s",
                 error.message);
    cr_assert_eq(db_run(statement, &error), MNEME_OK, "%s: %s", kind->name, error.message);
}

/* Binds the two numbers of a generated GET and steps to its row. */
static struct statement *get(const struct kind *kind, const void *record)
{
    struct uuid *ids = arena_alloc(&arena, 2 * sizeof *ids);
    size_t id = field_find(kind, "id"), user = field_find(kind, "user_id");
    cr_assert(uuid_parse(field_text(kind, record, id), &ids[1]));
    struct statement *statement;
    cr_assert_eq(db_prepare(db, row_statements(kind)->get, &statement, &error), MNEME_OK);
    if (user != FIELD_NONE) {
        cr_assert(uuid_parse(field_text(kind, record, user), &ids[0]));
        db_bind_uuid(statement, 1, &ids[0]);
        db_bind_uuid(statement, 2, &ids[1]);
    } else {
        db_bind_uuid(statement, 1, &ids[1]);
    }
    bool has_row;
    cr_assert_eq(db_step(statement, &has_row, &error), MNEME_OK, "%s", error.message);
    cr_assert(has_row, "%s", kind->name);
    return statement;
}

/* A record whose references hold: the user, and a conversation to speak in, are there. */
static void fill(const struct kind *kind, void *record, int seed)
{
    static bool has_context;
    static struct user user;
    static struct conversation conversation;
    if (!has_context) {
        has_context = true;
        fill_record(&kind_user, &user, 90, &arena);
        run(SQL_USER_INSERT, &kind_user, &user);
        fill_record(&kind_conversation, &conversation, 91, &arena);
        field_set_text(&kind_conversation, &conversation, COMMON_USER_ID, user.id);
        run(SQL_CONVERSATION_INSERT, &kind_conversation, &conversation);
    }
    fill_record(kind, record, seed, &arena);
    size_t owner = field_find(kind, "user_id");
    if (owner != FIELD_NONE) field_set_text(kind, record, owner, user.id);
    if (kind == &kind_message)
        field_set_text(kind, record, MESSAGE_CONVERSATION_ID, conversation.id);
    if (kind == &kind_summary)
        field_set_text(kind, record, SUMMARY_CONVERSATION_ID, conversation.id);
}

static void expect_same(const struct kind *kind, const void *expected, const void *actual)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        if (kind->fields[i].flags & FIELD_DERIVED)
            cr_assert_not(field_present(actual, i));
        else
            cr_assert(field_equal(kind, expected, actual, i), "%s.%s", kind->name,
                      kind->fields[i].name);
    }
}

Test(row, a_full_record_of_every_kind_comes_back_as_it_went)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        union any_record record, back;
        fill(kind, &record, (int)k + 1);
        run(row_statements(kind)->insert, kind, &record);
        if (row_statements(kind)->get == SQL_COUNT) continue;
        struct statement *statement = get(kind, &record);
        cr_assert_eq(row_read(statement, kind, &back, 0, &arena, &error), MNEME_OK, "%s",
                     error.message);
        expect_same(kind, &record, &back);
        cr_assert_eq(back.head.given, 0);
        db_reset(statement);
    }
}

Test(row, a_record_with_nothing_but_what_it_must_have_does_too)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        union any_record record, back;
        fill(kind, &record, (int)k + 1);
        for (size_t i = 0; i < kind->field_count; i++)
            if (!(kind->fields[i].flags & FIELD_STORED)) field_clear(kind, &record, i);
        run(row_statements(kind)->insert, kind, &record);
        if (row_statements(kind)->get == SQL_COUNT) continue;
        struct statement *statement = get(kind, &record);
        cr_assert_eq(row_read(statement, kind, &back, 0, &arena, &error), MNEME_OK);
        expect_same(kind, &record, &back);
        db_reset(statement);
    }
}

Test(row, an_update_replaces_every_column)
{
    const struct kind *kind;
    for (size_t k = 0; (kind = kind_at(k)); k++) {
        if (row_statements(kind)->update == SQL_COUNT) continue;
        union any_record record, other, back;
        fill(kind, &record, (int)k + 1);
        run(row_statements(kind)->insert, kind, &record);
        fill(kind, &other, (int)k + 21);
        field_copy(kind, &other, &record, field_find(kind, "id"));
        run(row_statements(kind)->update, kind, &other);
        struct statement *statement = get(kind, &record);
        cr_assert_eq(row_read(statement, kind, &back, 0, &arena, &error), MNEME_OK);
        expect_same(kind, &other, &back);
        db_reset(statement);
    }
}

Test(row, a_field_that_must_hold_a_value_is_refused_by_the_database_too)
{
    union any_record record;
    fill(&kind_memory, &record, 1);
    field_clear(&kind_memory, &record, MEMORY_CONTENT);
    struct statement *statement;
    cr_assert_eq(db_prepare(db, SQL_MEMORY_INSERT, &statement, &error), MNEME_OK);
    cr_assert_eq(row_bind(statement, &kind_memory, &record, 1, &arena, &error), MNEME_OK);
    cr_assert_neq(db_run(statement, &error), MNEME_OK);
}

Test(row, what_is_no_uuid_is_not_bound)
{
    union any_record record;
    fill(&kind_memory, &record, 1);
    record.memory.superseded_by = "somebody";
    struct statement *statement;
    cr_assert_eq(db_prepare(db, SQL_MEMORY_INSERT, &statement, &error), MNEME_OK);
    cr_assert_eq(row_bind(statement, &kind_memory, &record, 1, &arena, &error), MNEME_INVALID);
    cr_assert_str_eq(error.field, "superseded_by");
    db_reset(statement);
}

/* Writes a memory whose tags or metadata are not what mneme writes, by way of a kind that calls them plain text. */
static enum mneme_code read_damaged(size_t at, enum field_type type, const char *value)
{
    static struct field fields[64];
    struct kind plain = kind_memory;
    memcpy(fields, kind_memory.fields, kind_memory.field_count * sizeof *fields);
    plain.fields = fields;
    union any_record record, back;
    fill(&kind_memory, &record, 1);
    fields[at].type = type;
    fields[at].flags = 0;
    fields[at].offset = offsetof(struct memory, origin); // a text that has room for it
    record.memory.origin = value;
    record.memory.head.present |= UINT64_C(1) << at;
    run(SQL_MEMORY_INSERT, &plain, &record);
    struct statement *statement = get(&kind_memory, &record);
    enum mneme_code code = row_read(statement, &kind_memory, &back, 0, &arena, &error);
    db_reset(statement);
    return code;
}

Test(row, tags_that_are_no_json_are_damage)
{
    cr_assert_eq(read_damaged(MEMORY_TAGS, FIELD_TEXT, "[\"a\""), MNEME_STORAGE);
    cr_assert_str_eq(error.rule, "corrupt");
    cr_assert_str_eq(error.field, "tags");
}

Test(row, tags_that_are_no_list_are_damage)
{
    cr_assert_eq(read_damaged(MEMORY_TAGS, FIELD_TEXT, "{\"a\":1}"), MNEME_STORAGE);
}

Test(row, tags_that_are_no_texts_are_damage)
{
    cr_assert_eq(read_damaged(MEMORY_TAGS, FIELD_TEXT, "[\"a\",1]"), MNEME_STORAGE);
}

Test(row, a_uuid_of_another_length_is_damage)
{
    union any_record record, back;
    fill(&kind_memory, &record, 1);
    field_clear(&kind_memory, &record, MEMORY_SUPERSEDED_BY);
    run(SQL_MEMORY_INSERT, &kind_memory, &record);
    struct statement *statement = get(&kind_memory, &record);
    // terms are bytes of any length: as a kind that calls them a UUID sees them
    static struct field fields[64];
    struct kind strange = kind_memory;
    memcpy(fields, kind_memory.fields, kind_memory.field_count * sizeof *fields);
    fields[MEMORY_TERMS].type = FIELD_TEXT;
    fields[MEMORY_TERMS].flags = FIELD_UUID;
    strange.fields = fields;
    cr_assert_eq(row_read(statement, &strange, &back, 0, &arena, &error), MNEME_STORAGE);
    cr_assert_str_eq(error.field, "terms");
    db_reset(statement);
}

Test(row, running_out_of_memory_is_nomem)
{
    union any_record record, back;
    fill(&kind_memory, &record, 1);
    struct statement *statement;
    cr_assert_eq(db_prepare(db, SQL_MEMORY_INSERT, &statement, &error), MNEME_OK);
    bool was_refused = true;
    for (size_t n = 0; was_refused; n++) {
        struct arena own;
        arena_init(&own);
        fail_from(n);
        enum mneme_code code = row_bind(statement, &kind_memory, &record, 1, &own, &error);
        was_refused = fail_never_again();
        cr_assert_eq(code, was_refused ? MNEME_NOMEM : MNEME_OK);
        db_reset(statement);
        arena_clear(&own);
    }
    run(SQL_MEMORY_INSERT, &kind_memory, &record);
    statement = get(&kind_memory, &record);
    was_refused = true;
    for (size_t n = 0; was_refused; n++) {
        struct arena own;
        arena_init(&own);
        fail_from(n);
        enum mneme_code code = row_read(statement, &kind_memory, &back, 0, &own, &error);
        was_refused = fail_never_again();
        cr_assert_eq(code, was_refused ? MNEME_NOMEM : MNEME_OK);
        arena_clear(&own);
    }
    db_reset(statement);
}

// --- rows of a statement -------------------------------------------------------------------------

/* Some conversations, and the statement that lists them by the time they were made. */
static struct statement *list_conversations(int count)
{
    struct conversation rows[5];
    struct uuid *user = arena_alloc(&arena, sizeof *user), none = {{0}};
    struct statement *statement;
    for (int i = 0; i < count; i++) {
        fill(&kind_conversation, &rows[i], 10 + i);
        field_set_integer(&kind_conversation, &rows[i], COMMON_CREATED_AT, 1000 + i);
        run(SQL_CONVERSATION_INSERT, &kind_conversation, &rows[i]);
    }
    cr_assert(uuid_parse(rows[0].user_id, user));
    cr_assert_eq(db_prepare(db, SQL_CONVERSATION_BY_CREATED_FORWARD, &statement, &error), MNEME_OK);
    db_bind_uuid(statement, 1, user);
    db_bind_integer(statement, 2, 999);
    struct uuid *least = arena_copy(&arena, &none, sizeof none);
    db_bind_uuid(statement, 3, least);
    return statement;
}

Test(row, rows_come_one_after_another_until_none_is_left)
{
    struct statement *statement = list_conversations(3);
    struct conversation record;
    bool has_row = true;
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(row_next(statement, &kind_conversation, &record, &arena, &has_row, &error),
                     MNEME_OK);
        cr_assert(has_row);
        cr_expect_eq(record.created_at, 1000 + i);
    }
    // The one that fill() makes for messages was made long after.
    while (has_row)
        cr_assert_eq(row_next(statement, &kind_conversation, &record, &arena, &has_row, &error),
                     MNEME_OK);
    cr_expect_null(record.id, "at the end the record is empty");
}

Test(row, the_first_row_is_found_and_the_statement_can_be_used_again)
{
    struct statement *statement = list_conversations(2);
    for (int i = 0; i < 2; i++) {
        struct conversation record;
        bool found = false;
        cr_assert_eq(row_find(statement, &kind_conversation, &record, &arena, &found, &error),
                     MNEME_OK);
        cr_expect(found);
        cr_expect_eq(record.created_at, 1000);
    }
    db_bind_integer(statement, 2, INT64_MAX);
    struct conversation record;
    bool found = true;
    cr_assert_eq(row_find(statement, &kind_conversation, &record, &arena, &found, &error),
                 MNEME_OK);
    cr_expect_not(found);
}

Test(row, a_list_ends_at_its_bound_and_says_whether_there_is_more)
{
    struct statement *statement = list_conversations(3);
    static const size_t bounds[] = {0, 1, 3, 4, 5, SIZE_MAX};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        struct row_list list;
        cr_assert_eq(row_list(statement, &kind_conversation, bounds[i], &arena, &list, &error),
                     MNEME_OK);
        cr_expect_eq(list.count, bounds[i] < 4 ? bounds[i] : 4, "%zu", bounds[i]);
        cr_expect_eq(list.has_more, bounds[i] < 4, "%zu", bounds[i]);
        const struct conversation *rows = list.records;
        for (size_t n = 0; n < list.count && n < 3; n++)
            cr_expect_eq(rows[n].created_at, 1000 + (int64_t)n);
    }
}

Test(row, a_list_without_memory_is_nomem_and_leaves_no_statement_open)
{
    struct statement *statement = list_conversations(3);
    struct row_list list;
    struct arena own;
    enum mneme_code code = MNEME_NOMEM;
    for (size_t n = 0; code != MNEME_OK; n++) {
        arena_init(&own);
        fail_from(n);
        code = row_list(statement, &kind_conversation, SIZE_MAX, &own, &list, &error);
        bool was_refused = fail_never_again();
        cr_assert(code == (was_refused ? MNEME_NOMEM : MNEME_OK), "%zu: %s", n, error.message);
        arena_clear(&own);
    }
    cr_expect_eq(list.count, 4);
}
