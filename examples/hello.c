/*
 * A first program: remembers three things, asks about one, and says why it was found. C and C++ read it alike.
 *
 *     cc hello.c $(pkg-config --cflags --libs mneme) -o hello && ./hello hello.db
 */
#include <mneme.h>
#include <stdio.h>

static const char *const facts[] = {
    "{\"content\": \"Ada drinks green tea in the morning\", \"subject\": \"Ada\"}",
    "{\"content\": \"Grace found the blue teapot behind the flour\", \"subject\": \"Grace\"}",
    "{\"content\": \"The workshop key hangs under the stairs\"}",
};

static bool call(mneme *memory, const char *operation, const char *input, mneme_result **answer)
{
    struct mneme_error error;
    if (mneme_call(memory, operation, input, answer, &error) == MNEME_OK) {
        return true;
    }
    fprintf(stderr, "%s: %s (%s)\n", operation, error.message, error.field);
    mneme_result_free(*answer);
    return false;
}

static bool remember_and_recall(mneme *memory)
{
    mneme_result *answer;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        if (!call(memory, "memory.remember", facts[i], &answer)) {
            return false;
        }
        mneme_result_free(answer);
    }
    if (!call(memory, "memory.recall", "{\"text\": \"Where was the teapot?\", \"k\": 1}",
              &answer)) {
        return false;
    }
    printf("%s\n", mneme_result_text(answer, "/hits/0/content"));
    printf("because of the word '%s': score %.2f, %.2f of it for words close by\n",
           mneme_result_text(answer, "/hits/0/terms/0"), mneme_result_real(answer, "/hits/0/score"),
           mneme_result_real(answer, "/hits/0/parts/near"));
    mneme_result_free(answer);
    return true;
}

int main(int argc, char **argv)
{
    struct mneme_options options = {0};
    struct mneme_error error;
    mneme *memory;
    options.size = sizeof options;
    options.url = argc > 1 ? argv[1] : "hello.db";
    options.user = "ada";
    if (mneme_open(&options, &memory, &error) != MNEME_OK) {
        fprintf(stderr, "%s: %s\n", options.url, error.message);
        return 1;
    }
    bool is_done = remember_and_recall(memory);
    mneme_close(memory);
    return is_done ? 0 : 1;
}
