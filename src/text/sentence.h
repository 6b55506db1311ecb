/*
 * Sentences of a text, one after another, without allocating.
 *
 * A sentence ends with . ! ? or an ellipsis before white space, with a full stop of CJK writing, at an empty line, at
 * the end of a line that is too short to have been wrapped, and before a line that begins as an item of a list, a line
 * of dialogue, a quotation or "Name: ". Closing quotes and brackets belong to the sentence that they close. Titles
 * ("Dr."), initials ("J. K."), numbers of items ("3."), abbreviations in the middle of a sentence ("e.g. this"), and a
 * quotation that goes on outside ("Why?" she asked) end none.
 *
 * What has no end within LIMIT_SENTENCE_BYTES is cut there, at white space if there is some. The parts that are given
 * out are trimmed and never empty; together they are the text but for white space.
 */
#ifndef TEXT_SENTENCE_H
#define TEXT_SENTENCE_H

#include "text/language.h"

struct sentence_reader {
    const struct language *language;
    const char *text; /* valid UTF-8 */
    size_t length, at;
    unsigned depth;  /* of open CJK and angular quotation marks */
    bool is_quoting; /* inside "..." */
};

struct sentence {
    size_t start, length; /* bytes of the text */
    bool is_question;
    bool starts_quoted; /* it begins inside a quotation that an earlier sentence opened */
};

void sentence_init(struct sentence_reader *reader, const struct language *language,
                   const char *text, size_t length);
bool sentence_next(struct sentence_reader *reader, struct sentence *out); /* false at the end */

#endif
