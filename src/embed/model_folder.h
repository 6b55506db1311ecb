/* The folder that a model's files lie in. */
#ifndef EMBED_MODEL_FOLDER_H
#define EMBED_MODEL_FOLDER_H

#include "base/json.h"
#include "embed/mapped_file.h"

#include <limits.h>

struct model_folder {
    char path[PATH_MAX];
};

bool model_folder_is(const char *path);
/* The path itself if it is a folder, else the folder that the file lies in. INVALID if the path is
 * too long. */
enum mneme_code model_folder_find(const char *path, struct model_folder *out,
                                  struct mneme_error *err) MUST_CHECK;
bool model_folder_has(const struct model_folder *folder, const char *name);
enum mneme_code model_folder_map(const struct model_folder *folder, const char *name,
                                 struct mapped_file *out, struct mneme_error *err) MUST_CHECK;
/* A JSON file of it, for json_free; *out is NULL if there is none. */
enum mneme_code model_folder_json(const struct model_folder *folder, const char *name,
                                  struct json **out, struct mneme_error *err) MUST_CHECK;

#endif
