#include "embed/provider.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name, *usual_url;
    const char *base;     // path of a URL that has none
    const char *endpoint; // behind it
} dialects[] = {
    [PROVIDER_OPENAI] = {"openai", "https://api.openai.com", "/v1", "/embeddings"},
    [PROVIDER_OLLAMA] = {"ollama", "http://127.0.0.1:11434", "", "/api/embed"},
};
#define DIALECTS (sizeof dialects / sizeof *dialects)

/* The numbers among the settings. Texts of 8,000 bytes fit the 8,191 tokens of OpenAI's models in any script. */
static const struct {
    const char *name;
    size_t place;
    int64_t min, max, usual;
} numbers[] = {
    {"MNEME_EMBED_WAIT_MS", offsetof(struct provider, query_wait_ms), 1, LIMIT_EMBED_WAIT_MS, 1000},
    {"MNEME_EMBED_BATCH", offsetof(struct provider, batch_texts), 1, LIMIT_REMOTE_BATCH, 64},
    {"MNEME_EMBED_TEXT_BYTES", offsetof(struct provider, text_bytes), 16, LIMIT_CONTENT_BYTES,
     8000},
    {"MNEME_EMBED_DIMENSIONS", offsetof(struct provider, dimensions), 1, LIMIT_DIMENSION, 0},
};
_Static_assert(sizeof(size_t) == sizeof(int64_t), "numbers are written as int64_t");

const char *provider_dialect_name(enum provider_dialect dialect)
{
    return dialects[dialect].name;
}

/* The dialect whose name and colon the model begins with, or DIALECTS. */
static size_t find_dialect(const char *model)
{
    size_t i = 0;
    while (i < DIALECTS && (strncmp(model, dialects[i].name, strlen(dialects[i].name)) != 0 ||
                            model[strlen(dialects[i].name)] != ':')) {
        i++;
    }
    return i;
}

bool provider_is_named(const char *model)
{
    return find_dialect(model) < DIALECTS;
}

static enum mneme_code refuse(struct mneme_error *err, const char *reason)
{
    return error_field(err, MNEME_INVALID, "model", "format", "%s", reason);
}

static bool is_graphic(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return length > 0;
}

static char *copy_n(const char *text, size_t length)
{
    char *copy = mem_alloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

/* Where the model's name ends: at the last @ before a scheme, so that names may hold one. */
static const char *find_url(const char *text)
{
    const char *at = text + strlen(text);
    while (at > text) {
        at--;
        if (*at == '@' && strstr(at, "://") != NULL) {
            return at;
        }
    }
    return NULL;
}

static bool has_scheme(const char *url, const char *scheme)
{
    return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

/* This machine by name or address: the only place that a key is sent to without TLS. */
static bool is_loopback(const char *peer)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    size_t length = peer[0] == '[' ? strcspn(peer, "]") + 1 : strcspn(peer, ":");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == length && strncasecmp(peer, names[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* The address of the call, from a base address such as http://host:8080/v1. */
static enum mneme_code read_url(struct provider *out, const char *given, struct mneme_error *err)
{
    size_t length = strlen(given);
    bool is_http = has_scheme(given, "http://");
    if (length > LIMIT_REMOTE_URL_BYTES || !is_graphic(given, length) ||
        (!is_http && !has_scheme(given, "https://"))) {
        return refuse(err, "a provider's address begins with https:// or http://");
    }
    const char *authority = given + (is_http ? 7 : 8);
    size_t peer = strcspn(authority, "/?#\\");
    if (peer == 0 || memchr(authority, '@', peer) != NULL) {
        return refuse(err, "a provider's address needs a host, and holds no user or password");
    }
    if (strpbrk(authority, "?#\\") != NULL) {
        return refuse(err, "a provider's address ends with its path");
    }
    while (length > 0 && given[length - 1] == '/') {
        length--;
    }
    const char *endpoint = dialects[out->dialect].endpoint;
    bool has_path = given + length > authority + peer;
    size_t tail = strlen(endpoint);
    bool is_whole = length >= tail && strncmp(given + length - tail, endpoint, tail) == 0;
    struct strbuf url;
    strbuf_init(&url, (size_t)2 * LIMIT_REMOTE_URL_BYTES);
    strbuf_add(&url, given, length);
    strbuf_add_text(&url, has_path ? "" : dialects[out->dialect].base);
    strbuf_add_text(&url, is_whole ? "" : endpoint);
    out->url = strbuf_take(&url);
    out->peer = copy_n(authority, peer);
    strbuf_clear(&url);
    if (out->url == NULL || out->peer == NULL) {
        return error_nomem(err);
    }
    return out->key == NULL || !is_http || is_loopback(out->peer)
               ? MNEME_OK
               : refuse(err, "a key is sent over https, or to this machine, only");
}

static enum mneme_code read_name(const char *name, struct provider *out, struct mneme_error *err)
{
    size_t dialect = find_dialect(name);
    if (dialect == DIALECTS) {
        return refuse(err, "a provider is openai:MODEL[@URL] or ollama:MODEL[@URL]");
    }
    out->dialect = (enum provider_dialect)dialect;
    const char *model = name + strlen(dialects[dialect].name) + 1;
    const char *url = find_url(model);
    size_t length = url ? (size_t)(url - model) : strlen(model);
    if (length > LIMIT_REMOTE_MODEL_BYTES || !is_graphic(model, length)) {
        return refuse(err, "a provider's model is named by 1 to 128 letters, digits and signs");
    }
    out->model = copy_n(model, length);
    return out->model ? read_url(out, url ? url + 1 : dialects[dialect].usual_url, err)
                      : error_nomem(err);
}

static enum mneme_code read_numbers(const char *(*setting)(const char *name), struct provider *out,
                                    struct mneme_error *err)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const char *text = setting(numbers[i].name);
        char *end = NULL;
        errno = 0;
        int64_t value = text && *text ? strtoll(text, &end, 10) : numbers[i].usual;
        bool is_good = end == NULL || (*end == '\0' && end != text && errno == 0 &&
                                       value >= numbers[i].min && value <= numbers[i].max);
        if (!is_good) {
            return error_field(err, MNEME_INVALID, "model", "format",
                               "%s is a number from %lld to %lld", numbers[i].name,
                               (long long)numbers[i].min, (long long)numbers[i].max);
        }
        memcpy((char *)out + numbers[i].place, &value, sizeof value);
    }
    return MNEME_OK;
}

/* Without the white space at its end. */
static enum mneme_code take_key(const char *text, size_t length, struct provider *out,
                                struct mneme_error *err)
{
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL) {
        length--;
    }
    if (length > LIMIT_PROVIDER_KEY_BYTES || !is_graphic(text, length)) {
        return refuse(err, "the provider's key is no line of printable characters");
    }
    out->key = copy_n(text, length);
    return out->key ? MNEME_OK : error_nomem(err);
}

static enum mneme_code read_key_file(const char *path, struct provider *out,
                                     struct mneme_error *err)
{
    char text[LIMIT_PROVIDER_KEY_BYTES + 2];
    struct stat status;
    ssize_t length = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return refuse(err, "the file that MNEME_EMBED_KEY_FILE names cannot be opened");
    }
    bool is_regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    bool is_private = is_regular && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    if (is_private) {
        length = read(file, text, sizeof text);
    }
    close(file);
    if (!is_private) {
        return refuse(err, is_regular ? "the file that MNEME_EMBED_KEY_FILE names may be read by "
                                        "others: chmod 600"
                                      : "MNEME_EMBED_KEY_FILE names no regular file");
    }
    enum mneme_code code = take_key(text, length > 0 ? (size_t)length : 0, out, err);
    explicit_bzero(text, sizeof text);
    return code;
}

static enum mneme_code read_key(const char *(*setting)(const char *name), struct provider *out,
                                struct mneme_error *err)
{
    const char *key = setting("MNEME_EMBED_KEY"), *path = setting("MNEME_EMBED_KEY_FILE");
    if (key != NULL && *key != '\0') {
        return take_key(key, strlen(key), out, err);
    }
    return path != NULL && *path != '\0' ? read_key_file(path, out, err) : MNEME_OK;
}

enum mneme_code provider_read(const char *name, const char *(*setting)(const char *name),
                              struct provider *out, struct mneme_error *err)
{
    *out = (struct provider){0};
    enum mneme_code code = read_key(setting, out, err);
    if (code == MNEME_OK) {
        code = read_name(name, out, err);
    }
    if (code == MNEME_OK) {
        code = read_numbers(setting, out, err);
    }
    const char *ca_file = setting("MNEME_EMBED_CA_FILE");
    if (code == MNEME_OK && ca_file != NULL && *ca_file != '\0') {
        out->ca_file = mem_copy_text(ca_file);
        code = out->ca_file ? MNEME_OK : error_nomem(err);
    }
    if (code != MNEME_OK) {
        provider_clear(out);
    }
    return code;
}

void provider_clear(struct provider *provider)
{
    if (provider->key != NULL) {
        explicit_bzero(provider->key, strlen(provider->key));
    }
    mem_free(provider->model);
    mem_free(provider->url);
    mem_free(provider->peer);
    mem_free(provider->key);
    mem_free(provider->ca_file);
    *provider = (struct provider){0};
}
