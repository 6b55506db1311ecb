/*
 * Bare SQLite writing the rows that mneme wrote: the rows of each remember are read back from mneme's store and
 * inserted into another one, of the same schema (sql/migrations), with the same settings, by the same statements as
 * mneme's own, prepared once, their values bound where they lie. So both write the same bytes into the same tables and
 * indexes, and update counter and clock once a transaction. What mneme does besides (JSON, terms, digests, looking for
 * the same content, receipts) the bare side does not.
 */
#ifndef BENCH_SUPPORT_RAW_H
#define BENCH_SUPPORT_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rows that mneme has written, in order, its user being `default`. */
struct raw_source;
struct raw_rows; /* of one memory */

struct raw_source *raw_source_open(const char *mneme_store);
void raw_source_close(struct raw_source *source);
/* The rows of the memories written since the last call; freed by raw_rows_free. */
struct raw_rows *raw_source_next(struct raw_source *source, size_t *count);
void raw_rows_free(struct raw_rows *rows, size_t count);
const struct raw_rows *raw_rows_at(const struct raw_rows *rows, size_t i);

/*
 * A new store of the same schema, with mneme's storage shim (page checksums) or right on SQLite's own file layer. User,
 * space and clock are copied from mneme's.
 */
struct raw_store;
struct raw_store *raw_store_open(const char *path, bool has_shim, const char *mneme_store);
void raw_store_close(struct raw_store *store);
/* Writes the rows of `count` memories in one durable transaction, and tends the log as mneme does. */
void raw_store_write(struct raw_store *store, const struct raw_rows *rows, size_t count);

/* Ends the program unless both stores hold the same rows. */
void raw_check_same(const char *mneme_store, const char *raw_store, bool has_shim);

#endif
