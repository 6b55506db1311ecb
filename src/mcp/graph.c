#include "mcp/graph.h"

#include "base/hash.h"
#include "base/limits.h"

#include <string.h>

#define NAMESPACE "graph"

// --- in memory -------------------------------------------------------------------------------

struct graph_entity *graph_find(const struct graph *graph, const char *name)
{
    for (size_t i = 0; i < graph->entity_count; i++) {
        if (strcmp(graph->entities[i].name, name) == 0) {
            return &graph->entities[i];
        }
    }
    return NULL;
}

bool graph_has_observation(const struct graph_entity *entity, const char *text)
{
    for (size_t i = 0; i < entity->count; i++) {
        if (strcmp(entity->observations[i].text, text) == 0) {
            return true;
        }
    }
    return false;
}

bool graph_has_relation(const struct graph *graph, const struct graph_relation *relation)
{
    for (size_t i = 0; i < graph->relation_count; i++) {
        const struct graph_relation *one = &graph->relations[i];
        if (strcmp(one->from, relation->from) == 0 && strcmp(one->to, relation->to) == 0 &&
            strcmp(one->type, relation->type) == 0) {
            return true;
        }
    }
    return false;
}

struct graph_entity *graph_add_entity(struct graph *graph, const char *name, const char *type)
{
    struct graph_entity *all = arena_grow(graph->arena, graph->entities, &graph->entity_capacity,
                                          graph->entity_count + 1, sizeof *all);
    if (all == NULL) {
        return NULL;
    }
    graph->entities = all;
    all[graph->entity_count] = (struct graph_entity){.name = name, .type = type};
    return &all[graph->entity_count++];
}

bool graph_add_observation(struct graph *graph, struct graph_entity *entity, const char *id,
                           const char *text)
{
    struct graph_observation *all = arena_grow(graph->arena, entity->observations,
                                               &entity->capacity, entity->count + 1, sizeof *all);
    if (all != NULL) {
        entity->observations = all;
        all[entity->count++] = (struct graph_observation){id, text};
    }
    return all != NULL;
}

bool graph_add_relation(struct graph *graph, const struct graph_relation *relation)
{
    struct graph_relation *all =
        arena_grow(graph->arena, graph->relations, &graph->relation_capacity,
                   graph->relation_count + 1, sizeof *all);
    if (all != NULL) {
        graph->relations = all;
        all[graph->relation_count++] = *relation;
    }
    return all != NULL;
}

// --- from the store --------------------------------------------------------------------------

static const char *text_of(const struct json *object, const char *name)
{
    const struct json *value =
        object && json_type_of(object) == JSON_TYPE_OBJECT ? json_get(object, name) : NULL;
    return value && json_type_of(value) == JSON_TYPE_TEXT ? json_as_text(value, NULL) : "";
}

/* A memory's place in the graph; what is none of its, such as a memory that a person put into the namespace, is left
 * out. */
static bool take_memory(struct graph *graph, const struct json *memory)
{
    const struct json *metadata = json_get(memory, "metadata");
    const char *node = text_of(metadata, "graph");
    struct arena *arena = graph->arena;
    const char *id = arena_text(arena, text_of(memory, "id"));
    if (strcmp(node, "entity") == 0) {
        const char *name = arena_text(arena, text_of(memory, "key"));
        const char *type = arena_text(arena, text_of(metadata, "entityType"));
        struct graph_entity *entity = graph_add_entity(graph, name, type);
        if (entity != NULL) {
            entity->id = id;
        }
    } else if (strcmp(node, "observation") == 0) {
        struct graph_entity *entity = graph_find(graph, text_of(metadata, "entity"));
        if (entity != NULL) {
            (void)graph_add_observation(graph, entity, id,
                                        arena_text(arena, text_of(memory, "content")));
        }
    } else if (strcmp(node, "relation") == 0) {
        const struct graph_relation relation = {
            .id = id,
            .from = arena_text(arena, text_of(metadata, "from")),
            .to = arena_text(arena, text_of(metadata, "to")),
            .type = arena_text(arena, text_of(metadata, "relationType"))};
        (void)graph_add_relation(graph, &relation);
    }
    return !arena_failed(arena);
}

static struct json *new_page_request(const char *cursor)
{
    struct json *input = json_new_object();
    if (input != NULL && json_put(input, "namespace", json_new_text(NAMESPACE)) &&
        json_put(input, "order", json_new_text("created")) &&
        json_put(input, "descending", json_new_boolean(false)) &&
        json_put(input, "limit", json_new_integer(LIMIT_PAGE)) &&
        (cursor == NULL || json_put(input, "cursor", json_new_text(cursor)))) {
        return input;
    }
    json_free(input);
    return NULL;
}

bool graph_load(struct dialect_call *call, struct graph *out)
{
    const char *cursor = NULL;
    *out = (struct graph){.arena = call->arena};
    do {
        struct json *page = dialect_run(call, "record.list", new_page_request(cursor));
        if (page == NULL) {
            return false;
        }
        const struct json *items = json_get(page, "items");
        bool is_whole = true;
        for (size_t i = 0; is_whole && i < json_count(items); i++) {
            is_whole = take_memory(out, json_at(items, i));
        }
        const char *next = text_of(page, "next_cursor");
        cursor = *next != '\0' ? arena_text(call->arena, next) : NULL;
        json_free(page);
        if (!is_whole || arena_failed(call->arena)) {
            return dialect_refuse(call, "out of memory");
        }
    } while (cursor != NULL);
    return true;
}

// --- to the store ----------------------------------------------------------------------------

/* A key from texts, so that the same thing written by two processes at once is there once. */
static bool put_key(struct json *item, const char *kind, const struct hash_part *parts,
                    size_t count)
{
    unsigned char digest[SHA256_BYTES];
    char key[16 + 2 * SHA256_BYTES + 1];
    if (hash_sha256(parts, count, digest, NULL) != MNEME_OK) {
        return false;
    }
    size_t length = strlen(kind);
    memcpy(key, kind, length);
    hash_hex(digest, sizeof digest, key + length);
    return json_put(item, "key", json_new_text(key));
}

/* An item with what all have: namespace, content, type and the metadata's first member. */
static struct json *new_item(const char *node, const char *type, const char *content,
                             struct json **metadata)
{
    struct json *item = json_new_object();
    *metadata = json_new_object();
    if (item != NULL && *metadata != NULL &&
        json_put(item, "namespace", json_new_text(NAMESPACE)) &&
        json_put(item, "content", json_new_text(content)) &&
        json_put(item, "type", json_new_text(type)) &&
        json_put(*metadata, "graph", json_new_text(node))) {
        return item;
    }
    json_free(item);
    json_free(*metadata);
    return NULL;
}

/* The metadata is taken over. */
static struct json *finish(struct json *item, bool is_whole, struct json *metadata)
{
    if (!is_whole) {
        json_free(metadata);
    } else if (json_put(item, "metadata", metadata)) {
        return item;
    }
    json_free(item);
    return NULL;
}

static bool put_subject(struct json *item, const char *subject)
{
    return strlen(subject) > LIMIT_NAME_BYTES || *subject == '\0' ||
           json_put(item, "subject", json_new_text(subject));
}

struct json *graph_new_entity_item(const char *name, const char *type)
{
    struct json *metadata, *item = new_item("entity", "entity", name, &metadata);
    return item ? finish(item,
                         put_subject(item, name) && json_put(item, "key", json_new_text(name)) &&
                             json_put(metadata, "entityType", json_new_text(type)),
                         metadata)
                : NULL;
}

struct json *graph_new_observation_item(const char *entity, const char *text)
{
    const struct hash_part parts[] = {{entity, strlen(entity)}, {text, strlen(text)}};
    struct json *metadata, *item = new_item("observation", "observation", text, &metadata);
    return item ? finish(item,
                         put_subject(item, entity) && put_key(item, "observation:", parts, 2) &&
                             json_put(metadata, "entity", json_new_text(entity)),
                         metadata)
                : NULL;
}

struct json *graph_new_relation_item(const struct graph_relation *relation)
{
    const struct hash_part parts[] = {{relation->from, strlen(relation->from)},
                                      {relation->to, strlen(relation->to)},
                                      {relation->type, strlen(relation->type)}};
    struct strbuf text;
    struct json *metadata;
    strbuf_init(&text, LIMIT_CONTENT_BYTES);
    strbuf_printf(&text, "%s %s %s", relation->from, relation->type, relation->to);
    struct json *item = strbuf_code(&text) == MNEME_OK
                            ? new_item("relation", "relation", text.text, &metadata)
                            : NULL;
    strbuf_clear(&text);
    return item
               ? finish(item,
                        put_subject(item, relation->from) && put_key(item, "relation:", parts, 3) &&
                            json_put(metadata, "from", json_new_text(relation->from)) &&
                            json_put(metadata, "to", json_new_text(relation->to)) &&
                            json_put(metadata, "relationType", json_new_text(relation->type)),
                        metadata)
               : NULL;
}

bool graph_write(struct dialect_call *call, struct json *items_taken)
{
    struct json *input = json_new_object();
    if (json_count(items_taken) == 0) {
        json_free(input);
        json_free(items_taken);
        return true;
    }
    if (input == NULL || !json_put(input, "items", items_taken) ||
        !json_put(input, "atomic", json_new_boolean(true))) {
        json_free(input);
        return dialect_refuse(call, "out of memory");
    }
    struct json *answer = dialect_run(call, "memory.remember_batch", input);
    json_free(answer);
    return answer != NULL;
}

bool graph_forget(struct dialect_call *call, const char *id)
{
    struct json *input = json_new_object();
    if (input != NULL && !json_put(input, "id", json_new_text(id))) {
        json_free(input);
        input = NULL;
    }
    struct json *answer = dialect_run(call, "record.forget", input);
    json_free(answer);
    return answer != NULL;
}

// --- as clients see it -----------------------------------------------------------------------

struct json *graph_entity_json(const struct graph_entity *entity)
{
    struct json *object = json_new_object(), *observations = json_new_array();
    bool is_whole = object != NULL && observations != NULL &&
                    json_put(object, "name", json_new_text(entity->name)) &&
                    json_put(object, "entityType", json_new_text(entity->type));
    for (size_t i = 0; is_whole && i < entity->count; i++) {
        is_whole = json_put(observations, NULL, json_new_text(entity->observations[i].text));
    }
    if (is_whole && json_put(object, "observations", observations)) {
        return object;
    }
    if (!is_whole) {
        json_free(observations);
    }
    json_free(object);
    return NULL;
}

struct json *graph_relation_json(const struct graph_relation *relation)
{
    struct json *object = json_new_object();
    if (object != NULL && json_put(object, "from", json_new_text(relation->from)) &&
        json_put(object, "to", json_new_text(relation->to)) &&
        json_put(object, "relationType", json_new_text(relation->type))) {
        return object;
    }
    json_free(object);
    return NULL;
}
