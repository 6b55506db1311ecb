#include "shelf/pull.h"

#include "shelf/catalog.h"
#include "shelf/installed.h"
#include "shelf/verify.h"
#include "support/models.h"
#include "support/support.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKENIZER                                                                                  \
    "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"                   \
    "\"BertPreTokenizer\"},\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\","                 \
    "\"continuing_subword_prefix\":\"##\",\"vocab\":{\"u\":0,\"tea\":1}}}"
#define HEADER "{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}"

static struct support_dir home;
static struct models from; /* what is pulled */
static struct arena arena;

static void begin(void)
{
    support_dir_init_in_memory(&home);
    setenv("XDG_DATA_HOME", home.path, 1);
    models_begin(&from);
    arena_init(&arena);
}

static void end(void)
{
    arena_clear(&arena);
    models_end(&from);
    support_dir_clear(&home);
}

TestSuite(pull, .init = begin, .fini = end);

static void put_table(float first)
{
    const float rows[] = {first, 1, 1, 0};
    struct strbuf bytes;
    strbuf_init(&bytes, 4096);
    models_safetensors(&bytes, HEADER, rows, sizeof rows);
    models_write(&from, "model.safetensors", bytes.text, bytes.length);
    models_write(&from, "tokenizer.json", TOKENIZER, strlen(TOKENIZER));
    strbuf_clear(&bytes);
}

static enum mneme_code pull(const char *name, struct mneme_error *err)
{
    const struct pull_request request = {.name = name, .file = from.folder};
    struct pull_result result;
    *err = (struct mneme_error){0};
    return pull_run(&request, &arena, &result, err);
}

/* Names in the folder of models, but for `.` and `..`. */
static size_t count_entries(void)
{
    size_t count = 0;
    DIR *folder = opendir(support_dir_file(&home, "mneme/models"));
    while (folder != NULL && readdir(folder) != NULL) count++;
    cr_assert_not_null(folder);
    closedir(folder);
    return count - 2;
}

static void refuse(const char *name, enum mneme_code code, const char *rule)
{
    struct mneme_error err;
    cr_assert_eq(pull(name, &err), code, "%s", err.message);
    cr_assert_str_eq(err.rule, rule, "%s", err.message);
    cr_assert_not(installed_is_there(name, &arena));
    cr_assert_eq(count_entries(), 1); // the lock
}

Test(pull, takes_a_models_files_from_a_folder_and_nothing_else)
{
    struct mneme_error err;
    put_table(1);
    models_write(&from, "secret.key", "x", 1);
    models_write(&from, "1_Pooling/config.json", "{}", 2);
    cr_assert_eq(pull("tiny", &err), MNEME_OK, "%s", err.message);
    cr_assert_eq(access(support_dir_file(&home, "mneme/models/tiny/model.safetensors"), R_OK), 0);
    cr_assert_eq(access(support_dir_file(&home, "mneme/models/tiny/1_Pooling/config.json"), R_OK),
                 0);
    cr_assert_neq(access(support_dir_file(&home, "mneme/models/tiny/secret.key"), F_OK), 0);
    cr_assert_eq(count_entries(), 2);
}

Test(pull, replaces_a_model_of_the_same_name)
{
    struct mneme_error err;
    struct verify_result result;
    char before[VERIFY_HEX_BYTES], after[VERIFY_HEX_BYTES];
    uint64_t bytes;
    put_table(1);
    cr_assert_eq(pull("tiny", &err), MNEME_OK);
    const char *path =
        arena_text(&arena, support_dir_file(&home, "mneme/models/tiny/model.safetensors"));
    cr_assert_eq(verify_hash_file(path, before, &bytes, NULL), MNEME_OK);
    put_table(2);
    cr_assert_eq(pull("tiny", &err), MNEME_OK);
    cr_assert_eq(verify_hash_file(path, after, &bytes, NULL), MNEME_OK);
    cr_assert_str_neq(before, after);
    cr_assert_eq(verify_folder(support_dir_file(&home, "mneme/models/tiny"), NULL, &result, NULL),
                 MNEME_OK);
    cr_assert_eq(result.files, 2);
    cr_assert_eq(count_entries(), 2);
}

Test(pull, a_failed_one_keeps_the_model_that_is_there)
{
    struct mneme_error err;
    struct verify_result result;
    put_table(1);
    cr_assert_eq(pull("tiny", &err), MNEME_OK);
    models_write(&from, "tokenizer.json", "{", 1);
    cr_assert_eq(pull("tiny", &err), MNEME_INVALID);
    cr_assert_eq(verify_folder(support_dir_file(&home, "mneme/models/tiny"), NULL, &result, NULL),
                 MNEME_OK);
    cr_assert_eq(count_entries(), 2);
}

Test(pull, refuses_what_is_no_model)
{
    refuse("tiny", MNEME_INVALID, "format"); // an empty folder
    put_table(1);
    models_write(&from, "model.safetensors", "short", 5);
    refuse("tiny", MNEME_INVALID, "format");
    put_table(1);
    char path[512];
    snprintf(path, sizeof path, "%s/tokenizer.json", from.folder);
    unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    refuse("tiny", MNEME_INVALID, "file"); // and does not wait for it
}

Test(pull, a_known_name_takes_the_known_model_alone)
{
    put_table(1);
    refuse(CATALOG_DEFAULT, MNEME_INVALID, "corrupt");
    // One byte more than it has: refused on the way, whatever the bytes are.
    char path[512];
    snprintf(path, sizeof path, "%s/model.safetensors", from.folder);
    const struct catalog_file *file =
        catalog_file(catalog_find(CATALOG_DEFAULT), "model.safetensors");
    cr_assert_eq(truncate(path, (off_t)file->bytes + 1), 0);
    refuse(CATALOG_DEFAULT, MNEME_INVALID, "max_bytes");
}

Test(pull, one_at_a_time_and_the_next_cleans_up)
{
    struct mneme_error err;
    put_table(1);
    cr_assert_eq(pull("tiny", &err), MNEME_OK);
    int lock = open(support_dir_file(&home, "mneme/models/.lock"), O_RDWR);
    cr_assert_eq(flock(lock, LOCK_EX), 0);
    cr_assert_eq(pull("tiny", &err), MNEME_BUSY);
    cr_assert_eq(mkdir(support_dir_file(&home, "mneme/models/.pull-left"), 0700), 0);
    support_write_file(support_dir_file(&home, "mneme/models/.pull-left/half"), "x", 1);
    close(lock);
    cr_assert_eq(pull("tiny", &err), MNEME_OK);
    cr_assert_eq(count_entries(), 2);
}

Test(pull, a_folder_that_cannot_be_written_is_a_storage_error)
{
    struct mneme_error err;
    put_table(1);
    support_write_file(support_dir_file(&home, "mneme"), "x", 1); // a file where a folder belongs
    cr_assert_eq(pull("tiny", &err), MNEME_STORAGE, "%s", err.message);
}

static enum mneme_code pull_once(void *context)
{
    struct arena own;
    struct pull_result result;
    const struct pull_request request = {.name = "tiny", .file = from.folder};
    (void)context;
    arena_init(&own);
    enum mneme_code code = pull_run(&request, &own, &result, NULL);
    arena_clear(&own);
    return code;
}

Test(pull, runs_out_of_memory_cleanly)
{
    support_hook_jansson();
    put_table(1);
    cr_assert_gt(support_fail_each(pull_once, NULL), 10);
    cr_assert_eq(count_entries(), 2);
}

Test(verify, finds_what_was_changed_or_taken_away)
{
    struct mneme_error err;
    struct verify_result result;
    put_table(1);
    cr_assert_eq(pull("tiny", &err), MNEME_OK);
    const char *folder = arena_text(&arena, support_dir_file(&home, "mneme/models/tiny"));
    const char *file = arena_printf(&arena, "%s/tokenizer.json", folder);
    support_write_file(file, "{}", 2);
    cr_assert_eq(verify_folder(folder, NULL, &result, &err), MNEME_STORAGE);
    cr_assert_str_eq(err.rule, "corrupt");
    unlink(file);
    cr_assert_eq(verify_folder(folder, NULL, &result, &err), MNEME_STORAGE);
    cr_assert_not_null(strstr(err.message, "missing"));
    const char *sums = arena_printf(&arena, "%s/" VERIFY_SUMS_FILE, folder);
    support_write_file(sums, "../../../etc/passwd\n", 20);
    cr_assert_eq(verify_folder(folder, NULL, &result, &err), MNEME_STORAGE);
    char line[128];
    snprintf(line, sizeof line, "%064d  ../escape\n", 0);
    support_write_file(sums, line, strlen(line));
    cr_assert_eq(verify_folder(folder, NULL, &result, &err), MNEME_STORAGE);
    cr_assert_not_null(strstr(err.message, "damaged"));
    unlink(sums);
    cr_assert_eq(verify_folder(folder, NULL, &result, &err), MNEME_NOT_FOUND);
}

TestSuite(verify, .init = begin, .fini = end);
