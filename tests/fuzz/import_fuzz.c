/*
 * An import of any bytes, in any format, ends in order; what it counts adds up; and the same bytes again add nothing.
 * The first line of an input names the format, the rest is the file. One store serves all inputs; what one has left
 * is forgotten by taking a new user.
 */
#include "transfer/import.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static char folder[] = "/tmp/mneme-fuzz-XXXXXX";

static void require(bool claim, const char *what)
{
    if (claim) return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void clean_up(void)
{
    char path[512];
    DIR *opened = opendir(folder);
    for (struct dirent *entry; opened && (entry = readdir(opened));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (opened) closedir(opened);
    rmdir(folder);
}

static struct mneme *open_store(void)
{
    char path[64];
    struct mneme *memory;
    require(mkdtemp(folder) != NULL, "no folder");
    atexit(clean_up);
    snprintf(path, sizeof path, "%s/fuzz.db", folder);
    const struct mneme_options options = {.size = sizeof options, .url = path};
    require(mneme_open(&options, &memory, NULL) == MNEME_OK, "no store");
    return memory;
}

static enum mneme_code run(struct mneme *user, const char *path, enum import_format format,
                           bool strict, struct import_result *result)
{
    const struct import_request request = {
        .path = path, .format = format, .source = "fuzz", .strict = strict, .one_user = true};
    struct arena arena;
    arena_init(&arena);
    enum mneme_code code = import_run(user, &request, &arena, result, NULL);
    require(result->fault_count <= result->failed, "more faults than failures");
    for (size_t i = 1; i < result->fault_count; i++)
        require(result->faults[i - 1].line <= result->faults[i].line, "faults out of order");
    arena_clear(&arena);
    require(code != MNEME_INTERNAL && code != MNEME_STORAGE, "an error of ours");
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct mneme *memory;
    static unsigned number;
    char path[64], name[32];
    const uint8_t *end = length > 0 ? memchr(bytes, '\n', length) : NULL;
    if (end == NULL) return 0;
    int format = 0;
    while (format < IMPORT_FORMATS &&
           (strlen(import_format_names[format]) != (size_t)(end - bytes) ||
            memcmp(import_format_names[format], bytes, (size_t)(end - bytes)) != 0))
        format++;
    if (format == IMPORT_FORMATS) return 0;
    if (memory == NULL) memory = open_store();

    struct mneme *user;
    snprintf(path, sizeof path, "%s/input", folder);
    snprintf(name, sizeof name, "user %u", ++number);
    FILE *file = fopen(path, "wb");
    require(file != NULL, "no file");
    size_t rest = length - (size_t)(end + 1 - bytes);
    require(fwrite(end + 1, 1, rest, file) == rest && fclose(file) == 0, "no input");
    require(mneme_open_user(memory, name, &user, NULL) == MNEME_OK, "no user");
    struct import_result strict, first, second;
    enum mneme_code strict_code = run(user, path, (enum import_format)format, true, &strict);
    enum mneme_code code = run(user, path, (enum import_format)format, false, &first);
    if (strict_code == MNEME_OK) {
        require(code == MNEME_OK || code == MNEME_CONFLICT, "strict took what is refused");
        require(first.added == 0, "a second run adds something");
    }
    if (code == MNEME_OK) {
        code = run(user, path, (enum import_format)format, false, &second);
        require(code == MNEME_CONFLICT || second.added == 0, "a second run adds something");
        require(code == MNEME_CONFLICT || second.failed == first.failed, "it fails differently");
    }
    mneme_close(user);
    return 0;
}
