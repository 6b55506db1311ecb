#include "cli/table.h"

#include <assert.h>

#define GAP 2         // columns between two cells
#define LAST_LEAST 20 // of the last column, however narrow the window

void table_init(struct table *table, struct arena *arena, const struct table_column *columns,
                size_t column_count)
{
    assert(column_count > 0 && column_count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.arena = arena, .columns = columns, .column_count = column_count};
}

const char **table_add_row(struct table *table)
{
    size_t used = table->row_count * table->column_count;
    const char **cells = arena_grow(table->arena, table->cells, &table->capacity,
                                    used + table->column_count, sizeof *cells);
    if (cells == NULL) {
        return NULL;
    }
    table->cells = cells;
    table->row_count++;
    for (size_t i = 0; i < table->column_count; i++) {
        cells[used + i] = NULL;
    }
    return cells + used;
}

static const char *cell_at(const struct table *table, size_t row, size_t column)
{
    const char *cell = table->cells[row * table->column_count + column];
    return cell ? cell : "";
}

/* The width of the widest cell; 0: the column is empty. */
static size_t measure_column(const struct table *table, size_t column)
{
    size_t widest = 0;
    for (size_t row = 0; row < table->row_count; row++) {
        size_t width = page_width(cell_at(table, row, column));
        widest = width > widest ? width : widest;
    }
    const char *heading = table->columns[column].heading;
    size_t width = widest > 0 && heading ? page_width(heading) : 0;
    return width > widest ? width : widest;
}

struct layout {
    size_t widths[TABLE_COLUMNS_MAX]; /* 0: left out */
    size_t last;
    size_t room; /* of the last column; SIZE_MAX: as much as it needs */
};

static void lay_out(const struct table *table, const struct page *page, struct layout *layout)
{
    size_t before = table->indent;
    *layout = (struct layout){.room = SIZE_MAX};
    for (size_t i = 0; i < table->column_count; i++) {
        layout->widths[i] = measure_column(table, i);
        if (layout->widths[i] > 0) {
            layout->last = i;
        }
    }
    for (size_t i = 0; i < layout->last; i++) {
        before += layout->widths[i] > 0 ? layout->widths[i] + GAP : 0;
    }
    if (page->terminal->is_cutting && !table->is_whole) {
        size_t width = page->terminal->width;
        layout->room = width > before + LAST_LEAST ? width - before : LAST_LEAST;
    }
}

static void print_cell(struct page *page, const struct table_column *column, enum style style,
                       const char *text, size_t width)
{
    size_t used = page_width(text), pad = width > used ? width - used : 0;
    if (column->is_number) {
        page_spaces(page, pad);
    }
    page_add(page, style, text);
    if (!column->is_number) {
        page_spaces(page, pad);
    }
    page_spaces(page, GAP);
}

/* A row, or the headings. */
static void print_row(const struct table *table, const struct layout *layout, struct page *page,
                      size_t row)
{
    page_spaces(page, table->indent);
    for (size_t i = 0; i <= layout->last; i++) {
        const struct table_column *column = &table->columns[i];
        bool is_heading = row == table->row_count;
        const char *text = is_heading ? column->heading : cell_at(table, row, i);
        enum style style = is_heading          ? STYLE_FAINT
                           : column->is_strong ? STYLE_STRONG
                                               : STYLE_PLAIN;
        if (layout->widths[i] == 0) {
            continue;
        }
        if (i < layout->last) {
            print_cell(page, column, style, text, layout->widths[i]);
            continue;
        }
        size_t width = page_width(text);
        if (column->is_number && width < layout->widths[i]) {
            page_spaces(page, layout->widths[i] - width);
        }
        page_add_cut(page, style, text, layout->room);
    }
    page_end_line(page);
}

void table_print(const struct table *table, struct page *page)
{
    struct layout layout;
    if (table->row_count == 0) {
        return;
    }
    lay_out(table, page, &layout);
    if (table->columns[layout.last].heading != NULL) {
        print_row(table, &layout, page, table->row_count);
    }
    for (size_t row = 0; row < table->row_count; row++) {
        print_row(table, &layout, page, row);
    }
}
