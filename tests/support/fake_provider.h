/*
 * A provider of embeddings that speaks the real protocols (HTTP/1.1; OpenAI's and Ollama's dialect) on a port of this
 * machine, and misbehaves as told. It needs nothing but libc, so that shell tests can build it alone.
 *
 * A text's vector comes from its words, where some words mean the same ("drink" and "tea"), so that texts without a
 * common word can be near each other.
 */
#ifndef SUPPORT_FAKE_PROVIDER_H
#define SUPPORT_FAKE_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>

enum fake_manner {
    FAKE_GOOD,
    FAKE_SHUFFLED,        /* rows backwards, with the right index */
    FAKE_UNNUMBERED,      /* rows without an index, in order */
    FAKE_GARBAGE,         /* no JSON, said to be */
    FAKE_WRONG_DIMENSION, /* one more than else */
    FAKE_MIXED_DIMENSION, /* the last row is shorter */
    FAKE_WRONG_COUNT,     /* one row too few */
    FAKE_WRONG_INDEX,     /* the same index twice */
    FAKE_NOT_A_NUMBER,    /* NaN */
    FAKE_INFINITE,        /* 1e39, beyond single precision */
    FAKE_NULLS,           /* null for a number */
    FAKE_HALF,            /* closes in the middle of the body */
    FAKE_CUT_JSON,        /* half of the JSON, in order as HTTP */
    FAKE_HUGE,            /* a body without end */
    FAKE_HEADERS,         /* headers without end */
    FAKE_TRICKLE,         /* a byte every 50 ms */
    FAKE_SILENT,          /* takes the request and says nothing */
    FAKE_CLOSING,         /* closes without a word */
    FAKE_NO_HTTP,         /* says something else than HTTP */
    FAKE_HTML,            /* a page, as captive portals do */
    FAKE_STORM,           /* 429 with Retry-After as told */
    FAKE_BROKEN,          /* 500 */
    FAKE_DENYING,         /* 401; the answer repeats the key and the texts */
    FAKE_REFUSING,        /* 400 with an error's name; the same */
    FAKE_MOVED,           /* 302 to itself */
    FAKE_MANNERS
};
extern const char *const fake_manner_names[FAKE_MANNERS]; /* as shell tests call them */

struct fake_provider;
struct fake_provider *fake_provider_start(size_t dimension); /* NULL: no port to be had */
void fake_provider_stop(struct fake_provider *fake);
int fake_provider_port(const struct fake_provider *fake);

/* From here on it behaves so; `times` requests long, and then well again; 0: until told otherwise. */
void fake_provider_behave(struct fake_provider *fake, enum fake_manner manner, size_t times);
void fake_provider_set_retry_after(struct fake_provider *fake, const char *value); /* NULL: none */
void fake_provider_set_delay_ms(struct fake_provider *fake, unsigned delay_ms);

size_t fake_provider_requests(struct fake_provider *fake);
size_t fake_provider_texts(struct fake_provider *fake); /* all that were sent */
size_t fake_provider_connections(struct fake_provider *fake);
/* Did any request hold this text, in its head or body? */
bool fake_provider_has_seen(struct fake_provider *fake, const char *text);

#endif
