#include "mind/names.h"

#include <string.h>

#define NAME_WORDS 3
#define SMALL_SHARE 4 // written small more than once in so many times, it is an ordinary word

void names_init(struct names *names, const struct language *language, struct arena *arena)
{
    *names = (struct names){.language = language, .rules = rules_find(language), .arena = arena};
    map_init(&names->index);
    map_init(&names->small);
}

void names_clear(struct names *names)
{
    map_clear(&names->index);
    map_clear(&names->small);
}

/* A capitalised word that may be of a name. */
static bool may_name(const struct names *names, const struct phrase *phrase, size_t i)
{
    const struct phrase_word *word = &phrase->words[i];
    if (!word->is_capitalised || word->lower_length == 0 || word->has_digit) return false;
    const char *lower = phrase_lower(phrase, i);
    if (word_list_has(&names->language->stop, lower, word->lower_length) ||
        language_date_word(names->language, lower, word->lower_length))
        return false;
    return !names->rules || (!phrase_is(phrase, i, names->rules->no_names) &&
                             !phrase_is(phrase, i, names->rules->demonyms) &&
                             !phrase_is(phrase, i, names->rules->subjects) &&
                             !phrase_is(phrase, i, names->rules->asks));
}

/* Bytes of a word in lower case without a possessive ending; the word's own in *bytes. */
static size_t stem_length(const struct names *names, const struct phrase *phrase, size_t i,
                          size_t *bytes)
{
    const struct phrase_word *word = &phrase->words[i];
    const char *end = names->rules ? names->rules->possessive : "";
    size_t length = word->lower_length, size = strlen(end);
    *bytes = word->length;
    if (size == 0 || length <= size ||
        memcmp(phrase_lower(phrase, i) + length - size, end, size) != 0)
        return length;
    // The typographic apostrophe has two bytes more than the typed one.
    const char *text = phrase->text + word->start;
    *bytes -= size;
    while (*bytes > 1 && (unsigned char)text[*bytes - 1] >= 0x80 && word->length > length &&
           word->length - *bytes < size + 2)
        (*bytes)--;
    return length - size;
}

/* The words from i on that may be one name, and its key. */
static size_t run_at(const struct names *names, const struct phrase *phrase, size_t i,
                     char key[LIMIT_NAME_BYTES], size_t *key_length)
{
    size_t to = i;
    *key_length = 0;
    while (to < phrase->count && to - i < NAME_WORDS && may_name(names, phrase, to) &&
           (to == i || phrase->words[to].sign == 0)) {
        size_t bytes, length = stem_length(names, phrase, to, &bytes);
        if (*key_length + length + 1 > LIMIT_NAME_BYTES) break;
        if (to > i) key[(*key_length)++] = ' ';
        memcpy(key + *key_length, phrase_lower(phrase, to), length);
        *key_length += length;
        to++;
        if (bytes < phrase->words[to - 1].length) break; // "Anna's Rome" is two
    }
    return to - i;
}

static struct name *put(struct names *names, const char *key, size_t key_length, const char *text,
                        size_t length)
{
    bool added;
    uint32_t place = map_put(&names->index, key, key_length, (uint32_t)names->count, &added);
    if (place == MAP_NONE) {
        names->failed = true;
        return NULL;
    }
    if (!added) return &names->items[place];
    struct name *items =
        arena_grow(names->arena, names->items, &names->capacity, names->count + 1, sizeof *items);
    const char *kept = arena_text_n(names->arena, text, length);
    if (!items || !kept) {
        names->failed = true;
        return NULL;
    }
    names->items = items;
    items[names->count] = (struct name){.text = kept};
    return &items[names->count++];
}

static void count_small(struct names *names, const struct phrase *phrase, size_t i)
{
    const struct phrase_word *word = &phrase->words[i];
    if (word->is_capitalised || word->lower_length == 0) return;
    bool added;
    uint32_t count = map_put(&names->small, phrase_lower(phrase, i), word->lower_length, 1, &added);
    if (count == MAP_NONE)
        names->failed = true;
    else if (!added)
        map_set(&names->small, phrase_lower(phrase, i), word->lower_length, count + 1);
}

void names_add(struct names *names, const struct phrase *phrase)
{
    char key[LIMIT_NAME_BYTES];
    for (size_t i = 0; i < phrase->count && !names->failed;) {
        size_t key_length, words = run_at(names, phrase, i, key, &key_length);
        if (words == 0) {
            count_small(names, phrase, i++);
            continue;
        }
        size_t bytes, last = i + words - 1, start = phrase->words[i].start;
        (void)stem_length(names, phrase, last, &bytes);
        struct name *name = put(names, key, key_length, phrase->text + start,
                                phrase->words[last].start + bytes - start);
        if (!name) return;
        name->count++;
        bool is_inside = i > 0 && phrase->words[i].sign != '"' && phrase->words[i].sign != '.' &&
                         phrase->words[i].sign != ':';
        name->inside += is_inside || words > 1;
        if (names->rules) {
            name->place_votes += i > 0 && phrase_is(phrase, i - 1, names->rules->place_before);
            name->person_votes += (i > 0 && phrase_is(phrase, i - 1, names->rules->person_before)) +
                                  phrase_is(phrase, last + 1, names->rules->person_after) +
                                  (bytes < phrase->words[last].length);
        }
        i += words;
    }
}

void names_add_speaker(struct names *names, const char *speaker)
{
    struct phrase phrase;
    char key[LIMIT_NAME_BYTES];
    size_t key_length = 0, length = strlen(speaker);
    if (length > LIMIT_NAME_BYTES) return;
    phrase_cut(&phrase, speaker, 0, length, false);
    for (size_t i = 0; i < phrase.count; i++) {
        if (key_length + phrase.words[i].lower_length + 1 > sizeof key) return;
        if (i > 0) key[key_length++] = ' ';
        memcpy(key + key_length, phrase_lower(&phrase, i), phrase.words[i].lower_length);
        key_length += phrase.words[i].lower_length;
    }
    if (key_length == 0) return;
    struct name *name = put(names, key, key_length, speaker, length);
    if (name) name->is_speaker = true;
}

bool names_settle(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        struct name *name = &names->items[i];
        struct phrase phrase;
        phrase_cut(&phrase, name->text, 0, strlen(name->text), false);
        uint32_t small = phrase.count == 1 ? map_find(&names->small, phrase_lower(&phrase, 0),
                                                      phrase.words[0].lower_length)
                                           : MAP_NONE;
        bool is_ordinary = small != MAP_NONE && small * SMALL_SHARE > name->count;
        name->is_taken = name->is_speaker || (name->inside > 0 && !is_ordinary);
        name->is_place = !name->is_speaker && name->place_votes > name->person_votes;
    }
    return !names->failed;
}

const struct name *names_at(const struct names *names, const struct phrase *phrase, size_t i,
                            size_t *length)
{
    char key[LIMIT_NAME_BYTES];
    size_t key_length;
    *length = run_at(names, phrase, i, key, &key_length);
    if (*length == 0) return NULL;
    uint32_t place = map_find(&names->index, key, key_length);
    return place != MAP_NONE && names->items[place].is_taken ? &names->items[place] : NULL;
}
