#include "cli/command.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 8

/* The name of the operation that the words find; the words that it took in *used. */
static const char *find(const char *const *words, size_t *used)
{
    char copies[WORDS_MAX][32];
    char *all[WORDS_MAX];
    size_t count = 0;
    for (; words[count] != NULL; count++) {
        (void)snprintf(copies[count], sizeof copies[count], "%s", words[count]);
        all[count] = copies[count];
    }
    const struct operation *operation = command_find(all, count, used);
    return operation ? operation->name : "none";
}

#define FIND(used, ...) find((const char *const[]){__VA_ARGS__, NULL}, used)

Test(command, is_found_by_its_words)
{
    size_t used;
    cr_assert_str_eq(FIND(&used, "remember", "text"), "memory.remember");
    cr_assert_eq(used, 1);
    cr_assert_str_eq(FIND(&used, "conversation", "append", "id"), "conversation.append");
    cr_assert_eq(used, 2);
    cr_assert_str_eq(FIND(&used, "conversation"), "none");
    cr_assert_str_eq(FIND(&used, "remembe"), "none");
    cr_assert_str_eq(FIND(&used, "rememberx"), "none");
    cr_assert_str_eq(FIND(&used, ""), "none");
}

Test(command, is_chosen_by_an_option_among_those_of_the_same_words)
{
    size_t used;
    cr_assert_str_eq(FIND(&used, "tag", "id", "a"), "memory.tag");
    cr_assert_str_eq(FIND(&used, "tag", "id", "a", "--remove"), "memory.untag");
    cr_assert_str_eq(FIND(&used, "tag", "--remove", "id", "a"), "memory.untag");
    cr_assert_str_eq(FIND(&used, "tag", "id", "--", "--remove"), "memory.tag");
    cr_assert_str_eq(FIND(&used, "tag", "id", "--removed"), "memory.tag");
    cr_assert_str_eq(FIND(&used, "link", "a", "b"), "link.create");
    cr_assert_str_eq(FIND(&used, "link", "--of", "a"), "link.list");
    cr_assert_str_eq(FIND(&used, "link", "--of=a"), "link.list");
    cr_assert_str_eq(FIND(&used, "link", "--remove", "a", "b"), "link.remove");
    cr_assert_eq(used, 1);
}

Test(command, of_every_row_is_found_by_its_own_words)
{
    for (size_t i = 0; i < operation_count; i++) {
        char copy[64], *words[WORDS_MAX], *rest = NULL;
        size_t count = 0, used;
        if (operations[i].command == NULL) {
            continue;
        }
        (void)snprintf(copy, sizeof copy, "%s", operations[i].command);
        for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
            words[count++] = word;
        }
        cr_assert_eq(command_find(words, count, &used), &operations[i], "%s",
                     operations[i].command);
    }
}

Test(command, names_only_inputs_that_are_there)
{
    for (size_t i = 0; i < operation_count; i++) {
        size_t count = 0;
        for (const char *at = operations[i].positional; at && *at; at += strcspn(at, " ")) {
            at += strspn(at, " ");
            cr_assert_not_null(command_positional(&operations[i], count++), "%s",
                               operations[i].name);
        }
        cr_assert_null(command_positional(&operations[i], count));
    }
}

Test(command, that_is_misspelt_has_a_nearest)
{
    struct arena arena;
    arena_init(&arena);
    static char recal[] = "recal", conversation[] = "conversation", lst[] = "lst", hlep[] = "hlep",
                far_off[] = "frobnicate";
    cr_assert_str_eq(command_nearest((char *[]){recal}, 1, &arena), "recall");
    cr_assert_str_eq(command_nearest((char *[]){conversation, lst}, 2, &arena),
                     "conversation list");
    cr_assert_str_eq(command_nearest((char *[]){hlep}, 1, &arena), "help");
    cr_assert_null(command_nearest((char *[]){far_off}, 1, &arena));
    arena_clear(&arena);
}

Test(command, counts_edits_up_to_a_limit)
{
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    cr_assert_eq(command_distance("", "", 3), 0);
    cr_assert_eq(command_distance("tag", "tag", 3), 0);
    cr_assert_eq(command_distance("tag", "tags", 3), 1);
    cr_assert_eq(command_distance("tag", "bag", 3), 1);
    cr_assert_eq(command_distance("", "abc", 3), 3);
    cr_assert_eq(command_distance("kitten", "sitting", 3), 3);
    cr_assert_eq(command_distance("kitten", "sitting", 2), 3);
    cr_assert_eq(command_distance("tag", longest, 3), 4);
    cr_assert_eq(command_distance(longest, "tag", 3), 4);
}
