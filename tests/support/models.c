#include "models.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void models_begin(struct models *models)
{
    snprintf(models->folder, sizeof models->folder, "/tmp/mneme-models-XXXXXX");
    cr_assert_not_null(mkdtemp(models->folder));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void models_end(struct models *models)
{
    nftw(models->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *models_write(struct models *models, const char *name, const void *bytes, size_t length)
{
    int used = snprintf(models->path, sizeof models->path, "%s/%s", models->folder, name);
    cr_assert(used > 0 && (size_t)used < sizeof models->path);
    for (char *at = models->path + strlen(models->folder) + 1; (at = strchr(at, '/')) != NULL;) {
        *at = '\0';
        mkdir(models->path, 0700);
        *at++ = '/';
    }
    FILE *file = fopen(models->path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
    return models->path;
}

char *models_in(const struct models *models, const char *name)
{
    char *path = NULL;
    cr_assert_geq(asprintf(&path, "%s/%s", models->folder, name), 0);
    return path;
}

static void add_value(struct strbuf *out, const void *value, size_t length)
{
    strbuf_add(out, value, length);
}

void models_gge(struct strbuf *out, const struct table_token *tokens, size_t count,
                uint32_t dimension)
{
    uint32_t vocabulary = (uint32_t)count;
    strbuf_add_text(out, "GGE1");
    add_value(out, &vocabulary, sizeof vocabulary);
    add_value(out, &dimension, sizeof dimension);
    for (size_t i = 0; i < count; i++) add_value(out, &tokens[i].scale, sizeof tokens[i].scale);
    for (size_t i = 0; i < count; i++) add_value(out, tokens[i].row, dimension);
    for (size_t i = 0; i < count; i++) {
        uint16_t length = (uint16_t)strlen(tokens[i].text);
        add_value(out, &length, sizeof length);
        add_value(out, tokens[i].text, length);
    }
    cr_assert_eq(strbuf_code(out), MNEME_OK);
}

void models_safetensors(struct strbuf *out, const char *header, const void *data, size_t length)
{
    uint64_t header_length = strlen(header);
    add_value(out, &header_length, sizeof header_length);
    strbuf_add_text(out, header);
    add_value(out, data, length);
    cr_assert_eq(strbuf_code(out), MNEME_OK);
}

const char *models_shared(struct models *models, const char *name)
{
    const char *data = getenv("MNEME_DATA");
    if (data == NULL) cr_skip_test("MNEME_DATA names no folder of shared data");
    snprintf(models->path, sizeof models->path, "%s/models/%s", data, name);
    if (access(models->path, R_OK) != 0) cr_skip_test("the shared data has no models/%s", name);
    return models->path;
}
