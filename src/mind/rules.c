#include "mind/rules_internal.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What holds one value at a time, in every language; sorted. */
static const struct slot slots[] = {
    {"age", NULL},
    {"birth_year", NULL},
    {"birthday", NULL},
    {"birthplace", NULL},
    {"car", NULL},
    {"diet", "diet"},
    {"email", NULL},
    {"employer", NULL},
    {"father", NULL},
    {"favorite.", "favorite."},
    {"field_of_study", NULL},
    {"handedness", NULL},
    {"home_town", NULL},
    {"manager", NULL},
    {"mother", NULL},
    {"name", NULL},
    {"native_language", NULL},
    {"nickname", "name.preferred"},
    {"occupation", NULL},
    {"origin", NULL},
    {"partner", NULL},
    {"phone", NULL},
    {"pronouns", "pronouns"},
    {"relationship_status", NULL},
    {"school", NULL},
    {"timezone", "timezone"},
};

const struct mind_rules *rules_find(const struct language *language)
{
    static const struct mind_rules *const tables[] = {&rules_english};
    for (size_t i = 0; i < COUNT(tables); i++) {
        if (strcmp(tables[i]->code, language->code) == 0) return tables[i];
    }
    return NULL;
}

const struct slot *rules_slot_find(const char *name)
{
    for (size_t i = 0; i < COUNT(slots); i++) {
        size_t length = strlen(slots[i].name);
        bool is_open = slots[i].name[length - 1] == '.';
        if (is_open ? strncmp(slots[i].name, name, length) == 0 && name[length] != '\0'
                    : strcmp(slots[i].name, name) == 0)
            return &slots[i];
    }
    return NULL;
}

static int compare(const char *word, size_t length, const char *listed)
{
    int order = strncmp(word, listed, length);
    return order != 0 ? order : listed[length] == '\0' ? 0 : -1;
}

const struct kin_word *rules_kin_find(const struct mind_rules *rules, const char *word,
                                      size_t length)
{
    for (size_t i = 0; i < rules->kin_count; i++) {
        if (compare(word, length, rules->kin[i].word) == 0) return &rules->kin[i];
    }
    return NULL;
}

const char *rules_swap(const struct mind_rules *rules, const char *word, size_t length)
{
    for (size_t i = 0; i < rules->swap_count; i++) {
        if (compare(word, length, rules->swaps[i].from) == 0) return rules->swaps[i].to;
    }
    return NULL;
}
