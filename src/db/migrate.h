/*
 * Migrations: numbered, forward only, one transaction each (schema, data and version together), after a backup of the
 * store beside it when there is something to lose. Their texts are sql/migrations/DIALECT/NNNN_title.sql.
 *
 * store_meta.oldest_reader names the oldest schema version whose programs may still read the store.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/db.h"

struct schema_state {
    int version, oldest_reader; /* of the store; 0: empty */
    int newest;                 /* this program's */
};

/* What the store is at; STORAGE if it is no store of ours. */
enum mneme_code migrate_inspect(struct db *db, struct schema_state *out, struct mneme_error *err)
    MUST_CHECK;

/* For reading: fine if version == newest, or version > newest >= oldest_reader; else UNSUPPORTED naming both versions
 * (an older store says that a writing command will bring it up to date). */
enum mneme_code migrate_check_readable(struct db *db, struct mneme_error *err) MUST_CHECK;

/* Brings the store to the newest version, making what an empty one needs (epoch, node id, signing key). A newer store
 * is UNSUPPORTED. `path` names the file for the backup "PATH.schema-N.bak". Safe when several processes try at once. */
enum mneme_code migrate_upgrade(struct db *db, const char *path, struct mneme_error *err)
    MUST_CHECK;

#endif
