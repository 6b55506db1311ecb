/*
 * Which remote provider a model's name and the environment mean. Nothing here touches the network.
 */
#ifndef EMBED_PROVIDER_H
#define EMBED_PROVIDER_H

#include "base/error.h"

enum provider_dialect { PROVIDER_OPENAI, PROVIDER_OLLAMA };

struct provider {
    enum provider_dialect dialect;
    char *model;
    char *url;     /* of the embedding call itself */
    char *peer;    /* its host and port, for messages */
    char *key;     /* NULL: none. In no message, log or record */
    char *ca_file; /* NULL: the system's authorities */
    size_t batch_texts, text_bytes;
    size_t dimensions; /* asked of the provider; 0: the model's own */
    int64_t query_wait_ms;
};

const char *provider_dialect_name(enum provider_dialect dialect); /* `openai`, `ollama` */

/* `openai:...` or `ollama:...` */
bool provider_is_named(const char *model);

/*
 * Reads `openai:MODEL[@URL]` or `ollama:MODEL[@URL]` and the settings of the environment, each by `setting(NAME)`,
 * which gives NULL for what is not set:
 *
 *   MNEME_EMBED_KEY, MNEME_EMBED_KEY_FILE  the key, or the file that holds it, which its owner alone may read
 *   MNEME_EMBED_CA_FILE                    authorities (PEM) instead of the system's
 *   MNEME_EMBED_WAIT_MS                    how long a recall waits for its query's vector
 *   MNEME_EMBED_BATCH                      texts of one call
 *   MNEME_EMBED_TEXT_BYTES                 longer texts are cut there
 *   MNEME_EMBED_DIMENSIONS                 dimensions to ask for, of models that can do with fewer
 *
 * An empty value counts as not set. INVALID names what is wrong, and holds neither the key nor the URL. On success the
 * provider is released with provider_clear.
 */
enum mneme_code provider_read(const char *name, const char *(*setting)(const char *name),
                              struct provider *out, struct mneme_error *err) MUST_CHECK;
void provider_clear(struct provider *provider); /* zeroed is allowed; the key is wiped */

#endif
