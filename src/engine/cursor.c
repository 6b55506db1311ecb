/*
 * Cursors. Inside the base64: 12 bytes of HMAC, one byte that says whether the key is a real, 8 bytes of key, 16 of
 * id, the text. The HMAC covers user and list as well, which are not in the cursor.
 */
#include "engine/cursor.h"

#include "base/hash.h"

#include <string.h>

#define MAC_BYTES 12
#define FIXED_BYTES (MAC_BYTES + 1 + 8 + 16)
#define TEXT_BYTES 1024 /* the longest key that a list sorts by, with room */

static bool sign(const struct mneme *handle, const char *list, const unsigned char *body,
                 size_t length, unsigned char out[SHA256_BYTES])
{
    struct strbuf text;
    strbuf_init(&text, (size_t)1 << 20);
    strbuf_printf(&text, "cursor %zu %s %zu %s ", strlen(handle->user_name), handle->user_name,
                  strlen(list), list);
    strbuf_add(&text, (const char *)body, length);
    bool is_ok = strbuf_code(&text) == MNEME_OK &&
                 store_sign(engine_store(handle), text.text, text.length, out, NULL) == MNEME_OK;
    strbuf_clear(&text);
    return is_ok;
}

const char *cursor_format(const struct mneme *handle, const char *list, const struct cursor *cursor,
                          struct arena *arena)
{
    unsigned char bytes[FIXED_BYTES + TEXT_BYTES] = {0}, mac[SHA256_BYTES];
    size_t text_length = cursor->text ? strlen(cursor->text) : 0;
    if (text_length > TEXT_BYTES) {
        text_length = TEXT_BYTES;
    }
    unsigned char *body = bytes + MAC_BYTES;
    body[0] = (unsigned char)((cursor->is_real ? 1 : 0) | (cursor->text ? 2 : 0));
    memcpy(body + 1, cursor->is_real ? (const void *)&cursor->real : (const void *)&cursor->integer,
           8);
    memcpy(body + 9, cursor->id.bytes, 16);
    memcpy(bytes + FIXED_BYTES, cursor->text ? cursor->text : "", text_length);
    size_t length = FIXED_BYTES + text_length;
    char *out = arena_alloc(arena, base64_encoded_size(length));
    if (out == NULL || !sign(handle, list, body, length - MAC_BYTES, mac)) {
        return NULL;
    }
    memcpy(bytes, mac, MAC_BYTES);
    base64_encode(bytes, length, out);
    return out;
}

enum mneme_code cursor_parse(const struct mneme *handle, const char *list, const char *text,
                             struct arena *arena, struct cursor *out, struct mneme_error *err)
{
    unsigned char bytes[FIXED_BYTES + TEXT_BYTES], mac[SHA256_BYTES];
    size_t length = 0;
    *out = (struct cursor){0};
    if (!base64_decode(text, bytes, sizeof bytes, &length) || length < FIXED_BYTES ||
        !sign(handle, list, bytes + MAC_BYTES, length - MAC_BYTES, mac) ||
        !hash_equal(mac, bytes, MAC_BYTES)) {
        return error_field(err, MNEME_INVALID, "cursor", "cursor",
                           "the cursor does not belong to this list");
    }
    const unsigned char *body = bytes + MAC_BYTES;
    out->is_real = body[0] & 1;
    memcpy(out->is_real ? (void *)&out->real : (void *)&out->integer, body + 1, 8);
    memcpy(out->id.bytes, body + 9, 16);
    if (body[0] & 2) {
        out->text = arena_text_n(arena, (const char *)bytes + FIXED_BYTES, length - FIXED_BYTES);
        if (out->text == NULL) {
            return error_nomem(err);
        }
    }
    return MNEME_OK;
}
