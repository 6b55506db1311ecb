#include "cli/show.h"

#include "support/support.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct terminal terminal = {.width = 80};

static const char hit[] =
    "{\"hits\":[{\"id\":\"a\",\"kind\":\"memory\",\"score\":0.5,\"content\":\"one\",\"matched\":"
    "true,"
    "\"parts\":{\"near\":1.0,\"use\":0.95},\"rank\":{\"lexical\":1,\"dense\":2},\"terms\":[\"tea\"]"
    ","
    "\"created_at\":\"2025-01-02T03:04:05Z\"}],\"folded\":{\"a\":[\"b\",\"c\"]}}";

/* What people see of an answer, and what is said about it. */
static enum mneme_code show_into(const char *operation, const char *text, struct page *page,
                                 struct page *notes)
{
    struct arena arena;
    struct json *answer;
    enum mneme_code code = json_parse(text, strlen(text), LIMIT_JSON_BYTES, &answer, NULL);
    arena_init(&arena);
    page_init(page, &terminal);
    page_init(notes, &terminal);
    const struct show show = {.arena = &arena,
                              .page = page,
                              .notes = notes,
                              .operation = operation_find(operation),
                              .is_explained = true};
    if (code == MNEME_OK) {
        show_answer(&show, answer);
        code = arena_failed(&arena) ? MNEME_NOMEM : strbuf_code(&page->text);
    }
    json_free(answer);
    arena_clear(&arena);
    return code;
}

static void assert_shown(const char *operation, const char *text, const char *expected,
                         const char *expected_notes)
{
    struct page page, notes;
    cr_assert_eq(show_into(operation, text, &page, &notes), MNEME_OK);
    cr_assert_str_eq(page.text.text, expected);
    cr_assert_str_eq(notes.text.text, expected_notes);
    page_clear(&page);
    page_clear(&notes);
}

Test(show, says_why_a_hit_is_there)
{
    assert_shown("memory.recall", hit,
                 " 1  0.500  memory  2025-01-02 03:04  (and 2 like it)\n"
                 "    one\n"
                 "    a\n"
                 "    near   +1.000  words of the question, here and close by\n"
                 "    use   x 0.950  how often it was of use\n"
                 "    matched  tea\n"
                 "    found    1. by words, 2. by meaning\n",
                 "");
}

Test(show, says_that_nothing_was_found)
{
    assert_shown("memory.recall", "{\"hits\":[],\"folded\":{}}", "", "mneme: nothing found\n");
    assert_shown("record.list", "{\"items\":[],\"next_cursor\":null}", "",
                 "mneme: nothing found\n");
    assert_shown("memory.context", "{\"text\":\"\",\"reason\":\"too small\"}", "",
                 "mneme: too small\n");
}

Test(show, names_each_refused_item_of_a_batch)
{
    assert_shown("conversation.append",
                 "{\"items\":[{\"id\":\"a\",\"status\":\"created\"},"
                 "{\"error\":{\"code\":\"INVALID\",\"message\":\"no\"}}],\"seq\":3}",
                 "created a\nrefused item 2: no\nseq 3\n", "");
}

Test(show, names_the_records_of_an_undo_that_are_several)
{
    assert_shown("change.undo",
                 "{\"id\":\"a\",\"seq\":4,\"status\":\"updated\",\"records\":[\"a\"]}",
                 "updated a  seq 4\n", "");
    assert_shown("change.undo",
                 "{\"id\":\"s\",\"seq\":4,\"status\":\"updated\",\"records\":[\"a\",\"b\"]}",
                 "updated s  seq 4\n  a\n  b\n", "");
}

Test(show, gives_an_unknown_answer_as_a_card)
{
    assert_shown(
        "stats",
        "{\"memories\":2,\"by_tier\":{\"episodic\":2},\"by_type\":{},\"x\":{\"a\":{\"n\":1.5}}}",
        "memories  2\n"
        "\n"
        "by_tier\n"
        "  episodic  2\n"
        "\n"
        "x\n"
        "       n\n"
        "  a  1.5\n",
        "");
}

static enum mneme_code show_hit_and_drop(void *context)
{
    struct page page, notes;
    enum mneme_code code = show_into("memory.recall", context, &page, &notes);
    page_clear(&page);
    page_clear(&notes);
    return code;
}

Test(show, says_that_memory_ran_out)
{
    char text[sizeof hit];
    memcpy(text, hit, sizeof hit);
    support_hook_jansson();
    cr_assert_gt(support_fail_each(show_hit_and_drop, text), 5);
}
