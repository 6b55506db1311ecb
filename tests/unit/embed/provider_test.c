#include "embed/provider.h"

#include "support/support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct {
    const char *name, *value;
} settings[8];

static const char *setting(const char *name)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].name && strcmp(settings[i].name, name) == 0) return settings[i].value;
    }
    return NULL;
}

static void expect(const char *name, const char *model, const char *url, const char *peer)
{
    struct provider provider;
    struct mneme_error err;
    cr_assert_eq(provider_read(name, setting, &provider, &err), MNEME_OK, "%s: %s", name,
                 err.message);
    cr_assert_str_eq(provider.model, model);
    cr_assert_str_eq(provider.url, url);
    cr_assert_str_eq(provider.peer, peer);
    provider_clear(&provider);
    provider_clear(&provider);
}

Test(provider, names_say_dialect_model_and_place)
{
    expect("openai:text-embedding-3-small", "text-embedding-3-small",
           "https://api.openai.com/v1/embeddings", "api.openai.com");
    expect("openai:m@http://127.0.0.1:8080", "m", "http://127.0.0.1:8080/v1/embeddings",
           "127.0.0.1:8080");
    expect("openai:m@https://host/some/v1/", "m", "https://host/some/v1/embeddings", "host");
    expect("openai:m@https://host/v1/embeddings", "m", "https://host/v1/embeddings", "host");
    expect("openai:org/model@v2@https://[::1]:9/", "org/model@v2", "https://[::1]:9/v1/embeddings",
           "[::1]:9");
    expect("ollama:nomic-embed-text:latest", "nomic-embed-text:latest",
           "http://127.0.0.1:11434/api/embed", "127.0.0.1:11434");
    expect("ollama:m@HTTP://box/ollama", "m", "HTTP://box/ollama/api/embed", "box");
    cr_assert(provider_is_named("openai:") && provider_is_named("ollama:x"));
    cr_assert(!provider_is_named("openai") && !provider_is_named("models/openai:x") &&
              !provider_is_named("hash"));
}

static void expect_refused(const char *name, const char *words)
{
    struct provider provider;
    struct mneme_error err;
    cr_assert_eq(provider_read(name, setting, &provider, &err), MNEME_INVALID, "%s", name);
    cr_assert_not_null(strstr(err.message, words), "%s: %s", name, err.message);
    cr_assert_str_eq(err.field, "model");
    cr_assert_null(strstr(err.message, "secret"), "%s", err.message);
    cr_assert_null(provider.url);
}

Test(provider, names_that_mean_none_are_refused)
{
    char long_name[300];
    memset(long_name, 'm', sizeof long_name);
    memcpy(long_name, "openai:", 7);
    long_name[299] = '\0';
    expect_refused("openai:", "named by");
    expect_refused("openai:two words", "named by");
    expect_refused("openai:caf\xC3\xA9", "named by");
    expect_refused(long_name, "named by");
    expect_refused("openai:@http://host", "named by");
    expect_refused("openai:m@ftp://host", "begins with");
    expect_refused("openai:m@http://host with/space", "begins with");
    expect_refused("openai:m@http:///v1", "needs a host");
    expect_refused("openai:m@http://user:secret@host/v1", "no user or password");
    expect_refused("openai:m@https://host/v1?key=secret", "ends with its path");
    expect_refused("openai:m@https://host/v1#x", "ends with its path");
    expect_refused("openai:m@https://host\\@other/", "ends with its path");
}

Test(provider, a_key_goes_over_https_or_to_this_machine_alone)
{
    struct provider provider;
    settings[0].name = "MNEME_EMBED_KEY";
    settings[0].value = "secret-key\n";
    expect_refused("openai:m@http://example.org/v1", "over https");
    expect_refused("openai:m@http://127.0.0.1.example.org/", "over https");
    expect_refused("openai:m@http://localhost.example.org/", "over https");
    expect("openai:m@http://localhost:1/v1", "m", "http://localhost:1/v1/embeddings",
           "localhost:1");
    expect("openai:m@http://[::1]/v1", "m", "http://[::1]/v1/embeddings", "[::1]");
    cr_assert_eq(provider_read("openai:m", setting, &provider, NULL), MNEME_OK);
    cr_assert_str_eq(provider.key, "secret-key");
    provider_clear(&provider);
    settings[0].value = "secret\r\nX-Header: injected";
    expect_refused("openai:m", "printable");
}

Test(provider, a_key_file_is_private_regular_and_short)
{
    struct support_dir dir;
    struct provider provider;
    char big[6000];
    support_dir_init(&dir);
    const char *path = support_dir_file(&dir, "key");
    settings[0].name = "MNEME_EMBED_KEY_FILE";
    settings[0].value = path;
    expect_refused("openai:m", "cannot be opened");
    support_write_file(path, "secret-of-file \n", 16);
    cr_assert_eq(chmod(path, 0640), 0);
    expect_refused("openai:m", "chmod 600");
    cr_assert_eq(chmod(path, 0600), 0);
    cr_assert_eq(provider_read("openai:m", setting, &provider, NULL), MNEME_OK);
    cr_assert_str_eq(provider.key, "secret-of-file");
    provider_clear(&provider);
    memset(big, 'k', sizeof big);
    support_write_file(path, big, sizeof big);
    expect_refused("openai:m", "printable");
    support_write_file(path, "", 0);
    expect_refused("openai:m", "printable");
    settings[0].value = dir.path;
    expect_refused("openai:m", "no regular file");
    support_dir_clear(&dir);
}

Test(provider, numbers_have_their_ranges_and_usual_values)
{
    static const char *const bad[] = {"0", "-1", "many", "64x", "99999999999999999999", "2049"};
    struct provider provider;
    cr_assert_eq(provider_read("openai:m", setting, &provider, NULL), MNEME_OK);
    cr_assert(provider.batch_texts == 64 && provider.text_bytes == 8000 &&
              provider.query_wait_ms == 1000 && provider.dimensions == 0);
    provider_clear(&provider);
    settings[0].name = "MNEME_EMBED_BATCH";
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        settings[0].value = bad[i];
        expect_refused("openai:m", "MNEME_EMBED_BATCH is a number from 1 to 2048");
    }
    settings[0].value = "7";
    settings[1].name = "MNEME_EMBED_CA_FILE";
    settings[1].value = "/etc/ca.pem";
    cr_assert_eq(provider_read("openai:m", setting, &provider, NULL), MNEME_OK);
    cr_assert_eq(provider.batch_texts, 7);
    cr_assert_str_eq(provider.ca_file, "/etc/ca.pem");
    provider_clear(&provider);
}

static enum mneme_code read_one(void *context)
{
    struct provider provider;
    (void)context;
    enum mneme_code code = provider_read("openai:m@https://host", setting, &provider, NULL);
    provider_clear(&provider);
    return code;
}

Test(provider, out_of_memory_leaves_nothing_behind)
{
    settings[0].name = "MNEME_EMBED_KEY";
    settings[0].value = "key";
    settings[1].name = "MNEME_EMBED_CA_FILE";
    settings[1].value = "ca.pem";
    cr_assert_geq(support_fail_each(read_one, NULL), 5);
}
