/* SQLite behind db.h. Only db.c includes this. */
#ifndef DB_SQLITE_SQLITE_DB_H
#define DB_SQLITE_SQLITE_DB_H

#include "db/db.h"

enum mneme_code sqlite_db_open(const char *path, const struct db_options *options, struct db **out,
                               struct mneme_error *err) MUST_CHECK;
enum db_health sqlite_db_health(void);
const char *sqlite_db_version(void);

#endif
