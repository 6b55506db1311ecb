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

Test(queries, none_scans_a_table_that_should_use_an_index)
{
    static char sql[64 * 1024];
    int indexed = 0;
    for (int id = 0; id < SQL_COUNT; id++) {
        sqlite3_stmt *plan;
        if (!sql_queries[id].is_indexed) continue;
        indexed++;
        int length = snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", sql_queries[id].text);
        cr_assert_lt(length, (int)sizeof sql);
        int rc = sqlite3_prepare_v2(sqlite_db_of(db)->handle, sql, -1, &plan, NULL);
        cr_assert_eq(rc, SQLITE_OK, "%s", sql_queries[id].name);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);
            bool scans = strncmp(step, "SCAN ", 5) == 0 && strncmp(step, "SCAN CONSTANT", 13) != 0;
            cr_expect_not(scans, "%s: %s", sql_queries[id].name, step);
        }
        (void)sqlite3_finalize(plan);
    }
    cr_expect_gt(indexed, 0);
}
