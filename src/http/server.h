/*
 * The server: one store, its REST routes, health. It starts threads of its own and answers until it is stopped.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/daemon.h"

struct http_settings {
    const char *url, *user, *model; /* as in struct mneme_options */
    struct http_options listen;
};

struct http_server;

/*
 * Opens the store and listens. Without keys only a loopback address is taken (DENIED else), and every request is the
 * one user's. The settings are borrowed for the call.
 */
enum mneme_code http_server_start(const struct http_settings *settings, struct http_server **out,
                                  struct mneme_error *err) MUST_CHECK;
uint16_t http_server_port(const struct http_server *server);
/* Requests under way are answered, then the store is closed. NULL is allowed. */
void http_server_stop(struct http_server *server);

#endif
