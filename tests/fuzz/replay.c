/*
 * Runs a fuzz target over the files of its corpus, without libFuzzer: the regression test of everything a fuzzer has
 * found. usage: NAME FOLDER; an empty folder is an error, for a test that tries nothing proves nothing.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The target gets a block of exactly the file's length, so that a sanitizer sees the first byte read too far. */
static bool replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(length > 0 ? (size_t)length : 1);
    bool is_read = bytes && length >= 0 && fread(bytes, 1, (size_t)length, file) == (size_t)length;
    fclose(file);
    if (is_read) {
        printf("%s\n", path); /* the last line before a crash names the culprit */
        fflush(stdout);
        LLVMFuzzerTestOneInput(bytes, (size_t)length);
    }
    free(bytes);
    return is_read;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    size_t file_count = 0;
    bool is_sound = true;
    for (struct dirent *entry; is_sound && (entry = readdir(folder));) {
        char path[4096];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        is_sound = replay(path);
        file_count++;
    }
    closedir(folder);
    if (file_count == 0) fprintf(stderr, "%s is empty\n", argv[1]);
    return is_sound && file_count > 0 ? 0 : 1;
}
