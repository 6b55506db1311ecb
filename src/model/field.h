/*
 * The field table: each kind of record is a plain struct and a static array of fields. From it come the JSON reader
 * and writer, validation, SQL (generated at build time), binding and row reading, JSON Schema, filters, CLI columns
 * and docs.
 *
 * A record struct begins with struct record_head. Its members are: text, list item and JSON: const char * (JSON as
 * compact text); integer and time: int64_t; real: double; boolean: bool; list: struct list; bytes: struct bytes.
 * A field holds a value when its bit in head.present is set; bit i belongs to fields[i], so a kind has at most 64.
 * head.given says which fields an input named; given without present means "set to null"; a default is not given.
 */
#ifndef MODEL_FIELD_H
#define MODEL_FIELD_H

#include "base/arena.h"

enum field_type {
    FIELD_TEXT,
    FIELD_INTEGER,
    FIELD_REAL,
    FIELD_BOOLEAN,
    FIELD_TIME,
    FIELD_JSON,
    FIELD_LIST, /* of texts */
    FIELD_BYTES /* columns of ours that no face shows: encoded terms, digests */
};

enum field_flag {
    FIELD_REQUIRED = 1 << 0,  /* must hold a value when a record is made */
    FIELD_READ_ONLY = 1 << 1, /* set by the engine; only the exact import may give it */
    FIELD_FIXED = 1 << 2,     /* given when the record is made, never changed by update */
    FIELD_SECRET = 1 << 3,    /* never in logs or exports */
    FIELD_KEY = 1 << 4,       /* part of the natural key */
    FIELD_FILTER = 1 << 5,    /* may stand in a filter */
    FIELD_RECALLED =
        1 << 6,          /* part of what recall reads of the record: of its text, or of its key */
    FIELD_UUID = 1 << 7, /* text that is a UUID, kept as 16 bytes in the database */
    /* made NFC; no control or bidirectional characters, not empty; of a list: each item */
    FIELD_NAME = 1 << 8,
    FIELD_DERIVED = 1 << 9,   /* worked out when read: no column */
    FIELD_INTERNAL = 1 << 10, /* a column that no face shows */
    FIELD_QUIET = 1 << 11,    /* a change of it alone raises no version and writes no history */
    FIELD_OBJECT = 1 << 12,   /* JSON: must be an object */
    FIELD_STATE = 1 << 13,    /* part of `export --state`: neither bookkeeping nor access */
    FIELD_STORED = 1 << 14,   /* a value in every row: NOT NULL in the database, null refused */
    /* says where this copy lives: shown, but neither exported nor kept in the history */
    FIELD_LOCAL = 1 << 15,
    FIELD_CHARACTERS = 1 << 16, /* text: min and max count characters, not bytes */
    /* list: items may be empty or repeated, and on the command line each word or line is one */
    FIELD_LINES = 1 << 17
};

struct list {
    const char *const *items;
    size_t count;
};

struct bytes {
    const void *data;
    size_t length;
};

struct record_head {
    uint64_t present, given;
};

struct field {
    const char *name;   /* in JSON */
    const char *column; /* in the database; NULL: the name */
    enum field_type type;
    unsigned flags;
    size_t offset;
    /* numbers: the range; text and JSON: bytes; list: items. Both 0: no bound but the type's own */
    double min, max;
    size_t item_max;            /* list: bytes of one item */
    const char *const *choices; /* text: the values allowed, NULL-terminated; NULL: any */
    const char *
        fallback; /* default as plain text: `long_term`, `0.5`, `true`; NULL: none. Only STORED fields */
    const char *doc; /* one line */
};

/* What lists can be ordered by: a field, and among equals a second one that goes up when the first goes down; last the
 * id. The index KIND_by_NAME, where there is one, is read in this order. */
struct kind_order {
    const char *name;   /* as lists say it: "created" */
    size_t field, then; /* then 0: none */
};

struct kind {
    const char *name; /* "memory"; also the name of its table */
    const struct field *fields;
    size_t field_count;
    size_t size;                     /* of the struct */
    const struct kind_order *orders; /* the first is created; NULL: it is not listed */
    size_t order_count;
    bool is_versioned; /* has version, history and the other common fields */
    bool is_recalled;  /* has terms and vectors */
    const char *doc;
};

/* MAX if there is no such field. */
#define FIELD_NONE SIZE_MAX
size_t field_find(const struct kind *kind, const char *name);

/* Reading and setting by number: for generic code. field_at returns the member's address. */
static inline bool field_present(const void *record, size_t i)
{
    return ((const struct record_head *)record)->present >> i & 1;
}

/* Setting also marks the field as given, so that a record filled by our code can be applied as a change. An empty list,
 * NULL and no bytes are "no value". What is set is borrowed: it must live as long as the record. */
void field_clear(const struct kind *kind, void *record, size_t i);
/* text and JSON; NULL clears */
void field_set_text(const struct kind *kind, void *record, size_t i, const char *value);
/* integer and time */
void field_set_integer(const struct kind *kind, void *record, size_t i, int64_t value);
void field_set_real(const struct kind *kind, void *record, size_t i, double value);
void field_set_boolean(const struct kind *kind, void *record, size_t i, bool value);
void field_set_list(const struct kind *kind, void *record, size_t i, struct list value);
void field_set_bytes(const struct kind *kind, void *record, size_t i, struct bytes value);
const char *field_text(const struct kind *kind, const void *record, size_t i); /* NULL if absent */
/* TIME_NONE if absent */
int64_t field_integer(const struct kind *kind, const void *record, size_t i);
double field_real(const struct kind *kind, const void *record, size_t i);
bool field_boolean(const struct kind *kind, const void *record, size_t i);
struct list field_list(const struct kind *kind, const void *record, size_t i);
struct bytes field_bytes(const struct kind *kind, const void *record, size_t i);
/* absent equals absent */
/* Takes over another record's value, or that it has none. */
void field_copy(const struct kind *kind, void *record, const void *other, size_t i);
bool field_equal(const struct kind *kind, const void *a, const void *b, size_t i);

#endif
