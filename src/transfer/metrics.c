/* Sums of what each query came to. */
#include "transfer/metrics.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double gain(size_t rank)
{
    return 1 / log2((double)rank + 1);
}

void metrics_add(struct metrics *sums, const bool *is_evidence, size_t count, size_t evidence_count,
                 size_t k)
{
    size_t found = 0, first = 0;
    double gained = 0, ideal = 0;
    assert(evidence_count > 0 && k > 0);
    for (size_t i = 0; i < count; i++) {
        if (!is_evidence[i]) {
            continue;
        }
        if (first == 0 && i < METRICS_DEPTH) {
            first = i + 1;
        }
        if (i < k) {
            found++;
            gained += gain(i + 1);
        }
    }
    for (size_t i = 0; i < evidence_count && i < k; i++) {
        ideal += gain(i + 1);
    }
    sums->queries++;
    sums->recall += (double)found / (double)evidence_count;
    sums->any += found > 0;
    sums->all += found == evidence_count;
    sums->mrr += first > 0 ? 1 / (double)first : 0;
    sums->ndcg += gained / ideal;
}

struct metrics metrics_mean(const struct metrics *sums)
{
    double n = sums->queries > 0 ? (double)sums->queries : 1;
    return (struct metrics){.queries = sums->queries,
                            .recall = sums->recall / n,
                            .any = sums->any / n,
                            .all = sums->all / n,
                            .mrr = sums->mrr / n,
                            .ndcg = sums->ndcg / n};
}

/* What each sitting is worth, and the sittings in the order in which they are met. */
static size_t weigh(const struct sitting_turn *answers, size_t count, struct sitting_room *room)
{
    size_t met = 0;
    memset(room->turns, 0, room->sitting_count * sizeof *room->turns);
    for (size_t i = 0; i < count; i++) {
        uint32_t sitting = answers[i].sitting;
        assert(sitting < room->sitting_count);
        if (room->turns[sitting] == 0) {
            room->worth[sitting] = 0;
            room->order[met++] = sitting;
        }
        if (room->turns[sitting]++ < METRICS_BEST) {
            room->worth[sitting] += answers[i].score;
        }
    }
    return met;
}

/* Moves the best of what is left to each of the first places. */
static size_t choose_best(struct sitting_room *room, size_t met)
{
    size_t places = met < METRICS_SITTINGS ? met : METRICS_SITTINGS;
    for (size_t place = 0; place < places; place++) {
        size_t best = place;
        for (size_t i = place + 1; i < met; i++) {
            if (room->worth[room->order[i]] > room->worth[room->order[best]]) {
                best = i;
            }
        }
        uint32_t sitting = room->order[best];
        memmove(&room->order[place + 1], &room->order[place], (best - place) * sizeof sitting);
        room->order[place] = sitting;
    }
    return places;
}

void sitting_metrics_add(struct sitting_metrics *sums, const struct sitting_turn *answers,
                         size_t count, const uint32_t *evidence, size_t evidence_count,
                         struct sitting_room *room)
{
    size_t places = choose_best(room, weigh(answers, count, room)), found = 0;
    assert(evidence_count > 0);
    for (size_t i = 0; i < evidence_count; i++) {
        for (size_t place = 0; place < places; place++) {
            found += room->order[place] == evidence[i];
        }
    }
    sums->queries++;
    sums->any += found > 0;
    sums->all += found == evidence_count;
}

struct sitting_metrics sitting_metrics_mean(const struct sitting_metrics *sums)
{
    double n = sums->queries > 0 ? (double)sums->queries : 1;
    return (struct sitting_metrics){sums->queries, sums->any / n, sums->all / n};
}
