/*
 * The server's description of itself: /openapi.json, and /docs, the same document for people. Both are made once.
 */
#ifndef HTTP_SELF_DESCRIPTION_H
#define HTTP_SELF_DESCRIPTION_H

#include "http/daemon.h"

struct self_description {
    struct strbuf document, page;
};

enum mneme_code self_description_init(struct self_description *self, struct mneme_error *err)
    MUST_CHECK;
void self_description_clear(struct self_description *self);

/* True, and answered, if the request is for one of its pages. */
bool self_description_answer(const struct self_description *self,
                             const struct http_request *request, struct http_response *response);

#endif
