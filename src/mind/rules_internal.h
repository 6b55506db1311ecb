/* The tables of the languages: a file and a row each, for rules.c alone. */
#ifndef MIND_RULES_INTERNAL_H
#define MIND_RULES_INTERNAL_H

#include "mind/rules.h"

extern const struct mind_rules rules_english;

#endif
