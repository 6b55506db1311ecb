/*
 * The dialect of the reference memory server (npm @modelcontextprotocol/server-memory): nine tools on a knowledge
 * graph. Names, schemas, results and error texts are what its clients know; descriptions are ours. Where it differs:
 * an entity that is named twice in one call is stored once.
 */
#include "base/limits.h"
#include "base/utf8.h"
#include "mcp/dialect.h"
#include "mcp/graph.h"

#include <string.h>

// --- arguments -------------------------------------------------------------------------------

static bool refuse_argument(struct dialect_call *call, const char *what, const char *name)
{
    return dialect_refuse(call, "MCP error -32602: Input validation error: expected %s at '%s'",
                          what, name);
}

/* A member that must be an array; NULL, and refused, if it is none. */
static const struct json *list_in(struct dialect_call *call, const struct json *object,
                                  const char *name)
{
    const struct json *value =
        json_type_of(object) == JSON_TYPE_OBJECT ? json_get(object, name) : NULL;
    if (value == NULL || json_type_of(value) != JSON_TYPE_ARRAY) {
        (void)refuse_argument(call, "array", name);
        return NULL;
    }
    return value;
}

/* The texts of an array are texts. */
static bool are_texts(struct dialect_call *call, const struct json *array, const char *name)
{
    for (size_t i = 0; i < json_count(array); i++) {
        if (json_type_of(json_at(array, i)) != JSON_TYPE_TEXT) {
            return refuse_argument(call, "string", name);
        }
    }
    return true;
}

static const struct json *texts_in(struct dialect_call *call, const struct json *object,
                                   const char *name)
{
    const struct json *array = list_in(call, object, name);
    return array && are_texts(call, array, name) ? array : NULL;
}

static const char *text_in(struct dialect_call *call, const struct json *object, const char *name)
{
    const struct json *value =
        json_type_of(object) == JSON_TYPE_OBJECT ? json_get(object, name) : NULL;
    if (value == NULL || json_type_of(value) != JSON_TYPE_TEXT) {
        (void)refuse_argument(call, "string", name);
        return NULL;
    }
    return json_as_text(value, NULL);
}

static bool relation_in(struct dialect_call *call, const struct json *object,
                        struct graph_relation *out)
{
    *out = (struct graph_relation){.from = text_in(call, object, "from")};
    out->to = out->from ? text_in(call, object, "to") : NULL;
    out->type = out->to ? text_in(call, object, "relationType") : NULL;
    return out->type != NULL;
}

// --- answers ---------------------------------------------------------------------------------

/* An object with one array, which is also what the text shows. */
static bool answer_list(struct dialect_call *call, const char *name, struct json *array_taken)
{
    call->answer = json_new_object();
    if (call->answer == NULL || array_taken == NULL || !json_put(call->answer, name, array_taken)) {
        if (call->answer == NULL) {
            json_free(array_taken);
        }
        return dialect_refuse(call, "out of memory");
    }
    call->shown = json_get(call->answer, name);
    return true;
}

static bool answer_success(struct dialect_call *call, const char *message)
{
    call->answer = json_new_object();
    call->text = message;
    return (call->answer != NULL && json_put(call->answer, "success", json_new_boolean(true)) &&
            json_put(call->answer, "message", json_new_text(message))) ||
           dialect_refuse(call, "out of memory");
}

// --- creating --------------------------------------------------------------------------------

/* What one call adds: memories to be written together, and what is answered. */
struct creation {
    struct dialect_call *call;
    struct graph graph;
    struct json *items, *added;
};

/* Adds one of the things that a call names. False: out of memory, unless the call's text says something else. */
typedef bool creation_fn(struct creation *creation, const struct json *given);

/* Takes each thing of the argument `name`, writes all that is new, answers it under `answer`. */
static bool create(struct dialect_call *call, const char *name, creation_fn *add,
                   const char *answer)
{
    struct creation creation = {.call = call};
    const struct json *given = list_in(call, call->arguments, name);
    if (given == NULL || !graph_load(call, &creation.graph)) {
        return false;
    }
    creation.items = json_new_array();
    creation.added = json_new_array();
    bool is_done = creation.items != NULL && creation.added != NULL;
    for (size_t i = 0; is_done && i < json_count(given); i++) {
        is_done = add(&creation, json_at(given, i));
    }
    if (!is_done) {
        json_free(creation.items);
    }
    if (is_done && graph_write(call, creation.items)) {
        return answer_list(call, answer, creation.added);
    }
    json_free(creation.added);
    return call->text != NULL ? false : dialect_refuse(call, "out of memory");
}

/* Those of the texts that the entity lacks: to the items, to the graph and, if given, to `added`. */
static bool add_texts(struct creation *creation, struct graph_entity *entity,
                      const struct json *texts, struct json *added)
{
    bool is_whole = true;
    for (size_t i = 0; is_whole && i < json_count(texts); i++) {
        const char *text = json_as_text(json_at(texts, i), NULL);
        if (!graph_has_observation(entity, text)) {
            is_whole =
                json_put(creation->items, NULL, graph_new_observation_item(entity->name, text)) &&
                graph_add_observation(&creation->graph, entity, NULL, text) &&
                (added == NULL || json_put(added, NULL, json_new_text(text)));
        }
    }
    return is_whole;
}

static bool add_entity(struct creation *creation, const struct json *given)
{
    const char *name = text_in(creation->call, given, "name");
    const char *type = name ? text_in(creation->call, given, "entityType") : NULL;
    const struct json *texts = type ? texts_in(creation->call, given, "observations") : NULL;
    if (texts == NULL) {
        return false;
    }
    if (graph_find(&creation->graph, name) != NULL) {
        return true;
    }
    struct graph_entity *entity = graph_add_entity(&creation->graph, name, type);
    return entity != NULL && json_put(creation->items, NULL, graph_new_entity_item(name, type)) &&
           add_texts(creation, entity, texts, NULL) &&
           json_put(creation->added, NULL, graph_entity_json(entity));
}

static bool add_relation(struct creation *creation, const struct json *given)
{
    struct graph_relation relation;
    if (!relation_in(creation->call, given, &relation)) {
        return false;
    }
    return graph_has_relation(&creation->graph, &relation) ||
           (json_put(creation->items, NULL, graph_new_relation_item(&relation)) &&
            json_put(creation->added, NULL, graph_relation_json(&relation)) &&
            graph_add_relation(&creation->graph, &relation));
}

static bool add_contents(struct creation *creation, const struct json *given)
{
    const char *name = text_in(creation->call, given, "entityName");
    const struct json *texts = name ? texts_in(creation->call, given, "contents") : NULL;
    if (texts == NULL) {
        return false;
    }
    struct graph_entity *entity = graph_find(&creation->graph, name);
    if (entity == NULL) {
        return dialect_refuse(creation->call, "Entity with name %s not found", name);
    }
    struct json *result = json_new_object(), *added = json_new_array();
    bool is_whole = result != NULL && added != NULL &&
                    json_put(result, "entityName", json_new_text(name)) &&
                    add_texts(creation, entity, texts, added);
    if (!is_whole) {
        json_free(added);
        json_free(result);
        return false;
    }
    if (!json_put(result, "addedObservations", added)) {
        json_free(result);
        return false;
    }
    return json_put(creation->added, NULL, result);
}

static bool create_entities(struct dialect_call *call)
{
    return create(call, "entities", add_entity, "entities");
}

static bool create_relations(struct dialect_call *call)
{
    return create(call, "relations", add_relation, "relations");
}

static bool add_observations(struct dialect_call *call)
{
    return create(call, "observations", add_contents, "results");
}

// --- deleting --------------------------------------------------------------------------------

/* What is about the entity goes before it, so that a call that is cut short can be made again. */
static bool delete_entity(struct dialect_call *call, const struct graph *graph,
                          const struct graph_entity *entity)
{
    bool is_done = true;
    for (size_t i = 0; is_done && i < graph->relation_count; i++) {
        const struct graph_relation *one = &graph->relations[i];
        if (strcmp(one->from, entity->name) == 0 || strcmp(one->to, entity->name) == 0) {
            is_done = graph_forget(call, one->id);
        }
    }
    for (size_t i = 0; is_done && i < entity->count; i++) {
        is_done = graph_forget(call, entity->observations[i].id);
    }
    return is_done && graph_forget(call, entity->id);
}

static bool delete_entities(struct dialect_call *call)
{
    struct graph graph;
    const struct json *names = texts_in(call, call->arguments, "entityNames");
    bool is_done = names != NULL;
    for (size_t i = 0; is_done && i < json_count(names); i++) {
        // A relation between two of them is gone with the first, so the graph is read anew.
        is_done = graph_load(call, &graph);
        const struct graph_entity *entity =
            is_done ? graph_find(&graph, json_as_text(json_at(names, i), NULL)) : NULL;
        is_done = is_done && (entity == NULL || delete_entity(call, &graph, entity));
    }
    return is_done && answer_success(call, "Entities deleted successfully");
}

static bool delete_observations_of(struct dialect_call *call, const struct graph *graph,
                                   const struct json *given)
{
    const char *name = text_in(call, given, "entityName");
    const struct json *texts = name ? texts_in(call, given, "observations") : NULL;
    if (texts == NULL) {
        return false;
    }
    const struct graph_entity *entity = graph_find(graph, name);
    for (size_t i = 0; entity != NULL && i < entity->count; i++) {
        bool is_named = false;
        for (size_t j = 0; j < json_count(texts); j++) {
            is_named |=
                strcmp(json_as_text(json_at(texts, j), NULL), entity->observations[i].text) == 0;
        }
        if (is_named && !graph_forget(call, entity->observations[i].id)) {
            return false;
        }
    }
    return true;
}

static bool delete_observations(struct dialect_call *call)
{
    struct graph graph;
    const struct json *given = list_in(call, call->arguments, "deletions");
    bool is_done = given != NULL && graph_load(call, &graph);
    for (size_t i = 0; is_done && i < json_count(given); i++) {
        is_done = delete_observations_of(call, &graph, json_at(given, i));
    }
    return is_done && answer_success(call, "Observations deleted successfully");
}

static bool delete_relations(struct dialect_call *call)
{
    struct graph graph;
    struct graph_relation wanted;
    const struct json *given = list_in(call, call->arguments, "relations");
    bool is_done = given != NULL && graph_load(call, &graph);
    for (size_t i = 0; is_done && i < json_count(given); i++) {
        is_done = relation_in(call, json_at(given, i), &wanted);
        for (size_t j = 0; is_done && j < graph.relation_count; j++) {
            const struct graph one = {.relations = &graph.relations[j], .relation_count = 1};
            if (graph_has_relation(&one, &wanted)) {
                is_done = graph_forget(call, graph.relations[j].id);
            }
        }
    }
    return is_done && answer_success(call, "Relations deleted successfully");
}

// --- reading ---------------------------------------------------------------------------------

/* Is the entity among those that are asked for? */
typedef bool wanted_fn(const struct graph_entity *entity, const void *context);

static bool is_end_wanted(const struct graph *graph, const char *name, wanted_fn *is_wanted,
                          const void *context)
{
    const struct graph_entity *entity = graph_find(graph, name);
    return entity != NULL && is_wanted(entity, context);
}

/* The wanted entities, and the relations that one of them is an end of; all if `is_wanted` is NULL. */
static bool answer_graph(struct dialect_call *call, const struct graph *graph, wanted_fn *is_wanted,
                         const void *context)
{
    struct json *entities = json_new_array(), *relations = json_new_array();
    bool is_whole = entities != NULL && relations != NULL;
    for (size_t i = 0; is_whole && i < graph->entity_count; i++) {
        const struct graph_entity *one = &graph->entities[i];
        if (is_wanted == NULL || is_wanted(one, context)) {
            is_whole = json_put(entities, NULL, graph_entity_json(one));
        }
    }
    for (size_t i = 0; is_whole && i < graph->relation_count; i++) {
        const struct graph_relation *one = &graph->relations[i];
        if (is_wanted == NULL || is_end_wanted(graph, one->from, is_wanted, context) ||
            is_end_wanted(graph, one->to, is_wanted, context)) {
            is_whole = json_put(relations, NULL, graph_relation_json(one));
        }
    }
    call->answer = is_whole ? json_new_object() : NULL;
    if (call->answer == NULL) {
        json_free(entities);
        json_free(relations);
        return dialect_refuse(call, "out of memory");
    }
    if (!json_put(call->answer, "entities", entities)) {
        json_free(relations);
        return dialect_refuse(call, "out of memory");
    }
    return json_put(call->answer, "relations", relations) || dialect_refuse(call, "out of memory");
}

static bool read_graph(struct dialect_call *call)
{
    struct graph graph;
    return graph_load(call, &graph) && answer_graph(call, &graph, NULL, NULL);
}

/* The text in lower case, character by character; NULL when out of memory. */
static const char *lower(struct arena *arena, const char *text)
{
    size_t length = strlen(text), at = 0, used = 0;
    char *out = arena_alloc(arena, 4 * length + 1);
    while (out != NULL && at < length) {
        used += utf8_encode(utf8_lower(utf8_next(text, length, &at)), out + used);
    }
    return out;
}

struct search {
    struct arena *arena;
    const char *text; /* in lower case */
};

static bool has_text(const struct search *search, const char *in)
{
    const char *folded = lower(search->arena, in);
    return folded != NULL && strstr(folded, search->text) != NULL;
}

static bool is_found(const struct graph_entity *entity, const void *context)
{
    const struct search *search = context;
    bool is_found = has_text(search, entity->name) || has_text(search, entity->type);
    for (size_t i = 0; !is_found && i < entity->count; i++) {
        is_found = has_text(search, entity->observations[i].text);
    }
    return is_found;
}

static bool search_nodes(struct dialect_call *call)
{
    struct graph graph;
    const char *query = text_in(call, call->arguments, "query");
    const struct search search = {.arena = call->arena,
                                  .text = query ? lower(call->arena, query) : NULL};
    return query != NULL && (search.text != NULL || dialect_refuse(call, "out of memory")) &&
           graph_load(call, &graph) && answer_graph(call, &graph, is_found, &search);
}

static bool is_named(const struct graph_entity *entity, const void *context)
{
    const struct json *names = context;
    for (size_t i = 0; i < json_count(names); i++) {
        if (strcmp(json_as_text(json_at(names, i), NULL), entity->name) == 0) {
            return true;
        }
    }
    return false;
}

static bool open_nodes(struct dialect_call *call)
{
    struct graph graph;
    const struct json *names = texts_in(call, call->arguments, "names");
    return names != NULL && graph_load(call, &graph) && answer_graph(call, &graph, is_named, names);
}

// --- the tools -------------------------------------------------------------------------------

// schemas as their clients know them
/* clang-format off */

#define DRAFT "\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"type\":\"object\""
#define STRING(doc) "{\"type\":\"string\",\"description\":\"" doc "\"}"
#define STRINGS(doc) "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"" doc "\"}"
#define ENTITY(closed) "{\"type\":\"object\",\"properties\":{\"name\":" STRING("Its name.") \
    ",\"entityType\":" STRING("What kind of thing it is.") ",\"observations\":" STRINGS("What is known of it.") \
    "},\"required\":[\"name\",\"entityType\",\"observations\"]" closed "}"
#define RELATION(closed) "{\"type\":\"object\",\"properties\":{\"from\":" STRING("The entity where it starts.") \
    ",\"to\":" STRING("The entity where it ends.") ",\"relationType\":" STRING("What it says, in active voice.") \
    "},\"required\":[\"from\",\"to\",\"relationType\"]" closed "}"
#define CLOSED ",\"additionalProperties\":false"
#define OBJECT(properties, required, closed) \
    "{" DRAFT ",\"properties\":{" properties "},\"required\":[" required "]" closed "}"
#define LIST(name, item, more) "\"" name "\":{\"type\":\"array\",\"items\":" item more "}"

#define GRAPH OBJECT(LIST("entities", ENTITY(CLOSED), "") "," LIST("relations", RELATION(CLOSED), ""), \
    "\"entities\",\"relations\"", CLOSED)
#define SUCCESS OBJECT("\"success\":{\"type\":\"boolean\"},\"message\":{\"type\":\"string\"}", \
    "\"success\",\"message\"", CLOSED)

static const struct dialect_tool tools[] = {
    {"create_entities", "Create Entities", "Store new things, people or places, each with what is known of it.",
     OBJECT(LIST("entities", ENTITY(""), ""), "\"entities\"", ""),
     OBJECT(LIST("entities", ENTITY(CLOSED), ""), "\"entities\"", CLOSED), false, false, create_entities},
    {"create_relations", "Create Relations", "Store how entities stand to each other, in active voice.",
     OBJECT(LIST("relations", RELATION(""), ""), "\"relations\"", ""),
     OBJECT(LIST("relations", RELATION(CLOSED), ""), "\"relations\"", CLOSED), false, false, create_relations},
    {"add_observations", "Add Observations", "Add what has become known of entities that are stored already.",
     OBJECT(LIST("observations", "{\"type\":\"object\",\"properties\":{\"entityName\":" STRING("The entity.")
         ",\"contents\":" STRINGS("What to add.") "},\"required\":[\"entityName\",\"contents\"]}", ""),
         "\"observations\"", ""),
     OBJECT(LIST("results", "{\"type\":\"object\",\"properties\":{\"entityName\":{\"type\":\"string\"},"
         "\"addedObservations\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},"
         "\"required\":[\"entityName\",\"addedObservations\"],\"additionalProperties\":false}", ""),
         "\"results\"", CLOSED), false, false, add_observations},
    {"delete_entities", "Delete Entities", "Remove entities with what is known of them and their relations.",
     OBJECT("\"entityNames\":" STRINGS("Their names."), "\"entityNames\"", ""), SUCCESS, false, true, delete_entities},
    {"delete_observations", "Delete Observations", "Remove single observations of entities.",
     OBJECT(LIST("deletions", "{\"type\":\"object\",\"properties\":{\"entityName\":" STRING("The entity.")
         ",\"observations\":" STRINGS("What to remove.") "},\"required\":[\"entityName\",\"observations\"]}", ""),
         "\"deletions\"", ""), SUCCESS, false, true, delete_observations},
    {"delete_relations", "Delete Relations", "Remove relations.",
     OBJECT(LIST("relations", RELATION(""), ",\"description\":\"What to remove.\""), "\"relations\"", ""), SUCCESS,
     false, true, delete_relations},
    {"read_graph", "Read Graph", "Read everything that is stored.", "{" DRAFT ",\"properties\":{}}", GRAPH, true, false,
     read_graph},
    {"search_nodes", "Search Nodes", "Find entities whose name, type or observations contain a text.",
     OBJECT("\"query\":" STRING("The text."), "\"query\"", ""), GRAPH, true, false, search_nodes},
    {"open_nodes", "Open Nodes", "Read entities by name.",
     OBJECT("\"names\":" STRINGS("Their names."), "\"names\"", ""), GRAPH, true, false, open_nodes},
    {.name = NULL}};

const struct dialect memory_server_dialect = {
    .server_info = "{\"name\":\"memory-server\",\"version\":\"0.6.3\"}",
    .capabilities = "{\"tools\":{\"listChanged\":true},\"resources\":{\"listChanged\":true,\"subscribe\":true}}",
    .tools = tools,
    .tells_unknown_tools = true,
    .resource = "memory://knowledge-graph",
    .resource_row = "{\"uri\":\"memory://knowledge-graph\",\"name\":\"knowledge-graph\",\"title\":\"Knowledge Graph\","
                    "\"description\":\"All entities and relations.\",\"mimeType\":\"application/json\"}",
    .read = read_graph,
};
/* clang-format on */
