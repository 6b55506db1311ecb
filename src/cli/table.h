/*
 * A table for people: headings, rows of short texts, columns as wide as their widest cell.
 *
 * The last column takes what is left of a line: where the width is known it is cut there, else shown whole. A column
 * that is empty in every row is left out.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/arena.h"
#include "cli/page.h"

#define TABLE_COLUMNS_MAX 16

struct table_column {
    const char *heading; /* NULL in all: no line of headings */
    bool is_number;      /* to the right */
    bool is_strong;
};

struct table {
    struct arena *arena;
    const struct table_column *columns;
    size_t column_count;
    const char **cells; /* row after row; NULL: empty */
    size_t row_count, capacity;
    size_t indent;
    bool is_whole; /* the last column is not cut */
};

/* The columns are borrowed for the table's life, and so are the cells' texts. */
void table_init(struct table *table, struct arena *arena, const struct table_column *columns,
                size_t column_count);
/* A new row of empty cells, to be filled; NULL when out of memory. */
const char **table_add_row(struct table *table);
void table_print(const struct table *table, struct page *page);

#endif
