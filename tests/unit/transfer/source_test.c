#include "transfer/source.h"

#include "base/limits.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct source *open_text(const struct support_dir *dir, const char *name, const char *text,
                                size_t length)
{
    struct source *source;
    support_write_file(support_dir_file(dir, name), text, length);
    cr_assert_eq(source_open(support_dir_file(dir, name), "path", &source, NULL), MNEME_OK);
    return source;
}

static void expect_line(struct source *source, uint64_t number, const char *text)
{
    struct source_line line;
    bool is_line;
    cr_assert_eq(source_next(source, &line, &is_line, NULL), MNEME_OK);
    cr_assert(is_line);
    cr_expect_eq(line.number, number);
    if (text == NULL) {
        cr_expect_null(line.text);
        return;
    }
    cr_expect_str_eq(line.text, text);
    cr_expect_eq(line.length, strlen(text));
}

static void expect_end(struct source *source)
{
    struct source_line line;
    bool is_line;
    cr_assert_eq(source_next(source, &line, &is_line, NULL), MNEME_OK);
    cr_expect_not(is_line);
}

Test(source, gives_lines_without_their_ends)
{
    static const char text[] = "\xEF\xBB\xBFone\r\n\ntwo\r\r\n\xEF\xBB\xBFlast";
    struct support_dir dir;
    uint64_t count;
    support_dir_init(&dir);
    struct source *source = open_text(&dir, "a", text, sizeof text - 1);
    for (int i = 0; i < 2; i++) {
        expect_line(source, 1, "one");
        cr_assert_eq(source_count_lines(source, &count, NULL), MNEME_OK);
        cr_expect_eq(count, 4);
        expect_line(source, 2, "");
        expect_line(source, 3, "two\r");
        expect_line(source, 4, "\xEF\xBB\xBFlast");
        expect_end(source);
        expect_end(source);
        cr_assert_eq(source_rewind(source, NULL), MNEME_OK);
    }
    cr_expect_str_eq(source_name(source), "a");
    source_close(source);
    support_dir_clear(&dir);
}

Test(source, gives_lines_that_cross_its_blocks)
{
    struct support_dir dir;
    size_t length = 300000;
    char *text = malloc(length + 1);
    support_dir_init(&dir);
    for (size_t i = 0; i < length; i++) text[i] = i % 70001 == 70000 ? '\n' : 'a' + i % 26;
    text[length] = '\0';
    struct source *source = open_text(&dir, "a", text, length);
    char *at = text;
    for (uint64_t number = 1; number <= 5; number++) {
        char *end = strchr(at, '\n');
        if (end != NULL) *end = '\0';
        expect_line(source, number, at);
        at = end != NULL ? end + 1 : at + strlen(at);
    }
    expect_end(source);
    free(text);
    source_close(source);
    support_dir_clear(&dir);
}

Test(source, passes_over_a_line_that_is_too_long)
{
    struct support_dir dir;
    size_t length = LIMIT_LINE_BYTES + 10;
    char *text = malloc(length);
    support_dir_init(&dir);
    memset(text, 'x', length);
    text[1] = text[LIMIT_LINE_BYTES + 5] = '\n';
    struct source *source = open_text(&dir, "a", text, length);
    expect_line(source, 1, "x");
    expect_line(source, 2, NULL);
    expect_line(source, 3, "xxxx");
    expect_end(source);
    free(text);
    source_close(source);
    support_dir_clear(&dir);
}

Test(source, reads_a_whole_file_up_to_a_bound)
{
    struct support_dir dir;
    struct strbuf text;
    struct mneme_error error;
    support_dir_init(&dir);
    struct source *source = open_text(&dir, "a", "one\ntwo", 7);
    strbuf_init(&text, 7);
    cr_assert_eq(source_read_all(source, &text, NULL), MNEME_OK);
    cr_expect_str_eq(text.text, "one\ntwo");
    strbuf_clear(&text);
    strbuf_init(&text, 6);
    cr_expect_eq(source_read_all(source, &text, &error), MNEME_LIMIT);
    cr_expect_str_eq(error.rule, "max_bytes");
    strbuf_clear(&text);
    source_close(source);
    support_dir_clear(&dir);
}

Test(source, reads_a_pipe_twice)
{
    struct support_dir dir;
    struct source *source;
    support_dir_init(&dir);
    const char *path = support_dir_file(&dir, "pipe");
    cr_assert_eq(mkfifo(path, 0600), 0);
    pid_t writer = fork();
    if (writer == 0) {
        int file = open(path, O_WRONLY);
        _exit(write(file, "one\ntwo\n", 8) == 8 ? 0 : 1);
    }
    cr_assert_eq(source_open(path, "path", &source, NULL), MNEME_OK);
    for (int i = 0; i < 2; i++) {
        expect_line(source, 1, "one");
        expect_line(source, 2, "two");
        expect_end(source);
        cr_assert_eq(source_rewind(source, NULL), MNEME_OK);
    }
    const char *identity;
    cr_assert_eq(source_identity(source, &identity, NULL), MNEME_OK);
    cr_expect_eq(strlen(identity), 32, "what has no name is named by what it holds");
    cr_expect_str_eq(source_name(source), "-");
    expect_line(source, 1, "one");
    source_close(source);
    support_dir_clear(&dir);
}

Test(source, is_named_by_its_file_and_folder)
{
    struct support_dir dir, other;
    const char *here, *there, *odd;
    support_dir_init(&dir);
    support_dir_init(&other);
    struct source *a = open_text(&dir, "chat.json", "1", 1);
    struct source *b = open_text(&other, "chat.json", "1", 1);
    struct source *c = open_text(&dir, "\xFF\n", "1", 1);
    cr_assert_eq(source_identity(a, &here, NULL), MNEME_OK);
    cr_assert_eq(source_identity(b, &there, NULL), MNEME_OK);
    cr_assert_eq(source_identity(c, &odd, NULL), MNEME_OK);
    cr_expect_eq(strncmp(here, "chat.json@", 10), 0);
    cr_expect_eq(strlen(here), 18);
    cr_expect_str_neq(here, there);
    cr_expect_eq(strlen(odd), 32);
    char before[64];
    snprintf(before, sizeof before, "%s", here);
    source_close(a);
    a = open_text(&dir, "chat.json", "grown", 5);
    cr_assert_eq(source_identity(a, &here, NULL), MNEME_OK);
    cr_expect_str_eq(here, before, "a file that has grown is the same source");
    source_close(a);
    source_close(b);
    source_close(c);
    support_dir_clear(&other);
    support_dir_clear(&dir);
}

Test(source, says_what_cannot_be_read)
{
    struct support_dir dir;
    struct source *source;
    struct mneme_error error;
    support_dir_init(&dir);
    cr_expect_eq(source_open(dir.path, "docs", &source, &error), MNEME_INVALID);
    cr_expect_null(source);
    cr_expect_str_eq(error.field, "docs");
    cr_expect_str_eq(error.rule, "path");
    cr_expect_eq(source_open(support_dir_file(&dir, "none"), "docs", &source, &error),
                 MNEME_INVALID);
    source_close(NULL);
    support_dir_clear(&dir);
}

static enum mneme_code read_it(void *context)
{
    struct source *source;
    struct source_line line;
    bool is_line = true;
    const char *identity;
    enum mneme_code code = source_open(context, "path", &source, NULL);
    if (code == MNEME_OK) code = source_identity(source, &identity, NULL);
    while (code == MNEME_OK && is_line) code = source_next(source, &line, &is_line, NULL);
    source_close(source);
    return code;
}

Test(source, runs_out_of_memory_in_good_order)
{
    struct support_dir dir;
    char path[300];
    support_dir_init(&dir);
    source_close(open_text(&dir, "a", "one\ntwo\n", 8));
    snprintf(path, sizeof path, "%s", support_dir_file(&dir, "a"));
    cr_expect_gt(support_fail_each(read_it, path), 3);
    support_dir_clear(&dir);
}
