/* Operations on models: which there are, how they get here, and what they make of a text. */
#include "api/operations.h"
#include "base/limits.h"
#include "engine/space_verbs.h"
#include "shelf/installed.h"
#include "shelf/package.h"
#include "shelf/pull.h"
#include "shelf/verify.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NO_MODEL "hash"

/* The bytes of a model's files that are there. */
static int64_t count_bytes(const char *folder)
{
    int64_t total = 0;
    for (size_t i = 0; package_files[i] != NULL; i++) {
        char path[PATH_MAX];
        struct stat status;
        if (snprintf(path, sizeof path, "%s/%s", folder, package_files[i]) < (int)sizeof path &&
            stat(path, &status) == 0) {
            total += status.st_size;
        }
    }
    return total;
}

static int64_t known_bytes(const struct catalog_model *known)
{
    int64_t total = 0;
    for (const struct catalog_file *file = known->files; file->name != NULL; file++) {
        total += (int64_t)file->bytes;
    }
    return total;
}

static bool is_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* `folder` is NULL for a model that is not here. */
static void write_item(const struct call *call, const char *name, const char *folder,
                       const char *chosen)
{
    struct json_writer *out = call->out;
    const struct catalog_model *known = catalog_find(name);
    json_begin_object(out, NULL);
    json_write_text(out, "name", name);
    json_write_text(out, "status",
                    is_same(name, chosen) ? "in use"
                    : folder != NULL      ? "installed"
                                          : "known");
    if (folder != NULL || known != NULL) {
        json_write_integer(out, "bytes", folder ? count_bytes(folder) : known_bytes(known));
    } else {
        json_write_null(out, "bytes");
    }
    json_write_text(out, "licence", known ? known->licence : NULL);
    json_end_object(out);
}

static bool is_listed(const struct installed_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

enum mneme_code op_model_list(struct call *call, struct mneme_error *err)
{
    struct installed_names names;
    const char *chosen, *folder;
    enum mneme_code code = installed_list(call->arena, &names, err);
    if (code == MNEME_OK) {
        code = installed_default(call->arena, &chosen, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    chosen = chosen ? chosen : NO_MODEL;
    json_begin_array(call->out, "items");
    for (size_t i = 0; i < names.count && code == MNEME_OK; i++) {
        code = installed_folder(names.names[i], call->arena, &folder, err);
        if (code == MNEME_OK) {
            write_item(call, names.names[i], folder, chosen);
        }
    }
    for (size_t i = 0; i < catalog_count; i++) {
        if (!is_listed(&names, catalog_models[i].name)) {
            write_item(call, catalog_models[i].name, NULL, chosen);
        }
    }
    // A path or a provider that was chosen, or none.
    if (!is_listed(&names, chosen) && catalog_find(chosen) == NULL) {
        write_item(call, chosen, NULL, chosen);
    }
    json_end_array(call->out);
    json_write_null(call->out, "next_cursor");
    return code;
}

enum mneme_code op_model_pull(struct call *call, struct mneme_error *err)
{
    const struct pull_request request = {.name = call_text(call, "name"),
                                         .file = call_text(call, "file"),
                                         .on_progress = call->options->on_progress,
                                         .context = call->options->context};
    struct pull_result result;
    enum mneme_code code = pull_run(&request, call->arena, &result, err);
    if (code == MNEME_OK) {
        json_write_text(call->out, "name", request.name);
        json_write_text(call->out, "status", result.was_there ? "known" : "created");
        json_write_text(call->out, "path", result.folder);
        json_write_integer(call->out, "files", (int64_t)result.files);
        json_write_integer(call->out, "bytes", (int64_t)result.bytes);
    }
    return code;
}

/* Where the model is; NOT_FOUND for one that is not here. */
static enum mneme_code find_folder(const struct call *call, const char **out,
                                   struct mneme_error *err)
{
    const char *name = call_text(call, "name");
    enum mneme_code code = installed_folder(name, call->arena, out, err);
    return code == MNEME_OK && !installed_is_there(name, call->arena)
               ? error_field(err, MNEME_NOT_FOUND, "name", "reference",
                             "no model '%.64s' is here; `mneme model list` shows what is", name)
               : code;
}

enum mneme_code op_model_verify(struct call *call, struct mneme_error *err)
{
    const char *name = call_text(call, "name"), *folder;
    struct verify_result result;
    enum mneme_code code = find_folder(call, &folder, err);
    if (code == MNEME_OK) {
        code = verify_folder(folder, catalog_find(name), &result, err);
    }
    if (code == MNEME_OK) {
        json_write_text(call->out, "name", name);
        json_write_integer(call->out, "files", (int64_t)result.files);
        json_write_integer(call->out, "bytes", (int64_t)result.bytes);
        json_write_boolean(call->out, "is_sound", true);
    }
    return code;
}

static const char *kind_name(enum embed_kind kind)
{
    switch (kind) {
    case EMBED_HASH: return "hash";
    case EMBED_STATIC: return "static";
    case EMBED_TRANSFORMER: return "transformer";
    case EMBED_REMOTE: return "remote";
    case EMBED_CALLER: break;
    }
    return "caller";
}

static void write_embedder(struct json_writer *out, const struct embedder *embedder)
{
    json_write_text(out, "kind", kind_name(embedder->kind));
    json_write_text(out, "space", embedder->space);
    if (embedder_is_resolved(embedder)) {
        json_write_integer(out, "dimension", (int64_t)embedder->dimension);
    } else {
        json_write_null(out, "dimension");
    }
}

/* The model as the engine would open it. */
static enum mneme_code open_named(const struct call *call, const char *name, const char **path,
                                  struct embedder **out, struct mneme_error *err)
{
    *out = NULL;
    enum mneme_code code = installed_resolve(name, call->arena, path, err);
    return code == MNEME_OK ? embedder_open(*path, out, err) : code;
}

static void write_known(struct json_writer *out, const struct catalog_model *known)
{
    json_write_text(out, "licence", known ? known->licence : NULL);
    json_write_text(out, "about", known ? known->about : NULL);
    json_write_text(out, "package", known ? known->package : NULL);
    json_write_text(out, "version", known ? known->version : NULL);
}

enum mneme_code op_model_info(struct call *call, struct mneme_error *err)
{
    const char *name = call_text(call, "name"), *path = NULL, *chosen;
    struct json_writer *out = call->out;
    enum mneme_code code = installed_default(call->arena, &chosen, err);
    chosen = chosen ? chosen : NO_MODEL;
    name = name ? name : chosen;
    const struct catalog_model *known = catalog_find(name);
    bool is_here = installed_is_there(name, call->arena);
    struct embedder *embedder = NULL;
    if (code == MNEME_OK && (is_here || known == NULL)) {
        code = open_named(call, name, &path, &embedder, err);
    }
    if (code != MNEME_OK) {
        return code;
    }
    json_write_text(out, "name", name);
    json_write_text(out, "status",
                    is_same(name, chosen) ? "in use"
                    : embedder != NULL    ? "installed"
                                          : "known");
    if (embedder != NULL) {
        write_embedder(out, embedder);
    } else {
        json_write_null(out, "kind");
        json_write_null(out, "space");
        json_write_integer(out, "dimension", known->dimension);
    }
    json_write_text(out, "path", is_here ? path : NULL);
    if (is_here || known != NULL) {
        json_write_integer(out, "bytes", is_here ? count_bytes(path) : known_bytes(known));
    } else {
        json_write_null(out, "bytes");
    }
    write_known(out, known);
    embedder_free(embedder);
    return MNEME_OK;
}

/* Lets one user's records be embedded by the model; *begun rises unless they are already. */
static enum mneme_code change_user(const struct call *call, const char *user, const char *model,
                                   int64_t *begun, struct mneme_error *err)
{
    struct space_status status;
    mneme *handle;
    enum mneme_code code = mneme_open_user(call->handle, user, &handle, err);
    if (code == MNEME_OK) {
        code = engine_space_begin(handle, model, call->arena, &status, err);
        *begun += code == MNEME_OK && status.is_filling;
        mneme_close(handle);
    }
    return code;
}

/* What every user of the store has is embedded anew, by a job each. */
static enum mneme_code change_users(const struct call *call, const char *model, int64_t *begun,
                                    struct mneme_error *err)
{
    struct page_request request = {.list = "model.use", .limit = LIMIT_PAGE};
    enum mneme_code code = MNEME_OK;
    do {
        struct user_page page;
        code = user_list(call->handle, &request, call->arena, &page, err);
        for (size_t i = 0; code == MNEME_OK && i < page.count; i++) {
            code = change_user(call, page.users[i].name, model, begun, err);
        }
        request.cursor = code == MNEME_OK ? page.next_cursor : NULL;
    } while (request.cursor != NULL);
    return code;
}

enum mneme_code op_model_use(struct call *call, struct mneme_error *err)
{
    int64_t begun = 0;
    const char *name = call_text(call, "name"), *path;
    struct embedder *embedder;
    enum mneme_code code = open_named(call, name, &path, &embedder, err);
    if (code != MNEME_OK) {
        return code;
    }
    // A path is good from every folder.
    char whole[PATH_MAX];
    if (path != NULL && strcmp(path, name) == 0 && realpath(name, whole) != NULL) {
        name = whole;
    }
    code = installed_set_default(name, err);
    if (code == MNEME_OK && call->handle != NULL) {
        code = change_users(call, name, &begun, err);
    }
    if (code == MNEME_OK) {
        json_write_text(call->out, "name", name);
        write_embedder(call->out, embedder);
        json_write_integer(call->out, "users", begun);
    }
    embedder_free(embedder);
    return code;
}

/* With the nine digits that tell one float from another. */
static double shorten(float value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.9g", (double)value);
    return strtod(text, NULL);
}

static void write_vectors(const struct call *call, const float *vectors, size_t count,
                          size_t dimension)
{
    json_begin_array(call->out, "vectors");
    for (size_t i = 0; i < count; i++) {
        json_begin_array(call->out, NULL);
        for (size_t j = 0; j < dimension; j++) {
            json_write_real(call->out, NULL, shorten(vectors[i * dimension + j]));
        }
        json_end_array(call->out);
    }
    json_end_array(call->out);
}

enum mneme_code op_embed(struct call *call, struct mneme_error *err)
{
    const struct list texts = call_list(call, "texts");
    struct embedder *embedder = engine_embedder(call->handle);
    if (texts.count == 0) {
        return call_refuse(call, "texts", "min_length", "must not be empty", err);
    }
    enum mneme_code code = embedder_resolve(embedder, 0, err);
    if (code != MNEME_OK) {
        return code;
    }
    float *vectors =
        arena_alloc_array(call->arena, texts.count * embedder->dimension, sizeof *vectors);
    bool *cut = arena_alloc_array(call->arena, texts.count, sizeof *cut);
    if (vectors == NULL || cut == NULL) {
        return error_nomem(err);
    }
    code = embedder_embed(embedder, texts.items, texts.count, vectors, cut, err);
    if (code != MNEME_OK) {
        return code;
    }
    json_write_text(call->out, "space", embedder->space);
    json_write_integer(call->out, "dim", (int64_t)embedder->dimension);
    write_vectors(call, vectors, texts.count, embedder->dimension);
    json_begin_array(call->out, "cut");
    for (size_t i = 0; i < texts.count; i++) {
        json_write_boolean(call->out, NULL, cut[i]);
    }
    json_end_array(call->out);
    return MNEME_OK;
}
