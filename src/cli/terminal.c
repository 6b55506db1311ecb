#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_LEAST 40
#define WIDTH_MOST 1000

/* COLUMNS, if it is a number of columns that can be printed into. */
static bool read_columns(size_t *out)
{
    const char *text = getenv("COLUMNS");
    char *end = NULL;
    if (text == NULL || *text < '1' || *text > '9') {
        return false;
    }
    unsigned long columns = strtoul(text, &end, 10);
    if (*end != '\0' || columns < WIDTH_LEAST || columns > WIDTH_MOST) {
        return false;
    }
    *out = columns;
    return true;
}

static bool ask_width(int fd, size_t *out)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < WIDTH_LEAST) {
        return false;
    }
    *out = size.ws_col;
    return true;
}

void terminal_look(struct terminal *terminal, int fd)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    *terminal = (struct terminal){.width = TERMINAL_WIDTH, .is_terminal = isatty(fd) == 1};
    terminal->is_cutting = read_columns(&terminal->width) ||
                           (terminal->is_terminal && ask_width(fd, &terminal->width));
    terminal->has_styles = terminal->is_terminal && (no_color == NULL || *no_color == '\0') &&
                           term != NULL && strcmp(term, "dumb") != 0;
}
