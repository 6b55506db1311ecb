/*
 * Databases for tests: options with a fixed clock, a migrated store in a folder to throw away, rows to write and find
 * again. Everything fails the running test by itself unless it returns a code.
 */
#ifndef SUPPORT_DB_FIXTURE_H
#define SUPPORT_DB_FIXTURE_H

#include "db/db.h"
#include "support.h"

struct db_fixture {
    struct support_dir dir;
    char path[300];
    struct env_fixed clock;
    struct env env;
};

void db_fixture_init(struct db_fixture *fixture); /* a folder; no file yet */
void db_fixture_clear(struct db_fixture *fixture);

struct db_options db_fixture_options(const struct db_fixture *fixture, enum db_mode mode);
/* Opens the fixture's path, and migrates for DB_WRITE. */
struct db *db_fixture_open(const struct db_fixture *fixture, enum db_mode mode);

/* Inside a write transaction: user `number`, its name `u<number>` followed by `padding` bytes that follow from it. */
enum mneme_code db_fixture_add_user(struct db *db, int64_t number, size_t padding,
                                    struct mneme_error *err);
/* The same in a transaction of its own. */
enum mneme_code db_fixture_write_user(struct db *db, int64_t number, size_t padding,
                                      struct mneme_error *err);
/* *found says whether the row is there. One that is there, but not as it was written, is STORAGE, rule `torn`. */
enum mneme_code db_fixture_find_user(struct db *db, int64_t number, size_t padding, bool *found,
                                     struct mneme_error *err);

/* The number a statement of the test's own answers, past db.h: for looking behind it. */
int64_t db_fixture_ask(struct db *db, const char *sql);
/* "ok", or the first thing wrong, by PRAGMA integrity_check. */
const char *db_fixture_integrity(struct db *db);

/* Every row of every table as a line, sorted: two stores that hold the same give the same text. mem_free it. */
char *db_fixture_dump(struct db *db);

/* Whether a test should try every case, or a sample that suits the everyday run: MNEME_LONG=1. */
bool db_fixture_is_long(void);

/* The bytes of a file; mem_free them. */
unsigned char *db_fixture_read_file(const char *path, size_t *length);

#endif
