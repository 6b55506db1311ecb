/*
 * People and places of a text: runs of capitalised words, told from ordinary words by how the whole text writes them,
 * and from each other by what stands around them. No list of names.
 */
#ifndef MIND_NAMES_H
#define MIND_NAMES_H

#include "base/arena.h"
#include "base/map.h"
#include "mind/phrase.h"
#include "mind/rules.h"

struct name {
    const char *text; /* as it was first written */
    unsigned count;   /* mentions */
    bool is_place;    /* else a person, or something that acts like one */
    /* the counting */
    unsigned inside, person_votes, place_votes; /* mentions not at a sentence's start; ... */
    bool is_speaker, is_taken;
};

struct names {
    const struct language *language;
    const struct mind_rules *rules; /* NULL: only speakers are known */
    struct arena *arena;
    struct map index, small; /* names; words written small, and how often */
    struct name *items;      /* in the order of their first mention; those that are no names too */
    size_t count, capacity;
    bool failed;
};

void names_init(struct names *names, const struct language *language, struct arena *arena);
void names_clear(struct names *names); /* the maps; the rest is the arena's */
void names_add(struct names *names, const struct phrase *phrase);
void names_add_speaker(struct names *names, const char *speaker);
/* Decides; call it once, before the next two. False when out of memory. */
bool names_settle(struct names *names);

/* The name that begins at word i of the phrase, its words in *length. NULL: none. */
const struct name *names_at(const struct names *names, const struct phrase *phrase, size_t i,
                            size_t *length);

#endif
