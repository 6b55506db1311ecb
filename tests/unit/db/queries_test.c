// All queries of sql/ against the schema they are written for.
#include "../../support/db_fixture.h"
#include "db/db_internal.h"
#include "db/sqlite/sqlite_internal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct db_fixture fixture;
static struct db *db;

static void set_up(void)
{
    db_fixture_init(&fixture);
    db = db_fixture_open(&fixture, DB_WRITE);
}

static void tear_down(void)
{
    db_close(db);
    db_fixture_clear(&fixture);
}

TestSuite(queries, .init = set_up, .fini = tear_down);

Test(queries, each_can_be_prepared)
{
    struct statement *statement;
    struct mneme_error error = {0};
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    for (int id = 0; id < SQL_COUNT; id++) {
        enum mneme_code code = db_prepare(db, (enum sql_id)id, &statement, &error);
        cr_expect_eq(code, MNEME_OK, "%s: %s", sql_queries[id].name,
                     sqlite3_errmsg(sqlite_db_of(db)->handle));
    }
    db_rollback(db);
}

Test(queries, each_is_marked_as_writing_if_it_writes)
{
    struct statement *statement;
    cr_assert_eq(db_begin(db, DB_WRITE, NULL), MNEME_OK);
    for (int id = 0; id < SQL_COUNT; id++) {
        if (db_prepare(db, (enum sql_id)id, &statement, NULL) != MNEME_OK) continue;
        bool only_reads = sqlite3_stmt_readonly(((struct sqlite_statement *)statement)->handle);
        cr_expect_eq(sql_queries[id].is_write, !only_reads, "%s", sql_queries[id].name);
    }
    db_rollback(db);
}

/* The word that a query has here, past blanks; its end is put into *at. */
static struct strbuf next_word(const char **at)
{
    struct strbuf word;
    strbuf_init(&word, 256);
    *at += strspn(*at, " \n(),;");
    size_t length = strcspn(*at, " \n(),;");
    strbuf_add(&word, *at, length);
    *at += length;
    return word;
}

/* The table that the query calls by this name. */
static void add_table(const char *query, const char *name, size_t length, struct strbuf *out)
{
    struct strbuf before[3] = {next_word(&query), next_word(&query), next_word(&query)};
    bool found = false;
    while (before[0].length > 0 && !found) {
        bool names_table =
            strcmp(before[0].text, "FROM") == 0 || strcmp(before[0].text, "JOIN") == 0;
        found =
            names_table && before[2].length == length && memcmp(before[2].text, name, length) == 0;
        if (found) strbuf_add_text(out, before[1].text);
        strbuf_clear(&before[0]);
        before[0] = before[1];
        before[1] = before[2];
        before[2] = next_word(&query);
    }
    for (size_t i = 0; i < 3; i++) strbuf_clear(&before[i]);
    if (!found) strbuf_add(out, name, length);
}

/* The index of a step as a mark names it: a key that belongs to its table has the table's name. */
static void add_index(const char *query, const char *step, struct strbuf *out)
{
    static const char own[] = "sqlite_autoindex_";
    const char *index = strstr(step, "INDEX ");
    const char *name = index ? index + strlen("INDEX ") : step + strlen("SEARCH ");
    size_t length = strcspn(name, " ");
    if (!index) {
        add_table(query, name, length, out);
        return;
    }
    if (strncmp(name, own, sizeof own - 1) != 0) {
        strbuf_add(out, name, length);
        return;
    }
    name += sizeof own - 1;
    length -= sizeof own - 1 + strlen("_1");
    strbuf_add(out, name, length);
    if (name[length + 1] != '1') strbuf_add_text(out, ".unique");
}

/* What SQLite means to do, in the words of `-- plan:`. */
static void read_plan(const char *query, struct strbuf *out)
{
    sqlite3_stmt *plan;
    struct strbuf sql;
    strbuf_init(&sql, (size_t)64 * 1024);
    strbuf_printf(&sql, "EXPLAIN QUERY PLAN %s", query);
    cr_assert_eq(strbuf_code(&sql), MNEME_OK);
    int rc = sqlite3_prepare_v2(sqlite_db_of(db)->handle, sql.text, -1, &plan, NULL);
    cr_assert_eq(rc, SQLITE_OK, "%s", query);
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(plan, 3);
        bool searches = strncmp(step, "SEARCH ", 7) == 0;
        bool scans = strncmp(step, "SCAN ", 5) == 0 && strncmp(step, "SCAN CONSTANT", 13) != 0;
        bool sorts = strncmp(step, "USE TEMP B-TREE", 15) == 0;
        if (!searches && !scans && !sorts) continue;
        if (out->length > 0) strbuf_add_text(out, ", ");
        if (strstr(step, "(user_id=?)")) strbuf_add_text(out, "all ");
        if (scans) strbuf_add_text(out, step);
        if (sorts) strbuf_add_text(out, "sort");
        if (searches) add_index(query, step, out);
    }
    (void)sqlite3_finalize(plan);
    strbuf_clear(&sql);
}

Test(queries, each_finds_its_rows_as_it_says)
{
    for (int id = 0; id < SQL_COUNT; id++) {
        struct strbuf plan;
        strbuf_init(&plan, 1024);
        read_plan(sql_queries[id].text, &plan);
        const char *said = sql_queries[id].plan ? sql_queries[id].plan : "";
        cr_expect_str_eq(plan.text, said, "%s: it says '%s', SQLite '%s'", sql_queries[id].name,
                         said, plan.text);
        strbuf_clear(&plan);
    }
}
