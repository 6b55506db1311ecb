/* Rows of partitions, said in a line: what a test leaves out has a plain default. */
#ifndef SUPPORT_ROWS_H
#define SUPPORT_ROWS_H

#include "index/partition.h"
#include "recall/recall.h"

#define ROWS_DIMENSION 8
#define ROWS_NOW_US (INT64_C(1700000000) * 1000000)

struct row {
    unsigned id;           /* from 1; the row's UUID is made of it */
    unsigned conversation; /* 0: a memory */
    int64_t seq;           /* message_seq; 0: the id */
    const char *text;
    const char *speaker, *role, *sitting; /* role: default user */
    const char *space, *tier, *type, *subject, *source, *trust;
    const char *tags[4];
    int64_t event_at, created_at;             /* 0: ROWS_NOW_US */
    int64_t expires_at, valid_from, valid_to; /* 0: none */
    double importance;                        /* 0: .5 */
    int64_t uses;
    bool is_superseded, is_pinned, is_gone;
    unsigned vector; /* 0: none; equal numbers give equal vectors */
};

struct uuid row_uuid(unsigned id);
struct uuid row_conversation(unsigned conversation);
unsigned row_number(const struct uuid *id); /* back again */
/* A unit vector that belongs to a number. */
void row_vector_of(unsigned number, float out[ROWS_DIMENSION]);

enum mneme_code row_put(struct partition *partition, struct analyzer *analyzer,
                        const struct row *row);
/* A partition of these rows (the last has id 0), settled for ROWS_NOW_US. */
struct partition *rows_partition(struct analyzer *analyzer, const struct row *rows);

/* A request with everything neutral: boosts off, both kinds, k = 10. */
struct recall_request rows_request(const char *text);

#endif
