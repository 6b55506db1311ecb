/*
 * Answers for people. What an answer looks like follows from its shape (a receipt, a list, one object); a few
 * operations have a look of their own. Answers go to `page`, what is said about them (nothing found, there is more)
 * to `notes`.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "api/operation.h"
#include "cli/page.h"

struct show {
    struct arena *arena;
    struct page *page, *notes;
    const struct operation *operation;
    bool is_explained; /* recall: why each hit is there */
};

void show_answer(const struct show *show, const struct json *answer);

/* One object: its texts, then its fields, name by name; objects and lists in it below. `kind` may be NULL.
 * show_card.c */
void show_card(const struct show *show, const struct kind *kind, const struct json *object);
/* A list as a table; kind NULL: what the items say of themselves. show_list.c */
void show_list(const struct show *show, const struct kind *kind, const struct json *items);
/* {name: value} as a table. show_list.c */
void show_map(const struct show *show, const struct json *map);
/* Ranked hits, one below the other. show_recall.c */
void show_recall(const struct show *show, const struct json *answer);
/* Conversations with their best messages. show_recall.c */
void show_search(const struct show *show, const struct json *answer);
/* Messages in the order they were said. show_recall.c */
void show_window(const struct show *show, const struct json *answer);

#endif
