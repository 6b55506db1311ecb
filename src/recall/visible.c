/*
 * The rows that may come back: kind, namespace, trust, validity, the caller's filter. Rows with nothing special about
 * them, which is nearly all, are taken sixty-four at a time.
 */
#include "recall/recall_internal.h"

#include <string.h>

static bool special_is_visible(const struct partition *partition,
                               const struct recall_request *request, uint32_t row)
{
    unsigned flags = partition->flags[row];
    if (!request->kinds[partition->kinds[row]]) return false;
    if (flags & ROW_UNTRUSTED && !request->include_untrusted) return false;
    if (flags & ROW_TASK && !request->namespaces) return false;
    if (row_is_valid(partition, row, validity_time(request))) return true;
    return flags & ROW_SUPERSEDED && request->include_superseded;
}

static void keep_namespaces(const struct search *search)
{
    const struct partition *partition = search->partition;
    const char *const *names = search->request->namespaces;
    for (size_t word = 0; word < bitmap_words(partition->count); word++) {
        for (uint64_t left = search->allowed[word]; left != 0; left &= left - 1) {
            uint32_t row = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
            bool is_in = false;
            if (partition->kinds[row] == PARTITION_MEMORY) {
                uint32_t name = partition->texts[COLUMN_NAMESPACE][row];
                for (size_t i = 0; names[i] && !is_in; i++)
                    is_in = strcmp(partition->interned[name].text, names[i]) == 0;
            }
            if (!is_in) search->allowed[word] &= ~(left & -left);
        }
    }
}

bool visible_rows(struct search *search)
{
    const struct partition *partition = search->partition;
    const struct recall_request *request = search->request;
    uint64_t *allowed = search->allowed = partition_bitmap(partition, search->arena);
    if (!allowed) return false;
    for (size_t word = 0; word < bitmap_words(partition->count); word++) {
        for (int kind = 0; kind < PARTITION_KINDS; kind++) {
            if (request->kinds[kind]) allowed[word] |= partition->ordinary[kind][word];
        }
        for (uint64_t left = partition->special[word]; left != 0; left &= left - 1) {
            uint32_t row = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
            if (special_is_visible(partition, request, row)) bitmap_set(allowed, row);
        }
        if (request->allowed) allowed[word] &= request->allowed[word];
    }
    if (request->namespaces) keep_namespaces(search);
    return !request->filter || filter_rows(partition, request->filter, allowed, search->arena);
}
