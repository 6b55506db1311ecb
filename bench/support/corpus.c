#include "corpus.h"

#include "measure.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#define WORDS 20000
#define TEXT_BYTES 4096
#define JSON_BYTES (16 * 1024 * 1024)
#define QUESTION_WORDS 6
#define RARE 40 // words of this rank and beyond are asked for

static const char *const frequent[] = {
    "the",  "and", "to",   "of",  "a",    "I",    "in",   "it",   "that", "is",   "was",
    "for",  "you", "he",   "on",  "with", "as",   "his",  "at",   "be",   "had",  "but",
    "she",  "her", "they", "we",  "have", "not",  "this", "from", "said", "all",  "so",
    "when", "one", "what", "who", "them", "some", "were", "out",  "if",   "there"};

static char words[WORDS][16];
static double reached[WORDS]; // how likely a word is that one or one before it
static pthread_once_t once = PTHREAD_ONCE_INIT;

// SplitMix64.
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t start(uint64_t number, uint64_t stream)
{
    uint64_t state = number * 8 + stream;
    return next(&state);
}

static double next_unit(uint64_t *state)
{
    return (double)(next(state) >> 11) * 0x1p-53;
}

// Syllables spell the rank, so that no two words are alike; rarer words are longer, as in a language.
static void spell(size_t rank, char *out)
{
    static const char first[] = "bcdfglmnprstvz", vowels[] = "aeiou";
    size_t left = rank + sizeof first - 1, at = 0;
    while (left > 0) {
        out[at++] = first[left % (sizeof first - 1)];
        left /= sizeof first - 1;
        out[at++] = vowels[left % (sizeof vowels - 1)];
        left /= sizeof vowels - 1;
    }
    out[at++] = "nrstl"[rank % 5];
    out[at] = '\0';
}

static void make_words(void)
{
    const size_t known = sizeof frequent / sizeof *frequent;
    double sum = 0;
    for (size_t i = 0; i < WORDS; i++) {
        if (i < known)
            memcpy(words[i], frequent[i], strlen(frequent[i]) + 1);
        else
            spell(i - known, words[i]);
        sum += 1 / pow((double)i + 2.7, 1.05);
        reached[i] = sum;
    }
    for (size_t i = 0; i < WORDS; i++) reached[i] /= sum;
}

static size_t next_word(uint64_t *state)
{
    double wanted = next_unit(state);
    size_t low = 0, high = WORDS - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (reached[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t next_length(uint64_t *state)
{
    double bell = 0; // of four uniform numbers: near enough to normal
    for (int i = 0; i < 4; i++) bell += next_unit(state) - .5;
    double length = 30 * exp(.9 * bell);
    return length < 8 ? 8 : length > 90 ? 90 : (size_t)length;
}

void corpus_text(uint64_t number, struct strbuf *out)
{
    (void)pthread_once(&once, make_words);
    uint64_t state = start(number, 0);
    size_t length = next_length(&state), sentence = 0;
    for (size_t i = 0; i < length; i++) {
        const char *word = words[next_word(&state)];
        if (i > 0) strbuf_add_char(out, ' ');
        size_t at = out->length;
        strbuf_add_text(out, word);
        if (sentence == 0 && out->text[at] >= 'a') out->text[at] -= 'a' - 'A';
        bool ends = i + 1 == length || (++sentence > 5 && next(&state) % 8 == 0);
        if (ends) {
            strbuf_add_char(out, '.');
            sentence = 0;
        }
    }
}

void corpus_words(uint64_t number, const char *between, struct strbuf *out)
{
    (void)pthread_once(&once, make_words);
    uint64_t state = start(number, 0);
    size_t length = next_length(&state), sentence = 0, taken = 0;
    for (size_t i = 0; i < length && taken < QUESTION_WORDS; i++) {
        size_t rank = next_word(&state);
        if (rank >= RARE) {
            if (taken++ > 0) strbuf_add_text(out, between);
            strbuf_add_text(out, words[rank]);
        }
        // As the text does, whose numbers these are.
        if (++sentence > 5 && i + 1 < length && next(&state) % 8 == 0) sentence = 0;
    }
    if (taken == 0) strbuf_add_text(out, words[RARE]);
}

void corpus_question(uint64_t number, struct strbuf *out)
{
    strbuf_add_text(out, "what was it about ");
    corpus_words(number, " ", out);
    strbuf_add_char(out, '?');
}

void corpus_vector(uint64_t number, float out[CORPUS_DIMENSION])
{
    uint64_t state = start(number, 1);
    for (size_t i = 0; i < CORPUS_DIMENSION; i++) out[i] = (float)(next_unit(&state) * 2 - 1);
}

static void add_memory(uint64_t number, struct strbuf *out)
{
    strbuf_add_text(out, "{\"content\": \"");
    corpus_text(number, out);
    strbuf_add_text(out, "\", \"type\": \"fact\"}");
}

static char *finish(struct strbuf *text)
{
    char *taken = strbuf_take(text);
    if (!taken) die("out of memory");
    return taken;
}

char *corpus_memory(uint64_t number)
{
    struct strbuf text;
    strbuf_init(&text, TEXT_BYTES);
    add_memory(number, &text);
    return finish(&text);
}

char *corpus_batch(uint64_t first, size_t count)
{
    struct strbuf text;
    strbuf_init(&text, JSON_BYTES);
    strbuf_add_text(&text, "{\"items\": [");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) strbuf_add_char(&text, ',');
        add_memory(first + i, &text);
    }
    strbuf_add_text(&text, "]}");
    return finish(&text);
}

char *corpus_messages(uint64_t first, size_t count, const char *conversation)
{
    struct strbuf text;
    strbuf_init(&text, JSON_BYTES);
    strbuf_printf(&text, "{\"conversation_id\": \"%s\", \"messages\": [", conversation);
    for (size_t i = 0; i < count; i++) {
        strbuf_printf(&text, "%s{\"role\": \"user\", \"speaker\": \"%s\", \"content\": \"",
                      i > 0 ? "," : "", (first + i) % 2 == 0 ? "Ada" : "Grace");
        corpus_text(first + i, &text);
        strbuf_add_text(&text, "\"}");
    }
    strbuf_add_text(&text, "]}");
    return finish(&text);
}
