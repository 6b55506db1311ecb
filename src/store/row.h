/*
 * Records to rows and back, by the field table. The columns of a kind are its fields in order, without the derived
 * ones, as {kind} in sql/ and the generated statements have them.
 *
 * UUIDs are 16 bytes in the database, lists and JSON compact text, booleans 0 or 1, absent values NULL.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "db/db.h"
#include "model/records.h"

/* Binds all columns, from parameter `first` on. Texts and bytes are borrowed from the record, the rest from the arena,
 * until the statement is reset. */
enum mneme_code row_bind(struct statement *statement, const struct kind *kind, const void *record,
                         int first, struct arena *arena, struct mneme_error *err) MUST_CHECK;

/* Reads all columns, from column `first` (counted from 0) on, into the record, which is zeroed first; no field counts
 * as given. Everything is copied into the arena. What mneme cannot have written is STORAGE, rule corrupt. */
enum mneme_code row_read(struct statement *statement, const struct kind *kind, void *record,
                         int first, struct arena *arena, struct mneme_error *err) MUST_CHECK;

/*
 * The rows of a statement that is bound and whose first columns are those of the kind. After the last row, and after
 * any failure, the statement is reset; whoever leaves before resets it himself.
 */

/* The next row; at the end *has_row is false and the record zeroed. */
enum mneme_code row_next(struct statement *statement, const struct kind *kind, void *record,
                         struct arena *arena, bool *has_row, struct mneme_error *err) MUST_CHECK;
/* The first row, if there is one, after which the statement is reset. */
enum mneme_code row_find(struct statement *statement, const struct kind *kind, void *record,
                         struct arena *arena, bool *found, struct mneme_error *err) MUST_CHECK;
/* All rows up to `most` as an array of the kind's structs in the arena, NULL if there are none. */
struct row_list {
    void *records;
    size_t count;
    bool has_more; /* than `most` */
};
enum mneme_code row_list(struct statement *statement, const struct kind *kind, size_t most,
                         struct arena *arena, struct row_list *out, struct mneme_error *err)
    MUST_CHECK;

/* A column's text in the arena; *out is NULL for null. */
enum mneme_code row_text(struct statement *statement, int column, struct arena *arena,
                         const char **out, struct mneme_error *err) MUST_CHECK;

/* A column's UUID as text in the arena; *out is NULL for null. */
enum mneme_code row_id(struct statement *statement, int column, struct arena *arena,
                       const char **out, struct mneme_error *err) MUST_CHECK;

/* The statements that are generated for a kind (gen/sql.h); SQL_COUNT where there is none. */
const struct sql_kind *row_statements(const struct kind *kind);
/* The list of a kind in one of its orders. */
enum sql_id row_list_statement(const struct kind *kind, const struct kind_order *order,
                               bool goes_down);

#endif
