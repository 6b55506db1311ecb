/*
 * Cursors. Inside the base64: 12 bytes of HMAC, one byte that says whether the key is a real, 8 bytes of key, 16 of
 * id, the text. The HMAC covers user and list as well, which are not in the cursor.
 */
#include "engine/cursor.h"

#include "base/hash.h"

#include <assert.h>
#include <string.h>

#define MAC_BYTES 12
#define FIXED_BYTES (MAC_BYTES + 1 + 8 + 16)
#define TEXT_BYTES 1024 /* the longest key that a list sorts by, with room */

static enum mneme_code sign(const struct mneme *handle, const char *list, const unsigned char *body,
                            size_t length, unsigned char out[SHA256_BYTES])
{
    struct strbuf text;
    strbuf_init(&text, (size_t)1 << 20);
    strbuf_printf(&text, "cursor %zu %s %zu %s ", strlen(handle->user_name), handle->user_name,
                  strlen(list), list);
    strbuf_add(&text, (const char *)body, length);
    enum mneme_code code = strbuf_code(&text);
    if (code == MNEME_OK) {
        code = store_sign(engine_store(handle), text.text, text.length, out, NULL);
    }
    strbuf_clear(&text);
    return code;
}

enum mneme_code cursor_format(const struct mneme *handle, const struct page_request *page,
                              const struct cursor *last, struct arena *arena, const char **out,
                              struct mneme_error *err)
{
    unsigned char bytes[FIXED_BYTES + TEXT_BYTES] = {0}, mac[SHA256_BYTES];
    unsigned char *body = bytes + MAC_BYTES;
    size_t text_length = last->text ? strlen(last->text) : 0;
    assert(text_length <= TEXT_BYTES);
    body[0] = (unsigned char)((last->is_real ? 1 : 0) | (last->text ? 2 : 0));
    memcpy(body + 1, last->is_real ? (const void *)&last->real : (const void *)&last->integer, 8);
    memcpy(body + 9, last->id.bytes, 16);
    memcpy(bytes + FIXED_BYTES, last->text ? last->text : "", text_length);
    size_t length = FIXED_BYTES + text_length;
    char *text = arena_alloc(arena, base64_encoded_size(length));
    *out = text;
    enum mneme_code code =
        text ? sign(handle, page->list, body, length - MAC_BYTES, mac) : MNEME_NOMEM;
    if (code != MNEME_OK) {
        return error_set(err, code, "the cursor cannot be signed");
    }
    memcpy(bytes, mac, MAC_BYTES);
    base64_encode(bytes, length, text);
    return MNEME_OK;
}

static enum mneme_code refuse(struct mneme_error *err)
{
    return error_field(err, MNEME_INVALID, "cursor", "cursor",
                       "the cursor does not belong to this list");
}

enum mneme_code cursor_parse(const struct mneme *handle, const struct page_request *page,
                             struct arena *arena, struct cursor *out, struct mneme_error *err)
{
    unsigned char bytes[FIXED_BYTES + TEXT_BYTES], mac[SHA256_BYTES];
    const unsigned char *body = bytes + MAC_BYTES;
    size_t length = 0;
    if (page->cursor == NULL) {
        return MNEME_OK;
    }
    if (!base64_decode(page->cursor, bytes, sizeof bytes, &length) || length < FIXED_BYTES) {
        return refuse(err);
    }
    enum mneme_code code = sign(handle, page->list, body, length - MAC_BYTES, mac);
    if (code != MNEME_OK) {
        return error_set(err, code, "the cursor cannot be checked");
    }
    if (!hash_equal(mac, bytes, MAC_BYTES)) {
        return refuse(err);
    }
    *out = (struct cursor){.is_real = body[0] & 1};
    memcpy(out->is_real ? (void *)&out->real : (void *)&out->integer, body + 1, 8);
    memcpy(out->id.bytes, body + 9, 16);
    if (body[0] & 2) {
        out->text = arena_text_n(arena, (const char *)bytes + FIXED_BYTES, length - FIXED_BYTES);
    }
    return arena_failed(arena) ? error_nomem(err) : MNEME_OK;
}
