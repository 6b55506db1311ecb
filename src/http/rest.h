/*
 * The REST face: a request to the operation that its method and path name, its input from path, query and body, and the
 * answer as JSON or as a problem (RFC 9457). Every route is a row of the operation table.
 */
#ifndef HTTP_REST_H
#define HTTP_REST_H

#include "api/operation.h"
#include "http/daemon.h"

struct route {
    const struct operation *operation; /* NULL: there is none */
    bool has_path;                     /* another method would have one */
};

/* Does this listener serve the operation? Those of an administrator want one of their own. */
bool rest_serves(const struct operation *operation);

/* The operation of a method and a path; HEAD is GET. */
struct route rest_find(const char *method, const char *path);

/* The longest body of a request. */
size_t rest_body_max(const struct operation *operation);

/* Runs the route's operation for the user of the handle. */
void rest_answer(mneme *memory, const struct operation *operation,
                 const struct http_request *request, struct http_response *response);

/* The methods that a path has, as the header Allow wants them; in the arena. */
const char *rest_methods(const char *path, struct arena *arena);

/* A problem that is no operation's: of the route, of the message. `code` as in an error object, or NULL. */
void rest_write_problem(struct http_response *response, int status, const char *code,
                        const char *detail);

#endif
