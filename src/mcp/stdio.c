#include "mcp/stdio.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES (64 * 1024)
#define LOOK_MS 500 /* how often resources that are followed are looked at */

/* A request that waits for the worker. */
struct waiting {
    struct rpc_message message;
    struct waiting *next;
};

struct line_server {
    struct mcp_server *server;
    struct peer peer;
    int output;
    atomic_bool is_output_gone;
    pthread_mutex_t lock; /* guards the queue */
    pthread_cond_t changed;
    struct waiting *first, **last;
    size_t count;
    bool is_ended; /* nothing more will come */
    bool has_worker;
    pthread_t worker;
};

// --- writing ---------------------------------------------------------------------------------

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        size_t done = written > 0 ? (size_t)written : 0;
        bytes += done;
        length -= done;
    }
    return true;
}

static void send_line(void *context, const char *text, size_t length)
{
    struct line_server *lines = context;
    if (!atomic_load(&lines->is_output_gone) &&
        !(write_all(lines->output, text, length) && write_all(lines->output, "\n", 1))) {
        atomic_store(&lines->is_output_gone, true);
    }
}

// --- the worker ------------------------------------------------------------------------------

/* Waits for a request; NULL when none will come. */
static struct waiting *take(struct line_server *lines)
{
    (void)pthread_mutex_lock(&lines->lock);
    while (lines->first == NULL && !lines->is_ended) {
        (void)pthread_cond_wait(&lines->changed, &lines->lock);
    }
    struct waiting *one = lines->first;
    if (one != NULL) {
        lines->first = one->next;
        lines->last = lines->first ? lines->last : &lines->first;
        lines->count--;
        (void)pthread_cond_broadcast(&lines->changed);
    }
    (void)pthread_mutex_unlock(&lines->lock);
    return one;
}

static void *work(void *context)
{
    struct line_server *lines = context;
    struct waiting *one;
    while ((one = take(lines)) != NULL) {
        if (!atomic_load(&lines->is_output_gone)) {
            mcp_server_answer(lines->server, &lines->peer, &one->message);
        }
        if (peer_is_following(&lines->peer)) {
            mcp_server_look(lines->server, &lines->peer);
        }
        rpc_clear(&one->message);
        mem_free(one);
    }
    return NULL;
}

/* Takes the message over. */
static enum mneme_code queue(struct line_server *lines, struct rpc_message *message,
                             struct mneme_error *err)
{
    struct waiting *one = mem_alloc_zero(1, sizeof *one);
    if (one == NULL) {
        return error_nomem(err);
    }
    one->message = *message;
    *message = (struct rpc_message){.json = NULL};
    (void)pthread_mutex_lock(&lines->lock);
    while (lines->count >= LIMIT_MCP_QUEUE) {
        (void)pthread_cond_wait(&lines->changed, &lines->lock);
    }
    *lines->last = one;
    lines->last = &one->next;
    lines->count++;
    (void)pthread_cond_broadcast(&lines->changed);
    if (!lines->has_worker) {
        lines->has_worker = pthread_create(&lines->worker, NULL, work, lines) == 0;
    }
    bool has_worker = lines->has_worker;
    (void)pthread_mutex_unlock(&lines->lock);
    return has_worker ? MNEME_OK : error_set(err, MNEME_NOMEM, "no thread can be started");
}

static void end_worker(struct line_server *lines)
{
    (void)pthread_mutex_lock(&lines->lock);
    lines->is_ended = true;
    (void)pthread_cond_broadcast(&lines->changed);
    (void)pthread_mutex_unlock(&lines->lock);
    if (lines->has_worker) {
        (void)pthread_join(lines->worker, NULL);
    } else {
        work(lines);
    }
}

// --- reading ---------------------------------------------------------------------------------

/* A line that is no JSON is not answered: there is no id to answer to. */
static enum mneme_code take_line(struct line_server *lines, const char *text, size_t length,
                                 struct mneme_error *err)
{
    struct rpc_message message;
    enum mneme_code code = MNEME_OK;
    if (length > 0 && text[length - 1] == '\r') {
        length--;
    }
    if (!rpc_parse(text, length, &message)) {
        return error_nomem(err);
    }
    bool has_nothing = message.failure.code != RPC_OK && message.id == NULL;
    if (!has_nothing && mcp_server_is_quick(&message)) {
        mcp_server_answer(lines->server, &lines->peer, &message);
    } else if (!has_nothing) {
        code = queue(lines, &message, err);
    }
    rpc_clear(&message);
    return code;
}

/* Answers the whole lines of what was read, and keeps the rest. */
static enum mneme_code take_lines(struct line_server *lines, struct strbuf *read,
                                  struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    size_t from = 0;
    const char *end;
    while (code == MNEME_OK &&
           (end = memchr(read->text + from, '\n', read->length - from)) != NULL) {
        size_t length = (size_t)(end - read->text) - from;
        code = take_line(lines, read->text + from, length, err);
        from += length + 1;
    }
    size_t left = read->length - from;
    if (from > 0) {
        memmove(read->text, read->text + from, left);
        strbuf_truncate(read, left);
    }
    return code;
}

/* Waits for input; meanwhile looks at what the client follows. */
static bool wait_for_input(struct line_server *lines, int input)
{
    struct pollfd poll_input = {.fd = input, .events = POLLIN};
    while (!atomic_load(&lines->is_output_gone)) {
        bool is_following = peer_is_following(&lines->peer);
        int ready = poll(&poll_input, 1, is_following ? LOOK_MS : -1);
        if (ready > 0 || (ready < 0 && errno != EINTR)) {
            return true;
        }
        if (ready == 0) {
            mcp_server_look(lines->server, &lines->peer);
        }
    }
    return false;
}

static enum mneme_code serve(struct line_server *lines, int input, struct mneme_error *err)
{
    struct strbuf text;
    char block[READ_BYTES];
    enum mneme_code code = MNEME_OK;
    strbuf_init(&text, LIMIT_BATCH_BYTES + READ_BYTES);
    while (code == MNEME_OK && wait_for_input(lines, input)) {
        ssize_t length = read(input, block, sizeof block);
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length <= 0) {
            break;
        }
        strbuf_add(&text, block, (size_t)length);
        code = strbuf_code(&text);
        code = code == MNEME_OK ? take_lines(lines, &text, err)
                                : error_set(err, code, "a message is too long");
    }
    if (code == MNEME_OK && text.length > 0) {
        code = take_line(lines, text.text, text.length, err);
    }
    strbuf_clear(&text);
    return code;
}

enum mneme_code mcp_stdio_run(struct mcp_server *server, int input, int output,
                              struct mneme_error *err)
{
    struct line_server lines = {.server = server, .output = output};
    lines.last = &lines.first;
    atomic_init(&lines.is_output_gone, false);
    (void)pthread_mutex_init(&lines.lock, NULL);
    (void)pthread_cond_init(&lines.changed, NULL);
    peer_init(&lines.peer, send_line, &lines);
    enum mneme_code code = serve(&lines, input, err);
    end_worker(&lines);
    mcp_server_part(server, &lines.peer);
    peer_clear(&lines.peer);
    (void)pthread_cond_destroy(&lines.changed);
    (void)pthread_mutex_destroy(&lines.lock);
    return code;
}
