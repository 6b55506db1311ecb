#include "embed/model_folder.h"

#include "base/limits.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool model_folder_is(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum mneme_code refuse_length(struct mneme_error *err)
{
    return error_field(err, MNEME_INVALID, "model", "file", "the model's path is too long");
}

enum mneme_code model_folder_find(const char *path, struct model_folder *out,
                                  struct mneme_error *err)
{
    const char *slash = strrchr(path, '/');
    int length;
    *out = (struct model_folder){.path = ""};
    if (model_folder_is(path)) {
        length = snprintf(out->path, sizeof out->path, "%s", path);
    } else if (slash == NULL || slash == path) {
        length = snprintf(out->path, sizeof out->path, "%s", slash == NULL ? "." : "/");
    } else {
        length = snprintf(out->path, sizeof out->path, "%.*s", (int)(slash - path), path);
    }
    return (size_t)length < sizeof out->path ? MNEME_OK : refuse_length(err);
}

static bool name_file(const struct model_folder *folder, const char *name, char out[PATH_MAX])
{
    return snprintf(out, PATH_MAX, "%s/%s", folder->path, name) < PATH_MAX;
}

bool model_folder_has(const struct model_folder *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat status;
    return name_file(folder, name, path) && stat(path, &status) == 0;
}

enum mneme_code model_folder_map(const struct model_folder *folder, const char *name,
                                 struct mapped_file *out, struct mneme_error *err)
{
    char path[PATH_MAX];
    *out = (struct mapped_file){0};
    return name_file(folder, name, path) ? mapped_file_open(path, out, err) : refuse_length(err);
}

enum mneme_code model_folder_json(const struct model_folder *folder, const char *name,
                                  struct json **out, struct mneme_error *err)
{
    struct mapped_file file;
    *out = NULL;
    if (!model_folder_has(folder, name)) {
        return MNEME_OK;
    }
    enum mneme_code code = model_folder_map(folder, name, &file, err);
    if (code != MNEME_OK) {
        return code;
    }
    code = json_parse((const char *)file.bytes, file.length, LIMIT_MODEL_JSON_BYTES, out, NULL);
    mapped_file_close(&file);
    if (code == MNEME_NOMEM) {
        return error_nomem(err);
    }
    return code == MNEME_OK
               ? MNEME_OK
               : error_field(err, MNEME_INVALID, "model", "format", "'%s' is no sound JSON", name);
}
