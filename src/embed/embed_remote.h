/*
 * Embeddings of a provider that speaks OpenAI's dialect (`/v1/embeddings`) or Ollama's (`/api/embed`). What callers
 * need to know is in embed.h.
 */
#ifndef EMBED_EMBED_REMOTE_H
#define EMBED_EMBED_REMOTE_H

#include "embed/embed.h"
#include "embed/provider.h"
#include "net/http_client.h"

/* `openai:MODEL[@URL]` or `ollama:MODEL[@URL]`, with the process's environment. */
enum mneme_code embed_remote_open(const char *name, struct embedder **out, struct mneme_error *err)
    MUST_CHECK;

/* The same of a provider that is known; it becomes the embedder's, or is cleared. For tests: how to send. */
enum mneme_code embed_remote_open_provider(struct provider *provider_taken,
                                           const struct http_client_options *sending,
                                           struct embedder **out, struct mneme_error *err)
    MUST_CHECK;

#endif
