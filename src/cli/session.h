/*
 * One run of the program: a command line in, an answer or a complaint out, an exit status.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

/* The exit statuses are those of docs/json.md. If the reader of standard output has gone, the process ends by
 * SIGPIPE, as it would have, but with the store closed. */
int session_run(int argc, char *const *argv);

#endif
