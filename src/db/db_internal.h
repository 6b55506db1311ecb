/* What an implementation of db.h shares with the seam. */
#ifndef DB_DB_INTERNAL_H
#define DB_DB_INTERNAL_H

#include "db/db.h"

/* The first member of each implementation's statement. */
struct statement {
    struct db *db;
};

/* The migrations of a program, oldest first; tests bring their own. */
struct migration_list {
    const struct sql_migration *items;
    size_t count;
};

enum mneme_code migrate_upgrade_with(struct db *db, const char *path,
                                     struct migration_list migrations, struct mneme_error *err)
    MUST_CHECK;

#endif
