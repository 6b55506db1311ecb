/*
 * What an operation answers, described: an object's members by name and type. OpenAPI and the reference are made from
 * it, and a test holds every answer of docs/json.md to it.
 */
#ifndef API_SHAPE_H
#define API_SHAPE_H

#include "base/json.h"
#include "model/record.h"

enum shape_type {
    SHAPE_TEXT,
    SHAPE_ID, /* a UUID */
    SHAPE_TIME,
    SHAPE_INTEGER,
    SHAPE_REAL,
    SHAPE_BOOLEAN,
    SHAPE_ANY,
    SHAPE_OBJECT, /* of `shape`; NULL: any object */
};

enum shape_flag {
    SHAPE_LIST = 1 << 0, /* an array of such values */
    SHAPE_MAP = 1 << 1,  /* an object of such values under free names; of lists with SHAPE_LIST */
    SHAPE_NULLABLE = 1 << 2, /* may be null */
    SHAPE_OPTIONAL = 1 << 3, /* may be absent */
};

struct shape_member {
    const char *name;
    enum shape_type type;
    unsigned flags;
    const struct shape *shape;
    const char *const *choices; /* of texts; NULL: any */
    const char *doc;
};

struct shape {
    const char *name; /* "Receipt"; NULL: described where it stands */
    /* One of these, ended by NULL; then nothing else is said. */
    const struct shape *const *any_of;
    const struct kind *kind;            /* a record of it: `kind` and its fields */
    bool is_open;                       /* further members may be there, as `doc` says */
    const struct shape_member *members; /* ended by a row without a name; may be NULL */
    const char *doc;
};

/* JSON Schema of the shape; named shapes within it are references, `prefix` and the name. */
void shape_write_schema(const struct shape *shape, const char *prefix, const char *name,
                        struct json_writer *writer);
/* The same where it stands in another: a reference if it has a name. */
void shape_write_reference(const struct shape *shape, const char *prefix, const char *name,
                           struct json_writer *writer);

/* Every named shape that the shape is made of, itself too; inner ones first, some perhaps twice. */
void shape_each_named(const struct shape *shape,
                      void (*each)(void *context, const struct shape *shape), void *context);

/* The place of the first value that is not as the shape says, in the arena; NULL: none. */
const char *shape_check(const struct shape *shape, const struct json *value, struct arena *arena);

#endif
