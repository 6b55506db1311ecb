/*
 * A knowledge graph of entities with observations, and relations between them, kept as memories of the namespace
 * `graph`: an entity under its name as key, each observation a memory about it, a relation of type `relation`. So what
 * a client of the graph stores is recalled like everything else.
 */
#ifndef MCP_GRAPH_H
#define MCP_GRAPH_H

#include "mcp/dialect.h"

struct graph_observation {
    const char *id, *text;
};

struct graph_entity {
    const char *id, *name, *type;
    struct graph_observation *observations;
    size_t count, capacity;
};

struct graph_relation {
    const char *id, *from, *to, *type;
};

struct graph {
    struct arena *arena;
    struct graph_entity *entities;
    size_t entity_count, entity_capacity;
    struct graph_relation *relations;
    size_t relation_count, relation_capacity;
};

/* All of it, in the order in which it was written, in the call's arena. False: the call's text says why. */
bool graph_load(struct dialect_call *call, struct graph *out);
struct graph_entity *graph_find(const struct graph *graph, const char *name); /* NULL if absent */
bool graph_has_observation(const struct graph_entity *entity, const char *text);
bool graph_has_relation(const struct graph *graph, const struct graph_relation *relation);

/* Adds to the graph in memory, for what the rest of the same call asks; false when out of memory. */
struct graph_entity *graph_add_entity(struct graph *graph, const char *name, const char *type);
bool graph_add_observation(struct graph *graph, struct graph_entity *entity, const char *id,
                           const char *text);
bool graph_add_relation(struct graph *graph, const struct graph_relation *relation);

/* What a memory of each is written as, for an array of items; NULL when out of memory. */
struct json *graph_new_entity_item(const char *name, const char *type);
struct json *graph_new_observation_item(const char *entity, const char *text);
struct json *graph_new_relation_item(const struct graph_relation *relation);
/* Writes the items, taken over, all or none. */
bool graph_write(struct dialect_call *call, struct json *items_taken);
bool graph_forget(struct dialect_call *call, const char *id);

/* As clients see them; NULL when out of memory. */
struct json *graph_entity_json(const struct graph_entity *entity);
struct json *graph_relation_json(const struct graph_relation *relation);

#endif
