/* What the person at the other end sees: how wide a line is, and whether styles show. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#define TERMINAL_WIDTH 80 /* where nothing tells the width */

struct terminal {
    bool is_terminal;
    bool has_styles; /* a terminal that knows them, and NO_COLOR is not set */
    size_t width;    /* columns; COLUMNS says it before the terminal does */
    bool is_cutting; /* the width is known, so lines of tables end there */
};

void terminal_look(struct terminal *terminal, int fd);

#endif
