/*
 * value = .5 + type + cues + novelty + mentions, each bounded, so that no single one takes it to an end by itself. The
 * weights are ours: what a memory is about (type) and how it was said (cues) count for more than that it was new or
 * said twice.
 */
#include "mind/importance.h"

#include "mind/phrase.h"
#include "mind/rules.h"
#include "text/sentence.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define MIDDLE 0.5
#define CUES_MOST 0.25
#define CUE_EACH 0.1
#define NOVELTY_MOST 0.1 // up for what is new, down for what is known
#define MENTIONS_MOST 0.15
#define MENTIONS_ENOUGH 8.0
#define MOVED 0.005 // less than that is no basis
#define SENTENCES_MOST 32
#define CUES_READ 64
#define PLAIN_BYTES 1024 // of a text that is first looked at as a whole

static const struct {
    const char *type;
    double shift;
} types[] = {
    {"commitment", 0.15},  {"decision", 0.15},    {"event", 0.05},     {"fact", 0.05},
    {"instruction", 0.2},  {"note", -0.05},       {"preference", 0.1}, {"rule", 0.2},
    {"small_talk", -0.25}, {"task_pattern", 0.1},
};

static double of_type(const char *type)
{
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].type, type) == 0) return types[i].shift;
    }
    return 0;
}

#define ANY_LETTER (~UINT32_C(0))

static uint32_t bit_of(unsigned char letter)
{
    return letter >= 'a' && letter <= 'z' ? UINT32_C(1) << (letter - 'a') : UINT32_C(1) << 31;
}

/* The letters that a pattern's first word can begin with: most words of a text begin with none of them, and need not be
 * compared. */
static uint32_t first_letters(const char *pattern)
{
    uint32_t letters = 0;
    for (const char *at = pattern; *at && *at != ' '; at++) {
        if (*at == '?') return ANY_LETTER;
        if (at == pattern || at[-1] == '|') letters |= bit_of((unsigned char)*at);
    }
    return letters;
}

/* Does one of the words of a pattern's first element that has to stand there occur in the text, as letters at least? */
static bool may_match(const char *text, const char *pattern)
{
    char letters[16];
    while (*pattern == '?') {
        pattern += strcspn(pattern, " ");
        if (*pattern == '\0') return true;
        pattern++;
    }
    while (true) {
        size_t length = 0;
        while (length + 1 < sizeof letters && pattern[length] >= 'a' && pattern[length] <= 'z') {
            letters[length] = pattern[length];
            length++;
        }
        letters[length] = '\0';
        if (strstr(text, letters)) return true;
        pattern += strcspn(pattern, "| ");
        if (*pattern != '|') return false;
        pattern++;
    }
}

/* Most texts have no cue, and to see that costs less than to cut their sentences. A text that is long, or not of ASCII
 * alone, whose letters may have other forms, is looked at anyway. */
static bool may_have_cues(const struct mind_rules *rules, const char *content)
{
    char lower[PLAIN_BYTES];
    size_t length = 0;
    for (; content[length] != '\0'; length++) {
        unsigned char c = (unsigned char)content[length];
        if (c >= 0x80 || length + 1 >= sizeof lower) return true;
        lower[length] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    lower[length] = '\0';
    for (size_t cue = 0; cue < rules->cue_count; cue++) {
        if (may_match(lower, rules->cues[cue])) return true;
    }
    return false;
}

/* Cues in the first sentences, each of the table's once. */
static double of_wording(const struct language *language, const char *content)
{
    const struct mind_rules *rules = rules_find(language);
    struct sentence_reader reader;
    struct sentence sentence;
    struct phrase phrase;
    uint32_t letters[CUES_READ];
    double sum = 0;
    uint64_t seen = 0;
    if (!rules || !content || !may_have_cues(rules, content)) return 0;
    size_t cue_count = rules->cue_count < CUES_READ ? rules->cue_count : CUES_READ;
    for (size_t cue = 0; cue < cue_count; cue++) letters[cue] = first_letters(rules->cues[cue]);
    sentence_init(&reader, language, content, strlen(content));
    for (unsigned i = 0; i < SENTENCES_MOST && sentence_next(&reader, &sentence); i++) {
        phrase_cut(&phrase, content, sentence.start, sentence.length, sentence.starts_quoted);
        for (size_t at = 0; at < phrase.count; at++) {
            uint32_t letter = bit_of((unsigned char)*phrase_lower(&phrase, at));
            for (size_t cue = 0; cue < cue_count; cue++) {
                if (!(letters[cue] & letter) || seen >> cue & 1) continue;
                if (phrase_match(&phrase, at, rules->cues[cue]) == 0) continue;
                seen |= UINT64_C(1) << cue;
                sum += CUE_EACH;
            }
        }
    }
    return sum;
}

static double within(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

struct importance importance_judge(const struct language *language,
                                   const struct importance_evidence *evidence)
{
    if (evidence->explicit_value >= 0)
        return (struct importance){within(evidence->explicit_value, 0, 1), "explicit"};
    if (evidence->level > 0) {
        double level = within(evidence->level, 1, IMPORTANCE_LEVELS);
        return (struct importance){(level - 1) / (IMPORTANCE_LEVELS - 1), "explicit"};
    }
    double mentions = evidence->mentions > 1 ? log(evidence->mentions) / log(MENTIONS_ENOUGH) : 0;
    const struct {
        const char *basis;
        double shift;
    } parts[] = {
        {"type", of_type(evidence->type)},
        {"cues",
         within(of_wording(language, evidence->content) + evidence->cue * CUES_MOST, 0, CUES_MOST)},
        {"novelty",
         evidence->novelty < 0 ? 0 : (within(evidence->novelty, 0, 1) - MIDDLE) * 2 * NOVELTY_MOST},
        {"mentions", within(mentions, 0, 1) * MENTIONS_MOST},
    };
    struct importance judged = {MIDDLE, "default"};
    double most = MOVED;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        judged.value += parts[i].shift;
        if (fabs(parts[i].shift) <= most) continue;
        most = fabs(parts[i].shift);
        judged.basis = parts[i].basis;
    }
    judged.value = within(judged.value, 0, 1);
    return judged;
}
