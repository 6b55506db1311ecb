/* A record as text: what is indexed and embedded of it. */
#include "base/limits.h"
#include "base/strbuf.h"
#include "model/records.h"

const char *record_recalled_text(const struct kind *kind, const void *record, const bool *is_key,
                                 struct arena *arena)
{
    struct strbuf buf;
    strbuf_init(&buf, LIMIT_LINE_BYTES);
    for (size_t i = 0; i < kind->field_count; i++) {
        unsigned flags = kind->fields[i].flags;
        bool is_asked = is_key == NULL || *is_key == ((flags & FIELD_NAME) != 0);
        if (!(flags & FIELD_RECALLED) || !is_asked || !field_present(record, i)) {
            continue;
        }
        const char *text = kind->fields[i].type == FIELD_LIST ? NULL : field_text(kind, record, i);
        struct list items = text ? (struct list){&text, 1} : field_list(kind, record, i);
        for (size_t j = 0; j < items.count; j++) {
            strbuf_add_text(&buf, buf.length > 0 ? "\n" : "");
            strbuf_add_text(&buf, items.items[j]);
        }
    }
    const char *joined =
        strbuf_code(&buf) == MNEME_OK ? arena_text_n(arena, buf.text, buf.length) : NULL;
    strbuf_clear(&buf);
    return joined;
}

const char *record_embedded_text(const struct kind *kind, const void *record, struct arena *arena)
{
    if (kind == &kind_memory) {
        return ((const struct memory *)record)->content;
    }
    if (kind == &kind_message) {
        const struct message *message = record;
        return arena_printf(arena, "%s: %s", message->speaker ? message->speaker : message->role,
                            message->content);
    }
    return record_recalled_text(kind, record, NULL, arena);
}
