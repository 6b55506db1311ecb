#include "cli/session.h"

#include "api/call.h"
#include "cli/arguments.h"
#include "cli/complaint.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "cli/notice.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/serve.h"
#include "cli/show.h"
#include "mcp/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct session {
    mneme *memory; /* NULL until it is open */
    struct arena arena;
    struct arguments arguments;
    struct fault_list faults;
    struct terminal out, err; /* of standard output and standard error */
    struct page page, notes;
    struct output output;
    bool is_opening; /* the store is not open yet */
};

// --- what is printed -------------------------------------------------------------------------

static void print_page(const struct page *page, struct output *output)
{
    (void)output_add(output, page->text.text, page->text.length);
}

static void print_notes(const struct page *notes)
{
    (void)fwrite(notes->text.text, 1, notes->text.length, stderr);
    (void)fflush(stderr);
}

static void print_line(struct output *output, const char *text)
{
    (void)output_add(output, text, strlen(text));
    (void)output_add(output, "\n", 1);
}

/* For people, on standard error; `text` is the error as JSON. */
static void complain(struct session *session, const struct mneme_error *error, const char *text)
{
    struct complaint complaint = {.error = error,
                                  .operation = session->arguments.operation,
                                  .is_opening = session->is_opening,
                                  .hint = session->arguments.hint};
    struct json *answer = NULL;
    if (json_parse(text, strlen(text), LIMIT_RESULT_BYTES, &answer, NULL) != MNEME_OK) {
        answer = NULL;
    }
    page_clear(&session->notes);
    page_init(&session->notes, &session->err);
    complaint_show(&session->notes, &complaint, answer, &session->arena);
    json_free(answer);
    print_notes(&session->notes);
}

/* `text`: the error as the engine wrote it, or NULL. */
static void print_error(struct session *session, const struct mneme_error *error, const char *text)
{
    struct strbuf own;
    struct json_writer writer;
    strbuf_init(&own, LIMIT_JSON_BYTES);
    if (text == NULL) {
        json_writer_init(&writer, &own);
        json_begin_object(&writer, NULL);
        write_error(&writer, error, &session->faults, "");
        json_end_object(&writer);
        text = strbuf_code(&own) == MNEME_OK
                   ? own.text
                   : "{\"error\":{\"code\":\"NOMEM\",\"message\":\"out of memory\",\"errors\":[]}}";
    }
    if (session->arguments.is_json) {
        print_line(&session->output, text);
    } else {
        complain(session, error, text);
    }
    strbuf_clear(&own);
}

static enum mneme_code print_answer(struct session *session, const char *text,
                                    struct mneme_error *err)
{
    struct json *answer = NULL;
    const struct show show = {.arena = &session->arena,
                              .page = &session->page,
                              .notes = &session->notes,
                              .operation = session->arguments.operation,
                              .is_explained = session->arguments.is_explained};
    if (session->arguments.is_json) {
        print_line(&session->output, text);
        return MNEME_OK;
    }
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_RESULT_BYTES, &answer, err);
    if (code != MNEME_OK) {
        return code;
    }
    show_answer(&show, answer);
    json_free(answer);
    code = strbuf_code(&session->page.text);
    if (code != MNEME_OK || arena_failed(&session->arena)) {
        return error_nomem(err);
    }
    print_page(&session->page, &session->output);
    return MNEME_OK;
}

// --- operations ------------------------------------------------------------------------------

static enum mneme_code open_with(struct session *session, const char *url, struct mneme_error *err)
{
    const struct arguments *arguments = &session->arguments;
    bool is_reading = arguments->operation->effect == EFFECT_READ;
    struct mneme_options options = {
        .size = sizeof options, .url = url, .user = arguments->user, .model = arguments->model};
    // Who only reads makes no store and brings none up to date.
    options.must_exist = is_reading;
    enum mneme_code code = mneme_open(&options, &session->memory, err);
    if (code == MNEME_DENIED && is_reading) {
        // Who may only read the file can still be answered; use is then not noted.
        options.read_only = true;
        code = mneme_open(&options, &session->memory, err);
    }
    return code;
}

/* For operations that want a model alone. */
static enum mneme_code open_model(struct session *session, struct mneme_error *err)
{
    const struct mneme_options options = {
        .size = sizeof options, .user = session->arguments.user, .model = session->arguments.model};
    const struct engine_options engine_options = {.public_options = &options,
                                                  .without_store = true};
    return engine_open(&engine_options, &session->memory, err);
}

/* No store is no error. */
static enum mneme_code open_if_there(struct session *session, struct mneme_error *err)
{
    struct mneme_options options = {.size = sizeof options,
                                    .url = session->arguments.url,
                                    .user = session->arguments.user,
                                    .model = session->arguments.model,
                                    .must_exist = true};
    enum mneme_code code = mneme_open(&options, &session->memory, err);
    return code == MNEME_NOT_FOUND ? MNEME_OK : code;
}

static enum mneme_code open_store(struct session *session, struct mneme_error *err)
{
    enum mneme_code code = MNEME_OK;
    session->is_opening = true;
    switch (session->arguments.operation->need) {
    case NEED_STORE: code = open_with(session, session->arguments.url, err); break;
    case NEED_MODEL: code = open_model(session, err); break;
    case NEED_STORE_IF_ANY: code = open_if_there(session, err); break;
    case NEED_NOTHING: break;
    }
    session->is_opening = code != MNEME_OK;
    return code;
}

/* A streamed answer on its way. */
struct stream {
    struct output *output;
    struct progress *progress;
    bool is_telling; /* what is about to be fetched, to whoever looks or not */
};

static bool stream_line(void *context, const char *line, size_t length)
{
    struct stream *stream = context;
    return output_add(stream->output, line, length) &&
           (length > 0 && line[length - 1] == '\n' ? true : output_add(stream->output, "\n", 1));
}

static void stream_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    const struct stream *stream = context;
    if (stream->is_telling && done == 0 && total == 0) {
        (void)fprintf(stderr, "mneme: %s\n", what);
        return;
    }
    progress_show(stream->progress, what, done, total);
}

/* Runs the call; *output, if it is a file, is finished or dropped. */
static enum mneme_code run_call(struct session *session, struct output *output, mneme_result **out,
                                struct mneme_error *err)
{
    struct progress progress;
    bool is_pull = strcmp(session->arguments.operation->name, "model.pull") == 0;
    struct stream stream = {.output = output, .progress = &progress, .is_telling = is_pull};
    const struct mneme_call_options options = {.size = sizeof options,
                                               .on_line = stream_line,
                                               .on_progress = stream_progress,
                                               .context = &stream};
    progress_init(&progress, &session->err);
    enum mneme_code code = mneme_call_with(session->memory, session->arguments.operation->name,
                                           session->arguments.input, &options, out, err);
    progress_end(&progress);
    if (output == &session->output) {
        return code;
    }
    if (output->cause != 0 || code == MNEME_OK) {
        // A line that could not be written is what ended the call.
        enum mneme_code written = output_finish(output, err);
        if (written != MNEME_OK) {
            mneme_result_free(*out);
            *out = NULL;
            code = written;
        }
    } else {
        output_drop(output);
    }
    return code;
}

static enum mneme_code call_and_print(struct session *session, struct mneme_error *err)
{
    const struct arguments *arguments = &session->arguments;
    bool is_streamed = arguments->operation->stream != STREAM_NONE;
    bool has_file = is_streamed && arguments->output != NULL;
    struct output file, *output = &session->output;
    mneme_result *result = NULL;
    enum mneme_code code = MNEME_OK;
    if (has_file) {
        code = output_open_file(&file, arguments->output, err);
        output = &file;
    }
    if (code == MNEME_OK) {
        code = run_call(session, output, &result, err);
    }
    bool is_answered = code == MNEME_OK;
    if (is_answered && (!is_streamed || has_file)) {
        code = print_answer(session, mneme_result_json(result), err);
    }
    if (code != MNEME_OK && session->output.cause == 0) {
        print_error(session, err, is_answered || !result ? NULL : mneme_result_json(result));
    }
    mneme_result_free(result);
    return code;
}

static enum mneme_code run_operation(struct session *session, struct mneme_error *err)
{
    notice_show(&session->arguments, &session->arena);
    enum mneme_code code = open_store(session, err);
    if (code != MNEME_OK) {
        print_error(session, err, NULL);
        return code;
    }
    return call_and_print(session, err);
}

// --- servers ---------------------------------------------------------------------------------

static enum mneme_code run_mcp(struct session *session, struct mneme_error *err)
{
    const struct arguments *arguments = &session->arguments;
    const struct mcp_settings settings = {.url = arguments->url,
                                          .user = arguments->user,
                                          .model = arguments->model,
                                          .tools = arguments->tools};
    struct mcp_server *server;
    enum mneme_code code = mcp_server_new(&settings, &server, err);
    if (code == MNEME_OK) {
        code = mcp_stdio_run(server, STDIN_FILENO, STDOUT_FILENO, err);
        mcp_server_free(server);
    }
    if (code != MNEME_OK) {
        // Standard output is the protocol's, also for what went wrong.
        (void)fprintf(stderr, "mneme mcp: %s\n", err->message);
    }
    return code;
}

static enum mneme_code run_serve(struct session *session, struct mneme_error *err)
{
    const struct arguments *arguments = &session->arguments;
    const struct serve serve = {.url = arguments->url,
                                .user = arguments->user,
                                .model = arguments->model,
                                .listen = arguments->listen};
    enum mneme_code code = serve_run(&serve, err);
    if (code != MNEME_OK) {
        print_error(session, err, NULL);
    }
    return code;
}

// --- help ------------------------------------------------------------------------------------

static enum mneme_code run_help(struct session *session, struct mneme_error *err)
{
    const struct arguments *arguments = &session->arguments;
    struct strbuf *text = &session->page.text;
    struct json_writer writer;
    json_writer_init(&writer, text);
    if (arguments->task == TASK_MANUAL) {
        manual_write(text, &session->arena);
    } else if (arguments->task == TASK_OPERATIONS && arguments->is_json) {
        help_write_operations(&writer);
        page_end_line(&session->page);
    } else if (arguments->task == TASK_OPERATIONS) {
        help_show_operations(&session->page, &session->arena);
    } else if (arguments->is_json) {
        help_write(&writer, arguments->operation);
        page_end_line(&session->page);
    } else {
        help_show(&session->page, arguments->operation, &session->arena);
    }
    if (strbuf_code(text) != MNEME_OK || arena_failed(&session->arena)) {
        enum mneme_code code = error_nomem(err);
        print_error(session, err, NULL);
        return code;
    }
    print_page(&session->page, &session->output);
    return MNEME_OK;
}

// --- the run ---------------------------------------------------------------------------------

static enum mneme_code run(struct session *session, int argc, char *const *argv,
                           struct mneme_error *err)
{
    enum mneme_code code = arguments_read(argc, argv, &session->arguments, &session->faults, err);
    if (code != MNEME_OK) {
        print_error(session, err, NULL);
        return code;
    }
    switch (session->arguments.task) {
    case TASK_OPERATION:
    case TASK_CALL: return run_operation(session, err);
    case TASK_MCP: return run_mcp(session, err);
    case TASK_SERVE: return run_serve(session, err);
    case TASK_HELP:
    case TASK_MANUAL:
    case TASK_OPERATIONS: break;
    }
    return run_help(session, err);
}

/* A descriptor 0, 1 or 2 that is closed would be given to the first file that is opened, and the answer be written
 * into the store. What takes its place fails when it is used. */
static void guard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

static void end_by_signal(void)
{
    (void)signal(SIGPIPE, SIG_DFL);
    (void)raise(SIGPIPE);
}

static void clear(struct session *session)
{
    mneme_close(session->memory);
    page_clear(&session->page);
    page_clear(&session->notes);
    arena_clear(&session->arena);
}

int session_run(int argc, char *const *argv)
{
    struct session session = {.memory = NULL};
    struct mneme_error error = {.code = MNEME_OK};
    guard_descriptors();
    (void)signal(SIGPIPE, SIG_IGN);
    arena_init(&session.arena);
    fault_list_init(&session.faults, &session.arena);
    terminal_look(&session.out, STDOUT_FILENO);
    terminal_look(&session.err, STDERR_FILENO);
    page_init(&session.page, &session.out);
    page_init(&session.notes, &session.err);
    enum mneme_code code = output_open_stdout(&session.output, &error);
    if (code != MNEME_OK) {
        (void)fputs("mneme: out of memory\n", stderr);
        return error_mapping(code)->exit_status;
    }
    code = run(&session, argc, argv, &error);
    // The answer is out before the store is closed, which may have notes of use to write.
    enum mneme_code written = output_finish(&session.output, &error);
    bool is_reader_gone = output_is_reader_gone(&session.output);
    if (code == MNEME_OK && written == MNEME_OK && !session.arguments.is_json) {
        print_notes(&session.notes);
    }
    if (written != MNEME_OK && !is_reader_gone) {
        code = written;
        complain(&session, &error, "{}");
    }
    clear(&session);
    if (is_reader_gone) {
        end_by_signal();
    }
    return error_mapping(code)->exit_status;
}
