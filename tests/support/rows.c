#include "support/rows.h"

#include <criterion/criterion.h>
#include <math.h>

struct uuid row_uuid(unsigned id)
{
    struct uuid uuid = {{0x01, 0x8b, 0xcf, 0, 0, 0, 0x70, 0, 0x80}};
    for (int i = 0; i < 4; i++) uuid.bytes[15 - i] = (unsigned char)(id >> (8 * i));
    return uuid;
}

struct uuid row_conversation(unsigned conversation)
{
    struct uuid uuid = row_uuid(conversation);
    uuid.bytes[9] = 0xcc;
    return uuid;
}

unsigned row_number(const struct uuid *id)
{
    return (unsigned)id->bytes[12] << 24 | (unsigned)id->bytes[13] << 16 |
           (unsigned)id->bytes[14] << 8 | id->bytes[15];
}

void row_vector_of(unsigned number, float out[ROWS_DIMENSION])
{
    uint64_t state = number * UINT64_C(0x9E3779B97F4A7C15);
    float sum = 0;
    for (int i = 0; i < ROWS_DIMENSION; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (float)(int32_t)(state >> 32) / 2147483648.F;
        sum += out[i] * out[i];
    }
    for (int i = 0; i < ROWS_DIMENSION; i++) out[i] /= sqrtf(sum);
}

static int64_t or_none(int64_t us)
{
    return us != 0 ? us : TIME_NONE;
}

static void set_texts(struct partition_row *out, const struct row *row)
{
    partition_row_text(out, COLUMN_ORIGIN, "user");
    partition_row_text(out, COLUMN_PRINCIPAL, "local");
    partition_row_text(out, COLUMN_TRUST, row->trust ? row->trust : "user");
    if (row->conversation != 0) {
        partition_row_text(out, COLUMN_ROLE, row->role ? row->role : "user");
        partition_row_text(out, COLUMN_SPEAKER, row->speaker);
        partition_row_text(out, COLUMN_SITTING, row->sitting);
        return;
    }
    partition_row_text(out, COLUMN_NAMESPACE, row->space ? row->space : "default");
    partition_row_text(out, COLUMN_TIER, row->tier ? row->tier : "long_term");
    partition_row_text(out, COLUMN_TYPE, row->type);
    partition_row_text(out, COLUMN_SUBJECT, row->subject);
    partition_row_text(out, COLUMN_SOURCE, row->source);
}

static void set_integers(struct partition_row *out, const struct row *row)
{
    out->integers[COLUMN_CREATED_AT] = row->created_at ? row->created_at : ROWS_NOW_US;
    out->integers[COLUMN_UPDATED_AT] = ROWS_NOW_US;
    out->integers[COLUMN_EXPIRES_AT] = or_none(row->expires_at);
    out->integers[COLUMN_ACCESS_COUNT] = row->uses;
    if (row->conversation != 0) {
        out->integers[COLUMN_EVENT_AT] = row->event_at ? row->event_at : ROWS_NOW_US;
        out->integers[COLUMN_MESSAGE_SEQ] = row->seq ? row->seq : row->id;
        out->integers[COLUMN_TOKEN_COUNT] = 7;
    } else {
        out->integers[COLUMN_EVENT_AT] = or_none(row->event_at);
        out->integers[COLUMN_VALID_FROM] = or_none(row->valid_from);
        out->integers[COLUMN_VALID_TO] = or_none(row->valid_to);
    }
}

enum mneme_code row_put(struct partition *partition, struct analyzer *analyzer,
                        const struct row *row)
{
    struct arena arena;
    struct document document;
    struct partition_row out;
    struct uuid id = row_uuid(row->id), conversation = row_conversation(row->conversation);
    float vector[ROWS_DIMENSION];
    arena_init(&arena);
    partition_row_init(&out, row->conversation ? PARTITION_MESSAGE : PARTITION_MEMORY, &id);
    struct document_source source = {.text = row->text ? row->text : "",
                                     .speaker = row->speaker ? row->speaker : row->role,
                                     .event_at_us = TIME_NONE};
    enum mneme_code code = MNEME_NOMEM;
    if (document_analyze(analyzer, &source, &arena, &document)) {
        set_texts(&out, row);
        set_integers(&out, row);
        out.document = &document;
        out.reals[COLUMN_IMPORTANCE] = row->importance > 0 ? row->importance : .5;
        out.is_pinned = row->is_pinned;
        out.is_superseded = row->is_superseded;
        out.is_gone = row->is_gone;
        if (row->conversation != 0) out.conversation = &conversation;
        while (out.tags.count < 4 && row->tags[out.tags.count]) out.tags.count++;
        out.tags.items = row->tags;
        row_vector_of(row->vector, vector);
        if (row->vector != 0) out.vector = vector;
        code = partition_put(partition, &out, NULL);
    }
    arena_clear(&arena);
    return code;
}

struct partition *rows_partition(struct analyzer *analyzer, const struct row *rows)
{
    struct partition *partition = partition_new();
    cr_assert_not_null(partition);
    partition_set_dimensions(partition, (const size_t[]){ROWS_DIMENSION, 0});
    for (; rows->id != 0; rows++) cr_assert_eq(row_put(partition, analyzer, rows), MNEME_OK);
    cr_assert_eq(partition_settle(partition, ROWS_NOW_US, NULL), MNEME_OK);
    return partition;
}

struct recall_request rows_request(const char *text)
{
    return (struct recall_request){.text = text,
                                   .k = 10,
                                   .kinds = {true, true},
                                   .weights = {{.6F, .8F}},
                                   .now_us = ROWS_NOW_US,
                                   .reference_us = ROWS_NOW_US,
                                   .as_of_us = TIME_NONE,
                                   .boosts_off = true};
}
